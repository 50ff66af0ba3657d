//! A machine as the runs see it: the stop flag, bytes into the serial line, and the machine's own thread.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use beige_host::drives::{DriveRequest, Drives};
use beige_host::options::{CpuSpeed, MachineOptions};
use beige_host::outputs::OutputSinks;
use beige_host::runner::{Ran, Runner, StopFlag};
use beige_host::serial::SerialInput;
use beige_host::session::{Command, Report, Session, SessionEnd};
use beige_host::{InputEvent, Key, Machine, Model, TICKS_PER_SECOND};
use std::time::Duration;

/// A machine with the built-in disk.
fn runner(stop: &StopFlag) -> Runner {
    let drives = Drives::open(&DriveRequest::default()).unwrap();
    let config = MachineOptions::plain(Model::I80486).config(&drives).unwrap();
    let machine = Machine::new(config, drives.into_disks()).unwrap();
    Runner::new(machine, OutputSinks::default(), None, stop.clone())
}

#[test]
fn a_stop_flag_ends_a_run_before_its_tick() {
    let stop = StopFlag::default();
    let mut runner = runner(&stop);
    assert_eq!(runner.run_until(TICKS_PER_SECOND / 100), Ran::Reached);
    stop.set();
    assert_eq!(runner.run_until(TICKS_PER_SECOND), Ran::Interrupted);
    assert!(runner.machine().now() < TICKS_PER_SECOND);
}

#[test]
fn bytes_of_a_file_enter_the_serial_line_at_the_same_ticks_in_every_run() {
    let log = |slice: u64| {
        let mut runner = runner(&StopFlag::default());
        runner.feed_serial(0, SerialInput::from_bytes(b"some bytes for the guest".to_vec()));
        while runner.machine().now() < TICKS_PER_SECOND / 5 {
            let next = runner.machine().now() + slice;
            assert_eq!(runner.run_until(next), Ran::Reached);
        }
        runner.machine().input_log().to_vec()
    };
    let whole = log(TICKS_PER_SECOND / 5);
    let bytes: Vec<u8> = whole
        .iter()
        .map(|(_, event)| match event {
            InputEvent::Serial { port: 0, byte } => *byte,
            other => panic!("{other:?} was not sent"),
        })
        .collect();
    assert_eq!(bytes, b"some bytes for the guest");
    assert_eq!(log(3_333_333), whole);
}

#[test]
fn a_session_sends_pictures_takes_keys_and_gives_the_machine_back() {
    let session = Session::start(runner(&StopFlag::default()), CpuSpeed::Max).unwrap();
    let report = session.reports().recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(matches!(report, Report::Frame(_) | Report::Status(_)));
    session.command(Command::Input(InputEvent::Key { key: Key::A, down: true }));
    let (runner, end) = session.join().unwrap();
    assert_eq!(end, SessionEnd::Quit);
    let keys = runner.machine().input_log().iter().filter(|(_, event)| matches!(event, InputEvent::Key { .. }));
    assert_eq!(keys.count(), 1);
}

#[test]
fn a_paused_machine_stands_still_and_goes_on_where_it_was() {
    let session = Session::start(runner(&StopFlag::default()), CpuSpeed::Clock(33_000_000)).unwrap();
    session.command(Command::Pause(true));
    let is_paused = |report: &Report| matches!(report, Report::Status(status) if status.paused);
    while !is_paused(&session.reports().recv_timeout(Duration::from_secs(20)).unwrap()) {}
    std::thread::sleep(Duration::from_millis(500));
    let (runner, _) = session.join().unwrap();
    assert!(runner.machine().now() < TICKS_PER_SECOND / 4, "{}", runner.machine().now());
}

#[test]
fn keys_that_a_state_holds_down_are_let_go_in_the_window_and_a_session_saves() {
    let mut saved = runner(&StopFlag::default());
    assert_eq!(saved.run_until(TICKS_PER_SECOND), Ran::Reached);
    for key in [Key::LeftShift, Key::A] {
        saved.input(InputEvent::Key { key, down: true });
    }
    let state = saved.state().unwrap();
    let drives = Drives::resume(&state, &DriveRequest::default()).unwrap();
    let machine = state.resume(drives.into_disks()).unwrap();
    assert_eq!(machine.held_keys(), [Key::A, Key::LeftShift], "a load by itself adds no event");
    let resumed = Runner::new(machine, OutputSinks::default(), None, StopFlag::default());
    let session = Session::start(resumed, CpuSpeed::Max).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.state");
    session.command(Command::Save(path.clone()));
    let told = session.reports().iter().any(|report| matches!(report, Report::Saved(saved) if saved == path));
    assert!(told, "the window hears of the saved state");
    let (runner, end) = session.join().unwrap();
    assert_eq!(end, SessionEnd::Quit);
    assert!(runner.machine().held_keys().is_empty());
    assert!(beige_host::state_file::StateFile::open(&path).is_ok());
}
