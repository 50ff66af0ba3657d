//! The disks of the machine, by slot.

use beige_core::{Disk, DiskError, DiskSlot, Geometry, Media, Origin, SECTOR_BYTES, StateError, Visitor};

/// Slots for disks: floppies A and B, hard disks C to F.
pub const DISK_SLOTS: usize = 6;
/// Slots for hard disks.
pub const HARD_DISK_SLOTS: usize = 4;

/// The disks, owned by the machine; chips reach them by slot.
pub(crate) struct Rack {
    disks: [Option<Medium>; DISK_SLOTS],
}

/// A disk that can be kept from writes for a while.
struct Medium {
    disk: Box<dyn Disk>,
    is_frozen: bool,
}

impl Rack {
    pub(crate) fn new(disks: [Option<Box<dyn Disk>>; DISK_SLOTS]) -> Rack {
        Rack { disks: disks.map(|disk| disk.map(|disk| Medium { disk, is_frozen: false })) }
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
        let medium = disk.map(|disk| Medium { disk, is_frozen: false });
        std::mem::replace(place, medium).map(|medium| medium.disk)
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
        let Rack { disks } = self;
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
        self.disk.read(lba, sector)
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        if self.is_frozen { Err(DiskError::HostWrite) } else { self.disk.write(lba, sector) }
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        if self.is_frozen { Ok(()) } else { self.disk.flush() }
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
