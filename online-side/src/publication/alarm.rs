//! Alarms: what happened here and waits until a person acknowledges it. They are part of the record, so neither a restart
//! nor later good news removes them.

use std::fmt;

use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;
use serde::{Deserialize, Serialize};

use crate::limits::{ALARM_NOTED_EVERY_S, ALARMS_MAX, ALARMS_OF_ITEMS_MAX};

/// What kind of thing rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// A genuine item was rejected.
    Rejected,
    /// A genuine item contradicts what was accepted here before.
    RolledBack,
    /// The key signed a content a second time (SIG-SECOND).
    SecondSignature,
    /// A signed manifest contradicts one seen before.
    Manifest,
    /// Symbols of an object with a genuine item were false.
    FalseSymbols,
    /// A verdict was made here at a later time than the clock shows now: it ran ahead then, or is behind now.
    Clock,
    /// A link failed while in use.
    LinkFailed,
    /// A `trust` weakened the policy of an issuer.
    WeakenedPolicy,
    /// More alarms rang than are kept.
    More,
}

impl AlarmKind {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 9] = [
        Self::Rejected,
        Self::RolledBack,
        Self::SecondSignature,
        Self::Manifest,
        Self::FalseSymbols,
        Self::Clock,
        Self::LinkFailed,
        Self::WeakenedPolicy,
        Self::More,
    ];

    /// Whether it is about an item that anybody who kept it can play again.
    const fn is_of_an_item(self) -> bool {
        matches!(self, Self::Rejected | Self::RolledBack | Self::SecondSignature)
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rejected => "rejected",
            Self::RolledBack => "rolled-back",
            Self::SecondSignature => "second-signature",
            Self::Manifest => "manifest",
            Self::FalseSymbols => "false-symbols",
            Self::Clock => "clock",
            Self::LinkFailed => "link-failed",
            Self::WeakenedPolicy => "weakened-policy",
            Self::More => "more",
        })
    }
}

/// Something that rings. The same thing is of the same kind and about the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) kind: AlarmKind,
    /// What it is about: the SHA-256 of an item, a manifest, a link, a time, a source with a receipt.
    pub(crate) about: String,
    /// SHA-256 of what is signed (hexadecimal), if it is about an item: another file of it is the same alarm.
    pub(crate) content: Option<String>,
    /// Ids of the rules, if rules rang it.
    pub(crate) rules: Vec<String>,
    /// In words.
    pub(crate) text: String,
}

/// An alarm that rang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmRecord {
    /// What rang.
    pub kind: AlarmKind,
    /// What it is about: the SHA-256 of an item (hexadecimal), the source and number of a manifest or of a receipt, a
    /// link, a time.
    pub about: String,
    /// SHA-256 of what is signed of that item, hexadecimal. Alarms of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Ids of the rules, if rules rang it.
    pub rules: Vec<String>,
    /// In words, printable.
    pub text: String,
    /// When it rang first, Unix seconds.
    pub first: i64,
    /// When it rang last, Unix seconds. A repetition is noted at most once an hour.
    pub last: i64,
    /// Who acknowledged it for some time, and why.
    pub acknowledged: Option<Acknowledgement>,
}

/// An acknowledgement that ends at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// Why.
    pub because: String,
    /// When, Unix seconds.
    pub at: i64,
    /// Until when, Unix seconds.
    pub until: i64,
}

impl AlarmRecord {
    fn new(alarm: Alarm, now: i64) -> Self {
        let Alarm { kind, about, content, rules, text } = alarm;
        Self { kind, about, content, rules, text: printable(&text), first: now, last: now, acknowledged: None }
    }

    /// What people type to name it: 12 hexadecimal digits. It is another one where the same rings again after it was
    /// acknowledged.
    #[must_use]
    pub fn id(&self) -> String {
        let first = self.first.to_be_bytes();
        let parts = [self.kind.to_string(), self.about.clone()];
        let [kind, about] = &parts;
        let digest = Digest::of_parts(&[kind.as_bytes(), b"\n", about.as_bytes(), b"\n", &first]);
        digest.to_string().chars().take(12).collect()
    }

