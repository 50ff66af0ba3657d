//! How the MC146818 keeps time: seconds, flags and deadlines from cycles of the crystal.

use super::calendar::{Alarm, Calendar, Format, SPRING_MONTH, from_bcd, to_bcd};
use super::{
    A_DV, A_RS, ALARM_ANY, B_24_HOURS, B_AIE, B_DM, B_DSE, B_PIE, B_SET, B_UIE, C_AF, C_PF, C_UF, CENTURY, CENTURY_PS2,
    CYCLES_PER_SECOND, DAY_OF_MONTH, DAY_OF_WEEK, DV_32KHZ, HOURS, HOURS_ALARM, MINUTES, MINUTES_ALARM, MONTH,
    REGISTER_A, REGISTER_B, REGISTER_C, Rtc, SECONDS, SECONDS_ALARM, UPDATE_CYCLES, YEAR,
};
use beige_core::{ClockRatio, Tick};

impl Rtc {
    fn format(&self) -> Format {
        let b = self.cmos[REGISTER_B];
        Format { binary: b & B_DM != 0, hours_24: b & B_24_HOURS != 0 }
    }

    /// The registers as numbers.
    ///
    /// DEVIATION: the chip counts on from numbers that no clock shows; here an update first brings them into range.
    pub(super) fn calendar(&self) -> Calendar {
        let format = self.format();
        let number = |index: usize| format.decode(self.cmos[index]);
        let hour = u32::from(format.decode_hour(self.cmos[HOURS]));
        let minute = u32::from(number(MINUTES).min(59));
        let mut calendar = Calendar {
            century: from_bcd(self.cmos[CENTURY]),
            year: number(YEAR),
            month: number(MONTH),
            day: number(DAY_OF_MONTH),
            weekday: number(DAY_OF_WEEK),
            second_of_day: (hour * 60 + minute) * 60 + u32::from(number(SECONDS).min(59)),
        };
        calendar.clamp();
        calendar
    }

    pub(super) fn store(&mut self, calendar: Calendar) {
        let format = self.format();
        let time = calendar.date_time();
        self.cmos[SECONDS] = format.encode(time.second);
        self.cmos[MINUTES] = format.encode(time.minute);
        self.cmos[HOURS] = format.encode_hour(time.hour);
        self.cmos[DAY_OF_WEEK] = format.encode(calendar.weekday);
        self.cmos[DAY_OF_MONTH] = format.encode(time.day);
        self.cmos[MONTH] = format.encode(time.month);
        self.cmos[YEAR] = format.encode(calendar.year);
        self.store_century(calendar.century);
    }

    fn store_century(&mut self, century: u8) {
        self.cmos[CENTURY] = to_bcd(century);
        self.cmos[CENTURY_PS2] = to_bcd(century);
    }

    /// The alarm registers, `None` when they hold what no clock shows.
    fn alarm(&self) -> Option<Alarm> {
        let format = self.format();
        let decode = |index: usize, limit: u8, encode: &dyn Fn(u8) -> u8| match self.cmos[index] {
            ALARM_ANY.. => Some(None),
            register => (0..limit).find(|number| encode(*number) == register).map(|number| Some(u32::from(number))),
        };
        Some(Alarm {
            hour: decode(HOURS_ALARM, 24, &|number| format.encode_hour(number))?,
            minute: decode(MINUTES_ALARM, 60, &|number| format.encode(number))?,
            second: decode(SECONDS_ALARM, 60, &|number| format.encode(number))?,
        })
    }

    /// Updates from now until the alarm, 1 to 86400.
    fn updates_until_alarm(&self) -> Option<u64> {
        self.alarm()?.seconds_after(self.calendar().second_of_day).map(u64::from)
    }

    // DEVIATION: with the DV codes of other crystals the chip would run slow by 32 or 128; here it stands still.
    pub(super) fn divider_runs(&self) -> bool {
        self.cmos[REGISTER_A] & A_DV == DV_32KHZ
    }

    fn is_setting(&self) -> bool {
        self.cmos[REGISTER_B] & B_SET != 0
    }

    /// Cycles between periodic interrupts. SPEC: MC146818 "Periodic interrupt rate", 32.768 kHz column.
    fn period(&self) -> Option<u64> {
        match self.cmos[REGISTER_A] & A_RS {
            0 => None,
            rate @ 1..=2 => Some(64 << rate),
            rate => Some(1 << (rate - 1)),
        }
    }

    /// Cycles that the divider has counted at `cycle`, modulo a second.
    fn divider_at(&self, cycle: u64) -> u64 {
        cycle.wrapping_add(CYCLES_PER_SECOND).wrapping_sub(self.next_second)
    }

