//! Whose code a place is: that of a DOS program, by name, of DOS, of the firmware, or of something else.
//!
//! DOS keeps its memory as a chain of blocks. Each begins with a paragraph of its own: `M`, or `Z` for the last one, the
//! segment of the owner's program segment prefix (PSP), the size in paragraphs, and from MS-DOS 4 on, in the block of the
//! PSP itself, the name of the program. A PSP begins with INT 20h and holds at 2Ch the segment of the program's
//! environment, behind which its path stands from MS-DOS 3 on. Source: Microsoft MS-DOS Programmer's Reference (version
//! 5), "Memory management", "Program segment prefix".
//!
//! Nothing in memory says where the chain begins; it is searched for. A guest that makes up a chain gets its own lies.

use super::callers::Place;
use beige_cpu::Memory;
use std::fmt;

const MIDDLE: u8 = b'M';
const LAST: u8 = b'Z';
/// INT 20h.
const PSP_BEGINS: [u8; 2] = [0xcd, 0x20];
const PSP_ENVIRONMENT: u16 = 0x2c;
/// Owners up to here are no programs: free memory is 0, the system's own is 6 to 8.
const SYSTEM_OWNER_MAX: u16 = 0x0f;
/// Where a chain can begin: after interrupt vectors and BIOS data.
const FIRST_SEGMENT: u16 = 0x50;
/// Conventional memory ends here at the latest.
const CONVENTIONAL_END: u16 = 0xa000;
/// A chain has at most so many blocks.
const BLOCKS_MAX: usize = 1024;
/// Bytes of an environment that are searched for its end.
const ENVIRONMENT_MAX: u16 = 4096;
/// After a search that found no chain, as many samples come first before the next.
const PATIENCE: u32 = 64;
const ROM_BEGINS: u32 = 0xc_0000;
const MEBIBYTE: u32 = 0x10_0000;
const HIGH_MEMORY_ENDS: u32 = 0x10_fff0;

/// Whose code runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A program, by name, and the segment of its PSP.
    Program(String, u16),
    /// DOS itself, drivers included.
    Dos,
    /// BIOS and ROMs of cards.
    Firmware,
    /// Below 1 MiB, where no DOS is.
    Boot,
    /// Extended memory.
    Extended,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Program(name, psp) => write!(f, "{name} (PSP {psp:04X})"),
            Owner::Dos => f.write_str("DOS"),
            Owner::Firmware => f.write_str("BIOS"),
            Owner::Boot | Owner::Extended => f.write_str("boot"),
        }
    }
}

/// One block of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// The segment of the paragraph before it.
    header: u16,
    is_last: bool,
    owner: u16,
    paragraphs: u16,
}

impl Block {
    fn at(mem: &Memory, header: u16) -> Option<Block> {
        let mut bytes = [0; 5];
        mem.read_phys(linear(header), &mut bytes);
        let [kind, owner_low, owner_high, low, high] = bytes;
        let (owner, paragraphs) = (u16::from_le_bytes([owner_low, owner_high]), u16::from_le_bytes([low, high]));
        matches!(kind, MIDDLE | LAST).then_some(Block { header, is_last: kind == LAST, owner, paragraphs })
    }

    /// The segment behind it.
    fn end(&self) -> Option<u16> {
        self.header.checked_add(1)?.checked_add(self.paragraphs)
    }

    fn is_psp(&self, mem: &Memory) -> bool {
        let mut begins = [0; 2];
        mem.read_phys(linear(self.header.wrapping_add(1)), &mut begins);
        self.owner == self.header.wrapping_add(1) && begins == PSP_BEGINS
    }
}

/// Finds owners.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Where the chain begins.
    chain: Option<u16>,
    /// How often nothing is searched for.
    patience: u32,
}

impl Programs {
    /// Looks whether the chain is still there. Once for each sample, before [`Programs::owner`].
    pub(super) fn refresh(&mut self, mem: &Memory) {
        if self.chain.is_some_and(|first| is_chain(mem, first)) {
            return;
        }
        self.chain = None;
        if self.patience > 0 {
            self.patience -= 1;
            return;
        }
        self.patience = PATIENCE;
        self.chain = (FIRST_SEGMENT..CONVENTIONAL_END).find(|segment| is_chain(mem, *segment));
    }

