//! Cursor, characters, strings and fonts.

use super::{MODES, SCRATCH, VIDEO, at};
use beige_tests::calls::{Calls, Far, Registers};

#[test]
fn cursor_functions_keep_a_position_for_each_page_and_program_the_crtc() {
    let mut calls = Calls::new();
    calls.video(0x0003, 0, 0, 0);
    for page in 0..8 {
        calls.video(0x0200, page << 8, 0, page << 8 | (page + 10));
    }
    let read: Vec<usize> = (0..8).map(|page| calls.video(0x0300, page << 8, 0, 0)).collect();
    calls.video(0x0503, 0, 0, 0);
    let start = [0x0c, 0x0d].map(|index| calls.input_indexed(0x3d4, index));
    let position = [0x0e, 0x0f].map(|index| calls.input_indexed(0x3d4, index));
    let outcome = calls.run();
    for (page, call) in (0..).zip(read) {
        assert_eq!(outcome.results[call].dx, page << 8 | (page + 10), "page {page}");
        assert_eq!(outcome.results[call].cx, 0x0607);
    }
    let word = |calls: [usize; 2]| calls.iter().fold(0, |word, call| word << 8 | outcome.results[*call].ax);
    // Pages of 4 KiB are 2048 cells apart.
    assert_eq!(word(start), 3 * 0x800);
    assert_eq!(word(position), 3 * 0x800 + 3 * 80 + 13);
    assert_eq!((outcome.word((0x40, 0x4e)), outcome.data_byte(0x62)), (0x3000, 3));
}

/// CRTC 0Ah and 0Bh after a cursor shape, with 8, 14 and 16 lines.
#[test]
fn cursor_shapes_for_eight_lines_are_scaled_to_the_cell_unless_that_is_off() {
    for (lines, shape, emulation, expected) in [
        (2, 0x0607, 0, 0x0d0e),
        (1, 0x0607, 0, 0x0b0c),
        (0, 0x0607, 0, 0x0607),
        (2, 0x0007, 0, 0x000f),
        (2, 0x0407, 0, 0x080f),
        (2, 0x0607, 1, 0x0607),
        (2, 0x0d0e, 0, 0x0d0e),
        (2, 0x2000, 0, 0x2000),
        (2, 0x2607, 0, 0x2607),
    ] {
        let mut calls = Calls::new();
        calls.video(0x1200 | lines, 0x30, 0, 0);
        calls.video(0x0003, 0, 0, 0);
        calls.video(0x1200 | emulation, 0x34, 0, 0);
        calls.video(0x0100, 0, shape, 0);
        let registers = [0x0a, 0x0b].map(|index| calls.input_indexed(0x3d4, index));
        let outcome = calls.run();
        let [start, end] = registers.map(|call| outcome.results[call].ax);
        let case = format!("{lines} {shape:04x} {emulation}");
        assert_eq!((start << 8 | end, outcome.word((0x40, 0x60))), (expected, shape), "{case}");
    }
}

#[test]
fn characters_are_read_back_in_every_mode() {
    for mode in MODES {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        let codes = [b'A', b'g', 0x01, 0x7f, 0x80, 0xb0, 0xdb, 0xfe];
        let reads = codes.map(|code| {
            calls.video(0x0200, 0, 0, 0x0b00 + u16::from(code) % 40);
            calls.video(0x0900 | u16::from(code), 0x0001, 1, 0);
            calls.video(0x0800, 0, 0, 0)
        });
        let outcome = calls.run();
        let read = reads.map(|call| outcome.results[call].ax);
        for (code, read) in codes.into_iter().zip(read) {
            assert_eq!(read as u8, code, "mode {mode:02x}");
            if matches!(mode, 0..=3 | 7) {
                assert_eq!(read >> 8, 1, "mode {mode:02x}");
            }
        }
    }
}

#[test]
fn teletype_obeys_its_four_control_characters_and_scrolls() {
    let mut calls = Calls::new();
    calls.video(0x0003, 0, 0, 0);
    for code in b"ab\x08c\r\nd\x07e" {
        calls.video(0x0e00 | u16::from(*code), 0, 0, 0);
    }
    let middle = calls.video(0x0300, 0, 0, 0);
    calls.video(0x0200, 0, 0, 0x184f);
    calls.video(0x0e7a, 0, 0, 0);
    let end = calls.video(0x0300, 0, 0, 0);
    let outcome = calls.run();
    assert_eq!((outcome.results[middle].dx, outcome.results[end].dx), (0x0102, 0x1800));
    let text = outcome.machine.screen_text().unwrap();
    assert_eq!((text[0].as_str(), text[23].len()), ("de", 80));
    assert_eq!(outcome.machine.screen_text().unwrap()[23].trim_start(), "z");
}

