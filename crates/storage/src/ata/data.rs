//! The data port: words of the buffer, one by one or many at once.

use super::drive::{BUFFER_BYTES, Drive};
use beige_core::{SECTOR_BYTES, Tick};

impl Drive {
    /// Bytes that the next access to the data port moves: two, and one within the ECC.
    fn step(&self) -> u16 {
        if self.is_long() && usize::from(self.index) >= SECTOR_BYTES { 1 } else { 2 }
    }

    /// Gives the next word of the buffer to the host.
    pub(super) fn take_word(&mut self, now: Tick) -> u16 {
        let step = self.step();
        let at = usize::from(self.index) % BUFFER_BYTES;
        let high = if step == 2 { self.buffer[(at + 1) % BUFFER_BYTES] } else { 0 };
        let word = u16::from_le_bytes([self.buffer[at], high]);
        self.index = self.index.saturating_add(step).min(self.length);
        if self.index == self.length {
            self.taken(now);
        }
        word
    }

    /// Takes the next word from the host.
    pub(super) fn give_word(&mut self, word: u16, now: Tick) {
        let step = self.step();
        let at = usize::from(self.index) % BUFFER_BYTES;
        let [low, high] = word.to_le_bytes();
        self.buffer[at] = low;
        if step == 2 {
            self.buffer[(at + 1) % BUFFER_BYTES] = high;
        }
        self.index = self.index.saturating_add(step).min(self.length);
        if self.index == self.length {
            self.given(now);
        }
    }

    /// How many words the data port can move that do nothing else: all but the one that ends the block, and none of the
    /// ECC, which comes in bytes.
    fn plain_words(&self) -> usize {
        let words = usize::from(self.length.saturating_sub(self.index)).saturating_sub(1) / 2;
        let before_ecc = SECTOR_BYTES.saturating_sub(usize::from(self.index)).div_ceil(2);
        if self.is_long() { words.min(before_ecc) } else { words }
    }

    /// Where the next words in the buffer lie, at most so many bytes, a multiple of `unit`, and no more than
    /// [`Drive::plain_words`] allows. They count as moved.
    fn move_words(&mut self, most: usize, unit: usize) -> std::ops::Range<usize> {
        let bytes = most.min(2 * self.plain_words()) / unit * unit;
        let first = usize::from(self.index);
        self.index = self.index.saturating_add(bytes as u16);
        first..first + bytes
    }

    /// Gives words of the buffer to the host, as [`Drive::take_word`] one by one, as long as that does nothing else; how
    /// many bytes, a multiple of `unit`, which is even.
    pub(super) fn take_words(&mut self, into: &mut [u8], unit: usize) -> usize {
        let range = self.move_words(into.len(), unit);
        let words = self.buffer.get(range).unwrap_or(&[]);
        into.iter_mut().zip(words).for_each(|(to, from)| *to = *from);
        words.len()
    }

    /// Takes words from the host, as [`Drive::give_word`] one by one, as long as that does nothing else; how many bytes,
    /// a multiple of `unit`, which is even.
    pub(super) fn give_words(&mut self, from: &[u8], unit: usize) -> usize {
        let range = self.move_words(from.len(), unit);
        let words = self.buffer.get_mut(range).unwrap_or(&mut []);
        words.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        words.len()
    }
}
