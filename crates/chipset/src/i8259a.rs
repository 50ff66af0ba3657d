//! Intel 8259A programmable interrupt controller: the PC has two, the second on line 2 of the first.
//!
//! Sources: Intel 8259A data sheet (231468-003): "Initialization command words", "Operation command words",
//! "Priority cell", "Special fully nested mode", "Poll command"; Intel 82374EB/82374SB (290476-004), "ELCR1, ELCR2".
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | IRR or ISR as OCW3 chose, or the poll byte | ICW1 (bit 4 set), OCW2, OCW3 (bit 3 set) |
//! | 1 | IMR, or the poll byte | ICW2 to ICW4 when expected, otherwise OCW1 (IMR) |
//! | ELCR | edge or level of each line | the same; the lines soldered to chips of the board stay edges |
//!
//! The edge/level control register is none of the 8259A's: boards from EISA on have it beside each of the two, so that
//! one line can be level-triggered and another not. [`Pic::read_elcr`] and [`Pic::write_elcr`] reach it.
//!
//! Not modelled: the third INTA cycle of MCS-80 mode (a PC's CPU makes two), the CAS lines as wires (the board passes
//! [`Acknowledge::cascade`] on to the slave).

use beige_core::{Device, Io, Pin, PortDevice, StateError, Visitor, VisitorExt, coded_enum};

#[cfg(test)]
mod tests;

const ICW1_IC4: u8 = 0x01;
const ICW1_SNGL: u8 = 0x02;
const ICW1_ADI: u8 = 0x04;
const ICW1_LTIM: u8 = 0x08;
/// Tells ICW1 from the OCWs at offset 0.
const ICW1: u8 = 0x10;
const ICW4_UPM: u8 = 0x01;
const ICW4_AEOI: u8 = 0x02;
const ICW4_MS: u8 = 0x04;
const ICW4_BUF: u8 = 0x08;
const ICW4_SFNM: u8 = 0x10;
/// Tells OCW3 from OCW2 at offset 0.
const OCW3: u8 = 0x08;
const OCW3_RIS: u8 = 0x01;
const OCW3_RR: u8 = 0x02;
const OCW3_P: u8 = 0x04;
const OCW3_SMM: u8 = 0x20;
const OCW3_ESMM: u8 = 0x40;
/// The poll byte: an interrupt is there.
const POLL_I: u8 = 0x80;
/// The line that a request is taken for when it went away before it was acknowledged.
const SPURIOUS_LINE: u8 = 7;
/// What the CPU reads when no chip drives the bus during INTA.
const FLOATING_BUS: u8 = 0xff;
/// ELCR bits that cannot be set: the timer, the keyboard and the slave at the master, the clock and the coprocessor at
/// the slave. SPEC: 290476-004 "ELCR1", "ELCR2": those bits are reserved and 0.
const ELCR_EDGE_MASTER: u8 = 0x07;
const ELCR_EDGE_SLAVE: u8 = 0x21;

/// What the SP/EN pin makes of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Connected to the CPU.
    Master,
    /// Connected to a line of the master.
    Slave,
}

coded_enum! {
    /// What the chip takes the next byte at offset 1 for.
    enum Phase: "initialization phase" {
        /// No ICW1 since power-on: the mask register can be written, nothing is requested.
        ExpectingIcw1 = 0,
        ExpectingIcw2 = 1,
        ExpectingIcw3 = 2,
        ExpectingIcw4 = 3,
        /// Initialized.
        Ready = 4,
    }
}

/// What the chip puts on the bus during INTA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// The interrupt type. Of no meaning for the CPU when a slave is to be asked.
    pub vector: u8,
    /// The slave (its line number) that gives the vector in place of this chip.
    pub cascade: Option<u8>,
}

/// The registers as they stand, for who looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PicRegisters {
    /// IRR.
    pub irr: u8,
    /// IMR.
    pub imr: u8,
    /// ISR.
    pub isr: u8,
}

/// One 8259A.
#[derive(Clone, Debug, PartialEq)]
pub struct Pic {
    // wired
    role: Role,
    int: Pin,
    /// Levels of IR0 to IR7.
    lines: u8,

    // registers
    /// ICW1; 0.
    icw1: u8,
    /// ICW2, the vector base; 0.
    icw2: u8,
    /// ICW3, slave lines of a master or the id of a slave; 0.
    icw3: u8,
    /// ICW4; 0.
    icw4: u8,
    /// IMR; 0.
    imr: u8,
    /// ISR; 0.
    isr: u8,
    /// ELCR, the lines that are level-triggered whatever ICW1 says; 0.
    elcr: u8,

