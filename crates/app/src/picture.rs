//! Pictures of the screen as PNG files.

use beige_host::Frame;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Saves a frame. The sentence says what failed.
pub(crate) fn save_png(frame: &Frame, path: &Path) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| format!("{} cannot be written: {error}", path.display());
    let file = File::create(path).map_err(|error| said(&error))?;
    encode(frame, BufWriter::new(file)).map_err(|error| said(&error))
}

fn encode(frame: &Frame, into: impl std::io::Write) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(into, frame.width as u32, frame.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let channels = frame.pixels.iter().flat_map(|pixel| {
        let [_, red, green, blue] = pixel.to_be_bytes();
        [red, green, blue]
    });
    let pixels: Vec<u8> = channels.collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_the_frame() {
        let frame = Frame { width: 2, height: 1, pixels: vec![0x0011_2233, 0x00ff_8000] };
        let mut file = Vec::new();
        encode(&frame, &mut file).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; 6];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [0x11, 0x22, 0x33, 0xff, 0x80, 0x00]);
    }

    #[test]
    fn a_file_that_cannot_be_made_is_said_with_its_name() {
        let error = save_png(&Frame::default(), Path::new("/no/such/folder/a.png")).unwrap_err();
        assert!(error.contains("/no/such/folder/a.png"), "{error}");
    }
}
