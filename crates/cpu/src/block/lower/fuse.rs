//! Instructions that become one operation with those behind them.

use super::super::run::slow;
use super::choose::span_of;
use super::{Flags, Handler, Lowered, Span, mark, register, span};
use crate::Width;
use crate::decode::{self, Arithmetic, Kind, Operand};
use crate::ops::{self, ZERO};
use crate::primitives::{B, D, H, W};
use crate::regs::reg;

/// The handler of a comparison, or of another operation of registers, together with the branch after it.
pub(in crate::block) fn fuse(op: &decode::Op, condition: u8) -> Option<Lowered> {
    match op.kind {
        Kind::Cmp => fuse_as::<ops::Cmp>(op, condition),
        Kind::Test => fuse_as::<ops::Test>(op, condition),
        Kind::Alu(Arithmetic::Sub) => fuse_as::<ops::Sub>(op, condition),
        Kind::Alu(Arithmetic::And) => fuse_as::<ops::And>(op, condition),
        Kind::Alu(Arithmetic::Or) => fuse_as::<ops::Or>(op, condition),
        Kind::Alu(Arithmetic::Add) => fuse_as::<ops::Add>(op, condition),
        Kind::Inc => fuse_one::<ops::Inc>(op, condition),
        Kind::Dec => fuse_one::<ops::Dec>(op, condition),
        _ => None,
    }
}

fn fuse_as<O: ops::Alu>(op: &decode::Op, condition: u8) -> Option<Lowered> {
    let width = op.width;
    if O::WRITES && width == Width::Byte {
        // One thing more than the host's registers hold.
        return None;
    }
    let Operand::Register(a) = op.first else { return None };
    match op.second {
        Operand::Register(b) => {
            let handler = match (span_of(width, op.first), span_of(width, op.second)) {
                (Span::Word, _) => by_condition!(condition, alu_rr_jcc, [O, W, W]),
                (Span::Dword, _) => by_condition!(condition, alu_rr_jcc, [O, D, D]),
                (Span::High, Span::High) => by_condition!(condition, alu_rr_jcc, [O, H, H]),
                (Span::High, _) => by_condition!(condition, alu_rr_jcc, [O, H, B]),
                (_, Span::High) => by_condition!(condition, alu_rr_jcc, [O, B, H]),
                _ => by_condition!(condition, alu_rr_jcc, [O, B, B]),
            }?;
            Some(Lowered { a: register(width, a), b: register(width, b), ..Lowered::plain(handler, Flags::Needs) })
        }
        Operand::Immediate => fuse_immediate::<O>(op, condition),
        _ => None,
    }
}

fn fuse_immediate<O: ops::Alu>(op: &decode::Op, condition: u8) -> Option<Lowered> {
    let width = op.width;
    let Operand::Register(a) = op.first else { return None };
    let handler = match span(op) {
        Span::Low => by_condition!(condition, alu_ri_jcc, [O, B]),
        Span::High => by_condition!(condition, alu_ri_jcc, [O, H]),
        Span::Word => by_condition!(condition, alu_ri_jcc, [O, W]),
        Span::Dword => by_condition!(condition, alu_ri_jcc, [O, D]),
    }?;
    let imm = op.immediate & width.mask();
    Some(Lowered { a: register(width, a), imm, ..Lowered::plain(handler, Flags::Needs) })
}

fn fuse_one<O: ops::Alu>(op: &decode::Op, condition: u8) -> Option<Lowered> {
    let has_register = matches!(op.first, Operand::Register(_)) && op.width != Width::Byte;
    // CF is that of before.
    if has_register && matches!(condition, 4 | 5 | 8 | 9) { fuse_immediate::<O>(op, condition) } else { None }
}

