//! What every operation does first with its operands: NaNs, unsupported encodings, denormals.
//!
//! SPEC: SDM volume 1, 4.8.3.5 "Operating on SNaNs and QNaNs", table 4-7 "Rules for handling NaNs", 8.5.1.2 and 8.5.2;
//! volume 3, 19.18 "x87 FPU" of the chapter on architecture compatibility, for what the 8087 and the 80287 do otherwise:
//! there every NaN is invalid, and unnormals, pseudo-infinities and pseudo-NaNs are supported.

use crate::{Class, Control, Exceptions, F80, Outcome};

/// Operands that are numbers: zeros, finite numbers (denormals too) and infinities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<const N: usize> {
    /// The operands. On the 8087 and the 80287 unnormals stand here normalized.
    pub(crate) values: [F80; N],
    /// DE, when one of them is denormal. Invalid operations and divisions by zero go before it.
    pub(crate) denormal: Exceptions,
}

impl<const N: usize> Numbers<N> {
    /// Checks the operands.
    ///
    /// # Errors
    /// The outcome, when one is a NaN or not supported.
    pub(crate) fn new(operands: [F80; N], control: &Control) -> Result<Numbers<N>, Outcome> {
        let any_denormal = operands.iter().any(|x| matches!(x.class(), Class::Denormal | Class::PseudoDenormal));
        let denormal = Exceptions::DE.when(any_denormal);
        let early = control.generation.is_early();
        // SPEC: volume 3, 19.18.6.4: on the early units an unmasked denormal operand goes before everything else.
        if early && control.is_unmasked(denormal) {
            return Err(Outcome { value: F80::INDEFINITE, raised: denormal });
        }
        let values = if early { operands.map(legalized) } else { operands };
        if values.iter().any(|x| x.is_unsupported()) {
            return Err(Outcome::INVALID);
        }
        if let Some(nan) = values.iter().copied().filter(|x| x.is_nan()).reduce(preferred) {
            let invalid = early || values.iter().any(|x| x.class() == Class::SignalingNan);
            return Err(Outcome { value: nan.quieted(), raised: Exceptions::IE.when(invalid) });
        }
        Ok(Numbers { values, denormal })
    }

    /// Checks the operands of an instruction that reports denormal operands only since the 80387: FXTRACT and the
    /// transcendental ones.
    ///
    /// SPEC: Intel387 SX data sheet (240225), A.1.2, item 5.
    ///
    /// # Errors
    /// As [`Numbers::new`].
    pub(crate) fn silent_when_early(operands: [F80; N], control: &Control) -> Result<Numbers<N>, Outcome> {
        if !control.generation.is_early() {
            return Numbers::new(operands, control);
        }
        let masked = Control { masks: control.masks | Exceptions::DE, ..*control };
        let numbers = Numbers::new(operands, &masked)?;
        Ok(Numbers { denormal: Exceptions::NONE, ..numbers })
    }

    /// The outcome, when a denormal operand stops the operation because DE is not masked.
    ///
    /// # Errors
    /// That outcome.
    pub(crate) fn admit(&self, control: &Control) -> Result<(), Outcome> {
        if control.is_unmasked(self.denormal) {
            Err(Outcome { value: F80::INDEFINITE, raised: self.denormal })
        } else {
            Ok(())
        }
    }
}

/// Whether the 8087 and the 80287 refuse the operand where they do not normalize: denormals and unnormals as divisor or
/// modulus, under a root, and on the way to an integer.
///
/// SPEC: 80287 Programmer's Reference Manual, table 1-17 "Exception conditions and masked responses".
pub(crate) fn is_refused_early(x: F80, control: &Control) -> bool {
    control.generation.is_early() && matches!(x.class(), Class::Denormal | Class::PseudoDenormal | Class::Unnormal)
}

/// Which of two NaNs an instruction gives.
fn preferred(a: F80, b: F80) -> F80 {
    // A quiet NaN goes before a signaling one; then the larger significand; then the positive one.
    let key = |x: F80| (x.class() == Class::QuietNan, x.significand, !x.sign());
    if key(b) > key(a) { b } else { a }
}

// DEVIATION: those two compute with the unnormal as it is, and give an unnormal where the manual's rules say so. Here the
// result is normalized; it has the same value.
/// An operand of the 8087 and the 80287 in an encoding that later units support, with the same value.
fn legalized(x: F80) -> F80 {
    match x.class() {
        Class::PseudoInfinity => F80::infinity(x.sign()),
        Class::PseudoNan => x.quieted(),
        Class::Unnormal => {
            // A pseudo-zero, without any one in it, becomes a zero.
            let shift = x.significand.leading_zeros().min(63).min(u32::from(x.exponent()) - 1);
            let significand = x.significand << shift;
            let exponent = if significand >> 63 == 0 { 0 } else { x.exponent() - shift as u16 };
            F80::new(x.sign(), exponent, significand)
        }
        _ => x,
    }
}
