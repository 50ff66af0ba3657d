//! What is soldered to what, seen by a guest.

use super::{DOTS, SECOND, config, disks, machine};
use crate::{Machine, Model, Stopped};
use beige_core::{InputEvent, Key};
use beige_cpu::{Bus, Width};

pub(super) fn read(machine: &mut Machine, port: u16) -> u8 {
    let at = machine.cpu.instructions();
    let Machine { board, mem, .. } = machine;
    board.port_read(mem, port, Width::Byte, at) as u8
}

pub(super) fn write(machine: &mut Machine, port: u16, value: u8) {
    let at = machine.cpu.instructions();
    let Machine { board, mem, .. } = machine;
    board.port_write(mem, port, Width::Byte, u32::from(value), at);
}

#[test]
fn what_nobody_claims_reads_as_all_ones_at_every_width() {
    let mut machine = machine(Model::I80486, DOTS);
    let Machine { board, mem, .. } = &mut machine;
    for port in [0x100, 0x220, 0x330, 0xfff0] {
        assert_eq!(board.port_read(mem, port, Width::Byte, 0), 0xff);
        assert_eq!(board.port_read(mem, port, Width::Word, 0), 0xffff);
        assert_eq!(board.port_read(mem, port, Width::Dword, 0), 0xffff_ffff);
    }
}

#[test]
fn every_model_boots_the_floppy_and_counts_timer_ticks() {
    for model in Model::ALL {
        let mut machine = machine(model, DOTS);
        assert_eq!(machine.run_until(3 * SECOND), Stopped::Reached);
        let text = machine.screen_text().unwrap().concat();
        let dots = text.chars().filter(|character| *character == '.').count();
        // POST takes less than a second; then there are 18.2 ticks a second.
        assert!((36..60).contains(&dots), "{}: {dots} dots\n{text}", model.name());
    }
}

#[test]
fn port_61h_shows_out2_and_toggles_the_refresh_bit() {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    write(&mut machine, 0x43, 0xb0);
    write(&mut machine, 0x61, 0x01);
    write(&mut machine, 0x42, 100);
    write(&mut machine, 0x42, 0);
    assert_eq!(read(&mut machine, 0x61) & 0x20, 0, "mode 0 begins low");
    let (mut toggles, mut before) = (0, read(&mut machine, 0x61) & 0x10);
    for _ in 0..1000 {
        let until = machine.now() + 1_000;
        machine.run_until(until);
        let now = read(&mut machine, 0x61) & 0x10;
        toggles += u32::from(now != before);
        before = now;
    }
    assert_eq!(read(&mut machine, 0x61) & 0x20, 0x20, "100 cycles of the timer are over");
    // 18 cycles of 1.193182 MHz: 15.086 us, so 66 in a millisecond.
    assert!((65..=67).contains(&toggles), "{toggles} toggles");
}

#[test]
fn elcr_stands_at_4d0h_and_4d1h_and_keeps_the_lines_of_the_board_edges() {
    let mut machine = machine(Model::I80486, DOTS);
    assert_eq!([0x4d0, 0x4d1].map(|port| read(&mut machine, port)), [0, 0]);
    write(&mut machine, 0x4d0, 0xff);
    write(&mut machine, 0x4d1, 0xff);
    assert_eq!([0x4d0, 0x4d1].map(|port| read(&mut machine, port)), [0xf8, 0xde]);
}

#[test]
fn a_request_of_the_slave_that_goes_away_is_a_spurious_one_of_the_master() {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    // IRQ 8: the clock's update interrupt, open at both controllers, taken back by a read of register C.
    for (port, value) in [(0x21, 0xfb), (0xa1, 0xfe), (0x70, 0x0b), (0x71, 0x12)] {
        write(&mut machine, port, value);
    }
    let Machine { board, mem, cpu, .. } = &mut machine;
    let at = cpu.instructions() + 200_000_000;
    board.serve_deadlines(board.clock.tick(at), mem);
    assert!(board.lines.wires.level(crate::wiring::INT_MASTER));
    board.port_write(mem, 0x70, Width::Byte, 0x0c, at);
    board.port_read(mem, 0x71, Width::Byte, at);
    assert!(!board.lines.wires.level(crate::wiring::INT_MASTER), "the request is gone before it is acknowledged");
    assert_eq!(board.acknowledge_interrupt(mem, at), 0x0f, "as line 7, in service at neither");
    for (port, value) in [(0xa0, 0x0b), (0x20, 0x0b)] {
        board.port_write(mem, port, Width::Byte, value, at);
    }
    assert_eq!([0xa0, 0x20].map(|port| board.port_read(mem, port, Width::Byte, at)), [0, 0]);
}

#[test]
fn a20_is_open_when_either_gate_opens_it() {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    write(&mut machine, 0x92, 0x02);
    assert!(machine.mem.a20());
    write(&mut machine, 0x92, 0x00);
    write(&mut machine, 0x64, 0xdd);
    assert!(!machine.mem.a20());
    write(&mut machine, 0x64, 0xdf);
    assert!(machine.mem.a20());
}

