//! Calls with any registers at all.

use super::{MODES, SCRATCH, VIDEO};
use beige_testkit::Random;
use beige_tests::calls::{Calls, Registers};

const RUNS: u64 = 6;
const CALLS: usize = 250;
/// Words that lie before and behind the calls' own memory.
const CANARIES: [u16; 3] = [0x1000, 0x4010, 0x9000];
const CANARY: [u8; 16] = *b"is it still here";

/// Any registers, for any function but those that take a whole state, or code to be called later, from ES:BX. What a
/// function writes to memory it writes to segment [`SCRATCH`].
fn registers(random: &mut Random) -> Registers {
    let mut word = || random.next_u64() as u16;
    let [ax, bx, cx, dx, si, di, bp] = std::array::from_fn(|_| word());
    let ax = match ax >> 8 & 0x1f {
        // Modes that there are, too.
        0x00 => MODES[usize::from(bx) % MODES.len()] | ax & 0x80,
        0x1c => 0x1c00 | ax & 1,
        function => function << 8 | if cx & 1 != 0 { ax & 0x3f } else { ax & 0xff },
    };
    // A bell takes a tenth of a second.
    let ax = if ax == 0x0e07 { 0x0e08 } else { ax };
    Registers { ax, bx, cx: if dx & 31 != 0 { cx & 0x7f } else { cx }, dx, si, di, bp, ds: si, es: SCRATCH, flags: 0 }
}

#[test]
fn any_call_returns_and_leaves_the_memory_of_others_alone() {
    for seed in 0..RUNS {
        let mut random = Random::new(seed);
        let mut calls = Calls::new();
        for segment in CANARIES {
            calls.poke((segment, 0), &CANARY);
        }
        calls.copy((0, 0), (0x5000, 0), 0x600);
        for _ in 0..CALLS {
            calls.interrupt(VIDEO, registers(&mut random));
        }
        let outcome = calls.run();
        for segment in CANARIES {
            assert_eq!(outcome.memory((segment, 0), CANARY.len()), CANARY, "seed {seed}, segment {segment:04x}");
        }
        let (before, after) = (outcome.memory((0x5000, 0), 0x600), outcome.memory((0, 0), 0x600));
        let changed: Vec<usize> = (0..0x600).filter(|at| before[*at] != after[*at]).collect();
        let is_its_own = |at: &usize| {
            // INT 1Fh and 43h; 40:49-66 and 84-8A; ticks of the timer and the motor.
            matches!(at, 0x7c..0x80 | 0x10c..0x110 | 0x449..0x467 | 0x484..0x48b | 0x43f | 0x440 | 0x46c..0x470)
        };
        assert!(changed.iter().all(is_its_own), "seed {seed}: {changed:03x?}");
    }
}
