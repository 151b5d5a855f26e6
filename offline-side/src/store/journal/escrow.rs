//! What the journal says of escrow: the sets of pages, from the first random byte to the proof that a key was restored
//! from them.
//!
//! The wrapped key is in an entry, so that it is never durable without one. Nobody opens it without both groups.

use rootcast_protocol::digest::Digest;

use super::chain::Chain;
use super::entry::{Entry, Event};
pub use super::escrow_record::{EscrowRecord, EscrowStep, ProofSource, Seal};
use crate::store::hex_text;

/// How far a set has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EscrowStanding {
    /// The run that made it was killed or has not ended: no key, or one that must not sign.
    Unfinished,
    /// It ended early.
    Stopped,
    /// All pages are printed and the key is in its token. Nobody restored it from them yet.
    Unverified,
    /// It was restored from its pages.
    Verified,
}

/// A key that was wrapped here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrappedRecord {
    /// The set, hexadecimal.
    pub(crate) set: String,
    /// The names of the groups.
    pub(crate) groups: Vec<String>,
    /// SubjectPublicKeyInfo, DER.
    pub(crate) spki: Vec<u8>,
    /// The wrapped key.
    pub(crate) blob: Vec<u8>,
    /// How the token wrapped it, by the name of the mechanism.
    pub(crate) mechanism: String,
    /// The serial number of the token that it was made on.
    pub(crate) token_serial: String,
}

impl EscrowStep {
    /// For people, one line.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Begun { groups, key, key_kind, token_serial, .. } => {
                format!("begun for {}: {}", groups.join(" and "), Event::key_text(key_kind, key, Some(token_serial)))
            }
            Self::Wrapped { public_key, mechanism, .. } => {
                format!("key wrapped by {mechanism}, public key {public_key}")
            }
            Self::Printed { envelope, bag } => format!("{envelope} printed, bag {bag}"),
            Self::Rebagged { envelope, bag } => format!("{envelope} was opened, and is in the new bag {bag}"),
            Self::SealChecked { envelope, bag, typed, seal } => {
                format!("the bag of {envelope} is {}: {typed}; the journal has {bag}", seal.text())
            }
            Self::Drilled { twin, token_serial, crl, seconds, .. } => format!(
                "drilled with the twin {twin} in token {token_serial}: from its pages to the CRL {crl} in {seconds} s; the root's key \
                 was not used"
            ),
            Self::Proved { from, token_serial, stays, .. } => {
                let from = match from {
                    ProofSource::Generation => "when it was made",
                    ProofSource::Verification => "from typed or scanned pieces",
                    ProofSource::Restoration => "after a disaster, from typed or scanned pieces,",
                };
                let stays = if *stays { "it stays there" } else { "not kept there" };
                format!("restored {from} into token {token_serial}, and signed a proof; {stays}")
            }
            Self::Destroyed { witness } => format!("its pages were destroyed, seen by {witness}"),
            Self::Stopped { label, why } => format!("ended early, its key must never sign: {label}: {why}"),
        }
    }
}

impl Chain {
    fn escrow(&self) -> impl DoubleEndedIterator<Item = (usize, &EscrowRecord)> {
        self.entries.iter().enumerate().filter_map(|(at, entry)| match &entry.event {
            Event::Escrow(record) => Some((at, record)),
            _ => None,
        })
    }

    fn steps<'c>(&'c self, set: &'c str) -> impl Iterator<Item = &'c EscrowStep> {
        self.escrow().filter(move |(_, record)| record.set == set).map(|(_, record)| &record.step)
    }

