//! Shifts and rotates. Counts come masked by the caller, as the model does (or does not); a count of zero must not
//! arrive here, because then no flag changes.

use super::result_flags;
use crate::Width;
use crate::regs::flag::{AF, ARITHMETIC, CF, OF};

/// Which shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shift {
    Rol,
    Ror,
    Rcl,
    Rcr,
    Shl,
    Shr,
    Sar,
}

fn bit(value: u64, number: u32) -> u32 {
    (value.checked_shr(number).unwrap_or(0) & 1) as u32
}

fn overflow(width: Width, result: u32, other: u32) -> u32 {
    if (result >> (width.bits() - 1) ^ other) & 1 != 0 { OF } else { 0 }
}

/// The result and the six arithmetic flags of a shift by `count`, 1 to 255. Every flag is that of the last single-bit
/// step, so results equal repeated shifts by one.
#[inline]
pub(crate) fn shift(kind: Shift, width: Width, value: u32, count: u32, flags: u32) -> (u32, u32) {
    let bits = width.bits();
    let mask = width.mask();
    match kind {
        Shift::Shl => {
            let result = if count < bits { value << count & mask } else { 0 };
            let carry = if count <= bits { bit(u64::from(value), bits - count) } else { 0 };
            // UNVERIFIED: AF is undefined; the 8086 and 80286 set it like the carry of the last addition to itself.
            let auxiliary = result & AF;
            (result, carry | overflow(width, result, carry) | auxiliary | result_flags(width, result))
        }
        Shift::Shr => {
            let result = if count < bits { value >> count } else { 0 };
            let carry = bit(u64::from(value), count - 1);
            let over = if count == 1 && value & width.sign() != 0 { OF } else { 0 };
            (result, carry | over | result_flags(width, result))
        }
        Shift::Sar => {
            let signed = i64::from(super::sign_extend(width, value));
            let result = (signed >> count.min(63)) as u32 & mask;
            let carry = bit((signed >> (count - 1).min(63)) as u64, 0);
            (result, carry | result_flags(width, result))
        }
        Shift::Rol | Shift::Ror => {
            let amount = count % bits;
            let left = if kind == Shift::Rol { amount } else { (bits - amount) % bits };
            let wide = u64::from(value);
            let result = ((wide << left | wide >> (bits - left)) & u64::from(mask)) as u32;
            let (carry, other) = match kind {
                Shift::Rol => (result & 1, result & 1),
                _ => (result >> (bits - 1), result >> (bits - 2) & 1),
            };
            (result, flags & ARITHMETIC & !(CF | OF) | carry | overflow(width, result, other))
        }
        Shift::Rcl | Shift::Rcr => {
            let amount = count % (bits + 1);
            let left = if kind == Shift::Rcl { amount } else { (bits + 1 - amount) % (bits + 1) };
            // The carry is the bit above the value, in a ring of one bit more.
            let ring = u64::from(flags & CF) << bits | u64::from(value);
            let ring_mask = u64::from(mask) << 1 | 1;
            let turned = (ring << left | ring >> (bits + 1 - left)) & ring_mask;
            let result = turned as u32 & mask;
            let carry = bit(turned, bits);
            let other = if kind == Shift::Rcl { carry } else { result >> (bits - 2) & 1 };
            (result, flags & ARITHMETIC & !(CF | OF) | carry | overflow(width, result, other))
        }
    }
}

/// SHLD and SHRD by `count`, 1 to 31. Beyond the width the result is undefined: bits come from the operands as if they
/// were one ring.
pub(crate) fn double(left: bool, width: Width, value: u32, fill: u32, count: u32) -> (u32, u32) {
    let bits = width.bits();
    let count = if count > bits { count - bits } else { count };
    let (high, low) = if left { (value, fill) } else { (fill, value) };
    let pair = u64::from(high) << bits | u64::from(low);
    let (result, carry) = if left {
        ((pair << count >> bits) as u32 & width.mask(), bit(pair, 2 * bits - count))
    } else {
        ((pair >> count) as u32 & width.mask(), bit(pair, count - 1))
    };
    let over = if (value ^ result) & width.sign() != 0 { OF } else { 0 };
    (result, carry | over | result_flags(width, result))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Shift; 7] = [Shift::Rol, Shift::Ror, Shift::Rcl, Shift::Rcr, Shift::Shl, Shift::Shr, Shift::Sar];

    #[test]
    fn a_shift_by_n_equals_n_shifts_by_one() {
        for kind in KINDS {
            for width in [Width::Byte, Width::Word, Width::Dword] {
                for value in [0, 1, 0x55, 0x80, 0xff, 0x8001, 0x1234_5678, 0x8000_0001, u32::MAX] {
                    for flags in [0, CF] {
                        let mut stepped = (value & width.mask(), flags);
                        for count in 1..=255 {
                            stepped = shift(kind, width, stepped.0, 1, stepped.1);
                            let whole = shift(kind, width, value & width.mask(), count, flags);
                            assert_eq!(whole, stepped, "{kind:?} {width:?} {value:x} by {count}, carry {flags}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_double_shift_brings_in_the_other_operand() {
        assert_eq!(double(true, Width::Word, 0x1234, 0xabcd, 4).0, 0x234a);
        assert_eq!(double(false, Width::Word, 0x1234, 0xabcd, 4).0, 0xd123);
        assert_eq!(double(true, Width::Dword, 0x8000_0000, 0, 1).1 & CF, CF);
    }
}
