//! `trust`: pins a root whose items may be sent, after people compared its words.

use std::path::Path;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_console::trust::{GivenRoot, Options, Wording, say_kept};
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::permission::check_state_folder;
use rootcast_host::text::printable;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::policy_change::{PolicyChange, WeakeningRecord};
use rootcast_pki::policy_record::PolicyRecordError;
use rootcast_pki::profile::Profile;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::opened::{remember_journal, say_weakened, state_failed};
use super::{NOTHING_SENT, announce};
use crate::gate::Gate;
use crate::gate::item_text::FindingDocument;
use crate::store::journal::{Chain, Event, Journal, JournalError};
use crate::store::state::{BurnedRecord, RootRecord, State};
use crate::store::weakened_policy::WeakenedRecord;

/// On this side every refusal is a refused source, exit 3, whatever the rule.
const WORDING: Wording = Wording {
    refused: Label::SourceRefused,
    unchanged: "Trust is unchanged. Nothing was sent.",
    compare: "those of the key ceremony, or the SHA-256 with its record",
};

/// `trust`
#[derive(Debug, Args)]
pub(super) struct Trust {
    #[command(flatten)]
    options: Options,
    /// The highest CRL number ever used or burned for this root, from the journal or the paper record: decimal, or
    /// hexadecimal after 0x, as openssl writes it. Give it if the state that knew the number is lost. The next ceremony
    /// takes a higher number.
    #[arg(long, value_name = "N")]
    used_number: Option<CrlNumber>,
}

impl Trust {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let folder = run.state_dir()?;
        let files: Vec<&Path> = self.options.files().chain(run.log_file.as_deref()).collect();
        // Before anybody compares words.
        State::check_place(folder, &files).map_err(|error| error.diagnosis(WORDING.unchanged))?;
        check_state_folder(folder, WORDING.unchanged)?;
        let given = self.options.read(run.program, &WORDING, run.began)?;
        self.options.show(&given);
        self.options.confirm(&given, &WORDING)?;

