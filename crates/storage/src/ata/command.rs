//! Commands: what happens when a BSY phase ends and when the host has moved a block.

use super::drive::{DEVICE_LBA, Drive, ERROR_ABRT, MULTIPLE_MAX, Phase, Power, STATUS_DF, STATUS_DRDY, STATUS_DSC};
use super::{AtaChannel, AtaConfig, BLOCK_TICKS, current_cylinders, identify};
use beige_core::{Disk, DiskError, Io, Note, SECTOR_BYTES};

/// Error: uncorrectable data.
const ERROR_UNC: u8 = 0x40;
/// Error: no such sector.
const ERROR_IDNF: u8 = 0x10;

/// EXECUTE DEVICE DIAGNOSTIC, the one command that both devices carry out.
pub(super) const DIAGNOSTIC: u8 = 0x90;
const WRITE_BUFFER: u8 = 0xe8;
const FORMAT_TRACK: u8 = 0x50;

/// What a sector is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteKind {
    /// The sector at this place of the buffer.
    Buffer(usize),
    /// Zeroes.
    Zeroes,
}

/// The disk of a device, with the sectors that LBA28 reaches.
fn disk<'a>(config: &AtaConfig, io: &'a mut Io<'_>) -> Option<(&'a mut dyn Disk, u32)> {
    let disk = io.media().disk(config.slot)?;
    let sectors = disk.sectors().min(super::LBA28_SECTORS) as u32;
    Some((disk, sectors))
}

impl AtaChannel {
    /// The end of a BSY phase of device `number`.
    pub(super) fn step(&mut self, number: usize, io: &mut Io<'_>) {
        let AtaChannel { configs, drives, selected, .. } = self;
        let (Some(drive), Some(Some(config))) = (drives.get_mut(number), configs.get(number)) else { return };
        match drive.phase {
            Phase::Beginning if drive.command == DIAGNOSTIC => {
                drive.end();
                drive.sign();
                // Only device 0 interrupts.
                drive.interrupt = number == 0;
                *selected = 0;
            }
            Phase::Beginning => drive.begin(config, io),
            Phase::Reading => drive.read_block(config, io),
            Phase::Writing => drive.write_block(config, io),
            Phase::Resetting => {
                drive.end();
                drive.reset_set_up(config);
                drive.sign();
            }
            Phase::Idle | Phase::DataIn | Phase::DataOut => {}
        }
    }
}

impl Drive {
    /// A software reset. SPEC: ATA-2, SET FEATURES 66h keeps the set-up over it.
    fn reset_set_up(&mut self, config: &AtaConfig) {
        if self.power == Power::Sleep {
            self.power = Power::Standby;
        }
        if self.reverts {
            (self.heads, self.sectors) = config.default_translation();
            (self.multiple, self.write_cache, self.look_ahead) = (0, true, true);
        }
    }

    fn begin(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        self.error = 0;
        self.status = STATUS_DRDY | STATUS_DSC;
        self.failed = 0;
        self.meet_standby_timer(io.now());
        match self.command {
            0x10..=0x1f => self.recalibrate(),
            0x20 | 0x21 | 0xc4 => self.begin_read(config, io),
            0x22 | 0x23 => self.read_long(config, io),
            0x30 | 0x31 | 0x3c | 0xc5 => self.begin_write(config, io),
            0x32 | 0x33 => self.begin_write_long(config, io),
            0x40 | 0x41 => self.verify(config, io),
            FORMAT_TRACK => self.begin_format(config, io),
            0x70..=0x7f => self.seek(config, io),
            0x91 => self.initialize_parameters(),
            0x94..=0x99 | 0xe0..=0xe3 | 0xe5 | 0xe6 => self.change_power(io.now()),
            0xc6 => self.set_multiple(),
            0xe4 => self.offer_sector(),
            0xe7 => self.flush(config, io),
            WRITE_BUFFER => self.request(Phase::DataOut, SECTOR_BYTES as u16),
            0xec => match disk(config, io) {
                Some((_, sectors)) => {
                    identify::identify(self, config, sectors);
                    self.offer_sector();
                }
                None => self.fail(ERROR_ABRT),
            },
            0xef => self.set_features(),
            // SPEC: ATA-2: NOP always ends with ABRT, and so does what a device does not have.
            _ => self.fail(ERROR_ABRT),
        }
    }

    /// Offers the first sector of the buffer.
    fn offer_sector(&mut self) {
        self.remaining = 0;
        self.request(Phase::DataIn, SECTOR_BYTES as u16);
        self.interrupt = true;
    }

    fn recalibrate(&mut self) {
        if self.device_head & DEVICE_LBA == 0 {
            (self.cylinder_low, self.cylinder_high) = (0, 0);
        }
        self.succeed();
    }

