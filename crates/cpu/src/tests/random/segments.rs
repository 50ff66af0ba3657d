//! What a program of protected mode does with descriptors, gates and levels, and what it finds in the tables for that.
//!
//! | selector | what |
//! |---|---|
//! | 68h | code at its caller's level |
//! | 70h | a call gate to level 0, to a routine that returns |
//! | 80h | data that expands down |
//! | A0h to B8h | stacks of the levels, as wide as the others are not |
//! | C0h to D8h | data of the levels that is never marked as accessed before it is used |

use beige_testkit::Random;

use super::code;
use super::program::{Code, STUB, Setting};
use super::world::{CODE, GDT, IDT, STACKS, code_selector, data_selector, descriptor, gate};
use crate::{Memory, Model};

/// From the start of code: a routine for the call gate, one to be called far, and a jump to the start of the program.
const THROUGH_GATE: u32 = 0x1800;
const CALLED: u32 = 0x1820;
const AGAIN: u32 = 0x1840;
/// The gate that leads there.
const AGAIN_VECTOR: u8 = 63;
/// Where a program makes its far pointers.
const POINTER: u32 = 0x6200;
const CONFORMING: u16 = 13 << 3;
const GATE: u16 = 14 << 3;
const EXPANDS_DOWN: u16 = 16 << 3;
const OTHER_STACKS: u16 = 20 << 3;
const UNUSED: u16 = 24 << 3;

/// Puts the routines, the gates and the descriptors into memory.
pub(super) fn prepare(random: &mut Random, setting: Setting, mem: &mut Memory) {
    let Setting { wide, origin, .. } = setting;
    let bytes = if wide { 4 } else { 2 };
    let parameters = random.below(4) as u8;
    // push ax; pop ax; retf parameters
    mem.write_phys(CODE + THROUGH_GATE, &[0x50, 0x58, 0xca, parameters * bytes, 0]);
    let kind = if wide { 0xec } else { 0xe4 };
    mem.write_phys(GDT + u32::from(GATE), &gate(code_selector(0), origin + THROUGH_GATE, kind, parameters));
    // inc ax; retf
    mem.write_phys(CODE + CALLED, &[0x40, 0xcb]);
    let distance = AGAIN.wrapping_add(1 + u32::from(bytes)).wrapping_neg().to_le_bytes();
    mem.write_phys(CODE + AGAIN, &[0xe9]);
    mem.write_phys(CODE + AGAIN + 1, &distance[..usize::from(bytes)]);
    let kind = if wide { 0xee } else { 0xe6 };
    mem.write_phys(IDT + 8 * u32::from(AGAIN_VECTOR), &gate(code_selector(0), origin + AGAIN, kind, 0));
    for level in 0..4_u16 {
        let mut bytes = [0; 8];
        mem.read_phys(GDT + u32::from(data_selector(level) & !7), &mut bytes);
        if setting.model >= Model::I80386 {
            let mut other = bytes;
            other[6] ^= 0x40;
            mem.write_phys(GDT + u32::from(OTHER_STACKS + 8 * level), &other);
        } else {
            mem.write_phys(GDT + u32::from(OTHER_STACKS + 8 * level), &bytes);
        }
        let unused =
            descriptor(if wide { 0 } else { CODE }, 0xffff, 0x92 | (level as u8) << 5, if wide { 0xc } else { 0 });
        mem.write_phys(GDT + u32::from(UNUSED + 8 * level), &unused);
    }
}

/// A selector, mostly one that can be loaded at the level of the program.
fn selector(code: &mut Code) -> u16 {
    let level = u16::from(code.setting.level);
    let any = code.roll(4) as u16;
    match code.roll(16) {
        0 => any,
        1 => code_selector(any),
        2 => CONFORMING | any,
        3 => EXPANDS_DOWN | any,
        4 => (OTHER_STACKS + 8 * any) | level,
        5 => (UNUSED + 8 * any) | any,
        6 => 4 | (code.roll(32) as u16) << 3 | any,
        7 => code::selector(code.random()),
        8 => data_selector(any),
        9 => (UNUSED + 8 * 3) | any,
        10 | 11 => data_selector(3),
        _ => data_selector(level),
    }
}

