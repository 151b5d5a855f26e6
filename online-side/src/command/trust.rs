//! `trust`: pins a root. Everything else depends on this, so people compare words first.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_console::trust::{GivenRoot, Options, Wording, say_kept};
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::permission::check_state_folder;
use rootcast_host::state_folder::{foreign_file, occupied};
use rootcast_host::terminal::say;
use rootcast_host::text;
use rootcast_host::text::printable;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::Severity;
use rootcast_pki::item::{self, FileKind, ItemKind};
use rootcast_pki::limits::DECIDED_COUNT_MAX;
use rootcast_pki::policy_change::PolicyChange;
use rootcast_pki::policy_record::PolicyRecordError;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use serde::Serialize;

use super::issuer_records::IssuerRecords;
use super::policy_choice::{PolicyChoice, PolicyDocument};
use super::report;
use super::run::{Run, usage};
use crate::gate::{self, Root};
use crate::publication::{
    FloorRecord, ItemReceipt, ItemVerdict, ReceiptItemKind, ReceiptKind, RuleReceipt, STATE_NAMES, Snapshot, State,
    StateError, check_links, words_of,
};

/// Arguments of `trust`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// The root's current CRL. It is published, and the next CRL must continue it. If rules reject single entries of it, it is
    /// not published, and the next CRL must continue it anyway.
    #[arg(long, value_name = "FILE", conflicts_with = "first_number")]
    crl: Option<PathBuf>,
    /// The lowest CRL number to accept: decimal, or hexadecimal after 0x, as openssl writes it.
    #[arg(long, value_name = "N")]
    first_number: Option<CrlNumber>,
    #[command(flatten)]
    choice: PolicyChoice,
}

