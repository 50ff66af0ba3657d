//! The machine on its own thread, in real time. Nothing is shared with the window but messages.
//!
//! Guest time follows the host's clock. A guest that halts, or waits in a loop, lets the thread sleep until its next event or the next
//! command; a guest that computes is run in slices of a few milliseconds. With [`CpuSpeed::Max`] the rate of the CPU
//! follows the speed of the host, each change an event in the input log.

use crate::crash;
use crate::options::CpuSpeed;
use crate::pacing::{Pacer, RateControl, Speed, SpeedMeter};
use crate::runner::{Ran, Runner};
use beige_core::{Frame, InputEvent, Tick};
use beige_machine::{Machine, PictureId, Stopped};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded, unbounded};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the window tells the machine's thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Something comes into the machine.
    Input(InputEvent),
    /// Put the next disk into floppy drive A (0) or B (1).
    NextDisk(u8),
    /// Save the state of the machine to this file.
    Save(PathBuf),
    /// Stop or go on.
    Pause(bool),
    /// End.
    Quit,
}

/// What the machine's thread tells the window.
#[derive(Debug)]
pub enum Report {
    /// The screen changed.
    Frame(Arc<Frame>),
    /// What the title shows changed.
    Status(Status),
    /// A floppy drive holds something else now; the line says what.
    Disk(String),
    /// The state of the machine is in this file.
    Saved(PathBuf),
}

/// What the title of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The user stopped the machine for a while.
    pub paused: bool,
    /// The guest halted with interrupts disabled: only a reset wakes it.
    pub halted: bool,
    /// The speed over the last second.
    pub speed: Speed,
    /// The guest has written what is lost at the end.
    pub unsaved: bool,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// The window asked for it.
    Quit,
    /// The machine ended, was interrupted, or lost its standard output; never [`Ran::Reached`].
    Ran(Ran),
}

/// A running machine, as the window sees it.
pub struct Session {
    commands: Sender<Command>,
    reports: Receiver<Report>,
    thread: JoinHandle<(Runner, SessionEnd)>,
}

/// The host's time from one look at the screen to the next.
const FRAME_TIME: Duration = Duration::from_micros(16_667);
/// The same while the guest only waits and nothing but a cursor can change: a third of the time from one blink to the
/// next.
const IDLE_FRAME_TIME: Duration = Duration::from_millis(38);
/// From one attempt to tell a busy window something to the next, while the machine stands still.
const RETRY_TIME: Duration = Duration::from_millis(50);
/// Guest time executed between two looks at the commands.
const STEP: Duration = Duration::from_millis(4);
/// From one snapshot for the crash bundle to the next.
const SNAPSHOT_TIME: Duration = Duration::from_secs(60);
/// Machines with more memory are not snapshotted: it would be felt.
const SNAPSHOT_MEMORY_MAX_KIB: u32 = 64 << 10;
/// Nor those with larger disks together: a state has the digest of their content.
const SNAPSHOT_DISKS_MAX_BYTES: u64 = 256 << 20;

impl Session {
    /// Starts the machine on its thread. With [`CpuSpeed::Max`] it starts at [`RateControl::START`].
    ///
    /// # Errors
    /// When the host has no thread to give.
    pub fn start(runner: Runner, speed: CpuSpeed) -> std::io::Result<Session> {
        let (commands, command_receiver) = unbounded();
        // Two pictures may wait; a window that is slow to draw misses the ones between.
        let (frames, reports) = bounded(2);
        let thread = std::thread::Builder::new().name("machine".to_owned()).spawn(move || {
            let mut pacemaker = Pacemaker::new(runner, command_receiver, frames, speed);
            let end = pacemaker.run();
            (pacemaker.runner, end)
        })?;
        Ok(Session { commands, reports, thread })
    }

