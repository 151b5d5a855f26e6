//! What the journal says of ceremonies: every use of the key, what led to it and what came of it (JOURNAL-CHAIN). From
//! these entries alone, the list of everything the root ever signed here can be made again.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::item::FileKind;
use rootcast_pki::policy_change::{PolicyChange, WholePolicy};
use rootcast_protocol::digest::Digest;

pub use super::ceremony_record::{
    AbandonedCrl, CeremonyRecord, KeyUse, ProgramRecord, SignedKind, SignedName, ToBeSigned,
};
use super::chain::Chain;
use super::entry::{Entry, Event, ItemRecord, NO_ENTRY};
pub use super::outcome::{CeremonyEnd, KeyUseOutcome};
use crate::store::approval_rule::{ApprovalRuleRecord, PinCause};

/// A CRL that was signed and released here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleasedCrl {
    /// Its number.
    pub(crate) number: CrlNumber,
    /// SHA-256 of its bytes.
    pub(crate) sha256: Digest,
    /// SHA-256 of what is signed, where the entry has it: one of an earlier version has none.
    pub(crate) tbs_sha256: Option<Digest>,
    /// The name of its file.
    pub(crate) file: String,
}

impl Event {
    /// What it says was put into a bundle or sent, and so may have left this host.
    pub(super) fn items_out(&self) -> &[ItemRecord] {
        match self {
            Self::Bundle { items, .. } => items,
            Self::Transmission(record) => &record.items,
            _ => &[],
        }
    }

    /// Whether an item may have left this host with it. An item is known by the SHA-256 of its bytes, or of what is signed:
    /// anybody can write the same content with other bytes.
    pub(super) fn takes_out(&self, sha256: &Digest, tbs_sha256: Option<&Digest>) -> bool {
        self.items_out()
            .iter()
            .any(|item| item.sha256 == *sha256 || item.tbs_sha256.as_ref().is_some_and(|tbs| Some(tbs) == tbs_sha256))
    }

    /// For people, the number that a signing burned.
    #[must_use]
    pub(crate) fn number_text(number: Option<&str>) -> String {
        number.map_or("no CRL".to_owned(), |number| format!("CRL number {number}"))
    }

    /// For people, a key that was made: its kind, where it is kept, and the serial number of its token.
    #[must_use]
    pub(crate) fn key_text(key_kind: &str, key: &str, token_serial: Option<&str>) -> String {
        let token = token_serial.map_or(String::new(), |serial| match serial {
            "" => ", token without a serial number".to_owned(),
            serial => format!(", token {serial}"),
        });
        format!("{key_kind}, {key}{token}")
    }
}

impl Entry {
    /// Whether it is about the ceremony whose listing has this SHA-256.
    #[must_use]
    pub(crate) fn is_of(&self, rehearsal: &Digest) -> bool {
        match &self.event {
            Event::CeremonyRefused { ceremony, .. }
            | Event::NumberBurned { ceremony, .. }
            | Event::KeyUsed { ceremony, .. }
            | Event::CeremonyEnded { ceremony, .. } => ceremony.rehearsal.as_ref() == Some(rehearsal),
            Event::ApprovalsPinned { rehearsal: of, .. } => of.as_ref() == Some(rehearsal),
            Event::Enrol { .. }
            | Event::Retired { .. }
            | Event::WeakeningAcknowledged { .. }
            | Event::Bundle { .. }
            | Event::Transmission(_)
            | Event::Decision { .. }
            | Event::JournalBegun { .. }
            | Event::LinkOpened(_)
            | Event::Beacons { .. }
            | Event::Escrow(_)
            | Event::KeyMade { .. } => false,
        }
    }

    /// Whether it is about the making of the key with this public key.
    #[must_use]
    pub(crate) fn made(&self, key: &Digest) -> bool {
        matches!(&self.event, Event::KeyMade { public_key, .. } if public_key == key)
    }

