//! A run of blocks: what handlers reach besides the CPU, and the ways out of the fast path.

use super::Blocks;
use super::arena::{At, Exit, ExitAt, Next, mark};
use super::mmio;
use super::protect::Descriptors;
use super::tlb::{self, Entry, Tlb};
use crate::cpu::event;
use crate::mem::{Elsewhere, watched};
use crate::model::cr4;
use crate::ops::flags;
use crate::primitives::{go, segment};
use crate::regs::{cr0, flag, guard, seg};
use crate::segment::rights;
use crate::slow::{Step, paging};
use crate::{Bus, Cpu, Memory, Model};

/// Entries of the cache of jump targets.
const JUMPS: usize = 4096;

/// Where an offset of a code segment leads.
#[derive(Clone, Copy)]
pub(crate) struct Jump {
    linear: u32,
    eip: u32,
    /// Context and round; see [`Run::jump_tag`].
    tag: u32,
    at: Option<At>,
}

const NO_JUMP: Jump = Jump { linear: 0, eip: 0, tag: 0, at: None };

/// Targets of returns and indirect jumps.
pub(crate) struct Jumps {
    entries: [Jump; JUMPS],
    /// Entries of other rounds count for nothing.
    round: u32,
}

impl Jumps {
    pub(crate) fn new() -> Jumps {
        Jumps { entries: [NO_JUMP; JUMPS], round: 1 }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.round += 1;
        if self.round >= 1 << 24 {
            self.entries.fill(NO_JUMP);
            self.round = 1;
        }
    }

    #[inline(always)]
    fn slot(linear: u32) -> usize {
        (linear ^ linear >> 12) as usize % JUMPS
    }
}

/// What the present code is executed under: part of the key of every block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// The limit of CS.
    pub(crate) limit: u32,
    /// 32-bit code.
    pub(crate) wide: bool,
    /// 32-bit stack.
    pub(crate) wide_stack: bool,
    pub(crate) paging: bool,
    /// At level 3.
    pub(crate) user: bool,
    /// Segments are those of real mode or of virtual-8086 mode.
    pub(crate) real: bool,
    pub(crate) is_virtual: bool,
}

impl Context {
    pub(crate) fn of(cpu: &Cpu) -> Context {
        let registers = &cpu.registers;
        let cs = registers.segment(seg::CS);
        Context {
            limit: cs.limit,
            wide: cs.is_big(),
            wide_stack: registers.segment(seg::SS).is_big(),
            paging: registers.guards & guard::PAGING != 0,
            user: registers.cpl == 3,
            real: !registers.is_protected(),
            is_virtual: registers.is_virtual(),
        }
    }

    /// All of it in one number.
    pub(crate) fn key(self) -> u64 {
        let Context { limit, wide, wide_stack, paging, user, real, is_virtual } = self;
        let flags = [wide, wide_stack, paging, user, !real || is_virtual, is_virtual];
        let flags = (0..).zip(flags).fold(0, |bits, (number, flag)| bits | u64::from(flag) << number);
        flags << 32 | u64::from(limit)
    }

    /// The same of the present context, quickly.
    #[inline(always)]
    pub(crate) fn key_of(cpu: &Cpu) -> u64 {
        let registers = &cpu.registers;
        let (code, stack) = (registers.segment(seg::CS), registers.segment(seg::SS));
        let flags = u32::from(code.rights) >> 14 & 1
            | u32::from(stack.rights) >> 13 & 2
            | u32::from(registers.guards & guard::PAGING) << 2
            | u32::from(registers.cpl == 3) << 3
            | (registers.cr0 & cr0::PE) << 4
            | (registers.eflags & flag::VM) >> 12;
        let key = u64::from(flags) << 32 | u64::from(code.limit);
        debug_assert_eq!(key, Context::of(cpu).key());
        key
    }
}

/// What translation depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Translation {
    cr0: u32,
    cr3: u32,
    cr4: u32,
}