    /// Tells the machine's thread something; a thread that has ended hears nothing.
    pub fn command(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// What the machine's thread has to tell. Disconnected once the machine has ended.
    #[must_use]
    pub fn reports(&self) -> &Receiver<Report> {
        &self.reports
    }

    /// Ends the machine and gives it back. `None` when its thread panicked, which the crash hook has reported.
    #[must_use]
    pub fn join(self) -> Option<(Runner, SessionEnd)> {
        let Session { commands, reports, thread } = self;
        let _ = commands.send(Command::Quit);
        drop(reports);
        thread.join().ok()
    }
}

/// The loop of the machine's thread.
struct Pacemaker {
    runner: Runner,
    commands: Receiver<Command>,
    reports: Sender<Report>,
    clock: Instant,
    pacer: Pacer,
    meter: SpeedMeter,
    rate: Option<RateControl>,
    screen: Screen,
    status: Status,
    /// The window has not heard of `status` yet.
    status_is_news: bool,
    /// Reports about disks and states that the window has not heard yet.
    news: VecDeque<Report>,
    next_snapshot: Duration,
}

/// The picture last sent and when the next is due.
#[derive(Default)]
struct Screen {
    sent: Arc<Frame>,
    drawn: Arc<Frame>,
    /// What those show: a cursor that blinks comes back to the picture before.
    sent_id: Option<PictureId>,
    drawn_id: Option<PictureId>,
    /// What the screen showed at the last look.
    seen: Option<PictureId>,
    /// `drawn` differs from `sent`.
    is_news: bool,
    last: Duration,
}

impl Pacemaker {
    fn new(mut runner: Runner, commands: Receiver<Command>, reports: Sender<Report>, speed: CpuSpeed) -> Pacemaker {
        let rate = (speed == CpuSpeed::Max).then(RateControl::new);
        if rate.is_some() {
            runner.input(InputEvent::Rate(beige_core::ClockRatio::from_hz(RateControl::START, 1)));
        }
        // Nobody holds the keys any more that were down when a state was saved.
        for key in runner.machine().held_keys() {
            runner.input(InputEvent::Key { key, down: false });
        }
        let machine = runner.machine();
        let (now, instructions) =
            (machine.now(), machine.instructions().saturating_sub(machine.skipped_instructions()));
        Pacemaker {
            runner,
            commands,
            reports,
            clock: Instant::now(),
            pacer: Pacer::new(Duration::ZERO, now),
            meter: SpeedMeter::new(Duration::ZERO, now, instructions),
            rate,
            screen: Screen::default(),
            status: Status::default(),
            status_is_news: true,
            news: VecDeque::new(),
            next_snapshot: SNAPSHOT_TIME,
        }
    }

    fn run(&mut self) -> SessionEnd {
        loop {
            if let Some(end) = self.obey() {
                return end;
            }
            let host = self.clock.elapsed();
            let now = self.runner.machine().now();
            let target = self.pacer.target(host, now);
            // An idle guest is no work: it goes to the present at once.
            let step = if self.runner.machine().is_idle() { Pacer::LAG_MAX } else { STEP };
            match self.execute(target.min(now.saturating_add(step.as_nanos() as Tick))) {
                Ran::Reached => {}
                Ran::Ended(Stopped::Halted) => self.halt(),
                ended => return SessionEnd::Ran(ended),
            }
            self.measure();
            self.draw_if_due();
            self.tell();
            self.snapshot_if_due();
            let stands_still = self.status.halted || self.status.paused;
            if !stands_still
                && self.runner.machine().now() >= target
                && let Some(end) = self.sleep()
            {
                return end;
            }
        }
    }

    /// Runs the machine and, at full speed, keeps its rate with the host.
    fn execute(&mut self, until: Tick) -> Ran {
        let (begin, before, was_idle) = (Instant::now(), self.executed(), self.runner.machine().is_idle());
        let ran = self.runner.run_until(until);
        // A guest that waits is looked at more than it runs: that says nothing of the host's speed.
        if !was_idle
            && !self.runner.machine().is_idle()
            && let instructions = self.executed().saturating_sub(before)
            && let Some(control) = &mut self.rate
            && let Some(rate) = control.executed(instructions, begin.elapsed())
        {
            self.runner.input(InputEvent::Rate(rate));
        }
        ran
    }

    /// Instructions that the host had work with.
    fn executed(&self) -> u64 {
        let machine = self.runner.machine();
        machine.instructions().saturating_sub(machine.skipped_instructions())
    }

    /// Takes the commands that wait. While the machine stands still, waits for them.
    fn obey(&mut self) -> Option<SessionEnd> {
        loop {
            let stands_still = self.status.paused || self.status.halted;
            let command = if stands_still { self.await_command() } else { self.commands.try_recv() };
            match command {
                Ok(command) => {
                    if let Some(end) = self.take(command) {
                        return Some(end);
                    }
                }
                Err(TryRecvError::Empty) if stands_still => {}
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(SessionEnd::Quit),
            }
        }
    }

    /// The next command; comes back without one only to tell the window what it was too busy to hear.
    fn await_command(&mut self) -> Result<Command, TryRecvError> {
        self.tell();
        if self.screen.is_news || self.status_is_news || !self.news.is_empty() {
            return self.commands.recv_timeout(RETRY_TIME).map_err(|error| match error {
                RecvTimeoutError::Timeout => TryRecvError::Empty,
                RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
            });
        }
        self.commands.recv().map_err(|_| TryRecvError::Disconnected)
    }

    /// The guest halted for good: the last picture stays until the user resets the machine or ends.
    fn halt(&mut self) {
        self.status.halted = true;
        self.status_is_news = true;
        self.draw();
    }

    /// Guest time runs beside host time from here on.
    fn go_on(&mut self) {
        let (host, machine) = (self.clock.elapsed(), self.runner.machine());
        self.pacer = Pacer::new(host, machine.now());
        self.meter = SpeedMeter::new(host, machine.now(), self.executed());
        self.status_is_news = true;
    }

