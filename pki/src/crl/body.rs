//! The fields of a CRL and their positions (RFC 5280 §5.1). It reads structure only. Of the entries it reads only their
//! position: [`super::entry`] walks them.

use super::entry::Entries;
use crate::certificate::body::ReadTime;
use crate::extension::{self, AuthorityKeyIdentifier, Extension};
use crate::name::Name;
use crate::oid;
use crate::strict_der::{
    DerError, Fault, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, UTC_TIME, check_integer, small_integer,
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
    pub(crate) oddity: Option<DerError>,
}

/// Where the fields stand that are not times, entries or extensions, in bytes from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offsets {
    /// Of the version, or of what stands in its place.
    pub(crate) version: usize,
    pub(crate) inner_algorithm: usize,
    pub(crate) issuer: usize,
    pub(crate) outer_algorithm: usize,
    pub(crate) signature: usize,
}

impl<'a> Body<'a> {
    /// Where the extension with this identifier stands, if it does.
    pub(crate) fn offset_of(&self, oid: &[u8]) -> Option<usize> {
        extension::find(&self.extensions, oid).map(|extension| extension.offset)
    }

    pub(crate) fn read(der: &'a [u8]) -> Result<Body<'a>, DerError> {
        let mut outer = Reader::new(der);
        let list = outer.expect(SEQUENCE)?;
        outer.finish()?;
        let mut parts = list.reader();
        let tbs = parts.expect(SEQUENCE)?;
        let outer_algorithm = parts.expect(SEQUENCE)?;
        let signature = parts.whole_bytes()?;
        parts.finish()?;

        let mut oddity = None;
        let mut fields = tbs.reader();
        let version_offset = fields.offset();
        let version = match fields.optional(INTEGER)? {
            None => None,
            Some(integer) => {
                check_integer(&integer)?;
                Some(small_integer(&integer).unwrap_or(u32::MAX))
            }
        };
        let inner_algorithm = fields.expect(SEQUENCE)?;
        let issuer_element = fields.expect(SEQUENCE)?;
        let (issuer, name_oddity) = Name::read(&issuer_element)?;
        let offsets = Offsets {
            version: version_offset,
            inner_algorithm: inner_algorithm.offset,
            issuer: issuer_element.offset,
            outer_algorithm: outer_algorithm.offset,
            signature: signature.offset,
        };
        let this_update = ReadTime::new(&fields.any()?);
        let next_update = match fields.peek_tag() {
            Some(UTC_TIME | GENERALIZED_TIME) => Some(ReadTime::new(&fields.any()?)),
            _ => None,
        };
        let entries = fields.optional(SEQUENCE)?;
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
        let aki = extension::find(&extensions, oid::AUTHORITY_KEY_IDENTIFIER);
        let aki = aki.map(AuthorityKeyIdentifier::read).transpose()?;
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
            oddity: oddity.or(name_oddity),
        })
    }
}
