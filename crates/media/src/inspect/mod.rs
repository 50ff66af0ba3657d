//! What an image is: read, never written, never locked, in bounded time however large or hostile it is.

mod container;
mod fat;
mod partitions;
mod seems;
mod source;
#[cfg(test)]
mod tests;
mod volume;

pub use container::Container;
pub use fat::{FatVolume, ParameterBlock, RootEntry};
pub use partitions::PartitionInfo;
pub use volume::{FileSystem, Volume};

use crate::error::{MediaError, Problem};
use crate::floppy::FloppyFormat;
use crate::geometry::DiskGeometry;
use crate::image::{Kind, check_size};
use beige_core::SECTOR_BYTES;
use source::{FileSource, Source, text, u16_at};
use std::path::Path;

/// What is known of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The size of the file.
    pub bytes: u64,
    /// What it is instead of a raw image.
    pub container: Option<Container>,
    /// Why it cannot be put into a drive as it is.
    pub problem: Option<Problem>,
    /// What it is put into.
    pub medium: Option<Medium>,
    /// Its first sector.
    pub boot: BootSector,
    /// Its partitions.
    pub partitions: Vec<PartitionInfo>,
    /// Its file systems.
    pub volumes: Vec<Volume>,
    /// What it seems to be, in a sentence.
    pub seems: String,
}

/// What a raw image is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A floppy drive.
    Floppy {
        /// The format, by the size.
        format: FloppyFormat,
        /// Sectors that the image holds of it.
        stored_sectors: u64,
    },
    /// A hard disk.
    HardDisk(DiskGeometry),
}

/// What the first sector holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootSector {
    /// It ends in 55AAh.
    pub has_signature: bool,
    /// Something stands where code would.
    pub has_code: bool,
    /// The name of who formatted it, where there is a parameter block.
    pub oem_name: Option<String>,
    /// The parameter block of a FAT file system.
    pub parameter_block: Option<ParameterBlock>,
}

/// Looks at the image at `path`.
///
/// # Errors
/// When there is no regular file, or the host does not let it be read.
pub fn inspect(path: &Path) -> Result<Inspection, MediaError> {
    Ok(inspect_source(&mut FileSource::open(path)?))
}

/// What the file at `path` is when it is no raw image; `None` also when it cannot be read.
#[must_use]
pub fn foreign_format(path: &Path) -> Option<Container> {
    container::recognise(&mut FileSource::open(path).ok()?)
}

fn inspect_source(source: &mut impl Source) -> Inspection {
    let bytes = source.bytes();
    let mut first = [0; SECTOR_BYTES];
    source.read(0, &mut first);
    let mut inspection = Inspection {
        bytes,
        container: container::recognise(source),
        problem: None,
        medium: None,
        boot: BootSector::default(),
        partitions: Vec::new(),
        volumes: Vec::new(),
        seems: String::new(),
    };
    if let Some(Container { name, .. }) = inspection.container {
        let article = if name.starts_with(['A', 'E', 'I', 'a', 'e', 'i', 'H', 'X']) { "an" } else { "a" };
        inspection.seems = format!("{article} {name}, not a raw disk image");
        return inspection;
    }
    let kind = Kind::of_size(bytes);
    inspection.problem = check_size(bytes, kind).err();
    if bytes < SECTOR_BYTES as u64 {
        inspection.seems = "too small for a disk image".to_owned();
        return inspection;
    }
    inspection.medium = medium(source, kind);
    inspection.boot = boot_sector(&first);
    inspection.partitions = partitions(source, &first, kind);
    inspection.volumes = volumes(source, &first, &inspection.partitions);
    let evidence = seems::Evidence {
        kind,
        boot: &inspection.boot,
        first: &first,
        partitions: &inspection.partitions,
        volumes: &inspection.volumes,
    };
    inspection.seems = seems::sentence(source, &evidence);
    inspection
}

/// What it is put into by its size, which may be no whole number of sectors.
fn medium(source: &mut impl Source, kind: Kind) -> Option<Medium> {
    let sectors = source.bytes() / SECTOR_BYTES as u64;
    match kind {
        Kind::Floppy => FloppyFormat::holding(sectors * SECTOR_BYTES as u64)
            .map(|format| Medium::Floppy { format, stored_sectors: sectors }),
        Kind::HardDisk => Some(Medium::HardDisk(DiskGeometry::detect(sectors, |lba| {
            let mut sector = [0; SECTOR_BYTES];
            source.read(lba.saturating_mul(SECTOR_BYTES as u64), &mut sector).then_some(sector)
        }))),
    }
}

fn boot_sector(first: &[u8]) -> BootSector {
    let parameter_block = fat::parameter_block(first);
    // Where the jump leads, else behind a parameter block, else the start; a partition table is no code.
    let code_at = match (first.first(), &parameter_block) {
        (Some(0xeb), Some(_)) => 2 + (u16_at(first, 1) & 0x7f) as usize,
        (Some(0xe9), Some(_)) => 3 + u16_at(first, 1) as usize,
        (_, Some(_)) => 62,
        (_, None) => 0,
    };
    let code = first.get(code_at.min(440)..440).unwrap_or_default();
    BootSector {
        has_signature: u16_at(first, 510) == 0xaa55,
        has_code: code.iter().any(|byte| Some(byte) != code.first()),
        oem_name: parameter_block.as_ref().map(|_| text(first.get(3..11).unwrap_or_default())),
        parameter_block,
    }
}

/// A floppy has no partition table; on a hard disk a parameter block without one is a disk without partitions.
fn partitions(source: &mut impl Source, first: &[u8], kind: Kind) -> Vec<PartitionInfo> {
    match kind {
        Kind::Floppy => Vec::new(),
        Kind::HardDisk => partitions::read(source, first),
    }
}

fn volumes(source: &mut impl Source, first: &[u8], partitions: &[PartitionInfo]) -> Vec<Volume> {
    if partitions.is_empty() {
        let whole = volume::read(source, 0, first);
        return whole.into_iter().map(|file_system| Volume { partition: None, file_system }).collect();
    }
    let mut volumes = Vec::new();
    for partition in partitions.iter().filter(|partition| !partition.is_extended()) {
        let start = partition.first_lba.saturating_mul(SECTOR_BYTES as u64);
        let boot = source.copy(start, SECTOR_BYTES);
        if let Some(file_system) = volume::read(source, start, &boot) {
            volumes.push(Volume { partition: Some(partition.number), file_system });
        }
    }
    volumes
}
