//! `journal verify`, `journal show` and `journal audit` read the hash chain; `journal begin` starts a new one after a loss;
//! `journal ack` acknowledges a weakened policy.

use std::io::{self, IsTerminal as _};

use clap::{Args, Subcommand};
use rootcast_host::confirmation::{Unanswered, ask_until, interrupted};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::screen::{named_words, word_lines};
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::policy_change::PolicyChange;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::Serialize;

use super::NOTHING_SENT;
use super::acknowledging::Acknowledging;
use super::audit::Audit;
use super::decision::check_text;
use super::opened::{look_at, remember_journal, say_weakened, state_failed};
use crate::store::approval_rule::{ConfirmedPin, PinCause, PinnedApprovals};
use crate::store::journal::ceremony::CeremonyRecord;
use crate::store::journal::{Chain, Entry, Event, Head, HeadPlace, ItemRecord, JournalError, NO_ENTRY};
use crate::store::layout::JOURNAL;
use crate::store::state::{JournalRecord, State};
use rootcast_console::run::Run;

const NOT_COMPARED: &str = "The head was not compared with the journal. Nothing was sent.";
const NOT_READ: &str = "The journal is not intact. This command only reads it.";

/// What is said of a chain that was compared with no head. Whoever can write the state can also compute a new chain.
const NO_HEAD: &str = "internally consistent. That does not show that nobody rewrote or cut the journal.
Compare it with a head that was kept elsewhere: --head WORDS, from the paper record or from `rootcast-online status`.";

/// `journal`
#[derive(Debug, Args)]
pub(super) struct Journal {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check the whole hash chain, and compare it with what the state remembers. Whoever can write both can make both fit:
    /// only --head finds that.
    Verify {
        /// A head that was kept elsewhere: on the paper record, or by `status` of the online side. Its words or hexadecimal
        /// digits. Nothing up to that entry was changed if the journal has it.
        #[arg(long, value_name = "WORDS", value_parser = Head::of_argument)]
        head: Option<Head>,
    },
    /// Show all entries.
    Show,
    /// List every signature that this journal records: when, what, approved by whom, token, digest, released, sent over
    /// which links.
    Audit(Audit),
    /// Begin a new journal after the old one was lost. Its first entry records the loss, who decided and why.
    Begin {
        /// Who decided.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// The reason.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Acknowledge that a policy was weakened. Every run says it until then.
    Ack(Acknowledging),
}

impl Journal {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        match &self.action {
            Action::Begin { by, because } => begin(run, by, because),
            Action::Ack(acknowledging) => acknowledging.run(run),
            Action::Verify { head: None } => verify(run, &read(run)?, None),
            Action::Verify { head: Some(head) } => {
                let chain = read(run)?;
                verify(run, &chain, Some(&asked_again(&chain, head)?))
            }
            Action::Audit(audit) => audit.run(run, &read(run)?),
            Action::Show => {
                show(run, &read(run)?);
                Ok(Exit::Done)
            }
        }
    }
}

/// The chain, verified. Says so where its last line was cut short.
fn read(run: &Run) -> Result<Chain, Diagnosis> {
    let folder = run.state_dir()?;
    let state = look_at(run, folder).map_err(|error| state_failed(&error, NOTHING_SENT))?;
    let chain = Chain::of_state(&state).map_err(|error| error.diagnosis(NOT_READ))?;
    if chain.torn > 0 {
        let torn = count(chain.torn, "byte");
        say(&format!(
            "note: the last line is incomplete ({torn}), as after a power failure; it does not count as an entry"
        ));
    }
    Ok(chain)
}

