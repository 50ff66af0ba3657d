//! Memory and operands.

use super::{Exec, Fault, Step};
use crate::decode::{NONE, Op, Operand};
use crate::interrupt::vector;
use crate::mem::Elsewhere;
use crate::regs::seg;
use crate::{Model, Width};

impl Step<'_> {
    /// Whether offsets wrap at 64 KiB, and nothing ever exceeds a limit: the 8086 and 80186.
    pub(super) fn wraps_offsets(&self) -> bool {
        self.cpu.model < Model::I80286
    }

    pub(crate) fn after_bus_access(&mut self) {
        self.attention |= self.bus.attention();
        // The board may have changed the map.
        self.code_span = 0;
    }

    /// The linear address of an access that lies within the limit, `None` otherwise.
    #[inline]
    fn within(&self, segment: u8, offset: u32, bytes: u32) -> Option<u32> {
        let segment = self.cpu.registers.segment(segment);
        let last = offset.checked_add(bytes - 1)?;
        (last <= segment.limit).then(|| segment.base.wrapping_add(offset))
    }

    /// # Errors
    /// When an access of `bytes` does not lie within the limit.
    pub(super) fn probe(&self, segment: u8, offset: u32, bytes: u32) -> Exec {
        if self.wraps_offsets() || self.within(segment, offset, bytes).is_some() {
            return Ok(());
        }
        Err(self.limit_fault(segment))
    }

    fn limit_fault(&self, segment: u8) -> Fault {
        // QUIRK: in real mode the 80286 takes interrupt 13 for every segment, also for SS (SingleStepTests/80286).
        let is_stack = segment == seg::SS && self.cpu.model >= Model::I80386;
        Fault::Exception(if is_stack { vector::STACK } else { vector::PROTECTION })
    }

    #[inline]
    pub(crate) fn read_memory(&mut self, segment: u8, offset: u32, width: Width) -> Exec<u32> {
        match self.within(segment, offset, width.bytes()) {
            Some(linear) => Ok(self.read_linear(linear, width)),
            None if self.wraps_offsets() => Ok(self.read_wrapped(segment, offset, width)),
            None => Err(self.limit_fault(segment)),
        }
    }

    #[inline]
    pub(crate) fn write_memory(&mut self, segment: u8, offset: u32, width: Width, value: u32) -> Exec {
        match self.within(segment, offset, width.bytes()) {
            Some(linear) => self.write_linear(linear, width, value),
            None if self.wraps_offsets() => self.write_wrapped(segment, offset, width, value),
            None => return Err(self.limit_fault(segment)),
        }
        Ok(())
    }

    fn read_wrapped(&mut self, segment: u8, offset: u32, width: Width) -> u32 {
        let base = self.cpu.registers.segment(segment).base;
        (0..width.bytes()).fold(0, |value, number| {
            let at = base.wrapping_add(offset.wrapping_add(number) & 0xffff);
            value | self.read_linear(at, Width::Byte) << (8 * number)
        })
    }

    fn write_wrapped(&mut self, segment: u8, offset: u32, width: Width, value: u32) {
        let base = self.cpu.registers.segment(segment).base;
        for number in 0..width.bytes() {
            let at = base.wrapping_add(offset.wrapping_add(number) & 0xffff);
            self.write_linear(at, Width::Byte, value >> (8 * number) & 0xff);
        }
    }

    #[inline]
    pub(crate) fn read_linear(&mut self, linear: u32, width: Width) -> u32 {
        match self.mem.read_direct(linear, width) {
            Some(value) => value,
            None => self.read_other(linear, width),
        }
    }

    #[inline]
    pub(crate) fn write_linear(&mut self, linear: u32, width: Width, value: u32) {
        if self.mem.write_direct(linear, width, value).is_none() {
            self.write_other(linear, width, value);
        }
    }

    fn crosses_page(linear: u32, width: Width) -> bool {
        linear % crate::PAGE_BYTES > crate::PAGE_BYTES - width.bytes()
    }

    #[cold]
    fn read_other(&mut self, linear: u32, width: Width) -> u32 {
        if Self::crosses_page(linear, width) {
            return (0..width.bytes()).fold(0, |value, number| {
                value | self.read_linear(linear.wrapping_add(number), Width::Byte) << (8 * number)
            });
        }
        match self.mem.read_elsewhere(linear) {
            Elsewhere::Mmio(address) => {
                let value = self.bus.mmio_read(self.mem, address, width, self.cpu.instructions);
                self.after_bus_access();
                value & width.mask()
            }
            Elsewhere::Nothing => width.mask(),
        }
    }

    #[cold]
    fn write_other(&mut self, linear: u32, width: Width, value: u32) {
        if Self::crosses_page(linear, width) {
            for number in 0..width.bytes() {
                self.write_linear(linear.wrapping_add(number), Width::Byte, value >> (8 * number) & 0xff);
            }
        } else if let Elsewhere::Mmio(address) = self.mem.write_elsewhere(linear, width, value) {
            self.bus.mmio_write(self.mem, address, width, value & width.mask(), self.cpu.instructions);
            self.after_bus_access();
        }
    }

    /// The offset of the memory operand.
    #[inline]
    pub(super) fn offset(&self, op: &Op) -> u32 {
        let address = &op.memory;
        let register = |number: u8| if number == NONE { 0 } else { self.cpu.registers.reg32(number) };
        let sum = register(address.base)
            .wrapping_add(register(address.index) << (address.shift & 3))
            .wrapping_add(address.displacement);
        if op.wide_address { sum } else { sum & 0xffff }
    }

    #[inline]
    pub(super) fn read_operand(&mut self, op: &Op, operand: Operand, width: Width) -> Exec<u32> {
        if let Operand::Register(number) = operand {
            return Ok(self.cpu.registers.read(width, number));
        }
        match operand {
            Operand::Immediate => Ok(op.immediate & width.mask()),
            Operand::Memory => self.read_memory(op.memory.segment, self.offset(op), width),
            Operand::Segment(number) => Ok(u32::from(self.cpu.registers.selector(number))),
            _ => Ok(0),
        }
    }

    #[inline]
    pub(super) fn write_operand(&mut self, op: &Op, operand: Operand, width: Width, value: u32) -> Exec {
        match operand {
            Operand::Register(number) => {
                self.cpu.registers.write(width, number, value);
                Ok(())
            }
            Operand::Memory => self.write_memory(op.memory.segment, self.offset(op), width, value),
            _ => Ok(()),
        }
    }
}
