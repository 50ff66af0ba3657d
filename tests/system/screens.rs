//! Screens that our VGA BIOS draws on our VGA equal those that it draws on QEMU's.
//!
//! `tests/guests/screens.asm` shows one screen after another. QEMU runs our BIOS image, which brings our VGA BIOS, on
//! its oldest machine, and gives pictures through its monitor. The top six bits of each component are compared, as
//! QEMU makes eight of six in another way. Nothing blinks on these screens, whose phase is nobody's business.
//!
//! The same guest with glyphs of its own shows what another VGA BIOS draws on our VGA, so that the two check each other.
//!
//! QEMU's screen has dots that a VGA's has not, and lacks others; [`Rule`] says where. `docs/differences.md` lists it.

use beige_core::{Frame, InputEvent, Key, TICKS_PER_SECOND};
use beige_machine::Machine;
use beige_tests::machine::{assemble, machine_of, machine_with, peek};
use beige_tests::qemu::{Picture, Qemu};
use beige_tests::skip;

/// Where the guest says which screen stands.
const SHOWN: u32 = 0x4f0;
/// The guest's word for "there are no more".
const END: u8 = 0xff;

/// Where Debian's package `vgabios` puts the LGPL VGA BIOS.
const OTHER_VGA_BIOS: &str = "/usr/share/vgabios/vgabios.bin";

/// How a screen of ours becomes the one that QEMU would show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// They are equal.
    Equal,
    /// QEMU repeats the eighth dot of the characters B0h-DFh in a ninth one, a VGA that of C0h-DFh: the ninth dots of
    /// B0h-BFh are passed over.
    NinthDot,
    /// QEMU shows characters of half the dot clock 16 columns wide, without the 2 of their ninth dot.
    NoNinthDot,
    /// QEMU does not double the lines of text: all of them stand in the upper half, and nothing below.
    SingleLines,
}

/// What the guest shows, in its order.
const SCREENS: [(&str, Rule); 36] = [
    ("mode 0", Rule::NoNinthDot),
    ("mode 1", Rule::NoNinthDot),
    ("mode 2", Rule::NinthDot),
    ("mode 3", Rule::NinthDot),
    ("mode 7", Rule::NinthDot),
    ("mode 4", Rule::Equal),
    ("mode 5", Rule::Equal),
    ("mode 6", Rule::Equal),
    ("mode 0D", Rule::Equal),
    ("mode 0E", Rule::Equal),
    ("mode 0F", Rule::Equal),
    ("mode 10", Rule::Equal),
    ("mode 11", Rule::Equal),
    ("mode 12", Rule::Equal),
    ("mode 13", Rule::Equal),
    ("mode 3 of 350 lines", Rule::Equal),
    ("mode 1 of 200 lines", Rule::SingleLines),
    ("mode 3 of 200 lines", Rule::SingleLines),
    ("mode 3, 8-line font", Rule::NinthDot),
    ("mode 3, 14-line font", Rule::NinthDot),
    ("mode 1, 512 characters", Rule::NoNinthDot),
    ("mode 3, page 2", Rule::NinthDot),
    ("mode 3, split", Rule::NinthDot),
    ("mode 3, palette", Rule::NinthDot),
    ("mode 4, palette of the CGA", Rule::Equal),
    ("mode 6, palette of the CGA", Rule::Equal),
    ("mode 0D, palette", Rule::Equal),
    ("mode 0D, page 2", Rule::Equal),
    ("mode 0E, pages of the DAC", Rule::Equal),
    ("mode 10, grey", Rule::Equal),
    ("mode 11, palette", Rule::Equal),
    ("mode 12, write modes", Rule::Equal),
    ("mode 13, palette", Rule::Equal),
    ("mode 13 without chain 4", Rule::Equal),
    ("mode 12, split", Rule::Equal),
    ("mode 3, saved and restored", Rule::NinthDot),
];

/// Screens that the LGPL VGA BIOS draws otherwise, and why.
const DRAWN_OTHERWISE: [(&str, &str); 16] = [
    ("mode 7", "it loads fonts where colour text modes have their memory only"),
    ("mode 4", "it draws its own 8 by 8 glyphs whatever INT 43h says"),
    ("mode 5", "as mode 4"),
    ("mode 6", "as mode 4"),
    ("mode 0F", "it sets a colour mode"),
    ("mode 11", "it gives colours without bit 0 the background's palette"),
    ("mode 3 of 350 lines", "it has no text of 350 lines"),
    ("mode 1 of 200 lines", "it has no text of 200 lines"),
    ("mode 3 of 200 lines", "it has no text of 200 lines"),
    ("mode 3, 14-line font", "it displays all 400 lines, not the 392 of 28 rows"),
    ("mode 1, 512 characters", "the 14-line glyphs are the ROM's"),
    ("mode 3, page 2", "it scrolls windows of a later page from a wrong place"),
    ("mode 4, palette of the CGA", "as mode 4"),
    ("mode 6, palette of the CGA", "as mode 4"),
    ("mode 0D, page 2", "it has one page in graphics modes"),
    ("mode 3, saved and restored", "the mode set in between loads the ROM's glyphs"),
];

/// Dots of a character cell of ours, and lines of one, in the modes of which a rule speaks.
const CELL_DOTS: usize = 9;
const WIDE_CELL_DOTS: usize = 18;
const WIDE_CELL_DOTS_OF_QEMU: usize = 16;

