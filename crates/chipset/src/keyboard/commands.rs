//! What the system tells the keyboard, and what it answers.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference (S84F-9809), "Commands from the system", "Commands to the
//! system".

use super::{Expecting, Keyboard, REPLY_RESEND};
use crate::scancodes::key_of_set_3;
use beige_core::{Key, Tick};

/// How long the basic assurance test takes.
///
/// DEVIATION: "Power-on routine" says 300 to 500 ms. Firmware that counts its polls in place of looking at a clock gives
/// up long before, on a CPU that does not wait for its bus; nothing is known to rely on a test that lasts.
const SELF_TEST_TICKS: Tick = 2_000_000;

const REPLY_ACKNOWLEDGE: u8 = 0xfa;
const REPLY_ECHO: u8 = 0xee;
const REPLY_ID: [u8; 2] = [0xab, 0x83];
/// Bytes from here on are commands even where a parameter is due.
const COMMAND_FIRST: u8 = 0xed;

impl Keyboard {
    /// A byte from the system arrives at `now`; false when the keyboard does not listen.
    pub fn receive(&mut self, byte: u8, now: Tick) -> bool {
        if self.deaf_until().is_some() {
            return false;
        }
        self.replies.clear();
        match std::mem::replace(&mut self.expecting, Expecting::Command) {
            expecting if byte < COMMAND_FIRST && expecting != Expecting::Command => self.parameter(expecting, byte),
            _ => self.command(byte, now),
        }
        true
    }

    fn reply(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.replies.push(*byte));
    }

    fn acknowledge(&mut self, next: Expecting) {
        self.replies.push(REPLY_ACKNOWLEDGE);
        self.expecting = next;
    }

    fn command(&mut self, byte: u8, now: Tick) {
        match byte {
            0xed => self.acknowledge(Expecting::Leds),
            0xee => self.reply(&[REPLY_ECHO]),
            0xf0 => self.acknowledge(Expecting::ScanSet),
            0xf2 => self.reply(&[REPLY_ACKNOWLEDGE, REPLY_ID[0], REPLY_ID[1]]),
            0xf3 => self.acknowledge(Expecting::Rate),
            0xf4 => {
                self.clear_buffer();
                self.is_scanning = true;
                self.acknowledge(Expecting::Command);
            }
            // UNVERIFIED: the LEDs stay; the source says "default conditions" and lists rate, types and buffer.
            0xf5 | 0xf6 => {
                self.set_defaults();
                // SPEC: 6183355 "Set default": scanning goes on only if it was enabled.
                self.is_scanning &= byte == 0xf6;
                self.acknowledge(Expecting::Command);
            }
            0xf7..=0xfa => {
                self.clear_buffer();
                self.typematic_keys[..Key::COUNT].fill(matches!(byte, 0xf7 | 0xfa));
                self.break_keys[..Key::COUNT].fill(matches!(byte, 0xf8 | 0xfa));
                self.acknowledge(Expecting::Command);
            }
            0xfb..=0xfd => {
                self.clear_buffer();
                self.acknowledge(match byte {
                    0xfb => Expecting::TypematicKeys,
                    0xfc => Expecting::MakeBreakKeys,
                    _ => Expecting::MakeKeys,
                });
            }
            0xfe => self.reply(&[self.last_sent]),
            0xff => {
                self.set_defaults();
                self.leds = 0;
                self.is_scanning = true;
                self.self_test_end = Some(now.saturating_add(SELF_TEST_TICKS));
                self.acknowledge(Expecting::Command);
            }
            _ => self.reply(&[REPLY_RESEND]),
        }
    }

    fn parameter(&mut self, expecting: Expecting, byte: u8) {
        match expecting {
            Expecting::Leds if byte < 8 => self.leds = byte,
            Expecting::Rate if byte < 0x80 => self.set_rate(byte),
            Expecting::ScanSet if byte == 0 => {
                self.reply(&[REPLY_ACKNOWLEDGE, self.scan_set]);
                return;
            }
            Expecting::ScanSet if byte <= 3 => {
                self.clear_buffer();
                self.scan_set = byte;
            }
            Expecting::TypematicKeys | Expecting::MakeBreakKeys | Expecting::MakeKeys => {
                if let Some(key) = key_of_set_3(byte) {
                    self.typematic_keys.set(key, expecting == Expecting::TypematicKeys);
                    self.break_keys.set(key, expecting == Expecting::MakeBreakKeys);
                }
                // UNVERIFIED: more keys may follow until the next command.
                self.acknowledge(expecting);
                return;
            }
            _ => {
                self.reply(&[REPLY_RESEND]);
                return;
            }
        }
        self.acknowledge(Expecting::Command);
    }
}
