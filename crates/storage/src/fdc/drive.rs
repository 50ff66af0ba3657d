//! The drives behind the controller: what medium is under the head, steps, the disk change line, motors.

use super::timing::{Rate, SETTLE_TICKS, SPIN_UP_TICKS, Track};
use super::{Fdc, command};
use beige_core::{Disk, DiskSlot, Geometry, Io, Tick, Timeline, Visitor, VisitorExt, coded_enum};

coded_enum! {
    /// A floppy drive, coded as in CMOS register 10h.
    pub enum DriveType: "drive type" {
        /// No drive.
        Absent = 0,
        /// 5.25 inch, 40 cylinders, 300 rpm.
        D360 = 1,
        /// 5.25 inch, 80 cylinders, 360 rpm.
        D1200 = 2,
        /// 3.5 inch, double density.
        D720 = 3,
        /// 3.5 inch, high density.
        D1440 = 4,
        /// 3.5 inch, extra-high density.
        D2880 = 5,
    }
}

impl DriveType {
    /// The innermost cylinder that the head reaches; drives go a little beyond what formats use.
    pub(super) fn last_cylinder(self) -> u8 {
        match self {
            DriveType::Absent => 0,
            DriveType::D360 => 41,
            _ => 83,
        }
    }

    /// Whether the drive drives the disk change line; 40-track drives leave it alone.
    fn has_change_line(self) -> bool {
        !matches!(self, DriveType::Absent | DriveType::D360)
    }

    /// The rate at which a medium is recorded for this drive, `None` when the drive cannot read it.
    ///
    /// Double density is 250 kbps at 300 rpm and therefore 300 kbps in the drive that turns at 360 rpm.
    pub(super) fn rate_of(self, geometry: Geometry) -> Option<Rate> {
        let high = matches!(self, DriveType::D1200 | DriveType::D1440 | DriveType::D2880);
        match (self, geometry.sectors) {
            (DriveType::Absent, _) => None,
            (DriveType::D360, _) if !is_40_track(geometry) => None,
            (DriveType::D1200, ..=10) => Some(Rate::Kbps300),
            (_, ..=10) => Some(Rate::Kbps250),
            (_, 11..=21) if high => Some(Rate::Kbps500),
            (DriveType::D2880, 22..) => Some(Rate::Mbps1),
            _ => None,
        }
    }
}

fn is_40_track(geometry: Geometry) -> bool {
    geometry.cylinders <= 42
}

/// Bytes for a mark of each sector that a floppy disk can have, and some more.
const MARK_BYTES: usize = 1024;

/// What a drive keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drive {
    /// The physical position of the head.
    pub(super) cylinder: u8,
    /// The disk change latch of the drive.
    pub(super) changed: bool,
    /// When the motor was last switched on.
    pub(super) motor_at: Tick,
    /// When the head is quiet after the last step.
    pub(super) settled_at: Tick,
    /// Which sectors of the medium have a deleted data address mark, a bit each. An image has no room for them: they
    /// live as long as the medium is in the drive.
    pub(super) deleted: [u8; MARK_BYTES],
}

impl Drive {
    pub(super) fn new() -> Drive {
        Drive { cylinder: 0, changed: true, motor_at: 0, settled_at: 0, deleted: [0; MARK_BYTES] }
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Drive { cylinder, changed, motor_at, settled_at, deleted } = self;
        v.u8(id, cylinder);
        v.bool(id + 1, changed);
        v.u64(id + 2, motor_at);
        v.u64(id + 3, settled_at);
        v.sparse(id + 4, deleted, 64);
    }
}

/// A seek or recalibration under way, for one of the four units of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seek {
    /// When it ends; [`Timeline::NEVER`] when there is none.
    pub(super) ends_at: Tick,
    started_at: Tick,
    /// The drive that gets the step pulses: the one DOR selected at the start.
    drive: u8,
    inward: bool,
    steps: u8,
    step_ticks: Tick,
    /// ST0 of the SENSE INTERRUPT STATUS that follows.
    st0: u8,
}

impl Seek {
    /// No seek.
    pub(super) const NONE: Seek =
        Seek { ends_at: Timeline::NEVER, started_at: 0, drive: 0, inward: false, steps: 0, step_ticks: 0, st0: 0 };

    pub(super) fn is_active(&self) -> bool {
        self.ends_at != Timeline::NEVER
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Seek { ends_at, started_at, drive, inward, steps, step_ticks, st0 } = self;
        v.u64(id, ends_at);
        v.u64(id + 1, started_at);
        v.u8(id + 2, drive);
        v.bool(id + 3, inward);
        v.u8(id + 4, steps);
        v.u64(id + 5, step_ticks);
        v.u8(id + 6, st0);
    }
}

