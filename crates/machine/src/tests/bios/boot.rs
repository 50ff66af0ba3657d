//! What is booted: the order in CMOS, the menu, and nothing at all.

use super::{BDA, Bios, FLOPPY, HARD_DISK, SECOND, config, disks, stub_disk};
use crate::{BootDrive, BootOrder, Config, DISK_SLOTS, DriveType, HardDisk, Machine, Model};
use beige_core::{ClockRatio, Disk, DiskSlot, InputEvent, Key};

/// Prints a letter and halts for ever.
fn letter_disk(geometry: beige_core::Geometry, letter: u8) -> Box<dyn Disk> {
    let mut disk = stub_disk(geometry);
    // mov ax, 0e00h + letter; int 10h; sti; hlt; jmp $-1
    let code = [0xb8, letter, 0x0e, 0xcd, 0x10, 0xfb, 0xf4, 0xeb, 0xfd];
    disk.data[..code.len()].copy_from_slice(&code);
    Box::new(disk)
}

fn two_of_each() -> (Config, [Option<Box<dyn Disk>>; DISK_SLOTS]) {
    let disk = Some(HardDisk { geometry: HARD_DISK, translation: 0 });
    let config =
        Config { floppies: [DriveType::D1440; 2], hard_disks: [disk, disk, None, None], ..config(Model::I80486) };
    let mut disks = disks(&config);
    for (slot, letter) in [(0, b'a'), (1, b'b'), (2, b'c'), (3, b'd')] {
        disks[slot] = Some(letter_disk(if slot < 2 { FLOPPY } else { HARD_DISK }, letter));
    }
    (config, disks)
}

/// The last line of the screen that says something.
fn last_line(machine: &Machine) -> String {
    let rows = machine.screen_text().unwrap();
    rows.iter().rev().find(|row| !row.trim().is_empty()).map(|row| row.trim().to_owned()).unwrap_or_default()
}

#[test]
fn drives_are_tried_in_the_order_of_the_list() {
    use BootDrive::{A, B, C, D};
    for (order, empty, booted) in [
        (&[A, C][..], &[][..], "a"),
        (&[C, A], &[], "c"),
        (&[B], &[], "b"),
        (&[D, A], &[], "d"),
        (&[A, C], &[0], "c"),
        (&[A, B, D], &[0, 1], "d"),
        (&[D, B, A], &[1, 3], "a"),
    ] {
        let (mut config, mut disks) = two_of_each();
        config.boot = BootOrder::new(order).unwrap();
        for slot in empty {
            // An empty floppy drive, and a hard disk without a system.
            disks[*slot] =
                if *slot < 2 { None } else { Some(Box::new(beige_testkit::MemoryDisk::numbered(HARD_DISK))) };
        }
        let mut machine = Machine::new(config, disks).unwrap();
        machine.run_until(3 * SECOND);
        assert_eq!(last_line(&machine), booted, "{order:?} without {empty:?}");
    }
}

#[test]
fn nothing_to_boot_is_said_and_a_key_tries_again() {
    let mut config = config(Model::I8086);
    config.hard_disks = [None; 4];
    let mut machine = Machine::new(config, [const { None }; DISK_SLOTS]).unwrap();
    machine.run_until(3 * SECOND);
    assert!(machine.is_idle(), "it waits for a key");
    let said = "No drive has a bootable disk: insert one and press a key to try again.";
    assert_eq!(last_line(&machine), said);
    let count = |machine: &Machine| machine.screen_text().unwrap().iter().filter(|row| row.contains(said)).count();
    assert_eq!(count(&machine), 1);
    let press = |machine: &mut Machine| {
        for down in [true, false] {
            machine.input(InputEvent::Key { key: Key::Space, down });
            machine.run_until(machine.now() + SECOND / 20);
        }
        machine.run_until(machine.now() + 3 * SECOND);
    };
    press(&mut machine);
    assert_eq!(count(&machine), 2, "the drives were tried again");
    machine.insert(DiskSlot(0), letter_disk(FLOPPY, b'a'), 1).unwrap();
    press(&mut machine);
    assert_eq!(last_line(&machine), "a");
}

/// The screen after Esc at this tick, and then these keys.
fn menu(model: Model, rate: ClockRatio, escape_at: u64, keys: &[Key]) -> String {
    let (mut config, disks) = two_of_each();
    (config.model, config.rate) = (model, rate);
    config.memory_kib = Config::default_memory_kib(model).min(1024);
    let mut machine = Machine::new(config, disks).unwrap();
    machine.run_until(escape_at);
    for down in [true, false] {
        machine.input(InputEvent::Key { key: Key::Escape, down });
        machine.run_until(machine.now() + SECOND / 100);
    }
    machine.run_until(2 * SECOND);
    for key in keys {
        for down in [true, false] {
            machine.input(InputEvent::Key { key: *key, down });
            machine.run_until(machine.now() + SECOND / 20);
        }
    }
    machine.run_until(4 * SECOND);
    let rows = machine.screen_text().unwrap();
    rows.iter().map(|row| row.trim_end()).collect::<Vec<_>>().join("\n")
}

