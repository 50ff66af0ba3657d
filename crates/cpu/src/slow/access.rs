//! Memory and operands.

use super::paging::Access;
use super::{Exec, Fault, Step};
use crate::decode::{NONE, Op, Operand};
use crate::interrupt::vector;
use crate::mem::Elsewhere;
use crate::regs::{cr0, seg};
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

    fn after_mmio_access(&mut self) {
        if !self.bus.is_mmio_quiet() {
            self.after_bus_access();
        }
    }

    /// The linear address of the bytes at `offset`, when the segment allows to read them.
    #[inline]
    fn readable(&self, segment: u8, offset: u32, bytes: u32) -> Option<u32> {
        let segment = self.cpu.registers.segment(segment);
        segment.reads.covers(offset, bytes).then(|| segment.base.wrapping_add(offset))
    }

    /// The linear address of the bytes at `offset`, when the segment allows to write them.
    #[inline]
    fn writable(&self, segment: u8, offset: u32, bytes: u32) -> Option<u32> {
        let segment = self.cpu.registers.segment(segment);
        segment.writes.covers(offset, bytes).then(|| segment.base.wrapping_add(offset))
    }

    /// # Errors
    /// #AC when an operand is no multiple of `alignment` and that is checked.
    pub(super) fn check_operand_alignment(&self, segment: u8, offset: u32, alignment: u32) -> Exec {
        let base = self.cpu.registers.segment(segment).base;
        self.check_alignment(base.wrapping_add(offset), alignment)
    }

    /// # Errors
    /// When `bytes` cannot be read: they do not lie within the segment, or not in present pages.
    pub(crate) fn probe_read(&mut self, segment: u8, offset: u32, bytes: u32) -> Exec {
        match self.readable(segment, offset, bytes) {
            Some(linear) => self.probe_linear(linear, bytes, Access::Read),
            None if self.wraps_offsets() => Ok(()),
            None => Err(self.segment_fault(segment)),
        }
    }

    /// # Errors
    /// When `bytes` cannot be written.
    pub(crate) fn probe_write(&mut self, segment: u8, offset: u32, bytes: u32) -> Exec {
        match self.writable(segment, offset, bytes) {
            Some(linear) => self.probe_linear(linear, bytes, Access::Write),
            None if self.wraps_offsets() => Ok(()),
            None => Err(self.segment_fault(segment)),
        }
    }

    /// The fault of an access that the segment does not allow.
    #[cold]
    fn segment_fault(&self, segment: u8) -> Fault {
        // QUIRK: in real mode the 80286 takes interrupt 13 for every segment, also for SS (SingleStepTests/80286).
        let one_vector = self.cpu.model < Model::I80386 && self.cpu.registers.cr0 & cr0::PE == 0;
        Fault::Exception(if segment == seg::SS && !one_vector { vector::STACK } else { vector::PROTECTION })
    }

    #[inline]
    pub(crate) fn read_memory(&mut self, segment: u8, offset: u32, width: Width) -> Exec<u32> {
        match self.readable(segment, offset, width.bytes()) {
            Some(linear) => self.read_linear(linear, width),
            None if self.wraps_offsets() => self.read_wrapped(segment, offset, width),
            None => Err(self.segment_fault(segment)),
        }
    }

    #[inline]
    pub(crate) fn write_memory(&mut self, segment: u8, offset: u32, width: Width, value: u32) -> Exec {
        match self.writable(segment, offset, width.bytes()) {
            Some(linear) => self.write_linear(linear, width, value),
            None if self.wraps_offsets() => self.write_wrapped(segment, offset, width, value),
            None => Err(self.segment_fault(segment)),
        }
    }

    /// Reads what the same instruction writes back: what forbids the write forbids the read.
    #[inline]
    pub(crate) fn read_to_modify(&mut self, segment: u8, offset: u32, width: Width) -> Exec<u32> {
        match self.writable(segment, offset, width.bytes()) {
            Some(linear) => {
                if self.cpu.registers.guards != 0 {
                    self.probe_linear(linear, width.bytes(), Access::Write)?;
                }
                self.read_linear(linear, width)
            }
            None => {
                self.probe_write(segment, offset, width.bytes())?;
                self.read_memory(segment, offset, width)
            }
        }
    }

    fn read_wrapped(&mut self, segment: u8, offset: u32, width: Width) -> Exec<u32> {
        let base = self.cpu.registers.segment(segment).base;
        (0..width.bytes()).try_fold(0, |value, number| {
            let at = base.wrapping_add(offset.wrapping_add(number) & 0xffff);
            Ok(value | self.read_linear(at, Width::Byte)? << (8 * number))
        })
    }

    fn write_wrapped(&mut self, segment: u8, offset: u32, width: Width, value: u32) -> Exec {
        let base = self.cpu.registers.segment(segment).base;
        for number in 0..width.bytes() {
            let at = base.wrapping_add(offset.wrapping_add(number) & 0xffff);
            self.write_linear(at, Width::Byte, value >> (8 * number) & 0xff)?;
        }
        Ok(())
    }

    /// Reads as the program does: at its privilege level.
    #[inline]
    pub(crate) fn read_linear(&mut self, linear: u32, width: Width) -> Exec<u32> {
        if self.cpu.registers.guards != 0 {
            return self.read_guarded(linear, width);
        }
        Ok(self.read_physical(linear, width))
    }

    /// Writes as the program does: at its privilege level.
    #[inline]
    pub(crate) fn write_linear(&mut self, linear: u32, width: Width, value: u32) -> Exec {
        if self.cpu.registers.guards != 0 {
            return self.write_guarded(linear, width, value);
        }
        self.write_physical(linear, width, value);
        Ok(())
    }

    #[inline]
    pub(crate) fn read_physical(&mut self, address: u32, width: Width) -> u32 {
        match self.mem.read_direct(address, width) {
            Some(value) => value,
            None => self.read_other(address, width),
        }
    }

    #[inline]
    pub(crate) fn write_physical(&mut self, address: u32, width: Width, value: u32) {
        if self.mem.write_direct(address, width, value).is_none() {
            self.write_other(address, width, value);
        }
    }

    pub(super) fn crosses_page(linear: u32, width: Width) -> bool {
        linear % crate::PAGE_BYTES > crate::PAGE_BYTES - width.bytes()
    }

    #[cold]
    fn read_other(&mut self, linear: u32, width: Width) -> u32 {
        if Self::crosses_page(linear, width) {
            return (0..width.bytes()).fold(0, |value, number| {
                value | self.read_physical(linear.wrapping_add(number), Width::Byte) << (8 * number)
            });
        }
        match self.mem.read_elsewhere(linear) {
            Elsewhere::Mmio(address) => {
                let value = self.bus.mmio_read(self.mem, address, width, self.cpu.instructions);
                self.after_mmio_access();
                value & width.mask()
            }
            Elsewhere::Nothing => width.mask(),
        }
    }

    #[cold]
    fn write_other(&mut self, linear: u32, width: Width, value: u32) {
        if Self::crosses_page(linear, width) {
            for number in 0..width.bytes() {
                self.write_physical(linear.wrapping_add(number), Width::Byte, value >> (8 * number) & 0xff);
            }
        } else if let Elsewhere::Mmio(address) = self.mem.write_elsewhere(linear, width, value) {
            self.bus.mmio_write(self.mem, address, width, value & width.mask(), self.cpu.instructions);
            self.after_mmio_access();
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
    pub(crate) fn read_operand(&mut self, op: &Op, operand: Operand, width: Width) -> Exec<u32> {
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

    /// The operand that the same instruction writes back.
    #[inline]
    pub(crate) fn read_destination(&mut self, op: &Op, operand: Operand, width: Width) -> Exec<u32> {
        match operand {
            Operand::Memory => self.read_to_modify(op.memory.segment, self.offset(op), width),
            _ => self.read_operand(op, operand, width),
        }
    }

    #[inline]
    pub(crate) fn write_operand(&mut self, op: &Op, operand: Operand, width: Width, value: u32) -> Exec {
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
