//! AT keyboard with 102 keys: scan sets, typematic, LEDs, commands.
//!
//! Sources: IBM PS/2 Hardware Interface Technical Reference (S84F-9809), "Keyboards (101- and 102-Key)": "Buffer",
//! "Keys", "Power-on routine", "Commands from the system", "Scan codes"; IBM AT Technical Reference (6183355),
//! section 4.
//!
//! The keyboard hangs on the serial line of the [controller](crate::i8042), which asks for the next byte, says when it
//! has arrived, and delivers commands. The keyboard itself knows no wires.
//!
//! | command | parameter | effect |
//! |---|---|---|
//! | EDh | bits 0-2: Scroll, Num, Caps Lock | LEDs |
//! | EEh | | echo EEh |
//! | F0h | 1-3, or 0 to ask | scan set |
//! | F2h | | identifies as ABh 83h |
//! | F3h | bits 5-6 delay, 0-4 rate | typematic |
//! | F4h | | clears the buffer, enables scanning |
//! | F5h, F6h | | defaults; F5h disables scanning, F6h leaves it as it is |
//! | F7h-FAh | | all keys: typematic, make/break, make, all of it (set 3) |
//! | FBh-FDh | set 3 codes | the same for single keys |
//! | FEh | | sends the last byte again that was no FEh |
//! | FFh | | resets; AAh after the basic assurance test |
//!
//! Not modelled: the LEDs' flash during the test, parity errors, keyboards without the 102nd key or with 84 keys.

use crate::fifo::Fifo;
use crate::scancodes::{Action, BREAK, EXTENDED, PAUSE, Shape, code_of};
use beige_core::{Coded, Key, StateError, TICKS_PER_SECOND, Tick, Visitor, VisitorExt, coded_enum};
use bitvec::BitArr;

mod commands;
mod encoding;

type KeySet = BitArr!(for Key::COUNT, in u64);

/// Codes the buffer holds. One place more takes the overrun code.
const BUFFER_CODES: usize = 16;
/// 500 ms, 10.9 characters a second.
const RATE_DEFAULT: u8 = 0x2b;
const LED_NUM_LOCK: u8 = 1 << 1;

const REPLY_TEST_PASSED: u8 = 0xaa;
const REPLY_RESEND: u8 = 0xfe;

coded_enum! {
    /// What the next byte from the system is.
    enum Expecting: "keyboard command" {
        Command = 0,
        Leds = 1,
        Rate = 2,
        ScanSet = 3,
        TypematicKeys = 4,
        MakeBreakKeys = 5,
        MakeKeys = 6,
    }
}

/// The keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyboard {
    // Registers
    /// 1, 2 or 3; 2 after power-on.
    scan_set: u8,
    /// Bits 0-2: Scroll, Num, Caps Lock; 0 after power-on.
    leds: u8,
    /// The parameter of F3h; 2Bh after power-on.
    rate: u8,
    /// Keys are sent; on after power-on.
    is_scanning: bool,
    expecting: Expecting,
    /// Keys that repeat in set 3.
    typematic_keys: KeySet,
    /// Keys that have break codes in set 3.
    break_keys: KeySet,

    // Internal
    held: KeySet,
    /// The key that repeats, the last one that went down.
    repeating: Option<Key>,
    /// When it was first to repeat at the present rate, and how often it has done so since.
    repeat_from: Tick,
    repeats: u64,
    /// When the basic assurance test ends.
    self_test_end: Option<Tick>,
    codes: Fifo<{ BUFFER_CODES + 1 }>,
    /// Replies go out before codes, but never inside the sequence of a key.
    replies: Fifo<4>,
    is_inside_sequence: bool,
    /// A fake Shift was pressed for a navigation key and not released yet.
    is_fake_shift_down: bool,
    last_sent: u8,
}

impl Default for Keyboard {
    fn default() -> Keyboard {
        let mut keyboard = Keyboard {
            scan_set: 2,
            leds: 0,
            rate: RATE_DEFAULT,
            is_scanning: true,
            expecting: Expecting::Command,
            typematic_keys: KeySet::ZERO,
            break_keys: KeySet::ZERO,
            held: KeySet::ZERO,
            repeating: None,
            repeat_from: 0,
            repeats: 0,
            self_test_end: None,
            codes: Fifo::default(),
            replies: Fifo::default(),
            is_inside_sequence: false,
            is_fake_shift_down: false,
            last_sent: 0,
        };
        keyboard.set_defaults();
        keyboard
    }
}

