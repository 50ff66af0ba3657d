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
