//! The CPU's path to the planes.

use crate::modes::{MODE_03, MODE_07, MODE_12, MODE_13};
use crate::rig::{GRAPHICS, Rig, SEQUENCER};
use beige_testkit::Random;
use beige_video::{PlainWindow, VRAM_BYTES, vram_index};

#[test]
fn every_plane_and_offset_has_its_own_place_in_video_memory() {
    let mut seen = vec![false; VRAM_BYTES];
    for offset in 0..=0xffff {
        for plane in 0..4 {
            let at = vram_index(offset, plane);
            assert!(!std::mem::replace(&mut seen[at], true), "plane {plane} offset {offset:04x}");
        }
    }
}

#[test]
fn chain_4_is_plain_memory() {
    let mut rig = Rig::in_mode(&MODE_13);
    let mut random = Random::new(1);
    let bytes: Vec<u8> = (0..0x1_0000).map(|_| random.byte()).collect();
    for (address, byte) in (0xa_0000..).zip(&bytes) {
        rig.poke(address, *byte);
    }
    assert!(rig.vram[..0x1_0000] == bytes);
    assert!(rig.vram[0x1_0000..].iter().all(|byte| *byte == 0));
    assert!((0xa_0000..).zip(&bytes).all(|(address, byte)| rig.peek(address) == *byte));
}

#[test]
fn the_plain_window_is_there_while_nothing_stands_between_cpu_and_memory() {
    let mut rig = Rig::in_mode(&MODE_13);
    let plain = |first, bytes| Some(PlainWindow { first, bytes });
    assert_eq!(rig.vga.plain_window(), plain(0, 0x1_0000));
    for (map, window) in
        [(0, plain(0, 0x2_0000)), (2, plain(0x1_0000, 0x8000)), (3, plain(0x1_8000, 0x8000)), (1, plain(0, 0x1_0000))]
    {
        rig.set(GRAPHICS, 0x06, map << 2 | 0x01);
        assert_eq!(rig.vga.plain_window(), window, "map {map}");
    }
    for (port, index, value) in [
        (SEQUENCER, 0x02, 0x0e),
        (SEQUENCER, 0x04, 0x06),
        (GRAPHICS, 0x01, 0x01),
        (GRAPHICS, 0x03, 0x01),
        (GRAPHICS, 0x03, 0x08),
        (GRAPHICS, 0x05, 0x41),
        (GRAPHICS, 0x05, 0x42),
        (GRAPHICS, 0x05, 0x43),
        (GRAPHICS, 0x05, 0x48),
        (GRAPHICS, 0x08, 0x7f),
    ] {
        let before = rig.get(port, index);
        rig.set(port, index, value);
        assert_eq!(rig.vga.plain_window(), None, "{port:03x} {index:02x} {value:02x}");
        rig.set(port, index, before);
        assert_eq!(rig.vga.plain_window(), plain(0, 0x1_0000), "{port:03x} {index:02x} {before:02x}");
    }
    // Of no matter to accesses that pass by them.
    for (index, value) in [(0x00, 0x0f), (0x02, 0x05), (0x04, 0x03), (0x05, 0x10), (0x07, 0x00)] {
        rig.set(GRAPHICS, index, value);
    }
    assert_eq!(rig.vga.plain_window(), plain(0, 0x1_0000));
    rig.output(0x3c3, 0x00);
    assert_eq!(rig.vga.plain_window(), None);
    rig.output(0x3c3, 0x01);
    rig.output(0x3c2, MODE_13.misc_output & !0x02);
    assert_eq!(rig.vga.plain_window(), None);
    for mode in [&MODE_03, &MODE_07, &MODE_12] {
        assert_eq!(Rig::in_mode(mode).vga.plain_window(), None);
    }
}

#[test]
fn chain_4_reaches_the_plane_by_the_low_address_bits() {
    let mut rig = Rig::in_mode(&MODE_13);
    rig.set(SEQUENCER, 0x02, 0x0b);
    for address in 0..8 {
        rig.poke(0xa_0000 + address, 0x40 + address as u8);
    }
    assert_eq!([0, 1, 2, 3].map(|plane| *rig.plane(plane, 4)), [0x44, 0x45, 0, 0x47]);
}

