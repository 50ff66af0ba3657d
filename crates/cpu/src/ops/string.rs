//! String instructions that are not repeated. `I` is the size of the index registers.

use super::{AX, DI, ES, SI, load, place};
use crate::Cpu;
use crate::block::{At, Next, Run};
use crate::primitives::{Size, go};
use crate::regs::flag;

/// How far an index register moves.
#[inline(always)]
fn distance<S: Size>(cpu: &Cpu) -> u32 {
    if cpu.registers.eflags & flag::DF != 0 { S::BYTES.wrapping_neg() } else { S::BYTES }
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
    let (source, target) = (I::get(cpu, SI), I::get(cpu, DI));
    let value = load!(S, cpu, run, op, op.seg, source, res, aux);
    let place = place!(S, CHECKED, cpu, run, op, ES, target, res, aux);
    place.set::<S>(value);
    let distance = distance::<S>(cpu);
    I::set(cpu, SI, source.wrapping_add(distance));
    I::set(cpu, DI, target.wrapping_add(distance));
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
    let (source, target) = (I::get(cpu, SI), I::get(cpu, DI));
    let value = load!(S, cpu, run, op, op.seg, source, res, aux);
    let other = load!(S, cpu, run, op, ES, target, res, aux);
    let (_, res, aux) = <super::Cmp as super::Alu>::eval::<S>(value, other, res, aux);
    let distance = distance::<S>(cpu);
    I::set(cpu, SI, source.wrapping_add(distance));
    I::set(cpu, DI, target.wrapping_add(distance));
    go(cpu, run, op.next(), res, aux)
}
