//! Memory, tables and registers of an episode.
//!
//! | address | what |
//! |---|---|
//! | 0 | vectors of real and virtual-8086 mode |
//! | 1000h | GDT, 1400h LDT, 1800h IDT |
//! | 2000h | the present task state, 2200h another wide one, 2400h a narrow one |
//! | 4000h | page directory, 5000h page table; 6000h and 7000h others, of programs |
//! | 8000h | stacks, 1000h for each level |
//! | 10000h | code, 11000h handlers that return behind the instruction, 20000h data |

use beige_testkit::Random;

use super::board::{Noise, SWAPPED, SWAPPED_FOR};
use super::code::{fill, offset, selector, value};
use super::{program, segments};
use crate::decode::Prefixes;
use crate::regs::{cr0, flag, reg};
use crate::{Cpu, Engine, Kind, Memory, Model, PAGE_BYTES, SegmentState, Stop, TableState};

pub(super) const GDT: u32 = 0x1000;
const LDT: u32 = 0x1400;
pub(super) const IDT: u32 = 0x1800;
const TASKS: [u32; 3] = [0x2000, 0x2200, 0x2400];
const DIRECTORY: u32 = 0x4000;
pub(super) const TABLE: u32 = 0x5000;
/// Of programs, another directory and its table.
const DIRECTORY_2: u32 = 0x6000;
const TABLE_2: u32 = 0x7000;
pub(super) const STACKS: u32 = 0x8000;
pub(super) const CODE: u32 = 0x1_0000;
const DATA: u32 = 0x2_0000;
/// From the start of code.
const HANDLERS: u32 = 0x1000;
const HANDLER_BYTES: u32 = 16;
pub(super) const RAM_BYTES: u64 = 0x4_0000;

/// An episode.
pub(super) struct World {
    pub(super) cpu: Cpu,
    pub(super) mem: Memory,
    pub(super) bus: Noise,
    pub(super) random: Random,
}

/// The mode in which an episode begins.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Real,
    Virtual,
    Protected { wide: bool, level: u16 },
}

/// Descriptors of code and data by level: 1 and 2 for level 0, and so on; code first.
pub(super) fn code_selector(level: u16) -> u16 {
    (1 + 2 * level) << 3 | level
}

pub(super) fn data_selector(level: u16) -> u16 {
    (2 + 2 * level) << 3 | level
}

/// The selector of the first task state; the two others follow.
const TASK_SELECTOR: u16 = 9 << 3;
const LDT_SELECTOR: u16 = 12 << 3;
/// Of code of the other size.
const STUB_SELECTOR: u16 = 18 << 3;

pub(super) fn descriptor(base: u32, limit: u32, access: u8, size: u8) -> [u8; 8] {
    let [l0, l1, l2, _] = limit.to_le_bytes();
    let [b0, b1, b2, b3] = base.to_le_bytes();
    [l0, l1, b0, b1, b2, access, size << 4 | l2 & 0xf, b3]
}

pub(super) fn gate(selector: u16, offset: u32, access: u8, count: u8) -> [u8; 8] {
    let [o0, o1, o2, o3] = offset.to_le_bytes();
    let [s0, s1] = selector.to_le_bytes();
    [o0, o1, s0, s1, count, access, o2, o3]
}

impl World {
    /// A world in which no episode has begun.
    pub(super) fn new(model: Model) -> World {
        let mut mem = Memory::new(RAM_BYTES, model);
        let rom: Vec<u8> = (0..PAGE_BYTES).map(|at| (at * 7 + 3) as u8).collect();
        let rom = mem.load_rom(0, &rom).unwrap_or_else(|| panic!("there is room for a ROM"));
        let bus = Noise { rom, ..Noise::new(0) };
        World { cpu: Cpu::new(model), mem, bus, random: Random::new(0) }
    }

    /// Begins an episode: nothing is left of the one before.
    pub(super) fn begin(&mut self, seed: u64) {
        self.begin_in_some_mode(seed);
    }