    /// Brings registers and flags to this tick.
    pub(super) fn sync(&mut self, now: Tick) {
        let cycle = ClockRatio::RTC.cycles(now).max(self.cycle);
        let was = std::mem::replace(&mut self.cycle, cycle);
        if !self.divider_runs() {
            self.next_second = cycle.saturating_add(CYCLES_PER_SECOND);
            return;
        }
        if let Some(period) = self.period()
            && self.divider_at(cycle) / period > self.divider_at(was) / period
        {
            self.cmos[REGISTER_C] |= C_PF;
        }
        if cycle < self.next_second {
            return;
        }
        let seconds = (cycle - self.next_second) / CYCLES_PER_SECOND + 1;
        self.next_second = self.next_second.saturating_add(seconds * CYCLES_PER_SECOND);
        if !self.is_setting() {
            self.update(seconds);
        }
    }

    fn saves_daylight(&self) -> bool {
        self.cmos[REGISTER_B] & B_DSE != 0
    }

    /// Makes `seconds` update cycles.
    fn update(&mut self, mut seconds: u64) {
        if !self.saves_daylight() {
            self.is_second_pass = false;
            return self.pass(seconds);
        }
        // The clock may have been set to another hour.
        self.is_second_pass &= self.calendar().is_in_repeated_hour();
        while seconds > 0 {
            let until_shift = u64::from(self.calendar().seconds_until_shift());
            if seconds <= until_shift {
                return self.pass(seconds);
            }
            self.pass(until_shift);
            self.shift();
            seconds -= until_shift + 1;
        }
    }

    /// The update that follows 01:59:59 on the day of a shift.
    ///
    /// SPEC: MC146818 "Register B", DSE: on the last Sunday in April it makes 03:00:00 of it; on the last Sunday in
    /// October it makes 01:00:00, the first time.
    fn shift(&mut self) {
        let mut calendar = self.calendar();
        let is_spring = calendar.month == SPRING_MONTH;
        calendar.second_of_day = match (is_spring, self.is_second_pass) {
            (true, _) => 3 * 3600,
            (false, false) => 3600,
            (false, true) => 2 * 3600,
        };
        self.is_second_pass = !is_spring && !self.is_second_pass;
        self.cmos[REGISTER_C] |= C_UF;
        if self.alarm().is_some_and(|alarm| alarm.matches(calendar.second_of_day)) {
            self.cmos[REGISTER_C] |= C_AF;
        }
        self.store(calendar);
    }

    /// Makes `seconds` update cycles without a shift.
    fn pass(&mut self, seconds: u64) {
        if seconds == 0 {
            return;
        }
        if self.updates_until_alarm().is_some_and(|updates| updates <= seconds) {
            self.cmos[REGISTER_C] |= C_AF;
        }
        self.cmos[REGISTER_C] |= C_UF;
        let mut calendar = self.calendar();
        let century = calendar.century;
        let kept = [self.cmos[CENTURY], self.cmos[CENTURY_PS2]];
        calendar.advance(seconds);
        self.store(calendar);
        if calendar.century == century {
            // The century bytes are RAM; only a roll-over of the year writes them.
            [self.cmos[CENTURY], self.cmos[CENTURY_PS2]] = kept;
        }
    }

    /// A shift before the alarm may move it: the clock looks again after the shift.
    fn wake_for_alarm(&self, updates: u64) -> u64 {
        if !self.saves_daylight() {
            return updates;
        }
        updates.min(u64::from(self.calendar().seconds_until_shift()) + 1)
    }

    pub(super) fn is_updating(&self) -> bool {
        self.divider_runs() && !self.is_setting() && self.next_second.saturating_sub(self.cycle) <= UPDATE_CYCLES
    }

    pub(super) fn next_interrupt(&self) -> Option<u64> {
        if !self.divider_runs() || self.requests_interrupt() {
            return None;
        }
        let b = self.cmos[REGISTER_B];
        let periodic = self
            .period()
            .filter(|_| b & B_PIE != 0)
            .map(|period| self.cycle.saturating_add(period - self.divider_at(self.cycle) % period));
        let update = (b & B_UIE != 0).then_some(self.next_second);
        let alarm = (b & B_AIE != 0 && b & B_SET == 0)
            .then(|| self.updates_until_alarm())
            .flatten()
            .map(|updates| self.wake_for_alarm(updates))
            .map(|updates| self.next_second.saturating_add((updates - 1) * CYCLES_PER_SECOND));
        [periodic, update, alarm].into_iter().flatten().min()
    }
}
