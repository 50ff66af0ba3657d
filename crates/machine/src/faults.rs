//! Chips broken on purpose, so that tests can see whether the self-test finds them.
//!
//! A faulty chip is one whose pins misbehave: a [`Fault`] stands between the CPU and the ports, the RAM, or the CPU's own
//! flags, and may alter, lose or add what passes. It is at work from the moment the self-test begins, which shows its
//! first step on port 80h; until then the machine is sound, so that it boots. None of this is in the program: the module
//! is compiled for tests alone.

use crate::board::Board;
use beige_cpu::{Bus, Cpu, Memory, Stop, Width};
use std::ops::Range;

/// The first step of the self-test on the POST port.
pub(crate) const FIRST_STEP: u8 = 0x20;
const POST_PORT: u16 = 0x80;
/// The data registers of the ATA channels take words as they are; a word for other ports is two bytes.
const WORD_PORTS: [u16; 2] = [0x1f0, 0x170];

/// A way to be broken. What is not overridden is sound.
pub(crate) trait Fault {
    /// The byte that the CPU reads from a port.
    fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
        pins.read(port)
    }

    /// The CPU writes a byte to a port.
    fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
        pins.write(port, value);
    }

    /// The word that the CPU reads from an ATA data register.
    fn data(&mut self, value: u16) -> u16 {
        value
    }

    /// The range of RAM that does not work, in whole pages.
    fn broken_ram(&self) -> Range<u32> {
        0..0
    }

    /// Where in that range an access ends up.
    fn ram_address(&self, address: u32) -> u32 {
        address
    }

    /// What is read there.
    fn ram_byte(&self, _address: u32, value: u8) -> u8 {
        value
    }

    /// After a write to video memory.
    fn video_written(&mut self, _video: &mut [u8], _address: u32) {}

    /// The CPU's flags after an instruction that begins with these bytes.
    fn flags(&self, _code: [u8; 2], flags: u32) -> u32 {
        flags
    }

    /// Whether [`Fault::flags`] has something to say.
    fn breaks_cpu(&self) -> bool {
        false
    }
}

/// The board as the fault sees it.
pub(crate) struct Pins<'a> {
    board: &'a mut Board,
    mem: &'a mut Memory,
    at: u64,
}

impl<'a> Pins<'a> {
    pub(crate) fn new(board: &'a mut Board, mem: &'a mut Memory, at: u64) -> Pins<'a> {
        Pins { board, mem, at }
    }

    pub(crate) fn read(&mut self, port: u16) -> u8 {
        self.board.port_read(self.mem, port, Width::Byte, self.at) as u8
    }

    pub(crate) fn write(&mut self, port: u16, value: u8) {
        self.board.port_write(self.mem, port, Width::Byte, u32::from(value), self.at);
    }
}

/// A fault in a machine.
pub(crate) struct Breakage {
    fault: Box<dyn Fault>,
    is_armed: bool,
    /// What the broken RAM holds.
    ram: Vec<u8>,
}

impl Breakage {
    pub(crate) fn new(fault: impl Fault + 'static) -> Breakage {
        Breakage { fault: Box::new(fault), is_armed: false, ram: Vec::new() }
    }

    /// Runs the CPU with the fault between it and the board.
    pub(crate) fn run(&mut self, cpu: &mut Cpu, mem: &mut Memory, board: &mut Board, budget: u64) -> Stop {
        if !self.is_armed || !self.fault.breaks_cpu() {
            return cpu.run(mem, &mut FaultyBus::new(board, self), budget);
        }
        let end = cpu.instructions().saturating_add(budget);
        loop {
            let mut code = [0; 2];
            mem.read_phys(cpu.registers().cs_base().wrapping_add(cpu.registers().eip()), &mut code);
            let stop = cpu.run(mem, &mut FaultyBus::new(board, self), 1);
            let mut state = cpu.real_mode_state();
            let flags = self.fault.flags(code, state.eflags);
            if flags != state.eflags {
                state.eflags = flags;
                cpu.load_real_mode(&state);
            }
            if stop != Stop::Budget || cpu.instructions() >= end {
                return stop;
            }
        }
    }

