//! The verdicts: every object signed with an ephemeral key under the issuer re-issued with it, read back, judged.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rootcast_pki::history::{CertificateHistory, CrlHistory, History, IssuedCertificate, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item;
use rootcast_pki::judgement::judge_under_any;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Outcome, Ruling};
use rootcast_pki::time::Timestamp;

use super::ephemeral_key::EphemeralKey;
use super::error::{RefusedObject, RehearsalError};
use super::given::Given;
use super::object::RehearsedObject;
use crate::ceremony::der_builder::{DraftError, assembled};
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::inputs::Inputs;
use crate::ceremony::draft::{AskedBy, DraftedObject};
use crate::ceremony::read_back::read_back;
use crate::ceremony::request::{Request, RequestError, RequestFault, SameAs};
use crate::gate::{EXPECTED_HOLDS, key_of_certificate};

/// What was there before, whichever issuer is asked for: there is only the one.
struct Before<'a> {
    previous: Option<&'a [u8]>,
    issued: &'a [IssuedCertificate],
    /// The public keys of the certification requests: these are expected.
    requests: Vec<Vec<u8>>,
    /// The keys of other CAs: those known here, and those of this rehearsal's certificates before this one.
    keys: Vec<KnownKey>,
    /// The CAs that policy names as affiliated.
    affiliated: &'a [String],
    /// The holds that do not end a rehearsal; empty for what the online side says by itself.
    decided: BTreeSet<Rule>,
}

impl History for Before<'_> {
    fn crl_history(&self, _: &Issuer) -> CrlHistory<'_> {
        CrlHistory {
            previous: self.previous,
            issued: self.issued,
            decision: Some(&self.decided),
            ..CrlHistory::default()
        }
    }

    fn certificate_history(&self, _: &Issuer) -> CertificateHistory<'_> {
        CertificateHistory {
            issued: self.issued,
            crl: self.previous,
            known_keys: &self.keys,
            affiliated: self.affiliated,
            issued_now: true,
            requests: &self.requests,
            decision: Some(&self.decided),
            ..CertificateHistory::default()
        }
    }
}

pub(super) fn judged(
    drafts: Vec<DraftedObject>,
    given: &Given<'_>,
    inputs: &Inputs,
    choices: &Choices,
) -> Result<Vec<RehearsedObject>, RehearsalError> {
    let failed = |error: DraftError| {
        let fault = RequestFault::Draft(error);
        RehearsalError::Request(RequestError { file: given.request.file.clone(), line: 0, fault })
    };
    let key = EphemeralKey::generate(choices.scheme).map_err(failed)?;
    let policy = &given.known.policy;
    let remade = match (&inputs.issuer, drafts.first()) {
        (Some(issuer), _) if given.request.root.is_none() => {
            key.remade(issuer.certificate_der(), issuer.key_id(), issuer.has_key_id())
        }
        (_, Some(root)) => {
            let whole = assembled(&root.to_be_signed, choices.scheme.algorithm_identifier(), &[0]).map_err(failed)?;
            key.remade(&whole, &inputs.signer.key_id, true)
        }
        (_, None) => Ok(Vec::new()),
    };
    let remade = remade.map_err(failed)?;
    let issuer = Issuer::from_certificate(&remade, policy).map_err(|findings| {
        let object = RefusedObject { file: "root.crt".to_owned(), verdict: Ruling::Rejected, findings };
        RehearsalError::Refused { objects: vec![object], judged_at: choices.judged_at }
    })?;
    if given.request.is_new_root()
        && let Some(fault) = root_again(given, inputs, &issuer)
    {
        return Err(RehearsalError::Request(RequestError { file: given.request.file.clone(), line: 0, fault }));
    }
    let certificates = match &inputs.issuer {
        Some(named) => judging(named, given, choices.judged_at)
            .map(|certificate| {
                let der = certificate.certificate_der();
                let remade = key.remade(der, certificate.key_id(), certificate.has_key_id()).map_err(failed)?;
                Ok(Issuer::from_certificate(&remade, policy).unwrap_or_else(|_| issuer.clone()))
            })
            .collect::<Result<Vec<_>, RehearsalError>>()?,
        None => vec![issuer.clone()],
    };
    let mut history = Before {
        previous: inputs.previous.as_ref().map(|crl| crl.der.as_slice()),
        issued: &given.known.issued,
        requests: inputs.certified.iter().map(|key| key.spki.clone()).collect(),
        affiliated: &given.known.affiliated,
        keys: keys_after(given, inputs),
        decided: BTreeSet::new(),
    };
    let mut objects = Vec::with_capacity(drafts.len());
    for drafted in drafts {
        if drafted.expected.is_root() {
            let (sample, findings) = (remade.clone(), issuer.findings().clone());
            objects.push(RehearsedObject { drafted, sample, verdict: Ruling::Accepted, is_refused: false, findings });
            continue;
        }
        let sample = key.signed(&drafted.to_be_signed).map_err(failed)?;
        read_back(&sample, &drafted.to_be_signed, &drafted.expected, Some(&issuer))
            .map_err(|error| RehearsalError::ReadBack { file: drafted.file.clone(), error })?;
        let (verdict, is_refused, findings) = match item::read(&sample) {
            Ok(item) => {
                let mut judged = |decided: &[Rule]| {
                    history.decided = decided.iter().copied().collect();
                    judge_under_any(&item, &certificates, &history, policy, choices.judged_at).verdict
                };
                let mut holds = expected_holds(inputs);
                holds.extend(may_differ(given.request, drafted.asked_by).then_some(Rule::CertContinuity));
                let (alone, expected) = (judged(&[]), judged(&holds));
                let is_refused = !matches!(expected.outcome, Outcome::Accepted(_));
                (alone.outcome.ruling(), is_refused, alone.findings)
            }
            Err(findings) => (Ruling::Rejected, true, findings),
        };
        history.keys.extend(key_of_certificate(&sample, policy));
        objects.push(RehearsedObject { drafted, sample, verdict, is_refused, findings });
    }
    Ok(objects)
}

