//! Instruction suites: single instructions recorded on real chips, with the state before and after.
//!
//! [`moo`] reads the files, [`masks`] knows which flags a chip leaves undefined, [`runner`] runs a test on our CPU and
//! compares. Real mode only: the suites of the 8086, the 80286 and the 80386.

#![forbid(unsafe_code)]

pub mod masks;
pub mod moo;
pub mod runner;
