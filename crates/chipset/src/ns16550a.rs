//! 16550A serial port with its FIFOs, one end of an RS-232 line.
//!
//! On the PC COM1 to COM4 are at 3F8h, 2F8h, 3E8h and 2E8h; COM1 and COM3 share IRQ 4, COM2 and COM4 IRQ 3. OUT2
//! connects the interrupt to the bus.
//!
//! Source: National Semiconductor PC16550D data sheet (DS008652), "Registers" and "FIFO interrupt mode operation"; IBM
//! Asynchronous Communications Adapter, Technical Reference (6280131), for OUT2.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | RBR; DLL when DLAB | THR; DLL when DLAB |
//! | 1 | IER; DLM when DLAB | IER; DLM when DLAB |
//! | 2 | IIR | FCR |
//! | 3 | LCR | LCR |
//! | 4 | MCR | MCR |
//! | 5 | LSR | |
//! | 6 | MSR | |
//! | 7 | SCR | SCR |
//!
//! Time is counted in cycles of the 1.8432 MHz crystal from power-on, so that frames sent back to back have no gap
//! and no rounding. A byte leaves by the stream at the end of its last stop bit. Bytes from outside wait in a queue and
//! arrive one frame after the other at the speed that the guest has programmed: whoever sends is taken to agree with it.
//!
//! DEVIATION: nothing that is said on the line is lost. A byte that the guest writes while the transmitter is full ends
//! the frame on the line early. The other end sends while the guest listens (`is_listening`) and the receiver has room,
//! so that a guest which is slow, or has not begun to read, overruns in loopback only. What arrived before the guest
//! clears its receiver is gone.
//!
//! The other end holds CTS, DSR and DCD while it is there ([`Uart::set_carrier`]); it does not see DTR.
//!
//! Not modelled: parity and framing errors of the line, the transmitter's delay of up to a bit before it starts, the
//! 16550's delay of the transmitter interrupt by one character, DMA pins (FCR bit 3 is kept and does nothing), a break
//! sent to the outside (the bytes sent meanwhile are lost, as on a real line).

use crate::fifo::Fifo;
use beige_core::{ClockRatio, Device, Io, Pin, PortDevice, StateError, StreamId, Tick, Visitor, VisitorExt};
use std::collections::VecDeque;

mod line;

const IER_RECEIVED_DATA: u8 = 1 << 0;
const IER_TRANSMITTER: u8 = 1 << 1;
const IER_LINE_STATUS: u8 = 1 << 2;
const IER_MODEM_STATUS: u8 = 1 << 3;

const IIR_NONE: u8 = 0x01;
const IIR_LINE_STATUS: u8 = 0x06;
const IIR_RECEIVED_DATA: u8 = 0x04;
const IIR_CHARACTER_TIMEOUT: u8 = 0x0c;
const IIR_TRANSMITTER: u8 = 0x02;
const IIR_MODEM_STATUS: u8 = 0x00;
const IIR_FIFOS_ENABLED: u8 = 0xc0;

const FCR_ENABLE: u8 = 1 << 0;
const FCR_CLEAR_RECEIVER: u8 = 1 << 1;
const FCR_CLEAR_TRANSMITTER: u8 = 1 << 2;

const LCR_TWO_STOP_BITS: u8 = 1 << 2;
const LCR_PARITY: u8 = 1 << 3;
const LCR_BREAK: u8 = 1 << 6;
const LCR_DLAB: u8 = 1 << 7;

const MCR_DTR: u8 = 1 << 0;
const MCR_RTS: u8 = 1 << 1;
const MCR_OUT1: u8 = 1 << 2;
const MCR_OUT2: u8 = 1 << 3;
const MCR_LOOP: u8 = 1 << 4;

/// Offsets of registers whose reads can be steady.
const LINE_STATUS: u16 = 5;
const MODEM_STATUS: u16 = 6;

