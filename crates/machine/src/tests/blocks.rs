//! REP INS and OUTS of a disk's data port: a machine that moves words at once is the machine that moves one by one.

use super::{SECOND, disks};
use crate::board::Board;
use crate::{Config, Machine, Model, TraceRecord, TraceSink};
use beige_core::ClockRatio;
use beige_cpu::{Bus, Engine, Width};
use beige_testkit::Random;

/// Instructions a second.
const RATE: u64 = 5_000_000;
/// By then it has booted.
const BOOTED: u64 = SECOND;

/// Reads sectors BP and BP + 1 by the data port to the end of a segment and round it, writes a sector in the
/// place of the second, compares and searches what was read, and so on; interrupts come all the time.
const GUEST: [u8; 128] = [
    0x31, 0xc0, 0x8e, 0xd8, // xor ax, ax; mov ds, ax
    0xb8, 0x00, 0x80, 0x8e, 0xc0, // mov ax, 8000h; mov es, ax
    0x31, 0xed, 0xfb, 0xfc, // xor bp, bp; sti; cld
    // top:
    0xb4, 0x20, 0xbb, 0x02, 0x00, 0x89, 0xee, // mov ah, 20h; mov bx, 2; mov si, bp
    0xe8, 0x3f, 0x00, // call issue
    0xbf, 0xf2, 0xfc, // 17h: mov di, 0fcf2h
    // next:
    0xe8, 0x54, 0x00, // call ready
    0xb9, 0x00, 0x01, // 1Dh: mov cx, 256
    0x90, 0xf3, 0x6d, // 20h: nop; rep insw
    0x4b, 0x75, 0xf4, // dec bx; jnz next
    0xb4, 0x30, 0xbb, 0x01, 0x00, 0x8d, 0x76, 0x01, // mov ah, 30h; mov bx, 1; lea si, [bp + 1]
    0xe8, 0x25, 0x00, // call issue
    0xe8, 0x3d, 0x00, // call ready
    0xbe, 0xfd, 0x7b, // mov si, 7bfdh
    0xb9, 0x00, 0x01, // 37h: mov cx, 256
    0x90, 0xf3, 0x6f, // 3Ah: nop; rep outsw
    0xbe, 0xfa, 0xfc, 0x89, 0xf7, 0x90, // mov si, 0fcfah; mov di, si; nop
    0xb9, 0x90, 0x00, // mov cx, 90h
    0xf3, 0x26, 0xa6, // repe es: cmpsb
    0x89, 0xe8, 0xb9, 0x00, 0x40, 0xf2, 0xae, // mov ax, bp; mov cx, 4000h; repne scasb
    0x45, 0x83, 0xe5, 0x1f, // inc bp; and bp, 31
    0xeb, 0xb7, // jmp top
    // issue: command AH for BL sectors from SI on.
    0xba, 0xf2, 0x01, 0x88, 0xd8, 0xee, // mov dx, 1f2h; mov al, bl; out dx, al
    0x42, 0x96, 0xee, 0x42, 0x88, 0xe0, 0xee, // inc dx; xchg ax, si; out dx, al; inc dx; mov al, ah; out dx, al
    0x42, 0xb0, 0x00, 0xee, 0x42, 0xb0, 0xe0,
    0xee, // inc dx; mov al, 0; out dx, al; inc dx; mov al, e0h; out dx, al
    0x42, 0x96, 0x88, 0xe0, 0xee, 0xc3, // inc dx; xchg ax, si; mov al, ah; out dx, al; ret
    // ready: DX = 1F0h
    0xba, 0xf7, 0x01, 0xec, // mov dx, 1f7h; wait: in al, dx
    0xa8, 0x80, 0x75, 0xfb, 0xa8, 0x08, 0x74, 0xf7, // test al, 80h; jnz wait; test al, 8; jz wait
    0xb2, 0xf0, 0xc3, // mov dl, 0f0h; ret
];

struct Nobody;

impl TraceSink for Nobody {
    fn record(&mut self, _record: TraceRecord) {}
}

/// A machine in the midst of the guest with these changes.
fn booted(model: Model, changes: &[(usize, u8)]) -> Machine {
    let mut code = GUEST;
    for (at, byte) in changes {
        code[*at] = *byte;
    }
    let config = Config { rate: ClockRatio::from_hz(RATE, 1), ..super::config(model) };
    let mut machine = Machine::new(config, disks(&code)).unwrap();
    machine.run_until(BOOTED);
    machine
}

