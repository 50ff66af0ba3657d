use super::*;
use beige_core::{Coded, StateReader, StateWriter, Timeline};
use beige_testkit::{Bench, Random};

const IRQ1: Pin = Pin::new(1);
const IRQ12: Pin = Pin::new(12);
const A20: Pin = Pin::new(20);
const RESET: Pin = Pin::new(21);
const STATUS: u16 = 1;
const COMMAND: u16 = 1;
const MS: Tick = 1_000_000;

struct Board {
    controller: Controller,
    bench: Bench,
}

impl Board {
    fn new() -> Board {
        let mut board = Board { controller: Controller::new(IRQ1, IRQ12, A20, RESET), bench: Bench::default() };
        board.controller.power_on(&mut board.bench.io());
        board
    }

    /// As a BIOS leaves it: tested, interrupts on, translation on, keyboard enabled, nothing waiting.
    fn booted() -> Board {
        let mut board = Board::new();
        board.command(0xaa);
        assert_eq!(board.data(), 0x55);
        board.set_command_byte(0x45);
        board.run(2 * MS);
        assert_eq!(board.data(), 0xaa);
        board
    }

    fn status(&mut self) -> u8 {
        self.bench.read(&mut self.controller, STATUS)
    }

    fn data(&mut self) -> u8 {
        self.bench.read(&mut self.controller, DATA)
    }

    fn command(&mut self, value: u8) {
        self.bench.write(&mut self.controller, COMMAND, value);
    }

    fn write(&mut self, value: u8) {
        self.bench.write(&mut self.controller, DATA, value);
    }

    fn set_command_byte(&mut self, value: u8) {
        self.command(0x60);
        self.write(value);
    }

    /// Gives a command and reads its reply.
    fn ask(&mut self, value: u8) -> u8 {
        self.command(value);
        self.data()
    }

    fn key(&mut self, key: Key, down: bool) {
        self.controller.key(key, down, &mut self.bench.io());
    }

    fn run(&mut self, ticks: Tick) {
        self.bench.advance(&mut self.controller, ticks);
    }

    fn is_full(&mut self) -> bool {
        self.status() & STATUS_OBF != 0
    }

    fn irq12(&self) -> bool {
        self.bench.wires.level(IRQ12)
    }

    fn irq1(&self) -> bool {
        self.bench.wires.level(IRQ1)
    }

    /// Reads whatever comes within `ticks`, polling each tenth of a millisecond.
    fn poll(&mut self, ticks: Tick) -> Vec<u8> {
        let mut out = Vec::new();
        for _ in 0..ticks / 100_000 {
            self.run(100_000);
            if self.is_full() {
                out.push(self.data());
            }
        }
        out
    }

    /// Whether the reset wire has pulsed since the last call.
    fn was_reset(&mut self) -> bool {
        std::iter::from_fn(|| self.bench.wires.take_change()).any(|change| change.pin == RESET && change.pulsed)
    }
}

// Register map

#[test]
fn after_power_on_nothing_waits_a20_is_on_and_the_keyboard_held() {
    let mut board = Board::new();
    assert_eq!((board.status(), board.data()), (0x10, 0x00));
    assert!(board.bench.wires.level(A20) && !board.irq1() && !board.bench.wires.level(RESET));
    board.run(1000 * MS);
    assert!(!board.is_full());
    assert_eq!(board.ask(0x20), 0x10);
}

#[test]
fn offsets_repeat_every_two() {
    let mut board = Board::new();
    board.bench.write(&mut board.controller, 3, 0xaa);
    assert_eq!(board.bench.read(&mut board.controller, 5), 0x1d);
    assert_eq!(board.bench.read(&mut board.controller, 4), 0x55);
}

#[test]
fn the_self_test_passes_and_sets_the_system_flag() {
    let mut board = Board::new();
    assert_eq!(board.status() & COMMAND_BYTE_SYSTEM, 0);
    board.command(0xaa);
    assert_eq!(board.status(), 0x1d);
    assert_eq!(board.data(), 0x55);
    assert_eq!(board.status(), 0x1c);
}

