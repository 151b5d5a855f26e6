//! Signature algorithms: the AlgorithmIdentifiers accepted, the key each fits, and verification over received bytes.
//! It never signs, and it never re-encodes what it verifies.
//!
//! `webpki` takes exact encodings, and on each curve the hash of its length (BR 7.1.3.2). `private` also takes what RFC
//! 4055 and RFC 5758 leave open: each of the three hashes on each of the three curves, and absent parameters in the place
//! of NULL.

use core::fmt;

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
use crate::profile::{Policy, Profile};
use crate::public_key::{KeyKind, PublicKey};
use crate::rule::{Cause, Rule};
use crate::serial::Hex;
use crate::strict_der::{DerError, INTEGER, NULL, Reader, SEQUENCE, Tag, small_integer};

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

/// How an AlgorithmIdentifier writes the parameters of its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// As BR 7.1.3.2 writes it, byte for byte.
    Exact,
    /// RSA PKCS#1 without its NULL. RFC 4055 §5 wants the NULL, and that what has none is accepted.
    WithoutNull,
    /// PSS with a hash that has no parameters in the place of NULL: RFC 4055 §2.1 allows both.
    PssWithoutNull,
}

/// Why an AlgorithmIdentifier is none of these.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unsupported {
    /// An algorithm with a hash that is too weak.
    Hash { algorithm: &'static str, hash: &'static str },
    /// PSS with a hash that is too weak.
    PssHash(&'static str),
    /// PSS with these parameters.
    Pss(String),
    /// A known algorithm with other parameters than its own.
    Parameters { algorithm: Algorithm, found: String },
    /// An algorithm that is not known here.
    Unknown(String),
    /// What is no AlgorithmIdentifier.
    Malformed(DerError),
}

