//! What is wrong with a line that the parser does not take.
//!
//! Must not: repeat anything of a line that names a PIN.

use std::fmt;

use toml::de::DeTable;

use super::key::{Key, Shape, TIME};

/// Most characters of a line that are shown.
const SHOWN_MAX: usize = 80;

/// Lines that are looked back over for the one that opened what does not close.
const LOOKED_BACK_MAX: usize = 50;

/// Why a line is no TOML. Texts are from the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineFault {
    /// Quotes as a word processor makes them.
    CurlyQuotes,
    /// A quote that is never closed.
    OpenQuote,
    /// A bracket that is never closed.
    OpenList,
    /// A bracket or quote of an earlier line that does not close.
    OpenBefore {
        /// That line, counted from 1, if it was found.
        line: Option<usize>,
    },
    /// Nothing after the equals sign of an earlier line: the value stands below it.
    NoValueBefore {
        /// The key.
        name: String,
        /// That line, counted from 1.
        line: usize,
    },
    /// A colon in the place of the equals sign.
    Colon,
    /// No equals sign.
    NoEquals,
    /// Nothing after the equals sign.
    NoValue {
        /// The key.
        name: String,
    },
    /// A text without quotes.
    Unquoted {
        /// The key.
        name: String,
        /// The text.
        value: String,
    },
    /// A word that stands for yes or no, and is not the one of TOML.
    Flag {
        /// The key.
        name: String,
    },
    /// A value that is no TOML, of a key whose value is no text.
    Value {
        /// The key.
        name: &'static str,
        /// What its value is.
        expected: String,
    },
    /// A time without quotes that is no time of TOML either.
    UnquotedTime {
        /// The key.
        name: String,
    },
    /// A key that is in its table already, or a table that is in the file already.
    Twice {
        /// The line as it is.
        text: String,
    },
    /// A table's name without its closing bracket.
    OpenBracket,
    /// Anything else.
    Other {
        /// The line as it is.
        text: String,
    },
}

/// Whether the name of a key is that of a PIN.
pub(super) fn is_of_a_pin(name: &str) -> bool {
    name.to_ascii_lowercase().contains("pin")
}

/// Whether a line has a key that names a PIN: its first word, or one inside a table in braces.
fn has_a_pin(line: &str) -> bool {
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '"' | '\'' | ' ' | '\t');
    let first = line.find(['=', ':']).and_then(|at| line.get(..at)).unwrap_or_default();
    let mut parts: Vec<&str> = line.split('=').skip(1).collect();
    parts.pop();
    let names = parts.into_iter().map(|part| part.rsplit(|letter| !is_of_name(letter)).next().unwrap_or_default());
    is_of_a_pin(first) || names.into_iter().any(is_of_a_pin)
}

/// The key of this name, in whichever table it is.
fn key_named(name: &str, keys: &'static [Key]) -> Option<&'static Key> {
    let inside = |key: &'static Key| match &key.shape {
        Shape::Table(keys) | Shape::Tables(keys) => key_named(name, keys),
        _ => None,
    };
    keys.iter().find(|key| key.name == name).or_else(|| keys.iter().find_map(inside))
}

/// What is wrong with this line of `text`, counted from 1, that the parser does not take. Nothing is said of one that
/// names a PIN.
pub(super) fn line_fault(text: &str, line: usize, keys: &'static [Key]) -> Option<LineFault> {
    let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
    if has_a_pin(shown) {
        return None;
    }
    Some(open_before(text, line, shown).unwrap_or_else(|| fault_of_line(shown, keys)))
}

fn has_curly_quotes(line: &str) -> bool {
    line.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}'])
}

/// Whether what stands before this line ends as it should. If it does not, the line itself may be right.
fn open_before(text: &str, line: usize, shown: &str) -> Option<LineFault> {
    let mut ends = vec![0];
    ends.extend(text.split_inclusive('\n').take(line.saturating_sub(1)).scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    }));
    let is_whole = |lines: usize| {
        let before = ends.get(lines).and_then(|end| text.get(..*end)).unwrap_or_default();
        DeTable::parse(before).is_ok()
    };
    let before = line.saturating_sub(1);
    if has_curly_quotes(shown) || is_whole(before) {
        return None;
    }
    let opened = (before.saturating_sub(LOOKED_BACK_MAX)..before).rev().find(|lines| is_whole(*lines));
    let without_value = opened.and_then(|lines| {
        let name = text.lines().nth(lines)?.trim().strip_suffix('=')?.trim();
        let is_name = !name.is_empty() && !is_of_a_pin(name) && !name.contains('=');
        is_name.then(|| LineFault::NoValueBefore { name: name.chars().take(SHOWN_MAX).collect(), line: lines + 1 })
    });
    Some(without_value.unwrap_or(LineFault::OpenBefore { line: opened.map(|lines| lines + 1) }))
}

