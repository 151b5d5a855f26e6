//! The text of a configuration file, read strictly: every mistake with its line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{ConfigurationError, Fault};
use super::keys::{KEYS, Key, KeyRow, SECTIONS, Side};
use crate::clock::parse_duration;
use crate::text_file;

/// Most links of one run. Each has a process or a thread of its own.
const LINKS_MAX: usize = 16;
/// Most characters of a value that are shown.
const SHOWN_MAX: usize = 60;

/// When a transmission ends that has no stop option.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopLimit {
    /// After so many passes, 1 or more.
    Passes(u32),
    /// After this time.
    Time(Duration),
    /// At these odds of failure.
    Failure(f64),
}

/// The least odds of failure that can be asked for.
const FAILURE_MIN: f64 = 1e-15;

/// The odds of failure of what `--until-odds` takes, here and on the command line: odds of success from a half on, odds of
/// failure below. `None` of what can be neither, or is nearer to certainty than one in 10^15.
#[must_use]
pub fn odds_of_failure(odds: f64) -> Option<f64> {
    let failure = if odds >= 0.5 { 1.0 - odds } else { odds };
    (FAILURE_MIN..=0.5).contains(&failure).then_some(failure)
}

/// A value as it is in the file, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Given<T> {
    /// For people.
    pub(super) text: String,
    /// What it means.
    pub(super) value: T,
}

/// What a file says. A key that is not there is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Values {
    pub(super) links: Option<Given<Vec<String>>>,
    pub(super) transport_keys: Option<Given<Vec<PathBuf>>>,
    pub(super) follow: Option<Given<bool>>,
    pub(super) require_sandbox: Option<Given<bool>>,
    pub(super) warn: Option<Given<Duration>>,
    pub(super) next_contact: Option<Given<Duration>>,
    pub(super) timeout: Option<Given<Duration>>,
    pub(super) stop: Option<(&'static str, Given<StopLimit>)>,
}

/// Reads the file of a program.
pub(super) fn read(bytes: &[u8], file: &Path, side: Side) -> Result<Values, ConfigurationError> {
    let refuse = |line, fault| ConfigurationError { file: file.to_owned(), line, fault };
    let text =
        text_file::text(bytes).map_err(|fault| refuse(fault.line(bytes), Fault::NotText { why: fault.to_string() }))?;
    let lines = Lines { text };
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| lines.line_of(span.start));
        refuse(line, Fault::Form { text: lines.shown(line) })
    })?;
    let mut reading = Reading { side, values: Values::default() };
    for (section, content) in in_order(document.get_ref()) {
        let (name, line) = (section.get_ref().as_ref(), lines.line_of(section.span().start));
        let table = reading.section(name, content.get_ref()).map_err(|fault| refuse(line, fault))?;
        for (key, value) in in_order(table) {
            let line = lines.line_of(key.span().start);
            let raw = lines.text.get(value.span()).unwrap_or_default();
            let read = find(side, name, key.get_ref()).and_then(|row| reading.take(row, value.get_ref(), raw));
            read.map_err(|fault| refuse(line, fault))?;
        }
    }
    Ok(reading.values)
}

/// The key of this name in this section, in the file of this program.
fn find(side: Side, section: &str, name: &str) -> Result<&'static KeyRow, Fault> {
    match KEYS.iter().find(|row| row.name == name) {
        Some(row) if !row.sides.contains(&side) => Err(Fault::OtherSide { name: name.to_owned(), side }),
        Some(row) if row.section != section => Err(Fault::OtherSection { name: name.to_owned(), section: row.section }),
        Some(row) => Ok(row),
        None => Err(Fault::UnknownKey { name: name.to_owned(), side }),
    }
}

type Entry<'t, 'i> = (&'t Spanned<toml::de::DeString<'i>>, &'t Spanned<DeValue<'i>>);

/// The entries of a table in the order of the file, so that the first mistake is told.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<Entry<'t, 'i>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The lines of a text.
struct Lines<'t> {
    text: &'t str,
}

