//! Which machine this is: everything that is chosen before power-on.

use crate::boot::BootOrder;
use crate::clock::is_sensible;
use crate::fixed_rom::{self, FixedRom};
use crate::option_rom::{self, OptionRom};
use beige_chipset::mc146818::DateTime;
use beige_core::{ClockRatio, Geometry, Visitor, VisitorExt, coded_enum};
use beige_cpu::Model;
use beige_storage::fdc::DriveType;
use std::fmt;

/// A hard disk as the BIOS finds it described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardDisk {
    /// The geometry the drive reports: at most 65,535 cylinders, 16 heads, 63 sectors.
    pub geometry: Geometry,
    /// How the BIOS makes heads out of cylinders, the code of CMOS byte 39h: 0 none, 1 LBA assist.
    pub translation: u8,
}

coded_enum! {
    /// What the board does when the CPU shuts down: when neither an exception nor the double fault that takes its place
    /// could be delivered.
    pub enum OnShutdown: "answer to a shutdown" {
        /// It resets the CPU. SPEC: IBM PC AT Technical Reference (6280070), "System board": the shutdown status of the
        /// 80286 pulls its reset line.
        Reset = 0,
        /// Nothing: the CPU is dead, the rest of the machine goes on.
        Halt = 1,
        /// The run ends.
        Stop = 2,
    }
}

/// The bytes of the CMOS memory.
pub const NVRAM_BYTES: usize = beige_chipset::mc146818::CMOS_BYTES;

/// A machine before power-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The CPU.
    pub model: Model,
    /// There is a coprocessor: an 8087, 80287 or 80387, or that on the chip.
    pub coprocessor: bool,
    /// Memory up to its top address, in KiB: 640 means no memory above the first mebibyte.
    pub memory_kib: u32,
    /// Instructions per tick.
    pub rate: ClockRatio,
    /// The real-time clock at power-on.
    pub rtc: DateTime,
    /// What a battery kept of an earlier run's CMOS memory. The configuration is written over it, and the clock is set.
    pub nvram: Option<[u8; NVRAM_BYTES]>,
    /// Floppy drives A and B.
    pub floppies: [DriveType; 2],
    /// Hard disks C to F.
    pub hard_disks: [Option<HardDisk>; crate::HARD_DISK_SLOTS],
    /// Floppy drives take their authentic time.
    pub real_disk: bool,
    /// What to boot.
    pub boot: BootOrder,
    /// A byte written to this port ends the run and is its exit code.
    pub exit_port: Option<u16>,
    /// Which of COM1 to COM4 there are.
    pub serial_ports: [bool; crate::SERIAL_PORTS],
    /// A printer is connected to LPT1.
    pub printer: bool,
    /// The BIOS, which ends at 1 MiB; 16 KiB to 128 KiB.
    pub bios: Vec<u8>,
    /// The VGA BIOS at C0000h; at most 64 KiB, empty for none.
    pub vga_bios: Vec<u8>,
    /// The board has QEMU's firmware configuration device, and RAM in place of the ROMs below 1 MiB, filled with them;
    /// above, the BIOS stands as a ROM.
    pub fw_cfg: bool,
    /// ROMs of cards.
    pub option_roms: Vec<OptionRom>,
    /// ROMs at fixed places; with any of them there is no BIOS.
    pub fixed_roms: Vec<FixedRom>,
    /// What happens when the CPU shuts down.
    pub on_shutdown: OnShutdown,
    /// The bytes written to this port are POST codes; whoever stands at it gets them, too.
    pub post_port: Option<u16>,
}

/// No bytes or all of them.
fn visit_nvram(v: &mut dyn Visitor, id: u16, nvram: &mut Option<[u8; NVRAM_BYTES]>) {
    let mut bytes = nvram.map(Vec::from).unwrap_or_default();
    v.blob(id, &mut bytes, NVRAM_BYTES);
    match <[u8; NVRAM_BYTES]>::try_from(bytes) {
        Ok(kept) => *nvram = Some(kept),
        Err(none) if none.is_empty() => *nvram = None,
        Err(_) => v.fail("the CMOS memory has another size"),
    }
}

/// Why a machine cannot be built: one sentence with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(text: String) -> ConfigError {
        ConfigError(text)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The least memory: what a full PC has below its video memory.
const MEMORY_MIN_KIB: u32 = 640;
/// Above this the 386's memory would meet the BIOS and the devices below 4 GiB.
const MEMORY_MAX_KIB: u32 = 3 << 20;
/// The least memory of a BIOS that moves itself above 1 MiB.
const FW_CFG_MEMORY_MIN_KIB: u32 = 2 << 10;
/// The largest BIOS, of which the last 128 KiB stand below 1 MiB.
const BIOS_MAX_BYTES: usize = 0x4_0000;
/// From C0000h on.
pub(crate) const VGA_BIOS_MAX_BYTES: usize = 0x1_0000;

impl Config {
    /// Instructions in a guest second when no clock is asked for: 100 million.
    pub const MAX_RATE: ClockRatio = ClockRatio::from_hz(100_000_000, 1);

