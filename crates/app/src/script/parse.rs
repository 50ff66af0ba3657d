//! The grammar of scripts, one statement a line:
//!
//! ```text
//! wait "TEXT" [within 20s]      wait any "TEXT" [within 20s]
//! type "dir\n"                  key ctrl+alt+del
//! sleep 500ms                   screen
//! screenshot FILE.png           exit N
//! insert a FILE.img             eject a
//! save FILE.state
//! # comment
//! ```

use crate::keys::{Stroke, chord, stroke_of_char};
use crate::units::guest_time;
use beige_host::{Key, Tick};
use std::fmt;
use std::path::PathBuf;

/// How long a wait waits unless `within` says otherwise, in ticks.
const WITHIN_DEFAULT: Tick = 30 * beige_host::TICKS_PER_SECOND;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// Wait until a row holds the text.
    Wait {
        /// The text, taken literally.
        text: String,
        /// Any row of the screen, not only those that changed since the last `type` or `key`.
        any: bool,
        /// For how long, in ticks.
        within: Tick,
    },
    /// Type these characters.
    Type(Vec<Stroke>),
    /// Press these keys together.
    Key(Vec<Key>),
    /// Let guest time pass, in ticks.
    Sleep(Tick),
    /// Print the text screen.
    Screen,
    /// Save a picture of the screen.
    Screenshot(PathBuf),
    /// Save the state of the machine.
    Save(PathBuf),
    /// Put an image into a floppy drive.
    Insert {
        /// Drive A (0) or B (1).
        drive: u8,
        /// The image.
        path: PathBuf,
    },
    /// Take the disk out of drive A (0) or B (1).
    Eject(u8),
    /// End the run with this exit code.
    Exit(u8),
}

/// A whole script: statements with their line numbers, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    /// The statements, in order.
    pub(crate) statements: Vec<(usize, Statement)>,
}

/// What is wrong with a script: the line and a sentence with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptError {
    line: usize,
    reason: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that is no statement.
    pub(crate) fn parse(source: &str) -> Result<Script, ScriptError> {
        let mut statements = Vec::new();
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        for (index, text) in source.lines().enumerate() {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let line = index + 1;
            let statement = parse_statement(text).map_err(|reason| ScriptError { line, reason: shortened(reason) })?;
            statements.push((line, statement));
        }
        Ok(Script { statements })
    }
}

/// A line may be of any length, a sentence may not.
fn shortened(reason: String) -> String {
    const MOST: usize = 400;
    if reason.chars().count() <= MOST {
        return reason;
    }
    let start: String = reason.chars().take(MOST).collect();
    format!("{start}... (shortened)")
}

fn parse_statement(text: &str) -> Result<Statement, String> {
    let (word, rest) = split_word(text);
    match word {
        "wait" => parse_wait(rest),
        "type" => parse_type(rest),
        "key" => parse_key(rest),
        "sleep" => {
            let ticks = guest_time(uncommented(rest)).map_err(|error| format!("`sleep` needs a time: {error}"))?;
            Ok(Statement::Sleep(ticks))
        }
        "screen" => nothing_after(word, rest).map(|()| Statement::Screen),
        "screenshot" if rest.is_empty() => Err("`screenshot` needs a file, as in `screenshot end.png`".to_owned()),
        "screenshot" => Ok(Statement::Screenshot(PathBuf::from(rest))),
        "save" if rest.is_empty() => Err("`save` needs a file, as in `save prompt.state`".to_owned()),
        "save" => Ok(Statement::Save(PathBuf::from(rest))),
        "insert" => parse_insert(rest),
        "eject" => floppy_drive(uncommented(rest))
            .map(Statement::Eject)
            .map_err(|reason| format!("`eject` {reason}, as in `eject a`")),
        "exit" => uncommented(rest)
            .parse()
            .map(Statement::Exit)
            .map_err(|_| format!("`exit` needs a code from 0 to 255, not `{rest}`")),
        _ => Err(format!(
            "`{word}` is no statement: use wait, type, key, sleep, screen, screenshot, save, insert, eject, exit, or # for a \
             comment"
        )),
    }
}

