//! IRET in protected mode.

use super::descriptor::{Kind, rpl};
use super::far::check_offset;
use super::stacks::Stack;
use super::task::Reason;
use crate::interrupt::vector;
use crate::regs::{flag, reg, seg};
use crate::slow::{Exec, Fault, Step};
use crate::{Cpu, Model, Width};

impl Step<'_> {
    pub(crate) fn iret_protected(&mut self, width: Width) -> Exec {
        if self.cpu.registers.has(flag::NT) {
            return self.return_to_task();
        }
        let bytes = width.bytes();
        let mut stack = self.present_stack(0);
        let offset = self.peek_on(&stack, width, 0)?;
        let selector = self.peek_on(&stack, width, bytes)? as u16;
        let flags = self.peek_on(&stack, width, 2 * bytes)?;
        if width == Width::Dword && flags & flag::VM != 0 && self.cpu.registers.cpl == 0 {
            return self.return_to_virtual(&stack, offset, selector, flags);
        }
        stack.move_by(3 * bytes);
        let code = self.return_target(selector)?;
        // Which flags change is decided by the level before the return.
        let (level, iopl) = (self.cpu.registers.cpl, self.cpu.registers.iopl());
        if rpl(selector) == level {
            check_offset(&code, offset)?;
            self.enter_code(code, level, offset)?;
            self.adopt(&stack);
        } else {
            self.return_outer(&code, &stack, width, offset, 0)?;
        }
        self.load_flags_at(width, flags, level, iopl, true);
        Ok(())
    }

    /// IRET of a nested task.
    fn return_to_task(&mut self) -> Exec {
        let tr = self.cpu.registers.tr;
        let selector = self.read_system(tr.base, Width::Word)? as u16;
        let task = self.global_descriptor(selector, vector::INVALID_TSS, 0)?;
        if !matches!(task.kind(), Kind::Tss { busy: true, .. }) {
            return Err(task.fault(vector::INVALID_TSS, 0));
        }
        self.require_present(&task, 0)?;
        self.switch_task(task, Reason::Return, None)
    }

    /// IRETD with VM set, at level 0.
    fn return_to_virtual(&mut self, stack: &Stack, offset: u32, selector: u16, flags: u32) -> Exec {
        let mut frame = [0; 6];
        for (distance, value) in (12..).step_by(4).zip(&mut frame) {
            *value = self.peek_on(stack, Width::Dword, distance)?;
        }
        let [esp, ss, es, ds, fs, gs] = frame;
        if offset > 0xffff {
            return Err(Fault::PROTECTION);
        }
        let registers = &mut self.cpu.registers;
        registers.eflags = flags & self.cpu.model.flags_possible() | self.cpu.model.traits().flags_set;
        for (number, value) in
            [(seg::CS, u32::from(selector)), (seg::SS, ss), (seg::ES, es), (seg::DS, ds), (seg::FS, fs), (seg::GS, gs)]
        {
            registers.load_segment(number, value as u16);
        }
        registers.write(Width::Dword, reg::SP, esp);
        self.next = offset;
        self.resumes = true;
        self.set_level(3);
        Ok(())
    }

    /// Loads FLAGS or EFLAGS as a program at `level` with `iopl` may. IRET loads RF and, at level 0, the virtual
    /// interrupt flags too.
    pub(crate) fn load_flags_at(&mut self, width: Width, value: u32, level: u8, iopl: u8, is_iret: bool) {
        self.resumes |= is_iret && self.cpu.model >= Model::I80386 && width == Width::Dword;
        self.cpu.load_flags_at(width, value, level, iopl, is_iret);
    }
}

impl Cpu {
    /// See [`Step::load_flags_at`].
    pub(crate) fn load_flags_at(&mut self, width: Width, value: u32, level: u8, iopl: u8, is_iret: bool) {
        let model = self.model;
        let traits = model.traits();
        let protected = self.registers.is_protected();
        let mut writable = traits.flags_writable;
        if protected && model == Model::I80286 {
            writable |= flag::IOPL | flag::NT;
        }
        if is_iret && model >= Model::I80386 && width == Width::Dword {
            writable |= flag::RF;
            if protected && level == 0 {
                writable |= flag::VIF | flag::VIP;
            }
        }
        if level > 0 {
            writable &= !flag::IOPL;
        }
        if level > iopl {
            writable &= !flag::IF;
        }
        writable &= width.mask() & model.flags_possible();
        let eflags = &mut self.registers.eflags;
        *eflags = *eflags & !writable | value & writable | traits.flags_set;
        self.set_guards();
    }
}
