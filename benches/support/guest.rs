//! A guest on a machine, from its start mark to its end mark.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of tests and benchmarks fails by panicking")]

use beige_core::{Disk, StreamId};
use beige_machine::{Config, DISK_SLOTS, Machine, Model, SERIAL, Stopped};
use beige_media::{Image, OpenOptions};
use std::path::Path;

/// The stream of the first serial port.
const COM1: StreamId = SERIAL[0];
/// Guest time of a step on the way to a mark, and of one on the way through the work: 1,000 and 100,000 instructions.
const CLOSELY: u64 = 10_000;
const COARSELY: u64 = 1_000_000;
/// No guest takes longer: an hour.
const PATIENCE: u64 = 3_600_000_000_000;

/// The fastest machine with our firmware and this floppy in drive A.
pub(crate) fn machine(image: &Path) -> Machine {
    let floppy = Image::open(image, OpenOptions::default()).expect("the image opens");
    with_disk(floppy)
}

/// The fastest machine with our firmware and this disk in drive A.
pub(crate) fn with_disk(floppy: Image) -> Machine {
    let config = Config::plain(Model::I80486, beige_firmware::BIOS.to_vec(), beige_firmware::VGA_BIOS.to_vec());
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(floppy));
    Machine::new(config, disks).expect("this is a machine")
}

/// A guest that is about to work.
pub(crate) struct Started {
    machine: Machine,
    state: Vec<u8>,
}

/// What a guest did between its marks.
pub(crate) struct Worked {
    /// What it printed.
    pub(crate) sum: u32,
    /// Instructions, to the nearest thousand.
    pub(crate) instructions: u64,
}

impl Started {
    /// Boots the image up to its start mark.
    pub(crate) fn boot(image: &Path) -> Started {
        let mut machine = machine(image);
        run_to(&mut machine, "@START ", CLOSELY);
        let state = machine.save();
        Started { machine, state }
    }

    /// Puts the guest back to its start mark.
    pub(crate) fn rewind(&mut self) {
        self.machine.restore(&self.state).expect("what was saved can be restored");
    }

    /// Runs it to its end mark.
    pub(crate) fn work(&mut self) -> Worked {
        let begun = self.machine.instructions();
        let said = run_to(&mut self.machine, "sum=", COARSELY);
        let digits = said.rsplit_once("sum=").and_then(|(_, digits)| digits.get(..8)).expect("a sum of eight digits");
        let sum = u32::from_str_radix(digits, 16).expect("a sum is hexadecimal");
        Worked { sum, instructions: self.machine.instructions() - begun }
    }
}

/// Runs until the guest has said `mark` and the rest of its line on COM1; what it said.
fn run_to(machine: &mut Machine, mark: &str, step: u64) -> String {
    let mut said = String::new();
    let end = machine.now() + PATIENCE;
    while machine.now() < end {
        let stopped = machine.run_until(machine.now() + step);
        let com1 = machine.outputs().bytes().iter().filter(|byte| byte.stream == COM1);
        said.extend(com1.map(|byte| char::from(byte.byte)));
        machine.outputs().clear();
        if said.split_once(mark).is_some_and(|(_, rest)| rest.contains('\n')) {
            return said;
        }
        assert!(stopped == Stopped::Reached, "the guest ends before `{mark}`: {stopped:?}, {said}");
    }
    panic!("the guest does not come to `{mark}`: {said}");
}
