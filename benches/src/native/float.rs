//! `fpu` and `fpu53`. The bulk is the host's double precision, which gives the same counts and integers; the short
//! series at the end needs all eighty bits and goes through the arithmetic of the x87.

use super::mix;
use beige_x87::arithmetic::{add, divide, multiply, square_root};
use beige_x87::{Control, F80, Generation};

const COLUMNS: i32 = 60;
const ROWS: i32 = 42;
const DEPTH: u32 = 24;

/// `guests/fpu.asm`.
#[must_use]
pub fn fpu(rounds: u32) -> u32 {
    work(rounds, 0x037f)
}

/// `guests/fpu53.asm`.
#[must_use]
pub fn fpu53(rounds: u32) -> u32 {
    work(rounds, 0x027f)
}

fn work(rounds: u32, control: u16) -> u32 {
    let pictures = (1..=rounds).rev().fold(0, |sum, round| {
        let step = (1.0 / (f64::from(round) + 16.0)) as f32;
        let counted = mandelbrot(f64::from(step));
        mix(mix(sum, counted), roots())
    });
    series(pictures, &Control::new(control, Generation::I80387))
}

fn mandelbrot(step: f64) -> u32 {
    let mut counted = 0_u32;
    for row in -(ROWS / 2)..ROWS / 2 {
        for column in -(COLUMNS * 2 / 3)..COLUMNS / 3 {
            let left = remaining(f64::from(column) * step, f64::from(row) * step);
            counted = counted.wrapping_add(left).rotate_left(1);
        }
    }
    counted
}

/// How many steps are left when the point escapes.
fn remaining(cx: f64, cy: f64) -> u32 {
    let (mut x, mut y) = (0.0, 0.0);
    for left in (1..=DEPTH).rev() {
        let (x2, y2) = (x * x, y * y);
        if y2 + x2 > 4.0 {
            return left;
        }
        let xy = x * y;
        x = x2 - y2 + cx;
        y = xy + xy + cy;
    }
    0
}

fn roots() -> u32 {
    let mut sum = 0.0_f64;
    for number in 1..=7000_u32 {
        let root = f64::from(number).sqrt();
        let part = root * 0.333_333_333_333_333_3 / (f64::from(number) + 0.5);
        let distance = (1.0 - root).abs();
        let middle = (distance + f64::from(distance as f32)) * 0.5;
        sum += part;
        sum += middle - part;
    }
    (sum * 16.0).round_ties_even() as i32 as u32
}

fn series(sum: u32, control: &Control) -> u32 {
    let (factor, divisor) = (exact(3.7), exact(1.1));
    let (mut sum, mut value) = (sum, exact(1.0));
    for number in 1..=500_u32 {
        value = multiply(value, factor, control).value;
        value = add(value, exact(f64::from(number)), control).value;
        value = divide(square_root(value, control).value, divisor, control).value;
        sum = mix(mix(sum, value.significand as u32), (value.significand >> 32) as u32);
        sum = mix(sum, value.sign_exponent);
    }
    sum
}

/// A normal positive double in eighty bits.
fn exact(double: f64) -> F80 {
    let bits = double.to_bits();
    let exponent = (bits >> 52) as u16 - 1023 + 0x3fff;
    F80::new(false, exponent, 1 << 63 | bits << 11)
}
