//! Sending: one thread a link, each taking its own way through the carousel, until its stop rule says enough.
//!
//! ```text
//! object ─┬─ source symbols ────────────┐
//!         └─ encoder (another thread) ──┴─► symbols ─► frame ─► transmitter   (for each link)
//! ```
//!
//! The encoder of the repair symbols is prepared while the first pass of source symbols goes out.
//! Must not: read a clock of its own (durations aside), decide what is sent, or write the journal.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::clock::duration_text;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::layout::{bar_of_time, bar_with_time_left, time_left};
use rootcast_host::text::count;
use rootcast_protocol::frame::symbols_per_frame;
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::MAC_SIZE;

use crate::link::odds_text::{failure_of, success_text};
use crate::link::{Link, LinkError, Moved, Pace, Stop, Transmitter, Watch};
use crate::sending::carousel::Carousel;
use crate::sending::frame_feed::{BATCHES_AHEAD, FrameFeed, FrameMaker, FramesAhead, NoFrame};
use crate::sending::plan::LinkPlan;
pub use crate::sending::symbol_source::SymbolSource;

mod lately;
mod left;
mod outcome;

use lately::Lately;
use left::too_little_left;
pub(crate) use outcome::failure_after;
pub use outcome::{Ending, Outcome};

/// How often beacons are sent between frames.
const BEACONS_EVERY: Duration = Duration::from_secs(30);

/// One transmission about to start.
pub struct OpenTransmission {
    /// What was planned.
    pub plan: LinkPlan,
    /// The link, for what it says of itself.
    pub link: Box<dyn Link>,
    /// The same link, open.
    pub transmitter: Box<dyn Transmitter>,
}

/// The progress of a transmission, for other threads.
#[derive(Debug, Default)]
struct Progress {
    frames: AtomicU64,
    symbols: AtomicU64,
    per_frame: AtomicU16,
    changed: AtomicBool,
    ended: AtomicBool,
}

impl Progress {
    fn new(plan: &LinkPlan) -> Self {
        Self { per_frame: AtomicU16::new(plan.symbols_per_frame), ..Self::default() }
    }

    /// One more frame of so many symbols, in which frames have `per_frame` of them.
    fn add(&self, symbols: u16, per_frame: u16) {
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.symbols.fetch_add(u64::from(symbols), Ordering::Relaxed);
        let least = self.per_frame.fetch_min(per_frame, Ordering::Relaxed);
        self.changed.fetch_or(least != per_frame, Ordering::Relaxed);
    }

    fn outcome(&self, elapsed: Duration, ending: Ending) -> Outcome {
        Outcome {
            frames: self.frames.load(Ordering::Relaxed),
            symbols: self.symbols.load(Ordering::Relaxed),
            symbols_per_frame: self.per_frame.load(Ordering::Relaxed),
            changed: self.changed.load(Ordering::Relaxed),
            elapsed,
            ending,
            count: None,
            sound: None,
        }
    }
}

