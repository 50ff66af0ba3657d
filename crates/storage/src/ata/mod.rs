//! An ATA channel with up to two disks, PIO only.
//!
//! On a PC the first channel is on ports 1F0h-1F7h and 3F6h-3F7h with IRQ 14, the second on 170h-177h and 376h-377h
//! with IRQ 15.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | data, 16 bits | data, 16 bits |
//! | 1 | error | features |
//! | 2 | sector count | sector count |
//! | 3 | sector number, LBA 7-0 | the same |
//! | 4, 5 | cylinder, LBA 23-8 | the same |
//! | 6 | device/head, LBA 27-24 | the same |
//! | 7 | status; takes the interrupt back | command |
//! | 8 | alternate status | device control: SRST, nIEN |
//! | 9 | drive address; bit 7 belongs to the floppy controller and is set | nothing |
//!
//! Sources: ATA (ANSI X3.221-1994), ATA-2 (ANSI X3.279-1996); FLUSH CACHE and words 80-87 of IDENTIFY DEVICE from
//! ATA-4 (NCITS 317-1998).
//!
//! A disk of about 1995: every command of ATA-2 that moves data without DMA, READ LONG and WRITE LONG with four ECC
//! bytes, FORMAT TRACK, the power modes with their timer, and FLUSH CACHE. The channel has no DMA request on the bus, so
//! IDENTIFY DEVICE tells of no DMA mode and DMA commands are aborted.
//!
//! Absent devices: device 0 answers for an absent device 1 with its own registers but status 00h, and a command for
//! device 1 goes nowhere (ATA-2 section 9.16.1). Without device 0 the bus floats and reads FFh, whatever device 1 is.
//!
//! Times: a command shows BSY for 20 us before it acts or asks for data, a further block of a read takes 5 us, a
//! software reset 100 us after SRST is taken back. A written block is in the cache at once: there are drivers (the
//! legacy BIOS of Bochs) that look at the status right after the last word and do not expect BSY.
//! DEVIATION: disks have no seek time.
//!
//! A byte access to the data port moves the low byte of a word and drops the high one, which is written as zero.
//!
//! Deviations: an error inside a block of READ MULTIPLE ends the block before the bad sector; the error follows when
//! the host has read what is good. A sector that the host cannot read is uncorrectable (UNC), one it cannot write is
//! a device fault (DF, ABRT); both are noted. A write to a disk that is write-protected is aborted.
//!
//! UNVERIFIED: adapters on ISA leave the data lines of an empty cable pulled up. ATA-3 recommends to pull DD7 down, so
//! that BSY reads 0; adapters of the time did not yet do so.
//!
//! Not modelled: DMA, the security and SMART sets, 8-bit transfers, the time to spin up from standby, command overlap.

mod command;
mod data;
mod drive;
mod identify;
mod long;
mod power;

use beige_core::{Device, DiskSlot, Geometry, Io, Pin, PortDevice, StateError, Tick, Timeline, Visitor, VisitorExt};
use drive::{Drive, Phase, Power};

/// The name of the section in a state.
const SECTION: &str = "ata";
/// From the command byte until the device acts.
const COMMAND_TICKS: Tick = 20_000;
/// Between two blocks of a read.
const BLOCK_TICKS: Tick = 5_000;
/// From the end of SRST until the device is ready.
const RESET_TICKS: Tick = 100_000;
/// Sectors that 28 bits of address reach.
const LBA28_SECTORS: u64 = 0x0fff_ffff;
/// Device control: software reset.
const CONTROL_SRST: u8 = 0x04;
/// Device control: the interrupt line is not driven.
const CONTROL_NIEN: u8 = 0x02;
/// Device/head: device 1.
const DEVICE_DEV: u8 = 0x10;
/// Device/head: bits that read as one.
const DEVICE_ONES: u8 = 0xa0;

/// A disk on the cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtaConfig {
    /// Where its medium is.
    pub slot: DiskSlot,
    /// The geometry it reports: at most 16 heads and 255 sectors, more is cut.
    pub geometry: Geometry,
    /// The serial number, ASCII, padded with blanks.
    pub serial: [u8; 20],
}

impl AtaConfig {
    /// Heads and sectors per track after power-on.
    fn default_translation(&self) -> (u8, u8) {
        (self.geometry.heads.clamp(1, 16) as u8, self.geometry.sectors.clamp(1, 255) as u8)
    }
}

/// Sectors that the default CHS translation reaches.
fn chs_sectors(config: &AtaConfig, sectors: u32) -> u32 {
    config.geometry.total_sectors().min(u64::from(sectors)) as u32
}

