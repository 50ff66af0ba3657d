//! Rates, rotation and the layout of a track: where on a revolution each byte passes the head.
//!
//! Every length is a whole number of thirds of a tick, in which the byte times of all data rates and the revolutions
//! of both spindle speeds are exact.

use super::drive::DriveType;
use beige_core::{Geometry, Tick};

/// From the last byte of a command (or of a reset) to the first byte, or to the interrupt of a command that moves no
/// data. DEVIATION: one constant, long enough that a driver which arms itself after the command byte has done so.
pub(super) const COMMAND_TICKS: Tick = 150_000;
/// From one byte of a transfer without DMA to the next when delays are not authentic.
pub(super) const FAST_BYTE_TICKS: Tick = 1_000;
/// Until a stopped spindle gives index pulses. UNVERIFIED: drives of the time promise 250 to 750 ms.
pub(super) const SPIN_UP_TICKS: Tick = 500_000_000;
/// Until the head is quiet after the last step, the usual promise of a drive's manual.
pub(super) const SETTLE_TICKS: Tick = 15_000_000;

/// Sync, address mark, C H R N and CRC of an ID field. SPEC: IBM System 34 format, 82077AA (290166) section 5.2.
const ID_BYTES: u64 = 12 + 4 + 4 + 2;
/// GAP 4a, sync, index address mark and GAP 1.
const INDEX_GAP_BYTES: u64 = 80 + 12 + 4 + 50;
/// GAP 2, and the longer one of perpendicular recording at 1 Mbps.
const GAP2_BYTES: u64 = 22;
const GAP2_PERPENDICULAR_BYTES: u64 = 41;
/// Sync and data address mark before the data of a sector.
const DATA_MARK_BYTES: u64 = 12 + 4;
/// Data and CRC.
const DATA_AND_CRC_BYTES: u64 = 512 + 2;

/// The data rate, by the code in DSR and CCR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rate {
    Kbps500,
    Kbps300,
    Kbps250,
    Mbps1,
}

impl Rate {
    /// The rate of DRATE SEL, bits 1-0.
    pub(super) fn from_code(code: u8) -> Rate {
        match code & 3 {
            0 => Rate::Kbps500,
            1 => Rate::Kbps300,
            2 => Rate::Kbps250,
            _ => Rate::Mbps1,
        }
    }

    /// Thirds of a tick that an MFM byte lasts.
    fn byte_thirds(self) -> u64 {
        match self {
            Rate::Kbps500 => 48_000,
            Rate::Kbps300 => 80_000,
            Rate::Kbps250 => 96_000,
            Rate::Mbps1 => 24_000,
        }
    }

    /// Ticks of a delay that is `milliseconds` at 500 kbps: the times of SPECIFY stretch as the rate falls.
    fn stretched(self, milliseconds: u64) -> Tick {
        milliseconds * 1_000_000 * self.byte_thirds() / 48_000
    }

    /// Between two step pulses. SPEC: 82077AA, SPECIFY, table of drive control delays.
    pub(super) fn step_ticks(self, srt_hut: u8) -> Tick {
        self.stretched(16 - u64::from(srt_hut >> 4))
    }

    /// Until a loaded head may read; 0 stands for 128 units.
    pub(super) fn head_load_ticks(self, hlt_nd: u8) -> Tick {
        let units = u64::from(hlt_nd >> 1);
        self.stretched(2 * if units == 0 { 128 } else { units })
    }

    /// Until the head unloads after a command; 0 stands for 16 units.
    pub(super) fn head_unload_ticks(self, srt_hut: u8) -> Tick {
        let units = u64::from(srt_hut & 15);
        self.stretched(16 * if units == 0 { 16 } else { units })
    }
}

/// A track as it passes the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Track {
    revolution_thirds: u64,
    byte_thirds: u64,
    gap2_bytes: u64,
    sector_bytes: u64,
    sectors: u64,
}

