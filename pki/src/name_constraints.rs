//! nameConstraints (RFC 5280 §4.2.1.10): read, and compared with the names in a certificate below. What follows from a
//! name that breaks them is the rules' matter.
//!
//! Every subtree counts, whether the extension is critical or not (§6.1.4(g)). directoryName, rfc822Name, dNSName,
//! iPAddress and URLs are compared. Of any other form, and where a subtree has a minimum or maximum, nobody can say
//! whether a name is permitted: then the name is refused, and a certificate without such a name is not.

use crate::extension::Extension;
use crate::general_name::{self, GeneralName, NAMES_MAX};
use crate::limits::SHOWN_CHARACTERS_MAX;
use crate::name::{Letters, Name};
use crate::serial::Hex;
use crate::strict_der::{DerError, Element, Fault, SEQUENCE, check_integer, small_integer};
use crate::text::Escaped;

/// Comparisons of a name with a subtree, for one certificate below one issuer. OpenSSL has the same bound.
const COMPARISONS_MAX: usize = 1 << 20;

/// Octets of names, each counted once for every subtree: some seconds' work would be 2^32.
const COMPARED_OCTETS_MAX: usize = 1 << 28;

/// The nameConstraints of one certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    subtrees: Vec<Subtree>,
    /// What of its form makes it of less use than it looks.
    pub(crate) form: ConstraintsForm,
}

/// What is odd about the form of nameConstraints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConstraintsForm {
    /// Whether a minimum or maximum is written.
    pub(crate) bounded: bool,
    /// The first base that has not the syntax of its form, so that no name can be compared with it: what it is not.
    pub(crate) ill_formed: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Subtree {
    excluded: bool,
    /// Whether it has a minimum other than 0, or a maximum.
    bounded: bool,
    base: Base,
}

/// What a subtree stands below, or a name to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Base {
    Directory { every: Vec<Vec<u8>>, ascii: Vec<Vec<u8>> },
    Email(String),
    Host(String),
    Address(Vec<u8>),
    Url(String),
    Other(u8),
}

/// A name in a certificate, to be compared with the constraints of its issuers.
#[derive(Clone, Debug)]
pub(crate) struct ConstrainedName {
    /// Its form and value, for people: `directoryName CN=…`.
    shown: String,
    octets: usize,
    base: Base,
}

/// Why a name does not stand where the constraints want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// It is within an excluded subtree.
    Excluded,
    /// There are permitted subtrees of its form, and it is in none.
    NotPermitted,
    /// It is permitted only where letters beyond ASCII are compared without regard to case, which not all software does.
    OtherLetters,
    /// It cannot be compared, for this reason.
    NotComparable(&'static str),
}

impl NameConstraints {
    /// Reads the extension.
    pub(crate) fn read(extension: &Extension<'_>) -> Result<Self, DerError> {
        let list = extension.only(SEQUENCE)?;
        let mut fields = list.reader();
        let subtrees = [(false, fields.optional(0xa0)?), (true, fields.optional(0xa1)?)];
        fields.finish()?;
        if list.value.is_empty() {
            return Err(list.error(Fault::Form("nameConstraints without any constraint")));
        }
        let mut constraints = NameConstraints::default();
        for (excluded, subtrees) in subtrees {
            let Some(subtrees) = subtrees else { continue };
            if subtrees.value.is_empty() {
                return Err(subtrees.error(Fault::Form("an empty list")));
            }
            let mut reader = subtrees.reader();
            while !reader.is_empty() {
                let tree = reader.expect(SEQUENCE)?;
                if constraints.subtrees.len() == NAMES_MAX {
                    return Err(tree.error(Fault::TooMany { what: "subtrees", max: NAMES_MAX }));
                }
                constraints.add(excluded, &tree)?;
            }
        }
        Ok(constraints)
    }

