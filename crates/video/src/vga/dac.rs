//! The DAC: 256 colours of three times six bits. Ports 3C6h (PEL mask), 3C7h (write: read address; read: state),
//! 3C8h (write address) and 3C9h (data).
//!
//! Sources: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Video Digital-to-Analog
//! Converter"; Inmos IMSG171 data sheet, "Writing to the colour look-up table", "Reading".

use beige_core::{StateError, Visitor, VisitorExt, coded_enum};

const COMPONENT_MASK: u8 = 0x3f;

coded_enum! {
    /// Which address was written last.
    pub(crate) enum Direction: "DAC direction" {
        /// 3C8h: data is written.
        Write = 0,
        /// 3C7h: data is read.
        Read = 1,
    }
}

/// The colour look-up table and its interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dac {
    /// Red, green and blue by index; power-on: black. Keeps its colours over a reset.
    colours: [[u8; 3]; 256],
    /// What a DAC index is ANDed with; reset: FFh.
    pel_mask: u8,
    /// The next colour to be read or written; reset: 0.
    address: u8,
    /// Write or read; reset: write.
    direction: Direction,
    /// The colour on its way in or out; reset: black.
    transfer: [u8; 3],
    /// How many of its components have passed, 0-2; reset: 0.
    passed: u8,
}

impl Default for Dac {
    fn default() -> Dac {
        Dac {
            colours: [[0; 3]; 256],
            pel_mask: 0xff,
            address: 0,
            direction: Direction::Write,
            transfer: [0; 3],
            passed: 0,
        }
    }
}

impl Dac {
    pub(crate) fn reset(&mut self) {
        *self = Dac { colours: self.colours, ..Dac::default() };
    }

    pub(crate) fn read_mask(&self) -> u8 {
        self.pel_mask
    }

    pub(crate) fn write_mask(&mut self, value: u8) {
        self.pel_mask = value;
    }

    /// 3C7h read: both bits set when data is read.
    pub(crate) fn read_state(&self) -> u8 {
        match self.direction {
            Direction::Write => 0x00,
            Direction::Read => 0x03,
        }
    }

    pub(crate) fn write_read_address(&mut self, value: u8) {
        self.direction = Direction::Read;
        self.address = value;
        self.fetch();
    }

    // QUIRK: there is one address register, and a read prefetches: after 3C7h = n, 3C8h reads n + 1.
    pub(crate) fn read_address(&self) -> u8 {
        self.address
    }

    pub(crate) fn write_write_address(&mut self, value: u8) {
        self.direction = Direction::Write;
        self.address = value;
        self.passed = 0;
    }

    pub(crate) fn read_data(&mut self) -> u8 {
        let component = self.transfer[usize::from(self.passed % 3)];
        self.passed += 1;
        if self.passed >= 3 {
            self.fetch();
        }
        component
    }

    /// The colour changes when its third component arrives, not before.
    pub(crate) fn write_data(&mut self, value: u8) {
        self.transfer[usize::from(self.passed % 3)] = value & COMPONENT_MASK;
        self.passed += 1;
        if self.passed >= 3 {
            self.colours[usize::from(self.address)] = self.transfer;
            self.address = self.address.wrapping_add(1);
            self.passed = 0;
        }
    }

    fn fetch(&mut self) {
        self.transfer = self.colours[usize::from(self.address)];
        self.address = self.address.wrapping_add(1);
        self.passed = 0;
    }

    /// The colour of a dot, 00RRGGBB. Six bits become eight by repeating the high ones, so that 3Fh is full.
    pub(crate) fn rgb(&self, index: u8) -> u32 {
        let colour = self.colours[usize::from(index & self.pel_mask)];
        let [red, green, blue] = colour.map(|component| u32::from(component << 2 | component >> 4));
        red << 16 | green << 8 | blue
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Dac { colours, pel_mask, address, direction, transfer, passed } = self;
        v.section("vga-dac", 1);
        v.bytes(1, colours.as_flattened_mut());
        v.u8(2, pel_mask);
        v.u8(3, address);
        v.code(4, direction);
        v.bytes(5, transfer);
        v.u8(6, passed);
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        let six_bits = self.colours.as_flattened().iter().chain(&self.transfer).all(|part| part & !COMPONENT_MASK == 0);
        if !six_bits || self.passed > 2 {
            return Err(StateError::invalid("vga-dac", "a colour has more than six bits or three components"));
        }
        Ok(())
    }
}
