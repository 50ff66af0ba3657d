//! What came with the Pentium and after it, MMX apart.

use super::{Exec, Fault, Step};
use crate::decode::{Kind, Op};
use crate::model::VENDOR;
use crate::msr::Refused;
use crate::regs::{flag, reg};
use crate::{Width, alu};

impl From<Refused> for Fault {
    fn from(_: Refused) -> Fault {
        Fault::PROTECTION
    }
}

impl Step<'_> {
    #[inline(never)]
    pub(super) fn pentium(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::Cpuid => self.cpuid(),
            Kind::Rdtsc => {
                let value = self.cpu.msr.time_stamp(self.cpu.clocks());
                self.set_edx_eax(value);
                Ok(())
            }
            Kind::Rdmsr => {
                let number = self.cpu.registers.reg32(reg::CX);
                let value = self.cpu.msr.read(self.cpu.model, number, self.cpu.clocks())?;
                self.set_edx_eax(value);
                Ok(())
            }
            Kind::Wrmsr => {
                let (number, value, clocks) = (self.cpu.registers.reg32(reg::CX), self.edx_eax(), self.cpu.clocks());
                Ok(self.cpu.msr.write(self.cpu.model, number, value, clocks)?)
            }
            Kind::Rdpmc => {
                let value = self.cpu.msr.event_counter(self.cpu.model, self.cpu.registers.reg32(reg::CX))?;
                self.set_edx_eax(value);
                Ok(())
            }
            Kind::Cmpxchg8b => self.cmpxchg8b(op),
            Kind::Cmov(condition) => {
                // SPEC: SDM vol. 2 CMOVcc: the source is read in either case.
                let value = self.read_operand(op, op.second, op.width)?;
                if alu::condition(condition, self.cpu.registers.eflags) {
                    self.write_operand(op, op.first, op.width, value)?;
                }
                Ok(())
            }
            // Real mode has neither SYSENTER nor SYSEXIT.
            _ => Err(Fault::PROTECTION),
        }
    }

    /// EDX:EAX.
    fn edx_eax(&self) -> u64 {
        u64::from(self.cpu.registers.reg32(reg::DX)) << 32 | u64::from(self.cpu.registers.reg32(reg::AX))
    }

    /// Writes EDX:EAX.
    fn set_edx_eax(&mut self, value: u64) {
        self.cpu.registers.write(Width::Dword, reg::DX, (value >> 32) as u32);
        self.cpu.registers.write(Width::Dword, reg::AX, value as u32);
    }

    fn cpuid(&mut self) -> Exec {
        let Some(cpuid) = self.cpu.model.traits().cpuid else { return Err(Fault::UNDEFINED) };
        // SPEC: SDM vol. 2 CPUID: a leaf above the highest gives that of the highest.
        // UNVERIFIED: so does the Pentium.
        let [eax, ebx, ecx, edx] = match self.cpu.registers.reg32(reg::AX).min(cpuid.leaves) {
            0 => [cpuid.leaves, VENDOR[0], VENDOR[2], VENDOR[1]],
            1 => [cpuid.signature, 0, 0, cpuid.features],
            _ => cpuid.caches,
        };
        for (number, value) in [(reg::AX, eax), (reg::BX, ebx), (reg::CX, ecx), (reg::DX, edx)] {
            self.cpu.registers.write(Width::Dword, number, value);
        }
        Ok(())
    }

    // QUIRK: with LOCK and a register as its operand (F0 0F C7 C8) the first Pentiums hang for good. Here, as on later
    // ones, decode refuses it like every LOCK that makes no sense.
    fn cmpxchg8b(&mut self, op: &Op) -> Exec {
        let offset = self.offset(op);
        let high_at = offset.wrapping_add(4);
        let segment = op.memory.segment;
        let low = self.read_memory(segment, offset, Width::Dword)?;
        let high = self.read_memory(segment, high_at, Width::Dword)?;
        let found = u64::from(high) << 32 | u64::from(low);
        let equal = found == self.edx_eax();
        // SPEC: SDM vol. 2 CMPXCHG8B: the destination is written in either case.
        let registers = &self.cpu.registers;
        let (low, high) = if equal { (registers.reg32(reg::BX), registers.reg32(reg::CX)) } else { (low, high) };
        self.write_memory(segment, offset, Width::Dword, low)?;
        self.write_memory(segment, high_at, Width::Dword, high)?;
        if !equal {
            self.set_edx_eax(found);
        }
        self.cpu.registers.set(flag::ZF, equal);
        Ok(())
    }
}
