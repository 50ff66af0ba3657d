//! Every operation against a model that takes one lane at a time out of wide integers: all pairs of bytes, all words
//! against words at which something turns, and random values, in every lane.

use super::*;
use Packed::*;
use beige_testkit::Random;

/// Lane `number` of `bits` bits, zero-extended.
fn lane(value: u64, bits: u32, number: u32) -> i128 {
    i128::from(value) >> (bits * number) & ((1 << bits) - 1)
}

/// As [`lane`], sign-extended.
fn signed(value: u64, bits: u32, number: u32) -> i128 {
    let unsigned = lane(value, bits, number);
    if unsigned >> (bits - 1) == 0 { unsigned } else { unsigned - (1 << bits) }
}

/// Builds a result of lanes of `bits` bits.
fn build(bits: u32, of: impl Fn(u32) -> i128) -> u64 {
    (0..64 / bits).fold(0, |all, number| all | ((of(number) & ((1 << bits) - 1)) as u64) << (bits * number))
}

fn limit(value: i128, least: i128, most: i128) -> i128 {
    if value < least {
        least
    } else if value > most {
        most
    } else {
        value
    }
}

fn sum(bits: u32, a: u64, b: u64, sign: i128) -> u64 {
    build(bits, |n| lane(a, bits, n) + sign * lane(b, bits, n))
}

fn signed_sum(bits: u32, a: u64, b: u64, sign: i128) -> u64 {
    let top = 1 << (bits - 1);
    build(bits, |n| limit(signed(a, bits, n) + sign * signed(b, bits, n), -top, top - 1))
}

fn unsigned_sum(bits: u32, a: u64, b: u64, sign: i128) -> u64 {
    build(bits, |n| limit(lane(a, bits, n) + sign * lane(b, bits, n), 0, (1 << bits) - 1))
}

fn equal(bits: u32, a: u64, b: u64) -> u64 {
    build(bits, |n| if lane(a, bits, n) == lane(b, bits, n) { -1 } else { 0 })
}

fn greater(bits: u32, a: u64, b: u64) -> u64 {
    build(bits, |n| if signed(a, bits, n) > signed(b, bits, n) { -1 } else { 0 })
}

/// Packs lanes of `bits` bits into half as many.
fn pack(bits: u32, a: u64, b: u64, least: i128, most: i128) -> u64 {
    let lanes = 64 / bits;
    build(bits / 2, |n| limit(if n < lanes { signed(a, bits, n) } else { signed(b, bits, n - lanes) }, least, most))
}

/// Lanes from `first` on, those of `a` and `b` in turn.
fn unpack(bits: u32, a: u64, b: u64, high: bool) -> u64 {
    let first = if high { 32 / bits } else { 0 };
    build(bits, |n| lane(if n % 2 == 0 { a } else { b }, bits, first + n / 2))
}

/// Shifts bit by bit, at most a lane's width.
fn shift(bits: u32, a: u64, count: u64, step: impl Fn(i128) -> i128, sign: bool) -> u64 {
    let times = count.min(u64::from(bits));
    build(bits, |n| (0..times).fold(if sign { signed(a, bits, n) } else { lane(a, bits, n) }, |value, _| step(value)))
}

fn model(operation: Packed, a: u64, b: u64) -> u64 {
    let (left, right) = (|value: i128| value.wrapping_mul(2), |value: i128| value.div_euclid(2));
    match operation {
        Move => b,
        Paddb => sum(8, a, b, 1),
        Paddw => sum(16, a, b, 1),
        Paddd => sum(32, a, b, 1),
        Psubb => sum(8, a, b, -1),
        Psubw => sum(16, a, b, -1),
        Psubd => sum(32, a, b, -1),
        Paddsb => signed_sum(8, a, b, 1),
        Paddsw => signed_sum(16, a, b, 1),
        Psubsb => signed_sum(8, a, b, -1),
        Psubsw => signed_sum(16, a, b, -1),
        Paddusb => unsigned_sum(8, a, b, 1),
        Paddusw => unsigned_sum(16, a, b, 1),
        Psubusb => unsigned_sum(8, a, b, -1),
        Psubusw => unsigned_sum(16, a, b, -1),
        Pmullw => build(16, |n| signed(a, 16, n) * signed(b, 16, n)),
        Pmulhw => build(16, |n| (signed(a, 16, n) * signed(b, 16, n)).div_euclid(1 << 16)),
        Pmaddwd => {
            build(32, |n| (0..2).map(|half| signed(a, 16, 2 * n + half) * signed(b, 16, 2 * n + half)).sum::<i128>())
        }
        Pcmpeqb => equal(8, a, b),
        Pcmpeqw => equal(16, a, b),
        Pcmpeqd => equal(32, a, b),
        Pcmpgtb => greater(8, a, b),
        Pcmpgtw => greater(16, a, b),
        Pcmpgtd => greater(32, a, b),
        Packsswb => pack(16, a, b, -0x80, 0x7f),
        Packuswb => pack(16, a, b, 0, 0xff),
        Packssdw => pack(32, a, b, -0x8000, 0x7fff),
        Punpckhbw => unpack(8, a, b, true),
        Punpckhwd => unpack(16, a, b, true),
        Punpckhdq => unpack(32, a, b, true),
        Punpcklbw => unpack(8, a, b, false),
        Punpcklwd => unpack(16, a, b, false),
        Punpckldq => unpack(32, a, b, false),
        Pand => build(1, |n| lane(a, 1, n) * lane(b, 1, n)),
        Pandn => build(1, |n| (1 - lane(a, 1, n)) * lane(b, 1, n)),
        Por => build(1, |n| i128::from(lane(a, 1, n) + lane(b, 1, n) > 0)),
        Pxor => build(1, |n| i128::from(lane(a, 1, n) != lane(b, 1, n))),
        Psllw => shift(16, a, b, left, false),
        Pslld => shift(32, a, b, left, false),
        Psllq => shift(64, a, b, left, false),
        Psrlw => shift(16, a, b, right, false),
        Psrld => shift(32, a, b, right, false),
        Psrlq => shift(64, a, b, right, false),
        Psraw => shift(16, a, b, right, true),
        Psrad => shift(32, a, b, right, true),
    }
}

