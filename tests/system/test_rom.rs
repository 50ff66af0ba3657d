//! Tests of the CPU that come as a ROM, run as their users run them.

use beige_tests::{assert_exit, beige, skip};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The ROM of `tests/guests/test_rom.asm`, or `None`, told visibly, where there is no NASM.
fn assemble(test: &str, folder: &TempDir, definition: &str) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/test_rom.asm");
    let image = folder.path().join("test.rom");
    let mut nasm = Command::new("nasm");
    nasm.args(["-f", "bin", "-w+error", definition]).arg(source).arg("-o").arg(&image);
    let Ok(status) = nasm.status() else {
        skip(test, "there is no nasm");
        return None;
    };
    assert!(status.success(), "nasm refuses test_rom.asm");
    Some(image)
}

/// No `--headless`: such a run has no window.
fn run(rom: &Path, arguments: &[&str]) -> Output {
    let rom = format!("{}@F0000", rom.display());
    let mut program = Command::new(beige());
    program.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    program.args(["run", "--rom", &rom, "--post-port", "190"]).args(arguments).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).replace('\r', "")
}

#[test]
fn post_codes_are_printed_and_the_run_ends_with_the_cpu() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(rom) = assemble("post_codes_are_printed_and_the_run_ends_with_the_cpu", &folder, "-DPLAIN") else {
        return;
    };
    for cpu in ["8086", "286", "386", "486", "pentium", "pentium2"] {
        let output = run(&rom, &["--cpu", cpu]);
        assert_exit(&output, 0);
        assert_eq!(said(&output), "POST 00h\nPOST 01h\nPOST 02h\nPOST FFh\n", "{cpu}");
    }
}

#[test]
fn what_a_test_says_comes_out_of_every_port() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(rom) = assemble("what_a_test_says_comes_out_of_every_port", &folder, "-DPLAIN") else { return };
    for port in ["--serial", "--lpt1", "--debugcon"] {
        let output = run(&rom, &[port, "stdio"]);
        assert_exit(&output, 0);
        let said = said(&output);
        let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with("POST ")).collect();
        assert_eq!(lines.concat(), "all passed", "{port}: {said}");
    }
}

#[test]
fn a_code_ends_the_run_and_its_absence_is_a_failure() {
    let test = "a_code_ends_the_run_and_its_absence_is_a_failure";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(rom) = assemble(test, &folder, "-DENDLESS") else { return };
    let met = run(&rom, &["--until-post", "2"]);
    assert_exit(&met, 0);
    assert!(said(&met).ends_with("POST 02h\n"), "{}", said(&met));
    let late = run(&rom, &["--until-post", "EE", "--limit", "100ms"]);
    assert_exit(&late, 4);
    assert!(String::from_utf8_lossy(&late.stderr).contains("before POST code EEh came"));
    let Some(rom) = assemble(test, &folder, "-DPLAIN") else { return };
    assert_exit(&run(&rom, &["--until-post", "EE"]), 1);
    assert_exit(&run(&rom, &["--until-post", "FF"]), 0);
}

#[test]
fn a_shutdown_stops_such_a_run_unless_it_is_asked_to_go_on() {
    let test = "a_shutdown_stops_such_a_run_unless_it_is_asked_to_go_on";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(rom) = assemble(test, &folder, "-DSHUT_DOWN") else { return };
    let stopped = run(&rom, &["--cpu", "386"]);
    assert_exit(&stopped, 1);
    assert!(String::from_utf8_lossy(&stopped.stderr).contains("the CPU shut down at F000:"));
    let dead = run(&rom, &["--cpu", "386", "--on-shutdown", "halt", "--limit", "1s"]);
    assert_exit(&dead, 4);
    assert!(
        String::from_utf8_lossy(&dead.stderr).contains("the CPU has shut down")
            || String::from_utf8_lossy(&dead.stderr).contains("shut down: only a reset wakes it")
    );
    let again = run(&rom, &["--cpu", "386", "--on-shutdown", "reset", "--limit", "1s"]);
    assert_exit(&again, 4);
    assert!(said(&again).matches("POST 00h").count() > 1);
}

#[test]
fn json_has_the_codes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(rom) = assemble("json_has_the_codes", &folder, "-DPLAIN") else { return };
    let output = run(&rom, &["--json"]);
    assert_exit(&output, 0);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else");
    assert_eq!(object["post_codes"], serde_json::json!(["00h", "01h", "02h", "FFh"]));
    assert_eq!((&object["exit"], &object["exit_code"]), (&"halted".into(), &0.into()));
}
