//! From the command line to a run: everything is checked here, before anything is written or started.

use crate::cli::{COM_OPTIONS, HeadlessArgs, OutputArgs, RunArgs, SerialTarget, StreamTarget};
use crate::script::{Script, Statement};
use beige_host::drives::DriveRequest;
use beige_host::options::{CpuSpeed, MachineOptions};
use beige_host::state_file::StateFile;
use beige_host::{DateTime, HostError, OnShutdown, TICKS_PER_SECOND, Tick};
use std::fs::OpenOptions;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How the machine is run.
#[derive(Debug)]
pub(crate) enum Mode {
    /// In a window, in real time.
    Window,
    /// Without a display, in guest time.
    Headless {
        /// The script.
        script: Option<Script>,
        /// The text that ends the run.
        until: Option<String>,
        /// The POST code that ends the run.
        until_post: Option<u8>,
        /// The guest time that ends the run.
        limit: Tick,
    },
}

/// A run that can start.
#[derive(Debug)]
pub(crate) struct Plan {
    /// How the machine is run.
    pub(crate) mode: Mode,
    /// Which images go where.
    pub(crate) drives: DriveRequest,
    /// Which machine.
    pub(crate) machine: MachineOptions,
    /// What to go on from; then it says which machine.
    pub(crate) state: Option<StateFile>,
}

/// The guest time of a headless run without `--limit`.
const LIMIT_DEFAULT: Tick = 600 * TICKS_PER_SECOND;
/// Instructions from one sample to the next without `--profile-every`: a prime, so that no loop keeps step with it.
pub(crate) const PROFILE_EVERY_DEFAULT: u64 = 10_007;
/// What the clock shows at power-on of a headless run without `--rtc`.
const RTC_DEFAULT: DateTime = DateTime::START_OF_2026;

impl Plan {
    /// # Errors
    /// What is wrong with the arguments, or with the script and the files that they name. Images are looked at later.
    pub(crate) fn new(args: &RunArgs) -> Result<Plan, HostError> {
        check_companions(args)?;
        check_streams(args)?;
        let mode = mode(args)?;
        let drives = drive_request(args, &mode);
        let state = args.resume.as_deref().map(StateFile::open).transpose()?;
        check_output_files(&output_files(args, &mode), &drives, state.as_ref())?;
        let rtc_default = if args.is_headless() { RTC_DEFAULT } else { host_time() };
        let machine = MachineOptions {
            model: args.machine.cpu,
            coprocessor: args.machine.fpu,
            memory_kib: args.machine.memory,
            speed: args.machine.speed.unwrap_or(CpuSpeed::Max),
            rtc: args.machine.rtc.unwrap_or(rtc_default),
            nvram: args.machine.nvram.clone(),
            boot: args.drives.boot,
            real_disk: args.drives.real_disk,
            exit_port: args.machine.exit_port,
            printer: args.outputs.lpt1 != StreamTarget::Nothing,
            serial_ports: args.outputs.serial_targets().map(|target| target.is_some()),
            bios: args.machine.bios.clone(),
            vga_bios: args.machine.vga_bios.clone(),
            fw_cfg: args.machine.fw_cfg,
            option_roms: args.machine.option_rom.clone(),
            fixed_roms: args.machine.rom.clone(),
            on_shutdown: args.machine.on_shutdown.unwrap_or(on_shutdown_default(args)),
            post_port: args.machine.post_port,
        };
        Ok(Plan { mode, drives, machine, state })
    }
}

/// A test of the CPU that shuts down has failed, while programs of the 286 come back to real mode so.
fn on_shutdown_default(args: &RunArgs) -> OnShutdown {
    if args.machine.rom.is_empty() { OnShutdown::Reset } else { OnShutdown::Stop }
}

fn drive_request(args: &RunArgs, mode: &Mode) -> DriveRequest {
    let drives = &args.drives;
    let (a, b) = (drives.a.split_first(), drives.b.split_first());
    let first = |stack: Option<(&PathBuf, &[PathBuf])>| stack.map(|(first, _)| first.clone());
    let further = |stack: Option<(&PathBuf, &[PathBuf])>| stack.map_or(Vec::new(), |(_, further)| further.to_vec());
    let [c, d, e, f] = [&drives.c, &drives.d, &drives.e, &drives.f].map(Clone::clone);
    DriveRequest {
        images: args.images.clone(),
        named: [first(a), first(b), c, d, e, f],
        stacks: [further(a), further(b)],
        inserted: inserted(mode),
        types: [drives.a_type, drives.b_type],
        write: drives.write,
        without_built_in: !args.machine.rom.is_empty(),
    }
}