/// One machine runs as it does, another one iteration at a time, a third by the stepper in short runs.
#[track_caller]
fn compare(model: Model, changes: &[(usize, u8)]) {
    let mut machines = [(); 3].map(|()| booted(model, changes));
    machines[2].cpu.set_engine(Engine::Stepper);
    let mut random = Random::new(5);
    for round in 1..=12 {
        let until = BOOTED + round * SECOND / 400 + random.below(10_000);
        let [whole, single, short] = &mut machines;
        whole.run_until(until);
        single.run_traced(until, &mut Nobody);
        while short.now() < until {
            short.run_until(until.min(short.now() + 1 + random.below(60_000)));
        }
        for other in [single, short] {
            assert_eq!((other.now(), other.instructions()), (whole.now(), whole.instructions()));
            assert_eq!(other.hash(), whole.hash(), "round {round} on the {}", model.name());
        }
    }
    assert!(machines[0].cpu.real_mode_state().ebp > 4, "some rounds were made");
}

#[test]
fn a_machine_that_moves_words_at_once_is_the_one_that_moves_one_by_one() {
    for model in [Model::I80186, Model::I80286, Model::I80386, Model::Pentium] {
        compare(model, &[]);
    }
}

#[test]
fn dwords_are_moved_at_once_too() {
    // In place of the NOPs the prefix of the operand size; DI so that no dword lies across the end of the segment.
    let dwords = [(0x18, 0xf0), (0x1e, 128), (0x1f, 0), (0x20, 0x66), (0x38, 128), (0x39, 0), (0x3a, 0x66)];
    compare(Model::I80486, &dwords);
}

#[test]
fn more_words_than_a_block_has_meet_what_a_busy_disk_gives() {
    compare(Model::I80386, &[(0x1e, 44), (0x38, 44)]);
    compare(Model::Pentium, &[(0x10, 1), (0x1e, 0), (0x1f, 3), (0x39, 2)]);
}

/// Asks the disk for a sector, and waits until it is there.
fn request_sector(machine: &mut Machine) {
    for (port, value) in (0x1f2..).zip([1, 7, 0, 0, 0xe0, 0x20]) {
        let now = machine.instructions();
        machine.board.port_write(&mut machine.mem, port, Width::Byte, value, now);
    }
    machine.run_until(machine.now() + SECOND / 1000);
}

#[test]
fn words_come_at_once_unless_something_else_happens_with_each() {
    type Prepare = fn(&mut Board);
    let cases: [(Prepare, u16, Width, usize); 7] = [
        (|_| {}, 0x1f0, Width::Word, 255),
        (|_| {}, 0x1f0, Width::Dword, 127),
        (|_| {}, 0x1f0, Width::Byte, 0),
        (|_| {}, 0x170, Width::Word, 0),
        (|_| {}, 0x1f1, Width::Word, 0),
        (|board| board.port_log = Some(Vec::new()), 0x1f0, Width::Word, 0),
        (|board| board.exit_port = Some(0x1f0), 0x1f0, Width::Word, 0),
    ];
    for (prepare, port, width, expected) in cases {
        // JMP to itself
        let mut machine = super::machine(Model::I80386, &[0xfa, 0xeb, 0xfe]);
        machine.run_until(BOOTED);
        request_sector(&mut machine);
        prepare(&mut machine.board);
        let mut data = [0; 1024];
        let now = machine.instructions();
        assert_eq!(machine.board.port_read_block(port, width, &mut data, now), expected, "{port:x} {width:?}");
        assert_eq!(data[..8], if expected > 0 { 7_u64 } else { 0 }.to_le_bytes());
        assert_eq!(machine.board.port_write_block(port, width, &data, now), 0);
    }
}

#[test]
fn nothing_comes_at_once_while_a_dma_channel_moves_a_byte_with_each_access() {
    let mut machine = super::machine(Model::I80386, &[0xfa, 0xeb, 0xfe]);
    machine.run_until(BOOTED);
    request_sector(&mut machine);
    // The sense of the request lines turned round, channel 1 open, in single mode, for ever.
    for (port, value) in [(0x0b, 0x55), (0x0a, 0x01), (0x08, 0x40)] {
        let now = machine.instructions();
        machine.board.port_write(&mut machine.mem, port, Width::Byte, value, now);
    }
    let now = machine.instructions();
    assert_eq!(machine.board.port_read_block(0x1f0, Width::Word, &mut [0; 64], now), 0);
}
