//! Arithmetic and logic of two operands, and of one.

use super::flags::{self, CARRY, keep_carry, spread};
use super::{AX, Address, DX, load, place};
use crate::Cpu;
use crate::alu::{divide as division, microcode80286};
use crate::block::{At, Next, Run, slow};
use crate::primitives::{B, Size, W, go, settled_register};

/// An operation of two operands.
pub(crate) trait Alu: Copy + 'static {
    /// Whether the result goes anywhere.
    const WRITES: bool;
    /// Whether the flags are those of the difference of both operands.
    const COMPARES: bool;
    /// Result, `res` and `aux`. What stands above the operands does not matter, and something may stand above the result.
    fn eval<S: Size>(a: u32, b: u32, res: i64, aux: u64) -> (u32, i64, u64);
}

macro_rules! alu {
    ($name:ident, $writes:expr, $compares:expr, $s:ident, |$a:ident, $b:ident, $res:ident, $aux:ident| $body:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl Alu for $name {
            const WRITES: bool = $writes;
            const COMPARES: bool = $compares;

            #[inline(always)]
            fn eval<$s: Size>($a: u32, $b: u32, $res: i64, $aux: u64) -> (u32, i64, u64) {
                $body
            }
        }
    };
}

#[inline(always)]
fn add<S: Size, const CARRY_IN: bool>(a: u32, b: u32, carry: u64) -> (u32, i64, u64) {
    if S::BITS < 32 {
        let step = if CARRY_IN { settled_register(b.wrapping_add(carry as u32)) } else { b };
        let sum = a.wrapping_add(step);
        return (sum, S::extend(sum), spread::<S>(u64::from(a ^ b ^ sum)));
    }
    let (a, b) = (u64::from(a), u64::from(b));
    let sum = a + b + carry;
    (sum as u32, S::extend(sum as u32), spread::<S>(a ^ b ^ sum))
}

#[inline(always)]
fn sub<S: Size, const BORROW_IN: bool>(a: u32, b: u32, borrow: u64) -> (u32, i64, u64) {
    if S::BITS < 32 {
        let step = if BORROW_IN { settled_register(b.wrapping_add(borrow as u32)) } else { b };
        let difference = a.wrapping_sub(step);
        return (difference, S::extend(difference), spread::<S>(u64::from(a ^ b ^ difference)));
    }
    let (a, b) = (u64::from(a), u64::from(b));
    let difference = a.wrapping_sub(b).wrapping_sub(borrow);
    (difference as u32, S::extend(difference as u32), spread::<S>(a ^ b ^ difference))
}

#[inline(always)]
fn logic<S: Size>(result: u32) -> (u32, i64, u64) {
    (result, S::extend(result), 0)
}

alu!(Add, true, false, S, |a, b, _res, _aux| add::<S, false>(a, b, 0));
alu!(Adc, true, false, S, |a, b, _res, aux| add::<S, true>(a, b, u64::from(flags::carry(aux))));
alu!(Sub, true, true, S, |a, b, _res, _aux| sub::<S, false>(a, b, 0));
alu!(Sbb, true, false, S, |a, b, _res, aux| sub::<S, true>(a, b, u64::from(flags::carry(aux))));
alu!(And, true, false, S, |a, b, _res, _aux| logic::<S>(a & b));
alu!(Or, true, false, S, |a, b, _res, _aux| logic::<S>(a | b));
alu!(Xor, true, false, S, |a, b, _res, _aux| logic::<S>(a ^ b));
alu!(Cmp, false, true, S, |a, b, _res, _aux| sub::<S, false>(a, b, 0));
alu!(Test, false, false, S, |a, b, _res, _aux| logic::<S>(a & b));
// A move is an operation, too, for who does two at once.
alu!(Mov, true, false, S, |_a, b, res, aux| (b, res, aux));
// The other operand is not looked at.
alu!(Inc, true, false, S, |a, _b, _res, aux| {
    let (result, res, new) = add::<S, false>(a, 1, 0);
    (result, res, keep_carry(new, aux))
});
alu!(Dec, true, false, S, |a, _b, _res, aux| {
    let (result, res, new) = sub::<S, false>(a, 1, 0);
    (result, res, keep_carry(new, aux))
});
alu!(Neg, true, false, S, |a, _b, _res, _aux| sub::<S, false>(0, a, 0));
alu!(Not, true, false, S, |a, _b, res, aux| (!a, res, aux));

