//! String instructions that are not repeated. `I` is the size of the index registers.

use super::{AX, DI, ES, SI, load, place};
use crate::Cpu;
use crate::block::{At, Next, Run};
use crate::primitives::{Size, anew, go, settled_word};
use crate::regs::flag;

/// How far an index register moves.
#[inline(always)]
fn distance<S: Size>(cpu: &Cpu) -> u32 {
    if cpu.registers.eflags & flag::DF != 0 { S::BYTES.wrapping_neg() } else { S::BYTES }
}

/// Moves an index register.
#[inline(always)]
fn advance<I: Size, S: Size>(cpu: &mut Cpu, register: u8) -> &mut Cpu {
    let cpu = anew(cpu);
    let old = I::whole(cpu, register);
    let moved = old.wrapping_add(distance::<S>(cpu));
    I::renew(cpu, register, old, moved);
    cpu
}

pub(crate) fn lods<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let source = I::get(cpu, SI);
    let value = load!(S, cpu, run, op, op.seg, source, res, aux);
    S::set(cpu, AX, value);
    let cpu = advance::<I, S>(cpu, SI);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn stos<I: Size, S: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let target = I::get(cpu, DI);
    let place = place!(S, CHECKED, cpu, run, op, ES, target, res, aux);
    place.set::<S>(S::raw(cpu, AX));
    let cpu = advance::<I, S>(cpu, DI);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn movs<I: Size, S: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let value = settled_word(u64::from(load!(S, cpu, run, op, op.seg, I::get(cpu, SI), res, aux))) as u32;
    let place = place!(S, CHECKED, cpu, run, op, ES, I::get(cpu, DI), res, aux);
    place.set::<S>(value);
    let cpu = advance::<I, S>(cpu, SI);
    let cpu = advance::<I, S>(cpu, DI);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn scas<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let target = I::get(cpu, DI);
    let other = load!(S, cpu, run, op, ES, target, res, aux);
    let (_, res, aux) = <super::Cmp as super::Alu>::eval::<S>(S::get(cpu, AX), other, res, aux);
    let cpu = advance::<I, S>(cpu, DI);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn cmps<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = settled_word(u64::from(load!(S, cpu, run, op, op.seg, I::get(cpu, SI), res, aux))) as u32;
    let other = load!(S, cpu, run, op, ES, I::get(cpu, DI), res, aux);
    let (_, res, aux) = <super::Cmp as super::Alu>::eval::<S>(value, other, res, aux);
    let cpu = advance::<I, S>(cpu, SI);
    let cpu = advance::<I, S>(cpu, DI);
    go(cpu, run, op.next(), res, aux)
}
