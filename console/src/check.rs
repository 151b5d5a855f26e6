//! `check`: the verdict on files. It publishes, sends and changes nothing.
//!
//! A program judges against its own state. What this module adds is the same for both: the options, reading files and
//! bundles, judging under a certificate given with `--issuer`, and the document.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rootcast_host::clock::with_distances;
use rootcast_host::configuration::Side;
use rootcast_host::diagnosis::{Diagnosis, ErrorMember, Label};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::difference::Difference;
use rootcast_pki::digest::sha256_of_both;
use rootcast_pki::finding::{Findings, HelpOf};
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, FileKind, ItemKind};
use rootcast_pki::judgement::{is_crl_of, judge, judge_under};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::report::{Laying, Report, ReportedFinding, UnreadFile};
use rootcast_pki::stage::{Ruling, Verdict};
use rootcast_pki::time::Timestamp;
use rootcast_pki::typed_time;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::{ITEM_SIZE_MAX, OBJECT_SIZE_MAX};
use rootcast_protocol::manifest::ItemKind as ClaimedKind;
use rootcast_protocol::words;
use serde::Serialize;

use crate::explain::what_to_do;
use crate::run::{Program, Run};

/// The options of `check` that both programs have.
#[derive(Debug, Args)]
pub struct Options {
    /// CRLs and CA certificates, DER or PEM, or bundles of them.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Judge as of this time instead of now (RFC 3339, UTC).
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Timestamp>,
    /// Judge under this CA certificate, without any state.
    #[arg(long, value_name = "CA")]
    pub issuer: Option<PathBuf>,
    /// With --issuer: the previous CRL.
    #[arg(long, value_name = "CRL", requires = "issuer")]
    pub previous: Option<PathBuf>,
    /// How strict: private or webpki.
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Accept SHA-1 signatures, each with a warning. Use this for historical files only.
    #[arg(long)]
    pub allow_sha1: bool,
}

fn time(text: &str) -> Result<Timestamp, String> {
    typed_time::moment(text).map_err(|error| error.to_string())
}

/// How one program words `check`.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// What its items are for: `to send`, `to publish`.
    pub purpose: &'static str,
    /// What a judgement without the state does not look at.
    pub not_compared: &'static str,
    /// The label of a file that was given with `--issuer` and cannot be an issuer.
    pub issuer_refused: Label,
}

/// What a program brings to `check`.
pub trait Checker {
    /// Judges a file against the state; nothing if the program has no state to judge against.
    ///
    /// # Errors
    /// When the state cannot be read.
    fn judge(&mut self, name: &str, bytes: &Arc<Vec<u8>>, at: Moment) -> Result<Option<Judged>, Diagnosis>;

    /// What changed between the issuer's CRL in the state and this one, DER; nothing if it is of another issuer.
    fn difference(&self, der: &[u8]) -> Option<Difference>;

    /// The exit code that a verdict gives.
    fn exit(&self, judged: &Judged) -> Exit;

    /// Takes the heading of a bundle, for people.
    fn heading(&mut self, text: String);

    /// Takes the report on a file.
    fn report(&mut self, report: &Report);
}

/// When something is judged: seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// Now, by this host's clock.
    Now(i64),
    /// A time given with `--at`. It says nothing about this host's clock.
    Given(i64),
}

impl Moment {
    /// The time.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Moment::Now(time) | Moment::Given(time) => time,
        }
    }
}

/// A file with its verdict.
#[derive(Debug)]
pub struct Judged {
    /// What both programs report.
    pub report: Report,
    /// Whether it was refused as a rollback or an equivocation.
    pub is_rollback: bool,
}

/// A report as people read it on a screen, with the distance of its dates from `now`.
#[must_use]
pub fn report_text(report: &Report, now: i64) -> String {
    let description = |text: &str| with_distances(text, now);
    report.laid_out(Laying { words: &word_lines, description: &description }).to_string()
}

/// The document of `check`.
#[derive(Debug, Serialize)]
pub struct Document {
    files: Vec<FileDocument>,
    /// The first file that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
}

/// One file of it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum FileDocument {
    Judged(Box<Report>),
    Unread(UnreadDocument),
}

/// A file that could not be read.
#[derive(Debug, Serialize)]
struct UnreadDocument {
    #[serde(flatten)]
    file: UnreadFile,
    error: ErrorMember,
}

