//! Instructions of two operands: arithmetic and comparisons.

use super::{Done, Fpu, status};
use crate::arithmetic::{Relation, add, compare, compare_unordered, divide, multiply, subtract};
use crate::{Exceptions, F80, Outcome};
use std::cmp::Ordering;

impl Fpu {
    /// The operation of a ModR/M byte on ST and another operand: FADD FMUL FSUB FSUBR FDIV FDIVR.
    #[inline]
    fn compute(&self, operation: u8, st: F80, other: F80) -> Outcome {
        let control = &self.arithmetic_control();
        match operation {
            0 => add(st, other, control),
            1 => multiply(st, other, control),
            4 => subtract(st, other, control),
            5 => subtract(other, st, control),
            6 => divide(st, other, control),
            _ => divide(other, st, control),
        }
    }

    /// An operation on ST and ST(`place`), with the result to ST(`to`).
    pub(super) fn arithmetic_register(&mut self, operation: u8, to: u8, place: u8, pop: bool) {
        if let 2 | 3 = operation {
            return self.compare_register(place, operation - 2, false);
        }
        let value = match (self.stack(0), self.stack(place)) {
            (Some(st), Some(other)) => {
                let outcome = self.compute(operation, st, other);
                if !self.report(outcome.raised) {
                    return;
                }
                outcome.value
            }
            _ if self.stack_underflow() => F80::INDEFINITE,
            _ => return,
        };
        self.set_st(to, value);
        if pop {
            self.pop();
        }
    }

    /// An operation on ST and memory. `other` is the operand, with DE if it was a denormal of memory.
    pub(super) fn arithmetic_memory(&mut self, operation: u8, other: Outcome) {
        if let 2 | 3 = operation {
            return self.compare_memory(operation - 2, other);
        }
        let Some(st) = self.stack(0) else {
            if self.stack_underflow() {
                self.set_st(0, F80::INDEFINITE);
            }
            return;
        };
        let mut outcome = self.compute(operation, st, other.value);
        // A denormal of memory is normal in the register. It counts unless something goes before it.
        let first = Exceptions::IE | Exceptions::ZE;
        if other.raised.contains(Exceptions::DE) && !outcome.raised.intersects(first) && !outcome.value.is_nan() {
            let stopped = !self.is_masked(Exceptions::DE);
            outcome.raised = if stopped { Exceptions::DE } else { outcome.raised | Exceptions::DE };
        }
        if self.report(outcome.raised) {
            self.set_st(0, outcome.value);
        }
    }

    /// FCOM, or FUCOM when `quiet`, with ST(`place`); then pops so many times.
    pub(super) fn compare_register(&mut self, place: u8, pops: u8, quiet: bool) {
        let (relation, kept) = self.relate(place, quiet);
        self.conclude(relation, kept, pops);
    }

    /// FCOM with memory.
    fn compare_memory(&mut self, pops: u8, other: Outcome) {
        let (relation, kept) = match self.stack(0) {
            Some(st) => {
                let (relation, raised) = compare(st, other.value, &self.arithmetic_control());
                (relation, self.report(raised | other.raised.when(relation.is_some())))
            }
            None => (None, self.stack_underflow()),
        };
        self.conclude(relation, kept, pops);
    }

    /// FTST.
    pub(super) fn test(&mut self) {
        let (relation, kept) = match self.stack(0) {
            Some(st) => {
                let (relation, raised) = compare(st, F80::ZERO, &self.arithmetic_control());
                (relation, self.report(raised))
            }
            None => (None, self.stack_underflow()),
        };
        self.conclude(relation, kept, 0);
    }

    /// FCOMI and FUCOMI. SPEC: SDM volume 2, FCOMI: an unmasked invalid operation leaves ZF, PF and CF as they are; C1 is
    /// cleared.
    // DEVIATION: current AMD processors set the three flags in that case, too, and leave C1.
    pub(super) fn compare_to_flags(&mut self, place: u8, quiet: bool, pop: bool, before: u32) -> Done {
        const CF: u32 = 0x01;
        const PF: u32 = 0x04;
        const ZF: u32 = 0x40;
        let (relation, kept) = self.relate(place, quiet);
        if pop && kept {
            self.pop();
        }
        let flags = match relation {
            _ if !kept => before & (ZF | PF | CF),
            Some(Ordering::Greater) => 0,
            Some(Ordering::Less) => CF,
            Some(Ordering::Equal) => ZF,
            None => ZF | PF | CF,
        };
        Done { flags: Some(flags), ..Done::default() }
    }

    /// How ST stands to ST(`place`), and whether no unmasked exception stops the instruction.
    fn relate(&mut self, place: u8, quiet: bool) -> (Relation, bool) {
        let (Some(st), Some(other)) = (self.stack(0), self.stack(place)) else {
            return (None, self.stack_underflow());
        };
        let control = self.arithmetic_control();
        let (relation, raised) =
            if quiet { compare_unordered(st, other, &control) } else { compare(st, other, &control) };
        (relation, self.report(raised))
    }

    /// Sets the condition codes, and pops unless an unmasked exception stops the instruction.
    // QUIRK: recorded CPUs set the codes in any case, though the manual's table for FCOM says that they are not set when
    // an invalid operation is unmasked.
    fn conclude(&mut self, relation: Relation, kept: bool, pops: u8) {
        self.status = self.status & !(status::CODES & !status::C1) | codes(relation);
        if kept {
            for _ in 0..pops {
                self.pop();
            }
        }
    }
}

/// C3, C2 and C0 of a comparison.
fn codes(relation: Relation) -> u32 {
    match relation {
        Some(Ordering::Greater) => 0,
        Some(Ordering::Less) => status::C0,
        Some(Ordering::Equal) => status::C3,
        None => status::C3 | status::C2 | status::C0,
    }
}
