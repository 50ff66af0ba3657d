//! The path between the CPU and the four planes of video memory: windows, plane selection, latches, read and write
//! modes.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Display Memory Organization",
//! "Graphics Controller Registers", "Memory Mode Register".
//!
//! Video memory has one layout, [`vram_index`], whatever the mode. It interleaves the planes, so that
//!
//! - a planar access, which moves a byte of each plane, is one of 32 bits;
//! - what the CPU sees in chain 4 is the first quarter of video memory in order. While nothing else stands between
//!   ([`Vga::plain_window`]), the board maps it for the CPU as memory, and no access comes here;
//! - a change of mode moves nothing, and picture, text and saved states never ask for the mode.
//!
//! Text is two planes of every other offset: no layout has it in order and chain 4, too. It takes the path below.
//!
//! The registers change seldom, beside accesses. [`Path`] holds what they make of one and is renewed when one is
//! written; it is no state.

use super::gfx::{
    BIT_MASK, COLOUR_CARE, COLOUR_COMPARE, DATA_ROTATE, ENABLE_SET_RESET, GraphicsController, MemoryMap, READ_MAP,
    SET_RESET,
};
use super::seq::{MAP_MASK, MEMORY_MODE, Sequencer};
use super::{MISC_RAM_ENABLE, Vga};

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
    planes_from(vram, vram_index(offset, 0))
}

#[inline]
pub(super) fn planes_from(vram: &[u8], at: usize) -> u32 {
    vram.get(at..).and_then(|rest| rest.first_chunk()).copied().map_or(u32::MAX, u32::from_le_bytes)
}

/// A mask with all bits of the planes whose bit is set in the low four of `planes`.
const fn plane_bits(planes: u8) -> u32 {
    // Bit p goes to bit 8p: the four products do not meet there.
    (((planes as u32 & 0x0f) * 0x0020_4081) & 0x0101_0101) * 0xff
}

/// The same byte for all planes.
const fn in_all_planes(byte: u8) -> u32 {
    byte as u32 * 0x0101_0101
}

/// Addresses at which the CPU sees video memory as it stands, from its first byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainWindow {
    /// Where it begins, counted from A0000h.
    pub first: u32,
    /// How long it is. What lies beyond 64 KiB repeats the first 64 KiB.
    pub bytes: u32,
}

/// What a write of the CPU does to video memory. Data and mask hold bits 8p to 8p+7 for plane p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneWrite {
    /// Where the bytes of the four planes begin, as [`vram_index`] lays video memory out.
    pub at: usize,
    /// What is written.
    pub data: u32,
    /// Where it is written.
    pub mask: u32,
}

/// Four bytes with the bits of `mask` from `data`.
#[inline]
pub(super) fn merged(bytes: [u8; 4], data: u32, mask: u32) -> [u8; 4] {
    (u32::from_le_bytes(bytes) & !mask | data & mask).to_le_bytes()
}

/// What a write puts into the planes: every write mode and function by one formula, see [`Data::combined`]. Masks hold
/// bits 8p to 8p+7 for plane p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Data {
    rotate_count: u32,
    /// The planes whose data are the CPU's byte, rotated.
    of_byte: u32,
    /// All planes in write mode 2: plane p has bit p of the CPU's byte.
    of_colour: u32,
    /// What set/reset puts into the other planes.
    fixed: u32,
    /// The logical function of data and latches as `data & (flip ^ latches & by_latches) ^ latches & with_latches`.
    flip: u32,
    by_latches: u32,
    with_latches: u32,
    /// The bits that do not come straight from the latches.
    bit_mask: u8,
    /// FFh, or 0 where the rotated byte of the CPU is part of the bit mask.
    bit_mask_alone: u8,
}

impl Data {
    fn new(gfx: &GraphicsController) -> Data {
        let enabled = plane_bits(gfx.enable_set_reset());
        let set_reset = plane_bits(gfx.set_reset());
        let (of_byte, of_colour, fixed) = match gfx.write_mode() {
            0 => (!enabled, 0, set_reset & enabled),
            1 => (0, 0, 0),
            2 => (0, u32::MAX, 0),
            _ => (0, 0, set_reset),
        };
        let (flip, by_latches, with_latches) = match gfx.function() {
            0 => (u32::MAX, 0, 0),
            1 => (0, u32::MAX, 0),
            2 => (u32::MAX, u32::MAX, u32::MAX),
            _ => (u32::MAX, 0, u32::MAX),
        };
        Data {
            rotate_count: gfx.rotate_count(),
            of_byte,
            of_colour,
            fixed,
            flip,
            by_latches,
            with_latches,
            // Write mode 1 is a bit mask of 0.
            bit_mask: if gfx.write_mode() == 1 { 0 } else { gfx.bit_mask() },
            bit_mask_alone: if gfx.write_mode() == 3 { 0 } else { 0xff },
        }
    }

