//! A register file behind an index and a data port, as the CRT controller, the sequencer and the graphics controller
//! have it.

use beige_core::{StateError, Visitor, VisitorExt};

/// `N` registers of which one, chosen by the index, shows at the data port. A register that the chip lacks reads as 0
/// and ignores what is written; so do the bits that a register lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Indexed<const N: usize> {
    /// The bits of the index that exist.
    index_mask: u8,
    /// The bits of each register that exist.
    writable: &'static [u8; N],
    /// Which register the data port reaches; reset: 0.
    index: u8,
    /// Reset: all 0.
    registers: [u8; N],
}

impl<const N: usize> Indexed<N> {
    pub(crate) fn new(index_mask: u8, writable: &'static [u8; N]) -> Indexed<N> {
        Indexed { index_mask, writable, index: 0, registers: [0; N] }
    }

    pub(crate) fn read_index(&self) -> u8 {
        self.index
    }

    pub(crate) fn write_index(&mut self, value: u8) {
        self.index = value & self.index_mask;
    }

    pub(crate) fn read_data(&self) -> u8 {
        self.registers.get(usize::from(self.index)).copied().unwrap_or(0)
    }

    pub(crate) fn write_data(&mut self, value: u8) {
        let at = usize::from(self.index);
        if let (Some(register), Some(writable)) = (self.registers.get_mut(at), self.writable.get(at)) {
            *register = value & writable;
        }
    }

    /// Fields 1 and 2 of the present section.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Indexed { index_mask: _, writable: _, index, registers } = self;
        v.u8(1, index);
        v.bytes(2, registers);
    }

    pub(crate) fn check(&self, section: &str) -> Result<(), StateError> {
        let bits_exist = self.registers.iter().zip(self.writable).all(|(register, writable)| register & !writable == 0);
        if self.index & !self.index_mask != 0 || !bits_exist {
            return Err(StateError::invalid(section, "a register has bits that the chip lacks"));
        }
        Ok(())
    }
}

/// The registers are read by number; only the ports write them.
impl<const N: usize> std::ops::Deref for Indexed<N> {
    type Target = [u8; N];

    fn deref(&self) -> &[u8; N] {
        &self.registers
    }
}
