//! Every extension of a certificate or CRL in words, for a witness who compares them with what was asked for.
//!
//! No extension is left out: what has no words here is shown as its octets, at most 64 of them. Must not: judge an extension.
//!
//! ```
//! use rootcast_pki::crl;
//! use rootcast_pki::extension_words::{in_words, of_entry};
//! use rootcast_pki::profile::Policy;
//!
//! # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let crl = crl::inspect(der, &Policy::default()).value.expect("it can be read");
//! let words = in_words(crl.extensions());
//! let number = words.iter().find(|one| one.name == "cRLNumber").expect("its number");
//! assert_eq!((number.title(), &*number.value), ("cRLNumber".to_owned(), "7"));
//! // The reason of an entry has no words here, so its octets are shown.
//! let entry = crl.entries().next().expect("an entry");
//! assert_eq!(of_entry(der, entry.offset)[0].value, "3 octets, 0a0105");
//! assert_eq!(of_entry(der, der.len()), []);
//! ```

use core::fmt::Write as _;

use crate::access_points::{self, AccessPoints};
use crate::certificate_policies::{each, read_count, read_mappings};
use crate::extension::{self, AuthorityKeyIdentifier, BasicConstraints, Extension, KeyUsage, subject_key_identifier};
use crate::general_name::{self, GeneralName};
use crate::oid::{self, Dotted, purpose_name};
use crate::serial::{Hex, SerialNumber};
use crate::strict_der::{DerError, Element, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, boolean};
use crate::time::parse_generalized_time;

/// An extension in words. Its value is not made safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionWords {
    /// Its object identifier, contents octets.
    pub oid: Vec<u8>,
    /// Its name; of an unknown one, its object identifier with dots.
    pub name: String,
    /// Whether a reader that does not know it must refuse the item.
    pub critical: bool,
    /// What it says.
    pub value: String,
}

impl ExtensionWords {
    /// Name and criticality in one text: `basicConstraints (critical)`.
    #[must_use]
    pub fn title(&self) -> String {
        if self.critical { format!("{} (critical)", self.name) } else { self.name.clone() }
    }
}

