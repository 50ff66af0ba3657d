//! What looks on while the machine runs: counts of what the CPU asks of the board, a mark of which part is at work, and
//! samples of where the guest is. It stands between the CPU and the board and passes everything on, so nothing of the
//! guest depends on it, and a machine without one pays nothing.

mod callers;
mod meter;
mod profile;
mod programs;

pub use meter::{Counts, Part, PartMark};
pub use profile::Profile;

use crate::board::Board;
use crate::run::Machine;
use beige_cpu::{Bus, Cpu, Memory, MmioBlock, Registers, Statistics, Width};
use callers::Callers;

/// Who looks on.
#[derive(Default)]
pub(crate) struct Probe {
    counts: Counts,
    mark: Option<PartMark>,
    profile: Option<Profile>,
}

impl Machine {
    /// From now on the machine counts what it does, and `mark` says which of its parts is at work.
    pub fn measure(&mut self, mark: PartMark) {
        self.board.lines.rack.mark_with(mark.clone());
        self.probe.get_or_insert_with(Box::default).mark = Some(mark);
    }

    /// What was counted since [`Machine::measure`], with names.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.probe.as_ref().map(|probe| probe.counts.clone()).unwrap_or_default();
        let skipped = ("instructions_skipped", self.skipped_instructions());
        let rack = self.board.lines.rack.counts();
        counts.named().into_iter().chain(rack).chain([skipped]).chain(core_counts(&self.cpu)).collect()
    }

    /// From now on, a sample of where the guest is each time that so many instructions are done. Loops in which it waits
    /// are run, not passed over, so that each of their instructions has its share.
    pub fn sample_every(&mut self, instructions: u64) {
        self.detect_idle_loops(false);
        let profile = Profile::new(instructions, self.instructions());
        self.probe.get_or_insert_with(Box::default).profile = Some(profile);
    }

    /// The samples so far; no more are taken.
    pub fn take_profile(&mut self) -> Option<Profile> {
        self.probe.as_mut()?.profile.take()
    }

    /// `part` is at work now.
    pub(crate) fn mark(&self, part: Part) {
        if let Some(probe) = &self.probe {
            probe.enter(part);
        }
    }

    /// How many instructions may pass until the next sample.
    pub(crate) fn until_sample(&self) -> u64 {
        let profile = self.probe.as_ref().and_then(|probe| probe.profile.as_ref());
        profile.map_or(u64::MAX, |profile| profile.next().saturating_sub(self.instructions()))
    }

    /// Takes the probe out, while the machine does what the guest did not ask for.
    pub(crate) fn without_probe<T>(&mut self, act: impl FnOnce(&mut Machine) -> T) -> T {
        let probe = self.probe.take();
        let done = act(self);
        self.probe = probe;
        done
    }

    /// After a slice: notes an interrupt that came in it, and takes the sample that is due.
    pub(crate) fn look_on(&mut self) {
        let Machine { probe: Some(probe), cpu, mem, .. } = self else { return };
        if let Some(profile) = &mut probe.profile {
            profile.look(cpu, mem);
        }
    }
}

/// What the block core counted since power-on.
fn core_counts(cpu: &Cpu) -> [(&'static str, u64); 11] {
    let Statistics {
        built,
        built_instructions,
        dispatched,
        invalidated,
        flushed,
        tlb_flushes,
        tlb_fills,
        on_board,
        slow,
        interpreted,
        stepped,
    } = cpu.statistics();
    [
        ("blocks_built", built),
        ("instructions_in_built_blocks", built_instructions),
        ("blocks_dispatched", dispatched),
        ("blocks_invalidated", invalidated),
        ("block_caches_flushed", flushed),
        ("tlb_flushes", tlb_flushes),
        ("tlb_fills", tlb_fills),
        ("fast_instructions_with_registers_and_ports", on_board),
        ("slow_instructions_in_blocks", slow),
        ("self_patching_instructions", interpreted),
        ("stepped_instructions", stepped),
    ]
}

impl Probe {
    /// Lets the CPU run with the probe between it and the board.
    pub(crate) fn run<T>(&mut self, board: &mut Board, run: impl FnOnce(&mut dyn Bus) -> T) -> T {
        self.counts.slices += 1;
        self.enter(Part::Cpu);
        let ran = run(&mut ProbedBus { board, probe: self });
        self.enter(Part::Board);
        ran
    }

    fn enter(&self, part: Part) {
        if let Some(mark) = &self.mark {
            mark.enter(part);
        }
    }

    fn callers(&mut self) -> Option<&mut Callers> {
        self.profile.as_mut().map(Profile::callers)
    }
}

/// The board with a probe before it. It passes on every method of the bus, those with a default too.
struct ProbedBus<'a> {
    board: &'a mut Board,
    probe: &'a mut Probe,
}