const LSR_DATA_READY: u8 = 1 << 0;
const LSR_OVERRUN: u8 = 1 << 1;
const LSR_PARITY: u8 = 1 << 2;
const LSR_FRAMING: u8 = 1 << 3;
const LSR_BREAK: u8 = 1 << 4;
const LSR_ERRORS: u8 = 0x1e;
const LSR_THRE: u8 = 1 << 5;
const LSR_TEMT: u8 = 1 << 6;
const LSR_FIFO_ERROR: u8 = 1 << 7;

const MSR_CTS: u8 = 1 << 4;
const MSR_DSR: u8 = 1 << 5;
const MSR_RI: u8 = 1 << 6;
const MSR_DCD: u8 = 1 << 7;
const MSR_DELTAS: u8 = 0x0f;
const MSR_CONNECTED: u8 = MSR_CTS | MSR_DSR | MSR_DCD;

/// 9,600 baud. The chip's own divisor is undefined after power-on.
const DIVISOR_DEFAULT: u16 = 12;
/// Bytes that wait outside at most; what comes then is lost.
const QUEUE_BYTES: usize = 4096;
/// Reads of an LSR without data after which a guest is taken to wait for some.
const POLLS_OF_A_LISTENER: u8 = 16;

/// The serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uart {
    // Wired
    /// What its section of a state is called.
    name: &'static str,
    irq: Pin,
    out: StreamId,

    // Registers
    ier: u8,
    fcr: u8,
    lcr: u8,
    mcr: u8,
    /// Bits 1-4; the others follow from the FIFOs and shift registers.
    lsr_errors: u8,
    /// Bits 0-3; the levels follow from the line or, in loopback, from MCR.
    msr_deltas: u8,
    scr: u8,
    divisor: u16,

    // Internal
    /// The THRE interrupt waits to be seen.
    is_thre_pending: bool,
    transmit: Fifo<16>,
    receive: Fifo<16>,
    /// LSR bits of each byte in `receive`; those of the front one have moved to `lsr_errors`.
    receive_errors: Fifo<16>,
    /// RBR as last read.
    last_read: u8,
    transmit_shift: u8,
    /// The cycle at which the byte in the shift register has been sent.
    transmit_end: Option<u64>,
    receive_shift: u8,
    /// A break, not a byte, is being received.
    is_receiving_break: bool,
    receive_end: Option<u64>,
    /// The cycle at which bytes below the trigger level have waited too long.
    timeout_end: Option<u64>,
    is_timed_out: bool,
    /// Bytes from outside that are not on the line yet.
    queue: VecDeque<u8>,
    /// There is somebody at the other end; yes.
    has_carrier: bool,
    /// Reads of an idle LSR without data since the guest last prepared the receiver; 0, at most
    /// `POLLS_OF_A_LISTENER`.
    polls: u8,
    /// The guest, which reads by interrupts, holds back the other end with RTS; no.
    uses_rts: bool,
}

impl Uart {
    /// A port that interrupts on `irq` and whose sent bytes leave by `out`. `name` tells its section of a state from
    /// those of other ports.
    #[must_use]
    pub fn new(name: &'static str, irq: Pin, out: StreamId) -> Uart {
        Uart {
            name,
            irq,
            out,
            ier: 0,
            fcr: 0,
            lcr: 0,
            mcr: 0,
            lsr_errors: 0,
            msr_deltas: 0,
            scr: 0,
            divisor: DIVISOR_DEFAULT,
            is_thre_pending: false,
            transmit: Fifo::default(),
            receive: Fifo::default(),
            receive_errors: Fifo::default(),
            last_read: 0,
            transmit_shift: 0,
            transmit_end: None,
            receive_shift: 0,
            is_receiving_break: false,
            receive_end: None,
            timeout_end: None,
            is_timed_out: false,
            queue: VecDeque::new(),
            has_carrier: true,
            polls: 0,
            uses_rts: false,
        }
    }

