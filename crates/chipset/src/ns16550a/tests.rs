use super::*;
use beige_core::{StateReader, StateWriter};
use beige_testkit::{Bench, Random};

const IRQ: Pin = Pin::new(4);
const OUT: StreamId = StreamId(1);
/// One bit at 115,200 baud: 16 cycles of 1.8432 MHz.
const BIT_CYCLES: u64 = 16;

const DATA: u16 = 0;
const IER: u16 = 1;
const IIR: u16 = 2;
const LCR: u16 = 3;
const MCR: u16 = 4;
const LSR: u16 = 5;
const MSR: u16 = 6;

struct Port {
    uart: Uart,
    bench: Bench,
}

impl Port {
    fn new() -> Port {
        let mut port = Port { uart: Uart::new("com", IRQ, OUT), bench: Bench::default() };
        port.uart.power_on(&mut port.bench.io());
        port
    }

    /// Eight data bits, no parity, one stop bit, this divisor, interrupts connected, ready to receive.
    fn with_divisor(divisor: u16) -> Port {
        let mut port = Port::new();
        port.program(0x03, divisor);
        port.write(MCR, MCR_OUT2 | MCR_DTR | MCR_RTS);
        port
    }

    fn program(&mut self, lcr: u8, divisor: u16) {
        self.write(LCR, LCR_DLAB);
        self.write(0, divisor as u8);
        self.write(1, (divisor >> 8) as u8);
        self.write(LCR, lcr);
    }

    fn read(&mut self, offset: u16) -> u8 {
        self.bench.read(&mut self.uart, offset)
    }

    fn write(&mut self, offset: u16, value: u8) {
        self.bench.write(&mut self.uart, offset, value);
    }

    fn receive(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.uart.receive(*byte, &mut self.bench.io()));
    }

    /// Advances to the tick at which the crystal has done `cycles` from power-on.
    fn run_to_cycle(&mut self, cycles: u64) {
        let ticks = ClockRatio::UART.tick_of(cycles) - self.bench.now;
        self.bench.advance(&mut self.uart, ticks);
    }

    fn run(&mut self, ticks: Tick) {
        self.bench.advance(&mut self.uart, ticks);
    }

    fn sent(&self) -> Vec<u8> {
        self.bench.outputs.bytes().iter().map(|byte| byte.byte).collect()
    }

    fn irq(&self) -> bool {
        self.bench.wires.level(IRQ)
    }
}

/// Ticks that are enough for `frames` at the divisor 1.
fn frames(frames: u64) -> Tick {
    ClockRatio::UART.tick_of(10 * BIT_CYCLES * frames) + 1
}

// Register map

#[test]
fn registers_have_their_reset_values() {
    let mut port = Port::new();
    let values: Vec<u8> = (1..8).map(|offset| port.read(offset)).collect();
    assert_eq!(values, [0x00, 0x01, 0x00, 0x00, 0x60, 0xb0, 0x00]);
}

#[test]
fn each_register_keeps_the_bits_that_exist() {
    let mut port = Port::new();
    for (offset, mask) in [(IER, 0x0f), (LCR, 0x7f), (MCR, 0x1f), (7, 0xff)] {
        port.write(offset, mask);
        assert_eq!(port.read(offset), mask, "{offset}");
        port.write(offset, if offset == LCR { 0x2a } else { !mask });
        assert_eq!(port.read(offset), if offset == LCR { 0x2a } else { 0 }, "{offset}");
    }
}

#[test]
fn dlab_puts_the_divisor_over_data_and_interrupt_enable() {
    let mut port = Port::new();
    port.write(IER, 0x05);
    port.program(0x83, 0x1234);
    assert_eq!((port.read(0), port.read(1)), (0x34, 0x12));
    port.write(LCR, 0x03);
    assert_eq!(port.read(IER), 0x05);
    assert!(port.sent().is_empty());
}

