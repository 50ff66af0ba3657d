//! The command line: what can be asked for. What the answers mean is decided in `plan`.

use crate::{help, units};
use beige_host::options::{CpuSpeed, FirmwareConfiguration};
use beige_host::trace::TraceStart;
use beige_host::{BootDrive, BootOrder, DateTime, DriveType, Model, OnShutdown, Tick};
use beige_suite::Engine;
use beige_suite::select::{Filter, ShardArgument};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Boots a PC of the years 1981 to 1993 from disk images, in a window or headless.
#[derive(Debug, Parser)]
#[command(name = "beige", version, after_help = help::SHORT, after_long_help = help::long())]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do; without it, `run`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What to run.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Boots disk images; the same as `beige [IMAGE]...`.
    #[command(after_help = help::SHORT, after_long_help = help::long())]
    Run(Box<RunArgs>),
    /// Tells what disk images are: geometry, boot sector, partitions, file system, what seems to be on them.
    #[command(after_help = help::INSPECT)]
    Inspect(InspectArgs),
    /// Runs instruction suites, recorded on real chips, on the CPU and compares.
    #[command(after_help = help::SUITE)]
    Suite(SuiteArgs),
    /// Prints the hot keys of the window and the names of keys that scripts may press.
    #[command(after_help = help::KEYS)]
    Keys(KeysArgs),
}

/// What to look at.
#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// Save the small picture of a state.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) thumbnail: Option<PathBuf>,
    /// Images, or saved states. They are only read.
    #[arg(value_name = "IMAGE", required = true)]
    pub(crate) images: Vec<PathBuf>,
    /// Print a JSON array with an object for each file (see below).
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which instruction suites to run, and how.
#[derive(Args, Debug)]
pub(crate) struct SuiteArgs {
    /// Files of tests (MOO or JSON, plain or gzip), or folders to search for them.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// CPU to run the tests on, as for `beige run` [default: the one they were recorded on].
    #[arg(long, value_name = "MODEL", value_parser = model)]
    pub(crate) cpu: Option<Model>,
    /// How the CPU works: `stepper` decodes and executes one instruction at a time; `blocks` makes fast operations of
    /// instructions, as `beige run` does, here of one at a time.
    #[arg(long, value_name = "ENGINE", default_value = "stepper", value_parser = engine)]
    pub(crate) engine: Engine,
    /// Only these opcodes, such as 00,0F.BA,F6.4,D8-DF (see below).
    #[arg(long, value_name = "OPCODES", value_parser = Filter::parse)]
    pub(crate) filter: Option<Filter>,
    /// Only part K of N of the files; the N parts together are all. /N: K is the place of this job in its array [default:
    /// what a job array says, see below].
    #[arg(long, value_name = "K/N", value_parser = ShardArgument::parse)]
    pub(crate) shard: Option<ShardArgument>,
    /// Files to work on at a time [default: what the host can run at a time].
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<usize>,
    /// Stop at the first test that fails, in the order of the table.
    #[arg(long)]
    pub(crate) first_failure: bool,
    /// Failures of an opcode to show in full; the others are counted.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) failures: usize,
    /// Compare the flags that the chip leaves undefined too, and count the misses of each opcode.
    #[arg(long)]
    pub(crate) undefined_flags: bool,
    /// Print one JSON document in place of the table (see below).
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write a JUnit report, as CI systems read it: a test case for each file.
    #[arg(long, value_name = "FILE.xml")]
    pub(crate) junit: Option<PathBuf>,
}

fn engine(text: &str) -> Result<Engine, String> {
    match text {
        "stepper" => Ok(Engine::Stepper),
        "blocks" => Ok(Engine::Blocks),
        _ => Err("there is no such engine: give stepper or blocks".to_owned()),
    }
}

fn jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| (1..=1024).contains(jobs)).ok_or_else(|| "give a number from 1 to 1024".to_owned())
}

