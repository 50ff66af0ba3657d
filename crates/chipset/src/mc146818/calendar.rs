//! The calendar of the MC146818: what its ten registers mean in each format, and how seconds move them on.

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl DateTime {
    /// Midnight, 1 January 2026: where the clock of a machine starts that nobody told the time.
    pub const START_OF_2026: DateTime = DateTime { year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
}

pub(super) const SECONDS_PER_DAY: u32 = 86_400;
/// Days in four years, one of them a leap year.
const DAYS_PER_FOUR_YEARS: u64 = 1461;
const PM: u8 = 0x80;
/// Daylight saving begins on the last Sunday of April and ends on the last of October.
pub(super) const SPRING_MONTH: u8 = 4;
const AUTUMN_MONTH: u8 = 10;
const SUNDAY: u8 = 1;
/// 01:59:59.
const LAST_BEFORE_SHIFT: u32 = 2 * 3600 - 1;

/// How the registers of the calendar are coded: bits DM and 24/12 of register B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) binary: bool,
    pub(super) hours_24: bool,
}

impl Format {
    pub(super) fn encode(self, number: u8) -> u8 {
        if self.binary { number } else { to_bcd(number) }
    }

    /// A register as a number; a digit above 9 counts as its value.
    pub(super) fn decode(self, register: u8) -> u8 {
        if self.binary { register } else { from_bcd(register) }
    }

    /// The hours register of an hour from 0 to 23.
    pub(super) fn encode_hour(self, hour: u8) -> u8 {
        if self.hours_24 {
            return self.encode(hour);
        }
        let number = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
        self.encode(number) | if hour >= 12 { PM } else { 0 }
    }

    /// The hour from 0 to 23 of the hours register.
    pub(super) fn decode_hour(self, register: u8) -> u8 {
        if self.hours_24 {
            return self.decode(register).min(23);
        }
        let number = self.decode(register & !PM).clamp(1, 12) % 12;
        if register & PM != 0 { number + 12 } else { number }
    }
}

pub(super) const fn to_bcd(number: u8) -> u8 {
    ((number / 10 % 10) << 4) | (number % 10)
}

pub(super) const fn from_bcd(register: u8) -> u8 {
    (register >> 4) * 10 + (register & 15)
}

/// The state of the calendar as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    /// 0 to 99.
    pub(super) century: u8,
    /// 0 to 99.
    pub(super) year: u8,
    /// 1 to 12.
    pub(super) month: u8,
    /// 1 to the length of the month.
    pub(super) day: u8,
    /// 1 (Sunday) to 7.
    pub(super) weekday: u8,
    /// 0 to 86399.
    pub(super) second_of_day: u32,
}

impl Calendar {
    /// The calendar at this date; numbers out of range are taken as the nearest that are in it.
    pub(super) fn new(date: DateTime) -> Calendar {
        let year = date.year.min(9999);
        let hour = u32::from(date.hour.min(23));
        let minute = u32::from(date.minute.min(59));
        let mut calendar = Calendar {
            century: (year / 100) as u8,
            year: (year % 100) as u8,
            month: date.month,
            day: date.day,
            weekday: 1,
            second_of_day: (hour * 60 + minute) * 60 + u32::from(date.second.min(59)),
        };
        calendar.clamp();
        calendar.weekday = weekday(year, calendar.month, calendar.day);
        calendar
    }

    /// Brings each number into its range.
    pub(super) fn clamp(&mut self) {
        self.century = self.century.min(99);
        self.year = self.year.min(99);
        self.month = self.month.clamp(1, 12);
        self.day = self.day.clamp(1, self.days_in_month());
        self.weekday = self.weekday.clamp(1, 7);
    }

    pub(super) fn date_time(&self) -> DateTime {
        DateTime {
            year: u16::from(self.century) * 100 + u16::from(self.year),
            month: self.month,
            day: self.day,
            hour: (self.second_of_day / 3600) as u8,
            minute: (self.second_of_day / 60 % 60) as u8,
            second: (self.second_of_day % 60) as u8,
        }
    }

    // QUIRK: the chip knows two digits of the year, so that every fourth year is a leap year.
    fn days_in_month(&self) -> u8 {
        days_in_month(self.month, self.year.is_multiple_of(4))
    }

