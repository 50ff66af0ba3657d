//! Lazy flags: two words that the handlers pass on.
//!
//! `res` is a result, sign-extended: ZF tells that its low 32 bits are zero, SF is bit 63, PF the parity of its low byte,
//! turned round when bits 63 and 62 differ, which no result has. `aux` has CF in bit 32, CF ^ OF in bit 31, AF in bit 4;
//! other bits mean nothing.

use crate::primitives::Size;
use crate::regs::flag::{AF, CF, OF, PF, SF, ZF};

pub(crate) const CARRY: u64 = 1 << 32;
/// CF ^ OF.
pub(crate) const BEFORE: u64 = 1 << 31;
pub(crate) const AUXILIARY: u64 = 1 << 4;

/// The six arithmetic flags as EFLAGS has them.
pub(crate) fn eflags(res: i64, aux: u64) -> u32 {
    let one = |bit: bool, flag: u32| if bit { flag } else { 0 };
    one(carry(aux), CF)
        | one(overflow(aux), OF)
        | one(aux & AUXILIARY != 0, AF)
        | one(zero(res), ZF)
        | one(sign(res), SF)
        | one(parity(res), PF)
}

/// The two words of flags as EFLAGS has them.
pub(crate) fn lazy(eflags: u32) -> (i64, u64) {
    let has = |flag: u32| u64::from(eflags & flag != 0);
    // The low byte is zero, of even parity, in either case.
    let low = if eflags & ZF != 0 { 0 } else { 0x100 };
    let res = has(SF) << 63 | (has(SF) ^ has(PF) ^ 1) << 62 | low;
    (res as i64, has(CF) << 32 | (has(CF) ^ has(OF)) << 31 | has(AF) << 4)
}

#[inline(always)]
pub(crate) fn carry(aux: u64) -> bool {
    aux & CARRY != 0
}

#[inline(always)]
pub(crate) fn overflow(aux: u64) -> bool {
    (aux ^ aux >> 1) & BEFORE != 0
}

#[inline(always)]
pub(crate) fn zero(res: i64) -> bool {
    res as u32 == 0
}

#[inline(always)]
pub(crate) fn sign(res: i64) -> bool {
    res < 0
}

#[inline(always)]
pub(crate) fn parity(res: i64) -> bool {
    let byte = res as u32 & 0xff;
    let nibble = (byte ^ byte >> 4) & 0xf;
    let turned = (res ^ res << 1) < 0;
    (0x9669_u32 >> nibble & 1 != 0) != turned
}

/// Whether condition `CC` (0 to 15 as in Jcc) holds.
#[inline(always)]
pub(crate) fn condition<const CC: u8>(res: i64, aux: u64) -> bool {
    let holds = match CC >> 1 {
        0 => overflow(aux),
        1 => carry(aux),
        2 => zero(res),
        3 => carry(aux) || zero(res),
        4 => sign(res),
        5 => parity(res),
        6 => sign(res) != overflow(aux),
        _ => zero(res) || sign(res) != overflow(aux),
    };
    holds != (CC & 1 != 0)
}

/// `aux` of the carries into each bit of a sum or difference, of which bit `S::BITS` is CF.
#[inline(always)]
pub(crate) fn spread<S: Size>(carries: u64) -> u64 {
    if S::BITS == 32 { carries } else { carries << (32 - S::BITS) | carries & AUXILIARY }
}

/// `aux` with the CF of `old`, the OF as it is.
#[inline(always)]
pub(crate) fn keep_carry(aux: u64, old: u64) -> u64 {
    let other = (aux ^ old) & CARRY;
    aux ^ other ^ other >> 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regs::flag;

    #[test]
    fn every_combination_of_flags_goes_through_and_back() {
        for bits in 0..64_u32 {
            let all = [CF, PF, AF, ZF, SF, OF];
            let flags = all.iter().enumerate().fold(0, |flags, (n, flag)| flags | ((bits >> n & 1) * flag));
            let (res, aux) = lazy(flags);
            assert_eq!(eflags(res, aux), flags);
            let conditions = [
                condition::<0>(res, aux),
                condition::<2>(res, aux),
                condition::<4>(res, aux),
                condition::<6>(res, aux),
                condition::<8>(res, aux),
                condition::<10>(res, aux),
                condition::<12>(res, aux),
                condition::<14>(res, aux),
            ];
            for (number, holds) in conditions.into_iter().enumerate() {
                assert_eq!(holds, crate::alu::condition(2 * number as u8, flags | flag::IF));
            }
        }
    }
}
