//! Shifts and rotates of registers and memory by a count that is not zero, or by CL.

use super::flags::{self, AUXILIARY, BEFORE, CARRY};
use super::{Address, CX, place};
use crate::Cpu;
use crate::block::{At, Next, Run};
use crate::primitives::{B, Size, go, settled_register, settled_word};

/// Which shift, as ModRM encodes it.
pub(crate) const ROL: u8 = 0;
pub(crate) const ROR: u8 = 1;
pub(crate) const RCL: u8 = 2;
pub(crate) const RCR: u8 = 3;
pub(crate) const SHL: u8 = 4;
pub(crate) const SHR: u8 = 5;
pub(crate) const SAR: u8 = 7;

#[inline(always)]
fn bit<S: Size>(value: u32, number: u32) -> u64 {
    u64::from(value >> number & 1)
}

/// `aux` of a carry and of CF ^ OF.
#[inline(always)]
fn carries(carry: u64, before: u64) -> u64 {
    carry << 32 | before << 31
}

/// Result, `res` and `aux` of a shift by `count`, 1 to 31. As everywhere here, every flag is that of the last single-bit
/// step (see [`crate::alu::shift`]).
#[inline(always)]
fn eval<S: Size, const KIND: u8, const ONE: bool>(
    run: &Run,
    a: u32,
    count: u32,
    res: i64,
    aux: u64,
) -> (u32, i64, u64) {
    let bits = S::BITS;
    let count = if ONE { 1 } else { count };
    let auxiliary = aux & AUXILIARY;
    let (result, res, aux) = match KIND {
        SHL => {
            let wide = u64::from(a) << count;
            let result = wide as u32 & S::MASK;
            let kept = u64::from(result) & AUXILIARY & run.shift_left_keeps | run.shift_left_sets;
            let new = carries(wide >> bits & 1, bit::<S>(result, bits - 1)) | kept;
            (result, S::extend(result), new)
        }
        SHR => {
            // The bit that went out last is below the others.
            let wide = u64::from(a) << 32 >> count;
            let result = (wide >> 32) as u32;
            // What was on top before the last step is the second bit now.
            let (carry, overflow) = (wide >> 31 & 1, bit::<S>(result, bits - 2));
            (result, S::extend(result), carries(carry, carry ^ overflow) | run.shift_right_sets)
        }
        SAR => {
            let wide = S::extend(a) << 32 >> count;
            let result = (wide >> 32) as u32 & S::MASK;
            let carry = wide as u64 >> 31 & 1;
            (result, S::extend(result), carries(carry, carry) | run.shift_right_sets)
        }
        ROL | ROR => {
            let result = rotate::<S, KIND, ONE>(a, count) & S::MASK;
            let (res, aux) = after_rotation::<S, KIND>(result, res, aux);
            (result, res, aux)
        }
        // Through the carry by 1, see `is_rare`.
        RCL => {
            let wide = u64::from(a << 1 | u32::from(flags::carry(aux)));
            let wide = if bits == 32 { wide | u64::from(a >> 31) << 32 } else { wide };
            (wide as u32 & S::MASK, res, auxiliary | wide << (32 - bits) & (CARRY | BEFORE))
        }
        _ => {
            let result = a >> 1 | u32::from(flags::carry(aux)) << (bits - 1);
            let carry = u64::from(a & 1);
            let kept = settled_word(auxiliary | carries(carry, carry));
            let result = settled_word(u64::from(result)) as u32;
            let overflow = bit::<S>(result, bits - 1) ^ bit::<S>(result, bits - 2);
            (result, res, kept ^ carries(0, overflow))
        }
    };
    (result, res, aux)
}

/// A rotate by `count`, or by 1.
#[inline(always)]
fn rotate<S: Size, const KIND: u8, const ONE: bool>(a: u32, count: u32) -> u32 {
    if ONE && S::BITS < 32 {
        return if KIND == ROL { a << 1 | a >> (S::BITS - 1) } else { a >> 1 | a << (S::BITS - 1) };
    }
    // It would make a shift and more of the product, if it knew that the factor is small.
    let repeated = settled_register(a).wrapping_mul(u32::MAX / S::MASK);
    if KIND == ROL { repeated.rotate_left(count) } else { repeated.rotate_right(count) }
}

/// `res` and `aux` after a rotate that does not go through the carry, of which the result tells all.
#[inline(always)]
fn after_rotation<S: Size, const KIND: u8>(result: u32, res: i64, aux: u64) -> (i64, u64) {
    let top = bit::<S>(result, S::BITS - 1);
    let new =
        if KIND == ROL { carries(u64::from(result & 1), top) } else { carries(top, bit::<S>(result, S::BITS - 2)) };
    (res, aux & AUXILIARY | new)
}

/// Whether a rotate goes through the carry, and not by 1: that is rare, and the stepper's.
#[inline(always)]
fn is_rare(kind: u8, count: u32) -> bool {
    (kind == RCL || kind == RCR) && count != 1
}

/// Shifts a register; gives the flags. The result of a rotate is written before they are made, as in `operate`.
#[inline(always)]
fn turn<S: Size, const KIND: u8, const ONE: bool>(
    cpu: &mut Cpu,
    run: &Run,
    at: u8,
    count: u32,
    res: i64,
    aux: u64,
) -> (i64, u64) {
    let a = S::get(cpu, at);
    let (result, new_res, new_aux) = eval::<S, KIND, ONE>(run, a, count, res, aux);
    let new_aux = settled_word(new_aux);
    S::set(cpu, at, result);
    match KIND {
        ROL | ROR => after_rotation::<S, KIND>(settled_register(result), res, aux),
        _ => (new_res, new_aux),
    }
}

/// A register by the immediate, 1 to 31, or by 1, which is so common that it has handlers of its own.
pub(crate) fn shift_ri<S: Size, const KIND: u8, const ONE: bool, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let (new_res, new_aux) = turn::<S, KIND, ONE>(cpu, run, op.a, op.imm, res, aux);
    if F { go(cpu, run, op.next(), new_res, new_aux) } else { go(cpu, run, op.next(), res, aux) }
}

/// A register by CL, on models that take it modulo 32.
pub(crate) fn shift_rc<S: Size, const KIND: u8>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let count = B::get(cpu, CX) & 31;
    if count == 0 {
        return go(cpu, run, op.next(), res, aux);
    }
    if S::BYTES == 1 && count >= 16 || is_rare(KIND, count) {
        // The 80386 has a rule of its own.
        return crate::block::slow(cpu, run, op, res, aux);
    }
    let (res, aux) = turn::<S, KIND, false>(cpu, run, op.a, count, res, aux);
    go(cpu, run, op.next(), res, aux)
}

/// Memory by the immediate, 1 to 31.
pub(crate) fn shift_mi<S: Size, A: Address, const KIND: u8, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let place = place!(S, CHECKED, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux).settled();
    let (result, res, aux) = eval::<S, KIND, false>(run, place.get::<S>(), op.imm, res, aux);
    place.set::<S>(result);
    go(cpu, run, op.next(), res, aux)
}
