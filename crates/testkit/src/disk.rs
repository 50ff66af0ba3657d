//! A disk in memory whose sectors can be made to fail.

use beige_core::{Disk, DiskError, DiskSlot, Geometry, Media, Origin, SECTOR_BYTES, StateError, Visitor, VisitorExt};
use std::collections::BTreeSet;

/// A disk in memory.
#[derive(Clone, Debug)]
pub struct MemoryDisk {
    geometry: Geometry,
    /// The contents.
    pub data: Vec<u8>,
    /// Whether the guest sees a write-protect tab.
    pub write_protected: bool,
    /// Sectors that fail.
    pub bad: BTreeSet<u64>,
}

impl MemoryDisk {
    /// A disk whose sector `n` begins with the number `n` (little-endian, 8 bytes) and is filled with `n & 0xff`.
    #[must_use]
    pub fn numbered(geometry: Geometry) -> MemoryDisk {
        let mut data = Vec::new();
        for lba in 0..geometry.total_sectors() {
            let mut sector = [lba as u8; SECTOR_BYTES];
            sector[..8].copy_from_slice(&lba.to_le_bytes());
            data.extend_from_slice(&sector);
        }
        MemoryDisk { geometry, data, write_protected: false, bad: BTreeSet::new() }
    }

    /// The contents of a sector.
    #[must_use]
    pub fn sector(&self, lba: u64) -> &[u8] {
        let at = lba as usize * SECTOR_BYTES;
        &self.data[at..at + SECTOR_BYTES]
    }

    fn range(&self, lba: u64) -> Result<std::ops::Range<usize>, DiskError> {
        if lba >= self.sectors() {
            return Err(DiskError::OutOfRange);
        }
        if self.bad.contains(&lba) {
            return Err(DiskError::Unreadable);
        }
        let at = lba as usize * SECTOR_BYTES;
        Ok(at..at + SECTOR_BYTES)
    }
}

impl Disk for MemoryDisk {
    fn sectors(&self) -> u64 {
        self.geometry.total_sectors()
    }

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    fn is_write_protected(&self) -> bool {
        self.write_protected
    }

    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        let range = self.range(lba)?;
        sector.copy_from_slice(&self.data[range]);
        Ok(())
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        if self.write_protected {
            return Err(DiskError::WriteProtected);
        }
        let range = self.range(lba)?;
        self.data[range].copy_from_slice(sector);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        Ok(())
    }

    fn has_unsaved_changes(&self) -> bool {
        false
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        Ok(Origin::Memory { bytes: self.data.clone(), sectors: self.sectors() })
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        v.section("memory-disk", 1);
        v.bool(1, &mut self.write_protected);
        v.sparse(2, &mut self.data, SECTOR_BYTES);
    }

    fn check(&self) -> Result<(), StateError> {
        Ok(())
    }
}

/// Disks in memory, by slot.
#[derive(Clone, Debug, Default)]
pub struct MemoryMedia {
    /// The disk in each slot.
    pub disks: Vec<Option<MemoryDisk>>,
}

impl Media for MemoryMedia {
    fn disk(&mut self, slot: DiskSlot) -> Option<&mut dyn Disk> {
        let disk = self.disks.get_mut(usize::from(slot.0))?.as_mut()?;
        Some(disk)
    }
}
