//! INT 13h: floppies and hard disks, their errors, and the status bytes 40:41 and 40:74.

use super::{BDA, BUFFER, Bios, FLOPPY, HARD_DISK, Regs, bios, config, disks, stub_disk};
use crate::{Config, DriveType, HardDisk, Model};
use beige_core::Geometry;

const FLOPPY_STATUS: u32 = BDA + 0x41;
const DISK_STATUS: u32 = BDA + 0x74;

/// Function, sectors; cylinder, head, sector; drive. ES:BX is the buffer.
fn int13(bios: &mut Bios, ax: u16, (cylinder, head, sector): (u16, u8, u8), drive: u8) -> Regs {
    let cx = cylinder << 8 | cylinder >> 2 & 0xc0 | u16::from(sector);
    let dx = u16::from(head) << 8 | u16::from(drive);
    bios.call(0x13, Regs { bx: BUFFER, cx, dx, ..Regs::ax(ax) })
}

/// The number that a sector of the test's disks begins with.
fn number(bios: &Bios, sector: u32) -> u16 {
    bios.word(u32::from(BUFFER) + 512 * sector)
}

#[test]
fn floppy_sectors_are_read_verified_and_written() {
    for model in [Model::I8086, Model::I80486] {
        let mut bios = Bios::boot(config(model));
        let read = int13(&mut bios, 0x0203, (10, 1, 16), 0);
        assert_eq!((read.status(), read.al()), (0, 3));
        let lba = (10 * 2 + 1) * 18 + 15;
        assert_eq!([0, 1, 2].map(|sector| number(&bios, sector)), [lba, lba + 1, lba + 2]);
        assert_eq!(int13(&mut bios, 0x0412, (79, 0, 1), 0).status(), 0);
        bios.poke(u32::from(BUFFER), &[0xa5; 1024]);
        assert_eq!(int13(&mut bios, 0x0302, (40, 0, 5), 0).ax, 0x0002);
        bios.poke(u32::from(BUFFER), &[0; 1024]);
        assert_eq!(int13(&mut bios, 0x0202, (40, 0, 5), 0).status(), 0);
        assert_eq!(bios.bytes(u32::from(BUFFER), 1024), [0xa5; 1024]);
        assert_eq!((bios.byte(BDA + 0x94), bios.byte(FLOPPY_STATUS)), (40, 0));
    }
}

#[test]
fn a_write_waits_for_the_head_to_settle_once_after_a_seek() {
    let mut bios = bios();
    let mut cost = |ax, place| {
        let before = bios.0.instructions();
        assert_eq!(int13(&mut bios, ax, place, 0).status(), 0);
        bios.0.instructions() - before
    };
    cost(0x0301, (5, 0, 1));
    let (moved, stayed) = (cost(0x0301, (6, 0, 1)), cost(0x0301, (6, 1, 2)));
    // 15 ms are 1.5 million steps of a CPU that polls them; one that sleeps needs few.
    assert!(stayed < 60_000, "{stayed} instructions where the head stood");
    assert!(moved < 150_000, "{moved} instructions after a seek");
}

#[test]
fn floppy_errors_have_their_codes_and_stand_in_40_41() {
    let mut bios = bios();
    for (ax, place, drive, error) in [
        (0x0201, (0, 0, 19), 0, 0x04), // no such sector
        (0x0201, (90, 0, 1), 0, 0x02), // nor cylinder: no address mark passes
        (0x0200, (0, 0, 1), 0, 0x01),  // no sectors at all
        (0x0600, (0, 0, 1), 0, 0x01),
        (0x1900, (0, 0, 1), 0, 0x01),
        (0x0201, (0, 0, 1), 2, 0x01), // drives are A and B
        (0x0201, (0, 0, 1), 1, 0x80), // drive B of 360K is empty
    ] {
        let done = int13(&mut bios, ax, place, drive);
        assert_eq!((done.status(), bios.byte(FLOPPY_STATUS)), (error, error), "{ax:04x} {place:?} {drive}");
        let status = bios.byte(FLOPPY_STATUS);
        let last = int13(&mut bios, 0x0100, (0, 0, 0), 0);
        assert_eq!((last.status(), bios.byte(FLOPPY_STATUS)), (status, status));
        assert_eq!(int13(&mut bios, 0x0000, (0, 0, 0), 0).status(), 0, "a reset helps");
    }
    let across = bios.call(0x13, Regs { bx: 0xfe01, cx: 1, es: 0, ..Regs::ax(0x0201) });
    assert_eq!(across.status(), 0x09, "DMA across 64 KiB");
}