    /// How many bytes from outside still find room.
    #[must_use]
    pub fn queue_room(&self) -> usize {
        QUEUE_BYTES.saturating_sub(self.queue.len())
    }

    /// Whether a guest that listens has yet to read bytes from outside.
    #[must_use]
    pub fn is_delivering(&self) -> bool {
        let is_empty = self.queue.is_empty() && self.receive_end.is_none() && self.receive.is_empty();
        self.is_listening() && !is_empty
    }

    /// Whether there is somebody at the other end.
    #[must_use]
    pub fn has_carrier(&self) -> bool {
        self.has_carrier
    }

    /// Somebody comes to the other end, or goes away: CTS, DSR and DCD follow.
    pub fn set_carrier(&mut self, present: bool, io: &mut Io<'_>) {
        self.run_to(io);
        let before = self.modem_lines();
        self.has_carrier = present;
        self.note_modem_changes(before);
        self.settle(io);
    }

    /// A byte comes from outside. It is received when the line has carried it; beyond 4 KiB bytes are lost.
    pub fn receive(&mut self, byte: u8, io: &mut Io<'_>) {
        self.run_to(io);
        if self.queue.len() < QUEUE_BYTES {
            self.queue.push_back(byte);
        }
        self.settle(io);
    }

    /// The machine stops for good: what the guest has written leaves now, without the time that the line takes.
    pub fn drain(&mut self, io: &mut Io<'_>) {
        self.run_to(io);
        while self.transmit_end.is_some() && !self.is_loopback() {
            self.end_transmission(ClockRatio::UART.cycles(io.now()), io);
        }
        self.settle(io);
    }

    fn is_fifo_enabled(&self) -> bool {
        self.fcr & FCR_ENABLE != 0
    }

    fn is_loopback(&self) -> bool {
        self.mcr & MCR_LOOP != 0
    }

    /// Whether the other end may send. A guest listens when it says so by DTR or RTS or waits for the receiver's
    /// interrupt, and also when it does nothing but look for a byte again and again. One that reads by interrupts and
    /// has raised RTS can hold the other end back by lowering it; without interrupts RTS says nothing, for the BIOS
    /// receives with DTR alone.
    fn is_listening(&self) -> bool {
        if self.is_loopback() || self.uses_rts && self.mcr & MCR_RTS == 0 {
            return false;
        }
        self.mcr & (MCR_DTR | MCR_RTS) != 0 || self.ier & IER_RECEIVED_DATA != 0 || self.polls >= POLLS_OF_A_LISTENER
    }

    fn has_room(&self) -> bool {
        if self.is_fifo_enabled() { !self.receive.is_full() } else { self.receive.is_empty() }
    }
}

impl PortDevice for Uart {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        self.run_to(io);
        let is_divisor = self.lcr & LCR_DLAB != 0;
        let value = match offset & 7 {
            0 if is_divisor => self.divisor as u8,
            0 => self.read_rbr(io.now()),
            1 if is_divisor => (self.divisor >> 8) as u8,
            1 => self.ier,
            2 => self.read_iir(),
            3 => self.lcr,
            4 => self.mcr,
            LINE_STATUS => self.read_lsr(),
            MODEM_STATUS => self.read_msr(),
            _ => self.scr,
        };
        self.settle(io);
        value
    }

    /// Whether a read takes nothing back and is not counted. What the lines do in time they do at wakes.
    fn is_steady(&self, offset: u16) -> bool {
        match offset & 7 {
            LINE_STATUS => {
                let mut read = self.clone();
                read.read_lsr();
                read == *self
            }
            MODEM_STATUS => self.msr_deltas == 0,
            _ => false,
        }
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        self.run_to(io);
        let is_divisor = self.lcr & LCR_DLAB != 0;
        match offset & 7 {
            0 if is_divisor => self.divisor = self.divisor & 0xff00 | u16::from(value),
            0 => self.write_thr(value, io),
            1 if is_divisor => self.divisor = self.divisor & 0x00ff | u16::from(value) << 8,
            1 => self.write_ier(value),
            2 => self.write_fcr(value),
            3 => self.write_lcr(value, io.now()),
            4 => self.write_mcr(value, io.now()),
            5 | 6 => {}
            _ => self.scr = value,
        }
        self.settle(io);
    }
}