/// What to print of the keys.
#[derive(Args, Debug)]
pub(crate) struct KeysArgs {
    /// Print one JSON object: {"hot_keys": [{"keys", "does", "sends"}], "keys": [{"name", "also"}]}.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a state decides for good.
const MACHINE_OPTIONS: [&str; 16] = [
    "cpu",
    "fpu",
    "memory",
    "rtc",
    "bios",
    "vga_bios",
    "fw_cfg",
    "option_rom",
    "rom",
    "on_shutdown",
    "exit_port",
    "post_port",
    "a_type",
    "b_type",
    "boot",
    "real_disk",
];

/// A machine and how it is run.
#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Disk images: up to 2,949,120 bytes a floppy (A, then B), above that a hard disk (C to F); without any, the
    /// built-in disk boots.
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,

    /// Go on from a state that a script or F12+W saved. Its images are those it names, or given again in the same order;
    /// they are written with --write only.
    #[arg(long, value_name = "FILE.state", conflicts_with_all = MACHINE_OPTIONS)]
    pub(crate) resume: Option<PathBuf>,

    /// Print which machine this would be, with every default, and run nothing; with --json for programs.
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) drives: DriveArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,

    #[command(flatten)]
    pub(crate) outputs: OutputArgs,

    #[command(flatten)]
    pub(crate) headless: HeadlessArgs,
}

impl RunArgs {
    /// Whether there is no window: a test ROM has nothing to show in one.
    pub(crate) fn is_headless(&self) -> bool {
        self.headless.headless || !self.machine.rom.is_empty()
    }
}

/// Which image stands in which drive.
#[derive(Args, Debug)]
#[command(next_help_heading = "Drives")]
pub(crate) struct DriveArgs {
    /// Image in floppy drive A. Given again: its further disks, which F12+E in the window puts in one after the other.
    #[arg(long, value_name = "IMG")]
    pub(crate) a: Vec<PathBuf>,
    /// Image in floppy drive B; its further disks come by F12+B.
    #[arg(long, value_name = "IMG")]
    pub(crate) b: Vec<PathBuf>,
    /// Image of the first hard disk.
    #[arg(long, value_name = "IMG")]
    pub(crate) c: Option<PathBuf>,
    /// Image of the second hard disk.
    #[arg(long, value_name = "IMG")]
    pub(crate) d: Option<PathBuf>,
    /// Image of the third hard disk.
    #[arg(long, value_name = "IMG")]
    pub(crate) e: Option<PathBuf>,
    /// Image of the fourth hard disk.
    #[arg(long, value_name = "IMG")]
    pub(crate) f: Option<PathBuf>,
    /// Type of floppy drive A: 360, 720, 1200, 1440 or 2880 KB [default: the smallest that takes the image].
    #[arg(long, value_name = "KB", value_parser = drive_type)]
    pub(crate) a_type: Option<DriveType>,
    /// Type of floppy drive B [default: the smallest that takes the image, no drive without one].
    #[arg(long, value_name = "KB", value_parser = drive_type)]
    pub(crate) b_type: Option<DriveType>,
    /// Which drives to boot, in this order: up to three of a, b, c and d, such as c,a; a single one is tried first;
    /// menu, alone or before them, asks [default: a,c].
    #[arg(long, value_name = "DRIVES", default_value = "a,c", hide_default_value = true, value_parser = boot_order)]
    pub(crate) boot: BootOrder,
    /// Write changes to the images; without it they live in memory and are lost at the end.
    #[arg(long)]
    pub(crate) write: bool,
    /// Floppy drives take the time of real ones.
    #[arg(long)]
    pub(crate) real_disk: bool,
}

