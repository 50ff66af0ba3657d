//! The coprocessor.

use beige_x87::{Escape, Fast};

use super::{Flags, Form, Handler, Lowered, Setting, Unit};
use crate::decode;
use crate::ops;

pub(super) fn escape(op: &decode::Op, setting: &Setting) -> Option<Lowered> {
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
