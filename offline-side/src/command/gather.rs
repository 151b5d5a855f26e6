//! Reads, judges and bundles the items of a command: the first step of `send`, `bundle` and `plan`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file;
use rootcast_host::process::lock_memory;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::finding::Severity;
use rootcast_pki::rule::Rule;
use rootcast_protocol::limits::{ITEM_SIZE_MAX, OBJECT_SIZE_MAX};

use super::banner::say_banner;
use super::decision::Decision;
use super::opened::state_failed;
use super::{NOTHING_SENT, announce, usage};
use crate::ceremony::folder::released::{Released, ReleasedError};
use crate::gate::item_summary::ItemSummary;
use crate::gate::item_text::{ItemDocument, finding_text, item_text};
use crate::gate::{Gate, JudgedItem};
use crate::sending::bundle;
use crate::sending::bundle::{BundlingError, MadeBundle, in_order, looks_like_a_bundle, source_of};
use crate::sending::commitment::Source;
use crate::sending::export_key;
use crate::sending::export_key::ExportKey;
use crate::store::journal::Chain;
use crate::store::journal::ceremony::AbandonedCrl;
use crate::store::state::{State, StateError};
use rootcast_console::run::Run;

/// How items become a bundle, for the commands that make a bundle.
#[derive(Debug, Args)]
pub(super) struct SourceOptions {
    /// Accept SHA-1 signatures, each with a warning. Use this for historical files only.
    #[arg(long)]
    allow_sha1: bool,
    /// Sign the manifest with this private key: Ed25519, PKCS#8, PEM or DER. The program does not keep the key.
    #[arg(long, value_name = "FILE")]
    export_key: Option<PathBuf>,
    #[command(flatten)]
    pub(super) decision: Decision,
}

impl SourceOptions {
    fn key(&self) -> Result<Option<ExportKey>, Diagnosis> {
        let Some(path) = &self.export_key else { return Ok(None) };
        // Where it is not allowed, the key is still in its file: there is nothing to say.
        let _ = lock_memory();
        let bytes = input_file::read_for(path, export_key::FILE_SIZE_MAX, NOTHING_SENT)?;
        ExportKey::read(&bytes).map(Some).map_err(|why| {
            usage(
                &format!("The export key {} cannot be used: {why}.", path.display()),
                "Give an Ed25519 private key, such as `openssl genpkey -algorithm ed25519` makes.",
            )
        })
    }
}

/// The given files. A ceremony's folder stands for its released objects, without the root: a link never carries a trust
/// anchor.
fn ceremonies_opened(state: &State<'_>, files: &[PathBuf]) -> Result<Vec<PathBuf>, Diagnosis> {
    let mut found = Vec::new();
    for path in files {
        let Some(released) = Released::look(path).map_err(|error| not_released(state, error))? else {
            found.push(path.clone());
            continue;
        };
        for root in &released.roots {
            say(&format!("note: {} is a root and is not sent; carry it by hand", root.display()));
        }
        say_banner(released.is_rehearsal);
        if released.items.is_empty() {
            return Err(usage(
                &format!(
                    "{} holds nothing that can be sent. Carry a root by hand and trust it there.",
                    released.folder.display()
                ),
                "Compare the root's words on both sides, and give its certificate to `rootcast-online trust`.",
            ));
        }
        found.extend(released.items);
    }
    Ok(found)
}

fn not_released(state: &State<'_>, error: ReleasedError) -> Diagnosis {
    let is_used_up = |listing| state.record.burned.iter().any(|burned| Some(burned.rehearsal) == listing);
    match error {
        ReleasedError::NotSigned { folder, listing } if is_used_up(listing) => usage(
            &format!(
                "The signing of the rehearsal in {} failed or was interrupted: it released nothing, and the rehearsal is used up. \
                 Nothing was sent.",
                folder.display()
            ),
            "Rehearse the request again into a new folder, have that approved, and sign it. `rootcast-offline ceremony record` on \
             the old folder says how the signing ended.",
        ),
        ReleasedError::NotSigned { .. } => usage(&error.to_string(), "Sign it first: rootcast-offline ceremony sign"),
        ReleasedError::Disk(error) => state_failed(&StateError::Disk(error), NOTHING_SENT),
        ReleasedError::Unreadable(diagnosis) => diagnosis,
    }
}

