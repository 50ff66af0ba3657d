//! INT 11h, 12h, 14h to 17h, 1Ah, 02h, 05h and the hooks between them.

use super::{BDA, BUFFER, Bios, Regs, SECOND, bios, config};
use crate::Model;
use beige_core::{InputEvent, Key};

#[test]
fn equipment_and_memory_are_those_of_the_data_area() {
    for model in Model::ALL {
        let mut bios = Bios::boot(config(model));
        assert_eq!(bios.call(0x11, Regs::ax(0)).ax, bios.word(BDA + 0x10));
        assert_eq!(bios.call(0x12, Regs::ax(0)).ax, 639);
    }
}

#[test]
fn int_15h_answers_what_an_at_does_and_refuses_the_rest() {
    let mut bios = bios();
    for ax in [0x8000, 0x8100, 0x8200, 0x8500, 0x8501, 0x9000, 0x9100] {
        assert_eq!(bios.call(0x15, Regs::ax(ax)).status(), 0, "{ax:04x}");
    }
    for ax in [0x0000, 0x4100, 0xc200, 0xe802, 0xe820, 0xffff] {
        assert_eq!(bios.call(0x15, Regs::ax(ax)).status(), 0x86, "{ax:04x}");
    }
    let key = bios.call(0x15, Regs { flags: super::INTERRUPTS, ..Regs::ax(0x4f1e) });
    assert_eq!((key.ax, key.carry()), (0x4f1e, true), "the key goes on as it is");
    let table = bios.call(0x15, Regs::ax(0xc000));
    assert_eq!((table.status(), table.es), (0, 0xf000));
    let at = u32::from(table.es) * 16 + u32::from(table.bx);
    assert_eq!(bios.bytes(at, 10), [8, 0, 0xfc, 0x01, 0x00, 0x74, 0x40, 0, 0, 0]);
    let ebda = bios.call(0x15, Regs::ax(0xc100));
    assert_eq!((ebda.status(), ebda.es), (0, 0x9fc0));
    let extended = bios.call(0x15, Regs::ax(0x8800));
    assert_eq!((extended.ax, extended.carry()), (0, false));
}

#[test]
fn without_a_game_port_no_button_is_pressed_and_no_stick_stands_anywhere() {
    let mut bios = bios();
    if bios.in_port(0x201) != 0xff {
        return; // the board has one, whose own tests look at it
    }
    assert_eq!(bios.call(0x15, Regs { dx: 0, ..Regs::ax(0x8400) }).al(), 0xf0);
    let sticks = bios.call(0x15, Regs { bx: 1, cx: 1, dx: 1, ..Regs::ax(0x8400) });
    assert_eq!([sticks.ax, sticks.bx, sticks.cx, sticks.dx], [0; 4]);
    assert_eq!(bios.call(0x15, Regs { dx: 2, ..Regs::ax(0x8400) }).status(), 0x86);
}

#[test]
fn waits_last_as_long_as_asked() {
    for model in [Model::I8086, Model::I80486] {
        let mut bios = Bios::boot(config(model));
        for microseconds in [100_u32, 5_000, 50_000, 1_000_000] {
            // The test's call begins at a tick, so it is timed by the clock's own count around it.
            let (high, low) = ((microseconds >> 16) as u16, microseconds as u16);
            let begun = bios.0.now();
            assert_eq!(bios.call(0x15, Regs { cx: high, dx: low, ..Regs::ax(0x8600) }).status(), 0);
            let taken = (bios.0.now() - begun) / 1000;
            assert!(taken >= u64::from(microseconds), "{microseconds} us took {taken}");
            // A tick until it begins, ten milliseconds until it is seen.
            assert!(taken < u64::from(microseconds) + 70_000, "{microseconds} us took {taken}");
        }
        let flag = u32::from(BUFFER);
        bios.poke(flag, &[0]);
        let set = Regs { bx: BUFFER, cx: 0, dx: 50_000, ..Regs::ax(0x8300) };
        assert_eq!(bios.call(0x15, set).status(), 0);
        assert_eq!(bios.call(0x15, set).status(), 0x83, "one wait at a time");
        bios.run(SECOND / 10);
        assert_eq!(bios.byte(flag), 0x80);
        assert_eq!(bios.call(0x15, Regs::ax(0x8301)).status(), 0);
    }
}

