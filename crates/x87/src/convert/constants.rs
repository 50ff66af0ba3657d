//! FLD1, FLDPI and kin.
//!
//! SPEC: SDM volume 1, 8.3.8 "Load constant instructions": the unit holds 66 bits of each and rounds by rounding control.
//! 80387 Programmer's Reference Manual, appendix C: the 8087 and the 80287 always round to nearest.

use crate::{Control, F80, Rounding};

/// A constant of the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// 1.
    One,
    /// The logarithm of 10 to base 2.
    Log2Of10,
    /// The logarithm of e to base 2.
    Log2OfE,
    /// Pi.
    Pi,
    /// The logarithm of 2 to base 10.
    Log10Of2,
    /// The logarithm of 2 to base e.
    LogEOf2,
    /// Plus zero.
    Zero,
}

impl Constant {
    /// The constant, rounded as `control` says.
    #[must_use]
    pub fn value(self, control: &Control) -> F80 {
        // The value rounded down, and whether it is nearer to the next one.
        let (exponent, significand, nearest_is_above) = match self {
            Constant::One => return F80::ONE,
            Constant::Zero => return F80::ZERO,
            Constant::Log2Of10 => (0x4000, 0xd49a_784b_cd1b_8afe, false),
            Constant::Log2OfE => (0x3fff, 0xb8aa_3b29_5c17_f0bb, true),
            Constant::Pi => (0x4000, 0xc90f_daa2_2168_c234, true),
            Constant::Log10Of2 => (0x3ffd, 0x9a20_9a84_fbcf_f798, true),
            Constant::LogEOf2 => (0x3ffe, 0xb172_17f7_d1cf_79ab, true),
        };
        let above = match control.rounding {
            Rounding::Up if !control.generation.is_early() => true,
            Rounding::Down | Rounding::Zero if !control.generation.is_early() => false,
            _ => nearest_is_above,
        };
        F80::new(false, exponent, significand + u64::from(above))
    }
}
