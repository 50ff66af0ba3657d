//! Loops in which the guest waits: a machine that passes over their rounds is the machine that runs them.

use super::{SECOND, disks};
use crate::board::Board;
use crate::storm::Storm;
use crate::{Config, Machine, Model, ports};
use beige_core::{ClockRatio, InputEvent, Key, Tick};
use beige_cpu::{Bus, Engine, Width};
use beige_testkit::Random;

/// What is in front of every loop: vectors 28h and 2Fh to an IRET, as DOS has them; interrupts on; DS = 40h.
const PROLOGUE: &[u8] = &[
    0x31, 0xc0, 0x8e, 0xd8, // xor ax, ax; mov ds, ax
    0xc7, 0x06, 0xa0, 0x00, 0x00, 0x7d, 0xa3, 0xa2, 0x00, // mov word [0a0h], 7d00h; mov [0a2h], ax
    0xc7, 0x06, 0xbc, 0x00, 0x00, 0x7d, 0xa3, 0xbe, 0x00, // mov word [0bch], 7d00h; mov [0beh], ax
    0xc6, 0x06, 0x00, 0x7d, 0xcf, // mov byte [7d00h], iret
    0xb8, 0x40, 0x00, 0x8e, 0xd8, 0xfb, // mov ax, 40h; mov ds, ax; sti
];

/// Instructions a second: few, so that a machine that runs them all is soon done.
const RATE: u64 = 5_000_000;

/// A machine whose boot sector goes round this loop, which ends where it began by a jump that is added.
fn looping(model: Model, body: &[u8]) -> Machine {
    let mut code = [PROLOGUE, body].concat();
    let back = -(body.len() as i32 + 2);
    code.extend([0xeb, back as u8]);
    let config = Config { rate: ClockRatio::from_hz(RATE, 1), ..super::config(model) };
    Machine::new(config, disks(&code)).unwrap()
}

/// Runs two machines of the same loop, one that detects and one that does not, which has the reference stepper, to the
/// same ticks, with a key now and
/// then; they must be alike at each. How many instructions were skipped, of how many.
fn compare(mut detects: Machine, mut plain: Machine, end: Tick) -> (u64, u64) {
    plain.detect_idle_loops(false);
    plain.cpu.set_engine(Engine::Stepper);
    let mut random = Random::new(7);
    let (mut now, mut is_down) = (0, false);
    while now < end {
        now += match random.below(4) {
            0 => 1 + random.below(200),
            1 => random.below(SECOND / 1000),
            _ => random.below(SECOND / 8),
        };
        let stopped = detects.run_until(now);
        assert_eq!(plain.run_until(now), stopped);
        assert_eq!((detects.now(), detects.instructions()), (plain.now(), plain.instructions()), "at {now}");
        assert_eq!(detects.hash(), plain.hash(), "at {now}");
        if now > end / 2 && random.below(3) == 0 {
            is_down = !is_down;
            for machine in [&mut detects, &mut plain] {
                machine.input(InputEvent::Key { key: Key::A, down: is_down });
            }
        }
    }
    assert_eq!(plain.skipped_instructions(), 0);
    (detects.skipped_instructions(), detects.instructions())
}

fn compare_loop(model: Model, body: &[u8]) -> (u64, u64) {
    compare(looping(model, body), looping(model, body), 2 * SECOND)
}

/// The second half of the time, without what the BIOS does before it boots, is skipped but for a little.
#[track_caller]
fn assert_skipped((skipped, all): (u64, u64)) {
    assert!(skipped > all / 2, "{skipped} of {all}");
}

#[test]
fn a_loop_that_asks_the_bios_for_a_key_is_skipped() {
    for function in [0x01, 0x11] {
        // mov ah, function; int 16h
        assert_skipped(compare_loop(Model::I80486, &[0xb4, function, 0xcd, 0x16]));
    }
}

