//! How a run ended, and what is printed of it.

use crate::cli::OutputArgs;
use crate::console::{Console, say, screen_lines};
use crate::picture::save_png;
use crate::units::seconds;
use beige_host::runner::Runner;
use beige_host::stats::StatsReport;
use beige_host::{Activity, Diagnosis, Frame, Stopped};
use cpu_time::ProcessTime;
use serde_json::{Map, Value, json};

/// Why a run ended: a word for programs, an exit code, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The word of `--json`.
    pub(crate) reason: &'static str,
    /// The exit code.
    pub(crate) code: u8,
    /// What is said on standard error, if anything.
    pub(crate) message: Option<String>,
}

impl Ending {
    /// An end that needs no words.
    pub(crate) fn quiet(reason: &'static str, code: u8) -> Ending {
        Ending { reason, code, message: None }
    }

    /// An end that is explained.
    pub(crate) fn said(reason: &'static str, code: u8, message: impl Into<String>) -> Ending {
        Ending { reason, code, message: Some(message.into()) }
    }

    /// A signal came.
    pub(crate) fn interrupted() -> Ending {
        Ending::said("interrupted", 1, "interrupted")
    }

    /// The reader of standard output has gone, which is its right.
    pub(crate) fn stdout_closed() -> Ending {
        Ending::quiet("stdout-closed", 0)
    }

    /// Whether the guest is why the run ended, without having said so: then the report tells what it waits for.
    fn asks_why(&self) -> bool {
        matches!(self.reason, "limit" | "halted" | "unmet-wait")
    }

    /// The machine ended. `unmet` says that a script or `--until` was not done.
    pub(crate) fn stopped(stopped: Stopped, unmet: bool) -> Ending {
        match stopped {
            Stopped::Halted if unmet => {
                Ending::said("halted", 1, "the guest halted with interrupts disabled before the run was done")
            }
            Stopped::Halted | Stopped::Reached => Ending::quiet("halted", 0),
            Stopped::Shutdown(sentence) => Ending::said("shutdown", 1, sentence),
            Stopped::PowerOff if unmet => {
                Ending::said("power-off", 1, "the guest switched the machine off before the run was done")
            }
            Stopped::PowerOff => Ending::quiet("power-off", 0),
            Stopped::PostCode(_) => Ending::quiet("until-post", 0),
            Stopped::ExitPort(code) => Ending::quiet("exit-port", code),
        }
    }
}

/// Exit code when the host failed at the end.
const HOST_FAILED: u8 = 3;

/// Ends a run: brings images to stable storage, then prints what there is to print. The exit code.
pub(crate) fn finish(runner: &mut Runner, ending: &Ending, outputs: &OutputArgs, console: &mut Console) -> u8 {
    let mut code = ending.code;
    let mut fail = |sentence: String| {
        say(&sentence);
        if code == 0 {
            code = HOST_FAILED;
        }
    };
    let stats = runner.take_stats();
    let unsaved = runner.has_unsaved_changes();
    if let Err(sentence) = runner.finish() {
        fail(sentence);
    }
    if let Some(path) = &outputs.screenshot {
        let mut frame = Frame::default();
        runner.machine().render(&mut frame);
        if let Err(sentence) = save_png(&frame, path) {
            fail(sentence);
        }
    }
    if let Some(message) = &ending.message {
        say(message);
    }
    let hash = outputs.hash.then(|| hex(&runner.machine_mut().hash()));
    let rows = runner.machine().screen_text();
    let mut object = outputs.json.then(|| json_object(runner, ending, code, hash.as_deref(), rows.as_deref()));
    // Last, as it leaves the machine somewhere else.
    let diagnosis = ending.asks_why().then(|| runner.machine_mut().diagnose_at_the_end());
    if let Some(diagnosis) = &diagnosis {
        say(&diagnosis.to_string());
    }
    if unsaved {
        say("what the guest wrote to its disks is gone: it lived in memory; --write keeps it");
    }
    if let Some(stats) = stats.as_ref().filter(|_| !outputs.json) {
        say(&stats_text(stats));
    }
    if let Some(object) = &mut object {
        object["waiting_for"] = json!(diagnosis.as_ref().map(Diagnosis::waiting_for));
        object["hang"] = json!(diagnosis.as_ref().map(hang));
        if let Some(stats) = &stats {
            object["stats"] = stats_object(stats);
        }
        Console::new(false).print(&object.to_string(), true);
        return code;
    }
    let mut after_line = runner.outputs().stdout_ends_line();
    if outputs.screen {
        console.print(&screen_lines(rows.as_deref()), after_line);
        after_line = true;
    }
    if let Some(hash) = hash {
        console.print(&hash, after_line);
    }
    code
}

