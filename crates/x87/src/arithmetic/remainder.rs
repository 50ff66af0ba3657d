//! FPREM and FPREM1.
//!
//! SPEC: SDM volume 2, FPREM and FPREM1: exponents that differ by less than 64 give the remainder at once; otherwise the
//! exponent of ST is reduced by a number from 32 to 63 that depends on the implementation, and C2 asks for another turn.

use crate::operand::{Numbers, is_refused_early};
use crate::{Class, Control, Exceptions, F80, Outcome, Precision, Unrounded};

/// A remainder, perhaps a partial one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remainder {
    /// The remainder and the exceptions.
    pub outcome: Outcome,
    /// What is known of the quotient.
    pub quotient: Quotient,
}

/// The quotient of a remainder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotient {
    /// The reduction is complete, and these are the low three bits.
    Whole(u8),
    /// The reduction is not complete.
    Partial,
    /// There is none: the operation was invalid, or an operand a NaN.
    None,
}

impl From<Outcome> for Remainder {
    fn from(outcome: Outcome) -> Remainder {
        Remainder { outcome, quotient: Quotient::None }
    }
}

/// FPREM: the quotient is truncated toward zero.
#[must_use]
pub fn remainder_truncated(a: F80, b: F80, control: &Control) -> Remainder {
    remainder(a, b, false, control).unwrap_or_else(Remainder::from)
}

/// FPREM1: the quotient is rounded to nearest, a tie to even.
#[must_use]
pub fn remainder_ieee(a: F80, b: F80, control: &Control) -> Remainder {
    remainder(a, b, true, control).unwrap_or_else(Remainder::from)
}

fn remainder(a: F80, b: F80, nearest: bool, control: &Control) -> Result<Remainder, Outcome> {
    let numbers = Numbers::new([a, b], control)?;
    if is_refused_early(b, control) {
        return Err(Outcome::INVALID.and(numbers.denormal));
    }
    let [a, b] = numbers.values;
    if a.class() == Class::Infinity || b.class() == Class::Zero {
        return Err(Outcome::INVALID);
    }
    numbers.admit(control)?;
    let control = &Control { precision: Precision::Extended, ..*control };
    let mut found = match (a.class(), b.class()) {
        (Class::Zero, _) => Remainder { outcome: Outcome::exact(a), quotient: Quotient::Whole(0) },
        (_, Class::Infinity) => whole(a, control),
        _ => reduce(a, b, nearest, control),
    };
    found.outcome = found.outcome.and(numbers.denormal);
    Ok(found)
}

/// The dividend itself is the remainder; a denormal one may underflow, unmasked.
fn whole(a: F80, control: &Control) -> Remainder {
    let (exponent, significand) = a.normalized();
    let significand = u128::from(significand) << 64;
    let outcome = Unrounded { sign: a.sign(), exponent, significand }.round(control);
    Remainder { outcome, quotient: Quotient::Whole(0) }
}

/// Divides two finite numbers that are not zero.
fn reduce(a: F80, b: F80, nearest: bool, control: &Control) -> Remainder {
    let ((a_exponent, a_significand), (b_exponent, b_significand)) = (a.normalized(), b.normalized());
    let difference = a_exponent - b_exponent;
    if difference < -1 || difference == -1 && !nearest {
        return whole(a, control);
    }
    let divisor = u128::from(b_significand);
    if difference >= 64 {
        // The quotient of this turn is below 2^(n+1); what is left has its last bit n places above that of b.
        let step = 32 + difference % 32;
        let rest = (u128::from(a_significand) << step) % divisor;
        let exponent = b_exponent + difference - step + 64;
        let outcome = Unrounded { sign: a.sign(), exponent, significand: rest }.round(control);
        return Remainder { outcome, quotient: Quotient::Partial };
    }
    // With a difference of -1, the dividend is half a place below the divisor: both are doubled.
    let (dividend, divisor, last_bit) = if difference < 0 {
        (u128::from(a_significand), divisor << 1, a_exponent)
    } else {
        (u128::from(a_significand) << difference, divisor, b_exponent)
    };
    let (mut quotient, mut rest) = (dividend / divisor, dividend % divisor);
    let mut sign = a.sign();
    if nearest && (rest << 1 > divisor || rest << 1 == divisor && quotient & 1 != 0) {
        quotient += 1;
        rest = divisor - rest;
        sign = !sign;
    }
    let quotient = Quotient::Whole(quotient as u8 & 7);
    if rest == 0 {
        return Remainder { outcome: Outcome::exact(F80::zero(a.sign())), quotient };
    }
    let outcome = Unrounded { sign, exponent: last_bit + 64, significand: rest }.round(control);
    debug_assert!(!outcome.raised.intersects(Exceptions::PE), "a remainder is exact");
    Remainder { outcome, quotient }
}
