//! The self-test of the built-in disk finds each fault, names the part, and names no other.

use super::{HARD_DISK, SECOND, config};
use crate::faults::{Breakage, FIRST_STEP, Fault, Pins};
use crate::{Config, DISK_SLOTS, Machine, Model, SERIAL, wiring};
use beige_chipset::{i8042, ns16550a};
use beige_core::{ClockRatio, Device, Disk, Geometry, Pin};
use beige_testkit::MemoryDisk;
use beige_video::vram_index;
use std::ops::Range;

const CF: u32 = 0x0001;
const AF: u32 = 0x0010;
const OF: u32 = 0x0800;

/// A machine with the built-in disk, whose image may be changed, and a hard disk with numbered sectors. Its CPU is slow
/// enough for a short test and fast enough to test all of the memory.
fn built_in(model: Model, change: impl FnOnce(&mut MemoryDisk)) -> Machine {
    let mut floppy = MemoryDisk::numbered(Geometry { cylinders: 80, heads: 2, sectors: 18 });
    floppy.data = beige_firmware::BUILT_IN_DISK.to_vec();
    change(&mut floppy);
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(floppy));
    disks[2] = Some(Box::new(MemoryDisk::numbered(HARD_DISK)));
    Machine::new(Config { rate: ClockRatio::from_hz(10_000_000, 1), ..config(model) }, disks).unwrap()
}

/// What the self-test says on COM1, up to the line with its result.
fn report(mut machine: Machine) -> String {
    let mut text = String::new();
    while machine.now() < 20 * SECOND {
        let until = machine.now() + SECOND / 20;
        machine.run_until(until);
        let outputs = machine.outputs();
        text.extend(
            outputs.bytes().iter().filter(|output| output.stream == SERIAL[0]).map(|output| char::from(output.byte)),
        );
        outputs.clear();
        if text.split_once("SELF-TEST").is_some_and(|(_, rest)| rest.contains('\n')) {
            break;
        }
    }
    text
}

fn result(report: &str) -> &str {
    report.lines().last().unwrap_or_default()
}

/// A machine with this fault names this part and no other.
fn finds(part: &str, fault: impl Fault + 'static) {
    let mut machine = built_in(Model::I80386, |_| {});
    machine.breakage = Some(Breakage::new(fault));
    assert_named(part, machine);
}

fn assert_named(part: &str, machine: Machine) {
    let report = report(machine);
    assert_eq!(result(&report), format!("SELF-TEST FAIL: {part}"), "\n{report}");
}

#[test]
fn sound_machines_pass_on_every_model() {
    for model in Model::ALL {
        let report = report(built_in(model, |_| {}));
        assert_eq!(result(&report), "SELF-TEST PASS", "{}\n{report}", model.name());
        assert_eq!(report.lines().filter(|line| line.ends_with("  ok")).count(), 11, "{}\n{report}", model.name());
    }
}

#[test]
fn a_fault_that_breaks_nothing_is_not_found() {
    struct Sound;
    impl Fault for Sound {}
    let mut machine = built_in(Model::I80386, |_| {});
    machine.breakage = Some(Breakage::new(Sound));
    assert_eq!(result(&report(machine)), "SELF-TEST PASS");
}

/// Everything that the self-test changes and that can be read: ports, and registers behind an index.
fn registers(machine: &mut Machine) -> Vec<(u16, u8, u8)> {
    let Machine { board, mem, cpu, .. } = machine;
    let mut pins = Pins::new(board, mem, cpu.instructions());
    let plain = [0x21, 0xa1, 0x92, 0x3f9, 0x3fb, 0x3fc, 0x3cc];
    let mut found: Vec<(u16, u8, u8)> = plain.map(|port| (port, 0, pins.read(port))).to_vec();
    // OUT of channel 2 and the refresh come and go.
    found.push((0x61, 0, pins.read(0x61) & !0x30));
    for (port, count) in [(0x3c4, 5), (0x3ce, 9), (0x3d4, 0x19)] {
        for index in (0..count).filter(|index| port != 0x3d4 || !matches!(index, 0x0e | 0x0f)) {
            pins.write(port, index);
            found.push((port, index, pins.read(port + 1)));
        }
    }
    for index in (0x0a..0x80).filter(|index| *index != 0x0c) {
        pins.write(0x70, index);
        // UIP comes and goes.
        found.push((0x70, index, pins.read(0x71) & if index == 0x0a { 0x7f } else { 0xff }));
    }
    pins.write(0x3fb, 0x83);
    found.extend([0x3f8, 0x3f9].map(|port| (port, 0x83, pins.read(port))));
    // Channels 0 and 2 of the timer: mode and access.
    for (command, port) in [(0xe2, 0x40), (0xe8, 0x42)] {
        pins.write(0x43, command);
        found.push((port, command, pins.read(port) & 0x3f));
    }
    for command in [0x20, 0xd0] {
        pins.write(0x64, command);
        found.push((0x64, command, pins.read(0x60)));
    }
    found
}

