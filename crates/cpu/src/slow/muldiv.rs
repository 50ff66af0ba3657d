//! Multiplication and division.

use super::{Exec, Fault, Step};
use crate::alu::{self, divide};
use crate::decode::{Kind, Op, Repeat};
use crate::interrupt::vector;
use crate::regs::{flag, reg};
use crate::{Model, Width};

impl Step<'_> {
    #[inline(never)]
    pub(super) fn muldiv(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::Mul => {
                let b = self.read_operand(op, op.first, op.width)?;
                let a = self.cpu.registers.read(op.width, reg::AX);
                let mut product = u64::from(a) * u64::from(b);
                if self.negates(op) {
                    product = product.wrapping_neg();
                }
                let overflow = product >> op.width.bits() & u64::from(op.width.mask()) != 0;
                self.finish_multiply(op.width, product, overflow);
                Ok(())
            }
            Kind::Imul => {
                let b = self.read_operand(op, op.first, op.width)?;
                let a = self.cpu.registers.read(op.width, reg::AX);
                let mut product = signed_product(op.width, a, b);
                if self.negates(op) {
                    product = product.wrapping_neg();
                }
                let overflow = product != i64::from(alu::sign_extend(op.width, product as u32 & op.width.mask()));
                self.finish_multiply(op.width, product as u64, overflow);
                Ok(())
            }
            Kind::ImulTruncating => self.imul_truncating(op),
            Kind::Div => self.div(op),
            _ => self.idiv(op),
        }
    }

    // QUIRK: a REP prefix on MUL, IMUL or IDIV of the 8086 flips the internal sign flag, and with it the sign of the
    // result.
    fn negates(&self, op: &Op) -> bool {
        self.cpu.model == Model::I8086 && op.repeat != Repeat::No
    }

    fn finish_multiply(&mut self, width: Width, product: u64, overflow: bool) {
        self.write_pair(width, product as u32 & width.mask(), (product >> width.bits()) as u32 & width.mask());
        self.multiply_flags(width, (product >> width.bits()) as u32, overflow);
    }

    // QUIRK: SF, ZF and PF are undefined; up to the 80286 they are those of the high half, AF is clear on the 8086 and
    // set on the 80286 (SingleStepTests). UNVERIFIED: later models are taken to leave them.
    fn multiply_flags(&mut self, width: Width, high: u32, overflow: bool) {
        let model = self.cpu.model;
        if model < Model::I80386 {
            let auxiliary = if model == Model::I80286 { flag::AF } else { 0 };
            self.cpu.registers.set_arithmetic(alu::result_flags(width, high) | auxiliary);
        }
        self.cpu.registers.set(flag::CF | flag::OF, overflow);
    }

    /// AX from its halves for bytes, else the pairs DX:AX and EDX:EAX.
    fn write_pair(&mut self, width: Width, low: u32, high: u32) {
        if width == Width::Byte {
            self.cpu.registers.write(Width::Word, reg::AX, high << 8 | low);
        } else {
            self.cpu.registers.write(width, reg::AX, low);
            self.cpu.registers.write(width, reg::DX, high);
        }
    }

    fn read_pair(&self, width: Width) -> u64 {
        if width == Width::Byte {
            return u64::from(self.cpu.registers.reg16(reg::AX));
        }
        let low = u64::from(self.cpu.registers.read(width, reg::AX));
        let high = u64::from(self.cpu.registers.read(width, reg::DX));
        high << width.bits() | low
    }

    fn imul_truncating(&mut self, op: &Op) -> Exec {
        let a = self.read_operand(op, op.second, op.width)?;
        let b = if op.third { op.immediate & op.width.mask() } else { self.read_operand(op, op.first, op.width)? };
        let product = signed_product(op.width, a, b);
        let result = product as u32 & op.width.mask();
        self.write_operand(op, op.first, op.width, result)?;
        let overflow = product != i64::from(alu::sign_extend(op.width, result));
        self.multiply_flags(op.width, (product >> op.width.bits()) as u32, overflow);
        Ok(())
    }

    fn div(&mut self, op: &Op) -> Exec {
        let divisor = self.read_operand(op, op.first, op.width)?;
        let (quotient, remainder) =
            divide::unsigned(op.width, self.read_pair(op.width), divisor).ok_or(Fault::Exception(vector::DIVIDE))?;
        self.write_pair(op.width, quotient, remainder);
        Ok(())
    }

    fn idiv(&mut self, op: &Op) -> Exec {
        let divisor = self.read_operand(op, op.first, op.width)?;
        let divisor = alu::sign_extend(op.width, divisor);
        let unused = 64 - 2 * op.width.bits();
        let dividend = (self.read_pair(op.width) << unused) as i64 >> unused;
        // QUIRK: the 8086 refuses the most negative quotient. UNVERIFIED: so does the 80186.
        let symmetric = self.cpu.model < Model::I80286;
        let (quotient, remainder) =
            divide::signed(op.width, dividend, divisor, symmetric).ok_or(Fault::Exception(vector::DIVIDE))?;
        let quotient = if self.negates(op) { quotient.wrapping_neg() & op.width.mask() } else { quotient };
        self.write_pair(op.width, quotient, remainder);
        Ok(())
    }
}

fn signed_product(width: Width, a: u32, b: u32) -> i64 {
    i64::from(alu::sign_extend(width, a)) * i64::from(alu::sign_extend(width, b))
}