    /// The plain machine of a model: floppy drive A of 1.44M, COM1, no limits of speed, and a clock at the start of 2026.
    #[must_use]
    pub fn plain(model: Model, bios: Vec<u8>, vga_bios: Vec<u8>) -> Config {
        Config {
            model,
            coprocessor: Config::default_coprocessor(model),
            memory_kib: Config::default_memory_kib(model),
            rate: Config::MAX_RATE,
            rtc: DateTime::START_OF_2026,
            nvram: None,
            floppies: [DriveType::D1440, DriveType::Absent],
            hard_disks: [None; crate::HARD_DISK_SLOTS],
            real_disk: false,
            boot: BootOrder::default(),
            exit_port: None,
            serial_ports: [true, false, false, false],
            printer: false,
            bios,
            vga_bios,
            fw_cfg: false,
            option_roms: Vec::new(),
            fixed_roms: Vec::new(),
            on_shutdown: OnShutdown::Reset,
            post_port: None,
        }
    }

    /// The rate of a CPU at a clock: clock by average clocks per instruction of the model.
    #[must_use]
    pub fn rate_of_clock(model: Model, hz: u64) -> ClockRatio {
        ClockRatio::from_hz(hz, u64::from(model.average_clocks()))
    }

    /// Whether a machine of this model has a coprocessor unless the user says otherwise: from the 80486 on it is on the
    /// chip.
    #[must_use]
    pub fn default_coprocessor(model: Model) -> bool {
        model >= Model::I80486
    }

    /// How much memory a machine of this model has unless the user says otherwise, in KiB.
    #[must_use]
    pub fn default_memory_kib(model: Model) -> u32 {
        match model {
            Model::I8086 | Model::I80186 => 640,
            Model::I80286 => 4 << 10,
            Model::I80386 | Model::I80486 | Model::Pentium | Model::PentiumMmx | Model::PentiumII => 16 << 10,
        }
    }

    /// The most memory that a machine of this model can have, in KiB.
    #[must_use]
    pub fn max_memory_kib(model: Model) -> u32 {
        match model {
            Model::I8086 | Model::I80186 => 640,
            Model::I80286 => 16 << 10,
            Model::I80386 | Model::I80486 | Model::Pentium | Model::PentiumMmx | Model::PentiumII => MEMORY_MAX_KIB,
        }
    }

    /// Saves, loads or hashes the configuration; [`Config::check`] is to follow a load.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        let Config {
            model,
            coprocessor,
            memory_kib,
            rate,
            rtc,
            nvram,
            floppies,
            hard_disks,
            real_disk,
            boot,
            exit_port,
            serial_ports,
            printer,
            bios,
            vga_bios,
            fw_cfg,
            option_roms,
            fixed_roms,
            on_shutdown,
            post_port,
        } = self;
        v.section("config", 3);
        v.code(1, model);
        v.u32(2, memory_kib);
        visit_rate(v, 3, rate);
        visit_date_time(v, 5, rtc);
        let [a, b] = floppies;
        v.code(11, a);
        v.code(12, b);
        v.bool(13, real_disk);
        boot.visit(v, [14, 80]);
        visit_port(v, 15, exit_port);
        v.blob(16, bios, BIOS_MAX_BYTES);
        v.blob(17, vga_bios, VGA_BIOS_MAX_BYTES);
        visit_nvram(v, 18, nvram);
        for (id, disk) in (20..).step_by(10).zip(hard_disks) {
            visit_hard_disk(v, id, disk);
        }
        v.bool(81, printer);
        for (id, present) in (56..).zip(serial_ports) {
            v.bool(id, present);
        }
        option_rom::visit(option_roms, v, 60);
        // Since version 2.
        v.code(82, on_shutdown);
        visit_port(v, 83, post_port);
        fixed_rom::visit(fixed_roms, v, 90);
        // Since version 3.
        if v.version() < 3 {
            *coprocessor = Config::default_coprocessor(*model);
        }
        v.bool(84, fw_cfg);
        v.bool(85, coprocessor);
    }

    /// Which serial ports there are and whether there is a printer, a bit each.
    pub(crate) fn port_flags(&self) -> u8 {
        let parts = self.serial_ports.iter().chain([&self.printer]);
        parts.zip([1, 2, 4, 8, 16]).filter(|(present, _)| **present).map(|(_, bit)| bit).sum()
    }

    /// # Errors
    /// When the parts do not make a machine.
    pub fn check(&self) -> Result<(), ConfigError> {
        let error = |text: String| Err(ConfigError(text));
        let (kib, max_kib) = (self.memory_kib, Config::max_memory_kib(self.model));
        if kib < MEMORY_MIN_KIB {
            return error(format!("a PC needs at least 640K of memory, not {kib}K: give --memory 640K or more"));
        }
        if kib > max_kib {
            let model = self.model.name();
            let most = if max_kib < 1024 { format!("{max_kib}K") } else { format!("{}M", max_kib >> 10) };
            return error(format!("{kib}K of memory is more than the {model} can have: give --memory {most} or less"));
        }
        if kib > MEMORY_MIN_KIB && kib < 1024 {
            return error(format!(
                "{kib}K of memory ends within the video memory and the BIOS: give 640K, or 1M or more"
            ));
        }
        let bios = self.bios.len();
        if !self.fixed_roms.is_empty() {
            if bios != 0 {
                return error("--rom takes the place of the BIOS: leave out --bios".to_owned());
            }
            fixed_rom::check(&self.fixed_roms, self.model)?;
        } else if bios == 0 || !bios.is_multiple_of(0x4000) || bios > BIOS_MAX_BYTES {
            return error(format!(
                "a BIOS has 16, 32, 64, 128 or 256 KiB, this one {bios} bytes: give another --bios FILE"
            ));
        }
        self.check_firmware_configuration()?;
        if self.model > Model::I80486 && !self.coprocessor {
            let model = self.model.name();
            return error(format!("a {model} has its coprocessor on the chip: leave out --fpu off"));
        }
        if self.vga_bios.len() > VGA_BIOS_MAX_BYTES {
            let bytes = self.vga_bios.len();
            return error(format!(
                "a VGA BIOS has at most 64 KiB, this one {bytes} bytes: give another --vga-bios FILE"
            ));
        }
        if !is_sensible(self.rate) {
            return error("no CPU runs at this rate: give another --speed".to_owned());
        }
        option_rom::place(&self.option_roms, self.vga_bios.len(), bios)?;
        let DateTime { year, month, day, hour, minute, second } = self.rtc;
        let is_date = year <= 9999 && (1..=12).contains(&month) && (1..=31).contains(&day);
        if !is_date || hour > 23 || minute > 59 || second > 59 {
            return error(format!("{year}-{month}-{day} {hour}:{minute}:{second} is no time: give --rtc another one"));
        }
        for disk in self.hard_disks.iter().flatten() {
            let Geometry { cylinders, heads, sectors } = disk.geometry;
            let fits = (1..=65_535).contains(&cylinders) && (1..=16).contains(&heads) && (1..=63).contains(&sectors);
            if !fits || disk.translation > 3 {
                return error(format!(
                    "an ATA disk cannot have C/H/S {cylinders}/{heads}/{sectors}: use another image"
                ));
            }
        }
        Ok(())
    }
}

