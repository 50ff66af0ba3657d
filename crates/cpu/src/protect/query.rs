//! Instructions that look at descriptors and selectors without using them.

use super::descriptor::{Descriptor, Kind, is_null, rpl};
use crate::Width;
use crate::decode::{Kind as Operation, Op};
use crate::regs::flag;
use crate::slow::{Exec, Fault, Step};

impl Step<'_> {
    /// LAR, LSL, VERR, VERW, ARPL, SLDT, STR, LLDT and LTR.
    #[inline(never)]
    pub(crate) fn selectors(&mut self, op: &Op) -> Exec {
        if !self.cpu.registers.is_protected() {
            return Err(Fault::UNDEFINED);
        }
        match op.kind {
            Operation::Sldt => self.write_operand(op, op.first, op.width, u32::from(self.cpu.registers.ldtr.selector)),
            Operation::Str => self.write_operand(op, op.first, op.width, u32::from(self.cpu.registers.tr.selector)),
            Operation::Lldt => {
                self.require_level_0()?;
                let selector = self.read_operand(op, op.first, Width::Word)? as u16;
                self.lldt(selector)
            }
            Operation::Ltr => {
                self.require_level_0()?;
                let selector = self.read_operand(op, op.first, Width::Word)? as u16;
                self.ltr(selector)
            }
            Operation::Arpl => self.arpl(op),
            Operation::Verr => self.verify(op, Descriptor::is_readable),
            Operation::Verw => self.verify(op, Descriptor::is_writable),
            Operation::Lar => self.query(op, access_rights),
            _ => self.query(op, limit),
        }
    }

    fn arpl(&mut self, op: &Op) -> Exec {
        // SPEC: 80386 PRM (230985) ARPL: #GP when the result is in a segment that cannot be written. Without a result none.
        let target = self.read_operand(op, op.first, Width::Word)?;
        let source = self.read_operand(op, op.second, Width::Word)?;
        let lower = target & 3 < source & 3;
        if lower {
            self.write_operand(op, op.first, Width::Word, target & !3 | source & 3)?;
        }
        self.cpu.registers.set(flag::ZF, lower);
        Ok(())
    }

    fn verify(&mut self, op: &Op, fits: impl Fn(&Descriptor) -> bool) -> Exec {
        let selector = self.read_operand(op, op.first, Width::Word)? as u16;
        let found = self.visible_descriptor(selector)?;
        self.cpu.registers.set(flag::ZF, found.is_some_and(|descriptor| fits(&descriptor)));
        Ok(())
    }

    fn query(&mut self, op: &Op, value: impl Fn(&Descriptor) -> Option<u32>) -> Exec {
        let selector = self.read_operand(op, op.second, Width::Word)? as u16;
        let found = self.visible_descriptor(selector)?.and_then(|descriptor| value(&descriptor));
        if let Some(value) = found {
            self.write_operand(op, op.first, op.width, value)?;
        }
        self.cpu.registers.set(flag::ZF, found.is_some());
        Ok(())
    }

    /// The descriptor of a selector when the program may see it.
    fn visible_descriptor(&mut self, selector: u16) -> Exec<Option<Descriptor>> {
        if is_null(selector) {
            return Ok(None);
        }
        let level = self.cpu.registers.cpl.max(rpl(selector));
        let found = self.find_descriptor(selector)?;
        Ok(found.filter(|descriptor| descriptor.is_conforming() || descriptor.dpl() >= level))
    }
}

/// SPEC: Pentium (241430) table 25-3: the types that LAR knows.
fn access_rights(descriptor: &Descriptor) -> Option<u32> {
    match descriptor.kind() {
        Kind::InterruptGate { .. } | Kind::TrapGate { .. } | Kind::Invalid => None,
        _ => Some(u32::from(descriptor.rights()) << 8),
    }
}

/// SPEC: Pentium (241430) table 25-4: the types that LSL knows.
fn limit(descriptor: &Descriptor) -> Option<u32> {
    match descriptor.kind() {
        Kind::Data | Kind::Code | Kind::Tss { .. } | Kind::Ldt => Some(descriptor.limit()),
        _ => None,
    }
}
