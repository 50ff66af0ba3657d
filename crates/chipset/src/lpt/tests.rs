use super::*;
use beige_core::{StateReader, StateWriter};
use beige_testkit::{Bench, Random};

const IRQ: Pin = Pin::new(7);
const PRINTER: StreamId = StreamId(5);
const DATA: u16 = 0;
const STATUS: u16 = 1;
const CONTROL: u16 = 2;
/// Selected, not in initialization, no strobe.
const IDLE: u8 = 0x0c;

struct Port {
    lpt: Lpt,
    bench: Bench,
}

impl Port {
    fn with(printer: Option<StreamId>) -> Port {
        let mut port = Port { lpt: Lpt::new(IRQ, printer), bench: Bench::default() };
        port.lpt.power_on(&mut port.bench.io());
        port
    }

    fn ready() -> Port {
        let mut port = Port::with(Some(PRINTER));
        port.write(CONTROL, IDLE);
        port
    }

    fn read(&mut self, offset: u16) -> u8 {
        self.bench.read(&mut self.lpt, offset)
    }

    fn write(&mut self, offset: u16, value: u8) {
        self.bench.write(&mut self.lpt, offset, value);
    }

    fn strobe(&mut self, byte: u8) {
        let control = self.read(CONTROL) & 0x3f;
        self.write(DATA, byte);
        self.write(CONTROL, control | 1);
        self.write(CONTROL, control);
    }

    fn run(&mut self, ticks: Tick) {
        self.bench.advance(&mut self.lpt, ticks);
    }

    fn printed(&self) -> Vec<u8> {
        self.bench.outputs.bytes().iter().map(|byte| byte.byte).collect()
    }
}

#[test]
fn registers_have_their_reset_values_and_keep_their_bits() {
    let mut port = Port::with(Some(PRINTER));
    let values: Vec<u8> = (0..4).map(|offset| port.read(offset)).collect();
    assert_eq!(values, [0x00, 0x5f, 0xc0, 0xff], "in its initialization a printer is busy");
    for value in [0x55, 0xaa] {
        port.write(DATA, value);
        assert_eq!(port.read(DATA), value);
        port.write(STATUS, value);
        assert_eq!(port.read(STATUS), 0x5f);
    }
    port.write(CONTROL, 0xff);
    assert_eq!(port.read(CONTROL), 0xff);
    port.write(CONTROL, 0x0c);
    assert_eq!(port.read(CONTROL), 0xcc);
    port.lpt.reset(&mut port.bench.io());
    assert_eq!((port.read(DATA), port.read(CONTROL)), (0x00, 0xc0));
}

#[test]
fn a_ready_printer_is_selected_has_paper_and_no_error() {
    assert_eq!(Port::ready().read(STATUS), 0xdf);
}

#[test]
fn without_a_printer_the_lines_float_high() {
    let mut port = Port::with(None);
    port.write(CONTROL, IDLE | CONTROL_IRQ_ENABLE);
    port.strobe(b'x');
    port.run(1_000_000);
    assert_eq!((port.read(STATUS), port.printed()), (0x7f, vec![]));
    assert!(port.bench.wires.level(IRQ));
}

#[test]
fn the_falling_strobe_takes_the_byte_that_stands_in_the_data_register() {
    let mut port = Port::ready();
    port.write(DATA, b'a');
    port.write(DATA, b'b');
    assert_eq!(port.printed(), b"");
    port.write(CONTROL, IDLE | CONTROL_STROBE);
    assert_eq!(port.printed(), b"b");
    port.run(100_000);
    port.write(CONTROL, IDLE | CONTROL_STROBE);
    port.write(CONTROL, IDLE);
    assert_eq!(port.printed(), b"b", "the level alone takes nothing");
    port.strobe(b'c');
    assert_eq!(port.printed(), b"bc");
}

#[test]
fn a_byte_makes_the_printer_busy_then_it_acknowledges() {
    let mut port = Port::ready();
    port.strobe(b'x');
    assert_eq!(port.read(STATUS), 0x5f);
    port.run(BUSY_TICKS - 1);
    assert_eq!(port.read(STATUS), 0x5f);
    port.run(1);
    assert_eq!(port.read(STATUS), 0x1f);
    port.run(ACKNOWLEDGE_TICKS - 1);
    assert_eq!(port.read(STATUS), 0x1f);
    port.run(1);
    assert_eq!(port.read(STATUS), 0xdf);
}

