//! Power modes and the standby timer.
//!
//! SPEC: ATA-2 (X3.279) section 7.10 and the commands of the power management set, in the codes of both generations.
//! The IMMEDIATE forms differ from the others only in that they leave the timer alone.
//!
//! UNVERIFIED: the timer counts from the last command other than CHECK POWER MODE; a software reset brings a sleeping
//! device to standby and changes no other mode.

use super::drive::{Drive, Power};
use beige_core::{Tick, Timeline};

/// Sector count of CHECK POWER MODE: active or idle.
const ACTIVE: u8 = 0xff;
/// Sector count of CHECK POWER MODE: standby.
const STANDBY: u8 = 0x00;

/// Ticks of the standby timer by its code in sector count, `None` for never. SPEC: ATA-2, "Automatic standby timer
/// periods"; UNVERIFIED: the vendor's and the reserved period are 8 hours.
fn standby_period(code: u8) -> Option<Tick> {
    const SECOND: Tick = beige_core::TICKS_PER_SECOND;
    const MINUTE: Tick = 60 * SECOND;
    let code_ticks = Tick::from(code);
    match code {
        0 => None,
        1..=240 => Some(code_ticks * 5 * SECOND),
        241..=251 => Some((code_ticks - 240) * 30 * MINUTE),
        252 => Some(21 * MINUTE),
        253 | 254 => Some(8 * 60 * MINUTE),
        255 => Some(21 * MINUTE + 15 * SECOND),
    }
}

impl Drive {
    /// Whether the command tells the mode and does not count as work.
    fn only_asks(&self) -> bool {
        matches!(self.command, 0x98 | 0xe5)
    }

    /// A command begins: takes note that the timer may have run out, and starts it anew.
    pub(super) fn meet_standby_timer(&mut self, now: Tick) {
        if self.power == Power::Active && self.standby_at <= now {
            self.power = Power::Standby;
        }
        if !self.only_asks() {
            self.start_standby_timer(now);
        }
    }

    fn start_standby_timer(&mut self, now: Tick) {
        let period = standby_period(self.standby_code);
        self.standby_at = period.map_or(Timeline::NEVER, |period| now.saturating_add(period));
    }

    /// STANDBY, IDLE, their IMMEDIATE forms, CHECK POWER MODE and SLEEP.
    pub(super) fn change_power(&mut self, now: Tick) {
        if matches!(self.command, 0x96 | 0x97 | 0xe2 | 0xe3) {
            self.standby_code = self.count;
            self.start_standby_timer(now);
        }
        match self.command {
            0x94 | 0x96 | 0xe0 | 0xe2 => self.power = Power::Standby,
            0x95 | 0x97 | 0xe1 | 0xe3 => self.power = Power::Active,
            0x98 | 0xe5 => self.count = if self.power == Power::Active { ACTIVE } else { STANDBY },
            _ => self.power = Power::Sleep,
        }
        self.succeed();
    }
}
