//! INT 15h 53h: Advanced Power Management in real mode.

use super::{Bios, Regs, SECOND, bios};

const CONNECT: u16 = 0x5301;
const DISCONNECT: u16 = 0x5304;
const ALL: u16 = 0x0001;

fn apm(bios: &mut Bios, ax: u16, bx: u16, cx: u16) -> Regs {
    bios.call(0x15, Regs { bx, cx, ..Regs::ax(ax) })
}

#[test]
fn the_installation_check_names_version_and_signature() {
    let mut bios = bios();
    let check = apm(&mut bios, 0x5300, 0, 0);
    assert!(!check.carry());
    assert_eq!((check.ax, check.bx, check.cx), (0x0102, 0x504d, 0), "1.2, PM, no protected mode");
    let wrong = apm(&mut bios, 0x5300, 1, 0);
    assert_eq!((wrong.carry(), wrong.ah()), (true, 0x09));
}

#[test]
fn one_connection_at_a_time_and_none_in_protected_mode() {
    let mut bios = bios();
    for (ax, bx, error) in [
        (DISCONNECT, 0, 0x03),
        (0x5302, 0, 0x06),
        (0x5303, 0, 0x08),
        (0x5305, 0, 0x03),
        (0x5307, ALL, 0x03),
        (CONNECT, 1, 0x09),
        (CONNECT, 0, 0),
        (CONNECT, 0, 0x02),
        (DISCONNECT, 0, 0),
        (CONNECT, 0, 0),
    ] {
        assert_eq!(apm(&mut bios, ax, bx, 3).status(), error, "{ax:04x} {bx:04x}");
    }
}

#[test]
fn errors_are_those_of_the_specification() {
    let mut bios = bios();
    assert_eq!(apm(&mut bios, CONNECT, 0, 0).status(), 0);
    for (ax, bx, cx, error) in [
        (0x5306, 0, 0, 0),
        (0x5307, ALL, 4, 0x0a),
        (0x5307, 0x0100, 3, 0x09),
        (0x5307, ALL, 1, 0x60),
        (0x5307, ALL, 2, 0x60),
        (0x5308, ALL, 2, 0x0a),
        (0x5308, 0x0200, 1, 0x09),
        (0x530b, 0, 0, 0x80),
        (0x530e, 0, 0x00ff, 0x0a),
        (0x5310, 0, 0, 0),
        (0x5311, 0, 0, 0x0c),
        (0x5380, 0, 0, 0x0c),
    ] {
        assert_eq!(apm(&mut bios, ax, bx, cx).status(), error, "{ax:04x} {bx:04x} {cx:04x}");
    }
}

#[test]
fn versions_are_agreed_and_states_told() {
    let mut bios = bios();
    apm(&mut bios, CONNECT, 0, 0);
    for (driver, spoken) in [(0x0100, 0x0100), (0x0101, 0x0101), (0x0102, 0x0102), (0x0200, 0x0102)] {
        let said = apm(&mut bios, 0x530e, 0, driver);
        assert_eq!((said.carry(), said.ax), (false, spoken));
    }
    let power = apm(&mut bios, 0x530a, ALL, 0);
    assert_eq!((power.status(), power.bx, power.cx, power.dx), (0, 0x01ff, 0x80ff, 0xffff), "on the mains");
    assert_eq!(apm(&mut bios, 0x530c, ALL, 7).cx, 0, "enabled");
    for (ax, cx, flags) in [(0x5308, 0, 0x08), (0x530f, 0, 0x18), (0x5308, 1, 0x10), (0x5309, 0, 0)] {
        assert_eq!(apm(&mut bios, ax, ALL, cx).status(), 0);
        assert_eq!(apm(&mut bios, 0x5300, 0, 0).cx, flags, "{ax:04x} {cx}");
    }
}

#[test]
fn idle_sleeps_until_an_interrupt() {
    let mut bios = bios();
    apm(&mut bios, CONNECT, 0, 0);
    let before = bios.0.instructions();
    for _ in 0..10 {
        assert_eq!(apm(&mut bios, 0x5305, 0, 0).status(), 0);
    }
    // Ten ticks of the timer at 100 million instructions a second would be 55 million.
    assert!(bios.0.instructions() - before < 20_000);
}

#[test]
fn switching_off_writes_shutdown_to_the_power_port() {
    let mut bios = bios();
    apm(&mut bios, CONNECT, 0, 0);
    bios.0.board.port_log = Some(Vec::new());
    bios.begin(0x15, Regs { bx: ALL, cx: 3, ..Regs::ax(0x5307) });
    let until = bios.0.now() + SECOND / 2;
    assert_eq!(bios.0.run_until(until), crate::Stopped::PowerOff);
    let log = bios.0.board.port_log.take().unwrap();
    let written: Vec<u8> =
        log.iter().filter(|access| access.write && access.port == 0x8900).map(|access| access.value as u8).collect();
    assert_eq!(written, b"Shutdown");
}
