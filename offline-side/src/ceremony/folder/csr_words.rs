//! Whether the words of the certification requests of a rehearsal were compared with paper.

use std::fmt;

use rootcast_protocol::digest::Digest;

use super::opened::RehearsalFolder;

/// What the rehearsal says about the words of a certification request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CsrWords {
    /// Somebody typed them from the paper that came with it.
    Compared,
    /// Nobody did.
    NotCompared,
    /// An older version rehearsed it.
    NotRecorded,
}

impl fmt::Display for CsrWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compared => "words compared with paper at the rehearsal",
            Self::NotCompared => "words NOT COMPARED with paper",
            Self::NotRecorded => "dump.txt says whether its words were compared with paper",
        })
    }
}

/// A certification request whose key a rehearsal certifies.
pub(crate) struct CertifiedCsr<'f> {
    /// Its path, as the request names it.
    pub(crate) path: &'f str,
    /// SHA-256 of its DER bytes.
    pub(crate) sha256: Digest,
    /// Whether its words were compared.
    pub(crate) words: CsrWords,
}

impl RehearsalFolder {
    /// The certification requests, in the order of the request.
    pub(crate) fn csrs(&self) -> impl Iterator<Item = CertifiedCsr<'_>> {
        let certified = self.request.certificates.iter().zip(&self.inputs.certified);
        certified.filter_map(|(asked, key)| {
            let (path, csr) = (asked.csr.as_ref()?.value.as_str(), key.csr.as_ref()?);
            let words = match self.choices.compared.as_ref().and_then(|compared| compared.get(path)) {
                Some(true) => CsrWords::Compared,
                Some(false) => CsrWords::NotCompared,
                None => CsrWords::NotRecorded,
            };
            Some(CertifiedCsr { path, sha256: Digest(csr.sha256()), words })
        })
    }
}
