//! Time: one integer count of ticks, exact ratios of crystals to it, and the one queue of deadlines.

/// A point in guest time, in nanoseconds since power-on. 64 bits last for 584 years.
pub type Tick = u64;

/// Ticks in one guest second.
pub const TICKS_PER_SECOND: u64 = 1_000_000_000;

/// How fast a clock runs: an exact fraction of cycles per tick.
///
/// Conversions are absolute (from power-on, not from the last call), so no remainder is ever lost and a chip that
/// computes its state lazily agrees with one that is stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockRatio {
    numerator: u64,
    denominator: u64,
}

impl ClockRatio {
    /// The colour-burst crystal of the PC, 14.31818 MHz: exactly 315/22 MHz.
    pub const CRYSTAL_14M: ClockRatio = ClockRatio::from_hz(315_000_000, 22);
    /// The clock of the 8254 and of PC timing in general: the colour-burst crystal by 12.
    pub const PIT: ClockRatio = ClockRatio::CRYSTAL_14M.divided_by(12);
    /// The watch crystal of the MC146818.
    pub const RTC: ClockRatio = ClockRatio::from_hz(32_768, 1);
    /// The crystal of the 16550A; the baud clock is this by 16 times the divisor.
    pub const UART: ClockRatio = ClockRatio::from_hz(1_843_200, 1);

    /// A clock of `hz / per` cycles a second. A zero on either side is taken as one.
    #[must_use]
    pub const fn from_hz(hz: u64, per: u64) -> ClockRatio {
        let hz = if hz == 0 { 1 } else { hz };
        let ticks = TICKS_PER_SECOND * if per == 0 { 1 } else { per };
        let divisor = greatest_common_divisor(hz, ticks);
        ClockRatio { numerator: hz / divisor, denominator: ticks / divisor }
    }

    const fn divided_by(self, divisor: u64) -> ClockRatio {
        let denominator = self.denominator * divisor;
        let common = greatest_common_divisor(self.numerator, denominator);
        ClockRatio { numerator: self.numerator / common, denominator: denominator / common }
    }

    /// Whole cycles done at `tick`.
    #[must_use]
    pub const fn cycles(self, tick: Tick) -> u64 {
        scale(tick, self.numerator, self.denominator)
    }

    /// The first tick at which `cycle` cycles are done: the inverse of [`ClockRatio::cycles`].
    #[must_use]
    pub const fn tick_of(self, cycle: u64) -> Tick {
        // A division of 128 bits is a call and costs several of 64, and this is asked at every access to a port.
        if let Some(product) = cycle.checked_mul(self.denominator) {
            return product.div_ceil(self.numerator);
        }
        let product = cycle as u128 * self.denominator as u128;
        let quotient = product.div_ceil(self.numerator as u128);
        if quotient > u64::MAX as u128 { u64::MAX } else { quotient as u64 }
    }

    /// The ratio in lowest terms, cycles per tick.
    #[must_use]
    pub const fn parts(self) -> (u64, u64) {
        (self.numerator, self.denominator)
    }

    /// The ratio with these parts, or `None` when one of them is zero.
    #[must_use]
    pub const fn from_parts(numerator: u64, denominator: u64) -> Option<ClockRatio> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(ClockRatio { numerator: numerator / divisor, denominator: denominator / divisor })
    }
}

const fn scale(value: u64, numerator: u64, denominator: u64) -> u64 {
    match value.checked_mul(numerator) {
        Some(product) => product / denominator,
        None => {
            let quotient = value as u128 * numerator as u128 / denominator as u128;
            if quotient > u64::MAX as u128 { u64::MAX } else { quotient as u64 }
        }
    }
}

const fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Who owns a deadline. Handed out by the board; of two deadlines at the same tick the lower id is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceId(u8);

impl DeviceId {
    /// How many devices a timeline can hold.
    pub const COUNT: usize = 32;

    /// The id with this number, taken modulo [`DeviceId::COUNT`].
    #[must_use]
    pub const fn new(number: u8) -> DeviceId {
        DeviceId(number % DeviceId::COUNT as u8)
    }

    /// The number of this id.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The one queue of deadlines: at most one pending wake for each device, ordered by (tick, device).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    deadlines: [Tick; DeviceId::COUNT],
    next: Tick,
}

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline { deadlines: [Timeline::NEVER; DeviceId::COUNT], next: Timeline::NEVER }
    }
}

impl Timeline {
    /// The deadline of a device that awaits nothing.
    pub const NEVER: Tick = Tick::MAX;

    /// Replaces the deadline of `device`; [`Timeline::NEVER`] cancels it.
    pub fn set(&mut self, device: DeviceId, at: Tick) {
        let slot = &mut self.deadlines[usize::from(device.0)];
        let was = std::mem::replace(slot, at);
        if at <= self.next {
            self.next = at;
        } else if was == self.next {
            self.find_next();
        }
    }