/// Judges every file of the command line; gives the exit code and the document.
///
/// # Errors
/// When the certificate or the CRL to judge under cannot be used, or the state cannot be read.
pub fn check(
    run: &Run,
    options: &Options,
    requests: Vec<Vec<u8>>,
    wording: &Wording,
    checker: &mut dyn Checker,
) -> Result<(Exit, Document), Diagnosis> {
    if options.allow_sha1 {
        let purpose = wording.purpose;
        say(&format!(
            "warning: SHA-1 signatures are accepted (--allow-sha1). Use this to look at history, never {purpose}."
        ));
    }
    if options.issuer.is_some() && run.state.is_some() {
        say(&format!("note: --issuer leaves the state out: nothing is compared with what {}.", wording.not_compared));
    }
    let profile = options.profile.unwrap_or_default();
    let policy = Policy { profile, allow_sha1: options.allow_sha1, ..Policy::default() };
    let under = Under { issuer: Given::read(run.program, options, &policy, wording)?, requests, policy };
    let moment = options.at.map_or(Moment::Now(run.began), |at| Moment::Given(at.0));
    let side = run.program.side;
    let mut progress = Progress { checker, side, under, moment, exit: Exit::Done, files: Vec::new(), unread: None };
    for path in &options.files {
        progress.file(path)?;
    }
    Ok((progress.exit, Document { files: progress.files, error: progress.unread }))
}

/// A check that goes on, file by file.
struct Progress<'c> {
    checker: &'c mut dyn Checker,
    side: Side,
    under: Under,
    moment: Moment,
    exit: Exit,
    files: Vec<FileDocument>,
    /// Why the first file that could not be read could not be.
    unread: Option<ErrorMember>,
}

impl Progress<'_> {
    fn file(&mut self, path: &Path) -> Result<(), Diagnosis> {
        let name = path.display().to_string();
        let size_max = u64::from(OBJECT_SIZE_MAX).max(ITEM_SIZE_MAX as u64);
        let bytes = match input_file::read_for(path, size_max, input_file::NOTHING_LEFT) {
            Ok(bytes) => bytes,
            Err(diagnosis) => {
                self.unread(&name, &diagnosis);
                return Ok(());
            }
        };
        let Ok(bundle) = Bundle::parse(&bytes) else {
            return self.item(&name, bytes);
        };
        drop(bytes);
        let (number, source) = (bundle.manifest.number, bundle.manifest.source);
        self.checker.heading(format!("{}: a bundle, manifest {number} of {source}", printable(&name)));
        for (entry, bytes) in bundle.manifest.items.iter().zip(bundle.items) {
            let name = format!("{name}: {}", entry.name);
            match entry.kind {
                // As the receiver does: it is not judged, whatever its bytes look like.
                ClaimedKind::Other(number) => {
                    let verdict = Verdict::<()>::rejected(item::of_unknown_kind(number));
                    self.report(judged(&name, FileKind::Unknown, &bytes, None, &verdict));
                }
                ClaimedKind::Certificate | ClaimedKind::Crl => self.item(&name, bytes)?,
            }
        }
        Ok(())
    }

    /// A file that cannot be read has no verdict, and the others still get theirs.
    fn unread(&mut self, name: &str, diagnosis: &Diagnosis) {
        say(&diagnosis.to_string());
        self.exit = self.exit.worst(diagnosis.exit());
        let error = diagnosis.member();
        self.unread.get_or_insert_with(|| error.clone());
        self.files.push(FileDocument::Unread(UnreadDocument { file: UnreadFile::new(name), error }));
    }

    fn item(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Diagnosis> {
        let bytes = Arc::new(bytes);
        let crl = item::read(&bytes).ok().filter(|item| item.kind == ItemKind::Crl).map(|item| item.der);
        // Before it is judged: what passes takes the place of the CRL before it.
        let difference = crl.as_ref().and_then(|der| match &self.under.issuer {
            Some(given) => Difference::between(given.previous.as_ref()?, der),
            None => self.checker.difference(der),
        });
        let by_state = match &self.under.issuer {
            Some(_) => None,
            None => self.checker.judge(name, &bytes, self.moment)?,
        };
        let mut judged = by_state.unwrap_or_else(|| self.under.judge(name, &bytes, self.moment));
        judged.report = judged.report.compared(difference).showing_signed();
        if let Some(der) = crl {
            judged.report = judged.report.with_obstacles_of(&der);
        }
        self.report(judged);
        Ok(())
    }

    fn report(&mut self, mut judged: Judged) {
        // The help in a report is for the publishing side; offline, give the help for the signing side.
        let side = self.side;
        let is_replaced = |of| of == HelpOf::Rule || (of == HelpOf::Publisher && side == Side::Offline);
        judged.report = judged.report.with_help_of_rules(is_replaced, |rule| what_to_do(rule, side));
        self.exit = self.exit.worst(self.checker.exit(&judged));
        self.checker.report(&judged.report);
        self.files.push(FileDocument::Judged(Box::new(judged.report)));
    }
}

