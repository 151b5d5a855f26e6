//! The fields of a certificate and their positions (RFC 5280 §4.1). It reads structure only: a certificate that breaks
//! every rule still has a body, so a report can still describe it.

use crate::extension::{self, AuthorityKeyIdentifier, BasicConstraints, Extension, KeyUsage};
use crate::name::Name;
use crate::oid;
use crate::public_key::PublicKey;
use crate::strict_der::{DerError, Element, Fault, Reader, SEQUENCE, check_integer, small_integer};
use crate::time::{TimeError, Timestamp, parse_time};

const VERSION: u8 = 0xa0;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xa3;

/// Everything read from one certificate.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    pub(crate) der: &'a [u8],
    /// To be signed, as received.
    pub(crate) tbs: &'a [u8],
    /// As encoded: 2 is v3, absent is v1.
    pub(crate) version: Option<u32>,
    pub(crate) serial: &'a [u8],
    /// Where the fields stand.
    pub(crate) offsets: Offsets,
    pub(crate) inner_algorithm: &'a [u8],
    pub(crate) outer_algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) issuer: Name,
    pub(crate) subject: Name,
    pub(crate) not_before: ReadTime,
    pub(crate) not_after: ReadTime,
    pub(crate) key: PublicKey,
    pub(crate) unique_ids: bool,
    pub(crate) extensions: Vec<Extension<'a>>,
    pub(crate) ski: Option<Vec<u8>>,
    pub(crate) aki: Option<AuthorityKeyIdentifier>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    /// The first place that is readable but not DER.
    pub(crate) oddity: Option<DerError>,
}

/// Where the fields stand that are not times or extensions, in bytes from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offsets {
    /// Of the version, or of what stands in its place.
    pub(crate) version: usize,
    pub(crate) serial: usize,
    pub(crate) inner_algorithm: usize,
    pub(crate) issuer: usize,
    pub(crate) key: usize,
    pub(crate) unique_id: usize,
    pub(crate) outer_algorithm: usize,
    pub(crate) signature: usize,
    pub(crate) subject: usize,
}

/// A time and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadTime {
    pub(crate) read: Result<Timestamp, TimeError>,
    pub(crate) offset: usize,
}

impl ReadTime {
    pub(crate) fn new(element: &Element<'_>) -> Self {
        ReadTime { read: parse_time(element.tag, element.value), offset: element.offset }
    }

    /// The moment meant, even where it is in the wrong form.
    pub(crate) fn moment(&self) -> Option<Timestamp> {
        match self.read {
            Ok(at) | Err(TimeError::WrongForm { at, .. }) => Some(at),
            Err(_) => None,
        }
    }
}

impl<'a> Body<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Body<'a>, DerError> {
        let mut outer = Reader::new(der);
        let certificate = outer.expect(SEQUENCE)?;
        outer.finish()?;
        let mut parts = certificate.reader();
        let tbs = parts.expect(SEQUENCE)?;
        let outer_algorithm = parts.expect(SEQUENCE)?;
        let signature = parts.whole_bytes()?;
        parts.finish()?;

        let mut oddity = None;
        let mut fields = tbs.reader();
        let version_offset = fields.offset();
        let version = read_version(&mut fields, &mut oddity)?;
        let serial = fields.integer()?;
        let inner_algorithm = fields.expect(SEQUENCE)?;
        let issuer_element = fields.expect(SEQUENCE)?;
        let (issuer, issuer_oddity) = Name::read(&issuer_element)?;
        let mut validity = fields.expect(SEQUENCE)?.reader();
        let not_before = ReadTime::new(&validity.any()?);
        let not_after = ReadTime::new(&validity.any()?);
        validity.finish()?;
        let subject_element = fields.expect(SEQUENCE)?;
        let (subject, subject_oddity) = Name::read(&subject_element)?;
        let key_element = fields.expect(SEQUENCE)?;
        let key = PublicKey::read(&key_element)?;
        let offsets = Offsets {
            version: version_offset,
            serial: serial.offset,
            inner_algorithm: inner_algorithm.offset,
            issuer: issuer_element.offset,
            subject: subject_element.offset,
            key: key_element.offset,
            unique_id: fields.offset(),
            outer_algorithm: outer_algorithm.offset,
            signature: signature.offset,
        };
        let issuer_id = fields.optional(ISSUER_UNIQUE_ID)?.is_some();
        let unique_ids = fields.optional(SUBJECT_UNIQUE_ID)?.is_some() || issuer_id;
        let extensions = match fields.optional(EXTENSIONS)? {
            None => Vec::new(),
            Some(wrapper) => {
                let mut inside = wrapper.reader();
                let list = inside.expect(SEQUENCE)?;
                inside.finish()?;
                if list.value.is_empty() {
                    oddity.get_or_insert(list.error(Fault::Form("an empty list of extensions")));
                }
                extension::read_all(list.reader(), &mut oddity)?
            }
        };
        fields.finish()?;

        let known = |oid| extension::find(&extensions, oid);
        let ski = known(oid::SUBJECT_KEY_IDENTIFIER).map(extension::subject_key_identifier).transpose()?;
        let aki = known(oid::AUTHORITY_KEY_IDENTIFIER).map(AuthorityKeyIdentifier::read).transpose()?;
        let basic_constraints = match known(oid::BASIC_CONSTRAINTS) {
            Some(found) => Some(BasicConstraints::read(found, &mut oddity)?),
            None => None,
        };
        let key_usage = match known(oid::KEY_USAGE) {
            Some(found) => Some(KeyUsage::read(found, &mut oddity)?),
            None => None,
        };
        let oddity = oddity.or(issuer_oddity).or(subject_oddity);
        Ok(Body {
            der,
            tbs: tbs.raw,
            version,
            serial: serial.value,
            offsets,
            inner_algorithm: inner_algorithm.raw,
            outer_algorithm: outer_algorithm.raw,
            signature: signature.value,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            unique_ids,
            extensions,
            ski,
            aki,
            basic_constraints,
            key_usage,
            oddity,
        })
    }
}

impl Body<'_> {
    /// Where the extension with this identifier stands, if it does.
    pub(crate) fn offset_of(&self, oid: &[u8]) -> Option<usize> {
        extension::find(&self.extensions, oid).map(|extension| extension.offset)
    }
}

fn read_version(fields: &mut Reader<'_>, oddity: &mut Option<DerError>) -> Result<Option<u32>, DerError> {
    let Some(wrapper) = fields.optional(VERSION)? else {
        return Ok(None);
    };
    let mut inside = wrapper.reader();
    let integer = inside.integer()?;
    inside.finish()?;
    check_integer(&integer)?;
    if integer.value == [0] {
        oddity.get_or_insert(integer.error(Fault::Form("version v1 is encoded although it is the default")));
    }
    Ok(Some(small_integer(&integer).unwrap_or(u32::MAX)))
}