    fn begin_in_some_mode(&mut self, seed: u64) -> Mode {
        let model = self.cpu.model;
        self.random = Random::new(seed.wrapping_mul(8) + model as u64);
        self.bus = Noise { rom: self.bus.rom, ..Noise::new(seed) };
        self.mem.set_a20(true);
        self.mem.map(0, RAM_BYTES, Kind::Ram);
        self.mem.map(program::ALIAS, RAM_BYTES, Kind::Unmapped);
        self.mem.write_phys(0, &[0; RAM_BYTES as usize]);
        self.mem.video_mut().fill(0);
        // What is remembered of instructions stays, which no program can tell.
        let (cache, blocks) = (std::mem::take(&mut self.cpu.cache), std::mem::take(&mut self.cpu.blocks));
        self.cpu = Cpu { cache, blocks, engine: self.cpu.engine, ..Cpu::without_cache(model, true) };
        let mode = mode(&mut self.random, model);
        fill_memory(&mut self.random, model, mode, &mut self.mem);
        self.load(mode);
        // Now and then one of the sensible descriptors is not.
        if model >= Model::I80286 && mode != Mode::Real && self.random.below(4) == 0 {
            let at = GDT + 8 + 8 * self.random.below(17) as u32;
            let entry = any_descriptor(&mut self.random, mode != Mode::Virtual);
            self.mem.write_phys(at, &entry);
        }
        mode
    }

    /// Begins an episode with a board that reaches into memory and, mostly, with a program that goes round.
    pub(super) fn begin_with_board(&mut self, seed: u64) {
        let mode = self.begin_in_some_mode(seed);
        self.bus.acts = true;
        self.bus.map_special(&mut self.mem);
        if self.random.below(8) != 0 {
            self.write_program(mode);
        }
    }

    /// Puts a program into the world as it is.
    fn write_program(&mut self, mode: Mode) {
        let model = self.cpu.model;
        let wide = mode == Mode::Protected { wide: true, level: u16::from(self.cpu.registers.cpl) };
        let protected = matches!(mode, Mode::Protected { .. });
        let origin = if wide { CODE } else { 0 };
        let has_stub = protected && model >= Model::I80386;
        let setting = program::Setting {
            model,
            wide,
            origin,
            rules: wide,
            protected,
            level: self.cpu.registers.cpl,
            guards: self.random.below(3) == 0,
            stub: has_stub.then_some(STUB_SELECTOR),
        };
        let program = program::program(&mut self.random, setting);
        self.write_handlers(mode, wide);
        self.mem.write_phys(CODE, &[0x90; 0x800]);
        for (at, bytes) in &program.pieces {
            self.mem.write_phys(CODE + at, bytes);
        }
        self.bus.slots = program.slots.iter().map(|(at, bytes)| (CODE + at, *bytes)).collect();
        if protected && setting.guards {
            segments::prepare(&mut self.random, setting, &mut self.mem);
        }
        let mut page = [0; PAGE_BYTES as usize];
        self.mem.read_phys(SWAPPED, &mut page);
        page.iter_mut().skip(0x400).take(0x40).for_each(|byte| *byte ^= u8::from(*byte == 0x03) * 0x28);
        self.mem.write_phys(SWAPPED_FOR, &page[..0xf00]);
        if wide {
            // Without paging the board shows it again, with paging the directory does.
            self.mem.map(program::ALIAS, RAM_BYTES, Kind::RamAt(0));
            self.mem.write_phys(DIRECTORY + 4, &(TABLE | 7).to_le_bytes());
            self.mem.write_phys(DIRECTORY_2 + 4, &(TABLE | 7).to_le_bytes());
        }
        if has_stub {
            let size = if wide { 0 } else { 0xc };
            let limit = if wide { 0xffff } else { 0xf };
            self.mem.write_phys(GDT + u32::from(STUB_SELECTOR), &descriptor(CODE, limit, 0x9f, size));
            self.write_second_tables();
        }
        let mut state = self.cpu.state();
        state.eip = origin;
        if let Mode::Protected { wide: false, level } = mode {
            for level in 0..4 {
                let entry = descriptor(CODE, 0xffff, 0x93 | (level as u8) << 5, 0);
                self.mem.write_phys(GDT + u32::from(data_selector(level) & !7), &entry);
            }
            let data = segment_state(&self.mem, data_selector(level), model);
            state.segments = [data, state.segments[1], data, data, data, data];
        }
        if !protected {
            for number in [0, 3] {
                state.segments[number] =
                    SegmentState { rights: state.segments[number].rights, ..flat_8086((CODE >> 4) as u16, 0) };
            }
        }
        self.cpu.load(&state).unwrap_or_else(|error| panic!("the state of a program is legal: {error}"));
        if mode == Mode::Real && model >= Model::I80286 {
            // For those that go into protected mode and back.
            write_tables(&mut self.random, model, true, &mut self.mem);
            self.cpu.registers.gdtr = crate::segment::TableRegister { base: GDT, limit: 0x17f };
        }
        let mask = if model < Model::I80386 { 0xffff } else { u32::MAX };
        let pointer = self.stack_pointer() & if protected && wide { mask } else { 0xffff };
        self.cpu.registers.general[usize::from(reg::SP)] = pointer;
    }

