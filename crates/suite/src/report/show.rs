//! Values as text.

use crate::case::register;
use crate::verdict::{Difference, Field};

/// Flags that are shown, by bit, from the top.
const FLAGS: [(u32, char); 9] =
    [(11, 'O'), (10, 'D'), (9, 'I'), (8, 'T'), (7, 'S'), (6, 'Z'), (4, 'A'), (2, 'P'), (0, 'C')];

/// The letter of a flag by its bit, in lower case.
pub(super) fn flag_letter(bit: u32) -> Option<char> {
    FLAGS.iter().find(|(known, _)| *known == bit).map(|(_, letter)| letter.to_ascii_lowercase())
}

/// The name of a field.
pub(super) fn name(field: Field) -> String {
    match field {
        Field::Register { number, wide } => register::name(number, wide).to_owned(),
        Field::Memory(address) => format!("[{address:05X}]"),
        Field::Exception => "exception".to_owned(),
        Field::ErrorCode => "error code".to_owned(),
        Field::FpuControl => "x87 control".to_owned(),
        Field::FpuStatus => "x87 status".to_owned(),
        Field::FpuTags => "x87 tags".to_owned(),
        Field::FpuRegister(place) => format!("st{place}"),
    }
}

/// A value of a field, with `?` for flags that are undefined.
pub(super) fn value(difference: &Difference, value: Option<u128>) -> String {
    let Some(value) = value else { return "none".to_owned() };
    match difference.field {
        Field::Register { number: register::EFLAGS, wide } => {
            let letters = flags(value as u32, difference.defined as u32);
            if wide { format!("{value:08X} {letters}") } else { format!("{value:04X} {letters}") }
        }
        Field::Register { number, wide } if !wide || register::is_segment(number) => format!("{value:04X}"),
        Field::Register { .. } => format!("{value:08X}"),
        Field::Memory(_) => format!("{value:02X}"),
        Field::Exception => format!("{value} {}", exception_name(value)).trim_end().to_owned(),
        Field::ErrorCode | Field::FpuControl | Field::FpuStatus | Field::FpuTags => format!("{value:04X}"),
        Field::FpuRegister(_) => format!("{:04X}.{:016X}", value >> 64, value as u64),
    }
}

/// Flags by letters: a dot where one is clear, `?` where it is undefined.
fn flags(value: u32, defined: u32) -> String {
    let letter = |(bit, letter): &(u32, char)| match (defined >> bit & 1, value >> bit & 1) {
        (0, _) => '?',
        (_, 0) => '.',
        _ => *letter,
    };
    FLAGS.iter().map(letter).collect()
}

fn exception_name(number: u128) -> &'static str {
    const NAMES: [&str; 18] = [
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "", "#TS", "#NP", "#SS", "#GP", "#PF", "",
        "#MF", "#AC",
    ];
    NAMES.get(number as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: Field, defined: u128, number: u128) -> String {
        value(&Difference { field, initial: None, expected: None, got: None, defined }, Some(number))
    }

    #[test]
    fn values_have_the_width_of_their_field() {
        let register = |number, wide| Field::Register { number, wide };
        assert_eq!(of(register(register::EAX, false), u128::MAX, 0x3d0e), "3D0E");
        assert_eq!(of(register(register::EAX, true), u128::MAX, 0x3d0e), "00003D0E");
        assert_eq!(of(register(register::ES, true), u128::MAX, 7), "0007");
        assert_eq!(of(register(register::EFLAGS, false), 0xffef, 0x0893), "0893 O...S.?.C");
        assert_eq!(of(Field::Memory(5), u128::MAX, 7), "07");
        assert_eq!(of(Field::Exception, u128::MAX, 13), "13 #GP");
        assert_eq!(of(Field::FpuRegister(0), u128::MAX, 0x3fff_8000_0000_0000_0001), "3FFF.8000000000000001");
    }
}
