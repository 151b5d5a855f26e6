//! The rehearsal key: an unencrypted PKCS#8 file (RFC 5208). It is for demos, labs and tests, and for rehearsing a
//! ceremony without its token; everything it signs is marked, and it never claims to be an HSM.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use rootcast_host::new_file;
use rootcast_pki::contents::Contents;
use rootcast_pki::pem::{self, Encoded, PemError, PemLabel};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::kind::{KeyKind, NewKey};
use super::post_quantum;
use super::public_key::PublicKey;
use super::{SignatureScheme, SigningKey};
use crate::ceremony::der_reader::take;

/// What stands above everything that a rehearsal key signed, and above an object in PEM (RFC 7468 §2 allows text there).
pub(crate) const BANNER: &str = "REHEARSAL KEY: a key in a file, NO HSM. For demonstrations, labs and tests only.\n";

/// A PKCS#8 file is at most this long: RSA 8192 has about 4.7 kB in DER, 6.5 kB in PEM.
const FILE_SIZE_MAX: u64 = 16_384;

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A private key in this process's memory.
pub struct RehearsalKey {
    pair: Pair,
    public: PublicKey,
    kept: String,
}

impl fmt::Debug for RehearsalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RehearsalKey({:?})", self.public)
    }
}

impl RehearsalKey {
    /// A new key of this kind, in memory only, for a rehearsal. An RSA key has 2048 bits, whatever the real one has: it
    /// is made faster, and no rule asks more of an issuer.
    ///
    /// # Errors
    /// When the library fails, which it does not on a machine in order.
    pub(crate) fn ephemeral(kind: KeyKind) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Library { doing: "make a key" };
        let pair = match kind {
            KeyKind::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Pair::Rsa(Box::new(pair))),
            KeyKind::EcdsaP256 => return Self::generate(NewKey::EcdsaP256),
            KeyKind::EcdsaP384 => return Self::generate(NewKey::EcdsaP384),
            KeyKind::EcdsaP521 => return Self::generate(NewKey::EcdsaP521),
            KeyKind::Ed25519 => return Self::generate(NewKey::Ed25519),
        };
        Self::from_pair(pair.map_err(failed)?, kind, "in memory".to_owned())
    }

    /// A new key, in memory only.
    ///
    /// # Errors
    /// When the library fails, which it does not on a machine in order.
    pub(crate) fn generate(new: NewKey) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Library { doing: "make a key" };
        let ecdsa = |algorithm| EcdsaKeyPair::generate(algorithm).map(|pair| Pair::Ecdsa(Box::new(pair)));
        let rsa = |size| RsaKeyPair::generate(size).map(|pair| Pair::Rsa(Box::new(pair)));
        let pair = match new {
            NewKey::Rsa3072 => rsa(KeySize::Rsa3072),
            NewKey::Rsa4096 => rsa(KeySize::Rsa4096),
            NewKey::EcdsaP256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            NewKey::EcdsaP384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            NewKey::EcdsaP521 => ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING),
            NewKey::Ed25519 => Ed25519KeyPair::generate().map(|pair| Pair::Ed25519(Box::new(pair))),
        };
        Self::from_pair(pair.map_err(failed)?, new.kind(), "in memory".to_owned())
    }

    /// A new key, written to `path`, which must not exist; only its owner may read the file.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn generate_file(new: NewKey, path: &Path) -> Result<Self, KeyError> {
        let mut key = Self::generate(new)?;
        let der = key.to_pkcs8()?;
        new_file::write(path, new_file::FOR_ITS_OWNER, &der).map_err(|error| match error.source.kind() {
            std::io::ErrorKind::AlreadyExists => KeyError::KeyExists { label: path.display().to_string() },
            _ => KeyError::FileNotWritten { path: path.to_owned(), why: error.source.to_string() },
        })?;
        key.kept = file_text(path);
        Ok(key)
    }

    /// Reads an unencrypted PKCS#8 file, DER, PEM or base64.
    ///
    /// # Errors
    /// When it cannot be read, or holds anything else; the text says whether it is encrypted.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let refused = |why: String| KeyError::File { path: path.to_owned(), why };
        // Of the diagnosis only the reason is told on: whoever uses the key says what was not done.
        let bytes = rootcast_host::input_file::read_for(path, FILE_SIZE_MAX, "")
            .map(Zeroizing::new)
            .map_err(|error| refused(error.why))?;
        let file = match pem::decode(&bytes) {
            Ok(file) => file,
            Err(PemError::Headers { label }) if label.is_private_key() => {
                return Err(refused(not_pkcs8(Contents::EncryptedPrivateKey)));
            }
            Err(error) => return Err(refused(error.to_string())),
        };
        // What cannot be told by its bytes is named by its label.
        let other = file.label().filter(|label| **label != PemLabel::PrivateKey).cloned();
        let der = match file {
            Encoded::Der(der) => Zeroizing::new(der.to_vec()),
            Encoded::Pem(object) => Zeroizing::new(object.der),
            Encoded::Base64(der) => Zeroizing::new(der),
        };
        match Contents::recognise(&der) {
            Some(Contents::PrivateKey) => Self::from_pkcs8(&der, path),
            None => match other {
                Some(label) => {
                    Err(refused(format!("it holds \"{label}\"; it must be an unencrypted PKCS#8 file (PRIVATE KEY)")))
                }
                None => Self::from_pkcs8(&der, path),
            },
            Some(contents) => Err(refused(not_pkcs8(contents))),
        }
    }

    fn from_pkcs8(der: &[u8], path: &Path) -> Result<Self, KeyError> {
        let kept = file_text(path);
        let curve = |algorithm: &'static EcdsaSigningAlgorithm| {
            EcdsaKeyPair::from_pkcs8(algorithm, der).ok().map(|pair| Pair::Ecdsa(Box::new(pair)))
        };
        let found = None
            .or_else(|| Some((Pair::Ed25519(Box::new(Ed25519KeyPair::from_pkcs8(der).ok()?)), KeyKind::Ed25519)))
            .or_else(|| Some((curve(&ECDSA_P256_SHA256_ASN1_SIGNING)?, KeyKind::EcdsaP256)))
            .or_else(|| Some((curve(&ECDSA_P384_SHA384_ASN1_SIGNING)?, KeyKind::EcdsaP384)))
            .or_else(|| Some((curve(&ECDSA_P521_SHA512_ASN1_SIGNING)?, KeyKind::EcdsaP521)))
            .or_else(|| Some((Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(der).ok()?)), KeyKind::Rsa)));
        match found {
            Some((pair, kind)) => Self::from_pair(pair, kind, kept),
            None => {
                let path = path.to_owned();
                if let Some(why) = post_quantum::refusal(der) {
                    return Err(KeyError::OtherKind { path, why });
                }
                let why = format!(
                    "its {} bytes are not an unencrypted PKCS#8 key of RSA (2048 to 8192 bits), P-256, P-384, P-521 or \
                     Ed25519",
                    der.len()
                );
                Err(KeyError::File { path, why })
            }
        }
    }

    fn from_pair(pair: Pair, kind: KeyKind, kept: String) -> Result<Self, KeyError> {
        let public = match &pair {
            Pair::Rsa(pair) => {
                let mut bits = pair.public_key().as_ref();
                take(&mut bits, 0x30).and_then(|mut numbers| {
                    let modulus = take(&mut numbers, 0x02)?;
                    PublicKey::from_rsa(modulus, take(&mut numbers, 0x02)?)
                })
            }
            Pair::Ecdsa(pair) => PublicKey::from_point(kind, pair.public_key().as_ref()),
            Pair::Ed25519(pair) => PublicKey::from_point(kind, pair.public_key().as_ref()),
        };
        let public = public.ok_or(KeyError::Library { doing: "tell the public key" })?;
        Ok(Self { pair, public, kept })
    }

    /// Its PKCS#8, DER, overwritten when dropped.
    ///
    /// # Errors
    /// When the library fails.
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let failed = |_| KeyError::Library { doing: "encode a key" };
        Ok(Zeroizing::new(match &self.pair {
            Pair::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                der.as_ref().to_vec()
            }
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        }))
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }
}

