//! The picture in the window: stretched to 4:3, as monitors of the time showed every mode, and centred on black.
//!
//! Each pixel of the window is the average of the source that it covers. Strokes keep one width at any factor, which
//! taking the nearest pixel would not give, and edges stay sharper than with interpolation.

use beige_host::Frame;
use std::ops::Range;
use std::sync::Arc;

/// Weights of one pixel add up to this.
const WHOLE: u32 = 256;

/// Pixels for a whole window, 00RRGGBB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Pixels in a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// `width * height` pixels.
    pub(crate) pixels: Vec<u32>,
}

/// The part of the source that each pixel of one axis covers.
#[derive(Clone, Debug, Default)]
struct Axis {
    /// For each pixel: the first source pixel, and where its weights begin and end in `weights`.
    spans: Vec<(usize, usize, usize)>,
    weights: Vec<u32>,
}

impl Axis {
    fn new(from: usize, to: usize) -> Axis {
        let mut axis = Axis { spans: Vec::with_capacity(to), weights: Vec::new() };
        if from == 0 {
            return axis;
        }
        for pixel in 0..to {
            // In units of 1/to of a source pixel, this pixel covers start..end, `from` units.
            let (start, end) = (pixel * from, (pixel + 1) * from);
            let (first, last) = (start / to, (end - 1) / to);
            let at = axis.weights.len();
            let mut left = WHOLE;
            for source in first..last {
                let covered = ((source + 1) * to).min(end) - (source * to).max(start);
                let weight = ((covered as u32 * WHOLE + from as u32 / 2) / from as u32).min(left);
                axis.weights.push(weight);
                left -= weight;
            }
            axis.weights.push(left);
            axis.spans.push((first, at, axis.weights.len()));
        }
        axis
    }

    /// Averages into `row` pixels of `source`.
    fn stretch(&self, source: &[u32], row: &mut [u32]) {
        for (pixel, (first, start, end)) in row.iter_mut().zip(&self.spans) {
            let weights = &self.weights[*start..*end];
            *pixel = match weights {
                [_] => source[*first],
                _ => average(source[*first..].iter().copied().zip(weights.iter().copied())),
            };
        }
    }
}

/// The weighted average of colours whose weights add up to [`WHOLE`].
fn average(colours: impl Iterator<Item = (u32, u32)>) -> u32 {
    let (red_blue, green) = colours.fold((0, 0), |(red_blue, green), (colour, weight)| {
        (red_blue + (colour & 0xff_00ff) * weight, green + (colour >> 8 & 0xff) * weight)
    });
    (red_blue >> 8 & 0xff_00ff) | (green & 0xff00)
}

/// Stretches frames to windows. It keeps its tables while the sizes stay, and does only the rows that changed: a
/// blinking cursor is to cost next to nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stretcher {
    columns: Axis,
    rows: Axis,
    /// The frame last drawn.
    drawn: Arc<Frame>,
    /// That frame with its rows stretched.
    wide: Vec<u32>,
    /// Which rows of the frame differ from the one before.
    changed: Vec<bool>,
}

impl Stretcher {
    /// Draws `frame` into a picture of `width` by `height`. The picture is the one drawn before, or any other size. Gives
    /// the rows within which it has changed.
    pub(crate) fn draw(
        &mut self,
        frame: &Arc<Frame>,
        (width, height): (usize, usize),
        into: &mut Picture,
    ) -> Range<usize> {
        let (picture_width, picture_height) = fit(width, height);
        let same_frame = (self.drawn.width, self.drawn.height) == (frame.width, frame.height);
        if !same_frame || (into.width, into.height) != (width, height) {
            *into = Picture { width, height, pixels: vec![0; width * height] };
            self.columns = Axis::new(frame.width, picture_width);
            self.rows = Axis::new(frame.height, picture_height);
            self.wide = vec![0; picture_width * frame.height];
            self.changed = vec![true; frame.height];
        } else {
            let rows = frame.pixels.chunks(frame.width.max(1)).zip(self.drawn.pixels.chunks(frame.width.max(1)));
            self.changed.iter_mut().zip(rows).for_each(|(changed, (now, before))| *changed = now != before);
        }
        let is_resized = self.changed.iter().all(|changed| *changed);
        self.drawn = Arc::clone(frame);
        if frame.pixels.is_empty() || picture_width == 0 || picture_height == 0 {
            return 0..height;
        }
        let sources = frame.pixels.chunks(frame.width).zip(self.wide.chunks_mut(picture_width));
        for ((source, row), _) in sources.zip(&self.changed).filter(|(_, changed)| **changed) {
            self.columns.stretch(source, row);
        }
        let (left, top) = ((width - picture_width) / 2, (height - picture_height) / 2);
        let (mut from, mut to) = if is_resized { (0, height) } else { (height, 0) };
        for (row, (first, start, end)) in self.rows.spans.iter().enumerate() {
            if self.changed[*first..first + end - start].contains(&true) {
                (from, to) = (from.min(top + row), to.max(top + row + 1));
                let at = (top + row) * width + left;
                let target = &mut into.pixels[at..at + picture_width];
                mix_rows(&self.wide[first * picture_width..], &self.rows.weights[*start..*end], target);
            }
        }
        from.min(to)..to
    }
}