/// The keys of other CAs, as they stand once the request's own CRL revokes what it revokes: it is sent with the
/// certificates.
fn keys_after(given: &Given<'_>, inputs: &Inputs) -> Vec<KnownKey> {
    let is_revoked =
        |known: &&IssuedCertificate| inputs.revocations.iter().any(|new| new.serial == known.serial.as_bytes());
    let revoked: BTreeSet<[u8; 32]> = given.known.issued.iter().filter(is_revoked).map(|known| known.sha256).collect();
    let mut keys = given.known.known_keys.clone();
    for certified in keys.iter_mut().filter_map(|key| key.certified.as_mut()) {
        certified.is_revoked |= revoked.contains(&certified.certificate);
    }
    keys
}

/// The certificates by which the gate will judge what `named`, the issuer of the request, signs: those trusted here, that
/// are valid at `now` where any is. Where none is trusted, the one that the request names.
fn judging<'g>(named: &'g Issuer, given: &'g Given<'_>, now: Timestamp) -> impl Iterator<Item = &'g Issuer> {
    let is_valid = |issuer: &Issuer| issuer.not_before() <= now && now <= issuer.not_after();
    let trusted = given.known.roots.iter().filter(|root| root.is_same(named));
    let mut trusted: Vec<&Issuer> = trusted.collect();
    trusted.sort_by_key(|root| Reverse(root.not_after()));
    if trusted.iter().any(|root| is_valid(root)) {
        trusted.retain(|root| is_valid(root));
    }
    if trusted.is_empty() {
        trusted.push(named);
    }
    trusted.into_iter()
}

/// Whether the request says, with a reason, that this certificate may differ from what is known of its key.
fn may_differ(request: &Request, asked_by: AskedBy) -> bool {
    match asked_by {
        AskedBy::Certificate(place) => {
            request.certificates.get(place).is_some_and(|asked| asked.new_identifier.is_some())
        }
        AskedBy::Root | AskedBy::Crl => false,
    }
}

/// The holds that do not end a rehearsal. Where the request decides about entries of the previous CRL, or makes a hold
/// final, people expect that an entry changed or left: nothing else can change one.
fn expected_holds(inputs: &Inputs) -> Vec<Rule> {
    let mut holds = EXPECTED_HOLDS.to_vec();
    if !inputs.decided.is_empty() || inputs.revocations.iter().any(|new| new.before.is_some()) {
        holds.extend([Rule::CrlEntryChanged, Rule::CrlEntryVanished]);
    }
    holds
}

/// A root, trusted or retired, with the name of the root that `[root]` would make; `issuer` represents the new root. A roll to a new key
/// under the same name certifies the old root in the same request.
fn root_again(given: &Given<'_>, inputs: &Inputs, issuer: &Issuer) -> Option<RequestFault> {
    let is_rolled = |root: &Issuer| inputs.certified.iter().any(|key| key.spki == root.spki());
    let mut same_name = given.known.all_roots().filter(|(root, _)| root.subject().matches(issuer.subject()));
    let (root, is_retired) = same_name.find(|(root, _)| !is_rolled(root))?;
    Some(RequestFault::RootAgain { same: SameAs::Name, subject: root.subject().to_string(), is_retired })
}

#[cfg(test)]
mod tests {
    use super::{AskedBy, may_differ};
    use crate::ceremony::request;

    #[test]
    fn only_the_certificate_that_is_asked_for_with_a_reason_may_differ() {
        let certificate = |csr: &str, more: &str| {
            format!(
                "[[certificate]]\ncsr = \"{csr}\"\nprofile = \"issuing-ca\"\nsubject = \"CN={csr},C=CH\"\nnot_before = \
                 \"2026-11-21T00:00:00Z\"\nnot_after = \"2031-11-20T23:59:59Z\"\npath_length = 0\n{more}"
            )
        };
        let reason = "new_identifier = true\nbecause = \"another vendor\"\n";
        let text = format!("issuer = \"root.crt\"\n{}{}", certificate("a.csr", ""), certificate("b.csr", reason));
        let request = request::read(text.as_bytes(), "R.toml").unwrap();
        let asked =
            [AskedBy::Root, AskedBy::Crl, AskedBy::Certificate(0), AskedBy::Certificate(1), AskedBy::Certificate(2)];
        assert_eq!(asked.map(|asked| may_differ(&request, asked)), [false, false, false, true, false]);
    }
}