    fn take(&mut self, command: Command) -> Option<SessionEnd> {
        match command {
            Command::Input(event) => {
                self.runner.input(event);
                if self.status.halted && event == InputEvent::Reset {
                    self.status.halted = false;
                    self.go_on();
                }
            }
            Command::NextDisk(slot) => match self.runner.next_disk(slot) {
                Ok(line) => self.news.push_back(Report::Disk(line)),
                Err(error) => log::error!("{error}"),
            },
            Command::Save(path) => match self.runner.save(&path) {
                Ok(()) => self.news.push_back(Report::Saved(path)),
                Err(error) => log::error!("{error}"),
            },
            Command::Quit => return Some(SessionEnd::Quit),
            Command::Pause(paused) => {
                self.status.paused = paused;
                self.go_on();
            }
        }
        None
    }

    /// Sleeps until there is something to do: the next event of the chips for an idle guest, else the next slice.
    fn sleep(&mut self) -> Option<SessionEnd> {
        let machine = self.runner.machine();
        let until = if machine.is_idle() {
            self.pacer.host_time_of(machine.next_event()).min(self.screen.last + IDLE_FRAME_TIME)
        } else {
            self.pacer.host_time_of(machine.now()) + STEP
        };
        let wait = until.saturating_sub(self.clock.elapsed());
        if wait.is_zero() {
            return None;
        }
        let before = Instant::now();
        let command = self.commands.recv_timeout(wait);
        self.runner.slept(before.elapsed());
        match command {
            Ok(command) => self.wake(command),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(SessionEnd::Quit),
        }
    }

    /// A command came while the machine slept: first lets guest time catch up, so that the command has its own tick.
    fn wake(&mut self, command: Command) -> Option<SessionEnd> {
        let now = self.runner.machine().now();
        let target = self.pacer.target(self.clock.elapsed(), now);
        match self.execute(target) {
            Ran::Reached => self.take(command),
            Ran::Ended(Stopped::Halted) => {
                self.halt();
                self.take(command)
            }
            ended => Some(SessionEnd::Ran(ended)),
        }
    }

    fn measure(&mut self) {
        let machine = self.runner.machine();
        let host = self.clock.elapsed();
        if let Some(speed) = self.meter.measure(host, machine.now(), self.executed()) {
            let unsaved = self.runner.has_unsaved_changes();
            let status = Status { speed, unsaved, ..self.status };
            self.status_is_news |= status != self.status;
            self.status = status;
        }
    }

    fn draw_if_due(&mut self) {
        let host = self.clock.elapsed();
        if host >= self.screen.last + FRAME_TIME {
            self.screen.last = host;
            let seen = Some(self.runner.look(Machine::picture_id));
            if seen != self.screen.seen {
                self.draw();
            }
        }
    }

    fn draw(&mut self) {
        let screen = &mut self.screen;
        screen.seen = Some(self.runner.look(Machine::picture_id));
        if screen.drawn_id != screen.seen {
            // Copied only when a busy window still shows it.
            let drawn = Arc::make_mut(&mut screen.drawn);
            self.runner.look(|machine| machine.render(drawn));
            screen.drawn_id = screen.seen;
        }
        screen.is_news = screen.drawn_id != screen.sent_id && screen.drawn != screen.sent;
    }

    /// Tells the window what is new, unless it is busy; then the next time.
    fn tell(&mut self) {
        if self.screen.is_news {
            match self.reports.try_send(Report::Frame(Arc::clone(&self.screen.drawn))) {
                Ok(()) => {
                    std::mem::swap(&mut self.screen.sent, &mut self.screen.drawn);
                    std::mem::swap(&mut self.screen.sent_id, &mut self.screen.drawn_id);
                    self.screen.is_news = false;
                }
                // The window is busy: it gets a later picture.
                Err(_) => return,
            }
        }
        if self.status_is_news && self.reports.try_send(Report::Status(self.status)).is_ok() {
            self.status_is_news = false;
        }
        while let Some(report) = self.news.pop_front() {
            if let Err(unsent) = self.reports.try_send(report) {
                self.news.push_front(unsent.into_inner());
                return;
            }
        }
    }

    fn snapshot_if_due(&mut self) {
        let host = self.clock.elapsed();
        if host < self.next_snapshot {
            return;
        }
        self.next_snapshot = host + SNAPSHOT_TIME;
        let machine = self.runner.machine_mut();
        let is_small =
            machine.config().memory_kib <= SNAPSHOT_MEMORY_MAX_KIB && machine.disk_bytes() <= SNAPSHOT_DISKS_MAX_BYTES;
        // Without a state the bundle still has the inputs.
        if is_small && let Ok(state) = self.runner.state() {
            crash::remember_snapshot(state);
        }
    }
}