/// The medium that turns under the head of the selected drive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Medium {
    pub(super) slot: DiskSlot,
    pub(super) geometry: Geometry,
    pub(super) write_protected: bool,
    drive: DriveType,
    cylinder: u8,
}

impl Medium {
    /// The rate at which it is recorded, `None` when the drive cannot read it.
    pub(super) fn rate(&self) -> Option<Rate> {
        self.drive.rate_of(self.geometry)
    }

    /// How the tracks pass the head. A medium that the drive cannot read still gives index pulses.
    pub(super) fn track(&self) -> Track {
        let rate = self.rate().unwrap_or(Rate::Kbps250);
        Track::new(self.drive, self.geometry, rate)
    }

    /// The cylinder of the medium under the head, `None` when there are no address marks for this rate, encoding and
    /// head.
    pub(super) fn cylinder(&self, rate: Rate, mfm: bool, head: u8) -> Option<u8> {
        if !mfm || self.rate() != Some(rate) || u32::from(head) >= self.geometry.heads {
            return None;
        }
        let double_step = is_40_track(self.geometry) && self.drive.last_cylinder() > 42;
        if double_step && self.cylinder % 2 == 1 {
            // The narrow head is between two wide tracks.
            return None;
        }
        let cylinder = if double_step { self.cylinder / 2 } else { self.cylinder };
        (u32::from(cylinder) < self.geometry.cylinders).then_some(cylinder)
    }
}

impl Fdc {
    /// The type of a drive; drives 2 and 3 do not exist.
    pub(super) fn drive_type(&self, drive: u8) -> DriveType {
        self.config.drives.get(usize::from(drive)).copied().unwrap_or(DriveType::Absent)
    }

    /// The drive that DOR selects.
    ///
    /// SPEC: 82077AA table 5-1: the drive bits of a command are used inside the chip only; the pins follow DOR.
    pub(super) fn selected(&self) -> u8 {
        self.dor & 3
    }

    /// Whether the motor of a drive is switched on.
    fn motor_on(&self, drive: u8) -> bool {
        self.drive_type(drive) != DriveType::Absent && self.dor >> (4 + (drive & 3)) & 1 != 0
    }

    /// The disk in a drive, motor or not.
    pub(super) fn disk<'a>(&self, drive: u8, io: &'a mut Io<'_>) -> Option<&'a mut dyn Disk> {
        if self.drive_type(drive) == DriveType::Absent {
            return None;
        }
        let slot = *self.config.slots.get(usize::from(drive))?;
        io.media().disk(slot)
    }

    /// The medium that gives index pulses to the controller: in the selected drive, its motor on.
    pub(super) fn medium(&self, io: &mut Io<'_>) -> Option<Medium> {
        let number = self.selected();
        if !self.motor_on(number) {
            return None;
        }
        let slot = *self.config.slots.get(usize::from(number))?;
        let cylinder = self.drives.get(usize::from(number))?.cylinder;
        let drive = self.drive_type(number);
        let disk = self.disk(number, io)?;
        Some(Medium { slot, geometry: disk.geometry(), write_protected: disk.is_write_protected(), drive, cylinder })
    }

    /// When the selected drive can be read: the spindle at speed and the head quiet.
    pub(super) fn drive_ready_at(&self) -> Tick {
        match self.drives.get(usize::from(self.selected())) {
            Some(drive) => drive.settled_at.max(drive.motor_at.saturating_add(SPIN_UP_TICKS)),
            None => 0,
        }
    }

    /// The disk change line as DIR shows it.
    pub(super) fn disk_change(&self, io: &mut Io<'_>) -> bool {
        let number = self.selected();
        let latched = self.drives.get(usize::from(number)).is_some_and(|drive| drive.changed);
        self.drive_type(number).has_change_line() && (latched || self.disk(number, io).is_none())
    }

    /// Whether the selected drive says that its head is over cylinder 0.
    pub(super) fn at_track_0(&self) -> bool {
        let number = self.selected();
        let at_0 = self.drives.get(usize::from(number)).is_some_and(|drive| drive.cylinder == 0);
        self.drive_type(number) != DriveType::Absent && at_0
    }

    /// Steps outward until the selected drive says that it is at track 0.
    pub(super) fn steps_to_track_0(&self) -> u8 {
        self.drives.get(usize::from(self.selected())).map_or(u8::MAX, |drive| drive.cylinder)
    }

    /// Whether the sector of the selected drive has a deleted data address mark.
    pub(super) fn is_deleted(&self, lba: u64) -> bool {
        let marks = self.drives.get(usize::from(self.selected())).map(|drive| &drive.deleted);
        let byte = usize::try_from(lba / 8).ok().and_then(|at| marks?.get(at));
        byte.is_some_and(|byte| byte >> (lba % 8) & 1 != 0)
    }

