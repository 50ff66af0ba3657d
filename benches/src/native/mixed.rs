//! `mixed16`, `mixpg16` and `selfmod`. The host's code lies far from its data; it cannot change, so that what the
//! guest patches is data here.

use super::{mix, with_low};
use std::hint::black_box;

/// What lies beside the guest's code.
#[derive(Default)]
struct Variables {
    seed: u16,
    total: u16,
    count: u16,
    marks: [u8; 8],
}

/// `guests/mixed16.asm` and `guests/mixpg16.asm`, which do the same.
#[must_use]
pub fn mixed16(rounds: u32) -> u32 {
    let mut variables = Variables { seed: 0x1d0f, ..Variables::default() };
    let mut sum = 0;
    for _ in 0..rounds {
        for _ in 0..60_000 {
            pass(black_box(&mut variables));
        }
        sum = [variables.seed, variables.total, variables.count].into_iter().fold(sum, mix);
    }
    sum
}

fn pass(v: &mut Variables) {
    let carry = v.seed & 0x8000 != 0;
    v.seed <<= 1;
    if carry {
        v.seed ^= 0x1021;
        v.count = v.count.wrapping_add(1);
    }
    v.total = v.total.wrapping_add(v.seed);
    let mark = &mut v.marks[usize::from(v.seed & 7)];
    *mark = mark.wrapping_add(1);
    if *mark & 7 == 0 {
        v.total = v.total.rotate_left(1).wrapping_add(u16::from(*mark));
        v.count = with_low(v.count, v.count as u8 ^ *mark);
    }
}

/// What the guest writes as code.
#[derive(Clone, Copy, Default)]
struct Operation {
    code: u8,
    operand: u16,
}

/// `guests/selfmod.asm`.
#[must_use]
pub fn selfmod(rounds: u32) -> u32 {
    let (mut ax, mut immediate, mut sum) = (0x4321_u16, 0x1234_u16, 0);
    for _ in 0..rounds {
        let mut dx = 0_u16;
        for _ in 0..6000 {
            ax = ax.wrapping_add(immediate);
            dx = (dx ^ ax).rotate_left(1);
            immediate = black_box(ax.wrapping_add(dx));
        }
        for _ in 0..40 {
            let mut routine = [Operation::default(); 8];
            let mut carry = false;
            for operation in &mut routine {
                *operation = Operation { code: ax as u8 & 3, operand: ax };
                (ax, carry) = ax.rotate_left(3).overflowing_add(0x2f65);
            }
            for _ in 0..50 {
                for operation in black_box(&routine) {
                    (ax, carry) = operation.apply(ax, carry);
                }
            }
        }
        dx ^= ax;
        sum = mix(sum, dx);
    }
    sum
}

impl Operation {
    /// AX and carry after it.
    fn apply(self, ax: u16, carry: bool) -> (u16, bool) {
        match self.code {
            0 => ax.overflowing_add(self.operand),
            1 => (ax ^ self.operand, false),
            2 => ax.overflowing_sub(self.operand),
            _ => {
                let sum = u32::from(ax) + u32::from(self.operand) + u32::from(carry);
                (sum as u16, sum > 0xffff)
            }
        }
    }
}