#[test]
fn a_protected_floppy_is_not_written() {
    let mut floppy = stub_disk(FLOPPY);
    floppy.write_protected = true;
    let config = config(Model::I80486);
    let mut disks = disks(&config);
    disks[0] = Some(Box::new(floppy));
    let mut bios = Bios::boot_from(config, disks);
    assert_eq!(int13(&mut bios, 0x0301, (0, 0, 2), 0).status(), 0x03);
}

#[test]
fn each_floppy_drive_tells_its_kind_and_parameters() {
    use DriveType::{D360, D720, D1200, D1440, D2880};
    let kinds =
        [(D360, 1, 9, 39, 1), (D1200, 2, 15, 79, 2), (D720, 3, 9, 79, 2), (D1440, 4, 18, 79, 2), (D2880, 5, 36, 79, 2)];
    for (drive, code, sectors, last_cylinder, kind) in kinds {
        let mut bios = Bios::boot(Config { floppies: [DriveType::D1440, drive], ..config(Model::I80286) });
        let told = int13(&mut bios, 0x0800, (0, 0, 0), 1);
        assert_eq!(told.status(), 0);
        assert_eq!((told.bx, told.cx, told.dx), (code, last_cylinder << 8 | sectors, 0x0102), "{drive:?}");
        let table = bios.bytes(u32::from(told.es) * 16 + u32::from(told.di), 11);
        assert_eq!((table[3], u16::from(table[4])), (2, sectors), "bytes and sectors of the parameter table");
        let told = int13(&mut bios, 0x1500, (0, 0, 0), 1);
        assert_eq!((told.ah(), told.carry()), (kind, false), "without and with a change line");
    }
    let mut bios = Bios::boot(Config { floppies: [D1440, DriveType::Absent], ..config(Model::I80286) });
    let none = int13(&mut bios, 0x1500, (0, 0, 0), 1);
    assert_eq!((none.ah(), none.carry()), (0, false));
    assert_eq!(int13(&mut bios, 0x0800, (0, 0, 0), 0).dx, 0x0101);
}

#[test]
fn a_changed_disk_is_told_once() {
    let mut bios = bios();
    assert_eq!(int13(&mut bios, 0x1600, (0, 0, 0), 0).status(), 0);
    let mut other = stub_disk(FLOPPY);
    other.data[512 * 7] = 0xee;
    bios.0.insert(beige_core::DiskSlot(0), Box::new(other), 1).unwrap();
    assert_eq!(int13(&mut bios, 0x1600, (0, 0, 0), 0).status(), 0x06);
    assert_eq!(int13(&mut bios, 0x0201, (0, 0, 8), 0).status(), 0x06);
    assert_eq!(int13(&mut bios, 0x0201, (0, 0, 8), 0).status(), 0);
    assert_eq!(bios.byte(u32::from(BUFFER)), 0xee);
    bios.0.eject(beige_core::DiskSlot(0)).unwrap();
    assert_eq!(int13(&mut bios, 0x0201, (0, 0, 8), 0).status(), 0x80);
    // A drive of 40 cylinders has no line to tell by.
    assert_eq!(int13(&mut bios, 0x1600, (0, 0, 0), 1).status(), 0x06);
}

#[test]
fn a_track_is_formatted_after_its_format_was_chosen() {
    let mut bios = bios();
    let chosen = int13(&mut bios, 0x1800, (79, 0, 18), 0);
    assert_eq!(chosen.status(), 0);
    bios.poke(0x1e * 4, &[chosen.di as u8, (chosen.di >> 8) as u8, chosen.es as u8, (chosen.es >> 8) as u8]);
    let ids: Vec<u8> = (1..=18).flat_map(|sector| [30, 1, sector, 2]).collect();
    bios.poke(u32::from(BUFFER), &ids);
    assert_eq!(int13(&mut bios, 0x0512, (30, 1, 1), 0).status(), 0);
    assert_eq!(int13(&mut bios, 0x0212, (30, 1, 1), 0).status(), 0);
    assert_eq!(bios.bytes(u32::from(BUFFER), 512 * 18), [0xf6; 512 * 18]);
    assert_eq!(int13(&mut bios, 0x1800, (79, 0, 15), 0).status(), 0x0c, "no such format here");
    for (media, status) in [(0x1700, 0x01), (0x1704, 0), (0x1705, 0x01)] {
        assert_eq!(int13(&mut bios, media, (0, 0, 0), 0).status(), status);
    }
}

