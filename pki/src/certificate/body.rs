//! The fields of a certificate and their positions (RFC 5280 §4.1). It reads structure only: a certificate that breaks
//! every rule still has a body, so a report can still describe it.

use crate::extension::{self, AuthorityKeyIdentifier, BasicConstraints, Extension, KeyUsage};
use crate::finding::Location;
use crate::name::Name;
use crate::oid;
use crate::public_key::PublicKey;
use crate::strict_der::{
    DerError, Element, Fault, Holder, INTEGER, Misread, Reader, SEQUENCE, UTC_TIME, check_integer, small_integer,
};
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
    pub(crate) extensions: Vec<Extension<'a>>,
    pub(crate) ski: Option<Vec<u8>>,
    pub(crate) aki: Option<AuthorityKeyIdentifier>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    /// The first place that is readable but not DER.
    pub(crate) oddity: Option<Misread>,
}

/// Where the fields stand that are not times or extensions, in bytes from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offsets {
    /// Of the version, or of the tbsCertificate where there is none.
    pub(crate) version: usize,
    pub(crate) serial: usize,
    pub(crate) inner_algorithm: usize,
    pub(crate) issuer: usize,
    pub(crate) key: usize,
    /// Of issuerUniqueID, if it is there.
    pub(crate) issuer_unique_id: Option<usize>,
    /// Of subjectUniqueID, if it is there.
    pub(crate) subject_unique_id: Option<usize>,
    pub(crate) outer_algorithm: usize,
    pub(crate) signature: usize,
    pub(crate) subject: usize,
    /// Of what holds the extensions: their list, or the tbsCertificate where there is none.
    pub(crate) holder: Holder,
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
            Ok(at) | Err(TimeError::WrongForm { at, .. } | TimeError::NoForm { at }) => Some(at),
            Err(_) => None,
        }
    }
}

impl<'a> Body<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Body<'a>, Misread> {
        let mut outer = Reader::new(der);
        let whole = Holder { name: "Certificate", offset: 0 };
        let certificate = outer.expect(SEQUENCE).map_err(whole.field("Certificate"))?;
        outer.finish().map_err(whole.field("Certificate"))?;
        let mut parts = certificate.reader();
        let tbs = parts.expect(SEQUENCE).map_err(whole.field("tbsCertificate"))?;
        let outer_algorithm = parts.expect(SEQUENCE).map_err(whole.field("signatureAlgorithm"))?;
        let signature = parts.whole_bytes().map_err(whole.field("signatureValue"))?;
        parts.finish().map_err(whole.field("Certificate"))?;

