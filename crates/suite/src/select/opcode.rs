//! Opcodes as the names of files tell them.

/// An opcode and the three bits of its ModRM byte that are part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opcode {
    /// One byte, or two and more that begin with 0F.
    pub bytes: Vec<u8>,
    /// The reg field of ModRM, where the name tells it.
    pub extension: Option<u8>,
}

impl Opcode {
    /// The opcode of a file by its stem: `00`, `F6.4`, `0FBA.4`, `6601` and `676601` (with size prefixes),
    /// `D8_0_fadd_m32`, `DC_r_4`. `None` when the stem is no opcode.
    #[must_use]
    pub fn from_stem(stem: &str) -> Option<Opcode> {
        if let Some((first, rest)) = stem.split_once('_') {
            let part = rest.trim_start_matches("r_").split('_').next().unwrap_or_default();
            return Some(Opcode { bytes: hex(first)?, extension: digit(part) });
        }
        let (digits, extension) = match stem.split_once('.') {
            Some((digits, extension)) => (digits, Some(digit(extension)?)),
            None => (stem, None),
        };
        let mut bytes = hex(digits)?;
        while bytes.len() > 1 && matches!(bytes.first(), Some(0x66 | 0x67)) {
            bytes.remove(0);
        }
        Some(Opcode { bytes, extension })
    }

    /// The opcode of an instruction, behind its prefixes; `None` when there is nothing else.
    #[must_use]
    pub fn from_instruction(bytes: &[u8]) -> Option<Opcode> {
        let is_prefix = |byte: &u8| matches!(byte, 0x26 | 0x2e | 0x36 | 0x3e | 0x64..=0x67 | 0xf0 | 0xf2 | 0xf3);
        let start = bytes.iter().position(|byte| !is_prefix(byte))?;
        let rest = &bytes[start..];
        let length = if rest.first() == Some(&0x0f) && rest.len() > 1 { 2 } else { 1 };
        let extension = rest.get(length).map(|modrm| modrm >> 3 & 7);
        Some(Opcode { bytes: rest[..length].to_vec(), extension })
    }
}

fn digit(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [digit @ b'0'..=b'7'] => Some(digit - b'0'),
        _ => None,
    }
}

/// Bytes of pairs of hexadecimal digits.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some((char::from(*high).to_digit(16)? << 4 | char::from(*low).to_digit(16)?) as u8),
        _ => None,
    };
    pairs.map(byte).collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opcode(bytes: &[u8], extension: Option<u8>) -> Option<Opcode> {
        Some(Opcode { bytes: bytes.to_vec(), extension })
    }

    #[test]
    fn stems_of_every_suite_are_understood() {
        assert_eq!(Opcode::from_stem("00"), opcode(&[0], None));
        assert_eq!(Opcode::from_stem("66"), opcode(&[0x66], None));
        assert_eq!(Opcode::from_stem("F6.4"), opcode(&[0xf6], Some(4)));
        assert_eq!(Opcode::from_stem("0FBA.7"), opcode(&[0x0f, 0xba], Some(7)));
        assert_eq!(Opcode::from_stem("0F20C0"), opcode(&[0x0f, 0x20, 0xc0], None));
        assert_eq!(Opcode::from_stem("6766F7.4"), opcode(&[0xf7], Some(4)));
        assert_eq!(Opcode::from_stem("D8_0_fadd_m32"), opcode(&[0xd8], Some(0)));
        assert_eq!(Opcode::from_stem("DC_r_4"), opcode(&[0xdc], Some(4)));
        assert_eq!(Opcode::from_stem("D8_r_fadd"), opcode(&[0xd8], None));
        for name in ["fyl2x", "fld_m32", "", "0", "F6.8", "F6.x", "MANIFEST"] {
            assert_eq!(Opcode::from_stem(name), None, "{name}");
        }
    }

    #[test]
    fn an_instruction_has_its_opcode_behind_the_prefixes() {
        assert_eq!(Opcode::from_instruction(&[0x36, 0xf3, 0xa4]), opcode(&[0xa4], None));
        assert_eq!(Opcode::from_instruction(&[0x66, 0x0f, 0xba, 0xe0, 3]), opcode(&[0x0f, 0xba], Some(4)));
        assert_eq!(Opcode::from_instruction(&[0xd9, 0xf1]), opcode(&[0xd9], Some(6)));
        assert_eq!(Opcode::from_instruction(&[0xf3]), None);
    }
}
