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
    let mut bench = Bench::new(Model::I80486, &[0x0f, 0xa2]);
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

#[test]
fn sysenter_and_sysexit_are_refused_in_real_mode() {
    for code in [[0x0f, 0x34], [0x0f, 0x35]] {
        let mut bench = Bench::new(Model::PentiumII, &code);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(13), IP as u16);
    }
}