        let inside = Holder { name: "tbsCertificate", offset: tbs.offset };
        let mut fields = tbs.reader();
        let version_offset = if fields.peek_tag() == Some(VERSION) { fields.offset() } else { tbs.offset };
        let (version, version_oddity) = read_version(&mut fields).map_err(inside.field("version"))?;
        let serial = fields.integer().map_err(inside.field("serialNumber"))?;
        let inner_algorithm = fields.expect(SEQUENCE).map_err(inside.field("signature"))?;
        let issuer_element = fields.expect(SEQUENCE).map_err(inside.field("issuer"))?;
        let (issuer, issuer_oddity) = Name::read(&issuer_element).map_err(Misread::in_field("issuer"))?;
        let validity = fields.expect(SEQUENCE).map_err(inside.field("validity"))?;
        let times = Holder { name: "validity", offset: validity.offset };
        let mut validity = validity.reader();
        let not_before = ReadTime::new(&validity.present(UTC_TIME).map_err(times.field("notBefore"))?);
        let not_after = ReadTime::new(&validity.present(UTC_TIME).map_err(times.field("notAfter"))?);
        validity.finish().map_err(times.field("validity"))?;
        let subject_element = fields.expect(SEQUENCE).map_err(inside.field("subject"))?;
        let (subject, subject_oddity) = Name::read(&subject_element).map_err(Misread::in_field("subject"))?;
        let key_element = fields.expect(SEQUENCE).map_err(inside.field("subjectPublicKeyInfo"))?;
        let key = PublicKey::read(&key_element).map_err(Misread::in_field("subjectPublicKeyInfo"))?;
        let mut unique_id = |tag, field| {
            let element = fields.optional(tag).map_err(inside.field(field))?;
            Ok(element.map(|element| element.offset))
        };
        let issuer_unique_id = unique_id(ISSUER_UNIQUE_ID, "issuerUniqueID")?;
        let subject_unique_id = unique_id(SUBJECT_UNIQUE_ID, "subjectUniqueID")?;
        fields.only_tags(EXTENSIONS, &[]).map_err(inside.field("extensions"))?;
        let mut list_oddity = None;
        let (extensions, holder) = match fields.optional(EXTENSIONS).map_err(inside.field("extensions"))? {
            None => (Vec::new(), inside),
            Some(wrapper) => {
                let holder = Holder { name: "extensions", offset: wrapper.offset };
                let read = extension::read_list(&wrapper, &mut list_oddity).map_err(Misread::in_field("extensions"))?;
                (read, holder)
            }
        };
        fields.finish().map_err(inside.field("tbsCertificate"))?;
        let offsets = Offsets {
            version: version_offset,
            serial: serial.offset,
            inner_algorithm: inner_algorithm.offset,
            issuer: issuer_element.offset,
            subject: subject_element.offset,
            key: key_element.offset,
            issuer_unique_id,
            subject_unique_id,
            outer_algorithm: outer_algorithm.offset,
            signature: signature.offset,
            holder,
        };

        let known = |oid| extension::find(&extensions, oid);
        let ski = known(oid::SUBJECT_KEY_IDENTIFIER).map(extension::subject_key_identifier).transpose();
        let ski = ski.map_err(Misread::in_field("subjectKeyIdentifier"))?;
        let aki = known(oid::AUTHORITY_KEY_IDENTIFIER).map(AuthorityKeyIdentifier::read).transpose();
        let aki = aki.map_err(Misread::in_field("authorityKeyIdentifier"))?;
        let (mut constraints_oddity, mut usage_oddity) = (None, None);
        let basic_constraints = known(oid::BASIC_CONSTRAINTS)
            .map(|found| BasicConstraints::read(found, &mut constraints_oddity))
            .transpose()
            .map_err(Misread::in_field("basicConstraints"))?;
        let key_usage = known(oid::KEY_USAGE)
            .map(|found| KeyUsage::read(found, &mut usage_oddity))
            .transpose()
            .map_err(Misread::in_field("keyUsage"))?;
        let oddities = [
            ("version", version_oddity),
            ("extensions", list_oddity),
            ("basicConstraints", constraints_oddity),
            ("keyUsage", usage_oddity),
            ("issuer", issuer_oddity),
            ("subject", subject_oddity),
        ];
        let oddity = oddities.into_iter().find_map(|(field, oddity)| oddity.map(Misread::in_field(field)));
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

    /// The place of the extension with this identifier, which RFC 5280 calls `field`; of an absent one, of what would
    /// hold it.
    pub(crate) fn place_of(&self, oid: &[u8], field: &'static str) -> Location {
        extension::place_of(&self.extensions, oid, field, self.offsets.holder)
    }
}

fn read_version(fields: &mut Reader<'_>) -> Result<(Option<u32>, Option<DerError>), DerError> {
    fields.only_tags(VERSION, &[INTEGER])?;
    let Some(wrapper) = fields.optional(VERSION)? else {
        return Ok((None, None));
    };
    let mut inside = wrapper.reader();
    let integer = inside.integer()?;
    inside.finish()?;
    check_integer(&integer)?;
    let is_default = integer.value == [0];
    let oddity = is_default.then(|| integer.error(Fault::Form("v1 is encoded although it is the default")));
    Ok((Some(small_integer(&integer).unwrap_or(u32::MAX)), oddity))
}
