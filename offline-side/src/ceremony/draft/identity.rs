//! Whose name and key identifier a certificate states. A renewal is not a new CA: relying parties find the issuer of what
//! a CA issued by its name, byte for byte, and by its subjectKeyIdentifier (RFC 5280 §4.1.2.6, §4.2.1.2). So a key keeps
//! both, whatever text a request has.

use rootcast_pki::history::KnownKey;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::name::Name;
use rootcast_protocol::hex;

use super::certificate::key_identifier;
use crate::ceremony::request::distinguished_name::DistinguishedName;
use crate::ceremony::request::{AskedSubject, RequestFault};

/// Name and key identifier of a key, as a certificate states them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The Name, DER.
    pub subject: Vec<u8>,
    /// The subjectKeyIdentifier, or what stands for it.
    pub key_id: Vec<u8>,
}

impl From<&Issuer> for Identity {
    fn from(issuer: &Issuer) -> Self {
        Self { subject: issuer.subject().der().to_vec(), key_id: issuer.key_id().to_vec() }
    }
}

impl From<&KnownKey> for Identity {
    fn from(known: &KnownKey) -> Self {
        Self { subject: known.subject.clone(), key_id: known.key_id.clone() }
    }
}

/// A name, DER, as everything else shows it: not as somebody typed it.
pub(super) fn subject_text(name: &[u8]) -> String {
    Name::from_der(name).map_or_else(|| "a name that cannot be read".to_owned(), |name| name.to_string())
}

impl Identity {
    /// The name for people, safe to print.
    #[must_use]
    pub fn subject_text(&self) -> String {
        subject_text(&self.subject)
    }

    /// The identifier for people.
    #[must_use]
    pub fn key_id_text(&self) -> String {
        hex::encode(&self.key_id)
    }

    /// Both, for people.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} with the identifier {}", self.subject_text(), self.key_id_text())
    }

    /// Whether both names are the same text, whatever the encoding.
    #[must_use]
    pub(crate) fn has_same_text(&self, other: &Self) -> bool {
        let names = (Name::from_der(&self.subject), Name::from_der(&other.subject));
        matches!(names, (Some(own), Some(other)) if own.has_same_text(&other))
    }

    /// Whether the request's text is this name, whatever the encoding.
    #[must_use]
    pub(crate) fn is_named(&self, text: &DistinguishedName) -> bool {
        let names = (Name::from_der(&self.subject), Name::from_der(text.der()));
        matches!(names, (Some(own), Some(other)) if own.matches(&other))
    }
}

/// What a certificate's identity is decided from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The subject in the request.
    pub(super) subject: &'a AskedSubject,
    /// The subject of the certification request, DER.
    pub(super) csr: Option<&'a [u8]>,
    /// Whose key it is, SubjectPublicKeyInfo.
    pub(super) spki: &'a [u8],
    /// What the key has already: of the certificate that is replaced, or as the state knows it.
    pub(super) existing: Option<&'a Identity>,
    /// Whether the request allows a difference, with a reason.
    pub(super) may_differ: bool,
}

