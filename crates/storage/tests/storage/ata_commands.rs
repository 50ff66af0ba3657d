//! The commands of ATA disks.

use crate::ata_rig::*;
use crate::failing_disk::FailingMedia;
use beige_core::{DiskSlot, Note, PortDevice};

const ABRT: u8 = 0x04;
const IDNF: u8 = 0x10;
const UNC: u8 = 0x40;
const DF: u8 = 0x20;

fn rig() -> Rig {
    Rig::new([true, false])
}

fn identify(rig: &mut Rig) -> Vec<u16> {
    assert_eq!(rig.command(0xec, [0, 0, 0, 0, 0xa0]), READY | DRQ);
    let (data, interrupts) = rig.take_all();
    assert_eq!((data.len(), interrupts), (512, 1));
    data.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn text(words: &[u16]) -> String {
    words.iter().flat_map(|word| word.to_be_bytes()).map(char::from).collect()
}

#[test]
fn identify_tells_geometry_names_and_capacity() {
    let words = identify(&mut rig());
    assert_eq!((words[0], words[1], words[3], words[6]), (0x0040, 20, 4, 17));
    assert_eq!(text(&words[10..20]), "SERIAL 00000000001  ");
    assert_eq!(text(&words[27..47]), format!("{:40}", "BEIGE HARDDISK"));
    assert_eq!((words[47], words[48], words[49], words[53], words[59]), (0x8010, 0, 0x2a00, 3, 0));
    assert_eq!((words[5], words[20], words[21], words[22]), (512, 3, 16, 4));
    assert_eq!((words[51], words[52], words[62], words[63]), (0x0200, 0, 0, 0), "PIO mode 2, no DMA mode");
    assert_eq!(words[64..69], [3, 0, 0, 120, 120], "PIO modes 3 and 4");
    assert_eq!((words[80], words[82], words[83]), (0x001e, 0x7068, 0x5000));
    assert_eq!(text(&words[23..27]), "1.0     ");
    assert_eq!(words[54..59], [20, 4, 17, SECTORS as u16, 0]);
    assert_eq!(words[60..62], [SECTORS as u16, 0]);
}

#[test]
fn identify_follows_translation_and_multiple_mode() {
    let mut rig = rig();
    assert_eq!(rig.command(0x91, [10, 0, 0, 0, 0xa1]), READY);
    assert_eq!(rig.command(0xc6, [8, 0, 0, 0, 0xa0]), READY);
    let words = identify(&mut rig);
    assert_eq!((words[1], words[3], words[6]), (20, 4, 17));
    assert_eq!(words[54..59], [68, 2, 10, 1360, 0]);
    assert_eq!(words[59], 0x0108);
}

#[test]
fn sectors_are_read_with_an_interrupt_each() {
    for command in [0x20, 0x21] {
        let mut rig = rig();
        rig.at_lba(command, 3, 500);
        let (data, interrupts) = rig.take_all();
        assert_eq!(numbers(&data), [500, 501, 502]);
        assert_eq!(interrupts, 3);
        assert_eq!((rig.read(7), rig.irq()), (READY, false), "no interrupt after the last sector");
        assert_eq!(rig.registers(), [0, 0, 0xf6, 1, 0, 0xe0], "the last sector, none left");
    }
}

#[test]
fn chs_addresses_go_through_the_translation() {
    let mut rig = rig();
    rig.command(0x20, [2, 17, 3, 0, 0xa1]);
    let (data, _) = rig.take_all();
    assert_eq!(numbers(&data), [(3 * 4 + 1) * 17 + 16, (3 * 4 + 2) * 17]);
    assert_eq!(rig.registers(), [0, 0, 1, 3, 0, 0xa2]);
    rig.command(0x91, [10, 0, 0, 0, 0xa1]);
    rig.command(0x20, [1, 10, 67, 0, 0xa1]);
    assert_eq!(numbers(&rig.take_all().0), [67 * 20 + 19]);
}

#[test]
fn a_count_of_0_means_256_sectors() {
    let mut rig = rig();
    rig.at_lba(0x20, 0, 0);
    let (data, interrupts) = rig.take_all();
    assert_eq!(numbers(&data), (0..256).collect::<Vec<u64>>());
    assert_eq!(interrupts, 256);
}

#[test]
fn sectors_are_written_and_the_first_block_is_asked_for_without_interrupt() {
    let mut rig = rig();
    assert_eq!(rig.at_lba(0x30, 3, 40), READY | DRQ);
    assert!(!rig.irq());
    assert_eq!(rig.give_all(|at| (at / 512) as u8 + 7), 2);
    assert_eq!((rig.irq(), rig.read(7)), (true, READY));
    for place in 0..3 {
        assert_eq!(rig.sector(0, 40 + place), [place as u8 + 7; 512]);
    }
    assert_eq!(rig.sector(0, 43)[..8], 43_u64.to_le_bytes());
}

#[test]
fn multiple_mode_moves_blocks() {
    let mut rig = rig();
    assert_eq!(rig.at_lba(0xc4, 8, 0), READY | ERR, "disabled after power-on");
    assert_eq!(rig.read(1), ABRT);
    rig.command(0xc6, [4, 0, 0, 0, 0xa0]);
    rig.at_lba(0xc4, 10, 100);
    let (data, interrupts) = rig.take_all();
    assert_eq!(numbers(&data), (100..110).collect::<Vec<u64>>());
    assert_eq!(interrupts, 3);
    rig.at_lba(0xc5, 10, 200);
    assert_eq!(rig.give_all(|at| (at / 512) as u8), 2);
    assert!(rig.irq());
    assert_eq!(rig.sector(0, 209), [9; 512]);
}

#[test]
fn a_written_block_is_done_by_the_next_access() {
    let mut rig = rig();
    assert_eq!(rig.at_lba(0x30, 2, 100), READY | DRQ);
    for expected in [READY | DRQ, READY] {
        for word in 0..256 {
            rig.ata.write16(0, word, &mut rig.bench.io());
        }
        rig.advance(0);
        assert_eq!(rig.read(8), expected);
        assert!(rig.irq());
    }
}

#[test]
fn block_sizes_are_powers_of_two_up_to_16() {
    for count in 0..=255 {
        let mut rig = rig();
        let status = rig.command(0xc6, [count, 0, 0, 0, 0xa0]);
        let supported = [0, 1, 2, 4, 8, 16].contains(&count);
        assert_eq!(status, if supported { READY } else { READY | ERR }, "{count}");
    }
}

#[test]
fn addresses_outside_the_disk_are_not_found() {
    let mut rig = rig();
    rig.command(0xc6, [4, 0, 0, 0, 0xa0]);
    for (command, registers) in [
        (0x20, [1, 0, 0, 0, 0xa0]),
        (0x20, [1, 18, 0, 0, 0xa0]),
        (0x20, [1, 1, 0, 0, 0xa4]),
        (0x30, [1, 1, 20, 0, 0xa0]),
        (0x40, [1, 1, 0, 1, 0xa0]),
        (0x70, [1, 1, 20, 0, 0xa0]),
        (0x20, [1, 0x50, 5, 0, 0xe0]),
        (0x20, [1, 0, 0, 0, 0xef]),
        (0xc4, [1, 1, 20, 0, 0xa0]),
        (0xc5, [1, 1, 20, 0, 0xa0]),
        (0x3c, [1, 1, 20, 0, 0xa0]),
    ] {
        assert_eq!(rig.command(command, registers), READY | ERR, "{command:02x} {registers:?}");
        assert!(rig.irq());
        assert_eq!(rig.read(1), IDNF);
    }
    assert_eq!(rig.at_lba(0x20, 1, SECTORS as u32 - 1), READY | DRQ);
}

#[test]
fn a_read_across_the_end_gives_what_there_is() {
    let mut rig = rig();
    rig.at_lba(0x20, 4, SECTORS as u32 - 2);
    let (data, _) = rig.take_all();
    assert_eq!(numbers(&data), [SECTORS - 2, SECTORS - 1]);
    assert_eq!(rig.read(7), READY | ERR);
    assert_eq!(rig.registers(), [IDNF, 2, 0x50, 5, 0, 0xe0]);
}

#[test]
fn an_unreadable_sector_is_uncorrectable_and_noted() {
    let mut rig = Rig::with_disk(|disk| _ = disk.bad.insert(102));
    rig.command(0xc6, [4, 0, 0, 0, 0xa0]);
    for command in [0x20, 0xc4, 0x40] {
        rig.at_lba(command, 8, 100);
        let (data, _) = rig.take_all();
        assert_eq!(numbers(&data), if command == 0x40 { vec![] } else { vec![100, 101] });
        assert!(rig.irq());
        assert_eq!(rig.read(7), READY | ERR);
        assert_eq!(rig.registers(), [UNC, 6, 102, 0, 0, 0xe0]);
    }
    let notes = rig.bench.outputs.notes();
    assert_eq!(notes, [Note::DiskFailed { slot: DiskSlot(0), lba: 102, write: false }]);
}

#[test]
fn a_sector_that_cannot_be_written_ends_the_command_with_an_error() {
    let mut rig = Rig::with_disk(|disk| _ = disk.bad.insert(101));
    rig.at_lba(0x30, 4, 100);
    rig.give_all(|_| 0xee);
    assert_eq!(rig.read(7) & ERR, ERR);
    assert_eq!(rig.read(2), 3);
    assert_eq!(rig.bench.outputs.notes().len(), 1);
    assert_eq!(rig.sector(0, 100), [0xee; 512]);
    assert_eq!(rig.sector(0, 102)[..8], 102_u64.to_le_bytes());
}

#[test]
fn a_host_that_fails_to_write_or_sync_is_a_device_fault_and_noted() {
    let mut rig = rig();
    rig.bench.media = Box::new(FailingMedia(DISK));
    rig.at_lba(0x30, 2, 7);
    rig.give_all(|_| 0);
    assert_eq!(rig.read(7), READY | DF | ERR);
    assert_eq!(rig.registers(), [ABRT, 2, 7, 0, 0, 0xe0]);
    assert_eq!(rig.command(0xe7, [0, 0, 0, 0, 0xa0]), READY | DF | ERR);
    let notes = rig.bench.outputs.notes();
    assert_eq!(notes, [Note::DiskFailed { slot: DiskSlot(0), lba: 7, write: true }]);
    assert_eq!(rig.command(0x10, [0, 0, 0, 0, 0xa0]), READY, "the next command clears the fault");
}

#[test]
fn a_protected_disk_refuses_writes() {
    let mut rig = Rig::with_disk(|disk| disk.write_protected = true);
    assert_eq!(rig.at_lba(0x30, 1, 0), READY | ERR);
    assert_eq!(rig.read(1), ABRT);
    assert_eq!(rig.at_lba(0x20, 1, 0), READY | DRQ);
}

#[test]
fn commands_without_data_succeed_with_an_interrupt() {
    for command in [0x10, 0x1f, 0x40, 0x41, 0x70, 0x7f, 0x91, 0xe7, 0xe1, 0x97, 0x95] {
        let mut rig = rig();
        assert_eq!(rig.command(command, [17, 1, 2, 0, 0xa0]), READY, "{command:02x}");
        assert!(rig.irq());
        assert_eq!(rig.read(1), 0);
    }
}

#[test]
fn unknown_commands_and_nop_are_aborted() {
    for command in [0x00, 0x08, 0x24, 0x34, 0x60, 0x80, 0xa0, 0xa1, 0xb0, 0xc8, 0xc9, 0xca, 0xcb, 0xe9, 0xf0, 0xff] {
        let mut rig = rig();
        assert_eq!(rig.command(command, [1, 1, 0, 0, 0xa0]), READY | ERR, "{command:02x}");
        assert_eq!((rig.irq(), rig.read(1)), (true, ABRT));
    }
}

#[test]
fn the_buffer_is_written_and_read_back() {
    let mut rig = rig();
    assert_eq!(rig.command(0xe8, [0, 0, 0, 0, 0xa0]), READY | DRQ);
    rig.give_all(|at| at as u8 ^ 0x5a);
    assert!(rig.irq());
    rig.command(0xe4, [0, 0, 0, 0, 0xa0]);
    let (data, _) = rig.take_all();
    assert!(data.len() == 512 && data.iter().enumerate().all(|(at, byte)| *byte == at as u8 ^ 0x5a));
}

#[test]
fn a_software_reset_reverts_the_set_up_unless_told_not_to() {
    for (feature, heads, multiple) in [(0xcc, 4, 0), (0x66, 2, 0x0108)] {
        let mut rig = rig();
        rig.command(0x91, [10, 0, 0, 0, 0xa1]);
        rig.command(0xc6, [8, 0, 0, 0, 0xa0]);
        rig.write(1, feature);
        assert_eq!(rig.command(0xef, [0, 0, 0, 0, 0xa0]), READY);
        rig.write(8, 4);
        rig.write(8, 0);
        rig.wait();
        let words = identify(&mut rig);
        assert_eq!((words[55], words[59]), (heads, multiple));
    }
}

#[test]
fn set_features_takes_pio_modes_and_refuses_dma() {
    let mut rig = rig();
    for (feature, count, status) in [
        (0x03, 0x0c, READY),
        (0x03, 0x00, READY),
        (0x44, 0, READY),
        (0xbb, 0, READY),
        (0x77, 0, READY | ERR),
        (0x03, 0x20, READY | ERR),
        (0x01, 0, READY | ERR),
        (0x82, 0, READY),
    ] {
        rig.write(1, feature);
        assert_eq!(rig.command(0xef, [count, 0, 0, 0, 0xa0]), status, "{feature:02x} {count:02x}");
    }
    assert_eq!(identify(&mut rig)[85] & 0x20, 0, "the write cache is off");
}

#[test]
fn two_disks_keep_apart() {
    let mut rig = Rig::new([true, true]);
    rig.command(0x30, [1, 5, 0, 0, 0xf0]);
    rig.give_all(|_| 0x77);
    assert_eq!(rig.sector(1, 5), [0x77; 512]);
    assert_eq!(rig.sector(0, 5)[..8], 5_u64.to_le_bytes());
    assert!(rig.irq());
    rig.write(6, 0xa0);
    assert!(!rig.irq(), "the interrupt is that of device 1");
}

#[test]
fn without_a_medium_in_its_slot_a_disk_aborts() {
    let mut rig = rig();
    rig.bench.media = Box::new(beige_core::NoMedia);
    for command in [0x20, 0x30, 0xec] {
        assert_eq!(rig.at_lba(command, 1, 0), READY | ERR);
        assert_eq!(rig.read(1), ABRT);
    }
}
