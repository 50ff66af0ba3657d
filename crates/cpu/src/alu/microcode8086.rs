//! Multiplication and division as the microcode of the 8086 steps through them, for the flags they leave. The manuals
//! call those flags undefined; they are those of the microcode's own comparisons and additions.
//!
//! SPEC: the routines CORD, PREIDIV, POSTIDIV, MULCOF and IMULCOF of the 8086's microcode (disassembly by Andrew Jenner,
//! described in Ken Shirriff's "Reverse-engineering the division microcode in the Intel 8086 processor" and "the
//! multiplication algorithm hidden in the Intel 8086"). SingleStepTests/8086 agrees with every step.

use super::{result_flags, sub};
use crate::Width;
use crate::regs::flag::{AF, CF, OF};

/// What a division leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    /// Quotient and remainder; `None` is a divide error.
    pub(crate) result: Option<(u32, u32)>,
    /// The six arithmetic flags, with an error as well.
    pub(crate) flags: u32,
}

/// DIV, and the division of AAM. `high` and `low` are the halves of the dividend, bytes or words.
pub(crate) fn unsigned(width: Width, high: u32, low: u32, divisor: u32) -> Division {
    match cord(width, high, low, divisor) {
        Ok(steps) => Division { result: Some((steps.quotient, steps.remainder)), flags: steps.flags },
        Err(flags) => Division { result: None, flags },
    }
}

/// IDIV. `negate` is the microcode's sign flag F1 before the division, which a REP prefix leaves set.
pub(crate) fn signed(width: Width, high: u32, low: u32, divisor: u32, negate: bool) -> Division {
    let mask = width.mask();
    let (mut high, mut low, mut divisor) = (high, low, divisor);
    let is_negative = high & width.sign() != 0;
    // PREIDIV: both operands become positive, F1 counts the signs.
    let mut f1 = negate;
    if is_negative {
        f1 = !f1;
        low = low.wrapping_neg() & mask;
        high = if low == 0 { high.wrapping_neg() } else { !high } & mask;
    }
    if divisor & width.sign() != 0 {
        f1 = !f1;
        divisor = divisor.wrapping_neg() & mask;
    }
    let steps = match cord(width, high, low, divisor) {
        Ok(steps) => steps,
        Err(flags) => return Division { result: None, flags },
    };
    // POSTIDIV: a quotient with its top bit set is an error; then the signs, and carry and overflow go.
    if steps.flags & CF == 0 {
        return Division { result: None, flags: steps.flags };
    }
    let sign = |negative: bool, value: u32| if negative { value.wrapping_neg() & mask } else { value };
    let result = (sign(f1, steps.quotient), sign(is_negative, steps.remainder));
    Division { result: Some(result), flags: steps.flags & !(CF | OF) }
}

struct Steps {
    quotient: u32,
    remainder: u32,
    flags: u32,
}

/// CORD: one comparison for overflow, then for every bit a rotation and a subtraction. Gives the flags as error when
/// the quotient does not fit.
fn cord(width: Width, high: u32, low: u32, divisor: u32) -> Result<Steps, u32> {
    let (mut high, mut low) = (high, low);
    // What the last subtraction that set the flags began with.
    let mut compared = high;
    if high >= divisor {
        return Err(sub(width, compared, divisor, 0).1);
    }
    let mut carry = 1;
    for _ in 0..width.bits() {
        (low, carry) = rotate(width, low, carry);
        (high, carry) = rotate(width, high, carry);
        if carry != 0 {
            // What was shifted out makes the subtraction fit; nothing sets the flags then.
            high = high.wrapping_sub(divisor) & width.mask();
            carry = 0;
        } else {
            compared = high;
            carry = u32::from(high < divisor);
            high -= if carry == 0 { divisor } else { 0 };
        }
    }
    // Bits of the quotient arrived as borrows, upside down. The last rotation gives its top bit to the carry.
    (low, _) = rotate(width, low, carry);
    let top = u32::from(low & width.sign() != 0);
    let flags = sub(width, compared, divisor, 0).1 & !CF | top;
    Ok(Steps { quotient: !low & width.mask(), remainder: high, flags })
}

/// RCL by one: the value and the new carry.
fn rotate(width: Width, value: u32, carry: u32) -> (u32, u32) {
    ((value << 1 | carry) & width.mask(), u32::from(value & width.sign() != 0))
}

/// The flags of MUL: MULCOF looks at the high half.
pub(crate) fn multiply_flags(width: Width, high: u32) -> u32 {
    result_flags(width, high) | if high & width.mask() == 0 { 0 } else { CF | OF }
}

/// The flags of IMUL: IMULCOF adds the sign of the low half to the high half; zero is a product that fits.
pub(crate) fn signed_multiply_flags(width: Width, high: u32, low: u32) -> u32 {
    let carry = u32::from(low & width.sign() != 0);
    let sum = high.wrapping_add(carry) & width.mask();
    let overflow = if sum == 0 { 0 } else { CF | OF };
    result_flags(width, sum) | ((high ^ sum) & AF) | overflow
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alu::divide;
    use crate::regs::flag::{PF, SF, ZF};

    #[test]
    fn the_steps_divide_as_arithmetic_does() {
        for dividend in (0..=0xffff_u32).step_by(7) {
            for divisor in 0..=0xff {
                let (high, low) = (dividend >> 8, dividend & 0xff);
                let expected = divide::unsigned(Width::Byte, u64::from(dividend), divisor);
                assert_eq!(unsigned(Width::Byte, high, low, divisor).result, expected, "{dividend:x} / {divisor:x}");
                let signed_dividend = i64::from(dividend as i16);
                // The most negative quotient is an error here.
                let expected = divide::signed(Width::Byte, signed_dividend, i32::from(divisor as u8 as i8));
                let expected = expected.filter(|(quotient, _)| *quotient != 0x80);
                let actual = signed(Width::Byte, high, low, divisor, false).result;
                assert_eq!(actual, expected, "{signed_dividend:x} / {divisor:x}, signed");
            }
        }
    }

    #[test]
    fn division_by_zero_leaves_the_flags_of_the_comparison_with_zero() {
        assert_eq!(unsigned(Width::Byte, 0, 5, 0), Division { result: None, flags: ZF | PF });
        assert_eq!(unsigned(Width::Word, 0x8001, 5, 0), Division { result: None, flags: SF });
    }

    #[test]
    fn a_signed_division_that_fits_clears_carry_and_overflow() {
        let division = signed(Width::Word, 0xffff, 0xfff9, 2, false);
        assert_eq!(division.result, Some((0xfffd, 0xffff)));
        assert_eq!(division.flags & (CF | OF), 0);
    }

    #[test]
    fn a_product_fits_when_its_high_half_is_the_sign_of_the_low() {
        assert_eq!(signed_multiply_flags(Width::Byte, 0xff, 0x80), ZF | PF | AF);
        assert_eq!(signed_multiply_flags(Width::Byte, 0, 0x80) & (CF | OF), CF | OF);
        assert_eq!(multiply_flags(Width::Byte, 0), ZF | PF);
    }
}
