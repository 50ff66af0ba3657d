//! Numbers with units as users write them: memory sizes, clocks, guest times, dates.

use beige_host::{DateTime, TICKS_PER_SECOND, Tick};

/// The factor of one unit.
type Unit = (&'static str, u64);

/// A decimal number with one of `units` after it, in the base unit. `None` when it is none, or no whole
/// number of base units.
fn with_unit(text: &str, units: &[Unit]) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let factor = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim_start()))?.1;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || (number.contains('.') && fraction.is_empty()) || fraction.len() > 9 {
        return None;
    }
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(u128::from(factor))?;
    let scale = 10u128.pow(fraction.len() as u32);
    if scaled.is_multiple_of(scale) { u64::try_from(scaled / scale).ok() } else { None }
}

/// A span of guest time such as `500ms`, `20s`, `1.5s`, `10m` or `1h`, in ticks.
pub(crate) fn guest_time(text: &str) -> Result<Tick, String> {
    const UNITS: &[Unit] = &[
        ("us", TICKS_PER_SECOND / 1_000_000),
        ("ms", TICKS_PER_SECOND / 1000),
        ("s", TICKS_PER_SECOND),
        ("m", 60 * TICKS_PER_SECOND),
        ("min", 60 * TICKS_PER_SECOND),
        ("h", 3600 * TICKS_PER_SECOND),
    ];
    match with_unit(text, UNITS) {
        Some(0) => Err(format!("`{text}` is no time at all: give one such as 500ms, 20s or 10m")),
        Some(ticks) => Ok(ticks),
        None => Err(format!("`{text}` is no time: write one such as 500ms, 20s or 10m")),
    }
}

/// An amount of memory such as `640K`, `16M` or `1G`, in KiB.
pub(crate) fn memory_kib(text: &str) -> Result<u32, String> {
    const UNITS: &[Unit] = &[
        ("K", 1 << 10),
        ("KB", 1 << 10),
        ("KiB", 1 << 10),
        ("M", 1 << 20),
        ("MB", 1 << 20),
        ("MiB", 1 << 20),
        ("G", 1 << 30),
        ("GB", 1 << 30),
        ("GiB", 1 << 30),
    ];
    let zero = !text.is_empty() && text.trim_start_matches(['0', '.']).is_empty();
    let Some(bytes) = with_unit(text, UNITS).or(zero.then_some(0)) else {
        return Err("write an amount with its unit, such as 640K or 16M".to_owned());
    };
    if bytes == 0 {
        return Err("a PC cannot run without memory: give 640K or more".to_owned());
    }
    if bytes % 1024 != 0 {
        return Err("memory comes in whole KiB: give an amount such as 640K or 16M".to_owned());
    }
    u32::try_from(bytes / 1024)
        .map_err(|_| "that is more than any PC of the time addresses: give 3G or less".to_owned())
}

/// A clock such as `4.77MHz`, in Hz.
pub(crate) fn clock_hz(text: &str) -> Result<u64, String> {
    const UNITS: &[Unit] = &[("kHz", 1000), ("MHz", 1_000_000), ("GHz", 1_000_000_000)];
    const RANGE_HZ: std::ops::RangeInclusive<u64> = 100_000..=10_000_000_000;
    match with_unit(text, UNITS) {
        Some(hz) if RANGE_HZ.contains(&hz) => Ok(hz),
        Some(_) => Err("clocks run from 100kHz to 10GHz: give one such as 4.77MHz or 33MHz".to_owned()),
        None => Err("write `max`, or a clock with its unit, such as 4.77MHz or 33MHz".to_owned()),
    }
}

/// The years that the real-time clock and DOS can tell apart.
const YEARS: std::ops::RangeInclusive<u16> = 1980..=2099;

