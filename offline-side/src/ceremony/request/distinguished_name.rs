//! Distinguished names as people write them in a request: `CN=Example Issuing CA G2,O=Example,C=CH`.
//!
//! The order is that of RFC 4514: the most specific attribute first. In the certificate the order is the reverse,
//! country first, as X.500 wants it; `openssl x509 -nameopt RFC2253` prints what was written here. Values are
//! UTF8String, a country is PrintableString, a domain component IA5String (RFC 5280 §4.1.2.4, RFC 4519).
//! Must not: read a name out of a certificate.

use std::fmt;
use std::iter::{Enumerate, Peekable};
use std::str::Chars;

use der::asn1::ObjectIdentifier;
use rootcast_pki::text::is_plain;

use crate::ceremony::der_builder;
use crate::ceremony::der_builder::DraftError;
use der::Tag;

/// A name that was read, and its DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName {
    text: String,
    der: Vec<u8>,
    country_place: Option<usize>,
    count: usize,
}

/// One attribute type that may stand in a name.
struct Kind {
    label: &'static str,
    oid: ObjectIdentifier,
    tag: Tag,
    /// Most characters (RFC 5280 Appendix A.1).
    length_max: usize,
    /// Whether it may stand there more than once.
    repeats: bool,
}

const fn kind(label: &'static str, oid: &'static str, tag: Tag, length_max: usize, repeats: bool) -> Kind {
    Kind { label, oid: ObjectIdentifier::new_unwrap(oid), tag, length_max, repeats }
}

/// The type that every name here has.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// The type that has two capital letters.
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");

const KINDS: [Kind; 9] = [
    kind("CN", "2.5.4.3", Tag::Utf8String, 64, false),
    kind("OU", "2.5.4.11", Tag::Utf8String, 64, true),
    kind("O", "2.5.4.10", Tag::Utf8String, 64, false),
    kind("L", "2.5.4.7", Tag::Utf8String, 128, false),
    kind("ST", "2.5.4.8", Tag::Utf8String, 128, false),
    kind("C", "2.5.4.6", Tag::PrintableString, 2, false),
    kind("serialNumber", "2.5.4.5", Tag::PrintableString, 64, false),
    kind("organizationIdentifier", "2.5.4.97", Tag::Utf8String, 128, false),
    kind("DC", "0.9.2342.19200300.100.1.25", Tag::Ia5String, 63, true),
];

/// Most attributes of a name.
const ATTRIBUTE_COUNT_MAX: usize = 16;

