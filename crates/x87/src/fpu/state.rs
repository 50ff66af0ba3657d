//! Saving, loading and hashing.

use super::{Fpu, Pointers, status};
use crate::F80;
use beige_core::{StateError, Visitor, VisitorExt as _};

impl Fpu {
    /// Saves, loads or hashes the state. The generation is part of the configuration and must match.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        let Fpu { generation, registers, empty, top, control, status, pointers } = self;
        let Pointers { fip, fcs, fdp, fds, opcode } = pointers;
        v.section("fpu", 1);
        let mut stored = *generation;
        v.code(1, &mut stored);
        if stored != *generation {
            v.fail("it is the state of another coprocessor");
        }
        let mut significands = registers.map(|register| register.significand);
        let mut exponents = registers.map(|register| register.sign_exponent);
        v.u64s(2, &mut significands);
        v.u16s(3, &mut exponents);
        for (register, (significand, sign_exponent)) in
            registers.iter_mut().zip(significands.into_iter().zip(exponents))
        {
            *register = F80 { sign_exponent, significand };
        }
        v.u8(4, empty);
        v.u8(5, top);
        v.u16(6, control);
        v.u16(7, status);
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
        legal.set_control(self.control);
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
