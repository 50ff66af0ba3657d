//! Errors over random and edge arguments, by the arbitrary-precision oracle.

use crate::oracle::{Function, Oracle, distance};
use astro_float_num::BigFloat;
use beige_testkit::Random;
use beige_x87::{Control, F80, Generation, Outcome, fcos, fpatan, fsin, fsincos, ftan, fyl2x, fyl2xp1};
use beige_x87::{Exceptions, Rounding, f2xm1};

/// All exceptions masked, and precision control at 24 bits, which these instructions must not heed.
const CONTROLS: [u16; 4] = [0x007f, 0x047f, 0x087f, 0x0c7f];

fn control(word: u16) -> Control {
    Control::new(word, Generation::I80387)
}

/// What the instruction gives for finite operands below 2^63.
fn run(function: Function, st0: F80, st1: F80, control: &Control) -> Outcome {
    match function {
        Function::F2xm1 => f2xm1(st0, control),
        Function::Fyl2x => fyl2x(st0, st1, control),
        Function::Fyl2xp1 => fyl2xp1(st0, st1, control),
        Function::Fpatan => fpatan(st0, st1, control),
        Function::Fptan => ftan(st0, control).unwrap(),
        Function::Fsin => fsin(st0, control).unwrap(),
        Function::Fcos => fcos(st0, control).unwrap(),
    }
}

/// Random operands.
struct Arguments(Random);

impl Arguments {
    fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// Random bits, or few of them set or clear, or those of a constant.
    fn significand(&mut self) -> u64 {
        const SPECIAL: [u64; 4] =
            [0xc90f_daa2_2168_c235, 0xb504_f333_f9de_6484, 0xb504_f333_f9de_6485, 0x96cb_e3f9_990e_91a8];
        let few = self.next() >> self.below(64);
        1 << 63
            | match self.below(8) {
                0 => few,
                1 => !few,
                2 => 0,
                3 => SPECIAL[self.below(4) as usize],
                _ => self.next(),
            }
    }

    /// A number with an unbiased exponent in this range, of either sign.
    fn number(&mut self, exponents: std::ops::Range<i32>) -> F80 {
        let width = u64::from(exponents.start.abs_diff(exponents.end));
        let exponent = exponents.start + self.below(width) as i32 + F80::BIAS;
        F80::new(self.below(2) == 1, exponent as u16, self.significand())
    }

    /// A denormal, or a number near the least exponent.
    fn tiny(&mut self) -> F80 {
        match self.below(2) {
            0 => F80::new(self.below(2) == 1, 0, (self.next() >> self.below(63)).max(1)),
            _ => self.number(-16382..-16300),
        }
    }

    /// The number nearest to a multiple of pi / 4, or one a few units beside it.
    fn near_an_eighth_turn(&mut self) -> F80 {
        let multiple = 1 + (self.next() >> self.below(64) >> 2);
        let product = u128::from(multiple) * 0xc90f_daa2_2168_c234;
        let shift = product.leading_zeros();
        let significand = ((product << shift) >> 64) as u64;
        // pi / 4 is this constant * 2^-64.
        let exponent = (63 - shift.cast_signed() + F80::BIAS).min(F80::BIAS + 62);
        let beside = significand.wrapping_add(self.below(5)).wrapping_sub(2) | 1 << 63;
        F80::new(self.below(2) == 1, exponent as u16, beside)
    }

    /// A number near 1 or 1/2, where exponents change.
    fn near_one(&mut self) -> F80 {
        let few = self.next() >> self.below(64);
        match self.below(2) {
            0 => F80::new(false, 0x3fff, 1 << 63 | few),
            _ => F80::new(false, 0x3ffe, 1 << 63 | !few),
        }
    }

