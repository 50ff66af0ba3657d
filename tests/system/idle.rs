//! Guests that wait at a prompt by polling: what they cost, and that nothing in them can tell.

use beige_tests::{assert_exit, guest, run, script, skip};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;

/// The options for a BIOS by name.
const FIRMWARE: [&[&str]; 3] = [
    &[],
    &["--bios", "/usr/share/bochs/BIOS-bochs-legacy", "--vga-bios", "/usr/share/vgabios/vgabios.bin"],
    &["--bios", "/usr/share/seabios/bios.bin", "--vga-bios", "/usr/share/seabios/vgabios-isavga.bin"],
];

/// Those that are installed here; the others are told.
fn firmware(test: &str) -> impl Iterator<Item = &'static [&'static str]> {
    let is_here = move |options: &&'static [&'static str]| {
        let absent = options.iter().find(|option| option.starts_with('/') && !Path::new(option).exists());
        if let Some(absent) = absent {
            skip(test, &format!("there is no {absent}"));
        }
        absent.is_none()
    };
    FIRMWARE.into_iter().filter(is_here)
}

/// Runs an image up to the limit; the report.
fn report(image: &Path, options: &[&str], limit: &str) -> Value {
    let more = ["--json", "--hash", "--limit", limit];
    let arguments = options.iter().chain(&more).map(OsString::from).chain([image.into()]);
    let output = run(arguments);
    assert_exit(&output, 4);
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

fn cpu_seconds(report: &Value) -> f64 {
    report["host_cpu_seconds"].as_f64().expect("a number")
}

#[test]
fn freedos_at_its_prompt_is_the_same_whether_its_polls_are_run_or_not() {
    let test = "freedos_at_its_prompt_is_the_same_whether_its_polls_are_run_or_not";
    let Some(image) = guest(test, "freedos-1440.img") else { return };
    for firmware in firmware(test) {
        let slow = [firmware, &["--speed", "20MHz"]].concat();
        let skipped = report(&image, &slow, "8s");
        let run = report(&image, &[&slow[..], &["--no-idle-detection"]].concat(), "8s");
        assert!(skipped["screen"].as_str().is_some_and(|screen| screen.contains(r"A:\>")), "{firmware:?}");
        for part in ["hash", "instructions", "screen", "waiting_for"] {
            assert_eq!(skipped[part], run[part], "{part} with {firmware:?}");
        }
    }
}

/// The limits are ten times what it takes; each poll run, five minutes are 30 thousand million instructions.
#[test]
fn waiting_at_a_prompt_costs_next_to_nothing() {
    let test = "waiting_at_a_prompt_costs_next_to_nothing";
    for name in ["freedos-1440.img", "freedos-13-1440.img", "mikeos-1440.img"] {
        let Some(image) = guest(test, name) else { return };
        for firmware in firmware(test) {
            let seconds = cpu_seconds(&report(&image, firmware, "5m"));
            assert!(seconds < 4.0, "{name}: {seconds} s for five minutes with {firmware:?}");
        }
    }
}

#[test]
fn ten_times_the_wait_costs_ten_times_as_much() {
    let Some(image) = guest("ten_times_the_wait_costs_ten_times_as_much", "freedos-1440.img") else { return };
    let [short, long] = ["10m", "100m"].map(|limit| cpu_seconds(&report(&image, &[], limit)));
    assert!(long < short * 20.0 + 1.0, "{short} s, then {long} s for ten times the time");
}

#[test]
fn a_prompt_in_virtual_8086_mode_costs_next_to_nothing() {
    let test = "a_prompt_in_virtual_8086_mode_costs_next_to_nothing";
    let Some(image) = guest(test, "freedos-utils-1440.img") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut costs = [1, 601].map(|seconds| {
        let mut text = std::fs::read_to_string(script("freedos-emm386")).expect("the script is ours");
        text.push_str(&format!("\nsleep {seconds}s\n"));
        let path = folder.path().join("wait.txt");
        std::fs::write(&path, text).expect("the folder is ours");
        let arguments = [image.as_os_str(), "--json".as_ref(), "--limit".as_ref(), "20m".as_ref(), "--script".as_ref()];
        let output = run(arguments.into_iter().chain([path.as_os_str()]));
        assert_exit(&output, 0);
        cpu_seconds(&serde_json::from_slice(&output.stdout).expect("the report is JSON"))
    });
    costs.sort_by(f64::total_cmp);
    assert!(costs[1] - costs[0] < 60.0, "{costs:?} s: ten minutes at the prompt");
}
