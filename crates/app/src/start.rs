//! From the arguments to a running machine: plan, drives, configuration, then files, then the run.

use crate::cli::{COM_OPTIONS, OutputArgs, RunArgs, StreamTarget};
use crate::connect;
use crate::console::{Console, say};
use crate::dry_run;
use crate::headless::{Awaited, Headless};
use crate::plan::{Mode, PROFILE_EVERY_DEFAULT, Plan};
use crate::report::{Ending, finish};
use beige_host::drives::Drives;
use beige_host::options::CpuSpeed;
use beige_host::outputs::OutputSinks;
use beige_host::runner::{Runner, StopFlag};
use beige_host::serial::Patience;
use beige_host::state_file::StateFile;
use beige_host::trace::{TraceStart, Tracer};
use beige_host::{Config, DEBUGCON, HostError, InputEvent, Machine, POST, PRINTER, SERIAL_PORTS};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::path::Path;

/// Runs what the arguments ask for; the exit code.
///
/// # Errors
/// When the run cannot start. Until then nothing was written.
pub(crate) fn run(args: &RunArgs) -> Result<u8, HostError> {
    let Plan { mode, drives: request, machine, state } = Plan::new(args)?;
    let drives = match &state {
        Some(state) => Drives::resume(state, &request)?,
        None => Drives::open(&request)?,
    };
    if args.dry_run {
        let (config, speed) = match &state {
            Some(state) => (state.config().clone(), args.machine.speed.unwrap_or(state.summary().speed())),
            None => (machine.config(&drives)?, machine.speed),
        };
        let facts = dry_run::facts(args, &mode, &drives, &config, speed);
        // The run would find only here what is wrong with them.
        match state {
            Some(state) => drop(resume(args, state, drives, machine.serial_ports)?),
            None => drop(switch_on(config, drives)?),
        }
        let text = if args.outputs.json { facts.json().to_string() } else { facts.text() };
        Console::new(false).print(&text, true);
        return Ok(0);
    }
    let (title, changer, lines) = (drives.title(), drives.changer(&request), drive_lines(&drives, request.write));
    let (mut pc, speed) = match state {
        Some(state) => resume(args, state, drives, machine.serial_ports)?,
        None => (switch_on(machine.config(&drives)?, drives)?, machine.speed),
    };
    pc.detect_idle_loops(!args.machine.no_idle_detection);
    let display = open_display(&mode, &title)?;
    let (drive_line, warnings) = lines;
    // A ROM in place of the BIOS needs no disk.
    let line = drive_line.or_else(|| pc.config().fixed_roms.is_empty().then(|| "no disk is in any drive".to_owned()));
    if let Some(line) = line {
        say(&line);
    }
    warnings.iter().for_each(|warning| log::warn!("{warning}"));
    let stop = StopFlag::default();
    watch_signals(&stop)?;
    let tracer = tracer(&args.outputs)?;
    let mut sinks = OutputSinks::default();
    let is_headless = matches!(mode, Mode::Headless { .. });
    let patience = if is_headless { Patience::Waits(stop.clone()) } else { Patience::Drops };
    let serial_inputs = connect::serial_ports(&args.outputs, &mut sinks, &patience, &stop)?;
    sinks.connect(PRINTER, "the printer", connect::sink(&args.outputs.lpt1, args.outputs.json)?);
    sinks.connect(DEBUGCON, "the debug console", connect::sink(&args.outputs.debugcon, args.outputs.json)?);
    if !args.outputs.json {
        sinks.connect(POST, "the POST port", connect::sink(&StreamTarget::Stdio, false)?);
    }
    let mut console = Console::new(args.outputs.json);
    let mut runner = Runner::new(pc, sinks, tracer, stop.clone());
    runner.set_speed(speed);
    runner.let_disks_change(changer);
    if let Some(path) = &args.machine.nvram {
        runner.keep_nvram(path.clone());
    }
    if let Some(path) = &args.outputs.wav {
        runner.record_sound(connect::create(path)?);
    }
    connect_lines(&mut runner, &args.outputs);
    for (port, input) in serial_inputs {
        runner.feed_serial(port, input);
    }
    if let Some(path) = &args.outputs.profile {
        runner.profile(path.clone(), args.outputs.profile_every.unwrap_or(PROFILE_EVERY_DEFAULT));
    }
    if args.outputs.stats {
        runner.measure()?;
    }
    let (mut runner, ending) = match (mode, display) {
        (Mode::Headless { script, until, until_post, limit }, _) => {
            let awaited = Awaited { until, until_post };
            let ending = Headless::new(&mut runner, &mut console, script, awaited, limit).run();
            (runner, ending)
        }
        (Mode::Window, display) => run_in_window(runner, speed, display, &stop)?,
    };
    Ok(finish(&mut runner, &ending, &args.outputs, &mut console))
}

