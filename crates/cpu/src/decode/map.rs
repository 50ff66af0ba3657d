//! The opcode maps of the 80286 to the Pentium II against a list made by hand: what is there, and that nothing else is.
//!
//! SPEC: opcode maps of the 80286 (210498), 80386 (230985), i486 (240440), Pentium (241430) and SDM vol. 2 (243191).

use super::{Kind, Prefixes, decode};
use crate::Model;
use Model::{I80286, I80386, I80486, Pentium, PentiumII, PentiumMmx};

/// Which forms of ModRM: memory, a register, both.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Memory,
    Register,
    Both,
}
use Form::{Both, Memory, Register};

/// Every /r field.
const ALL: u8 = 0xff;

/// First and last opcode, the /r fields as bits, forms, first and last model.
type Row = (u8, u8, u8, Form, Model, Model);

/// After 0F.
static TWO_BYTES: [Row; 58] = [
    (0x00, 0x00, 0x3f, Both, I80286, PentiumII),
    (0x01, 0x01, 0x0f, Memory, I80286, PentiumII),
    (0x01, 0x01, 0x50, Both, I80286, PentiumII),
    (0x01, 0x01, 0x80, Memory, I80486, PentiumII),
    (0x02, 0x03, ALL, Both, I80286, PentiumII),
    (0x05, 0x05, ALL, Both, I80286, I80286),
    (0x06, 0x06, ALL, Both, I80286, PentiumII),
    (0x07, 0x07, ALL, Both, I80386, I80386),
    (0x08, 0x09, ALL, Both, I80486, PentiumII),
    (0x10, 0x13, ALL, Both, I80386, I80386),
    (0x18, 0x1f, ALL, Both, PentiumII, PentiumII),
    // The numbers of control, debug and test registers are looked at when they are used.
    (0x20, 0x20, 0x1d, Both, I80386, PentiumII),
    (0x21, 0x21, ALL, Both, I80386, PentiumII),
    (0x22, 0x22, 0x1d, Both, I80386, PentiumII),
    (0x23, 0x23, ALL, Both, I80386, PentiumII),
    (0x24, 0x24, ALL, Both, I80386, I80486),
    (0x26, 0x26, ALL, Both, I80386, I80486),
    (0x30, 0x32, ALL, Both, Pentium, PentiumII),
    (0x33, 0x33, ALL, Both, PentiumMmx, PentiumII),
    (0x34, 0x35, ALL, Both, PentiumII, PentiumII),
    (0x40, 0x4f, ALL, Both, PentiumII, PentiumII),
    (0x60, 0x6b, ALL, Both, PentiumMmx, PentiumII),
    (0x6e, 0x6f, ALL, Both, PentiumMmx, PentiumII),
    (0x71, 0x72, 0x54, Register, PentiumMmx, PentiumII),
    (0x73, 0x73, 0x44, Register, PentiumMmx, PentiumII),
    (0x74, 0x77, ALL, Both, PentiumMmx, PentiumII),
    (0x7e, 0x7f, ALL, Both, PentiumMmx, PentiumII),
    (0x80, 0xa1, ALL, Both, I80386, PentiumII),
    // The 80486 modelled is one with CPUID.
    (0xa2, 0xa2, ALL, Both, I80486, PentiumII),
    (0xa3, 0xa5, ALL, Both, I80386, PentiumII),
    (0xa8, 0xa9, ALL, Both, I80386, PentiumII),
    (0xab, 0xad, ALL, Both, I80386, PentiumII),
    (0xae, 0xae, 0x03, Memory, PentiumII, PentiumII),
    (0xaf, 0xaf, ALL, Both, I80386, PentiumII),
    (0xb0, 0xb1, ALL, Both, I80486, PentiumII),
    (0xb2, 0xb2, ALL, Memory, I80386, PentiumII),
    (0xb3, 0xb3, ALL, Both, I80386, PentiumII),
    (0xb4, 0xb5, ALL, Memory, I80386, PentiumII),
    (0xb6, 0xb7, ALL, Both, I80386, PentiumII),
    (0xba, 0xba, 0xf0, Both, I80386, PentiumII),
    (0xbb, 0xbf, ALL, Both, I80386, PentiumII),
    (0xc0, 0xc1, ALL, Both, I80486, PentiumII),
    (0xc7, 0xc7, 0x02, Memory, Pentium, PentiumII),
    (0xc8, 0xcf, ALL, Both, I80486, PentiumII),
    (0xd1, 0xd3, ALL, Both, PentiumMmx, PentiumII),
    (0xd5, 0xd5, ALL, Both, PentiumMmx, PentiumII),
    (0xd8, 0xd9, ALL, Both, PentiumMmx, PentiumII),
    (0xdb, 0xdd, ALL, Both, PentiumMmx, PentiumII),
    (0xdf, 0xdf, ALL, Both, PentiumMmx, PentiumII),
    (0xe1, 0xe2, ALL, Both, PentiumMmx, PentiumII),
    (0xe5, 0xe5, ALL, Both, PentiumMmx, PentiumII),
    (0xe8, 0xe9, ALL, Both, PentiumMmx, PentiumII),
    (0xeb, 0xed, ALL, Both, PentiumMmx, PentiumII),
    (0xef, 0xef, ALL, Both, PentiumMmx, PentiumII),
    (0xf1, 0xf3, ALL, Both, PentiumMmx, PentiumII),
    (0xf5, 0xf5, ALL, Both, PentiumMmx, PentiumII),
    (0xf8, 0xfa, ALL, Both, PentiumMmx, PentiumII),
    (0xfc, 0xfe, ALL, Both, PentiumMmx, PentiumII),
];

