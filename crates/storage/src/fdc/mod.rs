//! Intel 82077AA floppy disk controller in AT mode, with up to two drives.
//!
//! On a PC it is on ports 3F0h-3F7h, IRQ 6 and DMA channel 2. MS-DOS, every BIOS and most copy programs drive it
//! directly.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0, 1 | FFh: SRA and SRB are not driven in AT mode | nothing |
//! | 2 | DOR | DOR: drive, reset, DMA gate, motors |
//! | 3 | TDR in bits 1-0, the others set | TDR |
//! | 4 | MSR | DSR: software reset, data rate |
//! | 5 | data | data |
//! | 6 | FFh: belongs to the ATA controller | nothing |
//! | 7 | DIR: disk change in bit 7; bits 6-0 belong to the ATA controller and are set | CCR: data rate |
//!
//! Sources: Intel 82077AA data sheet (290166-007); IBM System 34 track format as quoted there in section 5.2; NEC uPD765A
//! data sheet for SCAN; IBM AT Technical Reference (6280070), "Fixed disk and diskette drive adapter", for the registers
//! outside the chip.
//!
//! By default mechanics take a short constant time and the data comes at the full speed of DMA. With `real_delays`
//! the spindle turns on the timeline (index passed the sensor at tick 0), heads step and settle, and each byte passes
//! at the data rate through the FIFO: too slow a host gets an overrun or underrun, by the threshold of CONFIGURE.
//!
//! What is exact: a command that finds no index pulses (no disk, or the motor is off) never ends, as on hardware; it
//! goes on when the disk or the motor comes. A drive whose bits in the command differ from DOR is not selected: DOR
//! selects, the command only names PCN and ST0. As READY is tied true inside the chip, ST0 never says not ready. A
//! drive sets its disk change line when a disk comes or goes, and takes it back with the first step pulse that it gets
//! while a disk is in; a seek that steps nowhere leaves it.
//!
//! An image has no room for deleted data address marks. They are kept with the drive: written by WRITE DELETED DATA,
//! taken away by WRITE DATA and FORMAT TRACK, part of the state, and lost when the medium leaves the drive.
//!
//! DEVIATION: after a hardware reset any rate fits until software has set one, and transfers seek by themselves until
//! software has given its first SEEK. There is firmware that does neither, the legacy BIOS of Bochs; software that does
//! both sees no difference.
//!
//! Deviations: images have sectors of 512 bytes in MFM, in order. Therefore an N other than 2 finds no sector, whatever
//! DTL says; no ID is bad (BC); FORMAT TRACK fills the sectors of the geometry and ends with ND when an ID lies outside
//! it, with MA when rate or cylinder are not of the medium. A sector that the host cannot read passes as zeroes with a
//! data error (DE, DD), one that it cannot write ends with the same; both are noted. 2.88M disks need 1 Mbps; data
//! written to them without PERPENDICULAR MODE, which would be too weak on a real disk, is good.
//!
//! Not modelled: PS/2 and Model 30 modes, power-down, precompensation, tape drives (TDR is a plain register), polling
//! between commands: ready lines never change after a reset, so POLL of CONFIGURE makes no difference. DRIVE
//! SPECIFICATION, SAVE, RESTORE, OPTION and PART ID are commands of the later 82078 and therefore invalid.

mod command;
mod data;
mod drive;
mod execution;
mod fifo;
mod registers;
mod scan;
mod sectors;
mod timing;
mod transfer;

pub use drive::DriveType;

use beige_core::{Device, DiskSlot, Io, Pin, StateError, Tick, Timeline, Visitor, VisitorExt, coded_enum};
use command::CONFIGURE_EFIFO;
use drive::{Drive, Seek};
use transfer::{Step, Transfer};

/// The name of the section in a state.
const SECTION: &str = "82077aa";

