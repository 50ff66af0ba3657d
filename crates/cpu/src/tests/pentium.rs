//! Instructions that came with the Pentium and after it.

use super::*;

#[test]
fn cpuid_tells_vendor_signature_and_features() {
    let leaf = |model, number| {
        let mut bench = Bench::new(model, &[0x0f, 0xa2]).with(|state| state.eax = number);
        let state = bench.one();
        [state.eax, state.ebx, state.ecx, state.edx]
    };
    for (model, leaves, signature, features) in [
        (Model::I80486, 1, 0x0435, 0x0000_0001),
        (Model::Pentium, 1, 0x052c, 0x0000_01bf),
        (Model::PentiumMmx, 1, 0x0543, 0x0080_01bf),
        (Model::PentiumII, 2, 0x0652, 0x0181_f9bf),
    ] {
        let [highest, vendor @ ..] = leaf(model, 0);
        let [ebx, ecx, edx] = vendor.map(u32::to_le_bytes);
        assert_eq!((highest, [ebx, edx, ecx].concat().as_slice()), (leaves, &b"GenuineIntel"[..]));
        assert_eq!(leaf(model, 1), [signature, 0, 0, features], "{}", model.name());
        assert_eq!(Cpu::new(model).real_mode_state().edx, signature);
        assert_eq!(leaf(model, 0x8000_0000), leaf(model, leaves));
    }
    assert_eq!(leaf(Model::PentiumII, 2), [0x0302_0101, 0, 0, 0x0c04_0843]);
    let mut bench = Bench::new(Model::I80386, &[0x0f, 0xa2]);
    bench.step(1);
    bench.assert_interrupt(6);
}

/// EDX:EAX.
fn pair(state: &RealModeState) -> u64 {
    u64::from(state.edx) << 32 | u64::from(state.eax)
}

#[test]
fn the_time_stamp_counts_clocks_since_reset() {
    for model in from(Model::Pentium) {
        // nop; nop; rdtsc; rdtsc
        let mut bench = Bench::new(model, &[0x90, 0x90, 0x0f, 0x31, 0x0f, 0x31]);
        bench.step(3);
        let first = pair(&bench.state());
        assert_eq!(first, 2 * u64::from(model.average_clocks()));
        bench.step(1);
        assert_eq!(pair(&bench.state()) - first, u64::from(model.average_clocks()));
        bench.cpu.reset();
        bench.cpu.load_real_mode(&RealModeState { cs: CS, eip: IP + 4, ..RealModeState::default() });
        assert_eq!(pair(&bench.one()), 0);
    }
}

#[test]
fn the_time_stamp_can_be_written() {
    for (model, high) in [(Model::Pentium, 7), (Model::PentiumMmx, 7), (Model::PentiumII, 0)] {
        // wrmsr; rdmsr; rdtsc
        let mut bench = Bench::new(model, &[0x0f, 0x30, 0x0f, 0x32, 0x0f, 0x31])
            .with(|state| (state.ecx, state.edx, state.eax) = (0x10, 7, 0x8000_0000));
        bench.step(2);
        assert_eq!(pair(&bench.state()), high << 32 | 0x8000_0001);
        assert_eq!(pair(&bench.one()), high << 32 | 0x8000_0002);
    }
}

#[test]
fn model_specific_registers_that_are_not_there_are_refused() {
    for model in from(Model::Pentium) {
        for (code, number) in [(0x32, 3), (0x30, 3), (0x32, 0xc000_0080), (0x30, 0x8000_0010), (0x33, 2)] {
            if (model, code) == (Model::Pentium, 0x33) {
                continue;
            }
            let mut bench = Bench::new(model, &[0x0f, code]).with(|state| (state.ecx, state.eax) = (number, 5));
            bench.step(1);
            assert_eq!(bench.assert_interrupt(13), IP as u16, "{number:x} on the {}", model.name());
            assert_eq!((bench.state().eax, bench.state().edx), (5, 0));
        }
    }
    let mut bench = Bench::new(Model::PentiumII, &[0x0f, 0x30, 0x0f, 0x32])
        .with(|state| (state.ecx, state.eax, state.edx) = (0x175, 0x1234_5678, 0xffff_ffff));
    bench.step(2);
    assert_eq!(pair(&bench.state()), 0x1234_5678, "SYSENTER_ESP has 32 bits");
}

