//! Interrupts and exceptions through the gates of protected mode.

use super::descriptor::{Descriptor, Kind, is_null};
use super::stacks::Stack;
use super::task::Reason;
use crate::interrupt::{Event, vector};
use crate::regs::{flag, seg};
use crate::slow::{Exec, Fault, Step};
use crate::{Model, Width};

/// Where an interrupt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// INT n, INT3, INTO: the gate must admit the program.
    Software,
    /// A fault or trap of the CPU, INT1.
    Exception,
    /// INTR or NMI.
    Hardware,
}

impl Step<'_> {
    /// Delivers through the IDT of protected mode. Nothing changes when it faults before a task switch is committed.
    pub(crate) fn enter_gate(&mut self, event: &Event) -> Exec {
        let external = u16::from(event.source != Source::Software);
        let idt = self.cpu.registers.idtr;
        let offset = u32::from(event.number) * 8;
        let code = offset as u16 | 2 | external;
        if offset + 7 > u32::from(idt.limit) {
            return Err(Fault::WithCode(vector::PROTECTION, code));
        }
        let at = idt.base.wrapping_add(offset);
        let low = self.read_system(at, Width::Dword)?;
        let high = self.read_system(at.wrapping_add(4), Width::Dword)?;
        let gate = Descriptor::new(self.cpu.model, offset as u16, at, low, high);
        let kind = gate.kind();
        let is_gate = matches!(kind, Kind::TaskGate | Kind::InterruptGate { .. } | Kind::TrapGate { .. });
        let is_forbidden = event.source == Source::Software && gate.dpl() < self.cpu.registers.cpl;
        if !is_gate || is_forbidden {
            return Err(Fault::WithCode(vector::PROTECTION, code));
        }
        if !gate.is_present() {
            return Err(Fault::WithCode(vector::NOT_PRESENT, code));
        }
        match kind {
            Kind::InterruptGate { wide } => self.enter_handler_of(&gate, wide, true, event, external),
            Kind::TrapGate { wide } => self.enter_handler_of(&gate, wide, false, event, external),
            _ => self.enter_task(&gate, event, external),
        }
    }

    fn enter_task(&mut self, gate: &Descriptor, event: &Event, external: u16) -> Exec {
        let task = self.global_descriptor(gate.target_selector(), vector::PROTECTION, external)?;
        if !Self::is_available(task.kind()) {
            return Err(task.fault(vector::PROTECTION, external));
        }
        self.require_present(&task, external)?;
        self.next = event.return_to;
        self.switch_task(task, Reason::Interrupt { external, flags: self.pushed_flags(event) }, event.code)
    }

    /// EFLAGS as they are saved: a fault sets RF, so that the instruction is not caught by its breakpoint again.
    fn pushed_flags(&self, event: &Event) -> u32 {
        let resume = event.resumes && self.cpu.model >= Model::I80386;
        self.cpu.registers.eflags | if resume { flag::RF } else { 0 }
    }

    fn enter_handler_of(&mut self, gate: &Descriptor, wide: bool, mask: bool, event: &Event, external: u16) -> Exec {
        let selector = gate.target_selector();
        if is_null(selector) {
            return Err(Fault::WithCode(vector::PROTECTION, external));
        }
        let mut code = self.descriptor(selector, vector::PROTECTION, external)?;
        let cpl = self.cpu.registers.cpl;
        if code.kind() != Kind::Code || code.dpl() > cpl {
            return Err(code.fault(vector::PROTECTION, external));
        }
        self.require_present(&code, external)?;
        let is_virtual = self.cpu.registers.is_virtual();
        let is_inner = !code.is_conforming() && code.dpl() < cpl;
        // Virtual-8086 mode is left to level 0 only.
        if is_virtual && !(is_inner && code.dpl() == 0) {
            return Err(code.fault(vector::PROTECTION, external));
        }
        let width = Width::word_or_dword(wide);
        let offset = gate.target_offset(wide);
        let old = self.present_stack(0);
        let (mut stack, level) = if is_inner {
            (self.inner_stack(code.dpl(), external)?, code.dpl())
        } else {
            (self.present_stack(external), cpl)
        };
        let count = 3 + u32::from(event.code.is_some()) + if is_inner { 2 } else { 0 } + if is_virtual { 4 } else { 0 };
        self.require_room(&stack, width, count)?;
        if offset > code.limit() {
            return Err(Fault::WithCode(vector::PROTECTION, external));
        }
        self.mark_accessed(&mut code)?;
        self.push_frame(&mut stack, width, event, is_inner.then_some(old))?;
        self.cpu.registers.eflags &= !(flag::TF | flag::NT | flag::VM | flag::RF);
        if mask {
            self.cpu.registers.eflags &= !flag::IF;
        }
        if is_virtual {
            for number in [seg::ES, seg::DS, seg::FS, seg::GS] {
                self.cpu.registers.segments[usize::from(number)].nullify(0);
            }
        }
        self.enter_code(code, level, offset)?;
        self.adopt(&stack);
        Ok(())
    }

    /// What a handler finds on its stack.
    fn push_frame(&mut self, stack: &mut Stack, width: Width, event: &Event, old: Option<Stack>) -> Exec {
        if let Some(old) = old {
            if self.cpu.registers.is_virtual() {
                for number in [seg::GS, seg::FS, seg::DS, seg::ES] {
                    let selector = u32::from(self.cpu.registers.selector(number));
                    self.push_on(stack, width, selector)?;
                }
            }
            self.push_on(stack, width, u32::from(old.segment.selector))?;
            self.push_on(stack, width, old.pointer)?;
        }
        let flags = self.pushed_flags(event);
        self.push_on(stack, width, flags)?;
        let cs = u32::from(self.cpu.registers.cs());
        self.push_on(stack, width, cs)?;
        self.push_on(stack, width, event.return_to)?;
        if let Some(code) = event.code {
            self.push_on(stack, width, u32::from(code))?;
        }
        Ok(())
    }
}