/// What the controller is soldered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FdcConfig {
    /// The interrupt line.
    pub irq: Pin,
    /// The DMA request line.
    pub dreq: Pin,
    /// The drives on the cable.
    pub drives: [DriveType; 2],
    /// Where the disks of the drives are.
    pub slots: [DiskSlot; 2],
    /// Whether mechanics take their authentic time.
    pub real_delays: bool,
}

coded_enum! {
    /// What the data register is for.
    enum Phase: "floppy controller phase" {
        /// Held in reset, or just out of it.
        Reset = 0,
        /// Expecting the bytes of a command.
        Command = 1,
        /// A command works.
        Execution = 2,
        /// Expecting the host to read the result.
        Result = 3,
    }
}

/// The controller and its drives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fdc {
    // Wired.
    config: FdcConfig,

    // Registers.
    /// DOR; 00h after power-on.
    dor: u8,
    /// TDR, bits 1-0; 0.
    tdr: u8,
    /// DSR without the reset bit, its rate also written through CCR; 250 kbps.
    dsr: u8,
    /// First and second parameter of SPECIFY; 0.
    srt_hut: u8,
    hlt_nd: u8,
    /// Second parameter of CONFIGURE; FIFO disabled.
    configure: u8,
    /// Third parameter of CONFIGURE; 0.
    precompensation_track: u8,
    /// PERPENDICULAR MODE, D3-D0, GAP, WGATE; 0.
    perpendicular: u8,
    /// LOCK; false.
    locked: bool,
    /// Present cylinder number of each unit; 0.
    pcn: [u8; 4],

    // Internal.
    phase: Phase,
    /// The command as far as it was written.
    command: [u8; 16],
    command_length: u8,
    /// The result as far as it was not read.
    result: [u8; 16],
    result_length: u8,
    result_index: u8,
    /// The interrupt of a result.
    irq: bool,
    /// The interrupt of seeks and of the end of a reset.
    sense_irq: bool,
    /// Units whose seek has ended and was not yet sensed, and how.
    sense_seek: u8,
    sense_st0: [u8; 4],
    /// Units whose state after a reset was not yet sensed.
    sense_poll: u8,
    /// The drive busy bits of MSR.
    busy: u8,
    /// SC or EOT of the last command, for DUMPREG.
    last_sectors: u8,
    /// Software has set a data rate since the hardware reset; false.
    rate_was_set: bool,
    /// Software has given a SEEK since the hardware reset; false.
    seek_was_given: bool,
    /// The place on its track of the sector used last.
    last_place: u8,
    /// When the head unloads; it has to be loaded again from then on.
    head_loaded_until: Tick,
    /// When the reset ends; [`Timeline::NEVER`] while held in it and outside of it.
    reset_ends_at: Tick,
    seeks: [Seek; 4],
    drives: [Drive; 2],
    transfer: Transfer,
}

impl Fdc {
    /// A controller as after power-on, in reset until DOR is written.
    #[must_use]
    pub fn new(config: FdcConfig) -> Fdc {
        Fdc {
            config,
            dor: 0,
            tdr: 0,
            dsr: 2,
            srt_hut: 0,
            hlt_nd: 0,
            configure: CONFIGURE_EFIFO,
            precompensation_track: 0,
            perpendicular: 0,
            locked: false,
            pcn: [0; 4],
            phase: Phase::Reset,
            command: [0; 16],
            command_length: 0,
            result: [0; 16],
            result_length: 0,
            result_index: 0,
            irq: false,
            sense_irq: false,
            sense_seek: 0,
            sense_st0: [0; 4],
            sense_poll: 0,
            busy: 0,
            last_sectors: 0,
            rate_was_set: false,
            seek_was_given: false,
            last_place: 0,
            head_loaded_until: 0,
            reset_ends_at: Timeline::NEVER,
            seeks: [Seek::NONE; 4],
            drives: [Drive::new(), Drive::new()],
            transfer: Transfer::none(),
        }
    }
}