    /// Whether the other one is about the same.
    fn is_same(&self, other: &Self) -> bool {
        let is_one_content = self.content.is_some() && self.content == other.content;
        self.kind == other.kind && (is_one_content || self.about == other.about)
    }

    /// Whether it rings at this time: it is not acknowledged, or no longer.
    #[must_use]
    pub(crate) fn rings_at(&self, now: i64) -> bool {
        self.acknowledged.as_ref().is_none_or(|acknowledged| acknowledged.until <= now)
    }
}

/// Adds something that rings to the alarms. Gives what a receipt has of it, unless that it rang was noted just now. An alarm
/// that nobody acknowledged is never dropped for another one: if there are too many, one alarm stands for all the others.
pub(super) fn ring(alarms: &mut Vec<AlarmRecord>, alarm: Alarm, now: i64) -> Option<AlarmRecord> {
    let rings = AlarmRecord::new(alarm, now);
    let (place, kept) = match alarms.iter().position(|known| known.is_same(&rings)) {
        Some(place) => (Some(place), rings.clone()),
        None if has_room(alarms, rings.kind) => (None, rings.clone()),
        None => (alarms.iter().position(|known| known.kind == AlarmKind::More), AlarmRecord::new(more(), now)),
    };
    match place.and_then(|place| alarms.get_mut(place)) {
        Some(known) => {
            let is_noted = now.saturating_sub(known.last) < ALARM_NOTED_EVERY_S;
            known.last = if is_noted { known.last } else { now };
            let told = if known.kind == AlarmKind::More { rings } else { known.clone() };
            Some(told).filter(|_| !is_noted)
        }
        None => {
            alarms.push(kept);
            Some(rings)
        }
    }
}

/// Whether something that was raised waits for somebody: its alarm, or the one that stands for it, is not acknowledged.
pub(super) fn waits(alarms: &[AlarmRecord], alarm: &Alarm, now: i64) -> bool {
    let raised = AlarmRecord::new(alarm.clone(), now);
    let own = alarms.iter().find(|known| known.is_same(&raised));
    let known = own.or_else(|| alarms.iter().find(|known| known.kind == AlarmKind::More));
    known.is_some_and(|known| known.rings_at(now))
}

/// Whether one more alarm of this kind is kept. Whoever has many old items cannot take the places of the other kinds, and
/// nobody outside that of a weakened policy, which only an operator can ring.
fn has_room(alarms: &[AlarmRecord], kind: AlarmKind) -> bool {
    let counted = alarms.iter().filter(|known| known.kind != AlarmKind::WeakenedPolicy).count();
    let of_items = alarms.iter().filter(|known| known.kind.is_of_an_item()).count();
    let is_room = counted < ALARMS_MAX && (!kind.is_of_an_item() || of_items < ALARMS_OF_ITEMS_MAX);
    kind == AlarmKind::WeakenedPolicy || is_room
}

