//! Which handler does a decoded instruction, and with what operands.

use super::run::{slow, slow_jump, through};
use beige_x87::{Escape, Fast};

use super::{Context, Handler, Unit, mark, protect};
use crate::alu::shift::Shift;
use crate::decode::{self, Arithmetic, Kind, NONE, Operand, Repeat, StringOp};
use crate::ops::{self, SEGMENT, ZERO};
use crate::primitives::{B, D, H, W};
use crate::regs::{reg, seg};
use crate::{Model, Width};

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

/// A handler for the size.
macro_rules! by_size {
    ($span:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $span {
            Span::Low => ops::$f::<$($before,)* B, $($after),*> as Handler,
            Span::High => ops::$f::<$($before,)* H, $($after),*>,
            Span::Word => ops::$f::<$($before,)* W, $($after),*>,
            Span::Dword => ops::$f::<$($before,)* D, $($after),*>,
        }
    };
}

/// A handler for the sizes of two registers, which are equal but for the byte that they are.
macro_rules! by_sizes {
    ($op:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match (span_of($op.width, $op.first), span_of($op.width, $op.second)) {
            (Span::Word, _) => ops::$f::<$($before,)* W, W, $($after),*> as Handler,
            (Span::Dword, _) => ops::$f::<$($before,)* D, D, $($after),*>,
            (Span::High, Span::High) => ops::$f::<$($before,)* H, H, $($after),*>,
            (Span::High, _) => ops::$f::<$($before,)* H, B, $($after),*>,
            (_, Span::High) => ops::$f::<$($before,)* B, H, $($after),*>,
            _ => ops::$f::<$($before,)* B, B, $($after),*>,
        }
    };
}

/// A handler for words or doublewords.
macro_rules! by_wide {
    ($width:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $width {
            Width::Dword => ops::$f::<$($before,)* D, $($after),*> as Handler,
            _ => ops::$f::<$($before,)* W, $($after),*>,
        }
    };
}

/// A handler for the way the address is made.
macro_rules! by_address {
    ($address:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $address {
            Form::Fixed => ops::$f::<$($before,)* ops::Fixed, $($after),*> as Handler,
            Form::Base16 => ops::$f::<$($before,)* ops::Base16, $($after),*>,
            Form::Sum16 => ops::$f::<$($before,)* ops::Sum16, $($after),*>,
            Form::Base32 => ops::$f::<$($before,)* ops::Base32, $($after),*>,
            Form::Sum32 => ops::$f::<$($before,)* ops::Sum32, $($after),*>,
        }
    };
}

/// A handler for size and address.
macro_rules! by_size_address {
    ($span:expr, $address:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $span {
            Span::Low => by_address!($address, $f, [$($before,)* B], [$($after),*]),
            Span::High => by_address!($address, $f, [$($before,)* H], [$($after),*]),
            Span::Word => by_address!($address, $f, [$($before,)* W], [$($after),*]),
            Span::Dword => by_address!($address, $f, [$($before,)* D], [$($after),*]),
        }
    };
}

/// A handler for a condition of two values: not of overflow or parity, which are rare after comparisons.
macro_rules! by_condition {
    ($cc:expr, $f:ident, [$($before:ty),*]) => {
        match $cc {
            2 => Some(ops::$f::<$($before,)* 2> as Handler),
            3 => Some(ops::$f::<$($before,)* 3> as Handler),
            4 => Some(ops::$f::<$($before,)* 4> as Handler),
            5 => Some(ops::$f::<$($before,)* 5> as Handler),
            6 => Some(ops::$f::<$($before,)* 6> as Handler),
            7 => Some(ops::$f::<$($before,)* 7> as Handler),
            8 => Some(ops::$f::<$($before,)* 8> as Handler),
            9 => Some(ops::$f::<$($before,)* 9> as Handler),
            12 => Some(ops::$f::<$($before,)* 12> as Handler),
            13 => Some(ops::$f::<$($before,)* 13> as Handler),
            14 => Some(ops::$f::<$($before,)* 14> as Handler),
            15 => Some(ops::$f::<$($before,)* 15> as Handler),
            _ => None,
        }
    };
}