/// The name of a file without its folders.
pub(super) fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Reads and judges the files, and bundles them.
pub(super) fn gather(
    run: &Run,
    state: &State<'_>,
    chain: &Chain,
    files: &[PathBuf],
    options: &SourceOptions,
) -> Result<Source, Diagnosis> {
    let mut gate =
        Gate::from_records(state, chain, options.allow_sha1).map_err(|error| state_failed(&error, NOTHING_SENT))?;
    gate.decide(options.decision.rules());
    let key = options.key()?;
    let switched_off = announce(&gate, run.began);
    let size_max = u64::from(OBJECT_SIZE_MAX).max(ITEM_SIZE_MAX as u64);
    let mut read = Vec::new();
    let files = ceremonies_opened(state, files)?;
    for path in &files {
        read.push((path, input_file::read_for(path, size_max, NOTHING_SENT)?));
    }
    let bundle_at = read.iter().position(|(_, bytes)| looks_like_a_bundle(bytes));
    match bundle_at {
        Some(_) if read.len() > 1 => Err(bundle_refused(
            "A bundle was given together with other files.",
            "A bundle is sent alone: it is one object already.".to_owned(),
        )),
        Some(_) if key.is_some() => Err(usage(
            "A finished bundle cannot be signed: the signature would change its object id.",
            "Give --export-key to `rootcast-offline bundle`, or give the items themselves here.",
        )),
        Some(_) => {
            let (path, bytes) = read.swap_remove(0);
            let (bundle, items) = bundle::given(state, chain, bytes).map_err(|error| bundling_failed(&error))?;
            if !state.record.roots.is_empty() && !gate.roots().iter().any(|root| is_source(&bundle, root)) {
                return Err(bundle_refused(
                    &format!("The bundle {} belongs to another source.", path.display()),
                    format!("Its manifest is from the source {}, which is not trusted here.", bundle.manifest.source),
                ));
            }
            let names = bundle.manifest.items.iter().map(|item| item.name.clone()).collect::<Vec<_>>();
            let judged = judge_all(run, (state, chain), &mut gate, names.into_iter().zip(items).collect(), false)?;
            options.decision.check(&judged)?;
            Ok(Source { bundle, items: judged, switched_off, export_key: None })
        }
        None => {
            let named = read.into_iter().map(|(path, bytes)| (file_name(path), bytes)).collect();
            let items = judge_all(run, (state, chain), &mut gate, named, true)?;
            options.decision.check(&items)?;
            let valid = source_of(&items).map(|source| gate.valid_items(&source, run.began)).unwrap_or_default();
            let bundle = bundle::make(state, chain, &valid, &items, key.as_ref(), run.began)
                .map_err(|error| bundling_failed(&error))?;
            let export_key = key.map(|key| key.public_text());
            Ok(Source { bundle, items, switched_off, export_key })
        }
    }
}

fn is_source(bundle: &MadeBundle, root: &crate::gate::EnrolledRoot) -> bool {
    bundle.manifest.source.as_bytes() == &root.issuer.spki_sha256()
}

