//! `retire`: takes a root or an offline issuer out. What is published stays, and nothing more of it is accepted.

use rootcast_console::retire::{Dependant, Options};
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::report;
use super::run::{PROGRAM, Run};
use crate::gate;
use crate::gate::Root;
use crate::publication::{
    Decision, Draft, ItemReceipt, ItemVerdict, ReceiptItemKind, ReceiptKind, RootRecord, State, StateError, words_of,
};

/// Arguments of `retire`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
}

const UNCHANGED: &str = "Nothing was retired. What is published is unchanged.";

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    let (options, now) = (&arguments.options, run.now());
    let mut state = State::open(run.state_dir()?, Box::new(RealDisk), &run.who)?;
    report::announce_state(run, &state)?;
    let roots = state.snapshot().map(gate::roots).transpose()?.unwrap_or_default();
    let known: Vec<Issuer> =
        roots.iter().flat_map(|root| [&root.issuer].into_iter().chain(&root.named)).cloned().collect();
    let issuer = options.find(PROGRAM, &known)?;
    let mut draft = state.draft();
    let needing = needing(issuer, &roots, &draft, now)?;
    options.refuse_needed(issuer, &needing, UNCHANGED)?;
    let is_root = roots.iter().any(|root| root.issuer.is_same(issuer));
    let mut certificates: Vec<&Issuer> = Vec::new();
    for one in known.iter().filter(|one| one.is_same(issuer)) {
        if !certificates.iter().any(|known| known.certificate_der() == one.certificate_der()) {
            certificates.push(one);
        }
    }
    options.confirm(&certificates, UNCHANGED)?;
    let retired = state.snapshot().map(gate::retired_roots).transpose()?.unwrap_or_default();
    let taken: Vec<&RootRecord> =
        roots.iter().filter(|root| root.issuer.is_same(issuer)).map(|root| &root.record).collect();
    // The policy that held last, of the issuer as a whole, is what `trust` takes up again.
    if let Some(last) = taken.first() {
        for before in retired.iter().filter(|root| root.issuer.is_same(issuer)) {
            let RootRecord { sha256, enrolled, .. } = before.record.clone();
            draft.update_retired(&RootRecord { sha256, enrolled, ..RootRecord::clone(last) });
        }
    }
    for root in taken {
        draft.retire(root.clone(), now);
    }
    // A retired root may name it by another certificate: trusting that root again does not name the issuer again.
    let named_by_retired = retired.iter().flat_map(|root| &root.named).filter(|named| named.is_same(issuer));
    for certificate in certificates.iter().copied().chain(named_by_retired) {
        draft.unname_issuer(&Digest(certificate.certificate_sha256()).to_string());
    }
    let mut receipt = gate::receipt(ReceiptKind::Retired, &roots, now);
    receipt.items = certificates.iter().map(|certificate| retired_item(certificate, is_root)).collect();
    receipt.decision = options.because.as_ref().map(|because| Decision {
        by: options.by.clone().unwrap_or_default(),
        because: because.clone(),
        rules: Vec::new(),
        until: None,
    });
    let held = draft.record().held.len() as u64;
    state.commit(draft, receipt, now)?;
    let receipt = state.snapshot().map_or(0, |snapshot| snapshot.record().generation);
    let what = if is_root { "root" } else { "offline issuer" };
    say(&format!("retired the {what} {} ({})", printable(&issuer.subject().to_string()), issuer.mark()));
    say("  Nothing more of it is accepted. What is published stays.");
    if held > 0 {
        say(&format!("  note: {} held here; discard those that are its own: `held list`", count(held, "item")));
    }
    let document = Document {
        retired: IssuerDocument {
            subject: issuer.subject().to_string(),
            key_id: issuer.file_name(),
            is_root,
            certificates: certificates.iter().map(|one| Digest(one.certificate_sha256()).to_string()).collect(),
            needing: &needing,
            receipt,
        },
    };
    run.tell(&document, "");
    Ok(Exit::Done)
}

/// The published certificates that need CRLs which end with this issuer: its own, and those of the issuers that stand
/// below nobody else.
fn needing(issuer: &Issuer, roots: &[Root], draft: &Draft, now: i64) -> Result<Vec<Dependant>, StateError> {
    let authorities = gate::authorities(roots, draft, now)?;
    let name = issuer.file_name();
    let ends = |file_name: &str| {
        let mut of = authorities.iter().filter(|authority| authority.issuer.file_name() == file_name).peekable();
        file_name == name || of.peek().is_some() && of.all(|authority| authority.above.contains(&name))
    };
    let certificates = draft.record().certificates.iter();
    let in_force =
        certificates.filter(|known| known.revoked.is_none() && known.not_after >= now && ends(&known.issuer));
    let dependant = |known: &crate::publication::CertificateRecord| Dependant {
        subject: known.subject.clone(),
        serial: known.serial.clone(),
        not_after: rfc3339(known.not_after),
    };
    Ok(in_force.map(dependant).collect())
}

/// A certificate of the issuer, as the receipt keeps it.
fn retired_item(certificate: &Issuer, is_root: bool) -> ItemReceipt {
    let sha256 = Digest(certificate.certificate_sha256()).to_string();
    ItemReceipt {
        name: String::new(),
        kind: if is_root { ReceiptItemKind::Root } else { ReceiptItemKind::Issuer },
        words: words_of(&sha256),
        sha256,
        tbs_sha256: None,
        verdict: ItemVerdict::Retired,
        issuer: Some(format!("{} ({})", certificate.subject(), certificate.mark())),
        published: None,
        times: 1,
        findings: Vec::new(),
    }
}

/// The document of `retire`.
#[derive(Debug, Serialize)]
struct Document<'d> {
    retired: IssuerDocument<'d>,
}

#[derive(Debug, Serialize)]
struct IssuerDocument<'d> {
    subject: String,
    key_id: String,
    is_root: bool,
    certificates: Vec<String>,
    needing: &'d [Dependant],
    receipt: u64,
}
