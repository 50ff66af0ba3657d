//! Graphics modes: dots written by the CPU are where they belong.

use crate::modes::{MODE_0D, MODE_04, MODE_06, MODE_12, MODE_13, Mode};
use crate::rig::{CRTC, GRAPHICS, Rig, SEQUENCER, colour, dac_colour};
use beige_testkit::Random;

/// Sets dots at random places with `set`, and looks for each where `scale` of its place is.
fn check_dots(mode: &Mode, size: (usize, usize), scale: (usize, usize), set: impl Fn(&mut Rig, (u32, u32), u8) -> u32) {
    let mut rig = Rig::in_mode(mode);
    let mut random = Random::new(5);
    for _ in 0..40 {
        let (x, y) = (random.below(size.0 as u64) as u32, random.below(size.1 as u64) as u32);
        rig.vram.fill(0);
        let expected = set(&mut rig, (x, y), random.byte());
        let frame = rig.frame();
        assert_eq!((frame.width, frame.height), (size.0 * scale.0, size.1 * scale.1));
        for (at, pixel) in frame.pixels.iter().enumerate() {
            let (left, top) = (at % frame.width / scale.0, at / frame.width / scale.1);
            let expected = if (left as u32, top as u32) == (x, y) { expected } else { 0 };
            assert_eq!(*pixel, expected, "dot at {left}, {top}; set was {x}, {y}");
        }
    }
}

#[test]
fn mode_13_shows_bytes_as_dac_colours() {
    check_dots(&MODE_13, (320, 200), (2, 2), |rig, (x, y), value| {
        rig.poke(0xa_0000 + y * 320 + x, value);
        dac_colour(value)
    });
}

#[test]
fn unchained_planes_with_byte_addresses_show_dots_in_turn() {
    check_dots(&MODE_13, (320, 200), (2, 2), |rig, (x, y), value| {
        rig.set(SEQUENCER, 0x04, 0x06);
        rig.set(CRTC, 0x14, 0x00);
        rig.set(CRTC, 0x17, 0xe3);
        rig.set(SEQUENCER, 0x02, 1 << (x & 3));
        rig.poke(0xa_0000 + y * 80 + x / 4, value);
        dac_colour(value)
    });
}

fn set_planar(rig: &mut Rig, at: u32, bit: u32, value: u8) -> u32 {
    rig.set(GRAPHICS, 0x05, 0x02);
    rig.set(GRAPHICS, 0x08, 0x80 >> bit);
    rig.peek(at);
    rig.poke(at, value);
    colour(value & 0x0f)
}

#[test]
fn mode_12_has_a_bit_of_each_plane_for_a_dot() {
    check_dots(&MODE_12, (640, 480), (1, 1), |rig, (x, y), value| {
        set_planar(rig, 0xa_0000 + y * 80 + x / 8, x % 8, value)
    });
}

#[test]
fn mode_0d_shows_dots_and_lines_twice() {
    check_dots(&MODE_0D, (320, 200), (2, 2), |rig, (x, y), value| {
        set_planar(rig, 0xa_0000 + y * 40 + x / 8, x % 8, value)
    });
}

#[test]
fn mode_4_has_two_bits_for_a_dot_and_odd_lines_8_kib_later() {
    check_dots(&MODE_04, (320, 200), (2, 2), |rig, (x, y), value| {
        rig.poke(0xb_8000 + y % 2 * 0x2000 + y / 2 * 80 + x / 4, (value & 3) << (6 - x % 4 * 2));
        colour(value & 3)
    });
}

#[test]
fn mode_6_has_a_bit_for_a_dot_and_odd_lines_8_kib_later() {
    check_dots(&MODE_06, (640, 200), (1, 2), |rig, (x, y), value| {
        rig.poke(0xb_8000 + y % 2 * 0x2000 + y / 2 * 80 + x / 8, (value & 1) << (7 - x % 8));
        colour(value & 1)
    });
}

#[test]
fn panning_in_graphics_moves_by_dots() {
    let mut rig = Rig::in_mode(&MODE_12);
    *rig.plane(0, 1) = 0x80;
    rig.set_attribute(0x13, 0x03);
    assert_eq!(rig.frame().pixels.iter().position(|pixel| *pixel != 0), Some(5));
}

#[test]
fn interleaved_dots_take_their_upper_bits_from_planes_2_and_3() {
    let mut rig = Rig::in_mode(&MODE_04);
    rig.set_attribute(0x12, 0x0f);
    for (plane, byte) in (0..).zip([0b00_01_10_11, 0b11_00_00_00, 0b11_10_01_00, 0b00_00_00_10]) {
        *rig.plane(plane, 0) = byte;
    }
    let frame = rig.frame();
    let dots: Vec<u32> = frame.pixels[..16].iter().step_by(2).copied().collect();
    assert_eq!(dots, [0xc, 0x9, 0x6, 0x3, 0x3, 0x0, 0x0, 0x8].map(colour));
}

#[test]
fn packed_bytes_without_8_bit_colours_are_two_dots_each() {
    let mut rig = Rig::in_mode(&MODE_13);
    rig.set_attribute(0x10, 0x01);
    rig.vram[..4].copy_from_slice(&[0x12, 0x34, 0x56, 0x78]);
    assert_eq!(rig.frame().pixels[..8], [1, 2, 3, 4, 5, 6, 7, 8].map(colour));
}

#[test]
fn row_scan_bit_1_can_take_the_place_of_address_bit_14() {
    let mut rig = Rig::in_mode(&MODE_06);
    rig.set(CRTC, 0x09, 0x03);
    rig.set(CRTC, 0x17, 0xc0);
    for (line, offset) in [(0, 0x0000), (1, 0x2000), (2, 0x4000), (3, 0x6000), (4, 0x0050)] {
        rig.vram.fill(0);
        *rig.plane(0, offset) = 0x80;
        let frame = rig.frame();
        let lit: Vec<usize> = (0..400).filter(|y| frame.pixels[y * 640] != 0).collect();
        assert_eq!(lit, [line], "offset {offset:04x}");
    }
}

#[test]
fn colours_of_a_blinking_graphics_mode_swap_their_bright_half_every_16_frames() {
    let mut rig = Rig::in_mode(&MODE_12);
    *rig.plane(2, 0) = 0x80;
    let dots = |rig: &Rig| rig.frame().pixels[..2].to_vec();
    rig.advance_to_frame(16);
    assert_eq!(dots(&rig), [4, 0].map(colour), "nothing blinks yet");
    assert_eq!(rig.blink_phase(), 0);
    rig.set_attribute(0x10, 0x0b);
    rig.set_attribute(0x12, 0x05);
    assert_ne!(rig.blink_phase(), 0);
    assert_eq!(dots(&rig), [0x0c, 0x08].map(colour), "though plane 3 is not enabled");
    rig.advance_to_frame(32);
    assert_eq!(dots(&rig), [4, 0].map(colour));
    assert_eq!(rig.blink_phase(), 0);
}
