//! Motorola MC146818 real-time clock with CMOS RAM: the PC/AT's clock and the memory of its configuration.
//!
//! Sources: Motorola MC146818 data sheet, "Real-time clock plus RAM (RTC)": "Address map", "Registers", "Update cycle",
//! "Interrupts", "Daylight savings"; IBM PC/AT Technical Reference (1502494), "Real-time clock/CMOS RAM".
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | nothing drives the bus | bits 0-6 the index; bit 7 is the board's mask of NMI |
//! | 1 | the byte at the index | the byte at the index |
//!
//! | index | |
//! |---|---|
//! | 00, 02, 04 | seconds, minutes, hours |
//! | 01, 03, 05 | alarm for each; C0h and above matches any |
//! | 06 to 09 | day of the week (1 is Sunday), day, month, year |
//! | 0A | register A: UIP, divider, rate |
//! | 0B | register B: SET PIE AIE UIE SQWE DM 24/12 DSE |
//! | 0C | register C: IRQF PF AF UF; reading ends them |
//! | 0D | register D: VRT |
//! | 0E to 7F | RAM; 32h and 37h also follow the century |
//!
//! Time is computed when somebody looks, in cycles of the 32,768 Hz crystal; wakes are asked for only for an interrupt
//! that is enabled. RAM, time and the divider run on a battery: neither reset nor power-on touches them.
//!
//! Not modelled: the square wave, whose pin a PC does not connect; the update cycle's undefined register contents (they
//! change at its end); other crystals; an empty battery. The mask of NMI is not kept: nothing on the board raises NMI.

mod calendar;
#[cfg(test)]
mod tests;
mod timekeeping;

use beige_core::{ClockRatio, Device, Io, Pin, PortDevice, StateError, Tick, Visitor, VisitorExt};
use calendar::Calendar;
pub use calendar::DateTime;

/// Registers and RAM together.
pub const CMOS_BYTES: usize = 128;
const SECONDS: usize = 0x00;
const SECONDS_ALARM: usize = 0x01;
const MINUTES: usize = 0x02;
const MINUTES_ALARM: usize = 0x03;
const HOURS: usize = 0x04;
const HOURS_ALARM: usize = 0x05;
const DAY_OF_WEEK: usize = 0x06;
const DAY_OF_MONTH: usize = 0x07;
const MONTH: usize = 0x08;
const YEAR: usize = 0x09;
const REGISTER_A: usize = 0x0a;
const REGISTER_B: usize = 0x0b;
const REGISTER_C: usize = 0x0c;
const REGISTER_D: usize = 0x0d;
/// The century in BCD, where the PC/AT keeps it. DEVIATION: there it is RAM that software has to keep; here it follows
/// the year, so that a guest that only reads it is right after the turn of a century, too.
const CENTURY: usize = 0x32;
/// The century in BCD, where the PS/2 keeps it.
const CENTURY_PS2: usize = 0x37;
const CHECKSUM_RANGE: std::ops::RangeInclusive<usize> = 0x10..=0x2d;
const CHECKSUM: usize = 0x2e;

const A_UIP: u8 = 0x80;
const A_DV: u8 = 0x70;
const A_RS: u8 = 0x0f;
/// The divider runs from a 32,768 Hz crystal.
const DV_32KHZ: u8 = 0x20;
const B_SET: u8 = 0x80;
const B_PIE: u8 = 0x40;
const B_AIE: u8 = 0x20;
const B_UIE: u8 = 0x10;
const B_SQWE: u8 = 0x08;
const B_DM: u8 = 0x04;
const B_24_HOURS: u8 = 0x02;
const B_DSE: u8 = 0x01;
/// Interrupt enables of register B and flags of register C have the same bits.
const INTERRUPTS: u8 = B_PIE | B_AIE | B_UIE;
const C_IRQF: u8 = 0x80;
const C_PF: u8 = 0x40;
const C_AF: u8 = 0x20;
const C_UF: u8 = 0x10;
const D_VRT: u8 = 0x80;
const ALARM_ANY: u8 = 0xc0;
const INDEX_MASK: u8 = 0x7f;

