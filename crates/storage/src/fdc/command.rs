//! Commands: their lengths, those that move no data, results.

use super::transfer::{Step, Transfer};
use super::{Fdc, Phase};
use beige_core::{Coded, Io, Timeline, coded_enum};

/// ST0: interrupt code, abnormal termination.
pub(super) const ST0_ABNORMAL: u8 = 0x40;
/// ST0: interrupt code, invalid command.
const ST0_INVALID: u8 = 0x80;
/// ST0: interrupt code, found by polling after a reset.
pub(super) const ST0_POLLED: u8 = 0xc0;
/// ST0: seek end.
pub(super) const ST0_SE: u8 = 0x20;
/// ST0: equipment check, no track 0.
pub(super) const ST0_EC: u8 = 0x10;
/// ST3: the medium is write-protected.
const ST3_WP: u8 = 0x40;
/// ST3: the head is over track 0.
const ST3_T0: u8 = 0x10;
/// ST3: bits 5 and 3 are always set.
const ST3_ONES: u8 = 0x28;
/// CONFIGURE: FIFO disabled.
pub(super) const CONFIGURE_EFIFO: u8 = 0x20;
/// CONFIGURE: implied seek enabled.
pub(super) const CONFIGURE_EIS: u8 = 0x40;
/// CONFIGURE: FIFO threshold.
pub(super) const CONFIGURE_FIFOTHR: u8 = 0x0f;
/// What VERSION answers: an enhanced controller.
const VERSION: u8 = 0x90;
/// Step pulses after which RECALIBRATE gives up. SPEC: 82077AA, RECALIBRATE.
pub(super) const RECALIBRATE_STEPS: u8 = 79;

coded_enum! {
    /// The commands, coded by the low five bits of the first byte.
    pub(super) enum Command: "floppy command" {
        /// All sectors of a track in physical order.
        ReadTrack = 0x02,
        /// Step rate, head times, DMA mode.
        Specify = 0x03,
        /// ST3.
        SenseDriveStatus = 0x04,
        /// Sectors from the host.
        WriteData = 0x05,
        /// Sectors to the host.
        ReadData = 0x06,
        /// To track 0.
        Recalibrate = 0x07,
        /// Why the interrupt came.
        SenseInterruptStatus = 0x08,
        /// Sectors from the host, marked deleted.
        WriteDeletedData = 0x09,
        /// The next ID field.
        ReadId = 0x0a,
        /// Sectors to the host that are marked deleted.
        ReadDeletedData = 0x0c,
        /// IDs from the host, data filled.
        FormatTrack = 0x0d,
        /// The inner registers.
        Dumpreg = 0x0e,
        /// To a cylinder, absolute or relative.
        Seek = 0x0f,
        /// Which controller this is.
        Version = 0x10,
        /// Perpendicular recording.
        PerpendicularMode = 0x12,
        /// FIFO, polling, implied seek.
        Configure = 0x13,
        /// Keeps CONFIGURE over software resets.
        Lock = 0x14,
        /// Sectors compared with bytes of the host, to be equal.
        ScanEqual = 0x11,
        /// Sectors read and compared with their CRC only.
        Verify = 0x16,
        /// The disk's to be equal or lower.
        ScanLowOrEqual = 0x19,
        /// The disk's to be equal or higher.
        ScanHighOrEqual = 0x1d,
    }
}

impl Command {
    /// The command that begins with `byte`.
    ///
    /// SPEC: 82077AA table 5-1. MT, MFM and SK are taken where the table has zeroes in their place only when the
    /// command moves sectors.
    pub(super) fn decode(byte: u8) -> Option<Command> {
        let command = Command::from_code(byte & 0x1f)?;
        let flags = match command {
            Command::ReadData
            | Command::ReadDeletedData
            | Command::WriteData
            | Command::WriteDeletedData
            | Command::ReadTrack
            | Command::ScanEqual
            | Command::ScanLowOrEqual
            | Command::ScanHighOrEqual
            | Command::Verify => 0xe0,
            Command::ReadId | Command::FormatTrack => 0x40,
            Command::Seek => 0xc0,
            Command::Lock => 0x80,
            _ => 0,
        };
        // A relative seek has bit 7 set; bit 6 is its direction.
        let lone_direction = command == Command::Seek && byte & 0xc0 == 0x40;
        (byte & 0xe0 & !flags == 0 && !lone_direction).then_some(command)
    }

