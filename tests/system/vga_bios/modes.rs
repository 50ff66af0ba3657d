//! Modes: the data area, bit 7, states saved and told, what is chosen for later modes.

use super::{MODES, SCRATCH, VIDEO, at};
use beige_machine::Model;
use beige_tests::calls::{Calls, Registers};

/// Data area of a mode after function 00h: 49h-66h without the cursor positions, which are 0; 84h-87h; 89h.
struct DataArea {
    mode: u16,
    columns: u16,
    page_bytes: u16,
    cursor: u16,
    crtc: u16,
    /// 65h and 66h, which modes above 7 leave alone.
    cga: Option<(u8, u8)>,
    rows: u8,
    height: u16,
    info: u8,
}

#[rustfmt::skip]
const DATA_AREAS: [DataArea; 15] = [
    DataArea { mode: 0x00, columns: 40, page_bytes: 0x0800, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x2c, 0x30)), rows: 24, height: 16, info: 0x60 },
    DataArea { mode: 0x01, columns: 40, page_bytes: 0x0800, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x28, 0x30)), rows: 24, height: 16, info: 0x60 },
    DataArea { mode: 0x02, columns: 80, page_bytes: 0x1000, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x2d, 0x30)), rows: 24, height: 16, info: 0x60 },
    DataArea { mode: 0x03, columns: 80, page_bytes: 0x1000, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x29, 0x30)), rows: 24, height: 16, info: 0x60 },
    DataArea { mode: 0x04, columns: 40, page_bytes: 0x4000, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x2a, 0x30)), rows: 24, height: 8, info: 0x60 },
    DataArea { mode: 0x05, columns: 40, page_bytes: 0x4000, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x2e, 0x30)), rows: 24, height: 8, info: 0x60 },
    DataArea { mode: 0x06, columns: 80, page_bytes: 0x4000, cursor: 0x0607, crtc: 0x3d4, cga: Some((0x1e, 0x3f)), rows: 24, height: 8, info: 0x60 },
    DataArea { mode: 0x07, columns: 80, page_bytes: 0x1000, cursor: 0x0d0e, crtc: 0x3b4, cga: Some((0x29, 0x30)), rows: 24, height: 16, info: 0x62 },
    DataArea { mode: 0x0d, columns: 40, page_bytes: 0x2000, cursor: 0x0607, crtc: 0x3d4, cga: None, rows: 24, height: 8, info: 0x60 },
    DataArea { mode: 0x0e, columns: 80, page_bytes: 0x4000, cursor: 0x0607, crtc: 0x3d4, cga: None, rows: 24, height: 8, info: 0x60 },
    DataArea { mode: 0x0f, columns: 80, page_bytes: 0x8000, cursor: 0x0607, crtc: 0x3b4, cga: None, rows: 24, height: 14, info: 0x62 },
    DataArea { mode: 0x10, columns: 80, page_bytes: 0x8000, cursor: 0x0607, crtc: 0x3d4, cga: None, rows: 24, height: 14, info: 0x60 },
    DataArea { mode: 0x11, columns: 80, page_bytes: 0xa000, cursor: 0x0607, crtc: 0x3d4, cga: None, rows: 29, height: 16, info: 0x60 },
    DataArea { mode: 0x12, columns: 80, page_bytes: 0xa000, cursor: 0x0607, crtc: 0x3d4, cga: None, rows: 29, height: 16, info: 0x60 },
    DataArea { mode: 0x13, columns: 40, page_bytes: 0x2000, cursor: 0x0607, crtc: 0x3d4, cga: None, rows: 24, height: 8, info: 0x60 },
];

#[test]
fn a_mode_set_fills_the_data_area_to_the_byte() {
    for expected in &DATA_AREAS {
        let mut calls = Calls::new();
        // Something to be put right: a page, a cursor, a shape.
        calls.video(0x0501, 0, 0, 0);
        calls.video(0x0200, 0x0300, 0, 0x0509);
        calls.video(0x0100, 0, 0x0304, 0);
        calls.video(expected.mode, 0, 0, 0);
        let outcome = calls.run();
        let mode = expected.mode;
        let mut area = vec![mode as u8];
        for word in [expected.columns, expected.page_bytes, 0] {
            area.extend(word.to_le_bytes());
        }
        area.extend([0; 16]);
        area.extend(expected.cursor.to_le_bytes());
        area.push(0);
        area.extend(expected.crtc.to_le_bytes());
        let (control, palette) = expected.cga.unwrap_or((0x29, 0x30));
        area.extend([control, palette]);
        assert_eq!(outcome.memory((0x40, 0x49), 0x1e), area, "mode {mode:02x}, 40:49");
        let [low, high] = expected.height.to_le_bytes();
        let upper = [expected.rows, low, high, expected.info, 0xf9, 0x11, 0x0b];
        assert_eq!(outcome.memory((0x40, 0x84), 7), upper, "mode {mode:02x}, 40:84");
        assert_eq!(outcome.data_byte(0x10) & 0x30, 0x20, "mode {mode:02x}, equipment");
    }
}

