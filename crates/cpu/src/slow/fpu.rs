//! The coprocessor: escapes, WAIT, and how its errors reach the program.
//!
//! SPEC: 80287 part of (210498), 80386 (230985) chapter 11, i486 (240440) chapters 16 and 19.

use beige_x87::{Context, Escape, Layout, OperandSize, Transfer};

use super::{Exec, Fault, Step};
use crate::decode::{Op, Operand};
use crate::interrupt::vector;
use crate::regs::{cr0, flag, reg, seg};
use crate::{Model, Width};

/// The longest operand: the state in its 32-bit form.
const OPERAND_BYTES: usize = 108;

/// Whether an instruction that waits for the coprocessor can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    Yes,
    /// An error waits for its interrupt; the instruction begins again.
    No,
}

impl Step<'_> {
    /// WAIT.
    pub(super) fn wait(&mut self) -> Exec {
        self.trap_coprocessor(self.cpu.registers.cr0 & (cr0::MP | cr0::TS) == cr0::MP | cr0::TS)?;
        if self.await_coprocessor()? == Ready::No {
            self.next = self.start;
        }
        Ok(())
    }

    pub(super) fn escape(&mut self, op: &Op) -> Exec {
        self.trap_coprocessor(self.cpu.registers.cr0 & (cr0::EM | cr0::TS) != 0)?;
        let escape = Escape::new((op.immediate >> 8) as u8, op.immediate as u8);
        let Some(fpu) = &self.cpu.fpu else { return self.escape_alone(op) };
        if fpu.is_waiting(escape) && self.await_coprocessor()? == Ready::No {
            self.next = self.start;
            return Ok(());
        }
        let size = if op.width == Width::Dword { OperandSize::Dword } else { OperandSize::Word };
        let mut operand = [0; OPERAND_BYTES];
        match escape.transfer(size) {
            Transfer::Write(bytes) => self.store(op, escape, &mut operand[..bytes]),
            Transfer::Read(bytes) => {
                self.read_bytes(op, &mut operand[..bytes])?;
                self.execute_escape(op, escape, &operand[..bytes])
            }
            Transfer::None => self.execute_escape(op, escape, &[]),
        }
    }

    /// Without a coprocessor nothing answers. The first word of the operand is checked against the limit.
    fn escape_alone(&mut self, op: &Op) -> Exec {
        if op.first == Operand::Memory { self.probe_read(op.memory.segment, self.offset(op), 2) } else { Ok(()) }
    }

    /// # Errors
    /// #NM when the coprocessor is emulated, or belongs to another task.
    pub(super) fn trap_coprocessor(&self, trap: bool) -> Exec {
        if trap { Err(Fault::Exception(vector::NO_COPROCESSOR)) } else { Ok(()) }
    }

    /// # Errors
    /// #MF when an unmasked error waits and NE is set.
    pub(super) fn await_coprocessor(&mut self) -> Exec<Ready> {
        let waits = self.cpu.fpu.as_ref().is_some_and(|fpu| fpu.error_pending());
        // The 8087 interrupts through a wire of its own and stops nothing.
        if !waits || self.cpu.model < Model::I80286 {
            return Ok(Ready::Yes);
        }
        if self.reports_itself() {
            return Err(Fault::Exception(vector::NUMERIC));
        }
        Ok(if self.bus.numeric_error_ignored() { Ready::Yes } else { Ready::No })
    }

    /// Whether errors are exceptions of the CPU and no wire tells of them.
    fn reports_itself(&self) -> bool {
        self.cpu.model >= Model::I80486 && self.cpu.registers.cr0 & cr0::NE != 0
    }

    /// Brings FERR# up to date: after everything that changes the unit or NE.
    pub(super) fn drive_error(&mut self) {
        let asserted = self.cpu.fpu.as_ref().is_some_and(|fpu| fpu.error_pending()) && !self.reports_itself();
        if asserted != self.cpu.numeric_error {
            self.cpu.numeric_error = asserted;
            self.bus.numeric_error(self.mem, asserted, self.cpu.instructions);
            self.after_bus_access();
        }
    }

    fn coprocessor_context(&self, op: &Op) -> Context {
        let registers = &self.cpu.registers;
        let wide = op.width == Width::Dword;
        let layout = match (registers.is_protected(), wide) {
            (false, false) => Layout::Real16,
            (false, true) => Layout::Real32,
            (true, false) => Layout::Protected16,
            (true, true) => Layout::Protected32,
        };
        let has_memory = op.first == Operand::Memory;
        Context {
            fip: self.start,
            fcs: registers.selector(seg::CS),
            fdp: if has_memory { self.offset(op) } else { 0 },
            fds: if has_memory { registers.selector(op.memory.segment) } else { 0 },
            flags: registers.eflags,
            layout,
        }
    }

    fn execute_escape(&mut self, op: &Op, escape: Escape, operand: &[u8]) -> Exec {
        let context = self.coprocessor_context(op);
        let Some(fpu) = &mut self.cpu.fpu else { return Ok(()) };
        if fpu.execute_fast(escape, &context, operand) {
            return Ok(());
        }
        // What is not defined changes nothing, so the unit needs no copy: its operand is read.
        let done = fpu.execute(escape, &context, operand);
        if done.undefined {
            return Err(Fault::UNDEFINED);
        }
        if let Some(flags) = done.flags {
            self.cpu.registers.set_arithmetic(flags & flag::ARITHMETIC);
        }
        if let Some(ax) = done.ax {
            self.cpu.registers.write(Width::Word, reg::AX, u32::from(ax));
        }
        self.drive_error();
        Ok(())
    }

    fn store(&mut self, op: &Op, escape: Escape, out: &mut [u8]) -> Exec {
        self.probe_write(op.memory.segment, self.offset(op), out.len() as u32)?;
        let context = self.coprocessor_context(op);
        let Some(fpu) = &self.cpu.fpu else { return Ok(()) };
        if let Some(stored) = fpu.store_fast(escape, out) {
            self.write_bytes(op, out)?;
            if let Some(fpu) = &mut self.cpu.fpu {
                fpu.commit(stored);
                fpu.note(escape, &context);
            }
            return Ok(());
        }
        // The unit changes once memory has taken the bytes.
        let mut fpu = *fpu;
        if fpu.store(escape, &context, out) {
            self.write_bytes(op, out)?;
        }
        self.cpu.fpu = Some(fpu);
        self.drive_error();
        Ok(())
    }

    /// How an operand of so many bytes is to be aligned where that is checked, and the width in which it is moved.
    ///
    /// SPEC: SDM vol. 3 6.15, "Interrupt 17": single precision and dwords 4, double and extended precision, quadwords and
    /// decimals 8, environment and state by operand size.
    fn alignment(bytes: usize) -> (u32, Width) {
        match bytes {
            1 => (1, Width::Byte),
            2 | 14 | 94 => (2, Width::Word),
            8 | 10 => (8, Width::Dword),
            _ => (4, Width::Dword),
        }
    }

    /// Reads the memory operand, in pieces of its alignment.
    pub(super) fn read_bytes(&mut self, op: &Op, bytes: &mut [u8]) -> Exec {
        let (segment, offset) = (op.memory.segment, self.offset(op));
        self.probe_read(segment, offset, bytes.len() as u32)?;
        let (alignment, width) = Self::alignment(bytes.len());
        self.check_operand_alignment(segment, offset, alignment)?;
        let mut distance = 0;
        for chunk in bytes.chunks_mut(width.bytes() as usize) {
            let at = self.operand_after(op, offset, distance);
            let value = self.read_memory(segment, at, piece(chunk.len()))?.to_le_bytes();
            chunk.copy_from_slice(&value[..chunk.len()]);
            distance += width.bytes();
        }
        Ok(())
    }

    /// Writes the memory operand, in pieces of its alignment.
    pub(super) fn write_bytes(&mut self, op: &Op, bytes: &[u8]) -> Exec {
        let (segment, offset) = (op.memory.segment, self.offset(op));
        self.probe_write(segment, offset, bytes.len() as u32)?;
        let (alignment, width) = Self::alignment(bytes.len());
        self.check_operand_alignment(segment, offset, alignment)?;
        let mut distance = 0;
        for chunk in bytes.chunks(width.bytes() as usize) {
            let at = self.operand_after(op, offset, distance);
            let value = chunk.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            self.write_memory(segment, at, piece(chunk.len()), value)?;
            distance += width.bytes();
        }
        Ok(())
    }
}

/// The width of a piece of 4, 2 or 1 bytes.
fn piece(bytes: usize) -> Width {
    match bytes {
        4 => Width::Dword,
        2 => Width::Word,
        _ => Width::Byte,
    }
}
