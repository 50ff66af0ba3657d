//! `--until`: a text on the screen or out of the serial port, taken literally.

/// Looks for the text.
#[derive(Debug)]
pub(crate) struct Until {
    text: String,
    /// The last serial bytes, one fewer than the text has.
    tail: Vec<u8>,
    met: bool,
}

impl Until {
    /// Looks for `text`, which is not empty.
    pub(crate) fn new(text: String) -> Until {
        Until { text, tail: Vec::new(), met: false }
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Serial bytes came out, however they were cut.
    pub(crate) fn serial(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        self.met |= self.tail.windows(self.text.len()).any(|window| window == self.text.as_bytes());
        let old = self.tail.len().saturating_sub(self.text.len() - 1);
        self.tail.drain(..old);
    }

    /// Whether the text came out of the serial port or stands on these rows.
    pub(crate) fn is_met(&self, rows: &[String]) -> bool {
        self.met || rows.iter().any(|row| row.contains(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cut_into_single_bytes_is_found() {
        let mut until = Until::new("login:".to_owned());
        for byte in b"my log login: x" {
            until.serial(&[*byte]);
        }
        assert!(until.is_met(&[]));
    }

    #[test]
    fn a_text_that_began_twice_is_found() {
        let mut until = Until::new("aab".to_owned());
        until.serial(b"aa");
        assert!(!until.is_met(&[]));
        until.serial(b"ab");
        assert!(until.is_met(&[]));
    }

    #[test]
    fn a_single_character_is_found_and_memory_does_not_grow() {
        let mut until = Until::new("#".to_owned());
        until.serial(&[b'.'; 1000]);
        assert!(!until.is_met(&[]));
        assert!(until.tail.is_empty());
        until.serial(b"#");
        assert!(until.is_met(&[]));
    }

    #[test]
    fn the_screen_is_searched_row_by_row_and_literally() {
        let until = Until::new("A:\\>".to_owned());
        assert!(until.is_met(&["  A:\\>dir".to_owned()]));
        assert!(!until.is_met(&["A:".to_owned(), "\\>".to_owned()]));
    }
}
