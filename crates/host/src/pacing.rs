//! Real time: keeping guest time beside host time, measuring speed, and choosing the rate of a CPU that is to run as
//! fast as the host can. Everything here is arithmetic on times that the caller measured.

use beige_core::{ClockRatio, TICKS_PER_SECOND, Tick};
use std::time::Duration;

/// Keeps guest time beside host time, with a bounded memory: what a guest is behind by more than
/// [`Pacer::LAG_MAX`] is forgotten, so that a host that slept is not followed by a guest that races.
#[derive(Clone, Debug)]
pub struct Pacer {
    host: Duration,
    guest: Tick,
}

impl Pacer {
    /// The most that is caught up, in host time.
    pub const LAG_MAX: Duration = Duration::from_millis(100);

    /// From now on guest time runs beside host time.
    #[must_use]
    pub fn new(host: Duration, guest: Tick) -> Pacer {
        Pacer { host, guest }
    }

    /// The tick at which the guest should be at `host`, when it is at `guest`. A guest too far behind is let off.
    pub fn target(&mut self, host: Duration, guest: Tick) -> Tick {
        let target = self.tick_of(host);
        let lag_max = ticks(Pacer::LAG_MAX);
        if target.saturating_sub(guest) <= lag_max {
            return target;
        }
        *self = Pacer::new(host.saturating_sub(Pacer::LAG_MAX), guest);
        guest.saturating_add(lag_max)
    }

    /// When the host's clock shows the time of `tick`.
    #[must_use]
    pub fn host_time_of(&self, tick: Tick) -> Duration {
        self.host.saturating_add(Duration::from_nanos(tick.saturating_sub(self.guest)))
    }

    fn tick_of(&self, host: Duration) -> Tick {
        self.guest.saturating_add(ticks(host.saturating_sub(self.host)))
    }
}

