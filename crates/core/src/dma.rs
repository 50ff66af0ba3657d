//! The device side of a DMA channel. The controller knows counts and addresses, the peer knows bytes; the board's pump
//! moves them, one at a time, so that no device re-enters itself.

use crate::Io;

/// A device that asks for DMA by raising its request wire.
pub trait DmaPeer {
    /// Gives the byte for memory (a DMA write transfer in the 8237A's words). `terminal_count` is the level of TC
    /// during this byte: the last one of the programmed count.
    fn dma_read(&mut self, terminal_count: bool, io: &mut Io<'_>) -> u8;

    /// Gives as many bytes as it likes, up to all that fit, just as [`DmaPeer::dma_read`] would one by one at this tick
    /// without terminal count, and says how many. Its request stays up, and no wire or deadline moves. A peer that can
    /// not, or not now, gives none.
    fn dma_read_block(&mut self, _into: &mut [u8], _io: &mut Io<'_>) -> usize {
        0
    }

    /// Takes the byte from memory (a DMA read transfer).
    fn dma_write(&mut self, byte: u8, terminal_count: bool, io: &mut Io<'_>);
}
