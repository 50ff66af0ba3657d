//! Arithmetic, logic, shifts, multiplications and divisions.

use super::choose::span_of;
use super::{Flags, Form, Handler, Lowered, Setting, Span, register, span};
use crate::alu::shift::Shift;
use crate::decode::{self, Kind, Operand};
use crate::ops;
use crate::primitives::{B, D, H, W};
use crate::{Model, Width};

pub(super) fn alu<O: ops::Alu>(op: &decode::Op, setting: &Setting, flags: Flags) -> Option<Lowered> {
    let width = op.width;
    Some(match (op.first, op.second) {
        (Operand::Register(a), Operand::Register(b)) => Lowered {
            a: register(width, a),
            b: register(width, b),
            ..Lowered::plain(by_flag!(setting.flags, |F| by_sizes!(op, alu_rr, [O], [F])), flags)
        },
        (Operand::Register(a), Operand::Immediate) => Lowered {
            a: register(width, a),
            imm: op.immediate & width.mask(),
            ..Lowered::plain(by_flag!(setting.flags, |F| by_size!(span(op), alu_ri, [O], [F])), flags)
        },
        (Operand::Register(a), Operand::Memory) => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_size_address!(span(op), form, alu_rm, [O], [true]);
            Lowered { a: register(width, a), handler, ..memory }
        }
        (Operand::Memory, Operand::Register(b)) => {
            let (form, memory) = Lowered::memory(op);
            let handler =
                by_flag!(setting.checked, |CHECKED| by_size_address!(span(op), form, alu_m, [O], [false, CHECKED]));
            Lowered { a: register(width, b), ..memory.storing(handler, setting) }
        }
        (Operand::Memory, Operand::Immediate) => {
            let (form, memory) = Lowered::memory(op);
            let handler =
                by_flag!(setting.checked, |CHECKED| by_size_address!(span(op), form, alu_m, [O], [true, CHECKED]));
            Lowered { imm: op.immediate & width.mask(), ..memory.storing(handler, setting) }
        }
        _ => return None,
    })
}

pub(super) fn alu_of_one<O: ops::Alu>(op: &decode::Op, setting: &Setting, flags: Flags) -> Option<Lowered> {
    let width = op.width;
    match op.first {
        Operand::Register(a) => Some(Lowered {
            a: register(width, a),
            ..Lowered::plain(by_flag!(setting.flags, |F| by_size!(span(op), alu_ri, [O], [F])), flags)
        }),
        Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let handler =
                by_flag!(setting.checked, |CHECKED| by_size_address!(span(op), form, alu_m, [O], [true, CHECKED]));
            Some(memory.storing(handler, setting))
        }
        _ => None,
    }
}

