//! Transfers of the floppy controller without authentic delays.

use crate::failing_disk::FailingMedia;
use crate::fdc_rig::*;
use beige_core::{Device, DiskSlot, Geometry, Note};
use beige_storage::fdc::DriveType;
use beige_testkit::{MemoryDisk, Random};

fn rig() -> Rig {
    Rig::ready(DriveType::D1440, F1440, RATE_500, false)
}

fn sector(rig: &mut Rig, lba: u64) -> [u8; 512] {
    let mut data = [0; 512];
    rig.bench.media.disk(DiskSlot(0)).unwrap().read(lba, &mut data).unwrap();
    data
}

fn with_disk(change: impl FnOnce(&mut MemoryDisk)) -> Rig {
    let mut rig = rig();
    let mut disk = MemoryDisk::numbered(F1440);
    change(&mut disk);
    rig.bench.media = media(Some(disk));
    rig
}

#[test]
fn a_sector_arrives_by_dma_and_the_result_names_the_next() {
    let mut rig = rig();
    rig.expect_bytes(512);
    rig.begin(&[0xe6, 0, 0, 0, 5, 2, 18, 0x1b, 0xff]);
    assert!(!rig.irq() && !rig.dreq(), "nothing happens within the last command byte");
    assert_eq!(rig.read(4), 0x10);
    assert!(rig.until_interrupt() >= 100_000);
    assert_eq!(rig.sectors(), [4]);
    assert_eq!(rig.result(), [0x00, 0, 0, 0, 0, 6, 2]);
    assert!(!rig.irq());
}

/// Commands, FIFO thresholds and counts at random, byte by byte and in blocks of random length: the controllers and what
/// they gave are the same after every access.
#[test]
fn blocks_of_bytes_are_the_same_as_byte_by_byte() {
    let mut in_blocks = 0;
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let real_delays = seed % 10 == 0;
        let [mut single, mut block] = [(); 2].map(|()| Rig::ready(DriveType::D1440, F1440, RATE_500, real_delays));
        block.blocks = Some(Random::new(seed));
        let configure = [0x13, 0, random.byte() & 0x2f, 0];
        let (command, sector) = ([0xe6, 0xc6, 0x66, 0x62, 0x46][random.below(5) as usize], random.below(18) as u8 + 1);
        let count = random.below(3 * 512) as usize + 1;
        let fails = random.below(4) == 0;
        for rig in [&mut single, &mut block] {
            if fails {
                let mut disk = MemoryDisk::numbered(F1440);
                disk.bad.insert(u64::from(sector));
                rig.bench.media = media(Some(disk));
            }
            rig.command(&configure);
            rig.expect_bytes(count);
            rig.begin(&[command, 0, 0, 0, sector, 2, 18, 0x1b, 0xff]);
        }
        for _ in 0..2000 {
            assert!(single.fdc == block.fdc, "seed {seed}");
            assert_eq!((&single.memory, single.count), (&block.memory, block.count), "seed {seed}");
            assert_eq!(single.bench.wires, block.bench.wires, "seed {seed}");
            assert_eq!(single.bench.timeline, block.bench.timeline, "seed {seed}");
            let next = single.bench.timeline.next();
            if single.irq() || next == beige_core::Tick::MAX {
                break;
            }
            [&mut single, &mut block].into_iter().for_each(|rig| rig.advance(next - rig.bench.now));
        }
        assert_eq!(single.result(), block.result(), "seed {seed}");
        in_blocks += block.block_bytes;
        assert_eq!(single.block_bytes, 0);
    }
    assert!(in_blocks > 50_000, "{in_blocks} bytes came in blocks");
}

#[test]
fn the_first_result_byte_takes_the_interrupt_back() {
    let mut rig = rig();
    rig.expect_bytes(512);
    rig.begin(&[0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]);
    rig.until_interrupt();
    assert!(rig.irq());
    rig.read(5);
    assert!(!rig.irq());
    assert_eq!(rig.read(4), 0xd0);
}

