//! The IBM VGA: the display adapter of the machine, with 256 KiB of video memory.
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, as IBM's "VGA Programming Model" and
//! FreeVGA ("Hardware Level VGA and SVGA Video Programming Information Page") restate it. UNVERIFIED: section names and
//! details were not compared with the printed manual.
//!
//! | offset from 3B0h | port | read | write |
//! |---|---|---|---|
//! | 04h, 24h | 3B4h, 3D4h | CRT controller index | the same |
//! | 05h, 25h | 3B5h, 3D5h | CRT controller data | the same |
//! | 0Ah, 2Ah | 3BAh, 3DAh | input status 1 | feature control |
//! | 10h | 3C0h | attribute index | attribute index and data by turns |
//! | 11h | 3C1h | attribute data | - |
//! | 12h | 3C2h | input status 0 | miscellaneous output |
//! | 13h | 3C3h | video subsystem enable | the same |
//! | 14h, 15h | 3C4h, 3C5h | sequencer index, data | the same |
//! | 16h | 3C6h | PEL mask | the same |
//! | 17h | 3C7h | DAC state | DAC read address |
//! | 18h, 19h | 3C8h, 3C9h | DAC address, data | DAC write address, data |
//! | 1Ah | 3CAh | feature control | - |
//! | 1Ch | 3CCh | miscellaneous output | - |
//! | 1Eh, 1Fh | 3CEh, 3CFh | graphics controller index, data | the same |
//!
//! Of the pairs the 3Bxh one answers while miscellaneous output bit 0 is 0, the 3Dxh one while it is 1.
//!
//! Input status 0 bit 7 tells of the vertical interrupt. Its line goes nowhere: the adapter's jumper to IRQ 2 is open.
//!
//! Not modelled: the light pen; the sequencer's shift load bits; border and blanking positions, sync positions and
//! polarities (the picture is what display enable shows); display enable skew; text fetched during a register change: a
//! frame is drawn from the registers as they are when it is asked for.

mod attr;
mod block;
pub(crate) mod crtc;
mod dac;
pub(crate) mod gfx;
pub(crate) mod graphics;
mod indexed;
pub mod mem;
pub(crate) mod raster;
mod scan;
mod seq;
pub(crate) mod text;

use attr::AttributeController;
use beige_core::{Device, Io, PortDevice, StateError, Tick, Visitor, VisitorExt};
use crtc::Crtc;
use dac::Dac;
use gfx::GraphicsController;
use mem::Path;
use scan::{Scan, Timing};
use seq::Sequencer;

/// Miscellaneous output bit 0: the colour addresses (3Dxh) answer, not the monochrome ones (3Bxh).
const MISC_COLOUR_ADDRESSES: u8 = 0x01;
/// Miscellaneous output bit 1: the CPU reaches video memory.
const MISC_RAM_ENABLE: u8 = 0x02;
/// Miscellaneous output bits 2-3: the master clock.
const MISC_CLOCK_SELECT: u8 = 0x0c;
/// The 28.322 MHz clock in [`MISC_CLOCK_SELECT`].
const MISC_CLOCK_28M: u8 = 0x04;
const MISC_WRITABLE: u8 = 0xef;
/// Feature control bit 3: vertical sync is ORed with display enable.
const FEATURE_WRITABLE: u8 = 0x08;
/// Input status 0 bit 4: the comparators of the DAC see a colour monitor. Bits not named have no meaning here.
const STATUS0_SWITCH_SENSE: u8 = 0x10;
/// Input status 0 bit 7: a vertical interrupt waits.
const STATUS0_INTERRUPT: u8 = 0x80;
/// Input status 1 bit 0: the beam does not display.
const STATUS1_NOT_DISPLAYING: u8 = 0x01;
/// Input status 1 bit 3: vertical retrace.
const STATUS1_RETRACE: u8 = 0x08;

// UNVERIFIED: that they are shown first, counted from power-on; nothing defines the phase.
/// Frames of which a blinking character is shown, and then hidden.
const CHARACTER_BLINK_FRAMES: u64 = 16;

/// The registers whose writes can change the timing, or the path to video memory, as offsets.
const CRTC_DATA: u16 = 0x05;
const MISC_OUTPUT: u16 = 0x12;
const SEQUENCER_DATA: u16 = 0x15;
const VIDEO_SUBSYSTEM_ENABLE: u16 = 0x13;
const GRAPHICS_DATA: u16 = 0x1f;