#[test]
fn the_four_ways_of_writing_a_string() {
    for (way, string, cursor) in [
        (0, &b"one\r\ntwo"[..], 0x0000),
        (1, b"one\r\ntwo", 0x0603),
        (2, b"o\x1en\x2fe\x30", 0x0000),
        (3, b"o\x1en\x2fe\x30", 0x0507),
    ] {
        let mut calls = Calls::new();
        calls.video(0x0003, 0, 0, 0);
        calls.poke((SCRATCH, 0), string);
        let count = if way < 2 { string.len() } else { string.len() / 2 } as u16;
        let registers = at(Registers::new(0x1300 | way, 0x004e, count, 0x0504), SCRATCH, 0, 0);
        calls.interrupt(VIDEO, registers);
        let position = calls.video(0x0300, 0, 0, 0);
        calls.copy((0xb800, (5 * 80 + 4) * 2), (SCRATCH, 0x100), 6);
        let outcome = calls.run();
        assert_eq!(outcome.results[position].dx, cursor, "AL = {way}");
        let expected: &[u8] = if way < 2 { b"o\x4en\x4ee\x4e" } else { b"o\x1en\x2fe\x30" };
        assert_eq!(outcome.memory((SCRATCH, 0x100), 6), expected, "AL = {way}");
        if way < 2 {
            assert_eq!(outcome.machine.screen_text().unwrap()[6], "two", "AL = {way}");
        }
    }
}

#[test]
fn font_functions_change_rows_and_tell_where_glyphs_are() {
    for (function, height, rows) in [(0x1111, 14, 28), (0x1112, 8, 50), (0x1114, 16, 25)] {
        let mut calls = Calls::new();
        calls.video(0x0003, 0, 0, 0);
        calls.video(function, 0, 0, 0);
        let told = calls.interrupt(VIDEO, Registers::new(0x1130, 0x0600, 0, 0));
        let [lines, end, last] = [0x09, 0x12, 0x07].map(|index| calls.input_indexed(0x3d4, index));
        let outcome = calls.run();
        let register = |call: usize| outcome.results[call].ax;
        assert_eq!((outcome.results[told].cx, outcome.results[told].dx & 0xff), (height, rows - 1), "{function:04x}");
        assert_eq!(outcome.word((0x40, 0x4c)), (rows * 160 + 0xff) & 0xff00, "{function:04x}");
        assert_eq!(register(lines) & 0x1f, height - 1, "{function:04x}");
        let display_end = register(end) | (register(last) & 2) << 7 | (register(last) & 0x40) << 3;
        assert_eq!(display_end, rows * height - 1, "{function:04x}");
        assert_eq!(outcome.machine.screen_text().map(|text| text.len()), Some(usize::from(rows)), "{function:04x}");
    }
}

#[test]
fn function_1130_tells_each_font() {
    let mut calls = Calls::new();
    calls.video(0x0012, 0, 0, 0);
    let told: Vec<usize> = (0..8).map(|font| calls.video(0x1130, font << 8, 0, 0)).collect();
    let outcome = calls.run();
    let place = |font: usize| -> Far { (outcome.results[told[font]].es, outcome.results[told[font]].bp) };
    assert_eq!(place(0), outcome.pointer((0, 0x1f * 4)));
    assert_eq!(place(1), outcome.pointer((0, 0x43 * 4)));
    assert_eq!(place(4).1, place(3).1 + 1024, "the upper half of the 8 by 8 font");
    assert_eq!(place(1), place(6), "mode 12h draws 16 lines");
    for (font, height, file) in [(2, 14, "8x14"), (3, 8, "8x8"), (6, 16, "8x16")] {
        let path = format!("{}/../roms/font/font{file}.bin", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(outcome.memory(place(font), 256 * height), std::fs::read(path).unwrap(), "font {font}");
    }
    for font in [5, 7] {
        assert_eq!(outcome.memory(place(font), 1), [0], "no glyph is drawn anew for nine dots");
    }
}

#[test]
fn fonts_of_graphics_modes_set_vector_height_and_rows() {
    for (function, select, dl, height, rows) in
        [(0x1122, 0, 30, 14, 30), (0x1122, 1, 0, 14, 14), (0x1123, 3, 0, 8, 43), (0x1124, 2, 0, 16, 25)]
    {
        let mut calls = Calls::new();
        calls.video(0x0012, 0, 0, 0);
        calls.video(function, select, 0, dl);
        let outcome = calls.run();
        assert_eq!((outcome.word((0x40, 0x85)), outcome.data_byte(0x84)), (height, rows - 1), "{function:04x}");
    }
    let mut calls = Calls::new();
    calls.video(0x0012, 0, 0, 0);
    calls.interrupt(VIDEO, at(Registers::new(0x1121, 2, 11, 0), 0x1234, 0x5678, 0));
    calls.interrupt(VIDEO, at(Registers::new(0x1120, 0, 0, 0), 0x2345, 0x6789, 0));
    let outcome = calls.run();
    assert_eq!(outcome.pointer((0, 0x43 * 4)), (0x1234, 0x5678));
    assert_eq!(outcome.pointer((0, 0x1f * 4)), (0x2345, 0x6789));
    assert_eq!((outcome.word((0x40, 0x85)), outcome.data_byte(0x84)), (11, 24));
}
