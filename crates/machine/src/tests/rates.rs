//! Ten guest minutes: what a guest counts agrees with the crystals exactly.
//!
//! The expected ticks are computed here, in integers, from the frequencies of the crystals; nothing of the model's own
//! conversion is used. An event that comes a nanosecond early, or later than its handler takes, fails.

use super::{Model, SECOND, machine};
use crate::Machine;
use beige_core::{InputEvent, Key, Tick};

/// A crystal as cycles in so many nanoseconds.
#[derive(Clone, Copy)]
struct Crystal {
    cycles: u128,
    nanoseconds: u128,
}

/// 14.31818 MHz, which is 315/22 MHz, by 12.
const PIT: Crystal = Crystal { cycles: 315_000_000, nanoseconds: 22 * 12 * 1_000_000_000 };
const RTC: Crystal = Crystal { cycles: 32_768, nanoseconds: 1_000_000_000 };
const UART: Crystal = Crystal { cycles: 1_843_200, nanoseconds: 1_000_000_000 };
const DOTS_28M: Crystal = Crystal { cycles: 28_322_000, nanoseconds: 1_000_000_000 };

impl Crystal {
    /// The cycle that ends at `tick`, rounded up to a whole nanosecond.
    fn cycle_at(self, tick: Tick) -> u128 {
        u128::from(tick) * self.cycles / self.nanoseconds
    }

    /// The first whole nanosecond at which `cycle` is done.
    fn tick_of(self, cycle: u128) -> Tick {
        (cycle * self.nanoseconds).div_ceil(self.cycles) as Tick
    }

    /// How often `period` cycles pass in ten minutes.
    fn in_ten_minutes(self, period: u128) -> u32 {
        (600_000_000_000 * self.cycles / (self.nanoseconds * period)) as u32
    }
}

/// Where guests count, a doubleword.
const COUNT: u16 = 0x600;
/// What a handler takes at most: 40 instructions.
const LATENCY: Tick = 400;

const COUNT_UP: [u8; 10] = [
    0x83, 0x06, 0x00, 0x06, 0x01, // add word [600h], 1
    0x83, 0x16, 0x02, 0x06, 0x00, // adc word [602h], 0
];

/// mov al, value; out port, al for each.
fn outs(writes: &[(u8, u8)]) -> Vec<u8> {
    writes.iter().flat_map(|(port, value)| [0xb0, *value, 0xe6, *port]).collect()
}

/// A boot sector that does `setup`, then halts for ever, with `handler` at interrupt `vector`.
fn guest(vector: u16, setup: &[u8], handler: &[u8]) -> Vec<u8> {
    const HANDLER: u16 = 0x7d00;
    let word = |address: u16, value: u16| {
        let ([a, b], [c, d]) = (address.to_le_bytes(), value.to_le_bytes());
        [0xc7, 0x06, a, b, c, d] // mov word [address], value
    };
    let mut code = vec![0xfa, 0x31, 0xc0, 0x8e, 0xd8]; // cli; xor ax, ax; mov ds, ax
    for (address, value) in [(4 * vector, HANDLER), (4 * vector + 2, 0), (COUNT, 0), (COUNT + 2, 0)] {
        code.extend(word(address, value));
    }
    code.extend(setup);
    code.extend([0xfb, 0xf4, 0xeb, 0xfd]); // sti; hlt; jmp to hlt
    assert!(code.len() <= 0x100);
    code.resize(0x100, 0);
    code.extend(handler);
    code.extend(outs(&[(0x20, 0x20), (0xa0, 0x20)]));
    code.push(0xcf); // iret
    assert!(code.len() <= 510);
    code
}

fn booted(code: &[u8]) -> Machine {
    machine(Model::I80486, code)
}

fn count_at(machine: &Machine, address: u16) -> u32 {
    let mut bytes = [0; 4];
    machine.peek_memory(u32::from(address), &mut bytes);
    u32::from_le_bytes(bytes)
}

fn word_at(machine: &Machine, address: u16) -> u16 {
    count_at(machine, address) as u16
}

