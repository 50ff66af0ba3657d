//! The disks of the machine, by slot.

use beige_core::{Disk, DiskError, DiskSlot, Media, Origin, StateError, Visitor};

/// Slots for disks: floppies A and B, hard disks C to F.
pub const DISK_SLOTS: usize = 6;
/// Slots for hard disks.
pub const HARD_DISK_SLOTS: usize = 4;

/// The disks, owned by the machine; chips reach them by slot.
pub(crate) struct Rack {
    disks: [Option<Box<dyn Disk>>; DISK_SLOTS],
}

impl Rack {
    pub(crate) fn new(disks: [Option<Box<dyn Disk>>; DISK_SLOTS]) -> Rack {
        Rack { disks }
    }

    /// Puts `disk` into a slot; what was in there before.
    pub(crate) fn replace(&mut self, slot: DiskSlot, disk: Option<Box<dyn Disk>>) -> Option<Box<dyn Disk>> {
        let place = self.disks.get_mut(usize::from(slot.0))?;
        std::mem::replace(place, disk)
    }

    pub(crate) fn has_unsaved_changes(&self) -> bool {
        self.disks.iter().flatten().any(|disk| disk.has_unsaved_changes())
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
            Some(Some(disk)) => Some(disk.as_mut()),
            _ => None,
        }
    }
}
