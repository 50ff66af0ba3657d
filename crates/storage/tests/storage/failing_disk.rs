//! A disk whose host takes no writes.

use beige_core::{Disk, DiskError, DiskSlot, Geometry, Media, Origin, SECTOR_BYTES, StateError, Visitor};

/// The same failing disk in every slot.
pub(crate) struct FailingMedia(pub(crate) Geometry);

impl Media for FailingMedia {
    fn disk(&mut self, _slot: DiskSlot) -> Option<&mut dyn Disk> {
        Some(self)
    }
}

impl Disk for FailingMedia {
    fn sectors(&self) -> u64 {
        self.0.total_sectors()
    }

    fn geometry(&self) -> Geometry {
        self.0
    }

    fn is_write_protected(&self) -> bool {
        false
    }

    fn read(&mut self, _lba: u64, _sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        Ok(())
    }

    fn write(&mut self, _lba: u64, _sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        Err(DiskError::HostWrite)
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        Err(DiskError::HostWrite)
    }

    fn has_unsaved_changes(&self) -> bool {
        false
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        Err(DiskError::Unreadable)
    }

    fn visit(&mut self, _v: &mut dyn Visitor) {}

    fn check(&self) -> Result<(), StateError> {
        Ok(())
    }
}
