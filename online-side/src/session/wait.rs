//! What a session waits for, and how much of it has come. Must not: print, or judge anything.

use std::time::{Duration, Instant};

use rootcast_pki::item::FileKind;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::expected_item::ExpectedItem;
use crate::gate::{JudgedItem, JudgedObject};
use crate::limits::{OTHERS_WAIT_MAX, SILENT_AFTER_S, STILL_LISTENING_EVERY};
use crate::publication::Record;
use crate::reception::assembly::Assemblies;

/// What ends a session, besides the ends of its links, its deadline and a signal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Until {
    /// Nothing else.
    #[default]
    End,
    /// The first genuine item that is accepted or held. Other objects that are being heard may complete before.
    News,
    /// Each of these items is published, or one of them is held or rejected.
    Items(Vec<ExpectedItem>),
}

/// What became of an item that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Arrival {
    /// It has not come.
    Missing,
    /// It is published: by this session, or it was before.
    Published,
    /// It waits for a decision.
    Held,
    /// It came and was refused, without the valid signature of a trusted issuer: anybody can cause that, for example by
    /// sending it before its issuer's certificate. It is waited for.
    Refused,
    /// It was refused.
    Rejected,
}

/// An item that was waited for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Which item.
    pub(crate) item: ExpectedItem,
    /// What became of it.
    pub(crate) arrival: Arrival,
}

impl Expected {
    /// Whether it is still waited for.
    #[must_use]
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.arrival, Arrival::Missing | Arrival::Refused)
    }
}

/// What a session waited for, and what of it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited<'w> {
    /// It waited for nothing.
    Nothing,
    /// It waited for a genuine item that is accepted or held.
    News {
        /// Whether one came.
        came: bool,
    },
    /// It waited for these items.
    Items(&'w [Expected]),
}

/// Why a session that waits for something goes on listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesOn {
    /// What came is published here already.
    Known,
    /// What came is genuine and was rejected.
    Rejected,
    /// What came is genuine, but none of the items waited for.
    NotExpected,
    /// Of the items waited for, so many are missing.
    Missing(usize),
    /// News came, and so many other objects are being heard.
    OthersHeard(usize),
    /// Another minute passed, so long after the session began.
    StillListening(Duration),
}

/// What a session waits for, and since when.
#[derive(Debug)]
pub struct Wait {
    wanted: Wanted,
    /// Unix seconds.
    began: i64,
    began_at: Instant,
    /// When it was last told that it goes on.
    told: Instant,
    /// Whether it has a deadline.
    is_bounded: bool,
}

#[derive(Debug)]
enum Wanted {
    Nothing,
    /// When the first came.
    News(Option<Instant>),
    Items(Vec<Expected>),
}

impl Wait {
    /// A wait that begins at `now`.
    pub(super) fn new(until: Until, is_bounded: bool, now: i64) -> Self {
        let wanted = match until {
            Until::End => Wanted::Nothing,
            Until::News => Wanted::News(None),
            Until::Items(items) => {
                Wanted::Items(items.into_iter().map(|item| Expected { item, arrival: Arrival::Missing }).collect())
            }
        };
        let began_at = Instant::now();
        Self { wanted, began: now, began_at, told: began_at, is_bounded }
    }