    /// Handlers of exceptions return behind the instruction, those of other interrupts at once.
    fn write_handlers(&mut self, mode: Mode, wide: bool) {
        let is_real = !matches!(mode, Mode::Protected { .. }) && mode != Mode::Virtual;
        for number in 0..64_u32 {
            let at = CODE + HANDLERS + HANDLER_BYTES * number;
            if number >= 32 {
                // push ax; pop ax; iret
                self.mem.write_phys(at, &[0x50, 0x58, 0xcf]);
                if !is_real && self.random.below(16) != 0 {
                    let wide = wide || mode == Mode::Virtual;
                    let offset = HANDLERS + HANDLER_BYTES * number + if wide { CODE } else { 0 };
                    let kind = if wide { 0xee } else { 0xe6 };
                    self.mem.write_phys(IDT + 8 * number, &gate(code_selector(0), offset, kind, 0));
                }
            } else if is_real {
                // push bp; mov bp, sp; add word [bp + 2], distance; pop bp; iret
                let distance = 1 + self.random.below(4) as u8;
                self.mem.write_phys(at, &[0x55, 0x89, 0xe5, 0x83, 0x46, 0x02, distance, 0x5d, 0xcf]);
            }
            if is_real {
                let vector = (CODE >> 4) << 16 | (HANDLERS + HANDLER_BYTES * number);
                self.mem.write_phys(4 * number, &vector.to_le_bytes());
            }
        }
    }

    /// Another directory, in which some pages of data lie elsewhere.
    fn write_second_tables(&mut self) {
        let mut table = [0; PAGE_BYTES as usize];
        self.mem.read_phys(TABLE, &mut table);
        for _ in 0..4 {
            let page = 0x16 + self.random.below(4) as usize;
            let entry = (0x16 + self.random.below(6) as u32) << 12 | [7, 5, 3, 0x67][self.random.below(4) as usize];
            table[4 * page..4 * page + 4].copy_from_slice(&entry.to_le_bytes());
        }
        self.mem.write_phys(TABLE_2, &table);
        self.mem.write_phys(DIRECTORY_2, &(TABLE_2 | 7).to_le_bytes());
    }

    /// One instruction.
    pub(super) fn step(&mut self) -> Stop {
        self.run(1)
    }

    /// So many instructions.
    pub(super) fn run(&mut self, count: u64) -> Stop {
        self.bus.attention = false;
        self.cpu.run(&mut self.mem, &mut self.bus, count)
    }

    /// The same, each instruction and each iteration in a run of its own.
    pub(super) fn run_singly(&mut self, count: u64) -> Stop {
        self.bus.attention = false;
        for _ in 0..count {
            match self.cpu.run(&mut self.mem, &mut self.bus, 1) {
                Stop::Budget => {}
                stop => return stop,
            }
        }
        Stop::Budget
    }

    /// From now on blocks execute, of at most so many instructions.
    pub(super) fn use_blocks(&mut self, longest: usize) {
        self.cpu.set_engine(Engine::Blocks);
        self.cpu.set_block_length(longest);
    }

    /// The instruction that comes next.
    pub(super) fn line(&self) -> String {
        let next = self.cpu.peek_instruction(&self.mem);
        let registers = &self.cpu.registers;
        format!("{:04x}:{:08x} {:x?} {} {:x?}", next.cs, next.ip, next.bytes, next.text, registers.general)
    }

