//! `trust`: pins a root whose items may be sent, after people compared its words.

use std::path::Path;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_console::trust::{GivenRoot, Options, Wording};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::text::printable;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Profile;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::announce;
use super::opened::{remember_journal, state_failed};
use crate::gate::Gate;
use crate::gate::item_text::FindingDocument;
use crate::store::journal::{Event, Journal, JournalError};
use crate::store::state::{BurnedRecord, RootRecord, State};

/// On this side every refusal is a refused source, exit 3, whatever the rule.
const WORDING: Wording = Wording {
    refused: Label::SourceRefused,
    unchanged: "Trust is unchanged. Nothing was sent.",
    compare: "those of the key ceremony",
};

/// `trust`
#[derive(Debug, Args)]
pub(super) struct Trust {
    #[command(flatten)]
    options: Options,
    /// The highest CRL number ever used or burned for this root, from the journal or the paper record. Give it if the state
    /// that knew the number is lost. The next ceremony takes a higher number.
    #[arg(long, value_name = "N")]
    used_number: Option<CrlNumber>,
}

impl Trust {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let folder = run.state_dir()?;
        let files: Vec<&Path> = self.options.files().chain(run.log_file.as_deref()).collect();
        // Before anybody compares words.
        State::check_place(folder, &files).map_err(|error| error.diagnosis(WORDING.unchanged))?;
        let given = self.options.read(run.program, &WORDING)?;
        self.options.show(&given);
        self.options.confirm(&given, &WORDING)?;

        let who = "rootcast-offline trust";
        let mut state = State::create_or_open(run.disk, folder, who, &files).map_err(|error| state_failed(&error))?;
        let lost = |error: JournalError| error.diagnosis(WORDING.unchanged);
        let mut journal = Journal::open(run.disk, folder).map_err(lost)?;
        // A first `trust` that was cut short left no journal; every other state remembers one.
        if state.record.journal.is_some() {
            journal.chain().holds(&state.record).map_err(lost)?;
        }
        let gate = Gate::from_state(&state, true).map_err(|error| state_failed(&error))?;
        let given = given.or_known(gate.roots().iter().map(|root| &root.issuer));
        let known = gate.roots().iter().flat_map(|root| root.named.iter().chain([&root.issuer])).cloned().collect();
        given.refuse_clashes(known, &WORDING)?;
        let GivenRoot { issuer, sha256, named, .. } = &given;
        let (sha256, subject, spelled) = (*sha256, issuer.subject().to_string(), given.words());
        let before = state.record.roots.iter().find(|root| root.sha256 == sha256).cloned();
        let record = self.applied_to(before.clone(), sha256, named);
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
            for der in [&*given.der].into_iter().chain(named.iter().map(Issuer::certificate_der)) {
                state.keep_item(der).map_err(|error| state_failed(&error))?;
            }
            state.record.roots.retain(|root| root.sha256 != sha256);
            state.record.roots.push(record.clone());
            state.commit().map_err(|error| state_failed(&error))?;
        }
        announce(&Gate::from_state(&state, false).map_err(|error| state_failed(&error))?);
        let (profile, mut choices) = (record.profile.clone(), record.choices());
        choices.extend(self.used_number.map(|used| format!("CRL numbers up to {used} are used")));
        let broken = "The root is trusted, but the journal could not be written. Nothing was sent.";
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
        let done = if changed { "Trusted" } else { "Trusted already" };
        run.tell(&document, &format!("{done}: {} in {} (profile {profile})", printable(&subject), folder.display()));
        Ok(Exit::Done)
    }

    /// What was chosen before, with what is given now added or changed; it never resets.
    fn applied_to(&self, before: Option<RootRecord>, sha256: Digest, named: &[Issuer]) -> RootRecord {
        let mut record = before.unwrap_or_else(|| RootRecord::new(sha256, Profile::default().to_string()));
        if let Some(profile) = self.options.profile {
            record.profile = profile.to_string();
        }
        if let Some(numbers) = self.options.numbers {
            record.numbers = numbers.to_string();
        }
        self.options.switch_rules(&mut record.switched_off);
        for sha256 in named.iter().map(|issuer| Digest(issuer.certificate_sha256())) {
            if !record.offline_issuers.contains(&sha256) {
                record.offline_issuers.push(sha256);
            }
        }
        record
    }
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
