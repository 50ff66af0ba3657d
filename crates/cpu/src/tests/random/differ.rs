//! The block core against the stepper: two worlds of one seed, the same disturbances, runs of the same lengths. After each
//! run the CPUs and what their boards were asked are equal; memory is compared from time to time. In most episodes the
//! stepper goes one instruction and one iteration at a time, so that what is done at once differs from what is not.
//!
//! A difference is looked for again in shorter runs, and told with the instructions before it.

use std::fmt;
use std::time::Instant;

use beige_testkit::Random;

use super::from_environment;
use super::world::World;
use crate::{Engine, Model, PAGE_BYTES, Statistics, Stop};

/// The longest blocks of an episode.
const LENGTHS: [usize; 6] = [62, 62, 7, 2, 1, 62];
/// Runs between comparisons of memory.
const MEMORY_EVERY: usize = 16;
/// Episodes that are done before the one that leaves a difference, to find it again.
const EARLIER: [u64; 8] = [0, 1, 2, 4, 16, 64, 256, 1024];

/// Two worlds, and how an episode in them is cut into runs.
struct Pair {
    /// By the stepper, by blocks.
    worlds: [World; 2],
    length: usize,
    /// Blocks made, times that one was looked for, blocks that died, accesses that the TLB did not have, instructions within
    /// blocks that went to memory-mapped registers, and that the stepper did: but for those since the length of blocks was changed last.
    counts: [u64; 6],
}

/// How an episode is cut into runs.
#[derive(Clone, Copy, Debug)]
struct Plan {
    length: usize,
    /// The longest run.
    longest: u64,
    runs: usize,
    /// The stepper goes one by one.
    singly: bool,
}

impl Plan {
    fn of(seed: u64) -> Plan {
        let mut random = Random::new(seed ^ 0x5eed);
        let length = LENGTHS[random.below(LENGTHS.len() as u64) as usize];
        let (longest, runs) = match random.below(4) {
            0 => (3, 500),
            1 => (300, 40),
            2 => (3000, 8),
            _ => (20_000, 2),
        };
        // Runs shorter than a block are the stepper's.
        let length = if longest == 3 { length.min(2) } else { length };
        Plan { length, longest, runs, singly: random.below(4) != 0 }
    }
}

/// What differs.
#[derive(Debug)]
struct Difference {
    case: Case,
    run: usize,
    /// Instructions of the run after which something differs, as far as that could be found out. The last of them, as
    /// many as a block may have, are the stepper's in either world.
    after: u64,
    fields: Vec<String>,
    lines: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { case: Case { model, first, seed, plan }, run, after, fields, lines } = self;
        let name = model.name();
        let by_blocks = after.saturating_sub(plan.length as u64);
        writeln!(f, "{name}, seed {seed} after those from {first} on, {plan:?}, run {run}:")?;
        writeln!(f, "after {after} instructions of it, of which blocks do the first {by_blocks} or a few more:")?;
        fields.iter().try_for_each(|field| writeln!(f, "  {field}"))?;
        lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

impl Pair {
    fn new(model: Model) -> Pair {
        let mut worlds = [World::new(model), World::new(model)];
        worlds[0].cpu.set_engine(Engine::Stepper);
        worlds[1].use_blocks(62);
        Pair { worlds, length: 62, counts: [0; 6] }
    }

    fn begin(&mut self, seed: u64, plan: Plan) {
        if self.length != plan.length {
            self.length = plan.length;
            self.counts = self.counts();
            self.worlds[1].use_blocks(plan.length);
        }
        for world in &mut self.worlds {
            world.begin_with_board(seed);
        }
    }

    /// What [`Pair::counts`] says, up to now.
    fn counts(&self) -> [u64; 6] {
        let Statistics { built, dispatched, invalidated, tlb_fills, on_board, slow, .. } =
            self.worlds[1].cpu.statistics();
        let since = [built, dispatched, invalidated, tlb_fills, on_board, slow];
        std::array::from_fn(|number| self.counts[number] + since[number])
    }

    /// One run, at most `most` instructions of it. Gives why both stopped; nothing when they do not agree.
    fn run(&mut self, plan: Plan, most: u64) -> Option<Stop> {
        let [one, two] = [0, 1].map(|number| {
            let world = &mut self.worlds[number];
            world.disturb();
            let count = 1 + world.random.below(plan.longest);
            let count = count.min(most);
            if plan.singly && number == 0 { world.run_singly(count) } else { world.run(count) }
        });
        (one == two).then_some(one)
    }

