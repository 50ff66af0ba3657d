//! State to picture: pure functions of the chip, video memory and time.
//!
//! A frame has the dots of the monitor's raster: as many columns as the master clock has cycles in the displayed part
//! of a line, and as many rows as scan lines are displayed. So modes with half the dot clock or with doubled lines
//! have the size that their full-resolution relatives have: 720 by 400 for both 40 and 80 columns of text, 640 by 400
//! for 320 by 200 graphics.

use crate::vga::{
    Vga,
    graphics::GraphicsStyle,
    raster::{Raster, RasterLine},
    text::TextStyle,
};
use beige_core::{Frame, Tick};

/// The size of the black picture of a monitor that gets no sync pulses.
const NO_SIGNAL_SIZE: (usize, usize) = (720, 400);

/// Draws the screen as it is at `now`. `vram` is video memory as [`crate::vram_index`] lays it out. `frame` becomes
/// black and 720 by 400 while the registers make no signal, as after power-on.
pub fn render(vga: &Vga, vram: &[u8], now: Tick, frame: &mut Frame) {
    if !vga.has_signal() {
        frame.resize(NO_SIGNAL_SIZE.0, NO_SIGNAL_SIZE.1);
        return;
    }
    let timing = vga.timing();
    frame.resize(timing.displayed_dots as usize, timing.displayed_lines as usize);
    if vga.is_blank() {
        return;
    }
    if vga.is_text() {
        let style = TextStyle::new(vga, vram, now);
        draw_lines(vga, frame, |line, characters, dots| style.draw(line, characters, dots));
    } else {
        let style = GraphicsStyle::new(vga, vram, now);
        draw_lines(vga, frame, |line, characters, dots| style.draw(line, characters, dots));
    }
}

/// Where in its period that is which blinks on the screen; zero while nothing does. While registers and memory stay, two
/// pictures of the same phase are equal.
#[must_use]
pub fn blink_phase(vga: &Vga, vram: &[u8], now: Tick) -> u8 {
    if !vga.has_signal() || vga.is_blank() {
        return 0;
    }
    if vga.is_text() { TextStyle::new(vga, vram, now).blink_phase() } else { u8::from(vga.is_blinked(now)) << 1 }
}

/// The text on the screen, in Unicode, a string for each row without trailing spaces; `None` in graphics modes.
/// Whether the picture is blanked makes no difference.
#[must_use]
pub fn screen_text(vga: &Vga, vram: &[u8]) -> Option<Vec<String>> {
    vga.is_text().then(|| vga.text_rows(vram))
}

/// Draws each line with `draw`, one character more than is displayed, then pans and stretches it.
fn draw_lines(vga: &Vga, frame: &mut Frame, draw: impl Fn(&RasterLine, u32, &mut Vec<u32>)) {
    let clocks_per_dot = vga.seq.clocks_per_dot() as usize;
    let panned_dots = vga.attr.panned_dots(vga.seq.character_dots());
    let mut dots = Vec::with_capacity(frame.width + 9);
    for (line, pixels) in Raster::new(vga).zip(frame.pixels.chunks_exact_mut(frame.width.max(1))) {
        dots.clear();
        draw(&line, vga.columns() + 1, &mut dots);
        let panned_dots = if line.below_split && vga.attr.pans_top_only() { 0 } else { panned_dots };
        let shown = dots.get(panned_dots..).unwrap_or(&[]);
        if clocks_per_dot == 1 {
            let count = pixels.len().min(shown.len());
            pixels[..count].copy_from_slice(&shown[..count]);
            continue;
        }
        for (pixel_group, dot) in pixels.chunks_mut(clocks_per_dot).zip(shown) {
            pixel_group.fill(*dot);
        }
    }
}
