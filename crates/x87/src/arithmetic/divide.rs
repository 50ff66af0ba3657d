//! FDIV and kin.

use crate::operand::{Numbers, is_refused_early};
use crate::{Class, Control, Exceptions, F80, Outcome, Unrounded};

/// `a / b`.
#[must_use]
pub fn divide(a: F80, b: F80, control: &Control) -> Outcome {
    if a.is_normal() && b.is_normal() {
        return quotient(a.normal_parts(), b.normal_parts(), a.sign() ^ b.sign(), control);
    }
    special(a, b, control).unwrap_or_else(|outcome| outcome)
}

/// The quotient when one operand is not normal. Both arms of the `Result` are the outcome.
#[cold]
fn special(a: F80, b: F80, control: &Control) -> Result<Outcome, Outcome> {
    let numbers = Numbers::new([a, b], control)?;
    if is_refused_early(b, control) {
        return Err(Outcome::INVALID.and(numbers.denormal));
    }
    let [a, b] = numbers.values;
    let sign = a.sign() ^ b.sign();
    let outcome = match (a.class(), b.class()) {
        (Class::Infinity, Class::Infinity) | (Class::Zero, Class::Zero) => return Err(Outcome::INVALID),
        (Class::Infinity, _) => Outcome::exact(F80::infinity(sign)),
        (_, Class::Zero) => return Err(Outcome { value: F80::infinity(sign), raised: Exceptions::ZE }),
        (Class::Zero, _) | (_, Class::Infinity) => Outcome::exact(F80::zero(sign)),
        _ => quotient(a.normalized(), b.normalized(), sign, control),
    };
    numbers.admit(control)?;
    Ok(outcome.and(numbers.denormal))
}

/// The quotient of two finite numbers that are not zero, given as biased exponent and normalized significand.
#[inline]
fn quotient(a: (i32, u64), b: (i32, u64), sign: bool, control: &Control) -> Outcome {
    let ((a_exponent, a_significand), (b_exponent, b_significand)) = (a, b);
    // The dividend is placed so that the quotient has exactly 64 bits.
    let below = a_significand < b_significand;
    let dividend = u128::from(a_significand) << if below { 64 } else { 63 };
    let divisor = u128::from(b_significand);
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    let significand = whole << 64 | fraction(rest, divisor);
    let exponent = a_exponent - b_exponent + F80::BIAS - i32::from(below);
    Unrounded { sign, exponent, significand }.round(control)
}

/// What rounding must know of `rest / divisor`, below 1: whether it is zero, below, at or above a half.
#[inline]
pub(super) fn fraction(rest: u128, divisor: u128) -> u128 {
    const HALF: u128 = 1 << 63;
    if rest == 0 {
        0
    } else {
        match (rest << 1).cmp(&divisor) {
            std::cmp::Ordering::Less => 1,
            std::cmp::Ordering::Equal => HALF,
            std::cmp::Ordering::Greater => HALF | 1,
        }
    }
}
