//! Authentic delays of the floppy controller.

use crate::fdc_rig::*;
use beige_core::{Geometry, Tick};
use beige_storage::fdc::DriveType;

const REVOLUTION_300: Tick = 200 * MS;

fn rig() -> Rig {
    Rig::ready(DriveType::D1440, F1440, RATE_500, true)
}

/// Loads the head with a command, then waits for the next index pulse; the pulses come from tick 0 on.
fn at_index(rig: &mut Rig, thirds: u64) {
    rig.execute(&[0x4a, 0]);
    let turn = rig.bench.now * 3 / thirds + 1;
    let at = (turn * thirds).div_ceil(3);
    rig.advance(at - rig.bench.now);
}

#[test]
fn a_track_read_from_index_takes_one_revolution() {
    let cases: [(DriveType, Geometry, u8, u64); 7] = [
        (DriveType::D1440, F1680, RATE_500, 3 * REVOLUTION_300),
        (DriveType::D2880, F2880, RATE_1000, 3 * REVOLUTION_300),
        (DriveType::D1440, F1440, RATE_500, 3 * REVOLUTION_300),
        (DriveType::D1440, F720, RATE_250, 3 * REVOLUTION_300),
        (DriveType::D360, F360, RATE_250, 3 * REVOLUTION_300),
        (DriveType::D1200, F1200, RATE_500, 500 * MS),
        (DriveType::D1200, F360, RATE_300, 500 * MS),
    ];
    for (drive, geometry, rate, thirds) in cases {
        let mut rig = Rig::ready(drive, geometry, rate, true);
        at_index(&mut rig, thirds);
        let sectors = geometry.sectors as u8;
        rig.expect_bytes(512 * usize::from(sectors));
        rig.begin(&[0x66, 0, 0, 0, 1, 2, sectors, 0x1b, 0xff]);
        let took = rig.until_interrupt();
        assert_eq!(rig.result()[..3], [0, 0, 0]);
        assert_eq!(rig.sectors(), (0..u64::from(sectors)).collect::<Vec<u64>>());
        let revolution = thirds / 3;
        assert!(took.abs_diff(revolution) * 20 <= revolution, "{drive:?} {geometry:?}: {took}");
    }
}

#[test]
fn a_track_written_from_index_takes_one_revolution() {
    let mut rig = rig();
    at_index(&mut rig, 3 * REVOLUTION_300);
    rig.send_bytes(&[0x55; 18 * 512]);
    rig.begin(&[0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]);
    let took = rig.until_interrupt();
    assert_eq!(rig.result()[..3], [0, 0, 0]);
    assert!(took.abs_diff(REVOLUTION_300) * 20 <= REVOLUTION_300, "{took}");
}

#[test]
fn a_track_is_formatted_from_index_to_index() {
    let mut rig = rig();
    at_index(&mut rig, 3 * REVOLUTION_300);
    rig.advance(50 * MS);
    let ids: Vec<u8> = (1..=18).flat_map(|sector| [0, 0, sector, 2]).collect();
    rig.send_bytes(&ids);
    rig.begin(&[0x4d, 0, 2, 18, 0x6c, 0xf6]);
    let took = rig.until_interrupt();
    assert_eq!(rig.result()[..3], [0, 0, 0]);
    assert_eq!(took, 150 * MS + REVOLUTION_300);
}

#[test]
fn the_sector_just_passed_comes_again_after_a_revolution() {
    let mut rig = rig();
    rig.expect_bytes(512);
    rig.execute(&[0x66, 0, 0, 0, 5, 2, 18, 0x1b, 0xff]);
    rig.expect_bytes(512);
    rig.begin(&[0x66, 0, 0, 0, 5, 2, 18, 0x1b, 0xff]);
    assert_eq!(rig.until_interrupt(), REVOLUTION_300);
}

