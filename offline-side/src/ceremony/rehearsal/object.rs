//! One object, rehearsed.

use std::collections::BTreeSet;

use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use crate::ceremony::draft::DraftedObject;

/// One object, rehearsed.
#[derive(Debug)]
pub struct RehearsedObject {
    /// What will be signed, and what is meant.
    pub drafted: DraftedObject,
    /// The whole object under the ephemeral key.
    pub(super) sample: Vec<u8>,
    /// What the online side would say.
    pub verdict: Ruling,
    /// Whether that ends the rehearsal. A hold that people have to expect there (a first CRL, a new key of a known CA) does
    /// not.
    pub(super) is_refused: bool,
    /// Everything that was found.
    pub findings: Findings,
}

impl RehearsedObject {
    /// SHA-256 of the bytes to be signed.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.drafted.to_be_signed)
    }

    /// The rules for which the online side would hold it.
    #[must_use]
    pub(super) fn holds(&self) -> BTreeSet<Rule> {
        let holds = self.findings.iter().filter(|found| found.severity == Severity::Hold);
        holds.map(|found| found.rule).collect()
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> String {
        words::spell(self.sha256().as_bytes(), words::SHORT)
    }
}
