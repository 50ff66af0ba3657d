//! What a trace tells of each instruction.

use beige_cpu::{Disassembly, Registers, Width};

/// One port access of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortAccess {
    /// The port.
    pub port: u16,
    /// How wide.
    pub width: Width,
    /// A write, not a read.
    pub write: bool,
    /// What was read or written.
    pub value: u32,
}

/// One step of the CPU: an instruction, one iteration of a repeated one, or the delivery of an interrupt.
#[derive(Clone, Debug)]
pub struct TraceRecord {
    /// How many steps were done before this one.
    pub instruction: u64,
    /// The instruction, as it stood in memory before the step.
    pub code: Disassembly,
    /// The registers before the step.
    pub before: Registers,
    /// Port accesses, in order.
    pub ports: Vec<PortAccess>,
    /// The interrupt or exception delivered in this step.
    pub interrupt: Option<u8>,
}

/// Receives a trace.
pub trait TraceSink {
    /// One step was done.
    fn record(&mut self, record: TraceRecord);
}