/// Why a text is no name. Texts are safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing is there.
    Empty,
    /// More attributes than any name has.
    TooMany {
        /// How many.
        found: usize,
    },
    /// A part without `=`.
    NoEquals {
        /// Which attribute, counted from 1.
        place: usize,
    },
    /// An attribute type that is not known here.
    UnknownType {
        /// Which attribute, counted from 1.
        place: usize,
        /// The text found, escaped.
        found: String,
    },
    /// A type that stands there twice.
    Twice {
        /// Its label.
        label: &'static str,
    },
    /// A value that is empty, or begins or ends with a space.
    Spaces {
        /// The label of its type.
        label: &'static str,
    },
    /// More characters than RFC 5280 allows.
    TooLong {
        /// The label of its type.
        label: &'static str,
        /// Characters found.
        found: usize,
        /// Most characters.
        max: usize,
    },
    /// A character that is a control or reordering character or cannot be seen, or one that the type has not.
    Character {
        /// The label of its type.
        label: &'static str,
        /// The character, escaped.
        found: String,
    },
    /// A value with an = in it that has no backslash: mostly a comma was left out.
    SecondEquals {
        /// Which attribute, counted from 1.
        place: usize,
    },
    /// A country that is not two capital letters.
    Country,
    /// A special character that must be written with a backslash, or a backslash before an ordinary one.
    Escape {
        /// Which character of the text, counted from 1.
        at: usize,
    },
    /// No CN: people would not see what it is.
    NoCommonName,
    /// Cannot be encoded.
    Draft(DraftError),
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::TooMany { found } => {
                write!(f, "it has {found} attributes; at most {ATTRIBUTE_COUNT_MAX} are allowed")
            }
            Self::NoEquals { place } => write!(f, "attribute {place} has no ="),
            Self::SecondEquals { place } => write!(
                f,
                "attribute {place} has a second =: either a comma is missing before the next attribute, or write \\= for = within a value"
            ),
            Self::UnknownType { place, found } => {
                let known: Vec<&str> = KINDS.iter().map(|kind| kind.label).collect();
                write!(f, "attribute {place} has the type {found}; the allowed types are {}", known.join(", "))
            }
            Self::Twice { label } => write!(f, "{label} is given twice"),
            Self::Spaces { label } => write!(f, "the value of {label} is empty, or begins or ends with a space"),
            Self::TooLong { label, found, max } => {
                write!(f, "the value of {label} has {found} characters; at most {max} are allowed")
            }
            Self::Character { label, found } => {
                write!(f, "the value of {label} contains {found}, which is not allowed there")
            }
            Self::Country => f.write_str("C must be two capital letters, such as CH"),
            Self::Escape { at } => write!(
                f,
                "character {at}: within a value, write \\, \\+ \\; \\\" \\\\ \\< \\> \\= for these characters, and \\# for a # at its \
                 beginning; \\C3\\BC are the bytes of an ü in UTF-8; no other backslash is allowed"
            ),
            Self::NoCommonName => f.write_str("there is no CN"),
            Self::Draft(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NameFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Draft(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl DistinguishedName {
    /// Reads a name, the most specific attribute first.
    ///
    /// # Errors
    /// [`NameFault`].
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let parts = split(text)?;
        if parts.len() > ATTRIBUTE_COUNT_MAX {
            return Err(NameFault::TooMany { found: parts.len() });
        }
        let mut sets = Vec::new();
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        for (index, (label, value)) in parts.iter().enumerate() {
            let place = index + 1;
            let Some(value) = value else { return Err(NameFault::NoEquals { place }) };
            // Spaces and no other white space: the name is shown as it was written.
            let label = label.trim_matches(' ');
            let Some(kind) = KINDS.iter().find(|kind| kind.label.eq_ignore_ascii_case(label)) else {
                let found = label.chars().take(24).flat_map(char::escape_default).collect();
                return Err(NameFault::UnknownType { place, found });
            };
            if !kind.repeats && seen.contains(&kind.oid) {
                return Err(NameFault::Twice { label: kind.label });
            }
            seen.push(kind.oid);
            kind.check(value)?;
            sets.push(kind.encode(value).map_err(NameFault::Draft)?);
        }
        if !seen.contains(&COMMON_NAME) {
            return Err(NameFault::NoCommonName);
        }
        sets.reverse();
        let der = der_builder::sequence(&sets).map_err(NameFault::Draft)?;
        let country_place = seen.iter().position(|oid| *oid == COUNTRY);
        Ok(Self { text: text.to_owned(), der, country_place, count: parts.len() })
    }

    /// Whether it has a country that is not the first attribute in the certificate, which most CAs have there.
    #[must_use]
    pub(crate) fn is_country_misplaced(&self) -> bool {
        self.country_place.is_some_and(|place| place + 1 != self.count)
    }

    /// The Name, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// As it was written.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Kind {
    fn check(&self, value: &str) -> Result<(), NameFault> {
        let label = self.label;
        if value.is_empty() || value.starts_with(' ') || value.ends_with(' ') {
            return Err(NameFault::Spaces { label });
        }
        let allowed = |character: char| match self.tag {
            Tag::PrintableString => character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character),
            Tag::Ia5String => character.is_ascii_alphanumeric() || character == '-',
            _ => is_plain(character),
        };
        if let Some(found) = value.chars().find(|character| !allowed(*character)) {
            return Err(NameFault::Character { label, found: format!("U+{:04X}", u32::from(found)) });
        }
        let found = value.chars().count();
        if self.oid == COUNTRY && !(found == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase())) {
            return Err(NameFault::Country);
        }
        if found > self.length_max {
            return Err(NameFault::TooLong { label, found, max: self.length_max });
        }
        Ok(())
    }

    /// One relative distinguished name of this attribute.
    fn encode(&self, value: &str) -> Result<Vec<u8>, DraftError> {
        let attribute =
            der_builder::sequence(&[der_builder::encoded(&self.oid)?, der_builder::tlv(self.tag, value.as_bytes())?])?;
        der_builder::tlv(Tag::Set, &attribute)
    }
}

