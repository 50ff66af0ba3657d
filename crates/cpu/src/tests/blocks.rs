//! The block core where it remembers what may change: the TLB, the jump cache, tables. Both engines must come to the same.

use super::*;

const CODE: u32 = 0x1_0000;
const DIRECTORIES: [(u32, u32); 2] = [(0x1000, 0x2000), (0x3000, 0x4000)];
const TABLE_OF_4_MIB: u32 = 0x5000;
/// Pages of data: the first directory shows the first where the second shows the second.
const DATA: [u32; 2] = [0x2_0000, 0x2_1000];
const PRESENT: u32 = 7;

/// Flat segments of 32 bits at level 0, with paging perhaps; the code runs until a HLT. Gives EBX, equal for both engines.
fn run_flat(code: &[u8], paging: bool, prepare: impl Fn(&mut Memory)) -> u32 {
    let [one, two] = [Engine::Stepper, Engine::Blocks].map(|engine| {
        let mut mem = Memory::new(6 << 20, Model::I80486);
        for (number, (directory, table)) in DIRECTORIES.into_iter().enumerate() {
            let shows = |page: u32| if number == 1 && page << 12 == DATA[0] { DATA[1] } else { page << 12 };
            let entries: Vec<u8> = (0..1024).flat_map(|page| (shows(page) | PRESENT).to_le_bytes()).collect();
            mem.write_phys(table, &entries);
            mem.write_phys(directory, &(table | PRESENT).to_le_bytes());
            mem.write_phys(directory + 4, &(TABLE_OF_4_MIB | PRESENT).to_le_bytes());
        }
        mem.write_phys(DATA[0], &1_u32.to_le_bytes());
        mem.write_phys(DATA[1], &0x100_u32.to_le_bytes());
        mem.write_phys(CODE, code);
        prepare(&mut mem);
        let segment = |rights| SegmentState { selector: 8, base: 0, limit: u32::MAX, rights };
        let data = segment(0xc093);
        let mut cpu = Cpu::new(Model::I80486);
        let state = CpuState {
            general: [0, 0, 0, 0, 0x5000, 0, 0x40_6000, 0x6000],
            eip: CODE,
            eflags: 2,
            segments: [data, segment(0xc09b), data, data, data, data],
            cr0: 0x11 | if paging { 1 << 31 } else { 0 },
            cr3: DIRECTORIES[0].0,
            ..cpu.state()
        };
        cpu.load(&state).unwrap();
        cpu.set_engine(engine);
        let mut bus = FlatBus::default();
        let stop = cpu.run(&mut mem, &mut bus, 100_000);
        assert_ne!(stop, Stop::Budget, "{engine:?}");
        cpu.set_engine(Engine::Stepper);
        (cpu, mem, bus)
    });
    assert!(one.0 == two.0, "{:x?}\n{:x?}", one.0.state(), two.0.state());
    assert!(one.1 == two.1, "memory differs");
    assert_eq!(one.2, two.2);
    one.0.registers.general[3]
}

#[test]
fn an_operation_ends_whose_two_pages_share_an_entry_of_the_tlb() {
    let code = [
        0xb9, 100, 0, 0, 0, //            mov ecx, 100
        0xff, 0x35, 0, 0x40, 0x40, 0,    //  top: push dword [404000h], to 4FFCh
        0x5b, //                          pop ebx
        0xa5, //                          movsd, from 406000h to 6000h
        0xa7, //                          cmpsd
        0xe2, 0xf5, //                    loop top
        0xf4,
    ];
    assert_eq!(run_flat(&code, false, |mem| mem.write_phys(0x40_4000, &[1, 2, 3, 4])), 0x0403_0201);
}

#[test]
fn a_loop_that_changes_cr3_sees_each_time_what_its_tables_show() {
    let code = [
        0xb9, 100, 0, 0, 0, //        mov ecx, 100
        0x0f, 0x20, 0xd8, //          top: mov eax, cr3
        0x35, 0, 0x20, 0, 0, //       xor eax, 2000h
        0x0f, 0x22, 0xd8, //          mov cr3, eax
        0x03, 0x1d, 0, 0, 2, 0, //    add ebx, [20000h]
        0xe2, 0xed, //                loop top
        0xf4,
    ];
    assert_eq!(run_flat(&code, true, |_| ()), 50 * 0x101);
}

