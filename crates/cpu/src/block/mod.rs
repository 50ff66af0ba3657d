//! The block core: runs of guest instructions, made into operations once and executed many times.
//!
//! A block is what follows from one place until a branch or the end of the page. Its key is where its first byte lies
//! in the store, its offset in CS, and the [`Context`] of the code. Each [`Op`] has the address of its handler, and each
//! handler calls the next one as its last act, which the compiler makes a jump (tail mode), or returns it to a loop
//! (loop mode: debug builds, Miri, unknown targets).
//!
//! What a handler cannot do, because it is rare, faults, or touches the board, the reference stepper does
//! ([`run::slow`]), so there is one home for such rules. The stepper also does the last instructions of a run, so that
//! results never depend on where blocks end, and everything while an event waits.
//!
//! Nothing here is architectural. Code bytes are watched ([`crate::mem`]): whoever writes one, kills the blocks that
//! were made of it, before the next instruction. The entries of page tables that the TLB holds are watched the same
//! way, so the TLB never holds what a walk would not find.
#![allow(unsafe_code)]

mod arena;
pub(crate) mod build;
mod lower;
mod mmio;
mod port;
mod protect;
mod run;
pub(crate) mod tlb;

pub(crate) use arena::{At, ExitAt, Handler, Next, Op, Unit, mark};
pub(crate) use run::{Context, Run, follow, jump, leave, miss_read, miss_write, needs_stepper, put_flags, slow};

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use crate::cpu::Stop;
use crate::decode;
use crate::mem::{Hit, notice, watched};
use crate::ops::flags;
use crate::slow::Step;
use crate::{Bus, Cpu, Memory, PAGE_BYTES};
use arena::Arena;
use run::Translation;

/// Whether handlers call each other, or return to a loop.
pub(crate) const TAIL: bool = cfg!(beige_tail) && !cfg!(debug_assertions);

/// The most guest instructions of a block. As many at the end of a run are the stepper's.
pub(crate) const BLOCK_MAX: usize = 62;
/// Slots of the arena. Each costs 32 bytes and those of a decoded instruction.
const SLOTS: usize = 1 << 16;
/// A byte of code that was written so often, each time within a window of instructions after the last, changes: a
/// constant that does is read each time. One that changes within the smaller window is not made into a block at all, as
/// it would not be executed often enough before it is written again.
const PATCHES: u8 = 3;
const PATCH_WINDOW: u64 = 200_000;
const CONSTANT_WINDOW: u64 = 150;
/// The longest write that counts as a patch; a longer one loads a program.
const PATCH_BYTES: u32 = 4;
/// Bytes that are remembered as patched.
const PATCHED_MAX: usize = 1 << 14;

/// Contexts whose number is found at once.
const RECENT: usize = 32;
/// None: no key has all bits.
const NONE_RECENT: [(u64, u32); RECENT] = [(u64::MAX, 0); RECENT];

/// What the block core did, for [`Cpu::statistics`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Blocks made.
    pub built: u64,
    /// Guest instructions in them.
    pub built_instructions: u64,
    /// Times that no handler led on and the next block was looked for.
    pub dispatched: u64,
    /// Blocks that died because their code was written.
    pub invalidated: u64,
    /// Times that all blocks were thrown away.
    pub flushed: u64,
    /// Times that the TLB was emptied.
    pub tlb_flushes: u64,
    /// Accesses that the TLB did not have.
    pub tlb_fills: u64,
    /// Instructions within blocks that went to memory-mapped registers or ports without the stepper.
    pub on_board: u64,
    /// Instructions within blocks that the stepper did.
    pub slow: u64,
    /// Instructions of bytes that change all the time.
    pub interpreted: u64,
    /// Instructions that the stepper did outside of blocks.
    pub stepped: u64,
}

/// Where a block comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    at: u32,
    /// Exits know the page that they lead to by its linear address.
    linear: u32,
    eip: u32,
    context: u32,
}

/// A fast hash for small keys that nobody chooses to collide: at worst a guest slows itself.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        let mixed = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 29;
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// A block that lives.
struct Block {
    key: Key,
    /// The bytes of the store that it was made of and that are watched for it: first and last + 1.
    first: u32,
    end: u32,
    /// Ranges of them that change all the time and are not watched.
    holes: Vec<(u32, u32)>,
    at: At,
}

impl Block {
    /// Watches its bytes.
    fn watch(&self, mem: &mut Memory) {
        let mut from = self.first;
        for (first, end) in &self.holes {
            mem.watch().add(from, first.saturating_sub(from), watched::CODE);
            from = *end;
        }
        mem.watch().add(from, self.end.saturating_sub(from), watched::CODE);
    }
}

