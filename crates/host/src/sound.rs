//! The speaker as a sound file: WAV, mono, 48,000 samples a second of 16 bits, from the first tick that is heard to the
//! last.
//!
//! A sample is the mean of the speaker's input over its 20.8 us (a box filter), so that tones above what the file can
//! hold become what a cone would make of them, a mean, and not another tone. The mean of the last hundredth of a second
//! or so is taken away, as a coupling capacitor does, so that silence is zero and a tone stands about it.
//!
//! The sizes in the header are brought up to date each second of guest time: of a run that is killed, all but the last
//! second can be heard.

use beige_core::{Edge, Tick};
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::File;
use std::io::BufWriter;

const SAMPLE_RATE: u32 = 48_000;
/// A third of a tick: a sample is a whole number of these.
const UNITS_PER_TICK: u64 = 3;
const UNITS_PER_SAMPLE: u64 = 62_500;
/// The height of a step; a tone swings by half of it to either side.
const STEP: i64 = 24_000;
/// The mean follows with a time constant of 2 to the power of this, in samples: 21 ms.
const COUPLING_SHIFT: u32 = 10;
/// What the 32-bit sizes of the format hold, less the header: 12 hours.
const SAMPLES_MAX: u64 = (u32::MAX as u64 - 100) / 2;

/// Turns edges into samples.
#[derive(Clone, Debug)]
struct Sampler {
    /// Heard up to here, in units.
    at: u64,
    /// The end of the present sample.
    sample_end: u64,
    /// Units of the present sample during which the input was high.
    high: u64,
    level: bool,
    /// The mean, times 65,536.
    mean: i64,
}

impl Sampler {
    fn new(start: Tick) -> Sampler {
        let at = start.saturating_mul(UNITS_PER_TICK);
        Sampler { at, sample_end: at.saturating_add(UNITS_PER_SAMPLE), high: 0, level: false, mean: 0 }
    }

    /// Hears the present level up to `tick`.
    fn advance(&mut self, tick: Tick, sample: &mut impl FnMut(i16)) {
        let end = tick.saturating_mul(UNITS_PER_TICK);
        while self.at < end {
            let stop = end.min(self.sample_end);
            if self.level {
                self.high += stop - self.at;
            }
            self.at = stop;
            if stop == self.sample_end {
                sample(self.end_sample());
            }
        }
    }

    fn end_sample(&mut self) -> i16 {
        let value = std::mem::take(&mut self.high) as i64 * STEP / UNITS_PER_SAMPLE as i64;
        self.sample_end = self.sample_end.saturating_add(UNITS_PER_SAMPLE);
        self.mean += ((value << 16) - self.mean) >> COUPLING_SHIFT;
        (value - (self.mean >> 16)) as i16
    }
}

/// A sound file on its way.
pub struct SoundFile {
    writer: Option<WavWriter<BufWriter<File>>>,
    sampler: Sampler,
    samples: u64,
    error: Option<String>,
}

impl SoundFile {
    /// Writes to `file` what is heard from `start` on.
    #[must_use]
    pub fn new(file: File, start: Tick) -> SoundFile {
        let spec =
            WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut sound = SoundFile { writer: None, sampler: Sampler::new(start), samples: 0, error: None };
        match WavWriter::new(BufWriter::new(file), spec) {
            Ok(writer) => sound.writer = Some(writer),
            Err(error) => sound.fail(&error.to_string()),
        }
        sound
    }

