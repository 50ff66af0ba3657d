//! Save, load and hash of the whole machine.

use super::{DOTS, SECOND, machine};
use crate::Model;
use beige_core::{InputEvent, Key};
use beige_testkit::Random;

#[test]
fn two_machines_with_the_same_inputs_have_the_same_hash() {
    let run = || {
        let mut machine = machine(Model::I80486, DOTS);
        machine.run_until(SECOND);
        machine.input(InputEvent::Key { key: Key::A, down: true });
        machine.run_until(2 * SECOND);
        machine.hash()
    };
    assert_eq!(run(), run());
}

#[test]
fn how_far_the_host_asks_for_leaves_no_trace() {
    let mut whole = machine(Model::I80486, DOTS);
    let mut sliced = machine(Model::I80486, DOTS);
    whole.run_until(SECOND);
    let mut random = Random::new(5);
    while sliced.now() < SECOND {
        let until = sliced.now() + 1 + random.below(3_000_000);
        sliced.run_until(until.min(SECOND));
    }
    assert_eq!(whole.hash(), sliced.hash());
}

#[test]
fn a_key_changes_the_hash() {
    let mut pressed = machine(Model::I80486, DOTS);
    let mut idle = machine(Model::I80486, DOTS);
    pressed.run_until(SECOND);
    idle.run_until(SECOND);
    assert_eq!(pressed.hash(), idle.hash());
    pressed.input(InputEvent::Key { key: Key::A, down: true });
    assert_ne!(pressed.hash(), idle.hash());
}

#[test]
fn a_restored_machine_runs_on_like_the_saved_one() {
    for model in Model::ALL {
        let mut saved = machine(model, DOTS);
        saved.run_until(SECOND / 2);
        let state = saved.save();
        let mut restored = machine(model, DOTS);
        assert_eq!(restored.restore(&state), Ok(()));
        assert_eq!(restored.hash(), saved.hash());
        saved.run_until(SECOND);
        restored.run_until(SECOND);
        assert_eq!(restored.hash(), saved.hash(), "{}", model.name());
    }
}

#[test]
fn a_state_of_another_model_is_refused_and_changes_nothing() {
    let mut other = machine(Model::I80286, DOTS);
    let mut this = machine(Model::I80486, DOTS);
    this.run_until(SECOND / 4);
    let before = this.hash();
    assert!(this.restore(&other.save()).is_err());
    assert_eq!(this.hash(), before);
}

#[test]
fn a_damaged_state_is_refused_or_gives_a_valid_machine_that_runs() {
    let mut saved = machine(Model::I80486, DOTS);
    saved.run_until(SECOND / 4);
    let state = saved.save();
    let mut random = Random::new(3);
    let mut victim = machine(Model::I80486, DOTS);
    victim.run_until(SECOND / 8);
    for _ in 0..400 {
        let before = victim.hash();
        let mut damaged = state.clone();
        // Memory is most of the state: what is worth damaging stands before and after it.
        let near_end = random.below(2) == 0;
        let at = random.below(4_000.min(state.len() as u64)) as usize;
        let at = if near_end { state.len() - 1 - at } else { at };
        damaged[at] ^= 1 << random.below(8);
        match victim.restore(&damaged) {
            Ok(()) => {
                assert_eq!(victim.check(), Ok(()));
                let until = victim.now().saturating_add(100_000);
                victim.run_until(until);
            }
            Err(_) => assert_eq!(victim.hash(), before),
        }
    }
}

#[test]
fn a_state_cut_short_is_refused() {
    let mut saved = machine(Model::I80486, DOTS);
    saved.run_until(SECOND / 4);
    let state = saved.save();
    let mut victim = machine(Model::I80486, DOTS);
    let mut random = Random::new(4);
    for _ in 0..100 {
        let end = random.below(state.len() as u64) as usize;
        assert!(victim.restore(&state[..end]).is_err(), "cut at {end}");
    }
}
