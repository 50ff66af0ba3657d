//! One run: CPU time of the emulator between the guest's marks.

use super::machines::Emulator;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// How long an emulator may take to boot, and then to say anything.
const PATIENCE: Duration = Duration::from_secs(100);

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// CPU seconds of all threads between the marks.
    pub(crate) seconds: f64,
    /// What the guest computed.
    pub(crate) sum: u32,
    /// The most memory that the emulator held up to its end mark.
    pub(crate) peak_kib: Option<u64>,
}

/// An emulator that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs an image to its end mark; `None` when the emulator does not come there.
///
/// # Errors
/// When this host does not let us measure.
pub(crate) fn run(emulator: Emulator, beige: &Path, image: &Path) -> Result<Option<Measured>, String> {
    let folder = tempfile::tempdir().map_err(told("a temporary folder"))?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(told("a socket"))?;
    let port = listener.local_addr().map_err(told("a socket"))?.port();
    let mut command = emulator.command(beige, image, port, folder.path())?;
    let mut running = Running(command.spawn().map_err(told("taskset"))?);
    let clock = clock_getcpuclockid(Pid::from_raw(running.0.id() as i32)).map_err(told("the emulator's CPU clock"))?;
    match running.0.stdout.take() {
        Some(output) => follow(output, clock, &running),
        None => match accept(&listener, &mut running)? {
            Some(stream) => follow(stream, clock, &running),
            None => Ok(None),
        },
    }
}

/// The emulator's end of the serial line.
fn accept(listener: &TcpListener, running: &mut Running) -> Result<Option<TcpStream>, String> {
    listener.set_nonblocking(true).map_err(told("a socket"))?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).map_err(told("a socket"))?;
                stream.set_read_timeout(Some(PATIENCE)).map_err(told("a socket"))?;
                return Ok(Some(stream));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(told("a socket")(error)),
        }
        if running.0.try_wait().map_err(told("the emulator"))?.is_some() {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Reads what the guest says up to its end mark.
fn follow(mut line: impl Read, clock: ClockId, running: &Running) -> Result<Option<Measured>, String> {
    let mut said = Vec::new();
    let mut begun = None;
    let mut buffer = [0; 256];
    loop {
        let count = match line.read(&mut buffer) {
            Ok(0) | Err(_) => return Ok(None),
            Ok(count) => count,
        };
        let now = Duration::from(clock.now().map_err(told("the emulator's CPU clock"))?);
        said.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&said);
        if begun.is_none() && text.split_once("@START ").is_some_and(|(_, rest)| rest.contains('\n')) {
            begun = Some(now);
        }
        let digits = text.split_once("sum=").and_then(|(_, rest)| rest.get(..8));
        if let (Some(begun), Some(digits)) = (begun, digits) {
            let sum = u32::from_str_radix(digits, 16).map_err(|_| format!("the guest says `{text}`"))?;
            let seconds = now.saturating_sub(begun).as_secs_f64();
            return Ok(Some(Measured { seconds, sum, peak_kib: peak_kib(running.0.id()) }));
        }
    }
}

/// The most memory a process has held, or `None` once it has ended.
fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// An error of this host in words.
pub(crate) fn told<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}")
}