    /// Whether the bytes of the host are compared with the disk.
    pub(super) fn is_scan(self) -> bool {
        matches!(self, Command::ScanEqual | Command::ScanLowOrEqual | Command::ScanHighOrEqual)
    }

    /// Bytes of the command, the first included.
    fn length(self) -> u8 {
        match self {
            Command::SenseInterruptStatus | Command::Dumpreg | Command::Version | Command::Lock => 1,
            Command::SenseDriveStatus | Command::Recalibrate | Command::ReadId | Command::PerpendicularMode => 2,
            Command::Specify | Command::Seek => 3,
            Command::Configure => 4,
            Command::FormatTrack => 6,
            _ => 9,
        }
    }
}

impl Fdc {
    /// A byte of a command.
    ///
    /// QUIRK: the first one takes back the interrupt of a reset that nobody sensed, though not its causes; otherwise
    /// no later interrupt would be an edge. The uPD765A data sheet ("Sense Interrupt Status") has the interrupt
    /// cleared by any data read or written; multitasking MS-DOS 4.00 (1984) relies on it. UNVERIFIED for the 82077AA.
    pub(super) fn take_command_byte(&mut self, value: u8, io: &mut Io<'_>) {
        if self.command_length == 0 {
            self.sense_irq = self.sense_seek != 0;
        }
        let at = usize::from(self.command_length & 15);
        self.command[at] = value;
        self.command_length = self.command_length.wrapping_add(1) & 15;
        match Command::decode(self.command[0]) {
            None => self.finish(&[ST0_INVALID], false),
            Some(command) if self.command_length >= command.length() => self.execute(command, io),
            Some(_) => {}
        }
    }

    fn execute(&mut self, command: Command, io: &mut Io<'_>) {
        let [first, second, third, fourth, ..] = self.command;
        match command {
            Command::Specify => {
                (self.srt_hut, self.hlt_nd) = (second, third);
                self.finish(&[], false);
            }
            Command::Configure => {
                (self.configure, self.precompensation_track) = (third & 0x7f, fourth);
                self.finish(&[], false);
            }
            Command::PerpendicularMode => self.set_perpendicular(second),
            Command::Version => self.finish(&[VERSION], false),
            Command::Lock => {
                self.locked = first & 0x80 != 0;
                self.finish(&[u8::from(self.locked) << 4], false);
            }
            Command::Dumpreg => self.dump_registers(),
            Command::SenseInterruptStatus => self.sense_interrupt(),
            Command::SenseDriveStatus => self.sense_drive(second, io),
            Command::Recalibrate => {
                let unit = second & 3;
                let (steps, st0) = self.recalibration(unit);
                self.pcn[usize::from(unit)] = 0;
                self.begin_seek(unit, false, steps, st0, io);
                self.finish(&[], false);
            }
            Command::Seek => self.seek(first, second & 3, third, io),
            _ => self.begin_transfer(command, io),
        }
    }

    /// Ends any command: into the result phase with these bytes, or ready for the next command when there are none.
    pub(super) fn finish(&mut self, result: &[u8], interrupt: bool) {
        for (place, byte) in self.result.iter_mut().zip(result) {
            *place = *byte;
        }
        self.result_length = result.len().min(self.result.len()) as u8;
        self.result_index = 0;
        self.command_length = 0;
        self.irq |= interrupt;
        self.phase = if result.is_empty() { Phase::Command } else { Phase::Result };
    }

    /// Gives the next byte of the result. The first one takes the interrupt back.
    pub(super) fn take_result_byte(&mut self) -> u8 {
        let byte = self.result[usize::from(self.result_index & 15)];
        self.irq = false;
        self.result_index = self.result_index.wrapping_add(1) & 15;
        if self.result_index >= self.result_length {
            self.phase = Phase::Command;
        }
        byte
    }

