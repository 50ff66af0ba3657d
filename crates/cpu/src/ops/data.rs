//! Moves and conversions.

use super::flags;
use super::{AX, Address, DX, load, place};
use crate::Cpu;
use crate::block::{At, Next, Run};
use crate::primitives::{B, D, Size, W, go, segment};
use crate::regs::flag;

pub(crate) fn mov_rr<S: Size, T: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = T::raw(cpu, op.b);
    S::set(cpu, op.a, value);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn mov_ri<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    S::set(cpu, op.a, op.imm);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn mov_rm<S: Size, A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    S::set(cpu, op.a, value);
    go(cpu, run, op.next(), res, aux)
}

/// Into memory, a register or the immediate.
pub(crate) fn mov_m<S: Size, A: Address, const IMM: bool, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let place = place!(S, CHECKED, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    place.set::<S>(if IMM { op.imm } else { S::raw(cpu, op.a) });
    go(cpu, run, op.next(), res, aux)
}

/// MOVZX and MOVSX of a register of size `F` into one of size `T`.
pub(crate) fn extend_rr<T: Size, F: Size, const SIGNED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let value = F::get(cpu, op.b);
    T::set(cpu, op.a, if SIGNED { F::extend(value) as u32 } else { value });
    go(cpu, run, op.next(), res, aux)
}

/// The same from memory.
pub(crate) fn extend_rm<T: Size, F: Size, A: Address, const SIGNED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let value = load!(F, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    T::set(cpu, op.a, if SIGNED { F::extend(value) as u32 } else { value });
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn lea<S: Size, A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let offset = A::offset(cpu, &op);
    S::set(cpu, op.a, offset);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn xchg_rr<S: Size, T: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let (a, b) = (S::raw(cpu, op.a), T::raw(cpu, op.b));
    let cpu = S::set(cpu, op.a, b);
    let cpu = T::set(cpu, op.b, a);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn xchg_m<S: Size, A: Address, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let place = place!(S, CHECKED, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    let value = place.get::<S>();
    place.set::<S>(S::raw(cpu, op.a));
    S::set(cpu, op.a, value);
    go(cpu, run, op.next(), res, aux)
}

/// CBW and CWDE: `F` into `T`, twice as wide.
pub(crate) fn widen<T: Size, F: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = F::extend(F::get(cpu, AX)) as u32;
    T::set(cpu, AX, value);
    go(cpu, run, op.next(), res, aux)
}

/// CWD and CDQ.
pub(crate) fn widen_into_dx<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sign = (S::extend(S::get(cpu, AX)) >> 63) as u32;
    S::set(cpu, DX, sign);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn bswap(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let value = D::get(cpu, op.a).swap_bytes();
    D::set(cpu, op.a, value);
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn nop(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn setcc<S: Size, const CC: u8>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    S::set(cpu, op.a, u32::from(flags::condition::<CC>(res, aux)));
    go(cpu, run, op.next(), res, aux)
}

pub(crate) fn xlat<const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let index = B::get(cpu, AX);
    let offset = if WIDE {
        D::get(cpu, super::BX).wrapping_add(index)
    } else {
        W::get(cpu, super::BX).wrapping_add(index) & 0xffff
    };
    let value = load!(B, cpu, run, op, op.seg, offset, res, aux);
    B::set(cpu, AX, value);
    go(cpu, run, op.next(), res, aux)
}

/// A register from a segment register, whose byte offset is `seg`.
pub(crate) fn mov_from_segment<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = u32::from(segment(cpu, op.seg).selector);
    S::set(cpu, op.a, selector);
    go(cpu, run, op.next(), res, aux)
}

/// Whether a segment register, by number, is a plain one of real mode or virtual-8086 mode with 64 KiB, so that a load
/// changes selector and base only.
#[inline(always)]
pub(crate) fn is_plain_segment(cpu: &Cpu, run: &Run, number: u8) -> bool {
    let segment = &cpu.registers.segments[usize::from(number & 7)];
    // The rights are those of data that grows up and can be written, so its last byte says it all.
    segment.last_write == 0xffff && (segment.rights ^ run.plain_rights) & run.plain_mask == 0
}

/// Loads such a segment register.
#[inline(always)]
pub(crate) fn set_plain_segment(cpu: &mut Cpu, number: u8, selector: u16) {
    let segment = &mut cpu.registers.segments[usize::from(number & 7)];
    (segment.selector, segment.base) = (selector, u32::from(selector) << 4);
}

/// Loads a segment register, when it is a plain one. False, and nothing done, otherwise.
#[inline(always)]
pub(crate) fn load_plain_segment(cpu: &mut Cpu, run: &Run, number: u8, selector: u16) -> bool {
    let is_plain = is_plain_segment(cpu, run, number);
    if is_plain {
        set_plain_segment(cpu, number, selector);
    }
    is_plain
}

/// A segment register, not CS or SS, from a register.
pub(crate) fn mov_to_segment(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = W::get(cpu, op.a) as u16;
    if !load_plain_segment(cpu, run, op.c, selector) {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

/// A segment register, not CS or SS, from memory.
pub(crate) fn mov_to_segment_m<A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let selector = load!(W, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux) as u16;
    if !load_plain_segment(cpu, run, op.imm as u8, selector) {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

/// LES and LDS of 16 bits: `a` is the register, `imm` the number of the segment register.
pub(crate) fn load_far<A: Address>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let offset = A::offset(cpu, &op);
    // Both words at once; where they wrap or lie in two pages it is the stepper's.
    let pointer = load!(D, cpu, run, op, op.seg, offset, res, aux);
    if !load_plain_segment(cpu, run, op.imm as u8, (pointer >> 16) as u16) {
        return crate::block::slow(cpu, run, op, res, aux);
    }
    W::set(cpu, op.a, pointer);
    go(cpu, run, op.next(), res, aux)
}

/// CLD and STD.
pub(crate) fn set_direction<const DOWN: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    cpu.registers.set(flag::DF, DOWN);
    go(cpu, run, op.next(), res, aux)
}

/// CLI at level 0.
pub(crate) fn cli(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    cpu.registers.eflags &= !flag::IF;
    go(cpu, run, op.next(), res, aux)
}
