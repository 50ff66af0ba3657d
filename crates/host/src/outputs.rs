//! Where the bytes that leave the machine go: standard streams, files, or nowhere.

use crate::serial::LineWriter;
use beige_core::{Note, StreamByte, StreamId};
use beige_machine::{POST, SERIAL};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};

/// Where the bytes of one stream go.
pub enum Sink {
    /// Nowhere.
    Nothing,
    /// Standard output.
    Stdout(Box<dyn Write + Send>),
    /// Standard error.
    Stderr,
    /// A file.
    File(File),
    /// The other end of a serial port.
    Line(LineWriter),
}

/// A stream of the machine and where it goes.
struct Connection {
    stream: StreamId,
    name: &'static str,
    sink: Sink,
}

/// The streams of the machine and where each goes; those that are not connected go nowhere.
pub struct OutputSinks {
    connections: Vec<Connection>,
    /// Bytes of COM1 not yet taken, when somebody looks at them.
    seen: Option<Vec<u8>>,
    /// The last POST codes.
    post_codes: VecDeque<u8>,
    ends_line: bool,
    stdout_closed: bool,
}

impl Default for OutputSinks {
    fn default() -> OutputSinks {
        OutputSinks {
            connections: Vec::new(),
            seen: None,
            post_codes: VecDeque::new(),
            ends_line: true,
            stdout_closed: false,
        }
    }
}

impl OutputSinks {
    /// POST codes that are remembered: more than a test has, few for a guest that writes without end.
    const POST_CODES_MAX: usize = 1000;

    /// From now on the bytes of a stream go to `sink`; messages call the stream `name`.
    pub fn connect(&mut self, stream: StreamId, name: &'static str, sink: Sink) {
        self.connections.push(Connection { stream, name, sink });
    }

    /// Also keeps the bytes of COM1 for [`OutputSinks::take_seen`].
    pub fn watch_serial(&mut self) {
        self.seen.get_or_insert_default();
    }

