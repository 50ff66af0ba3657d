//! The VGA, driven through its ports, the CPU's view of its memory, and time.

mod blocks;
mod graphics;
mod memory;
mod modes;
mod registers;
mod rig;
mod state;
mod storm;
mod text_cells;
mod text_golden;
mod text_screen;
mod timing;
