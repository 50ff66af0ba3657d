//! Contracts and values that every part of the machine agrees on: time, wires, devices, DMA peers, disks, input
//! events, frames and state. No files, clocks or threads, and no dependency.

#![forbid(unsafe_code)]

pub mod device;
pub mod disk;
pub mod dma;
pub mod frame;
pub mod input;
pub mod output;
pub mod state;
pub mod time;
pub mod wires;

pub use device::{Device, Io, PortDevice};
pub use disk::{Disk, DiskError, DiskSlot, Geometry, Media, NoMedia, Origin, SECTOR_BYTES};
pub use dma::DmaPeer;
pub use frame::Frame;
pub use input::{InputEvent, Key};
pub use output::{Edge, Note, Outputs, StreamByte, StreamId};
pub use state::{Coded, StateError, StateHasher, StateReader, StateWriter, Visitor, VisitorExt};
pub use time::{ClockRatio, DeviceId, TICKS_PER_SECOND, Tick, Timeline};
pub use wires::{Pin, Wires};
