//! The speaker as somebody hears it.

use super::board::write;
use super::{DOTS, SECOND, machine};
use crate::{Machine, Model};
use beige_core::{ClockRatio, Edge, InputEvent, Tick};
use beige_testkit::Random;

/// A machine that does nothing of its own to the speaker, a second after power-on.
fn silent() -> Machine {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    machine.outputs().clear();
    machine
}

fn pass(machine: &mut Machine, ticks: Tick) {
    let until = machine.now() + ticks;
    machine.run_until(until);
}

/// Programs timer channel 2.
fn program(machine: &mut Machine, mode: u8, count: u16) {
    write(machine, 0x43, 0xb0 | mode << 1);
    for byte in count.to_le_bytes() {
        write(machine, 0x42, byte);
    }
}

#[test]
fn a_square_wave_has_exact_edges_without_any_access() {
    let mut machine = silent();
    machine.listen_to_speaker();
    program(&mut machine, 3, 1193);
    write(&mut machine, 0x61, 0x03);
    let start = ClockRatio::PIT.cycles(machine.now());
    pass(&mut machine, SECOND);
    let edges = machine.outputs().edges().to_vec();
    assert_eq!(edges.iter().filter(|edge| edge.level).count(), 1001);
    // OUT was high before the tone began, and stays so for the first half of its 1193 clocks.
    let (first, rest) = edges.split_first().unwrap();
    assert!(first.level);
    for (number, edge) in (0..).zip(rest) {
        // The count is loaded by the next clock; an odd one is high for one clock more than low.
        let cycle = start + 1 + number / 2 * 1193 + if number % 2 == 0 { 597 } else { 1193 };
        assert_eq!(*edge, Edge { at: ClockRatio::PIT.tick_of(cycle), level: number % 2 == 1 }, "edge {number}");
    }
}

#[test]
fn the_data_bit_alone_moves_the_cone_and_the_gate_stops_the_tone() {
    let mut machine = silent();
    machine.listen_to_speaker();
    program(&mut machine, 3, 100);
    assert_eq!(machine.outputs().edges(), [], "the data bit is off");
    // OUT is high while the gate is low.
    for level in [true, false, true, false] {
        pass(&mut machine, 12_345);
        write(&mut machine, 0x61, u8::from(level) << 1);
        let now = machine.now();
        assert_eq!(machine.outputs().edges(), [Edge { at: now, level }]);
        machine.outputs().clear();
    }
    write(&mut machine, 0x61, 3);
    pass(&mut machine, SECOND / 100);
    machine.input(InputEvent::Reset);
    let edges = machine.outputs().edges().to_vec();
    assert!(edges.len() > 100 && edges.last().is_some_and(|edge| !edge.level), "a reset is silent");
}

#[test]
fn edges_alternate_in_order_and_do_not_depend_on_how_often_they_are_taken() {
    for seed in 0..20 {
        let heard = |often: bool| {
            let mut machine = silent();
            machine.listen_to_speaker();
            let (mut random, mut edges) = (Random::new(seed), Vec::new());
            for _ in 0..60 {
                match random.below(4) {
                    0 => program(&mut machine, random.below(6) as u8, random.below(3000) as u16),
                    1 => write(&mut machine, 0x61, random.byte() & 3),
                    2 => write(&mut machine, 0x42, random.byte()),
                    _ => write(&mut machine, 0x61, 3),
                }
                for _ in 0..10 {
                    pass(&mut machine, 30_000 + random.below(40_000));
                    if often {
                        edges.extend_from_slice(machine.outputs().edges());
                        machine.outputs().clear();
                    }
                }
            }
            edges.extend_from_slice(machine.outputs().edges());
            edges
        };
        let edges = heard(false);
        assert!(edges == heard(true), "seed {seed}");
        assert!(edges.iter().enumerate().all(|(number, edge)| edge.level == (number % 2 == 0)), "seed {seed}");
        assert!(edges.is_sorted_by_key(|edge| edge.at), "seed {seed}");
    }
}

#[test]
fn a_listener_leaves_no_trace() {
    let hash = |listens: bool| {
        let mut machine = silent();
        if listens {
            machine.listen_to_speaker();
        }
        program(&mut machine, 3, 77);
        write(&mut machine, 0x61, 3);
        pass(&mut machine, SECOND);
        assert_eq!(machine.outputs().edges().is_empty(), !listens);
        machine.hash()
    };
    assert_eq!(hash(false), hash(true));
}
