//! From what the user asked for to the configuration of a machine.

use crate::drives::Drives;
use crate::error::HostError;
use beige_core::ClockRatio;
use beige_machine::{BootOrder, Config, DateTime, FixedRom, Model, OnShutdown, OptionRom, SERIAL_PORTS};
use std::path::{Path, PathBuf};

/// How fast the CPU is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuSpeed {
    /// As fast as can be: 100 million instructions a guest second headless, the host's own speed in the window.
    Max,
    /// That of the model at this clock, in Hz.
    Clock(u64),
}

impl CpuSpeed {
    /// Instructions per tick of this model at this speed, for a run whose speed does not follow the host.
    #[must_use]
    pub fn rate(self, model: Model) -> ClockRatio {
        match self {
            CpuSpeed::Max => Config::MAX_RATE,
            CpuSpeed::Clock(hz) => Config::rate_of_clock(model, hz),
        }
    }
}

/// Whether the board has QEMU's firmware configuration device and RAM in place of its ROMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FirmwareConfiguration {
    /// With a BIOS of the user's that has more than 64 KiB, as SeaBIOS has.
    #[default]
    Auto,
    /// It has.
    On,
    /// It has not.
    Off,
}

/// A BIOS of an AT has at most this.
const AT_BIOS_MAX_BYTES: usize = 64 << 10;

/// The machine that the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineOptions {
    /// The CPU.
    pub model: Model,
    /// Whether there is a coprocessor; `None` for what suits the model.
    pub coprocessor: Option<bool>,
    /// Memory in KiB; `None` for what suits the model.
    pub memory_kib: Option<u32>,
    /// How fast the CPU is.
    pub speed: CpuSpeed,
    /// The real-time clock at power-on.
    pub rtc: DateTime,
    /// What to boot.
    pub boot: BootOrder,
    /// The file that keeps the CMOS memory from run to run.
    pub nvram: Option<PathBuf>,
    /// Floppy drives take their authentic time.
    pub real_disk: bool,
    /// A byte written to this port ends the run.
    pub exit_port: Option<u16>,
    /// Which of COM1 to COM4 there are.
    pub serial_ports: [bool; SERIAL_PORTS],
    /// A printer is connected to LPT1.
    pub printer: bool,
    /// A BIOS in place of ours.
    pub bios: Option<PathBuf>,
    /// A VGA BIOS in place of ours.
    pub vga_bios: Option<PathBuf>,
    /// Whether the firmware can ask the board.
    pub fw_cfg: FirmwareConfiguration,
    /// ROMs of cards, with their physical addresses; `None` for the first free place.
    pub option_roms: Vec<(PathBuf, Option<u32>)>,
    /// ROMs at physical addresses, in place of BIOS and VGA BIOS.
    pub fixed_roms: Vec<(PathBuf, u32)>,
    /// What happens when the CPU shuts down.
    pub on_shutdown: OnShutdown,
    /// The port of POST codes.
    pub post_port: Option<u16>,
}

impl MachineOptions {
    /// The plain machine of a model with our ROMs: COM1, no limits of speed, and a clock at the start of 2026.
    #[must_use]
    pub fn plain(model: Model) -> MachineOptions {
        MachineOptions {
            model,
            coprocessor: None,
            memory_kib: None,
            speed: CpuSpeed::Max,
            rtc: DateTime::START_OF_2026,
            boot: BootOrder::default(),
            nvram: None,
            real_disk: false,
            exit_port: None,
            serial_ports: [true, false, false, false],
            printer: false,
            bios: None,
            vga_bios: None,
            fw_cfg: FirmwareConfiguration::Auto,
            option_roms: Vec::new(),
            fixed_roms: Vec::new(),
            on_shutdown: OnShutdown::Reset,
            post_port: None,
        }
    }

    /// The configuration of this machine with these drives, checked.
    ///
    /// # Errors
    /// When a ROM or the CMOS memory cannot be read or the parts make no machine.
    pub fn config(&self, drives: &Drives) -> Result<Config, HostError> {
        let bios = match &self.bios {
            Some(path) => read_rom(path, "--bios")?,
            None if !self.fixed_roms.is_empty() => Vec::new(),
            None => beige_firmware::BIOS.to_vec(),
        };
        let vga_bios = match &self.vga_bios {
            Some(path) => read_rom(path, "--vga-bios")?,
            None if !self.fixed_roms.is_empty() => Vec::new(),
            None => beige_firmware::VGA_BIOS.to_vec(),
        };
        let option_rom = |(path, address): &(PathBuf, Option<u32>)| {
            Ok(OptionRom { address: *address, image: read_rom(path, "--option-rom")? })
        };
        let fixed_rom =
            |(path, address): &(PathBuf, u32)| Ok(FixedRom { address: *address, image: read_rom(path, "--rom")? });
        let fw_cfg = match self.fw_cfg {
            FirmwareConfiguration::Auto => self.bios.is_some() && bios.len() > AT_BIOS_MAX_BYTES,
            FirmwareConfiguration::On => true,
            FirmwareConfiguration::Off => false,
        };
        let rate = self.speed.rate(self.model);
        let config = Config {
            model: self.model,
            coprocessor: self.coprocessor.unwrap_or_else(|| Config::default_coprocessor(self.model)),
            memory_kib: self.memory_kib.unwrap_or_else(|| Config::default_memory_kib(self.model)),
            rate,
            rtc: self.rtc,
            nvram: self.nvram.as_deref().map(crate::nvram::read).transpose()?.flatten(),
            floppies: drives.floppies,
            hard_disks: drives.hard_disks,
            real_disk: self.real_disk,
            boot: self.boot,
            exit_port: self.exit_port,
            serial_ports: self.serial_ports,
            printer: self.printer,
            bios,
            vga_bios,
            fw_cfg,
            option_roms: self.option_roms.iter().map(option_rom).collect::<Result<_, HostError>>()?,
            fixed_roms: self.fixed_roms.iter().map(fixed_rom).collect::<Result<_, HostError>>()?,
            on_shutdown: self.on_shutdown,
            post_port: self.post_port,
        };
        config.check().map_err(|error| HostError::bad_input(error.to_string()))?;
        for ((path, _), rom) in self.option_roms.iter().zip(&config.option_roms) {
            if let Some(flaw) = option_rom_flaw(&rom.image) {
                log::warn!("{} {flaw}: a BIOS passes it over", path.display());
            }
        }
        Ok(config)
    }
}

/// Why a BIOS would not call an option ROM: it begins with 55h, AAh and its size in 512 bytes, which add up to 0.
fn option_rom_flaw(image: &[u8]) -> Option<&'static str> {
    let [0x55, 0xaa, size, ..] = image else { return Some("does not begin with 55AA") };
    match image.get(..usize::from(*size) * 512) {
        None => Some("is shorter than it says"),
        Some(rom) if rom.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) != 0 => Some("has a wrong checksum"),
        Some(_) => None,
    }
}

/// The largest ROM that is read at all.
const ROM_MAX_BYTES: u64 = 1 << 20;

fn read_rom(path: &Path, option: &str) -> Result<Vec<u8>, HostError> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        HostError::bad_input(format!("{shown} cannot be read: {error}; give a ROM image to {option}"))
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let most = if option == "--rom" { "1 MiB" } else { "256 KiB" };
    if !metadata.is_file() || metadata.len() == 0 || metadata.len() > ROM_MAX_BYTES {
        return Err(HostError::bad_input(format!(
            "{shown} is no ROM image: give a file of at most {most} to {option}"
        )));
    }
    std::fs::read(path).map_err(unreadable)
}