/// Registers.
impl Uart {
    fn read_rbr(&mut self, now: Tick) -> u8 {
        self.receive_errors.pop();
        if let Some(byte) = self.receive.pop() {
            self.last_read = byte;
            self.reveal_errors();
            self.is_timed_out = false;
            self.restart_timeout(ClockRatio::UART.cycles(now));
        }
        self.last_read
    }

    /// DEVIATION: the chip loses a byte when its transmitter is full. Here the frame on the line ends early instead, so
    /// that nothing a guest says is lost: programs that give up waiting after a number of reads were written for buses
    /// that take a microsecond for each. Who waits for THRE sees the exact times.
    fn write_thr(&mut self, value: u8, io: &mut Io<'_>) {
        let is_full = if self.is_fifo_enabled() { self.transmit.is_full() } else { !self.transmit.is_empty() };
        if is_full && self.is_loopback() {
            // SPEC: "Transmitter holding register": a full FIFO keeps what it has; without FIFO the byte is replaced.
            if !self.is_fifo_enabled() {
                self.transmit.clear();
            }
        } else if is_full {
            self.end_transmission(ClockRatio::UART.cycles(io.now()), io);
        }
        self.transmit.push(value);
        // The interrupt drops until the byte is in the shift register, which without a wait is at once: an edge.
        self.is_thre_pending = false;
        self.drive_irq(io);
        if self.transmit_end.is_none() {
            self.begin_transmission(ClockRatio::UART.cycles(io.now()));
        }
    }

    /// SPEC: "Interrupt enable register", bit 1: enabling it while the THR is empty interrupts.
    fn write_ier(&mut self, value: u8) {
        let enabled = value & !self.ier;
        self.ier = value & 0x0f;
        let by_interrupts = self.ier & IER_RECEIVED_DATA != 0;
        self.uses_rts = by_interrupts && (self.uses_rts || self.mcr & MCR_RTS != 0);
        if enabled & IER_TRANSMITTER != 0 && self.transmit.is_empty() {
            self.is_thre_pending = true;
        }
    }

    /// SPEC: "Interrupt identification register": reading it takes back the THRE interrupt if that is the source shown.
    fn read_iir(&mut self) -> u8 {
        let source = self.interrupt_source();
        if source == IIR_TRANSMITTER {
            self.is_thre_pending = false;
        }
        source | if self.is_fifo_enabled() { IIR_FIFOS_ENABLED } else { 0 }
    }

    /// SPEC: "FIFO control register": changing bit 0 clears both FIFOs; the other bits count only with bit 0 set.
    fn write_fcr(&mut self, value: u8) {
        let is_toggled = (value ^ self.fcr) & FCR_ENABLE != 0;
        let clears = if value & FCR_ENABLE != 0 { value } else { 0 };
        self.fcr = clears & !(FCR_CLEAR_RECEIVER | FCR_CLEAR_TRANSMITTER);
        if is_toggled || clears & FCR_CLEAR_RECEIVER != 0 {
            self.receive.clear();
            self.receive_errors.clear();
            self.timeout_end = None;
            self.is_timed_out = false;
            self.polls = 0;
        }
        if (is_toggled || clears & FCR_CLEAR_TRANSMITTER != 0) && !self.transmit.is_empty() {
            self.transmit.clear();
            self.is_thre_pending = true;
        }
    }

    fn write_lcr(&mut self, value: u8, now: Tick) {
        let is_new_break = value & !self.lcr & LCR_BREAK != 0;
        self.lcr = value;
        if value & LCR_DLAB != 0 {
            self.polls = 0;
        }
        if is_new_break && self.is_loopback() {
            self.begin_break(ClockRatio::UART.cycles(now));
        }
    }

