//! Between registers and memory, for numbers that are normal on both sides, and zeros.

use super::number::{Cut, cut_fraction, cut_to_long, cut_to_short, is_normal, is_zero};
use crate::{Exceptions, F80};

/// Formats of memory, as the handlers are made for them.
pub(super) const SHORT: u8 = 0;
pub(super) const LONG: u8 = 1;
pub(super) const WORD: u8 = 2;
pub(super) const DWORD: u8 = 3;
pub(super) const QUAD: u8 = 4;

/// Bytes of a format.
pub(super) const fn bytes(format: u8) -> u8 {
    match format {
        WORD => 2,
        SHORT | DWORD => 4,
        _ => 8,
    }
}

/// The number that these bits of memory stand for, exact.
#[inline(always)]
pub(super) fn read<const FORMAT: u8>(bits: u64) -> Option<F80> {
    match FORMAT {
        SHORT => {
            let bits = bits as u32;
            let (sign, exponent) = ((bits >> 16) as u16 & 0x8000, (bits >> 23 & 0xff) as u16);
            if exponent.wrapping_sub(1) >= 0xfe {
                return (bits << 1 == 0).then_some(F80 { sign_exponent: sign, significand: 0 });
            }
            let significand = 1 << 63 | u64::from(bits) << 40;
            Some(F80 { sign_exponent: sign | (exponent + (16383 - 127)), significand })
        }
        LONG => {
            let (sign, exponent) = ((bits >> 48) as u16 & 0x8000, (bits >> 52 & 0x7ff) as u16);
            if exponent.wrapping_sub(1) >= 0x7fe {
                return (bits << 1 == 0).then_some(F80 { sign_exponent: sign, significand: 0 });
            }
            let significand = 1 << 63 | bits << 11;
            Some(F80 { sign_exponent: sign | (exponent + (16383 - 1023)), significand })
        }
        WORD => Some(F80::from_integer(i64::from(bits as i16))),
        DWORD => Some(F80::from_integer(i64::from(bits as i32))),
        _ => Some(F80::from_integer(bits as i64)),
    }
}

/// The bits of memory that a number rounds to; PE and C1.
#[inline(always)]
pub(super) fn write<const FORMAT: u8>(x: F80, control: u32) -> Option<(u64, Exceptions)> {
    match FORMAT {
        SHORT => real(x, cut_to_short(x.significand, x.sign_exponent & 0x8000, control), 8, 23),
        LONG => real(x, cut_to_long(x.significand, x.sign_exponent & 0x8000, control), 11, 52),
        WORD => integer(x, 16, control),
        DWORD => integer(x, 32, control),
        _ => integer(x, 64, control),
    }
}

/// Packs a significand that is cut to the bits of a real of memory.
#[inline(always)]
fn real(x: F80, cut: Cut, exponent_bits: u32, fraction_bits: u32) -> Option<(u64, Exceptions)> {
    let sign = u64::from(x.sign_exponent >> 15) << (exponent_bits + fraction_bits);
    if !is_normal(x) {
        return is_zero(x).then_some((sign, Exceptions::NONE));
    }
    let largest = (1 << exponent_bits) - 1;
    let exponent = i32::from(x.exponent()) - F80::BIAS + (largest >> 1) + i32::from(cut.carry);
    let fraction = cut.significand << 1 >> (64 - fraction_bits);
    let bits = sign | u64::from(exponent as u32) << fraction_bits | fraction;
    (1..largest).contains(&exponent).then_some((bits, cut.raised))
}

/// The integer of so many bits that a number rounds to, if it has room for it.
#[inline(always)]
fn integer(x: F80, bits: u32, control: u32) -> Option<(u64, Exceptions)> {
    if !is_normal(x) {
        return is_zero(x).then_some((0, Exceptions::NONE));
    }
    // How many of the 64 bits are fraction.
    let places = F80::BIAS + 63 - i32::from(x.exponent());
    let (whole, fraction) = match places {
        1..64 => (x.significand >> places, x.significand << (64 - places)),
        64 => (0, x.significand),
        65.. => (0, 1),
        _ => return None,
    };
    let (magnitude, raised) = cut_fraction(whole, fraction, x.sign_exponent & 0x8000, control);
    if magnitude > (1 << (bits - 1)) - 1 + u64::from(x.sign()) {
        return None;
    }
    let value = if x.sign() { magnitude.wrapping_neg() } else { magnitude };
    Some((value, raised))
}