    /// Whether LOADALL, SYSENTER or SYSEXIT comes next.
    pub(super) fn comes_unchecked(&self) -> bool {
        let bytes = self.cpu.peek_instruction(&self.mem).bytes;
        let (_, used) = Prefixes::scan(self.cpu.model, &bytes);
        matches!(bytes[used..], [0x0f, 0x05 | 0x07 | 0x34 | 0x35, ..])
    }

    /// The flags and control registers.
    pub(super) fn mode_text(&self) -> String {
        let registers = &self.cpu.registers;
        let (flags, level) = (registers.eflags, registers.cpl);
        format!("flags {flags:x} cr0 {:x} cr2 {:x} cr4 {:x} level {level}", registers.cr0, registers.cr2, registers.cr4)
    }

    /// Now and then the world changes: a register, the stack pointer, the level of INTR, an NMI.
    pub(super) fn disturb(&mut self) {
        let dice = self.random.next_u64();
        let mask = if self.cpu.model < Model::I80386 { 0xffff } else { u32::MAX };
        if dice & 0x1f == 0 {
            self.cpu.registers.general[usize::from(reg::SP)] = self.stack_pointer() & mask;
        }
        if dice >> 8 & 0x1f == 0 {
            let number = (dice >> 16 & 7) as usize;
            self.cpu.registers.general[number] = value(&mut self.random) & mask;
        }
        if dice >> 24 & 0x7f == 0 {
            self.cpu.set_intr(dice >> 32 & 1 != 0);
        }
        if dice >> 40 & 0x1ff == 0 {
            self.cpu.raise_nmi();
        }
    }

    /// Somewhere in the stack of the present level, with the bases that the tables have.
    fn stack_pointer(&mut self) -> u32 {
        let level = u32::from(self.cpu.registers.cpl);
        let base = self.cpu.registers.segment(crate::regs::seg::SS).base;
        (STACKS + level * 0x1000 + 0x800 + self.random.below(0x400) as u32).wrapping_sub(base)
    }

    /// Registers for a mode.
    fn load(&mut self, mode: Mode) {
        let model = self.cpu.model;
        let wide_model = model >= Model::I80386;
        let mask = if wide_model { u32::MAX } else { 0xffff };
        let random = &mut self.random;
        let mut state = self.cpu.state();
        state.general = std::array::from_fn(|_| value(random) & mask);
        state.eflags = random.next_u64() as u32 & 0x3fd5;
        if random.below(8) != 0 {
            state.eflags &= !flag::TF;
        }
        state.eip = random.below(0x400) as u32;
        if model >= Model::I80286 && mode != Mode::Real {
            state.gdtr = TableState { base: GDT, limit: 0x17f };
            state.idtr = TableState { base: IDT, limit: 0x1ff };
            state.tr = SegmentState {
                selector: TASK_SELECTOR,
                base: TASKS[0],
                limit: if wide_model { 0x90 } else { 0x2b },
                rights: if wide_model { 0x8b } else { 0x83 },
            };
            state.ldtr = SegmentState { selector: LDT_SELECTOR, base: LDT, limit: 0xff, rights: 0x82 };
            state.cr0 |= cr0::PE | (random.next_u64() as u32 & 0xe & model.traits().cr0_writable);
        }
        let paging = wide_model && mode != Mode::Real && random.below(2) == 0;
        if paging {
            state.cr0 |= cr0::PG | (random.next_u64() as u32 & 0x5_0000 & model.traits().cr0_writable);
            state.cr3 = DIRECTORY;
        }
        if random.below(4) == 0 {
            state.cr4 = random.next_u64() as u32 & model.cr4_writable();
        }
        match mode {
            Mode::Real => {
                for segment in &mut state.segments {
                    *segment = flat_8086(random.below(0x3000) as u16, 0x93);
                }
                state.segments[1] = flat_8086((CODE >> 4) as u16, 0x93);
                state.segments[2] = flat_8086((STACKS >> 4) as u16, 0x93);
            }
            Mode::Virtual => {
                for segment in &mut state.segments {
                    *segment = flat_8086(random.below(0x3000) as u16, 0xf3);
                }
                state.segments[1] = flat_8086((CODE >> 4) as u16, 0xf3);
                state.segments[2] = flat_8086((STACKS >> 4) as u16, 0xf3);
                state.eflags |= flag::VM | if random.below(2) == 0 { flag::IOPL } else { 0 };
            }
            Mode::Protected { level, .. } => {
                let segment = |mem: &Memory, selector: u16| segment_state(mem, selector, model);
                state.segments = [segment(&self.mem, data_selector(level)); 6];
                state.segments[1] = segment(&self.mem, code_selector(level));
            }
        }
        self.cpu.load(&state).unwrap_or_else(|error| panic!("the state of a world is legal: {error}"));
        let pointer = self.stack_pointer() & mask;
        self.cpu.registers.general[usize::from(reg::SP)] = pointer;
        if let Mode::Protected { .. } = mode {
            let base = self.cpu.registers.cs_base();
            self.cpu.registers.eip = self.cpu.registers.eip.wrapping_add(CODE).wrapping_sub(base) & mask;
        }
    }
}

