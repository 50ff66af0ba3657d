//! Decoded instructions by physical address, checked against the live bytes at every use. So code that changes,
//! whoever changes it, needs no notice. Not architectural: a clone starts empty, and all caches are equal.

use std::fmt;

use super::Op;
use super::op::Kind;

const ENTRIES: usize = 1 << 14;

#[derive(Clone, Copy)]
struct Entry {
    /// The bytes of the instruction, from the lowest; zero beyond its length.
    bytes: u128,
    /// Ones where `bytes` counts.
    mask: u128,
    op: Op,
}

/// A direct-mapped cache. The default one is empty for ever: what stands in for a cache that is in use.
#[derive(Default)]
pub(crate) struct DecodeCache {
    entries: Option<Box<[Entry; ENTRIES]>>,
}

impl DecodeCache {
    pub(crate) fn new() -> DecodeCache {
        // No live bytes match an empty entry.
        let empty = Entry { bytes: 1, mask: 0, op: Op::plain(Kind::Undefined, 0) };
        DecodeCache { entries: vec![empty; ENTRIES].into_boxed_slice().try_into().ok() }
    }

    /// The instruction at `address`, when its bytes are those of `live`.
    #[inline]
    pub(crate) fn find(&self, address: u32, live: u128) -> Option<&Op> {
        let entry = &self.entries.as_ref()?[address as usize % ENTRIES];
        (live & entry.mask == entry.bytes).then_some(&entry.op)
    }

    /// Remembers an instruction of at most 16 bytes.
    pub(crate) fn insert(&mut self, address: u32, live: u128, op: &Op) {
        let Some(unused) = 16_u32.checked_sub(u32::from(op.length)) else { return };
        let mask = u128::MAX.checked_shr(unused * 8).unwrap_or(0);
        if mask != 0
            && let Some(entries) = &mut self.entries
        {
            entries[address as usize % ENTRIES] = Entry { bytes: live & mask, mask, op: *op };
        }
    }
}

impl Clone for DecodeCache {
    fn clone(&self) -> DecodeCache {
        DecodeCache::new()
    }
}

impl PartialEq for DecodeCache {
    fn eq(&self, _other: &DecodeCache) -> bool {
        true
    }
}

impl Eq for DecodeCache {}

impl fmt::Debug for DecodeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecodeCache")
    }
}