/// Sends over all links at once and returns when the last has ended, in the order given. `watch` is called now and then
/// with a line for people.
pub fn send_all(
    source: &SymbolSource,
    transmissions: Vec<OpenTransmission>,
    interrupt: &Interrupt,
    watch: &mut dyn FnMut(&dyn Fn() -> String),
) -> Vec<(LinkPlan, Outcome)> {
    let started = Instant::now();
    let plans: Vec<LinkPlan> = transmissions.iter().map(|transmission| transmission.plan.clone()).collect();
    let progress: Vec<Progress> = plans.iter().map(Progress::new).collect();
    let watches: Vec<Option<Watch>> = transmissions.iter().map(|one| one.transmitter.watch()).collect();
    thread::scope(|scope| {
        if plans.iter().any(needs_repair) {
            scope.spawn(|| source.prepare());
        }
        let running: Vec<_> = transmissions
            .into_iter()
            .zip(&progress)
            .map(|(transmission, progress)| scope.spawn(move || send_one(source, transmission, interrupt, progress)))
            .collect();
        while !progress.iter().all(|one| one.ended.load(Ordering::Acquire)) {
            thread::sleep(Duration::from_millis(40));
            // Asked every time, also where nobody sees it: what was down in between is remembered.
            let troubles: Vec<Option<String>> = watches.iter().map(|watch| watch.as_ref()?()).collect();
            watch(&|| {
                let lines = plans.iter().zip(&progress).zip(&troubles).map(|((plan, one), trouble)| {
                    let frames = one.frames.load(Ordering::Relaxed);
                    let text = progress_text(source.object(), plan, frames, started.elapsed());
                    trouble.iter().map(|trouble| format!("{trouble} · ")).collect::<String>() + &text
                });
                lines.collect::<Vec<_>>().join("\n")
            });
        }
        let outcomes = running.into_iter().zip(&progress).map(|(thread, progress)| {
            thread.join().unwrap_or_else(|_| progress.outcome(started.elapsed(), Ending::Link(LinkError::Panicked)))
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        plans.iter().cloned().zip(outcomes).collect()
    })
}

/// Whether a transmission goes beyond the source symbols.
fn needs_repair(plan: &LinkPlan) -> bool {
    let single = plan.frames_in_pass == 1;
    let first_pass_only = plan.way == 0 && plan.frames.is_some_and(|frames| frames <= plan.frames_in_pass);
    !single && !first_pass_only
}

/// Says that a transmission has ended also where its thread ends by a panic.
struct EndMark<'a>(&'a Progress);

impl Drop for EndMark<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

fn send_one(
    source: &SymbolSource,
    transmission: OpenTransmission,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Outcome {
    let _end = EndMark(progress);
    let OpenTransmission { plan, link, mut transmitter } = transmission;
    let started = Instant::now();
    let stop = Stop { deadline: plan.time.and_then(|time| started.checked_add(time)), interrupt: interrupt.clone() };
    let carousel = Carousel::new(source.object(), plan.symbols_per_frame, plan.way);
    let carousel = if link.is_fast() { carousel.spread_out() } else { carousel };
    // Not in the pauses of a beat.
    let is_steady = link.is_fast() && plan.beat.is_none();
    let extra = is_steady.then(|| Carousel::new(source.object(), plan.symbols_per_frame, 0).spread_out());
    let maker = FrameMaker { source, carousel, extra };
    let mut lately = Lately::default();
    let sending = Sending { source, plan: &plan, link: &*link, stop: &stop, started, progress };
    let ended = if link.is_fast() {
        thread::scope(|scope| {
            let (made, feed) = sync_channel(BATCHES_AHEAD);
            let stop = &stop;
            // Where no repair symbol is sent, nobody prepares them.
            let most = plan.frames.filter(|_| plan.frames_in_pass > 1 && !needs_repair(&plan));
            scope.spawn(move || maker.fill(most, &made, stop));
            sending.frames_until_stop(FrameFeed::Ahead(FramesAhead::from(feed)), &mut *transmitter, &mut lately)
        })
    } else {
        sending.frames_until_stop(FrameFeed::Here(maker), &mut *transmitter, &mut lately)
    };
    let ending = match ended {
        Ok(ending) => match transmitter.finish(&stop) {
            Ok(()) => ending,
            Err(error) => Ending::Link(error),
        },
        Err(ending) => {
            // Best effort: the first failure is reported.
            let _ = transmitter.finish(&stop);
            ending
        }
    };
    let mut outcome = progress.outcome(started.elapsed(), ending);
    let (frames, symbols) = lately.cut_off(transmitter.unsent());
    outcome.frames = outcome.frames.saturating_sub(frames);
    outcome.symbols = outcome.symbols.saturating_sub(symbols);
    outcome.count = transmitter.count();
    outcome.sound = transmitter.sound();
    if let Some(error) =
        outcome.count.as_ref().and_then(|count| too_little_left(count, &outcome, &plan, source.object()))
    {
        outcome.ending = Ending::Link(error);
    }
    if outcome.frames == 0 {
        // An empty output would only stand in the way of the same command.
        transmitter.withdraw();
    }
    outcome
}

/// What a transmission is made of while it runs.
struct Sending<'s> {
    source: &'s SymbolSource,
    plan: &'s LinkPlan,
    link: &'s dyn Link,
    stop: &'s Stop,
    started: Instant,
    progress: &'s Progress,
}

impl Sending<'_> {
    fn frames_until_stop(
        &self,
        mut feed: FrameFeed<'_>,
        transmitter: &mut dyn Transmitter,
        lately: &mut Lately,
    ) -> Result<Ending, Ending> {
        let Self { source, plan, link, stop, started, progress } = *self;
        let object = source.object();
        let mut per_frame = plan.symbols_per_frame;
        let mut frames = 0u64;
        let mut caption = (Instant::now(), Vec::new());
        let mut beacons_due = started;
        // A link without a rate of its own is given one where only time ends it.
        let mut pace = (link.has_end() && plan.time.is_some()).then(|| Pace::from(started));
        loop {
            if stop.interrupt.is_set() {
                let needed = u64::from(plan.frames_in_pass);
                let is_by_key = stop.interrupt.is_by_key();
                return Ok(if is_by_key { Ending::ByKey { frames, needed } } else { Ending::Stopped });
            }
            let enough = plan.frames.is_some_and(|limit| {
                frames >= u64::from(limit)
                    && is_as_much_as_planned(object, plan, limit, &progress.outcome(Duration::ZERO, Ending::Complete))
            });
            if stop.is_due() || enough && started.elapsed() >= plan.spread {
                let needed = u64::from(plan.frames_in_pass);
                return Ok(if frames < needed { Ending::TooFew { frames, needed } } else { Ending::Complete });
            }
            if Instant::now() >= beacons_due {
                beacons_due = Instant::now() + BEACONS_EVERY;
                let (messages, now) = source.messages();
                let now = now.saturating_add(i64::try_from(started.elapsed().as_secs()).unwrap_or(0));
                for message in messages {
                    // Not counted: it carries no symbol of the object.
                    if transmitter.transmit(&message.frame_at(now), &caption.1, stop).map_err(Ending::Link)?
                        == Moved::Whole
                    {
                        lately.add(None);
                    }
                }
                if !messages.is_empty() {
                    transmitter.flush(stop).map_err(Ending::Link)?;
                }
            }
            if let Some(due) = plan.beat.and_then(|beat| started.checked_add(beat.due(frames)))
                && due > Instant::now()
            {
                // Until then beacons may be due, or the time a transmission takes at least may have passed.
                let until = if enough { due.min(started + plan.spread) } else { due };
                let _ = stop.sleep_until(until.min(beacons_due));
                continue;
            }
            if let Some(room) = transmitter.new_room(stop).map_err(Ending::Link)? {
                let mac = if source.key().is_some() { MAC_SIZE } else { 0 };
                per_frame = symbols_per_frame(object, room.saturating_sub(mac)).unwrap_or(1);
                feed.change(per_frame);
                // What was one frame, or source symbols only, may need the encoder from here on.
                source.prepare();
            }
            if stop.is_due() {
                continue;
            }
            let Some(frame) = feed.next(stop).map_err(|error| match error {
                NoFrame::Symbols(error) => Ending::Symbols(error),
                NoFrame::Frame(error) => Ending::Frame(error),
                NoFrame::Ended => Ending::Link(LinkError::Panicked),
            })?
            else {
                continue;
            };
            if let Some(pace) = &mut pace {
                if !stop.sleep_until(pace.free_at()) {
                    continue;
                }
                pace.take(Instant::now(), link.frame_time(frame.bytes.len(), plan.frames_suffice));
            }
            if link.takes_terminal() && (frames == 0 || caption.0.elapsed() > Duration::from_millis(400)) {
                let outcome = progress.outcome(started.elapsed(), Ending::Complete);
                caption = (Instant::now(), caption_lines(object, plan, &outcome));
            }
            match transmitter.transmit(&frame.bytes, &caption.1, stop).map_err(Ending::Link)? {
                Moved::Whole if frame.is_extra => lately.add(None),
                Moved::Whole => {
                    frames += 1;
                    progress.add(frame.symbols, per_frame);
                    lately.add(Some(frame.symbols));
                }
                Moved::Cut => {}
            }
        }
    }
}

