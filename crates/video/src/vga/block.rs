//! Many accesses of the CPU at once, as string instructions make them. Each equals its single accesses, one after the
//! other, in order of addresses.

use super::Vga;
use super::mem::{PlaneWrite, merged, planes_from};

/// The most bytes of one access.
const ELEMENT_MAX: usize = 4;

impl Vga {
    /// Writes `count` elements of `element` bytes (1, 2 or 4), each with the low bytes of `value`, from `offset` (counted
    /// from A0000h) on.
    pub fn mem_fill(&self, vram: &mut [u8], offset: u32, element: usize, value: u32, count: u32) {
        let value = &value.to_le_bytes()[..element.clamp(1, ELEMENT_MAX)];
        let bytes = count.saturating_mul(value.len() as u32);
        if self.fill_planes(vram, offset, value, bytes) {
            return;
        }
        for (number, byte) in (0..bytes).zip(value.iter().cycle()) {
            self.mem_write(vram, offset.wrapping_add(number), *byte);
        }
    }

    /// Fills where the planes are reached by address alone and each byte is the same. False, and nothing done, where that
    /// is not so.
    fn fill_planes(&self, vram: &mut [u8], offset: u32, value: &[u8], bytes: u32) -> bool {
        let Some(first) = value.first().filter(|first| value.iter().all(|byte| byte == *first)) else { return false };
        let Some((data, mask)) = self.plane_run(offset, bytes, *first) else { return false };
        // Offsets with the same low bits are neighbours in video memory.
        for begin in 0..bytes.min(4) {
            let Some(PlaneWrite { at, .. }) = self.plane_write(offset + begin, *first) else { return false };
            let rest = vram.get_mut(at..).unwrap_or_default();
            for planes in rest.as_chunks_mut().0.iter_mut().take((bytes - begin).div_ceil(4) as usize) {
                *planes = merged(*planes, data, mask);
            }
        }
        true
    }

    /// Copies `count` elements of `element` bytes from `from` to `to`: an element is read, which loads the latches, and
    /// then written.
    pub fn mem_copy(&mut self, vram: &mut [u8], from: u32, to: u32, element: usize, count: u32) {
        let element = element.clamp(1, ELEMENT_MAX) as u32;
        if element == 1 {
            if self.copy_planes(vram, from, to, count) {
                return;
            }
            for number in 0..count {
                let value = self.mem_read(vram, from.wrapping_add(number));
                self.mem_write(vram, to.wrapping_add(number), value);
            }
            return;
        }
        let mut value = [0; ELEMENT_MAX];
        for number in 0..count {
            let distance = number.wrapping_mul(element);
            let value = &mut value[..element as usize];
            self.mem_load(vram, from.wrapping_add(distance), value);
            self.mem_store(vram, to.wrapping_add(distance), value);
        }
    }

    /// Copies bytes where the planes are reached by address alone and the latches are written as they are. False, and
    /// nothing done, where that is not so, or where the low bits of the places differ.
    fn copy_planes(&mut self, vram: &mut [u8], from: u32, to: u32, count: u32) -> bool {
        if !self.writes_latches() || !(from ^ to).is_multiple_of(4) || self.plane_run(from, count, 0).is_none() {
            return false;
        }
        let Some((_, mask)) = self.plane_run(to, count, 0) else { return false };
        // Offsets with other low bits lie elsewhere: each fourth of the bytes goes by itself.
        for begin in 0..count.min(4) {
            let place = |offset: u32| self.plane_write(offset + begin, 0).map(|write| write.at);
            let (Some(source), Some(target)) = (place(from), place(to)) else { return false };
            let mut latches = self.gfx.latches;
            for distance in (0..(count - begin).div_ceil(4) as usize).map(|number| 4 * number) {
                latches = planes_from(vram, source + distance);
                if let Some(bytes) = vram.get_mut(target + distance..).and_then(|rest| rest.first_chunk_mut()) {
                    *bytes = merged(*bytes, latches, mask);
                }
            }
            if begin == (count - 1) % 4 {
                self.gfx.latches = latches;
            }
        }
        true
    }

    /// Writes bytes from `offset` on.
    pub fn mem_store(&self, vram: &mut [u8], offset: u32, bytes: &[u8]) {
        for (number, byte) in (0..).zip(bytes) {
            self.mem_write(vram, offset.wrapping_add(number), *byte);
        }
    }

    /// Reads bytes from `offset` on.
    pub fn mem_load(&mut self, vram: &[u8], offset: u32, into: &mut [u8]) {
        for (number, byte) in (0..).zip(into) {
            *byte = self.mem_read(vram, offset.wrapping_add(number));
        }
    }
}