#[test]
fn keys_are_stuffed_seen_and_read() {
    let mut bios = bios();
    assert_eq!(bios.call(0x16, Regs::ax(0x0900)).al(), 0x35, "which functions there are");
    assert_eq!(bios.call(0x16, Regs::ax(0x0a00)).bx, 0x41ab, "the keyboard's identification");
    for (number, key) in (0..16).zip(0x1e61..) {
        let full = bios.call(0x16, Regs { cx: key, ..Regs::ax(0x0500) }).al();
        assert_eq!(full, u8::from(number == 15), "fifteen keys fit");
    }
    for key in 0x1e61..0x1e61 + 15 {
        let peek = bios.call(0x16, Regs::ax(0x1100));
        assert_eq!((peek.ax, peek.flags & 0x40), (key, 0));
        assert_eq!(bios.call(0x16, Regs::ax(0x0000)).ax, key);
    }
    assert_eq!(bios.call(0x16, Regs::ax(0x0100)).flags & 0x40, 0x40, "no key is left");
    assert_eq!(bios.call(0x16, Regs { bx: 0x0000, ..Regs::ax(0x0305) }).ax, 0x0305);
    bios.0.input(InputEvent::Key { key: Key::LeftShift, down: true });
    bios.run(SECOND / 20);
    assert_eq!(bios.call(0x16, Regs::ax(0x0200)).al(), 0x02);
    assert_eq!(bios.call(0x16, Regs::ax(0x1200)).ax, 0x0002);
}

#[test]
fn typematic_rate_and_delay_reach_the_keyboard() {
    let repeats = |rate: u16| {
        let mut bios = bios();
        bios.call(0x16, Regs { bx: rate, ..Regs::ax(0x0305) });
        bios.0.input(InputEvent::Key { key: Key::A, down: true });
        bios.run(SECOND);
        let (head, tail) = (bios.word(BDA + 0x1a), bios.word(BDA + 0x1c));
        (tail - head) / 2
    };
    // A quarter of a second, then 10 a second; a second, then 2 a second.
    assert!((8..=10).contains(&repeats(0x000c)), "{}", repeats(0x000c));
    assert_eq!(repeats(0x031f), 1);
}

#[test]
fn an_alarm_calls_int_4ah() {
    let mut bios = bios();
    // inc word [cs:8000h]; iret
    bios.poke(0x8100, &[0x2e, 0xff, 0x06, 0x00, 0x80, 0xcf]);
    bios.poke(0x8000, &[0, 0]);
    bios.poke(0x4a * 4, &[0x00, 0x81, 0, 0]);
    let now = bios.call(0x1a, Regs::ax(0x0200));
    assert!(!now.carry());
    assert_eq!(now.cx, 0x0000, "hours and minutes in BCD");
    let at = Regs { cx: 0x0000, dx: 0x2000, ..Regs::ax(0x0600) };
    assert!(!bios.call(0x1a, at).carry());
    assert!(bios.call(0x1a, at).carry(), "one alarm at a time");
    bios.run(21 * SECOND);
    assert_eq!(bios.word(0x8000), 1);
    assert!(!bios.call(0x1a, Regs::ax(0x0700)).carry());
    assert!(!bios.call(0x1a, at).carry(), "it may be set again");
}

#[test]
fn ticks_time_and_date_are_set_and_read_back() {
    let mut bios = bios();
    bios.call(0x1a, Regs { cx: 0x0018, dx: 0x00af, ..Regs::ax(0x0100) });
    bios.run(SECOND / 5);
    let after = bios.call(0x1a, Regs::ax(0x0000));
    assert_eq!((after.al(), after.cx), (1, 0), "midnight passed");
    assert_eq!(bios.call(0x1a, Regs::ax(0x0000)).al(), 0, "which is told once");
    bios.call(0x1a, Regs { cx: 0x1234, dx: 0x5600, ..Regs::ax(0x0300) });
    bios.call(0x1a, Regs { cx: 0x1999, dx: 0x1231, ..Regs::ax(0x0500) });
    let (time, date) = (bios.call(0x1a, Regs::ax(0x0200)), bios.call(0x1a, Regs::ax(0x0400)));
    assert_eq!((time.cx, time.dx >> 8 >= 0x56), (0x1234, true));
    assert_eq!((date.cx, date.dx), (0x1999, 0x1231));
    assert!(bios.call(0x1a, Regs::ax(0x0800)).carry());
}