    /// Lets `seconds` pass.
    pub(super) fn advance(&mut self, seconds: u64) {
        let total = u64::from(self.second_of_day).saturating_add(seconds);
        self.second_of_day = (total % u64::from(SECONDS_PER_DAY)) as u32;
        let days = total / u64::from(SECONDS_PER_DAY);
        self.weekday = ((u64::from(self.weekday) - 1 + days % 7) % 7) as u8 + 1;
        let leaps = days / DAYS_PER_FOUR_YEARS;
        // Four years on, the date is the same: each four years have one leap day, in whatever century.
        self.add_years(leaps % 2500 * 4);
        for _ in 0..days % DAYS_PER_FOUR_YEARS {
            self.next_day();
        }
    }

    /// The last Sunday of April or October, by the chip's own day of the week.
    fn is_day_of_shift(&self) -> bool {
        matches!(self.month, SPRING_MONTH | AUTUMN_MONTH)
            && self.weekday == SUNDAY
            && self.day + 7 > self.days_in_month()
    }

    /// Seconds until the clock shows 01:59:59 on a day of a shift.
    pub(super) fn seconds_until_shift(&self) -> u32 {
        let mut day = *self;
        if day.is_day_of_shift() && day.second_of_day <= LAST_BEFORE_SHIFT {
            return LAST_BEFORE_SHIFT - day.second_of_day;
        }
        let mut seconds = SECONDS_PER_DAY - day.second_of_day;
        loop {
            day.next_day();
            day.weekday = day.weekday % 7 + 1;
            if day.is_day_of_shift() {
                return seconds + LAST_BEFORE_SHIFT;
            }
            seconds += SECONDS_PER_DAY;
        }
    }

    /// In the hour that October's shift repeats.
    pub(super) fn is_in_repeated_hour(&self) -> bool {
        self.month == AUTUMN_MONTH && self.is_day_of_shift() && self.second_of_day / 3600 == 1
    }

    fn add_years(&mut self, years: u64) {
        let total = u64::from(self.century) * 100 + u64::from(self.year) + years;
        self.century = (total / 100 % 100) as u8;
        self.year = (total % 100) as u8;
    }

    fn next_day(&mut self) {
        self.day += 1;
        if self.day <= self.days_in_month() {
            return;
        }
        self.day = 1;
        self.month += 1;
        if self.month > 12 {
            self.month = 1;
            self.add_years(1);
        }
    }
}

const fn days_in_month(month: u8, is_leap: bool) -> u8 {
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the week in the Gregorian calendar, 1 for Sunday.
fn weekday(year: u16, month: u8, day: u8) -> u8 {
    let year = u32::from(year);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_before: u32 = (1..month).map(|month| u32::from(days_in_month(month, is_leap))).sum();
    // Leap days before 1 January of the year, the year 0 included.
    let leaps = if year == 0 { 0 } else { (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1 };
    // 1 January of the year 0 was a Saturday.
    ((year * 365 + leaps + days_before + u32::from(day) + 5) % 7) as u8 + 1
}

/// An alarm: the second, minute and hour it is for, `None` where any matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    pub(super) hour: Option<u32>,
    pub(super) minute: Option<u32>,
    pub(super) second: Option<u32>,
}

impl Alarm {
    /// Whether the alarm is for this second.
    pub(super) fn matches(&self, second_of_day: u32) -> bool {
        let is = |wanted: Option<u32>, shown: u32| wanted.is_none_or(|wanted| wanted == shown);
        is(self.hour, second_of_day / 3600)
            && is(self.minute, second_of_day / 60 % 60)
            && is(self.second, second_of_day % 60)
    }

    /// Seconds from `second_of_day` until the alarm, 1 to 86400.
    pub(super) fn seconds_after(&self, second_of_day: u32) -> Option<u32> {
        let start = second_of_day + 1;
        let hours = start / 3600..=start / 3600 + 24;
        hours
            .filter(|hour| self.hour.is_none_or(|wanted| wanted == hour % 24))
            .find_map(|hour| {
                let from = start.saturating_sub(hour * 3600);
                self.first_in_hour(from).map(|second| hour * 3600 + second)
            })
            .map(|at| at - second_of_day)
    }

    /// The first second of an hour, not before `from`, at which minute and second match.
    fn first_in_hour(&self, from: u32) -> Option<u32> {
        let at = match (self.minute, self.second) {
            (Some(minute), Some(second)) => Some(minute * 60 + second).filter(|at| *at >= from),
            (Some(minute), None) => Some(from.max(minute * 60)).filter(|at| at / 60 == minute),
            (None, Some(second)) => Some(from + (60 + second - from % 60) % 60),
            (None, None) => Some(from),
        };
        at.filter(|at| *at < 3600)
    }
}
