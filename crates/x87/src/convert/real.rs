//! FLD and FST of short (32-bit) and long (64-bit) reals.

use crate::operand::Numbers;
use crate::round::{Cut, overflows_to_infinity, shift_right_sticky};
use crate::{Class, Control, Exceptions, F80, Outcome};

/// A format of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Real {
    /// 32 bits: 8 of exponent, 23 of fraction.
    Short,
    /// 64 bits: 11 of exponent, 52 of fraction.
    Long,
}

impl Real {
    /// Bits of the fraction, without the integer bit that is not stored.
    const fn fraction_bits(self) -> u32 {
        match self {
            Real::Short => 23,
            Real::Long => 52,
        }
    }

    /// The exponent of infinities and NaNs.
    const fn exponent_max(self) -> u64 {
        match self {
            Real::Short => 0xff,
            Real::Long => 0x7ff,
        }
    }

    /// Where the sign is.
    const fn sign_bit(self) -> u32 {
        match self {
            Real::Short => 31,
            Real::Long => 63,
        }
    }

    /// How much larger the bias of a register is.
    const fn bias_difference(self) -> i32 {
        F80::BIAS - (self.exponent_max() >> 1) as i32
    }

    fn pack(self, sign: bool, exponent: u64, fraction: u64) -> u64 {
        u64::from(sign) << self.sign_bit() | exponent << self.fraction_bits() | fraction
    }
}

/// The number that these bits of memory stand for, exact. A signaling NaN stays one; a denormal becomes a normal number
/// and raises DE.
#[must_use]
pub fn from_real(bits: u64, format: Real) -> Outcome {
    let sign = bits >> format.sign_bit() & 1 != 0;
    let exponent = bits >> format.fraction_bits() & format.exponent_max();
    let fraction = bits << (64 - format.fraction_bits()) >> 1;
    if exponent == format.exponent_max() {
        return Outcome::exact(F80::new(sign, F80::EXPONENT_MAX, 1 << 63 | fraction));
    }
    let bias = format.bias_difference();
    if exponent != 0 {
        return Outcome::exact(F80::new(sign, (exponent as i32 + bias) as u16, 1 << 63 | fraction));
    }
    if fraction == 0 {
        return Outcome::exact(F80::zero(sign));
    }
    let shift = fraction.leading_zeros();
    let value = F80::new(sign, (1 + bias - shift as i32) as u16, fraction << shift);
    Outcome { value, raised: Exceptions::DE }
}

/// The bits of memory that `x` rounds to, and the exceptions. When IE, OE or UE is among them and is not masked, nothing
/// is to be stored.
#[must_use]
pub fn to_real(x: F80, format: Real, control: &Control) -> (u64, Exceptions) {
    let numbers = match Numbers::new([x], control) {
        Ok(numbers) => numbers,
        Err(outcome) => {
            let nan = outcome.value;
            let fraction = nan.significand << 1 >> (64 - format.fraction_bits());
            return (format.pack(nan.sign(), format.exponent_max(), fraction), outcome.raised);
        }
    };
    let [x] = numbers.values;
    match x.class() {
        Class::Zero => (format.pack(x.sign(), 0, 0), Exceptions::NONE),
        Class::Infinity => (format.pack(x.sign(), format.exponent_max(), 0), Exceptions::NONE),
        _ => round_to(x, format, control),
    }
}

/// Rounds a finite number that is not zero.
fn round_to(x: F80, format: Real, control: &Control) -> (u64, Exceptions) {
    let (sign, bits) = (x.sign(), format.fraction_bits() + 1);
    let (biased, significand) = x.normalized();
    let wide = u128::from(significand) << 64;
    let cut = Cut::new(wide, sign, bits, control.rounding);
    let before = biased - format.bias_difference();
    let exponent = before + i32::from(cut.carry);
    let fraction = |significand: u64| significand << 1 >> (64 - format.fraction_bits());
    if exponent >= format.exponent_max() as i32 {
        let largest = format.pack(sign, format.exponent_max(), 0) - 1;
        return if !control.masks.contains(Exceptions::OE) {
            (0, Exceptions::OE | cut.raised)
        } else if overflows_to_infinity(sign, control.rounding) {
            let raised = Exceptions::OE | Exceptions::PE | Exceptions::C1;
            (format.pack(sign, format.exponent_max(), 0), raised)
        } else {
            (largest, Exceptions::OE | Exceptions::PE)
        };
    }
    if exponent > 0 {
        return (format.pack(sign, exponent as u64, fraction(cut.significand)), cut.raised);
    }
    if !control.masks.contains(Exceptions::UE) {
        return (0, Exceptions::UE | cut.raised);
    }
    let cut = Cut::new(shift_right_sticky(wide, (1 - before) as u32), sign, bits, control.rounding);
    let raised = cut.raised | Exceptions::UE.when(cut.raised.contains(Exceptions::PE));
    // A significand that was rounded up to the integer bit is the least normal number.
    (format.pack(sign, cut.significand >> 63, fraction(cut.significand)), raised)
}
