//! The codes of an AT keyboard's keys in scan sets 1, 2 and 3. Pure tables and functions, no state.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-Key)" (S84F-9809), "Scan code set
//! 1/2/3"; the translation is the table of the IBM AT keyboard controller, Technical Reference (6183355) 1-38.
//!
//! A key is described once, in set 2. Set 1 is what the 8042's translation makes of set 2, in the keyboard as in the
//! controller, so that [`to_set_1`] serves both. Set 3 has codes of its own, no prefixes and no fake shifts.

use beige_core::Key;

/// What stands before a break code in sets 2 and 3.
pub(crate) const BREAK: u8 = 0xf0;
/// What stands before the code of a key that the first AT keyboard did not have.
pub(crate) const EXTENDED: u8 = 0xe0;
/// What stands before the two codes of Pause.
pub(crate) const PAUSE: u8 = 0xe1;
/// Left Shift in set 2, also the fake shift after [`EXTENDED`].
pub(crate) const LEFT_SHIFT: u8 = 0x12;
/// Right Shift in set 2.
pub(crate) const RIGHT_SHIFT: u8 = 0x59;

/// How a key's sequence in sets 1 and 2 is made of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One code.
    Plain,
    /// A code after E0h.
    Extended,
    /// A code after E0h; a held Shift is lifted for it, and Num Lock without Shift presses a fake one.
    Navigation,
    /// A code after E0h; a held Shift is lifted for it: the keypad's slash.
    Unshifted,
    /// Print Screen.
    PrintScreen,
    /// Pause.
    Pause,
}

/// What a key in set 3 sends besides its first make code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Repeats, no break code.
    Typematic,
    /// A break code, no repeats.
    MakeBreak,
    /// Neither.
    Make,
}

/// One key in all sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// The code in set 2 without prefixes.
    pub(crate) set_2: u8,
    /// How the sequence is made of it.
    pub(crate) shape: Shape,
    /// The code in set 3.
    pub(crate) set_3: u8,
    /// What it does in set 3 after power-on.
    pub(crate) action: Action,
}

const fn code(set_2: u8, shape: Shape, set_3: u8, action: Action) -> Code {
    Code { set_2, shape, set_3, action }
}

/// A key of the main block that has the same code in sets 2 and 3.
const fn main(set: u8) -> Code {
    code(set, Shape::Plain, set, Action::Typematic)
}