/// A new journal. The rest of the old one stays beside it, as evidence.
fn begin(run: &Run, by: &str, because: &str) -> Result<Exit, Diagnosis> {
    const NOT_BEGUN: &str = "No journal was begun. Nothing was sent.";
    for (option, text) in [("--by", by), ("--because", because)] {
        check_text(option, text)?;
    }
    let folder = run.state_dir()?;
    let mut state =
        State::open(run.disk, folder, "rootcast-offline journal begin").map_err(|e| state_failed(&e, NOT_BEGUN))?;
    say_weakened(&state);
    let path = folder.join(JOURNAL);
    if Chain::of_state(&state).is_ok() {
        return Err(Diagnosis::new(
            Label::Usage,
            NOT_BEGUN,
            "The journal is intact: it has every entry that the state remembers.",
            "Use it. Begin a new journal only if the old one cannot be restored from a backup.",
        ));
    }
    let lost = state.record.journal.unwrap_or(JournalRecord { entries: 0, head: NO_ENTRY });
    let failed = |error: DiskError| JournalError::from(error).diagnosis(NOT_BEGUN);
    if path.exists() {
        let aside = folder.join(format!("journal-lost-{}.jsonl", run.began));
        run.disk.rename(&path, &aside).map_err(failed)?;
        run.disk.sync_dir(folder).map_err(failed)?;
        say(&format!("the rest of the old journal is kept as {}", aside.display()));
    }
    let mut journal = crate::store::journal::Journal::open(run.disk, folder).map_err(|e| e.diagnosis(NOT_BEGUN))?;
    let event = Event::JournalBegun {
        by: printable(by),
        because: printable(because),
        lost_entries: lost.entries,
        lost_head: lost.head,
    };
    journal.append(run.began, event).map_err(|error| error.diagnosis(NOT_BEGUN))?;
    remember_journal(&mut state, &journal);
    show(run, journal.chain());
    Ok(Exit::Done)
}

/// `head`, or what somebody at a terminal types instead of one that was mistyped: the command need not be typed again.
fn asked_again(chain: &Chain, head: &Head) -> Result<Head, Diagnosis> {
    const QUESTION: &str = "Type the words of the head again, from the paper:";
    let Some(mistyped) = chain.mistyped(head).filter(|_| io::stdin().is_terminal()) else { return Ok(head.clone()) };
    say(&format!("--head: {mistyped}."));
    let read = |line: &str| chain.read_head(line).map_err(|why| format!("{why}."));
    match ask_until(QUESTION, &Interrupt::of_a_question(), read) {
        Ok(head) => Ok(head),
        // The next step says what is wrong with it.
        Err(Unanswered::Refused { .. } | Unanswered::NobodyThere) => Ok(head.clone()),
        Err(Unanswered::Interrupted) => Err(interrupted(NOT_COMPARED)),
    }
}

fn verify(run: &Run, chain: &Chain, head: Option<&Head>) -> Result<Exit, Diagnosis> {
    let place = head.map(|head| chain.place_of(head));
    let entries = count(chain.count(), "entry");
    let found = match place {
        None => NO_HEAD.to_owned(),
        Some(HeadPlace::Last) => "the given head is the last entry".to_owned(),
        Some(HeadPlace::Earlier { since }) => {
            format!("the given head is in the journal; it does not cover the {} since", count(since, "entry"))
        }
        Some(HeadPlace::Missing) => {
            // A word that was mistyped is no broken journal.
            if let Some(mistyped) = head.and_then(|head| chain.mistyped(head)) {
                return Err(Diagnosis::new(
                    Label::NotConfirmed,
                    NOT_COMPARED,
                    format!("The chain of {entries} is consistent. The head was probably mistyped: {mistyped}."),
                    "Read the paper again, and give its words with --head.",
                ));
            }
            return Err(Diagnosis::new(
                Label::JournalBroken,
                NOT_READ,
                format!(
                    "The chain of {entries} is consistent, but the head given is not in it: it was rewritten or cut, or it \
                     is another journal. Its head is {}.",
                    words::spell(chain.head().as_bytes(), words::SHORT)
                ),
                "Compare it with the paper record and an online receipt, and restore the journal from its backup.",
            ));
        }
    };
    let document = VerifyDocument {
        entries: chain.count(),
        head: chain.head().to_string(),
        words: chain.head_words(),
        torn_bytes: chain.torn,
        result: match place {
            None => VerifyResult::InternallyConsistentOnly,
            Some(HeadPlace::Last) => VerifyResult::HeadIsLast,
            Some(HeadPlace::Earlier { .. } | HeadPlace::Missing) => VerifyResult::HeadIsEarlier,
        },
        entries_since_head: match place {
            Some(HeadPlace::Last) => Some(0),
            Some(HeadPlace::Earlier { since }) => Some(since),
            Some(HeadPlace::Missing) | None => None,
        },
    };
    run.tell(&document, &format!("{entries}: {found}\n{}", chain.head_text()));
    Ok(Exit::Done)
}

