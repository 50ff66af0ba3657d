//! Plane bytes to dots, for the graphics modes.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Graphics Modes", "Graphics
//! Mode Register" (shift register modes).

use super::{Vga, gfx::ShiftMode, mem::planes_at, raster::RasterLine};
use beige_core::Tick;

/// What all dots of a frame have in common.
pub(crate) struct GraphicsStyle<'a> {
    vga: &'a Vga,
    vram: &'a [u8],
    palette: [u32; 16],
    shift_mode: ShiftMode,
    character_dots: usize,
}

impl<'a> GraphicsStyle<'a> {
    // SPEC: "Attribute Mode Control Register", bit 3: it must be 1 for blinking graphics modes, too.
    // UNVERIFIED: what blinks is bit 3 of every colour. So the palette of mode 0Fh has it, whose registers 4 and 0Ch
    // are white and black for its blinking colour 4, and 1 and 9, 5 and 0Dh alike for those that do not blink.
    pub(crate) fn new(vga: &'a Vga, vram: &'a [u8], now: Tick) -> GraphicsStyle<'a> {
        GraphicsStyle {
            vga,
            vram,
            palette: vga.palette(vga.is_blinked(now)),
            shift_mode: vga.gfx.shift_mode(),
            character_dots: vga.seq.character_dots() as usize,
        }
    }

    /// Appends the dots of `characters` character clocks of a line.
    pub(crate) fn draw(&self, line: &RasterLine, characters: u32, dots: &mut Vec<u32>) {
        let step = self.vga.crtc.characters_per_count();
        for column in 0..characters as u16 {
            let counter = line.address.wrapping_add(column / step);
            let planes = planes_at(self.vram, self.vga.crtc.plane_offset(counter, line.row_scan));
            let end = dots.len() + self.character_dots;
            dots.extend(self.eight_dots(planes.to_le_bytes()));
            // UNVERIFIED: a ninth dot in graphics has colour 0; no mode has one.
            dots.resize(end, self.palette[0]);
        }
    }

    fn eight_dots(&self, planes: [u8; 4]) -> [u32; 8] {
        match self.shift_mode {
            ShiftMode::Planar => std::array::from_fn(|dot| self.colour(planar(planes, dot))),
            ShiftMode::Interleaved => std::array::from_fn(|dot| self.colour(interleaved(planes, dot))),
            // UNVERIFIED: eight bits pass by the palette registers and the enabled planes.
            ShiftMode::Packed if self.vga.attr.is_8_bit() => {
                std::array::from_fn(|dot| self.vga.dac.rgb(planes[dot / 2]))
            }
            ShiftMode::Packed => std::array::from_fn(|dot| self.colour(planes[dot / 2] >> (4 - dot % 2 * 4))),
        }
    }

    fn colour(&self, value: u8) -> u32 {
        self.palette[usize::from(value & 0x0f)]
    }
}

/// Colour bit p is the dot's bit of plane p.
fn planar(planes: [u8; 4], dot: usize) -> u8 {
    planes.iter().rev().fold(0, |colour, plane| colour << 1 | plane >> (7 - dot) & 1)
}

/// Colour bits 0-1 are a pair of bits of plane 0 for the left four dots and of plane 1 for the right four, bits 2-3
/// one of planes 2 and 3.
fn interleaved(planes: [u8; 4], dot: usize) -> u8 {
    let pair = |plane: u8| plane >> (6 - dot % 4 * 2) & 3;
    pair(planes[dot / 4]) | pair(planes[2 + dot / 4]) << 2
}
