//! FAT file systems: what their parameter block, their FAT and their root directory say.
//!
//! Source: "Microsoft Extensible Firmware Initiative FAT32 File System Specification" 1.03, "Boot Sector and BPB", "FAT
//! Type Determination", "FAT Directory Structure". The floppies of DOS 1 have no parameter block: the first byte of
//! their FAT is the media byte (MS-DOS 3.3 Technical Reference, "FAT ID byte").

use super::source::{Source, text, u16_at, u32_at};
use beige_core::SECTOR_BYTES;

const ENTRY_BYTES: usize = 32;
/// Entries of the root directory that are looked at.
const ENTRIES_MAX: usize = 512;
/// Clusters of a FAT32 root directory that are followed.
const ROOT_CLUSTERS_MAX: usize = 16;
/// Bytes of a FAT that are counted; a larger one is left uncounted.
const FAT_BYTES_MAX: u64 = 16 << 20;
/// Bytes of a FAT that are read at once.
const CHUNK: usize = 48 << 10;
/// How much of a file is looked at.
const FILE_BYTES_MAX: usize = 128 << 10;

/// The parameter block of a FAT file system, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterBlock {
    /// Bytes in a sector.
    pub sector_bytes: u32,
    /// Sectors in a cluster.
    pub cluster_sectors: u32,
    /// Sectors before the first FAT.
    pub reserved: u32,
    /// Copies of the FAT.
    pub fats: u32,
    /// Entries of the root directory, 0 for FAT32.
    pub root_entries: u32,
    /// Sectors of the volume.
    pub sectors: u32,
    /// The media byte.
    pub media: u8,
    /// Sectors of a FAT.
    pub fat_sectors: u32,
    /// Sectors on a track.
    pub track_sectors: u32,
    /// Heads.
    pub heads: u32,
    /// Sectors before the volume.
    pub hidden: u32,
    /// The first cluster of the root directory, 0 unless FAT32.
    root_cluster: u32,
}

/// A file or directory in the root directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootEntry {
    /// Its name, such as `COMMAND.COM`.
    pub name: String,
    /// Bytes of a file.
    pub bytes: u32,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// The eleven bytes of its name, as a boot sector names the file that it loads.
    pub(super) raw_name: [u8; 11],
    first_cluster: u32,
}

/// A FAT file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FatVolume {
    /// 12, 16 or 32.
    pub bits: u32,
    /// Bytes in a cluster.
    pub cluster_bytes: u64,
    /// Clusters in all.
    pub clusters: u32,
    /// Free ones; `None` when they were not counted.
    pub free_clusters: Option<u32>,
    /// The label in the boot sector.
    pub boot_label: Option<String>,
    /// The label in the root directory, which DOS shows.
    pub label: Option<String>,
    /// The serial number.
    pub serial: Option<u32>,
    /// The first entries of the root directory, without its label.
    pub root: Vec<RootEntry>,
    /// There are more entries than that.
    pub has_more: bool,
    start: u64,
    layout: ParameterBlock,
}

/// The parameter block in a boot sector; `None` when there is none that makes sense.
pub(super) fn parameter_block(sector: &[u8]) -> Option<ParameterBlock> {
    let byte = |at| u16_at(sector, at) & 0xff;
    let small_or = |small: u32, large: u32| if small == 0 { large } else { small };
    let block = ParameterBlock {
        sector_bytes: u16_at(sector, 11),
        cluster_sectors: byte(13),
        reserved: u16_at(sector, 14),
        fats: byte(16),
        root_entries: u16_at(sector, 17),
        sectors: small_or(u16_at(sector, 19), u32_at(sector, 32)),
        media: byte(21) as u8,
        fat_sectors: small_or(u16_at(sector, 22), u32_at(sector, 36)),
        track_sectors: u16_at(sector, 24),
        heads: u16_at(sector, 26),
        // DOS 2 keeps a word here, DOS 3.31 and later a double word that begins with it.
        hidden: if u16_at(sector, 19) == 0 { u32_at(sector, 28) } else { u16_at(sector, 28) },
        root_cluster: if u16_at(sector, 22) == 0 { u32_at(sector, 44) } else { 0 },
    };
    let makes_sense = matches!(block.sector_bytes, 512 | 1024 | 2048 | 4096)
        && block.cluster_sectors.is_power_of_two()
        && block.reserved != 0
        && matches!(block.fats, 1 | 2)
        && block.media >= 0xf0
        && block.sectors != 0
        && block.fat_sectors != 0;
    makes_sense.then_some(block)
}

