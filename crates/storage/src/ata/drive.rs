//! What a device on the cable keeps: its copy of the command block, its set-up, the command under way.

use super::AtaConfig;
use super::long::OddSectors;
use beige_core::{SECTOR_BYTES, Tick, Timeline, Visitor, VisitorExt, coded_enum};

/// Sectors of the largest block of READ MULTIPLE and WRITE MULTIPLE.
pub(super) const MULTIPLE_MAX: u8 = 16;
/// Bytes of the buffer: one block.
pub(super) const BUFFER_BYTES: usize = SECTOR_BYTES * MULTIPLE_MAX as usize;

/// Status: busy.
pub(super) const STATUS_BSY: u8 = 0x80;
/// Status: ready for commands.
pub(super) const STATUS_DRDY: u8 = 0x40;
/// Status: device fault.
pub(super) const STATUS_DF: u8 = 0x20;
/// Status: seek complete.
pub(super) const STATUS_DSC: u8 = 0x10;
/// Status: data request.
pub(super) const STATUS_DRQ: u8 = 0x08;
/// Status: the error register says why.
pub(super) const STATUS_ERR: u8 = 0x01;
/// Error: the command was refused.
pub(super) const ERROR_ABRT: u8 = 0x04;
/// Device/head: LBA, not CHS.
pub(super) const DEVICE_LBA: u8 = 0x40;

coded_enum! {
    /// What a device is doing.
    pub(super) enum Phase: "ATA phase" {
        /// Waiting for a command.
        Idle = 0,
        /// BSY: a command was written and begins soon.
        Beginning = 1,
        /// DRQ: the host reads the buffer.
        DataIn = 2,
        /// DRQ: the host fills the buffer.
        DataOut = 3,
        /// BSY: the next block is read soon.
        Reading = 4,
        /// BSY: the block in the buffer is written soon.
        Writing = 5,
        /// BSY: reset.
        Resetting = 6,
    }
}

coded_enum! {
    /// The power mode.
    pub(super) enum Power: "ATA power mode" {
        /// Active or idle.
        Active = 0,
        /// The spindle stands.
        Standby = 1,
        /// Only a reset wakes the device.
        Sleep = 2,
    }
}

/// One device of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drive {
    // Command block, as after a reset: the signature.
    pub(super) error: u8,
    pub(super) features: u8,
    pub(super) count: u8,
    pub(super) sector: u8,
    pub(super) cylinder_low: u8,
    pub(super) cylinder_high: u8,
    pub(super) device_head: u8,
    /// DRDY, DSC, DF and ERR; BSY and DRQ follow from the phase.
    pub(super) status: u8,

    // Set-up.
    /// Heads and sectors of the current translation; those of the configuration.
    pub(super) heads: u8,
    pub(super) sectors: u8,
    /// Sectors in a block, 0 while READ MULTIPLE and WRITE MULTIPLE are disabled; 0.
    pub(super) multiple: u8,
    pub(super) power: Power,
    /// The period of the standby timer as sector count gave it, 0 for never; 0.
    pub(super) standby_code: u8,
    /// A software reset brings the set-up back to its defaults; true.
    pub(super) reverts: bool,
    /// The write cache is on, as far as IDENTIFY DEVICE shows it; true.
    pub(super) write_cache: bool,
    /// Look-ahead is on, as far as IDENTIFY DEVICE shows it; true.
    pub(super) look_ahead: bool,

    // Internal.
    pub(super) phase: Phase,
    /// When the standby timer runs out.
    pub(super) standby_at: Tick,
    /// Sectors whose ECC WRITE LONG has spoilt.
    pub(super) odd: OddSectors,
    /// When a BSY phase ends.
    pub(super) due: Tick,
    pub(super) interrupt: bool,
    pub(super) command: u8,
    /// The next sector of the medium.
    pub(super) lba: u32,
    /// Sectors that the command has still to move.
    pub(super) remaining: u16,
    /// The error that ends the command after the present block, 0 when there is none.
    pub(super) failed: u8,
    /// Bytes moved, and bytes to move, of the buffer.
    pub(super) index: u16,
    pub(super) length: u16,
    pub(super) buffer: [u8; BUFFER_BYTES],
}

impl Drive {
    /// A device as after power-on.
    pub(super) fn new(config: Option<&AtaConfig>) -> Drive {
        let (heads, sectors) = config.map_or((1, 1), AtaConfig::default_translation);
        let mut drive = Drive {
            error: 0,
            features: 0,
            count: 0,
            sector: 0,
            cylinder_low: 0,
            cylinder_high: 0,
            device_head: 0,
            status: 0,
            heads,
            sectors,
            multiple: 0,
            power: Power::Active,
            standby_code: 0,
            reverts: true,
            write_cache: true,
            look_ahead: true,
            phase: Phase::Idle,
            standby_at: Timeline::NEVER,
            odd: OddSectors::NONE,
            due: Timeline::NEVER,
            interrupt: false,
            command: 0,
            lba: 0,
            remaining: 0,
            failed: 0,
            index: 0,
            length: 0,
            buffer: [0; BUFFER_BYTES],
        };
        drive.sign();
        drive
    }

