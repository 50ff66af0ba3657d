//! Near transfers of control. Those whose target is known have an exit after them.

use super::alu::{Alu, operate};
use super::stack::push;
use super::{Address, CX, SP, SS, flags, load, place};
use crate::Cpu;
use crate::block::{At, Next, Run, follow, jump};
use crate::primitives::{Size, go, segment};

/// Takes or leaves a branch.
macro_rules! branch {
    ($holds:expr, $cpu:ident, $run:ident, $op:ident, $res:ident, $aux:ident) => {
        if $holds {
            follow::<true>($cpu, $run, $op.exit(), $res, $aux)
        } else {
            follow::<false>($cpu, $run, $op.exit(), $res, $aux)
        }
    };
}

pub(super) use branch;

pub(crate) fn jcc<const CC: u8>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    branch!(flags::condition::<CC>(res, aux), cpu, run, op, res, aux)
}

/// Condition `CC` after `O` of `a` and `b`, for a difference without its flags.
#[inline(always)]
pub(super) fn compare<O: Alu, S: Size, const CC: u8>(a: u32, b: u32, res: i64, aux: u64) -> bool {
    if O::COMPARES {
        let (a, b) = (a & S::MASK, b & S::MASK);
        let holds = match CC >> 1 {
            1 => a < b,
            2 => a == b,
            3 => a <= b,
            6 => S::extend(a) < S::extend(b),
            7 => S::extend(a) <= S::extend(b),
            _ => return flags::condition::<CC>(res, aux),
        };
        return holds != (CC & 1 != 0);
    }
    flags::condition::<CC>(res, aux)
}

/// An operation of registers and the branch after it.
pub(crate) fn alu_rr_jcc<O: Alu, S: Size, T: Size, const CC: u8>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let (old, b) = (S::whole(cpu, op.a), T::raw(cpu, op.b));
    let (res, aux) = operate::<O, S>(cpu, op.a, old, b, res, aux);
    let a = S::part(old);
    branch!(compare::<O, S, CC>(a, b, res, aux), cpu, run, op, res, aux)
}

/// An operation of a register and the immediate, and the branch after it.
pub(crate) fn alu_ri_jcc<O: Alu, S: Size, const CC: u8>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let (old, b) = (S::whole(cpu, op.a), op.imm);
    let (res, aux) = operate::<O, S>(cpu, op.a, old, b, res, aux);
    let a = S::part(old);
    branch!(compare::<O, S, CC>(a, b, res, aux), cpu, run, op, res, aux)
}

/// LOOP, LOOPE and LOOPNE: 0, 1 and 2, counting in a register of size `S`.
pub(crate) fn loop_count<S: Size, const HOW: u8>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let count = S::get(cpu, CX).wrapping_sub(1) & S::MASK;
    S::set(cpu, CX, count);
    let holds = match HOW {
        0 => true,
        1 => flags::zero(res),
        _ => !flags::zero(res),
    };
    branch!(count != 0 && holds, cpu, run, op, res, aux)
}

pub(crate) fn jcxz<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    branch!(S::get(cpu, CX) == 0, cpu, run, op, res, aux)
}

/// CALL of a known target; `imm` is the offset of the next instruction.
pub(crate) fn call<P: Size, S: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    push!(P, S, CHECKED, cpu, run, op, op.imm, res, aux);
    follow::<true>(cpu, run, op.exit(), res, aux)
}

/// CALL of a register; `imm` is the offset of the next instruction.
pub(crate) fn call_r<P: Size, S: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let target = S::get(cpu, op.a);
    if target > segment(cpu, super::CS).limit {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    push!(P, S, CHECKED, cpu, run, op, op.imm, res, aux);
    run.left -= i64::from(op.done) + 1;
    jump(cpu, run, target, res, aux)
}

/// CALL of a target in memory; `imm` is the offset of the next instruction.
pub(crate) fn call_m<P: Size, S: Size, A: Address, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let target = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    if target > segment(cpu, super::CS).limit {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    push!(P, S, CHECKED, cpu, run, op, op.imm, res, aux);
    run.left -= i64::from(op.done) + 1;
    jump(cpu, run, target, res, aux)
}

pub(crate) fn jump_r<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let target = S::get(cpu, op.a);
    if target > segment(cpu, super::CS).limit {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    run.left -= i64::from(op.done) + 1;
    jump(cpu, run, target, res, aux)
}

pub(crate) fn jump_m<S: Size, A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let target = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    if target > segment(cpu, super::CS).limit {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    run.left -= i64::from(op.done) + 1;
    jump(cpu, run, target, res, aux)
}

/// RET; `imm` is what it releases besides.
pub(crate) fn ret<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let target = load!(S, cpu, run, op, SS, sp, res, aux);
    if target > segment(cpu, super::CS).limit {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    P::set(cpu, SP, sp.wrapping_add(S::BYTES).wrapping_add(op.imm));
    run.left -= i64::from(op.done) + 1;
    jump(cpu, run, target, res, aux)
}

/// The operation that a patch is for: another patch of it may come before.
#[inline(always)]
fn patched(op: At) -> At {
    if op.a == 0 { op.next() } else { op.next().next() }
}

/// Brings bytes of code that change into the immediate of the next operation: as many as `S`, sign-extended where the
/// instruction does that.
pub(crate) fn patch_imm<S: Size, const SIGNED: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let live = run.stored::<S>(op.extra);
    patched(op).set_imm(if SIGNED { S::extend(live) as u32 & op.imm } else { live });
    go(cpu, run, op.next(), res, aux)
}

/// The same for the displacement.
pub(crate) fn patch_disp<S: Size, const SIGNED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let live = run.stored::<S>(op.extra);
    patched(op).set_disp(if SIGNED { S::extend(live) as u32 & op.imm } else { live });
    go(cpu, run, op.next(), res, aux)
}
