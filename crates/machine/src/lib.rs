//! The board: chips and CPU soldered together, the one port map, the one memory map, the DMA pump, the run loop,
//! configuration and snapshots. No files, no host clock, no threads.

#![forbid(unsafe_code)]

mod board;
mod boot;
mod change;
mod clock;
mod cmos;
mod config;
mod diagnosis;
mod dma;
#[cfg(test)]
mod faults;
mod fixed_rom;
mod idle;
mod memory_map;
mod option_rom;
mod ports;
mod probe;
mod rack;
mod run;
mod snapshot;
mod speaker;
#[cfg(any(test, feature = "storm"))]
pub mod storm;
#[cfg(test)]
mod tests;
mod trace;
mod wiring;

pub use beige_chipset::mc146818::DateTime;
pub use beige_cpu::{Model, Width};
pub use beige_storage::fdc::DriveType;
pub use boot::{BootDrive, BootOrder};
pub use change::ChangeRefused;
pub use config::{Config, ConfigError, HardDisk, NVRAM_BYTES, OnShutdown};
pub use diagnosis::{Activity, Blocked, BlockedIrq, Diagnosis, ServiceCall};
pub use fixed_rom::FixedRom;
pub use option_rom::OptionRom;
pub use probe::{Counts, Part, PartMark, Profile};
pub use rack::{DISK_SLOTS, HARD_DISK_SLOTS};
pub use run::{Machine, PictureId, Stopped};
pub use trace::{PortAccess, TraceRecord, TraceSink};
pub use wiring::{DEBUGCON, POST, PRINTER, SERIAL, SERIAL_PORTS};
