//! What the workloads do, in Rust: the same work with the same sum, for the host's own speed.
//!
//! Every function takes the rounds and returns what the guest prints. The compiler must not see the rounds: call them
//! with `black_box`.

mod calls;
mod compiled;
mod float;
mod mixed;
mod planar;
mod protect;
mod sixteen;
mod wide;

pub use calls::call16;
pub use compiled::cbench;
pub use float::{fpu, fpu53};
pub use mixed::{mixed16, selfmod};
pub use planar::{mode13, planar16};
pub use protect::prot32;
pub use sixteen::{int16, mem16};
pub use wide::{int32, page32};

/// How all workloads gather their sums.
fn mix(sum: u32, value: impl Into<u32>) -> u32 {
    sum.rotate_left(5) ^ value.into()
}

/// The low byte of a word.
fn low(word: u16) -> u8 {
    word as u8
}

/// The word with the byte put into its low half.
fn with_low(word: u16, byte: u8) -> u16 {
    word & 0xff00 | u16::from(byte)
}

/// A checksum of bytes: ADD to the low half, the carry to the high half, ROL by one.
fn add_and_rotate(sum: u16, byte: u8) -> u16 {
    let (low, carry) = low(sum).overflowing_add(byte);
    let high = ((sum >> 8) as u8).wrapping_add(u8::from(carry));
    u16::from_be_bytes([high, low]).rotate_left(1)
}
