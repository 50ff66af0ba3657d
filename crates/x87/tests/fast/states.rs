//! Units in random states: all kinds of numbers, controls and tags, most often such that a program could compute.

use beige_testkit::Random;
use beige_x87::{Context, F80, Fpu, Generation, Layout, Transfer};

pub(crate) fn context() -> Context {
    Context { fip: 0x0123_4567, fcs: 0x89ab, fdp: 0xcdef_0123, fds: 0x4567, flags: 0, layout: Layout::Protected32 }
}

/// One of the patterns that roundings, carries and borrows depend on.
fn pattern(random: &mut Random) -> u64 {
    let bits = match random.below(10) {
        0 => 0,
        1 => u64::MAX,
        2 => 1 << random.below(64),
        3 => u64::MAX << random.below(64),
        4 => u64::MAX >> random.below(64),
        5 => random.next_u64() & random.next_u64() & random.next_u64(),
        6 => random.next_u64() << 40,
        7 => random.next_u64() << 11,
        _ => random.next_u64(),
    };
    // Next to a tie of 64, 53 or 24 bits.
    match random.below(4) {
        0 => bits ^ 1 << [0, 10, 11, 39, 40][random.below(5) as usize],
        1 => bits.wrapping_add(random.below(3)).wrapping_sub(1),
        _ => bits,
    }
}

/// Any bits of a register, most often a normal number of a moderate size.
fn number(random: &mut Random, near: u16) -> F80 {
    let sign = random.below(2) != 0;
    let exponent = match random.below(24) {
        0 => return F80 { sign_exponent: random.next_u64() as u16, significand: random.next_u64() },
        1 => return F80::new(sign, 0x7fff, pattern(random)),
        2 => return F80::new(sign, 0, pattern(random)),
        3 | 4 => return F80::zero(sign),
        5 => 1 + random.below(4) as u16,
        6 => 0x7ffe - random.below(4) as u16,
        7 => 0x1ffe + random.below(4) as u16,
        8 => 0x5ffd + random.below(4) as u16,
        9 => random.below(0x7fff) as u16,
        10 => 0x3fff - 128 + random.below(256) as u16,
        11 => 0x3fff + [127, 128, 1023, 1024][random.below(4) as usize],
        12 => 0x3fff - [126, 127, 150, 1022, 1023][random.below(5) as usize],
        13 | 14 => near.wrapping_add(60 + random.below(12) as u16) & 0x7fff,
        15..18 => near,
        _ => near.wrapping_add(random.below(8) as u16) & 0x7fff,
    };
    F80::new(sign, exponent, pattern(random) | 1 << 63)
}

/// A unit, through the image of FXRSTOR.
pub(crate) fn unit(generation: Generation, random: &mut Random) -> Fpu {
    let mut image = [0; 512];
    let mode = match random.below(4) {
        0 => 0x0300,
        1 => 0x0200,
        _ => (random.next_u64() & 0x0f00) as u16,
    };
    // Most often all are masked, or the one that nearly every result raises is.
    let masks = match random.below(4) {
        0 => random.byte() & 0x3f,
        1 => random.byte() | 0x20,
        _ => 0x3f,
    };
    let control = mode | u16::from(masks & 0x3f) | random.next_u64() as u16 & 0x1000;
    let exceptions = if random.below(4) == 0 { random.byte() } else { 0x20 & random.byte() };
    let status = (random.next_u64() as u16 & 0x7f00) | u16::from(exceptions & 0x7f);
    image[0..2].copy_from_slice(&control.to_le_bytes());
    image[2..4].copy_from_slice(&status.to_le_bytes());
    // The register that the next push takes is empty more often than the others.
    let top = status >> 11 & 7;
    let free = 1_u8 << (top.wrapping_sub(1) & 7);
    image[4] = match random.below(4) {
        0 => random.byte(),
        1 => !free & !(random.byte() & random.byte() & random.byte()),
        2 => 0xff,
        _ => !free,
    };
    let near = if random.below(3) == 0 { random.next_u64() as u16 & 0x7fff } else { 0x3fff };
    for register in image[32..160].chunks_mut(16) {
        register[..10].copy_from_slice(&number(random, near).to_bytes());
    }
    let mut fpu = Fpu::new(generation);
    fpu.fxrstor(&image);
    fpu
}

/// Bytes of memory that are often a number as such an instruction reads it.
pub(crate) fn operand(random: &mut Random, transfer: Transfer) -> [u8; 10] {
    let mut bytes = number(random, 0x3fff).to_bytes();
    let sign = random.next_u64() & 1 << 63;
    match transfer {
        Transfer::Read(8) if random.below(4) != 0 => {
            let exponent = match random.below(8) {
                0 => 0,
                1 => 0x7ff,
                2 => 1,
                3 => random.below(0x800),
                _ => 0x3ff - 32 + random.below(64),
            };
            let fraction = pattern(random) >> 12;
            bytes[..8].copy_from_slice(&(sign | exponent << 52 | fraction).to_le_bytes());
        }
        Transfer::Read(4) if random.below(4) != 0 => {
            let exponent = match random.below(8) {
                0 => 0,
                1 => 0xff,
                2 => 1,
                3 => random.below(0x100),
                _ => 0x7f - 32 + random.below(64),
            };
            let fraction = pattern(random) >> 41;
            bytes[..4].copy_from_slice(&((sign >> 32 | exponent << 23 | fraction) as u32).to_le_bytes());
        }
        // A control word.
        Transfer::Read(2) if random.below(2) != 0 => bytes[0] |= 0x3f,
        _ => {}
    }
    bytes
}
