//! Tests of the 8259A through its ports, lines and pin.

use super::*;
use beige_core::{StateReader, StateWriter};
use beige_testkit::{Bench, Random};

const INT: Pin = Pin::new(0);
const NONSPECIFIC_EOI: u8 = 0x20;
const ISR: u8 = 0x0b;
const IRR: u8 = 0x0a;

struct Rig {
    bench: Bench,
    pic: Pic,
}

impl Rig {
    /// A chip after these ICWs, no line masked.
    fn with(role: Role, icw1: u8, icws: &[u8]) -> Rig {
        let mut rig = Rig { bench: Bench::default(), pic: Pic::new(role, INT) };
        rig.write(0, icw1);
        for icw in icws {
            rig.write(1, *icw);
        }
        rig
    }

    /// As a PC's BIOS sets the first chip up.
    fn master() -> Rig {
        Rig::with(Role::Master, 0x11, &[0x08, 0x04, 0x01])
    }

    fn write(&mut self, offset: u16, value: u8) {
        self.bench.write(&mut self.pic, offset, value);
    }

    fn read(&mut self, offset: u16) -> u8 {
        self.bench.read(&mut self.pic, offset)
    }

    fn line(&mut self, line: u8, level: bool) {
        self.pic.set_line(line, level, &mut self.bench.io());
    }

    fn elcr(&mut self, value: u8) {
        self.pic.write_elcr(value, &mut self.bench.io());
    }

    fn pulse(&mut self, line: u8) {
        self.line(line, false);
        self.line(line, true);
    }

    fn int(&self) -> bool {
        self.bench.wires.level(INT)
    }

    fn acknowledge(&mut self) -> u8 {
        self.pic.acknowledge(None, &mut self.bench.io()).vector
    }

    /// The second chip's answer when the first has put this line on the cascade lines.
    fn acknowledge_as_slave(&mut self, line: u8) -> Acknowledge {
        self.pic.acknowledge(Some(line), &mut self.bench.io())
    }

    fn isr(&mut self) -> u8 {
        self.write(0, ISR);
        self.read(0)
    }

    fn irr(&mut self) -> u8 {
        self.write(0, IRR);
        self.read(0)
    }
}

#[test]
fn before_icw1_all_registers_read_zero_and_no_line_interrupts() {
    let mut rig = Rig { bench: Bench::default(), pic: Pic::new(Role::Master, INT) };
    rig.pic.power_on(&mut rig.bench.io());
    assert_eq!((rig.read(0), rig.read(1)), (0, 0));
    assert_eq!(rig.isr(), 0);
    rig.line(0, true);
    assert!(!rig.int());
    rig.write(1, 0x5a);
    assert_eq!(rig.read(1), 0x5a);
}

#[test]
fn elcr_is_zero_and_keeps_all_bits_but_those_of_the_boards_own_lines() {
    for (role, kept) in [(Role::Master, 0xf8), (Role::Slave, 0xde)] {
        let mut rig = Rig::with(role, 0x11, &[0x08, 0x04, 0x01]);
        assert_eq!(rig.pic.read_elcr(), 0);
        rig.elcr(0xff);
        assert_eq!(rig.pic.read_elcr(), kept);
        rig.write(0, 0x11);
        assert_eq!(rig.pic.read_elcr(), kept, "ICW1 leaves it");
        rig.pic.reset(&mut rig.bench.io());
        assert_eq!(rig.pic.read_elcr(), 0);
        rig.elcr(0xff);
        rig.pic.power_on(&mut rig.bench.io());
        assert_eq!(rig.pic.read_elcr(), 0);
    }
}

