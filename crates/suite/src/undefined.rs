//! Flags that a 386-class CPU leaves undefined, for suites whose files carry no masks.
//!
//! Source: 386 DX Programmer's Reference Manual (230985), appendix C "Status Flag Summary" and the pages of the
//! instructions, narrowed to what the recorded 386EX shows to be steady (the shifts by CL).

use crate::select::Opcode;

const CF: u16 = 1;
const PF: u16 = 1 << 2;
const AF: u16 = 1 << 4;
const ZF: u16 = 1 << 6;
const SF: u16 = 1 << 7;
const OF: u16 = 1 << 11;

/// The flags that are defined after this instruction of a 386-class CPU.
#[must_use]
pub fn defined_flags_of_386(opcode: &Opcode) -> u16 {
    !undefined(opcode)
}

fn undefined(opcode: &Opcode) -> u16 {
    let digit = opcode.extension;
    match (opcode.bytes.as_slice(), digit) {
        // OR, AND, XOR, TEST.
        ([0x08..=0x0d | 0x20..=0x25 | 0x30..=0x35 | 0x84 | 0x85 | 0xa8 | 0xa9], _) => AF,
        ([0x80..=0x83], Some(1 | 4 | 6)) | ([0xf6 | 0xf7], Some(0 | 1)) => AF,
        // DAA, DAS.
        ([0x27 | 0x2f], _) => OF,
        // AAA, AAS.
        ([0x37 | 0x3f], _) => OF | SF | ZF | PF,
        // IMUL, MUL.
        ([0x69 | 0x6b] | [0x0f, 0xaf], _) | ([0xf6 | 0xf7], Some(4 | 5)) => SF | ZF | AF | PF,
        // DIV, IDIV.
        ([0xf6 | 0xf7], Some(6 | 7)) => OF | SF | ZF | AF | PF | CF,
        // Rotates and shifts by an immediate count; CF is undefined beyond the width of the operand.
        ([0xc0 | 0xc1], Some(0..=3)) => OF,
        ([0xc0 | 0xc1], Some(4..=6)) => OF | AF | CF,
        ([0xc0 | 0xc1], Some(7)) => OF | AF,
        // Shifts by one and by CL; 6 is undocumented.
        ([0xd0..=0xd3], Some(4 | 5 | 7)) => AF,
        ([0xd0..=0xd3], Some(6)) => OF | SF | ZF | AF | PF | CF,
        // AAM, AAD.
        ([0xd4 | 0xd5], _) => OF | AF | CF,
        // BT, BTS, BTR, BTC.
        ([0x0f, 0xa3 | 0xab | 0xb3 | 0xbb] | [0x0f, 0xba], _) => OF | SF | AF | PF,
        // BSF, BSR.
        ([0x0f, 0xbc | 0xbd], _) => OF | SF | AF | PF | CF,
        // SHLD, SHRD.
        ([0x0f, 0xa4 | 0xa5 | 0xac | 0xad], _) => OF | AF,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_instruction_has_its_mask() {
        let mask = |stem| defined_flags_of_386(&Opcode::from_stem(stem).unwrap());
        assert_eq!(mask("00"), 0xffff);
        assert_eq!(mask("08"), 0xffef);
        assert_eq!(mask("6621"), 0xffef);
        assert_eq!(mask("80.4"), 0xffef);
        assert_eq!(mask("80.5"), 0xffff);
        assert_eq!(mask("F6.7"), 0xf72a);
        assert_eq!(mask("6766F7.4"), 0xff2b);
        assert_eq!(mask("0FAF"), 0xff2b);
        assert_eq!(mask("D4"), 0xf7ee);
        assert_eq!(mask("C1.7"), 0xf7ef);
        assert_eq!(mask("D3.6"), 0xf72a);
    }
}
