//! The CPU and its run loop.

use std::fmt;

use beige_core::{StateError, Visitor, VisitorExt};

use beige_x87::Fpu;

use crate::block::{self, BlockCache};
use crate::decode::DecodeCache;
use crate::model::feature;
use crate::msr::ModelSpecific;
use crate::regs::{flag, guard};
use crate::slow::{Step, paging};
use crate::{Bus, Disassembly, Memory, Model, RealModeState, Registers, Statistics, disasm};

/// What waits for the next instruction boundary, as bits.
pub(crate) mod event {
    /// INTR is high.
    pub(crate) const INTR: u16 = 1;
    /// An NMI came.
    pub(crate) const NMI: u16 = 2;
    /// The last instruction began with TF set.
    pub(crate) const TRAP: u16 = 4;
    /// Interrupts wait for one more instruction (after STI, MOV SS, POP SS).
    pub(crate) const SHADOW: u16 = 8;
    /// HLT.
    pub(crate) const HALTED: u16 = 16;
    /// Nothing but a reset helps.
    pub(crate) const SHUTDOWN: u16 = 32;
    /// [`super::Cpu::skipped_prefixes`] counts.
    pub(crate) const REPEATING: u16 = 64;
    /// MOV SS or POP SS was the last instruction: debug exceptions wait for one more too.
    pub(crate) const STACK_LOADED: u16 = 256;
    /// Every instruction is looked at, for breakpoints or for a virtual interrupt. Derived from
    /// [`Registers::guards`](crate::Registers).
    pub(crate) const WATCH: u16 = 128;
    /// What a state can hold.
    pub(crate) const STORED: u16 = 127 | STACK_LOADED;
}

/// Why [`Cpu::run`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The budget is used up.
    Budget,
    /// [`Bus::attention`] was true after an access, or an instruction took very long.
    Attention,
    /// Halted, and no interrupt that could wake it is present.
    Halted,
    /// A fault could not be delivered, nor a double fault: only a reset helps.
    Shutdown,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Budget => f.write_str("the time slice ended"),
            Stop::Attention => f.write_str("the board asked for attention"),
            Stop::Halted => f.write_str("the CPU is halted"),
            Stop::Shutdown => f.write_str("the CPU shut down: an exception could not be delivered"),
        }
    }
}

/// What executes. Both give the same state at every count of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Engine {
    /// The reference: one instruction at a time.
    Stepper,
    /// Blocks of instructions, made once and executed many times.
    #[default]
    Blocks,
}

/// A CPU.
///
/// Time is instructions: each instruction (a faulting one with the delivery of its fault), each iteration of a repeated
/// string instruction and each delivery of an interrupt or trap counts as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpu {
    pub(crate) model: Model,
    pub(crate) registers: Registers,
    /// Model-specific registers, where there are any.
    pub(crate) msr: ModelSpecific,
    /// Bits of [`event`]; reset 0, except that INTR stays as it is.
    pub(crate) events: u16,
    /// Between iterations of a repeated string instruction of the 8086: how many prefix bytes an interrupt skips. Zero
    /// otherwise.
    pub(crate) skipped_prefixes: u16,
    /// Between iterations of a repeated comparison: EIP and the flags before it, which a fault brings back.
    pub(crate) compared: Option<(u32, u32)>,
    /// The coprocessor, if there is one; a reset leaves it as FNINIT does.
    pub(crate) fpu: Option<Fpu>,
    /// The level of FERR#.
    pub(crate) numeric_error: bool,
    /// Instructions since power-on; a reset leaves it.
    pub(crate) instructions: u64,
    /// The vector delivered last, until it is taken. For traces only.
    pub(crate) last_interrupt: Option<u8>,
    pub(crate) cache: DecodeCache,
    pub(crate) engine: Engine,
    pub(crate) blocks: BlockCache,
}

impl Cpu {
    /// A CPU after power-on, with the coprocessor that is part of it from the 80486 on.
    #[must_use]
    pub fn new(model: Model) -> Cpu {
        Cpu::with_coprocessor(model, model >= Model::I80486)
    }

