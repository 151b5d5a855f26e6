//! The fields of a CRL and their positions (RFC 5280 §5.1). It reads structure only. Of the entries it reads only their
//! position: [`super::entry`] walks them.

use super::entry::Entries;
use crate::certificate::body::ReadTime;
use crate::extension::{self, AuthorityKeyIdentifier, Extension};
use crate::finding::Location;
use crate::name::Name;
use crate::oid;
use crate::strict_der::{
    DerError, GENERALIZED_TIME, Holder, INTEGER, Misread, Reader, SEQUENCE, UTC_TIME, check_integer, small_integer,
};

const EXTENSIONS: u8 = 0xa0;

/// Everything read from one CRL but its entries.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    pub(crate) der: &'a [u8],
    /// To be signed, as received.
    pub(crate) tbs: &'a [u8],
    /// As encoded: 1 is v2, absent is v1.
    pub(crate) version: Option<u32>,
    /// Where the fields stand.
    pub(crate) offsets: Offsets,
    pub(crate) inner_algorithm: &'a [u8],
    pub(crate) outer_algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) issuer: Name,
    pub(crate) this_update: ReadTime,
    pub(crate) next_update: Option<ReadTime>,
    /// Where revokedCertificates stands, if it is there.
    pub(crate) list_offset: Option<usize>,
    pub(crate) entries: Entries<'a>,
    pub(crate) extensions: Vec<Extension<'a>>,
    pub(crate) aki: Option<AuthorityKeyIdentifier>,
    /// The first place that is readable but not DER.
    pub(crate) oddity: Option<Misread>,
}

/// Where the fields stand that are not times, entries or extensions, in bytes from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offsets {
    /// Of the version, or of the tbsCertList where there is none.
    pub(crate) version: usize,
    pub(crate) inner_algorithm: usize,
    pub(crate) issuer: usize,
    pub(crate) outer_algorithm: usize,
    pub(crate) signature: usize,
    /// Of the tbsCertList.
    pub(crate) tbs: usize,
    /// Of what holds the extensions: their list, or the tbsCertList where there is none.
    pub(crate) holder: Holder,
}

impl<'a> Body<'a> {
    /// Where the extension with this identifier stands, if it does.
    pub(crate) fn offset_of(&self, oid: &[u8]) -> Option<usize> {
        extension::find(&self.extensions, oid).map(|extension| extension.offset)
    }

    /// The place of the extension with this identifier, which RFC 5280 calls `field`; of an absent one, of what would
    /// hold it.
    pub(crate) fn place_of(&self, oid: &[u8], field: &'static str) -> Location {
        extension::place_of(&self.extensions, oid, field, self.offsets.holder)
    }

    pub(crate) fn read(der: &'a [u8]) -> Result<Body<'a>, Misread> {
        let mut outer = Reader::new(der);
        let whole = Holder { name: "CertificateList", offset: 0 };
        let list = outer.expect(SEQUENCE).map_err(whole.field("CertificateList"))?;
        outer.finish().map_err(whole.field("CertificateList"))?;
        let mut parts = list.reader();
        let tbs = parts.expect(SEQUENCE).map_err(whole.field("tbsCertList"))?;
        let outer_algorithm = parts.expect(SEQUENCE).map_err(whole.field("signatureAlgorithm"))?;
        let signature = parts.whole_bytes().map_err(whole.field("signatureValue"))?;
        parts.finish().map_err(whole.field("CertificateList"))?;

        let inside = Holder { name: "tbsCertList", offset: tbs.offset };
        let mut fields = tbs.reader();
        let version_offset = if fields.peek_tag() == Some(INTEGER) { fields.offset() } else { tbs.offset };
        let version = read_version(&mut fields).map_err(inside.field("version"))?;
        let inner_algorithm = fields.expect(SEQUENCE).map_err(inside.field("signature"))?;
        let issuer_element = fields.expect(SEQUENCE).map_err(inside.field("issuer"))?;
        let (issuer, name_oddity) = Name::read(&issuer_element).map_err(Misread::in_field("issuer"))?;
        let this_update = ReadTime::new(&fields.present(UTC_TIME).map_err(inside.field("thisUpdate"))?);
        fields.only_tags(UTC_TIME, &[GENERALIZED_TIME, SEQUENCE, EXTENSIONS]).map_err(inside.field("nextUpdate"))?;
        let next_update = match fields.peek_tag() {
            Some(UTC_TIME | GENERALIZED_TIME) => {
                Some(ReadTime::new(&fields.any().map_err(inside.field("nextUpdate"))?))
            }
            _ => None,
        };
        fields.only_tags(SEQUENCE, &[EXTENSIONS]).map_err(inside.field("revokedCertificates"))?;
        let entries = fields.optional(SEQUENCE).map_err(inside.field("revokedCertificates"))?;
        fields.only_tags(EXTENSIONS, &[]).map_err(inside.field("crlExtensions"))?;
        let mut list_oddity = None;
        let (extensions, holder) = match fields.optional(EXTENSIONS).map_err(inside.field("crlExtensions"))? {
            None => (Vec::new(), inside),
            Some(wrapper) => {
                let holder = Holder { name: "crlExtensions", offset: wrapper.offset };
                let read =
                    extension::read_list(&wrapper, &mut list_oddity).map_err(Misread::in_field("crlExtensions"))?;
                (read, holder)
            }
        };
        fields.finish().map_err(inside.field("tbsCertList"))?;
        let offsets = Offsets {
            version: version_offset,
            inner_algorithm: inner_algorithm.offset,
            issuer: issuer_element.offset,
            outer_algorithm: outer_algorithm.offset,
            signature: signature.offset,
            tbs: tbs.offset,
            holder,
        };
        let aki = extension::find(&extensions, oid::AUTHORITY_KEY_IDENTIFIER);
        let aki = aki.map(AuthorityKeyIdentifier::read).transpose();
        let aki = aki.map_err(Misread::in_field("authorityKeyIdentifier"))?;
        let oddities = [("crlExtensions", list_oddity), ("issuer", name_oddity)];
        let oddity = oddities.into_iter().find_map(|(field, oddity)| oddity.map(Misread::in_field(field)));
        Ok(Body {
            der,
            tbs: tbs.raw,
            version,
            offsets,
            inner_algorithm: inner_algorithm.raw,
            outer_algorithm: outer_algorithm.raw,
            signature: signature.value,
            issuer,
            this_update,
            next_update,
            list_offset: entries.map(|list| list.offset),
            entries: Entries::new(entries.map_or_else(|| Reader::new(&[]), |list| list.reader())),
            extensions,
            aki,
            oddity,
        })
    }
}

fn read_version(fields: &mut Reader<'_>) -> Result<Option<u32>, DerError> {
    fields.only_tags(INTEGER, &[SEQUENCE])?;
    let Some(integer) = fields.optional(INTEGER)? else {
        return Ok(None);
    };
    check_integer(&integer)?;
    Ok(Some(small_integer(&integer).unwrap_or(u32::MAX)))
}
