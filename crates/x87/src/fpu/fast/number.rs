//! Sums, products, quotients and roots of normal numbers and zeros, for results that stay normal.
//!
//! The numbers are taken apart into words of the host, and what the control word asks for is read where it is needed:
//! 64 or 53 bits to nearest come first, for nearly every program computes with them.

use super::root::root;
use crate::{Exceptions, F80, Outcome};
use std::cmp::Ordering;

/// Modes that functions are made for: 64 bits to nearest, 53 bits to nearest, and whatever the control word says.
pub(super) const EXTENDED: u8 = 0;
pub(super) const DOUBLE: u8 = 1;
pub(super) const ASKED: u8 = 2;

/// The mode that a control word asks for.
#[inline(always)]
pub(super) fn mode(control: u32) -> u8 {
    match control & 0x0f00 {
        0x0300 => EXTENDED,
        0x0200 => DOUBLE,
        _ => ASKED,
    }
}

const SIGN: u16 = 0x8000;
/// The topmost bit of what is cut off.
const HALF: u64 = 1 << 63;

/// The operation that bits 3 to 5 of the ModR/M byte name: 0 add, 1 multiply, 4 subtract, 5 subtract reversed, 6 divide,
/// 7 divide reversed. `None` when it is none of the common cases.
#[inline(always)]
pub(super) fn compute<const OPERATION: u8, const MODE: u8>(st: F80, other: F80, control: u32) -> Option<Outcome> {
    match OPERATION {
        0 => sum::<MODE>(st, other, control),
        1 => product::<MODE>(st, other, control),
        4 => sum::<MODE>(st, other.negated(), control),
        5 => sum::<MODE>(st.negated(), other, control),
        6 => quotient::<MODE>(st, other, control),
        _ => quotient::<MODE>(other, st, control),
    }
}

/// [`F80::is_normal`] in words of 32 bits.
#[inline(always)]
pub(super) fn is_normal(x: F80) -> bool {
    x.significand >> 63 != 0 && (u32::from(x.sign_exponent) & 0x7fff).wrapping_sub(1) < 0x7ffe
}

/// Whether it is plus or minus zero.
#[inline(always)]
pub(super) fn is_zero(x: F80) -> bool {
    x.significand == 0 && x.exponent() == 0
}

/// A significand cut to the bits that are kept.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// The bits, at the top; 2^63 when they were rounded up to 2^64.
    pub(super) significand: u64,
    /// Whether they were.
    pub(super) carry: bool,
    /// PE and C1.
    pub(super) raised: Exceptions,
}

/// How to cut.
#[derive(Clone, Copy)]
enum Direction {
    Nearest,
    Away,
    Zero,
}

/// Rounds `high`, whose bit 63 is its integer bit, and the bits below it, the last one sticky, without so many bits.
#[inline(always)]
fn cut(dropped: u32, high: u64, low: u64, direction: Direction) -> Cut {
    let unit = 1 << dropped;
    let rest = if dropped == 0 { low } else { high << (64 - dropped) | u64::from(low != 0) };
    // What must be added to the rest for a carry when it is to be rounded up. A tie goes to even.
    let limit = match direction {
        Direction::Nearest => HALF - 1 + (high >> dropped & 1),
        Direction::Away => u64::MAX,
        Direction::Zero => 0,
    };
    let up = rest.overflowing_add(limit).1;
    let (sum, carry) = (high & !(unit - 1)).overflowing_add(if up { unit } else { 0 });
    let raised = Exceptions((Exceptions::PE.0 * u16::from(rest != 0)) | (Exceptions::C1.0 * u16::from(up)));
    Cut { significand: sum | u64::from(carry) << 63, carry, raised }
}

/// The direction of rounding control for a number of this sign (bit 15).
#[inline(always)]
fn direction(sign: u16, control: u32) -> Direction {
    match control >> 10 & 3 {
        0 => Direction::Nearest,
        3 => Direction::Zero,
        1 if sign != 0 => Direction::Away,
        2 if sign == 0 => Direction::Away,
        _ => Direction::Zero,
    }
}

/// Rounds to 24 bits, as a short real has them, by rounding control.
#[inline(always)]
pub(super) fn cut_to_short(significand: u64, sign: u16, control: u32) -> Cut {
    match direction(sign, control) {
        Direction::Nearest => cut(40, significand, 0, Direction::Nearest),
        other => cut(40, significand, 0, other),
    }
}

