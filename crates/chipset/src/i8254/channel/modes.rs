//! The six modes: what a number of clock pulses does to a counter, in closed form.

use super::{Channel, Mode, Phase};

impl Channel {
    /// Lets the pulses up to number `pulse` pass.
    pub(in crate::i8254) fn advance_to(&mut self, pulse: u64) {
        let mut pulses = pulse.saturating_sub(self.pulse);
        if pulses == 0 {
            return;
        }
        self.pulse = pulse;
        if self.phase == Phase::Loading {
            self.load_and_start();
            pulses -= 1;
        }
        if pulses > 0 && matches!(self.phase, Phase::Counting | Phase::Expired) {
            self.count_down(pulses);
        }
    }

    fn load_and_start(&mut self) {
        self.load();
        self.phase = Phase::Counting;
        let is_low = matches!(self.mode(), Mode::InterruptOnTerminalCount | Mode::OneShot);
        self.set_out(!is_low);
    }

    fn load(&mut self) {
        self.loaded = self.count();
        self.null_count = false;
        // SPEC: 231164-005 "Mode 3": an odd count is loaded minus one.
        self.value = if self.mode() == Mode::SquareWave { self.loaded & !1 } else { self.loaded };
    }

    fn count_down(&mut self, pulses: u64) {
        match self.mode() {
            Mode::InterruptOnTerminalCount if !self.gate => {}
            Mode::InterruptOnTerminalCount | Mode::OneShot => {
                if self.expires_within(pulses) {
                    self.set_out(true);
                }
                self.subtract(pulses);
            }
            Mode::SoftwareStrobe | Mode::HardwareStrobe => self.strobe(pulses),
            Mode::RateGenerator | Mode::SquareWave if !self.gate => {}
            Mode::RateGenerator => self.generate_rate(pulses),
            Mode::SquareWave => self.generate_square_wave(pulses),
        }
    }

    /// Whether the event comes within `pulses`; from then on the counter is expired.
    fn expires_within(&mut self, pulses: u64) -> bool {
        let expires = self.phase == Phase::Counting && pulses >= u64::from(self.value);
        if expires {
            self.phase = Phase::Expired;
        }
        expires
    }

    /// Counts down round the modulus.
    fn subtract(&mut self, pulses: u64) {
        let modulus = self.modulus();
        let steps = (pulses % u64::from(modulus)) as u32;
        self.value = (self.value + modulus - steps) % modulus;
    }

    /// Modes 4 and 5: OUT is low for the one pulse with which the count reaches zero.
    fn strobe(&mut self, pulses: u64) {
        self.set_out(true);
        if self.mode() == Mode::SoftwareStrobe && !self.gate {
            return;
        }
        let until_strobe = u64::from(self.value);
        if self.expires_within(pulses) {
            self.set_out(false);
            self.set_out(pulses > until_strobe);
        }
        self.subtract(pulses);
    }

    /// Mode 2: OUT is low while the counter is at one.
    fn generate_rate(&mut self, pulses: u64) {
        let until_reload = u64::from(self.value);
        if pulses < until_reload {
            self.value -= pulses as u32;
            self.set_out(self.value != 1);
            return;
        }
        if until_reload > 1 {
            self.set_out(false);
        }
        self.set_out(true);
        self.load();
        // SPEC: 231164-005 "Minimum and maximum initial counts": modes 2 and 3 begin at 2. A count of 1 keeps OUT high here.
        if self.loaded == 1 {
            return;
        }
        let period = u64::from(self.loaded);
        let pulses = pulses - until_reload;
        self.pulse_low_and_high(pulses / period);
        self.value -= (pulses % period) as u32;
        self.set_out(self.value != 1);
    }

    /// Mode 3: OUT is high for half of the count, rounded up, and low for the rest.
    fn generate_square_wave(&mut self, mut pulses: u64) {
        let mut left = self.left_in_half();
        if pulses >= left {
            pulses -= left;
            self.end_half();
            let period = u64::from(self.loaded);
            if period > 1 {
                self.pulse_low_and_high(pulses / period);
            }
            pulses %= period;
            left = self.left_in_half();
            if pulses >= left {
                pulses -= left;
                self.end_half();
            }
        }
        self.value = self.value.saturating_sub(2 * pulses as u32);
    }

    /// Pulses until OUT changes. SPEC: 231164-005 "Mode 3": an odd count has one pulse more while OUT is high.
    pub(super) fn left_in_half(&self) -> u64 {
        u64::from(self.value / 2 + u32::from(self.out) * (self.loaded & 1))
    }

    fn end_half(&mut self) {
        self.load();
        self.set_out(!self.out || self.loaded == 1);
    }

    /// The next pulse with which OUT may change, `None` when it never does by itself.
    pub(in crate::i8254) fn next_edge(&self) -> Option<u64> {
        let mode = self.mode();
        let pulses = match (mode, self.phase) {
            (_, Phase::Loading) => 1,
            (Mode::SoftwareStrobe | Mode::HardwareStrobe, _) if !self.out => 1,
            (_, Phase::ExpectingCount | Phase::ExpectingTrigger | Phase::Expired) => return None,
            (Mode::OneShot | Mode::HardwareStrobe, _) => u64::from(self.value),
            _ if !self.gate => return None,
            (Mode::InterruptOnTerminalCount | Mode::SoftwareStrobe, _) => u64::from(self.value),
            _ if self.loaded == 1 && self.count() == 1 => return None,
            (Mode::SquareWave, _) => self.left_in_half(),
            _ if self.out && self.value > 1 => u64::from(self.value) - 1,
            _ => 1,
        };
        Some(self.pulse.saturating_add(pulses))
    }
}
