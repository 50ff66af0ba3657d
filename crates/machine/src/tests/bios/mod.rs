//! What our BIOS promises to programs, asked as they ask: by INT, with registers.

mod boot;
mod coprocessor;
mod data_area;
mod int13;
mod memory;
mod power;
mod printer;
mod roms;
mod services;
mod shutdown;

use super::{FLOPPY, HARD_DISK, SECOND, config};
use crate::{Config, DISK_SLOTS, Machine, Model, Stopped};
use beige_core::Disk;
use beige_cpu::{Bus, Width};
use beige_testkit::MemoryDisk;

/// A boot sector that waits, halted, for a request at 7E00h, loads the registers that stand behind it, executes an INT
/// and puts the registers back.
#[rustfmt::skip]
const STUB: &[u8] = &[
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0,       // xor ax, ax; mov ds, ax; mov ss, ax
    0xbc, 0x00, 0x7c,                         // mov sp, 7c00h
    0xfb, 0xf4,                               // idle: sti; hlt
    0x31, 0xc0, 0x8e, 0xd8,                   // xor ax, ax; mov ds, ax
    0x80, 0x3e, 0x00, 0x7e, 0x01, 0x75, 0xf3, // cmp byte [7e00h], 1; jne idle
    0x8b, 0x1e, 0x04, 0x7e,                   // mov bx, [7e04h]
    0x8b, 0x0e, 0x06, 0x7e,                   // mov cx, [7e06h]
    0x8b, 0x16, 0x08, 0x7e,                   // mov dx, [7e08h]
    0x8b, 0x36, 0x0a, 0x7e,                   // mov si, [7e0ah]
    0x8b, 0x3e, 0x0c, 0x7e,                   // mov di, [7e0ch]
    0x8b, 0x2e, 0x0e, 0x7e,                   // mov bp, [7e0eh]
    0x8e, 0x06, 0x12, 0x7e,                   // mov es, [7e12h]
    0xff, 0x36, 0x14, 0x7e, 0x9d,             // push word [7e14h]; popf
    0xa1, 0x02, 0x7e, 0x8e, 0x1e, 0x10, 0x7e, // mov ax, [7e02h]; mov ds, [7e10h]
    0xcd, 0x00,                               // int 0 (at INT_NUMBER)
    0x2e, 0xa3, 0x02, 0x7e,                   // mov [cs:7e02h], ax
    0x2e, 0x89, 0x1e, 0x04, 0x7e,             // mov [cs:7e04h], bx
    0x2e, 0x89, 0x0e, 0x06, 0x7e,             // mov [cs:7e06h], cx
    0x2e, 0x89, 0x16, 0x08, 0x7e,             // mov [cs:7e08h], dx
    0x2e, 0x89, 0x36, 0x0a, 0x7e,             // mov [cs:7e0ah], si
    0x2e, 0x89, 0x3e, 0x0c, 0x7e,             // mov [cs:7e0ch], di
    0x2e, 0x89, 0x2e, 0x0e, 0x7e,             // mov [cs:7e0eh], bp
    0x2e, 0x8c, 0x1e, 0x10, 0x7e,             // mov [cs:7e10h], ds
    0x2e, 0x8c, 0x06, 0x12, 0x7e,             // mov [cs:7e12h], es
    0x9c, 0x2e, 0x8f, 0x06, 0x14, 0x7e,       // pushf; pop word [cs:7e14h]
    0x2e, 0xc6, 0x06, 0x00, 0x7e, 0x02,       // mov byte [cs:7e00h], 2
    0xeb, 0x8f,                               // jmp idle
];
const REQUEST: u32 = 0x7e00;
const INT_NUMBER: u32 = 0x7c3f;
/// The start of what a test may use as a buffer.
const BUFFER: u16 = 0x8000;
const BDA: u32 = 0x400;
const CARRY: u16 = 1;
const INTERRUPTS: u16 = 0x200;

/// The registers of a call and of its return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Regs {
    ax: u16,
    bx: u16,
    cx: u16,
    dx: u16,
    si: u16,
    di: u16,
    bp: u16,
    ds: u16,
    es: u16,
    flags: u16,
}

impl Regs {
    fn ax(ax: u16) -> Regs {
        Regs { ax, bx: 0, cx: 0, dx: 0, si: 0, di: 0, bp: 0, ds: 0, es: 0, flags: INTERRUPTS }
    }

    fn ah(&self) -> u8 {
        (self.ax >> 8) as u8
    }

    fn al(&self) -> u8 {
        self.ax as u8
    }

    fn carry(&self) -> bool {
        self.flags & CARRY != 0
    }

