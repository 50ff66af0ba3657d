//! Programs that go round: loops, calls, self-modifying code, all over a few pages of code and data.
//!
//! Offsets are those of the code segment, and DS reaches the same bytes at the same offsets.
//!
//! | offset from the origin | what |
//! |---|---|
//! | 0 | the main loop, and variables at F00h in the same page |
//! | 2400h, 2FE0h, 3400h | subroutines, the second in two pages |
//! | 2800h | code of the other size, called far |
//! | 5F00h | addresses of the subroutines; 5F40h what code is replaced by |
//! | 6000h | data |
//! | C000h | memory-mapped registers, video memory and ROM |
//! | 400000h | in 32-bit code, the same again, in the same entries of a TLB |

use beige_testkit::Random;

use super::board::PORTS;
use super::code::push_instruction;
use super::segments;
use crate::Model;

const SUBROUTINES: [u32; 3] = [0x2400, 0x2fe0, 0x3400];
pub(super) const STUB: u32 = 0x2800;
const VARIABLES: u32 = 0xf00;
const ADDRESSES: u32 = 0x5f00;
const TEMPLATES: u32 = 0x5f40;
const TEMPLATE_BYTES: u32 = 12;
const DATA: u32 = 0x6000;
const EDGE: u32 = 0x6ffc;
const SPECIAL: u32 = 0xc000;
const MAIN_BYTES: u32 = 0xe00;
pub(super) const ALIAS: u32 = 0x40_0000;

/// What a program may do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) model: Model,
    /// 32-bit code.
    pub(super) wide: bool,
    /// Of the code segment: the offset of the program.
    pub(super) origin: u32,
    /// At level 0 of protected mode, with flat segments: page tables and control registers.
    pub(super) rules: bool,
    pub(super) protected: bool,
    /// The privilege level at which it begins.
    pub(super) level: u8,
    /// Much of it loads segments, and goes through gates and to other levels.
    pub(super) guards: bool,
    /// The selector of the stub's code, if there is one.
    pub(super) stub: Option<u16>,
}

/// Pieces of memory: offset from the origin and bytes.
#[derive(Default)]
pub(super) struct Program {
    pub(super) pieces: Vec<(u32, Vec<u8>)>,
    /// Constants in code: offset from the origin and bytes.
    pub(super) slots: Vec<(u32, u8)>,
}

/// Makes a program that begins at the origin.
pub(super) fn program(random: &mut Random, setting: Setting) -> Program {
    let mut program = Program::default();
    let mut addresses = Vec::new();
    for at in SUBROUTINES {
        let mut code = Code::new(random, setting, at);
        let count = 1 + code.random.below(6);
        code.items(count, 2);
        code.bytes.push(0xc3);
        program.take(code);
        addresses.extend(&(setting.origin + at).to_le_bytes()[..if setting.wide { 4 } else { 2 }]);
    }
    program.pieces.push((ADDRESSES, addresses));
    let mut templates = Vec::new();
    for _ in 0..4 {
        let mut code = Code::new(random, setting, 0);
        while code.bytes.len() < TEMPLATE_BYTES as usize - 6 {
            code.register_item();
        }
        code.bytes.resize(TEMPLATE_BYTES as usize, 0x90);
        templates.extend(&code.bytes[..TEMPLATE_BYTES as usize]);
    }
    program.pieces.push((TEMPLATES, templates));
    if setting.stub.is_some() {
        let flipped = Setting { wide: !setting.wide, ..setting };
        let mut code = Code::new(random, flipped, STUB);
        for _ in 0..4 {
            code.register_item();
        }
        code.bytes.extend([0x66, 0xcb]);
        program.take(code);
    }
    let mut code = Code::new(random, setting, 0);
    let (top, bytes) = (code.here(), 100 + code.random.below(u64::from(MAIN_BYTES) - 500) as u32);
    code.pointers();
    while code.here() < bytes {
        code.items(1, 0);
    }
    code.jump_near(top);
    program.take(code);
    program
}

impl Program {
    fn take(&mut self, code: Code) {
        self.slots.extend(code.slots);
        self.pieces.push((code.first, code.bytes));
    }
}

