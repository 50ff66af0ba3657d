//! The two DMA controllers on the board: what software asks for, in memory and in time.

use super::board::{read, write};
use super::{DOTS, SECOND, machine};
use crate::{Machine, Model, Stopped};

/// A machine whose byte controller is open to the bus.
fn idle() -> Machine {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    out(&mut machine, &[(0xd6, 0xc0), (0xd4, 0x00), (0x0c, 0)]);
    machine
}

fn out(machine: &mut Machine, writes: &[(u16, u8)]) {
    writes.iter().for_each(|(port, value)| write(machine, *port, *value));
}

/// The two bytes of a word to one port.
fn word(machine: &mut Machine, port: u16, value: u16) {
    value.to_le_bytes().into_iter().for_each(|byte| write(machine, port, byte));
}

fn memory(machine: &Machine, address: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    machine.peek_memory(address, &mut bytes);
    bytes
}

/// Channels 0 and 1 of the byte controller, from `source` to `destination` in page 4.
fn program_copy(machine: &mut Machine, source: u16, destination: u16, count: u16) {
    out(machine, &[(0x87, 0x04), (0x83, 0x04), (0x0b, 0x88), (0x0b, 0x85)]);
    word(machine, 0x00, source);
    word(machine, 0x01, count - 1);
    word(machine, 0x02, destination);
    word(machine, 0x03, count - 1);
}

#[test]
fn a_copy_is_done_when_its_request_returns() {
    let mut machine = idle();
    let text: Vec<u8> = (0..1000).map(|number| (number * 7) as u8).collect();
    machine.mem.write_phys(0x4_1000, &text);
    program_copy(&mut machine, 0x1000, 0x8000, 1000);
    out(&mut machine, &[(0x08, 0x01), (0x09, 0x04)]);
    assert_eq!(memory(&machine, 0x4_8000, 1001), [&text[..], &[0]].concat());
    assert_eq!(read(&mut machine, 0x08) & 0x03, 0x03);
    assert_eq!(read(&mut machine, 0x0d), text[999]);
}

#[test]
fn a_copy_that_holds_its_source_fills_memory() {
    let mut machine = idle();
    machine.mem.write_phys(0x4_1000, &[0xa5, 0x5a]);
    program_copy(&mut machine, 0x1000, 0xff00, 0x200);
    out(&mut machine, &[(0x08, 0x03), (0x09, 0x04)]);
    assert_eq!(memory(&machine, 0x4_ff00, 0x100), [0xa5; 0x100]);
    assert_eq!(memory(&machine, 0x4_0000, 0x101), [&[0xa5; 0x100][..], &[0]].concat(), "it wraps in its page");
}

#[test]
fn a_copy_of_the_word_controller_has_the_empty_bus_for_an_upper_half() {
    let mut machine = idle();
    machine.mem.write_phys(0x4_2000, &[1, 2, 3, 4]);
    // The page is that of refresh; word addresses are half the offset.
    out(&mut machine, &[(0x8f, 0x04), (0xd8, 0), (0xd6, 0x88), (0xd6, 0x85)]);
    for (port, value) in [(0xc0, 0x1000), (0xc2, 1), (0xc4, 0x1800), (0xc6, 1)] {
        word(&mut machine, port, value);
    }
    out(&mut machine, &[(0xd0, 0x01), (0xd2, 0x04)]);
    assert_eq!(memory(&machine, 0x4_3000, 5), [1, 0xff, 3, 0xff, 0]);
}

#[test]
fn a_block_that_software_asks_for_holds_the_cpu_for_its_time() {
    // The guest asks for a block of 64 KiB on channel 3, a verify, then halts for ever.
    let code = [
        0xfa, // cli
        0xb0, 0xc0, 0xe6, 0xd6, 0xb0, 0x00, 0xe6, 0xd4, // the cascade is open
        0xb0, 0x83, 0xe6, 0x0b, // mode: block, verify, channel 3
        0xb0, 0xff, 0xe6, 0x07, 0xe6, 0x07, // its count
        0xb0, 0x07, 0xe6, 0x09, // the request
        0xe4, 0x08, 0xa2, 0x00, 0x06, // in al, 8; mov [600h], al
        0xf4, // hlt
    ];
    let mut machine = machine(Model::I80486, &code);
    let mut before = 0;
    let stopped = loop {
        before = machine.now().max(before);
        match machine.run_until(before + 1_000_000) {
            Stopped::Reached if machine.now() < before + 2_000_000 => {}
            Stopped::Reached => break None,
            stopped => break Some(stopped),
        }
    };
    let held = machine.now() - before;
    assert!((81_000_000..83_100_000).contains(&held), "65,536 cycles of 1.25 us are 81.92 ms, not {held} ns");
    assert!(stopped.is_none() || stopped == Some(Stopped::Halted));
    machine.run_until(machine.now() + SECOND);
    assert_eq!(memory(&machine, 0x600, 1)[0] & 0x08, 0x08, "the terminal count is reached at the next instruction");
}

#[test]
fn terminal_count_at_the_last_byte_ends_a_floppy_transfer_after_its_sector() {
    for (count, next_sector) in [(512, 6), (100, 6), (1024, 7), (513, 7)] {
        let mut machine = idle();
        machine.mem.write_phys(0x4_0000, &[0xee; 1100]);
        out(&mut machine, &[(0x3f2, 0x1c), (0x0a, 0x06), (0x0b, 0x46), (0x81, 0x04)]);
        word(&mut machine, 0x04, 0);
        word(&mut machine, 0x05, count - 1);
        out(&mut machine, &[(0x0a, 0x02)]);
        for byte in [0xe6, 0, 0, 0, 5, 2, 18, 0x1b, 0xff] {
            write(&mut machine, 0x3f5, byte);
        }
        let soon = machine.now() + SECOND / 100;
        machine.run_until(soon);
        assert_eq!(read(&mut machine, 0x08) & 0x44, 0x04, "the channel has counted out and asks no more");
        let result = [(); 7].map(|()| read(&mut machine, 0x3f5));
        assert_eq!(result, [0, 0, 0, 0, 0, next_sector, 2], "{count} bytes");
        let bytes = memory(&machine, 0x4_0000, 1100);
        assert_eq!((bytes[0], bytes[usize::from(count)]), (4, 0xee), "{count} bytes and no more");
    }
}
