//! Certification requests (PKCS#10, RFC 2986): whose public key somebody asked to have certified.
//!
//! Only the key and the name are taken from one. It decides nothing by itself: a registered key is what CERT-REQUEST
//! compares with. Must not: judge a certificate, or take an extension from a request.
//!
//! ```
//! use rootcast_pki::request::{CertificationRequest, RequestError};
//!
//! # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/issuing.csr"));
//! let request = CertificationRequest::read(file)?;
//! assert_eq!(request.subject().to_string(), "CN=Example Issuing CA, O=Example, C=CH");
//! assert_eq!(request.key_description(), "Ed25519");
//!
//! // One bit of its signature is another: whoever sent it may not hold the key.
//! let mut der = rootcast_pki::pem::decode(file)?.bytes().to_vec();
//! *der.last_mut().expect("a byte") ^= 1;
//! let error = CertificationRequest::read(&der).expect_err("it is forged");
//! assert_eq!(error, RequestError::Signature { algorithm: "Ed25519" });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::fmt;

use crate::contents::Contents;
use crate::digest::sha256;
use crate::extension;
use crate::item::{self, ItemKind};
use crate::name::Name;
use crate::oid;
use crate::pem::{self, PemError};
use crate::public_key::{KeyFault, PublicKey};
use crate::signature_algorithm::SignatureAlgorithm;
use crate::strict_der::{DerError, OCTET_STRING, Reader, SEQUENCE, SET};

/// Largest file in bytes, DER or PEM: a request with an ML-DSA-87 key and its signature has about 7.5 kB, 10 kB as PEM.
pub const REQUEST_SIZE_MAX: usize = 64 * 1024;

const ATTRIBUTES: u8 = 0xa0;

/// extensionRequest of PKCS#9, and Microsoft's older one.
const EXTENSION_REQUESTS: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14], &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 14]];

/// A request whose sender holds the private key: its signature verifies under the key in it.
#[derive(Clone, Debug)]
pub struct CertificationRequest {
    subject: Name,
    key: PublicKey,
    key_id: Option<Vec<u8>>,
    sha256: [u8; 32],
}

impl CertificationRequest {
    /// Reads a request, DER, PEM or base64, and verifies its signature under its own key (RFC 2986 §4.2).
    ///
    /// # Errors
    /// [`RequestError`]: not a request, not signed by its own key, or a key that no certificate here may have.
    pub fn read(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > REQUEST_SIZE_MAX {
            return Err(RequestError::TooLong { length: bytes.len() });
        }
        // The bytes say what they are, whatever label they have.
        let file = pem::decode(bytes).map_err(RequestError::Pem)?;
        match Contents::recognise(file.bytes()) {
            Some(Contents::Request) => Self::from_der(file.bytes()),
            Some(contents) => Err(RequestError::Contents { contents }),
            None => match item::read(file.bytes()) {
                Ok(item) => Err(RequestError::Item { kind: item.kind }),
                Err(_) => Self::from_der(file.bytes()),
            },
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        let parts = Parts::read(der).map_err(|error| RequestError::Der { why: error.to_string() })?;
        for fault in parts.key.faults() {
            if let KeyFault::Unfit(why) = fault {
                return Err(RequestError::Key { why });
            }
        }
        let algorithm = SignatureAlgorithm::from_der(parts.algorithm);
        let algorithm = algorithm.filter(|algorithm| *algorithm != SignatureAlgorithm::RsaSha1);
        let Some(algorithm) = algorithm else { return Err(RequestError::Algorithm) };
        // A request is only proof of possession, and common programs sign one of a P-384 key with SHA-256.
        if !algorithm.verifies(&parts.key, parts.signed, parts.signature) {
            return Err(RequestError::Signature { algorithm: algorithm.name() });
        }
        Ok(Self { subject: parts.subject, key: parts.key, key_id: parts.key_id, sha256: sha256(der) })
    }

    /// Whose key it asks to have certified (RFC 2986 §4.1); shown, never compared.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// SHA-256 of the whole request as DER, whatever the file was: what both sides make words of.
    #[must_use]
    pub const fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The octets of the subjectKeyIdentifier that it asks for (RFC 2985 §5.4.2), if any; shown, never taken.
    #[must_use]
    pub fn key_id(&self) -> Option<&[u8]> {
        self.key_id.as_deref()
    }

    /// The whole SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.key.spki
    }

