//! FSQRT.

use crate::operand::{Numbers, is_refused_early};
use crate::{Class, Control, F80, Outcome, Unrounded};

/// The square root of `x`.
#[must_use]
pub fn square_root(x: F80, control: &Control) -> Outcome {
    if x.is_normal() && !x.sign() {
        return root(x, control);
    }
    special(x, control).unwrap_or_else(|outcome| outcome)
}

/// The root when the operand is not a positive normal number. Both arms of the `Result` are the outcome.
#[cold]
fn special(x: F80, control: &Control) -> Result<Outcome, Outcome> {
    let numbers = Numbers::new([x], control)?;
    if is_refused_early(x, control) {
        return Err(Outcome::INVALID.and(numbers.denormal));
    }
    let [x] = numbers.values;
    let outcome = match x.class() {
        Class::Zero => Outcome::exact(x),
        _ if x.sign() => return Err(Outcome::INVALID),
        // SPEC: 80287 Programmer's Reference Manual, table 1-17.
        Class::Infinity if control.projective => return Err(Outcome::INVALID),
        Class::Infinity => Outcome::exact(x),
        _ => root(x, control),
    };
    numbers.admit(control)?;
    Ok(outcome.and(numbers.denormal))
}

/// The root of a finite number above zero.
fn root(x: F80, control: &Control) -> Outcome {
    let (biased, significand) = x.normalized();
    let exponent = biased - F80::BIAS;
    // An even exponent is left to halve; the root of 127 or 128 bits has 64.
    let odd = exponent.rem_euclid(2);
    let square = u128::from(significand) << (63 + odd);
    let whole = square.isqrt();
    let rest = square - whole * whole;
    // (whole + 1/2)^2 is whole^2 + whole + 1/4, so the fraction is above a half when the rest is above `whole`.
    let fraction = if rest == 0 {
        0
    } else if rest <= whole {
        1
    } else {
        1 << 63 | 1
    };
    let exponent = (exponent - odd) / 2 + F80::BIAS;
    Unrounded { sign: false, exponent, significand: whole << 64 | fraction }.round(control)
}
