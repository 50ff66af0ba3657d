//! Stack faults, and exceptions that are not masked.

use crate::{C0, C1, C2, C3, DE, DENORMAL, IE, MASKED, OE, PE, SF, SIGNALING, SUMMARY, UE, UNMASKED, Unit, ZE, two};
use beige_x87::{F80, Generation::I80387};

#[test]
fn a_push_onto_a_full_stack_overflows() {
    for (control, pushed) in [(MASKED, true), (UNMASKED, false)] {
        let mut unit = Unit::with(I80387, control, &[F80::ONE; 8]);
        unit.run(0xd9, 0xee);
        let expected = if pushed { (F80::INDEFINITE, 7, 0) } else { (F80::ONE, 0, SUMMARY) };
        assert_eq!((unit.fpu.stack(0).unwrap(), unit.top(), unit.flags() & SUMMARY), expected);
        assert_eq!(unit.flags() & !SUMMARY, IE | SF | C1);
    }
}

#[test]
fn an_operation_on_an_empty_register_underflows() {
    for (control, result) in [(MASKED, F80::INDEFINITE), (UNMASKED, F80::ONE)] {
        let mut unit = Unit::with(I80387, control, &[F80::ONE]);
        unit.run(0xd8, 0xc1);
        assert_eq!(unit.fpu.stack(0), Some(result));
        assert_eq!(unit.flags() & !SUMMARY, IE | SF);
    }
}

#[test]
fn a_store_of_an_empty_register_writes_the_indefinite_or_nothing() {
    let mut unit = Unit::with(I80387, MASKED, &[]);
    assert_eq!(unit.write(0xd9, 0x1d), Some(0xffc0_0000_u32.to_le_bytes()));
    assert_eq!(unit.top(), 1, "it popped");
    assert_eq!(unit.write(0xdf, 0x15), Some(0x8000_u16.to_le_bytes()));
    assert_eq!(unit.write(0xdf, 0x35), Some([0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff]));
    assert_eq!(unit.write(0xdb, 0x3d), Some(F80::INDEFINITE.to_bytes()));
    let mut unit = Unit::with(I80387, UNMASKED, &[]);
    assert_eq!(unit.write::<4>(0xd9, 0x1d), None);
    assert_eq!((unit.top(), unit.flags()), (0, IE | SF | SUMMARY));
}

#[test]
fn an_exchange_with_an_empty_register_fills_it_with_the_indefinite() {
    let mut unit = Unit::with(I80387, MASKED, &[F80::ONE]);
    unit.run(0xd9, 0xc9);
    assert_eq!((unit.fpu.stack(0), unit.fpu.stack(1)), (Some(F80::INDEFINITE), Some(F80::ONE)));
    let mut unit = Unit::with(I80387, UNMASKED, &[F80::ONE]);
    unit.run(0xd9, 0xc9);
    assert_eq!((unit.fpu.stack(0), unit.fpu.stack(1)), (Some(F80::ONE), None));
}

#[test]
fn an_unmasked_exception_before_the_operation_leaves_the_operands() {
    let zero = F80::ZERO;
    let table = [(0xf1, SIGNALING, IE), (0xf1, DENORMAL, DE), (0xf9, zero, ZE)];
    for (modrm, other, flag) in table {
        let mut unit = Unit::with(I80387, UNMASKED, &[other, F80::ONE]);
        // FDIVP and FDIVRP: nothing is stored or popped.
        unit.run(0xde, modrm);
        assert_eq!((unit.fpu.stack(0), unit.fpu.stack(1)), (Some(other), Some(F80::ONE)));
        assert_eq!((unit.flags(), unit.top()), (flag | SUMMARY, 6));
        assert!(unit.fpu.error_pending());
    }
}

