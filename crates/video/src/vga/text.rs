//! Characters to dots, and the text on the screen as text.
//!
//! Sources: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Alphanumeric Modes",
//! "Character Map Select Register", "Cursor Start Register", "Underline Location Register".

use super::{
    Vga,
    crtc::Cursor,
    mem::planes_at,
    raster::{Raster, RasterLine},
};
use crate::cp437;
use beige_core::Tick;

/// Attribute bit 7 when blinking is enabled.
const ATTRIBUTE_BLINK: u8 = 0x80;
// UNVERIFIED: that it is shown first, counted from power-on; nothing defines the phase.
/// Frames of which the cursor is shown, and then hidden.
const CURSOR_BLINK_FRAMES: u64 = 8;

/// What all characters of a frame have in common.
pub(crate) struct TextStyle<'a> {
    vga: &'a Vga,
    vram: &'a [u8],
    palette: [u32; 16],
    /// 8 or 9.
    character_dots: u32,
    /// By attribute bit 3.
    font_offsets: [u16; 2],
    /// Blinking characters are in their hidden half.
    hides_blinking: bool,
    /// `None` in its hidden half, too.
    cursor: Option<Cursor>,
}

impl<'a> TextStyle<'a> {
    pub(crate) fn new(vga: &'a Vga, vram: &'a [u8], now: Tick) -> TextStyle<'a> {
        let frame = vga.frame_number(now);
        let is_cursor_shown = (frame / CURSOR_BLINK_FRAMES).is_multiple_of(2);
        TextStyle {
            vga,
            vram,
            palette: vga.palette(false),
            character_dots: vga.seq.character_dots(),
            font_offsets: vga.seq.font_offsets(),
            hides_blinking: vga.is_blinked(now),
            cursor: vga.crtc.cursor().filter(|_| is_cursor_shown),
        }
    }

    /// Appends the dots of `characters` characters of a line.
    pub(crate) fn draw(&self, line: &RasterLine, characters: u32, dots: &mut Vec<u32>) {
        let step = self.vga.crtc.characters_per_count();
        for column in 0..characters as u16 {
            let counter = line.address.wrapping_add(column / step);
            self.draw_character(counter, line.row_scan, dots);
        }
    }

    /// Bit 0: a cursor is shown. Bit 1: characters are hidden.
    pub(crate) fn blink_phase(&self) -> u8 {
        u8::from(self.cursor.is_some()) | u8::from(self.hides_blinking && self.has_blinking()) << 1
    }

    /// Whether a character of the screen blinks.
    fn has_blinking(&self) -> bool {
        let (crtc, columns) = (&self.vga.crtc, self.vga.columns() as u16 + 1);
        let mut before = None;
        let blinks = |offset: u16| planes_at(self.vram, offset).to_le_bytes()[1] & ATTRIBUTE_BLINK != 0;
        // Most lines show the characters of the one above.
        let place = |line: &RasterLine| (line.address, crtc.plane_offset(line.address, line.row_scan));
        Raster::new(self.vga).filter(|line| before.replace(place(line)) != Some(place(line))).any(|line| {
            (0..columns).any(|column| {
                let counter = line.address.wrapping_add(column / crtc.characters_per_count());
                blinks(crtc.plane_offset(counter, line.row_scan))
            })
        })
    }

    fn draw_character(&self, counter: u16, row_scan: u8, dots: &mut Vec<u32>) {
        let [code, attribute, ..] = planes_at(self.vram, self.vga.crtc.plane_offset(counter, row_scan)).to_le_bytes();
        let blinks = self.vga.attr.blinks();
        let background = if blinks { attribute >> 4 & 7 } else { attribute >> 4 };
        let mut pattern = self.pattern(code, attribute, row_scan);
        if self.hides_blinking && attribute & ATTRIBUTE_BLINK != 0 {
            pattern = 0;
        }
        if self.cursor.is_some_and(|cursor| cursor.covers(counter, row_scan)) {
            pattern = 0x1ff;
        }
        let colours = [self.palette[usize::from(background)], self.palette[usize::from(attribute & 0x0f)]];
        // Nine dots always, of which eight may be wanted: the compiler unrolls a fixed count.
        let line: [u32; 9] = std::array::from_fn(|dot| colours[usize::from(pattern >> (8 - dot) & 1)]);
        dots.extend_from_slice(line.get(..self.character_dots as usize).unwrap_or(&line));
    }

    /// The nine dots of a line of a character, the left one in bit 8.
    fn pattern(&self, code: u8, attribute: u8, row_scan: u8) -> u16 {
        // UNVERIFIED: any attribute with foreground 1 or 9 on background 0 or 8 is underlined, in colour modes too;
        // those put the underline below the character.
        if attribute & 0x77 == 0x01 && row_scan == self.vga.crtc.underline_row_scan() {
            return 0x1ff;
        }
        let font = self.font_offsets[usize::from(attribute >> 3 & 1)];
        let glyph = font.wrapping_add(u16::from(code) << 5 | u16::from(row_scan & 0x1f));
        let [_, _, row, _] = planes_at(self.vram, glyph).to_le_bytes();
        let repeats_last = self.vga.attr.line_graphics() && (0xc0..=0xdf).contains(&code);
        u16::from(row) << 1 | u16::from(repeats_last && row & 1 != 0)
    }
}

impl Cursor {
    fn covers(&self, counter: u16, row_scan: u8) -> bool {
        counter == self.address && (self.first_line..=self.last_line).contains(&row_scan)
    }
}

impl Vga {
    /// Columns and rows of the text on the screen; a row cut off at the bottom counts.
    #[must_use]
    pub fn text_size(&self) -> (u32, u32) {
        let rows = Raster::new(self).last().map_or(0, |line| line.row + 1);
        (self.columns(), rows)
    }

    /// Row and column of the cursor on the screen, from 0, whether it is in its shown or hidden half; `None` when it
    /// is off, outside the screen or lost in graphics.
    #[must_use]
    pub fn cursor(&self) -> Option<(u32, u32)> {
        let cursor = self.crtc.cursor().filter(|_| self.is_text())?;
        let columns = self.columns();
        let step = u32::from(self.crtc.characters_per_count());
        Raster::new(self).find_map(|line| {
            let column = u32::from(cursor.address.wrapping_sub(line.address)) * step;
            (column < columns && cursor.covers(cursor.address, line.row_scan)).then_some((line.row, column))
        })
    }

    pub(crate) fn columns(&self) -> u32 {
        self.timing().displayed_dots / (self.seq.character_dots() * self.seq.clocks_per_dot())
    }

    /// The text on the screen, row by row.
    pub(crate) fn text_rows(&self, vram: &[u8]) -> Vec<String> {
        let mut rows: Vec<String> = Vec::new();
        for line in Raster::new(self) {
            if line.row as usize == rows.len() {
                rows.push(self.text_row(vram, &line));
            }
        }
        rows
    }

    fn text_row(&self, vram: &[u8], line: &RasterLine) -> String {
        let step = self.crtc.characters_per_count();
        let characters = (0..self.columns() as u16).map(|column| {
            let counter = line.address.wrapping_add(column / step);
            let [code, ..] = planes_at(vram, self.crtc.plane_offset(counter, line.row_scan)).to_le_bytes();
            cp437::to_char(code)
        });
        let row: String = characters.collect();
        row.trim_end_matches(' ').to_owned()
    }
}