/// A host time in ticks, which are nanoseconds.
fn ticks(time: Duration) -> Tick {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Guest speed over a span of host time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Speed {
    /// Guest time by host time, in percent.
    pub percent: u32,
    /// Instructions in a host second, in thousands.
    pub kips: u64,
}

/// Measures [`Speed`] over about a second.
#[derive(Clone, Debug)]
pub struct SpeedMeter {
    host: Duration,
    guest: Tick,
    instructions: u64,
}

impl SpeedMeter {
    const SPAN: Duration = Duration::from_secs(1);

    /// Begins a span.
    #[must_use]
    pub fn new(host: Duration, guest: Tick, instructions: u64) -> SpeedMeter {
        SpeedMeter { host, guest, instructions }
    }

    /// The speed of the span that is over, if one is; begins the next.
    pub fn measure(&mut self, host: Duration, guest: Tick, instructions: u64) -> Option<Speed> {
        let span = host.saturating_sub(self.host);
        if span < SpeedMeter::SPAN {
            return None;
        }
        let nanos = ticks(span).max(1);
        let of_span = |amount: u64, scale: u64| {
            u64::try_from(u128::from(amount) * u128::from(scale) / u128::from(nanos)).unwrap_or(u64::MAX)
        };
        let percent = of_span(guest.saturating_sub(self.guest) + nanos / 200, 100);
        let kips = of_span(instructions.saturating_sub(self.instructions), 1_000_000);
        *self = SpeedMeter::new(host, guest, instructions);
        Some(Speed { percent: u32::try_from(percent).unwrap_or(u32::MAX), kips })
    }
}

/// Chooses the rate of a CPU that is to be as fast as the host: the speed at which the host was seen to execute, less a
/// reserve for drawing. It moves in steps, so that the rate stands still while the measurements tremble.
#[derive(Clone, Debug)]
pub struct RateControl {
    /// Instructions a second that the machine is set to.
    rate: u64,
    /// Instructions a second that the host manages, smoothed; 0 before the first measurement.
    measured: u64,
    /// What was executed since the last measurement, and how long that took.
    instructions: u64,
    busy: Duration,
}

impl RateControl {
    /// The rate before the host's speed is known, in instructions a second: that of a 486 at 40 MHz.
    pub const START: u64 = 20_000_000;
    /// The lowest and the highest rate.
    pub const RANGE: std::ops::RangeInclusive<u64> = 1_000_000..=2_000_000_000;
    /// Host time spent executing that makes one measurement. At the start rate a fast host executes for a fortieth of
    /// the time, and a guest that mostly waits for less, so that much must be little.
    const SAMPLE: Duration = Duration::from_millis(40);
    /// That of the first one, which need not be exact to be better than none.
    const FIRST_SAMPLE: Duration = Duration::from_millis(5);
    /// The share of the host's speed that the guest gets, in percent.
    const SHARE_PERCENT: u64 = 80;
    /// How far the wanted rate must be from the present one before it is changed, in percent.
    const DEAD_BAND_PERCENT: u64 = 12;

    /// A control of a machine that is set to [`RateControl::START`].
    #[must_use]
    pub fn new() -> RateControl {
        RateControl { rate: RateControl::START, measured: 0, instructions: 0, busy: Duration::ZERO }
    }

    /// The host took `busy` to execute `instructions`. The rate to set the machine to, when that should change.
    pub fn executed(&mut self, instructions: u64, busy: Duration) -> Option<ClockRatio> {
        self.instructions = self.instructions.saturating_add(instructions);
        self.busy = self.busy.saturating_add(busy);
        let needed = if self.measured == 0 { RateControl::FIRST_SAMPLE } else { RateControl::SAMPLE };
        if self.busy < needed {
            return None;
        }
        let nanos = ticks(self.busy).max(1);
        let sample = u128::from(self.instructions) * u128::from(TICKS_PER_SECOND) / u128::from(nanos);
        let sample = u64::try_from(sample).unwrap_or(u64::MAX).min(*RateControl::RANGE.end());
        (self.instructions, self.busy) = (0, Duration::ZERO);
        self.measured = if self.measured == 0 { sample } else { (self.measured * 3 + sample) / 4 };
        let wanted = self.measured * RateControl::SHARE_PERCENT / 100;
        let wanted = round(wanted.clamp(*RateControl::RANGE.start(), *RateControl::RANGE.end()));
        if wanted.abs_diff(self.rate) * 100 <= self.rate * RateControl::DEAD_BAND_PERCENT {
            return None;
        }
        self.rate = wanted;
        Some(ClockRatio::from_hz(wanted, 1))
    }
}

impl Default for RateControl {
    fn default() -> RateControl {
        RateControl::new()
    }
}

/// Two significant digits.
fn round(rate: u64) -> u64 {
    let mut unit = 1;
    while rate / unit >= 100 {
        unit *= 10;
    }
    rate / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn guest_time_follows_host_time() {
        let mut pacer = Pacer::new(ms(1000), 5_000_000);
        assert_eq!(pacer.target(ms(1010), 5_000_000), 15_000_000);
        assert_eq!(pacer.host_time_of(15_000_000), ms(1010));
        assert_eq!(pacer.target(ms(900), 5_000_000), 5_000_000);
    }

    #[test]
    fn a_host_that_slept_is_followed_for_a_tenth_of_a_second_only() {
        let mut pacer = Pacer::new(ms(0), 0);
        assert_eq!(pacer.target(ms(3_600_000), 0), 100_000_000);
        assert_eq!(pacer.target(ms(3_600_010), 100_000_000), 110_000_000);
    }

    #[test]
    fn a_guest_that_is_always_too_slow_never_owes_more_than_the_bound() {
        let mut pacer = Pacer::new(ms(0), 0);
        let (mut guest, mut host) = (0, ms(0));
        for _ in 0..1000 {
            host += ms(20);
            let target = pacer.target(host, guest);
            assert!(target - guest <= 100_000_000);
            guest += 10_000_000;
        }
        assert!(pacer.target(host, guest) - guest >= 90_000_000);
    }

    #[test]
    fn speed_is_measured_once_a_second() {
        let mut meter = SpeedMeter::new(ms(0), 0, 0);
        assert_eq!(meter.measure(ms(999), 999_000_000, 1000), None);
        let speed = meter.measure(ms(2000), 1_000_000_000, 30_000_000);
        assert_eq!(speed, Some(Speed { percent: 50, kips: 15_000 }));
        assert_eq!(meter.measure(ms(2500), 1_500_000_000, 0), None);
    }

    /// Runs the control against a host of `host` instructions a second for `seconds`; how often the rate changed.
    fn settle(control: &mut RateControl, host: impl Fn(u64) -> u64, seconds: u64) -> u32 {
        let mut changes = 0;
        for step in 0..seconds * 100 {
            let busy = ms(10);
            changes += u32::from(control.executed(host(step) / 100, busy).is_some());
        }
        changes
    }

    #[test]
    fn the_rate_settles_below_the_speed_of_the_host_and_stays() {
        let mut control = RateControl::new();
        assert!(settle(&mut control, |_| 50_000_000, 2) >= 1);
        assert_eq!(control.rate, 40_000_000);
        assert_eq!(settle(&mut control, |step| 50_000_000 + step % 7 * 1_000_000, 60), 0);
    }

    #[test]
    fn a_guest_that_begins_to_work_has_a_fast_host_within_a_second() {
        let (host, mut control) = (800_000_000, RateControl::new());
        for _ in 0..250 {
            // What 4 ms of guest time take.
            let busy = ms(4).mul_f64(control.rate as f64 / host as f64);
            control.executed(control.rate / 250, busy);
        }
        assert_eq!(control.rate, 640_000_000);
    }

    #[test]
    fn a_host_that_becomes_slow_is_followed_within_a_second() {
        let mut control = RateControl::new();
        settle(&mut control, |_| 100_000_000, 5);
        settle(&mut control, |_| 20_000_000, 2);
        assert!(control.rate <= 20_000_000, "{}", control.rate);
    }

    #[test]
    fn an_idle_guest_changes_nothing() {
        let mut control = RateControl::new();
        for _ in 0..1000 {
            assert_eq!(control.executed(10, Duration::from_micros(1)), None);
        }
    }
}
