//! `trust`: pins a root whose items may be sent, after its words were compared.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::confirmation::RootQuestion;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::Findings;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::policy_options::Numbering;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::Rule;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use rootcast_protocol::words;
use serde::Serialize;

use super::opened::{remember_journal, state_failed};
use super::{NOTHING_SENT, announce, usage};
use crate::gate::Gate;
use crate::gate::item_text::{FindingDocument, finding_text};
use crate::store::journal::{Event, Journal, JournalError};
use crate::store::state::{BurnedRecord, RootRecord, State};
use rootcast_console::run::Run;

const NOT_ENROLLED: &str = "The root was not enrolled. Nothing was sent.";

/// `trust`
#[derive(Debug, Args)]
pub(super) struct Trust {
    /// The root's certificate, DER or PEM.
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// How strict the rules are for its items: private or webpki.
    /// A root enrolled before keeps its profile where none is given; a new one is private.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// How it numbers its CRLs: counter (a great step is held online) or timestamp (steps say nothing).
    #[arg(long, value_name = "KIND")]
    numbers: Option<Numbering>,
    /// Switch a rule off, as on the online side: what it finds is only told. Said aloud on every run; may be repeated.
    #[arg(long, value_name = "RULE")]
    off: Vec<Rule>,
    /// Switch a rule on again; may be repeated.
    #[arg(long, value_name = "RULE")]
    on: Vec<Rule>,
    /// The certificate of a CA below this root that is offline too: its items may be sent after it; may be repeated.
    #[arg(long, value_name = "FILE")]
    offline_issuer: Vec<PathBuf>,
    /// The highest CRL number that was ever used or burned for this root, where the state that knew it is lost: from the
    /// journal or the paper record. The next ceremony takes a higher one.
    #[arg(long, value_name = "N")]
    used_number: Option<CrlNumber>,
    /// Enrol without asking.
    #[arg(long)]
    yes: bool,
    /// Enrol without asking, if this is the SHA-256 of the certificate.
    #[arg(long, value_name = "HEX")]
    sha256: Option<Digest>,
}

impl Trust {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let folder = run.state_dir()?;
        let files = [Some(&self.root), run.log_file.as_ref()].into_iter().flatten().chain(&self.offline_issuer);
        let files: Vec<&Path> = files.map(AsRef::as_ref).collect();
        // Before anybody compares words.
        State::check_place(folder, &files).map_err(|error| error.diagnosis(NOT_ENROLLED))?;
        let bytes = input_file::read(&self.root, ITEM_SIZE_MAX as u64)?;
        let policy = Policy { profile: self.profile.unwrap_or_default(), ..Policy::default() };
        if let Some(rule) = self.off.iter().find(|rule| !rule.may_be_switched_off()) {
            return Err(usage(
                &format!("--off {rule}: this rule tells genuine from forged or new from old, so it stays on."),
                "switch off rules of taste only; docs/rules.md lists which.",
            ));
        }
        let named: Vec<Issuer> =
            self.offline_issuer.iter().map(|path| read_issuer(path, &policy)).collect::<Result<_, _>>()?;
        let item = item::read(&bytes).map_err(|findings| root_refused(&findings))?;
        if item.kind != ItemKind::Certificate {
            return Err(refused("The file holds a CRL, not a certificate.".to_owned()));
        }
        let issuer = Issuer::from_certificate(&item.der, &policy).map_err(|findings| root_refused(&findings))?;
        let sha256 = Digest(issuer.certificate_sha256());
        let spelled = words::spell(sha256.as_bytes(), words::LONG);
        let subject = issuer.subject().to_string();
        say(&format!("root     {}", printable(&subject)));
        say(&format!("key      {}, valid {} to {}", issuer.key_description(), issuer.not_before(), issuer.not_after()));
        say(&format!("SHA-256  {sha256}"));
        say(&format!("words    {spelled}"));
        for finding in issuer.findings() {
            say(&format!("         {}", finding_text(finding)));
        }
        for issuer in &named {
            let sha256 = Digest(issuer.certificate_sha256());
            say(&format!("issuer   {}", printable(&issuer.subject().to_string())));
            say(&format!("  words  {}", words::spell(sha256.as_bytes(), words::SHORT)));
        }
        self.confirm(&sha256)?;

