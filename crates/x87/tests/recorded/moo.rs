//! The little of a MOO file that these tests need: instruction, memory, images of FNSAVE, AX and the exception.

use std::io::Read as _;
use std::path::Path;

/// One end of a test.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) image: Vec<u8>,
    pub(crate) memory: Vec<(u32, u8)>,
    pub(crate) eax: Option<u32>,
}

/// One recorded instruction.
#[derive(Default)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) before: State,
    pub(crate) after: State,
    pub(crate) faulted: bool,
}

/// The tests of a file.
pub(crate) fn read(path: &Path) -> Vec<Test> {
    let packed = std::fs::read(path).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    chunks(&bytes).filter(|(kind, _)| kind == b"TEST").map(|(_, payload)| test(&payload[4..])).collect()
}

fn test(payload: &[u8]) -> Test {
    let mut test = Test::default();
    for (kind, data) in chunks(payload) {
        match &kind {
            b"NAME" => test.name = String::from_utf8_lossy(&data[4..]).into_owned(),
            b"BYTS" => test.bytes = data[4..].to_vec(),
            b"INIT" => test.before = state(data),
            b"FINA" => test.after = state(data),
            b"EXCP" => test.faulted = true,
            _ => {}
        }
    }
    test
}

fn state(payload: &[u8]) -> State {
    let mut state = State::default();
    for (kind, data) in chunks(payload) {
        match &kind {
            b"FSAV" => state.image = data.to_vec(),
            // EAX has bit 2 in the mask.
            b"RG32" if data[0] & 4 != 0 => {
                let before = (data[0] & 3).count_ones() as usize;
                state.eax = Some(u32_at(data, 4 + 4 * before));
            }
            b"RAM " => state.memory = data[4..].chunks(5).map(|cell| (u32_at(cell, 0), cell[4])).collect(),
            _ => {}
        }
    }
    state
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn chunks(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let kind = rest.get(..4)?.try_into().unwrap();
        let end = 8 + u32_at(rest, 4) as usize;
        let payload = &rest[8..end];
        rest = &rest[end..];
        Some((kind, payload))
    })
}