impl Lines<'_> {
    fn line_of(&self, at: usize) -> usize {
        text_file::line_of(self.text.as_bytes(), at)
    }

    fn shown(&self, line: usize) -> String {
        cut(self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim())
    }
}

fn cut(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

struct Reading {
    side: Side,
    values: Values,
}

impl Reading {
    fn section<'v, 'i>(&self, name: &str, content: &'v DeValue<'i>) -> Result<&'v DeTable<'i>, Fault> {
        if !SECTIONS.contains(&name) {
            // A key of ours in front of every section, or a name nobody knows.
            let key = KEYS.iter().find(|row| row.name == name);
            return Err(match (content, key) {
                (DeValue::Table(_), _) => Fault::UnknownSection { name: name.to_owned() },
                (_, Some(row)) if row.sides.contains(&self.side) => {
                    Fault::NoSection { name: name.to_owned(), section: row.section }
                }
                (_, Some(_)) => Fault::OtherSide { name: name.to_owned(), side: self.side },
                (_, None) => Fault::UnknownKey { name: name.to_owned(), side: self.side },
            });
        }
        content.as_table().ok_or_else(|| Fault::NotSection { name: name.to_owned() })
    }

    fn take(&mut self, row: &'static KeyRow, value: &DeValue<'_>, raw: &str) -> Result<(), Fault> {
        let text = cut(raw.trim());
        let wrong = || Fault::Value { name: row.name, found: text.clone(), expected: row.expected };
        let given_time = || time(value).ok_or_else(wrong);
        let values = &mut self.values;
        match row.key {
            Key::Link => {
                let links =
                    texts(value).filter(|links| links.iter().all(|link| link.contains(':'))).ok_or_else(wrong)?;
                at_most(row, links.len(), LINKS_MAX)?;
                let text = links.join(", ");
                values.links = Some(Given { text, value: links });
            }
            Key::Transport => {
                let paths = texts(value).ok_or_else(wrong)?;
                // The other side has one key at a time, and two while it changes.
                at_most(row, paths.len(), if self.side == Side::Online { 2 } else { 1 })?;
                let text = paths.join(", ");
                let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
                if !paths.iter().all(|path| path.is_absolute()) {
                    return Err(wrong());
                }
                values.transport_keys = Some(Given { text, value: paths });
            }
            Key::Follow => values.follow = Some(Given { value: value.as_bool().ok_or_else(wrong)?, text }),
            Key::RequireSandbox => {
                values.require_sandbox = Some(Given { value: value.as_bool().ok_or_else(wrong)?, text });
            }
            Key::Warn => values.warn = Some(given_time()?),
            Key::NextContact => values.next_contact = Some(given_time()?),
            Key::Timeout => values.timeout = Some(given_time()?),
            Key::Passes => {
                let passes = value.as_integer().filter(|number| number.radix() == 10);
                let passes = passes.and_then(|number| number.as_str().parse().ok()).filter(|passes| *passes >= 1_u32);
                let value = StopLimit::Passes(passes.ok_or_else(wrong)?);
                self.stop(row, Given { text, value })?;
            }
            Key::For => {
                let Given { text, value } = given_time()?;
                self.stop(row, Given { text, value: StopLimit::Time(value) })?;
            }
            Key::UntilOdds => {
                let odds = match value {
                    DeValue::Float(number) => number.as_str(),
                    DeValue::String(text) => text.as_ref(),
                    _ => return Err(wrong()),
                };
                let failure = odds.parse().ok().and_then(odds_of_failure).ok_or_else(wrong)?;
                self.stop(row, Given { text: odds.to_owned(), value: StopLimit::Failure(failure) })?;
            }
        }
        Ok(())
    }

    fn stop(&mut self, row: &'static KeyRow, limit: Given<StopLimit>) -> Result<(), Fault> {
        match self.values.stop.replace((row.name, limit)) {
            Some((one, _)) => Err(Fault::TwoLimits { one, other: row.name }),
            None => Ok(()),
        }
    }
}

fn at_most(row: &KeyRow, found: usize, max: usize) -> Result<(), Fault> {
    if found > max { Err(Fault::TooMany { name: row.name, found, max }) } else { Ok(()) }
}

/// One text, or a list of texts that is not empty.
fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    let texts: Vec<String> = match value {
        DeValue::String(text) => vec![text.as_ref().to_owned()],
        DeValue::Array(list) => {
            list.iter().map(|text| text.get_ref().as_str().map(str::to_owned)).collect::<Option<_>>()?
        }
        _ => return None,
    };
    (!texts.is_empty() && texts.iter().all(|text| !text.trim().is_empty())).then_some(texts)
}

