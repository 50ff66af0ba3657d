//! A VGA with its video memory, and shorthands for what a guest does to it.

use crate::modes::Mode;
use beige_core::{Frame, Tick};
use beige_testkit::Bench;
use beige_video::{VRAM_BYTES, Vga, render, vram_index};

/// The 8 by 16 font, 16 bytes for each code.
pub(crate) static FONT: &[u8; 4096] = include_bytes!("../../../../roms/font/font8x16.bin");

pub(crate) const CRTC: u16 = 0x3d4;
pub(crate) const SEQUENCER: u16 = 0x3c4;
pub(crate) const GRAPHICS: u16 = 0x3ce;

pub(crate) struct Rig {
    pub(crate) vga: Vga,
    pub(crate) vram: Vec<u8>,
    pub(crate) bench: Bench,
}

impl Rig {
    /// A VGA after power-on.
    pub(crate) fn new() -> Rig {
        let mut rig = Rig { vga: Vga::new(), vram: vec![0; VRAM_BYTES], bench: Bench::default() };
        beige_core::Device::power_on(&mut rig.vga, &mut rig.bench.io());
        rig
    }

    /// A VGA in a mode, memory zero, DAC colour n being [`colour`] of n.
    pub(crate) fn in_mode(mode: &Mode) -> Rig {
        let mut rig = Rig::new();
        rig.set_mode(mode);
        rig.output(0x3c8, 0);
        for index in 0..=255 {
            for component in dac_components(index) {
                rig.output(0x3c9, component);
            }
        }
        rig
    }

    /// A VGA in a text mode, font loaded, no cursor, all cells blank on black.
    pub(crate) fn in_text_mode(mode: &Mode) -> Rig {
        let mut rig = Rig::in_mode(mode);
        rig.load_font(0, FONT);
        let crtc = rig.crtc();
        rig.set(crtc, 0x0a, 0x20);
        for cell in 0..0x4000 {
            rig.put_cell(cell, b' ', 0x07);
        }
        rig
    }

    pub(crate) fn set_mode(&mut self, mode: &Mode) {
        self.output(0x3c2, mode.misc_output);
        self.set_all(SEQUENCER, &mode.sequencer);
        let crtc = self.crtc();
        self.set(crtc, 0x11, 0);
        self.set_all(crtc, &mode.crtc);
        self.set_all(GRAPHICS, &mode.graphics);
        for (index, value) in (0..).zip(mode.attributes) {
            self.set_attribute(index, value);
        }
        self.output(0x3c0, 0x20);
    }

    fn set_all(&mut self, port: u16, values: &[u8]) {
        for (index, value) in (0..).zip(values) {
            self.set(port, index, *value);
        }
    }

    /// The CRTC's index port by the address that is selected.
    pub(crate) fn crtc(&mut self) -> u16 {
        if self.input(0x3cc) & 1 != 0 { CRTC } else { 0x3b4 }
    }

    pub(crate) fn output(&mut self, port: u16, value: u8) {
        self.bench.write(&mut self.vga, port - 0x3b0, value);
    }

    pub(crate) fn input(&mut self, port: u16) -> u8 {
        self.bench.read(&mut self.vga, port - 0x3b0)
    }

    /// Writes a register behind an index and a data port.
    pub(crate) fn set(&mut self, port: u16, index: u8, value: u8) {
        self.output(port, index);
        self.output(port + 1, value);
    }

    pub(crate) fn get(&mut self, port: u16, index: u8) -> u8 {
        self.output(port, index);
        self.input(port + 1)
    }

    pub(crate) fn input_status_1(&mut self) -> u8 {
        let port = self.crtc() + 6;
        self.input(port)
    }

    /// Writes an attribute register and leaves the picture on.
    pub(crate) fn set_attribute(&mut self, index: u8, value: u8) {
        self.input_status_1();
        self.output(0x3c0, index);
        self.output(0x3c0, value);
        self.output(0x3c0, 0x20);
        self.input_status_1();
    }

    /// A byte written by the CPU at a physical address.
    pub(crate) fn poke(&mut self, address: u32, value: u8) {
        self.vga.mem_write(&mut self.vram, address - 0xa_0000, value);
    }

    /// A byte read by the CPU at a physical address.
    pub(crate) fn peek(&mut self, address: u32) -> u8 {
        self.vga.mem_read(&self.vram, address - 0xa_0000)
    }

