//! A guest that does anything at all to the board.

use super::{DOTS, machine};
use crate::{Machine, Model};
use beige_core::{Coded, InputEvent, Key};
use beige_cpu::{Bus, Width};
use beige_testkit::Random;

/// Ports that somebody claims: random ones would seldom hit them.
const CLAIMED: [(u16, u16); 15] = [
    (0x00, 0x0f),
    (0x20, 0x21),
    (0x40, 0x43),
    (0x60, 0x64),
    (0x70, 0x71),
    (0x80, 0x92),
    (0xa0, 0xa1),
    (0xc0, 0xdf),
    (0x1f0, 0x1f7),
    (0x3b0, 0x3df),
    (0x3f0, 0x3ff),
    (0x170, 0x177),
    (0x2e8, 0x2ff),
    (0x378, 0x37a),
    (0x3e8, 0x3ef),
];

fn port(random: &mut Random) -> u16 {
    if random.below(16) == 0 {
        return random.next_u64() as u16;
    }
    let (first, last) = CLAIMED[random.below(CLAIMED.len() as u64) as usize];
    first + random.below(u64::from(last - first) + 1) as u16
}

/// Lets guest time pass without the CPU.
fn pass(machine: &mut Machine, ticks: u64) {
    let now = machine.now() + ticks;
    let rate = machine.board.clock.rate();
    machine.board.clock.restart(now, machine.cpu.instructions(), rate);
    machine.board.serve_deadlines(now, &mut machine.mem);
}

fn storm(seed: u64, accesses: u32) {
    let mut random = Random::new(seed);
    let mut machine = machine(Model::I80486, DOTS);
    for number in 0..accesses {
        let at = machine.cpu.instructions();
        let width = [Width::Byte, Width::Word, Width::Dword][random.below(3) as usize];
        let (port, value) = (port(&mut random), random.next_u64() as u32);
        let Machine { board, mem, .. } = &mut machine;
        match random.below(16) {
            0..6 => {
                board.port_read(mem, port, width, at);
            }
            6..13 => board.port_write(mem, port, width, value & width.mask(), at),
            13 => board.mmio_write(mem, 0xa_0000 + random.below(0x1_fffc) as u32, width, value, at),
            14 => {
                board.acknowledge_interrupt(mem, at);
            }
            _ => {
                let (port, byte) = (random.byte() & 7, random.byte());
                machine.input(match random.below(8) {
                    0 => InputEvent::SerialCarrier { port, present: byte & 1 != 0 },
                    _ => InputEvent::Serial { port, byte },
                });
                let Some(key) = Key::from_code(random.byte() % Key::COUNT as u8) else { continue };
                machine.input(InputEvent::Key { key, down: random.below(2) == 0 });
            }
        }
        let ticks = random.below(50_000);
        pass(&mut machine, ticks);
        machine.outputs().clear();
        machine.inputs.clear();
        if number % 256 == 0 {
            assert_eq!(machine.check(), Ok(()), "after {number} accesses of seed {seed}");
        }
    }
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn random_accesses_to_the_whole_board_keep_its_state_valid() {
    storm(1, 500_000);
}

#[test]
fn dma_that_nobody_asks_for_moves_one_byte_an_access() {
    let mut machine = machine(Model::I80486, DOTS);
    let Machine { board, mem, .. } = &mut machine;
    let mut out = |port, value| board.port_write(mem, port, Width::Byte, value, 0);
    // The cascade open; channel 1 from memory, one transfer at a time, all request lines inverted.
    for (port, value) in [(0xd6, 0xc0), (0xd4, 0x00), (0x0f, 0x0d), (0x0b, 0x49), (0x03, 0xff), (0x03, 0xff)] {
        out(port, value);
    }
    out(0x08, 0x40);
    for _ in 0..9 {
        out(0x80, 0);
    }
    let (low, high) = (board.port_read(mem, 2, Width::Byte, 0), board.port_read(mem, 2, Width::Byte, 0));
    assert_eq!((low, high), (10, 0));
}