/// Which machine.
#[derive(Args, Debug)]
#[command(next_help_heading = "Machine")]
pub(crate) struct MachineArgs {
    /// CPU: 8086, 80186, 80286, 80386, 80486 (short as 286), pentium, pentium-mmx or pentium-ii (586, p55c, 686).
    #[arg(long, value_name = "MODEL", default_value = "80486", value_parser = model)]
    pub(crate) cpu: Model,
    /// Coprocessor: `on` or `off` [default: off for 8086 to 80386, where it is an 8087, 80287 or 80387; on above].
    #[arg(long, value_name = "on|off", value_parser = on_or_off)]
    pub(crate) fpu: Option<bool>,
    /// Memory, such as 640K or 16M [default: 640K for 8086 and 80186, 4M for 80286, 16M above].
    #[arg(long, value_name = "SIZE", value_parser = units::memory_kib)]
    pub(crate) memory: Option<u32>,
    /// Speed: max, or that of the CPU at a clock such as 4.77MHz [default: max, or that of the state].
    #[arg(long, value_name = "max|CLOCK", value_parser = speed)]
    pub(crate) speed: Option<CpuSpeed>,
    /// Date and time at power-on [default: 2026-01-01T00:00:00 headless, the host's time in the window].
    #[arg(long, value_name = "TIME", value_parser = units::date_time)]
    pub(crate) rtc: Option<DateTime>,
    /// Keep the CMOS memory in a file of 128 bytes, from run to run.
    #[arg(long, value_name = "FILE")]
    pub(crate) nvram: Option<PathBuf>,
    /// BIOS in place of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub(crate) bios: Option<PathBuf>,
    /// VGA BIOS in place of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub(crate) vga_bios: Option<PathBuf>,
    /// Let the BIOS ask the board as QEMU's (ports 510h and 511h) and write where the ROMs stand below 1 MiB, as SeaBIOS
    /// needs it; `auto` is `on` with a --bios of more than 64 KiB.
    #[arg(long, value_name = "auto|on|off", default_value = "auto", value_parser = firmware_configuration)]
    pub(crate) fw_cfg: FirmwareConfiguration,
    /// ROM of a card, at a hexadecimal address such as C8000 [default: the first free place]; may be given again.
    #[arg(long, value_name = "FILE[@ADDR]", value_parser = option_rom)]
    pub(crate) option_rom: Vec<(PathBuf, Option<u32>)>,
    /// ROM at a hexadecimal physical address, such as test.bin@F0000, in place of BIOS and VGA BIOS, for tests of the
    /// CPU; may be given again. The run is headless, needs no disk, and ends when the CPU halts.
    #[arg(long, value_name = "FILE@ADDR", value_parser = fixed_rom, conflicts_with = "bios")]
    pub(crate) rom: Vec<(PathBuf, u32)>,
    /// What happens when the CPU shuts down, as by a triple fault: `reset` of the CPU, as on a PC; `halt`, the CPU is dead
    /// and the machine goes on; `stop`, the run ends with 1 [default: reset; stop with --rom].
    #[arg(long, value_name = "reset|halt|stop", value_parser = on_shutdown)]
    pub(crate) on_shutdown: Option<OnShutdown>,
    /// Print each byte that is written to this hexadecimal port, such as 190, as a line `POST 0Ah`.
    #[arg(long, value_name = "PORT", value_parser = post_port)]
    pub(crate) post_port: Option<u16>,
    /// A byte written to this port ends the run and is the exit code. Decimal, or hexadecimal as 0xF4.
    #[arg(long, value_name = "PORT", value_parser = units::port)]
    pub(crate) exit_port: Option<u16>,
    /// Execute every round of a loop in which the guest waits for a key or for the clock. Without this such rounds are
    /// counted and passed over, so that waiting costs next to nothing; the guest cannot tell.
    #[arg(long)]
    pub(crate) no_idle_detection: bool,
}