impl Device for Fdc {
    fn power_on(&mut self, io: &mut Io<'_>) {
        // The deleted marks are on the disks, which stay where they are.
        let mut new = Fdc::new(self.config.clone());
        for (drive, old) in new.drives.iter_mut().zip(&self.drives) {
            drive.deleted = old.deleted;
        }
        *self = new;
        self.settle(io);
    }

    /// SPEC: 82077AA section 4.1: a hardware reset clears all registers except those of SPECIFY. The drives, which
    /// have no reset line, keep their heads where they are.
    fn reset(&mut self, io: &mut Io<'_>) {
        (self.locked, self.perpendicular, self.tdr, self.dsr, self.dor) = (false, 0, 0, 2, 0);
        (self.rate_was_set, self.seek_was_given) = (false, false);
        self.enter_reset(io);
        self.reset_ends_at = Timeline::NEVER;
        self.settle(io);
    }

    fn wake(&mut self, io: &mut Io<'_>) {
        if self.reset_ends_at <= io.now() {
            self.leave_reset();
        }
        for unit in 0..4 {
            if self.seeks[usize::from(unit)].ends_at <= io.now() {
                self.end_seek(unit, io);
            }
        }
        self.run(io);
        self.settle(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Fdc {
            config: _,
            dor,
            tdr,
            dsr,
            srt_hut,
            hlt_nd,
            configure,
            precompensation_track,
            perpendicular,
            locked,
            pcn,
            phase,
            command,
            command_length,
            result,
            result_length,
            result_index,
            irq,
            sense_irq,
            sense_seek,
            sense_st0,
            sense_poll,
            busy,
            last_sectors,
            rate_was_set,
            seek_was_given,
            last_place,
            head_loaded_until,
            reset_ends_at,
            seeks,
            drives,
            transfer,
        } = self;
        v.section(SECTION, 1);
        v.u8(1, dor);
        v.u8(2, tdr);
        v.u8(3, dsr);
        v.u8(4, srt_hut);
        v.u8(5, hlt_nd);
        v.u8(6, configure);
        v.u8(7, precompensation_track);
        v.u8(8, perpendicular);
        v.bool(9, locked);
        v.bytes(10, pcn);
        v.code(11, phase);
        v.bytes(12, command);
        v.u8(13, command_length);
        v.bytes(14, result);
        v.u8(15, result_length);
        v.u8(16, result_index);
        v.bool(17, irq);
        v.bool(18, sense_irq);
        v.u8(19, sense_seek);
        v.bytes(20, sense_st0);
        v.u8(21, sense_poll);
        v.u8(22, busy);
        v.u8(23, last_sectors);
        v.u8(24, last_place);
        v.u64(25, head_loaded_until);
        v.u64(26, reset_ends_at);
        v.bool(27, rate_was_set);
        v.bool(28, seek_was_given);
        for (seek, id) in seeks.iter_mut().zip((100..).step_by(10)) {
            seek.visit(v, id);
        }
        for (drive, id) in drives.iter_mut().zip((200..).step_by(10)) {
            drive.visit(v, id);
        }
        transfer.visit(v, 300);
    }

    fn check(&self) -> Result<(), StateError> {
        let fail = |reason| Err(StateError::invalid(SECTION, reason));
        let masks = self.sense_seek | self.sense_poll | self.busy;
        if self.tdr > 3 || self.dsr > 0x7f || self.configure > 0x7f || self.perpendicular > 0x3f || masks > 0x0f {
            return fail("a register has bits that it does not have");
        }
        if self.command_length > 9 || self.result_length > 10 || self.result_index > self.result_length {
            return fail("a command or result is longer than any");
        }
        if self.phase == Phase::Result && self.result_index == self.result_length {
            return fail("a result phase without a result");
        }
        if !self.transfer.is_valid() || (self.phase != Phase::Execution) != (self.transfer.step == Step::None) {
            return fail("a transfer is in a state that none has");
        }
        for (drive, kind) in self.drives.iter().zip(self.config.drives) {
            if drive.cylinder > kind.last_cylinder() {
                return fail("a head is beyond the last cylinder");
            }
        }
        Ok(())
    }
}
