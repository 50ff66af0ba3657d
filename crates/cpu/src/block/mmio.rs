//! Instructions of blocks whose operand lies in memory-mapped registers, as the planes of video memory do.
//!
//! A handler comes here when the TLB says that a page is the board's, and has done nothing by then. The common
//! instructions ask the board at once, the others are the stepper's. One that reads and then writes comes here only
//! where memory-mapped registers are quiet ([`crate::Bus::is_mmio_quiet`]): on another board the read may forbid the
//! write, or lead it elsewhere.

use super::lower::{Span, span};
use super::run::{Filled, Run, leave, slow};
use super::{At, Next};
use crate::decode::{self, Arithmetic, Kind, Operand, StringOp};
use crate::ops::{self, AX, Alu, DI, ES, SI};
use crate::primitives::{B, D, H, Place, Size, W, go, segment};
use crate::regs::flag;
use crate::{Cpu, PAGE_BYTES, Width};

/// What an operation does when its operand is the board's, at this physical address.
pub(crate) type Way = fn(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next;

/// An access met a page of the board.
#[inline(always)]
pub(super) fn access(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    let number = run.blocks.arena.number(op);
    let way = run.blocks.ways.get(number).copied().unwrap_or(choose);
    way(cpu, run, op, res, aux, physical)
}

/// The way of an operation that has none yet.
#[cold]
#[inline(never)]
fn choose(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    let blocks = &mut run.blocks;
    let number = blocks.arena.number(op);
    let way = blocks.decoded.get(number).map_or(by_stepper as Way, way);
    if blocks.ways.len() <= number {
        blocks.ways.resize(blocks.arena.used(), choose);
    }
    if let Some(place) = blocks.ways.get_mut(number) {
        *place = way;
    }
    way(cpu, run, op, res, aux, physical)
}

fn by_stepper(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, _physical: u32) -> Next {
    slow(cpu, run, op, res, aux)
}

/// A way for the size.
macro_rules! by_size {
    ($span:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $span {
            Span::Low => $f::<$($before,)* B, $($after),*> as Way,
            Span::High => $f::<$($before,)* H, $($after),*>,
            Span::Word => $f::<$($before,)* W, $($after),*>,
            Span::Dword => $f::<$($before,)* D, $($after),*>,
        }
    };
}

fn way(op: &decode::Op) -> Way {
    let (width, span) = (op.width, span(op));
    let has_register = matches!(op.second, Operand::Register(_));
    match (op.kind, op.first, op.second) {
        (Kind::String(kind), ..) if op.wide_address => string::<D>(kind, span),
        (Kind::String(kind), ..) => string::<W>(kind, span),
        (Kind::Mov, Operand::Register(_), Operand::Memory) => by_size!(span, mov_load, [], []),
        (Kind::Mov, Operand::Memory, Operand::Register(_)) => by_size!(span, mov_store, [], [false]),
        (Kind::Mov, Operand::Memory, Operand::Immediate) => by_size!(span, mov_store, [], [true]),
        (Kind::Xchg, Operand::Memory, Operand::Register(_)) | (Kind::Xchg, Operand::Register(_), Operand::Memory) => {
            by_size!(span, exchange, [], [])
        }
        (Kind::Movzx | Kind::Movsx, Operand::Register(_), Operand::Memory) => {
            match (op.kind == Kind::Movsx, width, op.second_width) {
                (false, Width::Dword, Width::Byte) => extend::<D, B, false>,
                (false, Width::Dword, _) => extend::<D, W, false>,
                (false, _, Width::Byte) => extend::<W, B, false>,
                (false, ..) => extend::<W, W, false>,
                (true, Width::Dword, Width::Byte) => extend::<D, B, true>,
                (true, Width::Dword, _) => extend::<D, W, true>,
                (true, _, Width::Byte) => extend::<W, B, true>,
                (true, ..) => extend::<W, W, true>,
            }
        }
        (kind, Operand::Register(_), Operand::Memory) => two_operands(kind, span, Form::Load),
        (kind, Operand::Memory, Operand::Register(_) | Operand::Immediate) => {
            two_operands(kind, span, if has_register { Form::StoreRegister } else { Form::StoreImmediate })
        }
        (kind, Operand::Memory, _) => one_operand(kind, span),
        _ => by_stepper,
    }
}

/// Where the operands are. Their places are those of the operation, as parts of it may change all the time.
#[derive(Clone, Copy)]
enum Form {
    Load,
    StoreRegister,
    StoreImmediate,
}

fn two_operands(kind: Kind, span: Span, form: Form) -> Way {
    macro_rules! by_form {
        ($o:ident) => {
            match form {
                Form::Load => by_size!(span, load, [ops::$o], []),
                Form::StoreRegister => by_size!(span, store, [ops::$o], [false]),
                Form::StoreImmediate => by_size!(span, store, [ops::$o], [true]),
            }
        };
    }
    match kind {
        Kind::Alu(Arithmetic::Add) => by_form!(Add),
        Kind::Alu(Arithmetic::Or) => by_form!(Or),
        Kind::Alu(Arithmetic::Adc) => by_form!(Adc),
        Kind::Alu(Arithmetic::Sbb) => by_form!(Sbb),
        Kind::Alu(Arithmetic::And) => by_form!(And),
        Kind::Alu(Arithmetic::Sub) => by_form!(Sub),
        Kind::Alu(Arithmetic::Xor) => by_form!(Xor),
        Kind::Cmp => by_form!(Cmp),
        Kind::Test => by_form!(Test),
        _ => by_stepper,
    }
}

fn one_operand(kind: Kind, span: Span) -> Way {
    match kind {
        Kind::Inc => by_size!(span, store, [ops::Inc], [true]),
        Kind::Dec => by_size!(span, store, [ops::Dec], [true]),
        Kind::Neg => by_size!(span, store, [ops::Neg], [true]),
        Kind::Not => by_size!(span, store, [ops::Not], [true]),
        _ => by_stepper,
    }
}

/// Of string instructions that are not repeated, with index registers of size `I`; repeated ones do not come here.
fn string<I: Size>(kind: StringOp, span: Span) -> Way {
    match kind {
        StringOp::Stos => by_size!(span, stos, [I], []),
        StringOp::Lods => by_size!(span, lods, [I], []),
        StringOp::Scas => by_size!(span, scas, [I], []),
        StringOp::Movs => by_size!(span, movs, [I], []),
        StringOp::Cmps | StringOp::Ins | StringOp::Outs => by_stepper,
    }
}

/// Whether an access lies in one page.
#[inline(always)]
fn is_whole<S: Size>(physical: u32) -> bool {
    physical % PAGE_BYTES <= PAGE_BYTES - S::BYTES
}

#[inline(always)]
fn read<S: Size>(run: &mut Run, op: At, physical: u32) -> u32 {
    let at = run.count(op.done);
    let (mem, bus) = run.board();
    let value = bus.mmio_read(mem, physical, S::WIDTH, at) & S::MASK;
    if !run.is_quiet {
        run.attention |= bus.attention();
    }
    value
}

#[inline(always)]
fn write<S: Size>(run: &mut Run, op: At, physical: u32, value: u32) {
    let at = run.count(op.done);
    let (mem, bus) = run.board();
    bus.mmio_write(mem, physical, S::WIDTH, value & S::MASK, at);
    if !run.is_quiet {
        run.attention |= bus.attention();
    }
}

/// Goes on behind an instruction that is done.
#[inline(always)]
pub(super) fn done(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    run.blocks.statistics.on_board += 1;
    if run.attention || run.mem().watched().noticed() != 0 {
        return leave_behind(cpu, run, op, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

/// Leaves the blocks behind an instruction that is done.
#[cold]
#[inline(never)]
fn leave_behind(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    run.left -= i64::from(op.done) + 1;
    let after = op.eip.wrapping_add(u32::from(op.len)) & run.ip_mask;
    leave(cpu, run, after, res, aux)
}

fn mov_load<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    if !is_whole::<S>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    let value = read::<S>(run, op, physical);
    S::set(cpu, op.a, value);
    done(cpu, run, op, res, aux)
}

fn mov_store<S: Size, const IMM: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
    physical: u32,
) -> Next {
    if !is_whole::<S>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    write::<S>(run, op, physical, if IMM { op.imm } else { S::get(cpu, op.a) });
    done(cpu, run, op, res, aux)
}

fn exchange<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    if !is_whole::<S>(physical) || !run.is_quiet {
        return slow(cpu, run, op, res, aux);
    }
    let value = read::<S>(run, op, physical);
    write::<S>(run, op, physical, S::get(cpu, op.a));
    S::set(cpu, op.a, value);
    done(cpu, run, op, res, aux)
}

/// register, memory.
fn load<O: Alu, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    if !is_whole::<S>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    let b = read::<S>(run, op, physical);
    let (result, res, aux) = O::eval::<S>(S::get(cpu, op.a), b, res, aux);
    if O::WRITES {
        S::set(cpu, op.a, result);
    }
    done(cpu, run, op, res, aux)
}

