//! The board's side of the coprocessor's errors: the latch behind FERR# that raises IRQ 13.
//!
//! An AT does not let the CPU meet errors of the coprocessor as exception 16. The error signal sets a latch, whose output
//! is IRQ 13 and keeps the coprocessor busy; the handler clears it at port F0h and may then use the coprocessor, though
//! the error still waits. With a CPU that has IGNNE# the same write drives that pin until FERR# goes away.
//!
//! Sources: IBM PC AT Technical Reference (6280070), "Math coprocessor control": ports F0h and F1h; i486 Microprocessor
//! data sheet (240440), "Numeric error reporting in PC-compatible systems": the flip-flops of FERR#, IRQ 13 and IGNNE#.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | all ones | any value: IRQ 13 goes down; while FERR# is up, IGNNE# goes up |
//! | 1 | all ones | any value: the same for ever, and the coprocessor is reset |
//!
//! DEVIATION: an 8087 interrupts by NMI on an XT; this board is an AT with any CPU, so it interrupts by IRQ 13, too. The
//! BIOS hands that on as INT 2, where programs for the XT look for it.
//!
//! Not modelled: BUSY# as a pin (the CPU asks for IGNNE# instead), the 80287's own ports F8h-FFh.

use beige_core::{Device, Io, Pin, PortDevice, StateError, Visitor, VisitorExt};

const CLEAR_BUSY: u16 = 0;
const RESET: u16 = 1;

/// The latch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorLatch {
    // wired
    irq: Pin,
    reset: Pin,

    // internal
    /// FERR# as the CPU drives it; reset false.
    error: bool,
    /// The error has been seen and not been cleared: IRQ 13; reset false.
    latched: bool,
    /// IGNNE#; reset false.
    ignored: bool,
}

impl ErrorLatch {
    /// A latch that drives `irq` and pulses the coprocessor's `reset`.
    #[must_use]
    pub fn new(irq: Pin, reset: Pin) -> ErrorLatch {
        ErrorLatch { irq, reset, error: false, latched: false, ignored: false }
    }

    /// FERR# moved.
    pub fn set_error(&mut self, error: bool, io: &mut Io<'_>) {
        self.latched |= error && !self.error;
        self.error = error;
        // SPEC: 240440: IGNNE# is held until FERR# goes inactive.
        self.ignored &= error;
        io.set(self.irq, self.latched);
    }

    /// The level of IGNNE#.
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        self.ignored
    }

    fn clear(&mut self, io: &mut Io<'_>) {
        self.latched = false;
        io.lower(self.irq);
    }
}

impl PortDevice for ErrorLatch {
    fn read(&mut self, _offset: u16, _io: &mut Io<'_>) -> u8 {
        0xff
    }

    fn write(&mut self, offset: u16, _value: u8, io: &mut Io<'_>) {
        match offset {
            CLEAR_BUSY => {
                self.clear(io);
                self.ignored = self.error;
            }
            RESET => {
                self.clear(io);
                (self.error, self.ignored) = (false, false);
                io.raise(self.reset);
                io.lower(self.reset);
            }
            _ => {}
        }
    }
}