#[test]
fn what_it_changes_is_put_back() {
    let is_testing = |machine: &Machine| machine.board.chips.post_code == FIRST_STEP;
    let mut before = built_in(Model::I80386, |_| {});
    let mut end = 0;
    while !is_testing(&before) {
        end = before.now();
        before.run_until(end + SECOND / 1000);
        assert!(end < 5 * SECOND, "the self-test does not begin");
    }
    // The same machine a moment before: the first line takes 3 ms on COM1.
    let mut before = built_in(Model::I80386, |_| {});
    before.run_until(end - SECOND / 200);
    assert!(!is_testing(&before));
    let mut after = built_in(Model::I80386, |_| {});
    after.run_until(4 * SECOND);
    assert!(after.screen_text().unwrap().concat().contains("SELF-TEST PASS"));
    assert_eq!(registers(&mut before), registers(&mut after));
    assert_eq!(before.mem.a20(), after.mem.a20());
}

/// Alters what is read from ports.
struct Reads<F>(F);

impl<F: FnMut(u16, u8) -> u8> Fault for Reads<F> {
    fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
        let value = pins.read(port);
        (self.0)(port, value)
    }
}

/// Alters what is written to ports; what becomes `None` is lost.
struct Writes<F>(F);

impl<F: FnMut(u16, u8) -> Option<u8>> Fault for Writes<F> {
    fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
        if let Some(value) = (self.0)(port, value) {
            pins.write(port, value);
        }
    }
}

/// Alters data that an indexed register gets, not what is read back: index and data port, index, change.
struct RegisterWrites {
    port: u16,
    register: u8,
    change: fn(u8) -> u8,
    index: u8,
    written: Option<u8>,
}

impl RegisterWrites {
    fn new(port: u16, register: u8, change: fn(u8) -> u8) -> RegisterWrites {
        RegisterWrites { port, register, change, index: 0, written: None }
    }
}

impl Fault for RegisterWrites {
    fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
        let value = pins.read(port);
        let is_hidden = port == self.port + 1 && self.index == self.register;
        self.written.filter(|_| is_hidden).unwrap_or(value)
    }

    fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
        if port == self.port {
            self.index = value;
        }
        if port == self.port + 1 && self.index == self.register {
            self.written = Some(value);
            pins.write(port, (self.change)(value));
        } else {
            pins.write(port, value);
        }
    }
}

// The interrupt controllers.

#[test]
fn a_mask_that_is_ignored_is_found() {
    struct MaskIgnored {
        mask: u8,
        icws_due: u8,
    }
    impl Fault for MaskIgnored {
        fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
            if port == 0x21 { self.mask } else { pins.read(port) }
        }
        fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
            if port == 0x20 && value & 0x10 != 0 {
                self.icws_due = 3;
            } else if port == 0x21 && self.icws_due > 0 {
                self.icws_due -= 1;
            } else if port == 0x21 {
                self.mask = value;
                return pins.write(port, value & !1);
            }
            pins.write(port, value);
        }
    }
    finds("PIC", MaskIgnored { mask: 0, icws_due: 0 });
}

#[test]
fn an_end_of_interrupt_that_is_ignored_is_found() {
    finds("PIC", Writes(|port, value| (port != 0x20 || value & 0xf8 != 0x20).then_some(value)));
}

#[test]
fn an_end_of_interrupt_that_is_not_needed_is_found() {
    struct Automatic {
        icws_due: u8,
    }
    impl Fault for Automatic {
        fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
            if port == 0x20 && value & 0x10 != 0 {
                self.icws_due = 3;
            } else if port == 0x21 && self.icws_due > 0 {
                self.icws_due -= 1;
                // ICW4: automatic end of interrupt.
                return pins.write(port, if self.icws_due == 0 { value | 0x02 } else { value });
            }
            pins.write(port, value);
        }
    }
    finds("PIC", Automatic { icws_due: 0 });
}

