//! State: one `visit` for each struct serves save, load and hash.
//!
//! A state is a list of sections {name, version, length} of fields {id, length, bytes}, little-endian. Ids are stable
//! for ever; a field that is absent from a section of an older version keeps the value it had, so an older state loads
//! into a newer chip. A new field is a new version of its section: within one version no field may be absent, and none
//! may be there that nobody asks for.
//! A state is hostile input: lengths are checked before anything is allocated, and `check()` follows every load.

use std::fmt;

/// Why a state cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    section: String,
    reason: String,
}

impl StateError {
    /// A value in `section` that cannot be.
    #[must_use]
    pub fn invalid(section: &str, reason: &str) -> StateError {
        StateError { section: section.to_owned(), reason: reason.to_owned() }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the state of `{}` is not valid: {}", self.section, self.reason)
    }
}

impl std::error::Error for StateError {}

/// An enum that is stored as one byte.
pub trait Coded: Copy {
    /// What the enum is called in an error.
    const NAME: &'static str;

    /// The stored byte.
    fn to_code(self) -> u8;

    /// The value of a stored byte, `None` when no value has it.
    fn from_code(code: u8) -> Option<Self>;
}

/// Declares a fieldless enum with explicit codes and implements [`Coded`] for it.
///
/// ```
/// beige_core::coded_enum! {
///     /// What the chip waits for.
///     pub enum Phase: "phase" {
///         /// Nothing.
///         Idle = 0,
///         /// The low byte.
///         ExpectingLow = 1,
///     }
/// }
/// use beige_core::Coded;
/// assert_eq!(Phase::from_code(1), Some(Phase::ExpectingLow));
/// assert_eq!(Phase::from_code(2), None);
/// ```
#[macro_export]
macro_rules! coded_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident : $label:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $code:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant = $code),+
        }

        impl $crate::Coded for $name {
            const NAME: &'static str = $label;

            fn to_code(self) -> u8 {
                self as u8
            }

            fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some($name::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// What visits a state: a writer, a reader or a hasher. Use the methods of [`VisitorExt`] for values.
pub trait Visitor {
    /// Begins the section of one struct. Sections do not nest.
    fn section(&mut self, name: &'static str, version: u16);

    /// The version of the present section: the one given when saving, the one stored when loading.
    fn version(&self) -> u16;

    /// Whether fields are being overwritten.
    fn is_loading(&self) -> bool;

    /// A field of fixed length.
    fn bytes(&mut self, id: u16, data: &mut [u8]);

    /// A field of variable length, at most `max_bytes`.
    fn blob(&mut self, id: u16, data: &mut Vec<u8>, max_bytes: usize);

    /// A large field of fixed length that is mostly zero: only its pages of `page_bytes` that are not are stored.
    fn sparse(&mut self, id: u16, data: &mut [u8], page_bytes: usize);

    /// Reports a field that cannot be loaded; the first report wins.
    fn fail(&mut self, reason: &str);
}

/// Values of all kinds, on top of [`Visitor`].
pub trait VisitorExt: Visitor {
    /// A byte.
    fn u8(&mut self, id: u16, value: &mut u8) {
        self.bytes(id, std::slice::from_mut(value));
    }

    /// A 16-bit word.
    fn u16(&mut self, id: u16, value: &mut u16) {
        let mut data = value.to_le_bytes();
        self.bytes(id, &mut data);
        *value = u16::from_le_bytes(data);
    }

    /// A 32-bit word.
    fn u32(&mut self, id: u16, value: &mut u32) {
        let mut data = value.to_le_bytes();
        self.bytes(id, &mut data);
        *value = u32::from_le_bytes(data);
    }

    /// A 64-bit word.
    fn u64(&mut self, id: u16, value: &mut u64) {
        let mut data = value.to_le_bytes();
        self.bytes(id, &mut data);
        *value = u64::from_le_bytes(data);
    }

    /// A boolean, stored as 0 or 1.
    fn bool(&mut self, id: u16, value: &mut bool) {
        let mut data = u8::from(*value);
        self.u8(id, &mut data);
        match data {
            0 => *value = false,
            1 => *value = true,
            _ => self.fail("a boolean is neither 0 nor 1"),
        }
    }

    /// An enum.
    fn code<T: Coded>(&mut self, id: u16, value: &mut T) {
        let mut data = value.to_code();
        self.u8(id, &mut data);
        match T::from_code(data) {
            Some(loaded) => *value = loaded,
            None => self.fail(&format!("{} {data} is unknown", T::NAME)),
        }
    }

    /// A value that may be absent.
    fn option_u64(&mut self, id: u16, value: &mut Option<u64>) {
        let mut data = [0; 9];
        if let Some(present) = value {
            data[0] = 1;
            data[1..].copy_from_slice(&present.to_le_bytes());
        }
        self.bytes(id, &mut data);
        let [tag, number @ ..] = data;
        match tag {
            0 if number == [0; 8] => *value = None,
            1 => *value = Some(u64::from_le_bytes(number)),
            _ => self.fail("an optional value is neither absent nor present"),
        }
    }

    /// A fixed array of words, one field.
    fn u16s(&mut self, id: u16, values: &mut [u16]) {
        let mut data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(id, &mut data);
        for (value, chunk) in values.iter_mut().zip(data.as_chunks().0) {
            *value = u16::from_le_bytes(*chunk);
        }
    }

    /// A fixed array of 32-bit words, one field.
    fn u32s(&mut self, id: u16, values: &mut [u32]) {
        let mut data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(id, &mut data);
        for (value, chunk) in values.iter_mut().zip(data.as_chunks().0) {
            *value = u32::from_le_bytes(*chunk);
        }
    }

    /// A fixed array of 64-bit words, one field.
    fn u64s(&mut self, id: u16, values: &mut [u64]) {
        let mut data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(id, &mut data);
        for (value, chunk) in values.iter_mut().zip(data.as_chunks().0) {
            *value = u64::from_le_bytes(*chunk);
        }
    }
}

impl<V: Visitor + ?Sized> VisitorExt for V {}

fn is_zero(page: &[u8]) -> bool {
    page.iter().all(|byte| *byte == 0)
}

/// Saves into memory.
#[derive(Debug, Default)]
pub struct StateWriter {
    out: Vec<u8>,
    version: u16,
    length_at: Option<usize>,
}

impl StateWriter {
    /// Ends the last section and gives the bytes.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.end_section();
        self.out
    }

    fn end_section(&mut self) {
        if let Some(at) = self.length_at.take() {
            let length = (self.out.len() - at - 8) as u64;
            self.out[at..at + 8].copy_from_slice(&length.to_le_bytes());
        }
    }

    fn field(&mut self, id: u16, length: usize) {
        self.out.extend_from_slice(&id.to_le_bytes());
        self.out.extend_from_slice(&(length as u64).to_le_bytes());
    }
}

impl Visitor for StateWriter {
    fn section(&mut self, name: &'static str, version: u16) {
        self.end_section();
        self.out.push(name.len() as u8);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(&version.to_le_bytes());
        self.length_at = Some(self.out.len());
        self.out.extend_from_slice(&[0; 8]);
        self.version = version;
    }

    fn version(&self) -> u16 {
        self.version
    }

    fn is_loading(&self) -> bool {
        false
    }

    fn bytes(&mut self, id: u16, data: &mut [u8]) {
        self.field(id, data.len());
        self.out.extend_from_slice(data);
    }

    fn blob(&mut self, id: u16, data: &mut Vec<u8>, _max_bytes: usize) {
        self.bytes(id, data);
    }

    fn sparse(&mut self, id: u16, data: &mut [u8], page_bytes: usize) {
        let page_bytes = page_bytes.max(1);
        let stored = data.chunks(page_bytes).enumerate().filter(|(_, page)| !is_zero(page));
        let length: usize = stored.clone().map(|(_, page)| 4 + page.len()).sum();
        self.field(id, length);
        for (number, page) in stored {
            self.out.extend_from_slice(&(number as u32).to_le_bytes());
            self.out.extend_from_slice(page);
        }
    }

    fn fail(&mut self, _reason: &str) {}
}

/// Feeds a hash function with the state, without an intermediate copy.
pub struct StateHasher<F: FnMut(&[u8])> {
    feed: F,
    version: u16,
}

impl<F: FnMut(&[u8])> StateHasher<F> {
    /// A visitor that passes every byte of the state to `feed`, in a fixed order.
    pub fn new(feed: F) -> StateHasher<F> {
        StateHasher { feed, version: 0 }
    }
}

impl<F: FnMut(&[u8])> Visitor for StateHasher<F> {
    fn section(&mut self, name: &'static str, version: u16) {
        (self.feed)(&(name.len() as u32).to_le_bytes());
        (self.feed)(name.as_bytes());
        (self.feed)(&version.to_le_bytes());
        self.version = version;
    }

    fn version(&self) -> u16 {
        self.version
    }

    fn is_loading(&self) -> bool {
        false
    }

    fn bytes(&mut self, id: u16, data: &mut [u8]) {
        (self.feed)(&id.to_le_bytes());
        (self.feed)(&(data.len() as u64).to_le_bytes());
        (self.feed)(data);
    }

    fn blob(&mut self, id: u16, data: &mut Vec<u8>, _max_bytes: usize) {
        self.bytes(id, data);
    }

    fn sparse(&mut self, id: u16, data: &mut [u8], page_bytes: usize) {
        (self.feed)(&id.to_le_bytes());
        (self.feed)(&(data.len() as u64).to_le_bytes());
        for (number, page) in data.chunks(page_bytes.max(1)).enumerate() {
            if !is_zero(page) {
                (self.feed)(&(number as u32).to_le_bytes());
                (self.feed)(page);
            }
        }
        (self.feed)(&u32::MAX.to_le_bytes());
    }

    fn fail(&mut self, _reason: &str) {}
}

/// Loads from memory.
#[derive(Debug)]
pub struct StateReader<'a> {
    rest: &'a [u8],
    fields: &'a [u8],
    next_field: &'a [u8],
    /// Fields of the present section that were asked for.
    taken: usize,
    name: &'static str,
    version: u16,
    /// The version of the present section that this program writes.
    known: u16,
    error: Option<StateError>,
}

impl<'a> StateReader<'a> {
    /// Reads the state in `data`.
    #[must_use]
    pub fn new(data: &'a [u8]) -> StateReader<'a> {
        StateReader { rest: data, fields: &[], next_field: &[], taken: 0, name: "", version: 0, known: 0, error: None }
    }

    /// Ends the load.
    ///
    /// # Errors
    /// The first thing that was wrong, or sections that nobody asked for.
    pub fn finish(mut self) -> Result<(), StateError> {
        self.end_section();
        if self.error.is_none()
            && let Some((name, ..)) = take_section(&mut self.rest)
        {
            let name = shown(name);
            return Err(StateError::invalid(&name, "this section is unknown here"));
        }
        if self.error.is_none() && !self.rest.is_empty() {
            self.fail("bytes follow the last section");
        }
        self.error.map_or(Ok(()), Err)
    }

    /// Every field of the section that ends must have been asked for: what is not understood must not be dropped.
    fn end_section(&mut self) {
        let mut from = self.fields;
        let mut count = 0;
        while take_field(&mut from).is_some() {
            count += 1;
        }
        if !from.is_empty() {
            self.fail("a field is cut short");
        } else if count != self.taken {
            self.fail("it has a field that this program does not know");
        }
    }

    /// The bytes of a field. `None` when an older version has no such field, or there is an error.
    fn field(&mut self, id: u16) -> Option<&'a [u8]> {
        let found = self.find(id);
        match found {
            Some(_) => self.taken += 1,
            None if self.version >= self.known => self.fail(&format!("field {id} is missing")),
            None => {}
        }
        found
    }

    /// Finds a field, most often the next one, otherwise anywhere in the section.
    fn find(&mut self, id: u16) -> Option<&'a [u8]> {
        let mut from = self.next_field;
        if let Some((found, data)) = take_field(&mut from)
            && found == id
        {
            self.next_field = from;
            return Some(data);
        }
        let mut from = self.fields;
        while let Some((found, data)) = take_field(&mut from) {
            if found == id {
                self.next_field = from;
                return Some(data);
            }
        }
        None
    }
}

