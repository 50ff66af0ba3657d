//! The headless runner: guest time, a script, `--until` and `--limit`, no display and no clock.

use crate::console::{Console, say, screen_lines};
use crate::exit_code;
use crate::picture::save_png;
use crate::report::Ending;
use crate::script::{Effect, Progress, Script, ScriptRun, Unmet};
use crate::units::seconds;
use crate::until::Until;
use beige_host::runner::{Ran, Runner};
use beige_host::{Frame, HostError, InputEvent, Machine, Stopped, TICKS_PER_SECOND, Tick};

/// The least guest time from one retrace that is looked at to the next: registers in the middle of a mode change make
/// frames of a microsecond.
const RETRACE_MIN_TICKS: Tick = TICKS_PER_SECOND / 1000;

/// What ends a run with 0.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    /// A text on the screen or out of COM1.
    pub(crate) until: Option<String>,
    /// A POST code.
    pub(crate) until_post: Option<u8>,
}

/// A headless run on its way.
pub(crate) struct Headless<'a> {
    runner: &'a mut Runner,
    console: &'a mut Console,
    script: Option<ScriptRun>,
    until: Option<Until>,
    until_post: Option<u8>,
    /// The guest time that may pass, and the tick at which it has.
    limit: Tick,
    end: Tick,
    /// Whether the machine goes on from a state, which a script has saved at a retrace.
    is_resumed: bool,
}

