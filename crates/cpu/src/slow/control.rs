//! Transfers of control.

use super::{Exec, Fault, Step};
use crate::Width;
use crate::alu;
use crate::decode::{Kind, Op};
use crate::interrupt::{Event, vector};
use crate::protect::Source;
use crate::regs::{flag, reg, seg};

impl Step<'_> {
    /// The target of a near transfer.
    pub(crate) fn near_target(&self, width: Width, target: u32) -> Exec<u32> {
        let target = target & width.mask() & self.ip_mask;
        if target > self.cpu.registers.segment(seg::CS).limit { Err(Fault::PROTECTION) } else { Ok(target) }
    }

    fn relative_target(&self, op: &Op) -> Exec<u32> {
        self.near_target(op.width, self.next.wrapping_add(op.immediate))
    }

    #[inline(never)]
    pub(super) fn jcc(&mut self, op: &Op, condition: u8) -> Exec {
        if alu::condition(condition, self.cpu.registers.eflags) {
            self.next = self.relative_target(op)?;
        }
        Ok(())
    }

    #[inline(never)]
    pub(super) fn jump_relative(&mut self, op: &Op) -> Exec {
        self.next = self.relative_target(op)?;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn call(&mut self, op: &Op) -> Exec {
        let target = self.relative_target(op)?;
        self.call_near(op.width, target)
    }

    fn call_near(&mut self, width: Width, target: u32) -> Exec {
        self.push(width, self.next)?;
        self.next = target;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn ret(&mut self, op: &Op) -> Exec {
        let target = self.peek(op.width, 0)?;
        self.next = self.near_target(op.width, target)?;
        self.release(op.width.bytes().wrapping_add(op.immediate & 0xffff));
        Ok(())
    }

    #[inline(never)]
    pub(super) fn control(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::JumpFar => self.jump_far(op.width, op.immediate2, op.immediate),
            Kind::CallFar => self.call_far(op.width, op.immediate2, op.immediate),
            Kind::JumpIndirect => {
                let target = self.read_operand(op, op.first, op.width)?;
                self.next = self.near_target(op.width, target)?;
                Ok(())
            }
            Kind::CallIndirect => {
                let target = self.read_operand(op, op.first, op.width)?;
                let target = self.near_target(op.width, target)?;
                self.call_near(op.width, target)
            }
            Kind::JumpFarIndirect => {
                let (selector, target) = self.read_far(op)?;
                self.jump_far(op.width, selector, target)
            }
            Kind::CallFarIndirect => {
                let (selector, target) = self.read_far(op)?;
                self.call_far(op.width, selector, target)
            }
            Kind::Loop => self.branch_on_count(op, true),
            Kind::Loope => self.branch_on_count(op, self.cpu.registers.has(flag::ZF)),
            Kind::Loopne => self.branch_on_count(op, !self.cpu.registers.has(flag::ZF)),
            Kind::Jcxz => {
                if self.counter(op) == 0 {
                    self.next = self.relative_target(op)?;
                }
                Ok(())
            }
            Kind::RetFar => self.ret_far(op),
            Kind::Iret => self.iret(op),
            Kind::Int => self.numbered_interrupt(op.immediate as u8),
            Kind::Int1 => self.software_interrupt(vector::DEBUG, Source::Exception),
            Kind::Int3 => self.software_interrupt(vector::BREAKPOINT, Source::Software),
            Kind::Into if self.cpu.registers.has(flag::OF) => {
                self.software_interrupt(vector::OVERFLOW, Source::Software)
            }
            Kind::Bound => self.bound(op),
            _ => Ok(()),
        }
    }

    pub(super) fn jump_far(&mut self, width: Width, selector: u16, target: u32) -> Exec {
        if self.cpu.registers.is_protected() {
            return self.jump_far_protected(selector, target);
        }
        self.next = self.near_target(width, target)?;
        self.cpu.registers.load_segment(seg::CS, selector);
        Ok(())
    }

    fn call_far(&mut self, width: Width, selector: u16, target: u32) -> Exec {
        if self.cpu.registers.is_protected() {
            return self.call_far_protected(width, selector, target);
        }
        let target = self.near_target(width, target)?;
        let cs = u32::from(self.cpu.registers.cs());
        let (sp, mask) = (self.sp(), self.stack_mask());
        self.write_memory(seg::SS, sp.wrapping_sub(width.bytes()) & mask, width, cs)?;
        self.write_memory(seg::SS, sp.wrapping_sub(2 * width.bytes()) & mask, width, self.next)?;
        self.set_sp(sp.wrapping_sub(2 * width.bytes()));
        self.cpu.registers.load_segment(seg::CS, selector);
        self.next = target;
        Ok(())
    }

    /// The far pointer in memory: selector and offset.
    fn read_far(&mut self, op: &Op) -> Exec<(u16, u32)> {
        let offset = self.offset(op);
        let target = self.read_memory(op.memory.segment, offset, op.width)?;
        let at = self.operand_after(op, offset, op.width.bytes());
        let selector = self.read_memory(op.memory.segment, at, Width::Word)?;
        Ok((selector as u16, target))
    }

    pub(super) fn counter_width(op: &Op) -> Width {
        Width::word_or_dword(op.wide_address)
    }

    fn counter(&self, op: &Op) -> u32 {
        self.cpu.registers.read(Self::counter_width(op), reg::CX)
    }

    fn branch_on_count(&mut self, op: &Op, condition: bool) -> Exec {
        let width = Self::counter_width(op);
        let count = self.counter(op).wrapping_sub(1) & width.mask();
        if count != 0 && condition {
            self.next = self.relative_target(op)?;
        }
        self.cpu.registers.write(width, reg::CX, count);
        Ok(())
    }

    fn ret_far(&mut self, op: &Op) -> Exec {
        if self.cpu.registers.is_protected() {
            return self.ret_far_protected(op.width, op.immediate & 0xffff);
        }
        let target = self.peek(op.width, 0)?;
        let selector = self.peek(op.width, op.width.bytes())?;
        self.next = self.near_target(op.width, target)?;
        self.cpu.registers.load_segment(seg::CS, selector as u16);
        self.release((2 * op.width.bytes()).wrapping_add(op.immediate & 0xffff));
        Ok(())
    }

    fn iret(&mut self, op: &Op) -> Exec {
        if self.cpu.registers.is_protected() { self.iret_protected(op.width) } else { self.iret_near_real(op.width) }
    }

    /// INT n, which virtual-8086 mode may forbid or redirect.
    fn numbered_interrupt(&mut self, number: u8) -> Exec {
        if self.redirect_interrupt(number)? {
            self.trap_inhibited = true;
            return Ok(());
        }
        self.software_interrupt(number, Source::Software)
    }

    fn software_interrupt(&mut self, number: u8, source: Source) -> Exec {
        self.bus.software_interrupt(self.mem, number, &self.cpu.registers, self.cpu.instructions);
        self.trap_inhibited = true;
        // RF held for this instruction, which is done when its handler is entered.
        self.cpu.registers.set(flag::RF, false);
        self.deliver(Event { number, source, code: None, return_to: self.next, resumes: false })
    }

    fn bound(&mut self, op: &Op) -> Exec {
        let index = self.read_operand(op, op.first, op.width)?;
        let offset = self.offset(op);
        let lower = self.read_memory(op.memory.segment, offset, op.width)?;
        let at = self.operand_after(op, offset, op.width.bytes());
        let upper = self.read_memory(op.memory.segment, at, op.width)?;
        let signed = |value| alu::sign_extend(op.width, value);
        if signed(index) < signed(lower) || signed(index) > signed(upper) {
            return Err(Fault::Exception(vector::BOUND));
        }
        Ok(())
    }
}
