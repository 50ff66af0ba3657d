//! The board: the chips and the lines between them. It is the CPU's bus.

use crate::clock::CpuClock;
use crate::config::Config;
use crate::diagnosis::Calls;
use crate::memory_map::{self, video_offset};
use crate::ports;
use crate::rack::Rack;
use crate::speaker::{self, Listener};
use crate::trace::PortAccess;
use crate::{cmos, wiring};
use beige_chipset::fw_cfg::{FirmwareFile, FirmwareInfo};
use beige_chipset::{
    coprocessor, debugcon, fw_cfg, i8042, i8237a, i8254, i8259a, lpt, mc146818, ns16550a, power, sysctl,
};
use beige_core::{Device, DeviceId, DiskSlot, Io, Outputs, Pin, Tick, Timeline, Wires};
use beige_cpu::{Bus, Memory, MmioBlock, Registers, Width};
use beige_storage::{ata, fdc};
use beige_video::{PlainWindow, PlaneWrite, Vga};

/// The chips, each plain data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chips {
    pub(crate) pics: [i8259a::Pic; 2],
    pub(crate) pit: i8254::Pit,
    pub(crate) dma: [i8237a::Dma; 2],
    pub(crate) dma_pages: i8237a::DmaPages,
    pub(crate) rtc: mc146818::Rtc,
    pub(crate) keyboard: i8042::Controller,
    pub(crate) sysctl: sysctl::SystemControl,
    /// COM1 to COM4; those that a machine does not have are at no port.
    pub(crate) com: [ns16550a::Uart; wiring::SERIAL_PORTS],
    pub(crate) lpt: lpt::Lpt,
    pub(crate) debugcon: debugcon::DebugConsole,
    pub(crate) power: power::PowerSwitch,
    pub(crate) vga: Vga,
    pub(crate) fdc: fdc::Fdc,
    pub(crate) ata: [ata::AtaChannel; 2],
    pub(crate) coprocessor: coprocessor::ErrorLatch,
    /// At no port of a machine without it.
    pub(crate) fw_cfg: fw_cfg::FwCfg,
    /// The last byte written to the POST port, 80h.
    pub(crate) post_code: u8,
}

impl Chips {
    /// How many chips the states of version 1 of the board hold: the first ones of [`Chips::devices`].
    pub(crate) const OF_VERSION_1: usize = 20;

    /// Every chip with its deadline, in the order in which states hold them.
    pub(crate) fn devices(&mut self) -> [(DeviceId, &mut dyn Device); 22] {
        let Chips {
            pics,
            pit,
            dma,
            dma_pages,
            rtc,
            keyboard,
            sysctl,
            com,
            lpt,
            debugcon,
            power,
            vga,
            fdc,
            ata,
            coprocessor,
            fw_cfg,
            post_code: _,
        } = self;
        let [master, slave] = pics;
        let [bytes, words] = dma;
        let [com1, com2, com3, com4] = com;
        let [primary, secondary] = ata;
        [
            (wiring::UNTIMED, master),
            (wiring::UNTIMED, slave),
            (wiring::PIT, pit),
            (wiring::UNTIMED, bytes),
            (wiring::UNTIMED, words),
            (wiring::UNTIMED, dma_pages),
            (wiring::RTC, rtc),
            (wiring::KEYBOARD, keyboard),
            (wiring::UNTIMED, sysctl),
            (wiring::COM[0], com1),
            (wiring::COM[1], com2),
            (wiring::COM[2], com3),
            (wiring::COM[3], com4),
            (wiring::LPT, lpt),
            (wiring::UNTIMED, debugcon),
            (wiring::UNTIMED, power),
            (wiring::VGA, vga),
            (wiring::FLOPPY, fdc),
            (wiring::ATA_PRIMARY, primary),
            (wiring::ATA_SECONDARY, secondary),
            (wiring::UNTIMED, coprocessor),
            (wiring::UNTIMED, fw_cfg),
        ]
    }
}

