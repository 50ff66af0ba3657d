//! The window: pictures and the title go out, keys come in. It runs on the main thread and knows the machine through
//! messages only.

mod hotkeys;
mod keymap;
mod minifb_backend;
mod scale;
mod title;
#[cfg(target_os = "linux")]
mod x11;

use crate::console::say;
use crate::keys::hot::{self, HotAction};
use crate::picture::save_png;
use crate::report::Ending;
use beige_host::options::CpuSpeed;
use beige_host::runner::{Ran, Runner, StopFlag};
use beige_host::session::{Command, Report, Session, SessionEnd, Status};
use beige_host::{Frame, HostError, InputEvent, Key};
use crossbeam_channel::{Receiver, never, select};
use hotkeys::{Action, Keyboard};
use minifb_backend::MinifbWindow;
use scale::{Picture, Stretcher};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Shows pictures.
pub(crate) trait Display {
    /// The size of the window, in pixels.
    fn size(&self) -> (usize, usize);

    /// Shows a picture of the window's size, of which the other rows are shown already.
    ///
    /// # Errors
    /// When the host refuses; the sentence is the library's.
    fn present(&mut self, picture: &Picture, rows: Range<usize>) -> Result<(), String>;

    /// Shows a title.
    fn set_title(&mut self, title: &str);
}

/// Tells what the user does.
pub(crate) trait Input {
    /// Adds what happened since the last call.
    fn poll(&mut self, events: &mut Vec<UserEvent>);

    /// Where it is told at once that there is something to do; `None` when only asking tells.
    fn wakes(&self) -> Option<&Receiver<Wake>>;

    /// Nobody will tell any more.
    fn no_more_wakes(&mut self);
}

/// Why the window is to do something at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Perhaps there are [`UserEvent`]s.
    Input,
    /// The host has lost what was shown.
    Lost,
}

/// Something that the user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserEvent {
    /// A key went down, is repeated, or went up.
    Key {
        /// Which key.
        key: Key,
        /// Down, not up.
        down: bool,
    },
    /// The keyboard is ours.
    FocusGained,
    /// The keyboard is another window's.
    FocusLost,
    /// The window was closed.
    Closed,
}

/// From one look at the user's keys to the next, while the user types.
const POLL_TIME: Duration = Duration::from_millis(10);
/// The same after the user did nothing for a while.
const IDLE_POLL_TIME: Duration = Duration::from_millis(15);
/// The same where keys are told: the window may have been closed, or a signal have come.
const TOLD_POLL_TIME: Duration = Duration::from_millis(35);
/// That while.
const IDLE_AFTER: Duration = Duration::from_secs(1);
/// From one showing of an unchanged picture to the next, where nobody tells when the host has lost it.
const REFRESH_TIME: Duration = Duration::from_secs(1);
/// How long keys that a hot key presses stay down.
const PRESS_TIME: Duration = Duration::from_millis(80);

/// The window with what it shows.
pub(crate) struct Window {
    backend: MinifbWindow,
    image: String,
    frame: Arc<Frame>,
    status: Status,
    stretcher: Stretcher,
    picture: Picture,
    /// The frame has not been shown.
    is_news: bool,
    /// When something was shown last; `None` when the host has lost it.
    last_shown: Option<Instant>,
    shown_title: String,
    keyboard: Keyboard,
    last_event: Instant,
    last_poll: Instant,
    /// There may be something to hear of at once.
    is_woken: bool,
    /// Keys that a hot key pressed, and when they go up.
    pressed: Vec<(Instant, Key)>,
}

impl Window {
    /// Opens the window for `image`.
    ///
    /// # Errors
    /// When there is no display.
    pub(crate) fn open(image: &str) -> Result<Window, HostError> {
        let status = Status::default();
        let shown_title = title::title(image, &status);
        let backend = MinifbWindow::open(&shown_title).map_err(|error| {
            HostError::host_resource(format!("no window can be opened ({error}): run with --headless, or on a display"))
        })?;
        Ok(Window {
            backend,
            image: image.to_owned(),
            frame: Arc::default(),
            status,
            stretcher: Stretcher::default(),
            picture: Picture::default(),
            is_news: true,
            last_shown: None,
            shown_title,
            keyboard: Keyboard::default(),
            last_event: Instant::now(),
            last_poll: Instant::now(),
            is_woken: true,
            pressed: Vec::new(),
        })
    }

    /// Runs the machine in the window until one of them ends.
    ///
    /// # Errors
    /// When the host has no thread to give.
    pub(crate) fn run(
        mut self,
        runner: Runner,
        speed: CpuSpeed,
        stop: &StopFlag,
    ) -> Result<(Runner, Ending), HostError> {
        say(&hot::hint());
        let session = Session::start(runner, speed)
            .map_err(|error| HostError::host_resource(format!("the machine gets no thread: {error}")))?;
        while !stop.is_set() {
            if !self.hear(&session) || !self.obey(&session) {
                break;
            }
            self.show();
        }
        let Some((runner, end)) = session.join() else {
            return Err(HostError::host_resource("the machine's thread is gone"));
        };
        let ending = match end {
            _ if stop.is_set() => Ending::interrupted(),
            SessionEnd::Quit | SessionEnd::Ran(Ran::Reached) => Ending::quiet("closed", 0),
            SessionEnd::Ran(Ran::Interrupted) => Ending::interrupted(),
            SessionEnd::Ran(Ran::StdoutClosed) => Ending::stdout_closed(),
            SessionEnd::Ran(Ran::Ended(stopped)) => Ending::stopped(stopped, false),
        };
        Ok((runner, ending))
    }

