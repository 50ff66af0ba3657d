//! What the board's CMOS bytes tell the BIOS about the machine, in the layout that Bochs and QEMU use.

use crate::boot::{BootDrive, BootOrder};
use crate::config::Config;
use beige_chipset::mc146818::Rtc;
use beige_core::Coded;
use beige_storage::fdc::DriveType;

const FLOPPY_TYPES: u8 = 0x10;
const DISK_TYPES: u8 = 0x12;
const EQUIPMENT: u8 = 0x14;
const BASE_MEMORY_KIB: u8 = 0x15;
const EXTENDED_MEMORY_KIB: [u8; 2] = [0x17, 0x30];
const DISK_EXTENDED_TYPES: u8 = 0x19;
const DISK_PARAMETERS: [u8; 2] = [0x1b, 0x24];
const DISK_PARAMETER_BYTES: u8 = 9;
const BOOT_FLAGS: u8 = 0x2d;
const MEMORY_ABOVE_16M: u8 = 0x34;
const BOOT_THIRD: u8 = 0x38;
const TRANSLATION: u8 = 0x39;
const BOOT_SEQUENCE: u8 = 0x3d;

/// The disk type whose parameters stand in CMOS itself.
const USER_TYPE: u8 = 47;
const BASE_KIB: u32 = 640;

/// Fills the CMOS memory: what was kept from an earlier run, if anything was, and over it the configuration.
pub(crate) fn configure(rtc: &mut Rtc, config: &Config) {
    if let Some(kept) = &config.nvram {
        rtc.set_contents(kept);
    }
    let [a, b] = config.floppies.map(Coded::to_code);
    rtc.set_cmos(FLOPPY_TYPES, a << 4 | b);
    rtc.set_cmos(EQUIPMENT, equipment(config));
    set_word(rtc, BASE_MEMORY_KIB, BASE_KIB.min(config.memory_kib));
    let extended_kib = config.memory_kib.saturating_sub(1024);
    for index in EXTENDED_MEMORY_KIB {
        set_word(rtc, index, extended_kib.min(0xffff));
    }
    set_word(rtc, MEMORY_ABOVE_16M, (config.memory_kib.saturating_sub(16 << 10) / 64).min(0xffff));
    configure_disks(rtc, config);
    configure_boot(rtc, config.boot);
    rtc.update_checksum();
}

fn equipment(config: &Config) -> u8 {
    let drives = config.floppies.iter().filter(|drive| **drive != DriveType::Absent).count() as u8;
    let floppies = if drives == 0 { 0 } else { (drives - 1) << 6 | 1 };
    floppies | u8::from(config.coprocessor) << 1
}

fn configure_disks(rtc: &mut Rtc, config: &Config) {
    let mut types = 0;
    let mut translations = 0;
    for (number, disk) in config.hard_disks.iter().enumerate() {
        if let Some(disk) = disk {
            translations |= (disk.translation & 3) << (2 * number);
        }
        let Some(at) = DISK_PARAMETERS.get(number).copied() else { continue };
        let Some(disk) = disk else {
            // Nothing is left of a disk that an earlier run had.
            rtc.set_cmos(DISK_EXTENDED_TYPES + number as u8, 0);
            (at..at + DISK_PARAMETER_BYTES).for_each(|index| rtc.set_cmos(index, 0));
            continue;
        };
        types |= 0xf0 >> (4 * number);
        rtc.set_cmos(DISK_EXTENDED_TYPES + number as u8, USER_TYPE);
        set_word(rtc, at, disk.geometry.cylinders);
        rtc.set_cmos(at + 2, disk.geometry.heads as u8);
        set_word(rtc, at + 3, 0xffff);
        rtc.set_cmos(at + 5, 0xc0 | u8::from(disk.geometry.heads > 8) << 3);
        set_word(rtc, at + 6, disk.geometry.cylinders);
        rtc.set_cmos(at + 8, disk.geometry.sectors as u8);
    }
    rtc.set_cmos(DISK_TYPES, types);
    rtc.set_cmos(TRANSLATION, translations);
}

fn configure_boot(rtc: &mut Rtc, boot: BootOrder) {
    let [sequence, third] = boot.nibbles().to_le_bytes();
    rtc.set_cmos(BOOT_SEQUENCE, sequence);
    // Bit 0: the BIOS is not to demand 55AAh of a floppy. Bit 1 is ours: it is to show its menu.
    rtc.set_cmos(BOOT_THIRD, third << 4 | u8::from(boot.shows_menu()) << 1 | 0x01);
    // Bit 5: floppy before hard disk, for BIOSes that know no list.
    let is_disk = |drive: &BootDrive| matches!(drive, BootDrive::C | BootDrive::D);
    rtc.set_cmos(BOOT_FLAGS, if boot.drives().next().as_ref().is_some_and(is_disk) { 0x00 } else { 0x20 });
}

fn set_word(rtc: &mut Rtc, index: u8, value: u32) {
    let [low, high, ..] = value.to_le_bytes();
    rtc.set_cmos(index, low);
    rtc.set_cmos(index + 1, high);
}