/// What is not there of the opcodes of one byte.
static ONE_BYTE_ABSENT: [Row; 14] = [
    (0x62, 0x62, ALL, Register, I80286, PentiumII),
    (0x64, 0x67, ALL, Both, I80286, I80286),
    // FS and GS, then none; CS cannot be loaded.
    (0x8c, 0x8c, 0xf0, Both, I80286, I80286),
    (0x8e, 0x8e, 0x02, Both, I80286, PentiumII),
    (0x8c, 0x8c, 0xc0, Both, I80386, PentiumII),
    (0x8e, 0x8e, 0xf0, Both, I80286, I80286),
    (0x8e, 0x8e, 0xc0, Both, I80386, PentiumII),
    (0x8d, 0x8d, ALL, Register, I80286, PentiumII),
    (0x8f, 0x8f, 0xfe, Both, I80286, PentiumII),
    (0xc4, 0xc5, ALL, Register, I80286, PentiumII),
    (0xc6, 0xc7, 0xfe, Both, I80286, PentiumII),
    (0xfe, 0xfe, 0xfc, Both, I80286, PentiumII),
    (0xff, 0xff, 0x80, Both, I80286, PentiumII),
    (0xff, 0xff, 0x28, Register, I80286, PentiumII),
];

fn lists(rows: &[Row], model: Model, opcode: u8, extension: u8, form: Form) -> bool {
    rows.iter().any(|(first, last, extensions, forms, from, to)| {
        (*first..=*last).contains(&opcode)
            && extensions >> extension & 1 != 0
            && (*forms == Both || *forms == form)
            && (*from..=*to).contains(&model)
    })
}

/// Each opcode with each /r field in both forms, in both sizes of code.
fn each(check: impl Fn(Model, u8, u8, Form, &[u8], bool)) {
    for model in [I80286, I80386, I80486, Pentium, PentiumMmx, PentiumII] {
        for opcode in 0..=0xff {
            for extension in 0..8 {
                for (form, modrm) in [(Memory, 0x00), (Register, 0xc1)] {
                    let rest = [modrm | extension << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                    check(model, opcode, extension, form, &rest, false);
                    if model > I80286 {
                        check(model, opcode, extension, form, &rest, true);
                    }
                }
            }
        }
    }
}

fn is_undefined(model: Model, wide: bool, bytes: &[u8]) -> bool {
    let (prefixes, used) = Prefixes::scan(model, bytes);
    matches!(decode(model, wide, prefixes, &bytes[used..]).map(|op| op.kind), Ok(Kind::Undefined))
}

#[test]
fn the_map_of_two_byte_opcodes_is_complete_and_has_nothing_else() {
    each(|model, opcode, extension, form, rest, wide| {
        let bytes = [&[0x0f, opcode], rest].concat();
        let expected = lists(&TWO_BYTES, model, opcode, extension, form);
        let found = !is_undefined(model, wide, &bytes);
        assert_eq!(found, expected, "0f {opcode:02x} /{extension} {bytes:02x?} on the {}", model.name());
    });
}

#[test]
fn the_map_of_one_byte_opcodes_lacks_what_it_should() {
    each(|model, opcode, extension, form, rest, wide| {
        let is_prefix = Prefixes::scan(model, &[opcode]).1 != 0;
        if opcode == 0x0f || is_prefix {
            return;
        }
        let bytes = [&[opcode], rest].concat();
        let expected = lists(&ONE_BYTE_ABSENT, model, opcode, extension, form);
        let found = is_undefined(model, wide, &bytes);
        assert_eq!(found, expected, "{opcode:02x} /{extension} {bytes:02x?} on the {}", model.name());
    });
}
