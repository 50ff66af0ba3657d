//! The window under Xvfb, its keys pressed by xdotool: the built-in disk echoes what arrives. Skipped by name where
//! Xvfb or xdotool is not installed.

#![cfg(all(target_os = "linux", feature = "window"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One display at a time: the host has few cores, and the tests look at time.
static SERIAL: Mutex<()> = Mutex::new(());

/// An X server without a screen.
struct Display {
    server: Child,
    name: String,
    _turn: MutexGuard<'static, ()>,
}

impl Display {
    /// `None`, said on standard error, when the host lacks a tool.
    fn start(test: &str) -> Option<Display> {
        let turn = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
        for tool in ["Xvfb", "xdotool"] {
            let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null()).status();
            if !found.is_ok_and(|status| status.success()) {
                eprintln!("SKIPPED {test}: {tool} is not installed");
                return None;
            }
        }
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Some(Display { server, name: format!(":{}", number.trim()), _turn: turn })
    }

    fn xdotool(&self, arguments: &str) -> String {
        let mut command = Command::new("timeout");
        command.args(["20", "xdotool"]).args(arguments.split(' ')).env("DISPLAY", &self.name);
        let output = command.stderr(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Beige in a window of this display with the focus, the built-in disk booted.
    fn beige(&self, arguments: &[&str]) -> Beige<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beige"));
        command.args(arguments).env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let window = self.xdotool("search --sync --onlyvisible --name ^Beige");
        let beige = Beige { child, display: self, window };
        // The title tells the speed once the guest has run for a second; POST takes less.
        beige.await_title("MIPS");
        std::thread::sleep(Duration::from_millis(1500));
        beige.focus();
        beige
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

struct Beige<'a> {
    child: Child,
    display: &'a Display,
    window: String,
}

impl Beige<'_> {
    fn focus(&self) {
        self.display.xdotool(&format!("windowfocus --sync {}", self.window));
        std::thread::sleep(Duration::from_millis(200));
    }

    /// The focus goes to the root window.
    fn lose_focus(&self) {
        let root = self.display.xdotool("search --maxdepth 0 .*");
        self.display.xdotool(&format!("windowfocus {}", root.lines().next().unwrap_or("0")));
        std::thread::sleep(Duration::from_millis(300));
    }

    fn keys(&self, arguments: &str) {
        self.display.xdotool(arguments);
        std::thread::sleep(Duration::from_millis(300));
    }

    fn title(&self) -> String {
        self.display.xdotool(&format!("getwindowname {}", self.window))
    }

    fn await_title(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.title().contains(text) {
            assert!(Instant::now() < deadline, "the title is {:?}, not {text:?}", self.title());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// CPU time of the process.
    fn cpu_time(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let nanos = tasks.map(|task| {
            let statistics = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
            statistics.split(' ').next().unwrap().parse::<u64>().unwrap()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Ends it by the hot key; what it printed.
    fn quit(self) -> String {
        self.keys("keydown F12 key q keyup F12");
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn typed_keys_arrive_and_the_end_prints_the_screen() {
    let Some(display) = Display::start("typed_keys_arrive_and_the_end_prints_the_screen") else { return };
    let beige = display.beige(&["--screen"]);
    beige.keys("type --delay 40 Hello,_{x}~");
    let screen = beige.quit();
    assert!(screen.contains("Hello,_{x}~"), "{screen}");
}

#[test]
fn focus_loss_releases_keys_that_are_held() {
    let Some(display) = Display::start("focus_loss_releases_keys_that_are_held") else { return };
    let beige = display.beige(&["--screen"]);
    beige.keys("keydown Shift_L");
    beige.lose_focus();
    beige.keys("keyup Shift_L");
    beige.focus();
    beige.keys("type --delay 40 quiet");
    let screen = beige.quit();
    assert!(screen.contains("quiet"), "{screen}");
}

#[test]
fn hot_keys_pause_and_never_reach_the_guest() {
    let Some(display) = Display::start("hot_keys_pause_and_never_reach_the_guest") else { return };
    let beige = display.beige(&["--screen"]);
    beige.keys("keydown F12 key p keyup F12");
    beige.await_title("paused");
    let before = beige.cpu_time();
    std::thread::sleep(Duration::from_secs(2));
    let paused = beige.cpu_time() - before;
    assert!(paused < Duration::from_millis(200), "a paused machine took {paused:?} of 2 s");
    beige.keys("keydown F12 key p keyup F12");
    beige.await_title("MIPS");
    beige.keys("keydown F12 key 5 keyup F12");
    let screen = beige.quit();
    assert!(screen.contains("Scan code 56"), "the ISO key is the last that arrived:\n{screen}");
}

#[test]
fn a_guest_that_waits_costs_next_to_nothing() {
    let Some(display) = Display::start("a_guest_that_waits_costs_next_to_nothing") else { return };
    let beige = display.beige(&[]);
    std::thread::sleep(Duration::from_secs(1));
    let before = beige.cpu_time();
    std::thread::sleep(Duration::from_secs(3));
    let idle = beige.cpu_time() - before;
    // The promise is 2 % of a core in a release build; this is a tenfold margin for a slow build on a busy host.
    assert!(idle < Duration::from_millis(600), "{idle:?} of 3 s");
    beige.quit();
}

#[test]
fn a_signal_stops_at_once() {
    let Some(display) = Display::start("a_signal_stops_at_once") else { return };
    let beige = display.beige(&["--json"]);
    let started = Instant::now();
    Command::new("kill").args(["-TERM", &beige.child.id().to_string()]).status().unwrap();
    let output = beige.child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"exit\":\"interrupted\""));
}
