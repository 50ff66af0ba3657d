//! Characters to the pixel: attributes, cursor, blinking, ninth dot, underline, fonts, colours.

use crate::modes::{MODE_03, MODE_07, MODE_12};
use crate::rig::{CELL, CRTC, Rig, SEQUENCER, cell_dots, colour, dac_colour, full_lines, glyph_dots, lit};

#[test]
fn an_attribute_is_foreground_background_and_intensity() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.set_attribute(0x10, 0x04);
    for attribute in 0..=255u8 {
        rig.put_cell(u16::from(attribute), b'A', attribute);
    }
    let frame = rig.frame();
    for attribute in 0..=255u8 {
        let (row, column) = (usize::from(attribute) / 80, usize::from(attribute) % 80);
        for (y, line) in glyph_dots(b'A', false).iter().enumerate() {
            for (x, dot) in line.iter().enumerate() {
                let expected = colour(if *dot { attribute & 15 } else { attribute >> 4 });
                let pixel = frame.pixels[(row * 16 + y) * 720 + column * 9 + x];
                assert_eq!(pixel, expected, "attribute {attribute:02x}, dot {x}, line {y}");
            }
        }
    }
}

#[test]
fn with_blinking_enabled_attribute_bit_7_is_no_intensity() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b' ', 0x9f);
    assert_eq!(rig.frame().pixels[0], colour(1));
    rig.set_attribute(0x10, 0x04);
    assert_eq!(rig.frame().pixels[0], colour(9));
}

#[test]
fn blinking_characters_are_shown_and_hidden_for_16_frames_each() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b'A', 0x8f);
    rig.put_cell(1, b'A', 0x0f);
    for number in 0..70 {
        rig.advance_to_frame(number);
        let frame = rig.frame();
        let shown = lit(&frame, 0, 0) == glyph_dots(b'A', false);
        let hidden = lit(&frame, 0, 0).concat().iter().all(|dot| !dot);
        assert_eq!((shown, hidden), if number & 16 == 0 { (true, false) } else { (false, true) }, "frame {number}");
        assert_eq!(lit(&frame, 0, 1), glyph_dots(b'A', false), "frame {number}");
    }
}

#[test]
fn the_ninth_dot_repeats_the_eighth_of_c0_to_df_only() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.load_font(0, &[0xff; 4096]);
    for code in 0..=255u8 {
        rig.put_cell(u16::from(code), code, 0x0f);
    }
    for line_graphics in [true, false] {
        rig.set_attribute(0x10, if line_graphics { 0x0c } else { 0x08 });
        let frame = rig.frame();
        for code in 0..=255usize {
            let ninth = lit(&frame, code / 80, code % 80)[0][8];
            assert_eq!(ninth, line_graphics && (0xc0..=0xdf).contains(&code), "{code:02x}");
        }
    }
}

#[test]
fn the_ninth_dot_is_background_where_the_eighth_is() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, 0xcd, 0x2f);
    let frame = rig.frame();
    assert_eq!(cell_dots(&frame, 0, 0, CELL, colour(2)), glyph_dots(0xcd, true));
}

fn with_cursor(start: u8, end: u8) -> Rig {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.set(CRTC, 0x0e, 0x00);
    rig.set(CRTC, 0x0f, 85);
    rig.set(CRTC, 0x0a, start);
    rig.set(CRTC, 0x0b, end);
    rig
}

#[test]
fn the_cursor_covers_nine_dots_from_its_start_to_its_end_line() {
    for (start, end, lines) in [
        (13, 14, vec![13, 14]),
        (0, 15, (0..16).collect()),
        (7, 7, vec![7]),
        (14, 31, vec![14, 15]),
        (16, 31, vec![]),
        (14, 13, vec![]),
        (0x20 | 13, 14, vec![]),
    ] {
        let rig = with_cursor(start, end);
        let frame = rig.frame();
        assert_eq!(full_lines(&frame, 1, 5), lines, "{start:02x} to {end:02x}");
        assert_eq!(frame.pixels.iter().filter(|pixel| **pixel == colour(7)).count(), 9 * lines.len());
    }
}

#[test]
fn the_cursor_blinks_with_8_frames_shown_and_8_hidden() {
    let mut rig = with_cursor(13, 14);
    for number in 0..40 {
        rig.advance_to_frame(number);
        let lines = full_lines(&rig.frame(), 1, 5).len();
        assert_eq!(lines, if number & 8 == 0 { 2 } else { 0 }, "frame {number}");
        assert_eq!(rig.vga.cursor(), Some((1, 5)), "frame {number}");
    }
}

#[test]
fn cursor_skew_moves_it_to_the_right() {
    for skew in 0..4 {
        let rig = with_cursor(13, 14 | skew << 5);
        let column = 5 + usize::from(skew);
        assert_eq!(full_lines(&rig.frame(), 1, column), [13, 14]);
        assert_eq!(rig.vga.cursor(), Some((1, column as u32)));
    }
}

#[test]
fn the_cursor_has_the_foreground_colour_of_its_cell() {
    let mut rig = with_cursor(13, 14);
    rig.put_cell(85, b' ', 0x4e);
    let frame = rig.frame();
    assert_eq!(frame.pixels[(16 + 13) * 720 + 45], colour(14));
    assert_eq!(frame.pixels[(16 + 12) * 720 + 45], colour(4));
}

