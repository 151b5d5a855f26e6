//! A strict reader of DER (X.690 §10 and §11), by position and without allocation.
//! It knows tags and lengths only; the modules above it define what an element means.
//! Entries of a CRL are walked with it, so it must stay cheap, and it must never panic.

use core::fmt;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The bit of a tag that says that the contents are elements (X.690 §8.1.2.5).
pub(crate) const CONSTRUCTED: u8 = 0x20;

/// What is wrong with the encoding and at which byte of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DerError {
    pub(crate) offset: usize,
    pub(crate) fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Truncated { needed: usize, left: usize },
    IndefiniteLength,
    LongLength,
    LengthNotMinimal,
    HighTagNumber,
    Tag { expected: u8, found: u8 },
    Missing { expected: u8 },
    Trailing { bytes: usize },
    IntegerEmpty,
    IntegerNotMinimal,
    Boolean { value: u8 },
    BitString,
    ObjectIdentifier,
    TooMany { what: &'static str, max: usize },
    TooLong { what: &'static str, length: usize, max: usize },
    Form(&'static str),
}

impl fmt::Display for DerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.fault)
    }
}

impl core::error::Error for DerError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        core::error::Error::source(&self.fault)
    }
}

impl core::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Fault::Truncated { needed, left } => write!(f, "needs {needed} bytes, but {left} are left"),
            Fault::IndefiniteLength => f.write_str("indefinite length"),
            Fault::LongLength => f.write_str("a length of more than four bytes"),
            Fault::LengthNotMinimal => f.write_str("a length not in its shortest form"),
            Fault::HighTagNumber => f.write_str("a tag number above 30"),
            Fault::Tag { expected, found } => write!(f, "{} instead of {}", Tag(found), Tag(expected)),
            Fault::Missing { expected } => write!(f, "{} is missing", Tag(expected)),
            Fault::Trailing { bytes: 1 } => f.write_str("1 byte follows the last element"),
            Fault::Trailing { bytes } => write!(f, "{bytes} bytes follow the last element"),
            Fault::IntegerEmpty => f.write_str("an integer without bytes"),
            Fault::IntegerNotMinimal => f.write_str("an integer not in its shortest form"),
            Fault::Boolean { value } => write!(f, "a boolean of value 0x{value:02x}, not 0x00 or 0xff"),
            Fault::BitString => f.write_str("a malformed bit string"),
            Fault::ObjectIdentifier => f.write_str("a malformed object identifier"),
            Fault::TooMany { what, max } => write!(f, "more than {max} {what}"),
            Fault::TooLong { what, length, max } => write!(f, "{what} of {length} bytes; at most {max} are allowed"),
            Fault::Form(what) => f.write_str(what),
        }
    }
}

/// A tag as people read it: `tag 0x02 (INTEGER)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u8);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            BOOLEAN => "BOOLEAN",
            INTEGER => "INTEGER",
            BIT_STRING => "BIT STRING",
            OCTET_STRING => "OCTET STRING",
            NULL => "NULL",
            OBJECT_IDENTIFIER => "OBJECT IDENTIFIER",
            ENUMERATED => "ENUMERATED",
            0x0c => "UTF8String",
            0x13 => "PrintableString",
            0x14 => "TeletexString",
            0x16 => "IA5String",
            UTC_TIME => "UTCTime",
            GENERALIZED_TIME => "GeneralizedTime",
            SEQUENCE => "SEQUENCE",
            SET => "SET",
            tag @ 0x80..=0xbf => return write!(f, "tag 0x{tag:02x} ([{}])", tag & 0x1f),
            tag => return write!(f, "tag 0x{tag:02x}"),
        };
        write!(f, "tag 0x{:02x} ({name})", self.0)
    }
}

