//! What the 8087 and the 80287 do otherwise.

use crate::{C0, C2, C3, DE, DENORMAL, IE, MASKED, OE, PE, QUIET, UE, Unit, two};
use beige_x87::{F80, Generation};

/// The value 1, with its integer bit one place too low.
const UNNORMAL_ONE: F80 = F80::new(false, 0x4000, 1 << 62);
/// Affine infinity.
const AFFINE: u16 = 0x1000;

fn unit(control: u16, values: &[F80]) -> Unit {
    Unit::with(Generation::I80287, control, values)
}

#[test]
fn an_unnormal_is_a_number_to_add_and_multiply_with() {
    for modrm in [0xc1, 0xc9] {
        let mut unit = unit(MASKED, &[UNNORMAL_ONE, F80::ONE]);
        unit.run(0xd8, modrm);
        let result = if modrm == 0xc1 { two() } else { F80::ONE };
        assert_eq!((unit.fpu.stack(0), unit.flags()), (Some(result), 0));
    }
}

#[test]
fn an_unnormal_without_a_one_in_it_is_a_zero_to_add_with() {
    for exponent in [1, 0x3f, 0x40, 0x41, 0x4000, 0x7ffe] {
        let mut unit = unit(MASKED, &[F80::new(false, exponent, 0), F80::ONE]);
        unit.run(0xd8, 0xc1);
        assert_eq!((unit.fpu.stack(0), unit.flags()), (Some(F80::ONE), 0), "{exponent:x}");
    }
}

#[test]
fn an_unnormal_or_denormal_divisor_root_or_integer_is_invalid() {
    for value in [UNNORMAL_ONE, DENORMAL] {
        let flags = if value == DENORMAL { IE | DE } else { IE };
        for (opcode, modrm) in [(0xd8, 0xf9), (0xd9, 0xfa)] {
            let mut unit = unit(MASKED, &[value, F80::ONE]);
            unit.run(opcode, modrm);
            assert_eq!((unit.fpu.stack(0), unit.flags()), (Some(F80::INDEFINITE), flags), "{modrm:x}");
        }
        let mut unit = unit(MASKED, &[value]);
        unit.fpu.execute(beige_x87::Escape::new(0xdb, 0xe2), &unit.context, &[]);
        assert_eq!(unit.write(0xdb, 0x1d), Some(0x8000_0000_u32.to_le_bytes()));
        assert_eq!(unit.flags(), IE);
    }
}

#[test]
fn every_nan_is_invalid_and_the_larger_one_is_kept() {
    let larger = F80::new(true, 0x7fff, 3 << 62 | 9);
    let mut unit = unit(MASKED, &[QUIET, larger]);
    unit.run(0xd8, 0xc1);
    assert_eq!((unit.fpu.stack(0), unit.flags()), (Some(larger), IE));
}

#[test]
fn infinity_has_a_sign_only_under_affine_closure() {
    let infinities = [F80::INFINITY, F80::INFINITY];
    let mut projective = unit(MASKED, &infinities);
    projective.run(0xd8, 0xc1);
    assert_eq!((projective.fpu.stack(0), projective.flags()), (Some(F80::INDEFINITE), IE));
    let mut affine = unit(MASKED | AFFINE, &infinities);
    affine.run(0xd8, 0xc1);
    assert_eq!((affine.fpu.stack(0), affine.flags()), (Some(F80::INFINITY), 0));
    let mut projective = unit(MASKED, &[F80::INFINITY, F80::ONE]);
    projective.run(0xd8, 0xd1);
    assert_eq!(projective.flags(), C3 | C2 | C0 | IE);
    let mut projective = unit(MASKED, &[F80::INFINITY, F80::infinity(true)]);
    projective.run(0xd8, 0xd1);
    assert_eq!(projective.flags(), C3, "one infinity is equal to itself");
    // The 80387 has one kind only.
    let mut late = Unit::with(Generation::I80387, MASKED, &infinities);
    late.run(0xd8, 0xc1);
    assert_eq!(late.fpu.stack(0), Some(F80::INFINITY));
}