#[test]
fn cmpxchg8b_exchanges_or_loads_and_sets_no_flag_but_zero() {
    for model in from(Model::Pentium) {
        for equal in [false, true] {
            // lock cmpxchg8b [0100h]
            let mut bench = Bench::new(model, &[0xf0, 0x0f, 0xc7, 0x0e, 0, 1]).with(|state| {
                (state.edx, state.eax) = (0x1122_3344, 0x5566_7788);
                (state.ecx, state.ebx) = (0xaabb_ccdd, 0xeeff_0011);
                state.eflags = flag::CF | flag::SF | flag::OF | flag::AF | flag::PF;
            });
            let found = 0x1122_3344_5566_7788_u64 + u64::from(!equal);
            bench.poke(DS, 0x100, &found.to_le_bytes());
            let before = bench.state();
            let after = bench.one();
            let stored = if equal { 0xaabb_ccdd_eeff_0011 } else { found };
            assert_eq!(u64::from_le_bytes(bench.peek(DS, 0x100)), stored);
            assert_eq!(pair(&after), found);
            assert_eq!(after.eflags, before.eflags | if equal { flag::ZF } else { 0 });
        }
    }
}

#[test]
fn cmpxchg8b_changes_nothing_when_half_of_its_operand_lies_beyond_the_limit() {
    for model in from(Model::Pentium) {
        let mut bench = Bench::new(model, &[0x0f, 0xc7, 0x0e, 0xfc, 0xff]).with(|state| state.eax = 9);
        let before = bench.peek::<4>(DS, 0xfffc);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(13), IP as u16);
        assert_eq!((bench.peek(DS, 0xfffc), bench.state().eax), (before, 9));
    }
}

#[test]
fn a_conditional_move_moves_under_every_condition_as_the_jump_jumps() {
    for condition in 0..16 {
        let mut moved = Bench::new(Model::PentiumII, &[0x0f, 0x40 + condition, 0xc3]);
        let mut jumped = Bench::new(Model::PentiumII, &[0x70 + condition, 0x10]);
        for flags in 0..0x100_u32 {
            // Spread over CF, PF, ZF, SF and OF.
            let flags = flags & 0xc5 | (flags & 2) << 10;
            let with = |bench: Bench| {
                bench.with(|state| {
                    (state.eax, state.ebx, state.eip, state.eflags) = (0xffff_1111, 0x2222_2222, IP, flags);
                })
            };
            (moved, jumped) = (with(moved), with(jumped));
            let expected = if jumped.one().eip == IP + 0x12 { 0xffff_2222 } else { 0xffff_1111 };
            let state = moved.one();
            assert_eq!((state.eax, state.eflags & 0x8d5), (expected, flags), "{condition}");
        }
    }
}

#[test]
fn a_conditional_move_reads_its_source_even_when_it_does_not_move() {
    // cmovz ax, [ffffh]
    let mut bench = Bench::new(Model::PentiumII, &[0x0f, 0x44, 0x06, 0xff, 0xff]);
    bench.step(1);
    assert_eq!(bench.assert_interrupt(13), IP as u16);
}

#[test]
fn reserved_nops_do_not_touch_their_operand() {
    // nop word [ffffh]
    let mut bench = Bench::new(Model::PentiumII, &[0x0f, 0x1f, 0x06, 0xff, 0xff]);
    let before = bench.state();
    assert_eq!(bench.one(), RealModeState { eip: IP + 5, ..before });
}