    // internal
    /// What offset 1 expects; `ExpectingIcw1`.
    phase: Phase,
    /// Edge sense latches: lines that were low since they were last acknowledged; a line that rises requests only
    /// when it is armed. All.
    armed: u8,
    /// The line of lowest priority; 7.
    lowest: u8,
    /// Special mask mode; off.
    special_mask: bool,
    /// Offset 0 reads the ISR, not the IRR; off.
    reads_isr: bool,
    /// The next read is a poll; off.
    polls: bool,
    /// The requests at the poll command, which are frozen until its read; 0.
    polled: u8,
    /// An automatic EOI rotates priorities; off.
    rotates_on_aeoi: bool,
}

impl Pic {
    /// A chip that drives `int` when it requests an interrupt.
    #[must_use]
    pub fn new(role: Role, int: Pin) -> Pic {
        Pic {
            role,
            int,
            lines: 0,
            icw1: 0,
            icw2: 0,
            icw3: 0,
            icw4: 0,
            imr: 0,
            isr: 0,
            elcr: 0,
            phase: Phase::ExpectingIcw1,
            armed: 0xff,
            lowest: 7,
            special_mask: false,
            reads_isr: false,
            polls: false,
            polled: 0,
            rotates_on_aeoi: false,
        }
    }

    /// The level of input `line` (taken modulo 8) as the board sees it.
    pub fn set_line(&mut self, line: u8, level: bool, io: &mut Io<'_>) {
        let bit = bit(line);
        if level {
            self.lines |= bit;
        } else {
            self.lines &= !bit;
            self.armed |= bit;
        }
        self.drive_int(io);
    }

    /// The INTA cycles of the CPU: takes the request of highest priority into service. `cascade` is what the master has
    /// put on the cascade lines, `None` for the master itself.
    ///
    /// QUIRK: a request that is gone by now is acknowledged as line 7 without a bit in the ISR (231468-003,
    /// "Interrupt sequence").
    pub fn acknowledge(&mut self, cascade: Option<u8>, io: &mut Io<'_>) -> Acknowledge {
        if !self.answers(cascade) {
            return Acknowledge { vector: FLOATING_BUS, cascade: None };
        }
        let line = self.take_request(io).unwrap_or(SPURIOUS_LINE);
        let has_slave = self.is_master() && self.icw1 & ICW1_SNGL == 0 && self.icw3 & bit(line) != 0;
        Acknowledge { vector: self.vector(line), cascade: has_slave.then_some(line) }
    }

    /// ELCR: a set bit makes its line level-triggered.
    #[must_use]
    pub fn read_elcr(&self) -> u8 {
        self.elcr
    }

    /// Writes ELCR.
    pub fn write_elcr(&mut self, value: u8, io: &mut Io<'_>) {
        self.elcr = value & !self.fixed_edges();
        self.drive_int(io);
    }

    fn fixed_edges(&self) -> u8 {
        match self.role {
            Role::Master => ELCR_EDGE_MASTER,
            Role::Slave => ELCR_EDGE_SLAVE,
        }
    }

    /// The registers, without side effects.
    #[must_use]
    pub fn peek_registers(&self) -> PicRegisters {
        PicRegisters { irr: self.irr(), imr: self.imr, isr: self.isr }
    }

    /// Whether the chip is the one that the cascade lines name. SPEC: 231468-003 "Cascade mode": a slave compares them
    /// with its ICW3.
    fn answers(&self, cascade: Option<u8>) -> bool {
        match cascade {
            Some(line) if !self.is_master() && self.icw1 & ICW1_SNGL == 0 => self.icw3 & 7 == line & 7,
            _ => true,
        }
    }

    // SPEC: 231468-003 "ICW4": with BUF set, M/S says what SP/EN says without it.
    fn is_master(&self) -> bool {
        if self.icw4 & ICW4_BUF != 0 { self.icw4 & ICW4_MS != 0 } else { self.role == Role::Master }
    }

    /// The second byte that the chip gives: the vector, or the low address byte of the MCS-80 CALL.
    fn vector(&self, line: u8) -> u8 {
        match (self.icw4 & ICW4_UPM != 0, self.icw1 & ICW1_ADI != 0) {
            (true, _) => self.icw2 & 0xf8 | line,
            (false, true) => self.icw1 & 0xe0 | line << 2,
            (false, false) => self.icw1 & 0xc0 | line << 3,
        }
    }

