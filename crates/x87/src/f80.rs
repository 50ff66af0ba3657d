//! A number as a register holds it: sign, 15 bits of exponent, 64 bits of significand with an explicit integer bit.
//!
//! SPEC: SDM volume 1, 4.8 "Real numbers and floating-point formats" and table 8-3 "Unsupported double
//! extended-precision floating-point encodings".

/// An 80-bit number. Every bit pattern is a value of this type; [`F80::class`] says what it means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct F80 {
    /// Bit 15 is the sign, bits 0 to 14 the exponent with a bias of 16383.
    pub sign_exponent: u16,
    /// Bit 63 is the integer bit.
    pub significand: u64,
}

/// What the bits of an [`F80`] stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Plus or minus zero.
    Zero,
    /// Exponent zero, integer bit clear, fraction not zero.
    Denormal,
    /// Exponent zero, integer bit set: the value it would have with the exponent 1.
    PseudoDenormal,
    /// Integer bit set, exponent 1 to 7FFEh.
    Normal,
    /// Integer bit clear, exponent 1 to 7FFEh, pseudo-zeros among them. Unsupported from the 80387 on.
    Unnormal,
    /// Plus or minus infinity.
    Infinity,
    /// The infinity of the 8087 whose integer bit is clear. Unsupported from the 80387 on.
    PseudoInfinity,
    /// A NaN whose topmost fraction bit is set.
    QuietNan,
    /// A NaN whose topmost fraction bit is clear.
    SignalingNan,
    /// A NaN whose integer bit is clear. Unsupported from the 80387 on.
    PseudoNan,
}

impl F80 {
    /// Plus zero.
    pub const ZERO: F80 = F80 { sign_exponent: 0, significand: 0 };
    /// One.
    pub const ONE: F80 = F80 { sign_exponent: 0x3fff, significand: 1 << 63 };
    /// Plus infinity.
    pub const INFINITY: F80 = F80 { sign_exponent: 0x7fff, significand: 1 << 63 };
    /// The real indefinite: the quiet NaN that answers an invalid operation.
    pub const INDEFINITE: F80 = F80 { sign_exponent: 0xffff, significand: 3 << 62 };
    /// What is added to an exponent.
    pub const BIAS: i32 = 16383;
    /// The exponent of infinities and NaNs.
    pub const EXPONENT_MAX: u16 = 0x7fff;

    /// A number of this sign, biased exponent and significand.
    #[must_use]
    pub const fn new(sign: bool, exponent: u16, significand: u64) -> F80 {
        F80 { sign_exponent: (exponent & 0x7fff) | (sign as u16) << 15, significand }
    }

    /// Zero of this sign.
    #[must_use]
    pub const fn zero(sign: bool) -> F80 {
        F80::new(sign, 0, 0)
    }

    /// Infinity of this sign.
    #[must_use]
    pub const fn infinity(sign: bool) -> F80 {
        F80::new(sign, F80::EXPONENT_MAX, 1 << 63)
    }

