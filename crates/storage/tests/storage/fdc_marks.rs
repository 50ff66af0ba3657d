//! Deleted data address marks.

use crate::assert_state_survives;
use crate::fdc_rig::*;
use beige_core::Device;
use beige_storage::fdc::{DriveType, Fdc};
use beige_testkit::MemoryDisk;

const READ: u8 = 0x46;
const READ_DELETED: u8 = 0x4c;
const VERIFY: u8 = 0x56;
const SKIP: u8 = 0x20;

/// A disk whose sectors 3 and 5 of track 0 are marked deleted.
fn rig() -> Rig {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, false);
    for sector in [3, 5] {
        rig.send_bytes(&[sector; 512]);
        assert_eq!(rig.execute(&[0x49, 0, 0, 0, sector, 2, 18, 0x1b, 0xff])[..3], [0, 0, 0]);
    }
    rig
}

/// The result of a command for sectors 2 to 6, and the first bytes of the sectors that arrived.
fn run(rig: &mut Rig, command: u8) -> (Vec<u8>, Vec<u8>) {
    rig.expect_bytes(10_000);
    let result = rig.execute(&[command, 0, 0, 0, 2, 2, 6, 0x1b, 0xff]);
    (result, rig.memory.chunks(512).map(|sector| sector[0]).collect())
}

#[test]
fn reading_data_ends_with_a_deleted_sector_or_skips_it() {
    let mut rig = rig();
    assert_eq!(run(&mut rig, READ), (vec![0, 0, 0x40, 0, 0, 3, 2], vec![1, 3]));
    assert_eq!(run(&mut rig, READ | SKIP), (vec![0x40, 0x80, 0x40, 1, 0, 1, 2], vec![1, 3, 5]));
}

#[test]
fn reading_deleted_data_ends_with_an_ordinary_sector_or_skips_it() {
    let mut rig = rig();
    assert_eq!(run(&mut rig, READ_DELETED), (vec![0, 0, 0x40, 0, 0, 2, 2], vec![1]));
    assert_eq!(run(&mut rig, READ_DELETED | SKIP), (vec![0x40, 0x80, 0x40, 1, 0, 1, 2], vec![3, 5]));
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[READ_DELETED, 0, 0, 0, 5, 2, 18, 0x1b, 0xff]), [0, 0, 0, 0, 0, 6, 2]);
    assert_eq!(rig.memory, [5; 512]);
}

#[test]
fn verify_minds_marks_like_a_read() {
    let mut rig = rig();
    assert_eq!(run(&mut rig, VERIFY).0, [0, 0, 0x40, 0, 0, 3, 2]);
    assert_eq!(run(&mut rig, VERIFY | SKIP).0, [0, 0, 0x40, 1, 0, 1, 2]);
}

#[test]
fn a_track_is_read_whatever_its_marks() {
    let mut rig = rig();
    rig.expect_bytes(6 * 512);
    assert_eq!(rig.execute(&[0x42, 0, 0, 0, 1, 2, 6, 0x1b, 0xff])[..3], [0, 0, 0]);
}

#[test]
fn writing_and_formatting_make_sectors_ordinary_again() {
    let mut rig = rig();
    rig.send_bytes(&[0; 512]);
    rig.execute(&[0x45, 0, 0, 0, 3, 2, 18, 0x1b, 0xff]);
    assert_eq!(run(&mut rig, READ).0[5], 5, "sector 5 is still deleted");
    let ids: Vec<u8> = (1..=18).flat_map(|sector| [0, 0, sector, 2]).collect();
    rig.send_bytes(&ids);
    rig.execute(&[0x4d, 0, 2, 18, 0x6c, 0xf6]);
    assert_eq!(run(&mut rig, READ).0[..3], [0x40, 0x80, 0]);
}

#[test]
fn marks_are_those_of_one_side_and_survive_resets() {
    let mut rig = rig();
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[READ, 4, 0, 1, 3, 2, 18, 0x1b, 0xff])[..3], [0x04, 0, 0]);
    rig.fdc.reset(&mut rig.bench.io());
    rig.fdc.power_on(&mut rig.bench.io());
    rig.write(2, 0x1c);
    rig.until_interrupt();
    rig.write(7, RATE_500);
    assert_eq!(run(&mut rig, READ).0[..3], [0, 0, 0x40]);
}

#[test]
fn marks_are_in_the_state_and_leave_with_the_medium() {
    let mut rig = rig();
    assert_state_survives(&mut rig.fdc, Fdc::new(config(DriveType::D1440, false)));
    rig.bench.media = media(Some(MemoryDisk::numbered(F1440)));
    rig.fdc.media_changed(0, &mut rig.bench.io());
    assert_eq!(run(&mut rig, READ).0[..3], [0x40, 0x80, 0]);
}

#[test]
fn a_write_that_fails_leaves_the_mark() {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, false);
    let mut disk = MemoryDisk::numbered(F1440);
    disk.write_protected = true;
    rig.bench.media = media(Some(disk));
    rig.send_bytes(&[0; 512]);
    assert_eq!(rig.execute(&[0x49, 0, 0, 0, 3, 2, 18, 0x1b, 0xff])[..3], [0x40, 0x02, 0]);
    assert_eq!(run(&mut rig, READ).0[..3], [0x40, 0x80, 0]);
}
