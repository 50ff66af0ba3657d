//! System registers and HLT.

use super::{Exec, Fault, Step};
use crate::cpu::event;
use crate::decode::{Kind, Op, Operand};
use crate::model::cr4;
use crate::regs::{DR6_FIXED, DR6_ZERO, DR7_FIXED, DR7_ZERO, cr0};
use crate::segment::TableRegister;
use crate::{Model, Width};

impl Step<'_> {
    #[inline(never)]
    pub(super) fn system(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::Hlt => {
                self.require_level_0()?;
                self.cpu.events |= event::HALTED;
                Ok(())
            }
            Kind::Wait => self.wait(),
            Kind::Escape => self.escape(op),
            Kind::Lgdt => {
                self.require_level_0()?;
                self.cpu.registers.gdtr = self.read_table_register(op)?;
                Ok(())
            }
            Kind::Lidt => {
                self.require_level_0()?;
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
                self.require_level_0()?;
                let value = self.read_operand(op, op.first, Width::Word)?;
                // PE can be set, not cleared.
                self.write_cr0(self.cpu.registers.cr0 & !0xe | value & 0xf)
            }
            Kind::Clts => {
                self.require_level_0()?;
                self.cpu.registers.cr0 &= !cr0::TS;
                Ok(())
            }
            Kind::MovSpecial => self.mov_special(op),
            // INVLPG, INVD, WBINVD: there is no TLB and no cache.
            Kind::CacheControl => self.require_level_0(),
            _ => Ok(()),
        }
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
        self.probe_write(op.memory.segment, offset, 2)?;
        self.probe_write(op.memory.segment, at, 4)?;
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
        let is_i486 = self.cpu.model >= Model::I80486;
        let paging_alone = value & (cr0::PE | cr0::PG) == cr0::PG;
        if paging_alone || is_i486 && value & (cr0::NW | cr0::CD) == cr0::NW {
            return Err(Fault::PROTECTION);
        }
        let traits = self.cpu.model.traits();
        let fixed = traits.cr0_reset & !traits.cr0_writable;
        let registers = &mut self.cpu.registers;
        let before = registers.cr0;
        registers.cr0 = value & traits.cr0_writable | fixed;
        if (before ^ registers.cr0) & cr0::PE != 0 {
            registers.set_reaches();
        }
        self.cpu.set_guards();
        self.code_span = 0;
        self.drive_error();
        Ok(())
    }

    /// MOV to and from CR, DR and TR.
    fn mov_special(&mut self, op: &Op) -> Exec {
        let is_store = matches!(op.first, Operand::Register(_));
        let special = if is_store { op.second } else { op.first };
        if !self.has_special(special) {
            return Err(Fault::UNDEFINED);
        }
        self.require_level_0()?;
        if matches!(special, Operand::Debug(_)) {
            self.detect()?;
        }
        if is_store {
            let value = self.read_special(special);
            return self.write_operand(op, op.first, Width::Dword, value);
        }
        let value = self.read_operand(op, op.second, Width::Dword)?;
        self.write_special(special, value)
    }

    fn has_special(&self, special: Operand) -> bool {
        let model = self.cpu.model;
        match special {
            Operand::Control(0 | 2 | 3) => true,
            Operand::Control(4) => model.cr4_writable() != 0,
            Operand::Debug(4 | 5) => self.cpu.registers.cr4 & cr4::DE == 0,
            Operand::Debug(_) => true,
            // SPEC: 80386: TR6 and TR7; i486: TR3 to TR7; none from the Pentium on.
            Operand::Test(number) if model == Model::I80386 => number >= 6,
            Operand::Test(number) => model == Model::I80486 && number >= 3,
            _ => false,
        }
    }

    fn read_special(&self, special: Operand) -> u32 {
        let registers = &self.cpu.registers;
        match special {
            Operand::Control(0) => registers.cr0,
            Operand::Control(2) => registers.cr2,
            Operand::Control(3) => registers.cr3,
            Operand::Control(_) => registers.cr4,
            // QUIRK: bit 10 of DR7 reads as zero on the 386, whose reset value of DR7 is 0 (SingleStepTests/80386).
            Operand::Debug(5 | 7) if self.cpu.model == Model::I80386 => registers.debug[7] & !DR7_FIXED,
            Operand::Debug(number) => registers.debug[debug_register(number)],
            Operand::Test(number) => registers.test[usize::from(number & 7)],
            _ => 0,
        }
    }

    fn write_special(&mut self, special: Operand, value: u32) -> Exec {
        let registers = &mut self.cpu.registers;
        match special {
            Operand::Control(0) => return self.write_cr0(value),
            Operand::Control(2) => registers.cr2 = value,
            Operand::Control(3) => {
                registers.cr3 = value;
                self.code_span = 0;
            }
            Operand::Control(_) => {
                if value & !self.cpu.model.cr4_writable() != 0 {
                    return Err(Fault::PROTECTION);
                }
                registers.cr4 = value;
                self.cpu.set_guards();
                self.code_span = 0;
            }
            Operand::Debug(number) => {
                registers.debug[debug_register(number)] = match debug_register(number) {
                    6 => value & !DR6_ZERO | DR6_FIXED,
                    7 => value & !DR7_ZERO | DR7_FIXED,
                    _ => value,
                };
                self.cpu.set_guards();
            }
            Operand::Test(number) => registers.test[usize::from(number & 7)] = value,
            _ => {}
        }
        Ok(())
    }
}

/// QUIRK: DR4 and DR5 are DR6 and DR7.
fn debug_register(number: u8) -> usize {
    usize::from(if matches!(number, 4 | 5) { number + 2 } else { number & 7 })
}
