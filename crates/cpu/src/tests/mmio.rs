//! Memory-mapped registers, by blocks and by the stepper, by one access at a time and by many at once.

use super::{CS, FlatBus, IP};
use crate::{Bus, Cpu, Engine, Kind, Memory, MmioBlock, Model, PAGE_BYTES, RealModeState, Stop, Width, flag};

/// A page of registers, 1 MiB and a little above: A20 moves it.
const REGISTERS: u32 = 0xa_0000;
const BYTES: u32 = 2 * PAGE_BYTES;

/// Registers that remember what is written, and every access to them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Board {
    registers: Vec<u8>,
    /// Count of instructions, address and width; the value of a write.
    log: Vec<(u64, u32, Width, Option<u32>)>,
    is_quiet: bool,
    does_many: bool,
    many: u32,
    /// An access to this address asks for attention.
    bell: Option<u32>,
    /// A read from this address puts RAM into the place of the page.
    trapdoor: Option<u32>,
    attention: bool,
}

impl Board {
    fn meet(&mut self, mem: &mut Memory, address: u32, read: bool) {
        self.attention |= self.bell == Some(address);
        if read && self.trapdoor == Some(address) {
            mem.map(REGISTERS, u64::from(PAGE_BYTES), Kind::RamAt(0x9_0000));
        }
    }

    fn bytes(&mut self, address: u32, width: Width) -> &mut [u8] {
        let first = (address - REGISTERS) as usize;
        &mut self.registers[first..first + width.bytes() as usize]
    }
}

impl Bus for Board {
    fn port_read(&mut self, _mem: &mut Memory, _port: u16, width: Width, _at: u64) -> u32 {
        width.mask()
    }

    fn port_write(&mut self, _mem: &mut Memory, _port: u16, _width: Width, _value: u32, _at: u64) {}

    fn mmio_read(&mut self, mem: &mut Memory, address: u32, width: Width, at: u64) -> u32 {
        self.log.push((at, address, width, None));
        self.meet(mem, address, true);
        let mut value = [0; 4];
        value[..width.bytes() as usize].copy_from_slice(self.bytes(address, width));
        // What it reads next is another: reads count.
        self.bytes(address, width)[0] ^= 0x10;
        u32::from_le_bytes(value)
    }

    fn mmio_write(&mut self, mem: &mut Memory, address: u32, width: Width, value: u32, at: u64) {
        self.log.push((at, address, width, Some(value)));
        self.meet(mem, address, false);
        self.bytes(address, width).copy_from_slice(&value.to_le_bytes()[..width.bytes() as usize]);
    }

    fn is_mmio_quiet(&self) -> bool {
        self.is_quiet
    }

    fn mmio_block(&mut self, mem: &mut Memory, block: MmioBlock<'_>, width: Width, count: u32, at: u64) -> bool {
        let bytes = width.bytes() as usize;
        if self.does_many {
            self.many += count;
            let places = (0..count).map(|number| (at + u64::from(number), number * width.bytes()));
            match block {
                MmioBlock::Fill { to, value } => {
                    places.for_each(|(at, place)| self.mmio_write(mem, to + place, width, value, at));
                }
                MmioBlock::Copy { from, to } => places.for_each(|(at, place)| {
                    let value = self.mmio_read(mem, from + place, width, at);
                    self.mmio_write(mem, to + place, width, value, at);
                }),
                MmioBlock::Store { to, bytes: from } => {
                    for ((at, place), element) in places.zip(from.chunks_exact(bytes)) {
                        let mut value = [0; 4];
                        value[..bytes].copy_from_slice(element);
                        self.mmio_write(mem, to + place, width, u32::from_le_bytes(value), at);
                    }
                }
                MmioBlock::Load { from, into } => {
                    for ((at, place), element) in places.zip(into.chunks_exact_mut(bytes)) {
                        let value = self.mmio_read(mem, from + place, width, at).to_le_bytes();
                        element.copy_from_slice(&value[..bytes]);
                    }
                }
            }
        }
        self.does_many
    }

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
        0x20
    }

    fn attention(&self) -> bool {
        self.attention
    }
}

