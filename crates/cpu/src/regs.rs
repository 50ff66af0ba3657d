//! Registers.

use beige_core::{StateError, Visitor, VisitorExt};

use crate::{Model, Width};

/// Bits of FLAGS and EFLAGS.
pub mod flag {
    /// Carry.
    pub const CF: u32 = 1;
    /// Parity of the low byte, even.
    pub const PF: u32 = 1 << 2;
    /// Carry out of bit 3.
    pub const AF: u32 = 1 << 4;
    /// Zero.
    pub const ZF: u32 = 1 << 6;
    /// Sign.
    pub const SF: u32 = 1 << 7;
    /// Single step.
    pub const TF: u32 = 1 << 8;
    /// Interrupts enabled.
    pub const IF: u32 = 1 << 9;
    /// Strings run downwards.
    pub const DF: u32 = 1 << 10;
    /// Signed overflow.
    pub const OF: u32 = 1 << 11;
    /// Resume after a debug fault (80386).
    pub const RF: u32 = 1 << 16;
    /// Virtual 8086 mode (80386).
    pub const VM: u32 = 1 << 17;
    /// Alignment check (80486).
    pub const AC: u32 = 1 << 18;
    /// Can be toggled where there is CPUID (Pentium).
    pub const ID: u32 = 1 << 21;
    /// The six flags that arithmetic sets.
    pub(crate) const ARITHMETIC: u32 = CF | PF | AF | ZF | SF | OF;
}

/// Bits of CR0.
pub(crate) mod cr0 {
    /// Protection enable.
    pub(crate) const PE: u32 = 1;
    /// WAIT heeds TS.
    pub(crate) const MP: u32 = 1 << 1;
    /// ESC traps.
    pub(crate) const EM: u32 = 1 << 2;
    /// Task switched.
    pub(crate) const TS: u32 = 1 << 3;
    /// Paging.
    pub(crate) const PG: u32 = 1 << 31;
}

/// Numbers of the general registers, as instructions encode them.
pub(crate) mod reg {
    pub(crate) const AX: u8 = 0;
    pub(crate) const CX: u8 = 1;
    pub(crate) const DX: u8 = 2;
    pub(crate) const BX: u8 = 3;
    pub(crate) const SP: u8 = 4;
    pub(crate) const BP: u8 = 5;
    pub(crate) const SI: u8 = 6;
    pub(crate) const DI: u8 = 7;
    /// AH as a byte register.
    pub(crate) const AH: u8 = 4;
}

/// Numbers of the segment registers, as instructions encode them.
pub(crate) mod seg {
    pub(crate) const ES: u8 = 0;
    pub(crate) const CS: u8 = 1;
    pub(crate) const SS: u8 = 2;
    pub(crate) const DS: u8 = 3;
    pub(crate) const FS: u8 = 4;
    pub(crate) const GS: u8 = 5;
}

/// A segment register with its hidden part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    /// What the guest sees.
    pub(crate) selector: u16,
    /// Linear address of offset 0.
    pub(crate) base: u32,
    /// The last offset.
    pub(crate) limit: u32,
}

/// GDTR or IDTR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableRegister {
    /// Linear address of the table.
    pub(crate) base: u32,
    /// The last offset in the table.
    pub(crate) limit: u16,
}

/// Every register that the guest can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registers {
    /// EAX ECX EDX EBX ESP EBP ESI EDI; reset 0, DX by model.
    pub(crate) general: [u32; 8],
    /// EIP, of which the 80286 and older have the low half.
    pub(crate) eip: u32,
    /// EFLAGS.
    pub(crate) eflags: u32,
    /// ES CS SS DS FS GS, and two that nothing names so that a masked index is always valid.
    pub(crate) segments: [Segment; 8],
    /// GDTR; reset 0.
    pub(crate) gdtr: TableRegister,
    /// IDTR; reset base 0, limit 3FFh.
    pub(crate) idtr: TableRegister,
    /// CR0; the MSW on the 80286.
    pub(crate) cr0: u32,
    /// CR2; reset 0.
    pub(crate) cr2: u32,
    /// CR3; reset 0.
    pub(crate) cr3: u32,
    /// DR0 to DR7; reset 0. DEVIATION: breakpoints are stored, they do not trigger yet.
    pub(crate) debug: [u32; 8],
    /// TR0 to TR7, the test registers; reset 0. DEVIATION: stored only, there is no TLB or cache to test.
    pub(crate) test: [u32; 8],
}

