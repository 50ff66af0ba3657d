//! Runs tests on our CPU and compares.

mod arena;
mod protected;
mod real;
mod x87;

use crate::SuiteError;
use crate::case::{Registers, Test, TestFile, register};
use crate::verdict::{Difference, Field, Verdict};
use arena::Arena;
use beige_cpu::{Cpu, Engine, Memory, Model, Statistics};

/// What lies where no list of a real-mode test mentions it. The lists hold all that the chip read and wrote, so anything
/// will do; a rare value shows wrong reads, and wrong writes of zero.
const UNLISTED: u8 = 0xa5;

/// In which machine the tests of a CPU were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Real mode, with all of memory.
    Real,
    /// 32-bit protected mode at ring 3.
    Protected,
}

/// What the CPU id of a file means: the model that was recorded, or `wanted` in its place, and the set-up.
///
/// # Errors
/// When no CPU of ours was recorded, or it was in a mode that has no set-up here.
pub fn model_of(cpu: &str, mode: Option<u8>, wanted: Option<Model>) -> Result<(Model, Setup), SuiteError> {
    let setup = match cpu {
        "HW32" | "HW87" => Setup::Protected,
        _ => Setup::Real,
    };
    if let Some(mode) = mode.filter(|mode| setup == Setup::Real && *mode != 0) {
        return Err(SuiteError::new(format!(
            "the tests were recorded in mode {mode} of the {cpu}, and of that only real mode (0) can be run here"
        )));
    }
    let recorded = match cpu {
        "8086" | "8088" => Some(Model::I8086),
        "80186" | "80188" | "186" | "188" => Some(Model::I80186),
        "80286" | "286" | "C286" => Some(Model::I80286),
        "80386" | "386" | "386E" => Some(Model::I80386),
        "HW32" | "HW87" => Some(Model::I80486),
        _ => None,
    };
    if let Some(model) = wanted.filter(|model| setup != Setup::Real && *model < Model::I80386) {
        return Err(SuiteError::new(format!(
            "the tests are of 32-bit protected mode, which the {} does not have: --cpu 80386 or later runs them",
            model.name()
        )));
    }
    match wanted.or(recorded) {
        Some(model) => Ok((model, setup)),
        None => Err(SuiteError::new(format!(
            "the tests were recorded on `{cpu}`, which Beige has no model of; --cpu names one to run them on"
        ))),
    }
}

/// Runs tests of one model, one after the other, in the same memory.
pub struct Runner {
    model: Model,
    setup: Setup,
    arena: Arena,
    mem: Memory,
    cpu: Cpu,
}

impl Runner {
    /// A runner for tests of this model. The block core makes a block of each single instruction, so that its handlers do
    /// what they can.
    #[must_use]
    pub fn new(model: Model, setup: Setup, engine: Engine) -> Runner {
        let (arena, mem) = match setup {
            Setup::Real => Arena::new(model, |_| UNLISTED),
            Setup::Protected => protected::arena(model),
        };
        let mut cpu = Cpu::new(model);
        cpu.set_engine(engine);
        if engine == Engine::Blocks {
            cpu.set_block_length(1);
        }
        Runner { model, setup, arena, mem, cpu }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model
    }

    /// What the block core did so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.cpu.statistics()
    }

    /// Runs a test. Registers, the listed memory, every other byte of memory and the exception must agree, within the
    /// masks.
    ///
    /// # Errors
    /// When the test cannot be set up.
    pub fn run(&mut self, test: &Test, wide: bool, masks: &Registers) -> Result<Verdict, String> {
        self.arena.load(&mut self.mem, test)?;
        let verdict = match self.setup {
            Setup::Real => self.run_real(test, wide, masks),
            Setup::Protected => self.run_protected(test, wide, masks),
        };
        self.arena.clean(&mut self.mem);
        verdict
    }

    /// The text of the instruction of a test, as our disassembler sees it.
    pub fn disassembly(&mut self, test: &Test) -> String {
        if self.arena.load(&mut self.mem, test).is_err() {
            return String::new();
        }
        let loaded = match self.setup {
            Setup::Real => self.load_real(test),
            Setup::Protected => self.load_protected(test),
        };
        let text = loaded.map(|()| self.cpu.peek_instruction(&self.mem).text);
        self.arena.clean(&mut self.mem);
        text.unwrap_or_default()
    }
}

/// The masks that hold for a test: its own, its file's, and for the flags what the folder of a file without masks tells.
#[must_use]
pub fn masks_of(file: &TestFile, test: &Test, defined_flags: Option<u16>) -> Registers {
    let mut masks = file.masks.and(&test.masks);
    if let Some(defined) = defined_flags {
        let mask = masks.get(register::EFLAGS).unwrap_or(u32::MAX);
        masks.set(register::EFLAGS, mask & (u32::from(defined) | 0xffff_0000));
    }
    masks
}

/// Compares every register but those that `compared` has no bits of.
fn compare_registers(
    verdict: &mut Verdict,
    test: &Test,
    got: &[u32; register::COUNT],
    wide: bool,
    masks: &Registers,
    compared: impl Fn(usize) -> u32,
) {
    let expected = test.before.registers.overlaid(&test.after.registers);
    for number in 0..register::COUNT {
        let (Some(expected), Some(got)) = (expected.get(number), got.get(number)) else { continue };
        let legal = compared(number);
        verdict.compare(Difference {
            field: Field::Register { number, wide },
            initial: test.before.registers.get(number).map(|value| u128::from(value & legal)),
            expected: Some(u128::from(expected & legal)),
            got: Some(u128::from(got & legal)),
            defined: u128::from(masks.get(number).unwrap_or(u32::MAX)),
        });
    }
}
