//! Signature algorithms: the exact AlgorithmIdentifiers accepted, the key each fits, and verification over
//! received bytes. It never signs, and it never re-encodes what it verifies.

use aws_lc_rs::digest::{self, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::finding::{Findings, Severity};
use crate::oid::Dotted;
use crate::profile::Policy;
use crate::public_key::{KeyKind, PublicKey};
use crate::rule::Rule;
use crate::serial::Hex;
use crate::strict_der::Reader;

/// One supported algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    RsaSha1,
    RsaSha256,
    RsaSha384,
    RsaSha512,
    PssSha256,
    PssSha384,
    PssSha512,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

use SignatureAlgorithm as Algorithm;

/// RSASSA-PSS parameters of RFC 4055 with one hash for message and mask and a salt of its length (BR 7.1.3.2.1).
/// `$hash` is the last arc of the hash below 2.16.840.1.101.3.4.2, `$salt` its length in bytes.
macro_rules! pss {
    ($hash:literal, $salt:literal) => {
        &[
            0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30,
            0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, $hash, 0x05, 0x00, 0xa1, 0x1c, 0x30,
            0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
            0x48, 0x01, 0x65, 0x03, 0x04, 0x02, $hash, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, $salt,
        ]
    };
}

/// RSA PKCS#1 v1.5 with NULL parameters.
macro_rules! rsa {
    ($arc:literal) => {
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, $arc, 0x05, 0x00]
    };
}

/// ECDSA without parameters.
macro_rules! ecdsa {
    ($arc:literal) => {
        &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, $arc]
    };
}

/// ML-DSA without parameters (RFC 9881).
macro_rules! ml_dsa {
    ($arc:literal) => {
        &[0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, $arc]
    };
}

/// Exact encodings; anything else is not this algorithm.
const ENCODINGS: &[(Algorithm, &[u8])] = &[
    (Algorithm::RsaSha256, rsa!(11)),
    (Algorithm::RsaSha384, rsa!(12)),
    (Algorithm::RsaSha512, rsa!(13)),
    (Algorithm::EcdsaSha256, ecdsa!(2)),
    (Algorithm::EcdsaSha384, ecdsa!(3)),
    (Algorithm::EcdsaSha512, ecdsa!(4)),
    (Algorithm::Ed25519, &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 112]),
    (Algorithm::PssSha256, pss!(1, 32)),
    (Algorithm::PssSha384, pss!(2, 48)),
    (Algorithm::PssSha512, pss!(3, 64)),
    (Algorithm::MlDsa44, ml_dsa!(17)),
    (Algorithm::MlDsa65, ml_dsa!(18)),
    (Algorithm::MlDsa87, ml_dsa!(19)),
    (Algorithm::RsaSha1, rsa!(5)),
];

