//! Disks of floppy drives come and go while the machine runs. Each change is an event of the input log.

use crate::board::Board;
use crate::run::Machine;
use crate::wiring;
use beige_core::{Disk, DiskSlot, InputEvent, Media};
use beige_storage::fdc::DriveType;

/// Why a disk was not changed. Everything is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRefused {
    /// The slot is a hard disk's, or there is none of that number.
    NotAFloppyDrive,
    /// The machine was built without that floppy drive.
    NoDrive,
    /// What the guest wrote to the disk in the drive did not reach stable storage, so it stays where it is.
    NotFlushed,
}

impl Machine {
    /// Takes the disk out of a floppy drive and gives it back once all that the guest wrote to it is in stable storage.
    /// `None` when the drive is empty.
    ///
    /// # Errors
    /// When the slot has no disk that can be taken out, or the host fails to store what was written.
    pub fn eject(&mut self, slot: DiskSlot) -> Result<Option<Box<dyn Disk>>, ChangeRefused> {
        self.check_changeable(slot)?;
        let Some(disk) = self.board.lines.rack.disk(slot) else { return Ok(None) };
        disk.flush().map_err(|_| ChangeRefused::NotFlushed)?;
        let disk = self.board.lines.rack.replace(slot, None);
        self.media_changed(slot, InputEvent::Eject { slot });
        Ok(disk)
    }

    /// Puts a disk into a floppy drive, after [`Machine::eject`] of what is in it, which it gives back. `image` is the
    /// number by which the log names the disk.
    ///
    /// # Errors
    /// When the slot takes no disk, or the disk in it cannot be taken out.
    pub fn insert(
        &mut self,
        slot: DiskSlot,
        disk: Box<dyn Disk>,
        image: u32,
    ) -> Result<Option<Box<dyn Disk>>, ChangeRefused> {
        let before = self.eject(slot)?;
        self.board.lines.rack.replace(slot, Some(disk));
        self.media_changed(slot, InputEvent::Insert { slot, image });
        Ok(before)
    }

    fn check_changeable(&self, slot: DiskSlot) -> Result<(), ChangeRefused> {
        match self.config.floppies.get(usize::from(slot.0)) {
            None => Err(ChangeRefused::NotAFloppyDrive),
            Some(DriveType::Absent) => Err(ChangeRefused::NoDrive),
            Some(_) => Ok(()),
        }
    }

    fn media_changed(&mut self, slot: DiskSlot, event: InputEvent) {
        let now = self.now();
        self.idle.forget();
        self.inputs.push((now, event));
        let Board { chips, lines, .. } = &mut self.board;
        chips.fdc.media_changed(slot.0, &mut lines.io(now, wiring::FLOPPY));
        self.board.settle(now, &mut self.mem);
    }
}
