//! Pushes on a stack that is not in SS yet, and the stacks of inner levels.

use super::descriptor::{Kind, is_null, selector_code};
use crate::Width;
use crate::interrupt::vector;
use crate::regs::{reg, seg};
use crate::segment::Segment;
use crate::slow::paging::Access;
use crate::slow::{Exec, Fault, Step};

/// A stack under construction: nothing counts until [`Step::adopt`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    pub(super) segment: Segment,
    /// The whole of ESP.
    pub(super) pointer: u32,
    /// The level whose accesses these are.
    level: u8,
    /// The error code of #SS.
    code: u16,
}

impl Stack {
    pub(super) fn new(segment: Segment, pointer: u32, level: u8, code: u16) -> Stack {
        Stack { segment, pointer, level, code }
    }

    fn mask(&self) -> u32 {
        if self.segment.is_big() { u32::MAX } else { 0xffff }
    }

    /// The offset `distance` above the top.
    fn offset(&self, distance: u32) -> u32 {
        self.pointer.wrapping_add(distance) & self.mask()
    }

    /// Moves the top by `distance`.
    pub(super) fn move_by(&mut self, distance: u32) {
        let mask = self.mask();
        self.pointer = self.pointer & !mask | self.pointer.wrapping_add(distance) & mask;
    }
}

impl Step<'_> {
    /// The present stack.
    pub(super) fn present_stack(&self, code: u16) -> Stack {
        let registers = &self.cpu.registers;
        Stack::new(*registers.segment(seg::SS), registers.reg32(reg::SP), registers.cpl, code)
    }

    /// Makes a stack the present one. Its privilege level is the caller's to set.
    pub(super) fn adopt(&mut self, stack: &Stack) {
        self.cpu.registers.segments[usize::from(seg::SS)] = stack.segment;
        let width = Width::word_or_dword(stack.segment.is_big());
        self.cpu.registers.write(width, reg::SP, stack.pointer);
    }

    /// # Errors
    /// #SS when `count` elements cannot be pushed.
    pub(super) fn require_room(&mut self, stack: &Stack, width: Width, count: u32) -> Exec {
        (1..=count).try_for_each(|number| {
            let offset = stack.offset((number * width.bytes()).wrapping_neg());
            if !stack.segment.writes.covers(offset, width.bytes()) {
                return Err(Fault::WithCode(vector::STACK, stack.code));
            }
            let linear = stack.segment.base.wrapping_add(offset);
            if stack.level == 3 {
                self.probe_linear(linear, width.bytes(), Access::Write)
            } else {
                self.probe_system(linear, width.bytes(), Access::Write)
            }
        })
    }

    pub(super) fn push_on(&mut self, stack: &mut Stack, width: Width, value: u32) -> Exec {
        let mut after = *stack;
        after.move_by(width.bytes().wrapping_neg());
        let offset = after.offset(0);
        if !stack.segment.writes.covers(offset, width.bytes()) {
            return Err(Fault::WithCode(vector::STACK, stack.code));
        }
        let linear = stack.segment.base.wrapping_add(offset);
        if stack.level == 3 {
            self.write_linear(linear, width, value)?;
        } else {
            self.write_system(linear, width, value)?;
        }
        *stack = after;
        Ok(())
    }

    /// The element `distance` bytes above the top.
    pub(super) fn peek_on(&mut self, stack: &Stack, width: Width, distance: u32) -> Exec<u32> {
        let offset = stack.offset(distance);
        if !stack.segment.reads.covers(offset, width.bytes()) {
            return Err(Fault::WithCode(vector::STACK, stack.code));
        }
        self.read_linear(stack.segment.base.wrapping_add(offset), width)
    }

    /// The stack of an inner level, from the present task state.
    pub(super) fn inner_stack(&mut self, level: u8, external: u16) -> Exec<Stack> {
        let tr = self.cpu.registers.tr;
        let wide = self.task_is_wide();
        let (at, bytes) = if wide { (u32::from(level) * 8 + 4, 6) } else { (u32::from(level) * 4 + 2, 4) };
        let invalid = Fault::WithCode(vector::INVALID_TSS, selector_code(tr.selector, external));
        if at + bytes - 1 > tr.limit || !tr.is_present() {
            return Err(invalid);
        }
        let base = tr.base.wrapping_add(at);
        let (pointer, selector) = if wide {
            (self.read_system(base, Width::Dword)?, self.read_system(base.wrapping_add(4), Width::Word)?)
        } else {
            (self.read_system(base, Width::Word)?, self.read_system(base.wrapping_add(2), Width::Word)?)
        };
        let selector = selector as u16;
        if is_null(selector) {
            return Err(Fault::WithCode(vector::INVALID_TSS, external));
        }
        let segment = self.stack_segment(selector, level, vector::INVALID_TSS, external)?;
        Ok(Stack::new(segment, pointer, level, selector_code(selector, external)))
    }

    /// Whether the present task state is one of 32 bits.
    pub(super) fn task_is_wide(&self) -> bool {
        self.cpu.registers.tr.rights & 8 != 0
    }

    /// Whether a descriptor is a task state that can be switched to.
    pub(super) fn is_available(kind: Kind) -> bool {
        matches!(kind, Kind::Tss { busy: false, .. })
    }
}
