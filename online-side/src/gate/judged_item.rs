//! The result for one item, and how it follows from a verdict.

use rootcast_host::exit::Exit;
use rootcast_pki::digest::sha256_of_both;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::item::{self, FileKind, Item};
use rootcast_pki::judgement::Judgement;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Ruling, Verdict, is_rollback};
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
    /// The certificate that decided about it, for people: its subject, and what tells it apart from others of that name.
    pub issuer: Option<String>,
    /// SHA-256 of the public key of the root that the issuer it names is, or stands below.
    pub source: Option<Digest>,
    /// The exit code it alone would give.
    pub exit: Exit,
    /// How often it stands in its object, with this result.
    pub times: u64,
    /// Findings that are not in the list: they are only counted where they would fill memory, text and log.
    pub findings_left_out: u64,
}

impl JudgedItem {
    /// The findings that decide its verdict, where it did not pass: those that reject it, or those that hold it.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &ReportedFinding> {
        let severity = if self.verdict == Ruling::Held { Severity::Hold } else { Severity::Reject };
        self.findings.iter().filter(move |finding| finding.severity == severity)
    }

    /// The finding that decides about it before the others; otherwise the first.
    ///
    /// | result | what decides |
    /// |---|---|
    /// | refused as a rollback | what makes it one |
    /// | one of two held CRLs with one number | that they are two |
    /// | rejected otherwise | a wrong signature: nothing else in the item is its issuer's word |
    /// | held otherwise | a clock that went back: the others are measured by it |
    pub(crate) fn cause(&self) -> Option<&ReportedFinding> {
        let is_before = |finding: &&ReportedFinding| match (self.exit, self.verdict) {
            (Exit::RolledBack, Ruling::Held) => finding.rule == Rule::CrlEquivocation,
            (Exit::RolledBack, _) => is_rollback(finding.rule),
            (_, Ruling::Rejected) => matches!(finding.rule, Rule::CrlSignature | Rule::CertSignature),
            _ => finding.rule == Rule::ClockBack,
        };
        self.reasons().find(is_before).or_else(|| self.reasons().next())
    }

    /// Whether it is the same file with the same result, under whatever name.
    fn is_same(&self, other: &Self) -> bool {
        (self.sha256, self.kind, self.verdict, self.exit) == (other.sha256, other.kind, other.verdict, other.exit)
            && (&self.published, &self.held, &self.findings) == (&other.published, &other.held, &other.findings)
    }

    /// The bytes of text it takes, about.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        let texts = [&self.description, &self.published, &self.held, &self.compared_with, &self.issuer];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        self.name.len() + texts + self.findings.iter().map(size_of_finding).sum::<usize>()
    }

    /// Shortens it to about so many bytes of text. What decided its verdict stays longest, and its cause always does.
    pub(crate) fn shorten(&mut self, most: usize) {
        if self.size() <= most {
            return;
        }
        if let Some(description) = &mut self.description
            && let Some((end, _)) = description.char_indices().nth(DESCRIPTION_SHORT)
        {
            description.truncate(end);
            description.push('…');
        }
        let cause = self.cause().and_then(|cause| self.findings.iter().position(|one| std::ptr::eq(one, cause)));
        let all = std::mem::take(&mut self.findings);
        let mut left = most.saturating_sub(self.size());
        let severity = if self.verdict == Ruling::Held { Severity::Hold } else { Severity::Reject };
        let mut kept = vec![false; all.len()];
        for decides in [true, false] {
            for (kept, finding) in kept.iter_mut().zip(&all).filter(|(_, one)| (one.severity == severity) == decides) {
                let size = size_of_finding(finding);
                *kept = size <= left;
                left = left.saturating_sub(size);
            }
        }
        if let Some(decisive) = kept.get_mut(cause.unwrap_or(0)) {
            *decisive = true;
        }
        let (before, mut kept) = (all.len(), kept.into_iter());
        self.findings = all.into_iter().filter(|_| kept.next().unwrap_or(false)).collect();
        self.findings_left_out += before.abs_diff(self.findings.len()) as u64;
    }
}

/// Characters of a description that is shortened.
const DESCRIPTION_SHORT: usize = 300;

/// A finding's text, and its place, rule, reference and help, which are the program's own.
fn size_of_finding(finding: &ReportedFinding) -> usize {
    finding.text.len() + finding.location.as_ref().map_or(0, |location| location.field.len()) + 64
}

/// The items in order, each with the same result only once, and how often it was there.
#[must_use]
pub(super) fn each_once(items: Vec<JudgedItem>) -> Vec<JudgedItem> {
    let mut once: Vec<JudgedItem> = Vec::with_capacity(items.len());
    for item in items {
        match once.iter_mut().find(|known| known.is_same(&item)) {
            Some(known) => known.times += item.times,
            None => once.push(item),
        }
    }
    once
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
        issuer: None,
        source: None,
        exit: exit_of(ruling, verdict.is_rollback()),
        times: 1,
        findings_left_out: 0,
    }
}

/// The exit code that one item alone gives; `is_rolled_back` says whether it was refused as a rollback or an equivocation.
#[must_use]
pub(crate) const fn exit_of(ruling: Ruling, is_rolled_back: bool) -> Exit {
    match ruling {
        Ruling::Accepted | Ruling::NoOp => Exit::Done,
        Ruling::Held | Ruling::Rejected if is_rolled_back => Exit::RolledBack,
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
        kind: item.kind.into(),
        sha256: item.sha256.to_string(),
        words: words_of(&item.sha256.to_string()),
        tbs_sha256: item.tbs_sha256.map(|signed| signed.to_string()),
        verdict: item.verdict.into(),
        issuer: item.issuer.clone().filter(|_| item.of_enrolled_issuer),
        published: item.published.clone(),
        times: item.times,
        findings: item.findings.iter().map(RuleReceipt::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use rootcast_pki::stage::Outcome;

    use super::{Exit, FileKind, Findings, JudgedItem, Rule, Severity, Verdict, judged};

    fn item(outcome: Outcome<()>, severity: Severity, rules: &[Rule]) -> JudgedItem {
        let mut findings = Findings::new();
        for rule in rules {
            findings.add(*rule, severity, "what was found");
        }
        judged("a.crl", FileKind::Crl, b"", None, &Verdict { findings, outcome })
    }

    /// Of a forgery with another key it was told what its authorityKeyIdentifier has to be.
    #[test]
    fn a_wrong_signature_decides_before_what_comes_first_and_stays_where_there_is_no_room() {
        let rules = [Rule::CrlAki, Rule::CrlSignature, Rule::CrlExpired];
        let mut forged = item(Outcome::Rejected, Severity::Reject, &rules);
        assert_eq!((forged.exit, forged.cause().unwrap().rule), (Exit::Rejected, Rule::CrlSignature));
        forged.shorten(0);
        let kept: Vec<Rule> = forged.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!((kept, forged.findings_left_out), (vec![Rule::CrlSignature], 2));
    }

    /// "Accept it" was told of the second of two CRLs with one number.
    #[test]
    fn that_two_held_crls_have_one_number_decides_before_what_else_holds_them() {
        let rules = [Rule::CrlThisUpdateBack, Rule::CrlEntryVanished, Rule::CrlEquivocation];
        let second = item(Outcome::Held, Severity::Hold, &rules);
        assert_eq!((second.exit, second.cause().unwrap().rule), (Exit::RolledBack, Rule::CrlEquivocation));
        let first = item(Outcome::Held, Severity::Hold, &rules[..2]);
        assert_eq!((first.exit, first.cause().unwrap().rule), (Exit::Held, Rule::CrlThisUpdateBack));
    }
}
