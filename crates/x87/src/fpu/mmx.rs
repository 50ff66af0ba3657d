//! The registers as MMX sees them, and the image of FXSAVE.
//!
//! SPEC: SDM volume 1, 9.5 "Compatibility with x87 FPU architecture" and 10.5 "FXSAVE and FXRSTOR instructions".

use super::execute::{tenbyte, word};
use super::{Fpu, Pointers};
use crate::F80;

/// Bytes of the image of FXSAVE that the unit has part in.
const IMAGE_BYTES: usize = 512;
/// Where the registers stand in it, 16 bytes for each.
const REGISTERS_AT: usize = 32;

impl Fpu {
    /// MMX register `number` (modulo 8): the significand of that register, not of a place on the stack.
    #[must_use]
    pub fn mmx(&self, number: u8) -> u64 {
        self.significands[usize::from(number & 7)]
    }

    /// Writes an MMX register; sign and exponent become all ones.
    pub fn set_mmx(&mut self, number: u8, value: u64) {
        self.set_register(usize::from(number), F80 { sign_exponent: 0xffff, significand: value });
    }

    /// What every MMX instruction but EMMS does beside its work: TOP is 0 and no register is empty.
    pub fn enter_mmx(&mut self) {
        (self.top, self.empty) = (0, 0);
    }

    /// EMMS: TOP is 0 and all registers are empty.
    pub fn emms(&mut self) {
        (self.top, self.empty) = (0, 0xff);
    }

    /// FXSAVE: writes what a unit without SSE writes, and leaves the reserved bytes as they are.
    pub fn fxsave(&self, image: &mut [u8; IMAGE_BYTES]) {
        let Pointers { fip, fcs, fdp, fds, opcode } = self.pointers;
        image[0..2].copy_from_slice(&self.control().to_le_bytes());
        image[2..4].copy_from_slice(&self.status().to_le_bytes());
        // The tag byte has a bit for each register that is not empty.
        image[4] = !self.empty as u8;
        image[6..8].copy_from_slice(&opcode.to_le_bytes());
        image[8..12].copy_from_slice(&fip.to_le_bytes());
        image[12..14].copy_from_slice(&fcs.to_le_bytes());
        image[16..20].copy_from_slice(&fdp.to_le_bytes());
        image[20..22].copy_from_slice(&fds.to_le_bytes());
        for (place, bytes) in (0..8).zip(image[REGISTERS_AT..].chunks_mut(16)) {
            bytes[..10].copy_from_slice(&self.st(place).to_bytes());
        }
    }

    /// FXRSTOR.
    pub fn fxrstor(&mut self, image: &[u8; IMAGE_BYTES]) {
        let field = |at: usize, bytes: usize| word(&image[at..], bytes);
        self.set_control(field(0, 2) as u16);
        self.set_status(field(2, 2) as u16);
        self.empty = u32::from(!image[4]);
        self.pointers = Pointers {
            opcode: field(6, 2) as u16 & 0x07ff,
            fip: field(8, 4) as u32,
            fcs: field(12, 2) as u16,
            fdp: field(16, 4) as u32,
            fds: field(20, 2) as u16,
        };
        for (place, bytes) in (0..8).zip(image[REGISTERS_AT..].chunks(16)) {
            let index = self.index(place);
            self.set_register(index, F80::from_bytes(tenbyte(bytes)));
        }
    }
}
