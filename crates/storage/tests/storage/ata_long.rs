//! READ LONG, WRITE LONG and FORMAT TRACK.

use crate::assert_state_survives;
use crate::ata_rig::*;
use beige_core::{Device, PortDevice};
use beige_storage::ata::AtaChannel;

const ABRT: u8 = 0x04;
const IDNF: u8 = 0x10;
const UNC: u8 = 0x40;

/// The data and the ECC of a sector by READ LONG.
fn read_long(rig: &mut Rig, lba: u32) -> (Vec<u8>, [u8; 4]) {
    assert_eq!(rig.at_lba(0x22, 1, lba), READY | DRQ);
    assert!(rig.irq());
    let data = (0..256).flat_map(|_| rig.ata.read16(0, &mut rig.bench.io()).to_le_bytes()).collect();
    let ecc = [(); 4].map(|()| rig.read(0));
    assert_eq!(rig.read(7), READY, "nothing is left");
    (data, ecc)
}

fn write_long(rig: &mut Rig, lba: u32, data: &[u8], ecc: [u8; 4]) {
    assert_eq!(rig.at_lba(0x32, 1, lba), READY | DRQ);
    assert!(!rig.irq());
    for word in data.as_chunks().0 {
        rig.ata.write16(0, u16::from_le_bytes(*word), &mut rig.bench.io());
    }
    for byte in ecc {
        assert_eq!(rig.read(8) & DRQ, DRQ);
        // Only the low byte counts.
        rig.ata.write16(0, 0xee00 | u16::from(byte), &mut rig.bench.io());
    }
    assert_eq!(rig.wait(), READY);
    assert!(rig.irq());
    assert_eq!(rig.registers()[1], 0, "none left");
}

#[test]
fn a_long_read_gives_the_sector_and_four_bytes_that_follow_from_it() {
    let mut rig = Rig::new([true, false]);
    let (data, ecc) = read_long(&mut rig, 77);
    assert_eq!(numbers(&data), [77]);
    let (_, other) = read_long(&mut rig, 78);
    assert_ne!(ecc, other);
    rig.at_lba(0x30, 1, 78);
    rig.give_all(|at| data[at]);
    assert_eq!(read_long(&mut rig, 78), (data, ecc));
}

#[test]
fn a_sector_written_with_its_ecc_is_good() {
    let mut rig = Rig::new([true, false]);
    let (data, ecc) = read_long(&mut rig, 77);
    write_long(&mut rig, 80, &data, ecc);
    assert_eq!(rig.at_lba(0x20, 1, 80), READY | DRQ);
    assert_eq!(numbers(&rig.take_all().0), [77]);
}

#[test]
fn a_sector_written_with_a_wrong_ecc_is_uncorrectable_until_it_is_written_again() {
    let mut rig = Rig::new([true, false]);
    let (mut data, ecc) = read_long(&mut rig, 77);
    data[100] ^= 1;
    write_long(&mut rig, 77, &data, ecc);
    for command in [0x20, 0x40, 0xc4] {
        rig.command(0xc6, [4, 0, 0, 0, 0xa0]);
        assert_eq!(rig.at_lba(command, 1, 77), READY | ERR, "{command:02x}");
        assert_eq!(rig.registers(), [UNC, 1, 77, 0, 0, 0xe0]);
    }
    assert_eq!(read_long(&mut rig, 77), (data.clone(), ecc), "READ LONG does not check");
    let fresh = AtaChannel::new(IRQ, [Some(config(0)), None]);
    assert_state_survives(&mut rig.ata, fresh);
    rig.ata.reset(&mut rig.bench.io());
    assert_eq!(rig.at_lba(0x20, 1, 77), READY | ERR, "it is on the disk");
    rig.at_lba(0x30, 1, 77);
    rig.give_all(|at| data[at]);
    assert_eq!(rig.at_lba(0x20, 1, 77), READY | DRQ);
}

#[test]
fn sixteen_spoilt_sectors_are_remembered() {
    let mut rig = Rig::new([true, false]);
    for lba in 0..17 {
        write_long(&mut rig, lba, &[0; 512], [1, 2, 3, 4]);
    }
    assert_eq!(rig.at_lba(0x20, 1, 0), READY | DRQ);
    rig.take_all();
    for lba in 1..17 {
        assert_eq!(rig.at_lba(0x20, 1, lba), READY | ERR, "{lba}");
    }
}

#[test]
fn long_transfers_have_the_errors_of_short_ones_and_move_one_sector() {
    for command in [0x22, 0x23, 0x32, 0x33] {
        let mut rig = Rig::with_disk(|disk| disk.write_protected = command & 0x10 != 0);
        for count in [0, 2, 255] {
            assert_eq!(rig.at_lba(command, count, 5), READY | ERR, "{command:02x} {count}");
            assert_eq!(rig.read(1), ABRT);
        }
        assert_eq!(rig.at_lba(command, 1, SECTORS as u32), READY | ERR);
        assert_eq!(rig.read(1), IDNF);
    }
    let mut rig = Rig::with_disk(|disk| disk.write_protected = true);
    assert_eq!(rig.at_lba(0x32, 1, 5), READY | ERR);
    assert_eq!(rig.read(1), ABRT);
    let mut rig = Rig::with_disk(|disk| _ = disk.bad.insert(5));
    assert_eq!(rig.at_lba(0x22, 1, 5), READY | ERR);
    assert_eq!(rig.registers(), [UNC, 1, 5, 0, 0, 0xe0]);
    assert_eq!(rig.at_lba(0x32, 1, 5), READY | DRQ);
    for _ in 0..260 {
        rig.ata.write16(0, 0, &mut rig.bench.io());
    }
    assert_eq!(rig.wait() & ERR, ERR);
}

#[test]
fn format_track_fills_the_track_of_the_translation_with_zeroes() {
    let mut rig = Rig::new([true, false]);
    assert_eq!(rig.command(0x50, [17, 9, 3, 0, 0xa2]), READY | DRQ, "the sector number is of no matter");
    assert!(!rig.irq());
    assert_eq!(rig.give_all(|at| at as u8), 0);
    assert_eq!((rig.irq(), rig.read(7)), (true, READY));
    let first = (3 * 4 + 2) * 17;
    for lba in first..first + 17 {
        assert_eq!(rig.sector(0, lba), [0; 512]);
    }
    assert_eq!(rig.sector(0, first - 1)[..8], (first - 1).to_le_bytes());
    assert_eq!(rig.sector(0, first + 17)[..8], (first + 17).to_le_bytes());
}

#[test]
fn format_track_outside_the_disk_or_protected_fails() {
    let mut rig = Rig::new([true, false]);
    assert_eq!(rig.command(0x50, [17, 1, 20, 0, 0xa0]), READY | ERR);
    assert_eq!(rig.read(1), IDNF);
    let mut rig = Rig::with_disk(|disk| disk.write_protected = true);
    assert_eq!(rig.command(0x50, [17, 1, 2, 0, 0xa0]), READY | ERR);
    assert_eq!(rig.read(1), ABRT);
    let mut rig = Rig::with_disk(|disk| _ = disk.bad.insert(20));
    rig.command(0x50, [17, 1, 0, 0, 0xa1]);
    rig.give_all(|_| 0);
    assert_eq!(rig.read(7) & ERR, ERR);
    assert_eq!(rig.registers()[2..], [4, 0, 0, 0xa1], "the sector that failed");
    assert_eq!(rig.sector(0, 19), [0; 512]);
}