/// Types and values, in the order written, with the escapes of RFC 4514 §2.4 undone.
fn split(text: &str) -> Result<Vec<(String, Option<String>)>, NameFault> {
    if text.trim().is_empty() {
        return Err(NameFault::Empty);
    }
    let mut parts: Vec<(String, Option<String>)> = vec![(String::new(), None)];
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, character)) = characters.next() {
        let escape = NameFault::Escape { at: index + 1 };
        let place = parts.len();
        let Some((label, value)) = parts.last_mut() else { return Err(NameFault::Empty) };
        match (character, value) {
            ('=', Some(_)) => return Err(NameFault::SecondEquals { place }),
            (',', Some(_)) => parts.push((String::new(), None)),
            (',', None) => return Err(NameFault::NoEquals { place }),
            ('=', None) => parts.last_mut().iter_mut().for_each(|(_, value)| *value = Some(String::new())),
            (_, None) => label.push(character),
            ('\\', Some(value)) => match characters.peek().copied() {
                Some((_, escaped)) if ",+;\"\\<>=#".contains(escaped) => {
                    characters.next();
                    value.push(escaped);
                }
                _ => value.push_str(&hex_escapes(&mut characters).ok_or(escape)?),
            },
            // Such a value would be BER in hexadecimal.
            ('#', Some(value)) if value.is_empty() => return Err(escape),
            ('+' | ';' | '"' | '<' | '>', Some(_)) => return Err(escape),
            // A space after the comma is how many people write; it belongs to the label, which is trimmed.
            (_, Some(value)) => value.push(character),
        }
    }
    Ok(parts)
}

/// The text of bytes that are written in hexadecimal, each after a backslash; the first backslash is read already.
/// `openssl x509 -nameopt RFC2253` writes every character beyond ASCII so.
fn hex_escapes(characters: &mut Peekable<Enumerate<Chars<'_>>>) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut digit = || characters.next().and_then(|(_, digit)| digit.to_digit(16));
        bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        let mut ahead = characters.clone();
        let is_next = ahead.next().is_some_and(|(_, next)| next == '\\')
            && ahead.next().is_some_and(|(_, next)| next.is_ascii_hexdigit());
        if !is_next {
            return String::from_utf8(bytes).ok();
        }
        characters.next();
    }
}

#[cfg(test)]
mod tests {
    use super::{DistinguishedName, NameFault};

    #[test]
    fn the_country_stands_first_in_the_certificate() {
        let name = DistinguishedName::parse("CN=Example Issuing CA G2, O=Example,C=CH").unwrap();
        let expected = b"\x30\x3f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02CH\
            \x31\x10\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07Example\
            \x31\x1e\x30\x1c\x06\x03\x55\x04\x03\x0c\x15Example Issuing CA G2";
        assert_eq!(name.der(), expected);
    }

    #[test]
    fn a_comma_within_a_value_is_written_with_a_backslash() {
        let name = DistinguishedName::parse("CN=Example\\, Inc. \\+ Sons,O=Zürich").unwrap();
        assert!(name.der().windows(20).any(|window| window == b"Example, Inc. + Sons"));
        assert_eq!(DistinguishedName::parse("CN=a+b"), Err(NameFault::Escape { at: 5 }));
        assert!(DistinguishedName::parse("CN=a\\=b").is_ok());
        assert_eq!(DistinguishedName::parse("CN=Example O=Example,C=CH"), Err(NameFault::SecondEquals { place: 1 }));
        assert_eq!(DistinguishedName::parse("CN=a\\x"), Err(NameFault::Escape { at: 5 }));
    }