    /// Writes what was heard up to `now`. Edges before what is written already are taken to come now.
    pub fn hear(&mut self, edges: &[Edge], now: Tick) {
        let SoundFile { writer, sampler, samples, .. } = self;
        let Some(file) = writer else { return };
        let mut result = Ok(());
        let mut write = |sample: i16| {
            if *samples < SAMPLES_MAX && result.is_ok() {
                *samples += 1;
                result = file.write_sample(sample);
                if samples.is_multiple_of(u64::from(SAMPLE_RATE)) && result.is_ok() {
                    result = file.flush();
                }
            }
        };
        for edge in edges {
            sampler.advance(edge.at, &mut write);
            sampler.level = edge.level;
        }
        sampler.advance(now, &mut write);
        if let Err(error) = result {
            self.fail(&error.to_string());
        } else if self.samples == SAMPLES_MAX {
            self.finish_file();
            log::warn!("the sound file is full: what follows its first 12 hours is not in it");
        }
    }

    fn fail(&mut self, error: &str) {
        self.writer = None;
        let sentence = format!("the sound is not complete, its file cannot be written: {error}");
        log::error!("{sentence}");
        self.error = Some(sentence);
    }

    fn finish_file(&mut self) {
        if let Some(Err(error)) = self.writer.take().map(WavWriter::finalize) {
            self.fail(&error.to_string());
        }
    }

    /// Brings the file to its end.
    ///
    /// # Errors
    /// A sentence, when it is not complete.
    pub fn finish(mut self) -> Result<(), String> {
        self.finish_file();
        self.error.take().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::TICKS_PER_SECOND;

    fn samples(edges: &[Edge], end: Tick) -> Vec<i16> {
        let mut samples = Vec::new();
        let mut sampler = Sampler::new(0);
        for edge in edges {
            sampler.advance(edge.at, &mut |sample| samples.push(sample));
            sampler.level = edge.level;
        }
        sampler.advance(end, &mut |sample| samples.push(sample));
        samples
    }

    /// A tone of `hz` from power-on to `end`.
    fn tone(hz: u64, end: Tick) -> Vec<Edge> {
        let at = |number: u64| number * TICKS_PER_SECOND / (2 * hz);
        (0..).map(|number| Edge { at: at(number), level: number % 2 == 0 }).take_while(|edge| edge.at < end).collect()
    }

    #[test]
    fn silence_is_zero_and_as_long_as_the_run() {
        assert_eq!(samples(&[], 3 * TICKS_PER_SECOND), vec![0; 3 * 48_000]);
        assert_eq!(samples(&[], TICKS_PER_SECOND / 48_000).len(), 0);
        assert_eq!(samples(&[], TICKS_PER_SECOND / 48_000 + 1).len(), 1);
    }

    #[test]
    fn a_sample_is_the_mean_of_its_time() {
        let third = TICKS_PER_SECOND / 48_000 / 4;
        let pulse = [Edge { at: third, level: true }, Edge { at: 2 * third, level: false }];
        let heard = samples(&pulse, TICKS_PER_SECOND / 1000);
        assert!((5900..6010).contains(&heard[0]), "{}", heard[0]);
        assert!(heard[1..].iter().all(|sample| (-30..=0).contains(sample)));
    }

    #[test]
    fn a_tone_swings_about_zero_and_one_too_high_to_be_heard_is_silence() {
        let end = TICKS_PER_SECOND;
        let heard = samples(&tone(1000, end), end);
        let late = &heard[24_000..];
        assert!(late.iter().all(|sample| sample.unsigned_abs() <= 12_300));
        assert!(late.iter().filter(|sample| sample.unsigned_abs() >= 11_700).count() > 23_000);
        // 480 kHz: ten periods a sample.
        let heard = samples(&tone(480_000, end), end);
        assert!(heard[24_000..].iter().all(|sample| sample.unsigned_abs() < 30), "{:?}", &heard[24_000..24_010]);
    }

    #[test]
    fn a_sound_that_was_not_finished_can_be_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut sound = SoundFile::new(file.reopen().unwrap(), 7);
        for second in 1..=3 {
            sound.hear(&[], second * TICKS_PER_SECOND);
        }
        std::mem::forget(sound);
        let reader = hound::WavReader::open(file.path()).unwrap();
        assert_eq!(reader.duration(), 2 * 48_000);
    }
}
