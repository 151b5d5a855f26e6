//! The shape of a TOML file that people write: which keys there are, and of which type. A mistake is told in words about
//! what was expected, and never in those of the parser.
//!
//! The parser's tree is compared with a table of keys. Must not: know what a value means.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One key of a table.
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) shape: Shape,
    /// Whether it has to be there.
    pub(crate) is_needed: bool,
}

/// What the value of a key is.
pub(crate) enum Shape {
    /// A time, as a text.
    Time,
    /// A text, with an example of one.
    Text(&'static str),
    /// A list of texts, with an example of the list.
    Texts(&'static str),
    /// A text or a list of texts, with an example.
    TextOrTexts(&'static str),
    /// A whole number, with an example.
    Number(&'static str),
    /// A whole number, or a text with one.
    NumberOrText(&'static str),
    /// `true` or `false`.
    Flag,
    /// A table with these keys: `[name]`.
    Table(&'static [Key]),
    /// A table that may be there several times: `[[name]]`.
    Tables(&'static [Key]),
}

/// A key that has to be there.
pub(crate) const fn needed(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, is_needed: true }
}

/// A key that may be left out.
pub(crate) const fn optional(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, is_needed: false }
}

/// A mistake in such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Its line, counted from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) fault: ShapeFault,
}

/// What is wrong with the shape of a file. Names and values come from the file, and are not made safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShapeFault {
    /// A line that is no TOML.
    Line(LineFault),
    /// A key or table that there is not.
    UnknownKey {
        /// Its name.
        name: String,
        /// The table it is in, such as `[crl]`.
        table: String,
        /// The table in which there is such a key, if there is one.
        belongs: Option<String>,
        /// A key with nearly this name.
        meant: Option<&'static str>,
        /// All keys of the table.
        keys: Vec<&'static str>,
    },
    /// A key that has to be there is not.
    Missing {
        /// Its name.
        name: &'static str,
        /// The table it belongs into.
        table: String,
        /// What its value is.
        expected: String,
    },
    /// A value of another type.
    Type {
        /// The key.
        name: &'static str,
        /// What it is.
        expected: String,
        /// What was found.
        found: &'static str,
        /// The same value as it should have been written, where that can be said.
        instead: Option<String>,
    },
    /// `[name]` in the place of `[[name]]`.
    OneForMany {
        /// The table, with those it is in.
        name: String,
    },
    /// `[[name]]` in the place of `[name]`.
    ManyForOne {
        /// The table, with those it is in.
        name: String,
    },
}

/// Why a line is no TOML. Texts are from the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineFault {
    /// Quotes as a word processor makes them.
    CurlyQuotes,
    /// A quote that is never closed.
    OpenQuote,
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

/// An example of a time.
const TIME: &str = "\"2026-11-21T00:00:00Z\"";

impl Shape {
    fn expected(&self) -> String {
        match self {
            Self::Time => format!("a time in quotes, like {TIME}"),
            Self::Text(like) => format!("a text in quotes, like \"{like}\""),
            Self::Texts(like) => format!("a list of texts, like {like}"),
            Self::TextOrTexts(like) => format!("a text in quotes or a list of them, like \"{like}\" or [\"{like}\"]"),
            Self::Number(like) => format!("a whole number without quotes, like {like}"),
            Self::NumberOrText(like) => format!("a whole number, like {like}"),
            Self::Flag => "true or false, without quotes".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Tables(_) => "a table that may be there several times".to_owned(),
        }
    }

    fn fits(&self, value: &DeValue<'_>) -> bool {
        let are_texts = |value: &DeValue<'_>| match value {
            DeValue::Array(values) => values.iter().all(|value| matches!(value.get_ref(), DeValue::String(_))),
            _ => false,
        };
        match self {
            Self::Time | Self::Text(_) => matches!(value, DeValue::String(_)),
            Self::Texts(_) => are_texts(value),
            Self::TextOrTexts(_) => matches!(value, DeValue::String(_)) || are_texts(value),
            Self::Number(_) => matches!(value, DeValue::Integer(number) if number.as_str().parse::<u32>().is_ok()),
            Self::NumberOrText(_) => matches!(value, DeValue::Integer(_) | DeValue::String(_)),
            Self::Flag => matches!(value, DeValue::Boolean(_)),
            Self::Table(_) | Self::Tables(_) => false,
        }
    }
}

/// Compares a file with its shape; the first mistake counts, in the order of the file. Keys that are missing come last.
///
/// # Errors
/// [`Mistake`].
pub(crate) fn check(text: &str, keys: &'static [Key]) -> Result<(), Mistake> {
    let line_of = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let document = DeTable::parse(text).map_err(|error| {
        // Where something is missing at the end, the last line that says anything is to blame.
        let end = text.trim_end().len();
        let line = error.span().map_or(1, |span| line_of(span.start.min(end)));
        let shown = text.lines().nth(line - 1).unwrap_or_default();
        Mistake { line, fault: ShapeFault::Line(line_fault(shown)) }
    })?;
    let walk = Walk { text, line_of: &line_of, all: keys };
    walk.table(document.get_ref(), keys, "", false, 1)
}

struct Walk<'t> {
    text: &'t str,
    line_of: &'t dyn Fn(usize) -> usize,
    all: &'static [Key],
}

/// A table as the file writes it; the empty path is the file itself.
fn titled(path: &str, is_many: bool) -> String {
    match (path, is_many) {
        ("", _) => "the part before the first table".to_owned(),
        (path, true) => format!("[[{path}]]"),
        (path, false) => format!("[{path}]"),
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Walk<'_> {
    fn table(
        &self,
        table: &DeTable<'_>,
        keys: &'static [Key],
        path: &str,
        is_many: bool,
        line: usize,
    ) -> Result<(), Mistake> {
        let title = titled(path, is_many);
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (found, value) in entries {
            let (name, at) = (found.get_ref().as_ref(), (self.line_of)(found.span().start));
            let Some(key) = keys.iter().find(|key| key.name == name) else {
                let fault = ShapeFault::UnknownKey {
                    name: name.to_owned(),
                    table: title,
                    belongs: home_of(name, self.all, ""),
                    meant: nearest(name, keys),
                    keys: keys.iter().map(|key| key.name).collect(),
                };
                return Err(Mistake { line: at, fault });
            };
            self.value(key, value, path, at)?;
        }
        let missing =
            keys.iter().find(|key| key.is_needed && !table.iter().any(|(name, _)| name.get_ref() == key.name));
        match missing {
            Some(key) => {
                let fault = ShapeFault::Missing { name: key.name, table: title, expected: key.shape.expected() };
                Err(Mistake { line, fault })
            }
            None => Ok(()),
        }
    }

    fn value(&self, key: &'static Key, value: &Spanned<DeValue<'_>>, path: &str, line: usize) -> Result<(), Mistake> {
        let path = joined(path, key.name);
        let fault = match (&key.shape, value.get_ref()) {
            (Shape::Table(keys), DeValue::Table(table)) => {
                return self.table(table, keys, &path, false, line);
            }
            (Shape::Tables(keys), DeValue::Array(values))
                if values.iter().all(|value| matches!(value.get_ref(), DeValue::Table(_))) =>
            {
                return values.iter().try_for_each(|value| match value.get_ref() {
                    DeValue::Table(table) => {
                        let at = (self.line_of)(value.span().start);
                        self.table(table, keys, &path, true, at)
                    }
                    _ => Ok(()),
                });
            }
            (Shape::Tables(_), DeValue::Table(_)) => ShapeFault::OneForMany { name: path },
            (Shape::Table(_), DeValue::Array(_)) => ShapeFault::ManyForOne { name: path },
            (shape, found) if shape.fits(found) => return Ok(()),
            (shape, found) => ShapeFault::Type {
                name: key.name,
                expected: shape.expected(),
                found: match (shape, found) {
                    (Shape::Number(_), DeValue::Integer(_)) => "a number that is negative or too large",
                    _ => name_of(found),
                },
                instead: self.instead(shape, value),
            },
        };
        Err(Mistake { line, fault })
    }

    /// The value as it should have been written: a time or a word that only needs quotes, or has them too much.
    fn instead(&self, shape: &Shape, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let written = self.text.get(value.span())?.trim();
        match (shape, value.get_ref()) {
            (Shape::Time, DeValue::Datetime(moment)) if moment.offset.is_some() => {
                Some(format!("\"{}\"", written.replace(' ', "T")))
            }
            (Shape::Text(_), DeValue::Integer(_) | DeValue::Boolean(_)) => Some(format!("\"{written}\"")),
            (Shape::Texts(_), DeValue::String(_)) => Some(format!("[{written}]")),
            (Shape::Flag, DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
                Some(text.as_ref().to_owned())
            }
            (Shape::Number(_), DeValue::String(text)) if text.parse::<u32>().is_ok() => Some(text.as_ref().to_owned()),
            _ => None,
        }
    }
}

fn name_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number without quotes",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The table that has a key of this name.
fn home_of(name: &str, keys: &'static [Key], path: &str) -> Option<String> {
    keys.iter().find_map(|key| match &key.shape {
        Shape::Table(inside) | Shape::Tables(inside) => {
            let is_many = matches!(key.shape, Shape::Tables(_));
            let path = joined(path, key.name);
            let is_here = inside.iter().any(|inner| inner.name == name);
            if is_here { Some(titled(&path, is_many)) } else { home_of(name, inside, &path) }
        }
        _ if path.is_empty() && key.name == name => Some(titled("", false)),
        _ => None,
    })
}

/// The key whose name differs in two letters at most.
fn nearest(name: &str, keys: &'static [Key]) -> Option<&'static str> {
    let near = keys.iter().map(|key| (distance(name, key.name), key.name)).min()?;
    (near.0 <= 2 && near.0 < near.1.len()).then_some(near.1)
}

/// How many letters have to be changed, added or taken out (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 {
        return usize::MAX;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        for ((before, above), same) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let left = next.last().copied().unwrap_or_default();
            next.push((before + usize::from(letter != *same)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// What is wrong with a line that the parser does not take.
fn line_fault(line: &str) -> LineFault {
    let line = line.trim();
    let text = || line.chars().take(80).collect::<String>();
    if line.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}']) {
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
    match value.chars().next() {
        None | Some('#') => LineFault::NoValue { name },
        Some(quote @ ('"' | '\'')) if value.matches(quote).count() % 2 == 1 => LineFault::OpenQuote,
        Some(first) if first.is_ascii_digit() && (value.contains([':', '-']) || value.matches('.').count() > 1) => {
            LineFault::UnquotedTime { name }
        }
        Some(_) if matches!(&*value.to_ascii_lowercase(), "yes" | "no" | "on" | "off" | "true" | "false") => {
            LineFault::Flag { name }
        }
        Some(first) if first.is_alphanumeric() || matches!(first, '/' | '.' | '~' | '*') => {
            let value = value.split(" #").next().unwrap_or(value).trim();
            LineFault::Unquoted { name, value: value.chars().take(80).collect() }
        }
        Some(_) => LineFault::Other { text: text() },
    }
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CurlyQuotes => f.write_str("the line has typographic quotes; write straight ones: \""),
            Self::OpenQuote => f.write_str("a quote is opened and never closed"),
            Self::Colon => f.write_str("the line has a colon where an equals sign belongs; write key = value"),
            Self::NoEquals => f.write_str("the line has no equals sign; write key = value"),
            Self::NoValue { name } => write!(f, "{name} has no value; write {name} = \"…\""),
            Self::Unquoted { name, value } => {
                write!(f, "the value of {name} has no quotes; write {name} = \"{value}\"")
            }
            Self::Flag { name } => {
                write!(f, "write {name} = true or {name} = false, in small letters and without quotes")
            }
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

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(fault) => fault.fmt(f),
            Self::UnknownKey { name, table, belongs, meant, keys } => {
                write!(f, "there is no {name} in {table}")?;
                match (belongs, meant) {
                    (Some(belongs), _) => write!(f, "; it belongs in {belongs}"),
                    (None, Some(meant)) => write!(f, "; {meant} was probably meant"),
                    (None, None) => write!(f, "; there are {}", keys.join(", ")),
                }
            }
            Self::Missing { name, table, expected } => write!(f, "{name} is missing in {table}: {expected}"),
            Self::Type { name, expected, found, instead } => {
                write!(f, "{name} has to be {expected}; found {found}")?;
                match instead {
                    Some(instead) => write!(f, ". Write {name} = {instead}"),
                    None => Ok(()),
                }
            }
            Self::OneForMany { name } => {
                write!(f, "there may be several of this table, so it has two brackets on each side: [[{name}]]")
            }
            Self::ManyForOne { name } => {
                write!(f, "there is only one of this table, so it has one bracket on each side: [{name}]")
            }
        }
    }
}

impl std::error::Error for ShapeFault {}

#[cfg(test)]
mod tests {
    use super::{Key, Shape, check, needed, optional};

    const REVOKE: &[Key] = &[needed("date", Shape::Time), needed("reason", Shape::Text("superseded"))];
    const CRL: &[Key] = &[
        needed("this_update", Shape::Time),
        optional("abandon", Shape::NumberOrText("5")),
        optional("revoke", Shape::Tables(REVOKE)),
    ];
    const ALL: &[Key] = &[
        optional("issuer", Shape::Text("root.crt")),
        optional("first", Shape::Flag),
        optional("groups", Shape::Texts("[\"a\", \"b\"]")),
        optional("count", Shape::Number("2")),
        optional("crl", Shape::Table(CRL)),
    ];

    #[test]
    fn what_fits_its_shape_is_no_mistake() {
        let text = "issuer = 'a'\nfirst = true\ngroups = [\"a\"]\ncount = 3\n[crl]\nthis_update = \"x\"\nabandon = 5\n\
                    [[crl.revoke]]\ndate = \"x\"\nreason = \"y\"\n";
        assert_eq!(check(text, ALL), Ok(()));
        assert_eq!(check("", ALL), Ok(()));
    }

    #[test]
    fn every_natural_mistake_has_its_line_and_a_sentence_about_what_was_expected() {
        for (text, line, says) in [
            (
                "[crl]\nthis_update = 2026-11-30T00:00:00Z",
                2,
                "a time in quotes, like \"2026-11-21T00:00:00Z\"; found a date or time without quotes. Write this_update = \"2026-11-30T00:00:00Z\"",
            ),
            ("[crl]\nthis_update = 2026-11-30 00:00:00Z", 2, "Write this_update = \"2026-11-30T00:00:00Z\""),
            ("[crl]\nthis_update = 2026-11-30", 2, "found a date or time without quotes"),
            ("[crl]\nthis_update = 2026-11-30 00:00Z x", 2, "a time is written in quotes, like this_update = "),
            ("[crl]\nthis_update = 30.11.2026", 2, "a time is written in quotes, like this_update = "),
            ("issuer = root.crt", 1, "the value of issuer has no quotes; write issuer = \"root.crt\""),
            ("issuer = /media/root.crt # a comment", 1, "write issuer = \"/media/root.crt\""),
            ("issuer = \u{201c}root.crt\u{201d}", 1, "typographic quotes"),
            ("issuer = \"root.crt", 1, "never closed"),
            ("issuer = \"\"\"", 1, "never closed"),
            ("= 5", 1, "not of the form key = value"),
            ("issuer: \"root.crt\"", 1, "a colon where an equals sign belongs"),
            ("issuer \"root.crt\"", 1, "no equals sign"),
            ("first = true\nissuer =\n", 2, "issuer has no value"),
            ("issuer = \"a\"\nissuer = \"b\"", 2, "in the file already: issuer = \"b\""),
            ("[crl]\nthis_update = \"x\"\n[crl]\n", 3, "in the file already: [crl]"),
            ("[crl\nthis_update = \"x\"", 1, "do not close"),
            ("first = \"true\"", 1, "true or false, without quotes; found a text. Write first = true"),
            ("first = yes", 1, "write first = true or first = false"),
            ("count = \"3\"", 1, "a whole number without quotes, like 2; found a text. Write count = 3"),
            ("groups = \"a\"", 1, "a list of texts, like [\"a\", \"b\"]; found a text. Write groups = [\"a\"]"),
            (
                "issuer = 5",
                1,
                "a text in quotes, like \"root.crt\"; found a number without quotes. Write issuer = \"5\"",
            ),
            ("isuer = \"a\"", 1, "there is no isuer in the part before the first table; issuer was probably meant"),
            ("this_update = \"x\"", 1, "it belongs in [crl]"),
            ("[crl]\nthis_update = \"x\"\nissuer = \"a\"", 3, "it belongs in the part before the first table"),
            ("serial = 1", 1, "there are issuer, first, groups, count, crl"),
            ("[crl]\n", 1, "this_update is missing in [crl]: a time in quotes"),
            ("[crl]\nthis_update = \"x\"\n[crl.revoke]\ndate = \"x\"", 3, "two brackets on each side: [[crl.revoke]]"),
            ("[[crl]]\nthis_update = \"x\"", 1, "one bracket on each side: [crl]"),
            ("crl = 1", 1, "crl has to be a table"),
            ("count = -1", 1, "found a number that is negative or too large"),
            ("[crl]\nthis_update = \"x\"\nreason = \"y\"", 3, "it belongs in [[crl.revoke]]"),
        ] {
            let mistake = check(text, ALL).unwrap_err();
            let told = mistake.fault.to_string();
            assert!(mistake.line == line && told.contains(says), "{text}\nline {}: {told}", mistake.line);
        }
    }
}
