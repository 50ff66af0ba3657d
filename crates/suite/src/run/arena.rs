//! The memory of a test. Only pages that the lists of the test mention are RAM; everything else goes through the bus and
//! is noted there. So a write elsewhere is found without a look at the megabytes around it.

use crate::case::Test;
use crate::verdict::{Difference, Field, Verdict};
use beige_cpu::{Bus, Kind, Memory, Model, PAGE_BYTES, Width};
use std::collections::BTreeMap;

/// Pages that one test may mention.
const PAGES_MAX: usize = 1024;

const PAGE: usize = PAGE_BYTES as usize;

/// The byte that a page is full of where no list mentions it, by the address of the page.
type Background = fn(u32) -> u8;

/// A range of addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) first: u32,
    pub(super) bytes: u32,
}

impl Place {
    fn contains(&self, address: u32) -> bool {
        address.wrapping_sub(self.first) < self.bytes
    }
}

/// Memory of tests, and what it must hold after one.
pub(super) struct Arena {
    address_mask: u32,
    background: Background,
    /// Where tests may list memory; anywhere when empty.
    places: Vec<Place>,
    /// What is not compared.
    ignored: Option<Place>,
    /// The first of `pages` that hold tables of the machine and stay from test to test.
    fixed: usize,
    /// Numbers of the pages that are RAM now; the place in this list is the place in RAM.
    pages: Vec<u32>,
    /// What RAM must hold, page by page in the order of `pages`.
    expected: Vec<u8>,
    /// Written outside those pages: address and byte.
    pub(super) outside: Outside,
}

/// The board of a test: no device answers a port, and the memory around the pages of the test.
pub(super) struct Outside {
    background: Background,
    written: BTreeMap<u32, u8>,
}

impl Arena {
    /// Memory of a model that is full of `background` where no list mentions it.
    pub(super) fn new(model: Model, background: Background) -> (Arena, Memory) {
        let mut mem = Memory::new(((PAGES_MAX + 1) * PAGE) as u64, model);
        mem.map(0, u64::from(model.address_mask()) + 1, Kind::Mmio);
        let outside = Outside { background, written: BTreeMap::new() };
        let arena = Arena {
            address_mask: model.address_mask(),
            background,
            places: Vec::new(),
            ignored: None,
            fixed: 0,
            pages: Vec::new(),
            expected: Vec::new(),
            outside,
        };
        (arena, mem)
    }

    /// Allows tests to list memory in these places only.
    pub(super) fn restrict(&mut self, places: &[Place]) {
        self.places = places.to_vec();
    }

    /// Leaves a place out of the comparison.
    pub(super) fn ignore(&mut self, place: Place) {
        self.ignored = Some(place);
    }

    /// Puts bytes that no test may change into memory. They must not cross a page.
    pub(super) fn fix(&mut self, mem: &mut Memory, address: u32, bytes: &[u8]) {
        let page = address / PAGE_BYTES;
        if !self.pages.contains(&page) && self.add(mem, page) {
            self.fixed = self.pages.len();
        }
        mem.write_phys(address, bytes);
        for (at, byte) in (address..).zip(bytes) {
            self.expect(at, *byte);
        }
    }

    /// Maps a page that tests may change as they like.
    pub(super) fn scratch(&mut self, mem: &mut Memory, address: u32) {
        mem.map(address, u64::from(PAGE_BYTES), Kind::RamAt(PAGES_MAX as u32 * PAGE_BYTES));
    }

    /// Maps the pages of the test and fills its initial memory in.
    ///
    /// # Errors
    /// When it mentions more memory than there is.
    pub(super) fn load(&mut self, mem: &mut Memory, test: &Test) -> Result<(), String> {
        for (address, _) in test.before.memory.iter().chain(&test.after.memory) {
            if !self.places.is_empty() && !self.places.iter().any(|place| place.contains(*address)) {
                self.clean(mem);
                return Err(format!("a test lists memory at {address:08X}, where this suite has none"));
            }
            let page = (address & self.address_mask) / PAGE_BYTES;
            if !self.pages.contains(&page) && !self.add(mem, page) {
                self.clean(mem);
                return Err(format!("a test lists memory in more than {PAGES_MAX} pages"));
            }
        }
        for (address, byte) in &test.before.memory {
            mem.write_phys(*address, &[*byte]);
            self.expect(*address, *byte);
        }
        for (address, byte) in &test.after.memory {
            self.expect(*address, *byte);
        }
        Ok(())
    }

