//! Accesses that do not go straight to memory: paging, alignment checks, data breakpoints.
//!
//! DEVIATION: the tables are walked at every access, so a change of an entry counts at once, where a chip may go on with
//! the old one until it is flushed. The TLB of the block core lets go of an entry when it is written, which is the same.
//!
//! SPEC: 80386 (230985) chapter 5.2, i486 (240440) 5.3, Pentium (241430) 11.3.

use super::{Exec, Fault, Step};
use crate::interrupt::vector;
use crate::model::{cr4, feature};
use crate::regs::{Registers, cr0, guard};
use crate::{Memory, PAGE_BYTES, Width};

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Bits of a page directory or page table entry.
mod entry {
    pub(super) const PRESENT: u32 = 1;
    pub(super) const WRITABLE: u32 = 2;
    pub(super) const USER: u32 = 4;
    pub(super) const ACCESSED: u32 = 0x20;
    pub(super) const DIRTY: u32 = 0x40;
    /// In a directory entry: a page of 4 MiB.
    pub(super) const LARGE: u32 = 0x80;
}

/// Bits of the error code.
mod code {
    /// The page is there, and forbids the access.
    pub(super) const PRESENT: u32 = 1;
    pub(super) const WRITE: u32 = 2;
    pub(super) const USER: u32 = 4;
    /// A reserved bit is set.
    pub(super) const RESERVED: u32 = 8;
}

/// A translated address, and where the entries that say so lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub(crate) address: u32,
    pub(crate) entries: [u32; 2],
}

