//! What IOPL rules: CLI, STI, PUSHF and POPF.

use super::*;
use crate::cpu::event;
use crate::ops::{flags, load, place, push};

/// Whether IOPL lets the program do as it likes with IF.
#[inline(always)]
pub(super) fn is_trusted(cpu: &Cpu) -> bool {
    cpu.registers.cpl <= cpu.registers.iopl()
}

/// Whether this is virtual-8086 mode in which the monitor must see what touches IF.
#[inline(always)]
pub(super) fn is_confined(cpu: &Cpu) -> bool {
    cpu.registers.is_virtual() && cpu.registers.iopl() < 3
}

pub(super) fn cli(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if !is_trusted(cpu) {
        return slow(cpu, run, op, res, aux);
    }
    cpu.registers.eflags &= !flag::IF;
    go(cpu, run, op.next(), res, aux)
}

/// STI. When no interrupt waits that could come, and the run does not end here, nobody sees that the next instruction
/// holds them off.
pub(super) fn sti(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if cpu.registers.eflags & flag::IF == 0 {
        if !is_trusted(cpu) || cpu.events & event::INTR != 0 || run.left < 1 {
            return slow(cpu, run, op, res, aux);
        }
        cpu.registers.eflags |= flag::IF;
    } else if !is_trusted(cpu) {
        return slow(cpu, run, op, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}

pub(super) fn pushf<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if is_confined(cpu) {
        return slow(cpu, run, op, res, aux);
    }
    let value = present(cpu, res, aux) & !(flag::RF | flag::VM);
    push!(P, S, true, cpu, run, op, value, res, aux);
    go(cpu, run, op.next(), res, aux)
}

pub(super) fn popf<P: Size, S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if is_confined(cpu) {
        return slow(cpu, run, op, res, aux);
    }
    let sp = P::get(cpu, SP);
    let value = load!(S, cpu, run, op, SS, sp, res, aux);
    P::set(cpu, SP, sp.wrapping_add(S::BYTES));
    let (level, iopl) = (cpu.registers.cpl, cpu.registers.iopl());
    cpu.load_flags_at(S::WIDTH, value, level, iopl, false);
    let (res, aux) = flags::lazy(value);
    if needs_stepper(cpu) {
        run.left -= i64::from(op.done) + 1;
        let eip = after(run, op);
        return leave(cpu, run, eip, res, aux);
    }
    go(cpu, run, op.next(), res, aux)
}
