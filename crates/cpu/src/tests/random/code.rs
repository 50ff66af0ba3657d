//! Random code: any bytes, but most of them instructions whose rules are worth a test.

use beige_testkit::Random;

use crate::Model;

/// Opcodes with ModRM or without; what follows is random.
static COMMON: [&[u8]; 73] = [
    // Arithmetic, moves, the stack.
    &[0x01],
    &[0x03],
    &[0x29],
    &[0x31],
    &[0x39],
    &[0x83],
    &[0x81],
    &[0x88],
    &[0x89],
    &[0x8a],
    &[0x8b],
    &[0x8d],
    &[0xa1],
    &[0xa3],
    &[0xc1],
    &[0xd3],
    &[0xf7],
    &[0xff],
    &[0xfe],
    &[0x86],
    &[0x87],
    &[0xc7],
    &[0x50],
    &[0x54],
    &[0x58],
    &[0x5c],
    &[0x60],
    &[0x61],
    &[0x68],
    &[0x6a],
    &[0x8f],
    &[0xc8],
    &[0xc9],
    &[0xd7],
    &[0x62],
    &[0xcc],
    // Strings.
    &[0xa4],
    &[0xa5],
    &[0xaa],
    &[0xab],
    &[0xac],
    &[0xa7],
    &[0xaf],
    &[0x6c],
    &[0x6f],
    // Flags, ports, jumps.
    &[0x9c],
    &[0x9d],
    &[0xfa],
    &[0xfb],
    &[0xfc],
    &[0xfd],
    &[0x9e],
    &[0xe4],
    &[0xec],
    &[0xee],
    &[0xe7],
    &[0x75],
    &[0xe2],
    &[0xe8],
    &[0xeb],
    &[0xc3],
    &[0xc2],
    // Two-byte ones.
    &[0x0f, 0xb6],
    &[0x0f, 0xbf],
    &[0x0f, 0xa3],
    &[0x0f, 0xab],
    &[0x0f, 0xba],
    &[0x0f, 0xa4],
    &[0x0f, 0xaf],
    &[0x0f, 0xc1],
    &[0x0f, 0xc7],
    &[0x0f, 0x44],
    &[0x0f, 0x94],
];

/// Segments, gates and the system.
static SYSTEM: [&[u8]; 53] = [
    &[0x8e],
    &[0x8e],
    &[0x8c],
    &[0x06],
    &[0x07],
    &[0x16],
    &[0x17],
    &[0x1e],
    &[0x1f],
    &[0xc4],
    &[0xc5],
    &[0x63],
    &[0x0f, 0xb2],
    &[0x0f, 0xb4],
    &[0x0f, 0xb5],
    &[0x0f, 0xa1],
    &[0x0f, 0xa9],
    &[0xcb],
    &[0xca],
    &[0xcf],
    &[0xcf],
    &[0xcd],
    &[0xce],
    &[0xf1],
    &[0xf4],
    &[0x9b],
    &[0x0f, 0x00],
    &[0x0f, 0x00],
    &[0x0f, 0x01],
    &[0x0f, 0x02],
    &[0x0f, 0x03],
    &[0x0f, 0x06],
    &[0x0f, 0x08],
    &[0x0f, 0x20],
    &[0x0f, 0x21],
    &[0x0f, 0x23],
    &[0x0f, 0x24],
    &[0x0f, 0x26],
    &[0x0f, 0xa2],
    &[0x0f, 0x30],
    &[0x0f, 0x31],
    &[0x0f, 0x32],
    &[0x0f, 0x33],
    &[0x0f, 0x34],
    &[0x0f, 0x35],
    &[0x0f, 0xae],
    &[0x0f, 0x77],
    &[0x0f, 0x6f],
    &[0x0f, 0x7f],
    &[0x0f, 0xfc],
    &[0xff, 0x1e],
    &[0xff, 0x2e],
    &[0xff, 0x3e],
];

/// A selector, most often of something that is there.
pub(super) fn selector(random: &mut Random) -> u16 {
    let index = match random.below(8) {
        0 => random.below(0x2000),
        1 => 0,
        2 => random.below(48),
        _ => 1 + random.below(17),
    } as u16;
    let table = u16::from(random.below(10) == 0) * 4;
    index << 3 | table | random.below(4) as u16
}

