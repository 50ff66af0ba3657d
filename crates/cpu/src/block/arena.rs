//! The operations of all blocks, in one piece of memory that only grows till all of it is thrown away.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::Deref;
use std::ptr::NonNull;

use beige_x87::Fast;

use super::Run;
use crate::Cpu;

/// What a handler gives back: in loop mode the operation that comes next, in tail mode nothing that counts.
pub(crate) type Next = Option<At>;

/// What an operation does. `res` and `aux` are the lazy flags, see [`crate::ops::flags`].
pub(crate) type Handler = fn(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next;

/// One operation: a guest instruction, or two that were made one.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(crate) struct Op {
    pub(crate) handler: Handler,
    /// Immediate, as far as the width goes.
    pub(crate) imm: u32,
    /// Displacement of the memory operand.
    pub(crate) disp: u32,
    /// Offset of the instruction in CS.
    pub(crate) eip: u32,
    /// What the handler needs besides.
    pub(crate) extra: u32,
    /// Register operand, the destination where there are two: its byte offset in the general registers.
    pub(crate) a: u8,
    /// The other register, or the base register of the memory operand.
    pub(crate) b: u8,
    /// Index register.
    pub(crate) c: u8,
    /// The index is shifted left by the low two bits; other bits are [`mark`].
    pub(crate) shift: u8,
    /// Byte offset of the segment register of the memory operand.
    pub(crate) seg: u8,
    /// Guest instructions in the block before this one.
    pub(crate) done: u8,
    /// Guest instructions in this one.
    pub(crate) count: u8,
    /// Bytes of the guest's instruction, of the first where there are two.
    pub(crate) len: u8,
}

/// Bits of [`Op::shift`] beside the shift.
pub(crate) mod mark {
    /// The handler looks whether it writes watched bytes.
    pub(crate) const CHECKED: u8 = 0x80;
    /// The handler leaves the flags that the instruction makes.
    pub(crate) const FLAGS: u8 = 0x40;
    /// The block is no longer true.
    pub(crate) const STALE: u8 = 0x20;
    /// Part of the instruction is read from memory each time.
    pub(crate) const PATCHED: u8 = 0x10;
    /// No other operation follows in the block.
    pub(crate) const ENDS: u8 = 0x08;
}

/// What follows an operation that may branch: where it goes.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(crate) struct Exit {
    pub(crate) taken: Option<At>,
    pub(crate) fall: Option<At>,
    pub(crate) taken_eip: u32,
    pub(crate) fall_eip: u32,
    /// Guest instructions in the block.
    pub(crate) count: u16,
    /// Not zero when the jump cache leads on, because no link may.
    pub(crate) by_cache: u16,
    /// The number of the page of linear addresses in which the block lies.
    pub(crate) page: u32,
}

/// What follows an operation of the coprocessor. Its first field is that of an operation which goes on.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(crate) struct Unit {
    pub(crate) handler: Handler,
    /// What does it.
    pub(crate) fast: Fast,
    /// The opcode as the coprocessor keeps it, whose low byte is ModR/M.
    pub(crate) code: u16,
    /// Whether it keeps it.
    pub(crate) notes: bool,
}

/// A place in the arena that holds an [`Op`].
///
/// Invariant: it lies in an arena that lives as long as the run in which the place is used, and is initialised. The
/// arena is emptied only between blocks, when all places that anybody keeps are forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct At(NonNull<Op>);

// SAFETY: a place is an address; who follows it must hold the arena, as the invariant says.
unsafe impl Send for At {}
// SAFETY: as above.
unsafe impl Sync for At {}

impl Deref for At {
    type Target = Op;

    #[inline(always)]
    fn deref(&self) -> &Op {
        // SAFETY: the invariant of `At`; nothing writes to the operation while the reference lives, as writes are single
        // stores through places.
        unsafe { self.0.as_ref() }
    }
}

impl At {
    /// The operation after this one.
    #[inline(always)]
    pub(crate) fn next(self) -> At {
        // SAFETY: a block ends with an operation that never asks for the next, so there is one.
        At(unsafe { self.0.add(1) })
    }

    /// What follows an operation that may branch.
    #[inline(always)]
    pub(crate) fn exit(self) -> ExitAt {
        // SAFETY: the builder puts an `Exit` after each operation whose handler asks for one.
        ExitAt(unsafe { self.0.add(1) }.cast())
    }

    /// What follows an operation of the coprocessor.
    #[inline(always)]
    pub(crate) fn unit<'a>(self) -> &'a Unit {
        // SAFETY: the builder puts a `Unit` after each operation whose handler asks for one; it is never written.
        unsafe { self.0.add(1).cast().as_ref() }
    }