    /// What a write of `value` puts into the planes, by what is in the latches.
    #[inline]
    fn combined(&self, value: u8, latches: u32) -> u32 {
        let rotated = value.rotate_right(self.rotate_count);
        let data = in_all_planes(rotated) & self.of_byte | plane_bits(value) & self.of_colour | self.fixed;
        let result = data & (self.flip ^ latches & self.by_latches) ^ latches & self.with_latches;
        let changed = in_all_planes(self.bit_mask & (rotated | self.bit_mask_alone));
        result & changed | latches & !changed
    }

    /// Whether the CPU's byte arrives in all planes as it is.
    fn is_byte(gfx: &GraphicsController) -> bool {
        let alone = gfx.enable_set_reset() == 0 && gfx.function() == 0 && gfx.bit_mask() == 0xff;
        gfx.write_mode() == 0 && gfx.rotate_count() == 0 && alone
    }
}

/// What the registers make of the CPU's accesses. Masks hold bits 8p to 8p+7 for plane p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Where the window that the graphics controller decodes begins, counted from A0000h.
    first: u32,
    /// Its length; 0 while the CPU does not reach video memory.
    bytes: u32,
    /// The bits of an address within the window that are bits of the plane offset.
    offset_mask: u32,
    /// 1 when bit 16 of that address is bit 0 of the plane offset.
    bit_16_mask: u32,
    /// The planes that a write reaches, by bits 0-1 of the address.
    written: [u32; 4],
    /// By how much a read in mode 0 shifts the latches, by the same bits.
    read_shifts: [u8; 4],
    /// Read mode 1.
    compares: bool,
    colour_compare: u32,
    colour_care: u32,
    data: Data,
}

impl Path {
    pub(super) fn new(misc_output: u8, enabled: bool, seq: &Sequencer, gfx: &GraphicsController) -> Path {
        let (first, bytes) = match gfx.memory_map() {
            MemoryMap::A0000Long => (0, 0x2_0000),
            MemoryMap::A0000 => (0, 0x1_0000),
            MemoryMap::B0000 => (0x1_0000, 0x8000),
            MemoryMap::B8000 => (0x1_8000, 0x8000),
        };
        let is_reached = misc_output & MISC_RAM_ENABLE != 0 && enabled;
        // SPEC: "Miscellaneous Register", bit 1: a higher-order bit takes the place of address bit 0.
        // DEVIATION: that is bit 16, which is 0 in the windows below 128 KiB. The page bit of the miscellaneous output
        // register should stand there instead, but the BIOS's tables have it set in modes that display the low page.
        let (offset_mask, bit_16_mask) = match (seq.is_chain_4(), gfx.chains_odd_even()) {
            (true, _) => (0xfffc, 0),
            (false, true) => (0xfffe, 1),
            (false, false) => (0xffff, 0),
        };
        Path {
            first,
            bytes: if is_reached { bytes } else { 0 },
            offset_mask,
            bit_16_mask,
            written: Path::written(seq),
            read_shifts: Path::read_shifts(seq, gfx),
            compares: gfx.reads_compare(),
            colour_compare: plane_bits(gfx.colour_compare()),
            colour_care: plane_bits(gfx.colour_care()),
            data: Data::new(gfx),
        }
    }

    fn written(seq: &Sequencer) -> [u32; 4] {
        let by_address = if seq.is_chain_4() {
            [0b0001, 0b0010, 0b0100, 0b1000]
        } else if seq.is_odd_even() {
            [0b0101, 0b1010, 0b0101, 0b1010]
        } else {
            [0b1111; 4]
        };
        by_address.map(|planes| plane_bits(planes & seq.map_mask()))
    }

    fn read_shifts(seq: &Sequencer, gfx: &GraphicsController) -> [u8; 4] {
        let map = gfx.read_map() & 3;
        let planes = if seq.is_chain_4() {
            [0, 1, 2, 3]
        } else if gfx.reads_odd_even() {
            [map & 2, map | 1, map & 2, map | 1]
        } else {
            [map; 4]
        };
        planes.map(|plane| 8 * plane)
    }

    /// Where in video memory the four planes of a CPU address (from A0000h) stand, and the bits of the address that
    /// select planes. `None` outside the window.
    #[inline]
    fn place(&self, offset: u32) -> Option<(usize, usize)> {
        let address = offset.wrapping_sub(self.first);
        if address >= self.bytes {
            return None;
        }
        let plane_offset = address & self.offset_mask | address >> 16 & self.bit_16_mask;
        Some((vram_index(plane_offset as u16, 0), (address & 3) as usize))
    }
}