#[test]
fn the_result_advances_as_the_data_sheet_says() {
    // MT, head, last sector; then C, H, R. EOT is 18, the cylinder 3.
    let table = [
        (0x66, 0, 17, [3, 0, 18]),
        (0x66, 0, 18, [4, 0, 1]),
        (0x66, 1, 17, [3, 1, 18]),
        (0x66, 1, 18, [4, 1, 1]),
        (0xe6, 0, 17, [3, 0, 18]),
        (0xe6, 0, 18, [3, 1, 1]),
        (0xe6, 1, 17, [3, 1, 18]),
        (0xe6, 1, 18, [4, 0, 1]),
    ];
    for (command, head, last, id) in table {
        let mut rig = rig();
        rig.seek(3);
        rig.expect_bytes(512);
        let result = rig.execute(&[command, head << 2, 3, head, last, 2, 18, 0x1b, 0xff]);
        assert_eq!(result[3..6], id, "command {command:02x} head {head} sector {last}");
        assert_eq!((result[0] & 0xc0, result[1], result[2], result[6]), (0, 0, 0, 2));
    }
}

#[test]
fn multi_track_reads_a_whole_cylinder() {
    let mut rig = rig();
    rig.seek(1);
    rig.expect_bytes(36 * 512);
    let result = rig.execute(&[0xe6, 0, 1, 0, 1, 2, 18, 0x1b, 0xff]);
    assert_eq!(rig.sectors(), (36..72).collect::<Vec<u64>>());
    assert_eq!(result, [0x04, 0, 0, 2, 0, 1, 2]);
}

#[test]
fn the_end_of_the_cylinder_without_terminal_count_is_an_error() {
    let mut rig = rig();
    rig.expect_bytes(10_000);
    let result = rig.execute(&[0x66, 0, 0, 0, 17, 2, 18, 0x1b, 0xff]);
    assert_eq!(rig.sectors(), [16, 17]);
    assert_eq!(result, [0x40, 0x80, 0, 1, 0, 1, 2]);
}

#[test]
fn a_sector_is_written_and_terminal_count_fills_its_rest_with_zeroes() {
    let mut rig = rig();
    rig.send_bytes(&[0xaa; 600]);
    let result = rig.execute(&[0xc5, 0, 0, 0, 2, 2, 18, 0x1b, 0xff]);
    assert_eq!(result, [0, 0, 0, 0, 0, 4, 2]);
    assert_eq!(sector(&mut rig, 1), [0xaa; 512]);
    let second = sector(&mut rig, 2);
    assert_eq!((second[..88].to_vec(), second[88..].to_vec()), (vec![0xaa; 88], vec![0; 424]));
    assert_eq!(sector(&mut rig, 3)[..8], 3_u64.to_le_bytes());
}

#[test]
fn writing_to_a_protected_disk_is_not_writable() {
    for command in [[0xc5, 0, 0, 0, 1, 2, 18, 0x1b, 0xff].as_slice(), &[0x4d, 0, 2, 18, 0x6c, 0xf6]] {
        let mut rig = with_disk(|disk| disk.write_protected = true);
        rig.send_bytes(&[0; 512]);
        let result = rig.execute(command);
        assert_eq!(result[..3], [0x40, 0x02, 0]);
        assert_eq!(sector(&mut rig, 1)[..8], 1_u64.to_le_bytes());
    }
}

#[test]
fn a_sector_that_is_not_on_the_track_is_no_data() {
    let mut rig = rig();
    assert_eq!(rig.execute(&[0xe6, 0, 0, 0, 19, 2, 19, 0x1b, 0xff]), [0x40, 0x04, 0, 0, 0, 19, 2]);
    assert_eq!(rig.execute(&[0xe6, 0, 0, 0, 0, 2, 18, 0x1b, 0xff])[..3], [0x40, 0x04, 0]);
    assert_eq!(rig.execute(&[0xe6, 0, 0, 1, 1, 2, 18, 0x1b, 0xff])[..3], [0x40, 0x04, 0], "H is not the head");
    assert_eq!(rig.execute(&[0xe6, 0, 0, 0, 1, 3, 18, 0x1b, 0xff])[..3], [0x40, 0x04, 0], "N is not 512 bytes");
}

