//! The screen of text: its size, the addresses it shows, panning, splits, blanking, and its text.

use crate::modes::{MODE_01, MODE_03, MODE_07, MODE_12};
use crate::rig::{CELL, CRTC, Rig, SEQUENCER, cell_dots, glyph_dots, lit};
use beige_core::Frame;
use beige_video::screen_text;

#[test]
fn mode_3_is_720_by_400_and_shows_the_glyphs_of_plane_2() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_text(80 * 3 + 5, b"Az", 0x0f);
    let frame = rig.frame();
    assert_eq!((frame.width, frame.height, frame.pixels.len()), (720, 400, 288_000));
    assert_eq!(lit(&frame, 3, 5), glyph_dots(b'A', false));
    assert_eq!(lit(&frame, 3, 6), glyph_dots(b'z', false));
    assert_eq!(frame.pixels.iter().filter(|pixel| **pixel != 0).count(), {
        let count = |code| glyph_dots(code, false).concat().iter().filter(|dot| **dot).count();
        count(b'A') + count(b'z')
    });
}

#[test]
fn with_8_dots_the_screen_is_640_wide_and_has_no_ninth_dots() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.set(SEQUENCER, 0x01, 0x01);
    rig.set_attribute(0x13, 0x00);
    rig.put_text(0, b"AB", 0x0f);
    let frame = rig.frame();
    assert_eq!((frame.width, frame.height), (640, 400));
    for (at, code) in [(0, b'A'), (1, b'B')] {
        let glyph: Vec<Vec<bool>> = glyph_dots(code, false).iter().map(|line| line[..8].to_vec()).collect();
        assert_eq!(cell_dots(&frame, at * 8, 0, (8, 16), 0), glyph);
    }
}

#[test]
fn forty_columns_are_as_wide_as_eighty_with_every_dot_twice() {
    let mut rig = Rig::in_text_mode(&MODE_01);
    rig.put_cell(40, b'R', 0x0f);
    let frame = rig.frame();
    assert_eq!((frame.width, frame.height), (720, 400));
    let doubled: Vec<Vec<bool>> =
        glyph_dots(b'R', false).iter().map(|line| line.iter().flat_map(|dot| [*dot; 2]).collect()).collect();
    assert_eq!(cell_dots(&frame, 0, 16, (18, 16), 0), doubled);
    assert_eq!(rig.vga.text_size(), (40, 25));
}

#[test]
fn the_start_address_scrolls_by_characters_and_wraps_after_64k() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0xffff, b'Y', 0x0f);
    rig.put_cell(0x0000, b'Z', 0x0f);
    rig.put_cell(0x0050, b'L', 0x0f);
    rig.set(CRTC, 0x0c, 0xff);
    rig.set(CRTC, 0x0d, 0xb0);
    for counter in 0xffb0..=0xfffe {
        rig.put_cell(counter, b'.', 0x0f);
    }
    let text = screen_text(&rig.vga, &rig.vram).unwrap();
    assert_eq!(text[0], ".".repeat(79) + "Y");
    assert_eq!(text[1..4], ["Z", "L", ""]);
    let frame = rig.frame();
    assert_eq!(lit(&frame, 0, 79), glyph_dots(b'Y', false));
    assert_eq!(lit(&frame, 1, 0), glyph_dots(b'Z', false));
    assert_eq!(lit(&frame, 2, 0), glyph_dots(b'L', false));
}

#[test]
fn word_mode_takes_address_bit_0_from_counter_bit_15_or_13() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.set(CRTC, 0x0c, 0x20);
    *rig.plane(0, 0x4000) = b'E';
    *rig.plane(0, 0x4001) = b'O';
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "E");
    rig.set(CRTC, 0x17, 0x83);
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "O");
    rig.set(CRTC, 0x17, 0xa3);
    rig.set(CRTC, 0x0c, 0x40);
    *rig.plane(0, 0x8000) = b'M';
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "M");
    rig.set(CRTC, 0x0c, 0x80);
    *rig.plane(0, 0x0001) = b'H';
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "H");
}

#[test]
fn the_address_counter_can_count_every_second_or_fourth_character() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_text(0, b"abc", 0x07);
    rig.set(CRTC, 0x0a, 0x0d);
    rig.set(CRTC, 0x0f, 2);
    rig.set(CRTC, 0x17, 0xab);
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "aabbcc");
    assert_eq!(rig.vga.cursor(), Some((0, 4)));
    rig.set(CRTC, 0x14, 0x3f);
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "aaaabbbbcccc");
    assert_eq!(rig.vga.cursor(), Some((0, 8)));
}

#[test]
fn the_offset_register_is_the_distance_of_rows() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.set(CRTC, 0x13, 0x40);
    rig.put_text(128 * 24, b"bottom", 0x07);
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[24], "bottom");
}

#[test]
fn line_compare_splits_the_screen_and_shows_address_0_below() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.set(CRTC, 0x0c, 0x10);
    rig.put_text(0x1000, b"top", 0x0f);
    rig.put_text(0, b"below", 0x0f);
    rig.set(CRTC, 0x11, 0x0e);
    rig.set(CRTC, 0x07, 0x0f);
    rig.set(CRTC, 0x09, 0x0f);
    rig.set(CRTC, 0x18, 39);
    let frame = rig.frame();
    assert_eq!(lit(&frame, 0, 0), glyph_dots(b't', false));
    assert_eq!(cell_dots(&frame, 0, 40, CELL, 0), glyph_dots(b'b', false));
    let text = screen_text(&rig.vga, &rig.vram).unwrap();
    assert_eq!(text[..4], ["top", "", "", "below"]);
    rig.set(CRTC, 0x17, 0xa7);
    assert_eq!(cell_dots(&rig.frame(), 0, 80, CELL, 0), glyph_dots(b'b', false), "two scan lines for each count");
}