#[test]
fn a_reversed_priority_is_found() {
    struct Reversed;
    impl Fault for Reversed {
        fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
            pins.write(port, value);
            if port == 0x21 {
                // OCW2, set priority: line 0 is the lowest.
                pins.write(0x20, 0xc0);
            }
        }
    }
    finds("PIC", Reversed);
}

#[test]
fn a_dead_second_controller_is_found() {
    let lost = Writes(|port, value| (port != 0xa1 || value != 0x70).then_some(value));
    let mut machine = built_in(Model::I80386, |_| {});
    machine.breakage = Some(Breakage::new(lost));
    let report = report(machine);
    assert!(result(&report).contains("PIC"), "{report}");
}

// The timer.

/// A timer whose crystal has half its frequency: counts are doubled on their way in and halved on their way out. A
/// count of 65536 cannot be doubled; its cycles are counted here.
#[derive(Default)]
struct HalfSpeed {
    channels: [HalfChannel; 3],
}

#[derive(Default)]
struct HalfChannel {
    low: Option<u8>,
    /// The count was 65536.
    is_free: bool,
    halves_evenly: bool,
    last: u16,
    cycles: u64,
    status_due: bool,
    high_due: Option<u8>,
}

impl Fault for HalfSpeed {
    fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
        let Some(channel) = port.checked_sub(0x40).and_then(|number| self.channels.get_mut(usize::from(number))) else {
            return pins.read(port);
        };
        if std::mem::take(&mut channel.status_due) {
            return pins.read(port);
        }
        if let Some(high) = channel.high_due.take() {
            return high;
        }
        let count = u16::from_le_bytes([pins.read(port), pins.read(port)]);
        channel.cycles += u64::from(channel.last.wrapping_sub(count));
        channel.last = count;
        let halved = if channel.is_free { 0_u16.wrapping_sub((channel.cycles / 2) as u16) } else { count / 2 };
        let [low, high] = if channel.halves_evenly { halved & !1 } else { halved }.to_le_bytes();
        channel.high_due = Some(high);
        low
    }

    fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
        if port == 0x43 {
            if value & 0xe0 == 0xe0 {
                let named = |number: usize| value & 2 << number != 0;
                (0..3).filter(|number| named(*number)).for_each(|number| self.channels[number].status_due = true);
            } else if value < 0xc0 && value & 0x30 != 0 {
                let channel = &mut self.channels[usize::from(value >> 6)];
                *channel = HalfChannel { halves_evenly: value & 0x06 == 0x06, ..HalfChannel::default() };
            }
        }
        let Some(channel) = port.checked_sub(0x40).and_then(|number| self.channels.get_mut(usize::from(number))) else {
            return pins.write(port, value);
        };
        let Some(low) = channel.low.take() else {
            channel.low = Some(value);
            return;
        };
        let count = u16::from_le_bytes([low, value]);
        channel.is_free = count == 0;
        let [low, high] = count.wrapping_mul(2).to_le_bytes();
        pins.write(port, low);
        pins.write(port, high);
    }
}

#[test]
fn a_timer_at_half_speed_is_found_and_no_other_clock_is_blamed() {
    finds("PIT", HalfSpeed::default());
}

#[test]
fn a_timer_that_does_not_latch_is_found() {
    finds("PIT", Writes(|port, value| (port != 0x43 || value >= 0xc0 || value & 0x30 != 0).then_some(value)));
}

#[test]
fn a_timer_output_that_is_stuck_is_found() {
    finds("PIT", Reads(|port, value| if port == 0x61 { value & !0x20 } else { value }));
}

#[test]
fn a_square_wave_that_is_a_rate_generator_is_found() {
    finds("PIT", Writes(|port, value| Some(if port == 0x43 && value == 0xb6 { 0xb4 } else { value })));
}

// DMA.

/// Channel 2 moves one byte more than its count says, which reads as it should.
#[derive(Default)]
struct OneTooMany {
    low: Option<u8>,
    high_due: Option<u8>,
}

