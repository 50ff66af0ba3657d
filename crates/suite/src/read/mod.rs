//! Files of tests: MOO and JSON, plain or gzip. They are hostile input: what is cut, wrong or too large is refused with
//! a sentence, and nothing is reserved on the word of a count.

pub mod json;
pub mod moo;

use crate::{SuiteError, TestFile};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The most bytes of a file, unpacked. The largest file of the known suites has a fifth of this.
const BYTES_MAX: u64 = 512 << 20;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a file of tests in either form, unpacking it when it is gzip.
///
/// # Errors
/// When it cannot be read or is no whole file of tests.
pub fn read(path: &Path) -> Result<TestFile, SuiteError> {
    let bytes = unpacked(path)?;
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let parsed = if bytes.starts_with(b"MOO ") {
        moo::parse(&bytes)
    } else if first == Some(&b'[') {
        json::parse(&bytes)
    } else {
        Err("this is no file of tests: neither MOO nor a JSON array".to_owned())
    };
    let mut file = parsed.map_err(|what| SuiteError::in_file(path, what))?;
    number_by_place(&mut file);
    Ok(file)
}

/// Numbers that repeat, as where each test says 0, tell nothing: then a test's number is its place in the file.
fn number_by_place(file: &mut TestFile) {
    let mut seen = BTreeSet::new();
    if !file.tests.iter().all(|test| seen.insert(test.index)) {
        for (place, test) in (0..).zip(&mut file.tests) {
            test.index = place;
        }
    }
}

fn unpacked(path: &Path) -> Result<Vec<u8>, SuiteError> {
    let fail = |error: std::io::Error| SuiteError::in_file(path, error);
    let mut reader = BufReader::new(File::open(path).map_err(fail)?);
    let mut magic = Vec::new();
    reader.by_ref().take(2).read_to_end(&mut magic).map_err(fail)?;
    let packed = magic == GZIP;
    let whole = std::io::Cursor::new(magic).chain(reader);
    let mut bytes = Vec::new();
    let limit = BYTES_MAX + 1;
    let read = if packed {
        flate2::read::MultiGzDecoder::new(whole).take(limit).read_to_end(&mut bytes)
    } else {
        whole.take(limit).read_to_end(&mut bytes)
    };
    read.map_err(|error| match packed {
        true => SuiteError::in_file(path, format!("it cannot be unpacked: {error}")),
        false => fail(error),
    })?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(SuiteError::in_file(path, format!("it holds more than {} MiB", BYTES_MAX >> 20)));
    }
    Ok(bytes)
}

/// Every register that a test begins with must be told; control and debug registers need not.
fn complete(before: &crate::Registers, wide: bool) -> Result<(), String> {
    use crate::case::register;
    let needed: Vec<usize> = if wide { (register::EAX..=register::EFLAGS).collect() } else { register::SMALL.to_vec() };
    match needed.into_iter().find(|number| before.get(*number).is_none()) {
        Some(number) => Err(format!("a test has no initial value of {}", register::name(number, wide))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Test;

    #[test]
    fn numbers_that_repeat_become_places() {
        let numbered = |numbers: &[u32]| {
            let tests = numbers.iter().map(|index| Test { index: *index, ..Test::default() }).collect();
            let mut file = TestFile { tests, ..TestFile::default() };
            number_by_place(&mut file);
            file.tests.iter().map(|test| test.index).collect::<Vec<_>>()
        };
        assert_eq!(numbered(&[0, 0, 0]), [0, 1, 2]);
        assert_eq!(numbered(&[4, 7, 4]), [0, 1, 2]);
        assert_eq!(numbered(&[4, 7, 5]), [4, 7, 5]);
        assert!(numbered(&[]).is_empty());
    }
}
