//! What an image seems to be, in a sentence: from what stands in it, never from which image it is.

use super::fat::FatVolume;
use super::source::{Source, holds, text};
use super::volume::{FileSystem, Volume};
use super::{BootSector, PartitionInfo};
use crate::image::Kind;

/// A system and the files in the root directory by which it is known.
const SYSTEMS: &[(&str, &[&str])] = &[
    ("FreeDOS", &["KERNEL.SYS"]),
    ("MS-DOS", &["IO.SYS", "MSDOS.SYS"]),
    ("DOS of the IBM kind", &["IBMBIO.COM", "IBMDOS.COM"]),
    ("DR-DOS", &["DRBIOS.SYS", "DRBDOS.SYS"]),
    ("DR-DOS", &["DRBIO.SYS", "DRDOS.SYS"]),
    ("DOS of Windows 9x", &["IO.SYS"]),
    ("Windows NT", &["NTLDR"]),
    ("Windows", &["BOOTMGR"]),
    ("OS/2", &["OS2LDR"]),
    ("OS/2", &["OS2BOOT"]),
    ("SYSLINUX", &["LDLINUX.SYS"]),
];

/// Names by which versions of DOS call themselves.
const MAKERS: &[&str] =
    &["FreeDOS", "MS-DOS", "PC-DOS", "PC DOS", "IBM DOS", "DR-DOS", "DR DOS", "Novell DOS", "PTS-DOS"];

/// A loader and the text in the first sectors by which it is known.
const LOADERS: &[(&str, &[u8])] = &[
    ("GRUB", b"GRUB "),
    ("LILO", b"LILO"),
    ("SYSLINUX", b"SYSLINUX"),
    ("ISOLINUX", b"ISOLINUX"),
    ("Windows's boot manager", b"BOOTMGR"),
    ("Windows NT's loader", b"NTLDR"),
];

/// How much of the start of an image is searched and looked at for being empty.
const START_BYTES: usize = 64 << 10;
/// An image of up to so many bytes is read as a whole to see whether it is empty; a larger one at so many places.
const WHOLE_BYTES: u64 = 4 << 20;
const PROBES: u64 = 64;

/// What the parts of an image tell together.
pub(super) struct Evidence<'a> {
    pub(super) kind: Kind,
    pub(super) boot: &'a BootSector,
    pub(super) first: &'a [u8],
    pub(super) partitions: &'a [PartitionInfo],
    pub(super) volumes: &'a [Volume],
}

/// The sentence.
pub(super) fn sentence(source: &mut impl Source, evidence: &Evidence<'_>) -> String {
    let medium = match evidence.kind {
        Kind::Floppy => "floppy",
        Kind::HardDisk => "hard disk",
    };
    if !evidence.partitions.is_empty() {
        return hard_disk(source, evidence);
    }
    let Some(volume) = evidence.volumes.first() else {
        return without_file_system(source, evidence, medium);
    };
    match &volume.file_system {
        FileSystem::Other { name, .. } => format!("{medium}{}, {name}", loaded_by(evidence.first)),
        FileSystem::Fat(fat) => of_fat(source, fat, evidence.first, evidence.boot, medium),
    }
}

/// A disk or floppy that is one FAT file system.
fn of_fat(source: &mut impl Source, fat: &FatVolume, boot_bytes: &[u8], boot: &BootSector, medium: &str) -> String {
    if let Some(system) = system_of(source, fat, boot_bytes) {
        return if boot.has_code || medium != "floppy" {
            format!("{} boot {medium}, {}", system.name, system.evidence)
        } else {
            format!("{medium} with {} but no code in its boot sector, {}", system.name, system.evidence)
        };
    }
    if let Some((loader, _)) = loader_in(boot_bytes) {
        return format!("{medium} with {loader} in its boot sector");
    }
    match fat.root.iter().find(|entry| holds(boot_bytes, &entry.raw_name)) {
        Some(entry) => format!("boot {medium}, its boot sector loads {}", entry.name),
        None if fat.root.is_empty() => format!("blank formatted {medium}"),
        None => format!("formatted {medium} with files, and none of a system that is known here"),
    }
}

fn hard_disk(source: &mut impl Source, evidence: &Evidence<'_>) -> String {
    let mut said = format!("hard disk{}", loaded_by(evidence.first));
    let fat = |number| {
        evidence.volumes.iter().find_map(|volume| match &volume.file_system {
            FileSystem::Fat(fat) if volume.partition == Some(number) => Some(fat),
            _ => None,
        })
    };
    let active = evidence.partitions.iter().find(|partition| partition.active);
    match active.map(|partition| (partition, fat(partition.number))) {
        Some((partition, Some(volume))) => {
            let first = source.copy(partition.first_lba * 512, 512);
            match system_of(source, volume, &first) {
                Some(system) => {
                    said = format!("{said}, {} on partition {}, {}", system.name, partition.number, system.evidence);
                }
                None if volume.root.is_empty() => {
                    said = format!("{said}, partition {} is formatted and empty", partition.number);
                }
                None => said = format!("{said}, no system that is known here on partition {}", partition.number),
            }
        }
        Some((partition, None)) => {
            said = format!("{said}, partition {} ({}) is active", partition.number, partition.type_name());
        }
        None => said.push_str(", no partition is active"),
    }
    if evidence.boot.has_code { said } else { format!("{said}, no code in its boot record: it does not boot") }
}

