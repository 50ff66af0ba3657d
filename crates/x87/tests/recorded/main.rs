//! The unit against instructions recorded on a real CPU: an image of FNSAVE before, the instruction, an image after.
//!
//! The recordings stand in the folder `suites/x87` below `BEIGE_TEST_DATA`; without it the test is skipped.

#![allow(clippy::unwrap_used)]

mod moo;

use beige_x87::{Context, Escape, Fpu, Generation, Layout, OperandSize, Transfer};
use moo::Test;

/// Bytes of the operand's address that stand for the memory operand in every test.
const DISPLACEMENT_AT: usize = 2;

fn context() -> Context {
    Context { layout: Layout::Protected32, ..Context::default() }
}

/// What a run leaves: the image, the changed memory, AX.
struct Left {
    image: [u8; 108],
    written: Vec<(u32, u8)>,
    ax: Option<u16>,
}

fn run(test: &Test) -> Left {
    let mut fpu = Fpu::new(Generation::I80387);
    fpu.execute(Escape::new(0xdd, 0x20), &context(), &test.before.image);
    let escape = Escape::new(test.bytes[0], test.bytes[1]);
    let mut written = Vec::new();
    let mut ax = None;
    if !(fpu.is_waiting(escape) && fpu.error_pending()) {
        let address = test
            .bytes
            .get(DISPLACEMENT_AT..)
            .map_or(0, |bytes| bytes.iter().rev().fold(0_u32, |address, byte| address << 8 | u32::from(*byte)));
        match escape.transfer(OperandSize::Dword) {
            Transfer::Write(count) => {
                let mut out = vec![0; count];
                if fpu.store(escape, &context(), &mut out) {
                    written = (address..).zip(out).collect();
                }
            }
            Transfer::Read(count) => {
                let byte = |at| test.before.memory.iter().find(|cell| cell.0 == at).map_or(0, |cell| cell.1);
                let operand: Vec<u8> = (address..).take(count).map(byte).collect();
                ax = fpu.execute(escape, &context(), &operand).ax;
            }
            Transfer::None => ax = fpu.execute(escape, &context(), &[]).ax,
        }
    }
    let mut image = [0; 108];
    assert!(fpu.store(Escape::new(0xdd, 0x30), &context(), &mut image));
    Left { image, written, ax }
}

/// The parts of an image that are compared: control, status and tag word, then the registers.
fn compared(image: &[u8], status_mask: u16) -> Vec<String> {
    let word = |at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
    let mut parts =
        vec![format!("cw {:04x}", word(0)), format!("sw {:04x}", word(4) & status_mask), format!("tw {:04x}", word(8))];
    for place in 0..8 {
        let at = 28 + 10 * place;
        let significand = u64::from_le_bytes(image[at..at + 8].try_into().unwrap());
        parts.push(format!("st{place} {:04x}:{significand:016x}", word(at + 8)));
    }
    parts
}

/// Puts into an image the registers of another where they are at most two units in the last place away.
fn forgive_last_place(image: &mut [u8], expected: &[u8]) {
    for at in (28..108).step_by(10) {
        // Sign apart, the order of the bits is that of the numbers, one step for each unit: without the integer bit,
        // which says nothing that the exponent does not.
        let place = |image: &[u8]| {
            let exponent = u16::from_le_bytes([image[at + 8], image[at + 9]]);
            let significand = u64::from_le_bytes(image[at..at + 8].try_into().unwrap());
            (exponent & 0x8000, u128::from(exponent & 0x7fff) << 63 | u128::from(significand & (u64::MAX >> 1)))
        };
        let ((sign, got), (expected_sign, wanted)) = (place(image), place(expected));
        if sign == expected_sign && got.abs_diff(wanted) <= 2 {
            image[at..at + 10].copy_from_slice(&expected[at..at + 10]);
        }
    }
}

