//! FSIN, FCOS, FSINCOS and the tangent of FPTAN.

use super::answer;
use super::series::{cotangent, sine_and_cosine, tangent};
use super::wide::Wide;
use crate::{Class, Control, F80, Outcome};

/// Half of the chip's pi, which is pi cut to 66 significant bits, in units of 2^-65.
///
/// SPEC: SDM volume 1, 8.3.8: pi is 4 * 0.C90FDAA2 2168C234 C hexadecimal, so 3.243F6A88 85A308D3.
const HALF_PI: u128 = 0x3_243f_6a88_85a3_08d3;

/// Sine of ST(0); `None` when its magnitude is 2^63 or more.
#[must_use]
pub fn fsin(st0: F80, control: &Control) -> Option<Outcome> {
    let [outcome] = of_angle(st0, control, |x| {
        [if is_zero(x) { Outcome::exact(x) } else { sine_and_cosine_of(x).0.round(true, control) }]
    })?;
    Some(outcome)
}

/// Cosine of ST(0); `None` when its magnitude is 2^63 or more.
#[must_use]
pub fn fcos(st0: F80, control: &Control) -> Option<Outcome> {
    let [outcome] = of_angle(st0, control, |x| {
        [if is_zero(x) { Outcome::exact(F80::ONE) } else { sine_and_cosine_of(x).1.round(true, control) }]
    })?;
    Some(outcome)
}

/// Sine and cosine of ST(0); `None` when its magnitude is 2^63 or more.
#[must_use]
pub fn fsincos(st0: F80, control: &Control) -> Option<(Outcome, Outcome)> {
    let [sine, cosine] = of_angle(st0, control, |x| {
        if is_zero(x) {
            return [Outcome::exact(x), Outcome::exact(F80::ONE)];
        }
        let (sine, cosine) = sine_and_cosine_of(x);
        [sine.round(true, control), cosine.round(true, control)]
    })?;
    Some((sine, cosine))
}

/// Tangent of ST(0), which FPTAN leaves below 1.0; `None` when its magnitude is 2^63 or more.
#[must_use]
pub fn ftan(st0: F80, control: &Control) -> Option<Outcome> {
    let [outcome] =
        of_angle(st0, control, |x| [if is_zero(x) { Outcome::exact(x) } else { tangent_of(x).round(true, control) }])?;
    Some(outcome)
}

/// Answers what is no angle, and hands finite numbers below 2^63 to `compute`.
fn of_angle<const M: usize>(
    x: F80,
    control: &Control,
    compute: impl FnOnce(F80) -> [Outcome; M],
) -> Option<[Outcome; M]> {
    if x.class() == Class::Normal && i32::from(x.exponent()) >= F80::BIAS + 63 {
        return None;
    }
    Some(answer([x], control, |[x]| if x.class() == Class::Infinity { [Outcome::INVALID; M] } else { compute(x) }))
}

fn is_zero(x: F80) -> bool {
    x.class() == Class::Zero
}

fn sine_and_cosine_of(x: F80) -> (Wide, Wide) {
    let (quadrant, angle) = reduce(Wide::from_f80(x).magnitude());
    let (sine, cosine) = sine_and_cosine(angle);
    let (sine, cosine) = match quadrant {
        0 => (sine, cosine),
        1 => (cosine, sine.negate_if(true)),
        2 => (sine.negate_if(true), cosine.negate_if(true)),
        _ => (cosine.negate_if(true), sine),
    };
    (sine.negate_if(x.sign()), cosine)
}

fn tangent_of(x: F80) -> Wide {
    let (quadrant, angle) = reduce(Wide::from_f80(x).magnitude());
    let tangent = if quadrant & 1 == 0 { tangent(angle) } else { cotangent(angle).negate_if(true) };
    tangent.negate_if(x.sign())
}

/// The number of quarter turns nearest to a positive number, modulo 4, and exactly what is left: at most an eighth of a
/// turn either way. It is never zero, since half of the chip's pi is an odd number of 66 bits, of which a number of 64
/// bits is no multiple.
fn reduce(x: Wide) -> (u32, Wide) {
    if x.exponent < -1 {
        return (0, x);
    }
    // A register's number from 1/2 to 2^63 is an integer of these units.
    let units = (x.significand >> 64) << (x.exponent + 2).clamp(0, 64);
    let (turns, rest) = (units / HALF_PI, units % HALF_PI);
    if rest > HALF_PI / 2 {
        ((turns as u32).wrapping_add(1) & 3, Wide::from_integer(HALF_PI - rest, -65).negate_if(true))
    } else {
        (turns as u32 & 3, Wide::from_integer(rest, -65))
    }
}
