//! IN and OUT.

use super::{Exec, Step};
use crate::Width;
use crate::decode::{Kind, Op, Operand};
use crate::regs::reg;

impl Step<'_> {
    #[inline(never)]
    pub(super) fn port(&mut self, op: &Op) -> Exec {
        let operand = if op.kind == Kind::In { op.second } else { op.first };
        let port = match operand {
            Operand::Immediate => op.immediate as u16 & 0xff,
            _ => self.cpu.registers.reg16(reg::DX),
        };
        self.allow_port(port, op.width)?;
        if op.kind == Kind::In {
            let value = self.read_port(port, op.width);
            self.cpu.registers.write(op.width, reg::AX, value);
        } else {
            let value = self.cpu.registers.read(op.width, reg::AX);
            self.write_port(port, op.width, value);
        }
        Ok(())
    }

    /// # Errors
    /// When the mode forbids the port.
    pub(super) fn allow_port(&mut self, port: u16, width: Width) -> Exec {
        if self.cpu.registers.cpl != 0 { self.check_port(port, width) } else { Ok(()) }
    }

    pub(super) fn read_port(&mut self, port: u16, width: Width) -> u32 {
        let value = self.bus.port_read(self.mem, port, width, self.cpu.instructions);
        self.after_bus_access();
        self.watch_port(port, width.bytes());
        value & width.mask()
    }

    pub(super) fn write_port(&mut self, port: u16, width: Width, value: u32) {
        self.bus.port_write(self.mem, port, width, value & width.mask(), self.cpu.instructions);
        self.after_bus_access();
        self.watch_port(port, width.bytes());
    }
}
