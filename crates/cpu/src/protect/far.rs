//! Far jumps, calls and returns in protected mode.

use super::descriptor::{Descriptor, Kind, is_null, rpl, selector_code};
use super::stacks::Stack;
use super::task::Reason;
use crate::Width;
use crate::interrupt::vector;
use crate::regs::{Registers, seg};
use crate::segment::rights;
use crate::slow::{Exec, Fault, Step};

/// The registers that a return to an outer level may have to clear.
const DATA_REGISTERS: [u8; 4] = [seg::ES, seg::DS, seg::FS, seg::GS];

impl Step<'_> {
    pub(crate) fn jump_far_protected(&mut self, selector: u16, offset: u32) -> Exec {
        let target = self.transfer_target(selector)?;
        match target.kind() {
            Kind::Code => {
                self.check_direct(&target)?;
                self.require_present(&target, 0)?;
                check_offset(&target, offset)?;
                self.enter_code(target, self.cpu.registers.cpl, offset)
            }
            Kind::CallGate { wide } => {
                self.check_gate(&target)?;
                let code = self.gate_target(&target)?;
                if !code.is_conforming() && code.dpl() != self.cpu.registers.cpl {
                    return Err(code.fault(vector::PROTECTION, 0));
                }
                self.require_present(&code, 0)?;
                let offset = target.target_offset(wide);
                check_offset(&code, offset)?;
                self.enter_code(code, self.cpu.registers.cpl, offset)
            }
            Kind::Tss { .. } | Kind::TaskGate => self.transfer_to_task(&target, Reason::Jump),
            _ => Err(target.fault(vector::PROTECTION, 0)),
        }
    }

    pub(crate) fn call_far_protected(&mut self, width: Width, selector: u16, offset: u32) -> Exec {
        let target = self.transfer_target(selector)?;
        match target.kind() {
            Kind::Code => {
                self.check_direct(&target)?;
                self.require_present(&target, 0)?;
                self.call_at_level(&target, width, offset)
            }
            Kind::CallGate { wide } => {
                self.check_gate(&target)?;
                let code = self.gate_target(&target)?;
                self.require_present(&code, 0)?;
                let width = Width::word_or_dword(wide);
                let offset = target.target_offset(wide);
                if !code.is_conforming() && code.dpl() < self.cpu.registers.cpl {
                    self.call_inner(&code, width, offset, target.parameters())
                } else {
                    self.call_at_level(&code, width, offset)
                }
            }
            Kind::Tss { .. } | Kind::TaskGate => self.transfer_to_task(&target, Reason::Call),
            _ => Err(target.fault(vector::PROTECTION, 0)),
        }
    }

    fn transfer_target(&mut self, selector: u16) -> Exec<Descriptor> {
        if is_null(selector) {
            return Err(Fault::PROTECTION);
        }
        self.descriptor(selector, vector::PROTECTION, 0)
    }

    /// The privilege rules of a direct transfer to code.
    fn check_direct(&self, target: &Descriptor) -> Exec {
        let allowed = target.admits_transfer(self.cpu.registers.cpl);
        if allowed { Ok(()) } else { Err(target.fault(vector::PROTECTION, 0)) }
    }

    /// The rules of every gate, and of a task state that is named directly.
    fn check_gate(&self, gate: &Descriptor) -> Exec {
        if gate.dpl() < self.cpu.registers.cpl.max(rpl(gate.selector)) {
            return Err(gate.fault(vector::PROTECTION, 0));
        }
        self.require_present(gate, 0)
    }

    /// The code that a call gate leads to.
    fn gate_target(&mut self, gate: &Descriptor) -> Exec<Descriptor> {
        let code = self.transfer_target(gate.target_selector())?;
        if code.kind() != Kind::Code || code.dpl() > self.cpu.registers.cpl {
            return Err(code.fault(vector::PROTECTION, 0));
        }
        Ok(code)
    }

    fn call_at_level(&mut self, code: &Descriptor, width: Width, offset: u32) -> Exec {
        let mut stack = self.present_stack(0);
        self.require_room(&stack, width, 2)?;
        check_offset(code, offset)?;
        let cs = u32::from(self.cpu.registers.cs());
        self.push_on(&mut stack, width, cs)?;
        self.push_on(&mut stack, width, self.next)?;
        self.enter_code(*code, self.cpu.registers.cpl, offset)?;
        self.adopt(&stack);
        Ok(())
    }

    /// Through a call gate to an inner level, with `parameters` copied along.
    fn call_inner(&mut self, code: &Descriptor, width: Width, offset: u32, parameters: u32) -> Exec {
        let level = code.dpl();
        let old = self.present_stack(0);
        let mut stack = self.inner_stack(level, 0)?;
        self.require_room(&stack, width, 4 + parameters)?;
        check_offset(code, offset)?;
        let cs = u32::from(self.cpu.registers.cs());
        self.push_on(&mut stack, width, u32::from(old.segment.selector))?;
        self.push_on(&mut stack, width, old.pointer)?;
        for number in (0..parameters).rev() {
            let value = self.peek_on(&old, width, number * width.bytes())?;
            self.push_on(&mut stack, width, value)?;
        }
        self.push_on(&mut stack, width, cs)?;
        self.push_on(&mut stack, width, self.next)?;
        self.enter_code(*code, level, offset)?;
        self.adopt(&stack);
        Ok(())
    }

    fn transfer_to_task(&mut self, target: &Descriptor, reason: Reason) -> Exec {
        self.check_gate_or_task(target)?;
        let task = if target.kind() == Kind::TaskGate {
            let task = self.global_descriptor(target.target_selector(), vector::PROTECTION, 0)?;
            if !Self::is_available(task.kind()) {
                return Err(task.fault(vector::PROTECTION, 0));
            }
            self.require_present(&task, 0)?;
            task
        } else {
            *target
        };
        self.switch_task(task, reason, None)
    }

    fn check_gate_or_task(&self, target: &Descriptor) -> Exec {
        let is_task = matches!(target.kind(), Kind::Tss { .. });
        let level = self.cpu.registers.cpl.max(rpl(target.selector));
        // A task state is named through the global table only.
        let allowed =
            target.dpl() >= level && (!is_task || Self::is_available(target.kind()) && target.selector & 4 == 0);
        if !allowed {
            return Err(target.fault(vector::PROTECTION, 0));
        }
        self.require_present(target, 0)
    }

    pub(crate) fn ret_far_protected(&mut self, width: Width, released: u32) -> Exec {
        let mut stack = self.present_stack(0);
        let offset = self.peek_on(&stack, width, 0)?;
        let selector = self.peek_on(&stack, width, width.bytes())? as u16;
        stack.move_by(2 * width.bytes() + released);
        let code = self.return_target(selector)?;
        if rpl(selector) == self.cpu.registers.cpl {
            check_offset(&code, offset)?;
            self.enter_code(code, rpl(selector), offset)?;
            self.adopt(&stack);
            return Ok(());
        }
        self.return_outer(&code, &stack, width, offset, released)
    }

    /// The code that a return leads to.
    pub(super) fn return_target(&mut self, selector: u16) -> Exec<Descriptor> {
        let level = rpl(selector);
        if level < self.cpu.registers.cpl && !is_null(selector) {
            return Err(Fault::WithCode(vector::PROTECTION, selector_code(selector, 0)));
        }
        let code = self.transfer_target(selector)?;
        if !code.admits_return() {
            return Err(code.fault(vector::PROTECTION, 0));
        }
        self.require_present(&code, 0)?;
        Ok(code)
    }

    /// Returns to the outer level of `code`, whose SS and ESP lie at the top of `stack`; `released` bytes go from that
    /// stack too.
    pub(super) fn return_outer(
        &mut self,
        code: &Descriptor,
        stack: &Stack,
        width: Width,
        offset: u32,
        released: u32,
    ) -> Exec {
        let level = rpl(code.selector);
        let pointer = self.peek_on(stack, width, 0)?;
        let selector = self.peek_on(stack, width, width.bytes())? as u16;
        if is_null(selector) {
            return Err(Fault::PROTECTION);
        }
        let segment = self.stack_segment(selector, level, vector::PROTECTION, 0)?;
        check_offset(code, offset)?;
        self.enter_code(*code, level, offset)?;
        let mut outer = Stack::new(segment, pointer, level, 0);
        outer.move_by(released);
        self.adopt(&outer);
        self.cpu.registers.drop_inner_segments();
        Ok(())
    }
}

impl Registers {
    /// Makes data segments unusable that the present level may not use.
    pub(crate) fn drop_inner_segments(&mut self) {
        let level = self.cpl;
        for number in DATA_REGISTERS {
            let segment = &mut self.segments[usize::from(number)];
            let conforming = rights::CODE | rights::CONFORMING;
            let is_conforming = segment.rights & conforming == conforming;
            if segment.is_present() && !is_conforming && segment.dpl() < level {
                segment.nullify(0);
            }
        }
    }
}

/// # Errors
/// #GP when execution cannot go on at `offset`.
pub(super) fn check_offset(code: &Descriptor, offset: u32) -> Exec {
    if offset > code.limit() { Err(Fault::PROTECTION) } else { Ok(()) }
}
