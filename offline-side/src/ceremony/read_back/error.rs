//! Why a signed object is not released.

use std::fmt;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::difference::reason_name;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

/// What differs from the expected or approved object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBackError {
    /// Not three elements: bytes, algorithm, signature.
    NotSigned,
    /// Only a root certificate is read back without an issuer.
    NoIssuer,
    /// The second parser cannot read it, or a rule refuses it.
    Refused {
        /// Which rules, with their texts.
        findings: Vec<String>,
    },
    /// The signature does not verify under the pinned key, or name or key identifier are another issuer's.
    NotAuthentic {
        /// What was found.
        findings: Vec<String>,
    },
    /// A root that is not of the pinned key.
    NotPinned {
        /// SHA-256 of its public key.
        found: Digest,
        /// SHA-256 of the pinned one.
        wanted: Digest,
    },
    /// Another signature algorithm.
    Algorithm {
        /// The expected one.
        wanted: Vec<u8>,
        /// The one found.
        found: Vec<u8>,
    },
    /// A time.
    Time {
        /// Which one.
        field: &'static str,
        /// The expected value.
        wanted: Timestamp,
        /// The value found, if any.
        found: Option<Timestamp>,
    },
    /// The CRL number.
    Number {
        /// The expected value.
        wanted: CrlNumber,
        /// The value found, if any.
        found: Option<CrlNumber>,
    },
    /// Another field.
    Field {
        /// Which one.
        field: &'static str,
        /// The expected value.
        wanted: Vec<u8>,
        /// The value found.
        found: Vec<u8>,
    },
    /// The path length.
    PathLength {
        /// The expected value.
        wanted: Option<u32>,
        /// The value found.
        found: Option<u32>,
    },
    /// An extension missing, added, moved or of other criticality.
    Extensions {
        /// The expected ones, dotted, and whether critical.
        wanted: Vec<(String, bool)>,
        /// The ones found.
        found: Vec<(String, bool)>,
    },
    /// A URL in an extension.
    Url {
        /// Which one.
        field: &'static str,
        /// The expected value.
        wanted: String,
    },
    /// An entry that is not there.
    EntryMissing {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// An entry that nobody asked for, or one that stands there twice.
    EntryUnexpected {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// The reason of an entry.
    EntryReason {
        /// Its serial number.
        serial: SerialNumber,
        /// The expected value.
        wanted: Option<u8>,
        /// The value found.
        found: Option<u8>,
    },
    /// The date of an entry.
    EntryDate {
        /// Its serial number.
        serial: SerialNumber,
        /// The expected value.
        wanted: Timestamp,
        /// The value found.
        found: Timestamp,
    },
    /// An entry with more extensions than its reason, or a carried one whose bytes are not the same.
    EntryContent {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// The signed bytes are not the approved ones, though every field is as meant.
    ToBeSigned {
        /// SHA-256 of what was signed.
        found: Digest,
        /// SHA-256 of what was approved.
        wanted: Digest,
    },
}

impl fmt::Display for ReadBackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |bytes: &[u8]| SerialNumber::from_contents(bytes);
        f.write_str("SIGN-READBACK: ")?;
        match self {
            Self::NotSigned => f.write_str("what came back is not a signed object"),
            Self::NoIssuer => f.write_str("no issuer was given for the verification"),
            Self::Refused { findings } => write!(f, "a rule rejects it: {}", findings.join("; ")),
            Self::NotAuthentic { findings } => {
                write!(f, "it does not verify under the pinned key: {}", findings.join("; "))
            }
            Self::NotPinned { found, wanted } => {
                write!(f, "the root's public key has the SHA-256 {found}; the pinned key has {wanted}")
            }
            Self::Algorithm { wanted, found } => {
                write!(f, "the signature algorithm is {}, expected {}", hex(found), hex(wanted))
            }
            Self::Time { field, wanted, found: Some(found) } => write!(f, "{field} is {found}, expected {wanted}"),
            Self::Time { field, wanted, found: None } => write!(f, "{field} is missing, expected {wanted}"),
            Self::Number { wanted, found: Some(found) } => write!(f, "the CRL number is {found}, expected {wanted}"),
            Self::Number { wanted, found: None } => write!(f, "the CRL number is missing, expected {wanted}"),
            Self::Field { field, wanted, found } => {
                write!(f, "{field} is {}, expected {}", hex(found), hex(wanted))
            }
            Self::PathLength { wanted, found } => {
                let text = |length: &Option<u32>| length.map_or_else(|| "none".to_owned(), |length| length.to_string());
                write!(f, "the path length is {}, expected {}", text(found), text(wanted))
            }
            Self::Extensions { wanted, found } => {
                let text = |all: &[(String, bool)]| {
                    let one =
                        |(oid, critical): &(String, bool)| format!("{oid}{}", if *critical { " critical" } else { "" });
                    all.iter().map(one).collect::<Vec<_>>().join(", ")
                };
                write!(f, "the extensions are {}, expected {}", text(found), text(wanted))
            }
            Self::Url { field, wanted } => write!(f, "{field} is not exactly the URL {wanted}"),
            Self::EntryMissing { serial } => write!(f, "the entry for certificate {serial} is missing"),
            Self::EntryUnexpected { serial } => {
                write!(f, "there is an unrequested or a second entry for certificate {serial}")
            }
            Self::EntryReason { serial, wanted, found } => write!(
                f,
                "the entry for certificate {serial} says {}, expected {}",
                reason_name(*found),
                reason_name(*wanted)
            ),
            Self::EntryDate { serial, wanted, found } => {
                write!(f, "the entry for certificate {serial} has the date {found}, expected {wanted}")
            }
            Self::EntryContent { serial } => {
                write!(f, "the entry for certificate {serial} has unexpected content")
            }
            Self::ToBeSigned { found, wanted } => {
                write!(f, "the signed bytes have the SHA-256 {found}; the approved bytes have {wanted}")
            }
        }
    }
}

impl std::error::Error for ReadBackError {}

impl ReadBackError {
    /// The error told in full; `file` is the object's name.
    #[must_use]
    pub fn diagnosis(&self, file: &str) -> Diagnosis {
        Diagnosis::new(
            Label::ReadBackFailed,
            format!(
                "{file} was signed, but it is not what was approved. It was not released, and its number stays burned."
            ),
            self.to_string(),
            "Stop the ceremony and keep everything as it is. Find out what changed the object between approval and signature; \
             then rehearse again, which takes the next number.",
        )
    }
}
