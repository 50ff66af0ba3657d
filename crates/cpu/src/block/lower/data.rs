//! Moves, conversions, and string instructions that are not repeated.

use super::choose::span_of;
use super::{Flags, Form, Handler, Lowered, Setting, Span, register, segment, span};
use crate::decode::{self, Kind, Operand, StringOp};
use crate::ops;
use crate::primitives::{B, D, H, W};
use crate::regs::seg;
use crate::{Model, Width};

pub(super) fn mov(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let width = op.width;
    Some(match (op.first, op.second) {
        (Operand::Register(a), Operand::Register(b)) => Lowered {
            a: register(width, a),
            b: register(width, b),
            ..Lowered::plain(by_sizes!(op, mov_rr, [], []), Flags::Passes)
        },
        (Operand::Register(a), Operand::Immediate) => Lowered {
            a: register(width, a),
            imm: op.immediate & width.mask(),
            ..Lowered::plain(by_size!(span(op), mov_ri, [], []), Flags::Passes)
        },
        (Operand::Register(a), Operand::Memory) => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_size_address!(span(op), form, mov_rm, [], []);
            Lowered { a: register(width, a), handler, ..memory }
        }
        (Operand::Memory, Operand::Register(b)) => {
            let (form, memory) = Lowered::memory(op);
            let handler =
                by_flag!(setting.checked, |CHECKED| by_size_address!(span(op), form, mov_m, [], [false, CHECKED]));
            Lowered { a: register(width, b), ..memory.storing(handler, setting) }
        }
        (Operand::Memory, Operand::Immediate) => {
            let (form, memory) = Lowered::memory(op);
            let handler =
                by_flag!(setting.checked, |CHECKED| by_size_address!(span(op), form, mov_m, [], [true, CHECKED]));
            Lowered { imm: op.immediate & width.mask(), ..memory.storing(handler, setting) }
        }
        _ => return None,
    })
}

pub(super) fn string(op: &decode::Op, kind: StringOp, setting: &Setting) -> Option<Lowered> {
    macro_rules! by_index {
        ($f:ident, [$($after:tt),*]) => {
            if op.wide_address {
                by_size!(span(op), $f, [D], [$($after),*])
            } else {
                by_size!(span(op), $f, [W], [$($after),*])
            }
        };
    }
    let source = Lowered { seg: segment(op.memory.segment), ..Lowered::slow() };
    Some(match kind {
        StringOp::Lods => Lowered { handler: by_index!(lods, []), ..source },
        StringOp::Scas => Lowered { handler: by_index!(scas, []), ..source },
        StringOp::Cmps => Lowered { handler: by_index!(cmps, []), ..source },
        StringOp::Stos => source.storing(by_flag!(setting.checked, |C| by_index!(stos, [C])), setting),
        StringOp::Movs => source.storing(by_flag!(setting.checked, |C| by_index!(movs, [C])), setting),
        StringOp::Ins | StringOp::Outs => return None,
    })
}

