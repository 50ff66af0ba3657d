//! Disks: sectors, geometry and flush. Where the sectors come from is the business of `media`.

use crate::{StateError, Visitor};
use std::path::PathBuf;

/// Bytes in a sector. Every medium of this machine has sectors of this size.
pub const SECTOR_BYTES: usize = 512;

/// Cylinders, heads and sectors per track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Cylinders, counted from 0 by the guest.
    pub cylinders: u32,
    /// Heads, counted from 0 by the guest.
    pub heads: u32,
    /// Sectors per track, counted from 1 by the guest.
    pub sectors: u32,
}

impl Geometry {
    /// Sectors of the whole disk.
    #[must_use]
    pub fn total_sectors(self) -> u64 {
        u64::from(self.cylinders) * u64::from(self.heads) * u64::from(self.sectors)
    }

    /// The linear number of a sector, `None` outside the geometry.
    #[must_use]
    pub fn lba(self, cylinder: u32, head: u32, sector: u32) -> Option<u64> {
        if cylinder >= self.cylinders || head >= self.heads || sector == 0 || sector > self.sectors {
            return None;
        }
        let track = u64::from(cylinder) * u64::from(self.heads) + u64::from(head);
        Some(track * u64::from(self.sectors) + u64::from(sector - 1))
    }
}

/// Why a sector could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The sector lies outside the medium.
    OutOfRange,
    /// The medium is write-protected.
    WriteProtected,
    /// The sector cannot be read: past the end of a short image, or a host failure.
    Unreadable,
    /// The host failed to write or sync.
    HostWrite,
}

/// Where the sectors come from that the guest has not written, so that a state can find the medium again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file of the host.
    File {
        /// Its name as the user gave it.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// What tells its content from any other.
        digest: [u8; 32],
        /// What the guest writes goes to the file.
        is_writable: bool,
    },
    /// Bytes that are nowhere else.
    Memory {
        /// The content of its first sectors.
        bytes: Vec<u8>,
        /// Sectors of the medium, more than there are bytes for when the rest cannot be read.
        sectors: u64,
    },
}

/// A medium in a drive.
pub trait Disk: Send {
    /// Readable and writable sectors by the geometry; the image behind may be shorter.
    fn sectors(&self) -> u64;

    /// The geometry of the medium.
    fn geometry(&self) -> Geometry;

    /// Whether the guest sees a write-protect tab.
    fn is_write_protected(&self) -> bool;

    /// Reads one sector.
    ///
    /// # Errors
    /// When the sector is outside the medium or the host fails.
    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError>;

    /// Writes one sector.
    ///
    /// # Errors
    /// When the sector is outside the medium, the medium is write-protected, or the host fails.
    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError>;

    /// Brings all completed writes to stable storage.
    ///
    /// # Errors
    /// When the host fails to sync.
    fn flush(&mut self) -> Result<(), DiskError>;

    /// Whether the guest has written sectors that live in memory only and are lost at the end.
    fn has_unsaved_changes(&self) -> bool;

    /// Where its sectors come from.
    ///
    /// # Errors
    /// When the host fails to read them.
    fn origin(&mut self) -> Result<Origin, DiskError>;

    /// Saves, loads or hashes what the guest has written and the image does not hold, and what tells the content of the
    /// image from any other: a state is valid over the same image only, and its hash covers every sector.
    fn visit(&mut self, v: &mut dyn Visitor);

    /// # Errors
    /// When a loaded state does not fit the medium.
    fn check(&self) -> Result<(), StateError>;
}

/// A place for a medium, handed out by the board: floppy drives and ATA devices know their slots and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSlot(pub u8);

/// The media of a machine, by slot.
pub trait Media: Send {
    /// The disk in a slot, `None` when the drive is empty or there is no drive.
    fn disk(&mut self, slot: DiskSlot) -> Option<&mut dyn Disk>;
}

/// A machine without disks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoMedia;

impl Media for NoMedia {
    fn disk(&mut self, _slot: DiskSlot) -> Option<&mut dyn Disk> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lba_counts_sectors_then_heads_then_cylinders() {
        let geometry = Geometry { cylinders: 80, heads: 2, sectors: 18 };
        assert_eq!(geometry.lba(0, 0, 1), Some(0));
        assert_eq!(geometry.lba(0, 1, 1), Some(18));
        assert_eq!(geometry.lba(1, 0, 1), Some(36));
        assert_eq!(geometry.lba(79, 1, 18), Some(geometry.total_sectors() - 1));
    }

    #[test]
    fn sectors_outside_the_geometry_have_no_lba() {
        let geometry = Geometry { cylinders: 80, heads: 2, sectors: 18 };
        assert_eq!(geometry.lba(0, 0, 0), None);
        assert_eq!(geometry.lba(0, 0, 19), None);
        assert_eq!(geometry.lba(0, 2, 1), None);
        assert_eq!(geometry.lba(80, 0, 1), None);
    }
}
