//! Beige: a whole PC in one program. Command line, window and headless runner.

#![forbid(unsafe_code)]

mod cli;
mod connect;
mod console;
mod dry_run;
mod headless;
mod help;
mod inspect;
mod keys;
mod picture;
mod plan;
mod report;
mod script;
mod start;
mod suite;
mod units;
mod until;
#[cfg(feature = "window")]
mod window;

use beige_host::{HostError, HostErrorKind};
use clap::Parser;
use clap::error::ErrorKind;
use console::{Console, say};
use std::io::Write;
use std::process::ExitCode;

/// Exit code of input that cannot be used.
const BAD_INPUT: u8 = 2;
/// Exit code of a host that lacks something.
const HOST_RESOURCE: u8 = 3;

fn main() -> ExitCode {
    beige_host::crash::install_hook();
    start_log();
    let command = match cli::Cli::try_parse() {
        Ok(cli::Cli { command: Some(command), run: _ }) => command,
        Ok(cli::Cli { command: None, run }) => cli::Command::Run(Box::new(run)),
        Err(error) => return command_line_error(&error),
    };
    let done = match command {
        cli::Command::Run(args) => start::run(&args),
        cli::Command::Inspect(args) => Ok(inspect::run(&args)),
        cli::Command::Suite(args) => Ok(suite::run(&args)),
        cli::Command::Keys(args) => Ok(print_keys(args.json)),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&error.to_string());
            ExitCode::from(exit_code(&error))
        }
    }
}

fn print_keys(json: bool) -> u8 {
    let text = if json { keys::list::json().to_string() } else { keys::list::text() };
    Console::new(false).print(&text, true);
    0
}

/// Help and version go to standard output with 0, mistakes to standard error with 2.
fn command_line_error(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that has gone has read enough.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let sentence = one_sentence(&error.to_string());
    let remedy = if error.kind() == ErrorKind::ArgumentConflict && sentence.contains("--resume") {
        "the state says which machine it is, leave the other option out"
    } else {
        "`beige --help` shows what can be asked for"
    };
    say(&format!("{sentence}; {remedy}"));
    ExitCode::from(BAD_INPUT)
}

/// What clap says, without its decoration: the error, what it lists, then the tips.
fn one_sentence(error: &str) -> String {
    let mut lines = error.lines().map(str::trim);
    let mut sentence = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    if sentence.ends_with(':') {
        let listed: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        sentence = format!("{sentence} {}", listed.join(", "));
    }
    for tip in lines.filter_map(|line| line.strip_prefix("tip: ")) {
        sentence = format!("{sentence}; {tip}");
    }
    sentence
}

/// Who is at fault decides.
fn exit_code(error: &HostError) -> u8 {
    match error.kind() {
        HostErrorKind::BadInput => BAD_INPUT,
        HostErrorKind::HostResource => HOST_RESOURCE,
    }
}

/// Warnings and errors go to standard error; `BEIGE_LOG` chooses more or less.
fn start_log() {
    let environment = env_logger::Env::new().filter_or("BEIGE_LOG", "warn");
    let mut builder = env_logger::Builder::from_env(environment);
    builder
        .format(|line, record| writeln!(line, "beige: {}: {}", record.level().as_str().to_lowercase(), record.args()));
    builder.init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = "error: the following required arguments were not provided:\n  <IMAGE>...\n\nUsage: x";
        assert_eq!(one_sentence(error), "the following required arguments were not provided: <IMAGE>...");
    }

    #[test]
    fn a_mistake_and_its_tip_become_one_sentence() {
        let error =
            "error: unexpected argument '--bogus' found\n\n  tip: a similar argument exists: '--bios'\n\nUsage: x";
        assert_eq!(one_sentence(error), "unexpected argument '--bogus' found; a similar argument exists: '--bios'");
    }
}
