//! The crash bundle: when Beige itself has a bug, what is needed to repeat the run goes to the temporary folder, and
//! the process ends with exit code 101.
//!
//! A machine is a function of its configuration, its disks and its inputs, so configuration and input log repeat the
//! run; the last state, where one was taken, saves most of the way. The panic hook cannot reach the machine, which
//! may be in the middle of a step; the runner leaves here what it needs as it goes.

use crate::state_file::StateFile;
use beige_core::{InputEvent, Tick};
use beige_machine::Config;
use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The exit code of our own bugs.
pub const EXIT_CODE: i32 = 101;

/// What the bundle will hold.
struct Bundle {
    config: Option<Config>,
    media: Vec<String>,
    inputs: Vec<(Tick, InputEvent)>,
    snapshot: Option<StateFile>,
}

static BUNDLE: Mutex<Bundle> =
    Mutex::new(Bundle { config: None, media: Vec::new(), inputs: Vec::new(), snapshot: None });

fn bundle() -> MutexGuard<'static, Bundle> {
    BUNDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the configuration of the machine that runs.
pub fn remember_config(config: &Config) {
    bundle().config = Some(config.clone());
}

/// Keeps what stands in the drives, one line a drive.
pub fn remember_media(lines: &[String]) {
    bundle().media = lines.to_vec();
}

/// Keeps which image the input log means by `number`: the line of its drive.
pub fn remember_image(number: u32, line: &str) {
    bundle().media.push(format!("image {number} of the inputs: {line}"));
}

/// Keeps an input.
pub fn remember_input(tick: Tick, event: InputEvent) {
    bundle().inputs.push((tick, event));
}

/// Keeps a snapshot in place of the last one.
pub fn remember_snapshot(state: StateFile) {
    bundle().snapshot = Some(state);
}

/// Makes every panic of the process write a bundle, say where it is, and exit with 101.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let folder = std::env::temp_dir().join(format!("beige-crash-{}", std::process::id()));
        let message = match write_bundle(&folder, info) {
            Ok(()) => format!("please report it with the folder {}", folder.display()),
            Err(error) => format!("and its report could not be written to {}: {error}", folder.display()),
        };
        let _ = writeln!(io::stderr(), "beige: this is a bug in Beige itself: {info}; {message}");
        std::process::exit(EXIT_CODE);
    }));
}

fn write_bundle(folder: &Path, info: &PanicHookInfo<'_>) -> io::Result<()> {
    let mut bundle = bundle();
    std::fs::create_dir_all(folder)?;
    let file = |name: &str| -> PathBuf { folder.join(name) };
    let panic = format!("beige {}\n{info}\n\n{}\n", env!("CARGO_PKG_VERSION"), Backtrace::force_capture());
    std::fs::write(file("panic.txt"), panic)?;
    std::fs::write(file("config.txt"), config_text(&bundle))?;
    std::fs::write(file("inputs.txt"), inputs_text(&bundle.inputs))?;
    match bundle.snapshot.take() {
        Some(state) => std::fs::write(file("last.state"), state.to_bytes()),
        None => Ok(()),
    }
}

fn config_text(bundle: &Bundle) -> String {
    let mut text = String::new();
    if let Some(config) = &bundle.config {
        let Config { bios, vga_bios, .. } = config;
        let sizes = format!("bios: {} bytes\nvga bios: {} bytes\n", bios.len(), vga_bios.len());
        let mut without_roms = Config { bios: Vec::new(), vga_bios: Vec::new(), ..config.clone() };
        without_roms.fixed_roms.iter_mut().for_each(|rom| rom.image.clear());
        let _ = write!(text, "{without_roms:#?}\n{sizes}");
    }
    for line in &bundle.media {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// One line an input: the tick, then the event.
fn inputs_text(inputs: &[(Tick, InputEvent)]) -> String {
    inputs.iter().fold(String::new(), |mut text, (tick, event)| {
        let _ = writeln!(text, "{tick} {event:?}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::Key;

    #[test]
    fn the_input_log_has_a_line_for_each_event() {
        let inputs = [(5, InputEvent::Key { key: Key::A, down: true }), (9, InputEvent::Reset)];
        assert_eq!(inputs_text(&inputs), "5 Key { key: A, down: true }\n9 Reset\n");
    }
}
