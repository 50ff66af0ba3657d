//! Sectors of a transfer: read, compared, written, formatted, counted.

use super::Fdc;
use super::command::Command;
use super::data::ST1_OR;
use super::drive::Medium;
use super::execution::{ID_BYTES, OTHER_LAYOUT, SIZE_512, ST1_ND, ST1_NW};
use super::fifo::Fifo;
use super::scan::Scan;
use super::transfer::{Direction, Step};
use beige_core::{DiskError, Io, Note, SECTOR_BYTES, Timeline};

/// ST1: end of cylinder.
pub(super) const ST1_EN: u8 = 0x80;
/// ST1: data error, a CRC is wrong.
const ST1_DE: u8 = 0x20;
/// ST2: control mark, the sector has the other kind of data address mark.
const ST2_CM: u8 = 0x40;
/// ST2: the data error is in the data field.
const ST2_DD: u8 = 0x20;
/// SK of a command's first byte.
const SKIP: u8 = 0x20;

impl Fdc {
    /// The data field of the sector begins.
    pub(super) fn begin_data(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        let track = medium.track();
        self.transfer.data_at = io.now();
        (self.transfer.passed, self.transfer.scan) = (0, Scan::Equal);
        if command == Command::FormatTrack {
            self.begin_format(&medium, io);
            return;
        }
        let reads = !matches!(command, Command::WriteData | Command::WriteDeletedData);
        if reads && !self.load_sector(command, &medium, io) {
            return;
        }
        if command == Command::Verify {
            self.transfer.then(Step::SectorEnd, self.when(io.now().saturating_add(track.data_ticks()), io));
        } else {
            self.transfer.then(Step::Byte, self.when(io.now().saturating_add(track.bytes_ticks(1)), io));
        }
    }

    /// A sector of FORMAT TRACK begins; the host has until its end to give the ID.
    fn begin_format(&mut self, medium: &Medium, io: &mut Io<'_>) {
        let track = medium.track();
        let first = self.transfer.remaining == u16::from(self.command[3]);
        let gap = if first { track.index_gap_ticks() } else { 0 };
        let lasts = gap + track.formatted_sector_ticks(self.command[4], self.is_perpendicular());
        let end = if self.config.real_delays { io.now().saturating_add(lasts) } else { Timeline::NEVER };
        (self.transfer.given, self.transfer.fifo) = (0, Fifo::EMPTY);
        self.transfer.then(Step::SectorEnd, end);
    }

    /// Reads the sector under the head into the buffer. False when its data does not pass to the host.
    ///
    /// SPEC: 82077AA tables 5-4 and 5-5: a sector with the other mark is skipped with SK, and the last one without.
    fn load_sector(&mut self, command: Command, medium: &Medium, io: &mut Io<'_>) -> bool {
        let lba = self.lba(medium, self.transfer.place.wrapping_add(1));
        let deleted = lba.is_some_and(|lba| self.is_deleted(lba));
        if command != Command::ReadTrack && deleted != (command == Command::ReadDeletedData) {
            self.transfer.st2 |= ST2_CM;
            if self.skips() {
                self.next_sector(command, io);
                return false;
            }
        }
        let buffer = &mut self.transfer.buffer;
        let outcome = match (lba, io.media().disk(medium.slot)) {
            (Some(lba), Some(disk)) => disk.read(lba, buffer).map_err(|error| (error, lba)),
            _ => Err((DiskError::OutOfRange, 0)),
        };
        let Err((error, lba)) = outcome else { return true };
        self.transfer.buffer.fill(0);
        if error == DiskError::OutOfRange {
            // What the geometry does not hold is like a sector that was never formatted.
            self.transfer.st1 |= ST1_ND;
            let at = self.when(medium.track().second_index(io.now()), io);
            if command != Command::ReadTrack {
                self.fail(ST1_ND, 0, at);
            }
        } else {
            io.note(Note::DiskFailed { slot: medium.slot, lba, write: false });
            self.transfer.st1 |= ST1_DE;
            self.transfer.st2 |= ST2_DD;
        }
        error != DiskError::OutOfRange || command == Command::ReadTrack
    }

    fn skips(&self) -> bool {
        self.command[0] & SKIP != 0
    }

    fn lba(&self, medium: &Medium, sector: u16) -> Option<u64> {
        let cylinder = self.address_marks(medium)?;
        medium.geometry.lba(u32::from(cylinder), u32::from(self.transfer.side), u32::from(sector))
    }