impl Fault for OneTooMany {
    fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
        if port != 0x05 {
            return pins.read(port);
        }
        if let Some(high) = self.high_due.take() {
            return high;
        }
        let count = u16::from_le_bytes([pins.read(port), pins.read(port)]);
        let [low, high] = if count == 0xffff { count } else { count.wrapping_sub(1) }.to_le_bytes();
        self.high_due = Some(high);
        low
    }

    fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
        match (port, self.low.take()) {
            (0x05, None) => self.low = Some(value),
            (0x05, Some(low)) => {
                let [low, high] = u16::from_le_bytes([low, value]).wrapping_add(1).to_le_bytes();
                pins.write(port, low);
                pins.write(port, high);
            }
            _ => pins.write(port, value),
        }
    }
}

#[test]
fn a_dma_count_off_by_one_is_found() {
    finds("DMA", OneTooMany::default());
}

#[test]
fn a_dma_address_line_that_is_stuck_is_found() {
    finds("DMA", Writes(|port, value| Some(if port == 0x04 { value & !0x10 } else { value })));
}

#[test]
fn a_terminal_count_that_does_not_show_is_found() {
    finds("DMA", Reads(|port, value| if port == 0x08 { value & 0xf0 } else { value }));
}

#[test]
fn a_dma_page_that_is_stuck_is_found() {
    finds("DMA", Reads(|port, value| if port == 0x87 { value | 0x08 } else { value }));
}

// The real-time clock.

#[test]
fn a_clock_that_stands_still_is_found() {
    // The divider is held in reset.
    finds("RTC", RegisterWrites::new(0x70, 0x0a, |value| value | 0x70));
}

#[test]
fn a_wrong_rate_of_the_periodic_interrupt_is_found() {
    finds("RTC", RegisterWrites::new(0x70, 0x0a, |value| value + 1));
}

#[test]
fn a_cmos_bit_that_is_stuck_is_found() {
    finds("RTC", RegisterReads { port: 0x70, register: 0x40, change: |value| value & !0x08, index: 0 });
}

/// Alters what is read from an indexed register.
struct RegisterReads {
    port: u16,
    register: u8,
    change: fn(u8) -> u8,
    index: u8,
}

impl Fault for RegisterReads {
    fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
        let value = pins.read(port);
        if port == self.port + 1 && self.index == self.register { (self.change)(value) } else { value }
    }

    fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
        if port == self.port {
            self.index = value & 0x7f;
        }
        pins.write(port, value);
    }
}

#[test]
fn an_empty_battery_is_found() {
    finds("RTC", RegisterReads { port: 0x70, register: 0x0d, change: |value| value & 0x7f, index: 0 });
}

// The keyboard.

#[test]
fn a_lost_echo_is_found() {
    finds("KBC", Writes(|port, value| (port != 0x60 || value != 0xee).then_some(value)));
}

#[test]
fn a_keyboard_that_does_not_interrupt_is_found() {
    let mut machine = built_in(Model::I80386, |_| {});
    let chips = &mut machine.board.chips;
    chips.keyboard =
        i8042::Controller::new(Pin::UNCONNECTED, Pin::UNCONNECTED, wiring::A20_KEYBOARD, wiring::RESET_KEYBOARD);
    chips.keyboard.power_on(&mut machine.board.lines.io(0, wiring::KEYBOARD));
    assert_named("KBC", machine);
}

#[test]
fn an_a20_gate_that_is_stuck_is_found() {
    finds("KBC", {
        struct StuckGate(bool);
        impl Fault for StuckGate {
            fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
                let is_data = port == 0x60 && self.0;
                self.0 = port == 0x64 && value == 0xd1 || self.0 && port != 0x60;
                pins.write(port, if is_data { value & !0x02 } else { value });
            }
        }
        StuckGate(false)
    });
}

#[test]
fn a_keyboard_code_with_a_stuck_bit_is_found() {
    finds("KBC", Reads(|port, value| if port == 0x60 { value | 0x20 } else { value }));
}

// The VGA.

#[test]
fn a_plane_with_a_stuck_bit_is_found() {
    struct StuckPlane;
    impl Fault for StuckPlane {
        fn video_written(&mut self, video: &mut [u8], address: u32) {
            // Bit 3 of plane 2, where the self-test looks at planes.
            if (0xa_0000..0xb_0000).contains(&address) {
                video[vram_index(address as u16, 2)] &= !0x08;
            }
        }
    }
    finds("VGA", StuckPlane);
}