#[test]
fn the_keyboard_can_reset_the_cpu_and_memory_survives() {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    machine.mem.write_phys(0x9_0000, b"kept");
    write(&mut machine, 0x64, 0xfe);
    machine.run_until(machine.now() + 1_000);
    let mut kept = [0; 4];
    machine.peek_memory(0x9_0000, &mut kept);
    assert_eq!(&kept, b"kept");
    assert!(machine.cpu.registers().cs() >= 0xe000, "the BIOS runs again");
}

#[test]
fn the_reset_button_boots_again() {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(3 * SECOND);
    machine.input(InputEvent::Reset);
    machine.run_until(6 * SECOND);
    let text = machine.screen_text().unwrap().concat();
    assert!(text.contains("....."), "{text}");
    assert_eq!(machine.input_log().len(), 1);
}

#[test]
fn a_key_raises_irq_1_and_reaches_the_bios() {
    // mov ah, 0; int 16h; mov ah, 0eh; int 10h; jmp $-8
    let echo = [0xb4, 0x00, 0xcd, 0x16, 0xb4, 0x0e, 0xcd, 0x10, 0xeb, 0xf6];
    let mut machine = machine(Model::I80486, &echo);
    machine.run_until(2 * SECOND);
    assert!(machine.is_idle(), "waiting for a key halts");
    for down in [true, false] {
        machine.input(InputEvent::Key { key: Key::Q, down });
        machine.run_until(machine.now() + SECOND / 20);
    }
    let text = machine.screen_text().unwrap().join("\n");
    assert!(text.lines().any(|line| line.trim() == "q"), "{text}");
}

#[test]
fn hlt_with_interrupts_disabled_stops_the_run() {
    let mut machine = machine(Model::I80486, &[0xfa, 0xf4]);
    assert_eq!(machine.run_until(10 * SECOND), Stopped::Halted);
    assert!(machine.now() < 2 * SECOND);
}

#[test]
fn what_a_guest_sends_just_before_it_halts_arrives() {
    let send_and_halt = [
        0xba, 0xf8, 0x03, // mov dx, 3f8h
        0xb0, 0x4f, 0xee, // mov al, 'O'; out dx, al
        0xb0, 0x4b, 0xee, // mov al, 'K'; out dx, al
        0xfa, 0xf4, // cli; hlt
    ];
    let mut machine = machine(Model::I80486, &send_and_halt);
    assert_eq!(machine.run_until(10 * SECOND), Stopped::Halted);
    let bytes: Vec<u8> = machine.outputs().bytes().iter().map(|output| output.byte).collect();
    assert_eq!(bytes, b"OK");
}

#[test]
fn the_exit_port_ends_the_run_with_its_byte() {
    // mov al, 42; out 0f4h, al; jmp $
    let mut config = config(Model::I80486);
    config.exit_port = Some(0xf4);
    let mut machine = Machine::new(config, disks(&[0xb0, 42, 0xe6, 0xf4, 0xeb, 0xfe])).unwrap();
    assert_eq!(machine.run_until(10 * SECOND), Stopped::ExitPort(42));
}

#[test]
fn serial_and_debug_console_bytes_leave_the_machine() {
    // mov dx, 3f8h; mov al, 'S'; out dx, al; mov al, 'D'; out 0e9h, al; sti; hlt; jmp $-1
    // The BIOS has set the line to 8 data bits.
    let code = [0xba, 0xf8, 0x03, 0xb0, b'S', 0xee, 0xb0, b'D', 0xe6, 0xe9, 0xfb, 0xf4, 0xeb, 0xfd];
    let mut machine = machine(Model::I80486, &code);
    machine.run_until(2 * SECOND);
    let bytes: Vec<_> = machine.outputs().bytes().iter().map(|byte| (byte.stream, byte.byte)).collect();
    assert!(bytes.contains(&(crate::SERIAL[0], b'S')), "{bytes:?}");
    assert!(bytes.contains(&(crate::DEBUGCON, b'D')), "{bytes:?}");
}

#[test]
fn configurations_that_make_no_machine_are_refused_with_the_remedy() {
    let refused = |change: fn(&mut crate::Config)| {
        let mut config = config(Model::I80286);
        change(&mut config);
        Machine::new(config, disks(DOTS)).err().map(|error| error.to_string())
    };
    assert_eq!(refused(|_| {}), None);
    let remedy = "640K of memory, not 64K: give --memory 640K or more";
    assert!(refused(|config| config.memory_kib = 64).unwrap().contains(remedy));
    let remedy = "more than the 80286 can have: give --memory 16M or less";
    assert!(refused(|config| config.memory_kib = 17 << 10).unwrap().contains(remedy));
    assert!(refused(|config| config.memory_kib = 800).unwrap().contains("give 640K, or 1M"));
    assert!(refused(|config| config.bios = vec![0; 100]).unwrap().contains("--bios"));
    assert!(refused(|config| config.vga_bios = vec![0; 0x1_0001]).unwrap().contains("--vga-bios"));
}