fn failure(file: &str, test: &Test, transcendental: bool) -> Option<String> {
    let mut left = run(test);
    let mut status_mask = 0xffff;
    if transcendental {
        // C1 and PE depend on the last place too.
        status_mask = !0x0220;
        forgive_last_place(&mut left.image, &test.after.image);
    }
    let (expected, got) = (compared(&test.after.image, status_mask), compared(&left.image, status_mask));
    let mut wrong: Vec<String> = expected
        .iter()
        .zip(&got)
        .filter(|(expected, got)| expected != got)
        .map(|(expected, got)| format!("expected {expected} got {got}"))
        .collect();
    let mut memory = test.before.memory.clone();
    for (at, byte) in left.written {
        if let Some(cell) = memory.iter_mut().find(|cell| cell.0 == at) {
            cell.1 = byte;
        } else {
            memory.push((at, byte));
        }
    }
    let changed: Vec<(u32, u8)> =
        memory.into_iter().filter(|cell| !test.before.memory.contains(cell) && cell.0 >> 28 != 2).collect();
    if changed != test.after.memory {
        wrong.push(format!("expected memory {:x?} got {changed:x?}", test.after.memory));
    }
    if let Some(ax) = left.ax
        && test.after.eax.is_some_and(|eax| eax as u16 != ax)
    {
        wrong.push(format!("expected eax {:x?} got ax {ax:x}", test.after.eax));
    }
    if wrong.is_empty() {
        return None;
    }
    let before = compared(&test.before.image, 0xffff).join(" ");
    Some(format!("{file}: {} {:02x?}\n  before {before}\n  {}", test.name, test.bytes, wrong.join("\n  ")))
}

/// Instructions whose results may differ in the last place.
const TRANSCENDENTAL: [&str; 8] = ["f2xm1", "fcos", "fpatan", "fptan", "fsin", "fsincos", "fyl2x", "fyl2xp1"];

/// What became of the tests of some files.
#[derive(Default)]
struct Tally {
    passed: usize,
    /// Tests that say nothing of the instruction: #MF is recorded though nothing was pending. The recorder met the
    /// exception of the test before, and never came to this one.
    unusable: usize,
    failures: Vec<String>,
}

/// Runs every test of the recorded files that `wanted` names. `None`, said aloud, where there are none.
fn run_all(wanted: impl Fn(&str) -> bool) -> Option<Tally> {
    let Some(folder) = std::env::var_os("BEIGE_TEST_DATA").filter(|folder| !folder.is_empty()) else {
        eprintln!("skipped: BEIGE_TEST_DATA is not set");
        return None;
    };
    let folder = std::path::Path::new(&folder).join("suites/x87");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    paths.sort();
    let mut tally = Tally::default();
    for path in paths {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = file.split('.').next().unwrap();
        if !wanted(name) {
            continue;
        }
        let transcendental = TRANSCENDENTAL.contains(&name);
        for test in moo::read(&path) {
            let pending = test.before.image[4] & 0x80 != 0;
            if test.faulted && !pending {
                tally.unusable += 1;
            } else if let Some(failure) = failure(&file, &test, transcendental) {
                tally.failures.push(failure);
            } else {
                tally.passed += 1;
            }
        }
    }
    eprintln!("{} passed, {} failed, {} unusable", tally.passed, tally.failures.len(), tally.unusable);
    Some(tally)
}

#[test]
fn instructions_leave_what_the_recorded_ones_left() {
    let Some(tally) = run_all(|name| !TRANSCENDENTAL.contains(&name)) else { return };
    assert!(tally.passed > 9000, "only {} tests passed", tally.passed);
    let shown: Vec<String> = tally.failures.into_iter().take(10).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn transcendental_instructions_come_within_two_units_of_the_recorded_ones() {
    let Some(tally) = run_all(|name| TRANSCENDENTAL.contains(&name)) else { return };
    assert!(tally.passed > 500, "only {} tests passed", tally.passed);
    let shown: Vec<String> = tally.failures.into_iter().take(10).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}
