//! The common cases of the common instructions, without a detour.
//!
//! [`Fast::new`] finds once what an escape needs and the function that runs it. That function does the whole instruction
//! but for the pointers, exactly as [`Fpu::execute`] and [`Fpu::store`] do it, or it refuses and has changed nothing: when
//! a register is empty or full that should not be, an operand or result is neither normal nor zero, or an unmasked
//! exception is pending or would be. So after a fast instruction that waits no exception is pending, as before it, and
//! FERR# need not be looked at. The instructions that do not wait, FNSTCW and FNSTSW, are never refused.
//!
//! ```
//! use beige_x87::{Context, Escape, Fast, Fpu, Generation};
//! let mut fpu = Fpu::new(Generation::I80387);
//! fpu.execute(Escape::new(0xd9, 0xe8), &Context::default(), &[]); // FLD1
//! let square = Escape::new(0xdc, 0xc8); // FMUL ST, ST
//! if let Some(Fast::Register(run)) = Fast::new(square, Generation::I80387)
//!     && run(&mut fpu, 0)
//! {
//!     fpu.note_code(square.code(), 0x0008, 0x1234);
//! } else {
//!     // fpu.execute(...)
//! }
//! ```
//!
//! After one that succeeded, and unless [`Escape::is_control`], the caller notes where instruction and operand were:
//! [`Fpu::note_code`], and with a memory operand [`Fpu::note_data`].

mod memory;
mod number;
mod root;
mod table;

use std::num::NonZeroU64;

use super::execute::{tenbyte, word};
use super::{Context, EXCEPTIONS, Escape, Fpu, status};
use crate::convert::Constant;
use crate::{Exceptions, F80, Generation, Outcome};
use number::{ASKED, DOUBLE, EXTENDED, compute, mode, order, square_root};
use std::cmp::Ordering;

/// How the common cases of an instruction are run, by what it moves.
#[derive(Clone, Copy, Debug)]
pub enum Fast {
    /// No memory operand. The second argument is the low three bits of the ModR/M byte. Whether it was done.
    Register(fn(&mut Fpu, u8) -> bool),
    /// Reads so many bytes (2, 4 or 8), handed over as a little-endian number. Whether it was done.
    Read(u8, fn(&mut Fpu, u64) -> bool),
    /// Reads ten bytes. Whether it was done.
    ReadExtended(fn(&mut Fpu, F80) -> bool),
    /// Writes so many bytes (2, 4, 8 or 10). The unit changes only when the caller has written them, by
    /// [`Fpu::commit`].
    Write(u8, fn(&Fpu) -> Option<Stored>),
    /// FNSTSW AX: AX becomes [`Fpu::status`].
    StatusToAx,
}

/// What a store writes, and what it makes of the unit. Two words, so that every processor gives an `Option` of it back in
/// registers: a caller that had to lend it room on its stack could not end in a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The bytes, little-endian; of a store of ten bytes the first eight.
    pub bits: u64,
    /// Bit 0 is set, bit 1 says [`After::Pops`]; above 16 the last two bytes of ten; above 32 the status word.
    rest: NonZeroU64,
}

/// What a store does to the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Keeps,
    Pops,
}

impl Fast {
    /// How the common cases of this instruction are run; `None` when it has none.
    #[must_use]
    pub fn new(escape: Escape, generation: Generation) -> Option<Fast> {
        if generation.is_early() {
            return None;
        }
        if escape.has_memory() {
            table::memory_form(escape.group(), escape.reg())
        } else {
            table::register_form(escape.group(), escape.reg(), escape.rm())
        }
    }
}

impl Stored {
    const POPS: u64 = 2;

    #[inline(always)]
    fn new(bits: u64, sign_exponent: u16, status: u32, after: After) -> Stored {
        let pops = if after == After::Pops { Stored::POPS } else { 0 };
        Stored { bits, rest: NonZeroU64::MIN | pops | u64::from(sign_exponent) << 16 | u64::from(status) << 32 }
    }

    /// Of a store of ten bytes the last two.
    #[inline]
    #[must_use]
    pub fn sign_exponent(&self) -> u16 {
        (self.rest.get() >> 16) as u16
    }

    /// What is written, in as many bytes as there is room for.
    fn write(&self, out: &mut [u8]) {
        let bytes = self.bits.to_le_bytes().into_iter().chain(self.sign_exponent().to_le_bytes());
        for (byte, stored) in out.iter_mut().zip(bytes) {
            *byte = stored;
        }
    }
}