    #[test]
    fn bytes_in_hexadecimal_are_read_as_openssl_prints_them() {
        let read = |text: &str| DistinguishedName::parse(text).map(|name| name.der().to_vec());
        assert_eq!(read("CN=Z\\C3\\BCrich \\E2\\82\\AC,C=CH"), read("CN=Zürich €,C=CH"));
        assert_eq!(read("CN=\\41\\42\\, c"), read("CN=AB\\, c"));
        assert_eq!(read("CN=\\#1"), read("CN=\\231"));
        for (text, at) in [("CN=\\C3", 4), ("CN=a\\C3\\28", 5), ("CN=\\C", 4), ("CN=\\c3 \\bc", 4), ("CN=#0c0161", 4)] {
            assert_eq!(DistinguishedName::parse(text), Err(NameFault::Escape { at }), "{text}");
        }
        // What the bytes spell is checked like what is typed.
        assert_eq!(read("CN=a\\0Ab"), Err(NameFault::Character { label: "CN", found: "U+000A".to_owned() }));
        assert_eq!(read("CN=a\\E2\\80\\AE"), Err(NameFault::Character { label: "CN", found: "U+202E".to_owned() }));
    }

    #[test]
    fn a_country_that_is_not_first_in_the_certificate_is_seen() {
        for (text, is_misplaced) in
            [("CN=a,O=b,C=CH", false), ("CN=a,O=b", false), ("C=CH,O=b,CN=a", true), ("CN=a,C=CH,DC=example", true)]
        {
            assert_eq!(DistinguishedName::parse(text).unwrap().is_country_misplaced(), is_misplaced, "{text}");
        }
    }

    #[test]
    fn names_that_would_mislead_are_refused() {
        for (text, fault) in [
            ("", NameFault::Empty),
            ("CN", NameFault::NoEquals { place: 1 }),
            ("CN=a,,C=CH", NameFault::NoEquals { place: 2 }),
            ("CN=a,X=b", NameFault::UnknownType { place: 2, found: "X".to_owned() }),
            ("CN=a,CN=b", NameFault::Twice { label: "CN" }),
            ("O=a,C=CH", NameFault::NoCommonName),
            ("CN=", NameFault::Spaces { label: "CN" }),
            ("CN= a", NameFault::Spaces { label: "CN" }),
            ("CN=a,C=ch", NameFault::Country),
            ("CN=a,C=CHE", NameFault::Country),
            ("CN=a\u{202e}b", NameFault::Character { label: "CN", found: "U+202E".to_owned() }),
            // A fuzzer found these: they were taken for the white space that may stand before a type, and kept in the text.
            ("CN=a,\rO=b", NameFault::UnknownType { place: 2, found: "\\rO".to_owned() }),
            ("CN=a,\u{b} O=b", NameFault::UnknownType { place: 2, found: "\\u{b} O".to_owned() }),
            ("CN=a,O\u{2028}=b", NameFault::UnknownType { place: 2, found: "O\\u{2028}".to_owned() }),
            ("CN=a\u{7}", NameFault::Character { label: "CN", found: "U+0007".to_owned() }),
        ] {
            assert_eq!(DistinguishedName::parse(text), Err(fault), "{text:?}");
        }
        let long = format!("CN={}", "x".repeat(65));
        assert_eq!(DistinguishedName::parse(&long), Err(NameFault::TooLong { label: "CN", found: 65, max: 64 }));
        assert!(DistinguishedName::parse(&format!("CN={}", "é".repeat(64))).is_ok());
        assert_eq!(
            DistinguishedName::parse(&format!("CN=a{}", ",OU=b".repeat(16))),
            Err(NameFault::TooMany { found: 17 })
        );
    }
}
