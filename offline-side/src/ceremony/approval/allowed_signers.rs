//! An OpenSSH `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS), read strictly.
//!
//! ```text
//! alice@example namespaces="rootcast-ceremony",valid-before="20271231Z" ssh-ed25519 AAAAC3… comment
//! ```
//!
//! A line names people and one key. Wildcards in principals and `cert-authority` are refused: with them, a line would
//! stand for an unknown number of people. Times need their Z: without it, a time depends on the machine's time zone.

use std::collections::BTreeSet;

use rootcast_host::clock::rfc3339;
use rootcast_host::text_file::{self, TextFault};
use rootcast_pki::text::is_plain;
use rootcast_pki::time::parse_rfc3339;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

use super::pattern_list::matches_list;
use super::verdict::Verdict;
use crate::store::approval_rule::ApproverRecord;

/// Most lines that name a key.
const SIGNERS_MAX: usize = 1_000;

/// What some editors begin a file with (RFC 3629, section 6). Inside a file it remains where two were joined.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Who may approve.
#[derive(Debug, Clone, Default)]
pub struct AllowedSigners(Vec<Signer>);

/// One line: people, their key, and when it counts.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    /// Their names.
    pub(crate) principals: Vec<String>,
    key: KeyData,
    namespaces: Option<String>,
    valid_after: Option<i64>,
    valid_before: Option<i64>,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl AllowedSigners {
    /// Reads a whole file. One line that cannot be read refuses the file.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn parse(bytes: &[u8]) -> Result<Self, LineFault> {
        let mut signers = Vec::new();
        let no_text = |fault: TextFault| LineFault { line: fault.line(bytes), why: fault.to_string() };
        for (at, line) in text_file::text(bytes).map_err(no_text)?.lines().enumerate() {
            let fault = |why: String| LineFault { line: at + 1, why };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if signers.len() == SIGNERS_MAX {
                return Err(fault(format!("more than {SIGNERS_MAX} signers")));
            }
            signers.push(Signer::parse(line).map_err(fault)?);
        }
        Ok(Self(signers))
    }

    /// The lines with this key.
    #[must_use]
    pub(crate) fn of_key(&self, key: &KeyData) -> Vec<&Signer> {
        self.0.iter().filter(|signer| signer.key == *key).collect()
    }

    /// Every name of the person these lines belong to; empty where there are none.
    pub(super) fn person_of(&self, lines: &[&Signer]) -> Vec<String> {
        let Some(name) = lines.first().and_then(|line| line.principals.first()) else { return Vec::new() };
        self.people().into_iter().find(|names| names.contains(name)).unwrap_or_default()
    }

    /// The different people of the file: lines that share a name, or a key, are one.
    #[must_use]
    pub fn people(&self) -> Vec<Vec<String>> {
        let mut people: Vec<(Vec<String>, Vec<&KeyData>)> = Vec::new();
        for signer in &self.0 {
            let mut names = signer.principals.clone();
            let mut keys = vec![&signer.key];
            // A line can join people that stood apart before it.
            people.retain(|(other_names, other_keys)| {
                let same = other_names.iter().any(|name| names.contains(name)) || other_keys.contains(&&signer.key);
                if same {
                    names.extend(other_names.iter().cloned());
                    keys.extend(other_keys.iter().copied());
                }
                !same
            });
            names.sort();
            names.dedup();
            people.push((names, keys));
        }
        people.into_iter().map(|(names, _)| names).collect()
    }
}

impl AllowedSigners {
    /// Who they are, in an order of its own.
    pub(super) fn records(&self) -> Result<Vec<ApproverRecord>, String> {
        let mut records = self.0.iter().map(Signer::record).collect::<Result<Vec<_>, _>>()?;
        records.sort();
        records.dedup();
        Ok(records)
    }

