//! The registers at the ports.

use super::command::{CONFIGURE_EFIFO, CONFIGURE_FIFOTHR};
use super::timing::{COMMAND_TICKS, Rate};
use super::transfer::{Direction, Transfer};
use super::{Fdc, Phase};
use beige_core::{Io, PortDevice, Timeline};

/// DOR: not in reset.
const DOR_NOT_RESET: u8 = 0x04;
/// DOR: the interrupt and DMA request pins are driven.
const DOR_DMA_GATE: u8 = 0x08;
/// DSR: software reset, clears itself.
const DSR_RESET: u8 = 0x80;
/// MSR: the data register is ready.
const MSR_RQM: u8 = 0x80;
/// MSR: the data register is to be read.
const MSR_DIO: u8 = 0x40;
/// MSR: a transfer without DMA is under way.
const MSR_NDM: u8 = 0x20;
/// MSR: a command is under way.
const MSR_CB: u8 = 0x10;
/// DIR: disk change.
const DIR_DSKCHG: u8 = 0x80;
/// The bits of DIR that the controller does not drive on an AT.
const DIR_FLOATING: u8 = 0x7f;
/// The bits of TDR that are not driven on an AT.
const TDR_FLOATING: u8 = 0xfc;

impl PortDevice for Fdc {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        match offset & 7 {
            2 => self.dor,
            3 => TDR_FLOATING | self.tdr,
            4 => self.main_status(),
            5 => self.read_fifo(io),
            7 => DIR_FLOATING | if self.disk_change(io) { DIR_DSKCHG } else { 0 },
            _ => 0xff,
        }
    }

    /// The phase of a command changes at wakes and accesses.
    fn is_steady(&self, offset: u16) -> bool {
        matches!(offset & 7, 2 | 4)
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        match offset & 7 {
            2 => self.write_dor(value, io),
            3 => self.tdr = value & 3,
            4 => self.write_dsr(value, io),
            5 => self.write_fifo(value, io),
            7 => (self.dsr, self.rate_was_set) = (self.dsr & !3 | value & 3, true),
            _ => {}
        }
        self.settle(io);
    }
}

impl Fdc {
    /// The data rate of DSR and CCR.
    pub(super) fn rate(&self) -> Rate {
        Rate::from_code(self.dsr)
    }

    fn main_status(&self) -> u8 {
        let ready = match self.phase {
            Phase::Reset => return 0,
            Phase::Command => MSR_RQM | if self.command_length > 0 { MSR_CB } else { 0 },
            Phase::Result => MSR_RQM | MSR_DIO | MSR_CB,
            Phase::Execution if self.is_dma() => MSR_CB,
            Phase::Execution => {
                let requested = if self.data_requested() { MSR_RQM } else { 0 };
                let direction = if self.direction() == Direction::ToHost { MSR_DIO } else { 0 };
                MSR_CB | MSR_NDM | requested | direction
            }
        };
        ready | self.busy
    }

    fn read_fifo(&mut self, io: &mut Io<'_>) -> u8 {
        let byte = match self.phase {
            Phase::Result => self.take_result_byte(),
            Phase::Execution if !self.is_dma() => self.give_byte(false, io),
            _ => 0,
        };
        self.settle(io);
        byte
    }

    fn write_fifo(&mut self, value: u8, io: &mut Io<'_>) {
        match self.phase {
            Phase::Command => self.take_command_byte(value, io),
            Phase::Execution if !self.is_dma() => self.take_byte(value, false, io),
            _ => {}
        }
    }

    fn write_dor(&mut self, value: u8, io: &mut Io<'_>) {
        let was = std::mem::replace(&mut self.dor, value);
        for (number, drive) in self.drives.iter_mut().enumerate() {
            let motor = 0x10 << number;
            if value & motor != 0 && was & motor == 0 {
                drive.motor_at = io.now();
            }
        }
        if value & DOR_NOT_RESET == 0 {
            self.enter_reset(io);
            self.reset_ends_at = Timeline::NEVER;
        } else if was & DOR_NOT_RESET == 0 {
            self.reset_ends_at = io.now().saturating_add(COMMAND_TICKS);
        }
        self.resume_waiting(io);
    }

    fn write_dsr(&mut self, value: u8, io: &mut Io<'_>) {
        (self.dsr, self.rate_was_set) = (value & !DSR_RESET, true);
        if value & DSR_RESET != 0 {
            self.enter_reset(io);
            if self.dor & DOR_NOT_RESET != 0 {
                self.reset_ends_at = io.now().saturating_add(COMMAND_TICKS);
            }
        }
    }

    /// Any reset. SPEC: 82077AA section 4: SPECIFY is kept, CONFIGURE's FIFO and precompensation are kept when
    /// locked, and PERPENDICULAR MODE loses GAP and WGATE only.
    pub(super) fn enter_reset(&mut self, io: &mut Io<'_>) {
        for unit in 0..4 {
            self.abort_seek(unit, io);
        }
        self.phase = Phase::Reset;
        self.transfer = Transfer::none();
        (self.command_length, self.result_length, self.result_index) = (0, 0, 0);
        (self.irq, self.sense_irq) = (false, false);
        (self.sense_seek, self.sense_poll, self.busy) = (0, 0, 0);
        self.pcn = [0; 4];
        self.perpendicular &= 0x3c;
        if self.locked {
            self.configure &= CONFIGURE_EFIFO | CONFIGURE_FIFOTHR;
        } else {
            (self.configure, self.precompensation_track) = (CONFIGURE_EFIFO, 0);
        }
    }

    /// The end of a reset: polling, which every reset enables, finds that the ready lines of all four drives have changed.
    pub(super) fn leave_reset(&mut self) {
        self.reset_ends_at = Timeline::NEVER;
        self.phase = Phase::Command;
        (self.sense_poll, self.sense_irq) = (0x0f, true);
    }

    /// Drives the pins and asks for the next wake; ends every access.
    pub(super) fn settle(&mut self, io: &mut Io<'_>) {
        self.update_request();
        let gate = self.dor & DOR_DMA_GATE != 0;
        let requested = self.data_requested();
        // SPEC: uPD765A data sheet, "Sense Interrupt Status": the command resets the interrupt. What is still to be
        // sensed interrupts anew once the result is read: an edge for each cause.
        let sense = self.sense_irq && self.phase != Phase::Result;
        let interrupt = self.irq || sense || requested && !self.is_dma();
        io.set(self.config.irq, gate && interrupt);
        io.set(self.config.dreq, gate && requested && self.is_dma());
        let seek = self.seeks.iter().map(|seek| seek.ends_at).min().unwrap_or(Timeline::NEVER);
        io.wake_at(seek.min(self.transfer.at).min(self.reset_ends_at));
    }
}