#[test]
fn a_table_counts_at_once_that_was_written_before_anybody_used_it() {
    let code = [
        0xb9, 100, 0, 0, 0, //                          mov ecx, 100
        0xc7, 0x05, 0, 0x50, 0, 0, 7, 0, 2, 0, //       top: mov dword [5000h], 20007h
        0x03, 0x1d, 0, 0, 0x40, 0, //                   add ebx, [400000h]
        0xc7, 0x05, 0, 0x50, 0, 0, 7, 0x10, 2, 0, //    mov dword [5000h], 21007h
        0x03, 0x1d, 0, 0, 0x40, 0, //                   add ebx, [400000h]
        0xe2, 0xde, //                                  loop top
        0xf4,
    ];
    assert_eq!(run_flat(&code, true, |_| ()), 100 * 0x101);
}

#[test]
fn a_table_among_registers_of_the_board_is_read_as_often_as_the_stepper_reads_it() {
    // mov ebx, [400000h]: the entry that the board answers with is not present.
    let code = [0x8b, 0x1d, 0, 0, 0x40, 0, 0xf4];
    let prepare = |mem: &mut Memory| {
        mem.map(0x10_0000, 0x1000, crate::Kind::Mmio);
        mem.write_phys(DIRECTORIES[0].0 + 4, &(0x10_0000 | PRESENT).to_le_bytes());
    };
    run_flat(&code, true, prepare);
}

#[test]
fn accessed_marks_in_code_change_the_code() {
    // The low half of the entry for 400000h is executed: 47h C3h, INC EDI and RET, which the mark makes 67h C3h, RET.
    let code = [
        0xb9, 3, 0, 0, 0, //             mov ecx, 3
        0xe8, 0xf6, 0x4f, 0xff, 0xff, // top: call 5000h
        0x8b, 0x1d, 0, 0, 0x40, 0, //    mov ebx, [400000h]
        0xe2, 0xf3, //                   loop top
        0x89, 0xfb, //                   mov ebx, edi
        0xf4,
    ];
    assert_eq!(run_flat(&code, true, |mem| mem.write_phys(TABLE_OF_4_MIB, &[0x47, 0xc3, 2, 0])), 0x6001);
}

#[test]
fn marks_that_an_access_sets_in_its_own_block_change_the_rest_of_it() {
    // The entry for 402000h, at 5008h, is executed: 47h C3h, INC EDI and RET, or 07h C3h, POP ES and RET. The access just
    // before makes either 67h C3h, RET.
    for (access, entry) in [(0x8b, 0x47), (0x89, 0x07)] {
        let code = [
            0xe8, 0xfb, 0x4f, 0xff, 0xff, // call 5000h
            0x89, 0xfb, //                   mov ebx, edi
            0xf4,
        ];
        // mov ebx, [402000h] or the other way round; nop; nop
        let table = [access, 0x1d, 0, 0x20, 0x40, 0, 0x90, 0x90, entry, 0xc3, 2, 0];
        assert_eq!(run_flat(&code, true, |mem| mem.write_phys(TABLE_OF_4_MIB, &table)), 0x6000, "{access:x}");
    }
}

#[test]
fn a_displacement_and_an_immediate_of_one_instruction_may_both_change_all_the_time() {
    let code = [
        0xb9, 100, 0, 0, 0, //                        mov ecx, 100
        0x80, 0x35, 0x15, 0, 1, 0, 4, //              top: xor byte [10015h], 4: the displacement
        0xfe, 0x05, 0x19, 0, 1, 0,    //                 inc byte [10019h]: the immediate
        0x90, //                                      nop
        0x81, 0x05, 0, 0, 2, 0, 1, 0, 0, 0, //        add dword [20000h], 1
        0xe2, 0xe6, //                                loop top
        0x8b, 0x1d, 4, 0, 2, 0, //                    mov ebx, [20004h]
        0xf4,
    ];
    // Every second of 2, 3 to 101.
    assert_eq!(run_flat(&code, false, |_| ()), (2..=101).step_by(2).sum::<u32>());
}

#[test]
fn video_memory_is_marked_again_after_somebody_looked() {
    let mut bench = Bench::new(Model::I80486, &[0x88, 0x07, 0xeb, 0xfc]).with(|state| state.ds = 0xa000);
    bench.mem.map(0xa_0000, 0x1000, crate::Kind::Linear(0));
    bench.mem.take_video_dirty();
    for _ in 0..3 {
        bench.step(1000);
        assert!(bench.mem.take_video_dirty());
        assert!(!bench.mem.take_video_dirty());
    }
    assert!(bench.cpu.statistics().built > 0);
}