/// What comes out.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// What serial port COM1 is connected to: `stdio` is standard output and input, `tcp:PORT` a client of 127.0.0.1,
    /// for which `tcp:PORT,wait` waits, `pty` a pseudo terminal.
    #[arg(long, visible_alias = "serial", value_name = SERIAL_TARGETS, default_value = "none", value_parser = serial_target)]
    pub(crate) com1: SerialTarget,
    /// The same for COM2, which is there only when this is given; `none` connects it to nothing.
    #[arg(long, value_name = SERIAL_TARGETS, value_parser = serial_target)]
    pub(crate) com2: Option<SerialTarget>,
    /// The same for COM3.
    #[arg(long, value_name = SERIAL_TARGETS, value_parser = serial_target)]
    pub(crate) com3: Option<SerialTarget>,
    /// The same for COM4.
    #[arg(long, value_name = SERIAL_TARGETS, value_parser = serial_target)]
    pub(crate) com4: Option<SerialTarget>,
    /// Where what the printer at LPT1 is sent goes, byte by byte; without it the port is there and has no printer.
    #[arg(long, value_name = "stdio|FILE|none", default_value = "none")]
    pub(crate) lpt1: StreamTarget,
    /// Where the debug console at port E9h goes.
    #[arg(long, value_name = "stdio|FILE|none", default_value = "none")]
    pub(crate) debugcon: StreamTarget,
    /// Record the speaker as a WAV file, as long as the run in guest time.
    #[arg(long, value_name = "FILE")]
    pub(crate) wav: Option<PathBuf>,
    /// Print the text screen at the end.
    #[arg(long)]
    pub(crate) screen: bool,
    /// Save a picture of the screen at the end.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) screenshot: Option<PathBuf>,
    /// Print one JSON object at the end; guest bytes go to standard error.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the hash of the final state, the last line.
    #[arg(long)]
    pub(crate) hash: bool,
    /// Write every step of the CPU to a file: count, address, bytes, instruction, registers, interrupts, ports.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Where the trace begins: a count of steps, an address such as F000:E05B, or a text on the screen or out of the
    /// serial port.
    #[arg(long, value_name = "COUNT|CS:IP|TEXT", value_parser = trace_start)]
    pub(crate) trace_from: Option<TraceStart>,
    /// The most steps that are traced.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) trace_limit: Option<u64>,
    /// Write where the guest was, each so many instructions, as folded stacks for flame-graph tools (see below).
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Instructions from one sample of the profile to the next [default: 10007].
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) profile_every: Option<u64>,
    /// At the end print what the machine did and where the host's time went; in the object with --json.
    #[arg(long)]
    pub(crate) stats: bool,
}

/// Running without a display.
#[derive(Args, Debug)]
#[command(next_help_heading = "Headless")]
pub(crate) struct HeadlessArgs {
    /// Run without a window, in guest time that depends on nothing but the inputs.
    #[arg(long)]
    pub(crate) headless: bool,
    /// Run a script (see below); `-` reads it from standard input.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) script: Option<PathBuf>,
    /// End with 0 when this text stands on the screen or came out of the serial port.
    #[arg(long, value_name = "TEXT", value_parser = until)]
    pub(crate) until: Option<String>,
    /// End with 0 when the guest writes this hexadecimal code to the --post-port.
    #[arg(long, value_name = "CODE", value_parser = post_code)]
    pub(crate) until_post: Option<u8>,
    /// End with 4 after this much guest time [default: 10m].
    #[arg(long, value_name = "TIME", value_parser = units::guest_time)]
    pub(crate) limit: Option<Tick>,
}

/// Where a stream of guest bytes goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamTarget {
    /// Nowhere.
    Nothing,
    /// Standard output; the serial port also reads standard input.
    Stdio,
    /// A file.
    File(PathBuf),
}

impl From<&str> for StreamTarget {
    fn from(text: &str) -> StreamTarget {
        match text {
            "none" => StreamTarget::Nothing,
            "stdio" => StreamTarget::Stdio,
            path => StreamTarget::File(PathBuf::from(path)),
        }
    }
}

const SERIAL_TARGETS: &str = "stdio|FILE|tcp:PORT|pty|none";

