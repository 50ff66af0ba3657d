//! Interrupts, traps, shadows and HLT.

use super::*;

/// STI; NOP; NOP; NOP.
const STI: [u8; 4] = [0xfb, 0x90, 0x90, 0x90];

#[test]
fn a_software_interrupt_pushes_flags_cs_and_the_next_ip() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xcd, 0x21]).with(|state| state.eflags = flag::IF | flag::CF);
        let flags = bench.state().eflags;
        bench.step(1);
        assert_eq!(bench.assert_interrupt(0x21), IP as u16 + 2);
        assert_eq!(bench.state().esp, 0x1000 - 6);
        assert_eq!(bench.word(SS, 0xffc), CS);
        assert_eq!(u32::from(bench.word(SS, 0xffe)), flags);
        assert!(!bench.cpu.interrupts_enabled());
        assert_eq!(bench.cpu.instructions(), 1);
    }
}

#[test]
fn iret_undoes_an_interrupt() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xcd, 0x21]).with(|state| state.eflags = flag::IF | flag::CF);
        bench.poke(HANDLERS, 0x2100, &[0xcf]);
        let before = bench.state();
        bench.step(2);
        assert_eq!(bench.state(), RealModeState { eip: IP + 2, ..before });
    }
}

#[test]
fn into_traps_on_overflow_only() {
    for (flags, taken) in [(0, false), (flag::OF, true)] {
        let mut bench = Bench::new(Model::I8086, &[0xce]).with(|state| state.eflags = flags);
        bench.step(1);
        assert_eq!(bench.cpu.last_interrupt(), taken.then_some(4));
    }
}

#[test]
fn an_interrupt_waits_for_one_instruction_after_sti() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &STI);
        bench.cpu.set_intr(true);
        bench.step(2);
        assert_eq!((bench.cpu.last_interrupt(), bench.state().eip), (None, IP + 2));
        bench.step(1);
        assert_eq!(bench.assert_interrupt(0x20), IP as u16 + 2);
        assert_eq!((bench.bus.acknowledged, bench.cpu.instructions()), (1, 3));
    }
}

#[test]
fn a_second_sti_casts_no_shadow() {
    let mut bench = Bench::new(Model::I80386, &[0xfb, 0xfb, 0x90]);
    bench.step(2);
    bench.cpu.set_intr(true);
    bench.step(1);
    assert_eq!(bench.assert_interrupt(0x20), IP as u16 + 2);
}

#[test]
fn an_interrupt_waits_for_one_instruction_after_a_load_of_ss() {
    for code in [[0x8e, 0xd0, 0x90, 0x90], [0x17, 0x90, 0x90, 0x90]] {
        for model in Model::ALL {
            let mut bench = Bench::new(model, &code).with(|state| (state.eflags, state.eax) = (flag::IF, 0x4000));
            bench.poke(SS, 0x1000, &[0, 0x40]);
            bench.step(1);
            bench.cpu.set_intr(true);
            bench.cpu.raise_nmi();
            bench.step(1);
            assert_eq!(bench.cpu.last_interrupt(), None, "{}", model.name());
            bench.step(1);
            assert_eq!(bench.cpu.last_interrupt(), Some(2));
        }
    }
}

#[test]
fn a_load_of_ds_holds_off_interrupts_on_the_8086_only() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0x8e, 0xd8, 0x90]).with(|state| state.eflags = flag::IF);
        bench.step(1);
        bench.cpu.set_intr(true);
        bench.step(1);
        assert_eq!(bench.cpu.last_interrupt().is_none(), model == Model::I8086, "{}", model.name());
    }
}

#[test]
fn an_interrupt_is_ignored_while_disabled_and_nmi_is_not() {
    let mut bench = Bench::new(Model::I80286, &[0x90, 0x90, 0x90]);
    bench.cpu.set_intr(true);
    bench.step(1);
    assert_eq!(bench.cpu.last_interrupt(), None);
    bench.cpu.raise_nmi();
    bench.step(1);
    bench.assert_interrupt(2);
}

