//! The save pointer table at 40:A8: tables of the ROM, and those of a program.

use super::{SCRATCH, VIDEO, at, dot};
use beige_tests::calls::{Calls, Far, Registers};

/// Where a program's save pointer tables are, and what they point to.
const SAVE_TABLE: u16 = 0x3800;

fn far(place: Far) -> [u8; 4] {
    let ([a, b], [c, d]) = (place.1.to_le_bytes(), place.0.to_le_bytes());
    [a, b, c, d]
}

/// Steps that put a save pointer table with these pointers there: offset in it, where to.
fn save_table(calls: &mut Calls, pointers: &[(u16, Far)], secondary: &[(u16, Far)]) {
    calls.poke((SAVE_TABLE, 0), &[0; 28]);
    calls.poke((SAVE_TABLE, 0x20), &[26, 0]);
    calls.poke((SAVE_TABLE, 0x22), &[0; 24]);
    for (offset, place) in pointers {
        calls.poke((SAVE_TABLE, *offset), &far(*place));
    }
    calls.poke((SAVE_TABLE, 0x10), &far((SAVE_TABLE, 0x20)));
    for (offset, place) in secondary {
        calls.poke((SAVE_TABLE, 0x20 + offset), &far(*place));
    }
    calls.poke((0x40, 0xa8), &far((SAVE_TABLE, 0)));
}

#[test]
fn the_save_pointer_table_leads_to_the_parameters_of_all_modes() {
    let outcome = Calls::new().run();
    let table = outcome.pointer((0x40, 0xa8));
    let parameters = outcome.pointer(table);
    let row = |number: u16| outcome.memory((parameters.0, parameters.1 + number * 64), 64);
    // Columns, rows less one, lines, page bytes, sequencer, miscellaneous output.
    assert_eq!(row(0x18)[..10], [80, 24, 16, 0x00, 0x10, 0x00, 0x03, 0x00, 0x02, 0x67]);
    assert_eq!(row(0x1c)[..10], [40, 24, 8, 0x00, 0x20, 0x01, 0x0f, 0x00, 0x0e, 0x63]);
    assert_eq!(row(0x1b)[10..20], [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40]);
    let secondary = outcome.pointer((table.0, table.1 + 0x10));
    assert_eq!(outcome.word(secondary), 26);
    let codes = outcome.pointer((secondary.0, secondary.1 + 2));
    assert_eq!(outcome.memory(codes, 4), [16, 1, 8, 0]);
}

#[test]
fn parameters_of_a_program_take_effect() {
    let mut calls = Calls::new();
    let own = Calls::new().run();
    let parameters = own.pointer(own.pointer((0x40, 0xa8)));
    calls.copy(parameters, (0x4000, 0), 29 * 64);
    calls.poke((0x4000, 0x18 * 64 + 1), &[20]);
    save_table(&mut calls, &[(0x00, (0x4000, 0))], &[]);
    calls.video(0x0003, 0, 0, 0);
    assert_eq!(calls.run().data_byte(0x84), 20);
}

#[test]
fn the_dynamic_save_area_follows_the_palette() {
    let mut calls = Calls::new();
    save_table(&mut calls, &[(0x04, (SCRATCH, 0))], &[]);
    calls.video(0x0003, 0, 0, 0);
    calls.copy((SCRATCH, 0), (SCRATCH, 0x100), 17);
    calls.video(0x1000, 0x2a05, 0, 0);
    calls.video(0x1001, 0x1100, 0, 0);
    let state = calls.interrupt(VIDEO, at(Registers::new(0x1b00, 0, 0, 0), SCRATCH, 0, 0x200));
    let outcome = calls.run();
    let mut palette = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0];
    assert_eq!(outcome.memory((SCRATCH, 0x100), 17), palette);
    (palette[5], palette[16]) = (0x2a, 0x11);
    assert_eq!(outcome.memory((SCRATCH, 0), 17), palette);
    assert_eq!(outcome.results[state].ax, 0x1b1b);
    assert_eq!(outcome.memory((SCRATCH, 0x232), 1), [0x22]);
}