    /// Takes address and count from the command block. False after it has failed.
    fn take_address(&mut self, config: &AtaConfig, io: &mut Io<'_>) -> bool {
        let Some((_, sectors)) = disk(config, io) else {
            self.fail(ERROR_ABRT);
            return false;
        };
        let cylinder = u32::from(u16::from_le_bytes([self.cylinder_low, self.cylinder_high]));
        let on_disk = self.device_head & DEVICE_LBA != 0 || cylinder < current_cylinders(self, config, sectors);
        match self.address().filter(|lba| on_disk && *lba < sectors) {
            Some(lba) => {
                self.lba = lba;
                self.remaining = if self.count == 0 { 256 } else { u16::from(self.count) };
                true
            }
            None => {
                self.fail(ERROR_IDNF);
                false
            }
        }
    }

    fn is_multiple(&self) -> bool {
        matches!(self.command, 0xc4 | 0xc5)
    }

    /// Sectors of the next block; READ SECTORS and WRITE SECTORS have blocks of one.
    fn block_sectors(&self) -> u16 {
        let block = if self.is_multiple() { u16::from(self.multiple.max(1)) } else { 1 };
        block.min(self.remaining)
    }

    /// Whether the command may begin; MULTIPLE needs a block size.
    pub(super) fn may_move(&mut self, config: &AtaConfig, io: &mut Io<'_>) -> bool {
        if self.is_multiple() && self.multiple == 0 {
            self.fail(ERROR_ABRT);
            return false;
        }
        self.power = Power::Active;
        self.take_address(config, io)
    }

    fn begin_read(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if self.may_move(config, io) {
            self.read_block(config, io);
        }
    }

    pub(super) fn begin_write(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if !self.may_move(config, io) {
            return;
        }
        if disk(config, io).is_some_and(|(disk, _)| disk.is_write_protected()) {
            self.fail(ERROR_ABRT);
        } else {
            // SPEC: ATA-2 section 10.2: no interrupt asks for the first block.
            self.request(Phase::DataOut, self.block_sectors() * SECTOR_BYTES as u16);
        }
    }

    /// Reads the next block and offers it. An error after its first sector shortens the block to the sectors before
    /// and ends the command when the host has read them.
    fn read_block(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if self.failed != 0 {
            self.show_progress(self.lba);
            self.fail(self.failed);
            return;
        }
        let block = self.block_sectors();
        let mut done = 0;
        while done < block {
            match self.read_sector(usize::from(done), config, io) {
                Ok(()) => done += 1,
                Err(error) => {
                    self.failed = error;
                    break;
                }
            }
            self.remaining = self.remaining.saturating_sub(1);
            self.show_progress(self.lba);
            self.lba = self.lba.wrapping_add(1);
        }
        if done == 0 {
            self.show_progress(self.lba);
            self.fail(self.failed);
        } else {
            self.request(Phase::DataIn, done * SECTOR_BYTES as u16);
            self.interrupt = true;
        }
    }

    /// Writes the block in the buffer and asks for the next one.
    fn write_block(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        match self.command {
            WRITE_BUFFER => return self.succeed(),
            FORMAT_TRACK => return self.format_track(config, io),
            _ if self.is_long() => return self.write_long(config, io),
            _ => {}
        }
        for place in 0..usize::from(self.length) / SECTOR_BYTES {
            let outcome = self.write_sector(WriteKind::Buffer(place), config, io);
            self.show_progress(self.lba);
            if let Err(error) = outcome {
                self.fail(error);
                return;
            }
            self.remaining = self.remaining.saturating_sub(1);
            self.show_progress(self.lba);
            self.lba = self.lba.wrapping_add(1);
        }
        if self.remaining == 0 {
            self.succeed();
        } else {
            self.request(Phase::DataOut, self.block_sectors() * SECTOR_BYTES as u16);
            self.interrupt = true;
        }
    }

    /// Shows the sector that was last worked on, and how many are left.
    pub(super) fn show_progress(&mut self, lba: u32) {
        self.count = self.remaining as u8;
        self.show_address(lba);
    }

    /// The host has emptied the buffer.
    pub(super) fn taken(&mut self, now: beige_core::Tick) {
        if self.remaining == 0 && self.failed == 0 {
            self.end();
        } else {
            self.be_busy(Phase::Reading, now.saturating_add(BLOCK_TICKS));
        }
    }

    /// The host has filled the buffer.
    pub(super) fn given(&mut self, now: beige_core::Tick) {
        self.be_busy(Phase::Writing, now);
    }

    pub(super) fn read_sector(&mut self, place: usize, config: &AtaConfig, io: &mut Io<'_>) -> Result<(), u8> {
        let Some(sector) = self.buffer.as_chunks_mut().0.get_mut(place) else { return Err(ERROR_ABRT) };
        let Some((disk, sectors)) = disk(config, io) else { return Err(ERROR_ABRT) };
        if self.lba >= sectors {
            return Err(ERROR_IDNF);
        }
        let outcome = disk.read(u64::from(self.lba), sector);
        self.judge(outcome, false, config, io)?;
        let spoilt = self.odd.get(self.lba).is_some() && !self.is_long();
        if spoilt { Err(ERROR_UNC) } else { Ok(()) }
    }

