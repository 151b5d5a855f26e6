//! `check`: the full verdict on files, publishing nothing.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::difference::Difference;
use rootcast_pki::finding::Findings;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::judgement::{is_crl_of, judge, judge_under};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::report::UnreadFile;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::limits::{ITEM_SIZE_MAX, OBJECT_SIZE_MAX};
use serde_json::{Value, json};

use super::report::{self, report_of};
use super::run::{Outcome, Run, usage};
use crate::gate::{self, JudgedItem};
use crate::publication::{Draft, Snapshot};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// CRLs and CA certificates, DER or PEM, or bundles of them
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
    let policy = Policy {
        profile: arguments.profile.unwrap_or_default(),
        allow_sha1: arguments.allow_sha1,
        ..Policy::default()
    };
    if arguments.allow_sha1 {
        say("warning: SHA-1 signatures are let through (--allow-sha1). Use this to look at history, never to publish.");
    }
    let mut check = Check {
        against: against(run, arguments, &policy)?,
        policy,
        now: arguments.at.map_or_else(|| run.now(), |at| at.0),
        is_as_of: arguments.at.is_some(),
        exit: Exit::Done,
        files: Vec::new(),
        unreadable: None,
    };
    for path in &arguments.files {
        check.file(path)?;
    }
    let mut document = json!({"files": check.files});
    if let Some(diagnosis) = check.unreadable {
        diagnosis.add_to(&mut document);
    }
    Ok(Outcome { exit: check.exit, document })
}

/// A check that goes on, file by file.
struct Check {
    against: Against,
    policy: Policy,
    now: i64,
    /// Whether that is a time given, and not this host's clock.
    is_as_of: bool,
    exit: Exit,
    files: Vec<Value>,
    /// The first file that could not be read.
    unreadable: Option<Diagnosis>,
}

impl Check {
    fn file(&mut self, path: &Path) -> Result<(), Diagnosis> {
        let name = path.display().to_string();
        let size_max = u64::from(OBJECT_SIZE_MAX).max(ITEM_SIZE_MAX as u64);
        let bytes = match input_file::read(path, size_max) {
            Ok(bytes) => bytes,
            Err(diagnosis) => {
                self.unreadable(&name, diagnosis);
                return Ok(());
            }
        };
        let Ok(bundle) = Bundle::parse(&bytes) else {
            return self.item(&name, &bytes);
        };
        drop(bytes);
        say(&format!(
            "{}: a bundle, manifest {} of {}",
            printable(&name),
            bundle.manifest.number,
            bundle.manifest.source
        ));
        for (entry, bytes) in bundle.manifest.items.iter().zip(&bundle.items) {
            self.item(&format!("{name}: {}", entry.name), bytes)?;
        }
        Ok(())
    }

    /// A file that cannot be read has no verdict, and the others still get theirs.
    fn unreadable(&mut self, name: &str, diagnosis: Diagnosis) {
        say(&diagnosis.to_string());
        self.exit = self.exit.worst(diagnosis.exit());
        let mut document = json!(UnreadFile::new(name));
        diagnosis.add_to(&mut document);
        self.files.push(document);
        self.unreadable.get_or_insert(diagnosis);
    }

    fn item(&mut self, name: &str, bytes: &[u8]) -> Result<(), Diagnosis> {
        let der = item::read(bytes).ok().filter(|item| item.kind == ItemKind::Crl).map(|item| item.der);
        // Before it is judged: what passes takes the place of the CRL before in the draft.
        let difference = der.as_ref().and_then(|der| self.difference(der));
        let judged = self.judge(name, bytes)?;
        let mut report = report_of(&judged).compared(difference);
        if let Some(der) = der {
            report = report.with_obstacles_of(&der);
        }
        let gap = if self.files.is_empty() { "" } else { "\n" };
        say(&format!("{gap}{report}"));
        self.exit = self.exit.worst(judged.exit);
        self.files.push(json!(report));
        Ok(())
    }

