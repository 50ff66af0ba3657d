//! Which floppy drive takes which format.

use crate::drives::letter;
use crate::error::HostError;
use beige_core::Geometry;
use beige_machine::DriveType;
use beige_media::FloppyFormat;

/// The width of a disk's case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// 5.25 inches: disks of 40 cylinders, and of 15 sectors a track.
    Wide,
    /// 3.5 inches.
    Narrow,
}

/// Drive types with what each can read: the case, cylinders and sectors per track. The smallest comes first.
const DRIVES: [(DriveType, u32, Case, u32, u32); 5] = [
    (DriveType::D360, 360, Case::Wide, 40, 9),
    (DriveType::D720, 720, Case::Narrow, 80, 9),
    (DriveType::D1200, 1200, Case::Wide, 80, 15),
    (DriveType::D1440, 1440, Case::Narrow, 82, 21),
    (DriveType::D2880, 2880, Case::Narrow, 82, 36),
];

fn takes(drive: DriveType, format: FloppyFormat) -> bool {
    let Geometry { cylinders, sectors, .. } = format.geometry;
    let case = if cylinders == 40 || sectors == 15 { Case::Wide } else { Case::Narrow };
    DRIVES.iter().any(|(known, _, takes, most_cylinders, most_sectors)| {
        *known == drive && case == *takes && cylinders <= *most_cylinders && sectors <= *most_sectors
    })
}

/// The smallest drive that takes all of these formats; `None` when there are disks of both widths among them.
pub(crate) fn smallest_drive(formats: &[FloppyFormat]) -> Option<DriveType> {
    let fitting = DRIVES.iter().find(|(drive, ..)| formats.iter().all(|format| takes(*drive, *format)));
    fitting.map(|(drive, ..)| *drive)
}

/// The number by which users know a drive type; 0 for no drive.
#[must_use]
pub fn kilobytes(drive: DriveType) -> u32 {
    DRIVES.iter().find(|(known, ..)| *known == drive).map_or(0, |(_, kilobytes, ..)| *kilobytes)
}

/// # Errors
/// When the drive in this slot does not take the format; the sentence names the option that helps.
pub(crate) fn check_takes(slot: usize, drive: DriveType, format: FloppyFormat) -> Result<(), HostError> {
    if takes(drive, format) {
        return Ok(());
    }
    let (name, option) = (format.name, letter(slot as u8).to_ascii_lowercase());
    let smallest = kilobytes(smallest_drive(&[format]).unwrap_or(DriveType::D2880));
    let has = match kilobytes(drive) {
        0 => format!("there is no drive {} for a {name} floppy", letter(slot as u8)),
        kilobytes => format!("a {kilobytes}K drive does not take a {name} floppy"),
    };
    Err(HostError::bad_input(format!("{has}: give --{option}-type {smallest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_goes_into_the_smallest_drive_that_takes_it() {
        let drives = FloppyFormat::ALL.map(|format| kilobytes(smallest_drive(&[format]).unwrap()));
        assert_eq!(drives, [360, 360, 360, 360, 720, 720, 1200, 1440, 1440, 1440, 1440, 2880]);
    }

    #[test]
    fn a_disk_does_not_fit_a_drive_of_the_other_width() {
        assert!(!takes(DriveType::D1440, FloppyFormat::F360K));
        assert!(!takes(DriveType::D1200, FloppyFormat::F720K));
        assert!(takes(DriveType::D1200, FloppyFormat::F160K));
    }

    #[test]
    fn one_drive_is_found_for_several_formats() {
        let drive = |formats: &[FloppyFormat]| smallest_drive(formats).map_or(0, kilobytes);
        assert_eq!(drive(&[FloppyFormat::F720K, FloppyFormat::F1440K]), 1440);
        assert_eq!(drive(&[FloppyFormat::F1200K, FloppyFormat::F360K]), 1200);
        assert_eq!(drive(&[FloppyFormat::F1440K, FloppyFormat::F360K]), 0);
        assert_eq!(drive(&[]), 360);
    }
}
