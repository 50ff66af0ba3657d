//! Standard output as the runs share it: text of ours between the bytes of the guest, and a reader that may go away.

use std::io::{self, Write};

/// Tells the user something on standard error. Whoever closed that does not want to know.
pub(crate) fn say(sentence: &str) {
    let _ = writeln!(io::stderr(), "beige: {sentence}");
}

/// Where texts for the user go.
#[derive(Debug)]
pub(crate) struct Console {
    to_stderr: bool,
    closed: bool,
}

impl Console {
    /// Texts go to standard output, or to standard error when that is kept for a JSON object.
    pub(crate) fn new(to_stderr: bool) -> Console {
        Console { to_stderr, closed: false }
    }

    /// Prints whole lines. `after_line` says that what stands before them ends its line.
    pub(crate) fn print(&mut self, text: &str, after_line: bool) {
        let start = if after_line || self.to_stderr { "" } else { "\n" };
        let whole = format!("{start}{text}\n");
        let written = if self.to_stderr {
            io::stderr().write_all(whole.as_bytes())
        } else {
            let mut stdout = io::stdout().lock();
            stdout.write_all(whole.as_bytes()).and_then(|()| stdout.flush())
        };
        if let Err(error) = written {
            self.closed = true;
            if error.kind() != io::ErrorKind::BrokenPipe {
                log::error!("standard output cannot be written: {error}");
            }
        }
    }

    /// Whether the reader of standard output has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}

/// The text screen as lines: no spaces at their ends, no empty lines at the end.
pub(crate) fn screen_lines(rows: Option<&[String]>) -> String {
    let Some(rows) = rows else { return "(no text: a graphics mode)".to_owned() };
    let lines: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
    lines.join("\n").trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_loses_its_blank_ends_only() {
        let rows = ["", "  A:\\>dir   ", "", "x", "   ", ""].map(str::to_owned);
        assert_eq!(screen_lines(Some(&rows)), "\n  A:\\>dir\n\nx");
        assert!(screen_lines(None).contains("graphics"));
    }
}