    /// From the CRL before to this one, where there is one.
    fn difference(&self, der: &[u8]) -> Option<Difference> {
        match &self.against {
            Against::State { draft, .. } => draft.record().crls.iter().find_map(|crl| {
                let before = draft.file(&format!("published/crl/{}.crl", crl.issuer)).ok()?;
                Difference::between(&before, der)
            }),
            Against::Issuer { previous, .. } => Difference::between(previous.as_ref()?, der),
            Against::Nothing => None,
        }
    }

    fn judge(&mut self, name: &str, bytes: &[u8]) -> Result<JudgedItem, Diagnosis> {
        let (policy, now) = (&self.policy, self.now);
        match &mut self.against {
            Against::State { draft, roots } => {
                // A time that people name is no clock that went back.
                let judged = match self.is_as_of {
                    true => gate::judge_item_as_of(draft, roots, name, bytes, now),
                    false => gate::judge_item(draft, roots, name, bytes, None, now),
                };
                let mut judged = judged?;
                judged.published = None;
                Ok(judged)
            }
            Against::Issuer { issuer, previous } => Ok(match item::read(bytes) {
                Ok(item) => {
                    let history = NoState { previous: previous.as_deref(), ..NoState::default() };
                    gate::judged_by(name, &item, &judge_under(&item, issuer, &history, policy, Timestamp(now)))
                }
                Err(findings) => gate::unreadable(name, bytes, findings),
            }),
            Against::Nothing => Ok(match item::read(bytes) {
                Ok(item) => {
                    gate::judged_by(name, &item, &judge(&item, &[], &NoState::default(), policy, Timestamp(now)))
                }
                Err(findings) => gate::unreadable(name, bytes, findings),
            }),
        }
    }
}

fn against(run: &Run, arguments: &Arguments, policy: &Policy) -> Result<Against, Diagnosis> {
    if let Some(path) = &arguments.issuer {
        if run.state.is_some() {
            say("note: with --issuer the state is not looked at: nothing is compared with what is published.");
        }
        return given_issuer(path, arguments.previous.as_deref(), policy);
    }
    let Some(dir) = &run.state else { return Ok(Against::Nothing) };
    let snapshot = Snapshot::read(dir)?;
    let mut roots = gate::roots(&snapshot)?;
    report::announce(&roots);
    for root in &mut roots {
        root.policy.profile = arguments.profile.unwrap_or(root.policy.profile);
        root.policy.allow_sha1 |= arguments.allow_sha1;
    }
    Ok(Against::State { draft: Box::new(Draft::from_snapshot(snapshot)), roots })
}

fn given_issuer(path: &Path, previous: Option<&Path>, policy: &Policy) -> Result<Against, Diagnosis> {
    let bytes = input_file::read(path, ITEM_SIZE_MAX as u64)?;
    let refused = |findings: Findings| {
        Diagnosis::new(
            Label::RootRefused,
            "Nothing was judged: the file given with --issuer cannot be an issuer.",
            findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            "Give the certificate of the CA that signed the files.",
        )
    };
    let item = item::read(&bytes).map_err(refused)?;
    if item.kind != ItemKind::Certificate {
        return Err(usage(
            "The file given with --issuer is a CRL.",
            "Give the certificate of the CA that signed the files.",
        ));
    }
    let issuer = Issuer::from_certificate(&item.der, policy).map_err(refused)?;
    let previous = match previous {
        None => None,
        Some(path) => {
            let bytes = input_file::read(path, ITEM_SIZE_MAX as u64)?;
            match item::read(&bytes) {
                Ok(item) if item.kind == ItemKind::Crl && is_crl_of(&item.der, &issuer) => Some(item.der.into_owned()),
                Ok(item) if item.kind == ItemKind::Crl => {
                    return Err(usage(
                        "The CRL given with --previous is not of the CA given with --issuer: its issuer is another, or its signature does not verify.",
                        "Give the CRL that this CA issued before, DER or PEM.",
                    ));
                }
                _ => {
                    return Err(usage(
                        "The file given with --previous is not a CRL.",
                        "Give the CRL before, DER or PEM.",
                    ));
                }
            }
        }
    };
    Ok(Against::Issuer { issuer: Box::new(issuer), previous })
}
