//! Every signature that the journal knows of, with what led to it and what became of it: for an auditor, one list.
//!
//! Must not: read anything but the journal.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_protocol::digest::Digest;

use super::ceremony_record::{CeremonyRecord, KeyUse, SignedKind, SignedName};
use super::chain::Chain;
use super::entry::{Entry, Event, ItemRecord};
use super::outcome::{CeremonyEnd, KeyUseOutcome};

/// One use of the key that gave a signature, or was to give one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AuditedSignature<'c> {
    /// The journal's entry.
    pub(crate) entry: &'c Entry,
    /// The ceremony as that entry has it.
    pub(crate) ceremony: &'c CeremonyRecord,
    /// What was signed.
    pub(crate) key_use: &'c KeyUse,
    /// What kind of object it is.
    pub(crate) kind: SignedKind,
    /// The CRL number that its ceremony burned, decimal.
    pub(crate) number: Option<&'c str>,
    /// What became of it.
    pub(crate) fate: Fate<'c>,
    /// Each bundle that it was put into: a copy of it may have left this host.
    pub(crate) bundled: Vec<BundledIn<'c>>,
    /// Each transmission that carried it.
    pub(crate) sent: Vec<SentOver<'c>>,
}

/// What became of a signed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate<'c> {
    /// It was released.
    Released {
        /// When, RFC 3339.
        time: &'c str,
        /// Whether a later ceremony abandoned it, and why: it is never sent.
        abandoned: Option<&'c str>,
    },
    /// It was not, and why.
    NotReleased {
        /// How its ceremony ended, in words.
        why: &'c CeremonyEnd,
    },
    /// The journal has no end of its ceremony.
    Unknown,
}

/// A bundle that an object was put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BundledIn<'c> {
    /// When, RFC 3339.
    pub(crate) time: &'c str,
    /// The manifest's number.
    pub(crate) manifest_number: u64,
}

/// A transmission that carried an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SentOver<'c> {
    /// When it began, RFC 3339.
    pub(crate) time: &'c str,
    /// The link, as it was named.
    pub(crate) link: &'c str,
    /// How it ended.
    pub(crate) ended: &'c str,
}

impl AuditedSignature<'_> {
    /// Which object it is, in one line. An entry of an earlier version has only the name of its file.
    #[must_use]
    pub(crate) fn object_text(&self) -> String {
        match (&self.key_use.named, self.number.filter(|_| self.kind == SignedKind::Crl)) {
            (Some(named), _) => named.text(),
            (None, Some(number)) => format!("{}, CRL number {number}", self.key_use.file),
            (None, None) => self.key_use.file.clone(),
        }
    }

    /// Whether the object was read back and says what was approved.
    #[must_use]
    pub(crate) fn is_read_back(&self) -> bool {
        self.key_use.outcome == KeyUseOutcome::ReadBack
    }
}

impl Chain {
    /// Every use of the key for an object, oldest first.
    #[must_use]
    pub(crate) fn signatures(&self) -> Vec<AuditedSignature<'_>> {
        let (mut numbers, mut ends, mut abandoned) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for entry in &self.entries {
            match &entry.event {
                Event::NumberBurned { ceremony, number, abandoned: crls, .. } => {
                    numbers.insert(ceremony.rehearsal, number.as_deref());
                    abandoned.extend(crls.iter().map(|crl| (crl.sha256, crl.because.as_str())));
                }
                // The last word counts: a run that was cut off is finished by a later one.
                Event::CeremonyEnded { ceremony, released, ended, .. } => {
                    ends.insert(ceremony.rehearsal, (entry.time.as_str(), *released, ended));
                }
                _ => {}
            }
        }
        let found = self.entries.iter().filter_map(|entry| {
            let Event::KeyUsed { ceremony, key_use } = &entry.event else { return None };
            let rehearsal = ceremony.rehearsal;
            let signed = key_use.signed_digest();
            let fate = match ends.get(&rehearsal) {
                None => Fate::Unknown,
                Some((time, true, _)) => {
                    Fate::Released { time, abandoned: signed.and_then(|sha256| abandoned.get(&sha256).copied()) }
                }
                Some((_, false, ended)) => Fate::NotReleased { why: ended },
            };
            let (bundled, sent) = signed.map_or_else(Default::default, |sha256| self.departures(&sha256, key_use));
            let (kind, number) = (kind_of(key_use), numbers.get(&rehearsal).copied().flatten());
            Some(AuditedSignature { entry, ceremony, key_use, kind, number, fate, bundled, sent })
        });
        found.collect()
    }

    /// The bundles and transmissions that took an object out, by the rule of [`Chain::has_left`].
    fn departures(&self, sha256: &Digest, key_use: &KeyUse) -> (Vec<BundledIn<'_>>, Vec<SentOver<'_>>) {
        let (mut bundled, mut sent) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            if !entry.event.takes_out(sha256, Some(&key_use.to_be_signed)) {
                continue;
            }
            match &entry.event {
                Event::Bundle { manifest_number, .. } => {
                    bundled.push(BundledIn { time: &entry.time, manifest_number: *manifest_number });
                }
                Event::Transmission(record) => {
                    sent.push(SentOver { time: &record.started, link: &record.link, ended: &record.ended });
                }
                _ => {}
            }
        }
        (bundled, sent)
    }

    /// How many objects were bundled or sent that another program signed: none of these signatures, which are all of this
    /// journal, is of it.
    #[must_use]
    pub(crate) fn signed_elsewhere(&self, signatures: &[AuditedSignature<'_>]) -> usize {
        let uses = || signatures.iter().map(|one| one.key_use);
        let signed: BTreeSet<Digest> = uses().filter_map(KeyUse::signed_digest).collect();
        let contents: BTreeSet<Digest> = uses().map(|key_use| key_use.to_be_signed).collect();
        let is_ours = |item: &ItemRecord| {
            signed.contains(&item.sha256) || item.tbs_sha256.is_some_and(|tbs| contents.contains(&tbs))
        };
        let left = self.entries.iter().flat_map(|entry| entry.event.items_out());
        left.filter(|item| !is_ours(item)).map(|item| item.sha256).collect::<BTreeSet<Digest>>().len()
    }

    /// The journals before this one that were lost, each with how many entries it had at least: their signatures are not
    /// here.
    pub(crate) fn lost_journals(&self) -> impl Iterator<Item = (&Entry, u64)> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::JournalBegun { lost_entries, .. } => Some((entry, *lost_entries)),
            _ => None,
        })
    }
}