#[test]
fn the_ram_is_read_and_written_by_command() {
    let mut board = Board::new();
    for address in 0..32 {
        board.command(0x60 | address);
        board.write(0x10 | address);
    }
    for address in 0..32 {
        assert_eq!([board.ask(0x20 | address), board.ask(address)], [0x10 | address; 2]);
    }
    board.command(0x45);
    board.write(0x99);
    assert_eq!(board.ask(0x25), 0x99);
}

#[test]
fn replies_of_the_commands_that_only_answer() {
    let mut board = Board::new();
    for (command, reply) in [(0xa4, 0xf1), (0xa9, 0x00), (0xab, 0x00), (0xc0, 0xb0), (0xd0, 0xcf), (0xe0, 0x02)] {
        assert_eq!(board.ask(command), reply, "{command:02x}");
    }
}

#[test]
fn commands_of_other_makers_answer_nothing() {
    let mut board = Board::new();
    for command in (0x80..0xa4).chain([0xaf, 0xb0, 0xc3, 0xd5, 0xde, 0xe1]) {
        board.command(command);
        assert!(!board.is_full(), "{command:02x}");
    }
}

#[test]
fn bit_3_of_the_status_tells_the_port_last_written() {
    let mut board = Board::new();
    board.command(0x60);
    assert_eq!(board.status() & STATUS_COMMAND, STATUS_COMMAND);
    board.write(0x10);
    assert_eq!(board.status() & STATUS_COMMAND, 0);
}

#[test]
fn the_input_port_shows_in_the_status_until_the_next_write() {
    let mut board = Board::new();
    board.command(0xc2);
    assert_eq!(board.status(), 0xb8);
    board.command(0xc1);
    assert_eq!(board.status(), 0x08);
    board.command(0xad);
    assert_eq!(board.status(), 0x18);
}

#[test]
fn the_mouse_port_is_enabled_and_disabled_in_the_command_byte() {
    let mut board = Board::new();
    board.command(0xa7);
    assert_eq!(board.ask(0x20), 0x30);
    board.command(0xa8);
    assert_eq!(board.ask(0x20), 0x10);
}

#[test]
fn the_self_test_begins_as_after_a_reset() {
    let mut board = Board::booted();
    board.command(0x65);
    board.write(0x77);
    board.command(0xdd);
    board.key(Key::A, true);
    board.run(5 * MS);
    assert!(board.is_full());
    assert_eq!(board.ask(0xaa), 0x55);
    assert!(board.bench.wires.level(A20));
    assert_eq!([0x20, 0x25, 0xd0].map(|command| board.ask(command)), [0x14, 0x00, 0xcf]);
    assert!(!board.was_reset());
}

#[test]
fn a_diagnostic_dump_tells_ram_ports_and_status_as_keys() {
    let mut board = Board::booted();
    board.command(0x6f);
    board.write(0xc3);
    board.command(0xac);
    let codes = board.poll(200 * MS);
    let digits = [0x0b, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21];
    let digit = |code: u8| digits.iter().position(|other| *other == code).unwrap() as u8;
    let items: Vec<u8> = codes
        .chunks(3)
        .map(|item| {
            assert_eq!(item[2], 0x39);
            digit(item[0]) << 4 | digit(item[1])
        })
        .collect();
    // RAM, then input port, output port, test inputs (the clock is held low), program status word.
    let mut expected = vec![0x45];
    expected.extend([0; 14]);
    expected.extend([0xc3, 0xb0, 0xcf, 0x02, 0x28]);
    assert_eq!(items, expected);
}

#[test]
fn a_write_ends_a_diagnostic_dump_and_the_keyboard_waits_for_it() {
    let mut board = Board::booted();
    board.command(0xac);
    assert_eq!(board.poll(5 * MS).len(), 5);
    board.key(Key::A, true);
    assert_eq!(board.poll(MS).len(), 1);
    board.command(0xae);
    assert_eq!(board.poll(10 * MS), [0x1e]);
}

/// Loads a password of the keys A and B.
fn with_password() -> Board {
    let mut board = Board::booted();
    board.command(0xa5);
    [0x1e, 0x30, 0x00].into_iter().for_each(|byte| board.write(byte));
    board
}

fn stroke(board: &mut Board, key: Key) -> Vec<u8> {
    board.key(key, true);
    board.key(key, false);
    board.poll(10 * MS)
}