fn without_file_system(source: &mut impl Source, evidence: &Evidence<'_>, medium: &str) -> String {
    if let Some((loader, _)) = loader_in(&source.copy(0, START_BYTES)) {
        return format!("{medium} with {loader}, no file system that is known here");
    }
    if evidence.boot.has_code && evidence.boot.has_signature {
        return format!("{medium} that boots a program of its own, no file system that is known here");
    }
    if is_empty(source) {
        return format!("blank {medium}, not formatted");
    }
    format!("{medium}, it cannot be told what is on it")
}

/// A system, and what says so.
struct System {
    name: &'static str,
    evidence: String,
}

fn system_of(source: &mut impl Source, fat: &FatVolume, boot: &[u8]) -> Option<System> {
    let (name, files) = SYSTEMS.iter().find(|(_, files)| files.iter().all(|file| fat.file(file).is_some()))?;
    let looked_at = files.iter().copied().chain(["COMMAND.COM"]);
    let heads = looked_at.filter_map(|file| Some((file, fat.head_of(source, fat.file(file)?))));
    let heads: Vec<(&str, Vec<u8>)> = heads.collect();
    let version = heads.iter().find_map(|(file, head)| Some((file, version_in(head)?)));
    let mut evidence = files.join(", ");
    if let Some((file, version)) = &version {
        evidence = format!("{evidence}; {file} says \"{version}\"");
    }
    // Others have a KERNEL.SYS, too.
    let is_free = || {
        let marks = [b"FreeDOS".as_slice(), b"FRDOS", b"FreeCom"];
        marks.into_iter().any(|mark| holds(boot, mark) || heads.iter().any(|(_, head)| holds(head, mark)))
    };
    let name = match version.and_then(|(_, version)| MAKERS.iter().find(|maker| version.contains(**maker))) {
        Some(maker) => maker,
        None if *name == "FreeDOS" && !is_free() => "DOS of the FreeDOS kind",
        None => name,
    };
    Some(System { name, evidence })
}

/// A line of a program that tells which DOS it is of, as in `MS-DOS version 4.00`.
fn version_in(program: &[u8]) -> Option<String> {
    let marks = program
        .windows(8)
        .enumerate()
        .filter(|(_, window)| window.starts_with(b"ersion ") && window.last().is_some_and(u8::is_ascii_digit));
    marks.filter_map(|(at, _)| version_at(program, at)).find(|line| line.contains("DOS") || line.contains("Com "))
}

/// The words around `ersion 4.00` at `at`.
fn version_at(program: &[u8], at: usize) -> Option<String> {
    const BEFORE: usize = 24;
    const AFTER: usize = 24;
    let before = program.get(at.saturating_sub(BEFORE)..at)?;
    let start = before.iter().rposition(|byte| !(0x20..0x7f).contains(byte)).map_or(0, |last| last + 1);
    let after = program.get(at..program.len().min(at + AFTER))?;
    // The number ends the version.
    let number = after.iter().skip(7).position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'.'));
    let end = number.map_or(after.len(), |end| 7 + end);
    let line = [before.get(start..)?, after.get(..end)?].concat();
    Some(text(&line).trim().to_owned())
}

fn loader_in(first: &[u8]) -> Option<(&'static str, &'static [u8])> {
    LOADERS.iter().copied().find(|(_, mark)| holds(first, mark))
}

fn loaded_by(first: &[u8]) -> String {
    loader_in(first).map(|(loader, _)| format!(" with {loader}")).unwrap_or_default()
}

/// Whether an image holds one byte throughout, as far as it is looked at.
fn is_empty(source: &mut impl Source) -> bool {
    let bytes = source.bytes();
    let fill = source.copy(0, 1).first().copied();
    let is_filled = |piece: Vec<u8>| piece.iter().all(|byte| Some(*byte) == fill);
    let (step, length) =
        if bytes <= WHOLE_BYTES { (START_BYTES as u64, START_BYTES) } else { ((bytes / PROBES).max(1), 4096) };
    is_filled(source.copy(0, START_BYTES)) && (1..=PROBES).all(|probe| is_filled(source.copy(probe * step, length)))
}