impl Translation {
    pub(crate) fn of(cpu: &Cpu) -> Translation {
        let registers = &cpu.registers;
        let paging = registers.guards & guard::PAGING != 0;
        Translation {
            cr0: registers.cr0 & (cr0::PG | cr0::WP),
            cr3: if paging { registers.cr3 } else { 0 },
            cr4: registers.cr4 & cr4::PSE,
        }
    }
}

/// See the module. What handlers read most comes first, and everything lies in one piece.
#[repr(C)]
pub(crate) struct Run {
    /// Instructions that may be done before the run must leave the blocks, at the beginning of the present block. The
    /// last ones of a run, as many as `reserve`, are the stepper's.
    pub(crate) left: i64,
    /// Where the set of the present level begins in `tlbs`, in bytes.
    pub(crate) level: usize,
    /// The context of the present code, by its number, and the round of the jump cache.
    pub(crate) jump_tag: u32,
    /// Bits of an instruction pointer.
    pub(crate) ip_mask: u32,
    /// Where the store lies.
    pub(crate) base: *mut u8,
    /// What added to the host's address of a byte of the store gives that of its mark, which tells whether it is
    /// watched.
    pub(crate) marks: *const u8,
    /// The lazy flags between handlers in loop mode, and when blocks are left.
    pub(crate) res: i64,
    pub(crate) aux: u64,
    /// The rights of a plain segment register of real mode, or of virtual-8086 mode, and which bits of them count.
    pub(crate) plain_rights: u16,
    pub(crate) plain_mask: u16,
    /// AF after shifts, by model: what a shift to the left keeps and sets, what one to the right sets.
    pub(crate) shift_left_keeps: u64,
    pub(crate) shift_left_sets: u64,
    pub(crate) shift_right_sets: u64,
    /// Bits of FLAGS that POPF and IRET write at level 0, and those that are always one.
    pub(crate) flags_writable: u32,
    pub(crate) flags_set: u32,
    /// Of the supervisor and of the user.
    pub(crate) tlbs: [Tlb; 2],
    pub(crate) jumps: Jumps,
    pub(crate) known: Descriptors,
    pub(crate) context: Context,
    context_key: u64,
    pub(crate) blocks: Blocks,
    /// What this run works on; null outside of one.
    mem: *mut Memory,
    bus: *mut (dyn Bus + 'static),
    /// The count of instructions at which the run ends.
    pub(crate) end: u64,
    /// The most instructions of a block.
    pub(crate) reserve: i64,
    /// The bus asked for attention.
    pub(crate) attention: bool,
    /// Memory-mapped registers leave all else as it is.
    pub(crate) is_quiet: bool,
    /// The operation that missed the TLB last, and its page.
    missed: Option<(At, u32)>,
    /// The exit by which the blocks were left, and its side: to be linked.
    pub(crate) from: Option<(ExitAt, bool)>,
    pub(crate) model: Model,
}

// SAFETY: the pointers are followed only within a run, whose caller holds what they lead to.
unsafe impl Send for Run {}
// SAFETY: as above; shared, it gives nothing away.
unsafe impl Sync for Run {}

/// What stands for a bus outside of a run.
struct NoBus;

impl Bus for NoBus {
    fn port_read(&mut self, _mem: &mut Memory, _port: u16, width: crate::Width, _at: u64) -> u32 {
        width.mask()
    }

    fn port_write(&mut self, _mem: &mut Memory, _port: u16, _width: crate::Width, _value: u32, _at: u64) {}

    fn mmio_read(&mut self, _mem: &mut Memory, _address: u32, width: crate::Width, _at: u64) -> u32 {
        width.mask()
    }

    fn mmio_write(&mut self, _mem: &mut Memory, _address: u32, _width: crate::Width, _value: u32, _at: u64) {}

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
        0
    }

    fn attention(&self) -> bool {
        false
    }
}

