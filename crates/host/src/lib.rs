//! What stands between the machine and its host: opening images, building the configuration, guest bytes to files and
//! standard streams, traces, real-time pacing, the machine's own thread, and the crash bundle.

#![forbid(unsafe_code)]

pub mod changer;
pub mod crash;
pub mod drive_types;
pub mod drives;
mod error;
pub mod inspect;
pub mod nvram;
pub mod options;
pub mod outputs;
pub mod pacing;
pub mod runner;
pub mod serial;
pub mod session;
pub mod sound;
pub mod state_file;
pub mod stats;
pub mod trace;

pub use beige_core::{ClockRatio, Frame, Geometry, InputEvent, Key, TICKS_PER_SECOND, Tick};

pub use beige_machine::{Activity, Diagnosis};
pub use beige_machine::{BootDrive, BootOrder, Config, ConfigError, DateTime, DriveType, Machine, Model, Stopped};
pub use beige_machine::{DEBUGCON, FixedRom, OnShutdown, POST, PRINTER, SERIAL, SERIAL_PORTS};
pub use error::{HostError, HostErrorKind};