/// A program at 1000:0100 with DS and ES at the registers, and what it ran on.
struct Guest {
    cpu: Cpu,
    mem: Memory,
    board: Board,
    /// Why each run ended, and at which instruction.
    stops: Vec<(Stop, u64)>,
}

impl Guest {
    fn new(model: Model, code: &[u8], board: &Board, change: &dyn Fn(&mut RealModeState)) -> Guest {
        let mut mem = Memory::new(2 << 20, model);
        for number in 0..0x20 {
            mem.write_phys(number * 4, &[0, number as u8, 0, 0x80]);
            mem.write_phys(0x8_0000 + number * 0x100, &[0xf4]);
        }
        mem.write_phys((u32::from(CS) << 4) + IP, code);
        mem.map(REGISTERS, u64::from(BYTES), Kind::Mmio);
        let mut cpu = Cpu::new(model);
        let mut state = RealModeState {
            cs: CS,
            ds: (REGISTERS >> 4) as u16,
            es: (REGISTERS >> 4) as u16,
            ss: 0x4000,
            esp: 0x1000,
            eip: IP,
            ..RealModeState::default()
        };
        change(&mut state);
        cpu.load_real_mode(&state);
        let mut board = board.clone();
        if board.registers.is_empty() {
            board.registers = (0..BYTES).map(|at| (at * 7) as u8).collect();
        }
        Guest { cpu, mem, board, stops: Vec::new() }
    }

    /// Runs to a HLT, by so many instructions at a time.
    fn run(mut self, engine: Engine, most: u64) -> Guest {
        self.cpu.set_engine(engine);
        for _ in 0..100_000 {
            self.board.attention = false;
            let stop = self.cpu.run(&mut self.mem, &mut self.board, most);
            if stop != Stop::Budget {
                self.stops.push((stop, self.cpu.instructions()));
            }
            if stop == Stop::Halted || stop == Stop::Shutdown {
                return self;
            }
        }
        panic!("the program does not end");
    }
}

/// Both engines come to the same, however runs are cut; what blocks did.
#[track_caller]
fn agree(model: Model, code: &[u8], board: &Board, change: &dyn Fn(&mut RealModeState)) -> Guest {
    let run = |engine, most| Guest::new(model, code, board, change).run(engine, most);
    let one = run(Engine::Stepper, 1);
    for most in [1, 7, 100, 1_000_000] {
        for engine in [Engine::Stepper, Engine::Blocks] {
            let other = run(engine, most);
            let name = format!("{}, {engine:?}, runs of {most}", model.name());
            assert_eq!(one.cpu.state(), other.cpu.state(), "{name}");
            assert_eq!(one.cpu.instructions(), other.cpu.instructions(), "{name}");
            assert!(one.mem == other.mem, "memory, {name}");
            let place = one.board.log.iter().zip(&other.board.log).position(|(one, other)| one != other);
            assert_eq!((place, one.board.log.len()), (None, other.board.log.len()), "accesses, {name}");
            assert_eq!(one.board.registers, other.board.registers, "registers, {name}");
            assert_eq!(one.stops, other.stops, "{name}");
        }
    }
    run(Engine::Blocks, 1_000_000)
}

fn quiet(is_quiet: bool) -> Board {
    Board { is_quiet, does_many: is_quiet, ..Board::default() }
}

/// `body`, many times.
fn looped(body: &[u8]) -> Vec<u8> {
    let back = -(body.len() as i32 + 3);
    // The count is in BP, as bodies use CX: mov bp, 40; ...; dec bp; jnz
    let mut code = vec![0xbd, 40, 0];
    code.extend(body);
    code.extend([0x4d, 0x75, back as u8, 0xf4]);
    code
}