/// A name out of a file, fit to be shown.
fn shown(name: &[u8]) -> String {
    const MOST: usize = 32;
    let end = if name.len() > MOST { "..." } else { "" };
    format!("{}{end}", name.get(..MOST).unwrap_or(name).escape_ascii())
}

fn take<'a>(from: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(taken)
}

fn take_length(from: &mut &[u8]) -> Option<usize> {
    let bytes: [u8; 8] = take(from, 8)?.try_into().ok()?;
    usize::try_from(u64::from_le_bytes(bytes)).ok()
}

fn take_u16(from: &mut &[u8]) -> Option<u16> {
    let bytes: [u8; 2] = take(from, 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(bytes))
}

fn take_field<'a>(from: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
    let id = take_u16(from)?;
    let length = take_length(from)?;
    Some((id, take(from, length)?))
}

fn take_section<'a>(from: &mut &'a [u8]) -> Option<(&'a [u8], u16, &'a [u8])> {
    let name_length = usize::from(*take(from, 1)?.first()?);
    let name = take(from, name_length)?;
    let version = take_u16(from)?;
    let length = take_length(from)?;
    Some((name, version, take(from, length)?))
}

impl Visitor for StateReader<'_> {
    fn section(&mut self, name: &'static str, version: u16) {
        self.end_section();
        (self.name, self.known, self.version, self.taken) = (name, version, version, 0);
        (self.fields, self.next_field) = (&[], &[]);
        if self.error.is_some() {
            return;
        }
        match take_section(&mut self.rest) {
            Some((found, stored, fields)) if found == name.as_bytes() => {
                (self.fields, self.next_field, self.version) = (fields, fields, stored);
                if stored > version {
                    self.fail(&format!("it was written by a newer Beige: it has version {stored}, not {version}"));
                }
            }
            Some((found, ..)) => {
                let found = shown(found);
                self.fail(&format!("section `{found}` stands in its place"));
            }
            None => self.fail("the section is missing or cut short"),
        }
    }

    fn version(&self) -> u16 {
        self.version
    }

    fn is_loading(&self) -> bool {
        true
    }

    fn bytes(&mut self, id: u16, data: &mut [u8]) {
        match self.field(id) {
            Some(stored) if stored.len() == data.len() => data.copy_from_slice(stored),
            Some(stored) => {
                let reason = format!("field {id} has {} bytes, not {}", stored.len(), data.len());
                self.fail(&reason);
            }
            None => {}
        }
    }

    fn blob(&mut self, id: u16, data: &mut Vec<u8>, max_bytes: usize) {
        match self.field(id) {
            Some(stored) if stored.len() <= max_bytes => {
                data.clear();
                data.extend_from_slice(stored);
            }
            Some(stored) => {
                let reason = format!("field {id} has {} bytes, at most {max_bytes} can be", stored.len());
                self.fail(&reason);
            }
            None => {}
        }
    }

    fn sparse(&mut self, id: u16, data: &mut [u8], page_bytes: usize) {
        let page_bytes = page_bytes.max(1);
        let Some(mut stored) = self.field(id) else { return };
        data.fill(0);
        while !stored.is_empty() {
            let number = take(&mut stored, 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
            let page = number.and_then(|number| data.chunks_mut(page_bytes).nth(number as usize));
            let bytes = page.as_ref().and_then(|page| take(&mut stored, page.len()));
            match (page, bytes) {
                (Some(page), Some(bytes)) => page.copy_from_slice(bytes),
                _ => {
                    self.fail(&format!("field {id} has a page outside its range"));
                    return;
                }
            }
        }
    }

    fn fail(&mut self, reason: &str) {
        if self.error.is_none() {
            self.error = Some(StateError::invalid(self.name, reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    coded_enum! {
        enum Phase: "phase" { Idle = 0, Busy = 1 }
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Sample {
        count: u32,
        phase: Phase,
        wake: Option<u64>,
        table: [u16; 3],
        memory: Vec<u8>,
        text: Vec<u8>,
    }

    impl Sample {
        fn new() -> Sample {
            Sample { count: 0, phase: Phase::Idle, wake: None, table: [0; 3], memory: vec![0; 64], text: Vec::new() }
        }

        fn visit(&mut self, v: &mut dyn Visitor) {
            let Sample { count, phase, wake, table, memory, text } = self;
            v.section("sample", 2);
            v.u32(1, count);
            v.code(2, phase);
            v.option_u64(3, wake);
            v.u16s(4, table);
            v.sparse(5, memory, 16);
            v.blob(6, text, 8);
        }
    }

    fn busy_sample() -> Sample {
        let mut memory = vec![0; 64];
        memory[40] = 7;
        Sample { count: 5, phase: Phase::Busy, wake: Some(9), table: [1, 2, 3], memory, text: b"abc".to_vec() }
    }

    fn save(sample: &mut Sample) -> Vec<u8> {
        let mut writer = StateWriter::default();
        sample.visit(&mut writer);
        writer.finish()
    }

    fn load(data: &[u8]) -> Result<Sample, StateError> {
        let mut sample = Sample::new();
        sample.memory[3] = 1;
        let mut reader = StateReader::new(data);
        sample.visit(&mut reader);
        reader.finish().map(|()| sample)
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let data = save(&mut busy_sample());
        assert_eq!(load(&data).unwrap(), busy_sample());
    }

    #[test]
    fn a_state_cut_anywhere_is_refused_or_loads_defaults_but_never_panics() {
        let data = save(&mut busy_sample());
        for end in 0..data.len() {
            assert!(load(&data[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn an_unknown_enum_code_is_refused_by_name() {
        let mut data = save(&mut busy_sample());
        // name length, name, version, section length, field 1 with 4 bytes, header of field 2
        let at = 1 + 6 + 2 + 8 + (2 + 8 + 4) + (2 + 8);
        assert_eq!(data[at], 1);
        data[at] = 9;
        assert_eq!(load(&data).unwrap_err().to_string(), "the state of `sample` is not valid: phase 9 is unknown");
    }

    #[test]
    fn a_section_that_nobody_asked_for_is_refused_by_name() {
        let mut writer = StateWriter::default();
        busy_sample().visit(&mut writer);
        writer.section("mystery", 1);
        let error = load(&writer.finish()).unwrap_err().to_string();
        assert!(error.contains("mystery"), "{error}");
    }

    #[test]
    fn a_version_from_the_future_is_refused() {
        let mut writer = StateWriter::default();
        writer.section("sample", 3);
        assert!(load(&writer.finish()).unwrap_err().to_string().contains("version 3"));
    }

    #[test]
    fn within_one_version_no_field_may_be_absent_or_unknown() {
        let with = |visit: &dyn Fn(&mut StateWriter)| {
            let mut writer = StateWriter::default();
            writer.section("sample", 2);
            visit(&mut writer);
            writer.finish()
        };
        let mut sample = busy_sample();
        let absent = with(&|writer| writer.u32(1, &mut 5));
        assert!(load(&absent).unwrap_err().to_string().contains("field 2 is missing"));
        let mut unknown = StateWriter::default();
        sample.visit(&mut unknown);
        unknown.u8(7, &mut 1);
        assert!(load(&unknown.finish()).unwrap_err().to_string().contains("does not know"));
    }

    #[test]
    fn a_field_absent_from_an_older_state_keeps_its_value() {
        let mut writer = StateWriter::default();
        writer.section("sample", 1);
        writer.u32(1, &mut 77);
        let loaded = load(&writer.finish()).unwrap();
        assert_eq!((loaded.count, loaded.phase), (77, Phase::Idle));
    }

    #[test]
    fn the_hash_stream_differs_when_one_page_moves() {
        let stream = |at: usize| {
            let mut sample = Sample::new();
            sample.memory[at] = 1;
            let mut out = Vec::new();
            sample.visit(&mut StateHasher::new(|bytes: &[u8]| out.extend_from_slice(bytes)));
            out
        };
        assert_ne!(stream(0), stream(16));
        assert_eq!(stream(16), stream(16));
    }
}
