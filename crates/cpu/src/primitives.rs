//! What the fast handlers do past the borrow checker: registers by byte offset, memory by host address, the next
//! handler. All of it is small and inlined; the handlers themselves are safe code.
//!
//! Byte offsets come from the builder only, which makes them from register numbers; they are checked in debug builds.
#![allow(unsafe_code)]

use crate::block::tlb::{self, Entry, WATCHED};
use crate::block::{At, Next, Run, TAIL};
use crate::segment::Segment;
use crate::{Cpu, PAGE_BYTES, Width};

#[cfg(target_endian = "big")]
compile_error!("registers are reached by byte offset, which needs a little-endian host");

/// An operand size.
pub(crate) trait Size: Copy + 'static {
    const WIDTH: Width;
    const BYTES: u32 = Self::WIDTH.bytes();
    const BITS: u32 = Self::WIDTH.bits();
    const MASK: u32 = Self::WIDTH.mask();

    /// Sign-extended.
    fn extend(value: u32) -> i64;
    /// The whole register at a byte offset.
    fn whole(cpu: &Cpu, offset: u8) -> u32;
    /// The operand in a whole register, with something above it.
    fn part(whole: u32) -> u32;
    /// The whole register with another operand in it.
    fn replace(whole: u32, value: u32) -> u32;

    /// Reads at a byte offset in the general registers.
    #[inline(always)]
    fn get(cpu: &Cpu, offset: u8) -> u32 {
        Self::raw(cpu, offset) & Self::MASK
    }

    /// The same, with something above the operand for who does not look there.
    #[inline(always)]
    fn raw(cpu: &Cpu, offset: u8) -> u32 {
        Self::part(Self::whole(cpu, offset))
    }

    /// Writes there; gives the CPU, for who goes on with it needs no copy of where it is.
    #[inline(always)]
    fn set(cpu: &mut Cpu, offset: u8, value: u32) -> &mut Cpu {
        // Read once more, as what the handler has of it by now would need a host register from then to here.
        let cpu = anew(cpu);
        let new = Self::replace(Self::whole(cpu, offset), value);
        set_whole(cpu, offset, new);
        cpu
    }

    /// Writes the whole register.
    #[inline(always)]
    fn put(cpu: &mut Cpu, offset: u8, whole: u32) {
        set_whole(cpu, offset, whole);
    }

    /// Writes there, where `whole` is.
    #[inline(always)]
    fn renew(cpu: &mut Cpu, offset: u8, whole: u32, value: u32) {
        set_whole(cpu, offset, Self::replace(whole, value));
    }

    /// # Safety
    /// The bytes can be read.
    unsafe fn read(at: *const u8) -> u32;
    /// # Safety
    /// The bytes can be written.
    unsafe fn write(at: *mut u8, value: u32);
}

/// Bytes, the low ones of registers.
#[derive(Clone, Copy)]
pub(crate) struct B;
/// Bytes, the high ones of registers.
#[derive(Clone, Copy)]
pub(crate) struct H;
/// Words.
#[derive(Clone, Copy)]
pub(crate) struct W;
/// Doublewords.
#[derive(Clone, Copy)]
pub(crate) struct D;

macro_rules! size {
    ($name:ident, $width:expr, $type:ty, $signed:ty, $shift:expr, $replace:expr) => {
        impl Size for $name {
            const WIDTH: Width = $width;

            #[inline(always)]
            fn extend(value: u32) -> i64 {
                i64::from(value as $signed)
            }

            #[inline(always)]
            fn whole(cpu: &Cpu, offset: u8) -> u32 {
                let whole = register(cpu, offset);
                if Self::BYTES == 4 { whole } else { settled_register(whole) }
            }

            #[inline(always)]
            fn part(whole: u32) -> u32 {
                if $shift == 0 { whole } else { settled_register(whole >> $shift) }
            }

            #[inline(always)]
            fn replace(whole: u32, value: u32) -> u32 {
                $replace(whole, value)
            }

            #[inline(always)]
            unsafe fn read(at: *const u8) -> u32 {
                // SAFETY: the caller's.
                unsafe { at.cast::<$type>().read_unaligned() as u32 }
            }

            #[inline(always)]
            unsafe fn write(at: *mut u8, value: u32) {
                // SAFETY: the caller's.
                unsafe { at.cast::<$type>().write_unaligned(value as $type) }
            }
        }
    };
}
size!(B, Width::Byte, u8, i8, 0, replace_byte);
size!(H, Width::Byte, u8, i8, 8, replace_high);
size!(W, Width::Word, u16, i16, 0, replace_word);
size!(D, Width::Dword, u32, i32, 0, |_, new| new);

