//! The pieces that DER of this side falls into: drafts, keys, files that a ceremony names. Whoever reads them knows what
//! they are; the rules about them are those of `pki`. The read-back of what was signed has a reader of its own.

use der::asn1::AnyRef;
use der::{Reader, SliceReader};

/// The elements within one constructed element that is all of `der`; `None` if it is something else.
#[must_use]
pub(crate) fn children(der: &[u8]) -> Option<Vec<&[u8]>> {
    let mut reader = SliceReader::new(contents(der)?).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(reader.tlv_bytes().ok()?);
    }
    Some(found)
}

/// The contents octets of one element that is all of `der`.
#[must_use]
pub(crate) fn contents(der: &[u8]) -> Option<&[u8]> {
    <AnyRef<'_> as der::Decode>::from_der(der).ok().map(AnyRef::value)
}

/// The contents of one element of this tag octet that is all of `der`.
#[must_use]
pub(crate) fn contents_of(tag: u8, der: &[u8]) -> Option<&[u8]> {
    if der.first() == Some(&tag) { contents(der) } else { None }
}

/// The element that begins at `offset`, whole.
#[must_use]
pub(crate) fn element_at(der: &[u8], offset: usize) -> Option<&[u8]> {
    SliceReader::new(der.get(offset..)?).ok()?.tlv_bytes().ok()
}

/// Takes one element of this tag octet from the front of `rest`, and gives its contents.
#[must_use]
pub(crate) fn take<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let element = element_at(rest, 0)?;
    let value = contents_of(tag, element)?;
    *rest = rest.get(element.len()..)?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ceremony::der_builder::{assembled, sequence};

    #[test]
    fn an_object_falls_into_the_parts_it_was_put_together_from() {
        let body = sequence(&[vec![2, 1, 7]]).unwrap();
        let object = assembled(&body, &[0x30, 0], &[1; 200]).unwrap();
        let parts = children(&object).unwrap();
        assert_eq!((parts[0], parts[1], parts.len()), (body.as_slice(), &[0x30, 0][..], 3));
        assert_eq!(element_at(&object, 3), Some(body.as_slice()));
        assert_eq!(contents_of(2, &[2, 1, 7]), Some(&[7][..]));
        assert_eq!((contents_of(3, &[2, 1, 7]), contents(&[2, 1, 7, 0]), children(&[0x30, 9])), (None, None, None));
    }

    #[test]
    fn elements_are_taken_one_after_another_and_only_in_their_shortest_form() {
        let bytes = [2, 1, 7, 4, 0, 2, 1, 8];
        let mut rest = bytes.as_slice();
        assert_eq!(take(&mut rest, 4), None);
        assert_eq!(rest, bytes, "nothing was taken");
        assert_eq!((take(&mut rest, 2), take(&mut rest, 4), rest), (Some(&[7][..]), Some(&[][..]), &[2, 1, 8][..]));
        for wrong in [&[4, 0x81, 1, 7][..], &[4, 0x82, 0, 1, 7], &[4, 0x80, 0, 0], &[4, 2, 7], &[4], &[]] {
            assert_eq!(take(&mut { wrong }, 4), None, "{wrong:02x?}");
        }
    }
}
