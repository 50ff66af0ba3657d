//! Transfers: from the last command byte to the result, sector by sector.
//!
//! A transfer is a chain of steps with a time each; [`Fdc::run`] takes those that are due. Bytes pass the head
//! (`passed`) and are taken or given by the host (`index`); what lies between is requested by DREQ, or by RQM and an
//! interrupt without DMA.

use super::command::{CONFIGURE_EFIFO, CONFIGURE_EIS, Command};
use super::timing::{COMMAND_TICKS, FAST_BYTE_TICKS, SETTLE_TICKS};
use super::{Fdc, Phase, drive::Medium};
use beige_core::{DiskError, DmaPeer, Io, Note, SECTOR_BYTES, Tick, Timeline, Visitor, VisitorExt, coded_enum};

/// ST1: end of cylinder.
const ST1_EN: u8 = 0x80;
/// ST1: data error, a CRC is wrong.
const ST1_DE: u8 = 0x20;
/// ST1: overrun or underrun.
const ST1_OR: u8 = 0x10;
/// ST1: no data, the sector was not found.
const ST1_ND: u8 = 0x04;
/// ST1: not writable.
const ST1_NW: u8 = 0x02;
/// ST1: missing address mark.
const ST1_MA: u8 = 0x01;
/// ST2: control mark, the sector has the other kind of data address mark.
const ST2_CM: u8 = 0x40;
/// ST2: the data error is in the data field.
const ST2_DD: u8 = 0x20;
/// ST2: wrong cylinder.
const ST2_WC: u8 = 0x10;
/// ST2: bad cylinder, the ID says FFh.
const ST2_BC: u8 = 0x02;
/// N of the only sector size of this machine's media, 512 bytes.
const SIZE_512: u8 = 2;
/// Bytes that the host gives for each sector of FORMAT TRACK.
const ID_BYTES: u16 = 4;

coded_enum! {
    /// What a transfer does when its time comes.
    pub(super) enum Step: "step of a floppy transfer" {
        /// Nothing, there is no transfer.
        None = 0,
        /// Look at the drive and begin.
        Start = 1,
        /// Wait for index pulses that do not come: no disk, or its motor is off.
        WaitIndex = 2,
        /// Look for the next sector.
        Find = 3,
        /// The data field begins.
        Data = 4,
        /// A byte passes the head.
        Byte = 5,
        /// The sector has passed.
        SectorEnd = 6,
        /// The ID field that READ ID looked for has passed.
        IdPassed = 7,
        /// End in success.
        Succeed = 8,
        /// End with the error that stands in ST1 and ST2.
        Fail = 9,
    }
}

/// Which way the bytes of a command go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToHost,
    FromHost,
    Nowhere,
}

/// The transfer under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) step: Step,
    /// When the step is due, [`Timeline::NEVER`] while the host has to move.
    pub(super) at: Tick,
    /// C, H, R and N as the result will show them.
    pub(super) cylinder: u8,
    pub(super) head: u8,
    pub(super) sector: u8,
    pub(super) size: u8,
    /// The head that is selected.
    pub(super) side: u8,
    /// Sectors left of READ TRACK, FORMAT TRACK and VERIFY with EC.
    remaining: u16,
    /// Place of the sector on the track, counted from 0.
    place: u16,
    pub(super) st1: u8,
    pub(super) st2: u8,
    /// An implied seek was made.
    pub(super) sought: bool,
    /// The host has said that it wants no more.
    terminal_count: bool,
    /// When the data field began.
    data_at: Tick,
    /// Bytes that the host has taken or given.
    index: u16,
    /// Bytes that have passed, or that the controller has asked for.
    passed: u16,
    buffer: [u8; SECTOR_BYTES],
}

impl Transfer {
    pub(super) fn none() -> Transfer {
        Transfer {
            step: Step::None,
            at: Timeline::NEVER,
            cylinder: 0,
            head: 0,
            sector: 0,
            size: 0,
            side: 0,
            remaining: 0,
            place: 0,
            st1: 0,
            st2: 0,
            sought: false,
            terminal_count: false,
            data_at: 0,
            index: 0,
            passed: 0,
            buffer: [0; SECTOR_BYTES],
        }
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Transfer {
            step,
            at,
            cylinder,
            head,
            sector,
            size,
            side,
            remaining,
            place,
            st1,
            st2,
            sought,
            terminal_count,
            data_at,
            index,
            passed,
            buffer,
        } = self;
        v.code(id, step);
        v.u64(id + 1, at);
        v.u8(id + 2, cylinder);
        v.u8(id + 3, head);
        v.u8(id + 4, sector);
        v.u8(id + 5, size);
        v.u8(id + 6, side);
        v.u16(id + 7, remaining);
        v.u16(id + 8, place);
        v.u8(id + 9, st1);
        v.u8(id + 10, st2);
        v.bool(id + 11, sought);
        v.bool(id + 12, terminal_count);
        v.u64(id + 13, data_at);
        v.u16(id + 14, index);
        v.u16(id + 15, passed);
        v.bytes(id + 16, buffer);
    }

