//! Flags that the manuals leave undefined, as programs and test ROMs that were checked against an 80386SX know them.

use super::*;

const C: u32 = flag::CF;
const P: u32 = flag::PF;
const A: u32 = flag::AF;
const Z: u32 = flag::ZF;
const S: u32 = flag::SF;
const O: u32 = flag::OF;
const ALL: u32 = C | P | A | Z | S | O;

/// The arithmetic flags after `code` on an 80386 that began with AX, CL and these flags.
fn after(code: &[u8], ax: u32, cl: u32, flags: u32) -> u32 {
    let mut bench = Bench::new(Model::I80386, code).with(|state| {
        (state.eax, state.ecx) = (ax, cl);
        state.eflags = state.eflags & !ALL | flags;
    });
    bench.one().eflags & ALL
}

#[test]
fn decimal_adjustment_on_the_80386() {
    let (aaa, aas, daa, das): (&[u8], &[u8], &[u8], &[u8]) = (&[0x37], &[0x3f], &[0x27], &[0x2f]);
    let (aam, aad): (&[u8], &[u8]) = (&[0xd4, 10], &[0xd5, 10]);
    for (code, ax, before, expected) in [
        (aaa, 0x0000, 0, P | Z),
        (aaa, 0x0001, P | Z | S | O, 0),
        (aaa, 0x007a, 0, C | A | S | O),
        (aaa, 0x007b, A, C | P | A | S | O),
        (aad, 0x0001, C | A | O, 0),
        (aad, 0x0d8e, 0, C | A | O),
        (aad, 0x0106, 0, A),
        (aad, 0x01f7, 0, C | A),
        (aam, 0x0000, 0, Z | P),
        (aam, 0x0000, C | A | O, Z | P),
        (aas, 0x0000, S | O, P | Z),
        (aas, 0x0000, A, C | P | A | S),
        (aas, 0x0001, P | Z | S | O, 0),
        (aas, 0x0680, A, C | A | O),
        (daa, 0x001a, A | O, A),
        (daa, 0x001a, C, C | A | S | O),
        (das, 0x0080, O, S),
        (das, 0x0080, A, A | O),
    ] {
        assert_eq!(after(code, ax, 0, before), expected, "{code:x?} {ax:x} {before:x}");
    }
}

#[test]
fn shifts_on_the_80386() {
    let (byte, word): (u8, u8) = (0xd2, 0xd3);
    let (rcl, rcr, shl, shr) = (0xd0, 0xd8, 0xe0, 0xe8);
    for (opcode, kind, ax, count, before, expected) in [
        (byte, shr, 0x81, 1, 0, C | A | O),
        (byte, shr, 0x82, 2, 0, C | A),
        (byte, shr, 0x80, 8, 0, C | P | A | Z),
        (byte, shr, 0x00, 8, C, P | A | Z),
        (byte, shr, 0x80, 16, 0, C | P | A | Z),
        (byte, shr, 0x00, 16, C, P | A | Z),
        (byte, shr, 0x80, 24, 0, C | P | A | Z),
        (byte, shr, 0x00, 24, C, P | A | Z),
        (byte, shr, 0x80, 32, 0, 0),
        (word, shr, 0x8000, 16, 0, C | P | A | Z),
        (word, shr, 0x0000, 16, C, P | A | Z),
        (word, shr, 0x8000, 32, 0, 0),
        (byte, shl, 0x81, 1, 0, C | A | O),
        (byte, shl, 0x41, 2, 0, C | A | O),
        (byte, shl, 0x01, 8, 0, C | P | A | Z | O),
        (byte, shl, 0x00, 8, C, P | A | Z),
        (byte, shl, 0x01, 16, 0, C | P | A | Z | O),
        (byte, shl, 0x00, 16, C, P | A | Z),
        (byte, shl, 0x01, 24, 0, C | P | A | Z | O),
        (byte, shl, 0x00, 24, C, P | A | Z),
        (byte, shl, 0x01, 32, 0, 0),
        (word, shl, 0x01, 16, 0, C | P | A | Z | O),
        (word, shl, 0x00, 16, C, P | A | Z),
        (word, shl, 0x01, 32, 0, 0),
        (byte, rcr, 0, 9, 0, 0),
        (byte, rcr, 0, 9, C | O, C),
        (byte, rcr, 0x40, 9, 0, O),
        (byte, rcr, 0x40, 9, C | O, C | O),
        (word, rcr, 0, 17, 0, 0),
        (word, rcr, 0, 17, C | O, C),
        (word, rcr, 0x4000, 17, 0, O),
        (word, rcr, 0x4000, 17, C | O, C | O),
        (byte, rcl, 0, 9, 0, 0),
        (byte, rcl, 0, 9, C | O, C | O),
        (byte, rcl, 0x80, 9, 0, O),
        (byte, rcl, 0x80, 9, C | O, C),
        (word, rcl, 0, 17, 0, 0),
        (word, rcl, 0, 17, C | O, C | O),
        (word, rcl, 0x8000, 17, 0, O),
        (word, rcl, 0x8000, 17, C | O, C),
    ] {
        let flags = after(&[opcode, kind], ax, count, before);
        assert_eq!(flags, expected, "{opcode:x} {kind:x} {ax:x} by {count} from {before:x}");
    }
}

#[test]
fn bit_tests_on_the_80386_set_of_as_a_rotation_would() {
    for (number, before, expected) in
        [(0, 0, C), (0, C, C), (1, 0, O), (1, C, O), (2, 0, O), (2, C, O), (3, 0, 0), (3, C, 0)]
    {
        // bt ax, cx
        let flags = after(&[0x0f, 0xa3, 0xc8], 1, number, before);
        assert_eq!(flags & (C | O), expected, "bit {number} from {before:x}");
    }
}
