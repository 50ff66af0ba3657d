//! The self-test of the built-in disk passes on every machine that Beige can be, and on another one.

use beige_tests::qemu::Qemu;
use beige_tests::{assert_exit, run};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The parts, in their order.
const PARTS: [&str; 11] = ["CPU", "RAM", "PIT", "PIC", "KBC", "VGA", "COM1", "DMA", "FLOPPY", "ATA", "RTC"];

/// The built-in disk as a file, for machines with other disks beside it.
fn disk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../roms/demo.img")
}

/// What COM1 says of the self-test on a machine with these options.
fn report(options: &[&str]) -> String {
    let output = run(["--serial", "stdio", "--until", "SELF-TEST PASS\r\n", "--limit", "30s"].iter().chain(options));
    assert_exit(&output, 0);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Each part has one line, all of them are in order, and only `skipped` are left out.
fn assert_passes(report: &str, skipped: &[&str]) {
    let lines: Vec<&str> = report.lines().skip(1).collect();
    assert_eq!(lines.len(), PARTS.len() + 1, "{report}");
    for (line, part) in lines.iter().zip(PARTS) {
        let verdict = line.strip_prefix(&format!("{part:8}")).unwrap_or_else(|| panic!("no line of {part}:\n{report}"));
        let is_skipped = skipped.contains(&part);
        let expected = if is_skipped { verdict.starts_with("skipped: ") } else { verdict == "ok" };
        assert!(expected, "{report}");
    }
    assert_eq!(lines.last(), Some(&"SELF-TEST PASS"), "{report}");
}

#[test]
fn every_model_passes() {
    for model in ["8086", "80186", "80286", "80386", "80486", "pentium", "pentium-mmx", "pentium-ii"] {
        assert_passes(&report(&["--cpu", model]), &["ATA"]);
    }
}

#[test]
fn a_slow_machine_passes() {
    assert_passes(&report(&["--cpu", "8086", "--speed", "4.77MHz"]), &["ATA"]);
}

#[test]
fn drives_of_authentic_speed_pass() {
    assert_passes(&report(&["--real-disk"]), &["ATA"]);
}

#[test]
fn another_drive_that_takes_the_disk_passes() {
    assert_passes(&report(&["--a-type", "2880"]), &["ATA"]);
}

#[test]
fn hard_disks_on_both_channels_pass() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("hard.img");
    let sector = |number: usize| [(number & 0xff) as u8; 512];
    std::fs::write(&path, (0..8192).flat_map(sector).collect::<Vec<u8>>()).expect("an image can be made");
    let (floppy, disk) = (disk(), path.to_string_lossy().into_owned());
    let floppy = floppy.to_string_lossy();
    for letters in [&["--c"][..], &["--c", "--d"], &["--e"], &["--c", "--d", "--e", "--f"]] {
        let mut options = vec!["--a", &*floppy];
        letters.iter().for_each(|letter| options.extend([*letter, disk.as_str()]));
        assert_passes(&report(&options), &[]);
    }
}

#[test]
fn it_takes_at_most_a_second_and_a_half_and_leaves_no_change() {
    let until = |text: &str| {
        let output = run(["--until", text, "--json"]);
        assert_exit(&output, 0);
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        (object["guest_seconds"].as_f64().expect("a number"), object, output)
    };
    let (begin, ..) = until("Testing this machine");
    let (end, object, output) = until("Press any key.");
    assert!(end - begin <= 1.5, "from {begin} to {end} s");
    let screen = object["screen"].as_str().expect("a text screen");
    assert!(screen.lines().any(|line| line.trim() == "SELF-TEST PASS"), "{screen}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("is gone"), "the sector that was written is put back: {told}");
}

#[test]
fn a_key_skips_it() {
    let folder = TempDir::new().expect("a temporary folder");
    let (script, serial) = (folder.path().join("skip.txt"), folder.path().join("serial"));
    std::fs::write(&script, "wait \"CPU     ok\"\ntype \"x\"\nwait \"Press any key.\" within 600ms\n").expect("a file");
    let [script, serial_path] = [&script, &serial].map(|path| path.to_string_lossy());
    let output = run(["--script", &*script, "--serial", &*serial_path, "--screen"]);
    assert_exit(&output, 0);
    let screen = String::from_utf8_lossy(&output.stdout);
    assert!(!screen.contains("SELF-TEST"), "{screen}");
    let told = std::fs::read_to_string(&serial).expect("COM1 went to a file");
    assert!(told.ends_with("SELF-TEST SKIPPED\r\n"), "{told}");
}

#[test]
fn it_passes_on_qemu() {
    let test = "it_passes_on_qemu";
    let Some(mut qemu) = Qemu::start_in_guest_time(test, beige_firmware::BUILT_IN_DISK, &[]) else { return };
    assert_passes(&qemu.serial_until("SELF-TEST PASS\r\n"), &["ATA"]);
    let hard_disk: Vec<u8> = (0..8192_usize).flat_map(|sector| [(sector & 0xff) as u8; 512]).collect();
    let Some(mut qemu) = Qemu::start_in_guest_time(test, beige_firmware::BUILT_IN_DISK, &hard_disk) else { return };
    assert_passes(&qemu.serial_until("SELF-TEST PASS\r\n"), &[]);
}
