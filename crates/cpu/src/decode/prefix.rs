//! Prefixes.

use super::{NONE, Repeat};
use crate::Model;
use crate::regs::seg;

/// The prefixes of an instruction; of several of one group the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefixes {
    /// Segment override or [`NONE`].
    pub(crate) segment: u8,
    pub(crate) repeat: Repeat,
    pub(crate) lock: bool,
    /// 66h.
    pub(crate) operand: bool,
    /// 67h.
    pub(crate) address: bool,
    /// How many bytes.
    pub(crate) count: u16,
}

impl Default for Prefixes {
    fn default() -> Prefixes {
        Prefixes { segment: NONE, repeat: Repeat::No, lock: false, operand: false, address: false, count: 0 }
    }
}

impl Prefixes {
    /// The same with `operand` and `address` telling of 32-bit operands and addresses.
    pub(super) fn in_segment(self, wide: bool) -> Prefixes {
        Prefixes { operand: self.operand != wide, address: self.address != wide, ..self }
    }

    /// Takes the prefixes off the front of `bytes`, and says how many bytes they are.
    pub(crate) fn scan(model: Model, bytes: &[u8]) -> (Prefixes, usize) {
        let mut prefixes = Prefixes::default();
        let used = bytes.iter().take_while(|byte| prefixes.take(model, **byte)).count();
        (prefixes, used)
    }

    /// Takes one byte when it is a prefix.
    pub(crate) fn take(&mut self, model: Model, byte: u8) -> bool {
        match byte {
            0x26 => self.segment = seg::ES,
            0x2e => self.segment = seg::CS,
            0x36 => self.segment = seg::SS,
            0x3e => self.segment = seg::DS,
            0x64 if model >= Model::I80386 => self.segment = seg::FS,
            0x65 if model >= Model::I80386 => self.segment = seg::GS,
            0x66 if model >= Model::I80386 => self.operand = true,
            0x67 if model >= Model::I80386 => self.address = true,
            0xf0 => self.lock = true,
            // QUIRK: F1h is a second LOCK up to the 80286, and an INT 1 from the 80386 on.
            0xf1 if model < Model::I80386 => self.lock = true,
            0xf2 => self.repeat = Repeat::WhileNotEqual,
            0xf3 => self.repeat = Repeat::WhileEqual,
            _ => return false,
        }
        self.count = self.count.saturating_add(1);
        true
    }
}
