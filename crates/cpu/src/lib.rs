//! x86 CPU core: decode, physical memory, reference stepper.
