//! A small picture of the screen.

use beige_core::Frame;

/// Pixels in a row of a thumbnail of a state, and rows: the shape of the monitor, whatever the mode.
const WIDTH: usize = 160;
const HEIGHT: usize = 120;

/// A small picture: rows of red, green and blue bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Three bytes a pixel.
    pub rgb: Vec<u8>,
}

impl Thumbnail {
    /// The most bytes of a picture that is loaded.
    pub(super) const MAX_BYTES: usize = 3 * 512 * 512;

    /// A frame made small: each pixel is the mean of those that it covers.
    #[must_use]
    pub fn of(frame: &Frame) -> Thumbnail {
        if frame.width == 0 || frame.height == 0 {
            return Thumbnail::default();
        }
        let mut rgb = Vec::with_capacity(3 * WIDTH * HEIGHT);
        for y in 0..HEIGHT {
            let rows = covered(y, HEIGHT, frame.height);
            for x in 0..WIDTH {
                rgb.extend_from_slice(&mean(frame, covered(x, WIDTH, frame.width), rows.clone()));
            }
        }
        Thumbnail { width: WIDTH as u16, height: HEIGHT as u16, rgb }
    }

    /// The picture as a frame.
    #[must_use]
    pub fn to_frame(&self) -> Frame {
        let pixels = self.rgb.as_chunks::<3>().0.iter().map(|[r, g, b]| u32::from_be_bytes([0, *r, *g, *b]));
        Frame { width: self.width.into(), height: self.height.into(), pixels: pixels.collect() }
    }

    /// Whether there are as many bytes as pixels need.
    pub(super) fn is_whole(&self) -> bool {
        self.rgb.len() == 3 * usize::from(self.width) * usize::from(self.height)
    }
}

/// The pixels of a length of `of` under pixel `at` of `count`; at least one.
fn covered(at: usize, count: usize, of: usize) -> std::ops::Range<usize> {
    let start = at * of / count;
    start..((at + 1) * of / count).max(start + 1).min(of)
}

fn mean(frame: &Frame, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> [u8; 3] {
    let mut sums = [0u32; 3];
    let mut count = 0;
    for y in rows {
        let row = frame.pixels.get(y * frame.width..(y + 1) * frame.width).unwrap_or_default();
        for pixel in row.get(columns.clone()).unwrap_or_default() {
            let [_, channels @ ..] = pixel.to_be_bytes();
            for (sum, channel) in sums.iter_mut().zip(channels) {
                *sum += u32::from(channel);
            }
            count += 1;
        }
    }
    sums.map(|sum| (sum / count.max(1)) as u8)
}
