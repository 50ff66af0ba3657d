//! minifb's keys to those of the PC's keyboard.
//!
//! On Windows and macOS minifb reports where a key is; on X11 and Wayland it reports what the host's layout makes of it
//! without Shift. So a US layout gives every key its place; under another layout of X11 or Wayland the keys with other
//! letters arrive as those letters, and keys whose character is on no US key do not arrive.

use beige_host::Key;
use minifb::Key as HostKey;

/// The key of the PC's keyboard, `None` for keys that it has not.
#[rustfmt::skip]
pub(crate) fn key_of(key: HostKey) -> Option<Key> {
    Some(match key {
        HostKey::Key0 => Key::Digit0, HostKey::Key1 => Key::Digit1, HostKey::Key2 => Key::Digit2,
        HostKey::Key3 => Key::Digit3, HostKey::Key4 => Key::Digit4, HostKey::Key5 => Key::Digit5,
        HostKey::Key6 => Key::Digit6, HostKey::Key7 => Key::Digit7, HostKey::Key8 => Key::Digit8,
        HostKey::Key9 => Key::Digit9,
        HostKey::A => Key::A, HostKey::B => Key::B, HostKey::C => Key::C, HostKey::D => Key::D, HostKey::E => Key::E,
        HostKey::F => Key::F, HostKey::G => Key::G, HostKey::H => Key::H, HostKey::I => Key::I, HostKey::J => Key::J,
        HostKey::K => Key::K, HostKey::L => Key::L, HostKey::M => Key::M, HostKey::N => Key::N, HostKey::O => Key::O,
        HostKey::P => Key::P, HostKey::Q => Key::Q, HostKey::R => Key::R, HostKey::S => Key::S, HostKey::T => Key::T,
        HostKey::U => Key::U, HostKey::V => Key::V, HostKey::W => Key::W, HostKey::X => Key::X, HostKey::Y => Key::Y,
        HostKey::Z => Key::Z,
        HostKey::F1 => Key::F1, HostKey::F2 => Key::F2, HostKey::F3 => Key::F3, HostKey::F4 => Key::F4,
        HostKey::F5 => Key::F5, HostKey::F6 => Key::F6, HostKey::F7 => Key::F7, HostKey::F8 => Key::F8,
        HostKey::F9 => Key::F9, HostKey::F10 => Key::F10, HostKey::F11 => Key::F11, HostKey::F12 => Key::F12,
        HostKey::Down => Key::Down, HostKey::Left => Key::Left, HostKey::Right => Key::Right, HostKey::Up => Key::Up,
        HostKey::Apostrophe => Key::Quote, HostKey::Backquote => Key::Backquote, HostKey::Backslash => Key::Backslash,
        HostKey::Comma => Key::Comma, HostKey::Equal => Key::Equal, HostKey::LeftBracket => Key::LeftBracket,
        HostKey::Minus => Key::Minus, HostKey::Period => Key::Period, HostKey::RightBracket => Key::RightBracket,
        HostKey::Semicolon => Key::Semicolon, HostKey::Slash => Key::Slash, HostKey::Backspace => Key::Backspace,
        HostKey::Delete => Key::Delete, HostKey::End => Key::End, HostKey::Enter => Key::Enter,
        HostKey::Escape => Key::Escape, HostKey::Home => Key::Home, HostKey::Insert => Key::Insert,
        HostKey::PageDown => Key::PageDown, HostKey::PageUp => Key::PageUp, HostKey::Pause => Key::Pause,
        HostKey::Space => Key::Space, HostKey::Tab => Key::Tab, HostKey::NumLock => Key::NumLock,
        HostKey::CapsLock => Key::CapsLock, HostKey::ScrollLock => Key::ScrollLock,
        HostKey::LeftShift => Key::LeftShift, HostKey::RightShift => Key::RightShift,
        HostKey::LeftCtrl => Key::LeftCtrl, HostKey::RightCtrl => Key::RightCtrl,
        HostKey::LeftAlt => Key::LeftAlt, HostKey::RightAlt => Key::RightAlt,
        HostKey::NumPad0 => Key::Keypad0, HostKey::NumPad1 => Key::Keypad1, HostKey::NumPad2 => Key::Keypad2,
        HostKey::NumPad3 => Key::Keypad3, HostKey::NumPad4 => Key::Keypad4, HostKey::NumPad5 => Key::Keypad5,
        HostKey::NumPad6 => Key::Keypad6, HostKey::NumPad7 => Key::Keypad7, HostKey::NumPad8 => Key::Keypad8,
        HostKey::NumPad9 => Key::Keypad9, HostKey::NumPadDot => Key::KeypadPeriod,
        HostKey::NumPadSlash => Key::KeypadSlash, HostKey::NumPadAsterisk => Key::KeypadStar,
        HostKey::NumPadMinus => Key::KeypadMinus, HostKey::NumPadPlus => Key::KeypadPlus,
        HostKey::NumPadEnter => Key::KeypadEnter,
        HostKey::F13 | HostKey::F14 | HostKey::F15 | HostKey::Menu | HostKey::LeftSuper | HostKey::RightSuper
        | HostKey::Unknown | HostKey::Count => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::key_of_name;
    use std::collections::BTreeSet;

    /// Every key that minifb has, by the name that its debug form shows.
    const HOST_KEYS: &[HostKey] = {
        use HostKey::*;
        &[
            Key0,
            Key1,
            Key2,
            Key3,
            Key4,
            Key5,
            Key6,
            Key7,
            Key8,
            Key9,
            A,
            B,
            C,
            D,
            E,
            F,
            G,
            H,
            I,
            J,
            K,
            L,
            M,
            N,
            O,
            P,
            Q,
            R,
            S,
            T,
            U,
            V,
            W,
            X,
            Y,
            Z,
            F1,
            F2,
            F3,
            F4,
            F5,
            F6,
            F7,
            F8,
            F9,
            F10,
            F11,
            F12,
            F13,
            F14,
            F15,
            Down,
            Left,
            Right,
            Up,
            Apostrophe,
            Backquote,
            Backslash,
            Comma,
            Equal,
            LeftBracket,
            Minus,
            Period,
            RightBracket,
            Semicolon,
            Slash,
            Backspace,
            Delete,
            End,
            Enter,
            Escape,
            Home,
            Insert,
            Menu,
            PageDown,
            PageUp,
            Pause,
            Space,
            Tab,
            NumLock,
            CapsLock,
            ScrollLock,
            LeftShift,
            RightShift,
            LeftCtrl,
            RightCtrl,
            NumPad0,
            NumPad1,
            NumPad2,
            NumPad3,
            NumPad4,
            NumPad5,
            NumPad6,
            NumPad7,
            NumPad8,
            NumPad9,
            NumPadDot,
            NumPadSlash,
            NumPadAsterisk,
            NumPadMinus,
            NumPadPlus,
            NumPadEnter,
            LeftAlt,
            RightAlt,
            LeftSuper,
            RightSuper,
            Unknown,
        ]
    };

    #[test]
    fn every_key_of_the_pc_but_those_on_the_hot_keys_has_exactly_one_host_key() {
        assert_eq!(HOST_KEYS.len(), HostKey::Count as usize);
        let mapped: Vec<Key> = HOST_KEYS.iter().filter_map(|key| key_of(*key)).collect();
        let distinct: BTreeSet<Key> = mapped.iter().copied().collect();
        assert_eq!(mapped.len(), distinct.len());
        assert_eq!(distinct.len(), Key::COUNT - 2);
        for key in [Key::PrintScreen, Key::Iso] {
            assert!(!distinct.contains(&key), "{key:?}");
            assert!(crate::window::hotkeys::can_be_sent(key), "{key:?}");
        }
    }

    #[test]
    fn letters_and_function_keys_keep_their_names() {
        for key in HOST_KEYS {
            let name = format!("{key:?}");
            if name.len() == 1 || name.starts_with('F') && name.len() < 4 {
                assert_eq!(key_of(*key), key_of_name(&name), "{name}");
            }
        }
    }
}
