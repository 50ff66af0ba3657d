//! Where pages of linear addresses lie in the host's memory.

use crate::PAGE_BYTES;

/// Entries of one set.
pub(crate) const ENTRIES: usize = 1024;
/// Tags are page addresses; this one matches none.
const NEVER: u32 = 1;
/// In a write tag: the page has watched bytes, so only stores that look may use it.
pub(crate) const WATCHED: u32 = 2;

/// One page.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry {
    /// The page, when it can be read.
    pub(crate) read: u32,
    /// The page, when it can be written; with [`WATCHED`] perhaps.
    pub(crate) write: u32,
    /// What added to a linear address gives that of the host.
    pub(crate) addend: *mut u8,
}

const EMPTY: Entry = Entry { read: NEVER, write: NEVER, addend: std::ptr::null_mut() };

/// The pages that one privilege set can reach.
pub(crate) struct Tlb {
    entries: Box<[Entry; ENTRIES]>,
    is_used: bool,
}

// SAFETY: the pointers in it lead into a memory, which whoever uses them must hold.
unsafe impl Send for Tlb {}
// SAFETY: as above; shared, it gives nothing away.
unsafe impl Sync for Tlb {}

/// The page of an address.
pub(crate) fn page(linear: u32) -> u32 {
    linear & !(PAGE_BYTES - 1)
}

impl Tlb {
    pub(crate) fn new() -> Tlb {
        Tlb { entries: Box::new([EMPTY; ENTRIES]), is_used: false }
    }

    pub(crate) fn clear(&mut self) {
        if self.is_used {
            self.entries.fill(EMPTY);
            self.is_used = false;
        }
    }

    /// The entries, to be read by pointer.
    pub(crate) fn base(&mut self) -> *mut Entry {
        self.entries.as_mut_ptr()
    }

    pub(crate) fn entry(&mut self, linear: u32) -> &mut Entry {
        self.is_used = true;
        &mut self.entries[(linear / PAGE_BYTES) as usize % ENTRIES]
    }
}

impl Entry {
    /// Leads reads of a page to the host's memory at `host`, and writes when `write` says so with its tag.
    pub(crate) fn fill(&mut self, linear: u32, host: *mut u8, write: Option<bool>) {
        let page = page(linear);
        let write = write.map_or(NEVER, |watched| page | if watched { WATCHED } else { 0 });
        *self = Entry { read: page, write, addend: host.wrapping_sub(page as usize) };
    }
}
