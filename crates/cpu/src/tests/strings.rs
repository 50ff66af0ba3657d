//! String instructions and their repetition.

use super::*;

#[test]
fn a_repetition_ends_with_the_budget_and_goes_on() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xf3, 0xa4]).with(|state| state.ecx = 5);
        bench.poke(DS, 0, b"hello");
        bench.step(2);
        let state = bench.state();
        assert_eq!((state.ecx, state.esi, state.edi, state.eip), (3, 2, 2, IP));
        bench.step(3);
        let state = bench.state();
        assert_eq!((state.ecx, state.eip, bench.cpu.instructions()), (0, IP + 2, 5));
        assert_eq!(bench.peek(ES, 0), *b"hello");
    }
}

#[test]
fn a_repetition_of_zero_counts_as_one_instruction() {
    let mut bench = Bench::new(Model::I80286, &[0xf3, 0xa4]);
    bench.step(1);
    assert_eq!((bench.state().eip, bench.cpu.instructions()), (IP + 2, 1));
}

#[test]
fn an_interrupt_returns_to_all_prefixes_except_on_the_8086() {
    for model in Model::ALL {
        // rep es: movsb, so that the REP prefix is the first of two
        let mut bench = Bench::new(model, &[0xf3, 0x26, 0xa4]).with(|state| (state.ecx, state.eflags) = (9, flag::IF));
        bench.step(4);
        bench.cpu.set_intr(true);
        bench.step(1);
        let expected = if model == Model::I8086 { IP + 1 } else { IP };
        assert_eq!(bench.assert_interrupt(0x20), expected as u16, "{}", model.name());
        assert_eq!(bench.state().ecx, 5);
    }
}

#[test]
fn an_interrupt_before_the_first_iteration_returns_to_all_prefixes() {
    let mut bench =
        Bench::new(Model::I8086, &[0xf3, 0x26, 0xa4]).with(|state| (state.ecx, state.eflags) = (9, flag::IF));
    bench.cpu.set_intr(true);
    bench.step(1);
    assert_eq!(bench.assert_interrupt(0x20), IP as u16);
}

#[test]
fn an_interrupt_after_the_last_iteration_returns_to_the_next_instruction() {
    let mut bench =
        Bench::new(Model::I8086, &[0xf3, 0x26, 0xa4]).with(|state| (state.ecx, state.eflags) = (3, flag::IF));
    bench.step(3);
    bench.cpu.set_intr(true);
    bench.step(1);
    assert_eq!(bench.assert_interrupt(0x20), IP as u16 + 3);
}

#[test]
fn comparisons_end_on_the_condition_of_the_prefix() {
    // repe cmpsb, repne scasb
    let mut bench = Bench::new(Model::I8086, &[0xf3, 0xa6, 0xf2, 0xae]).with(|state| state.ecx = 10);
    bench.poke(DS, 0, b"abcX");
    bench.poke(ES, 0, b"abcdefgh");
    bench.step(4);
    assert_eq!((bench.state().ecx, bench.state().esi, bench.state().eip), (6, 4, IP + 2));
    let state = RealModeState { eax: u32::from(b'g'), ..bench.state() };
    bench.cpu.load_real_mode(&state);
    bench.step(3);
    assert_eq!((bench.state().ecx, bench.state().edi, bench.state().eip), (3, 7, IP + 4));
}

#[test]
fn pointers_run_down_with_the_direction_flag_and_wrap_in_the_segment() {
    let mut bench = Bench::new(Model::I80386, &[0xf3, 0xaa])
        .with(|state| (state.eax, state.ecx, state.edi, state.eflags) = (0x41, 3, 1, flag::DF));
    bench.step(3);
    assert_eq!((bench.peek(ES, 0), bench.peek(ES, 0xffff), bench.state().edi), ([0x41; 2], [0x41], 0xfffe));
}

#[test]
fn wide_addresses_use_the_wide_counter() {
    let mut bench = Bench::new(Model::I80386, &[0x67, 0xf3, 0xaa]).with(|state| state.ecx = 0x1_0002);
    bench.step(2);
    assert_eq!((bench.state().ecx, bench.state().eip), (0x1_0000, IP));
}

#[test]
fn ports_are_read_and_written_by_strings() {
    for model in from(Model::I80186) {
        let mut bench = Bench::new(model, &[0xf3, 0x6d, 0xf3, 0x6e]).with(|state| (state.ecx, state.edx) = (2, 0x71));
        bench.step(2);
        assert_eq!(bench.bus.read, [(0x71, Width::Word); 2]);
        assert_eq!(bench.word(ES, 2), 0x7171);
        let state = RealModeState { ecx: 1, ..bench.state() };
        bench.cpu.load_real_mode(&state);
        bench.step(1);
        assert_eq!(bench.bus.written, [(0x71, Width::Byte, 0)]);
    }
}

