//! Delivery of interrupts, traps and faults in real mode.

use crate::cpu::event;
use crate::regs::{flag, reg, seg};
use crate::slow::{Exec, Fault, Step};
use crate::{Model, Width};

/// Vectors of the CPU's own exceptions.
pub(crate) mod vector {
    pub(crate) const DIVIDE: u8 = 0;
    pub(crate) const DEBUG: u8 = 1;
    pub(crate) const NMI: u8 = 2;
    pub(crate) const BREAKPOINT: u8 = 3;
    pub(crate) const OVERFLOW: u8 = 4;
    pub(crate) const BOUND: u8 = 5;
    pub(crate) const UNDEFINED: u8 = 6;
    pub(crate) const NO_COPROCESSOR: u8 = 7;
    pub(crate) const DOUBLE_FAULT: u8 = 8;
    pub(crate) const STACK: u8 = 12;
    pub(crate) const PROTECTION: u8 = 13;
}

impl Step<'_> {
    /// Whether an interrupt waits, shadows aside.
    pub(crate) fn interrupt_waits(&self) -> bool {
        let events = self.cpu.events;
        events & event::NMI != 0 || events & event::INTR != 0 && self.cpu.registers.has(flag::IF)
    }

    /// Serves what waits at this instruction boundary. True when that took the place of an instruction.
    pub(crate) fn serve_events(&mut self) -> Exec<bool> {
        let events = self.cpu.events;
        let shadow = events & event::SHADOW != 0;
        let skipped = std::mem::take(&mut self.cpu.skipped_prefixes);
        self.cpu.events &= !(event::SHADOW | event::REPEATING);
        let number = if events & event::TRAP != 0 {
            self.cpu.events &= !event::TRAP;
            vector::DEBUG
        } else if events & event::NMI != 0 && !shadow {
            self.cpu.events &= !event::NMI;
            vector::NMI
        } else if events & event::INTR != 0 && !shadow && self.cpu.registers.has(flag::IF) {
            let at = self.cpu.instructions;
            let number = self.bus.acknowledge_interrupt(self.mem, at);
            self.after_bus_access();
            number
        } else {
            return Ok(false);
        };
        self.cpu.events &= !event::HALTED;
        let return_to = self.cpu.registers.eip.wrapping_add(u32::from(skipped));
        let return_to = if skipped == 0 { return_to } else { return_to & 0xffff };
        self.deliver(number, return_to)?;
        Ok(true)
    }

    /// Delivers `number`; a fault on the way becomes a stack or protection fault, then a double fault, then shutdown.
    pub(crate) fn deliver(&mut self, number: u8, return_to: u32) -> Exec {
        let Err(first) = self.enter_handler(number, return_to) else { return Ok(()) };
        let Fault::Exception(second) = first else { return Err(first) };
        // SPEC: 80386 (230985) table 14-2: a vector outside the IDT is interrupt 8. A fault during the delivery of a fault
        // is one too.
        let is_fault = matches!(number, vector::STACK | vector::PROTECTION | vector::DOUBLE_FAULT);
        let second = if is_fault || number == second { vector::DOUBLE_FAULT } else { second };
        let tried_again = number != vector::DOUBLE_FAULT && self.enter_handler(second, self.start).is_ok();
        if tried_again || second != vector::DOUBLE_FAULT && self.enter_handler(vector::DOUBLE_FAULT, self.start).is_ok()
        {
            return Ok(());
        }
        self.cpu.events |= event::SHUTDOWN;
        Err(Fault::Shutdown)
    }

    /// Pushes FLAGS, CS and IP and jumps through the vector. Changes no register when it fails.
    fn enter_handler(&mut self, number: u8, return_to: u32) -> Exec {
        let idt = if self.cpu.model >= Model::I80286 { self.cpu.registers.idtr } else { Default::default() };
        let at = u32::from(number) * 4;
        if self.cpu.model >= Model::I80286 && at + 3 > u32::from(idt.limit) {
            return Err(Fault::Exception(vector::DOUBLE_FAULT));
        }
        let sp = u32::from(self.cpu.registers.reg16(reg::SP));
        let flags = self.cpu.registers.eflags;
        let cs = u32::from(self.cpu.registers.cs());
        for (distance, value) in [(2, flags), (4, cs), (6, return_to)] {
            self.write_memory(seg::SS, sp.wrapping_sub(distance) & 0xffff, Width::Word, value & 0xffff)?;
        }
        let offset = self.read_linear(idt.base.wrapping_add(at), Width::Word);
        let selector = self.read_linear(idt.base.wrapping_add(at + 2), Width::Word);
        let registers = &mut self.cpu.registers;
        registers.write(Width::Word, reg::SP, sp.wrapping_sub(6));
        registers.eflags &= !(flag::IF | flag::TF | flag::AC);
        registers.load_segment(seg::CS, selector as u16);
        registers.eip = offset;
        self.next = offset;
        self.cpu.last_interrupt = Some(number);
        Ok(())
    }
}
