//! What a saved state is, for people and for programs.

use super::thumbnail;
use crate::units::seconds;
use beige_host::state_file::{SavedDrive, StateFile, Summary};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use std::io::IsTerminal;

/// Lines that begin with the name of the file.
pub(super) fn text(name: &str, file: &StateFile) -> String {
    let (summary, config) = (file.summary(), file.config());
    let mut lines =
        vec![format!("{name}: state of a machine, saved by Beige {} {}", summary.program, saved_at(summary))];
    let mut add = |title: &str, text: String| lines.push(format!("  {title:<12}{text}"));
    add("machine", format!("{}, {} KiB of memory", config.model.name(), config.memory_kib));
    let time = seconds(summary.guest_time);
    add("guest time", format!("{time} s, {} instructions", summary.instructions));
    for (drive, stands) in drives(file) {
        add(&format!("drive {drive}"), stands);
    }
    lines.push("  picture".to_owned());
    let is_terminal = std::io::stdout().is_terminal();
    let draw = if is_terminal { thumbnail::in_colour } else { thumbnail::in_shades };
    lines.extend(draw(&summary.thumbnail).into_iter().map(|row| format!("    {row}").trim_end().to_owned()));
    if let Some(screen) = &summary.screen {
        lines.push("  screen".to_owned());
        lines.extend(screen_rows(screen).map(|row| format!("    {row}")));
    }
    lines.join("\n")
}

/// The object of a state.
pub(super) fn json(name: &str, file: &StateFile) -> Value {
    let (summary, config) = (file.summary(), file.config());
    let drives = ('A'..).zip(file.drives()).filter_map(|(drive, stands)| match stands {
        SavedDrive::Empty => None,
        SavedDrive::File { path, bytes, .. } => {
            Some(json!({ "drive": drive, "image": path.to_string_lossy(), "bytes": bytes }))
        }
        SavedDrive::Content { bytes, .. } => Some(json!({ "drive": drive, "image": null, "bytes": bytes.len() })),
    });
    json!({
        "file": name,
        "seems": "state of a machine",
        "format": "beige state",
        "program": summary.program,
        "saved_at": saved_at(summary),
        "cpu": config.model.name(),
        "memory_kib": config.memory_kib,
        "guest_seconds": seconds(summary.guest_time),
        "instructions": summary.instructions,
        "drives": drives.collect::<Vec<_>>(),
        "picture": thumbnail::in_shades(&summary.thumbnail),
        "screen": summary.screen.as_ref().map(|screen| screen_rows(screen).collect::<Vec<_>>().join("\n")),
    })
}

fn saved_at(summary: &Summary) -> String {
    let time = i64::try_from(summary.saved_at).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| "at no time".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The rows of a screen without control characters, which would reach the terminal.
fn screen_rows(screen: &[String]) -> impl Iterator<Item = String> {
    let last = screen.iter().rposition(|row| !row.trim().is_empty()).map_or(0, |last| last + 1);
    screen.iter().take(last).map(|row| row.replace(char::is_control, "?").trim_end().to_owned())
}

fn drives(file: &StateFile) -> impl Iterator<Item = (char, String)> {
    let drives = ('A'..).zip(file.drives());
    drives.filter_map(|(drive, stands)| match stands {
        SavedDrive::Empty => None,
        SavedDrive::File { path, bytes, .. } => Some((drive, format!("{} ({bytes} bytes)", path.display()))),
        SavedDrive::Content { bytes, .. } => Some((drive, format!("a floppy in the state ({} bytes)", bytes.len()))),
    })
}
