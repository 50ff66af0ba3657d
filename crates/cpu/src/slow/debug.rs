//! Breakpoints and single steps.
//!
//! SPEC: 80386 (230985) chapter 12, Pentium (241430) chapter 17.

use super::paging::Access;
use super::{Exec, Fault, Step};
use crate::cpu::event;
use crate::interrupt::vector;
use crate::regs::{flag, guard, seg};

/// Bits of DR6.
pub(crate) mod dr6 {
    /// An access to the debug registers was caught.
    pub(crate) const BD: u32 = 1 << 13;
    /// A single step.
    pub(crate) const BS: u32 = 1 << 14;
    /// The T bit of a task.
    pub(crate) const BT: u32 = 1 << 15;
}

/// GD in DR7: the next access to a debug register is caught.
pub(crate) const GENERAL_DETECT: u32 = 1 << 13;

/// The R/W field of a breakpoint.
const ON_EXECUTION: u32 = 0;
const ON_WRITE: u32 = 1;
const ON_PORT: u32 = 2;
const ON_ACCESS: u32 = 3;

impl Step<'_> {
    /// Which breakpoints of a kind cover an access, as bits 0 to 3, when one of them is enabled; zero otherwise.
    fn breakpoints(&self, address: u32, bytes: u32, matches: impl Fn(u32) -> bool) -> u32 {
        let debug = &self.cpu.registers.debug;
        let control = debug[7];
        let hits = (0..4_u32).filter(|number| {
            let kind = control >> (16 + 4 * number);
            // UNVERIFIED: the undefined length 2 is taken as one byte.
            let length = match kind >> 2 & 3 {
                1 => 2,
                3 => 4,
                _ => 1,
            };
            let first = debug[*number as usize] & !(length - 1);
            matches(kind & 3) && (address.wrapping_sub(first) < length || first.wrapping_sub(address) < bytes)
        });
        let hits = hits.fold(0, |hits, number| hits | 1 << number);
        let enabled =
            (0..4).filter(|number| control >> (2 * number) & 3 != 0).fold(0, |bits, number| bits | 1 << number);
        // SPEC: Pentium (241430) 17.3.1: B0 to B3 tell of conditions that are not enabled too.
        if hits & enabled != 0 { hits } else { 0 }
    }

    /// Remembers which breakpoints an access to data hit.
    pub(super) fn watch_data(&mut self, linear: u32, bytes: u32, access: Access) {
        if self.cpu.registers.guards & guard::BREAKPOINTS != 0 {
            let hit = |kind| kind == ON_ACCESS || kind == ON_WRITE && access == Access::Write;
            self.debug_hits |= self.breakpoints(linear, bytes, hit);
        }
    }

    /// Remembers which breakpoints an access to a port hit.
    pub(super) fn watch_port(&mut self, port: u16, bytes: u32) {
        let registers = &self.cpu.registers;
        if registers.guards & guard::BREAKPOINTS != 0 && registers.cr4 & crate::model::cr4::DE != 0 {
            self.debug_hits |= self.breakpoints(u32::from(port), bytes, |kind| kind == ON_PORT);
        }
    }

    /// # Errors
    /// When VIF and VIP are both set, or there is a breakpoint at the instruction and RF does not hold it off.
    pub(crate) fn watch_execution(&mut self) -> Exec {
        // SPEC: SDM volume 3, "Class 2 Maskable Hardware Interrupt Handling in Virtual-8086 Mode": #GP at the beginning
        // of an instruction at which both are set.
        if self.cpu.registers.guards & guard::VIRTUAL_INTERRUPT != 0 {
            return Err(Fault::PROTECTION);
        }
        if self.cpu.registers.has(flag::RF) {
            return Ok(());
        }
        let linear = self.cpu.registers.segment(seg::CS).base.wrapping_add(self.start);
        match self.breakpoints(linear, 1, |kind| kind == ON_EXECUTION) {
            0 => Ok(()),
            hits => {
                self.cpu.registers.debug[6] |= hits;
                self.breakpoint_fault = true;
                Err(Fault::Exception(vector::DEBUG))
            }
        }
    }

    /// # Errors
    /// When GD catches an access to the debug registers.
    pub(super) fn detect(&mut self) -> Exec {
        if self.cpu.registers.debug[7] & GENERAL_DETECT == 0 {
            return Ok(());
        }
        self.cpu.registers.debug[6] |= dr6::BD;
        Err(Fault::Exception(vector::DEBUG))
    }

    /// After an instruction: what makes a trap follow it.
    #[cold]
    pub(super) fn trap_after(&mut self, single_step: bool) {
        let hits = std::mem::take(&mut self.debug_hits);
        let step = if single_step && !self.trap_inhibited { dr6::BS } else { 0 };
        if hits | step != 0 {
            self.cpu.registers.debug[6] |= hits | step;
            self.cpu.events |= event::TRAP;
        }
    }
}