/// What kind of object it is. An entry of an earlier version says it with the name that this program gives to the file.
fn kind_of(key_use: &KeyUse) -> SignedKind {
    match &key_use.named {
        Some(SignedName { kind, .. }) => *kind,
        None if key_use.file == "root.crt" => SignedKind::Root,
        None if key_use.file == "root.crl" => SignedKind::Crl,
        None => SignedKind::Certificate,
    }
}

#[cfg(test)]
mod tests {
    use rootcast_pki::item::FileKind;
    use rootcast_protocol::digest::Digest;
    use rootcast_protocol::object::ObjectId;

    use super::super::ceremony_record::{AbandonedCrl, CeremonyRecord, KeyUse, SignedKind, SignedName};
    use super::super::entry::{Event, ItemRecord, TransmissionRecord};
    use super::super::outcome::{CeremonyEnd, KeyUseOutcome};
    use super::{Chain, Fate};

    fn ceremony(rehearsal: &str) -> CeremonyRecord {
        CeremonyRecord { rehearsal: Some(Digest::of(rehearsal.as_bytes())), ..CeremonyRecord::default() }
    }

    fn burned(rehearsal: &str, number: u8, abandons: Option<u8>) -> Event {
        let abandoned = abandons.map(|byte| AbandonedCrl {
            number: 1_u64.into(),
            sha256: Digest([byte; 32]),
            file: "root.crl".to_owned(),
            because: "a wrong date".to_owned(),
        });
        let (ceremony, number) = (ceremony(rehearsal), Some(number.to_string()));
        Event::NumberBurned { ceremony, number, objects: Vec::new(), abandoned: abandoned.into_iter().collect() }
    }

    fn used(rehearsal: &str, signed: u8, named: Option<SignedName>) -> Event {
        let key_use = KeyUse {
            file: "root.crl".to_owned(),
            to_be_signed: Digest([signed; 32]),
            scheme: "ed25519".to_owned(),
            signature: None,
            signed: Some(Digest([signed; 32]).to_string()),
            outcome: KeyUseOutcome::ReadBack,
            named,
        };
        Event::KeyUsed { ceremony: ceremony(rehearsal), key_use }
    }

    fn ended(rehearsal: &str, ended: CeremonyEnd) -> Event {
        let released = ended.is_released();
        Event::CeremonyEnded { ceremony: ceremony(rehearsal), number: None, released, ended, items: Vec::new() }
    }

    fn item(signed: u8, tbs_sha256: Option<Digest>) -> ItemRecord {
        ItemRecord {
            kind: FileKind::Crl,
            name: "root.crl".to_owned(),
            sha256: Digest([signed; 32]),
            tbs_sha256,
            words: String::new(),
            length: 1,
        }
    }

    fn bundled(manifest_number: u64, items: Vec<ItemRecord>) -> Event {
        let (source, manifest) = (Digest([7; 32]), Digest([8; 32]));
        let object = ObjectId::of(b"object");
        let (export_key, switched_off) = (None, Vec::new());
        Event::Bundle { object, length: 1, source, manifest_number, manifest, items, export_key, switched_off }
    }

