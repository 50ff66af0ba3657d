//! Transfers of control, and the flags register of real mode.

use super::super::run::through;
use super::{End, Flags, Form, Handler, Lowered, Setting, register};
use crate::Width;
use crate::decode::{self, Kind, Operand};
use crate::ops;
use crate::primitives::{D, W};

pub(super) fn branch(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let width = op.width;
    let after = setting.eip.wrapping_add(u32::from(op.length)) & setting.ip_mask;
    // The rule of `Step::near_target`.
    let taken = after.wrapping_add(op.immediate) & width.mask() & setting.ip_mask;
    let target = || (taken <= setting.context.limit).then_some(End::Exit { taken });
    let counter = Width::word_or_dword(op.wide_address);
    let exit = |handler: Handler, end: End| Some(Lowered { end, ..Lowered::plain(handler, Flags::Needs) });
    match op.kind {
        Kind::Jcc(condition) => exit(by_any_condition!(condition, jcc, []), target()?),
        Kind::Jump | Kind::JumpShort => exit(through, target()?),
        Kind::Loop => exit(by_wide!(counter, loop_count, [], [0]), target()?),
        Kind::Loope => exit(by_wide!(counter, loop_count, [], [1]), target()?),
        Kind::Loopne => exit(by_wide!(counter, loop_count, [], [2]), target()?),
        Kind::Jcxz => exit(by_wide!(counter, jcxz, [], []), target()?),
        Kind::Call => {
            let handler = by_flag!(setting.checked, |C| by_stack!(setting, width, call, [C]));
            let lowered = Lowered { imm: after & width.mask(), end: target()?, ..Lowered::slow() };
            Some(lowered.storing(handler, setting))
        }
        Kind::CallIndirect => {
            let lowered = Lowered { imm: after & width.mask(), end: End::Jump, ..Lowered::slow() };
            match op.first {
                Operand::Register(a) => {
                    let handler = by_flag!(setting.checked, |C| by_stack!(setting, width, call_r, [C]));
                    Some(Lowered { a: register(width, a), ..lowered.storing(handler, setting) })
                }
                Operand::Memory => {
                    let (form, memory) = Lowered::memory(op);
                    let handler = by_flag!(setting.checked, |C| match (setting.context.wide_stack, width) {
                        (true, Width::Dword) => by_address!(form, call_m, [D, D], [C]),
                        (true, _) => by_address!(form, call_m, [D, W], [C]),
                        (false, Width::Dword) => by_address!(form, call_m, [W, D], [C]),
                        (false, _) => by_address!(form, call_m, [W, W], [C]),
                    });
                    Some(Lowered { imm: lowered.imm, end: End::Jump, ..memory.storing(handler, setting) })
                }
                _ => None,
            }
        }
        Kind::JumpIndirect => match op.first {
            Operand::Register(a) => {
                let handler = by_wide!(width, jump_r, [], []);
                Some(Lowered { a: register(width, a), end: End::Jump, ..Lowered::plain(handler, Flags::Needs) })
            }
            Operand::Memory => {
                let (form, memory) = Lowered::memory(op);
                let handler = match width {
                    Width::Dword => by_address!(form, jump_m, [D], []),
                    _ => by_address!(form, jump_m, [W], []),
                };
                Some(Lowered { handler, end: End::Jump, ..memory })
            }
            _ => None,
        },
        Kind::Ret => {
            let handler = by_stack!(setting, width, ret, []);
            let imm = op.immediate & 0xffff;
            Some(Lowered { imm, end: End::Jump, ..Lowered::plain(handler, Flags::Needs) })
        }
        _ => None,
    }
}

/// Only in 16-bit operations of real mode and, but for what IOPL rules, of virtual-8086 mode, with a code segment of
/// 64 KiB.
pub(super) fn far(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let context = &setting.context;
    if !context.real || context.limit != 0xffff {
        return None;
    }
    let is_jump = matches!(op.kind, Kind::JumpFar | Kind::JumpFarIndirect);
    if op.width != Width::Word && op.kind != Kind::Int {
        return None;
    }
    macro_rules! by_pointer {
        ($f:ident, [$($after:tt),*]) => {
            if context.wide_stack { ops::$f::<D, $($after),*> as Handler } else { ops::$f::<W, $($after),*> }
        };
    }
    let ending = Lowered { end: End::Jump, ..Lowered::slow() };
    let pointer = Lowered { imm: op.immediate & 0xffff, extra: u32::from(op.immediate2), ..ending };
    Some(match op.kind {
        Kind::JumpFar => Lowered { handler: ops::jump_far, ..pointer },
        Kind::CallFar => pointer.storing(by_flag!(setting.checked, |C| by_pointer!(call_far, [C])), setting),
        Kind::JumpFarIndirect | Kind::CallFarIndirect if op.first == Operand::Memory => {
            let (form, memory) = Lowered::memory(op);
            let memory = Lowered { end: End::Jump, ..memory };
            if is_jump {
                return Some(Lowered { handler: by_address!(form, jump_far_m, [], []), ..memory });
            }
            let handler = by_flag!(setting.checked, |C| if context.wide_stack {
                by_address!(form, call_far_m, [D], [C])
            } else {
                by_address!(form, call_far_m, [W], [C])
            });
            memory.storing(handler, setting)
        }
        Kind::RetFar => Lowered { handler: by_pointer!(ret_far, []), ..pointer },
        Kind::Iret => Lowered { handler: by_pointer!(iret, []), ..ending },
        Kind::Int => {
            let lowered = Lowered { imm: op.immediate & 0xff, ..ending };
            lowered.storing(by_flag!(setting.checked, |C| by_pointer!(int, [C])), setting)
        }
        Kind::Pushf => Lowered::slow().storing(by_flag!(setting.checked, |C| by_pointer!(pushf, [C])), setting),
        Kind::Popf => Lowered::plain(by_pointer!(popf, []), Flags::Needs),
        _ => return None,
    })
}
