//! An item with the gate's verdict on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rootcast_pki::finding::{Finding, Findings, Severity};
use rootcast_pki::item::ItemKind;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;

use super::item_summary::ItemSummary;

/// An item that was read, with what the gate needs to know of it.
#[derive(Debug)]
pub struct JudgedItem {
    /// Its name for people: the file's.
    pub name: String,
    /// Which kind it is; `None` if it is neither.
    pub kind: Option<ItemKind>,
    /// Its summary; `None` if it cannot be read.
    pub facts: Option<ItemSummary>,
    /// Its bytes, DER. Shared, because they may be large.
    pub der: Arc<Vec<u8>>,
    /// How many bytes it has as DER.
    pub length: usize,
    /// SHA-256 of those bytes.
    pub sha256: Digest,
    /// SHA-256 of what is signed; absent if the file holds no item.
    pub tbs_sha256: Option<Digest>,
    /// SHA-256 of its issuer's public key; `None` if its issuer is not known.
    pub issuer: Option<Digest>,
    /// SHA-256 of the public key of its root: the issuer itself or the root above it. It belongs in that root's
    /// manifest.
    pub root: Option<Digest>,
    /// Its verdict.
    pub verdict: Ruling,
    /// Everything that was found.
    pub findings: Findings,
}

impl JudgedItem {
    /// Drops its bytes, once they are in a bundle: they may be large.
    pub(crate) fn drop_bytes(&mut self) {
        self.der = Arc::default();
    }

    /// Whether it may be sent.
    #[must_use]
    pub(crate) fn may_leave(&self) -> bool {
        self.verdict.passes()
    }

    /// The rules for which the online side will hold it although it passes here: the holds that are expected or decided
    /// here.
    #[must_use]
    pub(crate) fn held_there(&self) -> BTreeSet<Rule> {
        let lifted = self.findings.iter().filter(|found| found.decided && found.severity == Severity::Hold);
        lifted.map(|found| found.rule).collect()
    }
}

/// The severity of a finding here. A hold that a person here decided about is a warning.
#[must_use]
pub(crate) fn severity(finding: &Finding) -> Severity {
    if finding.decided { Severity::Warn } else { finding.severity }
}
