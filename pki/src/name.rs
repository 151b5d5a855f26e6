//! Distinguished names: kept as received, compared as RFC 5280 §7.1 says, shown without harm.
//! A name found equal here only selects candidates; the signature decides.
//!
//! ```
//! use rootcast_pki::issuer::Issuer;
//! use rootcast_pki::item;
//! use rootcast_pki::name::{Name, NamePart};
//! use rootcast_pki::profile::Policy;
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! let issuer = Issuer::from_certificate(&item::read(pem)?.der, &Policy::default())?;
//! let name = issuer.subject();
//! assert_eq!(name.to_string(), "C=CH, O=Example, CN=Example Root CA");
//! assert_eq!(name.first_text(NamePart::CommonName).as_deref(), Some("Example Root CA"));
//! // Another letter case is the same name, and other bytes.
//! let shouted = Name::from_der(&name.der().to_ascii_uppercase()).expect("a name");
//! assert!(shouted.matches(name) && !shouted.is_identical(name));
//! assert_eq!(Name::from_der(b"no name"), None);
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

use core::fmt;
use core::ops::RangeInclusive;

use crate::limits::{NAME_ATTRIBUTE_COUNT_MAX, NAME_SIZE_MAX, SHOWN_CHARACTERS_MAX};
use crate::oid::Dotted;
use crate::strict_der::{CONSTRUCTED, DerError, Element, Fault, Reader, SEQUENCE, SET};
use crate::text::write_escaped;

const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const NUMERIC_STRING: u8 = 0x12;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

/// Attributes of a name that rules ask for (RFC 5280 §4.1.2.4).
pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(crate) const COUNTRY: &[u8] = &[0x55, 4, 6];
pub(crate) const ORGANIZATION: &[u8] = &[0x55, 4, 10];
pub(crate) const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 4, 11];

/// Elements in elements within the value of one attribute. Known ones have none; a postal address has two.
const VALUE_LEVELS_MAX: u8 = 8;

/// A Name (RFC 5280 §4.1.2.4), borrowed from the item it stands in or owned.
///
/// `==` is byte-identity; [`Name::matches`] is the comparison of §7.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    der: Vec<u8>,
    attributes: Vec<Attribute>,
}

/// An attribute by which names are usually told apart (RFC 5280 §4.1.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// countryName, C.
    Country,
    /// stateOrProvinceName, ST.
    StateOrProvince,
    /// localityName, L.
    Locality,
    /// organizationName, O.
    Organization,
    /// organizationalUnitName, OU.
    OrganizationalUnit,
    /// commonName, CN.
    CommonName,
}

impl NamePart {
    /// Its object identifier, contents octets.
    const fn identifier(self) -> &'static [u8] {
        match self {
            Self::Country => COUNTRY,
            Self::StateOrProvince => &[0x55, 4, 8],
            Self::Locality => &[0x55, 4, 7],
            Self::Organization => ORGANIZATION,
            Self::OrganizationalUnit => ORGANIZATIONAL_UNIT,
            Self::CommonName => COMMON_NAME,
        }
    }
}

/// One attribute; `set` numbers the relative distinguished name it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    set: usize,
    oid: Vec<u8>,
    tag: u8,
    value: Vec<u8>,
}

impl Name {
    /// Reads the contents of a Name and gives it with the first deviation of its set order, if any.
    pub(crate) fn read(element: &Element<'_>) -> Result<(Name, Option<DerError>), DerError> {
        element.at_most(NAME_SIZE_MAX, "a name")?;
        let mut attributes = Vec::new();
        let mut oddity = None;
        let mut sets = element.reader();
        let mut set = 0;
        while !sets.is_empty() {
            let one = sets.expect(SET)?;
            let mut members = one.reader();
            if members.is_empty() {
                return Err(one.error(Fault::Form("a relative distinguished name without attributes")));
            }
            let mut previous: &[u8] = &[];
            while !members.is_empty() {
                let member = members.expect(SEQUENCE)?;
                if member.raw < previous {
                    oddity.get_or_insert(member.error(Fault::Form("the members of a SET are not in order")));
                }
                previous = member.raw;
                let mut fields = member.reader();
                let oid = fields.oid()?;
                let value = fields.any()?;
                fields.finish()?;
                if value.tag & CONSTRUCTED != 0
                    && let Err(error) = value.reader().walk(VALUE_LEVELS_MAX)
                {
                    oddity.get_or_insert(error);
                }
                if let Some(fault) = string_fault(oid.value, &value) {
                    oddity.get_or_insert(value.error(Fault::Form(fault)));
                }
                if attributes.len() == NAME_ATTRIBUTE_COUNT_MAX {
                    let max = NAME_ATTRIBUTE_COUNT_MAX;
                    return Err(member.error(Fault::TooMany { what: "attributes in a name", max }));
                }
                let (oid, tag, value) = (oid.value.to_vec(), value.tag, value.value.to_vec());
                attributes.push(Attribute { set, oid, tag, value });
            }
            set += 1;
        }
        Ok((Name { der: element.raw.to_vec(), attributes }, oddity))
    }