fn parse_wait(rest: &str) -> Result<Statement, String> {
    let (any, rest) = match split_word(rest) {
        ("any", rest) => (true, rest),
        _ => (false, rest),
    };
    let (text, rest) = quoted(rest).map_err(|reason| format!("`wait` {reason}, as in `wait \"A:\\>\"`"))?;
    if text.is_empty() {
        return Err("`wait` for an empty text waits for nothing: give some text".to_owned());
    }
    if text.contains(['\n', '\t']) {
        return Err("`wait` looks at single rows: wait for the text of one row".to_owned());
    }
    let within = match split_word(uncommented(rest)) {
        ("", _) => WITHIN_DEFAULT,
        ("within", time) => guest_time(time).map_err(|error| format!("`within` needs a time: {error}"))?,
        (other, _) => return Err(format!("after the text of `wait` comes `within 20s` or nothing, not `{other}`")),
    };
    Ok(Statement::Wait { text, any, within })
}

fn parse_type(rest: &str) -> Result<Statement, String> {
    let (text, rest) = quoted(rest).map_err(|reason| format!("`type` {reason}, as in `type \"dir\\n\"`"))?;
    nothing_after("type", rest)?;
    let strokes = text.chars().map(|character| {
        stroke_of_char(character).ok_or_else(|| format!("`{character}` is on no key of the US layout: use `key`"))
    });
    Ok(Statement::Type(strokes.collect::<Result<_, String>>()?))
}

fn parse_key(rest: &str) -> Result<Statement, String> {
    let rest = uncommented(rest);
    if rest.is_empty() {
        return Err("`key` needs the name of a key, as in `key ctrl+alt+del`".to_owned());
    }
    chord(rest)
        .map(Statement::Key)
        .map_err(|name| format!("`{name}` names no key: `beige --help` lists the names, as in `key ctrl+alt+del`"))
}

fn parse_insert(rest: &str) -> Result<Statement, String> {
    let (word, path) = split_word(rest);
    let drive = floppy_drive(word).map_err(|reason| format!("`insert` {reason}, as in `insert a disk2.img`"))?;
    if path.is_empty() {
        return Err("`insert` needs an image after the drive, as in `insert a disk2.img`".to_owned());
    }
    Ok(Statement::Insert { drive, path: PathBuf::from(path) })
}

/// The number of a floppy drive.
fn floppy_drive(word: &str) -> Result<u8, String> {
    match word.to_ascii_lowercase().as_str() {
        "a" | "a:" => Ok(0),
        "b" | "b:" => Ok(1),
        "" => Err("needs a drive".to_owned()),
        _ => Err(format!("changes the disks of drives a and b, not of `{word}`")),
    }
}

/// The first word and the rest, trimmed.
fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim())
}

/// The text without a comment at its end.
fn uncommented(text: &str) -> &str {
    let end = text.match_indices('#').map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(char::is_whitespace)
    });
    text[..end.unwrap_or(text.len())].trim()
}

fn nothing_after(word: &str, rest: &str) -> Result<(), String> {
    match uncommented(rest) {
        "" => Ok(()),
        extra => Err(format!("`{word}` is complete before `{extra}`: remove that")),
    }
}

