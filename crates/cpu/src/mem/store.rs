//! The bytes behind RAM, video memory and ROM.
//!
//! The block core reaches them by pointer, past the borrow checker. So the store is owned by a pointer, and every slice
//! of it is made from that pointer anew: a slice that ended takes no right from a pointer that stays.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// A block of bytes that never moves.
pub(super) struct Store {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the store owns its bytes, as a `Box<[u8]>` does.
unsafe impl Send for Store {}
// SAFETY: shared, it gives shared slices only; writes by pointer happen while the CPU holds the memory exclusively.
unsafe impl Sync for Store {}

impl Store {
    /// So many zeroes, which the host hands out when they are first touched.
    pub(super) fn new(bytes: usize) -> Store {
        Store::from(vec![0; bytes].into_boxed_slice())
    }

    /// Where the bytes lie, to be read and written while nobody else does.
    pub(super) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }
}

impl Default for Store {
    fn default() -> Store {
        Store::from(Box::<[u8]>::default())
    }
}

impl From<Box<[u8]>> for Store {
    fn from(all: Box<[u8]>) -> Store {
        let bytes = all.len();
        let base = NonNull::new(Box::into_raw(all).cast::<u8>()).unwrap_or(NonNull::dangling());
        Store { base, bytes }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let all = std::ptr::slice_from_raw_parts_mut(self.base.as_ptr(), self.bytes);
        // SAFETY: pointer and length are those of the box that `from` took apart, and nobody frees it twice.
        drop(unsafe { Box::from_raw(all) });
    }
}

impl Deref for Store {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the bytes are initialised, live as long as `self`, and are not written while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.bytes) }
    }
}

impl DerefMut for Store {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.bytes) }
    }
}

impl Clone for Store {
    fn clone(&self) -> Store {
        Store::from(Box::<[u8]>::from(&**self))
    }
}

impl PartialEq for Store {
    fn eq(&self, other: &Store) -> bool {
        **self == **other
    }
}

impl Eq for Store {}
