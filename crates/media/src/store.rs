//! Where an image's own sectors are: a host file or bytes in memory.

use crate::error::{MediaError, Problem};
use beige_core::SECTOR_BYTES;
use std::borrow::Cow;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

/// The sectors of an image. Numbers are below the image's count.
pub(crate) trait Store: Send {
    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> io::Result<()>;

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> io::Result<()>;

    /// Brings what was written to stable storage.
    fn sync(&mut self) -> io::Result<()>;
}

/// Bytes that nobody writes to: what the guest writes is in the overlay.
pub(crate) struct Bytes(pub(crate) Cow<'static, [u8]>);

impl Store for Bytes {
    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> io::Result<()> {
        let number = usize::try_from(lba).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let stored = self.0.as_chunks().0.get(number).ok_or(io::ErrorKind::UnexpectedEof)?;
        *sector = *stored;
        Ok(())
    }

    fn write(&mut self, _lba: u64, _sector: &[u8; SECTOR_BYTES]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file of the host, locked as long as it is open.
#[derive(Debug)]
pub(crate) struct HostFile {
    file: File,
    bytes: u64,
}

impl HostFile {
    /// Opens and locks `path`. Whoever writes has the file alone; readers share it.
    pub(crate) fn open(path: &Path, write: bool) -> Result<HostFile, MediaError> {
        let fail = |problem| Err(MediaError::new(path, problem));
        // Before it is opened: opening a pipe would wait for its other end.
        let metadata = fs::metadata(path).map_err(|error| MediaError::refused(path, &error, false))?;
        if metadata.is_dir() {
            return fail(Problem::Directory);
        }
        if !metadata.is_file() {
            return fail(Problem::NotRegular);
        }
        let mut options = File::options();
        let file =
            options.read(true).write(write).open(path).map_err(|error| MediaError::refused(path, &error, write))?;
        match if write { file.try_lock() } else { file.try_lock_shared() } {
            Err(TryLockError::WouldBlock) if write => return fail(Problem::InUse),
            Err(TryLockError::WouldBlock) => return fail(Problem::BeingWritten),
            // A file system without locks cannot protect a writer; a reader needs no more than the others give.
            Err(TryLockError::Error(error)) if write => return fail(Problem::Host(error.to_string())),
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let bytes = file.metadata().map_err(|error| MediaError::refused(path, &error, write))?.len();
        Ok(HostFile { file, bytes })
    }

    /// The size of the file when it was opened.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn offset(lba: u64) -> u64 {
    lba * SECTOR_BYTES as u64
}

#[cfg(unix)]
impl Store for HostFile {
    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, sector, offset(lba))
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, sector, offset(lba))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(not(unix))]
impl Store for HostFile {
    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> io::Result<()> {
        use io::{Read, Seek};
        self.file.seek(io::SeekFrom::Start(offset(lba)))?;
        self.file.read_exact(sector)
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> io::Result<()> {
        use io::{Seek, Write};
        self.file.seek(io::SeekFrom::Start(offset(lba)))?;
        self.file.write_all(sector)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Whether two paths lead to one file, by links too. False when one of them leads nowhere.
#[must_use]
pub fn same_file(a: &Path, b: &Path) -> bool {
    identity(a).is_some_and(|of_a| identity(b) == Some(of_a))
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<std::path::PathBuf> {
    fs::canonicalize(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_be_read_but_not_written_is_told_from_one_that_may_not_be_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let problem = |path: &Path, write| MediaError::refused(path, &denied, write).problem().clone();
        assert_eq!(problem(file.path(), true), Problem::Unwritable);
        assert_eq!(problem(file.path(), false), Problem::Unreadable);
        assert_eq!(problem(Path::new("/none"), true), Problem::Unreadable);
    }
}