#[test]
fn a_loop_that_calls_the_idle_interrupts_of_dos_is_skipped() {
    // mov ah, 1; int 16h; int 28h; mov ax, 1680h; int 2fh
    let body = [0xb4, 1, 0xcd, 0x16, 0xcd, 0x28, 0xb8, 0x80, 0x16, 0xcd, 0x2f];
    for model in [Model::I8086, Model::I80286, Model::I80386, Model::PentiumII] {
        assert_skipped(compare_loop(model, &body));
    }
}

#[test]
fn a_loop_that_looks_at_the_keyboard_controller_is_skipped() {
    assert_skipped(compare_loop(Model::I80486, &[0xe4, 0x64, 0xa8, 1])); // in al, 64h; test al, 1
    // cli; in al, 64h; in al, 60h: with the buffer full, the first round empties it.
    assert_skipped(compare_loop(Model::I80486, &[0xfa, 0xe4, 0x64, 0xe4, 0x60]));
}

#[test]
fn a_loop_that_looks_at_the_tick_count_is_skipped() {
    assert_skipped(compare_loop(Model::I80486, &[0xa1, 0x6c, 0, 0x39, 0xc3])); // mov ax, [6ch]; cmp bx, ax
    assert_skipped(compare_loop(Model::I80486, &[0x31, 0xc0, 0xcd, 0x1a])); // xor ax, ax; int 1ah
}

#[test]
fn a_loop_that_looks_at_a_serial_port_is_skipped() {
    // mov dx, 3fdh; in al, dx; test al, 1; mov dl, 0feh; in al, dx
    assert_skipped(compare_loop(Model::I80486, &[0xba, 0xfd, 3, 0xec, 0xa8, 1, 0xb2, 0xfe, 0xec]));
}

#[test]
fn a_loop_that_counts_or_measures_is_run() {
    let loops: [&[u8]; 6] = [
        &[0x66, 0x40],                                     // inc eax
        &[0xb4, 1, 0xcd, 0x16, 0x66, 0xff, 0x06, 0xf0, 0], // mov ah, 1; int 16h; inc dword [0f0h]
        &[0xb0, 0, 0xe6, 0x43, 0xe4, 0x40, 0xe4, 0x40],    // out 43h, 0; in al, 40h; in al, 40h
        &[0xe4, 0x61, 0xa8, 0x10],                         // in al, 61h; test al, 10h
        &[0xba, 0xda, 3, 0xec],                            // mov dx, 3dah; in al, dx
        &[0x0f, 0x31, 0x66, 0x31, 0xc0, 0x66, 0x31, 0xd2], // rdtsc; xor eax, eax; xor edx, edx
    ];
    for body in loops {
        let (skipped, all) = compare_loop(Model::Pentium, body);
        // The BIOS itself waits before it boots.
        let mut boot = looping(Model::Pentium, &[0xfa, 0xf4]);
        boot.run_until(2 * SECOND);
        assert!(skipped <= boot.skipped_instructions(), "{skipped} of {all} in {body:02x?}");
    }
}

#[test]
fn the_reference_stepper_skips_the_same() {
    let body = [0xb4, 1, 0xcd, 0x16]; // mov ah, 1; int 16h
    let mut steps = looping(Model::I80486, &body);
    steps.cpu.set_engine(Engine::Stepper);
    let by_blocks = compare_loop(Model::I80486, &body);
    assert_eq!(compare(steps, looping(Model::I80486, &body), 2 * SECOND), by_blocks);
}

#[test]
fn a_traced_loop_is_skipped_with_its_traps() {
    // pushf; pop ax; or ah, 1; push ax; popf: vector 1 leads to an IRET of the BIOS.
    assert_skipped(compare_loop(Model::I80386, &[0x9c, 0x58, 0x80, 0xcc, 1, 0x50, 0x9d]));
}

