//! The register map of the floppy controller, resets, and commands that look at no medium.

use crate::assert_state_survives;
use crate::fdc_rig::*;
use beige_core::Device;
use beige_storage::fdc::{DriveType, Fdc};

fn rig() -> Rig {
    Rig::ready(DriveType::D1440, F1440, RATE_500, false)
}

#[test]
fn every_register_has_its_value_after_power_on() {
    let mut rig = Rig::cold(DriveType::D1440, Some(F1440), false);
    let values: Vec<u8> = (0..8).map(|offset| rig.read(offset)).collect();
    assert_eq!(values, [0xff, 0xff, 0x00, 0xfc, 0x00, 0x00, 0xff, 0xff]);
    assert!(!rig.irq() && !rig.dreq());
}

#[test]
fn dor_and_tdr_read_back() {
    let mut rig = rig();
    rig.write(2, 0x2d);
    assert_eq!(rig.read(2), 0x2d);
    rig.write(3, 0xfe);
    assert_eq!(rig.read(3), 0xfe);
}

#[test]
fn the_end_of_a_reset_interrupts_and_four_drives_have_been_polled() {
    let mut rig = Rig::cold(DriveType::D1440, Some(F1440), false);
    rig.write(2, 0x0c);
    assert!(!rig.irq(), "not within the access");
    assert_eq!(rig.read(4), 0);
    rig.until_interrupt();
    assert_eq!(rig.read(4), 0x80);
    for drive in 0..4 {
        assert_eq!(rig.command(&[0x08]), [0xc0 | drive, 0]);
        assert!(!rig.irq());
    }
    assert_eq!(rig.command(&[0x08]), [0x80]);
}

#[test]
fn the_first_byte_of_a_command_takes_back_the_interrupt_of_a_reset_that_nobody_sensed() {
    let mut rig = Rig::cold(DriveType::D1440, Some(F1440), false);
    rig.write(2, 0x1c);
    rig.until_interrupt();
    rig.write(5, 0x07);
    assert!(!rig.irq(), "so that the end of the command is an edge");
    rig.write(5, 0x00);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x20, 0]);
    assert_eq!(rig.command(&[0x08]), [0xc1, 0], "the other drives still wait to be sensed");
}

#[test]
fn a_command_leaves_the_interrupt_of_a_seek_alone() {
    let mut rig = rig();
    rig.begin(&[0x0f, 0, 5]);
    rig.until_interrupt();
    rig.command(&[0x04, 0]);
    assert!(rig.irq());
}

#[test]
fn dor_holds_the_controller_in_reset() {
    let mut rig = rig();
    rig.write(2, 0x18);
    rig.advance(100 * MS);
    assert_eq!(rig.read(4), 0);
    assert!(!rig.irq());
}

#[test]
fn the_reset_bit_of_dsr_clears_itself() {
    let mut rig = rig();
    rig.write(4, 0x80);
    assert_eq!(rig.read(4), 0);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0xc0, 0]);
}

#[test]
fn without_the_dma_gate_the_interrupt_pin_stays_low() {
    let mut rig = Rig::cold(DriveType::D1440, Some(F1440), false);
    rig.write(2, 0x04);
    rig.advance(10 * MS);
    assert!(!rig.irq());
    rig.write(2, 0x0c);
    assert!(rig.irq());
}

#[test]
fn version_says_enhanced_controller() {
    assert_eq!(rig().command(&[0x10]), [0x90]);
}

#[test]
fn what_is_no_command_is_answered_by_80h() {
    for byte in [0x00, 0x01, 0x0b, 0x15, 0x17, 0x18, 0x1f, 0x2e, 0x33, 0x43, 0x48, 0x4f, 0x8e] {
        assert_eq!(rig().command(&[byte]), [0x80], "{byte:02x}");
    }
}

#[test]
fn msr_shows_busy_from_the_first_command_byte_to_the_last_result_byte() {
    let mut rig = rig();
    rig.write(5, 0x04);
    assert_eq!(rig.read(4), 0x90);
    rig.write(5, 0x00);
    assert_eq!(rig.read(4), 0xd0);
    rig.read(5);
    assert_eq!(rig.read(4), 0x80);
}

#[test]
fn dumpreg_shows_the_inner_registers() {
    let mut rig = rig();
    rig.seek(7);
    rig.command(&[0x13, 0x00, 0x57, 0x12]);
    rig.command(&[0x12, 0x86]);
    rig.command(&[0x94]);
    assert_eq!(rig.command(&[0x0e]), [7, 0, 0, 0, 0xdf, 0x02, 0, 0x86, 0x57, 0x12]);
}

#[test]
fn a_software_reset_keeps_locked_configuration_only() {
    let mut rig = rig();
    for (lock, configure, track) in [(0x14, 0x20, 0), (0x94, 0x07, 0x12)] {
        rig.command(&[0x13, 0x00, 0x57, 0x12]);
        assert_eq!(rig.command(&[lock]), [lock >> 3 & 0x10]);
        rig.write(4, 0x80);
        rig.until_interrupt();
        let registers = rig.command(&[0x0e]);
        assert_eq!((registers[8], registers[9]), (configure, track), "lock {lock:02x}");
        assert_eq!(registers[4..6], [0xdf, 0x02], "SPECIFY survives");
    }
}

#[test]
fn perpendicular_drives_change_only_with_ow() {
    let mut rig = rig();
    rig.command(&[0x12, 0x8c]);
    rig.command(&[0x12, 0x13]);
    assert_eq!(rig.command(&[0x0e])[7], 0x0f);
    rig.write(4, 0x80);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x0e])[7], 0x0c, "a software reset clears GAP and WGATE only");
}

