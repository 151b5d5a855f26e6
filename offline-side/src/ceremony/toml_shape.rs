//! The shape of a TOML file that people write: which keys there are, and of which type. A mistake is told in words about
//! what was expected, and never in those of the parser.
//!
//! The parser's tree is compared with a table of keys. Must not: know what a value means.

mod key;
mod line;

use std::fmt;

use rootcast_host::suggestion::nearest;
use rootcast_host::text_file::line_of;
use rootcast_pki::time::Timestamp;
use rootcast_pki::typed_time::{self, TypedTime};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

pub(crate) use self::key::{Key, Shape, needed, optional};
pub(crate) use self::line::LineFault;
use self::line::{is_of_a_pin, line_fault};

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
    /// A key that names a PIN. Neither the key nor its value is kept.
    Pin,
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

/// Compares a file with its shape; the first mistake counts, in the order of the file. Keys that are missing come last.
///
/// # Errors
/// [`Mistake`].
pub(crate) fn check(text: &str, keys: &'static [Key]) -> Result<(), Mistake> {
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text.as_bytes(), span.start));
        Mistake { line, fault: line_fault(text, line, keys).map_or(ShapeFault::Pin, ShapeFault::Line) }
    })?;
    let walk = Walk { text, all: keys };
    walk.table(document.get_ref(), keys, "", false, 1)
}

struct Walk<'t> {
    text: &'t str,
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
    fn line_of(&self, at: usize) -> usize {
        line_of(self.text.as_bytes(), at)
    }

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
            let (name, at) = (found.get_ref().as_ref(), self.line_of(found.span().start));
            let Some(key) = keys.iter().find(|key| key.name == name) else {
                if is_of_a_pin(name) {
                    return Err(Mistake { line: at, fault: ShapeFault::Pin });
                }
                let fault = ShapeFault::UnknownKey {
                    name: name.to_owned(),
                    table: title,
                    belongs: home_of(name, self.all, ""),
                    meant: nearest(name, keys.iter().map(|key| key.name)),
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
                        let at = self.line_of(value.span().start);
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
                    (Shape::Number(_) | Shape::NumberOrText(_), DeValue::Integer(number)) => {
                        unfit_number(number, shape)
                    }
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
            (Shape::Time, DeValue::Datetime(found)) => in_utc(written).map(|moment| {
                let doubt = match (found.time, found.offset) {
                    (None, _) => ", or another time of that day in UTC",
                    (Some(_), None) => ", if that is UTC",
                    (Some(_), Some(_)) => "",
                };
                format!("\"{moment}\"{doubt}")
            }),
            (Shape::Text(_), DeValue::Integer(_) | DeValue::Boolean(_)) => Some(format!("\"{written}\"")),
            (Shape::Texts(_), DeValue::String(_)) => Some(format!("[{written}]")),
            (Shape::Flag, DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
                Some(text.as_ref().to_owned())
            }
            (Shape::Number(_), DeValue::String(text)) if text.parse::<u32>().is_ok() => Some(text.as_ref().to_owned()),
            (Shape::NumberOrText(_), DeValue::Integer(number)) if number.radix() == 10 => {
                Some(format!("\"{}\"", number.as_str()))
            }
            _ => None,
        }
    }
}

/// A date or time of TOML as these files write it. One without a zone is taken as UTC, and a date as its midnight.
fn in_utc(written: &str) -> Option<Timestamp> {
    match typed_time::read(written) {
        Ok(TypedTime::Moment(moment)) => Some(moment),
        Ok(TypedTime::OfDay(_)) => None,
        Err(_) => typed_time::of_another_zone(written).or_else(|| typed_time::read_day(written).ok()),
    }
}