    /// The ten bytes of memory, little-endian.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 10]) -> F80 {
        let [a, b, c, d, e, f, g, h, low, high] = bytes;
        F80 {
            sign_exponent: u16::from_le_bytes([low, high]),
            significand: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        }
    }

    /// The ten bytes of memory, little-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.significand.to_le_bytes());
        bytes[8..].copy_from_slice(&self.sign_exponent.to_le_bytes());
        bytes
    }

    /// Whether the sign bit is set.
    #[must_use]
    pub const fn sign(self) -> bool {
        self.sign_exponent & 0x8000 != 0
    }

    /// The biased exponent, 0 to 7FFFh.
    #[must_use]
    pub const fn exponent(self) -> u16 {
        self.sign_exponent & 0x7fff
    }

    /// The same with this sign.
    #[must_use]
    pub const fn with_sign(self, sign: bool) -> F80 {
        F80::new(sign, self.exponent(), self.significand)
    }

    /// The same with the other sign.
    #[must_use]
    pub const fn negated(self) -> F80 {
        F80 { sign_exponent: self.sign_exponent ^ 0x8000, significand: self.significand }
    }

    /// What the bits stand for.
    #[must_use]
    pub const fn class(self) -> Class {
        let integer = self.significand >> 63 != 0;
        match (self.exponent(), integer) {
            (0, false) if self.significand == 0 => Class::Zero,
            (0, false) => Class::Denormal,
            (0, true) => Class::PseudoDenormal,
            (F80::EXPONENT_MAX, false) if self.significand == 0 => Class::PseudoInfinity,
            (F80::EXPONENT_MAX, false) => Class::PseudoNan,
            (F80::EXPONENT_MAX, true) if self.significand << 1 == 0 => Class::Infinity,
            (F80::EXPONENT_MAX, true) if self.significand >> 62 & 1 != 0 => Class::QuietNan,
            (F80::EXPONENT_MAX, true) => Class::SignalingNan,
            (_, true) => Class::Normal,
            (_, false) => Class::Unnormal,
        }
    }

    /// Whether it is [`Class::Normal`], found at less cost.
    #[inline]
    #[must_use]
    pub const fn is_normal(self) -> bool {
        self.significand >> 63 != 0 && self.exponent().wrapping_sub(1) < 0x7ffe
    }

    /// [`F80::normalized`] of a normal number.
    #[inline]
    pub(crate) const fn normal_parts(self) -> (i32, u64) {
        (self.exponent() as i32, self.significand)
    }

    /// The value of an integer.
    #[must_use]
    pub const fn from_integer(value: i64) -> F80 {
        let magnitude = value.unsigned_abs();
        if magnitude == 0 {
            return F80::ZERO;
        }
        let shift = magnitude.leading_zeros();
        F80::new(value < 0, F80::BIAS as u16 + 63 - shift as u16, magnitude << shift)
    }

    /// Whether it is a NaN of the formats that the 80387 supports.
    #[must_use]
    pub const fn is_nan(self) -> bool {
        matches!(self.class(), Class::QuietNan | Class::SignalingNan)
    }

    /// Whether the 80387 and later refuse it: unnormals, pseudo-infinities and pseudo-NaNs.
    #[must_use]
    pub const fn is_unsupported(self) -> bool {
        self.significand >> 63 == 0 && self.exponent() != 0
    }

    /// The NaN as an instruction gives it: quiet.
    #[must_use]
    pub const fn quieted(self) -> F80 {
        F80 { sign_exponent: self.sign_exponent, significand: self.significand | 3 << 62 }
    }

    /// Biased exponent and significand of a finite number with bit 63 set: the value is significand * 2^(exponent -
    /// 16383 - 63). A denormal gets an exponent below 1, zero gives a significand of zero.
    #[must_use]
    pub const fn normalized(self) -> (i32, u64) {
        let exponent = if self.exponent() == 0 { 1 } else { self.exponent() as i32 };
        if self.significand == 0 {
            return (exponent, 0);
        }
        let shift = self.significand.leading_zeros();
        (exponent - shift as i32, self.significand << shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_encoding_has_its_class() {
        let table = [
            (0x0000, 0, Class::Zero),
            (0x8000, 0, Class::Zero),
            (0x0000, 1, Class::Denormal),
            (0x8000, 1 << 63, Class::PseudoDenormal),
            (0x0001, 1 << 63, Class::Normal),
            (0x7ffe, u64::MAX, Class::Normal),
            (0x7ffe, u64::MAX >> 1, Class::Unnormal),
            (0x0001, 0, Class::Unnormal),
            (0x7fff, 1 << 63, Class::Infinity),
            (0xffff, 0, Class::PseudoInfinity),
            (0x7fff, 3 << 62, Class::QuietNan),
            (0x7fff, 1 << 63 | 1, Class::SignalingNan),
            (0x7fff, 1, Class::PseudoNan),
        ];
        for (sign_exponent, significand, class) in table {
            let value = F80 { sign_exponent, significand };
            assert_eq!(value.class(), class, "{value:x?}");
            assert_eq!(F80::from_bytes(value.to_bytes()), value);
        }
    }

    #[test]
    fn a_denormal_is_normalized_below_the_least_exponent() {
        assert_eq!(F80::new(false, 0, 1).normalized(), (-62, 1 << 63));
        assert_eq!(F80::new(false, 0, 1 << 63).normalized(), (1, 1 << 63));
        assert_eq!(F80::ONE.normalized(), (0x3fff, 1 << 63));
    }
}