/// An error within a field of an item, and which field that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    /// The field's name in RFC 5280; of a field that is not there, the name of what should hold it.
    pub(crate) field: &'static str,
    /// Where that stands, in bytes from 0.
    pub(crate) offset: usize,
    /// What is wrong.
    pub(crate) error: DerError,
    /// The field that is not there.
    missing: Option<&'static str>,
}

impl Misread {
    /// The same error within this field.
    pub(crate) fn in_field(field: &'static str) -> impl Fn(DerError) -> Misread {
        move |error| Misread { field, offset: error.offset, error, missing: None }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missing {
            Some(missing) => write!(f, "{missing} is missing in {} at byte {}", self.field, self.offset),
            None => write!(f, "{} {}", self.field, self.error),
        }
    }
}

/// An element that holds fields, with its name: what is missing in it stands nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub(crate) name: &'static str,
    pub(crate) offset: usize,
}

impl Holder {
    /// An error where this field of the element is read.
    pub(crate) fn field(self, field: &'static str) -> impl Fn(DerError) -> Misread {
        move |error| match error.fault {
            Fault::Missing { .. } => Misread { field: self.name, offset: self.offset, error, missing: Some(field) },
            _ => Misread::in_field(field)(error),
        }
    }
}

/// One tag-length-value element where it stands in the item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Contents octets.
    pub(crate) value: &'a [u8],
    /// Header and contents, as received.
    pub(crate) raw: &'a [u8],
    /// Where the tag stands, counted from the start of the item.
    pub(crate) offset: usize,
}

impl<'a> Element<'a> {
    pub(crate) fn value_offset(&self) -> usize {
        self.offset + (self.raw.len() - self.value.len())
    }

    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader { rest: self.value, offset: self.value_offset() }
    }

    pub(crate) fn error(&self, fault: Fault) -> DerError {
        DerError { offset: self.offset, fault }
    }

    /// Refuses an element of more than `max` bytes: asked before anything of it is copied.
    pub(crate) fn at_most(&self, max: usize, what: &'static str) -> Result<(), DerError> {
        let length = self.raw.len();
        if length > max { Err(self.error(Fault::TooLong { what, length, max })) } else { Ok(()) }
    }
}

