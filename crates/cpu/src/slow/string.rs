//! String instructions. A repeated one is interruptible between iterations: registers are architectural and IP is that
//! of the instruction, so that a run can end there and the next one go on.

use super::{Exec, Step};
use crate::decode::{Op, Repeat, StringOp};
use crate::regs::{flag, reg, seg};
use crate::{Model, Width, alu};

impl Step<'_> {
    pub(super) fn string(&mut self, op: &Op, kind: StringOp) -> Exec {
        if op.repeat == Repeat::No {
            return self.element(op, kind);
        }
        let width = Self::counter_width(op);
        self.cpu.skipped_prefixes = 0;
        let after = self.next;
        loop {
            let count = self.cpu.registers.read(width, reg::CX);
            if count == 0 {
                return Ok(());
            }
            self.next = self.start;
            self.element(op, kind)?;
            self.cpu.registers.write(width, reg::CX, count.wrapping_sub(1));
            if count == 1 || self.ends(op, kind) {
                self.next = after;
                return Ok(());
            }
            // The last iteration is counted by the caller.
            if self.attention
                || self.cpu.instructions + 1 >= self.end
                || self.cpu.registers.has(flag::TF)
                || self.woken()
            {
                break;
            }
            self.cpu.instructions += 1;
        }
        // QUIRK: an interrupted REP of the 8086 goes on at the last prefix and forgets those before.
        if self.cpu.model == Model::I8086 {
            self.cpu.skipped_prefixes = op.prefixes.saturating_sub(1);
        }
        Ok(())
    }

    /// Something can interrupt the repetition.
    fn woken(&self) -> bool {
        self.cpu.events != 0
    }

    /// Whether a comparison ends the repetition.
    fn ends(&self, op: &Op, kind: StringOp) -> bool {
        let equal = self.cpu.registers.has(flag::ZF);
        matches!(kind, StringOp::Cmps | StringOp::Scas) && equal != (op.repeat == Repeat::WhileEqual)
    }

    fn element(&mut self, op: &Op, kind: StringOp) -> Exec {
        let width = op.width;
        let index = Self::counter_width(op);
        let source = self.cpu.registers.read(index, reg::SI);
        let target = self.cpu.registers.read(index, reg::DI);
        let (mut uses_source, mut uses_target) = (false, false);
        match kind {
            StringOp::Movs => {
                let value = self.read_memory(op.memory.segment, source, width)?;
                self.write_memory(seg::ES, target, width, value)?;
                (uses_source, uses_target) = (true, true);
            }
            StringOp::Cmps => {
                let a = self.read_memory(op.memory.segment, source, width)?;
                let b = self.read_memory(seg::ES, target, width)?;
                self.compare(width, a, b);
                (uses_source, uses_target) = (true, true);
            }
            StringOp::Stos => {
                let value = self.cpu.registers.read(width, reg::AX);
                self.write_memory(seg::ES, target, width, value)?;
                uses_target = true;
            }
            StringOp::Lods => {
                let value = self.read_memory(op.memory.segment, source, width)?;
                self.cpu.registers.write(width, reg::AX, value);
                uses_source = true;
            }
            StringOp::Scas => {
                let b = self.read_memory(seg::ES, target, width)?;
                let a = self.cpu.registers.read(width, reg::AX);
                self.compare(width, a, b);
                uses_target = true;
            }
            StringOp::Ins => {
                self.probe(seg::ES, target, width.bytes())?;
                let value = self.read_port(self.cpu.registers.reg16(reg::DX), width);
                self.write_memory(seg::ES, target, width, value)?;
                uses_target = true;
            }
            StringOp::Outs => {
                let value = self.read_memory(op.memory.segment, source, width)?;
                self.write_port(self.cpu.registers.reg16(reg::DX), width, value);
                uses_source = true;
            }
        }
        let step = if self.cpu.registers.has(flag::DF) { width.bytes().wrapping_neg() } else { width.bytes() };
        if uses_source {
            self.cpu.registers.write(index, reg::SI, source.wrapping_add(step));
        }
        if uses_target {
            self.cpu.registers.write(index, reg::DI, target.wrapping_add(step));
        }
        Ok(())
    }

    fn compare(&mut self, width: Width, a: u32, b: u32) {
        let (_, flags) = alu::sub(width, a, b, 0);
        self.cpu.registers.set_arithmetic(flags);
    }
}