#[test]
fn status_registers_ignore_writes() {
    let mut port = Port::new();
    port.write(LSR, 0xff);
    port.write(MSR, 0xff);
    assert_eq!((port.read(LSR), port.read(MSR)), (0x60, 0xb0));
}

#[test]
fn fifos_show_in_the_identification_while_enabled() {
    let mut port = Port::new();
    port.write(IIR, 0xc1);
    assert_eq!(port.read(IIR), 0xc1);
    port.write(IIR, 0xc0);
    assert_eq!(port.read(IIR), 0x01);
}

#[test]
fn the_other_end_holds_cts_dsr_and_dcd() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_DTR | MCR_RTS);
    assert_eq!(port.read(MSR), 0xb0);
}

#[test]
fn a_reset_keeps_divisor_and_scratch_and_drops_the_rest() {
    let mut port = Port::with_divisor(0x0102);
    port.write(7, 0x5a);
    port.write(IER, 0x0f);
    port.write(DATA, b'x');
    port.uart.reset(&mut port.bench.io());
    assert_eq!((port.read(IER), port.read(LSR), port.read(7)), (0, 0x60, 0x5a));
    port.write(LCR, LCR_DLAB);
    assert_eq!((port.read(0), port.read(1)), (0x02, 0x01));
    port.run(frames(100_000));
    assert!(port.sent().is_empty());
}

// Transmission

#[test]
fn a_byte_leaves_at_the_end_of_its_stop_bit_exactly() {
    let mut port = Port::with_divisor(12);
    port.write(DATA, b'x');
    assert_eq!(port.read(LSR), LSR_THRE);
    let end = ClockRatio::UART.tick_of(10 * 12 * BIT_CYCLES);
    port.run(end - 1);
    assert_eq!((port.sent(), port.read(LSR)), (vec![], LSR_THRE));
    port.run(1);
    assert_eq!((port.sent(), port.read(LSR)), (b"x".to_vec(), LSR_THRE | LSR_TEMT));
    assert_eq!(port.bench.outputs.bytes()[0].at, end);
}

#[test]
fn frames_are_as_long_as_their_bits() {
    // (LCR, length in half bits)
    let formats = [(0x03, 20), (0x07, 22), (0x1b, 22), (0x1f, 24), (0x00, 14), (0x04, 15), (0x0c, 17), (0x02, 18)];
    for (lcr, half_bits) in formats {
        let mut port = Port::new();
        port.program(lcr, 3);
        port.write(DATA, 0x15);
        port.run(1_000_000_000);
        let at = ClockRatio::UART.tick_of(half_bits * 8 * 3);
        assert_eq!(port.bench.outputs.bytes()[0].at, at, "LCR {lcr:02x}");
    }
}

#[test]
fn bytes_in_the_fifo_follow_each_other_without_a_gap() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0x01);
    (0..17).for_each(|byte| port.write(DATA, byte));
    port.run(frames(20));
    let at: Vec<Tick> = port.bench.outputs.bytes().iter().map(|byte| byte.at).collect();
    let expected: Vec<Tick> = (1..18).map(|n| ClockRatio::UART.tick_of(n * 10 * BIT_CYCLES)).collect();
    assert_eq!(at, expected);
    assert_eq!(port.sent(), (0..17).collect::<Vec<u8>>());
}

#[test]
fn a_full_transmitter_fifo_loses_nothing() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0x01);
    (0..40).for_each(|byte| port.write(DATA, byte));
    port.run(frames(50));
    assert_eq!(port.sent(), (0..40).collect::<Vec<u8>>());
}

#[test]
fn without_fifo_a_byte_written_too_early_sends_the_one_on_the_line_at_once() {
    let mut port = Port::with_divisor(1);
    [b'a', b'b', b'c'].into_iter().for_each(|byte| port.write(DATA, byte));
    assert_eq!(port.read(LSR) & (LSR_THRE | LSR_TEMT), 0);
    assert_eq!(port.sent(), b"a");
    port.run(frames(5));
    assert_eq!(port.sent(), b"abc");
}

