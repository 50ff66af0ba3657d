//! Which handler does a decoded instruction, and with what operands.

#[macro_use]
mod choose;
mod arithmetic;
mod control;
mod data;
mod fpu;
mod fuse;
mod stack;

pub(super) use choose::{Span, span};
pub(super) use fuse::{fuse, fuse_pair, fuse_pair_and_branch};

use super::run::{slow, slow_jump};
use super::{Context, Handler, Unit, mark, protect};
use crate::decode::{self, Arithmetic, Kind, NONE, Operand, Repeat};
use crate::ops::{self, SEGMENT, ZERO};
use crate::regs::seg;
use crate::{Model, Width};
use arithmetic::{alu, alu_of_one, divide, multiply, shift};
use control::{branch, far};
use data::{data, mov, string};
use fpu::escape;
use stack::stack;

/// What an operation has to do with flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flags {
    /// It may need them all, if only to show them: it reads some, may fault, or leave the fast path.
    Needs,
    /// It does not touch them.
    Passes,
    /// It replaces some, and keeps others.
    Changes,
    /// It replaces all.
    Replaces,
}

/// What follows an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The next one.
    No,
    /// An exit, to a known target and perhaps to the next instruction.
    Exit { taken: u32 },
    /// Nothing: it knows where to go when it is done.
    Jump,
}

/// An instruction as an operation.
#[derive(Clone, Copy)]
pub(super) struct Lowered {
    pub(super) handler: Handler,
    pub(super) imm: u32,
    pub(super) disp: u32,
    pub(super) extra: u32,
    pub(super) a: u8,
    pub(super) b: u8,
    pub(super) c: u8,
    pub(super) shift: u8,
    pub(super) seg: u8,
    pub(super) flags: Flags,
    pub(super) end: End,
    /// What stands behind an operation of the coprocessor.
    pub(super) unit: Option<Unit>,
}

/// What lowering depends on besides the instruction.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) model: Model,
    pub(super) context: Context,
    pub(super) ip_mask: u32,
    /// Offset of the instruction.
    pub(super) eip: u32,
    /// Whether the flags that it makes are needed.
    pub(super) flags: bool,
    /// Whether stores look for watched bytes.
    pub(super) checked: bool,
}

/// How the offset of a memory operand is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Fixed,
    Base16,
    Sum16,
    Base32,
    Sum32,
}

/// The byte offset of a register, or of the register that has the byte.
pub(super) fn register(width: Width, number: u8) -> u8 {
    let number = number & 7;
    if width == Width::Byte { (number & 3) * 4 } else { number * 4 }
}

pub(super) fn segment(number: u8) -> u8 {
    (number & 7).min(seg::GS) * SEGMENT
}

impl Lowered {
    /// Without operands.
    fn plain(handler: Handler, flags: Flags) -> Lowered {
        Lowered {
            handler,
            imm: 0,
            disp: 0,
            extra: 0,
            a: 0,
            b: 0,
            c: 0,
            shift: 0,
            seg: 0,
            flags,
            end: End::No,
            unit: None,
        }
    }

    /// What the stepper does.
    pub(super) fn slow() -> Lowered {
        Lowered::plain(slow, Flags::Needs)
    }

    fn slow_end() -> Lowered {
        Lowered { end: End::Jump, ..Lowered::plain(slow_jump, Flags::Needs) }
    }

    /// With the memory operand of `op`, except that `a` is free.
    fn memory(op: &decode::Op) -> (Form, Lowered) {
        let address = &op.memory;
        let (base, index, shift) = match (address.base, address.index, address.shift & 3) {
            (NONE, index, 0) => (index, NONE, 0),
            other => other,
        };
        let offset = |number: u8| if number == NONE { ZERO } else { register(Width::Dword, number) };
        let form = match (base, index, op.wide_address) {
            (NONE, NONE, _) => Form::Fixed,
            (_, NONE, false) => Form::Base16,
            (_, _, false) => Form::Sum16,
            (_, NONE, true) => Form::Base32,
            (_, _, true) => Form::Sum32,
        };
        let disp = if op.wide_address { address.displacement } else { address.displacement & 0xffff };
        let lowered = Lowered {
            disp,
            b: offset(base),
            c: offset(index),
            shift,
            seg: segment(address.segment),
            ..Lowered::plain(slow, Flags::Needs)
        };
        (form, lowered)
    }

    /// With the memory operand of `op`, in whichever way its address is made.
    pub(super) fn of_memory(op: &decode::Op) -> Lowered {
        Lowered::memory(op).1
    }

    /// With another handler, of which stores may be checked.
    fn storing(self, handler: Handler, setting: &Setting) -> Lowered {
        Lowered { handler, shift: self.shift | if setting.checked { mark::CHECKED } else { 0 }, ..self }
    }
}

