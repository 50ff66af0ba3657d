//! The transcendental instructions against the functions in arbitrary precision and against each other.

#![allow(clippy::unwrap_used, clippy::panic)]

mod accuracy;
mod oracle;
mod special;
