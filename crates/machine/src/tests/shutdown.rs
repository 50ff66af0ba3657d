//! What the board does when the CPU shuts down.

use super::{SECOND, config, disks};
use crate::{Activity, Config, Machine, Model, OnShutdown, Stopped};
use beige_core::{InputEvent, Note};

/// Shuts the CPU down: an interrupt without a table, where the double fault has none either.
#[rustfmt::skip]
const SHUT_DOWN: &[u8] = &[
    0x0f, 0x01, 0x1e, 0x06, 0x7c, // lidt [7c06h]
    0xcc,                         // int3
    0, 0, 0, 0, 0, 0,
];

fn machine(model: Model, on_shutdown: OnShutdown) -> Machine {
    Machine::new(Config { on_shutdown, ..config(model) }, disks(SHUT_DOWN)).unwrap()
}

fn models() -> impl Iterator<Item = Model> {
    Model::ALL.into_iter().filter(|model| *model >= Model::I80286)
}

/// Opens the A20 gate, sets shutdown code 0Ah with a loop at 7C30h behind it, and shuts the CPU down.
#[rustfmt::skip]
const SHUT_DOWN_TO_LOOP: &[u8] = &[
    0xb0, 0x02, 0xe6, 0x92,             // mov al, 2; out 92h, al
    0xb0, 0x0f, 0xe6, 0x70,             // mov al, 0fh; out 70h, al
    0xb0, 0x0a, 0xe6, 0x71,             // mov al, 0ah; out 71h, al
    0xc7, 0x06, 0x67, 0x04, 0x30, 0x7c, // mov word [467h], 7c30h
    0xc7, 0x06, 0x69, 0x04, 0x00, 0x00, // mov word [469h], 0
    0x0f, 0x01, 0x1e, 0x32, 0x7c,       // lidt [7c32h]
    0xcc,                               // int3
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0xeb, 0xfe,                         // 7C30h: jmp $
    0, 0, 0, 0, 0, 0,
];

#[test]
fn it_resets_the_cpu_and_leaves_memory_and_the_a20_gate() {
    assert_eq!(SHUT_DOWN_TO_LOOP[0x30], 0xeb);
    for model in models() {
        let mut machine = super::machine(model, SHUT_DOWN_TO_LOOP);
        assert_eq!(machine.run_until(3 * SECOND), Stopped::Reached);
        let state = machine.cpu.real_mode_state();
        assert_eq!((state.cs, state.eip), (0, 0x7c30), "{}", model.name());
        assert!(machine.mem.a20());
        let notes = machine.outputs().notes();
        assert!(matches!(notes, [Note::ShutDown { cs: 0, .. }]), "{notes:?}");
    }
}

#[test]
fn it_stops_the_run_with_a_sentence_that_says_where() {
    for model in models() {
        let mut machine = machine(model, OnShutdown::Stop);
        let Stopped::Shutdown(sentence) = machine.run_until(10 * SECOND) else { panic!("it goes on") };
        assert!(sentence.starts_with("the CPU shut down at 0000:7C05"), "{sentence}");
        assert!(matches!(machine.run_until(20 * SECOND), Stopped::Shutdown(_)), "and stays so");
    }
}

#[test]
fn a_dead_cpu_leaves_the_machine_running_until_a_reset() {
    for model in models() {
        let mut machine = machine(model, OnShutdown::Halt);
        assert_eq!(machine.run_until(3 * SECOND), Stopped::Reached);
        let instructions = machine.instructions();
        assert!(machine.is_idle());
        assert_eq!(machine.diagnose().activity, Activity::ShutDown);
        // Nothing wakes it, not even the timer; the clock goes on.
        assert_eq!(machine.run_until(5 * SECOND), Stopped::Reached);
        assert_eq!((machine.instructions(), machine.now()), (instructions, 5 * SECOND));
        assert_eq!(machine.nvram()[0], 5);
        let state = machine.save();
        let mut other = self::machine(model, OnShutdown::Halt);
        other.restore(&state).unwrap();
        assert!(other.is_idle());
        machine.input(InputEvent::Reset);
        assert_eq!(machine.run_until(6 * SECOND), Stopped::Reached);
        assert!(machine.instructions() > instructions);
    }
}