/// Averages rows that follow each other in `rows` into `target`.
fn mix_rows(rows: &[u32], weights: &[u32], target: &mut [u32]) {
    let width = target.len();
    match weights {
        [_] => target.copy_from_slice(&rows[..width]),
        [upper_weight, lower_weight] => {
            let (upper, lower) = rows[..2 * width].split_at(width);
            for ((pixel, upper), lower) in target.iter_mut().zip(upper).zip(lower) {
                *pixel = average([(*upper, *upper_weight), (*lower, *lower_weight)].into_iter());
            }
        }
        _ => {
            for (column, pixel) in target.iter_mut().enumerate() {
                *pixel = average(rows[column..].iter().step_by(width).copied().zip(weights.iter().copied()));
            }
        }
    }
}

/// The largest 4:3 size within a window.
fn fit(width: usize, height: usize) -> (usize, usize) {
    if width * 3 > height * 4 { (height * 4 / 3, height) } else { (width, width * 3 / 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: usize, height: usize, colour: impl Fn(usize, usize) -> u32) -> Frame {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| colour(x, y)).collect();
        Frame { width, height, pixels }
    }

    fn draw(frame: &Frame, width: usize, height: usize) -> Picture {
        let mut picture = Picture::default();
        Stretcher::default().draw(&Arc::new(frame.clone()), (width, height), &mut picture);
        picture
    }

    #[test]
    fn drawing_only_what_changed_gives_the_same_picture() {
        let mut stretcher = Stretcher::default();
        let mut picture = Picture::default();
        let mut seen = frame(72, 40, |x, y| (x * 3 + y * 1000) as u32);
        for (step, size) in [(96, 72), (96, 72), (96, 72), (50, 31), (50, 31)].into_iter().enumerate() {
            seen.pixels[step * 72 * 7 + 5] ^= 0x00ff_00ff;
            let before = picture.clone();
            let rows = stretcher.draw(&Arc::new(seen.clone()), size, &mut picture);
            assert!(picture == draw(&seen, size.0, size.1), "step {step}");
            if before.width == picture.width {
                let is_changed = |row: &usize| {
                    let row = row * size.0..(row + 1) * size.0;
                    before.pixels[row.clone()] != picture.pixels[row]
                };
                let changed: Vec<usize> = (0..size.1).filter(is_changed).collect();
                assert_eq!((Some(&rows.start), Some(&(rows.end - 1))), (changed.first(), changed.last()));
            }
        }
        let other = frame(64, 50, |x, _| x as u32);
        assert_eq!(stretcher.draw(&Arc::new(other.clone()), (50, 31), &mut picture), 0..31);
        assert!(picture == draw(&other, 50, 31));
    }

    #[test]
    fn the_picture_is_four_to_three_and_centred() {
        assert_eq!(fit(960, 720), (960, 720));
        assert_eq!(fit(1920, 720), (960, 720));
        assert_eq!(fit(960, 2000), (960, 720));
        let white = frame(720, 400, |_, _| 0x00ff_ffff);
        let picture = draw(&white, 1000, 720);
        let row = &picture.pixels[..1000];
        assert_eq!((row[19], row[20], row[979], row[980]), (0, 0x00ff_ffff, 0x00ff_ffff, 0));
    }

    #[test]
    fn one_colour_stays_exactly_itself_at_every_size() {
        for colour in [0x00ff_ffff, 0x0012_3456, 0x0001_0101, 0] {
            let plain = frame(720, 400, |_, _| colour);
            for (width, height) in [(960, 720), (640, 480), (333, 250), (1601, 1201), (720, 540)] {
                let (_, picture_height) = fit(width, height);
                let picture = draw(&plain, width, height);
                let top = (height - picture_height) / 2;
                let middle = &picture.pixels[(top + picture_height / 2) * width..][..width];
                assert_eq!(middle[width / 2], colour, "{width}x{height}");
                assert_eq!(middle[width / 3], colour, "{width}x{height}");
            }
        }
    }

    #[test]
    fn four_pixels_share_three_by_what_they_cover() {
        let stripes = frame(3, 3, |x, _| [0x00ff_0000, 0x0000_ff00, 0x0000_00ff][x]);
        let picture = draw(&stripes, 4, 3);
        assert_eq!(picture.pixels[..4], [0x00ff_0000, 0x0054_aa00, 0x0000_aa54, 0x0000_00ff]);
    }

    #[test]
    fn a_smaller_window_averages_every_source_pixel() {
        let checks = frame(80, 60, |x, y| if (x + y) % 2 == 0 { 0x00ff_ffff } else { 0 });
        let picture = draw(&checks, 40, 30);
        assert!(picture.pixels.iter().all(|pixel| *pixel == 0x007f_7f7f));
    }

    #[test]
    fn windows_and_frames_of_no_size_are_harmless() {
        let white = frame(2, 2, |_, _| 0x00ff_ffff);
        for (width, height) in [(0, 0), (1, 1), (0, 5), (5, 0), (3, 1)] {
            assert_eq!(draw(&white, width, height).pixels.len(), width * height);
        }
        assert!(draw(&Frame::default(), 4, 3).pixels.iter().all(|pixel| *pixel == 0));
    }
}
