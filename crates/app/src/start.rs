//! From the arguments to a running machine: plan, drives, configuration, then files, then the run.

use crate::cli::{OutputArgs, RunArgs};
use crate::connect;
use crate::console::{Console, say};
use crate::headless::Headless;
use crate::plan::{Mode, Plan};
use crate::report::{Ending, finish};
use beige_host::drives::Drives;
use beige_host::outputs::OutputSinks;
use beige_host::runner::{Runner, StopFlag};
use beige_host::serial::Patience;
use beige_host::trace::{TraceStart, Tracer};
use beige_host::{DEBUGCON, HostError, Machine, PRINTER};
use signal_hook::consts::{SIGINT, SIGTERM};

/// Runs what the arguments ask for; the exit code.
///
/// # Errors
/// When the run cannot start. Until then nothing was written.
pub(crate) fn run(args: &RunArgs) -> Result<u8, HostError> {
    let Plan { mode, drives: request, machine } = Plan::new(args)?;
    let drives = Drives::open(&request)?;
    let config = machine.config(&drives)?;
    let display = open_display(&mode, &drives)?;
    say_drives(&drives, request.write);
    let stop = StopFlag::default();
    watch_signals(&stop)?;
    let tracer = tracer(&args.outputs)?;
    let mut sinks = OutputSinks::default();
    let is_headless = matches!(mode, Mode::Headless { .. });
    let patience = if is_headless { Patience::Waits(stop.clone()) } else { Patience::Drops };
    let serial_inputs = connect::serial_ports(&args.outputs, &mut sinks, &patience, &stop)?;
    sinks.connect(PRINTER, "the printer", connect::sink(&args.outputs.lpt1, args.outputs.json)?);
    sinks.connect(DEBUGCON, "the debug console", connect::sink(&args.outputs.debugcon, args.outputs.json)?);
    let mut console = Console::new(args.outputs.json);
    let machine_error = |error: beige_host::ConfigError| HostError::bad_input(error.to_string());
    let changer = drives.changer(&request);
    let pc = Machine::new(config, drives.into_disks()).map_err(machine_error)?;
    let mut runner = Runner::new(pc, sinks, tracer, stop.clone());
    runner.let_disks_change(changer);
    if let Some(path) = &args.machine.nvram {
        runner.keep_nvram(path.clone());
    }
    for (port, input) in serial_inputs {
        runner.feed_serial(port, input);
    }
    let (mut runner, ending) = match (mode, display) {
        (Mode::Headless { script, until, limit }, _) => {
            let ending = Headless::new(&mut runner, &mut console, script, until, limit).run();
            (runner, ending)
        }
        (Mode::Window, display) => run_in_window(runner, machine.speed, display, &stop)?,
    };
    Ok(finish(&mut runner, &ending, &args.outputs, &mut console))
}

#[cfg(feature = "window")]
type Display = crate::window::Window;

#[cfg(feature = "window")]
fn open_display(mode: &Mode, drives: &Drives) -> Result<Option<Display>, HostError> {
    match mode {
        Mode::Window => Display::open(&drives.title()).map(Some),
        Mode::Headless { .. } => Ok(None),
    }
}

#[cfg(feature = "window")]
fn run_in_window(
    runner: Runner,
    speed: beige_host::options::CpuSpeed,
    display: Option<Display>,
    stop: &StopFlag,
) -> Result<(Runner, Ending), HostError> {
    match display {
        Some(display) => display.run(runner, speed, stop),
        None => Err(no_window()),
    }
}

#[cfg(not(feature = "window"))]
fn open_display(mode: &Mode, _drives: &Drives) -> Result<Option<()>, HostError> {
    match mode {
        Mode::Window => Err(no_window()),
        Mode::Headless { .. } => Ok(None),
    }
}

#[cfg(not(feature = "window"))]
fn run_in_window(
    _runner: Runner,
    _speed: beige_host::options::CpuSpeed,
    _display: Option<()>,
    _stop: &StopFlag,
) -> Result<(Runner, Ending), HostError> {
    Err(no_window())
}

fn no_window() -> HostError {
    HostError::host_resource("this build of Beige has no window: run with --headless")
}

/// One line for each drive, and what happens to changes.
fn say_drives(drives: &Drives, write: bool) {
    let lines = drives.lines();
    beige_host::crash::remember_media(&lines);
    let fate = if write && !drives.keep_changes_in_memory() {
        "changes are written to the images"
    } else {
        "changes live in memory and are lost at the end, --write keeps them"
    };
    say(&format!("{}; {fate}", lines.join(", ")));
    for warning in drives.warnings() {
        log::warn!("{warning}");
    }
}

fn watch_signals(stop: &StopFlag) -> Result<(), HostError> {
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stop.shared())
            .map_err(|error| HostError::host_resource(format!("signals cannot be caught: {error}")))?;
    }
    Ok(())
}

fn tracer(outputs: &OutputArgs) -> Result<Option<Tracer>, HostError> {
    let Some(path) = &outputs.trace else { return Ok(None) };
    let start = outputs.trace_from.clone().unwrap_or(TraceStart::Step(0));
    Ok(Some(Tracer::new(connect::create(path)?, start, outputs.trace_limit)))
}