/// All that chips share.
pub(crate) struct Lines {
    pub(crate) wires: Wires,
    pub(crate) timeline: Timeline,
    pub(crate) rack: Rack,
    pub(crate) outputs: Outputs,
}

impl Lines {
    /// What a device may touch at `now`.
    pub(crate) fn io(&mut self, now: Tick, device: DeviceId) -> Io<'_> {
        Io::new(now, device, &mut self.wires, &mut self.timeline, &mut self.rack, &mut self.outputs)
    }
}

/// The board.
pub(crate) struct Board {
    pub(crate) chips: Chips,
    pub(crate) lines: Lines,
    pub(crate) clock: CpuClock,
    /// INTR as the CPU knows it since the slice began.
    pub(crate) intr_known: bool,
    /// The tick up to which the CPU may run without the board.
    pub(crate) slice_end: Tick,
    /// The CPU's reset line was pulled.
    pub(crate) cpu_reset: bool,
    /// The coprocessor's reset line was pulled.
    pub(crate) coprocessor_reset: bool,
    /// How long DMA has kept the bus from the CPU; the run loop lets that time pass before the next instruction.
    pub(crate) cpu_held: Tick,
    /// The byte that the guest wrote to the exit port.
    pub(crate) exit_code: Option<u8>,
    pub(crate) exit_port: Option<u16>,
    pub(crate) post_port: Option<u16>,
    /// The POST code that somebody waits for.
    pub(crate) awaited_post: Option<u8>,
    /// It came.
    pub(crate) post_came: bool,
    /// The guest switched the machine off.
    pub(crate) is_off: bool,
    pub(crate) serial_ports: [bool; wiring::SERIAL_PORTS],
    pub(crate) has_fw_cfg: bool,
    /// The pages from A0000h on that are the VGA's, bit by page.
    pub(crate) video_pages: u32,
    /// Where the CPU's memory map has video memory in place of the VGA.
    pub(crate) plain_video: Option<PlainWindow>,
    /// Who listens to the speaker.
    pub(crate) listener: Option<Listener>,
    /// Port accesses of the present instruction, kept while tracing.
    pub(crate) port_log: Option<Vec<PortAccess>>,
    /// What the guest's programs called lately. For diagnoses only.
    pub(crate) calls: Calls,
}

impl Board {
    pub(crate) fn new(config: &Config, rack: Rack) -> Board {
        Board {
            chips: chips(config),
            lines: Lines { wires: Wires::default(), timeline: Timeline::default(), rack, outputs: Outputs::default() },
            clock: CpuClock::new(config.rate),
            intr_known: false,
            slice_end: 0,
            cpu_reset: false,
            coprocessor_reset: false,
            cpu_held: 0,
            exit_code: None,
            exit_port: config.exit_port,
            post_port: config.post_port,
            awaited_post: None,
            post_came: false,
            is_off: false,
            serial_ports: config.serial_ports,
            has_fw_cfg: config.fw_cfg,
            video_pages: memory_map::video_pages(config),
            plain_video: None,
            listener: None,
            port_log: None,
            calls: Calls::default(),
        }
    }

    /// Whether this machine has that serial port; 0 is COM1.
    pub(crate) fn has_serial_port(&self, number: usize) -> bool {
        self.serial_ports.get(number).is_some_and(|present| *present)
    }

    /// A serial port of this machine and what it may touch.
    pub(crate) fn serial_port(&mut self, now: Tick, number: u8) -> Option<(&mut ns16550a::Uart, Io<'_>)> {
        let number = usize::from(number);
        if !self.has_serial_port(number) {
            return None;
        }
        let Board { chips, lines, .. } = self;
        Some((chips.com.get_mut(number)?, lines.io(now, *wiring::COM.get(number)?)))
    }

