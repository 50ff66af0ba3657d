//! `--stats`: what a run did and where the host's time went.
//!
//! The CPU time of the machine's thread is measured around each run of the machine, exactly. How it divides among the
//! parts of the machine is sampled: a part at work says so by a mark, at no more cost than storing a byte, and a thread
//! looks at the mark now and then: often at first, so that a short run tells something, then two hundred times a second.

use beige_core::Tick;
use beige_machine::{Machine, Part, PartMark};
use cpu_time::{ProcessTime, ThreadTime};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// From one look at the mark to the next, in a run so long: to wake up costs some 20 us.
const PERIODS: [(Duration, Duration); 2] =
    [(Duration::from_millis(100), Duration::from_millis(1)), (Duration::MAX, Duration::from_millis(5))];

/// A run that is measured.
pub struct Stats {
    begin: Instant,
    /// CPU time of the process before the run.
    start_up: Duration,
    instructions: u64,
    now: Tick,
    mark: PartMark,
    /// CPU time of the machine's thread in the machine and its outputs.
    machine: Duration,
    /// CPU time of looking at the screen and drawing it.
    screen: Duration,
    /// How long the machine's thread slept because the guest had nothing to do.
    slept: Duration,
    sampler: Sampler,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct StatsReport {
    /// Instructions, those that were only counted included.
    pub instructions: u64,
    /// Guest time.
    pub guest: Tick,
    /// CPU time of the process, start-up included.
    pub cpu: Duration,
    /// The clock's time, from the begin of the run.
    pub clock: Duration,
    /// How long the machine's thread slept because the guest had nothing to do.
    pub slept: Duration,
    /// Millions of instructions executed in a second of CPU time of the CPU core.
    pub core_mips: f64,
    /// CPU time by part; together all of it.
    pub parts: Vec<(&'static str, Duration)>,
    /// What was counted.
    pub counts: Vec<(&'static str, u64)>,
}

/// The thread that looks at the mark.
struct Sampler {
    is_over: Arc<AtomicBool>,
    /// Milliseconds seen in each part, and the CPU time that looking took.
    thread: JoinHandle<([u64; Part::COUNT], Duration)>,
}

impl Sampler {
    fn start(mark: PartMark) -> std::io::Result<Sampler> {
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = std::thread::Builder::new().name("stats".to_owned()).spawn(move || {
            let mut samples = [0; Part::COUNT];
            let begin = Instant::now();
            while !ends.load(Ordering::Relaxed) {
                let age = begin.elapsed();
                let period =
                    PERIODS.iter().find(|(until, _)| age < *until).map_or(Duration::ZERO, |(_, period)| *period);
                std::thread::park_timeout(period);
                // A look counts for the time that it stands for.
                if let Some(time) = samples.get_mut(mark.now() as usize) {
                    *time += period.as_millis() as u64;
                }
            }
            (samples, ThreadTime::now().as_duration())
        })?;
        Ok(Sampler { is_over, thread })
    }

    /// Milliseconds seen in each part, and the CPU time that looking took.
    fn finish(self) -> ([u64; Part::COUNT], Duration) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        self.thread.join().unwrap_or_default()
    }
}

impl Stats {
    /// Measures from now on.
    ///
    /// # Errors
    /// When the host has no thread to give.
    pub(crate) fn start(machine: &mut Machine) -> std::io::Result<Stats> {
        let mark = PartMark::default();
        machine.measure(mark.clone());
        Ok(Stats {
            begin: Instant::now(),
            start_up: ProcessTime::now().as_duration(),
            instructions: machine.instructions(),
            now: machine.now(),
            sampler: Sampler::start(mark.clone())?,
            mark,
            machine: Duration::ZERO,
            screen: Duration::ZERO,
            slept: Duration::ZERO,
        })
    }

    /// The machine begins to run.
    pub(crate) fn begin(&self) -> ThreadTime {
        self.mark.enter(Part::Host);
        ThreadTime::now()
    }

    /// The machine has run.
    pub(crate) fn end(&mut self, begin: ThreadTime) {
        self.machine += begin.elapsed();
        self.mark.enter(Part::Outside);
    }

    /// Somebody has looked at the screen.
    pub(crate) fn looked(&mut self, begin: ThreadTime) {
        self.screen += begin.elapsed();
    }

    /// The machine's thread has slept.
    pub(crate) fn slept(&mut self, time: Duration) {
        self.slept += time;
    }

    /// The end of the run.
    pub(crate) fn finish(self, machine: &Machine) -> StatsReport {
        let clock = self.begin.elapsed();
        let (samples, sampling) = self.sampler.finish();
        let cpu = ProcessTime::now().as_duration();
        let known = self.start_up + self.machine + self.screen + sampling;
        let [core, board, disks, outputs] = shares(self.machine, samples);
        let instructions = machine.instructions().saturating_sub(self.instructions);
        let executed = instructions.saturating_sub(machine.skipped_instructions());
        let core_mips = if core.is_zero() { 0.0 } else { executed as f64 / core.as_secs_f64() / 1e6 };
        StatsReport {
            instructions,
            guest: machine.now().saturating_sub(self.now),
            cpu,
            clock,
            slept: self.slept,
            core_mips,
            parts: vec![
                ("start_up", self.start_up),
                ("cpu_core", core),
                ("chips_and_board", board),
                ("disks", disks),
                ("outputs", outputs),
                ("screen", self.screen),
                ("measuring", sampling),
                ("other", cpu.saturating_sub(known)),
            ],
            counts: machine.counts(),
        }
    }
}

/// Divides the time of the machine among CPU core, board, disks and outputs as the samples say. A run that is too short
/// for any was the core's.
fn shares(time: Duration, samples: [u64; Part::COUNT]) -> [Duration; 4] {
    let parts = [Part::Cpu, Part::Board, Part::Disks, Part::Host];
    let counts = parts.map(|part| samples.get(part as usize).copied().unwrap_or_default());
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return [time, Duration::ZERO, Duration::ZERO, Duration::ZERO];
    }
    counts.map(|count| time.mul_f64(count as f64 / all as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_machine_is_divided_as_the_samples_say() {
        let mut samples = [0; Part::COUNT];
        (samples[Part::Outside as usize], samples[Part::Cpu as usize], samples[Part::Board as usize]) = (1000, 75, 25);
        let [core, board, disks, outputs] = shares(Duration::from_secs(4), samples);
        assert_eq!((core, board), (Duration::from_secs(3), Duration::from_secs(1)));
        assert_eq!((disks, outputs), (Duration::ZERO, Duration::ZERO));
        assert_eq!(shares(Duration::from_secs(4), [0; Part::COUNT])[0], Duration::from_secs(4));
    }

    #[test]
    fn the_sampler_sees_the_part_at_work() {
        // A host with more to do may not let the sampler look for a while.
        let is_seen = |milliseconds: u64| {
            let mark = PartMark::default();
            let sampler = Sampler::start(mark.clone()).unwrap();
            mark.enter(Part::Disks);
            std::thread::sleep(Duration::from_millis(milliseconds));
            let (samples, time) = sampler.finish();
            assert!(time < Duration::from_millis(30), "{time:?}");
            (milliseconds / 10..=2 * milliseconds).contains(&samples[Part::Disks as usize])
        };
        assert!((0..6).any(|doublings| is_seen(60 << doublings)));
    }
}
