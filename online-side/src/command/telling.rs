//! What is told of things that anybody can cause again and again, on the terminal and in the log: the first ones of a
//! minute, and the number of the others. Must not: leave out what a trusted issuer signed and was not told before.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::limits::{NOTICE_TEXT_MAX, NOTICES_COUNTED_MAX, NOTICES_TOLD_PER_MINUTE, OBJECTS_TOLD_PER_MINUTE};

/// The text that stands for notices which are only counted.
const OTHER_NOTICES: &str = "other notices, which are not told one by one";

/// How long a period is.
const PERIOD: Duration = Duration::from_secs(60);

/// Things of which so many are told in a minute.
#[derive(Debug)]
struct Rate {
    most: u64,
    began: Option<Instant>,
    told: u64,
}

impl Rate {
    const fn new(most: u64) -> Self {
        Self { most, began: None, told: 0 }
    }

    /// Whether the minute that began with the first of them is over.
    fn is_over(&self, now: Instant) -> bool {
        self.began.is_some_and(|began| now.saturating_duration_since(began) >= PERIOD)
    }

    /// Whether one more is told.
    fn take(&mut self, now: Instant) -> bool {
        if self.is_over(now) {
            (self.began, self.told) = (None, 0);
        }
        self.began.get_or_insert(now);
        let is_told = self.told < self.most;
        self.told += u64::from(is_told);
        is_told
    }
}

/// Objects that say nothing new.
#[derive(Debug)]
pub(super) struct BriefObjects {
    rate: Rate,
    /// Objects that were not told, and the items in them.
    untold: (u64, u64),
}

impl BriefObjects {
    pub(super) const fn new() -> Self {
        Self { rate: Rate::new(OBJECTS_TOLD_PER_MINUTE), untold: (0, 0) }
    }

    /// Whether an object with so many items is told. If not, it is counted.
    pub(super) fn take(&mut self, items: u64, now: Instant) -> bool {
        let is_told = self.rate.take(now);
        if !is_told {
            self.untold = (self.untold.0 + 1, self.untold.1.saturating_add(items));
        }
        is_told
    }

    /// The objects and items that were only counted in a minute that is over.
    pub(super) fn take_untold(&mut self, now: Instant) -> Option<(u64, u64)> {
        if self.rate.is_over(now) { self.take_all_untold() } else { None }
    }

    /// The same, whether the minute is over or not.
    pub(super) fn take_all_untold(&mut self) -> Option<(u64, u64)> {
        Some(std::mem::take(&mut self.untold)).filter(|(objects, _)| *objects > 0)
    }
}

/// A notice that is due to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DueNotice {
    pub(super) link: String,
    pub(super) text: String,
    /// How often it came again since it was told before.
    pub(super) again: u64,
}

/// Notices. Each is told once, and again once a minute with how often it came.
#[derive(Debug)]
pub(super) struct Notices {
    rate: Rate,
    /// By link and text: when it was told, and how often it came since.
    known: BTreeMap<(String, String), (Instant, u64)>,
    /// By link: notices that were not told at all.
    others: BTreeMap<String, u64>,
}

impl Notices {
    pub(super) const fn new() -> Self {
        Self { rate: Rate::new(NOTICES_TOLD_PER_MINUTE), known: BTreeMap::new(), others: BTreeMap::new() }
    }

    /// Takes a notice; gives it back if it is told now.
    pub(super) fn take(&mut self, link: &str, text: &str, now: Instant) -> Option<DueNotice> {
        let text: String = text.chars().take(NOTICE_TEXT_MAX).collect();
        let key = (link.to_owned(), text);
        if let Some((_, again)) = self.known.get_mut(&key) {
            *again += 1;
            return None;
        }
        if self.known.len() >= NOTICES_COUNTED_MAX {
            // Room for those that go on: one that came once long ago has been told.
            self.known.retain(|_, (told, again)| *again > 0 || now.saturating_duration_since(*told) < PERIOD);
        }
        if self.known.len() >= NOTICES_COUNTED_MAX || !self.rate.take(now) {
            *self.others.entry(key.0).or_default() += 1;
            return None;
        }
        self.known.insert(key.clone(), (now, 0));
        Some(DueNotice { link: key.0, text: key.1, again: 0 })
    }