#[test]
fn hard_disk_sectors_are_read_verified_and_written() {
    for model in [Model::I8086, Model::I80486] {
        let mut bios = Bios::boot(config(model));
        let read = int13(&mut bios, 0x0203, (3, 2, 5), 0x80);
        assert_eq!((read.status(), read.al()), (0, 3));
        let lba = (3 * 4 + 2) * 17 + 4;
        assert_eq!([0, 1, 2].map(|sector| number(&bios, sector)), [lba, lba + 1, lba + 2]);
        assert_eq!(int13(&mut bios, 0x0480, (0, 0, 1), 0x80).status(), 0);
        bios.poke(u32::from(BUFFER), &[0xa5; 1024]);
        assert_eq!(int13(&mut bios, 0x0302, (7, 0, 5), 0x80).status(), 0);
        bios.poke(u32::from(BUFFER), &[0; 1024]);
        assert_eq!(int13(&mut bios, 0x0202, (7, 0, 5), 0x80).status(), 0);
        assert_eq!(bios.bytes(u32::from(BUFFER), 1024), [0xa5; 1024]);
        assert_eq!(bios.byte(DISK_STATUS), 0);
    }
}

#[test]
fn hard_disk_functions_answer_and_errors_stand_in_40_74() {
    let mut disk = stub_disk(HARD_DISK);
    disk.bad.insert(100);
    let config = config(Model::I80486);
    let mut disks = disks(&config);
    disks[2] = Some(Box::new(disk));
    let mut bios = Bios::boot_from(config, disks);
    let bad = (1, 1, 16); // sector 100
    for (ax, place, drive, error) in [
        (0x0201, bad, 0x80, 0x10),
        (0x0401, bad, 0x80, 0x10),
        (0x0201, (8, 0, 1), 0x80, 0x04),
        (0x0201, (0, 4, 1), 0x80, 0x04),
        (0x0201, (0, 0, 18), 0x80, 0x04),
        (0x0201, (0, 0, 0), 0x80, 0x04),
        (0x0202, (7, 3, 17), 0x80, 0x04),
        (0x0200, (0, 0, 1), 0x80, 0x01),
        (0x0281, (0, 0, 1), 0x80, 0x01),
        (0x0201, (0, 0, 1), 0x81, 0x01),
        (0x0600, (0, 0, 1), 0x80, 0x01),
        (0x0700, (0, 0, 1), 0x80, 0x01),
        (0x0a80, (0, 0, 1), 0x80, 0x01), // more than a segment holds with their ECC
        (0x0b80, (0, 0, 1), 0x80, 0x01),
        (0x0a00, (0, 0, 1), 0x80, 0x01),
        (0x0a01, (0, 0, 18), 0x80, 0x04),
        (0x0a01, bad, 0x80, 0x10),
        (0x0c00, (8, 0, 1), 0x80, 0x04),
        (0x1600, (0, 0, 1), 0x80, 0x01),
        (0x1800, (0, 0, 1), 0x80, 0x01),
        (0x4f00, (0, 0, 1), 0x80, 0x01),
    ] {
        let done = int13(&mut bios, ax, place, drive);
        assert_eq!((done.status(), bios.byte(DISK_STATUS)), (error, error), "{ax:04x} {place:?} {drive:x}");
        let last = int13(&mut bios, 0x0100, (0, 0, 0), 0x80);
        assert_eq!((last.ah(), last.al(), bios.byte(DISK_STATUS)), (error, error, 0));
    }
    for ax in [0x0000, 0x0900, 0x0c00, 0x0d00, 0x1000, 0x1100, 0x1400] {
        assert_eq!(int13(&mut bios, ax, (7, 0, 1), 0x80).status(), 0, "{ax:04x}");
    }
    let told = int13(&mut bios, 0x0800, (0, 0, 0), 0x80);
    assert_eq!((told.status(), told.cx, told.dx), (0, 7 << 8 | 17, 0x0301));
    let kind = int13(&mut bios, 0x1500, (0, 0, 0), 0x80);
    assert_eq!((kind.ah(), kind.cx, kind.dx, kind.carry()), (3, 0, 8 * 4 * 17, false));
    let none = int13(&mut bios, 0x1500, (0, 0, 0), 0x81);
    assert_eq!((none.ah(), none.carry()), (0, false), "no such disk");
}

