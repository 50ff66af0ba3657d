//! The board of an episode.

use beige_testkit::Random;

use super::world::{CODE, GDT, IDT, RAM_BYTES, TABLE};
use crate::{Bus, Kind, Memory, PAGE_BYTES, Width};

/// Where the pages lie that a board changes: memory-mapped registers, video memory, ROM, video memory again.
pub(super) const SPECIAL: u32 = CODE + 0xc000;
/// A page of code that a board replaces, and what by.
pub(super) const SWAPPED: u32 = CODE + 0x3000;
pub(super) const SWAPPED_FOR: u32 = CODE + 0x5000;
/// Where devices write data.
const DATA: u32 = CODE + 0x6000;

/// Ports below this do something when they are written.
pub(super) const PORTS: u8 = 9;

/// A board that answers anything, and knows what it was asked.
pub(super) struct Noise {
    pub(super) random: Random,
    /// Writes of the first ports reach into memory.
    pub(super) acts: bool,
    /// Constants in code that a device may replace: physical address and bytes.
    pub(super) slots: Vec<(u32, u8)>,
    /// Where the ROM lies in its store.
    pub(super) rom: u32,
    /// Memory-mapped registers do nothing but answer; else they may do what the first ports do.
    pub(super) is_quiet: bool,
    /// The end of the run is asked for.
    pub(super) attention: bool,
    /// All that was asked and written, mixed.
    pub(super) log: u64,
    /// What looks at video memory found.
    pub(super) dirty: Vec<bool>,
}

impl Noise {
    pub(super) fn new(seed: u64) -> Noise {
        Noise {
            random: Random::new(seed),
            acts: false,
            slots: Vec::new(),
            rom: 0,
            is_quiet: seed & 1 == 0,
            attention: false,
            log: 0,
            dirty: Vec::new(),
        }
    }

    /// Maps what [`SPECIAL`] says.
    pub(super) fn map_special(&self, mem: &mut Memory) {
        let page = u64::from(PAGE_BYTES);
        mem.map(SPECIAL, page, Kind::Mmio);
        mem.map(SPECIAL + PAGE_BYTES, page, Kind::Linear(0));
        mem.map(SPECIAL + 2 * PAGE_BYTES, page, Kind::Rom(self.rom));
        mem.map(SPECIAL + 3 * PAGE_BYTES, page, Kind::Linear(0x1_2000));
    }

