//! What protected mode and virtual-8086 mode do with descriptors, privilege and gates, without the stepper: loads of
//! segment registers, far transfers, interrupts and returns from them, and instructions that IOPL rules.
//!
//! A descriptor is read each time, through the TLB of the supervisor. What is remembered is what its eight bytes mean for
//! a selector, so nothing has to be forgotten when tables change.
//!
//! Each function here finds out everything before it changes anything, and leaves to the stepper whatever faults, marks a
//! descriptor as accessed, switches tasks or wraps. So the order in which it looks does not show. A page that the TLB
//! lacks is brought in only when the walk marks nothing.

mod far;
mod interrupt;
mod iopl;
mod lower;
mod segments;

pub(super) use lower::lower;

use super::lower::{End, Flags, Lowered, Setting, register, segment as segment_offset};
use super::{At, Handler, Next, Run, jump, leave, mark, needs_stepper, slow};
use crate::ops::{SP, SS};
use crate::primitives::{D, Place, Size, W, go, segment};
use crate::protect::descriptor::{self, Descriptor, rpl};
use crate::regs::{flag, reg, seg};
use crate::segment::{Segment, rights};
use crate::{Cpu, Model, Width};

/// How many descriptors are remembered; each costs 64 bytes.
const KNOWN: usize = 64;

/// What a descriptor that is present and marked as accessed may be used for, as bits.
mod uses {
    /// Loading a data segment register at level 0; the bits of the other levels follow.
    pub(super) const DATA: u16 = 1;
    /// A far jump or call from level 0 without a gate; the bits of the other levels follow.
    pub(super) const TRANSFER: u16 = 1 << 4;
    /// As the stack of the level that its selector names.
    pub(super) const STACK: u16 = 1 << 8;
    /// A return to the level that its selector names.
    pub(super) const RETURN: u16 = 1 << 9;
    /// As code.
    pub(super) const CODE: u16 = 1 << 10;
    /// As a call gate, which need not be accessed.
    pub(super) const GATE: u16 = 1 << 11;
}

/// What the bytes of a descriptor mean for a selector.
#[derive(Clone, Copy)]
struct Known {
    low: u32,
    high: u32,
    selector: u16,
    /// Bits of [`uses`].
    uses: u16,
    segment: Segment,
}

impl Known {
    fn new(model: Model, selector: u16, low: u32, high: u32) -> Known {
        let descriptor = Descriptor::new(model, selector, 0, low, high);
        let segment = descriptor.segment(selector);
        let mut found = 0;
        let mut note = |holds: bool, bit: u16| found |= if holds { bit } else { 0 };
        match descriptor.kind() {
            kind @ (descriptor::Kind::Data | descriptor::Kind::Code)
                if descriptor.has(rights::PRESENT | rights::ACCESSED) =>
            {
                let is_code = kind == descriptor::Kind::Code;
                for cpl in 0..4 {
                    note(descriptor.admits_data(cpl), uses::DATA << cpl);
                    note(is_code && descriptor.admits_transfer(cpl), uses::TRANSFER << cpl);
                }
                note(descriptor.admits_stack(rpl(selector)), uses::STACK);
                note(descriptor.admits_return(), uses::RETURN);
                note(is_code, uses::CODE);
            }
            descriptor::Kind::CallGate { .. } => note(descriptor.is_present(), uses::GATE),
            _ => {}
        }
        Known { low, high, selector, uses: found, segment }
    }

    /// Whether it is code at its caller's level, whichever that is.
    fn is_conforming(&self) -> bool {
        self.segment.rights & rights::CONFORMING != 0
    }

    /// What CS holds at a level.
    fn code_at(&self, level: u8) -> Segment {
        Segment { selector: self.selector & !3 | u16::from(level), ..self.segment }
    }
}

/// What is remembered of descriptors, each by its selector.
pub(crate) struct Descriptors([Known; KNOWN]);

impl Descriptors {
    pub(crate) fn new(model: Model) -> Descriptors {
        // A null selector is not looked for.
        Descriptors([Known::new(model, 0, 0, 0); KNOWN])
    }
}

/// Why something is not done here.
#[derive(Clone, Copy)]
enum Miss {
    /// It is the stepper's.
    Stepper,
    /// The TLB lacks a page, of a set.
    Page { linear: u32, user: bool, write: bool },
}

type Fast<T = ()> = Result<T, Miss>;

/// The value at a linear address, read by the CPU itself.
#[inline(always)]
fn system<S: Size>(run: &Run, linear: u32) -> Fast<u32> {
    run.load_at::<S>(false, linear).ok_or(Miss::Page { linear, user: false, write: false })
}