impl Run {
    /// For a CPU of this model, outside of a run.
    pub(crate) fn new(cpu: &Cpu, blocks: Blocks) -> Box<Run> {
        let [shift_left_keeps, shift_left_sets, shift_right_sets] = shift_rules(cpu.model);
        Box::new(Run {
            left: 0,
            level: 0,
            jump_tag: 0,
            ip_mask: if cpu.model >= Model::I80386 { u32::MAX } else { 0xffff },
            base: std::ptr::null_mut(),
            marks: std::ptr::null(),
            res: 0,
            aux: 0,
            plain_rights: 0,
            plain_mask: 0,
            shift_left_keeps,
            shift_left_sets,
            shift_right_sets,
            flags_writable: cpu.model.traits().flags_writable & cpu.model.flags_possible() & 0xffff,
            flags_set: cpu.model.traits().flags_set,
            tlbs: [Tlb::new(), Tlb::new()],
            jumps: Jumps::new(),
            known: Descriptors::new(cpu.model),
            context: Context::of(cpu),
            context_key: Context::of(cpu).key(),
            reserve: blocks.longest as i64,
            blocks,
            mem: std::ptr::null_mut(),
            bus: std::ptr::null_mut::<NoBus>(),
            end: 0,
            attention: false,
            is_quiet: false,
            missed: None,
            from: None,
            model: cpu.model,
        })
    }

    /// Begins a run up to a count of instructions. [`Run::finish`] must come before what is borrowed ends.
    pub(crate) fn begin(&mut self, mem: &mut Memory, bus: &mut dyn Bus, end: u64) {
        self.base = mem.base();
        self.mem = mem;
        self.is_quiet = bus.is_mmio_quiet();
        let bus: *mut (dyn Bus + '_) = bus;
        // SAFETY: only the lifetime changes, and the pointer is not followed after `finish`.
        self.bus = unsafe { std::mem::transmute::<*mut (dyn Bus + '_), *mut (dyn Bus + 'static)>(bus) };
        (self.end, self.attention, self.from) = (end, false, None);
    }

    /// Ends a run.
    pub(crate) fn finish(&mut self) {
        self.mem = std::ptr::null_mut();
        self.bus = std::ptr::null_mut::<NoBus>();
    }

    /// The memory and the bus of this run. Only to be called within one, by what keeps neither.
    pub(crate) fn board<'b>(&self) -> (&'b mut Memory, &'b mut dyn Bus) {
        debug_assert!(!self.mem.is_null());
        // SAFETY: within a run both are held by its caller, exclusively; nobody here keeps one of these references while
        // another is made.
        unsafe { (&mut *self.mem, &mut *self.bus) }
    }

    /// The memory of this run.
    pub(crate) fn mem<'b>(&self) -> &'b mut Memory {
        self.board().0
    }

    /// Keeps the flags for whoever comes next.
    #[inline(always)]
    pub(crate) fn keep(&mut self, res: i64, aux: u64) {
        (self.res, self.aux) = (res, aux);
    }

    /// [`Cpu::instructions`] when `done` instructions of the present block are.
    pub(crate) fn count(&self, done: u8) -> u64 {
        self.end.wrapping_sub((self.left + self.reserve) as u64).wrapping_add(u64::from(done))
    }

    /// Sets what is left so that `done` instructions of the present block are included in the CPU's count.
    pub(crate) fn set_left(&mut self, cpu: &Cpu, done: u8) {
        self.left = self.end.wrapping_sub(cpu.instructions).wrapping_add(u64::from(done)) as i64 - self.reserve;
    }

    /// The entry of the TLB of the present level for an address.
    fn level_entry(&mut self, linear: u32) -> &mut Entry {
        self.tlbs[usize::from(self.context.user)].entry(linear)
    }

    /// Forgets where pages lie, and jumps that depend on it.
    pub(crate) fn flush_tlb(&mut self) {
        self.blocks.statistics.tlb_flushes += 1;
        for tlb in &mut self.tlbs {
            tlb.clear();
        }
        self.jumps.clear();
    }