/// Instructions with one memory operand, [BX + 4] or [SI] or [DI], for the 8086 and, in words and doublewords, the 80386.
const BODIES: &[&[u8]] = &[
    &[0x8a, 0x47, 4],                   // mov al, [bx + 4]
    &[0x8b, 0x4f, 4],                   // mov cx, [bx + 4]
    &[0x88, 0x67, 4],                   // mov [bx + 4], ah
    &[0x89, 0x57, 4, 0x42],             // mov [bx + 4], dx; inc dx
    &[0xc6, 0x47, 4, 0x5a],             // mov byte [bx + 4], 5ah
    &[0xc7, 0x47, 4, 0x5a, 0xa5],       // mov word [bx + 4], 0a55ah
    &[0xa0, 6, 0, 0xa3, 9, 0],          // mov al, [6]; mov [9], ax
    &[0x02, 0x47, 4, 0x13, 0x57, 6],    // add al, [bx + 4]; adc dx, [bx + 6]
    &[0x22, 0x67, 4, 0x33, 0x4f, 6],    // and ah, [bx + 4]; xor cx, [bx + 6]
    &[0x0a, 0x47, 4, 0x2b, 0x57, 6],    // or al, [bx + 4]; sub dx, [bx + 6]
    &[0x3a, 0x47, 4, 0x1b, 0x57, 6],    // cmp al, [bx + 4]; sbb dx, [bx + 6]
    &[0x00, 0x57, 4, 0x11, 0x47, 6],    // add [bx + 4], dl; adc [bx + 6], ax
    &[0x20, 0x57, 4, 0x31, 0x47, 6],    // and [bx + 4], dl; xor [bx + 6], ax
    &[0x80, 0x4f, 4, 0x81],             // or byte [bx + 4], 81h
    &[0x83, 0x6f, 4, 0xfd, 0x19, 0x07], // sub word [bx + 4], -3; sbb [bx], ax
    &[0x80, 0x7f, 4, 7, 0x84, 0x47, 9], // cmp byte [bx + 4], 7; test [bx + 9], al
    &[0xf6, 0x47, 4, 0x11, 0x39, 7],    // test byte [bx + 4], 11h; cmp [bx], ax
    &[0xfe, 0x47, 4, 0xff, 0x4f, 6],    // inc byte [bx + 4]; dec word [bx + 6]
    &[0xf6, 0x5f, 4, 0xf7, 0x57, 6],    // neg byte [bx + 4]; not word [bx + 6]
    &[0x86, 0x47, 4, 0x87, 0x57, 6],    // xchg [bx + 4], al; xchg [bx + 6], dx
    &[0xd0, 0x67, 4, 0xff, 0x37, 0x5a], // shl byte [bx + 4], 1; push word [bx]; pop dx
    &[0xaa, 0xab],                      // stosb; stosw
    &[0xac, 0xad],                      // lodsb; lodsw
    &[0xa4, 0xa5],                      // movsb; movsw
    &[0xae, 0xaf],                      // scasb; scasw
    &[0xa6],                            // cmpsb
    &[0x26, 0xac, 0xfd, 0xaa, 0xfc],    // es: lodsb; std; stosb; cld
];
const BODIES_386: &[&[u8]] = &[
    &[0x66, 0x8b, 0x4f, 4],                      // mov ecx, [bx + 4]
    &[0x66, 0x89, 0x57, 4],                      // mov [bx + 4], edx
    &[0x66, 0x03, 0x57, 4],                      // add edx, [bx + 4]
    &[0x66, 0x31, 0x47, 4],                      // xor [bx + 4], eax
    &[0x0f, 0xb6, 0x57, 4, 0x0f, 0xbe, 0x47, 5], // movzx dx, byte [bx + 4]; movsx ax, byte [bx + 5]
    &[0x66, 0x0f, 0xb7, 0x57, 4, 0x66, 0x0f, 0xbf, 0x4f, 5],
    &[0x66, 0x0f, 0xb6, 0x57, 4, 0x66, 0x0f, 0xbe, 0x4f, 5],
    &[0x67, 0x8a, 0x44, 0x1e, 3], // mov al, [esi + ebx + 3]
    &[0x66, 0xab, 0x66, 0xad],    // stosd; lodsd
    &[0x66, 0xa5, 0x67, 0xa4],    // movsd; a32 movsb
    &[0x67, 0xaa, 0x67, 0x66, 0xaf],
];

fn bodies(model: Model) -> impl Iterator<Item = &'static [u8]> {
    let more = if model >= Model::I80386 { BODIES_386 } else { &[] };
    BODIES.iter().chain(more).copied()
}