/// Runs on until the guest has counted another event: its number and its tick.
fn next_event(machine: &mut Machine, address: u16) -> (u32, Tick) {
    // The BIOS leaves anything there before the guest runs.
    while !is_halting(machine) || count_at(machine, address) == 0 {
        machine.run_until(machine.now() + 1_000_000);
        assert!(machine.now() < 5 * SECOND, "the guest counts nothing");
    }
    let before = count_at(machine, address);
    loop {
        let at = machine.next_event();
        machine.run_until(at + LATENCY);
        let count = count_at(machine, address);
        if count != before {
            assert_eq!(count, before + 1);
            return (count, at);
        }
    }
}

/// In the boot sector's last loop.
fn is_halting(machine: &Machine) -> bool {
    machine.is_idle() && machine.cpu.registers().cs() == 0
}

/// Event `number` comes at `tick`, not before and not after.
#[track_caller]
fn assert_counted(machine: &mut Machine, address: u16, number: u32, tick: Tick) {
    machine.run_until(tick - 1);
    assert_eq!(count_at(machine, address), number - 1, "one nanosecond before {tick}");
    machine.run_until(tick + LATENCY);
    assert_eq!(count_at(machine, address), number, "{LATENCY} ns after {tick}");
}

/// The events of one period each, from the first one seen on, minute by minute for ten minutes.
#[track_caller]
fn assert_periodic(machine: &mut Machine, address: u16, crystal: Crystal, period: u128, expected: u32) {
    let (first, start) = next_event(machine, address);
    let cycle = crystal.cycle_at(start);
    assert_eq!(crystal.tick_of(cycle), start, "the first event is not at a cycle of the crystal");
    let events = crystal.in_ten_minutes(period);
    assert_eq!(events, expected);
    for minute in 1..=10 {
        let number = events / 10 * minute + if minute == 10 { events % 10 } else { 0 };
        let tick = crystal.tick_of(cycle + u128::from(number) * period);
        assert_counted(machine, address, first + number, tick);
    }
}

#[test]
fn channel_0_of_the_timer_interrupts_as_its_crystal_says() {
    // Mode 2, 1193 cycles.
    let setup = outs(&[(0x21, 0xfe), (0xa1, 0xff), (0x43, 0x34), (0x40, 0xa9), (0x40, 0x04)]);
    let mut machine = booted(&guest(0x08, &setup, &COUNT_UP));
    assert_periodic(&mut machine, COUNT, PIT, 1193, 600_091);
}

#[test]
fn the_system_timer_of_the_bios_ticks_18_2_times_a_second() {
    // Mode 3, 65,536 cycles.
    let setup = outs(&[(0x21, 0xfe), (0xa1, 0xff), (0x43, 0x36), (0x40, 0x00), (0x40, 0x00)]);
    let mut machine = booted(&guest(0x08, &setup, &COUNT_UP));
    assert_periodic(&mut machine, COUNT, PIT, 65_536, 10_923);
}