#[test]
fn a_guest_that_waits_is_idle_until_something_happens() {
    let mut machine = looping(Model::I80486, &[0xb4, 1, 0xcd, 0x16]);
    machine.run_until(2 * SECOND);
    while !machine.is_idle() {
        machine.run_until(machine.now() + SECOND / 1000);
    }
    machine.input(InputEvent::Key { key: Key::A, down: true });
    assert!(!machine.is_idle());
    let state = machine.save();
    machine.run_until(machine.now() + SECOND);
    machine.restore(&state).unwrap();
    assert!(!machine.is_idle(), "what it knew was of another time");
}

#[test]
fn a_diagnosis_says_of_a_skipped_loop_what_it_says_of_one_that_is_run() {
    for body in [&[0xb4, 1, 0xcd, 0x16][..], &[0xe4, 0x64, 0xa8, 1], &[0xa1, 0x6c, 0]] {
        let [mut detects, mut plain] = [looping(Model::I80486, body), looping(Model::I80486, body)];
        plain.detect_idle_loops(false);
        for machine in [&mut detects, &mut plain] {
            machine.run_until(2 * SECOND + 12_345_678);
        }
        assert!(detects.skipped_instructions() > 0);
        assert_eq!(detects.diagnose().to_string(), plain.diagnose().to_string());
    }
}

#[test]
fn a_guest_that_computes_is_hardly_looked_at() {
    let mut machine = looping(Model::I80386, &[0x66, 0x40]); // inc eax
    machine.input(InputEvent::Rate(ClockRatio::from_hz(100_000_000, 1)));
    machine.run_until(5 * SECOND);
    let looked = machine.idle.looked();
    assert!(looked * 400 < machine.instructions(), "{looked} of {}", machine.instructions());
}

/// Whatever was done to the board: until its next deadline a steady port reads the same at all times, and reading it
/// changes nothing.
#[test]
fn steady_ports_are_steady() {
    let mut random = Random::new(20);
    let mut seen = std::collections::BTreeMap::new();
    for round in 0..60 {
        let mut storm = Storm::default();
        let mut machine = Machine::new(super::config(Model::I80486), disks(&[])).unwrap();
        for _ in 0..2_000 + round {
            storm.strike(&mut machine, &mut || random.next_u64());
        }
        let now = machine.now();
        machine.board.serve_deadlines(now, &mut machine.mem);
        machine.board.cpu_held = 0;
        machine.board.settle(now, &mut machine.mem);
        if machine.board.cpu_held > 0 {
            // Every access moves a byte by DMA and holds the CPU, which ends its run.
            continue;
        }
        let before = (machine.hash(), machine.board.chips.clone(), machine.board.lines.timeline.clone());
        let end = machine.next_event().min(now + 10 * SECOND);
        for port in (0..0x540).chain([0x8900, 0xffff]) {
            if !ports::is_steady(&mut machine.board, now, port) {
                continue;
            }
            let value = ports::read(&mut machine.board, now, port);
            for tick in [now, now + random.below(end - now), end - 1] {
                assert_eq!(ports::read(&mut machine.board, tick, port), value, "port {port:x} at {tick}, {end}");
                machine.board.settle(tick, &mut machine.mem);
            }
            let Board { chips, lines, .. } = &machine.board;
            assert!(*chips == before.1 && lines.timeline == before.2, "port {port:x}");
            *seen.entry(port).or_insert(0) += 1;
        }
        assert_eq!(machine.hash(), before.0);
    }
    for port in [0x20, 0x21, 0x60, 0x64, 0xa1, 0x1f7, 0x379, 0x3f4, 0x3f6, 0x3fd, 0x3fe] {
        assert!(seen.get(&port).is_some_and(|count| *count > 3), "port {port:x} was hardly ever steady: {seen:?}");
    }
}

#[test]
fn only_bytes_are_steady() {
    let mut machine = Machine::new(super::config(Model::I80486), disks(&[])).unwrap();
    assert!(machine.board.is_steady_port(0x64, Width::Byte));
    assert!(!machine.board.is_steady_port(0x64, Width::Word));
    assert!(!machine.board.is_steady_port(0x61, Width::Byte));
    assert!(!machine.board.is_steady_port(0x40, Width::Byte));
}