/// A program of protected mode with rings: all that `block/protect.rs` does, in a loop. The descriptor table is that of
/// [`run_flat`]'s world, put there by `tables`.
#[test]
fn segments_gates_and_rings_need_no_stepper_after_the_first_round() {
    for (paging, model) in [(false, Model::I80386), (true, Model::I80486), (true, Model::PentiumII)] {
        let (one, _) = run_rings(Engine::Stepper, paging, model);
        let (two, slow) = run_rings(Engine::Blocks, paging, model);
        assert_eq!(one, two, "{model:?}");
        assert!(slow < 60, "{model:?}, paging {paging}: the stepper did {slow} instructions");
    }
}

const ROUNDS: u32 = 1000;

/// What the loop leaves in EBX, and the instructions of blocks that the stepper did.
fn run_rings(engine: Engine, paging: bool, model: Model) -> (u32, u64) {
    const TABLE: u32 = 0x6000;
    const VECTORS: u32 = 0x6800;
    const TASK: u32 = 0x7000;
    let code: Vec<u8> = [
        &[0xb9][..],
        &ROUNDS.to_le_bytes(),
        // top, at 5: mov ax, 10h; mov es, ax; push es; pop fs; push ss; pop ss; mov ss, ax
        &[0x66, 0xb8, 0x10, 0, 0x8e, 0xc0, 0x06, 0x0f, 0xa1, 0x16, 0x17, 0x8e, 0xd0],
        // call 8:10100h; int 30h; pushfd; cli; sti; cli; popfd
        &[0x9a, 0, 1, 1, 0, 8, 0, 0xcd, 0x30, 0x9c, 0xfa, 0xfb, 0xfa, 0x9d],
        // push 23h; push 9000h; push 3002h; push 1bh; push 10120h; iretd, to level 3; back by INT 31h
        &[0x6a, 0x23, 0x68, 0, 0x90, 0, 0, 0x68, 2, 0x30, 0, 0, 0x6a, 0x1b, 0x68, 0x20, 1, 1, 0, 0xcf],
    ]
    .concat();
    let at_level_0: Vec<u8> = {
        // mov ds, ax; mov esp, 5000h; dec ecx; jnz top; hlt
        let mut bytes = vec![0x66, 0xb8, 0x10, 0, 0x8e, 0xd8, 0xbc, 0, 0x50, 0, 0, 0x49, 0x0f, 0x85];
        let after = CODE + 0x140 + bytes.len() as u32 + 4;
        bytes.extend((CODE + 5).wrapping_sub(after).to_le_bytes());
        bytes.push(0xf4);
        bytes
    };
    let mut mem = Memory::new(1 << 20, model);
    let pages: Vec<u8> = (0..256_u32).flat_map(|page| (page << 12 | 7).to_le_bytes()).collect();
    mem.write_phys(DIRECTORIES[0].1, &pages);
    mem.write_phys(DIRECTORIES[0].0, &(DIRECTORIES[0].1 | PRESENT).to_le_bytes());
    let descriptors: [u64; 7] = [
        0,
        0x00cf_9a00_0000_ffff,
        0x00cf_9200_0000_ffff,
        0x00cf_fa00_0000_ffff,
        0x00cf_f200_0000_ffff,
        0x0000_8900_7000_0067,
        // A call gate to 8:10118h with one parameter.
        0x0001_ec01_0008_0118,
    ];
    for (number, descriptor) in (0..).zip(descriptors) {
        mem.write_phys(TABLE + 8 * number, &descriptor.to_le_bytes());
    }
    for (vector, gate) in [(0x30, 0x0001_ee00_0008_0110_u64), (0x31, 0x0001_ee00_0008_0140)] {
        mem.write_phys(VECTORS + 8 * vector, &gate.to_le_bytes());
    }
    mem.write_phys(TASK + 4, &0x8000_u32.to_le_bytes());
    mem.write_phys(TASK + 8, &0x10_u32.to_le_bytes());
    mem.write_phys(CODE, &code);
    // inc ebx; retf
    mem.write_phys(CODE + 0x100, &[0x43, 0xcb]);
    // add ebx, 10h; iretd
    mem.write_phys(CODE + 0x110, &[0x83, 0xc3, 0x10, 0xcf]);
    // add ebx, [esp + 8]; retf 4
    mem.write_phys(CODE + 0x118, &[0x03, 0x5c, 0x24, 0x08, 0xca, 4, 0]);
    // mov ax, 23h; mov ds, ax; int 30h; cli; sti; push 100h; call 33h:0; int 31h
    let user = [
        0x66, 0xb8, 0x23, 0, 0x8e, 0xd8, 0xcd, 0x30, 0xfa, 0xfb, 0x68, 0, 1, 0, 0, 0x9a, 0, 0, 0, 0, 0x33, 0, 0xcd,
        0x31,
    ];
    mem.write_phys(CODE + 0x120, &user);
    mem.write_phys(CODE + 0x140, &at_level_0);
    let mut cpu = Cpu::new(model);
    let flat = |selector, rights| SegmentState { selector, base: 0, limit: u32::MAX, rights };
    let data = flat(0x10, 0xc093);
    let state = cpu.state();
    cpu.load(&CpuState {
        general: [0, 0, 0, 0, 0x5000, 0, 0, 0],
        eip: CODE,
        eflags: 2,
        segments: [data, flat(8, 0xc09b), data, data, data, data],
        gdtr: TableState { base: TABLE, limit: 0x37 },
        idtr: TableState { base: VECTORS, limit: 0x18f },
        tr: SegmentState { selector: 0x28, base: TASK, limit: 0x67, rights: 0x8b },
        cr0: state.cr0 | 1 | if paging { 1 << 31 } else { 0 },
        cr3: DIRECTORIES[0].0,
        ..state
    })
    .unwrap();
    cpu.set_engine(engine);
    assert_eq!(cpu.run(&mut mem, &mut FlatBus::default(), 1_000_000), Stop::Halted, "{:x?}", cpu.state());
    assert_eq!(cpu.registers.general[3], ROUNDS * 0x121);
    (cpu.registers.general[3], cpu.statistics().slow)
}

