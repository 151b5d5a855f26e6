//! The verdict of the gate on one file.

use std::borrow::Cow;
use std::sync::Arc;

use rootcast_pki::finding::Severity;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{judge, judge_under_any};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Outcome, Ruling};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::Gate;
use super::history::Unsent;
use super::inspected_item::InspectedItem;
use super::judged_item::JudgedItem;

impl Gate {
    /// Judges the file `bytes` named `name`, DER or PEM.
    #[must_use]
    pub fn judge(&self, name: &str, bytes: Arc<Vec<u8>>, now: i64) -> JudgedItem {
        self.judge_inspected(self.inspect(name, bytes), now)
    }

    /// Judges a file that was read before, against what the gate compares with now.
    #[must_use]
    pub(crate) fn judge_inspected(&self, inspected: InspectedItem, now: i64) -> JudgedItem {
        let (kind, der) = match &inspected.content {
            Ok((kind, der)) => (*kind, Arc::clone(der)),
            Err(findings) => {
                return JudgedItem {
                    findings: findings.clone(),
                    name: inspected.name,
                    kind: None,
                    facts: None,
                    der: Arc::default(),
                    length: 0,
                    sha256: inspected.sha256,
                    tbs_sha256: None,
                    issuer: None,
                    root: None,
                    verdict: Ruling::Rejected,
                };
            }
        };
        let now = Timestamp(now);
        let item = Item { kind, der: Cow::Borrowed(der.as_slice()) };
        let named = self.issuer_of(&inspected, &item).and_then(|index| self.authorities.get(index));
        // Every certificate of the issuer that counts now: the one decides that allows the item.
        let mut counting = named.map(|_| self.authorities_at(now)).unwrap_or_default();
        counting.retain(|authority| named.is_some_and(|named| authority.issuer.is_same(&named.issuer)));
        let certificates: Vec<Issuer> = counting.iter().map(|authority| authority.issuer.clone()).collect();
        let mut judgement = match certificates.first() {
            Some(issuer) => {
                let policy = &self.policy_for(issuer);
                let judgement = judge_under_any(&item, &certificates, self, policy, now);
                let again = matches!(judgement.verdict.outcome, Outcome::NoOp)
                    .then(|| judge_under_any(&item, &certificates, &Unsent::new(self, issuer), policy, now));
                again.filter(|again| matches!(again.verdict.outcome, Outcome::Rejected)).unwrap_or(judgement)
            }
            None => judge(&item, &[], &NoState::default(), &self.policy, now),
        };
        let authority = judgement.issuer.and_then(|index| counting.get(index));
        if let Some(cut_off) = authority.and_then(|authority| authority.cut_off.as_ref()) {
            let rule = match kind {
                ItemKind::Crl => Rule::CrlIssuerStatus,
                ItemKind::Certificate => Rule::CertIssuerUsage,
            };
            judgement.verdict.findings.add(rule, Severity::Reject, cut_off.to_string());
            judgement.verdict.outcome = Outcome::Rejected;
        }
        let tbs_sha256 = item::tbs(&der).map(Digest::of);
        let released = authority.zip(tbs_sha256).filter(|_| judgement.authentic).and_then(|(authority, signed)| {
            self.released_instead(&Digest(authority.issuer.spki_sha256()), &signed, &inspected.sha256)
        });
        // What this state signed leaves as it was released, or not at all.
        if let Some(released) = released {
            released.note(&der, &mut judgement.verdict.findings);
            judgement.verdict.outcome = Outcome::Rejected;
        }
        let verdict = judgement.verdict.outcome.ruling();
        let findings = judgement.verdict.findings;
        JudgedItem {
            name: inspected.name,
            kind: Some(kind),
            facts: inspected.facts,
            sha256: inspected.sha256,
            tbs_sha256,
            issuer: authority.map(|authority| Digest(authority.issuer.spki_sha256())),
            root: authority.and_then(|authority| self.root_key(authority)),
            verdict,
            findings,
            length: der.len(),
            der,
        }
    }
}
