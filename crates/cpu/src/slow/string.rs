//! String instructions. A repeated one is interruptible between iterations: registers are architectural and IP is that
//! of the instruction, so that a run can end there and the next one go on.

use super::{Exec, Fault, Step};
use crate::cpu::event;
use crate::decode::{Op, Repeat, StringOp};
use crate::regs::{flag, reg, seg};
use crate::{Model, alu};

/// Iterations after which a repetition that went one by one tries again to go by many.
const BULK_RETRY: u32 = 32;

impl Step<'_> {
    #[inline(never)]
    pub(super) fn string(&mut self, op: &Op, kind: StringOp) -> Exec {
        if op.repeat == Repeat::No {
            return self.element(op, kind);
        }
        let width = Self::counter_width(op);
        let after = self.next;
        let mut count = self.cpu.registers.read(width, reg::CX);
        if count == 0 {
            return Ok(());
        }
        self.next = self.start;
        if kind.compares() && self.cpu.compared.is_none_or(|(eip, _)| eip != self.start) {
            self.cpu.compared = Some((self.start, self.cpu.registers.eflags & flag::ARITHMETIC));
        }
        let code = self.code_window();
        let can_bulk = code.is_some() && !self.cpu.registers.has(flag::TF) && !self.interrupt_waits();
        // The count from which on many are tried. Many comparisons end with the first one.
        let mut bulk_from = if kind.compares() { count - 1 } else { count };
        loop {
            if can_bulk && count <= bulk_from {
                // One iteration stays for the rest of the loop, which knows how to end.
                let left = self.end.saturating_sub(self.cpu.instructions);
                let done = self.bulk(op, kind, left.min(u64::from(count)).saturating_sub(1));
                self.cpu.instructions += u64::from(done);
                count = count.wrapping_sub(done);
                self.cpu.registers.write(width, reg::CX, count);
                // After a page that did not allow it another one may.
                bulk_from = if done != 0 { count } else { count.saturating_sub(BULK_RETRY) };
            }
            if let Err(fault) = self.element(op, kind) {
                self.forget_comparisons();
                if self.cpu.model == Model::I80286 {
                    self.cpu.registers.write(width, reg::CX, count.saturating_sub(kind.counted_ahead()));
                }
                return Err(fault);
            }
            count = count.wrapping_sub(1);
            self.cpu.registers.write(width, reg::CX, count);
            if count == 0 || self.ends(op, kind) {
                self.next = after;
                self.cpu.compared = None;
                return Ok(());
            }
            // The last iteration is counted by the caller. The instruction is fetched anew where it may have changed, as a
            // run that ends here would.
            if self.attention
                || self.cpu.instructions + 1 >= self.end
                || self.cpu.registers.has(flag::TF)
                || self.interrupt_waits()
                || self.debug_hits != 0
                || code.is_none()
                || self.code_window() != code
            {
                break;
            }
            self.cpu.instructions += 1;
        }
        // QUIRK: an interrupted REP of the 8086 goes on at the last prefix and forgets those before.
        if self.cpu.model == Model::I8086 {
            let skipped = op.prefixes.saturating_sub(1);
            self.cpu.skipped_prefixes = skipped;
            self.cpu.events |= if skipped == 0 { 0 } else { event::REPEATING };
        }
        Ok(())
    }

    /// SPEC: SDM vol. 2 REP: a fault in the midst of a repeated comparison finds the flags as they were before it.
    /// The manuals of the 80386 and older do not say so; UNVERIFIED: they keep those of the last comparison, as AMD's
    /// processors do to this day.
    fn forget_comparisons(&mut self) {
        if let Some((_, flags)) = self.cpu.compared.take()
            && self.cpu.model >= Model::I80486
        {
            self.cpu.registers.set_arithmetic(flags);
        }
    }

    /// Whether a comparison ends the repetition.
    fn ends(&self, op: &Op, kind: StringOp) -> bool {
        let equal = self.cpu.registers.has(flag::ZF);
        kind.compares() && equal != (op.repeat == Repeat::WhileEqual)
    }

    fn element(&mut self, op: &Op, kind: StringOp) -> Exec {
        let index = Self::counter_width(op);
        let source = self.cpu.registers.read(index, reg::SI);
        let target = self.cpu.registers.read(index, reg::DI);
        let (fault, source_used, target_used) = match self.transfer(op, kind, source, target) {
            Ok(()) => (None, kind.uses_source(), kind.uses_target()),
            Err(Overrun::Source(fault)) => (Some(fault), true, kind == StringOp::Cmps),
            Err(Overrun::Target(fault)) => (Some(fault), kind == StringOp::Movs, true),
            Err(Overrun::Port(fault)) => (Some(fault), false, false),
        };
        // QUIRK: the 80286 has moved the pointers when it notices a segment overrun (SingleStepTests/80286).
        if fault.is_none() || self.cpu.model == Model::I80286 {
            let bytes = op.width.bytes();
            let step = if self.cpu.registers.has(flag::DF) { bytes.wrapping_neg() } else { bytes };
            if source_used {
                self.cpu.registers.write(index, reg::SI, source.wrapping_add(step));
            }
            if target_used {
                self.cpu.registers.write(index, reg::DI, target.wrapping_add(step));
            }
        }
        fault.map_or(Ok(()), Err)
    }

    /// Moves or compares one element, without the pointers.
    #[inline]
    fn transfer(&mut self, op: &Op, kind: StringOp, source: u32, target: u32) -> Result<(), Overrun> {
        let (width, segment) = (op.width, op.memory.segment);
        if kind.is_port() {
            self.allow_port(self.cpu.registers.reg16(reg::DX), width).map_err(Overrun::Port)?;
        }
        if kind == StringOp::Cmps && self.cpu.model == Model::I80286 {
            // QUIRK: the 80286 reads ES:DI first; only the order of overruns shows it.
            self.probe_read(seg::ES, target, width.bytes()).map_err(Overrun::Target)?;
        }
        let value = if kind.uses_source() {
            self.read_memory(segment, source, width).map_err(Overrun::Source)?
        } else {
            self.cpu.registers.read(width, reg::AX)
        };
        match kind {
            StringOp::Movs | StringOp::Stos => {
                self.write_memory(seg::ES, target, width, value).map_err(Overrun::Target)?;
            }
            StringOp::Cmps | StringOp::Scas => {
                let other = self.read_memory(seg::ES, target, width).map_err(Overrun::Target)?;
                let (_, flags) = alu::sub(width, value, other, 0);
                self.cpu.registers.set_arithmetic(flags);
            }
            StringOp::Lods => self.cpu.registers.write(width, reg::AX, value),
            StringOp::Ins => {
                self.probe_write(seg::ES, target, width.bytes()).map_err(Overrun::Target)?;
                let value = self.read_port(self.cpu.registers.reg16(reg::DX), width);
                self.write_memory(seg::ES, target, width, value).map_err(Overrun::Target)?;
            }
            StringOp::Outs => self.write_port(self.cpu.registers.reg16(reg::DX), width, value),
        }
        Ok(())
    }
}

