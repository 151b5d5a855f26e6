//! What was signed and released here, as the journal says: not only the newest items, but all of them.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::item;
use rootcast_pki::rule::Rule;
use rootcast_pki::second_signature;
use rootcast_protocol::digest::Digest;

use crate::store::journal::Chain;
use crate::store::state::{Items, State};

/// A file that was signed and released here.
pub(super) struct Released {
    pub(super) sha256: Digest,
    /// Its signature, where this state still has the file.
    signature: Option<Vec<u8>>,
}

impl Released {
    pub(super) fn new(sha256: Digest, signature: Option<&[u8]>) -> Self {
        Self { sha256, signature: signature.map(<[u8]>::to_vec) }
    }

    /// Adds the finding about `der`, which has the same content: SIG-COPY or SIG-SECOND.
    pub(super) fn note(&self, der: &[u8], findings: &mut Findings) {
        match &self.signature {
            Some(signature) => second_signature::note((&self.sha256.0, signature), der, Severity::Reject, findings),
            None => {
                let text = format!(
                    "this state released another file (SHA-256 {}) of this content, and does not have it any more",
                    self.sha256
                );
                findings.add(Rule::SigCopy, Severity::Reject, text);
            }
        }
    }
}

/// Every file that was released here.
#[derive(Debug, Default)]
pub(super) struct ReleasedFiles {
    /// The SHA-256 of the files of one content, by the SHA-256 of what is signed.
    files: BTreeMap<Digest, BTreeSet<Digest>>,
    /// Their bytes are read only when a file is not one of them.
    items: Option<Items>,
}

impl ReleasedFiles {
    pub(super) fn new(state: &State<'_>, chain: &Chain) -> Self {
        Self { files: chain.signed_files(), items: Some(state.items()) }
    }

    /// `None` where the journal does not know this content. Else the file that was released, unless it is this one.
    pub(super) fn of_content(&self, tbs_sha256: &Digest, sha256: &Digest) -> Option<Option<Released>> {
        let known = self.files.get(tbs_sha256)?;
        let first = known.first().filter(|_| !known.contains(sha256));
        Some(first.map(|first| {
            let der = self.items.as_ref().and_then(|items| items.item(first).ok());
            Released::new(*first, der.as_deref().and_then(item::signature))
        }))
    }
}
