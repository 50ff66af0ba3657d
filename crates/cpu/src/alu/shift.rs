//! Shifts and rotates. Counts come masked by the caller, as the model does (or does not); a count of zero must not
//! arrive here, because then no flag changes.

use super::result_flags;
use crate::regs::flag::{AF, ARITHMETIC, CF, OF};
use crate::{Model, Width};
use beige_core::Coded as _;

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
            // AF is undefined: that of the last addition of the value to itself (see `undefined_flags`).
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

/// What a model makes of the AF of a shift, which [`shift`] gives as that of the last addition of the value to itself.
#[derive(Clone, Copy)]
struct Auxiliary {
    /// Ones where a shift to the left keeps a flag.
    left_keeps: u32,
    /// Flags that a shift to the left sets.
    left_sets: u32,
    /// Flags that a shift to the right sets.
    right_sets: u32,
}

// SPEC: SingleStepTests/8086 and /80286; for the 80386 the tests of a real one in test386.asm, POST E0h.
// UNVERIFIED: SAR as SHR on the 80386; that later models clear AF.
static AUXILIARY: [Auxiliary; Model::ALL.len()] = {
    const KEPT: Auxiliary = Auxiliary { left_keeps: u32::MAX, left_sets: 0, right_sets: 0 };
    const CLEAR: Auxiliary = Auxiliary { left_keeps: !AF, ..KEPT };
    let set_right = Auxiliary { right_sets: AF, ..KEPT };
    let set = Auxiliary { left_sets: AF, right_sets: AF, ..KEPT };
    [KEPT, KEPT, set_right, set, CLEAR, CLEAR, CLEAR, CLEAR]
};

/// The AF that `model` leaves by SHL, SHR and SAR, where `flags` come from [`shift`].
#[inline]
pub(crate) fn auxiliary(model: Model, kind: Shift, flags: u32) -> u32 {
    let rule = &AUXILIARY[usize::from(model.to_code())];
    match kind {
        Shift::Shl => flags & rule.left_keeps | rule.left_sets,
        Shift::Shr | Shift::Sar => flags | rule.right_sets,
        _ => flags,
    }
}

/// SHL and SHR of a byte by 16 or 24 on the 80386: the carry is that of a shift by 8.
///
/// SPEC: test386.asm, POST E0h, and SingleStepTests/80386, both of real chips.
#[cold]
pub(crate) fn long_byte_shift(kind: Shift, value: u32, flags: u32) -> u32 {
    let (carry, overflow) = match kind {
        Shift::Shl => (value & 1, OF),
        Shift::Shr => (value >> 7 & 1, 0),
        _ => return flags,
    };
    flags & !(CF | OF) | if carry != 0 { CF | overflow } else { 0 }
}

/// SHLD and SHRD by `count`, 1 to 31. As in [`shift`] the flags are those of the last single-bit step. Beyond the width
/// the result is undefined: the 80386 goes on with the filling operand (SingleStepTests/80386), later models with both as
/// if they were one ring (UNVERIFIED).
pub(crate) fn double(model: Model, left: bool, width: Width, value: u32, fill: u32, count: u32) -> (u32, u32) {
    let bits = width.bits();
    let is_beyond = count > bits;
    let value = if is_beyond && model == Model::I80386 { fill } else { value };
    let count = if is_beyond { count - bits } else { count };
    let (high, low) = if left { (value, fill) } else { (fill, value) };
    let pair = u64::from(high) << bits | u64::from(low);
    let (result, carry, above) = if left {
        let carry = bit(pair, 2 * bits - count);
        ((pair << count >> bits) as u32 & width.mask(), carry, carry)
    } else {
        let result = (pair >> count) as u32 & width.mask();
        (result, bit(pair, count - 1), result >> (bits - 2))
    };
    let kind = if left { Shift::Shl } else { Shift::Shr };
    let flags = carry | overflow(width, result, above) | result_flags(width, result);
    // UNVERIFIED: AF as by single shifts.
    (result, auxiliary(model, kind, flags))
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
        assert_eq!(double(Model::I80386, true, Width::Word, 0x1234, 0xabcd, 4).0, 0x234a);
        assert_eq!(double(Model::I80386, false, Width::Word, 0x1234, 0xabcd, 4).0, 0xd123);
        assert_eq!(double(Model::I80486, true, Width::Dword, 0x8000_0000, 0, 1).1 & (CF | OF | AF), CF | OF);
        assert_eq!(double(Model::I80386, false, Width::Word, 0x8001, 0, 1).1 & (CF | OF | AF), CF | OF | AF);
    }

    #[test]
    fn a_double_shift_beyond_the_width_turns_the_filling_operand_on_the_80386() {
        assert_eq!(double(Model::I80386, true, Width::Word, 0x1234, 0xabcd, 20).0, 0xbcda);
        assert_eq!(double(Model::I80386, false, Width::Word, 0x1234, 0xabcd, 20).0, 0xdabc);
        assert_eq!(double(Model::I80486, true, Width::Word, 0x1234, 0xabcd, 20).0, 0x234a);
    }

    #[test]
    fn af_of_a_shift_follows_the_model() {
        let after = |model, kind, value| {
            let (_, flags) = shift(kind, Width::Byte, value, 1, 0);
            auxiliary(model, kind, flags) & AF != 0
        };
        for (model, carried, left, right) in [
            (Model::I8086, true, false, false),
            (Model::I80286, true, false, true),
            (Model::I80386, true, true, true),
            (Model::I80486, false, false, false),
        ] {
            assert_eq!(after(model, Shift::Shl, 8), carried, "{}", model.name());
            assert_eq!(after(model, Shift::Shl, 1), left, "{}", model.name());
            assert_eq!(after(model, Shift::Shr, 1), right, "{}", model.name());
        }
    }

    #[test]
    fn a_byte_shifted_by_16_or_24_gives_the_carry_of_8_on_the_80386() {
        assert_eq!(long_byte_shift(Shift::Shl, 1, 0), CF | OF);
        assert_eq!(long_byte_shift(Shift::Shl, 0x80, CF | OF), 0);
        assert_eq!(long_byte_shift(Shift::Shr, 0x80, 0), CF);
        assert_eq!(long_byte_shift(Shift::Sar, 0x80, CF), CF);
    }
}