/// Cylinders of the current translation.
fn current_cylinders(drive: &Drive, config: &AtaConfig, sectors: u32) -> u32 {
    let cylinder = u32::from(drive.heads.max(1)) * u32::from(drive.sectors.max(1));
    (chs_sectors(config, sectors) / cylinder).min(0xffff)
}

/// A channel and its disks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtaChannel {
    // Wired.
    irq: Pin,
    configs: [Option<AtaConfig>; 2],

    // Registers.
    /// Device control; 00h.
    control: u8,
    /// The device that DEV selects; 0.
    selected: u8,

    // Internal.
    drives: [Drive; 2],
}

impl AtaChannel {
    /// A channel as after power-on.
    #[must_use]
    pub fn new(irq: Pin, devices: [Option<AtaConfig>; 2]) -> AtaChannel {
        let drives = [Drive::new(devices[0].as_ref()), Drive::new(devices[1].as_ref())];
        AtaChannel { irq, configs: devices, control: 0, selected: 0, drives }
    }

    fn is_present(&self, device: u8) -> bool {
        self.configs.get(usize::from(device)).is_some_and(Option::is_some)
    }

    /// The device that answers reads: device 0 also for an absent device 1, `None` when the bus floats.
    fn answering(&mut self) -> Option<&mut Drive> {
        let number = if self.is_present(self.selected) { self.selected } else { 0 };
        if self.is_present(number) { self.drives.get_mut(usize::from(number)) } else { None }
    }

    /// The selected device, when it is there.
    fn target(&mut self) -> Option<&mut Drive> {
        if self.is_present(self.selected) { self.drives.get_mut(usize::from(self.selected)) } else { None }
    }

    /// Drives the interrupt line and asks for the next wake; ends every access.
    fn settle(&mut self, io: &mut Io<'_>) {
        let enabled = self.control & CONTROL_NIEN == 0;
        let interrupt = self.target().is_some_and(|drive| drive.interrupt);
        io.set(self.irq, enabled && interrupt);
        let [first, second] = &self.drives;
        io.wake_at(first.due.min(second.due));
    }

    fn status(&mut self) -> u8 {
        match (self.target().map(|drive| drive.status()), self.answering()) {
            (Some(status), _) => status,
            (None, Some(_)) => 0,
            (None, None) => 0xff,
        }
    }

    fn read_register(&mut self, offset: u16) -> u8 {
        let selected = self.selected << 4;
        let Some(drive) = self.answering() else { return 0xff };
        match offset {
            1 => drive.error,
            2 => drive.count,
            3 => drive.sector,
            4 => drive.cylinder_low,
            5 => drive.cylinder_high,
            6 => drive.device_head & 0x4f | selected | DEVICE_ONES,
            _ => 0xff,
        }
    }

    /// Both devices take what is written to the command block, unless they are busy.
    fn write_register(&mut self, offset: u16, value: u8) {
        if offset == 6 {
            self.selected = u8::from(value & DEVICE_DEV != 0);
        }
        for drive in self.drives.iter_mut().filter(|drive| !drive.is_busy()) {
            match offset {
                1 => drive.features = value,
                2 => drive.count = value,
                3 => drive.sector = value,
                4 => drive.cylinder_low = value,
                5 => drive.cylinder_high = value,
                _ => drive.device_head = value,
            }
        }
    }

    fn write_command(&mut self, value: u8, io: &mut Io<'_>) {
        let due = io.now().saturating_add(COMMAND_TICKS);
        for number in 0..2 {
            let addressed = number == self.selected || value == command::DIAGNOSTIC;
            if !addressed || !self.is_present(number) {
                continue;
            }
            let Some(drive) = self.drives.get_mut(usize::from(number)) else { continue };
            if !drive.is_busy() && drive.power != Power::Sleep {
                drive.end();
                (drive.command, drive.interrupt) = (value, false);
                drive.be_busy(Phase::Beginning, due);
            }
        }
    }

    fn write_control(&mut self, value: u8, io: &mut Io<'_>) {
        let was = std::mem::replace(&mut self.control, value & (CONTROL_SRST | CONTROL_NIEN));
        let ready_at = io.now().saturating_add(RESET_TICKS);
        for number in 0..2 {
            let present = self.is_present(number);
            let Some(drive) = self.drives.get_mut(usize::from(number)).filter(|_| present) else { continue };
            if value & CONTROL_SRST != 0 {
                drive.end();
                drive.interrupt = false;
                drive.be_busy(Phase::Resetting, Timeline::NEVER);
                self.selected = 0;
            } else if was & CONTROL_SRST != 0 {
                drive.be_busy(Phase::Resetting, ready_at);
            }
        }
    }

