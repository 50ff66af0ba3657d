//! Keys by name and by character: what a script may write after `key`, and how `type` finds the keys of a character on
//! the US layout.

pub(crate) mod hot;
pub(crate) mod list;

use beige_host::Key;

/// How one types a character: a key, with or without Shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stroke {
    /// The key.
    pub(crate) key: Key,
    /// Shift is held meanwhile.
    pub(crate) shift: bool,
}

/// Every name that `key` knows. The first name of a key is the one shown in messages.
#[rustfmt::skip]
const NAMES: &[(&str, Key)] = &[
    ("esc", Key::Escape), ("escape", Key::Escape),
    ("f1", Key::F1), ("f2", Key::F2), ("f3", Key::F3), ("f4", Key::F4), ("f5", Key::F5), ("f6", Key::F6),
    ("f7", Key::F7), ("f8", Key::F8), ("f9", Key::F9), ("f10", Key::F10), ("f11", Key::F11), ("f12", Key::F12),
    ("printscreen", Key::PrintScreen), ("prtsc", Key::PrintScreen), ("sysrq", Key::PrintScreen),
    ("scrolllock", Key::ScrollLock), ("pause", Key::Pause), ("break", Key::Pause),
    ("`", Key::Backquote), ("backquote", Key::Backquote),
    ("1", Key::Digit1), ("2", Key::Digit2), ("3", Key::Digit3), ("4", Key::Digit4), ("5", Key::Digit5),
    ("6", Key::Digit6), ("7", Key::Digit7), ("8", Key::Digit8), ("9", Key::Digit9), ("0", Key::Digit0),
    ("-", Key::Minus), ("minus", Key::Minus), ("=", Key::Equal), ("equal", Key::Equal),
    ("backspace", Key::Backspace), ("tab", Key::Tab),
    ("q", Key::Q), ("w", Key::W), ("e", Key::E), ("r", Key::R), ("t", Key::T), ("y", Key::Y), ("u", Key::U),
    ("i", Key::I), ("o", Key::O), ("p", Key::P),
    ("[", Key::LeftBracket), ("leftbracket", Key::LeftBracket),
    ("]", Key::RightBracket), ("rightbracket", Key::RightBracket),
    ("\\", Key::Backslash), ("backslash", Key::Backslash), ("capslock", Key::CapsLock),
    ("a", Key::A), ("s", Key::S), ("d", Key::D), ("f", Key::F), ("g", Key::G), ("h", Key::H), ("j", Key::J),
    ("k", Key::K), ("l", Key::L),
    (";", Key::Semicolon), ("semicolon", Key::Semicolon), ("'", Key::Quote), ("quote", Key::Quote),
    ("enter", Key::Enter), ("return", Key::Enter),
    ("shift", Key::LeftShift), ("leftshift", Key::LeftShift), ("iso", Key::Iso), ("102nd", Key::Iso),
    ("z", Key::Z), ("x", Key::X), ("c", Key::C), ("v", Key::V), ("b", Key::B), ("n", Key::N), ("m", Key::M),
    (",", Key::Comma), ("comma", Key::Comma), (".", Key::Period), ("period", Key::Period),
    ("/", Key::Slash), ("slash", Key::Slash), ("rightshift", Key::RightShift),
    ("ctrl", Key::LeftCtrl), ("leftctrl", Key::LeftCtrl), ("alt", Key::LeftAlt), ("leftalt", Key::LeftAlt),
    ("space", Key::Space), ("rightalt", Key::RightAlt), ("altgr", Key::RightAlt), ("rightctrl", Key::RightCtrl),
    ("ins", Key::Insert), ("insert", Key::Insert), ("del", Key::Delete), ("delete", Key::Delete),
    ("home", Key::Home), ("end", Key::End), ("pageup", Key::PageUp), ("pgup", Key::PageUp),
    ("pagedown", Key::PageDown), ("pgdn", Key::PageDown),
    ("up", Key::Up), ("down", Key::Down), ("left", Key::Left), ("right", Key::Right),
    ("numlock", Key::NumLock), ("kp/", Key::KeypadSlash), ("kp*", Key::KeypadStar), ("kp-", Key::KeypadMinus),
    ("kpplus", Key::KeypadPlus), ("kpenter", Key::KeypadEnter), ("kp.", Key::KeypadPeriod),
    ("kp0", Key::Keypad0), ("kp1", Key::Keypad1), ("kp2", Key::Keypad2), ("kp3", Key::Keypad3),
    ("kp4", Key::Keypad4), ("kp5", Key::Keypad5), ("kp6", Key::Keypad6), ("kp7", Key::Keypad7),
    ("kp8", Key::Keypad8), ("kp9", Key::Keypad9),
];

