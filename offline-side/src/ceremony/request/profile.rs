//! The profiles of certificates that a request may choose from.

use std::fmt;

/// What a certificate will be fit for. Each profile is all it says here; there is none for a leaf (REQ-PURPOSE).
///
/// | profile | basicConstraints | keyUsage | extendedKeyUsage | certificatePolicies |
/// |---|---|---|---|---|
/// | `issuing-ca` | critical, CA, path length | critical, keyCertSign, cRLSign | absent | absent |
/// | `issuing-ca-tls` | the same | the same | serverAuth | anyPolicy |
/// | `cross-ca` | critical, CA, path length if asked for | the same | absent | absent |
///
/// All have subjectKeyIdentifier and authorityKeyIdentifier, and cRLDistributionPoints and authorityInfoAccess where the
/// request gives their URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProfile {
    /// A subordinate CA of a private root.
    IssuingCa,
    /// A subordinate CA of a publicly trusted root, for TLS server certificates (BR 7.1.2.10).
    IssuingCaTls,
    /// Another root or CA, certified by this one.
    CrossCa,
}

impl CertificateProfile {
    /// All there are.
    pub(crate) const ALL: [Self; 3] = [Self::IssuingCa, Self::IssuingCaTls, Self::CrossCa];

    /// Its name in a request.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::IssuingCa => "issuing-ca",
            Self::IssuingCaTls => "issuing-ca-tls",
            Self::CrossCa => "cross-ca",
        }
    }

    /// The profile of this name.
    #[must_use]
    pub(crate) fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == text)
    }

    /// Whether a path length has to be given.
    #[must_use]
    pub(crate) fn wants_path_length(self) -> bool {
        self != Self::CrossCa
    }

    /// Whether it carries extendedKeyUsage serverAuth and certificatePolicies anyPolicy.
    #[must_use]
    pub(crate) fn is_for_tls(self) -> bool {
        self == Self::IssuingCaTls
    }
}

impl fmt::Display for CertificateProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