#[test]
fn a_write_mode_that_is_another_is_found() {
    finds("VGA", RegisterWrites::new(0x3ce, 5, |value| if value & 3 == 2 { value & !3 } else { value }));
}

#[test]
fn a_set_reset_that_does_nothing_is_found() {
    finds("VGA", RegisterWrites::new(0x3ce, 1, |_| 0));
}

#[test]
fn a_bit_mask_that_does_nothing_is_found() {
    finds("VGA", RegisterWrites::new(0x3ce, 8, |_| 0xff));
}

#[test]
fn a_dac_with_a_stuck_bit_is_found() {
    finds("VGA", Reads(|port, value| if port == 0x3c9 { value & !0x10 } else { value }));
}

#[test]
fn a_dead_retrace_is_found() {
    finds("VGA", Reads(|port, value| if port == 0x3da { value & !0x08 } else { value }));
}

#[test]
fn a_retrace_at_half_the_rate_is_found() {
    /// Shows every second retrace.
    struct Halved {
        was_up: bool,
        is_hidden: bool,
    }
    impl Fault for Halved {
        fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
            let value = pins.read(port);
            if port != 0x3da {
                return value;
            }
            let is_up = value & 0x08 != 0;
            self.is_hidden ^= is_up && !self.was_up;
            self.was_up = is_up;
            if self.is_hidden { value & !0x08 } else { value }
        }
    }
    finds("VGA", Halved { was_up: false, is_hidden: false });
}

// The serial port.

#[test]
fn a_received_bit_that_is_stuck_is_found() {
    finds("COM1", Reads(|port, value| if port == 0x3f8 { value | 0x04 } else { value }));
}

#[test]
fn a_serial_port_that_does_not_interrupt_is_found() {
    let mut machine = built_in(Model::I80386, |_| {});
    machine.board.chips.com[0] = ns16550a::Uart::new("com1", Pin::UNCONNECTED, wiring::SERIAL[0]);
    machine.board.chips.com[0].power_on(&mut machine.board.lines.io(0, wiring::COM[0]));
    assert_named("COM1", machine);
}

#[test]
fn a_modem_line_that_is_stuck_is_found() {
    finds("COM1", Reads(|port, value| if port == 0x3fe { value | 0x10 } else { value }));
}

#[test]
fn a_fifo_that_is_cleared_by_every_byte_is_found() {
    struct Short(bool);
    impl Fault for Short {
        fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
            pins.write(port, value);
            match port {
                0x3fa => self.0 = value & 1 != 0,
                0x3f8 if self.0 => pins.write(0x3fa, 0x03),
                _ => {}
            }
        }
    }
    finds("COM1", Short(false));
}

// Disks.

/// A floppy drive with this change of what its disk holds.
fn finds_on_disk(change: impl FnOnce(&mut MemoryDisk)) {
    assert_named("FLOPPY", built_in(Model::I80386, change));
}

#[test]
fn swapped_floppy_sectors_are_found() {
    finds_on_disk(|disk| {
        let (a, b) = (80 * 18 * 512 + 3 * 512, 80 * 18 * 512 + 9 * 512);
        (0..512).for_each(|byte| disk.data.swap(a + byte, b + byte));
    });
}

#[test]
fn a_damaged_floppy_sector_is_found() {
    finds_on_disk(|disk| disk.data[81 * 18 * 512 + 1000] ^= 0x40);
}

#[test]
fn a_floppy_sector_that_cannot_be_read_is_found() {
    finds_on_disk(|disk| {
        disk.bad.insert(38 * 18 + 7);
    });
}

#[test]
fn a_track_0_sensor_that_is_dead_is_found() {
    struct NoSensor {
        is_status_due: bool,
    }
    impl Fault for NoSensor {
        fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
            let value = pins.read(port);
            if port == 0x3f5 && std::mem::take(&mut self.is_status_due) { value & !0x10 } else { value }
        }
        fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
            if port == 0x3f5 {
                self.is_status_due = value == 0x04 || self.is_status_due && value < 2;
            }
            pins.write(port, value);
        }
    }
    finds("FLOPPY", NoSensor { is_status_due: false });
}

