//! Keys to throw away, and the algorithms they sign with.

use std::fmt;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
};

use super::der_writer::{bits, integer, oid, sequence, tlv};

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// ECDSA on P-521.
    EcdsaP521,
    /// RSA of 2048 bits.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
    /// Ed25519.
    Ed25519,
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

/// How it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// What goes with the key: the curve's own hash, or RSA PKCS#1 with SHA-256.
    Usual,
    /// RSA PKCS#1 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 with SHA-512.
    RsaSha512,
    /// RSA PSS with SHA-256.
    PssSha256,
    /// RSA PSS with SHA-384.
    PssSha384,
    /// RSA PSS with SHA-512.
    PssSha512,
    /// ECDSA with SHA-256, whatever the curve.
    EcdsaSha256,
    /// ECDSA with SHA-384, whatever the curve.
    EcdsaSha384,
    /// ECDSA with SHA-512, whatever the curve.
    EcdsaSha512,
    /// RSA PKCS#1 with SHA-256, without the NULL among its parameters.
    RsaSha256WithoutNull,
    /// RSA PSS with SHA-256, its hashes without parameters.
    PssSha256WithoutNull,
    /// RSA PSS with SHA-512, its hashes without parameters.
    PssSha512WithoutNull,
}

enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    MlDsa(Box<PqdsaKeyPair>),
}

/// A private key that lives no longer than its test.
pub struct SigningKey {
    kind: KeyKind,
    pair: Pair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.kind)
    }
}

const FAILED: &str = "the throw-away CA could not make or use a key";

impl SigningKey {
    /// A new key.
    #[must_use]
    pub fn generate(kind: KeyKind) -> Self {
        let ecdsa = |algorithm| Pair::Ecdsa(Box::new(EcdsaKeyPair::generate(algorithm).expect(FAILED)));
        let rsa = |size| Pair::Rsa(Box::new(RsaKeyPair::generate(size).expect(FAILED)));
        let ml_dsa = |algorithm| Pair::MlDsa(Box::new(PqdsaKeyPair::generate(algorithm).expect(FAILED)));
        let pair = match kind {
            KeyKind::EcdsaP256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            KeyKind::EcdsaP384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            KeyKind::EcdsaP521 => ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING),
            KeyKind::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(KeySize::Rsa4096),
            KeyKind::Ed25519 => Pair::Ed25519(Box::new(Ed25519KeyPair::generate().expect(FAILED))),
            KeyKind::MlDsa44 => ml_dsa(&ML_DSA_44_SIGNING),
            KeyKind::MlDsa65 => ml_dsa(&ML_DSA_65_SIGNING),
            KeyKind::MlDsa87 => ml_dsa(&ML_DSA_87_SIGNING),
        };
        SigningKey { kind, pair }
    }

    /// The Ed25519 key of this seed (RFC 8032 §5.1.5): its signatures are the same in every run.
    #[must_use]
    pub fn ed25519_of(seed: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect(FAILED);
        SigningKey { kind: KeyKind::Ed25519, pair: Pair::Ed25519(Box::new(pair)) }
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The private key as an unencrypted PKCS#8 file, of the kinds that a ceremony can sign with.
    #[must_use]
    pub fn pkcs8(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().expect(FAILED).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().expect(FAILED);
                der.as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.to_pkcs8v1().expect(FAILED).as_ref().to_vec(),
            Pair::MlDsa(_) => panic!("{FAILED}: no ceremony signs with ML-DSA"),
        }
    }

    /// The bits of the public key.
    #[must_use]
    pub fn public_bits(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::MlDsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        let curve = |curve: &[u64]| sequence(&[oid(&[1, 2, 840, 10045, 2, 1]), oid(curve)]);
        let algorithm = match self.kind {
            KeyKind::EcdsaP256 => curve(&[1, 2, 840, 10045, 3, 1, 7]),
            KeyKind::EcdsaP384 => curve(&[1, 3, 132, 0, 34]),
            KeyKind::EcdsaP521 => curve(&[1, 3, 132, 0, 35]),
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
                sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 1]), tlv(5, &[])])
            }
            KeyKind::Ed25519 | KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87 => self.algorithm(Scheme::Usual),
        };
        sequence(&[algorithm, bits(&self.public_bits())])
    }

    /// SHA-1 of the key bits: the usual key identifier.
    #[must_use]
    pub fn key_id(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.public_bits()).as_ref().to_vec()
    }

    /// The AlgorithmIdentifier of a signature by this key.
    #[must_use]
    pub fn algorithm(&self, scheme: Scheme) -> Vec<u8> {
        let rsa = |arc| sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, arc]), tlv(5, &[])]);
        let ecdsa = |arc| sequence(&[oid(&[1, 2, 840, 10045, 4, 3, arc])]);
        match scheme {
            Scheme::RsaSha384 => return rsa(12),
            Scheme::RsaSha512 => return rsa(13),
            Scheme::PssSha256 => return pss(1, 32, true),
            Scheme::PssSha384 => return pss(2, 48, true),
            Scheme::PssSha512 => return pss(3, 64, true),
            Scheme::PssSha256WithoutNull => return pss(1, 32, false),
            Scheme::PssSha512WithoutNull => return pss(3, 64, false),
            Scheme::RsaSha256WithoutNull => return sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 11])]),
            Scheme::EcdsaSha256 => return ecdsa(2),
            Scheme::EcdsaSha384 => return ecdsa(3),
            Scheme::EcdsaSha512 => return ecdsa(4),
            Scheme::Usual => {}
        }
        let ml_dsa = |arc| sequence(&[oid(&[2, 16, 840, 1, 101, 3, 4, 3, arc])]);
        match self.kind {
            KeyKind::EcdsaP256 => ecdsa(2),
            KeyKind::EcdsaP384 => ecdsa(3),
            KeyKind::EcdsaP521 => ecdsa(4),
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => rsa(11),
            KeyKind::Ed25519 => sequence(&[oid(&[1, 3, 101, 112])]),
            KeyKind::MlDsa44 => ml_dsa(17),
            KeyKind::MlDsa65 => ml_dsa(18),
            KeyKind::MlDsa87 => ml_dsa(19),
        }
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => match other_hash(self.kind, scheme) {
                None => pair.sign(&random, message).expect(FAILED).as_ref().to_vec(),
                Some(hash) => signed_by_openssl(pair.to_pkcs8v1().expect(FAILED).as_ref(), hash, message),
            },
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::MlDsa(pair) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                let length = pair.sign(message, &mut signature).expect(FAILED);
                signature.truncate(length);
                signature
            }
            Pair::Rsa(pair) => {
                let encoding: &'static dyn aws_lc_rs::signature::RsaEncoding = match scheme {
                    Scheme::Usual
                    | Scheme::RsaSha256WithoutNull
                    | Scheme::EcdsaSha256
                    | Scheme::EcdsaSha384
                    | Scheme::EcdsaSha512 => &RSA_PKCS1_SHA256,
                    Scheme::RsaSha384 => &RSA_PKCS1_SHA384,
                    Scheme::RsaSha512 => &RSA_PKCS1_SHA512,
                    Scheme::PssSha256 | Scheme::PssSha256WithoutNull => &RSA_PSS_SHA256,
                    Scheme::PssSha384 => &RSA_PSS_SHA384,
                    Scheme::PssSha512 | Scheme::PssSha512WithoutNull => &RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).expect(FAILED);
                signature
            }
        }
    }
}

