//! State files: a whole machine on disk, to go on with later, elsewhere, or in a later Beige.
//!
//! docs/snapshot-format.md is the format. A file has a head (what is shown of the state, the configuration with its
//! ROMs, the drives) and the state of the machine, each compressed, under one checksum. The checksum tells damage from
//! a file that was made so; both are handled, for a state may come from anybody: sizes are bounded by the configuration
//! and by the images that are really there before anything is unpacked, and the machine checks all it loads.

mod container;
mod drives;
mod screen;
mod summary;
#[cfg(test)]
mod tests;

pub use container::is_state_file;
pub use drives::SavedDrive;
pub(crate) use drives::format as floppy_format;
pub use screen::Thumbnail;
pub use summary::Summary;

use crate::error::HostError;
use crate::options::CpuSpeed;
use beige_core::{Disk, StateError, StateReader, StateWriter, Visitor};
use beige_machine::{Config, DISK_SLOTS, Machine};
use container::Container;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// The most that a head holds unpacked: ROMs, two floppies by their bytes, a picture.
const HEAD_MAX_BYTES: u64 = 8 << 20;
/// The most that chips, video memory and field headers take in the state of a machine, RAM and disks aside.
const CHIPS_MAX_BYTES: u64 = 4 << 20;
/// The largest file that is read at all.
const FILE_MAX_BYTES: u64 = 8 << 30;

/// Whether the file at `path` begins as a state does.
pub(crate) fn is_at(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut first = [0; container::MAGIC.len()];
    is_file && File::open(path).and_then(|mut file| file.read_exact(&mut first)).is_ok() && is_state_file(&first)
}

/// The drives of a machine, by slot.
pub type SavedDrives = [SavedDrive; DISK_SLOTS];

/// A machine as it was saved.
#[derive(Clone, Debug)]
pub struct StateFile {
    summary: Summary,
    config: Config,
    drives: SavedDrives,
    machine: MachineState,
}

/// The state of the machine: as it was saved, or as it stands in a file.
#[derive(Clone, Debug)]
enum MachineState {
    Plain(Vec<u8>),
    Packed(container::Packed),
}

impl StateFile {
    /// The present state of a machine whose writes have been flushed.
    ///
    /// # Errors
    /// When an image cannot be read, or a disk is not one that a state file can name.
    pub fn of(machine: &mut Machine, speed: CpuSpeed) -> Result<StateFile, HostError> {
        Ok(StateFile {
            summary: Summary::of(machine, speed),
            config: machine.config().clone(),
            drives: drives::of(machine)?,
            machine: MachineState::Plain(machine.save()),
        })
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is no state that this program can load: one sentence with the path.
    pub fn open(path: &Path) -> Result<StateFile, HostError> {
        let shown = path.display();
        let unreadable = |error: std::io::Error| {
            HostError::bad_input(format!("{shown} cannot be read: {error}; give a state that Beige has saved"))
        };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() || metadata.len() > FILE_MAX_BYTES {
            return Err(HostError::bad_input(format!(
                "{shown} is no state of Beige: give a file that Beige has saved"
            )));
        }
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(FILE_MAX_BYTES).read_to_end(&mut bytes)).map_err(unreadable)?;
        StateFile::from_bytes(&bytes).map_err(|reason| HostError::bad_input(format!("{shown} {reason}")))
    }

    /// Reads a state in memory.
    ///
    /// # Errors
    /// What is wrong with it, the end of a sentence that begins with its name.
    pub fn from_bytes(bytes: &[u8]) -> Result<StateFile, String> {
        let Container { head, machine } = container::read(bytes)?;
        let head = head.unpack(HEAD_MAX_BYTES).map_err(|reason| format!("cannot be loaded: {reason}"))?;
        let (mut summary, mut config, mut drives) = (Summary::default(), empty_config(), SavedDrives::default());
        let mut reader = StateReader::new(&head);
        visit_head(&mut summary, &mut config, &mut drives, &mut reader);
        reader.finish().map_err(|error| format!("cannot be loaded: {error}"))?;
        config.check().map_err(|error| format!("cannot be loaded: its machine cannot be: {error}"))?;
        drives::check(&drives, &config).map_err(|error| format!("cannot be loaded: {error}"))?;
        Ok(StateFile { summary, config, drives, machine: MachineState::Packed(machine) })
    }

    /// The whole file.
    #[must_use]
    pub fn to_bytes(mut self) -> Vec<u8> {
        let mut head = StateWriter::default();
        visit_head(&mut self.summary, &mut self.config, &mut self.drives, &mut head);
        let machine = match self.machine {
            MachineState::Plain(state) => container::pack(&state),
            MachineState::Packed(packed) => packed,
        };
        container::write(&Container { head: container::pack(&head.finish()), machine })
    }

    /// Writes the file, which appears under its name when it is complete.
    ///
    /// # Errors
    /// When the host does not take it: one sentence with the path.
    pub fn write(self, path: &Path) -> Result<(), HostError> {
        write_whole(path, &self.to_bytes())
            .map_err(|error| HostError::host_resource(format!("{} cannot be written: {error}", path.display())))
    }

    /// What is shown of the state.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Which machine it is.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What stands in its drives.
    #[must_use]
    pub fn drives(&self) -> &SavedDrives {
        &self.drives
    }

    /// The image files that it names.
    pub fn images(&self) -> impl Iterator<Item = &Path> {
        self.drives.iter().filter_map(|drive| match drive {
            SavedDrive::File { absolute, .. } => Some(absolute.as_path()),
            SavedDrive::Empty | SavedDrive::Content { .. } => None,
        })
    }

    /// The machine, with the disks of [`StateFile::drives`] in its drives.
    ///
    /// # Errors
    /// When the state is damaged in itself, or of another machine or other disks.
    pub fn resume(self, disks: [Option<Box<dyn Disk>>; DISK_SLOTS]) -> Result<Machine, StateError> {
        let state = match self.machine {
            MachineState::Plain(state) => state,
            MachineState::Packed(packed) => {
                let most = state_bytes_max(&self.config, &disks);
                packed.unpack(most).map_err(|reason| StateError::invalid("machine", &reason))?
            }
        };
        Machine::resume(self.config, disks, &state)
    }
}

/// The most that the state of such a machine takes.
fn state_bytes_max(config: &Config, disks: &[Option<Box<dyn Disk>>; DISK_SLOTS]) -> u64 {
    // A page of 4096 bytes stands there with its number of 4, an unsaved sector of 512 with its number of 8.
    let memory = u64::from(config.memory_kib) * (1024 + 1);
    let sectors = disks.iter().flatten().map(|disk| disk.sectors()).fold(0, u64::saturating_add);
    sectors.saturating_mul(512 + 8).saturating_add(memory).saturating_add(CHIPS_MAX_BYTES)
}

fn visit_head(summary: &mut Summary, config: &mut Config, drives: &mut SavedDrives, v: &mut dyn Visitor) {
    summary.visit(v);
    config.visit(v);
    drives.iter_mut().for_each(|drive| drive.visit(v));
}

/// What a load starts from: fields that an older state does not have keep these values.
fn empty_config() -> Config {
    Config::plain(beige_machine::Model::I80486, Vec::new(), Vec::new())
}

/// Writes beside `path` first, so that no half of a file ever stands there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A link is followed; a device or a pipe is no file to take the place of.
    let target = path.canonicalize();
    let path = target.as_deref().unwrap_or(path);
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return File::options().write(true).open(path)?.write_all(bytes);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // What is left of it is of no use; the first error is the one to tell.
        let _ = std::fs::remove_file(&part);
    }
    written
}
