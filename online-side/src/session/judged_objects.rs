//! The objects that a run of `receive` judged, for its final report. Anybody can send meaningless whole objects, dozens
//! a second for weeks, so only some are kept, and little of them. The numbers and the worst outcome cover all of them.

use std::collections::BTreeSet;

use rootcast_host::exit::Exit;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;

use crate::gate::{JudgedItem, JudgedObject};
use crate::limits::{JUDGED_BYTES_MAX, JUDGED_KEPT_MAX, NEWS_SEEN_MAX};
use crate::publication::ManifestSignature;

/// The objects judged in one run.
#[derive(Debug)]
pub struct JudgedObjects {
    kept: Vec<JudgedObject>,
    /// Bytes of text of these.
    bytes: usize,
    forgotten: u64,
    /// The worst outcome of what trusted issuers made, and of signed manifests.
    worst_of_genuine: Exit,
    /// The worst outcome of all.
    worst_of_all: Exit,
    published: u64,
    /// Items that were not done and that no trusted issuer signed.
    bad_of_nobody: u64,
    any_of_enrolled_issuer: bool,
    /// What was told.
    told: BTreeSet<NewsKey>,
}

/// What a result is known by that is news once in a run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NewsKey {
    /// An item of an issuer trusted here, by its digest, with its verdict and exit code.
    Item(Digest, Ruling, u8),
    /// A signed manifest, by its digest, with the exit code it alone gives.
    Manifest(String, u8),
    /// False symbols on this link.
    FalseSymbols(String),
}

impl JudgedObjects {
    /// None yet.
    #[must_use]
    pub(crate) const fn none() -> Self {
        Self {
            kept: Vec::new(),
            bytes: 0,
            forgotten: 0,
            worst_of_genuine: Exit::Done,
            worst_of_all: Exit::Done,
            published: 0,
            bad_of_nobody: 0,
            any_of_enrolled_issuer: false,
            told: BTreeSet::new(),
        }
    }

    /// Adds one, and gives what is told and kept of it. If there are too many, the oldest is dropped that is of nobody, or
    /// else that says nothing new, or else the oldest.
    pub(crate) fn add(
        &mut self,
        mut judged: JudgedObject,
        is_expected: &dyn Fn(&JudgedItem) -> bool,
    ) -> Option<&JudgedObject> {
        self.worst_of_genuine = self.worst_of_genuine.worst(judged.exit_of_genuine());
        self.worst_of_all = self.worst_of_all.worst(judged.exit);
        self.published += judged.items.iter().filter(|item| item.published.is_some()).count() as u64;
        let of_nobody = judged.items.iter().filter(|item| item.exit != Exit::Done && !item.of_enrolled_issuer);
        self.bad_of_nobody += of_nobody.map(|item| item.times).sum::<u64>();
        self.any_of_enrolled_issuer |= judged.of_enrolled_issuer;
        judged.is_news = self.note_told(&judged);
        judged.shorten(is_expected);
        self.bytes += judged.size();
        self.kept.push(judged);
        while self.kept.len() > 1 && (self.kept.len() > JUDGED_KEPT_MAX || self.bytes > JUDGED_BYTES_MAX) {
            // Never the last: it is about to be told.
            let before = self.kept.split_last().map_or(&[][..], |(_, before)| before);
            let foreign = before.iter().position(|object| !object.of_enrolled_issuer && !object.is_news);
            let known = || before.iter().position(|object| !object.is_news);
            let dropped = self.kept.remove(foreign.or_else(known).unwrap_or(0));
            self.bytes -= dropped.size();
            self.forgotten += 1;
        }
        self.kept.last()
    }

    /// Whether an object says something that was not told before in this run. Nobody but a trusted issuer or the holder of
    /// an export key can make it do so more often than there are links.
    fn note_told(&mut self, judged: &JudgedObject) -> bool {
        let genuine = judged.items.iter().filter(|item| item.of_enrolled_issuer);
        let items = genuine.map(|item| NewsKey::Item(item.sha256, item.verdict, item.exit.code()));
        let signed = judged.manifest.iter().filter(|one| one.signature == ManifestSignature::Good);
        let manifests = signed.map(|one| NewsKey::Manifest(one.digest.clone(), judged.manifest_exit.code()));
        let is_genuine = judged.of_enrolled_issuer;
        let links =
            judged.false_symbols.iter().filter(|_| is_genuine).map(|these| NewsKey::FalseSymbols(these.link.clone()));
        let mut is_news = false;
        for result in items.chain(manifests).chain(links) {
            let is_new = !self.told.contains(&result);
            is_news |= is_new;
            if is_new && self.told.len() < NEWS_SEEN_MAX {
                self.told.insert(result);
            }
        }
        is_news
    }

