//! The stack.

use super::{Flags, Form, Handler, Lowered, Setting, register, segment};
use crate::decode::{self, Kind, Operand};
use crate::ops;
use crate::primitives::{D, W};
use crate::regs::{reg, seg};
use crate::{Model, Width};

pub(super) fn stack(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let width = op.width;
    match op.kind {
        Kind::Push => match op.first {
            Operand::Register(a) => {
                if a == reg::SP && setting.model < Model::I80286 {
                    return None;
                }
                let handler = by_flag!(setting.checked, |C| by_stack!(setting, width, push_r, [C]));
                Some(Lowered { a: register(width, a), ..Lowered::slow().storing(handler, setting) })
            }
            Operand::Immediate => {
                let handler = by_flag!(setting.checked, |C| by_stack!(setting, width, push_i, [C]));
                Some(Lowered { imm: op.immediate & width.mask(), ..Lowered::slow().storing(handler, setting) })
            }
            Operand::Memory => {
                let (form, memory) = Lowered::memory(op);
                let handler = by_flag!(setting.checked, |C| match (setting.context.wide_stack, width) {
                    (true, Width::Dword) => by_address!(form, push_m, [D, D], [C]),
                    (true, _) => by_address!(form, push_m, [D, W], [C]),
                    (false, Width::Dword) => by_address!(form, push_m, [W, D], [C]),
                    (false, _) => by_address!(form, push_m, [W, W], [C]),
                });
                Some(memory.storing(handler, setting))
            }
            _ => None,
        },
        Kind::Pop => match op.first {
            Operand::Register(a) => {
                let handler = by_stack!(setting, width, pop_r, []);
                Some(Lowered { a: register(width, a), ..Lowered::plain(handler, Flags::Needs) })
            }
            Operand::Memory if op.memory.base != reg::SP && op.memory.index != reg::SP => {
                let (form, memory) = Lowered::memory(op);
                let handler = by_flag!(setting.checked, |C| match (setting.context.wide_stack, width) {
                    (true, Width::Dword) => by_address!(form, pop_m, [D, D], [C]),
                    (true, _) => by_address!(form, pop_m, [D, W], [C]),
                    (false, Width::Dword) => by_address!(form, pop_m, [W, D], [C]),
                    (false, _) => by_address!(form, pop_m, [W, W], [C]),
                });
                Some(memory.storing(handler, setting))
            }
            _ => None,
        },
        Kind::Pusha => Some(Lowered::plain(by_stack!(setting, width, pusha, []), Flags::Needs)),
        Kind::Popa => Some(Lowered::plain(by_stack!(setting, width, popa, []), Flags::Needs)),
        Kind::PushSegment(number) if width == Width::Word => {
            let handler = by_flag!(setting.checked, |C| if setting.context.wide_stack {
                ops::push_segment::<D, C> as Handler
            } else {
                ops::push_segment::<W, C>
            });
            Some(Lowered { seg: segment(number), ..Lowered::slow().storing(handler, setting) })
        }
        Kind::PopSegment(number)
            if width == Width::Word
                && setting.context.real
                && setting.model > Model::I8086
                && !matches!(number, seg::SS | seg::CS) =>
        {
            let handler =
                if setting.context.wide_stack { ops::pop_segment::<D> as Handler } else { ops::pop_segment::<W> };
            Some(Lowered { c: number, ..Lowered::plain(handler, Flags::Needs) })
        }
        Kind::Leave => Some(Lowered::plain(by_stack!(setting, width, leave_frame, []), Flags::Needs)),
        _ => None,
    }
}
