//! The machines that tests run in: what passes, and that what is wrong does not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use beige_suite::Engine;
use beige_suite::case::{Exception, Registers, State, Test, register};
use beige_suite::run::{Runner, model_of};
use beige_suite::verdict::Field;
use register::{CS, DR7, EAX, EBX, EFLAGS, EIP, ES, ESP, SS};

const CODE: u32 = 0x2000_8000;

/// One instruction of ring 3 that falls through, with flat segments.
fn protected(bytes: &[u8]) -> Test {
    let mut before = State::default();
    for number in EAX..=DR7 {
        before.registers.set(number, 0);
    }
    for (number, value) in [(CS, 0x23), (SS, 0x2b), (register::DS, 0x2b), (ES, 0x2b), (ESP, 0x3000_8000)] {
        before.registers.set(number, value);
    }
    before.registers.set(EIP, CODE);
    before.registers.set(EFLAGS, 0x202);
    before.memory = (CODE..).zip(bytes.iter().copied()).collect();
    let mut after = State::default();
    after.registers.set(EIP, CODE + bytes.len() as u32);
    Test { bytes: bytes.to_vec(), before, after, ..Test::default() }
}

fn fields(test: &Test) -> Vec<Field> {
    let (model, setup) = model_of("HW87", Some(2), None).unwrap();
    let [found, by_blocks] = [Engine::Stepper, Engine::Blocks].map(|engine| {
        let verdict = Runner::new(model, setup, engine).run(test, true, &Registers::default()).unwrap();
        verdict.differences.into_iter().map(|difference| difference.field).collect::<Vec<_>>()
    });
    assert_eq!(found, by_blocks, "both engines find the same");
    found
}

#[test]
fn an_instruction_of_ring_3_writes_where_it_may() {
    // mov [ebx], al
    let mut test = protected(&[0x88, 0x03]);
    test.before.registers.set(EAX, 0x5a);
    test.before.registers.set(EBX, 0x1000_0010);
    assert_eq!(fields(&test), [Field::Memory(0x1000_0010)], "the recording lacks the byte");
    test.after.memory = vec![(0x1000_0010, 0x5a)];
    assert_eq!(fields(&test), []);
    // Over the tables of the machine, and where nothing is.
    for address in [0x1000, 0x4000_0000] {
        test.before.registers.set(EBX, address);
        let found = fields(&test);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&Field::Memory(address)) && found.contains(&Field::Memory(0x1000_0010)), "{found:?}");
    }
}

#[test]
fn the_block_core_does_a_test_by_the_handler_of_its_instruction() {
    let (model, setup) = model_of("HW32", Some(2), None).unwrap();
    let mut runner = Runner::new(model, setup, Engine::Blocks);
    // mov [ebx], al; cmp al, [ebx + 4]; bt eax, eax, which is the stepper's.
    for (bytes, slow) in [(&[0x88_u8, 0x03][..], 0), (&[0x3a, 0x43, 0x04], 0), (&[0x0f, 0xa3, 0xc0], 1)] {
        let mut test = protected(bytes);
        test.before.registers.set(register::EBX, 0x1000_0010);
        test.before.memory.push((0x1000_0010, 0));
        let before = runner.statistics();
        runner.run(&test, true, &Registers::default()).unwrap();
        let after = runner.statistics();
        assert_eq!(after.dispatched - before.dispatched, 1, "{bytes:x?}");
        assert_eq!((after.slow - before.slow, after.stepped - before.stepped), (slow, 0), "{bytes:x?}");
    }
}

#[test]
fn a_fault_is_known_by_its_vector_and_error_code() {
    // int 80h may not be called from ring 3.
    let mut test = protected(&[0xcd, 0x80]);
    test.after = State::default();
    test.exception = Some(Exception { number: 13, error_code: Some(0x402) });
    assert_eq!(fields(&test), []);
    test.exception = Some(Exception { number: 13, error_code: Some(0x403) });
    assert_eq!(fields(&test), [Field::ErrorCode]);
    test.exception = Some(Exception { number: 6, error_code: Some(0x402) });
    assert_eq!(fields(&test), [Field::Exception]);
    test.exception = None;
    assert_eq!(fields(&test), [Field::Exception]);
}

#[test]
fn overflow_is_a_trap_behind_the_instruction() {
    let mut test = protected(&[0xce]);
    test.before.registers.set(EFLAGS, 0xa02);
    test.exception = Some(Exception { number: 4, error_code: Some(0) });
    assert_eq!(fields(&test), []);
}