    /// Cold start of every chip, and the configuration that the CMOS battery kept.
    pub(crate) fn power_on(&mut self, config: &Config, mem: &mut Memory) {
        self.for_each_device(0, |device, io| device.power_on(io));
        cmos::configure(&mut self.chips.rtc, config);
        self.chips.rtc.set_time(config.rtc, &mut self.lines.io(0, wiring::RTC));
        for gate in 0..2 {
            self.chips.pit.set_gate(gate, true, &mut self.lines.io(0, wiring::PIT));
        }
        self.settle(0, mem);
        self.cpu_reset = false;
    }

    /// The reset button.
    pub(crate) fn reset(&mut self, now: Tick, mem: &mut Memory) {
        self.follow_speaker(now);
        self.for_each_device(now, |device, io| device.reset(io));
        self.follow_video(mem);
        self.settle(now, mem);
        self.renew_speaker(now);
    }

    fn for_each_device(&mut self, now: Tick, mut act: impl FnMut(&mut dyn Device, &mut Io<'_>)) {
        self.chips.post_code = 0;
        for (id, device) in self.chips.devices() {
            act(device, &mut self.lines.io(now, id));
        }
    }

    /// Serves every deadline up to `now`; whether there was one.
    pub(crate) fn serve_deadlines(&mut self, now: Tick, mem: &mut Memory) -> bool {
        let mut served = false;
        while let Some((device, at)) = self.lines.timeline.take_due(now) {
            let io = &mut self.lines.io(at, device);
            match device {
                wiring::PIT => self.chips.pit.wake(io),
                wiring::RTC => self.chips.rtc.wake(io),
                wiring::KEYBOARD => self.chips.keyboard.wake(io),
                wiring::FLOPPY => self.chips.fdc.wake(io),
                wiring::ATA_PRIMARY => self.chips.ata[0].wake(io),
                wiring::ATA_SECONDARY => self.chips.ata[1].wake(io),
                wiring::VGA => self.chips.vga.wake(io),
                wiring::LPT => self.chips.lpt.wake(io),
                _ => {
                    let com = self.chips.com.iter_mut().zip(wiring::COM).find(|(_, id)| *id == device);
                    com.into_iter().for_each(|(com, _)| com.wake(io));
                }
            }
            self.settle(at, mem);
            served = true;
        }
        served
    }

    /// Makes the CPU's memory map that of the VGA's registers. Mapping costs the CPU what it knows of the map, so only
    /// what changed is mapped.
    pub(crate) fn follow_video(&mut self, mem: &mut Memory) {
        let plain = self.chips.vga.plain_window();
        if plain != self.plain_video {
            self.plain_video = plain;
            memory_map::map_video(mem, self.video_pages, plain);
        }
    }

    /// Brings every wire that moved to its receiver and pumps DMA, until nothing moves.
    pub(crate) fn settle(&mut self, now: Tick, mem: &mut Memory) {
        loop {
            self.route_wires(now, mem);
            if !self.pump_dma(now, mem) {
                break;
            }
        }
    }

    /// Brings every wire that moved to its receiver.
    pub(crate) fn route_wires(&mut self, now: Tick, mem: &mut Memory) {
        while let Some(change) = self.lines.wires.take_change() {
            if change.pulsed {
                self.route(change.pin, !change.level, now, mem);
            }
            self.route(change.pin, change.level, now, mem);
        }
    }

    fn route(&mut self, pin: Pin, level: bool, now: Tick, mem: &mut Memory) {
        let Board { chips, lines, cpu_reset, coprocessor_reset, is_off, .. } = self;
        match pin {
            wiring::INT_MASTER => {}
            wiring::INT_SLAVE => {
                chips.pics[0].set_line(wiring::CASCADE_LINE, level, &mut lines.io(now, wiring::UNTIMED));
            }
            wiring::GATE2 => chips.pit.set_gate(2, level, &mut lines.io(now, wiring::PIT)),
            wiring::A20_KEYBOARD | wiring::A20_FAST => {
                mem.set_a20(lines.wires.level(wiring::A20_KEYBOARD) || lines.wires.level(wiring::A20_FAST));
            }
            wiring::POWER_OFF => *is_off |= level,
            wiring::RESET_COPROCESSOR => *coprocessor_reset |= level,
            wiring::RESET_KEYBOARD | wiring::RESET_FAST => *cpu_reset |= level,
            _ => match pin.number() {
                line @ 0..8 => chips.pics[0].set_line(line, level, &mut lines.io(now, wiring::UNTIMED)),
                line @ 8..16 => chips.pics[1].set_line(line - 8, level, &mut lines.io(now, wiring::UNTIMED)),
                channel @ 16..20 => chips.dma[0].set_request(channel - 16, level),
                channel @ 20..24 => chips.dma[1].set_request(channel - 20, level),
                _ => {
                    if let Some(shared) = wiring::shared_irq(pin) {
                        let other = shared.sources.iter().any(|source| *source != pin && lines.wires.level(*source));
                        lines.wires.set(shared.irq, level || other);
                    }
                }
            },
        }
    }

    /// The guest wrote a byte to the port of its POST codes.
    pub(crate) fn show_post_code(&mut self, now: Tick, code: u8) {
        self.lines.outputs.push(now, wiring::POST, code);
        self.post_came |= self.awaited_post == Some(code);
    }

    /// Whether an access to a port that does nothing but give or take data leaves the board as it is: no DMA channel makes
    /// a transfer with each access, and nobody looks at each.
    fn is_quiet(&self) -> bool {
        let pends = self.chips.dma.iter().any(|controller| controller.pending().is_some());
        !pends && !self.lines.wires.moved() && self.port_log.is_none()
    }

    fn log_port(&mut self, port: u16, width: Width, write: bool, value: u32) {
        if let Some(log) = &mut self.port_log {
            log.push(PortAccess { port, width, write, value });
        }
    }
}

impl Bus for Board {
    fn port_read(&mut self, mem: &mut Memory, port: u16, width: Width, at: u64) -> u32 {
        let now = self.clock.tick(at);
        let value = match width {
            Width::Byte => u32::from(ports::read(self, now, port)),
            Width::Word => u32::from(ports::read16(self, now, port)),
            Width::Dword => {
                let low = ports::read16(self, now, port);
                let high = ports::read16(self, now, ports::second_word(port));
                u32::from(high) << 16 | u32::from(low)
            }
        };
        self.settle(now, mem);
        self.log_port(port, width, false, value);
        value
    }

