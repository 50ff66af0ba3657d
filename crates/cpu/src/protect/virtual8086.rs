//! What depends on IOPL: CLI, STI, PUSHF, POPF, INT and IRET in protected and virtual-8086 mode, with the virtual
//! interrupt flag of the Pentium.
//!
//! SPEC: Pentium (241430) chapter 22, and appendix H as published later.

use crate::Width;
use crate::cpu::event;
use crate::interrupt::vector;
use crate::model::cr4;
use crate::regs::{flag, reg, seg};
use crate::slow::{Exec, Fault, Step};

impl Step<'_> {
    fn has_extensions(&self) -> bool {
        self.cpu.registers.cr4 & cr4::VME != 0
    }

    /// Whether this is virtual-8086 mode with an IOPL that lets the monitor see what touches IF.
    fn is_confined(&self) -> bool {
        self.cpu.registers.is_virtual() && self.cpu.registers.iopl() < 3
    }

    /// Which flag CLI and STI change.
    fn interrupt_flag(&self) -> Exec<u32> {
        let registers = &self.cpu.registers;
        if registers.cpl <= registers.iopl() {
            return Ok(flag::IF);
        }
        let extension = if registers.is_virtual() { cr4::VME } else { cr4::PVI };
        if registers.cpl == 3 && registers.cr4 & extension != 0 { Ok(flag::VIF) } else { Err(Fault::PROTECTION) }
    }

    pub(crate) fn cli(&mut self) -> Exec {
        let which = self.interrupt_flag()?;
        self.cpu.registers.set(which, false);
        Ok(())
    }

    pub(crate) fn sti(&mut self) -> Exec {
        let which = self.interrupt_flag()?;
        if which == flag::VIF && self.cpu.registers.has(flag::VIP) {
            return Err(Fault::PROTECTION);
        }
        if which == flag::IF && !self.cpu.registers.has(flag::IF) {
            self.cpu.events |= event::SHADOW;
        }
        self.cpu.registers.set(which, true);
        Ok(())
    }

    /// EFLAGS as PUSHF and INT of virtual-8086 mode show them below IOPL 3: IF is VIF, IOPL is 3.
    fn virtual_flags(&self) -> u32 {
        let eflags = self.cpu.registers.eflags;
        let interrupts = if eflags & flag::VIF != 0 { flag::IF } else { 0 };
        eflags & !flag::IF | interrupts | flag::IOPL
    }

    pub(crate) fn pushf(&mut self, width: Width) -> Exec {
        let value = if !self.is_confined() {
            self.cpu.registers.eflags
        } else if self.has_extensions() && width == Width::Word {
            self.virtual_flags()
        } else {
            return Err(Fault::PROTECTION);
        };
        // SPEC: 80386 (230985) PUSHFD: RF and VM are pushed as zero.
        self.push(width, value & !(flag::RF | flag::VM))
    }

    pub(crate) fn popf(&mut self, width: Width) -> Exec {
        let value = self.peek(width, 0)?;
        if self.is_confined() {
            self.load_virtual_flags(width, value)?;
        } else {
            let (level, iopl) = (self.cpu.registers.cpl, self.cpu.registers.iopl());
            self.load_flags_at(width, value, level, iopl, false);
        }
        self.release(width.bytes());
        Ok(())
    }

    /// Loads FLAGS below IOPL 3: VIF takes the place of IF, IOPL stays.
    fn load_virtual_flags(&mut self, width: Width, value: u32) -> Exec {
        let pending = self.cpu.registers.has(flag::VIP) && value & flag::IF != 0;
        if !self.has_extensions() || width != Width::Word || pending || value & flag::TF != 0 {
            return Err(Fault::PROTECTION);
        }
        let writable = self.cpu.model.traits().flags_writable & 0xffff & !(flag::IF | flag::IOPL);
        let registers = &mut self.cpu.registers;
        registers.eflags = registers.eflags & !writable | value & writable;
        registers.set(flag::VIF, value & flag::IF != 0);
        Ok(())
    }

    /// IRET outside protected mode.
    pub(crate) fn iret_near_real(&mut self, width: Width) -> Exec {
        let bytes = width.bytes();
        let offset = self.peek(width, 0)?;
        let selector = self.peek(width, bytes)?;
        let flags = self.peek(width, 2 * bytes)?;
        let target = self.near_target(width, offset)?;
        if self.is_confined() {
            self.load_virtual_flags(width, flags)?;
        } else {
            let (level, iopl) = (self.cpu.registers.cpl, self.cpu.registers.iopl());
            self.load_flags_at(width, flags, level, iopl, true);
        }
        self.next = target;
        self.cpu.registers.load_segment(seg::CS, selector as u16);
        self.release(3 * bytes);
        Ok(())
    }

    /// INT n of virtual-8086 mode. True when it went to the program's own handler by the redirection bitmap.
    pub(crate) fn redirect_interrupt(&mut self, number: u8) -> Exec<bool> {
        if !self.cpu.registers.is_virtual() {
            return Ok(false);
        }
        if self.has_extensions() && !self.is_monitored(number)? {
            self.enter_virtual_handler(number)?;
            return Ok(true);
        }
        if self.is_confined() { Err(Fault::PROTECTION) } else { Ok(false) }
    }

    /// The bit of the task's redirection bitmap, which lies below the one of ports.
    fn is_monitored(&mut self, number: u8) -> Exec<bool> {
        let Some((map, limit)) = self.io_map()? else { return Err(Fault::PROTECTION) };
        let at = map.wrapping_sub(32) + u32::from(number / 8);
        if map < 32 || at > limit {
            return Err(Fault::PROTECTION);
        }
        let bits = self.read_system(self.cpu.registers.tr.base.wrapping_add(at), Width::Byte)?;
        Ok(bits >> (number % 8) & 1 != 0)
    }

    fn enter_virtual_handler(&mut self, number: u8) -> Exec {
        let confined = self.is_confined();
        let flags = if confined { self.virtual_flags() } else { self.cpu.registers.eflags };
        let at = u32::from(number) * 4;
        let offset = self.read_linear(at, Width::Word)?;
        let selector = self.read_linear(at + 2, Width::Word)?;
        let cs = u32::from(self.cpu.registers.cs());
        let sp = self.sp();
        for (distance, value) in [(2, flags), (4, cs), (6, self.next)] {
            self.write_memory(seg::SS, sp.wrapping_sub(distance) & 0xffff, Width::Word, value & 0xffff)?;
        }
        let registers = &mut self.cpu.registers;
        registers.write(Width::Word, reg::SP, sp.wrapping_sub(6));
        registers.set(flag::TF | if confined { flag::VIF } else { flag::IF }, false);
        registers.load_segment(seg::CS, selector as u16);
        self.next = offset;
        self.cpu.last_interrupt = Some(number);
        Ok(())
    }

    /// # Errors
    /// #GP at any level but 0.
    pub(crate) fn require_level_0(&self) -> Exec {
        if self.cpu.registers.cpl == 0 { Ok(()) } else { Err(Fault::Exception(vector::PROTECTION)) }
    }
}
