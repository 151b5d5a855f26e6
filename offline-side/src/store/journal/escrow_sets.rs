//! The sets of pages that the journal knows: how far each has come, its envelopes and tokens.

use rootcast_protocol::digest::Digest;

use super::chain::Chain;
use super::entry::{Entry, Event};
use super::escrow_record::{EscrowRecord, EscrowStep, KeyOrigin, ProofSource, Seal};

/// How far a set has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetStanding {
    /// The run that made it was killed or has not ended: no key, or one that must not sign.
    Unfinished,
    /// It ended early.
    Stopped,
    /// All pages are printed and the key is in its token. Nobody restored it from them yet.
    Unverified,
    /// It was restored from its pages.
    Verified,
}

impl SetStanding {
    /// Whether all its pages are printed and its key is in its token.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Unverified | Self::Verified)
    }
}

impl Chain {
    pub(super) fn escrow(&self) -> impl DoubleEndedIterator<Item = (usize, &EscrowRecord)> {
        self.entries.iter().enumerate().filter_map(|(at, entry)| match &entry.event {
            Event::Escrow(record) => Some((at, record)),
            _ => None,
        })
    }

    pub(super) fn steps<'c>(&'c self, set: &'c str) -> impl Iterator<Item = &'c EscrowStep> {
        self.escrow().filter(move |(_, record)| record.set == set).map(|(_, record)| &record.step)
    }

    /// How far a set has come.
    pub(super) fn standing_of(&self, set: &str) -> SetStanding {
        let has = |wanted: &dyn Fn(&EscrowStep) -> bool| self.steps(set).any(wanted);
        let wrapped = self.escrow().find_map(|(at, record)| match &record.step {
            EscrowStep::Wrapped { public_key, .. } if record.set == set => Some((at, public_key)),
            _ => None,
        });
        // The same key may get another set later, which has an entry of its own.
        let begins = |entry: &&Entry| {
            matches!(&entry.event, Event::Escrow(record) if record.set != set
                && matches!(record.step, EscrowStep::Begun { .. } | EscrowStep::Wrapped { .. }))
        };
        let is_made = wrapped.is_some_and(|(at, key)| {
            let mut run = self.entries.iter().skip(at).take_while(|entry| !begins(entry));
            run.any(|entry: &Entry| entry.made(key))
        });
        if has(&|step| matches!(step, EscrowStep::Stopped { .. })) {
            SetStanding::Stopped
        } else if !is_made {
            SetStanding::Unfinished
        } else if has(&|step| matches!(step, EscrowStep::Proved { from, .. } if *from != ProofSource::Generation)) {
            SetStanding::Verified
        } else {
            SetStanding::Unverified
        }
    }

    /// How far a set has come that somebody named; nothing where the journal does not have it.
    #[must_use]
    pub(crate) fn set_standing(&self, set: &str) -> Option<SetStanding> {
        self.steps(set).next().map(|_| self.standing_of(set))
    }

    /// Where the key of a set comes from.
    #[must_use]
    pub(crate) fn origin_of(&self, set: &str) -> KeyOrigin {
        let begun = self.steps(set).find_map(|step| match step {
            EscrowStep::Begun { origin, .. } => Some(*origin),
            _ => None,
        });
        begun.unwrap_or_default()
    }

    /// The envelopes of a set, each with the number of the bag that it is in.
    #[must_use]
    pub(crate) fn bags_of(&self, set: &str) -> Vec<(String, String)> {
        let mut bags: Vec<(String, String)> = Vec::new();
        for step in self.steps(set) {
            let (EscrowStep::Printed { envelope, bag } | EscrowStep::Rebagged { envelope, bag }) = step else {
                continue;
            };
            match bags.iter_mut().find(|(known, _)| known == envelope) {
                Some((_, last)) => last.clone_from(bag),
                None => bags.push((envelope.clone(), bag.clone())),
            }
        }
        bags
    }

    /// What was wrong with the seal of an envelope at some check, since it was put into its bag; nothing where it was always
    /// right.
    #[must_use]
    pub(crate) fn broken_seal(&self, set: &str, wanted: &str) -> Option<Seal> {
        self.steps(set).fold(None, |found, step| match step {
            EscrowStep::SealChecked { envelope, seal, .. } if envelope == wanted && *seal != Seal::Right => Some(*seal),
            EscrowStep::Rebagged { envelope, .. } if envelope == wanted => None,
            _ => found,
        })
    }

