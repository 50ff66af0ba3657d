//! The JSON form of the suites: an array of tests `{"idx", "name", "bytes", "initial", "final", "exception", "hash"}`;
//! a state is `{"regs", "ram", "queue"}`, of which `final` lists only what changed. Registers have the names of 16 or of
//! 32 bits. What is null is as absent. Bus cycles, the queue and anything unknown are skipped. The file does not name
//! its CPU.

use crate::case::{Exception, Registers, State, Test, TestFile, register};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct JsonTest {
    #[serde(default)]
    idx: Option<u32>,
    #[serde(default, deserialize_with = "null_as_absent")]
    name: String,
    bytes: Vec<u8>,
    initial: JsonState,
    r#final: JsonState,
    #[serde(default)]
    exception: Option<JsonException>,
    #[serde(default, deserialize_with = "null_as_absent")]
    hash: String,
}

#[derive(Deserialize)]
struct JsonState {
    #[serde(default, deserialize_with = "null_as_absent")]
    regs: BTreeMap<String, Option<u32>>,
    #[serde(default, deserialize_with = "null_as_absent")]
    ram: Vec<(u32, u8)>,
}

#[derive(Deserialize)]
struct JsonException {
    number: u8,
    #[serde(default)]
    error_code: Option<u32>,
}

fn null_as_absent<'a, D: Deserializer<'a>, T: Deserialize<'a> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Parses the bytes of a file.
///
/// # Errors
/// A sentence that says where it is cut short or wrong.
pub fn parse(bytes: &[u8]) -> Result<TestFile, String> {
    let read: Vec<JsonTest> =
        serde_json::from_slice(bytes).map_err(|error| format!("this is no JSON array of tests: {error}"))?;
    let mut file = TestFile::default();
    for (index, test) in (0..).zip(read) {
        let name = test.name.clone();
        let converted = convert(test, index, &mut file.wide);
        file.tests.push(converted.map_err(|what| format!("test {index} ({name}): {what}"))?);
    }
    Ok(file)
}

fn convert(test: JsonTest, index: u32, wide: &mut bool) -> Result<Test, String> {
    *wide = test.initial.regs.contains_key("eip");
    let exception = test.exception.map(|JsonException { number, error_code }| Exception { number, error_code });
    let before = state(test.initial)?;
    super::complete(&before.registers, *wide)?;
    Ok(Test {
        index: test.idx.unwrap_or(index),
        name: test.name,
        bytes: test.bytes,
        before,
        after: state(test.r#final)?,
        masks: Registers::default(),
        exception,
        hash: test.hash.to_ascii_lowercase(),
    })
}

fn state(read: JsonState) -> Result<State, String> {
    let mut registers = Registers::default();
    for (name, value) in read.regs {
        let number = register::number(&name).ok_or_else(|| format!("there is no register {name}"))?;
        if let Some(value) = value {
            registers.set(number, value);
        }
    }
    Ok(State { registers, memory: read.ram, fpu: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"ax":1,"bx":2,"cx":3,"dx":4,"cs":5,"ss":6,"ds":7,"es":8,"sp":9,"bp":10,"si":11,"di":12,
        "ip":13,"flags":62531}"#;

    fn sample() -> String {
        format!(
            r#"[{{"name": "add byte [ss:bp+si-2259h], cl", "bytes": [0, 138], "initial": {{"regs": {SMALL},
            "ram": [[760970, 0], [760971, 138]], "queue": []}}, "final": {{"regs": {{"ip": 14}}, "ram": [[5, 207]],
            "queue": [144]}}, "cycles": [[0, 1, "CS", "R--"]], "hash": "ABCD", "idx": 3,
            "exception": {{"number": 13, "flag_address": 461420}}}}]"#
        )
    }

    #[test]
    fn a_test_has_its_name_registers_memory_and_changes() {
        let file = parse(sample().as_bytes()).unwrap();
        let test = &file.tests[0];
        assert_eq!((test.index, test.hash.as_str(), file.wide), (3, "abcd", false));
        assert_eq!(test.before.registers.get(register::EFLAGS), Some(62531));
        assert_eq!(test.before.memory, [(760_970, 0), (760_971, 138)]);
        assert_eq!(test.after.registers.get(register::EIP), Some(14));
        assert_eq!(test.after.memory, [(5, 207)]);
        assert_eq!(test.exception, Some(Exception { number: 13, error_code: None }));
    }

    #[test]
    fn what_is_null_is_as_absent() {
        let absent = format!(r#"[{{"bytes": [1], "initial": {{"regs": {SMALL}}}, "final": {{}}}}]"#);
        let null = format!(
            r#"[{{"idx": null, "name": null, "bytes": [1], "initial": {{"regs": {SMALL}, "ram": null}},
            "final": {{"regs": null, "ram": null}}, "exception": null, "hash": null}}]"#
        );
        assert_eq!(parse(null.as_bytes()).unwrap(), parse(absent.as_bytes()).unwrap());
        let final_register = null.replace(r#""regs": null"#, r#""regs": {"ax": null, "bx": 5}"#);
        let registers = parse(final_register.as_bytes()).unwrap().tests[0].after.registers;
        assert_eq!((registers.get(register::EAX), registers.get(register::EBX)), (None, Some(5)));
        let needed = parse(null.replace(r#""ax":1"#, r#""ax":null"#).as_bytes()).unwrap_err();
        assert!(needed.contains("no initial value of ax"), "{needed}");
        assert!(parse(null.replace("[1]", "null").as_bytes()).is_err(), "bytes are needed");
    }

    #[test]
    fn registers_of_32_bits_are_known_by_their_names() {
        let names = &register::NAMES[register::EAX..];
        let regs: Vec<String> = names.iter().map(|name| format!("\"{name}\": 4294901760")).collect();
        let text = format!(
            r#"[{{"bytes": [], "initial": {{"regs": {{{}}}, "ea": {{"seg": "SS"}}}}, "final": {{"regs": {{}}}}}}]"#,
            regs.join(",")
        );
        let file = parse(text.as_bytes()).unwrap();
        assert!(file.wide);
        assert_eq!(file.tests[0].before.registers.get(register::EFLAGS), Some(0xffff_0000));
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let text = sample();
        for end in 0..text.len() {
            assert!(parse(&text.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_place() {
        for (right, wrong) in
            [("138]", "300]"), ("\"ax\":1", "\"qx\":1"), ("760970", "-1"), ("\"number\": 13", "\"x\": 1")]
        {
            assert!(parse(sample().replace(right, wrong).as_bytes()).is_err(), "{wrong}");
        }
        let missing = parse(sample().replace("\"bx\":2,", "").as_bytes()).unwrap_err();
        assert!(missing.contains("test 0") && missing.contains("no initial value of bx"), "{missing}");
    }
}