fn show(run: &Run, chain: &Chain) {
    let document = ShowDocument {
        entries: chain.entries.iter().map(EntryDocument::from).collect(),
        head: chain.head().to_string(),
        words: chain.head_words(),
    };
    let mut lines: Vec<String> = chain.entries.iter().map(entry_text).collect();
    lines.push(chain.head_text());
    run.tell(&document, &lines.join("\n"));
}

/// The document of `journal verify`.
#[derive(Serialize)]
struct VerifyDocument {
    entries: u64,
    head: String,
    words: String,
    torn_bytes: u64,
    result: VerifyResult,
    entries_since_head: Option<u64>,
}

/// The result of the verification.
#[derive(Serialize)]
enum VerifyResult {
    #[serde(rename = "internally consistent only")]
    InternallyConsistentOnly,
    #[serde(rename = "head is the last entry")]
    HeadIsLast,
    #[serde(rename = "head is an earlier entry")]
    HeadIsEarlier,
}

/// The document of `journal show` and `journal begin`.
#[derive(Serialize)]
struct ShowDocument<'c> {
    entries: Vec<EntryDocument<'c>>,
    head: String,
    words: String,
}

#[derive(Serialize)]
struct EntryDocument<'c> {
    #[serde(flatten)]
    event: &'c Event,
    index: u64,
    time: &'c str,
    previous: String,
    digest: String,
}

impl<'c> From<&'c Entry> for EntryDocument<'c> {
    fn from(entry: &'c Entry) -> Self {
        Self {
            event: &entry.event,
            index: entry.index,
            time: &entry.time,
            previous: entry.previous.to_string(),
            digest: entry.digest.to_string(),
        }
    }
}

/// The first 16 digits of a digest.
fn beginning(digest: Digest) -> String {
    digest.to_string().chars().take(16).collect()
}

fn ceremony_text(ceremony: &CeremonyRecord) -> String {
    ceremony_text_or(ceremony, "approved by nobody")
}

/// The same with what is said where nobody's approval is recorded.
fn ceremony_text_or(ceremony: &CeremonyRecord, nobody: &str) -> String {
    let people = &ceremony.people;
    let approved = if people.is_empty() { nobody.to_owned() } else { format!("approved by {}", people.join(" and ")) };
    let short = |digest: Option<Digest>| digest.map_or_else(|| "unknown".to_owned(), beginning);
    let (rehearsal, request) = (short(ceremony.rehearsal), short(ceremony.request));
    format!("rehearsal {rehearsal}, request {request}, {approved}, {}", ceremony.key)
}

fn policies_text(policies: &[PolicyChange]) -> String {
    let mut told = String::new();
    for change in policies {
        let certificate: String = change.root.chars().take(16).collect();
        if let Some(before) = &change.before {
            told.push_str(&format!("\n        policy of {certificate} before: {before}"));
        }
        told.push_str(&format!("\n        policy of {certificate}: {}", change.after));
        for weakened in &change.weakened {
            told.push_str(&format!("\n        WEAKENED: {}", weakened.text));
        }
    }
    told
}

fn pinned_text(pinned: &PinnedApprovals, cause: PinCause, confirmed: Option<ConfirmedPin>) -> String {
    let confirmed = confirmed.map_or(String::new(), |confirmed| format!(", {confirmed}"));
    let mut told = format!("approval rule {}, {}{confirmed}", pinned.serial, cause.name());
    for line in pinned.lines() {
        told.push_str(&format!("\n        {line}"));
    }
    told
}

