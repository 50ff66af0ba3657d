//! FADD, FSUB and kin.

use crate::operand::Numbers;
use crate::round::shift_right_sticky;
use crate::{Class, Control, F80, Outcome, Rounding, Unrounded};

/// `a + b`.
#[must_use]
pub fn add(a: F80, b: F80, control: &Control) -> Outcome {
    if a.is_normal() && b.is_normal() {
        return sum(a.normal_parts(), b.normal_parts(), a.sign(), b.sign(), control);
    }
    special(a, b, false, control).unwrap_or_else(|outcome| outcome)
}

/// `a - b`.
#[must_use]
pub fn subtract(a: F80, b: F80, control: &Control) -> Outcome {
    if a.is_normal() && b.is_normal() {
        return sum(a.normal_parts(), b.normal_parts(), a.sign(), !b.sign(), control);
    }
    special(a, b, true, control).unwrap_or_else(|outcome| outcome)
}

/// The sum when one operand is not normal. Both arms of the `Result` are the outcome.
#[cold]
fn special(a: F80, b: F80, negate: bool, control: &Control) -> Result<Outcome, Outcome> {
    let numbers = Numbers::new([a, b], control)?;
    let [a, b] = numbers.values;
    let b_sign = b.sign() ^ negate;
    let infinite = (a.class() == Class::Infinity, b.class() == Class::Infinity);
    if infinite == (true, true) && (a.sign() != b_sign || control.projective) {
        return Err(Outcome::INVALID);
    }
    numbers.admit(control)?;
    let outcome = match infinite {
        (true, _) => Outcome::exact(a),
        (false, true) => Outcome::exact(F80::infinity(b_sign)),
        (false, false) => sum(parts(a), parts(b), a.sign(), b_sign, control),
    };
    Ok(outcome.and(numbers.denormal))
}

/// The sum of two finite numbers, given as biased exponent and normalized significand.
#[inline]
fn sum(a: (i32, u64), b: (i32, u64), a_sign: bool, b_sign: bool, control: &Control) -> Outcome {
    let (large, small, sign) = if b > a { (b, a, b_sign) } else { (a, b, a_sign) };
    let same = a_sign == b_sign;
    // One bit is left free above for a carry; 63 below keep what is shifted out, the last one sticky.
    let distance = (large.0 - small.0) as u32;
    let aligned = match distance {
        0..64 => u128::from(small.1) << (63 - distance),
        _ => shift_right_sticky(u128::from(small.1) << 63, distance),
    };
    let wide = u128::from(large.1) << 63;
    let significand = if same { wide + aligned } else { wide - aligned };
    if significand == 0 && !same {
        return Outcome::exact(F80::zero(control.rounding == Rounding::Down));
    }
    Unrounded { sign, exponent: large.0 + 1, significand }.round(control)
}

/// Exponent and significand in the order of magnitude: a zero is below everything.
fn parts(x: F80) -> (i32, u64) {
    match x.normalized() {
        (_, 0) => (-65536, 0),
        normalized => normalized,
    }
}
