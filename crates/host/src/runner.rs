//! A machine with its outputs and its trace: what both the headless loop and the window's thread run.

use crate::changer::Changer;
use crate::error::HostError;
use crate::options::CpuSpeed;
use crate::outputs::{OutputSinks, report_notes};
use crate::serial::{Arrival, SerialInput};
use crate::sound::SoundFile;
use crate::state_file::{StateFile, write_whole};
use crate::stats::{Stats, StatsReport};
use crate::trace::Tracer;
use beige_core::{InputEvent, TICKS_PER_SECOND, Tick};
use beige_machine::{Machine, SERIAL_PORTS, Stopped};
use cpu_time::ThreadTime;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A request to stop, from a signal or a window, that a run looks at every few milliseconds.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks for a stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The flag itself, for a signal handler to set.
    #[must_use]
    pub fn shared(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// Why [`Runner::run_until`] came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// The tick is reached.
    Reached,
    /// The machine cannot or will not go on; never [`Stopped::Reached`].
    Ended(Stopped),
    /// A stop was asked for.
    Interrupted,
    /// Standard output was closed by its reader.
    StdoutClosed,
}

/// A machine with its outputs and its trace.
pub struct Runner {
    machine: Machine,
    outputs: OutputSinks,
    serial_inputs: [Option<SerialInput>; SERIAL_PORTS],
    /// When the next serial bytes go in.
    next_serial: Tick,
    tracer: Option<Tracer>,
    sound: Option<SoundFile>,
    changer: Changer,
    speed: CpuSpeed,
    /// The file that takes the CMOS memory at the end.
    nvram: Option<PathBuf>,
    /// The file that takes the profile at the end.
    profile: Option<PathBuf>,
    stats: Option<Stats>,
    stop: StopFlag,
}

/// The guest time after which a running machine comes back to have its outputs taken and the stop flag looked at: at
/// the highest rate a few milliseconds of host time.
const SLICE_TICKS: Tick = TICKS_PER_SECOND / 1000;
/// A guest that is heard comes back so often, however idle it is: its tone goes on meanwhile.
const SOUND_TICKS: Tick = TICKS_PER_SECOND / 20;
/// Serial bytes go in at these intervals of guest time, so many at once at most: more than the fastest line carries.
/// The UART receives them when the guest listens, at the rate that it has set.
const SERIAL_TICKS: Tick = TICKS_PER_SECOND / 100;
const SERIAL_BYTES: usize = 128;

impl Runner {
    /// A machine that is ready to run.
    #[must_use]
    pub fn new(machine: Machine, outputs: OutputSinks, tracer: Option<Tracer>, stop: StopFlag) -> Runner {
        crate::crash::remember_config(machine.config());
        Runner {
            machine,
            outputs,
            serial_inputs: [const { None }; SERIAL_PORTS],
            next_serial: 0,
            tracer,
            sound: None,
            changer: Changer::default(),
            speed: CpuSpeed::Max,
            nvram: None,
            profile: None,
            stats: None,
            stop,
        }
    }

    /// From now on this comes from the other end of a serial port; 0 is COM1.
    pub fn feed_serial(&mut self, port: u8, input: SerialInput) {
        if let Some(place) = self.serial_inputs.get_mut(usize::from(port)) {
            *place = Some(input);
        }
    }

    /// How fast the user wants the CPU; states say so. [`CpuSpeed::Max`] unless it is set.
    pub fn set_speed(&mut self, speed: CpuSpeed) {
        self.speed = speed;
    }

    /// The present state, after all writes to images reached stable storage.
    ///
    /// # Errors
    /// When they do not, or an image cannot be read.
    pub fn state(&mut self) -> Result<StateFile, HostError> {
        self.machine.flush().map_err(|_| {
            HostError::host_resource("the state was not saved: the last writes to an image did not reach its disk")
        })?;
        StateFile::of(&mut self.machine, self.speed)
    }

