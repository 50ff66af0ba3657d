//! Division of the 80286 and later. `None` is a divide error.

use crate::Width;

/// DIV of a dividend of twice the width: quotient and remainder.
#[inline]
pub(crate) fn unsigned(width: Width, dividend: u64, divisor: u32) -> Option<(u32, u32)> {
    let quotient = dividend.checked_div(u64::from(divisor))?;
    let remainder = dividend % u64::from(divisor);
    (quotient <= u64::from(width.mask())).then_some((quotient as u32, remainder as u32))
}

/// IDIV of a sign-extended dividend: quotient and remainder.
#[inline]
pub(crate) fn signed(width: Width, dividend: i64, divisor: i32) -> Option<(u32, u32)> {
    let quotient = dividend.checked_div(i64::from(divisor))?;
    let remainder = dividend.wrapping_rem(i64::from(divisor));
    let largest = i64::from(width.mask() >> 1);
    let fits = (-largest - 1..=largest).contains(&quotient);
    fits.then_some((quotient as u32 & width.mask(), remainder as u32 & width.mask()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotient_that_does_not_fit_is_an_error() {
        assert_eq!(unsigned(Width::Byte, 0x1_00, 1), None);
        assert_eq!(unsigned(Width::Byte, 0xff, 1), Some((0xff, 0)));
        assert_eq!(unsigned(Width::Dword, 5, 0), None);
    }

    #[test]
    fn the_most_negative_quotient_fits() {
        assert_eq!(signed(Width::Byte, -128, 1), Some((0x80, 0)));
        assert_eq!(signed(Width::Dword, i64::MIN, -1), None);
    }

    #[test]
    fn the_remainder_has_the_sign_of_the_dividend() {
        assert_eq!(signed(Width::Byte, -7, 2), Some((0xfd, 0xff)));
    }
}
