//! From an exact result to a register: rounding, overflow, underflow, denormals.
//!
//! SPEC: SDM volume 1, 4.9.1.4 to 4.9.1.6, 8.5.4 to 8.5.6: tininess is found after rounding to the precision in force
//! with an exponent without bounds; a masked underflow is reported only when the result is inexact too; an unmasked
//! one, or an unmasked overflow, leaves a result whose exponent is 24576 too high or too low.

use crate::{Control, Exceptions, F80, Rounding};

/// What is added to or subtracted from the exponent of a result that underflows or overflows, unmasked.
const BIAS_ADJUST: i32 = 24576;

/// A result and the exceptions it raised. When one of them is unmasked and keeps the operation from happening (IE, DE,
/// ZE), `value` is not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The result.
    pub value: F80,
    /// What it raised; C1 among them says that the result was rounded away from zero.
    pub raised: Exceptions,
}

impl Outcome {
    /// The answer to an invalid operation.
    pub const INVALID: Outcome = Outcome { value: F80::INDEFINITE, raised: Exceptions::IE };

    /// A result without exception.
    #[must_use]
    pub const fn exact(value: F80) -> Outcome {
        Outcome { value, raised: Exceptions::NONE }
    }

    /// The same with more exceptions.
    #[must_use]
    pub fn and(self, raised: Exceptions) -> Outcome {
        Outcome { value: self.value, raised: self.raised | raised }
    }
}

/// An exact result: significand * 2^(exponent - 16383 - 127). Any bits beyond those of `significand` are or-ed into its
/// bit 0 ("sticky"), so that bit must have no other meaning for an inexact result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unrounded {
    /// Whether it is negative.
    pub sign: bool,
    /// The biased exponent that the number has when bit 127 of the significand is its integer bit.
    pub exponent: i32,
    /// The significand; need not be normalized.
    pub significand: u128,
}

/// A significand cut to a number of bits.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// The bits that are kept, at the top.
    pub(crate) significand: u64,
    /// It was rounded up to 2^64; `significand` is 2^63.
    pub(crate) carry: bool,
    /// PE and C1.
    pub(crate) raised: Exceptions,
}

impl Unrounded {
    /// Rounds to the precision and by the rules of `control`. A significand of zero gives zero of this sign.
    #[inline]
    #[must_use]
    pub fn round(self, control: &Control) -> Outcome {
        if self.significand == 0 {
            return Outcome::exact(F80::zero(self.sign));
        }
        let shift = self.significand.leading_zeros();
        let significand = self.significand << shift;
        let before = self.exponent - shift as i32;
        let cut = Cut::new(significand, self.sign, control.precision.bits(), control.rounding);
        let exponent = before + i32::from(cut.carry);
        if (1..0x7fff).contains(&exponent) {
            let value = F80::new(self.sign, exponent as u16, cut.significand);
            return Outcome { value, raised: cut.raised };
        }
        self.out_of_range(before, significand, cut, control)
    }

    /// The result overflows or underflows. `before` is its exponent before it was cut.
    #[cold]
    fn out_of_range(self, before: i32, significand: u128, cut: Cut, control: &Control) -> Outcome {
        let exponent = before + i32::from(cut.carry);
        if exponent > 0 {
            let cut = if control.masks.contains(Exceptions::OE) { cut } else { cut.unless_early(significand, control) };
            overflow(self.sign, before + i32::from(cut.carry), cut, control)
        } else if control.masks.contains(Exceptions::UE) {
            denormalize(self.sign, before, significand, control)
        } else {
            let cut = cut.unless_early(significand, control);
            unmasked_underflow(self.sign, before + i32::from(cut.carry), cut)
        }
    }
}

impl Cut {
    /// Rounds a significand whose bit 127 is its integer bit to its topmost `bits`, 1 to 64.
    #[inline]
    pub(crate) fn new(significand: u128, sign: bool, bits: u32, rounding: Rounding) -> Cut {
        if bits == 64 && rounding == Rounding::Nearest {
            return Cut::new_default(significand);
        }
        let unit = 1 << (64 - bits);
        let kept = (significand >> 64) as u64 & !(unit - 1);
        let rest = significand & ((u128::from(unit) << 64) - 1);
        let half = u128::from(unit) << 63;
        let up = rest != 0
            && match rounding {
                Rounding::Nearest => rest > half || rest == half && kept & unit != 0,
                Rounding::Down => sign,
                Rounding::Up => !sign,
                Rounding::Zero => false,
            };
        let raised = Exceptions::PE.when(rest != 0) | Exceptions::C1.when(up);
        let (sum, carry) = kept.overflowing_add(if up { unit } else { 0 });
        Cut { significand: if carry { 1 << 63 } else { sum }, carry, raised }
    }

