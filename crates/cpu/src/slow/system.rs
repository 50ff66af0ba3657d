//! System registers, HLT, WAIT and the coprocessor's escapes.

use super::{Exec, Fault, Step};
use crate::cpu::event;
use crate::decode::{Kind, Op, Operand};
use crate::interrupt::vector;
use crate::regs::{TableRegister, cr0};
use crate::{Model, Width};

impl Step<'_> {
    #[inline(never)]
    pub(super) fn system(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::Hlt => {
                self.cpu.events |= event::HALTED;
                Ok(())
            }
            Kind::Wait => self.trap_coprocessor(self.cpu.registers.cr0 & (cr0::MP | cr0::TS) == cr0::MP | cr0::TS),
            Kind::Escape => self.escape(op),
            Kind::Lgdt => {
                self.cpu.registers.gdtr = self.read_table_register(op)?;
                Ok(())
            }
            Kind::Lidt => {
                self.cpu.registers.idtr = self.read_table_register(op)?;
                Ok(())
            }
            Kind::Sgdt => self.store_table_register(op, self.cpu.registers.gdtr),
            Kind::Sidt => self.store_table_register(op, self.cpu.registers.idtr),
            Kind::Smsw => {
                let value = self.cpu.registers.cr0;
                self.write_operand(op, op.first, op.width, value)
            }
            Kind::Lmsw => {
                let value = self.read_operand(op, op.first, Width::Word)?;
                self.write_cr0(self.cpu.registers.cr0 & !0xe | value & 0xf)
            }
            Kind::Clts => {
                self.cpu.registers.cr0 &= !cr0::TS;
                Ok(())
            }
            Kind::MovSpecial => self.mov_special(op),
            _ => Ok(()),
        }
    }

    // DEVIATION: as on a board without coprocessor; the first word of the operand is checked against the limit, nothing
    // is read or written.
    fn escape(&mut self, op: &Op) -> Exec {
        self.trap_coprocessor(self.cpu.registers.cr0 & (cr0::EM | cr0::TS) != 0)?;
        if op.first == Operand::Memory { self.probe(op.memory.segment, self.offset(op), 2) } else { Ok(()) }
    }

    fn trap_coprocessor(&self, trap: bool) -> Exec {
        if trap { Err(Fault::Exception(vector::NO_COPROCESSOR)) } else { Ok(()) }
    }

    fn read_table_register(&mut self, op: &Op) -> Exec<TableRegister> {
        let offset = self.offset(op);
        let limit = self.read_memory(op.memory.segment, offset, Width::Word)?;
        let at = self.operand_after(op, offset, 2);
        let base = self.read_memory(op.memory.segment, at, Width::Dword)?;
        let base = if op.width == Width::Dword { base } else { base & 0x00ff_ffff };
        Ok(TableRegister { base, limit: limit as u16 })
    }

    fn store_table_register(&mut self, op: &Op, table: TableRegister) -> Exec {
        let offset = self.offset(op);
        let at = self.operand_after(op, offset, 2);
        self.probe(op.memory.segment, at, 4)?;
        // SPEC: 80286 (210498) SGDT: the sixth byte is undefined, the chip writes ones; the 80386 writes the 32-bit base
        // or, with 16-bit operands, a zero.
        let base = match (self.cpu.model, op.width) {
            (Model::I80286, _) => table.base | 0xff00_0000,
            (_, Width::Dword) => table.base,
            _ => table.base & 0x00ff_ffff,
        };
        self.write_memory(op.memory.segment, offset, Width::Word, u32::from(table.limit))?;
        self.write_memory(op.memory.segment, at, Width::Dword, base)
    }

    fn write_cr0(&mut self, value: u32) -> Exec {
        if value & cr0::PE != 0 {
            return Err(Fault::ProtectedMode);
        }
        if value & cr0::PG != 0 {
            return Err(Fault::PROTECTION);
        }
        let traits = self.cpu.model.traits();
        let fixed = traits.cr0_reset & !traits.cr0_writable;
        self.cpu.registers.cr0 = value & traits.cr0_writable | fixed;
        Ok(())
    }

    /// MOV to and from CR, DR and TR.
    fn mov_special(&mut self, op: &Op) -> Exec {
        let special = if matches!(op.first, Operand::Register(_)) { op.second } else { op.first };
        let is_store = special == op.second;
        let value = if is_store { 0 } else { self.read_operand(op, op.second, Width::Dword)? };
        let first_test = if self.cpu.model == Model::I80386 { 6 } else { 3 };
        let registers = &mut self.cpu.registers;
        let slot = match special {
            Operand::Control(0) if is_store => &mut registers.cr0,
            Operand::Control(0) => return self.write_cr0(value),
            Operand::Control(2) => &mut registers.cr2,
            Operand::Control(3) => &mut registers.cr3,
            // QUIRK: DR4 and DR5 are DR6 and DR7.
            Operand::Debug(number @ (4 | 5)) => &mut registers.debug[usize::from(number) + 2],
            Operand::Debug(number) => &mut registers.debug[usize::from(number & 7)],
            Operand::Test(number) if number >= first_test => &mut registers.test[usize::from(number & 7)],
            _ => return Err(Fault::UNDEFINED),
        };
        if is_store {
            let value = *slot;
            return self.write_operand(op, op.first, Width::Dword, value);
        }
        *slot = value;
        Ok(())
    }
}