    fn write_mcr(&mut self, value: u8, now: Tick) {
        let was_loopback = self.is_loopback();
        let before = self.modem_lines();
        self.mcr = value & 0x1f;
        self.uses_rts |= self.ier & IER_RECEIVED_DATA != 0 && value & MCR_RTS != 0;
        self.note_modem_changes(before);
        if self.is_loopback() && !was_loopback && self.lcr & LCR_BREAK != 0 {
            self.begin_break(ClockRatio::UART.cycles(now));
        }
    }

    /// SPEC: "Modem status register": bits 0, 1 and 3 on any change, bit 2 on the trailing edge of RI only.
    fn note_modem_changes(&mut self, before: u8) {
        let (fell, changed) = (before & !self.modem_lines(), before ^ self.modem_lines());
        self.msr_deltas |= (changed & (MSR_CTS | MSR_DSR | MSR_DCD) | fell & MSR_RI) >> 4;
    }

    /// SPEC: "Line status register", bits 1-4: they are shown when their byte is the next to be read.
    fn reveal_errors(&mut self) {
        if let Some(errors) = self.receive_errors.front_mut() {
            self.lsr_errors |= std::mem::take(errors);
        }
    }

    fn read_lsr(&mut self) -> u8 {
        let mut status = std::mem::take(&mut self.lsr_errors);
        let is_shown = status & (LSR_PARITY | LSR_FRAMING | LSR_BREAK) != 0;
        status |= if self.receive.is_empty() { 0 } else { LSR_DATA_READY };
        status |= if self.transmit.is_empty() { LSR_THRE } else { 0 };
        status |= if self.transmit.is_empty() && self.transmit_end.is_none() { LSR_TEMT } else { 0 };
        // While it sends, a guest may be waiting for the transmitter.
        if status & (LSR_DATA_READY | LSR_THRE) == LSR_THRE {
            self.polls = self.polls.saturating_add(1).min(POLLS_OF_A_LISTENER);
        }
        let has_errors = is_shown || self.receive_errors.as_slice().iter().any(|errors| *errors != 0);
        status | if self.is_fifo_enabled() && has_errors { LSR_FIFO_ERROR } else { 0 }
    }

    fn read_msr(&mut self) -> u8 {
        self.modem_lines() | std::mem::take(&mut self.msr_deltas)
    }

    /// The levels of MSR bits 4-7.
    fn modem_lines(&self) -> u8 {
        if !self.is_loopback() {
            return if self.has_carrier { MSR_CONNECTED } else { 0 };
        }
        let wires = [(MCR_RTS, MSR_CTS), (MCR_DTR, MSR_DSR), (MCR_OUT1, MSR_RI), (MCR_OUT2, MSR_DCD)];
        wires.iter().filter(|(output, _)| self.mcr & output != 0).fold(0, |lines, (_, input)| lines | input)
    }
}

/// Interrupts.
impl Uart {
    fn trigger_level(&self) -> usize {
        match self.fcr >> 6 {
            _ if !self.is_fifo_enabled() => 1,
            0 => 1,
            1 => 4,
            2 => 8,
            _ => 14,
        }
    }

    /// SPEC: "Interrupt identification register": the sources by priority.
    fn interrupt_source(&self) -> u8 {
        let is_enabled = |bit: u8| self.ier & bit != 0;
        if is_enabled(IER_LINE_STATUS) && self.lsr_errors != 0 {
            IIR_LINE_STATUS
        } else if is_enabled(IER_RECEIVED_DATA) && self.receive.len() >= self.trigger_level() {
            IIR_RECEIVED_DATA
        } else if is_enabled(IER_RECEIVED_DATA) && self.is_timed_out {
            IIR_CHARACTER_TIMEOUT
        } else if is_enabled(IER_TRANSMITTER) && self.is_thre_pending {
            IIR_TRANSMITTER
        } else if is_enabled(IER_MODEM_STATUS) && self.msr_deltas != 0 {
            IIR_MODEM_STATUS
        } else {
            IIR_NONE
        }
    }

