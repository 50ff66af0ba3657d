//! Not running what is known: a guest that waits in a loop.
//!
//! From time to time the run loop watches the guest for some thousand instructions, by [`beige_cpu::Cpu::run_watched`].
//! When it goes round a loop that changes nothing, the whole rounds up to the next deadline, or up to where the run is to
//! come back, are counted and not run. The machine is then in the same state as if they had been, at the same count of
//! instructions and the same tick; so nothing here is part of its state.

use crate::run::Machine;
use beige_cpu::Stop;

/// What is known of loops in which the guest waits, and when to look for one.
#[derive(Clone, Debug)]
pub(crate) struct IdleSkip {
    is_on: bool,
    /// The guest goes round a loop of so many instructions until the next event.
    round: Option<u64>,
    /// The length of the last round that was found.
    hint: u64,
    /// The count of instructions at which the guest is watched next.
    next_look: u64,
    /// For how many instructions it then is.
    left: u64,
    /// The instructions from one look to the next while there is nothing to be seen.
    pause: u64,
    /// Looks since the last round that was found.
    misses: u64,
    /// Instructions that were counted and not run.
    skipped: u64,
    /// Instructions of all looks.
    looked: u64,
}

/// Instructions of most looks, and of each fourth that saw nothing: most loops have some hundred instructions a round,
/// and three rounds are enough to find one; one of GRUB's has six thousand.
const LOOK: u64 = 4 << 10;
const LONG_LOOK: u64 = 16 << 10;
/// Instructions from a look at a guest that works to the next one. Looking costs some thirty times what running does, so
/// the longest pause makes it less than one part in two hundred.
const PAUSE_MIN: u64 = 64 << 10;
const PAUSE_MAX: u64 = 128 << 20;

impl Default for IdleSkip {
    fn default() -> IdleSkip {
        IdleSkip {
            is_on: true,
            round: None,
            hint: 0,
            next_look: 0,
            left: LOOK,
            pause: PAUSE_MIN,
            misses: 0,
            skipped: 0,
            looked: 0,
        }
    }
}

impl IdleSkip {
    /// Something has happened: what the guest does now is to be seen.
    pub(crate) fn forget(&mut self) {
        self.round = None;
    }

    /// The machine is in another state, at another count of instructions perhaps.
    pub(crate) fn begin_anew(&mut self) {
        *self = IdleSkip { is_on: self.is_on, skipped: self.skipped, ..IdleSkip::default() };
    }

    pub(crate) fn knows_round(&self) -> bool {
        self.round.is_some()
    }

    #[cfg(test)]
    pub(crate) fn looked(&self) -> u64 {
        self.looked
    }

    fn found(&mut self, round: u64, now: u64) {
        (self.round, self.hint) = (Some(round), round);
        // Once something has happened, the guest is watched at once.
        (self.next_look, self.pause, self.misses) = (now, PAUSE_MIN, 0);
        self.left = round.saturating_mul(4).clamp(LOOK, LONG_LOOK);
    }

    /// The guest was watched in vain for so many instructions, and is at work if that was all.
    fn missed(&mut self, watched: u64, is_at_work: bool, now: u64, pause_max: u64) {
        self.left = self.left.saturating_sub(watched);
        if self.left == 0 || is_at_work {
            self.next_look = now.saturating_add(self.pause);
            self.pause = self.pause.saturating_mul(2).min(pause_max);
            self.misses += 1;
            self.left = if self.misses % 4 == 3 { LONG_LOOK } else { LOOK };
        }
    }
}

impl Machine {
    /// Switches the detection of idle loops on, as it is from the start, or off. The guest cannot learn of it.
    pub fn detect_idle_loops(&mut self, is_on: bool) {
        self.idle = IdleSkip { is_on, ..IdleSkip::default() };
    }

    /// Instructions that were counted and not run, as the guest went round a loop that changes nothing.
    #[must_use]
    pub fn skipped_instructions(&self) -> u64 {
        self.idle.skipped
    }

    /// Lets the CPU run so many instructions, or passes over them.
    pub(crate) fn run_or_skip(&mut self, budget: u64) -> Stop {
        let begin = self.cpu.instructions();
        if let Some(round) = self.idle.round {
            let whole = budget - budget % round.max(1);
            self.cpu.pass_rounds(whole);
            self.idle.skipped = self.idle.skipped.saturating_add(whole);
            return self.run_cpu(budget - whole);
        }
        if !self.can_look() {
            return self.run_cpu(budget);
        }
        if let Some(wait) = self.idle.next_look.checked_sub(begin).filter(|wait| *wait > 0) {
            return self.run_cpu(budget.min(wait));
        }
        let budget = budget.min(self.idle.left);
        let (cpu, mem, hint) = (&mut self.cpu, &mut self.mem, self.idle.hint);
        let watched = match &mut self.probe {
            Some(probe) => probe.run(&mut self.board, |bus| cpu.run_watched(mem, bus, budget, hint)),
            None => cpu.run_watched(mem, &mut self.board, budget, hint),
        };
        let now = self.cpu.instructions();
        self.idle.looked = self.idle.looked.saturating_add(now - begin);
        match watched.round {
            Some(round) => self.idle.found(round, now),
            None => {
                let is_at_work = watched.stop == Stop::Budget && now - begin < budget;
                let (instructions, ticks) = self.rate().parts();
                let second = u128::from(instructions) * u128::from(beige_core::TICKS_PER_SECOND) / u128::from(ticks);
                let pause_max = u64::try_from(second).unwrap_or(PAUSE_MAX).clamp(PAUSE_MIN, PAUSE_MAX);
                self.idle.missed(now - begin, is_at_work, now, pause_max);
            }
        }
        watched.stop
    }

    fn can_look(&self) -> bool {
        #[cfg(test)]
        if self.breakage.is_some() {
            return false;
        }
        self.idle.is_on
    }
}