/// Writes to a byte of code.
#[derive(Clone, Copy)]
struct Patch {
    /// Times in a row within [`PATCH_WINDOW`] and within [`CONSTANT_WINDOW`].
    times: u8,
    quick_times: u8,
    last: u64,
}

/// All blocks of a CPU, and the TLB.
pub(crate) struct Blocks {
    pub(crate) arena: Arena,
    /// The decoded instruction of each slot.
    pub(crate) decoded: Vec<decode::Op>,
    /// What they do when their operand is the board's, for the first slots.
    pub(crate) ways: Vec<mmio::Way>,
    by_key: Map<Key, At>,
    by_page: Map<u32, Vec<Block>>,
    /// Their keys.
    contexts: Vec<u64>,
    /// Some of them with their numbers, each in the place of its kind.
    recent: [(u64, u32); RECENT],
    pub(crate) translation: Option<Translation>,
    /// Pages of the store with entries of page tables that the TLB may hold.
    pub(crate) tables: Vec<u32>,
    patches: Map<u32, Patch>,
    hits: Vec<Hit>,
    /// Which memory is watched: what was told to it, and where it lies.
    attached: (u64, usize),
    /// The most guest instructions of a block, at most [`BLOCK_MAX`].
    longest: usize,
    pub(crate) statistics: Statistics,
}

impl Blocks {
    fn new() -> Blocks {
        Blocks {
            arena: Arena::new(SLOTS),
            decoded: Vec::new(),
            ways: Vec::new(),
            by_key: Map::default(),
            by_page: Map::default(),
            contexts: Vec::new(),
            recent: NONE_RECENT,
            translation: None,
            tables: Vec::new(),
            patches: Map::default(),
            hits: Vec::new(),
            attached: (0, 0),
            longest: BLOCK_MAX,
            statistics: Statistics::default(),
        }
    }

    /// Whether what is remembered is true of this memory. If not, everything is to be forgotten.
    fn is_attached(&mut self, mem: &mut Memory) -> bool {
        let place = mem.base() as usize;
        if self.attached != (0, 0) && self.attached == (mem.watched().watcher(), place) {
            return true;
        }
        let watcher = self.attached.0.max(mem.watched().watcher()) + 1;
        self.attached = (watcher, place);
        false
    }

    /// Forgets everything.
    fn flush(&mut self, mem: &mut Memory) {
        self.statistics.flushed += 1;
        self.arena.clear();
        self.decoded.clear();
        self.ways.clear();
        self.by_key.clear();
        self.by_page.clear();
        self.contexts.clear();
        self.recent = NONE_RECENT;
        self.patches.clear();
        self.tables.clear();
        let bytes = mem.store_bytes();
        mem.watch().attach(self.attached.0, bytes);
    }

