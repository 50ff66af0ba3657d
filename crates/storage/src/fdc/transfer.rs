//! What a transfer is: its step, its registers, its bytes.

use super::fifo::Fifo;
use super::scan::Scan;
use beige_core::{SECTOR_BYTES, Tick, Timeline, Visitor, VisitorExt, coded_enum};

coded_enum! {
    /// What a transfer does when its time comes.
    pub(super) enum Step: "step of a floppy transfer" {
        /// Nothing, there is no transfer.
        None = 0,
        /// Look at the drive and begin.
        Start = 1,
        /// Wait for index pulses that do not come: no disk, or its motor is off.
        WaitIndex = 2,
        /// Look for the next sector.
        Find = 3,
        /// The data field begins.
        Data = 4,
        /// A byte passes the head.
        Byte = 5,
        /// The sector has passed.
        SectorEnd = 6,
        /// The ID field that READ ID looked for has passed.
        IdPassed = 7,
        /// End in success.
        Succeed = 8,
        /// End with the error that stands in ST1 and ST2.
        Fail = 9,
    }
}

/// Which way the bytes of a command go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToHost,
    FromHost,
    Nowhere,
}

/// The transfer under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) step: Step,
    /// When the step is due, [`Timeline::NEVER`] until the host has moved what the step waits for.
    pub(super) at: Tick,
    /// C, H, R and N as the result will show them.
    pub(super) cylinder: u8,
    pub(super) head: u8,
    pub(super) sector: u8,
    pub(super) size: u8,
    /// The head that is selected.
    pub(super) side: u8,
    /// Sectors left of READ TRACK, FORMAT TRACK and VERIFY with EC.
    pub(super) remaining: u16,
    /// Place of the sector on the track, counted from 0.
    pub(super) place: u16,
    pub(super) st1: u8,
    pub(super) st2: u8,
    /// An implied seek was made.
    pub(super) sought: bool,
    /// The host has said that it wants no more.
    pub(super) terminal_count: bool,
    /// When the data field began.
    pub(super) data_at: Tick,
    /// Bytes of the sector that the host has given.
    pub(super) given: u16,
    /// Bytes of the sector that have passed the head.
    pub(super) passed: u16,
    pub(super) scan: Scan,
    pub(super) fifo: Fifo,
    /// The sector.
    pub(super) buffer: [u8; SECTOR_BYTES],
}

impl Transfer {
    pub(super) fn none() -> Transfer {
        Transfer {
            step: Step::None,
            at: Timeline::NEVER,
            cylinder: 0,
            head: 0,
            sector: 0,
            size: 0,
            side: 0,
            remaining: 0,
            place: 0,
            st1: 0,
            st2: 0,
            sought: false,
            terminal_count: false,
            data_at: 0,
            given: 0,
            passed: 0,
            scan: Scan::Equal,
            fifo: Fifo::EMPTY,
            buffer: [0; SECTOR_BYTES],
        }
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor, id: u16) {
        let Transfer {
            step,
            at,
            cylinder,
            head,
            sector,
            size,
            side,
            remaining,
            place,
            st1,
            st2,
            sought,
            terminal_count,
            data_at,
            given,
            passed,
            scan,
            fifo,
            buffer,
        } = self;
        v.code(id, step);
        v.u64(id + 1, at);
        v.u8(id + 2, cylinder);
        v.u8(id + 3, head);
        v.u8(id + 4, sector);
        v.u8(id + 5, size);
        v.u8(id + 6, side);
        v.u16(id + 7, remaining);
        v.u16(id + 8, place);
        v.u8(id + 9, st1);
        v.u8(id + 10, st2);
        v.bool(id + 11, sought);
        v.bool(id + 12, terminal_count);
        v.u64(id + 13, data_at);
        v.u16(id + 14, given);
        v.u16(id + 15, passed);
        v.bytes(id + 16, buffer);
        v.code(id + 17, scan);
        fifo.visit(v, id + 20);
    }

    /// Whether the fields are within what a transfer can reach.
    pub(super) fn is_valid(&self) -> bool {
        usize::from(self.given) <= SECTOR_BYTES
            && usize::from(self.passed) <= SECTOR_BYTES
            && self.fifo.is_valid()
            && self.side <= 1
            && self.remaining <= 256
            && (self.step != Step::None || self.at == Timeline::NEVER)
    }

    /// Takes `step` at `at`.
    pub(super) fn then(&mut self, step: Step, at: Tick) {
        (self.step, self.at) = (step, at);
    }
}
