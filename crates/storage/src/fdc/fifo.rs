//! The FIFO between the head and the host.
//!
//! SPEC: 82077AA (290166-007) section 4.2. Reading, service is requested once 16 - threshold bytes, or the last byte
//! of a sector, are in it, and until it is empty. Writing, service is requested until it is full, and again once only
//! as many bytes as the threshold are left. Disabled, it holds one byte.

use beige_core::{Visitor, VisitorExt};

/// Bytes that it holds.
pub(super) const FIFO_BYTES: u8 = 16;

/// The bytes on the way, and whether the host is asked to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fifo {
    bytes: [u8; FIFO_BYTES as usize],
    start: u8,
    length: u8,
    /// The host is asked for service.
    pub(super) requesting: bool,
}

impl Fifo {
    /// Nothing on the way.
    pub(super) const EMPTY: Fifo = Fifo { bytes: [0; FIFO_BYTES as usize], start: 0, length: 0, requesting: false };

    pub(super) fn len(&self) -> u8 {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn clear(&mut self) {
        *self = Fifo::EMPTY;
    }

    /// Puts a byte in; the caller has seen that there is room.
    pub(super) fn push(&mut self, byte: u8) {
        let end = self.start.wrapping_add(self.length) % FIFO_BYTES;
        self.bytes[usize::from(end)] = byte;
        self.length = (self.length + 1).min(FIFO_BYTES);
    }

    pub(super) fn pop(&mut self) -> Option<u8> {
        if self.length == 0 {
            return None;
        }
        let byte = self.bytes[usize::from(self.start % FIFO_BYTES)];
        (self.start, self.length) = ((self.start + 1) % FIFO_BYTES, self.length - 1);
        Some(byte)
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Fifo { bytes, start, length, requesting } = self;
        v.bytes(id, bytes);
        v.u8(id + 1, start);
        v.u8(id + 2, length);
        v.bool(id + 3, requesting);
    }

    pub(super) fn is_valid(&self) -> bool {
        self.start < FIFO_BYTES && self.length <= FIFO_BYTES
    }
}
