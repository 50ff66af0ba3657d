//! The geometry of a hard disk image, which a raw file does not record.
//!
//! Sectors per track and heads come from the first of these that has them:
//!
//! 1. the partition table: every partition ends at a cylinder's end, so its last head and sector tell both, provided
//!    that the CHS and LBA fields of every entry agree;
//! 2. the BIOS parameter block of a FAT file system, in the first partition or at the start of the disk;
//! 3. 16 heads of 63 sectors.
//!
//! Cylinders are what the whole sectors give, at most 16,383; sectors beyond are reached by LBA.
//!
//! That is the geometry the BIOS showed to whoever made the disk. A drive has at most 16 heads: where the BIOS showed
//! more, or the disk has more than 1,024 cylinders and no geometry on it, the drive has 16 heads of 63 sectors and the
//! BIOS is told to translate.
//!
//! Sources: ATA-2 (X3T10/948D) 7.1 for the limits; Microsoft FAT specification 1.03, "Boot sector"; Phoenix, Enhanced
//! Disk Drive Specification 1.1, "LBA-assisted translation".

use beige_core::{Geometry, SECTOR_BYTES};

const DRIVE_HEADS_MAX: u32 = 16;
const BIOS_CYLINDERS_MAX: u64 = 1024;
const DRIVE_CYLINDERS_MAX: u64 = 16_383;
const SECTORS_DEFAULT: u32 = 63;

type Sector = [u8; SECTOR_BYTES];

/// How the BIOS makes its geometry out of the drive's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translation {
    /// They are the same.
    None,
    /// By the number of sectors: 63 to a track and the fewest heads of 16, 32, 64, 128, 255 that leave 1,024 cylinders.
    LbaAssist,
}

impl Translation {
    /// The two bits in CMOS byte 39h, as Bochs and QEMU have them.
    #[must_use]
    pub fn cmos_code(self) -> u8 {
        match self {
            Translation::None => 0,
            Translation::LbaAssist => 1,
        }
    }
}

/// What tells the geometry of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeometrySource {
    /// Its partition table.
    PartitionTable,
    /// The parameter block of its file system.
    ParameterBlock,
    /// Nothing on it: the size alone.
    Size,
}

/// The geometry of a hard disk on both sides of the BIOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskGeometry {
    /// What DOS sees by INT 13h.
    pub logical: Geometry,
    /// What the drive says: at most 16 heads.
    pub physical: Geometry,
    /// How the one becomes the other.
    pub translation: Translation,
    /// What on the disk tells it.
    pub source: GeometrySource,
}

/// Heads and sectors per track.
type Track = (u32, u32);

impl DiskGeometry {
    /// The geometry of a disk of `total` sectors; `read` gives a sector, `None` when it cannot be read.
    pub(crate) fn detect(total: u64, mut read: impl FnMut(u64) -> Option<Sector>) -> DiskGeometry {
        let first = read(0);
        let told = |source| move |track| (track, source);
        let by_table = first.as_ref().and_then(from_partitions).map(told(GeometrySource::PartitionTable));
        let by_block = |first| from_file_system(first, &mut read).map(told(GeometrySource::ParameterBlock));
        let told = by_table.or_else(|| first.as_ref().and_then(by_block));
        let (track, source) = (told.map(|(track, _)| track), told.map_or(GeometrySource::Size, |(_, source)| source));
        let default = (DRIVE_HEADS_MAX, SECTORS_DEFAULT);
        let assisted = lba_assisted(total);
        let geometry = match track {
            Some(track) if track.0 <= DRIVE_HEADS_MAX => DiskGeometry::untranslated(total, track),
            Some(track) => DiskGeometry::translated(total, track),
            None if assisted == default => DiskGeometry::untranslated(total, default),
            None => DiskGeometry::translated(total, assisted),
        };
        DiskGeometry { source, ..geometry }
    }