    fn add(&mut self, excluded: bool, tree: &Element<'_>) -> Result<(), DerError> {
        let mut fields = tree.reader();
        let base = Base::from(general_name::read(&fields.any()?)?);
        let (minimum, maximum) = (fields.optional(0x80)?, fields.optional(0x81)?);
        fields.finish()?;
        let mut bounded = maximum.is_some();
        for bound in [minimum, maximum].iter().flatten() {
            bounded |= distance(bound)? != 0;
            self.form.bounded = true;
        }
        if let Err(wrong) = base.check() {
            self.form.ill_formed.get_or_insert(wrong);
        }
        self.subtrees.push(Subtree { excluded, bounded, base });
        Ok(())
    }

    /// Whether there are more names and subtrees than anybody compares.
    pub(crate) fn is_too_much_for(&self, names: &[ConstrainedName]) -> bool {
        let octets = names.iter().fold(0_usize, |sum, name| sum.saturating_add(name.octets));
        names.len().saturating_mul(self.subtrees.len()) > COMPARISONS_MAX
            || octets.saturating_mul(self.subtrees.len()) > COMPARED_OCTETS_MAX
    }

    /// What is wrong with this name, if anything is (§6.1.3(b) and (c)).
    pub(crate) fn breach(&self, name: &ConstrainedName) -> Option<Breach> {
        let (mut has_permitted, mut is_permitted, mut is_plainly_permitted) = (false, false, false);
        for subtree in self.subtrees.iter().filter(|subtree| subtree.base.is_of_form(&name.base)) {
            if subtree.bounded {
                return Some(Breach::NotComparable("a subtree of that form has a minimum or maximum"));
            }
            // Nobody knows what it excludes. What it permits it does not say, so it permits nothing.
            if subtree.excluded && subtree.base.check().is_err() {
                return Some(Breach::NotComparable("an excluded subtree of that form has not the syntax of its form"));
            }
            let within = match within(&name.base, &subtree.base, subtree.excluded) {
                Ok(within) => within,
                Err(why) => return Some(Breach::NotComparable(why)),
            };
            if subtree.excluded {
                if within != Within::No {
                    return Some(Breach::Excluded);
                }
            } else {
                has_permitted = true;
                is_permitted |= within != Within::No;
                is_plainly_permitted |= within == Within::Plainly;
            }
        }
        match (has_permitted, is_permitted, is_plainly_permitted) {
            (false, ..) | (_, _, true) => None,
            (true, true, false) => Some(Breach::OtherLetters),
            (true, false, false) => Some(Breach::NotPermitted),
        }
    }
}

/// A BaseDistance: an INTEGER that is not negative.
fn distance(integer: &Element<'_>) -> Result<u32, DerError> {
    check_integer(integer)?;
    let fault = integer.error(Fault::Form("a count that is negative or above 4294967295"));
    small_integer(integer).ok_or(fault)
}

impl ConstrainedName {
    /// A directory name.
    pub(crate) fn directory(name: &Name) -> Self {
        let base = Base::directory(name);
        ConstrainedName { shown: format!("directoryName {name}"), octets: name.der().len(), base }
    }

    /// An address for electronic mail, from an attribute of a name.
    pub(crate) fn email(address: &str) -> Self {
        Self::from(&GeneralName::Email(address))
    }

    /// What stands in the place of an address and is none: within nothing, and shown as it is.
    pub(crate) fn no_email(shown: &str) -> Self {
        let shown: String = shown.chars().take(SHOWN_CHARACTERS_MAX).collect();
        Self { shown: format!("emailAddress {}", Escaped(&shown)), ..Self::email("") }
    }
}

