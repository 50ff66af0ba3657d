//! Properties over random code: slices do not matter, nothing panics, states survive a round trip.

use beige_core::{StateReader, StateWriter};
use beige_testkit::Random;

use super::*;

/// Random registers and random bytes everywhere below 1 MiB that matters. Every other byte is of the short opcodes that
/// fill programs, so that runs do not end in a fault at once.
fn random_bench(model: Model, seed: u64) -> Bench {
    let mut random = Random::new(seed);
    let mut bench = Bench::new(model, &[]);
    let common = [0xf3, 0xf2, 0xa4, 0xab, 0x40, 0x50, 0x58, 0x8b, 0x01, 0x66, 0x67, 0xd3, 0x0f, 0xe2, 0x75, 0xcf];
    for segment in [CS, DS, ES, SS, HANDLERS] {
        let bytes: Vec<u8> = (0..0x400)
            .map(|_| if random.below(2) == 0 { random.byte() } else { common[random.below(16) as usize] })
            .collect();
        bench.poke(segment, random.below(0x200) as u32, &bytes);
    }
    let mut next = || random.next_u64() as u32;
    let state = RealModeState {
        eax: next(),
        ebx: next() & 0x3ff,
        ecx: next() & 0x1f,
        edx: next(),
        esi: next() & 0xffff,
        edi: next() & 0xffff,
        ebp: next() & 0xffff,
        esp: next() & 0xffff,
        eflags: next() & 0xfff,
        fs: next() as u16,
        gs: next() as u16,
        ..bench.state()
    };
    bench.cpu.load_real_mode(&state);
    bench.mem.map(0xa_0000, 0x2_0000, crate::Kind::Mmio);
    bench
}

#[test]
fn running_n_equals_running_one_n_times() {
    const COUNT: u64 = 300;
    for model in Model::ALL {
        for seed in 0..200 {
            let mut whole = random_bench(model, seed);
            let mut stepped = random_bench(model, seed);
            if seed % 3 == 0 {
                whole.cpu.set_intr(true);
                stepped.cpu.set_intr(true);
            }
            whole.step(COUNT);
            for _ in 0..COUNT {
                stepped.step(1);
            }
            assert_eq!(whole.cpu, stepped.cpu, "seed {seed} on the {}", model.name());
            assert_eq!(whole.bus, stepped.bus, "seed {seed} on the {}", model.name());
            assert!(whole.mem == stepped.mem, "seed {seed} on the {}", model.name());
        }
    }
}

#[test]
fn any_bytes_run_on_any_model_without_panic() {
    for model in Model::ALL {
        let mut bench = random_bench(model, 1000);
        let mut random = Random::new(7);
        for round in 0..20_000 {
            let bytes = random.next_u64().to_le_bytes();
            bench.poke(CS, IP, &bytes);
            bench.poke(CS, IP + 8, &random.next_u64().to_le_bytes());
            let mut state = bench.state();
            (state.cs, state.eip) = (CS, IP);
            bench.cpu.reset();
            bench.cpu.load_real_mode(&state);
            bench.step(3);
            bench
                .cpu
                .check()
                .unwrap_or_else(|error| panic!("{error}: {bytes:x?}, round {round} on the {}", model.name()));
            bench.bus.written.clear();
            bench.bus.read.clear();
        }
    }
}

#[test]
fn a_state_survives_saving_and_loading_at_any_point() {
    for model in Model::ALL {
        for seed in 0..20 {
            let mut bench = random_bench(model, seed);
            bench.step(seed * 3);
            let mut writer = StateWriter::default();
            bench.cpu.visit(&mut writer);
            let data = writer.finish();
            let mut loaded = Cpu::new(model);
            let mut reader = StateReader::new(&data);
            loaded.visit(&mut reader);
            reader.finish().unwrap();
            loaded.check().unwrap();
            loaded.last_interrupt();
            bench.cpu.last_interrupt();
            assert_eq!(loaded, bench.cpu);
        }
    }
}

#[test]
fn the_state_of_another_model_is_refused() {
    let mut writer = StateWriter::default();
    Cpu::new(Model::I8086).visit(&mut writer);
    let data = writer.finish();
    let mut reader = StateReader::new(&data);
    Cpu::new(Model::I80386).visit(&mut reader);
    assert!(reader.finish().unwrap_err().to_string().contains("another CPU model"));
}
