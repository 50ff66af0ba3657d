//! Tests of the MC146818 through its ports and pin.

use super::calendar::to_bcd;
use super::*;
use beige_core::{StateReader, StateWriter, TICKS_PER_SECOND, Timeline};
use beige_testkit::{Bench, Random};

const IRQ: Pin = Pin::new(8);
const NOON: DateTime = DateTime { year: 2026, month: 11, day: 20, hour: 12, minute: 34, second: 56 };

struct Rig {
    bench: Bench,
    rtc: Rtc,
}

impl Rig {
    /// A clock set to this time at tick 0.
    fn at(time: DateTime) -> Rig {
        let mut rig = Rig { bench: Bench::default(), rtc: Rtc::new(IRQ) };
        rig.rtc.set_time(time, &mut rig.bench.io());
        rig
    }

    fn read(&mut self, index: u8) -> u8 {
        self.bench.write(&mut self.rtc, 0, index);
        self.bench.read(&mut self.rtc, 1)
    }

    fn write(&mut self, index: u8, value: u8) {
        self.bench.write(&mut self.rtc, 0, index);
        self.bench.write(&mut self.rtc, 1, value);
    }

    fn advance(&mut self, ticks: Tick) {
        self.bench.advance(&mut self.rtc, ticks);
    }

    fn seconds(&mut self, seconds: u64) {
        self.advance(seconds * TICKS_PER_SECOND);
    }

    fn cycles(&mut self, cycles: u64) {
        let cycle = ClockRatio::RTC.cycles(self.bench.now) + cycles;
        self.advance(ClockRatio::RTC.tick_of(cycle) - self.bench.now);
    }

    fn irq(&self) -> bool {
        self.bench.wires.level(IRQ)
    }

    fn time(&self) -> DateTime {
        self.rtc.date_time(self.bench.now)
    }

    /// Seconds, minutes, hours, day of the week, day, month, year.
    fn registers(&mut self) -> [u8; 7] {
        [0, 2, 4, 6, 7, 8, 9].map(|index| self.read(index))
    }

    /// Ticks until the pin rises, which it must do within two days.
    fn until_irq(&mut self) -> Tick {
        let from = self.bench.now;
        while !self.irq() {
            let next = self.bench.timeline.next();
            assert!(next <= from + 2 * 86_400 * TICKS_PER_SECOND, "no interrupt is awaited");
            self.advance(next - self.bench.now);
        }
        self.bench.now - from
    }
}

fn date(year: u16, month: u8, day: u8) -> DateTime {
    DateTime { year, month, day, hour: 23, minute: 59, second: 59 }
}

#[test]
fn every_register_has_its_power_on_value() {
    let mut rig = Rig { bench: Bench::default(), rtc: Rtc::new(IRQ) };
    rig.rtc.power_on(&mut rig.bench.io());
    for index in 0..128 {
        let expected = match index {
            0x06 => 3, // 1 January 1980 was a Tuesday
            0x07 | 0x08 => 1,
            0x09 => 0x80,
            0x0a => 0x26,
            0x0b => 0x02,
            0x0d => 0x80,
            0x32 | 0x37 => 0x19,
            _ => 0,
        };
        assert_eq!(rig.read(index), expected, "index {index:#x}");
    }
    assert_eq!(rig.bench.read(&mut rig.rtc, 0), 0xff, "the index cannot be read");
    assert_eq!(rig.bench.timeline.next(), Timeline::NEVER);
}

#[test]
fn ram_keeps_what_is_written_and_control_bits_that_are_read_only_do_not() {
    let mut rig = Rig::at(NOON);
    for index in 0x0e..0x80 {
        rig.write(index, index ^ 0x5a);
    }
    for index in 0x0e..0x80 {
        assert_eq!((rig.read(index), rig.rtc.cmos(index)), (index ^ 0x5a, index ^ 0x5a));
    }
    rig.write(0x0a, 0xa6);
    rig.write(0x0c, 0xff);
    rig.write(0x0d, 0x00);
    rig.write(0x00, 0xff);
    assert_eq!([0x0a, 0x0c, 0x0d, 0x00].map(|index| rig.read(index)), [0x26, 0, 0x80, 0x7f]);
}