#[test]
fn an_id_of_another_cylinder_is_a_wrong_cylinder() {
    let mut rig = rig();
    rig.seek(4);
    assert_eq!(rig.execute(&[0xe6, 0, 5, 0, 1, 2, 18, 0x1b, 0xff])[..3], [0x40, 0x04, 0x10]);
}

#[test]
fn a_sector_that_cannot_be_read_passes_with_a_data_error_and_is_noted() {
    let mut rig = with_disk(|disk| _ = disk.bad.insert(7));
    rig.expect_bytes(10_000);
    let result = rig.execute(&[0xe6, 0, 0, 0, 7, 2, 18, 0x1b, 0xff]);
    assert_eq!(rig.sectors(), [6, 0], "what cannot be read is zeroes");
    assert_eq!(result, [0x40, 0x20, 0x20, 0, 0, 8, 2]);
    let notes = rig.bench.outputs.notes();
    assert_eq!(notes, [Note::DiskFailed { slot: DiskSlot(0), lba: 7, write: false }]);
}

#[test]
fn a_host_that_fails_to_write_is_a_data_error_and_noted() {
    let mut rig = rig();
    rig.bench.media = Box::new(FailingMedia(F1440));
    rig.send_bytes(&[0; 512]);
    assert_eq!(rig.execute(&[0xc5, 0, 0, 0, 2, 2, 18, 0x1b, 0xff]), [0x40, 0x20, 0x20, 0, 0, 2, 2]);
    let notes = rig.bench.outputs.notes();
    assert_eq!(notes, [Note::DiskFailed { slot: DiskSlot(0), lba: 1, write: true }]);
}

#[test]
fn a_channel_for_the_wrong_direction_still_ends_a_transfer() {
    let mut rig = rig();
    rig.send_bytes(&[0; 512]);
    assert_eq!(rig.execute(&[0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]), [0, 0, 0, 0, 0, 2, 2]);
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0xc5, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]), [0, 0, 0, 0, 0, 2, 2]);
}

#[test]
fn no_address_marks_are_found_at_the_wrong_rate() {
    let cases = [
        (DriveType::D1440, F1440, [true, false, false, false]),
        (DriveType::D2880, F2880, [false, false, false, true]),
        (DriveType::D2880, F1440, [true, false, false, false]),
        (DriveType::D1440, F2880, [false, false, false, false]),
        (DriveType::D1440, F720, [false, false, true, false]),
        (DriveType::D720, F720, [false, false, true, false]),
        (DriveType::D720, F1440, [false, false, false, false]),
        (DriveType::D1200, F1200, [true, false, false, false]),
        (DriveType::D1200, F360, [false, true, false, false]),
        (DriveType::D360, F360, [false, false, true, false]),
        (DriveType::D360, F1200, [false, false, false, false]),
    ];
    for (drive, geometry, readable) in cases {
        for (rate, readable) in readable.into_iter().enumerate() {
            let mut rig = Rig::ready(drive, geometry, rate as u8, false);
            let result = rig.execute(&[0x4a, 0]);
            let expected = if readable { [0, 0] } else { [0x40, 0x01] };
            assert_eq!(result[..2], expected, "{drive:?} {geometry:?} rate {rate}");
        }
    }
}

#[test]
fn fm_and_the_second_side_of_a_single_sided_disk_have_no_address_marks() {
    let mut rig = Rig::ready(DriveType::D360, F160, RATE_250, false);
    assert_eq!(rig.execute(&[0x4a, 0])[..2], [0, 0]);
    assert_eq!(rig.execute(&[0x0a, 0])[..2], [0x40, 0x01]);
    assert_eq!(rig.execute(&[0x4a, 4])[..2], [0x44, 0x01]);
}

