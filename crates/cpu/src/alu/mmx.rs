//! MMX as pure functions: 64-bit operands in, a 64-bit result out, no flag.
//!
//! SPEC: "Intel Architecture MMX Technology Programmer's Reference Manual" (243007), chapter 5.

/// A packed operation with a destination and a source, by the names of the instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packed {
    /// MOVQ and MOVD: the source.
    Move,
    Paddb,
    Paddw,
    Paddd,
    Paddsb,
    Paddsw,
    Paddusb,
    Paddusw,
    Psubb,
    Psubw,
    Psubd,
    Psubsb,
    Psubsw,
    Psubusb,
    Psubusw,
    Pmullw,
    Pmulhw,
    Pmaddwd,
    Pcmpeqb,
    Pcmpeqw,
    Pcmpeqd,
    Pcmpgtb,
    Pcmpgtw,
    Pcmpgtd,
    Packsswb,
    Packssdw,
    Packuswb,
    Punpckhbw,
    Punpckhwd,
    Punpckhdq,
    Punpcklbw,
    Punpcklwd,
    Punpckldq,
    Pand,
    Pandn,
    Por,
    Pxor,
    Psllw,
    Pslld,
    Psllq,
    Psrlw,
    Psrld,
    Psrlq,
    Psraw,
    Psrad,
}

impl Packed {
    /// Whether a source in memory is only as long as the half that is used.
    pub(crate) fn reads_half(self) -> bool {
        matches!(self, Packed::Punpcklbw | Packed::Punpcklwd | Packed::Punpckldq)
    }
}

/// The bytes of `value`, lowest first.
fn bytes(value: u64) -> [u8; 8] {
    value.to_le_bytes()
}

/// The words of `value`, lowest first.
fn words(value: u64) -> [u16; 4] {
    [value as u16, (value >> 16) as u16, (value >> 32) as u16, (value >> 48) as u16]
}

