//! FCOM, FUCOM, FTST and kin.

use crate::operand::Numbers;
use crate::{Class, Control, Exceptions, F80};
use std::cmp::Ordering;

/// How two numbers stand to each other; `None` when they do not ("unordered").
pub type Relation = Option<Ordering>;

/// Compares as FCOM does: a NaN of any kind is an invalid operation.
#[must_use]
pub fn compare(a: F80, b: F80, control: &Control) -> (Relation, Exceptions) {
    let (relation, raised) = compare_unordered(a, b, control);
    (relation, if relation.is_none() { Exceptions::IE } else { raised })
}

/// Compares as FUCOM does: a quiet NaN is no invalid operation.
#[must_use]
pub fn compare_unordered(a: F80, b: F80, control: &Control) -> (Relation, Exceptions) {
    let numbers = match Numbers::new([a, b], control) {
        Ok(numbers) => numbers,
        Err(outcome) => return (None, outcome.raised),
    };
    let [a, b] = numbers.values;
    if control.projective && (a.class() == Class::Infinity) != (b.class() == Class::Infinity) {
        // SPEC: 80287 Programmer's Reference Manual, table 1-17: under projective closure infinity has no order.
        return (None, Exceptions::IE);
    }
    let both_infinite = a.class() == Class::Infinity && b.class() == Class::Infinity;
    let relation = if control.projective && both_infinite { Ordering::Equal } else { order(a, b) };
    (Some(relation), numbers.denormal)
}

/// The order of two numbers that are no NaNs.
fn order(a: F80, b: F80) -> Ordering {
    let magnitude = |x: F80| match x.normalized() {
        (_, 0) => (i32::MIN, 0),
        normalized => normalized,
    };
    let (a_magnitude, b_magnitude) = (magnitude(a), magnitude(b));
    let both_zero = a_magnitude.1 == 0 && b_magnitude.1 == 0;
    match (a.sign(), b.sign()) {
        _ if both_zero => Ordering::Equal,
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => a_magnitude.cmp(&b_magnitude),
        (true, true) => b_magnitude.cmp(&a_magnitude),
    }
}
