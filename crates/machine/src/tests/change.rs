//! Disks that come and go while the machine runs.

use super::{DOTS, FLOPPY, SECOND, config, disks};
use crate::{ChangeRefused, DriveType, Machine, Model};
use beige_core::{Disk, DiskError, DiskSlot, Geometry, InputEvent, Origin, SECTOR_BYTES, StateError, Visitor};
use beige_testkit::MemoryDisk;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const A: DiskSlot = DiskSlot(0);
const B: DiskSlot = DiskSlot(1);

/// A disk whose host fails the first flushes, and counts them.
struct Unflushed {
    inner: MemoryDisk,
    failures: u32,
    flushes: Arc<AtomicU32>,
}

impl Disk for Unflushed {
    fn sectors(&self) -> u64 {
        self.inner.sectors()
    }

    fn geometry(&self) -> Geometry {
        self.inner.geometry()
    }

    fn is_write_protected(&self) -> bool {
        false
    }

    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.inner.read(lba, sector)
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.inner.write(lba, sector)
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        let done = self.flushes.fetch_add(1, Ordering::Relaxed);
        if done < self.failures { Err(DiskError::HostWrite) } else { Ok(()) }
    }

    fn has_unsaved_changes(&self) -> bool {
        false
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        self.inner.origin()
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        self.inner.visit(v);
    }

    fn check(&self) -> Result<(), StateError> {
        Ok(())
    }
}

fn floppy(mark: u8) -> Box<MemoryDisk> {
    let mut disk = MemoryDisk::numbered(FLOPPY);
    disk.data[..SECTOR_BYTES].fill(mark);
    Box::new(disk)
}

fn machine() -> Machine {
    super::machine(Model::I80486, DOTS)
}

fn first_byte(disk: &mut Box<dyn Disk>) -> u8 {
    let mut sector = [0; SECTOR_BYTES];
    disk.read(0, &mut sector).unwrap();
    sector[0]
}

#[test]
fn a_disk_that_is_taken_out_is_the_one_that_was_put_in() {
    let mut machine = machine();
    machine.run_until(SECOND);
    let mut boot = machine.eject(A).unwrap().unwrap();
    assert_eq!(first_byte(&mut boot), DOTS[0]);
    assert!(machine.eject(A).unwrap().is_none());
    assert!(machine.insert(A, floppy(0x11), 1).unwrap().is_none());
    let mut first = machine.insert(A, floppy(0x22), 2).unwrap().unwrap();
    assert_eq!(first_byte(&mut first), 0x11);
    let mut second = machine.eject(A).unwrap().unwrap();
    assert_eq!(first_byte(&mut second), 0x22);
}

#[test]
fn every_change_stands_in_the_input_log_and_an_empty_drive_has_none() {
    let mut machine = machine();
    machine.run_until(SECOND);
    let now = machine.now();
    machine.insert(A, floppy(1), 7).unwrap();
    machine.eject(A).unwrap();
    machine.eject(A).unwrap();
    machine.eject(B).unwrap();
    let eject = InputEvent::Eject { slot: A };
    let expected = [(now, eject), (now, InputEvent::Insert { slot: A, image: 7 }), (now, eject)];
    assert_eq!(machine.input_log(), expected);
}

#[test]
fn hard_disks_and_drives_that_are_not_there_are_refused() {
    let mut without_b = config(Model::I80486);
    without_b.floppies = [DriveType::D1440, DriveType::Absent];
    let mut machine = Machine::new(without_b, disks(DOTS)).unwrap();
    for slot in 2..8 {
        assert_eq!(machine.eject(DiskSlot(slot)).err(), Some(ChangeRefused::NotAFloppyDrive));
        assert_eq!(machine.insert(DiskSlot(slot), floppy(1), 1).err(), Some(ChangeRefused::NotAFloppyDrive));
    }
    assert_eq!(machine.eject(B).err(), Some(ChangeRefused::NoDrive));
    assert_eq!(machine.insert(B, floppy(1), 1).err(), Some(ChangeRefused::NoDrive));
    assert_eq!(machine.input_log(), []);
}

#[test]
fn a_disk_leaves_only_after_its_writes_are_stored() {
    let mut machine = machine();
    let flushes = Arc::new(AtomicU32::new(0));
    let unflushed = Unflushed { inner: MemoryDisk::numbered(FLOPPY), failures: 2, flushes: Arc::clone(&flushes) };
    machine.insert(A, Box::new(unflushed), 1).unwrap();
    let before = machine.hash();
    assert_eq!(machine.eject(A).err(), Some(ChangeRefused::NotFlushed));
    assert_eq!(machine.insert(A, floppy(2), 2).err(), Some(ChangeRefused::NotFlushed));
    assert_eq!(machine.hash(), before, "the disk is still in the drive and nothing was noticed");
    assert!(machine.eject(A).unwrap().is_some());
    assert_eq!(flushes.load(Ordering::Relaxed), 3);
}

#[test]
fn the_same_changes_at_the_same_ticks_give_the_same_machine() {
    let run = || {
        let mut machine = machine();
        machine.run_until(SECOND / 2);
        machine.insert(A, floppy(3), 1).unwrap();
        machine.run_until(SECOND);
        machine.eject(A).unwrap();
        machine.run_until(2 * SECOND);
        machine.hash()
    };
    assert_eq!(run(), run());
    let mut unchanged = machine();
    unchanged.run_until(2 * SECOND);
    assert_ne!(unchanged.hash(), run());
}