        let who = "rootcast-offline enrol";
        let mut state = State::create_or_open(run.disk, folder, who, &files).map_err(|error| state_failed(&error))?;
        let lost = |error: JournalError| error.diagnosis(NOT_ENROLLED);
        let mut journal = Journal::open(run.disk, folder).map_err(lost)?;
        // An enrolment that was cut short has no journal yet; the state of any other remembers one.
        if state.record.journal.is_some() {
            journal.chain().holds(&state.record).map_err(lost)?;
        }
        let enrolled = Gate::of(&state, true).map_err(|error| state_failed(&error))?;
        let mut others: Vec<Issuer> =
            enrolled.roots().iter().flat_map(|root| root.named.iter().chain([&root.issuer])).cloned().collect();
        for fresh in [&issuer].into_iter().chain(&named) {
            let clash = fresh.clash(&others);
            if clash.rejects() {
                return Err(root_refused(&clash));
            }
            others.push(fresh.clone());
        }
        let before = state.record.roots.iter().find(|root| root.sha256 == sha256).cloned();
        let record = self.applied_to(before.clone(), sha256, &named);
        let public_key = Digest(issuer.spki_sha256());
        let used =
            self.used_number.filter(|used| state.record.burned_number(&public_key).is_none_or(|known| known < *used));
        if let Some(used) = used {
            let rehearsal = crate::store::journal::NO_ENTRY;
            let number = Some(used.to_string());
            state.record.burned.push(BurnedRecord { issuer: public_key, number, rehearsal });
        }
        let changed = before.as_ref() != Some(&record) || used.is_some();
        if changed {
            for der in [&*item.der].into_iter().chain(named.iter().map(Issuer::certificate_der)) {
                state.keep_item(der).map_err(|error| state_failed(&error))?;
            }
            state.record.roots.retain(|root| root.sha256 != sha256);
            state.record.roots.push(record.clone());
            state.commit().map_err(|error| state_failed(&error))?;
        }
        announce(&Gate::of(&state, false).map_err(|error| state_failed(&error))?);
        let (profile, mut choices) = (record.profile.clone(), record.choices());
        choices.extend(self.used_number.map(|used| format!("CRL numbers up to {used} are used")));
        let broken = "The root is enrolled; the journal could not be written. Nothing was sent.";
        let event = Event::Enrol {
            subject: printable(&subject),
            sha256,
            words: spelled.clone(),
            profile: profile.clone(),
            choices: choices.clone(),
        };
        if changed || !journal.chain().entries.iter().any(|entry| entry.event == event) {
            journal.append(run.began, event).map_err(|error| error.diagnosis(broken))?;
            remember_journal(&mut state, &journal);
        }
        run.event("enrol", &Enrolled { subject: &subject, sha256: sha256.to_string(), profile: &profile });
        let document = Document {
            enrolled: RootDocument {
                enrolled: Enrolled { subject: &subject, sha256: sha256.to_string(), profile: &profile },
                words: spelled,
                file_name: issuer.file_name(),
                source: Digest(issuer.spki_sha256()).to_string(),
                changed,
                choices,
                findings: issuer.findings().iter().map(FindingDocument::from).collect(),
            },
        };
        let done = if changed { "Enrolled" } else { "Was enrolled already" };
        run.tell(&document, &format!("{done}: {} in {} (profile {profile})", printable(&subject), folder.display()));
        Ok(Exit::Done)
    }

    /// What was chosen before, with what is given now added or changed; it never resets.
    fn applied_to(&self, before: Option<RootRecord>, sha256: Digest, named: &[Issuer]) -> RootRecord {
        let mut record = before.unwrap_or_else(|| RootRecord::new(sha256, Profile::default().to_string()));
        if let Some(profile) = self.profile {
            record.profile = profile.to_string();
        }
        if let Some(numbers) = self.numbers {
            record.numbers = numbers.to_string();
        }
        for rule in self.off.iter().map(ToString::to_string) {
            if !record.switched_off.contains(&rule) {
                record.switched_off.push(rule);
            }
        }
        record.switched_off.retain(|id| !self.on.iter().any(|rule| rule.id() == id));
        for sha256 in named.iter().map(|issuer| Digest(issuer.certificate_sha256())) {
            if !record.offline_issuers.contains(&sha256) {
                record.offline_issuers.push(sha256);
            }
        }
        record
    }

    fn confirm(&self, sha256: &Digest) -> Result<(), Diagnosis> {
        let (sha256, given) = (sha256.to_string(), self.sha256.map(|given| given.to_string()));
        let compare = "those of the key ceremony";
        RootQuestion { sha256: &sha256, given: given.as_deref(), yes: self.yes, compare, not_done: NOT_ENROLLED }.ask()
    }
}

fn read_issuer(path: &Path, policy: &Policy) -> Result<Issuer, Diagnosis> {
    let bytes = input_file::read(path, ITEM_SIZE_MAX as u64)?;
    Issuer::named_below_a_root(&bytes, policy).map_err(|why| {
        usage(
            &format!("--offline-issuer {}: {why}.", path.display()),
            "Give the certificate of a CA below this root, DER or PEM; a root is enrolled with --root.",
        )
    })
}

fn root_refused(findings: &Findings) -> Diagnosis {
    refused(findings.iter().map(finding_text).collect::<Vec<_>>().join("\n"))
}

/// On this side every refusal is a refused source, exit 3, whatever the rule.
fn refused(why: String) -> Diagnosis {
    Diagnosis::new(
        Label::SourceRefused,
        format!("This certificate cannot be enrolled. {NOTHING_SENT}"),
        why,
        "Give the root's own CA certificate, DER or PEM.",
    )
}

/// The document of `trust`.
#[derive(Serialize)]
struct Document<'d> {
    enrolled: RootDocument<'d>,
}

#[derive(Serialize)]
struct RootDocument<'d> {
    #[serde(flatten)]
    enrolled: Enrolled<'d>,
    words: String,
    file_name: String,
    source: String,
    changed: bool,
    choices: Vec<String>,
    findings: Vec<FindingDocument<'d>>,
}

/// What the log says of it.
#[derive(Serialize)]
struct Enrolled<'d> {
    subject: &'d str,
    sha256: String,
    profile: &'d str,
}
