//! Code page 437, the character set of the PC's character generator, as Unicode.
//!
//! Source: the Unicode Consortium's mapping `CP437.TXT` for 80h-FFh; for 01h-1Fh and 7Fh the symbols that the
//! character generator shows ("IBM Graphics", `IBMGRAPH.TXT`). 00h and FFh have blank glyphs and are spaces here.

#[rustfmt::skip]
const CHARACTERS: [char; 256] = [
    ' ', '☺', '☻', '♥', '♦', '♣', '♠', '•', '◘', '○', '◙', '♂', '♀', '♪', '♫', '☼',
    '►', '◄', '↕', '‼', '¶', '§', '▬', '↨', '↑', '↓', '→', '←', '∟', '↔', '▲', '▼',
    ' ', '!', '"', '#', '$', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '@', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', '[', '\\', ']', '^', '_',
    '`', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '{', '|', '}', '~', '⌂',
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐',
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧',
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀',
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩',
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', ' ',
];

/// The Unicode character that looks like the glyph of `code`.
#[must_use]
pub const fn to_char(code: u8) -> char {
    CHARACTERS[code as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_but_the_blank_ones_has_a_character_of_its_own() {
        for code in 0..=255 {
            let alike: Vec<u8> = (0..=255).filter(|other| to_char(*other) == to_char(code)).collect();
            let expected = if matches!(code, 0x00 | 0x20 | 0xff) { vec![0x00, 0x20, 0xff] } else { vec![code] };
            assert_eq!(alike, expected, "{code:02x}");
        }
    }

    #[test]
    fn ascii_is_itself_and_box_drawing_is_where_dos_programs_expect_it() {
        assert!((0x20..0x7f).all(|code: u8| to_char(code) == char::from(code)));
        assert_eq!([0xc9, 0xcd, 0xbb, 0xba, 0xc8, 0xbc].map(to_char), ['╔', '═', '╗', '║', '╚', '╝']);
        assert_eq!([0xb0, 0xdb, 0xe1, 0xf8, 0x01, 0x7f].map(to_char), ['░', '█', 'ß', '°', '☺', '⌂']);
    }
}
