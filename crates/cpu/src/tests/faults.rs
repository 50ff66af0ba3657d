//! Exceptions, and the state they leave.

use super::*;

#[test]
fn a_divide_error_returns_to_the_instruction_from_the_80286_on_and_after_it_before() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xf7, 0xf3]);
        bench.step(1);
        let expected = if model < Model::I80286 { IP + 2 } else { IP };
        assert_eq!(bench.assert_interrupt(0), expected as u16, "{}", model.name());
        assert_eq!(bench.cpu.instructions(), 1);
    }
}

#[test]
fn the_most_negative_quotient_is_a_divide_error_before_the_80286() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xf6, 0xfb]).with(|state| (state.eax, state.ebx) = (0xff80, 1));
        let faults = bench.one().cs == HANDLERS;
        assert_eq!(faults, model < Model::I80286, "{}", model.name());
    }
}

#[test]
fn an_undefined_opcode_is_interrupt_6_from_the_80186_on() {
    for model in from(Model::I80186) {
        let mut bench = Bench::new(model, &[0x0f, 0xff]);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(6), IP as u16, "{}", model.name());
    }
}

#[test]
fn an_undefined_opcode_of_the_8086_is_passed_over() {
    // Register form of LES.
    let mut bench = Bench::new(Model::I8086, &[0xc4, 0xc0, 0x40]);
    bench.step(2);
    assert_eq!((bench.state().eip, bench.state().eax), (IP + 3, 1));
}

#[test]
fn protected_mode_instructions_are_undefined_in_real_mode() {
    let cases: [&[u8]; 7] = [
        &[0x0f, 0x00, 0xc0],
        &[0x0f, 0x00, 0xd0],
        &[0x0f, 0x00, 0xd8],
        &[0x0f, 0x00, 0xe0],
        &[0x0f, 0x02, 0xc0],
        &[0x0f, 0x03, 0xc0],
        &[0x63, 0xc0],
    ];
    for model in from(Model::I80286) {
        for code in cases {
            let mut bench = Bench::new(model, code);
            bench.step(1);
            assert_eq!(bench.assert_interrupt(6), IP as u16, "{code:x?} on the {}", model.name());
        }
    }
}

#[test]
fn a_word_beyond_the_segment_faults_from_the_80286_on_and_changes_nothing() {
    for model in from(Model::I80286) {
        let mut bench = Bench::new(model, &[0x01, 0x06, 0xff, 0xff]).with(|state| state.eax = 5);
        let before = bench.state();
        bench.step(1);
        assert_eq!(bench.assert_interrupt(13), IP as u16, "{}", model.name());
        assert_eq!(bench.state().eflags, before.eflags);
        assert_eq!(bench.peek(DS, 0xffff), [0]);
    }
}

#[test]
fn a_word_beyond_the_stack_segment_is_interrupt_13_on_the_80286_and_12_later() {
    for model in from(Model::I80286) {
        let mut bench = Bench::new(model, &[0x8b, 0x46, 0]).with(|state| state.ebp = 0xffff);
        bench.step(1);
        bench.assert_interrupt(if model == Model::I80286 { 13 } else { 12 });
    }
}

#[test]
fn a_dword_faults_from_the_last_three_offsets_on() {
    for (offset, faults) in [(0xfffc, false), (0xfffd, true), (0xffff, true)] {
        let mut bench = Bench::new(Model::I80386, &[0x66, 0x8b, 0x07]).with(|state| state.ebx = offset);
        assert_eq!(bench.one().cs == HANDLERS, faults, "{offset:x}");
    }
}

#[test]
fn a_wide_address_beyond_the_limit_faults() {
    let mut bench = Bench::new(Model::I80386, &[0x67, 0x8a, 0x03]).with(|state| state.ebx = 0x1_0000);
    bench.step(1);
    bench.assert_interrupt(13);
}

#[test]
fn a_wide_jump_beyond_the_limit_faults_at_the_jump() {
    let mut bench = Bench::new(Model::I80386, &[0x66, 0xe9, 0, 0, 1, 0]);
    bench.step(1);
    assert_eq!(bench.assert_interrupt(13), IP as u16);
}

#[test]
fn an_instruction_that_is_too_long_faults() {
    for (model, prefixes) in [(Model::I80286, 10), (Model::I80386, 15), (Model::I80486, 20)] {
        let mut code = vec![0x26; prefixes];
        code.push(0x90);
        let mut bench = Bench::new(model, &code);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(13), IP as u16, "{}", model.name());
    }
}

#[test]
fn a_push_at_offset_1_shuts_down_from_the_80286_on() {
    for model in from(Model::I80286) {
        let mut bench = Bench::new(model, &[0x50]).with(|state| state.esp = 1);
        assert_eq!(bench.step(10), Stop::Shutdown, "{}", model.name());
        assert_eq!(bench.step(10), Stop::Shutdown);
        bench.cpu.reset();
        assert_ne!(bench.step(1), Stop::Shutdown);
    }
}

#[test]
fn a_vector_outside_the_table_is_interrupt_8_and_then_shutdown() {
    // lidt [0]; int 20h
    let bench = |limit| {
        let mut bench = Bench::new(Model::I80386, &[0x0f, 0x01, 0x1e, 0, 0, 0xcd, 0x20]);
        bench.poke(DS, 0, &[limit, 0, 0, 0, 0, 0]);
        bench.step(2);
        bench
    };
    assert_eq!(bench(0x3f).assert_interrupt(8), IP as u16 + 5);
    assert_eq!(bench(0x0f).step(1), Stop::Shutdown);
}

#[test]
fn bound_faults_outside_its_limits_only() {
    for (index, faults) in [(4, true), (5, false), (9, false), (10, true), (0xffff, true)] {
        let mut bench = Bench::new(Model::I80186, &[0x62, 0x06, 0, 0]).with(|state| state.eax = index);
        bench.poke(DS, 0, &[5, 0, 9, 0]);
        bench.step(1);
        assert_eq!(bench.state().cs == HANDLERS, faults, "{index}");
        if faults {
            assert_eq!(bench.assert_interrupt(5), IP as u16);
        }
    }
}

#[test]
fn a_faulting_read_modify_write_of_the_string_pointers_leaves_them_on_the_80386() {
    let mut bench = Bench::new(Model::I80386, &[0xa5]).with(|state| (state.esi, state.edi) = (0x10, 0xffff));
    let before = bench.state();
    bench.step(1);
    bench.assert_interrupt(13);
    assert_eq!((bench.state().esi, bench.state().edi), (before.esi, before.edi));
}
