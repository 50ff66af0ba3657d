//! What is soldered to what: the names of wires, streams and deadlines. Nothing outside the board knows a number here.

use beige_core::{DeviceId, DiskSlot, Pin, StreamId};

/// The interrupt request lines, IRQ 0 to 15; 0 to 7 end at the master 8259A.
pub(crate) const fn irq(line: u8) -> Pin {
    Pin::new(line & 15)
}

/// The DMA request lines, DREQ 0 to 7.
pub(crate) const fn dreq(channel: u8) -> Pin {
    Pin::new(16 + (channel & 7))
}

/// INT of the master 8259A, the CPU's INTR.
pub(crate) const INT_MASTER: Pin = Pin::new(24);
/// INT of the slave 8259A, line 2 of the master.
pub(crate) const INT_SLAVE: Pin = Pin::new(25);
/// GATE of channel 2 of the 8254, from port 61h.
pub(crate) const GATE2: Pin = Pin::new(26);
/// A20 from the 8042's output port.
pub(crate) const A20_KEYBOARD: Pin = Pin::new(27);
/// A20 from port 92h; the two are wired OR.
pub(crate) const A20_FAST: Pin = Pin::new(28);
/// The CPU's reset from the 8042's output port.
pub(crate) const RESET_KEYBOARD: Pin = Pin::new(29);
/// The CPU's reset from port 92h.
pub(crate) const RESET_FAST: Pin = Pin::new(30);
/// The interrupt outputs of COM1 to COM4.
pub(crate) const COM_IRQ: [Pin; SERIAL_PORTS] = [Pin::new(32), Pin::new(33), Pin::new(34), Pin::new(35)];
/// The board's power supply: a pulse switches it off.
pub(crate) const POWER_OFF: Pin = Pin::new(36);
/// The reset of a coprocessor that is a chip of its own, from port F1h.
pub(crate) const RESET_COPROCESSOR: Pin = Pin::new(37);
/// The interrupt line of the coprocessor's errors.
pub(crate) const COPROCESSOR_LINE: u8 = 13;

/// Two serial ports and the IRQ that they share.
pub(crate) struct SharedIrq {
    pub(crate) sources: [Pin; 2],
    pub(crate) irq: Pin,
}

/// The IRQ of a serial port and who else drives it: COM1 and COM3 have IRQ 4, COM2 and COM4 IRQ 3.
pub(crate) fn shared_irq(pin: Pin) -> Option<SharedIrq> {
    let [com1, com2, com3, com4] = COM_IRQ;
    match pin {
        _ if pin == com1 || pin == com3 => Some(SharedIrq { sources: [com1, com3], irq: irq(4) }),
        _ if pin == com2 || pin == com4 => Some(SharedIrq { sources: [com2, com4], irq: irq(3) }),
        _ => None,
    }
}

/// The line of the master 8259A at which the slave stands.
pub(crate) const CASCADE_LINE: u8 = 2;
/// The DMA channel of the floppy controller.
pub(crate) const FLOPPY_CHANNEL: u8 = 2;

/// Deadlines at the same tick are served in this order.
pub(crate) const PIT: DeviceId = DeviceId::new(0);
pub(crate) const RTC: DeviceId = DeviceId::new(1);
pub(crate) const KEYBOARD: DeviceId = DeviceId::new(2);
pub(crate) const COM: [DeviceId; SERIAL_PORTS] =
    [DeviceId::new(16), DeviceId::new(17), DeviceId::new(18), DeviceId::new(19)];
pub(crate) const FLOPPY: DeviceId = DeviceId::new(4);
pub(crate) const ATA_PRIMARY: DeviceId = DeviceId::new(5);
pub(crate) const ATA_SECONDARY: DeviceId = DeviceId::new(6);
pub(crate) const VGA: DeviceId = DeviceId::new(7);
pub(crate) const LPT: DeviceId = DeviceId::new(20);
/// Chips that never ask to be woken share one id.
pub(crate) const UNTIMED: DeviceId = DeviceId::new(31);

/// Serial ports that a PC can have, COM1 to COM4.
pub const SERIAL_PORTS: usize = 4;
/// The streams of COM1 to COM4.
pub const SERIAL: [StreamId; SERIAL_PORTS] = [StreamId(0), StreamId(1), StreamId(2), StreamId(3)];
/// The stream of the debug console at port E9h.
pub const DEBUGCON: StreamId = StreamId(4);
/// The stream of the printer at LPT1.
pub const PRINTER: StreamId = StreamId(5);

/// The stream of POST codes, a byte each.
pub const POST: StreamId = StreamId(6);

/// The slots of floppy drives A and B.
pub(crate) const FLOPPY_SLOTS: [DiskSlot; 2] = [DiskSlot(0), DiskSlot(1)];

/// The slot of a hard disk, C to F: primary master and slave, secondary master and slave.
pub(crate) const fn hard_disk_slot(number: u8) -> DiskSlot {
    DiskSlot(2 + (number & 3))
}
