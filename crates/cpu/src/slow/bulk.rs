//! Many iterations of a repeated string instruction at once, where that cannot be told from one by one: within one page
//! of memory for each operand, without wrap, and never over anything that the next iteration depends on.
//!
//! The last iteration is never done here, nor the one that ends a comparison: who goes one by one knows how to end, and
//! how to fault.

use super::Step;
use super::paging::{Access, Behind, behind};
use crate::decode::{Op, Repeat, StringOp};
use crate::regs::{flag, guard, reg, seg};
use crate::{PAGE_BYTES, Width, alu};

/// Iterations for which it is worth the look.
const LEAST: u64 = 4;
/// The bytes of an instruction, and more.
pub(super) const WINDOW: u32 = 16;

/// Elements side by side in one page of the store, from the present one of an operand on.
#[derive(Clone, Copy)]
struct Row {
    /// The physical address of the present element.
    first: u32,
    behind: Behind,
    count: u32,
}

/// The operands of some iterations.
struct Rows {
    source: Option<Row>,
    target: Option<Row>,
    width: Width,
    count: u32,
    downwards: bool,
}

impl Rows {
    fn bytes(&self) -> u32 {
        self.count * self.width.bytes()
    }

    /// How far below the present element the lowest one lies.
    fn below(&self) -> u32 {
        if self.downwards { self.bytes() - self.width.bytes() } else { 0 }
    }

    /// The lowest physical address of a row.
    fn lowest(&self, row: Option<Row>) -> u32 {
        row.map_or(0, |row| row.first.wrapping_sub(self.below()))
    }
}

