//! VGA registers, memory and rendering.
//!
//! The chip is [`Vga`]: register files behind ports, and the path of a CPU access to video memory. The 256 KiB of
//! video memory themselves belong to the memory of the machine and are passed in. The picture is made by [`render()`],
//! a pure function of chip, memory and time, so that looking at the screen cannot influence the guest.

#![forbid(unsafe_code)]

pub mod cp437;
pub mod render;
pub mod vga;

pub use render::{blink_phase, render, screen_text};
pub use vga::Vga;
pub use vga::mem::{PlainWindow, PlaneWrite, VRAM_BYTES, vram_index};
