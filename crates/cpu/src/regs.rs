//! Registers.

use beige_core::{Visitor, VisitorExt};

use crate::model::cr4;
use crate::segment::{Segment, TableRegister, rights};
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
    /// I/O privilege level, two bits.
    pub const IOPL: u32 = 3 << 12;
    /// Nested task.
    pub const NT: u32 = 1 << 14;
    /// Resume after a debug fault (80386).
    pub const RF: u32 = 1 << 16;
    /// Virtual 8086 mode (80386).
    pub const VM: u32 = 1 << 17;
    /// Alignment check (80486).
    pub const AC: u32 = 1 << 18;
    /// Virtual interrupts enabled (Pentium).
    pub const VIF: u32 = 1 << 19;
    /// A virtual interrupt is pending (Pentium).
    pub const VIP: u32 = 1 << 20;
    /// It can be changed where there is CPUID.
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
    /// Numeric errors are exception 16 (80486).
    pub(crate) const NE: u32 = 1 << 5;
    /// The supervisor heeds read-only pages (80486).
    pub(crate) const WP: u32 = 1 << 16;
    /// Alignment is checked at level 3 (80486).
    pub(crate) const AM: u32 = 1 << 18;
    /// Not write-through (80486).
    pub(crate) const NW: u32 = 1 << 29;
    /// Cache disable (80486).
    pub(crate) const CD: u32 = 1 << 30;
    /// Paging.
    pub(crate) const PG: u32 = 1 << 31;
}

/// What keeps an access from going straight to memory, as bits of [`Registers::guards`].
pub(crate) mod guard {
    /// Linear addresses are translated.
    pub(crate) const PAGING: u8 = 1;
    /// Alignment is checked.
    pub(crate) const ALIGNMENT: u8 = 2;
    /// A breakpoint may be hit.
    pub(crate) const BREAKPOINTS: u8 = 4;
    /// VIF and VIP are set where they count: the next instruction faults.
    pub(crate) const VIRTUAL_INTERRUPT: u8 = 8;
    /// What every instruction is looked at for.
    pub(crate) const WATCHED: u8 = BREAKPOINTS | VIRTUAL_INTERRUPT;
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

/// Bits of DR6 and DR7 that always read as one, and those that always read as zero.
pub(crate) const DR6_FIXED: u32 = 0xffff_0ff0;
pub(crate) const DR6_ZERO: u32 = 0x1000;
pub(crate) const DR7_FIXED: u32 = 0x0400;
pub(crate) const DR7_ZERO: u32 = 0xd800;

/// SPEC: i486 (240440) table 10-1: after reset LDTR and TR are a present LDT and a busy TSS at 0 with limit FFFFh.
const LDTR_RESET_RIGHTS: u16 = 0x82;
/// On the 80286 it is a TSS of 16 bits.
const TR_RESET_RIGHTS: (u16, u16) = (0x83, 0x8b);

/// Every register that the guest can name. The fast handlers reach parts of it by their offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Registers {
    /// EAX ECX EDX EBX ESP EBP ESI EDI; reset 0, DX by model.
    pub(crate) general: [u32; 8],
    /// Zero always: the index register of an address that has none.
    pub(crate) none: u32,
    /// EIP, of which the 80286 and older have the low half.
    pub(crate) eip: u32,
    /// EFLAGS.
    pub(crate) eflags: u32,
    /// ES CS SS DS FS GS, and two that nothing names so that a masked index is always valid.
    pub(crate) segments: [Segment; 8],
    /// The current privilege level: 0 in real mode, 3 in virtual-8086 mode.
    pub(crate) cpl: u8,
    /// LDTR; reset an LDT at 0.
    pub(crate) ldtr: Segment,
    /// TR; reset a busy task state at 0.
    pub(crate) tr: Segment,
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
    /// CR4; reset 0. Always zero before the Pentium.
    pub(crate) cr4: u32,
    /// DR0 to DR7; reset 0, DR6 and DR7 their fixed bits.
    pub(crate) debug: [u32; 8],
    /// TR0 to TR7, the test registers; reset 0. DEVIATION: stored only, there is no TLB or cache to test.
    pub(crate) test: [u32; 8],
    /// Bits of [`guard`], derived from CR0, CR4, DR7, EFLAGS and the privilege level by [`Registers::set_guards`].
    pub(crate) guards: u8,
}