    /// The number of a context, below 256. `None` when there are too many.
    pub(crate) fn context_number(&mut self, context: Context) -> Option<u32> {
        let key = context.key();
        let place = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 59) as usize % RECENT;
        let (recent, number) = self.recent[place];
        if recent == key {
            return Some(number);
        }
        let number = match self.contexts.iter().position(|known| *known == key) {
            Some(number) => number,
            None if self.contexts.len() >= 256 => return None,
            None => {
                self.contexts.push(key);
                self.contexts.len() - 1
            }
        };
        self.recent[place] = (key, number as u32);
        Some(number as u32)
    }

    /// Forgets all contexts, with their blocks, and begins with this one. Who remembers jumps must forget them, too.
    pub(crate) fn first_context(&mut self, context: Context) -> u32 {
        self.contexts = vec![context.key()];
        self.recent = NONE_RECENT;
        self.by_key.clear();
        0
    }

    /// Watched bytes were written. True when the TLB may hold what they say.
    fn meet(&mut self, mem: &mut Memory, hit: Hit, instructions: u64) -> bool {
        let page = hit.at / PAGE_BYTES;
        let is_table = self.tables.contains(&page);
        if is_table {
            for page in std::mem::take(&mut self.tables) {
                self.watch_page(mem, page);
            }
        }
        self.kill(mem, hit, instructions);
        is_table
    }

    /// Kills the blocks that were made of written bytes.
    fn kill(&mut self, mem: &mut Memory, hit: Hit, instructions: u64) {
        let page = hit.at / PAGE_BYTES;
        let Some(blocks) = self.by_page.get_mut(&page) else { return };
        let before = blocks.len();
        let by_key = &mut self.by_key;
        blocks.retain(|block| {
            let is_hit = block.first < hit.at + hit.bytes && hit.at < block.end;
            if is_hit {
                block.at.set_handler(run::stale);
                block.at.set_marks(mark::STALE);
                by_key.remove(&block.key);
            }
            !is_hit
        });
        let died = before - blocks.len();
        self.watch_page(mem, page);
        if died == 0 {
            return;
        }
        self.statistics.invalidated += died as u64;
        if hit.bytes <= PATCH_BYTES {
            if self.patches.len() >= PATCHED_MAX {
                self.patches.clear();
            }
            for at in hit.at..hit.at + hit.bytes {
                let new = Patch { times: 0, quick_times: 0, last: instructions };
                let patch = self.patches.entry(at).or_insert(new);
                let passed = instructions.wrapping_sub(patch.last);
                let count = |times: u8, window: u64| if passed < window { times.saturating_add(1) } else { 1 };
                *patch = Patch {
                    times: count(patch.times, PATCH_WINDOW),
                    quick_times: count(patch.quick_times, CONSTANT_WINDOW),
                    last: instructions,
                };
            }
        }
    }

    /// Watches in a page the bytes of its blocks, and no others.
    fn watch_page(&self, mem: &mut Memory, page: u32) {
        mem.watch().clear_page(page * PAGE_BYTES);
        for block in self.by_page.get(&page).into_iter().flatten() {
            block.watch(mem);
        }
    }

    /// Whether a byte of code changes again and again.
    pub(crate) fn is_patched(&self, at: u32) -> bool {
        !self.patches.is_empty() && self.patches.get(&at).is_some_and(|patch| patch.times >= PATCHES)
    }

    /// Whether a byte of code changes so often that it is hardly executed in between.
    pub(crate) fn changes_constantly(&self, at: u32) -> bool {
        self.patches.get(&at).is_some_and(|patch| patch.quick_times >= PATCHES)
    }
}

/// The blocks of a CPU, once it has run any. Not architectural: a clone starts without, and all are equal.
#[derive(Default)]
pub(crate) struct BlockCache(Option<Box<Run>>);

impl Clone for BlockCache {
    fn clone(&self) -> BlockCache {
        BlockCache(None)
    }
}

impl PartialEq for BlockCache {
    fn eq(&self, _other: &BlockCache) -> bool {
        true
    }
}

impl Eq for BlockCache {}

impl fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockCache")
    }
}

impl BlockCache {
    /// With blocks of so many instructions at most.
    pub(crate) fn with_longest(cpu: &Cpu, instructions: usize) -> BlockCache {
        let longest = instructions.clamp(1, BLOCK_MAX);
        BlockCache(Some(Run::new(cpu, Blocks { longest, ..Blocks::new() })))
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.0.as_ref().map(|run| run.blocks.statistics).unwrap_or_default()
    }
}

/// Runs as [`Cpu::run`] says.
pub(crate) fn run(cpu: &mut Cpu, mem: &mut Memory, bus: &mut dyn Bus, budget: u64) -> Stop {
    // So that differences of counts fit in 63 bits; the machine asks again.
    let end = cpu.instructions.saturating_add(budget.min(1 << 60));
    let longest = cpu.blocks.0.as_ref().map_or(BLOCK_MAX, |run| run.blocks.longest);
    if budget < longest as u64 {
        return Step::new(cpu, mem, bus, end).run();
    }
    let mut run = cpu.blocks.0.take().unwrap_or_else(|| Run::new(cpu, Blocks::new()));
    if !run.blocks.is_attached(mem) {
        run.blocks.flush(mem);
        run.flush_tlb();
    }
    run.begin(mem, bus, end);
    let stop = loop {
        if let Some(stop) = turn(cpu, &mut run) {
            break stop;
        }
    };
    run.finish();
    cpu.blocks.0 = Some(run);
    stop
}

impl Run {
    /// Does what was noticed about memory.
    fn heed(&mut self, instructions: u64) {
        let mut hits = std::mem::take(&mut self.blocks.hits);
        let noticed = self.mem().watch().take(&mut hits);
        if noticed & notice::EVERYTHING != 0 {
            self.blocks.flush(self.mem());
            self.flush_tlb();
            hits.clear();
        } else if noticed & (notice::MAP | notice::NEW_PAGE) != 0 {
            self.flush_tlb();
        }
        for hit in &hits {
            if self.blocks.meet(self.mem(), *hit, instructions) {
                self.flush_tlb();
            }
        }
        self.blocks.hits = hits;
    }
}