    /// The byte of a plane, behind the chip's back.
    pub(crate) fn plane(&mut self, plane: u8, offset: u16) -> &mut u8 {
        &mut self.vram[vram_index(offset, plane)]
    }

    /// Puts a font of `glyph.len() / 256` lines at an offset of plane 2.
    pub(crate) fn load_font(&mut self, offset: u16, font: &[u8]) {
        let lines = font.len() / 256;
        for (code, glyph) in (0u16..).zip(font.chunks(lines)) {
            for (line, byte) in (0..).zip(glyph) {
                *self.plane(2, offset + code * 32 + line) = *byte;
            }
        }
    }

    /// Character and attribute of a cell, in word mode, by its address counter.
    pub(crate) fn put_cell(&mut self, counter: u16, code: u8, attribute: u8) {
        *self.plane(0, counter.rotate_left(1)) = code;
        *self.plane(1, counter.rotate_left(1)) = attribute;
    }

    pub(crate) fn put_text(&mut self, counter: u16, text: &[u8], attribute: u8) {
        for (cell, code) in (counter..).zip(text) {
            self.put_cell(cell, *code, attribute);
        }
    }

    pub(crate) fn blink_phase(&self) -> u8 {
        beige_video::blink_phase(&self.vga, &self.vram, self.bench.now)
    }

    pub(crate) fn frame(&self) -> Frame {
        let mut frame = Frame::default();
        render(&self.vga, &self.vram, self.bench.now, &mut frame);
        frame
    }

    /// Lets time pass until the frame with this number begins.
    pub(crate) fn advance_to_frame(&mut self, number: u64) {
        while self.vga.frame_number(self.bench.now) < number {
            self.advance(self.vga.frame_period() / 4);
        }
    }

    pub(crate) fn advance(&mut self, ticks: Tick) {
        self.bench.advance(&mut self.vga, ticks);
    }
}

/// The six-bit components that [`Rig::in_mode`] gives a DAC colour: no two colours are equal, and 0 is black.
fn dac_components(index: u8) -> [u8; 3] {
    [index & 0x3f, index >> 2, index.wrapping_mul(37) & 0x3f]
}

/// DAC colour `index` of [`Rig::in_mode`], 00RRGGBB.
pub(crate) fn dac_colour(index: u8) -> u32 {
    let [red, green, blue] = dac_components(index).map(|part| u32::from(part) * 4 + u32::from(part) / 16);
    red * 0x1_0000 + green * 0x100 + blue
}

/// Colour 0-15 of a mode with the standard palette, 00RRGGBB.
pub(crate) fn colour(value: u8) -> u32 {
    dac_colour(crate::modes::MODE_03.attributes[usize::from(value)])
}

/// The dots of a character cell of a frame, row by row, as booleans: not `background`.
pub(crate) fn cell_dots(
    frame: &Frame,
    left: usize,
    top: usize,
    size: (usize, usize),
    background: u32,
) -> Vec<Vec<bool>> {
    let row = |y: usize| &frame.pixels[(top + y) * frame.width + left..][..size.0];
    (0..size.1).map(|y| row(y).iter().map(|pixel| *pixel != background).collect()).collect()
}

/// What [`cell_dots`] gives for a glyph of [`FONT`] in a cell of nine dots.
pub(crate) fn glyph_dots(code: u8, ninth_repeats: bool) -> Vec<Vec<bool>> {
    let glyph = &FONT[usize::from(code) * 16..][..16];
    let dots = |byte: &u8| {
        (0..9).map(|dot| if dot == 8 { ninth_repeats && byte & 1 != 0 } else { byte << dot & 0x80 != 0 }).collect()
    };
    glyph.iter().map(dots).collect()
}

/// Columns and rows of a character of mode 3.
pub(crate) const CELL: (usize, usize) = (9, 16);

/// Whether each dot of a cell of mode 3 is not black.
pub(crate) fn lit(frame: &Frame, row: usize, column: usize) -> Vec<Vec<bool>> {
    cell_dots(frame, column * 9, row * 16, CELL, 0)
}

/// The lines of a cell of mode 3 of which all nine dots are lit.
pub(crate) fn full_lines(frame: &Frame, row: usize, column: usize) -> Vec<usize> {
    let dots = lit(frame, row, column);
    (0..16).filter(|line| dots[*line].iter().all(|dot| *dot)).collect()
}
