//! Decoded instructions by physical address, checked against the live bytes at every use. So code that changes,
//! whoever changes it, needs no notice. Not architectural: a clone starts empty, and all caches are equal.

use std::fmt;

use super::Op;
use super::op::Kind;

const ENTRIES: usize = 1 << 14;

/// Sixteen bytes of code, as two words: what a host compares fastest.
pub(crate) type Live = [u64; 2];

/// The words of sixteen bytes.
#[inline]
pub(crate) fn live(bytes: &[u8; 16]) -> Live {
    let whole = u128::from_le_bytes(*bytes);
    [whole as u64, (whole >> 64) as u64]
}

#[derive(Clone, Copy)]
struct Entry {
    /// The bytes of the instruction; zero beyond its length.
    bytes: Live,
    /// Ones where `bytes` counts.
    mask: Live,
    /// Decoded for a 32-bit segment.
    wide: bool,
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
        let empty = Entry { bytes: [1, 0], mask: [0, 0], wide: false, op: Op::plain(Kind::Undefined, 0) };
        DecodeCache { entries: vec![empty; ENTRIES].into_boxed_slice().try_into().ok() }
    }

    /// The instruction at `address`, when its bytes are those of `live`, in a 16-bit or a `wide` segment.
    #[inline]
    pub(crate) fn find(&self, address: u32, live: Live, wide: bool) -> Option<&Op> {
        let entry = &self.entries.as_ref()?[address as usize % ENTRIES];
        let differs = (live[0] & entry.mask[0]) ^ entry.bytes[0] | (live[1] & entry.mask[1]) ^ entry.bytes[1];
        (differs == 0 && entry.wide == wide).then_some(&entry.op)
    }

    /// Remembers an instruction of at most 16 bytes.
    pub(crate) fn insert(&mut self, address: u32, live: Live, wide: bool, op: &Op) {
        let Some(unused) = 16_u32.checked_sub(u32::from(op.length)) else { return };
        let Some(mask) = u128::MAX.checked_shr(unused * 8) else { return };
        let mask = [mask as u64, (mask >> 64) as u64];
        if let Some(entries) = &mut self.entries {
            let bytes = [live[0] & mask[0], live[1] & mask[1]];
            entries[address as usize % ENTRIES] = Entry { bytes, mask, wide, op: *op };
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
