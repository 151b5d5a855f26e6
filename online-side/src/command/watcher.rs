//! A session as it is shown on a terminal and written to the log.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rootcast_host::clock::{duration_text, rfc3339};
use rootcast_host::status_line::{StatusLine, bar};
use rootcast_host::terminal::say;
use rootcast_host::text::{count, grouped, printable, printable_paragraph, shell_quoted};
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::object::Object;
use serde::Serialize;

use super::aimed::Aimed;
use super::failed_links::FailedLinks;
use super::report::{self, ObjectDocument};
use super::run::Run;
use super::telling::{BriefObjects, DueNotice, Notices};
use crate::gate::{JudgedObject, Root};
use crate::link::LinkFailure;
use crate::link::optical::aiming::Advice;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::sound::advice::summary;
use crate::link::sound::piece::SoundState;
use crate::publication::Record;
use crate::reception::assembly::{Assemblies, CompleteObject};
use crate::reception::last_contact::Taken;
use crate::reception::{GoesOnWithout, LinkState};
use crate::session::{GoesOn, Observer};

/// An event for the log: a new beacon was heard.
#[derive(Debug, Serialize)]
struct BeaconEvent<'a> {
    link: &'a str,
    manifest_number: u64,
}

/// An event for the log: something a person should know about a link.
#[derive(Debug, Serialize)]
struct NoticeEvent<'a> {
    link: &'a str,
    text: &'a str,
    /// How often it came again since it was told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<u64>,
}

/// An event for the log: a large object is complete, and judged next.
#[derive(Debug, Serialize)]
struct CompleteEvent {
    object: String,
    length: u32,
    /// From its first frame in this run until its digest was found right.
    seconds: f64,
}

/// An event for the log: the run ended before an object was judged.
#[derive(Debug, Serialize)]
struct UnjudgedEvent {
    object: String,
}

/// An event for the log: so many objects said nothing new, and were not told one by one.
#[derive(Debug, Serialize)]
struct UntoldEvent {
    objects: u64,
    items: u64,
}

/// An event for the log: the run waits for something, and goes on.
#[derive(Debug, Serialize)]
struct ListeningEvent<'a> {
    text: &'a str,
}

/// Bytes of an object from which on it is told that it is complete before it is judged: judging it may take seconds.
const TOLD_AT_ONCE_MIN: u32 = 1 << 20;
/// How often that is told at most.
const TOLD_AT_ONCE_EVERY: Duration = Duration::from_secs(5);

/// Shows a session on the terminal.
pub(super) struct Watcher<'a> {
    run: &'a Run,
    failed_links: FailedLinks,
    line: StatusLine,
    started: Instant,
    objects: BriefObjects,
    notices: Notices,
    /// Why the run goes on, where that is told again and again.
    reasons: Notices,
    /// By link: how its camera is aimed, and what was last said about that.
    pub(super) aiming: BTreeMap<String, Aimed>,
    /// When it was last told that an object is complete, before it was judged.
    completed: Option<Instant>,
    /// By link: what its sound is like.
    sounds: BTreeMap<String, String>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(run: &'a Run, failed_links: FailedLinks) -> Self {
        Self {
            run,
            failed_links,
            line: StatusLine::new(),
            started: Instant::now(),
            objects: BriefObjects::new(),
            notices: Notices::new(),
            reasons: Notices::new(),
            aiming: BTreeMap::new(),
            completed: None,
            sounds: BTreeMap::new(),
        }
    }

    /// Tells what was only counted so far, and takes the status line away.
    pub(super) fn clear(&mut self) {
        let (untold, notices) = (self.objects.take_all_untold(), self.notices.take_all(Instant::now()));
        self.say_untold(untold, self.run.now());
        notices.iter().for_each(|told| self.say_notice(told, self.run.now()));
        self.line.clear();
    }

    fn say_untold(&mut self, untold: Option<(u64, u64)>, now: i64) {
        let Some((objects, items)) = untold else { return };
        let (other, held) = (count(objects, "other object"), count(items, "item"));
        self.line.say(&format!("{other} with {held} said nothing new of a trusted issuer: only counted"));
        self.run.log.event(now, "objects not told", &UntoldEvent { objects, items });
    }

    fn say_notice(&mut self, told: &DueNotice, now: i64) {
        let DueNotice { link, text, again } = told;
        let times = if *again > 0 { format!(" ({} more)", times(*again)) } else { String::new() };
        self.line.say(&format!("{}: {}{times}", printable(link), printable_paragraph(text)));
        let again = Some(*again).filter(|again| *again > 0);
        self.run.log.event(now, "notice", &NoticeEvent { link, text, again });
    }
}