impl SignatureAlgorithm {
    /// Finds the algorithm whose whole AlgorithmIdentifier is exactly this.
    pub(crate) fn from_der(identifier: &[u8]) -> Option<Self> {
        ENCODINGS.iter().find(|(_, encoding)| *encoding == identifier).map(|(algorithm, _)| *algorithm)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::RsaSha1 => "RSA PKCS#1 with SHA-1",
            Algorithm::RsaSha256 => "RSA PKCS#1 with SHA-256",
            Algorithm::RsaSha384 => "RSA PKCS#1 with SHA-384",
            Algorithm::RsaSha512 => "RSA PKCS#1 with SHA-512",
            Algorithm::PssSha256 => "RSA PSS with SHA-256",
            Algorithm::PssSha384 => "RSA PSS with SHA-384",
            Algorithm::PssSha512 => "RSA PSS with SHA-512",
            Algorithm::EcdsaSha256 => "ECDSA with SHA-256",
            Algorithm::EcdsaSha384 => "ECDSA with SHA-384",
            Algorithm::EcdsaSha512 => "ECDSA with SHA-512",
            Algorithm::Ed25519 => "Ed25519",
            Algorithm::MlDsa44 => "ML-DSA-44",
            Algorithm::MlDsa65 => "ML-DSA-65",
            Algorithm::MlDsa87 => "ML-DSA-87",
        }
    }

    /// The kind of key that makes such signatures: a curve has one matching hash.
    pub(crate) fn key_kind(self) -> KeyKind {
        match self {
            Algorithm::RsaSha1
            | Algorithm::RsaSha256
            | Algorithm::RsaSha384
            | Algorithm::RsaSha512
            | Algorithm::PssSha256
            | Algorithm::PssSha384
            | Algorithm::PssSha512 => KeyKind::Rsa,
            Algorithm::EcdsaSha256 => KeyKind::EcP256,
            Algorithm::EcdsaSha384 => KeyKind::EcP384,
            Algorithm::EcdsaSha512 => KeyKind::EcP521,
            Algorithm::Ed25519 => KeyKind::Ed25519,
            Algorithm::MlDsa44 => KeyKind::MlDsa44,
            Algorithm::MlDsa65 => KeyKind::MlDsa65,
            Algorithm::MlDsa87 => KeyKind::MlDsa87,
        }
    }

    fn implementation(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Algorithm::RsaSha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RsaSha384 => &RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PssSha256 => &RSA_PSS_2048_8192_SHA256,
            Algorithm::PssSha384 => &RSA_PSS_2048_8192_SHA384,
            Algorithm::PssSha512 => &RSA_PSS_2048_8192_SHA512,
            Algorithm::EcdsaSha256 => &ECDSA_P256_SHA256_ASN1,
            Algorithm::EcdsaSha384 => &ECDSA_P384_SHA384_ASN1,
            Algorithm::EcdsaSha512 => &ECDSA_P521_SHA512_ASN1,
            Algorithm::Ed25519 => &ED25519,
            Algorithm::MlDsa44 => &ML_DSA_44,
            Algorithm::MlDsa65 => &ML_DSA_65,
            Algorithm::MlDsa87 => &ML_DSA_87,
        }
    }

    /// The digest that is signed, for a message long enough to have it made beside other work; `None` if the
    /// message itself is signed.
    pub(crate) fn digest(self, message: &[u8]) -> Option<Digest> {
        let algorithm = match self {
            Algorithm::RsaSha256 | Algorithm::PssSha256 | Algorithm::EcdsaSha256 => &SHA256,
            Algorithm::RsaSha384 | Algorithm::PssSha384 | Algorithm::EcdsaSha384 => &SHA384,
            Algorithm::RsaSha512 | Algorithm::PssSha512 | Algorithm::EcdsaSha512 => &SHA512,
            Algorithm::RsaSha1 | Algorithm::Ed25519 | Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => {
                return None;
            }
        };
        Some(digest::digest(algorithm, message))
    }

    /// Whether the signature over a message with this digest, made by [`Self::digest`], verifies under the key.
    pub(crate) fn verifies_digest(self, key: &PublicKey, digest: &Digest, signature: &[u8]) -> bool {
        key.kind == Some(self.key_kind())
            && UnparsedPublicKey::new(self.implementation(), &key.bits).verify_digest(digest, signature).is_ok()
    }

    /// Whether the signature verifies under the key, which must be of the fitting kind.
    pub(crate) fn verifies(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        key.kind == Some(self.key_kind())
            && UnparsedPublicKey::new(self.implementation(), &key.bits).verify(message, signature).is_ok()
    }

    /// The same where a curve may go with any hash: for a signature that only shows who holds a key, as that of a
    /// request or of a root on itself. An item's own never is one.
    pub(crate) fn verifies_with_any_hash(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        let hash = match self {
            Algorithm::EcdsaSha256 => 0,
            Algorithm::EcdsaSha384 => 1,
            Algorithm::EcdsaSha512 => 2,
            other => return other.verifies(key, message, signature),
        };
        let curve: [&'static dyn VerificationAlgorithm; 3] = match key.kind {
            Some(KeyKind::EcP256) => [&ECDSA_P256_SHA256_ASN1, &ECDSA_P256_SHA384_ASN1, &ECDSA_P256_SHA512_ASN1],
            Some(KeyKind::EcP384) => [&ECDSA_P384_SHA256_ASN1, &ECDSA_P384_SHA384_ASN1, &ECDSA_P384_SHA512_ASN1],
            Some(KeyKind::EcP521) => [&ECDSA_P521_SHA256_ASN1, &ECDSA_P521_SHA384_ASN1, &ECDSA_P521_SHA512_ASN1],
            _ => return false,
        };
        curve
            .get(hash)
            .is_some_and(|algorithm| UnparsedPublicKey::new(*algorithm, &key.bits).verify(message, signature).is_ok())
    }
}

/// The content half of CRL-ALGORITHM and CERT-ALGORITHM: supported, exactly encoded, SHA-1 only by policy.
/// Gives the algorithm also where SHA-1 is refused, so that the signature can still be looked at.
/// `at` is where the signed AlgorithmIdentifier stands.
pub(crate) fn inspect(
    identifier: &[u8],
    at: usize,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) -> Option<Algorithm> {
    let algorithm = SignatureAlgorithm::from_der(identifier);
    match algorithm {
        None => {
            let text =
                format!("the signature algorithm is unsupported or not exactly encoded: {}", describe(identifier));
            findings.add(rule, Severity::Reject, text).at("signature", at);
        }
        Some(Algorithm::RsaSha1) if policy.allow_sha1 => {
            let text = "signed with SHA-1, which the configuration allows (allow_sha1)";
            findings.add(rule, Severity::Warn, text).at("signature", at);
        }
        Some(Algorithm::RsaSha1) => {
            let text = "signed with SHA-1, which is accepted only with --allow-sha1, for historical files";
            findings.add(rule, Severity::Reject, text).at("signature", at);
        }
        Some(_) => {}
    }
    algorithm
}

/// The half of CRL-ALGORITHM and CERT-ALGORITHM that needs the issuer: the algorithm fits its key.
pub(crate) fn check_fit(algorithm: Algorithm, at: usize, key: &PublicKey, rule: Rule, findings: &mut Findings) -> bool {
    let fits = key.kind == Some(algorithm.key_kind());
    if !fits {
        let (name, wanted) = (algorithm.name(), algorithm.key_kind().name());
        let text = format!("{name} needs a key of kind {wanted}; the issuer's key is {}", key.describe());
        findings.add(rule, Severity::Reject, text).at("signature", at);
    }
    fits
}

fn describe(identifier: &[u8]) -> String {
    let oid = Reader::new(identifier).any().ok().and_then(|element| element.reader().oid().ok());
    match oid {
        Some(oid) => format!("{} in {} bytes", Dotted(oid.value), identifier.len()),
        None => Hex(identifier).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exact_encoding_is_der_of_its_stated_length() {
        for (algorithm, encoding) in ENCODINGS {
            let mut reader = Reader::new(encoding);
            let mut inner = reader.any().unwrap().reader();
            reader.finish().unwrap();
            inner.oid().unwrap();
            while !inner.is_empty() {
                inner.any().unwrap();
            }
            assert_eq!(SignatureAlgorithm::from_der(encoding), Some(*algorithm));
        }
        // Without its NULL, RSA is not accepted.
        assert_eq!(
            SignatureAlgorithm::from_der(&[0x30, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]),
            None
        );
    }
}