#[test]
fn a_password_is_installed_once_its_zero_was_loaded() {
    let mut board = Board::booted();
    assert_eq!(board.ask(0xa4), 0xf1);
    board.command(0xa5);
    board.write(0x1e);
    assert_eq!(board.ask(0xa4), 0xf1);
    let mut board = with_password();
    assert_eq!(board.ask(0xa4), 0xfa);
    assert_eq!(board.poll(20 * MS), [], "nothing of it went to the keyboard");
    board.command(0xa5);
    board.write(0x00);
    assert_eq!(board.ask(0xa4), 0xf1);
    board.write(0xee);
    assert_eq!(board.poll(20 * MS), [0xee]);
}

#[test]
fn a_locked_keyboard_is_silent_until_the_password_is_typed() {
    let mut board = with_password();
    assert_eq!(stroke(&mut board, Key::C), [0x2e, 0xae], "loading does not lock");
    board.command(0xa6);
    for key in [Key::C, Key::A, Key::C, Key::B, Key::A, Key::A] {
        assert_eq!(stroke(&mut board, key), []);
    }
    board.key(Key::B, true);
    assert_eq!(board.poll(10 * MS), []);
    board.key(Key::B, false);
    assert_eq!(board.poll(10 * MS), [0xb0], "B's break code is the first to pass");
    assert_eq!(stroke(&mut board, Key::C), [0x2e, 0xae]);
}

#[test]
fn the_ram_says_what_lock_and_password_answer_and_which_codes_do_not_count() {
    let mut board = with_password();
    for (index, value) in [(0x13, 0x61), (0x14, 0x62), (0x16, 0x2a)] {
        board.command(0x60 | index);
        board.write(value);
    }
    board.command(0xa6);
    assert_eq!(board.data(), 0x61);
    assert_eq!(stroke(&mut board, Key::A), []);
    board.key(Key::LeftShift, true);
    assert_eq!(board.poll(10 * MS), []);
    board.key(Key::B, true);
    assert_eq!(board.poll(10 * MS), [0x62]);
}

#[test]
fn without_a_password_nothing_locks() {
    let mut board = Board::booted();
    board.command(0xa6);
    assert_eq!(stroke(&mut board, Key::A), [0x1e, 0x9e]);
}

// Output port

#[test]
fn gate_a20_follows_the_output_port() {
    let mut board = Board::new();
    board.command(0xd1);
    board.write(0xdd);
    assert!(!board.bench.wires.level(A20));
    assert_eq!(board.ask(0xd0) & PORT_A20, 0);
    board.command(0xd1);
    board.write(0xdf);
    assert!(board.bench.wires.level(A20));
    board.command(0xdd);
    assert!(!board.bench.wires.level(A20));
    board.command(0xdf);
    assert!(board.bench.wires.level(A20));
    assert!(!board.was_reset());
}

#[test]
fn the_cpu_is_reset_by_a_pulse_or_through_the_output_port() {
    let mut board = Board::new();
    for command in 0xf0..=0xff_u8 {
        board.was_reset();
        board.command(command);
        assert_eq!(board.was_reset(), command & 1 == 0, "{command:02x}");
        assert!(board.bench.wires.level(A20) && !board.bench.wires.level(RESET));
    }
    board.command(0xd1);
    board.write(0xde);
    assert!(board.was_reset());
    assert_eq!(board.ask(0xd0) & PORT_NOT_RESET, PORT_NOT_RESET);
}

#[test]
fn the_output_port_shows_the_full_output_buffer() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    board.run(2 * MS);
    assert!(board.is_full());
    assert_eq!(board.ask(0xd0), 0xcf | PORT_OBF);
}

#[test]
fn a_reset_of_the_controller_leaves_the_keyboard_alone() {
    let mut board = Board::booted();
    board.write(0xed);
    board.poll(5 * MS);
    board.write(0x02);
    board.poll(5 * MS);
    board.command(0xdd);
    board.controller.reset(&mut board.bench.io());
    assert_eq!((board.status(), board.controller.leds()), (0x10, 2));
    assert!(board.bench.wires.level(A20) && !board.irq1());
}

// Keys

