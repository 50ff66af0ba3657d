//! Picks one of the forms of a handler: by size, by the way of the address, by condition and more.

use crate::Width;
use crate::decode::{self, Operand};

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
pub(in crate::block) enum Span {
    Low,
    High,
    Word,
    Dword,
}

/// That of an operand.
pub(super) fn span_of(width: Width, operand: Operand) -> Span {
    match width {
        Width::Byte if matches!(operand, Operand::Register(number) if number & 4 != 0) => Span::High,
        Width::Byte => Span::Low,
        Width::Word => Span::Word,
        Width::Dword => Span::Dword,
    }
}

/// That of an operation with one register.
pub(in crate::block) fn span(op: &decode::Op) -> Span {
    let register = if matches!(op.first, Operand::Register(_)) { op.first } else { op.second };
    span_of(op.width, register)
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