    /// The same people as they were pinned.
    pub(super) fn from_records(records: &[ApproverRecord]) -> Result<Self, String> {
        records.iter().map(Signer::from_record).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// The fingerprints of the keys for which `counts` says so, as `ssh-keygen -l` prints them.
    pub(super) fn fingerprints(&self, counts: impl Fn(&KeyData) -> bool) -> Vec<String> {
        let keys = self.0.iter().map(|signer| &signer.key).filter(|key| counts(key));
        let found: BTreeSet<String> = keys.map(|key| key.fingerprint(HashAlg::Sha256).to_string()).collect();
        found.into_iter().collect()
    }

    /// How many different people have a key that may approve at `now` and for which `counts` says so.
    pub(super) fn able_at(&self, namespace: &str, now: i64, counts: impl Fn(&KeyData) -> bool) -> usize {
        let able = |signer: &&Signer| counts(&signer.key) && signer.verdict_at(namespace, now) == Verdict::Counted;
        let able: Vec<&Signer> = self.0.iter().filter(able).collect();
        let is_able =
            |person: &Vec<String>| able.iter().any(|signer| signer.principals.iter().any(|name| person.contains(name)));
        self.people().into_iter().filter(is_able).count()
    }
}

impl Signer {
    fn record(&self) -> Result<ApproverRecord, String> {
        let sorted = |mut texts: Vec<String>| {
            texts.sort();
            texts.dedup();
            texts
        };
        let patterns = |list: &String| sorted(list.split(',').map(str::to_owned).collect());
        Ok(ApproverRecord {
            names: sorted(self.principals.clone()),
            key: PublicKey::from(self.key.clone()).to_openssh().map_err(|error| error.to_string())?.trim().to_owned(),
            namespaces: self.namespaces.as_ref().map(patterns),
            valid_after: self.valid_after.map(rfc3339),
            valid_before: self.valid_before.map(rfc3339),
        })
    }

    fn from_record(record: &ApproverRecord) -> Result<Self, String> {
        let time = |text: &Option<String>| -> Result<Option<i64>, String> {
            let read = |text: &String| parse_rfc3339(text).map(|time| time.0).map_err(|error| error.to_string());
            text.as_ref().map(read).transpose()
        };
        let key = PublicKey::from_openssh(&record.key).map_err(|error| error.to_string())?;
        Ok(Self {
            principals: record.names.clone(),
            key: key.key_data().clone(),
            namespaces: record.namespaces.as_ref().map(|patterns| patterns.join(",")),
            valid_after: time(&record.valid_after)?,
            valid_before: time(&record.valid_before)?,
        })
    }

    fn parse(line: &str) -> Result<Self, String> {
        let (principals, rest) = split_word(line);
        let principals: Vec<String> = principals.split(',').map(str::to_owned).collect();
        for name in &principals {
            if name.is_empty() {
                return Err("an empty principal".to_owned());
            }
            if name.contains(['*', '?', '!', '"']) {
                return Err(format!("the principal {name:?} is a pattern; name each person instead"));
            }
            // A character that nobody sees would make two people of one.
            if name.starts_with(BYTE_ORDER_MARK) {
                return Err("it begins with a byte order mark, as from joined files; remove it".to_owned());
            }
            if let Some(c) = name.chars().find(|c| !is_plain(*c)) {
                return Err(format!(
                    "the principal {name:?} has {c:?}, which is not a plain character: it cannot be seen alone"
                ));
            }
        }
        let mut signer = Self {
            principals,
            key: KeyData::Ed25519(ssh_key::public::Ed25519PublicKey([0; 32])),
            namespaces: None,
            valid_after: None,
            valid_before: None,
        };
        let (word, after) = split_word(rest);
        let key = if is_key_type(word) {
            rest
        } else {
            for option in split_options(word)? {
                signer.take_option(option)?;
            }
            after
        };
        if key.is_empty() {
            return Err("it has no public key".to_owned());
        }
        let key = PublicKey::from_openssh(key).map_err(|error| format!("its public key cannot be read: {error}"))?;
        signer.key = key.key_data().clone();
        if let (Some(after), Some(before)) = (signer.valid_after, signer.valid_before)
            && after >= before
        {
            return Err("valid-after is not earlier than valid-before".to_owned());
        }
        Ok(signer)
    }

