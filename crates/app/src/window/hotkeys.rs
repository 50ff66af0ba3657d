//! What the user's keys mean: keys of the guest, or hot keys of Beige.

use crate::keys::hot::{HOT_KEYS, HotAction, PREFIX};
use beige_host::Key;
use std::collections::BTreeSet;

/// What is to be done for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A key of the guest goes down or up.
    Key {
        /// Which key.
        key: Key,
        /// Down, not up.
        down: bool,
    },
    /// A hot key was pressed.
    Hot(HotAction),
}

/// The user's keyboard: which keys the guest holds down, and whether a hot key is on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyboard {
    /// Down in the guest.
    held: BTreeSet<Key>,
    /// Down on the host, but not for the guest.
    swallowed: BTreeSet<Key>,
    prefix: Prefix,
}

/// What the prefix key is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Prefix {
    #[default]
    Up,
    /// Down, nothing else pressed yet.
    Down,
    /// Down, and a key was pressed with it.
    Used,
}

impl Keyboard {
    /// A key of the host went down or up; hosts repeat keys that are held.
    pub(crate) fn key(&mut self, key: Key, down: bool, actions: &mut Vec<Action>) {
        match (key, down) {
            (PREFIX, true) => {
                if self.prefix == Prefix::Up {
                    self.prefix = Prefix::Down;
                }
            }
            (PREFIX, false) => {
                if self.prefix == Prefix::Down {
                    actions.push(Action::Hot(HotAction::Press(&[PREFIX])));
                }
                self.prefix = Prefix::Up;
            }
            (_, true) if self.swallowed.contains(&key) => {}
            (_, true) if self.prefix != Prefix::Up && !is_modifier(key) => {
                self.prefix = Prefix::Used;
                self.swallowed.insert(key);
                let hot_key = HOT_KEYS.iter().find(|hot| hot.key == key);
                actions.extend(hot_key.map(|hot| Action::Hot(hot.action)));
            }
            (_, true) => {
                if self.held.insert(key) {
                    actions.push(Action::Key { key, down: true });
                }
            }
            (_, false) => {
                self.swallowed.remove(&key);
                if self.held.remove(&key) {
                    actions.push(Action::Key { key, down: false });
                }
            }
        }
    }

    /// The window lost the focus: the keys go up elsewhere, where nobody tells us.
    pub(crate) fn release_all(&mut self, actions: &mut Vec<Action>) {
        actions.extend(std::mem::take(&mut self.held).into_iter().map(|key| Action::Key { key, down: false }));
        self.swallowed.clear();
        self.prefix = Prefix::Up;
    }
}

/// Keys that may be held for the guest while a hot key is pressed.
fn is_modifier(key: Key) -> bool {
    matches!(key, Key::LeftShift | Key::RightShift | Key::LeftCtrl | Key::RightCtrl | Key::LeftAlt | Key::RightAlt)
}

/// Whether a hot key presses this key for the guest.
#[cfg(test)]
pub(crate) fn can_be_sent(key: Key) -> bool {
    HOT_KEYS.iter().any(|hot| matches!(hot.action, HotAction::Press(keys) if *keys == [key]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions of a sequence of keys: `+` down, `-` up.
    fn actions(sequence: &[(char, Key)]) -> Vec<Action> {
        let mut keyboard = Keyboard::default();
        let mut actions = Vec::new();
        for (direction, key) in sequence {
            keyboard.key(*key, *direction == '+', &mut actions);
        }
        actions
    }

    fn down(key: Key) -> Action {
        Action::Key { key, down: true }
    }

    fn up(key: Key) -> Action {
        Action::Key { key, down: false }
    }

    #[test]
    fn plain_keys_reach_the_guest_once_however_often_the_host_repeats_them() {
        let keys = [('+', Key::A), ('+', Key::A), ('+', Key::A), ('-', Key::A), ('-', Key::A)];
        assert_eq!(actions(&keys), [down(Key::A), up(Key::A)]);
    }

    #[test]
    fn a_hot_key_never_reaches_the_guest() {
        let keys = [('+', PREFIX), ('+', PREFIX), ('+', Key::P), ('+', Key::P), ('-', Key::P), ('-', PREFIX)];
        assert_eq!(actions(&keys), [Action::Hot(HotAction::Pause)]);
        let let_go_first = [('+', PREFIX), ('+', Key::R), ('-', PREFIX), ('+', Key::R), ('-', Key::R)];
        assert_eq!(actions(&let_go_first), [Action::Hot(HotAction::Reset)]);
    }

    #[test]
    fn the_prefix_alone_reaches_the_guest_when_let_go() {
        assert_eq!(actions(&[('+', PREFIX)]), []);
        assert_eq!(actions(&[('+', PREFIX), ('-', PREFIX)]), [Action::Hot(HotAction::Press(&[PREFIX]))]);
        assert_eq!(actions(&[('+', PREFIX), ('+', Key::X), ('-', Key::X), ('-', PREFIX)]), []);
    }

    #[test]
    fn a_key_held_before_the_prefix_is_released_for_the_guest() {
        let keys = [('+', Key::A), ('+', PREFIX), ('-', Key::A), ('-', PREFIX)];
        assert_eq!(actions(&keys), [down(Key::A), up(Key::A), Action::Hot(HotAction::Press(&[PREFIX]))]);
    }

    #[test]
    fn modifiers_reach_the_guest_beside_a_hot_key() {
        let keys = [('+', Key::LeftShift), ('+', PREFIX), ('+', Key::Digit5), ('-', Key::LeftShift)];
        assert_eq!(
            actions(&keys),
            [down(Key::LeftShift), Action::Hot(HotAction::Press(&[Key::Iso])), up(Key::LeftShift)]
        );
    }

    #[test]
    fn focus_loss_releases_every_key_and_forgets_the_prefix() {
        let mut keyboard = Keyboard::default();
        let mut actions = Vec::new();
        for key in [Key::LeftAlt, Key::A, PREFIX] {
            keyboard.key(key, true, &mut actions);
        }
        actions.clear();
        keyboard.release_all(&mut actions);
        assert_eq!(actions.len(), 2);
        assert!(actions.contains(&up(Key::LeftAlt)) && actions.contains(&up(Key::A)));
        actions.clear();
        keyboard.key(PREFIX, false, &mut actions);
        keyboard.key(Key::A, false, &mut actions);
        assert_eq!(actions, []);
        keyboard.key(Key::P, true, &mut actions);
        assert_eq!(actions, [down(Key::P)]);
    }
}
