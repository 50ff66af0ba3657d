//! QEMU as another machine for our firmware and guests, led through its monitor (QMP).

use crate::skip;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a guest may take for what it is waited for. A busy host is slow.
const PATIENCE: Duration = Duration::from_secs(300);

/// A QEMU of its oldest machine, with our BIOS image.
pub struct Qemu {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: TempDir,
}

impl Qemu {
    /// Boots this floppy, or `None`, told visibly, where there is no QEMU.
    #[must_use]
    pub fn start(test: &str, floppy: &[u8]) -> Option<Qemu> {
        Qemu::with_disks(test, floppy, &[], &[])
    }

    /// The same with a hard disk, unless that has no bytes, and with a time that is the guest's instructions: a busy
    /// host cannot hold up one of its clocks before the other.
    #[must_use]
    pub fn start_in_guest_time(test: &str, floppy: &[u8], hard_disk: &[u8]) -> Option<Qemu> {
        Qemu::with_disks(test, floppy, hard_disk, &["-icount", "shift=4,sleep=off", "-rtc", "clock=vm"])
    }

    fn with_disks(test: &str, floppy: &[u8], hard_disk: &[u8], options: &[&str]) -> Option<Qemu> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let drive = |name: &str, bytes: &[u8], interface: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("a temporary file can be written");
            format!("file={},format=raw,if={interface},snapshot=on", path.display())
        };
        let mut disk = floppy.to_vec();
        disk.resize(1_474_560, 0);
        let mut drives = vec![drive("floppy.img", &disk, "floppy")];
        if !hard_disk.is_empty() {
            drives.push(drive("disk.img", hard_disk, "ide"));
        }
        Qemu::with(test, folder, &drives, options)
    }

    /// Boots an image in drive A (`interface` is `floppy`) or C (`ide`), or `None`, told visibly, where there is no
    /// QEMU. The image is not changed.
    #[must_use]
    pub fn boot(test: &str, interface: &str, image: &Path) -> Option<Qemu> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Qemu::with(test, folder, &[format!("file={},format=raw,if={interface},snapshot=on", image.display())], &[])
    }

    fn with(test: &str, folder: TempDir, drives: &[String], options: &[&str]) -> Option<Qemu> {
        let bios = folder.path().join("bios.bin");
        std::fs::write(&bios, beige_firmware::BIOS).expect("a temporary file can be written");
        // Of the VGA BIOS that QEMU brings it keeps nothing in memory, so that our BIOS finds C0000h empty and copies
        // ours there.
        let process = Command::new("qemu-system-i386")
            .args([
                "-M", "isapc", "-vga", "std", "-cpu", "486", "-m", "4", "-net", "none", "-display", "none", "-qmp",
                "stdio",
            ])
            .args(options)
            .arg("-bios")
            .arg(bios)
            .args(drives.iter().flat_map(|drive| ["-drive", drive]))
            .arg("-serial")
            .arg(format!("file:{}", folder.path().join("serial").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut process) = process else {
            skip(test, "there is no qemu-system-i386");
            return None;
        };
        let commands = process.stdin.take().expect("stdin is a pipe");
        let answers = BufReader::new(process.stdout.take().expect("stdout is a pipe"));
        let mut qemu = Qemu { process, commands, answers, folder };
        qemu.command(&json!({ "execute": "qmp_capabilities" }));
        Some(qemu)
    }

    /// Gives a command and waits for what it returns. Greeting and events on the way are passed over.
    fn command(&mut self, command: &Value) -> Value {
        writeln!(self.commands, "{command}").expect("QEMU listens");
        loop {
            let mut line = String::new();
            let count = self.answers.read_line(&mut line).expect("QEMU answers");
            assert!(count != 0, "QEMU ended at {command}");
            let answer: Value = serde_json::from_str(&line).expect("QEMU speaks JSON");
            assert!(answer.get("error").is_none(), "QEMU refuses {command}: {answer}");
            if let Some(value) = answer.get("return") {
                return value.clone();
            }
        }
    }

    /// The byte at a physical address.
    fn byte(&mut self, address: u32) -> u8 {
        let line = format!("xp /1bx {address:#x}");
        let told = self.command(&json!({
            "execute": "human-monitor-command", "arguments": { "command-line": line }
        }));
        let told = told.as_str().unwrap_or_default();
        let digits = told.rsplit_once("0x").expect("a byte is told").1.trim();
        u8::from_str_radix(digits, 16).expect("a byte in hexadecimal digits")
    }

    /// Waits until the byte at a physical address has this value.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_for(&mut self, address: u32, value: u8) {
        let start = Instant::now();
        while self.byte(address) != value {
            assert!(start.elapsed() < PATIENCE, "QEMU's guest has {} at {address:x}, not {value}", self.byte(address));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the screen is what `is_shown` accepts; `what` says it in words.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_for_screen(&mut self, what: &str, is_shown: impl Fn(&Picture) -> bool) {
        let start = Instant::now();
        while !is_shown(&self.screen()) {
            assert!(start.elapsed() < PATIENCE, "QEMU does not show {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What came out of COM1 once this text is in it.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn serial_until(&mut self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let told = std::fs::read(self.folder.path().join("serial")).unwrap_or_default();
            let told = String::from_utf8_lossy(&told).into_owned();
            if told.contains(text) {
                return told;
            }
            assert!(start.elapsed() < PATIENCE, "QEMU's guest said no `{text}` but:\n{told}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The rows of the text screen of 80 columns, as far as they are ASCII.
    pub fn text(&mut self) -> Vec<String> {
        let path = self.folder.path().join("text.bin");
        self.command(&json!({
            "execute": "pmemsave", "arguments": { "val": 0xb_8000, "size": 80 * 25 * 2, "filename": path }
        }));
        let cells = std::fs::read(&path).expect("QEMU has written the screen");
        let row = |cells: &[u8]| {
            let printable = |cell: &[u8]| char::from(if matches!(cell[0], b' '..=b'~') { cell[0] } else { b' ' });
            cells.chunks_exact(2).map(printable).collect::<String>().trim_end().to_owned()
        };
        cells.chunks_exact(160).map(row).collect()
    }

    /// Waits until a row of the text screen ends with this.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_for_row(&mut self, end: &str) {
        let start = Instant::now();
        loop {
            let rows = self.text();
            if rows.iter().any(|row| row.ends_with(end)) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "QEMU's guest does not show {end}:\n{}", rows.join("\n"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses a key and lets it go, by QEMU's name for it.
    pub fn press(&mut self, key: &str) {
        self.command(&json!({
            "execute": "send-key",
            "arguments": { "keys": [{ "type": "qcode", "data": key }], "hold-time": 20 }
        }));
    }

    /// The screen as it is now.
    pub fn screen(&mut self) -> Picture {
        let path = self.folder.path().join("screen.ppm");
        self.command(&json!({ "execute": "screendump", "arguments": { "filename": path } }));
        Picture::from_ppm(&std::fs::read(&path).expect("QEMU has written the picture"))
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A picture: 00RRGGBB by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Dots of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` dots.
    pub pixels: Vec<u32>,
}

impl Picture {
    /// Reads a portable pixmap of 8-bit components.
    fn from_ppm(bytes: &[u8]) -> Picture {
        let mut at = 0;
        let mut field = || {
            let rest = &bytes[at..];
            let length = rest.iter().position(u8::is_ascii_whitespace).expect("a field of the header ends");
            at += length + 1;
            String::from_utf8_lossy(&rest[..length]).into_owned()
        };
        assert!(field() == "P6", "not a portable pixmap");
        let [width, height, most] = [field(), field(), field()].map(|field| field.parse().expect("a number"));
        assert!(most == 255_usize, "components of 8 bits");
        let pixels = bytes[at..].chunks_exact(3).map(|rgb| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]])).collect();
        let picture = Picture { width, height, pixels };
        assert!(picture.pixels.len() == width * height, "the pixmap is whole");
        picture
    }
}
