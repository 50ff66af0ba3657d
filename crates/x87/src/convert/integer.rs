//! FIST and kin.

use crate::arithmetic::cut_to_integer;
use crate::operand::{Numbers, is_refused_early};
use crate::{Class, Control, Exceptions, F80};

/// The two's complement integer of so many `bits` (16, 32 or 64) that `x` rounds to. What does not fit, infinities and
/// NaNs give the integer indefinite, the most negative number, and raise IE.
#[must_use]
pub fn to_integer(x: F80, bits: u32, control: &Control) -> (i64, Exceptions) {
    let limit = 1_u128 << (bits - 1);
    match magnitude(x, limit - 1 + u128::from(x.sign()), control) {
        Some((value, raised)) => {
            let value = value as i64;
            (if x.sign() { value.wrapping_neg() } else { value }, raised)
        }
        None => (i64::MIN >> (64 - bits), Exceptions::IE),
    }
}

/// The integer that the magnitude of `x` rounds to, if it is a number and at most `largest`.
pub(super) fn magnitude(x: F80, largest: u128, control: &Control) -> Option<(u64, Exceptions)> {
    let refused = is_refused_early(x, control);
    let [x] = Numbers::new([x], control).ok()?.values;
    if x.class() == Class::Infinity || refused {
        return None;
    }
    let (biased, significand) = x.normalized();
    let (value, raised) = cut_to_integer(x.sign(), biased, significand, control.rounding);
    (value <= largest).then_some((value as u64, raised))
}
