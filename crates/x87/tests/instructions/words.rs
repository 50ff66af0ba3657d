//! Control, status and tag word; the instructions of control; pushes, pops and constants.

use crate::{C0, C1, C2, C3, MASKED, SUMMARY, UNMASKED, Unit, ZE};
use beige_x87::{Escape, F80, Fpu, Generation};

const ALL: [Generation; 4] = [Generation::I8087, Generation::I80287, Generation::I80387, Generation::P6];

#[test]
fn initialization_sets_the_words_by_generation_and_empties_the_registers() {
    for generation in ALL {
        let mut unit = Unit::with(generation, MASKED, &[F80::ONE]);
        unit.run(0xd9, 0xe1);
        unit.run(0xdb, 0xe3);
        let control = if generation.is_early() { 0x03ff } else { 0x037f };
        assert_eq!(unit.fpu.control(), control, "{generation:?}");
        assert_eq!((unit.fpu.status(), unit.fpu.tags()), (0, 0xffff));
    }
}

#[test]
fn the_control_word_keeps_the_bits_that_exist() {
    for (generation, all_ones, zeros) in [
        (Generation::I8087, 0x1fff, 0),
        (Generation::I80287, 0x1fff, 0),
        (Generation::I80387, 0x1f7f, 0x40),
        (Generation::P6, 0x1f7f, 0x40),
    ] {
        let mut unit = Unit::with(generation, 0xffff, &[]);
        assert_eq!(unit.write(0xd9, 0x3d), Some(u16::to_le_bytes(all_ones)), "{generation:?}");
        unit.read(0xd9, 0x2d, &[0, 0]);
        assert_eq!(unit.write(0xd9, 0x3d), Some(u16::to_le_bytes(zeros)), "{generation:?}");
    }
}

#[test]
fn unmasking_a_flag_that_is_set_raises_the_summary_and_clearing_lowers_it() {
    let mut unit = Unit::with(Generation::I80387, MASKED, &[F80::ZERO, F80::ONE]);
    unit.run(0xd8, 0xf9);
    assert_eq!((unit.flags(), unit.fpu.error_pending()), (ZE, false));
    unit.read(0xd9, 0x2d, &UNMASKED.to_le_bytes());
    assert_eq!((unit.flags(), unit.fpu.error_pending()), (ZE | SUMMARY, true));
    unit.run(0xdb, 0xe2);
    assert_eq!((unit.flags(), unit.fpu.error_pending()), (0, false));
}

#[test]
fn the_8087_waits_only_while_its_interrupt_is_enabled() {
    let mut unit = Unit::with(Generation::I8087, UNMASKED, &[F80::ZERO, F80::ONE]);
    unit.run(0xd8, 0xf9);
    assert!(unit.fpu.error_pending());
    unit.run(0xdb, 0xe1);
    assert!(!unit.fpu.error_pending(), "FNDISI");
    assert_eq!(unit.fpu.status() & SUMMARY, 0x80, "the request stands");
    unit.run(0xdb, 0xe0);
    assert!(unit.fpu.error_pending(), "FNENI");
}

#[test]
fn some_instructions_of_control_do_not_wait() {
    let waits = |fpu: &Fpu, opcode, modrm| fpu.is_waiting(Escape::new(opcode, modrm));
    for generation in ALL {
        let fpu = Fpu::new(generation);
        for (opcode, modrm) in [
            (0xdb, 0xe2),
            (0xdb, 0xe3),
            (0xd9, 0x3d),
            (0xdd, 0x3d),
            (0xd9, 0x35),
            (0xdd, 0x35),
            (0xdb, 0xe0),
            (0xdb, 0xe4),
        ] {
            assert!(!waits(&fpu, opcode, modrm), "{opcode:x} {modrm:x} {generation:?}");
        }
        for (opcode, modrm) in [(0xd9, 0x2d), (0xd9, 0x25), (0xdd, 0x25), (0xd9, 0xd0), (0xd8, 0xc1), (0xdd, 0x1d)] {
            assert!(waits(&fpu, opcode, modrm), "{opcode:x} {modrm:x} {generation:?}");
        }
        assert_eq!(waits(&fpu, 0xdf, 0xe0), generation == Generation::I8087, "FNSTSW AX");
    }
}

#[test]
fn the_status_word_goes_to_ax_since_the_80287() {
    for generation in ALL {
        let mut unit = Unit::with(generation, MASKED, &[F80::ONE]);
        let expected = (generation != Generation::I8087).then_some(7 << 11);
        assert_eq!(unit.run(0xdf, 0xe0).ax, expected, "{generation:?}");
    }
}

#[test]
fn fxam_names_every_class() {
    let table = [
        (F80::new(true, 5, 1), C1),
        (crate::QUIET, C0),
        (F80::ONE.negated(), C2 | C1),
        (F80::INFINITY, C2 | C0),
        (F80::zero(true), C3 | C1),
        (crate::DENORMAL, C3 | C2),
    ];
    for (value, codes) in table {
        let mut unit = Unit::with(Generation::I80387, MASKED, &[value]);
        unit.run(0xd9, 0xe5);
        assert_eq!(unit.flags(), codes, "{value:x?}");
        unit.run(0xdd, 0xc0);
        unit.run(0xd9, 0xe5);
        assert_eq!(unit.flags(), C3 | C0 | if value.sign() { C1 } else { 0 }, "empty");
    }
}

#[test]
fn the_tag_word_follows_what_the_registers_hold() {
    let values = [F80::ONE, F80::ZERO, F80::INFINITY, crate::DENORMAL, crate::QUIET, F80::new(false, 5, 1)];
    let unit = Unit::with(Generation::I80387, MASKED, &values);
    // ST is register 2: valid, zero, then four that are special; registers 0 and 1 are empty.
    assert_eq!(unit.fpu.tags(), 0b10_10_10_10_01_00_11_11);
}

#[test]
fn the_pointer_of_the_stack_moves_without_regard_to_tags() {
    let mut unit = Unit::with(Generation::I80387, MASKED, &[F80::ONE]);
    unit.run(0xd9, 0xf7);
    assert_eq!((unit.top(), unit.fpu.stack(0), unit.fpu.stack(7)), (0, None, Some(F80::ONE)));
    unit.run(0xd9, 0xf6);
    assert_eq!((unit.top(), unit.fpu.stack(0)), (7, Some(F80::ONE)));
}

#[test]
fn constants_round_by_rounding_control_since_the_80387() {
    let pi = |last: u64| F80::new(false, 0x4000, 0xc90f_daa2_2168_c230 | last);
    for (generation, rounding, last) in [
        (Generation::I80387, 0x000, 5),
        (Generation::I80387, 0x400, 4),
        (Generation::I80387, 0x800, 5),
        (Generation::I80387, 0xc00, 4),
        (Generation::I80287, 0xc00, 5),
        (Generation::I8087, 0x400, 5),
    ] {
        let mut unit = Unit::with(generation, MASKED | rounding, &[]);
        unit.run(0xd9, 0xeb);
        assert_eq!((unit.fpu.stack(0), unit.flags()), (Some(pi(last)), 0), "{generation:?} {rounding:x}");
    }
}