pub(super) fn item(code: &mut Code) {
    match code.roll(16) {
        0..=3 => load(code),
        4 | 5 => load_stack(code),
        6 => load_pointer(code),
        7 => far(code),
        8 => through_gate(code),
        9 => {
            if code.roll(3) == 0 {
                return_to_stub(code);
            } else {
                descend(code);
            }
        }
        10 => {
            let number = if code.roll(4) == 0 { AGAIN_VECTOR } else { 32 + code.roll(32) as u8 };
            code.bytes.extend([0xcd, number]);
        }
        11 => edit(code),
        12 => code.bytes.extend([0xe6, 8]),
        13 | 14 => flags(code),
        _ if code.setting.rules && code.roll(2) == 0 => code.edit_table(),
        _ => code.memory_item(),
    }
}

/// MOV AX, constant.
fn mov_ax(code: &mut Code, value: u16) {
    if code.setting.wide {
        code.bytes.push(0x66);
    }
    code.bytes.push(0xb8);
    code.bytes.extend(value.to_le_bytes());
}

/// PUSH of a constant of the size of the segment.
fn push(code: &mut Code, value: u32) {
    code.bytes.push(0x68);
    code.word(value);
}

/// ES, DS, FS or GS.
fn data_register(code: &mut Code) -> u8 {
    if code.is(Model::I80386) { code.one_of(&[0, 0, 3, 4, 5]) } else { code.one_of(&[0, 0, 3]) }
}

/// A data segment register by MOV or POP, an access through it, and DS as it was.
fn load(code: &mut Code) {
    let register = data_register(code);
    let selector = selector(code);
    if register == 3 {
        code.bytes.push(0x1e);
    }
    match code.roll(4) {
        0 => {
            push(code, selector.into());
            match register {
                0 => code.bytes.push(0x07),
                3 => code.bytes.push(0x1f),
                4 => code.bytes.extend([0x0f, 0xa1]),
                _ => code.bytes.extend([0x0f, 0xa9]),
            }
        }
        1 => {
            // From memory, by an address on the stack.
            push(code, selector.into());
            let rest: &[u8] = if code.setting.wide { &[0x04, 0x24] } else { &[0x46, 0] };
            if !code.setting.wide {
                // push bp; mov bp, sp; mov sreg, [bp + 2]; pop bp
                code.bytes.extend([0x55, 0x89, 0xe5, 0x8e, register << 3 | 0x46, 2, 0x5d]);
            } else {
                code.bytes.extend([0x8e, register << 3 | rest[0], rest[1]]);
            }
            code.bytes.push(0x58);
        }
        _ => {
            mov_ax(code, selector);
            code.bytes.extend([0x8e, 0xc0 | register << 3]);
        }
    }
    if code.roll(2) == 0 {
        let prefix = [0x26, 0x26, 0x26, 0x3e, 0x64, 0x65][usize::from(register)];
        code.bytes.push(prefix);
        code.memory_item();
    }
    if register == 3 {
        code.bytes.push(0x1f);
    } else if code.roll(3) == 0 {
        // push ds; pop es
        code.bytes.extend([0x1e, 0x07]);
    }
}

/// SS, mostly one that reaches the same bytes.
fn load_stack(code: &mut Code) {
    let level = u16::from(code.setting.level);
    if code.setting.wide && code.roll(3) == 0 {
        return alternate(code);
    }
    let selector = match code.roll(6) {
        0 => selector(code),
        1 | 2 => (OTHER_STACKS + 8 * level) | level,
        _ => data_selector(level),
    };
    match code.roll(3) {
        0 => {
            push(code, selector.into());
            code.bytes.push(0x17);
        }
        1 if code.is(Model::I80386) => {
            // mov [pointer], esp; mov word [pointer + bytes], selector; lss esp, [pointer]
            let wide = code.setting.wide;
            let (rm, bytes) = if wide { (5, 4) } else { (6, 2) };
            code.bytes.extend([0x89, 0x20 | rm]);
            code.offset(POINTER);
            code.bytes.extend([0x66, 0xc7, rm].iter().skip(usize::from(!wide)));
            code.offset(POINTER + bytes);
            code.bytes.extend(selector.to_le_bytes());
            code.bytes.extend([0x0f, 0xb2, 0x20 | rm]);
            code.offset(POINTER);
        }
        _ => {
            mov_ax(code, selector);
            code.bytes.extend([0x8e, 0xd0]);
        }
    }
    match code.roll(3) {
        0 => code.flags(),
        1 => code.bytes.extend([0x50, 0x58]),
        _ => {}
    }
    if selector != data_selector(level) {
        mov_ax(code, data_selector(level));
        code.bytes.extend([0x8e, 0xd0]);
    }
}

