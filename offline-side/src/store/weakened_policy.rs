//! A policy that `trust` weakened, until a person acknowledges it: every run says it. Must not: decide what is weaker.

use rootcast_pki::policy_change::WeakeningRecord;
use rootcast_protocol::digest::Digest;
use serde::{Deserialize, Serialize};

use crate::store::hex_text;

/// A policy that was weakened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeakenedRecord {
    /// The issuer's subject, printable.
    pub subject: String,
    /// SHA-256 of the certificate that was given to `trust`.
    #[serde(with = "hex_text")]
    pub root: Digest,
    /// When, RFC 3339.
    pub since: String,
    /// In what.
    pub weakened: Vec<WeakeningRecord>,
}

impl WeakenedRecord {
    /// What people type to name it: 12 hexadecimal digits.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        let mut parts = vec![self.root.as_bytes().as_slice(), self.since.as_bytes()];
        parts.extend(self.weakened.iter().flat_map(|one| [b"\n".as_slice(), one.text.as_bytes()]));
        Digest::of_parts(&parts).to_string().chars().take(12).collect()
    }

    /// What every run says of it.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let texts: Vec<&str> = self.weakened.iter().map(|one| one.text.as_str()).collect();
        format!("the policy of {} was weakened on {}: {}", self.subject, self.since, texts.join("; "))
    }
}