#[test]
fn a_key_arrives_translated_after_a_millisecond_with_irq1() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    board.run(MS - 1);
    assert!(!board.is_full() && !board.irq1());
    board.run(1);
    assert!(board.is_full() && board.irq1());
    assert_eq!(board.data(), 0x1e);
    assert!(!board.is_full() && !board.irq1());
    assert_eq!(board.data(), 0x1e);
}

#[test]
fn break_codes_are_translated_into_bit_7() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    board.key(Key::A, false);
    board.key(Key::Right, true);
    board.key(Key::Right, false);
    assert_eq!(board.poll(20 * MS), [0x1e, 0x9e, 0xe0, 0x4d, 0xe0, 0xcd]);
}

#[test]
fn without_translation_the_codes_arrive_as_sent() {
    let mut board = Board::booted();
    board.set_command_byte(0x05);
    board.key(Key::A, true);
    board.key(Key::A, false);
    assert_eq!(board.poll(10 * MS), [0x1c, 0xf0, 0x1c]);
}

#[test]
fn the_next_byte_comes_a_byte_time_after_the_last_was_read() {
    let mut board = Board::booted();
    board.key(Key::Up, true);
    board.run(50 * MS);
    assert_eq!(board.data(), 0xe0);
    board.run(MS - 1);
    assert!(!board.is_full());
    board.run(1);
    assert_eq!((board.is_full(), board.data()), (true, 0x48));
}

#[test]
fn a_disabled_keyboard_keeps_its_codes() {
    for (off, on) in [(0xad, 0xae), (0x60, 0x60)] {
        let mut board = Board::booted();
        board.command(off);
        if off == 0x60 {
            board.write(0x55);
        }
        board.key(Key::A, true);
        board.key(Key::B, true);
        assert_eq!(board.poll(20 * MS), []);
        board.command(on);
        if on == 0x60 {
            board.write(0x45);
        }
        assert_eq!(board.poll(20 * MS), [0x1e, 0x30]);
    }
}

#[test]
fn a_byte_cut_off_on_the_line_is_sent_again() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    board.run(MS / 2);
    board.command(0xad);
    board.run(10 * MS);
    board.command(0xae);
    board.run(MS - 1);
    assert!(!board.is_full());
    board.run(1);
    assert_eq!(board.data(), 0x1e);
}

#[test]
fn irq1_waits_for_its_enable_bit() {
    let mut board = Board::booted();
    board.set_command_byte(0x44);
    board.key(Key::A, true);
    board.run(2 * MS);
    assert!(board.is_full() && !board.irq1());
    board.set_command_byte(0x45);
    assert!(board.irq1());
}

#[test]
fn a_held_key_repeats_through_the_controller() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    // 500 ms, then each 91.7 ms.
    assert_eq!(board.poll(1000 * MS), [0x1e; 7]);
    board.key(Key::A, false);
    assert_eq!(board.poll(1000 * MS), [0x9e]);
}

#[test]
fn a_key_held_while_nobody_reads_does_not_fill_the_buffer() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    board.run(5000 * MS);
    board.key(Key::A, false);
    assert_eq!(board.poll(20 * MS), [0x1e, 0x9e]);
}

#[test]
fn an_idle_keyboard_asks_for_no_wakes() {
    let mut board = Board::booted();
    assert_eq!(board.bench.timeline.next(), Timeline::NEVER);
    board.key(Key::A, true);
    board.key(Key::A, false);
    board.poll(10 * MS);
    assert_eq!(board.bench.timeline.next(), Timeline::NEVER);
}

#[test]
fn keys_let_go_at_once_send_every_break_code() {
    let mut board = Board::booted();
    board.key(Key::LeftAlt, true);
    board.key(Key::Tab, true);
    board.poll(10 * MS);
    board.key(Key::Tab, false);
    board.key(Key::LeftAlt, false);
    assert_eq!(board.poll(1000 * MS), [0x8f, 0xb8]);
}

// Bytes for the keyboard

#[test]
fn a_byte_for_the_keyboard_takes_its_time_both_ways() {
    let mut board = Board::booted();
    board.write(0xee);
    board.run(2 * MS - 1);
    assert!(!board.is_full());
    board.run(1);
    assert_eq!((board.irq1(), board.data()), (true, 0xee));
}

