//! Errors before the machine starts: one sentence with the path and the remedy.

use std::fmt;

/// Whose fault a start-up error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostErrorKind {
    /// What the user gave cannot be used; exit code 2.
    BadInput,
    /// The host lacks or refuses something; exit code 3.
    HostResource,
}

/// Why a run cannot start: one sentence with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    kind: HostErrorKind,
    sentence: String,
}

impl HostError {
    /// What the user gave cannot be used.
    #[must_use]
    pub fn bad_input(sentence: impl Into<String>) -> HostError {
        HostError { kind: HostErrorKind::BadInput, sentence: sentence.into() }
    }

    /// The host lacks or refuses something.
    #[must_use]
    pub fn host_resource(sentence: impl Into<String>) -> HostError {
        HostError { kind: HostErrorKind::HostResource, sentence: sentence.into() }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> HostErrorKind {
        self.kind
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for HostError {}