const WORDING: Wording = Wording {
    refused: Label::RootRefused,
    unchanged: "Trust is unchanged. Nothing was published.",
    compare: "the offline side, by telephone",
};

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    let dir = run.state_dir()?;
    let options = &arguments.options;
    let named: Vec<&Path> = [arguments.crl.as_deref(), run.log_file.as_deref()]
        .into_iter()
        .flatten()
        .chain(options.files())
        .chain(arguments.choice.files())
        .collect();
    if let (Err(StateError::NotEnrolled(_)), Some(foreign)) =
        (Snapshot::read(dir), foreign_file(dir, STATE_NAMES, &named))
    {
        return Err(occupied(dir, &foreign, WORDING.unchanged));
    }
    // Before anybody compares words.
    check_state_folder(dir, WORDING.unchanged)?;
    let given = options.read(run.program, &WORDING, run.now())?;
    let choice = arguments.choice.read(run.now())?;
    options.show(&given);
    choice.say();
    options.confirm(&given, &WORDING)?;
    let last = arguments
        .crl
        .as_ref()
        .map(|path| input_file::read_for(path, ITEM_SIZE_MAX as u64, WORDING.unchanged))
        .transpose()?;
    let mut state = State::open_for_enrolment(dir, Box::new(RealDisk), &run.who).map_err(not_stored)?;
    check_links(dir).map_err(not_stored)?;
    if state.is_begun_again() {
        say(
            "warning: an earlier `trust` in this directory was interrupted, and no root is trusted here. It starts again: give --crl or",
        );
        say("         --first-number as at a first start. If a root *was* trusted here, restore the backup instead.");
    }
    let now = run.now();
    let mut draft = state.draft();
    let others = state.snapshot().map(gate::roots).transpose()?.unwrap_or_default();
    let retired = state.snapshot().map(gate::retired_roots).transpose()?.unwrap_or_default();
    let given = given.or_known(others.iter().map(|root| &root.issuer));
    let GivenRoot { issuer, sha256, .. } = &given;
    let subject = issuer.subject().to_string();
    refuse_clashes(&given, others.iter().chain(&retired))?;
    let records = IssuerRecords::new(&given, (&others, &retired), (options, &choice, arguments.first_number), now)?;
    if let Some(kept) = records.kept_from() {
        say_kept(&kept.sha256, &gate::whole_policy(kept));
    }
    let record = records.own.clone();
    let profile = record.profile.clone();
    let mut changed = records.is_changed();
    draft.enrol(record.clone(), &given.der);
    for other in &others {
        if let Some(after) = records.of_other(&other.record.sha256) {
            draft.enrol(after.clone(), other.issuer.certificate_der());
        }
    }
    for named in &given.named {
        draft.name_issuer(&Digest(named.certificate_sha256()).to_string(), named.certificate_der());
    }
    let unknown = |error: PolicyRecordError| usage(error.to_string(), "See `rootcast-online trust --help`.");
    let policy = gate::policy_of(&record).map_err(unknown)?;
    let changes = records.policy_changes().map_err(unknown)?;
    let chosen = record.policy.clone();
    let root = Root { record, issuer: issuer.clone(), policy, named: Vec::new(), export_keys: Vec::new() };
    let id = sha256.to_string();
    let others = others.into_iter().filter(|other| other.record.sha256 != id).map(|other| {
        let record = records.of_other(&other.record.sha256).cloned();
        Root {
            policy: record.as_ref().map_or(other.policy, |_| policy),
            record: record.unwrap_or(other.record),
            ..other
        }
    });
    let mut all: Vec<Root> = others.chain([root]).collect();
    // Those of this issuer last: each of its certificates may be the one that allows the CRL.
    all.sort_by_key(|root| root.issuer.is_same(issuer));
    let others_end = all.partition_point(|root| !root.issuer.is_same(issuer));
    let roots = all.get(others_end..).unwrap_or_default();
    report::announce(&all, now);
    report::say_weakened(run, draft.record());
    let mut receipt = gate::receipt(ReceiptKind::Enrol, &all, now);
    receipt.policies.clone_from(&changes.changes);
    let source = Digest(issuer.spki_sha256());
    let named = format!("{subject} (key {})", issuer.file_name());
    let alarm = changes.alarm(&named, &source, draft.record().generation.saturating_add(1));
    let rung = alarm.and_then(|alarm| draft.ring(alarm, now));
    receipt.alarms.extend(rung.clone());
    receipt.items.push(ItemReceipt {
        name: options.root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        kind: ReceiptItemKind::Root,
        sha256: sha256.to_string(),
        words: words_of(&sha256.to_string()),
        tbs_sha256: item::tbs(&given.der).map(|tbs| Digest::of(tbs).to_string()),
        verdict: ItemVerdict::Enrolled,
        issuer: Some(format!("{subject} ({})", issuer.mark())),
        published: None,
        times: 1,
        findings: gate::rule_receipts(issuer.findings()),
    });
    let mut floor = None;
    if let Some(crl) = last {
        if !matches!(item::read(&crl), Ok(item) if item.kind == ItemKind::Crl) {
            return Err(usage(
                "The file given with --crl is not a CRL. (The root's certificate belongs to --root.)",
                "Give the root's newest CRL, DER or PEM, with --crl.",
            ));
        }
        let name =
            arguments.crl.as_ref().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy().into_owned();
        let first = [Rule::CrlFirst].into_iter().collect();
        let before = draft.record().floors.iter().find(|floor| floor.issuer == issuer.file_name()).cloned();
        let mut judged = gate::judge_item(&mut draft, roots, &name, &crl, Some(first), now)?;
        if let Some(unknown) = judged.findings.iter().find(|finding| finding.rule == Rule::ItemIssuerUnknown) {
            return Err(Diagnosis::new(
                Label::RootRefused,
                format!("The CRL given with --crl is not of this root. {}", WORDING.unchanged),
                format!("{}: {}. The root is {}.", unknown.rule, printable(&unknown.text), printable(&subject)),
                "One of the two files is the wrong one: --root takes the root's certificate, and --crl the newest CRL of that root.",
            ));
        }
        judged.findings.retain(|finding| !is_answered_by_giving_it(finding));
        // Its help would say to give the CRL. The receipt has the decision.
        let mut told = judged.clone();
        told.findings.retain(|finding| finding.rule != Rule::CrlFirst);
        report::say_item(run, &told);
        // What does not continue the floor is none without a decision about it, and `trust` asks for none.
        let not_continued = before
            .filter(|floor| floor.sha256 != judged.sha256.to_string() && judged.findings.iter().any(is_undecided_hold));
        // A rollback is none: what is known here is newer.
        let is_floor = judged.exit != Exit::RolledBack && not_continued.is_none();
        let issuer_policy = is_floor.then_some(&policy);
        floor = issuer_policy.and_then(|policy| gate::keep_floor(&mut draft, issuer, policy, &crl, now));
        if let Some(floor) = &floor {
            changed |= floor.is_new;
            receipt.items.push(ItemReceipt { verdict: ItemVerdict::Floor, ..gate::item_receipt(&judged) });
        } else if !judged.verdict.passes() || judged.kind != FileKind::Crl {
            let why = judged.findings.iter().map(|f| format!("{}: {}", f.rule, f.text)).collect::<Vec<_>>().join("\n");
            return Err(Diagnosis::new(
                if judged.exit == Exit::RolledBack { Label::RolledBack } else { Label::RootRefused },
                format!("The CRL given with --crl is not this root's current CRL. {}", WORDING.unchanged),
                if why.is_empty() { "It is not a CRL.".to_owned() } else { why },
                match not_continued.filter(|_| judged.exit != Exit::RolledBack) {
                    None => {
                        "Give the root's newest CRL. If none is valid now, give its number plus one with --first-number."
                            .to_owned()
                    }
                    Some(FloorRecord { number, .. }) => format!(
                        "CRL number {number} is the floor here, and it stays. Find out on the offline side why the given CRL does not \
                         continue it. The next CRL without rejected entries that arrives is held for the same, and a person decides."
                    ),
                },
            ));
        }
        if floor.is_none() {
            changed |= judged.verdict == Ruling::Accepted;
            receipt.items.push(gate::item_receipt(&judged));
        }
    }
    let first_number = records.own.first_number.as_deref().and_then(|number| number.parse::<CrlNumber>().ok());
    let accepted = draft.record().accepted_numbers(&issuer.file_name()).max();
    if changed {
        state.commit(draft, receipt, now).map_err(not_stored)?;
    }
    if let Some(alarm) = rung.filter(|_| changed) {
        report::say_weakening(run, &alarm);
    }
    let done = if changed { "Trusted" } else { "Trusted already" };
    // What is published asks for more than what was given once. As `openssl` writes it too: the number that was typed may be
    // from its file.
    let next_number = accepted.and_then(|number| number.successor());
    let least = first_number.map(|first| first.max(next_number.unwrap_or(first)));
    let least = least.map_or(String::new(), |number| format!(", CRL number {} or higher", number.in_both()));
    say(&format!("{done}: {} in {} (profile {profile}{least})", printable(&subject), dir.display()));
    if let Some(floor) = &floor {
        say_floor(&floor.record);
        if let Some(count) = floor.undecidable {
            say_undecidable(count);
        }
    }
    match (arguments.first_number, first_number, accepted) {
        (Some(given), _, Some(accepted)) if given <= accepted => {
            say(&format!(
                "note: --first-number {given} has no effect: CRL number {accepted} was accepted here already"
            ));
        }
        (Some(given), Some(kept), _) if given != kept => {
            say(&format!(
                "note: --first-number {given} is lower than the earlier value and has no effect: `trust` can only raise it"
            ));
        }
        _ => {}
    }
    let document = Document {
        enrolled: RootDocument {
            subject: &subject,
            sha256: sha256.to_string(),
            serial: issuer.serial().to_string(),
            not_after: issuer.not_after().to_string(),
            words: given.words(),
            changed,
            file_name: issuer.file_name(),
            findings: gate::rule_receipts(issuer.findings()),
            policy: PolicyDocument::from(&chosen),
            kept_from: records.kept_from().map(|kept| kept.sha256.as_str()),
            policies: &changes.changes,
            floor: floor.as_ref().map(|floor| FloorDocument::from(&floor.record)),
        },
    };
    run.tell(&document, "");
    Ok(Exit::Done)
}

