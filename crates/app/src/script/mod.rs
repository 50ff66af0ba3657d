//! Scripts: lines that wait for text, type, press keys, look at the screen and end the run.
//!
//! A script is read and checked as a whole before the machine starts. It acts at guest retraces only, so what it does
//! depends on guest time and never on the host.

mod parse;
mod rows;
mod run;

pub(crate) use parse::{Script, Statement};
pub(crate) use run::{Effect, Progress, ScriptRun, Unmet};
