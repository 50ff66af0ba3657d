//! Moves and conversions.

use super::{Exec, Fault, Step};
use crate::cpu::event;
use crate::decode::{Kind, Op, Operand};
use crate::regs::{flag, reg, seg};
use crate::{Model, Width, alu};

impl Step<'_> {
    #[inline(never)]
    pub(super) fn mov(&mut self, op: &Op) -> Exec {
        let value = self.read_operand(op, op.second, op.width)?;
        self.write_operand(op, op.first, op.width, value)
    }

    #[inline(never)]
    pub(super) fn data(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::MovFromSegment => self.mov(op),
            Kind::MovToSegment => {
                let selector = self.read_operand(op, op.second, Width::Word)?;
                match op.first {
                    Operand::Segment(number) => self.move_to_segment(number, selector as u16),
                    _ => Err(Fault::UNDEFINED),
                }
            }
            Kind::Movzx => {
                let value = self.read_operand(op, op.second, op.second_width)?;
                self.write_operand(op, op.first, op.width, value)
            }
            Kind::Movsx => {
                let value = self.read_operand(op, op.second, op.second_width)?;
                let value = alu::sign_extend(op.second_width, value) as u32;
                self.write_operand(op, op.first, op.width, value)
            }
            Kind::Xchg => self.xchg(op),
            Kind::Lea => {
                let offset = self.offset(op);
                self.write_operand(op, op.first, op.width, offset)
            }
            Kind::LoadFar(segment) => self.load_far(op, segment),
            Kind::Xlat => self.xlat(op),
            Kind::Lahf => {
                let flags = self.cpu.registers.eflags;
                self.cpu.registers.write(Width::Byte, reg::AH, flags);
                Ok(())
            }
            Kind::Sahf => {
                let loaded = flag::SF | flag::ZF | flag::AF | flag::PF | flag::CF;
                let ah = u32::from(self.cpu.registers.reg8(reg::AH));
                self.cpu.registers.eflags = self.cpu.registers.eflags & !loaded | ah & loaded;
                Ok(())
            }
            Kind::Widen => {
                let half = if op.width == Width::Dword { Width::Word } else { Width::Byte };
                let value = alu::sign_extend(half, self.cpu.registers.read(half, reg::AX)) as u32;
                self.cpu.registers.write(op.width, reg::AX, value);
                Ok(())
            }
            Kind::WidenIntoDx => {
                let value = alu::sign_extend(op.width, self.cpu.registers.read(op.width, reg::AX));
                self.cpu.registers.write(op.width, reg::DX, (value >> 31) as u32);
                Ok(())
            }
            Kind::Bswap => {
                // UNVERIFIED: the 16-bit form is undefined; the register's low half becomes zero.
                let value = self.read_operand(op, op.first, op.width)?;
                let value = if op.width == Width::Dword { value.swap_bytes() } else { 0 };
                self.write_operand(op, op.first, op.width, value)
            }
            Kind::Cmpxchg => self.cmpxchg(op),
            _ => self.xadd(op),
        }
    }

    /// Loads a segment register by MOV or POP, with the shadow that follows.
    pub(super) fn move_to_segment(&mut self, number: u8, selector: u16) -> Exec {
        if number == seg::CS && self.cpu.model > Model::I8086 {
            return Err(Fault::UNDEFINED);
        }
        self.load_segment(number, selector)?;
        // QUIRK: a load of any segment register holds off interrupts on the 8086, later only a load of SS.
        if number == seg::SS || self.cpu.model == Model::I8086 {
            self.cpu.events |= event::SHADOW | if number == seg::SS { event::STACK_LOADED } else { 0 };
            self.trap_inhibited = true;
        }
        Ok(())
    }

    fn xchg(&mut self, op: &Op) -> Exec {
        let a = self.read_destination(op, op.first, op.width)?;
        let b = self.read_destination(op, op.second, op.width)?;
        // A memory operand, which may fault, goes first and does not depend on the register.
        let (memory, other, to_memory, to_other) =
            if op.second == Operand::Memory { (op.second, op.first, a, b) } else { (op.first, op.second, b, a) };
        self.write_operand(op, memory, op.width, to_memory)?;
        self.write_operand(op, other, op.width, to_other)
    }

    fn load_far(&mut self, op: &Op, segment: u8) -> Exec {
        let offset = self.offset(op);
        let at = self.operand_after(op, offset, op.width.bytes());
        let value = self.read_memory(op.memory.segment, offset, op.width)?;
        let selector = self.read_memory(op.memory.segment, at, Width::Word)?;
        self.load_segment(segment, selector as u16)?;
        self.write_operand(op, op.first, op.width, value)
    }

    /// The offset `distance` beyond the start of a memory operand.
    pub(super) fn operand_after(&self, op: &Op, offset: u32, distance: u32) -> u32 {
        let sum = offset.wrapping_add(distance);
        if op.wide_address { sum } else { sum & 0xffff }
    }

    fn xlat(&mut self, op: &Op) -> Exec {
        let index = u32::from(self.cpu.registers.reg8(reg::AX));
        let base = self.cpu.registers.reg32(reg::BX);
        let offset = self.operand_after(op, base, index);
        let value = self.read_memory(op.memory.segment, offset, Width::Byte)?;
        self.cpu.registers.write(Width::Byte, reg::AX, value);
        Ok(())
    }

    fn cmpxchg(&mut self, op: &Op) -> Exec {
        let accumulator = self.cpu.registers.read(op.width, reg::AX);
        let found = self.read_destination(op, op.first, op.width)?;
        let (_, flags) = alu::sub(op.width, accumulator, found, 0);
        let equal = accumulator == found;
        // SPEC: i486 (240440) CMPXCHG: the destination is written in either case.
        let value = if equal { self.read_operand(op, op.second, op.width)? } else { found };
        self.write_operand(op, op.first, op.width, value)?;
        if !equal {
            self.cpu.registers.write(op.width, reg::AX, found);
        }
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }

    fn xadd(&mut self, op: &Op) -> Exec {
        let a = self.read_destination(op, op.first, op.width)?;
        let b = self.read_operand(op, op.second, op.width)?;
        let (sum, flags) = alu::add(op.width, a, b, 0);
        if op.first == Operand::Memory {
            self.write_operand(op, op.first, op.width, sum)?;
            self.write_operand(op, op.second, op.width, a)?;
        } else {
            self.write_operand(op, op.second, op.width, a)?;
            self.write_operand(op, op.first, op.width, sum)?;
        }
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }
}