#[test]
fn hlt_waits_for_an_enabled_interrupt() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0xfb, 0xf4, 0x90]);
        assert_eq!(bench.step(100), Stop::Halted);
        assert!(bench.cpu.is_halted());
        assert_eq!(bench.step(100), Stop::Halted);
        assert_eq!(bench.cpu.instructions(), 2);
        bench.cpu.set_intr(true);
        bench.step(1);
        assert!(!bench.cpu.is_halted());
        assert_eq!(bench.assert_interrupt(0x20), IP as u16 + 2);
    }
}

#[test]
fn hlt_with_interrupts_disabled_is_woken_by_nmi_only() {
    let mut bench = Bench::new(Model::I80486, &[0xf4]);
    bench.cpu.set_intr(true);
    assert_eq!(bench.step(100), Stop::Halted);
    bench.cpu.raise_nmi();
    bench.step(1);
    bench.assert_interrupt(2);
}

#[test]
fn sti_hlt_is_not_separated_by_an_interrupt() {
    let mut bench = Bench::new(Model::I80386, &[0xfb, 0xf4]);
    bench.cpu.set_intr(true);
    bench.step(3);
    assert_eq!(bench.assert_interrupt(0x20), IP as u16 + 2);
}

#[test]
fn single_step_traps_after_the_instruction_that_follows_popf() {
    for model in Model::ALL {
        let mut bench = Bench::new(model, &[0x9d, 0x90, 0x90]).with(|state| state.esp = 0x0ffe);
        bench.poke(SS, 0xffe, &[0, 1]);
        bench.step(2);
        assert_eq!(bench.cpu.last_interrupt(), None);
        bench.step(1);
        assert_eq!(bench.assert_interrupt(1), IP as u16 + 2, "{}", model.name());
        assert_eq!(bench.word(SS, bench.state().esp + 4) & 0x100, 0x100);
    }
}

#[test]
fn single_step_skips_the_instruction_after_a_load_of_ss() {
    for model in Model::ALL {
        let mut bench =
            Bench::new(model, &[0x8e, 0xd0, 0x90]).with(|state| (state.eax, state.eflags) = (0x4000, flag::TF));
        bench.step(3);
        assert_eq!(bench.assert_interrupt(1), IP as u16 + 3, "{}", model.name());
    }
}

#[test]
fn single_step_does_not_follow_a_software_interrupt() {
    let mut bench = Bench::new(Model::I80386, &[0xcd, 0x21]).with(|state| state.eflags = flag::TF);
    bench.poke(HANDLERS, 0x2100, &[0x90]);
    bench.step(2);
    assert_eq!((bench.cpu.last_interrupt(), bench.state().eip), (Some(0x21), 0x2101));
}

#[test]
fn single_step_traps_after_each_iteration_of_a_repetition() {
    let mut bench = Bench::new(Model::I80386, &[0xf3, 0xaa]).with(|state| (state.ecx, state.eflags) = (3, flag::TF));
    bench.step(2);
    assert_eq!(bench.assert_interrupt(1), IP as u16);
    assert_eq!(bench.state().ecx, 2);
}

#[test]
fn the_trap_comes_before_the_interrupt() {
    let mut bench = Bench::new(Model::I80286, &[0x90]).with(|state| state.eflags = flag::TF | flag::IF);
    bench.step(1);
    bench.cpu.set_intr(true);
    bench.step(1);
    bench.assert_interrupt(1);
}

#[test]
fn attention_ends_the_run_after_the_access() {
    let mut bench = Bench::new(Model::I80286, &[0x90, 0xe6, 0x80, 0x90, 0x90]);
    bench.bus.attention = true;
    assert_eq!(bench.step(100), Stop::Attention);
    assert_eq!((bench.cpu.instructions(), bench.bus.at), (2, 1));
    assert_eq!(bench.state().eip, IP + 3);
}
