//! What the CPU sees of the board.

use crate::{Memory, Registers};

/// How much one access moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Width {
    /// 8 bits.
    Byte = 0,
    /// 16 bits.
    Word = 1,
    /// 32 bits.
    Dword = 2,
}

impl Width {
    /// 1, 2 or 4.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        1 << self as u32
    }

    /// 8, 16 or 32.
    #[must_use]
    pub const fn bits(self) -> u32 {
        8 << self as u32
    }

    /// All ones in this width.
    #[must_use]
    pub const fn mask(self) -> u32 {
        u32::MAX >> (32 - self.bits())
    }

    /// The top bit of this width.
    #[must_use]
    pub const fn sign(self) -> u32 {
        1 << (self.bits() - 1)
    }

    /// Word, or dword when `wide`.
    pub(crate) const fn word_or_dword(wide: bool) -> Width {
        if wide { Width::Dword } else { Width::Word }
    }
}

/// A repeated string instruction that reads or writes memory-mapped registers, its elements in order from an address
/// up. No page is crossed.
#[derive(Debug)]
pub enum MmioBlock<'a> {
    /// Writes of one value.
    Fill {
        /// Of the first element.
        to: u32,
        /// The value of each.
        value: u32,
    },
    /// Each element is read and then written; both sides are memory-mapped registers.
    Copy {
        /// Where the first is read.
        from: u32,
        /// Where the first is written.
        to: u32,
    },
    /// Writes of elements, as they follow in memory.
    Store {
        /// Of the first element.
        to: u32,
        /// Theirs.
        bytes: &'a [u8],
    },
    /// Reads of elements, to be put into memory one after the other.
    Load {
        /// Of the first element.
        from: u32,
        /// Theirs.
        into: &'a mut [u8],
    },
}

/// Ports, memory-mapped registers and the interrupt controller. In every call `at` is [`crate::Cpu::instructions`] at
/// this access, for the board's clock, and values beyond the width are zero (reads) or ignored (writes).
pub trait Bus {
    /// IN, INS.
    fn port_read(&mut self, mem: &mut Memory, port: u16, width: Width, at: u64) -> u32;

    /// OUT, OUTS.
    fn port_write(&mut self, mem: &mut Memory, port: u16, width: Width, value: u32, at: u64);

    /// Reads of REP INS: does the first of them, as many as it likes, as [`Bus::port_read`] would, and says how many. `into`
    /// has room for all; they come at `at`, `at + 1` and so on, and nothing else happens in between. Only what cannot be
    /// told from reads one by one is to be done: nothing may depend on when within these a read comes, and
    /// [`Bus::attention`], which is false, must stay so. What is not done is read one by one.
    fn port_read_block(&mut self, _port: u16, _width: Width, _into: &mut [u8], _at: u64) -> usize {
        0
    }

    /// Writes of REP OUTS, the same way.
    fn port_write_block(&mut self, _port: u16, _width: Width, _from: &[u8], _at: u64) -> usize {
        0
    }

    /// A read from a range mapped [`crate::Kind::Mmio`], at a physical address. Never crosses a page.
    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, at: u64) -> u32;

    /// A write to a range mapped [`crate::Kind::Mmio`], at a physical address. Never crosses a page.
    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, at: u64);

    /// Whether accesses to memory-mapped registers, at any time, leave all else as it is: memory but for the board's video
    /// memory, its map, A20, and [`Bus::attention`], which is then not asked after them.
    fn is_mmio_quiet(&self) -> bool {
        false
    }

    /// Does `count` elements at once, if that cannot be told from as many single accesses, one an instruction from `at`
    /// on. False, and nothing done, if not. Asked only of a bus whose memory-mapped registers are quiet.
    fn mmio_block(&mut self, _mem: &mut Memory, _block: MmioBlock<'_>, _width: Width, _count: u32, _at: u64) -> bool {
        false
    }

    /// The interrupt acknowledge cycle: the vector for the present INTR.
    fn acknowledge_interrupt(&mut self, mem: &mut Memory, at: u64) -> u8;

    /// An INT instruction is about to be delivered, with the registers before it: for a board that remembers what its
    /// guest called. Nothing comes back, so nothing depends on it.
    fn software_interrupt(&mut self, _mem: &Memory, _number: u8, _registers: &Registers, _at: u64) {}

    /// FERR#: an unmasked error of the coprocessor waits (`asserted`), or no longer does, while the CPU does not raise
    /// exception 16 for it. Called when that changes.
    fn numeric_error(&mut self, _mem: &mut Memory, _asserted: bool, _at: u64) {}

    /// IGNNE#: the CPU goes on in spite of such an error. While it is false, instructions of the coprocessor wait for
    /// the interrupt that the error causes.
    fn numeric_error_ignored(&self) -> bool {
        false
    }

    /// The guest has looked at a count of the CPU's own clocks: what it does now depends on the time.
    fn clocks_counted(&mut self) {}

    /// Whether every read of this port before the board's next event gives the same answer and leaves the board as it
    /// is, unless something is written before.
    fn is_steady_port(&mut self, _port: u16, _width: Width) -> bool {
        false
    }

    /// Asked after every access above, but for those of quiet memory-mapped registers: when true, the run ends after the present instruction or REP element.
    fn attention(&self) -> bool;
}