    /// Reads a Name, DER; `None` if it is none.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Name> {
        let mut reader = Reader::new(der);
        let name = Self::read(&reader.expect(SEQUENCE).ok()?).ok()?.0;
        reader.is_empty().then_some(name)
    }

    /// What is wrong with the characters of a string that everybody reads all the same: a PrintableString or an IA5String
    /// with others than its type has (X.680 §41.4). What nobody can read is told by [`Name::read`].
    pub(crate) fn loose_text(&self) -> Option<&'static str> {
        self.attributes.iter().find_map(|attribute| match attribute.tag {
            PRINTABLE_STRING if !attribute.value.iter().all(is_printable_string) => {
                Some("a PrintableString with characters it cannot have")
            }
            IA5_STRING if !attribute.value.is_ascii() => Some("an IA5String with bytes above 0x7f"),
            _ => None,
        })
    }

    /// Whether it has an attribute with this identifier.
    pub(crate) fn has(&self, identifier: &[u8]) -> bool {
        self.attributes.iter().any(|attribute| attribute.oid == identifier)
    }

    /// The attributes that are empty, or have more or fewer characters than they may.
    pub(crate) fn ill_sized(&self) -> impl Iterator<Item = IllSized> {
        self.attributes.iter().filter_map(|attribute| {
            let (label, bounds) = bounds_of(&attribute.oid)?;
            let found = attribute.text().map_or(attribute.value.len(), |text| text.chars().count());
            (!bounds.contains(&found)).then_some(IllSized { label, found, bounds })
        })
    }

    /// The whole Name as received, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The first attribute of this kind that is text, as it stands there: whoever made the name chose it.
    #[must_use]
    pub fn first_text(&self, part: NamePart) -> Option<String> {
        let identifier = part.identifier();
        self.attributes.iter().filter(|attribute| attribute.oid == identifier).find_map(Attribute::text)
    }

    /// Its most specific attribute (the last one) that is text, as it stands there: whoever made the name chose it.
    #[must_use]
    pub fn most_specific_text(&self) -> Option<String> {
        self.attributes.iter().rev().find_map(Attribute::text)
    }

    /// Whether there is no attribute in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Whether both are byte for byte the same.
    #[must_use]
    pub fn is_identical(&self, other: &Name) -> bool {
        self.der == other.der
    }

    /// Equality by RFC 5280 §7.1: same attributes in the same order, texts compared without regard to case,
    /// to their string type and to surplus spaces. (Unicode normalisation is not applied.)
    #[must_use]
    pub fn matches(&self, other: &Name) -> bool {
        self.is_identical(other) || self.normal_form() == other.normal_form()
    }

    /// Whether its most specific relative distinguished names, the last ones, are those of `other`, compared by RFC 5280
    /// §7.1. True also where the whole names match, and for an empty `other`, so give none.
    #[must_use]
    pub fn ends_with(&self, other: &Name) -> bool {
        self.keys(Letters::Every).ends_with(&other.keys(Letters::Every))
    }

    /// Whether both have the same relative distinguished names, more than one, in the opposite order: somebody wrote a name
    /// in the order of another program.
    #[must_use]
    pub fn is_reverse_of(&self, other: &Name) -> bool {
        let (own, mut reversed) = (self.keys(Letters::Every), other.keys(Letters::Every));
        reversed.reverse();
        own.len() > 1 && own == reversed && own != other.keys(Letters::Every)
    }

    /// Whether both have the same attributes in the same order with the same text, letter by letter. They may differ in the
    /// types of their strings.
    #[must_use]
    pub fn has_same_text(&self, other: &Name) -> bool {
        let same = |(one, other): (&Attribute, &Attribute)| {
            let same_value = match (one.text(), other.text()) {
                (Some(one), Some(other)) => one == other,
                (None, None) => one.tag == other.tag && one.value == other.value,
                _ => false,
            };
            one.set == other.set && one.oid == other.oid && same_value
        };
        let (own, others) = (&self.attributes, &other.attributes);
        own.len() == others.len() && own.iter().zip(others).all(same)
    }

    /// Its relative distinguished names in order, each as bytes that are equal where §7.1 finds the names equal. Letters
    /// beyond ASCII have an upper and a lower case only for [`Letters::Every`].
    pub(crate) fn keys(&self, letters: Letters) -> Vec<Vec<u8>> {
        let mut sets: Vec<Vec<Vec<u8>>> = Vec::new();
        for attribute in &self.attributes {
            if attribute.set >= sets.len() {
                sets.push(Vec::new());
            }
            if let Some(set) = sets.last_mut() {
                set.push(attribute.key(letters));
            }
        }
        let joined = |mut set: Vec<Vec<u8>>| {
            set.sort();
            set.concat()
        };
        sets.into_iter().map(joined).collect()
    }

    /// The values of its attributes emailAddress. One that is no IA5String of ASCII is an error: what it says, for people.
    pub(crate) fn email_addresses(&self) -> impl Iterator<Item = Result<&str, String>> {
        self.attributes.iter().filter(|attribute| attribute.oid == EMAIL_ADDRESS).map(|attribute| {
            let text = core::str::from_utf8(&attribute.value).ok();
            let address = text.filter(|text| attribute.tag == IA5_STRING && text.is_ascii());
            let shown = || attribute.text().unwrap_or_else(|| format!("#{}", crate::serial::Hex(&attribute.value)));
            address.ok_or_else(shown)
        })
    }

    /// Relative distinguished names in order, each with its attributes sorted.
    fn normal_form(&self) -> Vec<(usize, &[u8], NormalValue<'_>)> {
        let mut form: Vec<_> = self
            .attributes
            .iter()
            .map(|attribute| (attribute.set, attribute.oid.as_slice(), attribute.normal()))
            .collect();
        form.sort();
        form
    }
}

