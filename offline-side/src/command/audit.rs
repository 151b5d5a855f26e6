//! `journal audit`: every signature that this journal knows of, in one table.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::new_file;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_pki::typed_time;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::Serialize;

use crate::ceremony::record::document::{Content, Document, Section};
use crate::ceremony::record::pdf;
use crate::store::hex_text;
use crate::store::journal::Chain;
use crate::store::journal::audit::{AuditedSignature, Fate};
use crate::store::journal::ceremony::{ProgramRecord, SignedKind};
use rootcast_console::run::Run;

/// The options of `journal audit`.
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// Only signatures made at this time or later (UTC): a date, or a date and a time.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,
    /// Only this kind of object. May be repeated.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Vec<SignedKind>,
    /// Also write the table to this file as pages to print (PDF). It must not exist.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
}

impl ValueEnum for SignedKind {
    fn value_variants<'v>() -> &'v [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

fn since(text: &str) -> Result<Timestamp, String> {
    typed_time::moment(text).map_err(|error| error.to_string())
}

impl Audit {
    /// Shows the table.
    ///
    /// # Errors
    /// Where the page cannot be written.
    pub(super) fn run(&self, run: &Run, chain: &Chain) -> Result<Exit, Diagnosis> {
        if let Some(path) = self.pdf.as_ref().filter(|path| path.symlink_metadata().is_ok()) {
            return Err(exists(path));
        }
        let all = chain.signatures();
        let found: Vec<&AuditedSignature<'_>> = all.iter().filter(|signature| self.asks_for(signature)).collect();
        let lost = chain.lost_journals().map(|(entry, entries)| {
            let entries = count(entries, "entry");
            let time = &entry.time;
            format!("this journal began at {time} in the place of a lost one with {entries} or more; signatures in that one are not listed")
        });
        let notes: Vec<String> = lost.collect();
        for note in &notes {
            say(&format!("WARNING: {note}"));
        }
        let others = match chain.signed_elsewhere(&all) {
            0 => None,
            1 => Some("1 item signed by another program was sent or bundled: see `journal show`".to_owned()),
            others => {
                Some(format!("{others} items signed by another program were sent or bundled: see `journal show`"))
            }
        };
        let document = AuditDocument {
            signatures: found.iter().map(|signature| SignatureDocument::from(*signature)).collect(),
            all: all.len(),
            entries: chain.count(),
            head: chain.head().to_string(),
            words: chain.head_words(),
            notes: &notes,
        };
        let title = match (found.len(), all.len()) {
            (found, all) if found == all => format!("{}, all that this journal has", signatures(all)),
            (found, all) => format!("{} of {all} that this journal has", signatures(found)),
        };
        if let Some(path) = &self.pdf {
            write_pages(path, &self.page(&title, &[&*notes, others.as_slice()].concat(), &found, chain))?;
            say(&format!("Wrote {}", path.display()));
        }
        let mut lines = vec![title];
        for (index, signature) in (1..).zip(&found) {
            lines.push(String::new());
            lines.extend(text_of(index, signature));
        }
        if let Some(others) = others {
            lines.extend([String::new(), others]);
        }
        lines.extend([String::new(), chain.head_text()]);
        run.tell(&document, &lines.join("\n"));
        Ok(Exit::Done)
    }

    fn asks_for(&self, signature: &AuditedSignature<'_>) -> bool {
        let is_late = |since| parse_rfc3339(&signature.entry.time).is_ok_and(|time| time >= since);
        let is_kind = self.kind.is_empty() || self.kind.contains(&signature.kind);
        is_kind && self.since.is_none_or(is_late)
    }

    fn page(&self, title: &str, notes: &[String], found: &[&AuditedSignature<'_>], chain: &Chain) -> Document {
        let mut section = Section::new("Signatures");
        section.say(Content::text(title));
        if let Some(since) = self.since {
            section.say(Content::text(format!("only those made at {since} or later")));
        }
        if !self.kind.is_empty() {
            let kinds: Vec<&str> = self.kind.iter().map(|kind| kind.name()).collect();
            section.say(Content::text(format!("only of the kind {}", kinds.join(" and "))));
        }
        for note in notes {
            section.say(Content::text(note));
        }
        for (index, signature) in (1..).zip(found) {
            section.say(Content::Group(format!("{index}. {}", signature.object_text())));
            for Row { name, value, reading } in rows(signature) {
                match reading {
                    Reading::Plain => section.fact(name, value),
                    Reading::Compared | Reading::Words => section.compared_fact(name, value),
                }
            }
        }
        let mut end = Section::new("The journal");
        end.say(Content::text(count(chain.count(), "entry")));
        end.say(Content::compared("head:", chain.head()));
        end.tick_detail(Content::compared("words:", words::spell(chain.head().as_bytes(), words::SHORT)));
        end.say(Content::signature("auditor, name, date and signature:"));
        let head: String = chain.head().to_string().chars().take(16).collect();
        let id = format!("journal head {head}");
        Document { title: "Every signature of this journal", id, banner: None, sections: vec![section, end] }
    }
}

fn signatures(number: usize) -> String {
    count(number as u64, "signature")
}

/// A row about a signature.
struct Row {
    name: &'static str,
    value: String,
    reading: Reading,
}

/// How people read the value of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As a text.
    Plain,
    /// Letter by letter: they compare it.
    Compared,
    /// Word by word: they compare it.
    Words,
}

fn rows(signature: &AuditedSignature<'_>) -> Vec<Row> {
    let (ceremony, key_use) = (signature.ceremony, signature.key_use);
    let row = |name, value: String| Row { name, value, reading: Reading::Plain };
    let compared = |name, value: String| Row { name, value, reading: Reading::Compared };
    let people = if ceremony.people.is_empty() { "nobody".to_owned() } else { ceremony.people.join(" and ") };
    let token = match ceremony.token_serial.as_deref() {
        None => "none: the key is a file, NO HSM".to_owned(),
        Some("") => "without a serial number".to_owned(),
        Some(serial) => serial.to_owned(),
    };
    let mut rows = vec![
        row("signed", format!("{}, journal entry {}", signature.entry.time, signature.entry.index)),
        row("approved by", people),
        row("token", token),
        row("key", ceremony.key.clone()),
        compared("digest", key_use.signed.clone().unwrap_or_else(|| "none: nothing came of it".to_owned())),
    ];
    if let Some(digest) = key_use.signed_digest() {
        let value = words::spell(digest.as_bytes(), words::SHORT);
        rows.push(Row { name: "words", value, reading: Reading::Words });
    }
    if !signature.is_read_back() {
        rows.push(row("FAILED", key_use.outcome.to_string()));
    }
    rows.push(row(
        "released",
        match &signature.fate {
            Fate::Released { time, abandoned: None } => (*time).to_owned(),
            Fate::Released { time, abandoned: Some(because) } => {
                format!("{time}; ABANDONED since, and never to be sent: {because}")
            }
            Fate::NotReleased { why } => format!("NO: {why}"),
            Fate::Unknown => "NOT KNOWN: the journal has no end of this ceremony".to_owned(),
        },
    ));
    if signature.bundled.is_empty() && signature.sent.is_empty() {
        rows.push(row("sent", "never".to_owned()));
    }
    // A bundle is a file: a copy of it may have left in a way that this journal does not see.
    rows.extend(
        signature
            .bundled
            .iter()
            .map(|bundle| row("bundled", format!("manifest {}, at {}", bundle.manifest_number, bundle.time))),
    );
    rows.extend(
        signature.sent.iter().map(|sent| row("sent", format!("{} over {}: {}", sent.time, sent.link, sent.ended))),
    );
    rows
}

fn text_of(index: usize, signature: &AuditedSignature<'_>) -> Vec<String> {
    let mut lines = vec![format!("{index:>4}  {}", printable(&signature.object_text()))];
    lines.extend(rows(signature).iter().map(|row| {
        let (first, value) = (format!("      {:<11} ", row.name), printable(&row.value));
        if row.reading == Reading::Words { word_lines(&first, &value) } else { first + &value }
    }));
    lines
}

fn exists(path: &Path) -> Diagnosis {
    Diagnosis::new(
        Label::OutputExists,
        "Nothing was written. Nothing was sent.",
        format!("{} exists already.", path.display()),
        "Name a file that does not exist yet.",
    )
}

fn write_pages(path: &Path, document: &Document) -> Result<(), Diagnosis> {
    new_file::write(path, new_file::FOR_ALL, &pdf::pages(document)).map_err(|error| match error.source.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => Diagnosis::new(
            Label::StorageFailed,
            "The pages could not be written. Nothing was sent.",
            error.to_string(),
            "Check the path and the free space on the disk, then run this command again.",
        ),
    })
}

/// The document of `journal audit`.
#[derive(Serialize)]
struct AuditDocument<'c> {
    signatures: Vec<SignatureDocument<'c>>,
    /// How many the journal has, those that were not asked for among them.
    all: usize,
    entries: u64,
    head: String,
    words: String,
    notes: &'c [String],
}

