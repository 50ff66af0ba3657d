//! The power-off register at port 8900h: a guest that writes the letters `Shutdown` there, one byte after the other,
//! switches the machine off.
//!
//! No part of a PC, whose power supplies had a switch. The machines of Bochs and of old versions of QEMU have it, and
//! BIOSes and kernels made for them switch off so. UNVERIFIED: taken from what such guests do; that a wrong byte begins
//! anew is ours.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | all ones | the next letter |

use beige_core::{Device, Io, Pin, PortDevice, StateError, Visitor, VisitorExt};

const WORD: &[u8; 8] = b"Shutdown";

/// The register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerSwitch {
    // wired
    off: Pin,

    // internal
    /// Letters of the word that have come; 0, at most 7.
    letters: u8,
}

impl PowerSwitch {
    /// A register that pulses `off` after the word.
    #[must_use]
    pub fn new(off: Pin) -> PowerSwitch {
        PowerSwitch { off, letters: 0 }
    }
}

impl PortDevice for PowerSwitch {
    fn read(&mut self, _offset: u16, _io: &mut Io<'_>) -> u8 {
        0xff
    }

    fn write(&mut self, _offset: u16, value: u8, io: &mut Io<'_>) {
        let is_next = WORD.get(usize::from(self.letters)) == Some(&value);
        self.letters = if is_next { self.letters + 1 } else { u8::from(WORD.first() == Some(&value)) };
        if usize::from(self.letters) == WORD.len() {
            self.letters = 0;
            io.raise(self.off);
            io.lower(self.off);
        }
    }
}

impl Device for PowerSwitch {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.reset(io);
    }

    fn reset(&mut self, _io: &mut Io<'_>) {
        self.letters = 0;
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let PowerSwitch { off: _, letters } = self;
        v.section("power", 1);
        v.u8(1, letters);
    }

    fn check(&self) -> Result<(), StateError> {
        if usize::from(self.letters) >= WORD.len() {
            return Err(StateError::invalid("power", "more letters than the word has"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::{StateReader, StateWriter, Timeline};
    use beige_testkit::{Bench, Random};

    const OFF: Pin = Pin::new(3);

    /// How often the pin was pulsed by these bytes.
    fn pulses(bytes: &[u8]) -> usize {
        let (mut bench, mut power) = (Bench::default(), PowerSwitch::new(OFF));
        power.power_on(&mut bench.io());
        let mut pulses = 0;
        for byte in bytes {
            bench.write(&mut power, 0, *byte);
            pulses += usize::from(bench.wires.take_change().is_some_and(|change| change.pin == OFF && change.pulsed));
            assert_eq!(power.check(), Ok(()));
        }
        pulses
    }

    #[test]
    fn the_word_switches_off_and_nothing_else_does() {
        assert_eq!(pulses(b"Shutdown"), 1);
        assert_eq!(pulses(b"ShutShutdown"), 1);
        assert_eq!(pulses(b"SShutdown"), 1);
        for bytes in [&b"shutdown"[..], b"Shutdow", b"Shut down", b"hutdown", b"Shutdo\0wn"] {
            assert_eq!(pulses(bytes), 0);
        }
    }

    #[test]
    fn a_reset_forgets_letters_and_reads_tell_nothing() {
        let (mut bench, mut power) = (Bench::default(), PowerSwitch::new(OFF));
        b"Shut".iter().for_each(|byte| bench.write(&mut power, 0, *byte));
        assert_eq!(bench.read(&mut power, 0), 0xff);
        power.reset(&mut bench.io());
        b"down".iter().for_each(|byte| bench.write(&mut power, 0, *byte));
        assert!(!bench.wires.moved());
    }

    #[test]
    fn time_changes_nothing_however_it_passes() {
        let (mut bench, mut power) = (Bench::default(), PowerSwitch::new(OFF));
        bench.write(&mut power, 0, b'S');
        let before = power.clone();
        bench.advance(&mut power, 1_000_000);
        (0..100).for_each(|_| bench.advance(&mut power, 1));
        assert_eq!((power, bench.timeline.next()), (before, Timeline::NEVER));
    }

    #[test]
    fn random_bytes_keep_the_state_valid_and_damaged_ones_are_refused() {
        let mut random = Random::new(17);
        let (mut bench, mut power) = (Bench::default(), PowerSwitch::new(OFF));
        for _ in 0..10_000 {
            bench.write(&mut power, random.byte().into(), WORD[random.below(8) as usize]);
            assert_eq!(power.check(), Ok(()));
        }
        for letters in 0..=255 {
            let mut writer = StateWriter::default();
            PowerSwitch { off: OFF, letters }.visit(&mut writer);
            let state = writer.finish();
            let mut reader = StateReader::new(&state);
            power.visit(&mut reader);
            assert_eq!(reader.finish(), Ok(()));
            assert_eq!(power.check().is_ok(), letters < 8);
        }
    }
}
