//! Arithmetic, logic, decimal adjustment and single flags.

use super::{Exec, Fault, Step};
use crate::alu::shift::Shift;
use crate::alu::{self, bcd, microcode8086, microcode80286};
use crate::decode::{Arithmetic, Kind, Op, Operand};
use crate::interrupt::vector;
use crate::regs::{flag, reg};
use crate::{Model, Width};

impl Step<'_> {
    #[inline(never)]
    pub(super) fn alu(&mut self, op: &Op, kind: Arithmetic) -> Exec {
        let width = op.width;
        let a = self.read_destination(op, op.first, width)?;
        let b = self.read_operand(op, op.second, width)?;
        let carry = self.cpu.registers.eflags & flag::CF;
        let (result, flags) = match kind {
            Arithmetic::Add => alu::add(width, a, b, 0),
            Arithmetic::Or => alu::logic(width, a | b),
            Arithmetic::Adc => alu::add(width, a, b, carry),
            Arithmetic::Sbb => alu::sub(width, a, b, carry),
            Arithmetic::And => alu::logic(width, a & b),
            Arithmetic::Sub => alu::sub(width, a, b, 0),
            Arithmetic::Xor => alu::logic(width, a ^ b),
        };
        self.finish(op, result, flags)
    }

    #[inline]
    fn finish(&mut self, op: &Op, result: u32, flags: u32) -> Exec {
        self.write_operand(op, op.first, op.width, result)?;
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn cmp(&mut self, op: &Op) -> Exec {
        let a = self.read_operand(op, op.first, op.width)?;
        let b = self.read_operand(op, op.second, op.width)?;
        let (_, flags) = alu::sub(op.width, a, b, 0);
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn test(&mut self, op: &Op) -> Exec {
        let a = self.read_operand(op, op.first, op.width)?;
        let b = self.read_operand(op, op.second, op.width)?;
        let (_, flags) = alu::logic(op.width, a & b);
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn inc(&mut self, op: &Op) -> Exec {
        let a = self.read_destination(op, op.first, op.width)?;
        let (result, flags) = alu::inc(op.width, a, self.cpu.registers.eflags);
        self.finish(op, result, flags)
    }

    #[inline(never)]
    pub(super) fn dec(&mut self, op: &Op) -> Exec {
        let a = self.read_destination(op, op.first, op.width)?;
        let (result, flags) = alu::dec(op.width, a, self.cpu.registers.eflags);
        self.finish(op, result, flags)
    }

    /// A shift count as the model takes it.
    pub(super) fn shift_count(&mut self, op: &Op) -> Exec<u32> {
        let count = match op.second {
            Operand::Register(number) => u32::from(self.cpu.registers.reg8(number)),
            _ => op.immediate & 0xff,
        };
        // QUIRK: the 8086 shifts up to 255 times; later models by the count modulo 32.
        Ok(if self.cpu.model == Model::I8086 { count } else { count & 31 })
    }

    #[inline(never)]
    pub(super) fn shift(&mut self, op: &Op, kind: Shift) -> Exec {
        let a = self.read_destination(op, op.first, op.width)?;
        let count = self.shift_count(op)?;
        if count == 0 {
            return self.write_operand(op, op.first, op.width, a);
        }
        let (result, mut flags) = alu::shift::shift(kind, op.width, a, count, self.cpu.registers.eflags);
        flags = alu::shift::auxiliary(self.cpu.model, kind, flags);
        if matches!(count, 16 | 24) && op.width == Width::Byte && self.cpu.model == Model::I80386 {
            flags = alu::shift::long_byte_shift(kind, a, flags);
        }
        self.finish(op, result, flags)
    }

    #[inline(never)]
    pub(super) fn arithmetic(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::Not => {
                let a = self.read_destination(op, op.first, op.width)?;
                return self.write_operand(op, op.first, op.width, !a & op.width.mask());
            }
            Kind::Neg => {
                let a = self.read_destination(op, op.first, op.width)?;
                let (result, flags) = alu::sub(op.width, 0, a, 0);
                return self.finish(op, result, flags);
            }
            Kind::SetMinusOne => return self.set_minus_one(op),
            Kind::DecimalAdjust(_) | Kind::AsciiAdjust(_) | Kind::Aam | Kind::Aad => return self.adjust(op),
            Kind::Salc => {
                let carry = self.cpu.registers.has(flag::CF);
                self.cpu.registers.write(Width::Byte, reg::AX, if carry { 0xff } else { 0 });
            }
            Kind::Clc => self.cpu.registers.set(flag::CF, false),
            Kind::Stc => self.cpu.registers.set(flag::CF, true),
            Kind::Cmc => self.cpu.registers.eflags ^= flag::CF,
            Kind::Cld => self.cpu.registers.set(flag::DF, false),
            Kind::Std => self.cpu.registers.set(flag::DF, true),
            Kind::Cli => return self.cli(),
            _ => return self.sti(),
        }
        Ok(())
    }

    fn set_minus_one(&mut self, op: &Op) -> Exec {
        let count = self.shift_count(op)?;
        if count == 0 {
            return Ok(());
        }
        let (result, flags) = alu::logic(op.width, op.width.mask());
        self.finish(op, result, flags)
    }

    fn adjust(&mut self, op: &Op) -> Exec {
        let ax = u32::from(self.cpu.registers.reg16(reg::AX));
        let flags = self.cpu.registers.eflags;
        let model = self.cpu.model;
        let old = model == Model::I8086;
        let (result, flags) = match op.kind {
            Kind::DecimalAdjust(subtract) => bcd::decimal(subtract, old, ax, flags),
            Kind::AsciiAdjust(subtract) => bcd::ascii(subtract, model >= Model::I80286, ax, flags),
            Kind::Aam => match bcd::multiply(ax, op.immediate & 0xff) {
                Some(adjusted) => adjusted,
                None => return self.aam_by_zero(ax & 0xff),
            },
            _ => bcd::divide(ax, op.immediate & 0xff, model == Model::I80286),
        };
        self.cpu.registers.write(Width::Word, reg::AX, result);
        self.cpu.registers.set_arithmetic(flags);
        Ok(())
    }

    /// AAM divides by microcode, so an error leaves the flags of a division.
    #[cold]
    fn aam_by_zero(&mut self, al: u32) -> Exec {
        if self.cpu.model < Model::I80286 {
            self.cpu.registers.set_arithmetic(microcode8086::unsigned(Width::Byte, 0, al, 0).flags);
        } else if self.division_sets_flags(false) {
            self.cpu.registers.set_arithmetic(microcode80286::overflow_flags(Width::Byte, 0, al, 0));
        }
        Err(Fault::Exception(vector::DIVIDE))
    }
}
