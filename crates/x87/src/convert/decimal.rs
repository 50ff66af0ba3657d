//! FBLD and FBSTP: 18 decimal digits, two in a byte, and a sign in the topmost bit.

use super::integer::magnitude;
use crate::{Control, Exceptions, F80};

/// The packed decimal indefinite.
const INDEFINITE: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff];
const LARGEST: u128 = 999_999_999_999_999_999;

/// The number that these ten bytes stand for.
#[must_use]
pub fn from_decimal(bytes: [u8; 10]) -> F80 {
    let [digits @ .., sign] = bytes;
    // QUIRK: digits from A to F, which the manual leaves undefined, count as 10 to 15, as on current processors.
    let magnitude = digits
        .iter()
        .rev()
        .fold(0_u64, |sum, pair| sum.wrapping_mul(100).wrapping_add(u64::from(pair >> 4) * 10 + u64::from(pair & 15)));
    F80::from_integer(magnitude as i64).with_sign(sign & 0x80 != 0)
}

/// The ten bytes that `x` rounds to. What does not fit, infinities and NaNs give the indefinite and raise IE.
#[must_use]
pub fn to_decimal(x: F80, control: &Control) -> ([u8; 10], Exceptions) {
    let Some((mut rest, raised)) = magnitude(x, LARGEST, control) else {
        return (INDEFINITE, Exceptions::IE);
    };
    let mut bytes = [0; 10];
    for pair in &mut bytes[..9] {
        let digits = rest % 100;
        *pair = (digits / 10 * 16 + digits % 10) as u8;
        rest /= 100;
    }
    bytes[9] = u8::from(x.sign()) << 7;
    (bytes, raised)
}