/// What a serial port is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SerialTarget {
    /// Nothing, a standard stream, or a file.
    Stream(StreamTarget),
    /// A client of a TCP port of 127.0.0.1; 0 is one that the host chooses.
    Tcp {
        /// The port.
        port: u16,
        /// The run begins when the first client is there.
        wait: bool,
    },
    /// A pseudo terminal.
    Pty,
}

impl SerialTarget {
    /// The stream, if it is one.
    pub(crate) fn stream(&self) -> Option<&StreamTarget> {
        if let SerialTarget::Stream(stream) = self { Some(stream) } else { None }
    }
}

/// The serial ports by number, and the options that connect them.
pub(crate) const COM_OPTIONS: [&str; 4] = ["--com1", "--com2", "--com3", "--com4"];

impl OutputArgs {
    /// What COM1 to COM4 are connected to; `None` for those that are not there.
    pub(crate) fn serial_targets(&self) -> [Option<&SerialTarget>; 4] {
        [Some(&self.com1), self.com2.as_ref(), self.com3.as_ref(), self.com4.as_ref()]
    }
}

fn serial_target(text: &str) -> Result<SerialTarget, String> {
    if let Some(port) = text.strip_prefix("tcp:") {
        let (port, wait) = port.strip_suffix(",wait").map_or((port, false), |port| (port, true));
        let port = port.parse().map_err(|_| "write tcp:PORT or tcp:PORT,wait with a port from 0 to 65535")?;
        return Ok(SerialTarget::Tcp { port, wait });
    }
    match text {
        "pty" if cfg!(unix) => Ok(SerialTarget::Pty),
        "pty" => Err("this system has no pseudo terminals: give tcp:PORT".to_owned()),
        text => Ok(SerialTarget::Stream(StreamTarget::from(text))),
    }
}

fn model(text: &str) -> Result<Model, String> {
    Model::from_name(&text.to_ascii_lowercase()).ok_or_else(|| {
        let names: Vec<&str> = Model::ALL.iter().map(|model| model.name()).collect();
        format!("there is no such CPU here: give one of {}", names.join(", "))
    })
}

fn speed(text: &str) -> Result<CpuSpeed, String> {
    if text.eq_ignore_ascii_case("max") { Ok(CpuSpeed::Max) } else { units::clock_hz(text).map(CpuSpeed::Clock) }
}

fn boot_order(text: &str) -> Result<BootOrder, String> {
    let mut names: Vec<&str> = text.split(',').collect();
    let menu = names.first().is_some_and(|name| name.eq_ignore_ascii_case("menu"));
    if menu {
        names.remove(0);
    }
    let drives: Option<Vec<BootDrive>> = names.into_iter().map(BootDrive::from_letter).collect();
    let drives = drives.ok_or("give up to three of a, b, c and d, such as c,a, or menu")?;
    let order = match drives.as_slice() {
        [] => BootOrder::default(),
        [drive] => BootOrder::first(*drive),
        _ => BootOrder::new(&drives).ok_or("give each drive once, and at most three")?,
    };
    Ok(if menu { order.with_menu() } else { order })
}

fn option_rom(text: &str) -> Result<(PathBuf, Option<u32>), String> {
    let Some((path, address)) = text.rsplit_once('@') else { return Ok((text.into(), None)) };
    match hexadecimal(address) {
        Some(address) => Ok((path.into(), Some(address))),
        None => Err("write FILE@ADDRESS with a hexadecimal address, such as card.rom@C8000".to_owned()),
    }
}

fn fixed_rom(text: &str) -> Result<(PathBuf, u32), String> {
    let parts = text.rsplit_once('@').and_then(|(path, address)| Some((path, hexadecimal(address)?)));
    match parts {
        Some((path, address)) if !path.is_empty() => Ok((path.into(), address)),
        _ => Err("write FILE@ADDRESS with a hexadecimal address, such as test.bin@F0000".to_owned()),
    }
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("give on or off".to_owned()),
    }
}

