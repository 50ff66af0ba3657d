//! The x87 floating-point unit: 8087, 80287, 80387 (also 80486 and Pentium) and the P6, in exact 80-bit integer
//! arithmetic. There is no floating-point operation of the host anywhere, so every host gives the same bits.
//!
//! [`F80`] is a number as a register holds it, [`Control`] what the control word asks for, and [`Unrounded`] an exact
//! result on its way to a register: [`Unrounded::round`] gives the [`Outcome`], value and exceptions.
//!
//! An instruction's function takes its operands and the [`Control`] and gives an `Outcome`; it answers NaNs,
//! infinities, zeros and denormal operands itself, so that the unit around it only keeps registers and exceptions. An
//! operation that a denormal operand stops (DE unmasked) raises DE alone. The transcendental functions keep to that
//! form: `f2xm1(st0, &control) -> Outcome`, `fyl2x(st0, st1, &control)`, `fyl2xp1`, `fpatan` alike; those that refuse
//! arguments from 2^63 on (C2) give an `Option`, `None` for that: `fsin`, `fcos` and `ftan` of an `Outcome`, `fsincos`
//! of both `(sine, cosine)`.
//!
//! Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1 (253665), chapters 4.8, 4.9 and 8;
//! 80387 Programmer's Reference Manual (231917); 80287 Programmer's Reference Manual (210498).
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic)]

pub mod arithmetic;
mod control;
pub mod convert;
mod f80;
mod fpu;
mod operand;
mod round;
mod transcendental;

pub use control::{Control, Exceptions, Generation, Precision, Rounding};
pub use f80::{Class, F80};
pub use fpu::{Context, Done, Escape, Fast, Fpu, Layout, OperandSize, Stored, Transfer};
pub use round::{Outcome, Unrounded};
pub use transcendental::{f2xm1, fcos, fpatan, fsin, fsincos, ftan, fyl2x, fyl2xp1};
