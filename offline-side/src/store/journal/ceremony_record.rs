//! What an entry of the journal says of a ceremony and of one use of its key.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_protocol::digest::Digest;
use serde::{Deserialize, Serialize};

use super::outcome::KeyUseOutcome;
use super::paper_head::PaperHead;
use crate::store::hex_text;

/// Which ceremony it is, and with which key. A digest is `None` where it was not known yet; the journal has an empty text there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CeremonyRecord {
    /// SHA-256 of the request file.
    #[serde(with = "hex_text::or_empty")]
    pub request: Option<Digest>,
    /// SHA-256 of `to-be-signed.txt`: what people approved.
    #[serde(with = "hex_text::or_empty")]
    pub rehearsal: Option<Digest>,
    /// Who approved, one name a person.
    pub people: Vec<String>,
    /// Where the key is kept, for people; a rehearsal key says here that it is no HSM.
    pub key: String,
    /// SHA-256 of its public key.
    #[serde(with = "hex_text::or_empty")]
    pub public_key: Option<Digest>,
    /// The serial number of its token; nothing for a rehearsal key.
    pub token_serial: Option<String>,
    /// What the token says of the key: `sensitive yes`, …; empty for a rehearsal key, and until the key was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_flags: Vec<String>,
    /// The time in UTC that an operator read from another clock, RFC 3339; `None` if it did not come to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc: Option<String>,
    /// Whether the journal's head on paper was compared; `None` if it did not come to that, or in an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper_head: Option<PaperHead>,
    /// The program; `None` if it did not come to that, or in an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramRecord>,
}

/// The program that signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramRecord {
    /// Its name and version.
    pub version: String,
    /// SHA-256 of its file, as it runs.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
}

/// What kind of object was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedKind {
    /// A root's certificate, signed by itself.
    Root,
    /// A CRL.
    Crl,
    /// Any other certificate.
    Certificate,
}

impl SignedKind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Root, Self::Crl, Self::Certificate];

    /// Its name, as JSON and options have it.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Crl => "crl",
            Self::Certificate => "certificate",
        }
    }
}

/// Which object was signed: people know it by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedName {
    /// What kind it is.
    pub kind: SignedKind,
    /// The issuer of a CRL, the subject of a certificate.
    pub name: String,
    /// The number of a CRL, the serial number of a certificate.
    pub number: String,
}

impl SignedName {
    /// In one line, for people; not made safe to print.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let Self { kind, name, number } = self;
        match kind {
            SignedKind::Crl => format!("CRL number {number} of {name}"),
            SignedKind::Root => format!("root certificate of {name}, serial number {number}"),
            SignedKind::Certificate => format!("CA certificate for {name}, serial number {number}"),
        }
    }
}

/// A CRL that was signed and released here, never sent, and that another one takes the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbandonedCrl {
    /// Its number, in a file decimal. It stays burned.
    #[serde(with = "hex_text")]
    pub number: CrlNumber,
    /// SHA-256 of its bytes.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
    /// The name of its file.
    pub file: String,
    /// Why it is abandoned, as the request says.
    pub because: String,
}

/// What is about to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToBeSigned {
    /// The name of its file once it is signed.
    pub file: String,
    /// SHA-256 of the bytes to be signed.
    #[serde(with = "hex_text")]
    pub to_be_signed: Digest,
}

/// One use of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// The name of the file it was meant for.
    pub file: String,
    /// SHA-256 of the bytes given to the key.
    #[serde(with = "hex_text")]
    pub to_be_signed: Digest,
    /// The scheme.
    pub scheme: String,
    /// SHA-256 of the signature, hexadecimal, also of bytes that are none; `None` if the key gave no bytes.
    pub signature: Option<String>,
    /// SHA-256 of the whole signed object, hexadecimal.
    pub signed: Option<String>,
    /// `read back`, or what is wrong.
    pub outcome: KeyUseOutcome,
    /// Which object it is, read from the bytes given to the key; `None` in an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<SignedName>,
}

impl KeyUse {
    /// SHA-256 of the whole signed object, if there is one.
    #[must_use]
    pub(crate) fn signed_digest(&self) -> Option<Digest> {
        self.signed.as_deref()?.parse().ok()
    }
}
