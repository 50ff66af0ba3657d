//! Physical memory: RAM, video memory and ROM in one store, and the page map that says what an address reaches.
//!
//! The board maps ranges; the CPU reads and writes through A20 and the address lines of its model; devices and DMA use
//! [`Memory::read_phys`] and [`Memory::write_phys`], which see no A20 gate.
//!
//! | threat | stopped by |
//! |---|---|
//! | an address outside the map | one masked page table entry for every address; `UNMAPPED` reads as ones |
//! | a page entry beyond the store | entries are made here only, from offsets checked against the store |
//! | a state with other sizes | fixed-length fields, checked by the reader |

mod access;
mod journal;
mod store;
mod watch;

pub(crate) use access::Elsewhere;
pub(crate) use watch::{Hit, Watch, notice, watched};

use std::fmt;

use beige_core::{StateError, Visitor, VisitorExt};

use crate::Model;
use journal::Journal;
use store::Store;

/// Granularity of the map.
pub const PAGE_BYTES: u32 = 4096;
/// Size of video memory.
pub const VIDEO_BYTES: u32 = 256 << 10;
const _: () = assert!(VIDEO_BYTES / PAGE_BYTES == u64::BITS, "one bit for each page");
const ROM_BYTES: u32 = 5 << 20;
const MAX_RAM_BYTES: u64 = 3 << 30;
const A20: u32 = 1 << 20;

/// What a range of addresses reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RAM at the same address; beyond the end of RAM, nothing.
    Ram,
    /// RAM from this offset on, so that a window high in the address space needs no RAM below it; beyond the end of RAM,
    /// nothing.
    RamAt(u32),
    /// The ROM store from this offset on, as [`Memory::load_rom`] returned it. Writes are dropped.
    Rom(u32),
    /// Video memory from this offset on, read and written directly.
    Linear(u32),
    /// [`crate::Bus::mmio_read`] and [`crate::Bus::mmio_write`].
    Mmio,
    /// Nothing: reads as ones, writes are dropped.
    Unmapped,
}

/// One entry of the page map: the offset of the page in the store, and these bits below it.
mod entry {
    pub(super) const READ: u32 = 1;
    pub(super) const WRITE: u32 = 2;
    pub(super) const VIDEO: u32 = 4;
    pub(super) const MMIO: u32 = 8;
    pub(super) const UNMAPPED: u32 = 0;
}

/// The physical memory of a machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Memory {
    /// Bytes of RAM, a multiple of the page size.
    ram_bytes: u32,
    /// RAM, then video memory, then the ROM store.
    store: Store,
    /// Which bytes of the store somebody must hear of when they are written.
    watch: Watch,
    /// One entry for each page of the address space of the model.
    pages: Vec<u32>,
    /// Address lines of the model.
    address_mask: u32,
    /// Address lines that reach memory: those of the model, without A20 while that is off.
    cpu_mask: u32,
    /// Pages of video memory written since they were last taken, bit by page.
    video_dirty: u64,
    /// Bytes used in the ROM store.
    rom_used: u32,
    /// What writes overwrote, while somebody wants to know.
    journal: Option<Box<Journal>>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("ram_bytes", &self.ram_bytes).field("a20", &self.a20()).finish_non_exhaustive()
    }
}

impl Memory {
    /// Memory with `ram_bytes` of zeroed RAM (rounded up to a page, at most 3 GiB and what the model can address), which
    /// the host hands out when it is first touched. RAM is mapped at 0, A20 is on.
    #[must_use]
    pub fn new(ram_bytes: u64, model: Model) -> Memory {
        let address_mask = model.address_mask();
        let space = u64::from(address_mask) + 1;
        let ram_bytes = ram_bytes.min(space).min(MAX_RAM_BYTES).next_multiple_of(u64::from(PAGE_BYTES)) as u32;
        let store_bytes = ram_bytes as usize + VIDEO_BYTES as usize + ROM_BYTES as usize;
        let mut memory = Memory {
            ram_bytes,
            store: Store::new(store_bytes),
            watch: Watch::default(),
            pages: vec![entry::UNMAPPED; (space / u64::from(PAGE_BYTES)) as usize],
            address_mask,
            cpu_mask: address_mask,
            video_dirty: 0,
            rom_used: 0,
            journal: None,
        };
        memory.map(0, u64::from(ram_bytes), Kind::Ram);
        memory
    }

