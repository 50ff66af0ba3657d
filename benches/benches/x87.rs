//! What the x87 costs: arithmetic alone, and programs of its instructions, by instruction, run as the common case
//! (`fast`) and as every instruction is run (`general`), with equal units afterwards.

use std::hint::black_box;
use std::time::Duration;

use beige_x87::arithmetic::{add, divide, multiply, square_root};
use beige_x87::{Context, Control, Escape, F80, Fast, Fpu, Generation, OperandSize, Outcome, Transfer};
use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};

const GENERATION: Generation = Generation::I80387;

/// Pairs of normal numbers, so that no branch is always the same.
fn operands() -> Vec<(F80, F80)> {
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let exponent = 0x3ff0 + (seed >> 59) as u16;
        F80::new(seed >> 40 & 1 != 0, exponent, seed.rotate_left(17) | 1 << 63)
    };
    (0..1024).map(|_| (next(), next())).collect()
}

/// An instruction and the bytes that it reads.
#[derive(Clone, Copy)]
struct Instruction {
    escape: Escape,
    modrm: u8,
    operand: u64,
    fast: Option<Fast>,
}

fn instruction(opcode: u8, modrm: u8, operand: u64) -> Instruction {
    let escape = Escape::new(opcode, modrm);
    Instruction { escape, modrm, operand, fast: Fast::new(escape, GENERATION) }
}

fn run_general(fpu: &mut Fpu, program: &[Instruction], context: &Context) {
    for instruction in program {
        match instruction.escape.transfer(OperandSize::Dword) {
            Transfer::Write(count) => {
                let mut out = [0; 10];
                fpu.store(instruction.escape, context, &mut out[..count]);
                black_box(out);
            }
            Transfer::Read(count) => {
                fpu.execute(instruction.escape, context, &instruction.operand.to_le_bytes()[..count.min(8)]);
            }
            Transfer::None => {
                black_box(fpu.execute(instruction.escape, context, &[]));
            }
        }
    }
}

fn run_fast(fpu: &mut Fpu, program: &[Instruction], context: &Context) {
    for instruction in program {
        let done = match instruction.fast {
            Some(Fast::Register(run)) => run(fpu, instruction.modrm & 7),
            Some(Fast::Read(_, run)) => run(fpu, instruction.operand),
            Some(Fast::Write(_, run)) => match run(fpu) {
                Some(stored) => {
                    fpu.commit(black_box(stored));
                    true
                }
                None => false,
            },
            Some(Fast::StatusToAx) => {
                black_box(fpu.status());
                continue;
            }
            _ => false,
        };
        if !done {
            run_general(fpu, std::slice::from_ref(instruction), context);
            continue;
        }
        fpu.note_code(instruction.escape.code(), context.fcs, context.fip);
        if instruction.escape.has_memory() {
            fpu.note_data(context.fds, context.fdp);
        }
    }
}

/// Programs that leave the stack as they find it: eight full registers, or a few.
fn programs() -> Vec<(&'static str, bool, Vec<Instruction>)> {
    let register = |opcode, modrm| instruction(opcode, modrm, 0);
    // Two operations, the second of which takes back the first, on ST or on all others.
    let chain = |first: u8, second: u8| -> Vec<Instruction> {
        (1..8).flat_map(|place| [register(0xd8, first + place), register(0xd8, second + place)]).collect()
    };
    let spread = |first: u8, second: u8| -> Vec<Instruction> {
        [first, second].into_iter().flat_map(|base| (1..8).map(move |place| register(0xdc, base + place))).collect()
    };
    let three = 3.0_f64.to_bits();
    let mandelbrot = [
        (0xd9, 0xc0, 0),      // fld st
        (0xdc, 0xc8, 0),      // fmul st, st: x^2
        (0xd9, 0xc2, 0),      // fld st(2)
        (0xdc, 0xc8, 0),      // fmul st, st: y^2
        (0xd9, 0xc0, 0),      // fld st
        (0xd8, 0xc2, 0),      // fadd st, st(2)
        (0xdc, 0x1e, four()), // fcomp qword
        (0xdf, 0xe0, 0),      // fnstsw ax
        (0xde, 0xe9, 0),      // fsubp: x^2 - y^2
        (0xd8, 0xc3, 0),      // fadd st, st(3)
        (0xd9, 0xc9, 0),      // fxch
        (0xde, 0xca, 0),      // fmulp st(2), st: x y
        (0xd9, 0xc9, 0),      // fxch
        (0xdc, 0xc0, 0),      // fadd st, st
        (0xd8, 0xc3, 0),      // fadd st, st(3)
        (0xd9, 0xc9, 0),      // fxch
    ];
    vec![
        ("fadd-chain", true, chain(0xc0, 0xe0)),
        ("fadd-spread", true, spread(0xc0, 0xe8)),
        ("fmul-fdiv-chain", true, chain(0xc8, 0xf0)),
        ("fmul-fdiv-spread", true, spread(0xc8, 0xf8)),
        ("fxch", true, (1..8).map(|place| register(0xd9, 0xc8 + place)).collect()),
        ("fld-fstp-register", false, vec![register(0xd9, 0xc1), register(0xdd, 0xd8)]),
        ("fld-fstp-long", false, vec![instruction(0xdd, 0x06, three), instruction(0xdd, 0x1e, 0)]),
        ("fld-fstp-short", false, vec![instruction(0xd9, 0x06, 0x4040_0000), instruction(0xd9, 0x1e, 0)]),
        ("fild-fistp", false, vec![instruction(0xdb, 0x06, 1234), instruction(0xdb, 0x1e, 0)]),
        ("fcom-fnstsw", false, vec![register(0xd8, 0xd1), register(0xdf, 0xe0)]),
        ("fadd-long", false, vec![instruction(0xdc, 0x06, three), instruction(0xdc, 0x26, three)]),
        ("fsqrt-fld-fstp", false, vec![register(0xd9, 0xc1), register(0xd9, 0xfa), register(0xdd, 0xd8)]),
        ("mandelbrot", false, mandelbrot.map(|(opcode, modrm, operand)| instruction(opcode, modrm, operand)).to_vec()),
    ]
}

