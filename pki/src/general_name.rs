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
    /// rfc822Name: ASCII.
    Email(&'a str),
    /// dNSName: ASCII.
    Host(&'a str),
    /// iPAddress: an address, or an address and a mask.
    Address(&'a [u8]),
    /// Any of the other four forms, by its tag.
    Other(u8),
}

/// Reads one element as a GeneralName.
pub(crate) fn read<'a>(element: &Element<'a>) -> Result<GeneralName<'a>, DerError> {
    match element.tag {
        // rfc822Name, dNSName and uniformResourceIdentifier are IA5String.
        0x81 | 0x82 | 0x86 => {
            let text = core::str::from_utf8(element.value).ok().filter(|text| text.is_ascii());
            let text = text.ok_or(element.error(Fault::Form("a general name that is not ASCII")))?;
            Ok(match element.tag {
                0x81 => GeneralName::Email(text),
                0x82 => GeneralName::Host(text),
                _ => GeneralName::Url(text),
            })
        }
        // directoryName is a CHOICE, so its tag is explicit.
        0xa4 => {
            let mut inside = element.reader();
            let (name, _) = Name::read(&inside.expect(SEQUENCE)?)?;
            inside.finish()?;
            Ok(GeneralName::Directory(name))
        }
        0x87 => Ok(GeneralName::Address(element.value)),
        // otherName, x400Address, ediPartyName, registeredID
        0xa0 | 0xa3 | 0xa5 | 0x88 => Ok(GeneralName::Other(element.tag)),
        _ => Err(element.error(Fault::Form("an unknown form of GeneralName"))),
    }
}

/// Names in one list, and subtrees of nameConstraints. Real lists have a few dozen; reading 64 MiB of empty ones takes many
/// seconds, which nothing could end.
pub(crate) const NAMES_MAX: usize = 4_096;

/// Reads GeneralNames, at least one, and passes each to `each`.
pub(crate) fn read_all<'a>(list: &Element<'a>, mut each: impl FnMut(GeneralName<'a>)) -> Result<(), DerError> {
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("an empty list of names")));
    }
    let mut names = list.reader();
    let mut count = 0;
    while !names.is_empty() {
        let name = names.any()?;
        count += 1;
        if count > NAMES_MAX {
            return Err(name.error(Fault::TooMany { what: "names", max: NAMES_MAX }));
        }
        each(read(&name)?);
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

#[cfg(test)]
mod tests {
    use super::{NAMES_MAX, read_all};
    use crate::strict_der::{Reader, SEQUENCE};

    /// A SEQUENCE of so many directory names without a part.
    fn names(count: usize) -> Vec<u8> {
        let length = u32::try_from(count * 4).unwrap().to_be_bytes();
        let mut list = vec![0x30, 0x83, length[1], length[2], length[3]];
        (0..count).for_each(|_| list.extend([0xa4, 0x02, 0x30, 0x00]));
        list
    }

    #[test]
    fn a_list_of_names_has_an_end() {
        let read = |count| {
            let der = names(count);
            let list = Reader::new(&der).expect(SEQUENCE).unwrap();
            let mut seen = 0;
            (read_all(&list, |_| seen += 1).map_err(|error| error.to_string()), seen)
        };
        // 17 s for 64 MiB, before they were counted.
        let (refused, seen) = read(1_000_000);
        assert!(refused.unwrap_err().contains("names") && seen == NAMES_MAX);
    }
}