    /// Maps the pages of `bytes` from `first` on, both in multiples of [`PAGE_BYTES`] (`first` is rounded down, `bytes`
    /// up). Pages outside the address space of the model are ignored.
    pub fn map(&mut self, first: u32, bytes: u64, kind: Kind) {
        self.watch.changed_map();
        let first = u64::from(first / PAGE_BYTES);
        let count = bytes.div_ceil(u64::from(PAGE_BYTES));
        for page in 0..count.min(self.pages.len() as u64) {
            let Some(slot) = self.pages.get_mut((first + page) as usize) else { return };
            let offset = page * u64::from(PAGE_BYTES);
            let ram = u64::from(self.ram_bytes);
            let within = |start: u32, size: u32| {
                let at = u64::from(start - start % PAGE_BYTES) + offset;
                (at < u64::from(size)).then_some(at)
            };
            let before = *slot;
            *slot = match kind {
                Kind::Ram => {
                    let at = (first + page) * u64::from(PAGE_BYTES);
                    if at < ram { at as u32 | entry::READ | entry::WRITE } else { entry::UNMAPPED }
                }
                Kind::RamAt(start) => {
                    within(start, self.ram_bytes).map_or(entry::UNMAPPED, |at| at as u32 | entry::READ | entry::WRITE)
                }
                Kind::Linear(start) => within(start, VIDEO_BYTES)
                    .map_or(entry::UNMAPPED, |at| (ram + at) as u32 | entry::READ | entry::VIDEO),
                Kind::Rom(start) => within(start, ROM_BYTES)
                    .map_or(entry::UNMAPPED, |at| (ram + u64::from(VIDEO_BYTES) + at) as u32 | entry::READ),
                Kind::Mmio => entry::MMIO,
                Kind::Unmapped => entry::UNMAPPED,
            };
            if *slot != before && before & entry::READ != 0 && self.watch.has(before) {
                self.watch.changed_everything();
            }
        }
    }

    /// Adds `image` to the ROM store, padded with ones to whole pages, maps it at `first` and returns its offset in the
    /// store, with which [`Memory::map`] can map it again. `None`, and nothing done, when the store (5 MiB) is full.
    pub fn load_rom(&mut self, first: u32, image: &[u8]) -> Option<u32> {
        let bytes = u32::try_from(image.len()).ok()?.checked_next_multiple_of(PAGE_BYTES)?;
        let offset = self.rom_used;
        let end = offset.checked_add(bytes).filter(|end| *end <= ROM_BYTES)?;
        let start = self.ram_bytes as usize + VIDEO_BYTES as usize + offset as usize;
        self.watch.changed_everything();
        let store = &mut self.store[start..start + bytes as usize];
        store[..image.len()].copy_from_slice(image);
        store[image.len()..].fill(0xff);
        self.rom_used = end;
        self.map(first, u64::from(bytes), Kind::Rom(offset));
        Some(offset)
    }

    /// Opens or closes the A20 gate. It masks accesses of the CPU, not of devices.
    pub fn set_a20(&mut self, on: bool) {
        if on != self.a20() {
            self.watch.changed_map();
        }
        self.cpu_mask = if on { self.address_mask } else { self.address_mask & !A20 };
    }

    /// Whether the A20 gate is open; always on models with 20 address lines.
    #[must_use]
    pub fn a20(&self) -> bool {
        self.cpu_mask == self.address_mask
    }

    /// From now on, what is written is noted.
    pub(crate) fn begin_journal(&mut self) {
        self.journal = Some(Box::default());
    }

    /// Nothing is noted any longer.
    pub(crate) fn end_journal(&mut self) {
        self.journal = None;
    }

    /// Whether RAM and video memory hold what they held when the journal began; false when nobody knows.
    pub(crate) fn is_as_journalled(&mut self) -> bool {
        self.journal.as_mut().is_some_and(|journal| journal.is_undone(&self.store))
    }

