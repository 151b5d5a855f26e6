//! `check`: the full verdict on files, publishing nothing.

use std::path::PathBuf;

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::given_file;
use rootcast_host::terminal::say;
use rootcast_pki::finding::Findings;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::judgement::{judge, judge_under};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use serde_json::{Value, json};

use crate::gate::{self, JudgedItem};
use crate::program::{Outcome, Run, usage};
use crate::publication::{Draft, Snapshot};
use crate::report;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// CRLs and CA certificates, DER or PEM
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Judge as if it were this time (RFC 3339, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// Judge under this CA certificate, without any state
    #[arg(long, value_name = "CA")]
    issuer: Option<PathBuf>,
    /// With --issuer: the CRL before
    #[arg(long, value_name = "CRL", requires = "issuer")]
    previous: Option<PathBuf>,
    /// How strict: private or webpki
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// Let signatures with SHA-1 through: for history only
    #[arg(long)]
    allow_sha1: bool,
}

fn time(text: &str) -> Result<Timestamp, String> {
    parse_rfc3339(text).map_err(|e| format!("{e}; write it like 2026-11-21T00:00:00Z"))
}

/// What files are judged against.
enum Against {
    State { draft: Box<Draft>, roots: Vec<gate::Root> },
    Issuer { issuer: Box<Issuer>, previous: Option<Vec<u8>> },
    Nothing,
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Outcome, Diagnosis> {
    let now = arguments.at.map_or_else(|| run.now(), |at| at.0);
    let policy = Policy {
        profile: arguments.profile.unwrap_or_default(),
        allow_sha1: arguments.allow_sha1,
        ..Policy::default()
    };
    if arguments.allow_sha1 {
        say("warning: SHA-1 signatures are let through (--allow-sha1). Use this to look at history, never to publish.");
    }
    let mut against = against(run, arguments, &policy)?;
    let mut judged = Vec::new();
    for path in &arguments.files {
        let bytes = given_file::read(path, ITEM_SIZE_MAX as u64)?;
        let name = path.display().to_string();
        let item = judge_file(&mut against, &name, &bytes, &policy, now)?;
        report::say_item(&item);
        judged.push(item);
    }
    let worst = judged.iter().fold(Exit::Done, |exit, item| exit.worst(item.exit));
    let document = json!({"files": judged.iter().map(|item| json!({
        "file": item.name, "kind": item.kind, "verdict": item.verdict, "findings": item.findings,
    })).collect::<Vec<Value>>()});
    Ok(Outcome { exit: worst, document })
}

fn against(run: &Run, arguments: &Arguments, policy: &Policy) -> Result<Against, Diagnosis> {
    if let Some(path) = &arguments.issuer {
        let bytes = given_file::read(path, ITEM_SIZE_MAX as u64)?;
        let refused = |findings: Findings| {
            Diagnosis::new(
                Label::RootRefused,
                "Nothing was judged: the file given with --issuer cannot be an issuer.",
                findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
                "Give the certificate of the CA that signed the files.",
            )
        };
        let item = item::read(&bytes).map_err(refused)?;
        let issuer = Issuer::from_certificate(&item.der, policy).map_err(refused)?;
        let previous = match &arguments.previous {
            None => None,
            Some(path) => {
                let bytes = given_file::read(path, ITEM_SIZE_MAX as u64)?;
                match item::read(&bytes) {
                    Ok(item) if item.kind == ItemKind::Crl => Some(item.der.into_owned()),
                    _ => {
                        return Err(usage(
                            "The file given with --previous is not a CRL.",
                            "Give the CRL before, DER or PEM.",
                        ));
                    }
                }
            }
        };
        return Ok(Against::Issuer { issuer: Box::new(issuer), previous });
    }
    let Some(dir) = &run.state else { return Ok(Against::Nothing) };
    let snapshot = Snapshot::read(dir)?;
    let mut roots = gate::roots(&snapshot)?;
    super::announce(&roots);
    for root in &mut roots {
        root.policy.profile = arguments.profile.unwrap_or(root.policy.profile);
        root.policy.allow_sha1 |= arguments.allow_sha1;
    }
    Ok(Against::State { draft: Box::new(snapshot.into_draft()), roots })
}

fn judge_file(
    against: &mut Against,
    name: &str,
    bytes: &[u8],
    policy: &Policy,
    now: i64,
) -> Result<JudgedItem, Diagnosis> {
    match against {
        Against::State { draft, roots } => {
            let mut judged = gate::judge_item(draft, roots, name, bytes, None, now)?;
            judged.published = None;
            Ok(judged)
        }
        Against::Issuer { issuer, previous } => Ok(match item::read(bytes) {
            Ok(item) => {
                let history = NoState { previous: previous.as_deref() };
                gate::judged_by(name, &item, &judge_under(&item, issuer, &history, policy, Timestamp(now)))
            }
            Err(findings) => gate::unreadable(name, bytes, findings),
        }),
        Against::Nothing => Ok(match item::read(bytes) {
            Ok(item) => gate::judged_by(name, &item, &judge(&item, &[], &NoState::default(), policy, Timestamp(now))),
            Err(findings) => gate::unreadable(name, bytes, findings),
        }),
    }
}