    fn port_write(&mut self, mem: &mut Memory, port: u16, width: Width, value: u32, at: u64) {
        let now = self.clock.tick(at);
        let is_heard = self.listener.is_some() && speaker::is_reached_by(port);
        if is_heard {
            self.follow_speaker(now);
        }
        match width {
            Width::Byte => ports::write(self, now, port, value as u8),
            Width::Word => ports::write16(self, now, port, value as u16),
            Width::Dword => {
                ports::write16(self, now, port, value as u16);
                self.settle(now, mem);
                ports::write16(self, now, ports::second_word(port), (value >> 16) as u16);
            }
        }
        self.follow_video(mem);
        self.settle(now, mem);
        if is_heard {
            self.renew_speaker(now);
        }
        self.log_port(port, width, true, value);
    }

    fn port_read_block(&mut self, port: u16, width: Width, into: &mut [u8], _at: u64) -> usize {
        let element = width.bytes() as usize;
        if self.is_quiet() { ports::read_block(self, port, into, element) / element } else { 0 }
    }

    fn port_write_block(&mut self, port: u16, width: Width, from: &[u8], _at: u64) -> usize {
        let element = width.bytes() as usize;
        if self.is_quiet() { ports::write_block(self, port, from, element) / element } else { 0 }
    }

    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, _at: u64) -> u32 {
        let (vga, vram, offset) = (&mut self.chips.vga, mem.video(), video_offset(address));
        let first = u32::from(vga.mem_read(vram, offset));
        if width == Width::Byte { first } else { first | read_further_video(vga, vram, offset, width) }
    }

    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, _at: u64) {
        let (vga, offset) = (&self.chips.vga, video_offset(address));
        write_video(vga, mem, offset, value as u8);
        if width != Width::Byte {
            write_further_video(vga, mem, offset, width, value);
        }
    }

    /// All there is is video memory.
    fn is_mmio_quiet(&self) -> bool {
        true
    }

    fn mmio_block(&mut self, mem: &mut Memory, block: MmioBlock<'_>, width: Width, count: u32, _at: u64) -> bool {
        let (vga, element) = (&mut self.chips.vga, width.bytes() as usize);
        if let MmioBlock::Load { from, into } = block {
            vga.mem_load(mem.video(), video_offset(from), into);
            return true;
        }
        let Some(vram) = mem.video_at_once() else { return false };
        match block {
            MmioBlock::Fill { to, value } => vga.mem_fill(vram, video_offset(to), element, value, count),
            MmioBlock::Copy { from, to } => vga.mem_copy(vram, video_offset(from), video_offset(to), element, count),
            MmioBlock::Store { to, bytes } => vga.mem_store(vram, video_offset(to), bytes),
            MmioBlock::Load { .. } => {}
        }
        true
    }

    fn acknowledge_interrupt(&mut self, mem: &mut Memory, at: u64) -> u8 {
        let now = self.clock.tick(at);
        let io = &mut self.lines.io(now, wiring::UNTIMED);
        let mut acknowledge = self.chips.pics[0].acknowledge(None, io);
        if acknowledge.cascade.is_some() {
            acknowledge = self.chips.pics[1].acknowledge(acknowledge.cascade, io);
        }
        self.settle(now, mem);
        acknowledge.vector
    }

    fn software_interrupt(&mut self, mem: &Memory, number: u8, registers: &Registers, at: u64) {
        self.calls.record(mem, number, registers, at);
    }

    fn numeric_error(&mut self, mem: &mut Memory, asserted: bool, at: u64) {
        let now = self.clock.tick(at);
        self.chips.coprocessor.set_error(asserted, &mut self.lines.io(now, wiring::UNTIMED));
        self.settle(now, mem);
    }

    fn numeric_error_ignored(&self) -> bool {
        self.chips.coprocessor.is_ignored()
    }

    fn is_steady_port(&mut self, port: u16, width: Width) -> bool {
        width == Width::Byte && ports::is_steady(self, 0, port)
    }

    fn attention(&self) -> bool {
        self.lines.timeline.next() < self.slice_end
            || self.lines.wires.level(wiring::INT_MASTER) != self.intr_known
            || self.cpu_reset
            || self.coprocessor_reset
            || self.cpu_held > 0
            || self.exit_code.is_some()
            || self.post_came
            || self.is_off
    }
}