    fn untranslated(total: u64, track: Track) -> DiskGeometry {
        let geometry = whole_cylinders(total, track, DRIVE_CYLINDERS_MAX);
        DiskGeometry {
            logical: geometry,
            physical: geometry,
            translation: Translation::None,
            source: GeometrySource::Size,
        }
    }

    fn translated(total: u64, track: Track) -> DiskGeometry {
        DiskGeometry {
            logical: whole_cylinders(total, track, BIOS_CYLINDERS_MAX),
            physical: whole_cylinders(total, (DRIVE_HEADS_MAX, SECTORS_DEFAULT), DRIVE_CYLINDERS_MAX),
            translation: Translation::LbaAssist,
            source: GeometrySource::Size,
        }
    }
}

/// A disk smaller than a cylinder still has one; its missing sectors cannot be read.
fn whole_cylinders(total: u64, (heads, sectors): Track, limit: u64) -> Geometry {
    let cylinders = (total / u64::from(heads * sectors)).clamp(1, limit) as u32;
    Geometry { cylinders, heads, sectors }
}

fn lba_assisted(total: u64) -> Track {
    let fits = |heads: &u32| total / u64::from(heads * SECTORS_DEFAULT) <= BIOS_CYLINDERS_MAX;
    ([16, 32, 64, 128].into_iter().find(fits).unwrap_or(255), SECTORS_DEFAULT)
}

fn u16_at(sector: &Sector, at: usize) -> u32 {
    u32::from(u16::from_le_bytes([sector[at], sector[at + 1]]))
}

fn u32_at(sector: &Sector, at: usize) -> u32 {
    u16_at(sector, at) | u16_at(sector, at + 2) << 16
}

/// One entry of the partition table.
struct Partition {
    first: Chs,
    last: Chs,
    first_lba: u32,
    sectors: u32,
}

struct Chs {
    cylinder: u32,
    head: u32,
    sector: u32,
}

impl Chs {
    fn at(sector: &Sector, at: usize) -> Chs {
        let [head, mixed, low] = [sector[at], sector[at + 1], sector[at + 2]].map(u32::from);
        Chs { cylinder: low | mixed << 2 & 0x300, head, sector: mixed & 0x3f }
    }

    /// Whether this is the place of `lba`; `None` for a cylinder number that the field cannot hold.
    fn is_at(&self, lba: u64, (heads, sectors): Track) -> Option<bool> {
        let geometry = Geometry { cylinders: u32::MAX, heads, sectors };
        let saturated = u64::from(heads) * u64::from(sectors) * (BIOS_CYLINDERS_MAX - 1);
        (lba < saturated).then(|| geometry.lba(self.cylinder, self.head, self.sector) == Some(lba))
    }
}

/// The used entries of a partition table, `None` when the sector has none.
fn partitions(sector: &Sector) -> Option<Vec<Partition>> {
    if u16_at(sector, 510) != 0xaa55 {
        return None;
    }
    let mut out = Vec::new();
    for at in [446, 462, 478, 494] {
        if sector[at] & 0x7f != 0 {
            return None;
        }
        let entry = Partition {
            first: Chs::at(sector, at + 1),
            last: Chs::at(sector, at + 5),
            first_lba: u32_at(sector, at + 8),
            sectors: u32_at(sector, at + 12),
        };
        if sector[at + 4] != 0 && entry.sectors != 0 && entry.first_lba != 0 {
            out.push(entry);
        }
    }
    (!out.is_empty()).then_some(out)
}

fn from_partitions(first: &Sector) -> Option<Track> {
    let partitions = partitions(first)?;
    let last = &partitions.first()?.last;
    let track = (last.head + 1, last.sector);
    if track.0 > 255 || track.1 == 0 {
        return None;
    }
    let mut is_confirmed = false;
    for partition in &partitions {
        let last_lba = u64::from(partition.first_lba) + u64::from(partition.sectors) - 1;
        let first = partition.first.is_at(u64::from(partition.first_lba), track);
        let last = partition.last.is_at(last_lba, track);
        if first == Some(false) || last == Some(false) || (partition.last.head + 1, partition.last.sector) != track {
            return None;
        }
        is_confirmed |= first.is_some();
    }
    is_confirmed.then_some(track)
}