/// An offset, often near an edge.
pub(super) fn offset(random: &mut Random) -> u32 {
    let near = random.below(9) as u32;
    match random.below(8) {
        0 => random.next_u64() as u32,
        1 => 0xfffc + near,
        2 => (random.below(16) as u32 * 0x1000 + 0xffc) + near,
        3 => 0xffff_fff8_u32.wrapping_add(near),
        _ => random.below(0x8000) as u32,
    }
}

/// Fills `code` with instructions.
pub(super) fn fill(random: &mut Random, model: Model, code: &mut [u8]) {
    let mut bytes = Vec::with_capacity(code.len() + 32);
    while bytes.len() < code.len() {
        push_instruction(random, model, &mut bytes);
    }
    let count = code.len();
    code.copy_from_slice(&bytes[..count]);
}

pub(super) fn push_instruction(random: &mut Random, model: Model, bytes: &mut Vec<u8>) {
    let dice = random.next_u64();
    let wide = model >= Model::I80386;
    for (chance, prefix) in [(6, 0x66), (12, 0x67)] {
        if wide && random.below(chance) == 0 {
            bytes.push(prefix);
        }
    }
    if dice & 0xf == 0 {
        bytes.push([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf2, 0xf3][(dice >> 4 & 7) as usize]);
    }
    if dice >> 8 & 0x3f == 0 {
        bytes.push(0xf0);
    }
    match dice >> 16 & 15 {
        0..=2 => bytes.push((dice >> 24) as u8),
        3 | 4 => bytes.extend([0x0f, (dice >> 24) as u8]),
        5 => bytes.extend([0xd8 + (dice >> 24 & 7) as u8]),
        // Far jumps and calls, 16 or 32 bits by the size of the segment, which is not known here.
        6 => {
            bytes.push(if dice >> 24 & 1 == 0 { 0xea } else { 0x9a });
            let target = offset(random) & 0x7fff;
            let count = if dice >> 25 & 1 == 0 { 2 } else { 4 };
            bytes.extend(&target.to_le_bytes()[..count]);
            bytes.extend(selector(random).to_le_bytes());
            return;
        }
        // MOV of an immediate, so that later instructions find something.
        7 => {
            bytes.push(0xb8 + (dice >> 24 & 7) as u8);
            bytes.extend(value(random).to_le_bytes());
            return;
        }
        // Writes of control and debug registers, rarely: most values end the episode soon.
        8 if dice >> 24 & 3 == 0 => bytes.extend([0x0f, if dice >> 26 & 1 == 0 { 0x22 } else { 0x23 }]),
        8..=11 => bytes.extend(SYSTEM[(dice >> 32) as usize % SYSTEM.len()]),
        _ => bytes.extend(COMMON[(dice >> 32) as usize % COMMON.len()]),
    }
    push_operands(random, bytes);
}

/// ModRM, a displacement and an immediate, for whatever takes them.
fn push_operands(random: &mut Random, bytes: &mut Vec<u8>) {
    let modrm = random.byte();
    match random.below(4) {
        0 | 1 => bytes.push(modrm | 0xc0),
        // A displacement of 16 bits; one of 32 in a wide segment.
        2 => {
            bytes.push(modrm & 0x38 | if random.below(2) == 0 { 6 } else { 5 });
            let offset = offset(random);
            let count = if random.below(2) == 0 { 2 } else { 4 };
            bytes.extend(&offset.to_le_bytes()[..count]);
        }
        _ => bytes.push(modrm),
    }
    if random.below(3) == 0 {
        bytes.extend(&random.next_u64().to_le_bytes()[..1 + random.below(3) as usize]);
    }
}

/// What a general register may hold.
pub(super) fn value(random: &mut Random) -> u32 {
    match random.below(8) {
        0 => random.next_u64() as u32,
        1 | 2 => u32::from(selector(random)),
        3 => [0x10, 0x174, 0x175, 0x176, 0x200, 0xc1, 0x12, 1][random.below(8) as usize],
        4 => 0x8000_0000 >> random.below(32),
        _ => offset(random),
    }
}