#[test]
fn a_40_track_disk_needs_double_steps_in_an_80_track_drive() {
    let mut rig = Rig::ready(DriveType::D1200, F360, RATE_300, false);
    for physical in 0..80 {
        rig.seek(physical);
        let result = rig.execute(&[0x4a, 0]);
        if physical % 2 == 0 {
            assert_eq!((result[1], result[3]), (0, physical / 2));
        } else {
            assert_eq!(result[1], 0x01, "between two tracks");
        }
    }
    rig.seek(20);
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0xe6, 0, 10, 0, 1, 2, 9, 0x2a, 0xff]), [0, 0, 0, 10, 0, 2, 2]);
    assert_eq!(rig.sectors(), [180]);
}

#[test]
fn beyond_the_last_cylinder_there_are_no_address_marks() {
    let mut rig = rig();
    rig.seek(81);
    assert_eq!(rig.execute(&[0x4a, 0])[..2], [0x40, 0x01]);
}

#[test]
fn without_a_disk_a_read_waits_until_one_is_inserted() {
    let mut rig = rig();
    rig.bench.media = media(None);
    rig.expect_bytes(512);
    rig.begin(&[0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]);
    rig.advance(5000 * MS);
    assert_eq!((rig.irq(), rig.read(4)), (false, 0x10));
    rig.bench.media = media(Some(MemoryDisk::numbered(F1440)));
    rig.fdc.media_changed(0, &mut rig.bench.io());
    rig.until_interrupt();
    assert_eq!(rig.result()[..3], [0, 0, 0]);
}

#[test]
fn without_the_motor_a_read_waits_and_a_reset_ends_it() {
    let mut rig = rig();
    rig.write(2, 0x0c);
    rig.begin(&[0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]);
    rig.advance(5000 * MS);
    assert_eq!((rig.irq(), rig.read(4)), (false, 0x10));
    rig.write(2, 0x08);
    rig.write(2, 0x0c);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0xc0, 0]);
}

#[test]
fn without_dma_each_byte_is_an_interrupt() {
    let mut rig = rig();
    rig.command(&[0x03, 0xdf, 0x03]);
    rig.begin(&[0x66, 0, 0, 0, 18, 2, 18, 0x1b, 0xff]);
    assert_eq!(rig.read(4), 0x70);
    let mut data = Vec::new();
    for _ in 0..512 {
        rig.until_interrupt();
        assert_eq!(rig.read(4), 0xf0);
        data.push(rig.read(5));
        assert!(!rig.irq() || data.len() == 512);
    }
    assert_eq!(data[..8], 17_u64.to_le_bytes());
    // Nothing but DMA can give terminal count.
    rig.until_interrupt();
    assert_eq!(rig.result(), [0x40, 0x80, 0, 1, 0, 1, 2]);
}

#[test]
fn without_dma_a_sector_is_written_byte_by_byte() {
    let mut rig = rig();
    rig.command(&[0x03, 0xdf, 0x03]);
    rig.begin(&[0x45, 0, 0, 0, 18, 2, 18, 0x1b, 0xff]);
    for byte in 0..512 {
        rig.until_interrupt();
        assert_eq!(rig.read(4), 0xb0);
        rig.write(5, byte as u8);
    }
    rig.until_interrupt();
    assert_eq!(rig.result()[..3], [0x40, 0x80, 0]);
    let written = sector(&mut rig, 17);
    assert!(written.iter().enumerate().all(|(at, byte)| *byte == at as u8));
}

fn ids(cylinder: u8, head: u8, sectors: std::ops::RangeInclusive<u8>) -> Vec<u8> {
    sectors.flat_map(|sector| [cylinder, head, sector, 2]).collect()
}

#[test]
fn format_fills_the_sectors_whose_ids_are_given() {
    let mut rig = rig();
    rig.seek(2);
    rig.send_bytes(&ids(2, 1, 1..=18));
    let result = rig.execute(&[0x4d, 4, 2, 18, 0x6c, 0xf6]);
    assert_eq!(result[..3], [0x04, 0, 0]);
    let first = 2 * 36 + 18;
    for lba in first..first + 18 {
        assert_eq!(sector(&mut rig, lba), [0xf6; 512]);
    }
    assert_eq!(sector(&mut rig, first - 1)[..8], (first - 1).to_le_bytes());
    assert_eq!(sector(&mut rig, first + 18)[..8], (first + 18).to_le_bytes());
}