    fn sent(signed: u8, link: &str) -> Event {
        let item = item(signed, None);
        Event::Transmission(TransmissionRecord {
            object: ObjectId::of(b"object"),
            length: 1,
            symbol_size: 64,
            source_symbols: 1,
            manifest_number: 1,
            link: link.to_owned(),
            transmission: 0,
            first_esi: 0,
            symbols_per_frame: 1,
            frames: Some(3),
            passes: None,
            design_loss: 0.1,
            failure_odds: None,
            started: "2026-11-21T10:00:00Z".to_owned(),
            interface: None,
            sound: None,
            configuration: None,
            ended: "complete".to_owned(),
            items: vec![item],
            switched_off: Vec::new(),
        })
    }

    #[test]
    fn every_signature_is_listed_with_its_fate_and_the_links_that_carried_it() {
        let named = SignedName { kind: SignedKind::Crl, name: "CN=Root".to_owned(), number: "2".to_owned() };
        let chain = Chain::of_events(vec![
            burned("a", 1, None),
            used("a", 1, None),
            ended("a", CeremonyEnd::Released),
            burned("b", 2, Some(1)),
            used("b", 2, Some(named)),
            ended("b", CeremonyEnd::Interrupted("interrupted".to_owned())),
            ended("b", CeremonyEnd::Finished),
            burned("c", 3, None),
            used("c", 3, None),
            ended("c", CeremonyEnd::NotReleased("the disk is full".to_owned())),
            burned("d", 4, None),
            used("d", 4, None),
            sent(2, "serial:/dev/ttyS0"),
            sent(9, "qr:terminal"),
            sent(2, "file:a.frames"),
        ]);
        let found = chain.signatures();
        let texts: Vec<String> = found.iter().map(super::AuditedSignature::object_text).collect();
        let of = |number| format!("root.crl, CRL number {number}");
        assert_eq!(texts, [of(1), "CRL number 2 of CN=Root".to_owned(), of(3), of(4)]);
        let time = "2026-11-21T09:00:00Z";
        assert_eq!(found[0].fate, Fate::Released { time, abandoned: Some("a wrong date") });
        assert_eq!(found[1].fate, Fate::Released { time, abandoned: None });
        assert!(matches!(found[2].fate, Fate::NotReleased { .. }));
        assert_eq!(found[3].fate, Fate::Unknown);
        let links: Vec<Vec<&str>> = found.iter().map(|one| one.sent.iter().map(|sent| sent.link).collect()).collect();
        assert_eq!(links, [vec![], vec!["serial:/dev/ttyS0", "file:a.frames"], vec![], vec![]]);
        assert!(found.iter().all(|one| one.kind == SignedKind::Crl && one.is_read_back()));
        assert!(found.iter().all(|one| one.bundled.is_empty()));
        assert_eq!(chain.signed_elsewhere(&found), 1, "the item with digest 9");
    }

    #[test]
    fn what_left_in_a_bundle_has_left_also_with_other_bytes_around_the_same_content() {
        let chain = Chain::of_events(vec![
            burned("a", 1, None),
            used("a", 1, None),
            ended("a", CeremonyEnd::Released),
            burned("b", 2, None),
            used("b", 2, None),
            ended("b", CeremonyEnd::Released),
            bundled(4, vec![item(1, None)]),
            // Other bytes, the same content: `used` signs contents with the digest of the object.
            bundled(5, vec![item(9, Some(Digest([2; 32]))), item(8, Some(Digest([8; 32])))]),
        ]);
        let found = chain.signatures();
        let numbers: Vec<Vec<u64>> =
            found.iter().map(|one| one.bundled.iter().map(|bundle| bundle.manifest_number).collect()).collect();
        assert_eq!(numbers, [[4], [5]]);
        assert!(found.iter().all(|one| one.sent.is_empty()));
        for key_use in found.iter().map(|one| one.key_use) {
            assert!(chain.has_left(&key_use.signed_digest().unwrap(), Some(&key_use.to_be_signed)));
        }
        assert_eq!(chain.signed_elsewhere(&found), 1, "the item with digest 8");
    }

    /// A later version may end a ceremony in words that this one does not know. What it released is stored beside them.
    #[test]
    fn whether_it_was_released_is_what_the_entry_says_and_not_its_words() {
        let end = Event::CeremonyEnded {
            ceremony: ceremony("a"),
            number: None,
            released: true,
            ended: CeremonyEnd::from("released in another way".to_owned()),
            items: Vec::new(),
        };
        let chain = Chain::of_events(vec![burned("a", 1, None), used("a", 1, None), end]);
        assert!(matches!(chain.signatures()[0].fate, Fate::Released { abandoned: None, .. }));
    }
}
