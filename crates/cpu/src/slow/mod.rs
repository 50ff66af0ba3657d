//! The reference stepper: one decoded instruction at a time, complete and exact. The oracle for everything faster.
//!
//! Handlers do loads and checks before the first change, so a fault leaves the registers as they were; memory written
//! before a later part of the same instruction faults stays written, as on the chips.

mod access;
mod arithmetic;
mod bits;
mod bulk;
mod bulk_on_board;
mod byte_group;
mod control;
mod data;
pub(crate) mod debug;
mod fetch;
mod fpu;
mod io;
mod loadall;
mod mmx;
mod muldiv;
pub(crate) mod paging;
mod pentium;
mod stack;
mod string;
mod system;

use crate::cpu::event;
use crate::decode::{DecodeCache, Kind, Op, Repeat};
use crate::interrupt::vector;
use crate::recurrence::{Verdict, Watched};
use crate::regs::{flag, guard};
use crate::{Bus, Cpu, Memory, Model, Stop};

/// Why an instruction did not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An exception of this vector, with error code 0 where it has one.
    Exception(u8),
    /// An exception of this vector, with this error code.
    WithCode(u8, u16),
    /// An exception could not be delivered.
    Shutdown,
}

impl Fault {
    pub(crate) const PROTECTION: Fault = Fault::Exception(vector::PROTECTION);
    pub(crate) const UNDEFINED: Fault = Fault::Exception(vector::UNDEFINED);
}

/// What a part of an instruction gives.
pub(crate) type Exec<T = ()> = Result<T, Fault>;

/// A run of the CPU.
pub(crate) struct Step<'a> {
    pub(crate) cpu: &'a mut Cpu,
    pub(crate) mem: &'a mut Memory,
    pub(crate) bus: &'a mut dyn Bus,
    /// The count of instructions at which the run ends.
    pub(crate) end: u64,
    /// The bus asked for attention.
    pub(crate) attention: bool,
    /// The offset of the present instruction.
    pub(crate) start: u32,
    /// The offset of the next one; branches change it.
    pub(crate) next: u32,
    /// The present instruction is followed by no single-step trap.
    pub(crate) trap_inhibited: bool,
    /// Breakpoints that the present instruction has hit, as bits 0 to 3.
    pub(crate) debug_hits: u32,
    /// The fault that is raised is a breakpoint at the instruction, which leaves RF clear.
    pub(crate) breakpoint_fault: bool,
    /// The present instruction has loaded RF, which holds for the next one.
    pub(crate) resumes: bool,
    /// Linear address of the page that code comes from.
    pub(crate) code_page: u32,
    /// Offsets in that page at which a window of sixteen bytes fits; zero when the page is not known.
    pub(crate) code_span: u32,
    /// Where that page lies in the store.
    pub(crate) code_at: u32,
    /// Bits that an instruction pointer of the model has.
    pub(crate) ip_mask: u32,
}