impl Observer for Watcher<'_> {
    fn resumed(&mut self, assemblies: &Assemblies) {
        for (object, assembly) in assemblies.live() {
            say(&format!(
                "continuing with object {}: {} of {} symbols were received before",
                object.id,
                assembly.symbols(),
                object.source_symbols()
            ));
            // Only more frames of it could still help, and nobody may have sent any.
            if assembly.wrong_digests() > 0 {
                let path = shell_quoted(assembly.path());
                say(&format!("  some of them are false. If nobody sends it any more: end this run, then rm {path}"));
            }
        }
    }

    fn completed(&mut self, complete: &CompleteObject, now: i64) {
        let (object, Some(took)) = (complete.object(), complete.took()) else { return };
        // Anybody can send large objects, one after the other.
        let too_soon = self.completed.is_some_and(|told| told.elapsed() < TOLD_AT_ONCE_EVERY);
        if object.length.get() < TOLD_AT_ONCE_MIN || too_soon {
            return;
        }
        self.completed = Some(Instant::now());
        let (length, seconds) = (object.length.get(), took.as_secs_f64());
        let rate = f64::from(length) * 8e-6 / seconds.max(1e-6);
        self.line.say(&format!(
            "object {} is put together, its digest is right: {length} bytes in {seconds:.3} s from its first frame, \
             {rate:.1} Mbit/s. Judging it",
            object.id
        ));
        let event = CompleteEvent { object: object.id.to_string(), length, seconds: (seconds * 1e3).round() / 1e3 };
        self.run.log.event(now, "complete", &event);
    }

    fn judged(&mut self, object: &JudgedObject, now: i64) {
        self.line.clear();
        if object.is_news {
            report::say_object(self.run, object);
        } else if self.objects.take(object.item_count(), Instant::now()) {
            say(&report::brief_text(object));
        } else {
            return;
        }
        self.run.log.event(now, "judged", &ObjectDocument::from(object));
    }

    fn unjudged(&mut self, object: &Object, now: i64) {
        let id = object.id.to_string();
        self.line.say(&format!(
            "object {id} is complete, but the run ended before it was judged. It is kept, and the next run judges it"
        ));
        self.run.log.event(now, "not judged", &UnjudgedEvent { object: id });
    }

    fn goes_on(&mut self, why: GoesOn, now: i64) {
        let text = goes_on_text(why);
        if !matches!(why, GoesOn::StillListening(_)) && self.reasons.take("", &text, Instant::now()).is_none() {
            return;
        }
        self.line.say(&text);
        self.run.log.event(now, "listening", &ListeningEvent { text: &text });
    }

    fn roots_read_again(&mut self, roots: &[Root], record: &Record) {
        self.line.clear();
        report::announce(roots, self.run.now());
        report::say_weakened(self.run, record);
    }

    fn beacon(&mut self, link: &str, beacon: &Beacon, taken: Taken, now: i64) {
        match taken {
            Taken::New => {
                let manifest_number = beacon.manifest_number;
                self.run.log.event(now, "beacon", &BeaconEvent { link, manifest_number });
            }
            Taken::Repeated => {}
            Taken::Ahead => {
                let sent = rfc3339(beacon.sent);
                let text =
                    format!("a beacon has the sending time {sent}, more than a day in the future: check the clocks");
                self.notice(link, &text, now);
            }
        }
    }

    fn notice(&mut self, link: &str, text: &str, now: i64) {
        if let Some(told) = self.notices.take(link, text, Instant::now()) {
            self.say_notice(&told, now);
        }
    }

    fn failed(&mut self, link: &str, failure: &LinkFailure, goes_on: Option<GoesOnWithout>, now: i64) {
        self.notice(link, &format!("failed: {failure}"), now);
        // A line of its own, so that no long reason cuts it off.
        if let Some(goes_on) = goes_on {
            let text = self.failed_links.text(link, failure, goes_on);
            self.notice(link, &text, now);
        }
    }

    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>, now: i64) {
        let aimed = self.aiming.entry(link.to_owned()).or_default();
        let changed = aimed.note(link, reading);
        if let Some(event) = changed.event {
            self.run.log.event(now, "aiming", &event);
        }
        if let Some(line) = changed.line {
            self.line.say(&format!("{}: {line}", printable(link)));
        }
        if let Some(view) = view {
            self.line.draw_above(view.lines(), view.columns());
        }
    }

    fn sounds(&mut self, link: &str, state: &SoundState) {
        self.sounds.insert(link.to_owned(), summary(state));
    }

    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]) {
        let (moment, now) = (Instant::now(), self.run.now());
        let (untold, notices) = (self.objects.take_untold(moment), self.notices.take_due(moment));
        self.say_untold(untold, now);
        notices.iter().for_each(|told| self.say_notice(told, now));
        for told in self.reasons.take_due(moment) {
            self.line.say(&format!("{} ({} more)", told.text, times(told.again)));
        }
        let elapsed = self.started.elapsed();
        let (aiming, sounds) = (&self.aiming, &self.sounds);
        self.line.update(|| {
            let advice: Vec<_> = aiming.iter().map(|(link, aimed)| (link.as_str(), aimed.advice())).collect();
            let sounds = sounds.iter().map(|(link, state)| format!(" · {} {state}", printable(link)));
            progress_text(assemblies, links, elapsed, &advice) + &sounds.collect::<String>()
        });
    }
}

