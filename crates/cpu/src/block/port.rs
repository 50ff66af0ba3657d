//! IN and OUT in blocks, where no permission is asked: at level 0.

use super::mmio::done;
use super::run::{Run, slow};
use super::{At, Handler, Next};
use crate::decode::{self, Kind, Operand};
use crate::ops::{AX, DX};
use crate::primitives::{B, D, Size, W};
use crate::{Cpu, Width};

/// The handler of such an instruction. A port that is not in DX is the immediate.
pub(super) fn handler(op: &decode::Op) -> Handler {
    let operand = if op.kind == Kind::In { op.second } else { op.first };
    match (op.kind == Kind::In, operand == Operand::Immediate, op.width) {
        (true, true, Width::Byte) => input::<B, true>,
        (true, true, Width::Word) => input::<W, true>,
        (true, true, Width::Dword) => input::<D, true>,
        (true, false, Width::Byte) => input::<B, false>,
        (true, false, Width::Word) => input::<W, false>,
        (true, false, Width::Dword) => input::<D, false>,
        (false, true, Width::Byte) => output::<B, true>,
        (false, true, Width::Word) => output::<W, true>,
        (false, true, Width::Dword) => output::<D, true>,
        (false, false, Width::Byte) => output::<B, false>,
        (false, false, Width::Word) => output::<W, false>,
        (false, false, Width::Dword) => output::<D, false>,
    }
}

#[inline(always)]
fn port<const IMM: bool>(cpu: &Cpu, op: At) -> u16 {
    if IMM { op.imm as u16 & 0xff } else { W::get(cpu, DX) as u16 }
}

fn input<S: Size, const IMM: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if cpu.registers.cpl != 0 {
        return slow(cpu, run, op, res, aux);
    }
    let at = run.count(op.done);
    let (mem, bus) = run.board();
    let value = bus.port_read(mem, port::<IMM>(cpu, op), S::WIDTH, at) & S::MASK;
    run.attention |= bus.attention();
    S::set(cpu, AX, value);
    done(cpu, run, op, res, aux)
}

fn output<S: Size, const IMM: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if cpu.registers.cpl != 0 {
        return slow(cpu, run, op, res, aux);
    }
    let at = run.count(op.done);
    let (mem, bus) = run.board();
    bus.port_write(mem, port::<IMM>(cpu, op), S::WIDTH, S::get(cpu, AX), at);
    run.attention |= bus.attention();
    done(cpu, run, op, res, aux)
}