/// Each of these extensions in words, in their order.
#[must_use]
pub fn in_words(extensions: &[Extension<'_>]) -> Vec<ExtensionWords> {
    extensions.iter().map(words_of).collect()
}

/// Each extension of the CRL entry that stands at `offset` of the CRL `der`; nothing where it cannot be read.
#[must_use]
pub fn of_entry(der: &[u8], offset: usize) -> Vec<ExtensionWords> {
    let read = || {
        let mut fields = Reader::at(der.get(offset..).unwrap_or_default(), offset).expect(SEQUENCE)?.reader();
        fields.any()?;
        fields.any()?;
        match fields.optional(SEQUENCE)? {
            Some(list) => extension::read_all(list.reader(), &mut None),
            None => Ok(Vec::new()),
        }
    };
    read().map(|found: Vec<Extension<'_>>| in_words(&found)).unwrap_or_default()
}

fn words_of(extension: &Extension<'_>) -> ExtensionWords {
    let name = oid::extension_name(extension.oid).map_or_else(|| Dotted(extension.oid).to_string(), str::to_owned);
    let mut is_partial = false;
    let value = match value_of(extension, &mut is_partial) {
        // What the words leave out is among the octets.
        Ok(Some(value)) if is_partial => format!("{value}; in all {}", octets(extension.value)),
        Ok(Some(value)) => value,
        // What cannot be read breaks a rule as well. Its octets are there to be seen.
        Ok(None) | Err(_) => octets(extension.value),
    };
    ExtensionWords { oid: extension.oid.to_vec(), name, critical: extension.critical, value }
}

fn octets(value: &[u8]) -> String {
    format!("{} octets, {}", value.len(), Hex(value))
}

/// The value in words; `None` for an extension that has none here. `is_partial` is set where the words leave something out.
fn value_of(extension: &Extension<'_>, is_partial: &mut bool) -> Result<Option<String>, DerError> {
    Ok(Some(match extension.oid {
        oid::BASIC_CONSTRAINTS => basic_constraints(BasicConstraints::read(extension, &mut None)?),
        oid::KEY_USAGE => {
            let names: Vec<&str> = KeyUsage::read(extension, &mut None)?.names().collect();
            joined(names, "no use")
        }
        oid::SUBJECT_KEY_IDENTIFIER => Hex(&subject_key_identifier(extension)?).to_string(),
        oid::AUTHORITY_KEY_IDENTIFIER => authority_key(&AuthorityKeyIdentifier::read(extension)?),
        oid::CRL_DISTRIBUTION_POINTS | oid::FRESHEST_CRL => {
            let points = access_points::read_points(extension)?;
            let mut text = places(&points, is_partial);
            if points.partial {
                *is_partial = true;
                text.push_str(", for some reasons or another issuer only");
            }
            text
        }
        oid::AUTHORITY_INFO_ACCESS | oid::SUBJECT_INFO_ACCESS => {
            let access = access_points::read_access(extension)?;
            let mut parts = Vec::new();
            for (label, points) in [("issuer's certificate at", &access.issuers), ("OCSP at", &access.responders)] {
                if !points.urls.is_empty() || points.others {
                    parts.push(format!("{label} {}", places(points, is_partial)));
                }
            }
            *is_partial |= access.other_method.is_some();
            parts.extend(access.other_method.map(|method| format!("another method, {}", Dotted(method))));
            joined(parts, "nothing")
        }
        oid::CERTIFICATE_POLICIES => policies(extension, is_partial)?,
        oid::POLICY_MAPPINGS => {
            let mappings = read_mappings(extension)?;
            joined(mappings.iter().map(|(here, below)| format!("{} is {} below", Dotted(here), Dotted(below))), "none")
        }
        oid::POLICY_CONSTRAINTS => policy_constraints(extension)?,
        oid::INHIBIT_ANY_POLICY => {
            format!("anyPolicy counts for {} CAs below", read_count(&extension.only(INTEGER)?)?)
        }
        oid::EXTENDED_KEY_USAGE => purposes(extension)?,
        oid::INVALIDITY_DATE => match parse_generalized_time(extension.only(GENERALIZED_TIME)?.value) {
            Ok(date) => date.to_string(),
            Err(_) => return Ok(None),
        },
        oid::SUBJECT_ALT_NAME | oid::ISSUER_ALT_NAME | oid::CERTIFICATE_ISSUER => {
            let mut names = Vec::new();
            general_name::read_all(&extension.only(SEQUENCE)?, |name| names.push(name_text(&name, is_partial)))?;
            joined(names, "no name")
        }
        oid::NAME_CONSTRAINTS => name_constraints(extension, is_partial)?,
        oid::CRL_NUMBER | oid::DELTA_CRL_INDICATOR => {
            let number = extension.only(INTEGER)?;
            match crate::crl_number::CrlNumber::from_contents(number.value) {
                Ok(number) => number.to_string(),
                Err(_) => return Ok(None),
            }
        }
        oid::ISSUING_DISTRIBUTION_POINT => issuing_distribution_point(extension, is_partial)?,
        _ => return Ok(None),
    }))
}

fn joined<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, none: &str) -> String {
    let mut text = String::new();
    for part in texts {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(part.as_ref());
    }
    if text.is_empty() { none.to_owned() } else { text }
}

fn basic_constraints(constraints: BasicConstraints) -> String {
    match (constraints.is_ca, constraints.path_length) {
        (false, None) => "no CA".to_owned(),
        (false, Some(length)) => format!("no CA, with path length {length}"),
        (true, None) => "a CA, with any number of CAs below it".to_owned(),
        (true, Some(0)) => "a CA, with no CA below it (path length 0)".to_owned(),
        (true, Some(length)) => format!("a CA, with at most {length} CAs below it in a row (path length {length})"),
    }
}

fn authority_key(key: &AuthorityKeyIdentifier) -> String {
    let mut text = key.key_id.as_deref().map_or_else(|| "no identifier".to_owned(), |id| Hex(id).to_string());
    // Writing to a String cannot fail.
    if let Some(name) = &key.issued_by {
        let _ = write!(text, ", issued by {name}");
    }
    if let Some(serial) = &key.serial {
        let _ = write!(text, ", serial number {}", SerialNumber::from_contents(serial));
    }
    text
}

fn places(points: &AccessPoints<'_>, is_partial: &mut bool) -> String {
    *is_partial |= points.others;
    let other = points.others.then_some("a place that is no URL");
    joined(points.urls.iter().copied().chain(other), "no place")
}

fn policies(extension: &Extension<'_>, is_partial: &mut bool) -> Result<String, DerError> {
    let mut found = Vec::new();
    each(&extension.only(SEQUENCE)?, |policy| {
        let mut fields = policy.reader();
        let identifier = fields.oid()?.value;
        let has_qualifiers = fields.optional(SEQUENCE)?.is_some();
        fields.finish()?;
        *is_partial |= has_qualifiers;
        let name = if identifier == oid::ANY_POLICY { "any policy".to_owned() } else { Dotted(identifier).to_string() };
        found.push(if has_qualifiers { format!("{name} with qualifiers") } else { name });
        Ok(())
    })?;
    Ok(joined(found, "none"))
}

fn policy_constraints(extension: &Extension<'_>) -> Result<String, DerError> {
    let mut fields = extension.only(SEQUENCE)?.reader();
    let mut parts = Vec::new();
    for (tag, what) in [(0x80, "a policy is required after"), (0x81, "mappings count for")] {
        if let Some(count) = fields.optional(tag)? {
            parts.push(format!("{what} {} CAs below", read_count(&count)?));
        }
    }
    fields.finish()?;
    Ok(joined(parts, "nothing"))
}

fn purposes(extension: &Extension<'_>) -> Result<String, DerError> {
    let mut rest = extension.only(SEQUENCE)?.reader();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let purpose = rest.oid()?.value;
        found.push(purpose_name(purpose).map_or_else(|| Dotted(purpose).to_string(), str::to_owned));
    }
    Ok(joined(found, "nothing"))
}

