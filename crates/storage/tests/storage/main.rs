//! The controllers, driven through ports, wires and ticks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod ata_commands;
mod ata_faults;
mod ata_hostile;
mod ata_long;
mod ata_power;
mod ata_registers;
mod ata_rig;
mod failing_disk;
mod fdc_fifo;
mod fdc_hostile;
mod fdc_marks;
mod fdc_registers;
mod fdc_rig;
mod fdc_scan;
mod fdc_timing;
mod fdc_transfers;

/// Whether the state survives being saved and loaded into a fresh device.
fn assert_state_survives<D: beige_core::Device + PartialEq + std::fmt::Debug>(device: &mut D, mut fresh: D) {
    let mut writer = beige_core::StateWriter::default();
    device.visit(&mut writer);
    let data = writer.finish();
    let mut reader = beige_core::StateReader::new(&data);
    fresh.visit(&mut reader);
    reader.finish().expect("the state loads");
    fresh.check().expect("the loaded state is valid");
    assert!(*device == fresh, "the loaded device differs");
}