    /// Rounds to 64 bits, to nearest: what nearly every program asks for, without branches.
    #[inline]
    fn new_default(significand: u128) -> Cut {
        const HALF: u64 = 1 << 63;
        let (kept, rest) = ((significand >> 64) as u64, significand as u64);
        let up = (rest > HALF) | ((rest == HALF) & (kept & 1 != 0));
        let (sum, carry) = kept.overflowing_add(u64::from(up));
        let raised = Exceptions((Exceptions::PE.0 * u16::from(rest != 0)) | (Exceptions::C1.0 * u16::from(up)));
        Cut { significand: sum | u64::from(carry) << 63, carry, raised }
    }
}

impl Cut {
    /// The same; but on the early units the topmost 64 bits as they are.
    ///
    /// SPEC: volume 3, 19.18.6.2 and 19.18.6.3: they leave a result that overflows or underflows, unmasked, not rounded,
    /// and do not report it inexact.
    fn unless_early(self, significand: u128, control: &Control) -> Cut {
        if control.generation.is_early() {
            Cut { significand: (significand >> 64) as u64, carry: false, raised: Exceptions::NONE }
        } else {
            self
        }
    }
}

/// Whether an overflow in this direction gives infinity and not the largest number.
pub(crate) fn overflows_to_infinity(sign: bool, rounding: Rounding) -> bool {
    match rounding {
        Rounding::Nearest => true,
        Rounding::Down => sign,
        Rounding::Up => !sign,
        Rounding::Zero => false,
    }
}

/// The result is too large for its exponent.
fn overflow(sign: bool, exponent: i32, cut: Cut, control: &Control) -> Outcome {
    if !control.masks.contains(Exceptions::OE) {
        let adjusted = exponent - BIAS_ADJUST;
        if adjusted < 0x7fff {
            let value = F80::new(sign, adjusted as u16, cut.significand);
            return Outcome { value, raised: cut.raised | Exceptions::OE };
        }
        // Only FSCALE comes so far. SPEC: 80387 Programmer's Reference Manual, FSCALE: a massive overflow gives infinity.
        let raised = Exceptions::OE | Exceptions::PE | Exceptions::C1;
        return Outcome { value: F80::infinity(sign), raised };
    }
    // SPEC: volume 3, 19.18.6.2: the early units answer an overflow under chop with infinity, and report it only in the
    // other roundings and for infinity.
    let early = control.generation.is_early();
    if early && control.rounding == Rounding::Zero {
        return Outcome { value: F80::infinity(sign), raised: Exceptions::PE };
    }
    let raised = Exceptions::OE | Exceptions::PE;
    if overflows_to_infinity(sign, control.rounding) {
        Outcome { value: F80::infinity(sign), raised: raised | Exceptions::C1 }
    } else {
        let largest = u64::MAX << (64 - control.precision.bits());
        let raised = if early { Exceptions::PE } else { raised };
        Outcome { value: F80::new(sign, 0x7ffe, largest), raised }
    }
}

/// The result is tiny and UE is masked: rounds it where the least exponent puts its last bit.
fn denormalize(sign: bool, exponent: i32, significand: u128, control: &Control) -> Outcome {
    let shifted = shift_right_sticky(significand, (1 - exponent) as u32);
    let cut = Cut::new(shifted, sign, control.precision.bits(), control.rounding);
    let value = F80::new(sign, (cut.significand >> 63) as u16, cut.significand);
    // SPEC: volume 3, 19.18.6.3: under chop the early units report a tiny result whether it is exact or not.
    let chopped = control.generation.is_early() && control.rounding == Rounding::Zero;
    let reported = chopped || cut.raised.contains(Exceptions::PE);
    Outcome { value, raised: cut.raised | Exceptions::UE.when(reported) }
}

