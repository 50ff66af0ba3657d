//! Short and long reals, and integers.

use crate::operands::{DRAWS, ROUNDINGS, is_denormal, masked, number, ours, raised, theirs, untold};
use beige_testkit::Random;
use beige_x87::convert::{Real, from_decimal, from_real, to_decimal, to_integer, to_real};
use beige_x87::{Exceptions, F80, Precision, Rounding};
use rustc_apfloat::ieee::{Double, Single, X87DoubleExtended};
use rustc_apfloat::{Float, FloatConvert, Round, StatusAnd};

fn check_stores<T: Float>(format: Real, seed: u64)
where
    X87DoubleExtended: FloatConvert<T>,
{
    let mut random = Random::new(seed);
    let bias = if format == Real::Short { 127 } else { 1023 };
    for draw in 0..2 * DRAWS {
        let mut x = number(&mut random, 64);
        if draw % 2 != 0 && x.exponent() != 0 && x.exponent() != 0x7fff {
            // Near the ends of the format.
            let ends = [0x3fff - bias - 60 + random.below(70) as u16, 0x3fff + bias - 3 + random.below(6) as u16];
            x = F80::new(x.sign(), ends[random.below(2) as usize], x.significand);
        }
        for (rounding, round) in ROUNDINGS {
            let mut lost = false;
            let converted: StatusAnd<T> = theirs(x).convert_r(round, &mut lost);
            let toward_zero: StatusAnd<T> = theirs(x).convert_r(Round::TowardZero, &mut lost);
            let bits = converted.value.to_bits() as u64;
            let mut expected = raised(converted.status);
            expected |= Exceptions::C1.when(bits != toward_zero.value.to_bits() as u64);
            let (got, seen) = to_real(x, format, &masked(rounding, Precision::Extended));
            let magnitude = converted.value.abs();
            let untold =
                untold(magnitude.bitwise_eq(T::largest()), magnitude.bitwise_eq(T::smallest_normalized()), seen);
            let (seen, expected) = (seen & !untold, expected & !untold);
            assert_eq!((got, seen), (bits, expected), "{x:x?} {rounding:?}");
        }
    }
}

#[test]
fn stores_of_short_reals_round_as_the_format_does() {
    check_stores::<Single>(Real::Short, 11);
}

#[test]
fn stores_of_long_reals_round_as_the_format_does() {
    check_stores::<Double>(Real::Long, 12);
}

#[test]
fn loads_of_reals_are_exact() {
    fn check<T: Float + FloatConvert<X87DoubleExtended>>(bits: u64, format: Real) {
        let mut lost = false;
        let source = T::from_bits(u128::from(bits));
        let outcome = from_real(bits, format);
        if source.is_nan() {
            assert!(outcome.value.is_nan());
            return;
        }
        let expected: StatusAnd<X87DoubleExtended> = source.convert(&mut lost);
        assert_eq!(outcome.value, ours(expected.value), "{bits:x}");
        assert_eq!(outcome.raised, Exceptions::DE.when(source.is_denormal()), "{bits:x}");
    }
    let mut random = Random::new(13);
    for _ in 0..DRAWS {
        let (pattern, shift) = (random.next_u64(), random.below(64));
        for bits in [pattern, pattern >> shift, pattern & u64::MAX << shift] {
            check::<Double>(bits, Real::Long);
            check::<Single>(bits & 0xffff_ffff, Real::Short);
        }
    }
}

#[test]
fn stores_of_integers_round_and_refuse_what_does_not_fit() {
    let mut random = Random::new(14);
    for draw in 0..DRAWS {
        let mut x = number(&mut random, 64);
        if draw % 2 != 0 {
            x = F80::new(x.sign(), 0x3ffd + random.below(66) as u16, x.significand | 1 << 63);
        }
        for (rounding, round) in ROUNDINGS {
            for bits in [16, 32, 64] {
                let whole = theirs(x).round_to_integral(round).value;
                let mut exact = false;
                let integer = whole.to_i128_r(bits as usize, round, &mut exact);
                let (got, seen) = to_integer(x, bits, &masked(rounding, Precision::Single));
                if raised(integer.status).contains(Exceptions::IE) {
                    assert_eq!((got, seen), (i64::MIN >> (64 - bits), Exceptions::IE), "{x:x?} {bits}");
                    continue;
                }
                let up = ours(whole) != ours(theirs(x).round_to_integral(Round::TowardZero).value);
                let expected = Exceptions::PE.when(ours(whole) != x) | Exceptions::C1.when(up);
                assert_eq!((i128::from(got), seen), (integer.value, expected), "{x:x?} {bits} {rounding:?}");
                assert!(!is_denormal(x) || got.abs() <= 1);
            }
        }
    }
}

#[test]
fn loads_of_integers_are_exact() {
    let mut random = Random::new(15);
    for _ in 0..DRAWS {
        let value = random.next_u64() as i64 >> random.below(64);
        let expected = X87DoubleExtended::from_i128(i128::from(value)).value;
        assert_eq!(F80::from_integer(value), ours(expected), "{value}");
    }
}

#[test]
fn decimals_are_the_digits_of_the_integer() {
    let mut random = Random::new(16);
    for _ in 0..DRAWS {
        let digits = random.next_u64() >> random.below(64);
        let digits = digits % 1_000_000_000_000_000_000;
        let value = F80::from_integer(digits as i64).with_sign(random.below(2) != 0);
        let (bytes, raised) = to_decimal(value, &masked(Rounding::Nearest, Precision::Extended));
        assert_eq!(raised, Exceptions::NONE);
        let text: String = bytes[..9].iter().rev().map(|pair| format!("{pair:02x}")).collect();
        assert_eq!(text, format!("{digits:018}"));
        assert_eq!(bytes[9], u8::from(value.sign()) << 7);
        assert_eq!(from_decimal(bytes), value);
    }
}