    /// Brings what the handlers read by pointer up to date with the context.
    pub(crate) fn enter_context(&mut self, context: Context) {
        (self.context, self.context_key) = (context, context.key());
        self.marks = self.mem().watched().marks().wrapping_sub(self.base as usize);
        // In real mode D and G may be left from a descriptor.
        (self.plain_rights, self.plain_mask) =
            if context.is_virtual { (rights::VIRTUAL, u16::MAX) } else { (rights::REAL, 0xff) };
        self.level = if context.user { size_of::<Tlb>() } else { 0 };
        let number = self.blocks.context_number(context).unwrap_or_else(|| {
            self.jumps.clear();
            self.blocks.first_context(context)
        });
        self.jump_tag = number | self.jumps.round << 8;
    }

    /// The same where translation stays as it is, if the context is another.
    #[inline(always)]
    pub(crate) fn follow_context(&mut self, cpu: &Cpu) {
        if Context::key_of(cpu) != self.context_key {
            self.enter_context(Context::of(cpu));
        }
    }

    /// Whether something needs a look between instructions.
    #[inline]
    pub(crate) fn is_disturbed(&self, cpu: &Cpu) -> bool {
        self.attention || self.mem().watched().noticed() != 0 || needs_stepper(cpu)
    }

    /// Whether the TLB is true of the CPU as it is.
    fn is_where_it_was(&self, cpu: &Cpu) -> bool {
        self.blocks.translation == Some(Translation::of(cpu))
    }

    /// Remembers where an offset of the present code leads.
    pub(crate) fn remember_jump(&mut self, linear: u32, eip: u32, at: At) {
        self.jumps.entries[Jumps::slot(linear)] = Jump { linear, eip, tag: self.jump_tag, at: Some(at) };
    }

    #[inline(always)]
    pub(crate) fn find_jump(&self, linear: u32, eip: u32) -> Option<At> {
        let jump = &self.jumps.entries[Jumps::slot(linear)];
        if jump.linear == linear && jump.eip == eip && jump.tag == self.jump_tag { jump.at } else { None }
    }

    /// Whether an operation that missed a page has missed another just before that has the same entry of the TLB: then it
    /// never finds both.
    fn is_torn(&mut self, op: At, linear: u32) -> bool {
        let page = linear / crate::PAGE_BYTES;
        let before = self.missed.replace((op, page));
        before.is_some_and(|(other, first)| {
            other == op && first != page && (first ^ page).is_multiple_of(tlb::ENTRIES as u32)
        })
    }

    /// Brings a page into the TLB, for the present level.
    pub(super) fn fill(&mut self, cpu: &mut Cpu, linear: u32, write: bool) -> Filled {
        self.fill_for(cpu, linear, self.context.user, write)
    }

    /// Brings a page into the TLB, for the user or the supervisor.
    ///
    /// The marks that it sets in page tables may change code, that of the present block too, which nobody heeds before
    /// the block is left: when something was noticed, the access must be done by who looks at that before it goes on.
    #[inline(never)]
    fn fill_for(&mut self, cpu: &mut Cpu, linear: u32, user: bool, write: bool) -> Filled {
        let entry = self.tlbs[usize::from(user)].entry(linear);
        if if write { entry.writes(linear) } else { entry.reads(linear) } {
            return Filled::No;
        }
        let Some((address, walked)) = self.translate(cpu, linear, user, write) else { return Filled::No };
        if self.mem().watch().take_new_page() {
            // A table that was written without a look so far.
            self.tlbs.iter_mut().for_each(Tlb::clear);
        }
        let Some((at, mut writable)) = self.mem().direct_page(address, write) else {
            let Elsewhere::Mmio(physical) = self.mem().read_elsewhere(address) else { return Filled::No };
            self.tlbs[usize::from(user)].entry(linear).fill_board(linear, physical, write || !walked);
            return Filled::Board(physical);
        };
        if write && !writable {
            return Filled::No;
        }
        // A page that was only read is not dirty yet.
        writable &= write || !walked;
        let watched = self.mem().watched().has(at);
        let host = self.mem().base().wrapping_add(at as usize);
        self.tlbs[usize::from(user)].entry(linear).fill(linear, host, writable.then_some(watched));
        Filled::Memory
    }

