//! Which instruction an escape is: those that read memory or nothing. Those that write stand in `store`.

use super::{Context, Done, Escape, Fpu, status};
use crate::convert::{Real, from_decimal, from_real};
use crate::{Class, Exceptions, F80, Generation, Outcome};

const UNDEFINED: Done = Done { flags: None, ax: None, undefined: true };

impl Fpu {
    /// Runs an instruction that reads memory or none. `operand` holds the bytes that [`Escape::transfer`] asks for; bytes
    /// that are missing read as zero. The CPU has served a pending exception before, if the instruction waits for it.
    pub fn execute(&mut self, escape: Escape, context: &Context, operand: &[u8]) -> Done {
        let done = if escape.has_memory() {
            self.memory_form(escape, context, operand)
        } else {
            self.register_form(escape, context)
        };
        if !done.undefined {
            self.note(escape, context);
        }
        done
    }

    /// Keeps where the instruction was, unless it is one of control.
    pub fn note(&mut self, escape: Escape, context: &Context) {
        if escape.is_control() {
            return;
        }
        self.note_code(escape.code(), context.fcs, context.fip);
        if escape.has_memory() {
            self.note_data(context.fds, context.fdp);
        }
    }

    /// What follows from an escape that this generation does not define.
    // SPEC: 80287 and 8087 know no invalid opcode: what they do not define, they ignore.
    // DEVIATION: what the silicon of these two really does with such an escape is not modelled.
    pub(super) fn undefined(&self) -> Done {
        if self.generation.is_early() { Done::default() } else { UNDEFINED }
    }

    fn memory_form(&mut self, escape: Escape, context: &Context, operand: &[u8]) -> Done {
        match (escape.group(), escape.reg()) {
            (0, operation) => self.arithmetic_memory(operation, from_real(word(operand, 4), Real::Short)),
            (4, operation) => self.arithmetic_memory(operation, from_real(word(operand, 8), Real::Long)),
            (2, operation) => self.arithmetic_memory(operation, Outcome::exact(integer(operand, 4))),
            (6, operation) => self.arithmetic_memory(operation, Outcome::exact(integer(operand, 2))),
            (1, 0) => self.load_real(from_real(word(operand, 4), Real::Short)),
            (5, 0) => self.load_real(from_real(word(operand, 8), Real::Long)),
            (3, 0) => self.load(integer(operand, 4)),
            (7, 0) => self.load(integer(operand, 2)),
            (7, 5) => self.load(integer(operand, 8)),
            (7, 4) => self.load(from_decimal(tenbyte(operand))),
            (3, 5) => self.load_extended(F80::from_bytes(tenbyte(operand))),
            (1, 4) => self.load_environment(context.layout, operand),
            (1, 5) => self.set_control(word(operand, 2) as u16),
            (5, 4) => self.restore(context.layout, operand),
            _ => return self.undefined(),
        }
        Done::default()
    }

    fn register_form(&mut self, escape: Escape, context: &Context) -> Done {
        let (rm, late) = (escape.rm(), !self.generation.is_early());
        let p6 = self.generation == Generation::P6;
        match (escape.group(), escape.reg()) {
            (0, operation @ 0..8) => self.arithmetic_register(operation, 0, rm, false),
            (4, operation @ (0 | 1 | 4..8)) => self.arithmetic_register(operation, rm, rm, false),
            (6, operation @ (0 | 1 | 4..8)) => self.arithmetic_register(operation, rm, rm, true),
            // Aliases that no manual lists: FCOM2, FCOMP3, FCOMP5.
            (4, 2) => self.compare_register(rm, 0, false),
            (4, 3) | (6, 2) => self.compare_register(rm, 1, false),
            (6, 3) if rm == 1 => self.compare_register(1, 2, false),
            (1, 0) => self.load_register(rm),
            // Aliases: FXCH4, FXCH7.
            (1 | 5 | 7, 1) => self.exchange(rm),
            // FNOP
            (1, 2) if rm == 0 => {}
            // QUIRK: the alias FSTP1 of an empty register is no stack fault; it only pops.
            (1, 3) if self.is_empty(0) => {
                self.set_c1(false);
                self.pop();
            }
            // Aliases: FSTP1, FSTP8, FSTP9.
            (1, 3) | (5, 3) | (7, 2 | 3) => self.store_register(rm, true),
            (5, 2) => self.store_register(rm, false),
            (1, 4..8) => return self.unary(escape),
            (2, 5) if late && rm == 1 => self.compare_register(1, 2, true),
            (5, 4) if late => self.compare_register(rm, 0, true),
            (5, 5) if late => self.compare_register(rm, 1, true),
            (2 | 3, condition @ 0..=3) if p6 => {
                self.move_conditionally(escape.group() == 3, condition, rm, context.flags);
            }
            (3, 5 | 6) if p6 => return self.compare_to_flags(rm, escape.reg() == 5, false, context.flags),
            (7, 5 | 6) if p6 => return self.compare_to_flags(rm, escape.reg() == 5, true, context.flags),
            (3, 4) => return self.control_form(rm),
            (5, 0) => self.free_register(rm),
            // Alias: FFREEP. QUIRK: it frees the old top of the stack, too.
            (7, 0) => {
                self.free_register(rm);
                self.pop();
            }
            (7, 4) if rm == 0 && self.generation != Generation::I8087 => {
                return Done { ax: Some(self.status()), ..Done::default() };
            }
            _ => return self.undefined(),
        }
        Done::default()
    }

