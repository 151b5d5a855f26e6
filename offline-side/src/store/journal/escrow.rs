//! What the journal says of escrow: whether a key that is on paper may sign, and which wrapped key is opened by which set.
//!
//! The wrapped key is in an entry, so that it is never durable without one. Nobody opens it without both groups.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex;

use super::chain::Chain;
use super::entry::Event;
use super::escrow_left_over::LeftOver;
pub(crate) use super::escrow_left_over::{KilledRun, LeftObjects, Putting};
pub use super::escrow_record::{EscrowRecord, EscrowStep, KeyOrigin, ProofSource, Seal};
pub(crate) use super::escrow_sets::SetStanding;

/// What the journal says of the escrow of a key, and of which set it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EscrowState {
    /// The set that counts.
    pub(crate) set: String,
    /// What it says.
    pub(crate) standing: EscrowStanding,
    /// A newer set of the same key that nobody restored it from yet, where an older one counts.
    pub(crate) unverified: Option<String>,
}

/// Whether a key that is on paper may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EscrowStanding {
    /// It was made for a set that ended early: never.
    Ended,
    /// It was being put into this token, and that did not end well: not with this token, before it is put in again.
    HalfRestored,
    /// It has whole sets, but none that was verified and has its pages still.
    Unverified,
    /// A set was verified, and its pages are not known to be destroyed.
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
    /// The SHA-256 of each piece, in order; none in a journal of an earlier program.
    pub(crate) pieces: Vec<Digest>,
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
            Self::Restoring { token_serial, .. } => format!("about to be restored into token {token_serial}"),
            Self::RestoreEnded { token_serial, label, why, left } => {
                format!("not restored into token {token_serial}{}: {label}: {why}", left_text(*left))
            }
            Self::Stopped { label, why, left } => {
                format!("ended early, a key made for it must never sign{}: {label}: {why}", left_text(*left))
            }
        }
    }
}

fn left_text(left: bool) -> &'static str {
    if left { "; something may be left on the token" } else { "" }
}