/// A stack pointer of 32 bits and one of 16, by turns at one place, where they reach other bytes.
fn alternate(code: &mut Code) {
    let level = u16::from(code.setting.level);
    let other = (OTHER_STACKS + 8 * level) | level;
    let at = POINTER + 0x20 + 4 * code.roll(4) as u32;
    let high_bit = |code: &mut Code| {
        // xor esp, 10000h
        code.bytes.extend([0x81, 0xf4]);
        code.word(0x1_0000);
    };
    high_bit(code);
    // mov eax, [at]; xor eax, both; mov [at], eax; cmp ax, other; je over; mov ax, data; over: mov ss, ax
    code.bytes.push(0xa1);
    code.offset(at);
    code.bytes.push(0x35);
    code.word(u32::from(other));
    code.bytes.push(0xa3);
    code.offset(at);
    code.bytes.extend([0x66, 0x3d]);
    code.bytes.extend(other.to_le_bytes());
    code.bytes.extend([0x74, 4]);
    mov_ax(code, data_selector(level));
    code.bytes.extend([0x8e, 0xd0]);
    code.bytes.extend([0x51, 0x52, 0x5a, 0x58]);
    mov_ax(code, data_selector(level));
    code.bytes.extend([0x8e, 0xd0]);
    high_bit(code);
}

/// RETF to code of the other size, perhaps beyond its end, which returns.
fn return_to_stub(code: &mut Code) {
    let level = u16::from(code.setting.level);
    let Some(stub) = code.setting.stub else { return descend(code) };
    let wide = code.setting.wide;
    let bytes = if wide { 4 } else { 2 };
    let beyond = if wide && code.roll(2) == 0 { 0x1_0000 } else { 0 };
    let after = code.setting.origin + code.here() + 4 * (1 + bytes) + 1;
    push(code, code_selector(level).into());
    push(code, after);
    push(code, (stub | level).into());
    push(code, STUB + beyond);
    code.bytes.push(0xcb);
}

/// Writes a far pointer to memory.
fn make_pointer(code: &mut Code, offset: u32, selector: u16) {
    let wide = code.setting.wide;
    let (rm, bytes) = if wide { (5, 4) } else { (6, 2) };
    code.bytes.extend([0xc7, rm]);
    code.offset(POINTER);
    code.word(offset);
    code.bytes.extend([0x66, 0xc7, rm].iter().skip(usize::from(!wide)));
    code.offset(POINTER + bytes);
    code.bytes.extend(selector.to_le_bytes());
}

/// LES, LFS or LGS into BX.
fn load_pointer(code: &mut Code) {
    let selector = selector(code);
    let offset = code.setting.origin + 0x6000 + code.roll(0x800) as u32;
    make_pointer(code, offset, selector);
    let opcode: &[u8] = match code.roll(3) {
        1 if code.is(Model::I80386) => &[0x0f, 0xb4],
        2 if code.is(Model::I80386) => &[0x0f, 0xb5],
        _ => &[0xc4],
    };
    code.bytes.extend(opcode);
    code.bytes.push(0x18 | if code.setting.wide { 5 } else { 6 });
    code.offset(POINTER);
}

