//! A diagnosis in words.

use super::{Activity, Blocked, BlockedIrq, Diagnosis};
use std::fmt;

impl Diagnosis {
    /// One word for what the guest does.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.activity {
            Activity::Halted => "halted",
            Activity::ShutDown => "shutdown",
            Activity::AwaitsInterrupt => "interrupt",
            Activity::AwaitsKey => "key",
            Activity::AwaitsTick => "tick",
            Activity::AwaitsSerial => "serial",
            Activity::PollsPort(_) => "port",
            Activity::PollsMemory { .. } => "memory",
            Activity::RetriesDisk { .. } => "disk",
            Activity::Faults(_) => "faults",
            Activity::RunsEmptyMemory => "empty-memory",
            Activity::LoopsEndlessly => "endless-loop",
            Activity::Computes => "computes",
        }
    }

    /// What the guest waits for, short and distinct: `port 3F4h`, `IRQ 0, which is masked`.
    #[must_use]
    pub fn waiting_for(&self) -> String {
        let here = self.here();
        let thing = match self.activity {
            Activity::Halted => "nothing: HLT with interrupts disabled".to_owned(),
            Activity::ShutDown => return "nothing: the CPU has shut down".to_owned(),
            Activity::AwaitsInterrupt => return self.awaited_interrupt(),
            Activity::AwaitsKey => "a key (INT 16h)".to_owned(),
            Activity::AwaitsTick => "the tick count (INT 1Ah)".to_owned(),
            Activity::AwaitsSerial => return "a serial port (INT 14h)".to_owned(),
            Activity::PollsPort(port) => return format!("port {port:03X}h"),
            Activity::PollsMemory { selector, offset } => format!("memory {selector:04X}:{offset:04X}"),
            Activity::RetriesDisk { drive, status } => {
                return format!("disk {}, error {status:02X}h", drive_name(drive));
            }
            Activity::Faults(vector) => return format!("nothing: exception {vector} again and again at {here}"),
            Activity::RunsEmptyMemory => return format!("nothing: it runs through empty memory at {here}"),
            Activity::LoopsEndlessly => format!("nothing: endless loop at {here}"),
            Activity::Computes => return format!("nothing: it works at {here}"),
        };
        match self.obstacle() {
            Some(obstacle) if self.activity != Activity::Halted => format!("{thing}, {obstacle}"),
            _ => thing,
        }
    }

    /// The IRQ that it lacks, if any.
    #[must_use]
    pub fn irq(&self) -> Option<u8> {
        let waits = matches!(
            self.activity,
            Activity::AwaitsInterrupt
                | Activity::AwaitsKey
                | Activity::AwaitsTick
                | Activity::PollsMemory { .. }
                | Activity::LoopsEndlessly
        );
        self.culprit().filter(|_| waits && (self.interrupts_enabled || self.calls_service())).map(|irq| {
            match irq.blocked {
                Blocked::NoEoi(holder) => holder,
                Blocked::Masked => irq.irq,
            }
        })
    }

    /// Whether it waits by calls, within which the BIOS may have interrupts disabled.
    fn calls_service(&self) -> bool {
        matches!(self.activity, Activity::AwaitsKey | Activity::AwaitsTick)
    }

    /// Which blocked interrupt explains the wait best: for a key that of the keyboard.
    fn culprit(&self) -> Option<&BlockedIrq> {
        let keyboard = self.blocked.iter().find(|irq| irq.irq == 1);
        match self.activity {
            Activity::AwaitsKey => keyboard,
            _ => self.blocked.first(),
        }
    }

    fn awaited_interrupt(&self) -> String {
        match self.culprit() {
            Some(BlockedIrq { irq, blocked: Blocked::Masked, .. }) => format!("IRQ {irq}, which is masked"),
            Some(BlockedIrq { irq, blocked: Blocked::NoEoi(holder), .. }) if irq == holder => {
                format!("IRQ {irq}, which is in service without EOI")
            }
            Some(BlockedIrq { irq, blocked: Blocked::NoEoi(holder), .. }) => {
                format!("IRQ {irq}, behind IRQ {holder}, which is in service without EOI")
            }
            None => "an interrupt".to_owned(),
        }
    }

    /// What keeps interrupts from a guest that polls.
    fn obstacle(&self) -> Option<String> {
        if !self.interrupts_enabled && !self.calls_service() {
            return Some("interrupts disabled".to_owned());
        }
        let BlockedIrq { irq, blocked, .. } = self.culprit()?;
        Some(match blocked {
            Blocked::Masked => format!("IRQ {irq} masked"),
            Blocked::NoEoi(holder) => format!("IRQ {holder} without EOI"),
        })
    }

    fn here(&self) -> String {
        format!("{:04X}:{:04X}", self.code.cs, self.code.ip)
    }

    fn what_it_does(&self) -> String {
        match self.activity {
            Activity::Halted => "halted with interrupts disabled: only a reset wakes it".to_owned(),
            Activity::ShutDown => "shut down: only a reset wakes it".to_owned(),
            Activity::PollsPort(port) => {
                let of = if self.port_name.is_empty() { "nobody's" } else { self.port_name };
                format!("polls port {port:03X}h ({of})")
            }
            Activity::Faults(vector) => format!("meets exception {vector} again and again"),
            Activity::RunsEmptyMemory => "runs through memory that holds no program".to_owned(),
            Activity::LoopsEndlessly => format!("goes round an endless loop{}", self.appendix()),
            Activity::Computes => "is at work and waits for nothing that can be seen".to_owned(),
            Activity::RetriesDisk { .. } => format!("repeats a call that fails, waiting for {}", self.waiting_for()),
            Activity::AwaitsInterrupt
            | Activity::AwaitsKey
            | Activity::AwaitsTick
            | Activity::AwaitsSerial
            | Activity::PollsMemory { .. } => {
                format!("waits for {}", self.waiting_for())
            }
        }
    }

    fn appendix(&self) -> String {
        self.obstacle().map(|obstacle| format!(" ({obstacle})")).unwrap_or_default()
    }
}

impl fmt::Display for Diagnosis {
    /// One or two sentences, without the last full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the guest is at {} (`{}`)", self.here(), self.code.text)?;
        if let Some((call, true)) = &self.last_call {
            write!(f, " inside {call}")?;
        }
        write!(f, " and {}", self.what_it_does())?;
        if let Some((call, false)) = &self.last_call {
            write!(f, "; its last call was {call}")?;
        }
        if let Some((drive, status)) = self.disk_error {
            let drive = drive_name(drive);
            write!(f, ". Disk {drive} has failed before with {status:02X}h, {}", status_name(status))?;
        }
        Ok(())
    }
}

/// A and B, C and on.
fn drive_name(drive: u8) -> String {
    let letter = if drive < 0x80 { b'A' + (drive & 1) } else { b'C' + (drive & 3) };
    format!("{}:", char::from(letter))
}

/// The status codes of INT 13h.
fn status_name(status: u8) -> &'static str {
    match status {
        0x01 => "a wrong call",
        0x02 => "no address mark",
        0x03 => "write-protected",
        0x04 => "sector not found",
        0x06 => "medium changed",
        0x08 => "DMA overrun",
        0x09 => "DMA across 64 KiB",
        0x0c => "unknown medium",
        0x10 => "wrong checksum",
        0x20 => "controller failed",
        0x40 => "seek failed",
        0x80 => "drive not ready",
        0xaa => "drive not ready",
        0xbb => "undefined error",
        0xcc => "write fault",
        0xe0 => "error in the status",
        _ => "another error",
    }
}
