//! `check`: every rule that can be applied to a file, and what the file is. Sends and changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::difference::Difference;
use rootcast_pki::finding::Findings;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, FileKind, ItemKind};
use rootcast_pki::judgement::{is_crl_of, judge_under};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::report::{Report, ReportedFinding, UnreadFile};
use rootcast_pki::request::{CertificationRequest, REQUEST_SIZE_MAX};
use rootcast_pki::stage::Ruling;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::{ITEM_SIZE_MAX, OBJECT_SIZE_MAX};
use rootcast_protocol::words;
use serde_json::{Value, json};

use super::opened::state_failed;
use super::{announce, parse_time, usage};
use crate::gate::Gate;
use crate::gate::item_text::report_of;
use crate::store::journal::{Chain, JournalError};
use crate::store::state::State;
use rootcast_console::run::Run;

/// `check`
#[derive(Debug, Args)]
pub(super) struct Check {
    /// CRLs and certificates, DER or PEM, or bundles of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Judge as of this time instead of now (RFC 3339, UTC).
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<i64>,
    /// Judge under this CA certificate, without any state.
    #[arg(long, value_name = "CA")]
    issuer: Option<PathBuf>,
    /// With --issuer: the CRL before.
    #[arg(long, value_name = "CRL", requires = "issuer")]
    previous: Option<PathBuf>,
    /// A PKCS#10 request that was asked for: a certificate for any other key is held (CERT-REQUEST). May be repeated.
    #[arg(long, value_name = "CSR")]
    request: Vec<PathBuf>,
    /// How strict: private or webpki.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// Let SHA-1 signatures pass, with a finding each: for history only.
    #[arg(long)]
    allow_sha1: bool,
}

/// What files are judged against.
enum Against<'s> {
    State { state: State<'s>, gate: Box<Gate> },
    Issuer { issuer: Box<Issuer>, previous: Option<Vec<u8>>, policy: Policy, requests: Vec<Vec<u8>> },
    Nothing { gate: Box<Gate> },
}

/// What came of the files so far.
struct Progress<'s> {
    run: &'s Run,
    against: Against<'s>,
    now: i64,
    exit: Exit,
    files: Vec<Value>,
    /// What is told people at the end, on standard output.
    texts: Vec<String>,
    /// The first file that could not be read.
    unreadable: Option<Diagnosis>,
}

impl Check {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        if self.allow_sha1 {
            say(
                "warning: SHA-1 signatures are let through (--allow-sha1). Use this to look at history, never to send.",
            );
        }
        let mut progress = Progress {
            run,
            against: self.against(run)?,
            now: self.at.unwrap_or(run.began),
            exit: Exit::Done,
            files: Vec::new(),
            texts: Vec::new(),
            unreadable: None,
        };
        for path in &self.files {
            progress.file(path);
        }
        let mut document = json!({"files": progress.files});
        if let Some(diagnosis) = progress.unreadable {
            diagnosis.add_to(&mut document);
        }
        run.tell(&document, &progress.texts.join("\n\n"));
        Ok(progress.exit)
    }

    fn against<'s>(&self, run: &'s Run) -> Result<Against<'s>, Diagnosis> {
        let requests = self.requests()?;
        if let Some(path) = &self.issuer {
            if run.state.is_some() {
                say("note: with --issuer the state is not looked at: nothing is compared with what was sent.");
            }
            return self.given_issuer(path, requests);
        }
        match run.state.as_deref() {
            Some(folder) => {
                let state = State::look(run.disk, folder).map_err(|error| state_failed(&error))?;
                let failed = |error: JournalError| error.diagnosis("Nothing was judged. Nothing was sent.");
                Chain::of_state(&state).map_err(failed)?;
                let mut gate = Gate::of(&state, self.allow_sha1).map_err(|error| state_failed(&error))?;
                if let Some(profile) = self.profile {
                    gate.set_profile(profile);
                }
                announce(&gate);
                gate.compare_with_requests(requests);
                Ok(Against::State { state, gate: Box::new(gate) })
            }
            None => {
                let mut gate = Gate::without_state(self.allow_sha1);
                gate.set_profile(self.profile.unwrap_or_default());
                Ok(Against::Nothing { gate: Box::new(gate) })
            }
        }
    }

    /// The public keys of the requests given; each is signed by its own key.
    fn requests(&self) -> Result<Vec<Vec<u8>>, Diagnosis> {
        let mut keys = Vec::with_capacity(self.request.len());
        for path in &self.request {
            let bytes = input_file::read(path, REQUEST_SIZE_MAX as u64)?;
            let request = CertificationRequest::read(&bytes).map_err(|error| {
                let what = format!("The file {} given with --request cannot be used: {error}.", path.display());
                usage(&what, "Give the PKCS#10 request as the CA below made it.")
            })?;
            keys.push(request.spki().to_vec());
        }
        Ok(keys)
    }

    fn given_issuer<'s>(&self, path: &Path, requests: Vec<Vec<u8>>) -> Result<Against<'s>, Diagnosis> {
        let policy =
            Policy { profile: self.profile.unwrap_or_default(), allow_sha1: self.allow_sha1, ..Policy::default() };
        let read = |path: &Path| input_file::read(path, ITEM_SIZE_MAX as u64);
        let refused = |findings: Findings| {
            let why = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let what = format!("The file given with --issuer cannot be an issuer: {why}.");
            usage(&what, "Give the certificate of the CA that signed the files.")
        };
        let bytes = read(path)?;
        let item = item::read(&bytes).map_err(refused)?;
        if item.kind != ItemKind::Certificate {
            return Err(usage(
                "The file given with --issuer is a CRL.",
                "Give the certificate of the CA that signed the files.",
            ));
        }
        let issuer = Box::new(Issuer::from_certificate(&item.der, &policy).map_err(refused)?);
        let Some(previous) = &self.previous else {
            return Ok(Against::Issuer { issuer, previous: None, policy, requests });
        };
        match item::read(&read(previous)?) {
            Ok(item) if item.kind == ItemKind::Crl && is_crl_of(&item.der, &issuer) => {
                Ok(Against::Issuer { issuer, previous: Some(item.der.into_owned()), policy, requests })
            }
            Ok(item) if item.kind == ItemKind::Crl => Err(usage(
                "The CRL given with --previous is not of the CA given with --issuer: its issuer is another, or its signature does not verify.",
                "Give the CRL that this CA issued before, DER or PEM.",
            )),
            _ => Err(usage("The file given with --previous is not a CRL.", "Give the CRL before, DER or PEM.")),
        }
    }
}