/// `old` with an operand of it replaced. One instruction of x86 does that for a low one, of which the compiler makes three.
macro_rules! replace {
    ($name:ident, $mask:expr, $shift:expr, $code:expr) => {
        #[inline(always)]
        fn $name(old: u32, new: u32) -> u32 {
            #[cfg(all(beige_tail, target_arch = "x86_64"))]
            {
                let mut replaced = old;
                // SAFETY: it only moves what it is given.
                unsafe {
                    std::arch::asm!($code, inout(reg) replaced, in(reg) new, options(pure, nomem, nostack));
                }
                replaced
            }
            #[cfg(not(all(beige_tail, target_arch = "x86_64")))]
            {
                old & !$mask | new << $shift & $mask
            }
        }
    };
}
replace!(replace_byte, 0xff, 0, "mov {0:l}, {1:l}");
replace!(replace_high, 0xff00, 8, "ror {0:e}, 8\n\tmov {0:l}, {1:l}\n\trol {0:e}, 8");
replace!(replace_word, 0xffff, 0, "mov {0:x}, {1:x}");

/// All of the register at a byte offset. Registers are read and written whole whatever the operand, as a host that reads
/// what it has just written is fast only then: today's carry the value over in no time, but wait for their cache when the
/// sizes differ, or are less than 32 bits.
#[inline(always)]
fn register(cpu: &Cpu, offset: u8) -> u32 {
    debug_assert!(offset <= 32 && offset.is_multiple_of(4));
    let base = (&raw const cpu.registers.general).cast::<u8>();
    // SAFETY: the offset is one of the builder's: within the general registers, or the zero after them.
    unsafe { base.add(usize::from(offset)).cast::<u32>().read() }
}

#[inline(always)]
fn set_whole(cpu: &mut Cpu, offset: u8, value: u32) {
    debug_assert!(offset < 32 && offset.is_multiple_of(4));
    let base = (&raw mut cpu.registers.general).cast::<u8>();
    // SAFETY: the offset is one of the builder's: within the general registers.
    unsafe { base.add(usize::from(offset)).cast::<u32>().write(value) }
}

/// The segment register at a byte offset, one of the builder's.
#[inline(always)]
pub(crate) fn segment(cpu: &Cpu, offset: u8) -> &Segment {
    debug_assert!(usize::from(offset) % size_of::<Segment>() == 0);
    let base = (&raw const cpu.registers.segments).cast::<u8>();
    // SAFETY: the offset is a multiple of the size of a segment and below that of eight.
    unsafe { &*base.wrapping_add(usize::from(offset)).cast::<Segment>() }
}

/// A place in the host's memory that a store was allowed to reach.
#[derive(Clone, Copy)]
pub(crate) struct Place(*mut u8);

impl Place {
    /// The same, to be read and written.
    #[inline(always)]
    pub(crate) fn settled(self) -> Place {
        Place(settled(self.0))
    }

    /// What is there.
    #[inline(always)]
    pub(crate) fn get<S: Size>(self) -> u32 {
        // SAFETY: a place is made by `Run::writable` for this size, and used before anything can change the TLB.
        unsafe { S::read(self.0) }
    }

    /// The place so many bytes above, which lies between two places of one page.
    #[inline(always)]
    pub(crate) fn above(self, bytes: u32) -> Place {
        Place(self.0.wrapping_add(bytes as usize))
    }

    #[inline(always)]
    pub(crate) fn set<S: Size>(self, value: u32) {
        // SAFETY: as above.
        unsafe { S::write(self.0, value) }
    }
}