/// A fault, and the pointer that met it.
enum Overrun {
    Source(Fault),
    Target(Fault),
    Port(Fault),
}

impl StringOp {
    fn compares(self) -> bool {
        matches!(self, StringOp::Cmps | StringOp::Scas)
    }

    pub(super) fn is_port(self) -> bool {
        matches!(self, StringOp::Ins | StringOp::Outs)
    }

    /// Whether the target is written.
    pub(super) fn writes(self) -> bool {
        matches!(self, StringOp::Movs | StringOp::Stos | StringOp::Ins)
    }

    pub(super) fn uses_source(self) -> bool {
        matches!(self, StringOp::Movs | StringOp::Cmps | StringOp::Lods | StringOp::Outs)
    }

    /// QUIRK: by how much the 80286 has counted CX down when an iteration meets a segment overrun
    /// (SingleStepTests/80286; those of LODS and SCAS by analogy).
    fn counted_ahead(self) -> u32 {
        match self {
            StringOp::Cmps | StringOp::Scas => 0,
            StringOp::Movs | StringOp::Lods | StringOp::Outs => 1,
            StringOp::Stos | StringOp::Ins => 2,
        }
    }

    pub(super) fn uses_target(self) -> bool {
        !matches!(self, StringOp::Lods | StringOp::Outs)
    }
}
