//! Sectors of a transfer: read, written, formatted, counted.

use super::Fdc;
use super::command::Command;
use super::data::ST1_OR;
use super::drive::Medium;
use super::execution::{ID_BYTES, OTHER_LAYOUT, SIZE_512, ST1_ND, ST1_NW};
use super::transfer::{Direction, Step};
use beige_core::{DiskError, Io, Note, SECTOR_BYTES, Timeline};

/// ST1: end of cylinder.
const ST1_EN: u8 = 0x80;
/// ST1: data error, a CRC is wrong.
const ST1_DE: u8 = 0x20;
/// ST2: control mark, the sector has the other kind of data address mark.
const ST2_CM: u8 = 0x40;
/// ST2: the data error is in the data field.
const ST2_DD: u8 = 0x20;

impl Fdc {
    /// The data field of the sector begins.
    pub(super) fn begin_data(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        let track = medium.track();
        let formatting = command == Command::FormatTrack;
        self.transfer.data_at = io.now();
        (self.transfer.index, self.transfer.passed) = (0, 0);
        if self.direction() != Direction::FromHost && !self.load_sector(command, &medium, io) {
            return;
        }
        if command == Command::Verify {
            self.transfer.then(Step::SectorEnd, self.when(io.now().saturating_add(track.data_ticks()), io));
        } else if formatting {
            let first = self.transfer.remaining == u16::from(self.command[3]);
            let gap = if first { track.index_gap_ticks() } else { 0 };
            let lasts = gap + track.formatted_sector_ticks(self.command[4]);
            let real = self.config.real_delays;
            self.transfer.passed = if self.is_dma() || real { ID_BYTES } else { 1 };
            let end = if real { io.now().saturating_add(lasts) } else { Timeline::NEVER };
            self.transfer.then(if real { Step::SectorEnd } else { Step::Byte }, end);
        } else if self.config.real_delays {
            self.transfer.then(Step::Byte, io.now().saturating_add(track.bytes_ticks(1)));
        } else {
            self.transfer.passed = if self.is_dma() { SECTOR_BYTES as u16 } else { 1 };
            self.transfer.then(Step::Byte, Timeline::NEVER);
        }
    }

    /// Reads the sector under the head into the buffer. False when that failed and the transfer ends.
    fn load_sector(&mut self, command: Command, medium: &Medium, io: &mut Io<'_>) -> bool {
        if command == Command::ReadDeletedData && self.command[0] & 0x20 != 0 {
            // SK skips sectors with the other mark, and all sectors of an image have the ordinary one.
            self.transfer.st2 |= ST2_CM;
            self.next_sector(command, io);
            return false;
        }
        let lba = self.lba(medium, self.transfer.place.wrapping_add(1));
        let buffer = &mut self.transfer.buffer;
        let outcome = match (lba, io.media().disk(medium.slot)) {
            (Some(lba), Some(disk)) => disk.read(lba, buffer).map_err(|error| (error, lba)),
            _ => Err((DiskError::OutOfRange, 0)),
        };
        self.judge(outcome, medium, false, io)
    }

    fn lba(&self, medium: &Medium, sector: u16) -> Option<u64> {
        let cylinder = self.address_marks(medium)?;
        medium.geometry.lba(u32::from(cylinder), u32::from(self.transfer.side), u32::from(sector))
    }

    /// Turns the outcome of a disk access into the state of the transfer. True when it was good.
    fn judge(&mut self, outcome: Result<(), (DiskError, u64)>, medium: &Medium, write: bool, io: &mut Io<'_>) -> bool {
        let Err((error, lba)) = outcome else { return true };
        if matches!(error, DiskError::Unreadable | DiskError::HostWrite) {
            io.note(Note::DiskFailed { slot: medium.slot, lba, write });
        }
        match error {
            DiskError::WriteProtected => self.fail(ST1_NW, 0, io.now()),
            DiskError::HostWrite => self.fail(ST1_DE, ST2_DD, io.now()),
            DiskError::OutOfRange | DiskError::Unreadable => {
                // What the image does not hold is like a sector that was never formatted.
                let at = self.when(medium.track().second_index(io.now()), io);
                self.fail(ST1_ND, 0, at);
            }
        }
        false
    }

    /// A sector has passed.
    pub(super) fn end_sector(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        let transfer = &self.transfer;
        if self.config.real_delays
            && transfer.index < transfer.passed
            && !transfer.terminal_count
            && self.direction() != Direction::Nowhere
        {
            self.fail(ST1_OR, 0, io.now());
            return;
        }
        let good = match command {
            Command::WriteData | Command::WriteDeletedData => self.store_sector(&medium, io),
            Command::FormatTrack => self.format_sector(&medium, io),
            _ => true,
        };
        if !good {
            return;
        }
        if command == Command::ReadDeletedData {
            // SPEC: 82077AA table 5-5: a sector with the other mark is transferred, then the command ends.
            self.transfer.st2 |= ST2_CM;
            self.transfer.then(Step::Succeed, io.now());
        } else {
            self.next_sector(command, io);
        }
    }

