//! `beige keys`: the hot keys of the window and the key names of scripts, as text and as JSON.

use super::hot::{self, HOT_KEYS, HotAction};
use super::{NAMES, name_of_key};
use beige_host::Key;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The most characters of a line of help.
const WIDTH: usize = 118;

/// The hot keys, a line each, indented for `--help`.
pub(crate) fn hot_keys_text() -> String {
    let mut text = format!(
        "Hot keys in the window (hold {0}, press the other key; {0} alone goes to the guest when let go):\n",
        hot::prefix_name()
    );
    for hot in HOT_KEYS {
        let _ = writeln!(text, "  {:<8} {}", hot.chord(), hot.does);
    }
    text + "  Focus loss releases every key that is held."
}

/// The names that `key` of a script knows, one for each key, indented for `--help`.
pub(crate) fn key_names_text() -> String {
    let mut text = String::from("  Keys:");
    let mut width = text.len();
    for (index, (name, key)) in NAMES.iter().enumerate() {
        if NAMES[..index].iter().any(|(_, other)| other == key) {
            continue;
        }
        if width + 1 + name.len() > WIDTH {
            text.push_str("\n   ");
            width = 3;
        }
        let _ = write!(text, " {name}");
        width += 1 + name.len();
    }
    text
}

/// All that `beige keys` prints for people.
pub(crate) fn text() -> String {
    let mut text = hot_keys_text();
    text.push_str("\n\nKeys of scripts, as in `key ctrl+alt+del`; names on one line stand for one key:\n");
    for (name, others) in names_by_key() {
        let _ = writeln!(text, "  {}", [&[name], others.as_slice()].concat().join(" "));
    }
    text.trim_end().to_owned()
}

/// The same for programs.
pub(crate) fn json() -> Value {
    let hot_keys = HOT_KEYS.iter().map(|hot| {
        let sends: Vec<&str> = match hot.action {
            HotAction::Press(keys) => keys.iter().map(|key| name_of_key(*key)).collect(),
            _ => Vec::new(),
        };
        json!({ "keys": [name_of_key(hot::PREFIX), name_of_key(hot.key)], "does": hot.does, "sends": sends })
    });
    let keys = names_by_key().into_iter().map(|(name, others)| json!({ "name": name, "also": others }));
    json!({ "hot_keys": hot_keys.collect::<Vec<_>>(), "keys": keys.collect::<Vec<_>>() })
}

/// Every key in the order of the table: its first name and the others.
fn names_by_key() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut seen: Vec<(Key, &'static str, Vec<&'static str>)> = Vec::new();
    for (name, key) in NAMES {
        match seen.iter_mut().find(|(known, ..)| known == key) {
            Some((_, _, others)) => others.push(name),
            None => seen.push((*key, name, Vec::new())),
        }
    }
    seen.into_iter().map(|(_, name, others)| (name, others)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::chord;

    #[test]
    fn every_name_that_is_listed_is_one_that_a_script_may_write() {
        let names = names_by_key();
        assert_eq!(names.len(), Key::COUNT);
        for name in names.iter().flat_map(|(name, others)| [&[*name], others.as_slice()].concat()) {
            assert!(chord(name).is_ok_and(|keys| keys.len() == 1), "{name}");
        }
        for word in key_names_text().split_whitespace().skip(1) {
            assert!(chord(word).is_ok(), "{word}");
        }
        assert_eq!(key_names_text().split_whitespace().count(), 1 + Key::COUNT);
    }

    #[test]
    fn help_lines_are_not_wider_than_a_terminal() {
        for line in hot_keys_text().lines().chain(key_names_text().lines()) {
            assert!(line.len() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn programs_are_told_what_a_hot_key_sends() {
        let json = json();
        let hot_keys = json["hot_keys"].as_array().unwrap();
        assert_eq!(hot_keys.len(), HOT_KEYS.len());
        let reboot = hot_keys.iter().find(|hot| hot["does"] == "Ctrl-Alt-Del").unwrap();
        assert_eq!(reboot["keys"], json!(["f12", "d"]));
        assert_eq!(reboot["sends"], json!(["ctrl", "alt", "del"]));
    }
}
