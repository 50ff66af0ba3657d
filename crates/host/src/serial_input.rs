//! Standard input as the far end of the serial line.
//!
//! A file is read as a whole before the machine starts, so its bytes arrive at the same guest time in every run.
//! Terminals and pipes are read on a thread as they come; the input log records when.

use crossbeam_channel::{Receiver, bounded};
use std::collections::VecDeque;
use std::io::{self, Read};

/// Bytes that wait to be sent into the machine.
pub struct SerialInput {
    ready: VecDeque<u8>,
    more: Option<Receiver<u8>>,
}

/// Bytes read ahead of the guest.
const READ_AHEAD: usize = 4096;

impl SerialInput {
    /// Bytes known beforehand.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> SerialInput {
        SerialInput { ready: bytes.into(), more: None }
    }

    /// Standard input.
    ///
    /// # Errors
    /// When a file cannot be read or the host has no thread to give.
    pub fn stdin() -> io::Result<SerialInput> {
        if stdin_is_file() {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(SerialInput::from_bytes(bytes));
        }
        let (sender, more) = bounded(READ_AHEAD);
        std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let bytes = io::stdin().lock().bytes().map_while(Result::ok);
            // The end of standard input ends nothing but this thread.
            bytes.map_while(|byte| sender.send(byte).ok()).for_each(drop);
        })?;
        Ok(SerialInput { ready: VecDeque::new(), more: Some(more) })
    }

    /// At most `most` bytes that have come.
    pub fn take(&mut self, most: usize) -> Vec<u8> {
        if let Some(more) = &self.more {
            let room = most.saturating_sub(self.ready.len());
            self.ready.extend(more.try_iter().take(room));
        }
        let count = most.min(self.ready.len());
        self.ready.drain(..count).collect()
    }
}

#[cfg(unix)]
fn stdin_is_file() -> bool {
    use std::os::fd::AsFd;
    let metadata = io::stdin().as_fd().try_clone_to_owned().and_then(|fd| std::fs::File::from(fd).metadata());
    metadata.is_ok_and(|metadata| metadata.is_file())
}

#[cfg(not(unix))]
fn stdin_is_file() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_taken_in_order_and_no_more_than_asked_for() {
        let mut input = SerialInput::from_bytes(b"abcde".to_vec());
        assert_eq!(input.take(2), b"ab");
        assert_eq!(input.take(0), b"");
        assert_eq!(input.take(10), b"cde");
        assert_eq!(input.take(10), b"");
    }
}