    /// What it says was released.
    fn released(&self) -> &[ItemRecord] {
        match &self.event {
            Event::CeremonyEnded { released: true, items, .. } => items,
            _ => &[],
        }
    }

    /// The ceremony, if this entry burned the number of that one.
    fn burned(&self, rehearsal: &Digest) -> Option<&CeremonyRecord> {
        match &self.event {
            Event::NumberBurned { ceremony, .. } => {
                Some(ceremony).filter(|ceremony| ceremony.rehearsal.as_ref() == Some(rehearsal))
            }
            _ => None,
        }
    }
}

impl Chain {
    /// Whether it says that this key was made or put on paper here, or that a signing with it began here.
    #[must_use]
    pub(crate) fn knows_key(&self, public_key: &Digest) -> bool {
        let knows = |entry: &Entry| match &entry.event {
            Event::NumberBurned { ceremony, .. } => ceremony.public_key.as_ref() == Some(public_key),
            _ => entry.made(public_key),
        };
        self.entries.iter().any(knows) || self.escrow_state(public_key, None).is_some()
    }

    /// The ceremony as the entry has it that burned the number of this rehearsal.
    #[must_use]
    pub(crate) fn burning(&self, rehearsal: &Digest) -> Option<&CeremonyRecord> {
        self.entries.iter().rev().find_map(|entry| entry.burned(rehearsal))
    }

    /// Every use of the key for this rehearsal.
    pub fn key_uses<'c>(&'c self, rehearsal: &'c Digest) -> impl Iterator<Item = &'c KeyUse> {
        self.entries.iter().filter(move |entry| entry.is_of(rehearsal)).filter_map(|entry| match &entry.event {
            Event::KeyUsed { key_use, .. } => Some(key_use),
            _ => None,
        })
    }

    /// Whether it says that what was signed of this rehearsal was released.
    #[must_use]
    pub fn has_released(&self, rehearsal: &Digest) -> bool {
        let released = |entry: &Entry| matches!(&entry.event, Event::CeremonyEnded { released: true, .. });
        self.entries.iter().any(|entry| entry.is_of(rehearsal) && released(entry))
    }

    /// Who approved the change with this listing, by its SHA-256, if it says that the change was made.
    #[must_use]
    pub(crate) fn approvers_of_change(&self, rehearsal: &Digest) -> Option<&[String]> {
        self.entries.iter().filter(|entry| entry.is_of(rehearsal)).find_map(|entry| match &entry.event {
            Event::ApprovalsPinned { cause: PinCause::Approved, people, .. } => Some(people.as_slice()),
            _ => None,
        })
    }

    /// Whether it says that this change was made.
    #[must_use]
    pub(crate) fn has_changed_approvals(&self, rehearsal: &Digest) -> bool {
        self.approvers_of_change(rehearsal).is_some()
    }