#[test]
fn unmasked_overflow_and_underflow_store_an_adjusted_result_in_a_register() {
    let largest = F80::new(false, 0x7ffe, 1 << 63);
    let mut unit = Unit::with(I80387, UNMASKED, &[largest, two()]);
    unit.run(0xd8, 0xc9);
    assert_eq!(unit.fpu.stack(0), Some(F80::new(false, 0x7fff - 24576, 1 << 63)));
    assert_eq!(unit.flags(), OE | SUMMARY);
    let least = F80::new(false, 1, 1 << 63);
    let mut unit = Unit::with(I80387, UNMASKED, &[least, two()]);
    unit.run(0xd8, 0xf1);
    assert_eq!(unit.fpu.stack(0), Some(F80::new(false, 24576, 1 << 63)));
    assert_eq!(unit.flags(), UE | SUMMARY);
}

#[test]
fn unmasked_overflow_and_underflow_hold_back_a_store_to_memory() {
    for (exponent, flag) in [(0x7000, OE), (0x1000, UE)] {
        let value = F80::new(false, exponent, u64::MAX);
        let mut unit = Unit::with(I80387, UNMASKED, &[value]);
        assert_eq!(unit.write::<8>(0xdd, 0x1d), None);
        assert_eq!((unit.flags(), unit.fpu.stack(0)), (flag | SUMMARY, Some(value)));
    }
    // An inexact store is done all the same.
    let mut unit = Unit::with(I80387, UNMASKED, &[F80::new(false, 0x3fff, u64::MAX)]);
    assert_eq!(unit.write(0xd9, 0x1d), Some(0x4000_0000_u32.to_le_bytes()));
    assert_eq!((unit.flags(), unit.fpu.stack(0)), (PE | C1 | SUMMARY, None));
}

#[test]
fn a_denormal_of_memory_counts_though_it_is_normal_in_a_register() {
    let short_denormal = [1, 0, 0, 0];
    let mut unit = Unit::with(I80387, MASKED, &[F80::ONE]);
    unit.read(0xd8, 0x05, &short_denormal);
    assert_eq!(unit.flags(), DE | PE);
    let mut unit = Unit::with(I80387, UNMASKED, &[F80::ONE]);
    unit.read(0xd8, 0x05, &short_denormal);
    assert_eq!((unit.flags(), unit.fpu.stack(0)), (DE | SUMMARY, Some(F80::ONE)));
    // A signaling NaN goes first.
    let mut unit = Unit::with(I80387, MASKED, &[SIGNALING]);
    unit.read(0xd8, 0x05, &short_denormal);
    assert_eq!((unit.flags(), unit.fpu.stack(0)), (IE, Some(SIGNALING.quieted())));
}

#[test]
fn a_comparison_of_what_has_no_order_sets_all_codes() {
    let mut unit = Unit::with(I80387, MASKED, &[crate::QUIET, F80::ONE]);
    unit.run(0xdd, 0xe1);
    assert_eq!(unit.flags(), C3 | C2 | C0, "FUCOM takes a quiet NaN");
    unit.run(0xd8, 0xd1);
    assert_eq!(unit.flags(), C3 | C2 | C0 | IE, "FCOM does not");
    let mut unit = Unit::with(I80387, MASKED, &[]);
    unit.run(0xda, 0xe9);
    assert_eq!((unit.flags(), unit.top()), (C3 | C2 | C0 | IE | SF, 2), "FUCOMPP of nothing pops twice");
}

#[test]
fn unsupported_encodings_are_invalid_since_the_80387() {
    for value in [F80::new(false, 5, 1), F80::new(false, 0x7fff, 0), F80::new(true, 0x7fff, 1), F80::new(true, 5, 0)] {
        let mut unit = Unit::with(I80387, MASKED, &[value, F80::ONE]);
        unit.run(0xd8, 0xc1);
        assert_eq!((unit.flags(), unit.fpu.stack(0)), (IE, Some(F80::INDEFINITE)), "{value:x?}");
    }
}

#[test]
fn a_pseudo_denormal_is_the_number_with_exponent_one() {
    let mut unit = Unit::with(I80387, MASKED, &[F80::new(false, 0, 1 << 63), F80::ZERO]);
    unit.run(0xd8, 0xc1);
    assert_eq!((unit.flags(), unit.fpu.stack(0)), (DE, Some(F80::new(false, 1, 1 << 63))));
}
