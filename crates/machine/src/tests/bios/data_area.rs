//! 40:00 to 40:FF and 50:00 as the BIOS leaves them for a boot sector, to the byte.

use super::{BDA, Bios, FLOPPY, HARD_DISK, SECOND, config, disks, stub_disk};
use crate::{BootDrive, BootOrder, Config, DriveType, HardDisk, Machine, Model};

/// What stands in a field.
enum Field {
    /// These bytes.
    Is(Vec<u8>),
    /// So many bytes that belong to the VGA BIOS, whose own tests look at them.
    Video(usize),
    /// The time of day, which goes on.
    Ticks,
}

/// What differs between configurations.
struct Expected {
    equipment: u16,
    lpt: [u16; 3],
    com: [u16; 4],
    /// 40:8F, a nibble a floppy drive, and 40:90, 40:91.
    floppies: [u8; 3],
    hard_disks: u8,
}

fn words(words: &[u16]) -> Field {
    Field::Is(words.iter().flat_map(|word| word.to_le_bytes()).collect())
}

fn zeros(count: usize) -> Field {
    Field::Is(vec![0; count])
}

/// The whole area in order. SPEC: IBM PS/2 and PC BIOS Interface Technical Reference, "ROM BIOS data area".
fn table(expected: &Expected) -> Vec<(&'static str, Field)> {
    let [capabilities, media @ ..] = expected.floppies;
    let any_floppy = capabilities != 0;
    vec![
        ("00 serial ports", words(&expected.com)),
        ("08 parallel ports", words(&expected.lpt)),
        ("0E EBDA", words(&[0x9fc0])),
        ("10 equipment", words(&[expected.equipment])),
        ("12 manufacturing test", zeros(1)),
        ("13 KiB of base memory", words(&[639])),
        ("15 scratch", zeros(2)),
        ("17 keyboard flags, keypad number", zeros(3)),
        ("1A keyboard buffer head and tail", words(&[0x1e, 0x1e])),
        ("1E keyboard buffer", zeros(32)),
        ("3E floppies: recalibrated, motors, count, status", zeros(4)),
        // The last answer to SENSE INTERRUPT STATUS after a reset is that of drive 3.
        ("42 floppy result", Field::Is(vec![if any_floppy { 0xc3 } else { 0 }, 0, 0, 0, 0, 0, 0])),
        ("49 video", Field::Video(0x67 - 0x49)),
        ("67 shutdown address", zeros(4)),
        ("6B unexpected interrupt", zeros(1)),
        ("6C ticks", Field::Ticks),
        ("70 midnight, Ctrl-Break", zeros(2)),
        ("72 reset flag", zeros(2)),
        ("74 hard disk status, count, control, port offset", Field::Is(vec![0, expected.hard_disks, 0, 0])),
        ("78 parallel time-outs", Field::Is(vec![0x14; 4])),
        ("7C serial time-outs", Field::Is(vec![0x01; 4])),
        ("80 bounds of the keyboard buffer", words(&[0x1e, 0x3e])),
        ("84 video", Field::Video(7)),
        ("8B floppy rates", zeros(1)),
        ("8C hard disk status, error, interrupt", zeros(3)),
        ("8F floppy capabilities", Field::Is(vec![capabilities])),
        ("90 floppy media", Field::Is(media.to_vec())),
        ("92 floppy media before, cylinders", zeros(4)),
        ("96 keyboard with 101 keys, LEDs", Field::Is(vec![0x10, 0])),
        ("98 wait: address, count, flag", zeros(9)),
        ("A1 network", zeros(7)),
        ("A8 video save pointer", Field::Video(4)),
        ("AC reserved", zeros(0x100 - 0xac)),
        ("100 print screen status", zeros(1)),
    ]
}

#[track_caller]
fn check(bios: &Bios, expected: &Expected) {
    let (mut at, mut wrong) = (0, Vec::new());
    for (name, field) in table(expected) {
        let label = name.split(' ').next().unwrap();
        assert_eq!(format!("{at:02X}"), label, "the table has a gap");
        let count = match &field {
            Field::Is(bytes) => bytes.len(),
            Field::Video(count) => *count,
            Field::Ticks => 4,
        };
        let found = bios.bytes(BDA + at, count);
        match field {
            Field::Is(bytes) if bytes != found => wrong.push(format!("{name}: {found:02x?}, not {bytes:02x?}")),
            _ => {}
        }
        at += count as u32;
    }
    assert_eq!(at, 0x101);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(bios.byte(0x9_fc00), 1, "the EBDA begins with its size in KiB");
    assert_eq!((bios.word(BDA + 0x6e), bios.word(BDA + 0x49) & 0xff), (0, 3), "a minute after midnight, in mode 3");
    let ticks = bios.word(BDA + 0x6c);
    let seconds = bios.0.now() as f64 / SECOND as f64;
    assert!((f64::from(ticks) - seconds * 18.2065).abs() < 20.0, "{ticks} ticks after {seconds} s");
}