    /// So many bytes of the store are about to be written.
    #[inline]
    fn note_write(&mut self, at: usize, bytes: usize) {
        if let Some(journal) = &mut self.journal {
            journal.note(&self.store, at, bytes);
        }
    }

    /// Bytes of RAM.
    #[must_use]
    pub fn ram_bytes(&self) -> u64 {
        u64::from(self.ram_bytes)
    }

    /// Video memory.
    #[must_use]
    pub fn video(&self) -> &[u8] {
        let start = self.ram_bytes as usize;
        &self.store[start..start + VIDEO_BYTES as usize]
    }

    /// Video memory, to be written: what will be written is the caller's business, so every page becomes dirty.
    pub fn video_mut(&mut self) -> &mut [u8] {
        self.video_dirty = u64::MAX;
        if let Some(journal) = &mut self.journal {
            journal.lose();
        }
        let start = self.ram_bytes as usize;
        self.watch.wrote(start, VIDEO_BYTES as usize);
        &mut self.store[start..start + VIDEO_BYTES as usize]
    }

    /// Whether video memory was written since this was last asked.
    pub fn take_video_dirty(&mut self) -> bool {
        let dirty = self.video_dirty != 0;
        if dirty {
            // Who writes without marking, because the page is marked, must mark again.
            self.watch.changed_map();
            self.video_dirty = 0;
        }
        dirty
    }