#[test]
fn every_common_instruction_reaches_registers_by_blocks_as_by_the_stepper() {
    for model in [Model::I8086, Model::I80286, Model::I80486] {
        for is_quiet in [false, true] {
            for body in bodies(model) {
                agree(model, &looped(body), &quiet(is_quiet), &|state| (state.ebx, state.edi) = (0x20, 0x200));
            }
        }
    }
}

#[test]
fn the_common_ones_need_no_stepper() {
    // mov al, [bx + 4]; xor [bx + 4], dx; stosw; movsb
    let body = [0x8a, 0x47, 4, 0x31, 0x57, 4, 0xab, 0xa4];
    let guest = agree(Model::I80486, &looped(&body), &quiet(true), &|_| ());
    let counts = guest.cpu.statistics();
    assert!(counts.on_board >= 150 && counts.slow <= 10, "{counts:?}");
    // One that reads and then writes is the stepper's on a board of which nothing is known.
    let guest = agree(Model::I80486, &looped(&body), &quiet(false), &|_| ());
    let counts = guest.cpu.statistics();
    assert!(counts.on_board >= 70 && counts.slow >= 70, "{counts:?}");
}

#[test]
fn accesses_at_the_ends_of_pages_and_of_the_segment_are_those_of_the_stepper() {
    for model in [Model::I8086, Model::I80286, Model::I80486] {
        for body in bodies(model) {
            // Over the end of the first page, of the last one into RAM, and of the segment.
            for at in [0x0ff8_u32, 0x1ff8, 0xfff8, 0xfffc] {
                let ahead = |state: &mut RealModeState| {
                    (state.ebx, state.esi, state.edi) = (at, at + 1, at - 3);
                };
                agree(model, &looped(body), &quiet(true), &ahead);
            }
        }
    }
}

#[test]
fn one_side_of_a_move_may_be_in_memory() {
    for is_quiet in [false, true] {
        for body in [&[0xa4][..], &[0xa5], &[0x66, 0xa5], &[0xfd, 0xa4, 0xfc, 0xa5]] {
            for (ds, es) in [(0xa000, 0x3000), (0x3000, 0xa000), (0xa080, 0xa000)] {
                agree(Model::I80486, &looped(body), &quiet(is_quiet), &|state| {
                    (state.ds, state.es, state.esi, state.edi) = (ds, es, 0xff0, 0x1d0);
                });
            }
        }
    }
}

#[test]
fn a_move_out_of_registers_over_code_is_noticed() {
    // It overwrites itself, too, byte by byte: NOPs, by the end.
    let mut code = looped(&[0xa4]);
    code.pop();
    let behind = code.len() as u32;
    code.extend([0x40; 40]);
    code.push(0xf4);
    for is_quiet in [false, true] {
        let board = Board { registers: vec![0x90; BYTES as usize], ..quiet(is_quiet) };
        let guest = agree(Model::I80486, &code, &board, &|state| {
            (state.es, state.edi) = (CS, IP + behind - 20);
        });
        assert!(guest.cpu.statistics().built > 0);
    }
}

#[test]
fn attention_ends_the_run_behind_the_instruction() {
    let board = Board { bell: Some(REGISTERS + 0x24), ..quiet(false) };
    for body in bodies(Model::I80486) {
        let guest = agree(Model::I80486, &looped(body), &board, &|state| state.ebx = 0x20);
        let rung = guest.board.log.iter().filter(|(_, address, ..)| *address == REGISTERS + 0x24);
        let rung: std::collections::BTreeSet<u64> = rung.map(|(at, ..)| at + 1).collect();
        let stopped = guest.stops.iter().filter(|(stop, _)| *stop == Stop::Attention).map(|(_, at)| *at);
        assert!(rung.iter().copied().eq(stopped), "{body:02x?}");
    }
}

#[test]
fn a_read_that_moves_the_page_away_leads_the_write_to_memory() {
    let board = Board { trapdoor: Some(REGISTERS + 0x24), ..quiet(false) };
    for body in bodies(Model::I80486) {
        let guest = agree(Model::I80486, &looped(body), &board, &|state| state.ebx = 0x20);
        assert!(guest.board.log.len() <= 400);
    }
}

