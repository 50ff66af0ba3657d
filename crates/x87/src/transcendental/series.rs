//! The power series behind the transcendental functions, in fixed point.
//!
//! A series is written as x * (1 + c) or x * (1 - c) with a small c, a fraction in units of 2^-128 summed by Horner's
//! rule: the relative error stays near 2^-125 for any x, however small. Each series is carried on until its next term
//! is below 2^-128 of the sum at the end of its range.

use super::wide::{Wide, multiply_high};

/// 2^128 / n!, cut; 34! is the last factorial below 2^128. (0 and 1 are not used: their quotient would not fit.)
const RECIPROCAL_FACTORIAL: [u128; 35] = {
    let mut table = [u128::MAX; 35];
    let (mut n, mut factorial) = (2, 1);
    while n < table.len() {
        factorial *= n as u128;
        // The divisor is no power of two, or it is 2, where this is one too little.
        table[n] = u128::MAX / factorial;
        n += 1;
    }
    table
};

/// 2^128 / (2n + 1), cut. (0 is not used.)
const RECIPROCAL_ODD: [u128; 27] = {
    let mut table = [u128::MAX; 27];
    let mut n = 1;
    while n < table.len() {
        table[n] = u128::MAX / (2 * n as u128 + 1);
        n += 1;
    }
    table
};

/// How many parts the quotients from 0 to 1 are cut into for the arctangent.
const ARCTANGENT_PARTS: u128 = 32;

/// arctan(n / 32) * 2^128, cut. Made by an arbitrary-precision library; a test makes it again.
const ARCTANGENT: [u128; ARCTANGENT_PARTS as usize + 1] = [
    0x0000_0000_0000_0000_0000_0000_0000_0000,
    0x07ff_556e_ea5d_892a_13bc_ebbb_6ed4_6310,
    0x0ffa_addb_967e_f4e3_6cb2_792d_c0e2_e0d5,
    0x17ee_1826_02f1_0e8c_126a_cfcf_099f_06ce,
    0x1fd5_ba9a_ac2f_6dc6_5912_f313_e7d1_11de,
    0x27ad_ddd1_8cc4_d8b0_d1d8_6749_40d8_3fa1,
    0x2f72_f697_9cb6_044d_1ec2_d3e2_0727_1d21,
    0x3721_aea5_24c1_4408_bd88_6970_72d5_4bc0,
    0x3eb6_ebf2_5901_bac5_5b71_e7bd_7de8_85f9,
    0x462f_d68c_2fc5_e098_6523_a458_dfc4_14c6,
    0x4d89_dcdc_1faf_2f34_e2d5_da4c_693d_7994,
    0x54c2_b665_4735_276d_4cdb_fbbd_fbec_f460,
    0x5bd8_6507_937b_c239_c551_9091_6e7f_2241,
    0x62c9_34e5_286c_95b6_d0ba_3748_fa85_146e,
    0x6993_bb0f_308f_f2db_213e_4af4_800f_389b,
    0x7036_d325_3b27_be33_e318_f6cb_3cc6_5c01,
    0x76b1_9c15_86ed_3da2_b7f2_22f6_5e1d_4681,
    0x7d03_742d_5050_5f2e_3369_1e3e_aee4_7661,
    0x832b_f4a6_d986_7e2a_4b6a_09cb_61a5_15c0,
    0x892a_ecdf_de95_47b5_0944_78fc_472b_4afb,
    0x8f00_5d5e_f7f5_9f9b_5c83_5e16_65c4_3747,
    0x94ac_72c9_8471_86f6_18c4_f393_f78a_32f8,
    0x9a2f_80e6_71bd_da20_4226_f8e2_204f_f3bc,
    0x9f89_fdc4_f4b7_a1ec_f8b4_9264_4f07_01df,
    0xa4bc_7d19_34f7_0924_19a8_7f2a_457d_ac9e,
    0xa9c7_abdc_4830_f5c8_916a_84b5_be79_33f5,
    0xaeac_4c38_b4d8_c080_1472_5e2f_3e52_070a,
    0xb36b_31c9_1f04_3691_5901_4174_4462_f939,
    0xb805_3e2b_c231_9e73_cb2d_a552_10a4_443d,
    0xbc7b_5dea_e98a_f280_d411_3006_e80f_b290,
    0xc0ce_85b8_ac52_6640_89dd_62c4_6e92_fa24,
    0xc4ff_affa_bf8f_bd54_8cb4_3d10_bc9e_0221,
    0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1,
];

