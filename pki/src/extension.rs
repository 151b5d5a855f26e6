//! Extensions as they stand in certificates, CRLs and CRL entries, and the ones both kinds of item share.
//! It only reads. The rules decide which extension may occur where, and whether it must be critical.
//!
//! ```
//! use rootcast_pki::extension::BasicConstraints;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::{certificate, item};
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! let item = item::read(pem)?;
//! let inspection = certificate::inspect(&item.der, &Policy::default());
//! let certificate = inspection.value.expect("it can be read");
//! let usage = certificate.key_usage().expect("keyUsage");
//! assert_eq!(usage.names().collect::<Vec<_>>(), ["keyCertSign", "cRLSign"]);
//! assert!(usage.signs_crls() && !usage.has_other_uses() && usage.critical);
//! let unlimited = BasicConstraints { is_ca: true, path_length: None, critical: true };
//! assert_eq!(certificate.basic_constraints(), Some(unlimited));
//! // A root need not name its own key.
//! assert_eq!(certificate.aki(), None);
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

use crate::finding::Location;
use crate::general_name::{self, GeneralName};
use crate::limits::{EXTENSION_COUNT_MAX, KEY_ID_SIZE_MAX};
use crate::name::Name;
use crate::strict_der::{
    BIT_STRING, BOOLEAN, DerError, Element, Fault, Holder, INTEGER, OCTET_STRING, Reader, SEQUENCE, boolean,
    check_integer, named_bits, small_integer,
};

/// One extension (RFC 5280 §4.1), its value unread.
#[derive(Clone, Copy, Debug)]
pub struct Extension<'a> {
    /// Contents octets of its object identifier.
    pub oid: &'a [u8],
    /// Whether a reader that does not know it must refuse the item.
    pub critical: bool,
    /// Contents octets of extnValue: the DER of the extension itself.
    pub value: &'a [u8],
    /// Where it stands in the item, in bytes from 0.
    pub offset: usize,
    pub(crate) value_offset: usize,
}

impl<'a> Extension<'a> {
    /// Reads one; `odd` is told where FALSE was written out although it is the default (X.690 §11.5).
    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>, odd: &mut Option<DerError>) -> Result<Self, DerError> {
        let element = reader.expect(SEQUENCE)?;
        let mut fields = element.reader();
        let oid = fields.oid()?.value;
        let critical = match fields.optional(BOOLEAN)? {
            None => false,
            Some(flag) => {
                boolean(&flag)? || {
                    odd.get_or_insert(flag.error(Fault::Form("critical FALSE is encoded although it is the default")));
                    false
                }
            }
        };
        let value = fields.expect(OCTET_STRING)?;
        fields.finish()?;
        let offset = element.offset;
        Ok(Extension { oid, critical, value: value.value, offset, value_offset: value.value_offset() })
    }

    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader::at(self.value, self.value_offset)
    }

    pub(crate) fn only(&self, tag: u8) -> Result<Element<'a>, DerError> {
        let mut reader = self.reader();
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(element)
    }
}

/// Reads the contents of an Extensions sequence, at most [`EXTENSION_COUNT_MAX`] of them.
pub(crate) fn read_all<'a>(mut reader: Reader<'a>, odd: &mut Option<DerError>) -> Result<Vec<Extension<'a>>, DerError> {
    let mut extensions = Vec::new();
    while !reader.is_empty() {
        if extensions.len() == EXTENSION_COUNT_MAX {
            let fault = Fault::TooMany { what: "extensions", max: EXTENSION_COUNT_MAX };
            return Err(DerError { offset: reader.offset(), fault });
        }
        extensions.push(Extension::read(&mut reader, odd)?);
    }
    Ok(extensions)
}

/// Reads the list in the element that holds it, which is tagged explicitly (RFC 5280 §4.1 and §5.1).
pub(crate) fn read_list<'a>(wrapper: &Element<'a>, odd: &mut Option<DerError>) -> Result<Vec<Extension<'a>>, DerError> {
    let mut inside = wrapper.reader();
    let list = inside.expect(SEQUENCE)?;
    inside.finish()?;
    if list.value.is_empty() {
        odd.get_or_insert(list.error(Fault::Form("an empty list of extensions")));
    }
    read_all(list.reader(), odd)
}

/// The place of an extension, which RFC 5280 calls `field`; of an absent one, of the element that would hold it.
pub(crate) fn place_of(extensions: &[Extension<'_>], oid: &[u8], field: &'static str, holder: Holder) -> Location {
    match find(extensions, oid) {
        Some(extension) => Location { field, offset: extension.offset },
        None => Location { field: holder.name, offset: holder.offset },
    }
}

/// The first extension with this identifier.
pub(crate) fn find<'a, 'e>(extensions: &'e [Extension<'a>], oid: &[u8]) -> Option<&'e Extension<'a>> {
    extensions.iter().find(|extension| extension.oid == oid)
}