#[test]
fn format_without_dma_takes_four_bytes_a_sector() {
    let mut rig = rig();
    rig.command(&[0x03, 0xdf, 0x03]);
    rig.begin(&[0x4d, 0, 2, 18, 0x6c, 0xe5]);
    for byte in ids(0, 0, 1..=18) {
        rig.until_interrupt();
        assert_eq!(rig.read(4), 0xb0);
        rig.write(5, byte);
    }
    rig.until_interrupt();
    assert_eq!(rig.result()[..3], [0, 0, 0]);
    assert_eq!(sector(&mut rig, 17), [0xe5; 512]);
}

#[test]
fn an_id_outside_the_geometry_fails_and_the_others_are_formatted() {
    let mut rig = rig();
    rig.send_bytes(&ids(0, 0, 18..=19));
    assert_eq!(rig.execute(&[0x4d, 0, 2, 2, 0x6c, 0xf6])[..3], [0x40, 0x04, 0]);
    assert_eq!(sector(&mut rig, 17), [0xf6; 512]);
    rig.write(7, RATE_250);
    rig.send_bytes(&ids(0, 0, 1..=9));
    assert_eq!(rig.execute(&[0x4d, 0, 2, 9, 0x50, 0xf6])[..3], [0x40, 0x01, 0], "another density");
    assert!(matches!(rig.bench.outputs.notes(), [Note::Unmodelled(_)]));
}

#[test]
fn read_id_goes_through_the_sectors() {
    let mut rig = rig();
    rig.seek(3);
    let mut seen: Vec<u8> = (0..18).map(|_| rig.execute(&[0x4a, 4])[5]).collect();
    assert_eq!(rig.execute(&[0x4a, 4])[..5], [0x04, 0, 0, 3, 1]);
    seen.sort_unstable();
    assert_eq!(seen, (1..=18).collect::<Vec<u8>>());
}

#[test]
fn reading_deleted_data_stops_after_an_ordinary_sector_or_skips_it() {
    let mut rig = rig();
    rig.expect_bytes(2048);
    assert_eq!(rig.execute(&[0x4c, 0, 0, 0, 3, 2, 18, 0x1b, 0xff]), [0, 0, 0x40, 0, 0, 3, 2]);
    assert_eq!(rig.sectors(), [2]);
    rig.expect_bytes(2048);
    assert_eq!(rig.execute(&[0x6c, 0, 0, 0, 3, 2, 18, 0x1b, 0xff])[..3], [0x40, 0x80, 0x40]);
    assert!(rig.memory.is_empty());
}

#[test]
fn read_track_goes_on_after_a_data_error_and_tells_of_it_at_the_end() {
    let mut rig = with_disk(|disk| _ = disk.bad.insert(1));
    rig.expect_bytes(3 * 512);
    assert_eq!(rig.execute(&[0x42, 0, 0, 0, 1, 2, 3, 0x1b, 0xff])[..3], [0x40, 0x20, 0x20]);
    assert_eq!(rig.sectors(), [0, 0, 2]);
}

#[test]
fn read_track_takes_sectors_from_index_on_and_tells_of_wrong_ids() {
    let mut rig = rig();
    rig.expect_bytes(18 * 512);
    assert_eq!(rig.execute(&[0x42, 0, 0, 0, 1, 2, 18, 0x1b, 0xff])[..3], [0, 0, 0]);
    assert_eq!(rig.sectors(), (0..18).collect::<Vec<u64>>());
    rig.expect_bytes(2 * 512);
    assert_eq!(rig.execute(&[0x42, 0, 0, 0, 5, 2, 2, 0x1b, 0xff])[..3], [0x40, 0x04, 0]);
    assert_eq!(rig.sectors(), [0, 1]);
}

