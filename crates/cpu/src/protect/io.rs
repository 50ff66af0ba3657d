//! Who may use ports.

use crate::Width;
use crate::slow::{Exec, Fault, Step};

impl Step<'_> {
    /// Whether every port may be used, whatever the bitmap says.
    pub(crate) fn ports_are_free(&self) -> bool {
        let registers = &self.cpu.registers;
        !registers.is_virtual() && registers.cpl <= registers.iopl()
    }

    /// # Errors
    /// #GP when the level and the task's permission bitmap forbid the port.
    pub(crate) fn check_port(&mut self, port: u16, width: Width) -> Exec {
        if self.ports_are_free() {
            return Ok(());
        }
        let Some((map, limit)) = self.io_map()? else { return Err(Fault::PROTECTION) };
        let offset = map + u32::from(port / 8);
        // Two bytes are read always, so that a port of several bytes lies in them.
        if offset + 1 > limit {
            return Err(Fault::PROTECTION);
        }
        let base = self.cpu.registers.tr.base;
        let bits = self.read_system(base.wrapping_add(offset), Width::Word)?;
        let mask = ((1 << width.bytes()) - 1) << (port % 8);
        if bits & mask == 0 { Ok(()) } else { Err(Fault::PROTECTION) }
    }
}
