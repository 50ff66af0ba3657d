//! Execution of the commands that look at the medium, up to the sector they are about.
//!
//! A transfer is a chain of steps with a time each; [`Fdc::run`] takes those that are due.

use super::command::{CONFIGURE_EIS, Command};
use super::drive::Medium;
use super::sectors::ST1_EN;
use super::timing::{COMMAND_TICKS, SETTLE_TICKS};
use super::transfer::{Direction, Step, Transfer};
use super::{Fdc, Phase};
use beige_core::{Io, Note, Tick, Timeline};

/// ST1: no data, the sector was not found.
pub(super) const ST1_ND: u8 = 0x04;
/// ST1: not writable.
pub(super) const ST1_NW: u8 = 0x02;
/// ST1: missing address mark.
const ST1_MA: u8 = 0x01;
/// ST2: wrong cylinder.
const ST2_WC: u8 = 0x10;
/// N of the only sector size of this machine's media, 512 bytes.
pub(super) const SIZE_512: u8 = 2;
/// Bytes that the host gives for each sector of FORMAT TRACK.
pub(super) const ID_BYTES: u8 = 4;
/// What the user is told when FORMAT TRACK asks for what the image cannot be.
pub(super) const OTHER_LAYOUT: &str =
    "a floppy disk cannot be formatted with another layout than that of its image; give an image of the wanted size";

impl Fdc {
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
                Step::Byte => self.pass_bytes(command, io),
                Step::SectorEnd => self.end_sector(command, io),
                Step::IdPassed | Step::Succeed | Step::Fail if self.must_be_emptied() => return,
                Step::IdPassed | Step::Succeed => self.finish_transfer(self.transfer.st1 != 0, io),
                Step::Fail => {
                    // The terminal count with the last byte came after the sector had passed.
                    let ended = self.transfer.terminal_count && self.transfer.st1 == ST1_EN;
                    self.transfer.st1 &= if ended { 0 } else { 0xff };
                    self.finish_transfer(!ended, io);
                }
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
    pub(super) fn medium_or_wait(&mut self, io: &mut Io<'_>) -> Option<Medium> {
        let medium = self.medium(io);
        if medium.is_none() {
            self.transfer.then(Step::WaitIndex, Timeline::NEVER);
        }
        medium
    }

    /// The cylinder whose address marks pass the head, `None` when none do.
    pub(super) fn address_marks(&self, medium: &Medium) -> Option<u8> {
        let rate = if self.rate_was_set { Some(self.rate()) } else { medium.rate() };
        medium.cylinder(rate?, self.command[0] & 0x40 != 0, self.transfer.side)
    }

    /// A time of the rotation, or at once when delays are not authentic.
    pub(super) fn when(&self, real: Tick, io: &Io<'_>) -> Tick {
        if self.config.real_delays { real } else { io.now() }
    }

    /// Ends with an error at `at`.
    pub(super) fn fail(&mut self, st1: u8, st2: u8, at: Tick) {
        self.transfer.st1 |= st1;
        self.transfer.st2 |= st2;
        self.transfer.then(Step::Fail, at);
    }

    fn start(&mut self, command: Command, io: &mut Io<'_>) {
        let Some(medium) = self.medium_or_wait(io) else { return };
        if self.transfer.sought {
            self.busy &= !(1 << (self.command[1] & 3));
        }
        if self.config.real_delays && self.drive_ready_at() > io.now() {
            self.transfer.then(Step::Start, self.drive_ready_at());
            return;
        }
        if self.implied_seek(command, io) {
            return;
        }
        if self.direction() == Direction::FromHost && !command.is_scan() && medium.write_protected {
            self.fail(ST1_NW, 0, io.now());
            return;
        }
        let track = medium.track();
        match command {
            Command::ReadId => self.read_id(&medium, io),
            Command::FormatTrack if self.address_marks(&medium).is_none() => {
                // DEVIATION: a real controller writes any layout; an image holds only its own.
                io.note(Note::Unmodelled(OTHER_LAYOUT));
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

    /// With EIS set the head goes to C before the transfer, and without it until the first SEEK. Whether it has to go
    /// now.
    fn implied_seek(&mut self, command: Command, io: &mut Io<'_>) -> bool {
        let unit = self.command[1] & 3;
        let present = self.pcn[usize::from(unit)];
        let target = self.transfer.cylinder;
        let addressed = !matches!(command, Command::ReadId | Command::FormatTrack);
        let implied = self.configure & CONFIGURE_EIS != 0 || !self.seek_was_given;
        if !implied || !addressed || present == target || self.transfer.sought {
            return false;
        }
        self.pcn[usize::from(unit)] = target;
        let steps = target.abs_diff(present);
        self.step_head(self.selected(), target > present, steps, io);
        self.transfer.sought = true;
        // SPEC: 82077AA section 5.1: the drive is busy during the seek.
        self.busy |= 1 << unit;
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
            place = eot.wrapping_sub(self.transfer.remaining) % (sectors.clamp(1, 255) as u16);
        }
        let transfer = &mut self.transfer;
        let id = (transfer.cylinder, transfer.head, u16::from(sector), transfer.size);
        let matches = id == (cylinder, transfer.side, place.wrapping_add(1), SIZE_512) && u32::from(place) < sectors;
        if command == Command::ReadTrack {
            // The sectors come in physical order; a wrong ID is only told at the end.
            transfer.st1 |= if matches { 0 } else { ST1_ND };
        } else if !matches {
            // BC would need an ID of cylinder FFh, which no image holds.
            let st2 = if transfer.cylinder == cylinder { 0 } else { ST2_WC };
            self.fail(ST1_ND, st2, given_up);
            return;
        }
        transfer.place = place;
        (transfer.passed, transfer.given) = (0, u16::from(transfer.fifo.len()));
        self.last_place = place as u8;
        let at = track.data_at(io.now(), u64::from(place));
        self.transfer.then(Step::Data, self.when(at, io));
    }
}

/// Sectors of VERIFY with EC; 0 stands for 256.
fn verify_count(sectors: u8) -> u16 {
    if sectors == 0 { 256 } else { u16::from(sectors) }
}
