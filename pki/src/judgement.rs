//! The full verdict on one file: read, inspect, find the issuer, verify, judge. It only connects the steps. Its one
//! rule is ITEM-ISSUER-UNKNOWN.

use crate::acceptance::{AcceptedCertificate, AcceptedCrl, judge_certificate, judge_crl};
use crate::certificate::{self, InspectedCertificate};
use crate::context;
use crate::crl::{self, InspectedCrl};
use crate::extension::AuthorityKeyIdentifier;
use crate::finding::{Findings, Severity};
use crate::history::{History, KnownKey};
use crate::issuer::Issuer;
use crate::item::{Item, ItemKind};
use crate::name::Name;
use crate::profile::Policy;
use crate::rule::Rule;
use crate::stage::{Outcome, Verdict};
use crate::stop::{Stop, Stopped};
use crate::time::Timestamp;

/// An item that may be published, of either kind.
#[derive(Debug)]
pub enum Accepted<'a> {
    /// A CRL.
    Crl(AcceptedCrl<'a>),
    /// A CA certificate.
    Certificate(AcceptedCertificate<'a>),
}

/// The verdict on one item, and what is known about it.
#[derive(Debug)]
#[must_use]
pub struct Judgement<'a> {
    /// What kind of item it is.
    pub kind: ItemKind,
    /// One line for people: what it is, also when it is refused. Absent if it cannot be read; safe to print.
    pub description: Option<String>,
    /// Which of the issuers it was judged under, as an index into them.
    pub issuer: Option<usize>,
    /// Whether name, key identifier and signature are that issuer's: it made this item, whatever the verdict. Without
    /// this, an item only names an issuer, which anybody can.
    pub authentic: bool,
    /// The verdict.
    pub verdict: Verdict<Accepted<'a>>,
}

/// Judges an item under the one of these issuers that it names, or refuses it with ITEM-ISSUER-UNKNOWN. Of several
/// certificates of that issuer the one decides that allows it: see [`judge_under_any`].
pub fn judge<'a>(
    item: &'a Item<'_>,
    issuers: &[Issuer],
    history: &dyn History,
    policy: &Policy,
    now: Timestamp,
) -> Judgement<'a> {
    judge_naming(item, issuers, history, policy, now, (false, &Stop::never()))
}

/// The same, but a long judgement ends when `stop` says so: that of a CRL of millions of entries takes seconds.
///
/// # Errors
/// [`Stopped`]: there is no verdict. The item may be judged again.
pub fn judge_until<'a>(
    item: &'a Item<'_>,
    issuers: &[Issuer],
    history: &dyn History,
    policy: &Policy,
    now: Timestamp,
    stop: &Stop,
) -> Result<Judgement<'a>, Stopped> {
    if stop.is_due() {
        return Err(Stopped);
    }
    let judgement = judge_naming(item, issuers, history, policy, now, (false, stop));
    // What was found until then is not whole. Asked once more: what has no entries never asks.
    if stop.is_due() {
        return Err(Stopped);
    }
    Ok(judgement)
}

/// Judges an item under this issuer and no other: a foreign one is refused with CRL-ISSUER or CERT-ISSUER.
pub fn judge_under<'a>(
    item: &'a Item<'_>,
    issuer: &Issuer,
    history: &dyn History,
    policy: &Policy,
    now: Timestamp,
) -> Judgement<'a> {
    judge_naming(item, core::slice::from_ref(issuer), history, policy, now, (true, &Stop::never()))
}