/// A handler for each condition.
macro_rules! by_any_condition {
    ($cc:expr, $f:ident, [$($before:ty),*]) => {
        match $cc & 15 {
            0 => ops::$f::<$($before,)* 0> as Handler,
            1 => ops::$f::<$($before,)* 1>,
            2 => ops::$f::<$($before,)* 2>,
            3 => ops::$f::<$($before,)* 3>,
            4 => ops::$f::<$($before,)* 4>,
            5 => ops::$f::<$($before,)* 5>,
            6 => ops::$f::<$($before,)* 6>,
            7 => ops::$f::<$($before,)* 7>,
            8 => ops::$f::<$($before,)* 8>,
            9 => ops::$f::<$($before,)* 9>,
            10 => ops::$f::<$($before,)* 10>,
            11 => ops::$f::<$($before,)* 11>,
            12 => ops::$f::<$($before,)* 12>,
            13 => ops::$f::<$($before,)* 13>,
            14 => ops::$f::<$($before,)* 14>,
            _ => ops::$f::<$($before,)* 15>,
        }
    };
}

/// A handler for a condition that follows comparisons of numbers.
macro_rules! by_comparison {
    ($cc:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $cc {
            2 => Some(ops::$f::<$($before,)* $($after,)* 2> as Handler),
            3 => Some(ops::$f::<$($before,)* $($after,)* 3> as Handler),
            4 => Some(ops::$f::<$($before,)* $($after,)* 4> as Handler),
            5 => Some(ops::$f::<$($before,)* $($after,)* 5> as Handler),
            6 => Some(ops::$f::<$($before,)* $($after,)* 6> as Handler),
            7 => Some(ops::$f::<$($before,)* $($after,)* 7> as Handler),
            12 => Some(ops::$f::<$($before,)* $($after,)* 12> as Handler),
            13 => Some(ops::$f::<$($before,)* $($after,)* 13> as Handler),
            14 => Some(ops::$f::<$($before,)* $($after,)* 14> as Handler),
            15 => Some(ops::$f::<$($before,)* $($after,)* 15> as Handler),
            _ => None,
        }
    };
}

/// A handler for a condition of a result: zero or not, its sign.
macro_rules! by_result {
    ($cc:expr, $f:ident, [$($before:ty),*], [$($after:tt),*]) => {
        match $cc {
            4 => Some(ops::$f::<$($before,)* $($after,)* 4> as Handler),
            5 => Some(ops::$f::<$($before,)* $($after,)* 5> as Handler),
            8 => Some(ops::$f::<$($before,)* $($after,)* 8> as Handler),
            9 => Some(ops::$f::<$($before,)* $($after,)* 9> as Handler),
            _ => None,
        }
    };
}

/// A handler for the way in which the second operation of a pair depends on the first.
macro_rules! by_how {
    ($how:expr, |$h:ident| $handler:expr) => {
        match $how {
            ops::SAME => by_how!(@ SAME, $h, $handler),
            ops::AFTER => by_how!(@ AFTER, $h, $handler),
            _ => by_how!(@ APART, $h, $handler),
        }
    };
    (@ $value:ident, $h:ident, $handler:expr) => {{
        const $h: u8 = ops::$value;
        $handler
    }};
}

/// What `$second` makes of the first operation of a pair.
macro_rules! by_first {
    ($kind:expr, $second:ident, $two:expr) => {
        match $kind {
            Kind::Mov => $second!(Mov, $two),
            Kind::Alu(Arithmetic::Add) => $second!(Add, $two),
            Kind::Alu(Arithmetic::Sub) => $second!(Sub, $two),
            Kind::Alu(Arithmetic::And) => $second!(And, $two),
            Kind::Alu(Arithmetic::Or) => $second!(Or, $two),
            Kind::Alu(Arithmetic::Xor) => $second!(Xor, $two),
            Kind::Inc => $second!(Inc, $two),
            Kind::Dec => $second!(Dec, $two),
            _ => None,
        }
    };
}