/// The operation that an instruction becomes.
pub(super) fn lower(op: &decode::Op, setting: &Setting) -> Lowered {
    if let Some(found) = protect::lower(op, setting) {
        return found;
    }
    let found = match op.kind {
        Kind::Mov => mov(op, setting),
        Kind::Alu(kind) => match kind {
            Arithmetic::Add => alu::<ops::Add>(op, setting, Flags::Replaces),
            Arithmetic::Or => alu::<ops::Or>(op, setting, Flags::Replaces),
            Arithmetic::Adc => alu::<ops::Adc>(op, setting, Flags::Needs),
            Arithmetic::Sbb => alu::<ops::Sbb>(op, setting, Flags::Needs),
            Arithmetic::And => alu::<ops::And>(op, setting, Flags::Replaces),
            Arithmetic::Sub => alu::<ops::Sub>(op, setting, Flags::Replaces),
            Arithmetic::Xor => alu::<ops::Xor>(op, setting, Flags::Replaces),
        },
        Kind::Cmp => alu::<ops::Cmp>(op, setting, Flags::Replaces),
        Kind::Test => alu::<ops::Test>(op, setting, Flags::Replaces),
        Kind::Inc => alu_of_one::<ops::Inc>(op, setting, Flags::Changes),
        Kind::Dec => alu_of_one::<ops::Dec>(op, setting, Flags::Changes),
        Kind::Neg => alu_of_one::<ops::Neg>(op, setting, Flags::Replaces),
        Kind::Not => alu_of_one::<ops::Not>(op, setting, Flags::Passes),
        Kind::Shift(kind) => shift(op, kind, setting),
        Kind::Mul | Kind::Imul | Kind::ImulTruncating => multiply(op, setting),
        Kind::Div | Kind::Idiv => divide(op, setting),
        Kind::Clc => Some(Lowered::plain(ops::set_carry::<0>, Flags::Changes)),
        Kind::Stc => Some(Lowered::plain(ops::set_carry::<1>, Flags::Changes)),
        Kind::Cmc => Some(Lowered::plain(ops::set_carry::<2>, Flags::Changes)),
        Kind::Cld => Some(Lowered::plain(ops::set_direction::<false>, Flags::Passes)),
        Kind::Std => Some(Lowered::plain(ops::set_direction::<true>, Flags::Passes)),
        Kind::Cli if setting.context.real && !setting.context.user => Some(Lowered::plain(ops::cli, Flags::Passes)),
        Kind::Push | Kind::Pop | Kind::PushSegment(_) | Kind::PopSegment(_) | Kind::Leave => stack(op, setting),
        Kind::Pusha | Kind::Popa if setting.model > Model::I80286 => stack(op, setting),
        Kind::Jcc(_)
        | Kind::Jump
        | Kind::JumpShort
        | Kind::Loop
        | Kind::Loope
        | Kind::Loopne
        | Kind::Jcxz
        | Kind::Call
        | Kind::CallIndirect
        | Kind::JumpIndirect
        | Kind::Ret => branch(op, setting),
        Kind::String(kind) if op.repeat == Repeat::No => string(op, kind, setting),
        Kind::In | Kind::Out => {
            Some(Lowered { imm: op.immediate, ..Lowered::plain(super::port::handler(op), Flags::Needs) })
        }
        Kind::Lahf => Some(Lowered::plain(ops::lahf, Flags::Needs)),
        Kind::Sahf => Some(Lowered::plain(ops::sahf, Flags::Needs)),
        Kind::Escape => escape(op, setting),
        Kind::Wait => Some(Lowered::plain(ops::wait, Flags::Needs)),
        Kind::JumpFar
        | Kind::JumpFarIndirect
        | Kind::CallFar
        | Kind::CallFarIndirect
        | Kind::RetFar
        | Kind::Iret
        | Kind::Int
        | Kind::Pushf
        | Kind::Popf => far(op, setting),
        _ => data(op, setting),
    };
    found.unwrap_or_else(|| if ends(op) { Lowered::slow_end() } else { Lowered::slow() })
}

/// Whether an instruction that the stepper does can go elsewhere than to the next, or change the context.
fn ends(op: &decode::Op) -> bool {
    match op.kind {
        Kind::JumpFar
        | Kind::JumpIndirect
        | Kind::JumpFarIndirect
        | Kind::JumpShort
        | Kind::Jump
        | Kind::Jcc(_)
        | Kind::Loop
        | Kind::Loope
        | Kind::Loopne
        | Kind::Jcxz
        | Kind::Call
        | Kind::CallFar
        | Kind::CallIndirect
        | Kind::CallFarIndirect
        | Kind::Ret
        | Kind::RetFar
        | Kind::Iret
        | Kind::Int
        | Kind::Int1
        | Kind::Int3
        | Kind::Into
        | Kind::Hlt
        | Kind::MovSpecial
        | Kind::Lmsw
        | Kind::Loadall
        | Kind::Sysenter
        | Kind::Sysexit
        | Kind::ByteGroup(_)
        | Kind::Undefined
        | Kind::TooLong => true,
        Kind::MovToSegment => matches!(op.first, Operand::Segment(seg::SS | seg::CS)),
        Kind::PopSegment(number) | Kind::LoadFar(number) => matches!(number, seg::SS | seg::CS),
        _ => false,
    }
}
