//! Opcodes that iced does not know as the old CPUs do. Bytes are rewritten to a form of the same length and operands
//! that iced decodes, and the meaning is put right afterwards.

use super::{Kind, Op, Operand};
use crate::Model;
use crate::regs::seg;

/// A meaning that iced's decoding of the rewritten bytes does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// Length and operands only.
    Replace(Kind),
    /// D0 to D3 /6.
    SetMinusOne,
    /// MOV CS, which iced saw as MOV DS.
    LoadCs,
}

const TEST_RM8: u8 = 0x84;
const SHL: u8 = 4 << 3;

/// Rewrites `bytes`, which begin at the opcode.
pub(super) fn rewrite(model: Model, bytes: &mut [u8]) -> Option<Special> {
    let opcode = *bytes.first()?;
    match opcode {
        // An escape: any operands, no transfer.
        0xd8..=0xdf => {
            bytes[0] = TEST_RM8;
            return Some(Special::Replace(Kind::Escape));
        }
        // Size and segment prefixes to come are opcodes before the 80386.
        0x64..=0x67 | 0x0f if model == Model::I80186 => return undefined(bytes),
        0x64..=0x67 if model == Model::I80286 => return undefined(bytes),
        _ => {}
    }
    if model == Model::I8086 { rewrite_8086(opcode, bytes) } else { None }
}

fn undefined(bytes: &mut [u8]) -> Option<Special> {
    bytes[0] = 0x90;
    Some(Special::Replace(Kind::Undefined))
}

/// Replaces the /r field of ModRM.
fn set_extension(bytes: &mut [u8], extension: u8) {
    if let Some(modrm) = bytes.get_mut(1) {
        *modrm = *modrm & 0xc7 | extension;
    }
}

// SPEC: SingleStepTests/8086 metadata lists these aliases; Intel documented none of them.
fn rewrite_8086(opcode: u8, bytes: &mut [u8]) -> Option<Special> {
    let modrm = bytes.get(1).copied().unwrap_or(0);
    let extension = modrm >> 3 & 7;
    let is_register = modrm >= 0xc0;
    match opcode {
        0x0f => {
            bytes[0] = 0x90;
            return Some(Special::Replace(Kind::PopSegment(seg::CS)));
        }
        0x60..=0x6f => bytes[0] = opcode + 0x10,
        0xc0 | 0xc1 | 0xc8 | 0xc9 => bytes[0] = opcode + 2,
        0xd0..=0xd3 if extension == 6 => {
            set_extension(bytes, SHL);
            return Some(Special::SetMinusOne);
        }
        0x8c | 0x8e => {
            // Only two bits select the segment register.
            let number = extension & 3;
            if opcode == 0x8e && number == seg::CS {
                set_extension(bytes, seg::DS << 3);
                return Some(Special::LoadCs);
            }
            set_extension(bytes, number << 3);
        }
        0x8f | 0xc6 | 0xc7 => set_extension(bytes, 0),
        0xff if extension == 7 => set_extension(bytes, 6 << 3),
        // DEVIATION: register forms of instructions that need memory use the address and the data that the instruction
        // before left in internal registers; here they do nothing. No program uses them.
        0xfe | 0xff if is_register && matches!(extension, 3 | 5) => return nothing(bytes),
        0x8d | 0xc4 | 0xc5 if is_register => return nothing(bytes),
        0xfe if extension >= 2 => {
            bytes[0] = TEST_RM8;
            return Some(Special::Replace(Kind::ByteGroup(extension)));
        }
        _ => {}
    }
    None
}

fn nothing(bytes: &mut [u8]) -> Option<Special> {
    bytes[0] = TEST_RM8;
    Some(Special::Replace(Kind::Nop))
}

/// Gives `op`, decoded from rewritten bytes, its meaning.
pub(super) fn apply(special: Special, op: Op) -> Op {
    match special {
        Special::Replace(kind) => Op { kind, ..op },
        Special::SetMinusOne => Op { kind: Kind::SetMinusOne, ..op },
        Special::LoadCs => Op { first: Operand::Segment(seg::CS), ..op },
    }
}
