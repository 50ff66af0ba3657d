//! From the bytes of a guest's program to a block.

use super::arena::{At, Op, Slot, mark};
use super::lower::{End, Flags, Lowered, Setting, fuse, fuse_pair, fuse_pair_and_branch, lower};
use super::run::{self, Run, interpret, through};
use super::{BLOCK_MAX, Block, Key};
use crate::decode::{self, Kind, Prefixes};
use crate::ops;
use crate::primitives::{B, D, W};
use crate::{Cpu, PAGE_BYTES, Width};

/// The most slots of a block: an operation, its patch and an exit for each instruction, and the last exit.
pub(super) const SLOTS_MAX: usize = 3 * BLOCK_MAX + 2;

/// An instruction of the block to be.
struct Instruction {
    decoded: decode::Op,
    eip: u32,
    lowered: Lowered,
    /// Parts that are read from memory each time.
    patches: Vec<Patch>,
}

/// A constant of an instruction that changes all the time.
#[derive(Clone, Copy)]
struct Patch {
    /// Where it lies in the store.
    at: u32,
    bytes: u32,
    is_immediate: bool,
    /// It is sign-extended, and cut by this.
    signed: bool,
    mask: u32,
}

/// What came of the bytes at one place.
enum Found {
    Instruction(Instruction),
    /// It cannot be part of a block: it lies in two pages, or its bytes change all the time.
    Unfit,
}

/// Makes the block of `key`. `None` without room.
pub(super) fn build(cpu: &Cpu, run: &mut Run, key: Key, linear: u32) -> Option<At> {
    let mut setting = Setting {
        model: run.model,
        context: run.context,
        ip_mask: run.ip_mask,
        eip: key.eip,
        flags: true,
        checked: false,
    };
    let mut instructions: Vec<Instruction> = Vec::with_capacity(BLOCK_MAX);
    let mut at = key.at;
    let mut is_open = true;
    while is_open && instructions.len() < run.blocks.longest {
        match find(cpu, run, at, &setting) {
            Found::Instruction(instruction) => {
                is_open = instruction.lowered.end == End::No;
                let length = u32::from(instruction.decoded.length);
                at += length;
                setting.eip = setting.eip.wrapping_add(length) & run.ip_mask;
                instructions.push(instruction);
                // The next byte lies in another page, or the offset went round.
                if at % PAGE_BYTES < length || setting.eip < length || setting.eip > run.context.limit {
                    break;
                }
            }
            Found::Unfit => break,
        }
    }
    if instructions.is_empty() {
        return place(run, key, at, Vec::new(), &[Slot::Op(lone(key.eip))], &[plain_nop()]);
    }
    drop_dead_flags(&mut instructions, &setting);
    let page = linear / PAGE_BYTES;
    let (slots, decoded) = emit(&instructions, &setting, page);
    let holes = instructions.iter().flat_map(|one| &one.patches).map(|patch| (patch.at, patch.at + patch.bytes));
    let mut holes: Vec<(u32, u32)> = holes.collect();
    holes.sort_unstable();
    run.blocks.statistics.built_instructions += instructions.len() as u64;
    place(run, key, at, holes, &slots, &decoded)
}

/// The operation that decodes its instruction each time.
fn lone(eip: u32) -> Op {
    operation(&Lowered { end: End::Jump, ..Lowered::interpreted() }, eip, 0, 1, 0)
}

fn plain_nop() -> decode::Op {
    decode::Op::plain(Kind::Nop, 0)
}

impl Lowered {
    fn interpreted() -> Lowered {
        Lowered { handler: interpret, ..Lowered::slow() }
    }
}

fn operation(lowered: &Lowered, eip: u32, done: usize, count: u8, length: u16) -> Op {
    let Lowered { handler, imm, disp, extra, a, b, c, shift, seg, end, .. } = *lowered;
    let shift = shift | if end == End::No { 0 } else { mark::ENDS };
    Op { handler, imm, disp, eip, extra, a, b, c, shift, seg, done: done as u8, count, len: length as u8 }
}

