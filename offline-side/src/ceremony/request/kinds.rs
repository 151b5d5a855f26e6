//! The few words a request may choose from: profiles of certificates, kinds of root key.

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
    pub const ALL: [Self; 3] = [Self::IssuingCa, Self::IssuingCaTls, Self::CrossCa];

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
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == text)
    }

    /// Whether a path length has to be given.
    #[must_use]
    pub fn wants_path_length(self) -> bool {
        self != Self::CrossCa
    }

    /// Whether it carries extendedKeyUsage serverAuth and certificatePolicies anyPolicy.
    #[must_use]
    pub fn is_for_tls(self) -> bool {
        self == Self::IssuingCaTls
    }
}

impl fmt::Display for CertificateProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The kinds of key a new root may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootKey {
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
}

impl RootKey {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Rsa3072, Self::Rsa4096, Self::EcdsaP256, Self::EcdsaP384, Self::Ed25519];

    /// Its name in a request.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == text)
    }

    /// How such a key is described elsewhere: `RSA 4096`, `P-384`.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Rsa3072 => "RSA 3072",
            Self::Rsa4096 => "RSA 4096",
            Self::EcdsaP256 => "P-256",
            Self::EcdsaP384 => "P-384",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl fmt::Display for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
