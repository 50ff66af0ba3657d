//! The three SCAN commands.

use crate::fdc_rig::*;
use beige_storage::fdc::DriveType;
use beige_testkit::MemoryDisk;

const EQUAL: u8 = 0x51;
const LOW_OR_EQUAL: u8 = 0x59;
const HIGH_OR_EQUAL: u8 = 0x5d;

/// A disk whose sector R on track 0 is filled with 10h x R.
fn rig() -> Rig {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, false);
    let mut disk = MemoryDisk::numbered(F1440);
    for sector in 1..=14 {
        disk.data[(sector - 1) * 512..sector * 512].fill(0x10 * sector as u8);
    }
    disk.write_protected = true;
    rig.bench.media = media(Some(disk));
    rig
}

/// ST0, ST2 and R after a scan of sectors 1 to 6 for this byte.
fn scan(rig: &mut Rig, command: u8, byte: u8, step: u8) -> (u8, u8, u8) {
    rig.send_bytes(&[byte; 7 * 512]);
    let result = rig.execute(&[command, 0, 0, 0, 1, 2, 6, 0x1b, step]);
    (result[0], result[2], result[5])
}

#[test]
fn scan_equal_stops_at_the_equal_sector() {
    let mut rig = rig();
    assert_eq!(scan(&mut rig, EQUAL, 0x40, 1), (0, 0x08, 4));
    assert_eq!(rig.count, 3 * 512, "four sectors were compared");
    assert_eq!(scan(&mut rig, EQUAL, 0x45, 1), (0, 0x04, 1), "none up to EOT");
}

#[test]
fn the_other_scans_stop_at_the_first_sector_on_their_side() {
    let mut rig = rig();
    assert_eq!(scan(&mut rig, LOW_OR_EQUAL, 0x45, 1), (0, 0, 1));
    assert_eq!(scan(&mut rig, LOW_OR_EQUAL, 0x10, 1), (0, 0x08, 1));
    assert_eq!(scan(&mut rig, LOW_OR_EQUAL, 0x05, 1), (0, 0x04, 1));
    assert_eq!(scan(&mut rig, HIGH_OR_EQUAL, 0x45, 1), (0, 0, 5));
    assert_eq!(scan(&mut rig, HIGH_OR_EQUAL, 0x30, 1), (0, 0x08, 3));
    assert_eq!(scan(&mut rig, HIGH_OR_EQUAL, 0x65, 1), (0, 0x04, 1));
}

#[test]
fn ffh_meets_any_condition() {
    let mut rig = rig();
    assert_eq!(scan(&mut rig, EQUAL, 0xff, 1), (0, 0x08, 1));
    let mut pattern = vec![0xff; 6 * 512];
    pattern.chunks_mut(512).for_each(|sector| sector[7] = 0x20);
    rig.send_bytes(&pattern);
    assert_eq!(rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 6, 0x1b, 1])[5], 2);
}

#[test]
fn a_step_of_2_leaves_every_other_sector_out() {
    let mut rig = rig();
    assert_eq!(scan(&mut rig, EQUAL, 0x50, 2), (0, 0x08, 5));
    rig.send_bytes(&[0x40; 6 * 512]);
    let result = rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 18, 0x1b, 2]);
    assert_eq!(result[2] & 0x0c, 0x04, "terminal count ends it unsatisfied");
    rig.send_bytes(&[0x40; 10 * 512]);
    let result = rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 18, 0x1b, 2]);
    assert_eq!(result[..2], [0x40, 0x04], "EOT is stepped over and the next sector is not there");
}

#[test]
fn terminal_count_within_a_sector_ends_the_scan_with_what_was_compared() {
    let mut rig = rig();
    rig.send_bytes(&[0x10; 3]);
    assert_eq!(rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 6, 0x1b, 1])[..3], [0, 0, 0x08]);
    rig.send_bytes(&[0x11; 3]);
    assert_eq!(rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 6, 0x1b, 1])[..3], [0, 0, 0x04]);
}

#[test]
fn a_scan_without_dma_takes_its_bytes_from_the_data_register() {
    let mut rig = rig();
    rig.command(&[0x03, 0xdf, 0x03]);
    rig.begin(&[EQUAL, 0, 0, 0, 1, 2, 6, 0x1b, 1]);
    for _ in 0..1024 {
        rig.until_interrupt();
        assert_eq!(rig.read(4), 0xb0);
        rig.write(5, 0x20);
    }
    rig.until_interrupt();
    assert_eq!(rig.result(), [0, 0, 0x08, 0, 0, 2, 2]);
}

#[test]
fn a_scan_that_the_host_does_not_feed_is_an_overrun() {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, true);
    assert_eq!(rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 6, 0x1b, 1])[..2], [0x40, 0x10]);
}

#[test]
fn an_unreadable_sector_ends_a_scan() {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, false);
    let mut disk = MemoryDisk::numbered(F1440);
    disk.bad.insert(1);
    rig.bench.media = media(Some(disk));
    rig.send_bytes(&[0x77; 4 * 512]);
    assert_eq!(rig.execute(&[EQUAL, 0, 0, 0, 1, 2, 6, 0x1b, 1])[1..6], [0x20, 0x24, 0, 0, 2]);
}
