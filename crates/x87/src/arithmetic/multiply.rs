//! FMUL and kin.

use crate::operand::Numbers;
use crate::{Class, Control, F80, Outcome, Unrounded};

/// `a * b`.
#[must_use]
pub fn multiply(a: F80, b: F80, control: &Control) -> Outcome {
    if a.is_normal() && b.is_normal() {
        return product(a.normal_parts(), b.normal_parts(), a.sign() ^ b.sign(), control);
    }
    special(a, b, control).unwrap_or_else(|outcome| outcome)
}

/// The product when one operand is not normal. Both arms of the `Result` are the outcome.
#[cold]
fn special(a: F80, b: F80, control: &Control) -> Result<Outcome, Outcome> {
    let numbers = Numbers::new([a, b], control)?;
    let [a, b] = numbers.values;
    let sign = a.sign() ^ b.sign();
    let outcome = match (a.class(), b.class()) {
        (Class::Infinity, Class::Zero) | (Class::Zero, Class::Infinity) => return Err(Outcome::INVALID),
        (Class::Infinity, _) | (_, Class::Infinity) => Outcome::exact(F80::infinity(sign)),
        (Class::Zero, _) | (_, Class::Zero) => Outcome::exact(F80::zero(sign)),
        _ => product(a.normalized(), b.normalized(), sign, control),
    };
    numbers.admit(control)?;
    Ok(outcome.and(numbers.denormal))
}

/// The product of two finite numbers that are not zero, given as biased exponent and normalized significand.
#[inline]
fn product(a: (i32, u64), b: (i32, u64), sign: bool, control: &Control) -> Outcome {
    let ((a_exponent, a_significand), (b_exponent, b_significand)) = (a, b);
    let significand = u128::from(a_significand) * u128::from(b_significand);
    let exponent = a_exponent + b_exponent - F80::BIAS + 1;
    Unrounded { sign, exponent, significand }.round(control)
}