    /// AH where carry says that it is an error, 0 where all is well.
    #[track_caller]
    fn status(&self) -> u8 {
        assert_eq!(self.carry(), self.ah() != 0, "{self:x?}");
        self.ah()
    }
}

/// A machine that executes INTs for a test.
struct Bios(Machine);

impl Bios {
    /// The stub is the boot sector of floppy A and hard disk C.
    fn boot(config: Config) -> Bios {
        let disks = disks(&config);
        Bios::boot_from(config, disks)
    }

    fn boot_from(config: Config, disks: [Option<Box<dyn Disk>>; DISK_SLOTS]) -> Bios {
        let mut bios = Bios(Machine::new(config, disks).unwrap());
        bios.run(3 * SECOND);
        assert_eq!(bios.word(0x7c00), 0xc031, "the boot sector is not there:\n{}", bios.screen());
        bios
    }

    fn run(&mut self, ticks: u64) {
        let until = self.0.now() + ticks;
        assert_eq!(self.0.run_until(until), Stopped::Reached);
    }

    /// # Panics
    /// When the call does not return within 20 s of guest time.
    #[track_caller]
    fn call(&mut self, int: u8, regs: Regs) -> Regs {
        self.begin(int, regs);
        for _ in 0..2000 {
            self.run(SECOND / 100);
            if let Some(regs) = self.returned() {
                return regs;
            }
        }
        panic!("INT {int:02X}h AX={:04X}h does not return:\n{}", regs.ax, self.screen());
    }

    fn begin(&mut self, int: u8, regs: Regs) {
        let Regs { ax, bx, cx, dx, si, di, bp, ds, es, flags } = regs;
        self.poke(INT_NUMBER, &[int]);
        let bytes: Vec<u8> =
            [ax, bx, cx, dx, si, di, bp, ds, es, flags].iter().flat_map(|word| word.to_le_bytes()).collect();
        self.poke(REQUEST + 2, &bytes);
        self.poke(REQUEST, &[1]);
    }

    fn returned(&self) -> Option<Regs> {
        let word = |index| self.word(REQUEST + 2 + 2 * index);
        let [ax, bx, cx, dx, si, di, bp, ds, es, flags] = std::array::from_fn(|index| word(index as u32));
        (self.byte(REQUEST) == 2).then_some(Regs { ax, bx, cx, dx, si, di, bp, ds, es, flags })
    }

    fn bytes(&self, address: u32, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.peek_memory(address, &mut bytes);
        bytes
    }

    fn byte(&self, address: u32) -> u8 {
        self.bytes(address, 1)[0]
    }

    fn word(&self, address: u32) -> u16 {
        u16::from_le_bytes([self.byte(address), self.byte(address + 1)])
    }

    fn poke(&mut self, address: u32, bytes: &[u8]) {
        self.0.idle.forget();
        self.0.mem.write_phys(address, bytes);
    }

    fn in_port(&mut self, port: u16) -> u8 {
        let at = self.0.cpu.instructions();
        let Machine { board, mem, .. } = &mut self.0;
        board.port_read(mem, port, Width::Byte, at) as u8
    }

    fn out(&mut self, port: u16, value: u8) {
        self.0.idle.forget();
        let at = self.0.cpu.instructions();
        let Machine { board, mem, .. } = &mut self.0;
        board.port_write(mem, port, Width::Byte, u32::from(value), at);
    }

    fn cmos(&mut self, index: u8) -> u8 {
        self.out(0x70, index);
        self.in_port(0x71)
    }

    fn set_cmos(&mut self, index: u8, value: u8) {
        self.out(0x70, index);
        self.out(0x71, value);
    }

    fn screen(&self) -> String {
        self.0.screen_text().map_or_else(|| "graphics".to_owned(), |rows| rows.join("\n"))
    }
}

fn stub_disk(geometry: beige_core::Geometry) -> MemoryDisk {
    let mut disk = MemoryDisk::numbered(geometry);
    disk.data[..STUB.len()].copy_from_slice(STUB);
    disk.data[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk
}

/// A floppy in drive A where there is one, a disk for each hard disk; each boots the stub.
fn disks(config: &Config) -> [Option<Box<dyn Disk>>; DISK_SLOTS] {
    use crate::DriveType::D1440;
    let mut disks = [const { None }; DISK_SLOTS];
    if config.floppies[0] == D1440 {
        disks[0] = Some(Box::new(stub_disk(FLOPPY)) as Box<dyn Disk>);
    }
    for (slot, disk) in disks[2..].iter_mut().zip(&config.hard_disks) {
        *slot = disk.map(|disk| Box::new(stub_disk(disk.geometry)) as Box<dyn Disk>);
    }
    disks
}

/// A machine with the usual drives that boots floppy A.
fn bios() -> Bios {
    Bios::boot(config(Model::I80486))
}
