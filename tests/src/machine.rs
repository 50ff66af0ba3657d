//! Guests of our own: assembled from `tests/guests`, run on a machine without the program around it.

use crate::skip;
use beige_core::{Disk, Geometry};
use beige_machine::{Config, DISK_SLOTS, Machine, Model};
use beige_testkit::MemoryDisk;
use std::path::Path;
use std::process::Command;

/// The image that NASM makes of `tests/guests/NAME.asm` with these definitions, or `None`, told visibly, where there is
/// no NASM.
#[must_use]
pub fn assemble(test: &str, name: &str, definitions: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("guest.img");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests").join(format!("{name}.asm"));
    let mut nasm = Command::new("nasm");
    nasm.args(["-f", "bin", "-w+error"]).args(definitions.iter().map(|definition| format!("-D{definition}")));
    let Ok(status) = nasm.arg(&source).arg("-o").arg(&image).status() else {
        skip(test, "there is no nasm");
        return None;
    };
    assert!(status.success(), "nasm refuses {}", source.display());
    Some(std::fs::read(image).expect("nasm has written the image"))
}

/// The configuration of the fastest machine of the newest model, with our ROMs and an empty drive A.
#[must_use]
pub fn config() -> Config {
    Config::plain(Model::I80486, beige_firmware::BIOS.to_vec(), beige_firmware::VGA_BIOS.to_vec())
}

/// The fastest machine of the newest model, with our ROMs and this floppy in drive A.
#[must_use]
pub fn machine_with(floppy: &[u8]) -> Machine {
    machine_of(floppy, |_| {})
}

/// What `change` makes of that machine.
#[must_use]
pub fn machine_of(floppy: &[u8], change: impl FnOnce(&mut Config)) -> Machine {
    let mut disk = MemoryDisk::numbered(Geometry { cylinders: 80, heads: 2, sectors: 18 });
    disk.data[..floppy.len()].copy_from_slice(floppy);
    let mut config = config();
    change(&mut config);
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(disk));
    Machine::new(config, disks).expect("this is a machine")
}

/// The byte of RAM or ROM at a physical address.
#[must_use]
pub fn peek(machine: &Machine, address: u32) -> u8 {
    let mut byte = [0];
    machine.peek_memory(address, &mut byte);
    byte[0]
}
