//! How the camera or film of one link is aimed, and what was said about that.

use std::collections::BTreeMap;
use std::mem::Discriminant;
use std::time::{Duration, Instant};

use rootcast_host::terminal::stderr_is_terminal;
use rootcast_host::text::printable;
use serde::Serialize;

use crate::link::optical::aiming::{Advice, Aiming, AimingDocument};
use crate::link::optical::qr_reader::Reading;

/// How often advice is printed where standard error is no terminal.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// How one link is aimed.
#[derive(Default)]
pub(super) struct Aimed {
    aiming: Aiming,
    /// What was last logged.
    logged: Option<Discriminant<Advice>>,
    /// What was last printed, and when.
    said: Option<(Discriminant<Advice>, Instant)>,
    /// For the document of the run; absent before the first picture.
    pub(super) document: Option<AimingDocument>,
}

/// An event for the log: the advice for one link changed.
#[derive(Debug, Serialize)]
pub(super) struct AimingEvent {
    link: String,
    #[serde(flatten)]
    aiming: AimingDocument,
}

/// What a picture changed.
#[derive(Default)]
pub(super) struct Changed {
    /// An event for the log.
    pub(super) event: Option<AimingEvent>,
    /// A line for people who have no terminal before them.
    pub(super) line: Option<String>,
}

impl Aimed {
    /// Takes one more picture of `link` into account.
    pub(super) fn note(&mut self, link: &str, reading: &Reading) -> Changed {
        self.aiming.note(reading);
        let advice = self.aiming.advice();
        let aiming = self.aiming.document();
        let mut changed = Changed::default();
        if self.logged != Some(advice.kind()) {
            self.logged = Some(advice.kind());
            changed.event = Some(AimingEvent { link: link.to_owned(), aiming: aiming.clone() });
        }
        self.document = Some(aiming);
        // A terminal shows it all the time.
        if !stderr_is_terminal() && advice != Advice::Waiting && self.is_due(advice) {
            self.said = Some((advice.kind(), Instant::now()));
            changed.line = Some(advice.text());
        }
        changed
    }

    fn is_due(&self, advice: Advice) -> bool {
        self.said.is_none_or(|(kind, at)| kind != advice.kind() && at.elapsed() >= SAID_EVERY)
    }

    pub(super) fn advice(&self) -> Advice {
        self.aiming.advice()
    }

    pub(super) fn conclusion(&self) -> Advice {
        self.aiming.conclusion()
    }
}

/// What kept cameras and films from being read at the end: why, and what to do about it.
pub(super) fn obstacle(aiming: &BTreeMap<String, Aimed>) -> Option<(String, String)> {
    let obstacles: Vec<(&String, String, &str)> = aiming
        .iter()
        .map(|(link, aimed)| (link, aimed.conclusion()))
        .filter(|(_, advice)| advice.wants_something())
        .filter_map(|(link, advice)| Some((link, advice.what(), advice.next()?)))
        .collect();
    let (_, _, first) = obstacles.first()?;
    let why = obstacles.iter().map(|(link, what, _)| format!("{}: {what}", printable(link)));
    let mut next = capitalised(first);
    for (link, _, more) in obstacles.iter().skip(1).filter(|(_, _, more)| more != first) {
        next.push_str(&format!("; at {}: {more}", printable(link)));
    }
    next.push_str("; then run the same command again.");
    Some((why.collect::<Vec<_>>().join("; "), next))
}

pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