    /// The deadline of `device`, [`Timeline::NEVER`] when it has none.
    #[must_use]
    pub fn get(&self, device: DeviceId) -> Tick {
        self.deadlines[usize::from(device.0)]
    }

    /// The earliest deadline of all, [`Timeline::NEVER`] when there is none.
    #[must_use]
    pub fn next(&self) -> Tick {
        self.next
    }

    /// Takes out the first deadline that is due at `now`, with its tick.
    pub fn take_due(&mut self, now: Tick) -> Option<(DeviceId, Tick)> {
        if self.next > now || self.next == Timeline::NEVER {
            return None;
        }
        let at = self.next;
        let number = self.deadlines.iter().position(|deadline| *deadline == at)?;
        self.deadlines[number] = Timeline::NEVER;
        self.find_next();
        Some((DeviceId(number as u8), at))
    }

    fn find_next(&mut self) {
        self.next = self.deadlines.iter().copied().min().unwrap_or(Timeline::NEVER);
    }

    /// Saves, loads or hashes the deadlines.
    pub fn visit(&mut self, v: &mut dyn crate::Visitor) {
        use crate::VisitorExt;
        let Timeline { deadlines, next } = self;
        v.u64s(1, deadlines);
        *next = deadlines.iter().copied().min().unwrap_or(Timeline::NEVER);
    }

    /// # Errors
    /// When a deadline passed long before `now`: what is due is served after one instruction.
    pub fn check(&self, now: Tick) -> Result<(), crate::StateError> {
        if self.next.saturating_add(TICKS_PER_SECOND) < now {
            return Err(crate::StateError::invalid("timeline", "a deadline was missed"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pit_clock_makes_21_cycles_in_17600_ns_exactly() {
        assert_eq!(ClockRatio::PIT.parts(), (21, 17_600));
        assert_eq!(ClockRatio::PIT.cycles(17_600), 21);
        assert_eq!(ClockRatio::PIT.cycles(17_599), 20);
    }

    #[test]
    fn tick_of_is_the_first_tick_at_which_the_cycle_is_done() {
        for clock in [ClockRatio::PIT, ClockRatio::RTC, ClockRatio::UART, ClockRatio::CRYSTAL_14M] {
            for cycle in [1, 2, 3, 65_535, 1_193_182, u64::from(u32::MAX)] {
                let tick = clock.tick_of(cycle);
                assert!(clock.cycles(tick) >= cycle);
                assert!(clock.cycles(tick - 1) < cycle);
            }
        }
    }

    #[test]
    fn cycles_beyond_64_bit_products_stay_exact() {
        let century = 100 * 365 * 86_400 * TICKS_PER_SECOND;
        assert_eq!(ClockRatio::RTC.cycles(century), 100 * 365 * 86_400 * 32_768);
    }

    #[test]
    fn tick_of_is_the_same_on_both_sides_of_64_bit_products() {
        for clock in [ClockRatio::PIT, ClockRatio::RTC, ClockRatio::CRYSTAL_14M, ClockRatio::from_hz(3, 7)] {
            let (numerator, denominator) = clock.parts();
            let edge = u64::MAX / denominator;
            for cycle in [0, 1, edge - 1, edge, edge + 1, edge.saturating_mul(3), u64::MAX] {
                let exact = (u128::from(cycle) * u128::from(denominator)).div_ceil(u128::from(numerator));
                assert_eq!(u128::from(clock.tick_of(cycle)), exact.min(u128::from(u64::MAX)), "{clock:?} {cycle}");
            }
        }
    }

    #[test]
    fn deadlines_at_the_same_tick_are_served_in_device_order() {
        let mut timeline = Timeline::default();
        timeline.set(DeviceId::new(7), 50);
        timeline.set(DeviceId::new(3), 50);
        timeline.set(DeviceId::new(5), 40);
        assert_eq!(timeline.next(), 40);
        assert_eq!(timeline.take_due(39), None);
        assert_eq!(timeline.take_due(60), Some((DeviceId::new(5), 40)));
        assert_eq!(timeline.take_due(60), Some((DeviceId::new(3), 50)));
        assert_eq!(timeline.take_due(60), Some((DeviceId::new(7), 50)));
        assert_eq!(timeline.take_due(Tick::MAX), None);
    }

    #[test]
    fn a_later_deadline_replaces_the_earlier_one_of_the_same_device() {
        let mut timeline = Timeline::default();
        timeline.set(DeviceId::new(1), 10);
        timeline.set(DeviceId::new(2), 30);
        timeline.set(DeviceId::new(1), 20);
        assert_eq!(timeline.next(), 20);
        timeline.set(DeviceId::new(1), Timeline::NEVER);
        assert_eq!(timeline.next(), 30);
    }
}
