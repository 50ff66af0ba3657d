//! One recorded instruction: registers, memory and x87 before and after.

/// Numbers of the registers of a test, in the order of the bits of an `RG32` mask.
#[allow(missing_docs, reason = "each number is the register of that name")]
pub mod register {
    pub const CR0: usize = 0;
    pub const CR3: usize = 1;
    pub const EAX: usize = 2;
    pub const EBX: usize = 3;
    pub const ECX: usize = 4;
    pub const EDX: usize = 5;
    pub const ESI: usize = 6;
    pub const EDI: usize = 7;
    pub const EBP: usize = 8;
    pub const ESP: usize = 9;
    pub const CS: usize = 10;
    pub const DS: usize = 11;
    pub const ES: usize = 12;
    pub const FS: usize = 13;
    pub const GS: usize = 14;
    pub const SS: usize = 15;
    pub const EIP: usize = 16;
    pub const EFLAGS: usize = 17;
    pub const DR6: usize = 18;
    pub const DR7: usize = 19;
    /// How many there are.
    pub const COUNT: usize = 20;

    /// Names by number.
    pub const NAMES: [&str; COUNT] = [
        "cr0", "cr3", "eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "cs", "ds", "es", "fs", "gs", "ss",
        "eip", "eflags", "dr6", "dr7",
    ];

    /// The registers of a 16-bit test, in the order of the bits of a `REGS` mask.
    pub const SMALL: [usize; 14] = [EAX, EBX, ECX, EDX, CS, SS, DS, ES, ESP, EBP, ESI, EDI, EIP, EFLAGS];

    /// Whether it is a segment register, which has 16 bits in every test.
    #[must_use]
    pub const fn is_segment(number: usize) -> bool {
        matches!(number, CS | DS | ES | FS | GS | SS)
    }

    /// The name in a test of 16-bit or of 32-bit registers.
    #[must_use]
    pub fn name(number: usize, wide: bool) -> &'static str {
        let name = NAMES.get(number).copied().unwrap_or_default();
        if wide { name } else { name.strip_prefix('e').filter(|rest| rest.len() > 1).unwrap_or(name) }
    }

    /// The register of this name, of either width.
    #[must_use]
    pub fn number(text: &str) -> Option<usize> {
        (0..COUNT).find(|number| text == name(*number, true) || text == name(*number, false))
    }
}

/// Values of some of the registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    present: u32,
    values: [u32; register::COUNT],
}

impl Registers {
    /// Notes a value. Numbers beyond the last register are ignored.
    pub fn set(&mut self, number: usize, value: u32) {
        if let Some(slot) = self.values.get_mut(number) {
            *slot = value;
            self.present |= 1 << number;
        }
    }

    /// The value of a register, if there is one.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<u32> {
        let value = self.values.get(number).copied()?;
        (self.present >> number & 1 != 0).then_some(value)
    }

    /// Whether none has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// Every value of `other`, and these where it has none.
    #[must_use]
    pub fn overlaid(&self, other: &Registers) -> Registers {
        let mut merged = *self;
        for number in 0..register::COUNT {
            if let Some(value) = other.get(number) {
                merged.set(number, value);
            }
        }
        merged
    }

    /// As masks: the bits that both let through. A register without a mask lets everything through.
    #[must_use]
    pub fn and(&self, other: &Registers) -> Registers {
        let mut merged = self.overlaid(other);
        for number in 0..register::COUNT {
            if let (Some(one), Some(two)) = (self.get(number), other.get(number)) {
                merged.set(number, one & two);
            }
        }
        merged
    }
}

/// Size of an FNSAVE image of 32-bit protected mode.
pub const FPU_IMAGE_BYTES: usize = 108;

/// One end of a test. A register that is absent at the end has not changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Registers.
    pub registers: Registers,
    /// Physical address and byte.
    pub memory: Vec<(u32, u8)>,
    /// The x87, as FNSAVE stores it in 32-bit protected mode.
    pub fpu: Option<Box<[u8; FPU_IMAGE_BYTES]>>,
}

/// What interrupted a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// Its vector.
    pub number: u8,
    /// Its error code, where the suite records it.
    pub error_code: Option<u32>,
}

/// One recorded instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Test {
    /// Its number in the file, or its place from 0 on where the numbers of the file repeat.
    pub index: u32,
    /// What it is, in words.
    pub name: String,
    /// Its bytes; in some suites with the HLT that ends the test.
    pub bytes: Vec<u8>,
    /// The state before.
    pub before: State,
    /// What is different after.
    pub after: State,
    /// Which bits of registers to compare; those of registers without a mask all.
    pub masks: Registers,
    /// The exception or interrupt it raised.
    pub exception: Option<Exception>,
    /// The identity of the test in lower-case hexadecimal digits, or nothing.
    pub hash: String,
}

/// A file of tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestFile {
    /// The CPU that was recorded, as a MOO file names it: `8086`, `C286`. Nothing in a JSON file.
    pub cpu: String,
    /// The mnemonic, where the file tells one.
    pub mnemonic: String,
    /// The mode of the CPU as the file numbers it; 0 is real mode.
    pub mode: Option<u8>,
    /// Whether the registers have 32 bits.
    pub wide: bool,
    /// Which bits of registers to compare in every test.
    pub masks: Registers,
    /// The tests.
    pub tests: Vec<Test>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_have_a_name_in_both_widths() {
        assert_eq!(register::name(register::EAX, false), "ax");
        assert_eq!(register::name(register::EFLAGS, false), "flags");
        assert_eq!(register::name(register::ES, false), "es");
        for number in 0..register::COUNT {
            for wide in [false, true] {
                assert_eq!(register::number(register::name(number, wide)), Some(number));
            }
        }
        assert_eq!(register::number("xmm0"), None);
    }

    #[test]
    fn masks_of_file_and_test_both_count() {
        let (mut file, mut test) = (Registers::default(), Registers::default());
        file.set(register::EFLAGS, 0xfff0);
        file.set(register::EAX, 0xff);
        test.set(register::EFLAGS, 0x0fff);
        let both = file.and(&test);
        assert_eq!((both.get(register::EFLAGS), both.get(register::EAX)), (Some(0x0ff0), Some(0xff)));
        assert_eq!(both.get(register::EBX), None);
    }
}
