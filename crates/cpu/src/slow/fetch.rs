//! Instruction fetch, through the cache of decoded instructions.

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

    /// Makes the page of CS:`start` the present page of code, and looks through the window again.
    #[inline(never)]
    pub(super) fn turn_page(&mut self) -> Option<(u32, Live)> {
        let linear = self.cpu.registers.cs_base().wrapping_add(self.start);
        self.code_page = linear & !(PAGE_BYTES - 1);
        if let Some(at) = self.mem.code_page(linear) {
            (self.code_at, self.code_span) = (at, PAGE_BYTES - 15);
        } else {
            self.code_span = 0;
        }
        self.window()
    }

    /// The instruction at CS:`start`, when the cache does not have it or the bytes are not in one place.
    #[cold]
    pub(super) fn fetch_slowly(&mut self, cache: &mut DecodeCache) -> Exec<Op> {
        let linear = self.cpu.registers.cs_base().wrapping_add(self.start);
        let mut bytes = [0; 16];
        let count = self.gather(self.start, &mut bytes);
        let live = live(&bytes);
        if let Some(op) = cache.find(linear, live)
            && usize::from(op.length) <= count
        {
            return Ok(*op);
        }
        let (prefixes, used) = Prefixes::scan(self.cpu.model, &bytes[..count]);
        match decode::decode(self.cpu.model, prefixes, &bytes[used..count]) {
            Ok(op) => {
                cache.insert(linear, live, &op);
                Ok(op)
            }
            Err(decode::Incomplete) if self.wraps_offsets() => self.decode_long(),
            // The rest lies beyond the limit, or beyond the longest instruction.
            Err(decode::Incomplete) => Err(Fault::PROTECTION),
        }
    }

    /// Copies code from CS:`offset` on, up to the limit, and says how many bytes came.
    fn gather(&mut self, offset: u32, bytes: &mut [u8; 16]) -> usize {
        let cs = *self.cpu.registers.segment(seg::CS);
        for (number, byte) in (0..).zip(bytes.iter_mut()) {
            let mut offset = offset.wrapping_add(number);
            if self.wraps_offsets() {
                offset &= 0xffff;
            } else if offset > cs.limit || offset < number {
                return number as usize;
            }
            *byte = self.read_linear(cs.base.wrapping_add(offset), Width::Byte) as u8;
        }
        bytes.len()
    }

    /// An instruction with so many prefixes that it does not fit in the usual window; only where length has no limit.
    fn decode_long(&mut self) -> Exec<Op> {
        // So slow an instruction gives the board a chance to end the run.
        self.attention = true;
        let mut prefixes = Prefixes::default();
        let cs = self.cpu.registers.cs_base();
        for number in 0..=0xffff_u32 {
            let at = cs.wrapping_add(self.start.wrapping_add(number) & 0xffff);
            let byte = self.read_linear(at, Width::Byte) as u8;
            if !prefixes.take(self.cpu.model, byte) {
                let mut bytes = [0; 16];
                let count = self.gather(self.start.wrapping_add(number) & 0xffff, &mut bytes);
                return decode::decode(self.cpu.model, prefixes, &bytes[..count]).map_err(|_| Fault::UNDEFINED);
            }
        }
        // DEVIATION: on a segment full of prefixes the chip hangs and hears no interrupt; here it hears them.
        Ok(Op::plain(Kind::Nop, 0))
    }
}
