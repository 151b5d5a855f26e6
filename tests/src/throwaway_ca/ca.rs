//! The CA itself, and the two spellings its drafts need: a name, and PEM.

use std::sync::Arc;

use super::DEFAULT_NOW;
use super::certificate_draft::CertificateDraft;
use super::crl_draft::CrlDraft;
use super::der_writer::{oid, sequence, set, tlv, utf8};
use super::signing_key::{KeyKind, SigningKey};

/// A root CA with its key, and a time it believes in.
#[derive(Clone, Debug)]
pub struct ThrowAwayCa {
    /// Its name: `C=CH, O=Rootcast tests, CN=…`, DER.
    pub name: Vec<u8>,
    /// Its key.
    pub key: Arc<SigningKey>,
    /// Its certificate, DER; for a root self-signed.
    pub certificate: Vec<u8>,
    /// The time of its drafts, in seconds since 1970.
    pub now: i64,
}

impl ThrowAwayCa {
    /// A root with a P-256 key, at [`DEFAULT_NOW`]. The name may hold any characters, terminal escapes among them.
    #[must_use]
    pub fn new(common_name: &str) -> Self {
        Self::with(common_name, KeyKind::EcdsaP256, DEFAULT_NOW)
    }

    /// A root with a P-256 key, at a time of one's own: the clock's, say, for tests of whole programs.
    #[must_use]
    pub fn at(common_name: &str, now: i64) -> Self {
        Self::with(common_name, KeyKind::EcdsaP256, now)
    }

    /// A root with a key of any kind.
    #[must_use]
    pub fn with(common_name: &str, kind: KeyKind, now: i64) -> Self {
        Self::with_key(common_name, Arc::new(SigningKey::generate(kind)), now)
    }

    /// A root with a key that exists.
    #[must_use]
    pub fn with_key(common_name: &str, key: Arc<SigningKey>, now: i64) -> Self {
        let draft = CertificateDraft::root(common_name, &key, now);
        ThrowAwayCa { name: draft.subject.clone(), certificate: draft.sign(), key, now }
    }

    /// The draft of the root certificate, to change and sign again.
    #[must_use]
    pub fn root_draft(&self) -> CertificateDraft {
        let mut draft = CertificateDraft::root("", &self.key, self.now);
        draft.subject.clone_from(&self.name);
        draft.issuer.clone_from(&self.name);
        draft
    }

    /// The draft of a good, empty CRL: issued a day ago, for another 180 days.
    #[must_use]
    pub fn crl(&self, number: u64) -> CrlDraft {
        CrlDraft::new(&self.name, &self.key, number, self.now)
    }

    /// The draft of a good intermediate CA certificate with a new P-256 key, begun a day ago, for five years.
    #[must_use]
    pub fn intermediate(&self, common_name: &str) -> CertificateDraft {
        self.intermediate_with_key(common_name, &SigningKey::generate(KeyKind::EcdsaP256))
    }

    /// The draft of a good intermediate CA certificate for this key.
    #[must_use]
    pub fn intermediate_with_key(&self, common_name: &str, key: &SigningKey) -> CertificateDraft {
        CertificateDraft::intermediate(&self.name, &self.key, common_name, key, self.now)
    }
}

/// `C=CH, O=Rootcast tests, CN=…` as the DER of a Name.
#[must_use]
pub fn name(common_name: &str) -> Vec<u8> {
    let attribute = |arc: u64, text: Vec<u8>| set(&[sequence(&[oid(&[2, 5, 4, arc]), text])]);
    sequence(&[attribute(6, tlv(0x13, b"CH")), attribute(10, utf8("Rootcast tests")), attribute(3, utf8(common_name))])
}

/// PEM with 64 characters a line.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in der.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let sextet = (word >> (18 - 6 * place)) & 0x3f;
            let known = place <= group.len();
            text.push(if known { char::from(ALPHABET[usize::try_from(sextet).unwrap_or(0)]) } else { '=' });
        }
    }
    let lines: Vec<String> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