    /// IRR. DEVIATION: chip sets with an ELCR ignore LTIM; here either of the two makes a line level-triggered.
    fn irr(&self) -> u8 {
        let levels = if self.icw1 & ICW1_LTIM != 0 { 0xff } else { self.elcr };
        self.lines & (self.armed | levels)
    }

    /// The requests that count. SPEC: 231468-003 "Poll command": they are frozen from the command to its read.
    fn requests(&self) -> u8 {
        if self.polls { self.polled } else { self.irr() }
    }

    /// The set line of highest priority.
    fn highest(&self, lines: u8) -> Option<u8> {
        let first = self.lowest.wrapping_add(1) & 7;
        let in_order = lines.rotate_right(u32::from(first));
        (in_order != 0).then(|| (in_order.trailing_zeros() as u8).wrapping_add(first) & 7)
    }

    /// The request that may interrupt now.
    fn request(&self) -> Option<u8> {
        if self.phase != Phase::Ready {
            return None;
        }
        let line = self.highest(self.requests() & !self.imr)?;
        // SPEC: 231468-003 "Special mask mode": levels that are in service but masked do not hold back others.
        let in_service = if self.special_mask { self.isr & !self.imr } else { self.isr };
        let Some(busy) = self.highest(in_service) else { return Some(line) };
        // SPEC: 231468-003 "Special fully nested mode": a slave in service is not locked out by itself.
        let nests = self.icw4 & ICW4_SFNM != 0 && self.is_master() && self.icw3 & bit(line) != 0;
        let outranks = self.rank(line) < self.rank(busy) || (line == busy && nests);
        outranks.then_some(line)
    }

    /// 0 for the line of highest priority, 7 for the lowest.
    fn rank(&self, line: u8) -> u8 {
        line.wrapping_sub(self.lowest).wrapping_sub(1) & 7
    }

    /// Takes the request of highest priority into service.
    fn take_request(&mut self, io: &mut Io<'_>) -> Option<u8> {
        let line = self.next_in_service();
        self.drive_int_anew(io);
        line
    }

    fn next_in_service(&mut self) -> Option<u8> {
        let line = self.request();
        if let Some(line) = line {
            // A frozen request may have gone by now: a low line is armed.
            self.armed &= !(bit(line) & self.lines);
            if self.icw4 & ICW4_AEOI == 0 {
                self.isr |= bit(line);
            } else if self.rotates_on_aeoi {
                self.lowest = line;
            }
        }
        line
    }

    /// INT goes away during INTA, so that a master sees a new edge when another request is left.
    fn drive_int_anew(&self, io: &mut Io<'_>) {
        io.lower(self.int);
        self.drive_int(io);
    }

    fn drive_int(&self, io: &mut Io<'_>) {
        io.set(self.int, self.request().is_some());
    }

    fn poll(&mut self, io: &mut Io<'_>) -> u8 {
        let line = self.next_in_service();
        self.polls = false;
        self.polled = 0;
        self.drive_int_anew(io);
        // UNVERIFIED: the level of an empty poll byte; taken as that of a spurious request.
        line.map_or(SPURIOUS_LINE, |line| POLL_I | line)
    }

    fn write_icw1(&mut self, value: u8) {
        // SPEC: 231468-003 "ICW1": edge sense and mask are cleared, line 7 is the lowest, IRR is read.
        self.icw1 = value & (0xe0 | ICW1_LTIM | ICW1_ADI | ICW1_SNGL | ICW1_IC4);
        self.armed = !self.lines;
        self.imr = 0;
        self.lowest = 7;
        self.special_mask = false;
        self.reads_isr = false;
        self.polls = false;
        self.polled = 0;
        // SPEC: "The slave mode address is set to 7", "if IC4=0 then all functions of ICW4 are set to zero".
        self.icw3 = if self.is_master() { 0 } else { 7 };
        if value & ICW1_IC4 == 0 {
            self.icw4 = 0;
        }
        // UNVERIFIED: the data sheet lists neither the ISR nor rotation among what ICW1 clears; a warm boot amid a service
        // would otherwise hold back lower lines for ever.
        self.isr = 0;
        self.rotates_on_aeoi = false;
        self.phase = Phase::ExpectingIcw2;
    }

    fn write_icw2(&mut self, value: u8) {
        self.icw2 = value;
        self.phase = if self.icw1 & ICW1_SNGL == 0 { Phase::ExpectingIcw3 } else { self.phase_after_icw3() };
    }

    fn write_icw3(&mut self, value: u8) {
        self.icw3 = value;
        self.phase = self.phase_after_icw3();
    }

    fn phase_after_icw3(&self) -> Phase {
        if self.icw1 & ICW1_IC4 != 0 { Phase::ExpectingIcw4 } else { Phase::Ready }
    }

