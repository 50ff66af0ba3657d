//! Iterations of repeated string instructions that are done at once: equal to those that are done one by one.

use beige_testkit::Random;

use super::*;

/// A repeated instruction over rows of some KiB, much of which is alike.
fn long_rows(model: Model, random: &mut Random) -> Bench {
    let ports = model >= Model::I80186;
    let opcodes = [0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0x6c, 0x6d, 0x6e, 0x6f];
    let opcode = opcodes[random.below(if ports { 14 } else { 10 }) as usize];
    let mut code = vec![0xf2 + random.below(2) as u8, opcode];
    if model >= Model::I80386 {
        (0..2).for_each(|number| {
            if random.below(3) == 0 {
                code.insert(0, 0x66 + number);
            }
        });
    }
    let mut bench = Bench::new(model, &code);
    // Rows of bytes that change rarely, the same ones in both segments but for a few.
    let mut rows = vec![0; 0x1_0000];
    let mut byte = 0;
    for place in &mut rows {
        if random.below(600) == 0 {
            byte = random.byte() & 3;
        }
        *place = byte;
    }
    bench.poke(DS, 0, &rows);
    (0..random.below(12)).for_each(|_| rows[random.below(0x1_0000) as usize] ^= 1);
    bench.poke(ES, 0, &rows);
    let edge = |random: &mut Random| match random.below(4) {
        0 => random.below(16) as u32 * 0x1000 + 0xff8 + random.below(16) as u32,
        1 => 0xfff0 + random.below(16) as u32,
        _ => random.below(0x1_0000) as u32,
    };
    let (first, second) = (edge(random), edge(random));
    let same = random.below(3) == 0;
    let second = if random.below(3) == 0 { first ^ random.below(8) as u32 } else { second };
    let state = RealModeState {
        eax: u32::from(byte) * 0x0101_0101,
        ecx: [random.below(0x2800), random.below(100)][random.below(2) as usize] as u32,
        edx: 0x71,
        esi: first & 0xffff,
        edi: second & 0xffff,
        es: if same { DS } else { ES },
        eflags: if random.below(2) == 0 { flag::DF } else { 0 },
        ..bench.state()
    };
    bench.cpu.load_real_mode(&state);
    bench.mem.map(0x2_7000, 0x1000, crate::Kind::Mmio);
    bench.bus.most_at_once = [0, 1, 100, 5000][random.below(4) as usize];
    bench
}

#[test]
fn long_rows_at_once_are_rows_element_by_element() {
    let mut at_once = 0;
    for model in Model::ALL {
        for seed in 0..150 {
            let [mut whole, mut single] = [(); 2].map(|()| long_rows(model, &mut Random::new(seed)));
            let count = 1 + seed * 977 % 0x2900;
            whole.step(count);
            (0..count).for_each(|_| _ = single.step(1));
            assert_eq!(single.bus.at_once, 0);
            at_once += std::mem::take(&mut whole.bus.at_once);
            assert_eq!(whole.cpu, single.cpu, "seed {seed} on the {}", model.name());
            assert!(whole.bus == single.bus, "seed {seed} on the {}", model.name());
            assert!(whole.mem == single.mem, "seed {seed} on the {}", model.name());
        }
    }
    assert!(at_once > 10_000, "{at_once}");
}

#[test]
fn all_but_the_last_element_of_a_port_are_moved_at_once() {
    for (code, at_once) in [(0x6c, 299), (0x6d, 299), (0x6e, 299), (0x6f, 299)] {
        let mut bench = Bench::new(Model::I80286, &[0xf3, code]).with(|state| (state.ecx, state.edx) = (300, 0x71));
        bench.bus.most_at_once = usize::MAX;
        assert_eq!(bench.step(300), Stop::Budget);
        assert_eq!((bench.bus.at_once, bench.bus.at), (at_once, 299));
        assert_eq!((bench.state().ecx, bench.state().eip), (0, IP + 2));
        assert_eq!(bench.bus.read.len() + bench.bus.written.len(), 300);
    }
}

#[test]
fn nothing_is_moved_at_once_while_attention_is_asked_for_or_traps_wait() {
    for flags in [0, flag::TF, flag::DF] {
        let mut bench = Bench::new(Model::I80286, &[0xf3, 0x6d])
            .with(|state| (state.ecx, state.edx, state.edi, state.eflags) = (300, 0x71, 0x2000, flags));
        bench.bus.most_at_once = usize::MAX;
        bench.bus.attention = flags == 0;
        bench.step(100);
        assert_eq!(bench.bus.at_once, 0);
    }
}

/// Page directory, page table and task state of [`in_pages`]; each page shows itself.
const DIRECTORY: u32 = 0x1000;
const TABLE: u32 = 0x2000;
const TASK: u32 = 0x4000;
const FLAT_CODE: u32 = 0x1_0000;

