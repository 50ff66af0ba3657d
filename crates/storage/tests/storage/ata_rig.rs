//! An ATA channel on a bench, with a driver's routines.

use beige_core::{Device, DiskSlot, Geometry, Pin, PortDevice, Tick};
use beige_storage::ata::{AtaChannel, AtaConfig};
use beige_testkit::{Bench, MemoryDisk, MemoryMedia};

pub(crate) const IRQ: Pin = Pin::new(14);
pub(crate) const DISK: Geometry = Geometry { cylinders: 20, heads: 4, sectors: 17 };
pub(crate) const SECTORS: u64 = 20 * 4 * 17;

pub(crate) const BSY: u8 = 0x80;
pub(crate) const READY: u8 = 0x50;
pub(crate) const DRQ: u8 = 0x08;
pub(crate) const ERR: u8 = 0x01;

pub(crate) struct Rig {
    pub(crate) bench: Bench,
    pub(crate) ata: AtaChannel,
}

pub(crate) fn config(slot: u8) -> AtaConfig {
    AtaConfig { slot: DiskSlot(slot), geometry: DISK, serial: *b"SERIAL 00000000001  " }
}

impl Rig {
    /// A channel with a disk for each `true`.
    pub(crate) fn new(present: [bool; 2]) -> Rig {
        let disk = |present: bool| present.then(|| MemoryDisk::numbered(DISK));
        let disks = present.map(disk).to_vec();
        let [first, second] = present;
        let mut rig = Rig {
            bench: Bench::with_media(Box::new(MemoryMedia { disks })),
            ata: AtaChannel::new(IRQ, [first.then(|| config(0)), second.then(|| config(1))]),
        };
        rig.ata.power_on(&mut rig.bench.io());
        rig
    }

    /// A channel with one disk that was changed first.
    pub(crate) fn with_disk(change: impl FnOnce(&mut MemoryDisk)) -> Rig {
        let mut rig = Rig::new([true, false]);
        let mut disk = MemoryDisk::numbered(DISK);
        change(&mut disk);
        rig.bench.media = Box::new(MemoryMedia { disks: vec![Some(disk)] });
        rig
    }

    pub(crate) fn read(&mut self, offset: u16) -> u8 {
        self.ata.read(offset, &mut self.bench.io())
    }

    pub(crate) fn write(&mut self, offset: u16, value: u8) {
        self.ata.write(offset, value, &mut self.bench.io());
    }

    pub(crate) fn irq(&self) -> bool {
        self.bench.wires.level(IRQ)
    }

    pub(crate) fn advance(&mut self, ticks: Tick) {
        self.bench.advance(&mut self.ata, ticks);
    }

    /// Registers 1 to 6.
    pub(crate) fn registers(&mut self) -> [u8; 6] {
        [1, 2, 3, 4, 5, 6].map(|offset| self.read(offset))
    }

    /// Waits for the end of BSY; gives the status without taking the interrupt back.
    pub(crate) fn wait(&mut self) -> u8 {
        for _ in 0..1000 {
            if self.read(8) & BSY == 0 {
                break;
            }
            self.advance(1000);
        }
        self.read(8)
    }

    /// Writes sector count to device/head and a command, and waits.
    pub(crate) fn command(&mut self, command: u8, registers: [u8; 5]) -> u8 {
        for (offset, value) in (2..).zip(registers) {
            self.write(offset, value);
        }
        self.write(7, command);
        self.wait()
    }

    /// A command for sectors from an LBA on.
    pub(crate) fn at_lba(&mut self, command: u8, count: u8, lba: u32) -> u8 {
        let [low, middle, high, top] = lba.to_le_bytes();
        self.command(command, [count, low, middle, high, 0xe0 | top])
    }

    /// Reads words while data is requested, block after block; gives the bytes and the interrupts on the way.
    pub(crate) fn take_all(&mut self) -> (Vec<u8>, u32) {
        let (mut data, mut interrupts) = (Vec::new(), 0);
        while self.wait() & DRQ != 0 {
            interrupts += u32::from(self.irq());
            self.read(7);
            assert!(!self.irq(), "the status takes the interrupt back");
            while self.read(8) & DRQ != 0 {
                data.extend(self.ata.read16(0, &mut self.bench.io()).to_le_bytes());
            }
        }
        (data, interrupts)
    }

    /// Writes words while data is requested; gives the interrupts that asked for blocks.
    pub(crate) fn give_all(&mut self, mut byte: impl FnMut(usize) -> u8) -> u32 {
        let (mut given, mut interrupts) = (0, 0);
        while self.wait() & DRQ != 0 {
            interrupts += u32::from(self.irq());
            self.read(7);
            while self.read(8) & DRQ != 0 {
                let word = u16::from_le_bytes([byte(given), byte(given + 1)]);
                self.ata.write16(0, word, &mut self.bench.io());
                given += 2;
            }
        }
        interrupts
    }

    pub(crate) fn sector(&mut self, slot: u8, lba: u64) -> [u8; 512] {
        let mut data = [0; 512];
        self.bench.media.disk(DiskSlot(slot)).unwrap().read(lba, &mut data).unwrap();
        data
    }
}

/// The numbers in these sectors.
pub(crate) fn numbers(data: &[u8]) -> Vec<u64> {
    let numbers = data.chunks_exact(512).map(|sector| sector[..8].try_into().unwrap());
    numbers.map(u64::from_le_bytes).collect()
}