#[derive(Serialize)]
struct SignatureDocument<'c> {
    entry: u64,
    time: &'c str,
    kind: SignedKind,
    /// The issuer of a CRL, the subject of a certificate; nothing in an entry of an earlier version.
    name: Option<&'c str>,
    /// The number of a CRL, the serial number of a certificate.
    number: Option<&'c str>,
    file: &'c str,
    people: &'c [String],
    key: &'c str,
    #[serde(with = "hex_text::or_empty")]
    public_key_sha256: Option<Digest>,
    token_serial: Option<&'c str>,
    program: Option<&'c ProgramRecord>,
    scheme: &'c str,
    to_be_signed_sha256: String,
    signed_sha256: Option<&'c str>,
    read_back: bool,
    outcome: String,
    /// `None` where the journal has no end of the ceremony.
    released: Option<bool>,
    released_at: Option<&'c str>,
    abandoned: Option<&'c str>,
    bundled: Vec<BundledDocument<'c>>,
    sent: Vec<SentDocument<'c>>,
}

#[derive(Serialize)]
struct BundledDocument<'c> {
    time: &'c str,
    manifest_number: u64,
}

#[derive(Serialize)]
struct SentDocument<'c> {
    time: &'c str,
    link: &'c str,
    ended: &'c str,
}