    /// Brings a page that an operation needs into a set of the TLB, when page tables need no mark for that; false when
    /// that cannot be, or does not help.
    pub(crate) fn fill_quietly(&mut self, cpu: &mut Cpu, op: At, linear: u32, user: bool, write: bool) -> bool {
        self.blocks.statistics.tlb_fills += 1;
        let is_marked =
            cpu.registers.guards & guard::PAGING == 0 || paging::is_marked(&cpu.registers, self.mem(), linear, write);
        is_marked && !self.is_torn(op, linear) && self.fill_for(cpu, linear, user, write) == Filled::Memory
    }

    /// The physical address, and whether page tables say so. Those that do are watched. `None` when there is a fault,
    /// which nothing tells of yet.
    pub(crate) fn translate(&mut self, cpu: &mut Cpu, linear: u32, user: bool, write: bool) -> Option<(u32, bool)> {
        if cpu.registers.guards & guard::PAGING == 0 {
            return Some((linear, false));
        }
        if !self.has_tables_in_store(cpu, linear) {
            return None;
        }
        let cr2 = cpu.registers.cr2;
        let (mem, bus) = self.board();
        let walk = Step::new(cpu, mem, bus, self.end).walk_for_tlb(linear, user, write);
        cpu.registers.cr2 = cr2;
        let walk = walk?;
        for entry in walk.entries {
            let at = self.mem().place(entry)?;
            if !self.blocks.tables.contains(&(at / crate::PAGE_BYTES)) {
                self.blocks.tables.push(at / crate::PAGE_BYTES);
            }
            self.mem().watch().add(at, 4, watched::TABLE);
        }
        Some((walk.address, true))
    }

    /// Whether the walk for an address reads nothing but the store, as far as it goes: registers of the board would be
    /// read twice.
    fn has_tables_in_store(&self, cpu: &Cpu, linear: u32) -> bool {
        let mem = self.mem();
        let (directory, table) = paging::tables(&cpu.registers, mem, linear);
        mem.place(directory).is_some() && table.is_none_or(|table| mem.place(table).is_some())
    }
}

/// What came of bringing a page into the TLB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// The access may be tried again.
    Memory,
    /// It goes to the board, at this physical address.
    Board(u32),
    /// Nothing changes for this access.
    No,
}

/// Whether the next instruction is the stepper's: an event waits, each instruction is looked at, or accesses are.
#[inline]
pub(crate) fn needs_stepper(cpu: &Cpu) -> bool {
    let registers = &cpu.registers;
    let events = cpu.events;
    events & !event::INTR != 0
        || registers.guards & !guard::PAGING != 0
        || registers.eflags & (flag::TF | flag::RF) != 0
        || events & event::INTR != 0 && registers.eflags & flag::IF != 0
}

/// Brings the flags into EFLAGS.
pub(crate) fn put_flags(cpu: &mut Cpu, res: i64, aux: u64) {
    cpu.registers.set_arithmetic(flags::eflags(res, aux));
}

/// Leaves the blocks at the beginning of an instruction; what is done is subtracted already.
#[inline(always)]
pub(crate) fn leave(cpu: &mut Cpu, run: &mut Run, eip: u32, res: i64, aux: u64) -> Next {
    cpu.registers.eip = eip;
    run.keep(res, aux);
    None
}

/// Goes where an exit leads, after all instructions of the block.
#[inline(always)]
pub(crate) fn follow<const TAKEN: bool>(cpu: &mut Cpu, run: &mut Run, exit: ExitAt, res: i64, aux: u64) -> Next {
    run.left -= i64::from(exit.count);
    let target = if TAKEN { exit.taken } else { exit.fall };
    match target {
        Some(target) if run.left >= 0 => go(cpu, run, target, res, aux),
        _ => unlinked::<TAKEN>(cpu, run, exit, res, aux),
    }
}