/// Judges the items in their order in the bundle. One item that must not be sent stops everything.
fn judge_all(
    run: &Run,
    (state, chain): (&State<'_>, &Chain),
    gate: &mut Gate,
    named: Vec<(String, Vec<u8>)>,
    sort: bool,
) -> Result<Vec<JudgedItem>, Diagnosis> {
    let inspected = named.into_iter().map(|(name, bytes)| gate.inspect(&name, Arc::new(bytes))).collect();
    let ordered = if sort { in_order(inspected) } else { inspected };
    let mut judged = Vec::with_capacity(ordered.len());
    for item in ordered {
        // Items before it in the bundle count as sent.
        let item = gate.judge_inspected(item, run.began);
        if item.may_leave() {
            gate.admit(&item);
        }
        judged.push(item);
    }
    none_abandoned(state, chain, &judged)?;
    let refused: Vec<&JudgedItem> = judged.iter().filter(|item| !item.may_leave()).collect();
    if refused.is_empty() {
        return Ok(judged);
    }
    for item in &refused {
        run.event("refused", &ItemDocument::from(*item));
    }
    let mut why = Vec::new();
    for item in &refused {
        why.push(item_text_head(item, run.began));
        why.extend(item.findings.iter().map(finding_text));
    }
    let count = count(refused.len() as u64, "item");
    Err(Diagnosis::new(
        Label::SourceRefused,
        format!("{count} of {} must not be sent. {NOTHING_SENT} The journal has no transmission of it.", judged.len()),
        why.join("\n"),
        next_of(&refused),
    ))
}

/// The CRL that was abandoned whose number this item has, if it is a CRL of the same issuer.
pub(super) fn abandoned_as(state: &State<'_>, chain: &Chain, item: &JudgedItem) -> Option<AbandonedCrl> {
    let number = item.facts.as_ref().and_then(ItemSummary::crl_number)?;
    let issuer = item.issuer?;
    let in_state = state.record.abandoned.iter().filter(|abandoned| abandoned.issuer == issuer).map(|one| &one.crl);
    let in_journal = chain.abandoned_crls().filter(|(of, _)| *of == Some(&issuer)).map(|(_, crl)| crl);
    in_state.chain(in_journal).find(|crl| crl.number == number).cloned()
}

/// A CRL that was abandoned is never sent, nor is any other with its number.
fn none_abandoned(state: &State<'_>, chain: &Chain, items: &[JudgedItem]) -> Result<(), Diagnosis> {
    let found = items.iter().find_map(|item| Some((item, abandoned_as(state, chain, item)?)));
    let Some((item, crl)) = found else { return Ok(()) };
    let (name, number, because) = (printable(&item.name), &crl.number, printable(&crl.because));
    Err(Diagnosis::new(
        Label::SourceRefused,
        format!("An abandoned CRL must not be sent. {NOTHING_SENT} The journal has no transmission of it."),
        format!("{name}: CRL number {number} was abandoned (REQ-PREVIOUS): {because}"),
        "Send the CRL that took its place. `journal show` has the ceremony that abandoned this one.",
    ))
}

/// What to do about items that must not be sent.
fn next_of(refused: &[&JudgedItem]) -> String {
    let severe = |item: &JudgedItem, severity| item.findings.iter().any(|f| crate::gate::severity(f) == severity);
    let rolled_back = |rule| {
        matches!(rule, Rule::CrlNumberLower | Rule::CrlEquivocation | Rule::CrlThisUpdateBack | Rule::CrlEntryVanished)
    };
    if refused
        .iter()
        .any(|item| item.findings.iter().any(|f| crate::gate::severity(f) == Severity::Reject && rolled_back(f.rule)))
    {
        "Stop, and find out where the file came from: it does not continue the CRL sent last.".to_owned()
    } else if refused.iter().all(|item| severe(item, Severity::Hold) && !severe(item, Severity::Reject)) {
        "Correct what the rules name. If the item is right as it is, send it by a recorded decision: \
         --decide RULE --by NAME --because TEXT. The online side will hold it and ask for a decision of its own."
            .to_owned()
    } else {
        "Correct what the rules name, or leave these items out. `rootcast-offline check` shows all findings.".to_owned()
    }
}

fn item_text_head(item: &JudgedItem, now: i64) -> String {
    let first = item_text(item, now);
    format!("{} ({})", first.lines().next().unwrap_or_default(), item.verdict)
}

fn bundle_refused(what: &str, why: String) -> Diagnosis {
    let next = "Give the items themselves, or one bundle made by `rootcast-offline bundle` with this state.";
    Diagnosis::new(Label::BundleRefused, format!("{what} {NOTHING_SENT}"), why, next)
}

fn bundling_failed(error: &BundlingError) -> Diagnosis {
    match error {
        BundlingError::State(error) => state_failed(error, NOTHING_SENT),
        other => bundle_refused("The items do not make a bundle.", other.to_string()),
    }
}