/// Rounds to 53 bits, as a long real has them, by rounding control.
#[inline(always)]
pub(super) fn cut_to_long(significand: u64, sign: u16, control: u32) -> Cut {
    match direction(sign, control) {
        Direction::Nearest => cut(11, significand, 0, Direction::Nearest),
        other => cut(11, significand, 0, other),
    }
}

/// The whole part of `whole` and a fraction, the last bit sticky, rounded by rounding control; PE and C1.
#[inline(always)]
pub(super) fn cut_fraction(whole: u64, fraction: u64, sign: u16, control: u32) -> (u64, Exceptions) {
    let cut = cut(0, whole, fraction, direction(sign, control));
    (cut.significand, cut.raised)
}

/// Brings an exact result with bit 63 of `high` set into a register, if it is neither too large nor too small.
#[inline(always)]
fn round<const MODE: u8>(sign: u16, exponent: i32, high: u64, low: u64, control: u32) -> Option<Outcome> {
    let cut = match MODE {
        EXTENDED => cut(0, high, low, Direction::Nearest),
        DOUBLE => cut(11, high, low, Direction::Nearest),
        _ => cut(dropped(control), high, low, direction(sign, control)),
    };
    let exponent = exponent + i32::from(cut.carry);
    let value = F80 { sign_exponent: sign | exponent as u16, significand: cut.significand };
    (1..0x7fff).contains(&exponent).then_some(Outcome { value, raised: cut.raised })
}

/// How many of 64 bits precision control drops.
#[inline(always)]
fn dropped(control: u32) -> u32 {
    match control >> 8 & 3 {
        0 => 40,
        2 => 11,
        _ => 0,
    }
}

/// Whether the precision in force keeps all bits of the significand.
#[inline(always)]
fn fits<const MODE: u8>(significand: u64, control: u32) -> bool {
    match MODE {
        EXTENDED => true,
        DOUBLE => significand & 0x7ff == 0,
        _ => significand & ((1 << dropped(control)) - 1) == 0,
    }
}

#[inline(always)]
fn sum<const MODE: u8>(a: F80, b: F80, control: u32) -> Option<Outcome> {
    if !(is_normal(a) & is_normal(b)) {
        return sum_with_zero::<MODE>(a, b, control);
    }
    let below = (a.exponent(), a.significand) < (b.exponent(), b.significand);
    let (large, small) = if below { (b, a) } else { (a, b) };
    let exponent = i32::from(large.exponent());
    let distance = u32::from(large.exponent() - small.exponent());
    // The smaller number in the place of the larger one, and what is below it, the last bit sticky.
    let (high, low) = match distance {
        0..64 => (small.significand >> distance, small.significand << 1 << (63 - distance)),
        64 => (0, small.significand),
        65..128 => {
            let lost = small.significand << (128 - distance) != 0;
            (0, small.significand >> (distance - 64) | u64::from(lost))
        }
        _ => (0, 1),
    };
    let sign = large.sign_exponent & SIGN;
    if (a.sign_exponent ^ b.sign_exponent) & SIGN == 0 {
        let (sum, carry) = large.significand.overflowing_add(high);
        let carried = (sum >> 1 | HALF, low >> 1 | low & 1 | sum << 63);
        let (high, low) = if carry { carried } else { (sum, low) };
        return round::<MODE>(sign, exponent + i32::from(carry), high, low, control);
    }
    let (low, borrow) = 0_u64.overflowing_sub(low);
    let high = large.significand.wrapping_sub(high).wrapping_sub(u64::from(borrow));
    if high == 0 {
        return cancelled(sign, exponent, low, control);
    }
    let shift = high.leading_zeros();
    let (high, low) = (high << shift | low >> 1 >> (63 - shift), low << shift);
    round::<MODE>(sign, exponent - shift as i32, high, low, control)
}

/// A difference of which nothing is left but, at most, one bit below the last place.
#[inline(always)]
fn cancelled(sign: u16, exponent: i32, low: u64, control: u32) -> Option<Outcome> {
    if low == 0 {
        let down = control >> 10 & 3 == 1;
        return Some(Outcome::exact(F80::zero(down)));
    }
    let (shift, exponent) = (low.leading_zeros(), exponent - 64);
    let exponent = exponent - shift as i32;
    let value = F80 { sign_exponent: sign | exponent as u16, significand: low << shift };
    (exponent > 0).then_some(Outcome::exact(value))
}