#[test]
fn in_loopback_a_byte_written_too_early_replaces_the_one_that_waits() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_LOOP);
    port.write(DATA, b'a');
    [b'b', b'c'].into_iter().for_each(|byte| port.write(DATA, byte));
    port.run(frames(1));
    assert_eq!(port.read(DATA), b'a');
    port.run(frames(1));
    assert_eq!(port.read(DATA), b'c');
}

#[test]
fn only_as_many_bits_leave_as_a_word_has() {
    let mut port = Port::new();
    port.program(0x00, 1);
    port.write(DATA, 0xff);
    port.run(frames(2));
    assert_eq!(port.sent(), [0x1f]);
}

#[test]
fn drained_a_transmitter_sends_what_it_holds_at_once() {
    let mut port = Port::with_divisor(12);
    port.write(IIR, FCR_ENABLE);
    for byte in b"last words" {
        port.write(DATA, *byte);
    }
    assert_eq!(port.sent(), b"");
    port.uart.drain(&mut port.bench.io());
    assert_eq!(port.sent(), b"last words");
    port.run(frames(12 * 20));
    assert_eq!(port.sent(), b"last words", "and sends nothing twice");
}

#[test]
fn drained_in_loopback_nothing_leaves() {
    let mut port = Port::with_divisor(12);
    port.write(MCR, MCR_LOOP);
    port.write(DATA, b'x');
    port.uart.drain(&mut port.bench.io());
    assert_eq!(port.sent(), b"");
}

#[test]
fn bytes_sent_during_a_break_are_lost() {
    let mut port = Port::with_divisor(1);
    port.write(LCR, 0x03 | LCR_BREAK);
    port.write(DATA, b'x');
    port.run(frames(2));
    port.write(LCR, 0x03);
    port.write(DATA, b'y');
    port.run(frames(2));
    assert_eq!(port.sent(), b"y");
}

#[test]
fn a_divisor_of_zero_is_the_slowest() {
    let mut port = Port::with_divisor(0);
    port.write(DATA, b'x');
    port.run(ClockRatio::UART.tick_of(10 * 65_536 * BIT_CYCLES) - 1);
    assert!(port.sent().is_empty());
    port.run(1);
    assert_eq!(port.sent(), b"x");
}

// Reception

#[test]
fn bytes_from_outside_arrive_at_the_speed_of_the_line() {
    let mut port = Port::with_divisor(1);
    port.receive(b"ab");
    port.run_to_cycle(10 * BIT_CYCLES - 1);
    assert_eq!(port.read(LSR) & LSR_DATA_READY, 0);
    port.run_to_cycle(10 * BIT_CYCLES);
    assert_eq!(port.read(LSR) & LSR_DATA_READY, LSR_DATA_READY);
    assert_eq!(port.read(DATA), b'a');
    assert_eq!(port.read(LSR) & LSR_DATA_READY, 0);
    port.run_to_cycle(20 * BIT_CYCLES);
    assert_eq!(port.read(DATA), b'b');
}

#[test]
fn without_fifo_a_byte_that_is_not_read_is_lost_and_told() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_LOOP);
    [b'a', b'b'].into_iter().for_each(|byte| port.write(DATA, byte));
    port.run(frames(2));
    assert_eq!(port.read(LSR), 0x60 | LSR_DATA_READY | LSR_OVERRUN);
    assert_eq!(port.read(LSR), 0x60 | LSR_DATA_READY);
    assert_eq!(port.read(DATA), b'b');
}

#[test]
fn an_overrun_of_the_fifo_keeps_its_sixteen_bytes() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0x01);
    port.write(MCR, MCR_LOOP);
    for byte in 0..20 {
        port.write(DATA, byte);
        port.run(frames(1));
    }
    assert_eq!(port.read(LSR) & LSR_OVERRUN, LSR_OVERRUN);
    let bytes: Vec<u8> = (0..16).map(|_| port.read(DATA)).collect();
    assert_eq!(bytes, (0..16).collect::<Vec<u8>>());
    assert_eq!(port.read(LSR) & LSR_DATA_READY, 0);
}

