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

/// Moves both index registers.
#[inline(always)]
fn advance_both<I: Size, S: Size>(cpu: &mut Cpu) {
    let cpu = anew(cpu);
    let distance = distance::<S>(cpu);
    I::set(cpu, SI, I::get(cpu, SI).wrapping_add(distance));
    I::set(cpu, DI, I::get(cpu, DI).wrapping_add(distance));
}

pub(crate) fn lods<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let source = I::get(cpu, SI);
    let value = load!(S, cpu, run, op, op.seg, source, res, aux);
    S::set(cpu, AX, value);
    I::set(cpu, SI, source.wrapping_add(distance::<S>(cpu)));
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
    place.set::<S>(S::get(cpu, AX));
    I::set(cpu, DI, target.wrapping_add(distance::<S>(cpu)));
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
    advance_both::<I, S>(cpu);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn scas<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let target = I::get(cpu, DI);
    let other = load!(S, cpu, run, op, ES, target, res, aux);
    let (_, res, aux) = <super::Cmp as super::Alu>::eval::<S>(S::get(cpu, AX), other, res, aux);
    I::set(cpu, DI, target.wrapping_add(distance::<S>(cpu)));
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn cmps<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = settled_word(u64::from(load!(S, cpu, run, op, op.seg, I::get(cpu, SI), res, aux))) as u32;
    let other = load!(S, cpu, run, op, ES, I::get(cpu, DI), res, aux);
    let (_, res, aux) = <super::Cmp as super::Alu>::eval::<S>(value, other, res, aux);
    advance_both::<I, S>(cpu);
    go(cpu, run, op.next(), res, aux)
}
