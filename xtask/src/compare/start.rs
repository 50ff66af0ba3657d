//! What it costs to start: FreeDOS to its prompt, and the first instruction of a guest.

use super::measure::{median, told};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Medians, in seconds.
pub(crate) struct Start {
    /// CPU time of a headless run of the FreeDOS floppy to its prompt, program start included; `None` without the
    /// floppy.
    pub(crate) freedos: Option<f64>,
    /// From the start of the program to its end, when the guest's first instruction ends it.
    pub(crate) first_instruction: f64,
}

/// A BIOS of which the CPU's first instructions write POST code 55h.
const ROM_BYTES: usize = 0x1_0000;
const RESET_VECTOR: usize = 0xfff0;
const MOV_AL_55_OUT_80_HLT: [u8; 5] = [0xb0, 0x55, 0xe6, 0x80, 0xf4];

impl Start {
    /// # Errors
    /// When a run does not end as it must.
    pub(crate) fn measure(beige: &Path, folder: &Path, runs: usize) -> Result<Start, String> {
        let rom = folder.join("first.rom");
        let mut bytes = vec![0; ROM_BYTES];
        bytes[RESET_VECTOR..][..MOV_AL_55_OUT_80_HLT.len()].copy_from_slice(&MOV_AL_55_OUT_80_HLT);
        std::fs::write(&rom, bytes).map_err(told("a temporary file"))?;
        let first = || {
            let mut command = Command::new(beige);
            command.args(["--headless", "--post-port", "80", "--until-post", "55", "--rom"]);
            command.arg(format!("{}@F0000", rom.display()));
            Ok(ended(command)?.1.as_secs_f64())
        };
        let first_instruction = median((0..runs).map(|_| first()).collect::<Result<_, String>>()?);
        let floppy = std::env::var_os("BEIGE_TEST_DATA").map(|data| Path::new(&data).join("guests/freedos-1440.img"));
        let freedos = match floppy.filter(|floppy| floppy.exists()) {
            None => None,
            Some(floppy) => {
                let boot = || {
                    let mut command = Command::new(beige);
                    command.args(["--headless", "--until", r"A:\>"]).arg(&floppy);
                    Ok(ended(command)?.0.as_secs_f64())
                };
                Some(median((0..runs).map(|_| boot()).collect::<Result<_, String>>()?))
            }
        };
        Ok(Start { freedos, first_instruction })
    }
}

/// CPU time and time of the clock that a command takes from its start to its end.
fn ended(mut command: Command) -> Result<(Duration, Duration), String> {
    let begun = Instant::now();
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().map_err(told("Beige"))?;
    let process = Pid::from_raw(child.id() as i32);
    let clock = clock_getcpuclockid(process).map_err(told("Beige's CPU clock"))?;
    // The clock of a process that has ended goes with the last who waits for it.
    waitid(Id::Pid(process), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).map_err(told("Beige"))?;
    let elapsed = begun.elapsed();
    let cpu = Duration::from(clock.now().map_err(told("Beige's CPU clock"))?);
    let status = child.wait().map_err(told("Beige"))?;
    if status.success() { Ok((cpu, elapsed)) } else { Err(format!("`{command:?}` ends with {status}")) }
}
