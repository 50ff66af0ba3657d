//! Video memory as the CPU sees it: reached directly where the VGA lets every byte pass as it is, through the chip
//! otherwise. A machine that always asks the chip is the other side of each comparison.

use super::{SECOND, machine};
use crate::{Config, DISK_SLOTS, FixedRom, Machine, Model, Stopped};
use beige_core::Frame;
use beige_cpu::Engine;
use beige_testkit::Random;
use beige_video::PlainWindow;

/// Waits for [`start`].
const WAITING: &[u8] = &[
    0xfa, // cli
    0xeb, 0xfe, // jmp $
];
const MODE_13: &[u8] = &[
    0xb8, 0x13, 0x00, // mov ax, 13h
    0xcd, 0x10, // int 10h
    0xfa, // cli
    0xeb, 0xfe, // jmp $
];
const CODE_SEGMENT: u16 = 0x1000;
const DATA_SEGMENT: u16 = 0x4000;

/// Lets a waiting machine run a program from the beginning of the code segment.
fn start(machine: &mut Machine, program: &[u8]) {
    let segment = CODE_SEGMENT.to_le_bytes();
    machine.mem.write_phys(u32::from(CODE_SEGMENT) << 4, program);
    machine.mem.write_phys(0x7c01, &[0xea, 0, 0, segment[0], segment[1]]);
}

/// A program of random accesses to video memory and writes of registers. What it reads it stores from DATA_SEGMENT on.
struct Program {
    code: Vec<u8>,
    random: Random,
}

impl Program {
    fn of(seed: u64, steps: u32) -> Vec<u8> {
        let mut program = Program { code: Vec::new(), random: Random::new(seed) };
        let [low, high] = DATA_SEGMENT.to_le_bytes();
        // mov ax, DATA_SEGMENT; mov ds, ax; xor si, si; cld
        program.add(&[0xb8, low, high, 0x8e, 0xd8, 0x31, 0xf6, 0xfc]);
        for _ in 0..steps {
            program.step();
        }
        // At last in write mode 1, so that the latches do not depend on the way that reads took.
        program.register(0x3ce, 5, 0x01);
        program.add(&[0xf4]);
        program.code
    }

    fn add(&mut self, bytes: &[u8]) {
        self.code.extend(bytes);
    }

    /// Two bytes of an address.
    fn place(&mut self) -> [u8; 2] {
        // Around the seams of windows and pages, and few enough places that what is read was written.
        let base = [0x0000, 0x0ff0, 0x7ff0, 0x8000, 0xfff0][self.random.below(5) as usize];
        (base + self.random.below(13) as u16).to_le_bytes()
    }

    /// Where a repeated instruction begins, which must not reach the end of the segment.
    fn place_of_many(&mut self) -> [u8; 2] {
        let [low, high] = self.place();
        [low, high.min(0xef)]
    }

    fn step(&mut self) {
        let ([low, high], [many, many_high]) = (self.place(), self.place_of_many());
        let value = self.random.byte();
        match self.random.below(24) {
            0..4 => self.random_register(),
            4 => {
                let segment = [0xa0, 0xb0, 0xb8, 0xa8][self.random.below(4) as usize];
                self.add(&[0xb8, 0x00, segment, 0x8e, 0xc0]); // mov ax, segment; mov es, ax
            }
            5..8 => self.add(&[0x26, 0xc6, 0x06, low, high, value]), // mov byte [es:place], value
            8..10 => self.add(&[0x26, 0xc7, 0x06, low, high, value, !value]),
            10 => self.add(&[0x66, 0x26, 0xc7, 0x06, low, high, value, !value, 3, value]),
            11..14 => self.add(&[0x26, 0xa0, low, high, 0x88, 0x04, 0x46]), // mov al, [es:place]; mov [si], al; inc si
            14..16 => self.add(&[0x26, 0xa1, low, high, 0x89, 0x04, 0x46, 0x46]),
            16 => self.add(&[0x66, 0x26, 0xa1, low, high, 0x66, 0x89, 0x04, 0x83, 0xc6, 0x04]),
            17..19 => self.add(&[0x26, 0x80, 0x36, low, high, value]), // xor byte [es:place], value
            19 => self.add(&[0x26, 0x86, 0x06, low, high]),            // xchg al, [es:place]
            20 => self.add(&[0xbf, many, many_high, 0xb9, value & 0x1f, 0, 0xf3, 0xab]), // rep stosw
            21 => self.add(&[0xbf, many, many_high, 0xb9, value & 0x1f, 0, 0xf3, 0xaa]),
            22 => {
                // mov bp, si; push ds; push es; pop ds; rep movsb; pop ds; mov si, bp
                let [from, from_high] = self.place_of_many();
                let repeated = if value & 0x80 == 0 { 0xa4 } else { 0xa5 };
                self.add(&[0x89, 0xf5, 0x1e, 0x06, 0x1f, 0xbe, from, from_high, 0xbf, many, many_high]);
                self.add(&[0xb9, value & 0x1f, 0, 0xf3, repeated, 0x1f, 0x89, 0xee]);
            }
            _ => {
                // The CPU's access to video memory: off, and on again.
                for misc_output in [0x61, 0x63] {
                    self.add(&[0xba, 0xc2, 0x03, 0xb0, misc_output, 0xee]);
                }
                self.load_latches();
            }
        }
    }