    fn take_option(&mut self, option: &str) -> Result<(), String> {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => {
                let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
                (name, inner)
            }
            None => (option, ""),
        };
        let set = |place: &mut Option<i64>| {
            let time = time(value).ok_or_else(|| {
                format!("{name}={value:?} is not a time in UTC; write it like \"20271231Z\" or \"20271231235959Z\"")
            })?;
            if place.replace(time).is_some() { Err(format!("{name} is given twice")) } else { Ok(()) }
        };
        match name.to_ascii_lowercase().as_str() {
            "namespaces" if value.is_empty() => Err("namespaces is empty".to_owned()),
            "namespaces" if self.namespaces.is_some() => Err("namespaces is given twice".to_owned()),
            "namespaces" => {
                self.namespaces = Some(value.to_owned());
                Ok(())
            }
            "valid-after" => set(&mut self.valid_after),
            "valid-before" => set(&mut self.valid_before),
            "cert-authority" => {
                Err("cert-authority would let a line stand for any number of people; list each person's own key"
                    .to_owned())
            }
            _ => Err(format!("{name:?} is neither a known option nor a known key type")),
        }
    }

    /// Whether this line lets its key approve at `now`.
    pub(super) fn verdict_at(&self, namespace: &str, now: i64) -> Verdict {
        if let Some(allowed) = &self.namespaces
            && !matches_list(allowed, namespace)
        {
            return Verdict::NamespaceNotAllowed { allowed: allowed.clone() };
        }
        match (self.valid_after, self.valid_before) {
            (Some(from), _) if now < from => Verdict::NotYetValid { from },
            (_, Some(until)) if now > until => Verdict::Expired { until },
            _ => Verdict::Counted,
        }
    }
}

fn is_key_type(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| word.starts_with(prefix)) && !word.contains('=')
}

/// The first word, quotes respected, and what follows it.
fn split_word(line: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = line.find(|c: char| {
        quoted ^= c == '"';
        c.is_ascii_whitespace() && !quoted
    });
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    (word, rest.trim_start())
}

