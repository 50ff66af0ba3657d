//! What one operation of the x87 costs: arithmetic alone, and as an instruction of the unit.

use std::hint::black_box;

use beige_x87::arithmetic::{add, divide, multiply, square_root};
use beige_x87::{Context, Control, Escape, F80, Fpu, Generation, Outcome};
use criterion::{BenchmarkId, Criterion};

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

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let operands = operands();
    let control = Control::new(0x037f, Generation::I80387);
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
    for (name, modrm) in [("fadd", 0xc1), ("fmul", 0xc9), ("fxch", 0xc9)] {
        let mut fpu = Fpu::new(Generation::I80387);
        let context = Context::default();
        fpu.execute(Escape::new(0xd9, 0xe8), &context, &[]);
        fpu.execute(Escape::new(0xd9, 0xeb), &context, &[]);
        let escape = Escape::new(if name == "fxch" { 0xd9 } else { 0xd8 }, modrm);
        group.bench_function(BenchmarkId::new("instruction", name), |bencher| {
            bencher.iter(|| black_box(&mut fpu).execute(black_box(escape), &context, &[]));
        });
    }
    group.finish();
    criterion.final_summary();
}
