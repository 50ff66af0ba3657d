//! The CPU's clock: instructions to ticks and back.

use beige_core::{ClockRatio, StateError, TICKS_PER_SECOND, Tick, Visitor, VisitorExt};

/// The CPU executes instructions at an exact rate from a starting point; idling and a change of rate begin a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CpuClock {
    /// Instructions per tick.
    rate: ClockRatio,
    /// The tick at which the present rate began to count.
    origin_tick: Tick,
    /// The CPU's instruction count at that tick.
    origin_instruction: u64,
}

impl CpuClock {
    pub(crate) fn new(rate: ClockRatio) -> CpuClock {
        CpuClock { rate, origin_tick: 0, origin_instruction: 0 }
    }

    /// The tick at which the CPU has done `instructions`.
    pub(crate) fn tick(&self, instructions: u64) -> Tick {
        let done = instructions.saturating_sub(self.origin_instruction);
        self.origin_tick.saturating_add(self.rate.tick_of(done))
    }

    /// The smallest count of instructions at which `tick` has been reached.
    pub(crate) fn instructions_at(&self, tick: Tick) -> u64 {
        let Some(ticks) = tick.checked_sub(self.origin_tick).filter(|ticks| *ticks > 0) else {
            return self.origin_instruction;
        };
        self.origin_instruction.saturating_add(self.rate.cycles(ticks - 1)).saturating_add(1)
    }

    /// The CPU idles until `tick`, or has another rate from there on.
    pub(crate) fn restart(&mut self, tick: Tick, instructions: u64, rate: ClockRatio) {
        *self = CpuClock { rate, origin_tick: tick, origin_instruction: instructions };
    }

    pub(crate) fn rate(&self) -> ClockRatio {
        self.rate
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let CpuClock { rate, origin_tick, origin_instruction } = self;
        let (mut numerator, mut denominator) = rate.parts();
        v.section("cpu-clock", 1);
        v.u64(1, &mut numerator);
        v.u64(2, &mut denominator);
        v.u64(3, origin_tick);
        v.u64(4, origin_instruction);
        match ClockRatio::from_parts(numerator, denominator) {
            Some(loaded) => *rate = loaded,
            None => v.fail("the rate is zero"),
        }
    }

    pub(crate) fn check(&self, instructions: u64) -> Result<(), StateError> {
        let invalid = |reason: &str| Err(StateError::invalid("cpu-clock", reason));
        if self.origin_instruction > instructions {
            return invalid("the clock counts from an instruction that is yet to come");
        }
        if !is_sensible(self.rate) {
            return invalid("no CPU has this rate");
        }
        if self.tick(instructions) > LATEST || instructions > LATEST {
            return invalid("the machine has run for longer than a machine can");
        }
        Ok(())
    }
}

/// The latest tick, and the most instructions, of a state: a century and more, from which much can still be added.
const LATEST: u64 = 1 << 62;

/// Whether a CPU can have this rate: a thousand to ten thousand million instructions a second. A state with a higher
/// one would hold up its host within a tick.
pub(crate) fn is_sensible(rate: ClockRatio) -> bool {
    let (numerator, denominator) = rate.parts();
    let per_second = u128::from(numerator) * u128::from(TICKS_PER_SECOND) / u128::from(denominator.max(1));
    (1_000..=10_000_000_000).contains(&per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_at_is_the_first_count_that_reaches_the_tick() {
        for rate in [ClockRatio::from_hz(100_000_000, 1), ClockRatio::from_hz(4_772_727, 14), ClockRatio::RTC] {
            let mut clock = CpuClock::new(rate);
            clock.restart(1_000, 50, rate);
            for tick in [1_001, 1_009, 1_010, 1_011, 2_934, 123_456_789] {
                let count = clock.instructions_at(tick);
                assert!(clock.tick(count) >= tick);
                assert!(clock.tick(count - 1) < tick);
            }
            assert_eq!(clock.instructions_at(1_000), 50);
            assert_eq!(clock.instructions_at(3), 50);
        }
    }
}