    /// A CPU after power-on, with the coprocessor of its time (8087, 80287, 80387 or the one on the chip) or without.
    #[must_use]
    pub fn with_coprocessor(model: Model, present: bool) -> Cpu {
        Cpu { cache: DecodeCache::new(), ..Cpu::without_cache(model, present) }
    }

    /// As [`Cpu::with_coprocessor`], but every instruction is decoded anew.
    pub(crate) fn without_cache(model: Model, present: bool) -> Cpu {
        Cpu {
            fpu: present.then(|| Fpu::new(model.coprocessor())),
            numeric_error: false,
            compared: None,
            model,
            registers: Registers::new(model),
            msr: ModelSpecific::new(0),
            events: 0,
            skipped_prefixes: 0,
            instructions: 0,
            last_interrupt: None,
            cache: DecodeCache::default(),
            engine: Engine::default(),
            blocks: BlockCache::default(),
        }
    }

    /// The reset line: registers as after power-on; the level of INTR and the count of instructions stay.
    pub fn reset(&mut self) {
        self.registers = Registers::new(self.model);
        let counts = self.model.has(feature::TSC);
        self.msr = ModelSpecific::new(if counts { self.clocks() } else { 0 });
        self.forget_pending();
        if let Some(fpu) = &mut self.fpu {
            fpu.initialize();
        }
    }

    /// The coprocessor, if there is one.
    #[must_use]
    pub fn fpu(&self) -> Option<&Fpu> {
        self.fpu.as_ref()
    }

    /// The coprocessor, to be loaded.
    pub fn fpu_mut(&mut self) -> Option<&mut Fpu> {
        self.fpu.as_mut()
    }

    /// Forgets what waits for the next instruction and what a repetition left, but for INTR, which is a level.
    pub(crate) fn forget_pending(&mut self) {
        self.events &= event::INTR;
        self.skipped_prefixes = 0;
        self.compared = None;
        self.set_guards();
    }

    /// Brings guards and events up to date: after every change of what [`Registers::set_guards`] derives them from.
    pub(crate) fn set_guards(&mut self) {
        self.registers.set_guards();
        let watches = self.registers.guards & guard::WATCHED != 0;
        self.events = self.events & !event::WATCH | if watches { event::WATCH } else { 0 };
    }

    /// Runs until `budget` instructions are done, or until one of the other reasons of [`Stop`]. Running n once or one n
    /// times gives the same state.
    pub fn run(&mut self, mem: &mut Memory, bus: &mut dyn Bus, budget: u64) -> Stop {
        match self.engine {
            Engine::Stepper => {
                let end = self.instructions.saturating_add(budget);
                Step::new(self, mem, bus, end).run()
            }
            Engine::Blocks => block::run(self, mem, bus, budget),
        }
    }

    /// What executes.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Sets what executes; the state does not change.
    pub fn set_engine(&mut self, engine: Engine) {
        self.engine = engine;
    }

    /// Sets the most instructions of a block, 1 to 62, for tests: with 1 a run of one instruction is done by the block
    /// core, which otherwise leaves so short a run to the stepper. The state does not change.
    pub fn set_block_length(&mut self, instructions: usize) {
        self.blocks = BlockCache::with_longest(self, instructions);
    }

