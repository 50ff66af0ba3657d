//! Which files of a suite to run: search, opcodes, shards.

mod array;
mod filter;
mod find;
mod opcode;
mod shard;

pub use filter::Filter;
pub use find::{FoundFile, find};
pub use opcode::Opcode;
pub use shard::{Shard, ShardArgument};