impl Keyboard {
    /// As after power-on: the basic assurance test passed while the power supply came up, and AAh waits to be sent.
    pub fn power_on(&mut self) {
        *self = Keyboard::default();
        self.replies.push(REPLY_TEST_PASSED);
    }

    /// The LEDs: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock.
    #[must_use]
    pub fn leds(&self) -> u8 {
        self.leds
    }

    /// Whether a key is down.
    #[must_use]
    pub fn is_held(&self, key: Key) -> bool {
        self.held[key as usize]
    }

    fn set_defaults(&mut self) {
        self.scan_set = 2;
        self.rate = RATE_DEFAULT;
        for code in 0..Key::COUNT as u8 {
            let Some(key) = Key::from_code(code) else { continue };
            let action = code_of(key).action;
            self.typematic_keys.set(key as usize, action == Action::Typematic);
            self.break_keys.set(key as usize, action == Action::MakeBreak);
        }
        self.clear_buffer();
    }

    fn clear_buffer(&mut self) {
        self.codes.clear();
        self.repeating = None;
        self.is_inside_sequence = false;
        self.is_fake_shift_down = false;
    }
}

/// Keys.
impl Keyboard {
    /// A key goes down or up at `now`. Ignored when it is there already.
    pub fn key(&mut self, key: Key, down: bool, now: Tick) {
        if self.is_held(key) == down {
            return;
        }
        self.held.set(key as usize, down);
        if self.repeating == Some(key) || down {
            self.repeating = None;
        }
        if !self.is_scanning || self.self_test_end.is_some() {
            return;
        }
        if down {
            let codes = self.make_codes(key);
            self.enqueue(&codes);
            if self.repeats(key) {
                self.repeating = Some(key);
                self.repeat_after(now, self.delay_ticks());
            }
        } else {
            let codes = self.break_codes(key);
            self.enqueue(&codes);
        }
    }

    fn repeats(&self, key: Key) -> bool {
        if self.scan_set == 3 { self.typematic_keys[key as usize] } else { code_of(key).shape != Shape::Pause }
    }

    /// SPEC: F3h: the delay is bits 5-6 plus 1, in quarters of a second.
    fn delay_ticks(&self) -> Tick {
        (u64::from(self.rate >> 5 & 3) + 1) * (TICKS_PER_SECOND / 4)
    }

    /// The time of so many periods, counted as one so that nothing drifts.
    ///
    /// SPEC: F3h: the period is (8 + A) * 2^B / 240 s, A bits 0-2 and B bits 3-4.
    fn periods_ticks(&self, periods: u64) -> Tick {
        let parts = u128::from(8 + (self.rate & 7)) << (self.rate >> 3 & 3);
        let ticks = (u128::from(periods) * parts * u128::from(TICKS_PER_SECOND)).div_ceil(240);
        Tick::try_from(ticks).unwrap_or(Tick::MAX)
    }

    fn repeat_after(&mut self, now: Tick, ticks: Tick) {
        (self.repeat_from, self.repeats) = (now.saturating_add(ticks), 0);
    }

    fn repeat_at(&self) -> Tick {
        self.repeat_from.saturating_add(self.periods_ticks(self.repeats))
    }

    /// Another rate counts from the next repeat on.
    fn set_rate(&mut self, rate: u8) {
        self.repeat_after(self.repeat_at(), 0);
        self.rate = rate;
    }

    /// SPEC: "Buffer": a sequence that does not fit is discarded whole and the overrun code takes the 17th place.
    fn enqueue(&mut self, codes: &[u8]) {
        let overrun = if self.scan_set == 1 { 0xff } else { 0x00 };
        if self.codes.len() + codes.len() <= BUFFER_CODES {
            codes.iter().for_each(|code| self.codes.push(*code));
        } else if self.codes.back() != Some(overrun) {
            self.codes.push(overrun);
        }
    }
}

/// Time.
impl Keyboard {
    /// When [`Keyboard::run`] has something to do, [`beige_core::Timeline::NEVER`] when it has not.
    #[must_use]
    pub fn next_event(&self) -> Tick {
        let repeat_at = if self.repeating.is_some() { self.repeat_at() } else { Tick::MAX };
        self.self_test_end.unwrap_or(Tick::MAX).min(repeat_at)
    }