/// Far calls and jumps to code of the same level or of any.
fn far(code: &mut Code) {
    let level = u16::from(code.setting.level);
    let selector = match code.roll(8) {
        0 => CONFORMING,
        1 => code_selector(u16::from(code.setting.level + 1) & 3),
        _ => code_selector(level),
    };
    let target = code.setting.origin + CALLED;
    let bytes = if code.setting.wide { 4 } else { 2 };
    match code.roll(4) {
        0 | 1 => {
            code.bytes.push(0x9a);
            code.word(target);
            code.bytes.extend(selector.to_le_bytes());
        }
        2 => {
            make_pointer(code, target, selector);
            code.bytes.extend([0xff, 0x18 | if code.setting.wide { 5 } else { 6 }]);
            code.offset(POINTER);
        }
        _ => {
            let next = code.setting.origin + code.here() + 3 + bytes;
            code.bytes.push(0xea);
            code.word(next);
            code.bytes.extend(selector.to_le_bytes());
        }
    }
}

/// A call through the gate to level 0, with as many elements on the stack as it takes.
fn through_gate(code: &mut Code) {
    for _ in 0..3 {
        code.bytes.push(0x50);
    }
    code.bytes.push(0x9a);
    code.word(0);
    code.bytes.extend((GATE | 3).to_le_bytes());
}

/// IRET or RETF to another level, or the same, where the program goes on.
fn descend(code: &mut Code) {
    let level = match code.roll(4) {
        0 => u16::from(code.setting.level),
        1 => code.roll(4) as u16,
        _ => 3,
    };
    let wide = code.setting.wide;
    let base = if wide { 0 } else { CODE };
    let stack = (STACKS + u32::from(level) * 0x1000 + 0xc00).wrapping_sub(base);
    let bits = if code.roll(2) == 0 { 0x3ed5 } else { 0xed5 };
    let flags = code.random().next_u64() as u32 & bits & !0x100 | 0x202;
    push(code, data_selector(level).into());
    push(code, stack);
    let by_interrupt = code.roll(3) != 0;
    if by_interrupt {
        push(code, flags);
    }
    push(code, code_selector(level).into());
    let bytes = if wide { 4 } else { 2 };
    let next = code.setting.origin + code.here() + bytes + 2;
    push(code, next);
    code.bytes.push(if by_interrupt { 0xcf } else { 0xcb });
}

/// Changes a descriptor or a gate for some instructions, where the program reaches them.
fn edit(code: &mut Code) {
    if !code.setting.rules {
        return code.bytes.extend([0xe6, 8]);
    }
    let (at, bits) = if code.roll(4) == 0 {
        let at = IDT + 8 * (32 + code.roll(32) as u32);
        (at + 5, code.one_of(&[0x80, 0x60, 1]))
    } else {
        let level = code.setting.level;
        let selector = match code.roll(4) {
            0 => code_selector(level.into()),
            1 => selector(code) & !4,
            _ => data_selector(code.one_of(&[level, 3]).into()),
        };
        let (byte, bits) =
            code.one_of(&[(5, 1), (5, 0x80), (5, 0x60), (5, 2), (5, 8), (6, 0x40), (6, 0x80), (6, 0xf), (4, 1)]);
        // Tables end before that.
        (GDT + u32::from(selector & 0x1f8) % 0x180 + byte, bits)
    };
    let change = |code: &mut Code| {
        // xor byte [at], bits
        code.bytes.extend([0x80, 0x35]);
        code.bytes.extend(at.to_le_bytes());
        code.bytes.push(bits);
    };
    change(code);
    match code.roll(5) {
        0 => load_stack(code),
        1 => far(code),
        2 => {
            let number = 32 + code.roll(31) as u8;
            code.bytes.extend([0xcd, number]);
        }
        _ => load(code),
    }
    change(code);
}

/// What IOPL rules.
fn flags(code: &mut Code) {
    match code.roll(6) {
        0 => code.bytes.push(0xfa),
        1 => code.bytes.push(0xfb),
        // Interrupts held off, twice.
        2 => code.bytes.extend([0xfb, 0xfa]),
        3 => {
            // Flags of 32 bits, some of which a program cannot set.
            let bits = code.random().next_u64() as u32 & 0x20_7ed5 & !0x4000 | 0x202;
            if code.setting.wide {
                push(code, bits);
                code.bytes.extend([0x9d, 0x9c, 0x58]);
            } else {
                code.bytes.extend([0x9c, 0x9d]);
            }
        }
        4 => code.bytes.extend([0x9c, 0xfa, 0x9d]),
        _ => code.flags(),
    }
}
