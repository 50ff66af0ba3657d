//! The codes that a key sends in the present scan set.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference (S84F-9809), "Scan codes".

use super::{Keyboard, LED_NUM_LOCK};
use crate::scancodes::{BREAK, EXTENDED, LEFT_SHIFT, PAUSE, RIGHT_SHIFT, Shape, code_of, to_set_1};
use beige_core::Key;

impl Keyboard {
    /// The Shift keys that are down, by their codes in set 2.
    fn held_shifts(&self) -> impl Iterator<Item = u8> + use<> {
        let left = self.is_held(Key::LeftShift).then_some(LEFT_SHIFT);
        let right = self.is_held(Key::RightShift).then_some(RIGHT_SHIFT);
        left.into_iter().chain(right)
    }

    fn is_shift_held(&self) -> bool {
        self.is_held(Key::LeftShift) || self.is_held(Key::RightShift)
    }

    fn is_ctrl_held(&self) -> bool {
        self.is_held(Key::LeftCtrl) || self.is_held(Key::RightCtrl)
    }

    fn is_alt_held(&self) -> bool {
        self.is_held(Key::LeftAlt) || self.is_held(Key::RightAlt)
    }

    /// The codes of a key that goes down, in the present set.
    pub(super) fn make_codes(&mut self, key: Key) -> Vec<u8> {
        let code = code_of(key);
        if self.scan_set == 3 {
            return vec![code.set_3];
        }
        let mut out = Vec::new();
        match code.shape {
            Shape::Navigation | Shape::Unshifted if self.is_shift_held() => {
                self.held_shifts().for_each(|shift| out.extend([EXTENDED, BREAK, shift]));
                out.extend([EXTENDED, code.set_2]);
            }
            Shape::Navigation if self.leds & LED_NUM_LOCK != 0 => {
                self.is_fake_shift_down = true;
                out.extend([EXTENDED, LEFT_SHIFT, EXTENDED, code.set_2]);
            }
            Shape::PrintScreen if !(self.is_alt_held() || self.is_ctrl_held() || self.is_shift_held()) => {
                self.is_fake_shift_down = true;
                out.extend([EXTENDED, LEFT_SHIFT, EXTENDED, code.set_2]);
            }
            Shape::Pause if self.is_ctrl_held() => out.extend([EXTENDED, 0x7e, EXTENDED, BREAK, 0x7e]),
            Shape::Pause => out.extend([PAUSE, 0x14, 0x77, PAUSE, BREAK, 0x14, BREAK, 0x77]),
            _ => return self.repeat_codes(key),
        }
        self.in_scan_set(out)
    }

    /// The codes of a key that repeats.
    /// UNVERIFIED: the fake shifts are not repeated with the key.
    pub(super) fn repeat_codes(&self, key: Key) -> Vec<u8> {
        let code = code_of(key);
        if self.scan_set == 3 {
            return vec![code.set_3];
        }
        self.in_scan_set(match code.shape {
            Shape::Plain => vec![code.set_2],
            Shape::PrintScreen if self.is_alt_held() => vec![0x84],
            _ => vec![EXTENDED, code.set_2],
        })
    }

    /// The codes of a key that goes up. The fake shifts follow the modifiers as they are now, except that a fake Shift
    /// never stays down.
    pub(super) fn break_codes(&mut self, key: Key) -> Vec<u8> {
        let code = code_of(key);
        if self.scan_set == 3 {
            return if self.break_keys[key as usize] { vec![BREAK, code.set_3] } else { Vec::new() };
        }
        let mut out = match code.shape {
            Shape::Pause => Vec::new(),
            Shape::Plain => vec![BREAK, code.set_2],
            Shape::PrintScreen if self.is_alt_held() && !self.is_fake_shift_down => vec![BREAK, 0x84],
            _ => vec![EXTENDED, BREAK, code.set_2],
        };
        if matches!(code.shape, Shape::Navigation | Shape::PrintScreen) && self.is_fake_shift_down {
            out.extend([EXTENDED, BREAK, LEFT_SHIFT]);
            self.is_fake_shift_down = false;
        } else if matches!(code.shape, Shape::Navigation | Shape::Unshifted) {
            self.held_shifts().for_each(|shift| out.extend([EXTENDED, shift]));
        }
        self.in_scan_set(out)
    }

    fn in_scan_set(&self, codes: Vec<u8>) -> Vec<u8> {
        if self.scan_set != 1 {
            return codes;
        }
        let mut break_bit = 0;
        let mut out = Vec::new();
        for code in codes {
            if code == BREAK {
                break_bit = 0x80;
            } else {
                out.push(to_set_1(code) | break_bit);
                break_bit = 0;
            }
        }
        out
    }
}
