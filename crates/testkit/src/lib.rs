//! Test helpers for chips and for whole machines: a bench to drive one device, a disk in memory that can fail, seeded
//! random numbers and goldens. For tests only; nothing that ships depends on it.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test helper fails by panicking")]

mod bench;
mod disk;
mod golden;
mod random;

pub use bench::Bench;
pub use disk::{MemoryDisk, MemoryMedia};
pub use golden::assert_golden;
pub use random::Random;
