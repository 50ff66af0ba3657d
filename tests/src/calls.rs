//! A guest made of single steps: interrupts with given registers, bytes and ports written, memory copied. So a test can
//! call the firmware as a program would, and look at what came back.

use crate::machine::machine_of;
use beige_core::TICKS_PER_SECOND;
use beige_machine::{Config, Machine, Stopped};

/// Where the steps stand, behind the boot sector.
const CODE: u16 = 0x7e00;
/// Where results are kept: 10 words a call.
const RESULTS: u16 = 0x2000;
const RESULT_BYTES: usize = 20;
const SECTOR: usize = 512;

/// Registers before or after a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names are those of the CPU")]
pub struct Registers {
    pub ax: u16,
    pub bx: u16,
    pub cx: u16,
    pub dx: u16,
    pub si: u16,
    pub di: u16,
    pub bp: u16,
    pub ds: u16,
    pub es: u16,
    pub flags: u16,
}

impl Registers {
    /// The registers in which most calls take their arguments; the others are 0.
    #[must_use]
    pub fn new(ax: u16, bx: u16, cx: u16, dx: u16) -> Registers {
        Registers { ax, bx, cx, dx, ..Registers::default() }
    }

    /// The carry flag.
    #[must_use]
    pub fn carry(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// Segment and offset.
pub type Far = (u16, u16);

/// The steps of a guest, in their order.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    code: Vec<u8>,
    results: usize,
}

impl Calls {
    /// No steps yet.
    #[must_use]
    pub fn new() -> Calls {
        Calls::default()
    }

    fn move_immediate(&mut self, register: u8, value: u16) {
        let [low, high] = value.to_le_bytes();
        self.code.extend([0xb8 | register, low, high]);
    }

    fn load_segments(&mut self, ds: u16, es: u16) {
        self.move_immediate(0, ds);
        self.code.extend([0x8e, 0xd8]);
        self.move_immediate(0, es);
        self.code.extend([0x8e, 0xc0]);
    }

    /// Keeps the words that are on the stack.
    fn keep_result(&mut self) -> usize {
        self.move_immediate(0, RESULTS);
        self.code.extend([0x8e, 0xc0, 0xfc]);
        self.move_immediate(7, (self.results * RESULT_BYTES) as u16);
        for _ in 0..RESULT_BYTES / 2 {
            self.code.extend([0x58, 0xab]);
        }
        self.results += 1;
        self.results - 1
    }

    /// Calls an interrupt; gives the number of its result.
    pub fn interrupt(&mut self, number: u8, registers: Registers) -> usize {
        let Registers { ax, bx, cx, dx, si, di, bp, ds, es, flags: _ } = registers;
        self.load_segments(ds, es);
        for (register, value) in [(0, ax), (1, cx), (2, dx), (3, bx), (5, bp), (6, si), (7, di)] {
            self.move_immediate(register, value);
        }
        // INT; PUSHF, ES, DS, BP, DI, SI, DX, CX, BX, AX.
        self.code.extend([0xcd, number, 0x9c, 0x06, 0x1e, 0x55, 0x57, 0x56, 0x52, 0x51, 0x53, 0x50]);
        self.keep_result()
    }

    /// Calls INT 10h with these AX, BX, CX and DX.
    pub fn video(&mut self, ax: u16, bx: u16, cx: u16, dx: u16) -> usize {
        self.interrupt(0x10, Registers::new(ax, bx, cx, dx))
    }

    /// Writes bytes to memory.
    pub fn poke(&mut self, to: Far, bytes: &[u8]) {
        self.load_segments(0, to.0);
        self.move_immediate(7, to.1);
        self.code.push(0xfc);
        for byte in bytes {
            self.code.extend([0xb0, *byte, 0xaa]);
        }
    }

    /// Copies bytes from memory to memory, by bytes.
    pub fn copy(&mut self, from: Far, to: Far, count: u16) {
        self.load_segments(from.0, to.0);
        self.move_immediate(6, from.1);
        self.move_immediate(7, to.1);
        self.move_immediate(1, count);
        self.code.extend([0xfc, 0xf3, 0xa4]);
    }

    /// Writes a byte to a port.
    pub fn output(&mut self, port: u16, value: u8) {
        self.move_immediate(2, port);
        self.code.extend([0xb0, value, 0xee]);
    }

