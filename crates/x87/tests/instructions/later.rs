//! What came with the Pentium Pro, MMX and the Pentium II.

use crate::{C1, IE, MASKED, QUIET, SF, SUMMARY, UNMASKED, Unit, two};
use beige_x87::{F80, Generation};

const CF: u32 = 0x01;
const PF: u32 = 0x04;
const ZF: u32 = 0x40;

fn unit(control: u16, values: &[F80]) -> Unit {
    Unit::with(Generation::P6, control, values)
}

#[test]
fn conditional_moves_follow_the_flags() {
    // Group and place in it, and the flags that make it move.
    let table = [(0xda, 0xc1, CF), (0xda, 0xc9, ZF), (0xda, 0xd1, CF), (0xda, 0xd1, ZF), (0xda, 0xd9, PF)];
    for (opcode, modrm, flags) in table {
        for (flags, negated) in [(flags, false), (0, false), (flags, true), (0, true)] {
            let mut unit = unit(MASKED, &[F80::ONE, two()]);
            unit.context.flags = flags;
            unit.run(opcode + u8::from(negated), modrm);
            let moved = (flags != 0) != negated;
            assert_eq!(unit.fpu.stack(0), Some(if moved { two() } else { F80::ONE }), "{modrm:x} {flags:x} {negated}");
        }
    }
}

#[test]
fn a_conditional_move_of_nothing_is_a_stack_fault_whatever_the_flags() {
    let mut unit = unit(MASKED, &[F80::ONE]);
    unit.run(0xda, 0xc1);
    assert_eq!((unit.fpu.stack(0), unit.flags()), (Some(F80::INDEFINITE), IE | SF));
}

#[test]
fn comparisons_set_the_flags_of_the_cpu() {
    let table = [
        (two(), F80::ONE, 0),
        (F80::ONE, two(), CF),
        (F80::ONE, F80::ONE, ZF),
        (F80::zero(true), F80::ZERO, ZF),
        (QUIET, F80::ONE, ZF | PF | CF),
    ];
    for (a, b, flags) in table {
        let mut unit = unit(MASKED, &[a, b]);
        assert_eq!(unit.run(0xdb, 0xe9).flags, Some(flags), "FUCOMI {a:x?} {b:x?}");
        assert_eq!(unit.flags(), 0);
        assert_eq!(unit.run(0xdb, 0xf1).flags, Some(flags), "FCOMI {a:x?} {b:x?}");
        assert_eq!(unit.flags(), if flags & PF != 0 { IE } else { 0 });
        assert_eq!(unit.run(0xdf, 0xf1).flags, Some(flags), "FCOMIP");
        assert_eq!(unit.top(), 7);
    }
    let mut unit = unit(UNMASKED, &[QUIET, F80::ONE]);
    unit.context.flags = 0x0ad2;
    let flags = unit.run(0xdf, 0xf1).flags;
    assert_eq!(flags, Some(ZF), "an unmasked invalid operation leaves the flags");
    assert_eq!((unit.flags(), unit.top()), (IE | SUMMARY, 6));
}

#[test]
fn earlier_units_do_not_know_these() {
    for (opcode, modrm) in [(0xda, 0xc1), (0xdb, 0xc1), (0xdb, 0xe9), (0xdb, 0xf1), (0xdf, 0xe9), (0xdf, 0xf1)] {
        let mut unit = Unit::with(Generation::I80387, MASKED, &[F80::ONE, two()]);
        let before = unit.fpu;
        assert!(unit.run(opcode, modrm).undefined, "{opcode:x} {modrm:x}");
        assert_eq!(unit.fpu, before);
    }
}

#[test]
fn reserved_escapes_are_undefined() {
    for (opcode, modrm) in [(0xd9, 0x0d), (0xdb, 0x25), (0xdb, 0x35), (0xdd, 0x2d)] {
        assert!(unit(MASKED, &[]).read(opcode, modrm, &[]).undefined, "{opcode:x} {modrm:x}");
    }
    for (opcode, modrm) in [(0xd9, 0xd1), (0xd9, 0xe2), (0xd9, 0xef), (0xda, 0xe0), (0xde, 0xda), (0xdf, 0xe1)] {
        assert!(unit(MASKED, &[]).run(opcode, modrm).undefined, "{opcode:x} {modrm:x}");
    }
}

#[test]
fn mmx_registers_are_the_significands_by_number() {
    let mut unit = unit(MASKED, &[F80::ONE]);
    // ST is register 7.
    assert_eq!(unit.fpu.mmx(7), 1 << 63);
    unit.fpu.enter_mmx();
    unit.fpu.set_mmx(2, 0x1234_5678_9abc_def0);
    assert_eq!((unit.top(), unit.fpu.tags()), (0, 0b00_01_01_01_01_10_01_01));
    assert_eq!(unit.fpu.stack(2), Some(F80 { sign_exponent: 0xffff, significand: 0x1234_5678_9abc_def0 }));
    unit.fpu.emms();
    assert_eq!((unit.top(), unit.fpu.tags()), (0, 0xffff));
}

#[test]
fn the_image_of_fxsave_comes_back() {
    let mut before = unit(MASKED, &[F80::ONE, two(), QUIET]);
    before.context.fip = 0x1234_5678;
    before.context.fcs = 0x1b;
    before.run(0xd9, 0xe0);
    let mut image = [0xee; 512];
    before.fpu.fxsave(&mut image);
    assert_eq!(image[..2], MASKED.to_le_bytes());
    assert_eq!(image[4], 0b1110_0000, "a bit for each register that is not empty");
    assert_eq!(image[6..14], [0xe0, 0x01, 0x78, 0x56, 0x34, 0x12, 0x1b, 0x00]);
    assert_eq!(image[32..42], F80::ONE.negated().to_bytes());
    assert_eq!((image[5], image[42], image[24]), (0xee, 0xee, 0xee), "reserved bytes stay");
    let mut after = unit(UNMASKED, &[]);
    after.fpu.fxrstor(&image);
    assert_eq!(after.fpu, before.fpu);
    assert_eq!(after.flags() & C1, 0);
}