#[test]
fn verify_moves_no_data_and_counts_sectors_or_ends_with_the_cylinder() {
    let mut rig = with_disk(|disk| _ = disk.bad.insert(10));
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0x56, 0x80, 0, 0, 1, 2, 18, 0x1b, 4]), [0, 0, 0, 0, 0, 5, 2]);
    assert_eq!(rig.execute(&[0x56, 0, 0, 0, 12, 2, 18, 0x1b, 0xff]), [0, 0, 0, 1, 0, 1, 2]);
    assert_eq!(rig.execute(&[0x56, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]), [0x40, 0x20, 0x20, 0, 0, 11, 2]);
    assert_eq!(rig.execute(&[0x56, 0x80, 0, 0, 12, 2, 18, 0x1b, 8])[..3], [0x40, 0x80, 0], "more than are left");
    assert_eq!(rig.execute(&[0xd6, 0x80, 0, 0, 12, 2, 18, 0x1b, 8]), [0x04, 0, 0, 0, 1, 2, 2], "on side 1, too");
    assert_eq!(rig.execute(&[0x56, 0, 0, 0, 12, 2, 19, 0x1b, 0xff])[..3], [0x40, 0x04, 0], "EOT beyond the track");
    assert!(rig.memory.is_empty());
}

#[test]
fn an_implied_seek_goes_to_the_cylinder_first() {
    let mut rig = rig();
    rig.seek(1);
    rig.command(&[0x13, 0, 0x60, 0]);
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0xe6, 0, 30, 0, 1, 2, 18, 0x1b, 0xff]), [0x20, 0, 0, 30, 0, 2, 2]);
    assert_eq!(rig.sectors(), [30 * 36]);
}

#[test]
fn the_drive_is_busy_during_an_implied_seek() {
    let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, true);
    rig.seek(1);
    rig.command(&[0x13, 0, 0x60, 0]);
    rig.begin(&[0xe6, 0, 30, 0, 1, 2, 18, 0x1b, 0xff]);
    rig.advance(50 * MS);
    assert_eq!(rig.read(4), 0x11);
    rig.advance(100 * MS);
    assert_eq!(rig.read(4) & 0x0f, 0);
}

/// Reset, motor and recalibration, and nothing else, as the legacy BIOS of Bochs does it.
fn carelessly_started(geometry: Geometry) -> Rig {
    let mut rig = Rig::cold(DriveType::D1440, Some(geometry), false);
    rig.write(2, 0x1c);
    rig.until_interrupt();
    rig.command(&[0x08]);
    rig
}

#[test]
fn until_software_sets_a_rate_each_medium_is_read_at_its_own() {
    for geometry in [F1440, F720] {
        let mut rig = carelessly_started(geometry);
        assert_eq!(rig.execute(&[0x4a, 0])[..2], [0, 0], "{geometry:?}");
        rig.write(7, RATE_300);
        assert_eq!(rig.execute(&[0x4a, 0])[..2], [0x40, 0x01], "{geometry:?}");
        rig.fdc.reset(&mut rig.bench.io());
        rig.write(2, 0x1c);
        rig.until_interrupt();
        assert_eq!(rig.execute(&[0x4a, 0])[..2], [0, 0], "{geometry:?} after the reset line");
    }
}

#[test]
fn until_the_first_seek_transfers_go_to_their_cylinder_by_themselves() {
    let mut rig = carelessly_started(F1440);
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0xe6, 0, 30, 0, 1, 2, 18, 0x1b, 0xff])[..2], [0x20, 0]);
    assert_eq!(rig.sectors(), [30 * 36]);
    rig.seek(3);
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0xe6, 0, 30, 0, 1, 2, 18, 0x1b, 0xff])[..3], [0x40, 0x04, 0x10]);
}

#[test]
fn dor_selects_the_drive_whatever_the_command_says() {
    let mut rig = rig();
    rig.expect_bytes(512);
    assert_eq!(rig.execute(&[0xe6, 1, 0, 0, 1, 2, 18, 0x1b, 0xff])[..3], [0x01, 0, 0]);
    assert_eq!(rig.sectors(), [0]);
}