// Apart from the access of one byte, whose way is the shorter for it.
/// The bytes of an access to video memory behind its first one, in their places.
#[inline(never)]
fn read_further_video(vga: &mut Vga, vram: &[u8], offset: u32, width: Width) -> u32 {
    (1..width.bytes())
        .fold(0, |value, byte| value | u32::from(vga.mem_read(vram, offset.wrapping_add(byte))) << (8 * byte))
}

/// Writes the bytes of `value` behind its first one.
#[inline(never)]
fn write_further_video(vga: &Vga, mem: &mut Memory, offset: u32, width: Width, value: u32) {
    for byte in 1..width.bytes() {
        write_video(vga, mem, offset.wrapping_add(byte), (value >> (8 * byte)) as u8);
    }
}

#[inline]
fn write_video(vga: &Vga, mem: &mut Memory, offset: u32, value: u8) {
    if let Some(PlaneWrite { at, data, mask }) = vga.plane_write(offset, value) {
        mem.merge_video(at, data, mask);
    }
}

fn chips(config: &Config) -> Chips {
    let disk = |number: usize| {
        let disk = config.hard_disks.get(number).copied().flatten()?;
        let slot = wiring::hard_disk_slot(number as u8);
        Some(ata::AtaConfig { slot, geometry: disk.geometry, serial: serial_number(slot) })
    };
    Chips {
        pics: [
            i8259a::Pic::new(i8259a::Role::Master, wiring::INT_MASTER),
            i8259a::Pic::new(i8259a::Role::Slave, wiring::INT_SLAVE),
        ],
        pit: i8254::Pit::new([wiring::irq(0), Pin::UNCONNECTED, Pin::UNCONNECTED]),
        dma: [i8237a::Dma::new(), i8237a::Dma::new()],
        dma_pages: i8237a::DmaPages::new(),
        rtc: mc146818::Rtc::new(wiring::irq(8)),
        keyboard: i8042::Controller::new(wiring::irq(1), wiring::irq(12), wiring::A20_KEYBOARD, wiring::RESET_KEYBOARD),
        sysctl: sysctl::SystemControl::new(wiring::GATE2, wiring::RESET_FAST, wiring::A20_FAST),
        com: [
            ns16550a::Uart::new("com1", wiring::COM_IRQ[0], wiring::SERIAL[0]),
            ns16550a::Uart::new("com2", wiring::COM_IRQ[1], wiring::SERIAL[1]),
            ns16550a::Uart::new("com3", wiring::COM_IRQ[2], wiring::SERIAL[2]),
            ns16550a::Uart::new("com4", wiring::COM_IRQ[3], wiring::SERIAL[3]),
        ],
        lpt: lpt::Lpt::new(wiring::irq(7), config.printer.then_some(wiring::PRINTER)),
        debugcon: debugcon::DebugConsole::new(wiring::DEBUGCON),
        power: power::PowerSwitch::new(wiring::POWER_OFF),
        vga: Vga::new(),
        fdc: fdc::Fdc::new(fdc::FdcConfig {
            irq: wiring::irq(6),
            dreq: wiring::dreq(wiring::FLOPPY_CHANNEL),
            drives: config.floppies,
            slots: wiring::FLOPPY_SLOTS,
            real_delays: config.real_disk,
        }),
        ata: [
            ata::AtaChannel::new(wiring::irq(14), [disk(0), disk(1)]),
            ata::AtaChannel::new(wiring::irq(15), [disk(2), disk(3)]),
        ],
        coprocessor: coprocessor::ErrorLatch::new(wiring::irq(wiring::COPROCESSOR_LINE), wiring::RESET_COPROCESSOR),
        fw_cfg: fw_cfg::FwCfg::new(firmware_info(config)),
        post_code: 0,
    }
}

/// What the firmware can learn of the machine: its ROMs above all, which it puts into place itself.
fn firmware_info(config: &Config) -> FirmwareInfo {
    if !config.fw_cfg {
        return FirmwareInfo::default();
    }
    let vga_bios = Some(&config.vga_bios).filter(|image| !image.is_empty());
    let vga_bios = vga_bios.map(|image| FirmwareFile { name: "vgaroms/vga.rom".to_owned(), bytes: image.clone() });
    let cards = (1..)
        .zip(&config.option_roms)
        .map(|(number, rom)| FirmwareFile { name: format!("genroms/card{number}.rom"), bytes: rom.image.clone() });
    FirmwareInfo {
        ram_bytes: u64::from(config.memory_kib) << 10,
        boot_menu: config.boot.shows_menu(),
        files: vga_bios.into_iter().chain(cards).collect(),
    }
}

/// The serial number of a disk: the same for the same slot in every run.
fn serial_number(slot: DiskSlot) -> [u8; 20] {
    let mut serial = *b"BEIGE-0000000000000 ";
    serial[19] = b'0' + (slot.0 & 7);
    serial
}
