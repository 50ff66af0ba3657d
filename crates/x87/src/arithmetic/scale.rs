//! FSCALE, FXTRACT and FRNDINT.

use crate::operand::Numbers;
use crate::round::shift_right_sticky;
use crate::{Class, Control, Exceptions, F80, Outcome, Rounding, Unrounded};

/// FSCALE: `x * 2^trunc(by)`.
#[must_use]
pub fn scale(x: F80, by: F80, control: &Control) -> Outcome {
    scaled(x, by, control).unwrap_or_else(|outcome| outcome)
}

fn scaled(x: F80, by: F80, control: &Control) -> Result<Outcome, Outcome> {
    let numbers = Numbers::new([x, by], control)?;
    let [x, by] = numbers.values;
    let outcome = match (x.class(), by.class()) {
        (Class::Infinity, Class::Infinity) if by.sign() => return Err(Outcome::INVALID),
        (Class::Zero, Class::Infinity) if !by.sign() => return Err(Outcome::INVALID),
        (_, Class::Infinity) if by.sign() => Outcome::exact(F80::zero(x.sign())),
        (_, Class::Infinity) => Outcome::exact(F80::infinity(x.sign())),
        (Class::Infinity | Class::Zero, _) => Outcome::exact(x),
        _ => {
            let (exponent, significand) = x.normalized();
            let exponent = exponent + truncated(by);
            Unrounded { sign: x.sign(), exponent, significand: u128::from(significand) << 64 }
                .round(&control.extended())
        }
    };
    numbers.admit(control)?;
    Ok(outcome.and(numbers.denormal))
}

/// The whole part of a finite number, held between plus and minus 65536, beyond which every number over- or underflows.
fn truncated(x: F80) -> i32 {
    let (biased, significand) = x.normalized();
    let magnitude = match biased - F80::BIAS {
        ..0 => 0,
        exponent @ 0..17 => (significand >> (63 - exponent)) as i32,
        _ => 65536,
    };
    if x.sign() { -magnitude } else { magnitude }
}

/// FXTRACT: the exponent as a number, and the significand with the exponent of 1.
#[must_use]
pub fn extract(x: F80, control: &Control) -> (Outcome, F80) {
    extracted(x, control).unwrap_or_else(|outcome| (outcome, outcome.value))
}

fn extracted(x: F80, control: &Control) -> Result<(Outcome, F80), Outcome> {
    let numbers = Numbers::silent_when_early([x], control)?;
    let [x] = numbers.values;
    let early = control.generation.is_early();
    match x.class() {
        // SPEC: 80387 Programmer's Reference Manual, appendix C: the 80287 reports no zero divide and an invalid
        // operation for infinity.
        Class::Infinity if early => return Err(Outcome::INVALID),
        Class::Zero if early => return Ok((Outcome::exact(F80::ZERO), x)),
        Class::Infinity => return Ok((Outcome::exact(F80::INFINITY), x)),
        Class::Zero => return Ok((Outcome { value: F80::infinity(true), raised: Exceptions::ZE }, x)),
        _ => {}
    }
    numbers.admit(control)?;
    let (biased, significand) = x.normalized();
    let exponent = F80::from_integer(i64::from(biased - F80::BIAS));
    Ok((Outcome::exact(exponent).and(numbers.denormal), F80::new(x.sign(), F80::BIAS as u16, significand)))
}

/// FRNDINT: the integer that `x` rounds to.
#[must_use]
pub fn round_to_integer(x: F80, control: &Control) -> Outcome {
    rounded(x, control).unwrap_or_else(|outcome| outcome)
}

fn rounded(x: F80, control: &Control) -> Result<Outcome, Outcome> {
    let numbers = Numbers::new([x], control)?;
    let [x] = numbers.values;
    numbers.admit(control)?;
    let (biased, significand) = x.normalized();
    if x.class() == Class::Infinity || significand == 0 || biased >= F80::BIAS + 63 {
        return Ok(Outcome::exact(x).and(numbers.denormal));
    }
    let (whole, raised) = cut_to_integer(x.sign(), biased, significand, control.rounding);
    let exact = Unrounded { sign: x.sign(), exponent: F80::BIAS + 63, significand: whole << 64 };
    Ok(exact.round(&control.extended()).and(raised | numbers.denormal))
}

/// The magnitude of a number below 2^64 rounded to an integer, at most 2^64, with PE and C1. Larger numbers give
/// `u128::MAX`.
pub(crate) fn cut_to_integer(sign: bool, biased: i32, significand: u64, rounding: Rounding) -> (u128, Exceptions) {
    let places = F80::BIAS + 63 - biased;
    if places < 0 {
        return (if significand == 0 { 0 } else { u128::MAX }, Exceptions::NONE);
    }
    // Fixed point with 64 bits of fraction, the last one sticky.
    let fixed = shift_right_sticky(u128::from(significand) << 64, places as u32);
    let (whole, fraction) = (fixed >> 64, fixed as u64);
    let up = fraction != 0
        && match rounding {
            Rounding::Nearest => fraction > 1 << 63 || fraction == 1 << 63 && whole & 1 != 0,
            Rounding::Down => sign,
            Rounding::Up => !sign,
            Rounding::Zero => false,
        };
    let raised = Exceptions::PE.when(fraction != 0) | Exceptions::C1.when(up);
    (whole + u128::from(up), raised)
}
