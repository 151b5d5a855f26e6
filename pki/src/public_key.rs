//! Public keys of SubjectPublicKeyInfo: which kinds are supported, and whether one is strong enough (CERT-KEY).
//! It never makes or holds a private key.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::limits::SPKI_SIZE_MAX;
use crate::oid::Dotted;
use crate::strict_der::{DerError, Element, NULL, OBJECT_IDENTIFIER, Reader, SEQUENCE};
use crate::weak_rsa;

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    EcP256,
    EcP384,
    EcP521,
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl KeyKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            KeyKind::Rsa => "RSA",
            KeyKind::EcP256 => "P-256",
            KeyKind::EcP384 => "P-384",
            KeyKind::EcP521 => "P-521",
            KeyKind::Ed25519 => "Ed25519",
            KeyKind::MlDsa44 => "ML-DSA-44",
            KeyKind::MlDsa65 => "ML-DSA-65",
            KeyKind::MlDsa87 => "ML-DSA-87",
        }
    }

    /// An algorithm whose parser checks the form of such a key (for a point: that it is on the curve).
    fn parser(self) -> &'static dyn VerificationAlgorithm {
        match self {
            KeyKind::Rsa => &RSA_PKCS1_2048_8192_SHA256,
            KeyKind::EcP256 => &ECDSA_P256_SHA256_ASN1,
            KeyKind::EcP384 => &ECDSA_P384_SHA384_ASN1,
            KeyKind::EcP521 => &ECDSA_P521_SHA512_ASN1,
            KeyKind::Ed25519 => &ED25519,
            KeyKind::MlDsa44 => &ML_DSA_44,
            KeyKind::MlDsa65 => &ML_DSA_65,
            KeyKind::MlDsa87 => &ML_DSA_87,
        }
    }
}

/// A SubjectPublicKeyInfo as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// The whole SubjectPublicKeyInfo.
    pub(crate) spki: Vec<u8>,
    /// `None` for a kind that is not supported.
    pub(crate) kind: Option<KeyKind>,
    /// The algorithm, for texts.
    algorithm: String,
    /// The bits of the key itself: a point, an RSAPublicKey, or raw bytes.
    pub(crate) bits: Vec<u8>,
}

/// A weakness of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// Rejected.
    Unfit(String),
    /// Rejected for a publicly trusted CA, else a warning.
    NotForWebpki(String),
    /// Only a warning.
    Unusual(String),
}

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0, 34];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0, 35];
const ED25519_KEY: &[u8] = &[0x2b, 0x65, 112];
const ML_DSA: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];

/// 1.3.36.3.3.2.8.1.1, without the last arc (RFC 5639).
const BRAINPOOL: &[u8] = &[0x2b, 0x24, 3, 3, 2, 8, 1, 1];
/// The curves below it, the first of arc 1.
const BRAINPOOL_CURVES: [&str; 14] = [
    "the curve brainpoolP160r1",
    "the curve brainpoolP160t1",
    "the curve brainpoolP192r1",
    "the curve brainpoolP192t1",
    "the curve brainpoolP224r1",
    "the curve brainpoolP224t1",
    "the curve brainpoolP256r1",
    "the curve brainpoolP256t1",
    "the curve brainpoolP320r1",
    "the curve brainpoolP320t1",
    "the curve brainpoolP384r1",
    "the curve brainpoolP384t1",
    "the curve brainpoolP512r1",
    "the curve brainpoolP512t1",
];

impl PublicKey {
    pub(crate) fn read(element: &Element<'_>) -> Result<PublicKey, DerError> {
        element.at_most(SPKI_SIZE_MAX, "a public key")?;
        let mut fields = element.reader();
        let mut algorithm = fields.expect(SEQUENCE)?.reader();
        let bits = fields.whole_bytes()?;
        fields.finish()?;
        let oid = algorithm.oid()?;
        let parameters = if algorithm.is_empty() { None } else { Some(algorithm.any()?) };
        algorithm.finish()?;
        let kind = match (oid.value, parameters.map(|element| (element.tag, element.value))) {
            (RSA_ENCRYPTION, Some((NULL, []))) => Some(KeyKind::Rsa),
            (EC_PUBLIC_KEY, Some((OBJECT_IDENTIFIER, P256))) => Some(KeyKind::EcP256),
            (EC_PUBLIC_KEY, Some((OBJECT_IDENTIFIER, P384))) => Some(KeyKind::EcP384),
            (EC_PUBLIC_KEY, Some((OBJECT_IDENTIFIER, P521))) => Some(KeyKind::EcP521),
            (ED25519_KEY, None) => Some(KeyKind::Ed25519),
            (oid, None) => match oid.strip_prefix(ML_DSA) {
                Some([17]) => Some(KeyKind::MlDsa44),
                Some([18]) => Some(KeyKind::MlDsa65),
                Some([19]) => Some(KeyKind::MlDsa87),
                _ => None,
            },
            _ => None,
        };
        let named = match kind {
            Some(kind) => Some(kind.name()),
            None => unsupported_name(oid.value, parameters.map(|element| element.value)),
        };
        let algorithm = match (named, parameters) {
            (Some(name), _) => name.to_owned(),
            (None, Some(Element { tag: OBJECT_IDENTIFIER, value, .. })) => {
                format!("{} with parameters {}", Dotted(oid.value), Dotted(value))
            }
            (None, Some(_)) => format!("{} with parameters that do not belong there", Dotted(oid.value)),
            (None, None) => format!("{} without parameters", Dotted(oid.value)),
        };
        Ok(PublicKey { spki: element.raw.to_vec(), kind, algorithm, bits: bits.value.to_vec() })
    }

