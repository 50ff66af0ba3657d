//! The handlers of the fast path. Each does one operation and goes on with the next as its last act; what it cannot do
//! it hands to [`slow`](crate::block::slow) before it has changed anything.
//!
//! Handlers are generic over what the builder knows: the operation, the size, how the address is made, whether the flags
//! are needed. Loads and probes come before the first write, registers last. Nothing here is unsafe.

mod alu;
mod branch;
mod data;
mod far;
pub(crate) mod flags;
mod fpu;
mod pair;
mod shift;
mod stack;
mod string;

pub(crate) use alu::*;
pub(crate) use branch::*;
pub(crate) use data::*;
pub(crate) use far::*;
pub(crate) use fpu::*;
pub(crate) use pair::*;
pub(crate) use shift::*;
pub(crate) use stack::*;
pub(crate) use string::*;

use crate::Cpu;
use crate::block::Op;
use crate::primitives::{D, Size, W};
use crate::segment::Segment;

/// Byte offsets of registers.
pub(crate) const AX: u8 = 0;
pub(crate) const CX: u8 = 4;
pub(crate) const DX: u8 = 8;
pub(crate) const BX: u8 = 12;
pub(crate) const SP: u8 = 16;
pub(crate) const BP: u8 = 20;
pub(crate) const SI: u8 = 24;
pub(crate) const DI: u8 = 28;
/// The zero after the general registers.
pub(crate) const ZERO: u8 = 32;
/// Byte offsets of segment registers.
pub(crate) const SEGMENT: u8 = size_of::<Segment>() as u8;
pub(crate) const ES: u8 = 0;
pub(crate) const CS: u8 = SEGMENT;
pub(crate) const SS: u8 = 2 * SEGMENT;

const _: () = assert!(size_of::<Segment>() == 48);

/// How the offset of a memory operand is made.
pub(crate) trait Address: Copy + 'static {
    fn offset(cpu: &Cpu, op: &Op) -> u32;
}

/// The displacement alone.
#[derive(Clone, Copy)]
pub(crate) struct Fixed;
/// One register of 16 bits.
#[derive(Clone, Copy)]
pub(crate) struct Base16;
/// Two of 16 bits.
#[derive(Clone, Copy)]
pub(crate) struct Sum16;
/// One register of 32 bits.
#[derive(Clone, Copy)]
pub(crate) struct Base32;
/// Two of 32 bits, one of them shifted.
#[derive(Clone, Copy)]
pub(crate) struct Sum32;

impl Address for Fixed {
    #[inline(always)]
    fn offset(_cpu: &Cpu, op: &Op) -> u32 {
        op.disp
    }
}

impl Address for Base16 {
    #[inline(always)]
    fn offset(cpu: &Cpu, op: &Op) -> u32 {
        W::get(cpu, op.b).wrapping_add(op.disp) & 0xffff
    }
}

impl Address for Sum16 {
    #[inline(always)]
    fn offset(cpu: &Cpu, op: &Op) -> u32 {
        W::get(cpu, op.b).wrapping_add(W::get(cpu, op.c)).wrapping_add(op.disp) & 0xffff
    }
}

impl Address for Base32 {
    #[inline(always)]
    fn offset(cpu: &Cpu, op: &Op) -> u32 {
        D::get(cpu, op.b).wrapping_add(op.disp)
    }
}

impl Address for Sum32 {
    #[inline(always)]
    fn offset(cpu: &Cpu, op: &Op) -> u32 {
        D::get(cpu, op.b).wrapping_add(D::get(cpu, op.c) << (op.shift & 3)).wrapping_add(op.disp)
    }
}

/// The value at an offset of a segment; ends the handler when that is not for the fast path.
macro_rules! load {
    ($size:ty, $cpu:ident, $run:ident, $op:ident, $seg:expr, $offset:expr, $res:ident, $aux:ident) => {{
        let (segment, offset) = ($crate::primitives::segment($cpu, $seg), $offset);
        if i64::from(offset) + i64::from(<$size>::BYTES - 1) > segment.last_read {
            return $crate::block::slow($cpu, $run, $op, $res, $aux);
        }
        let linear = segment.base.wrapping_add(offset);
        match $run.load::<$size>(linear) {
            Some(value) => value,
            None => return $crate::block::miss_read($cpu, $run, $op, $res, $aux, linear),
        }
    }};
}

/// The place of an offset of a segment, to be written; ends the handler when that is not for the fast path.
macro_rules! place {
    ($size:ty, $checked:expr, $cpu:ident, $run:ident, $op:ident, $seg:expr, $offset:expr, $res:ident, $aux:ident) => {{
        let (segment, offset) = ($crate::primitives::segment($cpu, $seg), $offset);
        if i64::from(offset) + i64::from(<$size>::BYTES - 1) > segment.last_write {
            return $crate::block::slow($cpu, $run, $op, $res, $aux);
        }
        let linear = segment.base.wrapping_add(offset);
        match $run.writable::<$size, { $checked }>(linear) {
            Some(place) => place,
            None => return $crate::block::miss_write($cpu, $run, $op, $res, $aux, linear),
        }
    }};
}

pub(crate) use {load, place};