fn flat_8086(selector: u16, rights: u16) -> SegmentState {
    SegmentState { selector, base: u32::from(selector) << 4, limit: 0xffff, rights }
}

/// A segment as its descriptor in the GDT says, marked as accessed.
fn segment_state(mem: &Memory, selector: u16, model: Model) -> SegmentState {
    let mut bytes = [0; 8];
    mem.read_phys(GDT + u32::from(selector & !7), &mut bytes);
    let [l0, l1, b0, b1, b2, access, size, b3] = bytes;
    let (size, b3) = if model < Model::I80386 { (0, 0) } else { (size, b3) };
    let limit = u32::from_le_bytes([l0, l1, size & 0xf, 0]);
    let limit = if size & 0x80 != 0 { limit << 12 | 0xfff } else { limit };
    let rights = u16::from(access | 1) | u16::from(size & 0xf0) << 8;
    SegmentState { selector, base: u32::from_le_bytes([b0, b1, b2, b3]), limit, rights }
}

fn mode(random: &mut Random, model: Model) -> Mode {
    let protected =
        |random: &mut Random, wide| Mode::Protected { wide, level: [0, 0, 3, 3, 1, 2][random.below(6) as usize] };
    match model {
        Model::I8086 | Model::I80186 => Mode::Real,
        Model::I80286 if random.below(4) == 0 => Mode::Real,
        Model::I80286 => protected(random, false),
        _ => match random.below(8) {
            0 => Mode::Real,
            1 | 2 => Mode::Virtual,
            3 | 4 => protected(random, false),
            _ => protected(random, true),
        },
    }
}

fn fill_memory(random: &mut Random, model: Model, mode: Mode, mem: &mut Memory) {
    let mut code = [0; 0x800];
    fill(random, model, &mut code);
    mem.write_phys(CODE, &code);
    let wide = !matches!(mode, Mode::Protected { wide: false, .. });
    for number in 0..64_u32 {
        mem.write_phys(CODE + HANDLERS + HANDLER_BYTES * number, &handler(random, number as u8, wide));
    }
    let mut data = [0; 0x200];
    for bytes in data.chunks_mut(8) {
        bytes.copy_from_slice(&random.next_u64().to_le_bytes());
    }
    mem.write_phys(DATA, &data);
    for number in 0..64 {
        let entry = (CODE >> 4) << 16 | random.below(0x600) as u32;
        mem.write_phys(4 * number, &entry.to_le_bytes());
    }
    // What a return finds on a stack: offsets, selectors and flags.
    for level in 0..4 {
        let mut stack = [0; 0x800];
        for word in stack.chunks_mut(4) {
            word.copy_from_slice(&stack_word(random).to_le_bytes());
        }
        mem.write_phys(STACKS + level * 0x1000 + 0x800, &stack);
    }
    if model >= Model::I80286 && mode != Mode::Real {
        write_tables(random, model, wide, mem);
        write_tasks(random, model, mem);
        if model >= Model::I80386 {
            write_pages(random, mem);
        }
    }
}

