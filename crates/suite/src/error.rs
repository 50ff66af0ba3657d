//! Why a suite cannot be run: one sentence for the user.

use std::fmt;
use std::path::Path;

/// A sentence that names the file and says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteError(String);

impl SuiteError {
    /// An error that is about no file.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> SuiteError {
        SuiteError(sentence.into())
    }

    /// An error in a file.
    #[must_use]
    pub fn in_file(path: &Path, what: impl fmt::Display) -> SuiteError {
        SuiteError(format!("{}: {what}", path.display()))
    }
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuiteError {}