#[test]
fn a_line_made_level_triggered_by_elcr_requests_as_long_as_it_is_high() {
    let mut rig = Rig::master();
    rig.elcr(0x20);
    rig.line(5, true);
    rig.line(4, true);
    assert_eq!((rig.acknowledge(), rig.acknowledge()), (0x0c, 0x0f), "line 4 outranks line 5, which is then masked");
    rig.write(0, NONSPECIFIC_EOI);
    assert_eq!(rig.irr(), 0x20, "the edge is gone, the level is not");
    assert_eq!(rig.acknowledge(), 0x0d);
    rig.write(0, NONSPECIFIC_EOI);
    assert!(rig.int());
    rig.line(5, false);
    assert!(!rig.int());
    rig.line(5, true);
    rig.acknowledge();
    rig.write(0, NONSPECIFIC_EOI);
    rig.elcr(0);
    assert!(!rig.int(), "as an edge it was acknowledged already");
}

#[test]
fn a_level_that_drops_before_the_acknowledge_is_spurious() {
    let mut rig = Rig::master();
    rig.elcr(0x08);
    rig.line(3, true);
    rig.line(3, false);
    assert_eq!((rig.acknowledge(), rig.isr()), (0x0f, 0));
}

#[test]
fn a_real_request_of_line_7_differs_from_a_spurious_one_by_its_service_bit() {
    let mut rig = Rig::master();
    rig.line(7, true);
    assert_eq!((rig.acknowledge(), rig.isr()), (0x0f, 0x80));
}

#[test]
fn every_offset_repeats_the_two_registers() {
    let mut rig = Rig::master();
    rig.write(3, 0xa5);
    assert_eq!((rig.read(1), rig.read(3), rig.read(5)), (0xa5, 0xa5, 0xa5));
    assert_eq!((rig.read(0), rig.read(2)), (0, 0));
}

#[test]
fn a_rising_line_is_acknowledged_with_its_vector() {
    let mut rig = Rig::master();
    rig.line(1, true);
    assert!(rig.int());
    assert_eq!(rig.irr(), 0x02);
    assert_eq!(rig.acknowledge(), 0x09);
    assert!(!rig.int());
    assert_eq!((rig.irr(), rig.isr()), (0, 0x02));
}

#[test]
fn a_line_that_stays_high_interrupts_once_in_edge_mode() {
    let mut rig = Rig::master();
    rig.line(4, true);
    rig.acknowledge();
    rig.write(0, NONSPECIFIC_EOI);
    assert!(!rig.int());
    rig.pulse(4);
    assert!(rig.int());
}

#[test]
fn a_line_that_stays_high_interrupts_again_after_eoi_in_level_mode() {
    let mut rig = Rig::with(Role::Master, 0x19, &[0x08, 0x04, 0x01]);
    rig.line(4, true);
    assert_eq!(rig.acknowledge(), 0x0c);
    assert!(!rig.int());
    rig.write(0, NONSPECIFIC_EOI);
    assert!(rig.int());
    rig.line(4, false);
    assert!(!rig.int());
}

#[test]
fn a_request_that_drops_before_the_acknowledge_gives_line_7_without_service() {
    let mut rig = Rig::master();
    rig.line(3, true);
    rig.line(3, false);
    assert!(!rig.int());
    assert_eq!(rig.acknowledge(), 0x0f);
    assert_eq!(rig.isr(), 0);
}

#[test]
fn a_masked_line_keeps_its_request_until_it_is_unmasked() {
    let mut rig = Rig::master();
    rig.write(1, 0xff);
    rig.line(6, true);
    assert!(!rig.int());
    assert_eq!(rig.irr(), 0x40);
    rig.write(1, 0xbf);
    assert!(rig.int());
}

#[test]
fn a_higher_line_interrupts_a_service_and_a_lower_one_waits_for_eoi() {
    let mut rig = Rig::master();
    rig.line(4, true);
    rig.acknowledge();
    rig.line(5, true);
    assert!(!rig.int());
    rig.line(1, true);
    assert_eq!(rig.acknowledge(), 0x09);
    assert_eq!(rig.isr(), 0x12);
    rig.write(0, NONSPECIFIC_EOI);
    assert_eq!(rig.isr(), 0x10);
    assert!(!rig.int());
    rig.write(0, NONSPECIFIC_EOI);
    assert!(rig.int());
    assert_eq!(rig.acknowledge(), 0x0d);
}