/// `1 time`, `50 times`
fn times(count: u64) -> String {
    rootcast_host::text::count(count, "time")
}

/// Why a run that waits for something goes on.
fn goes_on_text(why: GoesOn) -> String {
    match why {
        GoesOn::Known => "this is what you have already: it is published here. Still listening".to_owned(),
        GoesOn::Rejected => "a rejected item does not end the run. Still listening".to_owned(),
        GoesOn::NotExpected => "this is not an item that you expect. Still listening".to_owned(),
        GoesOn::Missing(items) => {
            format!("{} missing. Still listening", count(items as u64, "expected item"))
        }
        GoesOn::OthersHeard(objects) => {
            format!(
                "{} still arriving. Waiting for the rest, 60 seconds at most",
                count(objects as u64, "other object")
            )
        }
        GoesOn::StillListening(elapsed) => {
            format!("still listening after {}; there is no --timeout, so only a signal ends it", duration_text(elapsed))
        }
    }
}

/// `[████░░░░] 45/60 symbols of 3f9a…  · serial:/dev/ttyS0 47 frames, 2 damaged, 0 foreign · 1.2 frames/s`
fn progress_text(
    assemblies: &Assemblies,
    links: &[(String, LinkState)],
    elapsed: Duration,
    advice: &[(&str, Advice)],
) -> String {
    // What to do comes first: a narrow terminal cuts the end off.
    let mut text = String::new();
    for (link, advice) in advice.iter().filter(|(_, advice)| advice.wants_something()) {
        let of = if links.len() > 1 { format!("{}: ", printable(link)) } else { String::new() };
        text.push_str(&format!("{of}{} · ", advice.text()));
    }
    let object = assemblies.live().iter().max_by_key(|(_, assembly)| assembly.last_heard());
    text.push_str(&match object {
        None => format!("listening for {}", duration_text(elapsed)),
        Some((object, assembly)) => {
            let (have, need) = (assembly.symbols(), object.source_symbols());
            let others = match assemblies.live().len() {
                1 => String::new(),
                more => format!(" (+{})", count(more as u64 - 1, "object")),
            };
            format!("{} {have}/{need} symbols of {}{others}", bar(have.into(), need.into(), 20), short(object))
        }
    });
    let mut frames = 0;
    for (link, state) in links {
        let Some(seen) = assemblies.links().get(link) else { continue };
        frames += seen.frames;
        let mark = match state {
            LinkState::Open => "",
            LinkState::Ended => " (ended)",
            LinkState::Failed(_) => " (FAILED)",
        };
        text.push_str(&format!(
            " · {}{mark} {}, {} damaged, {} foreign, {}{} new",
            printable(link),
            count(seen.frames, "frame"),
            seen.damaged,
            seen.foreign,
            if seen.queue_drops > 0 { format!("{} dropped by the queue, ", seen.queue_drops) } else { String::new() },
            count(seen.symbols, "symbol"),
        ));
        if let Some(line) = seen.fruitless_line().filter(|line| line.bytes > 0) {
            text.push_str(&format!(
                ", {} bytes at {} baud, none a frame",
                grouped(line.bytes),
                grouped(line.baud.into())
            ));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = frames as f64 / elapsed.as_secs_f64().max(0.1);
    text.push_str(&format!(" · {rate:.1} frames/s"));
    text
}

fn short(object: &Object) -> String {
    object.id.to_string().chars().take(8).collect()
}