#[test]
fn panning_moves_the_picture_left_by_dots_and_spares_the_split_when_told() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_text(0, b"AB", 0x0f);
    let whole: Vec<Vec<bool>> = (0..16)
        .map(|line| [glyph_dots(b'A', false)[line].clone(), glyph_dots(b'B', false)[line].clone()].concat())
        .collect();
    let at = |frame: &Frame, top, shift: usize| {
        let expected: Vec<Vec<bool>> = whole.iter().map(|line| line[shift..shift + 9].to_vec()).collect();
        cell_dots(frame, 0, top, CELL, 0) == expected
    };
    for (value, shift) in [(8, 0), (0, 1), (1, 2), (7, 8)] {
        rig.set_attribute(0x13, value);
        assert!(at(&rig.frame(), 0, shift), "panning {value}");
    }
    rig.set(CRTC, 0x11, 0x0e);
    rig.set(CRTC, 0x07, 0x0f);
    rig.set(CRTC, 0x09, 0x0f);
    rig.set(CRTC, 0x18, 199);
    assert!(at(&rig.frame(), 200, 8));
    rig.set_attribute(0x10, 0x2c);
    assert!(at(&rig.frame(), 0, 8));
    assert!(at(&rig.frame(), 200, 0));
}

#[test]
fn preset_row_scan_starts_within_the_first_row() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b'A', 0x0f);
    rig.put_cell(80, b'B', 0x0f);
    rig.set(CRTC, 0x08, 5);
    let frame = rig.frame();
    assert_eq!(cell_dots(&frame, 0, 0, (9, 11), 0), glyph_dots(b'A', false)[5..]);
    assert_eq!(cell_dots(&frame, 0, 11, CELL, 0), glyph_dots(b'B', false));
    assert_eq!(rig.vga.text_size(), (80, 26), "the last row is cut off");
    rig.set(CRTC, 0x08, 20);
    let frame = rig.frame();
    assert_eq!(cell_dots(&frame, 0, 12, CELL, 0), glyph_dots(b'A', false), "the row scan counter wraps after 31");
    assert_eq!(cell_dots(&frame, 0, 28, CELL, 0), glyph_dots(b'B', false));
}

#[test]
fn byte_panning_starts_up_to_three_characters_later() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_text(0, b"abcdef", 0x07);
    rig.set(CRTC, 0x08, 0x60);
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "def");
}

#[test]
fn double_scanning_shows_each_line_twice() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b'A', 0x0f);
    rig.set(CRTC, 0x09, 0xcf);
    let doubled: Vec<Vec<bool>> =
        glyph_dots(b'A', false).iter().flat_map(|line| [line.clone(), line.clone()]).collect();
    assert_eq!(cell_dots(&rig.frame(), 0, 0, (9, 32), 0), doubled);
    assert_eq!(rig.vga.text_size(), (80, 13));
}

#[test]
fn fifty_rows_of_eight_lines_show_an_eight_line_font() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.load_font(0, include_bytes!("../../../../roms/font/font8x8.bin"));
    rig.set(CRTC, 0x09, 0x47);
    rig.put_text(80 * 49, b"last", 0x07);
    assert_eq!(rig.vga.text_size(), (80, 50));
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[49], "last");
    assert!(cell_dots(&rig.frame(), 0, 392, (9, 8), 0).concat().contains(&true));
}

#[test]
fn the_screen_is_black_when_switched_off_but_keeps_its_text() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_text(0, b"dark", 0x7f);
    rig.set(SEQUENCER, 0x01, 0x20);
    assert!(rig.frame().pixels.iter().all(|pixel| *pixel == 0));
    assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "dark");
    rig.set(SEQUENCER, 0x01, 0x00);
    rig.input(0x3da);
    rig.output(0x3c0, 0x00);
    let frame = rig.frame();
    assert_eq!((frame.width, frame.height), (720, 400));
    assert!(frame.pixels.iter().all(|pixel| *pixel == 0));
}

#[test]
fn without_signal_the_screen_is_black_and_of_usual_size() {
    let rig = Rig::new();
    let frame = rig.frame();
    assert_eq!((frame.width, frame.height), (720, 400));
    assert!(frame.pixels.iter().all(|pixel| *pixel == 0));
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_cell(0, b'A', 0x7f);
    rig.set(SEQUENCER, 0x00, 0x01);
    assert!(rig.frame().pixels.iter().all(|pixel| *pixel == 0));
}

#[test]
fn screen_text_is_unicode_without_trailing_spaces() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.put_text(0, b"\xc9\xcd\xbb caf\x82 \x01\x00\xff  ", 0x07);
    rig.put_text(80, b"  indented", 0x07);
    let text = screen_text(&rig.vga, &rig.vram).unwrap();
    assert_eq!(text.len(), 25);
    assert_eq!(text[..3], ["╔═╗ café ☺", "  indented", ""]);
    assert!(rig.vga.is_text());
    assert_eq!(rig.vga.text_size(), (80, 25));
    rig.set_mode(&MODE_12);
    assert_eq!(screen_text(&rig.vga, &rig.vram), None);
    assert!(!rig.vga.is_text());
}

#[test]
fn the_cpu_sees_what_the_screen_shows_in_all_text_modes() {
    for (mode, window) in [(&MODE_03, 0xb_8000), (&MODE_01, 0xb_8000), (&MODE_07, 0xb_0000)] {
        let mut rig = Rig::in_text_mode(mode);
        for (address, code) in (window..).step_by(2).zip(b"hello") {
            rig.poke(address, *code);
            rig.poke(address + 1, 0x07);
        }
        assert_eq!(screen_text(&rig.vga, &rig.vram).unwrap()[0], "hello");
    }
}
