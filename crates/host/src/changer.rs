//! The disks in the floppy drives while the machine runs: which image is in which drive, and what becomes of one that
//! is taken out.
//!
//! A written image is synced, closed and unlocked when it is taken out. One whose changes live in memory is kept when it
//! has any, and comes back with them when it is put in again.

use crate::crash;
use crate::drive_types::check_takes;
use crate::drives::{self, FLOPPY_SLOTS, letter};
use crate::error::HostError;
use beige_core::{Disk, DiskSlot};
use beige_machine::{ChangeRefused, DriveType, Machine};
use beige_media::{FloppyFormat, same_file};
use std::path::{Path, PathBuf};

/// Changes the disks of drives A and B.
#[derive(Default)]
pub struct Changer {
    pub(crate) write: bool,
    pub(crate) drives: [FloppyDrive; FLOPPY_SLOTS],
    /// Images that were taken out with changes in memory.
    pub(crate) kept: Vec<Carried>,
    /// Images put in so far; their numbers in the input log.
    pub(crate) inserted: u32,
}

/// A floppy drive as the host sees it.
pub(crate) struct FloppyDrive {
    pub(crate) drive: DriveType,
    pub(crate) loaded: Option<Loaded>,
    /// The images that [`Changer::next`] puts in one after the other.
    pub(crate) stack: Vec<PathBuf>,
    /// The place in `stack` of the image that was in last.
    pub(crate) at: usize,
}

impl Default for FloppyDrive {
    fn default() -> FloppyDrive {
        FloppyDrive { drive: DriveType::Absent, loaded: None, stack: Vec::new(), at: 0 }
    }
}

/// An image in a drive, or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// Its file; `None` for the built-in disk.
    pub(crate) path: Option<PathBuf>,
    /// Its name and what it is.
    pub(crate) description: String,
    pub(crate) format: Option<FloppyFormat>,
}

/// An image that is in no drive: the user has it in the hand.
type Carried = (Loaded, Box<dyn Disk>);

impl Loaded {
    fn is(&self, path: &Path) -> bool {
        self.path.as_deref().is_some_and(|own| own == path || same_file(own, path))
    }
}

impl Changer {
    /// Puts the image at `path` into drive A or B, after taking out what is in there. The line says what is in the drive
    /// now.
    ///
    /// # Errors
    /// When the image cannot be used, the drive does not take it, or the disk in the drive cannot be taken out. The
    /// drive is left as it was.
    pub fn insert(&mut self, machine: &mut Machine, slot: u8, path: &Path) -> Result<String, HostError> {
        let drive = self.drive(slot)?;
        let (loaded, disk) = if drive.loaded.as_ref().is_some_and(|loaded| loaded.is(path)) {
            self.take_out(machine, slot)?.ok_or_else(|| refusal(slot, ChangeRefused::NoDrive))?
        } else {
            self.fetch(slot, path)?
        };
        match self.take_out(machine, slot) {
            Ok(out) => out.into_iter().for_each(|out| self.keep(out)),
            Err(error) => {
                self.keep((loaded, disk));
                return Err(error);
            }
        }
        self.inserted += 1;
        let line = format!("{}: {}", letter(slot), loaded.description);
        crash::remember_image(self.inserted, &line);
        machine.insert(DiskSlot(slot), disk, self.inserted).map_err(|refused| refusal(slot, refused))?;
        let drive = self.drive(slot)?;
        drive.at = drive.stack.iter().position(|image| loaded.is(image)).unwrap_or(drive.at);
        drive.loaded = Some(loaded);
        Ok(line)
    }

    /// Takes the disk out of drive A or B; an empty drive stays empty. The line says so.
    ///
    /// # Errors
    /// When the last writes to the image do not reach stable storage; then it stays in the drive.
    pub fn eject(&mut self, machine: &mut Machine, slot: u8) -> Result<String, HostError> {
        if let Some(out) = self.take_out(machine, slot)? {
            self.keep(out);
        }
        Ok(format!("{}: empty", letter(slot)))
    }

    /// Puts the next of the images that were named for the drive into it; a single image goes out and in again.
    ///
    /// # Errors
    /// When no image was named for the drive, or as [`Changer::insert`].
    pub fn next(&mut self, machine: &mut Machine, slot: u8) -> Result<String, HostError> {
        let drive = self.drive(slot)?;
        let (count, at) = (drive.stack.len(), drive.at);
        let next = match (count, &drive.loaded) {
            (0, _) => {
                let (drive, option) = (letter(slot), letter(slot).to_ascii_lowercase());
                return Err(HostError::bad_input(format!(
                    "there is no next disk for drive {drive}: name its disks in order, as in \
                     `--{option} one.img --{option} two.img`"
                )));
            }
            (1, Some(_)) => return self.eject(machine, slot),
            (_, Some(_)) => (at + 1) % count,
            (_, None) => at,
        };
        let path = drive.stack.get(next).cloned().unwrap_or_default();
        self.insert(machine, slot, &path)
    }

    /// Whether images that were taken out have changes that are lost at the end.
    #[must_use]
    pub fn has_unsaved_changes(&self) -> bool {
        !self.kept.is_empty()
    }

    fn drive(&mut self, slot: u8) -> Result<&mut FloppyDrive, HostError> {
        let drive = self.drives.get_mut(usize::from(slot));
        drive.ok_or_else(|| refusal(slot, ChangeRefused::NotAFloppyDrive))
    }

    /// The image at `path`, as it was when it was taken out, else opened anew.
    fn fetch(&mut self, slot: u8, path: &Path) -> Result<Carried, HostError> {
        let drive = self.drive(slot)?.drive;
        if let Some(at) = self.kept.iter().position(|(loaded, _)| loaded.is(path)) {
            if let Some(format) = self.kept.get(at).and_then(|(loaded, _)| loaded.format) {
                check_takes(usize::from(slot), drive, format)?;
            }
            return Ok(self.kept.remove(at));
        }
        let image = drives::open_floppy(path, usize::from(slot), drive, self.write)?;
        let description = drives::described(&path.display().to_string(), &image);
        let loaded = Loaded { path: Some(path.to_owned()), description, format: image.floppy_format() };
        Ok((loaded, Box::new(image)))
    }

    fn take_out(&mut self, machine: &mut Machine, slot: u8) -> Result<Option<Carried>, HostError> {
        let disk = machine.eject(DiskSlot(slot)).map_err(|refused| refusal(slot, refused))?;
        let loaded = self.drive(slot)?.loaded.take();
        Ok(loaded.zip(disk))
    }

    fn keep(&mut self, out: Carried) {
        if out.1.has_unsaved_changes() {
            self.kept.push(out);
        }
    }
}

fn refusal(slot: u8, refused: ChangeRefused) -> HostError {
    let drive = letter(slot);
    match refused {
        ChangeRefused::NotAFloppyDrive => HostError::bad_input(format!(
            "drive {drive} is no floppy drive, its disk stays while the machine runs: change those of A and B"
        )),
        ChangeRefused::NoDrive => HostError::bad_input(format!(
            "the machine has no drive {drive}: give --{}-type 1440, or an image for it",
            drive.to_ascii_lowercase()
        )),
        ChangeRefused::NotFlushed => HostError::host_resource(format!(
            "the disk stays in drive {drive}, its last writes did not reach the image: check the space on its disk"
        )),
    }
}