/// authorityKeyIdentifier (RFC 5280 §4.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AuthorityKeyIdentifier {
    /// The identifier of the issuer's key: its octets.
    pub key_id: Option<Vec<u8>>,
    /// Who issued the issuer's certificate, where a directory name says so.
    pub issued_by: Option<Name>,
    /// The serial number of the issuer's certificate, contents octets.
    pub serial: Option<Vec<u8>>,
    /// Whether the issuer's own issuer and serial number are given as well, or instead.
    pub other_forms: bool,
    /// Whether it is marked critical, which it never should be.
    pub critical: bool,
}

impl AuthorityKeyIdentifier {
    pub(crate) fn read(extension: &Extension<'_>) -> Result<Self, DerError> {
        let mut fields = extension.only(SEQUENCE)?.reader();
        let key_id = fields.optional(0x80)?.map(|element| key_identifier(&element)).transpose()?;
        let issuer = fields.optional(0xa1)?;
        let mut issued_by = None;
        if let Some(names) = issuer {
            general_name::read_all(&names, |name| {
                if let GeneralName::Directory(name) = name {
                    issued_by.get_or_insert(name);
                }
            })?;
        }
        let serial = fields.optional(0x82)?;
        if let Some(serial) = serial {
            check_integer(&serial)?;
            serial.at_most(KEY_ID_SIZE_MAX, "a serial number")?;
        }
        fields.finish()?;
        Ok(AuthorityKeyIdentifier {
            key_id,
            issued_by,
            other_forms: issuer.is_some() || serial.is_some(),
            serial: serial.map(|serial| serial.value.to_vec()),
            critical: extension.critical,
        })
    }
}

/// subjectKeyIdentifier (RFC 5280 §4.2.1.2): its octets.
pub(crate) fn subject_key_identifier(extension: &Extension<'_>) -> Result<Vec<u8>, DerError> {
    key_identifier(&extension.only(OCTET_STRING)?)
}

fn key_identifier(element: &Element<'_>) -> Result<Vec<u8>, DerError> {
    element.at_most(KEY_ID_SIZE_MAX, "a key identifier")?;
    Ok(element.value.to_vec())
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub is_ca: bool,
    /// How many CA certificates may follow below it; nothing where there is no limit.
    pub path_length: Option<u32>,
    /// Whether it is marked critical.
    pub critical: bool,
}

impl BasicConstraints {
    pub(crate) fn read(extension: &Extension<'_>, odd: &mut Option<DerError>) -> Result<Self, DerError> {
        let mut fields = extension.only(SEQUENCE)?.reader();
        let is_ca = match fields.optional(BOOLEAN)? {
            None => false,
            Some(flag) => {
                boolean(&flag)? || {
                    odd.get_or_insert(flag.error(Fault::Form("cA FALSE is encoded although it is the default")));
                    false
                }
            }
        };
        let path_length = match fields.optional(INTEGER)? {
            None => None,
            Some(integer) => {
                check_integer(&integer)?;
                let fault = integer.error(Fault::Form("a path length that is negative or above 4294967295"));
                Some(small_integer(&integer).ok_or(fault)?)
            }
        };
        fields.finish()?;
        Ok(BasicConstraints { is_ca, path_length, critical: extension.critical })
    }
}

/// keyUsage (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    bits: u16,
    /// Whether it is marked critical.
    pub critical: bool,
}

impl KeyUsage {
    const DIGITAL_SIGNATURE: u16 = 1;
    const KEY_CERT_SIGN: u16 = 1 << 5;
    const CRL_SIGN: u16 = 1 << 6;

    pub(crate) fn read(extension: &Extension<'_>, odd: &mut Option<DerError>) -> Result<Self, DerError> {
        let element = extension.only(BIT_STRING)?;
        let (bits, shortest) = named_bits(&element)?;
        if !shortest {
            odd.get_or_insert(element.error(Fault::Form("a bit string of named bits with zero bits at its end")));
        }
        Ok(KeyUsage { bits, critical: extension.critical })
    }

    /// The names of the uses that it allows (RFC 5280 §4.2.1.3), in the order of their bits.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = Self::NAMES.iter().enumerate().filter(move |(bit, _)| self.bits & (1 << bit) != 0);
        named.map(|(_, name)| *name)
    }

    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    /// May sign certificates.
    #[must_use]
    pub fn signs_certificates(self) -> bool {
        self.bits & Self::KEY_CERT_SIGN != 0
    }

    /// May sign CRLs.
    #[must_use]
    pub fn signs_crls(self) -> bool {
        self.bits & Self::CRL_SIGN != 0
    }

    /// Has uses besides signing certificates, CRLs and (OCSP) messages.
    #[must_use]
    pub fn has_other_uses(self) -> bool {
        self.bits & !(Self::DIGITAL_SIGNATURE | Self::KEY_CERT_SIGN | Self::CRL_SIGN) != 0
    }
}