/// Why this is not a key that can be read, and the command that makes one of it.
fn not_pkcs8(contents: Contents) -> String {
    let command = match contents {
        Contents::OldPrivateKey | Contents::EncryptedPrivateKey => contents.command(),
        _ => None,
    };
    let convert = command.map(|command| format!(". Convert it: {command}")).unwrap_or_default();
    format!("it is {contents}; it must be an unencrypted PKCS#8 file (PRIVATE KEY){convert}")
}

fn file_text(path: &Path) -> String {
    PathBuf::from(path.file_name().unwrap_or(path.as_os_str())).display().to_string()
}

impl SigningKey for RehearsalKey {
    type Error = KeyError;

    fn spki(&self) -> &[u8] {
        self.public.spki()
    }

    fn description(&self) -> String {
        format!("rehearsal key {} ({}), NO HSM", self.kept, self.public.describe())
    }

    fn is_rehearsal(&self) -> bool {
        true
    }

    fn sign(&mut self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        self.signature(to_be_signed, scheme)
    }
}

impl RehearsalKey {
    /// A signature, verified under its own key.
    pub(crate) fn signature(&self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        if scheme.key_kind() != self.public.kind() {
            return Err(KeyError::SchemeUnfit { scheme, key: self.public.describe() });
        }
        let failed = |_| KeyError::Library { doing: "sign" };
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&random, to_be_signed).map_err(failed)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(to_be_signed).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match scheme {
                    SignatureScheme::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
                    SignatureScheme::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
                    SignatureScheme::RsaPssSha256 => &RSA_PSS_SHA256,
                    SignatureScheme::RsaPssSha384 => &RSA_PSS_SHA384,
                    SignatureScheme::RsaPssSha512 => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, to_be_signed, &mut signature).map_err(failed)?;
                signature
            }
        };
        if !self.public.verifies(scheme, to_be_signed, &signature) {
            return Err(KeyError::WrongSignature { scheme, came_back: signature, key: self.public.describe() });
        }
        Ok(signature)
    }
}

#[cfg(test)]
mod tests;