/// Goes where an exit leads that is not linked.
#[inline(never)]
fn unlinked<const TAKEN: bool>(cpu: &mut Cpu, run: &mut Run, exit: ExitAt, res: i64, aux: u64) -> Next {
    let eip = if TAKEN { exit.taken_eip } else { exit.fall_eip };
    let linear = cpu.registers.cs_base().wrapping_add(eip);
    if run.left >= 0
        && exit.by_cache != 0
        && let Some(at) = run.find_jump(linear, eip)
    {
        return go(cpu, run, at, res, aux);
    }
    run.from = Some((exit, TAKEN));
    leave(cpu, run, eip, res, aux)
}

/// Goes to an offset of CS that is known now only; what is done is subtracted already.
#[inline(always)]
pub(crate) fn jump(cpu: &mut Cpu, run: &mut Run, eip: u32, res: i64, aux: u64) -> Next {
    let linear = segment(cpu, crate::ops::CS).base.wrapping_add(eip);
    match run.find_jump(linear, eip) {
        Some(at) if run.left >= 0 => go(cpu, run, at, res, aux),
        _ => leave(cpu, run, eip, res, aux),
    }
}

/// The first operation of a block that is no longer true.
pub(crate) fn stale(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let linear = cpu.registers.cs_base().wrapping_add(op.eip);
    match run.find_jump(linear, op.eip) {
        Some(at) if at != op && run.left >= 0 => go(cpu, run, at, res, aux),
        _ => leave(cpu, run, op.eip, res, aux),
    }
}

/// The handler of what ends a block that does not branch: on to the next.
pub(crate) fn through(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    follow::<false>(cpu, run, op.exit(), res, aux)
}

/// A read met a page that the TLB does not have, or that is the board's, or crosses into another.
#[inline(never)]
pub(crate) fn miss_read(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, linear: u32) -> Next {
    let entry = run.entry(linear);
    match entry.on_board(entry.read, linear, 1) {
        Some(physical) => mmio::access(cpu, run, op, res, aux, physical),
        None => fill_to_read(cpu, run, op, res, aux, linear),
    }
}

/// A write met a page that the TLB does not have for writing, or that is the board's, crosses into another, or met watched
/// bytes.
#[inline(never)]
pub(crate) fn miss_write(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, linear: u32) -> Next {
    let entry = run.entry(linear);
    match entry.on_board(entry.write, linear, 1) {
        Some(physical) => mmio::access(cpu, run, op, res, aux, physical),
        None => fill_to_write(cpu, run, op, res, aux, linear),
    }
}

#[inline(never)]
fn fill_to_read(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, linear: u32) -> Next {
    run.blocks.statistics.tlb_fills += 1;
    if run.is_torn(op, linear) {
        return slow(cpu, run, op, res, aux);
    }
    match run.fill(cpu, linear, false) {
        Filled::Memory if run.mem().watched().noticed() == 0 => go(cpu, run, op, res, aux),
        Filled::Board(physical) => mmio::access(cpu, run, op, res, aux, physical),
        Filled::Memory | Filled::No => slow(cpu, run, op, res, aux),
    }
}

#[inline(never)]
fn fill_to_write(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64, linear: u32) -> Next {
    run.blocks.statistics.tlb_fills += 1;
    if run.is_torn(op, linear) {
        return slow(cpu, run, op, res, aux);
    }
    let filled = run.fill(cpu, linear, true);
    if let Filled::Board(physical) = filled {
        return mmio::access(cpu, run, op, res, aux, physical);
    }
    if run.mem().watched().noticed() != 0 {
        return slow(cpu, run, op, res, aux);
    }
    let is_watched = run.level_entry(linear).is_watched(linear);
    if is_watched && op.shift & mark::CHECKED == 0 && super::build::check_stores(run, op)
        || filled == Filled::Memory && !(is_watched && op.shift & mark::CHECKED == 0)
    {
        return go(cpu, run, op, res, aux);
    }
    slow(cpu, run, op, res, aux)
}

/// Brings the CPU to where an operation of a block begins.
fn arrive(cpu: &mut Cpu, run: &Run, op: At, res: i64, aux: u64) {
    cpu.registers.eip = op.eip;
    put_flags(cpu, res, aux);
    cpu.instructions = run.count(op.done);
}

