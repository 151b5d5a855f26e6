//! What a signed object says, as facts of a name and a value each, for `dump.txt`, the record and the journal. It is read
//! from the object's bytes by the parser of `pki`, never from the request.

use rootcast_host::clock::{dated_text, is_now};
use rootcast_host::text::count;
use rootcast_pki::certificate::{self, InspectedCertificate};
use rootcast_pki::crl::{self, InspectedCrl};
use rootcast_pki::extension::Extension;
use rootcast_pki::extension_words::{in_words, of_entry};
use rootcast_pki::item::ItemKind;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::der_builder::assembled;
use super::object_identifier::{CRL_NUMBER, REASON_CODE};
use crate::store::journal::ceremony::{SignedKind, SignedName};

/// A name and its value.
pub(crate) type Fact = (String, String);

/// What a signed object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectFacts {
    /// Which one it is: its kind, its name, its number.
    pub(crate) name: SignedName,
    /// Everything that it says, in the order of its bytes.
    pub(crate) facts: Vec<Fact>,
}

impl ObjectFacts {
    /// Reads a signed object, DER; `None` if it cannot be read. Dates have their distance from `now`. Not made safe to print.
    #[must_use]
    pub(crate) fn read(kind: ItemKind, der: &[u8], now: Timestamp) -> Option<Self> {
        let policy = Policy::default();
        match kind {
            ItemKind::Crl => crl::inspect(der, &policy).value.map(|crl| Self::of_crl(&crl, now)),
            ItemKind::Certificate => {
                certificate::inspect(der, &policy).value.map(|found| Self::of_certificate(&found, now))
            }
        }
    }

    /// The same of what is to be signed, with this AlgorithmIdentifier: the signature is left empty.
    #[must_use]
    pub(crate) fn read_unsigned(kind: ItemKind, tbs: &[u8], algorithm: &[u8], now: Timestamp) -> Option<Self> {
        // One octet: no signature is that short, and none is checked here.
        Self::read(kind, &assembled(tbs, algorithm, &[0]).ok()?, now)
    }

    fn of_crl(crl: &InspectedCrl<'_>, now: Timestamp) -> Self {
        let number = crl.number().map_or_else(|| "none".to_owned(), |number| number.to_string());
        let numbered = crl.number().map(|number| format!("{}, extension cRLNumber", number.in_both()));
        let numbered = numbered.unwrap_or_else(|| number.clone());
        let next = crl.next_update().map_or_else(|| "none".to_owned(), |next| dated(next, now));
        let mut facts = vec![
            fact("issuer", crl.issuer()),
            fact("CRL number", numbered),
            fact("thisUpdate", dated(crl.this_update(), now)),
            fact("nextUpdate", next),
            fact("revokes", count(crl.entry_count(), "certificate")),
        ];
        // The number is said above, where there is one. An extension that has none, or is critical, is said like any other.
        let is_said =
            |found: &Extension<'_>| crl.number().is_some() && found.oid == CRL_NUMBER.as_bytes() && !found.critical;
        let all = extensions(crl.extensions()).zip(crl.extensions());
        facts.extend(all.filter(|(_, found)| !is_said(found)).map(|(fact, _)| fact));
        let name = SignedName { kind: SignedKind::Crl, name: crl.issuer().to_string(), number };
        Self { name, facts }
    }

    fn of_certificate(found: &InspectedCertificate<'_>, now: Timestamp) -> Self {
        // A root's next key, certified by this one, may have its name: a root has no other identifier of an issuer.
        let is_root = found.subject().der() == found.issuer().der()
            && found.aki().is_none_or(|aki| aki.key_id.as_deref() == found.ski());
        let kind = if is_root { SignedKind::Root } else { SignedKind::Certificate };
        let mut facts = vec![
            fact("subject", found.subject()),
            fact("issuer", found.issuer()),
            fact("serial number", found.serial()),
            fact("valid from", dated(found.not_before(), now)),
            fact("valid to", dated(found.not_after(), now)),
            fact("key", format!("{}, SHA-256 {}", found.key_description(), Digest::of(found.spki()))),
        ];
        facts.extend(extensions(found.extensions()));
        let name = SignedName { kind, name: found.subject().to_string(), number: found.serial().to_string() };
        Self { name, facts }
    }
}

fn fact(name: &str, value: impl ToString) -> Fact {
    (name.to_owned(), value.to_string())
}

/// A time with its distance. Paper is read later: `(now)` says nothing there.
fn dated(time: Timestamp, now: Timestamp) -> String {
    if is_now(time.0, now.0) { time.to_string() } else { dated_text(time.0, now.0) }
}

/// Every extension of the CRL entry at this offset but its reason, a fact each.
pub(crate) fn entry_extensions(crl: &[u8], offset: usize) -> impl Iterator<Item = Fact> {
    let all = of_entry(crl, offset).into_iter().filter(|words| words.oid != REASON_CODE.as_bytes());
    all.map(|words| (words.title(), words.value))
}

/// Every extension, a fact each.
pub(crate) fn extensions<'e>(extensions: &'e [Extension<'e>]) -> impl Iterator<Item = Fact> + 'e {
    in_words(extensions).into_iter().map(|words| (words.title(), words.value))
}

#[cfg(test)]
mod tests {
    use rootcast_pki::item::ItemKind;
    use rootcast_pki::time::Timestamp;

    use super::{ObjectFacts, entry_extensions};

    #[test]
    fn the_reason_of_an_entry_is_no_fact_of_its_own_and_every_other_extension_is() {
        // SEQUENCE { INTEGER 7, UTCTime, SEQUENCE { reasonCode superseded, invalidityDate } }
        let reason = b"\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x04";
        let date = b"\x30\x18\x06\x03\x55\x1d\x18\x04\x11\x18\x0f20261130011700Z";
        let list = [&[0x30, 38][..], reason, date].concat();
        let entry = [&[0x30, 58][..], b"\x02\x01\x07", b"\x17\x0d261130011700Z", &list].concat();
        let facts: Vec<_> = entry_extensions(&entry, 0).collect();
        assert_eq!(facts, [("invalidityDate".to_owned(), "2026-11-30T01:17:00Z".to_owned())]);
    }

    /// It was left out also where its number could not be read: then nothing said that there is one.
    #[test]
    fn a_number_that_cannot_be_read_is_a_fact_of_its_own() {
        let good = include_bytes!("record/tests/folder/signed/root.crl");
        // cRLNumber 1, and the same below zero.
        let number = b"\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x01";
        let at = good.windows(number.len()).position(|bytes| bytes == number).unwrap() + number.len() - 1;
        let mut below_zero = good.to_vec();
        below_zero[at] = 0xff;
        let said = |crl: &[u8]| {
            let facts = ObjectFacts::read(ItemKind::Crl, crl, Timestamp(0)).unwrap().facts;
            facts.into_iter().any(|(name, _)| name.starts_with("cRLNumber"))
        };
        assert!(!said(good));
        assert!(said(&below_zero));
    }
}