    /// For people: `RSA 4096`, `P-384`, or the identifier of an unsupported kind.
    pub(crate) fn describe(&self) -> String {
        match self.rsa_numbers() {
            Some((modulus, _)) => format!("RSA {}", bit_length(modulus)),
            None => self.algorithm.clone(),
        }
    }

    /// Modulus and exponent of an RSA key, without leading zeros.
    fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        if self.kind != Some(KeyKind::Rsa) {
            return None;
        }
        let mut outer = Reader::new(&self.bits);
        let mut fields = outer.expect(SEQUENCE).ok()?.reader();
        let modulus = fields.integer().ok()?.value;
        let exponent = fields.integer().ok()?.value;
        (fields.finish().is_ok() && outer.finish().is_ok()).then_some(())?;
        Some((positive(modulus)?, positive(exponent)?))
    }

    /// Everything that speaks against this key (BR 6.1.5 and 6.1.6).
    pub(crate) fn faults(&self) -> Vec<KeyFault> {
        let Some(kind) = self.kind else {
            return vec![KeyFault::Unfit(format!("a key of an unsupported kind: {}", self.algorithm))];
        };
        let mut faults = Vec::new();
        if kind == KeyKind::Rsa {
            self.rsa_faults(&mut faults);
        }
        if faults.iter().any(|fault| matches!(fault, KeyFault::Unfit(_))) {
            return faults;
        }
        let uncompressed =
            !matches!(kind, KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521) || self.bits.first() == Some(&4);
        if !uncompressed || UnparsedPublicKey::new(kind.parser(), &self.bits).parse().is_err() {
            faults.push(KeyFault::Unfit(format!("{} bytes that are not a {} key", self.bits.len(), kind.name())));
        }
        faults
    }

    fn rsa_faults(&self, faults: &mut Vec<KeyFault>) {
        let Some((modulus, exponent)) = self.rsa_numbers() else {
            faults.push(KeyFault::Unfit("an RSA key that is not two positive integers".to_owned()));
            return;
        };
        let bits = bit_length(modulus);
        if !(2048..=8192).contains(&bits) {
            faults.push(KeyFault::Unfit(format!("an RSA key of {bits} bits; 2048 to 8192 are accepted")));
            // Nothing is calculated with a number of any length; its size alone decides.
            return;
        }
        if !bits.is_multiple_of(8) {
            let text = format!("an RSA modulus of {bits} bits, which is not a multiple of 8");
            faults.push(KeyFault::NotForWebpki(text));
        }
        let small = exponent.len() <= 4;
        let value = exponent.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        if exponent.last().is_none_or(|last| last & 1 == 0) || (small && value < 3) || exponent.len() > 32 {
            faults.push(KeyFault::Unfit(format!(
                "an RSA exponent of {} bits that is not odd, below 3 or above 2^256",
                bit_length(exponent)
            )));
        } else if small && value < 65537 {
            faults.push(KeyFault::Unusual(format!("an RSA exponent of {value}, below 65537")));
        }
        if let Some(weakness) = weak_rsa::weakness(modulus) {
            faults.push(KeyFault::Unfit(format!("an RSA modulus {weakness}")));
        }
    }
}

/// The common name of a kind of key that is not supported, by its algorithm and what stands in its parameters.
fn unsupported_name(algorithm: &[u8], parameters: Option<&[u8]>) -> Option<&'static str> {
    Some(match (algorithm, parameters) {
        (EC_PUBLIC_KEY, Some(curve)) => match (curve, curve.strip_prefix(BRAINPOOL)) {
            (&[0x2b, 0x81, 0x04, 0, 10], _) => "the curve secp256k1",
            (&[0x2b, 0x81, 0x04, 0, 33], _) => "the curve P-224",
            (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], _) => "the curve P-192",
            (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d], _) => "the curve SM2",
            (_, Some([number])) => *BRAINPOOL_CURVES.get(usize::from(*number).checked_sub(1)?)?,
            _ => return None,
        },
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], _) => "an RSA key that is for RSA PSS alone",
        (&[0x2b, 0x65, 113], None) => "Ed448",
        (&[0x2b, 0x65, 110], None) => "X25519, which does not sign",
        (&[0x2b, 0x65, 111], None) => "X448, which does not sign",
        (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], _) => "DSA",
        _ => return None,
    })
}

fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0] => None,
        [0, rest @ ..] => Some(rest),
        [first, ..] if first & 0x80 == 0 => Some(integer),
        _ => None,
    }
}

fn bit_length(magnitude: &[u8]) -> usize {
    let zeros = magnitude.first().map_or(0, |first| first.leading_zeros());
    (magnitude.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_not_supported_has_its_common_name() {
        let brainpool = [BRAINPOOL, &[11]].concat();
        for (algorithm, parameters, name) in [
            (EC_PUBLIC_KEY, Some(&brainpool[..]), Some("the curve brainpoolP384r1")),
            (EC_PUBLIC_KEY, Some(&[0x2b, 0x81, 0x04, 0, 10][..]), Some("the curve secp256k1")),
            (EC_PUBLIC_KEY, Some(BRAINPOOL), None),
            (EC_PUBLIC_KEY, Some(&[][..]), None),
            (EC_PUBLIC_KEY, None, None),
            (&[0x2b, 0x65, 113], None, Some("Ed448")),
        ] {
            assert_eq!(unsupported_name(algorithm, parameters), name);
        }
        let outside = [[BRAINPOOL, &[0]].concat(), [BRAINPOOL, &[15]].concat()];
        assert!(outside.iter().all(|curve| unsupported_name(EC_PUBLIC_KEY, Some(curve)).is_none()));
    }
}