    /// The last rule for approvals that was pinned.
    #[must_use]
    pub(crate) fn last_pinned_rule(&self) -> Option<&ApprovalRuleRecord> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::ApprovalsPinned { pinned, .. } => pinned.rule.as_ref(),
            _ => None,
        })
    }

    /// The entry from which the rule with this serial holds, by its digest. A journal that was begun anew after it has
    /// its own first entry in this place.
    #[must_use]
    pub(crate) fn pinned_by(&self, serial: u64) -> Digest {
        let pins = |entry: &&Entry| match &entry.event {
            Event::ApprovalsPinned { pinned, .. } => pinned.serial == serial,
            _ => false,
        };
        let entry = self.entries.iter().rev().find(pins).or(self.entries.first());
        entry.map_or(NO_ENTRY, |entry| entry.digest)
    }

    /// The ceremony that burned the last number.
    #[must_use]
    pub(crate) fn last_signing(&self) -> Option<&CeremonyRecord> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::NumberBurned { ceremony, .. } => Some(ceremony),
            _ => None,
        })
    }

    /// Whether it says that the root whose certificate has this SHA-256 was trusted.
    #[must_use]
    pub(crate) fn has_enrolled(&self, root: &Digest) -> bool {
        self.entries.iter().any(|entry| matches!(&entry.event, Event::Enrol { sha256, .. } if sha256 == root))
    }

    /// The policy that it recorded last of the root whose certificate has this SHA-256.
    #[must_use]
    pub(crate) fn recorded_policy(&self, root: &Digest) -> Option<&WholePolicy> {
        let is_of = |change: &&PolicyChange| change.root.parse() == Ok(*root);
        self.entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.event {
                Event::Enrol { policies, .. } => policies.iter().find(is_of),
                _ => None,
            })
            .map(|change| &change.after)
    }

    /// Whether it has an entry of this `trust`, and its last entry of this root's policy says the same. Entries of earlier
    /// versions say nothing of the whole policy.
    #[must_use]
    pub(crate) fn has_recorded(&self, event: &Event) -> bool {
        let Event::Enrol { subject, sha256, words, profile, choices, policies } = event else { return false };
        let known = (subject, sha256, words, profile, choices);
        let is_it = |entry: &Entry| match &entry.event {
            Event::Enrol { subject, sha256, words, profile, choices, .. } => {
                (subject, sha256, words, profile, choices) == known
            }
            _ => false,
        };
        let after = policies.first().map(|change| &change.after);
        let same = self.recorded_policy(sha256).is_none_or(|recorded| Some(recorded) == after);
        same && self.entries.iter().any(is_it)
    }

    /// Its entries of the ceremony with this listing; of a new root that it was trusted here with that; and of a first one
    /// how its key `made` came to be and was put on paper.
    #[must_use]
    pub(crate) fn entries_of(&self, rehearsal: &Digest, made: Option<&Digest>) -> Vec<&Entry> {
        let sets = made.map(|key| self.sets_of(key)).unwrap_or_default();
        let is_on_paper = |entry: &Entry| match &entry.event {
            Event::Escrow(record) => sets.contains(&record.set.as_str()),
            _ => false,
        };
        let of_ceremony = || self.entries.iter().filter(|entry| entry.is_of(rehearsal));
        let first = of_ceremony().map(|entry| entry.index).min();
        let last = of_ceremony().map(|entry| entry.index).max();
        let released: BTreeSet<Digest> = of_ceremony().flat_map(Entry::released).map(|item| item.sha256).collect();
        // What is trusted later is no part of it.
        let is_trust = |entry: &Entry| match &entry.event {
            Event::Enrol { sha256, .. } => {
                released.contains(sha256) && Some(entry.index) > first && Some(entry.index) < last
            }
            _ => false,
        };
        let is_own = |entry: &&Entry| {
            entry.is_of(rehearsal) || is_trust(entry) || made.is_some_and(|key| entry.made(key)) || is_on_paper(entry)
        };
        self.entries.iter().filter(is_own).collect()
    }

    /// The highest CRL number of which it says that it was burned by a signing with this public key.
    #[must_use]
    pub fn burned_number(&self, public_key: &Digest) -> Option<CrlNumber> {
        let numbers = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::NumberBurned { ceremony, number, .. } | Event::CeremonyEnded { ceremony, number, .. }
                if ceremony.public_key.as_ref() == Some(public_key) =>
            {
                number.as_ref()
            }
            _ => None,
        });
        numbers.filter_map(|number| number.parse().ok()).max()
    }

    /// The CRLs that it says were signed with this public key and released, oldest first.
    #[must_use]
    pub(crate) fn released_crls(&self, public_key: &Digest) -> Vec<ReleasedCrl> {
        let released = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::CeremonyEnded { ceremony, number, released: true, items, .. }
                if ceremony.public_key.as_ref() == Some(public_key) =>
            {
                let crl = items.iter().find(|item| item.kind == FileKind::Crl)?;
                let number = number.as_ref()?.parse().ok()?;
                Some(ReleasedCrl { number, sha256: crl.sha256, tbs_sha256: crl.tbs_sha256, file: crl.name.clone() })
            }
            _ => None,
        });
        released.collect()
    }

    /// The CRLs that it says were abandoned, each with the SHA-256 of its issuer's public key.
    pub(crate) fn abandoned_crls(&self) -> impl Iterator<Item = (Option<&Digest>, &AbandonedCrl)> {
        self.entries.iter().flat_map(|entry| match &entry.event {
            Event::NumberBurned { ceremony, abandoned, .. } => {
                abandoned.iter().map(|crl| (ceremony.public_key.as_ref(), crl)).collect()
            }
            _ => Vec::new(),
        })
    }

    /// Whether it says that this item was put into a bundle or sent: it may have left this host.
    #[must_use]
    pub(crate) fn has_left(&self, sha256: &Digest, tbs_sha256: Option<&Digest>) -> bool {
        self.entries.iter().any(|entry| entry.event.takes_out(sha256, tbs_sha256))
    }

    /// The files that it says were made of what was signed here, by the SHA-256 of what is signed: what was released,
    /// and where nothing was, what the key signed.
    #[must_use]
    pub(crate) fn signed_files(&self) -> BTreeMap<Digest, BTreeSet<Digest>> {
        let released: BTreeSet<Digest> =
            self.entries.iter().flat_map(Entry::released).map(|item| item.sha256).collect();
        let with_tbs = self.entries.iter().flat_map(Entry::released);
        let with_tbs = with_tbs.filter_map(|item| Some((item.tbs_sha256?, item.sha256)));
        let used = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::KeyUsed { key_use, .. } if key_use.outcome == KeyUseOutcome::ReadBack => {
                Some((key_use.to_be_signed, key_use.signed.as_ref()?.parse().ok()?))
            }
            _ => None,
        });
        let mut files: BTreeMap<Digest, BTreeSet<Digest>> = BTreeMap::new();
        for (tbs, file) in with_tbs.chain(used) {
            files.entry(tbs).or_default().insert(file);
        }
        for known in files.values_mut().filter(|known| !known.is_disjoint(&released)) {
            known.retain(|file| released.contains(file));
        }
        files
    }

    /// The CRL numbers of signings with this public key of which every object was read back, and of which it is not
    /// known whether it was released: those were cut off, or could not write it down.
    #[must_use]
    pub(crate) fn doubtful_numbers(&self, public_key: &Digest) -> Vec<CrlNumber> {
        let is_doubtful = |rehearsal: &Digest, objects: usize| {
            let read_back =
                self.key_uses(rehearsal).filter(|key_use| key_use.outcome == KeyUseOutcome::ReadBack).count();
            let told = matches!(self.how_it_ended(rehearsal), Some(CeremonyEnd::NotReleased(_)));
            read_back == objects && !told && !self.has_released(rehearsal)
        };
        let begun = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::NumberBurned { ceremony, number, objects, .. }
                if ceremony.public_key.as_ref() == Some(public_key) =>
            {
                let rehearsal = ceremony.rehearsal.as_ref()?;
                Some(number.as_ref()?).filter(|_| is_doubtful(rehearsal, objects.len()))
            }
            _ => None,
        });
        begun.filter_map(|number| number.parse().ok()).collect()
    }

    /// What it says of how the signing of this rehearsal ended.
    #[must_use]
    pub fn how_it_ended(&self, rehearsal: &Digest) -> Option<&CeremonyEnd> {
        self.entries.iter().rev().filter(|entry| entry.is_of(rehearsal)).find_map(|entry| match &entry.event {
            Event::CeremonyEnded { ended, .. } => Some(ended),
            _ => None,
        })
    }

    /// The rehearsals, by the SHA-256 of their listing, of which this journal has an entry that they ended.
    pub fn ended_ceremonies(&self) -> impl Iterator<Item = &Digest> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::CeremonyEnded { ceremony, .. } => ceremony.rehearsal.as_ref(),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