    /// Does what is due at `now`. `is_inhibited`: the controller holds the clock low.
    pub fn run(&mut self, now: Tick, is_inhibited: bool) {
        if self.self_test_end.is_some_and(|end| end <= now) {
            self.self_test_end = None;
            self.replies.push(REPLY_TEST_PASSED);
        }
        if let Some(key) = self.repeating
            && self.repeat_at() <= now
        {
            if self.repeat_at() == now {
                self.repeats = self.repeats.saturating_add(1);
            } else {
                self.repeat_after(now, self.periods_ticks(1));
            }
            // SPEC: "Keys": while the clock is held low only the first code of a held key is stored.
            if !is_inhibited {
                let codes = self.repeat_codes(key);
                self.enqueue(&codes);
            }
        }
    }
}

/// The serial line.
impl Keyboard {
    /// When the keyboard takes bytes again, `None` when it does now; during the basic assurance test it does not.
    #[must_use]
    pub fn deaf_until(&self) -> Option<Tick> {
        self.self_test_end
    }

    /// The byte that waits to be sent.
    #[must_use]
    pub fn next_byte(&self) -> Option<u8> {
        if self.is_inside_sequence {
            return self.codes.front();
        }
        // SPEC: scanning stops while the parameter of a command is due.
        let codes = if self.expecting == Expecting::Command { self.codes.front() } else { None };
        self.replies.front().or(codes)
    }

    /// The byte that waits has arrived at the controller.
    pub fn take_byte(&mut self) -> Option<u8> {
        let byte = self.next_byte()?;
        if self.is_inside_sequence || self.replies.is_empty() {
            self.codes.pop();
            self.is_inside_sequence = matches!(byte, EXTENDED | PAUSE | BREAK) && !self.codes.is_empty();
        } else {
            self.replies.pop();
        }
        // SPEC: "Resend": after a resend of its own, the keyboard sends what it sent before that.
        if byte != REPLY_RESEND {
            self.last_sent = byte;
        }
        Some(byte)
    }
}

/// State.
impl Keyboard {
    /// Saves, loads or hashes the state.
    pub fn visit(&mut self, v: &mut dyn Visitor) {
        let Keyboard {
            scan_set,
            leds,
            rate,
            is_scanning,
            expecting,
            typematic_keys,
            break_keys,
            held,
            repeating,
            repeat_from,
            repeats,
            self_test_end,
            codes,
            replies,
            is_inside_sequence,
            is_fake_shift_down,
            last_sent,
        } = self;
        v.section("keyboard", 1);
        v.u8(1, scan_set);
        v.u8(2, leds);
        v.u8(3, rate);
        v.bool(4, is_scanning);
        v.code(5, expecting);
        v.u64s(6, &mut typematic_keys.data);
        v.u64s(7, &mut break_keys.data);
        v.u64s(8, &mut held.data);
        visit_key(v, 9, repeating);
        v.u64(10, repeat_from);
        v.u64(11, repeats);
        v.option_u64(12, self_test_end);
        codes.visit(v, 13);
        replies.visit(v, 15);
        v.bool(17, is_inside_sequence);
        v.bool(18, is_fake_shift_down);
        v.u8(19, last_sent);
    }

    /// # Errors
    /// When a register holds a value that the keyboard never has.
    pub fn check(&self) -> Result<(), StateError> {
        self.codes.check("keyboard")?;
        self.replies.check("keyboard")?;
        if !(1..=3).contains(&self.scan_set) {
            return Err(StateError::invalid("keyboard", "the scan set is not 1, 2 or 3"));
        }
        if self.leds > 7 || self.rate > 0x7f {
            return Err(StateError::invalid("keyboard", "a register has bits that do not exist"));
        }
        if self.repeating.is_some_and(|key| !self.is_held(key)) {
            return Err(StateError::invalid("keyboard", "a key repeats that is not held"));
        }
        if self.is_inside_sequence && self.codes.is_empty() {
            return Err(StateError::invalid("keyboard", "a sequence lacks its end"));
        }
        let beyond = [self.held, self.typematic_keys, self.break_keys].map(|set| set[Key::COUNT..].any());
        if beyond.contains(&true) {
            return Err(StateError::invalid("keyboard", "a key is held that does not exist"));
        }
        Ok(())
    }
}

fn visit_key(v: &mut dyn Visitor, id: u16, key: &mut Option<Key>) {
    const NONE: u8 = 0xff;
    let mut code = key.map_or(NONE, Coded::to_code);
    v.u8(id, &mut code);
    *key = Key::from_code(code);
    if key.is_none() && code != NONE {
        v.fail("the repeating key does not exist");
    }
}

#[cfg(test)]
mod tests;
