//! What an instruction costs that runs for the first time: finding it, decoding it, building its block, and running it
//! once. Beside it, the same code when it is known. The code is a straight line of 48 KiB with a branch, not taken, every
//! eighth instruction.

use beige_cpu::{Bus, Cpu, Memory, Model, RealModeState, Stop, Width};
use criterion::{BatchSize, Criterion, Throughput};

/// Where the code lies: 1000:0000.
const CODE_SEGMENT: u16 = 0x1000;
const CODE_BYTES: usize = 0xc000;
/// Eight instructions; CF and ZF are clear at the branch.
const PATTERN: [&[u8]; 8] = [
    &[0x89, 0xc2],             // mov dx, ax
    &[0x83, 0xc0, 0x03],       // add ax, 3
    &[0x33, 0x1e, 0x00, 0x01], // xor bx, [100h]
    &[0xa3, 0x02, 0x01],       // mov [102h], ax
    &[0xd1, 0xc3],             // rol bx, 1
    &[0x46],                   // inc si
    &[0x0d, 0x01, 0x00],       // or ax, 1
    &[0x74, 0x02],             // jz $ + 4: over the next instruction
];
const HLT: u8 = 0xf4;

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

/// The code and how many instructions it has, HLT among them.
fn code() -> (Vec<u8>, u64) {
    let pattern = PATTERN.concat();
    let times = CODE_BYTES / pattern.len();
    let mut code = pattern.repeat(times);
    code.push(HLT);
    (code, (times * PATTERN.len()) as u64 + 1)
}

/// A CPU that has seen nothing, with the code in its memory.
fn fresh(code: &[u8]) -> (Cpu, Memory) {
    let model = Model::I80486;
    let mut mem = Memory::new(640 << 10, model);
    mem.write_phys(u32::from(CODE_SEGMENT) << 4, code);
    (Cpu::new(model), mem)
}

/// One pass through the code.
fn pass((cpu, mem): &mut (Cpu, Memory), instructions: u64) {
    cpu.load_real_mode(&RealModeState { cs: CODE_SEGMENT, ..RealModeState::default() });
    let begun = cpu.instructions();
    let stop = cpu.run(mem, &mut EmptyBus, 2 * instructions);
    assert_eq!((stop, cpu.instructions() - begun), (Stop::Halted, instructions));
}

fn main() {
    let (code, instructions) = code();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("straight_code");
    group.throughput(Throughput::Elements(instructions));
    group.bench_function("first_run", |bencher| {
        bencher.iter_batched_ref(|| fresh(&code), |guest| pass(guest, instructions), BatchSize::PerIteration);
    });
    let mut known = fresh(&code);
    group.bench_function("known", |bencher| bencher.iter(|| pass(&mut known, instructions)));
    group.finish();
    criterion.final_summary();
}
