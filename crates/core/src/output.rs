//! What a machine gives away: bytes of its serial lines and debug console, edges of its speaker, and notes for its
//! user. The host takes them between slices; the guest cannot learn whether anybody did.

use crate::{DiskSlot, Tick};

/// A stream of bytes that leaves the machine. Handed out by the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub u8);

/// One byte that left the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamByte {
    /// When, in guest time.
    pub at: Tick,
    /// By which stream.
    pub stream: StreamId,
    /// The byte.
    pub byte: u8,
}

/// The speaker's cone is pushed or let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// When, in guest time.
    pub at: Tick,
    /// Pushed, not let go.
    pub level: bool,
}

/// Something the user should know about the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The host failed to read or write a sector; the guest saw the error status of its controller.
    DiskFailed {
        /// The drive.
        slot: DiskSlot,
        /// The sector.
        lba: u64,
        /// A write, not a read.
        write: bool,
    },
    /// The guest used a chip in a way that the model does not have; the sentence says which.
    Unmodelled(&'static str),
    /// The CPU shut down at this address and the board reset it.
    ShutDown {
        /// Code segment.
        cs: u16,
        /// Offset of the next instruction.
        eip: u32,
    },
}

/// Bytes, edges and notes that await the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    bytes: Vec<StreamByte>,
    edges: Vec<Edge>,
    notes: Vec<Note>,
    notes_given: u32,
}

impl Outputs {
    /// Notes a run may give; the rest is dropped, so that a guest cannot fill the user's log.
    const NOTES_MAX: u32 = 100;

    /// Adds a byte.
    pub fn push(&mut self, at: Tick, stream: StreamId, byte: u8) {
        self.bytes.push(StreamByte { at, stream, byte });
    }

    /// Adds an edge of the speaker. Only a board that somebody listens to does.
    pub fn push_edge(&mut self, at: Tick, level: bool) {
        self.edges.push(Edge { at, level });
    }

    /// Adds a note, unless it was the last one given, or too many were.
    pub fn note(&mut self, note: Note) {
        if self.notes_given < Outputs::NOTES_MAX && self.notes.last() != Some(&note) {
            self.notes_given += 1;
            self.notes.push(note);
        }
    }

    /// The bytes that wait.
    #[must_use]
    pub fn bytes(&self) -> &[StreamByte] {
        &self.bytes
    }

    /// The edges of the speaker that wait, in order.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The notes that wait.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Forgets them after the host has taken them; keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.edges.clear();
        self.notes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_cannot_fill_the_log() {
        let mut outputs = Outputs::default();
        for lba in 0..1000 {
            outputs.note(Note::DiskFailed { slot: DiskSlot(0), lba, write: false });
        }
        assert_eq!(outputs.notes().len(), 100);
        outputs.clear();
        outputs.note(Note::Unmodelled("again"));
        assert!(outputs.notes().is_empty());
    }
}
