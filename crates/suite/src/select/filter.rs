//! `--filter`: the opcodes to run.

use super::opcode::{Opcode, hex};
use crate::SuiteError;

/// A list of opcodes, ranges of opcodes, and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// Opcodes that begin with bytes from the first to the last, of any reg field or of one.
    Range(Opcode, Opcode),
    /// The stem of a file, or one of its parts between underscores, in lower case.
    Name(String),
}

impl Filter {
    /// Reads a list such as `00,0F.BA,F6.4,D8-DF,fyl2x`.
    ///
    /// # Errors
    /// When a part of it is empty or no opcode.
    pub fn parse(text: &str) -> Result<Filter, SuiteError> {
        text.split(',').map(|part| entry(part.trim())).collect::<Result<_, _>>().map(Filter)
    }

    /// Whether a file is asked for. `instruction` is that of its first test, which counts where the stem is no opcode.
    #[must_use]
    pub fn matches(&self, stem: &str, instruction: &[u8]) -> bool {
        let opcode = Opcode::from_stem(stem).or_else(|| Opcode::from_instruction(instruction));
        self.0.iter().any(|entry| entry.matches(stem, opcode.as_ref()))
    }

    /// Whether the stem alone decides, so that the file need not be opened for it.
    #[must_use]
    pub fn matches_stem(&self, stem: &str) -> Option<bool> {
        let opcode = Opcode::from_stem(stem);
        let found = self.0.iter().any(|entry| entry.matches(stem, opcode.as_ref()));
        (found || opcode.is_some()).then_some(found)
    }
}

impl Entry {
    fn matches(&self, stem: &str, opcode: Option<&Opcode>) -> bool {
        match (self, opcode) {
            (Entry::Name(name), _) => {
                let stem = stem.to_ascii_lowercase();
                stem == *name || stem.split('_').any(|part| part == name)
            }
            (Entry::Range(first, last), Some(opcode)) => {
                let Some(start) = opcode.bytes.get(..first.bytes.len()) else { return false };
                let key = |entry: &Opcode| (entry.bytes.clone(), entry.extension);
                let own = (start.to_vec(), first.extension.and(opcode.extension));
                key(first) <= own && own <= key(last)
            }
            (Entry::Range(..), None) => false,
        }
    }
}

fn entry(text: &str) -> Result<Entry, SuiteError> {
    let wrong = || {
        let examples = "write opcodes such as 00, 0F.BA, F6.4 or D8-DF, or names such as fyl2x, with commas between";
        SuiteError::new(format!("`{text}` is no opcode: {examples}"))
    };
    if let Some(opcode) = opcode(text) {
        return Ok(Entry::Range(opcode.clone(), opcode));
    }
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (opcode(first).ok_or_else(wrong)?, opcode(last).ok_or_else(wrong)?);
        let alike = first.bytes.len() == last.bytes.len() && first.extension.is_some() == last.extension.is_some();
        let ordered = (&first.bytes, first.extension) <= (&last.bytes, last.extension);
        return if alike && ordered { Ok(Entry::Range(first, last)) } else { Err(wrong()) };
    }
    let is_name = text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name && text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Ok(Entry::Name(text.to_ascii_lowercase()));
    }
    Err(wrong())
}

/// `0F.BA.4`, `0FBA.4`, `F6.4`, `00`: pairs of hexadecimal digits, of which several begin with 0F, then perhaps a single
/// digit.
fn opcode(text: &str) -> Option<Opcode> {
    let (mut digits, mut extension) = (String::new(), None);
    for part in text.split('.') {
        if extension.is_some() {
            return None;
        }
        match part.as_bytes() {
            [digit @ b'0'..=b'7'] if !digits.is_empty() => extension = Some(digit - b'0'),
            _ => digits.push_str(part),
        }
    }
    let bytes = hex(&digits).filter(|bytes| bytes.len() == 1 || bytes.first() == Some(&0x0f))?;
    Some(Opcode { bytes, extension })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(filter: &str) -> Vec<&'static str> {
        let stems =
            ["00", "01", "0F20C0", "0FBA.4", "0FBA.5", "6601", "F6.4", "F7.4", "D8_0_fadd_m32", "D8_r_fadd", "fld_m32"];
        let filter = Filter::parse(filter).unwrap();
        stems.into_iter().filter(|stem| filter.matches(stem, &[0xd9, 0x07])).collect()
    }

    #[test]
    fn opcodes_ranges_and_names_choose_files() {
        assert_eq!(matching("00"), ["00"]);
        assert_eq!(matching("01"), ["01", "6601"]);
        assert_eq!(matching("0f.ba"), ["0FBA.4", "0FBA.5"]);
        assert_eq!(matching("0F.BA.5"), ["0FBA.5"]);
        assert_eq!(matching("0F"), ["0F20C0", "0FBA.4", "0FBA.5"]);
        assert_eq!(matching("0F20"), ["0F20C0"]);
        assert_eq!(matching("F6.4, F7"), ["F6.4", "F7.4"]);
        assert_eq!(matching("D8-DF"), ["D8_0_fadd_m32", "D8_r_fadd", "fld_m32"]);
        assert_eq!(matching("D8.0"), ["D8_0_fadd_m32"]);
        assert_eq!(matching("D9.0"), ["fld_m32"]);
        assert_eq!(matching("fadd,fld_m32"), ["D8_0_fadd_m32", "D8_r_fadd", "fld_m32"]);
        assert_eq!(matching("0FBA.5-0FBA.7"), ["0FBA.5"]);
        assert_eq!(matching("80"), Vec::<&str>::new());
    }

    #[test]
    fn a_stem_that_is_an_opcode_decides_without_the_file() {
        let filter = Filter::parse("D8-DF,fsin").unwrap();
        assert_eq!(filter.matches_stem("D8_r_fadd"), Some(true));
        assert_eq!(filter.matches_stem("00"), Some(false));
        assert_eq!(filter.matches_stem("fsin"), Some(true));
        assert_eq!(filter.matches_stem("fcos"), None);
    }

    #[test]
    fn what_is_no_opcode_is_refused() {
        for text in ["", "0", "00,", "F6.8", "F6.4.4", "DF-D8", "00-0F20", "xyz!", "F6.4-F7", "fld.3", "12345"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
