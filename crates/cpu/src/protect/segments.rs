//! Loads of segment registers, LDTR and TR.

use super::descriptor::{Descriptor, Kind, is_null};
use crate::interrupt::vector;
use crate::regs::seg;
use crate::segment::Segment;
use crate::slow::{Exec, Fault, Step};

impl Step<'_> {
    /// Loads ES, SS, DS, FS or GS as the mode does. Nothing changes when it faults.
    pub(crate) fn load_segment(&mut self, number: u8, selector: u16) -> Exec {
        if !self.cpu.registers.is_protected() {
            self.cpu.registers.load_segment(number, selector);
            return Ok(());
        }
        let segment = if number == seg::SS {
            if is_null(selector) {
                return Err(Fault::PROTECTION);
            }
            self.stack_segment(selector, self.cpu.registers.cpl, vector::PROTECTION, 0)?
        } else {
            self.data_segment(number, selector, vector::PROTECTION)?
        };
        self.cpu.registers.segments[usize::from(number & 7)] = segment;
        Ok(())
    }

    /// What a data segment register holds after a load; a null selector makes it unusable.
    pub(super) fn data_segment(&mut self, number: u8, selector: u16, vector: u8) -> Exec<Segment> {
        if is_null(selector) {
            let mut segment = *self.cpu.registers.segment(number);
            segment.nullify(selector);
            return Ok(segment);
        }
        let mut descriptor = self.descriptor(selector, vector, 0)?;
        if !descriptor.admits_data(self.cpu.registers.cpl) {
            return Err(descriptor.fault(vector, 0));
        }
        self.require_present(&descriptor, 0)?;
        self.mark_accessed(&mut descriptor)?;
        Ok(descriptor.segment(selector))
    }

    /// A stack segment for privilege level `level`. The selector is not null.
    pub(super) fn stack_segment(&mut self, selector: u16, level: u8, vector: u8, external: u16) -> Exec<Segment> {
        let mut descriptor = self.descriptor(selector, vector, external)?;
        if !descriptor.admits_stack(level) {
            return Err(descriptor.fault(vector, external));
        }
        if !descriptor.is_present() {
            return Err(descriptor.fault(vector::STACK, external));
        }
        self.mark_accessed(&mut descriptor)?;
        Ok(descriptor.segment(selector))
    }

    /// Makes a code descriptor the code segment, at privilege level `level`, with execution to go on at `offset`.
    pub(super) fn enter_code(&mut self, mut descriptor: Descriptor, level: u8, offset: u32) -> Exec {
        self.mark_accessed(&mut descriptor)?;
        self.cpu.registers.segments[usize::from(seg::CS)] =
            descriptor.segment(descriptor.selector & !3 | u16::from(level));
        self.next = offset;
        self.set_level(level);
        Ok(())
    }

    /// Changes the privilege level.
    pub(crate) fn set_level(&mut self, level: u8) {
        self.cpu.registers.cpl = level;
        self.cpu.set_guards();
        self.code_span = 0;
    }

    /// LLDT, and the LDTR of a task, with the vector for what is wrong.
    pub(super) fn load_ldtr(&mut self, selector: u16, vector: u8) -> Exec {
        if is_null(selector) {
            self.cpu.registers.ldtr.nullify(selector);
            return Ok(());
        }
        let descriptor = self.global_descriptor(selector, vector, 0)?;
        if descriptor.kind() != Kind::Ldt {
            return Err(descriptor.fault(vector, 0));
        }
        if !descriptor.is_present() {
            // SPEC: Pentium (241430) 13.6: an LDT of a task that is not present is an invalid task state.
            let vector = if vector == vector::INVALID_TSS { vector } else { vector::NOT_PRESENT };
            return Err(descriptor.fault(vector, 0));
        }
        self.cpu.registers.ldtr = descriptor.segment(selector);
        Ok(())
    }

    /// LLDT.
    pub(crate) fn lldt(&mut self, selector: u16) -> Exec {
        self.load_ldtr(selector, vector::PROTECTION)
    }

    /// LTR.
    pub(crate) fn ltr(&mut self, selector: u16) -> Exec {
        if is_null(selector) {
            return Err(Fault::PROTECTION);
        }
        let mut descriptor = self.global_descriptor(selector, vector::PROTECTION, 0)?;
        if !matches!(descriptor.kind(), Kind::Tss { busy: false, .. }) {
            return Err(descriptor.fault(vector::PROTECTION, 0));
        }
        self.require_present(&descriptor, 0)?;
        self.mark_busy(&mut descriptor, true)?;
        self.cpu.registers.tr = descriptor.segment(selector);
        Ok(())
    }
}
