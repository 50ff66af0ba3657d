//! The unit as a program sees it: instructions in, registers, words and images out.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod aliases;
mod early;
mod faults;
mod hostile;
mod images;
mod later;
mod words;

use beige_x87::{Context, Done, Escape, F80, Fpu, Generation, Layout};

/// Condition codes.
pub(crate) const C0: u16 = 0x0100;
pub(crate) const C1: u16 = 0x0200;
pub(crate) const C2: u16 = 0x0400;
pub(crate) const C3: u16 = 0x4000;
/// Exceptions, and what stands beside them once one is not masked.
pub(crate) const IE: u16 = 0x01;
pub(crate) const DE: u16 = 0x02;
pub(crate) const ZE: u16 = 0x04;
pub(crate) const OE: u16 = 0x08;
pub(crate) const UE: u16 = 0x10;
pub(crate) const PE: u16 = 0x20;
pub(crate) const SF: u16 = 0x40;
pub(crate) const SUMMARY: u16 = 0x8080;

/// All exceptions masked, 64 bits, to nearest.
pub(crate) const MASKED: u16 = 0x037f;
/// None masked.
pub(crate) const UNMASKED: u16 = 0x0340;

/// A unit to run instructions on.
pub(crate) struct Unit {
    pub(crate) fpu: Fpu,
    pub(crate) context: Context,
}

impl Unit {
    pub(crate) fn new(generation: Generation) -> Unit {
        let context = Context { layout: Layout::Protected32, ..Context::default() };
        Unit { fpu: Fpu::new(generation), context }
    }

    /// With this control word, and these values on the stack, the first in ST.
    pub(crate) fn with(generation: Generation, control: u16, values: &[F80]) -> Unit {
        let mut unit = Unit::new(generation);
        for value in values.iter().rev() {
            unit.read(0xdb, 0x2d, &value.to_bytes());
        }
        unit.read(0xd9, 0x2d, &control.to_le_bytes());
        unit
    }

    /// An instruction without memory.
    pub(crate) fn run(&mut self, opcode: u8, modrm: u8) -> Done {
        assert!(modrm >= 0xc0);
        self.fpu.execute(Escape::new(opcode, modrm), &self.context, &[])
    }

    /// One that reads memory.
    pub(crate) fn read(&mut self, opcode: u8, modrm: u8, operand: &[u8]) -> Done {
        assert!(modrm < 0xc0);
        self.fpu.execute(Escape::new(opcode, modrm), &self.context, operand)
    }

    /// One that writes memory; `None` when it writes nothing.
    pub(crate) fn write<const N: usize>(&mut self, opcode: u8, modrm: u8) -> Option<[u8; N]> {
        assert!(modrm < 0xc0);
        let mut out = [0xa5; N];
        self.fpu.store(Escape::new(opcode, modrm), &self.context, &mut out).then_some(out)
    }

    /// The status word without TOP.
    pub(crate) fn flags(&self) -> u16 {
        self.fpu.status() & !0x3800
    }

    pub(crate) fn top(&self) -> u16 {
        self.fpu.status() >> 11 & 7
    }
}

pub(crate) fn two() -> F80 {
    F80::from_integer(2)
}

pub(crate) const DENORMAL: F80 = F80::new(false, 0, 1);
pub(crate) const QUIET: F80 = F80::new(false, 0x7fff, 3 << 62 | 5);
pub(crate) const SIGNALING: F80 = F80::new(false, 0x7fff, 1 << 63 | 5);