fn name_text(name: &GeneralName<'_>, is_partial: &mut bool) -> String {
    match name {
        GeneralName::Url(url) => format!("URL {url}"),
        GeneralName::Directory(name) => format!("name {name}"),
        GeneralName::Email(address) => format!("e-mail {address}"),
        GeneralName::Host(host) => format!("host {host}"),
        GeneralName::Address(octets) => format!("IP {}", Hex(octets)),
        GeneralName::Other(tag) => {
            *is_partial = true;
            format!("a name of the form {tag:#04x}")
        }
    }
}

fn name_constraints(extension: &Extension<'_>, is_partial: &mut bool) -> Result<String, DerError> {
    let mut fields = extension.only(SEQUENCE)?.reader();
    let mut parts = Vec::new();
    for (tag, what) in [(0xa0, "only"), (0xa1, "never")] {
        let Some(subtrees) = fields.optional(tag)? else { continue };
        let mut rest = subtrees.reader();
        while !rest.is_empty() {
            let mut subtree = rest.expect(SEQUENCE)?.reader();
            let base = subtree.any()?;
            // Bounds of the distance, which no profile has.
            *is_partial |= !subtree.is_empty();
            parts.push(format!("{what} {}", name_text(&general_name::read(&base)?, is_partial)));
        }
    }
    fields.finish()?;
    Ok(joined(parts, "nothing"))
}

fn issuing_distribution_point(extension: &Extension<'_>, is_partial: &mut bool) -> Result<String, DerError> {
    let mut fields = extension.only(SEQUENCE)?.reader();
    let mut parts = Vec::new();
    if let Some(point) = fields.optional(0xa0)? {
        let mut names = Vec::new();
        let is_relative = general_name::read_point_name(&point, |name| names.push(name_text(&name, is_partial)))?;
        *is_partial |= is_relative;
        parts.push(if is_relative {
            "a place relative to the issuer's name".to_owned()
        } else {
            joined(names, "no name")
        });
    }
    let is_set = |flag: Option<Element<'_>>| flag.map_or(Ok(false), |flag| boolean(&flag));
    for (tag, what) in [(0x81, "only end-entity certificates"), (0x82, "only CA certificates")] {
        if is_set(fields.optional(tag)?)? {
            parts.push(what.to_owned());
        }
    }
    if fields.optional(0x83)?.is_some() {
        *is_partial = true;
        parts.push("only some reasons".to_owned());
    }
    for (tag, what) in [(0x84, "indirect"), (0x85, "only attribute certificates")] {
        if is_set(fields.optional(tag)?)? {
            parts.push(what.to_owned());
        }
    }
    fields.finish()?;
    Ok(joined(parts, "no limits"))
}

