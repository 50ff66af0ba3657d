//! Wires between chips. The board hands a device the pins it may drive; levels are state, edges are the receiver's
//! business.

/// A handle to one wire of the board. A device receives its pins when it is built and knows nothing else of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin(u8);

impl Pin {
    /// How many wires a board has, the unconnected one included.
    pub const COUNT: usize = 64;
    /// A pin that is soldered to nothing: it always reads low.
    pub const UNCONNECTED: Pin = Pin(63);

    /// The wire with this number, taken modulo [`Pin::COUNT`].
    #[must_use]
    pub const fn new(number: u8) -> Pin {
        Pin(number % Pin::COUNT as u8)
    }

    /// The number of the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    const fn bit(self) -> u64 {
        if self.0 == Pin::UNCONNECTED.0 { 0 } else { 1 << self.0 }
    }
}

/// The levels of all wires, and which of them have moved since the board last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wires {
    levels: u64,
    rose: u64,
    fell: u64,
}

/// One wire that moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which wire.
    pub pin: Pin,
    /// Its level now.
    pub level: bool,
    /// It also had the other level in between: a pulse, or a drop and return, that the level alone does not show.
    pub pulsed: bool,
}

impl Wires {
    /// Drives a wire to a level.
    pub fn set(&mut self, pin: Pin, level: bool) {
        if level {
            self.raise(pin);
        } else {
            self.lower(pin);
        }
    }

    /// Drives a wire high.
    pub fn raise(&mut self, pin: Pin) {
        self.rose |= pin.bit() & !self.levels;
        self.levels |= pin.bit();
    }

    /// Drives a wire low.
    pub fn lower(&mut self, pin: Pin) {
        self.fell |= pin.bit() & self.levels;
        self.levels &= !pin.bit();
    }

    /// The level of a wire.
    #[must_use]
    pub fn level(&self, pin: Pin) -> bool {
        self.levels & pin.bit() != 0
    }

    /// Whether a wire has moved since the last [`Wires::take_change`] that returned `None`.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.rose | self.fell != 0
    }

    /// Takes out the lowest-numbered wire that moved.
    pub fn take_change(&mut self) -> Option<Change> {
        let moved = self.rose | self.fell;
        if moved == 0 {
            return None;
        }
        let pin = Pin(moved.trailing_zeros() as u8);
        let pulsed = self.rose & self.fell & pin.bit() != 0;
        self.rose &= !pin.bit();
        self.fell &= !pin.bit();
        Some(Change { pin, level: self.level(pin), pulsed })
    }

    /// Saves, loads or hashes the levels. Changes not yet looked at are part of the state.
    pub fn visit(&mut self, v: &mut dyn crate::Visitor) {
        use crate::VisitorExt;
        let Wires { levels, rose, fell } = self;
        v.u64(1, levels);
        v.u64(2, rose);
        v.u64(3, fell);
    }

    /// # Errors
    /// When the unconnected wire carries a level.
    pub fn check(&self) -> Result<(), crate::StateError> {
        let unconnected = 1 << Pin::UNCONNECTED.0;
        if (self.levels | self.rose | self.fell) & unconnected != 0 {
            return Err(crate::StateError::invalid("wires", "the unconnected wire is driven"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_within_one_access_is_seen_as_a_change() {
        let mut wires = Wires::default();
        let pin = Pin::new(4);
        wires.raise(pin);
        wires.lower(pin);
        assert_eq!(wires.take_change(), Some(Change { pin, level: false, pulsed: true }));
        assert_eq!(wires.take_change(), None);
    }

    #[test]
    fn driving_a_wire_to_its_own_level_is_no_change() {
        let mut wires = Wires::default();
        wires.raise(Pin::new(1));
        assert_eq!(wires.take_change(), Some(Change { pin: Pin::new(1), level: true, pulsed: false }));
        wires.raise(Pin::new(1));
        assert!(!wires.moved());
    }

    #[test]
    fn the_unconnected_pin_stays_low() {
        let mut wires = Wires::default();
        wires.raise(Pin::UNCONNECTED);
        assert!(!wires.level(Pin::UNCONNECTED));
        assert!(!wires.moved());
        assert!(wires.check().is_ok());
    }
}