/// The layout of a floppy of DOS 1, by its media byte.
fn old_floppy(source: &mut impl Source, start: u64) -> Option<ParameterBlock> {
    let mut fat = [0; SECTOR_BYTES];
    let is_there = start == 0 && source.read(SECTOR_BYTES as u64, &mut fat) && fat.get(1..3) == Some(&[0xff; 2]);
    let (cluster_sectors, root_entries, sectors, fat_sectors, track_sectors, heads) = match fat.first()? {
        0xfe if is_there => (1, 64, 320, 1, 8, 1),
        0xff if is_there => (2, 112, 640, 1, 8, 2),
        0xfc if is_there => (1, 64, 360, 2, 9, 1),
        0xfd if is_there => (2, 112, 720, 2, 9, 2),
        _ => return None,
    };
    let media = *fat.first()?;
    let (sector_bytes, reserved, fats) = (SECTOR_BYTES as u32, 1, 2);
    let has_its_size = source.bytes() == u64::from(sectors) * SECTOR_BYTES as u64;
    has_its_size.then_some(ParameterBlock {
        sector_bytes,
        cluster_sectors,
        reserved,
        fats,
        root_entries,
        sectors,
        media,
        fat_sectors,
        track_sectors,
        heads,
        hidden: 0,
        root_cluster: 0,
    })
}

impl ParameterBlock {
    fn sector(&self, start: u64, number: u64) -> u64 {
        start.saturating_add(number.saturating_mul(u64::from(self.sector_bytes)))
    }

    /// The sector after the FATs.
    fn root_sector(&self) -> u64 {
        u64::from(self.reserved) + u64::from(self.fats) * u64::from(self.fat_sectors)
    }

    fn data_sector(&self) -> u64 {
        let root_bytes = u64::from(self.root_entries) * ENTRY_BYTES as u64;
        self.root_sector() + root_bytes.div_ceil(u64::from(self.sector_bytes))
    }

    fn clusters(&self) -> u32 {
        let data = u64::from(self.sectors).saturating_sub(self.data_sector());
        u32::try_from(data / u64::from(self.cluster_sectors)).unwrap_or(0)
    }

    fn bits(&self) -> u32 {
        match self.clusters() {
            _ if self.root_entries == 0 => 32,
            0..4085 => 12,
            4085..65_525 => 16,
            _ => 32,
        }
    }

    fn cluster_bytes(&self) -> u64 {
        u64::from(self.cluster_sectors) * u64::from(self.sector_bytes)
    }
}

/// The FAT file system that starts at byte `start`, whose boot sector is `boot`.
pub(super) fn read(source: &mut impl Source, start: u64, boot: &[u8]) -> Option<FatVolume> {
    let layout = parameter_block(boot).or_else(|| old_floppy(source, start))?;
    let bits = layout.bits();
    if layout.clusters() == 0 || bits == 32 && layout.root_entries == 0 && layout.root_cluster < 2 {
        return None;
    }
    let mut volume = FatVolume {
        bits,
        cluster_bytes: layout.cluster_bytes(),
        clusters: layout.clusters(),
        free_clusters: None,
        boot_label: None,
        label: None,
        serial: None,
        root: Vec::new(),
        has_more: false,
        start,
        layout,
    };
    let extended = if bits == 32 { 66 } else { 38 };
    if matches!(boot.get(extended), Some(0x28 | 0x29)) {
        volume.serial = Some(u32_at(boot, extended + 1));
    }
    if boot.get(extended) == Some(&0x29) {
        let label = text(boot.get(extended + 5..extended + 16).unwrap_or_default());
        volume.boot_label = (!label.is_empty() && label != "NO NAME").then_some(label);
    }
    volume.free_clusters = volume.count_free(source);
    let directory = volume.root_directory(source);
    volume.read_root(&directory);
    Some(volume)
}

impl FatVolume {
    /// The file of this name in the root directory.
    pub(super) fn file(&self, name: &str) -> Option<&RootEntry> {
        self.root.iter().find(|entry| !entry.is_directory && entry.name == name)
    }

    /// The beginning of a file.
    pub(super) fn head_of(&self, source: &mut impl Source, entry: &RootEntry) -> Vec<u8> {
        let length = (entry.bytes as usize).min(FILE_BYTES_MAX);
        let clusters = length.div_ceil(usize::try_from(self.cluster_bytes).unwrap_or(usize::MAX));
        let mut head = self.chain(source, entry.first_cluster, clusters);
        head.truncate(length);
        head
    }