impl Vga {
    /// A byte read by the CPU at `offset` from A0000h (0 to 1FFFFh). FFh outside the window that the graphics
    /// controller decodes. Loads the latches.
    #[inline]
    pub fn mem_read(&mut self, vram: &[u8], offset: u32) -> u8 {
        let Some((at, selected)) = self.path.place(offset) else { return 0xff };
        let latches = planes_from(vram, at);
        self.gfx.latches = latches;
        let path = &self.path;
        if path.compares {
            let differing = (latches ^ path.colour_compare) & path.colour_care;
            let [plane0, plane1, plane2, plane3] = differing.to_le_bytes();
            return !(plane0 | plane1 | plane2 | plane3);
        }
        (latches >> path.read_shifts[selected & 3]) as u8
    }

    /// A byte written by the CPU at `offset` from A0000h (0 to 1FFFFh). Ignored outside the window.
    #[inline]
    pub fn mem_write(&self, vram: &mut [u8], offset: u32, value: u8) {
        let Some(PlaneWrite { at, data, mask }) = self.plane_write(offset, value) else { return };
        if let Some(bytes) = vram.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *bytes = merged(*bytes, data, mask);
        }
    }

    /// What [`Vga::mem_write`] would do.
    #[inline]
    #[must_use]
    pub fn plane_write(&self, offset: u32, value: u8) -> Option<PlaneWrite> {
        let (at, selected) = self.path.place(offset)?;
        let data = self.path.data.combined(value, self.gfx.latches);
        Some(PlaneWrite { at, data, mask: self.path.written[selected & 3] })
    }

    /// What a write of `value` puts into the planes, and into which bits, at each of `bytes` addresses; `None` where that
    /// is not the same at all of them, or where they do not stand one after the other in each plane.
    pub(super) fn plane_run(&self, offset: u32, bytes: u32, value: u8) -> Option<(u32, u32)> {
        let Path { first, bytes: window, offset_mask, written, data, .. } = &self.path;
        let address = offset.wrapping_sub(*first);
        let end = u64::from(address) + u64::from(bytes);
        // Not from the end of a plane to its beginning.
        let is_straight = end <= u64::from(*window) && (end.saturating_sub(1) ^ u64::from(address)) >> 16 == 0;
        let [mask, others @ ..] = written;
        let is_same = *offset_mask == 0xffff && others.iter().all(|other| other == mask);
        (is_straight && is_same && bytes != 0).then(|| (data.combined(value, self.gfx.latches), *mask))
    }

    /// Whether a write puts the latches into the planes, whatever its value.
    pub(super) fn writes_latches(&self) -> bool {
        self.path.data.bit_mask == 0
    }

    /// The addresses at which accesses of the CPU are those of plain memory: chain 4, all planes writable, the byte
    /// written as it is and read as it stands.
    ///
    /// DEVIATION: reads there do not come to the chip and do not load the latches, which keep what they had. While the
    /// window is plain no write takes anything from them. To see it, a program must read in plain chain 4, select
    /// another mode, function or bit mask, and write without a read in between. Programs read what they are about to
    /// combine or copy when they have chosen how.
    #[must_use]
    pub fn plain_window(&self) -> Option<PlainWindow> {
        let Vga { seq, gfx, path, .. } = self;
        let all_planes = seq.is_chain_4() && seq.map_mask() & 0x0f == 0x0f;
        let is_plain = all_planes && path.bytes != 0 && Data::is_byte(gfx) && !gfx.reads_compare();
        is_plain.then_some(PlainWindow { first: path.first, bytes: path.bytes })
    }

    /// Registers that [`Path`] is made from were written or loaded.
    pub(super) fn renew_path(&mut self) {
        self.path = Path::new(self.misc_output, self.enabled, &self.seq, &self.gfx);
    }

    /// The selected register of the sequencer was written.
    pub(super) fn renew_path_by_sequencer(&mut self) {
        match self.seq.registers.read_index() {
            MAP_MASK => self.path.written = Path::written(&self.seq),
            MEMORY_MODE => self.renew_path(),
            _ => {}
        }
    }

    /// The selected register of the graphics controller was written. Programs that draw write these between accesses, so
    /// only what hangs on the register is made anew.
    pub(super) fn renew_path_by_graphics(&mut self) {
        let Vga { seq, gfx, path, .. } = self;
        match gfx.registers.read_index() {
            SET_RESET | ENABLE_SET_RESET | DATA_ROTATE | BIT_MASK => path.data = Data::new(gfx),
            COLOUR_COMPARE => path.colour_compare = plane_bits(gfx.colour_compare()),
            COLOUR_CARE => path.colour_care = plane_bits(gfx.colour_care()),
            READ_MAP => path.read_shifts = Path::read_shifts(seq, gfx),
            _ => self.renew_path(),
        }
    }
}