/// The document of `trust`.
#[derive(Debug, Serialize)]
struct Document<'d> {
    enrolled: RootDocument<'d>,
}

#[derive(Debug, Serialize)]
struct RootDocument<'d> {
    subject: &'d str,
    sha256: String,
    serial: String,
    not_after: String,
    words: String,
    changed: bool,
    file_name: String,
    findings: Vec<RuleReceipt>,
    policy: PolicyDocument<'d>,
    kept_from: Option<&'d str>,
    policies: &'d [PolicyChange],
    floor: Option<FloorDocument<'d>>,
}

/// A CRL that the next one has to continue and that is not published.
#[derive(Debug, Serialize)]
struct FloorDocument<'d> {
    sha256: &'d str,
    number: &'d str,
    this_update: String,
    entries: u64,
    faulty: u64,
}

impl<'d> From<&'d FloorRecord> for FloorDocument<'d> {
    fn from(floor: &'d FloorRecord) -> Self {
        let FloorRecord { sha256, number, this_update, entries, faulty, .. } = floor;
        Self { sha256, number, this_update: rfc3339(*this_update), entries: *entries, faulty: *faulty }
    }
}

/// The warning that this is the first CRL: its help says to give it, and it was given. A hold stays, as a decision.
fn is_answered_by_giving_it(finding: &ReportedFinding) -> bool {
    finding.severity == Severity::Warn && finding.rule == Rule::CrlFirst
}

