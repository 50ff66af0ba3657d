//! The drives of a machine that goes on from a state: the images that it was saved with, or none at all.

use super::{DriveRequest, Drives, check_distinct, later_formats, letter, open_image};
use crate::drive_types::check_takes;
use crate::error::HostError;
use crate::state_file::{SavedDrive, StateFile, floppy_format};
use beige_machine::DISK_SLOTS;
use beige_media::{Image, Kind, MediaError, Problem};
use std::path::{Path, PathBuf};

impl Drives {
    /// Opens the images of a state: those that the user gives again, in the order of the first time or by drive, and
    /// the others by the names in the state. Each must have the content that it had.
    ///
    /// # Errors
    /// When an image is missing, cannot be used, has changed, or has no drive in the state.
    pub fn resume(state: &StateFile, request: &DriveRequest) -> Result<Drives, HostError> {
        let given = given_places(state, request)?;
        let config = state.config();
        for (slot, formats) in later_formats(request)?.into_iter().enumerate() {
            formats.into_iter().try_for_each(|format| check_takes(slot, config.floppies[slot], format))?;
        }
        let mut drives = Drives {
            floppies: config.floppies,
            hard_disks: config.hard_disks,
            images: [const { None }; DISK_SLOTS],
            names: [const { None }; DISK_SLOTS],
            places: [const { None }; DISK_SLOTS],
        };
        for (slot, saved) in state.drives().iter().enumerate() {
            match saved {
                SavedDrive::Empty => {}
                SavedDrive::Content { bytes, sectors } => {
                    drives.images[slot] =
                        floppy_format(*sectors).map(|format| Image::from_bytes(bytes.clone(), format));
                    drives.names[slot] = Some("built-in disk".to_owned());
                }
                SavedDrive::File { path, absolute, bytes, digest, is_writable: _ } => {
                    let file = given[slot].clone().unwrap_or_else(|| found(absolute, path));
                    let mut image = open_saved(&file, slot, request.write, given[slot].is_some())?;
                    check_same(&mut image, &file, *bytes, *digest)?;
                    drives.images[slot] = Some(image);
                    drives.names[slot] = Some(file.display().to_string());
                    drives.places[slot] = Some(file);
                }
            }
        }
        if drives.images.iter().flatten().any(Image::is_writable) {
            check_distinct(&drives.places)?;
        }
        Ok(drives)
    }
}

/// Where the images go that the user gives again: those for named drives, then each of the others into the first drive
/// left whose image had its size, or else into the first left of its kind, where the difference is told.
fn given_places(state: &StateFile, request: &DriveRequest) -> Result<[Option<PathBuf>; DISK_SLOTS], HostError> {
    let mut places = request.named.clone();
    let size_of = |slot: usize| match state.drives().get(slot) {
        Some(SavedDrive::File { bytes, .. }) => Some(*bytes),
        _ => None,
    };
    for (slot, place) in places.iter().enumerate() {
        if let Some(path) = place
            && size_of(slot).is_none()
        {
            let (drive, path) = (letter(slot as u8), path.display());
            return Err(HostError::bad_input(format!(
                "the state has no image in drive {drive}: leave out {path}, or boot it without --resume"
            )));
        }
    }
    for path in &request.images {
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let kind_of = |slot: usize| if slot < super::FLOPPY_SLOTS { Kind::Floppy } else { Kind::HardDisk };
        let left: Vec<usize> =
            (0..DISK_SLOTS).filter(|slot| places[*slot].is_none() && size_of(*slot).is_some()).collect();
        let same_size = left.iter().find(|slot| size_of(**slot) == Some(bytes));
        let same_kind = || left.iter().find(|slot| kind_of(**slot) == Kind::of_size(bytes));
        match same_size.or_else(same_kind) {
            Some(slot) => places[*slot] = Some(path.clone()),
            None => {
                return Err(HostError::bad_input(format!(
                    "the state has no drive left for {}: give the images that it was saved with, or none",
                    path.display()
                )));
            }
        }
    }
    Ok(places)
}

/// The file of an image by its path from the root, or else by the path as it was given, from the present folder.
fn found(absolute: &Path, path: &Path) -> PathBuf {
    if !absolute.exists() && path.exists() { path.to_owned() } else { absolute.to_owned() }
}

fn open_saved(file: &Path, slot: usize, write: bool, is_given: bool) -> Result<Image, HostError> {
    let is_missing = |error: &MediaError| *error.problem() == Problem::Missing;
    open_image(file, slot, write, |error| {
        (is_missing(error) && !is_given).then(|| {
            let (drive, file) = (letter(slot as u8), file.display());
            format!(
                "the state had `{file}` in drive {drive}, which is no longer there: give its images again, in the order \
                 of the first time"
            )
        })
    })
}

fn check_same(image: &mut Image, file: &Path, bytes: u64, digest: [u8; 32]) -> Result<(), HostError> {
    let shown = file.display();
    let has = image.stored_bytes();
    if has != bytes {
        return Err(HostError::bad_input(format!(
            "`{shown}` is not the image of the state: it has {has} bytes, that one had {bytes}; give that one"
        )));
    }
    match image.digest() {
        Ok(now) if now == digest => Ok(()),
        Ok(_) => Err(HostError::bad_input(format!(
            "`{shown}` has other content than when the state was saved: give the image as it was then"
        ))),
        Err(_) => {
            Err(HostError::host_resource(format!("`{shown}` cannot be read to its end: check the disk it is on")))
        }
    }
}
