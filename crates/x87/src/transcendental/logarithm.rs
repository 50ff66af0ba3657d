//! FYL2X and FYL2XP1.

use super::answer;
use super::series::{self, Logarithm};
use super::wide::Wide;
use crate::{Class, Control, Exceptions, F80, Outcome};

/// ST(1) * log2(ST(0)).
#[must_use]
pub fn fyl2x(st0: F80, st1: F80, control: &Control) -> Outcome {
    let [outcome] = answer([st0, st1], control, |[x, y]| [times_logarithm(x, y, control)]);
    outcome
}

/// ST(1) * log2(ST(0) + 1).
#[must_use]
pub fn fyl2xp1(st0: F80, st1: F80, control: &Control) -> Outcome {
    let [outcome] = answer([st0, st1], control, |[x, y]| [times_logarithm_of_one_plus(x, y, control)]);
    outcome
}

fn times_logarithm(x: F80, y: F80, control: &Control) -> Outcome {
    match (x.class(), y.class()) {
        (Class::Zero, Class::Zero) => Outcome::INVALID,
        (Class::Zero, Class::Infinity) => Outcome::exact(y.negated()),
        (Class::Zero, _) => Outcome { value: F80::infinity(!y.sign()), raised: Exceptions::ZE },
        _ if x.sign() => Outcome::INVALID,
        (_, Class::Infinity) if x == F80::ONE => Outcome::INVALID,
        (Class::Infinity, Class::Zero) => Outcome::INVALID,
        (Class::Infinity, _) => Outcome::exact(F80::infinity(y.sign())),
        // The logarithm of a number below 1 is negative.
        (_, Class::Zero | Class::Infinity) => {
            Outcome::exact(y.with_sign(y.sign() ^ (x.exponent() < F80::ONE.exponent())))
        }
        _ => product(y, series::logarithm(Wide::from_f80(x)), control),
    }
}

fn times_logarithm_of_one_plus(x: F80, y: F80, control: &Control) -> Outcome {
    let at_most_minus_one = x.sign() && x.exponent() >= F80::ONE.exponent();
    match (x.class(), y.class()) {
        (Class::Zero, Class::Infinity) => Outcome::INVALID,
        (Class::Infinity, _) if x.sign() => Outcome::INVALID,
        (Class::Infinity, Class::Zero) => Outcome::INVALID,
        (Class::Infinity, _) => Outcome::exact(F80::infinity(y.sign())),
        // The logarithm has the sign of x.
        (Class::Zero, _) => Outcome::exact(F80::zero(x.sign() ^ y.sign())),
        (_, Class::Zero | Class::Infinity) => Outcome::exact(y.with_sign(x.sign() ^ y.sign())),
        // QUIRK: recorded: an operand that has no logarithm stays.
        _ if at_most_minus_one => Outcome::exact(x).and(Exceptions::PE),
        _ => product(y, series::logarithm_of_one_plus(Wide::from_f80(x)), control),
    }
}

/// The product of a finite number other than zero and a logarithm.
fn product(y: F80, logarithm: Logarithm, control: &Control) -> Outcome {
    let factor = Wide::from_f80(y);
    match logarithm {
        Logarithm::Integer(0) => Outcome::exact(F80::zero(y.sign())),
        Logarithm::Integer(exponent) => {
            let exponent = Wide::from_integer(exponent.unsigned_abs().into(), 0).negate_if(exponent < 0);
            taken_for_inexact(factor.multiply(exponent).round(false, control))
        }
        Logarithm::Irrational(logarithm) => factor.multiply(logarithm).round(true, control),
    }
}

/// QUIRK: recorded: PE is set though the product is exact, and so UE when it is denormal.
fn taken_for_inexact(outcome: Outcome) -> Outcome {
    let underflow = Exceptions::UE.when(outcome.value.exponent() == 0);
    outcome.and(Exceptions::PE | underflow)
}