/// Does an operation on a register whose whole is `old`; gives the flags. The result is written before they are made, as
/// the host has not the registers for both.
#[inline(always)]
pub(super) fn operate<O: Alu, S: Size>(cpu: &mut Cpu, at: u8, old: u32, b: u32, res: i64, aux: u64) -> (i64, u64) {
    let mut a = S::part(old);
    if O::WRITES {
        S::renew(cpu, at, old, O::eval::<S>(a, b, res, aux).0);
        a = settled_register(a);
    }
    let (_, res, aux) = O::eval::<S>(a, b, res, aux);
    (res, aux)
}

/// register, register, of which one may be a high byte and the other a low one.
pub(crate) fn alu_rr<O: Alu, S: Size, T: Size, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let (old, b) = (S::whole(cpu, op.a), T::raw(cpu, op.b));
    let (new_res, new_aux) = operate::<O, S>(cpu, op.a, old, b, res, aux);
    if F { go(cpu, run, op.next(), new_res, new_aux) } else { go(cpu, run, op.next(), res, aux) }
}

/// register, immediate; also of one operand.
pub(crate) fn alu_ri<O: Alu, S: Size, const F: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let old = S::whole(cpu, op.a);
    let (new_res, new_aux) = operate::<O, S>(cpu, op.a, old, op.imm, res, aux);
    if F { go(cpu, run, op.next(), new_res, new_aux) } else { go(cpu, run, op.next(), res, aux) }
}

/// register, memory.
pub(crate) fn alu_rm<O: Alu, S: Size, A: Address, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let b = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    let old = S::whole(cpu, op.a);
    let (new_res, new_aux) = operate::<O, S>(cpu, op.a, old, b, res, aux);
    if F { go(cpu, run, op.next(), new_res, new_aux) } else { go(cpu, run, op.next(), res, aux) }
}

/// memory, register, or memory, immediate; also of one operand.
pub(crate) fn alu_m<O: Alu, S: Size, A: Address, const IMM: bool, const CHECKED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let offset = A::offset(cpu, &op);
    if O::WRITES {
        let place = place!(S, CHECKED, cpu, run, op, op.seg, offset, res, aux).settled();
        let b = if IMM { op.imm } else { S::raw(cpu, op.a) };
        let a = place.get::<S>();
        place.set::<S>(O::eval::<S>(a, b, res, aux).0);
        let (_, res, aux) = O::eval::<S>(settled_register(a), b, res, aux);
        return go(cpu, run, op.next(), res, aux);
    }
    let a = load!(S, cpu, run, op, op.seg, offset, res, aux);
    let b = if IMM { op.imm } else { S::raw(cpu, op.a) };
    let (_, res, aux) = O::eval::<S>(a, b, res, aux);
    go(cpu, run, op.next(), res, aux)
}

/// CLC, STC and CMC: 0, 1 and 2.
pub(crate) fn set_carry<const HOW: u8>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let wanted = match HOW {
        0 => 0,
        1 => CARRY,
        _ => !aux & CARRY,
    };
    go(cpu, run, op.next(), res, keep_carry(aux, wanted))
}

/// MUL and IMUL of words and doublewords into the pair, of bytes into AX.
pub(crate) fn multiply<S: Size, const SIGNED: bool, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let b = S::get(cpu, op.a);
    let (new_res, new_aux) = multiply_by::<S, SIGNED>(cpu, b);
    if F { go(cpu, run, op.next(), new_res, new_aux) } else { go(cpu, run, op.next(), res, aux) }
}

/// The same with a factor in memory.
pub(crate) fn multiply_m<S: Size, A: Address, const SIGNED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let b = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    let (res, aux) = multiply_by::<S, SIGNED>(cpu, b);
    go(cpu, run, op.next(), res, aux)
}

#[inline(always)]
fn multiply_by<S: Size, const SIGNED: bool>(cpu: &mut Cpu, b: u32) -> (i64, u64) {
    // Whichever byte the other factor is, this one is AL.
    let a = if S::BYTES == 1 { B::get(cpu, AX) } else { S::get(cpu, AX) };
    let (low, high, overflows) = product::<S, SIGNED>(a, b);
    set_pair::<S>(cpu, low, high);
    (S::extend(low), if overflows { CARRY } else { 0 })
}

