//! What a folder of tests says about them: `metadata.json` (CPU, undefined flags) and `revocation_list.txt`.

use crate::SuiteError;
use serde_json::Value;
use std::collections::HashSet;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

/// Name of the file with the CPU and the masks.
pub const METADATA: &str = "metadata.json";
/// Name of the file with the hashes of bad tests.
pub const REVOCATIONS: &str = "revocation_list.txt";
/// More than any of the two needs.
const BYTES_MAX: u64 = 64 << 20;

/// What is known of a folder. Without the files every flag is defined and no test is revoked.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    metadata: Value,
    revoked: HashSet<String>,
}

impl Folder {
    /// Reads the two files of a folder; what it has not is looked for in the one above, where some suites keep it.
    ///
    /// # Errors
    /// When one of them is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Folder, SuiteError> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // What lies above may belong to something else, so it need not make sense.
        let above = |name| text(&folder.join("..").join(name)).unwrap_or_default().unwrap_or_default();
        let metadata = match text(&folder.join(METADATA))? {
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| SuiteError::in_file(&folder.join(METADATA), format!("this is no JSON: {error}")))?,
            None => serde_json::from_str(&above(METADATA)).unwrap_or_default(),
        };
        let revoked = text(&folder.join(REVOCATIONS))?.unwrap_or_else(|| above(REVOCATIONS));
        Ok(Folder { metadata, revoked: hashes(&revoked) })
    }

    /// The CPU that was recorded, as `metadata.json` names it.
    #[must_use]
    pub fn cpu(&self) -> Option<&str> {
        self.metadata["cpu"].as_str()
    }

    /// Whether the test with this hash is known to be bad.
    #[must_use]
    pub fn is_revoked(&self, hash: &str) -> bool {
        !hash.is_empty() && self.revoked.contains(hash)
    }

    /// The flags of an opcode that are defined, if the folder tells. `stem` is that of the file: `C0.4`, `0F00.2`, `27`.
    #[must_use]
    pub fn defined_flags(&self, stem: &str) -> Option<u16> {
        let (opcode, extension) = stem.split_once('.').unwrap_or((stem, ""));
        let entry = &self.metadata["opcodes"][opcode];
        let entry = if extension.is_empty() { entry } else { &entry["reg"][extension] };
        entry["flags-mask"].as_u64().map(|mask| mask as u16)
    }
}

/// The text of a file, `None` when it is not there.
fn text(path: &Path) -> Result<Option<String>, SuiteError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SuiteError::in_file(path, error)),
    };
    let mut text = String::new();
    let read = file.take(BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| SuiteError::in_file(path, error))?;
    Ok(Some(text))
}

/// One hash a line; other lines are comments.
fn hashes(text: &str) -> HashSet<String> {
    let lines = text.lines().map(|line| line.trim().to_ascii_lowercase());
    lines.filter(|line| line.len() == 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_has_its_own_mask_and_an_unknown_opcode_none() {
        let json =
            r#"{"cpu": "8086", "opcodes": {"08": {"flags-mask": 65519}, "F6": {"reg": {"4": {"flags-mask": 65323}}}}}"#;
        let folder = Folder { metadata: serde_json::from_str(json).unwrap(), ..Folder::default() };
        assert_eq!(folder.cpu(), Some("8086"));
        assert_eq!(folder.defined_flags("F6.4"), Some(65323));
        assert_eq!(folder.defined_flags("08"), Some(65519));
        assert_eq!(folder.defined_flags("00"), None);
    }

    #[test]
    fn comments_in_a_revocation_list_revoke_nothing() {
        let list = "# bad tests\n8ABBBC61A5866292B0BC816660D7B334BEA7962A\n\nhopefully empty\n";
        let folder = Folder { revoked: hashes(list), ..Folder::default() };
        assert!(folder.is_revoked("8abbbc61a5866292b0bc816660d7b334bea7962a"));
        assert!(!folder.is_revoked("") && !folder.is_revoked("# bad tests"));
    }
}
