//! Reading of an image that is only looked at: no lock, no write, bounded amounts.

use crate::error::{MediaError, Problem};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are looked at.
pub(super) trait Source {
    /// How many there are.
    fn bytes(&self) -> u64;

    /// Fills `into` from `at` on. What lies outside, or cannot be read, is zero; whether all of it was there.
    fn read(&mut self, at: u64, into: &mut [u8]) -> bool;

    /// A copy of up to `length` bytes from `at` on, shorter at the end.
    fn copy(&mut self, at: u64, length: usize) -> Vec<u8> {
        let there = usize::try_from(self.bytes().saturating_sub(at)).unwrap_or(usize::MAX);
        let mut copy = vec![0; length.min(there)];
        self.read(at, &mut copy);
        copy
    }
}

/// A file of the host.
pub(super) struct FileSource {
    file: File,
    bytes: u64,
}

impl FileSource {
    pub(super) fn open(path: &Path) -> Result<FileSource, MediaError> {
        // Before it is opened: opening a pipe would wait for its other end.
        let metadata = fs::metadata(path).map_err(|error| MediaError::refused(path, &error, false))?;
        if metadata.is_dir() {
            return Err(MediaError::new(path, Problem::Directory));
        }
        if !metadata.is_file() {
            return Err(MediaError::new(path, Problem::NotRegular));
        }
        let file = File::open(path).map_err(|error| MediaError::refused(path, &error, false))?;
        Ok(FileSource { file, bytes: metadata.len() })
    }
}

impl Source for FileSource {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> bool {
        let there = usize::try_from(self.bytes.saturating_sub(at)).unwrap_or(usize::MAX).min(into.len());
        let (inside, outside) = into.split_at_mut(there);
        outside.fill(0);
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(inside));
        if read.is_err() {
            inside.fill(0);
        }
        read.is_ok() && outside.is_empty()
    }
}

#[cfg(test)]
impl Source for Vec<u8> {
    fn bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> bool {
        into.fill(0);
        let Some(there) = usize::try_from(at).ok().and_then(|at| self.get(at..)) else { return into.is_empty() };
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        count == into.len()
    }
}

/// The little-endian word at `at`; zero outside.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u32 {
    let byte = |at| u32::from(bytes.get(at).copied().unwrap_or(0));
    byte(at) | byte(at.saturating_add(1)) << 8
}

/// The little-endian double word at `at`; zero outside.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u16_at(bytes, at) | u16_at(bytes, at.saturating_add(2)) << 16
}

/// Bytes as text that can be printed anywhere: what is no printable ASCII becomes `?`, blanks at the end go.
pub(super) fn text(bytes: &[u8]) -> String {
    let text: String =
        bytes.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '?' }).collect();
    text.trim_end().to_owned()
}

/// Whether `needle` stands anywhere in `bytes`.
pub(super) fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len().max(1)).any(|window| window == needle)
}