fn stack_word(random: &mut Random) -> u32 {
    match random.below(5) {
        0 => random.below(0x600) as u32 + if random.below(2) == 0 { CODE } else { 0 },
        1 | 2 => u32::from(selector(random)),
        3 => random.next_u64() as u32 & 0x27_7fd5,
        _ => value(random),
    }
}

/// Code and data of each level, task states, a local table; gates of each kind; then anything.
fn write_tables(random: &mut Random, model: Model, wide: bool, mem: &mut Memory) {
    let mut gdt = [[0; 8]; 48];
    let size = match (wide, model >= Model::I80386) {
        (true, _) => 0xc,
        (false, true) => 0,
        (false, false) => 0,
    };
    let narrow_base = |base: u32| if wide { 0 } else { base };
    let limit = if wide { 0xf_ffff } else { 0xffff };
    for level in 0..4_u16 {
        let dpl = (level as u8) << 5;
        gdt[usize::from(code_selector(level) >> 3)] = descriptor(narrow_base(CODE), limit, 0x9b | dpl, size);
        let base = narrow_base([0, STACKS, 0, DATA - 0x8000][random.below(4) as usize]);
        gdt[usize::from(data_selector(level) >> 3)] = descriptor(base, limit, 0x93 | dpl, size);
    }
    let task = if model >= Model::I80386 { 0x89 } else { 0x81 };
    let task_limit = if model >= Model::I80386 { 0x90 } else { 0x2b };
    gdt[9] = descriptor(TASKS[0], task_limit, task | 2, 0);
    gdt[10] = descriptor(TASKS[1], task_limit, task | 0x60, 0);
    gdt[11] = descriptor(TASKS[2], 0x2b, 0xe1, 0);
    gdt[12] = descriptor(LDT, 0xff, 0x82, 0);
    gdt[13] = descriptor(narrow_base(CODE), limit, 0x9f, size);
    let gate_kind = if wide { 0xec } else { 0xe4 };
    gdt[14] = gate(code_selector(0), code_offset(random, wide), gate_kind, random.below(4) as u8);
    gdt[15] = gate(TASK_SELECTOR + 8, 0, 0xe5, 0);
    gdt[16] = descriptor(narrow_base(STACKS), 0x7fff, 0xf7, if wide { 4 } else { 0 });
    gdt[17] = gate(code_selector(1), code_offset(random, wide), gate_kind, 0);
    for entry in &mut gdt[18..] {
        *entry = any_descriptor(random, wide);
    }
    mem.write_phys(GDT, gdt.as_flattened());
    let ldt: [[u8; 8]; 32] = std::array::from_fn(|_| any_descriptor(random, wide));
    mem.write_phys(LDT, ldt.as_flattened());
    let idt: [[u8; 8]; 64] = std::array::from_fn(|number| interrupt_gate(random, number as u32, wide));
    mem.write_phys(IDT, idt.as_flattened());
}

fn code_offset(random: &mut Random, wide: bool) -> u32 {
    random.below(0x600) as u32 + if wide { CODE } else { 0 }
}

/// Moves the return address on and returns: past most instructions after one to three rounds.
fn handler(random: &mut Random, vector: u8, wide: bool) -> Vec<u8> {
    let distance = 1 + random.below(4) as u8;
    let has_code = matches!(vector, 8 | 10..=14 | 17);
    let mut bytes = Vec::new();
    if has_code {
        // add esp, 4 or add sp, 2
        bytes.extend([0x83, 0xc4, if wide { 4 } else { 2 }]);
    }
    if wide {
        // add dword [esp], distance
        bytes.extend([0x83, 0x04, 0x24, distance]);
    } else {
        // push bp; mov bp, sp; add word [bp + 2], distance; pop bp
        bytes.extend([0x55, 0x89, 0xe5, 0x83, 0x46, 0x02, distance, 0x5d]);
    }
    bytes.push(0xcf);
    bytes
}

