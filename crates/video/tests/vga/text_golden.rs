//! A small screen of text as a golden: a letter for each colour, a line for each scan line.

use crate::modes::{MODE_03, MODE_07, Mode};
use crate::rig::{Rig, dac_colour};
use beige_core::Frame;
use beige_testkit::assert_golden;

/// A picture with a character for each dot: blank for black, and for other colours one by `palette`, `?` for none.
fn picture(frame: &Frame, palette: &[u8]) -> String {
    let dot = |pixel: &u32| {
        let index = palette.iter().position(|index| dac_colour(*index) == *pixel);
        index.and_then(|at| b".123456789abcdef".get(at)).map_or('?', |byte| char::from(*byte))
    };
    let rows = frame.pixels.chunks(frame.width.max(1));
    rows.map(|row| row.iter().map(dot).collect::<String>() + "\n").collect()
}

/// A screen of 8 by 3 characters with text, attributes, line graphics, blinking and a cursor.
fn small_screen(mode: &Mode, attributes: [u8; 4]) -> Rig {
    let mut rig = Rig::in_text_mode(mode);
    let crtc = rig.crtc();
    rig.set(crtc, 0x11, 0x0e);
    rig.set(crtc, 0x01, 7);
    rig.set(crtc, 0x12, 47);
    rig.set(crtc, 0x07, 0x1d);
    rig.put_text(0, b"\xc9\xcd\xcd\xbb", attributes[0]);
    rig.put_text(4, b"Beig", attributes[1]);
    rig.put_text(80, b"\xba\xdb\xb1\xba", attributes[0]);
    rig.put_text(84, b"under", attributes[2]);
    rig.put_text(160, b"\xc8\xcd\xcd\xbc", attributes[0]);
    rig.put_text(164, b"blnk", attributes[3]);
    rig.set(crtc, 0x0f, 86);
    rig.set(crtc, 0x0a, 0x0d);
    rig
}

fn check(name: &str, mode: &Mode, attributes: [u8; 4]) {
    let mut rig = small_screen(mode, attributes);
    let mut palette = mode.attributes[..16].to_vec();
    palette.dedup();
    let mut pictures = String::new();
    for (title, frame) in [("all shown", 0), ("cursor hidden", 8), ("blinking and cursor hidden", 24)] {
        rig.advance_to_frame(frame);
        pictures += &format!("{title}\n{}", picture(&rig.frame(), &palette));
    }
    assert_golden(format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR")), &pictures);
}

#[test]
fn a_small_colour_screen_looks_like_its_golden() {
    check("colour-text", &MODE_03, [0x1e, 0x0f, 0x31, 0xa4]);
}

#[test]
fn a_small_monochrome_screen_looks_like_its_golden() {
    check("mono-text", &MODE_07, [0x07, 0x0f, 0x01, 0xf0]);
}