pub(super) fn data(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let width = op.width;
    match op.kind {
        Kind::Movzx | Kind::Movsx => extend(op),
        Kind::Lea => {
            let Operand::Register(a) = op.first else { return None };
            let (form, memory) = Lowered::memory(op);
            let handler = match width {
                Width::Dword => by_address!(form, lea, [D], []),
                _ => by_address!(form, lea, [W], []),
            };
            Some(Lowered { a: register(width, a), handler, flags: Flags::Passes, ..memory })
        }
        Kind::Xchg => xchg(op, setting),
        Kind::Widen => {
            let handler = if width == Width::Dword { ops::widen::<D, W> as Handler } else { ops::widen::<W, B> };
            Some(Lowered::plain(handler, Flags::Passes))
        }
        Kind::WidenIntoDx => Some(Lowered::plain(by_wide!(width, widen_into_dx, [], []), Flags::Passes)),
        Kind::Bswap if width == Width::Dword => match op.first {
            Operand::Register(a) => {
                Some(Lowered { a: register(width, a), ..Lowered::plain(ops::bswap, Flags::Passes) })
            }
            _ => None,
        },
        Kind::Nop => Some(Lowered::plain(ops::nop, Flags::Passes)),
        Kind::Setcc(condition) => match op.first {
            Operand::Register(a) => {
                let handler = if a & 4 == 0 {
                    by_any_condition!(condition, setcc, [B])
                } else {
                    by_any_condition!(condition, setcc, [H])
                };
                Some(Lowered { a: register(Width::Byte, a), ..Lowered::plain(handler, Flags::Needs) })
            }
            _ => None,
        },
        Kind::Xlat => {
            let handler = if op.wide_address { ops::xlat::<true> as Handler } else { ops::xlat::<false> };
            Some(Lowered { seg: segment(op.memory.segment), ..Lowered::plain(handler, Flags::Needs) })
        }
        Kind::MovFromSegment => match (op.first, op.second) {
            (Operand::Register(a), Operand::Segment(number)) => Some(Lowered {
                a: register(width, a),
                seg: segment(number),
                ..Lowered::plain(by_wide!(width, mov_from_segment, [], []), Flags::Passes)
            }),
            _ => None,
        },
        Kind::MovToSegment => {
            let Operand::Segment(number) = op.first else { return None };
            if !setting.context.real || setting.model == Model::I8086 || matches!(number, seg::SS | seg::CS) {
                return None;
            }
            match op.second {
                Operand::Register(a) => Some(Lowered {
                    a: register(Width::Word, a),
                    c: number,
                    ..Lowered::plain(ops::mov_to_segment, Flags::Needs)
                }),
                Operand::Memory => {
                    let (form, memory) = Lowered::memory(op);
                    let handler = by_address!(form, mov_to_segment_m, [], []);
                    Some(Lowered { imm: u32::from(number), handler, ..memory })
                }
                _ => None,
            }
        }
        Kind::LoadFar(number) => {
            let Operand::Register(a) = op.first else { return None };
            if !setting.context.real || width != Width::Word || matches!(number, seg::SS | seg::CS) {
                return None;
            }
            let (form, memory) = Lowered::memory(op);
            let handler = by_address!(form, load_far, [], []);
            Some(Lowered { a: register(width, a), imm: u32::from(number), handler, ..memory })
        }
        _ => None,
    }
}

fn extend(op: &decode::Op) -> Option<Lowered> {
    let Operand::Register(a) = op.first else { return None };
    let is_signed = op.kind == Kind::Movsx;
    let lowered = |handler: Handler| Lowered { a: register(op.width, a), ..Lowered::plain(handler, Flags::Passes) };
    match op.second {
        Operand::Register(b) => {
            let is_high = b & 4 != 0;
            let handler = by_flag!(is_signed, |SIGNED| match (op.width, op.second_width) {
                (Width::Dword, Width::Byte) if is_high => ops::extend_rr::<D, H, SIGNED> as Handler,
                (Width::Dword, Width::Byte) => ops::extend_rr::<D, B, SIGNED>,
                (Width::Dword, _) => ops::extend_rr::<D, W, SIGNED>,
                (_, Width::Byte) if is_high => ops::extend_rr::<W, H, SIGNED>,
                (_, Width::Byte) => ops::extend_rr::<W, B, SIGNED>,
                _ => ops::extend_rr::<W, W, SIGNED>,
            });
            Some(Lowered { b: register(op.second_width, b), ..lowered(handler) })
        }
        Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_flag!(is_signed, |SIGNED| match (op.width, op.second_width) {
                (Width::Dword, Width::Byte) => by_address!(form, extend_rm, [D, B], [SIGNED]),
                (Width::Dword, _) => by_address!(form, extend_rm, [D, W], [SIGNED]),
                (_, Width::Byte) => by_address!(form, extend_rm, [W, B], [SIGNED]),
                _ => by_address!(form, extend_rm, [W, W], [SIGNED]),
            });
            Some(Lowered { a: register(op.width, a), handler, ..memory })
        }
        _ => None,
    }
}

fn xchg(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let width = op.width;
    match (op.first, op.second) {
        (Operand::Register(a), Operand::Register(b)) => Some(Lowered {
            a: register(width, a),
            b: register(width, b),
            ..Lowered::plain(by_sizes!(op, xchg_rr, [], []), Flags::Passes)
        }),
        (Operand::Memory, Operand::Register(a)) | (Operand::Register(a), Operand::Memory) => {
            let (form, memory) = Lowered::memory(op);
            let handler = by_flag!(setting.checked, |C| by_size_address!(span(op), form, xchg_m, [], [C]));
            Some(Lowered { a: register(width, a), ..memory.storing(handler, setting) })
        }
        _ => None,
    }
}