    /// What it waited for, and what of it came.
    #[must_use]
    pub(crate) fn waited(&self) -> Waited<'_> {
        match &self.wanted {
            Wanted::Nothing => Waited::Nothing,
            Wanted::News(came) => Waited::News { came: came.is_some() },
            Wanted::Items(items) => Waited::Items(items),
        }
    }

    /// Whether it waits for items by name.
    pub(super) fn is_for_items(&self) -> bool {
        matches!(self.wanted, Wanted::Items(_))
    }

    /// Whether it waits for this item by name.
    pub(super) fn expects(&self, item: &JudgedItem) -> bool {
        matches!(&self.wanted, Wanted::Items(items) if items.iter().any(|expected| expected.item.is(&item.sha256)))
    }

    /// Takes note of what is published.
    pub(super) fn note_published(&mut self, record: &Record) {
        let Wanted::Items(items) = &mut self.wanted else { return };
        // A signed manifest may have named another file of the same content.
        let crls = record.crls.iter().flat_map(|crl| [Some(&crl.sha256), crl.named_sha256.as_ref()]);
        let certificates = record.certificates.iter();
        let certificates = certificates.flat_map(|one| [Some(&one.sha256), one.named_sha256.as_ref()]);
        let published = crls.chain(certificates).flatten();
        for sha256 in published.filter_map(|sha256| sha256.parse::<Digest>().ok()) {
            let of_it = items.iter_mut().filter(|expected| expected.item.is(&sha256));
            of_it.for_each(|expected| expected.arrival = Arrival::Published);
        }
    }

    /// Takes note of an object that was judged. Gives why the session goes on, where a person should be told.
    pub(super) fn note(&mut self, judged: &JudgedObject) -> Option<GoesOn> {
        let of_it = if let Wanted::Items(items) = &mut self.wanted { note_items(items, judged) } else { None };
        if self.is_decided() {
            return None;
        }
        let made = || judged.items.iter().filter(|item| item.of_enrolled_issuer).map(|item| item.verdict);
        let is_news = made().any(|verdict| matches!(verdict, Ruling::Accepted | Ruling::Held));
        let old = if made().any(|verdict| verdict == Ruling::Rejected) { GoesOn::Rejected } else { GoesOn::Known };
        made().next()?;
        match &mut self.wanted {
            Wanted::Nothing => None,
            Wanted::News(first) if is_news => {
                first.get_or_insert_with(Instant::now);
                None
            }
            // What comes beside the first news ends nothing and delays nothing.
            Wanted::News(first) => first.is_none().then_some(old),
            Wanted::Items(_) => of_it.or(Some(if is_news { GoesOn::NotExpected } else { old })),
        }
    }

    /// Whether every item waited for is published, or one of them is held or rejected.
    fn is_decided(&self) -> bool {
        let Wanted::Items(items) = &self.wanted else { return false };
        let is = |arrival: Arrival| move |expected: &Expected| expected.arrival == arrival;
        items.iter().all(is(Arrival::Published))
            || items.iter().any(is(Arrival::Held))
            || items.iter().any(is(Arrival::Rejected))
    }

    /// Whether what it waited for has come, and nothing else is waited for.
    pub(super) fn is_over(&self, assemblies: &Assemblies, now: i64) -> bool {
        match &self.wanted {
            Wanted::Nothing | Wanted::News(None) => false,
            Wanted::News(Some(first)) => first.elapsed() >= OTHERS_WAIT_MAX || self.others(assemblies, now) == 0,
            Wanted::Items(_) => self.is_decided(),
        }
    }

    /// Why the session goes on, where a person should be told again: because of other objects, or for a minute already.
    pub(super) fn told_again(&mut self, assemblies: &Assemblies, now: i64) -> Option<GoesOn> {
        match &self.wanted {
            Wanted::Nothing => return None,
            Wanted::News(Some(first)) if self.told < *first => {
                self.told = Instant::now();
                return Some(GoesOn::OthersHeard(self.others(assemblies, now)))
                    .filter(|_| !self.is_over(assemblies, now));
            }
            Wanted::News(_) | Wanted::Items(_) => {}
        }
        let is_due = !self.is_bounded && self.told.elapsed() >= STILL_LISTENING_EVERY;
        is_due.then(|| {
            self.told = Instant::now();
            GoesOn::StillListening(self.began_at.elapsed())
        })
    }

    /// How many objects are not complete and were heard a moment ago, in this session.
    fn others(&self, assemblies: &Assemblies, now: i64) -> usize {
        let heard = assemblies.live().values().map(|assembly| assembly.last_heard());
        heard.filter(|heard| *heard >= self.began && now.saturating_sub(*heard) <= SILENT_AFTER_S).count()
    }
}