pub(super) fn shift(op: &decode::Op, kind: Shift, setting: &Setting) -> Option<Lowered> {
    macro_rules! by_kind {
        ($kind:expr, |$k:ident| $handler:expr) => {
            match $kind {
                Shift::Rol => by_kind!(@ ROL, $k, $handler),
                Shift::Ror => by_kind!(@ ROR, $k, $handler),
                Shift::Rcl => by_kind!(@ RCL, $k, $handler),
                Shift::Rcr => by_kind!(@ RCR, $k, $handler),
                Shift::Shl => by_kind!(@ SHL, $k, $handler),
                Shift::Shr => by_kind!(@ SHR, $k, $handler),
                Shift::Sar => by_kind!(@ SAR, $k, $handler),
            }
        };
        (@ $value:ident, $k:ident, $handler:expr) => {{
            const $k: u8 = ops::$value;
            $handler
        }};
    }
    let (width, model) = (op.width, setting.model);
    let flags = match kind {
        Shift::Shl | Shift::Shr | Shift::Sar => Flags::Replaces,
        Shift::Rol | Shift::Ror => Flags::Changes,
        Shift::Rcl | Shift::Rcr => Flags::Needs,
    };
    if let Operand::Register(_) = op.second {
        // QUIRK: the 8086 counts up to 255.
        let Operand::Register(a) = op.first else { return None };
        if model == Model::I8086 {
            return None;
        }
        let handler = by_kind!(kind, |K| by_size!(span(op), shift_rc, [], [K]));
        return Some(Lowered { a: register(width, a), ..Lowered::plain(handler, Flags::Needs) });
    }
    let count = op.immediate & if model == Model::I8086 { 0xff } else { 31 };
    let is_odd_byte = width == Width::Byte && count >= 16;
    let is_rare = matches!(kind, Shift::Rcl | Shift::Rcr) && count != 1;
    if count == 0 || count > 31 || is_odd_byte || is_rare {
        return None;
    }
    match op.first {
        Operand::Register(a) => {
            let handler = by_flag!(setting.flags, |F| by_flag!(count == 1, |ONE| by_kind!(kind, |K| by_size!(
                span(op),
                shift_ri,
                [],
                [K, ONE, F]
            ))));
            Some(Lowered { a: register(width, a), imm: count, ..Lowered::plain(handler, flags) })
        }
        Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_flag!(setting.checked, |CHECKED| by_kind!(kind, |K| by_size_address!(
                span(op),
                form,
                shift_mi,
                [],
                [K, CHECKED]
            )));
            Some(Lowered { imm: count, ..memory.storing(handler, setting) })
        }
        _ => None,
    }
}

/// Only where the flags are those of the 80386 and later.
pub(super) fn multiply(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    if setting.model < Model::I80386 {
        return None;
    }
    let width = op.width;
    let is_signed = op.kind != Kind::Mul;
    if op.kind == Kind::ImulTruncating {
        return multiply_into(op, setting);
    }
    match op.first {
        Operand::Register(a) => {
            let handler = by_flag!(is_signed, |SIGNED| by_flag!(setting.flags, |F| by_size!(
                span(op),
                multiply,
                [],
                [SIGNED, F]
            )));
            Some(Lowered { a: register(width, a), ..Lowered::plain(handler, Flags::Replaces) })
        }
        Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_flag!(is_signed, |SIGNED| by_size_address!(span(op), form, multiply_m, [], [SIGNED]));
            Some(Lowered { handler, ..memory })
        }
        _ => None,
    }
}

fn multiply_into(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let width = op.width;
    let Operand::Register(a) = op.first else { return None };
    let imm = op.immediate & width.mask();
    match op.second {
        Operand::Register(b) => {
            let handler =
                by_flag!(op.third, |IMM| by_flag!(setting.flags, |F| by_wide!(width, multiply_into, [], [IMM, F])));
            let plain = Lowered::plain(handler, Flags::Replaces);
            Some(Lowered { a: register(width, a), b: register(width, b), imm, ..plain })
        }
        Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_flag!(op.third, |IMM| match width {
                Width::Dword => by_address!(form, multiply_into_m, [D], [IMM]),
                _ => by_address!(form, multiply_into_m, [W], [IMM]),
            });
            Some(Lowered { a: register(width, a), imm, handler, ..memory })
        }
        _ => None,
    }
}

/// From the 80286 on, where a division has its result before it has flags. The P6 leaves them.
pub(super) fn divide(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    if setting.model < Model::I80286 {
        return None;
    }
    let width = op.width;
    let is_signed = op.kind == Kind::Idiv;
    let flags = setting.flags && setting.model < Model::PentiumII;
    match op.first {
        Operand::Register(a) => {
            let handler =
                by_flag!(is_signed, |SIGNED| by_flag!(flags, |F| by_size!(span(op), divide, [], [SIGNED, F])));
            Some(Lowered { a: register(width, a), ..Lowered::plain(handler, Flags::Needs) })
        }
        Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_flag!(is_signed, |SIGNED| by_flag!(flags, |F| by_size_address!(
                span(op),
                form,
                divide_m,
                [],
                [SIGNED, F]
            )));
            Some(Lowered { handler, ..memory })
        }
        _ => None,
    }
}
