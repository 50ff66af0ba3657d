//! F2XM1, FYL2X, FYL2XP1, FPATAN, FPTAN, FSIN, FCOS and FSINCOS.
//!
//! Each is the function itself, computed to some 120 bits and rounded once, by the rounding control, to 64. What is
//! the chip's own is the argument reduction of the last four: they divide by a pi cut to 66 bits, so that near a
//! multiple of pi, and for large arguments everywhere, the result is that of this pi and not of the true one.
//!
//! The functions are pure: operands and control word in, [`Outcome`] out, ST(0) before ST(1). The unit around them keeps
//! the stack, C2 (`None` from the functions of an angle) and what FPTAN pushes.
//!
//! Where the manuals leave a result undefined, it is what the processor of the recorded vectors gives: F2XM1 of a
//! number beyond 1 and FYL2XP1 of a number of -1 or less return it, inexact; FYL2XP1 takes arguments beyond its range
//! as the function goes.
//!
//! DEVIATION: the chip's results may be a unit in the last place off; these are correctly rounded, as far as tried.
//!
//! SPEC: SDM volume 2 (325383), the eight instructions' tables; volume 1, 8.3.8 "Approximation of pi", 8.3.10
//! "Transcendental instruction accuracy": an error within 1 ulp; precision control has no effect on them.
//!
//! DEVIATION: FPTAN of the 8087 and the 80287 gives a ratio of two numbers, only their quotient is documented (numerics
//! supplement to the 8086 Family User's Manual, "FPTAN"). Here the divisor is 1.0 on every generation, as from the
//! 80387 on. Arguments outside the ranges of those two (FPTAN 0 to pi/4, F2XM1 0 to 0.5, FPATAN 0 < ST(1) < ST(0)),
//! undefined there, are answered as on the 80387.
//!
//! QUIRK: recorded: results that are exact, as those of F2XM1 of 1 and of FYL2X of 4 and 1, set PE too, unless they are
//! zero.
//!
//! UNVERIFIED: F2XM1 and FYL2XP1 of infinities, which the tables leave out, are answered as an AMD processor does.

mod angle;
mod arctangent;
mod exponential;
mod logarithm;
mod series;
mod wide;

pub use angle::{fcos, fsin, fsincos, ftan};
pub use arctangent::fpatan;
pub use exponential::f2xm1;
pub use logarithm::{fyl2x, fyl2xp1};

use crate::operand::Numbers;
use crate::{Control, Exceptions, F80, Outcome};

/// Answers NaNs and unsupported operands, hands the others to `compute`, and adds what a denormal one among them means.
///
/// SPEC: SDM volume 1, 4.9.2 "Floating-point exception priority": invalid operations and divisions by zero go before
/// denormal operands.
fn answer<const N: usize, const M: usize>(
    operands: [F80; N],
    control: &Control,
    compute: impl FnOnce([F80; N]) -> [Outcome; M],
) -> [Outcome; M] {
    let numbers = match Numbers::silent_when_early(operands, control) {
        Ok(numbers) => numbers,
        Err(outcome) => return [outcome; M],
    };
    compute(numbers.values).map(|outcome| {
        if outcome.raised.intersects(Exceptions::IE | Exceptions::ZE) {
            return outcome;
        }
        match numbers.admit(control) {
            Ok(()) => outcome.and(numbers.denormal),
            Err(stopped) => stopped,
        }
    })
}
