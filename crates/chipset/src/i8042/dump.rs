//! The diagnostic dump, command ACh.
//!
//! Source: IBM AT Technical Reference (6183355), "Keyboard controller", command AC; what the 20 items are is what the
//! program 1503033 of that controller sends.

use super::{COMMAND_BYTE_SYSTEM, Controller, INPUT_PORT, Source};

const ITEMS: u8 = 20;
/// Each item is two digits and a space.
const CODES_PER_ITEM: u8 = 3;
pub(super) const CODES: u8 = ITEMS * CODES_PER_ITEM;

/// The keys 0 to F in set 1.
const DIGITS: [u8; 16] =
    [0x0b, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21];
const SPACE: u8 = 0x39;
/// Bit 3 of the 8042's program status word is always 1, bit 5 is F0, the system flag. The stack is taken as empty.
const PSW_ONE: u8 = 1 << 3;
const PSW_F0: u8 = 1 << 5;

impl Controller {
    /// Puts the next code of the dump into the output buffer.
    pub(super) fn dump_code(&mut self) {
        let Some(left) = self.dump_left.checked_sub(1) else { return };
        let at = CODES.saturating_sub(self.dump_left);
        self.dump_left = left;
        let item = self.dump_item(at / CODES_PER_ITEM);
        let code = match at % CODES_PER_ITEM {
            0 => DIGITS[usize::from(item >> 4)],
            1 => DIGITS[usize::from(item & 15)],
            _ => SPACE,
        };
        self.put(code, Source::Main, 0);
    }

    fn dump_item(&self, number: u8) -> u8 {
        match number {
            0..16 => self.ram[usize::from(number & 15)],
            16 => INPUT_PORT,
            17 => self.read_output_port(),
            18 => self.test_inputs(),
            _ => PSW_ONE | if self.command_byte() & COMMAND_BYTE_SYSTEM != 0 { PSW_F0 } else { 0 },
        }
    }
}
