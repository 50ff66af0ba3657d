//! Delivery of interrupts, traps and faults.

use crate::cpu::event;
use crate::protect::Source;
use crate::regs::{cr0, flag, seg};
use crate::slow::debug::GENERAL_DETECT;
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
    pub(crate) const INVALID_TSS: u8 = 10;
    pub(crate) const NOT_PRESENT: u8 = 11;
    pub(crate) const STACK: u8 = 12;
    pub(crate) const PROTECTION: u8 = 13;
    pub(crate) const PAGE: u8 = 14;
    pub(crate) const NUMERIC: u8 = 16;
    pub(crate) const ALIGNMENT: u8 = 17;
}

/// An interrupt, trap or fault on its way to its handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) number: u8,
    pub(crate) source: Source,
    /// The error code, of exceptions that have one.
    pub(crate) code: Option<u16>,
    /// The offset that is pushed.
    pub(crate) return_to: u32,
    /// It is pushed with RF set: the instruction runs again, or a repeated one goes on.
    pub(crate) resumes: bool,
}

impl Event {
    /// A fault at the instruction at `return_to`.
    fn fault(fault: Fault, return_to: u32) -> Event {
        let (number, code) = match fault {
            Fault::Exception(number) => (number, 0),
            Fault::WithCode(number, code) => (number, code),
            Fault::Shutdown => (vector::DOUBLE_FAULT, 0),
        };
        let code = has_code(number).then_some(code);
        Event { number, source: Source::Exception, code, return_to, resumes: true }
    }

    /// What a fault during the delivery becomes. `None` when only a shutdown is left.
    ///
    /// SPEC: Pentium (241430) tables 14-3 and 14-4.
    fn meets(&self, fault: Fault, return_to: u32) -> Option<Event> {
        let second = Event::fault(fault, return_to);
        if self.source != Source::Exception {
            return Some(second);
        }
        if self.number == vector::DOUBLE_FAULT {
            return None;
        }
        let is_double = is_contributory(self.number) && is_contributory(second.number)
            || self.number == vector::PAGE && (is_contributory(second.number) || second.number == vector::PAGE);
        Some(if is_double { Event::fault(Fault::Exception(vector::DOUBLE_FAULT), return_to) } else { second })
    }
}

fn has_code(number: u8) -> bool {
    matches!(number, vector::DOUBLE_FAULT | vector::INVALID_TSS..=vector::PAGE | vector::ALIGNMENT)
}

fn is_contributory(number: u8) -> bool {
    matches!(number, vector::DIVIDE | vector::INVALID_TSS..=vector::PROTECTION)
}

/// QUIRK: faults that are not contributory, such as #AC, may take each other's place for ever, with interrupts unheard; the
/// chip does not come back (CVE-2015-5307). DEVIATION: here it shuts down after more tries than an end can take.
const TRIES_MAX: u32 = 8;

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
        self.cpu.events &= !(event::SHADOW | event::STACK_LOADED | event::REPEATING);
        let stack_loaded = events & event::STACK_LOADED != 0;
        let (number, source) = if events & event::TRAP != 0 && !stack_loaded {
            self.cpu.events &= !event::TRAP;
            (vector::DEBUG, Source::Exception)
        } else if events & event::NMI != 0 && !shadow {
            self.cpu.events &= !event::NMI;
            (vector::NMI, Source::Hardware)
        } else if events & event::INTR != 0 && !shadow && self.cpu.registers.has(flag::IF) {
            let at = self.cpu.instructions;
            let number = self.bus.acknowledge_interrupt(self.mem, at);
            self.after_bus_access();
            (number, Source::Hardware)
        } else {
            if events & event::WATCH != 0 && !stack_loaded {
                self.watch_execution()?;
            }
            return Ok(false);
        };
        self.cpu.events &= !event::HALTED;
        let return_to = self.cpu.registers.eip.wrapping_add(u32::from(skipped));
        let return_to = if skipped == 0 { return_to } else { return_to & 0xffff };
        self.deliver(Event { number, source, code: None, return_to, resumes: false })?;
        Ok(true)
    }

    /// Delivers a fault of the present instruction.
    pub(crate) fn deliver_fault(&mut self, fault: Fault) -> Exec {
        self.debug_hits = 0;
        let is_breakpoint = std::mem::take(&mut self.breakpoint_fault);
        if fault == Fault::Shutdown {
            return Err(fault);
        }
        let mut event = Event::fault(fault, self.start);
        event.return_to = self.fault_return(event.number);
        event.resumes = !is_breakpoint;
        self.deliver(event)
    }

    /// Delivers; a fault on the way takes the event's place, then a double fault, then the CPU shuts down.
    pub(crate) fn deliver(&mut self, event: Event) -> Exec {
        self.cpu.compared = None;
        let mut event = event;
        let mut tries = 0;
        while let Err(fault) = self.enter_handler(&event) {
            tries += 1;
            match event.meets(fault, self.start) {
                Some(second) if tries < TRIES_MAX => event = second,
                _ => {
                    self.cpu.events |= event::SHUTDOWN;
                    return Err(Fault::Shutdown);
                }
            }
        }
        if event.number == vector::DEBUG {
            self.cpu.registers.debug[7] &= !GENERAL_DETECT;
        }
        self.cpu.registers.eip = self.next;
        self.cpu.last_interrupt = Some(event.number);
        Ok(())
    }

    fn enter_handler(&mut self, event: &Event) -> Exec {
        if self.cpu.registers.cr0 & cr0::PE != 0 { self.enter_gate(event) } else { self.enter_vector(event) }
    }

    /// Pushes FLAGS, CS and IP and jumps through the vector of real mode. Changes no register when it fails.
    fn enter_vector(&mut self, event: &Event) -> Exec {
        let idt = if self.cpu.model >= Model::I80286 { self.cpu.registers.idtr } else { Default::default() };
        let at = u32::from(event.number) * 4;
        if self.cpu.model >= Model::I80286 && at + 3 > u32::from(idt.limit) {
            // SPEC: 80386 (230985) table 14-2: a vector outside the IDT is interrupt 8.
            return Err(Fault::Exception(vector::DOUBLE_FAULT));
        }
        let sp = self.sp();
        let flags = self.cpu.registers.eflags;
        let cs = u32::from(self.cpu.registers.cs());
        for (distance, value) in [(2, flags), (4, cs), (6, event.return_to)] {
            let offset = sp.wrapping_sub(distance) & self.stack_mask();
            self.write_memory(seg::SS, offset, Width::Word, value & 0xffff)?;
        }
        let offset = self.read_physical(idt.base.wrapping_add(at), Width::Word);
        let selector = self.read_physical(idt.base.wrapping_add(at + 2), Width::Word);
        self.set_sp(sp.wrapping_sub(6));
        let registers = &mut self.cpu.registers;
        registers.eflags &= !(flag::IF | flag::TF | flag::AC | flag::RF);
        registers.load_segment(seg::CS, selector as u16);
        self.next = offset;
        Ok(())
    }
}