    /// SPEC: 82077AA, WRITE DATA: after terminal count the rest of the sector is filled with zeroes.
    fn store_sector(&mut self, medium: &Medium, io: &mut Io<'_>) -> bool {
        let given = usize::from(self.transfer.index).min(SECTOR_BYTES);
        self.transfer.buffer[given..].fill(0);
        let lba = self.lba(medium, self.transfer.place.wrapping_add(1));
        let buffer = &self.transfer.buffer;
        let outcome = match (lba, io.media().disk(medium.slot)) {
            (Some(lba), Some(disk)) => disk.write(lba, buffer).map_err(|error| (error, lba)),
            _ => Err((DiskError::OutOfRange, 0)),
        };
        self.judge(outcome, medium, true, io)
    }

    /// Fills the sector whose ID the host has given. DEVIATION: an ID that the image cannot hold ends the command
    /// with ND, the sectors that it can hold are filled; real disks take any ID.
    fn format_sector(&mut self, medium: &Medium, io: &mut Io<'_>) -> bool {
        if self.transfer.index < ID_BYTES {
            return true;
        }
        let [c, h, r, n, ..] = self.transfer.buffer;
        let transfer = &mut self.transfer;
        (transfer.cylinder, transfer.head, transfer.sector) = (c, h, r);
        let fits = Some(c) == self.address_marks(medium) && h == self.transfer.side && n == SIZE_512;
        let lba = if fits { self.lba(medium, u16::from(r)) } else { None };
        let filled = [self.command[5]; SECTOR_BYTES];
        let Some(lba) = lba.filter(|_| self.command[2] == SIZE_512) else {
            self.transfer.st1 |= ST1_ND;
            io.note(Note::Unmodelled(OTHER_LAYOUT));
            return true;
        };
        let Some(disk) = io.media().disk(medium.slot) else { return true };
        let outcome = disk.write(lba, &filled).map_err(|error| (error, lba));
        self.judge(outcome, medium, true, io)
    }

    /// Counts a sector and goes on to the next one or to the end.
    fn next_sector(&mut self, command: Command, io: &mut Io<'_>) {
        let counted = match command {
            Command::ReadTrack | Command::FormatTrack => true,
            Command::Verify => self.command[1] & 0x80 != 0,
            _ => false,
        };
        if counted {
            self.transfer.remaining = self.transfer.remaining.saturating_sub(1);
        }
        let counted_out = counted && self.transfer.remaining == 0;
        let at_end = match command {
            Command::FormatTrack => counted_out,
            Command::ReadTrack => {
                self.advance_id(false);
                counted_out
            }
            _ => self.advance_id(self.command[0] & 0x80 != 0),
        };
        // VERIFY has no terminal count: the sector count of EC stands for it, or else the end of the cylinder is
        // no error.
        let satisfied = self.transfer.terminal_count || command == Command::Verify && (counted_out || at_end);
        if command == Command::FormatTrack && (at_end || satisfied) {
            let end = self.medium_or_wait(io).map(|medium| medium.track().next_index(io.now()));
            self.transfer.then(Step::Succeed, self.when(end.unwrap_or(io.now()), io));
        } else if satisfied {
            self.transfer.then(Step::Succeed, io.now());
        } else if at_end {
            // SPEC: 82077AA, ST1: EN is set when the host asks for more than the last sector of a cylinder.
            self.fail(ST1_EN, 0, io.now());
        } else {
            let step = if command == Command::FormatTrack { Step::Data } else { Step::Find };
            self.transfer.then(step, io.now());
        }
    }

    /// Advances C, H and R past a sector. True at the end of the cylinder.
    ///
    /// SPEC: 82077AA table 5-6, "Result Phase Table". UNVERIFIED: the head in ST0 after the last sector of head 0 with
    /// MT set; the table is silent about it, here it is the head that would come next.
    fn advance_id(&mut self, multi_track: bool) -> bool {
        let eot = self.command[6];
        let transfer = &mut self.transfer;
        if transfer.sector != eot {
            transfer.sector = transfer.sector.wrapping_add(1);
            return false;
        }
        transfer.sector = 1;
        if multi_track {
            transfer.head ^= 1;
            transfer.side ^= 1;
            if transfer.side == 1 {
                return false;
            }
            // The head stays where it is at the end of the cylinder.
            transfer.side = 1;
        }
        transfer.cylinder = transfer.cylinder.wrapping_add(1);
        true
    }
}
