//! The register map of an ATA channel, resets, absent devices.

use crate::assert_state_survives;
use crate::ata_rig::*;
use beige_core::Device;
use beige_storage::ata::AtaChannel;

const SIGNATURE: [u8; 6] = [1, 1, 1, 0, 0, 0xa0];

#[test]
fn after_power_on_the_registers_hold_the_signature() {
    let mut rig = Rig::new([true, true]);
    assert_eq!(rig.registers(), SIGNATURE);
    assert_eq!((rig.read(7), rig.read(8), rig.read(9)), (READY, READY, 0xfe));
    assert!(!rig.irq());
}

#[test]
fn the_command_block_reads_back() {
    let mut rig = Rig::new([true, true]);
    for offset in 2..=5 {
        rig.write(offset, 0x55 + offset as u8);
    }
    rig.write(6, 0x4a);
    assert_eq!(rig.registers(), [1, 0x57, 0x58, 0x59, 0x5a, 0xea]);
    rig.write(6, 0x13);
    assert_eq!(rig.registers(), [1, 0x57, 0x58, 0x59, 0x5a, 0xb3], "the other device has the same");
    assert_eq!(rig.read(9), 0xf1);
}

#[test]
fn an_absent_device_1_has_status_0_and_ignores_commands() {
    let mut rig = Rig::new([true, false]);
    rig.write(2, 0x55);
    rig.write(6, 0xb0);
    assert_eq!((rig.read(7), rig.read(8), rig.read(2)), (0, 0, 0x55));
    rig.write(7, 0xec);
    rig.advance(1_000_000);
    assert_eq!((rig.read(7), rig.irq()), (0, false));
    rig.write(6, 0xa0);
    assert_eq!(rig.read(7), READY);
}

#[test]
fn without_device_0_the_bus_floats() {
    for present in [[false, false], [false, true]] {
        let mut rig = Rig::new(present);
        rig.write(2, 0x55);
        for offset in 0..10 {
            assert_eq!(rig.read(offset), 0xff, "offset {offset}");
        }
    }
    let mut rig = Rig::new([false, true]);
    rig.write(6, 0xb0);
    assert_eq!(rig.read(7), READY);
}

#[test]
fn a_software_reset_is_busy_while_held_and_signs() {
    let mut rig = Rig::new([true, true]);
    rig.write(2, 0x55);
    rig.write(6, 0xb0);
    rig.write(8, 0x04);
    rig.advance(10_000_000);
    assert_eq!(rig.read(8), BSY);
    rig.write(8, 0x00);
    assert_eq!(rig.read(8), BSY);
    assert_eq!(rig.wait(), READY);
    assert_eq!(rig.registers(), SIGNATURE, "device 0 is selected");
    assert!(!rig.irq(), "a reset does not interrupt");
}

#[test]
fn a_software_reset_ends_a_command() {
    let mut rig = Rig::new([true, false]);
    assert_eq!(rig.at_lba(0x20, 4, 0), READY | DRQ);
    assert!(rig.irq());
    rig.write(8, 0x04);
    assert!(!rig.irq());
    rig.write(8, 0x00);
    assert_eq!(rig.wait(), READY);
}

#[test]
fn diagnostic_signs_both_devices_and_device_0_interrupts() {
    let mut rig = Rig::new([true, true]);
    rig.command(0x90, [9, 9, 9, 9, 0xb0]);
    assert!(rig.irq());
    assert_eq!(rig.registers(), SIGNATURE);
    rig.write(6, 0xb0);
    assert!(!rig.irq());
    assert_eq!((rig.read(1), rig.read(2)), (1, 1));
}

#[test]
fn the_interrupt_is_taken_back_by_status_and_not_by_alternate_status() {
    let mut rig = Rig::new([true, false]);
    rig.command(0x10, [0, 0, 0, 0, 0xa0]);
    assert!(rig.irq());
    rig.read(8);
    assert!(rig.irq());
    rig.read(7);
    assert!(!rig.irq());
}

#[test]
fn a_new_command_takes_the_interrupt_of_the_last_one_back() {
    let mut rig = Rig::new([true, false]);
    rig.command(0x10, [0, 0, 0, 0, 0xa0]);
    assert!(rig.irq());
    rig.write(7, 0x10);
    assert!(!rig.irq());
    rig.wait();
    assert!(rig.irq());
}

#[test]
fn nien_keeps_the_interrupt_line_low() {
    let mut rig = Rig::new([true, false]);
    rig.write(8, 0x02);
    rig.command(0x10, [0, 0, 0, 0, 0xa0]);
    assert!(!rig.irq());
    rig.write(8, 0x00);
    assert!(rig.irq());
}

#[test]
fn a_command_is_busy_first_and_writes_to_a_busy_device_are_lost() {
    let mut rig = Rig::new([true, false]);
    rig.write(6, 0xe0);
    rig.write(2, 1);
    rig.write(7, 0x20);
    assert!(rig.read(8) & BSY != 0 && !rig.irq());
    rig.write(2, 99);
    rig.write(7, 0xec);
    rig.wait();
    let (data, _) = rig.take_all();
    assert_eq!(data.len(), 512);
    assert_eq!(data[..8], 1_u64.to_le_bytes());
}

#[test]
fn byte_accesses_to_the_data_port_move_the_low_byte_of_a_word() {
    let mut rig = Rig::new([true, false]);
    rig.command(0xec, [0, 0, 0, 0, 0xa0]);
    assert_eq!([rig.read(0), rig.read(0)], [0x40, 20]);
}

#[test]
fn the_state_is_saved_and_loaded_in_the_middle_of_a_block() {
    let mut rig = Rig::new([true, true]);
    rig.at_lba(0x20, 4, 100);
    rig.read(0);
    let fresh = AtaChannel::new(IRQ, [Some(config(0)), Some(config(1))]);
    assert_state_survives(&mut rig.ata, fresh);
}

#[test]
fn the_reset_line_is_like_power_on() {
    let mut rig = Rig::new([true, false]);
    rig.command(0xc6, [8, 0, 0, 0, 0xa0]);
    rig.ata.reset(&mut rig.bench.io());
    assert_eq!(rig.registers(), SIGNATURE);
    assert!(!rig.irq());
    assert_eq!(rig.at_lba(0xc4, 1, 0), READY | ERR);
}