fn from_file_system(first: &Sector, read: &mut impl FnMut(u64) -> Option<Sector>) -> Option<Track> {
    let partition = partitions(first).and_then(|partitions| partitions.first().map(|entry| entry.first_lba));
    let in_partition = partition.and_then(|lba| read(u64::from(lba))).and_then(|sector| from_parameter_block(&sector));
    in_partition.or_else(|| from_parameter_block(first))
}

fn from_parameter_block(sector: &Sector) -> Option<Track> {
    let is_fat = matches!(sector[0], 0xe9 | 0xeb)
        && u16_at(sector, 11) == SECTOR_BYTES as u32
        && sector[13].is_power_of_two()
        && u16_at(sector, 14) != 0
        && matches!(sector[16], 1 | 2)
        && sector[21] >= 0xf0;
    let (sectors, heads) = (u16_at(sector, 24), u16_at(sector, 26));
    (is_fat && (1..=63).contains(&sectors) && (1..=255).contains(&heads)).then_some((heads, sectors))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(total: u64) -> DiskGeometry {
        DiskGeometry::detect(total, |_| Some([0; SECTOR_BYTES]))
    }

    fn chs(geometry: Geometry) -> [u32; 3] {
        [geometry.cylinders, geometry.heads, geometry.sectors]
    }

    fn with_mbr(total: u64, entries: &[[u8; 16]]) -> DiskGeometry {
        DiskGeometry::detect(total, |lba| {
            let mut sector = [0; SECTOR_BYTES];
            if lba == 0 {
                entries.iter().enumerate().for_each(|(n, entry)| sector[446 + 16 * n..][..16].copy_from_slice(entry));
                sector[510..].copy_from_slice(&[0x55, 0xaa]);
            }
            Some(sector)
        })
    }

    /// An entry from head 1 of cylinder 0 to the end of `last_cylinder`.
    fn entry(last_cylinder: u32, heads: u32, sectors: u32) -> [u8; 16] {
        let field = last_cylinder.min(1023);
        let mut out = [
            0x80,
            1,
            1,
            0,
            6,
            heads as u8 - 1,
            (field >> 2 & 0xc0) as u8 | sectors as u8,
            field as u8,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ];
        out[8..12].copy_from_slice(&sectors.to_le_bytes());
        let count = (last_cylinder + 1) * heads * sectors - sectors;
        out[12..].copy_from_slice(&count.to_le_bytes());
        out
    }

    fn parameter_block(sectors: u16, heads: u16) -> Sector {
        let mut sector = [0; SECTOR_BYTES];
        sector[..3].copy_from_slice(&[0xeb, 0x3c, 0x90]);
        sector[11..17].copy_from_slice(&[0, 2, 4, 1, 0, 2]);
        sector[21] = 0xf8;
        sector[24..26].copy_from_slice(&sectors.to_le_bytes());
        sector[26..28].copy_from_slice(&heads.to_le_bytes());
        sector
    }

    #[test]
    fn a_blank_disk_has_16_heads_of_63_sectors() {
        let disk = blank(65_536);
        assert_eq!(chs(disk.physical), [65, 16, 63]);
        assert_eq!(disk.logical, disk.physical);
        assert_eq!(disk.translation.cmos_code(), 0);
        assert_eq!(chs(blank(40 * 16 * 63).physical), [40, 16, 63]);
        assert_eq!(chs(blank(1).physical), [1, 16, 63]);
    }

    #[test]
    fn a_blank_disk_of_more_than_1024_cylinders_is_translated() {
        assert_eq!(blank(1024 * 1008 + 1007).translation, Translation::None);
        let disk = blank(1025 * 1008);
        assert_eq!(disk.translation.cmos_code(), 1);
        assert_eq!(chs(disk.physical), [1025, 16, 63]);
        assert_eq!(chs(disk.logical), [512, 32, 63]);
        let disk = blank(1 << 28);
        assert_eq!(chs(disk.physical), [16_383, 16, 63]);
        assert_eq!(chs(disk.logical), [1024, 255, 63]);
    }

    #[test]
    fn a_consistent_partition_table_tells_heads_and_sectors() {
        let disk = with_mbr(615 * 4 * 17, &[entry(613, 4, 17)]);
        assert_eq!(chs(disk.logical), [615, 4, 17]);
        assert_eq!(disk.translation, Translation::None);
        let disk = with_mbr(4_000_000, &[entry(240, 255, 63)]);
        assert_eq!((chs(disk.logical), disk.translation), ([248, 255, 63], Translation::LbaAssist));
        assert_eq!(chs(disk.physical), [3968, 16, 63]);
    }

    #[test]
    fn a_partition_that_ends_beyond_cylinder_1023_still_tells_them() {
        let disk = with_mbr(20_000_000, &[entry(1100, 255, 63)]);
        assert_eq!(chs(disk.logical), [1024, 255, 63]);
    }

    #[test]
    fn a_contradictory_partition_table_tells_nothing() {
        let mut odd = entry(613, 4, 17);
        odd[12] ^= 1;
        assert_eq!(chs(with_mbr(615 * 4 * 17, &[odd]).logical), [41, 16, 63]);
        let two = [entry(613, 4, 17), entry(613, 8, 17)];
        assert_eq!(chs(with_mbr(615 * 4 * 17, &two).logical), [41, 16, 63]);
        let mut boot_code = entry(613, 4, 17);
        boot_code[0] = 0x33;
        assert_eq!(chs(with_mbr(615 * 4 * 17, &[boot_code]).logical), [41, 16, 63]);
    }

    #[test]
    fn a_fat_file_system_without_partitions_tells_heads_and_sectors() {
        let disk = DiskGeometry::detect(10_000, |_| Some(parameter_block(17, 4)));
        assert_eq!(chs(disk.logical), [147, 4, 17]);
        let zero = DiskGeometry::detect(10_000, |_| Some(parameter_block(0, 4)));
        assert_eq!(chs(zero.logical), [9, 16, 63]);
    }

    #[test]
    fn a_fat_file_system_in_a_contradictory_partition_tells_them() {
        let disk = DiskGeometry::detect(100_000, |lba| {
            let mut odd = entry(613, 4, 17);
            odd[12] ^= 1;
            let mut mbr = [0; SECTOR_BYTES];
            mbr[446..462].copy_from_slice(&odd);
            mbr[510..].copy_from_slice(&[0x55, 0xaa]);
            Some(if lba == 0 { mbr } else { parameter_block(32, 8) })
        });
        assert_eq!(chs(disk.logical), [390, 8, 32]);
    }

    #[test]
    fn random_sectors_give_a_geometry_that_a_drive_can_have() {
        let mut random = beige_testkit::Random::new(7);
        for _ in 0..10_000 {
            let mut sector = [0; SECTOR_BYTES];
            sector.iter_mut().for_each(|byte| *byte = random.byte());
            sector[510..].copy_from_slice(&[0x55, 0xaa]);
            (446..510).step_by(16).for_each(|at| sector[at] &= 0x80);
            let disk = DiskGeometry::detect(1 + random.below(1 << 28), |_| Some(sector));
            assert!((1..=16).contains(&disk.physical.heads) && (1..=63).contains(&disk.physical.sectors));
            assert!((1..=255).contains(&disk.logical.heads) && (1..=63).contains(&disk.logical.sectors));
        }
    }
}