#[test]
fn more_than_the_outside_may_queue_is_lost() {
    let mut port = Port::with_divisor(1);
    port.receive(&[1; 5000]);
    let mut received = 0;
    for _ in 0..6000 {
        port.run(frames(1));
        received += u32::from(port.read(LSR) & LSR_DATA_READY != 0);
        port.read(DATA);
    }
    // One is on the line already when the queue fills.
    assert_eq!(received, 4097);
}

// The other end

/// A port as a reset leaves it, with a speed, and bytes that wait outside.
fn idle_port_with(bytes: &[u8]) -> Port {
    let mut port = Port::new();
    port.program(0x03, 1);
    port.receive(bytes);
    port.run(frames(10));
    assert_eq!(port.uart.receive.len(), 0);
    port
}

#[test]
fn bytes_wait_outside_until_the_guest_listens() {
    let ready: [fn(&mut Port); 4] = [
        |port| port.write(MCR, MCR_DTR),
        |port| port.write(MCR, MCR_RTS),
        |port| port.write(IER, IER_RECEIVED_DATA),
        |port| (0..20).for_each(|_| _ = port.read(LSR)),
    ];
    for (number, prepare) in ready.into_iter().enumerate() {
        let mut port = idle_port_with(b"x");
        prepare(&mut port);
        port.run(frames(1));
        assert_eq!((port.read(LSR) & LSR_DATA_READY, port.read(DATA)), (LSR_DATA_READY, b'x'), "way {number}");
    }
}

#[test]
fn a_few_looks_at_the_status_or_waits_for_the_transmitter_are_no_listening() {
    let mut port = idle_port_with(b"x");
    (0..10).for_each(|_| _ = port.read(LSR));
    port.program(0x03, 1);
    (0..10).for_each(|_| _ = port.read(LSR));
    port.write(DATA, b'a');
    port.write(DATA, b'b');
    (0..1000).for_each(|_| _ = port.read(LSR));
    port.run(frames(1) / 2);
    assert_eq!(port.uart.queue_room(), QUEUE_BYTES - 1);
}

#[test]
fn the_other_end_sends_no_more_than_the_receiver_takes() {
    for (fcr, held) in [(0x00, 1), (0x01, 16)] {
        let bytes: Vec<u8> = (0..40).collect();
        let mut port = Port::with_divisor(1);
        port.write(IIR, fcr);
        port.receive(&bytes);
        port.run(frames(100));
        assert_eq!((port.read(LSR) & LSR_OVERRUN, port.uart.receive.len()), (0, held));
        let mut read = Vec::new();
        while read.len() < bytes.len() {
            assert_eq!(port.read(LSR), 0x60 | LSR_DATA_READY);
            read.push(port.read(DATA));
            port.run(frames(1));
        }
        assert_eq!(read, bytes);
    }
}

#[test]
fn a_guest_that_reads_by_interrupts_stops_the_other_end_with_rts() {
    let mut port = Port::with_divisor(1);
    port.write(IER, IER_RECEIVED_DATA);
    port.write(MCR, MCR_OUT2 | MCR_DTR);
    port.receive(b"x");
    port.run(frames(10));
    assert_eq!(port.read(LSR) & LSR_DATA_READY, 0);
    port.write(MCR, MCR_OUT2 | MCR_DTR | MCR_RTS);
    port.run(frames(1));
    assert_eq!(port.read(DATA), b'x');
    // The BIOS reads without interrupts, with DTR alone, after it has sent with both.
    port.write(IER, 0);
    port.write(MCR, MCR_DTR);
    port.receive(b"y");
    port.run(frames(1));
    assert_eq!(port.read(DATA), b'y');
}