    /// The operation after that.
    #[inline(always)]
    pub(crate) fn after_unit(self) -> At {
        // SAFETY: as for `next`; such an operation never ends a block.
        At(unsafe { self.0.add(2) })
    }

    /// Replaces the handler.
    pub(crate) fn set_handler(self, handler: Handler) {
        // SAFETY: the invariant of `At`; one field of an initialised operation.
        unsafe { (*self.0.as_ptr()).handler = handler }
    }

    /// Replaces the marks.
    pub(crate) fn set_marks(self, shift: u8) {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).shift = shift }
    }

    /// Replaces the immediate.
    #[inline(always)]
    pub(crate) fn set_imm(self, imm: u32) {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).imm = imm }
    }

    /// Replaces the displacement.
    #[inline(always)]
    pub(crate) fn set_disp(self, disp: u32) {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).disp = disp }
    }
}

/// A place in the arena that holds an [`Exit`]; the invariant is that of [`At`].
#[derive(Clone, Copy)]
pub(crate) struct ExitAt(NonNull<Exit>);

impl Deref for ExitAt {
    type Target = Exit;

    #[inline(always)]
    fn deref(&self) -> &Exit {
        // SAFETY: as for `At`.
        unsafe { self.0.as_ref() }
    }
}

impl ExitAt {
    /// From now on the jump cache leads on.
    pub(crate) fn use_cache(self) {
        // SAFETY: as for `At`.
        unsafe { (*self.0.as_ptr()).by_cache = 1 }
    }

    /// Leads one side directly to a block.
    pub(crate) fn link(self, taken: bool, target: At) {
        // SAFETY: as for `At`.
        unsafe {
            let exit = self.0.as_ptr();
            if taken {
                (*exit).taken = Some(target);
            } else {
                (*exit).fall = Some(target);
            }
        }
    }
}

/// One slot of a block to be placed.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    Op(Op),
    Exit(Exit),
    Unit(Unit),
}

/// The memory of all operations.
pub(crate) struct Arena {
    base: NonNull<Op>,
    capacity: usize,
    used: usize,
}

// SAFETY: the arena owns its memory; what it holds are plain values and places in itself.
unsafe impl Send for Arena {}
// SAFETY: shared, it gives nothing away.
unsafe impl Sync for Arena {}

impl Arena {
    pub(crate) fn new(capacity: usize) -> Arena {
        let Ok(layout) = Layout::array::<Op>(capacity.max(1)) else { handle_alloc_error(Layout::new::<Op>()) };
        // SAFETY: the layout is not empty.
        let Some(base) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        Arena { base: base.cast(), capacity: capacity.max(1), used: 0 }
    }

    /// Whether so many more slots fit.
    pub(crate) fn has_room(&self, slots: usize) -> bool {
        self.capacity - self.used >= slots
    }

    /// Slots in use.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Forgets all. Who keeps a place must forget it, too.
    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }

    /// The number of a place: its distance from the beginning.
    pub(crate) fn number(&self, at: At) -> usize {
        // Both lie in this arena.
        (at.0.as_ptr() as usize - self.base.as_ptr() as usize) / size_of::<Op>()
    }

    /// Places the slots of a block, the first of which is an operation. `None`, and nothing done, without room.
    pub(crate) fn place(&mut self, slots: &[Slot]) -> Option<At> {
        if !self.has_room(slots.len()) || !matches!(slots.first(), Some(Slot::Op(_))) {
            return None;
        }
        // SAFETY: `used` is within the capacity.
        let first = unsafe { self.base.add(self.used) };
        for (number, slot) in slots.iter().enumerate() {
            // SAFETY: there is room for all slots; all kinds have the same size and alignment.
            unsafe {
                let place = first.add(number);
                match slot {
                    Slot::Op(op) => place.write(*op),
                    Slot::Exit(exit) => place.cast::<Exit>().write(*exit),
                    Slot::Unit(unit) => place.cast::<Unit>().write(*unit),
                }
            }
        }
        self.used += slots.len();
        Some(At(first))
    }
}

const _: () = assert!(size_of::<Op>() == 32 && size_of::<Exit>() == 32 && size_of::<Unit>() == 32);

impl Drop for Arena {
    fn drop(&mut self) {
        if let Ok(layout) = Layout::array::<Op>(self.capacity) {
            // SAFETY: allocated with this layout; operations need no drop.
            unsafe { dealloc(self.base.as_ptr().cast(), layout) }
        }
    }
}
