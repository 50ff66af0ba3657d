//! A binary number of 128 significant bits, on which the transcendental functions are computed.
//!
//! Every operation cuts its result to 128 bits, an error below 2^-126 of it; [`Wide::divide`] tells in bit 0 that it
//! did. The 64 bits below a register's significand keep the sum of such errors away from the rounding.

use crate::{Control, F80, Outcome, Unrounded};

/// (-1)^negative * significand * 2^(exponent - 127), bit 127 of the significand set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide {
    /// Whether it is below zero.
    pub(super) negative: bool,
    /// Exponent of two of the topmost bit.
    pub(super) exponent: i32,
    /// The significand; zero only for the number zero, which no operation here is meant for.
    pub(super) significand: u128,
}

impl Wide {
    /// Pi, cut to 128 bits.
    pub(super) const PI: Wide = Wide::new(1, 0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1);
    /// Half of pi.
    pub(super) const HALF_PI: Wide = Wide::new(0, Wide::PI.significand);
    /// Quarter of pi.
    pub(super) const QUARTER_PI: Wide = Wide::new(-1, Wide::PI.significand);
    /// Natural logarithm of 2.
    pub(super) const LN_2: Wide = Wide::new(-1, 0xb172_17f7_d1cf_79ab_c9e3_b398_03f2_f6af);
    /// 2 / ln 2.
    pub(super) const TWO_LOG2_E: Wide = Wide::new(1, 0xb8aa_3b29_5c17_f0bb_be87_fed0_691d_3e88);
    /// 1.
    pub(super) const ONE: Wide = Wide::new(0, 1 << 127);
    /// 2.
    pub(super) const TWO: Wide = Wide::new(1, 1 << 127);

    /// A positive number.
    pub(super) const fn new(exponent: i32, significand: u128) -> Wide {
        Wide { negative: false, exponent, significand }
    }

    /// `integer` * 2^`scale`.
    pub(super) fn from_integer(integer: u128, scale: i32) -> Wide {
        Wide::new(scale + 127, integer).normalize()
    }

    /// A finite number of a register.
    pub(super) fn from_f80(value: F80) -> Wide {
        let (exponent, significand) = value.normalized();
        let significand = u128::from(significand) << 64;
        Wide { negative: value.sign(), exponent: exponent - F80::BIAS, significand }
    }

    /// The same with the other sign when `negate` holds.
    pub(super) fn negate_if(self, negate: bool) -> Wide {
        Wide { negative: self.negative != negate, ..self }
    }

    /// Without its sign.
    pub(super) fn magnitude(self) -> Wide {
        Wide { negative: false, ..self }
    }

    /// The magnitude in units of 2^-128; it is below 1.
    pub(super) fn fraction(self) -> u128 {
        debug_assert!(self.exponent < 0);
        self.significand.checked_shr((-1 - self.exponent).unsigned_abs()).unwrap_or(0)
    }

    /// The square in units of 2^-128; it is below 1.
    pub(super) fn square_fraction(self) -> u128 {
        self.multiply(self).fraction()
    }

    /// The product.
    pub(super) fn multiply(self, other: Wide) -> Wide {
        let high = multiply_high(self.significand, other.significand);
        let negative = self.negative != other.negative;
        Wide { negative, exponent: self.exponent + other.exponent + 1, significand: high }.normalize()
    }

    /// The quotient; bit 0 of the significand is set when it is not exact.
    pub(super) fn divide(self, other: Wide) -> Wide {
        let negative = self.negative != other.negative;
        let exponent = self.exponent - other.exponent;
        let (dividend, divisor) = (self.significand, other.significand);
        let (significand, exponent) = if dividend < divisor {
            (divide_fraction(dividend, divisor), exponent - 1)
        } else {
            (divide_fraction(dividend >> 1, divisor) | dividend & 1, exponent)
        };
        Wide { negative, exponent, significand }
    }

    /// The sum.
    pub(super) fn add(self, other: Wide) -> Wide {
        let (large, small) = if self.rank() >= other.rank() { (self, other) } else { (other, self) };
        let distance = (large.exponent - small.exponent).unsigned_abs();
        let addend = small.significand.checked_shr(distance).unwrap_or(0);
        if large.negative != small.negative {
            return Wide { significand: large.significand - addend, ..large }.normalize();
        }
        match large.significand.checked_add(addend) {
            Some(significand) => Wide { significand, ..large },
            None => {
                let significand = large.significand.wrapping_add(addend) >> 1 | 1 << 127;
                Wide { significand, exponent: large.exponent + 1, ..large }
            }
        }
    }

    /// Multiplied with 1 - `deficit` * 2^-128, for a true deficit that is larger by a little: a product that would be
    /// exact comes out just below.
    pub(super) fn reduce_by(self, deficit: u128) -> Wide {
        let cut = multiply_high(self.significand, deficit) + 1;
        Wide { significand: self.significand - cut, ..self }.normalize()
    }