#[test]
fn a_crossed_sector_number_of_a_hard_disk_is_found() {
    let crossed = |value: u8| value & !3 | (value & 1) << 1 | (value & 2) >> 1;
    struct Crossed(fn(u8) -> u8);
    impl Fault for Crossed {
        fn read(&mut self, pins: &mut Pins<'_>, port: u16) -> u8 {
            let value = pins.read(port);
            if port == 0x1f3 { (self.0)(value) } else { value }
        }
        fn write(&mut self, pins: &mut Pins<'_>, port: u16, value: u8) {
            pins.write(port, if port == 0x1f3 { (self.0)(value) } else { value });
        }
    }
    finds("ATA", Crossed(crossed));
}

#[test]
fn a_hard_disk_that_does_not_identify_itself_is_found() {
    finds("ATA", Writes(|port, value| (port != 0x1f7 || value != 0xec).then_some(value)));
}

#[test]
fn a_hard_disk_that_does_not_interrupt_is_found() {
    // The request register of the second controller does not show line 14.
    finds("ATA", Reads(|port, value| if port == 0xa0 { value & !0x40 } else { value }));
}

#[test]
fn a_data_line_of_a_hard_disk_that_is_stuck_is_found() {
    struct StuckLine;
    impl Fault for StuckLine {
        fn data(&mut self, value: u16) -> u16 {
            value & !0x0400
        }
    }
    finds("ATA", StuckLine);
}

#[test]
fn a_hard_disk_that_vanished_is_found() {
    finds("ATA", Reads(|port, value| if (0x1f0..0x1f8).contains(&port) { 0xff } else { value }));
}

// Memory.

#[test]
fn a_stuck_bit_of_memory_is_found() {
    struct StuckBit;
    impl Fault for StuckBit {
        fn broken_ram(&self) -> Range<u32> {
            0x5_5000..0x5_6000
        }
        fn ram_byte(&self, address: u32, value: u8) -> u8 {
            if address == 0x5_5aa7 { value | 0x20 } else { value }
        }
    }
    finds("RAM", StuckBit);
}

/// The memory from 256 to 512 KiB with one address line low for ever.
struct StuckLine(u32);

impl Fault for StuckLine {
    fn broken_ram(&self) -> Range<u32> {
        0x4_0000..0x8_0000
    }

    fn ram_address(&self, address: u32) -> u32 {
        address & !self.0
    }
}

#[test]
fn a_stuck_address_line_of_memory_is_found() {
    finds("RAM", StuckLine(0x2_0000));
}

#[test]
fn a_stuck_low_address_line_of_memory_is_found() {
    struct FirstBank;
    impl Fault for FirstBank {
        fn broken_ram(&self) -> Range<u32> {
            0x1_0000..0x2_0000
        }
        fn ram_address(&self, address: u32) -> u32 {
            address & !0x0400
        }
    }
    let mut machine = built_in(Model::I80386, |_| {});
    machine.breakage = Some(Breakage::new(FirstBank));
    let report = report(machine);
    // The place of the DMA transfer is in this bank, and DMA finds no memory there.
    assert!(result(&report).starts_with("SELF-TEST FAIL: RAM"), "{report}");
}

// The processor.

/// Flags that come out wrong of instructions that begin with a byte of this kind.
struct WrongFlags {
    is_broken: fn([u8; 2]) -> bool,
    change: fn(u32) -> u32,
}

impl Fault for WrongFlags {
    fn flags(&self, code: [u8; 2], flags: u32) -> u32 {
        if (self.is_broken)(code) { (self.change)(flags) } else { flags }
    }

    fn breaks_cpu(&self) -> bool {
        true
    }
}

#[test]
fn a_wrong_carry_of_adc_is_found() {
    finds("CPU", WrongFlags { is_broken: |code| matches!(code[0], 0x10..=0x13), change: |flags| flags ^ CF });
}

#[test]
fn a_stuck_auxiliary_flag_is_found() {
    finds(
        "CPU",
        WrongFlags {
            is_broken: |code| code[0] == 0x27 || code[0] < 0x40 && code[0] & 7 < 6,
            change: |flags| flags | AF,
        },
    );
}

#[test]
fn an_overflow_that_is_missed_is_found() {
    finds("CPU", WrongFlags { is_broken: |code| matches!(code[0], 0x40..=0x4f), change: |flags| flags & !OF });
}
