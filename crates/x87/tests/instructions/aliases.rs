//! Encodings that no manual lists: each does what its documented twin does.

use crate::{MASKED, Unit, two};
use beige_x87::{F80, Generation};

fn unit() -> Unit {
    Unit::with(Generation::I80387, MASKED, &[F80::ONE, two(), F80::ZERO, two()])
}

#[test]
fn aliases_do_what_the_documented_instruction_does() {
    // FCOM2, FCOMP3, FCOMP5, FXCH4, FXCH7, FSTP1, FSTP8, FSTP9, each of ST(2).
    let table = [
        ((0xdc, 0xd2), (0xd8, 0xd2)),
        ((0xdc, 0xda), (0xd8, 0xda)),
        ((0xde, 0xd2), (0xd8, 0xda)),
        ((0xdd, 0xca), (0xd9, 0xca)),
        ((0xdf, 0xca), (0xd9, 0xca)),
        ((0xd9, 0xda), (0xdd, 0xda)),
        ((0xdf, 0xd2), (0xdd, 0xda)),
        ((0xdf, 0xda), (0xdd, 0xda)),
    ];
    for ((opcode, modrm), twin) in table {
        let (mut alias, mut documented) = (unit(), unit());
        assert!(!alias.run(opcode, modrm).undefined);
        documented.run(twin.0, twin.1);
        assert_eq!(alias.fpu.status(), documented.fpu.status(), "{opcode:x} {modrm:x}");
        for place in 0..8 {
            assert_eq!(alias.fpu.stack(place), documented.fpu.stack(place), "{opcode:x} {modrm:x}");
        }
    }
}

#[test]
fn fstp1_of_an_empty_register_only_pops() {
    let mut unit = Unit::with(Generation::I80387, MASKED, &[]);
    unit.run(0xd9, 0xd9);
    assert_eq!((unit.flags(), unit.top(), unit.fpu.tags()), (0, 1, 0xffff));
}

#[test]
fn ffreep_frees_a_register_and_pops() {
    let mut unit = unit();
    unit.run(0xdf, 0xc2);
    assert_eq!(unit.top(), 5);
    assert_eq!((unit.fpu.stack(0), unit.fpu.stack(1), unit.fpu.stack(7)), (Some(two()), None, None));
}

#[test]
fn subtraction_and_division_come_in_both_directions() {
    // ST is 1, ST(1) is 2.
    let half = F80::new(false, 0x3ffe, 1 << 63);
    let one = F80::ONE;
    let table = [
        ((0xd8, 0xe1), 0, one.negated()),
        ((0xd8, 0xe9), 0, one),
        ((0xd8, 0xf1), 0, half),
        ((0xd8, 0xf9), 0, two()),
        ((0xdc, 0xe1), 1, one.negated()),
        ((0xdc, 0xe9), 1, one),
        ((0xdc, 0xf1), 1, half),
        ((0xdc, 0xf9), 1, two()),
        ((0xde, 0xe9), 0, one),
        ((0xde, 0xf1), 0, half),
    ];
    for ((opcode, modrm), place, result) in table {
        let mut unit = unit();
        unit.run(opcode, modrm);
        assert_eq!(unit.fpu.stack(place), Some(result), "{opcode:x} {modrm:x}");
    }
}
