//! Which flags a chip leaves undefined, by opcode: `metadata.json` of a suite.

use serde_json::Value;
use std::path::Path;

/// The masks of one suite.
#[derive(Clone, Debug, Default)]
pub struct Masks(Value);

impl Masks {
    /// Reads `metadata.json` of a folder; without one every flag is defined.
    #[must_use]
    pub fn of_folder(folder: &Path) -> Masks {
        let text = std::fs::read_to_string(folder.join("metadata.json")).unwrap_or_default();
        Masks(serde_json::from_str(&text).unwrap_or_default())
    }

    /// The flags of an opcode that are defined. `name` is the stem of the file: `C0.4`, `0F`, `27`.
    #[must_use]
    pub fn defined_flags(&self, name: &str) -> u16 {
        self.entry(name)["flags-mask"].as_u64().map_or(u16::MAX, |mask| mask as u16)
    }

    /// What the suite says of an opcode: `normal`, `alias`, `undocumented`, `undefined`, `prefix`, `fpu`.
    #[must_use]
    pub fn status(&self, name: &str) -> &str {
        self.entry(name)["status"].as_str().unwrap_or("normal")
    }

    fn entry(&self, name: &str) -> &Value {
        let (opcode, extension) = name.split_once('.').unwrap_or((name, ""));
        let entry = &self.0["opcodes"][opcode];
        if extension.is_empty() { entry } else { &entry["reg"][extension] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_has_its_own_mask_and_an_unknown_opcode_defines_all_flags() {
        let json = r#"{"opcodes": {"F6": {"reg": {"4": {"status": "alias", "flags-mask": 65323}}}}}"#;
        let masks = Masks(serde_json::from_str(json).unwrap());
        assert_eq!(masks.defined_flags("F6.4"), 65323);
        assert_eq!(masks.status("F6.4"), "alias");
        assert_eq!((masks.defined_flags("00"), masks.status("00")), (u16::MAX, "normal"));
    }
}
