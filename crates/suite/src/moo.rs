//! MOO files: the binary form of the SingleStepTests suites, plain or gzip. Chunks of a 4-letter type, a length and a
//! payload, little-endian; unknown chunks are skipped.

use std::fmt;
use std::io::Read as _;
use std::path::Path;

/// The 16-bit registers of a test, in the order of the bits of a `REGS` mask.
pub const REGISTERS: [&str; 14] =
    ["ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags"];

/// The registers of an `RG32` mask that a real-mode test compares, and where they stand in [`REGISTERS`]' order.
const REGISTERS_32: [&str; 20] = [
    "cr0", "cr3", "eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "cs", "ds", "es", "fs", "gs", "ss", "eip",
    "eflags", "dr6", "dr7",
];

/// Why a file cannot be read.
#[derive(Debug)]
pub struct MooError(String);

impl fmt::Display for MooError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MooError {}

/// Registers and memory at one end of a test. A register that is absent has not changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Name and value.
    pub registers: Vec<(&'static str, u32)>,
    /// Physical address and byte.
    pub memory: Vec<(u32, u8)>,
}

impl State {
    /// The value of a register, if it is listed.
    #[must_use]
    pub fn register(&self, name: &str) -> Option<u32> {
        self.registers.iter().find(|(listed, _)| *listed == name).map(|(_, value)| *value)
    }
}

/// One recorded instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Test {
    /// What it is, in words.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The state before.
    pub before: State,
    /// What is different after.
    pub after: State,
    /// The exception it raised: number, and the address of the flags it pushed.
    pub exception: Option<(u8, u32)>,
    /// The identity of the test, 40 hexadecimal digits.
    pub hash: String,
}

/// A file of tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MooFile {
    /// The CPU that was recorded: `8086`, `C286`, `386E`.
    pub cpu: String,
    /// The tests.
    pub tests: Vec<Test>,
}

/// Reads a file, unpacking it when it is gzip.
///
/// # Errors
/// When it cannot be read or is not a MOO file.
pub fn read(path: &Path) -> Result<MooFile, MooError> {
    let fail = |what: String| MooError(format!("{}: {what}", path.display()));
    let mut bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .map_err(|error| fail(error.to_string()))?;
        bytes = plain;
    }
    parse(&bytes).ok_or_else(|| fail("this is not a whole MOO file".to_owned()))
}

/// Parses the bytes of a file, `None` when they are cut short or no MOO.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<MooFile> {
    let mut file = MooFile::default();
    let mut rest = Cursor(bytes);
    let (kind, mut header) = rest.chunk()?;
    if &kind != b"MOO " {
        return None;
    }
    header.take(4)?;
    header.u32()?;
    file.cpu = String::from_utf8_lossy(header.take(4)?).trim_end().to_owned();
    while !rest.0.is_empty() {
        let (kind, payload) = rest.chunk()?;
        if &kind == b"TEST" {
            file.tests.push(test(payload)?);
        }
    }
    Some(file)
}

fn test(mut payload: Cursor<'_>) -> Option<Test> {
    let mut test = Test::default();
    payload.u32()?;
    while !payload.0.is_empty() {
        let (kind, mut chunk) = payload.chunk()?;
        match &kind {
            b"NAME" => test.name = String::from_utf8_lossy(chunk.counted()?).into_owned(),
            b"BYTS" => test.bytes = chunk.counted()?.to_vec(),
            b"INIT" => test.before = state(chunk)?,
            b"FINA" => test.after = state(chunk)?,
            b"EXCP" => test.exception = Some((chunk.u8()?, chunk.u32()?)),
            b"HASH" => test.hash = chunk.0.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => {}
        }
    }
    Some(test)
}

fn state(mut payload: Cursor<'_>) -> Option<State> {
    let mut state = State::default();
    while !payload.0.is_empty() {
        let (kind, mut chunk) = payload.chunk()?;
        match &kind {
            b"REGS" => {
                let mask = chunk.u16()?;
                for (bit, name) in REGISTERS.into_iter().enumerate() {
                    if mask >> bit & 1 != 0 {
                        state.registers.push((name, u32::from(chunk.u16()?)));
                    }
                }
            }
            b"RG32" => {
                let mask = chunk.u32()?;
                for (bit, name) in REGISTERS_32.into_iter().enumerate() {
                    if mask >> bit & 1 != 0 {
                        state.registers.push((name, chunk.u32()?));
                    }
                }
            }
            b"RAM " => {
                for _ in 0..chunk.u32()? {
                    state.memory.push((chunk.u32()?, chunk.u8()?));
                }
            }
            _ => {}
        }
    }
    Some(state)
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.take(count as usize)
    }

    fn chunk(&mut self) -> Option<([u8; 4], Cursor<'a>)> {
        let kind = self.take(4)?.try_into().ok()?;
        self.counted().map(|payload| (kind, Cursor(payload)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_vec();
        bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    fn sample() -> Vec<u8> {
        let mut init = chunk(b"REGS", &[0x01, 0x10, 0x34, 0x12, 0x00, 0x01]);
        init.extend(chunk(b"RAM ", &[1, 0, 0, 0, 0x00, 0x01, 0, 0, 0x90]));
        let mut test = vec![0; 4];
        test.extend(chunk(b"NAME", b"\x03\0\0\0nop"));
        test.extend(chunk(b"BYTS", b"\x01\0\0\0\x90"));
        test.extend(chunk(b"INIT", &init));
        test.extend(chunk(b"WHAT", &[1, 2, 3]));
        test.extend(chunk(b"FINA", &chunk(b"REGS", &[0x00, 0x10, 0x01, 0x01])));
        let mut bytes = chunk(b"MOO ", b"\x01\x01\0\0\x01\0\0\08086");
        bytes.extend(chunk(b"TEST", &test));
        bytes
    }

    #[test]
    fn a_test_has_its_name_registers_memory_and_changes() {
        let file = parse(&sample()).unwrap();
        let test = &file.tests[0];
        assert_eq!((file.cpu.as_str(), test.name.as_str()), ("8086", "nop"));
        assert_eq!(test.before.register("ax"), Some(0x1234));
        assert_eq!(test.before.register("ip"), Some(0x100));
        assert_eq!(test.before.memory, [(0x100, 0x90)]);
        assert_eq!(test.after.registers, [("ip", 0x101)]);
    }

    #[test]
    fn a_file_cut_anywhere_inside_a_chunk_is_refused() {
        let bytes = sample();
        let whole_header = 8 + 12;
        for end in (0..bytes.len()).filter(|end| *end != whole_header) {
            assert_eq!(parse(&bytes[..end]), None, "cut at {end}");
        }
    }
}