const CYCLES_PER_SECOND: u64 = 32_768;
/// UIP rises 244 us (8 cycles) before an update cycle of 1984 us (65 cycles).
const UPDATE_CYCLES: u64 = 8 + 65;
/// SPEC: MC146818 "Divider control": the first update comes half a second after the divider is released.
const CYCLES_AFTER_RELEASE: u64 = CYCLES_PER_SECOND / 2;

/// An MC146818.
#[derive(Clone, Debug, PartialEq)]
pub struct Rtc {
    // wired
    irq: Pin,

    // registers
    /// Registers and RAM as they were at `cycle`, register C without IRQF.
    /// 1980-01-01, divider running at 1024 Hz, 24 hours in BCD, RAM 0.
    cmos: [u8; CMOS_BYTES],
    /// The selected byte; 0.
    index: u8,

    // internal
    /// The cycle of the crystal that the registers hold for.
    cycle: u64,
    /// The cycle of the next update, if the divider runs. Later than `cycle` by at most a second.
    next_second: u64,
    /// The hour that daylight saving repeats in October is passing for the second time; no.
    is_second_pass: bool,
}

impl Rtc {
    /// A clock that drives `irq` while an enabled interrupt is pending.
    #[must_use]
    pub fn new(irq: Pin) -> Rtc {
        let mut cmos = [0; CMOS_BYTES];
        cmos[REGISTER_A] = DV_32KHZ | 6;
        cmos[REGISTER_B] = B_24_HOURS;
        cmos[REGISTER_D] = D_VRT;
        let mut rtc = Rtc { irq, cmos, index: 0, cycle: 0, next_second: CYCLES_PER_SECOND, is_second_pass: false };
        rtc.store(Calendar::new(DateTime { year: 1980, month: 1, day: 1, hour: 0, minute: 0, second: 0 }));
        rtc
    }

    /// Sets the clock; the new second begins at this tick. Numbers out of range become the nearest in it.
    pub fn set_time(&mut self, time: DateTime, io: &mut Io<'_>) {
        self.sync(io.now());
        self.store(Calendar::new(time));
        self.next_second = self.cycle.saturating_add(CYCLES_PER_SECOND);
        self.drive(io);
    }

    /// What the clock shows at `now`.
    #[must_use]
    pub fn date_time(&self, now: Tick) -> DateTime {
        let mut rtc = self.clone();
        rtc.sync(now);
        rtc.calendar().date_time()
    }

    /// All bytes as the battery would keep them at `now`.
    #[must_use]
    pub fn contents(&self, now: Tick) -> [u8; CMOS_BYTES] {
        let mut rtc = self.clone();
        rtc.sync(now);
        rtc.cmos
    }

    /// Sets what the battery kept: RAM, the alarm, and the format of the time. The time itself is to be set after it.
    pub fn set_contents(&mut self, bytes: &[u8; CMOS_BYTES]) {
        const FORMAT: u8 = B_DM | B_24_HOURS | B_DSE;
        self.cmos[REGISTER_D + 1..].copy_from_slice(&bytes[REGISTER_D + 1..]);
        for alarm in [SECONDS_ALARM, MINUTES_ALARM, HOURS_ALARM] {
            self.cmos[alarm] = bytes[alarm];
        }
        self.cmos[REGISTER_B] = self.cmos[REGISTER_B] & !FORMAT | bytes[REGISTER_B] & FORMAT;
    }

    /// The byte of RAM at `index` (modulo 128). The clock's registers below 0Eh are as of the last access.
    #[must_use]
    pub fn cmos(&self, index: u8) -> u8 {
        self.cmos[usize::from(index & INDEX_MASK)]
    }

    /// Sets a byte of RAM, as a battery would have kept it. The clock's registers below 0Eh cannot be set so.
    pub fn set_cmos(&mut self, index: u8, value: u8) {
        let index = usize::from(index & INDEX_MASK);
        if index > REGISTER_D {
            self.cmos[index] = value;
        }
    }