impl Chain {
    /// Whether this key may sign with this token, as far as escrow is concerned, and which set says so. `None` where no
    /// whole set of it was made here.
    ///
    /// The newest set counts that was verified and whose pages are not destroyed: whoever replaces pages loses nothing before
    /// the new ones are verified. Without one, the newest whole set counts, as unverified. An attempt that ended early takes
    /// nothing away from what was there before it: not from an earlier set, and not from a key that came from a file or from
    /// paper. It counts only for a key that was made for it, and for the token that it may have left something on.
    #[must_use]
    pub(crate) fn escrow_state(&self, public_key: &Digest, token_serial: Option<&str>) -> Option<EscrowState> {
        let sets = self.sets_of(public_key);
        let state = |set: &str, standing| Some(EscrowState { set: set.to_owned(), standing, unverified: None });
        if let Some(first) = sets.first().filter(|set| self.origin_of(set) == KeyOrigin::Made)
            && !self.standing_of(first).is_whole()
        {
            return state(first, EscrowStanding::Ended);
        }
        // A restore of a set that this journal does not know can have put any key there.
        let is_of_key = |left: &LeftOver<'_>| {
            sets.contains(&left.set) || left.doing == Putting::Restore && self.key_of(left.set).is_none()
        };
        let is_here =
            |left: &&LeftOver<'_>| is_of_key(left) && token_serial.is_none_or(|serial| serial == left.token_serial);
        if let Some(left) = self.left_over().iter().find(is_here) {
            return state(left.set, EscrowStanding::HalfRestored);
        }
        let newest = |wanted| sets.iter().rev().find(|set| self.standing_of(set) == wanted && !self.is_destroyed(set));
        let unverified = newest(SetStanding::Unverified);
        let Some(verified) = newest(SetStanding::Verified) else {
            let whole = sets.iter().rev().find(|set| self.standing_of(set).is_whole());
            return unverified.or(whole).and_then(|set| state(set, EscrowStanding::Unverified));
        };
        let is_newer =
            |set: &&&str| sets.iter().rposition(|of| of == *set) > sets.iter().rposition(|of| of == verified);
        let unverified = unverified.filter(is_newer).map(|set| (*set).to_owned());
        Some(EscrowState { set: (*verified).to_owned(), standing: EscrowStanding::Verified, unverified })
    }

    /// The last key that was wrapped here, kept in its token, and has all its pages; of this set where one is named. Without
    /// a name, a set whose pages were destroyed is left out.
    #[must_use]
    pub(crate) fn last_wrapped(&self, set: Option<&str>) -> Option<WrappedRecord> {
        let is_kept = |set: &str| self.standing_of(set).is_whole();
        self.escrow().rev().find_map(|(_, record)| match &record.step {
            EscrowStep::Wrapped { spki, blob, mechanism, pieces, .. }
                if set.map_or_else(|| !self.is_destroyed(&record.set), |set| set == record.set)
                    && is_kept(&record.set) =>
            {
                let (groups, token_serial) = self.steps(&record.set).find_map(|step| match step {
                    EscrowStep::Begun { groups, token_serial, .. } => Some((groups.clone(), token_serial.clone())),
                    _ => None,
                })?;
                let (spki, blob) = (hex::decode(spki)?, hex::decode(blob)?);
                let (set, mechanism) = (record.set.clone(), mechanism.clone());
                let digest = |text: &String| hex::decode(text)?.first_chunk::<32>().copied().map(Digest);
                let pieces = pieces.iter().map(digest).collect::<Option<Vec<_>>>()?;
                Some(WrappedRecord { set, groups, spki, blob, mechanism, token_serial, pieces })
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
            origin: KeyOrigin::Made,
            pages: None,
        })
    }

    fn wrapped() -> Event {
        step(EscrowStep::Wrapped {
            public_key: Digest([7; 32]),
            spki: "3000".to_owned(),
            mechanism: "CKM_AES_KEY_WRAP_PAD".to_owned(),
            blob: "aabb".to_owned(),
            pieces: Vec::new(),
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
        step(EscrowStep::Stopped { label: "interrupted".to_owned(), why: "Ctrl-C".to_owned(), left: false })
    }

    /// The same step of another set; a new set of a key that was there before comes from there.
    fn of_set(set: &str, event: Event) -> Event {
        match event {
            Event::Escrow(EscrowRecord { step, .. }) => {
                let step = match step {
                    EscrowStep::Begun { groups, key, key_kind, token_serial, object_id, pages, .. } => {
                        let origin = KeyOrigin::Paper;
                        EscrowStep::Begun { groups, key, key_kind, token_serial, object_id, origin, pages }
                    }
                    step => step,
                };
                Event::Escrow(EscrowRecord { set: set.to_owned(), step })
            }
            event => event,
        }
    }

    fn restoring(serial: &str) -> Event {
        step(EscrowStep::Restoring { token_serial: serial.to_owned(), object_id: "0a0b".to_owned() })
    }

    fn restored(serial: &str) -> Event {
        let (nonce, signature) = (String::new(), String::new());
        let from = ProofSource::Restoration;
        step(EscrowStep::Proved { from, token_serial: serial.to_owned(), nonce, signature, stays: true })
    }

    fn not_restored(serial: &str, left: bool) -> Event {
        let (label, why) = ("interrupted".to_owned(), String::new());
        step(EscrowStep::RestoreEnded { token_serial: serial.to_owned(), label, why, left })
    }

    fn ids(chain: &Chain, serial: &str) -> Vec<Vec<u8>> {
        chain.left_objects(serial).into_iter().map(|left| left.id).collect()
    }

    #[test]
    fn a_token_without_a_serial_number_is_no_token_with_one_and_a_restore_of_an_unknown_set_counts() {
        let whole = [begun(), wrapped(), made(), proved(ProofSource::Verification)];
        let after = |more: &[Event]| Chain::of_events(whole.iter().chain(more).cloned().collect());
        let standing = |chain: &Chain, serial: &str| {
            chain.escrow_state(&Digest([7; 32]), Some(serial)).map(|state| state.standing)
        };
        let nameless = after(&[restoring("")]);
        assert_eq!(standing(&nameless, ""), Some(EscrowStanding::HalfRestored));
        assert_eq!(standing(&nameless, "5c9f"), Some(EscrowStanding::Verified));
        let named = after(&[restoring("aaaa")]);
        assert_eq!(standing(&named, ""), Some(EscrowStanding::Verified), "of a token with a serial number");
        let unknown = after(&[of_set("ff", restoring("aaaa"))]);
        assert_eq!(standing(&unknown, "aaaa"), Some(EscrowStanding::HalfRestored));
        assert_eq!(standing(&unknown, "5c9f"), Some(EscrowStanding::Verified));
    }

    #[test]
    fn a_seal_that_was_not_right_stays_so_until_its_envelope_has_a_new_bag() {
        let checked = |seal| {
            let text = |text: &str| text.to_owned();
            step(EscrowStep::SealChecked { envelope: text("BOARD envelope 1"), bag: text("1"), typed: text("x"), seal })
        };
        let rebagged = step(EscrowStep::Rebagged { envelope: "BOARD envelope 1".to_owned(), bag: "2".to_owned() });
        let says =
            |events: &[Event]| Chain::of_events(events.to_vec()).broken_seal("8eb200ff071099", "BOARD envelope 1");
        let (broken, right) = (checked(Seal::Broken), checked(Seal::Right));
        assert_eq!(says(std::slice::from_ref(&right)), None);
        assert_eq!(says(&[broken.clone(), right.clone()]), Some(Seal::Broken));
        assert_eq!(says(&[broken.clone(), rebagged.clone(), right.clone()]), None);
        assert_eq!(says(&[rebagged, broken, right]), Some(Seal::Broken));
    }

    /// What the first set says after these events, with the token 5c9f.
    fn says(events: Vec<Event>) -> Option<EscrowStanding> {
        Chain::of_events(events).escrow_state(&Digest([7; 32]), Some("5c9f")).map(|state| state.standing)
    }

    #[test]
    fn a_key_may_sign_only_after_it_was_restored_from_its_pages() {
        assert_eq!(says(vec![begun()]), None);
        assert_eq!(says(vec![made()]), None);
        assert_eq!(says(vec![begun(), wrapped()]), Some(EscrowStanding::Ended));
        let early = proved(ProofSource::Generation);
        assert_eq!(says(vec![begun(), wrapped(), early.clone()]), Some(EscrowStanding::Ended));
        assert_eq!(says(vec![begun(), wrapped(), early, made()]), Some(EscrowStanding::Unverified));
        let verified = proved(ProofSource::Verification);
        assert_eq!(says(vec![begun(), wrapped(), made(), verified.clone()]), Some(EscrowStanding::Verified));
        let from_paper = proved(ProofSource::Restoration);
        assert_eq!(says(vec![begun(), wrapped(), made(), from_paper]), Some(EscrowStanding::Verified));
        assert_eq!(says(vec![begun(), wrapped(), verified.clone()]), Some(EscrowStanding::Ended));
        let stopped = vec![begun(), wrapped(), made(), stopped(), verified];
        assert_eq!(says(stopped.clone()), Some(EscrowStanding::Ended));
        // For ever: not even a whole set of the same key later changes that.
        let later = [begun(), wrapped(), made(), proved(ProofSource::Verification)].map(|event| of_set("bb", event));
        assert_eq!(says([stopped, later.into()].concat()), Some(EscrowStanding::Ended));
    }

    #[test]
    fn a_key_that_was_there_before_is_as_it_was_after_an_attempt_that_ended_early() {
        let file = |event: Event| match of_set("bb", event) {
            Event::Escrow(EscrowRecord {
                set,
                step: EscrowStep::Begun { groups, key, key_kind, token_serial, object_id, pages, .. },
            }) => {
                let origin = KeyOrigin::File;
                let step = EscrowStep::Begun { groups, key, key_kind, token_serial, object_id, origin, pages };
                Event::Escrow(EscrowRecord { set, step })
            }
            event => event,
        };
        let attempt =
            |more: &[Event]| [begun(), wrapped()].into_iter().chain(more.iter().cloned()).map(file).collect::<Vec<_>>();
        // The root has no escrow: it signs as before, except with a token that may have something left on it.
        assert_eq!(says(attempt(&[stopped()])), None);
        assert_eq!(says(attempt(&[])), Some(EscrowStanding::HalfRestored));
        let elsewhere = Chain::of_events(attempt(&[]));
        assert_eq!(elsewhere.escrow_state(&Digest([7; 32]), Some("aaaa")), None);
        assert_eq!(
            elsewhere.escrow_state(&Digest([7; 32]), Some("")),
            None,
            "a token without a serial number is another"
        );
        let left = step(EscrowStep::Stopped { label: String::new(), why: String::new(), left: true });
        assert_eq!(says(attempt(std::slice::from_ref(&left))), Some(EscrowStanding::HalfRestored));
        assert_eq!(says(attempt(&[left, stopped()])), None, "cleared up later");
        // Then the import is done again, and it counts from there.
        let again = [begun(), wrapped(), made()].map(|event| of_set("cc", event));
        assert_eq!(says([attempt(&[stopped()]), again.into()].concat()), Some(EscrowStanding::Unverified));
    }

    #[test]
    fn a_token_that_a_restore_did_not_end_with_does_not_sign() {
        let whole = [begun(), wrapped(), made(), proved(ProofSource::Verification)];
        let after = |more: &[Event]| whole.iter().chain(more).cloned().collect::<Vec<_>>();
        assert_eq!(says(after(&[restoring("5c9f")])), Some(EscrowStanding::HalfRestored));
        assert_eq!(says(after(&[restoring("aaaa")])), Some(EscrowStanding::Verified), "another token");
        for (more, standing, left) in [
            (vec![restoring("5c9f"), restored("5c9f")], EscrowStanding::Verified, false),
            (vec![restoring("5c9f"), not_restored("5c9f", false)], EscrowStanding::Verified, true),
            (vec![restoring("5c9f"), not_restored("5c9f", true)], EscrowStanding::HalfRestored, true),
            (vec![restoring("5c9f"), restored("5c9f"), restoring("5c9f")], EscrowStanding::HalfRestored, true),
            (vec![restoring("5c9f"), restored("aaaa")], EscrowStanding::HalfRestored, true),
        ] {
            let text = format!("{more:?}");
            let chain = Chain::of_events(after(&more));
            let state = chain.escrow_state(&Digest([7; 32]), Some("5c9f")).unwrap();
            assert_eq!((state.standing, state.set.as_str()), (standing, "8eb200ff071099"), "{text}");
            assert_eq!(ids(&chain, "5c9f").contains(&vec![10, 11]), left, "{text}");
            assert_eq!(!chain.killed_runs().is_empty(), standing == EscrowStanding::HalfRestored, "{text}");
        }
    }

    #[test]
    fn a_set_that_was_to_replace_another_and_ended_early_does_not_count() {
        let whole = [begun(), wrapped(), made(), proved(ProofSource::Verification)];
        let second = |more: &[Event]| {
            let later = [begun(), wrapped()].into_iter().chain(more.iter().cloned()).map(|event| of_set("bb", event));
            Chain::of_events(whole.iter().cloned().chain(later).collect())
        };
        let second_events = |whole: &[Event]| {
            let later = [begun(), wrapped()].map(|event| of_set("bb", event));
            whole.iter().cloned().chain(later).collect::<Vec<_>>()
        };
        let key = Digest([7; 32]);
        for early in [vec![], vec![stopped()]] {
            let chain = second(&early);
            let state = chain.escrow_state(&key, Some("aaaa")).unwrap();
            assert_eq!((state.set.as_str(), state.standing), ("8eb200ff071099", EscrowStanding::Verified));
            assert_eq!(chain.last_wrapped(None).unwrap().set, "8eb200ff071099");
            assert_eq!(ids(&chain, "5c9f"), [vec![1, 2]], "its objects are destroyed");
            assert!(chain.set_standing("bb").is_some_and(|standing| !standing.is_whole()));
        }
        // A whole one that nobody verified does not count either, while there is a verified one; it is named.
        let state = second(&[made()]).escrow_state(&key, Some("5c9f")).unwrap();
        assert_eq!((state.set.as_str(), state.standing), ("8eb200ff071099", EscrowStanding::Verified));
        assert_eq!(state.unverified.as_deref(), Some("bb"));
        // Verified, it counts; with the pages of the verified set destroyed, it has to be verified.
        let proof = || proved(ProofSource::Verification);
        let state = second(&[made(), proof()]).escrow_state(&key, Some("5c9f")).unwrap();
        assert_eq!((state.set.as_str(), state.unverified), ("bb", None));
        let destroyed = step(EscrowStep::Destroyed { witness: "alice".to_owned() });
        let events = [second_events(&whole), vec![of_set("bb", made()), destroyed.clone()]].concat();
        let state = Chain::of_events(events).escrow_state(&key, Some("5c9f")).unwrap();
        assert_eq!((state.set.as_str(), state.standing), ("bb", EscrowStanding::Unverified));
        // The older one verified again after the newer one was made: it counts, and nothing of the newer one stands in its way.
        let events = [second_events(&whole), vec![of_set("bb", made()), proof()]].concat();
        let state = Chain::of_events(events).escrow_state(&key, Some("5c9f")).unwrap();
        assert_eq!((state.set.as_str(), state.standing), ("8eb200ff071099", EscrowStanding::Verified));
        // The key's entry of a third set does not make the second one whole.
        let third = [begun(), wrapped(), made()].map(|event| of_set("cc", event));
        let chain = Chain::of_events([second_events(&whole), third.into()].concat());
        assert_eq!(chain.set_standing("bb"), Some(SetStanding::Unfinished));
        assert_eq!(chain.last_wrapped(None).unwrap().set, "cc");
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
            assert_eq!(ids(&chain, "5c9f"), [vec![1, 2]]);
            assert!(ids(&chain, "other").is_empty());
            assert_eq!(chain.killed_runs().is_empty(), is_stopped);
            assert_eq!(chain.last_wrapped(None), None, "there is nothing to verify");
        }
        let chain = Chain::of_events(vec![begun(), wrapped(), made()]);
        assert!(ids(&chain, "5c9f").is_empty() && chain.killed_runs().is_empty());
        let wrapped = chain.last_wrapped(Some("8eb200ff071099")).unwrap();
        assert_eq!((wrapped.spki, wrapped.blob), (vec![0x30, 0], vec![0xaa, 0xbb]));
        assert_eq!(chain.last_wrapped(Some("00")), None);
    }
}