    /// What a reset and EXECUTE DEVICE DIAGNOSTIC leave in the command block. SPEC: ATA-2 (X3.279) section 9.12.
    pub(super) fn sign(&mut self) {
        (self.error, self.count, self.sector) = (1, 1, 1);
        (self.cylinder_low, self.cylinder_high, self.device_head) = (0, 0, 0);
        self.status = STATUS_DRDY | STATUS_DSC;
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self.phase, Phase::Beginning | Phase::Reading | Phase::Writing | Phase::Resetting)
    }

    /// The status register.
    pub(super) fn status(&self) -> u8 {
        match self.phase {
            Phase::Idle => self.status,
            Phase::DataIn | Phase::DataOut => self.status | STATUS_DRQ,
            Phase::Resetting => STATUS_BSY,
            Phase::Beginning | Phase::Reading | Phase::Writing => STATUS_BSY | self.status & !STATUS_ERR,
        }
    }

    /// Busy until `due`, then on with `phase`.
    pub(super) fn be_busy(&mut self, phase: Phase, due: Tick) {
        (self.phase, self.due) = (phase, due);
    }

    /// Asks the host for `bytes`, or offers them.
    pub(super) fn request(&mut self, phase: Phase, bytes: u16) {
        (self.phase, self.due) = (phase, Timeline::NEVER);
        (self.index, self.length) = (0, bytes.min(BUFFER_BYTES as u16));
    }

    /// Ends the command.
    pub(super) fn end(&mut self) {
        (self.phase, self.due, self.failed) = (Phase::Idle, Timeline::NEVER, 0);
        (self.index, self.length) = (0, 0);
    }

    /// Ends the command and interrupts.
    pub(super) fn succeed(&mut self) {
        self.end();
        self.interrupt = true;
    }

    /// Ends the command with these bits in the error register, and interrupts.
    pub(super) fn fail(&mut self, error: u8) {
        self.succeed();
        self.error = error;
        self.status |= STATUS_ERR;
    }

    /// The address in the command block, `None` when the current translation has no such sector.
    pub(super) fn address(&self) -> Option<u32> {
        let cylinder = u32::from(u16::from_le_bytes([self.cylinder_low, self.cylinder_high]));
        let head = u32::from(self.device_head & 15);
        let sector = u32::from(self.sector);
        if self.device_head & DEVICE_LBA != 0 {
            return Some(head << 24 | cylinder << 8 | sector);
        }
        if sector == 0 || sector > u32::from(self.sectors) || head >= u32::from(self.heads) {
            return None;
        }
        Some((cylinder * u32::from(self.heads) + head) * u32::from(self.sectors) + sector - 1)
    }

    /// Puts the address of a sector into the command block.
    pub(super) fn show_address(&mut self, lba: u32) {
        let cylinder;
        if self.device_head & DEVICE_LBA != 0 {
            let [sector, low, high, head] = lba.to_le_bytes();
            (self.sector, cylinder) = (sector, u16::from_le_bytes([low, high]));
            self.device_head = self.device_head & 0xf0 | head & 15;
        } else {
            let (heads, sectors) = (u32::from(self.heads.max(1)), u32::from(self.sectors.max(1)));
            self.sector = (lba % sectors + 1) as u8;
            self.device_head = self.device_head & 0xf0 | (lba / sectors % heads) as u8 & 15;
            cylinder = (lba / sectors / heads) as u16;
        }
        [self.cylinder_low, self.cylinder_high] = cylinder.to_le_bytes();
    }

    /// Saves, loads or hashes the fields, numbered from `id` on.
    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Drive {
            error,
            features,
            count,
            sector,
            cylinder_low,
            cylinder_high,
            device_head,
            status,
            heads,
            sectors,
            multiple,
            power,
            standby_code,
            reverts,
            write_cache,
            look_ahead,
            phase,
            standby_at,
            odd,
            due,
            interrupt,
            command,
            lba,
            remaining,
            failed,
            index,
            length,
            buffer,
        } = self;
        v.u8(id, error);
        v.u8(id + 1, features);
        v.u8(id + 2, count);
        v.u8(id + 3, sector);
        v.u8(id + 4, cylinder_low);
        v.u8(id + 5, cylinder_high);
        v.u8(id + 6, device_head);
        v.u8(id + 7, status);
        v.u8(id + 8, heads);
        v.u8(id + 9, sectors);
        v.u8(id + 10, multiple);
        v.code(id + 11, power);
        v.bool(id + 12, reverts);
        v.bool(id + 13, write_cache);
        v.bool(id + 14, look_ahead);
        v.code(id + 15, phase);
        v.u64(id + 16, due);
        v.bool(id + 17, interrupt);
        v.u8(id + 18, command);
        v.u32(id + 19, lba);
        v.u16(id + 20, remaining);
        v.u8(id + 21, failed);
        v.u16(id + 22, index);
        v.u16(id + 23, length);
        v.sparse(id + 24, buffer, SECTOR_BYTES);
        v.u8(id + 25, standby_code);
        v.u64(id + 26, standby_at);
        odd.visit(v, id + 30);
    }

    /// Why this is not a state of a device, `None` when it is one.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let moving = matches!(self.phase, Phase::DataIn | Phase::DataOut);
        let stored = STATUS_DRDY | STATUS_DF | STATUS_DSC | STATUS_ERR;
        if self.heads == 0 || self.heads > 16 || self.sectors == 0 {
            Some("a translation without sectors")
        } else if self.multiple > MULTIPLE_MAX || self.multiple.count_ones() > 1 {
            Some("a block size that cannot be set")
        } else if !self.odd.is_valid() {
            Some("a place that no sector can take")
        } else if usize::from(self.length) > BUFFER_BYTES || self.index > self.length {
            Some("an index outside the buffer")
        } else if moving && self.index == self.length {
            Some("data is requested and none is left")
        } else if self.status & !stored != 0 || self.remaining > 256 || self.lba >> 28 > 1 {
            Some("a field is out of range")
        } else if !self.is_busy() && self.due != Timeline::NEVER {
            Some("a deadline without a reason")
        } else {
            None
        }
    }
}
