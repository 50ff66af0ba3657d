//! The register map: every port, reset values, masks, flip-flop, DAC.

use crate::modes::{MODE_03, MODE_07};
use crate::rig::{CRTC, GRAPHICS, Rig, SEQUENCER};
use beige_core::Device;

/// What every port reads after power-on with the colour addresses off.
#[test]
fn after_power_on_the_monochrome_addresses_answer_and_registers_are_zero() {
    let mut rig = Rig::new();
    for offset in 0..0x30 {
        let expected = match offset {
            0x04 | 0x05 | 0x10 | 0x11 | 0x14 | 0x15 | 0x17..=0x1a | 0x1c | 0x1e | 0x1f => 0x00,
            // Input status 1: the origin of the frame is displayed.
            0x0a => 0x00,
            // Input status 0: switch sense.
            0x12 => 0x10,
            0x13 => 0x01,
            _ => 0xff,
        };
        assert_eq!(rig.input(0x3b0 + offset), expected, "offset {offset:02x}");
    }
}

#[test]
fn the_address_select_bit_moves_crtc_and_status_and_nothing_else() {
    let mut rig = Rig::new();
    rig.set(0x3b4, 0x0f, 0x5a);
    assert_eq!(rig.input(0x3d5), 0xff);
    rig.output(0x3d5, 0x11);
    rig.output(0x3c2, 0x01);
    assert_eq!(rig.input(0x3d5), 0x5a);
    assert_eq!(rig.input(0x3d4), 0x0f);
    for port in (0x3b0..0x3c0).chain([0x3d0, 0x3d8, 0x3d9, 0x3df]) {
        assert_eq!(rig.input(port), 0xff, "{port:03x}");
    }
}

#[test]
fn each_register_keeps_the_bits_that_exist() {
    let mut rig = Rig::new();
    rig.output(0x3c2, 0xff);
    assert_eq!(rig.input(0x3cc), 0xef);
    rig.output(0x3da, 0xff);
    assert_eq!(rig.input(0x3ca), 0x08);
    let files: [(u16, &[u8]); 3] = [
        (SEQUENCER, &[0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0, 0]),
        (GRAPHICS, &[0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff, 0, 0, 0, 0, 0, 0, 0]),
        (
            CRTC,
            &[
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0x3f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xef, 0xff, 0, 0, 0, 0, 0, 0, 0,
            ],
        ),
    ];
    for (port, masks) in files {
        for (index, mask) in (0..).zip(masks) {
            rig.set(port, index, 0xff);
            assert_eq!(rig.get(port, index), *mask, "{port:03x} index {index:02x}");
            rig.set(port, index, 0x00);
            assert_eq!(rig.get(port, index), 0, "{port:03x} index {index:02x}");
        }
    }
}

#[test]
fn indexes_beyond_a_register_file_alias_nothing() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.set(CRTC, 0x33, 0x77);
    assert_eq!(rig.get(CRTC, 0x33), 0);
    assert_eq!(rig.get(CRTC, 0x13), 0x28);
}

#[test]
fn crtc_protection_spares_only_line_compare_bit_8() {
    let mut rig = Rig::in_mode(&MODE_03);
    let before: Vec<u8> = (0..8).map(|index| rig.get(CRTC, index)).collect();
    for index in 0..8 {
        rig.set(CRTC, index, !before[usize::from(index)]);
    }
    let after: Vec<u8> = (0..8).map(|index| rig.get(CRTC, index)).collect();
    assert_eq!(after[..7], before[..7]);
    assert_eq!(after[7], before[7] ^ 0x10);
    rig.set(CRTC, 0x11, 0x0e);
    rig.set(CRTC, 0x00, 0x12);
    assert_eq!(rig.get(CRTC, 0x00), 0x12);
}

#[test]
fn attribute_writes_alternate_and_input_status_1_starts_over() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.input(0x3da);
    rig.output(0x3c0, 0x05);
    rig.output(0x3c0, 0x2a);
    rig.output(0x3c0, 0x06);
    assert_eq!((rig.input(0x3c0), rig.input(0x3c1)), (0x06, 0x14));
    rig.input(0x3da);
    rig.output(0x3c0, 0x05);
    assert_eq!(rig.input(0x3c1), 0x2a, "reads do not move the flip-flop");
    rig.output(0x3c0, 0xff);
    assert_eq!(rig.input(0x3c1), 0x3f);
}

#[test]
fn attribute_registers_keep_the_bits_that_exist() {
    let mut rig = Rig::in_mode(&MODE_03);
    let masks = [[0x3f; 16].as_slice(), &[0xef, 0xff, 0x3f, 0x0f, 0x0f], &[0; 11]].concat();
    for (index, mask) in (0..).zip(masks) {
        rig.set_attribute(index, 0xff);
        rig.output(0x3c0, index);
        assert_eq!(rig.input(0x3c1), mask, "{index:02x}");
        rig.input(0x3da);
    }
    rig.output(0x3c0, 0xff);
    assert_eq!(rig.input(0x3c0), 0x3f, "the palette address source reads back");
}