fn entry_text(entry: &Entry) -> String {
    let (told, items): (String, &[ItemRecord]) = match &entry.event {
        Event::Enrol { subject, words, profile, policies, choices, .. } => {
            let words = word_lines("        ", words);
            let chosen: String = choices.iter().map(|choice| format!("\n        {choice}")).collect();
            (format!("{subject} ({profile})\n{words}{}{chosen}", policies_text(policies)), &[])
        }
        Event::Retired { subject, key_id, is_root, certificates, needing, by, because } => {
            let what = if *is_root { "root" } else { "offline issuer" };
            let by = by.as_ref().map_or(String::new(), |by| format!(", decided by {by}"));
            let because = because.as_ref().map_or(String::new(), |because| format!(": {because}"));
            let (certificates, needing) = (certificates.join(", "), count(*needing, "certificate"));
            let told = format!("{what} {subject} (key {key_id}), {needing} below it in force{by}{because}");
            (format!("{told}\n        {certificates}"), &[])
        }
        Event::WeakeningAcknowledged { id, by, because, policy } => {
            (format!("{id} by {by}: {because}\n        {}", policy.text()), &[])
        }
        Event::Bundle { object, manifest_number, items, .. } => {
            (format!("manifest {manifest_number}, object {object}"), items)
        }
        Event::Decision { by, because, rules, items } => {
            (format!("{} decided by {by}: {because}", rules.join(", ")), items)
        }
        Event::JournalBegun { by, because, lost_entries, lost_head } => {
            let lost = count(*lost_entries, "entry");
            (format!("replaces a lost journal ({lost}, head {lost_head}), decided by {by}: {because}"), &[])
        }
        Event::Beacons { links, sources, next_contact_by, .. } => {
            let next = next_contact_by.as_ref().map_or(String::new(), |by| format!(", next contact by {by}"));
            (format!("of {} over {}{next}", count(*sources, "root"), links.join(", ")), &[])
        }
        Event::LinkOpened(report) => {
            let descriptor = report.descriptor.map_or(String::new(), |number| format!(", descriptor {number}"));
            (format!("{}: {}{descriptor}, {}", report.link, report.device, report.direction), &[])
        }
        Event::Transmission(record) => {
            // If the program was killed, the end says that the number of frames is unknown.
            let frames = record.frames.map_or(String::new(), |frames| format!("{}, ", count(frames, "frame")));
            let told = format!(
                "object {}, manifest {}, over {}\n        transmission {} from symbol {}: {frames}{}",
                record.object,
                record.manifest_number,
                record.link,
                record.transmission + 1,
                record.first_esi,
                record.ended,
            );
            (told, &record.items)
        }
        Event::KeyMade { key, key_kind, public_key, token_serial, .. } => {
            let made = Event::key_text(key_kind, key, token_serial.as_deref());
            (format!("{made}\n        public key {public_key}"), &[])
        }
        Event::Escrow(record) => (format!("set {}: {}", record.set, record.step.text()), &[]),
        Event::ApprovalsPinned { cause, pinned, people, rehearsal, confirmed } => {
            let mut told = pinned_text(pinned, *cause, *confirmed);
            if let Some(rehearsal) = rehearsal {
                let people = if people.is_empty() { "nobody".to_owned() } else { people.join(" and ") };
                let rehearsal = beginning(*rehearsal);
                told.push_str(&format!("\n        rehearsal {rehearsal}, approved by {people}"));
            }
            (told, &[])
        }
        Event::CeremonyRefused { ceremony, label, why } => {
            // Not "by nobody": it may have ended before anybody's approval was read.
            (format!("{label}: {why}\n        {}", ceremony_text_or(ceremony, "no approval counted")), &[])
        }
        Event::NumberBurned { ceremony, number, objects, abandoned } => {
            let number = Event::number_text(number.as_deref());
            let mut told = format!("{number}\n        {}", ceremony_text(ceremony));
            if let Some(paper) = &ceremony.paper_head {
                told.push_str(&format!("\n        head on paper {}", paper.text()));
            }
            for object in objects {
                told.push_str(&format!("\n        to be signed {} {}", object.to_be_signed, object.file));
            }
            for crl in abandoned {
                let (number, because) = (&crl.number, &crl.because);
                told.push_str(&format!(
                    "\n        abandons CRL number {number}, {} {}: {because}",
                    crl.sha256, crl.file
                ));
            }
            (told, &[])
        }
        Event::KeyUsed { ceremony, key_use } => {
            let told = format!(
                "{}, {}: {}\n        to be signed {}\n        signature    {}\n        {}",
                key_use.file,
                key_use.scheme,
                key_use.outcome,
                key_use.to_be_signed,
                key_use.signature.as_deref().unwrap_or("none"),
                ceremony_text(ceremony),
            );
            (told, &[])
        }
        Event::CeremonyEnded { ceremony, number, ended, items, .. } => {
            let number = number.as_deref().map_or(String::new(), |number| format!("CRL number {number}, "));
            (format!("{number}{ended}\n        {}", ceremony_text(ceremony)), items)
        }
    };
    let mut lines: Vec<String> =
        vec![format!("{:>4}  {}  {:<16}  {told}", entry.index, entry.time, entry.event.kind())];
    for item in items {
        lines.push(named_words(&format!("        {} {}", item.kind, item.name), "          ", &item.words));
    }
    lines.iter().flat_map(|line| line.lines()).map(printable).collect::<Vec<_>>().join("\n")
}
