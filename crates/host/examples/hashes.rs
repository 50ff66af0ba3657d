//! Runs the built-in disk and the floppy images that are named, each until it ends or some guest seconds have passed, and
//! prints the hash of the machine at several counts of instructions, and then how the run ended. Every build of the CPU
//! prints the same; `cargo xtask modes` compares.

#![allow(clippy::expect_used, reason = "an example may fail by panicking")]

use std::path::Path;

use beige_core::Disk;
use beige_machine::{Config, DISK_SLOTS, Machine, Model, Stopped};
use beige_media::{FloppyFormat, Image, OpenOptions};

/// Guest time between two hashes: 10 million instructions where the guest does not wait.
const STEP: u64 = 100_000_000;
const HASHES: u64 = 20;

fn show(name: &str, floppy: Image) {
    let config = Config::plain(Model::Pentium, beige_firmware::BIOS.to_vec(), beige_firmware::VGA_BIOS.to_vec());
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(floppy));
    let mut machine = Machine::new(config, disks).expect("this is a machine");
    let mut stopped = Stopped::Reached;
    for number in 1..=HASHES {
        stopped = machine.run_until(number * STEP);
        machine.outputs().clear();
        let hash: String = machine.hash().iter().map(|byte| format!("{byte:02x}")).collect();
        println!("{name} {} {hash}", machine.instructions());
        if stopped != Stopped::Reached {
            break;
        }
    }
    println!("{name} {stopped:?}");
}

fn main() {
    show("built-in", Image::from_bytes(beige_firmware::BUILT_IN_DISK, FloppyFormat::F1440K));
    for image in std::env::args().skip(1) {
        let image = Path::new(&image);
        let name = image.file_stem().unwrap_or_default().to_string_lossy();
        show(&name, Image::open(image, OpenOptions::default()).expect("the image opens"));
    }
}