/// What files are judged under if there is no state to judge against.
struct Under {
    issuer: Option<Given>,
    /// The SubjectPublicKeyInfos of requests, DER.
    requests: Vec<Vec<u8>>,
    policy: Policy,
}

impl Under {
    fn judge(&self, name: &str, bytes: &[u8], moment: Moment) -> Judged {
        let now = Timestamp(moment.seconds());
        let item = match item::read(bytes) {
            Ok(item) => item,
            Err(findings) => return judged::<()>(name, FileKind::Unknown, bytes, None, &Verdict::rejected(findings)),
        };
        let previous = self.issuer.as_ref().and_then(|given| given.previous.as_deref());
        let history = NoState { previous, requests: &self.requests };
        let judgement = match &self.issuer {
            Some(given) => judge_under(&item, &given.issuer, &history, &self.policy, now),
            None => judge(&item, &[], &history, &self.policy, now),
        };
        judged(name, item.kind.into(), &item.der, judgement.description, &judgement.verdict)
    }
}

fn judged<T>(name: &str, kind: FileKind, der: &[u8], description: Option<String>, verdict: &Verdict<T>) -> Judged {
    let signed = item::tbs(der).filter(|_| kind != FileKind::Unknown);
    let (sha256, signed) = match signed.map(|signed| sha256_of_both(der, signed)) {
        Some((sha256, signed)) => (Digest(sha256), Some(Digest(signed))),
        None => (Digest::of(der), None),
    };
    let words = words::spell(sha256.as_bytes(), words::SHORT);
    let ruling: Ruling = verdict.outcome.ruling();
    let findings = verdict.findings.iter().map(ReportedFinding::from).collect();
    let signed = signed.map(|signed| (words::spell(signed.as_bytes(), words::SHORT), signed.to_string()));
    let report = Report::new(name, kind, ruling, (words, sha256.to_string()), findings);
    let report = report.signed(signed).described(description);
    Judged { report, is_rollback: verdict.is_rollback() }
}

/// The CA certificate given with `--issuer`, and the CRL given with `--previous`, DER.
struct Given {
    issuer: Issuer,
    previous: Option<Vec<u8>>,
}

impl Given {
    fn read(
        program: Program,
        options: &Options,
        policy: &Policy,
        wording: &Wording,
    ) -> Result<Option<Self>, Diagnosis> {
        let Some(path) = &options.issuer else { return Ok(None) };
        let read = |path: &Path| input_file::read_for(path, ITEM_SIZE_MAX as u64, input_file::NOTHING_LEFT);
        let refused = |findings: Findings| {
            Diagnosis::new(
                wording.issuer_refused,
                "Nothing was judged: the file given with --issuer cannot be an issuer.",
                findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
                "Give the certificate of the CA that signed the files.",
            )
        };
        let bytes = read(path)?;
        let item = item::read(&bytes).map_err(refused)?;
        if item.kind != ItemKind::Certificate {
            return Err(program.usage(
                "The file given with --issuer is a CRL.",
                "Give the certificate of the CA that signed the files.",
            ));
        }
        let issuer = Issuer::from_certificate(&item.der, policy).map_err(refused)?;
        let Some(previous) = &options.previous else { return Ok(Some(Self { issuer, previous: None })) };
        let bytes = read(previous)?;
        match item::read(&bytes) {
            Ok(item) if item.kind == ItemKind::Crl && is_crl_of(&item.der, &issuer) => {
                // A file that is DER already is kept, not copied: it may be large.
                let decoded = match item.der {
                    Cow::Borrowed(_) => None,
                    Cow::Owned(der) => Some(der),
                };
                Ok(Some(Self { issuer, previous: Some(decoded.unwrap_or(bytes)) }))
            }
            Ok(item) if item.kind == ItemKind::Crl => Err(program.usage(
                "The CRL given with --previous does not belong to the CA given with --issuer: it has another issuer, or its signature does not verify.",
                "Give the CRL that this CA issued before, DER or PEM.",
            )),
            _ => Err(program.usage(
                "The file given with --previous is not a CRL.",
                "Give the previous CRL, DER or PEM.",
            )),
        }
    }
}