/// The other ends of a state's serial ports may have been clients that had gone; files and standard streams are there.
fn connect_lines(runner: &mut Runner, outputs: &OutputArgs) {
    let ports = runner.machine().config().serial_ports;
    for (port, (target, is_there)) in (0..).zip(outputs.serial_targets().into_iter().zip(ports)) {
        let is_stream = target.is_none_or(|target| target.stream().is_some());
        if is_stream && is_there && !runner.machine_mut().has_serial_carrier(port) {
            runner.input(InputEvent::SerialCarrier { port, present: true });
        }
    }
}

/// A machine after power-on.
fn switch_on(config: Config, drives: Drives) -> Result<Machine, HostError> {
    Machine::new(config, drives.into_disks()).map_err(|error| HostError::bad_input(error.to_string()))
}

/// A machine that goes on from a state, and how fast the user wants its CPU: as in the state unless he says otherwise.
/// Then the change of rate is an input.
fn resume(
    args: &RunArgs,
    state: StateFile,
    drives: Drives,
    ports: [bool; SERIAL_PORTS],
) -> Result<(Machine, CpuSpeed), HostError> {
    let mut asked_for = COM_OPTIONS.iter().zip(ports).zip(state.config().serial_ports);
    if let Some(((option, _), _)) = asked_for.find(|((_, asked_for), is_there)| *asked_for && !is_there) {
        return Err(HostError::bad_input(format!(
            "the machine of the state has no such serial port: leave out {option}"
        )));
    }
    if args.outputs.lpt1 != StreamTarget::Nothing && !state.config().printer {
        return Err(HostError::bad_input("the machine of the state has no printer: leave out --lpt1"));
    }
    let saved_speed = state.summary().speed();
    let path = args.resume.as_deref().unwrap_or(Path::new("the state")).display();
    let mut machine = state
        .resume(drives.into_disks())
        .map_err(|error| HostError::bad_input(format!("{path} cannot be loaded: {error}")))?;
    let Some(speed) = args.machine.speed else { return Ok((machine, saved_speed)) };
    let rate = speed.rate(machine.config().model);
    machine.input(InputEvent::Rate(rate));
    Ok((machine, speed))
}

#[cfg(feature = "window")]
type Display = crate::window::Window;

#[cfg(feature = "window")]
fn open_display(mode: &Mode, title: &str) -> Result<Option<Display>, HostError> {
    match mode {
        Mode::Window => Display::open(title).map(Some),
        Mode::Headless { .. } => Ok(None),
    }
}

#[cfg(feature = "window")]
fn run_in_window(
    runner: Runner,
    speed: CpuSpeed,
    display: Option<Display>,
    stop: &StopFlag,
) -> Result<(Runner, Ending), HostError> {
    match display {
        Some(display) => display.run(runner, speed, stop),
        None => Err(no_window()),
    }
}

#[cfg(not(feature = "window"))]
fn open_display(mode: &Mode, _title: &str) -> Result<Option<()>, HostError> {
    match mode {
        Mode::Window => Err(no_window()),
        Mode::Headless { .. } => Ok(None),
    }
}

#[cfg(not(feature = "window"))]
fn run_in_window(
    _runner: Runner,
    _speed: CpuSpeed,
    _display: Option<()>,
    _stop: &StopFlag,
) -> Result<(Runner, Ending), HostError> {
    Err(no_window())
}

fn no_window() -> HostError {
    HostError::host_resource("this build of Beige has no window: run with --headless")
}

/// What stands in the drives, if anything, and what happens to changes, and what may go wrong with the images.
fn drive_lines(drives: &Drives, write: bool) -> (Option<String>, Vec<String>) {
    let lines = drives.lines();
    beige_host::crash::remember_media(&lines);
    if lines.is_empty() {
        return (None, drives.warnings());
    }
    let fate = if write && !drives.keep_changes_in_memory() {
        "changes are written to the images"
    } else {
        "changes live in memory and are lost at the end, --write keeps them"
    };
    (Some(format!("{}; {fate}", lines.join(", "))), drives.warnings())
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