#[test]
fn sectors_are_read_and_written_with_their_ecc() {
    const LONG: u32 = 516;
    // REP INSW from the 80186 on, and words one by one before.
    for model in [Model::I8086, Model::I80486] {
        let mut bios = Bios::boot(config(model));
        let buffer = u32::from(BUFFER);
        let (place, lba) = ((5, 1, 3), (5 * 4 + 1) * 17 + 2);
        bios.poke(buffer, &[0xcc; 3 * LONG as usize]);
        let read = int13(&mut bios, 0x0a02, place, 0x80);
        assert_eq!((read.status(), read.al()), (0, 2));
        let long = bios.bytes(buffer, 3 * LONG as usize);
        assert_eq!([0, LONG].map(|at| bios.word(buffer + at)), [lba, lba + 1]);
        assert_eq!(long[2 * LONG as usize..], [0xcc; LONG as usize], "no more than two");
        let (first, second) = (&long[..LONG as usize], &long[LONG as usize..2 * LONG as usize]);
        assert_ne!(first[512..], second[512..], "other data have another ECC");

        // A bit of the data changes and the ECC does not: nobody can read that sector but with its ECC.
        let mut spoilt = long[..2 * LONG as usize].to_vec();
        spoilt[LONG as usize + 100] ^= 0x10;
        bios.poke(buffer, &spoilt);
        let written = int13(&mut bios, 0x0b02, place, 0x80);
        assert_eq!((written.status(), written.al()), (0, 2));
        assert_eq!(int13(&mut bios, 0x0201, place, 0x80).status(), 0, "the first is as it was");
        assert_eq!(int13(&mut bios, 0x0202, place, 0x80).status(), 0x10, "uncorrectable");
        bios.poke(buffer, &[0; 2 * LONG as usize]);
        assert_eq!(int13(&mut bios, 0x0a02, place, 0x80).status(), 0);
        assert_eq!(bios.bytes(buffer, spoilt.len()), spoilt);

        bios.poke(buffer, &long[..2 * LONG as usize]);
        assert_eq!(int13(&mut bios, 0x0b02, place, 0x80).status(), 0);
        assert_eq!(int13(&mut bios, 0x0202, place, 0x80).status(), 0, "the right ECC again");
        assert_eq!(bios.bytes(buffer + 512, 512), long[LONG as usize..][..512]);

        // As many as there may be, from an odd offset at the top of the first segment: 127 of 544 sectors.
        let many = Regs { bx: 0x000f, cx: 1, dx: 0x80, es: 0x1000, ..Regs::ax(0x0a7f) };
        let read = bios.call(0x13, many);
        assert_eq!((read.status(), read.al(), bios.byte(DISK_STATUS)), (0, 127, 0));
        let numbers: Vec<u16> = (1..127).map(|sector| bios.word(0x1_000f + LONG * sector)).collect();
        assert!(numbers.iter().copied().eq(1..127), "{numbers:?}");
    }
}

#[test]
fn a_track_of_a_hard_disk_is_formatted_by_the_disk_or_refused_by_it() {
    let mut bios = bios();
    let table: Vec<u8> = (1..=17).flat_map(|sector| [0, sector]).chain([0; 512 - 34]).collect();
    bios.poke(u32::from(BUFFER), &table);
    let done = int13(&mut bios, 0x0511, (2, 1, 1), 0x80).status();
    assert!([0x00, 0x01].contains(&done), "{done:02x}");
    assert_eq!(int13(&mut bios, 0x0201, (2, 1, 1), 0x80).status(), 0, "the disk goes on");
    assert_eq!(int13(&mut bios, 0x0511, (8, 1, 1), 0x80).status(), 0x04);
}

