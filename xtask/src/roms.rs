//! ROM images: built from roms/, compared in CI.

use crate::fonts;
use std::path::Path;
use std::process::Command;

/// Fonts come first, the VGA BIOS contains them, and the BIOS contains the VGA BIOS.
const FONTS: [(&str, usize); 3] = [("8x16", 16), ("8x14", 14), ("8x8", 8)];
const IMAGES: [Image; 3] = [
    Image { folder: "vgabios", source: "vgabios.asm", image: "vgabios.bin" },
    Image { folder: "bios", source: "bios.asm", image: "bios.bin" },
    Image { folder: "demo", source: "demo.asm", image: "demo.img" },
];

struct Image {
    folder: &'static str,
    source: &'static str,
    image: &'static str,
}

/// Builds every image in place.
pub(crate) fn build(root: &Path) -> Result<String, String> {
    for (name, rows) in FONTS {
        let bytes = font(root, name, rows)?;
        write(&root.join(format!("roms/font/font{name}.bin")), &bytes)?;
    }
    for image in &IMAGES {
        let path = root.join("roms").join(image.image);
        assemble(root, image, &path)?;
    }
    Ok("built the fonts, the VGA BIOS, the BIOS and the built-in disk".to_owned())
}

/// Builds every image aside and compares it with the committed one.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    let mut differing = Vec::new();
    for (name, rows) in FONTS {
        let path = format!("roms/font/font{name}.bin");
        if font(root, name, rows)? != read(&root.join(&path))? {
            differing.push(path);
        }
    }
    let aside = root.join("target/roms");
    std::fs::create_dir_all(&aside).map_err(|error| format!("{}: {error}", aside.display()))?;
    for image in &IMAGES {
        let built = aside.join(image.image);
        assemble(root, image, &built)?;
        if read(&built)? != read(&root.join("roms").join(image.image))? {
            differing.push(format!("roms/{}", image.image));
        }
    }
    if differing.is_empty() {
        Ok("the committed ROM images are what their sources give".to_owned())
    } else {
        Err(format!("{} differ from their sources: run `cargo xtask roms` and commit", differing.join(", ")))
    }
}

fn font(root: &Path, name: &str, rows: usize) -> Result<Vec<u8>, String> {
    let path = root.join(format!("roms/font/font{name}.txt"));
    let text = String::from_utf8(read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
    fonts::assemble(&text, rows).map_err(|error| format!("{}: {error}", path.display()))
}

fn assemble(root: &Path, image: &Image, output: &Path) -> Result<(), String> {
    let status = Command::new("nasm")
        .current_dir(root)
        .args(["-f", "bin", "-w+error", "-I", &format!("roms/{}/", image.folder)])
        .arg(format!("roms/{}/{}", image.folder, image.source))
        .arg("-o")
        .arg(output)
        .status()
        .map_err(|error| format!("nasm does not start ({error}): install the package `nasm`"))?;
    if !status.success() {
        return Err(format!("nasm refuses roms/{}/{}", image.folder, image.source));
    }
    let mut bytes = read(output)?;
    if image.image.ends_with(".bin") {
        seal(&mut bytes);
        write(output, &bytes)?;
    }
    Ok(())
}

/// Makes the bytes of a ROM sum to zero by its last byte, which is free for that in every image. In the BIOS the
/// sum is that of its upper 64 KiB, as the lower ones are a VGA BIOS with a sum of its own.
fn seal(image: &mut [u8]) {
    let from = image.len().saturating_sub(0x1_0000);
    if let Some((last, rest)) = image[from..].split_last_mut() {
        let sum = rest.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        *last = sum.wrapping_neg();
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_image_sums_to_zero() {
        let mut image = vec![7; 0x8000];
        seal(&mut image);
        assert_eq!(image.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0);
    }
}