        let who = "rootcast-offline trust";
        let mut state = State::create_or_open(run.disk, folder, who, &files)
            .map_err(|error| state_failed(&error, WORDING.unchanged))?;
        let lost = |error: JournalError| error.diagnosis(WORDING.unchanged);
        let mut journal = Journal::open(run.disk, folder).map_err(lost)?;
        // A first `trust` that was cut short left no journal; every other state remembers one.
        if state.record.journal.is_some() {
            journal.chain().holds(&state.record).map_err(lost)?;
        }
        let gate = Gate::from_state(&state, true).map_err(|error| state_failed(&error, WORDING.unchanged))?;
        let given = given.or_known(gate.roots().iter().map(|root| &root.issuer));
        let known = gate.roots().iter().chain(gate.retired());
        let known = known.flat_map(|root| root.named.iter().chain([&root.issuer])).cloned().collect();
        given.refuse_clashes(known, &WORDING)?;
        let GivenRoot { issuer, sha256, named, .. } = &given;
        let (sha256, subject, spelled) = (*sha256, issuer.subject().to_string(), given.words());
        let issuer_roots: Vec<Digest> = gate.certificates_of(issuer).collect();
        let known: Vec<RootRecord> =
            state.record.roots.iter().filter(|root| issuer_roots.contains(&root.sha256)).cloned().collect();
        let retired = gate.retired().iter().filter(|root| root.issuer.is_same(issuer));
        let retired: Vec<Digest> = retired.map(|root| Digest(root.issuer.certificate_sha256())).collect();
        let retired: Vec<RootRecord> =
            state.record.retired.iter().filter(|root| retired.contains(&root.sha256)).cloned().collect();
        let changes = self.changes((&known, &retired), sha256, named, run)?;
        if let Some(kept) = changes.kept_from {
            say_kept(&kept.sha256.to_string(), &kept.whole_policy());
        }
        let record = changes.own.clone();
        let public_key = Digest(issuer.spki_sha256());
        let used =
            self.used_number.filter(|used| state.record.burned_number(&public_key).is_none_or(|known| known < *used));
        if let Some(used) = used {
            let rehearsal = crate::store::journal::NO_ENTRY;
            state.record.burned.push(BurnedRecord { issuer: public_key, number: Some(used), rehearsal });
        }
        let policies = changes.policies(journal.chain()).map_err(|error| {
            let next = "See `rootcast-offline trust --help`.";
            Diagnosis::new(Label::SourceRefused, WORDING.unchanged, error.to_string(), next)
        })?;
        let changed = changes.is_changed() || used.is_some();
        if changed {
            for der in [&*given.der].into_iter().chain(named.iter().map(Issuer::certificate_der)) {
                state.keep_item(der).map_err(|error| state_failed(&error, WORDING.unchanged))?;
            }
            for after in changes.others.iter().map(|(_, after)| after) {
                let same = state.record.roots.iter_mut().filter(|root| root.sha256 == after.sha256);
                same.for_each(|root| root.clone_from(after));
            }
            state.record.roots.retain(|root| root.sha256 != sha256);
            state.record.retired.retain(|root| root.sha256 != sha256);
            state.record.roots.push(record.clone());
            if changes.is_changed() {
                state.record.weakened.extend(weakened(&policies, &subject, sha256, run.began));
            }
            state.commit().map_err(|error| state_failed(&error, NOTHING_SENT))?;
        }
        announce(&Gate::from_state(&state, false).map_err(|error| state_failed(&error, NOTHING_SENT))?, run.began);
        say_weakened(&state);
        let (profile, mut choices) = (record.profile.clone(), record.choices());
        // What is not higher than what is known has no effect: the number in force is told everywhere.
        let in_force = self.used_number.map(|used| state.record.burned_number(&public_key).unwrap_or(used).max(used));
        choices.extend(in_force.map(|used| format!("CRL numbers up to {used} are used")));
        let broken = "The root is trusted, but the journal could not be written. Nothing was sent.";
        let event = Event::Enrol {
            subject: printable(&subject),
            sha256,
            words: spelled.clone(),
            profile: profile.clone(),
            choices: choices.clone(),
            policies: policies.clone(),
        };
        if changed || !journal.chain().has_recorded(&event) {
            journal.append(run.began, event).map_err(|error| error.diagnosis(broken))?;
            remember_journal(&mut state, &journal);
        }
        run.event("enrol", &Enrolled { subject: &subject, sha256: sha256.to_string(), profile: &profile });
        let document = Document {
            enrolled: RootDocument {
                enrolled: Enrolled { subject: &subject, sha256: sha256.to_string(), profile: &profile },
                serial: issuer.serial().to_string(),
                not_after: issuer.not_after().to_string(),
                words: spelled,
                file_name: issuer.file_name(),
                source: Digest(issuer.spki_sha256()).to_string(),
                changed,
                choices,
                kept_from: changes.kept_from.map(|kept| kept.sha256.to_string()),
                policies,
                findings: issuer.findings().iter().map(FindingDocument::from).collect(),
            },
        };
        let done = if changed { "Trusted" } else { "Trusted already" };
        let done = format!("{done}: {} in {} (profile {profile})", printable(&subject), folder.display());
        let used = in_force.map(|used| {
            let next = used.successor().map(|next| format!(": the next one is {} or higher", next.in_both()));
            format!("\nCRL numbers up to {} are used{}", used.in_both(), next.unwrap_or_default())
        });
        run.tell(&document, &(done + &used.unwrap_or_default()));
        Ok(Exit::Done)
    }

    /// What becomes of the records of one issuer, of which `known` are there. It never resets what was chosen before.
    ///
    /// # Errors
    /// A rule that would be off in `webpki` without a date.
    fn changes<'k>(
        &self,
        (known, retired): (&'k [RootRecord], &'k [RootRecord]),
        sha256: Digest,
        named: &[Issuer],
        run: &Run,
    ) -> Result<Changes<'k>, Diagnosis> {
        let own_before = known.iter().find(|root| root.sha256 == sha256);
        // A root that was renewed under its key keeps the policy of its issuer.
        // One that was retired has the policy again that its issuer had last.
        let before = own_before.or(known.first()).or(retired.last());
        let mut own = match before {
            Some(before) => before.for_certificate(sha256),
            None => RootRecord::new(sha256, Profile::default().to_string()),
        };
        if let Some(profile) = self.options.profile {
            own.profile = profile.to_string();
        }
        if let Some(numbers) = self.options.numbers {
            own.numbers = numbers.into();
        }
        own.mass_revocation_max = self.options.hold_mass_revocation.or(own.mass_revocation_max);
        let off = (&mut own.switched_off, &mut own.off_until);
        self.options.switch_rules(run.program, &own.profile, off, Timestamp(run.began))?;
        self.options.add_affiliated(&mut own.affiliated);
        for sha256 in named.iter().map(|issuer| Digest(issuer.certificate_sha256())) {
            if !own.offline_issuers.contains(&sha256) {
                own.offline_issuers.push(sha256);
            }
        }
        let others = known.iter().filter(|root| root.sha256 != sha256);
        let others = others.map(|root| (root, own.for_certificate(root.sha256)));
        let others = others.filter(|(before, after)| *before != after).collect();
        Ok(Changes { before, kept_from: before.filter(|_| own_before.is_none()), own, others })
    }
}

