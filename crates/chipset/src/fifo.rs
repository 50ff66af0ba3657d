//! A queue of bytes with a fixed capacity, as in the keyboard and the UART.

use beige_core::{StateError, Visitor, VisitorExt};

/// A queue of at most `N` bytes; `N` is below 256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fifo<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> Default for Fifo<N> {
    fn default() -> Fifo<N> {
        Fifo { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Fifo<N> {
    pub(crate) fn len(&self) -> usize {
        usize::from(self.length)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= N
    }

    /// The bytes in order.
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or(&self.bytes)
    }

    /// The byte that comes out next.
    pub(crate) fn front(&self) -> Option<u8> {
        self.as_slice().first().copied()
    }

    /// The byte that comes out next, to be changed in its place.
    pub(crate) fn front_mut(&mut self) -> Option<&mut u8> {
        if self.is_empty() { None } else { self.bytes.first_mut() }
    }

    /// The byte that went in last.
    pub(crate) fn back(&self) -> Option<u8> {
        self.as_slice().last().copied()
    }

    /// Adds a byte; a full queue stays as it is.
    pub(crate) fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.length)) {
            *place = byte;
            self.length += 1;
        }
    }

    /// Takes out the oldest byte. What is behind the end is zero, so that equal queues have equal states.
    pub(crate) fn pop(&mut self) -> Option<u8> {
        let byte = self.front()?;
        self.bytes.copy_within(1.., 0);
        self.bytes[N - 1] = 0;
        self.length -= 1;
        Some(byte)
    }

    pub(crate) fn clear(&mut self) {
        *self = Fifo::default();
    }

    /// Visits the queue as the fields `id` and `id + 1` of the present section.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Fifo { bytes, length } = self;
        v.bytes(id, bytes);
        v.u8(id + 1, length);
    }

    pub(crate) fn check(&self, section: &str) -> Result<(), StateError> {
        if self.len() > N || self.bytes[self.len()..].iter().any(|byte| *byte != 0) {
            return Err(StateError::invalid(section, "a queue holds more than fits"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_the_order_they_went_in_and_the_surplus_is_dropped() {
        let mut fifo = Fifo::<3>::default();
        (1..=4).for_each(|byte| fifo.push(byte));
        assert!(fifo.is_full());
        assert_eq!((fifo.pop(), fifo.pop(), fifo.pop(), fifo.pop()), (Some(1), Some(2), Some(3), None));
        assert_eq!(fifo, Fifo::default());
    }

    #[test]
    fn a_length_beyond_the_capacity_is_refused() {
        let fifo = Fifo::<3> { bytes: [0; 3], length: 4 };
        assert!(fifo.check("test").is_err());
    }
}