/// An attribute of a name with a wrong number of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IllSized {
    label: &'static str,
    found: usize,
    bounds: RangeInclusive<usize>,
}

impl fmt::Display for IllSized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { label, found, bounds } = self;
        match (found, bounds.start() == bounds.end()) {
            (0, _) => write!(f, "the {label} of the subject is empty"),
            (_, true) => write!(f, "the {label} of the subject has {found} characters, not {}", bounds.end()),
            (_, false) => {
                write!(f, "the {label} of the subject has {found} characters; at most {} are allowed", bounds.end())
            }
        }
    }
}

/// What an attribute is called, and how many characters it may have (RFC 5280 Appendix A.1, X.520, BR 7.1.4.2).
fn bounds_of(identifier: &[u8]) -> Option<(&'static str, RangeInclusive<usize>)> {
    Some(match identifier {
        COMMON_NAME => ("commonName", 1..=64),
        [0x55, 4, 4] => ("surname", 1..=32_768),
        [0x55, 4, 5] => ("serialNumber", 1..=64),
        COUNTRY => ("countryName", 2..=2),
        [0x55, 4, 7] => ("localityName", 1..=128),
        [0x55, 4, 8] => ("stateOrProvinceName", 1..=128),
        [0x55, 4, 9] => ("streetAddress", 1..=128),
        ORGANIZATION => ("organizationName", 1..=64),
        ORGANIZATIONAL_UNIT => ("organizationalUnitName", 1..=64),
        [0x55, 4, 12] => ("title", 1..=64),
        [0x55, 4, 17] => ("postalCode", 1..=40),
        [0x55, 4, 42] => ("givenName", 1..=32_768),
        [0x55, 4, 43] => ("initials", 1..=32_768),
        [0x55, 4, 44] => ("generationQualifier", 1..=32_768),
        [0x55, 4, 65] => ("pseudonym", 1..=128),
        [0x55, 4, 97] => ("organizationIdentifier", 1..=usize::MAX),
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => ("domainComponent", 1..=63),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => ("emailAddress", 1..=255),
        _ => return None,
    })
}

/// Letters, digits, space and `'()+,-./:=?` (X.680 §41.4).
fn is_printable_string(octet: &u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(octet)
}