const OF_BYTES: [Packed; 12] =
    [Paddb, Psubb, Paddsb, Psubsb, Paddusb, Psubusb, Pcmpeqb, Pcmpgtb, Pand, Pandn, Por, Pxor];
const OF_WORDS: [Packed; 13] =
    [Paddw, Psubw, Paddsw, Psubsw, Paddusw, Psubusw, Pmullw, Pmulhw, Pmaddwd, Pcmpeqw, Pcmpgtw, Packsswb, Packuswb];
const OF_MORE: [Packed; 12] =
    [Move, Paddd, Psubd, Pcmpeqd, Pcmpgtd, Packssdw, Punpckhbw, Punpckhwd, Punpckhdq, Punpcklbw, Punpcklwd, Punpckldq];
const SHIFTS: [Packed; 8] = [Psllw, Pslld, Psllq, Psrlw, Psrld, Psrlq, Psraw, Psrad];

#[track_caller]
fn check(operation: Packed, a: u64, b: u64) {
    assert_eq!(packed(operation, a, b), model(operation, a, b), "{operation:?} {a:016x} {b:016x}");
}

#[test]
fn all_pairs_of_bytes_in_every_lane() {
    // Eight neighbouring second operands at once, the first in all lanes.
    for operation in OF_BYTES {
        for a in 0..=0xff_u64 {
            for b in 0..0x20_u64 {
                let first = a * 0x0101_0101_0101_0101;
                let second = (b * 8) * 0x0101_0101_0101_0101 + 0x0706_0504_0302_0100;
                check(operation, first, second);
                check(operation, first, second.rotate_left(8 * (a % 8) as u32));
            }
        }
    }
}

#[test]
fn every_word_against_words_at_which_something_turns() {
    let turns =
        [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xff7f, 0xff80, 0xff81, 0xfffe, 0xffff];
    for operation in OF_WORDS {
        for group in turns.as_chunks::<4>().0 {
            let turning = from_words(*group);
            for word in 0..=0xffff_u16 {
                let all = from_words([word; 4]);
                check(operation, all, turning);
                check(operation, turning, all);
            }
        }
    }
}

#[test]
fn random_values_with_lanes_at_their_ends() {
    let mut random = Random::new(57);
    let mut value = || {
        let (bits, mask, end) = (random.next_u64(), random.next_u64(), random.below(3));
        match end {
            0 => bits,
            1 => bits & mask,
            // Some lanes are all ones, zero, the most or the least.
            _ => from_words(words(mask).map(|word| match word & 7 {
                0 => 0,
                1 => 0xffff,
                2 => 0x8000,
                3 => 0x7fff,
                _ => word,
            })),
        }
    };
    for _ in 0..20_000 {
        let (a, b) = (value(), value());
        for operation in OF_BYTES.into_iter().chain(OF_WORDS).chain(OF_MORE) {
            check(operation, a, b);
        }
    }
}

#[test]
fn shifts_by_every_count_and_beyond() {
    let mut random = Random::new(58);
    let counts = (0..=130_u64).chain([255, 256, 1 << 16, 1 << 31, 1 << 32, 1 << 63, (1 << 32) + 1, u64::MAX]);
    for count in counts {
        for _ in 0..20 {
            let value = random.next_u64();
            for operation in SHIFTS {
                check(operation, value, count);
                check(operation, value | 0x8000_8000_8000_8000, count);
            }
        }
    }
}

#[test]
fn the_examples_of_the_manual() {
    assert_eq!(packed(Pmaddwd, 0x8000_8000_8000_8000, 0x8000_8000_8000_8000), 0x8000_0000_8000_0000);
    assert_eq!(packed(Pmulhw, 0x7fff, 0x7fff), 0x3fff);
    assert_eq!(packed(Punpcklbw, 0x7766_5544_3322_1100, 0xffee_ddcc_bbaa_9988), 0xbb33_aa22_9911_8800);
    assert_eq!(packed(Packssdw, 0x0001_0000_ffff_8000, 0x7fff_ffff_8000_0000), 0x7fff_8000_7fff_8000);
    assert_eq!(packed(Packuswb, 0x0100_00ff_8000_ffff, 0), 0xffff_0000);
}
