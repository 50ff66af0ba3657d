//! Finding out that the CPU goes round a loop that does nothing.
//!
//! A guest that waits for a key or the next tick of the clock looks for it again and again. When the whole state of the
//! CPU and of memory comes back to what it was, and what was read from the board in between stays the same until the
//! board's next event, everything up to that event is the same round again. As many whole rounds as there is time for
//! need not be run at all: the state after them is known, and it is the present one.
//!
//! Nothing is guessed: a loop that counts its rounds anywhere, or whose answers could change with time alone, is none.

use std::cell::Cell;

use beige_x87::Fpu;

use crate::cpu::event;
use crate::msr::ModelSpecific;
use crate::slow::Step;
use crate::{Bus, Cpu, Memory, Registers, Stop, Width};

/// The first stretch after which the state to come back to is taken anew.
const FIRST_STRETCH: u64 = 32;
/// After so many accesses that matter to the board the guest is at work.
const ACCESSES_MAX: u32 = 24;

/// What a watched run found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Why the run came back. [`Stop::Budget`] when a loop was found.
    pub stop: Stop,
    /// The CPU goes round a loop of so many instructions until the board's next event.
    pub round: Option<u64>,
}

impl Cpu {
    /// Runs as [`Cpu::run`] does, by the reference stepper, and comes back as soon as the CPU is found to go round a
    /// loop that changes nothing, neither itself nor memory nor the board. `hint` is the length of the round that is
    /// expected, or 0.
    pub fn run_watched(&mut self, mem: &mut Memory, bus: &mut dyn Bus, budget: u64, hint: u64) -> Watched {
        let end = self.instructions.saturating_add(budget);
        let accesses = Cell::new(0);
        let bus = &mut Listening { bus, accesses: &accesses };
        let mut search = Search::new(self, hint);
        mem.begin_journal();
        let watched = Step::new(self, mem, bus, end).run_watched(|cpu, mem| search.look(cpu, mem, &accesses));
        mem.end_journal();
        watched
    }

    /// Lets so many instructions pass that are whole rounds of a loop which [`Cpu::run_watched`] has found. The caller
    /// sees to it that nothing has happened to the CPU, to memory and to the board since.
    pub fn pass_rounds(&mut self, instructions: u64) {
        self.instructions = self.instructions.saturating_add(instructions);
    }
}

/// What the search says after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go on.
    Searching,
    /// A round of so many instructions is complete.
    Round(u64),
    /// The guest is at work.
    AtWork,
}

/// The search by R. P. Brent, "An improved Monte Carlo factorization algorithm", BIT 20 (1980), section 2: the present
/// state is compared with one from before, which is replaced after stretches that double.
struct Search {
    before: Position,
    begin: u64,
    stretch: u64,
    first_stretch: u64,
    accesses: u32,
}

impl Search {
    fn new(cpu: &Cpu, hint: u64) -> Search {
        let first_stretch = hint.max(FIRST_STRETCH);
        Search {
            before: Position::of(cpu),
            begin: cpu.instructions,
            stretch: first_stretch,
            first_stretch,
            accesses: 0,
        }
    }

    fn look(&mut self, cpu: &Cpu, mem: &mut Memory, accesses: &Cell<u32>) -> Verdict {
        let done = cpu.instructions - self.begin;
        if accesses.get() != self.accesses {
            self.accesses = accesses.get();
            if self.accesses > ACCESSES_MAX {
                return Verdict::AtWork;
            }
            self.stretch = self.first_stretch;
            self.begin_anew(cpu, mem);
        } else if self.before.is_of(cpu) && mem.is_as_journalled() {
            return Verdict::Round(done);
        } else if done >= self.stretch {
            self.stretch = self.stretch.saturating_mul(2);
            self.begin_anew(cpu, mem);
        }
        Verdict::Searching
    }

    fn begin_anew(&mut self, cpu: &Cpu, mem: &mut Memory) {
        self.before = Position::of(cpu);
        self.begin = cpu.instructions;
        mem.begin_journal();
    }
}

/// Everything of a CPU that the next instruction depends on but its count and the memory.
struct Position {
    registers: Registers,
    msr: ModelSpecific,
    events: u16,
    skipped_prefixes: u16,
    compared: Option<(u32, u32)>,
    fpu: Option<Fpu>,
    numeric_error: bool,
}

impl Position {
    fn of(cpu: &Cpu) -> Position {
        Position {
            registers: cpu.registers.clone(),
            msr: cpu.msr.clone(),
            events: cpu.events,
            skipped_prefixes: cpu.skipped_prefixes,
            compared: cpu.compared,
            fpu: cpu.fpu,
            numeric_error: cpu.numeric_error,
        }
    }

    fn is_of(&self, cpu: &Cpu) -> bool {
        let Cpu {
            model: _,
            registers,
            msr,
            events,
            skipped_prefixes,
            compared,
            fpu,
            numeric_error,
            instructions: _,
            last_interrupt: _,
            cache: _,
            engine: _,
            blocks: _,
        } = cpu;
        self.registers.eip == registers.eip
            && self.registers == *registers
            && self.msr == *msr
            && self.events == *events
            && self.events & event::HALTED == 0
            && self.skipped_prefixes == *skipped_prefixes
            && self.compared == *compared
            && self.fpu == *fpu
            && self.numeric_error == *numeric_error
    }
}

/// The bus, and how many accesses it saw that change the board or whose answer could change with time.
struct Listening<'a> {
    bus: &'a mut dyn Bus,
    accesses: &'a Cell<u32>,
}

impl Listening<'_> {
    fn count(&self) {
        self.accesses.set(self.accesses.get().saturating_add(1));
    }
}

impl Bus for Listening<'_> {
    fn port_read(&mut self, mem: &mut Memory, port: u16, width: Width, at: u64) -> u32 {
        if !self.bus.is_steady_port(port, width) {
            self.count();
        }
        self.bus.port_read(mem, port, width, at)
    }

    fn port_write(&mut self, mem: &mut Memory, port: u16, width: Width, value: u32, at: u64) {
        self.count();
        self.bus.port_write(mem, port, width, value, at);
    }

    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, at: u64) -> u32 {
        self.count();
        self.bus.mmio_read(mem, address, width, at)
    }

    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, at: u64) {
        self.count();
        self.bus.mmio_write(mem, address, width, value, at);
    }

    fn is_mmio_quiet(&self) -> bool {
        self.bus.is_mmio_quiet()
    }

    fn acknowledge_interrupt(&mut self, mem: &mut Memory, at: u64) -> u8 {
        self.count();
        self.bus.acknowledge_interrupt(mem, at)
    }

    fn software_interrupt(&mut self, mem: &Memory, number: u8, registers: &Registers, at: u64) {
        self.bus.software_interrupt(mem, number, registers, at);
    }

    fn clocks_counted(&mut self) {
        self.count();
        self.bus.clocks_counted();
    }

    fn numeric_error(&mut self, mem: &mut Memory, asserted: bool, at: u64) {
        self.count();
        self.bus.numeric_error(mem, asserted, at);
    }

    fn numeric_error_ignored(&self) -> bool {
        self.bus.numeric_error_ignored()
    }

    fn is_steady_port(&mut self, port: u16, width: Width) -> bool {
        self.bus.is_steady_port(port, width)
    }

    fn attention(&self) -> bool {
        self.bus.attention()
    }
}