/// What becomes of the records of one issuer. All of its certificates have one policy: which of them counts may change,
/// and the policy must not change with it.
struct Changes<'k> {
    before: Option<&'k RootRecord>,
    /// The record whose policy a certificate keeps that was not trusted before.
    kept_from: Option<&'k RootRecord>,
    own: RootRecord,
    others: Vec<(&'k RootRecord, RootRecord)>,
}

impl Changes<'_> {
    fn is_changed(&self) -> bool {
        self.kept_from.is_some() || self.before != Some(&self.own) || !self.others.is_empty()
    }

    /// The policy before and after, of each certificate that changes; that of the one given comes first.
    fn policies(&self, chain: &Chain) -> Result<Vec<PolicyChange>, PolicyRecordError> {
        let after = self.own.whole_policy();
        let in_state = || self.before.map(RootRecord::whole_policy);
        let before = match chain.recorded_policy(&self.own.sha256) {
            _ if self.is_changed() => in_state(),
            // A run that was cut short may have changed the state and written no entry: this entry is for both.
            Some(recorded) => Some(recorded.clone()),
            None if chain.has_enrolled(&self.own.sha256) => in_state(),
            None => None,
        };
        let own = (self.own.sha256, before, after);
        let others = self.others.iter().map(|(before, after)| {
            let policies = (before.whole_policy(), after.whole_policy());
            (after.sha256, Some(policies.0), policies.1)
        });
        let change = |(root, before, after): (Digest, _, _)| PolicyChange::new(root.to_string(), before, after);
        [own].into_iter().chain(others).map(|of| change(of).map(|(change, _)| change)).collect()
    }
}

/// What every run says until somebody acknowledges it; nothing where nothing became weaker.
fn weakened(policies: &[PolicyChange], subject: &str, root: Digest, now: i64) -> Option<WeakenedRecord> {
    let mut weakened: Vec<WeakeningRecord> = Vec::new();
    for one in policies.iter().flat_map(|change| &change.weakened) {
        if !weakened.contains(one) {
            weakened.push(one.clone());
        }
    }
    let (subject, since) = (printable(subject), rfc3339(now));
    (!weakened.is_empty()).then_some(WeakenedRecord { subject, root, since, weakened })
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
    serial: String,
    not_after: String,
    words: String,
    file_name: String,
    source: String,
    changed: bool,
    choices: Vec<String>,
    kept_from: Option<String>,
    policies: Vec<PolicyChange>,
    findings: Vec<FindingDocument<'d>>,
}

/// What the log says of it.
#[derive(Serialize)]
struct Enrolled<'d> {
    subject: &'d str,
    sha256: String,
    profile: &'d str,
}