    /// Writes a sector, whose ECC is right then.
    pub(super) fn write_sector(&mut self, kind: WriteKind, config: &AtaConfig, io: &mut Io<'_>) -> Result<(), u8> {
        let sector = match kind {
            WriteKind::Buffer(place) => self.buffer.as_chunks().0.get(place),
            WriteKind::Zeroes => Some(&[0; SECTOR_BYTES]),
        };
        let Some(sector) = sector else { return Err(ERROR_ABRT) };
        let Some((disk, sectors)) = disk(config, io) else { return Err(ERROR_ABRT) };
        if self.lba >= sectors {
            return Err(ERROR_IDNF);
        }
        let outcome = disk.write(u64::from(self.lba), sector);
        self.judge(outcome, true, config, io)?;
        self.odd.set(self.lba, None);
        Ok(())
    }

    /// The error bits of a disk error; a failing host is told to the user.
    fn judge(
        &mut self,
        outcome: Result<(), DiskError>,
        write: bool,
        config: &AtaConfig,
        io: &mut Io<'_>,
    ) -> Result<(), u8> {
        let Err(error) = outcome else { return Ok(()) };
        if matches!(error, DiskError::Unreadable | DiskError::HostWrite) {
            io.note(Note::DiskFailed { slot: config.slot, lba: u64::from(self.lba), write });
        }
        match error {
            DiskError::OutOfRange => Err(ERROR_IDNF),
            DiskError::Unreadable => Err(ERROR_UNC),
            DiskError::WriteProtected => Err(ERROR_ABRT),
            DiskError::HostWrite => {
                self.status |= STATUS_DF;
                Err(ERROR_ABRT)
            }
        }
    }

    fn verify(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if !self.may_move(config, io) {
            return;
        }
        while self.remaining > 0 {
            let outcome = self.read_sector(0, config, io);
            if let Err(error) = outcome {
                self.show_progress(self.lba);
                self.fail(error);
                return;
            }
            self.remaining -= 1;
            self.show_progress(self.lba);
            self.lba = self.lba.wrapping_add(1);
        }
        self.succeed();
    }

    fn seek(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if self.may_move(config, io) {
            self.remaining = 0;
            self.succeed();
        }
    }

    /// FORMAT TRACK takes a sector of descriptors for the track of cylinder and head; the sector number is of no matter.
    fn begin_format(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if self.device_head & DEVICE_LBA == 0 {
            self.sector = 1;
        }
        self.begin_write(config, io);
        if self.phase == Phase::DataOut {
            self.lba -= self.lba % u32::from(self.sectors.max(1));
            self.request(Phase::DataOut, SECTOR_BYTES as u16);
        }
    }

    /// UNVERIFIED: ATA-1 leaves to the vendor what FORMAT TRACK does; drives fill the data with zeroes, as this one
    /// does, or leave it alone. The descriptors, for interleave and bad sectors, are of no use to a drive that places its
    /// sectors by itself.
    fn format_track(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        let first = self.lba;
        for _ in 0..self.sectors {
            match self.write_sector(WriteKind::Zeroes, config, io) {
                Ok(()) => self.lba = self.lba.wrapping_add(1),
                // The last track of an LBA disk may be shorter.
                Err(ERROR_IDNF) if self.lba > first => break,
                Err(error) => {
                    self.show_address(self.lba);
                    return self.fail(error);
                }
            }
        }
        self.succeed();
    }

    fn initialize_parameters(&mut self) {
        if self.count == 0 {
            self.fail(ERROR_ABRT);
        } else {
            (self.heads, self.sectors) = ((self.device_head & 15) + 1, self.count);
            self.succeed();
        }
    }

    fn set_multiple(&mut self) {
        if self.count.count_ones() <= 1 && self.count <= MULTIPLE_MAX {
            self.multiple = self.count;
            self.succeed();
        } else {
            self.multiple = 0;
            self.fail(ERROR_ABRT);
        }
    }

    fn set_features(&mut self) {
        match self.features {
            0x02 => self.write_cache = true,
            0x82 => self.write_cache = false,
            0xaa => self.look_ahead = true,
            0x55 => self.look_ahead = false,
            // ECC bytes of READ LONG: those of the vendor, and four; here that is the same.
            0x44 | 0xbb => {}
            0x66 => self.reverts = false,
            0xcc => self.reverts = true,
            // Transfer modes: the default PIO mode, and PIO 0 to 4 with flow control.
            0x03 if matches!(self.count, 0x00 | 0x01 | 0x08..=0x0c) => {}
            _ => return self.fail(ERROR_ABRT),
        }
        self.succeed();
    }

    fn flush(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        let outcome = disk(config, io).map_or(Ok(()), |(disk, _)| disk.flush());
        match self.judge(outcome, true, config, io) {
            Ok(()) => self.succeed(),
            Err(error) => self.fail(error),
        }
    }
}
