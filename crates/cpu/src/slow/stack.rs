//! Stack instructions.

use super::{Exec, Step};
use crate::decode::{Kind, Op, Operand};
use crate::regs::{reg, seg};
use crate::{Model, Width};

impl Step<'_> {
    /// The bits of ESP that are the stack pointer: the B bit of SS decides.
    #[inline]
    pub(crate) fn stack_mask(&self) -> u32 {
        if self.cpu.registers.segment(seg::SS).is_big() { u32::MAX } else { 0xffff }
    }

    #[inline]
    pub(crate) fn sp(&self) -> u32 {
        self.cpu.registers.reg32(reg::SP) & self.stack_mask()
    }

    #[inline]
    pub(crate) fn set_sp(&mut self, sp: u32) {
        let mask = self.stack_mask();
        let esp = &mut self.cpu.registers.general[usize::from(reg::SP)];
        *esp = *esp & !mask | sp & mask;
    }

    #[inline]
    pub(crate) fn push(&mut self, width: Width, value: u32) -> Exec {
        let sp = self.sp().wrapping_sub(width.bytes()) & self.stack_mask();
        self.write_memory(seg::SS, sp, width, value)?;
        self.set_sp(sp);
        Ok(())
    }

    /// The value `distance` bytes above the top of the stack.
    #[inline]
    pub(crate) fn peek(&mut self, width: Width, distance: u32) -> Exec<u32> {
        self.read_memory(seg::SS, self.sp().wrapping_add(distance) & self.stack_mask(), width)
    }

    /// Removes `bytes`.
    #[inline]
    pub(crate) fn release(&mut self, bytes: u32) {
        self.set_sp(self.sp().wrapping_add(bytes));
    }

    #[inline(never)]
    pub(super) fn push_operand(&mut self, op: &Op) -> Exec {
        let mut value = self.read_operand(op, op.first, op.width)?;
        // QUIRK: PUSH SP stores the new SP up to the 80186, the old one from the 80286 on.
        if op.first == Operand::Register(reg::SP) && self.cpu.model < Model::I80286 {
            value = value.wrapping_sub(2);
        }
        self.push(op.width, value)
    }

    #[inline(never)]
    pub(super) fn pop_operand(&mut self, op: &Op) -> Exec {
        let value = self.peek(op.width, 0)?;
        let before = self.cpu.registers.reg32(reg::SP);
        // SPEC: 80386 (230985) POP: an address with ESP as base uses the value after the pop.
        self.release(op.width.bytes());
        let done = self.write_operand(op, op.first, op.width, value);
        if done.is_err() {
            self.cpu.registers.write(Width::Dword, reg::SP, before);
        }
        done
    }

    #[inline(never)]
    pub(super) fn stack(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::PushSegment(number) => {
                let value = u32::from(self.cpu.registers.selector(number));
                self.push_selector(op.width, value)
            }
            Kind::PopSegment(number) => self.pop_segment(op.width, number),
            Kind::Pusha => self.pusha(op.width),
            Kind::Popa => self.popa(op.width),
            Kind::Pushf => self.pushf(op.width),
            Kind::Popf => self.popf(op.width),
            Kind::Enter => self.enter(op),
            _ => self.leave(op.width),
        }
    }

    fn push_selector(&mut self, width: Width, value: u32) -> Exec {
        if width == Width::Word || self.cpu.model < Model::I80386 {
            return self.push(width, value);
        }
        // QUIRK: a 32-bit PUSH of a segment register moves ESP by four and writes two bytes.
        let sp = self.sp().wrapping_sub(4) & self.stack_mask();
        self.write_memory(seg::SS, sp, Width::Word, value)?;
        self.set_sp(sp);
        Ok(())
    }

    fn pop_segment(&mut self, width: Width, number: u8) -> Exec {
        // QUIRK: a 32-bit POP of a segment register reads two bytes.
        let selector = self.peek(Width::Word, 0)?;
        let mask = self.stack_mask();
        let after = self.sp().wrapping_add(width.bytes());
        // QUIRK: POP CS of the 8086 jumps, to the offset after it in the new segment.
        self.move_to_segment(number, selector as u16)?;
        // The stack that was popped from decides how wide its pointer is, also for POP SS.
        let esp = &mut self.cpu.registers.general[usize::from(reg::SP)];
        *esp = *esp & !mask | after & mask;
        Ok(())
    }

    fn leave(&mut self, width: Width) -> Exec {
        let frame = self.cpu.registers.reg32(reg::BP) & self.stack_mask();
        let value = self.read_memory(seg::SS, frame, width)?;
        self.set_sp(frame.wrapping_add(width.bytes()));
        self.cpu.registers.write(width, reg::BP, value);
        Ok(())
    }

    fn pusha(&mut self, width: Width) -> Exec {
        let (sp, mask) = (self.sp(), self.stack_mask());
        for number in 0..8 {
            let at = sp.wrapping_sub((u32::from(number) + 1) * width.bytes()) & mask;
            let value = self.cpu.registers.read(width, number);
            self.write_memory(seg::SS, at, width, value)?;
        }
        self.set_sp(sp.wrapping_sub(8 * width.bytes()));
        Ok(())
    }

    fn popa(&mut self, width: Width) -> Exec {
        let mut values = [0; 8];
        for (distance, value) in (0..).zip(&mut values) {
            *value = self.peek(width, distance * width.bytes())?;
        }
        for (number, value) in (0..8).rev().zip(values) {
            if number != reg::SP {
                self.cpu.registers.write(width, number, value);
            }
        }
        self.release(8 * width.bytes());
        Ok(())
    }

    fn enter(&mut self, op: &Op) -> Exec {
        let (width, bytes, mask) = (op.width, op.width.bytes(), self.stack_mask());
        let level = u32::from(op.immediate2 & 31);
        let bp = self.cpu.registers.reg32(reg::BP);
        let mut sp = self.sp().wrapping_sub(bytes) & mask;
        self.write_memory(seg::SS, sp, width, bp & width.mask())?;
        let frame = self.cpu.registers.reg32(reg::SP) & !mask | sp;
        for number in 1..level {
            let from = bp.wrapping_sub(number * bytes) & mask;
            let value = self.read_memory(seg::SS, from, width)?;
            sp = sp.wrapping_sub(bytes) & mask;
            self.write_memory(seg::SS, sp, width, value)?;
        }
        if level > 0 {
            sp = sp.wrapping_sub(bytes) & mask;
            self.write_memory(seg::SS, sp, width, frame & width.mask())?;
        }
        let sp = sp.wrapping_sub(op.immediate & 0xffff) & mask;
        // SPEC: 80386 (230985) ENTER: the new top of the stack must be writable, although nothing is written there.
        if self.cpu.model >= Model::I80386 {
            self.probe_write(seg::SS, sp, bytes)?;
        }
        self.cpu.registers.write(width, reg::BP, frame);
        self.set_sp(sp);
        Ok(())
    }
}