/// The same value, which the compiler has in one register from here on and does not make anew. Without a hint it would
/// keep two parts in its place and put them together where it is needed, which takes a register more than there is
/// without saving one at the beginning of the handler.
macro_rules! settled {
    ($name:ident, [$($generic:tt)*], $type:ty) => {
        #[inline(always)]
        pub(crate) fn $name $($generic)* (value: $type) -> $type {
            #[cfg(all(beige_tail, target_arch = "x86_64"))]
            #[allow(clippy::pointers_in_nomem_asm_block, reason = "what a pointer leads to is not touched")]
            let value = {
                let mut value = value;
                // SAFETY: no instruction; nothing is touched.
                unsafe {
                    std::arch::asm!("/* {0:r} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags));
                }
                value
            };
            value
        }
    };
}
settled!(settled, [<T>], *mut T);
settled!(settled_word, [], u64);
settled!(settled_register, [], u32);

/// The CPU with registers that the compiler must read again: it would rather hold one from before, in a host register
/// that the handler then has to save first.
#[inline(always)]
pub(crate) fn anew(cpu: &mut Cpu) -> &mut Cpu {
    // SAFETY: the same reference.
    unsafe { &mut *settled(cpu) }
}

impl Run {
    /// The entry of the TLB for an address, at the present level.
    #[inline(always)]
    pub(crate) fn entry(&self, linear: u32) -> &Entry {
        let at = settled_word((tlb::index(linear) * size_of::<Entry>() + self.level) as u64);
        // SAFETY: `level` is 0 or the size of a set, and the sets lie one after the other.
        unsafe { &*(&raw const self.tlbs).cast::<u8>().add(at as usize).cast::<Entry>() }
    }

    /// The value at a linear address, when the TLB has its page and it does not cross into another.
    #[inline(always)]
    pub(crate) fn load<S: Size>(&self, linear: u32) -> Option<u32> {
        let entry = self.entry(linear);
        if entry.read ^ linear > PAGE_BYTES - S::BYTES {
            return None;
        }
        // SAFETY: an entry with this tag leads to a page of the store, in which all bytes lie.
        Some(unsafe { S::read(entry.addend.wrapping_add(linear as usize)) })
    }

    /// The entry of the TLB for an address, of the set of the user or the supervisor.
    #[inline(always)]
    fn entry_of(&self, user: bool, linear: u32) -> &Entry {
        &self.tlbs[usize::from(user)].entries[tlb::index(linear)]
    }

    /// The value at a linear address as the user or the supervisor reads it, when the TLB has its page and it does not
    /// cross into another.
    #[inline(always)]
    pub(crate) fn load_at<S: Size>(&self, user: bool, linear: u32) -> Option<u32> {
        let entry = self.entry_of(user, linear);
        if entry.read ^ linear > PAGE_BYTES - S::BYTES {
            return None;
        }
        // SAFETY: as in `load`.
        Some(unsafe { S::read(entry.addend.wrapping_add(linear as usize)) })
    }

    /// Where so many bytes can be written by the user or the supervisor, when the TLB has their page, they do not cross
    /// into another, and none is watched.
    #[inline(always)]
    pub(crate) fn writable_span(&self, user: bool, linear: u32, bytes: u32) -> Option<Place> {
        let entry = self.entry_of(user, linear);
        let turned = entry.write ^ linear;
        if turned & !WATCHED > PAGE_BYTES - bytes {
            return None;
        }
        let at = entry.addend.wrapping_add(linear as usize);
        let marks = self.marks.wrapping_add(at as usize);
        // SAFETY: as in `writable`: there is a mark for each byte of a page that the TLB has.
        let is_watched = || (0..bytes as usize).any(|number| unsafe { *marks.wrapping_add(number) } != 0);
        if turned & WATCHED != 0 && is_watched() {
            return None;
        }
        Some(Place(at))
    }

    /// Where a linear address can be written, when the TLB has its page, it does not cross into another, and no byte is
    /// watched. Without `CHECKED` the page must have no watched byte at all.
    #[inline(always)]
    pub(crate) fn writable<S: Size, const CHECKED: bool>(&self, linear: u32) -> Option<Place> {
        let entry = self.entry(linear);
        let turned = entry.write ^ linear;
        if (if CHECKED { turned & !WATCHED } else { turned }) > PAGE_BYTES - S::BYTES {
            return None;
        }
        let at = entry.addend.wrapping_add(linear as usize);
        // SAFETY: an entry with this tag leads to a page of the store, and there is a mark for each of its bytes.
        if CHECKED && unsafe { S::read(self.marks.wrapping_add(at as usize)) } != 0 {
            return None;
        }
        Some(Place(at))
    }

    /// The bytes at an offset of the store, which the builder has checked.
    #[inline(always)]
    pub(crate) fn stored<S: Size>(&self, offset: u32) -> u32 {
        // SAFETY: the builder made the offset from an instruction in the store.
        unsafe { S::read(self.base.wrapping_add(offset as usize)) }
    }
}

/// Goes on with an operation.
#[inline(always)]
pub(crate) fn go(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if TAIL {
        (op.handler)(cpu, run, op, res, aux)
    } else {
        run.keep(res, aux);
        Some(op)
    }
}
