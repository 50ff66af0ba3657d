//! Multiplication and division.

use super::{Exec, Fault, Step};
use crate::alu::{self, divide, microcode8086, microcode80286};
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
                self.finish_multiply(op, product, overflow);
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
                self.finish_multiply(op, product as u64, overflow);
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

    fn finish_multiply(&mut self, op: &Op, product: u64, overflow: bool) {
        let width = op.width;
        self.write_pair(width, product as u32 & width.mask(), (product >> width.bits()) as u32 & width.mask());
        self.multiply_flags(op, product, overflow);
    }

    // QUIRK: SF, ZF, AF and PF are undefined. Up to the 80286 each chip has its rule (SingleStepTests). UNVERIFIED: from
    // the 80386 on they are those of the low half, with AF clear, as an i486 shows them in a debugger.
    // UNVERIFIED: the 80186 is taken to be like the 8086.
    fn multiply_flags(&mut self, op: &Op, product: u64, overflow: bool) {
        let width = op.width;
        let (low, high) = (product as u32 & width.mask(), (product >> width.bits()) as u32 & width.mask());
        let flags = match self.cpu.model {
            Model::I8086 | Model::I80186 if op.kind == Kind::Mul => microcode8086::multiply_flags(width, high),
            Model::I8086 | Model::I80186 => microcode8086::signed_multiply_flags(width, high, low),
            Model::I80286 => microcode80286::multiply_flags(width, high, overflow),
            _ => alu::result_flags(width, low) | if overflow { flag::CF | flag::OF } else { 0 },
        };
        self.cpu.registers.set_arithmetic(flags);
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

    /// The high and the low half of AX, or the pairs DX:AX and EDX:EAX.
    fn read_pair(&self, width: Width) -> (u32, u32) {
        let registers = &self.cpu.registers;
        if width == Width::Byte {
            return (u32::from(registers.reg8(reg::AH)), u32::from(registers.reg8(reg::AX)));
        }
        (registers.read(width, reg::DX), registers.read(width, reg::AX))
    }

    fn imul_truncating(&mut self, op: &Op) -> Exec {
        let a = self.read_operand(op, op.second, op.width)?;
        let b = if op.third { op.immediate & op.width.mask() } else { self.read_operand(op, op.first, op.width)? };
        let product = signed_product(op.width, a, b);
        let result = product as u32 & op.width.mask();
        self.write_operand(op, op.first, op.width, result)?;
        let overflow = product != i64::from(alu::sign_extend(op.width, result));
        self.multiply_flags(op, product as u64, overflow);
        Ok(())
    }

    fn div(&mut self, op: &Op) -> Exec {
        let divisor = self.read_operand(op, op.first, op.width)?;
        let (width, (high, low)) = (op.width, self.read_pair(op.width));
        if self.cpu.model < Model::I80286 {
            return self.finish_8086(width, &microcode8086::unsigned(width, high, low, divisor));
        }
        let result = divide::unsigned(width, pair(width, high, low), divisor);
        if let Some((quotient, remainder)) = result {
            self.write_pair(width, quotient, remainder);
        }
        if self.division_sets_flags(result.is_some()) {
            self.cpu.registers.set_arithmetic(match result {
                Some((quotient, remainder)) => microcode80286::quotient_flags(width, quotient, remainder, divisor),
                None => microcode80286::overflow_flags(width, high, low, divisor),
            });
        }
        result.map_or(Err(Fault::Exception(vector::DIVIDE)), |_| Ok(()))
    }

    fn idiv(&mut self, op: &Op) -> Exec {
        let divisor = self.read_operand(op, op.first, op.width)?;
        let (width, (high, low)) = (op.width, self.read_pair(op.width));
        if self.cpu.model < Model::I80286 {
            let division = microcode8086::signed(width, high, low, divisor, self.negates(op));
            return self.finish_8086(width, &division);
        }
        let unused = 64 - 2 * width.bits();
        let dividend = (pair(width, high, low) << unused) as i64 >> unused;
        let result = divide::signed(width, dividend, alu::sign_extend(width, divisor));
        if let Some((quotient, remainder)) = result {
            self.write_pair(width, quotient, remainder);
        }
        if self.division_sets_flags(result.is_some()) {
            self.cpu.registers.set_arithmetic(match result {
                Some((_, remainder)) => microcode80286::signed_quotient_flags(width, remainder, divisor),
                None => microcode80286::signed_overflow_flags(width, high, low, divisor),
            });
        }
        result.map_or(Err(Fault::Exception(vector::DIVIDE)), |_| Ok(()))
    }

    // QUIRK: a division error changes the flags, too. The 8086 refuses the most negative quotient of IDIV.
    // UNVERIFIED: the 80186 is taken to be like the 8086.
    fn finish_8086(&mut self, width: Width, division: &microcode8086::Division) -> Exec {
        self.cpu.registers.set_arithmetic(division.flags);
        let (quotient, remainder) = division.result.ok_or(Fault::Exception(vector::DIVIDE))?;
        self.write_pair(width, quotient, remainder);
        Ok(())
    }

    // UNVERIFIED: the 80386 to the Pentium are taken to divide as the 80286 does. That division changes flags on them is
    // known from the test that tells them from the chips of Cyrix (5 / 2 leaves all flags there); the P6 leaves them.
    // A division error changes flags on the 80386, too (SingleStepTests/80386, AAM by 0). UNVERIFIED: how, and that it
    // leaves them from the 80486 on, as it does on later chips that were recorded.
    pub(super) fn division_sets_flags(&self, succeeds: bool) -> bool {
        let first_to_keep = if succeeds { Model::PentiumII } else { Model::I80486 };
        self.cpu.model < first_to_keep
    }
}

fn pair(width: Width, high: u32, low: u32) -> u64 {
    u64::from(high) << width.bits() | u64::from(low)
}

fn signed_product(width: Width, a: u32, b: u32) -> i64 {
    i64::from(alu::sign_extend(width, a)) * i64::from(alu::sign_extend(width, b))
}
