//! What differs between models.

use super::*;

#[test]
fn reset_begins_sixteen_bytes_below_the_top_of_memory() {
    for model in Model::ALL {
        let cpu = Cpu::new(model);
        let top = model.address_mask();
        let registers = cpu.registers();
        assert_eq!(registers.cs_base().wrapping_add(registers.eip()) & top, top - 15, "{}", model.name());
    }
    let state = Cpu::new(Model::I8086).real_mode_state();
    assert_eq!((state.cs, state.eip), (0xffff, 0));
    let state = Cpu::new(Model::I80386).real_mode_state();
    assert_eq!((state.cs, state.eip, state.edx >> 8), (0xf000, 0xfff0, 3));
    assert_eq!(Cpu::new(Model::I80486).real_mode_state().edx >> 8, 4);
    assert_eq!(Cpu::new(Model::Pentium).real_mode_state().edx, 0x052c);
    assert_eq!(Cpu::new(Model::PentiumMmx).real_mode_state().edx, 0x0543);
    assert_eq!(Cpu::new(Model::PentiumII).real_mode_state().edx, 0x0652);
}

#[test]
fn a_far_jump_after_reset_leaves_the_top_of_memory() {
    let mut bench = Bench::new(Model::I80386, &[]);
    bench.mem.load_rom(0xffff_f000, &{
        let mut rom = [0x90; 4096];
        rom[0xff0..0xff5].copy_from_slice(&[0xea, 0, 1, 0, 0x10]);
        rom
    });
    bench.cpu.reset();
    bench.step(1);
    assert_eq!((bench.state().cs, bench.state().eip, bench.cpu.registers().cs_base()), (CS, IP, 0x1_0000));
}

#[test]
fn pushf_shows_the_top_flags_of_the_model() {
    // PUSH 7000h as flags, POPF, PUSHF.
    for (model, top) in [
        (Model::I8086, 0xf000),
        (Model::I80186, 0xf000),
        (Model::I80286, 0),
        (Model::I80386, 0x7000),
        (Model::I80486, 0x7000),
        (Model::Pentium, 0x7000),
        (Model::PentiumMmx, 0x7000),
        (Model::PentiumII, 0x7000),
    ] {
        let mut bench = Bench::new(model, &[0x50, 0x9d, 0x9c]).with(|state| state.eax = 0x7000);
        bench.step(3);
        assert_eq!(bench.word(SS, 0xffe) & 0xf000, top, "{}", model.name());
    }
}

#[test]
fn the_alignment_flag_toggles_from_the_80486_on_and_the_id_flag_where_there_is_cpuid() {
    for model in from(Model::I80386) {
        let kept = match model {
            Model::I80386 => 0,
            _ => flag::AC | flag::ID,
        };
        let code = [0x66, 0x50, 0x66, 0x9d, 0x66, 0x9c, 0x66, 0x58];
        let mut bench = Bench::new(model, &code).with(|state| state.eax = 0x0024_0000);
        bench.step(4);
        assert_eq!(bench.state().eax & 0x0024_0000, kept, "{}", model.name());
    }
}

#[test]
fn push_sp_stores_the_new_value_before_the_80286() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0x54]);
        bench.step(1);
        let expected = if model < Model::I80286 { 0xffe } else { 0x1000 };
        assert_eq!(bench.word(SS, 0xffe), expected, "{}", model.name());
    }
}

#[test]
fn shift_counts_are_taken_modulo_32_from_the_80186_on() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xd3, 0xe0]).with(|state| (state.eax, state.ecx) = (1, 33));
        bench.step(1);
        let expected = if model == Model::I8086 { 0 } else { 2 };
        assert_eq!(bench.state().eax, expected, "{}", model.name());
    }
}

#[test]
fn a_shift_by_zero_changes_no_flag() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xd3, 0xe0]).with(|state| state.eflags = flag::CF | flag::ZF);
        let before = bench.state().eflags;
        assert_eq!(bench.one().eflags, before);
    }
}

