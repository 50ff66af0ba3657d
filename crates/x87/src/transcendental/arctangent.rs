//! FPATAN.

use super::answer;
use super::series;
use super::wide::Wide;
use crate::{Class, Control, F80, Outcome};

/// The angle of the point x = ST(0), y = ST(1): arctan(ST(1) / ST(0)) in the quadrant of the point.
#[must_use]
pub fn fpatan(st0: F80, st1: F80, control: &Control) -> Outcome {
    let [outcome] = answer([st0, st1], control, |[x, y]| [angle_of(x, y, control)]);
    outcome
}

fn angle_of(x: F80, y: F80, control: &Control) -> Outcome {
    // Angle of the point mirrored into the half plane above, y >= 0.
    let angle = match (y.class(), x.class()) {
        (Class::Infinity, Class::Infinity) if x.sign() => Wide::HALF_PI.add(Wide::QUARTER_PI),
        (Class::Infinity, Class::Infinity) => Wide::QUARTER_PI,
        (Class::Zero, _) | (_, Class::Infinity) if x.sign() => Wide::PI,
        (Class::Zero, _) | (_, Class::Infinity) => return Outcome::exact(F80::zero(y.sign())),
        (Class::Infinity, _) | (_, Class::Zero) => Wide::HALF_PI,
        _ => angle_of_point(Wide::from_f80(x), Wide::from_f80(y).magnitude()),
    };
    angle.negate_if(y.sign()).round(true, control)
}

/// The angle of a point off the axes above the x axis.
fn angle_of_point(x: Wide, y: Wide) -> Wide {
    let width = x.magnitude();
    let is_steep = (y.exponent, y.significand) > (width.exponent, width.significand);
    if is_steep {
        Wide::HALF_PI.add(series::arctangent(width, y).negate_if(!x.negative))
    } else if x.negative {
        Wide::PI.add(series::arctangent(y, width).negate_if(true))
    } else {
        series::arctangent(y, width)
    }
}
