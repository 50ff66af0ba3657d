//! Instructions that write memory.

use super::{Context, Escape, Fpu};
use crate::convert::{Real, to_decimal, to_integer, to_real};
use crate::{Exceptions, F80};

impl Fpu {
    /// Runs an instruction that writes memory, into `out`, which is as long as [`Escape::transfer`] says. False when
    /// nothing is to be written, because an unmasked exception holds it back.
    pub fn store(&mut self, escape: Escape, context: &Context, out: &mut [u8]) -> bool {
        let written = match (escape.group(), escape.reg()) {
            (1, 6) => self.store_environment(context.layout, out),
            (1, 7) => put(out, u64::from(self.control())),
            (5, 6) => self.save(context.layout, out),
            (5, 7) => put(out, u64::from(self.status())),
            _ => self.store_number(escape, out),
        };
        self.note(escape, context);
        written
    }

    /// FST, FIST, FBSTP and kin.
    fn store_number(&mut self, escape: Escape, out: &mut [u8]) -> bool {
        let st = self.stack(0);
        if st.is_none() && !self.stack_underflow() {
            return false;
        }
        let control = self.arithmetic_control();
        let value = st.unwrap_or(F80::INDEFINITE);
        let real = |format| {
            let (bits, raised) = to_real(value, format, &control);
            (extended(bits), raised)
        };
        let integer = |bits| {
            // The indefinite has no integer: an empty register gives the integer indefinite.
            let (integer, raised) = to_integer(value, bits, &control);
            (extended(integer as u64), raised)
        };
        let (bytes, raised) = match (escape.group(), escape.reg()) {
            (1, _) => real(Real::Short),
            (5, _) => real(Real::Long),
            (3, 7) => (value.to_bytes(), Exceptions::NONE),
            (3, _) => integer(32),
            (7, 6) => to_decimal(value, &control),
            (7, 7) => integer(64),
            (7, _) => integer(16),
            _ => return false,
        };
        if st.is_some() {
            // QUIRK: an overflow or underflow that is not masked stops the store before it becomes inexact.
            let stopped = raised & (Exceptions::OE | Exceptions::UE);
            if !self.is_masked(stopped) {
                self.report(stopped);
                return false;
            }
            if !self.report(raised) {
                return false;
            }
        }
        for (byte, stored) in out.iter_mut().zip(bytes) {
            *byte = stored;
        }
        // All forms from 3 on pop: FSTP and FISTP, the ten-byte forms, and FISTP of 64 bits.
        if escape.reg() != 2 {
            self.pop();
        }
        true
    }
}

fn extended(value: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&value.to_le_bytes());
    bytes
}

fn put(out: &mut [u8], value: u64) -> bool {
    for (byte, stored) in out.iter_mut().zip(value.to_le_bytes()) {
        *byte = stored;
    }
    true
}
