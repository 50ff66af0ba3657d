//! Reads and writes of physical memory.

use super::{Memory, PAGE_BYTES, VIDEO_BYTES, Watch, entry};
use crate::Width;

const IN_PAGE: u32 = PAGE_BYTES - 1;

/// What one page-bound access of the CPU meets when it does not reach the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// Ask the bus, at this physical address.
    Mmio(u32),
    /// Nothing is there, or it cannot be written.
    Nothing,
}

impl Memory {
    /// The physical address that the CPU drives for a linear one.
    #[inline]
    pub(crate) fn cpu_address(&self, linear: u32) -> u32 {
        linear & self.cpu_mask
    }

    #[inline]
    fn entry(&self, address: u32) -> u32 {
        self.pages.get((address / PAGE_BYTES) as usize).copied().unwrap_or(entry::UNMAPPED)
    }

    /// A read of the CPU that lies in one page of the store; `None` otherwise.
    #[inline]
    pub(crate) fn read_direct(&self, linear: u32, width: Width) -> Option<u32> {
        let address = self.cpu_address(linear);
        let found = self.entry(address);
        let offset = address & IN_PAGE;
        if found & entry::READ == 0 || offset > PAGE_BYTES - width.bytes() {
            return None;
        }
        let at = ((found & !IN_PAGE) | offset) as usize;
        Some(match width {
            Width::Byte => u32::from(*self.store.get(at)?),
            Width::Word => u32::from(u16::from_le_bytes(*self.store.get(at..)?.first_chunk()?)),
            Width::Dword => u32::from_le_bytes(*self.store.get(at..)?.first_chunk()?),
        })
    }

    /// A write of the CPU that lies in one page of RAM; `None`, and nothing done, otherwise.
    #[inline]
    pub(crate) fn write_direct(&mut self, linear: u32, width: Width, value: u32) -> Option<()> {
        let address = self.cpu_address(linear);
        let found = self.entry(address);
        let offset = address & IN_PAGE;
        if found & entry::WRITE == 0 || offset > PAGE_BYTES - width.bytes() {
            return None;
        }
        let at = ((found & !IN_PAGE) | offset) as usize;
        self.note_write(at, width.bytes() as usize);
        self.watch.wrote_in_page(at, width.bytes() as usize);
        match width {
            Width::Byte => *self.store.get_mut(at)? = value as u8,
            Width::Word => *self.store.get_mut(at..)?.first_chunk_mut()? = (value as u16).to_le_bytes(),
            Width::Dword => *self.store.get_mut(at..)?.first_chunk_mut()? = value.to_le_bytes(),
        }
        Some(())
    }

    /// Where the page of a linear address lies in the store, for [`Memory::code`]; good until the map or A20 changes.
    pub(crate) fn code_page(&self, linear: u32) -> Option<u32> {
        let found = self.entry(self.cpu_address(linear));
        (found & entry::READ != 0).then_some(found & !IN_PAGE)
    }

    /// Sixteen bytes of the store.
    #[inline]
    pub(crate) fn code(&self, at: u32) -> Option<&[u8; 16]> {
        self.store.get(at as usize..)?.first_chunk()
    }

    /// What a read of the CPU that [`Memory::read_direct`] refused meets. It must not cross a page.
    pub(crate) fn read_elsewhere(&self, linear: u32) -> Elsewhere {
        let address = self.cpu_address(linear);
        if self.entry(address) & entry::MMIO != 0 { Elsewhere::Mmio(address) } else { Elsewhere::Nothing }
    }

    /// What a write of the CPU that [`Memory::write_direct`] refused meets; video memory is written. It must not cross
    /// a page.
    pub(crate) fn write_elsewhere(&mut self, linear: u32, width: Width, value: u32) -> Elsewhere {
        let address = self.cpu_address(linear);
        let found = self.entry(address);
        if found & entry::MMIO != 0 {
            return Elsewhere::Mmio(address);
        }
        if found & entry::VIDEO != 0 {
            let bytes = value.to_le_bytes();
            self.write_phys(address, &bytes[..width.bytes() as usize]);
        }
        Elsewhere::Nothing
    }

    /// Where in the store a range of physical memory lies, when it lies in one page that allows one of `accesses`.
    fn range(&self, address: u32, bytes: u32, accesses: u32) -> Option<std::ops::Range<usize>> {
        let found = self.entry(address);
        let offset = address & IN_PAGE;
        let fits = found & accesses != 0 && bytes <= PAGE_BYTES - offset;
        let start = ((found & !IN_PAGE) | offset) as usize;
        fits.then(|| start..start + bytes as usize)
    }