impl Fpu {
    /// [`Fpu::execute`] of the common cases, pointers included. False: it is none of them, or gives more than a changed
    /// unit, and nothing has changed.
    pub fn execute_fast(&mut self, escape: Escape, context: &Context, operand: &[u8]) -> bool {
        let done = match Fast::new(escape, self.generation) {
            Some(Fast::Register(run)) => run(self, escape.rm()),
            Some(Fast::Read(count, run)) => run(self, word(operand, usize::from(count))),
            Some(Fast::ReadExtended(run)) => run(self, F80::from_bytes(tenbyte(operand))),
            _ => false,
        };
        if done {
            self.note(escape, context);
        }
        done
    }

    /// [`Fpu::store`] of the common cases: the bytes in `out`, and what to [`Fpu::commit`] when memory has taken them.
    /// `None`: it is none of the common cases.
    #[must_use]
    pub fn store_fast(&self, escape: Escape, out: &mut [u8]) -> Option<Stored> {
        let Some(Fast::Write(_, run)) = Fast::new(escape, self.generation) else { return None };
        let stored = run(self)?;
        stored.write(out);
        Some(stored)
    }

    /// Takes over what a store of the fast kind makes of the unit, when memory has taken the bytes.
    #[inline]
    pub fn commit(&mut self, stored: Stored) {
        self.status = (stored.rest.get() >> 32) as u32;
        if stored.rest.get() & Stored::POPS != 0 {
            self.pop();
        }
    }

    /// Notes where the instruction was, and its eleven bits of opcode ([`Escape::code`]).
    #[inline]
    pub fn note_code(&mut self, opcode: u16, selector: u16, offset: u32) {
        self.pointers.opcode = opcode;
        (self.pointers.fcs, self.pointers.fip) = (selector, offset);
    }

    /// Notes where the memory operand was.
    #[inline]
    pub fn note_data(&mut self, selector: u16, offset: u32) {
        (self.pointers.fds, self.pointers.fdp) = (selector, offset);
    }

    /// The status word after an instruction that raised this, C1 among it, unless an unmasked exception is pending then.
    #[inline(always)]
    fn status_after(&self, raised: Exceptions) -> Option<u32> {
        let status = self.status & !status::C1 | u32::from(raised.0);
        (status & !self.control & EXCEPTIONS == 0).then_some(status)
    }

    /// Whether one of two registers, given by number, is empty.
    #[inline(always)]
    fn any_empty(&self, a: usize, b: usize) -> bool {
        (self.empty >> a | self.empty >> b) & 1 != 0
    }

    /// Puts an outcome into a register that is not empty. Whether no unmasked exception is pending then.
    #[inline(always)]
    fn settle(&mut self, index: usize, outcome: Option<Outcome>) -> bool {
        let Some(outcome) = outcome else { return false };
        let Some(status) = self.status_after(outcome.raised) else { return false };
        self.status = status;
        self.set_register(index, outcome.value);
        true
    }

    /// Pushes a value that raises nothing.
    #[inline(always)]
    fn push_fast(&mut self, value: F80) -> bool {
        let index = self.index(7);
        let Some(status) = self.status_after(Exceptions::NONE) else { return false };
        if self.empty >> index & 1 == 0 {
            return false;
        }
        self.status = status;
        self.top = index as u32;
        self.empty &= !(1 << index);
        self.set_register(index, value);
        true
    }
}

/// FADD and kin of registers, with the result to ST or to ST(i).
fn arithmetic<const OPERATION: u8, const TO_PLACE: bool, const POPS: bool>(fpu: &mut Fpu, place: u8) -> bool {
    match mode(fpu.control) {
        EXTENDED => arithmetic_in::<OPERATION, TO_PLACE, POPS, EXTENDED>(fpu, place),
        DOUBLE => arithmetic_apart::<OPERATION, TO_PLACE, POPS, DOUBLE>(fpu, place),
        _ => arithmetic_apart::<OPERATION, TO_PLACE, POPS, ASKED>(fpu, place),
    }
}

