//! Between registers and memory: short and long reals, integers, packed decimals, and the constants.

mod constants;
mod decimal;
mod integer;
mod real;

pub use constants::Constant;
pub use decimal::{from_decimal, to_decimal};
pub use integer::to_integer;
pub use real::{Real, from_real, to_real};
