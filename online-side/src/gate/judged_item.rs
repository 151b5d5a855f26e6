//! The result for one item, and how it follows from a verdict.

use rootcast_host::exit::Exit;
use rootcast_pki::digest::sha256_of_both;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::item::{self, FileKind, Item};
use rootcast_pki::judgement::Judgement;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::stage::{Ruling, Verdict};
use rootcast_protocol::digest::Digest;

use super::receipt::reported;
use crate::publication::{ItemReceipt, RuleReceipt, words_of};

/// The result for one item.
#[derive(Debug, Clone)]
pub struct JudgedItem {
    /// Its name in the bundle.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// SHA-256.
    pub sha256: Digest,
    /// SHA-256 of what is signed; absent if the file holds no item.
    pub tbs_sha256: Option<Digest>,
    /// One line for people, where it could be read; printable.
    pub description: Option<String>,
    /// Its verdict.
    pub verdict: Ruling,
    /// Every finding.
    pub findings: Vec<ReportedFinding>,
    /// Where it was published, below `published`.
    pub published: Option<String>,
    /// What names it among the held items.
    pub held: Option<String>,
    /// SHA-256 of the CRL that it was compared with, the one accepted of its issuer.
    pub compared_with: Option<String>,
    /// A trusted issuer, or an offline issuer under a trusted root, made it: its signature holds, whatever the verdict.
    pub of_enrolled_issuer: bool,
    /// SHA-256 of the public key of the root that the issuer it names is, or stands below.
    pub source: Option<Digest>,
    /// The exit code it alone would give.
    pub exit: Exit,
}

impl JudgedItem {
    /// The findings that decide its verdict, where it did not pass: those that reject it, or those that hold it.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &ReportedFinding> {
        let severity = if self.verdict == Ruling::Held { Severity::Hold } else { Severity::Reject };
        self.findings.iter().filter(move |finding| finding.severity == severity)
    }
}

pub(super) fn judged<T>(
    name: &str,
    kind: FileKind,
    der: &[u8],
    description: Option<String>,
    verdict: &Verdict<T>,
) -> JudgedItem {
    let ruling = verdict.outcome.ruling();
    let signed = item::tbs(der).filter(|_| kind != FileKind::Unknown);
    let (sha256, tbs_sha256) = match signed.map(|signed| sha256_of_both(der, signed)) {
        Some((sha256, signed)) => (Digest(sha256), Some(Digest(signed))),
        None => (Digest::of(der), None),
    };
    JudgedItem {
        name: name.to_owned(),
        kind,
        sha256,
        tbs_sha256,
        description,
        verdict: ruling,
        findings: reported(&verdict.findings),
        published: None,
        held: None,
        compared_with: None,
        of_enrolled_issuer: false,
        source: None,
        exit: exit_of(ruling, verdict.is_rollback()),
    }
}

/// The exit code that one item alone gives; `is_rollback` says whether it was refused as a rollback or an equivocation.
#[must_use]
pub(crate) const fn exit_of(ruling: Ruling, is_rollback: bool) -> Exit {
    match ruling {
        Ruling::Accepted | Ruling::NoOp => Exit::Done,
        Ruling::Held | Ruling::Rejected if is_rollback => Exit::RolledBack,
        Ruling::Held => Exit::Held,
        Ruling::Rejected => Exit::Rejected,
    }
}

/// A judgement as an item.
#[must_use]
pub(super) fn judged_by(name: &str, item: &Item<'_>, judgement: &Judgement<'_>) -> JudgedItem {
    judged(name, judgement.kind.into(), &item.der, judgement.description.clone(), &judgement.verdict)
}

/// A file that holds no item.
#[must_use]
pub(super) fn unreadable(name: &str, bytes: &[u8], findings: Findings) -> JudgedItem {
    judged(name, FileKind::Unknown, bytes, None, &Verdict::<()>::rejected(findings))
}

/// An item as its receipt keeps it.
#[must_use]
pub fn item_receipt(item: &JudgedItem) -> ItemReceipt {
    ItemReceipt {
        name: item.name.clone(),
        kind: item.kind.to_string(),
        sha256: item.sha256.to_string(),
        words: words_of(&item.sha256.to_string()),
        tbs_sha256: item.tbs_sha256.map(|signed| signed.to_string()),
        verdict: item.verdict.to_string(),
        published: item.published.clone(),
        findings: item.findings.iter().map(RuleReceipt::from).collect(),
    }
}
