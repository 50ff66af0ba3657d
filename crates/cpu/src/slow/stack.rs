//! Stack instructions. The stack pointer of real mode is SP.

use super::{Exec, Step};
use crate::decode::{Kind, Op, Operand};
use crate::regs::{flag, reg, seg};
use crate::{Model, Width};

impl Step<'_> {
    pub(super) fn sp(&self) -> u32 {
        u32::from(self.cpu.registers.reg16(reg::SP))
    }

    pub(super) fn set_sp(&mut self, sp: u32) {
        self.cpu.registers.write(Width::Word, reg::SP, sp);
    }

    #[inline]
    pub(super) fn push(&mut self, width: Width, value: u32) -> Exec {
        let sp = self.sp().wrapping_sub(width.bytes()) & 0xffff;
        self.write_memory(seg::SS, sp, width, value)?;
        self.set_sp(sp);
        Ok(())
    }

    /// The value `distance` bytes above the top of the stack.
    #[inline]
    pub(super) fn peek(&mut self, width: Width, distance: u32) -> Exec<u32> {
        self.read_memory(seg::SS, self.sp().wrapping_add(distance) & 0xffff, width)
    }

    /// Removes `bytes`.
    #[inline]
    pub(super) fn release(&mut self, bytes: u32) {
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
                self.push(op.width, value)
            }
            Kind::PopSegment(number) => {
                let selector = self.peek(op.width, 0)?;
                self.release(op.width.bytes());
                // QUIRK: POP CS of the 8086 jumps, to the offset after it in the new segment.
                self.move_to_segment(number, selector as u16)
            }
            Kind::Pusha => self.pusha(op.width),
            Kind::Popa => self.popa(op.width),
            Kind::Pushf => {
                // SPEC: 80386 (230985) PUSHFD: RF and VM are pushed as zero.
                let value = self.cpu.registers.eflags & !(flag::RF | flag::VM);
                self.push(op.width, value)
            }
            Kind::Popf => {
                let value = self.peek(op.width, 0)?;
                self.release(op.width.bytes());
                self.load_flags(op.width, value);
                Ok(())
            }
            Kind::Enter => self.enter(op),
            _ => {
                let bp = u32::from(self.cpu.registers.reg16(reg::BP));
                let value = self.read_memory(seg::SS, bp, op.width)?;
                self.set_sp(bp.wrapping_add(op.width.bytes()));
                self.cpu.registers.write(op.width, reg::BP, value);
                Ok(())
            }
        }
    }

    /// Loads FLAGS or EFLAGS. DEVIATION: RF stays clear; nothing that it would hold off is modelled.
    pub(super) fn load_flags(&mut self, width: Width, value: u32) {
        let traits = self.cpu.model.traits();
        let writable = traits.flags_writable & width.mask();
        let eflags = &mut self.cpu.registers.eflags;
        *eflags = *eflags & !writable | value & writable | traits.flags_set;
    }

    fn pusha(&mut self, width: Width) -> Exec {
        let sp = self.sp();
        for number in 0..8 {
            let at = sp.wrapping_sub((u32::from(number) + 1) * width.bytes()) & 0xffff;
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
        let (width, bytes) = (op.width, op.width.bytes());
        let level = u32::from(op.immediate2 & 31);
        let bp = self.cpu.registers.read(width, reg::BP);
        let mut sp = self.sp().wrapping_sub(bytes) & 0xffff;
        self.write_memory(seg::SS, sp, width, bp)?;
        let frame = self.cpu.registers.reg32(reg::SP) & 0xffff_0000 | sp;
        for number in 1..level {
            let from = bp.wrapping_sub(number * bytes) & 0xffff;
            let value = self.read_memory(seg::SS, from, width)?;
            sp = sp.wrapping_sub(bytes) & 0xffff;
            self.write_memory(seg::SS, sp, width, value)?;
        }
        if level > 0 {
            sp = sp.wrapping_sub(bytes) & 0xffff;
            self.write_memory(seg::SS, sp, width, frame & width.mask())?;
        }
        self.cpu.registers.write(width, reg::BP, frame);
        self.set_sp(sp.wrapping_sub(op.immediate & 0xffff));
        Ok(())
    }
}
