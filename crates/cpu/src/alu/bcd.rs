//! Decimal adjustment of AL and AX. Each takes AX and the flags and gives both back.

use super::{add, result_flags, sub};
use crate::Width;
use crate::regs::flag::{AF, CF, OF};

/// DAA (`add`) and DAS.
pub(crate) fn decimal(subtract: bool, old_8086: bool, ax: u32, flags: u32) -> (u32, u32) {
    let al = ax & 0xff;
    let low = al & 0xf > 9 || flags & AF != 0;
    // QUIRK: with AF set the 8086 compares with 9Fh, so that 9Ah to 9Fh are not adjusted twice.
    let limit = if old_8086 && flags & AF != 0 { 0x9f } else { 0x99 };
    let high = al > limit || flags & CF != 0;
    let amount = if low { 6 } else { 0 } + if high { 0x60 } else { 0 };
    let (result, carried) = if subtract { sub(Width::Byte, al, amount, 0) } else { add(Width::Byte, al, amount, 0) };
    // SPEC: 80386 (230985) DAS keeps the borrow of the low adjustment. QUIRK: the 8086 does not.
    let borrow = subtract && !old_8086 && low && al < 6;
    let carry = if high || borrow { CF } else { 0 };
    let auxiliary = if low { AF } else { 0 };
    (ax & 0xff00 | result, carried & !(CF | AF) | carry | auxiliary)
}

/// AAA and AAS. From the 80286 on the carry of AL reaches AH as well.
pub(crate) fn ascii(subtract: bool, whole_ax: bool, ax: u32, flags: u32) -> (u32, u32) {
    let adjust = ax & 0xf > 9 || flags & AF != 0;
    let mut result = ax;
    if adjust {
        let step = if whole_ax { 0x106 } else { 6 };
        let moved = if subtract { ax.wrapping_sub(step) } else { ax.wrapping_add(step) };
        result = if whole_ax {
            moved
        } else {
            let ah = if subtract { ax.wrapping_sub(0x100) } else { ax.wrapping_add(0x100) };
            ah & 0xff00 | moved & 0xff
        };
    }
    let carry = if adjust { CF | AF } else { 0 };
    // The other flags are undefined: those of the addition to AL, before it is masked.
    let amount = if adjust { 6 } else { 0 };
    let (_, others) =
        if subtract { sub(Width::Byte, ax & 0xff, amount, 0) } else { add(Width::Byte, ax & 0xff, amount, 0) };
    (result & 0xff0f, others & !(CF | AF) | carry)
}

/// AAM; `None` is a divide error.
pub(crate) fn multiply(ax: u32, base: u32) -> Option<(u32, u32)> {
    let al = ax & 0xff;
    let quotient = al.checked_div(base)?;
    let result = (quotient << 8) | (al % base);
    Some((result, result_flags(Width::Byte, result)))
}

/// AAD: AF, CF and OF are undefined, and those of the addition.
pub(crate) fn divide(ax: u32, base: u32, is_80286: bool) -> (u32, u32) {
    let product = (ax >> 8 & 0xff).wrapping_mul(base) & 0xff;
    let (result, flags) = add(Width::Byte, ax & 0xff, product, 0);
    // QUIRK: on the 80286 OF is the carry (SingleStepTests/80286).
    let carry_as_overflow = if flags & CF != 0 { OF } else { 0 };
    (result, if is_80286 { flags & !OF | carry_as_overflow } else { flags })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_two_decimal_bytes_is_adjusted() {
        for a in 0..100_u32 {
            for b in 0..100_u32 {
                let bcd = |n: u32| ((n / 10) << 4) | (n % 10);
                let (sum, flags) = add(Width::Byte, bcd(a), bcd(b), 0);
                let (ax, flags) = decimal(false, false, sum, flags);
                assert_eq!(ax, bcd((a + b) % 100), "{a} + {b}");
                assert_eq!(flags & CF != 0, a + b > 99);
            }
        }
    }

    #[test]
    fn aam_by_zero_is_a_divide_error() {
        assert_eq!(multiply(0x1234, 0), None);
        assert_eq!(multiply(0x00ff, 10).map(|(ax, _)| ax), Some(0x1905));
    }

    #[test]
    fn aad_leaves_the_carry_in_of_on_the_80286_only() {
        assert_eq!(divide(0xb973, 0x33, true).1 & (CF | OF), CF | OF);
        assert_eq!(divide(0xb973, 0x33, false).1 & (CF | OF), CF);
        assert_eq!(divide(0xc554, 0x8a, true).1 & (CF | OF), 0);
    }
}
