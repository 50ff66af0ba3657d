//! The scan lines of a frame: which address and which line of a character row each of them shows.

use super::{Vga, crtc::Crtc};

/// What the counters hold at the left end of a scan line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RasterLine {
    /// The address counter.
    pub(crate) address: u16,
    /// The row scan counter: the line of the character row.
    pub(crate) row_scan: u8,
    /// The character row, counted from the top of the picture.
    pub(crate) row: u32,
    /// Below the split that line compare makes.
    pub(crate) below_split: bool,
}

/// The scan lines of the picture, from top to bottom.
pub(crate) struct Raster<'a> {
    crtc: &'a Crtc,
    number: u32,
    count: u32,
    line: RasterLine,
    repeats: bool,
}

impl<'a> Raster<'a> {
    pub(crate) fn new(vga: &'a Vga) -> Raster<'a> {
        let crtc = &vga.crtc;
        let line = RasterLine {
            address: crtc.start_address().wrapping_add(crtc.byte_panning()),
            row_scan: crtc.preset_row_scan(),
            row: 0,
            below_split: false,
        };
        Raster { crtc, number: 0, count: vga.timing().displayed_lines, line, repeats: false }
    }

    fn step(&mut self) {
        if self.number == self.crtc.line_compare() {
            self.line = RasterLine { address: 0, row_scan: 0, row: self.line.row + 1, below_split: true };
            self.repeats = false;
        } else if self.crtc.double_scans() && !self.repeats {
            self.repeats = true;
        } else {
            self.repeats = false;
            self.next_row_scan();
        }
        self.number += 1;
    }

    fn next_row_scan(&mut self) {
        if self.line.row_scan == self.crtc.last_row_scan() {
            self.line.row_scan = 0;
            self.line.row += 1;
            self.line.address = self.line.address.wrapping_add(self.crtc.row_pitch());
        } else {
            self.line.row_scan = (self.line.row_scan + 1) & 0x1f;
        }
    }
}

impl Iterator for Raster<'_> {
    type Item = RasterLine;

    fn next(&mut self) -> Option<RasterLine> {
        if self.number == self.count {
            return None;
        }
        let line = self.line;
        self.step();
        Some(line)
    }
}