fn firmware_configuration(text: &str) -> Result<FirmwareConfiguration, String> {
    match text {
        "auto" => Ok(FirmwareConfiguration::Auto),
        "on" => Ok(FirmwareConfiguration::On),
        "off" => Ok(FirmwareConfiguration::Off),
        _ => Err("give auto, on or off".to_owned()),
    }
}

fn on_shutdown(text: &str) -> Result<OnShutdown, String> {
    match text {
        "reset" => Ok(OnShutdown::Reset),
        "halt" => Ok(OnShutdown::Halt),
        "stop" => Ok(OnShutdown::Stop),
        _ => Err("give reset, halt or stop".to_owned()),
    }
}

fn post_port(text: &str) -> Result<u16, String> {
    let port = hexadecimal(text).and_then(|port| u16::try_from(port).ok());
    port.ok_or_else(|| "give a hexadecimal port from 0 to FFFF, such as 190".to_owned())
}

fn post_code(text: &str) -> Result<u8, String> {
    let code = hexadecimal(text).and_then(|code| u8::try_from(code).ok());
    code.ok_or_else(|| "give a hexadecimal code from 0 to FF".to_owned())
}

/// Hexadecimal digits, alone or as `0xF0000` or `F0000h`.
fn hexadecimal(text: &str) -> Option<u32> {
    let digits = text.to_ascii_lowercase();
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    let digits = digits.strip_suffix('h').unwrap_or(digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_number)
}

fn drive_type(text: &str) -> Result<DriveType, String> {
    match text {
        "360" => Ok(DriveType::D360),
        "720" => Ok(DriveType::D720),
        "1200" => Ok(DriveType::D1200),
        "1440" => Ok(DriveType::D1440),
        "2880" => Ok(DriveType::D2880),
        _ => Err("give 360, 720, 1200, 1440 or 2880".to_owned()),
    }
}

fn until(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("every screen holds the empty text: give some text".to_owned());
    }
    Ok(text.to_owned())
}

