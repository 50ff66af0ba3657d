//! Protected mode: descriptors, privilege, gates and tasks.
//!
//! Every check comes before the first change that it could forbid. Error codes are selectors without their RPL, with
//! bit 0 (EXT) for what happens while an interrupt or exception is delivered and bit 1 for vectors.
//!
//! SPEC: 80286 (210498) chapters 6 to 11, 80386 (230985) chapters 6 to 9 and 15, Pentium (241430) chapters 11 to 14, 22.

pub(crate) mod descriptor;
mod far;
mod gate;
mod io;
mod iret;
mod query;
mod segments;
mod stacks;
mod task;
mod virtual8086;

pub(crate) use gate::Source;
