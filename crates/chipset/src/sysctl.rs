//! The system control ports of the PC/AT and PS/2: port B (61h) with the gate of the speaker's timer, port A (92h) with
//! the fast reset and A20.
//!
//! Sources: IBM PC/AT Technical Reference (1502494), "I/O port 61h"; IBM PS/2 Model 50 and 60 Technical Reference
//! (68X2224), "System control port A", "System control port B".
//!
//! | port | bit | |
//! |---|---|---|
//! | 61h | 0 | r/w: gate of timer channel 2 |
//! | 61h | 1 | r/w: speaker data |
//! | 61h | 2, 3 | r/w: disable the parity check, the channel check |
//! | 61h | 4, 5 | read: refresh toggle, OUT of timer channel 2; the board knows both |
//! | 61h | 6, 7 | read: channel check, parity check; always 0, so that nothing on the board raises NMI |
//! | 92h | 0 | r/w: a change from 0 to 1 pulses the reset of the CPU |
//! | 92h | 1 | r/w: A20 open |
//! | 92h | 2 to 7 | r/w without function |
//!
//! Not modelled: memory that fails, the lock of the password bytes (92h bit 3), the disk lamps
//! (92h bits 6 and 7).

use beige_core::{Device, Io, Pin, StateError, Visitor, VisitorExt};

#[cfg(test)]
mod tests;

const PORT_B_GATE2: u8 = 0x01;
const PORT_B_SPEAKER: u8 = 0x02;
const PORT_B_WRITABLE: u8 = 0x0f;
const PORT_B_REFRESH: u8 = 0x10;
const PORT_B_OUT2: u8 = 0x20;
const PORT_A_RESET: u8 = 0x01;
const PORT_A_A20: u8 = 0x02;

/// Ports 61h and 92h.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemControl {
    // wired
    gate2: Pin,
    fast_reset: Pin,
    a20: Pin,

    // registers
    /// The writable half of 61h; 0.
    port_b: u8,
    /// 92h; 0.
    port_a: u8,
}

impl SystemControl {
    /// Ports that drive the gate of timer channel 2, the reset of the CPU and one of the sources of A20.
    #[must_use]
    pub fn new(gate2: Pin, fast_reset: Pin, a20: Pin) -> SystemControl {
        SystemControl { gate2, fast_reset, a20, port_b: 0, port_a: 0 }
    }

    /// Port 61h, given the present levels of OUT2 and of the refresh toggle.
    #[must_use]
    pub fn read_61(&self, out2: bool, refresh: bool) -> u8 {
        let out2 = if out2 { PORT_B_OUT2 } else { 0 };
        let refresh = if refresh { PORT_B_REFRESH } else { 0 };
        self.port_b | out2 | refresh
    }

    /// Writes port 61h.
    pub fn write_61(&mut self, value: u8, io: &mut Io<'_>) {
        self.port_b = value & PORT_B_WRITABLE;
        self.drive(io);
    }

    /// Whether OUT of timer channel 2 reaches the speaker: the data bit of port 61h.
    #[must_use]
    pub fn drives_speaker(&self) -> bool {
        self.port_b & PORT_B_SPEAKER != 0
    }

    /// Port 92h.
    #[must_use]
    pub fn read_92(&self) -> u8 {
        self.port_a
    }

    /// Writes port 92h. The reset comes as a pulse, after A20 has its new level.
    pub fn write_92(&mut self, value: u8, io: &mut Io<'_>) {
        let resets = value & !self.port_a & PORT_A_RESET != 0;
        self.port_a = value;
        self.drive(io);
        if resets {
            io.raise(self.fast_reset);
            io.lower(self.fast_reset);
        }
    }

    fn drive(&self, io: &mut Io<'_>) {
        io.set(self.gate2, self.port_b & PORT_B_GATE2 != 0);
        io.set(self.a20, self.port_a & PORT_A_A20 != 0);
    }
}

impl Device for SystemControl {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.reset(io);
    }

    fn reset(&mut self, io: &mut Io<'_>) {
        self.port_b = 0;
        self.port_a = 0;
        self.drive(io);
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let SystemControl { gate2: _, fast_reset: _, a20: _, port_b, port_a } = self;
        v.section("sysctl", 1);
        v.u8(1, port_b);
        v.u8(2, port_a);
    }

    fn check(&self) -> Result<(), StateError> {
        if self.port_b & !PORT_B_WRITABLE != 0 {
            return Err(StateError::invalid("sysctl", "port 61h has bits that are not kept"));
        }
        Ok(())
    }
}