    pub(super) fn owner(&self, mem: &Memory, place: Place) -> Owner {
        let Place { linear, .. } = place;
        if linear >= MEBIBYTE {
            let is_high_dos = linear < HIGH_MEMORY_ENDS && self.chain.is_some();
            return if is_high_dos { Owner::Dos } else { Owner::Extended };
        }
        let paragraph = (linear / 16) as u16;
        match self.chain {
            Some(first) if paragraph < first => Owner::Dos,
            Some(first) => {
                let block = blocks(mem, first).find(|block| block.end().is_none_or(|end| paragraph < end));
                match block.filter(|block| paragraph > block.header) {
                    Some(block) => block_owner(mem, block),
                    None if linear >= ROM_BEGINS => Owner::Firmware,
                    None => Owner::Boot,
                }
            }
            None if linear >= ROM_BEGINS => Owner::Firmware,
            None => Owner::Boot,
        }
    }
}

fn linear(segment: u16) -> u32 {
    u32::from(segment) << 4
}

/// The blocks of a chain as far as it goes.
fn blocks(mem: &Memory, first: u16) -> impl Iterator<Item = Block> {
    let next = |block: &Block| if block.is_last { None } else { Block::at(mem, block.end()?) };
    std::iter::successors(Block::at(mem, first), next).take(BLOCKS_MAX)
}

/// Whether a chain begins here that comes to its end and has a program in it.
fn is_chain(mem: &Memory, first: u16) -> bool {
    let mut has_program = false;
    let mut is_whole = false;
    for block in blocks(mem, first) {
        has_program = has_program || block.is_psp(mem);
        is_whole = block.is_last && block.end().is_some();
    }
    has_program && is_whole
}

fn block_owner(mem: &Memory, block: Block) -> Owner {
    if block.owner == 0 {
        // A program that makes room for another leaves its code where it runs.
        return Owner::Boot;
    }
    let psp = block.owner.checked_sub(1).and_then(|header| Block::at(mem, header));
    match psp {
        Some(psp) if block.owner > SYSTEM_OWNER_MAX && psp.is_psp(mem) => {
            let name = name_in_block(mem, psp).or_else(|| name_in_environment(mem, block.owner));
            Owner::Program(name.unwrap_or_else(|| "program".to_owned()), block.owner)
        }
        _ => Owner::Dos,
    }
}

fn name_in_block(mem: &Memory, psp: Block) -> Option<String> {
    let mut bytes = [0; 8];
    mem.read_phys(linear(psp.header) + 8, &mut bytes);
    let name: Vec<u8> = bytes.into_iter().take_while(|byte| *byte != 0).collect();
    readable(name.trim_ascii_end())
}

/// The last part of the path behind the environment, without its extension.
fn name_in_environment(mem: &Memory, psp: u16) -> Option<String> {
    let mut bytes = [0; 2];
    mem.read_phys(linear(psp) + u32::from(PSP_ENVIRONMENT), &mut bytes);
    let mut text = [0; ENVIRONMENT_MAX as usize];
    mem.read_phys(linear(u16::from_le_bytes(bytes)), &mut text);
    let end = text.windows(4).position(|window| window == [0, 0, 1, 0])?;
    let path: Vec<u8> = text.get(end + 4..)?.iter().copied().take_while(|byte| *byte != 0).collect();
    let name = path.rsplit(|byte| matches!(byte, b'\\' | b':' | b'/')).next()?;
    readable(name.split(|byte| *byte == b'.').next()?)
}

/// A name of a file as DOS writes it, and nothing that a folded stack could stumble over.
fn readable(name: &[u8]) -> Option<String> {
    let is_good = |byte: &u8| byte.is_ascii_graphic() && *byte != b';';
    let text = || name.iter().map(|byte| char::from(*byte)).collect();
    ((1..=8).contains(&name.len()) && name.iter().all(is_good)).then(text)
}