    /// How far a set has come.
    fn standing_of(&self, set: &str) -> EscrowStanding {
        let has = |wanted: &dyn Fn(&EscrowStep) -> bool| self.steps(set).any(wanted);
        let wrapped = self.escrow().find_map(|(at, record)| match &record.step {
            EscrowStep::Wrapped { public_key, .. } if record.set == set => Some((at, public_key)),
            _ => None,
        });
        // A later set of the same key has an entry of its own.
        let is_made =
            wrapped.is_some_and(|(at, key)| self.entries.iter().skip(at).any(|entry: &Entry| entry.made(key)));
        if has(&|step| matches!(step, EscrowStep::Stopped { .. })) {
            EscrowStanding::Stopped
        } else if !is_made {
            EscrowStanding::Unfinished
        } else if has(&|step| matches!(step, EscrowStep::Proved { from, .. } if *from != ProofSource::Generation)) {
            EscrowStanding::Verified
        } else {
            EscrowStanding::Unverified
        }
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

    /// The serial numbers of every token that this key was made in or restored into.
    #[must_use]
    pub(crate) fn tokens_of(&self, public_key: &Digest) -> Vec<String> {
        let made = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::KeyMade { public_key: made, token_serial, .. } if made == public_key => token_serial.clone(),
            Event::KeyUsed { ceremony, .. } if ceremony.public_key == public_key.to_string() => {
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

    /// How far the escrow of this public key has come; `None` where no key with it was wrapped here. A set that was to
    /// replace another and ended early does not count.
    #[must_use]
    pub(crate) fn escrow_standing(&self, public_key: &Digest) -> Option<EscrowStanding> {
        let sets = self.sets_of(public_key);
        let standings: Vec<EscrowStanding> = sets.iter().rev().map(|set| self.standing_of(set)).collect();
        let is_whole =
            |standing: &&EscrowStanding| matches!(standing, EscrowStanding::Unverified | EscrowStanding::Verified);
        standings.iter().find(is_whole).or(standings.first()).copied()
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
        let is_there = |set: &String| !self.steps(set).any(|step| matches!(step, EscrowStep::Destroyed { .. }));
        let bags = |set: &str| self.bags_of(set).into_iter().map(|(_, bag)| bag).collect::<Vec<_>>();
        earlier.filter(is_there).map(|set| (set.clone(), bags(&set))).filter(|(_, bags)| !bags.is_empty()).collect()
    }

    /// CKA_ID of what runs that ended early may have left on the token with this serial number.
    #[must_use]
    pub(crate) fn left_over_ids(&self, token_serial: &str) -> Vec<Vec<u8>> {
        let ended_early =
            |set: &str| matches!(self.standing_of(set), EscrowStanding::Unfinished | EscrowStanding::Stopped);
        let begun = self.escrow().filter_map(|(_, record)| match &record.step {
            EscrowStep::Begun { token_serial: of, object_id, .. } if of == token_serial && ended_early(&record.set) => {
                hex_text::decode(object_id)
            }
            _ => None,
        });
        begun.collect()
    }

    /// The sets whose run was killed before it could say so.
    #[must_use]
    pub(crate) fn unfinished_sets(&self) -> Vec<String> {
        let begun = self.escrow().filter(|(_, record)| matches!(record.step, EscrowStep::Begun { .. }));
        let sets = begun.map(|(_, record)| record.set.clone());
        sets.filter(|set| self.standing_of(set) == EscrowStanding::Unfinished).collect()
    }

    /// The last key that was wrapped here, kept in its token, and has all its pages; of this set where one is named.
    #[must_use]
    pub(crate) fn last_wrapped(&self, set: Option<&str>) -> Option<WrappedRecord> {
        let is_kept =
            |set: &str| matches!(self.standing_of(set), EscrowStanding::Unverified | EscrowStanding::Verified);
        self.escrow().rev().find_map(|(_, record)| match &record.step {
            EscrowStep::Wrapped { spki, blob, mechanism, .. }
                if set.is_none_or(|set| set == record.set) && is_kept(&record.set) =>
            {
                let (groups, token_serial) = self.steps(&record.set).find_map(|step| match step {
                    EscrowStep::Begun { groups, token_serial, .. } => Some((groups.clone(), token_serial.clone())),
                    _ => None,
                })?;
                let (spki, blob) = (hex_text::decode(spki)?, hex_text::decode(blob)?);
                let (set, mechanism) = (record.set.clone(), mechanism.clone());
                Some(WrappedRecord { set, groups, spki, blob, mechanism, token_serial })
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: EscrowStep) -> Event {
        Event::Escrow(EscrowRecord { set: "8eb200ff071099".to_owned(), step })
    }

    fn begun() -> Event {
        step(EscrowStep::Begun {
            groups: vec!["BOARD".to_owned(), "OPERATIONS".to_owned()],
            key: "root".to_owned(),
            key_kind: "ecdsa-p384".to_owned(),
            token_serial: "5c9f".to_owned(),
            object_id: "0102".to_owned(),
        })
    }

    fn wrapped() -> Event {
        step(EscrowStep::Wrapped {
            public_key: Digest([7; 32]),
            spki: "3000".to_owned(),
            mechanism: "CKM_AES_KEY_WRAP_PAD".to_owned(),
            blob: "aabb".to_owned(),
        })
    }

    fn made() -> Event {
        Event::KeyMade {
            key: "root".to_owned(),
            key_kind: "ecdsa-p384".to_owned(),
            public_key: Digest([7; 32]),
            token_serial: None,
            flags: Vec::new(),
        }
    }

    fn proved(from: ProofSource) -> Event {
        let text = String::new;
        step(EscrowStep::Proved { from, token_serial: text(), nonce: text(), signature: text(), stays: false })
    }

    fn stopped() -> Event {
        step(EscrowStep::Stopped { label: "interrupted".to_owned(), why: "Ctrl-C".to_owned() })
    }

    #[test]
    fn a_key_may_sign_only_after_it_was_restored_from_its_pages() {
        let key = Digest([7; 32]);
        let standing = |events: Vec<Event>| Chain::of_events(events).escrow_standing(&key);
        assert_eq!(standing(vec![begun()]), None);
        assert_eq!(standing(vec![made()]), None);
        assert_eq!(standing(vec![begun(), wrapped()]), Some(EscrowStanding::Unfinished));
        let early = proved(ProofSource::Generation);
        assert_eq!(standing(vec![begun(), wrapped(), early.clone()]), Some(EscrowStanding::Unfinished));
        assert_eq!(standing(vec![begun(), wrapped(), early, made()]), Some(EscrowStanding::Unverified));
        let verified = proved(ProofSource::Verification);
        assert_eq!(standing(vec![begun(), wrapped(), made(), verified.clone()]), Some(EscrowStanding::Verified));
        let restored = proved(ProofSource::Restoration);
        assert_eq!(standing(vec![begun(), wrapped(), made(), restored]), Some(EscrowStanding::Verified));
        assert_eq!(standing(vec![begun(), wrapped(), verified.clone()]), Some(EscrowStanding::Unfinished));
        assert_eq!(standing(vec![begun(), wrapped(), made(), stopped(), verified]), Some(EscrowStanding::Stopped));
    }

    #[test]
    fn a_set_that_was_to_replace_another_and_ended_early_does_not_count() {
        let of = |set: &str, event: Event| match event {
            Event::Escrow(EscrowRecord { step, .. }) => Event::Escrow(EscrowRecord { set: set.to_owned(), step }),
            event => event,
        };
        let whole = [begun(), wrapped(), made(), proved(ProofSource::Verification)];
        let second = |more: &[Event]| {
            let later = [begun(), wrapped()].into_iter().chain(more.iter().cloned()).map(|event| of("bb", event));
            Chain::of_events(whole.iter().cloned().chain(later).collect())
        };
        let key = Digest([7; 32]);
        for early in [vec![], vec![stopped()]] {
            let chain = second(&early);
            assert_eq!(chain.escrow_standing(&key), Some(EscrowStanding::Verified));
            assert_eq!(chain.last_wrapped(None).unwrap().set, "8eb200ff071099");
            assert_eq!(chain.left_over_ids("5c9f"), [vec![1, 2]], "its objects are destroyed");
        }
        assert_eq!(second(&[made()]).escrow_standing(&key), Some(EscrowStanding::Unverified));
    }

    #[test]
    fn an_envelope_is_in_the_last_bag_and_a_key_in_every_token_that_it_was_put_into() {
        let bagged = |envelope: &str, bag: &str, is_new| {
            let (envelope, bag) = (envelope.to_owned(), bag.to_owned());
            step(if is_new { EscrowStep::Rebagged { envelope, bag } } else { EscrowStep::Printed { envelope, bag } })
        };
        let kept = |serial: &str, stays| {
            step(EscrowStep::Proved {
                from: ProofSource::Verification,
                token_serial: serial.to_owned(),
                nonce: String::new(),
                signature: String::new(),
                stays,
            })
        };
        let chain = Chain::of_events(vec![
            begun(),
            wrapped(),
            bagged("BOARD envelope 1", "1", false),
            bagged("BOARD envelope 2", "2", false),
            kept("aa", false),
            kept("bb", true),
            bagged("BOARD envelope 1", "7", true),
        ]);
        let bags = chain.bags_of("8eb200ff071099");
        let text = |at: usize| (bags[at].0.as_str(), bags[at].1.as_str());
        assert_eq!((bags.len(), text(0), text(1)), (2, ("BOARD envelope 1", "7"), ("BOARD envelope 2", "2")));
        assert_eq!(chain.tokens_of(&Digest([7; 32])), ["bb"]);
        assert!(chain.tokens_of(&Digest([8; 32])).is_empty());
    }

    #[test]
    fn pages_that_a_later_set_replaces_are_named_until_they_are_destroyed() {
        let with = |set: &str, step: EscrowStep| Event::Escrow(EscrowRecord { set: set.to_owned(), step });
        let wrapped = |set| {
            let Event::Escrow(EscrowRecord { step, .. }) = wrapped() else { panic!("a step") };
            with(set, step)
        };
        let printed =
            |set| with(set, EscrowStep::Printed { envelope: "BOARD envelope 1".to_owned(), bag: format!("of {set}") });
        let mut events = vec![wrapped("aa"), printed("aa"), wrapped("bb"), wrapped("cc"), printed("cc")];
        let key = Digest([7; 32]);
        let replaced = vec![("aa".to_owned(), vec!["of aa".to_owned()])];
        assert_eq!(
            Chain::of_events(events.clone()).replaced_sets("cc", &key),
            replaced,
            "of the set bb no page was printed"
        );
        assert!(Chain::of_events(events.clone()).replaced_sets("aa", &key).is_empty());
        assert!(Chain::of_events(events.clone()).replaced_sets("cc", &Digest([8; 32])).is_empty());
        events.push(with("aa", EscrowStep::Destroyed { witness: "alice".to_owned() }));
        assert!(Chain::of_events(events).replaced_sets("cc", &key).is_empty());
    }

    #[test]
    fn what_a_killed_run_left_is_known_and_what_a_finished_one_made_is_not_left_over() {
        for killed in [vec![begun()], vec![begun(), wrapped()], vec![begun(), wrapped(), stopped()]] {
            let is_stopped = killed.contains(&stopped());
            let chain = Chain::of_events(killed);
            assert_eq!(chain.left_over_ids("5c9f"), [vec![1, 2]]);
            assert!(chain.left_over_ids("other").is_empty());
            assert_eq!(chain.unfinished_sets().is_empty(), is_stopped);
            assert_eq!(chain.last_wrapped(None), None, "there is nothing to verify");
        }
        let chain = Chain::of_events(vec![begun(), wrapped(), made()]);
        assert!(chain.left_over_ids("5c9f").is_empty() && chain.unfinished_sets().is_empty());
        let wrapped = chain.last_wrapped(Some("8eb200ff071099")).unwrap();
        assert_eq!((wrapped.spki, wrapped.blob), (vec![0x30, 0], vec![0xaa, 0xbb]));
        assert_eq!(chain.last_wrapped(Some("00")), None);
    }
}