#[test]
fn serial_ports_are_set_up_and_send() {
    let mut bios = bios();
    bios.0.input(InputEvent::SerialCarrier { port: 0, present: true });
    let set = bios.call(0x14, Regs::ax(0x00e3));
    assert_eq!(set.ah() & 0x60, 0x60, "the transmitter is empty");
    let sent = bios.call(0x14, Regs::ax(0x0100 | u16::from(b'S')));
    assert_eq!(sent.ah() & 0x80, 0, "sent in time");
    bios.run(SECOND / 10);
    assert!(bios.0.outputs().bytes().iter().any(|byte| byte.stream == crate::SERIAL[0] && byte.byte == b'S'));
    bios.0.input(InputEvent::Serial { port: 0, byte: b'R' });
    bios.run(SECOND / 10);
    let received = bios.call(0x14, Regs::ax(0x0200));
    assert_eq!((received.al(), received.ah() & 0x80), (b'R', 0));
    let late = bios.call(0x14, Regs::ax(0x0200));
    assert_eq!(late.ah() & 0x80, 0x80, "nothing comes within a second");
    for port in 1..4 {
        assert_eq!(bios.call(0x14, Regs { dx: port, ..Regs::ax(0x0300) }).ah() & 0x60, 0x60, "COM{}", port + 1);
    }
    assert_eq!(bios.call(0x14, Regs { dx: 9, ..Regs::ax(0x0300) }).ax, 0x0300, "no such port");
}

#[test]
fn print_screen_without_a_printer_says_that_it_failed() {
    let mut bios = Bios::boot(crate::Config { printer: false, ..config(Model::I80486) });
    bios.call(0x05, Regs::ax(0));
    assert_eq!(bios.byte(0x500), 0xff);
}

#[test]
fn print_screen_sends_every_row_and_says_that_it_is_done() {
    let mut bios = bios();
    #[rustfmt::skip]
    let printer = [
        0x57, 0x2e, 0x8b, 0x3e, 0x00, 0x80, // push di; mov di, [cs:8000h]
        0x2e, 0x88, 0x05,                   // mov [cs:di], al
        0x2e, 0xff, 0x06, 0x00, 0x80,       // inc word [cs:8000h]
        0xb4, 0x90, 0x5f, 0xcf,             // mov ah, 90h; pop di; iret
    ];
    bios.poke(0x8100, &printer);
    bios.poke(0x8000, &[0x00, 0xa0]);
    bios.poke(0x17 * 4, &[0x00, 0x81, 0, 0]);
    bios.poke(BDA + 8, &[0x78, 0x03]);
    let cursor = bios.word(BDA + 0x50);
    bios.call(0x05, Regs::ax(0));
    assert_eq!((bios.byte(0x500), bios.word(BDA + 0x50)), (0, cursor));
    let count = usize::from(bios.word(0x8000) - 0xa000);
    let printed = String::from_utf8_lossy(&bios.bytes(0xa000, count)).into_owned();
    let lines: Vec<&str> = printed.split("\r\n").collect();
    assert_eq!((lines.len(), lines[0], lines[26]), (27, "", ""));
    assert!(lines[1..26].iter().all(|line| line.len() == 80));
    assert!(lines[1].starts_with("Beige BIOS"), "{printed}");
}

#[test]
fn irq_9_arrives_at_int_0ah_and_irq_13_at_int_02h() {
    let mut bios = bios();
    // inc byte [cs:8000h]; iret and the same for 8001h
    bios.poke(0x8100, &[0x2e, 0xfe, 0x06, 0x00, 0x80, 0xcf]);
    bios.poke(0x8110, &[0x2e, 0xfe, 0x06, 0x01, 0x80, 0xcf]);
    bios.poke(0x8000, &[0, 0]);
    bios.poke(0x0a * 4, &[0x00, 0x81, 0, 0]);
    bios.call(0x71, Regs::ax(0));
    assert_eq!(bios.word(0x8000), 0x0001);
    bios.poke(0x02 * 4, &[0x10, 0x81, 0, 0]);
    bios.call(0x75, Regs::ax(0));
    assert_eq!(bios.word(0x8000), 0x0101);
}

#[test]
fn an_nmi_without_a_failure_comes_back() {
    let mut bios = bios();
    assert_eq!(bios.word(0x02 * 4), 0xe2c3, "at its historical address");
    assert_eq!(bios.call(0x02, Regs::ax(0x1234)).ax, 0x1234);
}
