//! Tests of the board as a whole, with our own firmware and disks in memory.

mod bios;
mod blocks;
mod board;
mod change;
mod dma;
mod fixed_rom;
mod flip;
mod fw_cfg;
mod hostile;
mod idle;
mod ports;
mod probe;
mod rates;
mod selftest;
mod shutdown;
mod speaker;
mod state;
mod video;

use crate::{Config, DISK_SLOTS, DriveType, HardDisk, Machine, Model};
use beige_core::{Disk, Geometry, TICKS_PER_SECOND};
use beige_testkit::MemoryDisk;

const FLOPPY: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 18 };
const HARD_DISK: Geometry = Geometry { cylinders: 8, heads: 4, sectors: 17 };

fn config(model: Model) -> Config {
    Config {
        // Little memory: tests save and restore it often.
        memory_kib: Config::default_memory_kib(model).min(1024),
        floppies: [DriveType::D1440, DriveType::D360],
        hard_disks: [Some(HardDisk { geometry: HARD_DISK, translation: 0 }), None, None, None],
        serial_ports: [true; 4],
        printer: true,
        ..Config::plain(model, beige_firmware::BIOS.to_vec(), beige_firmware::VGA_BIOS.to_vec())
    }
}

/// Floppy A with this boot sector, a numbered hard disk C, floppy B empty.
fn disks(boot_sector: &[u8]) -> [Option<Box<dyn Disk>>; DISK_SLOTS] {
    let mut floppy = MemoryDisk::numbered(FLOPPY);
    floppy.data[..boot_sector.len()].copy_from_slice(boot_sector);
    [Some(Box::new(floppy)), None, Some(Box::new(MemoryDisk::numbered(HARD_DISK))), None, None, None]
}

fn machine(model: Model, boot_sector: &[u8]) -> Machine {
    Machine::new(config(model), disks(boot_sector)).unwrap()
}

/// A boot sector that prints a dot for each timer tick, for ever, halting in between.
const DOTS: &[u8] = &[
    0xfb, // sti
    0xf4, // hlt
    0xb8, 0x2e, 0x0e, // mov ax, 0e2eh
    0xcd, 0x10, // int 10h
    0xeb, 0xf8, // jmp to hlt
];

const SECOND: u64 = TICKS_PER_SECOND;
