//! Many accesses at once against as many single ones.

use crate::modes::{MODE_03, MODE_12, MODE_13};
use crate::rig::{GRAPHICS, Rig, SEQUENCER};
use beige_testkit::Random;

/// A mode, and registers of the CPU's path as they may be.
fn somehow(random: &mut Random) -> Rig {
    let mode = [&MODE_12, &MODE_12, &MODE_12, &MODE_13, &MODE_03][random.below(5) as usize];
    let mut rig = Rig::in_mode(mode);
    if random.below(4) != 0 {
        rig.set(SEQUENCER, 0x02, random.byte());
    }
    if random.below(4) == 0 {
        rig.set(SEQUENCER, 0x04, random.byte());
    }
    for index in [0, 1, 2, 3, 4, 7, 8] {
        if random.below(2) == 0 {
            rig.set(GRAPHICS, index, random.byte());
        }
    }
    let write_and_read_mode = random.byte() & 0x0b;
    rig.set(GRAPHICS, 0x05, write_and_read_mode | if random.below(8) == 0 { 0x10 } else { 0 });
    if random.below(3) == 0 {
        rig.set(GRAPHICS, 0x06, random.byte());
    }
    rig.vram.iter_mut().for_each(|byte| *byte = random.byte());
    rig.peek(0xa_0000 + random.below(0x2_0000) as u32);
    rig
}

/// A place of an access, often near the end of a window or a plane.
fn place(random: &mut Random) -> u32 {
    match random.below(4) {
        0 => [0x7f80, 0xff80, 0x1_0000, 0x1_7f81, 0x1_8000, 0x1_ff82, 0x1_ffff][random.below(7) as usize],
        _ => random.below(0x2_0000) as u32,
    }
}

/// Each element with the bytes of its own place, as the single accesses of the board.
fn each(element: u32, count: u32, mut act: impl FnMut(u32, u32)) {
    for number in 0..count {
        for byte in 0..element {
            act(number * element + byte, byte);
        }
    }
}

#[test]
fn blocks_equal_their_single_accesses_in_every_mode() {
    let mut random = Random::new(5);
    for round in 0..2500 {
        let mut one = somehow(&mut random);
        let (mut many_vga, mut many_vram) = (one.vga.clone(), one.vram.clone());
        let element = 1 << random.below(3) as u32;
        let most = if random.below(3) == 0 { 1500 } else { 12 };
        let count = random.below(most) as u32;
        let (from, to) = (place(&mut random), place(&mut random));
        let to = if random.below(3) == 0 { from.wrapping_add(random.below(9) as u32).wrapping_sub(4) } else { to };
        let value =
            if random.below(2) == 0 { 0x0101_0101 * u32::from(random.byte()) } else { random.next_u64() as u32 };
        match round % 4 {
            0 => {
                let bytes = value.to_le_bytes();
                each(element, count, |at, byte| {
                    one.vga.mem_write(&mut one.vram, to.wrapping_add(at), bytes[byte as usize]);
                });
                many_vga.mem_fill(&mut many_vram, to, element as usize, value, count);
            }
            1 => {
                let mut read = [0; 4];
                for number in 0..count {
                    let at = number * element;
                    for byte in 0..element {
                        read[byte as usize] = one.vga.mem_read(&one.vram, from.wrapping_add(at + byte));
                    }
                    for byte in 0..element {
                        one.vga.mem_write(&mut one.vram, to.wrapping_add(at + byte), read[byte as usize]);
                    }
                }
                many_vga.mem_copy(&mut many_vram, from, to, element as usize, count);
            }
            2 => {
                let bytes: Vec<u8> = (0..count * element).map(|_| random.byte()).collect();
                each(element, count, |at, _| {
                    one.vga.mem_write(&mut one.vram, to.wrapping_add(at), bytes[at as usize]);
                });
                many_vga.mem_store(&mut many_vram, to, &bytes);
            }
            _ => {
                let mut bytes = vec![0; (count * element) as usize];
                many_vga.mem_load(&many_vram, from, &mut bytes);
                each(element, count, |at, _| {
                    assert_eq!(one.vga.mem_read(&one.vram, from.wrapping_add(at)), bytes[at as usize]);
                });
            }
        }
        assert!(one.vga == many_vga, "round {round}: registers");
        let place = one.vram.iter().zip(&many_vram).position(|(one, many)| one != many);
        assert_eq!(place, None, "round {round}: {count} of {element} bytes from {from:05x} to {to:05x}");
    }
}

#[test]
fn blocks_in_video_memory_that_is_too_short_write_what_there_is() {
    let mut rig = Rig::in_mode(&MODE_12);
    rig.vram.truncate(10);
    rig.vga.mem_fill(&mut rig.vram, 0, 1, 0xff, 0x1000);
    assert_eq!(rig.vram, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
    rig.vga.mem_copy(&mut rig.vram, 0, 4, 1, 0x1_0000);
    rig.vga.mem_fill(&mut rig.vram, u32::MAX, 4, 0, 0x4_0000);
}

#[test]
fn copies_by_the_latches_over_each_other_equal_single_accesses() {
    let mut random = Random::new(6);
    for (from, to) in [(0x500, 0x280), (0x280, 0x500), (0x104, 0x100), (0x100, 0x104), (0x107, 0x103), (9, 0x4001)] {
        for map_mask in [0x0f, 0x05] {
            for count in [1, 2, 3, 4, 5, 7, 1000] {
                let mut rig = Rig::in_mode(&MODE_12);
                rig.set(GRAPHICS, 0x05, 0x01);
                rig.set(SEQUENCER, 0x02, map_mask);
                rig.vram.iter_mut().for_each(|byte| *byte = random.byte());
                let (mut vga, mut vram) = (rig.vga.clone(), rig.vram.clone());
                vga.mem_copy(&mut vram, from, to, 1, count);
                for number in 0..count {
                    let value = rig.peek(0xa_0000 + from + number);
                    rig.poke(0xa_0000 + to + number, value);
                }
                let is_same = vga == rig.vga && vram == rig.vram;
                assert!(is_same, "{count} bytes from {from:x} to {to:x}, planes {map_mask:x}");
            }
        }
    }
}
