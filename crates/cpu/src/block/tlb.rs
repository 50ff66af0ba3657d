//! Where pages of linear addresses lie in the host's memory.
//!
//! A tag is a page address. Whether an access lies in the page is one comparison: tag xor address is its offset in the
//! page if the tag is right, and at least [`PAGE_BYTES`] if not. A tag that is never right is one of a page that belongs
//! to another entry. The pages of the board, memory-mapped registers, have such tags, too, turned round in a way of their
//! own, and their physical address in place of the host's.

use crate::PAGE_BYTES;

/// Entries of one set.
pub(crate) const ENTRIES: usize = 1024;
/// In a tag, turned round: this entry has no page.
const NEVER: u32 = 2 * PAGE_BYTES;
/// In a write tag, turned round: the page has watched bytes, so only stores that look may use it.
pub(crate) const WATCHED: u32 = PAGE_BYTES;
/// In a tag, turned round: the page is the board's.
const BOARD: u32 = 4 * PAGE_BYTES;

/// One page.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry {
    /// The page, when it can be read.
    pub(crate) read: u32,
    /// The page, when it can be written; with [`WATCHED`] turned round perhaps.
    pub(crate) write: u32,
    /// What added to a linear address gives that of the host; of a page of the board, the physical one.
    pub(crate) addend: *mut u8,
}

/// The pages that one privilege set can reach. The entries come first.
#[repr(C)]
pub(crate) struct Tlb {
    pub(crate) entries: [Entry; ENTRIES],
    is_used: bool,
}

/// The page of an address.
pub(crate) fn page(linear: u32) -> u32 {
    linear & !(PAGE_BYTES - 1)
}

/// The entry of an address.
#[inline(always)]
pub(crate) fn index(linear: u32) -> usize {
    (linear / PAGE_BYTES) as usize % ENTRIES
}

impl Entry {
    /// No page, at an index.
    const fn empty(index: usize) -> Entry {
        let never = (index as u32 * PAGE_BYTES) ^ NEVER;
        Entry { read: never, write: never, addend: std::ptr::null_mut() }
    }

    /// Leads reads of a page to the host's memory at `host`, and writes when `write` tells whether it is watched.
    pub(crate) fn fill(&mut self, linear: u32, host: *mut u8, write: Option<bool>) {
        let page = page(linear);
        let turned = write.map_or(NEVER, |watched| if watched { WATCHED } else { 0 });
        *self = Entry { read: page, write: page ^ turned, addend: host.wrapping_sub(page as usize) };
    }

    /// Leads reads of a page to the board at a physical address, and writes when they may go there.
    pub(crate) fn fill_board(&mut self, linear: u32, physical: u32, write: bool) {
        let page = page(linear);
        let write = page ^ if write { BOARD } else { NEVER };
        let addend = std::ptr::without_provenance_mut(physical.wrapping_sub(linear) as usize);
        *self = Entry { read: page ^ BOARD, write, addend };
    }

    /// The physical address of an access that lies in a page of the board, by the tag that is for it.
    #[inline(always)]
    pub(crate) fn on_board(&self, tag: u32, linear: u32, bytes: u32) -> Option<u32> {
        let is_there = tag ^ BOARD ^ linear <= PAGE_BYTES - bytes;
        is_there.then(|| (self.addend.addr() as u32).wrapping_add(linear))
    }

    /// Whether a page can be read.
    pub(crate) fn reads(&self, linear: u32) -> bool {
        self.read == page(linear)
    }

    /// Whether a page can be written.
    pub(crate) fn writes(&self, linear: u32) -> bool {
        (self.write ^ page(linear)) & !WATCHED == 0
    }

    /// Whether a page can be written by those that look.
    pub(crate) fn is_watched(&self, linear: u32) -> bool {
        self.write ^ page(linear) == WATCHED
    }
}

impl Tlb {
    pub(crate) fn new() -> Tlb {
        let mut tlb = Tlb { entries: [Entry::empty(0); ENTRIES], is_used: true };
        tlb.clear();
        tlb
    }

    pub(crate) fn clear(&mut self) {
        if self.is_used {
            for (index, entry) in self.entries.iter_mut().enumerate() {
                *entry = Entry::empty(index);
            }
            self.is_used = false;
        }
    }

    pub(crate) fn entry(&mut self, linear: u32) -> &mut Entry {
        self.is_used = true;
        &mut self.entries[index(linear)]
    }
}