#[inline(never)]
fn arithmetic_apart<const OPERATION: u8, const TO_PLACE: bool, const POPS: bool, const MODE: u8>(
    fpu: &mut Fpu,
    place: u8,
) -> bool {
    arithmetic_in::<OPERATION, TO_PLACE, POPS, MODE>(fpu, place)
}

#[inline(always)]
fn arithmetic_in<const OPERATION: u8, const TO_PLACE: bool, const POPS: bool, const MODE: u8>(
    fpu: &mut Fpu,
    place: u8,
) -> bool {
    let (top, at) = (fpu.index(0), fpu.index(place));
    if fpu.any_empty(top, at) {
        return false;
    }
    let outcome = compute::<OPERATION, MODE>(fpu.register(top), fpu.register(at), fpu.control);
    let done = fpu.settle(if TO_PLACE { at } else { top }, outcome);
    if POPS && done {
        fpu.pop();
    }
    done
}

/// FADD, FIADD and kin of memory.
fn arithmetic_memory<const OPERATION: u8, const FORMAT: u8>(fpu: &mut Fpu, bits: u64) -> bool {
    match mode(fpu.control) {
        EXTENDED => arithmetic_memory_in::<OPERATION, FORMAT, EXTENDED>(fpu, bits),
        DOUBLE => arithmetic_memory_apart::<OPERATION, FORMAT, DOUBLE>(fpu, bits),
        _ => arithmetic_memory_apart::<OPERATION, FORMAT, ASKED>(fpu, bits),
    }
}

#[inline(never)]
fn arithmetic_memory_apart<const OPERATION: u8, const FORMAT: u8, const MODE: u8>(fpu: &mut Fpu, bits: u64) -> bool {
    arithmetic_memory_in::<OPERATION, FORMAT, MODE>(fpu, bits)
}

#[inline(always)]
fn arithmetic_memory_in<const OPERATION: u8, const FORMAT: u8, const MODE: u8>(fpu: &mut Fpu, bits: u64) -> bool {
    let top = fpu.index(0);
    let Some(other) = memory::read::<FORMAT>(bits) else { return false };
    if fpu.any_empty(top, top) {
        return false;
    }
    let outcome = compute::<OPERATION, MODE>(fpu.register(top), other, fpu.control);
    fpu.settle(top, outcome)
}

/// FSQRT.
fn root_of_top(fpu: &mut Fpu, _place: u8) -> bool {
    let top = fpu.index(0);
    if fpu.any_empty(top, top) {
        return false;
    }
    let outcome = square_root::<ASKED>(fpu.register(top), fpu.control);
    fpu.settle(top, outcome)
}

/// Notes how ST stands to another number, and pops.
#[inline(always)]
fn conclude(fpu: &mut Fpu, relation: Option<Ordering>, pops: u8) -> bool {
    let codes = match relation {
        Some(Ordering::Greater) => 0,
        Some(Ordering::Less) => status::C0,
        Some(Ordering::Equal) => status::C3,
        None => return false,
    };
    let Some(status) = fpu.status_after(Exceptions::NONE) else { return false };
    fpu.status = status & !status::CODES | codes;
    for _ in 0..pops {
        fpu.pop();
    }
    true
}

/// FCOM and FUCOM of registers: between numbers they are the same.
fn compare<const POPS: u8>(fpu: &mut Fpu, place: u8) -> bool {
    let (top, at) = (fpu.index(0), fpu.index(place));
    if fpu.any_empty(top, at) {
        return false;
    }
    let relation = order(fpu.register(top), fpu.register(at));
    conclude(fpu, relation, POPS)
}

fn compare_memory<const POPS: u8, const FORMAT: u8>(fpu: &mut Fpu, bits: u64) -> bool {
    let top = fpu.index(0);
    let Some(other) = memory::read::<FORMAT>(bits) else { return false };
    if fpu.any_empty(top, top) {
        return false;
    }
    let relation = order(fpu.register(top), other);
    conclude(fpu, relation, POPS)
}

/// FTST.
fn test(fpu: &mut Fpu, _place: u8) -> bool {
    let top = fpu.index(0);
    if fpu.any_empty(top, top) {
        return false;
    }
    let relation = order(fpu.register(top), F80::ZERO);
    conclude(fpu, relation, 0)
}

/// FLD of a register.
fn load_register(fpu: &mut Fpu, place: u8) -> bool {
    let at = fpu.index(place);
    !fpu.any_empty(at, at) && fpu.push_fast(fpu.register(at))
}

