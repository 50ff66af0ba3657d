//! The floppy controller under random accesses, and in steps of all sizes.

use crate::assert_state_survives;
use crate::failing_disk::FailingMedia;
use crate::fdc_rig::*;
use beige_core::{Device, Geometry};
use beige_storage::fdc::{DriveType, Fdc};
use beige_testkit::{MemoryDisk, Random};

const DRIVES: [DriveType; 6] =
    [DriveType::Absent, DriveType::D360, DriveType::D1200, DriveType::D720, DriveType::D1440, DriveType::D2880];

fn random_disk(random: &mut Random) -> Option<MemoryDisk> {
    const ODD: Geometry = Geometry { cylinders: 3, heads: 1, sectors: 36 };
    let geometry = [F1440, F1200, F720, F360, F160, ODD][random.below(6) as usize];
    let mut disk = MemoryDisk::numbered(geometry);
    disk.write_protected = random.below(8) == 0;
    disk.bad.extend((0..random.below(4)).map(|_| random.below(40)));
    (random.below(8) != 0).then_some(disk)
}

/// A command that has a chance to work, or just a byte.
fn random_bytes(random: &mut Random) -> Vec<u8> {
    let sector = 1 + random.below(20) as u8;
    let (cylinder, head) = (random.below(4) as u8, random.below(2) as u8);
    match random.below(10) {
        0 => vec![[0x0f, 0x8f, 0xcf][random.below(3) as usize], 0, cylinder],
        1 => vec![0x07, 0],
        2 => vec![0x08],
        3 => vec![0x4a, head << 2],
        4 => vec![0x4d, head << 2, 2, sector, 0x50, 0xf6],
        5 => vec![random.byte()],
        6 => vec![0x03, random.byte(), random.byte()],
        7 => vec![0x13, 0, random.byte(), random.byte()],
        8 => vec![0x12, random.byte()],
        _ => {
            let command = [0xe6, 0xc5, 0x42, 0x56, 0x6c, 0xc9, 0x46, 0x51, 0xf9, 0xdd][random.below(10) as usize];
            vec![command, head << 2, cylinder, head, sector, 2, sector.wrapping_add(2), 0x1b, random.byte()]
        }
    }
}

fn act(rig: &mut Rig, random: &mut Random) {
    match random.below(10) {
        0 => rig.write(random.below(8) as u16, random.byte()),
        1..=2 => _ = rig.read(random.below(8) as u16),
        3 => {
            rig.write(2, 0x1c);
            rig.write(7, random.below(3) as u8);
        }
        4 => rig.expect_bytes(random.below(3000) as usize),
        5 => {
            let bytes: Vec<u8> = (0..random.below(3000)).map(|_| random.below(5) as u8).collect();
            rig.send_bytes(&bytes);
        }
        6 => {
            for byte in random_bytes(random) {
                rig.write(5, byte);
            }
        }
        7 => {
            for _ in 0..8 {
                rig.read(5);
            }
        }
        _ => {}
    }
}

#[test]
fn random_accesses_keep_the_state_valid_and_saveable() {
    for seed in 0..24 {
        let mut random = Random::new(seed);
        let drive = DRIVES[random.below(6) as usize];
        let real_delays = seed % 2 == 1;
        let mut rig = Rig::cold(drive, Some(F1440), real_delays);
        for _ in 0..1500 {
            act(&mut rig, &mut random);
            let time = [1, 1000, 200_000, 300 * MS][random.below(4) as usize];
            rig.advance(random.below(time));
            if random.below(100) == 0 {
                rig.bench.media = media(random_disk(&mut random));
                rig.fdc.media_changed(0, &mut rig.bench.io());
            }
            if random.below(400) == 0 {
                rig.bench.media = Box::new(FailingMedia(F1440));
                rig.fdc.media_changed(0, &mut rig.bench.io());
            }
            if random.below(300) == 0 {
                rig.fdc.reset(&mut rig.bench.io());
            }
            rig.fdc.check().unwrap();
        }
        assert_state_survives(&mut rig.fdc, Fdc::new(config(drive, real_delays)));
    }
}

#[test]
fn a_state_of_random_bytes_is_refused_or_runs_without_harm() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, seed % 2 == 1);
        rig.expect_bytes(512);
        rig.begin(&[0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]);
        let mut writer = beige_core::StateWriter::default();
        rig.fdc.visit(&mut writer);
        let mut data = writer.finish();
        for _ in 0..3 {
            // Behind the header of the section.
            let at = 20 + random.below(data.len() as u64 - 20) as usize;
            data[at] = random.byte();
        }
        let mut reader = beige_core::StateReader::new(&data);
        rig.fdc.visit(&mut reader);
        if reader.finish().is_err() || rig.fdc.check().is_err() {
            continue;
        }
        for _ in 0..50 {
            rig.fdc.wake(&mut rig.bench.io());
            act(&mut rig, &mut random);
            rig.advance(random.below(MS));
        }
    }
}

#[test]
fn one_long_step_equals_many_short_ones() {
    for seed in 0..16 {
        let real_delays = seed % 2 == 1;
        let run = |pieces: u64| {
            let mut random = Random::new(seed);
            let mut rig = Rig::ready(DriveType::D1440, F1440, RATE_500, real_delays);
            for _ in 0..150 {
                act(&mut rig, &mut random);
                let ticks = random.below(20 * MS);
                for piece in 0..pieces {
                    rig.advance(ticks * (piece + 1) / pieces - ticks * piece / pieces);
                }
            }
            (rig.fdc, rig.bench.wires, rig.bench.timeline, rig.memory)
        };
        assert!(run(1) == run(13), "seed {seed}");
    }
}
