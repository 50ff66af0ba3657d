//! The whole architectural state by name, for loaders of test vectors and for debuggers.

use beige_core::StateError;

use crate::regs::Registers;
use crate::segment::{Segment, TableRegister};
use crate::{Cpu, Model};

/// A segment register with its hidden part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentState {
    /// What the guest sees.
    pub selector: u16,
    /// Linear address of offset 0.
    pub base: u32,
    /// The last offset in bytes (of an expand-down segment, the one before the first).
    pub limit: u32,
    /// Bits 40 to 55 of the descriptor: the access byte in bits 0 to 7 (type, S, DPL, P), AVL in bit 12, D/B in bit 14,
    /// G in bit 15; the bits of the limit are zero. A null selector has 0.
    pub rights: u16,
}

/// GDTR or IDTR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    /// Linear address of the table.
    pub base: u32,
    /// The last offset in the table.
    pub limit: u16,
}

/// Every register but those of the FPU and the model-specific ones. Registers that a model does not have are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the register of that name")]
pub struct CpuState {
    /// EAX ECX EDX EBX ESP EBP ESI EDI.
    pub general: [u32; 8],
    pub eip: u32,
    pub eflags: u32,
    /// ES CS SS DS FS GS.
    pub segments: [SegmentState; 6],
    pub ldtr: SegmentState,
    pub tr: SegmentState,
    pub gdtr: TableState,
    pub idtr: TableState,
    pub cr0: u32,
    pub cr2: u32,
    pub cr3: u32,
    pub cr4: u32,
    /// DR0 to DR7.
    pub debug: [u32; 8],
}

impl SegmentState {
    fn of(segment: &Segment) -> SegmentState {
        let Segment { selector, rights, base, limit, .. } = *segment;
        SegmentState { selector, base, limit, rights }
    }

    fn segment(self) -> Segment {
        Segment::new(self.selector, self.base, self.limit, self.rights)
    }
}

impl TableState {
    fn of(table: TableRegister) -> TableState {
        TableState { base: table.base, limit: table.limit }
    }

    fn register(self) -> TableRegister {
        TableRegister { base: self.base, limit: self.limit }
    }
}

impl Cpu {
    /// The registers.
    #[must_use]
    pub fn state(&self) -> CpuState {
        let registers = &self.registers;
        let mut segments = [SegmentState::default(); 6];
        for (state, segment) in segments.iter_mut().zip(&registers.segments) {
            *state = SegmentState::of(segment);
        }
        CpuState {
            general: registers.general,
            eip: registers.eip,
            eflags: registers.eflags,
            segments,
            ldtr: SegmentState::of(&registers.ldtr),
            tr: SegmentState::of(&registers.tr),
            gdtr: TableState::of(registers.gdtr),
            idtr: TableState::of(registers.idtr),
            cr0: registers.cr0,
            cr2: registers.cr2,
            cr3: registers.cr3,
            cr4: registers.cr4,
            debug: registers.debug,
        }
    }

    /// Loads the registers, and forgets any halt, shadow or pending trap. The privilege level is that of SS, as on the
    /// chips; reserved bits of EFLAGS take their fixed values.
    ///
    /// # Errors
    /// When this model cannot be in that state; it stays as it was.
    pub fn load(&mut self, state: &CpuState) -> Result<(), StateError> {
        let mut registers = self.registers.clone();
        registers.load_state(self.model, state);
        registers.check(self.model)?;
        self.registers = registers;
        self.forget_pending();
        Ok(())
    }
}

impl Registers {
    /// Loads what [`CpuState`] has, unchecked.
    pub(crate) fn load_state(&mut self, model: Model, state: &CpuState) {
        let traits = model.traits();
        self.general = state.general;
        self.eip = state.eip;
        self.eflags = state.eflags & model.flags_possible() | traits.flags_set;
        for (segment, state) in self.segments.iter_mut().zip(state.segments) {
            *segment = state.segment();
        }
        (self.ldtr, self.tr) = (state.ldtr.segment(), state.tr.segment());
        (self.gdtr, self.idtr) = (state.gdtr.register(), state.idtr.register());
        (self.cr0, self.cr2, self.cr3, self.cr4) = (state.cr0, state.cr2, state.cr3, state.cr4);
        self.debug = state.debug;
        self.cpl = match (self.is_protected(), self.is_virtual()) {
            (_, true) => 3,
            (true, _) => self.segments[usize::from(crate::regs::seg::SS)].dpl(),
            _ => 0,
        };
        self.set_reaches();
    }
}