    /// What differs, memory aside.
    fn differences(&self) -> Vec<String> {
        let [one, two] = &self.worlds;
        let mut fields = Vec::new();
        let mut compare = |name: &str, a: &dyn fmt::Debug, b: &dyn fmt::Debug| {
            let (a, b) = (format!("{a:x?}"), format!("{b:x?}"));
            if a != b {
                fields.push(format!("{name}: {a} by the stepper, {b} by blocks"));
            }
        };
        let (a, b) = (&one.cpu, &two.cpu);
        compare("instructions", &a.instructions, &b.instructions);
        let [x, y] = [a, b].map(|cpu| cpu.state());
        for (number, name) in ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"].into_iter().enumerate() {
            compare(name, &x.general[number], &y.general[number]);
        }
        compare("eip", &x.eip, &y.eip);
        compare("eflags", &x.eflags, &y.eflags);
        compare("segments", &a.registers.segments, &b.registers.segments);
        let rest = |state: &crate::CpuState| crate::CpuState {
            general: [0; 8],
            eip: 0,
            eflags: 0,
            segments: [Default::default(); 6],
            ..*state
        };
        compare("system", &rest(&x), &rest(&y));
        compare("registers", &a.registers, &b.registers);
        compare("events", &a.events, &b.events);
        compare("prefixes", &a.skipped_prefixes, &b.skipped_prefixes);
        compare("compared", &a.compared, &b.compared);
        compare("interrupt", &a.last_interrupt, &b.last_interrupt);
        compare("msr", &a.msr, &b.msr);
        compare("fpu", &a.fpu, &b.fpu);
        compare("numeric error", &a.numeric_error, &b.numeric_error);
        compare("board", &one.bus.log, &two.bus.log);
        fields
    }

    fn is_equal(&self) -> bool {
        let [a, b] = [&self.worlds[0].cpu, &self.worlds[1].cpu];
        let [x, y] = [&self.worlds[0].bus, &self.worlds[1].bus];
        a.registers == b.registers
            && a.instructions == b.instructions
            && (a.events, a.skipped_prefixes, a.compared) == (b.events, b.skipped_prefixes, b.compared)
            && (a.last_interrupt, a.numeric_error) == (b.last_interrupt, b.numeric_error)
            && a.msr == b.msr
            && a.fpu == b.fpu
            && x.log == y.log
    }

    /// Where memory differs.
    fn memory_differences(&self) -> Vec<String> {
        let [one, two] = &self.worlds;
        let mut found = Vec::new();
        if one.mem.a20() != two.mem.a20() {
            found.push("A20".to_owned());
        }
        let bytes = one.mem.ram_bytes() as usize + crate::VIDEO_BYTES as usize;
        for at in (0..bytes as u32).step_by(PAGE_BYTES as usize) {
            let (a, b) = (one.mem.rest_of_page(at), two.mem.rest_of_page(at));
            if a != b {
                let places = (at..).zip(a.iter().zip(b)).filter(|(_, (a, b))| a != b).take(8);
                found.extend(places.map(|(at, (a, b))| format!("store {at:x}: {a:x} by the stepper, {b:x} by blocks")));
            }
        }
        // Blocks may mark video memory that is not written after all; they never forget.
        let forgot = one.bus.dirty.iter().zip(&two.bus.dirty).any(|(one, two)| *one && !two);
        if forgot {
            found.push("video memory was written, and nobody knows".to_owned());
        }
        found
    }

    /// What differs, memory and all.
    fn all_differences(&self) -> Vec<String> {
        let mut found = self.differences();
        found.extend(self.memory_differences());
        found
    }

    /// Runs an episode and gives how many instructions it had, or the first run after which something differs.
    fn episode(&mut self, seed: u64, plan: Plan) -> Result<u64, usize> {
        self.begin(seed, plan);
        for run in 0..plan.runs {
            let stop = self.run(plan, u64::MAX);
            if stop.is_none() || !self.is_equal() {
                return Err(run);
            }
            if run % MEMORY_EVERY == 0 && !self.memory_differences().is_empty() {
                return Err(run);
            }
            match stop {
                Some(Stop::Shutdown) => break,
                Some(Stop::Halted) => self.worlds.iter_mut().for_each(|world| world.cpu.raise_nmi()),
                _ => {}
            }
        }
        if self.memory_differences().is_empty() { Ok(self.worlds[0].cpu.instructions) } else { Err(plan.runs - 1) }
    }
}

/// An episode to be looked at again by a new pair, and the one with which that begins: blocks remember earlier ones.
#[derive(Clone, Copy, Debug)]
struct Case {
    model: Model,
    first: u64,
    seed: u64,
    plan: Plan,
}