/// Judges an item under these certificates of one issuer and no other. The first of them that allows it decides; where
/// none does, the first that leaves it to a person; where none does, the first.
///
/// ```
/// use rootcast_pki::history::NoState;
/// use rootcast_pki::issuer::Issuer;
/// use rootcast_pki::{item, judge_under_any, profile::Policy};
///
/// # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
/// let item = item::read(pem)?;
/// let policy = Policy::default();
/// let certificates = [Issuer::from_certificate(&item.der, &policy)?];
/// let now = certificates[0].not_before();
/// // A root's own certificate is no item.
/// let judgement = judge_under_any(&item, &certificates, &NoState::default(), &policy, now);
/// assert_eq!(judgement.verdict.outcome.word(), "rejected");
/// # Ok::<(), rootcast_pki::finding::Findings>(())
/// ```
pub fn judge_under_any<'a>(
    item: &'a Item<'_>,
    certificates: &[Issuer],
    history: &dyn History,
    policy: &Policy,
    now: Timestamp,
) -> Judgement<'a> {
    judge_naming(item, certificates, history, policy, now, (true, &Stop::never()))
}

/// Judges under the issuer that the item names, or the first where `forced`, by the certificate of it that allows the item.
fn judge_naming<'a>(
    item: &'a Item<'_>,
    issuers: &[Issuer],
    history: &dyn History,
    policy: &Policy,
    now: Timestamp,
    (forced, stop): (bool, &Stop),
) -> Judgement<'a> {
    let mut best = judge_choosing(item, issuers, history, policy, now, (forced.then_some(0), stop));
    let Some((index, named)) = best.issuer.and_then(|index| Some((index, issuers.get(index)?))) else { return best };
    for (other, certificate) in issuers.iter().enumerate() {
        // What the key did not sign is nobody's, whatever its certificates say.
        if is_allowed(&best) || best.verdict.findings.iter().any(|finding| is_of_signature(finding.rule)) {
            return best;
        }
        if other != index && certificate.is_same(named) {
            let judged = judge_choosing(item, issuers, history, policy, now, (Some(other), stop));
            let is_held = |judged: &Judgement<'_>| matches!(judged.verdict.outcome, Outcome::Held);
            if is_allowed(&judged) || (is_held(&judged) && !is_held(&best)) {
                best = judged;
            }
        }
    }
    best
}

/// Whether it may be published, or is.
fn is_allowed(judgement: &Judgement<'_>) -> bool {
    matches!(judgement.verdict.outcome, Outcome::Accepted(_) | Outcome::NoOp)
}

/// Whether a finding of this rule says that another key made the item, whichever certificate of the issuer is looked at.
fn is_of_signature(rule: Rule) -> bool {
    matches!(rule, Rule::CrlSignature | Rule::CertSignature)
}

/// Judges under the issuer at this index, or under the one that the item names.
fn judge_choosing<'a>(
    item: &'a Item<'_>,
    issuers: &[Issuer],
    history: &dyn History,
    policy: &Policy,
    now: Timestamp,
    (forced, stop): (Option<usize>, &Stop),
) -> Judgement<'a> {
    match item.kind {
        ItemKind::Crl => {
            let inspection = crl::inspect_until(&item.der, policy, stop);
            let Some(inspected) = inspection.value else {
                return unreadable(item.kind, inspection.findings);
            };
            let chosen = forced.or_else(|| choose_for_crl(&inspected, issuers));
            let description = Some(inspected.to_string());
            let mut authentic = false;
            let verdict = match chosen.and_then(|index| issuers.get(index)) {
                None => unknown_issuer(inspected.issuer(), inspected.issuer_offset(), inspected.findings().clone()),
                Some(issuer) => {
                    let stage = crl::verify(inspected, issuer, policy, now);
                    authentic = stage.value.is_some();
                    match stage.value {
                        None => Verdict::rejected(stage.findings),
                        Some(verified) => {
                            wrap(judge_crl(verified, issuer, &history.crl_history(issuer), policy), Accepted::Crl)
                        }
                    }
                }
            };
            Judgement { kind: item.kind, description, issuer: chosen, authentic, verdict }
        }
        ItemKind::Certificate => {
            let inspection = certificate::inspect(&item.der, policy);
            let Some(inspected) = inspection.value else {
                return unreadable(item.kind, inspection.findings);
            };
            let chosen = forced.or_else(|| choose_for_certificate(&inspected, issuers));
            let mut description = Some(inspected.to_string());
            let mut authentic = false;
            let verdict = match chosen.and_then(|index| issuers.get(index)) {
                None => unknown_issuer(inspected.issuer(), inspected.issuer_offset(), inspected.findings().clone()),
                Some(issuer) => {
                    let stage = certificate::verify(inspected, issuer, policy, now);
                    authentic = stage.value.is_some();
                    match stage.value {
                        None => Verdict::rejected(stage.findings),
                        Some(verified) => {
                            let history = history.certificate_history(issuer);
                            let of_issuer = KnownKey::from(issuer);
                            let known = history.known_keys.iter().chain([&of_issuer]);
                            let beside = context::other_keys(verified.inspected(), known);
                            let beside: String = beside.iter().map(|text| format!("; {text}")).collect();
                            description = Some(verified.inspected().described(&beside));
                            wrap(judge_certificate(verified, &history, policy), Accepted::Certificate)
                        }
                    }
                }
            };
            Judgement { kind: item.kind, description, issuer: chosen, authentic, verdict }
        }
    }
}

