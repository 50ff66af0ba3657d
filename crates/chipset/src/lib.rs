//! The chips of a PC's main board. Each module is one part, by its part number; none knows the board.

#![forbid(unsafe_code)]

pub mod coprocessor;
pub mod debugcon;
pub mod fw_cfg;
pub mod i8042;
pub mod i8237a;
pub mod i8254;
pub mod i8259a;
pub mod keyboard;
pub mod lpt;
pub mod mc146818;
pub mod ns16550a;
pub mod power;
pub mod sysctl;

mod fifo;
mod scancodes;
