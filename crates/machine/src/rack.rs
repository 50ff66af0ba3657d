//! The disks of the machine, by slot.

use crate::probe::{Part, PartMark};
use beige_core::{Disk, DiskError, DiskSlot, Geometry, Media, Origin, SECTOR_BYTES, StateError, Visitor};

/// Slots for disks: floppies A and B, hard disks C to F.
pub const DISK_SLOTS: usize = 6;
/// Slots for hard disks.
pub const HARD_DISK_SLOTS: usize = 4;

/// The disks, owned by the machine; chips reach them by slot.
pub(crate) struct Rack {
    disks: [Option<Medium>; DISK_SLOTS],
    /// What the disks that have gone did.
    past: Counts,
    /// Says when a disk is at work, to whom it interests.
    mark: Option<PartMark>,
}

/// A disk that can be kept from writes for a while.
struct Medium {
    disk: Box<dyn Disk>,
    is_frozen: bool,
    counts: Counts,
    mark: Option<PartMark>,
}

/// Sectors.
#[derive(Clone, Copy, Default)]
struct Counts {
    read: u64,
    written: u64,
}

impl Counts {
    fn add(self, other: Counts) -> Counts {
        Counts { read: self.read + other.read, written: self.written + other.written }
    }
}

impl Medium {
    fn new(disk: Box<dyn Disk>, mark: Option<PartMark>) -> Medium {
        Medium { disk, is_frozen: false, counts: Counts::default(), mark }
    }

    /// Lets the disk work, and says so.
    fn work<T>(&mut self, act: impl FnOnce(&mut dyn Disk) -> T) -> T {
        let Some(mark) = &self.mark else { return act(self.disk.as_mut()) };
        let before = mark.enter(Part::Disks);
        let done = act(self.disk.as_mut());
        mark.enter(before);
        done
    }
}

impl Rack {
    pub(crate) fn new(disks: [Option<Box<dyn Disk>>; DISK_SLOTS]) -> Rack {
        let disks = disks.map(|disk| disk.map(|disk| Medium::new(disk, None)));
        Rack { disks, past: Counts::default(), mark: None }
    }

    /// While frozen no disk takes a write: what the guest does is going to be taken back.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        for medium in self.disks.iter_mut().flatten() {
            medium.is_frozen = frozen;
        }
    }

    /// Puts `disk` into a slot; what was in there before.
    pub(crate) fn replace(&mut self, slot: DiskSlot, disk: Option<Box<dyn Disk>>) -> Option<Box<dyn Disk>> {
        let place = self.disks.get_mut(usize::from(slot.0))?;
        let medium = disk.map(|disk| Medium::new(disk, self.mark.clone()));
        let before = std::mem::replace(place, medium)?;
        self.past = self.past.add(before.counts);
        Some(before.disk)
    }

    /// From now on `mark` says when a disk is at work.
    pub(crate) fn mark_with(&mut self, mark: PartMark) {
        for medium in self.disks.iter_mut().flatten() {
            medium.mark = Some(mark.clone());
        }
        self.mark = Some(mark);
    }

    /// What the disks did, with names.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 2] {
        let Counts { read, written } =
            self.disks.iter().flatten().fold(self.past, |sum, medium| sum.add(medium.counts));
        [("sectors_read", read), ("sectors_written", written)]
    }

    pub(crate) fn has_unsaved_changes(&self) -> bool {
        self.disks.iter().flatten().any(|disk| disk.has_unsaved_changes())
    }

    /// Bytes of all disks.
    pub(crate) fn bytes(&self) -> u64 {
        self.disks.iter().flatten().map(|disk| disk.sectors() * SECTOR_BYTES as u64).sum()
    }

    /// Where the sectors of each disk come from.
    pub(crate) fn origins(&mut self) -> Result<[Option<Origin>; DISK_SLOTS], DiskError> {
        let mut origins = [const { None }; DISK_SLOTS];
        for (origin, disk) in origins.iter_mut().zip(&mut self.disks) {
            *origin = disk.as_mut().map(|disk| disk.origin()).transpose()?;
        }
        Ok(origins)
    }

    /// Flushes every disk, also after one failed; the first failure is reported.
    pub(crate) fn flush(&mut self) -> Result<(), DiskError> {
        let mut result = Ok(());
        for disk in self.disks.iter_mut().flatten() {
            result = result.and(disk.flush());
        }
        result
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Rack { disks, past: _, mark: _ } = self;
        for disk in disks {
            match disk {
                Some(disk) => disk.visit(v),
                // So that a state of a machine with other drives is refused.
                None => v.section("no-disk", 1),
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        self.disks.iter().flatten().try_for_each(|disk| disk.check())
    }
}

impl Media for Rack {
    fn disk(&mut self, slot: DiskSlot) -> Option<&mut dyn Disk> {
        match self.disks.get_mut(usize::from(slot.0)) {
            Some(Some(medium)) => Some(medium),
            _ => None,
        }
    }
}

impl Disk for Medium {
    fn sectors(&self) -> u64 {
        self.disk.sectors()
    }

    fn geometry(&self) -> Geometry {
        self.disk.geometry()
    }

    fn is_write_protected(&self) -> bool {
        self.disk.is_write_protected()
    }

    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.counts.read += 1;
        self.work(|disk| disk.read(lba, sector))
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        if self.is_frozen {
            return Err(DiskError::HostWrite);
        }
        self.counts.written += 1;
        self.work(|disk| disk.write(lba, sector))
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        if self.is_frozen { Ok(()) } else { self.work(|disk| disk.flush()) }
    }

    fn has_unsaved_changes(&self) -> bool {
        self.disk.has_unsaved_changes()
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        self.disk.origin()
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        self.disk.visit(v);
    }

    fn check(&self) -> Result<(), StateError> {
        self.disk.check()
    }
}