#[test]
fn bit_7_of_the_mode_keeps_the_memory_and_is_told() {
    for (mode, segment) in [(0x03, 0xb800), (0x07, 0xb000), (0x04, 0xb800), (0x12, 0xa000), (0x13, 0xa000)] {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        calls.poke((segment, 0x0100), &[0x5a]);
        let cleared_bit = calls.video(0x0f00, 0, 0, 0);
        calls.video(mode | 0x80, 0, 0, 0);
        let kept_bit = calls.video(0x0f00, 0, 0, 0);
        calls.copy((segment, 0x0100), (SCRATCH, 0), 1);
        calls.video(mode, 0, 0, 0);
        calls.copy((segment, 0x0100), (SCRATCH, 1), 1);
        let outcome = calls.run();
        let blank = if matches!(mode, 3 | 7) { b' ' } else { 0 };
        assert_eq!(outcome.memory((SCRATCH, 0), 2), [0x5a, blank], "mode {mode:02x}");
        let told = [cleared_bit, kept_bit].map(|call| outcome.results[call].ax & 0xff);
        assert_eq!(told, [mode, mode | 0x80], "mode {mode:02x}");
    }
}

#[test]
fn an_unknown_mode_changes_nothing() {
    for mode in [0x08, 0x0c, 0x14, 0x7f] {
        let mut calls = Calls::new();
        calls.video(0x0013, 0, 0, 0);
        calls.poke((0xa000, 0), &[0x5a]);
        calls.video(mode, 0, 0, 0);
        let call = calls.video(0x0f00, 0, 0, 0);
        calls.copy((0xa000, 0), (SCRATCH, 0), 1);
        let outcome = calls.run();
        assert_eq!((outcome.results[call].ax, outcome.memory((SCRATCH, 0), 1)[0]), (0x2813, 0x5a), "mode {mode:02x}");
    }
}

#[test]
fn calls_keep_the_registers_that_they_do_not_return() {
    for function in 0..=0x1c {
        let ax = match function {
            0x00 => 0x0003,
            0x11 => 0x1103,
            0x1c => 0x1c00,
            _ => function << 8,
        };
        let mut calls = Calls::new();
        let given = Registers {
            ax,
            bx: 0,
            cx: 1,
            dx: 0x0203,
            si: 0x1111,
            di: 0x2222,
            bp: 0x3333,
            ds: 0x4444,
            es: SCRATCH,
            flags: 0,
        };
        let call = calls.interrupt(VIDEO, given);
        let got = calls.run().results[call];
        assert_eq!((got.si, got.di, got.bp, got.ds, got.es), (0x1111, 0x2222, 0x3333, 0x4444, SCRATCH), "{ax:04x}");
        let returned = match function {
            0x03 => "cx dx",
            0x0f | 0x1a | 0x1c => "bx",
            0x12 => "none",
            _ => "",
        };
        assert!(got.bx == given.bx || returned.contains("bx"), "{ax:04x}: BX {:04x}", got.bx);
        assert!(got.cx == given.cx || returned.contains("cx"), "{ax:04x}: CX {:04x}", got.cx);
        assert!(got.dx == given.dx || returned.contains("dx"), "{ax:04x}: DX {:04x}", got.dx);
    }
}

#[test]
fn function_12_answers_and_acts() {
    let mut calls = Calls::new();
    calls.video(0x0003, 0, 0, 0);
    let information = calls.video(0x12ff, 0x0010, 0xffff, 0);
    let known: Vec<usize> =
        [0x30, 0x31, 0x32, 0x33, 0x34, 0x36].iter().map(|function| calls.video(0x1200, *function, 0, 0)).collect();
    let unknown = [0x35, 0x37].map(|function| calls.video(0x1200, function, 0, 0));
    calls.video(0x1201, 0x36, 0, 0);
    let clocking = calls.input_indexed(0x3c4, 0x01);
    calls.video(0x1201, 0x32, 0, 0);
    let disabled = calls.input(0x3c3);
    let outcome = calls.run();
    let got = outcome.results[information];
    assert_eq!((got.bx, got.cx), (0x0003, 0x0009));
    assert!(known.iter().all(|call| outcome.results[*call].ax == 0x1212));
    assert!(unknown.iter().all(|call| outcome.results[*call].ax == 0x1200));
    assert_eq!(outcome.results[clocking].ax & 0x20, 0x20);
    assert_eq!(outcome.results[disabled].ax & 1, 0);
}