#[test]
fn bit_7_of_the_index_selects_nothing() {
    let mut rig = Rig::at(NOON);
    rig.write(0x40, 0x77);
    rig.bench.write(&mut rig.rtc, 0, 0xc0);
    assert_eq!(rig.bench.read(&mut rig.rtc, 1), 0x77);
}

#[test]
fn a_date_is_shown_in_bcd_binary_12_and_24_hours() {
    for (b, registers) in [
        (0x02, [0x56, 0x34, 0x12, 6, 0x20, 0x11, 0x26]),
        (0x06, [56, 34, 12, 6, 20, 11, 26]),
        (0x00, [0x56, 0x34, 0x92, 6, 0x20, 0x11, 0x26]),
        (0x04, [56, 34, 0x8c, 6, 20, 11, 26]),
    ] {
        let mut rig = Rig::at(NOON);
        rig.write(0x0b, b);
        rig.rtc.set_time(NOON, &mut rig.bench.io());
        assert_eq!(rig.registers(), registers, "register B {b:#x}");
        assert_eq!([rig.read(0x32), rig.read(0x37)], [0x20, 0x20]);
        assert_eq!(rig.time(), NOON);
    }
}

#[test]
fn hours_of_a_12_hour_clock_run_from_midnight_to_midnight() {
    let midnight = DateTime { hour: 0, minute: 0, second: 0, ..NOON };
    let mut rig = Rig::at(midnight);
    rig.write(0x0b, 0x00);
    rig.rtc.set_time(midnight, &mut rig.bench.io());
    let mut hours = Vec::new();
    for _ in 0..25 {
        hours.push(rig.read(4));
        rig.seconds(3600);
    }
    let expected = [
        0x12, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x10, 0x11, 0x92, 0x81, 0x82, 0x83, 0x84, 0x85,
        0x86, 0x87, 0x88, 0x89, 0x90, 0x91, 0x12,
    ];
    assert_eq!(hours, expected);
}

#[test]
fn the_second_changes_exactly_one_second_after_the_clock_was_set() {
    let mut rig = Rig::at(NOON);
    rig.advance(TICKS_PER_SECOND - 1);
    assert_eq!(rig.read(0), 0x56);
    rig.advance(1);
    assert_eq!(rig.read(0), 0x57);
    rig.advance(TICKS_PER_SECOND);
    assert_eq!(rig.read(0), 0x58);
}

#[test]
fn midnights_roll_over_to_the_right_day() {
    for (before, after) in [
        (date(2026, 11, 30), (2026, 12, 1)),
        (date(2026, 12, 31), (2027, 1, 1)),
        (date(2024, 2, 28), (2024, 2, 29)),
        (date(2024, 2, 29), (2024, 3, 1)),
        (date(2023, 2, 28), (2023, 3, 1)),
        (date(2000, 2, 28), (2000, 2, 29)),
        (date(1999, 12, 31), (2000, 1, 1)),
        (date(2099, 12, 31), (2100, 1, 1)),
    ] {
        let mut rig = Rig::at(before);
        let weekday = rig.read(6);
        rig.seconds(1);
        let time = rig.time();
        assert_eq!((time.year, time.month, time.day), after);
        assert_eq!((time.hour, time.minute, time.second), (0, 0, 0));
        assert_eq!(rig.read(6), weekday % 7 + 1);
    }
}

#[test]
fn the_century_bytes_follow_the_year_and_are_plain_ram_otherwise() {
    let mut rig = Rig::at(date(1999, 12, 31));
    rig.write(0x37, 0xee);
    rig.seconds(1);
    assert_eq!([rig.read(0x32), rig.read(0x37)], [0x20, 0x20]);
    rig.write(0x37, 0xee);
    rig.seconds(5);
    assert_eq!([rig.read(0x32), rig.read(0x37)], [0x20, 0xee]);
}