/// The sum of zero and a number, when that has no more bits than the precision in force.
#[inline(always)]
fn sum_with_zero<const MODE: u8>(a: F80, b: F80, control: u32) -> Option<Outcome> {
    let value = match (is_zero(a), is_zero(b)) {
        (true, true) if a.sign_exponent == b.sign_exponent => a,
        (true, true) => F80::zero(control >> 10 & 3 == 1),
        (true, false) if is_normal(b) & fits::<MODE>(b.significand, control) => b,
        (false, true) if is_normal(a) & fits::<MODE>(a.significand, control) => a,
        _ => return None,
    };
    Some(Outcome::exact(value))
}

#[inline(always)]
fn product<const MODE: u8>(a: F80, b: F80, control: u32) -> Option<Outcome> {
    let sign = (a.sign_exponent ^ b.sign_exponent) & SIGN;
    if !(is_normal(a) & is_normal(b)) {
        let known = |x: F80| is_zero(x) | is_normal(x);
        return (known(a) & known(b)).then_some(Outcome::exact(F80 { sign_exponent: sign, significand: 0 }));
    }
    let wide = u128::from(a.significand) * u128::from(b.significand);
    let below = wide >> 127 == 0;
    let wide = if below { wide << 1 } else { wide };
    let exponent = i32::from(a.exponent()) + i32::from(b.exponent()) - F80::BIAS + i32::from(!below);
    round::<MODE>(sign, exponent, (wide >> 64) as u64, wide as u64, control)
}

#[inline(always)]
fn quotient<const MODE: u8>(a: F80, b: F80, control: u32) -> Option<Outcome> {
    let sign = (a.sign_exponent ^ b.sign_exponent) & SIGN;
    if !(is_normal(a) & is_normal(b)) {
        let value = F80 { sign_exponent: sign, significand: 0 };
        return (is_zero(a) & is_normal(b)).then_some(Outcome::exact(value));
    }
    // The dividend is placed so that the quotient has exactly 64 bits.
    let below = a.significand < b.significand;
    let dividend = u128::from(a.significand) << if below { 64 } else { 63 };
    let whole = (dividend / u128::from(b.significand)) as u64;
    let rest = (dividend as u64).wrapping_sub(whole.wrapping_mul(b.significand));
    // Of the rest of the quotient only matters whether it is zero, below, at or above a half.
    let missing = b.significand.wrapping_sub(rest);
    let low = u64::from(rest >= missing) << 63 | u64::from(rest != 0 && rest != missing);
    let exponent = i32::from(a.exponent()) - i32::from(b.exponent()) + F80::BIAS - i32::from(below);
    round::<MODE>(sign, exponent, whole, low, control)
}

/// The square root of a positive normal number, or of a zero.
#[inline(always)]
pub(super) fn square_root<const MODE: u8>(x: F80, control: u32) -> Option<Outcome> {
    if !is_normal(x) || x.sign() {
        return is_zero(x).then_some(Outcome::exact(x));
    }
    let exponent = i32::from(x.exponent()) - F80::BIAS;
    // An even exponent is left to halve; the root of 127 or 128 bits has 64.
    let odd = exponent & 1;
    let (whole, rest) = root(u128::from(x.significand) << (63 + odd));
    // (whole + 1/2)^2 is whole^2 + whole + 1/4, so the fraction is above a half when the rest is above `whole`.
    let low = match rest {
        0 => 0,
        _ if rest <= u128::from(whole) => 1,
        _ => HALF | 1,
    };
    round::<MODE>(0, (exponent >> 1) + F80::BIAS, whole, low, control)
}

/// How `a` stands to `b`, when both are normal or zero.
#[inline(always)]
pub(super) fn order(a: F80, b: F80) -> Option<Ordering> {
    if !(is_normal(a) & is_normal(b)) {
        let known = |x: F80| is_zero(x) | is_normal(x);
        if !(known(a) & known(b)) {
            return None;
        }
    }
    let signed = |x: F80| {
        let magnitude = i128::from(x.exponent()) << 64 | i128::from(x.significand);
        if x.sign() { -magnitude } else { magnitude }
    };
    Some(signed(a).cmp(&signed(b)))
}
