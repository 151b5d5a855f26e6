//! Documents without what differs from run to run.
//!
//! Keys are made from seeds and the clock stands still.
//! So most digests, words, ids and times are the same in every run, and stay.
//!
//! Replaced everywhere: the scratch folder, numbers of pseudo-terminals, the version of Landlock,
//! that of the programs, and times up to ten minutes after the clock's.
//! Such times stand for how long a run took.
//! Replaced where a snapshot says so: single members, and what follows from a random key.
//! Equal values get equal numbers, so that what has to be equal is still seen to be.

use serde_json::{Map, Value};

use super::stage::NOW;

/// What to replace in the documents of one snapshot.
#[derive(Debug, Clone, Default)]
pub(super) struct Steady {
    /// The scratch folder, as text.
    folder: String,
    /// Members whose values are replaced, by name; one that begins with `/` by its whole path.
    pub(super) members: Vec<&'static str>,
    /// Whether digests, ids and words follow from random keys.
    pub(super) is_random: bool,
    /// Texts that are replaced wherever they stand, each with its placeholder.
    pub(super) texts: Vec<(String, &'static str)>,
    /// What was replaced so far in this document.
    seen: Vec<(&'static str, String)>,
}

/// How long a run may take until its times are seen to differ.
const RUN_SECONDS: i64 = 600;

impl Steady {
    /// Of documents made in this folder.
    pub(super) fn of(folder: String) -> Self {
        Self { folder, ..Self::default() }
    }

    /// One document, with its members sorted by name.
    pub(super) fn document(&mut self, document: &Value) -> Value {
        self.seen.clear();
        self.value("", "", document)
    }

    fn value(&mut self, path: &str, member: &str, value: &Value) -> Value {
        let is_named = self.members.iter().any(|known| *known == member || *known == path);
        match value {
            Value::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| name.as_str());
                let mut steady = Map::new();
                for (name, value) in sorted {
                    let value = self.value(&format!("{path}/{name}"), name, value);
                    steady.insert(self.text(name), value);
                }
                Value::Object(steady)
            }
            Value::Array(elements) => elements.iter().map(|element| self.value(path, member, element)).collect(),
            Value::Number(_) if is_named => "<number>".into(),
            Value::Number(number) if number.as_i64().is_some_and(is_now) => "<now, in seconds>".into(),
            Value::String(text) if is_named || (self.is_random && member.ends_with("words")) => {
                self.numbered(kind_of(text), text).into()
            }
            Value::String(text) => self.text(text).into(),
            other => other.clone(),
        }
    }

    /// A text with what differs in it replaced.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut text = text.replace(&self.folder, "<folder>");
        for (differs, placeholder) in &self.texts {
            text = text.replace(differs, placeholder);
        }
        text = text.replace(concat!(" ", env!("CARGO_PKG_VERSION")), " <version>");
        for before in ["/dev/pts/", "character device 136:", "Landlock: version ", "readers: version "] {
            text = after_each(&text, before, |rest| (rest.bytes().take_while(u8::is_ascii_digit).count(), "<number>"));
        }
        text = times_replaced(&text);
        if self.is_random { self.hexadecimals_replaced(&text) } else { text }
    }

    /// `<kind N>`, with the same N for the same text.
    fn numbered(&mut self, kind: &'static str, text: &str) -> String {
        let same = |(known, before): &&(&'static str, String)| *known == kind && before == text;
        if self.seen.iter().find(same).is_none() {
            self.seen.push((kind, text.to_owned()));
        }
        let of_kind = self.seen.iter().filter(|(known, _)| *known == kind);
        let number = of_kind.take_while(|(_, before)| before != text).count() + 1;
        format!("<{kind} {number}>")
    }

    fn hexadecimals_replaced(&mut self, text: &str) -> String {
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let mut replaced = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word);
            let is_random = word.len() >= 16 && word.chars().all(is_digit) && word.contains(|c| c != '0');
            replaced.push_str(&if is_random { self.numbered(kind_of(word), word) } else { word.to_owned() });
            let separator = after.chars().next().map_or(0, char::len_utf8);
            replaced.push_str(&after[..separator]);
            rest = &after[separator..];
        }
        replaced
    }
}

fn is_now(seconds: i64) -> bool {
    (NOW..NOW + RUN_SECONDS).contains(&seconds)
}

/// What a text is, from its looks.
fn kind_of(text: &str) -> &'static str {
    let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.len() {
        64 if is_hexadecimal => "sha256",
        32 if is_hexadecimal => "id",
        _ if is_hexadecimal => "hexadecimal",
        _ if text.contains(' ') => "words",
        _ => "text",
    }
}

/// Replaces what follows each `before`: `length` says how long it is, and by what.
fn after_each(text: &str, before: &str, length: impl Fn(&str) -> (usize, &'static str)) -> String {
    let mut parts = text.split(before);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        replaced.push_str(before);
        let (cut, placeholder) = length(part);
        replaced.push_str(if cut > 0 { placeholder } else { "" });
        replaced.push_str(&part[cut..]);
    }
    replaced
}

/// Replaces the clock's time, and times up to ten minutes later.
fn times_replaced(text: &str) -> String {
    let (day, rest) = (super::stage::at(NOW), "00:00:00Z");
    let midnight = day.trim_end_matches(rest);
    let mut replaced = String::new();
    let mut left = text;
    while let Some(at) = left.find(midnight) {
        let (before, from) = left.split_at(at);
        replaced.push_str(before);
        let time = from.get(..day.len()).unwrap_or_default();
        if time.ends_with('Z') && time[midnight.len()..].starts_with("00:0") {
            replaced.push_str("<now>");
            left = &from[day.len()..];
        } else {
            replaced.push_str(midnight);
            left = &from[midnight.len()..];
        }
    }
    replaced + left
}