#[test]
fn the_day_of_the_week_is_computed_from_the_date() {
    for (year, month, day, weekday) in
        [(2026, 11, 20, 6), (2000, 1, 1, 7), (2024, 2, 29, 5), (1900, 3, 1, 5), (1980, 1, 1, 3), (2100, 3, 1, 2)]
    {
        let mut rig = Rig::at(DateTime { year, month, day, ..NOON });
        assert_eq!(rig.read(6), weekday, "{year}-{month}-{day}");
    }
}

/// A clock with daylight saving on, in 24 hours and BCD.
fn saving(month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Rig {
    let mut rig = Rig::at(DateTime { year: 2026, month, day, hour, minute, second });
    rig.write(0x0b, 0x03);
    rig
}

/// Hour, minute and second after each of these times from one to the next, in seconds.
fn clock_after(rig: &mut Rig, waits: &[u64]) -> Vec<[u8; 3]> {
    let mut shown = Vec::new();
    for wait in waits {
        rig.seconds(*wait);
        let time = rig.time();
        shown.push([time.hour, time.minute, time.second]);
    }
    shown
}

#[test]
fn daylight_saving_skips_an_hour_on_the_last_sunday_of_april() {
    // 26 April 2026 is that Sunday.
    let mut rig = saving(4, 26, 1, 59, 58);
    assert_eq!(clock_after(&mut rig, &[1, 1, 1]), [[1, 59, 59], [3, 0, 0], [3, 0, 1]]);
    for (month, day) in [(4, 19), (4, 25), (3, 29), (5, 31)] {
        let mut rig = saving(month, day, 1, 59, 59);
        assert_eq!(clock_after(&mut rig, &[1]), [[2, 0, 0]], "{month}-{day}");
    }
}

#[test]
fn daylight_saving_repeats_an_hour_on_the_last_sunday_of_october_once() {
    let mut rig = saving(10, 25, 1, 59, 58);
    let shown = clock_after(&mut rig, &[1, 1, 1800, 1799, 1, 3600]);
    assert_eq!(shown, [[1, 59, 59], [1, 0, 0], [1, 30, 0], [1, 59, 59], [2, 0, 0], [3, 0, 0]]);
    let mut rig = saving(10, 18, 1, 59, 59);
    assert_eq!(clock_after(&mut rig, &[1]), [[2, 0, 0]]);
}

#[test]
fn a_year_of_daylight_saving_ends_at_the_hour_at_which_it_began() {
    let mut rig = saving(1, 1, 12, 0, 0);
    assert_eq!(clock_after(&mut rig, &[180 * 86_400, 185 * 86_400]), [[13, 0, 0], [12, 0, 0]]);
    let time = rig.time();
    assert_eq!((time.year, time.month, time.day), (2027, 1, 1));
}

#[test]
fn an_alarm_follows_the_shifts_of_daylight_saving() {
    for (day, alarm, seconds) in [
        // 00:00:00 on 26 April: 02:30 does not come before the day after, 03:00 comes an hour early.
        ((4, 26), [0x00, 0x30, 0x02], 86_400 + 9_000 - 3_600),
        ((4, 26), [0x00, 0x00, 0x03], 7_200),
        // 25 October: 01:00 comes, and again with the shift; 02:00 comes an hour late.
        ((10, 25), [0x00, 0x00, 0x01], 3_600),
        ((10, 25), [0x00, 0x00, 0x02], 10_800),
    ] {
        let mut rig = saving(day.0, day.1, 0, 0, 0);
        for (index, value) in [1, 3, 5].into_iter().zip(alarm) {
            rig.write(index, value);
        }
        rig.write(0x0b, 0x23);
        assert_eq!(rig.until_irq(), seconds * TICKS_PER_SECOND, "{day:?} {alarm:x?}");
        rig.read(0x0c);
        if alarm == [0x00, 0x00, 0x01] {
            assert_eq!(rig.until_irq(), 3_600 * TICKS_PER_SECOND);
        }
    }
}

#[test]
fn the_century_turns_in_every_format() {
    for b in [0x00, 0x02, 0x04, 0x06] {
        let mut rig = Rig::at(date(2099, 12, 31));
        rig.write(0x0b, b);
        rig.rtc.set_time(date(2099, 12, 31), &mut rig.bench.io());
        rig.seconds(1);
        assert_eq!([0x09, 0x32, 0x37].map(|index| rig.read(index)), [0x00, 0x21, 0x21], "register B {b:#x}");
    }
}

#[test]
fn a_date_out_of_range_is_set_to_the_nearest_in_it() {
    let rig = Rig::at(DateTime { year: 2023, month: 14, day: 0, hour: 99, minute: 60, second: 61 });
    assert_eq!(rig.time(), DateTime { year: 2023, month: 12, day: 1, hour: 23, minute: 59, second: 59 });
}

#[test]
fn years_pass_in_one_jump() {
    let mut rig = Rig::at(DateTime { year: 2001, month: 1, day: 1, hour: 0, minute: 0, second: 0 });
    // 2001 to 2026 with six leap years.
    rig.seconds((25 * 365 + 6) * 86_400);
    assert_eq!(rig.time(), DateTime::START_OF_2026);
    assert_eq!(rig.read(6), 5);
}

#[test]
fn uip_is_set_for_the_last_2228_microseconds_of_a_second() {
    let mut rig = Rig::at(NOON);
    rig.cycles(32_768 - 74);
    assert_eq!(rig.read(0x0a), 0x26);
    rig.cycles(1);
    assert_eq!(rig.read(0x0a), 0xa6);
    rig.cycles(72);
    assert_eq!((rig.read(0x0a), rig.read(0)), (0xa6, 0x56));
    rig.cycles(1);
    assert_eq!((rig.read(0x0a), rig.read(0)), (0x26, 0x57));
}

#[test]
fn set_stops_the_updates_and_not_the_divider() {
    let mut rig = Rig::at(NOON);
    rig.write(0x0b, 0x92);
    assert_eq!(rig.read(0x0b), 0x82, "SET clears UIE");
    rig.cycles(32_768 - 1);
    assert_eq!(rig.read(0x0a), 0x26);
    rig.seconds(10);
    assert_eq!(rig.read(0), 0x56);
    assert_eq!(rig.read(0x0c) & 0x30, 0);
    rig.write(0, 0x10);
    rig.write(0x0b, 0x02);
    rig.cycles(1);
    assert_eq!(rig.read(0), 0x11);
}

#[test]
fn the_first_update_comes_half_a_second_after_the_divider_is_released() {
    let mut rig = Rig::at(NOON);
    rig.write(0x0a, 0x76);
    rig.seconds(5);
    assert_eq!((rig.read(0), rig.read(0x0a)), (0x56, 0x76));
    rig.write(0x0a, 0x26);
    rig.advance(TICKS_PER_SECOND / 2 - 1);
    assert_eq!(rig.read(0), 0x56);
    rig.advance(1);
    assert_eq!(rig.read(0), 0x57);
    rig.seconds(1);
    assert_eq!(rig.read(0), 0x58);
}

#[test]
fn flags_are_set_without_interrupts_and_reading_register_c_clears_them() {
    let mut rig = Rig::at(NOON);
    rig.seconds(1);
    assert!(!rig.irq());
    assert_eq!(rig.read(0x0c), 0x50);
    assert_eq!(rig.read(0x0c), 0x00);
    rig.cycles(32);
    assert_eq!(rig.read(0x0c), 0x40);
    assert_eq!(rig.bench.timeline.next(), Timeline::NEVER);
}

#[test]
fn the_periodic_interrupt_has_the_rate_of_register_a() {
    for (rate, hz) in (1u8..16).zip([256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2]) {
        let mut rig = Rig::at(NOON);
        rig.write(0x0a, 0x20 | rate);
        rig.write(0x0b, 0x42);
        let mut interrupts = 0;
        while rig.bench.timeline.next() <= TICKS_PER_SECOND {
            rig.until_irq();
            assert_eq!(rig.read(0x0c) & 0xc0, 0xc0);
            assert!(!rig.irq());
            interrupts += 1;
        }
        assert_eq!(interrupts, hz, "rate {rate}");
    }
    let mut rig = Rig::at(NOON);
    rig.write(0x0a, 0x20);
    rig.write(0x0b, 0x42);
    assert_eq!(rig.bench.timeline.next(), Timeline::NEVER);
}

#[test]
fn the_interrupt_stays_until_register_c_is_read_or_it_is_disabled() {
    let mut rig = Rig::at(NOON);
    rig.write(0x0b, 0x42);
    rig.until_irq();
    assert_eq!(rig.bench.timeline.next(), Timeline::NEVER, "a second request would change nothing");
    rig.seconds(1);
    assert!(rig.irq());
    rig.write(0x0b, 0x02);
    assert!(!rig.irq());
    rig.write(0x0b, 0x42);
    assert!(rig.irq());
    rig.read(0x0c);
    assert!(!rig.irq());
}

#[test]
fn the_update_ended_interrupt_comes_with_the_new_second() {
    let mut rig = Rig::at(NOON);
    rig.advance(300);
    rig.write(0x0b, 0x12);
    assert_eq!(rig.until_irq(), TICKS_PER_SECOND - 300);
    assert_eq!(rig.read(0), 0x57);
    assert_eq!(rig.read(0x0c), 0xd0);
    assert_eq!(rig.until_irq(), TICKS_PER_SECOND);
}

#[test]
fn alarms_match_their_time_or_any() {
    // The clock shows 12:34:56; alarm registers are second, minute, hour.
    for (alarm, seconds) in [
        ([0x57, 0x34, 0x12], 1),
        ([0x56, 0x34, 0x12], 86_400),
        ([0x55, 0x34, 0x12], 86_399),
        ([0x00, 0x35, 0x12], 4),
        ([0x00, 0x00, 0x13], 1504),
        ([0x00, 0x00, 0x00], 41_104),
        ([0xc0, 0xff, 0xc5], 1),
        ([0x10, 0xff, 0xff], 14),
        ([0xff, 0x36, 0xff], 64),
        ([0x20, 0x34, 0xff], 3564),
        ([0xff, 0xff, 0x13], 1504),
        ([0xff, 0x34, 0x11], 82_744),
    ] {
        let mut rig = Rig::at(NOON);
        for (index, value) in [1, 3, 5].into_iter().zip(alarm) {
            rig.write(index, value);
        }
        rig.write(0x0b, 0x22);
        assert_eq!(rig.until_irq(), seconds * TICKS_PER_SECOND, "{alarm:x?}");
        assert_eq!(rig.read(0x0c) & 0xb0, 0xb0);
    }
}

#[test]
fn an_alarm_of_an_afternoon_hour_matches_in_12_hour_mode() {
    let mut rig = Rig::at(NOON);
    rig.write(0x0b, 0x00);
    rig.rtc.set_time(NOON, &mut rig.bench.io());
    for (index, value) in [(1, 0x00), (3, 0x00), (5, 0x81)] {
        rig.write(index, value);
    }
    rig.write(0x0b, 0x20);
    assert_eq!(rig.until_irq(), 1504 * TICKS_PER_SECOND);
}

#[test]
fn an_alarm_at_a_time_that_no_clock_shows_never_comes() {
    for alarm in [[0x60, 0, 0], [0, 0x5a, 0], [0, 0, 0x24]] {
        let mut rig = Rig::at(NOON);
        for (index, value) in [1, 3, 5].into_iter().zip(alarm) {
            rig.write(index, value);
        }
        rig.write(0x0b, 0x22);
        assert_eq!(rig.bench.timeline.next(), Timeline::NEVER);
        rig.seconds(200_000);
        assert_eq!(rig.read(0x0c) & 0x20, 0);
    }
}

#[test]
fn reset_disables_interrupts_and_leaves_time_and_ram() {
    let mut rig = Rig::at(NOON);
    rig.write(0x40, 0x99);
    rig.write(0x0b, 0x7a);
    rig.seconds(1);
    assert!(rig.irq());
    rig.rtc.reset(&mut rig.bench.io());
    assert!(!rig.irq());
    assert_eq!([0x0b, 0x0c, 0x40, 0x00].map(|index| rig.read(index)), [0x02, 0x00, 0x99, 0x57]);
}

#[test]
fn registers_that_no_clock_shows_are_brought_into_range_by_the_next_update() {
    let mut rig = Rig::at(NOON);
    for (index, value) in [(0, 0x7f), (2, 0xff), (4, 0x99), (7, 0x00), (8, 0xff), (9, 0xff), (6, 0)] {
        rig.write(index, value);
    }
    assert_eq!(rig.registers(), [0x7f, 0xff, 0x99, 0x00, 0x00, 0xff, 0xff]);
    rig.seconds(1);
    assert_eq!(rig.registers(), [0x00, 0x00, 0x00, 0x02, 0x02, 0x12, 0x99]);
}

#[test]
fn the_checksum_is_the_sum_of_the_configuration() {
    let mut rig = Rig::at(NOON);
    (0x10..=0x2d).for_each(|index| rig.rtc.set_cmos(index, 0xf0));
    rig.rtc.set_cmos(0x0f, 0x55);
    rig.rtc.update_checksum();
    assert_eq!([rig.read(0x2e), rig.read(0x2f)], [0x1c, 0x20]);
    rig.rtc.set_cmos(0x00, 0x33);
    assert_eq!(rig.read(0x00), 0x56, "the clock cannot be set so");
}

#[test]
fn what_a_battery_kept_comes_back_without_the_time() {
    let mut rig = Rig::at(NOON);
    for (index, value) in [(0x01, 0x11), (0x03, 0x22), (0x05, 0x03), (0x0b, 0x74), (0x0a, 0x2f), (0x0e, 1), (0x7f, 2)] {
        rig.write(index, value);
    }
    rig.rtc.set_time(NOON, &mut rig.bench.io());
    let kept = rig.rtc.contents(5 * TICKS_PER_SECOND);
    assert_eq!([kept[0], kept[2]], [1, 35], "5 s later, in binary");
    let mut other = Rig::at(date(2000, 1, 1));
    other.rtc.set_contents(&kept);
    other.rtc.set_time(NOON, &mut other.bench.io());
    assert_eq!(other.rtc.check(), Ok(()));
    assert_eq!([0x01, 0x03, 0x05, 0x0e, 0x7f].map(|index| other.read(index)), [0x11, 0x22, 0x03, 1, 2]);
    assert_eq!([0x0a, 0x0b].map(|index| other.read(index)), [0x26, 0x04], "the format, no interrupts, no other rate");
    assert_eq!((other.read(0), other.read(4)), (56, 0x8c), "12 hours in binary");
}

#[test]
fn any_contents_make_a_valid_clock() {
    let mut random = Random::new(6);
    for _ in 0..200 {
        let mut bytes = [0; CMOS_BYTES];
        bytes.fill_with(|| random.byte());
        let mut rig = Rig::at(NOON);
        rig.rtc.set_contents(&bytes);
        rig.rtc.set_time(NOON, &mut rig.bench.io());
        assert_eq!((rig.rtc.check(), rig.time()), (Ok(()), NOON));
    }
}

fn random_access(rig: &mut Rig, random: &mut Random) {
    match random.below(8) {
        0 => rig.write(random.below(10) as u8, random.byte()),
        1 => rig.write(random.below(10) as u8, to_bcd(random.below(60) as u8)),
        2 => rig.write(0x0a, if random.below(4) == 0 { random.byte() } else { 0x20 | random.below(16) as u8 }),
        3 => rig.write(0x0b, random.byte()),
        4 => rig.write(random.byte(), random.byte()),
        5 => _ = rig.read(random.byte()),
        6 => _ = rig.read(0x0c),
        _ => rig.advance(random.below(3 * TICKS_PER_SECOND)),
    }
}

#[test]
fn advancing_at_once_equals_advancing_in_small_steps() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut stepped = Rig::at(date(1999, 12, 31));
        for _ in 0..random.below(30) {
            random_access(&mut stepped, &mut random);
        }
        let mut at_once = stepped.rtc.clone();
        for step in 0..300 {
            stepped.advance(random.below(TICKS_PER_SECOND / 20));
            assert_eq!(
                stepped.rtc.date_time(stepped.bench.now),
                at_once.date_time(stepped.bench.now),
                "seed {seed}, step {step}"
            );
            stepped.rtc.sync(stepped.bench.now);
            let mut lazy = at_once.clone();
            lazy.sync(stepped.bench.now);
            assert_eq!(stepped.irq(), lazy.requests_interrupt(), "seed {seed}, step {step}");
        }
        at_once.sync(stepped.bench.now);
        assert_eq!(stepped.rtc, at_once, "seed {seed}");
    }
}