/// The alarm that stands for those that are not kept.
fn more() -> Alarm {
    Alarm {
        kind: AlarmKind::More,
        about: String::new(),
        content: None,
        rules: Vec::new(),
        text: "more alarms were raised than are kept: the receipts name one of them an hour".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Acknowledgement, Alarm, AlarmKind, ring, waits};
    use crate::limits::{ALARM_NOTED_EVERY_S, ALARMS_MAX, ALARMS_OF_ITEMS_MAX};

    const NOW: i64 = 1_800_000_000;

    fn about(about: &str) -> Alarm {
        of(AlarmKind::LinkFailed, about)
    }

    fn of(kind: AlarmKind, about: &str) -> Alarm {
        let (about, text) = (about.to_owned(), "\u{1b}[2J".to_owned());
        Alarm { kind, about, content: None, rules: Vec::new(), text }
    }

    #[test]
    fn the_same_rings_once_and_a_repetition_is_noted_once_an_hour() {
        let mut alarms = Vec::new();
        assert!(ring(&mut alarms, about("a"), NOW).is_some());
        assert!(ring(&mut alarms, about("a"), NOW + 1).is_none());
        assert!(ring(&mut alarms, about("b"), NOW + 1).is_some());
        assert!(ring(&mut alarms, about("a"), NOW + ALARM_NOTED_EVERY_S).is_some());
        assert_eq!((alarms.len(), alarms[0].first, alarms[0].last), (2, NOW, NOW + ALARM_NOTED_EVERY_S));
        assert!(!alarms[0].text.contains('\u{1b}'), "{}", alarms[0].text);
        assert_ne!(alarms[0].id(), alarms[1].id());
    }

    #[test]
    fn no_flood_of_alarms_pushes_out_one_that_nobody_acknowledged() {
        let mut alarms = Vec::new();
        assert!(ring(&mut alarms, about("first"), NOW).is_some());
        for number in 0..10 * ALARMS_MAX {
            ring(&mut alarms, about(&number.to_string()), NOW);
        }
        assert_eq!(alarms.len(), ALARMS_MAX + 1);
        assert_eq!((alarms[0].about.as_str(), alarms[ALARMS_MAX].kind), ("first", AlarmKind::More));
        assert!(ring(&mut alarms, about("yet another"), NOW).is_none(), "nothing more is written");
        assert!(waits(&alarms, &about("yet another"), NOW), "one alarm stands for it");
    }

    /// Whoever has kept old items plays them all, and pulls the plug.
    #[test]
    fn old_items_leave_room_for_the_other_kinds_and_a_receipt_names_one_more_an_hour() {
        let mut alarms = Vec::new();
        for number in 0..10 * ALARMS_MAX {
            ring(&mut alarms, of(AlarmKind::RolledBack, &number.to_string()), NOW);
        }
        assert_eq!(alarms.len(), ALARMS_OF_ITEMS_MAX + 1, "and the one for the others");
        let told = ring(&mut alarms, about("a link"), NOW).unwrap();
        assert_eq!((told.kind, alarms.last().unwrap().kind), (AlarmKind::LinkFailed, AlarmKind::LinkFailed));
        let later = NOW + ALARM_NOTED_EVERY_S;
        let told = ring(&mut alarms, of(AlarmKind::RolledBack, "yet another"), later).unwrap();
        assert_eq!((told.kind, told.about.as_str()), (AlarmKind::RolledBack, "yet another"));
        assert!(ring(&mut alarms, of(AlarmKind::RolledBack, "one more"), later + 1).is_none());
    }

    /// (r, n − s) of an old CRL is another file of it.
    #[test]
    fn another_file_of_one_content_is_the_same_alarm() {
        let file = |about: &str| Alarm { content: Some("c".to_owned()), ..of(AlarmKind::RolledBack, about) };
        let mut alarms = Vec::new();
        assert!(ring(&mut alarms, file("a"), NOW).is_some());
        assert!(ring(&mut alarms, file("b"), NOW).is_none());
        assert_eq!((alarms.len(), alarms[0].about.as_str()), (1, "a"));
    }

    /// Whoever can replay 64 old items could hide it otherwise.
    #[test]
    fn no_flood_of_alarms_hides_a_weakened_policy() {
        let mut alarms = Vec::new();
        for number in 0..2 * ALARMS_MAX {
            ring(&mut alarms, about(&number.to_string()), NOW);
        }
        let weakened = Alarm { kind: AlarmKind::WeakenedPolicy, ..about("3") };
        assert!(ring(&mut alarms, weakened, NOW).is_some_and(|alarm| alarm.kind == AlarmKind::WeakenedPolicy));
        assert_eq!(alarms.len(), ALARMS_MAX + 2);
    }

    #[test]
    fn an_acknowledgement_ends_when_it_says() {
        let mut alarms = Vec::new();
        ring(&mut alarms, about("a"), NOW);
        let alarm = &mut alarms[0];
        assert!(alarm.rings_at(NOW));
        let (by, because) = ("A. Auditor".to_owned(), "known".to_owned());
        alarm.acknowledged = Some(Acknowledgement { by, because, at: NOW, until: NOW + 60 });
        assert!(!alarm.rings_at(NOW + 59) && alarm.rings_at(NOW + 60));
        assert!(!waits(&alarms, &about("a"), NOW + 59) && waits(&alarms, &about("a"), NOW + 60));
        assert!(!waits(&alarms, &about("b"), NOW + 60), "nothing was raised about it");
    }
}
