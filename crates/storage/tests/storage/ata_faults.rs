//! A disk of which one access fails, whichever: the host sees where, and the next command works.

use crate::ata_rig::*;
use beige_core::{Disk, DiskError, DiskSlot, Geometry, Media, Note, Origin, SECTOR_BYTES, StateError, Visitor};
use beige_testkit::MemoryDisk;

/// A disk whose access number `fails` fails.
struct OneFault {
    disk: MemoryDisk,
    fails: u64,
    accesses: u64,
}

impl OneFault {
    fn access(&mut self, error: DiskError) -> Result<(), DiskError> {
        self.accesses += 1;
        if self.accesses == self.fails + 1 { Err(error) } else { Ok(()) }
    }
}

impl Media for OneFault {
    fn disk(&mut self, _slot: DiskSlot) -> Option<&mut dyn Disk> {
        Some(self)
    }
}

impl Disk for OneFault {
    fn sectors(&self) -> u64 {
        self.disk.sectors()
    }

    fn geometry(&self) -> Geometry {
        self.disk.geometry()
    }

    fn is_write_protected(&self) -> bool {
        false
    }

    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.access(DiskError::Unreadable)?;
        self.disk.read(lba, sector)
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.access(DiskError::HostWrite)?;
        self.disk.write(lba, sector)
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        self.access(DiskError::HostWrite)
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        self.disk.origin()
    }

    fn has_unsaved_changes(&self) -> bool {
        false
    }

    fn visit(&mut self, _v: &mut dyn Visitor) {}

    fn check(&self) -> Result<(), StateError> {
        Ok(())
    }
}

/// A disk in blocks of four whose access `fails` fails.
fn rig(fails: u64) -> Rig {
    let mut rig = Rig::new([true, false]);
    rig.bench.media = Box::new(OneFault { disk: MemoryDisk::numbered(DISK), fails, accesses: 0 });
    rig.command(0xc6, [4, 0, 0, 0, 0xa0]);
    rig
}

const SECTORS_MOVED: u64 = 10;

/// Cylinder 1, head 2, sector 12 on, over the end of the track.
fn run(rig: &mut Rig, command: u8) {
    rig.command(command, [SECTORS_MOVED as u8, 12, 1, 0, 0xa2]);
    if matches!(command, 0x30 | 0x3c | 0xc5) {
        rig.give_all(|_| 0x5a);
    } else {
        rig.take_all();
    }
}

#[test]
fn the_registers_name_the_sector_that_failed_and_how_many_are_left() {
    for (command, error, fault) in [
        (0x20, 0x40, 0),
        (0x21, 0x40, 0),
        (0xc4, 0x40, 0),
        (0x40, 0x40, 0),
        (0x30, 0x04, 0x20),
        (0x3c, 0x04, 0x20),
        (0xc5, 0x04, 0x20),
    ] {
        for fails in 0..SECTORS_MOVED {
            let mut rig = rig(fails);
            run(&mut rig, command);
            assert!(rig.irq());
            assert_eq!(rig.read(7), READY | ERR | fault, "{command:02x} access {fails}");
            let (head, sector) = if fails < 6 { (2, 12 + fails as u8) } else { (3, fails as u8 - 5) };
            let left = (SECTORS_MOVED - fails) as u8;
            assert_eq!(rig.registers(), [error, left, sector, 1, 0, 0xa0 | head], "{command:02x} access {fails}");
            let lba = (4 + 2) * 17 + 11 + fails;
            let note = Note::DiskFailed { slot: DiskSlot(0), lba, write: fault != 0 };
            assert_eq!(rig.bench.outputs.notes(), [note]);
            run(&mut rig, command);
            assert_eq!(rig.read(7), READY, "the next command works");
        }
    }
}
