//! MMX, FXSAVE and FXRSTOR: operands and rules around the registers that they share with the coprocessor.
//!
//! SPEC: MMX Programmer's Reference Manual (243007) chapters 2 and 5; SDM vol. 3 (243192) chapter 10.

use super::fpu::Ready;
use super::{Exec, Fault, Step};
use crate::Width;
use crate::alu::mmx::{Packed, packed};
use crate::decode::{Kind, Op, Operand};
use crate::regs::cr0;

/// Bytes of the image of FXSAVE, and where its registers end.
const IMAGE_BYTES: usize = 512;
const REGISTERS_END: usize = 160;
/// What FXSAVE leaves alone: MXCSR, which came with SSE.
const MXCSR: std::ops::Range<usize> = 24..32;

impl Step<'_> {
    #[inline(never)]
    pub(super) fn mmx(&mut self, op: &Op) -> Exec {
        if self.cpu.registers.cr0 & cr0::EM != 0 {
            return Err(Fault::UNDEFINED);
        }
        self.trap_coprocessor(self.cpu.registers.cr0 & cr0::TS != 0)?;
        if self.await_coprocessor()? == Ready::No {
            self.next = self.start;
            return Ok(());
        }
        let Some(fpu) = &self.cpu.fpu else { return Err(Fault::UNDEFINED) };
        // What faults changes nothing: the unit changes after the accesses to memory.
        let loaded = match (op.kind, op.first, op.second) {
            (Kind::Packed(operation), Operand::Mmx(number), second) => {
                let before = fpu.mmx(number);
                let source = match second {
                    Operand::Mmx(number) => fpu.mmx(number),
                    Operand::Immediate => u64::from(op.immediate & 0xff),
                    _ => self.packed_source(op, operation)?,
                };
                Some((number, packed(operation, before, source)))
            }
            (Kind::MovdLoad, Operand::Mmx(number), second) => {
                Some((number, u64::from(self.read_operand(op, second, Width::Dword)?)))
            }
            (Kind::MovdStore, first, Operand::Mmx(number)) => {
                let value = fpu.mmx(number) as u32;
                self.write_operand(op, first, Width::Dword, value)?;
                None
            }
            (Kind::MovqStore, _, Operand::Mmx(number)) => {
                let value = fpu.mmx(number);
                self.write_quad(op.memory.segment, self.offset(op), value)?;
                None
            }
            _ => None,
        };
        let Some(fpu) = &mut self.cpu.fpu else { return Err(Fault::UNDEFINED) };
        if let Some((number, value)) = loaded {
            fpu.set_mmx(number, value);
        }
        if op.kind == Kind::Emms {
            fpu.emms()
        } else {
            fpu.enter_mmx()
        }
        Ok(())
    }

    fn packed_source(&mut self, op: &Op, operation: Packed) -> Exec<u64> {
        let (segment, offset) = (op.memory.segment, self.offset(op));
        if operation.reads_half() {
            return Ok(u64::from(self.read_memory(segment, offset, Width::Dword)?));
        }
        self.read_quad(segment, offset)
    }

    /// The segment and offset of the image.
    fn image(&self, op: &Op) -> Exec<(u8, u32)> {
        // SPEC: SDM vol. 2 (243191) FXSAVE: #NM with EM or TS; #GP when it is not on a multiple of 16.
        self.trap_coprocessor(self.cpu.registers.cr0 & (cr0::EM | cr0::TS) != 0)?;
        let (segment, offset) = (op.memory.segment, self.offset(op));
        let linear = self.cpu.registers.segment(segment).base.wrapping_add(offset);
        if linear & 15 != 0 { Err(Fault::PROTECTION) } else { Ok((segment, offset)) }
    }

    // UNVERIFIED: the reserved bytes between registers are written as zero, and those from the end of the registers on
    // are left as they are.
    pub(super) fn fxsave(&mut self, op: &Op) -> Exec {
        let (segment, offset) = self.image(op)?;
        self.probe_write(segment, offset, IMAGE_BYTES as u32)?;
        let Some(fpu) = self.cpu.fpu else { return Err(Fault::UNDEFINED) };
        let mut image = [0; IMAGE_BYTES];
        fpu.fxsave(&mut image);
        for (at, bytes) in (0..).step_by(4).zip(image[..REGISTERS_END].as_chunks().0) {
            if !MXCSR.contains(&at) {
                let offset = offset.wrapping_add(at as u32);
                self.write_memory(segment, offset, Width::Dword, u32::from_le_bytes(*bytes))?;
            }
        }
        Ok(())
    }

    pub(super) fn fxrstor(&mut self, op: &Op) -> Exec {
        let (segment, offset) = self.image(op)?;
        self.probe_read(segment, offset, IMAGE_BYTES as u32)?;
        let Some(mut fpu) = self.cpu.fpu else { return Err(Fault::UNDEFINED) };
        let mut image = [0; IMAGE_BYTES];
        self.read_bytes(op, &mut image[..REGISTERS_END])?;
        fpu.fxrstor(&image);
        self.cpu.fpu = Some(fpu);
        self.drive_error();
        Ok(())
    }
}