    /// The kept ones, in the order of their judgement.
    pub fn kept(&self) -> &[JudgedObject] {
        &self.kept
    }

    /// How many were dropped.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.forgotten.saturating_add(self.kept.len() as u64)
    }

    /// The worst outcome of all that counts. Anybody can send items without the valid signature of a trusted issuer, so
    /// these count only if nothing else was judged.
    pub const fn worst(&self) -> Exit {
        if self.any_of_enrolled_issuer { self.worst_of_genuine } else { self.worst_of_all }
    }

    /// Whether an item counts for the worst outcome.
    pub(crate) const fn counts(&self, item: &JudgedItem) -> bool {
        item.of_enrolled_issuer || !self.any_of_enrolled_issuer
    }

    /// How many items of all were not done and not signed by a trusted issuer.
    pub(crate) const fn bad_of_nobody(&self) -> u64 {
        self.bad_of_nobody
    }

    /// Items published by all.
    pub const fn published(&self) -> u64 {
        self.published
    }

    /// Whether any of all held an item of a trusted issuer.
    pub(crate) const fn any_of_enrolled_issuer(&self) -> bool {
        self.any_of_enrolled_issuer
    }
}

#[cfg(test)]
mod tests {
    use rootcast_host::exit::Exit;
    use rootcast_protocol::object::Object;

    use super::JudgedObjects;
    use crate::gate::JudgedObject;
    use crate::limits::JUDGED_KEPT_MAX;
    use crate::reception::assembly::FalseSymbols;

    fn object(number: u32, of_enrolled_issuer: bool, exit: Exit) -> JudgedObject {
        let object = Object::new(&number.to_be_bytes()).unwrap();
        let (items, false_symbols) = (Vec::new(), Vec::new());
        let manifest_exit = if of_enrolled_issuer { exit } else { Exit::Done };
        JudgedObject {
            object,
            items,
            items_left_out: 0,
            is_news: false,
            manifest: None,
            of_enrolled_issuer,
            manifest_exit,
            exit,
            false_symbols,
            has_alarm: false,
        }
    }

    // A soak found it: objects of no meaning grew the receiver by 0.8 MB a minute at five a second.
    #[test]
    fn objects_of_nobody_are_forgotten_and_what_was_worst_is_not() {
        let mut judged = JudgedObjects::none();
        judged.add(object(0, true, Exit::RolledBack), &|_| false);
        judged.add(object(1, true, Exit::Done), &|_| false);
        for number in 2..5_000 {
            judged.add(object(number, false, Exit::Rejected), &|_| false);
            assert!(judged.kept().len() <= JUDGED_KEPT_MAX);
        }
        assert_eq!((judged.count(), judged.worst()), (5_000, Exit::RolledBack));
        assert!(judged.any_of_enrolled_issuer());
        assert!(judged.kept().iter().any(|kept| kept.of_enrolled_issuer), "the one that matters is kept");
        assert_eq!(judged.forgotten(), 5_000 - JUDGED_KEPT_MAX as u64);
    }

    #[test]
    fn what_nobody_signed_counts_only_where_nothing_else_was_judged() {
        let mut judged = JudgedObjects::none();
        judged.add(object(0, false, Exit::Rejected), &|_| false);
        assert_eq!(judged.worst(), Exit::Rejected);
        judged.add(object(1, true, Exit::Done), &|_| false);
        assert_eq!(judged.worst(), Exit::Done);
        judged.add(object(2, true, Exit::Held), &|_| false);
        judged.add(object(3, false, Exit::Rejected), &|_| false);
        assert_eq!(judged.worst(), Exit::Held);
    }

    #[test]
    fn false_symbols_are_news_once_for_each_link_of_what_a_trusted_issuer_made() {
        let mut judged = JudgedObjects::none();
        let mut is_news = |number: u32, of_enrolled_issuer: bool, link: &str| {
            let false_symbols = vec![FalseSymbols { link: link.to_owned(), symbols: number, first: 0, last: 1 }];
            let object = JudgedObject { false_symbols, ..object(number, of_enrolled_issuer, Exit::Done) };
            judged.add(object, &|_| false).unwrap().is_news
        };
        assert!(is_news(1, true, "serial:a") && !is_news(2, true, "serial:a"));
        assert!(!is_news(3, false, "serial:b"), "anybody can make it");
        assert!(is_news(4, true, "serial:b"));
    }
}
