//! A floppy controller on a bench, with a DMA channel and a driver's routines.

use beige_core::{Device, DiskSlot, DmaPeer, Geometry, Pin, PortDevice, Tick};
use beige_storage::fdc::{DriveType, Fdc, FdcConfig};
use beige_testkit::{Bench, MemoryDisk, MemoryMedia, Random};

pub(crate) const IRQ: Pin = Pin::new(6);
pub(crate) const DREQ: Pin = Pin::new(2);
pub(crate) const MS: Tick = 1_000_000;

pub(crate) const F2880: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 36 };
pub(crate) const F1680: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 21 };
pub(crate) const F1440: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 18 };
pub(crate) const F1200: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 15 };
pub(crate) const F720: Geometry = Geometry { cylinders: 80, heads: 2, sectors: 9 };
pub(crate) const F360: Geometry = Geometry { cylinders: 40, heads: 2, sectors: 9 };
pub(crate) const F160: Geometry = Geometry { cylinders: 40, heads: 1, sectors: 8 };

pub(crate) const RATE_500: u8 = 0;
pub(crate) const RATE_300: u8 = 1;
pub(crate) const RATE_250: u8 = 2;
pub(crate) const RATE_1000: u8 = 3;

/// What the DMA channel is programmed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Masked,
    ToMemory,
    FromMemory,
}

pub(crate) struct Rig {
    pub(crate) bench: Bench,
    pub(crate) fdc: Fdc,
    pub(crate) channel: Channel,
    pub(crate) memory: Vec<u8>,
    /// Bytes left until terminal count.
    pub(crate) count: usize,
    /// Takes several bytes at a time where the controller gives them, as many as these numbers say.
    pub(crate) blocks: Option<Random>,
    /// How many came so.
    pub(crate) block_bytes: usize,
}

pub(crate) fn config(drive: DriveType, real_delays: bool) -> FdcConfig {
    FdcConfig {
        irq: IRQ,
        dreq: DREQ,
        drives: [drive, DriveType::Absent],
        slots: [DiskSlot(0), DiskSlot(1)],
        real_delays,
    }
}

pub(crate) fn media(disk: Option<MemoryDisk>) -> Box<MemoryMedia> {
    Box::new(MemoryMedia { disks: vec![disk, None] })
}

impl Rig {
    /// A controller just powered on, this medium in its first drive.
    pub(crate) fn cold(drive: DriveType, geometry: Option<Geometry>, real_delays: bool) -> Rig {
        let disk = geometry.map(MemoryDisk::numbered);
        let mut rig = Rig {
            bench: Bench::with_media(media(disk)),
            fdc: Fdc::new(config(drive, real_delays)),
            channel: Channel::Masked,
            memory: Vec::new(),
            count: 0,
            blocks: None,
            block_bytes: 0,
        };
        rig.fdc.power_on(&mut rig.bench.io());
        rig
    }

    /// The same after what a BIOS does: reset, SPECIFY, rate, motor, recalibration.
    pub(crate) fn ready(drive: DriveType, geometry: Geometry, rate: u8, real_delays: bool) -> Rig {
        let mut rig = Rig::cold(drive, Some(geometry), real_delays);
        rig.write(2, 0x1c);
        rig.until_interrupt();
        for _ in 0..4 {
            rig.command(&[0x08]);
        }
        rig.command(&[0x03, 0xdf, 0x02]);
        rig.write(7, rate);
        rig.command(&[0x07, 0x00]);
        rig.until_interrupt();
        rig.command(&[0x08]);
        rig.advance(1000 * MS);
        rig
    }

    pub(crate) fn read(&mut self, offset: u16) -> u8 {
        let value = self.fdc.read(offset, &mut self.bench.io());
        self.pump();
        value
    }

    pub(crate) fn write(&mut self, offset: u16, value: u8) {
        self.fdc.write(offset, value, &mut self.bench.io());
        self.pump();
    }

    pub(crate) fn irq(&self) -> bool {
        self.bench.wires.level(IRQ)
    }

    pub(crate) fn dreq(&self) -> bool {
        self.bench.wires.level(DREQ)
    }

    /// Programs the channel to put `count` bytes into memory.
    pub(crate) fn expect_bytes(&mut self, count: usize) {
        (self.channel, self.count) = (Channel::ToMemory, count);
        self.memory.clear();
        self.pump();
    }

    /// Programs the channel to send these bytes.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        (self.channel, self.count) = (Channel::FromMemory, bytes.len());
        self.memory = bytes.to_vec();
        self.pump();
    }

    fn pump(&mut self) {
        while self.dreq() && self.count > 0 && self.channel != Channel::Masked {
            if self.channel == Channel::ToMemory && self.take_block() {
                continue;
            }
            self.count -= 1;
            let last = self.count == 0;
            if self.channel == Channel::ToMemory {
                let byte = self.fdc.dma_read(last, &mut self.bench.io());
                self.memory.push(byte);
            } else {
                let byte = self.memory[self.memory.len() - self.count - 1];
                self.fdc.dma_write(byte, last, &mut self.bench.io());
            }
        }
    }

    fn take_block(&mut self) -> bool {
        let Some(random) = &mut self.blocks else { return false };
        let mut block = vec![0; random.below(700).min(self.count as u64 - 1) as usize];
        let given = self.fdc.dma_read_block(&mut block, &mut self.bench.io());
        self.memory.extend_from_slice(&block[..given]);
        self.count -= given;
        self.block_bytes += given;
        given > 0
    }

    pub(crate) fn advance(&mut self, ticks: Tick) {
        let end = self.bench.now + ticks;
        while self.bench.timeline.next() <= end {
            let next = self.bench.timeline.next().max(self.bench.now);
            self.bench.advance(&mut self.fdc, next - self.bench.now);
            self.pump();
        }
        self.bench.advance(&mut self.fdc, end - self.bench.now);
    }

    /// Lets time pass until the interrupt comes; gives how long it took.
    pub(crate) fn until_interrupt(&mut self) -> Tick {
        let start = self.bench.now;
        while !self.irq() {
            let next = self.bench.timeline.next();
            assert!(next != Tick::MAX, "no interrupt will come");
            self.advance(next - self.bench.now);
        }
        self.bench.now - start
    }

    /// Writes a command and reads its result when that is there at once.
    pub(crate) fn command(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.begin(bytes);
        self.result()
    }

    pub(crate) fn begin(&mut self, bytes: &[u8]) {
        for byte in bytes {
            assert_eq!(self.read(4) & 0xc0, 0x80, "ready for a command byte");
            self.write(5, *byte);
        }
    }

    pub(crate) fn result(&mut self) -> Vec<u8> {
        let mut result = Vec::new();
        while self.read(4) & 0xc0 == 0xc0 {
            result.push(self.read(5));
        }
        result
    }

    /// A command that ends with an interrupt, and its result.
    pub(crate) fn execute(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.begin(bytes);
        self.until_interrupt();
        self.result()
    }

    pub(crate) fn seek(&mut self, cylinder: u8) {
        self.begin(&[0x0f, 0, cylinder]);
        self.until_interrupt();
        assert_eq!(self.command(&[0x08]), [0x20, cylinder]);
    }

    /// The numbers in the sectors that arrived in memory.
    pub(crate) fn sectors(&self) -> Vec<u64> {
        let numbers = self.memory.chunks_exact(512).map(|sector| sector[..8].try_into().unwrap());
        numbers.map(u64::from_le_bytes).collect()
    }
}
