//! F2XM1.

use super::answer;
use super::series::exponential_less_one;
use super::wide::Wide;
use crate::{Class, Control, Exceptions, F80, Outcome};

/// 2^ST(0) - 1.
#[must_use]
pub fn f2xm1(st0: F80, control: &Control) -> Outcome {
    let [outcome] = answer([st0], control, |[power]| [of_number(power, control)]);
    outcome
}

fn of_number(power: F80, control: &Control) -> Outcome {
    let minus_one = F80::ONE.negated();
    match power.class() {
        Class::Zero => Outcome::exact(power),
        Class::Infinity => Outcome::exact(if power.sign() { minus_one } else { power }),
        // QUIRK: recorded: -1, though the result is exact, and 1 set PE; beyond 1 the operand stays.
        _ if power == minus_one => Outcome::exact(F80::new(true, 0x3ffe, 1 << 63)).and(Exceptions::PE),
        _ if power.exponent() >= F80::ONE.exponent() => Outcome::exact(power).and(Exceptions::PE),
        _ => exponential_less_one(Wide::from_f80(power)).round(true, control),
    }
}
