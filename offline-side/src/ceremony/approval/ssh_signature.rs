//! SSH signatures (OpenSSH, PROTOCOL.sshsig): read by the crate `ssh-key`, verified by `aws-lc-rs` like every other
//! signature here. Keys on FIDO tokens (PROTOCOL.u2f) sign a little more than the text, and must have been touched.

use rootcast_host::text_file;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, SshSig};

use super::revoked_keys::take;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::hash::Hash;
use crate::ceremony::key::kind::KeyKind;
use crate::ceremony::key::public_key::{PublicKey, element, integer};

/// The flag of a FIDO signature that says that somebody touched the token.
const USER_PRESENT: u8 = 0x01;

/// Why a signature is none over a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFault {
    /// It does not verify: another text, or forged.
    DoesNotVerify,
    /// A FIDO token that nobody touched.
    NoTouch,
    /// A kind of key or signature that is not checked here.
    Unsupported(String),
}

/// Reads a signature file whole, or not at all.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<SshSig, String> {
    let bytes = text_file::text(bytes).map_err(|fault| fault.to_string())?.as_bytes();
    let signature = SshSig::from_pem(bytes).map_err(|error| error.to_string())?;
    // The crate reads over an outer length that is too large; written again, it has to be the same.
    let again = signature.to_pem(LineEnding::LF).map_err(|error| error.to_string())?;
    let plain = |text: &[u8]| text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
    if plain(again.as_bytes()) != plain(bytes) {
        return Err("its lengths do not fit its content, or it has trailing bytes".to_owned());
    }
    Ok(signature)
}

/// Whether `signature` is one over `text`, in the namespace and with the key that it names itself. Whose key that is, and
/// whether the namespace is the right one, is for the caller to say.
///
/// # Errors
/// Why it is not.
pub fn verify(signature: &SshSig, text: &[u8]) -> Result<(), SignatureFault> {
    let unsupported = |why: &str| Err(SignatureFault::Unsupported(why.to_owned()));
    // The version is not among what is signed.
    if signature.version() != SshSig::VERSION {
        return unsupported(&format!("version {}; only version {} is supported", signature.version(), SshSig::VERSION));
    }
    if !signature.reserved().is_empty() {
        return unsupported("its reserved field is not empty");
    }
    let Ok(signed) = SshSig::signed_data(signature.namespace(), signature.hash_alg(), text) else {
        return Err(SignatureFault::DoesNotVerify);
    };
    let bytes = signature.signature_bytes();
    let fits = |key: Option<PublicKey>, scheme, message: &[u8], bytes: Option<Vec<u8>>| match (key, bytes) {
        (Some(key), Some(bytes)) if key.verifies(scheme, message, &bytes) => Ok(()),
        _ => Err(SignatureFault::DoesNotVerify),
    };
    match (signature.public_key(), signature.algorithm()) {
        (KeyData::Ed25519(key), Algorithm::Ed25519) => {
            let key = PublicKey::from_point(KeyKind::Ed25519, &key.0);
            fits(key, SignatureScheme::Ed25519, &signed, Some(bytes.to_vec()))
        }
        (KeyData::Ecdsa(key), Algorithm::Ecdsa { curve }) if key.curve() == curve => {
            let (kind, scheme) = match curve {
                EcdsaCurve::NistP256 => (KeyKind::EcdsaP256, SignatureScheme::EcdsaP256Sha256),
                EcdsaCurve::NistP384 => (KeyKind::EcdsaP384, SignatureScheme::EcdsaP384Sha384),
                EcdsaCurve::NistP521 => (KeyKind::EcdsaP521, SignatureScheme::EcdsaP521Sha512),
            };
            fits(PublicKey::from_point(kind, key.as_sec1_bytes()), scheme, &signed, ecdsa(bytes))
        }
        (KeyData::Rsa(key), Algorithm::Rsa { hash: Some(hash) }) => {
            let scheme = match hash {
                HashAlg::Sha256 => SignatureScheme::RsaPkcs1Sha256,
                HashAlg::Sha512 => SignatureScheme::RsaPkcs1Sha512,
                _ => return unsupported("RSA with a hash other than SHA-256 or SHA-512"),
            };
            let numbers = key.n.as_positive_bytes().zip(key.e.as_positive_bytes());
            match numbers.and_then(|(modulus, exponent)| PublicKey::from_rsa(modulus, exponent)) {
                None => unsupported("an RSA key outside 2048 to 8192 bits"),
                key => fits(key, scheme, &signed, Some(bytes.to_vec())),
            }
        }
        (KeyData::SkEd25519(key), Algorithm::SkEd25519) => {
            let (bytes, message) = touched(bytes, key.application(), &signed)?;
            let key = PublicKey::from_point(KeyKind::Ed25519, &key.public_key().0);
            fits(key, SignatureScheme::Ed25519, &message, Some(bytes.to_vec()))
        }
        (KeyData::SkEcdsaSha2NistP256(key), Algorithm::SkEcdsaSha2NistP256) => {
            let (bytes, message) = touched(bytes, key.application(), &signed)?;
            let point = PublicKey::from_point(KeyKind::EcdsaP256, key.ec_point().as_bytes());
            fits(point, SignatureScheme::EcdsaP256Sha256, &message, ecdsa(bytes))
        }
        (key, algorithm) => {
            let why = format!("{} with a key {}", algorithm.as_str(), key.algorithm().as_str());
            Err(SignatureFault::Unsupported(why))
        }
    }
}

/// The two integers of an ECDSA signature (RFC 5656 §3.1.2) as X.509 writes them.
fn ecdsa(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = (take(&mut bytes)?, take(&mut bytes)?);
    let negative = |number: &[u8]| number.first().is_none_or(|first| first & 0x80 != 0);
    if !bytes.is_empty() || negative(r) || negative(s) {
        return None;
    }
    Some(element(0x30, &[integer(r), integer(s)].concat()))
}

/// The signature of a FIDO token without its flags and counter, and what the token really signed (PROTOCOL.u2f).
fn touched<'a>(bytes: &'a [u8], application: &str, signed: &[u8]) -> Result<(&'a [u8], Vec<u8>), SignatureFault> {
    let Some((signature, trailer)) = bytes.split_last_chunk::<5>() else { return Err(SignatureFault::DoesNotVerify) };
    let [flags, ..] = trailer;
    if flags & USER_PRESENT == 0 {
        return Err(SignatureFault::NoTouch);
    }
    let parts = [Hash::Sha256.digest(application.as_bytes()), trailer.to_vec(), Hash::Sha256.digest(signed)];
    Ok((signature, parts.concat()))
}
