//! Dots, glyphs and pages of graphics modes.

use super::{SCRATCH, dot};
use beige_tests::calls::Calls;

#[test]
fn graphics_pages_are_where_function_05_shows_them() {
    for (mode, page_bytes, size) in [(0x0d, 0x2000, (320, 200)), (0x0e, 0x4000, (640, 200)), (0x10, 0x8000, (640, 350))]
    {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        calls.video(0x0c0f, 0x0100, 9, 5);
        calls.video(0x0c0c, 0x0000, 9, 6);
        let read = calls.video(0x0d00, 0x0100, 9, 5);
        calls.video(0x0501, 0, 0, 0);
        let outcome = calls.run();
        assert_eq!(outcome.results[read].ax & 0xff, 0x0f, "mode {mode:02x}");
        assert_eq!(outcome.word((0x40, 0x4e)), page_bytes, "mode {mode:02x}");
        assert_eq!(dot(&outcome, size, 9, 5), 0xff_ffff, "mode {mode:02x}");
        assert_eq!(dot(&outcome, size, 9, 6), 0, "mode {mode:02x}");
    }
}

#[test]
fn a_dot_is_read_as_it_was_written_and_exclusive_or_takes_it_back() {
    for (mode, size, colours) in [
        (0x04, (320, 200), 4),
        (0x05, (320, 200), 4),
        (0x06, (640, 200), 2),
        (0x0d, (320, 200), 16),
        (0x0e, (640, 200), 16),
        (0x10, (640, 350), 16),
        (0x11, (640, 480), 2),
        (0x12, (640, 480), 16),
        (0x13, (320, 200), 256),
    ] {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        let mut reads = Vec::new();
        for number in 0..colours.min(32) {
            let colour = number * colours.max(32) / 32 % colours;
            let (x, y) = (size.0 - 1 - number * 7, size.1 - 1 - number * 5);
            calls.video(0x0c00 | colour, 0, x, y);
            reads.push((colour, calls.video(0x0d00, 0, x, y), calls.video(0x0d00, 0, x - 1, y)));
        }
        calls.video(0x0c01, 0, 3, 3);
        let xor = [0x81, 0x81].map(|colour| {
            calls.video(0x0c00 | colour, 0, 3, 3);
            calls.video(0x0d00, 0, 3, 3)
        });
        let outcome = calls.run();
        let colour_of = |call: usize| outcome.results[call].ax & 0xff;
        for (colour, there, beside) in reads {
            assert_eq!((colour_of(there), colour_of(beside)), (colour, 0), "mode {mode:02x}");
        }
        // Mode 13h has no bit to spare for it.
        let expected = if mode == 0x13 { [0x81, 0x81] } else { [0, 1] };
        assert_eq!(xor.map(colour_of), expected, "mode {mode:02x}");
    }
}

#[test]
fn a_glyph_drawn_twice_by_exclusive_or_is_gone() {
    for mode in [0x04, 0x06, 0x0d, 0x0e, 0x10, 0x11, 0x12] {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        calls.video(0x0200, 0, 0, 0x0203);
        for _ in 0..2 {
            calls.video(0x0941, 0x0081, 3, 0);
        }
        let outcome = calls.run();
        let mut frame = beige_core::Frame::default();
        outcome.machine.render(&mut frame);
        assert!(frame.pixels.iter().all(|pixel| *pixel == 0), "mode {mode:02x}");
    }
}

#[test]
fn glyphs_come_from_the_vectors_43h_and_1fh() {
    for (mode, code, vector, glyph) in
        [(0x13, b'A', 0x43_u16, 0x41_u16), (0x13, 0xc1, 0x43, 0xc1), (0x04, b'A', 0x43, 0x41), (0x04, 0xc1, 0x1f, 0x41)]
    {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        calls.poke((SCRATCH, glyph * 8), &[0x80, 0, 0, 0, 0, 0, 0, 0x01]);
        calls.poke((0, vector * 4), &[0, 0, 0x00, 0x30]);
        calls.video(0x0900 | u16::from(code), 0x0003, 1, 0);
        let outcome = calls.run();
        let lit: Vec<(usize, usize)> =
            (0..64).map(|at| (at % 8, at / 8)).filter(|(x, y)| dot(&outcome, (320, 200), *x, *y) != 0).collect();
        assert_eq!(lit, [(0, 0), (7, 7)], "mode {mode:02x}, character {code:02x}");
    }
}
