//! Bit instructions of the 80386.

use super::{Exec, Step};
use crate::Model;
use crate::alu;
use crate::decode::{BitOp, Kind, Op, Operand};
use crate::regs::{flag, reg};

impl Step<'_> {
    #[inline(never)]
    pub(super) fn bits(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::ShiftDouble(left) => self.shift_double(op, left),
            Kind::Bit(kind) => self.bit(op, kind),
            Kind::BitScan(reverse) => self.bit_scan(op, reverse),
            Kind::Setcc(condition) => {
                let holds = alu::condition(condition, self.cpu.registers.eflags);
                self.write_operand(op, op.first, op.width, u32::from(holds))
            }
            _ => Ok(()),
        }
    }

    fn shift_double(&mut self, op: &Op, left: bool) -> Exec {
        let value = self.read_destination(op, op.first, op.width)?;
        let fill = self.read_operand(op, op.second, op.width)?;
        let count = if op.third { op.immediate } else { u32::from(self.cpu.registers.reg8(reg::CX)) } & 31;
        if count == 0 {
            return Ok(());
        }
        let (result, flags) = alu::shift::double(self.cpu.model, left, op.width, value, fill, count);
        self.write_operand(op, op.first, op.width, result)?;
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }

    /// BT, BTS, BTR, BTC. A bit number in a register reaches beyond a memory operand.
    fn bit(&mut self, op: &Op, kind: BitOp) -> Exec {
        let number = self.read_operand(op, op.second, op.width)?;
        let bit = 1 << (number & (op.width.bits() - 1));
        let mut place = *op;
        if op.first == Operand::Memory && op.second != Operand::Immediate {
            let distance = alu::sign_extend(op.width, number).div_euclid(op.width.bits() as i32);
            let bytes = (distance as u32).wrapping_mul(op.width.bytes());
            place.memory.displacement = op.memory.displacement.wrapping_add(bytes);
        }
        let value = if kind == BitOp::Test {
            self.read_operand(&place, op.first, op.width)?
        } else {
            self.read_destination(&place, op.first, op.width)?
        };
        let changed = match kind {
            BitOp::Test => value,
            BitOp::Set => value | bit,
            BitOp::Reset => value & !bit,
            BitOp::Complement => value ^ bit,
        };
        if kind != BitOp::Test {
            self.write_operand(&place, op.first, op.width, changed)?;
        }
        self.cpu.registers.set(flag::CF, value & bit != 0);
        if self.cpu.model == Model::I80386 {
            self.set_rotated_overflow(op, value, number);
        }
        Ok(())
    }

    // QUIRK: the 80386 rotates the operand right to the bit, and OF tells whether its top bits then differ
    // (SingleStepTests/80386; test386.asm, POST E0h). UNVERIFIED: later models leave OF.
    fn set_rotated_overflow(&mut self, op: &Op, value: u32, number: u32) {
        let number = number & (op.width.bits() - 1);
        let rotated = (u64::from(value) << op.width.bits() | u64::from(value)) >> number;
        let differs = (rotated ^ rotated << 1) & u64::from(op.width.sign()) != 0;
        self.cpu.registers.set(flag::OF, differs);
    }

    fn bit_scan(&mut self, op: &Op, reverse: bool) -> Exec {
        let value = self.read_operand(op, op.second, op.width)?;
        self.cpu.registers.set(flag::ZF, value == 0);
        if value == 0 {
            // The destination is undefined; it stays.
            return Ok(());
        }
        let number = if reverse { 31 - value.leading_zeros() } else { value.trailing_zeros() };
        self.write_operand(op, op.first, op.width, number)
    }
}
