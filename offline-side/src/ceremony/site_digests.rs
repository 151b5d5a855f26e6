//! The site file and the approvers file as far as a rehearsal needs them: their bytes, which go under the approvals, and
//! the digest of the public key they pin. Must not: open a token, or decide who may approve.

use std::path::Path;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::parent;
use rootcast_host::given_file;
use rootcast_protocol::digest::Digest;
use toml::Value;

use super::scheme;
use crate::signing_key::SignatureScheme;

/// Largest site, approvers or revocation file, in bytes.
const SIZE_MAX: u64 = 256 * 1024;

/// What a rehearsal takes from the site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteDigests {
    /// The site file, and the files its `[approvals]` names: the name each is kept under, and its bytes.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// SHA-256 of the public key it pins, where it pins one.
    pub public_key_sha256: Option<Digest>,
    /// How it wants things signed, where it says so.
    pub scheme: Option<SignatureScheme>,
    /// SubjectPublicKeyInfo of its rehearsal key, where it has one.
    pub rehearsal_spki: Option<Vec<u8>>,
}

/// Reads the site file at `path` and the approvers file it names.
///
/// # Errors
/// A file that cannot be read, or is not TOML.
pub fn site_digests(path: &Path) -> Result<SiteDigests, Diagnosis> {
    let bytes = given_file::read(path, SIZE_MAX)?;
    let refused = |why: String| {
        Diagnosis::new(
            Label::RequestRefused,
            format!(
                "The site file {} cannot be used. No key was used and nothing was written or sent.",
                path.display()
            ),
            why,
            "Correct the site file.",
        )
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| refused(error.to_string()))?;
    let site: toml::Table = toml::from_str(text).map_err(|error| refused(error.message().to_owned()))?;
    let of = |table: &str, key: &str| {
        site.get(table).and_then(|table| table.get(key)).and_then(Value::as_str).map(str::to_owned)
    };
    let mut digests = SiteDigests { files: vec![("site.toml", bytes.clone())], ..SiteDigests::default() };
    for (key, kept) in [("allowed_signers", "approvers"), ("revoked", "approvers-revoked")] {
        if let Some(named) = of("approvals", key) {
            digests.files.push((kept, given_file::read(&parent(path).join(named), SIZE_MAX)?));
        }
    }
    if let Some(hex) = of("key", "public_key_sha256") {
        let digest = hex.parse().map_err(|error| refused(format!("public_key_sha256: {error}")))?;
        digests.public_key_sha256 = Some(digest);
    }
    if let Some(name) = of("key", "signature") {
        let named = scheme::named(&name).ok_or_else(|| refused(format!("there is no signature \"{name}\"")))?;
        digests.scheme = Some(named);
    }
    if let Some(named) = of("key", "rehearsal_key") {
        let key = given_file::read(&parent(path).join(named), SIZE_MAX)?;
        digests.rehearsal_spki = spki_of_pkcs8(&key);
    }
    Ok(digests)
}

/// The public key of an unencrypted PKCS#8 private key, SubjectPublicKeyInfo.
fn spki_of_pkcs8(pkcs8: &[u8]) -> Option<Vec<u8>> {
    fn der<'a>(key: &impl AsDer<PublicKeyX509Der<'a>>) -> Option<Vec<u8>> {
        key.as_der().ok().map(|der| der.as_ref().to_vec())
    }
    let curves = [
        &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    ];
    if let Some(pair) = curves.iter().find_map(|curve| EcdsaKeyPair::from_pkcs8(curve, pkcs8).ok()) {
        return der(pair.public_key());
    }
    if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
        return der(pair.public_key());
    }
    der(Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?.public_key())
}
