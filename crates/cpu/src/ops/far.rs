//! Far transfers, interrupts and the flags register as real mode has them, in 16 bits; LAHF and SAHF.

use super::data::{is_plain_segment, load_plain_segment, set_plain_segment};
use super::stack::{goes_round, push};
use super::{AX, Address, CS, SP, SS, flags, load, place};
use crate::block::{At, Next, Run, jump, leave, needs_stepper, put_flags, slow};
use crate::primitives::{D, H, Size, W, go, segment};
use crate::regs::{flag, seg};
use crate::{Cpu, Model};

/// Goes to another segment, after all instructions up to this one.
#[inline(always)]
fn jump_to(cpu: &mut Cpu, run: &mut Run, op: At, offset: u32, res: i64, aux: u64) -> Next {
    run.left -= i64::from(op.done) + 1;
    jump(cpu, run, offset, res, aux)
}

/// JMP to another segment: `imm` is the offset, `extra` the selector.
pub(crate) fn jump_far(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if !load_plain_segment(cpu, run, seg::CS, op.extra as u16) {
        return slow(cpu, run, op, res, aux);
    }
    jump_to(cpu, run, op, op.imm, res, aux)
}

/// JMP to the pointer in memory.
pub(crate) fn jump_far_m<A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let target = load!(D, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    if !load_plain_segment(cpu, run, seg::CS, (target >> 16) as u16) {
        return slow(cpu, run, op, res, aux);
    }
    jump_to(cpu, run, op, target & 0xffff, res, aux)
}

/// CALL of another segment: `imm` is the offset, `extra` the selector. Both words are written at once, if they lie
/// together.
pub(crate) fn call_far<P: Size, const CHECKED: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let back = u32::from(segment(cpu, CS).selector) << 16 | (op.eip.wrapping_add(u32::from(op.len)) & 0xffff);
    let sp = P::get(cpu, SP).wrapping_sub(4) & P::MASK;
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let place = place!(D, CHECKED, cpu, run, op, SS, sp, res, aux);
    if !load_plain_segment(cpu, run, seg::CS, op.extra as u16) {
        return slow(cpu, run, op, res, aux);
    }
    place.set::<D>(back);
    P::set(cpu, SP, sp);
    jump_to(cpu, run, op, op.imm, res, aux)
}

/// CALL of the pointer in memory.
pub(crate) fn call_far_m<P: Size, A: Address, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let target = load!(D, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    let back = u32::from(segment(cpu, CS).selector) << 16 | (op.eip.wrapping_add(u32::from(op.len)) & 0xffff);
    let sp = P::get(cpu, SP).wrapping_sub(4) & P::MASK;
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let place = place!(D, CHECKED, cpu, run, op, SS, sp, res, aux);
    if !load_plain_segment(cpu, run, seg::CS, (target >> 16) as u16) {
        return slow(cpu, run, op, res, aux);
    }
    place.set::<D>(back);
    P::set(cpu, SP, sp);
    jump_to(cpu, run, op, target & 0xffff, res, aux)
}

/// RETF; `imm` is what it releases besides.
pub(crate) fn ret_far<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let target = load!(D, cpu, run, op, SS, sp, res, aux);
    if !load_plain_segment(cpu, run, seg::CS, (target >> 16) as u16) {
        return slow(cpu, run, op, res, aux);
    }
    P::set(cpu, SP, sp.wrapping_add(4).wrapping_add(op.imm));
    jump_to(cpu, run, op, target & 0xffff, res, aux)
}

/// FLAGS as they are now.
#[inline(always)]
fn present(cpu: &Cpu, res: i64, aux: u64) -> u32 {
    cpu.registers.eflags & !flag::ARITHMETIC | flags::eflags(res, aux)
}

/// Loads FLAGS at level 0; gives the lazy flags.
#[inline(always)]
fn load_flags(cpu: &mut Cpu, run: &Run, value: u32) -> (i64, u64) {
    let eflags = &mut cpu.registers.eflags;
    *eflags = *eflags & !run.flags_writable | value & run.flags_writable | run.flags_set;
    flags::lazy(value)
}

