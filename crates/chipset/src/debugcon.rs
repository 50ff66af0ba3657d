//! The debug console at port E9h: a byte written there leaves the machine.
//!
//! No part of a PC: Bochs and its descendants have it, and boot loaders and kernels write to it.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | E9h, which tells a guest that the console is there | a byte for the stream |

use beige_core::{Device, Io, PortDevice, StateError, StreamId, Visitor};

/// What a read gives.
const PRESENT: u8 = 0xe9;

/// The console. It has no state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebugConsole {
    out: StreamId,
}

impl DebugConsole {
    /// A console whose bytes leave by `out`.
    #[must_use]
    pub fn new(out: StreamId) -> DebugConsole {
        DebugConsole { out }
    }
}

impl PortDevice for DebugConsole {
    fn read(&mut self, _offset: u16, _io: &mut Io<'_>) -> u8 {
        PRESENT
    }

    fn write(&mut self, _offset: u16, value: u8, io: &mut Io<'_>) {
        io.emit(self.out, value);
    }
}

impl Device for DebugConsole {
    fn power_on(&mut self, _io: &mut Io<'_>) {}

    fn reset(&mut self, _io: &mut Io<'_>) {}

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let DebugConsole { out: _ } = self;
        v.section("debugcon", 1);
    }

    fn check(&self) -> Result<(), StateError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::Timeline;
    use beige_testkit::{Bench, Random};

    #[test]
    fn a_read_tells_that_the_console_is_there() {
        let mut bench = Bench::default();
        let mut console = DebugConsole::new(StreamId(3));
        assert_eq!(bench.read(&mut console, 0), 0xe9);
    }

    #[test]
    fn each_byte_written_leaves_at_once_by_its_stream() {
        let mut bench = Bench::default();
        let mut console = DebugConsole::new(StreamId(3));
        bench.write(&mut console, 0, b'a');
        bench.advance(&mut console, 10);
        bench.write(&mut console, 0, b'b');
        let bytes: Vec<_> = bench.outputs.bytes().iter().map(|byte| (byte.at, byte.stream, byte.byte)).collect();
        assert_eq!(bytes, [(0, StreamId(3), b'a'), (10, StreamId(3), b'b')]);
    }

    #[test]
    fn random_accesses_move_no_wire_and_ask_for_no_wake() {
        let mut bench = Bench::default();
        let mut console = DebugConsole::new(StreamId(3));
        let mut random = Random::new(1);
        for _ in 0..1000 {
            bench.write(&mut console, random.below(4) as u16, random.byte());
            bench.read(&mut console, random.below(4) as u16);
        }
        assert!(!bench.wires.moved());
        assert_eq!(bench.timeline.next(), Timeline::NEVER);
        assert_eq!(bench.outputs.bytes().len(), 1000);
    }
}
