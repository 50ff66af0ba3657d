//! `int16` and `mem16`.

use super::{low, mix};

/// `guests/int16.asm`.
#[must_use]
pub fn int16(rounds: u32) -> u32 {
    let (mut ax, mut bx, mut dx, mut si, mut bp) = (0x1234_u16, 0x9abc_u16, 0xdef1_u16, 0_u16, 0_u16);
    for _ in 0..rounds {
        for _ in 0..52_000 {
            ax = ax.wrapping_add(bx);
            dx ^= ax;
            ax = ax.rotate_left(3);
            let (difference, borrow) = bx.overflowing_sub(dx);
            bx = difference;
            ax = ax.wrapping_add(0x3039).wrapping_add(u16::from(borrow));
            if ax & 0x10 != 0 {
                si = si.wrapping_add(7);
                bx ^= ax >> 8;
            }
            let product = u32::from(ax) * u32::from(si);
            ax = product as u16 ^ (product >> 16) as u16;
            si = si.wrapping_add(dx >> 2);
            if si <= 0x9000 {
                bp = bp.wrapping_add(1);
                let high = ((ax >> 8) as u8).wrapping_sub(low(bx)).wrapping_sub(u8::from(si < 0x9000));
                ax = ax & 0xff | u16::from(high) << 8;
            }
            dx = !dx;
        }
    }
    [ax, dx, si, bp].into_iter().fold(u32::from(bx), mix)
}

const CANDIDATES: usize = 32_000;
const NODES: usize = 8192;

/// `guests/mem16.asm`.
#[must_use]
pub fn mem16(rounds: u32) -> u32 {
    let mut flags = vec![0_u8; CANDIDATES];
    let mut copy = vec![0_u8; CANDIDATES];
    let mut list: Vec<(u16, u16)> = (0..NODES)
        .map(|node| {
            let next = ((node + 2731) % NODES * 4) as u16;
            (next, next.wrapping_mul(31_421).wrapping_add(6927))
        })
        .collect();
    let mut sum = 0;
    for _ in 0..rounds {
        for _ in 0..4 {
            sieve(&mut flags);
            copy.copy_from_slice(&flags);
        }
        let mut dx = copy[2..].iter().fold(0_u16, |count, flag| count.wrapping_add(u16::from(*flag)));
        let mut at = 0;
        for _ in 0..NODES * 2 {
            let (next, value) = &mut list[at];
            dx = dx.wrapping_add(*value);
            *value = value.wrapping_add(1);
            at = usize::from(*next / 4);
        }
        sum = mix(sum, dx);
    }
    sum
}

fn sieve(flags: &mut [u8]) {
    flags.fill(1);
    for number in 2..=178 {
        if flags[number] != 0 {
            for multiple in flags.iter_mut().skip(number * 2).step_by(number) {
                *multiple = 0;
            }
        }
    }
}
