//! Interrupts that were requested and cannot come.

use beige_chipset::i8259a::{Pic, PicRegisters};

const LINES: u8 = 16;
/// The timer asks all the time, though not at every moment; for the keyboard somebody has to press a key.
const TIMER: u8 = 0;
const KEYBOARD: u8 = 1;
const CASCADE: u8 = 2;

/// Why an interrupt does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Its bit in an interrupt mask register is set.
    Masked,
    /// This IRQ, the same or one of higher priority, is in service: nobody sent the EOI.
    NoEoi(u8),
}

/// An interrupt that cannot come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockedIrq {
    /// IRQ 0 to 15.
    pub irq: u8,
    /// Why.
    pub blocked: Blocked,
    /// Whether its device asks for it now.
    pub requested: bool,
}

fn registers(pics: &[Pic; 2]) -> [PicRegisters; 2] {
    [pics[0].peek_registers(), pics[1].peek_registers()]
}

/// The lines in service, the slave's above the master's.
pub(super) fn in_service(pics: &[Pic; 2]) -> u16 {
    let [master, slave] = registers(pics);
    u16::from_le_bytes([master.isr, slave.isr])
}

/// What is blocked, when `in_service` has been in service for long: first what was requested, in the order of lines.
pub(super) fn blocked(pics: &[Pic; 2], in_service: u16) -> Vec<BlockedIrq> {
    let [master, slave] = registers(pics);
    let requests = u16::from_le_bytes([master.irr, slave.irr]);
    let all = (0..LINES).filter(|irq| *irq != CASCADE).filter_map(|irq| {
        let requested = requests & 1 << irq != 0;
        let blocked = why(&master, &slave, in_service, irq)?;
        let matters = requested || matches!(irq, TIMER | KEYBOARD) || blocked == Blocked::NoEoi(irq);
        matters.then_some(BlockedIrq { irq, blocked, requested })
    });
    let mut all: Vec<BlockedIrq> = all.collect();
    all.sort_by_key(|irq| !irq.requested);
    all
}

fn why(master: &PicRegisters, slave: &PicRegisters, in_service: u16, irq: u8) -> Option<Blocked> {
    let (pic, line) = if irq < 8 { (master, irq) } else { (slave, irq - 8) };
    let cascade_masked = irq >= 8 && master.imr & 1 << CASCADE != 0;
    if pic.imr & 1 << line != 0 || cascade_masked {
        return Some(Blocked::Masked);
    }
    let [in_master, in_slave] = in_service.to_le_bytes();
    let own = if irq < 8 { in_master } else { in_slave };
    let holder =
        |isr: u8, line: u8, first: u8| (0..=line).find(|level| isr & 1 << level != 0).map(|level| level + first);
    let upstream = if irq < 8 { None } else { holder(in_master & !(1 << CASCADE), CASCADE, 0) };
    upstream.or_else(|| holder(own, line, irq & 8)).map(Blocked::NoEoi)
}