    /// What kind of key it is, for people: `RSA 4096`, `P-384`.
    #[must_use]
    pub fn key_description(&self) -> String {
        self.key.describe()
    }
}

/// The fields of a request where they stand.
struct Parts<'a> {
    signed: &'a [u8],
    subject: Name,
    key: PublicKey,
    key_id: Option<Vec<u8>>,
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(der: &'a [u8]) -> Result<Self, DerError> {
        let mut outer = Reader::new(der);
        let request = outer.expect(SEQUENCE)?;
        outer.finish()?;
        let mut parts = request.reader();
        let signed = parts.expect(SEQUENCE)?;
        let algorithm = parts.expect(SEQUENCE)?.raw;
        let signature = parts.whole_bytes()?.value;
        parts.finish()?;
        let mut fields = signed.reader();
        fields.integer()?;
        let (subject, _) = Name::read(&fields.expect(SEQUENCE)?)?;
        let key = PublicKey::read(&fields.expect(SEQUENCE)?)?;
        // Required by RFC 2986, and left out by some.
        let attributes = fields.optional(ATTRIBUTES)?;
        fields.finish()?;
        let key_id = attributes.and_then(|attributes| asked_key_id(attributes.reader()));
        Ok(Self { signed: signed.raw, subject, key, key_id, algorithm, signature })
    }
}

/// The subjectKeyIdentifier among the extensions that these attributes ask for (RFC 2985 §5.4.2). Nothing rests on it, so
/// what cannot be read asks for none.
fn asked_key_id(mut attributes: Reader<'_>) -> Option<Vec<u8>> {
    while !attributes.is_empty() {
        let mut attribute = attributes.expect(SEQUENCE).ok()?.reader();
        let is_extensions = EXTENSION_REQUESTS.contains(&attribute.oid().ok()?.value);
        let mut values = attribute.expect(SET).ok()?.reader();
        if is_extensions {
            let extensions = extension::read_all(values.expect(SEQUENCE).ok()?.reader(), &mut None).ok()?;
            if let Some(found) = extension::find(&extensions, oid::SUBJECT_KEY_IDENTIFIER) {
                return Some(found.only(OCTET_STRING).ok()?.value.to_vec());
            }
        }
    }
    None
}

/// Why a file is not a request whose key can be registered. Texts are safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// More bytes than any request has.
    TooLong {
        /// How many.
        length: usize,
    },
    /// Text that is not one whole object.
    Pem(PemError),
    /// Something else.
    Contents {
        /// What it is.
        contents: Contents,
    },
    /// A certificate or a CRL.
    Item {
        /// Which of the two.
        kind: ItemKind,
    },
    /// Not a request.
    Der {
        /// Why.
        why: String,
    },
    /// A key that CERT-KEY would refuse.
    Key {
        /// Why.
        why: String,
    },
    /// A signature algorithm that is not supported; SHA-1 is not.
    Algorithm,
    /// The signature does not verify under the key in the request: whoever sent it may not hold the private key.
    Signature {
        /// Its algorithm.
        algorithm: &'static str,
    },
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length } => write!(f, "{length} bytes; at most {REQUEST_SIZE_MAX} are allowed"),
            Self::Pem(error) => error.fmt(f),
            Self::Contents { contents: Contents::Pkcs7 } => f.write_str(
                "it is PKCS#7, as CMC uses it; ask for a PKCS#10 request (certreq of Windows: RequestType = PKCS10)",
            ),
            Self::Contents { contents } => write!(f, "it is {contents}, not a request (PKCS#10)"),
            Self::Item { kind: ItemKind::Certificate } => f.write_str("it is a certificate, not a request (PKCS#10)"),
            Self::Item { kind: ItemKind::Crl } => f.write_str("it is a CRL, not a request (PKCS#10)"),
            Self::Der { why } => write!(f, "not a PKCS#10 request: {why}"),
            Self::Key { why } => f.write_str(why),
            Self::Algorithm => f.write_str("its signature algorithm is not supported (SHA-1 is not)"),
            Self::Signature { algorithm } => {
                write!(f, "its signature ({algorithm}) does not verify under the key in the request")
            }
        }
    }
}

impl RequestError {
    /// Whether the file holds a certificate in the place of a request.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        matches!(self, Self::Item { kind: ItemKind::Certificate })
    }
}

impl core::error::Error for RequestError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Pem(error) => core::error::Error::source(error),
            _ => None,
        }
    }
}
