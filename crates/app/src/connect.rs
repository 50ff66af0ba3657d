//! What the guest's ports are connected to: files, standard streams, clients, terminals.

use crate::cli::{OutputArgs, SerialTarget, StreamTarget};
use crate::console::say;
use beige_host::outputs::{OutputSinks, Sink};
use beige_host::runner::StopFlag;
use beige_host::serial::{LineWriter, Patience, SerialInput, TcpEnd};
use beige_host::{HostError, SERIAL};
use std::fs::File;
use std::io;
use std::path::Path;

/// The serial ports as the user knows them.
const COM_NAMES: [&str; 4] = ["COM1", "COM2", "COM3", "COM4"];

/// Connects the serial ports; what will come in, by port.
///
/// # Errors
/// When the host refuses a file, a port or a terminal.
pub(crate) fn serial_ports(
    outputs: &OutputArgs,
    sinks: &mut OutputSinks,
    patience: &Patience,
    stop: &StopFlag,
) -> Result<Vec<(u8, SerialInput)>, HostError> {
    let mut inputs = Vec::new();
    for (number, (name, target)) in (0..).zip(COM_NAMES.into_iter().zip(outputs.serial_targets())) {
        let Some(target) = target else { continue };
        let (sink, input) = match target {
            SerialTarget::Stream(stream) => (self::sink(stream, outputs.json)?, stdin(stream)?),
            SerialTarget::Tcp { port, wait } => {
                let (mut input, writer) = tcp(name, *port, patience)?;
                if *wait {
                    say(&format!("waiting for a client of {name}"));
                    input.await_carrier(stop);
                }
                (Sink::Line(writer), Some(input))
            }
            SerialTarget::Pty => {
                let (input, writer) = pty(name, patience)?;
                (Sink::Line(writer), Some(input))
            }
        };
        sinks.connect(SERIAL[usize::from(number)], name, sink);
        inputs.extend(input.map(|input| (number, input)));
    }
    Ok(inputs)
}

/// Where the bytes of a stream go. With `json` standard output is kept for the object.
///
/// # Errors
/// When its file cannot be written.
pub(crate) fn sink(target: &StreamTarget, json: bool) -> Result<Sink, HostError> {
    match target {
        StreamTarget::Nothing => Ok(Sink::Nothing),
        StreamTarget::Stdio if json => Ok(Sink::Stderr),
        StreamTarget::Stdio => Ok(Sink::Stdout(Box::new(io::stdout()))),
        StreamTarget::File(path) => create(path).map(Sink::File),
    }
}

/// Creates a file, or empties it.
///
/// # Errors
/// When the host refuses.
pub(crate) fn create(path: &Path) -> Result<File, HostError> {
    File::create(path)
        .map_err(|error| HostError::host_resource(format!("{} cannot be written: {error}", path.display())))
}

fn stdin(target: &StreamTarget) -> Result<Option<SerialInput>, HostError> {
    if *target != StreamTarget::Stdio {
        return Ok(None);
    }
    let input = SerialInput::stdin();
    input.map(Some).map_err(|error| HostError::host_resource(format!("standard input cannot be read: {error}")))
}

fn tcp(name: &'static str, port: u16, patience: &Patience) -> Result<(SerialInput, LineWriter), HostError> {
    let end = TcpEnd::listen(name, port)?;
    say(&format!("{name} listens on {}", end.address()));
    end.start(patience.clone()).map_err(|error| no_thread(name, &error))
}

#[cfg(unix)]
fn pty(name: &'static str, patience: &Patience) -> Result<(SerialInput, LineWriter), HostError> {
    let pty = beige_host::serial::Pty::open(name)?;
    say(&format!("{name} is {}", pty.path()));
    pty.start(patience.clone()).map_err(|error| no_thread(name, &error))
}

#[cfg(not(unix))]
fn pty(name: &'static str, _patience: &Patience) -> Result<(SerialInput, LineWriter), HostError> {
    Err(HostError::bad_input(format!("this system has no pseudo terminals: connect {name} to tcp:PORT")))
}

fn no_thread(name: &str, error: &io::Error) -> HostError {
    HostError::host_resource(format!("{name} gets no thread: {error}"))
}