#[test]
fn display_codes_and_the_state_of_every_mode() {
    for mode in MODES {
        let mut calls = Calls::new();
        calls.video(mode, 0, 0, 0);
        let code = calls.video(0x1a00, 0xffff, 0, 0);
        let state = calls.interrupt(VIDEO, at(Registers::new(0x1b00, 0, 0, 0), SCRATCH, 0, 0x10));
        let other = calls.interrupt(VIDEO, at(Registers::new(0x1b00, 1, 0, 0), SCRATCH, 0, 0x80));
        let outcome = calls.run();
        assert_eq!((outcome.results[code].ax, outcome.results[code].bx), (0x1a1a, 0x0008));
        assert_eq!((outcome.results[state].ax, outcome.results[other].ax), (0x1b1b, 0x1b00), "mode {mode:02x}");
        let table = outcome.memory((SCRATCH, 0x10), 64);
        assert_eq!(table[4..0x22], outcome.memory((0x40, 0x49), 0x1e), "mode {mode:02x}");
        let [colours, pages, lines] = match mode {
            0..=3 => [16, 8, 2],
            4 | 5 => [4, 1, 0],
            6 => [2, 1, 0],
            7 => [0, 8, 2],
            0x0d => [16, 8, 0],
            0x0e => [16, 4, 0],
            0x0f => [0, 2, 1],
            0x10 => [16, 2, 1],
            0x11 => [2, 1, 3],
            0x12 => [16, 1, 3],
            _ => [256, 1, 0],
        };
        let area = &DATA_AREAS[MODES.iter().position(|other| *other == mode).unwrap()];
        let mut expected = vec![area.rows + 1, area.height as u8, 0, 8, 0];
        expected.extend((colours as u16).to_le_bytes());
        let blinks = if matches!(mode, 0..=3 | 7 | 0x0f) { 0x20 } else { 0 };
        expected.extend([pages as u8, lines as u8, 0, 0, 0x11 | blinks, 0, 0, 0, 3, 0x20]);
        assert_eq!(table[0x22..0x33], expected, "mode {mode:02x}");
        assert_eq!(table[0x33..], [0; 13], "mode {mode:02x}");
        let place = (u16::from_le_bytes([table[2], table[3]]), u16::from_le_bytes([table[0], table[1]]));
        let functions = [0xff, 0xe0, 0x0f, 0, 0, 0, 0, 7, 8, 2, 0xff, 0x0e, 0, 0, 0x3f, 0];
        assert_eq!(outcome.memory(place, 16), functions);
    }
}

#[test]
fn a_saved_state_survives_another_mode() {
    let mut calls = Calls::new();
    calls.video(0x0003, 0, 0, 0);
    calls.video(0x1000, 0x3a07, 0, 0);
    calls.video(0x1010, 0x003a, 0x1122, 0x3300);
    calls.video(0x0200, 0x0200, 0, 0x0a0b);
    let size = calls.video(0x1c00, 0, 7, 0);
    calls.interrupt(VIDEO, at(Registers::new(0x1c01, 0, 7, 0), SCRATCH, 0, 0));
    calls.video(0x0013, 0, 0, 0);
    calls.interrupt(VIDEO, at(Registers::new(0x1c02, 0, 7, 0), SCRATCH, 0, 0));
    let register = calls.video(0x1007, 7, 0, 0);
    let colour = calls.video(0x1015, 0x3a, 0, 0);
    let cursor = calls.video(0x0300, 0x0200, 0, 0);
    let mode = calls.video(0x0f00, 0, 0, 0);
    let outcome = calls.run();
    let results = [register, colour, cursor, mode].map(|call| outcome.results[call]);
    assert_eq!((outcome.results[size].ax, outcome.results[size].bx), (0x1c1c, 2 + 1 + 13));
    assert_eq!((results[0].bx >> 8, results[1].cx, results[1].dx >> 8), (0x3a, 0x1122, 0x33));
    assert_eq!((results[2].dx, results[3].ax), (0x0a0b, 0x5003));
    assert!(outcome.machine.screen_text().is_some());
}

#[test]
fn the_first_processor_runs_all_of_it() {
    let mut calls = Calls::new();
    for mode in MODES {
        calls.video(mode, 0, 0, 0);
        calls.video(0x0941, 0x0003, 2, 0);
        calls.video(0x0c01, 0, 30, 30);
        calls.video(0x0601, 0, 0, 0x0505);
        calls.interrupt(VIDEO, at(Registers::new(0x1b00, 0, 0, 0), SCRATCH, 0, 0));
        calls.interrupt(VIDEO, at(Registers::new(0x1c01, 0, 7, 0), SCRATCH, 0, 0));
        calls.interrupt(VIDEO, at(Registers::new(0x1c02, 0, 7, 0), SCRATCH, 0, 0));
    }
    let (old, new) = (
        calls.run_on(|config| {
            config.model = Model::I8086;
            config.memory_kib = 640;
        }),
        calls.run(),
    );
    assert_eq!(old.memory((0x40, 0x49), 0x1e), new.memory((0x40, 0x49), 0x1e));
    let pictures = [old, new].map(|outcome| {
        let mut frame = beige_core::Frame::default();
        outcome.machine.render(&mut frame);
        frame
    });
    assert!(pictures[0] == pictures[1]);
}