/// Why the value of an attribute cannot be read as what its tag says, if so. OpenSSL, for one, does not load a
/// certificate with such a name.
fn string_fault(oid: &[u8], value: &Element<'_>) -> Option<&'static str> {
    let is_string = matches!(
        value.tag,
        UTF8_STRING | PRINTABLE_STRING | TELETEX_STRING | IA5_STRING | UNIVERSAL_STRING | BMP_STRING
    );
    match value.tag {
        UTF8_STRING if core::str::from_utf8(value.value).is_err() => Some("a UTF8String that is not UTF-8"),
        BMP_STRING if wide(value.value, 2).is_none() => Some("a BMPString that is not whole characters"),
        UNIVERSAL_STRING if wide(value.value, 4).is_none() => Some("a UniversalString that is not whole characters"),
        tag if tag & 0xc0 != 0 => Some("an attribute of a name whose tag is not universal"),
        tag if tag & CONSTRUCTED != 0 && !matches!(tag, SEQUENCE | SET) => Some("a string of several parts"),
        NUMERIC_STRING | VISIBLE_STRING => None,
        _ if !is_string && label_of(oid).is_some() => {
            Some("an attribute of a name that is text and has no string's tag")
        }
        _ => None,
    }
}

/// Which letters have an upper and a lower case that make no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    /// All of Unicode, as RFC 5280 §7.1 has it.
    Every,
    /// A to Z only, and only ASCII has spaces: as OpenSSL compares.
    Ascii,
}

/// What of a value is compared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum NormalValue<'a> {
    Text(String),
    Other(u8, &'a [u8]),
}

impl Attribute {
    fn text(&self) -> Option<String> {
        let value = self.value.as_slice();
        match self.tag {
            UTF8_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
                core::str::from_utf8(value).ok().map(str::to_owned)
            }
            // Read as Latin-1, as everybody does.
            TELETEX_STRING => Some(value.iter().map(|byte| char::from(*byte)).collect()),
            BMP_STRING => wide(value, 2),
            UNIVERSAL_STRING => wide(value, 4),
            _ => None,
        }
    }

    fn normal(&self) -> NormalValue<'_> {
        let Some(text) = self.text() else {
            return NormalValue::Other(self.tag, &self.value);
        };
        NormalValue::Text(Letters::Every.normal(&text))
    }

    /// Identifier and value, each behind its length, so that no two different attributes have one key.
    fn key(&self, letters: Letters) -> Vec<u8> {
        // Every text has one tag, whatever its string type.
        let (tag, value) = match self.text() {
            Some(text) => (UTF8_STRING, letters.normal(&text).into_bytes()),
            None => (self.tag, self.value.clone()),
        };
        let length = |bytes: &[u8]| bytes.len().to_be_bytes();
        [&length(&self.oid)[..], &self.oid, &[tag], &length(&value), &value].concat()
    }
}

