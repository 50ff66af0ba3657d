//! The file that keeps a machine's CMOS memory from one run to the next: its 128 bytes, nothing else.

use crate::error::HostError;
use crate::state_file::write_whole;
use beige_machine::NVRAM_BYTES;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of the file, `None` when there is no such file yet.
///
/// # Errors
/// When the file cannot be read or is no CMOS memory.
pub fn read(path: &Path) -> Result<Option<[u8; NVRAM_BYTES]>, HostError> {
    let shown = path.display();
    let refuse = |why: String| HostError::bad_input(format!("--nvram: {shown} {why}"));
    let unreadable = |error: io::Error| refuse(format!("cannot be read: {error}; give another file"));
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(unreadable)?,
    };
    let mut bytes = Vec::new();
    file.take(NVRAM_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let wrong_size = |_| {
        refuse(format!(
            "is no CMOS memory, which has {NVRAM_BYTES} bytes: give another file, or a new name to begin anew"
        ))
    };
    <[u8; NVRAM_BYTES]>::try_from(bytes).map(Some).map_err(wrong_size)
}

/// Replaces the file at once: whatever happens, it holds the old bytes or the new ones.
///
/// # Errors
/// When the bytes cannot be brought to stable storage; the file is as it was.
pub fn save(path: &Path, bytes: &[u8; NVRAM_BYTES]) -> io::Result<()> {
    // A name that is a link stands for the file behind it.
    write_whole(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine.cmos");
        assert_eq!(read(&path), Ok(None));
        for byte in [1, 2] {
            save(&path, &[byte; NVRAM_BYTES]).unwrap();
            assert_eq!(read(&path), Ok(Some([byte; NVRAM_BYTES])));
        }
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["machine.cmos"]);
    }

    #[test]
    fn files_of_another_size_are_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other");
        for size in [0, 127, 129, 5000] {
            std::fs::write(&path, vec![0; size]).unwrap();
            let sentence = read(&path).unwrap_err().to_string();
            assert!(sentence.contains("has 128 bytes: give another file"), "{size}: {sentence}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_replaced_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none").join("cmos");
        assert!(save(&missing, &[1; NVRAM_BYTES]).is_err());
        let occupied = folder.path().join("occupied");
        std::fs::create_dir_all(occupied.join("by-a-folder")).unwrap();
        assert!(save(&occupied, &[1; NVRAM_BYTES]).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
