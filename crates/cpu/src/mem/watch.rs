//! Which bytes of memory somebody must hear of when they are written: code of which blocks were made, and entries of
//! page tables that a TLB holds.
//!
//! One mark for each byte, so that a variable beside code costs no more than elsewhere, and a byte large, so that a store
//! looks with one access of its own size. The host hands out the marks of the pages that are looked at only. A page
//! without marks has none itself, and its writes are not looked at. Not architectural: a clone watches nothing, and all
//! are equal.

use super::store::Store;
use crate::PAGE_BYTES;

/// What was noticed, as bits.
pub(crate) mod notice {
    /// Watched bytes were written.
    pub(crate) const HITS: u8 = 1;
    /// The map, A20 or the marks of video memory changed.
    pub(crate) const MAP: u8 = 2;
    /// Memory was replaced.
    pub(crate) const EVERYTHING: u8 = 4;
    /// A page is watched that was not.
    pub(crate) const NEW_PAGE: u8 = 8;
}

/// What is watched in a page, as bits.
pub(crate) mod watched {
    /// Entries of page tables.
    pub(crate) const TABLE: u8 = 1;
    /// Code of which blocks were made.
    pub(crate) const CODE: u8 = 2;
}

/// A write to watched bytes: where it began in the store, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) at: u32,
    pub(crate) bytes: u32,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Watch {
    /// One byte for each byte of the store, not zero when that is watched; empty while nothing was ever watched.
    marks: Store,
    /// One byte for each page of the store, with bits of [`watched`]: not zero when it has a mark.
    pages: Vec<u8>,
    /// Bits of [`notice`].
    noticed: u8,
    hits: Vec<Hit>,
    /// Who watches; see [`Watch::attach`].
    watcher: u64,
}

const PAGE: usize = PAGE_BYTES as usize;
/// Writes that are remembered singly.
const HITS_MAX: usize = 256;

impl Watch {
    /// Begins to watch for `watcher`: everything is forgotten. The maps are made for a store of so many bytes.
    pub(crate) fn attach(&mut self, watcher: u64, store_bytes: usize) {
        if self.marks.len() == store_bytes {
            // Few pages are marked; new memory for all of them costs the host more than to clear those.
            for number in 0..self.pages.len() {
                if self.pages[number] != 0 {
                    self.clear_page((number * PAGE) as u32);
                    self.pages[number] = 0;
                }
            }
        } else {
            self.marks = Store::new(store_bytes);
            self.pages = vec![0; store_bytes / PAGE + 1];
        }
        self.noticed = 0;
        self.hits.clear();
        self.watcher = watcher;
    }

    /// Who watches, zero for nobody.
    pub(crate) fn watcher(&self) -> u64 {
        self.watcher
    }

    /// Where the marks lie, to be read by pointer; they move only when [`Watch::attach`] is called.
    pub(crate) fn marks(&self) -> *const u8 {
        self.marks.base()
    }

    /// What was noticed since it was last taken; zero mostly.
    #[inline]
    pub(crate) fn noticed(&self) -> u8 {
        self.noticed
    }

    /// Takes what was noticed, and the writes among it.
    pub(crate) fn take(&mut self, hits: &mut Vec<Hit>) -> u8 {
        hits.clear();
        std::mem::swap(hits, &mut self.hits);
        std::mem::take(&mut self.noticed)
    }

    #[inline]
    fn notice(&mut self, what: u8) {
        if self.watcher != 0 {
            self.noticed |= what;
        }
    }

    pub(super) fn changed_map(&mut self) {
        self.notice(notice::MAP);
    }

    pub(super) fn changed_everything(&mut self) {
        self.notice(notice::EVERYTHING);
    }

    /// Whether a page of the store has watched bytes.
    #[inline]
    pub(crate) fn has(&self, at: u32) -> bool {
        self.pages.get(at as usize / PAGE).is_some_and(|page| *page != 0)
    }

    /// Whether one of these pages of the store has watched bytes.
    pub(super) fn has_any(&self, at: usize, bytes: usize) -> bool {
        let pages = self.pages.get(at / PAGE..(at + bytes).div_ceil(PAGE)).unwrap_or_default();
        pages.iter().any(|page| *page != 0)
    }

    /// Watches bytes that lie in one page.
    pub(crate) fn add(&mut self, at: u32, bytes: u32, what: u8) {
        if bytes == 0 {
            return;
        }
        if let Some(page) = self.pages.get_mut(at as usize / PAGE) {
            if *page == 0 {
                self.noticed |= notice::NEW_PAGE;
            }
            *page |= what;
        }
        if let Some(marks) = self.marks.get_mut(at as usize..at as usize + bytes as usize) {
            marks.fill(1);
        }
    }

