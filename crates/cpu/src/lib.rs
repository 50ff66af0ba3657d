//! x86 CPU core of the 8086, 80186, 80286, 80386, 80486, Pentium, Pentium MMX and Pentium II: physical memory, decode
//! and the complete reference stepper.
//!
//! The crate knows no device: everything outside RAM, ROM and video memory goes through [`Bus`]. Real mode only so
//! far; entering protected mode ends [`Cpu::run`] with [`Stop::ProtectedMode`].

#![forbid(unsafe_code)]

mod alu;
mod bus;
mod cpu;
mod decode;
mod disasm;
mod interrupt;
mod mem;
mod model;
mod msr;
mod regs;
mod slow;
#[cfg(test)]
mod tests;

pub use bus::{Bus, Width};
pub use cpu::{Cpu, ProtectedModeEntry, Stop};
pub use disasm::{DataAccess, Disassembly};
pub use mem::{Kind, Memory, PAGE_BYTES, VIDEO_BYTES};
pub use model::Model;
pub use regs::{RealModeState, Registers, flag};