impl Track {
    /// The tracks of a medium in a drive at the rate at which the medium is recorded.
    pub(super) fn new(drive: DriveType, geometry: Geometry, rate: Rate) -> Track {
        // 360 rpm are 500/3 ms, 300 rpm are 200 ms.
        let revolution_thirds = if drive == DriveType::D1200 { 500_000_000 } else { 600_000_000 };
        let byte_thirds = rate.byte_thirds();
        let gap2_bytes = if rate == Rate::Mbps1 { GAP2_PERPENDICULAR_BYTES } else { GAP2_BYTES };
        let sectors = u64::from(geometry.sectors).clamp(1, 255);
        let filled = ID_BYTES + gap2_bytes + DATA_MARK_BYTES + DATA_AND_CRC_BYTES;
        // GAP 3 as the formats of DOS have it, shorter where more sectors share the track.
        let gap3 = match geometry.sectors {
            0..=10 => 0x50,
            18 => 0x6c,
            _ => 0x54,
        };
        let room = (revolution_thirds / byte_thirds - INDEX_GAP_BYTES) / sectors;
        let sector_bytes = (filled + gap3).min(room).max(1);
        Track { revolution_thirds, byte_thirds, gap2_bytes, sector_bytes, sectors }
    }

    /// Ticks that `bytes` need to pass, rounded up.
    pub(super) fn bytes_ticks(self, bytes: u64) -> Tick {
        (bytes * self.byte_thirds).div_ceil(3)
    }

    /// The first tick from `now` on at which the byte at `offset` from index passes.
    fn next_at(self, now: Tick, offset: u64) -> Tick {
        // Three turns are a whole number of ticks at both speeds, so nothing is lost by the first remainder.
        let angle = now % self.revolution_thirds * 3 % self.revolution_thirds;
        let target = offset * self.byte_thirds % self.revolution_thirds;
        let ahead = (target + self.revolution_thirds - angle) % self.revolution_thirds;
        now.saturating_add(ahead.div_ceil(3))
    }

    /// The next index pulse.
    pub(super) fn next_index(self, now: Tick) -> Tick {
        self.next_at(now, 0)
    }

    /// The second index pulse from now: when a search is given up.
    pub(super) fn second_index(self, now: Tick) -> Tick {
        self.next_index(now).saturating_add(self.revolution_thirds.div_ceil(3))
    }

    /// When the data field of the sector at `place` (counted from 0) begins, its whole ID field not yet passed.
    pub(super) fn data_at(self, now: Tick, place: u64) -> Tick {
        let id = self.next_at(now, self.id_offset(place));
        id.saturating_add(self.bytes_ticks(ID_BYTES + self.gap2_bytes + DATA_MARK_BYTES))
    }

    /// From the begin of a data field to the end of its CRC.
    pub(super) fn data_ticks(self) -> Tick {
        self.bytes_ticks(DATA_AND_CRC_BYTES)
    }

    /// The place of the sector whose ID field passes next, and when it has passed.
    pub(super) fn next_id(self, now: Tick) -> (u64, Tick) {
        let passed = |place| (place, self.next_at(now, self.id_offset(place)));
        let (place, at) = (0..self.sectors).map(passed).min_by_key(|(_, at)| *at).unwrap_or((0, now));
        (place, at.saturating_add(self.bytes_ticks(ID_BYTES)))
    }

    /// How long a sector lasts that is formatted with this GAP 3.
    pub(super) fn formatted_sector_ticks(self, gap3: u8, perpendicular: bool) -> Tick {
        let gap2 = if perpendicular { GAP2_PERPENDICULAR_BYTES } else { GAP2_BYTES };
        let filled = ID_BYTES + gap2 + DATA_MARK_BYTES + DATA_AND_CRC_BYTES;
        self.bytes_ticks(filled + u64::from(gap3))
    }

    /// From index to the first sector of a track that is being formatted.
    pub(super) fn index_gap_ticks(self) -> Tick {
        self.bytes_ticks(INDEX_GAP_BYTES)
    }

    fn id_offset(self, place: u64) -> u64 {
        INDEX_GAP_BYTES + place % self.sectors * self.sector_bytes
    }
}