/// The operation that two operations of registers, of words or doublewords, or of the stack become together; `flags`
/// tells whether the flags after them are needed.
pub(in crate::block) fn fuse_pair(
    one: &decode::Op,
    two: &decode::Op,
    flags: bool,
    wide_stack: bool,
) -> Option<Lowered> {
    if matches!(one.kind, Kind::Push | Kind::Pop) {
        return fuse_stack(one, two, wide_stack);
    }
    let (how, operands) = pair_operands(one, two)?;
    macro_rules! second {
        ($o:ident, $two:expr) => {
            match $two {
                Kind::Mov => second!(@ $o, Mov),
                Kind::Alu(Arithmetic::Add) => second!(@ $o, Add),
                Kind::Alu(Arithmetic::Adc) => second!(@ $o, Adc),
                Kind::Alu(Arithmetic::Sub) => second!(@ $o, Sub),
                Kind::Alu(Arithmetic::Sbb) => second!(@ $o, Sbb),
                Kind::Alu(Arithmetic::And) => second!(@ $o, And),
                Kind::Alu(Arithmetic::Or) => second!(@ $o, Or),
                Kind::Alu(Arithmetic::Xor) => second!(@ $o, Xor),
                Kind::Inc => second!(@ $o, Inc),
                Kind::Dec => second!(@ $o, Dec),
                _ => None,
            }
        };
        (@ $o:ident, $p:ident) => {
            Some(by_how!(how, |HOW| by_flag!(flags, |F| by_wide!(two.width, pair, [ops::$o, ops::$p], [HOW, F]))))
        };
    }
    let handler = by_first!(one.kind, second, two.kind)?;
    Some(Lowered { handler, ..operands })
}

/// The same with the branch after them.
pub(in crate::block) fn fuse_pair_and_branch(one: &decode::Op, two: &decode::Op, condition: u8) -> Option<Lowered> {
    let (how, operands) = pair_operands(one, two)?;
    macro_rules! second {
        ($o:ident, $two:expr) => {
            match $two {
                Kind::Cmp => second!(@ $o, Cmp, by_comparison),
                Kind::Test => second!(@ $o, Test, by_result),
                Kind::Alu(Arithmetic::And) => second!(@ $o, And, by_result),
                Kind::Alu(Arithmetic::Or) => second!(@ $o, Or, by_result),
                Kind::Dec => second!(@ $o, Dec, by_result),
                _ => None,
            }
        };
        (@ $o:ident, $p:ident, $by:ident) => {
            by_how!(how, |HOW| if two.width == Width::Dword {
                $by!(condition, pair_jcc, [ops::$o, ops::$p, D], [HOW])
            } else {
                $by!(condition, pair_jcc, [ops::$o, ops::$p, W], [HOW])
            })
        };
    }
    let handler = by_first!(one.kind, second, two.kind)?;
    Some(Lowered { handler, ..operands })
}

/// Two PUSH or two POP of 16-bit registers.
fn fuse_stack(one: &decode::Op, two: &decode::Op, wide_stack: bool) -> Option<Lowered> {
    let word = |op: &decode::Op| match op.first {
        Operand::Register(number) if op.width == Width::Word && number != reg::SP => Some(register(op.width, number)),
        _ => None,
    };
    let (a, c) = (word(one)?, word(two)?);
    let handler = match (one.kind, two.kind, wide_stack) {
        (Kind::Push, Kind::Push, false) => ops::push_pair::<W> as Handler,
        (Kind::Push, Kind::Push, true) => ops::push_pair::<D>,
        (Kind::Pop, Kind::Pop, false) => ops::pop_pair::<W>,
        (Kind::Pop, Kind::Pop, true) => ops::pop_pair::<D>,
        _ => return None,
    };
    let shift = if one.kind == Kind::Push { mark::CHECKED } else { 0 };
    Some(Lowered { a, c, shift, ..Lowered::plain(handler, Flags::Needs) })
}

/// How the second of two operations of registers depends on the first, and where they have their operands.
fn pair_operands(one: &decode::Op, two: &decode::Op) -> Option<(u8, Lowered)> {
    if one.width != two.width || one.width == Width::Byte {
        return None;
    }
    let operands = |op: &decode::Op| {
        let Operand::Register(first) = op.first else { return None };
        let first = register(op.width, first);
        match op.second {
            _ if matches!(op.kind, Kind::Inc | Kind::Dec) => Some((first, ZERO, 0)),
            Operand::Register(second) => Some((first, register(op.width, second), 0)),
            Operand::Immediate => Some((first, ZERO, op.immediate & op.width.mask())),
            _ => None,
        }
    };
    let ((a, b, imm), (c, seg, disp)) = (operands(one)?, operands(two)?);
    let how = match (c == a, seg == a) {
        (true, true) => return None,
        (true, false) => ops::SAME,
        (false, true) => ops::AFTER,
        (false, false) => ops::APART,
    };
    Some((how, Lowered { a, b, imm, c, seg, disp, ..Lowered::plain(slow, Flags::Needs) }))
}
