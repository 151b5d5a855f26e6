//! issuingDistributionPoint (RFC 5280 §5.2.5): which part of the revoked certificates a CRL speaks for.

use crate::extension::Extension;
use crate::general_name::{self, GeneralName};
use crate::strict_der::{DerError, Fault, Reader, SEQUENCE, boolean};

const DISTRIBUTION_POINT: u8 = 0xa0;

/// What the extension says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct IssuingDistributionPoint {
    pub(crate) has_name: bool,
    pub(crate) name_is_relative: bool,
    /// Whether a name in it is no URL.
    pub(crate) has_other_names: bool,
    pub(crate) only_user: bool,
    pub(crate) only_ca: bool,
    pub(crate) only_some_reasons: bool,
    pub(crate) indirect: bool,
    pub(crate) only_attribute: bool,
}

impl IssuingDistributionPoint {
    /// Reads it; `odd` is told where FALSE was written out although it is the default.
    pub(crate) fn read(extension: &Extension<'_>, odd: &mut Option<DerError>) -> Result<Self, DerError> {
        let mut outer = extension.reader();
        let list = outer.expect(SEQUENCE)?;
        outer.finish()?;
        let mut fields = list.reader();
        let mut point = IssuingDistributionPoint::default();
        if let Some(name) = fields.optional(DISTRIBUTION_POINT)? {
            point.has_name = true;
            let mut others = false;
            let relative = general_name::read_point_name(&name, |name| others |= !matches!(name, GeneralName::Url(_)))?;
            (point.name_is_relative, point.has_other_names) = (relative, others);
        }
        point.only_user = flag(&mut fields, 0x81, odd)?;
        point.only_ca = flag(&mut fields, 0x82, odd)?;
        point.only_some_reasons = fields.optional(0x83)?.is_some();
        point.indirect = flag(&mut fields, 0x84, odd)?;
        point.only_attribute = flag(&mut fields, 0x85, odd)?;
        fields.finish()?;
        if list.value.is_empty() {
            return Err(list.error(Fault::Form("an empty issuingDistributionPoint")));
        }
        Ok(point)
    }
}

fn flag(fields: &mut Reader<'_>, tag: u8, odd: &mut Option<DerError>) -> Result<bool, DerError> {
    let Some(element) = fields.optional(tag)? else {
        return Ok(false);
    };
    let value = boolean(&element)?;
    if !value {
        odd.get_or_insert(element.error(Fault::Form("FALSE is encoded although it is the default")));
    }
    Ok(value)
}
