//! The coprocessor as a program meets it.

use super::*;

/// fldcw [0], with 0340h: every exception unmasked; fld1; fldz; fdivp, which divides by zero.
const DIVIDE_BY_ZERO: [u8; 10] = [0xd9, 0x2e, 0, 0, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9];

fn dividing_by_zero(model: Model, after: &[u8]) -> Bench {
    let mut code = DIVIDE_BY_ZERO.to_vec();
    code.extend_from_slice(after);
    let mut bench = Bench::new(model, &code).with_coprocessor(true);
    bench.poke(DS, 0, &[0x40, 0x03]);
    bench
}

#[test]
fn coprocessor_instructions_do_nothing_without_one() {
    for model in Model::ALL {
        // fninit; fnstsw [0]; fnstcw [2]
        let mut bench = Bench::new(model, &[0xdb, 0xe3, 0xdd, 0x3e, 0, 0, 0xd9, 0x3e, 2, 0]).with_coprocessor(false);
        bench.poke(DS, 0, &[0x5a, 0x5a, 0x5a, 0x5a]);
        let before = bench.state();
        bench.step(3);
        assert_eq!(RealModeState { eip: IP, ..bench.state() }, before, "{}", model.name());
        assert_eq!(bench.peek(DS, 0), [0x5a; 4]);
    }
}

#[test]
fn coprocessor_instructions_trap_when_emulated_or_after_a_task_switch() {
    for (machine_status, escape, wait) in [(4, true, false), (8, true, false), (10, true, true), (2, false, false)] {
        for (opcode, expected) in [(0xd8, escape), (0x9b, wait)] {
            // lmsw ax; the instruction
            let mut bench =
                Bench::new(Model::I80286, &[0x0f, 0x01, 0xf0, opcode, 0xc0]).with(|state| state.eax = machine_status);
            bench.step(2);
            assert_eq!(bench.cpu.last_interrupt(), expected.then_some(7), "{machine_status} {opcode:x}");
        }
    }
}

#[test]
fn every_model_has_one_when_asked_for_and_tells_programs_so() {
    for model in Model::ALL {
        // fninit; fnstsw [0]; fnstcw [2]
        let mut bench = Bench::new(model, &[0xdb, 0xe3, 0xdd, 0x3e, 0, 0, 0xd9, 0x3e, 2, 0]).with_coprocessor(true);
        bench.poke(DS, 0, &[0x5a, 0x5a, 0x5a, 0x5a]);
        bench.step(3);
        let [a, b, c, d] = bench.peek(DS, 0);
        assert_eq!((u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]) & 0x103f), (0, 0x103f & 0x033f));
    }
}

#[test]
fn with_ne_an_error_is_exception_16_of_the_next_instruction_that_waits() {
    // mov eax, cr0; or al, 20h; mov cr0, eax come first; fnstsw ax does not wait; fwait does.
    let mut code = vec![0x0f, 0x20, 0xc0, 0x0c, 0x20, 0x0f, 0x22, 0xc0];
    code.extend(DIVIDE_BY_ZERO);
    code.extend([0xdf, 0xe0, 0x9b]);
    let mut bench = Bench::new(Model::I80486, &code);
    bench.poke(DS, 0, &[0x40, 0x03]);
    bench.step(8);
    assert_eq!(bench.state().eax & 0x84, 0x84, "ES and ZE");
    assert!(bench.bus.numeric_errors.is_empty(), "no wire tells");
    bench.step(1);
    bench.assert_interrupt(16);
}

#[test]
fn without_ne_a_wire_tells_and_instructions_wait_until_the_error_is_ignored() {
    for model in [Model::I80286, Model::I80386, Model::I80486] {
        // fld1; fnclex
        let mut bench = dividing_by_zero(model, &[0xd9, 0xe8, 0xdb, 0xe2]);
        bench.step(4);
        assert_eq!(bench.bus.numeric_errors, [true], "{}", model.name());
        let waiting = bench.state().eip;
        bench.step(5);
        assert_eq!(bench.state().eip, waiting, "it waits");
        bench.bus.ignores_numeric_errors = true;
        bench.step(1);
        assert_eq!(bench.state().eip, waiting + 2);
        bench.step(1);
        assert_eq!(bench.bus.numeric_errors, [true, false], "{}", model.name());
    }
}

#[test]
fn an_interrupt_ends_the_wait_and_returns_to_the_instruction() {
    let mut bench = dividing_by_zero(Model::I80486, &[0x9b]).with(|state| state.eflags |= flag::IF);
    bench.step(6);
    let waiting = bench.state().eip;
    bench.cpu.set_intr(true);
    bench.step(1);
    bench.assert_interrupt(0x20);
    let sp = bench.state().esp;
    assert_eq!(bench.peek::<2>(SS, sp), (waiting as u16).to_le_bytes());
}

#[test]
fn a_store_that_faults_leaves_the_unit_as_it_was() {
    // fld1; fstp tword [0fff8h]
    let mut bench = Bench::new(Model::I80486, &[0xd9, 0xe8, 0xdb, 0x3e, 0xf8, 0xff]);
    bench.step(1);
    let before = *bench.cpu.fpu().unwrap();
    bench.step(1);
    bench.assert_interrupt(13);
    assert_eq!(*bench.cpu.fpu().unwrap(), before);
}

#[test]
fn operands_out_of_line_are_exception_17_by_their_size() {
    // fld qword, fld tword, fld dword, fild word, fnstenv, 16-bit fnstenv: the alignment of each.
    for (code, alignment) in [
        (&[0xdd, 0x06][..], 8),
        (&[0xdb, 0x2e], 8),
        (&[0xd9, 0x06], 4),
        (&[0xdf, 0x06], 2),
        (&[0xd9, 0x36], 4),
        (&[0x66, 0xd9, 0x36], 2),
    ] {
        for model in from(Model::I80486) {
            for address in [0x7008, 0x7004, 0x7002, 0x7001] {
                let mut bench = pentium::flat(model, 3, code);
                let state = bench.cpu.state();
                let general = [0, 0, 0, 0, 0x6000, 0, address, 0];
                bench.cpu.load(&CpuState { general, eflags: flag::AC, cr0: 0x4_0011, ..state }).unwrap();
                bench.step(1);
                let faults = address % alignment != 0;
                assert_eq!(bench.cpu.last_interrupt(), faults.then_some(17), "{code:x?} at {address:x}");
            }
        }
    }
}