#[test]
fn addresses_wrap_at_one_megabyte_or_reach_the_high_memory_area() {
    for model in Model::ALL {
        // mov al, [0010h] with DS = FFFF.
        let mut bench = Bench::new(model, &[0xa0, 0x10, 0]).with(|state| state.ds = 0xffff);
        bench.poke(0, 0, &[0x11]);
        bench.mem.write_phys(0x10_0000, &[0x22]);
        let expected = if model < Model::I80286 { 0 } else { 0x22 };
        if model >= Model::I80286 {
            assert_eq!(bench.one().eax, expected);
            bench.mem.set_a20(false);
            bench.cpu.load_real_mode(&RealModeState { eip: IP, ..bench.state() });
            assert_eq!(bench.one().eax, 0x11);
        } else {
            bench.poke(0, 0, &[0x33]);
            assert_eq!(bench.one().eax, 0x33);
        }
    }
}

#[test]
fn a_word_at_the_end_of_a_segment_wraps_before_the_80286() {
    for model in before(Model::I80286) {
        let mut bench = Bench::new(model, &[0xa1, 0xff, 0xff]);
        bench.poke(DS, 0xffff, &[0x34]);
        bench.poke(DS, 0, &[0x12]);
        assert_eq!(bench.one().eax, 0x1234);
    }
}

#[test]
fn the_instruction_pointer_wraps_at_64_kib_before_the_80386() {
    for model in before(Model::I80386) {
        let mut bench = Bench::new(model, &[]).with(|state| state.eip = 0xffff);
        bench.poke(CS, 0xffff, &[0x90]);
        assert_eq!(bench.one().eip, 0, "{}", model.name());
    }
}

#[test]
fn an_instruction_wraps_around_the_segment_before_the_80286_and_faults_later() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[]).with(|state| state.eip = 0xfffe);
        bench.poke(CS, 0xfffe, &[0xb8, 0x34]);
        bench.poke(CS, 0, &[0x12]);
        if model < Model::I80286 {
            assert_eq!((bench.one().eax, bench.state().eip), (0x1234, 1));
        } else {
            bench.step(1);
            assert_eq!(bench.assert_interrupt(13), 0xfffe);
        }
    }
}

#[test]
fn a_thousand_prefixes_are_one_instruction_on_the_8086() {
    let mut code = vec![0x3e; 1000];
    code.extend([0xb0, 0x77]);
    let mut bench = Bench::new(Model::I8086, &code);
    assert_eq!((bench.one().eax, bench.state().eip), (0x77, IP + 1002));
}

#[test]
fn a_segment_full_of_prefixes_does_not_hang_the_run() {
    let mut bench = Bench::new(Model::I8086, &[]);
    bench.poke(CS, 0, &vec![0x26; 0x1_0000]);
    assert_eq!(bench.step(3), Stop::Attention);
    assert_eq!((bench.state().eip, bench.cpu.instructions()), (IP, 1));
}

#[test]
fn pop_cs_jumps_on_the_8086() {
    let mut bench = Bench::new(Model::I8086, &[0x0f]).with(|state| state.esp = 0x0ffe);
    bench.poke(SS, 0xffe, &[0x00, 0x50]);
    assert_eq!((bench.one().cs, bench.state().eip), (0x5000, IP + 1));
}

#[test]
fn mov_cs_is_undefined_from_the_80186_on() {
    for model in from(Model::I80186) {
        let mut bench = Bench::new(model, &[0x8e, 0xc8]);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(6), IP as u16, "{}", model.name());
    }
}

#[test]
fn wide_registers_and_addresses_work_from_the_80386_on() {
    for model in from(Model::I80386) {
        // mov eax, [ebx + esi*4 + 10h]
        let mut bench = Bench::new(model, &[0x67, 0x66, 0x8b, 0x44, 0xb3, 0x10])
            .with(|state| (state.ebx, state.esi) = (0x100, 0x40));
        bench.poke(DS, 0x210, &[0x78, 0x56, 0x34, 0x12]);
        assert_eq!(bench.one().eax, 0x1234_5678);
    }
}