impl Step<'_> {
    /// Does up to `limit` iterations and says how many; none when one by one is the way. Pointers, flags and memory are
    /// done, the counter is the caller's.
    #[inline(never)]
    pub(super) fn bulk(&mut self, op: &Op, kind: StringOp, limit: u64) -> u32 {
        if limit < LEAST || self.cpu.registers.guards & !guard::PAGING != 0 {
            return 0;
        }
        let cr2 = self.cpu.registers.cr2;
        let rows = self.rows(op, kind, limit.min(u64::from(PAGE_BYTES)) as u32);
        // What faults here faults again in the element that is done by itself, and tells of it.
        self.cpu.registers.cr2 = cr2;
        let Some(rows) = rows else { return self.bulk_on_board(op, kind, limit) };
        let done = self.do_rows(op, kind, &rows).unwrap_or(0);
        let (index, distance) = (Self::counter_width(op), done * op.width.bytes());
        let distance = if rows.downwards { distance.wrapping_neg() } else { distance };
        for (register, row) in [(reg::SI, rows.source), (reg::DI, rows.target)] {
            if row.is_some() {
                let pointer = self.cpu.registers.read(index, register);
                self.cpu.registers.write(index, register, pointer.wrapping_add(distance));
            }
        }
        done
    }

    /// The operands of up to `most` iterations, looked up as the first of these does, in the same order: what that does
    /// not reach because of a fault is not reached here.
    fn rows(&mut self, op: &Op, kind: StringOp, most: u32) -> Option<Rows> {
        let downwards = self.cpu.registers.has(flag::DF);
        let code = self.cpu.registers.cs_base().wrapping_add(self.start);
        let code = behind(&self.cpu.registers, self.mem, code)?;
        let mut rules = None;
        if kind.is_port() {
            if downwards || self.bus.attention() {
                return None;
            }
            rules = self.port_rules(op.width)?;
        }
        let (mut count, mut source, mut target) = (most, None, None);
        if kind.uses_source() {
            let row = self.row(op, (op.memory.segment, reg::SI), Access::Read, count, None)?;
            (source, count) = (Some(row), row.count);
        }
        if kind.uses_target() {
            let access = if kind.writes() { Access::Write } else { Access::Read };
            let row = self.row(op, (seg::ES, reg::DI), access, count, source.map(|row| row.behind.page()))?;
            (target, count) = (Some(row), row.count);
        }
        let rows = Rows { source, target, width: op.width, count, downwards };
        let Some(target) = target.filter(|_| kind.writes()) else { return Some(rows) };
        let (page, first) = (target.behind.page(), target.behind.at.wrapping_sub(rows.below()));
        let is_code = code.at.wrapping_sub(first) < rows.bytes() || first.wrapping_sub(code.at) < WINDOW;
        let depends = |way: &Behind| way.depends_on(page);
        let is_way = self.is_paging()
            && (depends(&target.behind) || depends(&code) || source.is_some_and(|source| depends(&source.behind)));
        let is_rule = rules.is_some_and(|rules| rules.iter().any(|rule| depends(rule) || rule.page() == page));
        (!is_code && !is_way && !is_rule).then_some(rows)
    }

    /// Where the right to use the port of the instruction is found, or that nobody asks. `None` when there is none, or when
    /// the board would be asked.
    fn port_rules(&mut self, width: Width) -> Option<Option<[Behind; 4]>> {
        if self.ports_are_free() {
            return Some(None);
        }
        let port = self.cpu.registers.reg16(reg::DX);
        let task = self.cpu.registers.tr.base;
        let place = |step: &Self, offset: u32| behind(&step.cpu.registers, step.mem, task.wrapping_add(offset));
        let (low, high) = (place(self, 0x66)?, place(self, 0x67)?);
        let (map, _) = self.io_map().ok()??;
        let bits = map + u32::from(port / 8);
        let rules = [low, high, place(self, bits)?, place(self, bits + 1)?];
        self.check_port(port, width).ok()?;
        Some(Some(rules))
    }

    /// The elements of an operand, at least one, that the segment and the page tables allow to be reached. None when the
    /// way to them would mark an entry in the page `read`: the first iteration reads there before.
    #[inline(always)]
    fn row(
        &mut self,
        op: &Op,
        (segment, pointer): (u8, u8),
        access: Access,
        most: u32,
        read: Option<u32>,
    ) -> Option<Row> {
        let (linear, count) = self.reachable(op, (segment, pointer), access, most)?;
        let behind = behind(&self.cpu.registers, self.mem, linear)?;
        if read.is_some_and(|page| behind.depends_on(page)) {
            return None;
        }
        let walk = self.walk_as_program(linear, access).ok()?;
        Some(Row { first: self.mem.cpu_address(walk.address), behind, count })
    }

    /// The linear address of an operand, and how many elements from it on, at least one, the segment allows in its page.
    pub(super) fn reachable(
        &self,
        op: &Op,
        (segment, pointer): (u8, u8),
        access: Access,
        most: u32,
    ) -> Option<(u32, u32)> {
        let (index, bytes, downwards) = (Self::counter_width(op), op.width.bytes(), self.cpu.registers.has(flag::DF));
        let offset = self.cpu.registers.read(index, pointer);
        let segment = self.cpu.registers.segment(segment);
        let reach = if access == Access::Write { segment.writes } else { segment.reads };
        let linear = segment.base.wrapping_add(offset);
        let in_page = linear % PAGE_BYTES;
        let above = PAGE_BYTES.checked_sub(in_page + bytes)?;
        if !reach.covers(offset, bytes) {
            return None;
        }
        // A pointer of 16 bits goes round, which a limit above 64 KB does not keep.
        let round = if index == Width::Word && !downwards { 0xffff_u32.saturating_sub(offset) } else { u32::MAX };
        let further = round.min(if downwards { in_page } else { above }).min(reach.further(offset, bytes, downwards));
        Some((linear, most.min((further >> op.width as u32) + 1)))
    }

    /// Does as many of the iterations as can be done at once.
    fn do_rows(&mut self, op: &Op, kind: StringOp, rows: &Rows) -> Option<u32> {
        let (from, to) = (rows.lowest(rows.source), rows.lowest(rows.target));
        let (width, bytes, port) = (op.width, rows.bytes(), self.cpu.registers.reg16(reg::DX));
        let done = match kind {
            StringOp::Movs => self.mem.copy_direct(from, to, bytes, width, rows.downwards).then_some(rows.count)?,
            StringOp::Stos => {
                let value = self.cpu.registers.read(Width::Dword, reg::AX);
                self.mem.fill_direct(to, bytes, width, value).then_some(rows.count)?
            }
            StringOp::Lods => {
                let last = if rows.downwards { from } else { from.wrapping_add(bytes - width.bytes()) };
                let value = self.mem.read_direct(last, width)?;
                self.cpu.registers.write(width, reg::AX, value);
                rows.count
            }
            StringOp::Cmps | StringOp::Scas => self.compare_rows(op, kind, rows)?,
            StringOp::Ins => {
                let into = self.mem.bytes_to_write(to, bytes)?;
                self.bus.port_read_block(port, width, into, self.cpu.instructions) as u32
            }
            StringOp::Outs => {
                let from = self.mem.bytes_direct(from, bytes)?;
                self.bus.port_write_block(port, width, from, self.cpu.instructions) as u32
            }
        };
        Some(done.min(rows.count))
    }

    /// Compares up to the element that ends the repetition, and leaves the flags of the last one before it.
    fn compare_rows(&mut self, op: &Op, kind: StringOp, rows: &Rows) -> Option<u32> {
        let (width, bytes, goes_on) = (op.width, rows.bytes(), op.repeat == Repeat::WhileEqual);
        let target = self.mem.bytes_direct(rows.lowest(rows.target), bytes)?;
        let value = self.cpu.registers.read(width, reg::AX);
        let (count, source) = if kind == StringOp::Cmps {
            let source = self.mem.bytes_direct(rows.lowest(rows.source), bytes)?;
            (alu::rows::alike(width, source, target, goes_on, rows.downwards), Some(source))
        } else {
            (alu::rows::like_value(width, target, value, goes_on, rows.downwards), None)
        };
        if count > 0 {
            let last = if rows.downwards { rows.count as usize - count } else { count - 1 };
            let element = |row: &[u8]| alu::rows::element(width, row, last);
            let (_, flags) = alu::sub(width, source.map_or(value, element), element(target), 0);
            self.cpu.registers.set_arithmetic(flags);
        }
        Some(count as u32)
    }
}
