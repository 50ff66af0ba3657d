//! What came with the Pentium and after it.

use super::{Exec, Fault, Step};
use crate::Width;
use crate::decode::Op;
use crate::model::VENDOR;
use crate::regs::reg;

impl Step<'_> {
    #[inline(never)]
    pub(super) fn pentium(&mut self, _op: &Op) -> Exec {
        self.cpuid()
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
}