fn hard_disk(number: usize) -> Config {
    let disk = Some(HardDisk { geometry: HARD_DISK, translation: 0 });
    let mut config = config(Model::I80486);
    config.hard_disks = std::array::from_fn(|slot| if slot < number { disk } else { None });
    config.boot = BootOrder::new(&[BootDrive::C]).unwrap();
    config
}

const LPT1: [u16; 3] = [0x378, 0, 0];
const COM: [u16; 4] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];

#[test]
fn a_machine_with_two_floppy_drives_and_a_hard_disk() {
    for model in Model::ALL {
        let base = config(model);
        let config = Config { boot: BootOrder::new(&[BootDrive::C]).unwrap(), ..base };
        let expected = Expected {
            equipment: 0x4861 | u16::from(config.coprocessor) << 1,
            lpt: LPT1,
            com: COM,
            // 1.44M: 80 cylinders, several rates; 360K: neither. Media undetermined at 500 and 250 kbit/s.
            floppies: [0x47, 0x00, 0x80],
            hard_disks: 1,
        };
        check(&Bios::boot(config), &expected);
    }
}

#[test]
fn a_machine_without_floppy_drives_and_with_four_hard_disks() {
    let config = Config { floppies: [DriveType::Absent; 2], ..hard_disk(4) };
    let expected = Expected { equipment: 0x4822, lpt: LPT1, com: COM, floppies: [0; 3], hard_disks: 4 };
    check(&Bios::boot(config), &expected);
}

#[test]
fn a_machine_with_one_large_floppy_drive() {
    let serial_ports = [true, false, true, false];
    let config = Config { floppies: [DriveType::D1200, DriveType::Absent], serial_ports, ..hard_disk(2) };
    let com = [0x3f8, 0x3e8, 0, 0];
    let expected = Expected { equipment: 0x4423, lpt: LPT1, com, floppies: [0x07, 0x00, 0x00], hard_disks: 2 };
    check(&Bios::boot(config), &expected);
}

#[test]
fn a_machine_with_drives_for_small_disks() {
    let config = Config { floppies: [DriveType::D720, DriveType::D2880], serial_ports: [false; 4], ..hard_disk(1) };
    let expected = Expected { equipment: 0x4063, lpt: LPT1, com: [0; 4], floppies: [0x75, 0x80, 0xc0], hard_disks: 1 };
    check(&Bios::boot(config), &expected);
}

#[test]
fn booting_a_floppy_leaves_its_state_where_programs_look() {
    let mut floppy = stub_disk(FLOPPY);
    floppy.write_protected = true;
    let config = config(Model::I80286);
    let mut disks = disks(&config);
    disks[0] = Some(Box::new(floppy));
    let bios = Bios::boot_from(config, disks);
    assert_eq!(bios.byte(BDA + 0x3e) & 0x81, 0x01, "drive A is calibrated");
    assert_eq!(bios.byte(BDA + 0x3f), 0x00, "its motor is off again");
    assert_eq!(bios.byte(BDA + 0x41), 0x00);
    assert_eq!(bios.byte(BDA + 0x90), 0x17, "500 kbit/s, determined");
    assert_eq!(bios.byte(BDA + 0x94), 0x00, "on cylinder 0");
}

#[test]
fn the_tick_count_comes_from_the_clock() {
    let mut config = hard_disk(1);
    config.rtc.hour = 23;
    config.rtc.minute = 59;
    let disks = disks(&config);
    let mut machine = Machine::new(config, disks).unwrap();
    machine.run_until(SECOND);
    let bios = Bios(machine);
    let ticks = u32::from(bios.word(BDA + 0x6e)) << 16 | u32::from(bios.word(BDA + 0x6c));
    // 86,340 s of 18.2065 ticks, and one second.
    assert!((1_571_900..1_571_990).contains(&ticks), "{ticks}");
}