    fn arm(&mut self, mem: &mut Memory) {
        self.is_armed = true;
        let Range { start, end } = self.fault.broken_ram();
        self.ram = vec![0; (end - start) as usize];
        mem.read_phys(start, &mut self.ram);
        if end > start {
            mem.map(start, u64::from(end - start), beige_cpu::Kind::Mmio);
        }
    }

    /// The byte of broken RAM that an address reaches.
    fn ram(&mut self, address: u32) -> Option<&mut u8> {
        let range = self.fault.broken_ram();
        let index = self.fault.ram_address(address).checked_sub(range.start)?;
        self.ram.get_mut(index as usize)
    }
}

struct FaultyBus<'a> {
    board: &'a mut Board,
    breakage: &'a mut Breakage,
    was_armed: bool,
}

impl<'a> FaultyBus<'a> {
    fn new(board: &'a mut Board, breakage: &'a mut Breakage) -> FaultyBus<'a> {
        let was_armed = breakage.is_armed;
        FaultyBus { board, breakage, was_armed }
    }
}

impl FaultyBus<'_> {
    fn read_byte(&mut self, mem: &mut Memory, port: u16, at: u64) -> u8 {
        self.breakage.fault.read(&mut Pins { board: self.board, mem, at }, port)
    }

    fn write_byte(&mut self, mem: &mut Memory, port: u16, value: u8, at: u64) {
        self.breakage.fault.write(&mut Pins { board: self.board, mem, at }, port, value);
    }
}

impl Bus for FaultyBus<'_> {
    fn port_read(&mut self, mem: &mut Memory, port: u16, width: Width, at: u64) -> u32 {
        if !self.breakage.is_armed || width == Width::Dword {
            return self.board.port_read(mem, port, width, at);
        }
        if width == Width::Word && WORD_PORTS.contains(&port) {
            let value = self.board.port_read(mem, port, width, at);
            return u32::from(self.breakage.fault.data(value as u16));
        }
        (0..width.bytes()).fold(0, |value, byte| {
            value | u32::from(self.read_byte(mem, port.wrapping_add(byte as u16), at)) << (8 * byte)
        })
    }

    fn port_write(&mut self, mem: &mut Memory, port: u16, width: Width, value: u32, at: u64) {
        if port == POST_PORT && value == u32::from(FIRST_STEP) {
            self.breakage.arm(mem);
        }
        if !self.breakage.is_armed || width == Width::Dword || WORD_PORTS.contains(&port) {
            self.board.port_write(mem, port, width, value, at);
            return;
        }
        for byte in 0..width.bytes() {
            self.write_byte(mem, port.wrapping_add(byte as u16), (value >> (8 * byte)) as u8, at);
        }
    }

    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, at: u64) -> u32 {
        if !self.breakage.fault.broken_ram().contains(&address) {
            return self.board.mmio_read(mem, address, width, at);
        }
        (0..width.bytes()).fold(0, |value, byte| {
            let address = address + byte;
            let stored = self.breakage.ram(address).map_or(0xff, |byte| *byte);
            value | u32::from(self.breakage.fault.ram_byte(address, stored)) << (8 * byte)
        })
    }

    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, at: u64) {
        if !self.breakage.fault.broken_ram().contains(&address) {
            self.board.mmio_write(mem, address, width, value, at);
            if self.breakage.is_armed {
                (0..width.bytes()).for_each(|byte| self.breakage.fault.video_written(mem.video_mut(), address + byte));
            }
            return;
        }
        for byte in 0..width.bytes() {
            if let Some(stored) = self.breakage.ram(address + byte) {
                *stored = (value >> (8 * byte)) as u8;
            }
        }
    }

    fn acknowledge_interrupt(&mut self, mem: &mut Memory, at: u64) -> u8 {
        self.board.acknowledge_interrupt(mem, at)
    }

    fn numeric_error(&mut self, mem: &mut Memory, asserted: bool, at: u64) {
        self.board.numeric_error(mem, asserted, at);
    }

    fn numeric_error_ignored(&self) -> bool {
        self.board.numeric_error_ignored()
    }

    fn attention(&self) -> bool {
        self.board.attention() || self.breakage.is_armed != self.was_armed
    }
}