#[test]
fn a_second_byte_waits_in_the_input_buffer() {
    let mut board = Board::booted();
    board.write(0xed);
    assert_eq!(board.status() & STATUS_IBF, 0);
    board.write(0x04);
    assert_eq!(board.status() & STATUS_IBF, STATUS_IBF);
    board.run(MS);
    assert_eq!(board.status() & STATUS_IBF, 0);
    assert_eq!(board.poll(10 * MS), [0xfa]);
    assert_eq!(board.controller.leds(), 4);
}

#[test]
fn the_identity_is_translated_too() {
    let mut board = Board::booted();
    board.write(0xf2);
    assert_eq!(board.poll(10 * MS), [0xfa, 0xab, 0x41]);
}

#[test]
fn a_byte_for_the_keyboard_enables_it() {
    let mut board = Board::booted();
    board.command(0xad);
    board.write(0xee);
    assert_eq!(board.poll(10 * MS), [0xee]);
    assert_eq!(board.ask(0x20), 0x45);
}

#[test]
fn a_reset_keyboard_reports_its_test_soon_after_the_acknowledgement() {
    let mut board = Board::booted();
    board.write(0xff);
    assert_eq!(board.poll(2 * MS), [0xfa]);
    assert_eq!(board.poll(2 * MS), [0xaa]);
}

#[test]
fn a_byte_for_a_keyboard_in_its_test_arrives_when_that_has_ended() {
    let mut board = Board::booted();
    board.write(0xff);
    assert_eq!(board.poll(2 * MS), [0xfa]);
    board.write(0xee);
    board.run(3 * MS - 1);
    assert!(!board.is_full());
    board.run(1);
    assert_eq!(board.data(), 0xee);
}

#[test]
fn a_code_on_the_line_gives_way_to_a_byte_for_the_keyboard() {
    let mut board = Board::booted();
    board.key(Key::A, true);
    board.run(MS / 2);
    board.write(0xee);
    assert_eq!(board.poll(10 * MS), [0xee, 0x1e]);
}

#[test]
fn bytes_can_be_put_into_the_output_buffer() {
    let mut board = Board::booted();
    board.command(0xd2);
    board.write(0x1c);
    assert_eq!((board.irq1(), board.status() & STATUS_AUX, board.data()), (true, 0, 0x1c));
    board.command(0xd3);
    board.write(0x1d);
    assert_eq!((board.irq1(), board.status() & STATUS_AUX), (false, STATUS_AUX));
    assert_eq!(board.ask(0xd0) & (PORT_OBF | PORT_AUX_OBF), PORT_AUX_OBF);
}

#[test]
fn the_absent_mouse_lets_the_transfer_time_out() {
    let mut board = Board::booted();
    board.command(0xd4);
    board.write(0xff);
    board.run(15 * MS - 1);
    assert!(!board.is_full());
    board.run(1);
    assert_eq!(board.status() & (STATUS_OBF | STATUS_AUX | STATUS_TIMEOUT), STATUS_OBF | STATUS_AUX | STATUS_TIMEOUT);
    assert_eq!((board.irq1(), board.data()), (false, 0xfe));
}

#[test]
fn irq12_is_for_bytes_of_the_mouse_port_and_has_its_own_enable_bit() {
    let mut board = Board::booted();
    board.set_command_byte(0x47);
    board.command(0xd3);
    board.write(0x1d);
    assert_eq!((board.irq1(), board.irq12(), board.status() & STATUS_AUX), (false, true, STATUS_AUX));
    assert_eq!((board.data(), board.irq12()), (0x1d, false));
    board.command(0xd4);
    board.write(0xf4);
    board.run(15 * MS);
    assert_eq!((board.irq1(), board.irq12(), board.data()), (false, true, 0xfe));
    board.set_command_byte(0x45);
    board.command(0xd3);
    board.write(0x1d);
    assert!(!board.irq1() && !board.irq12());
}

#[test]
fn a_byte_for_the_mouse_enables_its_port() {
    let mut board = Board::booted();
    board.command(0xa7);
    board.command(0xd4);
    board.write(0xf4);
    board.run(15 * MS);
    board.data();
    assert_eq!(board.ask(0x20) & COMMAND_BYTE_AUX_OFF, 0);
}

