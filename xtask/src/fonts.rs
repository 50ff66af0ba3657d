//! Fonts: from their text form to bytes, one a row. The form is described in roms/SOURCES.md.

/// The bytes of a font of 256 glyphs, `rows` high.
pub(crate) fn assemble(text: &str, rows: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(256 * rows);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let fail = |what: &str| Err(format!("line {}: {what}", number + 1));
        if let Some(code) = line.strip_prefix("glyph ") {
            let glyph = bytes.len() / rows;
            if !bytes.len().is_multiple_of(rows) {
                return fail("the glyph before has the wrong number of rows");
            }
            if usize::from_str_radix(code, 16) != Ok(glyph) {
                return fail(&format!("glyph {glyph:02X} must come here"));
            }
        } else if line.len() == 8 && line.bytes().all(|dot| dot == b'#' || dot == b'.') {
            bytes.push(line.bytes().fold(0, |row, dot| row << 1 | u8::from(dot == b'#')));
        } else {
            return fail("a row has 8 characters, `#` or `.`");
        }
    }
    if bytes.len() == 256 * rows {
        Ok(bytes)
    } else {
        Err(format!("256 glyphs of {rows} rows have {} rows, these are {}", 256 * rows, bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn font() -> String {
        (0..256).map(|code| format!("glyph {code:02X}\n#......#\n........\n")).collect()
    }

    #[test]
    fn a_row_becomes_a_byte_with_the_leftmost_dot_on_top() {
        let bytes = assemble(&font(), 2).unwrap();
        assert_eq!((bytes.len(), bytes[0], bytes[1]), (512, 0x81, 0));
    }

    #[test]
    fn a_missing_row_and_a_glyph_out_of_order_are_refused_with_their_line() {
        assert!(assemble(&font().replacen("........\n", "", 1), 2).unwrap_err().starts_with("line 3:"));
        assert!(assemble(&font().replace("glyph 01", "glyph 02"), 2).unwrap_err().starts_with("line 4:"));
    }
}
