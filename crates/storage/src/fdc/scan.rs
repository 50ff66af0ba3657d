//! SCAN EQUAL, SCAN LOW OR EQUAL and SCAN HIGH OR EQUAL: a sector compared with bytes of the host.
//!
//! SPEC: uPD765A data sheet, "Scan commands": FFh on either side meets any condition, FFh is the largest number; SH says
//! that a sector was equal, SN that none met the condition.
//!
//! DEVIATION: table 5-1 of the 82077AA has no SCAN and its parameters no STP; the chip would answer 80h. The uPD765A,
//! the 8272A and the 82077AA's pin-compatible rival PC8477 have it. No program can tell that this one should not.
//!
//! UNVERIFIED: a sector is one number, its first byte the highest (PC87332 data sheet, "Scan commands"); STP is 1 or 2;
//! a scan that met nothing ends normally, one that met its condition names that sector in the result.

use super::Fdc;
use super::command::Command;
use super::transfer::Step;
use beige_core::{Io, coded_enum};

/// ST2: scan equal hit.
pub(super) const ST2_SH: u8 = 0x08;
/// ST2: scan not satisfied.
pub(super) const ST2_SN: u8 = 0x04;

coded_enum! {
    /// How the sector on the disk compares with that of the host, as far as it has passed.
    pub(super) enum Scan: "scan state of a floppy transfer" {
        /// They are equal.
        Equal = 0,
        /// The disk's is lower.
        Lower = 1,
        /// The disk's is higher.
        Higher = 2,
    }
}

impl Scan {
    /// The state after one more byte.
    pub(super) fn compared(self, disk: u8, host: u8) -> Scan {
        match self {
            Scan::Equal if disk == host || disk == 0xff || host == 0xff => Scan::Equal,
            Scan::Equal if disk < host => Scan::Lower,
            Scan::Equal => Scan::Higher,
            decided => decided,
        }
    }
}

impl Fdc {
    /// A sector has been compared: whether that ends the command.
    pub(super) fn end_scan(&mut self, command: Command, io: &mut Io<'_>) -> bool {
        let transfer = &mut self.transfer;
        let met = match command {
            Command::ScanLowOrEqual => transfer.scan != Scan::Higher,
            Command::ScanHighOrEqual => transfer.scan != Scan::Lower,
            _ => transfer.scan == Scan::Equal,
        };
        let equal = met && transfer.scan == Scan::Equal;
        transfer.st2 &= !(ST2_SH | ST2_SN);
        transfer.st2 |= if equal { ST2_SH } else { 0 } | if met { 0 } else { ST2_SN };
        if met || transfer.terminal_count {
            transfer.then(Step::Succeed, io.now());
        }
        met || transfer.terminal_count
    }
}