/// A count, an address, or any other text; `text:` before it makes a text of a number.
fn trace_start(text: &str) -> Result<TraceStart, String> {
    if let Some(awaited) = text.strip_prefix("text:") {
        return until(awaited).map(TraceStart::Text);
    }
    if let Ok(step) = text.parse() {
        return Ok(TraceStart::Step(step));
    }
    let address = text
        .split_once(':')
        .and_then(|(cs, ip)| Some((u16::from_str_radix(cs, 16).ok()?, u32::from_str_radix(ip, 16).ok()?)));
    match address {
        Some((cs, ip)) => Ok(TraceStart::Address { cs, ip }),
        None => until(text).map(TraceStart::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_may_be_left_out() {
        let short = Cli::try_parse_from(["beige", "a.img", "--cpu", "286"]).unwrap();
        assert!(short.command.is_none());
        assert_eq!(short.run.images, [PathBuf::from("a.img")]);
        assert_eq!(short.run.machine.cpu, Model::I80286);
        let long = Cli::try_parse_from(["beige", "run", "a.img", "--boot", "c"]).unwrap();
        let Some(Command::Run(run)) = long.command else { panic!("no run") };
        assert_eq!(run.drives.boot, BootOrder::first(BootDrive::C));
    }

    #[test]
    fn a_boot_list_is_exact_and_a_single_drive_comes_first() {
        use BootDrive::{A, B, C, D};
        assert_eq!(boot_order("c,a").ok(), BootOrder::new(&[C, A]));
        assert_eq!(boot_order("A,b,D").ok(), BootOrder::new(&[A, B, D]));
        assert_eq!(boot_order("d").ok(), BootOrder::new(&[D, A, C]));
        assert_eq!(boot_order("menu").ok(), Some(BootOrder::default().with_menu()));
        assert_eq!(boot_order("menu,c").ok(), Some(BootOrder::first(C).with_menu()));
        for text in ["", "e", "a,", "a,a", "a,b,c,d", "a c", "a,menu", "menu,"] {
            assert!(boot_order(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_option_rom_has_an_address_or_none() {
        assert_eq!(option_rom("a.rom"), Ok(("a.rom".into(), None)));
        assert_eq!(option_rom("a@b.rom@0xC8000"), Ok(("a@b.rom".into(), Some(0xc_8000))));
        assert_eq!(option_rom("a.rom@d0000h"), Ok(("a.rom".into(), Some(0xd_0000))));
        assert!(option_rom("a@b.rom").is_err());
    }

    #[test]
    fn a_rom_has_an_address() {
        assert_eq!(fixed_rom("a@b.rom@0xF0000"), Ok(("a@b.rom".into(), 0xf_0000)));
        assert_eq!(fixed_rom("a.rom@fffff000h"), Ok(("a.rom".into(), 0xffff_f000)));
        for text in ["a.rom", "a.rom@", "a.rom@x", "a.rom@+1", "a.rom@100000000", "@F0000"] {
            assert!(fixed_rom(text).is_err(), "{text}");
        }
    }

    #[test]
    fn post_ports_and_codes_are_hexadecimal() {
        assert_eq!((post_port("190"), post_port("0x80"), post_port("80h")), (Ok(0x190), Ok(0x80), Ok(0x80)));
        assert_eq!((post_code("fF"), post_code("0")), (Ok(0xff), Ok(0)));
        assert!(post_port("10000").is_err() && post_port("").is_err() && post_code("100").is_err());
    }

    #[test]
    fn a_trace_begins_at_a_count_an_address_or_a_text() {
        assert_eq!(trace_start("100"), Ok(TraceStart::Step(100)));
        assert_eq!(trace_start("f000:E05B"), Ok(TraceStart::Address { cs: 0xf000, ip: 0xe05b }));
        assert_eq!(trace_start("text:A:\\>"), Ok(TraceStart::Text("A:\\>".to_owned())));
        assert_eq!(trace_start("A:\\>"), Ok(TraceStart::Text("A:\\>".to_owned())));
        assert_eq!(trace_start("text:100"), Ok(TraceStart::Text("100".to_owned())));
        assert!(trace_start("").is_err());
        assert!(trace_start("text:").is_err());
    }

    #[test]
    fn serial_ports_are_connected_to_streams_clients_and_terminals() {
        assert_eq!(serial_target("none"), Ok(SerialTarget::Stream(StreamTarget::Nothing)));
        assert_eq!(serial_target("./tcp:1"), Ok(SerialTarget::Stream(StreamTarget::File("./tcp:1".into()))));
        assert_eq!(serial_target("tcp:5555"), Ok(SerialTarget::Tcp { port: 5555, wait: false }));
        assert_eq!(serial_target("tcp:0,wait"), Ok(SerialTarget::Tcp { port: 0, wait: true }));
        for text in ["tcp:", "tcp:x", "tcp:65536", "tcp:-1", "tcp:1,weight", "tcp:127.0.0.1:1"] {
            assert!(serial_target(text).is_err(), "{text}");
        }
        let short = Cli::try_parse_from(["beige", "--serial", "stdio", "--com3", "none"]).unwrap().run.outputs;
        assert_eq!(short.com1, SerialTarget::Stream(StreamTarget::Stdio));
        assert_eq!(short.serial_targets().map(|target| target.is_some()), [true, false, true, false]);
    }

    #[test]
    fn streams_go_to_stdio_a_file_or_nowhere() {
        assert_eq!(StreamTarget::from("stdio"), StreamTarget::Stdio);
        assert_eq!(StreamTarget::from("none"), StreamTarget::Nothing);
        assert_eq!(StreamTarget::from("./none"), StreamTarget::File("./none".into()));
    }
}
