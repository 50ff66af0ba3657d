//! The DMA page registers (a 74LS612 on the PC/AT): the upper address lines of each channel.
//!
//! Source: IBM PC/AT Technical Reference (1502494), "DMA controller", page register addresses.
//!
//! | offset | register (read and write) |
//! |---|---|
//! | 1, 2, 3, 7 | page of channel 2, 3, 1, 0 |
//! | 9, A, B | page of channel 6, 7, 5 |
//! | F | refresh page, in the place of channel 4 |
//! | others | no function; they keep what is written |
//!
//! Not modelled: nothing known.

use beige_core::{Device, Io, PortDevice, StateError, Visitor};

/// The offset of the page register of each channel, in channel order.
const OFFSETS: [u8; 8] = [7, 3, 1, 2, 0xf, 0xb, 9, 0xa];

/// The page registers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DmaPages {
    /// All 0.
    registers: [u8; 16],
}

impl DmaPages {
    /// Page registers of zero.
    #[must_use]
    pub fn new() -> DmaPages {
        DmaPages::default()
    }

    /// The page of `channel`, 0 to 7 (taken modulo 8).
    #[must_use]
    pub fn page(&self, channel: u8) -> u8 {
        self.registers[usize::from(OFFSETS[usize::from(channel & 7)])]
    }
}

impl PortDevice for DmaPages {
    fn read(&mut self, offset: u16, _io: &mut Io<'_>) -> u8 {
        self.registers[usize::from(offset & 15)]
    }

    fn write(&mut self, offset: u16, value: u8, _io: &mut Io<'_>) {
        self.registers[usize::from(offset & 15)] = value;
    }
}

impl Device for DmaPages {
    fn power_on(&mut self, _io: &mut Io<'_>) {
        *self = DmaPages::new();
    }

    // The registers have no reset input.
    fn reset(&mut self, _io: &mut Io<'_>) {}

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let DmaPages { registers } = self;
        v.section("dma-pages", 1);
        v.bytes(1, registers);
    }

    fn check(&self) -> Result<(), StateError> {
        Ok(())
    }
}
