//! The functions of INT 10h: what they return, what they leave in the data area, in registers and on the screen.
//!
//! Expected values are those of IBM's PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h", as programming
//! references restate it.

mod graphics;
mod hostile;
mod modes;
mod palette;
mod save_pointers;
mod text;

use beige_tests::calls::{Outcome, Registers};

/// A place for what a test reads and writes.
const SCRATCH: u16 = 0x3000;
const VIDEO: u8 = 0x10;
const MODES: [u16; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13];

fn at(registers: Registers, es: u16, bp: u16, di: u16) -> Registers {
    Registers { es, bp, di, ..registers }
}

/// The pixel of the picture that dot `x`, `y` of a mode of `size` dots has at its top left.
fn dot(outcome: &Outcome, size: (usize, usize), x: usize, y: usize) -> u32 {
    let mut frame = beige_core::Frame::default();
    outcome.machine.render(&mut frame);
    frame.pixels[y * (frame.height / size.1) * frame.width + x * (frame.width / size.0)]
}