/// A time that is not nothing.
fn time(value: &DeValue<'_>) -> Option<Given<Duration>> {
    let text = value.as_str()?;
    let value = parse_duration(text).ok().filter(|time| !time.is_zero())?;
    Some(Given { text: text.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::{Side, StopLimit, Values, read};

    fn online(text: &str) -> Result<Values, String> {
        read(text.as_bytes(), Path::new("C.toml"), Side::Online).map_err(|error| error.to_string())
    }

    fn offline(text: &str) -> Result<Values, String> {
        read(text.as_bytes(), Path::new("C.toml"), Side::Offline).map_err(|error| error.to_string())
    }

    #[test]
    fn every_key_is_read_with_its_type() {
        let text = "# the cage\n[links]\nlink = [\"serial:/dev/ttyUSB0,baud=9600\", 'qr:images=in']\n\
                    transport-key = \"/etc/rootcast/key\"\nfollow = true\nrequire-sandbox = true\n\
                    [warnings]\nwarn = \"14d\"\n[limits]\ntimeout = \"2h\"\n";
        let values = online(text).unwrap();
        assert_eq!(values.links.unwrap().value, ["serial:/dev/ttyUSB0,baud=9600", "qr:images=in"]);
        assert_eq!(values.transport_keys.unwrap().value, [Path::new("/etc/rootcast/key")]);
        assert!(values.follow.unwrap().value && values.require_sandbox.unwrap().value);
        assert_eq!(values.warn.unwrap().value, Duration::from_secs(14 * 86_400));
        assert_eq!(values.timeout.unwrap().value, Duration::from_secs(7_200));
        let values = offline("[warnings]\nnext-contact = \"90d\"\n[limits]\npasses = 1_0\n").err();
        assert!(values.is_none(), "{values:?}");
        for (limit, value) in [
            ("passes = 3", StopLimit::Passes(3)),
            ("for = \"5m\"", StopLimit::Time(Duration::from_secs(300))),
            ("until-odds = 0.75", StopLimit::Failure(0.25)),
            ("until-odds = 1e-6", StopLimit::Failure(1e-6)),
            ("until-odds = \"0.5\"", StopLimit::Failure(0.5)),
        ] {
            assert_eq!(offline(&format!("[limits]\n{limit}\n")).unwrap().stop.unwrap().1.value, value, "{limit}");
        }
        assert_eq!(online(""), Ok(Values::default()));
        assert_eq!(online("\u{feff}[links]\r\nlink = \"file:a\"\r\n").unwrap().links.unwrap().text, "file:a");
    }

    #[test]
    fn every_mistake_has_its_line_and_a_sentence() {
        for (text, says) in [
            ("[links]\nlnik = \"file:a\"\n", "line 2: There is no key lnik. Did you mean link?"),
            ("[link]\nlink = \"file:a\"\n", "line 1: There is no section [link]. Did you mean links?"),
            ("link = \"file:a\"\n", "line 1: link stands before the first section. It belongs below a line [links]."),
            ("[links]\ntransport_key = \"/k\"\n", "line 2: There is no key transport_key. Did you mean transport-key?"),
            ("[links]\nwarn = \"30d\"\n", "line 2: warn belongs below [warnings]."),
            ("[warnings]\nwarn = 30\n", "line 2: warn is 30. Expected is a time in quotes, like \"30s\""),
            ("[warnings]\n\nwarn = \"soon\"\n", "line 3: warn is \"soon\". Expected is a time"),
            ("[warnings]\nwarn = \"0s\"\n", "line 2: warn is \"0s\". Expected is a time"),
            ("[warnings]\nwarn = 2026-11-21T09:00:00Z\n", "warn is 2026-11-21T09:00:00Z. Expected is a time"),
            ("[warnings]\nwarn = 30d\n", "line 2: This line is not understood, or its key is there twice: warn = 30d."),
            ("[links]\nlink = file:a\n", "line 2: This line is not understood"),
            ("[links]\nlink = \"file:a\n", "line 2: This line is not understood"),
            ("[links]\nlink = [\"file:a\"\n", "line 2: This line is not understood"),
            (
                "[links]\nfollow = true\nfollow = true\n",
                "line 3: This line is not understood, or its key is there twice",
            ),
            ("[links]\nfollow = \"true\"\n", "follow is \"true\". Expected is true or false, without quotes."),
            ("[links]\nlink = []\n", "link is []. Expected is link names in quotes"),
            ("[links]\nlink = \"serial\"\n", "link is \"serial\". Expected is link names in quotes"),
            (
                "[links]\ntransport-key = \"key\"\n",
                "transport-key is \"key\". Expected is a path in quotes that begins",
            ),
            ("[limits]\npasses = 3\n", "passes is a key of rootcast-offline: it belongs in its file offline.toml."),
            ("passes = 3\n", "passes is a key of rootcast-offline"),
            ("state = \"/var/lib/rootcast\"\n", "There is no key state. The keys are link, transport-key"),
            ("links = \"file:a\"\n", "links is a section: write [links] on a line of its own."),
            ("[links.link]\na = 1\n", "link is"),
        ] {
            let error = online(text).unwrap_err();
            assert!(error.starts_with("C.toml, line ") && error.contains(says), "{text}\n{error}\n{says}");
        }
        for (text, says) in [
            ("[limits]\npasses = 0\n", "passes is 0. Expected is a whole number from 1 on, without quotes."),
            ("[limits]\npasses = \"3\"\n", "passes is \"3\". Expected is a whole number"),
            ("[limits]\nuntil-odds = 1\n", "until-odds is 1. Expected is odds"),
            ("[limits]\nuntil-odds = 1.5\n", "until-odds is 1.5. Expected is odds"),
            ("[limits]\nuntil-odds = 1e-16\n", "until-odds is 1e-16. Expected is odds"),
            ("[limits]\nuntil-odds = nan\n", "until-odds is nan. Expected is odds"),
            ("[limits]\npasses = 2\nfor = \"5m\"\n", "line 3: passes and for are both given."),
            ("[links]\ntransport-key = [\"/a\", \"/b\"]\n", "transport-key has 2 values. At most 1"),
            (
                "[limits]\ntimeout = \"2h\"\n",
                "timeout is a key of rootcast-online: it belongs in its file online.toml.",
            ),
        ] {
            let error = offline(text).unwrap_err();
            assert!(error.contains(says), "{text}\n{error}\n{says}");
        }
    }

    #[test]
    fn names_from_the_file_are_safe_to_print() {
        let long = format!("[links]\n\"{}\" = 1\n", "x".repeat(5_000));
        for text in
            ["[links]\n\"a\\u001b[2J\" = 1\n", "[\"\\u202e\"]\na = 1\n", "[links]\nlink = \"\u{1b}[2J\"\n", &long]
        {
            let error = online(text).unwrap_err();
            assert!(!error.chars().any(|c| c.is_control() || c == '\u{202e}') && error.len() < 1_200, "{error:?}");
        }
        let read = read(b"\xff\xfe[\0", Path::new("C.toml"), Side::Online).unwrap_err().to_string();
        assert!(read.contains("UTF-16"), "{read}");
    }
}
