//! Disks that are changed while the machine runs: what is in the drives, what is kept, what is locked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use beige_core::DiskSlot;
use beige_host::drives::{DriveRequest, Drives};
use beige_host::options::MachineOptions;
use beige_host::outputs::OutputSinks;
use beige_host::runner::{Ran, Runner, StopFlag};
use beige_host::{HostErrorKind, InputEvent, Machine, Model, Stopped, TICKS_PER_SECOND};
use beige_media::{Image, Kind, OpenOptions};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Sets its byte 100h and writes itself to sector 1 of drive A by INT 13h, then halts for good.
const WRITES_ITSELF: &[u8] = &[
    0xc6, 0x06, 0x00, 0x7d, 0x77, 0xb8, 0x01, 0x03, 0xbb, 0x00, 0x7c, 0xb9, 0x01, 0x00, 0xba, 0x00, 0x00, 0xcd, 0x13,
    0xfa, 0xf4,
];

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A floppy image with a boot sector.
    fn image(&self, name: &str, kib: usize) -> PathBuf {
        let path = self.0.path().join(name);
        let mut bytes = vec![0; kib * 1024];
        bytes[..WRITES_ITSELF.len()].copy_from_slice(WRITES_ITSELF);
        bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn request(a: &Path) -> DriveRequest {
    let mut request = DriveRequest::default();
    request.named[0] = Some(a.to_owned());
    request
}

fn runner(request: &DriveRequest) -> Runner {
    let drives = Drives::open(request).unwrap();
    let config = MachineOptions::plain(Model::I80486).config(&drives).unwrap();
    let changer = drives.changer(request);
    let machine = Machine::new(config, drives.into_disks()).unwrap();
    let sinks = OutputSinks::default();
    let mut runner = Runner::new(machine, sinks, None, StopFlag::default());
    runner.let_disks_change(changer);
    runner
}

/// The guest of drive A has written and halted.
fn has_written(runner: &mut Runner) {
    assert_eq!(runner.run_until(20 * TICKS_PER_SECOND), Ran::Ended(Stopped::Halted));
}

fn can_be_written(path: &Path) -> bool {
    Image::open(path, OpenOptions { write: true, kind: Some(Kind::Floppy) }).is_ok()
}

#[test]
fn changes_in_memory_come_back_with_their_disk() {
    let folder = Folder::new();
    let (one, two) = (folder.image("one.img", 360), folder.image("two.img", 360));
    let mut runner = runner(&request(&one));
    has_written(&mut runner);
    assert!(runner.machine().has_unsaved_changes());
    assert!(runner.insert(0, &two).unwrap().starts_with("A: "));
    assert!(!runner.machine().has_unsaved_changes());
    assert!(runner.has_unsaved_changes(), "what was written to the first disk is still there to be lost");
    runner.insert(0, &folder.0.path().join(".").join("one.img")).unwrap();
    assert!(runner.machine().has_unsaved_changes());
    runner.insert(0, &one).unwrap();
    assert!(runner.machine().has_unsaved_changes(), "a disk that is put in again is the same disk");
    let slot = DiskSlot(0);
    let events: Vec<InputEvent> = runner.machine().input_log().iter().map(|(_, event)| *event).collect();
    let (out, into) = (InputEvent::Eject { slot }, |image| InputEvent::Insert { slot, image });
    assert_eq!(events, [out, into(1), out, into(2), out, into(3)]);
}

#[test]
fn a_written_image_is_stored_and_unlocked_when_it_is_taken_out() {
    let folder = Folder::new();
    let (one, two) = (folder.image("one.img", 360), folder.image("two.img", 360));
    let mut runner = runner(&DriveRequest { write: true, ..request(&one) });
    has_written(&mut runner);
    assert!(!can_be_written(&one) && can_be_written(&two));
    runner.insert(0, &two).unwrap();
    assert!(can_be_written(&one) && !can_be_written(&two));
    assert_eq!(std::fs::read(&one).unwrap()[0x100], 0x77);
    assert_eq!(std::fs::read(&two).unwrap()[0x100], 0);
    assert_eq!(runner.eject(0).unwrap(), "A: empty");
    assert_eq!(runner.eject(0).unwrap(), "A: empty", "an empty drive stays empty");
    assert!(can_be_written(&two));
    assert!(!runner.has_unsaved_changes());
}

#[test]
fn what_cannot_be_put_in_leaves_the_disk_where_it_is() {
    let folder = Folder::new();
    let (one, big) = (folder.image("one.img", 360), folder.image("big.img", 1440));
    let mut runner = runner(&request(&one));
    for (slot, path, expected) in [
        (0, &folder.0.path().join("missing.img"), "does not exist"),
        (0, &folder.0.path().to_owned(), "is a directory"),
        (0, &big, "a 360K drive does not take a 1.44M floppy: give --a-type 1440"),
        (1, &one, "no drive B"),
        (2, &one, "drive C is no floppy drive"),
    ] {
        let error = runner.insert(slot, path).unwrap_err();
        assert_eq!(error.kind(), HostErrorKind::BadInput);
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(runner.eject(2).unwrap_err().to_string().contains("drive C is no floppy drive"));
    assert_eq!(runner.machine().input_log(), []);
}

#[test]
fn a_locked_image_is_the_hosts_matter() {
    let folder = Folder::new();
    let (one, two) = (folder.image("one.img", 360), folder.image("two.img", 360));
    let mut runner = runner(&DriveRequest { write: true, ..request(&one) });
    let _other = Image::open(&two, OpenOptions { write: true, kind: Some(Kind::Floppy) }).unwrap();
    assert_eq!(runner.insert(0, &two).unwrap_err().kind(), HostErrorKind::HostResource);
    assert!(!can_be_written(&one), "the first disk is still in the drive");
}

#[test]
fn the_disks_of_a_drive_come_in_turn_and_a_single_one_goes_out_and_in() {
    let folder = Folder::new();
    let images = ["one.img", "two.img", "three.img"].map(|name| folder.image(name, 360));
    let mut several = request(&images[0]);
    several.stacks[0] = images[1..].to_vec();
    let mut runner = self::runner(&several);
    for name in ["two.img", "three.img", "one.img", "two.img"] {
        assert!(runner.next_disk(0).unwrap().contains(name));
    }
    runner.eject(0).unwrap();
    assert!(runner.next_disk(0).unwrap().contains("two.img"), "the one that was in last");

    let mut single = self::runner(&request(&images[0]));
    assert_eq!(single.next_disk(0).unwrap(), "A: empty");
    assert!(single.next_disk(0).unwrap().contains("one.img"));
    assert!(single.next_disk(1).unwrap_err().to_string().contains("--b one.img --b two.img"));
}

#[test]
fn images_of_later_are_checked_before_the_start_and_choose_the_drive() {
    let folder = Folder::new();
    let (one, big) = (folder.image("one.img", 720), folder.image("big.img", 1440));
    let mut later = request(&one);
    later.inserted = vec![(0, big.clone()), (1, one.clone())];
    let drives = Drives::open(&later).unwrap();
    assert_eq!(drives.floppies.map(beige_host::drive_types::kilobytes), [1440, 720]);
    drop(drives);
    later.inserted.push((0, folder.0.path().join("missing.img")));
    assert!(Drives::open(&later).err().unwrap().to_string().contains("missing.img"));
    later.inserted.pop();
    later.types[0] = Some(beige_host::DriveType::D720);
    assert!(Drives::open(&later).err().unwrap().to_string().contains("--a-type 1440"));
    later.types[0] = None;
    later.inserted.push((0, folder.image("wide.img", 1200)));
    assert!(Drives::open(&later).err().unwrap().to_string().contains("5.25-inch and 3.5-inch"));
    let mut written = DriveRequest { write: true, ..request(&one) };
    written.inserted = vec![(1, one)];
    assert!(Drives::open(&written).is_ok(), "a script may take the disk out of A first");
}
