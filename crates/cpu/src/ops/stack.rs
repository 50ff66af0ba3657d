//! The stack. `P` is the size of the stack pointer, `S` that of the operand.

use super::data::load_plain_segment;
use super::{Address, BP, SP, SS, load, place};
use crate::block::{At, Next, Run, slow};
use crate::primitives::{D, Size, W, anew, go, segment, settled_word};
use crate::{Cpu, PAGE_BYTES};

/// Pushes a value; ends the handler when that is not for the fast path.
macro_rules! push {
    ($p:ty, $s:ty, $checked:expr, $cpu:ident, $run:ident, $op:ident, $value:expr, $res:ident, $aux:ident) => {{
        let sp = <$p>::get($cpu, SP).wrapping_sub(<$s>::BYTES) & <$p>::MASK;
        let place = place!($s, $checked, $cpu, $run, $op, SS, sp, $res, $aux);
        place.set::<$s>($value);
        let cpu = $crate::primitives::anew(&mut *$cpu);
        <$p>::set(cpu, SP, <$p>::get(cpu, SP).wrapping_sub(<$s>::BYTES));
    }};
}
pub(crate) use push;

pub(crate) fn push_r<P: Size, S: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let value = S::raw(cpu, op.a);
    push!(P, S, CHECKED, cpu, run, op, value, res, aux);
    go(cpu, run, op.next(), res, aux)
}

/// Whether two words from an offset up do not lie together: a stack pointer of 16 bits goes round between them, also below
/// a limit that is further up.
#[inline(always)]
pub(super) fn goes_round<P: Size>(sp: u32) -> bool {
    P::BITS == 16 && sp > 0xfffc
}

/// PUSH of two words, `a` and then `c`, neither of them SP, which lie together in memory. It always looks for watched
/// bytes: it has no form of one instruction that could be put in its place.
pub(crate) fn push_pair<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP).wrapping_sub(4) & P::MASK;
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let place = place!(D, true, cpu, run, op, SS, sp, res, aux);
    place.set::<D>(W::raw(cpu, op.a) << 16 | W::get(cpu, op.c));
    let cpu = anew(cpu);
    let cpu = P::set(cpu, SP, P::get(cpu, SP).wrapping_sub(4));
    go(cpu, run, op.next(), res, aux)
}

/// POP of two words, into `a` and then `c`, neither of them SP.
pub(crate) fn pop_pair<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    if goes_round::<P>(sp) {
        return slow(cpu, run, op, res, aux);
    }
    let both = load!(D, cpu, run, op, SS, sp, res, aux);
    let cpu = anew(cpu);
    let cpu = P::set(cpu, SP, P::get(cpu, SP).wrapping_add(4));
    let cpu = W::set(cpu, op.a, both);
    let cpu = W::set(cpu, op.c, both >> 16);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn push_i<P: Size, S: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    push!(P, S, CHECKED, cpu, run, op, op.imm, res, aux);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn push_m<P: Size, S: Size, A: Address, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let value = settled_word(u64::from(load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux))) as u32;
    push!(P, S, CHECKED, cpu, run, op, value, res, aux);
    go(cpu, run, op.next(), res, aux)
}

/// PUSH of a segment register in 16 bits.
pub(crate) fn push_segment<P: Size, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let value = u32::from(segment(cpu, op.seg).selector);
    push!(P, W, CHECKED, cpu, run, op, value, res, aux);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn pop_r<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let value = load!(S, cpu, run, op, SS, sp, res, aux);
    P::set(cpu, SP, sp.wrapping_add(S::BYTES));
    S::set(cpu, op.a, value);
    go(cpu, run, op.next(), res, aux)
}

/// POP of a segment register, not CS or SS, in 16 bits, as real mode does.
pub(crate) fn pop_segment<P: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let selector = load!(W, cpu, run, op, SS, sp, res, aux) as u16;
    if !load_plain_segment(cpu, run, op.c, selector) {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    let cpu = anew(cpu);
    P::set(cpu, SP, P::get(cpu, SP).wrapping_add(2));
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn leave_frame<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let frame = P::get(cpu, BP);
    let value = load!(S, cpu, run, op, SS, frame, res, aux);
    let sp = P::whole(cpu, SP);
    P::renew(cpu, SP, sp, frame.wrapping_add(S::BYTES));
    S::set(cpu, BP, value);
    go(cpu, run, op.next(), res, aux)
}

/// POP into memory; an address with ESP uses the value after the pop, so it is not one of those.
pub(crate) fn pop_m<P: Size, S: Size, A: Address, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let sp = P::get(cpu, SP);
    let value = load!(S, cpu, run, op, SS, sp, res, aux);
    let place = place!(S, CHECKED, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    P::set(cpu, SP, sp.wrapping_add(S::BYTES));
    place.set::<S>(value);
    go(cpu, run, op.next(), res, aux)
}

/// Whether eight operands above a linear address lie in its page.
#[inline(always)]
fn is_together<S: Size>(linear: u32) -> bool {
    linear % PAGE_BYTES <= PAGE_BYTES - 8 * S::BYTES
}

/// PUSHA, where all of it lies in one page.
pub(crate) fn pusha<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let first = sp.wrapping_sub(8 * S::BYTES);
    let linear = segment(cpu, SS).base.wrapping_add(first);
    if sp < 8 * S::BYTES || i64::from(sp) - 1 > segment(cpu, SS).last_write || !is_together::<S>(linear) {
        return slow(cpu, run, op, res, aux);
    }
    let Some(place) = run.writable::<S, false>(linear) else {
        return slow(cpu, run, op, res, aux);
    };
    for number in 0..8 {
        place.above((7 - number) * S::BYTES).set::<S>(S::get(cpu, 4 * number as u8));
    }
    P::set(cpu, SP, first);
    go(cpu, run, op.next(), res, aux)
}

/// POPA, where all of it lies in one page.
pub(crate) fn popa<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = P::get(cpu, SP);
    let linear = segment(cpu, SS).base.wrapping_add(sp);
    let last = i64::from(sp) + i64::from(8 * S::BYTES - 1);
    if last > segment(cpu, SS).last_read || last > i64::from(P::MASK) || !is_together::<S>(linear) {
        return slow(cpu, run, op, res, aux);
    }
    for number in 0..8 {
        let Some(value) = run.load::<S>(linear.wrapping_add((7 - number) * S::BYTES)) else {
            return slow(cpu, run, op, res, aux);
        };
        // In one page the first is there or none.
        if 4 * number as u8 != SP {
            S::set(cpu, 4 * number as u8, value);
        }
    }
    P::set(cpu, SP, sp.wrapping_add(8 * S::BYTES));
    go(cpu, run, op.next(), res, aux)
}