#[test]
fn a_new_command_forgets_the_parameter_of_the_last() {
    let mut board = Board::booted();
    board.command(0xd1);
    board.command(0x20);
    assert_eq!(board.data(), 0x45);
    board.write(0xee);
    assert_eq!(board.poll(10 * MS), [0xee]);
}

// Lazy equals stepped, hostile

fn save(controller: &mut Controller) -> Vec<u8> {
    let mut writer = StateWriter::default();
    controller.visit(&mut writer);
    writer.finish()
}

/// One random access or key, with many bytes that are commands of the keyboard.
fn disturb(board: &mut Board, random: &mut Random) {
    match random.below(8) {
        0 => board.command(random.byte()),
        1 => board.write(random.byte()),
        2 => board.write(random.byte() | 0xe8),
        3 => _ = board.status(),
        4 | 5 => _ = board.data(),
        _ => {
            let key = Key::from_code(random.below(Key::COUNT as u64) as u8).unwrap();
            let down = random.below(2) == 0;
            board.key(key, down);
        }
    }
}

#[test]
fn one_long_wait_equals_many_short_ones() {
    for seed in 0..200 {
        let [mut lazy, mut stepped] = [Board::booted(), Board::booted()];
        let (mut random, mut same) = (Random::new(seed), Random::new(seed));
        for _ in 0..100 {
            disturb(&mut lazy, &mut random);
            disturb(&mut stepped, &mut same);
            let ticks = random.below(700 * MS);
            same.below(700 * MS);
            lazy.run(ticks);
            for step in (0..ticks / (7 * MS)).map(|_| 7 * MS).chain([ticks % (7 * MS)]) {
                stepped.run(step);
                stepped.controller.wake(&mut stepped.bench.io());
            }
            assert_eq!(lazy.controller, stepped.controller, "seed {seed}");
            assert_eq!(lazy.bench.wires, stepped.bench.wires, "seed {seed}");
            assert_eq!(lazy.bench.timeline, stepped.bench.timeline, "seed {seed}");
        }
    }
}

#[test]
fn an_access_sees_the_same_with_its_wakes_served_or_not() {
    for seed in 0..200 {
        let [mut served, mut late] = [Board::booted(), Board::booted()];
        let (mut random, mut same) = (Random::new(seed), Random::new(seed));
        for _ in 0..100 {
            disturb(&mut served, &mut random);
            disturb(&mut late, &mut same);
            let ticks = random.below(700 * MS);
            same.below(700 * MS);
            served.run(ticks);
            late.bench.now += ticks;
            assert_eq!(served.status(), late.status(), "seed {seed}");
            assert_eq!(served.controller, late.controller, "seed {seed}");
        }
    }
}

#[test]
fn random_accesses_keep_the_state_valid_and_loadable() {
    let mut random = Random::new(9);
    let mut board = Board::new();
    for step in 0..50_000 {
        disturb(&mut board, &mut random);
        let ticks = random.below(20 * MS);
        board.run(ticks);
        assert_eq!(board.controller.check(), Ok(()));
        if step % 500 == 0 {
            let state = save(&mut board.controller);
            let mut loaded = Controller::new(IRQ1, IRQ12, A20, RESET);
            let mut reader = StateReader::new(&state);
            loaded.visit(&mut reader);
            assert_eq!(reader.finish(), Ok(()));
            assert_eq!(loaded, board.controller);
        }
    }
}

#[test]
fn a_damaged_state_is_refused_or_harmless() {
    let mut board = Board::booted();
    board.key(Key::Up, true);
    board.run(MS / 2);
    let state = save(&mut board.controller);
    let mut random = Random::new(4);
    for _ in 0..5000 {
        let mut damaged = state.clone();
        damaged[random.below(state.len() as u64) as usize] = random.byte();
        let mut victim = Board::new();
        let mut reader = StateReader::new(&damaged);
        victim.controller.visit(&mut reader);
        if reader.finish().is_ok() && victim.controller.check().is_ok() {
            victim.bench.now = 1 << 50;
            (0..20).for_each(|_| disturb(&mut victim, &mut random));
            assert_eq!(victim.controller.check(), Ok(()));
        }
    }
}