    /// Writes the mark of a sector of the selected drive.
    pub(super) fn set_deleted(&mut self, lba: u64, deleted: bool) {
        let number = usize::from(self.selected());
        let Some(drive) = self.drives.get_mut(number) else { return };
        if let Some(byte) = usize::try_from(lba / 8).ok().and_then(|at| drive.deleted.get_mut(at)) {
            let bit = 1 << (lba % 8);
            *byte = *byte & !bit | if deleted { bit } else { 0 };
        }
    }

    /// Whether PERPENDICULAR MODE writes the long gap of 1 Mbps to the selected drive.
    ///
    /// SPEC: 82077AA, PERPENDICULAR MODE: GAP and WGATE rule when one of them is set, D3-D0 otherwise.
    pub(super) fn is_perpendicular(&self) -> bool {
        let by_drive = self.perpendicular & 3 == 0 && self.perpendicular >> (2 + self.selected()) & 1 != 0;
        self.rate() == Rate::Mbps1 && (self.perpendicular & 3 == 3 || by_drive)
    }

    /// Sends step pulses to a drive.
    pub(super) fn step_head(&mut self, number: u8, inward: bool, steps: u8, io: &mut Io<'_>) {
        let last = self.drive_type(number).last_cylinder();
        let loaded = self.disk(number, io).is_some();
        let real = self.config.real_delays;
        let Some(drive) = self.drives.get_mut(usize::from(number)) else { return };
        if steps == 0 {
            return;
        }
        drive.cylinder =
            if inward { drive.cylinder.saturating_add(steps).min(last) } else { drive.cylinder.saturating_sub(steps) };
        // A step pulse resets the disk change latch of a drive with a disk in it, whether or not the head can move.
        drive.changed &= !loaded;
        if real {
            drive.settled_at = io.now().saturating_add(SETTLE_TICKS);
        }
    }

    /// Begins a seek of `unit` by `steps`, which ends with `st0`.
    pub(super) fn begin_seek(&mut self, unit: u8, inward: bool, steps: u8, st0: u8, io: &mut Io<'_>) {
        self.abort_seek(unit, io);
        let step_ticks = if self.config.real_delays { self.rate().step_ticks(self.srt_hut) } else { 0 };
        let lasts = (u64::from(steps) * step_ticks).max(super::timing::COMMAND_TICKS);
        self.seeks[usize::from(unit & 3)] = Seek {
            ends_at: io.now().saturating_add(lasts),
            started_at: io.now(),
            drive: self.selected(),
            inward,
            steps,
            step_ticks,
            st0,
        };
        self.busy |= 1 << (unit & 3);
    }

    /// Ends a seek when its time has come.
    pub(super) fn end_seek(&mut self, unit: u8, io: &mut Io<'_>) {
        let seek = std::mem::replace(&mut self.seeks[usize::from(unit & 3)], Seek::NONE);
        self.step_head(seek.drive, seek.inward, seek.steps, io);
        self.sense_st0[usize::from(unit & 3)] = seek.st0;
        self.sense_seek |= 1 << (unit & 3);
        self.sense_poll &= !(1 << (unit & 3));
        self.sense_irq = true;
    }

    /// Stops a seek on the way, the head left where it is by then.
    pub(super) fn abort_seek(&mut self, unit: u8, io: &mut Io<'_>) {
        let seek = std::mem::replace(&mut self.seeks[usize::from(unit & 3)], Seek::NONE);
        if seek.is_active() {
            let since = io.now().saturating_sub(seek.started_at);
            let done = since.checked_div(seek.step_ticks).map_or(0, |steps| steps.min(u64::from(seek.steps)));
            self.step_head(seek.drive, seek.inward, done as u8, io);
        }
    }

    /// Steps to recalibrate the selected drive, and ST0 at the end.
    pub(super) fn recalibration(&self, unit: u8) -> (u8, u8) {
        let number = self.selected();
        let away = self.drives.get(usize::from(number)).map_or(0, |drive| drive.cylinder);
        let present = self.drive_type(number) != DriveType::Absent;
        if present && away <= command::RECALIBRATE_STEPS {
            (away, command::ST0_SE | unit)
        } else {
            (command::RECALIBRATE_STEPS, command::ST0_ABNORMAL | command::ST0_SE | command::ST0_EC | unit)
        }
    }

    /// A disk was inserted into or taken out of a drive; its slot has the new one, of whatever format, or none. Sets
    /// the disk change latch and forgets the deleted marks of the disk that was in it. A command that waits for index
    /// pulses goes on when there is a disk now.
    pub fn media_changed(&mut self, drive: u8, io: &mut Io<'_>) {
        if let Some(drive) = self.drives.get_mut(usize::from(drive)) {
            (drive.changed, drive.deleted) = (true, [0; MARK_BYTES]);
        }
        self.resume_waiting(io);
        self.settle(io);
    }
}