/// The result is tiny and UE is not masked.
fn unmasked_underflow(sign: bool, exponent: i32, cut: Cut) -> Outcome {
    let adjusted = exponent + BIAS_ADJUST;
    if adjusted > 0 {
        let value = F80::new(sign, adjusted as u16, cut.significand);
        return Outcome { value, raised: cut.raised | Exceptions::UE };
    }
    // A massive underflow of FSCALE.
    Outcome { value: F80::zero(sign), raised: Exceptions::UE | Exceptions::PE }
}

/// Shifts right; bits that fall out stay visible in bit 0.
#[inline]
pub(crate) fn shift_right_sticky(significand: u128, count: u32) -> u128 {
    match count {
        0 => significand,
        1..128 => significand >> count | u128::from(significand << (128 - count) != 0),
        _ => u128::from(significand != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Generation;

    /// All exceptions masked, 64 bits, to nearest.
    const DEFAULT: u16 = 0x037f;

    fn check(control: u16, sign: bool, exponent: i32, significand: u128, value: F80, raised: Exceptions) {
        let control = Control::new(control, Generation::I80387);
        let got = Unrounded { sign, exponent, significand }.round(&control);
        assert_eq!(got, Outcome { value, raised }, "{control:?} {sign} {exponent} {significand:x}");
    }

    const INTEGER_BIT: u128 = 1 << 127;
    const HALF: u128 = 1 << 63;

    #[test]
    fn a_tie_goes_to_even_and_a_carry_raises_the_exponent() {
        let up = Exceptions::PE | Exceptions::C1;
        check(DEFAULT, false, 5, INTEGER_BIT | HALF, F80::new(false, 5, 1 << 63), Exceptions::PE);
        check(DEFAULT, false, 5, INTEGER_BIT | HALF | 1, F80::new(false, 5, 1 << 63 | 1), up);
        check(DEFAULT, true, 5, u128::MAX, F80::new(true, 6, 1 << 63), up);
        check(0x0f7f, true, 5, u128::MAX, F80::new(true, 5, u64::MAX), Exceptions::PE);
    }

    #[test]
    fn precision_control_cuts_to_24_and_53_bits() {
        let value = INTEGER_BIT | 1 << (127 - 24) | 1;
        check(0x007f, false, 9, value, F80::new(false, 9, 1 << 63 | 1 << 40), Exceptions::PE | Exceptions::C1);
        let value = INTEGER_BIT | 1 << (127 - 53);
        check(0x027f, false, 9, value, F80::new(false, 9, 1 << 63), Exceptions::PE);
    }

    #[test]
    fn a_masked_overflow_gives_infinity_or_the_largest_number_by_direction() {
        let (lost, up) = (Exceptions::OE | Exceptions::PE, Exceptions::C1);
        check(DEFAULT, true, 0x7fff, INTEGER_BIT, F80::infinity(true), lost | up);
        check(0x077f, false, 0x7fff, INTEGER_BIT, F80::new(false, 0x7ffe, u64::MAX), lost);
        check(0x0c7f, false, 0x7fff, INTEGER_BIT, F80::new(false, 0x7ffe, u64::MAX << 40), lost);
    }

    #[test]
    fn unmasked_overflow_and_underflow_adjust_the_exponent() {
        check(0x0300, false, 0x7fff, INTEGER_BIT, F80::new(false, 0x7fff - 24576, 1 << 63), Exceptions::OE);
        check(0x0300, false, 0, INTEGER_BIT, F80::new(false, 24576, 1 << 63), Exceptions::UE);
    }

    #[test]
    fn a_masked_underflow_is_reported_only_when_inexact() {
        check(DEFAULT, false, 0, INTEGER_BIT, F80::new(false, 0, 1 << 62), Exceptions::NONE);
        let inexact = Exceptions::UE | Exceptions::PE;
        check(DEFAULT, false, -1, INTEGER_BIT | 1 << 65, F80::new(false, 0, 1 << 61), inexact);
        check(DEFAULT, false, -500, INTEGER_BIT, F80::ZERO, inexact);
        check(0x0b7f, false, -500, INTEGER_BIT, F80::new(false, 0, 1), inexact | Exceptions::C1);
    }
}
