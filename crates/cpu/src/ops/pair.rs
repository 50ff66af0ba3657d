//! Two operations of registers in one handler, and the branch after them. What the first makes the second has without the
//! way through memory, and there is one jump to a next handler less, which a host seldom foresees for free.
//!
//! The first operation is `a`, `b` and `imm`, the second `c`, `seg` and `disp`, each a register and the other operand:
//! another register, or the zero after them and an immediate.

use super::alu::Alu;
use super::branch::{branch, compare};
use crate::Cpu;
use crate::block::{At, Next, Run, follow};
use crate::primitives::{Size, go, settled_register};

/// The operands of the second operation, and the flags before it.
struct Between {
    whole: u32,
    b: u32,
    res: i64,
    aux: u64,
}

/// How the second operation depends on the first: not at all, by the register that it changes, or by its other operand.
pub(crate) const APART: u8 = 0;
pub(crate) const SAME: u8 = 1;
pub(crate) const AFTER: u8 = 2;

/// Does the first operation. A second that is apart must not wait for it, so how they depend is known to the handler.
#[inline(always)]
fn first<O: Alu, S: Size, const HOW: u8>(cpu: &mut Cpu, op: At, res: i64, aux: u64) -> Between {
    let (old, b) = (S::whole(cpu, op.a), S::raw(cpu, op.b) | op.imm);
    let (result, res, aux) = O::eval::<S>(S::part(old), b, res, aux);
    let made = S::replace(old, result);
    S::put(cpu, op.a, made);
    let whole = if HOW == SAME { made } else { S::whole(cpu, op.c) };
    let b = if HOW == AFTER { made } else { S::raw(cpu, op.seg) | op.disp };
    Between { whole, b, res, aux }
}

/// Does the second; gives the flags.
#[inline(always)]
fn second<P: Alu, S: Size>(cpu: &mut Cpu, op: At, between: &Between) -> (i64, u64) {
    let Between { whole, b, res, aux } = *between;
    let mut a = S::part(whole);
    if P::WRITES {
        S::renew(cpu, op.c, whole, P::eval::<S>(a, b, res, aux).0);
        a = settled_register(a);
    }
    let (_, res, aux) = P::eval::<S>(a, b, res, aux);
    (res, aux)
}

/// Two operations.
pub(crate) fn pair<O: Alu, P: Alu, S: Size, const HOW: u8, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let between = first::<O, S, HOW>(cpu, op, res, aux);
    let (new_res, new_aux) = second::<P, S>(cpu, op, &between);
    if F { go(cpu, run, op.next(), new_res, new_aux) } else { go(cpu, run, op.next(), res, aux) }
}

/// Two operations and the branch after them.
pub(crate) fn pair_jcc<O: Alu, P: Alu, S: Size, const HOW: u8, const CC: u8>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let between = first::<O, S, HOW>(cpu, op, res, aux);
    let (res, aux) = second::<P, S>(cpu, op, &between);
    branch!(compare::<P, S, CC>(S::part(between.whole), between.b, res, aux), cpu, run, op, res, aux)
}