/// Takes note of the items waited for among those that were judged. Gives how many are missing, if one was among them.
fn note_items(items: &mut [Expected], judged: &JudgedObject) -> Option<GoesOn> {
    let mut is_among = false;
    for expected in &mut *items {
        // What is of no kind that is known here was not judged.
        let mut judged = judged.items.iter().filter(|found| found.kind != FileKind::Unknown);
        let Some(found) = judged.find(|found| expected.item.is(&found.sha256)) else { continue };
        is_among = true;
        // What was published stays so, whatever is said of a repetition.
        if matches!(expected.arrival, Arrival::Missing | Arrival::Refused) {
            expected.arrival = match found.verdict {
                Ruling::Accepted | Ruling::NoOp => Arrival::Published,
                Ruling::Held => Arrival::Held,
                Ruling::Rejected if found.of_enrolled_issuer => Arrival::Rejected,
                Ruling::Rejected => Arrival::Refused,
            };
        }
    }
    let missing = items.iter().filter(|expected| expected.is_missing()).count();
    is_among.then_some(GoesOn::Missing(missing))
}

#[cfg(test)]
mod tests {
    use super::{GoesOn, OTHERS_WAIT_MAX, SILENT_AFTER_S, STILL_LISTENING_EVERY, Until, Wait, Waited, Wanted};
    use crate::reception::assembly::Assemblies;
    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::fec::Encoder;
    use rootcast_protocol::frame::Frame;
    use rootcast_protocol::object::Object;
    use std::time::{Duration, Instant};

    const NOW: i64 = 1_800_000_000;

    /// Assemblies that heard one frame of a large object at this time.
    fn heard(folder: &tempfile::TempDir, at: i64) -> Assemblies {
        let bytes = vec![7; 20_000];
        let object = Object::new(&bytes).unwrap();
        let first = Esi::new(0).unwrap();
        let symbols = Encoder::new(&object, &bytes).unwrap().symbols(&bytes, first, 1).unwrap();
        let mut assemblies = Assemblies::open(folder.path(), at).unwrap();
        assemblies.hear("a", &Frame::new(object, first, &symbols).unwrap().encode(), at).unwrap();
        assemblies
    }

    fn came(before: Duration) -> Wait {
        let mut wait = Wait::new(Until::News, true, NOW);
        wait.wanted = Wanted::News(Instant::now().checked_sub(before));
        wait
    }

    #[test]
    fn news_waits_for_what_is_being_heard_until_that_is_silent_and_for_a_minute_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let assemblies = heard(&folder, NOW);
        assert!(!Wait::new(Until::News, true, NOW).is_over(&assemblies, NOW + 3_600), "nothing came");
        let wait = came(Duration::ZERO);
        assert_eq!(wait.waited(), Waited::News { came: true });
        assert!(!wait.is_over(&assemblies, NOW + SILENT_AFTER_S));
        assert!(wait.is_over(&assemblies, NOW + SILENT_AFTER_S + 1));
        assert!(came(OTHERS_WAIT_MAX).is_over(&assemblies, NOW), "a minute is enough");
        // What an earlier run left is waited for only when it is heard again.
        let left = heard(&folder, NOW - 1);
        assert!(came(Duration::ZERO).is_over(&left, NOW));
    }

    #[test]
    fn without_a_deadline_it_is_told_each_minute_that_the_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let assemblies = Assemblies::open(folder.path(), NOW).unwrap();
        let minute_ago = |until: Until, is_bounded: bool| {
            let mut wait = Wait::new(until, is_bounded, NOW);
            let ago = Instant::now().checked_sub(STILL_LISTENING_EVERY).unwrap();
            (wait.began_at, wait.told) = (ago, ago);
            wait
        };
        let mut wait = minute_ago(Until::News, false);
        let told = wait.told_again(&assemblies, NOW);
        assert!(matches!(told, Some(GoesOn::StillListening(elapsed)) if elapsed >= STILL_LISTENING_EVERY), "{told:?}");
        assert_eq!(wait.told_again(&assemblies, NOW), None, "only once a minute");
        assert_eq!(minute_ago(Until::News, true).told_again(&assemblies, NOW), None, "a deadline ends it");
        assert_eq!(minute_ago(Until::End, false).told_again(&assemblies, NOW), None, "nothing is waited for");
    }
}