impl Asked<'_> {
    /// The identity that the certificate gets.
    ///
    /// # Errors
    /// [`RequestFault::Continuity`] where it would differ from the existing one, [`RequestFault::SubjectMissing`].
    pub(super) fn decide(self) -> Result<Identity, RequestFault> {
        let usual = key_identifier(self.spki).map_err(RequestFault::Draft)?;
        let asked = match self.subject {
            AskedSubject::Written(text) => Some(text.der()),
            AskedSubject::AsInCsr => self.csr,
            AskedSubject::Kept => None,
        };
        let Some(existing) = self.existing else {
            let subject = asked.ok_or(RequestFault::SubjectMissing)?.to_vec();
            return Ok(Identity { subject, key_id: usual });
        };
        if self.may_differ {
            return Ok(Identity { subject: asked.unwrap_or(&existing.subject).to_vec(), key_id: usual });
        }
        match self.subject {
            AskedSubject::Written(text) if !existing.is_named(text) => {
                let known = existing.subject_text();
                let is_reversed = match (Name::from_der(text.der()), Name::from_der(&existing.subject)) {
                    (Some(written), Some(known)) => written.is_reverse_of(&known),
                    _ => false,
                };
                let order = match is_reversed {
                    true => format!(". The order is reversed: write the most specific attribute first, as in {known}"),
                    false => String::new(),
                };
                let why = format!("the request names {text}, but this key has the name {known} already{order}");
                Err(RequestFault::Continuity { why })
            }
            AskedSubject::AsInCsr if asked != Some(existing.subject.as_slice()) => {
                let named = asked.and_then(Name::from_der).map(|name| name.to_string()).unwrap_or_default();
                let why = format!(
                    "the request asks for the name as in the csr, {named}, which is not byte for byte the name of this key: {}",
                    existing.subject_text()
                );
                Err(RequestFault::Continuity { why })
            }
            _ => Ok(existing.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An Ed25519 key.
    fn spki() -> Vec<u8> {
        [&b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"[..], &[9; 32]].concat()
    }

    fn name(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap()
    }

    fn existing() -> Identity {
        // CN=Old CA as PrintableString: no text makes this encoding.
        Identity {
            subject: b"\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x13\x06Old CA".to_vec(),
            key_id: vec![7; 32],
        }
    }

    fn decide(
        subject: &AskedSubject,
        csr: Option<&[u8]>,
        existing: Option<&Identity>,
        may_differ: bool,
    ) -> Result<Identity, RequestFault> {
        Asked { subject, csr, spki: &spki(), existing, may_differ }.decide()
    }

    #[test]
    fn a_key_keeps_its_name_and_identifier_byte_for_byte() {
        let existing = existing();
        for subject in [AskedSubject::Kept, AskedSubject::Written(name("CN=old  ca"))] {
            assert_eq!(decide(&subject, None, Some(&existing), false), Ok(existing.clone()), "{subject:?}");
        }
        assert_eq!(
            decide(&AskedSubject::AsInCsr, Some(&existing.subject), Some(&existing), false),
            Ok(existing.clone())
        );
    }

    #[test]
    fn another_name_or_encoding_is_refused_and_a_reason_lets_it_pass() {
        let (existing, other, utf8) = (existing(), name("CN=New CA"), name("CN=Old CA"));
        let usual = key_identifier(&spki()).unwrap();
        for (subject, csr, named) in [
            (AskedSubject::Written(other.clone()), None, other.der()),
            (AskedSubject::AsInCsr, Some(utf8.der()), utf8.der()),
        ] {
            let refused = decide(&subject, csr, Some(&existing), false).unwrap_err();
            assert!(matches!(refused, RequestFault::Continuity { .. }), "{refused:?}");
            assert!(refused.to_string().contains("will not find the issuer"), "{refused}");
            let new = decide(&subject, csr, Some(&existing), true).unwrap();
            assert_eq!((new.subject.as_slice(), &new.key_id), (named, &usual));
        }
        let new = decide(&AskedSubject::Kept, None, Some(&existing), true).unwrap();
        assert_eq!((&new.subject, &new.key_id), (&existing.subject, &usual));
    }

    /// In the order in which `openssl x509 -subject` shows a name, it is another name.
    #[test]
    fn a_name_that_is_written_backwards_is_refused_with_the_order_that_is_right() {
        let existing = Identity { subject: name("CN=Old CA,O=Example,C=CH").der().to_vec(), key_id: vec![7; 32] };
        for (text, is_reversed) in [("C=CH,O=Example,CN=Old CA", true), ("O=Example,CN=Old CA,C=CH", false)] {
            let refused = decide(&AskedSubject::Written(name(text)), None, Some(&existing), false).unwrap_err();
            let said =
                "The order is reversed: write the most specific attribute first, as in CN=Old CA, O=Example, C=CH";
            assert_eq!(refused.to_string().contains(said), is_reversed, "{refused}");
        }
    }

    #[test]
    fn a_key_that_nothing_is_known_of_gets_the_name_of_the_request() {
        let text = name("CN=New CA");
        let new = decide(&AskedSubject::Written(text.clone()), None, None, false).unwrap();
        assert_eq!((new.subject.as_slice(), new.key_id), (text.der(), key_identifier(&spki()).unwrap()));
        let new = decide(&AskedSubject::AsInCsr, Some(text.der()), None, false).unwrap();
        assert_eq!(new.subject, text.der());
        assert_eq!(decide(&AskedSubject::Kept, Some(text.der()), None, false), Err(RequestFault::SubjectMissing));
    }
}