    fn note(&mut self, kind: u64, place: u32, value: u32, at: u64) {
        let words = [kind, u64::from(place) << 32 | u64::from(value), at];
        for word in words {
            self.log = (self.log.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn answer(&mut self, width: Width) -> u32 {
        self.random.next_u64() as u32 & width.mask()
    }

    /// A memory-mapped register is accessed.
    fn touch(&mut self, mem: &mut Memory) {
        let dice = self.random.next_u64();
        if self.acts && !self.is_quiet && dice & 15 == 0 {
            self.act(mem, (dice >> 8) as u16 % u16::from(PORTS));
        }
    }

    fn act(&mut self, mem: &mut Memory, port: u16) {
        let dice = self.random.next_u64();
        match port {
            0 => mem.set_a20(dice & 3 != 0),
            1 => {
                let slot = self.slots.get((dice >> 8) as usize % self.slots.len().max(1)).copied();
                if let Some((at, bytes)) = slot {
                    mem.write_phys(at, &(dice >> 32).to_le_bytes()[..usize::from(bytes)]);
                }
            }
            2 => {
                let kinds = [Kind::Mmio, Kind::Linear(0x3000), Kind::Rom(self.rom), Kind::Unmapped];
                let kind = kinds.get(dice as usize % 5).copied().unwrap_or(Kind::RamAt(DATA));
                mem.map(SPECIAL + (dice >> 8 & 3) as u32 * PAGE_BYTES, u64::from(PAGE_BYTES), kind);
            }
            3 => self.dirty.push(mem.take_video_dirty()),
            4 => self.attention = true,
            5 => {
                let bytes: Vec<u8> = (0..600).map(|_| self.random.byte()).collect();
                mem.write_phys(DATA + (dice & 0xfff) as u32, &bytes[..(dice >> 32) as usize % 600]);
            }
            6 => {
                let from = if dice & 1 == 0 { SWAPPED } else { SWAPPED_FOR };
                mem.map(SWAPPED, u64::from(PAGE_BYTES), Kind::RamAt(from));
            }
            8 => {
                // Mostly a descriptor is no longer marked as accessed; now and then it, or a gate, is another.
                let at = GDT + 8 * (1 + (dice & 31) as u32) + 5;
                let mut access = [0];
                mem.read_phys(at, &mut access);
                let bit = [0x80, 0x20, 0x40, 2, 4, 8][(dice >> 16) as usize % 6];
                match dice >> 8 & 7 {
                    0 => mem.write_phys(at, &[access[0] ^ bit]),
                    1 => mem.write_phys(
                        IDT + 8 * (32 + (dice & 31) as u32) + 5,
                        &[[0xee, 0xef, 0x8e][(dice >> 16) as usize % 3]],
                    ),
                    _ if access[0] & 0x10 != 0 => mem.write_phys(at, &[access[0] & 0xfe]),
                    _ => {}
                }
            }
            _ => {
                // Another device than the CPU changes the table: it marks, forbids or moves a page of data.
                let page = (DATA / PAGE_BYTES) + (dice & 7) as u32;
                let mut entry = [0; 4];
                mem.read_phys(TABLE + 4 * page, &mut entry);
                let bit = [0x20, 0x40, 2, 4, 1, 0x1000][(dice >> 8) as usize % 6];
                mem.write_phys(TABLE + 4 * page, &(u32::from_le_bytes(entry) ^ bit).to_le_bytes());
            }
        }
    }
}

impl Noise {
    fn read(&mut self, port: u16, width: Width, at: u64) -> u32 {
        self.note(1, u32::from(port), width.bytes(), at);
        self.answer(width)
    }

    fn write(&mut self, port: u16, width: Width, value: u32, at: u64) {
        self.note(2 + 16 * u64::from(width.bytes()), u32::from(port), value, at);
    }

    /// How many elements of so many bytes are done at once: none where the board does something, else one or another
    /// number of them.
    fn at_once(&self, port: u16, bytes: usize, width: Width, at: u64) -> usize {
        let all = bytes / width.bytes() as usize;
        match at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61 {
            _ if port < u16::from(PORTS) => 0,
            0 => 0,
            1 => all.min(1),
            2 => all / 2,
            _ => all,
        }
    }
}

impl Bus for Noise {
    fn port_read(&mut self, _mem: &mut Memory, port: u16, width: Width, at: u64) -> u32 {
        self.read(port, width, at)
    }

    fn port_read_block(&mut self, port: u16, width: Width, into: &mut [u8], at: u64) -> usize {
        let count = self.at_once(port, into.len(), width, at);
        for (element, at) in into.chunks_exact_mut(width.bytes() as usize).take(count).zip(at..) {
            let value = self.read(port, width, at).to_le_bytes();
            element.copy_from_slice(&value[..element.len()]);
        }
        count
    }

    fn port_write_block(&mut self, port: u16, width: Width, from: &[u8], at: u64) -> usize {
        let count = self.at_once(port, from.len(), width, at);
        for (element, at) in from.chunks_exact(width.bytes() as usize).take(count).zip(at..) {
            let value = element.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            self.write(port, width, value, at);
        }
        count
    }

    fn port_write(&mut self, mem: &mut Memory, port: u16, width: Width, value: u32, at: u64) {
        self.write(port, width, value, at);
        if self.acts && port < u16::from(PORTS) {
            self.act(mem, port);
        }
    }

    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, at: u64) -> u32 {
        self.note(3, address, width.bytes(), at);
        self.touch(mem);
        self.answer(width)
    }

    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, at: u64) {
        self.note(4 + 16 * u64::from(width.bytes()), address, value, at);
        self.touch(mem);
    }

    fn is_mmio_quiet(&self) -> bool {
        self.is_quiet
    }

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, at: u64) -> u8 {
        self.note(5, 0, 0, at);
        let vector = self.random.below(64) as u8;
        // Handlers of hardware go back to where they came from.
        if self.acts { vector | 32 } else { vector }
    }

    fn numeric_error(&mut self, _mem: &mut Memory, asserted: bool, at: u64) {
        self.note(6, u32::from(asserted), 0, at);
    }

    fn software_interrupt(&mut self, _mem: &Memory, number: u8, _registers: &crate::Registers, at: u64) {
        self.note(7, u32::from(number), 0, at);
    }

    fn attention(&self) -> bool {
        self.attention
    }
}

const _: () = assert!((SPECIAL + 4 * PAGE_BYTES) as u64 <= RAM_BYTES);