impl ProbedBus<'_> {
    fn on_board<T>(&mut self, act: impl FnOnce(&mut Board) -> T) -> T {
        self.probe.enter(Part::Board);
        let done = act(self.board);
        self.probe.enter(Part::Cpu);
        done
    }
}

impl Bus for ProbedBus<'_> {
    fn port_read(&mut self, mem: &mut Memory, port: u16, width: Width, at: u64) -> u32 {
        self.probe.counts.port_reads += 1;
        self.on_board(|board| board.port_read(mem, port, width, at))
    }

    fn port_write(&mut self, mem: &mut Memory, port: u16, width: Width, value: u32, at: u64) {
        self.probe.counts.port_writes += 1;
        self.on_board(|board| board.port_write(mem, port, width, value, at));
    }

    fn port_read_block(&mut self, port: u16, width: Width, into: &mut [u8], at: u64) -> usize {
        let count = self.on_board(|board| board.port_read_block(port, width, into, at));
        self.probe.counts.port_reads += count as u64;
        count
    }

    fn port_write_block(&mut self, port: u16, width: Width, from: &[u8], at: u64) -> usize {
        let count = self.on_board(|board| board.port_write_block(port, width, from, at));
        self.probe.counts.port_writes += count as u64;
        count
    }

    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, at: u64) -> u32 {
        self.probe.counts.mmio_reads += 1;
        self.on_board(|board| board.mmio_read(mem, address, width, at))
    }

    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, at: u64) {
        self.probe.counts.mmio_writes += 1;
        self.on_board(|board| board.mmio_write(mem, address, width, value, at));
    }

    fn is_mmio_quiet(&self) -> bool {
        self.board.is_mmio_quiet()
    }

    fn mmio_block(&mut self, mem: &mut Memory, block: MmioBlock<'_>, width: Width, count: u32, at: u64) -> bool {
        let [reads, writes] = match &block {
            MmioBlock::Load { .. } => [1, 0],
            MmioBlock::Fill { .. } | MmioBlock::Store { .. } => [0, 1],
            MmioBlock::Copy { .. } => [1, 1],
        };
        let is_done = self.on_board(|board| board.mmio_block(mem, block, width, count, at));
        if is_done {
            self.probe.counts.mmio_reads += reads * u64::from(count);
            self.probe.counts.mmio_writes += writes * u64::from(count);
        }
        is_done
    }

    fn acknowledge_interrupt(&mut self, mem: &mut Memory, at: u64) -> u8 {
        self.probe.counts.hardware_interrupts += 1;
        let vector = self.on_board(|board| board.acknowledge_interrupt(mem, at));
        if let Some(callers) = self.probe.callers() {
            callers.interrupt_comes(vector);
        }
        vector
    }

    fn software_interrupt(&mut self, mem: &Memory, number: u8, registers: &Registers, at: u64) {
        self.probe.counts.software_interrupts += 1;
        if let Some(callers) = self.probe.callers() {
            callers.calls(mem, number, registers);
        }
        self.board.software_interrupt(mem, number, registers, at);
    }

    fn numeric_error(&mut self, mem: &mut Memory, asserted: bool, at: u64) {
        self.on_board(|board| board.numeric_error(mem, asserted, at));
    }

    fn numeric_error_ignored(&self) -> bool {
        self.board.numeric_error_ignored()
    }

    fn clocks_counted(&mut self) {
        self.board.clocks_counted();
    }

    fn is_steady_port(&mut self, port: u16, width: Width) -> bool {
        self.board.is_steady_port(port, width)
    }

    /// An interrupt that came ends the slice, so that its frame is seen on the stack.
    fn attention(&self) -> bool {
        let profile = self.probe.profile.as_ref();
        self.board.attention() || profile.is_some_and(Profile::awaits_delivery)
    }
}
