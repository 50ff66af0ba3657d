//! Palette registers, the DAC, the palettes of the CGA.

use super::{SCRATCH, VIDEO, at, dot};
use beige_tests::calls::{Calls, Registers};

#[test]
fn the_attribute_controller_is_read_back_as_it_was_set() {
    let mut calls = Calls::new();
    calls.video(0x0003, 0, 0, 0);
    calls.video(0x1000, 0x2a05, 0, 0);
    calls.video(0x1001, 0x1100, 0, 0);
    let single = calls.video(0x1007, 0x0005, 0, 0);
    let border = calls.video(0x1008, 0, 0, 0);
    let table: Vec<u8> = (0..17).map(|number| 0x3f - number).collect();
    calls.poke((SCRATCH, 0), &table);
    calls.interrupt(VIDEO, at(Registers::new(0x1002, 0, 0, 0), SCRATCH, 0, 0));
    calls.interrupt(VIDEO, at(Registers::new(0x1009, 0, 0, 0x100), SCRATCH, 0, 0));
    let blink = [0, 1].map(|state| {
        calls.video(0x1003, state, 0, 0);
        calls.video(0x1007, 0x0010, 0, 0)
    });
    let outcome = calls.run();
    assert_eq!((outcome.results[single].bx >> 8, outcome.results[border].bx >> 8), (0x2a, 0x11));
    assert_eq!(outcome.memory((SCRATCH, 0x100), 17), table);
    assert_eq!(blink.map(|call| outcome.results[call].bx >> 8 & 8), [0, 8]);
    assert_eq!(outcome.data_byte(0x65), 0x29);
}

#[test]
fn the_dac_is_read_back_as_it_was_set_paged_and_summed_to_grey() {
    let mut calls = Calls::new();
    calls.video(0x0003, 0, 0, 0);
    calls.video(0x1010, 0x0020, 0x0102, 0x0300);
    let single = calls.video(0x1015, 0x0020, 0, 0);
    let block: Vec<u8> = (0..30).map(|number| number * 2).collect();
    calls.poke((SCRATCH, 0), &block);
    calls.interrupt(VIDEO, at(Registers::new(0x1012, 0x0040, 10, 0), SCRATCH, 0, 0));
    calls.interrupt(VIDEO, at(Registers::new(0x1017, 0x0040, 10, 0x100), SCRATCH, 0, 0));
    calls.video(0x1010, 0x0050, 0x3f00, 0x0000);
    calls.video(0x101b, 0x0050, 1, 0);
    let grey = calls.video(0x1015, 0x0050, 0, 0);
    calls.video(0x1018, 0x003f, 0, 0);
    let mask = calls.video(0x1019, 0, 0, 0);
    let pages = [(0x0000, 0x0301), (0x0100, 0x0b01)].map(|(mode, page)| {
        calls.video(0x1013, mode, 0, 0);
        calls.video(0x1013, page, 0, 0);
        calls.video(0x101a, 0, 0, 0)
    });
    let outcome = calls.run();
    let single = outcome.results[single];
    assert_eq!((single.dx >> 8, single.cx), (3, 0x0102));
    assert_eq!(outcome.memory((SCRATCH, 0x100), 30), block);
    // 59 % of full green.
    assert_eq!((outcome.results[grey].dx >> 8, outcome.results[grey].cx), (0x25, 0x2525));
    assert_eq!(outcome.results[mask].bx, 0x003f);
    assert_eq!(pages.map(|call| outcome.results[call].bx), [0x0300, 0x0b01]);
}

#[test]
fn the_palette_of_the_cga_is_chosen_by_function_0b() {
    // Palette, background: what the dots 1-3 show, in six bits.
    for (background, palette, expected) in [
        (0x00, 0, [0x00_aa00, 0xaa_0000, 0xaa_5500]),
        (0x00, 1, [0x00_aaaa, 0xaa_00aa, 0xaa_aaaa]),
        (0x10, 0, [0x55_ff55, 0xff_5555, 0xff_ff55]),
        (0x11, 1, [0x55_ffff, 0xff_55ff, 0xff_ffff]),
    ] {
        let mut calls = Calls::new();
        calls.video(0x0004, 0, 0, 0);
        calls.video(0x0b00, background, 0, 0);
        calls.video(0x0b00, 0x0100 | palette, 0, 0);
        for colour in 1..4 {
            calls.video(0x0c00 | colour, 0, colour, 0);
        }
        let outcome = calls.run();
        let colours = [1, 2, 3].map(|x| dot(&outcome, (320, 200), x, 0));
        assert_eq!(colours, expected, "{background:02x} {palette}");
        assert_eq!(dot(&outcome, (320, 200), 9, 9), if background & 1 != 0 { 0x00_00aa } else { 0 });
        assert_eq!(outcome.data_byte(0x66), 0x10 & background as u8 | background as u8 & 0x0f | (palette as u8) << 5);
    }
}

#[test]
fn default_palettes_and_grey_sums_follow_function_12() {
    let mut calls = Calls::new();
    calls.video(0x1201, 0x31, 0, 0);
    calls.video(0x1010, 0x0001, 0x0102, 0x0300);
    calls.video(0x0003, 0, 0, 0);
    let kept = calls.video(0x1015, 0x0001, 0, 0);
    calls.video(0x1200, 0x31, 0, 0);
    calls.video(0x1200, 0x33, 0, 0);
    calls.video(0x0003, 0, 0, 0);
    let grey = calls.video(0x1015, 0x0001, 0, 0);
    let outcome = calls.run();
    assert_eq!((outcome.results[kept].dx >> 8, outcome.results[kept].cx), (3, 0x0102));
    // 11 % of blue 2Ah.
    assert_eq!((outcome.results[grey].dx >> 8, outcome.results[grey].cx), (5, 0x0505));
}
