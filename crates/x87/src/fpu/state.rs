//! Saving, loading and hashing.

use super::{Fpu, Pointers, status};
use beige_core::{StateError, Visitor, VisitorExt as _};

impl Fpu {
    /// Saves, loads or hashes the state. The generation is part of the configuration and must match.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        let Fpu { generation, significands, exponents, empty, top, control, status, pointers } = self;
        let Pointers { fip, fcs, fdp, fds, opcode } = pointers;
        v.section("fpu", 1);
        let mut stored = *generation;
        v.code(1, &mut stored);
        if stored != *generation {
            v.fail("it is the state of another coprocessor");
        }
        v.u64s(2, significands);
        v.u16s(3, exponents);
        let mut bytes = [*empty, *top].map(|word| word as u8);
        let mut words = [*control, *status].map(|word| word as u16);
        v.u8(4, &mut bytes[0]);
        v.u8(5, &mut bytes[1]);
        v.u16(6, &mut words[0]);
        v.u16(7, &mut words[1]);
        [*empty, *top] = bytes.map(u32::from);
        [*control, *status] = words.map(u32::from);
        v.u32(8, fip);
        v.u16(9, fcs);
        v.u32(10, fdp);
        v.u16(11, fds);
        v.u16(12, opcode);
    }

    /// # Errors
    /// When the unit cannot be in this state.
    pub fn check(&self) -> Result<(), StateError> {
        let mut legal = *self;
        legal.set_control(self.control());
        let reason = if self.top > 7 {
            "the top of the stack is no register"
        } else if self.status & (!status::KEPT | self.absent()) != 0 || legal.control != self.control {
            "the control or status word has bits that do not exist"
        } else if self.pointers.opcode > 0x07ff {
            "the opcode of the last instruction has more than eleven bits"
        } else {
            return Ok(());
        };
        Err(StateError::invalid("fpu", reason))
    }
}