#[test]
fn a_seek_shows_its_drive_busy_until_it_is_sensed() {
    let mut rig = rig();
    rig.begin(&[0x0f, 0, 20]);
    assert_eq!(rig.read(4), 0x81);
    assert!(rig.until_interrupt() >= 100_000, "a driver has time to arm itself");
    assert_eq!(rig.read(4), 0x81);
    assert_eq!(rig.command(&[0x08]), [0x20, 20]);
    assert_eq!(rig.read(4), 0x80);
    assert!(!rig.irq());
}

#[test]
fn two_seeks_at_a_time_are_two_interrupts() {
    let mut rig = rig();
    rig.begin(&[0x0f, 0, 20]);
    rig.begin(&[0x0f, 1, 30]);
    assert_eq!(rig.read(4), 0x83);
    rig.advance(MS);
    rig.begin(&[0x08]);
    assert!(!rig.irq(), "the second interrupt is an edge too");
    assert_eq!(rig.result(), [0x20, 20]);
    assert_eq!((rig.irq(), rig.read(4)), (true, 0x82));
    assert_eq!(rig.command(&[0x08]), [0x21, 30]);
    assert_eq!((rig.irq(), rig.read(4)), (false, 0x80));
}

#[test]
fn relative_seeks_move_both_ways() {
    let mut rig = rig();
    rig.seek(10);
    rig.begin(&[0xcf, 0, 5]);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x20, 15]);
    rig.begin(&[0x8f, 0, 3]);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x20, 12]);
    rig.expect_bytes(512);
    rig.execute(&[0xe6, 0, 12, 0, 1, 2, 18, 0x1b, 0xff]);
    assert_eq!(rig.sectors(), [12 * 36]);
}

#[test]
fn a_relative_seek_beyond_track_0_is_an_equipment_check_and_wraps_the_cylinder_number() {
    let mut rig = rig();
    rig.seek(3);
    rig.begin(&[0x8f, 0, 5]);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x70, 0xfe]);
    assert_eq!(rig.command(&[0x04, 0]), [0x38], "at track 0");
}

#[test]
fn recalibration_of_a_drive_that_is_not_there_is_an_equipment_check() {
    let mut rig = rig();
    rig.write(2, 0x2d);
    rig.begin(&[0x07, 1]);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x71, 0]);
    assert_eq!(rig.command(&[0x04, 1]), [0x29]);
}

#[test]
fn recalibration_gives_up_after_79_steps() {
    let mut rig = rig();
    rig.seek(82);
    rig.begin(&[0x07, 0]);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x70, 0]);
    rig.begin(&[0x07, 0]);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x08]), [0x20, 0]);
    assert_eq!(rig.command(&[0x04, 0]), [0x38]);
}

#[test]
fn sense_drive_status_shows_track_0_head_and_write_protection() {
    let mut rig = rig();
    assert_eq!(rig.command(&[0x04, 0x04]), [0x3c]);
    rig.seek(1);
    assert_eq!(rig.command(&[0x04, 0x00]), [0x28]);
    let mut disk = beige_testkit::MemoryDisk::numbered(F1440);
    disk.write_protected = true;
    rig.bench.media = media(Some(disk));
    assert_eq!(rig.command(&[0x04, 0x00]), [0x68]);
}

#[test]
fn a_step_clears_disk_change_when_a_disk_is_in() {
    let mut rig = Rig::cold(DriveType::D1440, Some(F1440), false);
    rig.write(2, 0x1c);
    rig.until_interrupt();
    rig.command(&[0x08]);
    assert_eq!(rig.read(7), 0xff);
    rig.begin(&[0x07, 0]);
    rig.until_interrupt();
    rig.command(&[0x08]);
    assert_eq!(rig.read(7), 0xff, "a recalibration on track 0 steps nowhere");
    rig.seek(1);
    assert_eq!(rig.read(7), 0x7f);
}

#[test]
fn disk_change_stays_set_without_a_disk_and_is_set_again_by_insertion() {
    let mut rig = rig();
    rig.seek(1);
    assert_eq!(rig.read(7), 0x7f);
    rig.bench.media = media(None);
    rig.fdc.media_changed(0, &mut rig.bench.io());
    rig.seek(2);
    assert_eq!(rig.read(7), 0xff);
    rig.bench.media = media(Some(beige_testkit::MemoryDisk::numbered(F720)));
    rig.fdc.media_changed(0, &mut rig.bench.io());
    assert_eq!(rig.read(7), 0xff);
    rig.seek(1);
    assert_eq!(rig.read(7), 0x7f);
}

#[test]
fn a_40_track_drive_has_no_disk_change_line() {
    let mut rig = Rig::cold(DriveType::D360, Some(F360), false);
    rig.write(2, 0x1c);
    assert_eq!(rig.read(7), 0x7f);
}

#[test]
fn the_reset_line_stops_motors_and_keeps_the_head_where_it_is() {
    let mut rig = rig();
    rig.seek(9);
    rig.fdc.reset(&mut rig.bench.io());
    assert_eq!((rig.read(2), rig.read(4)), (0, 0));
    rig.write(2, 0x1c);
    rig.until_interrupt();
    assert_eq!(rig.command(&[0x04, 0]), [0x28]);
}

#[test]
fn the_state_is_saved_and_loaded_in_the_middle_of_a_command() {
    let mut rig = rig();
    rig.begin(&[0x0f, 0, 20]);
    rig.begin(&[0xe6, 0, 0]);
    assert_state_survives(&mut rig.fdc, Fdc::new(config(DriveType::D1440, false)));
}