#[test]
fn channel_2_of_the_timer_keeps_its_phase_to_channel_0() {
    // Channel 2 in mode 3 ends a half of its period with each interrupt of channel 0.
    let mut setup = outs(&[(0x21, 0xfe), (0xa1, 0xff), (0x61, 0x01), (0x43, 0xb6), (0x42, 0x00), (0x42, 0x80)]);
    setup.extend([0xb9, 0xd0, 0x07, 0xe2, 0xfe]); // mov cx, 2000; loop $: not to begin at the same edge
    setup.extend(outs(&[(0x43, 0x34), (0x40, 0x00), (0x40, 0x40)]));
    let mut handler = COUNT_UP.to_vec();
    handler.extend([
        0xb0, 0x80, 0xe6, 0x43, // mov al, 80h; out 43h, al: latch channel 2
        0xe4, 0x42, 0x88, 0xc4, 0xe4, 0x42, // in al, 42h; mov ah, al; in al, 42h
        0x83, 0x3e, 0x00, 0x06, 0x01, // cmp word [600h], 1
        0x75, 0x0a, // jne compare
        0x83, 0x3e, 0x02, 0x06, 0x00, // cmp word [602h], 0
        0x75, 0x03, // jne compare
        0xa3, 0x04, 0x06, // first: mov [604h], ax
        0x39, 0x06, 0x04, 0x06, // compare: cmp [604h], ax
        0x74, 0x04, // je out2
        0xff, 0x06, 0x06, 0x06, // inc word [606h]: another phase
        0xe4, 0x61, 0x24, 0x20, // out2: in al, 61h; and al, 20h
        0x3a, 0x06, 0x08, 0x06, // cmp al, [608h]
        0x74, 0x04, // je same
        0xff, 0x06, 0x0a, 0x06, // inc word [60ah]: OUT2 has moved
        0xa2, 0x08, 0x06, // same: mov [608h], al
    ]);
    let mut machine = booted(&guest(0x08, &setup, &handler));
    while !is_halting(&machine) || count_at(&machine, COUNT) < 2 {
        machine.run_until(machine.now() + 1_000_000);
    }
    let (other_phases, count, moves) = (word_at(&machine, 0x606), count_at(&machine, COUNT), word_at(&machine, 0x60a));
    assert_ne!(word_at(&machine, 0x604), 0, "a phase was kept");
    machine.run_until(machine.now() + 600 * SECOND);
    let counted = count_at(&machine, COUNT) - count;
    assert!((43_695..=43_696).contains(&counted), "{counted}: 600 s by 16,384 cycles");
    assert_eq!(word_at(&machine, 0x606), other_phases, "channel 2 drifts");
    assert_eq!(u32::from(word_at(&machine, 0x60a).wrapping_sub(moves)), counted, "OUT2 turns with each interrupt");
}

#[test]
fn the_clock_interrupts_1024_times_a_second_and_at_each_new_second() {
    let mut setup = outs(&[(0x21, 0xfb), (0xa1, 0xfe), (0x70, 0x0a), (0x71, 0x26), (0x70, 0x0b), (0x71, 0x52)]);
    setup.extend([0xc7, 0x06, 0x04, 0x06, 0x00, 0x00, 0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71]); // [604h] = 0; read register C
    let mut handler = vec![0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71, 0xa8, 0x40, 0x74, 0x0a]; // PF?
    handler.extend(COUNT_UP);
    handler.extend([0xa8, 0x10, 0x74, 0x04, 0xff, 0x06, 0x04, 0x06]); // UF? inc word [604h]
    let mut machine = booted(&guest(0x70, &setup, &handler));
    let (first, start) = next_event(&mut machine, COUNT);
    let (cycle, seconds) = (RTC.cycle_at(start), word_at(&machine, 0x604));
    assert_eq!((RTC.tick_of(cycle), cycle % 32), (start, 0));
    assert_eq!((RTC.in_ten_minutes(32), RTC.in_ten_minutes(32_768)), (614_400, 600));
    for minute in 1..=10 {
        let number = 61_440 * minute;
        assert_counted(&mut machine, COUNT, first + number, RTC.tick_of(cycle + u128::from(number) * 32));
    }
    assert_eq!(word_at(&machine, 0x604) - seconds, 600);
    // The clock was set at power-on, when its second began.
    let last_second = machine.now() / SECOND;
    let seconds = word_at(&machine, 0x604);
    machine.run_until((last_second + 1) * SECOND - 1);
    assert_eq!(word_at(&machine, 0x604), seconds);
    machine.run_until((last_second + 1) * SECOND + LATENCY);
    assert_eq!(word_at(&machine, 0x604), seconds + 1);
}