    /// Writes a sector and its mark. True when that was good; otherwise the transfer ends.
    fn write(&mut self, lba: Option<u64>, deleted: bool, medium: &Medium, io: &mut Io<'_>) -> bool {
        let buffer = &self.transfer.buffer;
        let outcome = match (lba, io.media().disk(medium.slot)) {
            (Some(lba), Some(disk)) => disk.write(lba, buffer).map(|()| lba).map_err(|error| (error, lba)),
            _ => Err((DiskError::OutOfRange, 0)),
        };
        let (error, lba) = match outcome {
            Ok(lba) => {
                self.set_deleted(lba, deleted);
                return true;
            }
            Err(failure) => failure,
        };
        match error {
            DiskError::WriteProtected => self.fail(ST1_NW, 0, io.now()),
            DiskError::HostWrite | DiskError::Unreadable => {
                io.note(Note::DiskFailed { slot: medium.slot, lba, write: true });
                self.fail(ST1_DE, ST2_DD, io.now());
            }
            DiskError::OutOfRange => {
                let at = self.when(medium.track().second_index(io.now()), io);
                self.fail(ST1_ND, 0, at);
            }
        }
        false
    }

    /// A sector has passed.
    pub(super) fn end_sector(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        if !self.config.real_delays && self.must_be_emptied() {
            // Without rotation the disk waits for the host.
            return;
        }
        let good = match command {
            Command::WriteData | Command::WriteDeletedData => self.store_sector(command, &medium, io),
            Command::FormatTrack => self.format_sector(&medium, io),
            _ => true,
        };
        let transfer = &mut self.transfer;
        if !good || command.is_scan() && transfer.st1 == 0 && self.end_scan(command, io) {
            return;
        }
        let transfer = &mut self.transfer;
        if transfer.st1 & (ST1_DE | ST1_OR) != 0 && command != Command::ReadTrack {
            transfer.then(Step::Fail, io.now());
        } else if transfer.st2 & ST2_CM != 0 && self.command[0] & SKIP == 0 {
            transfer.then(Step::Succeed, io.now());
        } else {
            self.next_sector(command, io);
        }
    }

    /// SPEC: 82077AA, WRITE DATA: after terminal count the rest of the sector is filled with zeroes.
    fn store_sector(&mut self, command: Command, medium: &Medium, io: &mut Io<'_>) -> bool {
        let passed = usize::from(self.transfer.passed).min(SECTOR_BYTES);
        self.transfer.buffer[passed..].fill(0);
        let lba = self.lba(medium, self.transfer.place.wrapping_add(1));
        self.write(lba, command == Command::WriteDeletedData, medium, io)
    }

    /// Fills the sector whose ID the host has given. DEVIATION: an ID that the image cannot hold ends the command
    /// with ND, the sectors that it can hold are filled; real disks take any ID.
    fn format_sector(&mut self, medium: &Medium, io: &mut Io<'_>) -> bool {
        let id = [(); ID_BYTES as usize].map(|()| self.transfer.fifo.pop());
        let [Some(c), Some(h), Some(r), Some(n)] = id else {
            if !self.transfer.terminal_count {
                self.fail(ST1_OR, 0, io.now());
            }
            return self.transfer.terminal_count;
        };
        let transfer = &mut self.transfer;
        (transfer.cylinder, transfer.head, transfer.sector) = (c, h, r);
        let fits = Some(c) == self.address_marks(medium) && h == self.transfer.side && n == SIZE_512;
        let lba = if fits { self.lba(medium, u16::from(r)) } else { None };
        self.transfer.buffer = [self.command[5]; SECTOR_BYTES];
        let lba = lba.filter(|_| self.command[2] == SIZE_512);
        if lba.is_none() {
            self.transfer.st1 |= ST1_ND;
            io.note(Note::Unmodelled(OTHER_LAYOUT));
            return true;
        }
        self.write(lba, false, medium, io)
    }

    /// Counts a sector and goes on to the next one or to the end.
    fn next_sector(&mut self, command: Command, io: &mut Io<'_>) {
        // EC of VERIFY counts sectors.
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
        // SPEC: 82077AA tables 5-6 and 5-7: VERIFY has no terminal count. The sector count of EC stands for it, and
        // without EC the end of the cylinder is no error.
        let verified = command == Command::Verify && if counted { counted_out } else { at_end };
        // The end of the cylinder is how a scan finds nothing.
        let satisfied = self.transfer.terminal_count || verified || at_end && command.is_scan();
        (self.transfer.given, self.transfer.passed) = (0, 0);
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
        let scans = self.executing().is_some_and(Command::is_scan);
        let stride = if scans && self.command[8] == 2 { 2 } else { 1 };
        let transfer = &mut self.transfer;
        if transfer.sector != eot {
            transfer.sector = transfer.sector.wrapping_add(stride);
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

    /// Whether the host has to empty the FIFO before the command goes on.
    ///
    /// SPEC: 82077AA, "Data register": a read enters the result phase when the host has taken the remaining data.
    pub(super) fn must_be_emptied(&self) -> bool {
        let transfer = &self.transfer;
        self.direction() == Direction::ToHost && !transfer.terminal_count && !transfer.fifo.is_empty()
    }
}
