//! x86 CPU core of the 8086, 80186, 80286, 80386, 80486, Pentium, Pentium MMX and Pentium II: physical memory, decode,
//! the complete reference stepper, and the block core, which is equal to it and many times as fast.
//!
//! The crate knows no device: everything outside RAM, ROM and video memory goes through [`Bus`].
//!
//! # A machine of your own
//!
//! Memory, a bus and a CPU are all it takes. This one has a port that takes text, and nothing else.
//!
//! ```
//! use beige_cpu::{Bus, Cpu, Memory, Model, RealModeState, Stop, Width};
//!
//! #[derive(Default)]
//! struct Board {
//!     text: String,
//! }
//!
//! impl Bus for Board {
//!     fn port_read(&mut self, _mem: &mut Memory, _port: u16, width: Width, _at: u64) -> u32 {
//!         width.mask()
//!     }
//!
//!     fn port_write(&mut self, _mem: &mut Memory, port: u16, _width: Width, value: u32, _at: u64) {
//!         if port == 0xe9 {
//!             self.text.push(char::from(value as u8));
//!         }
//!     }
//!
//!     fn mmio_read(&mut self, _mem: &mut Memory, _address: u32, width: Width, _at: u64) -> u32 {
//!         width.mask()
//!     }
//!
//!     fn mmio_write(&mut self, _mem: &mut Memory, _address: u32, _width: Width, _value: u32, _at: u64) {}
//!
//!     fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
//!         0xff
//!     }
//!
//!     fn attention(&self) -> bool {
//!         false
//!     }
//! }
//!
//! let program = [
//!     0x31, 0xc0, //             xor ax, ax
//!     0x0f, 0xa2, //             cpuid
//!     0x66, 0x89, 0x1e, 0, 4, // mov [400h], ebx
//!     0xbe, 0, 4, //             mov si, 400h
//!     0xb9, 4, 0, //             mov cx, 4
//!     0xac, //             next: lodsb
//!     0xe6, 0xe9, //             out 0e9h, al
//!     0xe2, 0xfb, //             loop next
//!     0xf4, //                   hlt
//! ];
//! let mut memory = Memory::new(1 << 20, Model::Pentium);
//! memory.write_phys(0x1_0000, &program);
//! let mut board = Board::default();
//! let mut cpu = Cpu::new(Model::Pentium);
//! cpu.load_real_mode(&RealModeState { cs: 0x1000, eip: 0, esp: 0x8000, ..RealModeState::default() });
//!
//! assert_eq!(cpu.run(&mut memory, &mut board, 1000), Stop::Halted);
//! assert_eq!(board.text, "Genu");
//! // Time is instructions: five before the loop, three a letter, and the HLT.
//! assert_eq!(cpu.instructions(), 5 + 4 * 3 + 1);
//! ```

#![deny(unsafe_code)]

mod alu;
mod block;
mod bus;
mod cpu;
mod decode;
mod disasm;
mod interrupt;
mod legal;
mod mem;
mod model;
mod msr;
mod ops;
mod primitives;
mod protect;
mod recurrence;
mod regs;
mod segment;
mod slow;
mod state;
#[cfg(test)]
mod tests;

pub use beige_x87 as x87;
pub use block::Statistics;
pub use bus::{Bus, MmioBlock, Width};
pub use cpu::{Cpu, Engine, Stop};
pub use disasm::{DataAccess, Disassembly};
pub use mem::{Kind, Memory, PAGE_BYTES, VIDEO_BYTES};
pub use model::Model;
pub use recurrence::Watched;
pub use regs::{RealModeState, Registers, flag};
pub use state::{CpuState, SegmentState, TableState};