    /// What the block core did since power-on, or since this CPU was cloned.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.blocks.statistics()
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model
    }

    /// Instructions done since power-on.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.instructions
    }

    /// Clocks since power-on: all instructions take the average time.
    pub(crate) fn clocks(&self) -> u64 {
        self.instructions.wrapping_mul(u64::from(self.model.average_clocks()))
    }

    /// The level of INTR.
    pub fn set_intr(&mut self, level: bool) {
        self.events = self.events & !event::INTR | if level { event::INTR } else { 0 };
    }

    /// An edge on NMI.
    pub fn raise_nmi(&mut self) {
        self.events |= event::NMI;
    }

    /// Whether the CPU waits in HLT.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.events & event::HALTED != 0
    }

    /// Whether the CPU has shut down: only a reset helps.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.events & event::SHUTDOWN != 0
    }

    /// Whether IF is set.
    #[must_use]
    pub fn interrupts_enabled(&self) -> bool {
        self.registers.has(flag::IF)
    }

    /// EFLAGS.
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.registers.eflags
    }

    /// The registers.
    #[must_use]
    pub fn registers(&self) -> &Registers {
        &self.registers
    }

    /// The registers of real mode by name.
    #[must_use]
    pub fn real_mode_state(&self) -> RealModeState {
        self.registers.real_mode_state()
    }

    /// Loads the registers of real mode, and forgets any halt, shadow or pending trap.
    pub fn load_real_mode(&mut self, state: &RealModeState) {
        self.registers.load_real_mode(self.model, state);
        self.forget_pending();
    }

    /// Takes the vector of the interrupt, trap or fault delivered last, if one was since this was last asked.
    pub fn last_interrupt(&mut self) -> Option<u8> {
        self.last_interrupt.take()
    }

    /// The instruction that comes next, without side effects. Bytes that are neither RAM nor ROM read as FFh.
    #[must_use]
    pub fn peek_instruction(&self, mem: &Memory) -> Disassembly {
        disasm::disassemble(self, mem)
    }

    /// Saves, loads or hashes the state. The model is part of the configuration and must match.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        let Cpu {
            model,
            registers,
            msr,
            events,
            skipped_prefixes,
            compared,
            fpu,
            numeric_error,
            instructions,
            last_interrupt: _,
            cache: _,
            engine: _,
            blocks: _,
        } = self;
        v.section("cpu", 2);
        let mut stored = *model;
        v.code(101, &mut stored);
        if stored != *model {
            v.fail("it is the state of another CPU model");
        }
        let [mut low, mut high] = (*events & event::STORED).to_le_bytes();
        v.u8(102, &mut low);
        v.u8(107, &mut high);
        let stored = u16::from_le_bytes([low, high]);
        if stored & !event::STORED != 0 {
            v.fail("an unknown event is pending");
        }
        *events = *events & event::WATCH | stored & event::STORED;
        v.u16(103, skipped_prefixes);
        v.u64(104, instructions);
        registers.visit(v);
        msr.visit(v);
        v.bool(105, numeric_error);
        let (mut present, (mut eip, mut flags)) = (compared.is_some(), compared.unwrap_or_default());
        v.bool(108, &mut present);
        v.u32(109, &mut eip);
        v.u32(110, &mut flags);
        if flags & !flag::ARITHMETIC != 0 || !present && (eip, flags) != (0, 0) {
            v.fail("flags are kept that no comparison found");
        }
        *compared = present.then_some((eip, flags));
        let mut present = fpu.is_some();
        v.bool(106, &mut present);
        if present != fpu.is_some() {
            v.fail("it is the state of a machine with another coprocessor");
        }
        // Before version 2 no program could tell whether there was one.
        if let Some(fpu) = fpu
            && v.version() >= 2
        {
            fpu.visit(v);
        }
        if v.is_loading() {
            self.set_guards();
        }
    }

    /// # Errors
    /// When the CPU cannot be in this state.
    pub fn check(&self) -> Result<(), StateError> {
        let watches = self.registers.guards & guard::WATCHED != 0;
        if (self.events & event::WATCH != 0) != watches {
            return Err(StateError::invalid("cpu", "an unknown event is pending"));
        }
        let repeating = self.events & event::REPEATING != 0;
        if repeating != (self.skipped_prefixes != 0) || repeating && self.model != Model::I8086 {
            return Err(StateError::invalid("cpu", "prefixes are skipped where none can be"));
        }
        if let Some(fpu) = &self.fpu {
            fpu.check()?;
        }
        self.msr.check(self.model)?;
        self.registers.check(self.model)
    }

    /// A byte of code at a linear address, as a debugger sees it: nothing is marked, nothing faults.
    pub(crate) fn peek_linear(&self, mem: &Memory, linear: u32) -> u8 {
        let mut byte = [0xff];
        if let Some(address) = paging::peek(&self.registers, mem, linear) {
            mem.read_phys(mem.cpu_address(address), &mut byte);
        }
        let [byte] = byte;
        byte
    }
}