/// Below 2^-33 the terms after the second are below 2^-128 of the first.
const TINY: i32 = -33;

/// Sine and cosine of a number of at most pi / 4, other than zero. Both are cut to just below a number that they only
/// approach.
pub(super) fn sine_and_cosine(angle: Wide) -> (Wide, Wide) {
    let square = angle.square_fraction();
    let deficit = |first: usize| {
        let sum = RECIPROCAL_FACTORIAL[first..]
            .iter()
            .step_by(2)
            .rev()
            .fold(0, |sum, term| term.wrapping_sub(multiply_high(square, sum)));
        multiply_high(square, sum)
    };
    (angle.reduce_by(deficit(3)), Wide::ONE.reduce_by(deficit(2)))
}

/// Tangent of a number of at most pi / 4, other than zero.
pub(super) fn tangent(angle: Wide) -> Wide {
    if angle.exponent < TINY {
        return angle.increase_by(multiply_high(angle.square_fraction(), RECIPROCAL_ODD[1]));
    }
    let (sine, cosine) = sine_and_cosine(angle);
    sine.divide(cosine)
}

/// Cotangent of a number of at most pi / 4, other than zero.
pub(super) fn cotangent(angle: Wide) -> Wide {
    if angle.exponent < TINY {
        return Wide::ONE.divide(angle).reduce_by(multiply_high(angle.square_fraction(), RECIPROCAL_ODD[1]));
    }
    let (sine, cosine) = sine_and_cosine(angle);
    cosine.divide(sine)
}

/// Arctangent of numerator / denominator, both positive and of 64 bits, the quotient between 0 and 1.
pub(super) fn arctangent(numerator: Wide, denominator: Wide) -> Wide {
    // With c = part / 32: arctan(a / b) = arctan(c) + arctan((a - c b) / (b + c a)), the last quotient below 2^-6.
    let distance = (denominator.exponent - numerator.exponent).unsigned_abs();
    let (quotient, part) = if distance < 8 {
        let a = numerator.significand >> 64;
        let b = (denominator.significand >> 64) << distance;
        let part = (2 * ARCTANGENT_PARTS * a + b) / (2 * b);
        let (scaled, step) = (ARCTANGENT_PARTS * a, part * b);
        if scaled == step {
            return arctangent_of_part(part);
        }
        let rest = Wide::from_integer(scaled.abs_diff(step), 0).negate_if(scaled < step);
        (rest.divide(Wide::from_integer(ARCTANGENT_PARTS * b + part * a, 0)), part)
    } else {
        (numerator.divide(denominator), 0)
    };
    let square = quotient.square_fraction();
    let sum = RECIPROCAL_ODD[1..13].iter().rev().fold(0, |sum, term| term.wrapping_sub(multiply_high(square, sum)));
    let angle = quotient.reduce_by(multiply_high(square, sum));
    if part == 0 { angle } else { arctangent_of_part(part).add(angle) }
}

fn arctangent_of_part(part: u128) -> Wide {
    Wide::from_integer(ARCTANGENT.get(part as usize).copied().unwrap_or(0), -128)
}

/// 2^power - 1 of a number between -1 and 1, other than these and zero.
pub(super) fn exponential_less_one(power: Wide) -> Wide {
    let exponent = power.multiply(Wide::LN_2);
    let argument = exponent.fraction();
    let terms = RECIPROCAL_FACTORIAL[2..].iter().rev();
    if power.negative {
        let sum = terms.fold(0, |sum, term| term.wrapping_sub(multiply_high(argument, sum)));
        exponent.reduce_by(multiply_high(argument, sum))
    } else {
        let sum = terms.fold(0, |sum: u128, term| term.wrapping_add(multiply_high(argument, sum)));
        exponent.increase_by(multiply_high(argument, sum))
    }
}