/// `code` at 1000h in flat 32-bit protected mode at a privilege level. Exceptions lead to 8000h + 10h * vector.
pub(super) fn flat(model: Model, level: u16, code: &[u8]) -> Bench {
    const GDT: u32 = 0x2_0000;
    const IDT: u32 = 0x2_1000;
    const TSS: u32 = 0x2_2000;
    let mut bench = Bench::new(model, &[]);
    bench.mem.write_phys(0x1000, code);
    // Flat code and data of level 0, then of level 3.
    for (number, access) in [(1, 0x9b), (2, 0x93), (3, 0xfb), (4, 0xf3)] {
        bench.mem.write_phys(GDT + 8 * number, &[0xff, 0xff, 0, 0, 0, access, 0xcf, 0]);
    }
    for vector in 0..32_u32 {
        let [low, high] = (0x8000 + 0x10 * vector as u16).to_le_bytes();
        bench.mem.write_phys(IDT + 8 * vector, &[low, high, 8, 0, 0, 0x8e, 0, 0]);
    }
    bench.mem.write_phys(TSS + 4, &[0, 0x70, 0, 0, 0x10, 0]);
    let rights = 0xc093 | level << 5;
    let segment = |selector, rights| SegmentState { selector, base: 0, limit: u32::MAX, rights };
    let (code, data) = if level == 0 { (0x08, 0x10) } else { (0x1b, 0x23) };
    let mut segments = [segment(data, rights); 6];
    segments[1] = segment(code, rights | 8);
    let state = CpuState {
        segments,
        eip: 0x1000,
        eflags: flag::IF,
        cr0: 0x11,
        tr: SegmentState { selector: 0x28, base: TSS, limit: 0x67, rights: 0x8b },
        gdtr: TableState { base: GDT, limit: 0x27 },
        idtr: TableState { base: IDT, limit: 0xff },
        ..CpuState::default()
    };
    bench.cpu.load(&CpuState { general: [0, 0, 0, 0, 0x6000, 0, 0, 0], ..state }).unwrap();
    bench
}

fn set_msr(bench: &mut Bench, number: u32, value: u64) {
    let (model, clocks) = (bench.cpu.model, bench.cpu.clocks());
    bench.cpu.msr.write(model, number, value, clocks).unwrap();
}

#[track_caller]
pub(super) fn assert_flat_exception(bench: &mut Bench, vector: u8) {
    assert_eq!(bench.cpu.last_interrupt(), Some(vector));
    assert_eq!(bench.cpu.state().eip, 0x8000 + 0x10 * u32::from(vector));
}

#[test]
fn sysenter_goes_to_level_0_and_sysexit_back() {
    let mut bench = flat(Model::PentiumII, 3, &[0x0f, 0x34]);
    for (number, value) in [(0x174, 0x100b), (0x175, 0x5000), (0x176, 0x3000)] {
        set_msr(&mut bench, number, value);
    }
    bench.mem.write_phys(0x3000, &[0x0f, 0x35]);
    bench.step(1);
    let state = bench.cpu.state();
    assert_eq!((state.eip, state.general[4], state.eflags), (0x3000, 0x5000, 2), "IF is clear");
    let flat = SegmentState { selector: 0x1008, base: 0, limit: u32::MAX, rights: 0xc09b };
    assert_eq!(state.segments[1], flat);
    assert_eq!(state.segments[2], SegmentState { selector: 0x1010, rights: 0xc093, ..flat });
    assert_eq!((state.segments[3].selector, bench.cpu.registers.cpl), (0x23, 0));
    let general = [0, 0x6543, 0x1010, 0, 0x5000, 0, 0, 0];
    bench.cpu.load(&CpuState { general, ..state }).unwrap();
    bench.step(1);
    let state = bench.cpu.state();
    assert_eq!((state.eip, state.general[4], bench.cpu.registers.cpl), (0x1010, 0x6543, 3));
    assert_eq!(state.segments[1], SegmentState { selector: 0x101b, rights: 0xc0fb, ..flat });
    assert_eq!(state.segments[2], SegmentState { selector: 0x1023, rights: 0xc0f3, ..flat });
}

#[test]
fn sysenter_needs_its_register_and_sysexit_level_0() {
    let mut bench = flat(Model::PentiumII, 3, &[0x0f, 0x34]);
    set_msr(&mut bench, 0x174, 3);
    bench.step(1);
    assert_flat_exception(&mut bench, 13);
    let mut bench = flat(Model::PentiumII, 3, &[0x0f, 0x35]);
    set_msr(&mut bench, 0x174, 8);
    bench.step(1);
    assert_flat_exception(&mut bench, 13);
}

