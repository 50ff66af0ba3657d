//! Random instruction strings in every mode of every model. After each instruction flags, limits and the hidden part of
//! segments are ones that the model can have, and a delivery of a fault has changed no general register but ESP.
//!
//! An episode is a [`World`] of its own seed: tables, code and registers at random, most of them sensible, then so many
//! instructions. A failure names its model and seed, and [`Failure`] tells the last instructions.

mod board;
mod code;
mod differ;
mod legal;
mod program;
mod segments;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use crate::regs::cr0;
use crate::{Cpu, Model, Stop};
use world::World;

/// Instructions of one episode.
const EPISODE: u64 = 1000;

/// Where instructions were run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    model: Model,
    protected: bool,
    virtual_8086: bool,
    paging: bool,
    wide: bool,
    level: u8,
}

impl Place {
    fn of(cpu: &Cpu) -> Place {
        let registers = &cpu.registers;
        Place {
            model: cpu.model,
            protected: registers.is_protected(),
            virtual_8086: registers.is_virtual(),
            paging: registers.cr0 & cr0::PG != 0,
            wide: registers.wide_code(),
            level: registers.cpl,
        }
    }
}

/// What an episode broke.
#[derive(Debug)]
struct Failure {
    model: Model,
    seed: u64,
    reason: String,
    trace: Trace,
}

/// What ran.
#[derive(Debug, Default)]
struct Trace {
    /// Each instruction as text.
    lines: Vec<String>,
    /// One of them loads segments that nobody checks.
    unchecked: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, seed {}: {}", self.model.name(), self.seed, self.reason)?;
        self.trace.lines.iter().rev().take(30).rev().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

/// How many instructions ran where.
type Tally = BTreeMap<Place, u64>;

/// Runs an episode.
fn episode(world: &mut World, seed: u64, tally: &mut Tally) -> Result<u64, Failure> {
    let model = world.cpu.model;
    match run(world, seed, tally, None) {
        Ok(count) => Ok(count),
        Err(_) => {
            // Once more, slowly: LOADALL and SYSEXIT may leave what nothing else can.
            let mut trace = Trace::default();
            match run(world, seed, &mut Tally::new(), Some(&mut trace)) {
                Err(_) if trace.unchecked => Ok(trace.lines.len() as u64),
                Err(reason) => Err(Failure { model, seed, reason, trace }),
                Ok(_) => Err(Failure { model, seed, reason: "it does not repeat".to_owned(), trace }),
            }
        }
    }
}

fn run(world: &mut World, seed: u64, tally: &mut Tally, mut trace: Option<&mut Trace>) -> Result<u64, String> {
    world.begin(seed);
    legal::check(&world.cpu)?;
    let (mut place, mut since) = (Place::of(&world.cpu), 0);
    for number in 0..EPISODE {
        world.disturb();
        let before = world.cpu.registers.clone();
        world.cpu.last_interrupt();
        if let Some(trace) = &mut trace {
            trace.lines.push(world.line());
            trace.unchecked |= world.comes_unchecked();
        }
        let stop = world.step();
        if let Err(reason) = legal::check(&world.cpu).and_then(|()| legal::check_delivery(&world.cpu, &before)) {
            return Err(format!("after {} instructions {reason}", number + 1));
        }
        since += 1;
        let now = Place::of(&world.cpu);
        if now != place {
            *tally.entry(place).or_default() += since;
            (place, since) = (now, 0);
        }
        match stop {
            Stop::Shutdown => break,
            Stop::Halted => world.cpu.raise_nmi(),
            _ => {}
        }
    }
    *tally.entry(place).or_default() += since;
    Ok(world.cpu.instructions())
}

/// At least `count` instructions, as many of each model, with the seeds from `first` on. Gives the next seed.
fn storm(count: u64, first: u64, tally: &mut Tally) -> u64 {
    let mut worlds = Model::ALL.map(World::new);
    let (mut done, mut seed) = (0, first);
    while done < count {
        for world in &mut worlds {
            match episode(world, seed, tally) {
                Ok(ran) => done += ran,
                Err(failure) => panic!("{failure}"),
            }
        }
        seed += 1;
    }
    seed
}

#[test]
fn a_million_random_instructions_leave_legal_states_in_every_mode() {
    let mut tally = Tally::new();
    storm(1_000_000, 0, &mut tally);
    let ran = |wanted: &dyn Fn(&Place) -> bool| {
        tally.iter().filter(|(place, _)| wanted(place)).map(|(_, count)| count).sum::<u64>()
    };
    for model in Model::ALL {
        assert!(ran(&|place| place.model == model) > 10_000, "{}", model.name());
    }
    for model in Model::ALL.into_iter().filter(|model| *model >= Model::I80286) {
        for level in 0..4 {
            let there = ran(&|place| place.model == model && place.protected && place.level == level);
            assert!(there > 50, "level {level} on the {}: {there}", model.name());
        }
    }
    for model in Model::ALL.into_iter().filter(|model| *model >= Model::I80386) {
        let there = |wanted: &dyn Fn(&Place) -> bool| ran(&|place| place.model == model && wanted(place)) > 1000;
        assert!(there(&|place| place.virtual_8086 && place.paging), "{}", model.name());
        assert!(there(&|place| place.virtual_8086 && !place.paging), "{}", model.name());
        for wide in [false, true] {
            assert!(there(&|place| place.protected && place.wide == wide && place.paging), "{}", model.name());
            assert!(there(&|place| place.protected && place.wide == wide && !place.paging), "{}", model.name());
        }
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// `BEIGE_RANDOM_CODE` says how many instructions, a thousand million if it is not set; `BEIGE_RANDOM_SEED` the first
/// seed.
#[test]
#[ignore = "takes long: cargo xtask night"]
fn a_night_of_instructions() {
    const REPORT_EVERY: u64 = 20_000_000;
    let count = from_environment("BEIGE_RANDOM_CODE", 1_000_000_000);
    let mut seed = from_environment("BEIGE_RANDOM_SEED", 1_000_000);
    let (start, mut tally, mut done) = (Instant::now(), Tally::new(), 0);
    while done < count {
        let next = REPORT_EVERY.min(count - done);
        seed = storm(next, seed, &mut tally);
        done += next;
        let rate = done as f64 / start.elapsed().as_secs_f64();
        println!("{done} of {count} instructions, {rate:.0} a second, seeds up to {seed}");
    }
    for (place, count) in tally {
        println!("{count:>12} {place:?}");
    }
}

/// `BEIGE_RANDOM_SEED` says which episode, `BEIGE_RANDOM_MODEL` on which model; prints each instruction before it runs.
#[test]
#[ignore = "a tool: prints one episode"]
fn show_an_episode() {
    let name = std::env::var("BEIGE_RANDOM_MODEL").expect("BEIGE_RANDOM_MODEL names a model");
    let mut world = World::new(Model::from_name(&name).expect("BEIGE_RANDOM_MODEL is a model"));
    world.begin(from_environment("BEIGE_RANDOM_SEED", 0));
    for number in 0..EPISODE {
        world.disturb();
        println!("{number:>4} {} {}", world.line(), world.mode_text());
        let stop = world.step();
        println!("     {stop}, {:?}, {:?}", world.cpu.last_interrupt(), legal::check(&world.cpu));
        match stop {
            Stop::Shutdown => break,
            Stop::Halted => world.cpu.raise_nmi(),
            _ => {}
        }
    }
}
