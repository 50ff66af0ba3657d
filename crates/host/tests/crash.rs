//! The crash bundle: a child process that panics leaves what is needed to repeat its run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use beige_host::drives::{DriveRequest, Drives};
use beige_host::options::{CpuSpeed, MachineOptions};
use beige_host::state_file::StateFile;
use beige_host::{InputEvent, Key, Machine, Model, crash};
use std::process::Command;

fn machine() -> Machine {
    let drives = Drives::open(&DriveRequest::default()).unwrap();
    Machine::new(MachineOptions::plain(Model::I8086).config(&drives).unwrap(), drives.into_disks()).unwrap()
}

/// Not a test by itself: the child of the test below.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_panics() {
    crash::install_hook();
    crash::remember_media(&["A: some.img".to_owned()]);
    crash::remember_input(7, InputEvent::Key { key: Key::A, down: true });
    crash::remember_snapshot(StateFile::of(&mut machine(), CpuSpeed::Max).unwrap());
    panic!("a bug on purpose");
}

#[test]
fn a_panic_leaves_a_bundle_and_exits_with_101() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_that_panics", "--ignored", "--nocapture"]);
    command.envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, folder.path())));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(crash::EXIT_CODE));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("bug in Beige") && said.contains("beige-crash-"), "{said}");
    let bundle = std::fs::read_dir(folder.path()).unwrap().next().expect("a bundle").unwrap().path();
    let read = |name: &str| std::fs::read_to_string(bundle.join(name)).unwrap();
    assert!(read("panic.txt").contains("a bug on purpose"));
    assert!(read("config.txt").contains("A: some.img"));
    assert_eq!(read("inputs.txt"), "7 Key { key: A, down: true }\n");
    let state = StateFile::open(&bundle.join("last.state")).unwrap();
    assert_eq!(state.config(), machine().config());
}