#[test]
fn the_status_port_of_the_other_address_does_not_touch_the_flip_flop() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.input(0x3da);
    rig.output(0x3c0, 0x05);
    assert_eq!(rig.input(0x3ba), 0xff);
    rig.output(0x3c0, 0x2a);
    rig.output(0x3c0, 0x05);
    assert_eq!(rig.input(0x3c1), 0x2a);
}

#[test]
fn dac_takes_a_colour_with_its_third_component() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.output(0x3c8, 0xfe);
    assert_eq!(rig.input(0x3c7), 0x00);
    for component in [0xff, 0x12, 0x23, 0x01, 0x02] {
        rig.output(0x3c9, component);
    }
    assert_eq!(rig.input(0x3c8), 0xff);
    rig.output(0x3c7, 0xfe);
    assert_eq!(rig.input(0x3c7), 0x03);
    let read: Vec<u8> = (0..6).map(|_| rig.input(0x3c9)).collect();
    assert_eq!(read[..3], [0x3f, 0x12, 0x23]);
    assert_eq!(read[3..], [0x3f, 0x3f, 0xff_u8.wrapping_mul(37) & 0x3f], "two of three components change nothing");
}

#[test]
fn dac_addresses_wrap_and_a_read_address_is_one_ahead() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.output(0x3c7, 0xff);
    assert_eq!(rig.input(0x3c8), 0x00);
    for _ in 0..3 {
        rig.input(0x3c9);
    }
    assert_eq!(rig.input(0x3c8), 0x01);
    assert_eq!([0; 3].map(|_: u8| rig.input(0x3c9)), [0, 0, 0]);
}

#[test]
fn a_disabled_subsystem_answers_at_its_enable_port_only() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.output(0x3c3, 0x00);
    for offset in 0..0x30 {
        let expected = if offset == 0x13 { 0x00 } else { 0xff };
        assert_eq!(rig.input(0x3b0 + offset), expected, "offset {offset:02x}");
    }
    assert_eq!(rig.peek(0xb_8000), 0xff);
    rig.output(0x3c2, 0x00);
    rig.output(0x3c3, 0x01);
    assert_eq!(rig.input(0x3cc), 0x67);
    assert_eq!(rig.peek(0xb_8000), b' ');
}

#[test]
fn word_writes_set_index_and_data_at_once() {
    use beige_core::PortDevice;
    let mut rig = Rig::in_mode(&MODE_03);
    rig.vga.write16(CRTC - 0x3b0, 0x340e, &mut rig.bench.io());
    assert_eq!(rig.get(CRTC, 0x0e), 0x34);
}

#[test]
fn diagnostic_bits_show_the_output_that_the_multiplexer_selects() {
    let mut rig = Rig::in_mode(&MODE_07);
    for (overscan, multiplexer, expected) in [
        (0x01, 0x00, 0x10),
        (0x04, 0x00, 0x20),
        (0x10, 0x10, 0x10),
        (0x20, 0x10, 0x20),
        (0x02, 0x20, 0x10),
        (0x08, 0x20, 0x20),
        (0x40, 0x30, 0x10),
        (0x80, 0x30, 0x20),
        (0xff, 0x30, 0x30),
        (0x3f, 0x30, 0x00),
    ] {
        rig.set_attribute(0x11, overscan);
        rig.set_attribute(0x12, 0x0f | multiplexer);
        assert_eq!(rig.input(0x3ba) & 0x30, expected, "{overscan:02x} by {multiplexer:02x}");
    }
}

#[test]
fn the_reset_line_clears_all_but_the_colours_and_goes_on_counting_frames() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.advance_to_frame(5);
    rig.output(0x3c6, 0x0f);
    rig.output(0x3c7, 0x40);
    rig.vga.reset(&mut rig.bench.io());
    assert_eq!(rig.input(0x3cc), 0);
    assert_eq!((rig.input(0x3c6), rig.input(0x3c7), rig.input(0x3c8)), (0xff, 0x00, 0x00));
    assert_eq!(rig.get(0x3b4, 0x01), 0);
    assert_eq!(rig.vga.frame_number(rig.bench.now), 5);
    rig.output(0x3c7, 1);
    assert_eq!([0; 3].map(|_: u8| rig.input(0x3c9)), [1, 0, 37]);
    rig.vga.power_on(&mut rig.bench.io());
    rig.output(0x3c7, 1);
    assert_eq!([0; 3].map(|_: u8| rig.input(0x3c9)), [0, 0, 0]);
    assert_eq!(rig.vga.frame_number(rig.bench.now), 0);
}
