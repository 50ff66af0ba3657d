//! Instruction suites: single instructions recorded on real chips, with the state before and after.
//!
//! [`select`] finds the files, [`read`] reads them into [`case::Test`], [`folder`] and [`undefined`] know which flags a
//! chip leaves undefined, [`run`] runs a test on our CPU and gives a [`verdict::Verdict`], [`accepted`] holds where the
//! recording CPU differs from the Intel part, [`drive`] does all of it for many files at a time, and [`report`] shows
//! what came out.

#![forbid(unsafe_code)]

pub mod accepted;
pub mod case;
pub mod drive;
mod error;
pub mod folder;
pub mod read;
pub mod report;
pub mod run;
pub mod select;
pub mod undefined;
pub mod verdict;

pub use beige_cpu::Engine;
pub use case::{Registers, Test, TestFile};
pub use drive::Options;
pub use error::SuiteError;