#[test]
fn a_cursor_outside_the_screen_or_in_graphics_has_no_position() {
    let mut rig = with_cursor(13, 14);
    rig.set(CRTC, 0x0e, 0x07);
    rig.set(CRTC, 0x0f, 0xd0);
    assert_eq!(rig.vga.cursor(), None, "2000 is the first cell below");
    rig.set(CRTC, 0x0f, 0xcf);
    assert_eq!(rig.vga.cursor(), Some((24, 79)));
    rig.set(CRTC, 0x0d, 80);
    assert_eq!(rig.vga.cursor(), Some((23, 79)), "by the screen, not by memory");
    rig.set_mode(&MODE_12);
    assert_eq!(rig.vga.cursor(), None);
}

#[test]
fn mode_7_underlines_foreground_1_on_background_0() {
    let mut rig = Rig::in_text_mode(&MODE_07);
    for value in 0..16 {
        rig.set_attribute(value, value);
    }
    for attribute in 0..=0xffu8 {
        rig.put_cell(u16::from(attribute), b' ', attribute);
    }
    let frame = rig.frame();
    for attribute in 0..=255u8 {
        let (top, left) = (usize::from(attribute) / 80 * 16, usize::from(attribute) % 80 * 9);
        let (foreground, background) = (dac_colour(attribute & 0x0f), dac_colour(attribute >> 4 & 7));
        let expected = if matches!(attribute, 0x01 | 0x09 | 0x81 | 0x89) { foreground } else { background };
        for (line, expected) in [(14, background), (15, expected)] {
            let pixels = &frame.pixels[(top + line) * 720 + left..][..9];
            assert!(pixels.iter().all(|pixel| *pixel == expected), "{attribute:02x}, line {line}");
        }
    }
}

#[test]
fn the_underline_is_where_the_register_says_and_out_of_sight_in_colour_modes() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b' ', 0x01);
    assert_eq!(full_lines(&rig.frame(), 0, 0), []);
    rig.set(CRTC, 0x14, 0x07);
    assert_eq!(full_lines(&rig.frame(), 0, 0), [7]);
}

#[test]
fn two_fonts_are_selected_by_attribute_bit_3() {
    let offsets = [0x0000, 0x4000, 0x8000, 0xc000, 0x2000, 0x6000, 0xa000, 0xe000];
    for (map_a, offset_a) in (0u8..).zip(offsets) {
        for (map_b, offset_b) in (0u8..).zip(offsets) {
            let mut rig = Rig::in_text_mode(&MODE_03);
            rig.put_cell(0, b'A', 0x0f);
            rig.put_cell(1, b'A', 0x07);
            *rig.plane(2, offset_a + 0x41 * 32 + 3) = 0xa5;
            *rig.plane(2, offset_b + 0x41 * 32 + 4) = 0xc3;
            let select = (map_b & 3) | (map_a & 3) << 2 | (map_b & 4) << 2 | (map_a & 4) << 3;
            rig.set(SEQUENCER, 0x03, select);
            let frame = rig.frame();
            assert_eq!(lit(&frame, 0, 0)[3], glyph_line(0xa5), "A is {map_a}, B is {map_b}");
            assert_eq!(lit(&frame, 0, 1)[4], glyph_line(0xc3), "A is {map_a}, B is {map_b}");
        }
    }
}

fn glyph_line(byte: u8) -> Vec<bool> {
    (0..9).map(|dot| dot < 8 && byte << dot & 0x80 != 0).collect()
}

#[test]
fn without_extended_memory_only_the_first_font_is_used() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b'A', 0x0f);
    rig.set(SEQUENCER, 0x03, 0x05);
    assert_ne!(lit(&rig.frame(), 0, 0), glyph_dots(b'A', false));
    rig.set(SEQUENCER, 0x04, 0x00);
    assert_eq!(lit(&rig.frame(), 0, 0), glyph_dots(b'A', false));
}

#[test]
fn colours_go_through_plane_enable_palette_colour_select_and_mask() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b' ', 0x60);
    assert_eq!(rig.frame().pixels[0], dac_colour(0x14));
    rig.set_attribute(0x14, 0x0e);
    assert_eq!(rig.frame().pixels[0], dac_colour(0xd4), "bits 6-7 always come from colour select");
    rig.set_attribute(0x10, 0x8c);
    assert_eq!(rig.frame().pixels[0], dac_colour(0xe4), "bits 4-5 do when mode control bit 7 says so");
    rig.output(0x3c6, 0x7f);
    assert_eq!(rig.frame().pixels[0], dac_colour(0x64));
    rig.set_attribute(0x12, 0x0b);
    assert_eq!(rig.frame().pixels[0], dac_colour(0x62));
}

#[test]
fn six_bits_of_a_colour_fill_eight() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    for (six, eight) in [(0x00, 0x00), (0x01, 0x04), (0x15, 0x55), (0x2a, 0xaa), (0x3f, 0xff)] {
        rig.output(0x3c8, 0);
        for component in [six, 0, 0x3f] {
            rig.output(0x3c9, component);
        }
        assert_eq!(rig.frame().pixels[0], eight << 16 | 0xff, "{six:02x}");
    }
}