    /// Whether this key was used in a ceremony.
    #[must_use]
    pub(crate) fn has_signed(&self, public_key: &Digest) -> bool {
        let is_use = |event: &Event| matches!(event, Event::KeyUsed { ceremony, .. } if ceremony.public_key.as_ref() == Some(public_key));
        self.entries.iter().any(|entry| is_use(&entry.event))
    }

    /// Whether somebody saw the pages of a set destroyed.
    #[must_use]
    pub(crate) fn is_destroyed(&self, set: &str) -> bool {
        self.steps(set).any(|step| matches!(step, EscrowStep::Destroyed { .. }))
    }

    /// Whether this set of pages is the only one that was verified and not destroyed: nobody may do without it.
    #[must_use]
    pub(crate) fn is_last_verified(&self, set: &str) -> bool {
        let Some(key) = self.key_of(set) else { return false };
        let counts = |set: &str| self.standing_of(set) == SetStanding::Verified && !self.is_destroyed(set);
        counts(set) && !self.sets_of(key).into_iter().any(|other| other != set && counts(other))
    }

    /// Every set of this key that has pages which are not known to be destroyed, the first one first.
    #[must_use]
    pub(crate) fn live_sets(&self, public_key: &Digest) -> Vec<String> {
        let sets = self.sets_of(public_key).into_iter();
        sets.filter(|set| !self.is_destroyed(set) && !self.bags_of(set).is_empty()).map(str::to_owned).collect()
    }

    /// The public key of a set; nothing where it was not wrapped yet.
    pub(super) fn key_of<'c>(&'c self, set: &'c str) -> Option<&'c Digest> {
        self.steps(set).find_map(|step| match step {
            EscrowStep::Wrapped { public_key, .. } => Some(public_key),
            _ => None,
        })
    }

    /// The sets that ended early, the last one first.
    #[must_use]
    pub(crate) fn sets_that_ended_early(&self) -> Vec<String> {
        let begun = self.escrow().rev().filter(|(_, record)| matches!(record.step, EscrowStep::Begun { .. }));
        begun.map(|(_, record)| record.set.clone()).filter(|set| !self.standing_of(set).is_whole()).collect()
    }

    /// Whether `other` begins with all that this journal has.
    #[must_use]
    pub(crate) fn is_beginning_of(&self, other: &Self) -> bool {
        let digests = |chain: &Self| chain.entries.iter().map(|entry| entry.digest).collect::<Vec<_>>();
        digests(other).starts_with(&digests(self))
    }

    /// The serial numbers of every token that this key was made in or restored into.
    #[must_use]
    pub(crate) fn tokens_of(&self, public_key: &Digest) -> Vec<String> {
        let made = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::KeyMade { public_key: made, token_serial, .. } if made == public_key => token_serial.clone(),
            Event::KeyUsed { ceremony, .. } if ceremony.public_key.as_ref() == Some(public_key) => {
                ceremony.token_serial.clone()
            }
            _ => None,
        });
        let sets = self.sets_of(public_key).into_iter();
        let restored = sets.flat_map(|set| self.steps(set)).filter_map(|step| match step {
            EscrowStep::Proved { token_serial, stays: true, .. } => Some(token_serial.clone()),
            _ => None,
        });
        made.chain(restored).filter(|serial| !serial.is_empty()).collect()
    }

    /// Every set of this public key, the first one first.
    pub(super) fn sets_of(&self, public_key: &Digest) -> Vec<&str> {
        let of_key = self.escrow().filter(|(_, record)| {
            matches!(&record.step, EscrowStep::Wrapped { public_key: wrapped, .. } if wrapped == public_key)
        });
        of_key.map(|(_, record)| record.set.as_str()).collect()
    }

    /// The earlier sets of the same key whose pages are not known to be destroyed, each with the numbers of its bags.
    #[must_use]
    pub(crate) fn replaced_sets(&self, newest: &str, public_key: &Digest) -> Vec<(String, Vec<String>)> {
        let earlier = self.sets_of(public_key).into_iter().map(str::to_owned).take_while(|set| set != newest);
        let is_there = |set: &String| !self.is_destroyed(set);
        let bags = |set: &str| self.bags_of(set).into_iter().map(|(_, bag)| bag).collect::<Vec<_>>();
        earlier.filter(is_there).map(|set| (set.clone(), bags(&set))).filter(|(_, bags)| !bags.is_empty()).collect()
    }
}