#[test]
fn the_well_known_test_of_infinities_tells_an_80287_from_an_80387() {
    // FINIT, FLD1, FLDZ, FDIV, FLD ST, FCHS, FCOMPP: equal under projective closure.
    for (generation, equal) in [(Generation::I8087, true), (Generation::I80287, true), (Generation::I80387, false)] {
        let mut unit = Unit::new(generation);
        for (opcode, modrm) in
            [(0xdb, 0xe3), (0xd9, 0xe8), (0xd9, 0xee), (0xde, 0xf9), (0xd9, 0xc0), (0xd9, 0xe0), (0xde, 0xd9)]
        {
            unit.run(opcode, modrm);
        }
        assert_eq!(unit.flags() & C3 != 0, equal, "{generation:?}");
    }
}

#[test]
fn a_stack_fault_is_an_invalid_operation_like_any_other() {
    let mut unit = unit(MASKED, &[]);
    unit.run(0xd9, 0xfa);
    assert_eq!(unit.flags(), IE);
}

#[test]
fn chopped_overflow_and_underflow_are_answered_otherwise() {
    const CHOP: u16 = 0x0c00;
    let largest = F80::new(false, 0x7ffe, u64::MAX);
    let mut chopped = unit(MASKED | CHOP, &[largest, two()]);
    chopped.run(0xd8, 0xc9);
    assert_eq!((chopped.fpu.stack(0), chopped.flags()), (Some(F80::INFINITY), PE));
    let least = F80::new(false, 1, 1 << 63);
    let mut chopped = unit(MASKED | CHOP, &[least, two()]);
    chopped.run(0xd8, 0xf1);
    assert_eq!(chopped.flags(), UE, "tiny, though exact");
    // Unmasked: not rounded, not reported inexact.
    let mut unmasked = unit(0x0300, &[largest, F80::new(false, 0x4000, u64::MAX)]);
    unmasked.run(0xd8, 0xc9);
    assert_eq!(unmasked.flags(), OE | 0x80);
    assert_eq!(unmasked.fpu.stack(0), Some(F80::new(false, 0x7fff - 24576 + 1, u64::MAX - 1)));
}

#[test]
fn an_unmasked_denormal_goes_before_everything() {
    let mut unit = unit(MASKED & !DE, &[QUIET, DENORMAL]);
    unit.run(0xd8, 0xc1);
    assert_eq!(unit.flags(), DE | 0x80);
}

#[test]
fn a_denormal_is_not_reported_by_fxtract_and_the_functions() {
    // FXTRACT, F2XM1, FPATAN.
    for modrm in [0xf4, 0xf0, 0xf3] {
        let mut unit = unit(MASKED, &[F80::ONE, DENORMAL, F80::ONE]);
        // The load has reported it: clear that, and bring it to the top.
        unit.run(0xdb, 0xe2);
        unit.run(0xd9, 0xc9);
        unit.run(0xd9, modrm);
        assert_eq!(unit.flags() & DE, 0, "{modrm:x}");
    }
}

#[test]
fn a_denormal_temporary_real_is_reported_when_loaded() {
    assert_eq!(unit(MASKED, &[DENORMAL]).flags(), DE);
    assert_eq!(Unit::with(Generation::I80387, MASKED, &[DENORMAL]).flags(), 0);
}

#[test]
fn fxtract_of_zero_and_infinity() {
    let mut zero = unit(MASKED, &[F80::ZERO]);
    zero.run(0xd9, 0xf4);
    assert_eq!((zero.fpu.stack(0), zero.fpu.stack(1), zero.flags()), (Some(F80::ZERO), Some(F80::ZERO), 0));
    let mut infinity = unit(MASKED, &[F80::INFINITY]);
    infinity.run(0xd9, 0xf4);
    assert_eq!(infinity.flags(), IE);
}

#[test]
fn instructions_of_later_units_do_nothing() {
    // FPREM1, FUCOM, FUCOMPP, FCMOVB, FCOMI.
    for (opcode, modrm) in [(0xd9, 0xf5), (0xdd, 0xe1), (0xda, 0xe9), (0xda, 0xc1), (0xdb, 0xf1)] {
        let mut unit = unit(MASKED, &[F80::ONE, two()]);
        let before = unit.fpu;
        let done = unit.run(opcode, modrm);
        assert!(!done.undefined && done.flags.is_none());
        assert_eq!((unit.fpu.status(), unit.fpu.stack(0)), (before.status(), before.stack(0)), "{opcode:x} {modrm:x}");
    }
}