fn four() -> u64 {
    4.0_f64.to_bits()
}

/// A unit whose registers hold different numbers next to 1; only the lower four when not full.
fn unit(full: bool, control: u16) -> Fpu {
    let mut fpu = Fpu::new(GENERATION);
    let context = Context::default();
    fpu.execute(Escape::new(0xd9, 0x2e), &context, &control.to_le_bytes());
    for number in 0..if full { 8_u64 } else { 4 } {
        // Inside the Mandelbrot set, so that the numbers stay small.
        let value = if full { 1.1 + number as f64 / 7.0 } else { 0.1 + number as f64 / 31.0 };
        fpu.execute(Escape::new(0xdd, 0x06), &context, &value.to_bits().to_le_bytes());
    }
    fpu
}

fn arithmetic(criterion: &mut Criterion) {
    let operands = operands();
    let control = Control::new(0x037f, GENERATION);
    let mut group = criterion.benchmark_group("x87");
    type Operation = fn(F80, F80, &Control) -> Outcome;
    let root: Operation = |a, _, control| square_root(a.with_sign(false), control);
    for (name, operation) in [("add", add as Operation), ("multiply", multiply), ("divide", divide), ("root", root)] {
        let mut at = 0;
        group.bench_function(BenchmarkId::new("arithmetic", name), |bencher| {
            bencher.iter(|| {
                at = (at + 1) & 1023;
                let (a, b) = operands[at];
                operation(black_box(a), b, &control)
            });
        });
    }
    group.finish();
}

/// Time by instruction: a program counts as many iterations as it has instructions.
fn measure(criterion: &mut Criterion, name: &str, run: fn(&mut Fpu, &[Instruction], &Context), mode: u16) {
    let context = Context::default();
    for (program, full, code) in programs() {
        criterion.bench_function(&format!("x87/{name}/{program}"), |bencher| {
            bencher.iter_custom(|iterations| {
                let mut fpu = unit(full, mode);
                let start = ThreadTime::now();
                for _ in 0..iterations {
                    run(black_box(&mut fpu), black_box(&code), &context);
                }
                let elapsed = start.elapsed();
                black_box(fpu);
                Duration::from_secs_f64(elapsed.as_secs_f64() / code.len() as f64)
            });
        });
    }
}

fn main() {
    for (program, full, code) in programs() {
        let [mut fast, mut general] = [unit(full, 0x037f); 2];
        for _ in 0..100 {
            run_fast(&mut fast, &code, &Context::default());
            run_general(&mut general, &code, &Context::default());
        }
        assert_eq!(fast, general, "{program}");
    }
    let mut criterion = Criterion::default().configure_from_args();
    arithmetic(&mut criterion);
    measure(&mut criterion, "general", run_general, 0x037f);
    measure(&mut criterion, "fast", run_fast, 0x037f);
    measure(&mut criterion, "fast-53", run_fast, 0x027f);
    measure(&mut criterion, "fast-down", run_fast, 0x077f);
    criterion.final_summary();
}