impl From<&GeneralName<'_>> for ConstrainedName {
    fn from(name: &GeneralName<'_>) -> Self {
        let (shown, octets) = match name {
            GeneralName::Directory(name) => return Self::directory(name),
            GeneralName::Email(text) => (format!("rfc822Name {}", Escaped(cut(text))), text.len()),
            GeneralName::Host(text) => (format!("dNSName {}", Escaped(cut(text))), text.len()),
            GeneralName::Url(text) => (format!("URI {}", Escaped(cut(text))), text.len()),
            GeneralName::Address(octets) => {
                let shown = octets.get(..16).unwrap_or(octets);
                (format!("iPAddress {}", Hex(shown)), octets.len())
            }
            GeneralName::Other(0xa0) => ("otherName".to_owned(), 1),
            GeneralName::Other(0xa3) => ("x400Address".to_owned(), 1),
            GeneralName::Other(0xa5) => ("ediPartyName".to_owned(), 1),
            GeneralName::Other(_) => ("registeredID".to_owned(), 1),
        };
        ConstrainedName { shown, octets, base: Base::from(name.clone()) }
    }
}

impl core::fmt::Display for ConstrainedName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// The beginning of a text, as much as is shown; ASCII.
fn cut(text: &str) -> &str {
    text.get(..SHOWN_CHARACTERS_MAX).unwrap_or(text)
}

impl Base {
    fn directory(name: &Name) -> Self {
        Base::Directory { every: name.keys(Letters::Every), ascii: name.keys(Letters::Ascii) }
    }

    /// Whether it has the syntax of a base of its form (RFC 5280 §4.2.1.10), or what it is not.
    fn check(&self) -> Result<(), &'static str> {
        // With a dot before it, a host stands for those below it.
        let is_host = |base: &str| is_host(base.strip_prefix('.').unwrap_or(base));
        let (well_formed, wrong) = match self {
            Base::Directory { .. } | Base::Other(_) => return Ok(()),
            Base::Host(base) => (base.is_empty() || is_host(base), "dNSName that is no host"),
            Base::Url(base) => (base.is_empty() || is_host(base), "URI that is no host"),
            Base::Email(base) => {
                let host = base.rsplit_once('@').map_or(&**base, |(_, host)| host);
                let is_plain = base.bytes().all(|octet| octet.is_ascii_graphic());
                (base.is_empty() || is_plain && is_host(host), "rfc822Name that is neither a mailbox nor a host")
            }
            Base::Address(base) => (matches!(base.len(), 8 | 32), "iPAddress that is no address with a mask"),
        };
        if well_formed { Ok(()) } else { Err(wrong) }
    }

    fn is_of_form(&self, other: &Base) -> bool {
        match (self, other) {
            (Base::Other(tag), Base::Other(other)) => tag == other,
            _ => core::mem::discriminant(self) == core::mem::discriminant(other),
        }
    }
}

impl From<GeneralName<'_>> for Base {
    fn from(name: GeneralName<'_>) -> Self {
        match name {
            GeneralName::Directory(name) => Base::directory(&name),
            GeneralName::Email(text) => Base::Email(text.to_owned()),
            GeneralName::Host(text) => Base::Host(text.to_owned()),
            GeneralName::Address(octets) => Base::Address(octets.to_vec()),
            GeneralName::Url(text) => Base::Url(text.to_owned()),
            GeneralName::Other(tag) => Base::Other(tag),
        }
    }
}

/// Whether a name stands in a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    No,
    /// Only where letters beyond ASCII have no case.
    Loosely,
    Plainly,
}

impl Within {
    fn plainly(within: bool) -> Self {
        if within { Within::Plainly } else { Within::No }
    }
}

/// Compares a name with a base of the same form. Where a base can be understood in two ways, an excluded one has the wider.
fn within(name: &Base, base: &Base, excluded: bool) -> Result<Within, &'static str> {
    match (name, base) {
        (Base::Directory { every, ascii }, Base::Directory { every: base, ascii: base_ascii }) => {
            Ok(match (ascii.starts_with(base_ascii), every.starts_with(base)) {
                (true, _) => Within::Plainly,
                (false, true) => Within::Loosely,
                (false, false) => Within::No,
            })
        }
        (Base::Email(address), Base::Email(base)) => email_within(address, base, excluded).map(Within::plainly),
        (Base::Host(host), Base::Host(base)) => host_within(host, base, excluded).map(Within::plainly),
        (Base::Address(address), Base::Address(base)) => address_within(address, base).map(Within::plainly),
        (Base::Url(url), Base::Url(base)) => url_within(url, base, excluded).map(Within::plainly),
        _ => Err("nothing here compares names of that form"),
    }
}

