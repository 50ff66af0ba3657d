//! The arithmetic against `rustc_apfloat`, bit for bit with its exceptions: random operands and edges, all roundings and
//! precisions. Rounding to 24 or 53 bits is that of a format with such a significand and the exponent of a register.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod conversions;
mod operands;
mod roots;

use beige_testkit::Random;
use beige_x87::arithmetic::{
    Quotient, add, divide, multiply, remainder_ieee, remainder_truncated, round_to_integer, subtract,
};
use beige_x87::{Class, Control, Exceptions, F80, Outcome, Precision};
use operands::{DRAWS, ROUNDINGS, is_denormal, masked, number, ours, raised, theirs, untold};
use rustc_apfloat::ieee::{IeeeFloat, Semantics, X87DoubleExtended, X87DoubleExtendedS};
use rustc_apfloat::{Float, FloatConvert, Round, StatusAnd};

/// 24 bits of significand and the exponent of a register.
struct Short;
impl Semantics for Short {
    const BITS: usize = 1 + 15 + 23;
    const EXP_BITS: usize = 15;
}

/// 53 bits of significand and the exponent of a register.
struct Long;
impl Semantics for Long {
    const BITS: usize = 1 + 15 + 52;
    const EXP_BITS: usize = 15;
}

type Ours = fn(F80, F80, &Control) -> Outcome;

/// The oracle's operation in the format of `S`.
fn apply<S: Semantics>(operation: usize, a: F80, b: F80, round: Round) -> StatusAnd<X87DoubleExtended> {
    let mut lost = false;
    let [a, b] = [a, b].map(|x| {
        let converted: StatusAnd<IeeeFloat<S>> = theirs(x).convert(&mut lost);
        converted.value
    });
    assert!(!lost, "the operands have too many bits");
    let result = match operation {
        0 => a.add_r(b, round),
        1 => a.sub_r(b, round),
        2 => a.mul_r(b, round),
        _ => a.div_r(b, round),
    };
    let status = result.status;
    StatusAnd { status, value: result.value.convert(&mut lost).value }
}

/// Compares an outcome with the oracle's.
fn check(
    what: &str,
    got: Outcome,
    precision: Precision,
    expected: StatusAnd<X87DoubleExtended>,
    toward_zero: F80,
    denormal: bool,
) {
    let value = ours(expected.value);
    let mut exceptions = raised(expected.status);
    let first = Exceptions::IE | Exceptions::ZE;
    exceptions |= Exceptions::DE.when(denormal && !exceptions.intersects(first));
    exceptions |= Exceptions::C1.when(exceptions.contains(Exceptions::PE) && value != toward_zero);
    let magnitude = value.with_sign(false);
    let untold = untold(
        magnitude == F80::new(false, 0x7ffe, u64::MAX << (64 - precision.bits())),
        magnitude == F80::new(false, 1, 1 << 63),
        got.raised,
    );
    assert_eq!((got.value, got.raised & !untold), (value, exceptions & !untold), "{what}: got {got:x?}");
}

fn check_operation<S: Semantics>(operation: usize, precision: Precision, seed: u64) {
    let function = [add as Ours, subtract, multiply, divide][operation];
    let mut random = Random::new(seed);
    for _ in 0..DRAWS {
        let [a, b] = [0; 2].map(|_| number(&mut random, precision.bits()));
        for (rounding, round) in ROUNDINGS {
            let got = function(a, b, &masked(rounding, precision));
            let expected = apply::<S>(operation, a, b, round);
            let toward_zero = ours(apply::<S>(operation, a, b, Round::TowardZero).value);
            let denormal = is_denormal(a) || is_denormal(b);
            check(
                &format!("{operation} {a:x?} {b:x?} {rounding:?} {precision:?}"),
                got,
                precision,
                expected,
                toward_zero,
                denormal,
            );
        }
    }
}

fn check_precisions(operation: usize) {
    check_operation::<X87DoubleExtendedS>(operation, Precision::Extended, 1);
    check_operation::<Long>(operation, Precision::Double, 2);
    check_operation::<Short>(operation, Precision::Single, 3);
}

#[test]
fn sums_are_exact_to_the_bit() {
    check_precisions(0);
}

#[test]
fn differences_are_exact_to_the_bit() {
    check_precisions(1);
}

#[test]
fn products_are_exact_to_the_bit() {
    check_precisions(2);
}

#[test]
fn quotients_are_exact_to_the_bit() {
    check_precisions(3);
}

#[test]
fn repeated_partial_remainders_end_at_the_remainder() {
    let mut random = Random::new(4);
    for _ in 0..DRAWS {
        let [a, b] = [0; 2].map(|_| number(&mut random, 64));
        let control = masked(beige_x87::Rounding::Nearest, Precision::Extended);
        for (function, expected) in [
            (remainder_truncated as fn(F80, F80, &Control) -> _, theirs(a).c_fmod(theirs(b)).value),
            (remainder_ieee, theirs(a).ieee_rem(theirs(b)).value),
        ] {
            let mut rest = a;
            let mut turns = 0;
            loop {
                let turn = function(rest, b, &control);
                rest = turn.outcome.value;
                if turn.quotient != Quotient::Partial {
                    break;
                }
                turns += 1;
                assert!(turns < 1100, "{a:x?} {b:x?}: the remainder never comes");
            }
            let mut expected = ours(expected);
            if expected.class() == Class::Zero {
                // The unit gives the sign of the dividend.
                expected = expected.with_sign(a.sign());
            }
            assert_eq!(rest, expected, "{a:x?} {b:x?}");
        }
    }
}

#[test]
fn the_quotient_bits_are_those_of_the_integer_quotient() {
    let mut random = Random::new(5);
    for _ in 0..DRAWS {
        let [a, b] = [0; 2].map(|_| 1 + (random.next_u64() >> 1 >> random.below(60)) as i64);
        let [x, y] = [a, b].map(F80::from_integer);
        let control = masked(beige_x87::Rounding::Nearest, Precision::Extended);
        let truncated = remainder_truncated(x, y, &control);
        assert_eq!(truncated.outcome.value, F80::from_integer(a % b));
        assert_eq!(truncated.quotient, Quotient::Whole(((a / b) & 7) as u8), "{a} {b}");
        let (twice, b) = (i128::from(a % b) * 2, i128::from(b));
        let up = twice > b || twice == b && (a / b as i64) & 1 != 0;
        let nearest = remainder_ieee(x, y, &control);
        assert_eq!(nearest.quotient, Quotient::Whole((a / b as i64 + i64::from(up)) as u8 & 7), "{a} {b}");
    }
}

#[test]
fn numbers_round_to_integers_in_every_direction() {
    let mut random = Random::new(6);
    for _ in 0..DRAWS {
        let x = number(&mut random, 64);
        for (rounding, round) in ROUNDINGS {
            let got = round_to_integer(x, &masked(rounding, Precision::Single));
            let expected = theirs(x).round_to_integral(round).value;
            let up = ours(expected) != ours(theirs(x).round_to_integral(Round::TowardZero).value);
            let mut exceptions = Exceptions::DE.when(is_denormal(x)) | Exceptions::C1.when(up);
            exceptions |= Exceptions::PE.when(ours(expected) != x);
            assert_eq!(got, Outcome { value: ours(expected), raised: exceptions }, "{x:x?} {rounding:?}");
        }
    }
}