    /// The bytes of COM1 since the last call.
    pub fn take_seen(&mut self) -> Vec<u8> {
        self.seen.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The last POST codes, at most a thousand.
    pub fn post_codes(&self) -> impl Iterator<Item = u8> {
        self.post_codes.iter().copied()
    }

    /// Whether standard output was closed by its reader, which ends a run quietly.
    #[must_use]
    pub fn stdout_closed(&self) -> bool {
        self.stdout_closed
    }

    /// Whether what the guest wrote to standard output ends with a line end, or is nothing.
    #[must_use]
    pub fn stdout_ends_line(&self) -> bool {
        self.ends_line
    }

    /// Somebody else ended the line on standard output.
    pub fn stdout_ended_line(&mut self) {
        self.ends_line = true;
    }

    /// Hands bytes to their sinks, unbuffered. A sink that fails is said once and used no more.
    pub fn write(&mut self, bytes: &[StreamByte]) {
        if bytes.is_empty() {
            return;
        }
        if let Some(seen) = &mut self.seen {
            seen.extend(of_stream(bytes, SERIAL[0]));
        }
        self.post_codes.extend(of_stream(bytes, POST));
        let old = self.post_codes.len().saturating_sub(OutputSinks::POST_CODES_MAX);
        self.post_codes.drain(..old);
        for connection in &mut self.connections {
            let mut bytes: Vec<u8> = of_stream(bytes, connection.stream).collect();
            if connection.stream == POST {
                bytes = post_lines(&bytes, self.ends_line);
            }
            let Some(last) = bytes.last() else { continue };
            if matches!(connection.sink, Sink::Stdout(_)) {
                self.ends_line = *last == b'\n';
            }
            self.stdout_closed |= connection.write(bytes);
        }
    }

    /// The run is over: what is on its way to the other ends of lines is written, as far as they take it.
    pub fn finish(&mut self) {
        for connection in &mut self.connections {
            if let Sink::Line(line) = &mut connection.sink {
                line.finish();
            }
        }
    }
}

fn of_stream(bytes: &[StreamByte], stream: StreamId) -> impl Iterator<Item = u8> {
    bytes.iter().filter(move |byte| byte.stream == stream).map(|byte| byte.byte)
}

/// POST codes as lines of their own.
fn post_lines(codes: &[u8], after_line: bool) -> Vec<u8> {
    let start = if after_line || codes.is_empty() { "" } else { "\n" };
    let lines: String = codes.iter().map(|code| format!("POST {code:02X}h\n")).collect();
    format!("{start}{lines}").into_bytes()
}

impl Connection {
    /// Writes bytes; whether it turned out that nobody reads standard output any more.
    fn write(&mut self, bytes: Vec<u8>) -> bool {
        let (written, place) = match &mut self.sink {
            Sink::Nothing => return false,
            Sink::Line(line) => {
                line.write(bytes);
                return false;
            }
            Sink::Stdout(stdout) => (stdout.write_all(&bytes).and_then(|()| stdout.flush()), "standard output"),
            Sink::Stderr => (io::stderr().write_all(&bytes), "standard error"),
            Sink::File(file) => (file.write_all(&bytes), "its file"),
        };
        let Err(error) = written else { return false };
        let was_stdout = matches!(std::mem::replace(&mut self.sink, Sink::Nothing), Sink::Stdout(_));
        if was_stdout && error.kind() == io::ErrorKind::BrokenPipe {
            return true;
        }
        let name = self.name;
        log::error!("the bytes of {name} are lost from here on: {place} cannot be written: {error}");
        false
    }
}

/// Tells the user what the machine noted.
pub fn report_notes(notes: &[Note]) {
    for note in notes {
        match note {
            Note::DiskFailed { slot, lba, write } => {
                let (drive, verb) = (crate::drives::letter(slot.0), if *write { "written" } else { "read" });
                log::warn!("sector {lba} of drive {drive} could not be {verb}: check the image and its disk");
            }
            Note::Unmodelled(sentence) => log::info!("{sentence}"),
            Note::ShutDown { cs, eip } => {
                log::info!("the CPU shut down at {cs:04X}:{eip:04X} and was reset, as the board of a PC does");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_machine::DEBUGCON;
    use std::sync::{Arc, Mutex};

    /// A standard output that its reader closes after some bytes.
    struct Pipe {
        written: Arc<Mutex<Vec<u8>>>,
        room: usize,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room < bytes.len() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.room -= bytes.len();
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn pipe(room: usize) -> (Sink, Arc<Mutex<Vec<u8>>>) {
        let written = Arc::new(Mutex::new(Vec::new()));
        (Sink::Stdout(Box::new(Pipe { written: Arc::clone(&written), room })), written)
    }

    fn bytes(stream: StreamId, text: &str) -> Vec<StreamByte> {
        text.bytes().map(|byte| StreamByte { at: 0, stream, byte }).collect()
    }

    #[test]
    fn each_stream_goes_to_its_own_place() {
        let (stdout, written) = pipe(100);
        let mut sinks = OutputSinks::default();
        sinks.connect(SERIAL[0], "COM1", stdout);
        let mut mixed = bytes(SERIAL[0], "ab");
        mixed.extend(bytes(DEBUGCON, "xy"));
        mixed.extend(bytes(SERIAL[0], "c\n"));
        sinks.write(&mixed);
        assert_eq!(written.lock().unwrap().as_slice(), b"abc\n");
        assert!(sinks.stdout_ends_line());
        sinks.write(&bytes(SERIAL[0], "d"));
        assert!(!sinks.stdout_ends_line());
    }

    #[test]
    fn a_closed_standard_output_is_noticed_and_not_written_again() {
        let (stdout, written) = pipe(3);
        let mut sinks = OutputSinks::default();
        sinks.connect(SERIAL[0], "COM1", stdout);
        sinks.write(&bytes(SERIAL[0], "abc"));
        assert!(!sinks.stdout_closed());
        sinks.write(&bytes(SERIAL[0], "d"));
        assert!(sinks.stdout_closed());
        assert_eq!(written.lock().unwrap().as_slice(), b"abc");
    }

    #[test]
    fn post_codes_are_lines_of_their_own_and_the_last_ones_are_kept() {
        let (stdout, written) = pipe(10_000);
        let mut sinks = OutputSinks::default();
        let (com1, _) = pipe(100);
        sinks.connect(SERIAL[0], "COM1", com1);
        sinks.connect(POST, "the POST port", stdout);
        sinks.write(&bytes(SERIAL[0], "half"));
        sinks.write(&bytes(POST, "\u{1}\n"));
        assert_eq!(written.lock().unwrap().as_slice(), b"\nPOST 01h\nPOST 0Ah\n");
        assert_eq!(sinks.post_codes().collect::<Vec<_>>(), [1, 10]);
        for code in 0..2000 {
            sinks.write(&[StreamByte { at: 0, stream: POST, byte: code as u8 }]);
        }
        assert_eq!((sinks.post_codes().count(), sinks.post_codes().last()), (1000, Some(1999_u16 as u8)));
    }

    #[test]
    fn serial_bytes_are_seen_though_they_go_nowhere() {
        let mut sinks = OutputSinks::default();
        sinks.write(&bytes(SERIAL[0], "lost"));
        sinks.watch_serial();
        sinks.write(&bytes(SERIAL[0], "kept"));
        sinks.write(&bytes(DEBUGCON, "other"));
        assert_eq!(sinks.take_seen(), b"kept");
        assert_eq!(sinks.take_seen(), b"");
    }
}