#[test]
fn a_large_disk_shows_no_more_than_1024_cylinders() {
    let geometry = Geometry { cylinders: 2000, heads: 16, sectors: 63 };
    let large = Some(HardDisk { geometry, translation: 1 });
    let mut bios = Bios::boot(Config { hard_disks: [large, None, None, None], ..config(Model::I80386) });
    let told = int13(&mut bios, 0x0800, (0, 0, 0), 0x80);
    let (cylinders, heads) = (u32::from(told.cx >> 8 | told.cx << 2 & 0x300) + 1, u32::from(told.dx >> 8) + 1);
    assert_eq!((told.cx & 0x3f, heads, cylinders), (63, 32, 1000));
    let last = int13(&mut bios, 0x0201, (999, 31, 63), 0x80);
    assert_eq!(last.status(), 0);
    assert_eq!(number(&bios, 0), ((2000 * 16 * 63 - 1) & 0xffff) as u16);
    let table = bios.bytes(u32::from(bios.word(0x41 * 4 + 2)) * 16 + u32::from(bios.word(0x41 * 4)), 16);
    assert_eq!(table[3], 0xa0, "a translated disk's table");
    assert_eq!(u16::from_le_bytes([table[9], table[10]]), 2000);
}

#[test]
fn extensions_read_write_and_describe_by_sector_number() {
    let mut bios = bios();
    let check = bios.call(0x13, Regs { bx: 0x55aa, dx: 0x80, ..Regs::ax(0x4100) });
    assert_eq!((check.carry(), check.bx, check.ah(), check.cx), (false, 0xaa55, 0x21, 5));
    let packet = 0x7f00;
    let request = |bios: &mut Bios, ax: u16, lba: u16, count: u8| {
        let [low, high] = lba.to_le_bytes();
        let [b_low, b_high] = BUFFER.to_le_bytes();
        bios.poke(packet, &[16, 0, count, 0, b_low, b_high, 0, 0, low, high, 0, 0, 0, 0, 0, 0]);
        bios.call(0x13, Regs { si: packet as u16, dx: 0x80, ..Regs::ax(ax) })
    };
    assert_eq!(request(&mut bios, 0x4200, 300, 2).status(), 0);
    assert_eq!([number(&bios, 0), number(&bios, 1)], [300, 301]);
    bios.poke(u32::from(BUFFER), &[0x5a; 512]);
    assert_eq!(request(&mut bios, 0x4302, 300, 1).status(), 0);
    assert_eq!(request(&mut bios, 0x4400, 300, 2).status(), 0);
    assert_eq!(request(&mut bios, 0x4200, 300, 1).status(), 0);
    assert_eq!(number(&bios, 0), 0x5a5a);
    assert_eq!(request(&mut bios, 0x4700, 543, 1).status(), 0);
    assert_eq!(request(&mut bios, 0x4200, 543, 2).status(), 0x04, "beyond the end");
    assert_eq!(bios.word(packet + 2), 0, "none was transferred");
    bios.poke(u32::from(BUFFER), &[0x1e, 0]);
    let told = bios.call(0x13, Regs { si: BUFFER, dx: 0x80, ..Regs::ax(0x4800) });
    assert_eq!(told.status(), 0);
    let words: Vec<u16> = (0..13).map(|word| bios.word(u32::from(BUFFER) + 2 * word)).collect();
    assert_eq!(words, [0x1e, 2, 8, 0, 4, 0, 17, 0, 544, 0, 0, 0, 512]);
    for (ax, status) in [(0x4500, 0xb2), (0x4600, 0xb2), (0x4900, 0)] {
        assert_eq!(bios.call(0x13, Regs { dx: 0x80, ..Regs::ax(ax) }).status(), status);
    }
}

#[test]
fn programs_reach_floppies_through_int_40h_too() {
    let mut bios = bios();
    let read = bios.call(0x40, Regs { bx: BUFFER, cx: 0x0008, ..Regs::ax(0x0201) });
    assert_eq!((read.status(), number(&bios, 0)), (0, 7));
}
