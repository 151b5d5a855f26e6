//! `retire`: takes a root or an offline issuer out. Nothing more of it is sent or signed from here.

use clap::Args;
use rootcast_console::retire::{Dependant, Options};
use rootcast_console::run::Run;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::text::printable;
use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::opened::{journal_with_all, remember_journal, state_failed};
use super::run::PROGRAM;
use super::{NOTHING_SENT, announce};
use crate::gate::Gate;
use crate::store::journal::Event;
use crate::store::state::{RootRecord, State};

/// `retire`
#[derive(Debug, Args)]
pub(super) struct Retire {
    #[command(flatten)]
    options: Options,
}

const UNCHANGED: &str = "Nothing was retired. Nothing was sent.";

impl Retire {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let folder = run.state_dir()?;
        let mut state = State::open(run.disk, folder, "rootcast-offline retire")
            .map_err(|error| state_failed(&error, UNCHANGED))?;
        let mut journal = journal_with_all(run, &state, UNCHANGED)?;
        let gate = Gate::from_state(&state, true).map_err(|error| state_failed(&error, UNCHANGED))?;
        let known: Vec<Issuer> =
            gate.roots().iter().flat_map(|root| [&root.issuer].into_iter().chain(&root.named)).cloned().collect();
        let issuer = self.options.find(PROGRAM, &known)?;
        let needing: Vec<Dependant> = gate
            .needing(issuer, run.began)
            .into_iter()
            .map(|known| Dependant {
                subject: known.subject.clone(),
                serial: known.serial.to_string(),
                not_after: known.not_after.to_string(),
            })
            .collect();
        self.options.refuse_needed(issuer, &needing, UNCHANGED)?;
        let is_root = gate.roots().iter().any(|root| root.issuer.is_same(issuer));
        let mut of_issuer: Vec<&Issuer> = Vec::new();
        for one in known.iter().filter(|one| one.is_same(issuer)) {
            if !of_issuer.iter().any(|other| other.certificate_der() == one.certificate_der()) {
                of_issuer.push(one);
            }
        }
        self.options.confirm(&of_issuer, UNCHANGED)?;
        let certificates: Vec<Digest> = of_issuer.iter().map(|one| Digest(one.certificate_sha256())).collect();
        // A retired root may name it by another certificate: trusting that root again does not name the issuer again.
        let named_by_retired = gate.retired().iter().flat_map(|root| &root.named).filter(|named| named.is_same(issuer));
        let named: Vec<Digest> =
            of_issuer.iter().copied().chain(named_by_retired).map(|one| Digest(one.certificate_sha256())).collect();
        let (taken, kept): (Vec<RootRecord>, _) =
            state.record.roots.drain(..).partition(|root| certificates.contains(&root.sha256));
        state.record.roots = kept;
        // The policy that held last, of the issuer as a whole, is what `trust` takes up again.
        if let Some(held) = taken.first() {
            let of_issuer = gate.retired().iter().filter(|root| root.issuer.is_same(issuer));
            let before: Vec<Digest> = of_issuer.map(|root| Digest(root.issuer.certificate_sha256())).collect();
            let before = state.record.retired.iter_mut().filter(|root| before.contains(&root.sha256));
            before.for_each(|root| *root = held.for_certificate(root.sha256));
            state.record.retired.extend(taken.iter().map(|root| held.for_certificate(root.sha256)));
        }
        for root in state.record.roots.iter_mut().chain(&mut state.record.retired) {
            root.offline_issuers.retain(|one| !named.contains(one));
        }
        state.commit().map_err(|error| state_failed(&error, NOTHING_SENT))?;
        let subject = issuer.subject().to_string();
        let certificates: Vec<String> = certificates.iter().map(Digest::to_string).collect();
        let event = Event::Retired {
            subject: printable(&subject),
            key_id: issuer.file_name(),
            is_root,
            certificates: certificates.clone(),
            needing: needing.len() as u64,
            by: self.options.by.clone(),
            because: self.options.because.clone(),
        };
        let broken = "The issuer is retired, but the journal could not be written. Nothing was sent.";
        journal.append(run.began, event).map_err(|error| error.diagnosis(broken))?;
        remember_journal(&mut state, &journal);
        announce(&Gate::from_state(&state, false).map_err(|error| state_failed(&error, NOTHING_SENT))?, run.began);
        let document = Document {
            retired: IssuerDocument {
                subject: subject.clone(),
                key_id: issuer.file_name(),
                is_root,
                certificates,
                needing,
            },
        };
        let what = if is_root { "root" } else { "offline issuer" };
        let text = format!(
            "Retired the {what} {} ({}).\nNothing more of it is sent or signed from here. Retire it on the online side too.",
            printable(&subject),
            issuer.mark()
        );
        run.tell(&document, &text);
        Ok(Exit::Done)
    }
}

/// The document of `retire`.
#[derive(Serialize)]
struct Document {
    retired: IssuerDocument,
}

#[derive(Serialize)]
struct IssuerDocument {
    subject: String,
    key_id: String,
    is_root: bool,
    certificates: Vec<String>,
    needing: Vec<Dependant>,
}