#[test]
fn text_mode_puts_characters_into_plane_0_and_attributes_into_plane_1() {
    let mut rig = Rig::in_mode(&MODE_03);
    for (address, byte) in (0xb_8000..).zip(*b"A\x1fB\x2e") {
        rig.poke(address, byte);
    }
    assert_eq!([0, 1, 2, 3].map(|plane| *rig.plane(plane, 0)), [b'A', 0x1f, 0, 0]);
    assert_eq!([0, 1, 2, 3].map(|plane| *rig.plane(plane, 2)), [b'B', 0x2e, 0, 0]);
    assert_eq!([0, 1, 2, 3].map(|offset| rig.peek(0xb_8000 + offset)), *b"A\x1fB\x2e");
}

#[test]
fn odd_even_reads_take_the_upper_pair_of_planes_when_read_map_says_so() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.set(SEQUENCER, 0x02, 0x0f);
    rig.poke(0xb_8000, 0x12);
    rig.poke(0xb_8001, 0x34);
    *rig.plane(2, 0) = 0x56;
    *rig.plane(3, 0) = 0x78;
    for (map, expected) in [(0, [0x12, 0x34]), (1, [0x12, 0x34]), (2, [0x56, 0x78]), (3, [0x56, 0x78])] {
        rig.set(GRAPHICS, 0x04, map);
        assert_eq!([rig.peek(0xb_8000), rig.peek(0xb_8001)], expected, "map {map}");
    }
}

#[test]
fn the_font_is_loaded_by_plain_access_to_plane_2() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.set(SEQUENCER, 0x02, 0x04);
    rig.set(SEQUENCER, 0x04, 0x07);
    rig.set(GRAPHICS, 0x04, 0x02);
    rig.set(GRAPHICS, 0x05, 0x00);
    rig.set(GRAPHICS, 0x06, 0x04);
    for offset in 0..0x40 {
        rig.poke(0xa_0000 + offset, offset as u8);
    }
    for offset in 0..0x40 {
        assert_eq!(*rig.plane(2, offset), offset as u8);
        assert_eq!(rig.peek(0xa_0000 + u32::from(offset)), offset as u8);
        assert_eq!(*rig.plane(0, offset) | *rig.plane(1, offset) | *rig.plane(3, offset), 0);
    }
}

#[test]
fn the_window_is_where_the_memory_map_bits_say() {
    for (map, window) in
        [(0x00, 0xa_0000..0xc_0000), (0x04, 0xa_0000..0xb_0000), (0x08, 0xb_0000..0xb_8000), (0x0c, 0xb_8000..0xc_0000)]
    {
        let mut rig = Rig::in_mode(&MODE_12);
        rig.set(GRAPHICS, 0x06, 0x01 | map);
        for address in (0xa_0000..0xc_0000).step_by(0x3ff) {
            rig.vram.fill(0);
            rig.poke(address, 0x5a);
            let is_inside = window.contains(&address);
            assert_eq!(rig.peek(address), if is_inside { 0x5a } else { 0xff }, "map {map:02x} {address:05x}");
            assert_eq!(rig.vram.iter().any(|byte| *byte != 0), is_inside, "map {map:02x} {address:05x}");
        }
    }
}

#[test]
fn the_128_kib_window_puts_address_bit_16_into_odd_even_offsets() {
    let mut rig = Rig::in_mode(&MODE_07);
    rig.set(GRAPHICS, 0x06, 0x02);
    rig.poke(0xa_0004, 1);
    rig.poke(0xa_0005, 2);
    rig.poke(0xb_0004, 3);
    rig.poke(0xb_0005, 4);
    assert_eq!([(0, 4), (1, 4), (0, 5), (1, 5)].map(|(plane, offset)| *rig.plane(plane, offset)), [1, 2, 3, 4]);
}

#[test]
fn without_ram_enable_the_cpu_reaches_nothing() {
    let mut rig = Rig::in_mode(&MODE_12);
    rig.output(0x3c2, MODE_12.misc_output & !0x02);
    rig.poke(0xa_0000, 0x5a);
    assert_eq!(rig.peek(0xa_0000), 0xff);
    assert!(rig.vram.iter().all(|byte| *byte == 0));
}