impl Registers {
    /// The registers after reset.
    pub(crate) fn new(model: Model) -> Registers {
        let traits = model.traits();
        let (selector, base, eip, dx) = traits.reset;
        let mut segments = [Segment { selector: 0, base: 0, limit: 0xffff }; 8];
        segments[usize::from(seg::CS)] = Segment { selector, base, limit: 0xffff };
        let mut general = [0; 8];
        general[usize::from(reg::DX)] = dx;
        Registers {
            general,
            eip,
            eflags: traits.flags_set,
            segments,
            gdtr: TableRegister { base: 0, limit: 0xffff },
            idtr: TableRegister { base: 0, limit: 0x3ff },
            cr0: traits.cr0_reset,
            cr2: 0,
            cr3: 0,
            debug: [0; 8],
            test: [0; 8],
        }
    }

    /// EAX to EDI by the number that instructions use: EAX ECX EDX EBX ESP EBP ESI EDI. Modulo 8.
    #[must_use]
    pub fn reg32(&self, number: u8) -> u32 {
        self.general[usize::from(number & 7)]
    }

    /// AX to DI by number, as [`Registers::reg32`].
    #[must_use]
    pub fn reg16(&self, number: u8) -> u16 {
        self.reg32(number) as u16
    }

    /// AL CL DL BL AH CH DH BH by number, modulo 8.
    #[must_use]
    pub fn reg8(&self, number: u8) -> u8 {
        (self.general[usize::from(number & 3)] >> ((number & 4) * 2)) as u8
    }

    /// A segment selector by number: ES CS SS DS FS GS, modulo 8.
    #[must_use]
    pub fn selector(&self, number: u8) -> u16 {
        self.segments[usize::from(number & 7)].selector
    }

    /// The selector in CS.
    #[must_use]
    pub fn cs(&self) -> u16 {
        self.selector(seg::CS)
    }

    /// The linear address of CS:0, which after reset is not sixteen times the selector.
    #[must_use]
    pub fn cs_base(&self) -> u32 {
        self.segments[usize::from(seg::CS)].base
    }

    /// The low half of the instruction pointer.
    #[must_use]
    pub fn ip(&self) -> u16 {
        self.eip as u16
    }

    /// The instruction pointer.
    #[must_use]
    pub fn eip(&self) -> u32 {
        self.eip
    }

    /// EFLAGS.
    #[must_use]
    pub fn eflags(&self) -> u32 {
        self.eflags
    }

    /// CR0, the MSW on the 80286.
    #[must_use]
    pub fn cr0(&self) -> u32 {
        self.cr0
    }

    #[inline]
    pub(crate) fn read(&self, width: Width, number: u8) -> u32 {
        match width {
            Width::Byte => u32::from(self.reg8(number)),
            Width::Word => u32::from(self.reg16(number)),
            Width::Dword => self.reg32(number),
        }
    }

    #[inline]
    pub(crate) fn write(&mut self, width: Width, number: u8, value: u32) {
        match width {
            Width::Byte => {
                let shift = (number & 4) * 2;
                let register = &mut self.general[usize::from(number & 3)];
                *register = *register & !(0xff << shift) | (value & 0xff) << shift;
            }
            Width::Word => {
                let register = &mut self.general[usize::from(number & 7)];
                *register = *register & 0xffff_0000 | value & 0xffff;
            }
            Width::Dword => self.general[usize::from(number & 7)] = value,
        }
    }

    #[inline]
    pub(crate) fn segment(&self, number: u8) -> &Segment {
        &self.segments[usize::from(number & 7)]
    }

    /// Loads a segment register as real mode does: the limit stays.
    pub(crate) fn load_segment(&mut self, number: u8, selector: u16) {
        let segment = &mut self.segments[usize::from(number & 7)];
        segment.selector = selector;
        segment.base = u32::from(selector) << 4;
    }

    #[inline]
    pub(crate) fn has(&self, flags: u32) -> bool {
        self.eflags & flags != 0
    }

    #[inline]
    pub(crate) fn set(&mut self, flags: u32, on: bool) {
        self.eflags = if on { self.eflags | flags } else { self.eflags & !flags };
    }