#[test]
fn the_picture_changes_when_it_is_written_or_blinks_and_else_stays() {
    let mut machine = machine(Model::I80486, &[0xfa, 0xf4]);
    machine.run_until(2 * SECOND);
    let mut ids = vec![machine.picture_id()];
    let mut changes = |machine: &mut Machine| {
        ids.push(machine.picture_id());
        ids[ids.len() - 1] != ids[ids.len() - 2]
    };
    assert!(!changes(&mut machine));
    let Machine { board, mem, .. } = &mut machine;
    board.mmio_write(mem, 0xb_8000, Width::Byte, u32::from(b'x'), 0);
    assert!(changes(&mut machine));
    assert!(!changes(&mut machine));
    write(&mut machine, 0x3d4, 0x0c);
    write(&mut machine, 0x3d5, 0x01);
    assert!(changes(&mut machine));
    // Eight frames of 70 a second are a phase of the cursor.
    for _ in 0..4 {
        let (instructions, rate, now) = (machine.instructions(), machine.rate(), machine.now());
        machine.board.clock.restart(now + SECOND * 8 / 70, instructions, rate);
        assert!(changes(&mut machine));
    }
    assert_eq!(ids[ids.len() - 1], ids[ids.len() - 3], "the cursor comes back, and nothing else blinks");
    // The attribute of a character that blinks: with the cursor that makes four phases.
    let Machine { board, mem, .. } = &mut machine;
    board.mmio_write(mem, 0xb_8201, Width::Byte, 0x87, 0);
    let phases: Vec<crate::PictureId> = (0..5)
        .map(|_| {
            let (instructions, rate, now) = (machine.instructions(), machine.rate(), machine.now());
            machine.board.clock.restart(now + SECOND * 8 / 70, instructions, rate);
            machine.picture_id()
        })
        .collect();
    assert!((1..4).all(|later| phases[later] != phases[0]) && phases[4] == phases[0], "{phases:?}");
}

#[test]
fn a_byte_of_the_mouse_port_raises_irq_12() {
    let mut machine = machine(Model::I80486, DOTS);
    machine.run_until(SECOND);
    // All of the slave's lines but 12 are masked.
    for (port, value) in [(0x21, 0xfb), (0xa1, 0xef), (0x64, 0x60), (0x60, 0x47), (0x64, 0xd3), (0x60, 0x55)] {
        write(&mut machine, port, value);
    }
    let Machine { board, mem, cpu, .. } = &mut machine;
    assert_eq!(board.acknowledge_interrupt(mem, cpu.instructions()), 0x74);
    assert_eq!(read(&mut machine, 0x64) & 0x21, 0x21);
    assert_eq!(read(&mut machine, 0x60), 0x55);
}

fn cmos(machine: &mut Machine, index: u8) -> u8 {
    write(machine, 0x70, index);
    read(machine, 0x71)
}

#[test]
fn kept_cmos_memory_comes_back_under_the_configuration() {
    let mut kept = [0xa5; crate::NVRAM_BYTES];
    // The format of the time: 24 hours in BCD.
    kept[0x0b] = 0x02;
    let with = |nvram| Machine::new(crate::Config { nvram, ..config(Model::I80486) }, disks(DOTS)).unwrap();
    let (mut fresh, mut machine) = (with(None), with(Some(kept)));
    // What no option says is as it was kept.
    for index in [0x01, 0x0e, 0x0f, 0x11, 0x13, 0x3f, 0x40, 0x7f] {
        assert_eq!(cmos(&mut machine, index), 0xa5, "{index:02x}");
    }
    // Time, drive types, memory, disks, boot order; no trace of a second disk.
    let configured = [0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32, 0x0a, 0x0c, 0x0d];
    let configured = configured.into_iter().chain([0x10, 0x12, 0x14, 0x2d, 0x34, 0x35, 0x38, 0x39, 0x3d]);
    for index in configured.chain(0x15..=0x2c).chain([0x30, 0x31]) {
        assert_eq!(cmos(&mut machine, index), cmos(&mut fresh, index), "{index:02x}");
    }
    let sum: u16 = (0x10..=0x2d).map(|index| u16::from(cmos(&mut machine, index))).sum();
    let stored = [0x2e, 0x2f].map(|index| cmos(&mut machine, index));
    assert_eq!(stored, sum.to_be_bytes());
}

#[test]
fn cmos_memory_passes_from_one_run_to_the_next() {
    let mut first = machine(Model::I80486, DOTS);
    first.run_until(SECOND);
    write(&mut first, 0x70, 0x50);
    write(&mut first, 0x71, 0x77);
    let kept = first.nvram();
    let mut second = Machine::new(crate::Config { nvram: Some(kept), ..config(Model::I80486) }, disks(DOTS)).unwrap();
    second.run_until(SECOND);
    assert_eq!(cmos(&mut second, 0x50), 0x77);
    assert_eq!(cmos(&mut second, 0x0e), cmos(&mut first, 0x0e), "the BIOS finds nothing wrong");
}