#[test]
fn reads_by_colour_compare_find_the_dots_of_a_colour() {
    let mut rig = Rig::in_mode(&MODE_12);
    for (plane, byte) in (0..).zip([0b1111_0000, 0b1100_1100, 0b1010_1010, 0b0000_0000]) {
        *rig.plane(plane, 7) = byte;
    }
    rig.set(GRAPHICS, 0x05, 0x08);
    rig.set(GRAPHICS, 0x02, 0b0101);
    assert_eq!(rig.peek(0xa_0007), 0b0010_0000);
    rig.set(GRAPHICS, 0x07, 0b0001);
    assert_eq!(rig.peek(0xa_0007), 0b1111_0000);
    rig.set(GRAPHICS, 0x07, 0b0000);
    assert_eq!(rig.peek(0xa_0007), 0xff);
}

#[test]
fn write_mode_1_copies_all_planes_through_the_latches() {
    let mut rig = Rig::in_mode(&MODE_12);
    for plane in 0..4 {
        *rig.plane(plane, 0x10) = 0x11 * (plane + 1);
    }
    rig.set(GRAPHICS, 0x05, 0x01);
    rig.peek(0xa_0010);
    rig.poke(0xa_0020, 0xff);
    assert_eq!([0, 1, 2, 3].map(|plane| *rig.plane(plane, 0x20)), [0x11, 0x22, 0x33, 0x44]);
}

/// One bit of one plane, by the words of the manual.
fn written_bit(registers: &[u8; 9], plane: u32, bit: u32, cpu: u8, latch: bool) -> bool {
    let [set_reset, enable, _, rotate, _, mode, _, _, mask] = *registers;
    let of = |value: u8, bit: u32| value >> bit & 1 != 0;
    let rotated = of(cpu, (bit + u32::from(rotate & 7)) % 8);
    let (data, unmasked) = match mode & 3 {
        0 if of(enable, plane) => (of(set_reset, plane), of(mask, bit)),
        0 => (rotated, of(mask, bit)),
        1 => return latch,
        2 => (of(cpu, plane), of(mask, bit)),
        _ => (of(set_reset, plane), of(mask, bit) && rotated),
    };
    let result = match rotate >> 3 & 3 {
        0 => data,
        1 => data && latch,
        2 => data || latch,
        _ => data != latch,
    };
    if unmasked { result } else { latch }
}

#[test]
fn all_write_modes_agree_with_a_model_of_single_bits() {
    let mut rig = Rig::in_mode(&MODE_12);
    let mut random = Random::new(2);
    for _ in 0..5000 {
        let mut registers: [u8; 9] = std::array::from_fn(|_| random.byte());
        registers[5] &= 0x03;
        registers[6] = 0x05;
        for (index, value) in (0..).zip(registers) {
            rig.set(GRAPHICS, index, value);
        }
        let map_mask = random.byte() & 0x0f;
        rig.set(SEQUENCER, 0x02, map_mask);
        let latches: [u8; 4] = std::array::from_fn(|_| random.byte());
        let memory: [u8; 4] = std::array::from_fn(|_| random.byte());
        for plane in 0..4 {
            *rig.plane(plane, 0x100) = latches[usize::from(plane)];
            *rig.plane(plane, 0x200) = memory[usize::from(plane)];
        }
        rig.peek(0xa_0100);
        let cpu = random.byte();
        rig.poke(0xa_0200, cpu);
        for plane in 0..4 {
            let at = plane as usize;
            let expected = (0..8).fold(0, |byte, bit| {
                byte | u8::from(written_bit(&registers, plane, bit, cpu, latches[at] >> bit & 1 != 0)) << bit
            });
            let expected = if map_mask >> plane & 1 != 0 { expected } else { memory[at] };
            assert_eq!(*rig.plane(plane as u8, 0x200), expected, "plane {plane}, registers {registers:02x?}");
        }
    }
}

#[test]
fn video_memory_that_is_too_short_reads_as_ones_and_ignores_writes() {
    let mut rig = Rig::in_mode(&MODE_12);
    rig.vram.truncate(10);
    rig.poke(0xa_0000, 0x5a);
    assert_eq!(rig.peek(0xa_0000), 0x5a);
    rig.poke(0xa_0001, 0x5a);
    rig.poke(0xa_0008, 0x5a);
    assert_eq!(rig.peek(0xa_0008), 0xff);
    rig.frame();
}
