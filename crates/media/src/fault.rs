//! A disk that fails on purpose, for tests of everything that uses disks.

use beige_core::{Disk, DiskError, Geometry, Origin, SECTOR_BYTES, StateError, Visitor};

/// A disk whose k-th access fails, and no other.
#[derive(Clone, Debug)]
pub struct FaultyDisk<D> {
    inner: D,
    fault_at: u64,
    accesses: u64,
}

impl<D: Disk> FaultyDisk<D> {
    /// Lets access number `k`, counted from 0 over reads, writes and flushes, fail: a read with
    /// [`DiskError::Unreadable`], a write or flush with [`DiskError::HostWrite`]. It does not reach `inner`.
    #[must_use]
    pub fn new(inner: D, k: u64) -> FaultyDisk<D> {
        FaultyDisk { inner, fault_at: k, accesses: 0 }
    }

    /// How many accesses there were, the failed one included.
    #[must_use]
    pub fn accesses(&self) -> u64 {
        self.accesses
    }

    /// The disk inside.
    #[must_use]
    pub fn into_inner(self) -> D {
        self.inner
    }

    fn access(&mut self, error: DiskError) -> Result<(), DiskError> {
        let is_the_one = self.accesses == self.fault_at;
        self.accesses += 1;
        if is_the_one { Err(error) } else { Ok(()) }
    }
}

impl<D: Disk> Disk for FaultyDisk<D> {
    fn sectors(&self) -> u64 {
        self.inner.sectors()
    }

    fn geometry(&self) -> Geometry {
        self.inner.geometry()
    }

    fn is_write_protected(&self) -> bool {
        self.inner.is_write_protected()
    }

    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.access(DiskError::Unreadable)?;
        self.inner.read(lba, sector)
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.access(DiskError::HostWrite)?;
        self.inner.write(lba, sector)
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        self.access(DiskError::HostWrite)?;
        self.inner.flush()
    }

    fn has_unsaved_changes(&self) -> bool {
        self.inner.has_unsaved_changes()
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        self.inner.origin()
    }

    /// The fault belongs to the test, not to the state of the disk.
    fn visit(&mut self, v: &mut dyn Visitor) {
        let FaultyDisk { inner, fault_at: _, accesses: _ } = self;
        inner.visit(v);
    }

    fn check(&self) -> Result<(), StateError> {
        self.inner.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FloppyFormat, Image};

    #[test]
    fn exactly_the_access_asked_for_fails() {
        let image = Image::from_bytes(vec![0; 163_840], FloppyFormat::F160K);
        let mut disk = FaultyDisk::new(image, 2);
        let mut sector = [0; SECTOR_BYTES];
        assert_eq!(disk.read(0, &mut sector), Ok(()));
        assert_eq!(disk.write(0, &sector), Ok(()));
        assert_eq!(disk.flush(), Err(DiskError::HostWrite));
        assert_eq!(disk.flush(), Ok(()));
        assert_eq!(disk.read(1, &mut sector), Ok(()));
        assert_eq!(disk.accesses(), 5);
    }

    #[test]
    fn a_failed_write_does_not_reach_the_disk() {
        let image = Image::from_bytes(vec![0; 163_840], FloppyFormat::F160K);
        let mut disk = FaultyDisk::new(image, 0);
        assert_eq!(disk.write(0, &[1; SECTOR_BYTES]), Err(DiskError::HostWrite));
        assert!(!disk.into_inner().has_unsaved_changes());
    }
}
