//! GeneralName (RFC 5280 §4.2.1.6) and the names of distribution points (§4.2.1.13): their form is checked and their
//! URLs are returned. The rules decide whether a URL is acceptable.

use crate::name::Name;
use crate::strict_der::{DerError, Element, Fault, Reader, SEQUENCE};

const FULL_NAME: u8 = 0xa0;
const NAME_RELATIVE: u8 = 0xa1;

/// One general name, as far as anything here depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GeneralName<'a> {
    /// uniformResourceIdentifier: ASCII, but otherwise whatever stood there.
    Url(&'a str),
    /// directoryName.
    Directory(Name),
    /// Any of the other seven forms.
    Other,
}

/// Reads one element as a GeneralName.
pub(crate) fn read<'a>(element: &Element<'a>) -> Result<GeneralName<'a>, DerError> {
    match element.tag {
        // rfc822Name, dNSName and uniformResourceIdentifier are IA5String.
        0x81 | 0x82 | 0x86 => {
            let text = core::str::from_utf8(element.value).ok().filter(|text| text.is_ascii());
            let text = text.ok_or(element.error(Fault::Form("a general name that is not ASCII")))?;
            Ok(if element.tag == 0x86 { GeneralName::Url(text) } else { GeneralName::Other })
        }
        // directoryName is a CHOICE, so its tag is explicit.
        0xa4 => {
            let mut inside = element.reader();
            let (name, _) = Name::read(&inside.expect(SEQUENCE)?)?;
            inside.finish()?;
            Ok(GeneralName::Directory(name))
        }
        // otherName, x400Address, ediPartyName, iPAddress, registeredID
        0xa0 | 0xa3 | 0xa5 | 0x87 | 0x88 => Ok(GeneralName::Other),
        _ => Err(element.error(Fault::Form("an unknown form of GeneralName"))),
    }
}

/// Reads GeneralNames, at least one, and passes each to `each`.
pub(crate) fn read_all<'a>(list: &Element<'a>, mut each: impl FnMut(GeneralName<'a>)) -> Result<(), DerError> {
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("an empty list of names")));
    }
    let mut names = list.reader();
    while !names.is_empty() {
        each(read(&names.any()?)?);
    }
    Ok(())
}

/// Reads the element that holds a DistributionPointName; gives whether it is relative to the issuer.
pub(crate) fn read_point_name<'a>(element: &Element<'a>, each: impl FnMut(GeneralName<'a>)) -> Result<bool, DerError> {
    let mut inside = element.reader();
    let choice = inside.any()?;
    inside.finish()?;
    match choice.tag {
        FULL_NAME | NAME_RELATIVE if choice.value.is_empty() => {
            Err(choice.error(Fault::Form("a distribution point name without a name")))
        }
        FULL_NAME => read_all(&choice, each).map(|()| false),
        NAME_RELATIVE => {
            let mut attributes = choice.reader();
            while !attributes.is_empty() {
                read_attribute(&mut attributes)?;
            }
            Ok(true)
        }
        _ => Err(choice.error(Fault::Form("neither a full nor a relative distribution point name"))),
    }
}

fn read_attribute(attributes: &mut Reader<'_>) -> Result<(), DerError> {
    let mut attribute = attributes.expect(SEQUENCE)?.reader();
    attribute.oid()?;
    attribute.any()?;
    attribute.finish()
}