    /// SPEC: 82077AA, RELATIVE SEEK: PCN counts modulo 256, and EC tells an attempt to step out beyond track 0.
    /// UNVERIFIED: PCN then has counted all of the steps.
    fn seek(&mut self, first: u8, unit: u8, value: u8, io: &mut Io<'_>) {
        self.seek_was_given = true;
        let present = self.pcn[usize::from(unit)];
        let (target, inward, steps) = match first >> 6 {
            2 => (present.wrapping_sub(value), false, value),
            3 => (present.wrapping_add(value), true, value),
            _ => (value, value > present, value.abs_diff(present)),
        };
        let beyond = first & 0x80 != 0 && !inward && steps > self.steps_to_track_0();
        let st0 = if beyond { ST0_ABNORMAL | ST0_EC } else { 0 } | ST0_SE | unit;
        self.pcn[usize::from(unit)] = target;
        self.begin_seek(unit, inward, steps, st0, io);
        self.finish(&[], false);
    }

    /// SPEC: 82077AA, SENSE INTERRUPT STATUS: without a cause the command is invalid. DEVIATION: ends of seeks are
    /// told before the polled states of a reset, so that a driver that sensed only once after it is not misled.
    fn sense_interrupt(&mut self) {
        self.sense_irq = false;
        let causes = if self.sense_seek != 0 { self.sense_seek } else { self.sense_poll };
        if causes == 0 {
            self.finish(&[ST0_INVALID], false);
            return;
        }
        let unit = (causes.trailing_zeros() & 3) as u8;
        let bit = 1 << unit;
        let st0 = if self.sense_seek & bit != 0 { self.sense_st0[usize::from(unit)] } else { ST0_POLLED | unit };
        self.sense_seek &= !bit;
        self.sense_poll &= !bit;
        self.busy &= !bit;
        self.sense_irq = self.sense_seek != 0;
        self.finish(&[st0, self.pcn[usize::from(unit)]], false);
    }

    fn sense_drive(&mut self, second: u8, io: &mut Io<'_>) {
        let protected = self.disk(self.selected(), io).is_some_and(|disk| disk.is_write_protected());
        let mut st3 = ST3_ONES | second & 7;
        if protected {
            st3 |= ST3_WP;
        }
        if self.at_track_0() {
            st3 |= ST3_T0;
        }
        self.finish(&[st3], false);
    }

    /// SPEC: 82077AA, PERPENDICULAR MODE: D3-D0 change only when OW is set.
    fn set_perpendicular(&mut self, value: u8) {
        let drives = if value & 0x80 != 0 { value } else { self.perpendicular };
        self.perpendicular = drives & 0x3c | value & 3;
        self.finish(&[], false);
    }

    fn dump_registers(&mut self) {
        let [pcn0, pcn1, pcn2, pcn3] = self.pcn;
        let lock = u8::from(self.locked) << 7;
        let result = [
            pcn0,
            pcn1,
            pcn2,
            pcn3,
            self.srt_hut,
            self.hlt_nd,
            self.last_sectors,
            lock | self.perpendicular,
            self.configure,
            self.precompensation_track,
        ];
        self.finish(&result, false);
    }

    /// Ends a command that moved data, read an ID or formatted: ST0, ST1, ST2, C, H, R, N and the interrupt.
    pub(super) fn finish_transfer(&mut self, abnormal: bool, io: &mut Io<'_>) {
        let transfer = &mut self.transfer;
        let mut st0 = self.command[1] & 3 | transfer.side << 2;
        if abnormal {
            st0 |= ST0_ABNORMAL;
        }
        if transfer.sought {
            st0 |= ST0_SE;
        }
        transfer.step = Step::None;
        transfer.at = Timeline::NEVER;
        let Transfer { st1, st2, cylinder, head, sector, size, .. } = *transfer;
        self.head_loaded_until = io.now().saturating_add(self.rate().head_unload_ticks(self.srt_hut));
        self.finish(&[st0, st1, st2, cylinder, head, sector, size], true);
    }
}
