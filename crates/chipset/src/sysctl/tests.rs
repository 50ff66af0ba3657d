//! Tests of ports 61h and 92h.

use super::*;
use beige_core::{StateReader, StateWriter};
use beige_testkit::{Bench, Random};

const GATE2: Pin = Pin::new(1);
const RESET: Pin = Pin::new(2);
const A20: Pin = Pin::new(3);

fn ports() -> (Bench, SystemControl) {
    (Bench::default(), SystemControl::new(GATE2, RESET, A20))
}

#[test]
fn after_power_on_both_ports_read_zero_and_all_pins_are_low() {
    let (mut bench, mut ports) = ports();
    ports.power_on(&mut bench.io());
    assert_eq!((ports.read_61(false, false), ports.read_92()), (0, 0));
    assert!([GATE2, RESET, A20].iter().all(|pin| !bench.wires.level(*pin)));
}

#[test]
fn port_61_keeps_its_low_half_and_shows_refresh_and_out2() {
    let (mut bench, mut ports) = ports();
    ports.write_61(0xff, &mut bench.io());
    assert_eq!(ports.read_61(false, false), 0x0f);
    assert_eq!(ports.read_61(false, true), 0x1f);
    assert_eq!(ports.read_61(true, false), 0x2f);
    ports.write_61(0xf2, &mut bench.io());
    assert_eq!(ports.read_61(true, true), 0x32);
}

#[test]
fn port_61_drives_the_gate_with_its_bit_0_only() {
    let (mut bench, mut ports) = ports();
    ports.write_61(0x01, &mut bench.io());
    assert!(bench.wires.level(GATE2));
    ports.write_61(0x02, &mut bench.io());
    assert!(!bench.wires.level(GATE2));
}

#[test]
fn port_92_drives_a20_and_keeps_the_other_bits() {
    let (mut bench, mut ports) = ports();
    ports.write_92(0x02, &mut bench.io());
    assert!(bench.wires.level(A20));
    ports.write_92(0xfc, &mut bench.io());
    assert!(!bench.wires.level(A20));
    assert_eq!(ports.read_92(), 0xfc);
}

#[test]
fn only_a_rising_bit_0_of_port_92_pulses_the_reset() {
    let (mut bench, mut ports) = ports();
    ports.write_92(0x01, &mut bench.io());
    let change = bench.wires.take_change().unwrap();
    assert_eq!((change.pin, change.level, change.pulsed), (RESET, false, true));
    ports.write_92(0x01, &mut bench.io());
    ports.write_92(0x00, &mut bench.io());
    assert!(!bench.wires.moved());
    ports.write_92(0x01, &mut bench.io());
    assert!(bench.wires.moved());
}

#[test]
fn the_reset_line_clears_both_ports_and_lowers_the_pins() {
    let (mut bench, mut ports) = ports();
    ports.write_61(0x0f, &mut bench.io());
    ports.write_92(0x02, &mut bench.io());
    ports.reset(&mut bench.io());
    assert_eq!((ports.read_61(false, false), ports.read_92()), (0, 0));
    assert!(!bench.wires.level(GATE2) && !bench.wires.level(A20));
}

#[test]
fn time_changes_nothing_however_it_passes() {
    let (mut bench, mut ports) = ports();
    ports.write_61(0x05, &mut bench.io());
    let before = ports.clone();
    bench.advance(&mut ports, 1_000_000_000);
    (0..100).for_each(|_| bench.advance(&mut ports, 1));
    assert_eq!(ports, before);
    assert!(bench.wires.level(GATE2));
}

#[test]
fn random_accesses_keep_the_state_valid_and_it_survives_save_and_load() {
    let mut random = Random::new(3);
    let (mut bench, mut ports) = ports();
    for _ in 0..2000 {
        match random.below(2) {
            0 => ports.write_61(random.byte(), &mut bench.io()),
            _ => ports.write_92(random.byte(), &mut bench.io()),
        }
        ports.check().unwrap();
    }
    let mut writer = StateWriter::default();
    ports.visit(&mut writer);
    let data = writer.finish();
    let mut loaded = SystemControl::new(GATE2, RESET, A20);
    let mut reader = StateReader::new(&data);
    loaded.visit(&mut reader);
    reader.finish().unwrap();
    assert_eq!(loaded, ports);
}

#[test]
fn a_state_with_read_only_bits_of_port_61_set_is_refused() {
    let (_, mut ports) = ports();
    ports.port_b = 0x10;
    assert!(ports.check().is_err());
}