impl<'a> Step<'a> {
    pub(crate) fn new(cpu: &'a mut Cpu, mem: &'a mut Memory, bus: &'a mut dyn Bus, end: u64) -> Step<'a> {
        let ip_mask = if cpu.model >= Model::I80386 { u32::MAX } else { 0xffff };
        Step {
            cpu,
            mem,
            bus,
            end,
            attention: false,
            start: 0,
            next: 0,
            trap_inhibited: false,
            debug_hits: 0,
            breakpoint_fault: false,
            resumes: false,
            code_page: 0,
            code_span: 0,
            code_at: 0,
            ip_mask,
        }
    }

    /// Runs until the end or another reason to stop.
    pub(crate) fn run(mut self) -> Stop {
        // Apart from the CPU, so that a handler can change the CPU while it reads the instruction.
        let mut cache = std::mem::take(&mut self.cpu.cache);
        let stop = loop {
            if let Some(stop) = self.advance(&mut cache) {
                break stop;
            }
        };
        self.cpu.cache = cache;
        stop
    }

    /// Runs as [`Step::run`] does, lets `look` see CPU and memory after each step, and ends when that has found something.
    pub(crate) fn run_watched(mut self, mut look: impl FnMut(&Cpu, &mut Memory) -> Verdict) -> Watched {
        let mut cache = std::mem::take(&mut self.cpu.cache);
        let watched = loop {
            let end = self.end;
            // An iteration of a repeated instruction is a step, too.
            self.end = end.min(self.cpu.instructions.saturating_add(1));
            let stop = self.advance(&mut cache);
            self.end = end;
            if let Some(stop) = stop {
                break Watched { stop, round: None };
            }
            match look(self.cpu, self.mem) {
                Verdict::Searching => {}
                Verdict::Round(round) => break Watched { stop: Stop::Budget, round: Some(round) },
                Verdict::AtWork => break Watched { stop: Stop::Budget, round: None },
            }
        };
        self.cpu.cache = cache;
        watched
    }

    /// One step; why the run ends, when it does.
    #[inline]
    fn advance(&mut self, cache: &mut DecodeCache) -> Option<Stop> {
        if self.cpu.events != 0
            && let Some(stop) = self.idle()
        {
            return Some(stop);
        }
        if self.cpu.instructions >= self.end {
            return Some(Stop::Budget);
        }
        self.one_live(cache);
        self.attention.then_some(Stop::Attention)
    }

    /// Why nothing can run.
    fn idle(&self) -> Option<Stop> {
        let events = self.cpu.events;
        if events & event::SHUTDOWN != 0 {
            return Some(Stop::Shutdown);
        }
        let wakes = events & event::TRAP != 0 || self.interrupt_waits();
        (events & event::HALTED != 0 && !wakes).then_some(Stop::Halted)
    }

    /// One instruction, iteration or delivery.
    #[inline]
    fn unit(&mut self, cache: &mut DecodeCache) -> Exec {
        self.start = self.cpu.registers.eip;
        if self.cpu.events != 0 && self.serve_events()? {
            return Ok(());
        }
        let wide = self.cpu.registers.wide_code();
        // The page tables may have changed since the last instruction.
        let window = if self.cpu.registers.guards & guard::PAGING == 0 { self.window() } else { None };
        let window = window.or_else(|| self.turn_page());
        let found = window.and_then(|(linear, live)| cache.find(linear, live, wide));
        if let Some(op) = found {
            return self.execute_and_advance(op);
        }
        let op = self.fetch_slowly(cache)?;
        self.execute_and_advance(&op)
    }

    /// Does one decoded instruction at CS:EIP, for the block core. True when no fault came of it.
    pub(crate) fn one(&mut self, op: &Op) -> bool {
        self.start = self.cpu.registers.eip;
        if op.repeat != Repeat::No {
            // A repetition looks whether its own code changes.
            let _ = self.turn_page();
        }
        let done = self.execute_and_advance(op);
        self.account(done)
    }

    /// Does the instruction at CS:EIP.
    pub(crate) fn one_live(&mut self, cache: &mut DecodeCache) -> bool {
        let done = self.unit(cache);
        self.account(done)
    }

    /// Delivers the fault of an instruction, if there is one, and counts it.
    fn account(&mut self, done: Exec) -> bool {
        if let Err(fault) = done
            && fault != Fault::Shutdown
        {
            // What is left of a fault during the delivery is a shutdown, which is an event.
            let _ = self.deliver_fault(fault);
        }
        self.cpu.instructions += 1;
        done.is_ok()
    }

    #[inline]
    fn execute_and_advance(&mut self, op: &Op) -> Exec {
        let before = self.cpu.registers.eflags & (flag::TF | flag::RF);
        (self.trap_inhibited, self.resumes) = (false, false);
        self.next = self.start.wrapping_add(u32::from(op.length)) & self.ip_mask;
        self.execute(op)?;
        self.cpu.registers.eip = self.next;
        if before != 0 || self.debug_hits != 0 {
            self.after_special(before);
        }
        Ok(())
    }

    /// What follows an instruction that began with TF or RF or hit a breakpoint.
    #[cold]
    fn after_special(&mut self, before: u32) {
        // RF holds for one instruction; between the iterations of a repeated one it stays.
        let repeats = self.cpu.registers.eip == self.start;
        if before & flag::RF != 0 && !self.resumes && !repeats {
            self.cpu.registers.eflags &= !flag::RF;
        }
        self.trap_after(before & flag::TF != 0);
    }

    /// The offset that a fault pushes.
    pub(crate) fn fault_return(&self, number: u8) -> u32 {
        // QUIRK: the 8086 reports a divide error after the instruction, later models at it.
        // UNVERIFIED: the 80186 is taken to be like the 8086 here.
        if number == vector::DIVIDE && self.cpu.model < Model::I80286 { self.next } else { self.start }
    }

    /// Hands over to the handler. Handlers are not inlined here: each call is then the last thing done, and the many
    /// that are rare cost the few that are not no registers to save.
    #[inline]
    fn execute(&mut self, op: &Op) -> Exec {
        match op.kind {
            Kind::Mov => self.mov(op),
            Kind::Alu(kind) => self.alu(op, kind),
            Kind::Cmp => self.cmp(op),
            Kind::Test => self.test(op),
            Kind::Jcc(condition) => self.jcc(op, condition),
            Kind::Inc => self.inc(op),
            Kind::Dec => self.dec(op),
            Kind::Push => self.push_operand(op),
            Kind::Pop => self.pop_operand(op),
            Kind::Shift(kind) => self.shift(op, kind),
            Kind::String(kind) => self.string(op, kind),
            Kind::Jump | Kind::JumpShort => self.jump_relative(op),
            Kind::Call => self.call(op),
            Kind::Ret => self.ret(op),
            Kind::MovFromSegment
            | Kind::MovToSegment
            | Kind::Movzx
            | Kind::Movsx
            | Kind::Xchg
            | Kind::Lea
            | Kind::LoadFar(_)
            | Kind::Xlat
            | Kind::Lahf
            | Kind::Sahf
            | Kind::Widen
            | Kind::WidenIntoDx
            | Kind::Bswap
            | Kind::Cmpxchg
            | Kind::Xadd => self.data(op),
            Kind::PushSegment(_)
            | Kind::PopSegment(_)
            | Kind::Pusha
            | Kind::Popa
            | Kind::Pushf
            | Kind::Popf
            | Kind::Enter
            | Kind::Leave => self.stack(op),
            Kind::Not
            | Kind::Neg
            | Kind::SetMinusOne
            | Kind::DecimalAdjust(_)
            | Kind::AsciiAdjust(_)
            | Kind::Aam
            | Kind::Aad
            | Kind::Salc
            | Kind::Clc
            | Kind::Stc
            | Kind::Cmc
            | Kind::Cld
            | Kind::Std
            | Kind::Cli
            | Kind::Sti => self.arithmetic(op),
            Kind::Mul | Kind::Imul | Kind::ImulTruncating | Kind::Div | Kind::Idiv => self.muldiv(op),
            Kind::ShiftDouble(_) | Kind::Bit(_) | Kind::BitScan(_) | Kind::Setcc(_) => self.bits(op),
            Kind::JumpFar
            | Kind::JumpIndirect
            | Kind::JumpFarIndirect
            | Kind::Loop
            | Kind::Loope
            | Kind::Loopne
            | Kind::Jcxz
            | Kind::CallFar
            | Kind::CallIndirect
            | Kind::CallFarIndirect
            | Kind::RetFar
            | Kind::Iret
            | Kind::Int
            | Kind::Int1
            | Kind::Int3
            | Kind::Into
            | Kind::Bound => self.control(op),
            Kind::In | Kind::Out => self.port(op),
            Kind::Arpl
            | Kind::Lar
            | Kind::Lsl
            | Kind::Verr
            | Kind::Verw
            | Kind::Sldt
            | Kind::Str
            | Kind::Lldt
            | Kind::Ltr => self.selectors(op),
            Kind::Hlt
            | Kind::Nop
            | Kind::Wait
            | Kind::Escape
            | Kind::Lgdt
            | Kind::Lidt
            | Kind::Sgdt
            | Kind::Sidt
            | Kind::Smsw
            | Kind::Lmsw
            | Kind::Clts
            | Kind::MovSpecial
            | Kind::CacheControl => self.system(op),
            Kind::Cpuid
            | Kind::Rdtsc
            | Kind::Rdmsr
            | Kind::Wrmsr
            | Kind::Rdpmc
            | Kind::Cmpxchg8b
            | Kind::Cmov(_)
            | Kind::Sysenter
            | Kind::Sysexit => self.pentium(op),
            Kind::Packed(_) | Kind::MovdLoad | Kind::MovdStore | Kind::MovqStore | Kind::Emms => self.mmx(op),
            Kind::Fxsave => self.fxsave(op),
            Kind::Fxrstor => self.fxrstor(op),
            Kind::Loadall => self.loadall(),
            Kind::ByteGroup(extension) => self.byte_group(op, extension),
            Kind::Undefined => Err(Fault::UNDEFINED),
            Kind::TooLong => Err(Fault::PROTECTION),
        }
    }
}