fn json_object(runner: &mut Runner, ending: &Ending, code: u8, hash: Option<&str>, rows: Option<&[String]>) -> Value {
    let post_codes = json!(runner.outputs().post_codes().map(|code| format!("{code:02X}h")).collect::<Vec<_>>());
    let machine = runner.machine();
    let mut object = json!({
        "exit": ending.reason,
        "exit_code": code,
        "guest_seconds": seconds(machine.now()),
        "instructions": machine.instructions(),
        "message": ending.message,
        "host_cpu_seconds": ProcessTime::now().as_duration().as_secs_f64(),
        "screen": rows.map(|rows| screen_lines(Some(rows))),
    });
    if machine.config().post_port.is_some() {
        object["post_codes"] = post_codes;
    }
    if let Some(hash) = hash {
        object["hash"] = json!(hash);
    }
    object
}

/// A diagnosis for programs; numbers of ports and addresses as people write them.
fn hang(diagnosis: &Diagnosis) -> Value {
    let (mut port, mut address) = (None, None);
    match diagnosis.activity {
        Activity::PollsPort(number) => port = Some(format!("{number:03X}h")),
        Activity::PollsMemory { selector, offset } => address = Some(format!("{selector:04X}:{offset:04X}")),
        _ => {}
    }
    let disk_error = diagnosis.disk_error.map(|(drive, status)| json!({ "drive": drive, "status": status }));
    json!({
        "kind": diagnosis.kind(),
        "cs_ip": format!("{:04X}:{:04X}", diagnosis.code.cs, diagnosis.code.ip),
        "instruction": diagnosis.code.text,
        "interrupts_enabled": diagnosis.interrupts_enabled,
        "port": port,
        "irq": diagnosis.irq(),
        "address": address,
        "last_call": diagnosis.last_call.map(|(call, _)| call.to_string()),
        "disk_error": disk_error,
        "sentence": diagnosis.to_string(),
    })
}

/// What `--stats` measured, for people.
fn stats_text(stats: &StatsReport) -> String {
    let StatsReport { instructions, guest, cpu, clock, slept, core_mips, parts, counts } = stats;
    let mut text = format!(
        "{instructions} instructions in {:.3} s of guest time; the core executed {core_mips:.0} million a second",
        seconds(*guest)
    );
    let mut line = |name: &str, value: String| text.push_str(&format!("\n  {:<30}{value:>16}", name.replace('_', " ")));
    line("host time", format!("{:.3} s", clock.as_secs_f64()));
    line("slept", format!("{:.3} s", slept.as_secs_f64()));
    line("host CPU time", format!("{:.3} s", cpu.as_secs_f64()));
    for (name, time) in parts {
        let share = 100.0 * time.as_secs_f64() / cpu.as_secs_f64().max(f64::MIN_POSITIVE);
        line(&format!("  {name}"), format!("{:.3} s {share:>5.1} %", time.as_secs_f64()));
    }
    for (name, count) in counts {
        line(name, count.to_string());
    }
    text
}

/// The same for programs.
fn stats_object(stats: &StatsReport) -> Value {
    let StatsReport { instructions, guest, cpu, clock, slept, core_mips, parts, counts } = stats;
    let parts: Map<String, Value> =
        parts.iter().map(|(name, time)| ((*name).to_owned(), json!(time.as_secs_f64()))).collect();
    let counts: Map<String, Value> = counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
    json!({
        "instructions": instructions,
        "guest_seconds": seconds(*guest),
        "host_seconds": clock.as_secs_f64(),
        "slept_seconds": slept.as_secs_f64(),
        "cpu_seconds": cpu.as_secs_f64(),
        "core_mips": core_mips,
        "cpu_seconds_by_part": parts,
        "counts": counts,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_fails_only_what_was_not_done() {
        assert_eq!(Ending::stopped(Stopped::Halted, false).code, 0);
        assert_eq!(Ending::stopped(Stopped::Halted, true).code, 1);
        assert_eq!(Ending::stopped(Stopped::PowerOff, false), Ending::quiet("power-off", 0));
        assert_eq!(Ending::stopped(Stopped::PowerOff, true).code, 1);
    }

    #[test]
    fn the_byte_of_the_guest_is_the_exit_code() {
        assert_eq!(Ending::stopped(Stopped::ExitPort(77), true), Ending::quiet("exit-port", 77));
    }

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hex(&[0, 0xab, 0x0c]), "00ab0c");
    }
}