impl Step<'_> {
    pub(super) fn is_paging(&self) -> bool {
        self.cpu.registers.guards & guard::PAGING != 0
    }

    fn is_user(&self) -> bool {
        self.cpu.registers.cpl == 3
    }

    #[inline(never)]
    pub(super) fn read_guarded(&mut self, linear: u32, width: Width) -> Exec<u32> {
        self.check_alignment(linear, width.bytes())?;
        let value = self.read_translated(linear, width, self.is_user())?;
        self.watch_data(linear, width.bytes(), Access::Read);
        Ok(value)
    }

    #[inline(never)]
    pub(super) fn write_guarded(&mut self, linear: u32, width: Width, value: u32) -> Exec {
        self.check_alignment(linear, width.bytes())?;
        self.write_translated(linear, width, value, self.is_user())?;
        self.watch_data(linear, width.bytes(), Access::Write);
        Ok(())
    }

    /// Reads as the CPU itself does, at level 0: descriptors, task states, tables of interrupts.
    pub(crate) fn read_system(&mut self, linear: u32, width: Width) -> Exec<u32> {
        self.read_translated(linear, width, false)
    }

    /// Writes as the CPU itself does, at level 0.
    pub(crate) fn write_system(&mut self, linear: u32, width: Width, value: u32) -> Exec {
        self.write_translated(linear, width, value, false)
    }

    fn read_translated(&mut self, linear: u32, width: Width, user: bool) -> Exec<u32> {
        if !self.is_paging() {
            return Ok(self.read_physical(linear, width));
        }
        let first = self.translate(linear, Access::Read, user)?;
        if !Self::crosses_page(linear, width) {
            return Ok(self.read_physical(first, width));
        }
        let second = self.translate(next_page(linear), Access::Read, user)?;
        Ok((0..width.bytes()).fold(0, |value, number| {
            let at = byte_of_two_pages(linear, number, first, second);
            value | self.read_physical(at, Width::Byte) << (8 * number)
        }))
    }

    fn write_translated(&mut self, linear: u32, width: Width, value: u32, user: bool) -> Exec {
        if !self.is_paging() {
            self.write_physical(linear, width, value);
            return Ok(());
        }
        let first = self.translate(linear, Access::Write, user)?;
        if !Self::crosses_page(linear, width) {
            self.write_physical(first, width, value);
            return Ok(());
        }
        let second = self.translate(next_page(linear), Access::Write, user)?;
        for number in 0..width.bytes() {
            let at = byte_of_two_pages(linear, number, first, second);
            self.write_physical(at, Width::Byte, value >> (8 * number) & 0xff);
        }
        Ok(())
    }

    /// # Errors
    /// When a page of `bytes` from `linear` on does not allow the access of the program.
    pub(crate) fn probe_linear(&mut self, linear: u32, bytes: u32, access: Access) -> Exec {
        self.probe_pages(linear, bytes, access, self.is_user())
    }

    /// # Errors
    /// As [`Step::probe_linear`], for an access of the CPU itself.
    pub(crate) fn probe_system(&mut self, linear: u32, bytes: u32, access: Access) -> Exec {
        self.probe_pages(linear, bytes, access, false)
    }

    fn probe_pages(&mut self, linear: u32, bytes: u32, access: Access, user: bool) -> Exec {
        if !self.is_paging() {
            return Ok(());
        }
        self.translate(linear, access, user)?;
        let pages = (linear % PAGE_BYTES + bytes - 1) / PAGE_BYTES;
        (1..=pages).try_for_each(|page| {
            self.translate((linear & !(PAGE_BYTES - 1)).wrapping_add(page * PAGE_BYTES), access, user).map(drop)
        })
    }

    /// The physical address of a linear one, with the accessed and dirty bits set.
    pub(super) fn translate(&mut self, linear: u32, access: Access, user: bool) -> Exec<u32> {
        self.walk(linear, access, user).map(|walk| walk.address)
    }

    /// The physical address of a byte that the program reads or writes.
    pub(super) fn walk_as_program(&mut self, linear: u32, access: Access) -> Exec<Walk> {
        if self.is_paging() {
            return self.walk(linear, access, self.is_user());
        }
        Ok(Walk { address: linear, entries: [u32::MAX; 2] })
    }

    /// With paging: as a program or the supervisor reads or writes, for a TLB. `None` on a fault.
    pub(crate) fn walk_for_tlb(&mut self, linear: u32, user: bool, write: bool) -> Option<Walk> {
        self.walk(linear, if write { Access::Write } else { Access::Read }, user).ok()
    }

    fn walk(&mut self, linear: u32, access: Access, user: bool) -> Exec<Walk> {
        let registers = &self.cpu.registers;
        let (write_protect, large_pages) = (registers.cr0 & cr0::WP != 0, registers.cr4 & cr4::PSE != 0);
        let directory_at = registers.cr3 & !(PAGE_BYTES - 1) | linear >> 20 & 0xffc;
        let directory = self.read_physical(directory_at, Width::Dword);
        if directory & entry::PRESENT == 0 {
            return Err(self.page_fault(linear, 0, access, user));
        }
        let is_large = large_pages && directory & entry::LARGE != 0;
        if is_large && directory & self.reserved_in_large_pages() != 0 {
            return Err(self.page_fault(linear, code::PRESENT | code::RESERVED, access, user));
        }
        let (entry_at, page) = if is_large {
            (directory_at, directory)
        } else {
            let at = directory & !(PAGE_BYTES - 1) | linear >> 10 & 0xffc;
            (at, self.read_physical(at, Width::Dword))
        };
        if page & entry::PRESENT == 0 {
            return Err(self.page_fault(linear, 0, access, user));
        }
        let allowed = directory & page;
        let is_write = access == Access::Write;
        let hidden = user && allowed & entry::USER == 0;
        let read_only = is_write && allowed & entry::WRITABLE == 0 && (user || write_protect);
        if hidden || read_only {
            return Err(self.page_fault(linear, code::PRESENT, access, user));
        }
        if !is_large && directory & entry::ACCESSED == 0 {
            self.mark_entry(directory_at, directory | entry::ACCESSED);
        }
        let marks = entry::ACCESSED | if is_write { entry::DIRTY } else { 0 };
        if page & marks != marks {
            self.mark_entry(entry_at, page | marks);
        }
        let within = if is_large { 0x3f_ffff } else { PAGE_BYTES - 1 };
        Ok(Walk { address: page & !within | linear & within, entries: [directory_at, entry_at] })
    }

    fn mark_entry(&mut self, at: u32, value: u32) {
        if self.mem.mark_entry(at, value).is_none() {
            self.write_physical(at, Width::Dword, value);
        }
    }

    /// Bits of a directory entry that must be zero for a page of 4 MiB; the lowest is PAT where there is that.
    fn reserved_in_large_pages(&self) -> u32 {
        if self.cpu.model.has(feature::PAT) { 0x3f_e000 } else { 0x3f_f000 }
    }

    #[cold]
    fn page_fault(&mut self, linear: u32, reason: u32, access: Access, user: bool) -> Fault {
        self.cpu.registers.cr2 = linear;
        let write = if access == Access::Write { code::WRITE } else { 0 };
        let user = if user { code::USER } else { 0 };
        Fault::WithCode(vector::PAGE, (reason | write | user) as u16)
    }

    /// # Errors
    /// #AC when an address is no multiple of `alignment` and that is checked.
    pub(super) fn check_alignment(&self, linear: u32, alignment: u32) -> Exec {
        let checked = self.cpu.registers.guards & guard::ALIGNMENT != 0;
        if checked && !linear.is_multiple_of(alignment) {
            return Err(Fault::Exception(vector::ALIGNMENT));
        }
        Ok(())
    }
}