impl Progress<'_> {
    fn file(&mut self, path: &Path) {
        let name = path.display().to_string();
        let bytes = match input_file::read(path, u64::from(OBJECT_SIZE_MAX).max(ITEM_SIZE_MAX as u64)) {
            Ok(bytes) => bytes,
            Err(diagnosis) => return self.unreadable(&name, diagnosis),
        };
        let Ok(bundle) = Bundle::parse(&bytes) else {
            return self.item(&name, bytes);
        };
        drop(bytes);
        let (number, source) = (bundle.manifest.number, bundle.manifest.source);
        self.texts.push(format!("{}: a bundle, manifest {number} of {source}", printable(&name)));
        for (entry, bytes) in bundle.manifest.items.iter().zip(bundle.items) {
            self.item(&format!("{name}: {}", entry.name), bytes);
        }
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

    fn item(&mut self, name: &str, bytes: Vec<u8>) {
        let bytes = Arc::new(bytes);
        let mut report = self.judge(name, &bytes);
        if let Ok(item) = item::read(&bytes)
            && item.kind == ItemKind::Crl
        {
            report = report.compared(self.difference(&item.der)).with_obstacles_of(&item.der);
        }
        if !report.passes() {
            self.exit = self.exit.worst(Exit::SourceRefused);
        }
        let document = json!(report);
        self.run.event("check", &document);
        self.files.push(document);
        self.texts.push(report.to_string());
    }

    fn judge(&self, name: &str, bytes: &Arc<Vec<u8>>) -> Report {
        match &self.against {
            Against::State { gate, .. } | Against::Nothing { gate } => {
                report_of(&gate.judge(name, Arc::clone(bytes), self.now))
            }
            Against::Issuer { issuer, previous, policy, requests } => match item::read(bytes) {
                Ok(item) => {
                    let history = NoState { previous: previous.as_deref(), requests };
                    let judgement = judge_under(&item, issuer, &history, policy, Timestamp(self.now));
                    let (kind, verdict) = (item.kind.into(), judgement.verdict.outcome.ruling());
                    report(name, kind, verdict, &item.der, &judgement.verdict.findings).described(judgement.description)
                }
                Err(findings) => report(name, FileKind::Unknown, Ruling::Rejected, bytes, &findings),
            },
        }
    }

    /// From the CRL before to this one, where there is one.
    fn difference(&self, der: &[u8]) -> Option<Difference> {
        match &self.against {
            Against::State { state, .. } => state.record.crls.iter().find_map(|crl| {
                let before = state.item(&crl.sha256).ok()?;
                Difference::between(&before, der)
            }),
            Against::Issuer { previous, .. } => Difference::between(previous.as_ref()?, der),
            Against::Nothing { .. } => None,
        }
    }
}

fn report(name: &str, kind: FileKind, verdict: Ruling, der: &[u8], findings: &Findings) -> Report {
    let sha256 = Digest::of(der);
    let words = words::spell(sha256.as_bytes(), words::SHORT);
    let findings = findings.iter().map(ReportedFinding::from).collect();
    Report::new(name, kind, verdict, (words, sha256.to_string()), findings)
}