/// The images that the script puts into floppy drives.
fn inserted(mode: &Mode) -> Vec<(u8, PathBuf)> {
    let Mode::Headless { script: Some(script), .. } = mode else { return Vec::new() };
    let images = script.statements.iter().filter_map(|(_, statement)| match statement {
        Statement::Insert { drive, path } => Some((*drive, path.clone())),
        _ => None,
    });
    images.collect()
}

/// The host's local time, within the years that the clock knows.
fn host_time() -> DateTime {
    use chrono::{Datelike, Local, Timelike};
    let now = Local::now();
    let year = u16::try_from(now.year()).unwrap_or(RTC_DEFAULT.year).clamp(1980, 2099);
    let [month, day, hour, minute, second] =
        [now.month(), now.day(), now.hour(), now.minute(), now.second().min(59)].map(|field| field as u8);
    DateTime { year, month, day, hour, minute, second }
}

/// Options that mean nothing without another one.
fn check_companions(args: &RunArgs) -> Result<(), HostError> {
    let (outputs, is_headless) = (&args.outputs, args.is_headless());
    let HeadlessArgs { headless: _, script, until, until_post, limit } = &args.headless;
    let given = [
        ("--script", script.is_some()),
        ("--until", until.is_some()),
        ("--until-post", until_post.is_some()),
        ("--limit", limit.is_some()),
    ];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given && !is_headless) {
        return Err(HostError::bad_input(format!("{option} works without a window only: add --headless")));
    }
    if until_post.is_some() && args.machine.post_port.is_none() && args.resume.is_none() {
        return Err(HostError::bad_input("--until-post waits for a code at the POST port: add --post-port PORT"));
    }
    let given = [("--trace-from", outputs.trace_from.is_some()), ("--trace-limit", outputs.trace_limit.is_some())];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given && outputs.trace.is_none()) {
        return Err(HostError::bad_input(format!("{option} says which part of a trace to write: add --trace FILE")));
    }
    if outputs.profile_every.is_some() && outputs.profile.is_none() {
        return Err(HostError::bad_input("--profile-every says how often to sample: add --profile FILE"));
    }
    Ok(())
}

/// Standard input and output have one user each.
fn check_streams(args: &RunArgs) -> Result<(), HostError> {
    let (outputs, headless) = (&args.outputs, &args.headless);
    let on_stdio: Vec<&str> =
        streams(outputs).filter(|(_, target)| **target == StreamTarget::Stdio).map(|(option, _)| option).collect();
    if let [one, other, ..] = on_stdio.as_slice() {
        return Err(HostError::bad_input(format!(
            "{one} and {other} cannot both have standard output: send one of them to a file"
        )));
    }
    let serial = on_stdio.iter().find(|option| COM_OPTIONS.contains(option));
    if let Some(option) = serial
        && headless.script.as_deref() == Some(Path::new("-"))
    {
        return Err(HostError::bad_input(format!(
            "--script - and {option} stdio cannot both have standard input: put the script into a file"
        )));
    }
    let waits = |target: &SerialTarget| matches!(target, SerialTarget::Tcp { wait: true, .. });
    if !args.is_headless() && outputs.serial_targets().into_iter().flatten().any(waits) {
        return Err(HostError::bad_input("a window does not wait for a client: leave out `,wait`, or add --headless"));
    }
    Ok(())
}

/// Where guest bytes go, with the option that says so.
fn streams(outputs: &OutputArgs) -> impl Iterator<Item = (&'static str, &StreamTarget)> {
    let serial = COM_OPTIONS.into_iter().zip(outputs.serial_targets());
    let serial = serial.filter_map(|(option, target)| Some((option, target?.stream()?)));
    serial.chain([("--lpt1", &outputs.lpt1), ("--debugcon", &outputs.debugcon)])
}

fn mode(args: &RunArgs) -> Result<Mode, HostError> {
    if !args.is_headless() {
        return Ok(Mode::Window);
    }
    let args = &args.headless;
    let script = args.script.as_deref().map(read_script).transpose()?;
    Ok(Mode::Headless {
        script,
        until: args.until.clone(),
        until_post: args.until_post,
        limit: args.limit.unwrap_or(LIMIT_DEFAULT),
    })
}

/// The largest script that is read at all.
const SCRIPT_MAX_BYTES: u64 = 16 << 20;

fn read_script(path: &Path) -> Result<Script, HostError> {
    let (name, source) = if path == Path::new("-") {
        ("the script on standard input".to_owned(), read_text(std::io::stdin().lock()))
    } else {
        (path.display().to_string(), std::fs::File::open(path).and_then(read_text))
    };
    let source = source.map_err(|error| {
        HostError::bad_input(format!("{name} cannot be read: {error}; give a text file to --script"))
    })?;
    Script::parse(&source).map_err(|error| HostError::bad_input(format!("{name}, {error}")))
}

