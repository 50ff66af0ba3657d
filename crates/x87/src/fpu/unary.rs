//! D9 E0h to FFh: instructions on the top of the stack.

use super::{Done, Escape, Fpu, status};
use crate::arithmetic::{
    Quotient, Remainder, extract, remainder_ieee, remainder_truncated, round_to_integer, scale, square_root,
};
use crate::convert::Constant;
use crate::{Class, Control, Exceptions, F80, Outcome, f2xm1, fcos, fpatan, fsin, fyl2x, fyl2xp1};

impl Fpu {
    pub(super) fn unary(&mut self, escape: Escape) -> Done {
        let late = !self.generation.is_early();
        match escape.code() as u8 {
            0xe0 => self.change_sign(|st| st.negated()),
            0xe1 => self.change_sign(|st| st.with_sign(false)),
            0xe4 => self.test(),
            0xe5 => self.examine(),
            0xe8 => self.load_constant(Constant::One),
            0xe9 => self.load_constant(Constant::Log2Of10),
            0xea => self.load_constant(Constant::Log2OfE),
            0xeb => self.load_constant(Constant::Pi),
            0xec => self.load_constant(Constant::Log10Of2),
            0xed => self.load_constant(Constant::LogEOf2),
            0xee => self.load_constant(Constant::Zero),
            0xf0 => self.replace(f2xm1),
            0xf1 => self.replace_two(fyl2x),
            0xf2 => self.tangent(),
            0xf3 => self.replace_two(fpatan),
            0xf4 => self.extract(),
            0xf5 if late => self.remainder(remainder_ieee),
            0xf6 | 0xf7 => {
                let step = if escape.rm() == 6 { 7 } else { 1 };
                self.top = (self.top + step) & 7;
                self.set_c1(false);
            }
            0xf8 => self.remainder(remainder_truncated),
            0xf9 => self.replace_two(fyl2xp1),
            0xfa => self.replace(square_root),
            0xfb if late => self.sine_and_cosine(),
            0xfc => self.replace(round_to_integer),
            0xfd => self.replace_with_next(scale),
            0xfe if late => self.replace_angle(fsin),
            0xff if late => self.replace_angle(fcos),
            _ => return self.undefined(),
        }
        Done::default()
    }

    /// FCHS and FABS. SPEC: nothing but an empty register is an exception.
    fn change_sign(&mut self, change: impl Fn(F80) -> F80) {
        match self.stack(0) {
            Some(st) => {
                self.set_c1(false);
                self.set_st(0, change(st));
            }
            None if self.stack_underflow() => self.set_st(0, F80::INDEFINITE),
            None => {}
        }
    }

    /// FXAM.
    fn examine(&mut self) {
        let (st, early) = (self.st(0), self.generation.is_early());
        let codes = match st.class() {
            _ if self.is_empty(0) => status::C3 | status::C0,
            // SPEC: 8086 Family User's Manual, numerics supplement, FXAM: only unnormals have the code 000 there.
            Class::PseudoInfinity if early => status::C2 | status::C0,
            Class::PseudoNan if early => status::C0,
            Class::Unnormal | Class::PseudoInfinity | Class::PseudoNan => 0,
            Class::QuietNan | Class::SignalingNan => status::C0,
            Class::Normal => status::C2,
            Class::Infinity => status::C2 | status::C0,
            Class::Zero => status::C3,
            Class::Denormal | Class::PseudoDenormal => status::C3 | status::C2,
        };
        self.set_codes(codes | if st.sign() { status::C1 } else { 0 });
    }

    fn load_constant(&mut self, constant: Constant) {
        let value = constant.value(&self.arithmetic_control());
        self.load(value);
    }

    /// An instruction that replaces ST by a function of it.
    fn replace(&mut self, function: impl Fn(F80, &Control) -> Outcome) {
        let Some(st) = self.stack(0) else {
            if self.stack_underflow() {
                self.set_st(0, F80::INDEFINITE);
            }
            return;
        };
        let outcome = function(st, &self.arithmetic_control());
        if self.report(outcome.raised) {
            self.set_st(0, outcome.value);
        }
    }

    /// An instruction that replaces ST by a function of ST and ST(1). Whether it was done.
    fn replace_with_next(&mut self, function: impl Fn(F80, F80, &Control) -> Outcome) {
        let (Some(st), Some(next)) = (self.stack(0), self.stack(1)) else {
            if self.stack_underflow() {
                self.set_st(0, F80::INDEFINITE);
            }
            return;
        };
        let outcome = function(st, next, &self.arithmetic_control());
        if self.report(outcome.raised) {
            self.set_st(0, outcome.value);
        }
    }

    /// FPREM and FPREM1.
    fn remainder(&mut self, function: impl Fn(F80, F80, &Control) -> Remainder) {
        self.status &= !status::C2;
        let (Some(st), Some(next)) = (self.stack(0), self.stack(1)) else {
            if self.stack_underflow() {
                self.set_st(0, F80::INDEFINITE);
            }
            return;
        };
        let Remainder { outcome, quotient } = function(st, next, &self.arithmetic_control());
        if !self.report(outcome.raised) {
            return;
        }
        self.set_st(0, outcome.value);
        match quotient {
            Quotient::Whole(bits) => {
                let code = |place: u8, code| if bits >> place & 1 != 0 { code } else { 0 };
                self.set_codes(code(2, status::C0) | code(1, status::C3) | code(0, status::C1));
            }
            Quotient::Partial => self.set_codes(status::C2),
            Quotient::None => {}
        }
    }

    /// FXTRACT.
    fn extract(&mut self) {
        let Some(st) = self.stack(0) else {
            if self.stack_underflow() {
                self.set_st(0, F80::INDEFINITE);
                self.push_unchecked(F80::INDEFINITE);
            }
            return;
        };
        if !self.is_empty(7) {
            if self.stack_overflow() {
                self.set_st(0, F80::INDEFINITE);
                self.push_unchecked(F80::INDEFINITE);
            }
            return;
        }
        let (exponent, significand) = extract(st, &self.arithmetic_control());
        if self.report(exponent.raised & !Exceptions::C1) {
            self.set_st(0, exponent.value);
            self.push_unchecked(significand);
        }
    }
}