    /// DB E0h to E7h.
    fn control_form(&mut self, rm: u8) -> Done {
        match rm {
            // FNENI and FNDISI. SPEC: later units take them for FNOP.
            0 | 1 if self.generation == Generation::I8087 => {
                self.control = self.control & !super::CW_IEM | if rm == 0 { 0 } else { super::CW_IEM };
            }
            // FNCLEX
            2 => self.status &= status::CODES,
            3 => self.initialize(),
            // FNSETPM: the CPU says how the environment lies in memory, so there is nothing to keep.
            0 | 1 | 4 => {}
            _ => return self.undefined(),
        }
        Done::default()
    }

    /// FLD of a short or long real.
    fn load_real(&mut self, real: Outcome) {
        // SPEC: Intel387 SX data sheet (240225), A.1.2: the early units load a NaN of any kind as it is.
        if real.value.class() == Class::SignalingNan && !self.generation.is_early() {
            self.load_outcome(Outcome { value: real.value.quieted(), raised: Exceptions::IE });
        } else {
            self.load_outcome(real);
        }
    }

    /// FLD of a temporary real. SPEC: same place: the early units report a denormal, later ones nothing.
    fn load_extended(&mut self, value: F80) {
        let denormal = self.generation.is_early() && value.class() == Class::Denormal;
        self.load_outcome(Outcome { value, raised: Exceptions::DE.when(denormal) });
    }

    fn load_outcome(&mut self, outcome: Outcome) {
        // QUIRK: an unmasked denormal operand does not hold back the load; only an invalid operation does.
        if !self.is_empty(7) {
            self.push(outcome.value);
        } else if self.report(outcome.raised) || !outcome.raised.contains(Exceptions::IE) {
            self.push_unchecked(outcome.value);
        }
    }

    /// A load that raises nothing but a stack overflow.
    pub(super) fn load(&mut self, value: F80) {
        self.report(Exceptions::NONE);
        self.push(value);
    }

    /// FLD of a register.
    fn load_register(&mut self, place: u8) {
        if !self.is_empty(place) {
            self.load(self.st(place));
        } else if self.stack_underflow() {
            self.push_unchecked(F80::INDEFINITE);
        }
    }

    /// FFREE. QUIRK: recorded CPUs clear C1, where the manual leaves the condition codes undefined.
    fn free_register(&mut self, place: u8) {
        self.set_c1(false);
        self.free(place);
    }

    /// FST and FSTP to a register.
    fn store_register(&mut self, place: u8, pop: bool) {
        let value = match self.stack(0) {
            Some(value) => {
                self.set_c1(false);
                value
            }
            None if self.stack_underflow() => F80::INDEFINITE,
            None => return,
        };
        self.set_st(place, value);
        if pop {
            self.pop();
        }
    }

    /// FXCH.
    fn exchange(&mut self, place: u8) {
        let (mut a, mut b) = (self.stack(0), self.stack(place));
        if a.is_none() || b.is_none() {
            if !self.stack_underflow() {
                return;
            }
            (a, b) = (a.or(Some(F80::INDEFINITE)), b.or(Some(F80::INDEFINITE)));
        } else {
            self.set_c1(false);
        }
        self.set_st(0, b.unwrap_or_default());
        self.set_st(place, a.unwrap_or_default());
    }

    /// FCMOVcc. Recorded CPUs leave C1 alone, of which the manual says only what a stack fault makes of it.
    fn move_conditionally(&mut self, negated: bool, condition: u8, place: u8, flags: u32) {
        const CF: u32 = 0x01;
        const PF: u32 = 0x04;
        const ZF: u32 = 0x40;
        let bits = [CF, ZF, CF | ZF, PF][usize::from(condition & 3)];
        match (self.stack(0), self.stack(place)) {
            (Some(_), Some(value)) if (flags & bits != 0) != negated => self.set_st(0, value),
            (Some(_), Some(_)) => {}
            _ if self.stack_underflow() => self.set_st(0, F80::INDEFINITE),
            _ => {}
        }
    }
}

/// The first `count` bytes, at most 8, little-endian.
pub(super) fn word(bytes: &[u8], count: usize) -> u64 {
    bytes.iter().take(count).rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn integer(bytes: &[u8], count: usize) -> F80 {
    let unused = 64 - 8 * count as u32;
    F80::from_integer((word(bytes, count) << unused) as i64 >> unused)
}

pub(super) fn tenbyte(bytes: &[u8]) -> [u8; 10] {
    bytes.first_chunk().copied().unwrap_or_default()
}
