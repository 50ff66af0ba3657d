//! Loops that do nothing, and loops that do.

use super::{Bench, DS, HANDLERS, from};
use crate::{Model, Stop, flag};

/// Runs code watched for at most 10,000 instructions, beside a run that is not watched; the round that was found.
#[track_caller]
fn round_of(mut bench: Bench, hint: u64) -> Option<u64> {
    let mut plain = Bench { cpu: bench.cpu.clone(), mem: bench.mem.clone(), bus: bench.bus.clone() };
    let watched = bench.cpu.run_watched(&mut bench.mem, &mut bench.bus, 10_000, hint);
    assert_eq!(watched.stop, Stop::Budget);
    plain.step(bench.cpu.instructions());
    assert_eq!((&plain.cpu, &plain.mem, &plain.bus), (&bench.cpu, &bench.mem, &bench.bus), "watching changed the run");
    if let Some(round) = watched.round {
        // What comes after a round is what was before it.
        plain.step(3 * round);
        bench.cpu.pass_rounds(3 * round);
        bench.bus = plain.bus.clone();
        plain.cpu.last_interrupt();
        bench.cpu.last_interrupt();
        assert_eq!((&plain.cpu, &plain.mem), (&bench.cpu, &bench.mem), "the round is none");
    }
    watched.round
}

#[track_caller]
fn check(code: &[u8], round: Option<u64>) {
    for hint in [0, 7, 500] {
        let found = round_of(Bench::new(Model::Pentium, code), hint);
        assert_eq!(found.map(|found| found % round.unwrap_or(1)), round.map(|_| 0), "{found:?} with hint {hint}");
        assert_eq!(found.is_some(), round.is_some());
    }
}

#[test]
fn a_jump_to_itself_is_a_round_of_one_instruction() {
    check(&[0xeb, 0xfe], Some(1));
}

#[test]
fn a_loop_that_reads_memory_until_it_changes_is_a_round() {
    // again: mov ax, [6Ch]; cmp ax, 5; je out; jmp again
    check(&[0xa1, 0x6c, 0, 0x3d, 5, 0, 0x74, 2, 0xeb, 0xf6], Some(4));
}

#[test]
fn what_is_pushed_and_popped_again_does_not_matter() {
    // again: push ax; call sub; pop ax; jmp again; sub: ret
    check(&[0x50, 0xe8, 3, 0, 0x58, 0xeb, 0xf9, 0xc3], Some(5));
}

#[test]
fn a_call_of_an_interrupt_is_part_of_a_round() {
    // again: mov ah, 1; int 16h; jmp again, with a handler of: sti; xor ax, ax; iret
    let mut bench = Bench::new(Model::I80386, &[0xb4, 1, 0xcd, 0x16, 0xeb, 0xfa]);
    bench.poke(HANDLERS, 0x1600, &[0xfb, 0x31, 0xc0, 0xcf]);
    assert_eq!(round_of(bench, 0), Some(6));
}

#[test]
fn a_loop_that_counts_is_no_round() {
    check(&[0x40, 0xeb, 0xfd], None); // inc ax; jmp
    check(&[0xff, 0x06, 0x10, 0, 0xeb, 0xfa], None); // inc word [10h]; jmp
    check(&[0xd9, 0xe8, 0xd9, 0xe8, 0xde, 0xc1, 0xeb, 0xfa], None); // fld1; again: fld1; faddp; jmp
    check(&[0x0f, 0x31, 0x31, 0xc0, 0x31, 0xd2, 0xeb, 0xf8], None); // rdtsc; xor ax, ax; xor dx, dx; jmp
}

#[test]
fn a_counter_that_comes_round_is_a_round() {
    check(&[0xfe, 0xc0, 0xeb, 0xfc], Some(512)); // inc al; jmp
    check(&[0xfe, 0x06, 0x10, 0, 0xeb, 0xfa], Some(512)); // inc byte [10h]; jmp
}

#[test]
fn a_port_is_polled_in_a_round_only_when_its_answer_stays() {
    let code = [0xe4, 0x64, 0xa8, 1, 0xeb, 0xfa]; // in al, 64h; test al, 1; jmp
    check(&code, None);
    let mut bench = Bench::new(Model::I80386, &code);
    bench.bus.steady_port = Some(0x64);
    assert_eq!(round_of(bench, 0), Some(3));
    let mut bench = Bench::new(Model::I80386, &[0xe4, 0x64, 0xe6, 0x64, 0xeb, 0xfa]); // with an OUT
    bench.bus.steady_port = Some(0x64);
    assert_eq!(round_of(bench, 0), None);
}

#[test]
fn a_guest_that_works_at_ports_is_left_alone_at_once() {
    let mut bench = Bench::new(Model::I80386, &[0xe6, 0x80, 0xeb, 0xfc]);
    let watched = bench.cpu.run_watched(&mut bench.mem, &mut bench.bus, 10_000, 0);
    assert_eq!((watched.stop, watched.round), (Stop::Budget, None));
    assert!(bench.cpu.instructions() < 100);
}

#[test]
fn work_before_the_loop_delays_it_and_no_more() {
    for model in from(Model::I8086) {
        // mov cx, 200; rep stosb; again: cmp byte [6Ch], 0; je again
        let code = [0xb9, 200, 0, 0xf3, 0xaa, 0x80, 0x3e, 0x6c, 0, 0, 0x74, 0xf9];
        let mut bench = Bench::new(model, &code);
        bench.bus.steady_port = Some(0x64);
        let found = round_of(bench, 0);
        assert_eq!(found, Some(2), "{model:?}");
    }
}

#[test]
fn a_traced_loop_is_a_round_with_its_handler() {
    // A loop with TF set whose handler of INT 1 returns.
    let mut bench = Bench::new(Model::I80386, &[0x90, 0xeb, 0xfd]).with(|state| state.eflags |= flag::TF);
    bench.poke(HANDLERS, 0x100, &[0x90, 0xcf]);
    assert_eq!(round_of(bench, 0).map(|round| round % 8), Some(0));
}

#[test]
fn a_search_ends_with_its_budget_and_with_a_halt() {
    let mut bench = Bench::new(Model::I80386, &[0x40, 0xf4]);
    let watched = bench.cpu.run_watched(&mut bench.mem, &mut bench.bus, 1, 0);
    assert_eq!((watched.stop, watched.round, bench.cpu.instructions()), (Stop::Budget, None, 1));
    let watched = bench.cpu.run_watched(&mut bench.mem, &mut bench.bus, 9, 0);
    assert_eq!((watched.stop, watched.round, bench.cpu.instructions()), (Stop::Halted, None, 2));
    assert_eq!(bench.word(DS, 0), 0);
}
