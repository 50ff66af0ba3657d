//! The flags of multiplication and division of the 80286, which its manual calls undefined. No listing of its microcode
//! is public: the steps here are those that explain every recorded test of SingleStepTests/80286.
//!
//! The multiplier and divider set AF always, and OF together with CF. SF, ZF and PF are those of the high half of a
//! product and of the remainder of a quotient.

use super::{result_flags, sub};
use crate::Width;
use crate::regs::flag::{AF, CF, OF};

/// The flags of MUL and IMUL.
pub(crate) fn multiply_flags(width: Width, high: u32, overflow: bool) -> u32 {
    divider_flags(width, high, overflow)
}

fn divider_flags(width: Width, value: u32, carry: bool) -> u32 {
    result_flags(width, value) | AF | if carry { CF | OF } else { 0 }
}

/// The flags of a DIV that fits: the carry is the borrow of the last subtraction, in the width of the divisor.
pub(crate) fn quotient_flags(width: Width, quotient: u32, remainder: u32, divisor: u32) -> u32 {
    let was_restored = quotient & 1 == 0;
    let had_carry_above = u64::from(remainder) + u64::from(divisor) > u64::from(width.mask());
    divider_flags(width, remainder, was_restored || had_carry_above)
}

/// The flags of an IDIV that fits: the carry is the sign of the divisor, upside down.
pub(crate) fn signed_quotient_flags(width: Width, remainder: u32, divisor: u32) -> u32 {
    divider_flags(width, remainder, divisor & width.sign() == 0)
}

/// The flags of a DIV, or an AAM, whose quotient does not fit: those of the last but one subtraction, which are of the
/// usual kind. The subtraction before the first bit, which finds the overflow, is kept.
pub(crate) fn overflow_flags(width: Width, high: u32, low: u32, divisor: u32) -> u32 {
    let (mut high, mut low) = (high, low);
    let mut flags = 0;
    if high >= divisor {
        high -= divisor;
    }
    for _ in 1..width.bits() {
        let carry = high & width.sign() != 0;
        (high, low) = shift_pair(width, high, low);
        let difference;
        (difference, flags) = sub(width, high, divisor, 0);
        if carry || flags & CF == 0 {
            high = difference;
        }
    }
    flags
}

/// The flags of an IDIV whose quotient does not fit. The dividend keeps its sign: a negative one is brought towards zero
/// by additions, without becoming zero. Bits shifted out above are lost. The carry is that of one more step without a
/// shift, and a remainder that this step makes zero counts as zero.
pub(crate) fn signed_overflow_flags(width: Width, high: u32, low: u32, divisor: u32) -> u32 {
    let (mut high, mut low) = (high, low);
    let mask = width.mask();
    let is_negative = high & width.sign() != 0;
    let divisor_is_negative = divisor & width.sign() != 0;
    let magnitude = if divisor_is_negative { divisor.wrapping_neg() & mask } else { divisor };
    let carries = |a: u32, b: u32| u64::from(a) + u64::from(b) > u64::from(mask);
    for _ in 0..width.bits() {
        (high, low) = shift_pair(width, high, low);
        if is_negative && !carries(high, magnitude) {
            high += magnitude;
        } else if !is_negative && high >= magnitude {
            high -= magnitude;
        }
    }
    // Towards zero: a divisor of the same sign is subtracted, one of the other sign added.
    let subtracts = is_negative == divisor_is_negative;
    let carry = if subtracts { high < divisor } else { carries(high, divisor) };
    let last = if subtracts { high.wrapping_sub(divisor) } else { high.wrapping_add(divisor) };
    let remainder = if last & mask == 0 { 0 } else { high };
    divider_flags(width, remainder, carry)
}

fn shift_pair(width: Width, high: u32, low: u32) -> (u32, u32) {
    let bit = u32::from(low & width.sign() != 0);
    ((high << 1 | bit) & width.mask(), low << 1 & width.mask())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regs::flag::{PF, SF, ZF};

    #[test]
    fn an_even_quotient_leaves_the_borrow_of_its_last_step() {
        assert_eq!(quotient_flags(Width::Byte, 2, 1, 2), AF | CF | OF);
        assert_eq!(quotient_flags(Width::Byte, 3, 4, 0x9d), AF);
        assert_eq!(quotient_flags(Width::Byte, 5, 0xba, 0xc8), AF | SF | CF | OF);
    }

    #[test]
    fn a_negative_divisor_leaves_no_carry() {
        assert_eq!(signed_quotient_flags(Width::Word, 0, 0xffff), AF | ZF | PF);
        assert_eq!(signed_quotient_flags(Width::Word, 0, 1), AF | ZF | PF | CF | OF);
    }

    #[test]
    fn division_by_zero_leaves_the_flags_of_a_dividend_shifted_by_all_but_one_bit() {
        assert_eq!(overflow_flags(Width::Word, 0xc9bd, 0xddb9, 0), sub(Width::Word, 0xeedc, 0, 0).1);
        assert_eq!(overflow_flags(Width::Byte, 0, 0x82, 0), sub(Width::Byte, 0x41, 0, 0).1);
    }

    #[test]
    fn a_remainder_that_equals_the_divisor_counts_as_none() {
        assert_eq!(signed_overflow_flags(Width::Word, 0x51f8, 0, 0xf23c), AF | ZF | PF | CF | OF);
        assert_eq!(signed_overflow_flags(Width::Word, 0xf987, 0, 0xffff), AF | ZF | PF);
    }
}
