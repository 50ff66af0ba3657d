//! Runs a script: called at every guest retrace with the screen, it answers with what is to be done.

use super::parse::{Script, Statement};
use super::rows::Rows;
use crate::keys::Stroke;
use beige_host::{Key, Tick};
use std::collections::VecDeque;
use std::path::PathBuf;

/// Something that the script wants done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A key goes down or up.
    Key {
        /// Which key.
        key: Key,
        /// Down, not up.
        down: bool,
    },
    /// Print the text screen.
    PrintScreen,
    /// Save a picture of the screen.
    Screenshot(PathBuf),
    /// Save the state of the machine.
    Save(PathBuf),
    /// Put an image into drive A (0) or B (1).
    Insert {
        /// The drive.
        drive: u8,
        /// The image.
        path: PathBuf,
    },
    /// Take the disk out of drive A (0) or B (1).
    Eject(u8),
}

/// How far a script is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It goes on at the next retrace.
    Running,
    /// Its last statement is done.
    Done,
    /// It ended the run with this exit code.
    Exit(u8),
    /// A wait was not met in time.
    Unmet(Unmet),
}

/// A wait that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    /// The line of the script.
    pub(crate) line: usize,
    /// The text awaited.
    pub(crate) text: String,
    /// Where it was awaited: any row, not only new ones.
    pub(crate) any: bool,
    /// For how long, in ticks.
    pub(crate) within: Tick,
}

/// One step of typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    /// A key goes down or up.
    Key { key: Key, down: bool },
    /// The next step comes this many retraces later.
    Retraces(u32),
    /// Go on when the guest has read what was typed.
    AwaitRoom,
    /// From here on rows count as changed.
    Forget,
}

/// Retraces a key of a chord is held: three take 40 to 50 ms, which no program misses.
const CHORD_RETRACES: u32 = 3;
/// Retraces after an Enter that is not the last key: a program that starts may throw away what was typed ahead.
const ENTER_RETRACES: u32 = 14;
/// Keys that may wait in the BIOS's buffer, which holds 15, before the next one is typed.
const UNREAD_MAX: usize = 8;
/// Retraces to wait for a guest that does not read, about 5 s; then the key is typed nevertheless.
const ROOM_RETRACES_MAX: u32 = 350;

/// A script on its way.
#[derive(Debug)]
pub(crate) struct ScriptRun {
    script: Script,
    next: usize,
    rows: Rows,
    /// What is left of the present `type` or `key`.
    typing: VecDeque<Typing>,
    pause_retraces: u32,
    waited_for_room: u32,
    /// When the present `wait` or `sleep` ends; set at its start.
    deadline: Option<Tick>,
}

impl ScriptRun {
    /// A script at its start.
    pub(crate) fn new(script: Script) -> ScriptRun {
        ScriptRun {
            script,
            next: 0,
            rows: Rows::default(),
            typing: VecDeque::new(),
            pause_retraces: 0,
            waited_for_room: 0,
            deadline: None,
        }
    }

    /// Goes on as far as it can at this retrace. `rows` is the text screen, empty in graphics modes; `unread` counts
    /// the keys that wait in the BIOS's buffer.
    pub(crate) fn at_retrace(
        &mut self,
        now: Tick,
        rows: Vec<String>,
        unread: usize,
        effects: &mut Vec<Effect>,
    ) -> Progress {
        self.rows.update(rows);
        loop {
            if self.is_typing(unread, effects) {
                return Progress::Running;
            }
            let Some((line, statement)) = self.script.statements.get(self.next).cloned() else {
                return Progress::Done;
            };
            match statement {
                Statement::Wait { text, any, within } => {
                    let deadline = *self.deadline.get_or_insert(now.saturating_add(within));
                    if !self.rows.hold(&text, any) {
                        let unmet = Unmet { line, text, any, within };
                        return if now < deadline { Progress::Running } else { Progress::Unmet(unmet) };
                    }
                }
                Statement::Sleep(ticks) => {
                    if now < *self.deadline.get_or_insert(now.saturating_add(ticks)) {
                        return Progress::Running;
                    }
                }
                Statement::Type(strokes) => self.typing = type_steps(&strokes),
                Statement::Key(keys) => self.typing = chord_steps(&keys),
                other => {
                    if let Some(code) = perform(other, effects) {
                        return Progress::Exit(code);
                    }
                }
            }
            self.deadline = None;
            self.next += 1;
        }
    }

    /// Goes on as far as it can when the guest has halted for good: the screen stands still and no key is read.
    /// [`Progress::Running`] means that it cannot end.
    pub(crate) fn at_halt(&mut self, rows: Vec<String>, effects: &mut Vec<Effect>) -> Progress {
        self.rows.update(rows);
        loop {
            let Some((_, statement)) = self.script.statements.get(self.next).cloned() else {
                return Progress::Done;
            };
            match statement {
                Statement::Wait { text, any, .. } if !self.rows.hold(&text, any) => return Progress::Running,
                Statement::Type(_) | Statement::Key(_) => return Progress::Running,
                Statement::Wait { .. } | Statement::Sleep(_) => {}
                other => {
                    if let Some(code) = perform(other, effects) {
                        return Progress::Exit(code);
                    }
                }
            }
            self.next += 1;
        }
    }