#[test]
fn a_specific_eoi_ends_the_level_that_it_names() {
    let mut rig = Rig::master();
    rig.line(4, true);
    rig.acknowledge();
    rig.line(1, true);
    rig.acknowledge();
    rig.write(0, 0x64);
    assert_eq!(rig.isr(), 0x02);
}

#[test]
fn an_automatic_eoi_leaves_nothing_in_service_and_int_pulses_for_the_next_request() {
    let mut rig = Rig::with(Role::Master, 0x11, &[0x08, 0x04, 0x03]);
    rig.line(2, true);
    rig.line(3, true);
    while rig.bench.wires.take_change().is_some() {}
    assert_eq!(rig.acknowledge() & 7, 2);
    assert_eq!(rig.isr(), 0);
    let change = rig.bench.wires.take_change().unwrap();
    assert!(change.level && change.pulsed);
    assert_eq!(rig.acknowledge() & 7, 3);
}

#[test]
fn a_rotating_eoi_makes_the_ended_level_the_lowest() {
    let mut rig = Rig::master();
    rig.line(0, true);
    rig.acknowledge();
    rig.write(0, 0xa0);
    rig.pulse(0);
    rig.line(7, true);
    assert_eq!(rig.acknowledge(), 0x0f);
}

#[test]
fn a_rotating_specific_eoi_ends_and_lowers_the_level_that_it_names() {
    let mut rig = Rig::master();
    rig.line(3, true);
    rig.acknowledge();
    rig.write(0, 0xe3);
    assert_eq!(rig.isr(), 0);
    rig.pulse(3);
    rig.line(4, true);
    rig.line(2, true);
    let order = [rig.acknowledge() & 7, rig.isr()];
    assert_eq!(order, [4, 0x10]);
}

#[test]
fn set_priority_chooses_the_lowest_level() {
    let mut rig = Rig::master();
    rig.write(0, 0xc5);
    rig.line(0, true);
    rig.line(6, true);
    assert_eq!(rig.acknowledge() & 7, 6);
}

#[test]
fn rotation_on_automatic_eoi_serves_two_lines_in_turn() {
    let mut rig = Rig::with(Role::Master, 0x11, &[0x08, 0x04, 0x03]);
    rig.write(0, 0x80);
    let mut order = Vec::new();
    for _ in 0..4 {
        rig.pulse(1);
        rig.pulse(5);
        order.push(rig.acknowledge() & 7);
    }
    assert_eq!(order, [1, 5, 1, 5]);
    rig.write(0, 0x00);
    rig.pulse(1);
    rig.acknowledge();
    rig.pulse(1);
    rig.pulse(5);
    assert_eq!(rig.acknowledge() & 7, 1, "rotation is off: the order stays as it was");
}

#[test]
fn special_mask_mode_lets_lower_lines_through_a_masked_service() {
    let mut rig = Rig::master();
    rig.line(3, true);
    rig.acknowledge();
    rig.line(6, true);
    assert!(!rig.int());
    rig.write(1, 0x08);
    rig.write(0, 0x68);
    assert!(rig.int());
    rig.write(0, NONSPECIFIC_EOI);
    assert_eq!(rig.isr(), 0x08, "a masked level is not ended");
    rig.write(0, 0x48);
    assert!(!rig.int());
    rig.write(0, NONSPECIFIC_EOI);
    assert_eq!(rig.isr(), 0);
}

#[test]
fn special_fully_nested_mode_lets_a_slave_in_service_interrupt_again() {
    for (icw4, nests) in [(0x01, false), (0x11, true)] {
        let mut rig = Rig::with(Role::Master, 0x11, &[0x08, 0x04, icw4]);
        rig.line(2, true);
        rig.acknowledge();
        rig.pulse(2);
        assert_eq!(rig.int(), nests);
        rig.line(3, true);
        assert_eq!(rig.int(), nests);
    }
}

