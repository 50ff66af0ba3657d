//! The window, on a display of its own (Xvfb), with keys from xdotool.

use crate::ports::{Guest, print_and_switch_off};
use beige_tests::{beige, guest, skip};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// One window at a time: focus and CPU time are not to be shared.
static SERIAL: Mutex<()> = Mutex::new(());

/// Host time a window may take to do anything, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A display with the program in it.
struct Desktop {
    display: String,
    server: Child,
    program: Child,
    window: String,
    folder: TempDir,
    _serial: MutexGuard<'static, ()>,
}

impl Desktop {
    /// Starts the program with these arguments; `None`, told visibly, when the host has no Xvfb or xdotool.
    fn start<S: AsRef<OsStr>>(test: &str, arguments: impl IntoIterator<Item = S>) -> Option<Desktop> {
        for tool in ["Xvfb", "xdotool"] {
            let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
            if !found.is_ok_and(|output| output.status.success()) {
                skip(test, &format!("{tool} is not installed"));
                return None;
            }
        }
        let serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut number).expect("Xvfb tells its display");
        let display = format!(":{}", number.trim());
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = Command::new(beige())
            .args(arguments)
            .current_dir(folder.path())
            .env("DISPLAY", &display)
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut desktop = Desktop { display, server, program, window: String::new(), folder, _serial: serial };
        desktop.window = desktop.find_window();
        desktop.xdotool(&["windowfocus", "--sync", &desktop.window.clone()]);
        Some(desktop)
    }

    fn find_window(&mut self) -> String {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.program.try_wait().expect("the program is ours") {
                let mut told = String::new();
                let stderr = self.program.stderr.as_mut().expect("piped");
                std::io::Read::read_to_string(stderr, &mut told).expect("its output is ours");
                panic!("the program ended with {status}: {told}");
            }
            let output = self.xdotool(&["search", "--name", "^Beige"]);
            if let Some(window) = output.lines().next() {
                return window.to_owned();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no window opened on {}", self.display);
    }

    /// What xdotool printed.
    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").env("DISPLAY", &self.display).args(arguments).output();
        String::from_utf8_lossy(&output.expect("xdotool starts").stdout).into_owned()
    }

    fn title(&self) -> String {
        self.xdotool(&["getwindowname", &self.window])
    }

    fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "60", text]);
    }

    /// Gives the guest time.
    fn wait(&self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }

    /// CPU seconds the program has used.
    fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program.id())).expect("the program runs");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // proc(5): utime and stime are fields 14 and 15, in hundredths of a second; field 3 is the first here.
        fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / 100.0
    }

    /// Asserts that the program costs the host next to nothing, once it has booted.
    fn assert_idle(&self) {
        let mut shares = Vec::new();
        // 2 % is the promise, of the program as its users have it on a quiet host. Tests at the same time make caches cold
        // and booting slow, and a build with checks takes longer.
        let limit = if cfg!(debug_assertions) { 0.03 } else { 0.025 };
        while shares.last().is_none_or(|share| *share >= limit) {
            assert!(shares.len() < 4, "{shares:.3?} of a core");
            let before = self.cpu_seconds();
            self.wait(10_000);
            shares.push((self.cpu_seconds() - before) / 10.0);
        }
    }

    /// Boots past the self-test of the built-in disk, which a key skips. One that comes too late is a blank typed.
    fn boot(&self) {
        self.wait(2000);
        self.xdotool(&["key", "space"]);
        self.wait(1000);
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.program.id().to_string()]).status();
        assert!(status.expect("kill starts").success());
    }

    /// Waits until the program has ended.
    fn end(mut self) -> (Output, Duration) {
        let start = Instant::now();
        while self.program.try_wait().expect("the program is ours").is_none() {
            assert!(start.elapsed() < PATIENCE, "the program does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
        let took = start.elapsed();
        let mut output =
            Output { status: self.program.wait().expect("it has ended"), stdout: Vec::new(), stderr: Vec::new() };
        if let (Some(stdout), Some(stderr)) = (&mut self.program.stdout, &mut self.program.stderr) {
            std::io::Read::read_to_end(stdout, &mut output.stdout).expect("its output is ours");
            std::io::Read::read_to_end(stderr, &mut output.stderr).expect("its output is ours");
        }
        (output, took)
    }

    /// Ends the program by a signal and gives the text screen that it printed.
    fn screen(self) -> String {
        self.signal("-TERM");
        String::from_utf8_lossy(&self.end().0.stdout).into_owned()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // Both may have ended already. The server is asked, so that it takes its lock away.
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}

#[test]
fn the_built_in_disk_opens_and_keys_arrive() {
    let Some(desktop) = Desktop::start("the_built_in_disk_opens_and_keys_arrive", ["--screen"]) else { return };
    desktop.boot();
    desktop.type_text("Hello,_{x}~ World");
    desktop.wait(500);
    assert!(desktop.title().contains("built-in disk"), "{}", desktop.title());
    let screen = desktop.screen();
    assert!(screen.contains("Hello,_{x}~ World"), "{screen}");
}

#[test]
fn focus_loss_releases_held_keys() {
    let Some(desktop) = Desktop::start("focus_loss_releases_held_keys", ["--screen"]) else { return };
    desktop.boot();
    desktop.xdotool(&["keydown", "shift"]);
    desktop.wait(200);
    // The key is let go while another window has the focus.
    let root = desktop.xdotool(&["search", "--maxdepth", "0", ""]);
    desktop.xdotool(&["windowfocus", root.lines().next().unwrap_or("0")]);
    desktop.wait(200);
    desktop.xdotool(&["keyup", "shift"]);
    desktop.xdotool(&["windowfocus", "--sync", &desktop.window]);
    desktop.wait(200);
    desktop.type_text("abc");
    desktop.wait(500);
    let screen = desktop.screen();
    assert!(screen.contains("abc"), "{screen}");
}

#[test]
fn an_idle_guest_sleeps() {
    let Some(desktop) = Desktop::start("an_idle_guest_sleeps", ["--screen"]) else { return };
    desktop.boot();
    desktop.wait(1000);
    desktop.assert_idle();
}

#[test]
fn a_guest_that_polls_for_a_key_costs_no_more() {
    let test = "a_guest_that_polls_for_a_key_costs_no_more";
    let Some(image) = guest(test, "freedos-1440.img") else { return };
    let Some(desktop) = Desktop::start(test, [image]) else { return };
    desktop.wait(4000);
    desktop.assert_idle();
}

#[test]
fn closing_stops_within_50_ms() {
    let test = "closing_stops_within_50_ms";
    for by_signal in ["-TERM", "-INT", ""] {
        let Some(desktop) = Desktop::start(test, ["--screen"]) else { return };
        desktop.wait(1500);
        if by_signal.is_empty() {
            // Hold F12, press Q.
            desktop.xdotool(&["keydown", "F12", "key", "q"]);
        } else {
            desktop.signal(by_signal);
        }
        let (output, took) = desktop.end();
        // Tenfold, since the host may be busy.
        assert!(took < Duration::from_millis(500), "{took:?} by `{by_signal}`");
        assert!(String::from_utf8_lossy(&output.stdout).contains("Beige"), "the screen is printed at the end");
        let code = if by_signal.is_empty() { 0 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_guest_that_switches_off_closes_the_window() {
    // mov ah, 0; int 16h
    let guest = Guest::new(&[&[0xb4, 0x00, 0xcd, 0x16][..], &print_and_switch_off("")].concat());
    let test = "a_guest_that_switches_off_closes_the_window";
    let Some(desktop) = Desktop::start(test, [guest.image()]) else { return };
    for _ in 0..3 {
        desktop.wait(1500);
        desktop.xdotool(&["key", "a"]);
    }
    let (output, _) = desktop.end();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_hot_keys_pause_and_take_a_screenshot() {
    let Some(desktop) = Desktop::start("the_hot_keys_pause_and_take_a_screenshot", ["--screen"]) else { return };
    // The self-test is over: no key is to be pressed.
    desktop.wait(5000);
    for key in ["s", "p"] {
        desktop.xdotool(&["keydown", "F12", "key", key, "keyup", "F12"]);
        desktop.wait(500);
    }
    assert!(desktop.title().to_lowercase().contains("paused"), "{}", desktop.title());
    let files = std::fs::read_dir(desktop.folder.path()).expect("the folder is ours");
    let names: Vec<_> = files.map(|file| file.expect("readable").file_name()).collect();
    assert!(names.iter().any(|name| name.to_string_lossy().ends_with(".png")), "{names:?}");
    let screen = desktop.screen();
    assert!(screen.contains("Press any key"), "hot keys must not reach the guest:\n{screen}");
}

#[test]
fn a_paused_machine_costs_nothing_and_goes_on() {
    let Some(desktop) = Desktop::start("a_paused_machine_costs_nothing_and_goes_on", ["--screen"]) else { return };
    desktop.boot();
    let hot_key = |key| desktop.xdotool(&["keydown", "F12", "key", key, "keyup", "F12"]);
    hot_key("p");
    desktop.wait(500);
    let before = desktop.cpu_seconds();
    desktop.wait(2000);
    let paused = desktop.cpu_seconds() - before;
    assert!(paused < 0.2, "{paused} s of 2 s");
    hot_key("p");
    desktop.wait(1500);
    assert!(desktop.title().contains("MIPS"), "{}", desktop.title());
    // F12 and 5 press the ISO key.
    hot_key("5");
    desktop.wait(500);
    let screen = desktop.screen();
    assert!(screen.contains("Scan code 56"), "{screen}");
}

#[test]
fn freedos_answers_in_the_window() {
    let test = "freedos_answers_in_the_window";
    let Some(image) = guest(test, "freedos-1440.img") else { return };
    let Some(desktop) = Desktop::start(test, [OsStr::new("--screen"), image.as_os_str()]) else { return };
    desktop.wait(4000);
    desktop.type_text("ver /r");
    desktop.xdotool(&["key", "Return"]);
    desktop.wait(2000);
    assert!(desktop.title().contains("freedos-1440.img"), "{}", desktop.title());
    let screen = desktop.screen();
    assert!(screen.contains("FreeDOS kernel version 0.0.40"), "{screen}");
}
