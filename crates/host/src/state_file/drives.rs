//! What stood in the drives when a state was saved.

use crate::drives::letter;
use crate::error::HostError;
use beige_core::{Origin, StateError, Visitor, VisitorExt, coded_enum};
use beige_machine::{Config, DISK_SLOTS, HARD_DISK_SLOTS, Machine};
use beige_media::{FLOPPY_BYTES_MAX, FloppyFormat};
use std::path::{Path, PathBuf};

/// What stood in a drive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SavedDrive {
    /// Nothing, or there is no such drive.
    #[default]
    Empty,
    /// An image file.
    File {
        /// The path as the user gave it.
        path: PathBuf,
        /// The same from the root.
        absolute: PathBuf,
        /// Its size.
        bytes: u64,
        /// What tells its content from any other, as [`beige_media::Image::digest`] gives it.
        digest: [u8; 32],
        /// Writes of the guest went to the file.
        is_writable: bool,
    },
    /// A floppy whose content is in the state.
    Content {
        /// Its first sectors.
        bytes: Vec<u8>,
        /// Sectors of its format.
        sectors: u64,
    },
}

coded_enum! {
    enum Kind: "kind of disk" {
        Empty = 0,
        File = 1,
        Content = 2,
    }
}

const PATH_MAX_BYTES: usize = 64 << 10;

/// What stands in the drives of a machine.
///
/// # Errors
/// When an image cannot be read, or a disk is neither a file nor a floppy in memory.
pub(super) fn of(machine: &mut Machine) -> Result<super::SavedDrives, HostError> {
    let origins = machine.disk_origins().map_err(|_| {
        HostError::host_resource("the state was not saved: an image can no longer be read, check the disk it is on")
    })?;
    let mut drives = super::SavedDrives::default();
    for (slot, (drive, origin)) in drives.iter_mut().zip(origins).enumerate() {
        *drive = match origin {
            None => SavedDrive::Empty,
            Some(Origin::File { path, bytes, digest, is_writable }) => {
                let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
                SavedDrive::File { path, absolute, bytes, digest, is_writable }
            }
            Some(Origin::Memory { bytes, sectors }) if is_floppy(slot, &bytes, sectors) => {
                SavedDrive::Content { bytes, sectors }
            }
            Some(Origin::Memory { .. }) => {
                let drive = letter(slot as u8);
                return Err(HostError::bad_input(format!(
                    "the state was not saved: the disk in drive {drive} has no file; use an image"
                )));
            }
        };
    }
    Ok(drives)
}

fn is_floppy(slot: usize, bytes: &[u8], sectors: u64) -> bool {
    let floppies = DISK_SLOTS - HARD_DISK_SLOTS;
    slot < floppies
        && bytes.len().is_multiple_of(512)
        && bytes.len() as u64 <= FLOPPY_BYTES_MAX
        && format(sectors).is_some()
}

/// The floppy format of so many sectors.
pub(crate) fn format(sectors: u64) -> Option<FloppyFormat> {
    FloppyFormat::ALL.into_iter().find(|format| format.geometry.total_sectors() == sectors)
}

/// # Errors
/// When the drives are none of the configuration.
pub(super) fn check(drives: &super::SavedDrives, config: &Config) -> Result<(), StateError> {
    let (floppies, hard_disks) = drives.split_at(DISK_SLOTS - HARD_DISK_SLOTS);
    for (slot, drive) in floppies.iter().enumerate() {
        if let SavedDrive::Content { bytes, sectors } = drive
            && !is_floppy(slot, bytes, *sectors)
        {
            return Err(StateError::invalid("drive", "the content of a floppy has the size of none"));
        }
    }
    for (drive, disk) in hard_disks.iter().zip(&config.hard_disks) {
        let fits = match drive {
            SavedDrive::Empty => disk.is_none(),
            SavedDrive::File { .. } => disk.is_some(),
            SavedDrive::Content { .. } => false,
        };
        if !fits {
            return Err(StateError::invalid("drive", "the hard disks are not those of the machine"));
        }
    }
    Ok(())
}

impl SavedDrive {
    pub(super) fn visit(&mut self, v: &mut dyn Visitor) {
        let (mut kind, mut fields) = Fields::of(self);
        v.section("drive", 1);
        v.code(1, &mut kind);
        let Fields { path, absolute, bytes, digest, is_writable, content, sectors } = &mut fields;
        v.blob(2, path, PATH_MAX_BYTES);
        v.blob(3, absolute, PATH_MAX_BYTES);
        v.u64(4, bytes);
        v.bytes(5, digest);
        v.bool(6, is_writable);
        v.blob(7, content, FLOPPY_BYTES_MAX as usize);
        v.u64(8, sectors);
        *self = fields.into_drive(kind);
    }
}

/// All fields that some kind of disk has.
#[derive(Default)]
struct Fields {
    path: Vec<u8>,
    absolute: Vec<u8>,
    bytes: u64,
    digest: [u8; 32],
    is_writable: bool,
    content: Vec<u8>,
    sectors: u64,
}

impl Fields {
    fn of(drive: &SavedDrive) -> (Kind, Fields) {
        let none = Fields::default();
        match drive {
            SavedDrive::Empty => (Kind::Empty, none),
            SavedDrive::File { path, absolute, bytes, digest, is_writable } => {
                let (path, absolute) = (path_bytes(path), path_bytes(absolute));
                let (bytes, digest, is_writable) = (*bytes, *digest, *is_writable);
                (Kind::File, Fields { path, absolute, bytes, digest, is_writable, ..none })
            }
            SavedDrive::Content { bytes, sectors } => {
                (Kind::Content, Fields { content: bytes.clone(), sectors: *sectors, ..none })
            }
        }
    }

    fn into_drive(self, kind: Kind) -> SavedDrive {
        let Fields { path, absolute, bytes, digest, is_writable, content, sectors } = self;
        match kind {
            Kind::Empty => SavedDrive::Empty,
            Kind::File => {
                let (path, absolute) = (path_of(path), path_of(absolute));
                SavedDrive::File { path, absolute, bytes, digest, is_writable }
            }
            Kind::Content => SavedDrive::Content { bytes: content, sectors },
        }
    }
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_owned()
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}
