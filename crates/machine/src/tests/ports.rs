//! Serial, parallel and game ports as the board has them.

use super::board::{read, write};
use super::{DOTS, SECOND, config, disks, machine};
use crate::{Machine, Model, PRINTER, SERIAL, Stopped, wiring};
use beige_core::InputEvent;

const BASES: [u16; 4] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];
const IER: u16 = 1;
const LCR: u16 = 3;
const MCR: u16 = 4;
const LSR: u16 = 5;
const MSR: u16 = 6;
const SCR: u16 = 7;

fn machine_with(serial_ports: [bool; 4]) -> Machine {
    let mut config = config(Model::I80486);
    config.serial_ports = serial_ports;
    Machine::new(config, disks(DOTS)).unwrap()
}

fn words(machine: &Machine, address: u32) -> [u16; 4] {
    let mut bytes = [0; 8];
    machine.peek_memory(address, &mut bytes);
    [0, 2, 4, 6].map(|at| u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

#[test]
fn the_bios_lists_the_serial_ports_that_are_there() {
    for (ports, listed) in [
        ([true, false, false, false], [0x3f8, 0, 0, 0]),
        ([true, false, true, false], [0x3f8, 0x3e8, 0, 0]),
        ([true, true, true, true], [0x3f8, 0x2f8, 0x3e8, 0x2e8]),
        ([false, false, false, false], [0; 4]),
    ] {
        let mut machine = machine_with(ports);
        machine.run_until(SECOND);
        assert_eq!(words(&machine, 0x400), listed);
        let mut equipment = [0; 2];
        machine.peek_memory(0x410, &mut equipment);
        let count = listed.iter().filter(|base| **base != 0).count() as u16;
        assert_eq!(u16::from_le_bytes(equipment) >> 9 & 7, count);
    }
}

#[test]
fn each_serial_port_has_its_own_registers_and_absent_ones_float() {
    let mut machine = machine_with([true, true, false, true]);
    for (number, base) in (1..).zip(BASES) {
        write(&mut machine, base + SCR, number);
    }
    let scratches = BASES.map(|base| read(&mut machine, base + SCR));
    assert_eq!(scratches, [1, 2, 0xff, 4]);
    assert!((0..8).all(|offset| read(&mut machine, BASES[2] + offset) == 0xff));
}

#[test]
fn com1_and_com3_share_irq_4_and_com2_and_com4_irq_3() {
    let mut machine = machine_with([true; 4]);
    let irqs = |machine: &Machine| [3, 4].map(|line| machine.board.lines.wires.level(wiring::irq(line)));
    for (number, base) in BASES.into_iter().enumerate() {
        let own = [number % 2 == 1, number % 2 == 0];
        write(&mut machine, base + IER, 2);
        assert_eq!(irqs(&machine), [false; 2], "OUT2 connects");
        write(&mut machine, base + MCR, 8);
        assert_eq!(irqs(&machine), own);
        let partner = BASES[number ^ 2];
        write(&mut machine, partner + IER, 2);
        write(&mut machine, partner + MCR, 8);
        write(&mut machine, base + MCR, 0);
        assert_eq!(irqs(&machine), own, "the other holds it");
        write(&mut machine, partner + MCR, 0);
        write(&mut machine, partner + IER, 0);
        assert_eq!(irqs(&machine), [false; 2]);
    }
}

#[test]
fn bytes_and_carriers_reach_their_port_only() {
    let mut machine = machine_with([true, true, false, false]);
    machine.run_until(SECOND);
    for base in BASES {
        write(&mut machine, base + MCR, 1);
        write(&mut machine, base + LCR, 3);
    }
    for port in 0..=255 {
        machine.input(InputEvent::SerialCarrier { port, present: port != 0 });
    }
    machine.input(InputEvent::Serial { port: 1, byte: b'x' });
    machine.input(InputEvent::Serial { port: 3, byte: b'y' });
    assert_eq!([0, 1, 2, 3].map(|port| machine.serial_room(port)), [4096, 4096, 0, 0], "x is on the line");
    machine.run_until(SECOND * 2);
    assert_eq!((read(&mut machine, BASES[0] + MSR), read(&mut machine, BASES[1] + MSR)), (0x0b, 0xb0));
    assert_eq!((read(&mut machine, BASES[0] + LSR) & 1, read(&mut machine, BASES[1])), (0, b'x'));
    write(&mut machine, BASES[1], b'z');
    machine.run_until(SECOND * 3);
    let sent: Vec<_> = machine.outputs().bytes().iter().map(|sent| (sent.stream, sent.byte)).collect();
    assert_eq!(sent, [(SERIAL[1], b'z')]);
}

#[test]
fn a_state_with_other_ports_is_refused() {
    let state = machine_with([true, false, false, false]).save();
    let mut other = machine_with([true, true, false, false]);
    assert!(other.restore(&state).unwrap_err().to_string().contains("ports"));
}

#[test]
fn the_game_port_is_as_empty_as_without_its_card() {
    let mut machine = machine(Model::I80486, DOTS);
    write(&mut machine, 0x201, 0xff);
    assert!((0x200..0x208).all(|port| read(&mut machine, port) == 0xff), "no one-shot ever ends: no joystick");
}

#[test]
fn int_17h_prints_through_lpt1_and_knows_when_there_is_no_printer() {
    let print = [
        0x31, 0xd2, 0x8e, 0xda, // xor dx, dx; mov ds, dx
        0xc6, 0x06, 0x78, 0x04, 0x01, // mov byte [478h], 1: the shortest time-out
        0xb8, b'A', 0x00, 0xcd, 0x17, // mov ax, 0041h; int 17h
        0xb8, b'B', 0x00, 0xcd, 0x17, // mov ax, 0042h; int 17h
        0xfb, 0xf4, // sti; hlt, while the printer acknowledges
        0xb4, 0x02, 0xcd, 0x17, // mov ah, 2; int 17h
        0x88, 0xe0, 0xe6, 0xe9, // mov al, ah; out 0e9h, al
        0xfa, 0xf4, // cli; hlt
    ];
    for (printer, printed, status) in [(true, &b"AB"[..], 0x90), (false, b"", 0x30)] {
        let mut config = config(Model::I80486);
        config.printer = printer;
        let mut machine = Machine::new(config, disks(&print)).unwrap();
        assert_eq!(machine.run_until(60 * SECOND), Stopped::Halted);
        assert_eq!(words(&machine, 0x408)[..3], [0x378, 0, 0]);
        let sent = |stream| -> Vec<u8> {
            let bytes = machine.board.lines.outputs.bytes().iter();
            bytes.filter(|sent| sent.stream == stream).map(|sent| sent.byte).collect()
        };
        assert_eq!((sent(PRINTER), sent(crate::DEBUGCON)), (printed.to_vec(), vec![status]));
    }
}

#[test]
fn the_printer_interrupts_by_irq_7() {
    let mut machine = machine(Model::I80486, &[0xfb, 0xf4, 0xeb, 0xfd]);
    machine.run_until(SECOND);
    let mask = read(&mut machine, 0x21);
    write(&mut machine, 0x21, mask | 0x80);
    write(&mut machine, 0x37a, 0x1c);
    write(&mut machine, 0x20, 0x0a);
    assert_eq!(read(&mut machine, 0x20) & 0x80, 0);
    for control in [0x1d, 0x1c] {
        write(&mut machine, 0x37a, control);
    }
    let until = machine.now() + SECOND / 1000;
    machine.run_until(until);
    assert_eq!(read(&mut machine, 0x20) & 0x80, 0x80);
}

#[test]
fn the_word_at_port_8900h_switches_off_for_good() {
    let mut code: Vec<u8> = vec![0xba, 0x00, 0x89]; // mov dx, 8900h
    code.extend(b"Shutdown".iter().flat_map(|letter| [0xb0, *letter, 0xee])); // mov al, letter; out dx, al
    code.extend([0xeb, 0xfe]); // jmp $
    let mut machine = machine(Model::I80486, &code);
    assert_eq!(machine.run_until(10 * SECOND), Stopped::PowerOff);
    let end = machine.now();
    assert_eq!((machine.run_until(20 * SECOND), machine.now()), (Stopped::PowerOff, end));
    let mut other = self::machine(Model::I80486, &code);
    other.restore(&machine.save()).unwrap();
    assert_eq!(other.run_until(20 * SECOND), Stopped::PowerOff);
}
