//! Elements of DER (X.690 §8.1, §10.1), read here and nowhere else. Nothing of the code that makes objects is used.

/// Octets of the longest length that is read: objects have less than 4 GiB.
const LENGTH_OCTETS_MAX: usize = 4;

/// One element.
struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
    whole: &'a [u8],
    after: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element at the front of `bytes`: a tag of one octet, and a definite length in its shortest form.
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(first) {
            length @ ..=0x7f => (length, rest),
            octets => {
                let (octets, rest) = rest.split_at_checked(octets - 0x80)?;
                let is_shortest = matches!(octets, [0x80..=0xff] | [1..=0xff, _, ..]);
                if !is_shortest || octets.len() > LENGTH_OCTETS_MAX {
                    return None;
                }
                let length = octets.iter().fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
                (usize::try_from(length).ok()?, rest)
            }
        };
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (contents, after) = rest.split_at_checked(length)?;
        let whole = bytes.get(..bytes.len() - after.len())?;
        Some(Self { tag, contents, whole, after })
    }

    /// The one element that is all of `bytes`.
    fn only(bytes: &'a [u8]) -> Option<Self> {
        Self::first(bytes).filter(|element| element.after.is_empty())
    }
}

/// The elements within one element that is all of `bytes`.
pub(super) fn children(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = Element::only(bytes)?.contents;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let element = Element::first(rest)?;
        found.push(element.whole);
        rest = element.after;
    }
    Some(found)
}

/// The contents of one element of this tag octet that is all of `bytes`.
pub(super) fn contents_of(tag: u8, bytes: &[u8]) -> Option<&[u8]> {
    Element::only(bytes).filter(|element| element.tag == tag).map(|element| element.contents)
}

/// The element that begins at `offset`, whole.
pub(super) fn element_at(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    Element::first(bytes.get(offset..)?).map(|element| element.whole)
}

#[cfg(test)]
mod tests {
    use super::{children, contents_of, element_at};

    fn element(tag: u8, length: &[u8], contents: usize) -> Vec<u8> {
        [&[tag], length, &vec![7; contents]].concat()
    }

    #[test]
    fn an_element_is_cut_out_by_its_tag_and_its_length() {
        for (length, contents) in [
            (&[0][..], 0),
            (&[0x7f], 0x7f),
            (&[0x81, 0x80], 0x80),
            (&[0x81, 0xff], 0xff),
            (&[0x82, 1, 0], 0x100),
            (&[0x83, 1, 0, 0], 0x1_0000),
        ] {
            let bytes = element(0x30, length, contents);
            assert_eq!(contents_of(0x30, &bytes), Some(&vec![7; contents][..]), "{length:02x?}");
            assert_eq!(contents_of(0x31, &bytes), None);
            assert_eq!(contents_of(0x30, &[&bytes[..], &[0]].concat()), None, "something follows");
            assert_eq!(element_at(&[&[9, 9], &bytes[..], &[0]].concat(), 2), Some(&bytes[..]));
            assert_eq!(element_at(&bytes[..bytes.len() - 1], 0), None, "the last byte is missing");
        }
    }

    #[test]
    fn a_length_in_another_form_is_not_read() {
        for (length, contents) in [
            (&[0x80][..], 2),
            (&[0x81, 0x7f], 0x7f),
            (&[0x81, 0], 0),
            (&[0x82, 0, 0x80], 0x80),
            (&[0x83, 0, 1, 0], 0x100),
            (&[0x85, 1, 0, 0, 0, 0], 1),
            (&[0xff], 1),
        ] {
            assert_eq!(element_at(&element(0x30, length, contents), 0), None, "{length:02x?}");
        }
        for bytes in [&[][..], &[0x30], &[0x1f, 0], &[0xbf, 1, 0]] {
            assert_eq!(element_at(bytes, 0), None, "{bytes:02x?}");
        }
        assert_eq!(element_at(&[2, 0], 3), None);
    }

    #[test]
    fn children_are_all_elements_or_none() {
        assert_eq!(children(&[0x30, 5, 2, 1, 7, 5, 0]), Some(vec![&[2, 1, 7][..], &[5, 0]]));
        assert_eq!(children(&[0x30, 0]), Some(Vec::new()));
        for bytes in [&[0x30, 4, 2, 1, 7, 5][..], &[0x30, 2, 5, 0, 0], &[0x30, 9], &[]] {
            assert_eq!(children(bytes), None, "{bytes:02x?}");
        }
    }
}
