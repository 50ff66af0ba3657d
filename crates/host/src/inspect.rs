//! What a file is: an image, as `media` reads it, or a saved state.

use crate::drives::image_error;
use crate::error::HostError;
use crate::state_file::{StateFile, is_state_file};

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use beige_media::inspect::{
    BootSector, Container, FatVolume, FileSystem, Inspection, Medium, ParameterBlock, PartitionInfo, RootEntry, Volume,
};
pub use beige_media::{GeometrySource, Translation};

/// What was found.
pub enum Inspected {
    /// A disk image, or a file that is none.
    Image(Box<Inspection>),
    /// A state of a machine.
    State(Box<StateFile>),
}

/// Looks at a file; never writes, and takes no lock.
///
/// # Errors
/// When it cannot be read, or is a state that is damaged or of a later version.
pub fn inspect(path: &Path) -> Result<Inspected, HostError> {
    let image = beige_media::inspect::inspect(path).map_err(|error| image_error(&error))?;
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    if read.is_ok() && is_state_file(&head) {
        return StateFile::open(path).map(|state| Inspected::State(Box::new(state)));
    }
    Ok(Inspected::Image(Box::new(image)))
}
