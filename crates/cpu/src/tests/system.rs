//! System registers.

use super::*;

#[test]
fn machine_status_bits_are_kept() {
    // lmsw ax; smsw bx; clts; smsw cx
    let mut bench = Bench::new(Model::I80286, &[0x0f, 1, 0xf0, 0x0f, 1, 0xe3, 0x0f, 6, 0x0f, 1, 0xe1])
        .with(|state| state.eax = 0xa);
    bench.step(4);
    assert_eq!((bench.state().ebx, bench.state().ecx), (0xfffa, 0xfff2));
}

#[test]
fn paging_without_protection_faults() {
    let mut bench = Bench::new(Model::I80386, &[0x0f, 0x22, 0xc0]).with(|state| state.eax = 0x8000_0000);
    bench.step(1);
    bench.assert_interrupt(13);
}

#[test]
fn control_debug_and_test_registers_keep_what_is_written() {
    for (write, read) in [(0x22_u8, 0x20_u8), (0x23, 0x21), (0x26, 0x24)] {
        // CR2, DR2 or TR6 from EAX, then to EBX.
        let number = if write == 0x26 { 6 } else { 2 };
        let code = [0x0f, write, 0xc0 | number << 3, 0x0f, read, 0xc3 | number << 3];
        let mut bench = Bench::new(Model::I80386, &code).with(|state| state.eax = 0x1234_5678);
        bench.step(2);
        assert_eq!(bench.state().ebx, 0x1234_5678, "{write:x}");
    }
}

#[test]
fn test_registers_3_to_5_exist_on_the_80486_only() {
    for (model, undefined) in [(Model::I80386, true), (Model::I80486, false)] {
        let mut bench = Bench::new(model, &[0x0f, 0x24, 0xd8]);
        bench.step(1);
        assert_eq!(bench.cpu.last_interrupt() == Some(6), undefined);
    }
}

#[test]
fn the_interrupt_table_moves_with_lidt() {
    for model in from(Model::I80286) {
        // lidt [0]; int 3
        let mut bench = Bench::new(model, &[0x0f, 0x01, 0x1e, 0, 0, 0xcc]);
        bench.poke(DS, 0, &[0xff, 3, 0, 0, 5, 0]);
        bench.mem.write_phys(0x5_000c, &[0x34, 0x12, 0, 0x60]);
        bench.step(2);
        assert_eq!((bench.state().cs, bench.state().eip), (0x6000, 0x1234));
    }
}

#[test]
fn table_registers_are_stored_as_loaded() {
    // lgdt [0]; sgdt [8]
    for (model, last) in [(Model::I80286, 0xff), (Model::I80386, 0)] {
        let mut bench = Bench::new(model, &[0x0f, 1, 0x16, 0, 0, 0x0f, 1, 0x06, 8, 0]);
        bench.poke(DS, 0, &[1, 2, 3, 4, 5, 6]);
        bench.step(2);
        assert_eq!(bench.peek(DS, 8), [1, 2, 3, 4, 5, last]);
    }
}

#[test]
fn cache_instructions_do_nothing() {
    let mut bench = Bench::new(Model::I80486, &[0x0f, 8, 0x0f, 9, 0x0f, 1, 0x3f]);
    let before = bench.state();
    bench.step(3);
    assert_eq!(bench.state(), RealModeState { eip: IP + 7, ..before });
}

#[test]
fn memory_mapped_registers_are_accessed_in_their_width_once() {
    let mut bench = Bench::new(Model::I80386, &[0xa1, 4, 0, 0x66, 0xa3, 8, 0]).with(|state| state.ds = 0xa000);
    bench.mem.map(0xa_0000, 0x2_0000, crate::Kind::Mmio);
    bench.step(2);
    assert_eq!(bench.bus.read, [(0xa_0004, Width::Word)]);
    assert_eq!(bench.bus.written, [(0xa_0008, Width::Dword, 4)]);
}

#[test]
fn code_runs_from_memory_mapped_registers() {
    // The bus answers with the low byte of the address: 90h at A0090.
    let mut bench = Bench::new(Model::I80386, &[]).with(|state| (state.cs, state.eip) = (0xa000, 0x90));
    bench.mem.map(0xa_0000, 0x1000, crate::Kind::Mmio);
    assert_eq!(bench.one().eip, 0x91);
}

#[test]
fn code_that_changes_is_seen_at_once() {
    // mov byte [cs:0106h], 42h; inc ax, which becomes inc dx
    let mut bench = Bench::new(Model::I80486, &[0x2e, 0xc6, 0x06, 6, 1, 0x42, 0x40]);
    bench.step(2);
    let changed = RealModeState { eip: IP, ..bench.state() };
    assert_eq!((changed.eax, changed.edx), (0, 1));
    bench.poke(CS, IP + 5, &[0x43]);
    bench.cpu.load_real_mode(&changed);
    bench.step(2);
    assert_eq!(bench.state().ebx, 1);
}

#[test]
fn reserved_bits_of_the_80386_read_as_ones_in_cr0_and_as_zeros_in_dr7() {
    // lmsw ax; smsw bx; mov ecx, cr0; mov edx, dr7; mov cr0, eax; mov eax, cr0
    let code = [0x0f, 1, 0xf0, 0x0f, 1, 0xe3, 0x0f, 0x20, 0xc1, 0x0f, 0x21, 0xfa, 0x0f, 0x22, 0xc0, 0x0f, 0x20, 0xc0];
    let mut bench = Bench::new(Model::I80386, &code).with(|state| state.eax = 2);
    bench.step(4);
    let state = bench.state();
    assert_eq!((state.ebx & 0xffff, state.ecx, state.edx), (0xffe2, 0x7ffe_ffe2, 0));
    bench.step(2);
    assert_eq!(bench.state().eax, 0x7ffe_ffe2);
}

#[test]
fn breakpoints_stay_armed_when_registers_are_loaded() {
    // mov dr0, eax; mov dr7, ebx
    let mut bench = Bench::new(Model::I80486, &[0x0f, 0x23, 0xc0, 0x0f, 0x23, 0xfb])
        .with(|state| (state.eax, state.ebx) = ((u32::from(CS) << 4) + IP, 2));
    bench.step(2);
    let state = RealModeState { eip: IP, ..bench.state() };
    bench.cpu.load_real_mode(&state);
    bench.cpu.check().unwrap();
    bench.step(1);
    bench.assert_interrupt(1);
}

#[test]
fn loading_registers_forgets_what_a_comparison_left() {
    // repe cmpsw, whose second element lies beyond the limit
    let mut bench = Bench::new(Model::I80486, &[0xf3, 0xa7])
        .with(|state| (state.ecx, state.esi, state.eflags) = (3, 0xfffd, flag::SF | flag::OF));
    bench.step(1);
    let state = CpuState { eflags: flag::CF, ..bench.cpu.state() };
    bench.cpu.load(&state).unwrap();
    bench.step(1);
    bench.assert_interrupt(13);
    let pushed = bench.word(SS, bench.state().esp + 4);
    assert_eq!(pushed & (flag::CF | flag::SF | flag::OF) as u16, flag::CF as u16);
}