/// From one place to where no handler leads on.
fn turn(cpu: &mut Cpu, run: &mut Run) -> Option<Stop> {
    if run.attention {
        return Some(Stop::Attention);
    }
    if run.mem().watched().noticed() != 0 {
        run.heed(cpu.instructions);
        run.from = None;
    }
    if cpu.instructions.wrapping_add(run.reserve as u64) > run.end {
        run.blocks.statistics.stepped += run.end.saturating_sub(cpu.instructions);
        let (mem, bus) = run.board();
        return Some(Step::new(cpu, mem, bus, run.end).run());
    }
    let at = if needs_stepper(cpu) { None } else { enter(cpu, run) };
    let Some(at) = at else { return step_outside(cpu, run) };
    run.set_left(cpu, 0);
    run.blocks.statistics.dispatched += 1;
    let (res, aux) = flags::lazy(cpu.registers.eflags);
    run.keep(res, aux);
    let mut next = (at.handler)(cpu, run, at, res, aux);
    if !TAIL {
        while let Some(at) = next {
            next = (at.handler)(cpu, run, at, run.res, run.aux);
        }
    }
    cpu.instructions = run.count(0);
    run::put_flags(cpu, run.res, run.aux);
    None
}

/// The stepper does one unit.
fn step_outside(cpu: &mut Cpu, run: &mut Run) -> Option<Stop> {
    run.from = None;
    run.blocks.statistics.stepped += 1;
    let end = cpu.instructions + 1;
    let (mem, bus) = run.board();
    match Step::new(cpu, mem, bus, end).run() {
        Stop::Budget => None,
        stop => Some(stop),
    }
}

/// The block at the present place, found or made. `None` when there can be none.
fn enter(cpu: &mut Cpu, run: &mut Run) -> Option<At> {
    if !run.blocks.arena.has_room(build::SLOTS_MAX) {
        run.blocks.flush(run.mem());
        run.flush_tlb();
        run.from = None;
    }
    let translation = Translation::of(cpu);
    if run.blocks.translation != Some(translation) {
        run.blocks.translation = Some(translation);
        run.flush_tlb();
        run.from = None;
    }
    let context = Context::of(cpu);
    if context != run.context {
        run.from = None;
    }
    run.enter_context(context);
    let eip = cpu.registers.eip;
    let linear = cpu.registers.cs_base().wrapping_add(eip);
    let from = run.from.take();
    let at = match run.find_jump(linear, eip) {
        Some(at) if at.shift & mark::STALE == 0 => at,
        _ => {
            let at = find_or_build(cpu, run, eip, linear)?;
            // Watching a new page empties the TLB and the jump cache, before anything is written by it.
            if run.mem().watched().noticed() & (notice::NEW_PAGE | notice::HITS | notice::EVERYTHING) != 0 {
                return heed_and_find(cpu, run, eip, linear);
            }
            run.remember_jump(linear, eip, at);
            at
        }
    };
    if let Some((exit, taken)) = from {
        let from_linear = cpu.registers.cs_base().wrapping_add(if taken { exit.taken_eip } else { exit.fall_eip });
        debug_assert_eq!(from_linear, linear);
        link(run, exit, taken, linear, at);
    }
    Some(at)
}

/// Building has watched a page for the first time.
#[cold]
fn heed_and_find(cpu: &mut Cpu, run: &mut Run, eip: u32, linear: u32) -> Option<At> {
    run.heed(cpu.instructions);
    run.enter_context(Context::of(cpu));
    let at = find_or_build(cpu, run, eip, linear)?;
    run.remember_jump(linear, eip, at);
    Some(at)
}

/// Leads an exit to a block, when it will lie there as long as the block lives.
fn link(run: &mut Run, exit: ExitAt, taken: bool, linear: u32, at: At) {
    const A20: u32 = 1 << 20;
    let is_same_page = exit.page == linear / PAGE_BYTES;
    if is_same_page || !run.context.paging && linear & A20 == 0 {
        exit.link(taken, at);
    } else {
        exit.use_cache();
    }
}

fn find_or_build(cpu: &mut Cpu, run: &mut Run, eip: u32, linear: u32) -> Option<At> {
    if eip > run.context.limit {
        return None;
    }
    let (address, _) = run.translate(cpu, linear, run.context.user, false)?;
    let at = run.mem().place(address)?;
    let key = Key { at, linear, eip, context: run.jump_tag & 0xff };
    if let Some(at) = run.blocks.by_key.get(&key) {
        return Some(*at);
    }
    build::build(cpu, run, key, linear)
}
