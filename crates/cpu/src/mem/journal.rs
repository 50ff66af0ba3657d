//! What memory held before it was written: tells whether a stretch of work has left memory as it was.

/// Entries that are kept. A stretch that writes more places is no idle loop.
const ENTRIES_MAX: usize = 8 << 10;

/// The dwords of the store that were written, each with what it held before. Kept while the reference stepper looks for
/// a loop that does nothing; at all other times there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// Numbers of dwords with their earlier contents, a dword once for each write; the first entry counts.
    entries: Vec<(usize, u32)>,
    /// More was written than is kept, or nobody knows what.
    is_lost: bool,
}

impl Journal {
    /// `bytes` of the store from `at` on are about to be written.
    #[cold]
    pub(super) fn note(&mut self, store: &[u8], at: usize, bytes: usize) {
        let dwords = at / 4..(at + bytes).div_ceil(4);
        if self.entries.len() + dwords.len() > ENTRIES_MAX {
            self.unite();
            // Few places written often are kept; what is left to be noted must be worth the sorting.
            self.is_lost |= self.entries.len() + dwords.len() > ENTRIES_MAX / 2;
        }
        if !self.is_lost {
            self.entries.extend(dwords.map(|number| (number, dword(store, number))));
        }
    }

    /// Somebody may have written anything.
    pub(super) fn lose(&mut self) {
        self.is_lost = true;
    }

    /// Whether all that was written is as it was.
    pub(super) fn is_undone(&mut self, store: &[u8]) -> bool {
        self.unite();
        !self.is_lost && self.entries.iter().all(|(number, before)| dword(store, *number) == *before)
    }

    /// Leaves one entry for each dword.
    fn unite(&mut self) {
        self.entries.sort_by_key(|(number, _)| *number);
        self.entries.dedup_by_key(|(number, _)| *number);
    }
}

/// A dword of the store, whose length is a multiple of four.
fn dword(store: &[u8], number: usize) -> u32 {
    store.get(4 * number..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use crate::{Kind, Memory, Model, PAGE_BYTES, Width};

    fn memory() -> Memory {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        memory.map(0xa_0000, 0x1_0000, Kind::Linear(0));
        memory.write_phys(0x1000, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        memory.begin_journal();
        memory
    }

    #[test]
    fn memory_is_as_it_was_when_the_last_bytes_that_differ_are_back() {
        let mut memory = memory();
        assert!(memory.is_as_journalled());
        memory.write_direct(0x1003, Width::Dword, 0);
        assert!(!memory.is_as_journalled());
        memory.write_direct(0x1003, Width::Dword, 1);
        memory.write_direct(0x1003, Width::Word, 0x0504);
        assert!(!memory.is_as_journalled());
        memory.write_direct(0x1005, Width::Byte, 6);
        assert!(!memory.is_as_journalled());
        memory.write_direct(0x1006, Width::Byte, 7);
        assert!(memory.is_as_journalled());
    }

    #[test]
    fn every_kind_of_write_is_noted() {
        type Write = fn(&mut Memory);
        let writes: [(Write, Write); 6] = [
            (|memory| _ = memory.write_direct(0x1001, Width::Word, 0), |memory| memory.write_phys(0x1001, &[2, 3])),
            (
                |memory| _ = memory.fill_direct(0x1002, 4, Width::Byte, 0),
                |memory| memory.write_phys(0x1002, &[3, 4, 5, 6]),
            ),
            (|memory| _ = memory.mark_entry(0x1004, 0), |memory| memory.write_phys(0x1004, &[5, 6, 7, 8])),
            (
                |memory| _ = memory.copy_direct(0x1000, 0x1005, 3, Width::Byte, false),
                |memory| memory.write_phys(0x1005, &[6, 7, 8]),
            ),
            (|memory| memory.write_phys(0x0fff, &[1, 0]), |memory| memory.write_phys(0x0fff, &[0, 1])),
            (|memory| _ = memory.write_elsewhere(0xa_0ffe, Width::Word, 7), |memory| memory.write_phys(0xa_0ffe, &[0])),
        ];
        for (number, (write, undo)) in writes.into_iter().enumerate() {
            let mut memory = memory();
            write(&mut memory);
            assert!(!memory.is_as_journalled(), "write {number}");
            undo(&mut memory);
            assert!(memory.is_as_journalled(), "write {number}");
        }
    }

    #[test]
    fn a_journal_begun_anew_forgets_what_was() {
        let mut memory = memory();
        memory.write_phys(0x1000, &[0]);
        memory.begin_journal();
        assert!(memory.is_as_journalled());
        memory.end_journal();
        memory.write_phys(0x1000, &[1]);
        assert!(!memory.is_as_journalled(), "without a journal nobody knows");
    }

    #[test]
    fn what_is_written_often_is_kept_and_what_is_written_everywhere_is_not() {
        let mut memory = memory();
        for value in 0..100_000 {
            memory.write_direct(0x1000 + value % 64, Width::Byte, value);
        }
        memory.write_phys(0x1000, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        memory.write_phys(0x1009, &[0; 64]);
        assert!(memory.is_as_journalled());
        for page in 2..40 {
            memory.fill_direct(page * PAGE_BYTES, PAGE_BYTES, Width::Dword, 0);
        }
        assert!(!memory.is_as_journalled(), "zeros over zeros, but too many");
    }

    #[test]
    fn video_memory_handed_out_may_be_written_anywhere() {
        let mut memory = memory();
        let _ = memory.video_mut();
        assert!(!memory.is_as_journalled());
    }
}