/// Options, separated by commas outside quotes.
fn split_options(word: &str) -> Result<Vec<&str>, String> {
    let mut quoted = false;
    let options = word.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let options: Vec<&str> = options.collect();
    if word.matches('"').count().is_multiple_of(2) { Ok(options) } else { Err("a quote is not closed".to_owned()) }
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`.
fn time(text: &str) -> Option<i64> {
    let digits = text.strip_suffix(['Z', 'z'])?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range);
    let (clock, seconds) = match digits.len() {
        8 => ("00:00".to_owned(), "00"),
        12 | 14 => (format!("{}:{}", part(8..10)?, part(10..12)?), part(12..14).unwrap_or("00")),
        _ => return None,
    };
    let text = format!("{}-{}-{}T{clock}:{seconds}Z", part(0..4)?, part(4..6)?, part(6..8)?);
    parse_rfc3339(&text).ok().map(|time| time.0)
}

#[cfg(test)]
mod tests {
    use super::{AllowedSigners, Verdict, time};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwVlNTZpj3tFZPVVBpZfyBqfXNSPqDP3qo5JqGyeUvC";

    fn refusal(line: &str) -> String {
        AllowedSigners::parse(line.as_bytes()).unwrap_err().why
    }

    #[test]
    fn a_line_is_read_with_its_options() {
        let text = format!(
            "# people\n\nalice@example,a namespaces=\"git,rootcast-*\",valid-after=\"20260101Z\",valid-before=\
             \"20271231235959Z\" {KEY} her token\n"
        );
        let signers = AllowedSigners::parse(text.as_bytes()).unwrap();
        let [alice] = signers.0.as_slice() else { panic!("{signers:?}") };
        assert_eq!(alice.principals, ["alice@example", "a"]);
        let verdict = |now: &str| alice.verdict_at("rootcast-ceremony", time(now).unwrap());
        assert_eq!(verdict("20260601Z"), Verdict::Counted);
        assert!(matches!(verdict("20251231235959Z"), Verdict::NotYetValid { .. }));
        assert_eq!(verdict("20271231235959Z"), Verdict::Counted);
        assert!(matches!(verdict("20280101Z"), Verdict::Expired { .. }));
        assert!(matches!(alice.verdict_at("file", time("20260601Z").unwrap()), Verdict::NamespaceNotAllowed { .. }));
    }

    #[test]
    fn a_line_that_is_not_understood_is_refused_with_its_number() {
        let text = format!("alice {KEY}\n# fine\nbob rootcast {KEY}\n");
        assert_eq!(AllowedSigners::parse(text.as_bytes()).unwrap_err().line, 3);
        for (line, says) in [
            (format!("* {KEY}"), "pattern"),
            (format!("!alice {KEY}"), "pattern"),
            (format!("alice, {KEY}"), "empty principal"),
            (format!("\u{feff}\u{feff}alice {KEY}"), "a byte order mark, as from joined files; remove it"),
            (format!("alice {KEY}\n\u{feff}bob {KEY}"), "a byte order mark, as from joined files; remove it"),
            (format!("al\u{200b}ice {KEY}"), "is not a plain character"),
            (format!("alice cert-authority {KEY}"), "any number of people"),
            (format!("alice cert-authority,namespaces=\"a\" {KEY}"), "any number of people"),
            (format!("alice no-touch-required {KEY}"), "neither a known option"),
            (format!("alice valid-before=\"20271231\" {KEY}"), "not a time in UTC"),
            (format!("alice valid-before=\"20271301Z\" {KEY}"), "not a time in UTC"),
            (format!("alice valid-after=\"20270101Z\",valid-before=\"20260101Z\" {KEY}"), "not earlier"),
            (format!("alice namespaces=\"a\",namespaces=\"b\" {KEY}"), "twice"),
            (format!("alice namespaces=\"a {KEY}"), "quote"),
            ("alice".to_owned(), "neither a known option"),
            ("alice namespaces=\"a\"".to_owned(), "no public key"),
            ("alice ssh-ed25519 AAAA".to_owned(), "cannot be read"),
        ] {
            let why = refusal(&line);
            assert!(why.contains(says), "{line}: {why}");
        }
        assert_eq!(AllowedSigners::parse(b"\xff").unwrap_err().why, "byte 0 is not UTF-8 text");
    }

    /// What is pinned is what the lines say: neither a comment, nor the order of lines, names or options is part of it.
    #[test]
    fn what_is_pinned_is_the_meaning_of_the_lines() {
        let records = |text: String| AllowedSigners::parse(text.as_bytes()).unwrap().records().unwrap();
        let first = records(format!(
            "alice,a namespaces=\"rootcast-*,git\",valid-before=\"20271231Z\" {KEY} her token\nbob {OTHER}\n"
        ));
        let same = format!(
            "# people\nbob {OTHER} at home\n\na,alice valid-before=\"20271231000000Z\",namespaces=\"git,rootcast-*\" {KEY}\n"
        );
        assert_eq!(first, records(same));
        for other in [
            format!("alice {KEY}\nbob {OTHER}\n"),
            format!("alice,a namespaces=\"rootcast-*,git\",valid-before=\"20271230Z\" {KEY}\nbob {OTHER}\n"),
            format!("alice,a namespaces=\"rootcast-*,git\",valid-before=\"20271231Z\" {KEY}\nbob,a {OTHER}\n"),
        ] {
            assert_ne!(first, records(other));
        }
        let again = AllowedSigners::from_records(&first).unwrap();
        assert_eq!(again.records().unwrap(), first);
        let now = time("20260601Z").unwrap();
        assert_eq!(again.able_at("rootcast-ceremony", now, |_| true), 2);
        assert_eq!(again.able_at("rootcast-ceremony", time("20280101Z").unwrap(), |_| true), 1);
        assert_eq!(again.able_at("rootcast-ceremony", now, |_| false), 0);
    }

    #[test]
    fn lines_that_share_a_name_or_a_key_are_one_person() {
        let people = |text: String| AllowedSigners::parse(text.as_bytes()).unwrap().people().len();
        assert_eq!(people(format!("alice {KEY}\nbob {OTHER}\n")), 2);
        assert_eq!(people(format!("alice {KEY}\nalice {OTHER}\n")), 1);
        assert_eq!(people(format!("alice {KEY}\nbob {KEY}\n")), 1);
        assert_eq!(people(format!("alice {KEY}\nbob {OTHER}\nalice,bob {OTHER}\n")), 1);
    }
}