#[test]
fn a_text_screen_has_70_086_retraces_a_second() {
    // 900 dots in 449 lines; between two retraces the guest sleeps by the timer for 17,018 of 17,024 cycles.
    const FRAME_DOTS: u128 = 900 * 449;
    const SLEEP: [u8; 2] = 17_018_u16.to_le_bytes();
    let mut setup = outs(&[(0x21, 0xfe), (0xa1, 0xff)]);
    setup.extend([0xba, 0xda, 0x03, 0xfb]); // mov dx, 3dah; sti
    let poll = setup.len();
    setup.extend([0xec, 0xa8, 0x08, 0x74, 0xfb]); // in al, dx; test al, 8; jz poll
    setup.extend(COUNT_UP);
    setup.extend(outs(&[(0x43, 0x30), (0x40, SLEEP[0]), (0x40, SLEEP[1])]));
    setup.push(0xf4); // hlt
    let back = (poll as i32 - (setup.len() as i32 + 2)) as u8;
    setup.extend([0xeb, back]); // jmp poll
    let mut machine = booted(&guest(0x08, &setup, &[]));
    while !is_halting(&machine) || count_at(&machine, COUNT) < 3 {
        machine.run_until(machine.now() + 100_000);
        assert!(machine.now() < 5 * SECOND, "the guest sees no retrace");
    }
    let (first, start) = (count_at(&machine, COUNT) + 1, machine.next_retrace());
    let frames = DOTS_28M.in_ten_minutes(FRAME_DOTS);
    assert_eq!(frames, 42_051);
    for minute in 1..=10 {
        let number = frames / 10 * minute;
        // The frames do not begin at power-on: their first tick is known to a nanosecond only.
        let tick = start + DOTS_28M.tick_of(u128::from(number) * FRAME_DOTS);
        machine.run_until(tick - 2);
        assert_eq!(count_at(&machine, COUNT), first + number - 1, "minute {minute}");
        machine.run_until(tick + LATENCY);
        assert_eq!(count_at(&machine, COUNT), first + number, "minute {minute}");
    }
}

#[test]
fn a_held_key_repeats_10_9_times_a_second() {
    let setup = outs(&[(0x21, 0xfd), (0xa1, 0xff)]);
    let mut handler = vec![0xe4, 0x60]; // in al, 60h
    handler.extend(COUNT_UP);
    let mut machine = booted(&guest(0x09, &setup, &handler));
    while !is_halting(&machine) {
        machine.run_until(machine.now() + 1_000_000);
    }
    let down = machine.now();
    machine.input(InputEvent::Key { key: Key::A, down: true });
    // 500 ms, then 22/240 s each; a byte is on the line for 1 ms.
    const BYTE: Tick = 1_000_000;
    let repeat = |number: u64| down + SECOND / 2 + (number * 22 * SECOND).div_ceil(240) + BYTE;
    assert_counted(&mut machine, COUNT, 1, down + BYTE);
    for minute in 1..=10 {
        assert_counted(&mut machine, COUNT, 2 + 654 * minute, repeat(u64::from(654 * minute)));
    }
}

#[test]
fn serial_bytes_leave_at_960_a_second() {
    let setup = [
        outs(&[(0x21, 0xef), (0xa1, 0xff)]),
        // 8 data bits at 9600 baud; OUT2; the interrupt of the empty transmitter.
        [(0x3fb_u16, 0x83), (0x3f8, 12), (0x3f9, 0), (0x3fb, 0x03), (0x3fc, 0x08), (0x3f9, 0x02)]
            .iter()
            .flat_map(|(port, value)| [0xba, port.to_le_bytes()[0], port.to_le_bytes()[1], 0xb0, *value, 0xee])
            .collect(),
    ]
    .concat();
    let mut handler = COUNT_UP.to_vec();
    handler.extend([0xba, 0xf8, 0x03, 0xb0, 0x55, 0xee]); // mov dx, 3f8h; mov al, 55h; out dx, al
    let mut machine = booted(&guest(0x0c, &setup, &handler));
    while !is_halting(&machine) || count_at(&machine, COUNT) < 3 {
        machine.run_until(machine.now() + 1_000_000);
        assert!(machine.now() < 5 * SECOND, "the guest sends nothing");
    }
    machine.outputs().clear();
    let end = machine.now() + 600 * SECOND;
    let mut next = None;
    let mut bytes = 0;
    while machine.now() < end {
        machine.run_until((machine.now() + SECOND).min(end));
        for byte in machine.outputs().bytes() {
            let cycle = next.unwrap_or_else(|| UART.cycle_at(byte.at));
            assert_eq!(byte.at, UART.tick_of(cycle), "byte {bytes}");
            // Ten bits of 16 times 12 cycles.
            next = Some(cycle + 10 * 16 * 12);
            bytes += 1;
        }
        machine.outputs().clear();
    }
    assert_eq!(bytes, UART.in_ten_minutes(10 * 16 * 12));
    assert_eq!(bytes, 576_000);
}