    /// Waits a moment for what the machine has to tell; false when it has ended.
    fn hear(&mut self, session: &Session) -> bool {
        let wakes = self.backend.wakes().cloned();
        let wait = self.poll_time().saturating_sub(self.last_poll.elapsed());
        let mut report = None;
        select! {
            recv(session.reports()) -> heard => match heard {
                Ok(heard) => report = Some(heard),
                Err(_) => return false,
            },
            recv(wakes.as_ref().unwrap_or(&never())) -> wake => match wake {
                Ok(wake) => self.wake(wake),
                Err(_) => self.backend.no_more_wakes(),
            },
            default(wait) => {}
        }
        for wake in wakes.iter().flat_map(Receiver::try_iter) {
            self.wake(wake);
        }
        while let Some(heard) = report {
            match heard {
                Report::Frame(frame) => {
                    self.frame = frame;
                    self.is_news = true;
                }
                Report::Status(status) => self.status = status,
                Report::Saved(path) => say(&format!("saved {}", path.display())),
                Report::Disk(line) => {
                    say(&line);
                    self.image = line;
                }
            }
            report = session.reports().try_recv().ok();
        }
        true
    }

    /// From one look at the user's keys to the next.
    fn poll_time(&self) -> Duration {
        match self.backend.wakes() {
            _ if self.last_event.elapsed() <= IDLE_AFTER => POLL_TIME,
            Some(_) => TOLD_POLL_TIME,
            None => IDLE_POLL_TIME,
        }
    }

    fn wake(&mut self, wake: Wake) {
        self.is_woken = true;
        if wake == Wake::Lost {
            self.last_shown = None;
        }
    }

    /// Does what the user wants; false when that is to end.
    fn obey(&mut self, session: &Session) -> bool {
        let mut events = Vec::new();
        if self.is_woken || self.last_poll.elapsed() >= self.poll_time() {
            (self.is_woken, self.last_poll) = (false, Instant::now());
            self.backend.poll(&mut events);
        }
        if !events.is_empty() {
            self.last_event = Instant::now();
        }
        let mut actions = Vec::new();
        for event in events {
            match event {
                UserEvent::Key { key, down } => self.keyboard.key(key, down, &mut actions),
                UserEvent::FocusGained => self.last_shown = None,
                UserEvent::FocusLost => self.keyboard.release_all(&mut actions),
                UserEvent::Closed => return false,
            }
        }
        self.release_pressed(session);
        actions.into_iter().all(|action| self.act(action, session))
    }

    fn act(&mut self, action: Action, session: &Session) -> bool {
        match action {
            Action::Key { key, down } => session.command(Command::Input(InputEvent::Key { key, down })),
            Action::Hot(HotAction::Press(keys)) => {
                let until = Instant::now() + PRESS_TIME;
                for key in keys {
                    session.command(Command::Input(InputEvent::Key { key: *key, down: true }));
                }
                self.pressed.extend(keys.iter().rev().map(|key| (until, *key)));
            }
            Action::Hot(HotAction::Pause) => {
                self.status.paused = !self.status.paused;
                session.command(Command::Pause(self.status.paused));
            }
            Action::Hot(HotAction::Reset) => session.command(Command::Input(InputEvent::Reset)),
            Action::Hot(HotAction::NextDisk(slot)) => session.command(Command::NextDisk(slot)),
            Action::Hot(HotAction::Screenshot) => self.save_screenshot(),
            Action::Hot(HotAction::SaveState) => match free_name("state") {
                Some(path) => session.command(Command::Save(path)),
                None => log::error!("the state was not saved: there are 999 states here"),
            },
            Action::Hot(HotAction::Quit) => return false,
        }
        true
    }

    /// Lets go of keys that a hot key pressed a while ago.
    fn release_pressed(&mut self, session: &Session) {
        let now = Instant::now();
        for (_, key) in self.pressed.extract_if(.., |(until, _)| *until <= now) {
            session.command(Command::Input(InputEvent::Key { key, down: false }));
        }
    }

    fn save_screenshot(&self) {
        match free_name("png").ok_or_else(|| "there are 999 screenshots here".to_owned()).and_then(|path| {
            save_png(&self.frame, &path)?;
            Ok(path)
        }) {
            Ok(path) => say(&format!("saved {}", path.display())),
            Err(sentence) => log::error!("no screenshot was saved: {sentence}"),
        }
    }

    /// Shows what has changed.
    fn show(&mut self) {
        let title = title::title(&self.image, &self.status);
        if title != self.shown_title {
            self.backend.set_title(&title);
            self.shown_title = title;
        }
        let size = self.backend.size();
        let is_told = self.backend.wakes().is_some();
        let has_it = (self.picture.width, self.picture.height) == size
            && self.last_shown.is_some_and(|shown| is_told || shown.elapsed() < REFRESH_TIME);
        if has_it && !self.is_news || size.0 == 0 || size.1 == 0 {
            return;
        }
        let changed = self.stretcher.draw(&self.frame, size, &mut self.picture);
        let rows = if has_it { changed } else { 0..size.1 };
        if let Err(error) = self.backend.present(&self.picture, rows) {
            log::warn!("the window shows nothing: {error}");
        }
        self.is_news = false;
        self.last_shown = Some(Instant::now());
    }
}

/// The first of `beige-001.png` to `beige-999.png`, or with another extension, that does not exist.
fn free_name(extension: &str) -> Option<PathBuf> {
    (1..1000).map(|number| PathBuf::from(format!("beige-{number:03}.{extension}"))).find(|path| !path.exists())
}
