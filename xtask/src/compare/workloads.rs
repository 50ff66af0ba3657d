//! The guests: those of `benches/guests`, and in place of some the ones that others have measured with, where
//! `BEIGE_TEST_DATA` has them.

use beige_benches::guests;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A workload of the comparison.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// Whether the geometric mean counts it.
    pub(crate) in_mean: bool,
    /// What it does.
    pub(crate) about: &'static str,
}

const fn workload(name: &'static str, in_mean: bool, about: &'static str) -> Workload {
    Workload { name, in_mean, about }
}

/// All workloads, in the order of the table.
pub(crate) const WORKLOADS: [Workload; 14] = [
    workload("int16", true, "ALU, branches, MUL, LOOP"),
    workload("mem16", true, "sieve, REP MOVSW and STOSW, list walk"),
    workload("call16", true, "recursion, far calls, INT and IRET, PUSH and POP"),
    workload("mixed16", true, "variables within 128 bytes of the code that runs"),
    workload("mixpg16", true, "variables 1 KiB away, in the same page"),
    workload("mode13", true, "plasma, scroll and read back in mode 13h"),
    workload("selfmod", true, "immediates patched in each pass"),
    workload("int32", true, "CRC-32, sort, rotations, flat protected mode"),
    workload("page32", true, "4 KiB pages, random walk through 16 MiB, CR3 loads"),
    workload("fpu", true, "Mandelbrot in x87 registers, roots, divisions, 64 bits of precision"),
    workload("cbench", true, "compiled C: lists, matrices, state machine, CRC"),
    workload("prot32", false, "segment loads, far calls, gates and rings in protected mode"),
    workload("fpu53", false, "fpu with 53 bits of precision"),
    workload("planar16", false, "mode 12h: all write modes, latches, both read modes"),
];

/// Rounds of a workload of ours at scale 1: about 50 million instructions.
const ROUNDS: u32 = 50;
/// The largest scale of ours.
const LARGEST: u32 = 64;

/// An image, with what its guest does.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) path: PathBuf,
    /// The sum that is right.
    pub(crate) sum: u32,
    /// Instructions between the marks; a REP iteration counts as one.
    pub(crate) instructions: u64,
}

/// Finds and builds images, each once.
pub(crate) struct Images {
    beige: PathBuf,
    folder: PathBuf,
    shared: Option<Shared>,
    known: BTreeMap<(&'static str, u32), Image>,
    /// Instructions of a guest that does nothing: firmware, boot sector and marks.
    empty: Option<u64>,
}

/// The folder of shared workloads and what it says of them.
struct Shared {
    folder: PathBuf,
    expected: serde_json::Value,
}

impl Images {
    /// # Errors
    /// When the shared workloads cannot be read.
    pub(crate) fn new(beige: PathBuf, folder: &Path) -> Result<Images, String> {
        let data = std::env::var_os("BEIGE_TEST_DATA").map(|data| Path::new(&data).join("workloads"));
        let shared = data.filter(|data| data.exists()).map(Shared::open).transpose()?;
        if shared.is_none() {
            eprintln!("BEIGE_TEST_DATA names no workloads: all of them are our own");
        }
        Ok(Images { beige, folder: folder.to_owned(), shared, known: BTreeMap::new(), empty: None })
    }

    /// The program.
    pub(crate) fn beige(&self) -> &Path {
        &self.beige
    }

    /// Whether there is such an image.
    pub(crate) fn has(&self, name: &str, scale: u32) -> bool {
        match self.shared.as_ref().filter(|shared| shared.has(name)) {
            Some(shared) => shared.path(name, scale).exists(),
            None => scale <= LARGEST,
        }
    }

    /// The image of a workload at a scale.
    ///
    /// # Errors
    /// When a tool is missing or the guest fails on Beige.
    pub(crate) fn get(&mut self, name: &'static str, scale: u32) -> Result<Image, String> {
        if let Some(image) = self.known.get(&(name, scale)) {
            return Ok(image.clone());
        }
        let image = match self.shared.as_ref().filter(|shared| shared.has(name)) {
            Some(shared) => shared.image(name, scale)?,
            None => self.own(name, scale)?,
        };
        self.known.insert((name, scale), image.clone());
        Ok(image)
    }

    fn own(&mut self, name: &'static str, scale: u32) -> Result<Image, String> {
        let workload = beige_benches::WORKLOADS.iter().find(|workload| workload.name == name);
        let workload = workload.ok_or_else(|| format!("there is no workload {name}"))?;
        let rounds = ROUNDS * scale;
        let path = guests::build(name, rounds, &self.folder).map_err(|error| format!("{name}: {error}"))?;
        let empty = match self.empty {
            Some(empty) => empty,
            None => {
                let empty = guests::build("empty", 1, &self.folder).map_err(|error| error.to_string())?;
                *self.empty.insert(self.instructions(&empty)?)
            }
        };
        let instructions = self.instructions(&path)?.saturating_sub(empty);
        Ok(Image { path, sum: (workload.native)(rounds), instructions })
    }

    /// Instructions from power-on to the guest's end, as Beige counts them.
    fn instructions(&self, image: &Path) -> Result<u64, String> {
        let mut command = Command::new(&self.beige);
        command.args(["--headless", "--json", "--limit", "1h", "--exit-port", "0xf4"]).arg(image);
        let output = command.output().map_err(|error| format!("{}: {error}", self.beige.display()))?;
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let ended = report["exit"] == "exit-port";
        let count = report["instructions"].as_u64().filter(|_| ended);
        count.ok_or_else(|| format!("Beige does not end {}", image.display()))
    }
}

impl Shared {
    fn open(folder: PathBuf) -> Result<Shared, String> {
        let path = folder.join("expected.json");
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let expected = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Shared { folder, expected })
    }

    fn has(&self, name: &str) -> bool {
        !self.expected[name].is_null()
    }

    fn path(&self, name: &str, scale: u32) -> PathBuf {
        self.folder.join(format!("s{scale}")).join(format!("{name}.img"))
    }

    fn image(&self, name: &str, scale: u32) -> Result<Image, String> {
        let told = &self.expected[name][scale.to_string()];
        let sum = told["sum"].as_str().and_then(|sum| u32::from_str_radix(sum, 16).ok());
        let (Some(sum), Some(instructions)) = (sum, told["instructions"].as_u64()) else {
            return Err(format!("expected.json does not tell of {name} at scale {scale}"));
        };
        Ok(Image { path: self.path(name, scale), sum, instructions })
    }
}