#[test]
fn a_patched_instruction_takes_its_constants_as_they_are() {
    // inc byte [cs:104h + 3]; mov byte [bx + 4], 7: the immediate; add [bx + 5], cl
    let body = [0x2e, 0xfe, 0x06, 0x0b, 0x01, 0xc6, 0x47, 4, 7, 0x00, 0x4f, 5];
    assert_eq!(3 + 8, 0x0b);
    for is_quiet in [false, true] {
        let guest = agree(Model::I80486, &looped(&body), &quiet(is_quiet), &|state| state.ebx = 0x20);
        assert_eq!(guest.board.registers[0x24], 47);
    }
}

#[test]
fn many_at_once_are_as_many_single_ones() {
    let cases = [
        (&[0xf3, 0xaa][..], 0xa000, 0xa000),
        (&[0xf3, 0xab], 0xa000, 0xa000),
        (&[0xf3, 0xa4], 0xa000, 0xa000),
        (&[0xf3, 0xa5], 0xa000, 0xa000),
        (&[0xf3, 0xa4], 0x3000, 0xa000),
        (&[0xf3, 0xa5], 0x3000, 0xa000),
        (&[0xf3, 0xa4], 0xa000, 0x3000),
        (&[0xf3, 0xa5], 0xa000, 0x3000),
        (&[0xf3, 0xac], 0xa000, 0x3000),
        (&[0xf3, 0xae], 0xa000, 0xa000),
    ];
    for (code, ds, es) in cases {
        for (esi, edi, count, flags) in
            [(0, 0x100, 300, 0), (0xf01, 0xe03, 700, 0), (0xff0, 5, 999, 0), (0x800, 0x900, 200, flag::DF)]
        {
            let mut code = code.to_vec();
            code.push(0xf4);
            for does_many in [false, true] {
                let board = Board { does_many, ..quiet(true) };
                let guest = agree(Model::I80486, &code, &board, &|state| {
                    (state.ds, state.es, state.esi, state.edi) = (ds, es, esi, edi);
                    (state.ecx, state.eax, state.eflags) = (count, 0x1234_5678, flags);
                });
                let is_many = does_many && flags == 0 && matches!(code[1], 0xa4 | 0xa5 | 0xaa | 0xab);
                assert_eq!(guest.board.many > 0, is_many, "{code:02x?}");
            }
        }
    }
}

#[test]
fn many_words_at_once_end_before_the_one_in_two_pages() {
    for (esi, edi) in [(0xf01, 0xe00), (0xf00, 0xe01), (0xf03, 0xe01)] {
        for (ds, es) in [(0xa000, 0xa000), (0xa000, 0x3000), (0x3000, 0xa000)] {
            agree(Model::I80486, &[0xf3, 0x66, 0xa5, 0xf4], &quiet(true), &|state| {
                (state.ds, state.es, state.esi, state.edi, state.ecx) = (ds, es, esi, edi, 400);
            });
        }
    }
}

#[test]
fn registers_copied_over_the_copying_code_are_executed() {
    // The REP MOVSB that runs is overwritten by the registers, which begin with NOPs.
    for does_many in [false, true] {
        let board = Board { does_many, ..quiet(true) };
        let code = [0xf3, 0xa4, 0xf4, 0xf4];
        let run = |engine, most| {
            let mut guest = Guest::new(Model::I80486, &code, &board, &|state| {
                (state.es, state.edi, state.ecx) = (CS, IP - 100, 200);
            });
            guest.board.registers.fill(0x90);
            guest.board.registers[100 + 2] = 0xf4;
            guest.run(engine, most)
        };
        let one = run(Engine::Stepper, 1);
        for (engine, most) in [(Engine::Stepper, 1000), (Engine::Blocks, 1), (Engine::Blocks, 1000)] {
            let other = run(engine, most);
            assert_eq!(one.cpu.state(), other.cpu.state());
            assert_eq!(one.board.log, other.board.log);
            assert!(one.mem == other.mem);
        }
    }
}

#[test]
fn a_bus_that_says_nothing_of_it_is_not_quiet_and_does_one_at_a_time() {
    let (mut bus, mut mem) = (FlatBus::default(), Memory::new(1 << 20, Model::I80486));
    assert!(!bus.is_mmio_quiet());
    assert!(!bus.mmio_block(&mut mem, MmioBlock::Fill { to: 0, value: 0 }, Width::Byte, 1, 0));
}
