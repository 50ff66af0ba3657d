//! Arithmetic as pure functions: operands in, result and the six arithmetic flags out. Operands and results are
//! zero-extended to 32 bits.

pub(crate) mod bcd;
pub(crate) mod divide;
pub(crate) mod microcode80286;
pub(crate) mod microcode8086;
pub(crate) mod mmx;
pub(crate) mod rows;
pub(crate) mod shift;

use crate::Width;
use crate::regs::flag::{AF, CF, OF, PF, SF, ZF};

/// SF, ZF and PF of a result.
#[inline]
pub(crate) fn result_flags(width: Width, result: u32) -> u32 {
    let sign = if result & width.sign() != 0 { SF } else { 0 };
    let zero = if result & width.mask() == 0 { ZF } else { 0 };
    // Bit n of 9669h is the even parity of n.
    let nibble = (result ^ result >> 4) & 0xf;
    let parity = (0x9669 >> nibble & 1) << 2;
    sign | zero | parity
}

/// ADD and ADC.
#[inline]
pub(crate) fn add(width: Width, a: u32, b: u32, carry: u32) -> (u32, u32) {
    let wide = u64::from(a) + u64::from(b) + u64::from(carry);
    let result = wide as u32 & width.mask();
    let carry_out = if wide > u64::from(width.mask()) { CF } else { 0 };
    let overflow = if (a ^ result) & (b ^ result) & width.sign() != 0 { OF } else { 0 };
    (result, carry_out | overflow | ((a ^ b ^ result) & AF) | result_flags(width, result))
}

/// SUB, SBB and CMP.
#[inline]
pub(crate) fn sub(width: Width, a: u32, b: u32, borrow: u32) -> (u32, u32) {
    let result = a.wrapping_sub(b).wrapping_sub(borrow) & width.mask();
    let carry_out = if u64::from(a) < u64::from(b) + u64::from(borrow) { CF } else { 0 };
    let overflow = if (a ^ b) & (a ^ result) & width.sign() != 0 { OF } else { 0 };
    (result, carry_out | overflow | ((a ^ b ^ result) & AF) | result_flags(width, result))
}

/// AND, OR, XOR and TEST: the result is known. AF is undefined and cleared, as the chips do.
#[inline]
pub(crate) fn logic(width: Width, result: u32) -> (u32, u32) {
    (result & width.mask(), result_flags(width, result))
}

/// INC: `add` of one, except that CF stays.
#[inline]
pub(crate) fn inc(width: Width, a: u32, flags: u32) -> (u32, u32) {
    let (result, new) = add(width, a, 1, 0);
    (result, new & !CF | flags & CF)
}

/// DEC: `sub` of one, except that CF stays.
#[inline]
pub(crate) fn dec(width: Width, a: u32, flags: u32) -> (u32, u32) {
    let (result, new) = sub(width, a, 1, 0);
    (result, new & !CF | flags & CF)
}

/// A value sign-extended to 32 bits.
#[inline]
pub(crate) fn sign_extend(width: Width, value: u32) -> i32 {
    let shift = 32 - width.bits();
    (value << shift) as i32 >> shift
}

/// Whether condition `cc` (0 to 15 as in Jcc, SETcc) holds.
#[inline]
pub(crate) fn condition(cc: u8, flags: u32) -> bool {
    let less = (flags & SF != 0) != (flags & OF != 0);
    let holds = match cc >> 1 & 7 {
        0 => flags & OF != 0,
        1 => flags & CF != 0,
        2 => flags & ZF != 0,
        3 => flags & (CF | ZF) != 0,
        4 => flags & SF != 0,
        5 => flags & PF != 0,
        6 => less,
        _ => less || flags & ZF != 0,
    };
    holds != (cc & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_is_even_parity_of_the_low_byte() {
        for value in 0..=0x1ff_u32 {
            let even = (value as u8).count_ones().is_multiple_of(2);
            assert_eq!(result_flags(Width::Word, value) & PF != 0, even, "{value:x}");
        }
    }

    #[test]
    fn adding_one_to_the_largest_signed_byte_overflows() {
        assert_eq!(add(Width::Byte, 0x7f, 1, 0), (0x80, OF | SF | AF));
        assert_eq!(add(Width::Byte, 0xff, 0, 1), (0, CF | ZF | AF | PF));
    }

    #[test]
    fn subtracting_with_borrow_from_zero_borrows_even_when_the_operand_is_all_ones() {
        let (result, flags) = sub(Width::Dword, 0, u32::MAX, 1);
        assert_eq!((result, flags & (CF | ZF | OF)), (0, CF | ZF));
    }

    #[test]
    fn every_odd_condition_is_the_opposite_of_the_even_one() {
        for flags in 0..0x1000 {
            for cc in (0..16).step_by(2) {
                assert_ne!(condition(cc, flags), condition(cc + 1, flags));
            }
        }
    }
}