    /// Such a range that is about to be written: RAM, or video memory, which is marked.
    fn range_to_write(&mut self, address: u32, bytes: u32) -> Option<std::ops::Range<usize>> {
        let range = self.range(address, bytes, entry::WRITE | entry::VIDEO)?;
        let found = self.entry(address);
        if found & entry::VIDEO != 0 {
            self.mark_video(found);
        }
        self.note_write(range.start, range.len());
        self.watch.wrote(range.start, range.len());
        Some(range)
    }

    /// A range of memory in one page, to be read.
    pub(crate) fn bytes_direct(&self, from: u32, bytes: u32) -> Option<&[u8]> {
        self.store.get(self.range(from, bytes, entry::READ)?)
    }

    /// A range in one page of RAM or video memory, to be written.
    pub(crate) fn bytes_to_write(&mut self, to: u32, bytes: u32) -> Option<&mut [u8]> {
        let range = self.range_to_write(to, bytes)?;
        self.store.get_mut(range)
    }

    /// Copies in memory, each range in one page, as if element by element of `width`, from the lowest one up or from the
    /// highest one down; false, and nothing done, when a range is neither RAM nor video memory, or when an element is
    /// written over what is read later, but for upward copies whose elements are not torn by that.
    pub(crate) fn copy_direct(&mut self, from: u32, to: u32, bytes: u32, width: Width, downwards: bool) -> bool {
        let Some(from) = self.range(from, bytes, entry::READ) else { return false };
        // Not by the addresses: video memory may stand at several.
        let Some(target) = self.range(to, bytes, entry::WRITE | entry::VIDEO) else { return false };
        let distance = target.start.wrapping_sub(from.start);
        let repeats = !downwards && distance != 0 && distance < from.len();
        let is_torn = repeats && distance < width.bytes() as usize
            || downwards && target.start < from.start && from.start < target.end;
        if is_torn || target.end.max(from.end) > self.store.len() {
            return false;
        }
        let Some(to) = self.range_to_write(to, bytes) else { return false };
        if !repeats {
            self.store.copy_within(from, to.start);
            return true;
        }
        // What lies before the target goes on in it, again and again: each copy doubles it.
        let mut known = distance;
        while from.start + known < to.end {
            let length = known.min(to.end - from.start - known);
            self.store.copy_within(from.start..from.start + length, from.start + known);
            known += length;
        }
        true
    }

    /// Fills a range in one page of memory with the elements of `value`; false, and nothing done, when it is neither RAM
    /// nor video memory.
    pub(crate) fn fill_direct(&mut self, to: u32, bytes: u32, width: Width, value: u32) -> bool {
        let Some(stored) = self.bytes_to_write(to, bytes) else { return false };
        match width {
            Width::Byte => stored.fill(value as u8),
            Width::Word => stored.as_chunks_mut().0.fill((value as u16).to_le_bytes()),
            Width::Dword => stored.as_chunks_mut().0.fill(value.to_le_bytes()),
        }
        true
    }

    /// Marks the page of video memory that a page entry leads to.
    fn mark_video(&mut self, found: u32) {
        let page = (found & !IN_PAGE).wrapping_sub(self.ram_bytes) / PAGE_BYTES;
        self.video_dirty |= 1 << (page % u64::BITS);
    }

    /// Writes the bits of `mask` in the dword that stands at `at`, a multiple of four, in video memory: a byte in each of
    /// four planes. Nothing is done where there is no such dword.
    #[inline]
    pub fn merge_video(&mut self, at: usize, data: u32, mask: u32) {
        if at >= VIDEO_BYTES as usize || !at.is_multiple_of(4) {
            return;
        }
        let place = self.ram_bytes as usize + at;
        self.note_write(place, 4);
        self.watch.wrote_in_page(place, 4);
        self.video_dirty |= 1 << (at / PAGE_BYTES as usize);
        if let Some(bytes) = self.store.get_mut(place..).and_then(|rest| rest.first_chunk_mut()) {
            *bytes = (u32::from_le_bytes(*bytes) & !mask | data & mask).to_le_bytes();
        }
    }

    /// Video memory, to be written in many places at once; `None` when somebody hears of each write.
    pub fn video_at_once(&mut self) -> Option<&mut [u8]> {
        let start = self.ram_bytes as usize;
        if self.journal.is_some() || self.watch.has_any(start, VIDEO_BYTES as usize) {
            return None;
        }
        self.video_dirty = u64::MAX;
        self.store.get_mut(start..start + VIDEO_BYTES as usize)
    }

    /// Whether a physical address that the CPU reaches is the board's.
    pub(crate) fn is_mmio(&self, address: u32) -> bool {
        self.entry(address) & entry::MMIO != 0
    }

