//! Loads of segment registers.

use super::*;
use crate::ops::{load, load_plain_segment, place};
use crate::protect::descriptor::is_null;

/// Loads ES, DS, FS or GS.
#[inline(always)]
pub(super) fn load_data(cpu: &mut Cpu, run: &mut Run, number: u32, selector: u16) -> Fast {
    let number = number as usize & 7;
    if is_null(selector) {
        cpu.registers.segments[number].nullify(selector);
        return Ok(());
    }
    let known = find(cpu, run, selector)?;
    if known.uses & uses::DATA << cpu.registers.cpl == 0 {
        return Err(Miss::Stepper);
    }
    cpu.registers.segments[number] = known.segment;
    Ok(())
}

/// The stack segment of a level.
#[inline(always)]
pub(super) fn find_stack(cpu: &Cpu, run: &mut Run, selector: u16, level: u8) -> Fast<Segment> {
    if is_null(selector) || rpl(selector) != level {
        return Err(Miss::Stepper);
    }
    let known = find(cpu, run, selector)?;
    if known.uses & uses::STACK == 0 { Err(Miss::Stepper) } else { Ok(known.segment) }
}

/// Loads SS. Where that holds interrupts off for an instruction, nobody sees it: none waits that could come, and the run
/// does not end before the next instruction.
#[inline(always)]
pub(super) fn load_stack(cpu: &mut Cpu, run: &mut Run, selector: u16, holds_off: bool) -> Fast {
    if holds_off && run.left < 1 {
        return Err(Miss::Stepper);
    }
    if cpu.registers.is_protected() {
        cpu.registers.segments[usize::from(seg::SS)] = find_stack(cpu, run, selector, cpu.registers.cpl)?;
    } else if !load_plain_segment(cpu, run, seg::SS, selector) {
        return Err(Miss::Stepper);
    }
    Ok(())
}

/// Goes on in the block after a load of SS, if it is as wide as before.
pub(super) fn after_stack(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if cpu.registers.segment(seg::SS).is_big() == run.context.wide_stack {
        return go(cpu, run, op.next(), res, aux);
    }
    let eip = after(run, op);
    land(cpu, run, op, eip, res, aux)
}

/// MOV to ES, DS, FS or GS, by number in `imm`, from a register.
pub(super) fn mov_data(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = W::get(cpu, op.a) as u16;
    match load_data(cpu, run, op.imm, selector) {
        Ok(()) => go(cpu, run, op.next(), res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// The same from memory.
pub(super) fn mov_data_m<const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = load!(W, cpu, run, op, op.seg, offset::<WIDE>(cpu, op), res, aux) as u16;
    match load_data(cpu, run, op.imm, selector) {
        Ok(()) => go(cpu, run, op.next(), res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// MOV to SS from a register.
pub(super) fn mov_stack(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = W::get(cpu, op.a) as u16;
    match load_stack(cpu, run, selector, true) {
        Ok(()) => after_stack(cpu, run, op, res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// The same from memory.
pub(super) fn mov_stack_m<const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = load!(W, cpu, run, op, op.seg, offset::<WIDE>(cpu, op), res, aux) as u16;
    match load_stack(cpu, run, selector, true) {
        Ok(()) => after_stack(cpu, run, op, res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// POP of a segment register. `P` is the size of the stack pointer, `S` that of what is popped, of which two bytes are
/// read.
pub(super) fn pop_data<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let selector = load!(W, cpu, run, op, SS, sp, res, aux) as u16;
    match load_data(cpu, run, op.imm, selector) {
        Ok(()) => {
            P::set(cpu, SP, sp.wrapping_add(S::BYTES));
            go(cpu, run, op.next(), res, aux)
        }
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// POP SS. The stack that was popped from decides how wide its pointer is.
pub(super) fn pop_stack<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let selector = load!(W, cpu, run, op, SS, sp, res, aux) as u16;
    match load_stack(cpu, run, selector, true) {
        Ok(()) => {
            P::set(cpu, SP, sp.wrapping_add(S::BYTES));
            after_stack(cpu, run, op, res, aux)
        }
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// MOV of a segment register to memory.
pub(super) fn mov_selector_m<const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = cpu.registers.selector(op.imm as u8).into();
    let place = place!(W, true, cpu, run, op, op.seg, offset::<WIDE>(cpu, op), res, aux);
    place.set::<W>(value);
    go(cpu, run, op.next(), res, aux)
}

/// PUSH of a segment register in 32 bits, which writes two bytes.
pub(super) fn push_selector<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = u32::from(segment(cpu, op.seg).selector);
    let sp = P::get(cpu, SP).wrapping_sub(4) & P::MASK;
    let place = place!(W, true, cpu, run, op, SS, sp, res, aux);
    place.set::<W>(value);
    P::set(cpu, SP, sp);
    go(cpu, run, op.next(), res, aux)
}

/// LES, LDS, LFS and LGS.
pub(super) fn load_far<S: Size, const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let at = offset::<WIDE>(cpu, op);
    let value = load!(S, cpu, run, op, op.seg, at, res, aux);
    let selector = load!(W, cpu, run, op, op.seg, behind::<WIDE>(at, S::BYTES), res, aux) as u16;
    match load_data(cpu, run, op.imm, selector) {
        Ok(()) => {
            S::set(cpu, op.a, value);
            go(cpu, run, op.next(), res, aux)
        }
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// LSS, which ends a block: nothing holds off what follows, so the stepper may have done it with a wider stack.
pub(super) fn load_far_stack<S: Size, const WIDE: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let at = offset::<WIDE>(cpu, op);
    let value = load!(S, cpu, run, op, op.seg, at, res, aux);
    let selector = load!(W, cpu, run, op, op.seg, behind::<WIDE>(at, S::BYTES), res, aux) as u16;
    match load_stack(cpu, run, selector, false) {
        Ok(()) => {
            S::set(cpu, op.a, value);
            let eip = after(run, op);
            land(cpu, run, op, eip, res, aux)
        }
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}
