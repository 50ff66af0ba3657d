//! Which of these functions does an instruction.

use super::far::*;
use super::interrupt::*;
use super::iopl::*;
use super::segments::*;
use super::*;
use crate::decode::{self, Kind, Operand};

/// A handler for words or doublewords.
macro_rules! by_width {
    ($width:expr, $f:ident $(, $after:tt)*) => {
        if $width == Width::Dword { $f::<D $(, $after)*> as Handler } else { $f::<W $(, $after)*> as Handler }
    };
}

/// A handler for words or doublewords, and the size of the address.
macro_rules! by_width_address {
    ($op:expr, $f:ident) => {
        if $op.wide_address { by_width!($op.width, $f, true) } else { by_width!($op.width, $f, false) }
    };
}

/// A handler for the size of the stack pointer, and words or doublewords.
macro_rules! by_stack {
    ($setting:expr, $width:expr, $f:ident) => {
        match ($setting.context.wide_stack, $width) {
            (true, Width::Dword) => $f::<D, D> as Handler,
            (true, _) => $f::<D, W>,
            (false, Width::Dword) => $f::<W, D>,
            (false, _) => $f::<W, W>,
        }
    };
}

fn inside(handler: Handler) -> Lowered {
    Lowered { handler, flags: Flags::Needs, ..Lowered::slow() }
}

/// One whose stores look for watched bytes.
fn storing(handler: Handler) -> Lowered {
    Lowered { shift: mark::CHECKED, ..inside(handler) }
}

fn ending(handler: Handler) -> Lowered {
    Lowered { end: End::Jump, ..inside(handler) }
}

/// The operation for an instruction that has a place here.
pub(in crate::block) fn lower(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let context = &setting.context;
    if op.kind == Kind::Sti {
        return Some(inside(sti));
    }
    if let (Kind::MovFromSegment, Operand::Memory, Operand::Segment(number)) = (op.kind, op.first, op.second)
        && op.width == Width::Word
    {
        let handler = if op.wide_address { mov_selector_m::<true> as Handler } else { mov_selector_m::<false> };
        let memory = Lowered::of_memory(op);
        return Some(Lowered { handler, imm: u32::from(number), shift: memory.shift | mark::CHECKED, ..memory });
    }
    if setting.model < Model::I80286 {
        return None;
    }
    if let Some(found) = stack(op, setting) {
        return Some(found);
    }
    if context.real && !context.is_virtual {
        return None;
    }
    let width = op.width;
    match op.kind {
        Kind::Cli => Some(inside(cli)),
        Kind::Pushf => Some(storing(by_stack!(setting, width, pushf))),
        Kind::Popf => Some(inside(by_stack!(setting, width, popf))),
        Kind::Int => Some(Lowered { imm: op.immediate & 0xff, ..ending(int) }),
        Kind::Iret if context.is_virtual => Some(ending(by_width!(width, iret_virtual))),
        Kind::Iret => Some(ending(by_width!(width, iret))),
        _ if context.real => None,
        Kind::PushSegment(number) if width == Width::Dword => {
            let handler = if context.wide_stack { push_selector::<D> as Handler } else { push_selector::<W> };
            Some(Lowered { seg: segment_offset(number), ..storing(handler) })
        }
        Kind::MovToSegment | Kind::PopSegment(_) | Kind::LoadFar(_) => data(op, setting),
        _ => far(op),
    }
}

/// Loads of SS, in every mode.
fn stack(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    match op.kind {
        Kind::MovToSegment if op.first == Operand::Segment(seg::SS) => match op.second {
            Operand::Register(a) => Some(Lowered { a: register(Width::Word, a), ..inside(mov_stack) }),
            Operand::Memory => {
                let handler = if op.wide_address { mov_stack_m::<true> as Handler } else { mov_stack_m::<false> };
                Some(Lowered { handler, ..Lowered::of_memory(op) })
            }
            _ => None,
        },
        Kind::PopSegment(seg::SS) => Some(inside(by_stack!(setting, op.width, pop_stack))),
        Kind::LoadFar(seg::SS) => {
            let Operand::Register(a) = op.first else { return None };
            let handler = by_width_address!(op, load_far_stack);
            Some(Lowered { a: register(op.width, a), handler, end: End::Jump, ..Lowered::of_memory(op) })
        }
        _ => None,
    }
}

/// Loads of the other segment registers.
fn data(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    match op.kind {
        Kind::MovToSegment => {
            let Operand::Segment(number) = op.first else { return None };
            if number == seg::CS {
                return None;
            }
            let imm = u32::from(number);
            match op.second {
                Operand::Register(a) => Some(Lowered { a: register(Width::Word, a), imm, ..inside(mov_data) }),
                Operand::Memory => {
                    let handler = if op.wide_address { mov_data_m::<true> as Handler } else { mov_data_m::<false> };
                    Some(Lowered { handler, imm, ..Lowered::of_memory(op) })
                }
                _ => None,
            }
        }
        Kind::PopSegment(number) if number != seg::CS => {
            let handler = by_stack!(setting, op.width, pop_data);
            Some(Lowered { imm: u32::from(number), ..inside(handler) })
        }
        Kind::LoadFar(number) if number != seg::CS => {
            let Operand::Register(a) = op.first else { return None };
            let handler = by_width_address!(op, load_far);
            Some(Lowered { a: register(op.width, a), imm: u32::from(number), handler, ..Lowered::of_memory(op) })
        }
        _ => None,
    }
}

/// Far transfers of protected mode.
fn far(op: &decode::Op) -> Option<Lowered> {
    let width = op.width;
    let pointer = |handler: Handler| {
        let imm = op.immediate & width.mask();
        Some(Lowered { imm, extra: u32::from(op.immediate2), ..ending(handler) })
    };
    let through_memory = |handler: Handler| {
        let memory = Lowered { handler, end: End::Jump, ..Lowered::of_memory(op) };
        (op.first == Operand::Memory).then_some(memory)
    };
    match op.kind {
        Kind::JumpFar => pointer(jump_far),
        Kind::CallFar => pointer(by_width!(width, call_far)),
        Kind::JumpFarIndirect => through_memory(by_width_address!(op, jump_far_m)),
        Kind::CallFarIndirect => through_memory(by_width_address!(op, call_far_m)),
        Kind::RetFar => Some(Lowered { imm: op.immediate & 0xffff, ..ending(by_width!(width, ret_far)) }),
        _ => None,
    }
}