/// The double words of `value`, lowest first.
fn dwords(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

fn from_words([a, b, c, d]: [u16; 4]) -> u64 {
    u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48
}

fn from_dwords([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

fn each_byte(a: u64, b: u64, operation: impl Fn(u8, u8) -> u8) -> u64 {
    let (a, b) = (bytes(a), bytes(b));
    u64::from_le_bytes(std::array::from_fn(|lane| operation(a[lane], b[lane])))
}

fn each_word(a: u64, b: u64, operation: impl Fn(u16, u16) -> u16) -> u64 {
    let (a, b) = (words(a), words(b));
    from_words(std::array::from_fn(|lane| operation(a[lane], b[lane])))
}

fn each_dword(a: u64, b: u64, operation: impl Fn(u32, u32) -> u32) -> u64 {
    let (a, b) = (dwords(a), dwords(b));
    from_dwords(std::array::from_fn(|lane| operation(a[lane], b[lane])))
}

/// All ones where `holds`.
const fn mask8(holds: bool) -> u8 {
    if holds { u8::MAX } else { 0 }
}

const fn mask16(holds: bool) -> u16 {
    if holds { u16::MAX } else { 0 }
}

const fn mask32(holds: bool) -> u32 {
    if holds { u32::MAX } else { 0 }
}

/// The destination of `operation` after it has been done to `a`, the destination before, and `b`, the source.
pub(crate) fn packed(operation: Packed, a: u64, b: u64) -> u64 {
    match operation {
        Packed::Move => b,
        Packed::Pand => a & b,
        Packed::Pandn => !a & b,
        Packed::Por => a | b,
        Packed::Pxor => a ^ b,
        Packed::Paddb => each_byte(a, b, u8::wrapping_add),
        Packed::Paddw => each_word(a, b, u16::wrapping_add),
        Packed::Paddd => each_dword(a, b, u32::wrapping_add),
        Packed::Paddsb => each_byte(a, b, |a, b| (a as i8).saturating_add(b as i8) as u8),
        Packed::Paddsw => each_word(a, b, |a, b| (a as i16).saturating_add(b as i16) as u16),
        Packed::Paddusb => each_byte(a, b, u8::saturating_add),
        Packed::Paddusw => each_word(a, b, u16::saturating_add),
        Packed::Psubb => each_byte(a, b, u8::wrapping_sub),
        Packed::Psubw => each_word(a, b, u16::wrapping_sub),
        Packed::Psubd => each_dword(a, b, u32::wrapping_sub),
        Packed::Psubsb => each_byte(a, b, |a, b| (a as i8).saturating_sub(b as i8) as u8),
        Packed::Psubsw => each_word(a, b, |a, b| (a as i16).saturating_sub(b as i16) as u16),
        Packed::Psubusb => each_byte(a, b, u8::saturating_sub),
        Packed::Psubusw => each_word(a, b, u16::saturating_sub),
        Packed::Pmullw => each_word(a, b, u16::wrapping_mul),
        Packed::Pmulhw => each_word(a, b, |a, b| (product(a, b) >> 16) as u16),
        Packed::Pmaddwd => multiply_add(a, b),
        Packed::Pcmpeqb => each_byte(a, b, |a, b| mask8(a == b)),
        Packed::Pcmpeqw => each_word(a, b, |a, b| mask16(a == b)),
        Packed::Pcmpeqd => each_dword(a, b, |a, b| mask32(a == b)),
        Packed::Pcmpgtb => each_byte(a, b, |a, b| mask8(a as i8 > b as i8)),
        Packed::Pcmpgtw => each_word(a, b, |a, b| mask16(a as i16 > b as i16)),
        Packed::Pcmpgtd => each_dword(a, b, |a, b| mask32(a as i32 > b as i32)),
        Packed::Packsswb => pack_words(a, b, |word| word.clamp(-128, 127) as u8),
        Packed::Packuswb => pack_words(a, b, |word| word.clamp(0, 255) as u8),
        Packed::Packssdw => pack_dwords(a, b),
        Packed::Punpckhbw => interleave_bytes(a >> 32, b >> 32),
        Packed::Punpckhwd => interleave_words(a >> 32, b >> 32),
        Packed::Punpckhdq => a >> 32 | b & !0xffff_ffff,
        Packed::Punpcklbw => interleave_bytes(a, b),
        Packed::Punpcklwd => interleave_words(a, b),
        Packed::Punpckldq => a & 0xffff_ffff | b << 32,
        Packed::Psllw => each_word(a, 0, |a, _| a.checked_shl(count(b)).unwrap_or(0)),
        Packed::Pslld => each_dword(a, 0, |a, _| a.checked_shl(count(b)).unwrap_or(0)),
        Packed::Psllq => a.checked_shl(count(b)).unwrap_or(0),
        Packed::Psrlw => each_word(a, 0, |a, _| a.checked_shr(count(b)).unwrap_or(0)),
        Packed::Psrld => each_dword(a, 0, |a, _| a.checked_shr(count(b)).unwrap_or(0)),
        Packed::Psrlq => a.checked_shr(count(b)).unwrap_or(0),
        Packed::Psraw => each_word(a, 0, |a, _| (a as i16 >> count(b).min(15)) as u16),
        Packed::Psrad => each_dword(a, 0, |a, _| (a as i32 >> count(b).min(31)) as u32),
    }
}

/// All 64 bits of a count matter.
fn count(b: u64) -> u32 {
    u32::try_from(b).unwrap_or(u32::MAX)
}

/// The signed product of two words.
fn product(a: u16, b: u16) -> i32 {
    i32::from(a as i16) * i32::from(b as i16)
}

/// Sums of neighbouring products. QUIRK: four factors of 8000h give 80000000h, the only sum that overflows.
fn multiply_add(a: u64, b: u64) -> u64 {
    let (a, b) = (words(a), words(b));
    let sum = |lane: usize| product(a[lane], b[lane]).wrapping_add(product(a[lane + 1], b[lane + 1])) as u32;
    from_dwords([sum(0), sum(2)])
}

/// The words of `a` as the low bytes, those of `b` as the high ones.
fn pack_words(a: u64, b: u64, saturate: impl Fn(i16) -> u8) -> u64 {
    let [a, b] = [words(a), words(b)];
    u64::from_le_bytes([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]].map(|word| saturate(word as i16)))
}

fn pack_dwords(a: u64, b: u64) -> u64 {
    let [[a0, a1], [b0, b1]] = [dwords(a), dwords(b)];
    from_words([a0, a1, b0, b1].map(|dword| (dword as i32).clamp(-0x8000, 0x7fff) as u16))
}

/// The low four bytes of `a` in turn with those of `b`.
fn interleave_bytes(a: u64, b: u64) -> u64 {
    let [a, b] = [bytes(a), bytes(b)];
    u64::from_le_bytes([a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]])
}

fn interleave_words(a: u64, b: u64) -> u64 {
    let [a, b] = [words(a), words(b)];
    from_words([a[0], b[0], a[1], b[1]])
}

#[cfg(test)]
mod tests;
