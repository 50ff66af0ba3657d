//! The line of the serial port: frames, their times, and what moves between FIFOs and shift registers.

use super::{LCR_BREAK, LCR_PARITY, LCR_TWO_STOP_BITS, LSR_BREAK, LSR_FRAMING, LSR_OVERRUN, Uart};
use beige_core::{ClockRatio, Io, Timeline};

impl Uart {
    fn data_bits(&self) -> u8 {
        5 + (self.lcr & 3)
    }

    /// Cycles of the crystal for one frame: 16 times the divisor for each bit, of which there may be a half.
    fn frame_cycles(&self) -> u64 {
        let data = u64::from(self.data_bits());
        let parity = u64::from(self.lcr & LCR_PARITY != 0);
        // SPEC: "Line control register", bit 2: one and a half stop bits with five data bits, else two.
        let stop_halves = match (self.lcr & LCR_TWO_STOP_BITS != 0, data) {
            (false, _) => 2,
            (true, 5) => 3,
            (true, _) => 4,
        };
        // UNVERIFIED: a divisor of 0 counts as 65,536.
        let divisor = if self.divisor == 0 { 0x1_0000 } else { u64::from(self.divisor) };
        (2 * (1 + data + parity) + stop_halves) * 8 * divisor
    }

    fn next_cycle(&self) -> Option<u64> {
        [self.transmit_end, self.receive_end, self.timeout_end].into_iter().flatten().min()
    }

    /// Does all that is due up to the present, in order.
    pub(super) fn run_to(&mut self, io: &mut Io<'_>) {
        let now = ClockRatio::UART.cycles(io.now());
        while let Some(cycle) = self.next_cycle().filter(|cycle| *cycle <= now) {
            if self.transmit_end == Some(cycle) {
                self.end_transmission(cycle, io);
            } else if self.receive_end == Some(cycle) {
                self.end_reception(cycle);
            } else {
                self.timeout_end = None;
                self.is_timed_out = true;
            }
        }
    }

    /// Ends every access: a reception may begin, and the wire and the wake follow.
    pub(super) fn settle(&mut self, io: &mut Io<'_>) {
        self.begin_reception(ClockRatio::UART.cycles(io.now()));
        self.drive_irq(io);
        io.wake_at(self.next_cycle().map_or(Timeline::NEVER, |cycle| ClockRatio::UART.tick_of(cycle)));
    }

    pub(super) fn begin_transmission(&mut self, cycle: u64) {
        let Some(byte) = self.transmit.pop() else { return };
        self.transmit_shift = byte;
        self.transmit_end = Some(cycle.saturating_add(self.frame_cycles()));
        self.is_thre_pending |= self.transmit.is_empty();
    }

    pub(super) fn end_transmission(&mut self, cycle: u64, io: &mut Io<'_>) {
        self.transmit_end = None;
        let byte = self.transmit_shift & 0xff >> (8 - self.data_bits());
        if self.lcr & LCR_BREAK == 0 {
            if self.is_loopback() {
                self.store(byte, 0, cycle);
            } else {
                io.emit(self.out, byte);
            }
        }
        self.begin_transmission(cycle);
    }

    /// The other end sends its next byte, if it has one and the guest wants it.
    fn begin_reception(&mut self, cycle: u64) {
        if self.receive_end.is_some() || !self.is_listening() || !self.has_room() {
            return;
        }
        if let Some(byte) = self.queue.pop_front() {
            self.receive_shift = byte;
            self.is_receiving_break = false;
            self.receive_end = Some(cycle.saturating_add(self.frame_cycles()));
        }
    }

    pub(super) fn begin_break(&mut self, cycle: u64) {
        self.is_receiving_break = true;
        self.receive_end = Some(cycle.saturating_add(self.frame_cycles()));
    }

    fn end_reception(&mut self, cycle: u64) {
        self.receive_end = None;
        if std::mem::take(&mut self.is_receiving_break) {
            // SPEC: "Line status register", bit 4: a break of a whole frame puts one zero into the FIFO.
            // UNVERIFIED: its missing stop bit is a framing error too.
            self.store(0, LSR_BREAK | LSR_FRAMING, cycle);
        } else {
            let byte = self.receive_shift & 0xff >> (8 - self.data_bits());
            self.store(byte, 0, cycle);
        }
        self.begin_reception(cycle);
    }

    /// A byte has arrived. SPEC: "Line status register", bit 1: an overrun leaves a FIFO as it is, and without FIFO
    /// destroys the byte that was there.
    fn store(&mut self, byte: u8, errors: u8, cycle: u64) {
        if !self.is_fifo_enabled() && !self.receive.is_empty() {
            self.receive.clear();
            self.receive_errors.clear();
            self.lsr_errors |= LSR_OVERRUN;
        }
        if self.receive.is_full() {
            self.lsr_errors |= LSR_OVERRUN;
            return;
        }
        self.receive.push(byte);
        self.receive_errors.push(errors);
        if self.receive.len() == 1 {
            self.reveal_errors();
        }
        self.restart_timeout(cycle);
    }

    /// SPEC: "FIFO interrupt mode operation": four character times without a byte from the line and without a read.
    pub(super) fn restart_timeout(&mut self, cycle: u64) {
        let waits = self.is_fifo_enabled() && !self.receive.is_empty();
        self.timeout_end = waits.then(|| cycle.saturating_add(4 * self.frame_cycles()));
    }
}