impl Registers {
    /// The registers after reset.
    pub(crate) fn new(model: Model) -> Registers {
        let traits = model.traits();
        let (selector, base, eip, dx) = traits.reset;
        let mut segments = [Segment::real(0, 0); 8];
        segments[usize::from(seg::CS)] = Segment::real(selector, base);
        let tr_rights = if model < Model::I80386 { TR_RESET_RIGHTS.0 } else { TR_RESET_RIGHTS.1 };
        let mut general = [0; 8];
        general[usize::from(reg::DX)] = dx;
        Registers {
            general,
            none: 0,
            eip,
            eflags: traits.flags_set,
            segments,
            cpl: 0,
            ldtr: Segment::new(0, 0, 0xffff, LDTR_RESET_RIGHTS),
            tr: Segment::new(0, 0, 0xffff, tr_rights),
            gdtr: TableRegister { base: 0, limit: 0xffff },
            idtr: TableRegister { base: 0, limit: 0x3ff },
            cr0: traits.cr0_reset,
            cr2: 0,
            cr3: 0,
            cr4: 0,
            debug: [0, 0, 0, 0, 0, 0, DR6_FIXED, DR7_FIXED],
            test: [0; 8],
            guards: 0,
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

    /// Loads a segment register as real mode and virtual-8086 mode do: real mode leaves limit and size as they are.
    pub(crate) fn load_segment(&mut self, number: u8, selector: u16) {
        let base = u32::from(selector) << 4;
        let segment = &mut self.segments[usize::from(number & 7)];
        if self.eflags & flag::VM != 0 {
            *segment = Segment::new(selector, base, 0xffff, rights::VIRTUAL);
        } else {
            (segment.selector, segment.base) = (selector, base);
            // A null selector took the rights and left the limit, which may be one in pages.
            let pages = if segment.limit > 0xf_ffff { rights::GRANULAR } else { 0 };
            segment.rights = segment.rights & !0xff | rights::REAL | pages;
            segment.relax();
        }
    }

    /// Whether segments are those of protected mode: PE is set and VM is not.
    #[inline]
    pub(crate) fn is_protected(&self) -> bool {
        self.cr0 & cr0::PE != 0 && self.eflags & flag::VM == 0
    }

    /// Whether this is virtual-8086 mode.
    #[inline]
    pub(crate) fn is_virtual(&self) -> bool {
        self.eflags & flag::VM != 0
    }

    /// Whether the code segment is one of 32 bits.
    #[inline]
    pub(crate) fn wide_code(&self) -> bool {
        self.segment(seg::CS).is_big()
    }

    /// The I/O privilege level.
    pub(crate) fn iopl(&self) -> u8 {
        (self.eflags >> 12 & 3) as u8
    }

    /// Brings [`Registers::guards`] up to date, which [`Cpu::set_guards`](crate::Cpu) does with its events.
    pub(crate) fn set_guards(&mut self) {
        let paging = self.cr0 & cr0::PG != 0;
        let alignment = self.cr0 & cr0::AM != 0 && self.eflags & flag::AC != 0 && self.cpl == 3;
        let breakpoints = self.debug[7] & 0xff != 0;
        let extension = if self.eflags & flag::VM != 0 { cr4::VME } else { cr4::PVI };
        let virtual_interrupt =
            self.cr4 & extension != 0 && self.cpl == 3 && !self.eflags & (flag::VIF | flag::VIP) == 0;
        self.guards = (u8::from(paging) * guard::PAGING)
            | (u8::from(alignment) * guard::ALIGNMENT)
            | (u8::from(breakpoints) * guard::BREAKPOINTS)
            | (u8::from(virtual_interrupt) * guard::VIRTUAL_INTERRUPT);
    }

    /// Brings the reaches of all segments up to date: after PE has changed.
    pub(crate) fn set_reaches(&mut self) {
        let real = self.cr0 & cr0::PE == 0;
        for segment in &mut self.segments {
            if real { segment.relax() } else { segment.restrict() }
        }
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

    /// Saves, loads or hashes the registers. Before version 2 of the section there was only real mode.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Registers {
            general,
            none: _,
            eip,
            eflags,
            segments,
            cpl,
            ldtr,
            tr,
            gdtr,
            idtr,
            cr0,
            cr2,
            cr3,
            cr4,
            debug,
            test,
            guards: _,
        } = self;
        v.u32s(1, general);
        v.u32(2, eip);
        v.u32(3, eflags);
        let mut selectors = segments.map(|segment| segment.selector);
        let mut bases = segments.map(|segment| segment.base);
        let mut limits = segments.map(|segment| segment.limit);
        v.u16s(4, &mut selectors);
        v.u32s(5, &mut bases);
        v.u32s(6, &mut limits);
        v.u32(7, &mut gdtr.base);
        v.u16(8, &mut gdtr.limit);
        v.u32(9, &mut idtr.base);
        v.u16(10, &mut idtr.limit);
        v.u32(11, cr0);
        v.u32(12, cr2);
        v.u32(13, cr3);
        v.u32s(14, debug);
        v.u32s(15, test);
        let mut kinds = if v.version() < 2 { [rights::REAL; 8] } else { segments.map(|segment| segment.rights) };
        v.u16s(16, &mut kinds);
        for (number, segment) in segments.iter_mut().enumerate() {
            *segment = Segment::new(selectors[number], bases[number], limits[number], kinds[number]);
        }
        for (id, segment) in [(17, ldtr), (21, tr)] {
            v.u16(id, &mut segment.selector);
            v.u16(id + 1, &mut segment.rights);
            v.u32(id + 2, &mut segment.base);
            v.u32(id + 3, &mut segment.limit);
            segment.restrict();
        }
        v.u8(25, cpl);
        v.u32(26, cr4);
        if v.is_loading() {
            if v.version() < 2 {
                // Breakpoints were stored without their fixed bits, and never triggered.
                debug[6] |= DR6_FIXED;
                debug[7] = debug[7] & !DR7_ZERO | DR7_FIXED;
            }
            self.set_reaches();
        }
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
