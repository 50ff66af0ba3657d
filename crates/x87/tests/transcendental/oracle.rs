//! The functions themselves in arbitrary precision, and how far a register is from them.

use astro_float_num::{BigFloat, Consts, RoundingMode};
use beige_x87::F80;

/// Bits that the oracle computes with. It adds those that a difference near zero takes away.
pub(crate) const BITS: usize = 256;
const NEAREST: RoundingMode = RoundingMode::ToEven;

/// The eight instructions, FPTAN by its tangent and FSINCOS not among them: it is FSIN and FCOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    F2xm1,
    Fyl2x,
    Fyl2xp1,
    Fpatan,
    Fptan,
    Fsin,
    Fcos,
}

/// Arbitrary precision with its cache of constants.
pub(crate) struct Oracle {
    constants: Consts,
}

impl Oracle {
    pub(crate) fn new() -> Oracle {
        Oracle { constants: Consts::new().unwrap() }
    }

    /// The value of finite operands; for the functions of an angle with the chip's pi.
    pub(crate) fn value(&mut self, function: Function, st0: F80, st1: F80) -> BigFloat {
        let (x, y) = (number(st0), number(st1));
        match function {
            Function::F2xm1 => {
                let half = mul(&mul(&x, &self.ln_2()), &BigFloat::from_f64(0.5, BITS));
                let sinh = half.sinh(BITS, NEAREST, &mut self.constants);
                let exp = half.exp(BITS, NEAREST, &mut self.constants);
                double(&mul(&sinh, &exp))
            }
            Function::Fyl2x => mul(&y, &x.log2(BITS + 64, NEAREST, &mut self.constants)),
            Function::Fyl2xp1 => mul(&y, &self.log2_of_one_plus(&x)),
            Function::Fpatan => self.angle(&x, &y),
            Function::Fptan => {
                let (quadrant, rest) = reduced(&x);
                let tangent = rest.tan(BITS, NEAREST, &mut self.constants);
                if quadrant & 1 == 0 { tangent } else { integer(1).div(&tangent, BITS, NEAREST).neg() }
            }
            Function::Fsin => self.sine(&x, 0),
            Function::Fcos => self.sine(&x, 1),
        }
    }

    pub(crate) fn pi(&mut self) -> BigFloat {
        self.constants.pi(BITS, NEAREST)
    }

    fn ln_2(&mut self) -> BigFloat {
        self.constants.ln_2(BITS, NEAREST)
    }

    fn log2_of_one_plus(&mut self, x: &BigFloat) -> BigFloat {
        if x.exponent().unwrap() > -100 {
            let sum = integer(1).add(x, BITS + 128, NEAREST);
            return sum.log2(BITS + 128, NEAREST, &mut self.constants);
        }
        let ratio = x.div(&integer(2).add(x, BITS, NEAREST), BITS, NEAREST);
        let ln = double(&ratio.atanh(BITS, NEAREST, &mut self.constants));
        ln.div(&self.ln_2(), BITS, NEAREST)
    }

    fn angle(&mut self, x: &BigFloat, y: &BigFloat) -> BigFloat {
        let principal = y.div(x, BITS, NEAREST).atan(BITS, NEAREST, &mut self.constants);
        if x.is_positive() {
            return principal;
        }
        let half_turn = self.pi();
        principal.add(&if y.is_positive() { half_turn } else { half_turn.neg() }, BITS, NEAREST)
    }

    /// Sine of an angle that many quarter turns on.
    fn sine(&mut self, x: &BigFloat, quarters: u32) -> BigFloat {
        let (quadrant, rest) = reduced(x);
        let quadrant = quadrant + quarters;
        let value = if quadrant & 1 == 0 {
            rest.sin(BITS, NEAREST, &mut self.constants)
        } else {
            rest.cos(BITS, NEAREST, &mut self.constants)
        };
        if quadrant & 2 == 0 { value } else { value.neg() }
    }
}

/// The quarter turns nearest to an angle, modulo 4, and exactly what is left, by the pi of 66 bits.
fn reduced(x: &BigFloat) -> (u32, BigFloat) {
    // The 64 bits of C90FDAA2 2168C234 and two more, both set; pi / 2 is below 2.
    let half_pi = scaled(&scaled(&integer(0xc90f_daa2_2168_c234), 2).add(&integer(3), 128, NEAREST), -65);
    let turns = x.div(&half_pi, 512, NEAREST).add(&BigFloat::from_f64(0.5, 64), 512, NEAREST).floor();
    let rest = x.sub(&turns.mul(&half_pi, 512, NEAREST), 512, NEAREST);
    let quarter = turns.mul(&BigFloat::from_f64(0.25, 64), 512, NEAREST);
    let quadrant = quarter.sub(&quarter.floor(), 512, NEAREST);
    let is = |eighths: f64| quadrant.cmp(&BigFloat::from_f64(eighths, 64)) == Some(0);
    ([0.0, 0.25, 0.5, 0.75].into_iter().position(is).unwrap() as u32, rest)
}

fn integer(value: u64) -> BigFloat {
    BigFloat::from_u64(value, 128)
}

fn mul(a: &BigFloat, b: &BigFloat) -> BigFloat {
    a.mul(b, BITS + 128, NEAREST)
}

fn double(value: &BigFloat) -> BigFloat {
    scaled(value, 1)
}

/// `value` * 2^`power`.
pub(crate) fn scaled(value: &BigFloat, power: i32) -> BigFloat {
    let mut value = value.clone();
    if !value.is_zero() {
        let exponent = value.exponent().unwrap();
        value.set_exponent(exponent + power);
    }
    value
}

/// A finite register as a number.
pub(crate) fn number(value: F80) -> BigFloat {
    let (exponent, significand) = value.normalized();
    let number = scaled(&integer(significand), exponent - F80::BIAS - 63);
    if value.sign() { number.neg() } else { number }
}

/// How far a register is above (or, if negative, below) a number, in units of its last place.
pub(crate) fn distance(register: F80, value: &BigFloat) -> BigFloat {
    let unit = i32::from(register.exponent().max(1)) - F80::BIAS - 63;
    scaled(&number(register).sub(value, BITS + 128, NEAREST), -unit)
}
