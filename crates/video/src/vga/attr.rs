//! The attribute controller: 4-bit colours to DAC indexes. Port 3C0h (index and data by turns; reads the index) and
//! 3C1h (reads the data).
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Attribute Controller
//! Registers".

use beige_core::{StateError, Visitor, VisitorExt};

/// Index bit 5, palette address source: the palette serves the display, and there is a picture.
const INDEX_PALETTE_SERVES_DISPLAY: u8 = 0x20;
const INDEX_MASK: u8 = 0x1f;

/// The overscan colour register.
const OVERSCAN: usize = 0x11;
/// 10h bit 2: the ninth dot of the codes C0h-DFh repeats the eighth.
const MODE_LINE_GRAPHICS: u8 = 0x04;
/// 10h bit 3: attribute bit 7 blinks, and is not background intensity; in graphics colours blink.
const MODE_BLINK: u8 = 0x08;
/// 10h bit 5: the lower part of a split screen is not panned.
const MODE_PANS_TOP_ONLY: u8 = 0x20;
/// 10h bit 6: two 4-bit values make a colour.
const MODE_8_BIT: u8 = 0x40;
/// 10h bit 7: DAC index bits 4-5 come from the colour select register.
const MODE_P54_SELECT: u8 = 0x80;

/// The bits that exist: palette 00h-0Fh, mode control, overscan colour, colour plane enable, horizontal panning,
/// colour select.
const WRITABLE: [u8; 21] = [
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f,
    0x0f, 0x0f,
];

/// The register file of the attribute controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AttributeController {
    /// Bits 0-4 which register is reached, bit 5 the palette address source; reset: 0.
    index: u8,
    /// 00h-14h; reset: all 0.
    registers: [u8; 21],
    /// Whether the next write to 3C0h is data; reset: false. A read of input status 1 makes it false.
    expects_data: bool,
}

impl AttributeController {
    pub(crate) fn read_index(&self) -> u8 {
        self.index
    }

    pub(crate) fn read_data(&self) -> u8 {
        self.registers.get(usize::from(self.index & INDEX_MASK)).copied().unwrap_or(0)
    }

    /// A write to 3C0h: index or data, by the flip-flop.
    pub(crate) fn write(&mut self, value: u8) {
        if self.expects_data {
            self.write_data(value);
        } else {
            self.index = value & (INDEX_MASK | INDEX_PALETTE_SERVES_DISPLAY);
        }
        self.expects_data = !self.expects_data;
    }

    // SPEC: while index bit 5 is 1, the type 1 video subsystem refuses accesses to the palette, the type 2 allows
    // them. This is a type 2, like most of the clones.
    fn write_data(&mut self, value: u8) {
        let at = usize::from(self.index & INDEX_MASK);
        if let (Some(register), Some(writable)) = (self.registers.get_mut(at), WRITABLE.get(at)) {
            *register = value & writable;
        }
    }

    /// Input status 1 was read.
    pub(crate) fn reset_flip_flop(&mut self) {
        self.expects_data = false;
    }

    /// Whether there is a picture.
    pub(crate) fn is_displaying(&self) -> bool {
        self.index & INDEX_PALETTE_SERVES_DISPLAY != 0
    }

    pub(crate) fn line_graphics(&self) -> bool {
        self.registers[0x10] & MODE_LINE_GRAPHICS != 0
    }

    pub(crate) fn blinks(&self) -> bool {
        self.registers[0x10] & MODE_BLINK != 0
    }

    pub(crate) fn pans_top_only(&self) -> bool {
        self.registers[0x10] & MODE_PANS_TOP_ONLY != 0
    }

    pub(crate) fn is_8_bit(&self) -> bool {
        self.registers[0x10] & MODE_8_BIT != 0
    }

    /// The two bits of the output that the diagnostic multiplexer (12h bits 4-5) puts into input status 1.
    ///
    /// DEVIATION: the output is taken to be the overscan colour, as it is outside the picture; what a dot inside the
    /// picture has would need video memory. Diagnostics switch the picture off before they look.
    pub(crate) fn diagnostic_bits(&self) -> u8 {
        let output = self.registers[OVERSCAN];
        let (low, high) = match self.registers[0x12] >> 4 & 3 {
            0 => (0, 2),
            1 => (4, 5),
            2 => (1, 3),
            _ => (6, 7),
        };
        (output >> low & 1) | (output >> high & 1) << 1
    }

    /// The DAC index of a 4-bit colour. `blinked` inverts its bit 3, whether or not that plane is enabled.
    pub(crate) fn dac_index(&self, colour: u8, blinked: bool) -> u8 {
        let enabled = (colour & self.registers[0x12] & 0x0f) ^ if blinked { 0x08 } else { 0 };
        let palette = self.registers[usize::from(enabled)];
        let select = self.registers[0x14];
        let middle = if self.registers[0x10] & MODE_P54_SELECT != 0 { select << 4 & 0x30 } else { palette & 0x30 };
        (select << 4 & 0xc0) | middle | (palette & 0x0f)
    }

    /// Dots by which the picture is moved to the left, for characters of this width.
    pub(crate) fn panned_dots(&self, character_dots: u32) -> usize {
        let value = usize::from(self.registers[0x13]);
        match (character_dots, value) {
            // SPEC: "Horizontal PEL Panning Register": with nine dots 8 is no shift, and 0 is a shift by one.
            (9, 0..=7) => value + 1,
            (9, _) => 0,
            (_, 0..=7) => value,
            _ => 0,
        }
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let AttributeController { index, registers, expects_data } = self;
        v.section("vga-attr", 1);
        v.u8(1, index);
        v.bytes(2, registers);
        v.bool(3, expects_data);
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        let bits_exist = self.registers.iter().zip(WRITABLE).all(|(register, writable)| register & !writable == 0);
        if self.index & !(INDEX_MASK | INDEX_PALETTE_SERVES_DISPLAY) != 0 || !bits_exist {
            return Err(StateError::invalid("vga-attr", "a register has bits that the chip lacks"));
        }
        Ok(())
    }
}
