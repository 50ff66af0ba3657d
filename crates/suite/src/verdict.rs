//! What a test gave: the differences between the recording and our CPU.

use crate::case::register;

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A register by its number; 32 bits wide, or 16.
    Register {
        /// Its number, see [`register`].
        number: usize,
        /// Whether the test has 32-bit registers.
        wide: bool,
    },
    /// A byte of memory, by physical address.
    Memory(u32),
    /// The vector of the exception or interrupt.
    Exception,
    /// Its error code.
    ErrorCode,
    /// The x87's control word.
    FpuControl,
    /// The x87's status word.
    FpuStatus,
    /// The x87's tag word.
    FpuTags,
    /// An x87 register by its place in the stack.
    FpuRegister(u8),
}

/// One field that came out otherwise than it was recorded. No value means that there is none: no exception, or a byte
/// that no list of the test mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field.
    pub field: Field,
    /// Its value before the instruction, where it has one.
    pub initial: Option<u128>,
    /// What was recorded.
    pub expected: Option<u128>,
    /// What our CPU did.
    pub got: Option<u128>,
    /// The bits that are defined.
    pub defined: u128,
}

impl Difference {
    /// Whether bits that are defined differ.
    #[must_use]
    pub fn is_defined(&self) -> bool {
        match (self.expected, self.got) {
            (Some(expected), Some(got)) => (expected ^ got) & self.defined != 0,
            (expected, got) => expected != got,
        }
    }

    /// The undefined bits that differ.
    #[must_use]
    pub fn undefined_bits(&self) -> u128 {
        (self.expected.unwrap_or_default() ^ self.got.unwrap_or_default()) & !self.defined
    }
}

/// The differences of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Those that make the test fail.
    pub differences: Vec<Difference>,
    /// Those in bits that the chip leaves undefined.
    pub undefined: Vec<Difference>,
    /// The test says that its set-up was interrupted, so its instruction did not run.
    pub unexecuted: bool,
}

impl Verdict {
    /// Notes a field when it differs.
    pub fn compare(&mut self, difference: Difference) {
        if difference.expected == difference.got {
            return;
        }
        if difference.is_defined() {
            self.differences.push(difference);
        } else {
            self.undefined.push(difference);
        }
    }

    /// The undefined flags that differ, in the register itself.
    #[must_use]
    pub fn undefined_flags(&self) -> u32 {
        let all = self.differences.iter().chain(&self.undefined);
        let mut flags =
            all.filter(|difference| matches!(difference.field, Field::Register { number: register::EFLAGS, .. }));
        flags.next().map_or(0, |difference| difference.undefined_bits() as u32)
    }
}