    /// SPEC: OUT2 gates the interrupt on the adapter; in loopback the chip holds the OUT2 pin inactive ("Modem control
    /// register", bit 4).
    fn drive_irq(&self, io: &mut Io<'_>) {
        let is_connected = self.mcr & MCR_OUT2 != 0 && !self.is_loopback();
        io.set(self.irq, is_connected && self.interrupt_source() != IIR_NONE);
    }
}

impl Device for Uart {
    fn power_on(&mut self, io: &mut Io<'_>) {
        *self = Uart::new(self.name, self.irq, self.out);
        self.settle(io);
    }

    /// SPEC: "Master reset": the divisor, SCR and the data registers stay.
    fn reset(&mut self, io: &mut Io<'_>) {
        self.run_to(io);
        let fresh = Uart::new(self.name, self.irq, self.out);
        let queue = std::mem::take(&mut self.queue);
        let Uart { divisor, scr, last_read, has_carrier, .. } = *self;
        *self = Uart { divisor, scr, last_read, queue, has_carrier, ..fresh };
        self.settle(io);
    }

    fn wake(&mut self, io: &mut Io<'_>) {
        self.run_to(io);
        self.settle(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Uart {
            name,
            irq: _,
            out: _,
            ier,
            fcr,
            lcr,
            mcr,
            lsr_errors,
            msr_deltas,
            scr,
            divisor,
            is_thre_pending,
            transmit,
            receive,
            receive_errors,
            last_read,
            transmit_shift,
            transmit_end,
            receive_shift,
            is_receiving_break,
            receive_end,
            timeout_end,
            is_timed_out,
            queue,
            has_carrier,
            polls,
            uses_rts,
        } = self;
        v.section(name, 1);
        for (id, register) in (1..).zip([ier, fcr, lcr, mcr, lsr_errors, msr_deltas, scr]) {
            v.u8(id, register);
        }
        v.u16(8, divisor);
        v.bool(9, is_thre_pending);
        transmit.visit(v, 10);
        receive.visit(v, 12);
        receive_errors.visit(v, 14);
        v.u8(16, last_read);
        v.u8(17, transmit_shift);
        v.option_u64(18, transmit_end);
        v.u8(19, receive_shift);
        v.bool(20, is_receiving_break);
        v.option_u64(21, receive_end);
        v.option_u64(22, timeout_end);
        v.bool(23, is_timed_out);
        let mut waiting = Vec::from(std::mem::take(queue));
        v.blob(24, &mut waiting, QUEUE_BYTES);
        *queue = VecDeque::from(waiting);
        v.bool(25, has_carrier);
        v.u8(26, polls);
        v.bool(27, uses_rts);
    }

    fn check(&self) -> Result<(), StateError> {
        let invalid = |reason| Err(StateError::invalid(self.name, reason));
        self.transmit.check(self.name)?;
        self.receive.check(self.name)?;
        self.receive_errors.check(self.name)?;
        if self.ier > 0x0f || self.mcr > 0x1f || self.msr_deltas & !MSR_DELTAS != 0 {
            return invalid("a register has bits that do not exist");
        }
        let errors = self.receive_errors.as_slice().iter().fold(self.lsr_errors, |all, errors| all | errors);
        if errors & !LSR_ERRORS != 0 {
            return invalid("a line status has bits that are no errors");
        }
        if self.receive.len() != self.receive_errors.len() {
            return invalid("bytes and their errors differ in number");
        }
        if !self.is_fifo_enabled() && (self.receive.len() > 1 || self.transmit.len() > 1) {
            return invalid("more than one byte without FIFO");
        }
        if self.transmit_end.is_none() && !self.transmit.is_empty() {
            return invalid("a byte waits for an idle transmitter");
        }
        if self.polls > POLLS_OF_A_LISTENER {
            return invalid("more polls than are counted");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
