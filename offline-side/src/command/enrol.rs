//! `enrol`: pins a root whose items may be sent, after its words were compared.

use std::path::PathBuf;

use clap::Args;
use rootcast_host::confirmation::{Confirmation, ask};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::given_file;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::finding::Findings;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use rootcast_protocol::words;
use serde_json::json;

use super::source::{journal_failed, state_failed};
use super::{NOTHING_SENT, Setting};
use crate::departure::{finding_json, finding_text};
use crate::gate::Gate;
use crate::journal::{Event, Journal};
use crate::state::{RootRecord, State};

const NOT_ENROLLED: &str = "The root was not enrolled. Nothing was sent.";

/// `enrol`
#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// The root's certificate, DER or PEM.
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// How strict the rules are for its items: private or webpki.
    #[arg(long, default_value = "private")]
    profile: Profile,
    /// Enrol without asking.
    #[arg(long)]
    yes: bool,
    /// Enrol without asking, if this is the SHA-256 of the certificate.
    #[arg(long, value_name = "HEX")]
    sha256: Option<Digest>,
}

impl Enrol {
    pub(super) fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        let folder = setting.state()?;
        let bytes = given_file::read(&self.root, ITEM_SIZE_MAX as u64)?;
        let policy = Policy { profile: self.profile, ..Policy::default() };
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
        self.confirm(&sha256)?;

        let who = "rootcast-offline enrol";
        let mut state = State::create_or_open(setting.disk, folder, who).map_err(|error| state_failed(&error))?;
        let enrolled = Gate::of(&state, true).map_err(|error| state_failed(&error))?;
        let others: Vec<Issuer> = enrolled.roots().iter().map(|root| root.issuer.clone()).collect();
        let clash = issuer.clash(&others);
        if clash.rejects() {
            return Err(root_refused(&clash));
        }
        let profile = self.profile.to_string();
        let known = state.record.roots.iter().position(|root| root.sha256 == sha256);
        let before = known.and_then(|at| state.record.roots.get(at)).map(|root| root.profile.clone());
        let changed = before.as_deref() != Some(profile.as_str());
        if changed {
            state.keep_item(&item.der).map_err(|error| state_failed(&error))?;
            state.record.roots.retain(|root| root.sha256 != sha256);
            state.record.roots.push(RootRecord { sha256, profile: profile.clone() });
            state.commit().map_err(|error| state_failed(&error))?;
        }
        let broken = "The root is enrolled; the journal could not be written. Nothing was sent.";
        let mut journal = Journal::open(setting.disk, folder).map_err(|error| journal_failed(&error, broken))?;
        let recorded = journal.chain().entries.iter().any(
            |entry| matches!(&entry.event, Event::Enrol { sha256: known, profile: p, .. } if *known == sha256 && *p == profile),
        );
        if changed || !recorded {
            let event =
                Event::Enrol { subject: printable(&subject), sha256, words: spelled.clone(), profile: profile.clone() };
            journal.append(setting.now, event).map_err(|error| journal_failed(&error, broken))?;
        }
        setting.event("enrol", &json!({"subject": subject, "sha256": sha256.to_string(), "profile": profile}));
        let document = json!({"enrolled": {
            "subject": subject, "sha256": sha256.to_string(), "words": spelled, "profile": profile,
            "file_name": issuer.file_name(), "source": Digest(issuer.spki_sha256()).to_string(), "changed": changed,
            "findings": issuer.findings().iter().map(finding_json).collect::<Vec<_>>(),
        }});
        let done = if changed { "Enrolled" } else { "Was enrolled already" };
        setting
            .tell(&document, &format!("{done}: {} in {} (profile {profile})", printable(&subject), folder.display()));
        Ok(Exit::Done)
    }

    fn confirm(&self, sha256: &Digest) -> Result<(), Diagnosis> {
        let not_confirmed = |why: String, next: &str| Diagnosis::new(Label::NotConfirmed, NOT_ENROLLED, why, next);
        if let Some(given) = self.sha256 {
            return if given == *sha256 {
                Ok(())
            } else {
                let why = format!("--sha256 says {given}; the certificate has {sha256}.");
                Err(not_confirmed(why, "Find out which of the two is the root's, and by whom it was given."))
            };
        }
        if self.yes {
            return Ok(());
        }
        match ask("Compare the words with those of the key ceremony. Type enrol to pin this root:", "enrol") {
            Confirmation::Given => Ok(()),
            Confirmation::Refused => Err(not_confirmed(
                "The word typed was not: enrol.".to_owned(),
                "Run it again once the words were compared.",
            )),
            Confirmation::NobodyThere => Err(not_confirmed(
                "Standard input is no terminal, so nobody could be asked.".to_owned(),
                "Give --sha256 HEX with the digest from the ceremony record, or --yes.",
            )),
        }
    }
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