    /// Reads a byte from a port; it is AL of the result with this number.
    pub fn input(&mut self, port: u16) -> usize {
        self.move_immediate(2, port);
        self.move_immediate(0, 0);
        // IN; nine words of nothing, then AX.
        self.code.push(0xec);
        self.code.extend([0x50; RESULT_BYTES / 2]);
        self.keep_result()
    }

    /// Reads a register behind an index port; it is AL of the result with this number.
    pub fn input_indexed(&mut self, port: u16, index: u8) -> usize {
        self.output(port, index);
        self.input(port + 1)
    }

    /// The floppy that takes the steps and then halts for ever.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        let mut code = self.code.clone();
        code.extend([0xfa, 0xf4, 0xeb, 0xfc]);
        let sectors = code.len().div_ceil(SECTOR);
        assert!(sectors <= 0x40, "steps of {} bytes do not fit a segment", code.len());
        // Segments 0, stack below; then sector by sector, 18 a track, to 7E00h and on.
        let mut image = vec![
            0x31,
            0xc0,
            0x8e,
            0xd8,
            0x8e,
            0xc0,
            0xfa,
            0x8e,
            0xd0,
            0xbc,
            0x00,
            0x7c,
            0xfb,
            0xfc, // segments
            0xba,
            0x00,
            0x00,
            0xb9,
            0x02,
            0x00,
            0xbb,
            0x00,
            0x7e,
            0xbe,
            sectors as u8,
            0x00, // DX CX BX SI
            0xb8,
            0x01,
            0x02,
            0xcd,
            0x13,
            0x72,
            0xf9, // read a sector
            0x80,
            0xc7,
            0x02,
            0xfe,
            0xc1,
            0x80,
            0xf9,
            0x12,
            0x76,
            0x09, // BH += 2, next CL
            0xb1,
            0x01,
            0x80,
            0xf6,
            0x01,
            0x75,
            0x02,
            0xfe,
            0xc5, // next head, next cylinder
            0x4e,
            0x75,
            0xe3,
            0xe9, // DEC SI, JNZ, JMP
        ];
        let next = 0x7c00 + image.len() as u16 + 2;
        image.extend((CODE - next).to_le_bytes());
        image.resize(SECTOR - 2, 0);
        image.extend([0x55, 0xaa]);
        image.extend(code);
        image
    }

    /// Takes the steps on a machine that `change` makes of the fastest one with our ROMs.
    ///
    /// # Panics
    /// When the guest does not come to its end.
    #[must_use]
    pub fn run_on(&self, change: impl FnOnce(&mut Config)) -> Outcome {
        let mut machine = machine_of(&self.image(), change);
        let stopped = machine.run_until(120 * TICKS_PER_SECOND);
        assert!(stopped == Stopped::Halted, "the steps end in {stopped:?}");
        let results = (0..self.results).map(|number| result(&machine, number)).collect();
        Outcome { machine, results }
    }

    /// Takes the steps on the fastest machine with our ROMs.
    #[must_use]
    pub fn run(&self) -> Outcome {
        self.run_on(|_| {})
    }
}

fn result(machine: &Machine, number: usize) -> Registers {
    let mut bytes = [0; RESULT_BYTES];
    machine.peek_memory(u32::from(RESULTS) * 16 + (number * RESULT_BYTES) as u32, &mut bytes);
    let word = |at: usize| u16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]);
    let [ax, bx, cx, dx, si, di, bp, ds, es, flags] = std::array::from_fn(word);
    Registers { ax, bx, cx, dx, si, di, bp, ds, es, flags }
}

/// What the steps left behind.
pub struct Outcome {
    /// The machine, halted.
    pub machine: Machine,
    /// The registers after each call, by its number.
    pub results: Vec<Registers>,
}

impl Outcome {
    /// Bytes of RAM or ROM.
    #[must_use]
    pub fn memory(&self, at: Far, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.machine.peek_memory(u32::from(at.0) * 16 + u32::from(at.1), &mut bytes);
        bytes
    }

    /// A byte of the BIOS data area, by its offset in segment 40h.
    #[must_use]
    pub fn data_byte(&self, offset: u16) -> u8 {
        self.memory((0x40, offset), 1)[0]
    }

    /// A word of RAM or ROM.
    #[must_use]
    pub fn word(&self, at: Far) -> u16 {
        let bytes = self.memory(at, 2);
        u16::from_le_bytes([bytes[0], bytes[1]])
    }

    /// A far pointer in RAM or ROM.
    #[must_use]
    pub fn pointer(&self, at: Far) -> Far {
        (self.word((at.0, at.1 + 2)), self.word(at))
    }
}