    /// Operands in the domain of the function, with a result that does not overflow.
    fn operands(&mut self, function: Function) -> (F80, F80) {
        match function {
            Function::F2xm1 => match self.below(8) {
                0 => (self.tiny(), F80::ONE),
                1 => (self.number(-16382..-64), F80::ONE),
                2 => (F80::new(self.below(2) == 1, 0x3ffe, self.near_one().significand), F80::ONE),
                _ => (self.number(-70..0), F80::ONE),
            },
            Function::Fyl2x => {
                let x = match self.below(4) {
                    0 => self.tiny(),
                    1 => self.number(-16382..16384),
                    _ => self.near_one(),
                };
                (x.with_sign(false), self.factor())
            }
            Function::Fyl2xp1 => match self.below(8) {
                0 => (self.tiny(), self.factor()),
                1 => (self.number(-16382..-64), self.number(0..8000)),
                2 => (self.number(-2..-1), self.factor()),
                3 => (self.number(-2..300).with_sign(false), self.factor()),
                _ => (self.number(-70..-1), self.factor()),
            },
            Function::Fpatan => match self.below(8) {
                0 => (self.tiny(), self.number(-16382..-16300)),
                1 => (self.number(-16382..16384), self.number(-16382..16384)),
                2 => (self.number(-30..30), self.tiny()),
                3 => (self.number(-70..70), self.number(-70..70)),
                _ => (self.number(-3..3), self.number(-3..3)),
            },
            Function::Fptan | Function::Fsin | Function::Fcos => match self.below(8) {
                0 => (self.tiny(), F80::ONE),
                1 => (self.number(-16382..-64), F80::ONE),
                2 | 3 => (self.near_an_eighth_turn(), F80::ONE),
                4 => (self.number(-70..-2), F80::ONE),
                _ => (self.number(-4..63), F80::ONE),
            },
        }
    }

    fn factor(&mut self) -> F80 {
        match self.below(4) {
            0 => self.number(-16382..-16300),
            1 => self.number(-8000..8000),
            _ => self.number(-10..10),
        }
    }
}

/// Whether the register is what this rounding makes of the number, but for the oracle's own error.
fn is_rounded(distance: &BigFloat, negative: bool, rounding: Rounding) -> bool {
    let slack = BigFloat::from_f64(1e-30, 64);
    let within = |low: f64, high: f64| {
        let (low, high) = (BigFloat::from_f64(low, 64), BigFloat::from_f64(high, 64));
        let (low, high) = (low.sub_full_prec(&slack), high.add_full_prec(&slack));
        distance.cmp(&low) >= Some(0) && distance.cmp(&high) <= Some(0)
    };
    match rounding {
        Rounding::Nearest => within(-0.5, 0.5),
        Rounding::Down => within(-1.0, 0.0),
        Rounding::Up => within(0.0, 1.0),
        Rounding::Zero if negative => within(0.0, 1.0),
        Rounding::Zero => within(-1.0, 0.0),
    }
}

/// Every result must be the function's value rounded as asked, so within half a unit in the last place to nearest and
/// within one unit otherwise. That is a stronger promise than the chip's, which is one unit.
fn check(function: Function, seed: u64, count: u32) {
    let mut arguments = Arguments(Random::new(seed));
    let mut oracle = Oracle::new();
    for number in 0..count {
        let (st0, st1) = arguments.operands(function);
        let control = control(CONTROLS[arguments.below(4) as usize]);
        let outcome = run(function, st0, st1, &control);
        let exact = oracle.value(function, st0, st1);
        let distance = distance(outcome.value, &exact);
        assert!(
            is_rounded(&distance, exact.is_negative(), control.rounding),
            "{function:?} {st0:x?} {st1:x?} {:?}, number {number}: {:x?} is {distance} units off",
            control.rounding,
            outcome.value
        );
        assert!(outcome.raised.contains(Exceptions::PE) || outcome.value.significand == 0, "{function:?} {st0:x?}");
    }
}

#[test]
fn f2xm1_is_correctly_rounded() {
    check(Function::F2xm1, 1, 6000);
}

#[test]
fn fyl2x_is_correctly_rounded() {
    check(Function::Fyl2x, 2, 6000);
}

#[test]
fn fyl2xp1_is_correctly_rounded() {
    check(Function::Fyl2xp1, 3, 6000);
}

#[test]
fn fpatan_is_correctly_rounded() {
    check(Function::Fpatan, 4, 6000);
}

#[test]
fn fptan_is_correctly_rounded() {
    check(Function::Fptan, 5, 6000);
}

#[test]
fn fsin_is_correctly_rounded() {
    check(Function::Fsin, 6, 6000);
}

#[test]
fn fcos_is_correctly_rounded() {
    check(Function::Fcos, 7, 6000);
}

