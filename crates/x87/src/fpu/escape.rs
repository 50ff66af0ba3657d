//! An escape opcode and what it moves between memory and the unit.

use super::Fpu;
use crate::Generation;

/// An instruction of the unit: its first byte, D8h to DFh, and its ModR/M byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escape {
    opcode: u8,
    modrm: u8,
}

/// Operand size, which sets the size of environment and state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandSize {
    /// 16 bits.
    Word,
    /// 32 bits.
    Dword,
}

/// Bytes that an instruction moves between memory and the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// None.
    None,
    /// So many bytes are read.
    Read(usize),
    /// So many bytes are written.
    Write(usize),
}

impl Escape {
    /// The instruction of these two bytes; of the first one only the low three bits count.
    #[must_use]
    pub fn new(opcode: u8, modrm: u8) -> Escape {
        Escape { opcode: opcode & 7, modrm }
    }

    /// The low three bits of the first byte.
    pub(super) fn group(self) -> u8 {
        self.opcode
    }

    /// Bits 3 to 5 of the ModR/M byte.
    pub(super) fn reg(self) -> u8 {
        self.modrm >> 3 & 7
    }

    /// Bits 0 to 2 of the ModR/M byte.
    pub(super) fn rm(self) -> u8 {
        self.modrm & 7
    }

    /// Whether the instruction has a memory operand.
    #[must_use]
    pub fn has_memory(self) -> bool {
        self.modrm < 0xc0
    }

    /// The eleven bits of the opcode as the environment stores them.
    #[must_use]
    pub fn code(self) -> u16 {
        u16::from(self.opcode) << 8 | u16::from(self.modrm)
    }

    /// Whether the instruction is one of control, which leaves the pointers to the last instruction alone.
    #[must_use]
    pub fn is_control(self) -> bool {
        match (self.opcode, self.has_memory(), self.reg()) {
            (1, true, 4..=7) | (5, true, 4 | 6 | 7) => true,
            (3, false, 4) => true,
            (7, false, 4) => self.rm() == 0,
            _ => false,
        }
    }

    /// What the instruction moves. Escapes that no unit defines move nothing.
    #[must_use]
    pub fn transfer(self, width: OperandSize) -> Transfer {
        use Transfer::{None, Read, Write};
        let sized = |word, dword| if width == OperandSize::Word { word } else { dword };
        if !self.has_memory() {
            return None;
        }
        match (self.opcode, self.reg()) {
            (0 | 2, _) | (1 | 3, 0) => Read(4),
            (1 | 3, 2 | 3) => Write(4),
            (1, 4) => Read(sized(14, 28)),
            (1, 5) => Read(2),
            (1, 6) => Write(sized(14, 28)),
            (1, 7) => Write(2),
            (3, 5) => Read(10),
            (3, 7) => Write(10),
            (4, _) | (5, 0) => Read(8),
            (5, 2 | 3) => Write(8),
            (5, 4) => Read(sized(94, 108)),
            (5, 6) => Write(sized(94, 108)),
            (5, 7) => Write(2),
            (6, _) | (7, 0) => Read(2),
            (7, 2 | 3) => Write(2),
            (7, 4) => Read(10),
            (7, 5) => Read(8),
            (7, 6) => Write(10),
            (7, 7) => Write(8),
            _ => None,
        }
    }
}

impl Fpu {
    /// Whether the instruction first waits for an unmasked exception to be served. False for FNINIT, FNCLEX, FNSTCW,
    /// FNSTSW, FNSTENV, FNSAVE, FNENI, FNDISI and FNSETPM.
    #[must_use]
    pub fn is_waiting(&self, escape: Escape) -> bool {
        match (escape.opcode, escape.has_memory(), escape.reg()) {
            (1 | 5, true, 6 | 7) => false,
            (3, false, 4) => escape.rm() > 4,
            (7, false, 4) => escape.rm() != 0 || self.generation == Generation::I8087,
            _ => true,
        }
    }
}