#[test]
fn fonts_of_a_program_are_loaded_at_a_mode_set() {
    let mut calls = Calls::new();
    // One glyph of 8 lines for text modes 2 and 3 from block 0 on, as many rows as fit; 256 of them for attribute bit 3.
    calls.poke((0x4000, 0), &[8, 0, 1, 0, b'A', 0, 0x00, 0x01, 0x00, 0x40, 0xff, 2, 3, 0xff]);
    calls.poke((0x4000, 0x20), &[8, 5, 0, 0x00, 0x02, 0x00, 0x40, 3, 0xff]);
    calls.poke((0x4000, 0x100), &[0xff, 0, 0, 0, 0, 0, 0, 0x0f]);
    calls.poke((0x4000, 0x200 + 0x42 * 8), &[0, 0xf0, 0, 0, 0, 0, 0, 0]);
    save_table(&mut calls, &[(0x08, (0x4000, 0))], &[(0x06, (0x4000, 0x20))]);
    calls.video(0x0003, 0, 0, 0);
    calls.video(0x0100, 0, 0x2000, 0);
    calls.video(0x0941, 0x0007, 1, 0);
    calls.video(0x0200, 0, 0, 0x0001);
    calls.video(0x0942, 0x000f, 1, 0);
    let select = calls.input_indexed(0x3c4, 0x03);
    calls.interrupt(VIDEO, at(Registers::new(0x1b00, 0, 0, 0), SCRATCH, 0, 0));
    let outcome = calls.run();
    assert_eq!((outcome.word((0x40, 0x85)), outcome.data_byte(0x84)), (8, 49));
    assert_eq!(outcome.results[select].ax & 0x3f, 0x24, "map A is block 5, map B block 0");
    let lit = |left: usize| -> Vec<(usize, usize)> {
        let dots = (0..64).map(|number| (number % 8, number / 8));
        dots.filter(|(x, y)| dot(&outcome, (720, 400), left + x, *y) != 0).collect()
    };
    let expected: Vec<_> = (0..8).map(|x| (x, 0)).chain((4..8).map(|x| (x, 7))).collect();
    assert_eq!(lit(0), expected);
    assert_eq!(lit(9), [(0, 1), (1, 1), (2, 1), (3, 1)]);
    assert_eq!(outcome.memory((SCRATCH, 0x2b), 2), [0, 5]);
    assert_eq!(outcome.memory((SCRATCH, 0x32), 1), [0x25], "two fonts, a font for text, display codes");
}

#[test]
fn a_font_of_a_program_serves_the_graphics_modes_it_names() {
    let mut calls = Calls::new();
    calls.poke((0x4000, 0), &[31, 15, 0, 0x34, 0x12, 0x00, 0x50, 0x10, 0x12, 0xff]);
    save_table(&mut calls, &[(0x0c, (0x4000, 0))], &[]);
    calls.video(0x0012, 0, 0, 0);
    calls.copy((0x40, 0x84), (SCRATCH, 0), 3);
    calls.copy((0, 0x43 * 4), (SCRATCH, 3), 4);
    calls.video(0x0013, 0, 0, 0);
    let outcome = calls.run();
    assert_eq!(outcome.memory((SCRATCH, 0), 7), [30, 15, 0, 0x34, 0x12, 0x00, 0x50]);
    assert_eq!((outcome.data_byte(0x84), outcome.data_byte(0x85)), (24, 8));
}

#[test]
fn a_palette_of_a_program_is_loaded_at_a_mode_set() {
    let mut calls = Calls::new();
    let mut table = vec![1, 0, 0, 0, 2, 0, 4, 0];
    table.extend(far((0x4000, 0x100)));
    table.extend([1, 0, 0x3b, 0]);
    table.extend(far((0x4000, 0x110)));
    table.extend([3, 0xff]);
    calls.poke((0x4000, 0), &table);
    calls.poke((0x4000, 0x100), &[0x11, 0x12, 9, 8, 7]);
    calls.poke((0x4000, 0x110), &[9, 8, 7]);
    save_table(&mut calls, &[], &[(0x0a, (0x4000, 0))]);
    calls.video(0x0003, 0, 0, 0);
    let registers = [3, 4, 5, 6].map(|number| calls.video(0x1007, number, 0, 0));
    let colour = calls.video(0x1015, 0x3b, 0, 0);
    let underline = calls.input_indexed(0x3d4, 0x14);
    let outcome = calls.run();
    assert_eq!(registers.map(|call| outcome.results[call].bx >> 8), [0x03, 0x11, 0x12, 0x14]);
    assert_eq!((outcome.results[colour].dx >> 8, outcome.results[colour].cx), (9, 0x0807));
    assert_eq!(outcome.results[underline].ax & 0x1f, 15);
}

#[test]
fn display_codes_come_from_the_table_of_a_program() {
    let mut calls = Calls::new();
    calls.poke((0x4000, 0), &[2, 1, 8, 0, 0, 8, 1, 8]);
    save_table(&mut calls, &[], &[(0x02, (0x4000, 0))]);
    let beyond = calls.video(0x1a00, 0, 0, 0);
    calls.video(0x1a01, 0x0108, 0, 0);
    let set = calls.video(0x1a00, 0, 0, 0);
    let outcome = calls.run();
    assert_eq!(outcome.results[beyond].bx, 0xffff, "the table has no row 0Bh");
    assert_eq!((outcome.results[set].bx, outcome.data_byte(0x8a)), (0x0801, 1));
}