/// Logarithm to the base 2 of (1 + ratio) / (1 - ratio), which is 2 artanh(ratio) / ln 2; for at most 0.172, where
/// the argument is the square root of 2, other than zero.
fn logarithm_of_ratio(ratio: Wide) -> Wide {
    let square = ratio.square_fraction();
    let sum = RECIPROCAL_ODD[1..].iter().rev().fold(0, |sum: u128, term| term.wrapping_add(multiply_high(square, sum)));
    ratio.increase_by(multiply_high(square, sum)).multiply(Wide::TWO_LOG2_E)
}

/// A logarithm to the base 2.
#[derive(Clone, Copy, Debug)]
pub(super) enum Logarithm {
    /// Of a power of two.
    Integer(i32),
    /// Of another number.
    Irrational(Wide),
}

/// Logarithm to the base 2 of a positive number.
pub(super) fn logarithm(number: Wide) -> Logarithm {
    /// The square root of 2, cut.
    const ROOT_2: u128 = 0xb504_f333_f9de_6484_597d_89b3_754a_be9f;
    let (significand, half) = (number.significand, number.significand >> 1);
    if significand == 1 << 127 {
        return Logarithm::Integer(number.exponent);
    }
    // number = 2^exponent * m, m between the square roots of 1/2 and 2; ratio = (m - 1) / (m + 1).
    let (exponent, difference, sum) = if significand > ROOT_2 {
        let difference = Wide::from_integer(significand.wrapping_neg(), -127).negate_if(true);
        (number.exponent + 1, difference, half.wrapping_add(1 << 127))
    } else {
        (number.exponent, Wide::from_integer(significand - (1 << 127), -127), half.wrapping_add(1 << 126))
    };
    let fraction = logarithm_of_ratio(difference.divide(Wide::new(1, sum)));
    Logarithm::Irrational(if exponent == 0 {
        fraction
    } else {
        Wide::from_integer(exponent.unsigned_abs().into(), 0).negate_if(exponent < 0).add(fraction)
    })
}

