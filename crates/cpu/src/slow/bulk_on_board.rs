//! Many iterations of REP MOVS and REP STOS at once where a side is memory-mapped registers whose board does many at
//! once, upwards, within one page for each operand. The last iteration is never done here.

use super::Step;
use super::bulk::WINDOW;
use super::paging::{Access, behind, peek, ways};
use crate::decode::{Op, StringOp};
use crate::regs::{flag, reg, seg};
use crate::{MmioBlock, PAGE_BYTES, Width};

/// One side of the iterations.
#[derive(Clone, Copy)]
struct Side {
    linear: u32,
    /// Where the elements begin, in physical memory.
    first: u32,
    /// Where they begin in the store; the board's do not.
    at: Option<u32>,
    /// Pages of the store with the entries of the page tables.
    tables: [u32; 2],
}

impl Side {
    /// The number of its page in the store.
    fn page(&self) -> Option<u32> {
        self.at.map(|at| at / PAGE_BYTES)
    }
}

impl Step<'_> {
    /// Does up to `limit` iterations and says how many; none when one by one is the way. Pointers and memory are done, the
    /// counter is the caller's.
    pub(super) fn bulk_on_board(&mut self, op: &Op, kind: StringOp, limit: u64) -> u32 {
        let is_fit = matches!(kind, StringOp::Movs | StringOp::Stos) && !self.cpu.registers.has(flag::DF);
        if !is_fit || !self.bus.is_mmio_quiet() {
            return 0;
        }
        let cr2 = self.cpu.registers.cr2;
        let done = self.iterate_on_board(op, kind, limit.min(u64::from(PAGE_BYTES)) as u32).unwrap_or(0);
        self.cpu.registers.cr2 = cr2;
        let (index, distance) = (Self::counter_width(op), done * op.width.bytes());
        for pointer in if kind == StringOp::Movs { &[reg::SI, reg::DI][..] } else { &[reg::DI] } {
            let before = self.cpu.registers.read(index, *pointer);
            self.cpu.registers.write(index, *pointer, before.wrapping_add(distance));
        }
        done
    }

    fn iterate_on_board(&mut self, op: &Op, kind: StringOp, most: u32) -> Option<u32> {
        let (mut source, mut count) = (None, most);
        if kind == StringOp::Movs {
            let (side, reached) = self.side(op, (op.memory.segment, reg::SI), Access::Read, count)?;
            (source, count) = (Some(side), reached);
        }
        let (target, count) = self.side(op, (seg::ES, reg::DI), Access::Write, count)?;
        let is_apart = self.is_apart(source, target, count * op.width.bytes())?;
        if !is_apart || target.at.is_some() && source.is_none_or(|source| source.at.is_some()) {
            return None;
        }
        // In the order of the first iteration: what that does not reach because of a fault is not marked here.
        if let Some(source) = source {
            self.walk_as_program(source.linear, Access::Read).ok()?;
        }
        self.walk_as_program(target.linear, Access::Write).ok()?;
        self.move_on_board(op.width, source, target, count).then_some(count)
    }

    /// An operand, and how many elements of it are within reach. Nothing is marked.
    fn side(&self, op: &Op, place: (u8, u8), access: Access, most: u32) -> Option<(Side, u32)> {
        let (linear, count) = self.reachable(op, place, access, most)?;
        let first = self.mem.cpu_address(peek(&self.cpu.registers, self.mem, linear)?);
        let at = if self.mem.is_mmio(first) { None } else { Some(self.mem.place(first)?) };
        Some((Side { linear, first, at, tables: ways(&self.cpu.registers, self.mem, linear)? }, count))
    }

    /// Whether no iteration changes what the next one depends on: the code, the page tables, what is yet to be read.
    fn is_apart(&self, source: Option<Side>, target: Side, bytes: u32) -> Option<bool> {
        let code = self.cpu.registers.cs_base().wrapping_add(self.start);
        let code = behind(&self.cpu.registers, self.mem, code)?;
        let of_source = source.map_or([u32::MAX; 2], |source| source.tables);
        let mut tables = [of_source, target.tables, code.tables].into_iter().flatten();
        // The board writes video memory, nothing else, and the marks of the tables are made before anything is read.
        let is_video = |page: u32| page.checked_mul(PAGE_BYTES).is_some_and(|at| self.mem.is_video(at));
        let in_memory = [source.and_then(|source| source.page()), target.page(), Some(code.page())];
        if in_memory.into_iter().flatten().chain(tables.clone()).any(is_video) {
            return Some(false);
        }
        let is_marked = source.and_then(|source| source.page()).is_some_and(|page| target.tables.contains(&page));
        let Some(at) = target.at else { return Some(!is_marked) };
        let is_code = code.at.wrapping_sub(at) < bytes || at.wrapping_sub(code.at) < WINDOW;
        Some(!is_marked && !is_code && !tables.any(|table| table == at / PAGE_BYTES))
    }

    /// Does them; false, and nothing done, when the board does not do many at once.
    fn move_on_board(&mut self, width: Width, source: Option<Side>, target: Side, count: u32) -> bool {
        let (to, bytes, at) = (target.first, count * width.bytes(), self.cpu.instructions);
        let Some(source) = source else {
            let value = self.cpu.registers.read(width, reg::AX);
            return self.bus.mmio_block(self.mem, MmioBlock::Fill { to, value }, width, count, at);
        };
        let from = source.first;
        if source.at.is_none() && target.at.is_none() {
            return self.bus.mmio_block(self.mem, MmioBlock::Copy { from, to }, width, count, at);
        }
        let mut buffer = [0; PAGE_BYTES as usize];
        let Some(buffer) = buffer.get_mut(..bytes as usize) else { return false };
        if target.at.is_none() {
            let Some(stored) = self.mem.bytes_direct(from, bytes) else { return false };
            buffer.copy_from_slice(stored);
            return self.bus.mmio_block(self.mem, MmioBlock::Store { to, bytes: buffer }, width, count, at);
        }
        let block = MmioBlock::Load { from, into: buffer };
        if !self.mem.is_ram(to, bytes) || !self.bus.mmio_block(self.mem, block, width, count, at) {
            return false;
        }
        if let Some(stored) = self.mem.bytes_to_write(to, bytes) {
            stored.copy_from_slice(buffer);
        }
        true
    }
}