#[test]
fn who_leaves_and_who_comes_moves_the_modem_lines_and_interrupts() {
    let mut port = Port::with_divisor(1);
    port.write(IER, IER_MODEM_STATUS);
    port.uart.set_carrier(false, &mut port.bench.io());
    assert!(port.irq());
    assert_eq!((port.read(IIR), port.read(MSR), port.read(MSR)), (IIR_MODEM_STATUS, 0x0b, 0x00));
    assert!(!port.irq());
    port.uart.reset(&mut port.bench.io());
    assert_eq!(port.read(MSR), 0x00, "a reset brings nobody back");
    port.uart.set_carrier(true, &mut port.bench.io());
    assert_eq!((port.read(MSR), port.read(MSR)), (0xbb, 0xb0));
    port.uart.set_carrier(true, &mut port.bench.io());
    assert_eq!(port.read(MSR), 0xb0);
}

#[test]
fn in_loopback_nobody_outside_is_noticed_until_it_ends() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_LOOP);
    port.read(MSR);
    port.uart.set_carrier(false, &mut port.bench.io());
    assert_eq!(port.read(MSR), 0x00);
    port.write(MCR, 0);
    assert_eq!(port.read(MSR), 0x00);
}

// Interrupts

#[test]
fn sources_are_shown_by_priority_and_each_goes_by_its_own_read() {
    let mut port = Port::with_divisor(1);
    port.write(IER, 0x0f);
    port.write(MCR, MCR_LOOP);
    [b'a', b'b'].into_iter().for_each(|byte| port.write(DATA, byte));
    port.run(frames(2));
    port.write(MCR, MCR_OUT2);
    assert!(port.irq());
    assert_eq!(port.read(IIR), 0x06);
    port.read(LSR);
    assert_eq!(port.read(IIR), 0x04);
    port.read(DATA);
    assert_eq!(port.read(IIR), 0x02);
    assert_eq!(port.read(IIR), 0x00);
    port.read(MSR);
    assert_eq!(port.read(IIR), 0x01);
    assert!(!port.irq());
}

#[test]
fn the_transmitter_interrupts_when_enabled_and_after_each_byte() {
    let mut port = Port::with_divisor(1);
    port.write(IER, IER_TRANSMITTER);
    assert!(port.irq());
    assert_eq!((port.read(IIR), port.irq()), (0x02, false));
    port.write(DATA, b'a');
    assert!(port.irq());
    port.write(DATA, b'b');
    assert!(!port.irq());
    port.run(frames(1));
    assert!(port.irq());
    assert_eq!((port.read(IIR), port.irq()), (0x02, false));
    port.run(frames(5));
    assert!(!port.irq());
}

#[test]
fn writing_an_idle_transmitter_gives_an_edge() {
    let mut port = Port::with_divisor(1);
    port.write(IER, IER_TRANSMITTER);
    while port.bench.wires.take_change().is_some() {}
    port.write(DATA, b'a');
    let change = port.bench.wires.take_change().unwrap();
    assert!(change.pin == IRQ && change.level && change.pulsed);
}

#[test]
fn out2_connects_the_interrupt() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, 0);
    port.write(IER, IER_TRANSMITTER);
    assert!(!port.irq());
    port.write(MCR, MCR_OUT2);
    assert!(port.irq());
    port.write(MCR, MCR_OUT2 | MCR_LOOP);
    assert!(!port.irq());
}

#[test]
fn the_receiver_interrupts_at_its_trigger_level() {
    for (fcr, level) in [(0x01, 1), (0x41, 4), (0x81, 8), (0xc1, 14)] {
        let mut port = Port::with_divisor(1);
        port.write(IIR, fcr);
        port.write(IER, IER_RECEIVED_DATA);
        port.receive(&[0; 16]);
        port.run_to_cycle(level * 10 * BIT_CYCLES - 1);
        assert!(!port.irq(), "level {level}");
        port.run_to_cycle(level * 10 * BIT_CYCLES);
        assert!(port.irq(), "level {level}");
        port.read(DATA);
        assert!(!port.irq(), "level {level}");
    }
}

