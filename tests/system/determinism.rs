//! The same inputs give the same machine, whatever happens around it.

use beige_core::{Disk, TICKS_PER_SECOND};
use beige_machine::{DISK_SLOTS, Machine};
use beige_media::{FloppyFormat, Image, OpenOptions};
use beige_testkit::Random;
use beige_tests::machine::config;
use beige_tests::{assert_exit, guest, run};
use std::path::Path;

/// A machine with this floppy in drive A, or with the built-in disk.
fn machine(image: Option<&Path>) -> Machine {
    let floppy = match image {
        Some(path) => Image::open(path, OpenOptions::default()).expect("the guest opens"),
        None => Image::from_bytes(beige_firmware::BUILT_IN_DISK, FloppyFormat::F1440K),
    };
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(floppy));
    Machine::new(config(), disks).expect("this is a machine")
}

/// Runs one machine through, and another that is saved and put into a fresh machine at each of `points` random ticks.
fn restores_leave_no_trace(image: Option<&Path>, end: u64, points: usize) {
    let mut unsaved = machine(image);
    unsaved.run_until(end);

    let mut random = Random::new(7);
    // Few points amid the BIOS's wait for a key, in which next to nothing happens.
    let wait = TICKS_PER_SECOND / 50..TICKS_PER_SECOND * 27 / 50;
    let mut ticks: Vec<u64> = (0..points * 3).map(|_| random.below(end)).collect();
    ticks.sort_by_key(|tick| wait.contains(tick));
    ticks.truncate(points);
    ticks.sort_unstable();
    let mut saved = machine(image);
    for tick in ticks {
        saved.run_until(tick);
        let state = saved.save();
        let hash = saved.hash();
        saved = machine(image);
        saved.restore(&state).expect("what was saved can be restored");
        assert!(saved.hash() == hash, "the state changed on its way at tick {tick}");
    }
    saved.run_until(end);
    assert!(saved.hash() == unsaved.hash(), "the restored machine went another way");
}

#[test]
fn two_hundred_restores_leave_no_trace() {
    let Some(image) = guest("two_hundred_restores_leave_no_trace", "freedos-1440.img") else { return };
    // The prompt comes a tenth of a second after the BIOS's wait.
    restores_leave_no_trace(Some(&image), TICKS_PER_SECOND * 7 / 10, 200);
}

#[test]
fn twenty_restores_of_the_built_in_disk_leave_no_trace() {
    restores_leave_no_trace(None, 2 * TICKS_PER_SECOND, 20);
}

#[test]
fn ten_runs_end_in_the_same_hash() {
    let Some(image) = guest("ten_runs_end_in_the_same_hash", "freedos-1440.img") else { return };
    let script = beige_tests::script("freedos-ver");
    let hashes: Vec<String> = (0..10)
        .map(|_| {
            let output = run([image.as_os_str(), "--hash".as_ref(), "--script".as_ref(), script.as_os_str()]);
            assert_exit(&output, 0);
            let hash = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned();
            assert!(hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()), "no hash: {hash}");
            hash
        })
        .collect();
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:#?}");
}

#[test]
fn ten_runs_of_the_built_in_disk_end_in_the_same_hash() {
    let hashes: Vec<Vec<u8>> = (0..10)
        .map(|_| {
            let output = run(["--limit", "3s", "--hash"]);
            assert_exit(&output, 4);
            output.stdout
        })
        .collect();
    assert!(hashes.iter().all(|hash| *hash == hashes[0] && hash.len() == 65));
}

#[test]
fn another_time_of_day_gives_another_hash() {
    let hash = |rtc: &str| run(["--limit", "2s", "--hash", "--rtc", rtc]).stdout;
    assert_ne!(hash("2026-01-01T00:00:00"), hash("2026-01-01T00:00:01"));
}