/// What is wrong with a line before which everything is right.
fn fault_of_line(line: &str, keys: &'static [Key]) -> LineFault {
    let text = || line.chars().take(SHOWN_MAX).collect::<String>();
    if has_curly_quotes(line) {
        return LineFault::CurlyQuotes;
    }
    // By itself it is right: the file has it already.
    if !line.is_empty() && DeTable::parse(line).is_ok() {
        return LineFault::Twice { text: text() };
    }
    if line.starts_with('[') && !line.contains('=') {
        return LineFault::OpenBracket;
    }
    let Some((name, value)) = line.split_once('=') else {
        return if line.contains(':') { LineFault::Colon } else { LineFault::NoEquals };
    };
    let (name, value) = (name.trim().to_owned(), value.trim());
    if name.is_empty() {
        return LineFault::Other { text: text() };
    }
    if name.contains(':') {
        return LineFault::Colon;
    }
    let shape = key_named(&name, keys);
    match value.chars().next() {
        None | Some('#') => LineFault::NoValue { name },
        Some(quote @ ('"' | '\'')) if value.matches(quote).count() % 2 == 1 => LineFault::OpenQuote,
        Some('[' | '{') if value.matches(['[', '{']).count() > value.matches([']', '}']).count() => LineFault::OpenList,
        Some(first) if first.is_ascii_digit() && (value.contains([':', '-']) || value.matches('.').count() > 1) => {
            LineFault::UnquotedTime { name }
        }
        Some(first) if first.is_alphanumeric() || matches!(first, '/' | '.' | '~' | '*') => {
            let value = value.split(" #").next().unwrap_or(value).trim().trim_end_matches([',', ';']);
            unquoted(name, value, shape)
        }
        Some(_) => LineFault::Other { text: text() },
    }
}

/// A value without quotes that needs them, or that is not what its key has.
fn unquoted(name: String, value: &str, key: Option<&'static Key>) -> LineFault {
    let is_flag = || matches!(&*value.to_ascii_lowercase(), "yes" | "no" | "on" | "off" | "true" | "false");
    match key {
        Some(Key { shape: Shape::Flag, .. }) => LineFault::Flag { name },
        Some(Key { shape: Shape::Text(_) | Shape::TextOrTexts(_), .. }) => {
            LineFault::Unquoted { name, value: value.chars().take(SHOWN_MAX).collect() }
        }
        Some(key) => LineFault::Value { name: key.name, expected: key.shape.expected() },
        None if is_flag() => LineFault::Flag { name },
        None => LineFault::Unquoted { name, value: value.chars().take(SHOWN_MAX).collect() },
    }
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CurlyQuotes => f.write_str("the line has typographic quotes; write straight ones: \""),
            Self::OpenQuote => f.write_str("a quote is opened and never closed"),
            Self::OpenList => f.write_str("a bracket is opened and never closed"),
            Self::OpenBefore { line } => {
                let opened = line.map_or_else(|| "earlier".to_owned(), |line| format!("in line {line}"));
                write!(
                    f,
                    "a bracket or quote opened {opened} does not close. Check the quotes, the commas and the closing bracket \
                     from there on; this line itself may be right"
                )
            }
            Self::NoValueBefore { name, line } => {
                write!(f, "{name} in line {line} has no value behind its equals sign; write both in one line")
            }
            Self::Colon => f.write_str("the line has a colon where an equals sign belongs; write key = value"),
            Self::NoEquals => f.write_str("the line has no equals sign; write key = value"),
            Self::NoValue { name } => write!(f, "{name} has no value; write {name} = \"…\""),
            Self::Unquoted { name, value } => {
                write!(f, "the value of {name} has no quotes; write {name} = \"{value}\"")
            }
            Self::Flag { name } => {
                write!(f, "write {name} = true or {name} = false, in small letters and without quotes")
            }
            Self::Value { name, expected } => write!(f, "{name} has to be {expected}"),
            Self::UnquotedTime { name } => {
                write!(f, "the value of {name} has no quotes; a time is written in quotes, like {name} = {TIME}")
            }
            Self::Twice { text } => write!(f, "this is in the file already: {text}; leave one of the two out"),
            Self::OpenBracket => f.write_str("the brackets of this table do not close; write [name] or [[name]]"),
            Self::Other { text } => {
                write!(f, "the line is not of the form key = value, with texts and times in quotes: {text}")
            }
        }
    }
}

impl std::error::Error for LineFault {}