#[test]
fn escape_before_or_during_the_self_test_shows_the_menu() {
    let lines = ">1 Floppy A\n 2 Floppy B\n 3 Hard disk C\n 4 Hard disk D";
    for model in [Model::I8086, Model::I80486] {
        // The test itself takes about a millisecond, the wait after it half a second.
        for microsecond in [0, 100, 1000, 14_000, 450_000] {
            let screen = menu(model, Config::MAX_RATE, microsecond * SECOND / 1_000_000, &[]);
            assert!(screen.contains(lines), "{microsecond}\n{screen}");
        }
    }
    // The first PC takes a fifth of a second.
    let slow = Config::rate_of_clock(Model::I8086, 4_770_000);
    for millisecond in [0, 50, 100, 600] {
        let screen = menu(Model::I8086, slow, millisecond * SECOND / 1000, &[]);
        assert!(screen.contains(lines), "{millisecond}\n{screen}");
    }
}

#[test]
fn the_menu_takes_a_digit_or_arrows_and_escape_leaves_the_order() {
    let booted = |keys: &[Key]| menu(Model::I80486, Config::MAX_RATE, 0, keys).trim_end().chars().last().unwrap();
    assert_eq!(booted(&[Key::Digit2]), 'b');
    assert_eq!(booted(&[Key::Digit4]), 'd');
    assert_eq!(booted(&[Key::Digit5, Key::Digit3]), 'c');
    assert_eq!(booted(&[Key::Down, Key::Down, Key::Enter]), 'c');
    assert_eq!(booted(&[Key::Down, Key::Down, Key::Up, Key::Up, Key::Up, Key::Enter]), 'a');
    assert_eq!(booted(&[Key::Down, Key::Down, Key::Down, Key::Down, Key::Enter]), 'd');
    assert_eq!(booted(&[Key::Escape]), 'a');
}

#[test]
fn cmos_can_ask_for_the_menu() {
    let (mut config, disks) = two_of_each();
    config.boot = BootOrder::first(BootDrive::C).with_menu();
    let mut machine = Machine::new(config, disks).unwrap();
    machine.run_until(SECOND);
    assert!(machine.screen_text().unwrap().iter().any(|row| row.trim_end() == ">1 Floppy A"));
    machine.input(InputEvent::Key { key: Key::Escape, down: true });
    machine.run_until(2 * SECOND);
    assert_eq!(last_line(&machine), "c", "Esc leaves the order");
}

#[test]
fn without_escape_no_menu_comes_and_the_banner_names_the_key() {
    let bios = Bios::boot(config(Model::I80486));
    assert!(bios.screen().contains("640 KB base memory. Esc: boot menu"), "{}", bios.screen());
    assert!(!bios.screen().contains("Boot which drive"));
    assert_eq!(bios.word(BDA + 0x1a), bios.word(BDA + 0x1c), "no key is left");
}

/// When the boot sector begins to run, and after how many instructions.
fn boot_sector_begins(machine: &mut Machine) -> (u64, u64) {
    let mut word = [0; 2];
    while word != [0x31, 0xc0] {
        machine.run_until(machine.now() + SECOND / 1000);
        assert!(machine.now() < 3 * SECOND, "nothing is booted");
        machine.peek_memory(0x7c00, &mut word);
    }
    let begins = machine.now();
    machine.run_until(begins + SECOND / 100);
    (begins, machine.instructions())
}

#[test]
fn the_wait_for_escape_lasts_half_a_second_and_is_slept() {
    let started = |key: Option<Key>| {
        let config = config(Model::I80486);
        let disks = disks(&config);
        let mut machine = Machine::new(config, disks).unwrap();
        machine.run_until(SECOND / 50);
        if let Some(key) = key {
            machine.input(InputEvent::Key { key, down: true });
            machine.input(InputEvent::Key { key, down: false });
        }
        let (begins, instructions) = boot_sector_begins(&mut machine);
        let mut bda = [0; 0x24];
        machine.peek_memory(BDA, &mut bda);
        (begins, instructions, bda[0x1a..0x24].to_vec())
    };
    let (at_leisure, slept, _) = started(None);
    let (at_once, cut_short, buffer) = started(Some(Key::A));
    let wait = (at_leisure - SECOND / 50) / (SECOND / 1000);
    assert!((470..620).contains(&wait), "{wait} ms");
    assert!(at_once < SECOND / 8, "a key ends the wait: {at_once} ns");
    assert_eq!(buffer[..6], [0x1e, 0, 0x20, 0, b'a', 0x1e], "and stays for the system");
    let cost = slept.abs_diff(cut_short);
    assert!(cost < 5_000, "{cost} instructions of waiting");
    assert!(started(Some(Key::LeftShift)).0 >= at_leisure - SECOND / 100, "a shift key alone means nothing");
}

#[test]
fn ctrl_alt_del_and_then_escape_lead_to_the_menu() {
    let mut bios = Bios::boot(config(Model::I80486));
    for (key, after) in [(Key::LeftCtrl, 10), (Key::LeftAlt, 10), (Key::Delete, 100), (Key::Escape, 100)] {
        bios.0.input(InputEvent::Key { key, down: true });
        bios.run(after * SECOND / 1000);
    }
    assert!(bios.screen().contains("Boot which drive"), "{}", bios.screen());
}