/// Every key, in the order of [`Key`].
static CODES: [Code; Key::COUNT] = {
    use Action::{Make, MakeBreak, Typematic};
    use Shape::{Extended, Navigation, Plain, PrintScreen, Unshifted};
    [
        code(0x76, Plain, 0x08, Make),             // Escape
        code(0x05, Plain, 0x07, Make),             // F1
        code(0x06, Plain, 0x0f, Make),             // F2
        code(0x04, Plain, 0x17, Make),             // F3
        code(0x0c, Plain, 0x1f, Make),             // F4
        code(0x03, Plain, 0x27, Make),             // F5
        code(0x0b, Plain, 0x2f, Make),             // F6
        code(0x83, Plain, 0x37, Make),             // F7
        code(0x0a, Plain, 0x3f, Make),             // F8
        code(0x01, Plain, 0x47, Make),             // F9
        code(0x09, Plain, 0x4f, Make),             // F10
        code(0x78, Plain, 0x56, Make),             // F11
        code(0x07, Plain, 0x5e, Make),             // F12
        code(0x7c, PrintScreen, 0x57, Make),       // Print Screen
        code(0x7e, Plain, 0x5f, Make),             // Scroll Lock
        code(0x77, Shape::Pause, 0x62, Make),      // Pause
        main(0x0e),                                // `
        main(0x16),                                // 1
        main(0x1e),                                // 2
        main(0x26),                                // 3
        main(0x25),                                // 4
        main(0x2e),                                // 5
        main(0x36),                                // 6
        main(0x3d),                                // 7
        main(0x3e),                                // 8
        main(0x46),                                // 9
        main(0x45),                                // 0
        main(0x4e),                                // -
        main(0x55),                                // =
        main(0x66),                                // Backspace
        main(0x0d),                                // Tab
        main(0x15),                                // Q
        main(0x1d),                                // W
        main(0x24),                                // E
        main(0x2d),                                // R
        main(0x2c),                                // T
        main(0x35),                                // Y
        main(0x3c),                                // U
        main(0x43),                                // I
        main(0x44),                                // O
        main(0x4d),                                // P
        main(0x54),                                // [
        main(0x5b),                                // ]
        code(0x5d, Plain, 0x5c, Typematic),        // backslash
        code(0x58, Plain, 0x14, MakeBreak),        // Caps Lock
        main(0x1c),                                // A
        main(0x1b),                                // S
        main(0x23),                                // D
        main(0x2b),                                // F
        main(0x34),                                // G
        main(0x33),                                // H
        main(0x3b),                                // J
        main(0x42),                                // K
        main(0x4b),                                // L
        main(0x4c),                                // ;
        main(0x52),                                // '
        main(0x5a),                                // Enter
        code(LEFT_SHIFT, Plain, 0x12, MakeBreak),  // left Shift
        code(0x61, Plain, 0x13, Typematic),        // the 102nd key
        main(0x1a),                                // Z
        main(0x22),                                // X
        main(0x21),                                // C
        main(0x2a),                                // V
        main(0x32),                                // B
        main(0x31),                                // N
        main(0x3a),                                // M
        main(0x41),                                // ,
        main(0x49),                                // .
        main(0x4a),                                // /
        code(RIGHT_SHIFT, Plain, 0x59, MakeBreak), // right Shift
        code(0x14, Plain, 0x11, MakeBreak),        // left Ctrl
        code(0x11, Plain, 0x19, MakeBreak),        // left Alt
        main(0x29),                                // Space
        code(0x11, Extended, 0x39, Make),          // right Alt
        code(0x14, Extended, 0x58, Make),          // right Ctrl
        code(0x70, Navigation, 0x67, Make),        // Insert
        code(0x71, Navigation, 0x64, Typematic),   // Delete
        code(0x6c, Navigation, 0x6e, Make),        // Home
        code(0x69, Navigation, 0x65, Make),        // End
        code(0x7d, Navigation, 0x6f, Make),        // Page Up
        code(0x7a, Navigation, 0x6d, Make),        // Page Down
        code(0x75, Navigation, 0x63, Typematic),   // Up
        code(0x72, Navigation, 0x60, Typematic),   // Down
        code(0x6b, Navigation, 0x61, Typematic),   // Left
        code(0x74, Navigation, 0x6a, Typematic),   // Right
        code(0x77, Plain, 0x76, Make),             // Num Lock
        code(0x4a, Unshifted, 0x77, Make),         // keypad /
        code(0x7c, Plain, 0x7e, Make),             // keypad *
        code(0x7b, Plain, 0x84, Make),             // keypad -
        code(0x79, Plain, 0x7c, Typematic),        // keypad +
        code(0x5a, Extended, 0x79, Make),          // keypad Enter
        code(0x71, Plain, 0x71, Make),             // keypad .
        code(0x70, Plain, 0x70, Make),             // keypad 0
        code(0x69, Plain, 0x69, Make),             // keypad 1
        code(0x72, Plain, 0x72, Make),             // keypad 2
        code(0x7a, Plain, 0x7a, Make),             // keypad 3
        code(0x6b, Plain, 0x6b, Make),             // keypad 4
        code(0x73, Plain, 0x73, Make),             // keypad 5
        code(0x74, Plain, 0x74, Make),             // keypad 6
        code(0x6c, Plain, 0x6c, Make),             // keypad 7
        code(0x75, Plain, 0x75, Make),             // keypad 8
        code(0x7d, Plain, 0x7d, Make),             // keypad 9
    ]
};

/// The codes of a key.
pub(crate) fn code_of(key: Key) -> Code {
    CODES[key as usize]
}

