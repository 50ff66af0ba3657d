//! Which function runs the common cases of an escape.

use super::memory::{DWORD, LONG, QUAD, SHORT, WORD, bytes};
use super::{Fast, arithmetic, arithmetic_memory, compare, compare_memory, load, store};

/// The function of an operation of arithmetic on registers.
macro_rules! on_registers {
    ($operation:expr, $to_place:literal, $pops:literal) => {
        Fast::Register(match $operation {
            0 => arithmetic::<0, $to_place, $pops>,
            1 => arithmetic::<1, $to_place, $pops>,
            4 => arithmetic::<4, $to_place, $pops>,
            5 => arithmetic::<5, $to_place, $pops>,
            6 => arithmetic::<6, $to_place, $pops>,
            _ => arithmetic::<7, $to_place, $pops>,
        })
    };
}

/// The function of an operation of arithmetic, or a comparison, on ST and memory.
macro_rules! on_memory {
    ($operation:expr, $format:ident) => {
        Fast::Read(
            bytes($format),
            match $operation {
                0 => arithmetic_memory::<0, $format>,
                1 => arithmetic_memory::<1, $format>,
                2 => compare_memory::<0, $format>,
                3 => compare_memory::<1, $format>,
                4 => arithmetic_memory::<4, $format>,
                5 => arithmetic_memory::<5, $format>,
                6 => arithmetic_memory::<6, $format>,
                _ => arithmetic_memory::<7, $format>,
            },
        )
    };
}

/// Instructions with a memory operand, by the first byte and bits 3 to 5 of the second.
pub(super) fn memory_form(group: u8, operation: u8) -> Option<Fast> {
    Some(match (group, operation) {
        (0, _) => on_memory!(operation, SHORT),
        (2, _) => on_memory!(operation, DWORD),
        (4, _) => on_memory!(operation, LONG),
        (6, _) => on_memory!(operation, WORD),
        (1, 0) => Fast::Read(bytes(SHORT), load::<SHORT>),
        (1, 2) => Fast::Write(bytes(SHORT), store::<SHORT, false>),
        (1, 3) => Fast::Write(bytes(SHORT), store::<SHORT, true>),
        (1, 5) => Fast::Read(2, super::load_control),
        (1, 7) => Fast::Write(2, super::store_control),
        (3, 0) => Fast::Read(bytes(DWORD), load::<DWORD>),
        (3, 2) => Fast::Write(bytes(DWORD), store::<DWORD, false>),
        (3, 3) => Fast::Write(bytes(DWORD), store::<DWORD, true>),
        (3, 5) => Fast::ReadExtended(super::load_extended),
        (3, 7) => Fast::Write(10, super::store_extended),
        (5, 0) => Fast::Read(bytes(LONG), load::<LONG>),
        (5, 2) => Fast::Write(bytes(LONG), store::<LONG, false>),
        (5, 3) => Fast::Write(bytes(LONG), store::<LONG, true>),
        (5, 7) => Fast::Write(2, super::store_status),
        (7, 0) => Fast::Read(bytes(WORD), load::<WORD>),
        (7, 2) => Fast::Write(bytes(WORD), store::<WORD, false>),
        (7, 3) => Fast::Write(bytes(WORD), store::<WORD, true>),
        (7, 5) => Fast::Read(bytes(QUAD), load::<QUAD>),
        (7, 7) => Fast::Write(bytes(QUAD), store::<QUAD, true>),
        _ => return None,
    })
}

/// Instructions without one, by the first byte and the two parts of the second.
pub(super) fn register_form(group: u8, operation: u8, place: u8) -> Option<Fast> {
    Some(match (group, operation, place) {
        (0, 2, _) | (5, 4, _) => Fast::Register(compare::<0>),
        (0, 3, _) | (5, 5, _) => Fast::Register(compare::<1>),
        (6, 3, 1) | (2, 5, 1) => Fast::Register(compare::<2>),
        (0, _, _) => on_registers!(operation, false, false),
        (4, 0 | 1 | 4..8, _) => on_registers!(operation, true, false),
        (6, 0 | 1 | 4..8, _) => on_registers!(operation, true, true),
        (1, 0, 0..7) => Fast::Register(super::load_register),
        (1, 1, _) => Fast::Register(super::exchange),
        (1, 4, 0) => Fast::Register(super::change_sign::<false>),
        (1, 4, 1) => Fast::Register(super::change_sign::<true>),
        (1, 4, 4) => Fast::Register(super::test),
        (1, 5, 0 | 6) => Fast::Register(super::load_small),
        (1, 5, 1..=5) => Fast::Register(super::load_constant),
        (1, 7, 2) => Fast::Register(super::root_of_top),
        (5, 2, _) => Fast::Register(super::store_register::<false>),
        (5, 3, _) => Fast::Register(super::store_register::<true>),
        (7, 4, 0) => Fast::StatusToAx,
        _ => return None,
    })
}
