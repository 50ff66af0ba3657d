//! READ LONG, WRITE LONG and the ECC bytes of sectors.
//!
//! SPEC: ATA-1 (X3.221-1994), READ LONG and WRITE LONG: one sector, its 512 bytes as words, then four ECC bytes, a byte
//! an access; the drive does not check them.
//!
//! An image has no room for ECC bytes: those of a sector follow from its data. A sector that WRITE LONG gave others is
//! remembered, and is uncorrectable until it is written again. DEVIATION: the device remembers 16 of them; of more, the
//! oldest are good again.
//!
//! UNVERIFIED: the polynomial is that of early drive controllers; drives never told theirs. A count other than 1 is
//! refused.

use super::drive::{Drive, ERROR_ABRT, Phase};
use super::{AtaConfig, command::WriteKind};
use beige_core::{Io, SECTOR_BYTES, Visitor, VisitorExt};

/// ECC bytes of a sector.
pub(super) const ECC_BYTES: usize = 4;
/// Bytes of a sector with its ECC.
pub(super) const LONG_BYTES: usize = SECTOR_BYTES + ECC_BYTES;
/// Sectors with an ECC of their own that are remembered.
const ODD_MAX: usize = 16;
/// Place of none.
const NONE: u32 = u32::MAX;
const POLYNOMIAL: u32 = 0x140a_0445;

fn ecc(data: &[u8]) -> u32 {
    let step = |ecc: u32| if ecc >> 31 != 0 { ecc << 1 ^ POLYNOMIAL } else { ecc << 1 };
    data.iter().fold(0xffff_ffff, |ecc, byte| (0..8).fold(ecc ^ u32::from(*byte) << 24, |ecc, _| step(ecc)))
}

/// Sectors whose ECC does not belong to their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OddSectors {
    lbas: [u32; ODD_MAX],
    eccs: [u32; ODD_MAX],
    /// The place that the next one takes.
    next: u8,
}

impl OddSectors {
    pub(super) const NONE: OddSectors = OddSectors { lbas: [NONE; ODD_MAX], eccs: [0; ODD_MAX], next: 0 };

    /// The ECC of a sector that is not that of its data.
    pub(super) fn get(&self, lba: u32) -> Option<u32> {
        let place = self.lbas.iter().position(|odd| *odd == lba)?;
        self.eccs.get(place).copied()
    }

    /// A sector was written with this ECC, `None` for the right one.
    pub(super) fn set(&mut self, lba: u32, ecc: Option<u32>) {
        for odd in self.lbas.iter_mut().filter(|odd| **odd == lba) {
            *odd = NONE;
        }
        if let Some(ecc) = ecc {
            let place = usize::from(self.next) % ODD_MAX;
            (self.lbas[place], self.eccs[place]) = (lba, ecc);
            self.next = (self.next + 1) % ODD_MAX as u8;
        }
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let OddSectors { lbas, eccs, next } = self;
        v.u32s(id, lbas);
        v.u32s(id + 1, eccs);
        v.u8(id + 2, next);
    }

    pub(super) fn is_valid(&self) -> bool {
        usize::from(self.next) < ODD_MAX
    }
}

impl Drive {
    /// Whether the command moves ECC bytes, too.
    pub(super) fn is_long(&self) -> bool {
        matches!(self.command, 0x22 | 0x23 | 0x32 | 0x33)
    }

    /// READ LONG: offers the sector and its ECC.
    pub(super) fn read_long(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if self.count != 1 {
            return self.fail(ERROR_ABRT);
        }
        if !self.may_move(config, io) {
            return;
        }
        if let Err(error) = self.read_sector(0, config, io) {
            return self.fail(error);
        }
        let right = ecc(&self.buffer[..SECTOR_BYTES]);
        let stored = self.odd.get(self.lba).unwrap_or(right);
        self.buffer[SECTOR_BYTES..LONG_BYTES].copy_from_slice(&stored.to_be_bytes());
        self.remaining = 0;
        self.show_progress(self.lba);
        self.request(Phase::DataIn, LONG_BYTES as u16);
        self.interrupt = true;
    }

    /// WRITE LONG: asks for the sector and its ECC.
    pub(super) fn begin_write_long(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if self.count != 1 {
            return self.fail(ERROR_ABRT);
        }
        self.begin_write(config, io);
        if self.phase == Phase::DataOut {
            self.request(Phase::DataOut, LONG_BYTES as u16);
        }
    }

    /// The sector and its ECC have come.
    pub(super) fn write_long(&mut self, config: &AtaConfig, io: &mut Io<'_>) {
        if let Err(error) = self.write_sector(WriteKind::Buffer(0), config, io) {
            self.show_progress(self.lba);
            return self.fail(error);
        }
        let right = ecc(&self.buffer[..SECTOR_BYTES]);
        let mut given = [0; ECC_BYTES];
        given.copy_from_slice(&self.buffer[SECTOR_BYTES..LONG_BYTES]);
        let given = u32::from_be_bytes(given);
        self.odd.set(self.lba, (given != right).then_some(given));
        self.remaining = 0;
        self.show_progress(self.lba);
        self.succeed();
    }
}