impl SignatureAlgorithm {
    /// Finds the algorithm of an AlgorithmIdentifier, however exactly that is encoded: [`inspect`] judges it.
    pub(crate) fn from_der(identifier: &[u8]) -> Option<Self> {
        read(identifier).ok().map(|(algorithm, _)| algorithm)
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

    /// Whether keys of this kind make such signatures. An ECDSA key of any curve makes them with any hash (RFC 5758 §3.2).
    fn fits(self, kind: KeyKind) -> bool {
        self.implementation(kind).is_some()
    }

    /// The kind of key that makes such signatures, of ECDSA keys the one whose curve has the length of the hash.
    fn usual_kind(self) -> KeyKind {
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

    /// What verifies such a signature under a key of this kind; `None` if such a key makes none.
    fn implementation(self, kind: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match (self, kind) {
            (Algorithm::RsaSha1, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Algorithm::RsaSha256, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA256,
            (Algorithm::RsaSha384, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA384,
            (Algorithm::RsaSha512, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA512,
            (Algorithm::PssSha256, KeyKind::Rsa) => &RSA_PSS_2048_8192_SHA256,
            (Algorithm::PssSha384, KeyKind::Rsa) => &RSA_PSS_2048_8192_SHA384,
            (Algorithm::PssSha512, KeyKind::Rsa) => &RSA_PSS_2048_8192_SHA512,
            (Algorithm::EcdsaSha256, KeyKind::EcP256) => &ECDSA_P256_SHA256_ASN1,
            (Algorithm::EcdsaSha384, KeyKind::EcP256) => &ECDSA_P256_SHA384_ASN1,
            (Algorithm::EcdsaSha512, KeyKind::EcP256) => &ECDSA_P256_SHA512_ASN1,
            (Algorithm::EcdsaSha256, KeyKind::EcP384) => &ECDSA_P384_SHA256_ASN1,
            (Algorithm::EcdsaSha384, KeyKind::EcP384) => &ECDSA_P384_SHA384_ASN1,
            (Algorithm::EcdsaSha512, KeyKind::EcP384) => &ECDSA_P384_SHA512_ASN1,
            (Algorithm::EcdsaSha256, KeyKind::EcP521) => &ECDSA_P521_SHA256_ASN1,
            (Algorithm::EcdsaSha384, KeyKind::EcP521) => &ECDSA_P521_SHA384_ASN1,
            (Algorithm::EcdsaSha512, KeyKind::EcP521) => &ECDSA_P521_SHA512_ASN1,
            (Algorithm::Ed25519, KeyKind::Ed25519) => &ED25519,
            (Algorithm::MlDsa44, KeyKind::MlDsa44) => &ML_DSA_44,
            (Algorithm::MlDsa65, KeyKind::MlDsa65) => &ML_DSA_65,
            (Algorithm::MlDsa87, KeyKind::MlDsa87) => &ML_DSA_87,
            _ => return None,
        })
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
        let verifier = key.kind.and_then(|kind| self.implementation(kind));
        verifier.is_some_and(|verifier| {
            UnparsedPublicKey::new(verifier, &key.bits).verify_digest(digest, signature).is_ok()
        })
    }

    /// Whether the signature verifies under the key, which must be of a fitting kind.
    pub(crate) fn verifies(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        let verifier = key.kind.and_then(|kind| self.implementation(kind));
        verifier.is_some_and(|verifier| UnparsedPublicKey::new(verifier, &key.bits).verify(message, signature).is_ok())
    }
}

/// The content half of CRL-ALGORITHM and CERT-ALGORITHM: supported, encoded as the profile allows, SHA-1 only by policy.
/// Gives the algorithm also where it is refused, so that the signature can still be looked at.
/// `at` is where the signed AlgorithmIdentifier stands.
pub(crate) fn inspect(
    identifier: &[u8],
    at: usize,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) -> Option<Algorithm> {
    let mut found = |severity, cause, text: String| {
        findings.add(rule, severity, text).because_if(cause).at("signature", at);
    };
    let (algorithm, encoding) = match read(identifier) {
        Ok(read) => read,
        Err(unsupported) => {
            let cause = match &unsupported {
                Unsupported::Hash { .. } | Unsupported::PssHash(_) => Some(Cause::HashTooWeak),
                Unsupported::Pss(_) => Some(Cause::PssParameters),
                Unsupported::Parameters { .. } => Some(Cause::AlgorithmParameters),
                Unsupported::Unknown(_) | Unsupported::Malformed(_) => None,
            };
            found(Severity::Reject, cause, unsupported.to_string());
            return None;
        }
    };
    let name = algorithm.name();
    match (encoding, policy.profile) {
        (Encoding::WithoutNull, profile) => {
            let severity = profile.pick(Severity::Reject, Severity::Warn);
            let text = format!("{name} has no parameters; NULL is wanted there");
            found(severity, Some(Cause::NullAbsent), text);
        }
        (Encoding::PssWithoutNull, Profile::Webpki) => {
            let text = format!("a hash of {name} has no parameters; the profile webpki wants NULL there");
            found(Severity::Reject, Some(Cause::PssNullAbsent), text);
        }
        (Encoding::PssWithoutNull | Encoding::Exact, _) => {}
    }
    if algorithm == Algorithm::RsaSha1 && policy.accepts_sha1() {
        let text = "signed with SHA-1, which the configuration allows (allow_sha1)";
        found(Severity::Warn, Some(Cause::HashTooWeak), text.to_owned());
    } else if algorithm == Algorithm::RsaSha1 && policy.profile == Profile::Webpki {
        let text = "signed with SHA-1, which BR 7.1.3.2.1 ended on 2026-09-15, whatever the dates of the item; SHA-256, \
                    SHA-384 or SHA-512 is wanted";
        found(Severity::Reject, Some(Cause::HashTooWeak), text.to_owned());
    } else if algorithm == Algorithm::RsaSha1 {
        let text = "signed with SHA-1, which is accepted only with --allow-sha1, for historical files; SHA-256, SHA-384 or \
                    SHA-512 is wanted";
        found(Severity::Reject, Some(Cause::HashTooWeak), text.to_owned());
    }
    Some(algorithm)
}

/// The half of CRL-ALGORITHM and CERT-ALGORITHM that needs the issuer: the algorithm fits its key, in `webpki` also the
/// hash its curve. Gives whether the signature can be looked at.
pub(crate) fn check_fit(
    algorithm: Algorithm,
    at: usize,
    key: &PublicKey,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let fits = key.kind.is_some_and(|kind| algorithm.fits(kind));
    let (name, usual, described) = (algorithm.name(), algorithm.usual_kind(), key.describe());
    let (cause, text) = if !fits {
        let wanted = match usual {
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => "P-256, P-384 or P-521",
            other => other.name(),
        };
        let text = format!("{name} needs a key of kind {wanted}; the issuer's key is {described}");
        (Cause::AlgorithmOfOtherKey, text)
    } else if policy.profile == Profile::Webpki && key.kind != Some(usual) {
        let (cause, wanted) = match key.kind {
            Some(KeyKind::EcP256) => (Cause::CurveWantsSha256, "SHA-256"),
            Some(KeyKind::EcP384) => (Cause::CurveWantsSha384, "SHA-384"),
            _ => (Cause::CurveWantsSha512, "SHA-512"),
        };
        let text =
            format!("{name}, by the issuer's key {described}; the profile webpki wants {wanted} with such a key");
        (cause, text)
    } else {
        return true;
    };
    findings.add(rule, Severity::Reject, text).because(cause).at("signature", at);
    fits
}

/// Why every CRL would be refused that this key signs with the algorithm of this AlgorithmIdentifier, DER; `None` if none
/// would be for that. The text is safe to print.
pub(crate) fn refusal(identifier: &[u8], key: &PublicKey, policy: &Policy) -> Option<String> {
    let mut findings = Findings::new();
    if let Some(algorithm) = inspect(identifier, 0, Rule::CrlAlgorithm, policy, &mut findings) {
        check_fit(algorithm, 0, key, Rule::CrlAlgorithm, policy, &mut findings);
    }
    findings.into_iter().find(|finding| finding.severity == Severity::Reject).map(|finding| finding.text)
}

/// 1.2.840.113549.1.1, without the last arc.
const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
/// 1.2.840.10045.4, without the last arcs.
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
/// 2.16.840.1.101.3.4.2, without the last arc.
const NIST_HASH: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];

fn read(identifier: &[u8]) -> Result<(Algorithm, Encoding), Unsupported> {
    if let Some((algorithm, _)) = ENCODINGS.iter().find(|(_, encoding)| *encoding == identifier) {
        return Ok((*algorithm, Encoding::Exact));
    }
    let (oid, rest) = read_parts(identifier).map_err(Unsupported::Malformed)?;
    let weak = |algorithm, hash| Err(Unsupported::Hash { algorithm, hash });
    match (oid.strip_prefix(PKCS1), oid.strip_prefix(ECDSA)) {
        (Some([2]), _) => weak("RSA PKCS#1", "MD2"),
        (Some([4]), _) => weak("RSA PKCS#1", "MD5"),
        (Some([14]), _) => weak("RSA PKCS#1", "SHA-224"),
        (_, Some([1])) => weak("ECDSA", "SHA-1"),
        (_, Some([3, 1])) => weak("ECDSA", "SHA-224"),
        (Some([10]), _) => pss(rest).map(|algorithm| (algorithm, Encoding::PssWithoutNull)),
        (Some([arc]), _) if rest.is_empty() => match arc {
            5 => Ok((Algorithm::RsaSha1, Encoding::WithoutNull)),
            11 => Ok((Algorithm::RsaSha256, Encoding::WithoutNull)),
            12 => Ok((Algorithm::RsaSha384, Encoding::WithoutNull)),
            13 => Ok((Algorithm::RsaSha512, Encoding::WithoutNull)),
            _ => Err(Unsupported::Unknown(Dotted(oid).to_string())),
        },
        _ => Err(with_parameters(oid, rest)),
    }
}

/// What an algorithm is that has none of the encodings known here.
fn with_parameters(oid: &[u8], rest: Reader<'_>) -> Unsupported {
    let of = |encoding| parts(encoding).is_some_and(|(known, _)| known == oid);
    match ENCODINGS.iter().find(|(_, encoding)| of(*encoding)) {
        Some((algorithm, _)) => Unsupported::Parameters { algorithm: *algorithm, found: describe_parameters(rest) },
        None => Unsupported::Unknown(Dotted(oid).to_string()),
    }
}

/// How many octets of parameters are shown.
const PARAMETERS_SHOWN_MAX: usize = 16;

/// What stands in the place of the parameters, for people.
fn describe_parameters(mut rest: Reader<'_>) -> String {
    let element = match rest.any() {
        Ok(element) => element,
        Err(error) => return format!("that are not DER: {}", error.fault),
    };
    if !rest.is_empty() {
        return "of more than one element".to_owned();
    }
    match (element.tag, element.value) {
        (NULL, []) => "(NULL)".to_owned(),
        (NULL, _) => "(NULL, with contents)".to_owned(),
        (tag, value) if value.len() > PARAMETERS_SHOWN_MAX => format!("({}, {} bytes)", Tag(tag), value.len()),
        (tag, value) => format!("({}, 0x{})", Tag(tag), Hex(value)),
    }
}

/// The object identifier of one AlgorithmIdentifier with nothing after it, and what follows it there.
fn parts(identifier: &[u8]) -> Option<(&[u8], Reader<'_>)> {
    read_parts(identifier).ok()
}

/// The same, with what is wrong.
fn read_parts(identifier: &[u8]) -> Result<(&[u8], Reader<'_>), DerError> {
    let mut outer = Reader::new(identifier);
    let mut fields = outer.expect(SEQUENCE)?.reader();
    outer.finish()?;
    let oid = fields.oid()?.value;
    Ok((oid, fields))
}

/// RSASSA-PSS-params of RFC 4055 §3.1: one hash for message and mask, and a salt of its length. DER leaves out what has
/// its default, and the default of both hashes is SHA-1.
fn pss(mut rest: Reader<'_>) -> Result<Algorithm, Unsupported> {
    if rest.is_empty() {
        return Err(Unsupported::Pss("without parameters, which name its hash".to_owned()));
    }
    let form = |error: DerError| Unsupported::Pss(format!("with parameters of a wrong form: {}", error.fault));
    let mut fields = rest.expect(SEQUENCE).map_err(form)?.reader();
    rest.finish().map_err(form)?;
    let missing = "without hashAlgorithm, which means SHA-1; SHA-256, SHA-384 or SHA-512 is wanted";
    let Some(hash) = fields.optional(0xa0).map_err(form)? else { return Err(Unsupported::PssHash(missing)) };
    let weak = "with a hash that is not SHA-256, SHA-384 or SHA-512";
    let (algorithm, arc, length) = match hash_arc(hash.value) {
        Some(1) => (Algorithm::PssSha256, 1, 32),
        Some(2) => (Algorithm::PssSha384, 2, 48),
        Some(3) => (Algorithm::PssSha512, 3, 64),
        _ => return Err(Unsupported::PssHash(weak)),
    };
    let mask = fields.optional(0xa1).map_err(form)?;
    let of_mask = mask.and_then(|mask| {
        let (oid, mut fields) = parts(mask.value)?;
        let hash = fields.any().ok().filter(|_| oid.strip_prefix(PKCS1) == Some(&[8]))?;
        fields.finish().is_ok().then(|| hash_arc(hash.raw)).flatten()
    });
    if of_mask != Some(arc) {
        let text = "with another hash in its mask (MGF1); the hash of the message is wanted there too";
        return Err(Unsupported::Pss(text.to_owned()));
    }
    let salt = fields.optional(0xa2).map_err(form)?;
    let salt = salt.and_then(|salt| {
        let mut inside = salt.reader();
        let salt = inside.expect(INTEGER).ok()?;
        inside.finish().is_ok().then(|| small_integer(&salt)).flatten()
    });
    if salt != Some(length) {
        // The default, which DER leaves out, is 20.
        let salt = salt.unwrap_or(20);
        return Err(Unsupported::Pss(format!(
            "with a salt of {salt} bytes; one as long as its hash, {length}, is wanted"
        )));
    }
    if fields.peek_tag() == Some(0xa3) {
        let text = "with a trailerField, which DER leaves out where it has its default, 1";
        return Err(Unsupported::Pss(text.to_owned()));
    }
    fields.finish().map_err(form)?;
    Ok(algorithm)
}

/// The last arc of one of the hashes below 2.16.840.1.101.3.4.2, with NULL or without parameters.
fn hash_arc(identifier: &[u8]) -> Option<u8> {
    let (oid, mut fields) = parts(identifier)?;
    let [arc] = oid.strip_prefix(NIST_HASH)? else { return None };
    if !fields.is_empty() {
        fields.expect(NULL).ok().filter(|null| null.value.is_empty())?;
    }
    fields.finish().is_ok().then_some(*arc)
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsupported::Hash { algorithm, hash } => {
                write!(f, "signed with {algorithm} and {hash}; SHA-256, SHA-384 or SHA-512 is wanted")
            }
            Unsupported::PssHash(why) => write!(f, "signed with RSA PSS {why}"),
            Unsupported::Pss(why) => write!(f, "signed with RSA PSS {why}"),
            Unsupported::Parameters { algorithm, found } => {
                let wanted = if algorithm.usual_kind() == KeyKind::Rsa { "NULL is wanted" } else { "none are wanted" };
                write!(f, "{} has parameters {found}; {wanted} there", algorithm.name())
            }
            Unsupported::Unknown(oid) => write!(f, "the signature algorithm {oid} is not known here"),
            Unsupported::Malformed(error) => {
                write!(f, "the signature algorithm is no AlgorithmIdentifier: within it, {error}")
            }
        }
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
            assert_eq!(read(encoding), Ok((*algorithm, Encoding::Exact)));
        }
        let without_null = [0x30, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
        assert_eq!(read(&without_null), Ok((Algorithm::RsaSha256, Encoding::WithoutNull)));
    }

    /// Every hash goes with every curve, and with no other kind of key.
    #[test]
    fn an_algorithm_fits_the_keys_that_make_it() {
        let curves = [KeyKind::EcP256, KeyKind::EcP384, KeyKind::EcP521];
        let others = [KeyKind::Rsa, KeyKind::Ed25519, KeyKind::MlDsa44, KeyKind::MlDsa65, KeyKind::MlDsa87];
        for (algorithm, _) in ENCODINGS {
            assert!(algorithm.fits(algorithm.usual_kind()), "{algorithm:?}");
            let is_ecdsa = curves.contains(&algorithm.usual_kind());
            assert!(curves.iter().all(|curve| algorithm.fits(*curve) == is_ecdsa), "{algorithm:?}");
            let fitting = others.iter().filter(|kind| algorithm.fits(**kind)).count();
            assert_eq!(fitting, usize::from(!is_ecdsa), "{algorithm:?}");
        }
    }

    /// RSASSA-PSS-params with or without the NULLs, and every way in which they are wrong.
    #[test]
    fn pss_is_read_with_and_without_the_nulls_of_its_hashes_and_otherwise_names_what_is_wanted() {
        fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
            let inside = parts.concat();
            [&[tag, u8::try_from(inside.len()).unwrap()], &inside[..]].concat()
        }
        let hash = |arc: u8, null: &[u8]| tlv(0x30, &[&tlv(6, &[NIST_HASH, &[arc]]), null]);
        let mask = |hash: &[u8]| tlv(0xa1, &[&tlv(0x30, &[&tlv(6, &[PKCS1, &[8]]), hash])]);
        let salt = |length: u8| tlv(0xa2, &[&[2, 1, length]]);
        let whole = |fields: &[&[u8]]| tlv(0x30, &[&tlv(6, &[PKCS1, &[10]]), &tlv(0x30, fields)]);
        let (null, none): (&[u8], &[u8]) = (&[5, 0], &[]);
        for (arc, length, algorithm) in
            [(1, 32, Algorithm::PssSha256), (2, 48, Algorithm::PssSha384), (3, 64, Algorithm::PssSha512)]
        {
            for (first, second) in [(null, null), (none, none), (null, none), (none, null)] {
                let der = whole(&[&tlv(0xa0, &[&hash(arc, first)]), &mask(&hash(arc, second)), &salt(length)]);
                let exact = !first.is_empty() && !second.is_empty();
                let encoding = if exact { Encoding::Exact } else { Encoding::PssWithoutNull };
                assert_eq!(read(&der), Ok((algorithm, encoding)));
            }
        }
        let first = tlv(0xa0, &[&hash(1, none)]);
        let same = mask(&hash(1, none));
        for (fields, says) in [
            (vec![&same[..], &salt(32)], "which means SHA-1"),
            (vec![], "which means SHA-1"),
            (vec![&tlv(0xa0, &[&hash(4, none)]), &mask(&hash(4, none)), &salt(28)], "not SHA-256, SHA-384 or SHA-512"),
            (vec![&first, &salt(32)], "another hash in its mask"),
            (vec![&first, &mask(&hash(2, none)), &salt(32)], "another hash in its mask"),
            (vec![&first, &same], "a salt of 20 bytes; one as long as its hash, 32, is wanted"),
            (vec![&first, &same, &salt(48)], "a salt of 48 bytes; one as long as its hash, 32, is wanted"),
            (vec![&first, &same, &salt(32), &tlv(0xa3, &[&[2, 1, 1]])], "with a trailerField"),
            (vec![&first, &same, &salt(32), &tlv(0x30, &[])], "parameters of a wrong form"),
        ] {
            let der = whole(&fields);
            let text = read(&der).unwrap_err().to_string();
            assert!(text.contains(says), "{says}: {text}");
        }
    }