    /// Saves, loads or hashes RAM, video memory and A20. The map and the ROMs are the board's to restore.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        let mut a20 = self.a20();
        let Memory {
            ram_bytes,
            store,
            watch,
            pages: _,
            address_mask: _,
            cpu_mask: _,
            video_dirty,
            rom_used: _,
            journal: _,
        } = self;
        v.section("memory", 1);
        let (ram, rest) = store.split_at_mut(*ram_bytes as usize);
        let (video, _) = rest.split_at_mut(VIDEO_BYTES as usize);
        v.bool(1, &mut a20);
        v.sparse(2, ram, PAGE_BYTES as usize);
        v.sparse(3, video, PAGE_BYTES as usize);
        if v.is_loading() {
            *video_dirty = u64::MAX;
            watch.changed_everything();
            self.set_a20(a20);
        }
    }

    /// # Errors
    /// When the A20 gate is closed on a model without the line.
    pub fn check(&self) -> Result<(), StateError> {
        if !self.a20() && self.address_mask & A20 == 0 {
            return Err(StateError::invalid("memory", "A20 is off on a CPU without A20"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Width;

    #[test]
    fn ram_ends_where_it_ends_and_reads_as_ones_beyond() {
        let mut memory = Memory::new(640 << 10, Model::I8086);
        memory.write_phys(0x9_fffe, &[1, 2, 3]);
        let mut read = [0; 3];
        memory.read_phys(0x9_fffe, &mut read);
        assert_eq!(read, [1, 2, 0xff]);
    }

    #[test]
    fn a_window_of_ram_shows_its_offset_and_ends_with_ram() {
        let mut memory = Memory::new(2 * u64::from(PAGE_BYTES), Model::I80386);
        memory.map(0x3000_0000, 2 * u64::from(PAGE_BYTES), Kind::RamAt(PAGE_BYTES));
        memory.write_phys(0x3000_0ffe, &[1, 2, 3]);
        let (mut window, mut below) = ([0; 3], [0; 2]);
        memory.read_phys(0x3000_0ffe, &mut window);
        memory.read_phys(0x1ffe, &mut below);
        assert_eq!((window, below), ([1, 2, 0xff], [1, 2]));
        assert_eq!(memory.write_direct(0x3000_0004, Width::Dword, 7), Some(()));
        assert_eq!(memory.read_direct(0x1004, Width::Dword), Some(7));
        assert_eq!(memory.write_direct(0x3000_1000, Width::Byte, 7), None);
    }

    #[test]
    fn a_rom_can_be_mapped_twice_and_not_be_written() {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        let offset = memory.load_rom(0xf_0000, &[7; 0x1_0000]).unwrap();
        memory.map(0xffff_0000, 0x1_0000, Kind::Rom(offset));
        memory.write_phys(0xffff_fff0, &[9]);
        for address in [0xf_fff0, 0xffff_fff0] {
            let mut read = [0];
            memory.read_phys(address, &mut read);
            assert_eq!(read, [7]);
        }
    }

    #[test]
    fn the_last_page_of_a_short_rom_is_padded_with_ones() {
        let mut memory = Memory::new(1 << 20, Model::I8086);
        memory.load_rom(0xf_f000, &[0; 100]);
        let mut read = [0; 2];
        memory.read_phys(0xf_f000 + 99, &mut read);
        assert_eq!(read, [0, 0xff]);
    }

    #[test]
    fn a_rom_larger_than_the_store_is_refused() {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        assert_eq!(memory.load_rom(0xf_0000, &vec![0; (ROM_BYTES + 1) as usize]), None);
        assert!(memory.load_rom(0, &vec![0; ROM_BYTES as usize]).is_some());
        assert_eq!(memory.load_rom(0xf_0000, &[0]), None);
    }

    #[test]
    fn a20_masks_the_cpu_and_not_devices() {
        let mut memory = Memory::new(2 << 20, Model::I80286);
        memory.write_phys(0, &[1]);
        memory.write_phys(0x10_0000, &[2]);
        assert_eq!(memory.read_direct(0x10_0000, Width::Byte), Some(2));
        memory.set_a20(false);
        assert_eq!(memory.read_direct(0x10_0000, Width::Byte), Some(1));
        let mut read = [0];
        memory.read_phys(0x10_0000, &mut read);
        assert_eq!(read, [2]);
    }

    #[test]
    fn writes_through_a_linear_range_reach_video_memory_and_mark_it() {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        memory.map(0xa_0000, 0x1_0000, Kind::Linear(0x1_0000));
        assert!(!memory.take_video_dirty());
        memory.write_phys(0xa_0005, &[0x55]);
        assert_eq!(memory.video()[0x1_0005], 0x55);
        assert!(memory.take_video_dirty());
        assert!(!memory.take_video_dirty());
    }

    #[test]
    fn copies_and_fills_reach_video_memory_and_mark_it() {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        memory.map(0xa_0000, 0x1_0000, Kind::Linear(0));
        memory.map(0xb_0000, 0x1_0000, Kind::Linear(0));
        assert!(memory.fill_direct(0xa_0004, 4, Width::Word, 0x0201));
        assert!(memory.take_video_dirty());
        assert!(memory.copy_direct(0xa_0004, 0xb_0000, 3, Width::Byte, false));
        assert_eq!(memory.video()[..8], [1, 2, 1, 0, 1, 2, 1, 2]);
        assert!(memory.take_video_dirty());
        // The same memory at another address: the target begins within an element of the source, or is the source.
        assert!(!memory.copy_direct(0xa_0004, 0xb_0006, 4, Width::Dword, false));
        assert!(memory.copy_direct(0xa_0004, 0xb_0008, 4, Width::Dword, false));
        assert!(memory.copy_direct(0xa_0004, 0xb_0004, 4, Width::Dword, false));
        assert_eq!(memory.video()[..12], [1, 2, 1, 0, 1, 2, 1, 2, 1, 2, 1, 2]);
        memory.map(0xb_0000, 0x1_0000, Kind::Mmio);
        memory.take_video_dirty();
        assert!(!memory.copy_direct(0xa_0000, 0xb_0000, 4, Width::Byte, false));
        assert!(!memory.fill_direct(0xb_0000, 4, Width::Byte, 0));
        assert!(!memory.take_video_dirty());
    }

    #[test]
    fn a_copy_over_itself_is_that_of_one_element_after_the_other_or_refused() {
        let pattern: [u8; 160] = std::array::from_fn(|at| at as u8);
        let mut memories = [Memory::new(1 << 20, Model::I80386), Memory::new(1 << 20, Model::I80386)];
        for case in 0..6000_u32 {
            let width = [Width::Byte, Width::Word, Width::Dword][case as usize % 3];
            let (from, to) = (0x1000 + case % 41, 0x1000 + case / 41 % 43);
            let (bytes, downwards) = ((case % 17 + 1) * width.bytes(), case & 1 != 0);
            memories.iter_mut().for_each(|memory| memory.write_phys(0x1000, &pattern));
            let [memory, expected] = &mut memories;
            for element in 0..bytes / width.bytes() {
                let at = if downwards { bytes - (element + 1) * width.bytes() } else { element * width.bytes() };
                let value = expected.read_direct(from + at, width).unwrap();
                expected.write_direct(to + at, width, value);
            }
            if memory.copy_direct(from, to, bytes, width, downwards) {
                let [one, other] = [memory, expected].map(|memory| memory.bytes_direct(0x1000, 160));
                assert_eq!(one, other, "{from:x} {to:x} {bytes} {width:?} {downwards}");
            } else {
                let is_near = from.abs_diff(to) < width.bytes() || downwards;
                assert!(is_near && from != to && from.abs_diff(to) < bytes, "{from:x} {to:x} {bytes} {width:?}");
            }
        }
    }

    #[test]
    fn merged_bits_reach_video_memory_mark_it_and_are_noticed() {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        memory.begin_journal();
        memory.merge_video(0x3_fffc, 0x1122_3344, 0xf0ff_00ff);
        assert_eq!(memory.video()[0x3_fffc..], [0x44, 0x00, 0x22, 0x10]);
        assert!(memory.take_video_dirty());
        assert!(!memory.is_as_journalled());
        memory.merge_video(0x3_fffc, 0, u32::MAX);
        assert!(memory.is_as_journalled());
        memory.merge_video(0x3_fffd, u32::MAX, u32::MAX);
        memory.merge_video(usize::MAX, u32::MAX, u32::MAX);
        assert!(memory.is_as_journalled());
        // Behind video memory is the ROM.
        memory.load_rom(0xf_0000, &[0; 0x1000]);
        memory.merge_video(VIDEO_BYTES as usize, u32::MAX, u32::MAX);
        let mut rom = [1; 4];
        memory.read_phys(0xf_0000, &mut rom);
        assert_eq!(rom, [0; 4]);
    }

    #[test]
    fn video_memory_is_written_at_once_when_nobody_hears_of_single_writes() {
        let mut memory = Memory::new(1 << 20, Model::I80386);
        memory.video_at_once().unwrap()[VIDEO_BYTES as usize - 1] = 7;
        assert_eq!(memory.video().last(), Some(&7));
        assert!(memory.take_video_dirty());
        memory.begin_journal();
        assert!(memory.video_at_once().is_none());
        memory.end_journal();
        let bytes = memory.store_bytes();
        memory.watch().attach(1, bytes);
        memory.watch().add((1 << 20) - 1, 1, watched::CODE);
        memory.watch().add((1 << 20) + VIDEO_BYTES, 1, watched::CODE);
        assert!(memory.video_at_once().is_some());
        memory.watch().add((1 << 20) + VIDEO_BYTES - 1, 1, watched::CODE);
        memory.take_video_dirty();
        assert!(memory.video_at_once().is_none());
        assert!(!memory.take_video_dirty());
    }

    #[test]
    fn what_was_saved_is_loaded() {
        use beige_core::{StateReader, StateWriter};
        let mut memory = Memory::new(1 << 20, Model::I80386);
        memory.write_phys(0x1234, &[1, 2, 3]);
        memory.video_mut()[77] = 9;
        memory.set_a20(false);
        let mut writer = StateWriter::default();
        memory.visit(&mut writer);
        let data = writer.finish();
        let mut loaded = Memory::new(1 << 20, Model::I80386);
        let mut reader = StateReader::new(&data);
        loaded.visit(&mut reader);
        reader.finish().unwrap();
        loaded.check().unwrap();
        assert_eq!((loaded.take_video_dirty(), memory.take_video_dirty()), (true, true));
        assert_eq!(loaded, memory);
    }
}