#[test]
fn pop_into_memory_addressed_by_esp_uses_the_new_esp() {
    let mut bench = Bench::new(Model::I80386, &[0x67, 0x36, 0x8f, 0x04, 0x24]);
    bench.poke(SS, 0x1000, &[0x34, 0x12]);
    bench.step(1);
    assert_eq!(bench.word(SS, 0x1002), 0x1234);
}

#[test]
fn instructions_of_the_80486_do_what_they_say() {
    let mut bench = Bench::new(Model::I80486, &[0x66, 0x0f, 0xc8]).with(|state| state.eax = 0x1234_5678);
    assert_eq!(bench.one().eax, 0x7856_3412);
    // xadd bl, al
    let mut bench = Bench::new(Model::I80486, &[0x0f, 0xc0, 0xc3]).with(|state| (state.eax, state.ebx) = (3, 4));
    assert_eq!((bench.one().eax, bench.state().ebx), (4, 7));
    // cmpxchg bx, cx
    for (accumulator, ax, bx) in [(5, 5, 9), (6, 5, 5)] {
        let mut bench = Bench::new(Model::I80486, &[0x0f, 0xb1, 0xcb])
            .with(|state| (state.eax, state.ebx, state.ecx) = (accumulator, 5, 9));
        assert_eq!((bench.one().eax, bench.state().ebx), (ax, bx));
    }
}

#[test]
fn a_bit_number_in_a_register_reaches_beyond_the_memory_operand() {
    // bts [0100h], ax with AX = -1 and 17.
    for (ax, offset, byte) in [(0xffff, 0xff, 0x80), (17, 0x102, 2)] {
        let mut bench = Bench::new(Model::I80386, &[0x0f, 0xab, 0x06, 0, 1]).with(|state| state.eax = ax);
        bench.step(1);
        assert_eq!(bench.peek(DS, offset), [byte]);
    }
}

#[test]
fn enter_builds_a_frame_with_copies_of_the_outer_frame_pointers() {
    for model in from(Model::I80186) {
        let mut bench = Bench::new(model, &[0xc8, 8, 0, 2]).with(|state| state.ebp = 0x2000);
        bench.poke(SS, 0x1ffe, &[0xaa, 0xbb]);
        let state = bench.one();
        assert_eq!((state.ebp, state.esp), (0xffe, 0xffe - 4 - 8));
        let stack = [bench.word(SS, 0xffe), bench.word(SS, 0xffc), bench.word(SS, 0xffa)];
        assert_eq!(stack, [0x2000, 0xbbaa, 0xffe]);
    }
}

#[test]
fn popa_skips_the_stack_pointer() {
    for model in from(Model::I80186) {
        let mut bench = Bench::new(model, &[0x60, 0x61]).with(|state| (state.eax, state.edi) = (1, 2));
        let before = bench.state();
        bench.step(2);
        assert_eq!(RealModeState { eip: IP, ..bench.state() }, before);
    }
}

#[test]
fn undefined_flags_of_mul_and_div_tell_models_apart() {
    let after = |model, code: &[u8], eax, ebx| {
        let mut bench = Bench::new(model, code).with(|state| (state.eax, state.ebx) = (eax, ebx));
        bench.one().eflags & (flag::SF | flag::ZF | flag::AF | flag::PF | flag::CF)
    };
    for model in Model::ALL {
        // MUL BX: 2345h by 5, whose high half is zero.
        let multiplied = match model {
            Model::I8086 | Model::I80186 => flag::ZF | flag::PF,
            Model::I80286 => flag::ZF | flag::PF | flag::AF,
            _ => flag::SF | flag::PF,
        };
        assert_eq!(after(model, &[0xf7, 0xe3], 0x2345, 5), multiplied, "{}", model.name());
        // DIV BL: 5 by 2. A chip of Cyrix would leave all flags.
        let divided = match model {
            // Its last step subtracts 2 from 1.
            Model::I8086 | Model::I80186 => flag::SF | flag::AF | flag::PF | flag::CF,
            Model::PentiumII => 0,
            _ => flag::AF | flag::CF,
        };
        assert_eq!(after(model, &[0xf6, 0xf3], 5, 2), divided, "{}", model.name());
    }
}
