//! The other ends of the serial ports: standard input, a TCP client, a pseudo terminal.
//!
//! An end gives [`Arrival`]s, bytes and the coming and going of whoever is there, through a [`SerialInput`], and takes
//! bytes through a [`LineWriter`]. Both are queues of bounded length with a thread at the far side, so that no host can
//! hold the guest for ever: see [`Patience`].
//!
//! A file on standard input is read as a whole before the machine starts, so its bytes arrive at the same guest time in
//! every run. Everything else is read as it comes; the input log records when.

#[cfg(unix)]
mod pty;
mod tcp;

use crate::runner::StopFlag;
use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, TrySendError, bounded};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[cfg(unix)]
pub use pty::Pty;
pub use tcp::TcpEnd;

/// What comes from the other end of a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A byte.
    Byte(u8),
    /// Somebody came, or went away.
    Carrier(bool),
}

/// What waits to be sent into the machine.
pub struct SerialInput {
    ready: VecDeque<Arrival>,
    more: Option<Receiver<Arrival>>,
}

/// Arrivals read ahead of the guest; then the far end has to wait.
const READ_AHEAD: usize = 4096;
/// From one look at a stop flag to the next.
const STOP_TIME: Duration = Duration::from_millis(50);

impl SerialInput {
    /// Bytes known beforehand.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> SerialInput {
        SerialInput { ready: bytes.into_iter().map(Arrival::Byte).collect(), more: None }
    }

    /// What a thread sends, before which nobody is there.
    fn from_thread(more: Receiver<Arrival>) -> SerialInput {
        SerialInput { ready: VecDeque::from([Arrival::Carrier(false)]), more: Some(more) }
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
            bytes.map_while(|byte| sender.send(Arrival::Byte(byte)).ok()).for_each(drop);
        })?;
        Ok(SerialInput { ready: VecDeque::new(), more: Some(more) })
    }

    /// At most `most` arrivals that are there. While the guest `is_reading` what came before, nobody goes away: it would
    /// not look at the rest.
    pub fn take(&mut self, most: usize, is_reading: bool) -> Vec<Arrival> {
        if let Some(more) = &self.more {
            let room = most.saturating_sub(self.ready.len());
            self.ready.extend(more.try_iter().take(room));
        }
        let first = usize::from(!is_reading);
        let leaves = self.ready.iter().skip(first).position(|arrival| *arrival == Arrival::Carrier(false));
        let count = most.min(leaves.map_or(self.ready.len(), |place| first + place));
        self.ready.drain(..count).collect()
    }

    /// Waits until somebody is there. False when the run is to stop before that.
    pub fn await_carrier(&mut self, stop: &StopFlag) -> bool {
        let Some(more) = &self.more else { return true };
        while !stop.is_set() {
            match more.recv_timeout(STOP_TIME) {
                Ok(arrival) => {
                    self.ready = VecDeque::from([arrival]);
                    return true;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        false
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

/// What happens to bytes that the other end does not take.
#[derive(Clone, Debug)]
pub enum Patience {
    /// A headless guest waits, for its time is its own, until the run is to stop. Who takes nothing for
    /// [`PATIENCE`] is hung up on.
    Waits(StopFlag),
    /// A guest in real time cannot wait: they are lost, which is said once.
    Drops,
}

/// How long a headless guest waits for a reader that takes nothing.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Pieces, each what a guest sent in a millisecond or so, that wait for the writing thread.
const WRITES_AHEAD: usize = 256;
/// How long the end of a run waits for the last bytes to be written.
const FAREWELL_TIME: Duration = Duration::from_secs(2);

/// The way out to the other end.
pub struct LineWriter {
    name: &'static str,
    queue: Option<Sender<Vec<u8>>>,
    thread: JoinHandle<()>,
    hang_up: Box<dyn Fn() + Send>,
    patience: Patience,
    has_warned: bool,
}

impl LineWriter {
    /// Starts a thread that hands each piece to `write`; `hang_up` makes a `write` that waits for its reader return.
    fn start(
        name: &'static str,
        patience: Patience,
        mut write: impl FnMut(&[u8]) + Send + 'static,
        hang_up: impl Fn() + Send + 'static,
    ) -> io::Result<LineWriter> {
        let (queue, pieces) = bounded::<Vec<u8>>(WRITES_AHEAD);
        let thread = std::thread::Builder::new()
            .name(format!("{name} out"))
            .spawn(move || pieces.iter().for_each(|piece| write(&piece)))?;
        let hang_up = Box::new(hang_up);
        Ok(LineWriter { name, queue: Some(queue), thread, hang_up, patience, has_warned: false })
    }

    /// Hands bytes to the other end.
    pub fn write(&mut self, bytes: Vec<u8>) {
        let Some(queue) = &self.queue else { return };
        match &self.patience {
            Patience::Waits(stop) => {
                let (mut bytes, since) = (bytes, Instant::now());
                while let Err(SendTimeoutError::Timeout(refused)) = queue.send_timeout(bytes, STOP_TIME) {
                    bytes = refused;
                    if stop.is_set() {
                        return;
                    }
                    if since.elapsed() >= PATIENCE {
                        log::warn!("{} took nothing for {} s and was hung up on", self.name, PATIENCE.as_secs());
                        return (self.hang_up)();
                    }
                }
            }
            Patience::Drops => {
                if let Err(TrySendError::Full(_)) = queue.try_send(bytes)
                    && !std::mem::replace(&mut self.has_warned, true)
                {
                    log::warn!("the reader of {} is too slow: bytes of the guest are lost", self.name);
                }
            }
        }
    }

    /// Has the last bytes written, as far as the other end takes them.
    pub fn finish(&mut self) {
        self.queue = None;
        let since = Instant::now();
        while !self.thread.is_finished() && since.elapsed() < FAREWELL_TIME {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    /// So many arrivals, or as many as come within a time that a busy host needs.
    pub(super) fn await_arrivals(input: &mut SerialInput, count: usize) -> Vec<Arrival> {
        let (mut arrived, since) = (Vec::new(), Instant::now());
        while arrived.len() < count && since.elapsed() < Duration::from_secs(20) {
            arrived.extend(input.take(count - arrived.len(), false));
            std::thread::sleep(Duration::from_millis(1));
        }
        arrived
    }

    #[test]
    fn bytes_are_taken_in_order_and_no_more_than_asked_for() {
        let mut input = SerialInput::from_bytes(b"abcde".to_vec());
        let mut take = |most| -> Vec<u8> {
            let arrivals = input.take(most, true);
            arrivals.iter().map(|arrival| if let Arrival::Byte(byte) = arrival { *byte } else { 0 }).collect()
        };
        assert_eq!(take(2), b"ab");
        assert_eq!(take(0), b"");
        assert_eq!(take(10), b"cde");
        assert_eq!(take(10), b"");
    }

    #[test]
    fn nobody_goes_away_before_the_last_byte_is_read() {
        let (sender, more) = bounded(8);
        let mut input = SerialInput::from_thread(more);
        assert_eq!(input.take(8, false), [Arrival::Carrier(false)]);
        for arrival in [Arrival::Carrier(true), Arrival::Byte(1), Arrival::Carrier(false), Arrival::Carrier(true)] {
            sender.send(arrival).unwrap();
        }
        assert_eq!(input.take(8, false), [Arrival::Carrier(true), Arrival::Byte(1)]);
        assert_eq!(input.take(8, true), []);
        assert_eq!(input.take(8, false), [Arrival::Carrier(false), Arrival::Carrier(true)]);
    }

    #[test]
    fn who_awaits_a_carrier_gets_it_or_stops() {
        let (sender, more) = bounded(4);
        let mut input = SerialInput::from_thread(more);
        let stop = StopFlag::default();
        sender.send(Arrival::Carrier(true)).unwrap();
        assert!(input.await_carrier(&stop));
        assert_eq!(input.take(10, false), [Arrival::Carrier(true)]);
        stop.set();
        assert!(!input.await_carrier(&stop));
    }

    #[test]
    fn the_last_bytes_are_written_before_the_end() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&written);
        let write = move |bytes: &[u8]| {
            std::thread::sleep(Duration::from_millis(20));
            taken.lock().unwrap().extend_from_slice(bytes);
        };
        let mut writer = LineWriter::start("COM1", Patience::Drops, write, || {}).unwrap();
        writer.write(b"last ".to_vec());
        writer.write(b"words".to_vec());
        writer.finish();
        assert_eq!(written.lock().unwrap().as_slice(), b"last words");
    }

    #[test]
    fn a_reader_that_takes_nothing_holds_up_neither_a_window_nor_a_stop() {
        let stop = StopFlag::default();
        stop.set();
        for patience in [Patience::Drops, Patience::Waits(stop)] {
            let released = Arc::new(AtomicBool::new(false));
            let until = Arc::clone(&released);
            let write = move |_: &[u8]| {
                while !until.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            };
            let mut writer = LineWriter::start("COM1", patience, write, || {}).unwrap();
            let since = Instant::now();
            (0..WRITES_AHEAD + 3).for_each(|_| writer.write(vec![0]));
            assert!(since.elapsed() < Duration::from_secs(5));
            released.store(true, Ordering::Relaxed);
            writer.finish();
        }
    }
}