/// Runs a repeated instruction with ECX, ESI and EDI in flat segments with paging, whole and one by one, which must be
/// equal, and gives how it ends. Faults shut down the CPU.
#[track_caller]
fn in_pages(code: &[u8], level: u16, registers: [u32; 3], prepare: impl Fn(&mut Memory)) -> (CpuState, Memory) {
    let [whole, single] = [false, true].map(|is_single| {
        let mut mem = Memory::new(1 << 20, Model::I80486);
        let entries: Vec<u8> = (0..1024_u32).flat_map(|page| (page << 12 | 7).to_le_bytes()).collect();
        mem.write_phys(TABLE, &entries);
        mem.write_phys(DIRECTORY, &(TABLE | 7).to_le_bytes());
        mem.write_phys(TASK + 0x66, &[0x68, 0]);
        mem.write_phys(FLAT_CODE, code);
        prepare(&mut mem);
        let segment =
            |rights: u16| SegmentState { selector: 8 | level, base: 0, limit: u32::MAX, rights: rights | level << 5 };
        let data = segment(0xc093);
        let mut cpu = Cpu::new(Model::I80486);
        let [ecx, esi, edi] = registers;
        let state = CpuState {
            general: [0x5007, ecx, 0x7c, 0, 0x8000, 0, esi, edi],
            eip: FLAT_CODE,
            eflags: 2,
            segments: [data, segment(0xc09b), data, data, data, data],
            tr: SegmentState { selector: 0x20, base: TASK, limit: 0x100, rights: 0x8b },
            idtr: TableState { base: 0, limit: 0 },
            cr0: 0x8000_0011,
            cr3: DIRECTORY,
            ..cpu.state()
        };
        cpu.load(&state).unwrap();
        let mut bus = FlatBus { most_at_once: usize::MAX, ..FlatBus::default() };
        if is_single {
            (0..ecx).for_each(|_| _ = cpu.run(&mut mem, &mut bus, 1));
        } else {
            cpu.run(&mut mem, &mut bus, u64::from(ecx));
        }
        bus.at_once = 0;
        (cpu, mem, bus)
    });
    assert!(whole.0 == single.0, "{:x?}\n{:x?}", whole.0.state(), single.0.state());
    assert!(whole.1 == single.1, "memory differs");
    assert_eq!(whole.2, single.2);
    (single.0.state(), single.1)
}

fn dword(mem: &Memory, at: u32) -> u32 {
    let mut bytes = [0; 4];
    mem.read_phys(at, &mut bytes);
    u32::from_le_bytes(bytes)
}

#[test]
fn a_row_over_the_entry_that_leads_to_it_goes_on_elsewhere() {
    // rep stosd from the entry of page 1 on; that of the table itself is the second.
    let (_, mem) = in_pages(&[0xf3, 0xab], 0, [100, 0, TABLE + 4], |_| {});
    assert_eq!((dword(&mem, TABLE + 4), dword(&mem, TABLE + 12), dword(&mem, 0x500c)), (0x5007, 0x3007, 0x5007));
}

#[test]
fn a_row_over_the_entry_that_leads_to_its_source_goes_on_elsewhere() {
    // rep movsd from page 20h, whose entry leads to page 30h when it was written.
    let (_, mem) = in_pages(&[0xf3, 0xa5], 0, [100, 0x2_0000, TABLE + 0x70], |mem| {
        mem.write_phys(0x2_0000, &0x3_0007_u32.to_le_bytes().repeat(100));
        mem.write_phys(0x3_0000, &0x4_0007_u32.to_le_bytes().repeat(100));
    });
    assert_eq!((dword(&mem, TABLE + 0x80) & !0x60, dword(&mem, TABLE + 0x84) & !0x60), (0x3_0007, 0x4_0007));
}

#[test]
fn a_row_over_the_entry_of_the_code_ends_where_the_code_does() {
    let (state, _) = in_pages(&[0xf3, 0xab], 0, [100, 0, TABLE + 4 * 0xf], |mem| {
        mem.write_phys(0x5000, &[0x47; 16]);
    });
    // The entry of page 10h is the second; page 5 has INC EDI where the
    // instruction was.
    assert_eq!(state.general[1], 98);
}

#[test]
fn a_source_is_read_before_the_way_to_the_target_marks_it() {
    // rep movsd, and repe cmpsd, from the entry of the page of the target.
    let (_, mem) = in_pages(&[0xf3, 0xa5], 0, [4, TABLE + 0x80, 0x2_0000], |_| {});
    assert_eq!((dword(&mem, 0x2_0000), dword(&mem, TABLE + 0x80)), (0x2_0007, 0x2_0067));
    let (state, _) = in_pages(&[0xf3, 0xa7], 0, [4, TABLE + 0x7c, 0x2_0ffc], |mem| {
        mem.write_phys(0x2_0ffc, &[0x1_f007_u32, 0x2_0007].map(u32::to_le_bytes).concat());
    });
    assert_eq!(state.general[1], 2, "the second entry is marked by then");
}

#[test]
fn a_fault_in_the_source_leaves_the_entry_of_the_target_unmarked() {
    for code in [0xa5, 0xa7] {
        let (_, mem) = in_pages(&[0xf3, code], 3, [100, 0x2_0000, 0x3_0000], |mem| {
            mem.write_phys(TABLE + 0x80, &0x2_0003_u32.to_le_bytes());
        });
        assert_eq!((dword(&mem, TABLE + 0x80), dword(&mem, TABLE + 0xc0)), (0x2_0003, 0x3_0007));
    }
}

#[test]
fn bytes_from_a_port_over_the_permission_bitmap_end_the_permission() {
    // rep insb: 7Ch forbids itself in byte Fh of the bitmap.
    let (state, mem) = in_pages(&[0xf3, 0x6c], 3, [100, 0, TASK + 0x70], |_| {});
    assert_eq!((state.general[1], state.general[7]), (92, TASK + 0x78));
    assert_eq!((dword(&mem, TASK + 0x74), dword(&mem, TASK + 0x78)), (0x7c7c_7c7c, 0));
}

#[test]
fn ports_that_the_bitmap_allows_are_read_and_written_at_once() {
    for code in [0x6d, 0x6f] {
        let (state, _) = in_pages(&[0xf3, code], 3, [3000, 0x2_0000, 0x3_0001], |_| {});
        assert_eq!(state.general[1], 0);
    }
}