    /// Goes on typing; whether there is more to type.
    fn is_typing(&mut self, unread: usize, effects: &mut Vec<Effect>) -> bool {
        if self.pause_retraces > 0 {
            self.pause_retraces -= 1;
            if self.pause_retraces > 0 {
                return true;
            }
        }
        while let Some(step) = self.typing.pop_front() {
            match step {
                Typing::Key { key, down } => effects.push(Effect::Key { key, down }),
                Typing::Forget => self.rows.forget(),
                Typing::Retraces(count) => {
                    self.pause_retraces = count;
                    return true;
                }
                Typing::AwaitRoom if unread > UNREAD_MAX && self.waited_for_room < ROOM_RETRACES_MAX => {
                    self.waited_for_room += 1;
                    self.typing.push_front(step);
                    return true;
                }
                Typing::AwaitRoom => self.waited_for_room = 0,
            }
        }
        false
    }
}

/// Does a statement that takes no time; the exit code when it ends the run.
fn perform(statement: Statement, effects: &mut Vec<Effect>) -> Option<u8> {
    match statement {
        Statement::Screen => effects.push(Effect::PrintScreen),
        Statement::Screenshot(path) => effects.push(Effect::Screenshot(path)),
        Statement::Save(path) => effects.push(Effect::Save(path)),
        Statement::Insert { drive, path } => effects.push(Effect::Insert { drive, path }),
        Statement::Eject(drive) => effects.push(Effect::Eject(drive)),
        Statement::Exit(code) => return Some(code),
        Statement::Wait { .. } | Statement::Type(_) | Statement::Key(_) | Statement::Sleep(_) => {}
    }
    None
}

/// The steps that type a text: each key is down for one retrace and up for one, 28 ms together. Rows count as changed
/// from the first Enter on, or from the last key of a text without Enter, so that the echo of a command is not taken
/// for its answer.
fn type_steps(strokes: &[Stroke]) -> VecDeque<Typing> {
    let enter = strokes.iter().position(|stroke| stroke.key == Key::Enter);
    let forget_at = enter.unwrap_or(strokes.len().saturating_sub(1));
    let mut steps = VecDeque::new();
    for (index, stroke) in strokes.iter().enumerate() {
        let shift = |down| Typing::Key { key: Key::LeftShift, down };
        steps.push_back(Typing::AwaitRoom);
        if index == forget_at {
            steps.push_back(Typing::Forget);
        }
        steps.extend(stroke.shift.then_some(shift(true)));
        steps.push_back(Typing::Key { key: stroke.key, down: true });
        steps.push_back(Typing::Retraces(1));
        steps.push_back(Typing::Key { key: stroke.key, down: false });
        steps.extend(stroke.shift.then_some(shift(false)));
        let is_last = index + 1 == strokes.len();
        let pause = if stroke.key == Key::Enter && !is_last { ENTER_RETRACES } else { 1 };
        steps.push_back(Typing::Retraces(pause));
    }
    steps
}