/// What is said of a number that does not fit its shape.
fn unfit_number(number: &DeInteger<'_>, shape: &Shape) -> &'static str {
    match (number.radix(), shape) {
        (10, Shape::NumberOrText(_)) => "a number that is too large to stand without quotes",
        (10, _) => "a number that is negative or too large",
        _ => "a number that is not in decimal digits",
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

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(fault) => fault.fmt(f),
            Self::Pin => f.write_str("a PIN is never kept in a file (KEY-PIN): the PIN is asked on the terminal"),
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

impl std::error::Error for ShapeFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Line(fault) => std::error::Error::source(fault),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Shape, ShapeFault, check, needed, optional};

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
            (
                "[crl]\nthis_update = 2026-11-30",
                2,
                "found a date or time without quotes. Write this_update = \"2026-11-30T00:00:00Z\"",
            ),
            ("[crl]\nthis_update = 2026-11-30T12:00:00+02:00", 2, "Write this_update = \"2026-11-30T10:00:00Z\""),
            ("[crl]\nthis_update = 2026-11-30T12:00:00", 2, "Write this_update = \"2026-11-30T12:00:00Z\""),
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
            ("first = yes # a comment", 1, "write first = true or first = false"),
            ("first = maybe", 1, "write first = true or first = false"),
            ("count = none", 1, "count has to be a whole number without quotes, like 2"),
            ("count = yes", 1, "count has to be a whole number without quotes, like 2"),
            ("groups = a, b", 1, "groups has to be a list of texts, like [\"a\", \"b\"]"),
            ("[crl]\nthis_update = today", 2, "this_update has to be a time in quotes, like "),
            ("[crl]\nthis_update = \"x\"\nabandon = none", 3, "abandon has to be a whole number, like 5"),
            (
                "[crl]\nthis_update = \"x\"\nabandon = 99999999999999999999",
                3,
                "too large to stand without quotes. Write abandon = \"99999999999999999999\"",
            ),
            ("[crl]\nthis_update = \"x\"\nabandon = 0x12", 3, "found a number that is not in decimal digits"),
            ("count = 0x", 1, "found a number that is not in decimal digits"),
            ("count = 0x1f", 1, "found a number that is not in decimal digits"),
            ("issuer = root.crt,", 1, "write issuer = \"root.crt\""),
            ("issuer = no", 1, "write issuer = \"no\""),
            // An unclosed list: what comes after it is in the file once, and must not be taken out.
            ("groups = [\"a\",\n\"b\"\n[crl]\nthis_update = \"x\"", 3, "opened in line 1 does not close"),
            ("issuer = \"a\"\ngroups = [\"a\"\nfirst = true", 3, "opened in line 2 does not close"),
            ("issuer = \"\"\"a\nfirst = true", 2, "opened in line 1 does not close"),
            ("groups = [\"a\"", 1, "a bracket is opened and never closed"),
            ("issuer =\n  \"root.crt\"", 2, "issuer in line 1 has no value behind its equals sign"),
            ("groups = [\n\u{201c}a\u{201d}\n]", 2, "typographic quotes"),
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

    #[test]
    fn a_pin_is_repeated_in_no_sentence_and_nobody_is_told_to_write_it_down() {
        for text in [
            "pin = hunter2",
            "pin = \"hunter2\"",
            "PIN=hunter2",
            "user_pin = hunter2",
            "userPin = \"hunter2\"",
            "pin: hunter2",
            "Pin : hunter2",
            "pin = 12a4hunter2",
            "pin = 2026-hunter2",
            "\"pin\" = hunter2",
            "pin = \"hunter2\"\npin = \"hunter2\"",
            "issuer = \"a\"\npin = \"hunter2",
            "issuer = { pin = hunter2 }",
            "issuer = { user_pin = \"hunter2\", x }",
            "# pin = hunter2 \u{1}",
            "[crl]\npin = hunter2",
            "[pin]\nvalue = \"hunter2\"",
        ] {
            let mistake = check(text, ALL).unwrap_err();
            let told = format!("{} {:?}", mistake.fault, mistake.fault);
            assert!(mistake.fault == ShapeFault::Pin && !told.contains("hunter2"), "{text}\n{told}");
        }
        // A value that only contains these letters is no PIN.
        for text in ["issuer = shipping.crt", "issuer = /media/shipping/a=b.crt"] {
            let told = check(text, ALL).unwrap_err().fault.to_string();
            assert!(told.contains("has no quotes; write issuer = "), "{text}\n{told}");
        }
        // Nor is a text that never ends shown after its key, whatever its first line was.
        let told = check("pin = \"\"\"\nhunter = 2", ALL).unwrap_err().fault.to_string();
        assert!(!told.contains("hunter"), "{told}");
    }
}