/// How far it is, for people: frames, passes, rate, odds so far.
#[must_use]
pub(crate) fn progress_text(object: &Object, plan: &LinkPlan, frames: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = whole(frames) / seconds;
    let rate = if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
    let bar = match (plan.frames, plan.time) {
        (_, Some(time)) => bar_of_time(elapsed, time),
        (Some(limit), None) if plan.spread > elapsed && frames >= u64::from(limit) => bar_of_time(elapsed, plan.spread),
        (Some(limit), None) => bar_with_time_left(frames, u64::from(limit), elapsed),
        // It has no end: the bar is of the pass that is under way, after which a receiver can have everything.
        (None, None) => {
            let pass = u64::from(plan.frames_in_pass.max(1));
            match frames < pass {
                true => format!("{} for one pass", bar_with_time_left(frames, pass, elapsed)),
                false => format!("{} in all, Ctrl-C ends it", duration_text(elapsed)),
            }
        }
    };
    format!(
        "{}: {bar} · {} · {:.1} passes · {rate} a second · {}",
        plan.link,
        frames_text(plan, frames),
        frames_as_passes(plan, frames),
        success_text(failure_of(object, plan.symbols_per_frame, plan.design_loss, plan.way, frames)),
    )
}

/// How long it has taken, and how long the rest takes where there is an end.
fn elapsed_text(plan: &LinkPlan, outcome: &Outcome) -> String {
    let left = match (plan.time, plan.frames) {
        (Some(time), _) => time.checked_sub(outcome.elapsed),
        (None, Some(limit)) => time_left(outcome.frames, u64::from(limit), outcome.elapsed).map(|rest| {
            // It also takes at least as long as its frames are spread over.
            rest.max(plan.spread.saturating_sub(outcome.elapsed))
        }),
        (None, None) => None,
    };
    let left = left.map_or_else(String::new, |left| format!(", {} left", duration_text(left)));
    format!("{}{left}", duration_text(outcome.elapsed))
}

