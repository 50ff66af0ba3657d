//! `prot32`: each load of a segment and each transfer of the guest is a look into a table or a call here.

use super::{mix, with_low};
use std::hint::black_box;

/// A variable and two constants.
#[derive(Clone, Copy)]
struct Cell {
    variable: u32,
    constants: [u32; 2],
}

/// `guests/prot32.asm`.
#[must_use]
pub fn prot32(rounds: u32) -> u32 {
    let mut cells: [Cell; 8] = std::array::from_fn(|number| {
        let constant = number as u32 * 0x0101_0101 + 1;
        Cell { variable: 0, constants: [constant, !constant] }
    });
    let mut sum = 0;
    for _ in 0..rounds {
        let total = load(&mut cells, sum);
        let mut total = (1..=24_000).rev().fold(total, |value, count| rotate(add(value, count)));
        for count in (1..=16_000).rev() {
            let value = interrupt(total.wrapping_add(count), count);
            total = value.wrapping_add(value & 1);
        }
        let mut bias = 0;
        for count in (1..=12_000).rev() {
            total = add(through_gate(inner(total, &mut bias), count), count);
        }
        sum = mix(sum, total);
    }
    sum
}

fn load(cells: &mut [Cell; 8], total: u32) -> u32 {
    let mut total = total;
    for count in (1..=24_000_usize).rev() {
        let cell = &mut cells[black_box(count % 8)];
        cell.variable = cell.variable.wrapping_add(total).rotate_left(3);
        total ^= cell.variable;
        total = total.wrapping_add(cells[7 - count % 8].constants[count % 2]);
    }
    total
}

#[inline(never)]
fn add(value: u32, count: u32) -> u32 {
    let word = (value as u16).wrapping_add(count as u16);
    value & 0xffff_0000 | u32::from(with_low(word, word as u8 ^ 0x5a))
}

#[inline(never)]
fn rotate(value: u32) -> u32 {
    value.rotate_left(1)
}

#[inline(never)]
fn interrupt(value: u32, count: u32) -> u32 {
    value.wrapping_mul(3) ^ count
}

#[inline(never)]
fn inner(value: u32, bias: &mut u32) -> u32 {
    let turned = value.wrapping_add(*bias).rotate_left(5);
    *bias += 1;
    turned
}

#[inline(never)]
fn through_gate(value: u32, count: u32) -> u32 {
    value ^ count
}
