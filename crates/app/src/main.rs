//! Beige: a whole PC in one program.

fn main() {}