/// FLD1 to FLDZ.
fn load_constant(fpu: &mut Fpu, place: u8) -> bool {
    const CONSTANTS: [Constant; 7] = [
        Constant::One,
        Constant::Log2Of10,
        Constant::Log2OfE,
        Constant::Pi,
        Constant::Log10Of2,
        Constant::LogEOf2,
        Constant::Zero,
    ];
    match CONSTANTS.get(usize::from(place)) {
        Some(constant) => fpu.push_fast(constant.value(&fpu.arithmetic_control())),
        None => false,
    }
}

/// FLD1 and FLDZ.
fn load_small(fpu: &mut Fpu, place: u8) -> bool {
    fpu.push_fast(if place == 0 { F80::ONE } else { F80::ZERO })
}

/// FLD of short and long reals, FILD.
fn load<const FORMAT: u8>(fpu: &mut Fpu, bits: u64) -> bool {
    match memory::read::<FORMAT>(bits) {
        Some(value) => fpu.push_fast(value),
        None => false,
    }
}

/// FLD of ten bytes: any value, and no exception.
fn load_extended(fpu: &mut Fpu, value: F80) -> bool {
    fpu.push_fast(value)
}

/// FST and FSTP to a register.
fn store_register<const POPS: bool>(fpu: &mut Fpu, place: u8) -> bool {
    let top = fpu.index(0);
    let Some(status) = fpu.status_after(Exceptions::NONE) else { return false };
    if fpu.any_empty(top, top) {
        return false;
    }
    fpu.status = status;
    fpu.set_st(place, fpu.register(top));
    if POPS {
        fpu.pop();
    }
    true
}

/// FXCH.
fn exchange(fpu: &mut Fpu, place: u8) -> bool {
    let (top, at) = (fpu.index(0), fpu.index(place));
    let Some(status) = fpu.status_after(Exceptions::NONE) else { return false };
    if fpu.any_empty(top, at) {
        return false;
    }
    fpu.status = status;
    let (a, b) = (fpu.register(top), fpu.register(at));
    fpu.set_register(top, b);
    fpu.set_register(at, a);
    true
}

/// FCHS, or FABS.
fn change_sign<const ABSOLUTE: bool>(fpu: &mut Fpu, _place: u8) -> bool {
    let top = fpu.index(0);
    let Some(status) = fpu.status_after(Exceptions::NONE) else { return false };
    if fpu.any_empty(top, top) {
        return false;
    }
    fpu.status = status;
    let exponent = fpu.exponents[top & 7];
    fpu.exponents[top & 7] = if ABSOLUTE { exponent & 0x7fff } else { exponent ^ 0x8000 };
    true
}

/// FST, FSTP, FIST and FISTP.
fn store<const FORMAT: u8, const POPS: bool>(fpu: &Fpu) -> Option<Stored> {
    let top = fpu.index(0);
    if fpu.any_empty(top, top) {
        return None;
    }
    let (bits, raised) = memory::write::<FORMAT>(fpu.register(top), fpu.control)?;
    let status = fpu.status_after(raised)?;
    Some(Stored::new(bits, 0, status, if POPS { After::Pops } else { After::Keeps }))
}

/// FSTP of ten bytes.
fn store_extended(fpu: &Fpu) -> Option<Stored> {
    let top = fpu.index(0);
    let status = fpu.status_after(Exceptions::NONE)?;
    let F80 { sign_exponent, significand } = fpu.register(top);
    (!fpu.any_empty(top, top)).then_some(Stored::new(significand, sign_exponent, status, After::Pops))
}

/// FNSTCW.
fn store_control(fpu: &Fpu) -> Option<Stored> {
    Some(fpu.stored_word(fpu.control()))
}

/// FNSTSW.
fn store_status(fpu: &Fpu) -> Option<Stored> {
    Some(fpu.stored_word(fpu.status()))
}

/// FLDCW.
fn load_control(fpu: &mut Fpu, bits: u64) -> bool {
    let before = fpu.control;
    if fpu.is_summary() {
        return false;
    }
    fpu.set_control(bits as u16);
    if fpu.is_summary() {
        fpu.control = before;
        return false;
    }
    true
}

impl Fpu {
    fn stored_word(&self, word: u16) -> Stored {
        Stored::new(u64::from(word), 0, self.status, After::Keeps)
    }
}
