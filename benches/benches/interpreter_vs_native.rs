//! How much slower than the host the reference stepper is: one loop of 16-bit arithmetic as guest machine code on an
//! 80486 in real mode, and the same loop in Rust.
//!
//! Speed is counted in guest instructions on both sides, so that their ratio is the ratio of the times. Criterion's
//! own figures come first; the last line has the medians of measurements that alternate, so that a host that changes
//! its clock or has other work disturbs both sides alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use beige_cpu::{Bus, Cpu, Memory, Model, RealModeState, Stop, Width};
use criterion::{Criterion, Throughput};

/// Where the guest's code lies: 1000:0000.
const CODE_SEGMENT: u16 = 0x1000;
/// The guest's loop. CX counts DI rounds of 65,536.
const CODE: [u8; 20] = [
    0x01, 0xd8, //             00: add ax, bx
    0x31, 0xc2, //             02: xor dx, ax
    0xc1, 0xc0, 0x03, //       04: rol ax, 3
    0x29, 0xd3, //             07: sub bx, dx
    0x15, 0x39, 0x30, //       09: adc ax, 3039h     with the borrow of SUB
    0x49, //                   0C: dec cx            from 0, so 65,536 times
    0x75, 0xf1, //             0D: jnz 00
    0x4f, //                   0F: dec di
    0x75, 0xee, //             10: jnz 00
    0xf4, //                   12: hlt
    0x90, //                   13: nop               fills the last word
];
/// DI at the start.
const ROUNDS: u16 = 2;
/// Passes through the seven instructions from ADD to the first JNZ.
const ITERATIONS: u32 = ROUNDS as u32 * 0x1_0000;
/// All of them, the two at the end of each round, and HLT.
const INSTRUCTIONS: u64 = ITERATIONS as u64 * 7 + ROUNDS as u64 * 2 + 1;
/// Measurements of each side for the last line.
const SAMPLES: usize = 5;
/// Runs in a measurement: both sides take some tens of milliseconds.
const INTERPRETER_RUNS: u32 = 8;
const NATIVE_RUNS: u32 = 256;

/// What the loop works on: AX, BX, DX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Values {
    ax: u16,
    bx: u16,
    dx: u16,
}

const SEED: Values = Values { ax: 0x1234, bx: 0x9abc, dx: 0xdef1 };

/// A board with nothing on it.
struct EmptyBus;

impl Bus for EmptyBus {
    fn port_read(&mut self, _mem: &mut Memory, _port: u16, width: Width, _at: u64) -> u32 {
        width.mask()
    }

    fn port_write(&mut self, _mem: &mut Memory, _port: u16, _width: Width, _value: u32, _at: u64) {}

    fn mmio_read(&mut self, _mem: &mut Memory, _address: u32, width: Width, _at: u64) -> u32 {
        width.mask()
    }

    fn mmio_write(&mut self, _mem: &mut Memory, _address: u32, _width: Width, _value: u32, _at: u64) {}

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
        0
    }

    fn attention(&self) -> bool {
        false
    }
}

/// A CPU with the code in its memory.
struct Guest {
    cpu: Cpu,
    mem: Memory,
}

impl Guest {
    fn new() -> Guest {
        let model = Model::I80486;
        let mut mem = Memory::new(640 << 10, model);
        mem.write_phys(u32::from(CODE_SEGMENT) << 4, &CODE);
        Guest { cpu: Cpu::new(model), mem }
    }

    /// The loop from its first instruction to HLT.
    fn run(&mut self, seed: Values) -> Values {
        self.cpu.load_real_mode(&RealModeState {
            cs: CODE_SEGMENT,
            eax: u32::from(seed.ax),
            ebx: u32::from(seed.bx),
            edx: u32::from(seed.dx),
            edi: u32::from(ROUNDS),
            ..RealModeState::default()
        });
        let begun = self.cpu.instructions();
        let stop = self.cpu.run(&mut self.mem, &mut EmptyBus, 2 * INSTRUCTIONS);
        assert_eq!((stop, self.cpu.instructions() - begun), (Stop::Halted, INSTRUCTIONS));
        let RealModeState { eax, ebx, edx, .. } = self.cpu.real_mode_state();
        Values { ax: eax as u16, bx: ebx as u16, dx: edx as u16 }
    }
}

/// The loop in Rust. Each step needs the one before and the start is hidden from the compiler, so that it can neither
/// work out the result nor use vectors; it makes the guest's instructions of it, with one counter instead of two.
fn native(seed: Values) -> Values {
    let Values { mut ax, mut bx, mut dx } = black_box(seed);
    for _ in 0..black_box(ITERATIONS) {
        ax = ax.wrapping_add(bx);
        dx ^= ax;
        ax = ax.rotate_left(3);
        let (difference, borrow) = bx.overflowing_sub(dx);
        bx = difference;
        ax = ax.wrapping_add(0x3039).wrapping_add(u16::from(borrow));
    }
    black_box(Values { ax, bx, dx })
}

/// The time of one of `runs` runs.
fn time(runs: u32, mut run: impl FnMut() -> Values) -> Duration {
    let begun = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    begun.elapsed() / runs
}

fn median(mut times: [Duration; SAMPLES]) -> Duration {
    times.sort_unstable();
    times[SAMPLES / 2]
}

/// Guest instructions in a microsecond.
fn mips(time: Duration) -> f64 {
    INSTRUCTIONS as f64 / time.as_secs_f64() / 1e6
}

/// Measures both sides in turn and prints their medians.
fn print_ratio(guest: &mut Guest) {
    let (mut interpreted, mut compiled) = ([Duration::ZERO; SAMPLES], [Duration::ZERO; SAMPLES]);
    for (interpreted, compiled) in interpreted.iter_mut().zip(&mut compiled) {
        *interpreted = time(INTERPRETER_RUNS, || guest.run(SEED));
        *compiled = time(NATIVE_RUNS, || native(SEED));
    }
    let (guest, host) = (mips(median(interpreted)), mips(median(compiled)));
    println!("interpreter_vs_native: guest {guest:.1} MIPS, native {host:.0} MIPS, ratio {:.1}", host / guest);
}

fn main() {
    let mut guest = Guest::new();
    assert_eq!(guest.run(SEED), native(SEED), "the two loops differ");

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("interpreter_vs_native");
    group.throughput(Throughput::Elements(INSTRUCTIONS));
    group.bench_function("interpreter", |b| b.iter(|| guest.run(SEED)));
    group.bench_function("native", |b| b.iter(|| native(SEED)));
    group.finish();
    criterion.final_summary();
    print_ratio(&mut guest);
}
