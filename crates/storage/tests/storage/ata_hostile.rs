//! ATA channels under random accesses, and in steps of all sizes.

use crate::assert_state_survives;
use crate::ata_rig::*;
use beige_core::{Device, PortDevice};
use beige_storage::ata::AtaChannel;
use beige_testkit::{MemoryDisk, MemoryMedia, Random};

const COMMANDS: [u8; 22] = [
    0x10, 0x20, 0x22, 0x30, 0x32, 0x3c, 0x40, 0x50, 0x70, 0x90, 0x91, 0xc4, 0xc5, 0xc6, 0xe0, 0xe3, 0xe4, 0xe5, 0xe6,
    0xe8, 0xec, 0xef,
];

fn act(rig: &mut Rig, random: &mut Random) {
    match random.below(10) {
        0 => rig.write(random.below(12) as u16, random.byte()),
        1 => _ = rig.read(random.below(12) as u16),
        2..=4 => {
            rig.write(2, [1, random.below(20) as u8][random.below(2) as usize]);
            rig.write(3, random.below(20) as u8);
            rig.write(4, random.below(8) as u8);
            rig.write(5, (random.below(20) / 19) as u8);
            rig.write(6, random.byte() & 0x51);
            rig.write(7, COMMANDS[random.below(22) as usize]);
        }
        5 => rig.write(8, random.byte() & 6),
        6 => {
            for _ in 0..random.below(5000) {
                rig.ata.read16(0, &mut rig.bench.io());
            }
        }
        7 => {
            for _ in 0..random.below(5000) {
                rig.ata.write16(0, random.next_u64() as u16, &mut rig.bench.io());
            }
        }
        8 => _ = rig.ata.read16(random.below(12) as u16, &mut rig.bench.io()),
        _ => rig.write(8, 0),
    }
}

#[test]
fn random_accesses_keep_the_state_valid_and_saveable() {
    for seed in 0..16 {
        let mut random = Random::new(seed);
        let present = [seed % 4 != 3, seed % 3 != 0];
        let mut rig = Rig::new(present);
        for _ in 0..1500 {
            act(&mut rig, &mut random);
            rig.advance(random.below(100_000));
            if random.below(200) == 0 {
                let disk = |random: &mut Random| {
                    let mut disk = MemoryDisk::numbered(DISK);
                    disk.write_protected = random.below(4) == 0;
                    disk.bad.extend((0..random.below(6)).map(|_| random.below(100)));
                    (random.below(6) != 0).then_some(disk)
                };
                let disks = vec![disk(&mut random), disk(&mut random)];
                rig.bench.media = Box::new(MemoryMedia { disks });
            }
            rig.ata.check().unwrap();
        }
        let [first, second] = present;
        let fresh = AtaChannel::new(IRQ, [first.then(|| config(0)), second.then(|| config(1))]);
        assert_state_survives(&mut rig.ata, fresh);
    }
}

#[test]
fn a_state_of_random_bytes_is_refused_or_runs_without_harm() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut rig = Rig::new([true, true]);
        rig.at_lba([0x20, 0x30, 0xc6, 0x22, 0x32][random.below(5) as usize], [4, 1][random.below(2) as usize], 100);
        let mut writer = beige_core::StateWriter::default();
        rig.ata.visit(&mut writer);
        let mut data = writer.finish();
        for _ in 0..3 {
            let at = 14 + random.below(200) as usize;
            data[at] = random.byte();
        }
        let mut reader = beige_core::StateReader::new(&data);
        rig.ata.visit(&mut reader);
        if reader.finish().is_err() || rig.ata.check().is_err() {
            continue;
        }
        for _ in 0..50 {
            rig.ata.wake(&mut rig.bench.io());
            act(&mut rig, &mut random);
            rig.advance(random.below(100_000));
        }
    }
}

#[test]
fn one_long_step_equals_many_short_ones() {
    for seed in 0..8 {
        let run = |pieces: u64| {
            let mut random = Random::new(seed);
            let mut rig = Rig::new([true, true]);
            for _ in 0..300 {
                act(&mut rig, &mut random);
                let ticks = random.below(60_000);
                for piece in 0..pieces {
                    rig.advance(ticks * (piece + 1) / pieces - ticks * piece / pieces);
                }
            }
            (rig.ata, rig.bench.wires, rig.bench.timeline)
        };
        assert!(run(1) == run(13), "seed {seed}");
    }
}

#[test]
fn words_at_once_are_words_one_by_one_and_do_nothing_else() {
    let (mut taken, mut given) = (0, 0);
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let (mut one, mut other) = (Rig::new([true, true]), Rig::new([true, true]));
        for _ in 0..1500 {
            let mut same = random.clone();
            act(&mut one, &mut random);
            act(&mut other, &mut same);
            let ticks = random.below(100_000);
            one.advance(ticks);
            other.advance(ticks);
            let (room, unit) = (random.below(10_000) as usize >> random.below(9), 2 << random.below(2));
            let mut data = vec![0; room];
            data.fill_with(|| random.byte());
            if random.below(2) == 0 {
                let bytes = one.ata.read_data(&mut data, unit);
                for (word, at) in data[..bytes].as_chunks().0.iter().zip(0..) {
                    assert_eq!(other.ata.read16(0, &mut other.bench.io()), u16::from_le_bytes(*word), "{at}");
                }
                assert!(bytes <= room && bytes.is_multiple_of(unit));
                taken += bytes;
            } else {
                let bytes = one.ata.write_data(&data, unit);
                for word in data[..bytes].as_chunks().0 {
                    other.ata.write16(0, u16::from_le_bytes(*word), &mut other.bench.io());
                }
                assert!(bytes <= room && bytes.is_multiple_of(unit));
                given += bytes;
            }
            assert!(one.ata == other.ata, "seed {seed}");
            assert!(one.bench.wires == other.bench.wires && one.bench.timeline == other.bench.timeline);
            one.ata.check().unwrap();
        }
    }
    assert!(taken > 50_000 && given > 50_000, "{taken} {given}");
}

#[test]
fn all_but_the_last_word_of_a_block_come_at_once() {
    let mut rig = Rig::new([true, false]);
    let mut data = [0; 10_000];
    assert_eq!((rig.ata.read_data(&mut data, 2), rig.ata.write_data(&data, 2)), (0, 0), "no data is asked for");
    rig.at_lba(0x20, 2, 7);
    assert_eq!(rig.ata.write_data(&data, 2), 0);
    assert_eq!((rig.ata.read_data(&mut data, 2), rig.ata.read_data(&mut data, 2)), (510, 0));
    assert_eq!(data[..8], 7_u64.to_le_bytes());
    assert_eq!((rig.read(8), rig.irq()), (READY | DRQ, true), "nothing else has changed");
    rig.ata.read16(0, &mut rig.bench.io());
    assert_eq!(rig.read(8) & DRQ, 0);
    rig.wait();
    assert_eq!((rig.ata.read_data(&mut data[..7], 4), rig.ata.read_data(&mut data, 4)), (4, 504));
    rig.command(0xc6, [16, 0, 0, 0, 0xa0]);
    rig.at_lba(0xc5, 16, 40);
    assert_eq!((rig.ata.read_data(&mut data, 2), rig.ata.write_data(&data, 2)), (0, 16 * 512 - 2));
    rig.at_lba(0x22, 1, 7);
    assert_eq!((rig.ata.read_data(&mut data, 2), rig.read(8)), (512, READY | DRQ), "without the ECC");
}
