//! The operations on two or one numbers, each a pure function of operands and control word.

mod add;
mod compare;
mod divide;
mod multiply;
mod remainder;
mod scale;
mod square_root;

pub use add::{add, subtract};
pub use compare::{Relation, compare, compare_unordered};
pub use divide::divide;
pub use multiply::multiply;
pub use remainder::{Quotient, Remainder, remainder_ieee, remainder_truncated};
pub(crate) use scale::cut_to_integer;
pub use scale::{extract, round_to_integer, scale};
pub use square_root::square_root;