/// A VGA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vga {
    // Registers.
    /// Miscellaneous output; reset: 0.
    misc_output: u8,
    /// Feature control; reset: 0.
    feature_control: u8,
    /// Video subsystem enable bit 0: ports and memory answer; reset: true.
    enabled: bool,
    pub(crate) crtc: Crtc,
    pub(crate) seq: Sequencer,
    pub(crate) gfx: GraphicsController,
    pub(crate) attr: AttributeController,
    pub(crate) dac: Dac,
    // Internal.
    scan: Scan,
    /// The retraces that had begun when the vertical interrupt ceased to be held cleared; reset: 0.
    retraces_cleared: u64,
    // What the registers amount to; renewed when one is written or loaded, and no state.
    /// The timing of a frame.
    timing: Timing,
    /// What becomes of the CPU's accesses to video memory.
    path: Path,
}

impl Default for Vga {
    fn default() -> Vga {
        Vga::new()
    }
}

impl Vga {
    /// A VGA as after power-on at tick 0: black until a mode is set.
    #[must_use]
    pub fn new() -> Vga {
        let (crtc, seq, gfx) = (Crtc::default(), Sequencer::default(), GraphicsController::default());
        Vga {
            misc_output: 0,
            feature_control: 0,
            enabled: true,
            timing: Timing::new(&crtc, &seq, 0),
            path: Path::new(0, true, &seq, &gfx),
            crtc,
            seq,
            gfx,
            attr: AttributeController::default(),
            dac: Dac::default(),
            scan: Scan::default(),
            retraces_cleared: 0,
        }
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Registers of the timing were written at `now`.
    fn renew_timing(&mut self, now: Tick) {
        let timing = Timing::new(&self.crtc, &self.seq, self.misc_output);
        if timing != self.timing {
            self.scan.rebase(&self.timing, now);
            self.timing = timing;
        }
    }

    /// How long a frame takes by the registers, in ticks; between a two-hundredth and a tenth of a second.
    #[must_use]
    pub fn frame_period(&self) -> Tick {
        self.timing.period()
    }

    /// The first tick after `after` at which a vertical retrace begins, or at which a frame begins when the registers
    /// make no retrace.
    #[must_use]
    pub fn next_retrace(&self, after: Tick) -> Tick {
        self.scan.next_retrace(&self.timing, after)
    }

    /// The frame that is displayed at `now`, counted from power-on. Blinking is derived from it.
    #[must_use]
    pub fn frame_number(&self, now: Tick) -> u64 {
        self.scan.frame_number(&self.timing, now)
    }

    /// Whether the chip displays characters, not graphics.
    #[must_use]
    pub fn is_text(&self) -> bool {
        !self.gfx.is_graphics()
    }

    /// Whether the monitor gets sync pulses.
    pub(crate) fn has_signal(&self) -> bool {
        self.seq.is_running() && self.crtc.generates_retraces()
    }

    /// Whether the picture is black whatever memory holds.
    pub(crate) fn is_blank(&self) -> bool {
        self.seq.screen_off() || !self.attr.is_displaying()
    }

    /// The sixteen colours of text and planar graphics, 00RRGGBB; `blinked` as in [`AttributeController::dac_index`].
    pub(crate) fn palette(&self, blinked: bool) -> [u32; 16] {
        std::array::from_fn(|colour| self.dac.rgb(self.attr.dac_index(colour as u8, blinked)))
    }

    /// Whether at `now` blinking characters are hidden, and blinking colours in their second half.
    pub(crate) fn is_blinked(&self, now: Tick) -> bool {
        self.attr.blinks() && !(self.frame_number(now) / CHARACTER_BLINK_FRAMES).is_multiple_of(2)
    }

    /// The offset of the register that answers at `offset`, the colour addresses folded onto the monochrome ones.
    fn decode(&self, offset: u16) -> Option<u16> {
        let is_colour = self.misc_output & MISC_COLOUR_ADDRESSES != 0;
        match offset {
            VIDEO_SUBSYSTEM_ENABLE => Some(offset),
            _ if !self.enabled => None,
            0x00..=0x0f if !is_colour => Some(offset),
            0x10..=0x1f => Some(offset),
            0x20..=0x2f if is_colour => Some(offset - 0x20),
            _ => None,
        }
    }

    fn read_input_status_0(&self, now: Tick) -> u8 {
        let has_come = self.scan.retraces(&self.timing, now) != self.retraces_cleared;
        if has_come && self.crtc.keeps_interrupt() && self.crtc.makes_interrupts() {
            STATUS0_SWITCH_SENSE | STATUS0_INTERRUPT
        } else {
            STATUS0_SWITCH_SENSE
        }
    }

    fn read_input_status_1(&mut self, now: Tick) -> u8 {
        self.attr.reset_flip_flop();
        let beam = self.scan.beam(&self.timing, now);
        let mut status = self.attr.diagnostic_bits() << 4;
        if !beam.displays {
            status |= STATUS1_NOT_DISPLAYING;
        }
        if beam.retraces {
            status |= STATUS1_RETRACE;
        }
        status
    }

    fn write_register(&mut self, register: u16, value: u8) {
        match register {
            0x04 => self.crtc.registers.write_index(value),
            CRTC_DATA => self.crtc.write_data(value),
            0x0a => self.feature_control = value & FEATURE_WRITABLE,
            0x10 => self.attr.write(value),
            MISC_OUTPUT => self.misc_output = value & MISC_WRITABLE,
            VIDEO_SUBSYSTEM_ENABLE => self.enabled = value & 1 != 0,
            0x14 => self.seq.registers.write_index(value),
            SEQUENCER_DATA => self.seq.registers.write_data(value),
            0x16 => self.dac.write_mask(value),
            0x17 => self.dac.write_read_address(value),
            0x18 => self.dac.write_write_address(value),
            0x19 => self.dac.write_data(value),
            0x1e => self.gfx.registers.write_index(value),
            GRAPHICS_DATA => self.gfx.registers.write_data(value),
            _ => {}
        }
    }
}

impl PortDevice for Vga {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        let Some(register) = self.decode(offset) else { return 0xff };
        match register {
            0x04 => self.crtc.registers.read_index(),
            0x05 => self.crtc.registers.read_data(),
            0x0a => self.read_input_status_1(io.now()),
            0x10 => self.attr.read_index(),
            0x11 => self.attr.read_data(),
            0x12 => self.read_input_status_0(io.now()),
            VIDEO_SUBSYSTEM_ENABLE => u8::from(self.enabled),
            0x14 => self.seq.registers.read_index(),
            0x15 => self.seq.registers.read_data(),
            0x16 => self.dac.read_mask(),
            0x17 => self.dac.read_state(),
            0x18 => self.dac.read_address(),
            0x19 => self.dac.read_data(),
            0x1a => self.feature_control,
            0x1c => self.misc_output,
            0x1e => self.gfx.registers.read_index(),
            0x1f => self.gfx.registers.read_data(),
            _ => 0xff,
        }
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        let Some(register) = self.decode(offset) else { return };
        let kept_interrupt = self.crtc.keeps_interrupt();
        self.write_register(register, value);
        match register {
            GRAPHICS_DATA => return self.renew_path_by_graphics(),
            SEQUENCER_DATA => self.renew_path_by_sequencer(),
            MISC_OUTPUT | VIDEO_SUBSYSTEM_ENABLE => self.renew_path(),
            CRTC_DATA => {}
            _ => return,
        }
        let times = match register {
            CRTC_DATA => crtc::is_of_timing(self.crtc.registers.read_index()),
            SEQUENCER_DATA => self.seq.is_clocking_selected(),
            _ => register == MISC_OUTPUT,
        };
        if times {
            self.renew_timing(io.now());
        }
        if !kept_interrupt && self.crtc.keeps_interrupt() {
            self.retraces_cleared = self.scan.retraces(&self.timing, io.now());
        }
    }
}