    /// Mostly as chain 4 without anything else has them.
    fn random_register(&mut self) {
        let plain = [
            (0x3c4, 2, 0x0f),
            (0x3c4, 4, 0x0e),
            (0x3ce, 1, 0x00),
            (0x3ce, 3, 0x00),
            (0x3ce, 5, 0x40),
            (0x3ce, 6, 0x05),
            (0x3ce, 8, 0xff),
        ];
        let (port, index, value) = plain[self.random.below(plain.len() as u64) as usize];
        let value = match self.random.below(4) {
            0 if (port, index) == (0x3c4, 4) => 0x06,
            0 => self.random.byte(),
            _ => value,
        };
        self.register(port, index, value);
    }

    fn register(&mut self, port: u16, index: u8, value: u8) {
        let [low, high] = port.to_le_bytes();
        self.add(&[0xba, low, high, 0xb8, index, value, 0xef]); // mov dx, port; mov ax, value:index; out dx, ax
        self.load_latches();
    }

    /// Reads where the window is: the latches do not follow reads of plain memory.
    fn load_latches(&mut self) {
        self.add(&[0x8c, 0xc3]); // mov bx, es
        for segment in [0xa0, 0xb0, 0xb8] {
            // mov ax, segment; mov es, ax; mov al, [es:5]
            self.add(&[0xb8, 0x00, segment, 0x8e, 0xc0, 0x26, 0xa0, 0x05, 0x00]);
        }
        self.add(&[0x8e, 0xc3]); // mov es, bx
    }
}

fn picture(machine: &Machine) -> Frame {
    let mut frame = Frame::default();
    machine.render(&mut frame);
    frame
}

#[test]
fn memory_reached_directly_is_the_memory_that_the_chip_reaches() {
    let mut direct = machine(Model::I80486, WAITING);
    let mut asking = machine(Model::I80486, WAITING);
    asking.board.video_pages = 0;
    let (mut plain_slices, mut slices) = (0, 0);
    for machine in [&mut direct, &mut asking] {
        machine.run_until(SECOND);
    }
    let waiting = direct.save();
    assert_eq!(waiting, asking.save());
    for seed in 0..24 {
        let program = Program::of(seed, 1500);
        for machine in [&mut direct, &mut asking] {
            machine.restore(&waiting).unwrap();
            start(machine, &program);
        }
        loop {
            let stopped = direct.run_until(direct.now() + 2_000);
            if stopped != Stopped::Reached {
                assert_eq!(stopped, Stopped::Halted, "seed {seed}");
                break;
            }
            slices += 1;
            plain_slices += u32::from(direct.board.plain_video.is_some());
            if slices % 16 == 0 {
                // A machine that goes on from a state maps what its VGA says.
                let state = direct.save();
                direct = machine(Model::I80486, WAITING);
                direct.restore(&state).unwrap();
            }
            asking.run_until(direct.now());
            assert_eq!(asking.board.plain_video, direct.board.plain_video);
            assert_eq!(asking.mem.video(), direct.mem.video(), "seed {seed}, tick {}", direct.now());
        }
        assert_eq!(asking.run_until(direct.now() + 1), Stopped::Halted, "seed {seed}");
        assert_eq!(picture(&direct), picture(&asking), "seed {seed}");
        assert!(direct.save() == asking.save(), "seed {seed}");
    }
    assert!(plain_slices > slices / 10 && plain_slices < slices, "{plain_slices} of {slices} in plain memory");
}

