//! Square roots, by the inequality that defines the rounded one.

use crate::operands::{DRAWS, masked, number};
use beige_testkit::Random;
use beige_x87::arithmetic::square_root;
use beige_x87::{Class, Exceptions, F80, Outcome, Precision, Rounding};

/// The square and the root as integers of one scale: the root has `bits` bits, the square twice as many or one less.
fn check(x: F80, root: Outcome, rounding: Rounding) {
    let (biased, significand) = x.normalized();
    let exponent = biased - F80::BIAS;
    let odd = exponent & 1;
    let square = u128::from(significand) << (63 + odd);
    let least = (exponent - odd) / 2 + F80::BIAS;
    if i32::from(root.value.exponent()) != least {
        // Rounded up to the next power of 2.
        assert_eq!(root.value, F80::new(false, least as u16 + 1, 1 << 63), "{x:x?}");
        assert!(rounding == Rounding::Up && square.isqrt() == u128::from(u64::MAX), "{x:x?}");
        return;
    }
    let r = u128::from(root.value.significand);
    let exact = r * r == square;
    let above = r * r > square;
    assert_eq!(root.raised.contains(Exceptions::PE), !exact, "{x:x?}");
    assert_eq!(root.raised.contains(Exceptions::C1), above, "{x:x?}");
    match rounding {
        // (r - 1/2)^2 < square < (r + 1/2)^2; equality cannot be, since the square is an integer.
        Rounding::Nearest => assert!(r * r - r < square && square <= r * r + r, "{x:x?}"),
        Rounding::Down | Rounding::Zero => assert!(r * r <= square && square <= r * r + 2 * r, "{x:x?}"),
        Rounding::Up => assert!(r * r >= square && (r - 1) * (r - 1) < square, "{x:x?}"),
    }
}

#[test]
fn a_root_is_the_nearest_number_in_every_direction() {
    let mut random = Random::new(21);
    for _ in 0..DRAWS {
        let x = number(&mut random, 64).with_sign(false);
        if let Class::Zero | Class::Infinity = x.class() {
            continue;
        }
        for rounding in [Rounding::Nearest, Rounding::Down, Rounding::Up, Rounding::Zero] {
            check(x, square_root(x, &masked(rounding, Precision::Extended)), rounding);
        }
    }
}

#[test]
fn a_root_of_less_precision_is_the_long_root_rounded_once() {
    let mut random = Random::new(22);
    for _ in 0..DRAWS {
        let x = number(&mut random, 64).with_sign(false);
        if let Class::Zero | Class::Infinity = x.class() {
            continue;
        }
        for precision in [Precision::Single, Precision::Double] {
            // Cut toward zero, so the first rounding loses nothing that the second needs.
            let long = square_root(x, &masked(Rounding::Zero, Precision::Extended)).value;
            let short = square_root(x, &masked(Rounding::Zero, precision)).value;
            let kept = u64::MAX << (64 - precision.bits());
            assert_eq!(short.significand, long.significand & kept, "{x:x?}");
            assert_eq!(short.sign_exponent, long.sign_exponent);
        }
    }
}

#[test]
fn the_root_of_a_square_is_exact() {
    let mut random = Random::new(23);
    for _ in 0..DRAWS {
        let root = (random.next_u64() >> 33) as i64;
        let square = square_root(F80::from_integer(root * root), &masked(Rounding::Up, Precision::Extended));
        assert_eq!(square, Outcome::exact(F80::from_integer(root)));
    }
}