#[test]
fn bytes_below_the_trigger_level_interrupt_after_four_characters_of_silence() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0xc1);
    port.write(IER, IER_RECEIVED_DATA);
    port.receive(b"ab");
    port.run_to_cycle(60 * BIT_CYCLES - 1);
    assert!(!port.irq());
    port.run_to_cycle(60 * BIT_CYCLES);
    assert_eq!((port.irq(), port.read(IIR)), (true, 0xcc));
    assert_eq!((port.read(DATA), port.read(IIR)), (b'a', 0xc1));
    port.run(frames(4) + 10);
    assert_eq!(port.read(IIR), 0xcc);
    assert_eq!((port.read(DATA), port.read(IIR)), (b'b', 0xc1));
    port.run(frames(10));
    assert!(!port.irq());
}

#[test]
fn clearing_the_receiver_fifo_drops_its_bytes_and_the_timeout() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0xc1);
    port.write(IER, IER_RECEIVED_DATA);
    port.receive(b"ab");
    port.run(frames(7));
    assert!(port.irq());
    port.write(IIR, 0xc3);
    assert_eq!((port.irq(), port.read(LSR) & LSR_DATA_READY), (false, 0));
}

// Loopback

#[test]
fn in_loopback_sent_bytes_are_received_and_nothing_leaves() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_LOOP);
    port.receive(b"z");
    port.write(DATA, b'x');
    port.run_to_cycle(10 * BIT_CYCLES - 1);
    assert_eq!(port.read(LSR) & LSR_DATA_READY, 0);
    port.run(frames(3));
    assert_eq!((port.read(DATA), port.sent()), (b'x', vec![]));
    assert_eq!(port.read(LSR) & LSR_DATA_READY, 0);
    port.write(MCR, MCR_DTR);
    port.run(frames(2));
    assert_eq!(port.read(DATA), b'z');
}

#[test]
fn in_loopback_the_modem_outputs_are_the_inputs() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_LOOP);
    assert_eq!(port.read(MSR), 0x0b);
    for (mcr, msr) in [(0x01, 0x20), (0x02, 0x10), (0x04, 0x40), (0x08, 0x80)] {
        port.write(MCR, MCR_LOOP | mcr);
        port.read(MSR);
        assert_eq!(port.read(MSR), msr);
    }
}

#[test]
fn ring_is_told_at_its_trailing_edge_only() {
    let mut port = Port::with_divisor(1);
    port.write(MCR, MCR_LOOP);
    port.read(MSR);
    port.write(MCR, MCR_LOOP | MCR_OUT1);
    assert_eq!(port.read(MSR), 0x40);
    port.write(MCR, MCR_LOOP);
    assert_eq!((port.read(MSR), port.read(MSR)), (0x04, 0x00));
}

#[test]
fn a_break_in_loopback_is_received_once_after_a_frame() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0x01);
    port.write(MCR, MCR_LOOP);
    port.write(LCR, 0x03 | LCR_BREAK);
    port.run(frames(5));
    assert_eq!(port.read(LSR), 0xe0 | LSR_DATA_READY | LSR_BREAK | LSR_FRAMING);
    assert_eq!(port.read(LSR), 0x60 | LSR_DATA_READY);
    assert_eq!(port.read(DATA), 0);
    assert_eq!(port.read(LSR), 0x60);
}

#[test]
fn an_error_in_the_fifo_shows_when_its_byte_is_next() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0x01);
    port.write(MCR, MCR_LOOP);
    port.write(DATA, b'x');
    port.run(frames(1));
    port.write(LCR, 0x03 | LCR_BREAK);
    port.run(frames(1));
    assert_eq!(port.read(LSR), 0x60 | LSR_FIFO_ERROR | LSR_DATA_READY);
    assert_eq!(port.read(DATA), b'x');
    assert_eq!(port.read(LSR) & LSR_BREAK, LSR_BREAK);
}

// Lazy equals stepped, hostile

fn save(uart: &mut Uart) -> Vec<u8> {
    let mut writer = StateWriter::default();
    uart.visit(&mut writer);
    writer.finish()
}