/// Logarithm to the base 2 of 1 + a number above -1, other than zero.
pub(super) fn logarithm_of_one_plus(number: Wide) -> Logarithm {
    if number.exponent < -2 {
        return Logarithm::Irrational(logarithm_of_ratio(number.divide(Wide::TWO.add(number))));
    }
    match logarithm(Wide::ONE.add(number)) {
        // The sum was cut to a power of two: its logarithm is a little above.
        Logarithm::Integer(exponent) if number.exponent >= 64 => {
            Logarithm::Irrational(Wide::from_integer(exponent.unsigned_abs().into(), 0))
        }
        exact_or_not => exact_or_not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use astro_float_num::{BigFloat, Consts, RoundingMode, Sign};

    const BITS: usize = 320;
    const NEAREST: RoundingMode = RoundingMode::ToEven;

    /// The topmost 128 bits of a number, cut.
    fn cut(value: &BigFloat) -> u128 {
        let (words, ..) = value.as_raw_parts().unwrap();
        let [.., low, high] = words else { panic!("{value} has one word") };
        u128::from(*high) << 64 | u128::from(*low)
    }

    fn number(value: Wide) -> BigFloat {
        let words = [value.significand as u64, (value.significand >> 64) as u64];
        let sign = if value.negative { Sign::Neg } else { Sign::Pos };
        BigFloat::from_words(&words, sign, value.exponent + 1)
    }

    #[test]
    fn constants_and_tables_are_what_an_arbitrary_precision_library_makes() {
        let mut constants = Consts::new().unwrap();
        let ln_2 = constants.ln_2(BITS, NEAREST);
        let one = BigFloat::from_word(1, BITS);
        assert_eq!(Wide::PI.significand, cut(&constants.pi(BITS, NEAREST)));
        assert_eq!(Wide::LN_2.significand, cut(&ln_2));
        assert_eq!(Wide::TWO_LOG2_E.significand, cut(&one.div(&ln_2, BITS, NEAREST)));
        let mut factorial = one.clone();
        for (n, entry) in RECIPROCAL_FACTORIAL.into_iter().enumerate().skip(2) {
            factorial = factorial.mul(&BigFloat::from_word(n as u64, BITS), BITS, NEAREST);
            assert_near(Wide::from_integer(entry, -128), &one.div(&factorial, BITS, NEAREST), -127);
        }
        for (n, entry) in RECIPROCAL_ODD.into_iter().enumerate().skip(1) {
            let odd = BigFloat::from_word(2 * n as u64 + 1, BITS);
            assert_near(Wide::from_integer(entry, -128), &one.div(&odd, BITS, NEAREST), -127);
        }
        for (n, entry) in ARCTANGENT.into_iter().enumerate().skip(1) {
            let part = BigFloat::from_word(n as u64, BITS).div(&BigFloat::from_word(32, BITS), BITS, NEAREST);
            let angle = part.atan(BITS, NEAREST, &mut constants);
            assert_eq!(entry, cut(&angle) >> -angle.exponent().unwrap(), "arctan({n} / 32)");
        }
    }

    /// Asserts an error below 2^`power`.
    fn assert_near(value: Wide, exact: &BigFloat, power: i32) {
        let error = number(value).sub(exact, BITS, NEAREST);
        assert!(error.is_zero() || error.exponent().unwrap() <= power, "{value:x?} is {error} off");
    }

    /// Asserts a relative error below 2^-120.
    fn assert_accurate(value: Wide, exact: &BigFloat) {
        assert_near(value, exact, exact.exponent().unwrap() - 1 - 120);
    }

    /// Significands of 64 bits over all of an interval between powers of two, and those next to its ends.
    fn significands() -> impl Iterator<Item = u128> {
        (0..64_u64)
            .map(|step| 1 << 63 | step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1)
            .chain([1 << 63 | 1, u64::MAX])
            .map(|significand| u128::from(significand) << 64)
    }

    #[test]
    fn series_are_good_for_120_bits() {
        let mut constants = Consts::new().unwrap();
        let ln_2 = constants.ln_2(BITS, NEAREST);
        let one = BigFloat::from_word(1, BITS);
        for significand in significands() {
            for exponent in [-1, -2, -3, -7, -31, -32, -33, -34, -60, -70] {
                let wide = Wide::new(exponent, significand);
                let exact = number(wide);
                if exponent < -1 || significand < Wide::QUARTER_PI.significand {
                    let (sine, cosine) = sine_and_cosine(wide);
                    assert_accurate(sine, &exact.sin(BITS, NEAREST, &mut constants));
                    assert_accurate(cosine, &exact.cos(BITS, NEAREST, &mut constants));
                    let exact = exact.tan(BITS, NEAREST, &mut constants);
                    assert_accurate(tangent(wide), &exact);
                    assert_accurate(cotangent(wide), &one.div(&exact, BITS, NEAREST));
                }
                assert_accurate(arctangent(wide, Wide::ONE), &exact.atan(BITS, NEAREST, &mut constants));
                for power in [wide, wide.negate_if(true)] {
                    let argument = number(power).mul(&ln_2, BITS, NEAREST);
                    let exact = argument.exp(BITS, NEAREST, &mut constants).sub(&one, BITS, NEAREST);
                    assert_accurate(exponential_less_one(power), &exact);
                    let Logarithm::Irrational(logarithm) = logarithm_of_one_plus(power) else { continue };
                    let sum = number(power).add(&one, BITS, NEAREST);
                    assert_accurate(logarithm, &sum.log2(BITS, NEAREST, &mut constants));
                }
            }
            for exponent in [-16445, -2, -1, 0, 1, 2, 5, 100, 16383] {
                let wide = Wide::new(exponent, significand);
                let Logarithm::Irrational(logarithm) = logarithm(wide) else { continue };
                assert_accurate(logarithm, &number(wide).log2(BITS, NEAREST, &mut constants));
            }
        }
    }
}