#[test]
fn a_stack_pointer_of_16_bits_goes_round_below_a_limit_further_up() {
    let code = [
        0x50, 0x53, //              push ax, push bx
        0x59, 0x5a, //              pop cx, pop dx
        0x9a, 0x10, 0, 0, 0x10, //  call 1000h:10h
        0xcd, 0x20, //              int 20h
        0xf4, 0, 0, 0, 0,    //        hlt
        0xcb, //                    retf
        0xcf, //                    iret
    ];
    for sp in [0, 1, 2, 3, 4, 5, 6, 7, 0x100] {
        let [one, two] = [Engine::Stepper, Engine::Blocks].map(|engine| {
            let mut mem = Memory::new(1 << 20, Model::I80486);
            mem.write_phys(CODE, &code);
            mem.write_phys(4 * 0x20, &0x1000_0011_u32.to_le_bytes());
            let segment = |selector: u16, limit| SegmentState {
                selector,
                base: u32::from(selector) << 4,
                limit,
                rights: if limit > 0xffff { 0x8093 } else { 0x93 },
            };
            let mut cpu = Cpu::new(Model::I80486);
            let state = CpuState {
                general: [0x1122, 0, 0, 0x3344, sp, 0, 0, 0],
                eip: 0,
                eflags: 2,
                // Where the offset goes round no page ends.
                segments: [0x2000, 0x1000, 0x2001, 0x2000, 0x2000, 0x2000]
                    .map(|selector| segment(selector, if selector == 0x1000 { 0xffff } else { u32::MAX })),
                cr0: 0x10,
                ..cpu.state()
            };
            cpu.load(&state).unwrap();
            cpu.set_engine(engine);
            let mut bus = FlatBus::default();
            assert_eq!(cpu.run(&mut mem, &mut bus, 1000), Stop::Halted, "{engine:?}, SP {sp:x}");
            cpu.set_engine(Engine::Stepper);
            (cpu, mem)
        });
        assert_eq!(one.0.state(), two.0.state(), "SP {sp:x}");
        assert!(one.1 == two.1, "memory differs, SP {sp:x}");
        let state = two.0.state();
        assert_eq!([state.general[1], state.general[2], state.general[4]], [0x3344, 0x1122, sp], "SP {sp:x}");
    }
}