    /// Whether the fields are within what a transfer can reach.
    pub(super) fn is_valid(&self) -> bool {
        self.index <= self.passed
            && usize::from(self.passed) <= SECTOR_BYTES
            && self.side <= 1
            && self.remaining <= 256
            && (self.step != Step::None || self.at == Timeline::NEVER)
    }

    fn then(&mut self, step: Step, at: Tick) {
        (self.step, self.at) = (step, at);
    }
}

impl DmaPeer for Fdc {
    fn dma_read(&mut self, terminal_count: bool, io: &mut Io<'_>) -> u8 {
        let byte = if self.is_dma() { self.give_byte(terminal_count, io) } else { 0xff };
        self.settle(io);
        byte
    }

    fn dma_write(&mut self, byte: u8, terminal_count: bool, io: &mut Io<'_>) {
        if self.is_dma() {
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

    fn executing(&self) -> Option<Command> {
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

    /// Begins a command that looks at the medium.
    pub(super) fn begin_transfer(&mut self, command: Command, io: &mut Io<'_>) {
        let [_, unit, c, h, r, n, eot, _, dtl, ..] = self.command;
        let mut transfer = Transfer::none();
        transfer.side = unit >> 2 & 1;
        match command {
            Command::ReadId => {}
            Command::FormatTrack => {
                let [_, _, n, sectors, ..] = self.command;
                transfer.size = n;
                transfer.remaining = u16::from(sectors);
                self.last_sectors = sectors;
            }
            _ => {
                (transfer.cylinder, transfer.head, transfer.sector, transfer.size) = (c, h, r, n);
                transfer.remaining = if command == Command::Verify { verify_count(dtl) } else { u16::from(eot) };
                self.last_sectors = eot;
            }
        }
        let mut at = io.now().saturating_add(COMMAND_TICKS);
        if self.config.real_delays && io.now() >= self.head_loaded_until {
            at = at.saturating_add(self.rate().head_load_ticks(self.hlt_nd));
        }
        transfer.then(Step::Start, at);
        self.transfer = transfer;
        self.command_length = 0;
        self.phase = Phase::Execution;
    }

    /// Takes the steps that are due.
    pub(super) fn run(&mut self, io: &mut Io<'_>) {
        while self.transfer.at <= io.now() {
            self.transfer.at = Timeline::NEVER;
            let Some(command) = self.executing() else { return };
            match self.transfer.step {
                Step::None | Step::WaitIndex => return,
                Step::Start => self.start(command, io),
                Step::Find => self.find(command, io),
                Step::Data => self.begin_data(command, io),
                Step::Byte => self.pass_byte(io),
                Step::SectorEnd => self.end_sector(command, io),
                Step::IdPassed | Step::Succeed => self.finish_transfer(self.transfer.st1 != 0, io),
                Step::Fail => self.finish_transfer(true, io),
            }
        }
    }

    /// Goes on with a transfer that waited for index pulses, when they come now.
    pub(super) fn resume_waiting(&mut self, io: &mut Io<'_>) {
        if self.transfer.step == Step::WaitIndex && self.medium(io).is_some() {
            self.transfer.then(Step::Start, io.now().saturating_add(COMMAND_TICKS));
        }
    }

    /// The medium under the head. SPEC: 82077AA section 8.1: without index pulses the command never ends, and the
    /// host resets the controller.
    fn medium_or_wait(&mut self, io: &mut Io<'_>) -> Option<Medium> {
        let medium = self.medium(io);
        if medium.is_none() {
            self.transfer.then(Step::WaitIndex, Timeline::NEVER);
        }
        medium
    }

    fn address_marks(&self, medium: &Medium) -> Option<u8> {
        medium.cylinder(self.rate(), self.command[0] & 0x40 != 0, self.transfer.side)
    }

    /// A time of the rotation, or at once when delays are not authentic.
    fn when(&self, real: Tick, io: &Io<'_>) -> Tick {
        if self.config.real_delays { real } else { io.now() }
    }

    fn fail(&mut self, st1: u8, st2: u8, at: Tick) {
        self.transfer.st1 |= st1;
        self.transfer.st2 |= st2;
        self.transfer.then(Step::Fail, at);
    }

    fn start(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        if self.config.real_delays && self.drive_ready_at() > io.now() {
            self.transfer.then(Step::Start, self.drive_ready_at());
            return;
        }
        if self.implied_seek(command, io) {
            return;
        }
        if self.direction() == Direction::FromHost && medium.write_protected {
            self.fail(ST1_NW, 0, io.now());
            return;
        }
        let track = medium.track();
        match command {
            Command::ReadId => self.read_id(&medium, io),
            Command::FormatTrack if self.address_marks(&medium).is_none() => {
                // DEVIATION: a real controller writes any layout; an image holds only its own.
                self.fail(ST1_MA, 0, self.when(track.second_index(io.now()), io));
            }
            Command::FormatTrack if self.transfer.remaining == 0 => {
                self.transfer.then(Step::Succeed, self.when(track.second_index(io.now()), io));
            }
            Command::FormatTrack => self.transfer.then(Step::Data, self.when(track.next_index(io.now()), io)),
            Command::ReadTrack => self.transfer.then(Step::Find, self.when(track.next_index(io.now()), io)),
            _ => self.transfer.then(Step::Find, io.now()),
        }
    }

    /// With EIS set the head goes to C before the transfer. Whether it has to go now.
    fn implied_seek(&mut self, command: Command, io: &mut Io<'_>) -> bool {
        let unit = self.command[1] & 3;
        let present = self.pcn[usize::from(unit)];
        let target = self.transfer.cylinder;
        let addressed = !matches!(command, Command::ReadId | Command::FormatTrack);
        if self.configure & CONFIGURE_EIS == 0 || !addressed || present == target || self.transfer.sought {
            return false;
        }
        self.pcn[usize::from(unit)] = target;
        let steps = target.abs_diff(present);
        self.step_head(self.selected(), target > present, steps, io);
        self.transfer.sought = true;
        let lasts = u64::from(steps) * self.rate().step_ticks(self.srt_hut) + SETTLE_TICKS;
        self.transfer.then(Step::Start, self.when(io.now().saturating_add(lasts), io));
        true
    }

    fn read_id(&mut self, medium: &Medium, io: &mut Io<'_>) {
        let track = medium.track();
        let Some(cylinder) = self.address_marks(medium) else {
            self.fail(ST1_MA, 0, self.when(track.second_index(io.now()), io));
            return;
        };
        let (place, at) = if self.config.real_delays {
            track.next_id(io.now())
        } else {
            // Without rotation each ID is the one after the sector that was used last.
            ((u64::from(self.last_place) + 1) % u64::from(medium.geometry.sectors.max(1)), io.now())
        };
        self.last_place = place as u8;
        let transfer = &mut self.transfer;
        (transfer.cylinder, transfer.head) = (cylinder, transfer.side);
        (transfer.sector, transfer.size) = ((place as u8).wrapping_add(1), SIZE_512);
        transfer.then(Step::IdPassed, at);
    }

    fn find(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        let track = medium.track();
        let given_up = self.when(track.second_index(io.now()), io);
        let Some(cylinder) = self.address_marks(&medium) else {
            self.fail(ST1_MA, 0, given_up);
            return;
        };
        let sectors = medium.geometry.sectors;
        let Transfer { sector, .. } = self.transfer;
        let mut place = u16::from(sector).wrapping_sub(1);
        if command == Command::ReadTrack {
            let eot = u16::from(self.command[6]);
            place = eot.wrapping_sub(self.transfer.remaining) % (sectors.max(1) as u16);
        }
        let transfer = &mut self.transfer;
        let id = (transfer.cylinder, transfer.head, u16::from(sector), transfer.size);
        let matches = id == (cylinder, transfer.side, place.wrapping_add(1), SIZE_512) && u32::from(place) < sectors;
        if command == Command::ReadTrack {
            // The sectors come in physical order; a wrong ID is only told at the end.
            transfer.st1 |= if matches { 0 } else { ST1_ND };
        } else if !matches {
            let bad = if cylinder == 0xff { ST2_BC } else { ST2_WC };
            let st2 = if transfer.cylinder == cylinder { 0 } else { bad };
            self.fail(ST1_ND, st2, given_up);
            return;
        }
        transfer.place = place;
        self.last_place = place as u8;
        let at = track.data_at(io.now(), u64::from(place));
        self.transfer.then(Step::Data, self.when(at, io));
    }

    fn begin_data(&mut self, command: Command, io: &mut Io<'_>) {
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

    /// One byte passes the head.
    fn pass_byte(&mut self, io: &mut Io<'_>) {
        let depth = if self.configure & CONFIGURE_EFIFO == 0 { 16 } else { 1 };
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

    /// A sector has passed.
    fn end_sector(&mut self, command: Command, io: &mut Io<'_>) {
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
    /// SPEC: 82077AA table 5-6, "Result Phase Table".
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
            // ST0 tells the head that was read last.
            transfer.side = 1;
        }
        transfer.cylinder = transfer.cylinder.wrapping_add(1);
        true
    }
}

/// Sectors of VERIFY with EC; 0 stands for 256.
fn verify_count(sectors: u8) -> u16 {
    if sectors == 0 { 256 } else { u16::from(sectors) }
}