/// The instruction at a place of the store.
fn find(cpu: &Cpu, run: &Run, at: u32, setting: &Setting) -> Found {
    let rest = run.mem().rest_of_page(at);
    let to_limit = u64::from(setting.context.limit - setting.eip) + 1;
    let available = rest.len().min(16).min(usize::try_from(to_limit).unwrap_or(16));
    let bytes = &rest[..available];
    let (prefixes, used) = Prefixes::scan(cpu.model, bytes);
    let Ok(decoded) = decode::decode(cpu.model, setting.context.wide, prefixes, &bytes[used..]) else {
        return Found::Unfit;
    };
    let length = usize::from(decoded.length);
    if length == 0 || length > available {
        return Found::Unfit;
    }
    let lowered = lower(&decoded, setting);
    let is_patched =
        |first: usize, bytes: usize| (first..first + bytes).any(|number| run.blocks.is_patched(at + number as u32));
    let mut patches = Vec::new();
    if is_patched(0, length) {
        let constants = decode::constants(cpu.model, setting.context.wide, prefixes, &bytes[used..]);
        let mut constant = |(offset, size): (usize, usize), is_immediate: bool| {
            let first = used + offset;
            let mut end = 0;
            if size != 0 && first + size <= length && is_patched(first, size) {
                let Some(patch) = patch(&decoded, at + first as u32, size, is_immediate) else { return 0 };
                patches.push(patch);
                end = (first..first + size).filter(|n| run.blocks.is_patched(at + *n as u32)).count();
            }
            end
        };
        let covered = constant(constants.displacement, false) + constant(constants.immediate, true);
        let all = (0..length).filter(|number| run.blocks.is_patched(at + *number as u32)).count();
        if covered != all || lowered.end != End::No {
            if (0..length).any(|number| run.blocks.changes_constantly(at + number as u32)) {
                return Found::Unfit;
            }
            // It is worth while to make it anew each time.
            patches.clear();
        }
    }
    Found::Instruction(Instruction { decoded, eip: setting.eip, lowered, patches })
}

/// How a constant that changes gets into its operation. `None` when that is not provided for.
fn patch(op: &decode::Op, at: u32, size: usize, is_immediate: bool) -> Option<Patch> {
    let bytes = size as u32;
    let takes_immediate =
        matches!(op.kind, Kind::Mov | Kind::Alu(_) | Kind::Cmp | Kind::Test | Kind::Push | Kind::ImulTruncating)
            && op.repeat == decode::Repeat::No;
    if is_immediate {
        let signed = bytes < op.width.bytes();
        return (takes_immediate && bytes <= op.width.bytes()).then_some(Patch {
            at,
            bytes,
            is_immediate,
            signed,
            mask: op.width.mask(),
        });
    }
    let has_memory = matches!(
        op.kind,
        Kind::Mov
            | Kind::Alu(_)
            | Kind::Cmp
            | Kind::Test
            | Kind::Inc
            | Kind::Dec
            | Kind::Movzx
            | Kind::Movsx
            | Kind::Lea
    );
    let address = Width::word_or_dword(op.wide_address);
    let signed = bytes < address.bytes();
    has_memory.then_some(Patch { at, bytes, is_immediate, signed, mask: address.mask() })
}

/// Chooses handlers without flags where nobody sees them. All are seen where a block ends, and before every operation
/// that may fault or leave the fast path.
fn drop_dead_flags(instructions: &mut [Instruction], setting: &Setting) {
    let mut needed = true;
    for instruction in instructions.iter_mut().rev() {
        let flags = instruction.lowered.flags;
        if !needed && flags != Flags::Passes {
            let setting = Setting { eip: instruction.eip, flags: false, ..*setting };
            instruction.lowered = lower(&instruction.decoded, &setting);
        } else if needed {
            instruction.lowered.shift |= mark::FLAGS;
        }
        needed = match flags {
            Flags::Needs => true,
            Flags::Passes | Flags::Changes => needed,
            Flags::Replaces => false,
        };
    }
}