fn read_text(file: impl Read) -> std::io::Result<String> {
    let text = std::io::read_to_string(file.take(SCRIPT_MAX_BYTES + 1))?;
    if text.len() as u64 > SCRIPT_MAX_BYTES { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// The files that a run will write, with what asks for each.
fn output_files<'a>(args: &'a RunArgs, mode: &'a Mode) -> Vec<(&'static str, &'a Path)> {
    let outputs = &args.outputs;
    let mut files: Vec<(&'static str, &Path)> = Vec::new();
    files.extend(args.machine.nvram.as_deref().map(|path| ("--nvram", path)));
    for (option, target) in streams(outputs) {
        if let StreamTarget::File(path) = target {
            files.push((option, path.as_path()));
        }
    }
    files.extend(outputs.wav.as_deref().map(|path| ("--wav", path)));
    files.extend(outputs.trace.as_deref().map(|path| ("--trace", path)));
    files.extend(outputs.profile.as_deref().map(|path| ("--profile", path)));
    files.extend(outputs.screenshot.as_deref().map(|path| ("--screenshot", path)));
    if let Mode::Headless { script: Some(script), .. } = mode {
        files.extend(script.statements.iter().filter_map(|(_, statement)| match statement {
            Statement::Screenshot(path) => Some(("screenshot", path.as_path())),
            Statement::Save(path) => Some(("save", path.as_path())),
            _ => None,
        }));
    }
    files
}

fn check_output_files(
    files: &[(&'static str, &Path)],
    drives: &DriveRequest,
    state: Option<&StateFile>,
) -> Result<(), HostError> {
    let images: Vec<&Path> = drives.paths().chain(state.into_iter().flat_map(StateFile::images)).collect();
    for (option, path) in files {
        check_writable(option, path)?;
        if images.iter().any(|image| same_file(image, path)) {
            let path = path.display();
            return Err(HostError::bad_input(format!("{option} would overwrite the image {path}: give another file")));
        }
    }
    for (index, (option, path)) in files.iter().enumerate() {
        let kind = |option: &'static str| if option == "--screenshot" { "screenshot" } else { option };
        let may_repeat = |option: &'static str| ["screenshot", "save"].contains(&kind(option));
        let other = files[..index].iter().find(|(other, other_path)| {
            let is_later_one = kind(other) == kind(option) && may_repeat(option);
            same_file(other_path, path) && !is_bin(path) && !is_later_one
        });
        if let Some((other, _)) = other {
            let path = path.display();
            return Err(HostError::bad_input(format!("{other} and {option} both write {path}: give two files")));
        }
    }
    Ok(())
}

/// Whether a file can be written, found out without writing.
fn check_writable(option: &str, path: &Path) -> Result<(), HostError> {
    let shown = path.display();
    let refuse = |why: String| Err(HostError::bad_input(format!("{option} cannot write {shown}: {why}")));
    if path.as_os_str().is_empty() {
        return refuse("the name is empty; give a file".to_owned());
    }
    if path == Path::new("-") {
        return refuse("it has no standard output; give a file, ./- for one of that name".to_owned());
    }
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => refuse("it is a folder; give a file".to_owned()),
        Ok(metadata) if metadata.is_file() => match OpenOptions::new().append(true).open(path) {
            Ok(_) => Ok(()),
            Err(error) => refuse(format!("{error}; give another file")),
        },
        Ok(_) => Ok(()),
        Err(_) => {
            let folder = folder_of(path);
            match std::fs::metadata(&folder) {
                Ok(metadata) if !metadata.is_dir() => refuse(format!("{} is no folder", folder.display())),
                Ok(metadata) if metadata.permissions().readonly() => {
                    refuse(format!("the folder {} is read-only; give another", folder.display()))
                }
                Ok(_) => Ok(()),
                Err(_) => refuse(format!("there is no folder {}; make it first", folder.display())),
            }
        }
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Whether two paths name one file, as far as can be known before it exists.
fn same_file(one: &Path, other: &Path) -> bool {
    if beige_host::drives::same_file(one, other) {
        return true;
    }
    let real = |path: &Path| -> Option<PathBuf> {
        path.canonicalize().ok().or_else(|| Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?)))
    };
    match (real(one), real(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Whether a path is the host's bin, which any number may write.
fn is_bin(path: &Path) -> bool {
    path == Path::new("/dev/null") || path == Path::new("NUL")
}