    fn add(&mut self, mem: &mut Memory, page: u32) -> bool {
        if self.pages.len() >= PAGES_MAX {
            return false;
        }
        let first = page * PAGE_BYTES;
        mem.map(first, u64::from(PAGE_BYTES), Kind::RamAt(self.pages.len() as u32 * PAGE_BYTES));
        let bytes = [(self.background)(first); PAGE];
        mem.write_phys(first, &bytes);
        self.pages.push(page);
        self.expected.extend_from_slice(&bytes);
        true
    }

    fn expect(&mut self, address: u32, byte: u8) {
        let address = address & self.address_mask;
        let place = self.pages.iter().position(|page| *page == address / PAGE_BYTES);
        let slot = place.and_then(|place| self.expected.get_mut(place * PAGE + (address % PAGE_BYTES) as usize));
        if let Some(slot) = slot {
            *slot = byte;
        }
    }

    /// Compares all of memory; `defined` gives the bits that are defined at an address.
    pub(super) fn compare(&self, mem: &Memory, test: &Test, verdict: &mut Verdict, defined: impl Fn(u32) -> u8) {
        let initial = |address: u32| {
            let listed = test.before.memory.iter().rev();
            let mut here = listed.filter(|(at, _)| at & self.address_mask == address);
            here.next().map(|(_, byte)| u128::from(*byte))
        };
        let mut note = |address: u32, expected: u8, got: u8| {
            if self.ignored.is_some_and(|place| place.contains(address)) {
                return;
            }
            verdict.compare(Difference {
                field: Field::Memory(address),
                initial: initial(address),
                expected: Some(expected.into()),
                got: Some(got.into()),
                defined: defined(address).into(),
            });
        };
        let mut actual = [0; PAGE];
        for (page, expected) in self.pages.iter().zip(self.expected.chunks_exact(PAGE)) {
            mem.read_phys(page * PAGE_BYTES, &mut actual);
            if actual == expected {
                continue;
            }
            for (offset, (got, expected)) in (0..).zip(actual.iter().zip(expected)) {
                note(page * PAGE_BYTES + offset, *expected, *got);
            }
        }
        for (address, got) in &self.outside.written {
            note(*address, (self.background)(address - address % PAGE_BYTES), *got);
        }
    }

    /// Unmaps the pages of the test, and restores the others.
    pub(super) fn clean(&mut self, mem: &mut Memory) {
        for page in self.pages.drain(self.fixed..) {
            mem.map(page * PAGE_BYTES, u64::from(PAGE_BYTES), Kind::Mmio);
        }
        self.expected.truncate(self.fixed * PAGE);
        for (page, expected) in self.pages.iter().zip(self.expected.chunks_exact(PAGE)) {
            mem.write_phys(page * PAGE_BYTES, expected);
        }
        self.outside.written.clear();
    }
}

impl Bus for Outside {
    fn port_read(&mut self, _mem: &mut Memory, _port: u16, width: Width, _at: u64) -> u32 {
        width.mask()
    }

    fn port_write(&mut self, _mem: &mut Memory, _port: u16, _width: Width, _value: u32, _at: u64) {}

    fn mmio_read(&mut self, _mem: &mut Memory, address: u32, width: Width, _at: u64) -> u32 {
        let byte = |offset: u32| {
            let at = address.wrapping_add(offset);
            u32::from(self.written.get(&at).copied().unwrap_or_else(|| (self.background)(at - at % PAGE_BYTES)))
                << (offset * 8)
        };
        (0..width.bytes()).map(byte).sum()
    }

    fn mmio_write(&mut self, _mem: &mut Memory, address: u32, width: Width, value: u32, _at: u64) {
        for offset in 0..width.bytes() {
            self.written.insert(address.wrapping_add(offset), (value >> (offset * 8)) as u8);
        }
    }

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
        u8::MAX
    }

    fn attention(&self) -> bool {
        false
    }
}
