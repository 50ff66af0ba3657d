//! `call16`: each call of the guest is one here.

use super::{mix, with_low};
use std::hint::black_box;

/// `guests/call16.asm`.
#[must_use]
pub fn call16(rounds: u32) -> u32 {
    let mut sum = 0;
    for _ in 0..rounds {
        let mut total = fibonacci(black_box(20));
        let mut bx = total;
        for count in (1..=16_000).rev() {
            bx = rotate_far(add_far(bx, count));
        }
        total = bx;
        for count in (1..=12_000).rev() {
            total = handler(total, count);
        }
        total = push_and_pop(total);
        sum = mix(sum, total);
    }
    sum
}

#[inline(never)]
fn fibonacci(number: u16) -> u16 {
    if number < 2 { number } else { fibonacci(number - 1).wrapping_add(fibonacci(number - 2)) }
}

#[inline(never)]
fn add_far(value: u16, count: u16) -> u16 {
    let value = value.wrapping_add(count);
    with_low(value, value as u8 ^ 0x5a)
}

#[inline(never)]
fn rotate_far(value: u16) -> u16 {
    value.rotate_left(1)
}

#[inline(never)]
fn handler(total: u16, count: u16) -> u16 {
    total.wrapping_mul(3).wrapping_add(count)
}

fn push_and_pop(total: u16) -> u16 {
    let (mut ax, mut bx, mut si) = (total, 0x5555_u16, 0_u16);
    for _ in 0..9000 {
        (ax, bx) = black_box((bx, ax));
        let (added, carry) = ax.overflowing_add(7);
        ax = added;
        bx = bx.wrapping_add(3).wrapping_add(u16::from(carry));
        si = nested(si, ax);
    }
    total.wrapping_add(ax ^ bx).wrapping_add(si)
}

#[inline(never)]
fn nested(si: u16, ax: u16) -> u16 {
    two(one(si), ax)
}

#[inline(never)]
fn one(si: u16) -> u16 {
    si.wrapping_add(1)
}

#[inline(never)]
fn two(si: u16, ax: u16) -> u16 {
    si ^ ax
}
