//! Samples of where the guest is, folded into one line a stack, as flame-graph tools read them.
//!
//! The stack of a sample, from its root: whose program it is, the mode of the CPU, for each call that has not returned
//! the code that made it and what it called, the code that runs, and the next instruction. Code stands as segment and
//! offset with the last two digits open (`1254:01xx`), an instruction with all of its address. A program that runs another
//! one is not part of the other's stacks.

use super::callers::{Callers, Frame, Mode, Place};
use super::programs::{Owner, Programs};
use beige_cpu::{Cpu, Memory};
use std::collections::HashMap;
use std::fmt::Write as _;

/// The most stacks that are told apart. A guest that runs through all of memory has more; then only whose it is and the
/// mode are kept of the new ones.
const STACKS_MAX: usize = 50_000;
/// When so many are, even that is not.
const ROOTS_MAX: usize = STACKS_MAX + 1000;
/// What stands for what is not kept.
const ELSEWHERE: &str = ";elsewhere";

/// Samples, counted by stack.
#[derive(Debug, Default)]
pub struct Profile {
    every: u64,
    next: u64,
    callers: Callers,
    /// Whose code ran last that had an owner by name.
    last: Option<Owner>,
    stacks: HashMap<String, Stack>,
    /// The stack of the present sample.
    text: String,
}

#[derive(Debug)]
struct Stack {
    samples: u64,
    /// The instruction at its end, as it was when the stack was first seen.
    instruction: String,
}

impl Profile {
    /// Samples at each multiple of `every` instructions from `begin` on.
    pub(super) fn new(every: u64, begin: u64) -> Profile {
        let every = every.max(1);
        Profile { every, next: begin.saturating_add(every), ..Profile::default() }
    }

    /// The count of instructions at which the next sample is due.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn callers(&mut self) -> &mut Callers {
        &mut self.callers
    }

    pub(super) fn awaits_delivery(&self) -> bool {
        self.callers.awaits_delivery()
    }

    /// After a slice.
    pub(super) fn look(&mut self, cpu: &Cpu, mem: &Memory) {
        self.callers.interrupt_came(mem, cpu.registers());
        let Some(late) = cpu.instructions().checked_sub(self.next) else { return };
        // More than one when instructions were skipped that would have changed nothing.
        let samples = late / self.every + 1;
        self.next = self.next.saturating_add(samples.saturating_mul(self.every));
        self.sample(samples, cpu, mem);
    }

    fn sample(&mut self, samples: u64, cpu: &Cpu, mem: &Memory) {
        let registers = cpu.registers();
        let (place, mode) = (Place::of(registers), Mode::of(registers));
        self.callers.refresh(mem);
        let frames = self.callers.live(mem, registers).to_vec();
        let (owner, own) = whose(self.callers.programs(), mem, &frames, place, self.last.as_ref());
        self.text.clear();
        // A string takes all that is written.
        let _ = write!(self.text, "{owner};{}", mode.name());
        let root = self.text.len();
        for frame in own {
            let _ = write!(self.text, ";{};{}", block(frame.from), frame.call);
        }
        let _ = write!(self.text, ";{};{:04X}:{:04X}", block(place), place.cs, place.eip);
        for (most, kept) in [(STACKS_MAX, root), (ROOTS_MAX, 0)] {
            if self.stacks.len() >= most && !self.stacks.contains_key(&self.text) {
                self.text.truncate(kept);
                self.text.push_str(ELSEWHERE);
            }
        }
        if let Some(stack) = self.stacks.get_mut(&self.text) {
            stack.samples += samples;
        } else {
            let is_known = self.stacks.len() < STACKS_MAX;
            let instruction = if is_known { cpu.peek_instruction(mem).text } else { String::new() };
            self.stacks.insert(self.text.clone(), Stack { samples, instruction });
        }
        if matches!(owner, Owner::Program(..)) {
            self.last = Some(owner);
        }
    }

    /// One line a stack: its frames with semicolons between them, a space, how many samples it has. In order of text,
    /// so that the same run gives the same lines.
    #[must_use]
    pub fn folded(&self) -> String {
        let lines = self.stacks.iter().map(|(frames, stack)| {
            let Stack { samples, instruction } = stack;
            let instruction = instruction.replace(';', ",");
            let space = if instruction.is_empty() { "" } else { " " };
            format!("{frames}{space}{instruction} {samples}\n")
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort_unstable();
        lines.concat()
    }
}

/// The code around a place.
fn block(place: Place) -> String {
    format!("{:04X}:{:02X}xx", place.cs, place.eip >> 8)
}

/// Whose sample it is, and the frames of its own: a program that DOS runs for another one begins anew. While DOS loads
/// it, or where no program is known, the sample belongs to who called.
fn whose<'a>(
    programs: &Programs,
    mem: &Memory,
    frames: &'a [Frame],
    place: Place,
    last: Option<&Owner>,
) -> (Owner, &'a [Frame]) {
    let begin = frames.iter().rposition(Frame::runs_program).map_or(0, |runs| runs + 1);
    let places = || frames.iter().map(|frame| frame.from).chain([place]);
    let owners = |places: &mut dyn Iterator<Item = Place>| -> Option<Owner> {
        places.map(|place| programs.owner(mem, place)).find(|owner| matches!(owner, Owner::Program(..)))
    };
    if let Some(owner) = owners(&mut places().skip(begin)) {
        return (owner, &frames[begin..]);
    }
    let outer: Vec<Place> = frames.iter().take(begin).map(|frame| frame.from).collect();
    if let Some(owner) = owners(&mut outer.into_iter().rev()) {
        return (owner, frames);
    }
    let owner = programs.owner(mem, place);
    match (owner, last) {
        // What a DOS extender put there.
        (Owner::Extended, Some(last)) => (last.clone(), frames),
        (Owner::Firmware, _) if frames.is_empty() => (Owner::Firmware, frames),
        (owner, _) => {
            let mut callers = frames.iter().map(|frame| programs.owner(mem, frame.from));
            (callers.find(|owner| *owner != Owner::Firmware).unwrap_or(owner), frames)
        }
    }
}