    /// Replaces the six arithmetic flags.
    #[inline]
    pub(crate) fn set_arithmetic(&mut self, flags: u32) {
        self.eflags = self.eflags & !flag::ARITHMETIC | flags;
    }

    /// Saves, loads or hashes the registers.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Registers { general, eip, eflags, segments, gdtr, idtr, cr0, cr2, cr3, debug, test } = self;
        v.u32s(1, general);
        v.u32(2, eip);
        v.u32(3, eflags);
        let mut selectors = segments.map(|segment| segment.selector);
        let mut bases = segments.map(|segment| segment.base);
        let mut limits = segments.map(|segment| segment.limit);
        v.u16s(4, &mut selectors);
        v.u32s(5, &mut bases);
        v.u32s(6, &mut limits);
        for (number, segment) in segments.iter_mut().enumerate() {
            *segment = Segment { selector: selectors[number], base: bases[number], limit: limits[number] };
        }
        v.u32(7, &mut gdtr.base);
        v.u16(8, &mut gdtr.limit);
        v.u32(9, &mut idtr.base);
        v.u16(10, &mut idtr.limit);
        v.u32(11, cr0);
        v.u32(12, cr2);
        v.u32(13, cr3);
        v.u32s(14, debug);
        v.u32s(15, test);
    }

    /// # Errors
    /// When a register holds what this model cannot hold.
    pub(crate) fn check(&self, model: Model) -> Result<(), StateError> {
        let traits = model.traits();
        let allowed = traits.flags_set | traits.flags_writable;
        let invalid = |reason| Err(StateError::invalid("cpu", reason));
        if self.eflags & traits.flags_set != traits.flags_set || self.eflags & !allowed != 0 {
            return invalid("reserved flags have values that this model does not have");
        }
        if self.cr0 & (cr0::PE | cr0::PG) != 0 || self.cr0 & !(traits.cr0_reset | traits.cr0_writable) != 0 {
            return invalid("CR0 has a value that is not possible here");
        }
        if self.segments.iter().any(|segment| segment.limit != 0xffff) {
            return invalid("a segment limit is not that of real mode");
        }
        if model < Model::I80386 {
            let wide = self.general.iter().any(|register| *register > 0xffff);
            if wide || self.eip > 0xffff {
                return invalid("a 16-bit register holds more than 16 bits");
            }
        }
        Ok(())
    }
}

/// The registers of real mode by name, for loaders of test vectors. Registers that a model does not have are ignored
/// when loaded, and zero when read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the register of that name")]
pub struct RealModeState {
    pub eax: u32,
    pub ebx: u32,
    pub ecx: u32,
    pub edx: u32,
    pub esi: u32,
    pub edi: u32,
    pub ebp: u32,
    pub esp: u32,
    pub cs: u16,
    pub ds: u16,
    pub es: u16,
    pub fs: u16,
    pub gs: u16,
    pub ss: u16,
    pub eip: u32,
    pub eflags: u32,
}

impl Registers {
    /// The registers of real mode.
    #[must_use]
    pub fn real_mode_state(&self) -> RealModeState {
        let [eax, ecx, edx, ebx, esp, ebp, esi, edi] = self.general;
        let [es, cs, ss, ds, fs, gs, ..] = self.segments.map(|segment| segment.selector);
        let (eip, eflags) = (self.eip, self.eflags);
        RealModeState { eax, ebx, ecx, edx, esi, edi, ebp, esp, cs, ds, es, fs, gs, ss, eip, eflags }
    }

    /// Loads the registers of real mode; segment bases are sixteen times the selector.
    pub(crate) fn load_real_mode(&mut self, model: Model, state: &RealModeState) {
        let RealModeState { eax, ebx, ecx, edx, esi, edi, ebp, esp, cs, ds, es, fs, gs, ss, eip, eflags } = *state;
        let traits = model.traits();
        let mask = if model >= Model::I80386 { u32::MAX } else { 0xffff };
        self.general = [eax, ecx, edx, ebx, esp, ebp, esi, edi].map(|register| register & mask);
        for (number, selector) in (0..).zip([es, cs, ss, ds, fs, gs]) {
            self.load_segment(number, selector);
        }
        self.eip = eip & mask;
        self.eflags = eflags & traits.flags_writable | traits.flags_set;
    }
}
