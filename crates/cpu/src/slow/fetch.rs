//! Instruction fetch, through the cache of decoded instructions.

use super::paging::Access;
use super::{Exec, Fault, Step};
use crate::decode::{self, DecodeCache, Kind, Live, Op, Prefixes, live};
use crate::regs::seg;
use crate::{PAGE_BYTES, Width};

impl Step<'_> {
    /// The linear address of the instruction at CS:`start` and the bytes there, when they come from the present page of
    /// code and do not reach the limit.
    #[inline]
    pub(super) fn window(&self) -> Option<(u32, Live)> {
        let cs = self.cpu.registers.segment(seg::CS);
        let linear = cs.base.wrapping_add(self.start);
        let offset = linear.wrapping_sub(self.code_page);
        let last = self.start.checked_add(15)?;
        if offset >= self.code_span || last > cs.limit {
            return None;
        }
        Some((linear, live(self.mem.code(self.code_at.wrapping_add(offset))?)))
    }

    /// What [`Step::window`] shows, by the page tables as they are now.
    pub(super) fn code_window(&mut self) -> Option<(u32, Live)> {
        if self.is_paging() { self.turn_page() } else { self.window().or_else(|| self.turn_page()) }
    }

    /// Makes the page of CS:`start` the present page of code, and looks through the window again.
    #[inline(never)]
    pub(super) fn turn_page(&mut self) -> Option<(u32, Live)> {
        let linear = self.cpu.registers.cs_base().wrapping_add(self.start);
        self.code_page = linear & !(PAGE_BYTES - 1);
        self.code_span = 0;
        let physical = if self.is_paging() {
            // What the window does not show may still be fetched slowly, where a fault is raised.
            let cr2 = self.cpu.registers.cr2;
            match self.walk_as_program(linear, Access::Read) {
                Ok(walk) => walk.address,
                Err(_) => {
                    self.cpu.registers.cr2 = cr2;
                    return None;
                }
            }
        } else {
            linear
        };
        if let Some(at) = self.mem.code_page(physical) {
            (self.code_at, self.code_span) = (at, PAGE_BYTES - 15);
        }
        self.window()
    }

    /// The instruction at CS:`start`, when the cache does not have it or the bytes are not in one place.
    #[cold]
    pub(super) fn fetch_slowly(&mut self, cache: &mut DecodeCache) -> Exec<Op> {
        let linear = self.cpu.registers.cs_base().wrapping_add(self.start);
        let wide = self.cpu.registers.wide_code();
        let mut bytes = [0; 16];
        let (count, fault) = self.gather(self.start, &mut bytes);
        let live = live(&bytes);
        if let Some(op) = cache.find(linear, live, wide)
            && usize::from(op.length) <= count
        {
            return Ok(*op);
        }
        let (prefixes, used) = Prefixes::scan(self.cpu.model, &bytes[..count]);
        match decode::decode(self.cpu.model, wide, prefixes, &bytes[used..count]) {
            Ok(op) => {
                cache.insert(linear, live, wide, &op);
                Ok(op)
            }
            Err(decode::Incomplete) if self.wraps_offsets() => self.decode_long(),
            // The rest lies beyond the limit, in a page that is not there, or beyond the longest instruction.
            Err(decode::Incomplete) => Err(fault.unwrap_or(Fault::PROTECTION)),
        }
    }

    /// Copies code from CS:`offset` on, up to the limit or a page that cannot be read, and says how many bytes came and
    /// what the next one would raise. Another page is not touched for an instruction that ends before it.
    fn gather(&mut self, offset: u32, bytes: &mut [u8; 16]) -> (usize, Option<Fault>) {
        let cs = *self.cpu.registers.segment(seg::CS);
        let cr2 = self.cpu.registers.cr2;
        let longest = self.cpu.model.traits().longest_instruction.unwrap_or(16) as usize;
        for number in 0..16_u32 {
            let (so_far, _) = bytes.split_at(number as usize);
            let mut offset = offset.wrapping_add(number);
            if self.wraps_offsets() {
                offset &= 0xffff;
            } else if offset > cs.limit || offset < number {
                return (number as usize, Some(Fault::PROTECTION));
            }
            let linear = cs.base.wrapping_add(offset);
            let is_elsewhere = linear.is_multiple_of(PAGE_BYTES) || offset == 0;
            if number > 0 && is_elsewhere && self.is_complete(so_far) {
                return (number as usize, None);
            }
            match self.read_code(linear) {
                Ok(value) => bytes[number as usize] = value,
                Err(fault) if self.is_complete(so_far) || number as usize >= longest => {
                    self.cpu.registers.cr2 = cr2;
                    return (number as usize, Some(fault));
                }
                Err(fault) => return (number as usize, Some(fault)),
            }
        }
        (bytes.len(), None)
    }

    fn read_code(&mut self, linear: u32) -> Exec<u8> {
        let walk = self.walk_as_program(linear, Access::Read)?;
        Ok(self.read_physical(walk.address, Width::Byte) as u8)
    }

    /// Whether bytes hold a whole instruction.
    fn is_complete(&self, bytes: &[u8]) -> bool {
        let (prefixes, used) = Prefixes::scan(self.cpu.model, bytes);
        decode::decode(self.cpu.model, self.cpu.registers.wide_code(), prefixes, &bytes[used..]).is_ok()
    }

    /// An instruction with so many prefixes that it does not fit in the usual window; only where length has no limit.
    fn decode_long(&mut self) -> Exec<Op> {
        // So slow an instruction gives the board a chance to end the run.
        self.attention = true;
        let mut prefixes = Prefixes::default();
        let cs = self.cpu.registers.cs_base();
        for number in 0..=0xffff_u32 {
            let at = cs.wrapping_add(self.start.wrapping_add(number) & 0xffff);
            let byte = self.read_physical(at, Width::Byte) as u8;
            if !prefixes.take(self.cpu.model, byte) {
                let mut bytes = [0; 16];
                let (count, _) = self.gather(self.start.wrapping_add(number) & 0xffff, &mut bytes);
                let decoded = decode::decode(self.cpu.model, false, prefixes, &bytes[..count]);
                return decoded.map_err(|_| Fault::UNDEFINED);
            }
        }
        // DEVIATION: on a segment full of prefixes the chip hangs and hears no interrupt; here it hears them.
        Ok(Op::plain(Kind::Nop, 0))
    }
}
