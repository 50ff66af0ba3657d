//! The small picture of a state, in characters.

use beige_host::Frame;
use beige_host::state_file::Thumbnail;

/// Columns of the picture; with characters twice as high as wide, it has the shape of the monitor.
const COLUMNS: usize = 80;
const ROWS: usize = 30;
/// From dark to light.
const SHADES: &[u8] = b" .:-=+*#%@";

/// The picture with two pixels a character in colours of 24 bits.
pub(super) fn in_colour(thumbnail: &Thumbnail) -> Vec<String> {
    let frame = thumbnail.to_frame();
    let colour = |[r, g, b]: [u8; 3]| format!("{r};{g};{b}");
    let rows = (0..ROWS).map(|row| {
        let cells = (0..COLUMNS).map(|column| {
            let [upper, lower] = [0, 1].map(|half| colour(mean(&frame, (column, COLUMNS), (2 * row + half, 2 * ROWS))));
            format!("\x1b[38;2;{upper};48;2;{lower}m\u{2580}")
        });
        cells.collect::<String>() + "\x1b[0m"
    });
    rows.collect()
}

/// The picture in shades of ASCII.
pub(super) fn in_shades(thumbnail: &Thumbnail) -> Vec<String> {
    let frame = thumbnail.to_frame();
    let rows = (0..ROWS).map(|row| {
        let cells = (0..COLUMNS).map(|column| {
            let [r, g, b] = mean(&frame, (column, COLUMNS), (row, ROWS)).map(usize::from);
            // ITU-R BT.601: how bright the three look.
            let brightness = (299 * r + 587 * g + 114 * b) / 1000;
            char::from(SHADES.get(brightness * SHADES.len() / 256).copied().unwrap_or(b' '))
        });
        cells.collect::<String>().trim_end().to_owned()
    });
    rows.collect()
}

/// The mean of the pixels under one cell: (number, of so many) across and down.
fn mean(frame: &Frame, (x, of_x): (usize, usize), (y, of_y): (usize, usize)) -> [u8; 3] {
    let span = |at: usize, of: usize, length: usize| {
        let start = at * length / of;
        start..((at + 1) * length / of).max(start + 1).min(length)
    };
    let (mut sums, mut count) = ([0u32; 3], 0);
    for row in span(y, of_y, frame.height) {
        for column in span(x, of_x, frame.width) {
            let Some(pixel) = frame.pixels.get(row * frame.width + column) else { continue };
            let [_, channels @ ..] = pixel.to_be_bytes();
            for (sum, channel) in sums.iter_mut().zip(channels) {
                *sum += u32::from(channel);
            }
            count += 1;
        }
    }
    sums.map(|sum| (sum / count.max(1)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The left half white, the right half black.
    fn halves() -> Thumbnail {
        let pixels = (0..120).flat_map(|_| (0..160).map(|x| if x < 80 { 0x00ff_ffff } else { 0 }));
        Thumbnail::of(&Frame { width: 160, height: 120, pixels: pixels.collect() })
    }

    #[test]
    fn light_and_dark_stand_where_they_are() {
        let rows = in_shades(&halves());
        assert_eq!(rows.len(), ROWS);
        assert!(rows.iter().all(|row| *row == "@".repeat(COLUMNS / 2)));
        let rows = in_colour(&halves());
        assert!(rows[0].starts_with("\x1b[38;2;255;255;255;48;2;255;255;255m\u{2580}"));
        assert!(rows[0].ends_with("\x1b[38;2;0;0;0;48;2;0;0;0m\u{2580}\x1b[0m"));
    }

    #[test]
    fn a_state_without_a_picture_gives_blank_rows() {
        assert!(in_shades(&Thumbnail::default()).iter().all(String::is_empty));
    }
}