/// `57 of 60 frames`, or `1 frame` where there is no end.
fn frames_text(plan: &LinkPlan, frames: u64) -> String {
    match plan.frames {
        Some(limit) => format!("{frames} of {}", count(u64::from(limit), "frame")),
        None => count(frames, "frame"),
    }
}

/// The same in lines for a screen, the most important first.
fn caption_lines(object: &Object, plan: &LinkPlan, outcome: &Outcome) -> Vec<String> {
    let (frames, loss) = (outcome.frames, plan.design_loss);
    vec![
        frames_text(plan, frames),
        success_text(failure_after(object, plan, outcome)),
        format!("for p = {loss}"),
        passes_text(plan, outcome),
        elapsed_text(plan, outcome),
    ]
}

/// Whether what was sent is worth `limit` frames as planned. Only where the operator changed how many symbols a frame
/// has are that many frames not enough to know.
fn is_as_much_as_planned(object: &Object, plan: &LinkPlan, limit: u32, outcome: &Outcome) -> bool {
    !outcome.changed
        || outcome.symbols >= u64::from(limit) * u64::from(plan.symbols_per_frame)
            && failure_after(object, plan, outcome) <= plan.failure_odds
}

/// How many passes were sent, to two decimals.
#[must_use]
pub(crate) fn passes(plan: &LinkPlan, outcome: &Outcome) -> f64 {
    let passes = if outcome.changed {
        whole(outcome.symbols) / (f64::from(plan.frames_in_pass) * f64::from(plan.symbols_per_frame)).max(1.0)
    } else {
        frames_as_passes(plan, outcome.frames)
    };
    (passes * 100.0).round() / 100.0
}

fn frames_as_passes(plan: &LinkPlan, frames: u64) -> f64 {
    whole(frames) / f64::from(plan.frames_in_pass.max(1))
}

/// The same for people.
#[must_use]
pub(crate) fn passes_text(plan: &LinkPlan, outcome: &Outcome) -> String {
    let passes = passes(plan, outcome);
    if passes == 1.0 { "1 pass".to_owned() } else { format!("{passes} passes") }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "shown to people; a count above 2^53 frames takes longer than the CA lives"
)]
fn whole(frames: u64) -> f64 {
    frames as f64
}

#[cfg(test)]
mod tests;
