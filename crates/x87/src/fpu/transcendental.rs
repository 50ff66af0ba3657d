//! The transcendental instructions: what they do to the stack and to C2.

use super::{Fpu, status};
use crate::{Control, Exceptions, F80, Outcome, fsincos, ftan};

impl Fpu {
    /// FYL2X, FYL2XP1, FPATAN: puts a function of ST and ST(1) into ST(1) and pops.
    pub(super) fn replace_two(&mut self, function: impl Fn(F80, F80, &Control) -> Outcome) {
        let value = match (self.stack(0), self.stack(1)) {
            (Some(st), Some(next)) => {
                let outcome = function(st, next, &self.arithmetic_control());
                self.report(outcome.raised).then_some(outcome.value)
            }
            _ => self.stack_underflow().then_some(F80::INDEFINITE),
        };
        if let Some(value) = value {
            self.set_st(1, value);
            self.pop();
        }
    }

    /// FSIN and FCOS: replaces ST by a function of this angle, or sets C2 and leaves it.
    pub(super) fn replace_angle(&mut self, function: impl Fn(F80, &Control) -> Option<Outcome>) {
        self.status &= !status::C2;
        let value = match self.stack(0) {
            Some(st) => match function(st, &self.arithmetic_control()) {
                Some(outcome) => self.report(outcome.raised).then_some(outcome.value),
                None => return self.refuse_angle(),
            },
            None => self.stack_underflow().then_some(F80::INDEFINITE),
        };
        if let Some(value) = value {
            self.set_st(0, value);
        }
    }

    /// FPTAN: the tangent, and 1.0 above it.
    pub(super) fn tangent(&mut self) {
        self.push_angle(|st, control| {
            let tangent = ftan(st, control)?;
            // A NaN comes twice.
            let above = if tangent.value.is_nan() { tangent } else { Outcome::exact(F80::ONE) };
            Some((tangent, above))
        });
    }

    /// FSINCOS: the sine, and the cosine above it.
    pub(super) fn sine_and_cosine(&mut self) {
        self.push_angle(fsincos);
    }

    /// Replaces ST by the first function of this angle and pushes the second, or sets C2 and leaves all.
    fn push_angle(&mut self, function: impl Fn(F80, &Control) -> Option<(Outcome, Outcome)>) {
        self.status &= !status::C2;
        let indefinite = (F80::INDEFINITE, F80::INDEFINITE);
        let values = match self.stack(0) {
            None => self.stack_underflow().then_some(indefinite),
            Some(_) if !self.is_empty(7) => self.stack_overflow().then_some(indefinite),
            Some(st) => match function(st, &self.arithmetic_control()) {
                Some((below, above)) => {
                    // UNVERIFIED: of two results C1 tells of the lower one, the sine, as on an AMD processor.
                    let raised = below.raised | above.raised & !Exceptions::C1;
                    self.report(raised).then_some((below.value, above.value))
                }
                None => return self.refuse_angle(),
            },
        };
        if let Some((below, above)) = values {
            self.set_st(0, below);
            self.push_unchecked(above);
        }
    }

    /// SPEC: SDM volume 1, 8.3.8 and FSIN: an angle of 2^63 or more sets C2 and stays; a program is to reduce it.
    fn refuse_angle(&mut self) {
        self.report(Exceptions::NONE);
        self.status |= status::C2;
    }
}