impl Case {
    /// Repeats the episode up to a run, of which only so many instructions are done.
    fn replay(self, last: usize, most: u64) -> (Pair, Vec<String>) {
        // Each time anew, as what is remembered of the last time may hide what differs.
        let mut pair = Pair::new(self.model);
        for seed in self.first..self.seed {
            let _ = pair.episode(seed, Plan::of(seed));
        }
        pair.begin(self.seed, self.plan);
        for _ in 0..last {
            if pair.run(self.plan, u64::MAX) == Some(Stop::Halted) {
                pair.worlds.iter_mut().for_each(|world| world.cpu.raise_nmi());
            }
        }
        let stop = pair.run(self.plan, most);
        let mut found = pair.all_differences();
        if stop.is_none() {
            found.insert(0, "the reasons to stop".to_owned());
        }
        (pair, found)
    }

    fn differs(self, last: usize, most: u64) -> bool {
        !self.replay(last, most).1.is_empty()
    }

    /// Finds out where a difference comes from that some pair `found` after a run.
    fn explain(model: Model, seed: u64, run: usize, found: Vec<String>) -> Difference {
        let plan = Plan::of(seed);
        // As few earlier episodes as possible.
        let cases = EARLIER.map(|earlier| Case { model, first: seed.saturating_sub(earlier), seed, plan });
        let Some(case) = cases.into_iter().find(|case| case.differs(run, u64::MAX)) else {
            let lines = vec!["a new pair does not find it, not even after the episodes before".to_owned()];
            return Difference { case: cases[0], run, after: plan.longest, fields: found, lines };
        };
        // Memory is compared rarely: the first run that leaves it different.
        let mut run = run;
        while run > 0 && case.differs(run - 1, u64::MAX) {
            run -= 1;
        }
        let (mut low, mut high) = (0, plan.longest);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if case.differs(run, middle) { high = middle } else { low = middle }
        }
        let fields = case.replay(run, high).1;
        // The instructions before, by the stepper, whatever wakes it.
        let mut lines = Vec::new();
        let world = &mut case.replay(run, 0).0.worlds[0];
        for number in 0..high {
            let line = format!("{number} {} {}", world.line(), world.mode_text());
            lines.push(line);
            world.step();
        }
        let from = lines.len().saturating_sub(160);
        Difference { case, run, after: high, fields, lines: lines.split_off(from) }
    }
}

/// What a storm did.
#[derive(Debug, Default)]
struct Report {
    instructions: u64,
    next_seed: u64,
}

/// At least `count` instructions, of all models, with the seeds from `first` on.
fn storm(pairs: &mut [Pair], count: u64, first: u64) -> Report {
    let mut report = Report { instructions: 0, next_seed: first };
    while report.instructions < count {
        for pair in pairs.iter_mut() {
            let plan = Plan::of(report.next_seed);
            match pair.episode(report.next_seed, plan) {
                Ok(ran) => report.instructions += ran,
                Err(run) => {
                    let (model, found) = (pair.worlds[0].cpu.model, pair.all_differences());
                    panic!("{}", Case::explain(model, report.next_seed, run, found))
                }
            }
        }
        report.next_seed += 1;
    }
    report
}

#[test]
fn blocks_and_stepper_agree_after_every_run_of_random_programs() {
    let mut pairs = Model::ALL.map(Pair::new);
    storm(&mut pairs, 6_000_000, 0);
    for pair in &pairs {
        let counts = pair.counts();
        let model = pair.worlds[1].cpu.model.name();
        assert!(counts.iter().all(|count| *count > 30), "{model}: {counts:?}");
    }
}

/// `BEIGE_RANDOM_CODE` says how many instructions, a thousand million if it is not set; `BEIGE_RANDOM_SEED` the first
/// seed; `BEIGE_RANDOM_MODEL` which model, all if it is not set.
#[test]
#[ignore = "takes long: cargo xtask night"]
fn a_night_of_blocks_and_steps() {
    const REPORT_EVERY: u64 = 20_000_000;
    let count = from_environment("BEIGE_RANDOM_CODE", 1_000_000_000);
    let mut seed = from_environment("BEIGE_RANDOM_SEED", 1_000_000);
    let named = std::env::var("BEIGE_RANDOM_MODEL").ok().map(|name| Model::from_name(&name).expect("a model"));
    let models = Model::ALL.into_iter().filter(|model| named.is_none_or(|named| named == *model));
    let mut pairs: Vec<Pair> = models.map(Pair::new).collect();
    let (start, mut done) = (Instant::now(), 0);
    while done < count {
        let report = storm(&mut pairs, REPORT_EVERY.min(count - done), seed);
        (seed, done) = (report.next_seed, done + report.instructions);
        let rate = done as f64 / start.elapsed().as_secs_f64();
        println!("{done} of {count} instructions, {rate:.0} a second, seeds up to {seed}");
    }
    for pair in &pairs {
        println!("{}: {:?}", pair.worlds[1].cpu.model.name(), pair.counts());
    }
}
