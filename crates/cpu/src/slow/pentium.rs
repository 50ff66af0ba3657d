//! What came with the Pentium and after it, MMX apart.

use super::{Exec, Fault, Step};
use crate::decode::{Kind, Op};
use crate::model::{VENDOR, cr4};
use crate::msr::{Refused, number};
use crate::regs::{cr0, flag, reg, seg};
use crate::segment::{Segment, rights};
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
                self.require_level_0_if(self.cpu.registers.cr4 & cr4::TSD != 0)?;
                self.bus.clocks_counted();
                let value = self.cpu.msr.time_stamp(self.cpu.clocks());
                self.set_edx_eax(value);
                Ok(())
            }
            Kind::Rdmsr => {
                self.require_level_0()?;
                let number = self.cpu.registers.reg32(reg::CX);
                self.bus.clocks_counted();
                let value = self.cpu.msr.read(self.cpu.model, number, self.cpu.clocks())?;
                self.set_edx_eax(value);
                Ok(())
            }
            Kind::Wrmsr => {
                self.require_level_0()?;
                let (number, value, clocks) = (self.cpu.registers.reg32(reg::CX), self.edx_eax(), self.cpu.clocks());
                self.bus.clocks_counted();
                Ok(self.cpu.msr.write(self.cpu.model, number, value, clocks)?)
            }
            Kind::Rdpmc => {
                self.require_level_0_if(self.cpu.registers.cr4 & cr4::PCE == 0)?;
                self.bus.clocks_counted();
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
            Kind::Sysenter => self.sysenter(),
            _ => self.sysexit(),
        }
    }

    fn require_level_0_if(&self, required: bool) -> Exec {
        if required { self.require_level_0() } else { Ok(()) }
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
        let (segment, offset) = (op.memory.segment, self.offset(op));
        // What forbids the write forbids the read.
        self.probe_write(segment, offset, 8)?;
        let found = self.read_quad(segment, offset)?;
        let equal = found == self.edx_eax();
        let registers = &self.cpu.registers;
        let new = u64::from(registers.reg32(reg::CX)) << 32 | u64::from(registers.reg32(reg::BX));
        // SPEC: SDM vol. 2 CMPXCHG8B: the destination is written in either case.
        self.write_quad(segment, offset, if equal { new } else { found })?;
        if !equal {
            self.set_edx_eax(found);
        }
        self.cpu.registers.set(flag::ZF, equal);
        Ok(())
    }

    /// # Errors
    /// As two halves that are accessed as one: both are there, or nothing is done.
    pub(super) fn read_quad(&mut self, segment: u8, offset: u32) -> Exec<u64> {
        self.probe_read(segment, offset, 8)?;
        self.check_operand_alignment(segment, offset, 8)?;
        let low = self.read_memory(segment, offset, Width::Dword)?;
        let high = self.read_memory(segment, offset.wrapping_add(4), Width::Dword)?;
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    /// # Errors
    /// As [`Step::read_quad`].
    pub(super) fn write_quad(&mut self, segment: u8, offset: u32, value: u64) -> Exec {
        self.probe_write(segment, offset, 8)?;
        self.check_operand_alignment(segment, offset, 8)?;
        self.write_memory(segment, offset, Width::Dword, value as u32)?;
        self.write_memory(segment, offset.wrapping_add(4), Width::Dword, (value >> 32) as u32)
    }

    /// The code segment that SYSENTER and SYSEXIT count from.
    fn system_call_selector(&self) -> Exec<u16> {
        let selector = self.cpu.msr.kept(number::SYSENTER_CS) as u16 & !3;
        let usable = selector != 0 && self.cpu.registers.cr0 & cr0::PE != 0;
        if usable { Ok(selector) } else { Err(Fault::PROTECTION) }
    }

    // SPEC: SDM vol. 2 (243191) SYSENTER and SYSEXIT. QUIRK: no descriptor is read, and data segments stay as they are.
    fn sysenter(&mut self) -> Exec {
        let selector = self.system_call_selector()?;
        let (stack, target) = (self.cpu.msr.kept(number::SYSENTER_ESP), self.cpu.msr.kept(number::SYSENTER_EIP));
        self.cpu.registers.eflags &= !(flag::VM | flag::IF);
        self.enter_flat(selector, 0, stack as u32, target as u32);
        Ok(())
    }

    fn sysexit(&mut self) -> Exec {
        let selector = self.system_call_selector()?;
        self.require_level_0()?;
        let (stack, target) = (self.cpu.registers.reg32(reg::CX), self.cpu.registers.reg32(reg::DX));
        self.enter_flat(selector.wrapping_add(16), 3, stack, target);
        Ok(())
    }

    /// Goes on at `target` in a flat code segment at `level`, with the flat stack segment that follows it.
    fn enter_flat(&mut self, selector: u16, level: u8, stack: u32, target: u32) {
        let flat = rights::REAL | rights::BIG | rights::GRANULAR | u16::from(level) << 5;
        let code = Segment::new(selector | u16::from(level), 0, u32::MAX, flat | rights::CODE);
        let data = Segment::new(selector.wrapping_add(8) | u16::from(level), 0, u32::MAX, flat);
        let registers = &mut self.cpu.registers;
        (registers.segments[usize::from(seg::CS)], registers.segments[usize::from(seg::SS)]) = (code, data);
        registers.write(Width::Dword, reg::SP, stack);
        self.next = target;
        self.set_level(level);
    }
}
