//! Bytes between head and host, by DMA or without, through the FIFO.

use super::command::{CONFIGURE_EFIFO, CONFIGURE_FIFOTHR, Command};
use super::execution::ID_BYTES;
use super::fifo::FIFO_BYTES;
use super::timing::FAST_BYTE_TICKS;
use super::transfer::{Direction, Step};
use super::{Fdc, Phase};
use beige_core::{DmaPeer, Io, SECTOR_BYTES, Timeline};

/// ST1: overrun or underrun.
pub(super) const ST1_OR: u8 = 0x10;

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

    /// The bytes amid a sector, without rotation: each one that is taken lets the next one into the FIFO, and nothing
    /// else changes before the last byte of the sector is in it.
    fn dma_read_block(&mut self, into: &mut [u8], io: &mut Io<'_>) -> usize {
        let amid_sector = !self.config.real_delays
            && self.is_dma()
            && self.direction() == Direction::ToHost
            && self.data_requested()
            && (self.transfer.step, self.transfer.at) == (Step::Byte, Timeline::NEVER)
            && self.transfer.fifo.len() == self.depth();
        if !amid_sector || self.medium(io).is_none() {
            return 0;
        }
        let transfer = &mut self.transfer;
        let most = (SECTOR_BYTES - 1).saturating_sub(usize::from(transfer.passed)).min(into.len());
        let passing = transfer.buffer.iter().skip(usize::from(transfer.passed));
        for (place, next) in into.iter_mut().zip(passing).take(most) {
            *place = transfer.fifo.pop().unwrap_or(0xff);
            transfer.fifo.push(*next);
        }
        transfer.passed += most as u16;
        most
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
            Some(command) if command.is_scan() => Direction::FromHost,
            _ => Direction::Nowhere,
        }
    }

    pub(super) fn fifo_is_enabled(&self) -> bool {
        self.configure & CONFIGURE_EFIFO == 0
    }

    /// Bytes that may be on the way: all of an ID for FORMAT TRACK, which needs them together.
    fn depth(&self) -> u8 {
        match self.executing() {
            Some(Command::FormatTrack) => ID_BYTES,
            _ if self.fifo_is_enabled() => FIFO_BYTES,
            _ => 1,
        }
    }

    /// Bytes that the host gives for a sector.
    fn wanted(&self) -> u16 {
        if self.executing() == Some(Command::FormatTrack) { u16::from(ID_BYTES) } else { SECTOR_BYTES as u16 }
    }

    /// Whether the host has to take or give a byte now.
    pub(super) fn data_requested(&self) -> bool {
        self.phase == Phase::Execution && self.transfer.fifo.requesting && !self.transfer.terminal_count
    }

    /// Begins or ends the request for service as the FIFO and its threshold say.
    pub(super) fn update_request(&mut self) {
        let depth = self.depth();
        // Byte by byte, the one byte is asked for as soon as it can be.
        let threshold = if depth == FIFO_BYTES { (self.configure & CONFIGURE_FIFOTHR) + 1 } else { depth - 1 };
        let (direction, wanted) = (self.direction(), self.wanted());
        let transfer = &mut self.transfer;
        let (fifo, step) = (&mut transfer.fifo, transfer.step);
        let formatting = wanted == u16::from(ID_BYTES);
        match direction {
            Direction::ToHost => {
                let reached = fifo.len() >= (depth - threshold).max(1) || step != Step::Byte;
                fifo.requesting = !fifo.is_empty() && (fifo.requesting || reached);
            }
            Direction::FromHost => {
                let open = matches!(step, Step::Data | Step::Byte) || formatting && step == Step::SectorEnd;
                let full = fifo.len() >= depth || transfer.given >= wanted;
                fifo.requesting = open && !full && (fifo.requesting || fifo.len() <= threshold);
            }
            Direction::Nowhere => fifo.requesting = false,
        }
    }

    /// A byte passes the head, or in no time all that the FIFO can move.
    pub(super) fn pass_bytes(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        let track = medium.track();
        let real = self.config.real_delays;
        loop {
            if !self.pass_byte(command) {
                self.hold_byte(io);
                return;
            }
            let transfer = &mut self.transfer;
            if usize::from(transfer.passed) >= SECTOR_BYTES {
                let end = transfer.data_at.saturating_add(track.data_ticks());
                transfer.then(Step::SectorEnd, if real { end } else { io.now() });
                return;
            }
            if real {
                let next = track.bytes_ticks(u64::from(transfer.passed) + 1);
                transfer.then(Step::Byte, transfer.data_at.saturating_add(next));
                return;
            }
            if !self.is_dma() {
                self.transfer.then(Step::Byte, io.now().saturating_add(FAST_BYTE_TICKS));
                return;
            }
        }
    }

    /// Moves a byte between head and FIFO. False when the FIFO is full or has none.
    fn pass_byte(&mut self, command: Command) -> bool {
        let depth = self.depth();
        let reads = self.direction() == Direction::ToHost;
        let transfer = &mut self.transfer;
        let Some(place) = transfer.buffer.get_mut(usize::from(transfer.passed)) else { return false };
        if reads {
            if transfer.fifo.len() >= depth {
                return false;
            }
            transfer.fifo.push(*place);
        } else {
            let Some(byte) = transfer.fifo.pop() else { return false };
            if command.is_scan() {
                transfer.scan = transfer.scan.compared(*place, byte);
            } else {
                *place = byte;
            }
        }
        transfer.passed += 1;
        true
    }

    /// No byte could pass. The head of a spindle that turns does not wait: that is an overrun or underrun.
    ///
    /// SPEC: 82077AA section 4.2 and "Data register": a write completes its sector with zeroes, a read that overran
    /// ends when the host has taken what is in the FIFO. UNVERIFIED: without the FIFO it ends at once, like an 8272A.
    fn hold_byte(&mut self, io: &mut Io<'_>) {
        if self.transfer.terminal_count {
            self.pass_rest(io);
        } else if !self.config.real_delays {
            self.transfer.then(Step::Byte, Timeline::NEVER);
        } else if self.direction() == Direction::ToHost {
            if !self.fifo_is_enabled() {
                self.transfer.fifo.clear();
            }
            self.fail(ST1_OR, 0, io.now());
        } else {
            self.transfer.st1 |= ST1_OR;
            self.pass_rest(io);
        }
    }

    /// The rest of the sector passes without the host.
    fn pass_rest(&mut self, io: &mut Io<'_>) {
        if let Some(medium) = self.medium_or_wait(io) {
            let end = self.transfer.data_at.saturating_add(medium.track().data_ticks());
            self.transfer.then(Step::SectorEnd, self.when(end, io));
        }
    }

    /// Gives the next byte to the host.
    pub(super) fn give_byte(&mut self, terminal_count: bool, io: &mut Io<'_>) -> u8 {
        if !self.data_requested() || self.direction() != Direction::ToHost {
            return 0xff;
        }
        let byte = self.transfer.fifo.pop().unwrap_or(0xff);
        self.byte_moved(terminal_count, io);
        byte
    }

    /// Takes the next byte from the host.
    pub(super) fn take_byte(&mut self, byte: u8, terminal_count: bool, io: &mut Io<'_>) {
        if !self.data_requested() || self.direction() != Direction::FromHost {
            return;
        }
        self.transfer.fifo.push(byte);
        self.transfer.given = self.transfer.given.saturating_add(1);
        self.byte_moved(terminal_count, io);
    }

    /// The host has taken or given a byte: what waited for that goes on.
    fn byte_moved(&mut self, terminal_count: bool, io: &mut Io<'_>) {
        let reads = self.direction() == Direction::ToHost;
        self.transfer.terminal_count |= terminal_count;
        let step = self.transfer.step;
        if terminal_count && reads {
            self.transfer.fifo.clear();
            match step {
                Step::Byte => self.pass_rest(io),
                // Between two sectors the command is done.
                Step::Find | Step::Data => self.transfer.then(Step::Succeed, io.now()),
                _ => {}
            }
        }
        let pause = if self.is_dma() { 0 } else { FAST_BYTE_TICKS };
        let transfer = &mut self.transfer;
        let ready = match transfer.step {
            Step::Byte => true,
            Step::SectorEnd | Step::Succeed | Step::Fail if reads => transfer.fifo.is_empty(),
            Step::SectorEnd => transfer.terminal_count || transfer.given >= u16::from(ID_BYTES),
            _ => false,
        };
        if transfer.at == Timeline::NEVER && ready {
            // Without DMA the host sees the request end before the next thing happens.
            transfer.at = io.now().saturating_add(pause);
        }
        self.run(io);
    }
}
