//! `trust`: pins a root. Everything else rests on this, so people compare words before it is done.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::confirmation::RootQuestion;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::state_folder::{occupied, stranger};
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::Findings;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, FileKind, ItemKind};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use rootcast_protocol::words;
use serde_json::json;

use super::policy_choice::{self, PolicyChoice};
use super::report;
use super::run::{Outcome, Run, usage};
use crate::gate::{self, Root};
use crate::publication::{ItemReceipt, RootRecord, STATE_NAMES, Snapshot, State, StateError, words_of};

/// Arguments of `trust`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The root's certificate, DER or PEM
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// How strict the rules are for its items: private or webpki
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// The CRL of this root that is in use now: it is published, and the next one must continue it
    #[arg(long, value_name = "FILE", conflicts_with = "first_number")]
    crl: Option<PathBuf>,
    /// The least CRL number to accept
    #[arg(long, value_name = "N")]
    first_number: Option<CrlNumber>,
    #[command(flatten)]
    choice: PolicyChoice,
    /// Pin it without asking
    #[arg(long)]
    yes: bool,
    /// Pin it without asking, if this is the SHA-256 of the certificate
    #[arg(long, value_name = "HEX")]
    sha256: Option<Digest>,
}

const NOT_ENROLLED: &str = "The root was not enrolled. Nothing was published.";

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Outcome, Diagnosis> {
    let dir = run.state_dir()?;
    let named: Vec<&Path> = [Some(&arguments.root), arguments.crl.as_ref(), run.log_file.as_ref()]
        .into_iter()
        .flatten()
        .map(AsRef::as_ref)
        .chain(arguments.choice.files())
        .collect();
    if let (Err(StateError::NotEnrolled(_)), Some(stranger)) = (Snapshot::read(dir), stranger(dir, STATE_NAMES, &named))
    {
        return Err(occupied(dir, &stranger, NOT_ENROLLED));
    }
    let bytes = input_file::read(&arguments.root, ITEM_SIZE_MAX as u64)?;
    let item = item::read(&bytes).map_err(|findings| refused(&findings))?;
    if item.kind != ItemKind::Certificate {
        return Err(refused_because("ROOT-NAME: the file holds a CRL, not a certificate.".to_owned()));
    }
    let policy = Policy { profile: arguments.profile.unwrap_or_default(), ..Policy::default() };
    let issuer = Issuer::from_certificate(&item.der, &policy).map_err(|findings| refused(&findings))?;
    let sha256 = Digest(issuer.certificate_sha256());
    let spelled = words::spell(sha256.as_bytes(), words::LONG);
    let subject = issuer.subject().to_string();
    say(&format!("root     {}", printable(&subject)));
    say(&format!("key      {}, valid {} to {}", issuer.key_description(), issuer.not_before(), issuer.not_after()));
    say(&format!("SHA-256  {sha256}"));
    say(&format!("words    {spelled}"));
    gate::rule_receipts(issuer.findings()).iter().for_each(report::say_finding);
    let given = arguments.choice.read(&policy, run.now())?;
    given.say();
    confirm(arguments, &sha256)?;

    let last = arguments.crl.as_ref().map(|path| input_file::read(path, ITEM_SIZE_MAX as u64)).transpose()?;
    let mut state = State::open_for_enrolment(dir, Box::new(RealDisk), &run.who).map_err(not_stored)?;
    if state.is_begun_again() {
        say(
            "warning: an enrolment was begun in this directory before, and none is in force. It begins anew: give --crl or",
        );
        say(
            "         --first-number as you would at a first start. If a root *was* enrolled here, restore the backup instead.",
        );
    }
    let now = run.now();
    let mut draft = state.draft();
    let others = state.snapshot().map(gate::roots).transpose()?.unwrap_or_default();
    let known = others.iter().find(|root| root.record.sha256 == sha256.to_string()).map(|root| root.record.clone());
    refuse_clashes(&issuer, &given.offline_issuers, &others)?;
    let record = RootRecord {
        sha256: sha256.to_string(),
        // Enrolling again adds or raises, and changes what is chosen explicitly; it never resets.
        profile: match (arguments.profile, &known) {
            (None, Some(known)) => known.profile.clone(),
            (given, _) => given.unwrap_or_default().to_string(),
        },
        allow_sha1: known.as_ref().is_some_and(|known| known.allow_sha1),
        first_number: highest(arguments.first_number, known.as_ref().and_then(|known| known.first_number.as_deref())),
        enrolled: known.as_ref().map_or(now, |known| known.enrolled),
        policy: given.applied_to(known.as_ref().map(|known| known.policy.clone()).unwrap_or_default())?,
    };
    let (profile, first_number) = (record.profile.clone(), record.first_number.clone());
    let mut changed = known.as_ref() != Some(&record);
    draft.enrol(record.clone(), &item.der);
    for named in &given.offline_issuers {
        draft.name_issuer(&Digest(named.certificate_sha256()).to_string(), named.certificate_der());
    }
    let policy =
        gate::policy_of(&record).map_err(|error| usage(error.to_string(), "See `rootcast-online enrol --help`."))?;
    let chosen = record.policy.clone();
    let root = Root { record, issuer: issuer.clone(), policy, named: Vec::new(), export_key: None };
    let id = sha256.to_string();
    let all: Vec<Root> = others.into_iter().filter(|other| other.record.sha256 != id).chain([root]).collect();
    let roots = all.last().map(std::slice::from_ref).unwrap_or_default();
    report::announce(&all);
    let mut receipt = gate::receipt("enrol", &all, now);
    receipt.items.push(ItemReceipt {
        name: arguments.root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        kind: "root".to_owned(),
        sha256: sha256.to_string(),
        words: words_of(&sha256.to_string()),
        verdict: "enrolled".to_owned(),
        published: None,
        findings: gate::rule_receipts(issuer.findings()),
    });
    if let Some(crl) = last {
        if !matches!(item::read(&crl), Ok(item) if item.kind == ItemKind::Crl) {
            return Err(usage(
                "The file given with --crl is not a CRL (of a certificate, --root takes the root's own).",
                "Give the root's newest CRL, DER or PEM, with --crl.",
            ));
        }
        let name =
            arguments.crl.as_ref().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy().into_owned();
        let first = [rootcast_pki::rule::Rule::CrlFirst].into_iter().collect();
        let judged = gate::judge_item(&mut draft, roots, &name, &crl, Some(first), now)?;
        report::say_item(&judged);
        if !judged.verdict.passes() || judged.kind != FileKind::Crl {
            let why = judged.findings.iter().map(|f| format!("{}: {}", f.rule, f.text)).collect::<Vec<_>>().join("\n");
            return Err(Diagnosis::new(
                if judged.exit == Exit::RolledBack { Label::RolledBack } else { Label::RootRefused },
                format!("The CRL given with --crl is not one this root has in use now. {NOT_ENROLLED}"),
                if why.is_empty() { "It is not a CRL.".to_owned() } else { why },
                "Give the root's newest CRL; or, if none is valid now, its number plus one with --first-number.",
            ));
        }
        changed |= judged.verdict == Ruling::Accepted;
        receipt.items.push(gate::item_receipt(&judged));
    }
    if changed {
        state.commit(draft, receipt, now).map_err(not_stored)?;
    }
    let done = if changed { "Enrolled" } else { "Was enrolled already" };
    let least = first_number.as_ref().map_or(String::new(), |number| format!(", CRL number {number} or higher"));
    say(&format!("{done}: {} in {} (profile {profile}{least})", printable(&subject), dir.display()));
    if let (Some(given), Some(kept)) = (arguments.first_number, &first_number)
        && given.to_string() != *kept
    {
        say(&format!(
            "note: --first-number {given} is lower than before and changes nothing: enrolling again only raises it"
        ));
    }
    let document = json!({"enrolled": {
        "subject": subject, "sha256": sha256.to_string(), "words": spelled, "changed": changed,
        "file_name": issuer.file_name(), "findings": gate::rule_receipts(issuer.findings()),
        "policy": policy_choice::document(&chosen),
    }});
    Ok(Outcome { exit: Exit::Done, document })
}