/// A text in quotes at the start of `text`, and the rest. `\n` is Enter, `\t` Tab, `\"` a quote, `\\` a backslash; a
/// backslash before anything else stands for itself.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let Some(inside) = text.trim_start().strip_prefix('"') else {
        return Err("needs a text in quotes".to_owned());
    };
    let mut value = String::new();
    let mut characters = inside.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match (character, next) {
            ('"', _) => return Ok((value, inside[at + 1..].trim())),
            ('\\', Some(escaped @ ('n' | 't' | '"' | '\\'))) => {
                value.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    itself => itself,
                });
                characters.next();
            }
            _ => value.push(character),
        }
    }
    Err("has a text without its closing quote".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_host::TICKS_PER_SECOND;

    fn one(line: &str) -> Statement {
        let script = Script::parse(line).unwrap();
        assert_eq!(script.statements.len(), 1, "{line}");
        script.statements[0].1.clone()
    }

    fn error(source: &str) -> String {
        Script::parse(source).unwrap_err().to_string()
    }

    fn wait(text: &str, any: bool, seconds: u64) -> Statement {
        Statement::Wait { text: text.to_owned(), any, within: seconds * TICKS_PER_SECOND }
    }

    #[test]
    fn a_backslash_before_another_character_stands_for_itself() {
        assert_eq!(one(r#"wait "A:\>""#), wait(r"A:\>", false, 30));
        assert_eq!(one(r#"wait "A:\\new""#), wait(r"A:\new", false, 30));
        assert_eq!(one(r#"wait "say \"hi\"""#), wait("say \"hi\"", false, 30));
    }

    #[test]
    fn a_wait_may_look_anywhere_and_has_its_own_limit() {
        assert_eq!(
            one(r#"wait any "x" within 500ms"#),
            Statement::Wait { text: "x".to_owned(), any: true, within: TICKS_PER_SECOND / 2 }
        );
        assert_eq!(one(r#"wait "x" within 2m # long"#), wait("x", false, 120));
        assert_eq!(one(r##"wait "# no comment""##), wait("# no comment", false, 30));
        assert_eq!(one(r#"wait"x""#), wait("x", false, 30));
    }

    #[test]
    fn typed_text_becomes_strokes_of_the_us_layout() {
        let Statement::Type(strokes) = one(r#"type "D:\n\t""#) else { panic!("no type") };
        let keys: Vec<(Key, bool)> = strokes.iter().map(|stroke| (stroke.key, stroke.shift)).collect();
        assert_eq!(keys, [(Key::D, true), (Key::Semicolon, true), (Key::Enter, false), (Key::Tab, false)]);
    }

    #[test]
    fn a_file_is_the_rest_of_the_line() {
        assert_eq!(one("screenshot  my picture #1.png "), Statement::Screenshot("my picture #1.png".into()));
        assert_eq!(one("save at the prompt.state"), Statement::Save("at the prompt.state".into()));
    }

    #[test]
    fn disks_are_changed_by_drive_letter_and_file() {
        let insert = |drive, path: &str| Statement::Insert { drive, path: path.into() };
        assert_eq!(one("insert a disk #2.img"), insert(0, "disk #2.img"));
        assert_eq!(one("insert B: x.img "), insert(1, "x.img"));
        assert_eq!(one("eject a # out"), Statement::Eject(0));
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_and_lines_keep_their_numbers() {
        let script = Script::parse("# first\n\n  screen # now\r\nexit 7").unwrap();
        assert_eq!(script.statements, [(3, Statement::Screen), (4, Statement::Exit(7))]);
    }

    #[test]
    fn keys_and_sleeps_are_read() {
        assert_eq!(one("key ctrl+alt+del"), Statement::Key(vec![Key::LeftCtrl, Key::LeftAlt, Key::Delete]));
        assert_eq!(one("sleep 500ms"), Statement::Sleep(TICKS_PER_SECOND / 2));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_a_remedy() {
        for (source, expected) in [
            ("screen\nwiat \"x\"", "line 2: `wiat` is no statement"),
            ("wait x", "line 1: `wait` needs a text in quotes"),
            ("wait \"x", "line 1: `wait` has a text without its closing quote"),
            ("wait \"\"", "line 1: `wait` for an empty text"),
            ("wait \"a\\nb\"", "line 1: `wait` looks at single rows"),
            ("wait \"x\" for 3s", "line 1: after the text of `wait` comes `within 20s` or nothing, not `for`"),
            ("wait \"x\" within", "line 1: `within` needs a time"),
            ("wait \"x\" within 3", "line 1: `within` needs a time"),
            ("type \"\u{e4}\"", "line 1: `\u{e4}` is on no key"),
            ("type \"a\" b", "line 1: `type` is complete before `b`"),
            ("key ctrl+hyper", "line 1: `hyper` names no key"),
            ("key", "line 1: `key` needs the name of a key"),
            ("sleep", "line 1: `sleep` needs a time"),
            ("sleep -3s", "line 1: `sleep` needs a time"),
            ("exit", "line 1: `exit` needs a code from 0 to 255"),
            ("exit 256", "line 1: `exit` needs a code from 0 to 255"),
            ("exit -1", "line 1: `exit` needs a code from 0 to 255"),
            ("screenshot", "line 1: `screenshot` needs a file"),
            ("save", "line 1: `save` needs a file"),
            ("insert", "line 1: `insert` needs a drive"),
            ("insert a", "line 1: `insert` needs an image"),
            ("insert c disk.img", "line 1: `insert` changes the disks of drives a and b, not of `c`"),
            ("eject", "line 1: `eject` needs a drive"),
            ("eject a b", "line 1: `eject` changes the disks of drives a and b, not of `a b`"),
            ("screen now", "line 1: `screen` is complete before `now`"),
        ] {
            let error = error(source);
            assert!(error.starts_with(expected), "{source:?} gave {error:?}");
        }
    }
}
