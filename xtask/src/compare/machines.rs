//! The emulators, each as its users have it, with its serial port at a socket of ours.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const BOCHS_BIOS: &str = "/usr/share/bochs/BIOS-bochs-legacy";
const BOCHS_VGA_BIOS: &str = "/usr/share/bochs/VGABIOS-lgpl-latest";

/// An emulator, with the core that it runs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emulator {
    Beige,
    Qemu,
    DosboxDynamic,
    DosboxNormal,
    Bochs,
}

impl Emulator {
    pub(crate) const ALL: [Emulator; 5] =
        [Emulator::Beige, Emulator::Qemu, Emulator::DosboxDynamic, Emulator::DosboxNormal, Emulator::Bochs];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Emulator::Beige => "Beige",
            Emulator::Qemu => "QEMU TCG",
            Emulator::DosboxDynamic => "DOSBox dynamic",
            Emulator::DosboxNormal => "DOSBox normal",
            Emulator::Bochs => "Bochs",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Emulator::Beige => "beige",
            Emulator::Qemu => "qemu-system-i386",
            Emulator::DosboxDynamic | Emulator::DosboxNormal => "dosbox",
            Emulator::Bochs => "bochs",
        }
    }

    /// What this host lacks to run it.
    pub(crate) fn missing(self) -> Option<String> {
        if self == Emulator::Beige {
            return None;
        }
        let mut command = Command::new(self.program());
        if command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            return Some(format!("there is no {}", self.program()));
        }
        let roms = [BOCHS_BIOS, BOCHS_VGA_BIOS].into_iter();
        let rom = roms.filter(|_| self == Emulator::Bochs).find(|rom| !Path::new(rom).exists());
        rom.map(|rom| format!("{rom} is missing"))
    }

    /// Its version, as it tells it.
    pub(crate) fn version(self) -> String {
        if self == Emulator::Beige {
            return format!("Beige {}", env!("CARGO_PKG_VERSION"));
        }
        let told = Command::new("dpkg-query").args(["--show", "--showformat", "${Version}", self.package()]).output();
        let version = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned()).unwrap_or_default();
        format!("{} {version}", self.name()).trim_end().to_owned()
    }

    fn package(self) -> &'static str {
        match self {
            Emulator::Qemu => "qemu-system-x86",
            _ => self.program(),
        }
    }

    /// The command that boots the image on core 0 and connects COM1 to the port of 127.0.0.1, but for Beige, whose
    /// COM1 is its standard output. What it needs beside goes into `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn command(self, beige: &Path, image: &Path, port: u16, folder: &Path) -> Result<Command, String> {
        let program = if self == Emulator::Beige { beige } else { Path::new(self.program()) };
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match self {
            Emulator::Beige => {
                command.args(["--headless", "--serial", "stdio", "--limit", "1h"]).arg(image).stdout(Stdio::piped());
            }
            Emulator::Qemu => {
                command.args(["-accel", "tcg", "-net", "none", "-display", "none", "-boot", "a"]);
                command.arg("-serial").arg(format!("tcp:127.0.0.1:{port}"));
                command.arg("-drive").arg(format!("file={},format=raw,if=floppy,snapshot=on", image.display()));
            }
            Emulator::Bochs => {
                let log = folder.join("bochs.log");
                let rc = write(folder, "bochsrc", &bochs_configuration(image, &log, port))?;
                // Debian's Bochs has its debugger, which waits for a command to go on.
                let commands = write(folder, "commands", &"c\n".repeat(8))?;
                command.arg("-q").arg("-f").arg(rc).arg("-rc").arg(commands).env("TERM", "vt100");
            }
            Emulator::DosboxDynamic | Emulator::DosboxNormal => {
                let core = if self == Emulator::DosboxDynamic { "dynamic" } else { "normal" };
                let configuration = write(folder, "dosbox.conf", &dosbox_configuration(core, image, port))?;
                command.arg("-conf").arg(configuration).env("HOME", folder);
                command.env("SDL_VIDEODRIVER", "dummy").env("SDL_AUDIODRIVER", "dummy");
            }
        }
        Ok(command)
    }
}

fn bochs_configuration(image: &Path, log: &Path, port: u16) -> String {
    format!(
        "display_library: term\nromimage: file={BOCHS_BIOS}\nvgaromimage: file={BOCHS_VGA_BIOS}\n\
         cpu: count=1, ips=50000000\nmegs: 32\nfloppya: 1_44={}, status=inserted\nboot: floppy\n\
         com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}\nlog: {}\n\
         panic: action=fatal\nerror: action=ignore\ninfo: action=ignore\n\
         clock: sync=none, time0=1\nspeaker: enabled=0\nsound: driver=dummy\n",
        image.display(),
        log.display(),
    )
}

fn dosbox_configuration(core: &str, image: &Path, port: u16) -> String {
    let mut text = String::new();
    for (section, line) in [
        ("sdl", "output=surface".to_owned()),
        ("cpu", format!("core={core}\ncycles=max")),
        ("mixer", "nosound=true".to_owned()),
        ("midi", "mididevice=none".to_owned()),
        ("serial", format!("serial1=nullmodem server:127.0.0.1 port:{port} transparent:1")),
        ("autoexec", format!("boot \"{}\"", image.display())),
    ] {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "[{section}]\n{line}");
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) -> Result<std::path::PathBuf, String> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