    /// Whether a range is RAM, in one page.
    pub(crate) fn is_ram(&self, address: u32, bytes: u32) -> bool {
        self.range(address, bytes, entry::WRITE).is_some()
    }

    /// Whether a place of the store is video memory.
    pub(crate) fn is_video(&self, at: u32) -> bool {
        at.wrapping_sub(self.ram_bytes) < VIDEO_BYTES
    }

    /// Reads as a device or a DMA cycle does: RAM, linear video memory and ROM; ones elsewhere. Addresses beyond the
    /// address space of the model wrap.
    pub fn read_phys(&self, address: u32, into: &mut [u8]) {
        let mut address = address & self.address_mask;
        let mut into = into;
        while !into.is_empty() {
            let count = into.len().min((PAGE_BYTES - (address & IN_PAGE)) as usize);
            let (chunk, rest) = into.split_at_mut(count);
            let found = self.entry(address);
            let at = ((found & !IN_PAGE) | address & IN_PAGE) as usize;
            match self.store.get(at..at + count) {
                Some(stored) if found & entry::READ != 0 => chunk.copy_from_slice(stored),
                _ => chunk.fill(0xff),
            }
            into = rest;
            address = address.wrapping_add(count as u32) & self.address_mask;
        }
    }

    /// Writes as a device or a DMA cycle does: RAM and linear video memory; writes elsewhere are dropped. Addresses
    /// beyond the address space of the model wrap.
    pub fn write_phys(&mut self, address: u32, from: &[u8]) {
        let mut address = address & self.address_mask;
        let mut from = from;
        while !from.is_empty() {
            let count = from.len().min((PAGE_BYTES - (address & IN_PAGE)) as usize);
            let (chunk, rest) = from.split_at(count);
            let found = self.entry(address);
            if found & (entry::WRITE | entry::VIDEO) != 0 {
                let at = ((found & !IN_PAGE) | address & IN_PAGE) as usize;
                self.note_write(at, count);
                self.watch.wrote(at, count);
                if let Some(stored) = self.store.get_mut(at..at + count) {
                    stored.copy_from_slice(chunk);
                }
                if found & entry::VIDEO != 0 {
                    self.mark_video(found);
                }
            }
            from = rest;
            address = address.wrapping_add(count as u32) & self.address_mask;
        }
    }

    /// Where the store lies in the host's memory.
    pub(crate) fn base(&self) -> *mut u8 {
        self.store.base()
    }

    /// What of memory is watched, and what was noticed.
    pub(crate) fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }

    /// The same, to be looked at.
    pub(crate) fn watched(&self) -> &Watch {
        &self.watch
    }

    /// Where in the store a page of physical memory lies that the CPU may reach directly, and whether it may be
    /// written there. Pages of video memory that are to be written are marked.
    pub(crate) fn direct_page(&mut self, address: u32, write: bool) -> Option<(u32, bool)> {
        let found = self.entry(self.cpu_address(address));
        if found & entry::READ == 0 {
            return None;
        }
        let writable = found & (entry::WRITE | entry::VIDEO) != 0;
        if write && found & entry::VIDEO != 0 {
            self.mark_video(found);
        }
        // Video memory is marked when it is written, so a read does not open it for writes.
        Some((found & !IN_PAGE, writable && (write || found & entry::VIDEO == 0)))
    }

    /// Where in the store a physical address lies, when it can be read there.
    pub(crate) fn place(&self, address: u32) -> Option<u32> {
        let address = self.cpu_address(address);
        let found = self.entry(address);
        (found & entry::READ != 0).then_some(found & !IN_PAGE | address & IN_PAGE)
    }

    /// The bytes of the store from `at` to the end of its page.
    pub(crate) fn rest_of_page(&self, at: u32) -> &[u8] {
        let start = at as usize;
        let end = (start | IN_PAGE as usize) + 1;
        self.store.get(start..end).unwrap_or(&[])
    }

    /// Bytes in the store.
    pub(crate) fn store_bytes(&self) -> usize {
        self.store.len()
    }

    /// Writes the accessed and dirty bits of an entry of a page table. They forbid nothing: only who made code of the entry
    /// need hear.
    pub(crate) fn mark_entry(&mut self, address: u32, value: u32) -> Option<()> {
        let at = self.place(address)? as usize;
        let found = self.entry(self.cpu_address(address));
        if found & entry::WRITE == 0 {
            return None;
        }
        self.note_write(at, 4);
        self.watch.marked(at);
        *self.store.get_mut(at..)?.first_chunk_mut()? = value.to_le_bytes();
        Some(())
    }
}
