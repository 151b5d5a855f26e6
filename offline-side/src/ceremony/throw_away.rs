//! A key to throw away, of the kind that will sign, and the issuer made again with it: with the two, every rule can be
//! run on what will be signed before the real key is touched. Neither ever leaves the process.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};

use super::draft::element::{self, DraftError, children};
use super::draft::extension;
use super::scheme::algorithm_identifier;
use crate::signing_key::SignatureScheme as Scheme;

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ed25519(Ed25519KeyPair),
}

/// A private key that lives no longer than its rehearsal.
pub struct ThrowAwayKey {
    pair: Pair,
    spki: Vec<u8>,
    algorithm: Vec<u8>,
}

impl std::fmt::Debug for ThrowAwayKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThrowAwayKey").finish_non_exhaustive()
    }
}

/// What failed, in the one sentence the library gives.
fn failed<E>(_: E) -> DraftError {
    DraftError::OutOfRange { what: "a signature by a throw-away key (the machine's cryptographic library failed)" }
}

impl ThrowAwayKey {
    /// A new key that signs with `scheme`. An RSA key has 2048 bits, whatever the real one has: it is made faster, and
    /// no rule asks more of an issuer.
    ///
    /// # Errors
    /// When the library makes none.
    pub fn generate(scheme: Scheme) -> Result<Self, DraftError> {
        let ecdsa = |algorithm: &'static EcdsaSigningAlgorithm| {
            let pair = EcdsaKeyPair::generate(algorithm).map_err(failed)?;
            let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(failed)?.as_ref().to_vec();
            Ok::<_, DraftError>((Pair::Ecdsa(pair), spki))
        };
        let rsa = |encoding: &'static dyn RsaEncoding| {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(failed)?.as_ref().to_vec();
            Ok::<_, DraftError>((Pair::Rsa(pair, encoding), spki))
        };
        let (pair, spki) = match scheme {
            Scheme::EcdsaP256Sha256 => ecdsa(&signature::ECDSA_P256_SHA256_ASN1_SIGNING)?,
            Scheme::EcdsaP384Sha384 => ecdsa(&signature::ECDSA_P384_SHA384_ASN1_SIGNING)?,
            Scheme::EcdsaP521Sha512 => ecdsa(&signature::ECDSA_P521_SHA512_ASN1_SIGNING)?,
            Scheme::RsaPkcs1Sha256 => rsa(&signature::RSA_PKCS1_SHA256)?,
            Scheme::RsaPkcs1Sha384 => rsa(&signature::RSA_PKCS1_SHA384)?,
            Scheme::RsaPkcs1Sha512 => rsa(&signature::RSA_PKCS1_SHA512)?,
            Scheme::RsaPssSha256 => rsa(&signature::RSA_PSS_SHA256)?,
            Scheme::RsaPssSha384 => rsa(&signature::RSA_PSS_SHA384)?,
            Scheme::RsaPssSha512 => rsa(&signature::RSA_PSS_SHA512)?,
            Scheme::Ed25519 => {
                let pair = Ed25519KeyPair::generate().map_err(failed)?;
                let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(failed)?;
                let spki = public.as_ref().to_vec();
                (Pair::Ed25519(pair), spki)
            }
        };
        Ok(Self { pair, spki, algorithm: algorithm_identifier(scheme)? })
    }

    /// Its SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// `to_be_signed` as a whole object with this key's signature.
    ///
    /// # Errors
    /// When the library does not sign.
    pub fn signed(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, DraftError> {
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&random, to_be_signed).map_err(failed)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(to_be_signed).as_ref().to_vec(),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, to_be_signed, &mut signature).map_err(failed)?;
                signature
            }
        };
        element::assembled(to_be_signed, &self.algorithm, &signature)
    }

    /// The issuer's certificate made again with this key: everything else stays, byte for byte, its key identifier too.
    /// Where it states none, `key_id` is put in, because what it signs names it.
    ///
    /// # Errors
    /// When `certificate` is not one.
    pub fn remade(&self, certificate: &[u8], key_id: &[u8], has_key_id: bool) -> Result<Vec<u8>, DraftError> {
        let none = DraftError::OutOfRange { what: "the issuer's certificate" };
        let parts = children(certificate).ok_or_else(|| none.clone())?;
        let to_be_signed = parts.first().and_then(|first| children(first)).ok_or_else(|| none.clone())?;
        let mut fields: Vec<Vec<u8>> = to_be_signed.into_iter().map(<[u8]>::to_vec).collect();
        // A version stands there explicitly unless it is v1.
        let has_version = fields.first().and_then(|field| field.first()) == Some(&0xa0);
        let first = usize::from(has_version);
        for (place, field) in [(first + 1, self.algorithm.clone()), (first + 5, self.spki.clone())] {
            *fields.get_mut(place).ok_or_else(|| none.clone())? = field;
        }
        if !has_key_id {
            add_key_id(&mut fields, has_version, key_id)?;
        }
        self.signed(&element::sequence(&fields)?)
    }
}

fn add_key_id(fields: &mut Vec<Vec<u8>>, has_version: bool, key_id: &[u8]) -> Result<(), DraftError> {
    let own = element::encoded(&extension::subject_key_identifier(key_id)?)?;
    let known = fields.pop_if(|field| field.first() == Some(&0xa3));
    let listed = known.as_deref().and_then(element::contents).and_then(element::contents).unwrap_or_default().to_vec();
    fields.push(element::explicit(3, &element::sequence(&[listed, own])?)?);
    if !has_version {
        fields.insert(0, element::explicit(0, &element::tlv(der::Tag::Integer, &[2])?)?);
    }
    Ok(())
}
