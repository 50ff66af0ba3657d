//! Where the bytes that leave the machine go: standard streams, files, or nowhere.

use beige_core::{Note, StreamByte, StreamId};
use beige_machine::{DEBUGCON, SERIAL};
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
}

/// The streams of the machine and where each goes.
pub struct OutputSinks {
    serial: Sink,
    debugcon: Sink,
    /// Serial bytes not yet taken, when somebody looks at them.
    seen: Option<Vec<u8>>,
    ends_line: bool,
    stdout_closed: bool,
}

impl OutputSinks {
    /// Streams to these places.
    #[must_use]
    pub fn new(serial: Sink, debugcon: Sink) -> OutputSinks {
        OutputSinks { serial, debugcon, seen: None, ends_line: true, stdout_closed: false }
    }

    /// Also keeps the serial bytes for [`OutputSinks::take_seen`].
    pub fn watch_serial(&mut self) {
        self.seen.get_or_insert_default();
    }

    /// The serial bytes since the last call.
    pub fn take_seen(&mut self) -> Vec<u8> {
        self.seen.as_mut().map(std::mem::take).unwrap_or_default()
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
        self.write_stream(bytes, SERIAL);
        self.write_stream(bytes, DEBUGCON);
    }

    fn write_stream(&mut self, bytes: &[StreamByte], stream: StreamId) {
        let bytes: Vec<u8> = bytes.iter().filter(|byte| byte.stream == stream).map(|byte| byte.byte).collect();
        let Some(last) = bytes.last() else { return };
        let sink = if stream == SERIAL { &mut self.serial } else { &mut self.debugcon };
        if stream == SERIAL
            && let Some(seen) = &mut self.seen
        {
            seen.extend_from_slice(&bytes);
        }
        let (written, name) = match sink {
            Sink::Nothing => return,
            Sink::Stdout(stdout) => {
                self.ends_line = *last == b'\n';
                (stdout.write_all(&bytes).and_then(|()| stdout.flush()), "standard output")
            }
            Sink::Stderr => (io::stderr().write_all(&bytes), "standard error"),
            Sink::File(file) => (file.write_all(&bytes), "its file"),
        };
        if let Err(error) = written {
            if matches!(sink, Sink::Stdout(_)) && error.kind() == io::ErrorKind::BrokenPipe {
                self.stdout_closed = true;
            } else {
                let stream = if stream == SERIAL { "serial port" } else { "debug console" };
                log::error!("the bytes of the {stream} are lost from here on: {name} cannot be written: {error}");
            }
            *sink = Sink::Nothing;
        }
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let mut sinks = OutputSinks::new(stdout, Sink::Nothing);
        let mut mixed = bytes(SERIAL, "ab");
        mixed.extend(bytes(DEBUGCON, "xy"));
        mixed.extend(bytes(SERIAL, "c\n"));
        sinks.write(&mixed);
        assert_eq!(written.lock().unwrap().as_slice(), b"abc\n");
        assert!(sinks.stdout_ends_line());
        sinks.write(&bytes(SERIAL, "d"));
        assert!(!sinks.stdout_ends_line());
    }

    #[test]
    fn a_closed_standard_output_is_noticed_and_not_written_again() {
        let (stdout, written) = pipe(3);
        let mut sinks = OutputSinks::new(stdout, Sink::Nothing);
        sinks.write(&bytes(SERIAL, "abc"));
        assert!(!sinks.stdout_closed());
        sinks.write(&bytes(SERIAL, "d"));
        assert!(sinks.stdout_closed());
        assert_eq!(written.lock().unwrap().as_slice(), b"abc");
    }

    #[test]
    fn serial_bytes_are_seen_though_they_go_nowhere() {
        let mut sinks = OutputSinks::new(Sink::Nothing, Sink::Nothing);
        sinks.write(&bytes(SERIAL, "lost"));
        sinks.watch_serial();
        sinks.write(&bytes(SERIAL, "kept"));
        sinks.write(&bytes(DEBUGCON, "other"));
        assert_eq!(sinks.take_seen(), b"kept");
        assert_eq!(sinks.take_seen(), b"");
    }
}