impl Device for Vga {
    fn power_on(&mut self, io: &mut Io<'_>) {
        *self = Vga::new();
        self.scan.power_on(io.now());
    }

    /// The colours of the DAC survive, as its memory has no reset; the frame goes on.
    fn reset(&mut self, io: &mut Io<'_>) {
        let mut scan = self.scan.clone();
        scan.rebase(&self.timing, io.now());
        let mut dac = self.dac.clone();
        dac.reset();
        *self = Vga { dac, scan, ..Vga::new() };
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Vga {
            misc_output,
            feature_control,
            enabled,
            crtc,
            seq,
            gfx,
            attr,
            dac,
            scan,
            retraces_cleared,
            timing: _, // of the registers, as is the path
            path: _,
        } = self;
        v.section("vga", 1);
        v.u8(1, misc_output);
        v.u8(2, feature_control);
        v.bool(3, enabled);
        v.u64(4, retraces_cleared);
        crtc.visit(v);
        seq.visit(v);
        gfx.visit(v);
        attr.visit(v);
        dac.visit(v);
        scan.visit(v);
        if v.is_loading() {
            self.timing = Timing::new(&self.crtc, &self.seq, self.misc_output);
            self.renew_path();
        }
    }

    fn check(&self) -> Result<(), StateError> {
        if self.misc_output & !MISC_WRITABLE != 0 || self.feature_control & !FEATURE_WRITABLE != 0 {
            return Err(StateError::invalid("vga", "a register has bits that the chip lacks"));
        }
        self.crtc.check()?;
        self.seq.check()?;
        self.gfx.check()?;
        self.attr.check()?;
        self.dac.check()
    }
}