#[test]
fn attention_ends_a_repetition_after_the_element() {
    let mut bench = Bench::new(Model::I80286, &[0xf3, 0x6c]).with(|state| state.ecx = 5);
    bench.bus.attention = true;
    assert_eq!(bench.step(100), Stop::Attention);
    assert_eq!((bench.state().ecx, bench.state().eip, bench.cpu.instructions()), (4, IP, 1));
}

#[test]
fn a_copy_onto_itself_one_byte_up_fills() {
    let mut bench =
        Bench::new(Model::I80386, &[0xf3, 0xa4]).with(|state| (state.es, state.ecx, state.edi) = (DS, 5000, 1));
    bench.poke(DS, 0, &[7]);
    bench.step(5000);
    assert_eq!((bench.peek(DS, 0), bench.peek(DS, 4990)), ([7; 2], [7; 11]));
}

#[test]
fn a_long_copy_across_pages_moves_every_byte_and_no_more() {
    let mut bench = Bench::new(Model::I80286, &[0xf3, 0xa5])
        .with(|state| (state.esi, state.edi, state.ecx) = (0x0ff1, 0x1fff, 0x4000));
    let pattern: Vec<u8> = (0..0x8000_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    bench.poke(DS, 0x0ff1, &pattern);
    assert_eq!(bench.step(0x4000), Stop::Budget);
    let state = bench.state();
    assert_eq!((state.ecx, state.esi, state.edi, state.eip), (0, 0x8ff1, 0x9fff, IP + 2));
    let mut copied = vec![0; 0x8000];
    bench.mem.read_phys((u32::from(ES) << 4) + 0x1fff, &mut copied);
    assert_eq!(copied, pattern);
    assert_eq!((bench.peek(ES, 0x1ffe), bench.peek(ES, 0x9fff)), ([0], [0]));
}

#[test]
fn a_long_repetition_goes_round_at_64_kib_also_below_a_limit_of_4_gib() {
    for (model, copies) in [(Model::I80386, false), (Model::Pentium, true)] {
        let mut bench = Bench::new(model, &[0xf3, if copies { 0xa5 } else { 0xab }]);
        let mut state = bench.cpu.state();
        let unreal = SegmentState { selector: 0, base: 0x3_0010, limit: u32::MAX, rights: 0x93 };
        (state.segments[0], state.segments[3]) = (unreal, unreal);
        // ECX, EAX, ESI, EDI
        (state.general[1], state.general[0], state.general[6], state.general[7]) = (8, 0x5555, 0x100, 0xfff8);
        bench.cpu.load(&state).expect("the state is legal");
        bench.mem.write_phys(0x3_0110, &[0x55; 16]);
        bench.step(8);
        assert_eq!((bench.state().ecx, bench.state().edi), (0, 8));
        assert_eq!(bench.peek(0x3001, 0), [0x55; 8]);
        assert_eq!(bench.peek(0x4001, 0), [0; 8]);
    }
}

#[test]
fn a_repetition_that_overwrites_itself_is_fetched_anew_however_the_run_is_cut() {
    let run = |slice: u64| {
        // rep stosb over its own opcode with NOPs: DI begins a little before.
        let mut bench = Bench::new(Model::I80386, &[0xf3, 0xaa, 0x90, 0x90])
            .with(|state| (state.es, state.edi, state.ecx, state.eax) = (CS, IP - 3, 20, 0x90));
        for _ in 0..12 / slice {
            bench.step(slice);
        }
        (bench.cpu, bench.mem)
    };
    assert_eq!(run(1), run(12));
    assert_eq!(run(1), run(4));
}

#[test]
fn a_fault_amid_comparisons_finds_the_flags_of_the_last_one_or_those_before_all() {
    for (model, flags) in [(Model::I80386, flag::ZF | flag::PF), (Model::I80486, flag::CF)] {
        // repe cmpsw, of which the second element lies across the end of the segment
        let mut bench =
            Bench::new(model, &[0xf3, 0xa7]).with(|state| (state.ecx, state.edi, state.eflags) = (5, 0xfffd, flag::CF));
        bench.poke(DS, 0, b"ab");
        bench.poke(ES, 0xfffd, b"ab");
        bench.step(2);
        assert_eq!(bench.assert_interrupt(13), IP as u16);
        assert_eq!((bench.state().ecx, bench.state().edi), (4, 0xffff));
        assert_eq!(bench.state().eflags & flag::ARITHMETIC, flags, "{}", model.name());
    }
}
