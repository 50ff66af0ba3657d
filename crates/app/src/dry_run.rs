//! `--dry-run`: the machine that a run would be, with every default, as text or JSON. Nothing is started or written.
//!
//! The configuration and the options of output are taken apart field by field: a new one that is not shown here does
//! not compile.

use crate::cli::{OutputArgs, RunArgs, SerialTarget, StreamTarget};
use crate::plan::{Mode, PROFILE_EVERY_DEFAULT};
use crate::units::seconds;
use beige_host::drive_types::kilobytes;
use beige_host::drives::{Drives, ListedDrive, letter};
use beige_host::options::CpuSpeed;
use beige_host::{Config, DateTime, FixedRom, Geometry, OnShutdown};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What is told of a run: a name, words for people, a value for programs.
#[derive(Default)]
pub(crate) struct Facts(Vec<(&'static str, String, Value)>);

impl Facts {
    /// A fact whose words are its value.
    fn say(&mut self, name: &'static str, words: impl Into<String>) {
        let words = words.into();
        let value = Value::String(words.clone());
        self.add(name, words, value);
    }

    fn add(&mut self, name: &'static str, words: impl Into<String>, value: Value) {
        self.0.push((name, words.into(), value));
    }

    /// Lines for people, in order.
    pub(crate) fn text(&self) -> String {
        let lines: Vec<String> = self
            .0
            .iter()
            .flat_map(|(name, words, _)| words.split('\n').map(move |words| (name.replace('_', " "), words)))
            .map(|(name, words)| format!("{name:<16}{words}"))
            .collect();
        lines.join("\n")
    }

    /// An object for programs.
    pub(crate) fn json(self) -> Value {
        let fields = self.0.into_iter().map(|(name, _, value)| (name.to_owned(), value));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

/// What the run would be.
pub(crate) fn facts(args: &RunArgs, mode: &Mode, drives: &Drives, config: &Config, speed: CpuSpeed) -> Facts {
    let mut facts = Facts::default();
    match &args.resume {
        Some(path) => facts.say("resumes", path.display().to_string()),
        None => facts.add("resumes", "nothing, power-on", Value::Null),
    }
    machine(&mut facts, args, config, speed, mode);
    disks(&mut facts, drives, args);
    outputs(&mut facts, &args.outputs);
    run(&mut facts, mode, args);
    facts
}

fn machine(facts: &mut Facts, args: &RunArgs, config: &Config, cpu_speed: CpuSpeed, mode: &Mode) {
    let Config {
        model,
        coprocessor,
        memory_kib,
        rate,
        rtc,
        nvram,
        floppies,
        hard_disks,
        real_disk,
        boot,
        exit_port,
        serial_ports,
        printer,
        bios,
        vga_bios,
        fw_cfg,
        option_roms,
        fixed_roms,
        on_shutdown,
        post_port,
    } = config;
    facts.say("cpu", model.name());
    facts.add("fpu", if *coprocessor { "there" } else { "none" }, json!(coprocessor));
    let (numerator, denominator) = rate.parts();
    let per_second = u128::from(numerator) * 1_000_000_000 / u128::from(denominator.max(1));
    let speed_words = match (cpu_speed, mode) {
        (CpuSpeed::Max, Mode::Window) => "max: as many instructions as the host does".to_owned(),
        (CpuSpeed::Max, _) => format!("max: {per_second} instructions a guest second"),
        (CpuSpeed::Clock(hz), _) => format!("{} MHz: {per_second} instructions a guest second", hz as f64 / 1e6),
    };
    let clock_hz = if let CpuSpeed::Clock(hz) = cpu_speed { Some(hz) } else { None };
    let rate = json!({ "clock_hz": clock_hz, "instructions_per_second": per_second as u64 });
    facts.add("speed", speed_words, rate);
    facts.add("memory", format!("{memory_kib} KiB"), json!({ "kib": memory_kib }));
    rom(facts, "bios", args.machine.bios.as_deref(), bios);
    rom(facts, "vga_bios", args.machine.vga_bios.as_deref(), vga_bios);
    let words = if *fw_cfg { "there, with RAM in place of the ROMs below 1 MiB" } else { "none" };
    facts.add("fw_cfg", words, json!(fw_cfg));
    let places = option_roms
        .iter()
        .map(|rom| rom.address.map_or("the first free place".to_owned(), |address| format!("{address:05X}h")));
    let roms: Vec<String> = option_roms
        .iter()
        .zip(places)
        .map(|(rom, place)| format!("{} bytes at {place}, BLAKE3 {}", rom.image.len(), blake3::hash(&rom.image)))
        .collect();
    facts.add("option_roms", none_or(&roms), json!(roms));
    let fixed: Vec<String> = fixed_roms
        .iter()
        .map(|rom| {
            let FixedRom { address, image } = rom;
            format!("{} bytes at {address:05X}h, BLAKE3 {}", image.len(), blake3::hash(image))
        })
        .collect();
    facts.add("roms", none_or(&fixed), json!(fixed));
    let (word, answer) = match on_shutdown {
        OnShutdown::Reset => ("reset", "the CPU is reset"),
        OnShutdown::Halt => ("halt", "the CPU is dead"),
        OnShutdown::Stop => ("stop", "the run ends"),
    };
    facts.add("on_shutdown", format!("{word}: {answer}"), json!(word));
    facts.say("rtc", date_time(*rtc));
    let kept = args.machine.nvram.as_deref().map(|path| path.display().to_string());
    let fresh = if nvram.is_some() { "read and kept" } else { "to be made" };
    let words = kept.as_ref().map_or("not kept".to_owned(), |path| format!("{path}, {fresh}"));
    facts.add("nvram", words, json!(kept));
    let order: Vec<String> = boot.drives().map(|drive| drive.to_string()).collect();
    facts.add("boot_order", order.join(", "), json!(order));
    let types: Vec<String> = (0..)
        .zip(floppies)
        .filter(|(_, drive)| kilobytes(**drive) != 0)
        .map(|(slot, drive)| format!("{} {}K", letter(slot), kilobytes(*drive)))
        .collect();
    facts.add("floppy_drives", none_or(&types), json!(floppies.map(kilobytes)));
    facts.add("floppy_times", if *real_disk { "those of real drives" } else { "none" }, json!(real_disk));
    let disks: Vec<String> = (2..)
        .zip(hard_disks)
        .filter_map(|(slot, disk)| Some(format!("{} C/H/S {}", letter(slot), chs(disk.as_ref()?.geometry))))
        .collect();
    facts.add("hard_disks", none_or(&disks), json!(disks));
    let ports: Vec<String> =
        (1..).zip(serial_ports).filter(|(_, there)| **there).map(|(number, _)| format!("COM{number}")).collect();
    facts.add("serial_ports", none_or(&ports), json!(ports));
    facts.add("printer", if *printer { "at LPT1" } else { "none" }, json!(printer));
    let port = exit_port.map(|port| format!("{port:X}h"));
    facts.add("exit_port", port.unwrap_or_else(|| "none".to_owned()), json!(exit_port));
    let port = post_port.map(|port| format!("{port:X}h"));
    facts.add("post_port", port.unwrap_or_else(|| "none".to_owned()), json!(post_port));
}

fn rom(facts: &mut Facts, name: &'static str, path: Option<&Path>, bytes: &[u8]) {
    // With --rom there is no BIOS.
    if bytes.is_empty() {
        return facts.add(name, "none", Value::Null);
    }
    let hash = blake3::hash(bytes).to_string();
    let file = path.map(|path| path.display().to_string());
    let source = file.as_deref().unwrap_or("built in");
    let words = format!("{source}, {} bytes, BLAKE3 {hash}", bytes.len());
    facts.add(name, words, json!({ "file": file, "bytes": bytes.len(), "blake3": hash }));
}

fn disks(facts: &mut Facts, drives: &Drives, args: &RunArgs) {
    let listed = drives.listed();
    let fate = |drive: &ListedDrive| if drive.written { "written to the image" } else { "in memory" };
    let words = listed.iter().map(|drive| {
        let ListedDrive { letter, description, geometry, .. } = drive;
        format!("{letter}: {description}, C/H/S {}, changes {}", chs(*geometry), fate(drive))
    });
    let words: Vec<String> = words.collect();
    let values = listed.iter().map(|drive| {
        let ListedDrive { letter, image, description, geometry, written } = drive;
        let chs = [geometry.cylinders, geometry.heads, geometry.sectors];
        json!({
            "drive": letter,
            "image": image,
            "description": description,
            "chs": chs,
            "changes": if *written { "image" } else { "memory" },
        })
    });
    let words = if words.is_empty() { "none".to_owned() } else { words.join("\n") };
    facts.add("disks", words, Value::Array(values.collect()));
    let next = [("A", &args.drives.a), ("B", &args.drives.b)].map(|(drive, stack)| {
        stack.iter().skip(1).map(|path| format!("{drive}: {}", path.display())).collect::<Vec<_>>()
    });
    let next = next.concat();
    facts.add("next_disks", none_or(&next), json!(next));
}

fn outputs(facts: &mut Facts, outputs: &OutputArgs) {
    let OutputArgs {
        com1,
        com2,
        com3,
        com4,
        lpt1,
        debugcon,
        screen,
        screenshot,
        json: as_json,
        hash,
        trace,
        trace_from,
        trace_limit,
        profile,
        profile_every,
        stats,
        wav,
    } = outputs;
    for (name, target) in
        [("com1", Some(com1)), ("com2", com2.as_ref()), ("com3", com3.as_ref()), ("com4", com4.as_ref())]
    {
        match target {
            Some(target) => facts.say(name, serial(target)),
            None => facts.add(name, "no such port", Value::Null),
        }
    }
    facts.say("lpt1", stream(lpt1));
    facts.say("debugcon", stream(debugcon));
    let path = |path: &Option<std::path::PathBuf>| path.as_deref().map(|path| path.display().to_string());
    let files =
        [("trace", path(trace)), ("profile", path(profile)), ("screenshot", path(screenshot)), ("wav", path(wav))];
    for (name, file) in files {
        facts.add(name, file.clone().unwrap_or_else(|| "none".to_owned()), json!(file));
    }
    let from = trace_from.as_ref().map(|start| format!("{start:?}"));
    facts.add("trace_from", from.clone().unwrap_or_else(|| "power-on".to_owned()), json!(from));
    facts.add(
        "trace_limit",
        trace_limit.map_or("none".to_owned(), |limit| format!("{limit} steps")),
        json!(trace_limit),
    );
    let every = profile.as_ref().map(|_| profile_every.unwrap_or(PROFILE_EVERY_DEFAULT));
    let words = every.map_or("none".to_owned(), |every| format!("{every} instructions"));
    facts.add("profile_every", words, json!(every));
    let printed = [
        ("the screen", *screen),
        ("a JSON object", *as_json),
        ("the hash of the state", *hash),
        ("statistics", *stats),
    ];
    let printed: Vec<&str> = printed.into_iter().filter(|(_, wanted)| *wanted).map(|(what, _)| what).collect();
    facts.add("prints", none_or(&printed), json!(printed));
}

fn run(facts: &mut Facts, mode: &Mode, args: &RunArgs) {
    match mode {
        Mode::Window => facts.say("mode", "window"),
        Mode::Headless { script, until, until_post, limit } => {
            facts.say("mode", "headless");
            let file = args.headless.script.as_deref().map(|path| path.display().to_string());
            let count = script.as_ref().map_or(0, |script| script.statements.len());
            let words = file.as_ref().map_or("none".to_owned(), |file| format!("{file}, {count} statements"));
            facts.add("script", words, json!(file));
            facts.add("until", until.clone().unwrap_or_else(|| "nothing".to_owned()), json!(until));
            let code = until_post.map(|code| format!("{code:02X}h"));
            facts.add("until_post", code.clone().unwrap_or_else(|| "nothing".to_owned()), json!(code));
            facts.add("limit", format!("{} s of guest time", seconds(*limit)), json!(seconds(*limit)));
        }
    }
}

fn stream(target: &StreamTarget) -> String {
    match target {
        StreamTarget::Nothing => "none".to_owned(),
        StreamTarget::Stdio => "stdio".to_owned(),
        StreamTarget::File(path) => path.display().to_string(),
    }
}

fn serial(target: &SerialTarget) -> String {
    match target {
        SerialTarget::Stream(target) => stream(target),
        SerialTarget::Tcp { port, wait } => format!("tcp:{port}{}", if *wait { ",wait" } else { "" }),
        SerialTarget::Pty => "pty".to_owned(),
    }
}

fn date_time(time: DateTime) -> String {
    let DateTime { year, month, day, hour, minute, second } = time;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

fn chs(geometry: Geometry) -> String {
    format!("{}/{}/{}", geometry.cylinders, geometry.heads, geometry.sectors)
}

fn none_or(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