/// memory, register, or memory, immediate; also of one operand.
fn store<O: Alu, S: Size, const IMM: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
    physical: u32,
) -> Next {
    if !is_whole::<S>(physical) || O::WRITES && !run.is_quiet {
        return slow(cpu, run, op, res, aux);
    }
    let a = read::<S>(run, op, physical);
    let b = if IMM { op.imm } else { S::get(cpu, op.a) };
    let (result, res, aux) = O::eval::<S>(a, b, res, aux);
    if O::WRITES {
        write::<S>(run, op, physical, result);
    }
    done(cpu, run, op, res, aux)
}

/// MOVZX and MOVSX.
fn extend<T: Size, F: Size, const SIGNED: bool>(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    res: i64,
    aux: u64,
    physical: u32,
) -> Next {
    if !is_whole::<F>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    let value = read::<F>(run, op, physical);
    T::set(cpu, op.a, if SIGNED { F::extend(value) as u32 } else { value });
    done(cpu, run, op, res, aux)
}

fn stos<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    if !is_whole::<S>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    write::<S>(run, op, physical, S::get(cpu, AX));
    advance::<I, S>(cpu, DI);
    done(cpu, run, op, res, aux)
}

fn lods<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    if !is_whole::<S>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    let value = read::<S>(run, op, physical);
    S::set(cpu, AX, value);
    advance::<I, S>(cpu, SI);
    done(cpu, run, op, res, aux)
}

