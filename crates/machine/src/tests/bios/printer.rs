//! INT 17h on the printer port: what is printed, what the status says, and how long it waits for no printer.

use super::{BDA, Bios, Regs, SECOND, bios, config};
use crate::{Config, Model, PRINTER};

/// Status in AH: the port's, with acknowledge and error turned to 1 for yes.
const TIME_OUT: u8 = 0x01;
const ERROR: u8 = 0x08;
const SELECTED: u8 = 0x10;
const OUT_OF_PAPER: u8 = 0x20;
const NOT_BUSY: u8 = 0x80;
/// In quarters of a second, a byte for each port.
const TIME_OUTS: u32 = BDA + 0x78;

fn without_printer() -> Bios {
    Bios::boot(Config { printer: false, ..config(Model::I80486) })
}

fn print(bios: &mut Bios, byte: u8) -> u8 {
    let done = bios.call(0x17, Regs::ax(u16::from(byte)));
    assert_eq!((done.al(), done.bx, done.cx, done.dx), (byte, 0, 0, 0), "only AH changes");
    done.ah()
}

fn printed(bios: &mut Bios) -> Vec<u8> {
    let outputs = bios.0.outputs();
    let bytes = outputs.bytes().iter().filter(|sent| sent.stream == PRINTER).map(|sent| sent.byte).collect();
    outputs.clear();
    bytes
}

#[test]
fn a_text_is_printed_byte_by_byte() {
    for model in [Model::I8086, Model::I80486] {
        let mut bios = Bios::boot(config(model));
        let text: Vec<u8> = b"Beige\r\n".iter().copied().chain(0..=0xff).collect();
        for byte in &text {
            let status = print(&mut bios, *byte);
            assert_eq!(status & (TIME_OUT | ERROR | OUT_OF_PAPER | SELECTED), SELECTED, "{status:02x}");
        }
        assert_eq!(printed(&mut bios), text);
        assert_eq!(bios.in_port(0x37a) & 0x0f, 0x0c, "the strobe is back, the printer selected and not in reset");
    }
}

#[test]
fn a_ready_printer_is_selected_and_not_busy() {
    let mut bios = bios();
    for ax in [0x0200, 0x0100, 0x0200] {
        let status = bios.call(0x17, Regs::ax(ax)).ah();
        assert_eq!(status, NOT_BUSY | SELECTED, "AX={ax:04X}h: {status:02x}");
    }
    assert!(printed(&mut bios).is_empty(), "neither prints");
}

#[test]
fn initializing_resets_the_printer_for_more_than_50_us() {
    let mut bios = bios();
    bios.out(0x37a, 0x00);
    bios.begin(0x17, Regs::ax(0x0100));
    let (mut since, mut lasted) = (None, 0);
    while bios.returned().is_none() {
        bios.run(SECOND / 1_000_000);
        let in_reset = bios.in_port(0x37a) & 0x0c == 0x08;
        match (in_reset, since) {
            (true, None) => since = Some(bios.0.now()),
            (false, Some(begun)) if lasted == 0 => lasted = bios.0.now() - begun,
            _ => {}
        }
        assert!(bios.0.now() < 10 * SECOND);
    }
    assert!((50_000..100_000).contains(&lasted), "{lasted} ns");
}

#[test]
fn without_a_printer_it_gives_up_after_the_time_in_the_data_area() {
    let mut bios = without_printer();
    assert_eq!(bios.byte(TIME_OUTS), 0x14, "five seconds unless a program says otherwise");
    assert_eq!(bios.call(0x17, Regs::ax(0x0200)).ah(), OUT_OF_PAPER | SELECTED, "its lines float high");
    for quarters in [1, 2] {
        bios.poke(TIME_OUTS, &[quarters]);
        let begun = bios.0.now();
        let status = print(&mut bios, b'x');
        assert_eq!(status, OUT_OF_PAPER | SELECTED | TIME_OUT, "{status:02x}");
        let taken = bios.0.now() - begun;
        let expected = u64::from(quarters) * SECOND / 4;
        // A tick until the call begins, ten milliseconds until its end is seen.
        assert!((expected - SECOND / 100..expected + SECOND / 10).contains(&taken), "{quarters}: {taken} ns");
    }
    assert!(printed(&mut bios).is_empty());
}

#[test]
fn a_program_may_do_something_else_while_the_printer_is_busy() {
    let mut bios = without_printer();
    // mov [cs:8000h], ax; iret
    bios.poke(0x8100, &[0x2e, 0xa3, 0x00, 0x80, 0xcf]);
    bios.poke(0x15 * 4, &[0x00, 0x81, 0, 0]);
    bios.poke(TIME_OUTS, &[1]);
    print(&mut bios, b'x');
    assert_eq!(bios.word(0x8000), 0x90fe);
}

#[test]
fn ports_and_functions_that_are_not_there_change_nothing() {
    let mut bios = bios();
    for (ax, port) in [(0x0041, 1), (0x0141, 2), (0x0241, 3), (0x0241, 0xffff), (0x0341, 0), (0xff41, 0)] {
        let asked = Regs { dx: port, ..Regs::ax(ax) };
        let done = bios.call(0x17, asked);
        assert_eq!((done.ax, done.dx), (asked.ax, asked.dx));
    }
    assert!(printed(&mut bios).is_empty());
}

#[test]
fn a_second_port_is_driven_where_the_data_area_says() {
    let mut bios = bios();
    bios.poke(BDA + 0x0a, &[0x78, 0x03]);
    assert_eq!(bios.call(0x17, Regs { dx: 1, ..Regs::ax(0x0042) }).ah() & TIME_OUT, 0);
    assert_eq!(printed(&mut bios), b"B");
}