/// The characters of the US layout: key, without Shift, with Shift.
#[rustfmt::skip]
const US_LAYOUT: &[(Key, char, char)] = &[
    (Key::Backquote, '`', '~'), (Key::Digit1, '1', '!'), (Key::Digit2, '2', '@'), (Key::Digit3, '3', '#'),
    (Key::Digit4, '4', '$'), (Key::Digit5, '5', '%'), (Key::Digit6, '6', '^'), (Key::Digit7, '7', '&'),
    (Key::Digit8, '8', '*'), (Key::Digit9, '9', '('), (Key::Digit0, '0', ')'), (Key::Minus, '-', '_'),
    (Key::Equal, '=', '+'), (Key::Q, 'q', 'Q'), (Key::W, 'w', 'W'), (Key::E, 'e', 'E'), (Key::R, 'r', 'R'),
    (Key::T, 't', 'T'), (Key::Y, 'y', 'Y'), (Key::U, 'u', 'U'), (Key::I, 'i', 'I'), (Key::O, 'o', 'O'),
    (Key::P, 'p', 'P'), (Key::LeftBracket, '[', '{'), (Key::RightBracket, ']', '}'), (Key::Backslash, '\\', '|'),
    (Key::A, 'a', 'A'), (Key::S, 's', 'S'), (Key::D, 'd', 'D'), (Key::F, 'f', 'F'), (Key::G, 'g', 'G'),
    (Key::H, 'h', 'H'), (Key::J, 'j', 'J'), (Key::K, 'k', 'K'), (Key::L, 'l', 'L'), (Key::Semicolon, ';', ':'),
    (Key::Quote, '\'', '"'), (Key::Z, 'z', 'Z'), (Key::X, 'x', 'X'), (Key::C, 'c', 'C'), (Key::V, 'v', 'V'),
    (Key::B, 'b', 'B'), (Key::N, 'n', 'N'), (Key::M, 'm', 'M'), (Key::Comma, ',', '<'), (Key::Period, '.', '>'),
    (Key::Slash, '/', '?'),
];

/// The key of a name, in any case.
pub(crate) fn key_of_name(name: &str) -> Option<Key> {
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, key)| *key)
}

/// The first name of a key.
pub(crate) fn name_of_key(key: Key) -> &'static str {
    NAMES.iter().find(|(_, known)| *known == key).map_or("", |(name, _)| name)
}

/// The keys of a chord such as `ctrl+alt+del`, in the order they go down. `Err` is the part that names no key.
pub(crate) fn chord(text: &str) -> Result<Vec<Key>, String> {
    text.split('+').map(|name| key_of_name(name.trim()).ok_or_else(|| name.trim().to_owned())).collect()
}

/// How a character is typed on the US layout; `None` when it cannot be.
pub(crate) fn stroke_of_char(character: char) -> Option<Stroke> {
    let plain = |key| Some(Stroke { key, shift: false });
    match character {
        '\n' => plain(Key::Enter),
        '\t' => plain(Key::Tab),
        ' ' => plain(Key::Space),
        _ => US_LAYOUT.iter().find_map(|(key, lower, upper)| match character {
            _ if character == *lower => Some(Stroke { key: *key, shift: false }),
            _ if character == *upper => Some(Stroke { key: *key, shift: true }),
            _ => None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_of_the_keyboard_has_a_name() {
        let named: BTreeSet<Key> = NAMES.iter().map(|(_, key)| *key).collect();
        assert_eq!(named.len(), Key::COUNT);
    }

    #[test]
    fn no_name_stands_for_two_keys() {
        let names: BTreeSet<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), NAMES.len());
    }

    #[test]
    fn every_printable_ascii_character_can_be_typed_and_nothing_else() {
        for character in ' '..='~' {
            assert!(stroke_of_char(character).is_some(), "{character:?}");
        }
        for character in ['\r', '\u{7f}', '\u{e4}', '\u{20ac}', '\u{8}'] {
            assert_eq!(stroke_of_char(character), None, "{character:?}");
        }
    }

    #[test]
    fn shift_is_held_for_the_upper_legend_only() {
        assert_eq!(stroke_of_char(':'), Some(Stroke { key: Key::Semicolon, shift: true }));
        assert_eq!(stroke_of_char(';'), Some(Stroke { key: Key::Semicolon, shift: false }));
        assert_eq!(stroke_of_char('A'), Some(Stroke { key: Key::A, shift: true }));
        assert_eq!(stroke_of_char('\\'), Some(Stroke { key: Key::Backslash, shift: false }));
    }

    #[test]
    fn a_chord_keeps_its_order_and_ignores_case() {
        assert_eq!(chord("Ctrl+alt+DEL"), Ok(vec![Key::LeftCtrl, Key::LeftAlt, Key::Delete]));
        assert_eq!(chord("ctrl+hyper"), Err("hyper".to_owned()));
        assert_eq!(chord("ctrl+"), Err(String::new()));
    }
}