/// ROOT-CLASH: every file name in the tree belongs to one issuer, and every issuer has one.
fn refuse_clashes(issuer: &Issuer, named: &[Issuer], others: &[Root]) -> Result<(), Diagnosis> {
    let mut known: Vec<Issuer> =
        others.iter().flat_map(|root| root.named.iter().chain([&root.issuer])).cloned().collect();
    for fresh in [issuer].into_iter().chain(named) {
        let clash = fresh.clash(&known);
        if clash.rejects() {
            return Err(refused(&clash));
        }
        if let Some(before) = known.iter().find(|one| one.is_same(fresh) && one.file_name() != fresh.file_name()) {
            return Err(refused_because(format!(
                "ROOT-CLASH: the key of {} is known here as {}; under {} its CRLs would begin anew.",
                printable(&fresh.subject().to_string()),
                before.file_name(),
                fresh.file_name()
            )));
        }
        known.push(fresh.clone());
    }
    Ok(())
}

fn not_stored(error: StateError) -> Diagnosis {
    let disk = matches!(error, StateError::Disk(_));
    let diagnosis = Diagnosis::from(error);
    if disk { Diagnosis { what: NOT_ENROLLED.to_owned(), ..diagnosis } } else { diagnosis }
}

fn highest(given: Option<CrlNumber>, known: Option<&str>) -> Option<String> {
    let known = known.and_then(|known| known.parse::<CrlNumber>().ok());
    given.max(known).map(|number| number.to_string())
}

fn confirm(arguments: &Arguments, sha256: &Digest) -> Result<(), Diagnosis> {
    let (sha256, given) = (sha256.to_string(), arguments.sha256.map(|given| given.to_string()));
    let compare = "the offline side, by telephone";
    RootQuestion { sha256: &sha256, given: given.as_deref(), yes: arguments.yes, compare, not_done: NOT_ENROLLED }.ask()
}

fn refused(findings: &Findings) -> Diagnosis {
    refused_because(findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn refused_because(why: String) -> Diagnosis {
    Diagnosis::new(
        Label::RootRefused,
        format!("This certificate cannot be pinned as a root. {NOT_ENROLLED}"),
        why,
        "Give the root's own CA certificate, DER or PEM.",
    )
}