/// Lets the stepper do one instruction of a block. True when it went through to the next without a fault.
///
/// Not inlined, as are others here: a caller that keeps something with an address cannot end with a jump.
#[inline(never)]
fn step(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> bool {
    arrive(cpu, run, op, res, aux);
    if op.shift & mark::PATCHED != 0 {
        return step_live(cpu, run);
    }
    let number = run.blocks.arena.number(op);
    let Some(decoded) = run.blocks.decoded.get(number).copied() else { return false };
    let (mem, bus) = run.board();
    let mut step = Step::new(cpu, mem, bus, run.end);
    let is_done = step.one(&decoded);
    run.attention |= step.attention;
    is_done
}

/// Lets the stepper do the instruction at CS:EIP, whatever it is by now. True when it went through without a fault.
#[inline(never)]
fn step_live(cpu: &mut Cpu, run: &mut Run) -> bool {
    let mut cache = std::mem::take(&mut cpu.cache);
    let (mem, bus) = run.board();
    let mut step = Step::new(cpu, mem, bus, run.end);
    let is_done = step.one_live(&mut cache);
    run.attention |= step.attention;
    cpu.cache = cache;
    is_done
}

/// The stepper does this operation, and the block goes on if nothing speaks against it.
#[inline(never)]
pub(crate) fn slow(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    if op.shift & mark::ENDS != 0 {
        return slow_jump(cpu, run, op, res, aux);
    }
    run.blocks.statistics.slow += 1;
    let is_done = step(cpu, run, op, res, aux);
    let (res, aux) = flags::lazy(cpu.registers.eflags);
    let after = op.eip.wrapping_add(u32::from(op.len)) & run.ip_mask;
    if is_done && op.count == 1 && cpu.registers.eip == after && !run.is_disturbed(cpu) {
        run.set_left(cpu, op.done + 1);
        if run.left >= 0 {
            return go(cpu, run, op.next(), res, aux);
        }
    }
    run.set_left(cpu, 0);
    run.keep(res, aux);
    None
}

/// The stepper does this operation, which ends the block and may lead anywhere.
#[inline(never)]
pub(crate) fn slow_jump(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    run.blocks.statistics.slow += 1;
    let is_done = step(cpu, run, op, res, aux);
    jump_after(cpu, run, is_done)
}

/// An instruction whose bytes change all the time: decoded when it is done.
#[inline(never)]
pub(crate) fn interpret(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    run.blocks.statistics.interpreted += 1;
    arrive(cpu, run, op, res, aux);
    let is_done = step_live(cpu, run);
    jump_after(cpu, run, is_done)
}

/// Goes to where the stepper has led, if it went through without a fault and nothing speaks against it.
#[inline(always)]
fn jump_after(cpu: &mut Cpu, run: &mut Run, is_done: bool) -> Next {
    let (res, aux) = flags::lazy(cpu.registers.eflags);
    run.set_left(cpu, 0);
    if is_done && !run.is_disturbed(cpu) && run.is_where_it_was(cpu) {
        run.follow_context(cpu);
        let eip = cpu.registers.eip;
        return jump(cpu, run, eip, res, aux);
    }
    run.keep(res, aux);
    None
}

/// An exit that is not linked yet.
pub(crate) fn exit(taken_eip: u32, fall_eip: u32, count: u16, page: u32) -> Exit {
    Exit { taken: None, fall: None, taken_eip, fall_eip, count, by_cache: 0, page }
}

/// The AF rules of shifts of a model, as [`Run`] has them.
pub(crate) fn shift_rules(model: Model) -> [u64; 3] {
    use crate::alu::shift::{Shift, auxiliary};
    let af = |flags: u32| if flags & flag::AF != 0 { flags::AUXILIARY } else { 0 };
    [
        af(auxiliary(model, Shift::Shl, flag::AF)),
        af(auxiliary(model, Shift::Shl, 0)),
        af(auxiliary(model, Shift::Shr, 0)),
    ]
}
