//! Operands that meet the edges, and the two ways of writing a number.

use beige_testkit::Random;
use beige_x87::{Control, Exceptions, F80, Generation, Precision, Rounding};
use rustc_apfloat::ieee::X87DoubleExtended;
use rustc_apfloat::{Float as _, Round, Status};

/// How often a test draws operands.
pub(crate) const DRAWS: usize = 20_000;

pub(crate) const ROUNDINGS: [(Rounding, Round); 4] = [
    (Rounding::Nearest, Round::NearestTiesToEven),
    (Rounding::Down, Round::TowardNegative),
    (Rounding::Up, Round::TowardPositive),
    (Rounding::Zero, Round::TowardZero),
];

/// A control word with all exceptions masked.
pub(crate) fn masked(rounding: Rounding, precision: Precision) -> Control {
    Control { rounding, precision, ..Control::new(0x037f, Generation::I80387) }
}

/// A number that is no NaN, with at most so many bits of significand, often at an edge. Close exponents are frequent.
pub(crate) fn number(random: &mut Random, bits: u32) -> F80 {
    let exponent = match random.below(12) {
        0 => return F80::new(random.below(2) != 0, 0, 0),
        1 => return F80::infinity(random.below(2) != 0),
        2 => 0,
        3 => 1 + random.below(3) as u16,
        4 => 0x7ffe - random.below(3) as u16,
        5 => (0x1fff + random.below(4)) as u16,
        6 => (0x5ffd + random.below(4)) as u16,
        7 => random.below(0x7fff) as u16,
        _ => (0x3fff - 70 + random.below(140)) as u16,
    };
    let pattern = match random.below(6) {
        0 => 0,
        1 => u64::MAX,
        2 => 1 << random.below(64),
        3 => u64::MAX << random.below(64),
        4 => random.next_u64() & random.next_u64() & random.next_u64(),
        _ => random.next_u64(),
    };
    let pattern = pattern & u64::MAX << (64 - bits);
    let integer_bit = 1 << 63;
    let significand = if exponent == 0 { pattern & !integer_bit } else { pattern | integer_bit };
    F80::new(random.below(2) != 0, exponent, significand)
}

/// The same number for the oracle.
pub(crate) fn theirs(x: F80) -> X87DoubleExtended {
    X87DoubleExtended::from_bits(u128::from(x.sign_exponent) << 64 | u128::from(x.significand))
}

/// The oracle's number as ours; every NaN becomes the indefinite.
pub(crate) fn ours(x: X87DoubleExtended) -> F80 {
    if x.is_nan() {
        return F80::INDEFINITE;
    }
    let bits = x.to_bits();
    F80 { sign_exponent: (bits >> 64) as u16, significand: bits as u64 }
}

/// The oracle's exceptions as ours.
pub(crate) fn raised(status: Status) -> Exceptions {
    [
        (Status::INVALID_OP, Exceptions::IE),
        (Status::DIV_BY_ZERO, Exceptions::ZE),
        (Status::OVERFLOW, Exceptions::OE),
        (Status::UNDERFLOW, Exceptions::UE),
        (Status::INEXACT, Exceptions::PE),
    ]
    .into_iter()
    .fold(Exceptions::NONE, |sum, (theirs, ours)| sum | ours.when(status.contains(theirs)))
}

/// What the oracle does not tell: it reports no overflow for a result that is cut to the largest number, and it calls a
/// result tiny only when it is denormal, though one that rounding brought to the least normal number was tiny too.
pub(crate) fn untold(is_largest: bool, is_least_normal: bool, raised: Exceptions) -> Exceptions {
    let inexact = raised.contains(Exceptions::PE);
    Exceptions::OE.when(inexact && is_largest) | Exceptions::UE.when(inexact && is_least_normal)
}

pub(crate) fn is_denormal(x: F80) -> bool {
    x.exponent() == 0 && x.significand != 0
}