/// Reads elements one after another.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes, offset: 0 }
    }

    /// A reader of bytes that stand at `offset` in the item.
    pub(crate) fn at(bytes: &'a [u8], offset: usize) -> Self {
        Reader { rest: bytes, offset }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn error(&self, fault: Fault) -> DerError {
        DerError { offset: self.offset, fault }
    }

    /// The next element, whatever its tag.
    #[inline]
    pub(crate) fn any(&mut self) -> Result<Element<'a>, DerError> {
        let (tag, header, length) = self.header()?;
        let total = header + length;
        let Some((raw, rest)) = self.rest.split_at_checked(total) else {
            return Err(self.error(Fault::Truncated { needed: total, left: self.rest.len() }));
        };
        let value = raw.get(header..).unwrap_or_default();
        let element = Element { tag, value, raw, offset: self.offset };
        self.rest = rest;
        self.offset += total;
        Ok(element)
    }

    /// Tag, bytes of header and bytes of contents, checked for form only: the contents may not be there.
    #[inline]
    pub(crate) fn header(&self) -> Result<(u8, usize, usize), DerError> {
        let left = self.rest.len();
        let (&tag, &first) = match self.rest {
            [tag, first, ..] => (tag, first),
            _ => return Err(self.error(Fault::Truncated { needed: 2, left })),
        };
        if tag & 0x1f == 0x1f {
            return Err(self.error(Fault::HighTagNumber));
        }
        if first < 0x80 {
            return Ok((tag, 2, usize::from(first)));
        }
        if first == 0x80 {
            return Err(self.error(Fault::IndefiniteLength));
        }
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return Err(self.error(Fault::LongLength));
        }
        let Some(octets) = self.rest.get(2..2 + count) else {
            return Err(self.error(Fault::Truncated { needed: 2 + count, left }));
        };
        let length = octets.iter().fold(0_u64, |sum, &octet| (sum << 8) | u64::from(octet));
        let Ok(length) = usize::try_from(length) else {
            return Err(self.error(Fault::LongLength));
        };
        if length < 0x80 || octets.first() == Some(&0) {
            return Err(self.error(Fault::LengthNotMinimal));
        }
        Ok((tag, 2 + count, length))
    }

    /// Reads through contents that nobody here gives a meaning: elements within elements, `levels` deep at most, each
    /// length in its shortest form.
    pub(crate) fn walk(mut self, levels: u8) -> Result<(), DerError> {
        while !self.is_empty() {
            let element = self.any()?;
            if element.tag & CONSTRUCTED != 0 {
                let Some(levels) = levels.checked_sub(1) else {
                    return Err(element.error(Fault::Form("elements nested too deep")));
                };
                element.reader().walk(levels)?;
            }
        }
        Ok(())
    }

    /// The next element, which must have this tag.
    #[inline]
    pub(crate) fn expect(&mut self, expected: u8) -> Result<Element<'a>, DerError> {
        match self.peek_tag() {
            None => Err(self.error(Fault::Missing { expected })),
            Some(found) if found != expected => Err(self.error(Fault::Tag { expected, found })),
            Some(_) => self.any(),
        }
    }

    /// The next element if it has this tag.
    #[inline]
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, DerError> {
        if self.peek_tag() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Refuses a next element that has none of these tags, as one with a wrong tag; there may be none.
    pub(crate) fn only_tags(&self, expected: u8, others: &[u8]) -> Result<(), DerError> {
        match self.peek_tag() {
            Some(found) if found != expected && !others.contains(&found) => {
                Err(self.error(Fault::Tag { expected, found }))
            }
            _ => Ok(()),
        }
    }

    /// The next element, which must be there, whatever its tag; the one expected stands in the error.
    pub(crate) fn present(&mut self, expected: u8) -> Result<Element<'a>, DerError> {
        if self.is_empty() { Err(self.error(Fault::Missing { expected })) } else { self.any() }
    }

    /// An INTEGER in its shortest form; gives its contents octets.
    #[inline]
    pub(crate) fn integer(&mut self) -> Result<Element<'a>, DerError> {
        let element = self.expect(INTEGER)?;
        check_integer(&element)?;
        Ok(element)
    }

    /// An OBJECT IDENTIFIER; gives its contents octets.
    #[inline]
    pub(crate) fn oid(&mut self) -> Result<Element<'a>, DerError> {
        let element = self.expect(OBJECT_IDENTIFIER)?;
        let mut starts = true;
        for &octet in element.value {
            if starts && octet == 0x80 {
                return Err(element.error(Fault::ObjectIdentifier));
            }
            starts = octet & 0x80 == 0;
        }
        // An empty value, or one that ends within an arc.
        if element.value.is_empty() || !starts {
            return Err(element.error(Fault::ObjectIdentifier));
        }
        Ok(element)
    }

    /// A BIT STRING of whole bytes, as signatures and keys are.
    pub(crate) fn whole_bytes(&mut self) -> Result<Element<'a>, DerError> {
        let element = self.expect(BIT_STRING)?;
        match element.value.split_first() {
            Some((0, bytes)) => Ok(Element { value: bytes, ..element }),
            _ => Err(element.error(Fault::BitString)),
        }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), DerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(Fault::Trailing { bytes: self.rest.len() })) }
    }
}

/// Contents of an INTEGER or ENUMERATED: not empty and in the shortest form (X.690 §8.3.2).
#[inline]
pub(crate) fn check_integer(element: &Element<'_>) -> Result<(), DerError> {
    match element.value {
        [] => Err(element.error(Fault::IntegerEmpty)),
        [0, second, ..] if second & 0x80 == 0 => Err(element.error(Fault::IntegerNotMinimal)),
        [0xff, second, ..] if second & 0x80 != 0 => Err(element.error(Fault::IntegerNotMinimal)),
        _ => Ok(()),
    }
}