/// The steps that press keys together: down in order, up in reverse.
fn chord_steps(keys: &[Key]) -> VecDeque<Typing> {
    let mut steps = VecDeque::from([Typing::Forget]);
    steps.extend(keys.iter().map(|key| Typing::Key { key: *key, down: true }));
    steps.push_back(Typing::Retraces(CHORD_RETRACES));
    steps.extend(keys.iter().rev().map(|key| Typing::Key { key: *key, down: false }));
    steps.push_back(Typing::Retraces(1));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRACE: Tick = 14_268_000;

    /// A script and a pretended guest whose screen the test sets.
    struct Bench {
        run: ScriptRun,
        now: Tick,
        rows: Vec<String>,
        unread: usize,
        /// Every effect with the retrace it came at.
        effects: Vec<(u64, Effect)>,
    }

    impl Bench {
        fn new(script: &str) -> Bench {
            let run = ScriptRun::new(Script::parse(script).unwrap());
            Bench { run, now: 0, rows: Vec::new(), unread: 0, effects: Vec::new() }
        }

        fn retrace(&mut self) -> Progress {
            self.now += RETRACE;
            let mut effects = Vec::new();
            let progress = self.run.at_retrace(self.now, self.rows.clone(), self.unread, &mut effects);
            let at = self.now / RETRACE;
            self.effects.extend(effects.into_iter().map(|effect| (at, effect)));
            progress
        }

        fn retraces(&mut self, most: u32) -> Progress {
            for _ in 0..most {
                match self.retrace() {
                    Progress::Running => {}
                    ended => return ended,
                }
            }
            Progress::Running
        }

        fn shows(&mut self, rows: &[&str]) {
            self.rows = rows.iter().map(|row| (*row).to_owned()).collect();
            self.rows.resize(25, String::new());
        }

        fn pressed(&self) -> Vec<(u64, Key, bool)> {
            let keys = self.effects.iter().filter_map(|(at, effect)| match effect {
                Effect::Key { key, down } => Some((*at, *key, *down)),
                _ => None,
            });
            keys.collect()
        }
    }

    #[test]
    fn an_empty_script_is_done_at_the_first_retrace() {
        assert_eq!(Bench::new("# nothing").retrace(), Progress::Done);
    }

    #[test]
    fn a_wait_is_met_at_the_retrace_that_shows_the_text() {
        let mut bench = Bench::new("wait \"ready\"\nexit 5");
        assert_eq!(bench.retraces(10), Progress::Running);
        bench.shows(&["", "  ready."]);
        assert_eq!(bench.retrace(), Progress::Exit(5));
    }

    #[test]
    fn an_unmet_wait_tells_line_text_and_time() {
        let mut bench = Bench::new("# a\nwait \"never\" within 1s");
        let Progress::Unmet(unmet) = bench.retraces(1000) else { panic!("still waiting") };
        assert_eq!((unmet.line, unmet.text.as_str(), unmet.within), (2, "never", 1_000_000_000));
        assert_eq!(bench.now / RETRACE, 1 + 1_000_000_000u64.div_ceil(RETRACE));
    }

    #[test]
    fn a_shifted_character_holds_shift_around_its_key() {
        let mut bench = Bench::new("type \"A:\"");
        assert_eq!(bench.retraces(20), Progress::Done);
        let shift = Key::LeftShift;
        let expected = [
            (1, shift, true),
            (1, Key::A, true),
            (2, Key::A, false),
            (2, shift, false),
            (3, shift, true),
            (3, Key::Semicolon, true),
            (4, Key::Semicolon, false),
            (4, shift, false),
        ];
        assert_eq!(bench.pressed(), expected);
    }

    #[test]
    fn a_chord_goes_down_in_order_and_up_in_reverse() {
        let mut bench = Bench::new("key ctrl+alt+del");
        assert_eq!(bench.retraces(20), Progress::Done);
        let (ctrl, alt, del) = (Key::LeftCtrl, Key::LeftAlt, Key::Delete);
        let expected =
            [(1, ctrl, true), (1, alt, true), (1, del, true), (4, del, false), (4, alt, false), (4, ctrl, false)];
        assert_eq!(bench.pressed(), expected);
    }

    #[test]
    fn the_echo_of_a_command_is_not_its_answer() {
        let mut bench = Bench::new("wait \"A:\\>\"\ntype \"dir\\n\"\nwait \"A:\\>\"");
        for rows in [["A:\\>", ""], ["A:\\>d", ""], ["A:\\>di", ""], ["A:\\>dir", ""]] {
            bench.shows(&rows);
            assert_eq!(bench.retraces(2), Progress::Running);
        }
        bench.shows(&["A:\\>dir", "FILE 1"]);
        assert_eq!(bench.retraces(50), Progress::Running);
        bench.shows(&["A:\\>dir", "FILE 1", "A:\\>"]);
        assert_eq!(bench.retrace(), Progress::Done);
    }

    #[test]
    fn typing_stops_while_the_guest_does_not_read() {
        let mut bench = Bench::new("type \"ab\"");
        bench.unread = 12;
        assert_eq!(bench.retraces(100), Progress::Running);
        assert_eq!(bench.pressed(), []);
        bench.unread = 0;
        assert_eq!(bench.retraces(5), Progress::Done);
        assert_eq!(bench.pressed().len(), 4);
    }

    #[test]
    fn a_guest_that_never_reads_does_not_stop_a_script_for_ever() {
        let mut bench = Bench::new("type \"a\"");
        bench.unread = 12;
        assert_eq!(bench.retraces(ROOM_RETRACES_MAX + 5), Progress::Done);
    }

    #[test]
    fn a_sleep_ends_at_the_first_retrace_after_it() {
        let mut bench = Bench::new("sleep 100ms\nscreen");
        assert_eq!(bench.retraces(100), Progress::Done);
        assert_eq!(bench.effects, [(1 + 100_000_000u64.div_ceil(RETRACE), Effect::PrintScreen)]);
    }

    #[test]
    fn at_a_halt_a_met_wait_lets_the_script_end_and_an_unmet_one_does_not() {
        let script = "wait \"Stopped.\"\nsleep 1s\nscreenshot a.png\nexit 3";
        let stopped = || vec!["Stopped.".to_owned()];
        let mut effects = Vec::new();
        let mut bench = Bench::new(script);
        assert_eq!(bench.run.at_halt(Vec::new(), &mut effects), Progress::Running);
        assert_eq!(bench.run.at_halt(stopped(), &mut effects), Progress::Exit(3));
        assert_eq!(effects, [Effect::Screenshot("a.png".into())]);
        let mut typing = Bench::new("type \"x\"");
        assert_eq!(typing.run.at_halt(stopped(), &mut effects), Progress::Running);
    }
}
