//! cRLDistributionPoints (RFC 5280 §4.2.1.13), freshestCRL (§5.2.6) and authorityInfoAccess (§4.2.2.1): the URLs in a
//! certificate or CRL. Nothing here fetches them.

use crate::extension::Extension;
use crate::general_name::{self, GeneralName};
use crate::limits::URL_COUNT_MAX;
use crate::oid;
use crate::strict_der::{DerError, Element, Fault, SEQUENCE};

/// The places named by one extension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccessPoints<'a> {
    /// Every URL, in order.
    pub(crate) urls: Vec<&'a str>,
    /// A name that is no URL, or a point without a name.
    pub(crate) others: bool,
    /// A point for some reasons only, or for CRLs of another issuer.
    pub(crate) partial: bool,
}

impl<'a> AccessPoints<'a> {
    fn add(&mut self, name: GeneralName<'a>) {
        match name {
            GeneralName::Url(url) => self.urls.push(url),
            _ => self.others = true,
        }
    }

    fn check_count(&self, at: &Element<'_>) -> Result<(), DerError> {
        if self.urls.len() > URL_COUNT_MAX {
            return Err(at.error(Fault::TooMany { what: "URLs in one extension", max: URL_COUNT_MAX }));
        }
        Ok(())
    }
}

/// Reads CRLDistributionPoints.
pub(crate) fn read_points<'a>(extension: &Extension<'a>) -> Result<AccessPoints<'a>, DerError> {
    let list = extension.only(SEQUENCE)?;
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("an empty list of distribution points")));
    }
    let mut points = AccessPoints::default();
    let mut rest = list.reader();
    while !rest.is_empty() {
        let point = rest.expect(SEQUENCE)?;
        let mut fields = point.reader();
        match fields.optional(0xa0)? {
            // Counted while they come, so that a list of millions is never collected.
            Some(name) => {
                let mut room = URL_COUNT_MAX + 1 - points.urls.len();
                let relative = general_name::read_point_name(&name, |name| {
                    if room > 0 {
                        points.add(name);
                    }
                    room = room.saturating_sub(1);
                })?;
                points.others |= relative;
            }
            None => points.others = true,
        }
        points.check_count(&point)?;
        points.partial |= fields.optional(0x81)?.is_some();
        if let Some(issuer) = fields.optional(0xa2)? {
            general_name::read_all(&issuer, |_| {})?;
            points.partial = true;
        }
        fields.finish()?;
    }
    Ok(points)
}

/// What one authorityInfoAccess gives (RFC 5280 §4.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuthorityAccess<'a> {
    /// Where the issuer's certificate is (caIssuers).
    pub(crate) issuers: AccessPoints<'a>,
    /// Where OCSP responders are.
    pub(crate) responders: AccessPoints<'a>,
    /// The first method that is neither.
    pub(crate) other_method: Option<&'a [u8]>,
}

/// Reads AuthorityInfoAccess, or SubjectInfoAccess, which has the same form.
pub(crate) fn read_access<'a>(extension: &Extension<'a>) -> Result<AuthorityAccess<'a>, DerError> {
    let list = extension.only(SEQUENCE)?;
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("an empty list of access descriptions")));
    }
    let mut access = AuthorityAccess::default();
    let mut descriptions = list.reader();
    while !descriptions.is_empty() {
        let description = descriptions.expect(SEQUENCE)?;
        let mut fields = description.reader();
        let method = fields.oid()?;
        let name = general_name::read(&fields.any()?)?;
        fields.finish()?;
        let points = match method.value {
            oid::CA_ISSUERS => &mut access.issuers,
            oid::OCSP => &mut access.responders,
            other => {
                access.other_method.get_or_insert(other);
                continue;
            }
        };
        points.add(name);
        points.check_count(&description)?;
    }
    Ok(access)
}
