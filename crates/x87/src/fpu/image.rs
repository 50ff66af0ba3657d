//! Environment and state in memory.
//!
//! SPEC: SDM volume 1, 8.1.10 "Saving the x87 FPU's state", figures 8-9 to 8-12; 8.1.7 for the tag word.

use super::execute::{tenbyte, word};
use super::{Fpu, Pointers};
use crate::{Class, F80};

/// How environment and state lie in memory: by mode and operand size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Real mode and virtual-8086 mode, 14 bytes of environment.
    #[default]
    Real16,
    /// Protected mode, 14 bytes.
    Protected16,
    /// Real mode and virtual-8086 mode, 28 bytes.
    Real32,
    /// Protected mode, 28 bytes.
    Protected32,
}

impl Layout {
    /// Bytes of one of the seven fields of the environment.
    fn field_bytes(self) -> usize {
        match self {
            Layout::Real16 | Layout::Protected16 => 2,
            Layout::Real32 | Layout::Protected32 => 4,
        }
    }
}

impl Fpu {
    /// The tag word, computed from what the registers hold: 0 valid, 1 zero, 2 special, 3 empty.
    #[must_use]
    pub fn tags(&self) -> u16 {
        (0..8).rev().fold(0, |tags, index| {
            let tag = match self.register(index).class() {
                _ if self.empty >> index & 1 != 0 => 3,
                Class::Normal => 0,
                Class::Zero => 1,
                _ => 2,
            };
            tags << 2 | tag
        })
    }

    fn set_tags(&mut self, tags: u16) {
        self.empty = (0..8).fold(0, |empty, index| empty | u32::from(tags >> (2 * index) & 3 == 3) << index);
    }

    /// The seven fields of the environment.
    fn environment(&self, layout: Layout) -> [u32; 7] {
        let Pointers { fip, fcs, fdp, fds, opcode } = self.pointers;
        let words = [self.control(), self.status(), self.tags()].map(u32::from);
        let linear = |selector, offset: u32| (u32::from(selector) << 4).wrapping_add(offset);
        let (code, data) = (linear(fcs, fip), linear(fds, fdp));
        let pointers = match layout {
            Layout::Real16 => [code, code >> 4 & 0xf000 | u32::from(opcode), data, data >> 4 & 0xf000],
            Layout::Real32 => {
                let high = |address: u32| address >> 4 & 0x0fff_f000;
                [code & 0xffff, high(code) | u32::from(opcode), data & 0xffff, high(data)]
            }
            Layout::Protected16 => [fip, u32::from(fcs), fdp, u32::from(fds)],
            Layout::Protected32 => [fip, u32::from(opcode) << 16 | u32::from(fcs), fdp, 0xffff_0000 | u32::from(fds)],
        };
        let [control, status, tags] = words;
        let [a, b, c, d] = pointers;
        // The reserved upper halves read as ones.
        let reserved = 0xffff_0000;
        match layout {
            Layout::Real32 => {
                let (a, c) = (a | reserved, c | reserved);
                [control | reserved, status | reserved, tags | reserved, a, b, c, d]
            }
            _ => [control | reserved, status | reserved, tags | reserved, a, b, c, d],
        }
    }

    fn write_environment(&self, layout: Layout, out: &mut [u8]) {
        let size = layout.field_bytes();
        for (field, bytes) in self.environment(layout).iter().zip(out.chunks_mut(size)) {
            for (byte, stored) in bytes.iter_mut().zip(field.to_le_bytes()) {
                *byte = stored;
            }
        }
    }

    /// FNSTENV. SPEC: all exceptions are masked afterwards.
    pub(super) fn store_environment(&mut self, layout: Layout, out: &mut [u8]) -> bool {
        self.write_environment(layout, out);
        self.control |= super::EXCEPTIONS;
        true
    }

    /// FNSAVE. SPEC: the unit is initialized afterwards.
    pub(super) fn save(&mut self, layout: Layout, out: &mut [u8]) -> bool {
        self.write_environment(layout, out);
        let registers = out.get_mut(7 * layout.field_bytes()..).unwrap_or_default();
        for (place, bytes) in (0..8).zip(registers.chunks_mut(10)) {
            for (byte, stored) in bytes.iter_mut().zip(self.st(place).to_bytes()) {
                *byte = stored;
            }
        }
        self.initialize();
        true
    }

    /// FLDENV.
    pub(super) fn load_environment(&mut self, layout: Layout, image: &[u8]) {
        let size = layout.field_bytes();
        let field = |number: usize| word(image.get(number * size..).unwrap_or_default(), size) as u32;
        self.set_control(field(0) as u16);
        self.set_status(field(1) as u16);
        self.set_tags(field(2) as u16);
        let [a, b, c, d] = [field(3), field(4), field(5), field(6)];
        // An address of real mode comes back as an offset from selector 0.
        self.pointers = match layout {
            Layout::Real16 | Layout::Real32 => {
                let joined = |low: u32, high: u32| low & 0xffff | (high & 0x0fff_f000) << 4;
                let opcode = b as u16 & 0x07ff;
                Pointers { fip: joined(a, b), fcs: 0, fdp: joined(c, d), fds: 0, opcode }
            }
            Layout::Protected16 => {
                // The image has no room for the opcode.
                Pointers { fip: a, fcs: b as u16, fdp: c, fds: d as u16, opcode: self.pointers.opcode }
            }
            Layout::Protected32 => {
                let opcode = (b >> 16) as u16 & 0x07ff;
                Pointers { fip: a, fcs: b as u16, fdp: c, fds: d as u16, opcode }
            }
        };
    }

    /// FRSTOR.
    pub(super) fn restore(&mut self, layout: Layout, image: &[u8]) {
        self.load_environment(layout, image);
        let registers = image.get(7 * layout.field_bytes()..).unwrap_or_default();
        for (place, bytes) in (0..8).zip(registers.chunks(10)) {
            let index = self.index(place);
            self.set_register(index, F80::from_bytes(tenbyte(bytes)));
        }
    }
}