#[test]
fn a_poll_takes_the_request_into_service_and_the_next_read_is_a_register_again() {
    let mut rig = Rig::master();
    rig.line(5, true);
    rig.write(0, 0x0c);
    assert_eq!(rig.read(0), 0x85);
    assert!(!rig.int());
    assert_eq!(rig.isr(), 0x20);
    rig.write(0, 0x0c);
    assert_eq!(rig.read(1) & 0x80, 0);
    assert_eq!(rig.read(1), 0);
}

#[test]
fn requests_are_frozen_from_the_poll_command_to_its_read() {
    let mut rig = Rig::master();
    rig.line(5, true);
    rig.write(0, 0x0c);
    rig.line(1, true);
    rig.line(5, false);
    assert_eq!(rig.read(0), 0x85);
    assert!(rig.int(), "line 1 is next");
    rig.write(0, 0x0c);
    rig.write(0, 0x08);
    assert_eq!(rig.read(1), 0, "a new OCW3 takes the poll back");
}

#[test]
fn a_slave_can_be_polled_and_ended_on_its_own() {
    let mut slave = Rig::with(Role::Slave, 0x11, &[0x70, 0x02, 0x01]);
    slave.line(3, true);
    slave.write(0, 0x0c);
    assert_eq!(slave.read(0), 0x83);
    slave.write(0, 0x63);
    assert_eq!(slave.isr(), 0);
}

#[test]
fn the_master_names_the_slave_and_the_slave_gives_the_vector() {
    let mut rig = Rig::master();
    let mut slave = Rig::with(Role::Slave, 0x11, &[0x70, 0x02, 0x01]);
    slave.line(6, true);
    assert!(slave.int());
    rig.line(2, true);
    let answer = rig.pic.acknowledge(None, &mut rig.bench.io());
    assert_eq!(answer.cascade, Some(2));
    let answer = slave.acknowledge_as_slave(2);
    assert_eq!(answer, Acknowledge { vector: 0x76, cascade: None });
    assert_eq!((rig.isr(), slave.isr()), (0x04, 0x40));
}

#[test]
fn a_slave_answers_only_when_the_cascade_lines_name_its_icw3() {
    let mut slave = Rig::with(Role::Slave, 0x11, &[0x70, 0x02, 0x01]);
    slave.line(0, true);
    assert_eq!(slave.acknowledge_as_slave(5), Acknowledge { vector: 0xff, cascade: None });
    assert_eq!((slave.isr(), slave.int()), (0, true));
    assert_eq!(slave.acknowledge_as_slave(2).vector, 0x70);
}

#[test]
fn a_slave_whose_request_is_gone_gives_line_7_and_only_the_master_is_in_service() {
    let mut master = Rig::master();
    let mut slave = Rig::with(Role::Slave, 0x11, &[0x70, 0x02, 0x01]);
    master.line(2, true);
    assert_eq!(master.pic.acknowledge(None, &mut master.bench.io()).cascade, Some(2));
    assert_eq!(slave.acknowledge_as_slave(2).vector, 0x77);
    assert_eq!((master.isr(), slave.isr()), (0x04, 0));
}

#[test]
fn buffered_mode_takes_the_role_from_icw4() {
    let mut rig = Rig::with(Role::Master, 0x11, &[0x08, 0x04, 0x09]);
    rig.line(2, true);
    assert_eq!(rig.pic.acknowledge(None, &mut rig.bench.io()).cascade, None);
    let mut rig = Rig::with(Role::Slave, 0x11, &[0x08, 0x04, 0x0d]);
    rig.line(2, true);
    assert_eq!(rig.pic.acknowledge(None, &mut rig.bench.io()).cascade, Some(2));
}

#[test]
fn single_mode_expects_no_icw3() {
    let mut rig = Rig::with(Role::Master, 0x13, &[0x40, 0x01]);
    rig.write(1, 0xfe);
    assert_eq!(rig.read(1), 0xfe);
    rig.line(0, true);
    assert_eq!(rig.pic.acknowledge(None, &mut rig.bench.io()), Acknowledge { vector: 0x40, cascade: None });
}