pub(crate) fn pushf<P: Size, const CHECKED: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = present(cpu, res, aux);
    push!(P, W, CHECKED, cpu, run, op, value, res, aux);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn popf<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let value = load!(W, cpu, run, op, SS, sp, res, aux);
    P::set(cpu, SP, sp.wrapping_add(2));
    let (res, aux) = load_flags(cpu, run, value);
    if needs_stepper(cpu) {
        run.left -= i64::from(op.done) + 1;
        return leave(cpu, run, op.eip.wrapping_add(u32::from(op.len)) & run.ip_mask, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn iret<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let target = load!(D, cpu, run, op, SS, sp, res, aux);
    let above = sp.wrapping_add(4) & P::MASK;
    let value = load!(W, cpu, run, op, SS, above, res, aux);
    if !load_plain_segment(cpu, run, seg::CS, (target >> 16) as u16) {
        return slow(cpu, run, op, res, aux);
    }
    P::set(cpu, SP, sp.wrapping_add(6));
    let (res, aux) = load_flags(cpu, run, value);
    run.left -= i64::from(op.done) + 1;
    if needs_stepper(cpu) {
        return leave(cpu, run, target & 0xffff, res, aux);
    }
    jump(cpu, run, target & 0xffff, res, aux)
}

/// INT; `imm` is the vector, whose place does not go beyond the table. The rule is that of `Step::enter_vector`.
pub(crate) fn int<P: Size, const CHECKED: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let table = if cpu.model >= Model::I80286 { cpu.registers.idtr } else { Default::default() };
    if cpu.model >= Model::I80286 && op.imm * 4 + 3 > u32::from(table.limit) {
        return slow(cpu, run, op, res, aux);
    }
    let at = table.base.wrapping_add(op.imm * 4);
    let Some(vector) = run.load::<D>(at) else {
        return crate::block::miss_read(cpu, run, op, res, aux, at);
    };
    let back = u32::from(segment(cpu, CS).selector) << 16 | (op.eip.wrapping_add(u32::from(op.len)) & 0xffff);
    let sp = P::get(cpu, SP).wrapping_sub(6) & P::MASK;
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let low = place!(D, CHECKED, cpu, run, op, SS, sp, res, aux);
    let above = sp.wrapping_add(4) & P::MASK;
    let high = place!(W, CHECKED, cpu, run, op, SS, above, res, aux);
    // Memory that the table shares with the stack is read after it is written.
    let is_shared = at.wrapping_sub(segment(cpu, SS).base.wrapping_add(sp)).wrapping_add(4) < 10;
    if is_shared || !is_plain_segment(cpu, run, seg::CS) {
        return slow(cpu, run, op, res, aux);
    }
    tell_of_interrupt(cpu, run, op, res, aux);
    set_plain_segment(cpu, seg::CS, (vector >> 16) as u16);
    low.set::<D>(back);
    high.set::<W>(cpu.registers.eflags);
    P::set(cpu, SP, sp);
    cpu.registers.eflags &= !(flag::IF | flag::TF | flag::AC | flag::RF);
    cpu.last_interrupt = Some(op.imm as u8);
    jump_to(cpu, run, op, vector & 0xffff, res, aux)
}

/// Lets the board see the registers before an INT.
#[inline(never)]
pub(crate) fn tell_of_interrupt(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) {
    cpu.registers.eip = op.eip;
    put_flags(cpu, res, aux);
    let (mem, bus) = run.board();
    bus.software_interrupt(mem, op.imm as u8, &cpu.registers, run.count(op.done));
    cpu.compared = None;
}

/// LAHF.
pub(crate) fn lahf(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = present(cpu, res, aux);
    H::set(cpu, AX, value);
    go(cpu, run, op.next(), res, aux)
}

/// SAHF: all arithmetic flags but OF.
pub(crate) fn sahf(cpu: &mut Cpu, run: &mut Run, op: At, _res: i64, aux: u64) -> Next {
    let overflow = if flags::overflow(aux) { flag::OF } else { 0 };
    let (res, aux) = flags::lazy(H::get(cpu, AX) & !flag::OF | overflow);
    go(cpu, run, op.next(), res, aux)
}
