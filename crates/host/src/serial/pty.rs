//! A pseudo terminal at the other end of a serial port. While a program has it open the port has a carrier.

use super::{Arrival, LineWriter, Patience, READ_AHEAD, SerialInput};
use crate::error::HostError;
use crossbeam_channel::{Sender, bounded};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::{Errno, read, write};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A pseudo terminal that awaits a program at its other side.
pub struct Pty {
    name: &'static str,
    master: OwnedFd,
    path: String,
}

/// From one look for a program at the other side to the next.
const LOOK_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

impl Pty {
    /// Opens a pseudo terminal for the serial port `name`.
    ///
    /// # Errors
    /// When the host has none to give.
    pub fn open(name: &'static str) -> Result<Pty, HostError> {
        let open_pair = || {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
            grantpt(&master)?;
            unlockpt(&master)?;
            let path = ptsname(&master, Vec::new())?;
            // Opened and closed once, the other side tells that nobody is there.
            let slave = open(&path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
            make_raw(&slave)?;
            drop(slave);
            fcntl_setfl(&master, OFlags::NONBLOCK)?;
            Ok(Pty { name, master, path: path.to_string_lossy().into_owned() })
        };
        open_pair().map_err(|error: Errno| {
            HostError::host_resource(format!("{name} gets no pseudo terminal: {error}; give tcp:PORT instead"))
        })
    }

    /// The path that other programs open.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Serves the other side from now on.
    ///
    /// # Errors
    /// When the host has no thread to give.
    pub fn start(self, patience: Patience) -> io::Result<(SerialInput, LineWriter)> {
        let Pty { name, master, .. } = self;
        let (arrivals, more) = bounded(READ_AHEAD);
        let out = master.try_clone()?;
        let is_open = Arc::new(AtomicBool::new(false));
        let is_there = Arc::clone(&is_open);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let mut side = OtherSide { master, is_open, arrivals };
            while side.serve().is_some() {}
        })?;
        let gives_up = Arc::new(AtomicBool::new(false));
        let stop_writing = Arc::clone(&gives_up);
        let write = move |bytes: &[u8]| {
            gives_up.store(false, Ordering::Relaxed);
            let goes_on = || is_there.load(Ordering::Relaxed) && !gives_up.load(Ordering::Relaxed);
            write_all(&out, bytes, goes_on);
        };
        let hang_up = move || stop_writing.store(true, Ordering::Relaxed);
        Ok((SerialInput::from_thread(more), LineWriter::start(name, patience, write, hang_up)?))
    }
}

/// No echo, no lines, no signals: bytes.
fn make_raw(terminal: &OwnedFd) -> Result<(), Errno> {
    let mut modes = tcgetattr(terminal)?;
    modes.make_raw();
    tcsetattr(terminal, OptionalActions::Now, &modes)
}

/// What the reading thread holds.
struct OtherSide {
    master: OwnedFd,
    is_open: Arc<AtomicBool>,
    arrivals: Sender<Arrival>,
}

impl OtherSide {
    /// Waits a moment for something to happen; `None` when nobody wants to know any more, or the terminal is gone.
    fn serve(&mut self) -> Option<()> {
        let mut descriptors = [PollFd::new(&self.master, PollFlags::IN)];
        match poll(&mut descriptors, Some(&LOOK_TIME)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return None,
        }
        let [events] = descriptors.map(|descriptor| descriptor.revents());
        let mut buffer = [0; 1024];
        let count = if events.contains(PollFlags::IN) { read(&self.master, &mut buffer).unwrap_or(0) } else { 0 };
        if count > 0 {
            self.set_open(true)?;
            return buffer.iter().take(count).try_for_each(|byte| self.arrivals.send(Arrival::Byte(*byte)).ok());
        }
        if events.contains(PollFlags::HUP) {
            self.set_open(false)?;
            // HUP stays, so that poll does not wait.
            std::thread::sleep(std::time::Duration::from_millis(50));
            return Some(());
        }
        self.set_open(true)
    }

    fn set_open(&mut self, open: bool) -> Option<()> {
        if self.is_open.swap(open, Ordering::Relaxed) == open {
            return Some(());
        }
        if open {
            // The last one may have left other modes behind.
            let _ = make_raw(&self.master);
        }
        self.arrivals.send(Arrival::Carrier(open)).ok()
    }
}

/// Writes while `goes_on` says so; without a reader the line ends nowhere.
fn write_all(master: &OwnedFd, mut bytes: &[u8], goes_on: impl Fn() -> bool) {
    while !bytes.is_empty() && goes_on() {
        match write(master, bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(master, PollFlags::OUT)], Some(&LOOK_TIME));
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::await_arrivals;
    use super::*;
    use crate::runner::StopFlag;
    use std::io::{Read as _, Write as _};

    #[test]
    fn programs_open_it_one_after_the_other_and_bytes_pass_unchanged() {
        let pty = Pty::open("COM1").unwrap();
        let path = pty.path().to_owned();
        let (mut input, mut writer) = pty.start(Patience::Waits(StopFlag::default())).unwrap();
        assert_eq!(input.take(10, false), [Arrival::Carrier(false)]);
        for _ in 0..2 {
            let mut program = std::fs::File::options().read(true).write(true).open(&path).unwrap();
            assert_eq!(await_arrivals(&mut input, 1), [Arrival::Carrier(true)]);
            program.write_all(&[3, 13, 255]).unwrap();
            assert_eq!(await_arrivals(&mut input, 3), [3, 13, 255].map(Arrival::Byte));
            writer.write(b"a\nb\0".to_vec());
            let mut heard = [0; 4];
            program.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"a\nb\0");
            drop(program);
            assert_eq!(await_arrivals(&mut input, 1), [Arrival::Carrier(false)]);
        }
        writer.finish();
    }
}
