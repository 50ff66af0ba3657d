//! The hot keys of the window, as data: the window obeys this table, `--help` and `beige keys` print it.

use super::name_of_key;
use beige_host::Key;

/// The key that makes hot keys of others: no keyboard of an XT has it and few programs of the time use it, and unlike
/// Ctrl or Alt it is part of no other combination. Alone it reaches the guest when it is let go.
pub(crate) const PREFIX: Key = Key::F12;

/// What a hot key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HotAction {
    /// Press keys of the guest together for a moment.
    Press(&'static [Key]),
    /// Pause, or go on.
    Pause,
    /// Push the reset button.
    Reset,
    /// Put the next disk into floppy drive A (0) or B (1).
    NextDisk(u8),
    /// Save a picture.
    Screenshot,
    /// Save the state of the machine.
    SaveState,
    /// End.
    Quit,
}

/// A key that, pressed while [`PREFIX`] is held, is for Beige and not for the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HotKey {
    /// The key.
    pub(crate) key: Key,
    /// What it does.
    pub(crate) action: HotAction,
    /// What it does, in a few words.
    pub(crate) does: &'static str,
    /// The same after `press P`, for the hint at the start; empty where the hint leaves it out.
    hint: &'static str,
}

/// Every hot key.
#[rustfmt::skip]
pub(crate) const HOT_KEYS: &[HotKey] = &[
    hot(Key::P, HotAction::Pause, "pause, go on", "to pause"),
    hot(Key::R, HotAction::Reset, "reset button", "to reset"),
    hot(Key::D, HotAction::Press(&[Key::LeftCtrl, Key::LeftAlt, Key::Delete]), "Ctrl-Alt-Del", "for Ctrl-Alt-Del"),
    hot(Key::S, HotAction::Screenshot, "screenshot into the current folder", "for a screenshot"),
    hot(Key::W, HotAction::SaveState, "write the state into the current folder; --resume goes on", "to save the state"),
    hot(Key::E, HotAction::NextDisk(0), "next disk of drive A; a single one goes out and in", "for the next disk"),
    hot(Key::B, HotAction::NextDisk(1), "next disk of drive B", ""),
    hot(Key::Q, HotAction::Quit, "quit", "to quit"),
    hot(Key::Digit1, HotAction::Press(&[Key::PrintScreen]), "Print Screen", ""),
    hot(Key::Digit2, HotAction::Press(&[Key::Pause]), "Pause", ""),
    hot(Key::Digit3, HotAction::Press(&[Key::LeftCtrl, Key::Pause]), "Ctrl-Break", ""),
    hot(Key::Digit4, HotAction::Press(&[Key::LeftAlt, Key::PrintScreen]), "Alt-SysRq", ""),
    hot(Key::Digit5, HotAction::Press(&[Key::Iso]), "the ISO key left of Z", ""),
];

const fn hot(key: Key, action: HotAction, does: &'static str, hint: &'static str) -> HotKey {
    HotKey { key, action, does, hint }
}

impl HotKey {
    /// How it is written: `F12+P`.
    pub(crate) fn chord(&self) -> String {
        format!("{}+{}", prefix_name(), name_of_key(self.key).to_ascii_uppercase())
    }
}

/// The prefix as it is written: `F12`.
pub(crate) fn prefix_name() -> String {
    name_of_key(PREFIX).to_ascii_uppercase()
}

/// The hot keys that one needs first, in one line.
#[cfg(feature = "window")]
pub(crate) fn hint() -> String {
    let hints = HOT_KEYS.iter().filter(|hot| !hot.hint.is_empty());
    let parts: Vec<String> =
        hints.map(|hot| format!("{} {}", name_of_key(hot.key).to_ascii_uppercase(), hot.hint)).collect();
    format!("hold {} and press {}", prefix_name(), parts.join(", "))
}

/// How the hot key of `action` is written, `F12+P`; empty when there is none.
#[cfg(feature = "window")]
pub(crate) fn chord_of(action: HotAction) -> String {
    HOT_KEYS.iter().find(|hot| hot.action == action).map(HotKey::chord).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_hot_key_is_taken_twice() {
        let keys: BTreeSet<Key> = HOT_KEYS.iter().map(|hot| hot.key).collect();
        assert_eq!(keys.len(), HOT_KEYS.len());
        assert!(!keys.contains(&PREFIX));
    }

    #[test]
    fn a_hot_key_is_written_with_its_prefix() {
        assert_eq!(HOT_KEYS[0].chord(), "F12+P");
    }

    #[cfg(feature = "window")]
    #[test]
    fn the_hint_is_one_line() {
        let expected = "hold F12 and press P to pause, R to reset, D for Ctrl-Alt-Del";
        assert!(hint().starts_with(expected), "{}", hint());
        assert_eq!(chord_of(HotAction::Reset), "F12+R");
    }
}
