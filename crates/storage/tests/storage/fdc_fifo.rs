//! The FIFO: thresholds, overruns, underruns, and what the host must take before the result.

use crate::fdc_rig::*;
use beige_core::{DiskSlot, Tick};
use beige_storage::fdc::DriveType;

const BYTE: Tick = 16_000;
const READ: [u8; 9] = [0x66, 0, 0, 0, 1, 2, 18, 0x1b, 0xff];
const WRITE: [u8; 9] = [0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff];

/// A controller with authentic delays, with this FIFO and with DMA or without.
fn rig(configure: u8, dma: bool) -> Rig {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, true);
    rig.command(&[0x13, 0, configure, 0]);
    rig.command(&[0x03, 0xdf, if dma { 2 } else { 3 }]);
    rig
}

fn until_dreq(rig: &mut Rig) {
    while !rig.dreq() {
        rig.advance(1000);
    }
}

fn sector_of(rig: &mut Rig, lba: u64) -> [u8; 512] {
    let mut data = [0; 512];
    rig.bench.media.disk(DiskSlot(0)).unwrap().read(lba, &mut data).unwrap();
    data
}

#[test]
fn a_byte_that_nobody_takes_or_gives_is_an_overrun() {
    for command in [READ, WRITE] {
        let mut rig = rig(0x20, true);
        rig.channel = Channel::Masked;
        assert_eq!(rig.execute(&command)[..3], [0x40, 0x10, 0]);
    }
}

#[test]
fn a_read_asks_for_service_when_16_less_the_threshold_have_come_and_until_the_fifo_is_empty() {
    for threshold in [1, 4, 12, 15, 16] {
        let mut rig = rig(threshold - 1, false);
        rig.begin(&READ);
        rig.until_interrupt();
        let ready = (16 - threshold).max(1);
        for _ in 0..ready {
            assert_eq!((rig.read(4), rig.irq()), (0xf0, true), "threshold {threshold}");
            rig.read(5);
        }
        assert_eq!((rig.read(4), rig.irq()), (0x70, false), "threshold {threshold}");
        let took = rig.until_interrupt();
        assert!(took.abs_diff(Tick::from(ready) * BYTE) <= 1, "threshold {threshold}: {took}");
    }
}

#[test]
fn the_last_bytes_of_a_sector_are_asked_for_below_the_threshold() {
    let mut rig = rig(0x02, false);
    rig.begin(&READ);
    // 512 is 39 times 13 and 5.
    for burst in [13; 39].into_iter().chain([5]) {
        rig.until_interrupt();
        let mut bytes = 0;
        while rig.read(4) & 0x80 != 0 {
            rig.read(5);
            bytes += 1;
        }
        assert_eq!(bytes, burst);
    }
}

#[test]
fn a_write_asks_until_the_fifo_is_full_and_again_when_the_threshold_is_left() {
    let mut rig = rig(0x03, false);
    rig.begin(&WRITE);
    rig.until_interrupt();
    for _ in 0..16 {
        assert_eq!(rig.read(4), 0xb0);
        rig.write(5, 0xaa);
    }
    assert_eq!((rig.read(4), rig.irq()), (0x30, false));
    rig.until_interrupt();
    for _ in 0..12 {
        assert_eq!(rig.read(4), 0xb0);
        rig.write(5, 0xbb);
    }
    assert_eq!(rig.read(4), 0x30);
    let took = rig.until_interrupt();
    assert!(took.abs_diff(12 * BYTE) <= 1, "{took}");
}

#[test]
fn service_may_be_late_by_the_threshold_and_no_more() {
    for (late, overrun) in [(7, false), (9, true)] {
        let mut rig = rig(0x07, true);
        rig.begin(&READ);
        until_dreq(&mut rig);
        rig.advance(late * BYTE);
        rig.expect_bytes(512);
        rig.until_interrupt();
        assert_eq!(rig.result()[1] & 0x10 != 0, overrun, "{late}");
    }
}

#[test]
fn after_an_overrun_the_host_empties_the_fifo_before_it_reads_the_result() {
    let mut rig = rig(0x07, false);
    rig.begin(&READ);
    rig.until_interrupt();
    rig.advance(50 * BYTE);
    for _ in 0..16 {
        assert_eq!(rig.read(4), 0xf0);
        rig.read(5);
    }
    rig.until_interrupt();
    assert_eq!(rig.result()[..3], [0x40, 0x10, 0]);
}

#[test]
fn a_write_that_runs_dry_fills_its_sector_with_zeroes() {
    let mut rig = rig(0x07, false);
    rig.begin(&WRITE);
    rig.until_interrupt();
    for _ in 0..10 {
        rig.write(5, 0xcc);
    }
    rig.advance(600 * BYTE + 300 * MS);
    assert_eq!(rig.result(), [0x40, 0x10, 0, 0, 0, 1, 2]);
    let written = sector_of(&mut rig, 0);
    assert_eq!((&written[..10], &written[10..]), ([0xcc; 10].as_slice(), [0; 502].as_slice()));
}

#[test]
fn terminal_count_with_the_last_byte_of_the_cylinder_is_no_error() {
    for configure in [0x20, 0x00, 0x0f] {
        let mut rig = rig(configure, true);
        rig.expect_bytes(2 * 512);
        assert_eq!(rig.execute(&[0x66, 0, 0, 0, 17, 2, 18, 0x1b, 0xff]), [0, 0, 0, 1, 0, 1, 2]);
        assert_eq!(rig.sectors(), [16, 17]);
    }
}

#[test]
fn terminal_count_of_a_late_host_ends_the_command_after_its_sector() {
    let mut rig = rig(0x0f, true);
    rig.begin(&[0x66, 0, 0, 0, 18, 2, 18, 0x1b, 0xff]);
    until_dreq(&mut rig);
    rig.expect_bytes(505);
    // The channel stops short of the last seven bytes and is programmed anew after the sector has passed.
    while rig.count > 1 {
        rig.advance(BYTE);
    }
    rig.channel = Channel::Masked;
    rig.advance(12 * BYTE);
    assert!(!rig.irq() && rig.dreq(), "the result waits until the FIFO is empty");
    rig.expect_bytes(8);
    rig.until_interrupt();
    assert_eq!(rig.result(), [0, 0, 0, 1, 0, 1, 2]);
}

#[test]
fn transfers_arrive_whole_with_every_threshold_without_dma() {
    for real in [false, true] {
        for configure in [0x20, 0x00, 0x01, 0x07, 0x0e, 0x0f] {
            let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, real);
            rig.command(&[0x13, 0, configure, 0]);
            rig.command(&[0x03, 0xdf, 3]);
            rig.begin(&[0x45, 0, 0, 0, 17, 2, 18, 0x1b, 0xff]);
            for number in 0..1024_u16 {
                rig.until_interrupt();
                rig.write(5, (number * 7) as u8);
            }
            rig.until_interrupt();
            assert_eq!(rig.result()[..3], [0x40, 0x80, 0], "real {real} {configure:02x}");
            rig.begin(&[0x66, 0, 0, 0, 17, 2, 18, 0x1b, 0xff]);
            for number in 0..1024_u16 {
                rig.until_interrupt();
                assert_eq!(rig.read(5), (number * 7) as u8, "real {real} {configure:02x} byte {number}");
            }
            rig.until_interrupt();
            assert_eq!(rig.result()[..3], [0x40, 0x80, 0], "real {real} {configure:02x}");
        }
    }
}
