//! What is counted while the machine runs, and the mark by which its host can see which part is at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A part of the program that takes host time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Part {
    /// The machine does not run.
    #[default]
    Outside = 0,
    /// What is done around the machine while it runs: outputs, serial lines, a trace.
    Host = 1,
    /// The CPU core, memory included.
    Cpu = 2,
    /// Chips, wires, deadlines, DMA, video memory that is not plain memory.
    Board = 3,
    /// Reading and writing images.
    Disks = 4,
}

impl Part {
    /// How many there are.
    pub const COUNT: usize = 5;

    const ALL: [Part; Part::COUNT] = [Part::Outside, Part::Host, Part::Cpu, Part::Board, Part::Disks];
}

/// Which part is at work now. A clone is the same mark, so that another thread can look at it at any time.
#[derive(Clone, Debug, Default)]
pub struct PartMark(Arc<AtomicU8>);

impl PartMark {
    /// From now on `part` is at work; the one that was before.
    pub fn enter(&self, part: Part) -> Part {
        let before = self.now();
        self.0.store(part as u8, Ordering::Relaxed);
        before
    }

    /// The part at work.
    #[must_use]
    pub fn now(&self) -> Part {
        let number = self.0.load(Ordering::Relaxed);
        Part::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }
}

/// What the CPU asked of the board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs of the CPU, from one look at the deadlines to the next.
    pub slices: u64,
    /// IN, INS.
    pub port_reads: u64,
    /// OUT, OUTS.
    pub port_writes: u64,
    /// Reads of video memory that is not plain memory now.
    pub mmio_reads: u64,
    /// Writes to it.
    pub mmio_writes: u64,
    /// Interrupts that chips asked for.
    pub hardware_interrupts: u64,
    /// INT.
    pub software_interrupts: u64,
}

impl Counts {
    pub(super) fn named(&self) -> [(&'static str, u64); 7] {
        let Counts {
            slices,
            port_reads,
            port_writes,
            mmio_reads,
            mmio_writes,
            hardware_interrupts,
            software_interrupts,
        } = self;
        [
            ("slices", *slices),
            ("port_reads", *port_reads),
            ("port_writes", *port_writes),
            ("mmio_reads", *mmio_reads),
            ("mmio_writes", *mmio_writes),
            ("hardware_interrupts", *hardware_interrupts),
            ("software_interrupts", *software_interrupts),
        ]
    }
}