    /// What came again and was told a minute ago or more.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<DueNotice> {
        let is_due = |told: Instant| now.saturating_duration_since(told) >= PERIOD;
        let mut due = self.take_repeated(now, is_due);
        if self.rate.is_over(now) {
            due.extend(self.take_others());
        }
        due
    }

    /// What came again, whenever it was told.
    pub(super) fn take_all(&mut self, now: Instant) -> Vec<DueNotice> {
        let mut all = self.take_repeated(now, |_| true);
        all.extend(self.take_others());
        all
    }

    fn take_repeated(&mut self, now: Instant, is_due: impl Fn(Instant) -> bool) -> Vec<DueNotice> {
        let due = self.known.iter_mut().filter(|(_, (told, again))| *again > 0 && is_due(*told));
        due.map(|((link, text), state)| {
            let (_, again) = std::mem::replace(state, (now, 0));
            DueNotice { link: link.clone(), text: text.clone(), again }
        })
        .collect()
    }

    fn take_others(&mut self) -> Vec<DueNotice> {
        let others = std::mem::take(&mut self.others).into_iter();
        others.map(|(link, again)| DueNotice { link, text: OTHER_NOTICES.to_owned(), again }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{BriefObjects, DueNotice, Notices, PERIOD};
    use crate::limits::{NOTICES_COUNTED_MAX, NOTICES_TOLD_PER_MINUTE, OBJECTS_TOLD_PER_MINUTE};
    use std::time::{Duration, Instant};

    #[test]
    fn objects_beyond_those_of_a_minute_are_counted_with_their_items() {
        let (mut objects, now) = (BriefObjects::new(), Instant::now());
        let told = (0..1_000).filter(|_| objects.take(64, now)).count() as u64;
        assert_eq!(told, OBJECTS_TOLD_PER_MINUTE);
        assert_eq!(objects.take_untold(now), None, "the minute is not over");
        let left = 1_000 - OBJECTS_TOLD_PER_MINUTE;
        assert_eq!(objects.take_untold(now + PERIOD), Some((left, left * 64)));
        assert!(objects.take(1, now + PERIOD), "another minute");
        assert_eq!(objects.take_all_untold(), None);
    }

    #[test]
    fn a_repeated_notice_is_told_once_and_then_with_its_count() {
        let (mut notices, now) = (Notices::new(), Instant::now());
        let told = |again| DueNotice { link: "a".to_owned(), text: "no picture".to_owned(), again };
        assert_eq!(notices.take("a", "no picture", now), Some(told(0)));
        for second in 0..50 {
            assert_eq!(notices.take("a", "no picture", now + Duration::from_secs(second)), None);
        }
        assert_eq!(notices.take_due(now + Duration::from_secs(59)), []);
        assert_eq!(notices.take_due(now + PERIOD), [told(50)]);
        assert_eq!(notices.take_due(now + 3 * PERIOD), [], "it came no more");
        assert_eq!(notices.take("a", "no picture", now + 3 * PERIOD), None);
        assert_eq!(notices.take_all(now + 3 * PERIOD), [told(1)]);
    }

    #[test]
    fn ten_thousand_different_notices_take_no_more_room_than_a_few_and_are_counted() {
        let (mut notices, now) = (Notices::new(), Instant::now());
        let told = (0..10_000).filter(|n| notices.take("a", &format!("picture {n}"), now).is_some()).count() as u64;
        assert_eq!(told, NOTICES_TOLD_PER_MINUTE);
        assert!(notices.known.len() <= NOTICES_COUNTED_MAX);
        let others = notices.take_due(now + PERIOD);
        assert_eq!(others.iter().map(|told| told.again).sum::<u64>(), 10_000 - NOTICES_TOLD_PER_MINUTE);
        assert!(notices.take("a", "another minute", now + PERIOD).is_some());
    }
}