/// The hash of a scheme that is not the one of the key's curve, as `openssl` calls it.
fn other_hash(kind: KeyKind, scheme: Scheme) -> Option<&'static str> {
    let (own, hash) = match scheme {
        Scheme::EcdsaSha256 => (KeyKind::EcdsaP256, "-sha256"),
        Scheme::EcdsaSha384 => (KeyKind::EcdsaP384, "-sha384"),
        Scheme::EcdsaSha512 => (KeyKind::EcdsaP521, "-sha512"),
        _ => return None,
    };
    (own != kind).then_some(hash)
}

/// aws-lc-rs verifies every hash on every curve and signs with few of them.
fn signed_by_openssl(pkcs8: &[u8], hash: &str, message: &[u8]) -> Vec<u8> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rootcast-signing-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let [key, file] = ["key", "message"].map(|part| std::env::temp_dir().join(format!("{name}.{part}")));
    std::fs::write(&key, pkcs8).expect(FAILED);
    std::fs::write(&file, message).expect(FAILED);
    let mut openssl = Command::new("openssl");
    let ended = openssl.args(["dgst", hash, "-keyform", "DER", "-sign"]).args([&key, &file]).output().expect("openssl");
    let _ = (std::fs::remove_file(&key), std::fs::remove_file(&file));
    assert!(ended.status.success(), "{FAILED}: {}", String::from_utf8_lossy(&ended.stderr));
    ended.stdout
}

/// RSASSA-PSS with one hash throughout and a salt of its length; the hashes with NULL or without parameters.
fn pss(hash: u64, salt: u64, with_null: bool) -> Vec<u8> {
    let null = if with_null { tlv(5, &[]) } else { Vec::new() };
    let hash = sequence(&[oid(&[2, 16, 840, 1, 101, 3, 4, 2, hash]), null]);
    let mask = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 8]), hash.clone()]);
    let parameters = sequence(&[tlv(0xa0, &hash), tlv(0xa1, &mask), tlv(0xa2, &integer(salt))]);
    sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 10]), parameters])
}
