//! Many iterations of REP MOVS and REP STOS at once, where that cannot be told from one by one: within one page of RAM
//! or of video memory that is mapped as memory, upwards, without wrap, and never over the instruction itself.

use super::Step;
use super::paging::{Access, Walk};
use crate::decode::{Op, StringOp};
use crate::regs::{flag, guard, reg, seg};
use crate::{PAGE_BYTES, Width};

impl Step<'_> {
    /// Does up to `limit` iterations and says how many; none when one by one is the way. Pointers and memory are done,
    /// the counter is the caller's.
    pub(super) fn bulk(&mut self, op: &Op, kind: StringOp, limit: u64) -> u32 {
        let watched = self.cpu.registers.guards & !guard::PAGING != 0;
        if !matches!(kind, StringOp::Movs | StringOp::Stos) || self.cpu.registers.has(flag::DF) || watched {
            return 0;
        }
        let (width, bytes) = (op.width, op.width.bytes());
        let index = Self::counter_width(op);
        let target = self.cpu.registers.read(index, reg::DI);
        let Some((to, room)) = self.run_of_page(index, seg::ES, target, Access::Write) else { return 0 };
        let mut count = limit.min(u64::from(room / bytes)) as u32;
        let mut tables = [to.entries; 2];
        let to = to.address;
        if kind == StringOp::Movs {
            let source = self.cpu.registers.read(index, reg::SI);
            let Some((from, room)) = self.run_of_page(index, op.memory.segment, source, Access::Read) else { return 0 };
            count = count.min(room / bytes);
            tables[1] = from.entries;
            let from = from.address;
            let length = count * bytes;
            if count == 0
                || self.is_delicate(to, length, tables.as_flattened())
                || !self.mem.copy_direct(from, to, length)
            {
                return 0;
            }
            self.cpu.registers.write(index, reg::SI, source.wrapping_add(length));
        } else {
            let length = count * bytes;
            let value = self.cpu.registers.read(Width::Dword, reg::AX);
            if count == 0
                || self.is_delicate(to, length, tables.as_flattened())
                || !self.mem.fill_direct(to, length, width, value)
            {
                return 0;
            }
        }
        self.cpu.registers.write(index, reg::DI, target.wrapping_add(count * bytes));
        count
    }

    /// The physical address of an offset, and the bytes from it to the end of its page, to the limit, or to where
    /// addresses of 16 bits go round, which a limit above 64 KB does not keep.
    fn run_of_page(&mut self, index: Width, segment: u8, offset: u32, access: Access) -> Option<(Walk, u32)> {
        let segment = self.cpu.registers.segment(segment);
        let reach = if access == Access::Write { segment.writes } else { segment.reads };
        let round = if index == Width::Word { 0x1_0000_u32.saturating_sub(offset) } else { u32::MAX };
        let room = reach.room(offset).min(round);
        let linear = segment.base.wrapping_add(offset);
        if room == 0 {
            return None;
        }
        let cr2 = self.cpu.registers.cr2;
        let Ok(mut walk) = self.walk_as_program(linear, access) else {
            // The element that is done by itself raises the fault.
            self.cpu.registers.cr2 = cr2;
            return None;
        };
        walk.address = self.mem.cpu_address(walk.address);
        Some((walk, room.min(PAGE_BYTES - linear % PAGE_BYTES)))
    }

    /// Whether a range of physical memory comes near the present instruction, or is a page of `tables`, or one of those
    /// that the instruction is fetched by.
    fn is_delicate(&mut self, first: u32, length: u32, tables: &[u32]) -> bool {
        const WINDOW: u32 = 16;
        let linear = self.cpu.registers.cs_base().wrapping_add(self.start);
        let Ok(code) = self.walk_as_program(linear, Access::Read) else { return true };
        // By their places in memory, as video memory may stand at several addresses.
        let Some(first) = self.mem.place(first) else { return true };
        let is_of_page = |entry: &u32| self.mem.place(*entry).is_some_and(|at| at / PAGE_BYTES == first / PAGE_BYTES);
        let is_table = self.is_paging() && tables.iter().chain(&code.entries).any(is_of_page);
        let is_code = |at: u32| at.wrapping_sub(first) < length || first.wrapping_sub(at) < WINDOW;
        is_table || self.mem.place(code.address).is_some_and(is_code)
    }
}