impl<'c> From<&'c AuditedSignature<'c>> for SignatureDocument<'c> {
    fn from(signature: &'c AuditedSignature<'c>) -> Self {
        let (ceremony, key_use) = (signature.ceremony, signature.key_use);
        let named = key_use.named.as_ref();
        let number = signature.number.filter(|_| signature.kind == SignedKind::Crl);
        let (released, released_at, abandoned) = match &signature.fate {
            Fate::Released { time, abandoned } => (Some(true), Some(*time), *abandoned),
            Fate::NotReleased { .. } => (Some(false), None, None),
            Fate::Unknown => (None, None, None),
        };
        Self {
            entry: signature.entry.index,
            time: &signature.entry.time,
            kind: signature.kind,
            name: named.map(|named| named.name.as_str()),
            number: named.map(|named| named.number.as_str()).or(number),
            file: &key_use.file,
            people: &ceremony.people,
            key: &ceremony.key,
            public_key_sha256: ceremony.public_key,
            token_serial: ceremony.token_serial.as_deref(),
            program: ceremony.program.as_ref(),
            scheme: &key_use.scheme,
            to_be_signed_sha256: key_use.to_be_signed.to_string(),
            signed_sha256: key_use.signed.as_deref(),
            read_back: signature.is_read_back(),
            outcome: key_use.outcome.to_string(),
            released,
            released_at,
            abandoned,
            bundled: signature
                .bundled
                .iter()
                .map(|bundle| BundledDocument { time: bundle.time, manifest_number: bundle.manifest_number })
                .collect(),
            sent: signature
                .sent
                .iter()
                .map(|sent| SentDocument { time: sent.time, link: sent.link, ended: sent.ended })
                .collect(),
        }
    }
}