#[test]
fn planes_reached_by_blocks_and_many_at_once_are_those_reached_step_by_step() {
    let [mut blocks, mut steps] = [0, 1].map(|_| machine(Model::I80486, WAITING));
    steps.cpu.set_engine(Engine::Stepper);
    blocks.run_until(SECOND);
    let waiting = blocks.save();
    for seed in 100..112 {
        let program = Program::of(seed, 600);
        for machine in [&mut blocks, &mut steps] {
            machine.restore(&waiting).unwrap();
            start(machine, &program);
        }
        assert_eq!(blocks.run_until(2 * SECOND), Stopped::Halted, "seed {seed}");
        while steps.run_until(steps.now() + 1) == Stopped::Reached {}
        assert_eq!(steps.mem.video(), blocks.mem.video(), "seed {seed}");
        assert!(steps.save() == blocks.save(), "seed {seed}");
    }
    assert!(blocks.cpu.statistics().on_board > 500);
}

#[test]
fn mode_13_is_plain_memory_until_a_register_or_a_reset_says_otherwise() {
    let mut machine = machine(Model::I80386, MODE_13);
    machine.run_until(SECOND);
    let is_plain = |machine: &mut Machine| {
        machine.mem.write_phys(0xa_1234, &[0x5a]);
        let written = machine.mem.video()[0x1234];
        machine.mem.video_mut()[0x1234] = 0;
        written == 0x5a
    };
    let write = |machine: &mut Machine, port, value| {
        let Machine { board, mem, .. } = machine;
        beige_cpu::Bus::port_write(board, mem, port, beige_cpu::Width::Word, value, 0);
    };
    assert!(is_plain(&mut machine));
    let before = machine.picture_id();
    machine.mem.write_phys(0xa_0000, &[7]);
    assert_ne!(machine.picture_id(), before);
    // Mode X and back.
    write(&mut machine, 0x3c4, 0x0604);
    assert!(!is_plain(&mut machine));
    write(&mut machine, 0x3c4, 0x0e04);
    assert!(is_plain(&mut machine));
    // The double word that writes both registers of a pair twice leaves what it wrote last.
    let Machine { board, mem, .. } = &mut machine;
    beige_cpu::Bus::port_write(board, mem, 0x3ce, beige_cpu::Width::Dword, 0x0000_4105, 0);
    assert!(!is_plain(&mut machine));
    write(&mut machine, 0x3ce, 0x4005);
    assert!(is_plain(&mut machine));
    machine.input(beige_core::InputEvent::Reset);
    assert!(!is_plain(&mut machine));
}

#[test]
fn a_rom_of_the_users_in_the_window_stays_where_it_is() {
    let rom = |address, bytes: usize| FixedRom { address, image: vec![0xf4; bytes] };
    let fixed_roms = vec![rom(0xa_3000, 0x1000), rom(0xb_f000, 0x2000), rom(0xf_0000, 0x1_0000)];
    let config = Config { fixed_roms, ..Config::plain(Model::I80386, Vec::new(), Vec::new()) };
    let mut machine = Machine::new(config, [const { None }; DISK_SLOTS]).unwrap();
    let plain = Some(PlainWindow { first: 0, bytes: 0x2_0000 });
    let read = |machine: &Machine, address| {
        let mut byte = [0];
        machine.peek_memory(address, &mut byte);
        byte[0]
    };
    for plain in [plain, None] {
        crate::memory_map::map_video(&mut machine.mem, machine.board.video_pages, plain);
        for address in [0xa_3000, 0xa_3fff, 0xb_f000, 0xb_ffff] {
            assert_eq!(read(&machine, address), 0xf4, "{address:05x}");
        }
        for address in [0xa_2fff, 0xa_4000, 0xb_efff] {
            assert_eq!(read(&machine, address), if plain.is_some() { 0 } else { 0xff }, "{address:05x}");
        }
    }
}