#[test]
fn days_at_once_equal_second_by_second() {
    // 28 April and 27 October 2024 are days of a shift.
    for (b, start) in [0x02, 0x06, 0x00, 0x04].map(|b| (b, date(2024, 2, 27))).into_iter().chain([
        (0x03, date(2024, 4, 27)),
        (0x05, date(2024, 10, 26)),
        (0x03, date(2024, 10, 26)),
    ]) {
        let mut stepped = Rig::at(start);
        stepped.write(0x0b, b);
        stepped.rtc.set_time(start, &mut stepped.bench.io());
        let mut at_once = stepped.rtc.clone();
        for _ in 0..3 * 86_400 {
            stepped.seconds(1);
            stepped.rtc.sync(stepped.bench.now);
        }
        at_once.sync(stepped.bench.now);
        assert_eq!(stepped.rtc, at_once);
    }
}

#[test]
fn random_accesses_keep_the_state_valid_and_it_survives_save_and_load() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut rig = Rig::at(NOON);
        for _ in 0..500 {
            random_access(&mut rig, &mut random);
            rig.rtc.check().unwrap();
        }
        let mut writer = StateWriter::default();
        rig.rtc.visit(&mut writer);
        let data = writer.finish();
        let mut loaded = Rtc::new(IRQ);
        let mut reader = StateReader::new(&data);
        loaded.visit(&mut reader);
        reader.finish().unwrap();
        assert_eq!(loaded, rig.rtc);
    }
}

#[test]
fn a_random_state_is_refused_or_runs_without_a_panic() {
    let mut random = Random::new(11);
    let mut accepted = 0;
    for _ in 0..2000 {
        let mut rig = Rig::at(NOON);
        (0..10).for_each(|_| random_access(&mut rig, &mut random));
        let mut writer = StateWriter::default();
        rig.rtc.visit(&mut writer);
        let mut data = writer.finish();
        for _ in 0..1 + random.below(3) {
            let at = random.below(data.len() as u64) as usize;
            data[at] = random.byte();
        }
        let mut reader = StateReader::new(&data);
        rig.rtc.visit(&mut reader);
        if reader.finish().is_ok() && rig.rtc.check().is_ok() {
            accepted += 1;
            // Before the present tick or after it: either is a state of this chip.
            (0..10).for_each(|_| random_access(&mut rig, &mut random));
        }
    }
    assert!(accepted > 100, "only {accepted} states were accepted");
}