#[test]
fn signs_are_symmetric() {
    let mut arguments = Arguments(Random::new(8));
    let nearest = control(0x037f);
    for _ in 0..20_000 {
        let (x, _) = arguments.operands(Function::Fsin);
        let odd = |f: fn(F80, &Control) -> Option<Outcome>| {
            let (plus, minus) = (f(x, &nearest).unwrap(), f(x.negated(), &nearest).unwrap());
            assert_eq!((minus.value, minus.raised), (plus.value.negated(), plus.raised), "{x:x?}");
        };
        odd(fsin);
        odd(ftan);
        assert_eq!(fcos(x, &nearest), fcos(x.negated(), &nearest), "{x:x?}");
        assert_eq!(fsincos(x, &nearest), Some((fsin(x, &nearest).unwrap(), fcos(x, &nearest).unwrap())), "{x:x?}");
        let (x, y) = arguments.operands(Function::Fpatan);
        assert_eq!(fpatan(x, y.negated(), &nearest).value, fpatan(x, y, &nearest).value.negated(), "{x:x?} {y:x?}");
        let (x, y) = arguments.operands(Function::Fyl2x);
        assert_eq!(fyl2x(x, y.negated(), &nearest).value, fyl2x(x, y, &nearest).value.negated(), "{x:x?} {y:x?}");
    }
}

#[test]
fn neighbours_keep_their_order() {
    let mut arguments = Arguments(Random::new(9));
    let nearest = control(0x037f);
    let key = |x: F80| {
        let magnitude = i128::from(x.exponent()) << 64 | i128::from(x.significand);
        if x.sign() { -magnitude } else { magnitude }
    };
    for _ in 0..20_000 {
        let mut x = arguments.number(-40..-1).with_sign(false);
        for _ in 0..4 {
            let next = F80::new(false, x.exponent(), x.significand.saturating_add(1));
            for function in [Function::F2xm1, Function::Fyl2x, Function::Fyl2xp1, Function::Fptan, Function::Fsin] {
                let values = [x, next].map(|x| key(run(function, x, F80::ONE, &nearest).value));
                assert!(values[0] <= values[1], "{function:?} {x:x?}");
            }
            let values = [x, next].map(|y| key(fpatan(F80::ONE, y, &nearest).value));
            assert!(values[0] <= values[1], "fpatan {x:x?}");
            x = next;
        }
    }
}

#[test]
fn a_result_next_to_a_number_shows_on_which_side_it_is() {
    // sin x and arctan x are a little less than x, tan x is more; the cosine is below 1, the tangent of the register
    // nearest to pi / 2, 2^-65 beyond that of the chip, is just above -2^65; log2 (1 + 2^80) is just above 80.
    let one = |exponent: i32| F80::new(false, (exponent + F80::BIAS) as u16, 1 << 63);
    let minus = |x: F80| x.negated();
    let above = |x: F80| F80 { significand: x.significand + 1, ..x };
    let below = |exponent: i32| F80::new(false, (exponent - 1 + F80::BIAS) as u16, u64::MAX);
    let near_half_pi = F80::new(false, 0x3fff, 0xc90f_daa2_2168_c235);
    for exponent in [-40, -70, -1000, -16382] {
        let x = one(exponent);
        let least = if exponent == -16382 { F80::new(false, 0, u64::MAX >> 1) } else { below(exponent) };
        let cases = [
            (Function::Fsin, x, F80::ONE, [x, least, x, least]),
            (Function::Fsin, minus(x), F80::ONE, [minus(x), minus(x), minus(least), minus(least)]),
            (Function::Fcos, x, F80::ONE, [F80::ONE, below(0), F80::ONE, below(0)]),
            (Function::Fptan, x, F80::ONE, [x, x, above(x), x]),
            (Function::Fpatan, F80::ONE, x, [x, least, x, least]),
        ];
        for (function, st0, st1, expected) in cases {
            let got = CONTROLS.map(|word| run(function, st0, st1, &control(word)).value);
            assert_eq!(got, expected, "{function:?} {st0:x?} {st1:x?}");
        }
    }
    let (eighty, large) = (F80::new(false, 0x4005, 0xa << 60), minus(one(65)));
    let tangent = [large, large, minus(below(65)), minus(below(65))];
    assert_eq!(CONTROLS.map(|word| ftan(near_half_pi, &control(word)).unwrap().value), tangent);
    let logarithm = [eighty, eighty, above(eighty), eighty];
    assert_eq!(CONTROLS.map(|word| fyl2xp1(one(80), F80::ONE, &control(word)).value), logarithm);
}

#[test]
fn the_angle_functions_have_the_pi_of_66_bits() {
    // SPEC: SDM volume 1, 8.3.8. The register next to pi is 2^-64 above the chip's pi, 0.926 times that above the true.
    let pi = F80::new(false, 0x4000, 0xc90f_daa2_2168_c235);
    let sine = fsin(pi, &control(0x037f)).unwrap().value;
    assert_eq!(sine, F80::new(true, (F80::BIAS - 64) as u16, 1 << 63));
}