    /// Multiplied with 1 + `excess` * 2^-128.
    pub(super) fn increase_by(self, excess: u128) -> Wide {
        let surplus = Wide { significand: multiply_high(self.significand, excess), ..self };
        self.add(surplus)
    }

    /// Rounds to a register, by the rounding control alone: precision control does not reach these instructions.
    /// `inexact` says that there is more behind the last bit.
    pub(super) fn round(self, inexact: bool, control: &Control) -> Outcome {
        let significand = self.significand | u128::from(inexact);
        let unrounded = Unrounded { sign: self.negative, exponent: self.exponent + F80::BIAS, significand };
        unrounded.round(&control.extended())
    }

    fn rank(self) -> (i32, u128) {
        (self.exponent, self.significand)
    }

    fn normalize(self) -> Wide {
        let shift = self.significand.leading_zeros();
        let significand = self.significand.checked_shl(shift).unwrap_or(0);
        Wide { significand, exponent: self.exponent - shift.cast_signed(), ..self }
    }
}

const LOW: u128 = u64::MAX as u128;

/// The upper half of the 256-bit product: of two fractions of 2^128 their product.
pub(super) const fn multiply_high(a: u128, b: u128) -> u128 {
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (left, right) = (a_high * b_low, a_low * b_high);
    let middle = ((a_low * b_low) >> 64) + (left & LOW) + (right & LOW);
    a_high * b_high + (left >> 64) + (right >> 64) + (middle >> 64)
}

/// dividend * 2^128 / divisor for a dividend below the divisor, whose bit 127 is set; bit 0 tells of a remainder.
fn divide_fraction(dividend: u128, divisor: u128) -> u128 {
    let (high, rest) = divide_digit(dividend, divisor);
    let (low, rest) = divide_digit(rest, divisor);
    high << 64 | low | u128::from(rest != 0)
}

/// Quotient and remainder of dividend * 2^64 / divisor, dividend < divisor: one step of long division in digits of 64
/// bits (Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D).
fn divide_digit(dividend: u128, divisor: u128) -> (u128, u128) {
    let (divisor_high, divisor_low) = (divisor >> 64, divisor & LOW);
    let mut digit = (dividend / divisor_high).min(LOW);
    let mut rest = dividend - digit * divisor_high;
    // The guess is at most 2 too large; it is right when the part of the divisor left out fits into the rest.
    while rest <= LOW && digit * divisor_low > rest << 64 {
        digit -= 1;
        rest += divisor_high;
    }
    (digit, (rest << 64).wrapping_sub(digit * divisor_low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_quotients_and_sums_of_integers_are_exact() {
        let cases: [(u128, u128); 6] = [
            (3, 5),
            (u128::from(u64::MAX), u128::from(u64::MAX)),
            (0x1234_5678_9abc_def1, 0xfedc_ba98_7654_3211),
            (1, u128::from(u64::MAX)),
            (1 << 63, (1 << 64) - 3),
            (0xffff_ffff_0000_0001, 0x1_0000_0001),
        ];
        for (a, b) in cases {
            let (wide_a, wide_b) = (Wide::from_integer(a, 0), Wide::from_integer(b, 0));
            let product = wide_a.multiply(wide_b);
            assert_eq!(product, Wide::from_integer(a * b, 0), "{a} * {b}");
            assert_eq!(product.divide(wide_b), wide_a, "{a} * {b} / {b}");
            assert_eq!(wide_a.add(wide_b), Wide::from_integer(a + b, 0), "{a} + {b}");
            let difference = Wide::from_integer(a.abs_diff(b), 0).negate_if(a < b);
            if a != b {
                assert_eq!(wide_a.add(wide_b.negate_if(true)), difference, "{a} - {b}");
            }
        }
    }

    #[test]
    fn a_quotient_that_is_not_exact_says_so() {
        let third = Wide::ONE.divide(Wide::from_integer(3, 0));
        assert_eq!(third, Wide::new(-2, 0xaaaa_aaaa_aaaa_aaaa_aaaa_aaaa_aaaa_aaab));
        // A divisor whose upper half alone gives a guess that is too large, twice.
        let divisor = 1 << 127 | u128::from(u64::MAX);
        let (digit, rest) = divide_digit(divisor - 1, divisor);
        assert_eq!(digit, u128::from(u64::MAX));
        assert_eq!(rest, divisor - (1 << 64));
    }

    #[test]
    fn a_factor_just_below_one_leaves_a_trace() {
        assert_eq!(Wide::ONE.reduce_by(0), Wide::new(-1, u128::MAX - 1));
        assert_eq!(Wide::TWO.increase_by(1 << 127), Wide::from_integer(3, 0));
    }
}