#[cfg(test)]
mod tests {
    use super::{Extension, in_words};
    use crate::oid;

    fn extension<'a>(oid: &'a [u8], value: &'a [u8]) -> Extension<'a> {
        Extension { oid, critical: oid == oid::KEY_USAGE, value, offset: 0, value_offset: 0 }
    }

    #[test]
    fn every_extension_of_a_ca_has_words_and_an_unknown_one_its_octets() {
        let point = [&[0x30, 26, 0x30, 24, 0xa0, 22, 0xa0, 20, 0x86, 18][..], b"http://a.example/c"].concat();
        for (oid, value, words) in [
            (oid::BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0xff][..], "a CA, with any number of CAs below it"),
            (oid::BASIC_CONSTRAINTS, &[0x30, 6, 1, 1, 0xff, 2, 1, 0], "a CA, with no CA below it (path length 0)"),
            (oid::KEY_USAGE, &[3, 2, 1, 6], "keyCertSign, cRLSign"),
            (oid::SUBJECT_KEY_IDENTIFIER, &[4, 2, 0xab, 1], "ab01"),
            (oid::CRL_DISTRIBUTION_POINTS, &point, "http://a.example/c"),
            (oid::CERTIFICATE_POLICIES, &[0x30, 8, 0x30, 6, 6, 4, 0x55, 0x1d, 32, 0], "any policy"),
            (oid::EXTENDED_KEY_USAGE, &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1], "serverAuth"),
            (oid::CRL_NUMBER, &[2, 1, 7], "7"),
            (oid::INVALIDITY_DATE, b"\x18\x0f20261130011700Z", "2026-11-30T01:17:00Z"),
            (oid::ISSUING_DISTRIBUTION_POINT, &[0x30, 3, 0x82, 1, 0xff], "only CA certificates"),
            (oid::NAME_CONSTRAINTS, &[0x30, 9, 0xa0, 7, 0x30, 5, 0x82, 3, b'a', b'.', b'b'], "only host a.b"),
            // What the words leave out is among the octets.
            (
                oid::CERTIFICATE_POLICIES,
                &[0x30, 12, 0x30, 10, 6, 4, 0x55, 0x1d, 32, 0, 0x30, 2, 5, 0],
                "any policy with qualifiers; in all 14 octets, 300c300a0604551d200030020500",
            ),
            (
                oid::NAME_CONSTRAINTS,
                &[0x30, 12, 0xa0, 10, 0x30, 8, 0x82, 3, b'a', b'.', b'b', 0x81, 1, 3],
                "only host a.b; in all 14 octets, 300ca00a30088203612e62810103",
            ),
            (oid::SUBJECT_ALT_NAME, &[0x30, 3, 0x88, 1, 3], "a name of the form 0x88; in all 5 octets, 3003880103"),
            (&[0x2a, 3], &[5, 0], "2 octets, 0500"),
            (oid::KEY_USAGE, &[5, 0], "2 octets, 0500"),
        ] {
            let told = in_words(&[extension(oid, value)]);
            assert_eq!(told[0].value, words);
        }
        // An entry of a CRL: serial number, date, and an invalidityDate.
        let date = [&[0x30, 24, 6, 3, 0x55, 0x1d, 24, 4, 17][..], b"\x18\x0f20261130011700Z"].concat();
        let entry = [&[0x30, 46, 2, 1, 7][..], b"\x17\x0d261130011700Z", &[0x30, 26], &date].concat();
        let told = super::of_entry(&[&[0xff; 5], &*entry].concat(), 5);
        assert_eq!((told[0].name.as_str(), told[0].value.as_str()), ("invalidityDate", "2026-11-30T01:17:00Z"));
        assert_eq!(told[0].oid, oid::INVALIDITY_DATE);
        assert_eq!((super::of_entry(&entry, 1), super::of_entry(&[], 9)), (Vec::new(), Vec::new()));
        let told = in_words(&[extension(oid::KEY_USAGE, &[3, 2, 1, 6]), extension(&[0x2a, 3], &[0; 200])]);
        assert_eq!((told[0].title().as_str(), told[1].name.as_str()), ("keyUsage (critical)", "1.2.3"));
        assert!(
            told[1].value.starts_with("200 octets, 0000") && told[1].value.ends_with("… (200 bytes)"),
            "{}",
            told[1].value
        );
    }
}