#[test]
fn a_repeated_instruction_runs_to_its_end() {
    // rep stosb
    let mut test = protected(&[0xf3, 0xaa]);
    test.before.registers.set(register::ECX, 3);
    test.before.registers.set(register::EDI, 0x1000_0ffe);
    test.before.registers.set(EAX, 7);
    test.after.registers.set(register::ECX, 0);
    test.after.registers.set(register::EDI, 0x1000_1001);
    test.after.memory = (0x1000_0ffe..0x1000_1001).map(|address| (address, 7)).collect();
    assert_eq!(fields(&test), []);
}

/// An image with ST of 1.0, and nothing else.
fn image(status: u16, first: u64) -> Box<[u8; 108]> {
    let mut image = Box::new([0; 108]);
    image[0..2].copy_from_slice(&0x037f_u16.to_le_bytes());
    image[4..6].copy_from_slice(&(status | 7 << 11).to_le_bytes());
    image[8..10].copy_from_slice(&0x3fff_u16.to_le_bytes());
    image[28..36].copy_from_slice(&first.to_le_bytes());
    image[36..38].copy_from_slice(&0x3fff_u16.to_le_bytes());
    image
}

const ONE: u64 = 1 << 63;

/// fchs, or f2xm1, of 1.0.
fn unary(modrm: u8) -> Test {
    let mut test = protected(&[0xd9, modrm]);
    test.before.fpu = Some(image(0, ONE));
    test.after.fpu = Some(image(0, ONE));
    test
}

#[test]
fn registers_of_the_x87_are_compared_to_the_bit_but_for_transcendental_results() {
    let mut change_sign = unary(0xe0);
    assert_eq!(fields(&change_sign), [Field::FpuRegister(0)]);
    change_sign.after.fpu.as_mut().unwrap()[37] = 0xbf;
    assert_eq!(fields(&change_sign), []);
    // 2 to the power of 1, less 1, is 1.
    for (last_place, expected) in [(0, vec![]), (2, vec![]), (3, vec![Field::FpuRegister(0)])] {
        let mut power = unary(0xf0);
        power.after.fpu = Some(image(0x0220, ONE + last_place));
        assert_eq!(fields(&power), expected, "{last_place} off");
    }
}

#[test]
fn a_numeric_error_that_nothing_in_the_image_explains_is_that_of_the_set_up() {
    let (model, setup) = model_of("HW87", Some(2), None).unwrap();
    let mut test = unary(0xe0);
    test.exception = Some(Exception { number: 16, error_code: None });
    let verdict = Runner::new(model, setup, Engine::Stepper).run(&test, true, &Registers::default()).unwrap();
    assert!(verdict.unexecuted && verdict.differences.is_empty());
    // With an invalid operation that is not masked, the instruction itself raises it.
    let waiting = || {
        let mut waiting = image(0x8081, ONE);
        waiting[0] = 0x7e;
        waiting
    };
    (test.before.fpu, test.after) = (Some(waiting()), State { fpu: Some(waiting()), ..State::default() });
    let verdict = Runner::new(model, setup, Engine::Stepper).run(&test, true, &Registers::default()).unwrap();
    assert!(!verdict.unexecuted && verdict.differences.is_empty(), "{:?}", verdict.differences);
}

#[test]
fn what_the_machine_does_not_have_is_refused() {
    let (model, setup) = model_of("HW32", Some(2), None).unwrap();
    let mut runner = Runner::new(model, setup, Engine::Stepper);
    let mut run = |test: &Test| runner.run(test, true, &Registers::default()).map(|_| ());
    let mut test = protected(&[0x90]);
    test.before.registers.set(ES, 0x33);
    assert!(run(&test).unwrap_err().contains("selector 0033"));
    let mut test = protected(&[0x90]);
    test.after.memory = vec![(0x1000, 0)];
    assert!(run(&test).unwrap_err().contains("00001000"));
    let mut test = protected(&[0x90]);
    test.before.registers.set(CS, 0x2b);
    assert!(run(&test).is_ok() || run(&test).is_err(), "no panic");
    assert!(run(&protected(&[0x90])).is_ok(), "and the next test runs");
}

#[test]
fn models_before_the_80386_have_no_32_bit_mode() {
    use beige_cpu::Model;
    assert!(model_of("HW32", Some(2), Some(Model::I80286)).is_err());
    assert!(model_of("HW32", Some(2), Some(Model::I80386)).is_ok());
    assert!(model_of("C286", Some(1), None).is_err(), "another mode of the 80286");
    assert!(model_of("V30", None, None).is_err());
    assert!(model_of("V30", None, Some(Model::I80186)).is_ok());
}
