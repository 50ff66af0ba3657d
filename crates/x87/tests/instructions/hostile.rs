//! Random escapes with random operands: the unit stays legal, and what it saves comes back.

use beige_core::state::{StateReader, StateWriter};
use beige_testkit::Random;
use beige_x87::{Context, Escape, Fpu, Generation, Layout, OperandSize, Transfer};

const STEPS: usize = 100_000;

fn context(random: &mut Random) -> (Context, OperandSize) {
    let (layout, size) = match random.below(4) {
        0 => (Layout::Real16, OperandSize::Word),
        1 => (Layout::Protected16, OperandSize::Word),
        2 => (Layout::Real32, OperandSize::Dword),
        _ => (Layout::Protected32, OperandSize::Dword),
    };
    let [fip, fdp, flags] = [0; 3].map(|_| random.next_u64() as u32);
    (Context { fip, fcs: fip as u16, fdp, fds: fdp as u16, flags, layout }, size)
}

/// Bytes, most often of numbers that are near each other.
fn operand(random: &mut Random, count: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..count).map(|_| random.byte()).collect();
    if count == 10 && random.below(4) != 0 {
        let exponent = 0x3fff - 40 + random.below(80) as u16;
        bytes[8..].copy_from_slice(&exponent.to_le_bytes());
        bytes[7] |= 0x80;
    }
    bytes
}

fn step(fpu: &mut Fpu, random: &mut Random) {
    let escape = Escape::new(random.byte(), random.byte());
    let (context, size) = context(random);
    match escape.transfer(size) {
        Transfer::None => {
            fpu.execute(escape, &context, &[]);
        }
        Transfer::Read(count) => {
            let operand = operand(random, count);
            fpu.execute(escape, &context, &operand);
        }
        Transfer::Write(count) => {
            fpu.store(escape, &context, &mut vec![0; count]);
        }
    }
}

fn saved(fpu: &mut Fpu) -> Vec<u8> {
    let mut writer = StateWriter::default();
    fpu.visit(&mut writer);
    writer.finish()
}

#[test]
fn random_escapes_keep_the_unit_legal_and_its_state_comes_back() {
    for generation in [Generation::I8087, Generation::I80287, Generation::I80387, Generation::P6] {
        let mut random = Random::new(31);
        let mut fpu = Fpu::new(generation);
        for number in 0..STEPS {
            step(&mut fpu, &mut random);
            fpu.check().unwrap();
            if number % 1000 == 0 {
                let state = saved(&mut fpu);
                let mut loaded = Fpu::new(generation);
                let mut reader = StateReader::new(&state);
                loaded.visit(&mut reader);
                reader.finish().unwrap();
                assert_eq!(loaded, fpu);
            }
        }
    }
}

#[test]
fn an_escape_that_is_not_defined_changes_nothing() {
    let mut undefined = 0;
    for generation in [Generation::I80387, Generation::P6] {
        let mut random = Random::new(32);
        let mut fpu = Fpu::new(generation);
        for (opcode, modrm) in (0xd8..=0xdf).flat_map(|opcode| (0..=0xff).map(move |modrm| (opcode, modrm))) {
            step(&mut fpu, &mut random);
            let mut after = fpu;
            if after.execute(Escape::new(opcode, modrm), &context(&mut random).0, &[0; 108]).undefined {
                undefined += 1;
                assert_eq!(after, fpu, "{opcode:x} {modrm:x}");
            }
        }
    }
    assert!(undefined > 100, "only {undefined}");
}

#[test]
fn an_operand_that_is_cut_short_is_no_panic() {
    for opcode in 0xd8..=0xdf {
        for modrm in 0..=0xff {
            let mut fpu = Fpu::new(Generation::P6);
            let escape = Escape::new(opcode, modrm);
            fpu.execute(escape, &Context::default(), &[1]);
            fpu.store(escape, &Context::default(), &mut [0]);
            fpu.check().unwrap();
        }
    }
}

#[test]
fn a_state_that_cannot_be_is_refused() {
    let mut fpu = Fpu::new(Generation::I80387);
    let state = saved(&mut fpu);
    let mut refused = 0;
    for at in 0..state.len() {
        let mut broken = state.clone();
        broken[at] ^= 0x80;
        let mut loaded = Fpu::new(Generation::I80387);
        let mut reader = StateReader::new(&broken);
        loaded.visit(&mut reader);
        refused += usize::from(reader.finish().is_err() || loaded.check().is_err());
    }
    assert!(refused > 60, "only {refused} of {} are refused", state.len());
    let mut other = Fpu::new(Generation::P6);
    let mut reader = StateReader::new(&state);
    other.visit(&mut reader);
    assert!(reader.finish().is_err(), "another generation");
}
