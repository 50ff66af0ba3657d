//! The partition table of a hard disk, extended partitions included.
//!
//! Sources: IBM, "Personal Computer AT Technical Reference", fixed disk BIOS, for the record; Microsoft, "How Basic
//! Disks and Volumes Work", "Extended partitions", for the chain; A. Brouwer, "List of partition identifiers for PCs".

use super::source::{Source, u16_at, u32_at};
use beige_core::SECTOR_BYTES;

/// Logical partitions that are followed; a table that points to itself ends here.
const LOGICAL_MAX: usize = 60;

/// One partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionInfo {
    /// 1 to 4 in the table itself, from 5 on in an extended partition.
    pub number: usize,
    /// The code of its type.
    pub kind: u8,
    /// Whether a standard boot record starts it.
    pub active: bool,
    /// The first sector.
    pub first_lba: u64,
    /// How many sectors.
    pub sectors: u64,
    /// Cylinder, head and sector of the first sector, as the table says.
    pub first_chs: [u32; 3],
    /// The same of the last sector.
    pub last_chs: [u32; 3],
    /// Whether all of it lies within the image.
    pub fits: bool,
}

impl PartitionInfo {
    /// The name of its type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        TYPES.iter().find(|(code, _)| *code == self.kind).map_or("unknown", |(_, name)| name)
    }

    pub(super) fn is_extended(&self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }
}

#[rustfmt::skip]
const TYPES: &[(u8, &str)] = &[
    (0x01, "FAT12"), (0x02, "XENIX root"), (0x03, "XENIX usr"), (0x04, "FAT16 below 32 MiB"), (0x05, "extended"),
    (0x06, "FAT16"), (0x07, "NTFS, HPFS or exFAT"), (0x08, "AIX"), (0x0a, "OS/2 boot manager"), (0x0b, "FAT32"),
    (0x0c, "FAT32, LBA"), (0x0e, "FAT16, LBA"), (0x0f, "extended, LBA"), (0x11, "hidden FAT12"),
    (0x12, "diagnostics"), (0x14, "hidden FAT16 below 32 MiB"), (0x16, "hidden FAT16"), (0x17, "hidden NTFS or HPFS"),
    (0x1b, "hidden FAT32"), (0x1c, "hidden FAT32, LBA"), (0x1e, "hidden FAT16, LBA"), (0x39, "Plan 9"),
    (0x4d, "QNX"), (0x50, "OnTrack Disk Manager"), (0x54, "OnTrack Disk Manager"), (0x55, "EZ-Drive"),
    (0x63, "UNIX System V"), (0x64, "NetWare 286"), (0x65, "NetWare 386"), (0x80, "old Minix"), (0x81, "Minix"),
    (0x82, "Linux swap"), (0x83, "Linux"), (0x85, "Linux extended"), (0x8e, "Linux LVM"), (0xa5, "FreeBSD"),
    (0xa6, "OpenBSD"), (0xa8, "macOS"), (0xa9, "NetBSD"), (0xaf, "HFS+"), (0xbe, "Solaris boot"),
    (0xbf, "Solaris"), (0xdb, "CP/M or Concurrent DOS"), (0xeb, "BeOS"), (0xee, "GPT, protective"),
    (0xef, "EFI system"), (0xfd, "Linux RAID"), (0xff, "XENIX bad blocks"),
];

/// The partitions of a disk; empty when its first sector is no partition table.
pub(super) fn read(source: &mut impl Source, first: &[u8]) -> Vec<PartitionInfo> {
    if !is_table(first) {
        return Vec::new();
    }
    let disk = source.bytes() / SECTOR_BYTES as u64;
    let mut found: Vec<PartitionInfo> = (0..4).filter_map(|index| entry(first, index, 0, disk)).collect();
    let extended = found.iter().find(|partition| partition.is_extended()).map(|partition| partition.first_lba);
    if let Some(base) = extended {
        read_logical(source, base, disk, &mut found);
    }
    found
}

/// A chain of tables, each with one partition and the place of the next table. It always goes up.
fn read_logical(source: &mut impl Source, base: u64, disk: u64, found: &mut Vec<PartitionInfo>) {
    let mut at = base;
    for number in (5..).take(LOGICAL_MAX) {
        let mut table = [0; SECTOR_BYTES];
        if !source.read(at.saturating_mul(SECTOR_BYTES as u64), &mut table) || u16_at(&table, 510) != 0xaa55 {
            return;
        }
        if let Some(partition) = entry(&table, 0, at, disk) {
            found.push(PartitionInfo { number, ..partition });
        }
        match entry(&table, 1, base, disk) {
            Some(next) if next.is_extended() && next.first_lba > at => at = next.first_lba,
            _ => return,
        }
    }
}

/// Whether a sector ends in a partition table: its signature, four plausible flags, and at least one entry.
fn is_table(sector: &[u8]) -> bool {
    let entries = || (0..4).filter_map(|index| sector.get(446 + 16 * index..462 + 16 * index));
    u16_at(sector, 510) == 0xaa55
        && entries().all(|entry| entry.first().is_some_and(|flag| flag & 0x7f == 0))
        && entries().any(|entry| entry.get(4) != Some(&0) && u32_at(entry, 8) != 0 && u32_at(entry, 12) != 0)
}

fn entry(table: &[u8], index: usize, base: u64, disk: u64) -> Option<PartitionInfo> {
    let entry = table.get(446 + 16 * index..462 + 16 * index)?;
    let (kind, sectors) = (*entry.get(4)?, u64::from(u32_at(entry, 12)));
    if kind == 0 || sectors == 0 {
        return None;
    }
    let first_lba = base + u64::from(u32_at(entry, 8));
    Some(PartitionInfo {
        number: index + 1,
        kind,
        active: entry.first() == Some(&0x80),
        first_lba,
        sectors,
        first_chs: chs(entry, 1),
        last_chs: chs(entry, 5),
        fits: first_lba + sectors <= disk,
    })
}

fn chs(entry: &[u8], at: usize) -> [u32; 3] {
    let (head, mixed, low) = (u16_at(entry, at) & 0xff, u16_at(entry, at + 1) & 0xff, u16_at(entry, at + 2) & 0xff);
    [low | mixed << 2 & 0x300, head, mixed & 0x3f]
}
