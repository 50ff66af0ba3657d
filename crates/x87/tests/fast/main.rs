//! The fast forms against the general ones: whole units and all that goes to memory, bit for bit.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod states;

use beige_testkit::Random;
use beige_x87::{Escape, F80, Fast, Fpu, Generation, OperandSize, Transfer};
use states::{context, operand, unit};
use std::collections::BTreeMap;

/// Random cases a test: enough for every form here, many more where the optimiser helps.
const CASES: usize = if cfg!(debug_assertions) { 200_000 } else { 20_000_000 };

/// Bytes to or from memory, and AX.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moved {
    written: Option<[u8; 10]>,
    ax: Option<u16>,
}

/// Runs the common case; `None` when it is refused.
fn run_fast(fast: Fast, fpu: &mut Fpu, escape: Escape, modrm: u8, bytes: [u8; 10]) -> Option<Moved> {
    let context = context();
    let number = |count: u8| {
        let mut low = [0; 8];
        low[..usize::from(count)].copy_from_slice(&bytes[..usize::from(count)]);
        u64::from_le_bytes(low)
    };
    let mut moved = Moved::default();
    let done = match fast {
        Fast::Register(run) => run(fpu, modrm & 7),
        Fast::Read(count, run) => run(fpu, number(count)),
        Fast::ReadExtended(run) => run(fpu, F80::from_bytes(bytes)),
        Fast::Write(count, run) => match run(fpu) {
            Some(stored) => {
                let mut out = [0; 10];
                out[..8].copy_from_slice(&stored.bits.to_le_bytes());
                out[8..].copy_from_slice(&stored.sign_exponent().to_le_bytes());
                out[usize::from(count)..].fill(0);
                moved.written = Some(out);
                fpu.commit(stored);
                true
            }
            None => false,
        },
        Fast::StatusToAx => {
            moved.ax = Some(fpu.status());
            true
        }
    };
    if !done {
        return None;
    }
    if !escape.is_control() {
        fpu.note_code(escape.code(), context.fcs, context.fip);
        if escape.has_memory() {
            fpu.note_data(context.fds, context.fdp);
        }
    }
    Some(moved)
}

/// Runs it as every instruction is run.
fn run_general(fpu: &mut Fpu, escape: Escape, bytes: [u8; 10]) -> Moved {
    let mut moved = Moved::default();
    match escape.transfer(OperandSize::Dword) {
        Transfer::None => moved.ax = fpu.execute(escape, &context(), &[]).ax,
        Transfer::Read(count) => moved.ax = fpu.execute(escape, &context(), &bytes[..count]).ax,
        Transfer::Write(count) => {
            let mut out = [0; 10];
            moved.written = fpu.store(escape, &context(), &mut out[..count]).then_some(out);
        }
    }
    moved
}

/// Whether it was done, after comparing.
fn check(before: &Fpu, opcode: u8, modrm: u8, bytes: [u8; 10]) -> Option<bool> {
    let escape = Escape::new(opcode, modrm);
    let fast = Fast::new(escape, before.generation())?;
    let mut quick = *before;
    let Some(moved) = run_fast(fast, &mut quick, escape, modrm, bytes) else {
        assert_eq!(quick, *before, "{opcode:x} {modrm:x}: it refuses and changes nothing");
        return Some(false);
    };
    let mut general = *before;
    let expected = run_general(&mut general, escape, bytes);
    assert_eq!((quick, moved), (general, expected), "{opcode:x} {modrm:x} {bytes:x?} on {before:x?}");
    if before.is_waiting(escape) {
        assert!(!before.error_pending() && !quick.error_pending(), "{opcode:x} {modrm:x}: no exception is pending");
    }
    Some(true)
}

/// A few escapes with memory, and all without.
fn escapes() -> impl Iterator<Item = (u8, u8)> {
    (0xd8..=0xdf)
        .flat_map(|opcode| (0..8).map(|operation| operation << 3).chain(0xc0..=0xff).map(move |modrm| (opcode, modrm)))
}

#[test]
fn fast_forms_do_what_the_general_ones_do() {
    for generation in [Generation::I80387, Generation::P6] {
        let mut random = Random::new(71);
        let forms: Vec<(u8, u8)> =
            escapes().filter(|&(opcode, modrm)| Fast::new(Escape::new(opcode, modrm), generation).is_some()).collect();
        let mut done: BTreeMap<(u8, u8), usize> = BTreeMap::new();
        for case in 0..CASES {
            let (opcode, modrm) = forms[case % forms.len()];
            let fpu = unit(generation, &mut random);
            let bytes = operand(&mut random, Escape::new(opcode, modrm).transfer(OperandSize::Dword));
            if check(&fpu, opcode, modrm, bytes).unwrap() {
                *done.entry((opcode, modrm)).or_default() += 1;
            }
        }
        for form in &forms {
            let share = done.get(form).copied().unwrap_or(0) * forms.len() * 100 / CASES;
            assert!(share >= 10, "{form:x?} is done fast in {share} of 100 cases");
        }
    }
}

#[test]
fn the_early_units_have_no_fast_forms() {
    for generation in [Generation::I8087, Generation::I80287] {
        assert!(escapes().all(|(opcode, modrm)| Fast::new(Escape::new(opcode, modrm), generation).is_none()));
    }
}

#[test]
fn a_store_that_is_not_committed_changes_nothing() {
    let mut random = Random::new(72);
    let mut stores = 0;
    for (opcode, modrm) in escapes() {
        let fpu = unit(Generation::P6, &mut random);
        if let Some(Fast::Write(_, run)) = Fast::new(Escape::new(opcode, modrm), Generation::P6) {
            stores += usize::from(run(&fpu).is_some());
        }
    }
    assert!(stores > 0);
}