#[test]
fn sysenter_leaves_virtual_8086_mode() {
    let mut bench = flat(Model::PentiumII, 3, &[]);
    let state = bench.cpu.state();
    let small = SegmentState { selector: 0x100, base: 0x1000, limit: 0xffff, rights: 0xf3 };
    bench.cpu.load(&CpuState { segments: [small; 6], eip: 0, eflags: flag::VM | flag::IF, ..state }).unwrap();
    bench.mem.write_phys(0x1000, &[0x0f, 0x34]);
    for (number, value) in [(0x174, 8), (0x175, 0x5000), (0x176, 0x3000)] {
        set_msr(&mut bench, number, value);
    }
    bench.step(1);
    let state = bench.cpu.state();
    assert_eq!((state.eip, state.eflags, bench.cpu.registers.cpl), (0x3000, 2, 0));
    assert_eq!(state.segments[3], small, "data segments stay");
}

#[test]
fn a_fault_whose_delivery_raises_it_again_shuts_down() {
    for model in from(Model::I80486) {
        // The handler of #AC runs at level 3, on the stack that is out of line.
        let mut bench = flat(model, 3, &[0x50]);
        bench.mem.write_phys(0x2_1000 + 8 * 17, &[0x10, 0x81, 0x1b, 0, 0, 0xee, 0, 0]);
        let state = bench.cpu.state();
        let general = [0, 0, 0, 0, 0x6001, 0, 0, 0];
        bench.cpu.load(&CpuState { general, eflags: flag::AC, cr0: 0x4_0011, ..state }).unwrap();
        assert_eq!(bench.step(2), Stop::Shutdown, "{}", model.name());
    }
}

#[test]
fn what_belongs_to_the_system_is_refused_to_programs() {
    // CR4, code, vector at level 3.
    for (cr4, code, refused) in [
        (0, [0x0f, 0x31], false),
        (4, [0x0f, 0x31], true),
        (0, [0x0f, 0x32], true),
        (0, [0x0f, 0x30], true),
        (0, [0x0f, 0xa2], false),
    ] {
        for model in from(Model::Pentium) {
            for level in [0, 3] {
                let mut bench = flat(model, level, &code);
                let state = bench.cpu.state();
                let general = [0, 0x10, 0, 0, 0x6000, 0, 0, 0];
                bench.cpu.load(&CpuState { cr4, general, ..state }).unwrap();
                bench.step(1);
                if refused && level == 3 {
                    assert_flat_exception(&mut bench, 13);
                } else {
                    assert_eq!(bench.cpu.state().eip, 0x1002, "{code:x?} on the {}", model.name());
                }
            }
        }
    }
    for (cr4, refused) in [(0, true), (0x100, false)] {
        for model in from(Model::PentiumMmx) {
            let mut bench = flat(model, 3, &[0x0f, 0x33]);
            let state = bench.cpu.state();
            bench.cpu.load(&CpuState { cr4, ..state }).unwrap();
            bench.step(1);
            assert_eq!(bench.cpu.last_interrupt(), refused.then_some(13));
        }
    }
}

#[test]
fn cr4_takes_the_bits_of_its_model_and_refuses_the_others() {
    // mov cr4, eax; mov ebx, cr4
    for (model, bits) in [(Model::Pentium, 0x5f), (Model::PentiumMmx, 0x15f), (Model::PentiumII, 0x3df)] {
        for bit in 0..32 {
            let mut bench = Bench::new(model, &[0x0f, 0x22, 0xe0, 0x0f, 0x20, 0xe3]);
            bench = bench.with(|state| state.eax = 1 << bit);
            bench.step(2);
            if bits >> bit & 1 != 0 {
                assert_eq!(bench.state().ebx, 1 << bit, "{}", model.name());
            } else {
                assert_eq!(bench.cpu.last_interrupt(), Some(13), "bit {bit} on the {}", model.name());
            }
        }
    }
    for model in [Model::I80386, Model::I80486] {
        let mut bench = Bench::new(model, &[0x0f, 0x22, 0xe0]);
        bench.step(1);
        bench.assert_interrupt(6);
    }
}

#[test]
fn sysenter_and_sysexit_are_refused_in_real_mode() {
    for code in [[0x0f, 0x34], [0x0f, 0x35]] {
        let mut bench = Bench::new(Model::PentiumII, &code);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(13), IP as u16);
    }
}