/// A date and time such as `2026-01-01T12:00:00`.
pub(crate) fn date_time(text: &str) -> Result<DateTime, String> {
    let malformed = || "write a date and time such as 2026-01-01T12:00:00".to_owned();
    let (date, time) = text.split_once(['T', 't', ' ']).ok_or_else(malformed)?;
    let [year, month, day] = fields(date, '-').ok_or_else(malformed)?;
    let [hour, minute, second] = fields(time, ':').ok_or_else(malformed)?;
    if !YEARS.contains(&year) {
        return Err(format!("the clock knows the years {} to {}: give one of them", YEARS.start(), YEARS.end()));
    }
    if !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return Err(format!("there is no {date}: give a day that exists"));
    }
    if hour > 23 || minute > 59 || second > 59 {
        return Err(format!("there is no {time}: give a time from 00:00:00 to 23:59:59"));
    }
    let [month, day, hour, minute, second] = [month, day, hour, minute, second].map(|field| field as u8);
    Ok(DateTime { year, month, day, hour, minute, second })
}

/// Three numbers between separators, digits only.
fn fields(text: &str, separator: char) -> Option<[u16; 3]> {
    let mut numbers = text.split(separator).map(|field| {
        let digits = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit());
        if digits { field.parse::<u16>().ok() } else { None }
    });
    let fields = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(fields)
}

fn days_in(year: u16, month: u16) -> u16 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A port number, decimal or hexadecimal as `0xf4` or `F4h`.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    let lower = text.to_ascii_lowercase();
    let number = if let Some(hex) = lower.strip_prefix("0x") {
        u16::from_str_radix(hex, 16)
    } else if let Some(hex) = lower.strip_suffix('h') {
        u16::from_str_radix(hex, 16)
    } else {
        lower.parse()
    };
    number.map_err(|_| "write a port from 0 to 65535, such as 0xf4 or 244".to_owned())
}

/// Guest seconds with their fraction.
pub(crate) fn seconds(ticks: Tick) -> f64 {
    ticks as f64 / TICKS_PER_SECOND as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_and_exact_fractions() {
        assert_eq!(guest_time("500ms"), Ok(500_000_000));
        assert_eq!(guest_time("1.5s"), Ok(1_500_000_000));
        assert_eq!(guest_time("10m"), Ok(600 * TICKS_PER_SECOND));
        for text in ["", "5", "s", "-1s", "1.s", ".5s", "0s", "1e3s", "5 parsecs", "1.2.3s", "99999999999999h"] {
            assert!(guest_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn memory_needs_a_unit_and_cannot_be_zero() {
        assert_eq!(memory_kib("640K"), Ok(640));
        assert_eq!(memory_kib("16M"), Ok(16 << 10));
        assert_eq!(memory_kib("1.5m"), Ok(1536));
        assert_eq!(memory_kib("3G"), Ok(3 << 20));
        for text in ["0", "0K", "0M", "0.0M"] {
            assert!(memory_kib(text).unwrap_err().contains("without memory"), "{text}");
        }
        for text in ["", "16", "M", "-1M", "16T", "1.0001K", "99999999G"] {
            assert!(memory_kib(text).is_err(), "{text}");
        }
    }

    #[test]
    fn clocks_are_exact() {
        assert_eq!(clock_hz("4.77MHz"), Ok(4_770_000));
        assert_eq!(clock_hz("33mhz"), Ok(33_000_000));
        for text in ["33", "0MHz", "1Hz", "fast", "99THz"] {
            assert!(clock_hz(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        let leap = DateTime { year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 58 };
        assert_eq!(date_time("2024-02-29T23:59:58"), Ok(leap));
        for text in [
            "",
            "2026-01-01",
            "2023-02-29T00:00:00",
            "2100-01-01T00:00:00",
            "1979-12-31T00:00:00",
            "2026-13-01T00:00:00",
            "2026-00-01T00:00:00",
            "2026-01-00T00:00:00",
            "2026-01-01T24:00:00",
            "2026-01-01T00:60:00",
            "2026-01-01T00:00",
            "2026-01-01T00:00:00:00",
            "2026-+1-01T00:00:00",
        ] {
            assert!(date_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ports_are_decimal_or_hexadecimal() {
        assert_eq!(port("244"), Ok(0xf4));
        assert_eq!(port("0xF4"), Ok(0xf4));
        assert_eq!(port("501h"), Ok(0x501));
        for text in ["", "65536", "0x10000", "-1", "f4"] {
            assert!(port(text).is_err(), "{text}");
        }
    }
}
