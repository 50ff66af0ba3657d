//! The coprocessor: the common cases of the common instructions, by the functions of [`beige_x87::Fast`]. What they refuse
//! the stepper does. Each of these operations has a [`Unit`](crate::block::Unit) behind it.

use beige_x87::{F80, Fast, Fpu};

use super::{AX, Address, CS, load, place};
use crate::block::{At, Next, Run, slow};
use crate::primitives::{D, Size, W, go, segment};
use crate::regs::cr0;
use crate::{Cpu, Model};

/// The bytes of a memory operand.
pub(crate) trait Operand: Copy + 'static {
    const BYTES: u32;
}

macro_rules! operand {
    ($($name:ident: $bytes:expr, $what:expr;)*) => {
        $(
            #[doc = $what]
            #[derive(Clone, Copy)]
            pub(crate) struct $name;

            impl Operand for $name {
                const BYTES: u32 = $bytes;
            }
        )*
    };
}
operand! {
    M16: 2, "An integer of 16 bits, or a control or status word.";
    M32: 4, "Single precision, or an integer of 32 bits.";
    M64: 8, "Double precision, or an integer of 64 bits.";
    M80: 10, "Extended precision.";
}

/// Whether an instruction with a memory operand begins at all: nothing traps or waits before it looks at memory.
#[inline(always)]
fn begins(cpu: &Cpu) -> bool {
    cpu.registers.cr0 & (cr0::EM | cr0::TS) == 0 && cpu.fpu.as_ref().is_some_and(|fpu| !fpu.error_pending())
}

/// The unit, when it is there and neither emulated nor of another task.
macro_rules! unit {
    ($cpu:ident, $run:ident, $op:ident, $res:ident, $aux:ident) => {
        match &mut $cpu.fpu {
            Some(fpu) if $cpu.registers.cr0 & (cr0::EM | cr0::TS) == 0 => fpu,
            _ => return slow($cpu, $run, $op, $res, $aux),
        }
    };
}

/// Whether the parts of an operand may lie apart: where addresses go round.
#[inline(always)]
fn may_wrap(offset: u32) -> bool {
    offset & 0xfff0 == 0xfff0
}

/// Notes where the instruction was, unless it is one that does not.
#[inline(always)]
fn note_code(fpu: &mut Fpu, op: At, selector: u16) {
    let unit = op.unit();
    if unit.notes {
        fpu.note_code(unit.code, selector, op.eip);
    }
}

/// The same, and where its operand was.
#[inline(always)]
fn note(fpu: &mut Fpu, op: At, selector: u16, data: (u16, u32)) {
    let unit = op.unit();
    if unit.notes {
        fpu.note_code(unit.code, selector, op.eip);
        fpu.note_data(data.0, data.1);
    }
}

/// Without a memory operand.
pub(crate) fn fpu_register(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = segment(cpu, CS).selector;
    let fpu = unit!(cpu, run, op, res, aux);
    let unit = op.unit();
    let Fast::Register(execute) = unit.fast else { return slow(cpu, run, op, res, aux) };
    if !execute(fpu, unit.code as u8 & 7) {
        return slow(cpu, run, op, res, aux);
    }
    note_code(fpu, op, selector);
    go(cpu, run, op.after_unit(), res, aux)
}

/// FNSTSW AX.
pub(crate) fn fpu_status(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let status = unit!(cpu, run, op, res, aux).status();
    W::set(cpu, AX, u32::from(status));
    go(cpu, run, op.after_unit(), res, aux)
}

/// With an operand that is read.
pub(crate) fn fpu_read<M: Operand, A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let offset = A::offset(cpu, &op);
    if may_wrap(offset) || !begins(cpu) {
        return slow(cpu, run, op, res, aux);
    }
    let mut value = if M::BYTES == 2 {
        u64::from(load!(W, cpu, run, op, op.seg, offset, res, aux))
    } else {
        u64::from(load!(D, cpu, run, op, op.seg, offset, res, aux))
    };
    if M::BYTES >= 8 {
        value |= u64::from(load!(D, cpu, run, op, op.seg, offset + 4, res, aux)) << 32;
    }
    let above = if M::BYTES == 10 { load!(W, cpu, run, op, op.seg, offset + 8, res, aux) } else { 0 };
    let (code, data) = (segment(cpu, CS).selector, segment(cpu, op.seg).selector);
    let fpu = unit!(cpu, run, op, res, aux);
    let is_done = match op.unit().fast {
        Fast::Read(_, execute) => execute(fpu, value),
        Fast::ReadExtended(execute) => execute(fpu, F80 { significand: value, sign_exponent: above as u16 }),
        _ => false,
    };
    if !is_done {
        return slow(cpu, run, op, res, aux);
    }
    note(fpu, op, code, (data, offset));
    go(cpu, run, op.after_unit(), res, aux)
}

/// With an operand that is written.
pub(crate) fn fpu_write<M: Operand, A: Address, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let offset = A::offset(cpu, &op);
    if may_wrap(offset) || !begins(cpu) {
        return slow(cpu, run, op, res, aux);
    }
    let Fast::Write(_, execute) = op.unit().fast else { return slow(cpu, run, op, res, aux) };
    let first = if M::BYTES == 2 {
        place!(W, CHECKED, cpu, run, op, op.seg, offset, res, aux)
    } else {
        place!(D, CHECKED, cpu, run, op, op.seg, offset, res, aux)
    };
    let second = if M::BYTES >= 8 { place!(D, CHECKED, cpu, run, op, op.seg, offset + 4, res, aux) } else { first };
    let third = if M::BYTES == 10 { place!(W, CHECKED, cpu, run, op, op.seg, offset + 8, res, aux) } else { first };
    let (code, data) = (segment(cpu, CS).selector, segment(cpu, op.seg).selector);
    let fpu = unit!(cpu, run, op, res, aux);
    let Some(stored) = execute(fpu) else { return slow(cpu, run, op, res, aux) };
    let (bits, sign_exponent) = (stored.bits, stored.sign_exponent());
    fpu.commit(stored);
    note(fpu, op, code, (data, offset));
    if M::BYTES == 2 {
        first.set::<W>(bits as u32);
    } else {
        first.set::<D>(bits as u32);
    }
    if M::BYTES >= 8 {
        second.set::<D>((bits >> 32) as u32);
    }
    if M::BYTES == 10 {
        third.set::<W>(u32::from(sign_exponent));
    }
    go(cpu, run, op.after_unit(), res, aux)
}

/// WAIT, with no error to wait for.
pub(crate) fn wait(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let is_trapped = cpu.registers.cr0 & (cr0::MP | cr0::TS) == cr0::MP | cr0::TS;
    let waits = cpu.model >= Model::I80286 && cpu.fpu.as_ref().is_some_and(Fpu::error_pending);
    if is_trapped || waits {
        return slow(cpu, run, op, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

/// What stands in the place of an operation after one of the coprocessor: goes on.
pub(crate) fn after_unit(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    go(cpu, run, op.next(), res, aux)
}
