//! Small guests that go through the block core, beside the stepper. `cargo xtask miri` runs them under Miri, which sees
//! whether the pointers of the block core are sound; by themselves they are quick.

use super::{Bench, DS, FlatBus, IP};
use crate::{Cpu, CpuState, Engine, Kind, Model, SegmentState, Stop};

/// As real mode, but without the vectors of [`Bench`], which take Miri long.
fn bench(model: Model, code: &[u8]) -> Bench {
    let mut bench = Bench::new(model, &[]);
    bench.poke(super::CS, IP, code);
    bench
}

/// Runs a guest to its HLT in both engines, in runs of `slice` instructions, and gives back what the blocks made of it.
#[track_caller]
fn run(mut blocks: Bench, slice: u64) -> Bench {
    let mut stepper = Bench { cpu: blocks.cpu.clone(), mem: blocks.mem.clone(), bus: blocks.bus.clone() };
    blocks.cpu.set_engine(Engine::Blocks);
    stepper.cpu.set_engine(Engine::Stepper);
    let mut is_done = false;
    for _ in 0..100 {
        let stop = blocks.step(slice);
        assert_eq!(stop, stepper.step(slice));
        stepper.cpu.set_engine(Engine::Blocks);
        assert_eq!(blocks.cpu, stepper.cpu);
        stepper.cpu.set_engine(Engine::Stepper);
        if stop == Stop::Halted {
            is_done = true;
            break;
        }
    }
    assert!(is_done, "it does not halt");
    assert!(blocks.mem == stepper.mem, "memory differs");
    assert!(blocks.cpu.statistics().built > 0, "no block was made");
    blocks
}

#[test]
fn loads_stores_calls_and_strings() {
    #[rustfmt::skip]
    let code = [
        0xb9, 20, 0, //          mov cx, 20
        0x8b, 0x07, //     next: mov ax, [bx]
        0x01, 0x47, 0x02, //     add [bx+2], ax
        0x50, //                 push ax
        0xe8, 5, 0, //           call sub
        0x5a, //                 pop dx
        0x43, //                 inc bx
        0xe2, 0xf3, //           loop next
        0xf4, //                 hlt
        0xd1, 0xc0, //      sub: rol ax, 1
        0xab, //                 stosw
        0xa4, //                 movsb
        0xc3, //                 ret
    ];
    let mut bench = bench(Model::I80386, &code);
    bench.poke(DS, 0, &[0x34, 0x12, 0x78, 0x56]);
    let bench = run(bench, 1000);
    assert_eq!((bench.state().ecx, bench.state().ebx), (0, 20));
    assert_eq!(bench.state().edi, 60);
}

#[test]
fn an_immediate_that_is_patched_each_round() {
    #[rustfmt::skip]
    let code = [
        0xb9, 12, 0, //                      mov cx, 12
        0xb8, 0x34, 0x12, //           next: mov ax, 1234h
        0x01, 0x07, //                       add [bx], ax
        0x2e, 0xff, 0x06, 0x04, 0x01, //     inc word cs:[next + 1]
        0xe2, 0xf4, //                       loop next
        0xf4, //                             hlt
    ];
    let bench = run(bench(Model::Pentium, &code), 1000);
    assert_eq!(bench.word(super::CS, IP + 4), 0x1234 + 12);
    assert!(bench.cpu.statistics().invalidated > 0);
}

#[test]
fn an_opcode_ahead_that_is_patched_each_round() {
    #[rustfmt::skip]
    let code = [
        0xb9, 15, 0, //                            mov cx, 15
        0x2e, 0x80, 0x36, 0x09, 0x01, 0x08, // next: xor byte cs:[other], 8
        0x40, //                            other: inc ax, or dec ax
        0xe2, 0xf7, //                             loop next
        0xf4, //                                   hlt
    ];
    let bench = run(bench(Model::I80486, &code), 70);
    assert_eq!(bench.state().eax, 0xffff);
}

/// What a flat segment is.
fn flat(rights: u16) -> SegmentState {
    SegmentState { selector: 8, base: 0, limit: u32::MAX, rights: 0xc000 | rights }
}

#[test]
fn page_tables_that_change_without_a_word() {
    #[rustfmt::skip]
    let code = [
        0xb9, 6, 0, 0, 0, //                                   mov ecx, 6
        0xa1, 0x00, 0x50, 0, 0, //                       next: mov eax, [5000h]
        0x01, 0x05, 0xfe, 0x6f, 0, 0, //                       add [6FFEh], eax
        0x81, 0x35, 0x14, 0x20, 0, 0, 0x00, 0x30, 0, 0, //     xor dword [2014h], 3000h
        0x89, 0x0d, 0x04, 0x50, 0, 0, //                       mov [5004h], ecx
        0xe2, 0xe3, //                                         loop next
        0xf4, //                                               hlt
    ];
    let mut bench = bench(Model::I80486, &[]);
    bench.mem.write_phys(0x8000, &code);
    bench.mem.write_phys(0x1000, &0x2003_u32.to_le_bytes());
    for page in 0..16_u32 {
        bench.mem.write_phys(0x2000 + 4 * page, &(page << 12 | 3).to_le_bytes());
    }
    let data = flat(0x93);
    let state = CpuState {
        segments: [data, flat(0x9b), data, data, data, data],
        eip: 0x8000,
        cr0: 0x8000_0011,
        cr3: 0x1000,
        ..bench.cpu.state()
    };
    bench.cpu.load(&state).unwrap();
    let bench = run(bench, 1000);
    let mut entry = [0; 4];
    bench.mem.read_phys(0x2014, &mut entry);
    assert_eq!(u32::from_le_bytes(entry) & 0xffff_f000, 0x5000);
}

#[test]
fn one_cpu_and_two_memories() {
    let code = [0xb9, 3, 0, 0x01, 0x07, 0x40, 0xe2, 0xfb, 0xf4];
    let mut first = run(bench(Model::I80386, &code), 1000);
    let mut cpu: Cpu = first.cpu.clone();
    let mut second = Bench::new(Model::I80386, &[0x01, 0x07, 0xeb, 0xfc]);
    let state = bench(Model::I80386, &[]).cpu.state();
    for _ in 0..2 {
        for mem in [&mut first.mem, &mut second.mem] {
            cpu.load(&state).unwrap();
            cpu.run(mem, &mut FlatBus::default(), 200);
        }
        second.mem = second.mem.clone();
    }
    assert!(cpu.statistics().built > 0);
}

#[test]
fn video_memory_and_a_map_that_changes() {
    // next: mov [si], al; add [si+1], al; inc ax; jmp next
    let code = [0x88, 0x04, 0x00, 0x44, 0x01, 0x40, 0xeb, 0xf8];
    let mut bench = bench(Model::I80386, &code).with(|state| state.ds = 0xa000);
    bench.mem.map(0xa_0000, 0x1_0000, Kind::Linear(0));
    bench.step(200);
    assert!(bench.mem.take_video_dirty());
    bench.step(200);
    assert!(bench.mem.take_video_dirty(), "what is written again is marked again");
    bench.mem.map(0xa_0000, 0x1_0000, Kind::Unmapped);
    bench.step(200);
    assert!(!bench.mem.take_video_dirty());
    assert!(bench.cpu.statistics().tlb_fills > 2);
}