/// Our frame as QEMU would show it.
fn as_qemu_shows(frame: &Frame, rule: Rule) -> Picture {
    let rows = frame.pixels.chunks_exact(frame.width);
    let (width, pixels) = match rule {
        Rule::Equal | Rule::NinthDot => (frame.width, frame.pixels.clone()),
        Rule::NoNinthDot => {
            let cells = rows.flat_map(|row| row.chunks_exact(WIDE_CELL_DOTS));
            let pixels = cells.flat_map(|cell| &cell[..WIDE_CELL_DOTS_OF_QEMU]).copied().collect();
            (frame.width / WIDE_CELL_DOTS * WIDE_CELL_DOTS_OF_QEMU, pixels)
        }
        Rule::SingleLines => {
            let mut pixels: Vec<u32> = rows.step_by(2).flatten().copied().collect();
            pixels.resize(frame.pixels.len(), 0);
            (frame.width, pixels)
        }
    };
    Picture { width, height: frame.height, pixels }
}

/// Whether the dot at `at` is one that [`Rule::NinthDot`] passes over: in the last column of a cell of B0h-BFh.
fn is_ninth_dot(at: usize, width: usize, row_lines: usize, text: &[String]) -> bool {
    let (x, y) = (at % width, at / width);
    let character = text.get(y / row_lines).and_then(|row| row.chars().nth(x / CELL_DOTS));
    x % CELL_DOTS == CELL_DOTS - 1 && character.is_some_and(|character| "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐".contains(character))
}

/// Lets the guest draw screen `number`.
fn draw(machine: &mut Machine, number: u8) -> Frame {
    let limit = machine.now() + 20 * TICKS_PER_SECOND;
    while peek(machine, SHOWN) != number {
        assert!(machine.now() < limit, "screen {number} is not drawn");
        machine.run_until(machine.now() + TICKS_PER_SECOND / 100);
    }
    let mut frame = Frame::default();
    machine.render(&mut frame);
    frame
}

fn press_space(machine: &mut Machine) {
    for down in [true, false] {
        machine.input(InputEvent::Key { key: Key::Space, down });
        machine.run_until(machine.now() + TICKS_PER_SECOND / 20);
    }
}

/// # Panics
/// Unless `theirs` is our `frame` by the `rule`.
fn assert_equal(name: &str, machine: &Machine, frame: &Frame, theirs: &Picture, rule: Rule) {
    const SIX_BITS: u32 = 0xfc_fcfc;
    let ours = as_qemu_shows(frame, rule);
    assert!(
        (ours.width, ours.height) == (theirs.width, theirs.height),
        "{name}: {} by {} dots, QEMU has {} by {}",
        ours.width,
        ours.height,
        theirs.width,
        theirs.height
    );
    let text = machine.screen_text().filter(|_| rule == Rule::NinthDot).unwrap_or_default();
    let row_lines = frame.height / text.len().max(1);
    let dots = ours.pixels.iter().zip(&theirs.pixels).enumerate();
    let wrong: Vec<usize> = dots
        .filter(|(_, (ours, theirs))| (*ours ^ *theirs) & SIX_BITS != 0)
        .map(|(at, _)| at)
        .filter(|at| !is_ninth_dot(*at, ours.width, row_lines, &text))
        .collect();
    if let Some(first) = wrong.first() {
        panic!(
            "{name}: {} dots differ, the first at column {}, line {}: {:06x}, QEMU has {:06x}",
            wrong.len(),
            first % ours.width,
            first / ours.width,
            ours.pixels[*first],
            theirs.pixels[*first]
        );
    }
}

#[test]
fn screens_equal_those_of_qemu() {
    let test = "screens_equal_those_of_qemu";
    let Some(image) = assemble(test, "screens", &[]) else { return };
    let Some(mut qemu) = Qemu::start(test, &image) else { return };
    let mut machine = machine_with(&image);
    for (number, (name, rule)) in (1..).zip(SCREENS) {
        qemu.wait_for(SHOWN, number);
        let theirs = qemu.screen();
        qemu.press("spc");
        let frame = draw(&mut machine, number);
        let colours: std::collections::BTreeSet<u32> = frame.pixels.iter().copied().collect();
        assert!(colours.len() > 1, "{name}: nothing is drawn");
        assert_equal(name, &machine, &frame, &theirs, rule);
        press_space(&mut machine);
    }
    qemu.wait_for(SHOWN, END);
    assert!(peek(&machine, SHOWN) == END, "the guest has more screens than this test has names");
}

#[test]
fn screens_equal_those_of_another_vga_bios_on_our_vga() {
    let test = "screens_equal_those_of_another_vga_bios_on_our_vga";
    let Some(image) = assemble(test, "screens", &["OWN_FONT"]) else { return };
    let Ok(other_bios) = std::fs::read(OTHER_VGA_BIOS) else {
        return skip(test, &format!("{OTHER_VGA_BIOS} is missing"));
    };
    let mut machine = machine_with(&image);
    let mut other = machine_of(&image, |config| config.vga_bios = other_bios);
    for (number, (name, _)) in (1..).zip(SCREENS) {
        let (ours, theirs) = (draw(&mut machine, number), draw(&mut other, number));
        let is_drawn_otherwise = DRAWN_OTHERWISE.iter().any(|(screen, _)| *screen == name);
        assert!((ours == theirs) != is_drawn_otherwise, "{name}: equal is {}", ours == theirs);
        press_space(&mut machine);
        press_space(&mut other);
    }
}
