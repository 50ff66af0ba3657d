//! The whole board under a guest that does anything at all: no panic, a valid state, and a heap that does not grow.
//!
//! A binary of its own, because its allocator counts: nothing else may run beside it.

use beige_core::{Disk, Geometry};
use beige_machine::storm::Storm;
use beige_machine::{Config, DISK_SLOTS, DriveType, HardDisk, Machine};
use beige_testkit::{MemoryDisk, Random};
use cap::Cap;
use std::alloc::System;
use std::time::Instant;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// Accesses after which every buffer has the size that it keeps.
const WARM_UP: u64 = 250_000;
/// Bytes by which the heap may grow from then on: a buffer of bytes that leave the machine doubles when more of them
/// come at a time than ever before. What is kept for ever would outgrow this in no time.
const GROWTH_MAX: u64 = 16 * 1024;
/// Accesses of one machine; then comes the next, with the next seed.
const ACCESSES_OF_A_MACHINE: u64 = 10_000_000;
/// Accesses between two looks at the state.
const CHECK_EVERY: u64 = 256;

const FLOPPY: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 18 };
const HARD_DISK: Geometry = Geometry { cylinders: 8, heads: 4, sectors: 17 };

/// All ports, two floppy drives, one of them empty, and a hard disk on each channel. Odd seeds have authentic floppy delays.
fn machine(seed: u64) -> Machine {
    let hard_disk = Some(HardDisk { geometry: HARD_DISK, translation: 0 });
    let config = Config {
        memory_kib: 2048,
        fw_cfg: true,
        floppies: [DriveType::D1440, DriveType::D360],
        hard_disks: [hard_disk, None, hard_disk, None],
        real_disk: seed % 2 == 1,
        serial_ports: [true; 4],
        printer: true,
        ..beige_tests::machine::config()
    };
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(MemoryDisk::numbered(FLOPPY)));
    disks[2] = Some(Box::new(MemoryDisk::numbered(HARD_DISK)));
    disks[4] = Some(Box::new(MemoryDisk::numbered(HARD_DISK)));
    Machine::new(config, disks).expect("this is a machine")
}

/// So many accesses to a machine of this seed; gives the bytes by which the heap grew after the warm-up.
fn storm(seed: u64, accesses: u64) -> u64 {
    let (mut machine, mut storm, mut random) = (machine(seed), Storm::default(), Random::new(seed));
    let (mut settled, mut grown) = (u64::MAX, 0);
    for number in 0..accesses {
        storm.strike(&mut machine, &mut || random.next_u64());
        if number % CHECK_EVERY == 0 {
            assert_eq!(machine.check(), Ok(()), "after {number} accesses of seed {seed}");
            let live = HEAP.allocated() as u64;
            if number <= WARM_UP {
                settled = live;
            }
            grown = grown.max(live.saturating_sub(settled));
        }
    }
    assert_eq!(machine.check(), Ok(()));
    grown
}

#[test]
fn two_million_accesses_keep_the_state_valid_and_the_heap_as_it_is() {
    for seed in 0..2 {
        let grown = storm(seed, 1_000_000);
        assert!(grown <= GROWTH_MAX, "seed {seed}: the heap grew by {grown} bytes");
    }
}

/// `BEIGE_STORM` says how many accesses, a thousand million if it is not set.
#[test]
#[ignore = "takes the night: cargo xtask night"]
fn a_night_of_accesses() {
    let accesses =
        std::env::var("BEIGE_STORM").map_or(1_000_000_000, |text| text.parse().expect("BEIGE_STORM is a number"));
    let (start, mut done, mut seed, mut most) = (Instant::now(), 0, 100, 0);
    while done < accesses {
        let next = ACCESSES_OF_A_MACHINE.min(accesses - done);
        let grown = storm(seed, next);
        assert!(grown <= GROWTH_MAX, "seed {seed}: the heap grew by {grown} bytes");
        (done, seed, most) = (done + next, seed + 1, most.max(grown));
        let rate = done as f64 / start.elapsed().as_secs_f64();
        println!("{done} of {accesses} accesses, {rate:.0} a second, heap grown by at most {most} bytes");
    }
}