    fn count_free(&self, source: &mut impl Source) -> Option<u32> {
        let fat_bytes = (u64::from(self.clusters) + 2) * u64::from(self.bits) / 8;
        let stored = u64::from(self.layout.fat_sectors) * u64::from(self.layout.sector_bytes);
        if fat_bytes > FAT_BYTES_MAX || fat_bytes > stored {
            return None;
        }
        let fat = self.layout.sector(self.start, u64::from(self.layout.reserved));
        // 48 KiB hold whole entries of 12, 16 and 32 bits.
        let per_chunk = (CHUNK * 8 / self.bits as usize) as u32;
        let (mut free, mut first) = (0, 0);
        while first < self.clusters + 2 {
            let count = per_chunk.min(self.clusters + 2 - first);
            let at = fat.saturating_add(u64::from(first) * u64::from(self.bits) / 8);
            let mut chunk = vec![0; (count as usize * self.bits as usize).div_ceil(8)];
            if !source.read(at, &mut chunk) {
                return None;
            }
            let skipped = if first == 0 { 2 } else { 0 };
            free += (skipped..count).filter(|index| entry_of(&chunk, *index, self.bits) == 0).count() as u32;
            first += count;
        }
        Some(free)
    }

    fn root_directory(&self, source: &mut impl Source) -> Vec<u8> {
        if self.layout.root_entries == 0 {
            return self.chain(source, self.layout.root_cluster, ROOT_CLUSTERS_MAX);
        }
        let entries = (self.layout.root_entries as usize).min(ENTRIES_MAX + 1);
        source.copy(self.layout.sector(self.start, self.layout.root_sector()), entries * ENTRY_BYTES)
    }

    /// The content of at most `count` clusters of a chain, at most 1 MiB.
    fn chain(&self, source: &mut impl Source, first: u32, count: usize) -> Vec<u8> {
        let bytes = usize::try_from(self.cluster_bytes).unwrap_or(0).min(1 << 18);
        let mut content = Vec::new();
        let mut cluster = first;
        for _ in 0..count {
            if !(2..self.clusters.saturating_add(2)).contains(&cluster) || content.len() >= 1 << 20 {
                break;
            }
            let sector = self.layout.data_sector() + u64::from(cluster - 2) * u64::from(self.layout.cluster_sectors);
            content.extend(source.copy(self.layout.sector(self.start, sector), bytes));
            cluster = self.next(source, cluster);
        }
        content
    }

    fn next(&self, source: &mut impl Source, cluster: u32) -> u32 {
        let at = u64::from(cluster) * u64::from(self.bits) / 8;
        let fat = self.layout.sector(self.start, u64::from(self.layout.reserved));
        let mut entry = [0; 4];
        source.read(fat.saturating_add(at), &mut entry);
        match self.bits {
            // It begins amid a byte.
            12 if !cluster.is_multiple_of(2) => u16_at(&entry, 0) >> 4,
            bits => entry_of(&entry, 0, bits),
        }
    }

    fn read_root(&mut self, directory: &[u8]) {
        for entry in directory.chunks_exact(ENTRY_BYTES).take_while(|entry| entry.first() != Some(&0)) {
            let attributes = entry.get(11).copied().unwrap_or(0);
            // Deleted, or a part of a long name.
            if entry.first() == Some(&0xe5) || attributes & 0x3f == 0x0f {
                continue;
            }
            if attributes & 0x08 != 0 {
                let label = text(entry.get(..11).unwrap_or_default());
                self.label.get_or_insert(label);
                continue;
            }
            if self.root.len() == ENTRIES_MAX {
                self.has_more = true;
                return;
            }
            let (stem, extension) =
                (text(entry.get(..8).unwrap_or_default()), text(entry.get(8..11).unwrap_or_default()));
            let mut raw_name = [0; 11];
            raw_name.copy_from_slice(entry.get(..11).unwrap_or(&[0; 11]));
            self.root.push(RootEntry {
                name: if extension.is_empty() { stem } else { format!("{stem}.{extension}") },
                bytes: u32_at(entry, 28),
                is_directory: attributes & 0x10 != 0,
                raw_name,
                first_cluster: u16_at(entry, 26) | if self.bits == 32 { u16_at(entry, 20) << 16 } else { 0 },
            });
        }
    }
}

/// Entry number `index` of a piece of a FAT that begins with a whole entry.
fn entry_of(piece: &[u8], index: u32, bits: u32) -> u32 {
    let index = index as usize;
    match bits {
        12 => {
            let pair = u16_at(piece, index * 3 / 2);
            if index.is_multiple_of(2) { pair & 0xfff } else { pair >> 4 }
        }
        16 => u16_at(piece, index * 2),
        _ => u32_at(piece, index * 4) & 0x0fff_ffff,
    }
}