fn next_page(linear: u32) -> u32 {
    (linear | (PAGE_BYTES - 1)).wrapping_add(1)
}

/// The physical address of byte `number` of an access that begins in one page, at `first`, and ends in another, which
/// begins at `second`.
fn byte_of_two_pages(linear: u32, number: u32, first: u32, second: u32) -> u32 {
    let in_first = PAGE_BYTES - linear % PAGE_BYTES;
    if number < in_first { first.wrapping_add(number) } else { second.wrapping_add(number - in_first) }
}

/// The physical addresses of the entries that say where a linear address lies: of the directory, and of the table if
/// there is one. Marks nothing, and asks no board.
pub(crate) fn tables(registers: &Registers, mem: &Memory, linear: u32) -> (u32, Option<u32>) {
    let directory_at = registers.cr3 & !(PAGE_BYTES - 1) | linear >> 20 & 0xffc;
    let mut bytes = [0; 4];
    mem.read_phys(mem.cpu_address(directory_at), &mut bytes);
    let directory = u32::from_le_bytes(bytes);
    let is_large = registers.cr4 & cr4::PSE != 0 && directory & entry::LARGE != 0;
    let has_table = directory & entry::PRESENT != 0 && !is_large;
    (directory_at, has_table.then_some(directory & !(PAGE_BYTES - 1) | linear >> 10 & 0xffc))
}

/// Whether a walk that succeeds marks nothing, because all is marked. Asks no board.
pub(crate) fn is_marked(registers: &Registers, mem: &Memory, linear: u32, write: bool) -> bool {
    let (directory, table) = tables(registers, mem, linear);
    let has = |at: u32, marks: u32| {
        let mut bytes = [0; 4];
        mem.read_phys(mem.cpu_address(at), &mut bytes);
        u32::from_le_bytes(bytes) & marks == marks
    };
    let marks = entry::ACCESSED | if write { entry::DIRTY } else { 0 };
    match table {
        Some(table) => has(directory, entry::ACCESSED) && has(table, marks),
        None => has(directory, marks),
    }
}

/// The physical address of a linear one, without marking anything. `None` when no page is there.
pub(crate) fn peek(registers: &Registers, mem: &Memory, linear: u32) -> Option<u32> {
    if registers.guards & guard::PAGING == 0 {
        return Some(linear);
    }
    let read = |at: u32| {
        let mut bytes = [0; 4];
        mem.read_phys(mem.cpu_address(at), &mut bytes);
        Some(u32::from_le_bytes(bytes)).filter(|found| found & entry::PRESENT != 0)
    };
    let directory = read(registers.cr3 & !(PAGE_BYTES - 1) | linear >> 20 & 0xffc)?;
    if registers.cr4 & cr4::PSE != 0 && directory & entry::LARGE != 0 {
        return Some(directory & 0xffc0_0000 | linear & 0x3f_ffff);
    }
    let page = read(directory & !(PAGE_BYTES - 1) | linear >> 10 & 0xffc)?;
    Some(page & !(PAGE_BYTES - 1) | (linear % PAGE_BYTES))
}

/// What the store holds of a linear address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind {
    /// Where the byte lies.
    pub(super) at: u32,
    /// The numbers of the pages with the entries that say so; `u32::MAX` for none.
    pub(super) tables: [u32; 2],
}

impl Behind {
    /// The number of the page of the byte.
    pub(super) fn page(&self) -> u32 {
        self.at / PAGE_BYTES
    }

    /// Whether bytes that are written to a page of the store may change where the address leads.
    pub(super) fn depends_on(&self, page: u32) -> bool {
        self.tables.contains(&page)
    }
}

/// Where a linear address leads, without marking anything. `None` when no page is there, or when something on the way is
/// not in the store: then the board is asked, and sees each access.
#[inline]
pub(super) fn behind(registers: &Registers, mem: &Memory, linear: u32) -> Option<Behind> {
    let at = mem.place(peek(registers, mem, linear)?)?;
    Some(Behind { at, tables: ways(registers, mem, linear)? })
}

/// The numbers of the pages of the store with the entries that say where a linear address leads; `u32::MAX` for none.
/// `None` when one is not in the store.
pub(super) fn ways(registers: &Registers, mem: &Memory, linear: u32) -> Option<[u32; 2]> {
    if registers.guards & guard::PAGING == 0 {
        return Some([u32::MAX; 2]);
    }
    let (directory, table) = tables(registers, mem, linear);
    let page = |address| mem.place(address).map(|at| at / PAGE_BYTES);
    let directory = page(directory)?;
    Some([directory, table.map_or(Some(directory), page)?])
}