/// The value of a BOOLEAN: 0x00 or 0xff, nothing else (X.690 §11.1).
pub(crate) fn boolean(element: &Element<'_>) -> Result<bool, DerError> {
    match element.value {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        [value] => Err(element.error(Fault::Boolean { value: *value })),
        _ => Err(element.error(Fault::Form("a boolean that is not one byte"))),
    }
}

/// A small non-negative INTEGER; `None` if it is negative or above 2^32 - 1.
pub(crate) fn small_integer(element: &Element<'_>) -> Option<u32> {
    let octets = match element.value {
        [0, rest @ ..] => rest,
        [first, ..] if first & 0x80 != 0 => return None,
        all => all,
    };
    if octets.len() > 4 {
        return None;
    }
    Some(octets.iter().fold(0_u32, |sum, &octet| (sum << 8) | u32::from(octet)))
}

/// A BIT STRING of named bits (X.690 §11.2.2): the bits from the first on, at most 16, and whether
/// the encoding was the shortest.
pub(crate) fn named_bits(element: &Element<'_>) -> Result<(u16, bool), DerError> {
    let malformed = element.error(Fault::BitString);
    let (&unused, bytes) = element.value.split_first().ok_or(malformed)?;
    if unused > 7 || (bytes.is_empty() && unused != 0) || bytes.len() > 2 {
        return Err(malformed);
    }
    let Some(&last) = bytes.last() else {
        return Ok((0, true));
    };
    if last & ((1_u8 << unused) - 1) != 0 {
        return Err(malformed);
    }
    let shortest = last & (1_u8 << unused) != 0;
    let bits = bytes.iter().enumerate().fold(0_u16, |sum, (index, &byte)| {
        let byte = u16::from(byte.reverse_bits());
        if index == 0 { sum | byte } else { sum | (byte << 8) }
    });
    Ok((bits, shortest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> Fault {
        Reader::new(bytes).any().unwrap_err().fault
    }

    #[test]
    fn only_the_shortest_definite_length_is_read() {
        assert_eq!(fault(&[0x30, 0x80, 0, 0]), Fault::IndefiniteLength);
        assert_eq!(fault(&[0x30, 0x81, 0x01, 0]), Fault::LengthNotMinimal);
        assert_eq!(fault(&[0x30, 0x82, 0x00, 0x81]), Fault::LengthNotMinimal);
        assert_eq!(fault(&[0x30, 0x85, 1, 0, 0, 0, 0]), Fault::LongLength);
        assert_eq!(fault(&[0x30, 0x02, 0]), Fault::Truncated { needed: 4, left: 3 });
        assert_eq!(fault(&[0x1f, 0x02, 0]), Fault::HighTagNumber);
    }

    #[test]
    fn integers_are_in_their_shortest_form() {
        let read = |bytes: &[u8]| Reader::new(bytes).integer().map(|_| ()).map_err(|error| error.fault);
        assert_eq!(read(&[2, 0]), Err(Fault::IntegerEmpty));
        assert_eq!(read(&[2, 2, 0, 0x7f]), Err(Fault::IntegerNotMinimal));
        assert_eq!(read(&[2, 2, 0xff, 0x80]), Err(Fault::IntegerNotMinimal));
        assert_eq!(read(&[2, 2, 0, 0x80]), Ok(()));
    }

    #[test]
    fn named_bits_count_from_the_left() {
        let element = Reader::new(&[3, 2, 1, 0x06]).any().unwrap();
        assert_eq!(named_bits(&element), Ok((0b110_0000, true)));
        let padded = Reader::new(&[3, 2, 0, 0x06]).any().unwrap();
        assert_eq!(named_bits(&padded), Ok((0b110_0000, false)));
        let dirty = Reader::new(&[3, 2, 2, 0x06]).any().unwrap();
        assert!(named_bits(&dirty).is_err());
    }
}
