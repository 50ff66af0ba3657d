//! Bytes between head and host, by DMA or without.
//!
//! Bytes pass the head (`passed`) and are taken or given by the host (`index`); what lies between is requested by
//! DREQ, or by RQM and an interrupt without DMA.

use super::command::{CONFIGURE_EFIFO, Command};
use super::execution::ID_BYTES;
use super::timing::FAST_BYTE_TICKS;
use super::transfer::{Direction, Step};
use super::{Fdc, Phase};
use beige_core::{DmaPeer, Io, SECTOR_BYTES};

/// ST1: overrun or underrun.
pub(super) const ST1_OR: u8 = 0x10;
/// Bytes that wait for the host at most, with and without the FIFO.
const FIFO_BYTES: u16 = 16;

impl DmaPeer for Fdc {
    /// UNVERIFIED: a channel programmed for the wrong direction acknowledges bytes that go nowhere.
    fn dma_read(&mut self, terminal_count: bool, io: &mut Io<'_>) -> u8 {
        let mut byte = 0xff;
        if self.is_dma() && self.direction() == Direction::FromHost {
            self.take_byte(0xff, terminal_count, io);
        } else if self.is_dma() {
            byte = self.give_byte(terminal_count, io);
        }
        self.settle(io);
        byte
    }

    fn dma_write(&mut self, byte: u8, terminal_count: bool, io: &mut Io<'_>) {
        if self.is_dma() && self.direction() == Direction::ToHost {
            self.give_byte(terminal_count, io);
        } else if self.is_dma() {
            self.take_byte(byte, terminal_count, io);
        }
        self.settle(io);
    }
}

impl Fdc {
    /// Whether transfers go by DMA; SPECIFY says so.
    pub(super) fn is_dma(&self) -> bool {
        self.hlt_nd & 1 == 0
    }

    /// The command that moves data or looks at the medium now.
    pub(super) fn executing(&self) -> Option<Command> {
        if self.phase == Phase::Execution { Command::decode(self.command[0]) } else { None }
    }

    pub(super) fn direction(&self) -> Direction {
        match self.executing() {
            Some(Command::ReadData | Command::ReadDeletedData | Command::ReadTrack) => Direction::ToHost,
            Some(Command::WriteData | Command::WriteDeletedData | Command::FormatTrack) => Direction::FromHost,
            _ => Direction::Nowhere,
        }
    }

    /// Whether the host has to take or give a byte now.
    pub(super) fn data_requested(&self) -> bool {
        let transfer = &self.transfer;
        self.phase == Phase::Execution
            && matches!(transfer.step, Step::Byte | Step::SectorEnd)
            && !transfer.terminal_count
            && transfer.index < transfer.passed
            && self.direction() != Direction::Nowhere
    }

    /// One byte passes the head.
    pub(super) fn pass_byte(&mut self, io: &mut Io<'_>) {
        let depth = if self.configure & CONFIGURE_EFIFO == 0 { FIFO_BYTES } else { 1 };
        let real = self.config.real_delays;
        let Some(medium) = self.medium_or_wait(io) else { return };
        let track = medium.track();
        let transfer = &mut self.transfer;
        if real && transfer.passed.saturating_sub(transfer.index) >= depth {
            self.fail(ST1_OR, 0, io.now());
            return;
        }
        transfer.passed = (transfer.passed + 1).min(SECTOR_BYTES as u16);
        if !real {
            return;
        }
        if usize::from(transfer.passed) == SECTOR_BYTES {
            transfer.then(Step::SectorEnd, transfer.data_at.saturating_add(track.data_ticks()));
        } else {
            let next = track.bytes_ticks(u64::from(transfer.passed) + 1);
            transfer.then(Step::Byte, transfer.data_at.saturating_add(next));
        }
    }

    /// Gives the next byte to the host.
    pub(super) fn give_byte(&mut self, terminal_count: bool, io: &mut Io<'_>) -> u8 {
        if !self.data_requested() || self.direction() != Direction::ToHost {
            return 0xff;
        }
        let byte = self.transfer.buffer[usize::from(self.transfer.index) % SECTOR_BYTES];
        self.byte_moved(terminal_count, io);
        byte
    }

    /// Takes the next byte from the host.
    pub(super) fn take_byte(&mut self, byte: u8, terminal_count: bool, io: &mut Io<'_>) {
        if !self.data_requested() || self.direction() != Direction::FromHost {
            return;
        }
        self.transfer.buffer[usize::from(self.transfer.index) % SECTOR_BYTES] = byte;
        self.byte_moved(terminal_count, io);
    }

    fn byte_moved(&mut self, terminal_count: bool, io: &mut Io<'_>) {
        let formatting = self.executing() == Some(Command::FormatTrack);
        let wanted = if formatting { ID_BYTES } else { SECTOR_BYTES as u16 };
        let transfer = &mut self.transfer;
        transfer.index = transfer.index.saturating_add(1).min(transfer.passed);
        transfer.terminal_count |= terminal_count;
        if self.config.real_delays {
            if terminal_count && !formatting {
                self.end_early(io);
            }
        } else if transfer.index >= wanted || terminal_count {
            transfer.then(Step::SectorEnd, io.now());
            self.run(io);
        } else if !self.is_dma() {
            self.transfer.then(Step::Byte, io.now().saturating_add(FAST_BYTE_TICKS));
        }
    }

    /// After terminal count the rest of the sector passes unused.
    fn end_early(&mut self, io: &mut Io<'_>) {
        if let Some(medium) = self.medium_or_wait(io) {
            let end = self.transfer.data_at.saturating_add(medium.track().data_ticks());
            self.transfer.then(Step::SectorEnd, end);
        }
    }
}