impl Config {
    fn check_firmware_configuration(&self) -> Result<(), ConfigError> {
        let error = |text: String| Err(ConfigError(text));
        if !self.fw_cfg {
            return Ok(());
        }
        if !self.fixed_roms.is_empty() {
            return error("a --rom has no firmware to configure: leave out --fw-cfg".to_owned());
        }
        // SeaBIOS turns the big-endian numbers of the file directory round by BSWAP.
        if self.model < Model::I80486 {
            let model = self.model.name();
            return error(format!(
                "a BIOS of more than 64 KiB with firmware configuration, such as SeaBIOS, does not run on the {model}: give \
                 --cpu 80486 or later, or --fw-cfg off"
            ));
        }
        if self.memory_kib < FW_CFG_MEMORY_MIN_KIB {
            let kib = self.memory_kib;
            return error(format!(
                "a BIOS with firmware configuration needs memory to unpack itself, {kib}K is too little: give --memory 2M or \
                 more"
            ));
        }
        Ok(())
    }
}

/// Visits a port, or that there is none.
fn visit_port(v: &mut dyn Visitor, id: u16, port: &mut Option<u16>) {
    let mut number = port.map(u64::from);
    v.option_u64(id, &mut number);
    match number.map(u16::try_from).transpose() {
        Ok(number) => *port = number,
        Err(_) => v.fail("a port is none"),
    }
}

/// Visits a rate as two fields.
fn visit_rate(v: &mut dyn Visitor, id: u16, rate: &mut ClockRatio) {
    let (mut numerator, mut denominator) = rate.parts();
    v.u64(id, &mut numerator);
    v.u64(id + 1, &mut denominator);
    match ClockRatio::from_parts(numerator, denominator) {
        Some(loaded) => *rate = loaded,
        None => v.fail("the rate is zero"),
    }
}

/// Visits a date and time as six fields.
fn visit_date_time(v: &mut dyn Visitor, id: u16, time: &mut DateTime) {
    let DateTime { year, month, day, hour, minute, second } = time;
    v.u16(id, year);
    for (id, field) in (id + 1..).zip([month, day, hour, minute, second]) {
        v.u8(id, field);
    }
}

/// Visits a hard disk, or that there is none, as five fields.
fn visit_hard_disk(v: &mut dyn Visitor, id: u16, disk: &mut Option<HardDisk>) {
    let none = HardDisk { geometry: Geometry { cylinders: 0, heads: 0, sectors: 0 }, translation: 0 };
    let mut is_present = disk.is_some();
    let mut present = disk.unwrap_or(none);
    v.bool(id, &mut is_present);
    let HardDisk { geometry: Geometry { cylinders, heads, sectors }, translation } = &mut present;
    v.u32(id + 1, cylinders);
    v.u32(id + 2, heads);
    v.u32(id + 3, sectors);
    v.u8(id + 4, translation);
    *disk = is_present.then_some(present);
}
