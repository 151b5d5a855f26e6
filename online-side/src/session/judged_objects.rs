//! The objects that a run of `receive` judged, for its final report. Anybody can send meaningless whole objects, dozens
//! a second for weeks, so only some are kept. The number and the worst outcome cover all of them.

use rootcast_host::exit::Exit;

use crate::gate::{JudgedItem, JudgedObject};
use crate::limits::JUDGED_KEPT_MAX;

/// The objects judged in one run.
#[derive(Debug)]
pub struct JudgedObjects {
    kept: Vec<JudgedObject>,
    forgotten: u64,
    /// The worst outcome of what trusted issuers made, and of signed manifests.
    worst_of_genuine: Exit,
    /// The worst outcome of all.
    worst_of_all: Exit,
    published: u64,
    any_of_enrolled_issuer: bool,
}

impl JudgedObjects {
    /// None yet.
    #[must_use]
    pub(crate) const fn none() -> Self {
        Self {
            kept: Vec::new(),
            forgotten: 0,
            worst_of_genuine: Exit::Done,
            worst_of_all: Exit::Done,
            published: 0,
            any_of_enrolled_issuer: false,
        }
    }

    /// Adds one. If there are too many, the oldest without an item of a trusted issuer is dropped, or else the oldest.
    pub(crate) fn add(&mut self, judged: JudgedObject) {
        self.worst_of_genuine = self.worst_of_genuine.worst(judged.exit_of_genuine());
        self.worst_of_all = self.worst_of_all.worst(judged.exit);
        self.published += judged.items.iter().filter(|item| item.published.is_some()).count() as u64;
        self.any_of_enrolled_issuer |= judged.of_enrolled_issuer;
        self.kept.push(judged);
        if self.kept.len() > JUDGED_KEPT_MAX {
            let foreign = self.kept.iter().position(|object| !object.of_enrolled_issuer);
            self.kept.remove(foreign.unwrap_or(0));
            self.forgotten += 1;
        }
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

    fn object(number: u32, of_enrolled_issuer: bool, exit: Exit) -> JudgedObject {
        let object = Object::new(&number.to_be_bytes()).unwrap();
        let (items, false_symbols) = (Vec::new(), Vec::new());
        let manifest_exit = if of_enrolled_issuer { exit } else { Exit::Done };
        JudgedObject { object, items, manifest: None, of_enrolled_issuer, manifest_exit, exit, false_symbols }
    }

    // A soak found it: objects of no meaning grew the receiver by 0.8 MB a minute at five a second.
    #[test]
    fn objects_of_nobody_are_forgotten_and_what_was_worst_is_not() {
        let mut judged = JudgedObjects::none();
        judged.add(object(0, true, Exit::RolledBack));
        judged.add(object(1, true, Exit::Done));
        for number in 2..5_000 {
            judged.add(object(number, false, Exit::Rejected));
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
        judged.add(object(0, false, Exit::Rejected));
        assert_eq!(judged.worst(), Exit::Rejected);
        judged.add(object(1, true, Exit::Done));
        assert_eq!(judged.worst(), Exit::Done);
        judged.add(object(2, true, Exit::Held));
        judged.add(object(3, false, Exit::Rejected));
        assert_eq!(judged.worst(), Exit::Held);
    }
}