/// The descriptor of a selector that is not null: which one of those that are remembered.
#[inline(always)]
fn find<'r>(cpu: &Cpu, run: &'r mut Run, selector: u16) -> Fast<&'r Known> {
    const LOCAL: u16 = 4;
    let registers = &cpu.registers;
    let (base, limit) = if selector & LOCAL == 0 {
        (registers.gdtr.base, u32::from(registers.gdtr.limit))
    } else if registers.ldtr.is_present() {
        (registers.ldtr.base, registers.ldtr.limit)
    } else {
        return Err(Miss::Stepper);
    };
    let offset = u32::from(selector & !7);
    if offset + 7 > limit {
        return Err(Miss::Stepper);
    }
    let at = base.wrapping_add(offset);
    let low = system::<D>(run, at)?;
    let high = system::<D>(run, at.wrapping_add(4))?;
    let known = &mut run.known.0[usize::from(selector >> 2) % KNOWN];
    if (known.low, known.high, known.selector) != (low, high, selector) {
        *known = Known::new(cpu.model, selector, low, high);
    }
    Ok(known)
}

/// Does what was not done: once more with the page that was missing, or by the stepper.
#[cold]
#[inline(never)]
fn missed(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, miss: Miss) -> Next {
    if let Miss::Page { linear, user, write } = miss
        && run.fill_quietly(cpu, op, linear, user, write)
    {
        return go(cpu, run, op, res, aux);
    }
    slow(cpu, run, op, res, aux)
}

/// EFLAGS as they are now.
fn present(cpu: &Cpu, res: i64, aux: u64) -> u32 {
    cpu.registers.eflags & !flag::ARITHMETIC | crate::ops::flags::eflags(res, aux)
}

/// The offset after an instruction.
fn after(run: &Run, op: At) -> u32 {
    op.eip.wrapping_add(u32::from(op.len)) & run.ip_mask
}

/// Goes on elsewhere, perhaps in another segment and at another level, after all instructions up to this one.
fn land(cpu: &mut Cpu, run: &mut Run, op: At, eip: u32, res: i64, aux: u64) -> Next {
    run.left -= i64::from(op.done) + 1;
    if needs_stepper(cpu) {
        return leave(cpu, run, eip, res, aux);
    }
    run.follow_context(cpu);
    jump(cpu, run, eip, res, aux)
}

/// The offset of the memory operand; `WIDE` is the size of the address.
#[inline(always)]
fn offset<const WIDE: bool>(cpu: &Cpu, op: At) -> u32 {
    let sum = D::get(cpu, op.b).wrapping_add(D::get(cpu, op.c) << (op.shift & 3)).wrapping_add(op.disp);
    if WIDE { sum } else { sum & 0xffff }
}

/// The offset `bytes` behind another.
#[inline(always)]
fn behind<const WIDE: bool>(offset: u32, bytes: u32) -> u32 {
    let sum = offset.wrapping_add(bytes);
    if WIDE { sum } else { sum & 0xffff }
}

fn stack_mask(stack: &Segment) -> u32 {
    if stack.is_big() { u32::MAX } else { 0xffff }
}

/// Sets the stack pointer, of which the present SS says how wide it is.
fn set_sp(cpu: &mut Cpu, pointer: u32) {
    let width = Width::word_or_dword(cpu.registers.segment(seg::SS).is_big());
    cpu.registers.write(width, reg::SP, pointer);
}

/// The element `distance` bytes above the top of the stack.
fn peek<S: Size>(cpu: &Cpu, run: &Run, distance: u32) -> Fast<u32> {
    let stack = cpu.registers.segment(seg::SS);
    let offset = cpu.registers.reg32(reg::SP).wrapping_add(distance) & stack_mask(stack);
    if !stack.reads.covers(offset, S::BYTES) {
        return Err(Miss::Stepper);
    }
    let linear = stack.base.wrapping_add(offset);
    let user = cpu.registers.cpl == 3;
    run.load_at::<S>(user, linear).ok_or(Miss::Page { linear, user, write: false })
}

/// Where so many bytes below a stack pointer can be written, and the pointer that they leave.
fn room(run: &Run, stack: &Segment, pointer: u32, user: bool, bytes: u32) -> Fast<(Place, u32)> {
    let mask = stack_mask(stack);
    let below = pointer.wrapping_sub(bytes) & mask;
    if below > mask - (bytes - 1) || !stack.writes.covers(below, bytes) {
        return Err(Miss::Stepper);
    }
    let linear = stack.base.wrapping_add(below);
    let place = run.writable_span(user, linear, bytes).ok_or(Miss::Page { linear, user, write: true })?;
    Ok((place, below))
}

/// Writes what was pushed, the first one highest.
#[inline(always)]
fn write_frame(place: Place, width: Width, values: &[u32]) {
    for (number, value) in (0..).zip(values.iter().rev()) {
        match width {
            Width::Dword => place.above(4 * number).set::<D>(*value),
            _ => place.above(2 * number).set::<W>(*value),
        }
    }
}

/// The stack pointer, as wide as SS says.
#[inline(always)]
fn segment_sp(cpu: &Cpu) -> u32 {
    D::get(cpu, SP) & stack_mask(segment(cpu, SS))
}