    /// Sets the checksum of the configuration, the sum of 10h to 2Dh, at 2Eh (high) and 2Fh (low).
    pub fn update_checksum(&mut self) {
        let sum = self.cmos[CHECKSUM_RANGE].iter().fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)));
        let [high, low] = sum.to_be_bytes();
        self.cmos[CHECKSUM] = high;
        self.cmos[CHECKSUM + 1] = low;
    }

    fn requests_interrupt(&self) -> bool {
        self.cmos[REGISTER_B] & self.cmos[REGISTER_C] & INTERRUPTS != 0
    }

    /// Drives the pin and asks for a wake at the next enabled interrupt.
    fn drive(&self, io: &mut Io<'_>) {
        io.set(self.irq, self.requests_interrupt());
        match self.next_interrupt() {
            Some(cycle) => io.wake_at(ClockRatio::RTC.tick_of(cycle)),
            None => io.cancel_wake(),
        }
    }

    fn read_data(&mut self) -> u8 {
        let index = usize::from(self.index & INDEX_MASK);
        match index {
            REGISTER_A if self.is_updating() => self.cmos[REGISTER_A] | A_UIP,
            REGISTER_C => {
                let irqf = if self.requests_interrupt() { C_IRQF } else { 0 };
                std::mem::take(&mut self.cmos[REGISTER_C]) | irqf
            }
            _ => self.cmos[index],
        }
    }

    fn write_data(&mut self, value: u8) {
        let index = usize::from(self.index & INDEX_MASK);
        match index {
            // SPEC: MC146818 "Address map": bit 7 of the seconds is read-only.
            SECONDS => self.cmos[SECONDS] = value & 0x7f,
            REGISTER_A => self.write_register_a(value),
            // SPEC: MC146818 "Register B", SET: setting it clears UIE.
            REGISTER_B if value & B_SET != 0 => self.cmos[REGISTER_B] = value & !B_UIE,
            REGISTER_C | REGISTER_D => {}
            _ => self.cmos[index] = value,
        }
    }

    fn write_register_a(&mut self, value: u8) {
        let did_run = self.divider_runs();
        self.cmos[REGISTER_A] = value & !A_UIP;
        if self.divider_runs() && !did_run {
            self.next_second = self.cycle.saturating_add(CYCLES_AFTER_RELEASE);
        }
    }
}

impl PortDevice for Rtc {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        if offset & 1 == 0 {
            return 0xff;
        }
        self.sync(io.now());
        let value = self.read_data();
        self.drive(io);
        value
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        if offset & 1 == 0 {
            self.index = value & INDEX_MASK;
            return;
        }
        self.sync(io.now());
        self.write_data(value);
        self.drive(io);
    }
}

impl Device for Rtc {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.index = 0;
        self.reset(io);
    }

    // SPEC: MC146818 "RESET": clears the interrupt enables and flags and SQWE, nothing else.
    fn reset(&mut self, io: &mut Io<'_>) {
        self.sync(io.now());
        self.cmos[REGISTER_B] &= !(INTERRUPTS | B_SQWE);
        self.cmos[REGISTER_C] = 0;
        self.drive(io);
    }

    fn wake(&mut self, io: &mut Io<'_>) {
        self.sync(io.now());
        self.drive(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Rtc { irq: _, cmos, index, cycle, next_second, is_second_pass } = self;
        v.section("mc146818", 1);
        v.bytes(1, cmos);
        v.u8(2, index);
        v.u64(3, cycle);
        v.u64(4, next_second);
        v.bool(5, is_second_pass);
    }

    fn check(&self) -> Result<(), StateError> {
        let wrong = |reason| Err(StateError::invalid("mc146818", reason));
        if self.index > INDEX_MASK {
            return wrong("the index is above 7Fh");
        }
        let [a, b, c, d] = [REGISTER_A, REGISTER_B, REGISTER_C, REGISTER_D].map(|index| self.cmos[index]);
        let clears_uie = b & B_SET != 0 && b & B_UIE != 0;
        if a & A_UIP != 0 || clears_uie || c & !INTERRUPTS != 0 || d != D_VRT {
            return wrong("a control register has bits that it never has");
        }
        let until_update = self.next_second.checked_sub(self.cycle);
        if self.cycle > ClockRatio::RTC.cycles(Tick::MAX)
            || !until_update.is_some_and(|cycles| (1..=CYCLES_PER_SECOND).contains(&cycles))
        {
            return wrong("the divider is outside its second");
        }
        Ok(())
    }
}
