//! Workloads: guests that boot from a floppy, do a known amount of work and print a sum, and the same work in Rust.
//! The benchmarks, their tests and `cargo xtask compare` use them.

#![forbid(unsafe_code)]

pub mod guests;
pub mod native;

/// A workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name, that of its source `guests/NAME.asm`.
    pub name: &'static str,
    /// The same work in Rust: from the rounds to the sum that the guest prints.
    pub native: fn(u32) -> u32,
}

/// All workloads.
pub const WORKLOADS: [Workload; 14] = [
    Workload { name: "int16", native: native::int16 },
    Workload { name: "mem16", native: native::mem16 },
    Workload { name: "call16", native: native::call16 },
    Workload { name: "mixed16", native: native::mixed16 },
    Workload { name: "mixpg16", native: native::mixed16 },
    Workload { name: "mode13", native: native::mode13 },
    Workload { name: "planar16", native: native::planar16 },
    Workload { name: "selfmod", native: native::selfmod },
    Workload { name: "int32", native: native::int32 },
    Workload { name: "page32", native: native::page32 },
    Workload { name: "prot32", native: native::prot32 },
    Workload { name: "fpu", native: native::fpu },
    Workload { name: "fpu53", native: native::fpu53 },
    Workload { name: "cbench", native: native::cbench },
];