/// AX from its halves for bytes, else the pair.
#[inline(always)]
fn set_pair<S: Size>(cpu: &mut Cpu, low: u32, high: u32) {
    if S::BYTES == 1 {
        W::set(cpu, AX, low | high << 8);
    } else {
        let (ax, dx) = (S::whole(cpu, AX), S::whole(cpu, DX));
        S::renew(cpu, AX, ax, low);
        S::renew(cpu, DX, dx, high);
    }
}

/// DIV and IDIV by a register.
pub(crate) fn divide<S: Size, const SIGNED: bool, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let divisor = S::get(cpu, op.a);
    divide_by::<S, SIGNED, F>(cpu, run, op, res, aux, divisor)
}

/// The same by memory.
pub(crate) fn divide_m<S: Size, A: Address, const SIGNED: bool, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let divisor = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    divide_by::<S, SIGNED, F>(cpu, run, op, res, aux, divisor)
}

/// Divides the pair; the stepper raises the fault.
#[inline(always)]
fn divide_by<S: Size, const SIGNED: bool, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
    divisor: u32,
) -> Next {
    let Some((quotient, remainder)) = quotient::<S, SIGNED>(cpu, divisor) else {
        return slow(cpu, run, op, res, aux);
    };
    set_pair::<S>(cpu, quotient, remainder);
    if F {
        let (res, aux) = flags::lazy(division_flags::<S, SIGNED>(quotient, remainder, divisor));
        return go(cpu, run, op.next(), res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

/// The flags after a division that succeeds (see `Step::division_sets_flags`).
fn division_flags<S: Size, const SIGNED: bool>(quotient: u32, remainder: u32, divisor: u32) -> u32 {
    if SIGNED {
        microcode80286::signed_quotient_flags(S::WIDTH, remainder, divisor)
    } else {
        microcode80286::quotient_flags(S::WIDTH, quotient, remainder, divisor)
    }
}

/// Quotient and remainder of the pair, `None` when there is none or it does not fit.
#[inline(always)]
fn quotient<S: Size, const SIGNED: bool>(cpu: &Cpu, divisor: u32) -> Option<(u32, u32)> {
    let pair = if S::BYTES == 1 {
        u64::from(W::get(cpu, AX))
    } else {
        u64::from(S::get(cpu, DX)) << S::BITS | u64::from(S::get(cpu, AX))
    };
    if SIGNED {
        let unused = 64 - 2 * S::BITS;
        division::signed(S::WIDTH, (pair << unused) as i64 >> unused, S::extend(divisor) as i32)
    } else {
        division::unsigned(S::WIDTH, pair, divisor)
    }
}

/// Low and high half, and whether the high half counts.
#[inline(always)]
fn product<S: Size, const SIGNED: bool>(a: u32, b: u32) -> (u32, u32, bool) {
    if SIGNED {
        let product = S::extend(a) * S::extend(b);
        let low = product as u32 & S::MASK;
        return (low, (product >> S::BITS) as u32 & S::MASK, product != S::extend(low));
    }
    let product = u64::from(a) * u64::from(b);
    let high = (product >> S::BITS) as u32 & S::MASK;
    (product as u32 & S::MASK, high, high != 0)
}

/// IMUL into a register of the register, or the immediate, and memory.
pub(crate) fn multiply_into_m<S: Size, A: Address, const IMM: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let a = load!(S, cpu, run, op, op.seg, A::offset(cpu, &op), res, aux);
    let b = if IMM { op.imm } else { S::get(cpu, op.a) };
    let (low, _, overflows) = product::<S, true>(a, b);
    let old = S::whole(cpu, op.a);
    S::renew(cpu, op.a, old, low);
    go(cpu, run, op.next(), S::extend(low), if overflows { CARRY } else { 0 })
}

/// IMUL into a register: of the register and another, or of another and the immediate.
pub(crate) fn multiply_into<S: Size, const IMM: bool, const F: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
) -> Next {
    let b = if IMM { op.imm } else { S::get(cpu, op.a) };
    let (low, _, overflows) = product::<S, true>(S::get(cpu, op.b), b);
    S::set(cpu, op.a, low);
    if F {
        return go(cpu, run, op.next(), S::extend(low), if overflows { CARRY } else { 0 });
    }
    go(cpu, run, op.next(), res, aux)
}
