//! FE /2 to /7 of the 8086: the calls, jumps and pushes of FF with byte accesses.
//!
//! SPEC: FE and FF share their microcode, and FE makes every access one byte wide, those to the stack included; SP still
//! moves by two. What an access does not fill is all ones (the tests of undefined opcodes in SingleStepTests/8088, v2).
//! UNVERIFIED: that the 8086 does as the 8088.

use super::{Exec, Step};
use crate::Width;
use crate::decode::{Address, Op, Operand};
use crate::regs::{reg, seg};

const UNFILLED: u32 = 0xff00;

impl Step<'_> {
    #[cold]
    pub(super) fn byte_group(&mut self, op: &Op, extension: u8) -> Exec {
        match extension {
            2 => {
                let target = self.byte_target(op)?;
                self.push_byte(self.next)?;
                self.next = target;
            }
            3 => {
                let (selector, target) = self.byte_far_target(op)?;
                let cs = u32::from(self.cpu.registers.cs());
                self.push_byte(cs)?;
                self.push_byte(self.next)?;
                self.jump_far(Width::Word, selector, target)?;
            }
            4 => self.next = self.byte_target(op)?,
            5 => {
                let (selector, target) = self.byte_far_target(op)?;
                self.jump_far(Width::Word, selector, target)?;
            }
            _ => {
                let value = self.read_operand(op, op.first, Width::Byte)?;
                self.push_byte(value)?;
            }
        }
        Ok(())
    }

    /// A byte register brings the other half of its word along, above it.
    fn byte_target(&mut self, op: &Op) -> Exec<u32> {
        let Operand::Register(number) = op.first else {
            return Ok(UNFILLED | self.read_operand(op, op.first, Width::Byte)?);
        };
        let word = self.cpu.registers.reg16(number & 3);
        Ok(u32::from(if number < reg::AH { word } else { word.swap_bytes() }))
    }

    /// Selector and offset. The selector's byte comes from the segment without an override.
    fn byte_far_target(&mut self, op: &Op) -> Exec<(u16, u32)> {
        let offset = self.offset(op);
        let target = self.read_memory(op.memory.segment, offset, Width::Byte)?;
        let at = self.operand_after(op, offset, 2);
        let selector = self.read_memory(default_segment(&op.memory), at, Width::Byte)?;
        Ok(((UNFILLED | selector) as u16, UNFILLED | target))
    }

    fn push_byte(&mut self, value: u32) -> Exec {
        let sp = self.sp().wrapping_sub(2) & 0xffff;
        self.write_memory(seg::SS, sp, Width::Byte, value & 0xff)?;
        self.set_sp(sp);
        Ok(())
    }
}

/// The segment of an address that names none.
fn default_segment(address: &Address) -> u8 {
    if address.base == reg::BP { seg::SS } else { seg::DS }
}