    /// Watches nothing in the page of `at`, until something is added.
    pub(crate) fn clear_page(&mut self, at: u32) {
        let first = at as usize / PAGE * PAGE;
        if let Some(marks) = self.marks.get_mut(first..first + PAGE) {
            marks.fill(0);
        }
    }

    /// Whether a byte is watched.
    fn is_watched(&self, at: usize) -> bool {
        self.marks.get(at).is_some_and(|mark| *mark != 0)
    }

    /// Bytes in one page are about to be written.
    #[inline]
    pub(super) fn wrote_in_page(&mut self, at: usize, bytes: usize) {
        if self.pages.get(at / PAGE).is_some_and(|page| *page != 0) {
            self.look(at, bytes);
        }
    }

    /// The marks of an entry of a page table are about to be written, of which nobody need hear but who made code of it.
    pub(super) fn marked(&mut self, at: usize) {
        if self.pages.get(at / PAGE).is_some_and(|page| page & watched::CODE != 0) {
            self.look(at, 4);
        }
    }

    /// Whether a page is watched that was not; it is not told again.
    pub(crate) fn take_new_page(&mut self) -> bool {
        let is_new = self.noticed & notice::NEW_PAGE != 0;
        self.noticed &= !notice::NEW_PAGE;
        is_new
    }

    /// Bytes are about to be written.
    pub(super) fn wrote(&mut self, at: usize, bytes: usize) {
        if bytes == 0 || self.pages.is_empty() {
            return;
        }
        let (mut at, end) = (at, at + bytes);
        while at < end {
            let next = ((at | (PAGE - 1)) + 1).min(end);
            self.wrote_in_page(at, next - at);
            at = next;
        }
    }

    #[cold]
    fn look(&mut self, at: usize, bytes: usize) {
        if (at..at + bytes).any(|at| self.is_watched(at)) {
            if self.hits.len() >= HITS_MAX {
                self.noticed |= notice::EVERYTHING;
                return;
            }
            self.noticed |= notice::HITS;
            self.hits.push(Hit { at: at as u32, bytes: bytes as u32 });
        }
    }
}

impl Clone for Watch {
    fn clone(&self) -> Watch {
        Watch::default()
    }
}

impl PartialEq for Watch {
    fn eq(&self, _other: &Watch) -> bool {
        true
    }
}

impl Eq for Watch {}

#[cfg(test)]
mod tests {
    use super::*;

    fn watching() -> Watch {
        let mut watch = Watch::default();
        watch.attach(1, 4 * PAGE);
        watch.add(100, 3, watched::CODE);
        watch.take(&mut Vec::new());
        watch
    }

    #[test]
    fn a_write_beside_watched_bytes_is_not_noticed() {
        let mut watch = watching();
        watch.wrote(96, 4);
        watch.wrote(103, 1);
        assert_eq!(watch.noticed(), 0);
    }

    #[test]
    fn a_write_to_one_watched_byte_is_noticed() {
        let mut watch = watching();
        watch.wrote(102, 4);
        let mut hits = Vec::new();
        assert_eq!(watch.take(&mut hits), notice::HITS);
        assert_eq!(hits, [Hit { at: 102, bytes: 4 }]);
        assert_eq!(watch.noticed(), 0);
    }

    #[test]
    fn a_write_over_several_pages_is_noticed_in_the_watched_one_only() {
        let mut watch = watching();
        watch.add(2 * PAGE as u32, 1, watched::CODE);
        watch.take(&mut Vec::new());
        watch.wrote(200, 3 * PAGE);
        let mut hits = Vec::new();
        watch.take(&mut hits);
        assert_eq!(hits, [Hit { at: 2 * PAGE as u32, bytes: PAGE as u32 }]);
    }

    #[test]
    fn who_attaches_again_watches_nothing_yet() {
        let mut watch = watching();
        watch.attach(2, 4 * PAGE);
        watch.wrote(0, 4 * PAGE);
        assert_eq!((watch.noticed(), watch.watcher(), watch.has(100)), (0, 2, false));
    }

    #[test]
    fn nobody_hears_of_anything_before_somebody_watches() {
        let mut watch = Watch::default();
        watch.wrote(0, 5);
        watch.changed_map();
        assert_eq!(watch.noticed(), 0);
    }
}