    /// Saves the state of the machine, which goes on as if nothing had happened.
    ///
    /// # Errors
    /// As [`Runner::state`], and when the file cannot be written.
    pub fn save(&mut self, path: &Path) -> Result<(), HostError> {
        self.state()?.write(path)?;
        if self.changer.has_unsaved_changes() {
            log::warn!("what the guest wrote to disks that are now out of their drives is not in the state");
        }
        Ok(())
    }

    /// From now on the speaker is heard, into a file.
    pub fn record_sound(&mut self, file: File) {
        self.machine.listen_to_speaker();
        self.sound = Some(SoundFile::new(file, self.machine.now()));
    }

    /// From now on the disks of the floppy drives can be changed.
    pub fn let_disks_change(&mut self, changer: Changer) {
        self.changer = changer;
    }

    /// Puts an image into drive A (0) or B (1); the line says what is in the drive now.
    ///
    /// # Errors
    /// As [`Changer::insert`].
    pub fn insert(&mut self, slot: u8, path: &Path) -> Result<String, HostError> {
        self.change(|changer, machine| changer.insert(machine, slot, path))
    }

    /// Takes the disk out of drive A (0) or B (1); the line says so.
    ///
    /// # Errors
    /// As [`Changer::eject`].
    pub fn eject(&mut self, slot: u8) -> Result<String, HostError> {
        self.change(|changer, machine| changer.eject(machine, slot))
    }

    /// Puts the next image that was named for drive A (0) or B (1) into it; the line says what is in the drive now.
    ///
    /// # Errors
    /// As [`Changer::next`].
    pub fn next_disk(&mut self, slot: u8) -> Result<String, HostError> {
        self.change(|changer, machine| changer.next(machine, slot))
    }

    fn change<T>(&mut self, act: impl FnOnce(&mut Changer, &mut Machine) -> T) -> T {
        let logged = self.machine.input_log().len();
        let done = act(&mut self.changer, &mut self.machine);
        for (tick, event) in self.machine.input_log().get(logged..).unwrap_or_default() {
            crate::crash::remember_input(*tick, *event);
        }
        done
    }

    /// Whether the guest has written to disks what will be lost at the end.
    #[must_use]
    pub fn has_unsaved_changes(&self) -> bool {
        self.machine.has_unsaved_changes() || self.changer.has_unsaved_changes()
    }

    /// The machine, to look at.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine, to hash, save and flush.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// Where the guest's bytes go.
    pub fn outputs(&mut self) -> &mut OutputSinks {
        &mut self.outputs
    }

    /// Something from outside happens now.
    pub fn input(&mut self, event: InputEvent) {
        crate::crash::remember_input(self.machine.now(), event);
        self.machine.input(event);
    }

    /// From now on, where the host's time goes is measured.
    ///
    /// # Errors
    /// When the host has no thread to give.
    pub fn measure(&mut self) -> Result<(), HostError> {
        let stats = Stats::start(&mut self.machine);
        self.stats = Some(stats.map_err(|error| HostError::host_resource(format!("--stats has no thread: {error}")))?);
        Ok(())
    }

    /// What was measured; nothing more is.
    pub fn take_stats(&mut self) -> Option<StatsReport> {
        self.stats.take().map(|stats| stats.finish(&self.machine))
    }

    /// Lets somebody look at the screen.
    pub fn look<T>(&mut self, look: impl FnOnce(&mut Machine) -> T) -> T {
        let begin = self.stats.as_ref().map(|_| ThreadTime::now());
        let seen = look(&mut self.machine);
        if let (Some(stats), Some(begin)) = (&mut self.stats, begin) {
            stats.looked(begin);
        }
        seen
    }

    /// The machine's thread has slept so long because the guest had nothing to do.
    pub(crate) fn slept(&mut self, time: Duration) {
        if let Some(stats) = &mut self.stats {
            stats.slept(time);
        }
    }

    /// From now on the guest is sampled each time that so many instructions are done; at the end `path` takes the
    /// samples, folded by stack.
    pub fn profile(&mut self, path: PathBuf, every: u64) {
        self.machine.sample_every(every);
        self.profile = Some(path);
    }