    /// What words read from the data port give, one after the other, as long as reading them moves no wire, changes no
    /// register and depends on no time: all but the last one of a block. How many bytes came, a multiple of `unit`, which
    /// is even.
    pub fn read_data(&mut self, into: &mut [u8], unit: usize) -> usize {
        let drive = self.target().filter(|drive| drive.phase == Phase::DataIn);
        drive.map_or(0, |drive| drive.take_words(into, unit))
    }

    /// Words written to the data port one after the other, as long as writing them does nothing but fill the buffer: all
    /// but the last one of a block. How many bytes were taken, a multiple of `unit`, which is even.
    pub fn write_data(&mut self, from: &[u8], unit: usize) -> usize {
        let drive = self.target().filter(|drive| drive.phase == Phase::DataOut);
        drive.map_or(0, |drive| drive.give_words(from, unit))
    }

    /// SPEC: ATA-2, drive address register: all fields are inverted.
    fn drive_address(&mut self) -> u8 {
        let selected = 1 << self.selected;
        match self.answering() {
            Some(drive) => 0xc0 | (!drive.device_head & 15) << 2 | (!selected & 3),
            None => 0xff,
        }
    }
}

impl PortDevice for AtaChannel {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        match offset {
            0 => self.read16(0, io) as u8,
            7 => {
                let status = self.status();
                if let Some(drive) = self.target() {
                    drive.interrupt = false;
                }
                self.settle(io);
                status
            }
            8 => self.status(),
            9 => self.drive_address(),
            _ => self.read_register(offset),
        }
    }

    /// A drive does at wakes what it does in time. The status in the command block takes an interrupt back.
    fn is_steady(&self, offset: u16) -> bool {
        offset == 8 || offset == 7 && self.drives.iter().all(|drive| !drive.interrupt)
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        match offset {
            0 => self.write16(0, u16::from(value), io),
            7 => self.write_command(value, io),
            8 => self.write_control(value, io),
            1..=6 => self.write_register(offset, value),
            _ => {}
        }
        self.settle(io);
    }

    fn read16(&mut self, offset: u16, io: &mut Io<'_>) -> u16 {
        if offset != 0 {
            let low = self.read(offset, io);
            let high = self.read(offset.wrapping_add(1), io);
            return u16::from_le_bytes([low, high]);
        }
        let Some(drive) = self.target().filter(|drive| drive.phase == Phase::DataIn) else { return 0xffff };
        let word = drive.take_word(io.now());
        if drive.phase != Phase::DataIn {
            self.settle(io);
        }
        word
    }

    fn write16(&mut self, offset: u16, value: u16, io: &mut Io<'_>) {
        if offset != 0 {
            let [low, high] = value.to_le_bytes();
            self.write(offset, low, io);
            self.write(offset.wrapping_add(1), high, io);
            return;
        }
        let Some(drive) = self.target().filter(|drive| drive.phase == Phase::DataOut) else { return };
        drive.give_word(value, io.now());
        if drive.phase != Phase::DataOut {
            self.settle(io);
        }
    }
}

impl Device for AtaChannel {
    fn power_on(&mut self, io: &mut Io<'_>) {
        // What WRITE LONG has spoilt is on the disks.
        let mut new = AtaChannel::new(self.irq, self.configs.clone());
        for (drive, old) in new.drives.iter_mut().zip(&self.drives) {
            drive.odd = old.odd;
        }
        *self = new;
        self.settle(io);
    }

    /// A hardware reset leaves a device as power-on does. DEVIATION: ready at once, where disks spin up for seconds.
    fn reset(&mut self, io: &mut Io<'_>) {
        self.power_on(io);
    }

    fn wake(&mut self, io: &mut Io<'_>) {
        for number in 0..self.drives.len() {
            if self.drives.get(number).is_some_and(|drive| drive.due <= io.now()) {
                self.step(number, io);
            }
        }
        self.settle(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let AtaChannel { irq: _, configs: _, control, selected, drives } = self;
        v.section(SECTION, 1);
        v.u8(1, control);
        v.u8(2, selected);
        for (drive, id) in drives.iter_mut().zip((100..).step_by(100)) {
            drive.visit(v, id);
        }
    }

    fn check(&self) -> Result<(), StateError> {
        if self.selected > 1 || self.control & !(CONTROL_SRST | CONTROL_NIEN) != 0 {
            return Err(StateError::invalid(SECTION, "a register has bits that it does not have"));
        }
        match self.drives.iter().find_map(Drive::fault) {
            Some(reason) => Err(StateError::invalid(SECTION, reason)),
            None => Ok(()),
        }
    }
}