/// One random access or byte from outside, often to the data register.
fn disturb(port: &mut Port, random: &mut Random) {
    match random.below(9) {
        0 => port.receive(&[random.byte()]),
        8 => port.uart.set_carrier(random.below(2) == 0, &mut port.bench.io()),
        1 | 2 => port.write(DATA, random.byte()),
        3 | 4 => _ = port.read(random.below(8) as u16),
        5 => port.program(random.byte() & 0x7f, random.below(4) as u16),
        _ => port.write(random.below(8) as u16, random.byte() & !(u8::from(random.below(4) != 0) << 4)),
    }
}

#[test]
fn one_long_wait_equals_many_short_ones() {
    for seed in 0..200 {
        let [mut lazy, mut stepped] = [Port::with_divisor(1), Port::with_divisor(1)];
        let (mut random, mut same) = (Random::new(seed), Random::new(seed));
        for _ in 0..50 {
            disturb(&mut lazy, &mut random);
            disturb(&mut stepped, &mut same);
            let ticks = random.below(400_000);
            assert_eq!(same.below(400_000), ticks);
            lazy.run(ticks);
            for step in (0..ticks / 4000).map(|_| 4000).chain([ticks % 4000]) {
                stepped.run(step);
                stepped.uart.wake(&mut stepped.bench.io());
            }
            assert_eq!(lazy.uart, stepped.uart, "seed {seed}");
            assert_eq!(lazy.bench.wires, stepped.bench.wires, "seed {seed}");
            assert_eq!(lazy.bench.timeline, stepped.bench.timeline, "seed {seed}");
        }
        assert_eq!(lazy.bench.outputs, stepped.bench.outputs, "seed {seed}");
    }
}

#[test]
fn an_access_sees_the_same_with_its_wakes_served_or_not() {
    for seed in 0..200 {
        let [mut served, mut late] = [Port::with_divisor(1), Port::with_divisor(1)];
        let (mut random, mut same) = (Random::new(seed), Random::new(seed));
        for _ in 0..50 {
            disturb(&mut served, &mut random);
            disturb(&mut late, &mut same);
            let ticks = random.below(400_000);
            same.below(400_000);
            served.run(ticks);
            late.bench.now += ticks;
            let offset = random.below(8) as u16;
            same.below(8);
            assert_eq!(served.read(offset), late.read(offset), "seed {seed}");
            assert_eq!(served.uart, late.uart, "seed {seed}");
        }
        assert_eq!(served.sent(), late.sent(), "seed {seed}");
    }
}

#[test]
fn random_accesses_keep_the_state_valid_and_loadable() {
    let mut random = Random::new(11);
    let mut port = Port::new();
    for step in 0..20_000 {
        disturb(&mut port, &mut random);
        let ticks = random.below(100_000);
        port.run(ticks);
        assert_eq!(port.uart.check(), Ok(()));
        if step % 500 == 0 {
            let state = save(&mut port.uart);
            let mut loaded = Uart::new("com", IRQ, OUT);
            let mut reader = StateReader::new(&state);
            loaded.visit(&mut reader);
            assert_eq!(reader.finish(), Ok(()));
            assert_eq!(loaded, port.uart);
        }
    }
}

#[test]
fn a_damaged_state_is_refused_or_harmless() {
    let mut port = Port::with_divisor(1);
    port.write(IIR, 0x01);
    port.receive(b"hello");
    port.run(frames(2));
    port.write(DATA, b'x');
    let state = save(&mut port.uart);
    let mut random = Random::new(5);
    for _ in 0..5000 {
        let mut damaged = state.clone();
        damaged[random.below(state.len() as u64) as usize] = random.byte();
        let mut victim = Port::new();
        let mut reader = StateReader::new(&damaged);
        victim.uart.visit(&mut reader);
        if reader.finish().is_ok() && victim.uart.check().is_ok() {
            victim.bench.now = 1 << 40;
            (0..50).for_each(|_| disturb(&mut victim, &mut random));
            assert_eq!(victim.uart.check(), Ok(()));
        }
    }
}
