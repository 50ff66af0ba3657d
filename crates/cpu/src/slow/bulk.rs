//! Many iterations of REP MOVS and REP STOS at once, where that cannot be told from one by one: within one page of RAM,
//! upwards, without wrap, and never over the instruction itself.

use super::Step;
use crate::decode::{Op, StringOp};
use crate::regs::{flag, reg, seg};
use crate::{PAGE_BYTES, Width};

impl Step<'_> {
    /// Does up to `limit` iterations and says how many; none when one by one is the way. Pointers and memory are done,
    /// the counter is the caller's.
    pub(super) fn bulk(&mut self, op: &Op, kind: StringOp, limit: u64) -> u32 {
        if !matches!(kind, StringOp::Movs | StringOp::Stos) || self.cpu.registers.has(flag::DF) {
            return 0;
        }
        let (width, bytes) = (op.width, op.width.bytes());
        let index = Self::counter_width(op);
        let target = self.cpu.registers.read(index, reg::DI);
        let Some((to, room)) = self.run_of_page(seg::ES, target) else { return 0 };
        let mut count = limit.min(u64::from(room / bytes)) as u32;
        if kind == StringOp::Movs {
            let source = self.cpu.registers.read(index, reg::SI);
            let Some((from, room)) = self.run_of_page(op.memory.segment, source) else { return 0 };
            count = count.min(room / bytes);
            let length = count * bytes;
            let overlaps_upwards = to > from && to - from < length;
            if count == 0
                || overlaps_upwards
                || self.touches_code(to, length)
                || !self.mem.copy_direct(from, to, length)
            {
                return 0;
            }
            self.cpu.registers.write(index, reg::SI, source.wrapping_add(length));
        } else {
            let length = count * bytes;
            let value = self.cpu.registers.read(Width::Dword, reg::AX);
            if count == 0 || self.touches_code(to, length) || !self.mem.fill_direct(to, length, width, value) {
                return 0;
            }
        }
        self.cpu.registers.write(index, reg::DI, target.wrapping_add(count * bytes));
        count
    }

    /// The physical address of an offset, and the bytes from it to the end of its page or to the limit.
    fn run_of_page(&self, segment: u8, offset: u32) -> Option<(u32, u32)> {
        let segment = self.cpu.registers.segment(segment);
        let to_limit = segment.limit.checked_sub(offset)?.saturating_add(1);
        let address = self.mem.cpu_address(segment.base.wrapping_add(offset));
        Some((address, to_limit.min(PAGE_BYTES - address % PAGE_BYTES)))
    }

    /// Whether a range of physical memory comes near the present instruction.
    fn touches_code(&self, first: u32, length: u32) -> bool {
        const WINDOW: u32 = 16;
        let linear = self.cpu.registers.cs_base().wrapping_add(self.start);
        let code = self.mem.cpu_address(linear);
        code.wrapping_sub(first) < length || first.wrapping_sub(code) < WINDOW
    }
}
