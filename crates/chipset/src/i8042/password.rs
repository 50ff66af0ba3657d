//! The password of the PS/2's controller, commands A4h to A6h.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference (S84F-9809), "Keyboard and auxiliary device controller",
//! commands A4 to A6 and RAM locations 13h, 14h, 16h and 17h.
//!
//! UNVERIFIED: the length of a password, and that a code that does not match begins the comparison anew.

use super::{COMMAND_BYTE_TRANSLATE, Controller, Source};
use crate::fifo::Fifo;
use crate::scancodes::{BREAK, EXTENDED, to_set_1};
use beige_core::{StateError, Visitor, VisitorExt};

const REPLY_INSTALLED: u8 = 0xfa;
const REPLY_NOT_INSTALLED: u8 = 0xf1;
/// RAM: what is said when the keyboard is locked and when it is open again; 0 for nothing.
const RAM_LOCKED: usize = 0x13;
const RAM_UNLOCKED: usize = 0x14;
/// RAM: two make codes that do not count, such as the Shift keys'.
const RAM_IGNORED: [usize; 2] = [0x16, 0x17];

/// The password, and how far it has been typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Password {
    /// Make codes as the system sees them; none.
    codes: Fifo<8>,
    /// Its 0 was loaded; no.
    is_complete: bool,
    /// The keyboard is locked; no.
    is_locked: bool,
    /// Codes that matched since then; 0.
    matched: u8,
}

impl Password {
    /// Takes a byte of command A5h; whether more are to come.
    pub(super) fn load(&mut self, code: u8) -> bool {
        self.is_complete = code == 0;
        if code != 0 {
            self.codes.push(code);
        }
        !self.is_complete
    }

    /// The answer to command A4h.
    pub(super) fn is_installed(&self) -> u8 {
        if self.is_complete && !self.codes.is_empty() { REPLY_INSTALLED } else { REPLY_NOT_INSTALLED }
    }

    pub(super) fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// A make code was typed; whether the keyboard is open now.
    fn typed(&mut self, code: u8) -> bool {
        let codes = self.codes.as_slice();
        if codes.get(usize::from(self.matched)) == Some(&code) {
            self.matched += 1;
        } else {
            self.matched = u8::from(codes.first() == Some(&code));
        }
        self.is_locked = usize::from(self.matched) < codes.len();
        !self.is_locked
    }

    /// Visits the password as the fields `id` to `id + 4` of the controller.
    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Password { codes, is_complete, is_locked, matched } = self;
        codes.visit(v, id);
        v.bool(id + 2, is_complete);
        v.bool(id + 3, is_locked);
        v.u8(id + 4, matched);
    }

    pub(super) fn check(&self) -> Result<(), StateError> {
        self.codes.check("i8042")?;
        if self.is_locked && usize::from(self.matched) >= self.codes.len() {
            return Err(StateError::invalid("i8042", "the keyboard is locked though the password was typed"));
        }
        Ok(())
    }
}

impl Controller {
    /// Command A6h.
    pub(super) fn lock_by_password(&mut self) {
        if self.password.is_installed() == REPLY_INSTALLED {
            (self.password.is_locked, self.password.matched) = (true, 0);
            self.say(RAM_LOCKED);
        }
    }

    /// While the keyboard is locked, its bytes go no further than here.
    pub(super) fn compare_with_password(&mut self, byte: u8) {
        if byte == BREAK {
            self.is_break_pending = true;
            return;
        }
        if std::mem::take(&mut self.is_break_pending) || byte == EXTENDED {
            return;
        }
        let code = if self.command_byte() & COMMAND_BYTE_TRANSLATE != 0 { to_set_1(byte) } else { byte };
        if RAM_IGNORED.iter().any(|index| self.ram[*index] == code) {
            return;
        }
        if self.password.typed(code) {
            self.say(RAM_UNLOCKED);
        }
    }

    fn say(&mut self, index: usize) {
        if self.ram[index] != 0 {
            self.put(self.ram[index], Source::Main, 0);
        }
    }
}