impl Device for ErrorLatch {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.reset(io);
    }

    fn reset(&mut self, io: &mut Io<'_>) {
        *self = ErrorLatch::new(self.irq, self.reset);
        io.lower(self.irq);
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let ErrorLatch { irq: _, reset: _, error, latched, ignored } = self;
        v.section("coprocessor", 1);
        v.bool(1, error);
        v.bool(2, latched);
        v.bool(3, ignored);
    }

    fn check(&self) -> Result<(), StateError> {
        if self.ignored && (self.latched || !self.error) {
            return Err(StateError::invalid("coprocessor", "an error is ignored that is none, or that interrupts"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::{StateReader, StateWriter, Timeline};
    use beige_testkit::{Bench, Random};

    const IRQ: Pin = Pin::new(13);
    const RESET_PIN: Pin = Pin::new(3);

    fn latch() -> (Bench, ErrorLatch) {
        let (mut bench, mut latch) = (Bench::default(), ErrorLatch::new(IRQ, RESET_PIN));
        latch.power_on(&mut bench.io());
        (bench, latch)
    }

    /// IRQ 13 and IGNNE#.
    fn outputs(bench: &Bench, latch: &ErrorLatch) -> (bool, bool) {
        (bench.wires.level(IRQ), latch.is_ignored())
    }

    #[test]
    fn an_error_interrupts_until_it_is_cleared_and_is_ignored_until_it_goes_away() {
        let (mut bench, mut latch) = latch();
        assert_eq!(outputs(&bench, &latch), (false, false));
        latch.set_error(true, &mut bench.io());
        assert_eq!(outputs(&bench, &latch), (true, false));
        bench.write(&mut latch, 0, 0);
        assert_eq!(outputs(&bench, &latch), (false, true));
        latch.set_error(false, &mut bench.io());
        assert_eq!(outputs(&bench, &latch), (false, false));
        latch.set_error(true, &mut bench.io());
        assert_eq!(outputs(&bench, &latch), (true, false), "the next error interrupts again");
    }

    #[test]
    fn an_error_that_goes_away_unseen_still_interrupts() {
        let (mut bench, mut latch) = latch();
        latch.set_error(true, &mut bench.io());
        latch.set_error(false, &mut bench.io());
        assert_eq!(outputs(&bench, &latch), (true, false));
        bench.write(&mut latch, 0, 0);
        assert_eq!(outputs(&bench, &latch), (false, false), "nothing is left to ignore");
    }

    #[test]
    fn the_second_port_resets_the_coprocessor_and_forgets_its_error() {
        let (mut bench, mut latch) = latch();
        latch.set_error(true, &mut bench.io());
        while bench.wires.take_change().is_some() {}
        bench.write(&mut latch, 1, 0);
        let changes: Vec<_> = std::iter::from_fn(|| bench.wires.take_change()).collect();
        assert!(changes.iter().any(|change| change.pin == RESET_PIN && change.pulsed), "{changes:?}");
        assert_eq!(outputs(&bench, &latch), (false, false));
        latch.set_error(false, &mut bench.io());
        latch.set_error(true, &mut bench.io());
        assert!(bench.wires.level(IRQ));
    }

    #[test]
    fn registers_read_as_ones_and_others_are_nobodys() {
        let (mut bench, mut latch) = latch();
        latch.set_error(true, &mut bench.io());
        let before = latch.clone();
        for offset in 0..16 {
            assert_eq!(bench.read(&mut latch, offset), 0xff);
        }
        (2..16).for_each(|offset| bench.write(&mut latch, offset, 0xff));
        assert_eq!(latch, before);
        latch.reset(&mut bench.io());
        assert_eq!((outputs(&bench, &latch), latch), ((false, false), ErrorLatch::new(IRQ, RESET_PIN)));
    }

    #[test]
    fn time_changes_nothing_however_it_passes() {
        let (mut bench, mut latch) = latch();
        latch.set_error(true, &mut bench.io());
        let before = latch.clone();
        bench.advance(&mut latch, 1_000_000);
        (0..100).for_each(|_| bench.advance(&mut latch, 1));
        assert_eq!((latch, bench.timeline.next()), (before, Timeline::NEVER));
    }

    #[test]
    fn random_accesses_keep_the_state_valid_and_damaged_ones_are_refused() {
        let mut random = Random::new(13);
        let (mut bench, mut latch) = latch();
        for _ in 0..10_000 {
            match random.below(3) {
                0 => latch.set_error(random.below(2) == 0, &mut bench.io()),
                _ => bench.write(&mut latch, random.below(4) as u16, random.byte()),
            }
            assert_eq!(latch.check(), Ok(()));
            assert_eq!(bench.wires.level(IRQ), latch.latched);
        }
        for bits in 0..8 {
            let [error, latched, ignored] = [1, 2, 4].map(|bit| bits & bit != 0);
            let mut writer = StateWriter::default();
            ErrorLatch { irq: IRQ, reset: RESET_PIN, error, latched, ignored }.visit(&mut writer);
            let state = writer.finish();
            let mut reader = StateReader::new(&state);
            latch.visit(&mut reader);
            assert_eq!(reader.finish(), Ok(()));
            assert_eq!(latch.check().is_ok(), !ignored || error && !latched);
        }
    }
}