fn interrupt_gate(random: &mut Random, number: u32, wide: bool) -> [u8; 8] {
    let kind = if wide { 0x8e } else { 0x86 } | random.below(2) as u8;
    let dpl = (random.below(4) as u8) << 5;
    match random.below(12) {
        0 => gate(TASK_SELECTOR + 8 + 8 * random.below(2) as u16, 0, 0x85 | dpl, 0),
        1 => gate(selector(random), code_offset(random, wide), kind | dpl, 0),
        2 => random.next_u64().to_le_bytes(),
        3..=9 => {
            let offset = HANDLERS + HANDLER_BYTES * number + if wide { CODE } else { 0 };
            gate(code_selector(0), offset, kind | dpl, 0)
        }
        _ => gate(code_selector(0), code_offset(random, wide), kind | dpl, 0),
    }
}

fn any_descriptor(random: &mut Random, wide: bool) -> [u8; 8] {
    let base = if wide { [0, CODE, DATA, STACKS][random.below(4) as usize] } else { CODE };
    match random.below(4) {
        0 => random.next_u64().to_le_bytes(),
        1 => gate(selector(random), code_offset(random, wide), random.byte() | 0x80, random.byte()),
        _ => {
            let access = random.byte() | 0x90;
            descriptor(base, offset(random) & 0xf_ffff, access, random.byte() >> 4)
        }
    }
}

/// Task states that can be switched to.
fn write_tasks(random: &mut Random, model: Model, mem: &mut Memory) {
    for task in TASKS {
        let mut bytes = [0; 0x100];
        for word in bytes.chunks_mut(2) {
            word.copy_from_slice(&selector(random).to_le_bytes());
        }
        let level = [0, 0, 3, 1][random.below(4) as usize];
        let mut put = |at: usize, value: u32| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let is_wide = model >= Model::I80386 && task != TASKS[2];
        let stack = |level: u16| STACKS + u32::from(level) * 0x1000 + 0xc00;
        let selectors = [
            data_selector(level),
            code_selector(level),
            data_selector(level),
            data_selector(level),
            data_selector(3),
            data_selector(3),
        ];
        if is_wide {
            for inner in 0..3_u16 {
                put(4 + 8 * usize::from(inner), stack(inner));
                put(8 + 8 * usize::from(inner), data_selector(inner).into());
            }
            put(0x1c, DIRECTORY);
            put(0x20, CODE + random.below(0x600) as u32);
            put(0x24, random.next_u64() as u32 & if random.below(4) == 0 { 0x22_3ed5 } else { 0x20_3ed5 });
            put(0x38, stack(level));
            for (number, selector) in selectors.into_iter().enumerate() {
                put(0x48 + 4 * number, selector.into());
            }
            put(0x60, LDT_SELECTOR.into());
            put(0x64, 0x68 << 16);
        } else {
            for inner in 0..3_u16 {
                put(2 + 4 * usize::from(inner), stack(inner) | u32::from(data_selector(inner)) << 16);
            }
            put(0x0e, random.below(0x600) as u32 | (random.next_u64() as u32 & 0x3ed5) << 16);
            put(0x1a, stack(level));
            for (number, selector) in selectors.into_iter().take(4).enumerate() {
                put(0x22 + 2 * number, selector.into());
            }
            put(0x2a, LDT_SELECTOR.into());
        }
        mem.write_phys(task, &bytes);
    }
}

/// The first 4 MiB as they are, most of them for everyone.
fn write_pages(random: &mut Random, mem: &mut Memory) {
    let mut table: [[u8; 4]; 1024] = std::array::from_fn(|page| ((page as u32 * 0x1000) | 7).to_le_bytes());
    for _ in 0..random.below(24) {
        let page = random.below(0x44) as u32;
        let frame = if random.below(2) == 0 { page } else { random.below(0x40) as u32 };
        table[page as usize] = (frame << 12 | random.next_u64() as u32 & 0xfff).to_le_bytes();
    }
    // The tables themselves and the first code stay where they are, or nothing runs for long.
    for page in [1_u32, 2, 8, 16] {
        let present = if random.below(8) == 0 { random.next_u64() as u32 & 7 } else { 7 };
        table[page as usize] = (page << 12 | present).to_le_bytes();
    }
    mem.write_phys(TABLE, table.as_flattened());
    let large = if random.below(4) == 0 { 0x87 } else { random.next_u64() as u32 };
    mem.write_phys(DIRECTORY, &(TABLE | 7).to_le_bytes());
    mem.write_phys(DIRECTORY + 4, &large.to_le_bytes());
}