#[test]
fn without_icw4_the_chip_gives_the_low_byte_of_an_mcs_80_call() {
    for (icw1, low) in [(0xb6, 0xb4), (0xb2, 0xa8)] {
        let mut rig = Rig::with(Role::Master, icw1, &[0x40]);
        rig.line(5, true);
        assert_eq!(rig.acknowledge(), low);
    }
}

#[test]
fn during_initialization_no_line_interrupts() {
    let mut rig = Rig::master();
    rig.write(0, 0x11);
    rig.line(0, true);
    for icw in [0x08, 0x04] {
        assert!(!rig.int());
        rig.write(1, icw);
    }
    assert!(!rig.int());
    rig.write(1, 0x01);
    assert!(rig.int());
}

#[test]
fn icw1_forgets_mask_service_edges_priority_and_the_choice_of_the_isr() {
    let mut rig = Rig::master();
    rig.line(3, true);
    rig.acknowledge();
    rig.line(6, true);
    rig.write(1, 0xf0);
    rig.write(0, 0xc2);
    rig.isr();
    rig.write(0, 0x11);
    for icw in [0x08, 0x04, 0x01] {
        rig.write(1, icw);
    }
    assert_eq!(rig.read(1), 0);
    assert_eq!(rig.read(0), 0, "a line that was high must rise again");
    assert_eq!(rig.isr(), 0);
    rig.pulse(7);
    rig.pulse(0);
    assert_eq!(rig.acknowledge() & 7, 0);
}

#[test]
fn icw1_ends_special_mask_mode_and_rotation() {
    let mut rig = Rig::with(Role::Master, 0x11, &[0x08, 0x04, 0x03]);
    rig.write(0, 0x68);
    rig.write(0, 0x80);
    rig.write(0, 0x11);
    for icw in [0x08, 0x04, 0x03] {
        rig.write(1, icw);
    }
    rig.line(1, true);
    rig.acknowledge();
    rig.line(5, true);
    rig.pulse(1);
    assert_eq!(rig.acknowledge() & 7, 1, "priorities did not rotate");
    let mut rig = Rig::master();
    rig.write(0, 0x68);
    rig.write(0, 0x11);
    for icw in [0x08, 0x04, 0x01] {
        rig.write(1, icw);
    }
    rig.line(1, true);
    rig.acknowledge();
    rig.write(1, 0x02);
    rig.line(5, true);
    assert!(!rig.int(), "a masked service holds back lower lines");
}

#[test]
fn the_reset_line_changes_nothing() {
    let mut rig = Rig::master();
    rig.write(1, 0x12);
    let before = rig.pic.clone();
    rig.pic.reset(&mut rig.bench.io());
    assert_eq!(rig.pic, before);
}

#[test]
fn time_changes_nothing_however_it_passes() {
    let mut rig = Rig::master();
    rig.line(3, true);
    let before = rig.pic.clone();
    let Rig { bench, pic } = &mut rig;
    bench.advance(pic, 1_000_000_000);
    (0..100).for_each(|_| bench.advance(pic, 1));
    assert_eq!(rig.pic, before);
    assert!(rig.int());
}

#[test]
fn random_accesses_keep_the_state_valid_and_it_survives_save_and_load() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut rig = Rig::master();
        for _ in 0..2000 {
            match random.below(6) {
                0 => _ = rig.read(random.below(4) as u16),
                1 | 2 => rig.write(random.below(4) as u16, random.byte()),
                3 => rig.line(random.byte(), random.below(2) == 0),
                4 => rig.elcr(random.byte()),
                _ => _ = rig.acknowledge(),
            }
            rig.pic.check().unwrap();
        }
        let mut writer = StateWriter::default();
        rig.pic.visit(&mut writer);
        let data = writer.finish();
        let mut loaded = Pic::new(Role::Master, INT);
        let mut reader = StateReader::new(&data);
        loaded.visit(&mut reader);
        reader.finish().unwrap();
        assert_eq!(loaded, rig.pic);
    }
}

#[test]
fn a_state_with_a_priority_above_7_is_refused() {
    let mut pic = Pic::new(Role::Master, INT);
    pic.lowest = 8;
    assert!(pic.check().is_err());
}
