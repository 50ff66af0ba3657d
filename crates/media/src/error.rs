//! Why an image cannot be used: one sentence with the path and the remedy.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such file.
    Missing,
    /// It is a directory.
    Directory,
    /// It is a pipe, a device or a socket.
    NotRegular,
    /// The host does not let the file be read.
    Unreadable,
    /// The host does not let the file be written.
    Unwritable,
    /// It has no bytes.
    Empty,
    /// It has so many bytes, which are not whole sectors.
    NotSectors(u64),
    /// It has so many bytes, more than a floppy holds.
    TooLargeForFloppy(u64),
    /// It has so many bytes, more than LBA28 addresses.
    TooLarge(u64),
    /// It is open for writing elsewhere.
    BeingWritten,
    /// It is open elsewhere and cannot be opened for writing.
    InUse,
    /// The host failed otherwise, in its own words.
    Host(String),
}

/// An image that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaError {
    path: PathBuf,
    problem: Problem,
}

impl MediaError {
    pub(crate) fn new(path: &Path, problem: Problem) -> MediaError {
        MediaError { path: path.to_owned(), problem }
    }

    /// The host refused to open `path`, for writing too when `write`.
    pub(crate) fn refused(path: &Path, error: &io::Error, write: bool) -> MediaError {
        let is_readable = || File::open(path).is_ok();
        MediaError::new(
            path,
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Problem::Missing,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem if write && is_readable() => {
                    Problem::Unwritable
                }
                io::ErrorKind::PermissionDenied => Problem::Unreadable,
                _ => Problem::Host(error.to_string()),
            },
        )
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Which image.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.problem)
    }
}

/// The rest of a sentence that begins with the image: what is wrong, and the remedy.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Missing => f.write_str("does not exist; check the path"),
            Problem::Directory => f.write_str("is a directory; name a disk image file"),
            Problem::NotRegular => f.write_str("is not a regular file; copy the disk into a file and name that"),
            Problem::Unreadable => f.write_str("may not be read; change its permissions"),
            Problem::Unwritable => f.write_str("may not be written; change its permissions or leave out --write"),
            Problem::Empty => f.write_str("is empty; a disk image has at least one sector of 512 bytes"),
            Problem::NotSectors(bytes) => write!(
                f,
                "has {bytes} bytes, which is no multiple of 512; name a raw image, complete and not compressed"
            ),
            Problem::TooLargeForFloppy(bytes) => {
                write!(f, "has {bytes} bytes, a floppy at most 2949120; attach it as a hard disk")
            }
            Problem::TooLarge(bytes) => {
                write!(f, "has {bytes} bytes, a hard disk at most 137438953472 (128 GiB); use a smaller image")
            }
            Problem::BeingWritten => {
                f.write_str("is open for writing elsewhere; end that first, or make a copy of the image and open it")
            }
            Problem::InUse => {
                f.write_str("is open elsewhere; end that first, leave out --write, or make a copy of the image")
            }
            Problem::Host(reason) => write!(f, "cannot be opened ({reason}); check the disk it is on"),
        }
    }
}

impl std::error::Error for MediaError {}