    fn write_icw4(&mut self, value: u8) {
        self.icw4 = value & 0x1f;
        self.phase = Phase::Ready;
    }

    fn write_ocw2(&mut self, value: u8) {
        let level = value & 7;
        match value >> 5 {
            0b000 => self.rotates_on_aeoi = false,
            0b100 => self.rotates_on_aeoi = true,
            0b001 => _ = self.end_of_interrupt(),
            0b101 => self.lowest = self.end_of_interrupt().unwrap_or(self.lowest),
            0b011 => self.isr &= !bit(level),
            0b111 => {
                self.isr &= !bit(level);
                self.lowest = level;
            }
            0b110 => self.lowest = level,
            _ => {} // 010: no operation
        }
    }

    /// Nonspecific EOI: ends the service of highest priority and says which it was.
    fn end_of_interrupt(&mut self) -> Option<u8> {
        // SPEC: 231468-003 "End of interrupt": in special mask mode a masked level is not cleared.
        let candidates = if self.special_mask { self.isr & !self.imr } else { self.isr };
        let line = self.highest(candidates)?;
        self.isr &= !bit(line);
        Some(line)
    }

    fn write_ocw3(&mut self, value: u8) {
        if value & OCW3_ESMM != 0 {
            self.special_mask = value & OCW3_SMM != 0;
        }
        self.polls = false;
        self.polled = if value & OCW3_P != 0 { self.irr() } else { 0 };
        self.polls = value & OCW3_P != 0;
        if value & OCW3_RR != 0 {
            self.reads_isr = value & OCW3_RIS != 0;
        }
    }
}

const fn bit(line: u8) -> u8 {
    1 << (line & 7)
}

impl PortDevice for Pic {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        match offset & 1 {
            _ if self.polls => self.poll(io),
            0 if self.reads_isr => self.isr,
            0 => self.irr(),
            _ => self.imr,
        }
    }

    /// A poll acknowledges an interrupt.
    fn is_steady(&self, _offset: u16) -> bool {
        !self.polls
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        match (offset & 1, self.phase) {
            (0, _) if value & ICW1 != 0 => self.write_icw1(value),
            (0, _) if value & OCW3 != 0 => self.write_ocw3(value),
            (0, _) => self.write_ocw2(value),
            (_, Phase::ExpectingIcw2) => self.write_icw2(value),
            (_, Phase::ExpectingIcw3) => self.write_icw3(value),
            (_, Phase::ExpectingIcw4) => self.write_icw4(value),
            (_, Phase::ExpectingIcw1 | Phase::Ready) => self.imr = value,
        }
        self.drive_int(io);
    }
}

impl Device for Pic {
    fn power_on(&mut self, io: &mut Io<'_>) {
        let lines = self.lines;
        *self = Pic::new(self.role, self.int);
        self.lines = lines;
        self.drive_int(io);
    }

    // SPEC: 231468-003 "Pin description": the chip has no reset input. ELCR has.
    fn reset(&mut self, io: &mut Io<'_>) {
        self.write_elcr(0, io);
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Pic {
            role: _,
            int: _,
            lines,
            icw1,
            icw2,
            icw3,
            icw4,
            imr,
            isr,
            elcr,
            phase,
            armed,
            lowest,
            special_mask,
            reads_isr,
            polls,
            polled,
            rotates_on_aeoi,
        } = self;
        v.section("i8259a", 1);
        v.u8(1, lines);
        v.u8(2, icw1);
        v.u8(3, icw2);
        v.u8(4, icw3);
        v.u8(5, icw4);
        v.u8(6, imr);
        v.u8(7, isr);
        v.u8(8, elcr);
        v.code(9, phase);
        v.u8(10, armed);
        v.u8(11, lowest);
        v.bool(12, special_mask);
        v.bool(13, reads_isr);
        v.bool(14, polls);
        v.u8(15, polled);
        v.bool(16, rotates_on_aeoi);
    }

    fn check(&self) -> Result<(), StateError> {
        let wrong = |reason| Err(StateError::invalid("i8259a", reason));
        if self.lowest > 7 {
            return wrong("the line of lowest priority is above 7");
        }
        if self.icw1 & ICW1 != 0 || self.icw4 & 0xe0 != 0 {
            return wrong("a command word has bits that are not kept");
        }
        if self.elcr & self.fixed_edges() != 0 {
            return wrong("a line of the board is level-triggered");
        }
        if self.armed | self.lines != 0xff {
            return wrong("a low line is not armed");
        }
        Ok(())
    }
}