/// The operations, and the decoded instruction of each slot.
fn emit(instructions: &[Instruction], setting: &Setting, page: u32) -> (Vec<Slot>, Vec<decode::Op>) {
    let mut slots = Vec::with_capacity(instructions.len() + 2);
    let mut decoded = Vec::with_capacity(instructions.len() + 2);
    let total = instructions.len() as u16;
    let mut number = 0;
    while let Some(instruction) = instructions.get(number) {
        let Instruction { decoded: op, eip, lowered, patches } = instruction;
        for (place, patch) in patches.iter().enumerate() {
            // How many patches of the same instruction follow this one: none or one.
            let a = (patches.len() - 1 - place) as u8;
            slots.push(Slot::Op(Op { extra: patch.at, imm: patch.mask, a, ..patch_operation(patch, *eip, number) }));
            decoded.push(plain_nop());
        }
        let after = |one: &Instruction| one.eip.wrapping_add(u32::from(one.decoded.length)) & setting.ip_mask;
        // The next instructions, as far as they can become one operation with this one.
        let plain = |ahead: usize| instructions.get(number + ahead).filter(|one| one.patches.is_empty());
        let one = plain(0);
        let branch = |ahead: usize| {
            let next = plain(ahead)?;
            let (Kind::Jcc(condition), End::Exit { taken }) = (next.decoded.kind, next.lowered.end) else {
                return None;
            };
            Some((condition, taken, after(next)))
        };
        decoded.push(*op);
        let fused = one.and_then(|_| {
            let three = branch(2).and_then(|(condition, taken, fall)| {
                Some((fuse_pair_and_branch(op, &plain(1)?.decoded, condition)?, taken, fall, 3))
            });
            three
                .or_else(|| branch(1).and_then(|(condition, taken, fall)| Some((fuse(op, condition)?, taken, fall, 2))))
        });
        if let Some((lowered, taken, fall, count)) = fused {
            let lowered = Lowered { end: End::Exit { taken }, ..lowered };
            slots.push(Slot::Op(operation(&lowered, *eip, number, count, op.length)));
            slots.push(Slot::Exit(run::exit(taken, fall, total, page)));
            decoded.push(plain_nop());
            break;
        }
        // The second rather goes with a branch after it.
        let is_free = branch(2)
            .is_none_or(|(condition, ..)| plain(1).is_some_and(|next| fuse(&next.decoded, condition).is_none()));
        let pair = one.and(plain(1)).filter(|_| is_free).and_then(|next| {
            let flags = next.lowered.shift & mark::FLAGS != 0;
            fuse_pair(op, &next.decoded, flags, setting.context.wide_stack)
        });
        if let Some(lowered) = pair {
            slots.push(Slot::Op(operation(&lowered, *eip, number, 2, op.length)));
            number += 2;
            continue;
        }
        let mut lowered = *lowered;
        if !patches.is_empty() {
            lowered.shift |= mark::PATCHED;
        }
        slots.push(Slot::Op(operation(&lowered, *eip, number, 1, op.length)));
        if let Some(unit) = lowered.unit {
            slots.push(Slot::Unit(unit));
            decoded.push(plain_nop());
        }
        if let End::Exit { taken } = lowered.end {
            let is_jump = matches!(op.kind, Kind::Jump | Kind::JumpShort);
            let fall = if is_jump { taken } else { after(instruction) };
            slots.push(Slot::Exit(run::exit(taken, fall, total, page)));
            decoded.push(plain_nop());
        }
        number += 1;
    }
    if let Some(last) = instructions.last().filter(|last| last.lowered.end == End::No) {
        let eip = last.eip.wrapping_add(u32::from(last.decoded.length)) & setting.ip_mask;
        let end = Lowered { handler: through, end: End::Exit { taken: eip }, ..Lowered::slow() };
        slots.push(Slot::Op(operation(&end, eip, usize::from(total), 0, 0)));
        slots.push(Slot::Exit(run::exit(eip, eip, total, page)));
        decoded.extend([plain_nop(), plain_nop()]);
    }
    (slots, decoded)
}

fn patch_operation(patch: &Patch, eip: u32, done: usize) -> Op {
    macro_rules! by_sign {
        ($f:ident, $size:ty) => {
            if patch.signed { ops::$f::<$size, true> } else { ops::$f::<$size, false> }
        };
    }
    let handler: super::Handler = match (patch.is_immediate, patch.bytes) {
        (true, 1) => by_sign!(patch_imm, B),
        (true, 2) => by_sign!(patch_imm, W),
        (true, _) => by_sign!(patch_imm, D),
        (false, 1) => by_sign!(patch_disp, B),
        (false, 2) => by_sign!(patch_disp, W),
        (false, _) => by_sign!(patch_disp, D),
    };
    operation(&Lowered { handler, ..Lowered::slow() }, eip, done, 0, 0)
}

/// Places a block and watches its bytes.
fn place(
    run: &mut Run,
    key: Key,
    end: u32,
    holes: Vec<(u32, u32)>,
    slots: &[Slot],
    decoded: &[decode::Op],
) -> Option<At> {
    let at = run.blocks.arena.place(slots)?;
    run.blocks.decoded.extend_from_slice(decoded);
    debug_assert_eq!(run.blocks.decoded.len(), run.blocks.arena.used());
    run.blocks.statistics.built += 1;
    let block = Block { key, first: key.at, end, holes, at };
    block.watch(run.mem());
    run.blocks.by_key.insert(key, at);
    run.blocks.by_page.entry(key.at / PAGE_BYTES).or_default().push(block);
    Some(at)
}

/// From now on the store of an operation looks for watched bytes. False when it has no such form.
#[inline(never)]
pub(super) fn check_stores(run: &Run, op: At) -> bool {
    let number = run.blocks.arena.number(op);
    let Some(decoded) = run.blocks.decoded.get(number) else { return false };
    let setting = Setting {
        model: run.model,
        context: run.context,
        ip_mask: run.ip_mask,
        eip: op.eip,
        flags: op.shift & mark::FLAGS != 0,
        checked: true,
    };
    let lowered = lower(decoded, &setting);
    if lowered.shift & mark::CHECKED == 0 {
        return false;
    }
    op.set_handler(lowered.handler);
    op.set_marks(op.shift | mark::CHECKED);
    true
}
