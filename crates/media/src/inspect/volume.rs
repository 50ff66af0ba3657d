//! File systems: FAT is read, others are known by name.
//!
//! Sources: Microsoft FAT specification 1.03; ECMA-119 8.4 (ISO 9660, volume descriptors); Linux,
//! Documentation/filesystems/ext4/super.rst for the superblock at byte 1024; A. Tanenbaum, "Operating Systems: Design
//! and Implementation", Minix superblock; D. Bridges, "Inside the High Performance File System", for the super block.

use super::fat::{self, FatVolume};
use super::source::{Source, holds, text, u16_at, u32_at};
use beige_core::SECTOR_BYTES;

/// What a file system is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// FAT12, FAT16 or FAT32.
    Fat(Box<FatVolume>),
    /// Another one, by name, with its label where one is easily found.
    Other {
        /// Such as `NTFS`.
        name: &'static str,
        /// The label.
        label: Option<String>,
    },
}

/// A file system and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The number of its partition; `None` when it fills the whole image.
    pub partition: Option<usize>,
    /// What it is.
    pub file_system: FileSystem,
}

/// The file system that starts at byte `start`, whose first sector is `boot`.
pub(super) fn read(source: &mut impl Source, start: u64, boot: &[u8]) -> Option<FileSystem> {
    let by_oem = [(&b"NTFS    "[..], "NTFS"), (b"EXFAT   ", "exFAT")];
    if let Some((_, name)) = by_oem.into_iter().find(|(oem, _)| boot.get(3..11) == Some(oem)) {
        return Some(FileSystem::Other { name, label: None });
    }
    let mut at = |offset: u64, length| source.copy(start.saturating_add(offset), length);
    let named = |name, label: &[u8]| {
        let end = label.iter().position(|byte| *byte == 0).unwrap_or(label.len());
        let label = text(label.get(..end).unwrap_or_default());
        Some(FileSystem::Other { name, label: (!label.is_empty()).then_some(label) })
    };
    // HPFS keeps a parameter block that looks like FAT's: its own magic number decides.
    if u32_at(&at(16 * SECTOR_BYTES as u64, 8), 0) == 0xf995_e849 {
        return named("HPFS", boot.get(43..54).unwrap_or_default());
    }
    let superblock = at(1024, 256);
    if u16_at(&superblock, 56) == 0xef53 {
        return named("ext2, ext3 or ext4", superblock.get(120..136).unwrap_or_default());
    }
    if matches!(u16_at(&superblock, 16), 0x137f | 0x138f | 0x2468 | 0x2478) || u16_at(&superblock, 24) == 0x4d5a {
        return named("Minix", &[]);
    }
    let descriptor = at(64 * SECTOR_BYTES as u64, 72);
    if descriptor.get(1..6) == Some(b"CD001") {
        return named("ISO 9660", descriptor.get(40..72).unwrap_or_default());
    }
    if holds(&at(4086, 10), b"SWAPSPACE2") {
        return named("Linux swap", &[]);
    }
    fat::read(source, start, boot).map(|volume| FileSystem::Fat(Box::new(volume)))
}