    /// Runs the machine until `tick`, handing out its bytes as they come.
    pub fn run_until(&mut self, tick: Tick) -> Ran {
        let begin = self.stats.as_ref().map(Stats::begin);
        let ran = self.run(tick);
        if let (Some(stats), Some(begin)) = (&mut self.stats, begin) {
            stats.end(begin);
        }
        ran
    }

    fn run(&mut self, tick: Tick) -> Ran {
        loop {
            if self.stop.is_set() {
                return Ran::Interrupted;
            }
            self.send_serial();
            let now = self.machine.now();
            let awake = if self.machine.is_idle() { self.machine.next_event().max(now) } else { now };
            let serial = if self.serial_inputs.iter().any(Option::is_some) { self.next_serial } else { Tick::MAX };
            let sound = if self.sound.is_some() { now.saturating_add(SOUND_TICKS) } else { Tick::MAX };
            let slice_end = awake.saturating_add(SLICE_TICKS).min(tick).min(serial).min(sound);
            let stopped = match &mut self.tracer {
                Some(tracer) => tracer.run(&mut self.machine, slice_end),
                None => self.machine.run_until(slice_end),
            };
            self.take_outputs();
            if self.outputs.stdout_closed() {
                return Ran::StdoutClosed;
            }
            match stopped {
                Stopped::Reached if self.machine.now() >= tick => return Ran::Reached,
                Stopped::Reached => {}
                ended => return Ran::Ended(ended),
            }
        }
    }

    /// Sends serial bytes that are due, so that their ticks depend on guest time alone.
    fn send_serial(&mut self) {
        let now = self.machine.now();
        if now < self.next_serial {
            return;
        }
        self.next_serial = (now / SERIAL_TICKS + 1) * SERIAL_TICKS;
        for port in 0..SERIAL_PORTS as u8 {
            let (room, is_reading) = (self.machine.serial_room(port), self.machine.is_serial_delivering(port));
            let Some(Some(input)) = self.serial_inputs.get_mut(usize::from(port)) else { continue };
            for arrival in input.take(room.min(SERIAL_BYTES), is_reading) {
                self.input(match arrival {
                    Arrival::Byte(byte) => InputEvent::Serial { port, byte },
                    Arrival::Carrier(present) => InputEvent::SerialCarrier { port, present },
                });
            }
        }
    }

    fn take_outputs(&mut self) {
        let now = self.machine.now();
        let outputs = self.machine.outputs();
        if let Some(sound) = &mut self.sound {
            sound.hear(outputs.edges(), now);
        }
        self.outputs.write(outputs.bytes());
        if let Some(tracer) = &mut self.tracer {
            tracer.serial(outputs.bytes());
        }
        report_notes(outputs.notes());
        outputs.clear();
    }

    /// Ends the run: what was written goes to stable storage. The sentence says what failed.
    ///
    /// # Errors
    /// When an image, the trace, the profile or the CMOS memory cannot be brought to stable storage.
    pub fn finish(&mut self) -> Result<(), String> {
        self.outputs.finish();
        let traced = self.tracer.take().map_or(Ok(()), Tracer::finish);
        let heard = self.sound.take().map_or(Ok(()), SoundFile::finish);
        let kept = self.save_nvram().and(self.save_profile());
        self.machine.flush().map_err(|_| {
            "the last writes to an image did not reach the disk: check its free space and copy the image".to_owned()
        })?;
        traced.and(heard).and(kept)
    }

    /// At the end, this file is to take the CMOS memory.
    pub fn keep_nvram(&mut self, path: PathBuf) {
        self.nvram = Some(path);
    }

    fn save_profile(&mut self) -> Result<(), String> {
        let Some((path, profile)) = self.profile.take().zip(self.machine.take_profile()) else { return Ok(()) };
        write_whole(&path, profile.folded().as_bytes())
            .map_err(|error| format!("the profile {} was not written: {error}; give another file", path.display()))
    }

    fn save_nvram(&self) -> Result<(), String> {
        let Some(path) = &self.nvram else { return Ok(()) };
        crate::nvram::save(path, &self.machine.nvram())
            .map_err(|error| format!("{} was not written, it is as it was: {error}", path.display()))
    }
}