/// A handler for a value of a flag known now.
macro_rules! by_flag {
    ($flag:expr, |$f:ident| $handler:expr) => {
        if $flag {
            const $f: bool = true;
            $handler
        } else {
            const $f: bool = false;
            $handler
        }
    };
}

/// The size of an operand, and which byte of a register it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Low,
    High,
    Word,
    Dword,
}

/// That of an operand.
fn span_of(width: Width, operand: Operand) -> Span {
    match width {
        Width::Byte if matches!(operand, Operand::Register(number) if number & 4 != 0) => Span::High,
        Width::Byte => Span::Low,
        Width::Word => Span::Word,
        Width::Dword => Span::Dword,
    }
}

/// That of an operation with one register.
pub(super) fn span(op: &decode::Op) -> Span {
    let register = if matches!(op.first, Operand::Register(_)) { op.first } else { op.second };
    span_of(op.width, register)
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

fn mov(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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

fn alu<O: ops::Alu>(op: &decode::Op, setting: &Setting, flags: Flags) -> Option<Lowered> {
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

fn alu_of_one<O: ops::Alu>(op: &decode::Op, setting: &Setting, flags: Flags) -> Option<Lowered> {
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

fn shift(op: &decode::Op, kind: Shift, setting: &Setting) -> Option<Lowered> {
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
fn multiply(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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
fn divide(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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

/// A handler for the sizes of stack pointer and operand.
macro_rules! by_stack {
    ($setting:expr, $width:expr, $f:ident, [$($after:tt),*]) => {
        if $setting.context.wide_stack {
            by_wide!($width, $f, [D], [$($after),*])
        } else {
            by_wide!($width, $f, [W], [$($after),*])
        }
    };
}

fn stack(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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

fn branch(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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
fn far(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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

fn string(op: &decode::Op, kind: StringOp, setting: &Setting) -> Option<Lowered> {
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

fn data(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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

fn escape(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
    let escape = Escape::new((op.immediate >> 8) as u8, op.immediate as u8);
    let fast = Fast::new(escape, setting.model.coprocessor())?;
    let unit = Unit { handler: ops::after_unit, fast, code: escape.code(), notes: !escape.is_control() };
    let (form, memory) = Lowered::memory(op);
    let memory = Lowered { unit: Some(unit), ..memory };
    macro_rules! read {
        ($size:ident) => {
            Lowered { handler: by_address!(form, fpu_read, [ops::$size], []), ..memory }
        };
    }
    macro_rules! write {
        ($size:ident) => {{
            let handler = by_flag!(setting.checked, |C| by_address!(form, fpu_write, [ops::$size], [C]));
            memory.storing(handler, setting)
        }};
    }
    let plain = |handler: Handler| Lowered { unit: Some(unit), ..Lowered::plain(handler, Flags::Needs) };
    Some(match fast {
        Fast::Register(_) => plain(ops::fpu_register),
        Fast::StatusToAx => plain(ops::fpu_status),
        Fast::Read(2, _) => read!(M16),
        Fast::Read(4, _) => read!(M32),
        Fast::Read(8, _) => read!(M64),
        Fast::ReadExtended(_) => read!(M80),
        Fast::Write(2, _) => write!(M16),
        Fast::Write(4, _) => write!(M32),
        Fast::Write(8, _) => write!(M64),
        Fast::Write(10, _) => write!(M80),
        Fast::Read(..) | Fast::Write(..) => return None,
    })
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

/// The handler of a comparison, or of another operation of registers, together with the branch after it.
pub(super) fn fuse(op: &decode::Op, condition: u8) -> Option<Lowered> {
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
pub(super) fn fuse_pair(one: &decode::Op, two: &decode::Op, flags: bool, wide_stack: bool) -> Option<Lowered> {
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
pub(super) fn fuse_pair_and_branch(one: &decode::Op, two: &decode::Op, condition: u8) -> Option<Lowered> {
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