pub(super) struct Code<'a> {
    random: &'a mut Random,
    pub(super) setting: Setting,
    first: u32,
    pub(super) bytes: Vec<u8>,
    slots: Vec<(u32, u8)>,
}

impl<'a> Code<'a> {
    fn new(random: &'a mut Random, setting: Setting, first: u32) -> Code<'a> {
        Code { random, setting, first, bytes: Vec::new(), slots: Vec::new() }
    }

    pub(super) fn random(&mut self) -> &mut Random {
        self.random
    }

    pub(super) fn here(&self) -> u32 {
        self.first + self.bytes.len() as u32
    }

    pub(super) fn is(&self, model: Model) -> bool {
        self.setting.model >= model
    }

    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.random.below(sides)
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random.below(choices.len() as u64) as usize]
    }

    /// A value of the size of the segment.
    pub(super) fn word(&mut self, value: u32) {
        let bytes = if self.setting.wide { 4 } else { 2 };
        self.bytes.extend(&value.to_le_bytes()[..bytes]);
    }

    /// An offset of the program, as DS and CS have it.
    pub(super) fn offset(&mut self, offset: u32) {
        self.word(self.setting.origin + offset);
    }

    /// Perhaps another operand size; whether it is one of 32 bits.
    fn size(&mut self) -> bool {
        let other = self.is(Model::I80386) && self.roll(4) == 0;
        if other {
            self.bytes.push(0x66);
        }
        self.setting.wide != other
    }

    /// A register that is not the stack pointer, and rarely a counter.
    fn register(&mut self) -> u8 {
        match self.roll(40) {
            0 => 1,
            _ => self.one_of(&[0, 0, 2, 2, 3, 6, 7, 5]),
        }
    }

    /// A byte register, rarely of the counter.
    fn byte_register(&mut self) -> u8 {
        self.one_of(&[0, 2, 3, 4, 6, 7])
    }

    fn data_offset(&mut self) -> u32 {
        match self.roll(16) {
            0 | 1 => EDGE + self.roll(8) as u32,
            2 => VARIABLES + self.roll(0xf0) as u32,
            3 => SPECIAL + self.roll(0xf0) as u32,
            4 => SPECIAL + self.roll(0x4000) as u32,
            5 => SPECIAL + 0x1ffc + self.roll(8) as u32,
            _ => DATA + self.roll(0x100) as u32,
        }
    }

    /// Nothing, or the distance to where the same is again.
    fn alias(&mut self) -> u32 {
        if self.setting.wide && self.roll(4) == 0 { ALIAS } else { 0 }
    }

    /// SI, DI, BX and BP lead to data, or to memory-mapped registers.
    fn pointers(&mut self) {
        for register in [3, 5, 6, 7] {
            let first = if self.roll(6) == 0 { SPECIAL } else { DATA };
            let at = first + self.roll(0x1800) as u32 + self.alias();
            self.bytes.push(0xb8 + register);
            self.offset(at);
        }
    }

    /// An instruction with a memory operand.
    fn with_memory(&mut self, opcode: &[u8], reg: u8) {
        let reg = (reg & 7) << 3;
        let wide = self.setting.wide;
        if self.roll(12) == 0 {
            let prefix = self.one_of(&[0x26, 0x36, 0x3e]);
            self.bytes.push(prefix);
        }
        let displacement = self.roll(0x60) as u8;
        match self.roll(12) {
            0..=3 => {
                self.bytes.extend(opcode);
                self.bytes.push(reg | if wide { 5 } else { 6 });
                let at = self.data_offset() + self.alias();
                self.offset(at);
            }
            // [BX + d], [SI + d], [DI + d], [BP + d]
            4..=7 => {
                self.bytes.extend(opcode);
                let rm = if wide { self.one_of(&[3, 6, 7, 5]) } else { self.one_of(&[7, 4, 5, 6]) };
                self.bytes.extend([reg | 0x40 | rm, displacement]);
            }
            8 => {
                self.bytes.extend(opcode);
                let rm = if wide { self.one_of(&[3, 6, 7]) } else { self.one_of(&[7, 4, 5]) };
                self.bytes.push(reg | rm);
            }
            // Two registers, one of which may lead anywhere.
            9 => {
                self.bytes.extend(opcode);
                if wide {
                    let sib = (self.roll(256) as u8) & 0xf8 | 3;
                    self.bytes.extend([reg | 0x44, sib, displacement]);
                } else {
                    let rm = self.roll(4) as u8;
                    self.bytes.extend([reg | 0x40 | rm, displacement]);
                }
            }
            // The other address size.
            10 if self.is(Model::I80386) && !wide => {
                self.bytes.push(0x67);
                self.bytes.extend(opcode);
                let sib = self.one_of(&[0x33, 0x3b, 0x1e, 0xf3]);
                self.bytes.extend([reg | 0x44, sib, displacement]);
            }
            _ => {
                self.bytes.extend(opcode);
                self.bytes.extend([reg | 0x80 | if wide { 3 } else { 7 }]);
                self.word(0x20 + u32::from(displacement));
            }
        }
    }

    /// Arithmetic of registers and constants.
    pub(super) fn register_item(&mut self) {
        let (a, b) = (self.register(), self.roll(8) as u8);
        let small = self.byte_register();
        match self.roll(14) {
            0..=2 => {
                let operation = self.roll(8) as u8 * 8;
                self.size();
                let form = self.one_of(&[1, 3]);
                self.bytes.extend([operation | form, if form == 1 { 0xc0 | b << 3 | a } else { 0xc0 | a << 3 | b }]);
            }
            3 => {
                let operation = self.roll(8) as u8 * 8;
                self.bytes.extend([operation, 0xc0 | b << 3 | small]);
            }
            4 | 5 => {
                let wide = self.size();
                let operation = self.roll(8) as u8;
                let value = self.random.next_u64().to_le_bytes();
                if self.roll(2) == 0 {
                    self.bytes.extend([0x83, 0xc0 | operation << 3 | a, value[0]]);
                } else {
                    self.bytes.extend([0x81, 0xc0 | operation << 3 | a]);
                    self.bytes.extend(&value[..if wide { 4 } else { 2 }]);
                }
            }
            6 => {
                self.size();
                let opcode = if self.setting.wide || self.roll(2) == 0 { 0x40 } else { 0x48 };
                self.bytes.push(opcode + a);
            }
            7 => {
                self.size();
                let operation = self.one_of(&[2, 3, 4, 5, 4, 5]);
                self.bytes.extend([0xf7, 0xc0 | operation << 3 | b]);
            }
            8 => {
                self.size();
                let operation = self.roll(8) as u8;
                match self.roll(3) {
                    0 if self.is(Model::I80186) => {
                        let count = self.random.byte();
                        self.bytes.extend([0xc1, 0xc0 | operation << 3 | a, count & 0x27]);
                    }
                    1 => self.bytes.extend([0xd3, 0xc0 | operation << 3 | a]),
                    _ => self.bytes.extend([0xd1, 0xc0 | operation << 3 | a]),
                }
            }
            9 => {
                let operation = self.roll(8) as u8;
                let opcode = self.one_of(&[0xd0, 0xd2]);
                self.bytes.extend([opcode, 0xc0 | operation << 3 | small]);
            }
            10 => {
                let opcode = self.one_of(&[0x98, 0x99, 0xf8, 0xf9, 0xf5, 0x9f, 0x90, 0xfc, 0xfc, 0xfd, 0x27, 0x37]);
                self.size();
                self.bytes.push(opcode);
            }
            11 => {
                self.size();
                let opcode = self.one_of(&[0x87, 0x89, 0x8b, 0x85]);
                self.bytes.extend([opcode, if opcode == 0x8b { 0xc0 | a << 3 | b } else { 0xc0 | a << 3 | a ^ 5 & 3 }]);
            }
            12 if self.is(Model::I80386) => {
                self.size();
                let opcode = self.one_of(&[0xb6, 0xb7, 0xbe, 0xbf, 0xaf, 0xa5, 0xad, 0xab, 0xbd]);
                self.bytes.extend([0x0f, opcode, 0xc0 | a << 3 | b]);
            }
            13 if self.is(Model::I80386) => {
                let condition = self.roll(16) as u8;
                self.bytes.extend([0x0f, 0x90 | condition, 0xc0 | small]);
            }
            _ => {
                let wide = self.size();
                self.bytes.push(0xb8 + a);
                let value = self.random.next_u64().to_le_bytes();
                self.bytes.extend(&value[..if wide { 4 } else { 2 }]);
            }
        }
    }

    pub(super) fn memory_item(&mut self) {
        let reg = self.register();
        let small = self.byte_register();
        match self.roll(12) {
            0..=2 => {
                self.size();
                let opcode = self.roll(8) as u8 * 8 + self.one_of(&[1, 3]);
                self.with_memory(&[opcode], reg);
            }
            3 => {
                let opcode = self.roll(8) as u8 * 8 + self.one_of(&[0, 2]);
                self.with_memory(&[opcode], small);
            }
            4 | 5 => {
                self.size();
                let opcode = self.one_of(&[0x89, 0x8b, 0x8b, 0x87, 0x85]);
                self.with_memory(&[opcode], reg);
            }
            6 => {
                let opcode = self.one_of(&[0x88, 0x8a, 0x86, 0x84]);
                self.with_memory(&[opcode], small);
            }
            7 => {
                let (operation, value) = (self.roll(8) as u8, self.random.byte());
                let opcode = self.one_of(&[0x80, 0x83]);
                self.with_memory(&[opcode], operation);
                self.bytes.push(value);
            }
            8 => {
                self.size();
                let (opcode, operation) = (self.one_of(&[0xfe, 0xff, 0xff]), self.roll(2) as u8);
                self.with_memory(&[opcode], operation);
            }
            9 => {
                self.size();
                let operation = self.roll(8) as u8;
                let opcode = self.one_of(&[0xd0, 0xd1, 0xd3]);
                self.with_memory(&[opcode], operation);
            }
            10 if self.is(Model::I80386) => {
                self.size();
                let opcode = self.one_of(&[0xb6, 0xb7, 0xbe, 0xbf, 0xaf, 0xab, 0xa3, 0x94]);
                self.with_memory(&[0x0f, opcode], reg);
            }
            _ => {
                let opcode = self.one_of(&[0x8d, 0xff]);
                self.with_memory(&[opcode], if opcode == 0xff { 6 } else { reg });
                if opcode == 0xff {
                    self.bytes.push(0x58 + reg);
                }
            }
        }
    }

    fn items(&mut self, count: u64, depth: u32) {
        for _ in 0..count {
            self.item(depth);
        }
    }

    fn item(&mut self, depth: u32) {
        // Half of what a protected program does, where it is asked for.
        if self.setting.protected && self.setting.guards && self.roll(2) == 0 {
            return segments::item(self);
        }
        match self.roll(64) {
            0..=13 => self.register_item(),
            14..=29 => self.memory_item(),
            30..=33 => self.forward(depth),
            34..=36 if depth < 3 => self.inner_loop(depth),
            37..=40 if depth < 2 => self.call(),
            41..=43 => self.push_and_pop(depth),
            44..=48 => self.patch(),
            49 => self.replace(),
            50 | 51 => self.string(),
            52 => self.row(),
            53 | 54 => self.port(),
            55 => self.flags(),
            56 => self.pointers(),
            57 => self.segments(),
            58 => {
                let (opcode, reg) = (0xd8 + self.roll(8) as u8, self.roll(8) as u8);
                if self.roll(2) == 0 {
                    self.with_memory(&[opcode], reg);
                } else {
                    let modrm = 0xc0 | self.random.byte();
                    self.bytes.extend([opcode, modrm]);
                }
            }
            59 => {
                let number = 32 + self.roll(32) as u8;
                self.bytes.extend([0xcd, number]);
            }
            60 | 61 => self.system(),
            62 if self.roll(4) == 0 => push_instruction(self.random, self.setting.model, &mut self.bytes),
            63 => {
                if let Some(selector) = self.setting.stub {
                    self.bytes.push(0x9a);
                    self.word(STUB);
                    self.bytes.extend(selector.to_le_bytes());
                }
            }
            _ => self.register_item(),
        }
    }

    /// Over some items, or not.
    fn forward(&mut self, depth: u32) {
        if self.roll(2) == 0 {
            self.size();
            let (a, b) = (self.register(), self.roll(8) as u8);
            let opcode = self.one_of(&[0x39, 0x85, 0x29, 0x21, 0x09, 0x01]);
            self.bytes.extend([opcode, 0xc0 | b << 3 | a]);
        }
        let opcode = if self.roll(12) == 0 { self.one_of(&[0xeb, 0xe3]) } else { 0x70 | self.roll(16) as u8 };
        self.bytes.extend([opcode, 0]);
        let from = self.bytes.len();
        let count = 1 + self.roll(3);
        for _ in 0..count {
            if depth < 3 && self.roll(4) == 0 {
                self.item(3);
            } else {
                self.register_item();
            }
        }
        self.bytes[from - 1] = (self.bytes.len() - from).min(127) as u8;
    }

    fn inner_loop(&mut self, depth: u32) {
        let count = match self.roll(8) {
            0 => 200 + self.roll(3000),
            1 | 2 => 20 + self.roll(100),
            _ => 2 + self.roll(12),
        };
        self.bytes.push(0xb9);
        self.word(count as u32);
        let top = self.here();
        let items = 1 + self.roll(5);
        self.items(items, depth + 1);
        let distance = self.here() + 2 - top;
        if distance <= 128 {
            let opcode = self.one_of(&[0xe2, 0xe2, 0xe2, 0xe2, 0xe0, 0xe1]);
            self.bytes.extend([opcode, distance.wrapping_neg() as u8]);
        } else {
            // dec cx; jz over; jmp top
            self.bytes.extend([0x49, 0x74, if self.setting.wide { 5 } else { 3 }]);
            self.jump_near(top);
        }
    }

    fn jump_near(&mut self, target: u32) {
        self.bytes.push(0xe9);
        let after = self.here() + if self.setting.wide { 4 } else { 2 };
        self.word(target.wrapping_sub(after));
    }

    fn call(&mut self) {
        let number = self.roll(3) as u32;
        let target = SUBROUTINES[number as usize];
        match self.roll(5) {
            0 => {
                self.bytes.push(0xb8);
                self.offset(target);
                self.bytes.extend([0xff, 0xd0]);
            }
            1 => {
                let wide = self.setting.wide;
                self.bytes.extend([0xff, if wide { 0x15 } else { 0x16 }]);
                self.offset(ADDRESSES + number * if wide { 4 } else { 2 });
            }
            _ => {
                self.bytes.push(0xe8);
                let after = self.here() + if self.setting.wide { 4 } else { 2 };
                self.word(target.wrapping_sub(after));
            }
        }
    }

    fn push_and_pop(&mut self, depth: u32) {
        let register = self.roll(8) as u8;
        let other = self.size();
        self.bytes.push(0x50 + register);
        if self.roll(2) == 0 {
            self.item(depth.max(2));
        } else {
            self.register_item();
        }
        if other != self.setting.wide && self.roll(8) != 0 {
            self.bytes.push(0x66);
        }
        let register = self.register();
        self.bytes.push(0x58 + register);
    }

    /// Changes an instruction, before or after it.
    fn patch(&mut self) {
        let is_ahead = self.roll(3) != 0;
        let mut fixups = Vec::new();
        let stores = 1 + self.roll(2);
        let place = |code: &mut Code, bytes: usize, wide: bool| (code.bytes.len() - bytes, wide);
        let mut store = |code: &mut Code, whole: bool, xor: Option<u8>| {
            let wide = code.setting.wide;
            let rm = if wide { 5 } else { 6 };
            let word = if wide { 4 } else { 2 };
            match (xor, code.roll(4)) {
                (Some(bits), _) => {
                    code.bytes.extend([0x80, 0x30 | rm]);
                    code.word(0);
                    fixups.push(place(code, word, false));
                    code.bytes.push(bits);
                }
                (None, 0) => {
                    code.bytes.extend([0xfe, rm]);
                    code.word(0);
                    fixups.push(place(code, word, false));
                }
                (None, 1) => {
                    let value = code.random.byte();
                    code.bytes.extend([0xc6, rm]);
                    code.word(0);
                    fixups.push(place(code, word, false));
                    code.bytes.push(value);
                }
                (None, 2) if whole => {
                    let reg = code.roll(8) as u8;
                    code.bytes.extend([0x89, reg << 3 | rm]);
                    code.word(0);
                    fixups.push(place(code, word, true));
                }
                _ => {
                    let reg = code.roll(8) as u8;
                    code.bytes.extend([0x88, reg << 3 | rm]);
                    code.word(0);
                    fixups.push(place(code, word, false));
                }
            }
        };
        let kind = self.roll(8);
        let (whole, xor) = match kind {
            // The size of the constant is that of the segment.
            0..=2 => (true, None),
            3 | 4 => (false, None),
            5 => (false, Some(2)),
            _ => (false, Some(self.one_of(&[0x08, 0x10, 0x18, 0x20, 0x28, 0x30]))),
        };
        if is_ahead {
            for _ in 0..stores {
                store(self, whole, xor);
            }
            let between = self.roll(3);
            for _ in 0..between {
                self.register_item();
            }
        }
        let register = self.register();
        let target = match kind {
            0 => {
                self.bytes.push(0xb8 + register);
                self.constant()
            }
            1 => {
                let operation = self.roll(8) as u8;
                self.bytes.extend([0x81, 0xc0 | operation << 3 | register]);
                self.constant()
            }
            2 => {
                let operation = self.roll(8) as u8;
                self.with_memory(&[0x81], operation);
                self.constant()
            }
            3 => {
                // The displacement of a load.
                let wide = self.setting.wide;
                let opcode = self.one_of(&[0x8b, 0x03, 0x89, 0x01]);
                self.bytes.extend([opcode, register << 3 | if wide { 5 } else { 6 }]);
                let at = self.here();
                self.offset(DATA);
                at
            }
            4 => {
                let wide = self.setting.wide;
                let opcode = self.one_of(&[0x8b, 0x03, 0x89, 0x01]);
                self.bytes.extend([opcode, 0x40 | register << 3 | if wide { 3 } else { 7 }, 0]);
                self.here() - 1
            }
            5 => {
                let condition = self.roll(16) as u8;
                self.bytes.extend([0x70 | condition, 0, 0xf5, 0xf9]);
                self.here() - 3
            }
            _ => {
                let operation = self.roll(8) as u8 * 8;
                let other = self.roll(8) as u8;
                self.bytes.extend([operation | 1, 0xc0 | other << 3 | register]);
                self.here() - 2
            }
        };
        if !is_ahead {
            store(self, whole, xor);
        }
        for (at, _) in fixups {
            let bytes = (self.setting.origin + target + self.alias()).to_le_bytes();
            let count = if self.setting.wide { 4 } else { 2 };
            self.bytes[at..at + count].copy_from_slice(&bytes[..count]);
        }
    }

    /// A constant of the size of the segment that devices may replace; its place.
    fn constant(&mut self) -> u32 {
        let at = self.here();
        let value = self.random.next_u64() as u32;
        self.word(value);
        self.slots.push((at, if self.setting.wide { 4 } else { 2 }));
        at
    }

    /// Copies one of several pieces of code over what comes next.
    fn replace(&mut self) {
        let template = TEMPLATES + self.roll(4) as u32 * TEMPLATE_BYTES;
        // push cx; mov si, template; mov di, place; mov cx, bytes; cld; rep movsb; pop cx
        self.bytes.extend([0x51, 0xbe]);
        self.offset(template);
        self.bytes.push(0xbf);
        let at = self.bytes.len();
        self.offset(0);
        let words = self.roll(2) == 0;
        self.bytes.push(0xb9);
        self.word(if words { TEMPLATE_BYTES / if self.setting.wide { 4 } else { 2 } } else { TEMPLATE_BYTES });
        self.bytes.extend([0xfc, 0xf3, if words { 0xa5 } else { 0xa4 }, 0x59]);
        let target = (self.setting.origin + self.here()).to_le_bytes();
        let count = if self.setting.wide { 4 } else { 2 };
        self.bytes[at..at + count].copy_from_slice(&target[..count]);
        self.bytes.extend([0x90; TEMPLATE_BYTES as usize]);
    }

    fn string(&mut self) {
        let opcode = self.one_of(&[0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xa6, 0xa7]);
        if self.roll(2) == 0 {
            self.size();
            self.bytes.push(opcode);
            return;
        }
        let count = if self.roll(6) == 0 { self.roll(700) } else { self.roll(20) };
        self.bytes.extend([0x51, 0xb9]);
        self.word(count as u32);
        let at = DATA + self.roll(0x1000) as u32;
        let register = self.one_of(&[0xbe, 0xbf]);
        self.bytes.push(register);
        self.offset(at);
        let repeat = self.one_of(&[0xf2, 0xf3]);
        if self.is(Model::I80386) && self.roll(4) == 0 {
            self.bytes.push(0x66);
        }
        self.bytes.extend([repeat, opcode, 0x59]);
    }

    /// A repeated string instruction with every register of its own, over rows that are often alike.
    fn row(&mut self) {
        let has_ports = self.is(Model::I80186);
        let opcodes = [0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xa6, 0xa7, 0x6c, 0x6d, 0x6e, 0x6f];
        let opcode = self.one_of(if has_ports { &opcodes } else { &opcodes[..10] });
        let direction = self.one_of(&[0xfc, 0xfc, 0xfc, 0xfd]);
        self.bytes.extend([0x51, 0x52, direction]);
        if self.roll(2) == 0 {
            self.bytes.extend([0x31, 0xc0]);
        }
        let source = self.row_offset();
        let near = self.roll(20) as u32;
        let target = if self.roll(3) == 0 { source.wrapping_add(near).wrapping_sub(4) } else { self.row_offset() };
        for (register, at) in [(0xbe, source), (0xbf, target)] {
            if self.roll(12) != 0 {
                self.bytes.push(register);
                self.word(at);
            }
        }
        // A board does something for the first ports, which the second of them do not have.
        let port = if self.roll(4) == 0 { self.roll(u64::from(PORTS)) } else { 0x10 + self.roll(0x20) };
        self.bytes.push(0xba);
        self.word(port as u32);
        let count = match self.roll(6) {
            0 => self.roll(0x1800),
            1 | 2 => self.roll(700),
            _ => self.roll(20),
        };
        self.bytes.push(0xb9);
        self.word(count as u32);
        for _ in 0..1 + self.roll(2) {
            let prefix = self.one_of(&[0x26, 0x2e, 0x36, 0x3e, 0x66, 0x67, 0xf2, 0xf3]);
            let is_of_model = self.is(Model::I80386) || !matches!(prefix, 0x66 | 0x67);
            if is_of_model && self.roll(4) == 0 {
                self.bytes.push(prefix);
            }
        }
        let repeat = self.one_of(&[0xf2, 0xf3, 0xf3]);
        self.bytes.extend([repeat, opcode, 0xfc, 0x5a, 0x59]);
    }

    /// An offset, as DS has it, where a row may begin: in data, at edges, in the page of this code, in tables.
    fn row_offset(&mut self) -> u32 {
        let at = match self.roll(12) {
            0 => EDGE + self.roll(8) as u32,
            1 => SPECIAL + self.roll(0x4000) as u32,
            2 => self.here().wrapping_add(self.roll(0x80) as u32).wrapping_sub(0x40),
            3 => 0xfff0 + self.roll(0x10) as u32,
            4 if self.setting.rules => {
                // The permission bitmap is behind the task state.
                let table = self.one_of(&[0x5050, 0x5050, 0x7050, 0x2060]);
                return table + self.roll(0x30) as u32;
            }
            _ => DATA + self.roll(0x3000) as u32,
        };
        self.setting.origin.wrapping_add(at).wrapping_add(self.alias())
    }

    fn port(&mut self) {
        if self.roll(4) == 0 {
            self.bytes.extend([0xe4, 0x60]);
        } else {
            let port = self.roll(u64::from(PORTS)) as u8;
            self.bytes.extend([0xe6, port]);
        }
    }

    pub(super) fn flags(&mut self) {
        match self.roll(6) {
            0 => self.bytes.push(0xfa),
            1 | 2 => self.bytes.push(0xfb),
            3 => self.bytes.extend([0x9c, 0x9d]),
            _ => {
                // Through a register, with single steps now and then.
                let bits = if self.roll(3) == 0 { 0x3d5 } else { 0xed5 & !0x100 };
                let bits = bits | if self.roll(2) == 0 { 0x3000 } else { 0 };
                let value = self.random.next_u64() as u32 & bits | 0x200;
                self.bytes.push(0xb8);
                self.word(value);
                self.bytes.extend([0x50, 0x9d]);
            }
        }
    }

    fn segments(&mut self) {
        let push = self.one_of(&[0x1e, 0x06]);
        match self.roll(6) {
            0 => self.bytes.extend([push, 0x07]),
            5 => {
                let number = self.roll(4) as u8;
                self.with_memory(&[0x8c], number);
            }
            1 => self.bytes.extend([0x16, 0x17]),
            2 => self.bytes.extend([0x8c, 0xd8, 0x8e, 0xc0]),
            3 => self.bytes.extend([0x8c, 0xd2, 0x8e, 0xd2]),
            _ => {
                // A stack pointer near the edge.
                let bytes: &[u8] = if self.setting.wide { &[0x89, 0xe2] } else { &[0x89, 0xe2, 0xbc, 1, 0] };
                self.bytes.extend(bytes);
                self.bytes.extend([0x50, 0x50, 0x58, 0x58, 0x89, 0xd4]);
            }
        }
    }

    /// Control registers and page tables.
    fn system(&mut self) {
        if !self.is(Model::I80386) {
            if self.is(Model::I80286) && self.roll(4) == 0 {
                self.bytes.extend([0x0f, 0x06]);
            }
            return;
        }
        if !self.setting.protected {
            // Into protected mode and back; on the way a register keeps what a descriptor says.
            self.toggle(0, &[0x83, 0xf0, 1]);
            if self.roll(3) == 0 {
                let (selector, segment) = (self.one_of(&[0x10_u16, 0x80]), self.one_of(&[0xc0, 0xd8, 0xe0, 0xe8]));
                self.bytes.push(0xb8);
                self.bytes.extend(selector.to_le_bytes());
                self.bytes.extend([0x8e, segment]);
            } else {
                self.register_item();
            }
            self.toggle(0, &[0x83, 0xf0, 1]);
            return;
        }
        match self.roll(12) {
            0 => self.toggle(3, &[0x90]),
            1 | 2 => self.toggle(3, &[0x35, 0, 0x20, 0, 0]),
            3 => self.toggle(0, &[0x35, 0, 0, 1, 0]),
            4 => self.toggle(0, &[0x35, 0, 0, 0, 0x80]),
            5 if self.is(Model::Pentium) => self.toggle(4, &[0x83, 0xf0, 0x10]),
            6 if self.is(Model::I80486) => self.with_memory(&[0x0f, 0x01], 7),
            _ if self.setting.rules => self.edit_table(),
            _ => self.register_item(),
        }
    }

    /// MOV EAX, CRn; an instruction; MOV CRn, EAX.
    fn toggle(&mut self, number: u8, change: &[u8]) {
        self.bytes.extend([0x0f, 0x20, 0xc0 | number << 3]);
        if !self.setting.wide {
            self.bytes.push(0x66);
        }
        self.bytes.extend(change);
        self.bytes.extend([0x0f, 0x22, 0xc0 | number << 3]);
    }

    /// Changes a bit of an entry for a page of data, or of code.
    pub(super) fn edit_table(&mut self) {
        let page = match self.roll(8) {
            0 => self.one_of(&[0x10, 0x12, 0x13, 0x15]),
            1 => self.one_of(&[0x4, 0x5, 0x6, 0x7]),
            _ => 0x16 + self.roll(3) as u32,
        };
        let table = self.one_of(&[0x5000, 0x5000, 0x7000]);
        let bits: [u8; 4] = match self.roll(7) {
            0 | 1 => [!0x60, 0xff, 0xff, 0xff],
            2 => [!0x40, 0xff, 0xff, 0xff],
            3 => [2, 0, 0, 0],
            4 => [4, 0, 0, 0],
            5 => [0, 0x10, 0, 0],
            _ => [1, 0, 0, 0],
        };
        let operation = if bits[3] == 0xff { 0x25 } else { 0x35 };
        self.bytes.extend([0x81, operation]);
        self.bytes.extend((table + 4 * page).to_le_bytes());
        self.bytes.extend(bits);
        if operation == 0x35 && self.roll(3) != 0 {
            // Back again, after an access perhaps.
            if self.roll(2) == 0 {
                self.memory_item();
            }
            self.bytes.extend([0x81, operation]);
            self.bytes.extend((table + 4 * page).to_le_bytes());
            self.bytes.extend(bits);
        }
    }
}