fn unreadable<'a>(kind: ItemKind, findings: Findings) -> Judgement<'a> {
    Judgement { kind, description: None, issuer: None, authentic: false, verdict: Verdict::rejected(findings) }
}

/// ITEM-ISSUER-UNKNOWN
fn unknown_issuer<'a>(name: &Name, at: usize, mut findings: Findings) -> Verdict<Accepted<'a>> {
    let text = format!("no trusted or given issuer has the name {name}");
    findings.add(Rule::ItemIssuerUnknown, Severity::Reject, text).at("issuer", at);
    Verdict::rejected(findings)
}

fn wrap<'a, T>(verdict: Verdict<T>, accepted: impl FnOnce(T) -> Accepted<'a>) -> Verdict<Accepted<'a>> {
    let outcome = match verdict.outcome {
        Outcome::Accepted(value) => Outcome::Accepted(accepted(value)),
        Outcome::NoOp => Outcome::NoOp,
        Outcome::Held => Outcome::Held,
        Outcome::Rejected => Outcome::Rejected,
    };
    Verdict { findings: verdict.findings, outcome }
}

/// Whether a CRL, DER, is this issuer's: its name, and a signature that verifies under its key. Whether it has expired
/// or breaks a rule is not asked: what is compared with may be old.
#[must_use]
pub fn is_crl_of(der: &[u8], issuer: &Issuer) -> bool {
    InspectedCrl::reread(der).is_some_and(|crl| crl.issuer().matches(issuer.subject()) && crl.is_signed_by(issuer))
}

/// Which of these issuers a CRL is by, as an index into them: by name, then by key identifier, then by whose key verifies
/// it. Nothing where none has that name.
#[must_use]
pub fn choose_for_crl(crl: &InspectedCrl<'_>, issuers: &[Issuer]) -> Option<usize> {
    choose(crl.issuer(), crl.aki(), issuers, |issuer| crl.is_signed_by(issuer))
}

/// Which of these issuers a certificate is by, as an index into them: by name, then by key identifier, then by whose key
/// verifies it. Nothing where none has that name.
#[must_use]
pub fn choose_for_certificate(certificate: &InspectedCertificate<'_>, issuers: &[Issuer]) -> Option<usize> {
    choose(certificate.issuer(), certificate.aki(), issuers, |issuer| certificate.is_signed_by(issuer))
}

fn choose(
    name: &Name,
    aki: Option<&AuthorityKeyIdentifier>,
    issuers: &[Issuer],
    is_signed_by: impl Fn(&Issuer) -> bool,
) -> Option<usize> {
    let named = || issuers.iter().enumerate().filter(|(_, issuer)| issuer.subject().matches(name));
    let key_id = aki.and_then(|aki| aki.key_id.as_deref());
    let by_key = named().find(|(_, issuer)| key_id == Some(issuer.key_id()));
    let chosen = by_key
        .or_else(|| if named().count() > 1 { named().find(|(_, issuer)| is_signed_by(issuer)) } else { None })
        .or_else(|| named().next());
    chosen.map(|(index, _)| index)
}