#[test]
fn read_id_gives_the_next_id_that_passes() {
    let mut rig = rig();
    at_index(&mut rig, 3 * REVOLUTION_300);
    let first = rig.execute(&[0x4a, 0])[5];
    let others: Vec<u8> = (0..18).map(|_| rig.execute(&[0x4a, 0])[5]).collect();
    assert_eq!(first, 1);
    assert_eq!(others, (2..=18).chain([1]).collect::<Vec<u8>>());
}

#[test]
fn bytes_come_at_the_data_rate() {
    for (drive, geometry, rate, ticks) in [
        (DriveType::D1440, F1440, RATE_500, 16_000),
        (DriveType::D1200, F360, RATE_300, 26_667),
        (DriveType::D1440, F720, RATE_250, 32_000),
    ] {
        let mut rig = Rig::ready(drive, geometry, rate, true);
        rig.command(&[0x03, 0xdf, 0x03]);
        rig.begin(&[0x66, 0, 0, 0, 1, 2, 9, 0x1b, 0xff]);
        rig.until_interrupt();
        rig.read(5);
        for _ in 0..100 {
            assert!(rig.until_interrupt().abs_diff(ticks) <= 1);
            rig.read(5);
        }
    }
}

#[test]
fn steps_take_the_step_rate_of_specify_at_each_data_rate() {
    // SRT Dh: 3 ms at 500 kbps.
    for (rate, step) in [(RATE_500, 3 * MS), (RATE_300, 5 * MS), (RATE_250, 6 * MS)] {
        let mut rig = Rig::ready(DriveType::D1440, F1440, rate, true);
        rig.begin(&[0x0f, 0, 40]);
        assert_eq!(rig.until_interrupt(), 40 * step);
        rig.command(&[0x08]);
        rig.begin(&[0x07, 0]);
        assert_eq!(rig.until_interrupt(), 40 * step);
    }
}

#[test]
fn a_reset_stops_the_head_on_its_way() {
    let mut rig = rig();
    rig.begin(&[0x0f, 0, 40]);
    rig.advance(31 * MS);
    rig.write(4, 0x80);
    rig.until_interrupt();
    rig.command(&[0x08]);
    rig.advance(20 * MS);
    assert_eq!(rig.execute(&[0x4a, 0])[3], 10);
}

#[test]
fn nothing_is_read_before_the_spindle_is_at_speed() {
    let mut rig = rig();
    rig.write(2, 0x0c);
    rig.advance(1000 * MS);
    rig.write(2, 0x1c);
    rig.begin(&[0x4a, 0]);
    let took = rig.until_interrupt();
    assert!((500 * MS..520 * MS).contains(&took), "{took}");
}

#[test]
fn the_head_settles_after_a_seek() {
    let mut rig = rig();
    rig.seek(1);
    rig.begin(&[0x4a, 0]);
    let took = rig.until_interrupt();
    assert!((15 * MS..30 * MS).contains(&took), "{took}");
}

#[test]
fn a_search_ends_with_the_second_index() {
    let mut rig = rig();
    at_index(&mut rig, 3 * REVOLUTION_300);
    rig.advance(50 * MS);
    rig.begin(&[0x66, 0, 0, 0, 19, 2, 19, 0x1b, 0xff]);
    assert_eq!(rig.until_interrupt(), 150 * MS + REVOLUTION_300);
}

#[test]
fn an_unloaded_head_has_to_load() {
    let mut rig = rig();
    // HLT 7Fh: 254 ms; HUT 1: 16 ms.
    rig.command(&[0x03, 0xd1, 0xfe]);
    rig.begin(&[0x4a, 0]);
    assert!(rig.until_interrupt() > 254 * MS);
    rig.result();
    rig.begin(&[0x4a, 0]);
    assert!(rig.until_interrupt() < 30 * MS);
    rig.result();
    rig.advance(20 * MS);
    rig.begin(&[0x4a, 0]);
    assert!(rig.until_interrupt() > 254 * MS);
}
