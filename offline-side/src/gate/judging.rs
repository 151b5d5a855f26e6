//! The verdict of the gate on one file.

use std::borrow::Cow;
use std::sync::Arc;

use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::finding::Severity;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{choose_for_certificate, choose_for_crl, judge, judge_under};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Outcome, Ruling};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::Gate;
use super::authority::Authority;
use super::history::Unsent;
use super::item_summary::ItemSummary;
use super::judged_item::JudgedItem;

impl Gate {
    /// Judges the file `bytes` named `name`, DER or PEM.
    #[must_use]
    pub fn judge(&self, name: &str, bytes: Arc<Vec<u8>>, now: i64) -> JudgedItem {
        let now = Timestamp(now);
        let item = match item::read(&bytes) {
            Ok(item) => item,
            Err(findings) => {
                return JudgedItem {
                    name: name.to_owned(),
                    kind: None,
                    facts: None,
                    der: Arc::default(),
                    sha256: Digest::of(&bytes),
                    issuer: None,
                    root: None,
                    tier: 0,
                    names: (Vec::new(), None),
                    verdict: Ruling::Rejected,
                    findings,
                };
            }
        };
        let look = self.look(&item);
        let authority = look.issuer.and_then(|index| self.authorities.get(index));
        let mut judgement = match authority {
            Some(Authority { issuer, policy, .. }) => {
                let judgement = judge_under(&item, issuer, self, policy, now);
                let again = matches!(judgement.verdict.outcome, Outcome::NoOp)
                    .then(|| judge_under(&item, issuer, &Unsent::new(self, issuer), policy, now));
                again.filter(|again| matches!(again.verdict.outcome, Outcome::Rejected)).unwrap_or(judgement)
            }
            None => judge(&item, &[], &NoState::default(), &self.policy, now),
        };
        if let Some(above) = authority.and_then(|authority| authority.cut_off.as_ref()) {
            let rule = match item.kind {
                ItemKind::Crl => Rule::CrlIssuerStatus,
                ItemKind::Certificate => Rule::CertIssuerUsage,
            };
            let text = format!("the certificate of {above}, above the issuer, was revoked");
            judgement.verdict.findings.add(rule, Severity::Reject, text);
            judgement.verdict.outcome = Outcome::Rejected;
        }
        let verdict = judgement.verdict.outcome.ruling();
        let findings = judgement.verdict.findings;
        let (kind, sha256) = (item.kind, Digest::of(&item.der));
        let der = match item.der {
            Cow::Owned(der) => Arc::new(der),
            // The file is the item: its bytes are not copied.
            Cow::Borrowed(_) => Arc::clone(&bytes),
        };
        JudgedItem {
            name: name.to_owned(),
            kind: Some(kind),
            facts: look.facts,
            sha256,
            issuer: authority.map(|authority| Digest(authority.issuer.spki_sha256())),
            root: authority.map(|authority| authority.root),
            tier: authority.map_or(0, |authority| authority.above.len()),
            names: look.names,
            verdict,
            findings,
            der,
        }
    }

    fn look(&self, item: &Item<'_>) -> Look {
        let issuers: Vec<Issuer> = self.authorities.iter().map(|authority| authority.issuer.clone()).collect();
        match item.kind {
            ItemKind::Crl => crl::inspect(&item.der, &self.policy).value.map(|crl| Look {
                issuer: choose_for_crl(&crl, &issuers),
                names: (crl.issuer().der().to_vec(), None),
                facts: Some(ItemSummary::from_crl(&crl)),
            }),
            ItemKind::Certificate => certificate::inspect(&item.der, &self.policy).value.map(|certificate| Look {
                issuer: choose_for_certificate(&certificate, &issuers),
                names: (certificate.issuer().der().to_vec(), Some(certificate.subject().der().to_vec())),
                facts: Some(ItemSummary::from_certificate(&certificate)),
            }),
        }
        .unwrap_or_default()
    }
}

/// What was read of an item before it is judged.
#[derive(Default)]
struct Look {
    issuer: Option<usize>,
    names: (Vec<u8>, Option<Vec<u8>>),
    facts: Option<ItemSummary>,
}