/// The number of the key that has this code in set 3.
pub(crate) fn key_of_set_3(set_3: u8) -> Option<usize> {
    CODES.iter().position(|code| code.set_3 == set_3)
}

/// Codes 00h-7Fh of set 2 (and of set 3, which shares the table) in set 1.
static SET_2_TO_1: [u8; 128] = [
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59, // 00h
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, // 10h
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, // 20h
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, // 30h
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, // 40h
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, // 50h
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, // 60h
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, // 70h
];

/// The set 1 code of a set 2 code. F7 and Alt-SysRq have codes above 7Fh; everything else up there is a reply of the
/// keyboard or a prefix and stays as it is.
pub(crate) fn to_set_1(set_2: u8) -> u8 {
    match set_2 {
        0x83 => 0x41,
        0x84 => 0x54,
        _ => SET_2_TO_1.get(usize::from(set_2)).copied().unwrap_or(set_2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::Coded;

    fn keys() -> impl Iterator<Item = Key> {
        (0..Key::COUNT as u8).filter_map(Key::from_code)
    }

    #[test]
    fn no_two_keys_share_a_code_in_any_set() {
        for (a, b) in keys().flat_map(|a| keys().map(move |b| (a, b))).filter(|(a, b)| a != b) {
            let (first, second) = (code_of(a), code_of(b));
            assert_ne!(first.set_3, second.set_3, "{a:?} {b:?}");
            let same_prefix = (first.shape == Shape::Plain) == (second.shape == Shape::Plain);
            assert!(!same_prefix || first.set_2 != second.set_2 || first.shape == Shape::Pause, "{a:?} {b:?}");
        }
    }

    #[test]
    fn the_main_block_counts_up_in_set_1() {
        let block = [
            (Key::Escape, 0x01),
            (Key::Digit1, 0x02),
            (Key::Digit0, 0x0b),
            (Key::Backspace, 0x0e),
            (Key::Tab, 0x0f),
            (Key::Q, 0x10),
            (Key::P, 0x19),
            (Key::Enter, 0x1c),
            (Key::LeftCtrl, 0x1d),
            (Key::A, 0x1e),
            (Key::L, 0x26),
            (Key::Backquote, 0x29),
            (Key::LeftShift, 0x2a),
            (Key::Backslash, 0x2b),
            (Key::Z, 0x2c),
            (Key::M, 0x32),
            (Key::RightShift, 0x36),
            (Key::KeypadStar, 0x37),
            (Key::LeftAlt, 0x38),
            (Key::Space, 0x39),
            (Key::CapsLock, 0x3a),
            (Key::F1, 0x3b),
            (Key::F7, 0x41),
            (Key::F10, 0x44),
            (Key::NumLock, 0x45),
            (Key::ScrollLock, 0x46),
            (Key::Keypad7, 0x47),
            (Key::KeypadMinus, 0x4a),
            (Key::KeypadPlus, 0x4e),
            (Key::Keypad0, 0x52),
            (Key::KeypadPeriod, 0x53),
            (Key::Iso, 0x56),
            (Key::F11, 0x57),
            (Key::F12, 0x58),
        ];
        for (key, set_1) in block {
            assert_eq!(to_set_1(code_of(key).set_2), set_1, "{key:?}");
        }
    }

    #[test]
    fn no_two_codes_of_set_2_translate_to_one_except_f7_and_sysrq() {
        for a in 0..=0xff_u8 {
            for b in 0..a {
                let shared = matches!((b, a), (0x02, 0x83) | (0x7f, 0x84) | (0x00, 0xff));
                assert_eq!(to_set_1(a) == to_set_1(b), shared, "{b:02x} {a:02x}");
            }
        }
    }

    #[test]
    fn a_key_is_found_by_its_set_3_code() {
        for key in keys() {
            assert_eq!(key_of_set_3(code_of(key).set_3), Some(key as usize));
        }
        assert_eq!(key_of_set_3(0xff), None);
    }
}
