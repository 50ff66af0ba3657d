//! The graphics controller: between CPU and video memory. Ports 3CEh (index) and 3CFh (data).
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Graphics Controller
//! Registers".

use super::indexed::Indexed;
use beige_core::{StateError, Visitor, VisitorExt};

/// 05h bit 3: reads compare colours.
const MODE_READ_1: u8 = 0x08;
/// 05h bit 4: bit 0 of a CPU read's address selects even or odd planes.
const MODE_ODD_EVEN: u8 = 0x10;
/// 06h bit 0: graphics, not text.
const MISC_GRAPHICS: u8 = 0x01;
/// 06h bit 1: bit 0 of the CPU address is replaced by a higher one.
const MISC_CHAIN_ODD_EVEN: u8 = 0x02;

/// The bits that exist, by register: set/reset, enable set/reset, colour compare, data rotate, read map select, mode,
/// miscellaneous, colour don't care, bit mask.
static WRITABLE: [u8; 9] = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff];
const INDEX_MASK: u8 = 0x0f;

pub(crate) const SET_RESET: u8 = 0x00;
pub(crate) const ENABLE_SET_RESET: u8 = 0x01;
pub(crate) const COLOUR_COMPARE: u8 = 0x02;
pub(crate) const DATA_ROTATE: u8 = 0x03;
pub(crate) const READ_MAP: u8 = 0x04;
pub(crate) const COLOUR_CARE: u8 = 0x07;
pub(crate) const BIT_MASK: u8 = 0x08;

/// Where the CPU sees video memory: 06h bits 2-3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryMap {
    /// A0000h, 128 KiB.
    A0000Long,
    /// A0000h, 64 KiB.
    A0000,
    /// B0000h, 32 KiB.
    B0000,
    /// B8000h, 32 KiB.
    B8000,
}

/// How plane bytes become dots: 05h bits 5-6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShiftMode {
    /// One bit of each plane.
    Planar,
    /// Two adjacent bits of a plane, as the CGA's 320-dot modes have them.
    Interleaved,
    /// Eight bits of a plane, for 256 colours.
    Packed,
}

/// The register file of the graphics controller, and its latches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GraphicsController {
    /// 00h-08h.
    pub(crate) registers: Indexed<9>,
    /// What the last CPU read found, plane p in bits 8p to 8p+7; reset: 0.
    pub(crate) latches: u32,
}

impl Default for GraphicsController {
    fn default() -> GraphicsController {
        GraphicsController { registers: Indexed::new(INDEX_MASK, &WRITABLE), latches: 0 }
    }
}

impl GraphicsController {
    pub(crate) fn set_reset(&self) -> u8 {
        self.registers[0]
    }

    pub(crate) fn enable_set_reset(&self) -> u8 {
        self.registers[1]
    }

    pub(crate) fn colour_compare(&self) -> u8 {
        self.registers[2]
    }

    pub(crate) fn rotate_count(&self) -> u32 {
        u32::from(self.registers[3] & 7)
    }

    /// 0 replace, 1 AND, 2 OR, 3 XOR.
    pub(crate) fn function(&self) -> u8 {
        self.registers[3] >> 3 & 3
    }

    pub(crate) fn read_map(&self) -> u8 {
        self.registers[4]
    }

    pub(crate) fn write_mode(&self) -> u8 {
        self.registers[5] & 3
    }

    pub(crate) fn reads_compare(&self) -> bool {
        self.registers[5] & MODE_READ_1 != 0
    }

    pub(crate) fn reads_odd_even(&self) -> bool {
        self.registers[5] & MODE_ODD_EVEN != 0
    }

    pub(crate) fn shift_mode(&self) -> ShiftMode {
        match self.registers[5] >> 5 & 3 {
            0 => ShiftMode::Planar,
            1 => ShiftMode::Interleaved,
            _ => ShiftMode::Packed,
        }
    }

    pub(crate) fn is_graphics(&self) -> bool {
        self.registers[6] & MISC_GRAPHICS != 0
    }

    pub(crate) fn chains_odd_even(&self) -> bool {
        self.registers[6] & MISC_CHAIN_ODD_EVEN != 0
    }

    pub(crate) fn memory_map(&self) -> MemoryMap {
        match self.registers[6] >> 2 & 3 {
            0 => MemoryMap::A0000Long,
            1 => MemoryMap::A0000,
            2 => MemoryMap::B0000,
            _ => MemoryMap::B8000,
        }
    }

    pub(crate) fn colour_care(&self) -> u8 {
        self.registers[7]
    }

    pub(crate) fn bit_mask(&self) -> u8 {
        self.registers[8]
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let GraphicsController { registers, latches } = self;
        v.section("vga-gfx", 1);
        registers.visit(v);
        v.u32(3, latches);
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        self.registers.check("vga-gfx")
    }
}