impl Letters {
    /// The text without upper case and surplus spaces.
    fn normal(self, text: &str) -> String {
        match self {
            Letters::Every => {
                let folded: String = text.chars().flat_map(char::to_lowercase).collect();
                folded.split_whitespace().collect::<Vec<_>>().join(" ")
            }
            Letters::Ascii => text.to_ascii_lowercase().split_ascii_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

/// The name of an attribute, for those that are text.
fn label_of(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        EMAIL_ADDRESS => "emailAddress",
        _ => return None,
    })
}

fn wide(value: &[u8], width: usize) -> Option<String> {
    let units = value.chunks(width);
    units
        .map(|unit| {
            let code = unit.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
            (unit.len() == width).then(|| char::from_u32(code)).flatten()
        })
        .collect()
}

/// The most specific attribute first: `CN=…, O=…`. Commas, pluses and backslashes within a value are escaped, and so is
/// whatever is not plainly visible.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attributes.is_empty() {
            return f.write_str("(empty name)");
        }
        let mut previous = None;
        for attribute in self.attributes.iter().rev() {
            match previous {
                Some(set) if set == attribute.set => f.write_str("+")?,
                Some(_) => f.write_str(", ")?,
                None => {}
            }
            previous = Some(attribute.set);
            match label_of(&attribute.oid) {
                Some(label) => write!(f, "{label}=")?,
                None => write!(f, "{}=", Dotted(&attribute.oid))?,
            }
            match attribute.text() {
                Some(text) => write_value(f, &text)?,
                None => write!(f, "#{}", crate::serial::Hex(&attribute.value))?,
            }
        }
        Ok(())
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_CHARACTERS_MAX {
            return f.write_str("…");
        }
        match character {
            ',' | '+' => write!(f, "\\{character}")?,
            other => write_escaped(f, other)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(value.len()).unwrap()], value].concat()
    }

    fn name(parts: &[(u8, u8, &[u8])]) -> Name {
        let sets: Vec<u8> = parts
            .iter()
            .flat_map(|(arc, tag, value)| {
                tlv(SET, &tlv(SEQUENCE, &[tlv(6, &[0x55, 4, *arc]), tlv(*tag, value)].concat()))
            })
            .collect();
        let der = tlv(SEQUENCE, &sets);
        Name::read(&Reader::new(&der).any().unwrap()).unwrap().0
    }

    #[test]
    fn case_spaces_and_string_type_make_no_difference_and_anything_else_does() {
        let plain = name(&[(6, PRINTABLE_STRING, b"CH"), (3, UTF8_STRING, "Root Zürich".as_bytes())]);
        let other = name(&[(6, UTF8_STRING, b"ch"), (3, TELETEX_STRING, b"  rooT   z\xfcrich ")]);
        assert!(plain.matches(&other));
        assert!(!plain.is_identical(&other));
        assert!(!plain.matches(&name(&[(3, UTF8_STRING, "Root Zürich".as_bytes()), (6, PRINTABLE_STRING, b"CH")])));
        assert!(!plain.matches(&name(&[(6, PRINTABLE_STRING, b"CH")])));
        assert!(!plain.matches(&name(&[(6, PRINTABLE_STRING, b"CH"), (3, UTF8_STRING, b"Root Zurich")])));
        assert!(
            plain.matches(&name(&[
                (6, PRINTABLE_STRING, b"CH"),
                (3, BMP_STRING, b"\0R\0o\0o\0t\0 \0Z\0\xfc\0r\0i\0c\0h")
            ]))
        );
    }

    #[test]
    fn the_end_of_a_name_is_its_most_specific_part_whatever_its_case_and_string_types() {
        let whole = name(&[(6, PRINTABLE_STRING, b"CH"), (10, UTF8_STRING, b"Example"), (3, UTF8_STRING, b"Root G2")]);
        for (part, is_end) in [
            (name(&[(3, UTF8_STRING, b"Root G2")]), true),
            (name(&[(10, PRINTABLE_STRING, b"EXAMPLE"), (3, TELETEX_STRING, b" root  g2")]), true),
            (whole.clone(), true),
            // A beginning of the text is another name, and so is a part that is not at the end.
            (name(&[(3, UTF8_STRING, b"Root")]), false),
            (name(&[(10, UTF8_STRING, b"Example")]), false),
            (name(&[(6, PRINTABLE_STRING, b"CH"), (3, UTF8_STRING, b"Root G2")]), false),
            (
                name(&[
                    (5, UTF8_STRING, b"1"),
                    (6, PRINTABLE_STRING, b"CH"),
                    (10, UTF8_STRING, b"Example"),
                    (3, UTF8_STRING, b"Root G2"),
                ]),
                false,
            ),
        ] {
            assert_eq!(whole.ends_with(&part), is_end, "{part}");
        }
        assert_eq!(whole.most_specific_text().unwrap(), "Root G2");
        assert_eq!(name(&[(10, UTF8_STRING, b"Example"), (3, 0x02, b"\x01")]).most_specific_text().unwrap(), "Example");
    }

    #[test]
    fn the_same_text_in_other_strings_is_told_from_another_case() {
        let plain = name(&[(6, PRINTABLE_STRING, b"CH"), (3, UTF8_STRING, b"Root")]);
        assert!(plain.has_same_text(&name(&[(6, UTF8_STRING, b"CH"), (3, BMP_STRING, b"\0R\0o\0o\0t")])));
        for other in [
            name(&[(6, PRINTABLE_STRING, b"CH"), (3, UTF8_STRING, b"ROOT")]),
            name(&[(3, UTF8_STRING, b"Root"), (6, PRINTABLE_STRING, b"CH")]),
            name(&[(6, PRINTABLE_STRING, b"CH"), (10, UTF8_STRING, b"Root")]),
        ] {
            assert!(!plain.has_same_text(&other), "{other}");
        }
    }

    #[test]
    fn a_name_is_shown_with_the_most_specific_part_first_and_without_its_escapes() {
        let hostile = name(&[(10, UTF8_STRING, b"A, B"), (3, UTF8_STRING, "\u{1b}[31mRoot\u{202e}".as_bytes())]);
        assert_eq!(hostile.to_string(), "CN=\\u{1b}[31mRoot\\u{202e}, O=A\\, B");
    }
}
