//! Signature schemes as a certificate names them: their AlgorithmIdentifiers, and which one goes with which key.

use crate::signing_key::SignatureScheme;

use super::draft::element::{self, DraftError};
use der::Tag;
use der::asn1::ObjectIdentifier;

use SignatureScheme as Scheme;

/// Every scheme with its name in files.
const NAMES: [(Scheme, &str); 10] = [
    (Scheme::RsaPkcs1Sha256, "rsa-pkcs1-sha256"),
    (Scheme::RsaPkcs1Sha384, "rsa-pkcs1-sha384"),
    (Scheme::RsaPkcs1Sha512, "rsa-pkcs1-sha512"),
    (Scheme::RsaPssSha256, "rsa-pss-sha256"),
    (Scheme::RsaPssSha384, "rsa-pss-sha384"),
    (Scheme::RsaPssSha512, "rsa-pss-sha512"),
    (Scheme::EcdsaP256Sha256, "ecdsa-p256-sha256"),
    (Scheme::EcdsaP384Sha384, "ecdsa-p384-sha384"),
    (Scheme::EcdsaP521Sha512, "ecdsa-p521-sha512"),
    (Scheme::Ed25519, "ed25519"),
];

/// The name of a scheme, in files and for people.
#[must_use]
pub fn name(scheme: Scheme) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == scheme).map_or("", |(_, name)| name)
}

/// The scheme of this name.
#[must_use]
pub fn named(text: &str) -> Option<Scheme> {
    NAMES.iter().find(|(_, name)| *name == text).map(|(scheme, _)| *scheme)
}

/// The scheme that goes with a key where the site says nothing else. `key` is its description: `RSA 4096`, `P-384`.
#[must_use]
pub fn usual_for(key: &str) -> Option<Scheme> {
    Some(match key {
        "P-256" => Scheme::EcdsaP256Sha256,
        "P-384" => Scheme::EcdsaP384Sha384,
        "P-521" => Scheme::EcdsaP521Sha512,
        "Ed25519" => Scheme::Ed25519,
        _ if key.starts_with("RSA ") => Scheme::RsaPkcs1Sha256,
        _ => return None,
    })
}

/// Whether a key of this description can sign with the scheme.
#[must_use]
pub fn fits(scheme: Scheme, key: &str) -> bool {
    let is_rsa = matches!(
        scheme,
        Scheme::RsaPkcs1Sha256
            | Scheme::RsaPkcs1Sha384
            | Scheme::RsaPkcs1Sha512
            | Scheme::RsaPssSha256
            | Scheme::RsaPssSha384
            | Scheme::RsaPssSha512
    );
    if is_rsa { key.starts_with("RSA ") } else { usual_for(key) == Some(scheme) }
}

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// The AlgorithmIdentifier of the scheme, DER (RFC 4055, RFC 5758, RFC 8410).
///
/// # Errors
/// What the encoder says.
pub fn algorithm_identifier(scheme: Scheme) -> Result<Vec<u8>, DraftError> {
    let with_null = |oid: &str| sequence_of(oid, true);
    let alone = |oid: &str| sequence_of(oid, false);
    match scheme {
        Scheme::RsaPkcs1Sha256 => with_null("1.2.840.113549.1.1.11"),
        Scheme::RsaPkcs1Sha384 => with_null("1.2.840.113549.1.1.12"),
        Scheme::RsaPkcs1Sha512 => with_null("1.2.840.113549.1.1.13"),
        Scheme::RsaPssSha256 => pss(&SHA256, 32),
        Scheme::RsaPssSha384 => pss(&SHA384, 48),
        Scheme::RsaPssSha512 => pss(&SHA512, 64),
        Scheme::EcdsaP256Sha256 => alone("1.2.840.10045.4.3.2"),
        Scheme::EcdsaP384Sha384 => alone("1.2.840.10045.4.3.3"),
        Scheme::EcdsaP521Sha512 => alone("1.2.840.10045.4.3.4"),
        Scheme::Ed25519 => alone("1.3.101.112"),
    }
}

fn sequence_of(oid: &str, null: bool) -> Result<Vec<u8>, DraftError> {
    let oid = ObjectIdentifier::new(oid).map_err(|_| DraftError::OutOfRange { what: "an object identifier" })?;
    let parameters = if null { element::tlv(Tag::Null, &[])? } else { Vec::new() };
    element::sequence(&[element::encoded(&oid)?, parameters])
}

/// RSASSA-PSS-params of RFC 4055 §3.1: one hash throughout, a salt of its length.
fn pss(hash: &ObjectIdentifier, salt: u8) -> Result<Vec<u8>, DraftError> {
    let hash = element::sequence(&[element::encoded(hash)?, element::tlv(Tag::Null, &[])?])?;
    let mask = element::sequence(&[element::encoded(&MGF1)?, hash.clone()])?;
    let parameters = element::sequence(&[
        element::explicit(0, &hash)?,
        element::explicit(1, &mask)?,
        element::explicit(2, &element::tlv(Tag::Integer, &[salt])?)?,
    ])?;
    element::sequence(&[element::encoded(&RSASSA_PSS)?, parameters])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_read_by_its_name() {
        for (scheme, text) in NAMES {
            assert_eq!((named(text), name(scheme)), (Some(scheme), text));
        }
        assert_eq!(named("rsa-pkcs1-sha1"), None);
    }

    #[test]
    fn a_curve_signs_with_its_own_scheme_only() {
        assert!(fits(Scheme::EcdsaP384Sha384, "P-384") && !fits(Scheme::EcdsaP384Sha384, "P-256"));
        assert!(fits(Scheme::RsaPssSha512, "RSA 4096") && !fits(Scheme::RsaPssSha512, "Ed25519"));
        assert_eq!(usual_for("ML-DSA-87"), None);
    }
}
