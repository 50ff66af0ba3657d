//! The path between the CPU and the four planes of video memory: windows, plane selection, latches, read and write
//! modes.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Display Memory Organization",
//! "Graphics Controller Registers", "Memory Mode Register".

use super::{MISC_RAM_ENABLE, Vga, gfx::MemoryMap};

/// Bytes of video memory: four planes of 64 KiB.
pub const VRAM_BYTES: usize = 0x4_0000;

/// Where the byte of `plane` (0-3) at `offset` in that plane stands in video memory; always below [`VRAM_BYTES`].
///
/// The four planes of an offset are neighbours, and offsets are ordered by their low two bits first. So the bytes of a
/// chain-4 mode, where CPU address a reaches plane `a & 3` at offset `a & !3`, stand in order: the CPU's 64 KiB window
/// is the first quarter of video memory, without any permutation.
#[must_use]
pub const fn vram_index(offset: u16, plane: u8) -> usize {
    let group = ((offset as usize & 3) << 14) | (offset as usize >> 2);
    group << 2 | (plane as usize & 3)
}

/// The bytes of all planes at an offset, plane p in bits 8p to 8p+7. All ones where `vram` is too short.
pub(crate) fn planes_at(vram: &[u8], offset: u16) -> u32 {
    let at = vram_index(offset, 0);
    vram.get(at..).and_then(|rest| rest.first_chunk()).copied().map_or(u32::MAX, u32::from_le_bytes)
}

/// A mask with all bits of the planes whose bit is set in `planes`.
fn plane_bits(planes: u8) -> u32 {
    (0..4).filter(|plane| planes >> plane & 1 != 0).map(|plane| 0xff << (8 * plane)).sum()
}

/// The same byte for all planes.
fn in_all_planes(byte: u8) -> u32 {
    u32::from_le_bytes([byte; 4])
}

/// What a CPU address reaches.
struct Target {
    offset: u16,
    /// The planes by the address, for writes.
    writable: u8,
    /// The plane of a read in read mode 0.
    readable: u8,
}

impl Vga {
    /// A byte read by the CPU at `offset` from A0000h (0 to 1FFFFh). FFh outside the window that the graphics
    /// controller decodes. Loads the latches.
    pub fn mem_read(&mut self, vram: &[u8], offset: u32) -> u8 {
        let Some(target) = self.target(offset) else { return 0xff };
        let latches = planes_at(vram, target.offset);
        self.gfx.latches = latches;
        if self.gfx.reads_compare() {
            let differing = (latches ^ plane_bits(self.gfx.colour_compare())) & plane_bits(self.gfx.colour_care());
            let [plane0, plane1, plane2, plane3] = differing.to_le_bytes();
            !(plane0 | plane1 | plane2 | plane3)
        } else {
            latches.to_le_bytes()[usize::from(target.readable & 3)]
        }
    }

    /// A byte written by the CPU at `offset` from A0000h (0 to 1FFFFh). Ignored outside the window.
    pub fn mem_write(&mut self, vram: &mut [u8], offset: u32, value: u8) {
        let Some(target) = self.target(offset) else { return };
        let at = vram_index(target.offset, 0);
        let Some(bytes) = vram.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) else { return };
        let planes = plane_bits(self.seq.map_mask() & target.writable);
        *bytes = (u32::from_le_bytes(*bytes) & !planes | self.write_data(value) & planes).to_le_bytes();
    }

    /// What a write would put into each plane.
    fn write_data(&self, value: u8) -> u32 {
        let gfx = &self.gfx;
        let rotated = value.rotate_right(gfx.rotate_count());
        let set_reset = plane_bits(gfx.set_reset());
        match gfx.write_mode() {
            0 => {
                let enabled = plane_bits(gfx.enable_set_reset());
                self.combine(in_all_planes(rotated) & !enabled | set_reset & enabled, gfx.bit_mask())
            }
            1 => gfx.latches,
            2 => self.combine(plane_bits(value), gfx.bit_mask()),
            _ => self.combine(set_reset, rotated & gfx.bit_mask()),
        }
    }

    /// The logical function with the latches; bits outside `bit_mask` come from the latches.
    fn combine(&self, data: u32, bit_mask: u8) -> u32 {
        let latches = self.gfx.latches;
        let result = match self.gfx.function() {
            0 => data,
            1 => data & latches,
            2 => data | latches,
            _ => data ^ latches,
        };
        let changed = in_all_planes(bit_mask);
        result & changed | latches & !changed
    }

    fn target(&self, offset: u32) -> Option<Target> {
        let address = self.window_address(offset)?;
        let low = address as u16;
        let selected = address as u8;
        if self.seq.is_chain_4() {
            return Some(Target { offset: low & !3, writable: 1 << (selected & 3), readable: selected & 3 });
        }
        let writable = if self.seq.is_odd_even() { 0b0101 << (selected & 1) } else { 0b1111 };
        let map = self.gfx.read_map();
        let readable = if self.gfx.reads_odd_even() { map & 2 | selected & 1 } else { map };
        // SPEC: "Miscellaneous Register", bit 1: a higher-order bit takes the place of address bit 0.
        // DEVIATION: that is bit 16, which is 0 in the windows below 128 KiB. The page bit of the miscellaneous output
        // register should stand there instead, but the BIOS's tables have it set in modes that display the low page.
        let offset = if self.gfx.chains_odd_even() { low & !1 | (address >> 16) as u16 & 1 } else { low };
        Some(Target { offset, writable, readable })
    }

    /// The address within the window that the graphics controller decodes, `None` outside.
    fn window_address(&self, offset: u32) -> Option<u32> {
        if self.misc_output & MISC_RAM_ENABLE == 0 || !self.enabled {
            return None;
        }
        let (base, bytes) = match self.gfx.memory_map() {
            MemoryMap::A0000Long => (0, 0x2_0000),
            MemoryMap::A0000 => (0, 0x1_0000),
            MemoryMap::B0000 => (0x1_0000, 0x8000),
            MemoryMap::B8000 => (0x1_8000, 0x8000),
        };
        offset.checked_sub(base).filter(|address| *address < bytes)
    }
}