#[test]
fn a_busy_printer_takes_no_byte() {
    let mut port = Port::ready();
    port.strobe(b'a');
    port.strobe(b'b');
    port.run(BUSY_TICKS + ACKNOWLEDGE_TICKS);
    port.strobe(b'c');
    assert_eq!(port.printed(), b"ac");
}

#[test]
fn the_end_of_acknowledge_interrupts_when_enabled_and_enabling_does_not() {
    let mut port = Port::ready();
    let rises = |port: &mut Port| {
        let changes: Vec<_> = std::iter::from_fn(|| port.bench.wires.take_change()).collect();
        changes.iter().filter(|change| change.pin == IRQ && change.level).count()
    };
    rises(&mut port);
    port.strobe(b'a');
    port.run(100_000);
    port.write(CONTROL, IDLE | CONTROL_IRQ_ENABLE);
    assert_eq!(rises(&mut port), 0);
    port.strobe(b'b');
    port.run(BUSY_TICKS + ACKNOWLEDGE_TICKS - 1);
    assert!(!port.bench.wires.level(IRQ));
    port.run(1);
    assert_eq!(rises(&mut port), 1);
}

#[test]
fn initialization_ends_what_the_printer_does() {
    let mut port = Port::ready();
    port.strobe(b'a');
    port.write(CONTROL, 0x08);
    assert_eq!(port.read(STATUS), 0x5f);
    port.strobe(b'b');
    port.write(CONTROL, IDLE);
    assert_eq!((port.read(STATUS), port.printed()), (0xdf, b"a".to_vec()));
    assert_eq!(port.bench.timeline.next(), Timeline::NEVER);
}

#[test]
fn the_direction_bit_makes_the_data_lines_inputs() {
    let mut port = Port::ready();
    port.write(DATA, 0x12);
    port.write(CONTROL, IDLE | CONTROL_INPUT);
    assert_eq!(port.read(DATA), 0xff);
    port.write(CONTROL, IDLE);
    assert_eq!(port.read(DATA), 0x12);
}

fn disturb(port: &mut Port, random: &mut Random) {
    match random.below(4) {
        0 => _ = port.read(random.below(4) as u16),
        1 => port.strobe(random.byte()),
        _ => port.write(random.below(4) as u16, random.byte()),
    }
}

#[test]
fn one_long_wait_equals_many_short_ones() {
    for seed in 0..200 {
        let [mut lazy, mut stepped] = [Port::ready(), Port::ready()];
        let (mut random, mut same) = (Random::new(seed), Random::new(seed));
        for _ in 0..50 {
            disturb(&mut lazy, &mut random);
            disturb(&mut stepped, &mut same);
            let ticks = random.below(12_000);
            same.below(12_000);
            lazy.run(ticks);
            for step in (0..ticks / 100).map(|_| 100).chain([ticks % 100]) {
                stepped.run(step);
                stepped.lpt.wake(&mut stepped.bench.io());
            }
            assert_eq!(lazy.lpt, stepped.lpt, "seed {seed}");
            assert_eq!(lazy.bench.wires.level(IRQ), stepped.bench.wires.level(IRQ), "seed {seed}");
            assert_eq!(lazy.bench.timeline, stepped.bench.timeline, "seed {seed}");
        }
        assert_eq!(lazy.bench.outputs, stepped.bench.outputs, "seed {seed}");
    }
}

#[test]
fn random_accesses_keep_the_state_valid_and_loadable() {
    let mut random = Random::new(13);
    for printer in [None, Some(PRINTER)] {
        let mut port = Port::with(printer);
        for _ in 0..5_000 {
            disturb(&mut port, &mut random);
            let ticks = random.below(9_000);
            port.run(ticks);
            assert_eq!(port.lpt.check(), Ok(()));
        }
        let mut writer = StateWriter::default();
        port.lpt.visit(&mut writer);
        let state = writer.finish();
        let mut loaded = Lpt::new(IRQ, printer);
        let mut reader = StateReader::new(&state);
        loaded.visit(&mut reader);
        assert_eq!((reader.finish(), &loaded), (Ok(()), &port.lpt));
        for _ in 0..5_000 {
            let mut damaged = state.clone();
            damaged[random.below(state.len() as u64) as usize] = random.byte();
            let mut victim = Port::with(printer);
            let mut reader = StateReader::new(&damaged);
            victim.lpt.visit(&mut reader);
            if reader.finish().is_ok() && victim.lpt.check().is_ok() {
                (0..20).for_each(|_| disturb(&mut victim, &mut random));
                assert_eq!(victim.lpt.check(), Ok(()));
            }
        }
    }
}
