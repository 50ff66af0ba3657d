//! What comes into a machine: one ordered list of (tick, event) is the only way in, so a recording of it replays the
//! whole run.

use crate::{ClockRatio, DiskSlot, coded_enum};

/// Something that the outside does to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputEvent {
    /// A key goes down or up. Going down while down is ignored; the keyboard makes its own repeats.
    Key {
        /// Which key.
        key: Key,
        /// Down, not up.
        down: bool,
    },
    /// A byte arrives at a serial port.
    Serial {
        /// Which: 0 is COM1. Ports that are not there hear nothing.
        port: u8,
        /// The byte.
        byte: u8,
    },
    /// Somebody came to the other end of a serial port, or went away.
    SerialCarrier {
        /// Which: 0 is COM1.
        port: u8,
        /// Came, not went.
        present: bool,
    },
    /// The CPU executes at another rate from now on, in instructions per tick.
    Rate(ClockRatio),
    /// The reset button.
    Reset,
    /// A disk is put into an empty floppy drive. Only who has the disk can do that; this is how it is logged.
    Insert {
        /// The drive.
        slot: DiskSlot,
        /// Which image, by the number that the host gave it.
        image: u32,
    },
    /// The disk of a floppy drive is taken out; logged as [`InputEvent::Insert`] is.
    Eject {
        /// The drive.
        slot: DiskSlot,
    },
}

coded_enum! {
    /// A physical key of a 102-key keyboard, named after the legend of the US layout. What a key means is the
    /// guest's business.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Key: "key" {
        /// Escape.
        Escape = 0,
        /// F1.
        F1 = 1,
        /// F2.
        F2 = 2,
        /// F3.
        F3 = 3,
        /// F4.
        F4 = 4,
        /// F5.
        F5 = 5,
        /// F6.
        F6 = 6,
        /// F7.
        F7 = 7,
        /// F8.
        F8 = 8,
        /// F9.
        F9 = 9,
        /// F10.
        F10 = 10,
        /// F11.
        F11 = 11,
        /// F12.
        F12 = 12,
        /// Print Screen, SysRq with Alt.
        PrintScreen = 13,
        /// Scroll Lock.
        ScrollLock = 14,
        /// Pause, Break with Ctrl.
        Pause = 15,
        /// `` ` ``
        Backquote = 16,
        /// 1
        Digit1 = 17,
        /// 2
        Digit2 = 18,
        /// 3
        Digit3 = 19,
        /// 4
        Digit4 = 20,
        /// 5
        Digit5 = 21,
        /// 6
        Digit6 = 22,
        /// 7
        Digit7 = 23,
        /// 8
        Digit8 = 24,
        /// 9
        Digit9 = 25,
        /// 0
        Digit0 = 26,
        /// `-`
        Minus = 27,
        /// `=`
        Equal = 28,
        /// Backspace.
        Backspace = 29,
        /// Tab.
        Tab = 30,
        /// Q
        Q = 31,
        /// W
        W = 32,
        /// E
        E = 33,
        /// R
        R = 34,
        /// T
        T = 35,
        /// Y
        Y = 36,
        /// U
        U = 37,
        /// I
        I = 38,
        /// O
        O = 39,
        /// P
        P = 40,
        /// `[`
        LeftBracket = 41,
        /// `]`
        RightBracket = 42,
        /// `\` above Enter.
        Backslash = 43,
        /// Caps Lock.
        CapsLock = 44,
        /// A
        A = 45,
        /// S
        S = 46,
        /// D
        D = 47,
        /// F
        F = 48,
        /// G
        G = 49,
        /// H
        H = 50,
        /// J
        J = 51,
        /// K
        K = 52,
        /// L
        L = 53,
        /// `;`
        Semicolon = 54,
        /// `'`
        Quote = 55,
        /// Enter of the main block.
        Enter = 56,
        /// Left Shift.
        LeftShift = 57,
        /// The 102nd key of ISO keyboards, between left Shift and Z.
        Iso = 58,
        /// Z
        Z = 59,
        /// X
        X = 60,
        /// C
        C = 61,
        /// V
        V = 62,
        /// B
        B = 63,
        /// N
        N = 64,
        /// M
        M = 65,
        /// `,`
        Comma = 66,
        /// `.`
        Period = 67,
        /// `/`
        Slash = 68,
        /// Right Shift.
        RightShift = 69,
        /// Left Ctrl.
        LeftCtrl = 70,
        /// Left Alt.
        LeftAlt = 71,
        /// Space.
        Space = 72,
        /// Right Alt, `AltGr`.
        RightAlt = 73,
        /// Right Ctrl.
        RightCtrl = 74,
        /// Insert.
        Insert = 75,
        /// Delete.
        Delete = 76,
        /// Home.
        Home = 77,
        /// End.
        End = 78,
        /// Page Up.
        PageUp = 79,
        /// Page Down.
        PageDown = 80,
        /// Up arrow.
        Up = 81,
        /// Down arrow.
        Down = 82,
        /// Left arrow.
        Left = 83,
        /// Right arrow.
        Right = 84,
        /// Num Lock.
        NumLock = 85,
        /// `/` of the keypad.
        KeypadSlash = 86,
        /// `*` of the keypad.
        KeypadStar = 87,
        /// `-` of the keypad.
        KeypadMinus = 88,
        /// `+` of the keypad.
        KeypadPlus = 89,
        /// Enter of the keypad.
        KeypadEnter = 90,
        /// `.` and Del of the keypad.
        KeypadPeriod = 91,
        /// 0 and Ins of the keypad.
        Keypad0 = 92,
        /// 1 and End of the keypad.
        Keypad1 = 93,
        /// 2 and Down of the keypad.
        Keypad2 = 94,
        /// 3 and Page Down of the keypad.
        Keypad3 = 95,
        /// 4 and Left of the keypad.
        Keypad4 = 96,
        /// 5 of the keypad.
        Keypad5 = 97,
        /// 6 and Right of the keypad.
        Keypad6 = 98,
        /// 7 and Home of the keypad.
        Keypad7 = 99,
        /// 8 and Up of the keypad.
        Keypad8 = 100,
        /// 9 and Page Up of the keypad.
        Keypad9 = 101,
    }
}

impl Key {
    /// How many keys there are; codes run from 0 to this minus one.
    pub const COUNT: usize = 102;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coded;

    #[test]
    fn every_code_below_count_is_a_key_and_none_above() {
        for code in 0..Key::COUNT as u8 {
            assert_eq!(Key::from_code(code).map(Coded::to_code), Some(code));
        }
        assert_eq!(Key::from_code(Key::COUNT as u8), None);
    }
}