fn scas<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, physical: u32) -> Next {
    if !is_whole::<S>(physical) {
        return slow(cpu, run, op, res, aux);
    }
    let other = read::<S>(run, op, physical);
    let (_, res, aux) = ops::Cmp::eval::<S>(S::get(cpu, AX), other, res, aux);
    advance::<I, S>(cpu, DI);
    done(cpu, run, op, res, aux)
}

#[inline(always)]
fn advance<I: Size, S: Size>(cpu: &mut Cpu, index: u8) {
    let distance = if cpu.registers.eflags & flag::DF != 0 { S::BYTES.wrapping_neg() } else { S::BYTES };
    let value = I::get(cpu, index).wrapping_add(distance);
    I::set(cpu, index, value);
}

/// One side of MOVS, which may be in memory, too.
enum Side<T> {
    Memory(T),
    Board(u32),
}

/// Memory is read at once: what the other side takes to be found may change it.
fn source<S: Size>(cpu: &mut Cpu, run: &mut Run, seg: u8, offset: u32) -> Option<Side<u32>> {
    let segment = segment(cpu, seg);
    if i64::from(offset) + i64::from(S::BYTES - 1) > segment.last_read {
        return None;
    }
    let linear = segment.base.wrapping_add(offset);
    if let Some(value) = run.load::<S>(linear) {
        return Some(Side::Memory(value));
    }
    let entry = run.entry(linear);
    if let Some(physical) = entry.on_board(entry.read, linear, S::BYTES) {
        return Some(Side::Board(physical));
    }
    match run.fill(cpu, linear, false) {
        Filled::Memory => run.load::<S>(linear).map(Side::Memory),
        Filled::Board(physical) => is_whole::<S>(physical).then_some(Side::Board(physical)),
        Filled::No => None,
    }
}

fn target<S: Size>(cpu: &mut Cpu, run: &mut Run, offset: u32) -> Option<Side<Place>> {
    let segment = segment(cpu, ES);
    if i64::from(offset) + i64::from(S::BYTES - 1) > segment.last_write {
        return None;
    }
    let linear = segment.base.wrapping_add(offset);
    if let Some(place) = run.writable::<S, true>(linear) {
        return Some(Side::Memory(place));
    }
    let entry = run.entry(linear);
    if let Some(physical) = entry.on_board(entry.write, linear, S::BYTES) {
        return Some(Side::Board(physical));
    }
    match run.fill(cpu, linear, true) {
        Filled::Memory => run.writable::<S, true>(linear).map(Side::Memory),
        Filled::Board(physical) => is_whole::<S>(physical).then_some(Side::Board(physical)),
        Filled::No => None,
    }
}

/// Either side, or both, may be the board's.
fn movs<I: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, _physical: u32) -> Next {
    if !run.is_quiet {
        return slow(cpu, run, op, res, aux);
    }
    let (from, to) = (I::get(cpu, SI), I::get(cpu, DI));
    let Some(from) = source::<S>(cpu, run, op.seg, from) else { return slow(cpu, run, op, res, aux) };
    let Some(to) = target::<S>(cpu, run, to) else { return slow(cpu, run, op, res, aux) };
    let value = match from {
        Side::Memory(value) => value,
        Side::Board(physical) => read::<S>(run, op, physical),
    };
    match to {
        Side::Memory(place) => place.set::<S>(value),
        Side::Board(physical) => write::<S>(run, op, physical, value),
    }
    advance::<I, S>(cpu, SI);
    advance::<I, S>(cpu, DI);
    done(cpu, run, op, res, aux)
}