/// The domain behind the last at sign; a base may be one mailbox, one host, or with a dot before it every host below it.
fn email_within(address: &str, base: &str, excluded: bool) -> Result<bool, &'static str> {
    let (local, host) = address.rsplit_once('@').ok_or("it is no address for electronic mail")?;
    checked_host(host)?;
    // RFC 5280 does not say what an empty one means: some software takes it for every address, some for none.
    if base.is_empty() {
        return Ok(excluded);
    }
    Ok(match base.rsplit_once('@') {
        None if base.starts_with('.') => ends_with(host, base),
        None => host.eq_ignore_ascii_case(base),
        Some((mailbox, domain)) => (mailbox.is_empty() || mailbox == local) && host.eq_ignore_ascii_case(domain),
    })
}

/// The host itself, and every one below it. A name with `*` as its first label stands for every host in its place: an
/// excluded base among those is enough.
fn host_within(host: &str, base: &str, excluded: bool) -> Result<bool, &'static str> {
    let all = host.strip_prefix("*.");
    checked_host(all.unwrap_or(host))?;
    let stands_for = |all: &str| is_below(base, all) && !parent_of(base, all).trim_end_matches('.').contains('.');
    let is_within = base.is_empty() || host.eq_ignore_ascii_case(base) || is_below(host, base);
    Ok(is_within || excluded && all.is_some_and(stands_for))
}

/// Whether a host stands below this base; ASCII.
fn is_below(host: &str, base: &str) -> bool {
    ends_with(host, base) && (base.starts_with('.') || parent_of(host, base).ends_with('.'))
}

/// What stands before the end of `host` that is as long as `base`; ASCII.
fn parent_of<'h>(host: &'h str, base: &str) -> &'h str {
    host.get(..host.len().saturating_sub(base.len())).unwrap_or_default()
}

fn ends_with(host: &str, base: &str) -> bool {
    let start = host.len().checked_sub(base.len());
    start.and_then(|start| host.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(base))
}

/// Labels of letters, digits, hyphens and, as is usual, underscores, between dots (RFC 1034 §3.5). What is written in
/// another way could be the same host in another text.
fn is_host(text: &str) -> bool {
    let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    text.split('.').all(|label| !label.is_empty() && label.bytes().all(is_letter))
}

fn checked_host(host: &str) -> Result<(), &'static str> {
    match host {
        "" => Err("it has no host"),
        host if host.ends_with('.') => Err("its host ends with a dot"),
        host if !is_host(host) => Err("its host is no plain name"),
        _ => Ok(()),
    }
}

/// The base is an address and a mask.
fn address_within(address: &[u8], base: &[u8]) -> Result<bool, &'static str> {
    if !matches!(address.len(), 4 | 16) {
        return Err("it is no address of 4 or 16 octets");
    }
    let (network, mask) = base.split_at(base.len() / 2);
    let same = |((octet, network), mask): ((&u8, &u8), &u8)| octet & mask == network & mask;
    Ok(address.len() == network.len() && address.iter().zip(network).zip(mask).all(same))
}

/// The host of the URL; a base with a dot before it has every host below it.
fn url_within(url: &str, base: &str, excluded: bool) -> Result<bool, &'static str> {
    let (_, rest) = url.split_once("://").ok_or("it has no host")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(['@', '[']) {
        return Err("its host is no plain name");
    }
    let host = authority.split(':').next().unwrap_or_default();
    checked_host(host)?;
    // RFC 5280 §4.2.1.10: a URI with an address for its host is refused.
    if host.rsplit('.').next().is_some_and(|label| label.bytes().all(|octet| octet.is_ascii_digit())) {
        return Err("its host is an address");
    }
    if base.is_empty() {
        return Ok(excluded);
    }
    Ok(if base.starts_with('.') { ends_with(host, base) } else { host.eq_ignore_ascii_case(base) })
}