impl<'a> Headless<'a> {
    /// A run that is ready to start.
    pub(crate) fn new(
        runner: &'a mut Runner,
        console: &'a mut Console,
        script: Option<Script>,
        awaited: Awaited,
        limit: Tick,
    ) -> Headless<'a> {
        let Awaited { until, until_post } = awaited;
        if let Some(code) = until_post {
            runner.machine_mut().await_post_code(code);
        }
        if until.is_some() {
            runner.outputs().watch_serial();
        }
        let now = runner.machine().now();
        let (end, is_resumed) = (now.saturating_add(limit), now > 0);
        let (script, until) = (script.map(ScriptRun::new), until.map(Until::new));
        Headless { runner, console, script, until, until_post, limit, end, is_resumed }
    }

    /// Runs to the end.
    pub(crate) fn run(mut self) -> Ending {
        if self.is_resumed
            && let Some(ending) = self.at_retrace()
        {
            return ending;
        }
        loop {
            let retrace = if self.awaits_something() { self.next_retrace() } else { Tick::MAX };
            let ran = self.runner.run_until(retrace.min(self.end));
            self.hear_serial();
            match ran {
                Ran::Reached => {}
                Ran::Interrupted => return Ending::interrupted(),
                Ran::StdoutClosed => return Ending::stdout_closed(),
                Ran::Ended(stopped @ (Stopped::Halted | Stopped::PowerOff)) => return self.at_end(stopped),
                Ran::Ended(stopped) => return Ending::stopped(stopped, self.awaits_something()),
            }
            let now = self.runner.machine().now();
            if now >= retrace
                && let Some(ending) = self.at_retrace()
            {
                return ending;
            }
            if now >= self.end {
                return self.limit_passed();
            }
        }
    }

    fn next_retrace(&self) -> Tick {
        let machine = self.runner.machine();
        machine.next_retrace().max(machine.now().saturating_add(RETRACE_MIN_TICKS))
    }

    fn awaits_something(&self) -> bool {
        self.script.is_some() || self.until.is_some() || self.until_post.is_some()
    }

    fn hear_serial(&mut self) {
        if let Some(until) = &mut self.until {
            until.serial(&self.runner.outputs().take_seen());
        }
    }

    fn rows(&mut self) -> Vec<String> {
        self.runner.look(|machine| machine.screen_text()).unwrap_or_default()
    }

    fn at_retrace(&mut self) -> Option<Ending> {
        let rows = self.rows();
        if self.until.as_ref().is_some_and(|until| until.is_met(&rows)) {
            return Some(Ending::quiet("until", 0));
        }
        let now = self.runner.machine().now();
        let unread = unread_keys(self.runner.machine());
        let mut effects = Vec::new();
        let progress = self.script.as_mut()?.at_retrace(now, rows, unread, &mut effects);
        self.perform(effects).or_else(|| self.end_of(progress))
    }

    /// The guest halted for good or switched the machine off. What can still be done without it is done.
    fn at_end(&mut self, stopped: Stopped) -> Ending {
        let rows = self.rows();
        if self.until.as_ref().is_some_and(|until| until.is_met(&rows)) {
            return Ending::quiet("until", 0);
        }
        let mut effects = Vec::new();
        let progress = self.script.as_mut().map(|script| script.at_halt(rows, &mut effects));
        if let Some(ending) = self.perform(effects).or_else(|| self.end_of(progress?)) {
            return ending;
        }
        Ending::stopped(stopped, self.awaits_something())
    }

    /// Does what the script wants done; an ending when that cannot be.
    fn perform(&mut self, effects: Vec<Effect>) -> Option<Ending> {
        for effect in effects {
            match effect {
                Effect::Key { key, down } => self.runner.input(InputEvent::Key { key, down }),
                Effect::PrintScreen => {
                    let after_line = self.runner.outputs().stdout_ends_line();
                    let text = screen_lines(self.runner.machine().screen_text().as_deref());
                    self.runner.outputs().stdout_ended_line();
                    self.console.print(&text, after_line);
                    if self.console.is_closed() {
                        return Some(Ending::stdout_closed());
                    }
                }
                Effect::Screenshot(path) => {
                    let mut frame = Frame::default();
                    self.runner.machine().render(&mut frame);
                    if let Err(sentence) = save_png(&frame, &path) {
                        return Some(Ending::said("screenshot", 3, sentence));
                    }
                }
                Effect::Save(path) => {
                    if let Err(error) = self.runner.save(&path) {
                        return Some(Ending::said("save", exit_code(&error), error.to_string()));
                    }
                }
                Effect::Insert { drive, path } => {
                    if let Some(ending) = told(self.runner.insert(drive, &path)) {
                        return Some(ending);
                    }
                }
                Effect::Eject(drive) => {
                    if let Some(ending) = told(self.runner.eject(drive)) {
                        return Some(ending);
                    }
                }
            }
        }
        None
    }

    fn end_of(&self, progress: Progress) -> Option<Ending> {
        match progress {
            Progress::Running => None,
            Progress::Done => Some(Ending::quiet("script", 0)),
            Progress::Exit(code) => Some(Ending::quiet("exit", code)),
            Progress::Unmet(unmet) => Some(self.unmet(&unmet)),
        }
    }

    fn unmet(&self, unmet: &Unmet) -> Ending {
        let Unmet { line, text, any, within } = unmet;
        let place = if *any { "did not stand on the screen" } else { "did not appear in a row that changed" };
        let screen = screen_lines(self.runner.machine().screen_text().as_deref());
        let message =
            format!("script line {line}: \"{text}\" {place} within {} s; the screen:\n{screen}", seconds(*within));
        Ending::said("unmet-wait", 1, message)
    }

    fn limit_passed(&self) -> Ending {
        let awaited = match (&self.until, self.until_post, &self.script) {
            (Some(until), ..) => format!(" before \"{}\" came", until.text()),
            (None, Some(code), _) => format!(" before POST code {code:02X}h came"),
            (None, None, Some(_)) => " before the script was done".to_owned(),
            (None, None, None) => String::new(),
        };
        let limit = seconds(self.limit);
        Ending::said("limit", 4, format!("{limit} s of guest time passed{awaited}: --limit sets how much may pass"))
    }
}

/// Says what a drive holds now; an ending when its disk could not be changed.
fn told(changed: Result<String, HostError>) -> Option<Ending> {
    match changed {
        Ok(line) => {
            say(&line);
            None
        }
        Err(error) => Some(Ending::said("disk-change", exit_code(&error), error.to_string())),
    }
}

/// The keys that wait in the BIOS's buffer, by its pointers at 40:1A and 40:1C; 0 when they are none of a BIOS.
fn unread_keys(machine: &Machine) -> usize {
    const HEAD_ADDRESS: u32 = 0x41a;
    const BUFFER: std::ops::Range<u16> = 0x1e..0x3e;
    let mut pointers = [0; 4];
    machine.peek_memory(HEAD_ADDRESS, &mut pointers);
    let [head_low, head_high, tail_low, tail_high] = pointers;
    let (head, tail) = (u16::from_le_bytes([head_low, head_high]), u16::from_le_bytes([tail_low, tail_high]));
    if !BUFFER.contains(&head) || !BUFFER.contains(&tail) {
        return 0;
    }
    let size = BUFFER.end - BUFFER.start;
    usize::from((tail + size - head) % size / 2)
}