/// A hold that a person would have to decide. That it is the first CRL is decided by giving it.
fn is_undecided_hold(finding: &ReportedFinding) -> bool {
    finding.severity == Severity::Hold && finding.rule != Rule::CrlFirst
}

fn say_floor(floor: &FloorRecord) {
    let entries = text::count(floor.entries, "entry");
    say(&format!(
        "note: CRL number {} is not published: of its {entries}, rules reject {}.",
        floor.number, floor.faulty
    ));
    say(
        "      It is the floor: the next CRL has to continue it in number, dates and entries. If that one changes or leaves",
    );
    say("      out a rejected entry, it is held.");
}

fn say_undecidable(count: usize) {
    say(&format!(
        "warning: no ceremony can continue this CRL. It decides about at most {DECIDED_COUNT_MAX} certificates, and here are {count}."
    ));
    say("         Let the CA's program issue a CRL in which fewer entries break a rule, and give that one.");
}

/// ROOT-CLASH: every file name in the tree belongs to one issuer, and every issuer has one.
fn refuse_clashes<'r>(given: &GivenRoot, others: impl Iterator<Item = &'r Root>) -> Result<(), Diagnosis> {
    let mut known: Vec<_> = others.flat_map(|root| root.named.iter().chain([&root.issuer])).cloned().collect();
    given.refuse_clashes(known.clone(), &WORDING)?;
    for fresh in [&given.issuer].into_iter().chain(&given.named) {
        if let Some(before) = known.iter().find(|one| one.is_same(fresh) && one.file_name() != fresh.file_name()) {
            return Err(WORDING.refuse_because(format!(
                "ROOT-CLASH: the key of {} is known here as {}; under {} its CRLs would start a new sequence.",
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
    let disk = matches!(error, StateError::Disk(_) | StateError::NoLinks { .. });
    let diagnosis = Diagnosis::from(error);
    if disk { Diagnosis { what: WORDING.unchanged.to_owned(), ..diagnosis } } else { diagnosis }
}