    /// What is wrong with the parameters of a known algorithm is said with the value found.
    #[test]
    fn other_parameters_than_its_own_are_shown() {
        let of = |oid: &[u8], parameters: &[u8]| {
            let inside = [&[6, u8::try_from(oid.len()).unwrap()], oid, parameters].concat();
            let der = [&[0x30, u8::try_from(inside.len()).unwrap()], &inside[..]].concat();
            read(&der).unwrap_err().to_string()
        };
        let (ecdsa, rsa) = ([ECDSA, &[3, 3]].concat(), [PKCS1, &[11]].concat());
        for (oid, parameters, says) in [
            (&ecdsa, &[5, 0][..], "ECDSA with SHA-384 has parameters (NULL); none are wanted there"),
            (&ecdsa, &[2, 1, 7], "parameters (tag 0x02 (INTEGER), 0x07); none are wanted there"),
            (&rsa, &[5, 1, 0], "parameters (NULL, with contents); NULL is wanted there"),
            (&rsa, &[5, 0, 5, 0], "parameters of more than one element; NULL is wanted there"),
            (&rsa, &[5, 0x81, 0], "parameters that are not DER: a length not in its shortest form"),
            (&[PKCS1, &[10]].concat(), &[], "RSA PSS without parameters"),
            (&[PKCS1, &[99]].concat(), &[5, 0], "1.2.840.113549.1.1.99 is not known here"),
        ] {
            let text = of(oid, parameters);
            assert!(text.contains(says), "{says}: {text}");
        }
        assert!(read(&[0x30, 3, 2, 1, 0]).unwrap_err().to_string().contains("tag 0x02 (INTEGER) instead of"));
    }
}
